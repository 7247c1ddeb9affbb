#include "cli/console.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_WIDTH 80

/* What the locale says, read from the environment: setlocale() would cost milliseconds and change
 * how numbers are printed. */
static bool environment_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value && value[0] != '\0') {
            return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
        }
    }
    return false;
}

static bool wants_color(enum wgo_color_when when, int fd)
{
    if (when != WGO_COLOR_AUTO) {
        return when == WGO_COLOR_ALWAYS;
    }
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(fd) && !(no_color && no_color[0]) && !(term && strcmp(term, "dumb") == 0);
}

void wgo_console_init(struct wgo_console *console, enum wgo_color_when when)
{
    const char *term = getenv("TERM");
    *console = (struct wgo_console){
        .terminal = isatty(STDERR_FILENO) && term && term[0] && strcmp(term, "dumb") != 0,
        .color = wants_color(when, STDERR_FILENO),
        .out_color = wants_color(when, STDOUT_FILENO),
        .utf8 = environment_is_utf8(),
    };
}

unsigned wgo_console_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return DEFAULT_WIDTH;
}

const char *wgo_style(bool color, enum wgo_style style)
{
    static const char *const sequences[] = {
        [WGO_PLAIN] = "",        [WGO_BOLD] = "\033[1m",   [WGO_DIM] = "\033[2m",
        [WGO_RED] = "\033[31m",  [WGO_GREEN] = "\033[32m", [WGO_YELLOW] = "\033[33m",
        [WGO_CYAN] = "\033[36m",
    };
    return color ? sequences[style] : "";
}

const char *wgo_style_end(bool color)
{
    return color ? "\033[0m" : "";
}

void wgo_console_write(struct wgo_str text)
{
    while (text.len > 0) {
        ssize_t put = write(STDERR_FILENO, text.ptr, text.len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            return;
        }
        text = wgo_str_slice(text, (size_t)put, text.len);
    }
}

void wgo_console_error(const struct wgo_console *console, const char *command, const char *line,
                       const char *hint)
{
    struct wgo_buf text = {0};
    wgo_buf_format(&text, "%swgo:%s %s%s%s\n", wgo_style(console->color, WGO_RED),
                   wgo_style_end(console->color), command ? command : "", command ? ": " : "",
                   line);
    if (hint && hint[0]) {
        wgo_buf_format(&text, "%shint:%s %s\n", wgo_style(console->color, WGO_CYAN),
                       wgo_style_end(console->color), hint);
    }
    wgo_console_write(wgo_buf_view(&text));
    wgo_buf_fini(&text);
}

void wgo_console_warning(const struct wgo_console *console, const char *text)
{
    struct wgo_buf line = {0};
    wgo_buf_format(&line, "%swarning:%s %s\n", wgo_style(console->color, WGO_YELLOW),
                   wgo_style_end(console->color), text);
    wgo_console_write(wgo_buf_view(&line));
    wgo_buf_fini(&line);
}

/* One column for each code point: names of resources and clusters are narrow text. */
unsigned wgo_text_width(const char *text)
{
    unsigned width = 0;
    for (const char *at = text; *at; at++) {
        if (*at == '\033') {
            while (*at && *at != 'm') {
                at++;
            }
            if (!*at) {
                break;
            }
        } else if ((*at & 0xc0) != 0x80) {
            width++;
        }
    }
    return width;
}

const char *wgo_show_count(uint64_t n, char out[WGO_SHOWN])
{
    char digits[WGO_SHOWN];
    size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
    size_t to = 0;
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            out[to++] = ',';
        }
        out[to++] = digits[i];
    }
    out[to] = '\0';
    return out;
}

const char *wgo_show_bytes(uint64_t n, char out[WGO_SHOWN])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
    double value = (double)n;
    size_t unit = 0;
    while (value >= 999.5 && unit + 1 < WGO_COUNT(units)) {
        value /= 1024;
        unit++;
    }
    int decimals = unit > 0 && value < 9.95;
    snprintf(out, WGO_SHOWN, "%.*f %s", decimals, value, units[unit]);
    return out;
}

const char *wgo_show_time(int64_t ns, char out[WGO_SHOWN])
{
    double seconds = (double)ns / 1e9;
    if (seconds < 0.9995) {
        snprintf(out, WGO_SHOWN, "%.0f ms", seconds * 1e3);
    } else if (seconds < 99.95) {
        snprintf(out, WGO_SHOWN, "%.1f s", seconds);
    } else {
        long long whole = (long long)(seconds + 0.5);
        snprintf(out, WGO_SHOWN, "%lld min %02lld s", whole / 60, whole % 60);
    }
    return out;
}
