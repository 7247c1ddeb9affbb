/* load_page.c: how pages follow each other, and how a job is waited for. */
#include "base/members.h"
#include "catalog/reading.h"

static const char *const PAGE[] = {
    "token_out", "token_in", "link_out", "link_header", "number_in",    "offset_in", "first",
    "size",      "total",    "pages",    "more",        "token_header", "token_item"};
static const char *const POLL[] = {"status", "done",  "failed",  "error",
                                   "first",  "every", "timeout", "learn"};

#define POLL_EVERY_NS (5 * WGO_S)
#define POLL_TIMEOUT_NS (300 * WGO_S)

/* How many texts 'node' is: one, or a list of them. */
static unsigned read_tokens(struct wgo_reading *r, const struct wgo_yaml *node)
{
    bool several = wgo_yaml_is_list(node);
    unsigned count = 0;
    for (const struct wgo_yaml *at = several ? node->first : node; at;
         at = several ? at->next : NULL) {
        if (count == WGO_PAGE_TOKENS) {
            wgo_refuse(r, at, "more than %d page tokens", WGO_PAGE_TOKENS);
            return count;
        }
        struct wgo_str path = wgo_text_of(r, at);
        if (path.len == 0) { /* the empty path is the whole document */
            wgo_refuse(r, at, "a page token needs a path");
        }
        if (wgo_str_starts(path,
                           WGO_STR("@odata."))) { /* it would name no page, and end the list */
            wgo_refuse(r, at, "a member that holds a dot is written in quotes: '\"%.*s\"'",
                       WGO_FMT(path));
        }
        r->entry->token_out[count++] = path;
    }
    return count;
}

static uint64_t read_count(struct wgo_reading *r, const struct wgo_yaml *node, uint64_t otherwise)
{
    uint64_t number = otherwise;
    if (node && !wgo_str_to_u64(node->text, &number)) {
        wgo_refuse(r, node, "%.*s must be a number", WGO_FMT(node->key));
    }
    return number;
}

struct wgo_str wgo_page_first(struct wgo_reading *r)
{
    const struct wgo_yaml *page = wgo_field(r, "page");
    if (wgo_member(page, "offset_in")) {
        return WGO_STR("0");
    }
    const struct wgo_yaml *first = wgo_member(page, "first");
    return !wgo_member(page, "number_in") ? WGO_STR("") : first ? first->text : WGO_STR("1");
}

static void read_numbers(struct wgo_reading *r, const struct wgo_yaml *page)
{
    struct wgo_entry_numbers *numbers = &r->entry->numbers;
    numbers->offset = wgo_member(page, "offset_in") != NULL;
    numbers->first = read_count(r, wgo_member(page, "first"), numbers->offset ? 0 : 1);
    numbers->size = read_count(r, wgo_member(page, "size"), 0);
    numbers->total = wgo_text_of(r, wgo_member(page, "total"));
    numbers->last = wgo_text_of(r, wgo_member(page, "pages"));
    if (numbers->offset && numbers->first > 0) {
        wgo_refuse(r, page, "an offset begins at 0");
    }
}

/* What is no value of the document goes into one parameter. */
static void read_token_header(struct wgo_reading *r, const struct wgo_yaml *value)
{
    struct wgo_arena *arena = r->loader->arena;
    r->entry->paging = WGO_PAGE_VALUE;
    r->entry->token_header = wgo_str_cstr(arena, wgo_str_lower(arena, wgo_text_of(r, value)));
    if (!r->entry->token_header) {
        wgo_refuse(r, value, "out of memory");
    }
}

static void read_token_item(struct wgo_reading *r, const struct wgo_yaml *item)
{
    r->entry->paging = WGO_PAGE_ITEM;
    r->entry->token_item = wgo_text_of(r, item);
    (void)wgo_pick(r, item, r->entry->token_item); /* its path is checked with those */
}

/* Whether a token is found, and does not go anywhere. Built-in lists may have a page only. */
static bool needs_place(const struct wgo_reading *r, bool elsewhere, bool in_document)
{
    bool needs = elsewhere || (in_document && r->loader->api);
    return needs && r->status == WGO_OK && !wgo_takes_token(r->entry);
}

