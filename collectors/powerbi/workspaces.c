/* workspaces.c: which workspaces are scanned, and their way to the scanner. */
#include "powerbi/session.h"

#include "base/file.h"
#include "base/json_write.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { GUID_LEN = 36, GROUPS_PAGE = 5000 };
#define LARGEST_LIST (64u << 20)
/* What is known of a tenant's size a quarter from now is worth little. */
#define REMEMBERED_NS (90 * 24 * 3600 * WGO_S)

bool wgo_powerbi_is_guid(struct wgo_str text)
{
    bool good = text.len == GUID_LEN;
    for (size_t i = 0; i < text.len && good; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        good = dash ? text.ptr[i] == '-' : isxdigit((unsigned char)text.ptr[i]) != 0;
    }
    return good;
}

/* ---- batches ---- */

static enum wgo_status scan_batch(struct wgo_powerbi *powerbi, const struct wgo_str *ids,
                                  size_t count, struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_powerbi_config *config = &powerbi->config;
    const struct {
        const char *name;
        bool on;
    } adds[] = {
        {"lineage", config->lineage},
        {"datasource_details", config->datasource_details},
        {"dataset_schema", config->dataset_schema || config->dataset_expressions},
        {"dataset_expressions", config->dataset_expressions},
        {"artifact_users", config->artifact_users},
    };
    struct wgo_task task = wgo_powerbi_task(powerbi, "scan.getInfo");
    struct wgo_buf text = {0};
    struct wgo_json_writer w;
    char number[16];
    wgo_json_writer_init(&w, &text);
    wgo_json_open_array(&w);
    for (size_t i = 0; i < count; i++) {
        wgo_json_put_str(&w, ids[i]);
    }
    wgo_json_close_array(&w);
    snprintf(number, sizeof(number), "%zu", count);
    bool good = text.failed == WGO_OK && wgo_task_set(&task, WGO_STR("ids"), wgo_buf_view(&text)) &&
                wgo_task_set(&task, WGO_STR("asked"), wgo_str(number));
    for (size_t i = 0; i < WGO_COUNT(adds) && good; i++) {
        good = wgo_task_set(&task, wgo_str(adds[i].name),
                            adds[i].on ? WGO_STR("True") : WGO_STR("False"));
    }
    enum wgo_status status =
        good ? emitter->task(emitter, &task, err) : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    wgo_buf_fini(&text);
    return status;
}

/* What a large tenant will take, before hours have passed. */
static void say_how_long(struct wgo_powerbi *powerbi, size_t count)
{
    double hours = wgo_powerbi_hours(&powerbi->config, count, 2, 0);
    if (hours >= 1) {
        powerbi->services->notice(
            powerbi->services->engine,
            "%zu workspaces in %zu scans: about %.1f hours within this share of the quota", count,
            (count + WGO_POWERBI_BATCH - 1) / WGO_POWERBI_BATCH, hours);
    }
}

struct wgo_str wgo_powerbi_count_key(const struct wgo_powerbi *powerbi, struct wgo_arena *arena)
{
    return wgo_str_format(arena, WGO_POWERBI_COUNT_KEY "%.*s", WGO_FMT(powerbi->tenant));
}

static void lower(struct wgo_str *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = (char *)(uintptr_t)ids[i].ptr; /* copies of ours */
        for (size_t k = 0; k < ids[i].len; k++) {
            text[k] = (char)tolower((unsigned char)text[k]);
        }
    }
}

enum wgo_status wgo_powerbi_scan_all(struct wgo_powerbi *powerbi, struct wgo_str *ids, size_t count,
                                     struct wgo_emitter *emitter, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    size_t unique = 0;
    lower(ids, count);
    if (count > 1) {
        qsort(ids, count, sizeof(*ids), wgo_str_cmp_ptr);
    }
    for (size_t i = 0; i < count; i++) {
        if (unique == 0 || !wgo_str_eq(ids[unique - 1], ids[i])) {
            ids[unique++] = ids[i];
        }
    }
    say_how_long(powerbi, unique);
    for (size_t from = 0; from < unique && status == WGO_OK; from += WGO_POWERBI_BATCH) {
        size_t left = unique - from;
        status = scan_batch(powerbi, ids + from,
                            left < WGO_POWERBI_BATCH ? left : WGO_POWERBI_BATCH, emitter, err);
    }
    return status;
}

/* ---- named ones ---- */

bool wgo_powerbi_choosy(const struct wgo_powerbi *powerbi)
{
    const struct wgo_str_list *globs = &powerbi->options->workspaces;
    for (size_t i = 0; i < globs->count; i++) {
        if (!wgo_powerbi_is_guid(globs->items[i])) {
            return true;
        }
    }
    return powerbi->config.capacities.count > 0;
}

/* The first word of a line; what follows, and lines without an id at their beginning (comments, a
 * header), is for people. */
