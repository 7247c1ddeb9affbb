/* json_plan_fuzzer.c: rules and a document from the input. Lines before the first empty one are
 * rules,
 * "<action><path>" with p (slot 0), q (slot 1), f (find 0), g (the last find), c, r and i; the rest
 * is the document.
 *
 * What must hold: a page is given exactly when the document is JSON; the picks of both walks are
 * what wgo_json_each() finds first, the finds all that it finds; the copy is compact JSON; nothing
 * that a redacted path leads to is left in it, and nothing that a cut one does. */
#include "base/arena.h"
#include "base/json.h"
#include "fuzz.h"

enum { RULES = 8 };

static bool read_rule(struct wgo_str line, struct wgo_json_rule *rule)
{
    static const struct {
        char letter;
        enum wgo_json_action action;
        unsigned slot;
    } actions[] = {
        {'p', WGO_JSON_PICK, 0},
        {'q', WGO_JSON_PICK, 1},
        {'c', WGO_JSON_CUT, 0},
        {'r', WGO_JSON_REDACT, 0},
        {'i', WGO_JSON_ITEM, 0},
        {'f', WGO_JSON_FIND, 0},
        {'g', WGO_JSON_FIND, WGO_JSON_FINDS - 1},
    };
    for (size_t i = 0; line.len > 0 && i < WGO_COUNT(actions); i++) {
        if (actions[i].letter == line.ptr[0]) {
            *rule = (struct wgo_json_rule){.path = wgo_str_slice(line, 1, line.len),
                                           .action = actions[i].action,
                                           .slot = actions[i].slot};
            return true;
        }
    }
    return false;
}

static bool redact(void *state, struct wgo_str raw, struct wgo_buf *out)
{
    const bool *checked = state;
    if (*checked) {
        require(wgo_json_check(raw, NULL) == WGO_OK);
        require(raw.ptr[0] != '{' && raw.ptr[0] != '[');
    }
    return wgo_buf_cstr(out, "\"#\"");
}

static bool only_marks(void *state, struct wgo_str value)
{
    (void)state;
    switch (wgo_json_kind_of(value)) {
    case WGO_JSON_OBJECT:
        return wgo_json_each(value, WGO_STR("*"), only_marks, NULL) == WGO_OK;
    case WGO_JSON_ARRAY:
        return wgo_json_each(value, WGO_STR("[]"), only_marks, NULL) == WGO_OK;
    default:
        require(wgo_str_is(value, "\"#\""));
        return true;
    }
}

static bool never(void *state, struct wgo_str value)
{
    (void)state;
    (void)value;
    abort();
}

struct first {
    struct wgo_str value;
};

static bool keep_first(void *state, struct wgo_str value)
{
    struct first *first = state;
    if (!first->value.ptr || value.ptr < first->value.ptr ||
        (value.ptr == first->value.ptr && value.len > first->value.len)) {
        first->value = value;
    }
    return false;
}

static void picks_are_first(const struct wgo_json_rule *rules, size_t count,
                            struct wgo_str document, const struct wgo_str *picks)
{
    for (unsigned slot = 0; slot < 2; slot++) {
        struct first first = {{NULL, 0}};
        for (size_t i = 0; i < count; i++) {
            if (rules[i].action == WGO_JSON_PICK && rules[i].slot == slot) {
                require(wgo_json_each(document, rules[i].path, keep_first, &first) == WGO_OK);
            }
        }
        require(picks[slot].ptr == first.value.ptr && picks[slot].len == first.value.len);
    }
}

struct counted {
    const struct wgo_json_finds *finds;
    unsigned slot;
    size_t count;
};

static bool is_found(void *state, struct wgo_str value)
{
    struct counted *counted = state;
    bool found = false;
    for (size_t i = 0; i < counted->finds->count && !found; i++) {
        const struct wgo_json_found *at = &counted->finds->items[i];
        found = at->slot == counted->slot && at->span.ptr == value.ptr && at->span.len == value.len;
    }
    require(found);
    counted->count++;
    return true;
}

