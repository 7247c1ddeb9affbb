#include "engine/paging.h"

#include "model/url.h"

/* The next page's token: text or a number; null, false, "", {} and [] mean that there is none. */
static enum wgo_status token_of(struct wgo_str raw, struct wgo_arena *arena, struct wgo_str *out,
                                struct wgo_error *err)
{
    enum wgo_json_kind kind = raw.ptr ? wgo_json_kind_of(raw) : WGO_JSON_NULL;
    bool is_token = kind == WGO_JSON_STRING || kind == WGO_JSON_NUMBER;
    bool is_more = wgo_str_is(raw, "true") ||
                   ((kind == WGO_JSON_OBJECT || kind == WGO_JSON_ARRAY) && !wgo_json_is_bare(raw));
    *out = is_token ? wgo_json_text(raw, arena) : (struct wgo_str){0};
    return is_more ? wgo_fail(err, WGO_E_SERVER, "the next page's token is neither text nor number")
                   : WGO_OK;
}

/* The values of the page's token as one; empty when all of them are. */
static enum wgo_status join_tokens(const struct wgo_entry *entry, const struct wgo_json_page *page,
                                   struct wgo_arena *arena, struct wgo_str *out,
                                   struct wgo_error *err)
{
    struct wgo_buf text = {0};
    enum wgo_status status = WGO_OK;
    bool any = false;
    for (unsigned i = 0; i < entry->token_count && status == WGO_OK; i++) {
        struct wgo_str value;
        status = token_of(page->picks[i], arena, &value, err);
        any = any || value.len > 0;
        if (status == WGO_OK && wgo_str_find_char(value, WGO_TOKEN_SEPARATOR) < value.len) {
            status = wgo_fail(err, WGO_E_SERVER, "a page token with a control character in it");
        }
        if (i > 0) {
            wgo_buf_char(&text, WGO_TOKEN_SEPARATOR);
        }
        wgo_buf_str(&text, value);
    }
    *out = any ? wgo_str_dup(arena, wgo_buf_view(&text)) : (struct wgo_str){0};
    if (status == WGO_OK && (text.failed != WGO_OK || (any && !out->ptr))) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_buf_fini(&text);
    return status;
}

/* The next page's token, empty after the last page. The entry's `more` has the last word where the
 * document holds it; where it does not, the token alone says. */
static enum wgo_status token_after(const struct wgo_entry *entry, const struct wgo_json_page *page,
                                   struct wgo_arena *arena, struct wgo_str *out,
                                   struct wgo_error *err)
{
    struct wgo_str more = entry->more.len > 0 ? page->picks[WGO_PAGE_TOKENS] : (struct wgo_str){0};
    bool silent = !more.ptr || wgo_json_kind_of(more) == WGO_JSON_NULL;
    bool is_true = wgo_str_is(more, "true") || wgo_str_is(more, "\"true\"");
    enum wgo_status status = WGO_OK;
    *out = (struct wgo_str){0};
    if (!silent && !is_true) {
        return WGO_OK;
    }
    if (entry->token_count < 2) {
        status = token_of(page->picks[0], arena, out, err);
    } else {
        status = join_tokens(entry, page, arena, out, err);
    }
    if (status == WGO_OK && is_true && out->len == 0) {
        status = wgo_fail(err, WGO_E_SERVER, "the server has more, but no token for the next page");
    }
    return status;
}

/* ---- pages that are counted ---- */

/* A number that the page gives at 'slot'; false when it does not. */
static bool number_at(const struct wgo_json_page *page, unsigned slot, struct wgo_arena *arena,
                      uint64_t *out)
{
    struct wgo_str raw = page->picks[slot];
    return raw.ptr && wgo_str_to_u64(wgo_json_text(raw, arena), out);
}

static bool is_last(const struct wgo_entry_numbers *numbers, const struct wgo_json_page *page,
                    const struct wgo_task *task, uint64_t number, struct wgo_str more,
                    struct wgo_arena *arena)
{
    uint64_t total, last;
    if (more.ptr && wgo_json_kind_of(more) != WGO_JSON_NULL) {
        return !wgo_str_is(more, "true");
    }
    if (page->item_count == 0) {
        return true;
    }
    if (numbers->last.len > 0 && number_at(page, WGO_SLOT_LAST, arena, &last)) {
        return number + 1 >= last + numbers->first;
    }
    if (numbers->total.len > 0 && number_at(page, WGO_SLOT_TOTAL, arena, &total)) {
        uint64_t read = numbers->offset ? number + page->item_count
                        : numbers->size > 0
                            ? (number - numbers->first) * numbers->size + page->item_count
                            : (uint64_t)task->items;
        return read >= total;
    }
    return page->item_count < numbers->size;
}