static struct wgo_str id_of_line(struct wgo_str line)
{
    struct wgo_str word = wgo_str_trim(line);
    size_t end = 0;
    if (word.len > 0 && (word.ptr[0] == '"' || word.ptr[0] == '\'')) {
        word = wgo_str_slice(word, 1, word.len);
    }
    while (end < word.len && (isalnum((unsigned char)word.ptr[end]) || word.ptr[end] == '-')) {
        end++;
    }
    return wgo_str_slice(word, 0, end);
}

static size_t count_lines(struct wgo_str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++) {
        lines += text.ptr[i] == '\n';
    }
    return lines;
}

static enum wgo_status read_file(struct wgo_powerbi *powerbi, struct wgo_str *out_text,
                                 struct wgo_error *err)
{
    struct wgo_buf text = {0};
    enum wgo_status status =
        wgo_file_read(powerbi->config.workspaces_file, LARGEST_LIST, &text, err);
    if (status == WGO_OK) {
        *out_text = wgo_str_dup(&powerbi->arena, wgo_buf_view(&text));
        status =
            out_text->ptr || text.len == 0 ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    } else {
        wgo_error_prefix(err, "workspaces_file");
        status = WGO_E_CONFIG;
        if (err) {
            err->status = status;
        }
    }
    wgo_buf_fini(&text);
    return status;
}

enum wgo_status wgo_powerbi_name(struct wgo_powerbi *powerbi, struct wgo_error *err)
{
    const struct wgo_str_list *globs = &powerbi->options->workspaces;
    struct wgo_str text = {0};
    size_t count = 0;
    enum wgo_status status =
        powerbi->config.workspaces_file ? read_file(powerbi, &text, err) : WGO_OK;
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str *ids =
        WGO_NEW_ARRAY(&powerbi->arena, struct wgo_str, globs->count + count_lines(text));
    if (!ids) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < globs->count; i++) {
        if (wgo_powerbi_is_guid(globs->items[i])) {
            ids[count] = wgo_str_dup(&powerbi->arena, globs->items[i]);
            count += ids[count].ptr != NULL;
        }
    }
    for (struct wgo_str rest = text; rest.ptr;) {
        struct wgo_str id = id_of_line(wgo_str_split(&rest, '\n'));
        if (wgo_powerbi_is_guid(id)) {
            ids[count++] = id;
        }
    }
    if (powerbi->config.workspaces_file && count == 0 && !wgo_powerbi_choosy(powerbi)) {
        status = wgo_fail(err, WGO_E_CONFIG, "workspaces_file: %.300s holds no workspace's id",
                          powerbi->config.workspaces_file);
        wgo_error_hint(err, "an id at the beginning of each line");
        return status;
    }
    powerbi->named = ids;
    powerbi->named_count = count;
    return WGO_OK;
}

/* ---- lists ---- */

struct gathering {
    struct wgo_powerbi *powerbi;
    struct wgo_arena *arena;
    struct wgo_str *ids;
    size_t count, room, seen;
    bool failed;
};

static bool add(struct gathering *g, struct wgo_str id)
{
    struct wgo_str *ids = wgo_arena_grow(g->arena, g->ids, g->count, &g->room, 256, sizeof(*ids));
    if (!ids) {
        g->failed = true;
        return false;
    }
    g->ids = ids;
    g->ids[g->count] = wgo_str_dup(g->arena, id);
    g->failed = g->failed || !g->ids[g->count].ptr;
    g->count++;
    return !g->failed;
}

/* "id", and "Id" of older answers. */
static bool each_modified(void *state, struct wgo_str item)
{
    struct gathering *g = state;
    struct wgo_str raw = wgo_json_get(item, WGO_STR("id"));
    raw = raw.ptr ? raw : wgo_json_get(item, WGO_STR("Id"));
    struct wgo_str id = raw.ptr ? wgo_json_text(raw, g->arena) : (struct wgo_str){0};
    g->seen++;
    return !wgo_powerbi_is_guid(id) || add(g, id);
}

static enum wgo_status scan_gathered(struct gathering *g, struct wgo_emitter *emitter,
                                     struct wgo_error *err)
{
    if (g->failed) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    return wgo_powerbi_scan_all(g->powerbi, g->ids, g->count, emitter, err);
}

