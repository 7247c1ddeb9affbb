#include "engine/paging.h"

#include "engine/short_page.h"
#include "model/url.h"

/* The next page's token: text or a number; null, false, "", {} and [] mean that there is none.
 * Where it goes into a JSON body it stays what it is, and may be a list or an object, too. */
static enum wgo_status token_of(const struct wgo_entry *entry, struct wgo_str raw,
                                struct wgo_arena *arena, struct wgo_str *out, struct wgo_error *err)
{
    enum wgo_json_kind kind = raw.ptr ? wgo_json_kind_of(raw) : WGO_JSON_NULL;
    bool is_token = kind == WGO_JSON_STRING || kind == WGO_JSON_NUMBER;
    bool is_more = wgo_str_is(raw, "true") ||
                   ((kind == WGO_JSON_OBJECT || kind == WGO_JSON_ARRAY) && !wgo_json_is_bare(raw));
    *out = (struct wgo_str){0};
    if (entry->token_json && (is_token || is_more) && kind != WGO_JSON_BOOL) {
        *out = wgo_json_is_bare(raw) ? *out : raw;
        return WGO_OK;
    }
    *out = is_token ? wgo_json_text(raw, arena) : *out;
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
        status = token_of(entry, page->picks[i], arena, &value, err);
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

/* What the entry's `more` says of a next page. */
enum more { MORE_SILENT, MORE_YES, MORE_NO };

static enum wgo_status more_of(const struct wgo_entry *entry, struct wgo_str raw,
                               struct wgo_arena *arena, enum more *out, struct wgo_error *err)
{
    static const struct {
        const char *text;
        enum more more;
    } WORDS[] = {{"true", MORE_YES},
                 {"1", MORE_YES},
                 {"false", MORE_NO},
                 {"0", MORE_NO},
                 {"null", MORE_SILENT}};
    enum wgo_json_kind kind = raw.ptr ? wgo_json_kind_of(raw) : WGO_JSON_NULL;
    struct wgo_str text = kind == WGO_JSON_STRING ? wgo_json_text(raw, arena) : raw;
    *out = MORE_SILENT;
    if (entry->more.len == 0 || kind == WGO_JSON_NULL || text.len == 0) {
        return WGO_OK;
    }
    for (size_t i = 0; i < WGO_COUNT(WORDS); i++) {
        if (wgo_str_cmp_nocase(text, wgo_str(WORDS[i].text)) == 0) {
            *out = WORDS[i].more;
            return WGO_OK;
        }
    }
    return wgo_fail(err, WGO_E_SERVER, "%.*s is neither true nor false", WGO_FMT(entry->more));
}

/* The next page's token, empty after the last page. The entry's `more` has the last word where the
 * document holds it; where it does not, the token alone says. */
static enum wgo_status token_after(const struct wgo_entry *entry, const struct wgo_json_page *page,
                                   struct wgo_arena *arena, struct wgo_str *out,
                                   struct wgo_error *err)
{
    enum more more;
    enum wgo_status status = more_of(entry, page->picks[WGO_PAGE_TOKENS], arena, &more, err);
    *out = (struct wgo_str){0};
    if (status != WGO_OK || more == MORE_NO) {
        return status;
    }
    if (entry->token_count < 2) {
        status = token_of(entry, page->picks[0], arena, out, err);
    } else {
        status = join_tokens(entry, page, arena, out, err);
    }
    if (status == WGO_OK && more == MORE_YES && out->len == 0) {
        status = wgo_fail(err, WGO_E_SERVER, "the server has more, but no token for the next page");
    }
    return status;
}

/* ---- pages that are counted ---- */

/* A number that the page gives at 'slot'; '*out_given' false when it does not. "3.0" is one. */
static enum wgo_status number_at(const struct wgo_json_page *page, unsigned slot,
                                 struct wgo_str path, struct wgo_arena *arena, uint64_t *out,
                                 bool *out_given, struct wgo_error *err)
{
    struct wgo_str raw = path.len > 0 ? page->picks[slot] : (struct wgo_str){0};
    *out_given = raw.ptr && wgo_json_kind_of(raw) != WGO_JSON_NULL;
    if (!*out_given) {
        return WGO_OK;
    }
    struct wgo_str text = wgo_json_text(raw, arena);
    size_t point = wgo_str_find_char(text, '.');
    bool whole = true;
    for (size_t i = point + 1; i < text.len; i++) {
        whole = whole && text.ptr[i] == '0';
    }
    return whole && wgo_str_to_u64(wgo_str_slice(text, 0, point), out)
               ? WGO_OK
               : wgo_fail(err, WGO_E_SERVER, "%.*s is no number", WGO_FMT(path));
}

/* What the document says of the list's end. */
struct telling {
    enum more more;
    bool knows_last, knows_total;
    uint64_t last, total;
    uint64_t read; /* with this page */
    bool exact;    /* that is what the pages held; else records of an earlier scan are in it */
};

/* A `total` that is no more than the first page holds may be that page's own count: where the page
 * is a full one, the next one tells. One that is less than what was read is no total. */
static bool is_total_read(struct wgo_call *call, const struct wgo_json_page *page,
                          const struct telling *t)
{
    uint64_t size = call->entry->numbers.size;
    if (t->read > t->total) {
        return wgo_short_page_ends(call, page->item_count);
    }
    call->in_doubt =
        t->read == t->total && call->task->page == 0 && size > 0 && page->item_count == size;
    return t->read == t->total && !call->in_doubt;
}

static bool is_last(struct wgo_call *call, const struct wgo_json_page *page,
                    const struct telling *t)
{
    if (t->more != MORE_SILENT) {
        return t->more == MORE_NO;
    }
    if (t->knows_last && call->task->page + UINT64_C(1) < t->last) {
        return false;
    }
    if (page->item_count == 0) {
        return true;
    }
    return t->knows_total  ? is_total_read(call, page, t)
           : t->knows_last ? true
                           : wgo_short_page_ends(call, page->item_count);
}

/* Pages that end before what the server itself counts are no whole list. */
static enum wgo_status check_total(const struct wgo_call *call, const struct telling *t,
                                   struct wgo_error *err)
{
    const struct wgo_entry *entry = call->entry;
    if (t->more != MORE_SILENT || !t->knows_total || !t->exact || t->read >= t->total) {
        return WGO_OK;
    }
    wgo_fail(err, WGO_E_SERVER, "the pages end after %llu items, and the server counts %llu",
             (unsigned long long)t->read, (unsigned long long)t->total);
    if (entry->described) {
        wgo_error_hint(
            err, "if `total` of %.*s (%.*s, line %u) counts what cannot be read, leave it out",
            WGO_FMT(entry->name), WGO_FMT(entry->file), entry->line);
    }
    return WGO_E_SERVER;
}

static enum wgo_status look_for_end(struct wgo_call *call, const struct wgo_json_page *page,
                                    uint64_t number, struct wgo_arena *arena, bool *out_last,
                                    struct wgo_error *err)
{
    const struct wgo_entry_numbers *numbers = &call->entry->numbers;
    uint64_t items = (uint64_t)call->task->items;
    struct telling t = {.exact = numbers->offset || call->oldest_ns == 0};
    enum wgo_status status = more_of(call->entry, page->picks[WGO_SLOT_MORE], arena, &t.more, err);
    if (status == WGO_OK) {
        status = number_at(page, WGO_SLOT_LAST, numbers->last, arena, &t.last, &t.knows_last, err);
    }
    if (status == WGO_OK) {
        status =
            number_at(page, WGO_SLOT_TOTAL, numbers->total, arena, &t.total, &t.knows_total, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    /* A server may give fewer on a page than it was asked for. */
    t.read = numbers->offset ? number + page->item_count : call->seen > items ? call->seen : items;
    *out_last = is_last(call, page, &t);
    return *out_last ? check_total(call, &t, err) : WGO_OK;
}

static enum wgo_status number_after(struct wgo_call *call, const struct wgo_json_page *page,
                                    struct wgo_arena *arena, struct wgo_str *out,
                                    struct wgo_error *err)
{
    const struct wgo_entry_numbers *numbers = &call->entry->numbers;
    uint64_t number = numbers->first;
    bool last = true;
    if (call->task->token.len > 0 && !wgo_str_to_u64(call->task->token, &number)) {
        return wgo_fail(err, WGO_E_INTERNAL, "page %.*s is no number", WGO_FMT(call->task->token));
    }
    enum wgo_status status = look_for_end(call, page, number, arena, &last, err);
    if (status != WGO_OK || last) {
        return status;
    }
    *out = wgo_str_format(
        arena, "%llu",
        (unsigned long long)(numbers->offset ? number + page->item_count : number + 1));
    return out->ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* Whoever says that there is no next page says how many items there are, too. */
static enum wgo_status check_end(const struct wgo_call *call, const struct wgo_json_page *page,
                                 struct wgo_arena *arena, struct wgo_error *err)
{
    uint64_t items = (uint64_t)call->task->items;
    struct telling t = {.exact = call->oldest_ns == 0,
                        .read = call->seen > items ? call->seen : items};
    enum wgo_status status = number_at(page, WGO_SLOT_TOTAL, call->entry->numbers.total, arena,
                                       &t.total, &t.knows_total, err);
    return status == WGO_OK ? check_total(call, &t, err) : status;
}

/* ---- pages that begin behind an item ---- */

static enum wgo_status item_after(struct wgo_call *call, const struct wgo_json_page *page,
                                  struct wgo_arena *arena, struct wgo_str *out,
                                  struct wgo_error *err)
{
    const struct wgo_entry *entry = call->entry;
    enum more more;
    enum wgo_status status = more_of(entry, page->picks[WGO_SLOT_MORE], arena, &more, err);
    bool none = page->item_count == 0;
    bool last =
        more != MORE_SILENT ? more == MORE_NO : none || wgo_short_page_ends(call, page->item_count);
    if (status != WGO_OK || last) {
        return status;
    }
    struct wgo_str item = none ? (struct wgo_str){0} : page->items[page->item_count - 1];
    status = token_of(entry, wgo_json_get(item, entry->token_item), arena, out, err);
    if (status == WGO_OK && out->len == 0) {
        status = wgo_fail(err, WGO_E_SERVER, "the last item has no %.*s for the next page",
                          WGO_FMT(entry->token_item));
    }
    return status;
}

/* ---- the Link header ---- */

/* What the first parameter of that name has, which is the one that counts (RFC 8288 3.3). */
static struct wgo_str parameter_of(struct wgo_str parameters, struct wgo_str name)
{
    while (parameters.len > 0) {
        size_t end = wgo_str_find_unquoted(parameters, ';');
        struct wgo_str one = wgo_str_trim(wgo_str_slice(parameters, 0, end));
        size_t equals = wgo_str_find_char(one, '=');
        if (wgo_str_eq_nocase(wgo_str_trim(wgo_str_slice(one, 0, equals)), name) &&
            equals < one.len) {
            struct wgo_str value = wgo_str_trim(wgo_str_slice(one, equals + 1, one.len));
            bool quoted = value.len > 1 && (value.ptr[0] == '"' || value.ptr[0] == '\'');
            return quoted ? wgo_str_slice(value, 1, value.len - 1) : value;
        }
        parameters = wgo_str_slice(parameters, end + 1, parameters.len);
    }
    return (struct wgo_str){0};
}

/* Whether `; rel="next last"` is among the parameters. Sentry's last page has a next one, too, with
 * `results="false"`. */
static bool has_relation(struct wgo_str parameters, struct wgo_str rel)
{
    struct wgo_str names = parameter_of(parameters, WGO_STR("rel"));
    bool has = false;
    while (names.len > 0 && !has) {
        has = wgo_str_eq_nocase(wgo_str_split(&names, ' '), rel);
    }
    return has && !wgo_str_is(parameter_of(parameters, WGO_STR("results")), "false");
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
        size_t end = wgo_str_find_unquoted(header, ',');
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

/* A link from the root, so that it means the same wherever the next page is asked for. What no URL
 * may hold, and some servers write all the same, is encoded. */
static enum wgo_status root_link(const struct wgo_call *call, struct wgo_arena *arena,
                                 struct wgo_str *in_out, struct wgo_error *err)
{
    struct wgo_str link = wgo_url_from_root(call->attempt->request.url, *in_out, arena);
    if (in_out->len > 0 && !link.ptr) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    struct wgo_buf text = {0};
    bool good = wgo_url_escape(&text, link, WGO_URL_RESERVED);
    *in_out = wgo_str_dup(arena, wgo_buf_view(&text));
    good = good && (in_out->ptr || link.len == 0);
    wgo_buf_fini(&text);
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status find_next(struct wgo_call *call, const struct wgo_json_page *page,
                                 struct wgo_arena *arena, struct wgo_str *out,
                                 struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    switch (call->entry->paging) {
    case WGO_PAGE_HEADER:
        status = link_after(call, out, err);
        return status == WGO_OK ? root_link(call, arena, out, err) : status;
    case WGO_PAGE_VALUE:
        *out = wgo_response_header(&call->attempt->response, call->entry->token_header);
        return WGO_OK;
    case WGO_PAGE_ITEM:
        return item_after(call, page, arena, out, err);
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

enum wgo_status wgo_paging_next(struct wgo_call *call, const struct wgo_json_page *page,
                                struct wgo_arena *arena, struct wgo_str *out, struct wgo_error *err)
{
    *out = (struct wgo_str){0};
    enum wgo_status status = find_next(call, page, arena, out, err);
    bool ends = status == WGO_OK && out->len == 0 && call->entry->paging != WGO_PAGE_NUMBER;
    return ends ? check_end(call, page, arena, err) : status;
}
