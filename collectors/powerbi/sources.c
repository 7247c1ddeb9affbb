/* sources.c: what things are read from, and who may read them: data sources, gateways, users. */
#include "powerbi/reading.h"

#include "base/json_write.h"
#include "powerbi/secrets.h"

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

void wgo_powerbi_source(struct wgo_powerbi_reading *r, struct wgo_str item, bool misconfigured)
{
    struct wgo_str id = wgo_powerbi_text(r, item, "datasourceId");
    struct wgo_str gateway = wgo_powerbi_text(r, item, "gatewayId");
    struct wgo_record record = {
        .type = WGO_STR("powerbi_datasource"),
        .native_type = misconfigured ? WGO_STR("MisconfiguredDatasource") : WGO_STR("Datasource"),
    };
    if (id.len == 0) {
        wgo_powerbi_fail(r, WGO_E_SERVER, "a data source of the scan's result has no id");
        return;
    }
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
