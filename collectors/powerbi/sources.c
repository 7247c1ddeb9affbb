/* sources.c: what things are read from, and who may read them: data sources, gateways, users. */
#include "powerbi/reading.h"

#include "base/json_write.h"
#include "powerbi/secrets.h"

#include <stdlib.h>
#include <string.h>

/* Where a connection leads, by the members that connectors have for it; the first that is there. */
static const char *const SERVER[] = {"server", "host", "hostname", "serverName", "loginServer"};
static const char *const DATABASE[] = {"database", "databaseName", "catalog", "initialCatalog"};
static const char *const ENDPOINT[] = {"url",          "path",
                                       "account",      "loginServer",
                                       "domain",       "sharePointSiteUrl",
                                       "emailAddress", "connectionString"};

static struct wgo_str first_of(struct wgo_powerbi_reading *r, struct wgo_str details,
                               const char *const *members, size_t count)
{
    struct wgo_str found = {0};
    for (size_t i = 0; i < count && found.len == 0; i++) {
        found = wgo_powerbi_text(r, details, members[i]);
    }
    return found;
}

static void put(struct wgo_powerbi_reading *r, struct wgo_json_writer *w, const char *key,
                struct wgo_str value)
{
    char digest[WGO_REDACTED_TEXT];
    if (value.len > 0 && wgo_powerbi_text_is_secret(value)) {
        wgo_redact(r->reader->o.redactor, value, digest);
        value = wgo_str(digest);
    }
    wgo_json_member_str(w, key, value);
}

/* {"connector", "server", "database", "endpoint"} before the provider's own members. */
static void configure(struct wgo_powerbi_reading *r, struct wgo_str item)
{
    void *redactor = (void *)(uintptr_t)r->reader->o.redactor;
    struct wgo_str details = wgo_json_get(item, WGO_STR("connectionDetails"));
    struct wgo_str extension = wgo_powerbi_text(r, details, "kind");
    struct wgo_buf whole = {0};
    struct wgo_json_writer w;
    if (!wgo_powerbi_configure(r, r->reader->source, wgo_powerbi_redact_text, redactor, item)) {
        return;
    }
    wgo_json_writer_init(&w, &whole);
    wgo_json_open_object(&w);
    put(r, &w, "connector",
        extension.len > 0 ? extension : wgo_powerbi_text(r, item, "datasourceType"));
    put(r, &w, "server", first_of(r, details, SERVER, WGO_COUNT(SERVER)));
    put(r, &w, "database", first_of(r, details, DATABASE, WGO_COUNT(DATABASE)));
    put(r, &w, "endpoint", first_of(r, details, ENDPOINT, WGO_COUNT(ENDPOINT)));
    struct wgo_str own = wgo_buf_view(&r->configuration);
    if (own.len > 2) {
        wgo_buf_cstr(&whole, w.comma ? "," : "");
        wgo_buf_str(&whole, wgo_str_slice(own, 1, own.len)); /* with its closing brace */
    } else {
        wgo_json_close_object(&w);
    }
    wgo_buf_reset(&r->configuration);
    if (!wgo_buf_str(&r->configuration, wgo_buf_view(&whole)) || whole.failed != WGO_OK) {
        wgo_powerbi_fail(r, WGO_E_NOMEM, "out of memory");
    }
    wgo_buf_fini(&whole);
}

/* ---- who uses them ---- */

void wgo_powerbi_use(struct wgo_powerbi_reading *r, struct wgo_str source)
{
    if (r->status != WGO_OK) {
        return;
    }
    struct wgo_str id = wgo_powerbi_lower(r, wgo_json_text(source, r->arena));
    if (id.len == 0 || !wgo_powerbi_is_new(r, id)) {
        return;
    }
    if (r->use_count == r->use_room) {
        size_t room = r->use_room ? r->use_room * 2 : 64;
        struct wgo_powerbi_use *uses = WGO_NEW_ARRAY(r->arena, struct wgo_powerbi_use, room);
        if (!uses) {
            wgo_powerbi_fail(r, WGO_E_NOMEM, "out of memory");
            return;
        }
        if (r->use_count > 0) {
            memcpy(uses, r->uses, r->use_count * sizeof(*uses));
        }
        r->uses = uses;
        r->use_room = room;
    }
    r->uses[r->use_count++] = (struct wgo_powerbi_use){id, r->group};
}

static int by_source(const void *a, const void *b)
{
    const struct wgo_powerbi_use *one = a, *other = b;
    int order = wgo_str_cmp(one->source, other->source);
    return order ? order : wgo_str_cmp(one->group, other->group);
}

void wgo_powerbi_sort_uses(struct wgo_powerbi_reading *r)
{
    if (r->use_count > 1) {
        qsort(r->uses, r->use_count, sizeof(*r->uses), by_source);
    }
    r->group = (struct wgo_str){0};
}

