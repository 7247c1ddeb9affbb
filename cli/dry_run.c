#include "cli/dry_run.h"

#include "base/arena.h"
#include "base/json_write.h"
#include "cli/dry_cost.h"

#include <stdlib.h>

static const char CHILDREN[] = "calls for single items (policies, tags, members) depend on what is "
                               "found and are not counted";

/* ---- what is kept ---- */

struct names {
    struct wgo_str *items; /* sorted, each once */
    size_t count, room;
};

/* A kind of scope: its lists are the same everywhere. */
struct kind {
    struct wgo_str name;
    struct kind *next;
};

struct planned {
    struct wgo_str provider; /* its label */
    struct names accounts, regions, types;
    struct kind *kinds;
    uint64_t lists;
    struct planned *next;
};

struct wgo_dry_run {
    struct wgo_arena arena;
    const struct wgo_scan_options *scan;
    struct planned *providers;
    bool failed;
};

struct wgo_dry_run *wgo_dry_run_new(const struct wgo_scan_options *scan)
{
    struct wgo_dry_run *dry = calloc(1, sizeof(struct wgo_dry_run));
    if (dry) {
        dry->scan = scan;
    }
    return dry;
}

void wgo_dry_run_free(struct wgo_dry_run *dry)
{
    if (dry) {
        wgo_arena_fini(&dry->arena);
        free(dry);
    }
}

