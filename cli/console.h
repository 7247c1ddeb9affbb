/* console.h: what the program knows of the terminal, and whole lines written to it.
 *
 * Ownership: caller-allocated, nothing to free.
 * Threads:   read-only once made; each line is one write(2).
 * Failure:   what cannot be written to stderr is lost: there is nowhere to say so. */
#ifndef WGO_CLI_CONSOLE_H
#define WGO_CLI_CONSOLE_H

#include "base/buf.h"

#include <stdbool.h>

enum wgo_color_when { WGO_COLOR_AUTO, WGO_COLOR_ALWAYS, WGO_COLOR_NEVER };

struct wgo_console {
    bool terminal;  /* stderr is one, and a capable one */
    bool color;     /* of stderr */
    bool out_color; /* of stdout */
    bool utf8;
};

enum wgo_style {
    WGO_PLAIN,
    WGO_BOLD,
    WGO_DIM,
    WGO_RED,
    WGO_GREEN,
    WGO_YELLOW,
    WGO_CYAN,
};

void wgo_console_init(struct wgo_console *console, enum wgo_color_when when);
/* Columns of the terminal behind stderr now; 80 when that is not known. */
unsigned wgo_console_width(void);
/* Escape sequence that begins a style, or "" when 'color' is off; wgo_style_end() ends it. */
const char *wgo_style(bool color, enum wgo_style style);
const char *wgo_style_end(bool color);

/* Writes all of 'text' to stderr at once. */
void wgo_console_write(struct wgo_str text);
/* "wgo: COMMAND: line" and, when there is one, "hint: ...". */
void wgo_console_error(const struct wgo_console *console, const char *command, const char *line,
                       const char *hint);
void wgo_console_warning(const struct wgo_console *console, const char *text);

/* Columns that a text takes; escape sequences take none. */
unsigned wgo_text_width(const char *text);
/* "12,345", "1.2 MB", "3.4 s", "2 min 5 s" into 'out', which is returned. */
#define WGO_SHOWN 32
const char *wgo_show_count(uint64_t n, char out[WGO_SHOWN]);
const char *wgo_show_bytes(uint64_t n, char out[WGO_SHOWN]);
const char *wgo_show_time(int64_t ns, char out[WGO_SHOWN]);

#endif
