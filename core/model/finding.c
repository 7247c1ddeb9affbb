#include "model/collector.h"

#include <stdio.h>

/* What stands before the rest of 'text' and names 'subject' last: "Azure credentials of SUBJECT: ".
 * 0 where nothing does. */
static size_t naming(struct wgo_str text, struct wgo_str subject)
{
    size_t at = wgo_str_find(text, subject), end = at + subject.len;
    struct wgo_str before = wgo_str_slice(text, 0, at);
    bool names = subject.len > 0 && at < text.len &&
                 wgo_str_find(before, WGO_STR(": ")) == before.len &&
                 (at == 0 || before.ptr[at - 1] == ' ') &&
                 wgo_str_starts(wgo_str_slice(text, end, text.len), WGO_STR(": "));
    return names ? end + 2 : 0;
}

void wgo_finding_tell(struct wgo_finding *finding, const char *text)
{
    struct wgo_str rest = wgo_str(text), subject = wgo_str(finding->subject);
    for (size_t len; (len = naming(rest, subject)) > 0;) {
        rest = wgo_str_slice(rest, len, rest.len);
    }
    snprintf(finding->detail, sizeof(finding->detail), "%.*s", WGO_FMT(rest));
}