/* Where 'name' is, or belongs. */
static size_t place_of(const struct names *names, struct wgo_str name)
{
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (wgo_str_cmp(names->items[middle], name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void add_name(struct wgo_dry_run *dry, struct names *names, struct wgo_str name)
{
    size_t at = place_of(names, name);
    if (name.len == 0 || (at < names->count && wgo_str_eq(names->items[at], name))) {
        return;
    }
    if (names->count == names->room) {
        size_t room = names->room ? names->room * 2 : 64;
        struct wgo_str *items = WGO_NEW_ARRAY(&dry->arena, struct wgo_str, room);
        if (!items) {
            dry->failed = true;
            return;
        }
        if (names->count > 0) {
            memcpy(items, names->items, names->count * sizeof(*items));
        }
        names->items = items;
        names->room = room;
    }
    memmove(names->items + at + 1, names->items + at, (names->count - at) * sizeof(*names->items));
    names->items[at] = wgo_str_dup(&dry->arena, name);
    names->count++;
    dry->failed = dry->failed || !names->items[at].ptr;
}

static struct planned *find(const struct wgo_dry_run *dry, struct wgo_str provider)
{
    struct planned *at = dry->providers;
    while (at && !wgo_str_eq(at->provider, provider)) {
        at = at->next;
    }
    return at;
}

static struct planned *provider_of(struct wgo_dry_run *dry, struct wgo_str provider)
{
    struct planned *found = find(dry, provider);
    if (!found) {
        found = WGO_NEW(&dry->arena, struct planned);
        if (!found) {
            dry->failed = true;
            return NULL;
        }
        *found = (struct planned){.provider = wgo_str_dup(&dry->arena, provider),
                                  .next = dry->providers};
        dry->providers = found;
    }
    return found;
}

/* True for a kind that was not seen before. */
static bool is_new(struct wgo_dry_run *dry, struct planned *provider, struct wgo_str name)
{
    for (const struct kind *at = provider->kinds; at; at = at->next) {
        if (wgo_str_eq(at->name, name)) {
            return false;
        }
    }
    struct kind *kind = WGO_NEW(&dry->arena, struct kind);
    if (kind) {
        *kind = (struct kind){.name = wgo_str_dup(&dry->arena, name), .next = provider->kinds};
        provider->kinds = kind;
    }
    dry->failed = dry->failed || !kind;
    return true;
}

void wgo_dry_run_planned(void *state, const char *provider, const struct wgo_planned *planned)
{
    struct wgo_dry_run *dry = state;
    struct planned *at = provider_of(dry, wgo_str(provider));
    if (!at) {
        return;
    }
    add_name(dry, &at->accounts, planned->scope->account);
    add_name(dry, &at->regions, planned->scope->region);
    at->lists += planned->lists.count;
    if (is_new(dry, at, planned->scope->kind)) {
        for (size_t i = 0; i < planned->lists.count; i++) {
            add_name(dry, &at->types, planned->lists.items[i]->type);
        }
    }
}

bool wgo_dry_run_any(const struct wgo_dry_run *dry)
{
    return dry->providers != NULL;
}

uint64_t wgo_dry_run_lists(const struct wgo_dry_run *dry, const char *provider)
{
    const struct planned *planned = find(dry, wgo_str(provider));
    return planned ? planned->lists : 0;
}

/* ---- telling ---- */

struct telling {
    const struct wgo_console *console;
    struct wgo_json_writer *json; /* NULL: text */
    struct wgo_buf *out;
    size_t told;
};

static int64_t estimate_ns(const struct planned *planned, unsigned may_fly)
{
    return wgo_dry_cost_time_ns(planned->lists, may_fly);
}

static void put_names(struct wgo_json_writer *w, const char *key, const struct names *names)
{
    wgo_json_key(w, key);
    wgo_json_open_array(w);
    for (size_t i = 0; i < names->count; i++) {
        wgo_json_put_str(w, names->items[i]);
    }
    wgo_json_close_array(w);
}

static void plan_json(struct wgo_json_writer *w, const struct planned *planned, unsigned may_fly,
                      const struct wgo_dry_cost *cost)
{
    put_names(w, "accounts", &planned->accounts);
    put_names(w, "regions", &planned->regions);
    put_names(w, "types", &planned->types);
    wgo_json_key(w, "list_calls");
    wgo_json_put_u64(w, planned->lists);
    wgo_json_key(w, "calls_in_flight");
    wgo_json_put_u64(w, may_fly);
    wgo_json_key(w, "estimated_seconds");
    wgo_json_put_double(w, (double)estimate_ns(planned, may_fly) / (double)WGO_S, 1);
    wgo_dry_cost_json(cost, planned->lists, w);
    wgo_json_member_str(w, "estimate_leaves_out", wgo_str(CHILDREN));
}

/* "  3 accounts: a, b, c"; of many the first few. Nothing where none is known: lists over all
 * regions name none, and bulk lists bring whatever types there are. */
static void names_text(struct wgo_buf *out, const char *what, const struct names *names)
{
    enum { SHOWN = 8 };
    char count[WGO_SHOWN];
    if (names->count == 0) {
        return;
    }
    wgo_buf_format(out, "  %s %s%s: ", wgo_show_count(names->count, count), what,
                   names->count == 1 ? "" : "s");
    for (size_t i = 0; i < names->count && i < SHOWN; i++) {
        wgo_buf_format(out, "%s%.*s", i ? ", " : "", WGO_FMT(names->items[i]));
    }
    wgo_buf_cstr(out, names->count > SHOWN ? ", ...\n" : "\n");
}

static void plan_text(struct wgo_buf *out, const struct planned *planned, unsigned may_fly,
                      const struct wgo_dry_cost *cost)
{
    char lists[WGO_SHOWN], time[WGO_SHOWN];
    names_text(out, "account", &planned->accounts);
    names_text(out, "region", &planned->regions);
    names_text(out, "type", &planned->types);
    wgo_buf_format(out, "  %s list call%s, %u in flight: about %s\n",
                   wgo_show_count(planned->lists, lists), planned->lists == 1 ? "" : "s", may_fly,
                   wgo_show_time(estimate_ns(planned, may_fly), time));
    wgo_buf_format(out, "  %s\n", CHILDREN);
    wgo_dry_cost_text(cost, planned->lists, out);
}

static void on_finding(void *state, const struct wgo_finding *finding)
{
    struct telling *t = state;
    t->told++;
    if (t->json) {
        wgo_json_open_object(t->json);
        wgo_json_member_str(t->json, "subject", wgo_str(finding->subject));
        wgo_json_member_str(t->json, "detail", wgo_str(finding->detail));
        wgo_json_close_object(t->json);
    } else {
        wgo_buf_format(t->out, "  %s%s%s\n", finding->subject, finding->detail[0] ? ": " : "",
                       finding->detail);
    }
}

static enum wgo_status tell(struct wgo_dry_run *dry, struct wgo_scanner *scanner, size_t index,
                            struct telling *t, struct wgo_error *err)
{
    struct wgo_provider_result provider;
    wgo_scanner_provider(scanner, index, &provider);
    const struct planned *planned = find(dry, wgo_str(provider.label));
    bool color = t->console->out_color;
    bool failed = provider.outcome == WGO_PROVIDER_FAILED && !planned;
    if (t->json) {
        wgo_json_open_object(t->json);
        wgo_json_member_str(t->json, "provider", wgo_str(provider.label));
        wgo_json_member_str(t->json, "error",
                            failed ? wgo_str(provider.error.message) : (struct wgo_str){0});
        wgo_json_key(t->json, "known");
        wgo_json_open_array(t->json);
    } else {
        wgo_buf_format(t->out, "%s%s%s\n", wgo_style(color, WGO_BOLD), provider.label,
                       wgo_style_end(color));
    }
    t->told = 0;
    enum wgo_status status =
        failed ? WGO_OK : wgo_scanner_foresee(scanner, index, on_finding, t, err);
    if (t->json) {
        wgo_json_close_array(t->json);
    }
    struct wgo_dry_cost cost = {0};
    if (planned) {
        const struct wgo_clock *clock = dry->scan->clock ? dry->scan->clock : wgo_clock_system();
        cost = wgo_dry_cost_of(dry->scan, wgo_str(provider.provider), planned->lists,
                               estimate_ns(planned, provider.may_fly), wgo_clock_wall(clock));
    }
    if (planned && t->json) {
        plan_json(t->json, planned, provider.may_fly, &cost);
    } else if (planned) {
        plan_text(t->out, planned, provider.may_fly, &cost);
    } else if (!t->json && t->told == 0) {
        wgo_buf_format(t->out, "  %s\n",
                       failed ? provider.error.message : "nothing is known before it is read");
    }
    if (t->json) {
        wgo_json_close_object(t->json);
    }
    return status;
}

enum wgo_status wgo_dry_run_write(struct wgo_dry_run *dry, struct wgo_session *session,
                                  const struct wgo_console *console, bool json, struct wgo_buf *out,
                                  struct wgo_error *err)
{
    struct wgo_scanner *scanner = wgo_session_scanner(session);
    struct wgo_json_writer w;
    struct telling t = {.console = console, .json = json ? &w : NULL, .out = out};
    enum wgo_status status = WGO_OK;
    if (dry->failed) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory for the plan");
    }
    wgo_json_writer_init(&w, out);
    if (json) {
        wgo_json_open_object(&w);
        wgo_json_key(&w, "dry_run");
        wgo_json_put_bool(&w, true);
        wgo_json_key(&w, "providers");
        wgo_json_open_array(&w);
    }
    for (size_t i = 0; i < wgo_scanner_provider_count(scanner) && status == WGO_OK; i++) {
        status = tell(dry, scanner, i, &t, err);
    }
    if (json) {
        wgo_json_close_array(&w);
        wgo_json_close_object(&w);
        wgo_buf_char(out, '\n');
    }
    return status;
}