static enum wgo_status number_after(const struct wgo_call *call, const struct wgo_json_page *page,
                                    struct wgo_arena *arena, struct wgo_str *out,
                                    struct wgo_error *err)
{
    const struct wgo_entry_numbers *numbers = &call->entry->numbers;
    struct wgo_str more =
        call->entry->more.len > 0 ? page->picks[WGO_SLOT_MORE] : (struct wgo_str){0};
    uint64_t number = numbers->first;
    if (call->task->token.len > 0 && !wgo_str_to_u64(call->task->token, &number)) {
        return wgo_fail(err, WGO_E_INTERNAL, "page %.*s is no number", WGO_FMT(call->task->token));
    }
    if (is_last(numbers, page, call->task, number, more, arena)) {
        return WGO_OK;
    }
    *out = wgo_str_format(
        arena, "%llu",
        (unsigned long long)(numbers->offset ? number + page->item_count : number + 1));
    return out->ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* ---- the Link header ---- */

/* Where the next 'mark' is that no quotes hold. */
static size_t unquoted(struct wgo_str text, char mark)
{
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"') {
            quoted = !quoted;
        } else if (text.ptr[i] == mark && !quoted) {
            return i;
        }
    }
    return text.len;
}

/* Whether `; rel="next last"` is among the parameters. */
static bool has_relation(struct wgo_str parameters, struct wgo_str rel)
{
    while (parameters.len > 0) {
        size_t end = unquoted(parameters, ';');
        struct wgo_str one = wgo_str_trim(wgo_str_slice(parameters, 0, end));
        size_t equals = wgo_str_find_char(one, '=');
        if (wgo_str_cmp_nocase(wgo_str_trim(wgo_str_slice(one, 0, equals)), WGO_STR("rel")) == 0 &&
            equals < one.len) {
            struct wgo_str names = wgo_str_trim(wgo_str_slice(one, equals + 1, one.len));
            if (names.len > 1 && (names.ptr[0] == '"' || names.ptr[0] == '\'')) {
                names = wgo_str_slice(names, 1, names.len - 1);
            }
            while (names.len > 0) {
                size_t space = wgo_str_find_char(names, ' ');
                if (wgo_str_cmp_nocase(wgo_str_slice(names, 0, space), rel) == 0) {
                    return true;
                }
                names = wgo_str_slice(names, space + 1, names.len);
            }
            return false; /* only the first one counts (RFC 8288 3.3) */
        }
        parameters = wgo_str_slice(parameters, end + 1, parameters.len);
    }
    return false;
}

bool wgo_link_target(struct wgo_str header, struct wgo_str rel, struct wgo_str *out)
{
    *out = (struct wgo_str){0};
    while ((header = wgo_str_trim(header)).len > 0) {
        size_t close = wgo_str_find_char(header, '>');
        if (header.ptr[0] == ',') { /* elements of a list may be empty */
            header = wgo_str_slice(header, 1, header.len);
            continue;
        }
        if (header.ptr[0] != '<' || close >= header.len) {
            return false;
        }
        struct wgo_str target = wgo_str_slice(header, 1, close);
        header = wgo_str_slice(header, close + 1, header.len);
        size_t end = unquoted(header, ',');
        if (has_relation(wgo_str_slice(header, 0, end), rel)) {
            *out = target;
            return true;
        }
        header = wgo_str_slice(header, end + 1, header.len);
    }
    return true;
}

static enum wgo_status link_after(const struct wgo_call *call, struct wgo_str *out,
                                  struct wgo_error *err)
{
    struct wgo_str rest = wgo_buf_view(&call->attempt->response.headers), field;
    while (out->len == 0 && (field = wgo_response_header_next(&rest, "link")).ptr) {
        if (!wgo_link_target(field, call->entry->link_rel, out)) {
            return wgo_fail(err, WGO_E_SERVER, "a Link header that is none: %.*s",
                            (int)(field.len < 80 ? field.len : 80), field.ptr);
        }
    }
    return WGO_OK;
}

/* A link from the root, so that it means the same wherever the next page is asked for. */
static enum wgo_status root_link(const struct wgo_call *call, struct wgo_arena *arena,
                                 struct wgo_str *in_out, struct wgo_error *err)
{
    struct wgo_str link = wgo_url_from_root(call->attempt->request.url, *in_out, arena);
    if (in_out->len > 0 && !link.ptr) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *in_out = link;
    return WGO_OK;
}

enum wgo_status wgo_paging_next(const struct wgo_call *call, const struct wgo_json_page *page,
                                struct wgo_arena *arena, struct wgo_str *out, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    *out = (struct wgo_str){0};
    switch (call->entry->paging) {
    case WGO_PAGE_HEADER:
        status = link_after(call, out, err);
        return status == WGO_OK ? root_link(call, arena, out, err) : status;
    case WGO_PAGE_NUMBER:
        return number_after(call, page, arena, out, err);
    case WGO_PAGE_TOKEN:
        return token_after(call->entry, page, arena, out, err);
    case WGO_PAGE_LINK:
        status = token_after(call->entry, page, arena, out, err);
        return status == WGO_OK ? root_link(call, arena, out, err) : status;
    case WGO_PAGE_NONE:
        break;
    }
    return WGO_OK;
}