/* A slot with one rule holds each value once; with more, a value may be meant by several. */
static void finds_are_all(const struct wgo_json_rule *rules, size_t count, struct wgo_str document,
                          const struct wgo_json_finds *finds)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        struct counted counted = {.finds = finds, .slot = rules[i].slot};
        if (rules[i].action == WGO_JSON_FIND) {
            require(wgo_json_each(document, rules[i].path, is_found, &counted) == WGO_OK);
            most += counted.count;
        }
    }
    require(finds->count <= most);
}

static void run_page(const struct wgo_json_plan *plan, const struct wgo_json_rule *rules,
                     size_t count, struct wgo_str document)
{
    struct wgo_arena arena = {0};
    struct wgo_json_page page;
    struct wgo_error page_error = {0}, check_error = {0};
    enum wgo_status status = wgo_json_plan_page(plan, document, &arena, &page, &page_error);
    require(status == wgo_json_check(document, &check_error));
    require(strcmp(page_error.message, check_error.message) == 0);
    if (status == WGO_OK) {
        picks_are_first(rules, count, document, page.picks);
        const char *at = document.ptr;
        for (size_t i = 0; i < page.item_count; i++) {
            require(page.items[i].ptr >= at);
            at = page.items[i].ptr + page.items[i].len;
            require(at <= document.ptr + document.len);
            require(wgo_json_check(page.items[i], NULL) == WGO_OK);
        }
    }
    wgo_arena_fini(&arena);
}

static void run_item(const struct wgo_json_plan *plan, const struct wgo_json_rule *rules,
                     size_t count, struct wgo_str document)
{
    struct wgo_buf out = {0}, compact = {0};
    struct wgo_str picks[WGO_JSON_PICKS];
    struct wgo_arena arena = {0};
    struct wgo_json_finds finds = {.arena = &arena};
    bool checked = wgo_json_check(document, NULL) == WGO_OK;
    enum wgo_status status =
        wgo_json_plan_item(plan, document, picks, &finds, redact, &checked, &out, NULL);
    if (checked) {
        finds_are_all(rules, count, document, &finds);
        struct wgo_str copy = wgo_buf_view(&out);
        require(status == WGO_OK && wgo_json_check(copy, NULL) == WGO_OK);
        picks_are_first(rules, count, document, picks);
        require(wgo_json_compact(copy, &compact) && wgo_str_eq(copy, wgo_buf_view(&compact)));
        bool changes = false;
        for (size_t i = 0; i < count; i++) {
            if (rules[i].action == WGO_JSON_REDACT) {
                require(wgo_json_each(copy, rules[i].path, only_marks, NULL) == WGO_OK);
                changes = true;
            } else if (rules[i].action == WGO_JSON_CUT) {
                require(wgo_json_each(copy, rules[i].path, never, NULL) == WGO_OK);
                changes = true;
            }
        }
        if (!changes) {
            require(wgo_json_fingerprint(copy) == wgo_json_fingerprint(document));
        }
    } else {
        require(status == WGO_OK || out.len == 0);
    }
    wgo_arena_fini(&arena);
    wgo_buf_fini(&out);
    wgo_buf_fini(&compact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_json_rule rules[RULES];
    size_t count = 0;
    bool has_items = false;
    struct wgo_str rest = {size ? (const char *)data : "", size};
    while (rest.ptr) {
        struct wgo_str line = wgo_str_split(&rest, '\n');
        if (line.len == 0 || count == RULES || !read_rule(line, &rules[count])) {
            break;
        }
        has_items |= rules[count].action == WGO_JSON_ITEM;
        count++;
    }
    struct wgo_json_plan *plan = NULL;
    if (wgo_json_plan_new(rules, count, &plan, NULL) != WGO_OK) {
        require(plan == NULL);
        return 0;
    }
    struct wgo_str document = {rest.ptr ? rest.ptr : "", rest.len};
    run_page(plan, rules, count, document);
    if (!has_items) {
        run_item(plan, rules, count, document);
    }
    wgo_json_plan_free(plan);
    return 0;
}
