"""A small chart as SVG: groups of horizontal bars, each with its value, and a mark where a limit is.

    write(path, title, [(group, [(label, value, limit or None, good or None)])])"""
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, ROW, HEAD = 860, 300, 90, 20, 34
COLOURS = {True: "#2e7d4f", False: "#b3362b", None: "#4a6fa5"}


def write(path, title, groups):
    with open(path, "w", encoding="utf-8") as file:
        file.write(draw(title, groups))


def draw(title, groups):
    lines, y = [], HEAD + 14
    lines.append(text(12, 24, title, size=15, weight="bold"))
    for name, rows in groups:
        if not rows:
            continue
        lines.append(text(12, y + 14, name, size=12, weight="bold"))
        y += ROW + 4
        most = max(max(value, limit or 0) for _, value, limit, _ in rows) or 1
        for label, value, limit, good in rows:
            lines += bar(y, label, value, limit, good, most)
            y += ROW
        y += 12
    body = "\n".join(lines)
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" '
            'font-family="sans-serif">\n<rect width="100%%" height="100%%" fill="#ffffff"/>\n%s\n</svg>\n'
            % (WIDTH, y + 8, WIDTH, y + 8, body))


def bar(y, label, value, limit, good, most):
    room = WIDTH - LEFT - RIGHT
    width = max(1.0, value / most * room)
    lines = [text(LEFT - 8, y + 13, label, anchor="end"),
             '<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>' % (LEFT, y + 2, width, ROW - 6, COLOURS[good]),
             text(LEFT + width + 6, y + 13, "%.3g" % value)]
    if limit is not None:
        x = LEFT + limit / most * room
        lines.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#000000" stroke-dasharray="3 2"/>'
                     % (x, y, x, y + ROW - 2))
    return lines


def text(x, y, words, size=11, weight="normal", anchor="start"):
    return '<text x="%.1f" y="%.1f" font-size="%d" font-weight="%s" text-anchor="%s">%s</text>' % (
        x, y, size, weight, anchor, escape(words))
