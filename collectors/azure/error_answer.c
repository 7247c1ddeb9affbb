/* error_answer.c: see error_answer.h. */
#include "azure/error_answer.h"

#include "base/arena.h"
#include "base/json.h"

#include <stdio.h>

static void copy(char *out, size_t size, struct wgo_str raw, struct wgo_arena *arena)
{
    struct wgo_str text = raw.ptr ? wgo_json_text(raw, arena) : (struct wgo_str){0};
    snprintf(out, size, "%.*s", WGO_FMT(wgo_str_slice(text, 0, size - 1)));
    wgo_str_flatten(out, strlen(out));
}

/* The first of several texts that is there, under "error" or without it. */
static struct wgo_str member(struct wgo_str body, const char *inner, const char *plain)
{
    struct wgo_str found = wgo_json_get(body, wgo_str(inner));
    return found.ptr ? found : wgo_json_get(body, wgo_str(plain));
}

void wgo_azure_error_read(struct wgo_str body, struct wgo_azure_error *out)
{
    struct wgo_arena arena = {0};
    *out = (struct wgo_azure_error){.code = ""};
    if (wgo_json_check(body, NULL) != WGO_OK) {
        return;
    }
    copy(out->code, sizeof(out->code), member(body, "error.code", "code"), &arena);
    copy(out->message, sizeof(out->message), member(body, "error.message", "message"), &arena);
    copy(out->detail_code, sizeof(out->detail_code),
         member(body, "error.details[].code", "details[].code"), &arena);
    /* Resource Graph's head is the same for all. */
    if (wgo_str_starts(wgo_str(out->message), WGO_STR("Please provide below info"))) {
        copy(out->message, sizeof(out->message),
             member(body, "error.details[].message", "details[].message"), &arena);
    }
    wgo_arena_fini(&arena);
}

bool wgo_azure_read_span(struct wgo_str text, int64_t *out_ns)
{
    struct wgo_str rest = text;
    int64_t total = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t part = 0;
        struct wgo_str word = rest.ptr ? wgo_str_split(&rest, ':') : (struct wgo_str){0};
        word = i == 2 ? wgo_str_slice(word, 0, wgo_str_find_char(word, '.')) : word;
        if (!wgo_str_to_u64(word, &part) || part > 99) {
            return false;
        }
        total = total * 60 + (int64_t)part;
    }
    *out_ns = total * WGO_S;
    return !rest.ptr;
}

struct wgo_str wgo_azure_refused_action(struct wgo_str message)
{
    struct wgo_str mark = WGO_STR("perform action '");
    size_t at = wgo_str_find(message, mark);
    struct wgo_str rest = wgo_str_slice(message, at + mark.len, message.len);
    size_t end = wgo_str_find_char(rest, '\'');
    return at < message.len && end < rest.len ? wgo_str_slice(rest, 0, end) : (struct wgo_str){0};
}
