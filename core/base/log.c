#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

enum { LONGEST_LINE = 2048 };

static struct {
    wgo_log_fn *sink;
    void *state;
} log_to;

void wgo_log_set_sink(wgo_log_fn *sink, void *state)
{
    log_to.sink = sink;
    log_to.state = state;
}

bool wgo_log_enabled(void)
{
    return log_to.sink != NULL;
}

void wgo_log_debug(const char *event, const char *format, ...)
{
    if (!log_to.sink) {
        return;
    }
    char line[LONGEST_LINE];
    int event_len = snprintf(line, sizeof(line), "%s ", event);
    size_t len = event_len < 0 ? 0 : (size_t)event_len;
    len = len < sizeof(line) ? len : sizeof(line) - 1;
    va_list args;
    va_start(args, format);
    int rest = vsnprintf(line + len, sizeof(line) - len, format, args);
    va_end(args);
    len += rest < 0 ? 0 : (size_t)rest;
    len = len < sizeof(line) ? len : sizeof(line) - 1;
    wgo_str_flatten(line, len);
    while (len > 0 && line[len - 1] == ' ') {
        len--;
    }
    line[len] = '\n'; /* len < sizeof(line), over the NUL at the latest */
    log_to.sink(log_to.state, wgo_str_from(line, len + 1));
}