void wgo_read_paging(struct wgo_reading *r)
{
    const struct wgo_yaml *page = wgo_field(r, "page");
    if (!page) {
        return;
    }
    wgo_check_members(r, page, PAGE, WGO_COUNT(PAGE));
    const struct wgo_yaml *token = wgo_member(page, "token_out");
    const struct wgo_yaml *link = wgo_member(page, "link_out");
    const struct wgo_yaml *header = wgo_member(page, "link_header");
    const struct wgo_yaml *value = wgo_member(page, "token_header");
    const struct wgo_yaml *item = wgo_member(page, "token_item");
    const struct wgo_yaml *in = wgo_member(page, "token_in");
    const struct wgo_yaml *number = wgo_member(page, "number_in");
    const struct wgo_yaml *offset = wgo_member(page, "offset_in");
    int ways = (token != NULL) + (link != NULL) + (header != NULL) + (value != NULL) +
               (item != NULL) + (number || offset);
    if (ways != 1 || (number && offset)) {
        wgo_refuse(r, page,
                   "page needs one of token_out, link_out, link_header, token_header, token_item, "
                   "number_in and offset_in");
        return;
    }
    if ((value || item) && wgo_yaml_is_list(in)) {
        wgo_refuse(r, in, "%s needs token_in, one name", value ? "token_header" : "token_item");
        return;
    }
    if (needs_place(r, value || item, token != NULL)) {
        wgo_refuse(r, page, "%s needs token_in, or {token} where the request takes it",
                   value  ? "token_header"
                   : item ? "token_item"
                          : "token_out");
        return;
    }
    if ((value || header) && wgo_member(page, "more")) {
        wgo_refuse(r, page, "%s goes without more", value ? "token_header" : "link_header");
        return;
    }
    if (wgo_member(page, "pages") && !number && !offset) {
        wgo_refuse(r, page, "pages needs number_in or offset_in: `total` is checked with any");
        return;
    }
    r->entry->more = wgo_text_of(r, wgo_member(page, "more"));
    read_numbers(r, page);
    if (value) {
        read_token_header(r, value);
        return;
    }
    if (item) {
        read_token_item(r, item);
        return;
    }
    if (!token &&
        (in || wgo_yaml_is_list(link) || wgo_yaml_is_list(number) || wgo_yaml_is_list(offset))) {
        wgo_refuse(r, page, "only token_out may be a list, and needs token_in");
        return;
    }
    r->entry->paging = token    ? WGO_PAGE_TOKEN
                       : link   ? WGO_PAGE_LINK
                       : header ? WGO_PAGE_HEADER
                                : WGO_PAGE_NUMBER;
    r->entry->link_rel = wgo_text_of(r, header);
    if (!token && !link) {
        return;
    }
    r->entry->token_count = read_tokens(r, token ? token : link);
    if (r->entry->token_count == 0) {
        wgo_refuse(r, page, "token_out holds no path");
    }
    if (in && (wgo_yaml_is_list(in) ? in->count : 1) != r->entry->token_count) {
        wgo_refuse(r, in, "token_in needs as many names as token_out has paths");
    }
}

int64_t wgo_duration_of(struct wgo_reading *r, const struct wgo_yaml *node, int64_t otherwise)
{
    int64_t length = otherwise;
    if (node && !wgo_str_to_duration(node->text, &length)) {
        wgo_refuse(r, node, "%.*s must be a duration like 5s or 2m", WGO_FMT(node->key));
    }
    return length;
}

void wgo_read_job(struct wgo_reading *r)
{
    const struct wgo_yaml *poll = wgo_field(r, "poll"), *jobs = wgo_field(r, "jobs");
    struct wgo_entry_poll *out = &r->entry->poll;
    uint64_t most = read_count(r, jobs, 0);
    if (jobs && (most == 0 || most > 10000)) {
        wgo_refuse(r, jobs, "jobs must be a number from 1 to 10000");
    }
    r->entry->jobs = (unsigned)most;
    if (!poll) {
        return;
    }
    if (!wgo_yaml_is_map(poll)) {
        wgo_refuse(r, poll, "poll must be a map like {status: state, done: [finished]}");
        return;
    }
    wgo_check_members(r, poll, POLL, WGO_COUNT(POLL));
    out->status = wgo_text_of(r, wgo_member(poll, "status"));
    out->error = wgo_text_of(r, wgo_member(poll, "error"));
    out->done = wgo_texts_of(r, wgo_member(poll, "done"));
    out->failed = wgo_texts_of(r, wgo_member(poll, "failed"));
    out->every_ns = wgo_duration_of(r, wgo_member(poll, "every"), POLL_EVERY_NS);
    out->first_ns = wgo_duration_of(r, wgo_member(poll, "first"), out->every_ns);
    out->timeout_ns = wgo_duration_of(r, wgo_member(poll, "timeout"), POLL_TIMEOUT_NS);
    out->learn = !wgo_member(poll, "learn") || wgo_truth_of(r, wgo_member(poll, "learn"));
    if (out->status.len == 0 || out->done.count == 0) {
        wgo_refuse(r, poll, "poll needs status, the path that says how far the job is, and done");
    } else if (out->every_ns <= 0) {
        wgo_refuse(r, poll, "every must be longer than nothing");
    }
}
