/* The debug log. */
#include "base/log.h"

#include <criterion/criterion.h>

static struct {
    int lines;
    char last[4096];
} seen;

static void keep(void *state, struct wgo_str line)
{
    cr_assert_eq(state, &seen);
    seen.lines++;
    memcpy(seen.last, line.ptr, line.len);
    seen.last[line.len] = '\0';
}

Test(log, silent_without_a_sink)
{
    cr_assert_not(wgo_log_enabled());
    wgo_log_debug("call", "status=%d", 200);
    cr_assert_eq(seen.lines, 0);
}

Test(log, one_line_a_call)
{
    wgo_log_set_sink(keep, &seen);
    cr_assert(wgo_log_enabled());
    wgo_log_debug("call", "op=%s status=%d", "list\npods", 200);
    cr_assert_str_eq(seen.last, "call op=list pods status=200\n");
    wgo_log_debug("bare", "%s", "");
    cr_assert_str_eq(seen.last, "bare\n");
    char text[5000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    wgo_log_debug("long", "text=%s", text);
    cr_assert_eq(strlen(seen.last), 2048);
    cr_assert_eq(seen.last[2047], '\n');
    wgo_log_debug(text, "text=%s", text);
    cr_assert_eq(strlen(seen.last), 2048);
    cr_assert_eq(seen.lines, 4);
    wgo_log_set_sink(NULL, NULL);
    cr_assert_not(wgo_log_enabled());
}
