/* permissions.c: what the description says its calls need, in the API's own words. */
#include "model/permissions.h"

#include "rest/session.h"

#include <stdio.h>

static bool is_word(struct wgo_str word)
{
    return wgo_rest_is_one_line(word);
}

/* The calls of which nothing is said; returns how many there are. */
static size_t name_silent(const struct wgo_entry_list *list, struct wgo_buf *out)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (wgo_str_trim(list->items[i]->permission).len == 0) {
            wgo_buf_format(out, "%s%.*s", count++ ? ", " : "", WGO_FMT(list->items[i]->name));
        }
    }
    return count;
}

static enum wgo_status write(const struct wgo_permission_words *words,
                             const struct wgo_entry_list *called, struct wgo_buf *out,
                             char note[256], struct wgo_error *err)
{
    struct wgo_buf silent = {0};
    size_t count = name_silent(called, &silent);
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < words->count; i++) {
        wgo_buf_format(out, "%.*s\n", WGO_FMT(words->items[i]));
    }
    if (silent.failed != WGO_OK || out->failed != WGO_OK) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    } else if (count > 0) {
        snprintf(note, 256, "what %zu of %zu calls need is not said: %.*s%s", count, called->count,
                 WGO_FMT(wgo_str_slice(wgo_buf_view(&silent), 0, 160)),
                 silent.len > 160 ? "..." : "");
    }
    wgo_buf_fini(&silent);
    return status;
}

enum wgo_status wgo_rest_permissions(const struct wgo_permission_request *request,
                                     struct wgo_buf *out, char note[256], struct wgo_error *err)
{
    static const struct wgo_permission_rules rules = {
        .is_word = is_word, .exact = true, .what = "word", .example = "names in one line"};
    struct wgo_permission_words words = {.items = NULL};
    enum wgo_status status = wgo_permissions_gather(request, &rules, &words, err);
    if (status == WGO_OK && words.count == 0) {
        status =
            wgo_fail(err, WGO_E_CONFIG, "the description does not say what any of its calls needs");
        wgo_error_hint(err, "`permission: machines.list` of an entry says it, in the API's own "
                            "words; `wgo validate` shows what is allowed");
    }
    if (status == WGO_OK) {
        status = write(&words, &request->called, out, note, err);
    }
    wgo_permission_words_fini(&words);
    return status;
}
