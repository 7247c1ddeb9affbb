/* backend_gcs_answer.c: what Cloud Storage says. */
#include "terraform/backend_gcs.h"

#include "base/json.h"

#include <stdio.h>

/* ---- pages of lists ---- */

struct reader {
    struct wgo_arena *arena;
    struct wgo_tf_gcs_page *page;
    enum wgo_status status;
};

static bool count_item(void *state, struct wgo_str item)
{
    size_t *count = state;
    (void)item;
    (*count)++;
    return true;
}

static bool take_item(void *state, struct wgo_str item)
{
    struct reader *reader = state;
    struct wgo_str raw = wgo_json_get(item, WGO_STR("name"));
    if (!raw.ptr || wgo_json_kind_of(raw) != WGO_JSON_STRING) {
        reader->status = WGO_E_PARSE;
        return false;
    }
    struct wgo_str name = wgo_str_dup(reader->arena, wgo_json_text(raw, reader->arena));
    if (!name.ptr) {
        reader->status = WGO_E_NOMEM;
        return false;
    }
    reader->page->names[reader->page->count++] = name;
    return true;
}

/* Absent, or of one kind. */
static bool fits(struct wgo_str raw, enum wgo_json_kind kind)
{
    return !raw.ptr || wgo_json_kind_of(raw) == kind;
}

enum wgo_status wgo_tf_gcs_page_read(struct wgo_str body, struct wgo_arena *arena,
                                     struct wgo_tf_gcs_page *out_page, struct wgo_error *err)
{
    struct wgo_tf_gcs_page page = {.token = WGO_STR("")};
    struct reader reader = {.arena = arena, .page = &page};
    size_t count = 0;
    enum wgo_status status = wgo_json_check(body, err);
    if (status != WGO_OK) {
        wgo_error_prefix(err, "the list of objects");
        return status;
    }
    struct wgo_str kind = wgo_json_text(wgo_json_get(body, WGO_STR("kind")), arena);
    struct wgo_str items = wgo_json_get(body, WGO_STR("items"));
    struct wgo_str token = wgo_json_get(body, WGO_STR("nextPageToken"));
    if (!wgo_str_is(kind, "storage#objects") || !fits(items, WGO_JSON_ARRAY) ||
        !fits(token, WGO_JSON_STRING)) {
        return wgo_fail(err, WGO_E_PARSE, "the server did not answer with a list of objects");
    }
    (void)wgo_json_each(body, WGO_STR("items[]"), count_item, &count);
    page.names = WGO_NEW_ARRAY(arena, struct wgo_str, count + 1);
    if (!page.names) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    (void)wgo_json_each(body, WGO_STR("items[]"), take_item, &reader);
    if (token.ptr) {
        page.token = wgo_str_dup(arena, wgo_json_text(token, arena));
    }
    if (reader.status == WGO_E_NOMEM || !page.token.ptr) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (reader.status != WGO_OK) {
        return wgo_fail(err, reader.status, "an object in the server's list has no name");
    }
    *out_page = page;
    return WGO_OK;
}

bool wgo_tf_gcs_is_state(struct wgo_str name, struct wgo_str prefix)
{
    struct wgo_str suffix = WGO_STR(".tfstate");
    struct wgo_str rest = wgo_str_slice(name, prefix.len, name.len);
    return wgo_str_starts(name, prefix) && wgo_str_ends(rest, suffix) && rest.len > suffix.len &&
           wgo_str_find_char(rest, '/') == rest.len;
}

/* ---- complaints ---- */

static void copy_line(char *out, size_t size, struct wgo_str text)
{
    text = wgo_str_slice(wgo_str_trim(text), 0, size - 1);
    size_t len = 0;
    while (len < text.len && text.ptr[len]) {
        out[len] = text.ptr[len];
        len++;
    }
    out[len] = '\0';
    wgo_str_flatten(out, len);
}

void wgo_tf_gcs_complaint_read(struct wgo_str body, struct wgo_tf_gcs_complaint *out)
{
    static const char *const reasons[] = {"error.errors[].reason", "error.details[].reason",
                                          "error.status"};
    struct wgo_arena arena = {0};
    struct wgo_str text = wgo_str_trim(body);
    *out = (struct wgo_tf_gcs_complaint){.reason = ""};
    if (wgo_json_check(text, NULL) == WGO_OK) {
        for (size_t i = 0; i < WGO_COUNT(reasons) && !out->reason[0]; i++) {
            struct wgo_str reason = wgo_json_text(wgo_json_get(text, wgo_str(reasons[i])), &arena);
            copy_line(out->reason, sizeof(out->reason), reason);
        }
        struct wgo_str said = wgo_json_text(wgo_json_get(text, WGO_STR("error.message")), &arena);
        copy_line(out->message, sizeof(out->message), said);
    } else if (text.len && text.ptr[0] != '<') {
        copy_line(out->message, sizeof(out->message), text);
    }
    wgo_arena_fini(&arena);
}