/* The first use of the source, or of one behind it. */
static size_t first_use(const struct wgo_powerbi_reading *r, struct wgo_str source)
{
    size_t low = 0, high = r->use_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = wgo_str_cmp(r->uses[middle].source, source) < 0;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

/* Results name gateways, and say nothing of them. */
static void emit_gateway(struct wgo_powerbi_reading *r, struct wgo_str gateway)
{
    struct wgo_record record = {
        .id = wgo_powerbi_id(r, "gateways", gateway),
        .type = WGO_STR("fabric_gateway"),
        .native_id = gateway,
        .native_type = WGO_STR("Gateway"),
    };
    if (!wgo_powerbi_is_new(r, record.id) ||
        !wgo_powerbi_wanted(r, record.type, record.native_type)) {
        return;
    }
    record.configuration = wgo_str_format(
        r->arena, "{\"id\":\"%.*s\"}",
        WGO_FMT(wgo_str_slice(record.id, record.id.len - gateway.len, record.id.len)));
    if (wgo_json_check(record.configuration, NULL) != WGO_OK) {
        record.configuration = WGO_STR("{}");
    }
    wgo_powerbi_emit(r, &record);
}

static void emit_source(struct wgo_powerbi_reading *r, struct wgo_str item, struct wgo_str id,
                        bool misconfigured)
{
    struct wgo_str gateway = wgo_powerbi_text(r, item, "gatewayId");
    struct wgo_record record = {
        .type = WGO_STR("powerbi_datasource"),
        .native_type = misconfigured ? WGO_STR("MisconfiguredDatasource") : WGO_STR("Datasource"),
    };
    if (gateway.len > 0) {
        emit_gateway(r, gateway);
    }
    if (r->status != WGO_OK || !wgo_powerbi_wanted(r, record.type, record.native_type)) {
        return;
    }
    configure(r, item);
    if (r->status != WGO_OK) {
        return;
    }
    struct wgo_str view = wgo_buf_view(&r->configuration);
    struct wgo_str server = wgo_powerbi_text(r, view, "server");
    struct wgo_str database = wgo_powerbi_text(r, view, "database");
    record.id = wgo_powerbi_id(r, "datasources", id);
    record.native_id = id;
    record.name = server.len > 0 && database.len > 0
                      ? wgo_str_format(r->arena, "%.*s/%.*s", WGO_FMT(server), WGO_FMT(database))
                  : server.len > 0 ? server
                                   : wgo_powerbi_text(r, view, "endpoint");
    record.configuration = view;
    wgo_powerbi_depend(r, "gateways", gateway);
    wgo_powerbi_emit(r, &record);
}

/* Once for each workspace that uses it. */
void wgo_powerbi_source(struct wgo_powerbi_reading *r, struct wgo_str item, bool misconfigured)
{
    struct wgo_str id = wgo_powerbi_text(r, item, "datasourceId");
    if (id.len == 0) {
        wgo_powerbi_fail(r, WGO_E_SERVER, "a data source of the scan's result has no id");
        return;
    }
    struct wgo_str lower = wgo_powerbi_lower(r, id);
    size_t at = first_use(r, lower);
    bool used = at < r->use_count && wgo_str_eq(r->uses[at].source, lower);
    if (!used) {
        r->group = WGO_POWERBI_NOBODY;
        emit_source(r, item, id, misconfigured);
    }
    for (; r->status == WGO_OK && at < r->use_count && wgo_str_eq(r->uses[at].source, lower);
         at++) {
        r->group = r->uses[at].group;
        emit_source(r, item, id, misconfigured);
    }
    r->group = (struct wgo_str){0};
}

/* What is the same of somebody wherever he is named; his rights stand where he has them. */
static const char *const OF_USERS[] = {"displayName", "emailAddress",  "identifier",
                                       "graphId",     "principalType", "userType"};

static bool each_user(void *state, struct wgo_str item)
{
    struct wgo_powerbi_reading *r = state;
    struct wgo_str id = wgo_powerbi_text(r, item, "graphId");
    struct wgo_json_writer w;
    id = id.len > 0 ? id : wgo_powerbi_text(r, item, "identifier");
    id = id.len > 0 ? id : wgo_powerbi_text(r, item, "emailAddress");
    if (id.len == 0) {
        return true; /* an orphan: the right is in its place, nobody has it */
    }
    struct wgo_record record = {
        .id = wgo_powerbi_id(r, "users", id),
        .type = WGO_STR("powerbi_user"),
        .native_id = id,
        .native_type = WGO_STR("User"),
    };
    if (!wgo_powerbi_is_new(r, record.id) ||
        !wgo_powerbi_wanted(r, record.type, record.native_type)) {
        return r->status == WGO_OK;
    }
    record.name = wgo_powerbi_text(r, item, "displayName");
    record.name = record.name.len > 0 ? record.name : wgo_powerbi_text(r, item, "emailAddress");
    wgo_buf_reset(&r->configuration);
    wgo_json_writer_init(&w, &r->configuration);
    wgo_json_open_object(&w);
    for (size_t i = 0; i < WGO_COUNT(OF_USERS); i++) {
        wgo_json_member_str(&w, OF_USERS[i], wgo_powerbi_text(r, item, OF_USERS[i]));
    }
    wgo_json_close_object(&w);
    record.configuration = wgo_buf_view(&r->configuration);
    wgo_powerbi_emit(r, &record);
    return r->status == WGO_OK;
}

void wgo_powerbi_users(struct wgo_powerbi_reading *r, struct wgo_str users)
{
    if (r->status == WGO_OK && wgo_json_kind_of(users) == WGO_JSON_ARRAY &&
        wgo_powerbi_wanted(r, WGO_STR("powerbi_user"), WGO_STR("User"))) {
        (void)!wgo_json_each(users, WGO_STR("[]"), each_user, r);
    }
}