enum wgo_status wgo_powerbi_decode_modified(struct wgo_powerbi *powerbi,
                                            const struct wgo_page *page,
                                            struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct gathering g = {.powerbi = powerbi, .arena = emitter->arena};
    char number[24];
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    if (wgo_json_kind_of(wgo_str_trim(page->document)) != WGO_JSON_ARRAY) {
        return wgo_fail(err, WGO_E_SERVER, "a list of workspaces was expected");
    }
    (void)!wgo_json_each(page->document, WGO_STR("[]"), each_modified, &g);
    if (g.seen != g.count && !g.failed) {
        return wgo_fail(err, WGO_E_SERVER, "%zu of %zu workspaces have no id", g.seen - g.count,
                        g.seen);
    }
    bool changes = powerbi->asks_changed && !powerbi->changed;
    if (powerbi->config.modified_since.len == 0 && !changes) {
        snprintf(number, sizeof(number), "%zu", g.count);
        powerbi->services->cache_put(powerbi->services->engine,
                                     wgo_powerbi_count_key(powerbi, emitter->arena),
                                     wgo_str(number), REMEMBERED_NS);
    }
    lower(g.ids, g.failed ? 0 : g.count);
    if (changes && !g.failed) {
        return wgo_powerbi_note_changed(powerbi, g.ids, g.count, emitter, err);
    }
    if (powerbi->asks_changed && !g.failed) {
        g.count = wgo_powerbi_only_changed(powerbi, g.ids, g.count, emitter);
    }
    if (powerbi->optimize && !g.failed) {
        g.count = wgo_powerbi_spare(powerbi, g.ids, g.count, emitter);
    }
    return scan_gathered(&g, emitter, err);
}

static bool matches(const struct wgo_str_list *globs, struct wgo_str one, struct wgo_str other)
{
    for (size_t i = 0; i < globs->count; i++) {
        if (wgo_str_eq_nocase(globs->items[i], one) || wgo_str_glob(globs->items[i], other)) {
            return true;
        }
    }
    return globs->count == 0;
}

/* Ids that were named are scanned already: they choose nothing here. */
static bool names_choose(const struct wgo_str_list *globs)
{
    for (size_t i = 0; i < globs->count; i++) {
        if (!wgo_powerbi_is_guid(globs->items[i])) {
            return true;
        }
    }
    return false;
}

static bool each_group(void *state, struct wgo_str item)
{
    struct gathering *g = state;
    const struct wgo_powerbi *powerbi = g->powerbi;
    const struct wgo_powerbi_config *config = &powerbi->config;
    const struct wgo_str_list *globs = &powerbi->options->workspaces;
    struct wgo_str id = wgo_json_text_at(item, "id", g->arena),
                   name = wgo_json_text_at(item, "name", g->arena);
    struct wgo_str capacity = wgo_json_text_at(item, "capacityId", g->arena);
    bool personal = wgo_str_is(wgo_json_text_at(item, "type", g->arena), "PersonalGroup");
    bool active = wgo_str_eq_nocase(wgo_json_text_at(item, "state", g->arena), WGO_STR("Active"));
    g->seen++;
    if (!wgo_powerbi_is_guid(id) || (personal && !config->personal_workspaces) ||
        (!active && !config->inactive_workspaces) ||
        !matches(&config->capacities, capacity, capacity) ||
        (names_choose(globs) && !matches(globs, id, name))) {
        return true;
    }
    return add(g, id);
}

enum wgo_status wgo_powerbi_decode_groups(struct wgo_powerbi *powerbi, const struct wgo_page *page,
                                          struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct gathering g = {.powerbi = powerbi, .arena = emitter->arena};
    uint64_t skip = 0;
    char number[24];
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    (void)!wgo_json_each(page->document, WGO_STR("value[]"), each_group, &g);
    (void)wgo_str_to_u64(wgo_task_var(page->task, WGO_STR("skip")), &skip);
    if (g.seen >= GROUPS_PAGE) {
        struct wgo_task task = wgo_powerbi_task(powerbi, "workspaces.groups");
        snprintf(number, sizeof(number), "%llu", (unsigned long long)skip + g.seen);
        (void)wgo_task_set(&task, WGO_STR("skip"), wgo_str(number));
        status = emitter->task(emitter, &task, err);
    }
    return status == WGO_OK ? scan_gathered(&g, emitter, err) : status;
}

/* ---- results ---- */

enum wgo_status wgo_powerbi_decode_result(struct wgo_powerbi *powerbi, const struct wgo_page *page,
                                          struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_powerbi_found found = {0};
    uint64_t asked = 0;
    struct wgo_powerbi_comparing comparing = {.powerbi = powerbi, .arena = emitter->arena};
    enum wgo_status status = wgo_powerbi_read_result(powerbi->reader, page->document, emitter,
                                                     powerbi->optimize ? wgo_powerbi_compare : NULL,
                                                     &comparing, &found, err);
    if (status == WGO_OK && powerbi->optimize) {
        powerbi->services->phase_note(powerbi->services->engine, "scans", comparing.hits,
                                      comparing.misses);
    }
    (void)wgo_str_to_u64(wgo_task_var(page->task, WGO_STR("asked")), &asked);
    if (status == WGO_OK && found.workspaces < asked) {
        struct wgo_row row = {.account = powerbi->tenant,
                              .type = WGO_STR("fabric_workspace"),
                              .seen = WGO_SEEN_ERROR,
                              .unread = (int64_t)(asked - found.workspaces),
                              .error = WGO_STR("workspaces that were asked for are not in the "
                                               "scan's result")};
        emitter->row(emitter, &row);
    }
    return status;
}
