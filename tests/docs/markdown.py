"""What the documentation's tests share: the Markdown files of the tree, and what stands in them.

Standard library only."""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.abspath(os.environ.get("WGO_SOURCE_DIR", os.path.join(HERE, "..", "..")))
BINARY = os.environ.get("WGO_BINARY_DIR", os.path.join(SOURCE, "build", "release"))
WGO = os.path.join(BINARY, "wgo")
FENCE = re.compile(r"^ *(```+)\s*(\w*).*$")


def files():
    """Every *.md, by its path from the top, but for what a build leaves behind."""
    found = []
    for folder, names, plain in os.walk(SOURCE):
        names[:] = sorted(name for name in names if not name.startswith(".") and
                          not (folder == SOURCE and name == "build"))
        found += [os.path.relpath(os.path.join(folder, name), SOURCE)
                  for name in sorted(plain) if name.endswith(".md")]
    return found


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def blocks(path):
    """The fenced blocks of a file: (line, language, text)."""
    found, inside = [], None
    for number, line in enumerate(read(path).split("\n"), 1):
        fence = FENCE.match(line)
        if inside and fence and fence.group(1) == inside[2]:
            found.append((inside[0], inside[1], "\n".join(inside[3]) + "\n"))
            inside = None
        elif inside:
            inside[3].append(line)
        elif fence:
            inside = (number, fence.group(2), fence.group(1), [])
    if inside:
        raise SystemExit("%s:%d: a block without an end" % (path, inside[0]))
    return found


def prose(path):
    """The lines outside fenced blocks: (line, text)."""
    found, fence_open = [], None
    for number, line in enumerate(read(path).split("\n"), 1):
        fence = FENCE.match(line)
        if fence and (fence_open is None or fence.group(1) == fence_open):
            fence_open = None if fence_open else fence.group(1)
        elif fence_open is None:
            found.append((number, line))
    return found


def anchors(path):
    """What #names the headings of a file get, as GitHub makes them."""
    found = set()
    for _, line in prose(path):
        heading = re.match(r"^#{1,6}\s+(.*?)\s*#*$", line)
        if heading:
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1))
            name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            again, count = name, 0
            while again in found:
                count += 1
                again = "%s-%d" % (name, count)
            found.add(again)
    return found
