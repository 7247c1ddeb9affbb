/* refusal.c: what an AADSTS number means. */
#include "azure/credentials.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *number, *means, *hint;
} NUMBERS[] = {
#define WGO_AADSTS(number, means, hint) {#number, means, hint},
#include "azure/aadsts.def"
#undef WGO_AADSTS
};

void wgo_azure_explain(struct wgo_error *err)
{
    struct wgo_str text = wgo_str(err ? err->message : ""), mark = WGO_STR("AADSTS");
    size_t at = wgo_str_find(text, mark), end = at + mark.len;
    while (end < text.len && text.ptr[end] >= '0' && text.ptr[end] <= '9') {
        end++;
    }
    struct wgo_str number = wgo_str_slice(text, at + mark.len, end);
    for (size_t i = 0; i < WGO_COUNT(NUMBERS) && number.len > 0; i++) {
        if (wgo_str_is(number, NUMBERS[i].number)) {
            wgo_error_prefix(err, "%s", NUMBERS[i].means);
            err->hint[0] = '\0'; /* the number says more than its class */
            wgo_error_hint(err, "%s", NUMBERS[i].hint);
            return;
        }
    }
}
