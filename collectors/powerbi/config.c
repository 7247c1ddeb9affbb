#include "powerbi/config.h"

#include <stddef.h>
#include <stdlib.h>

#define DAY_NS (24 * 3600 * WGO_S)
#define SINCE_LEAST_NS (30 * 60 * WGO_S)
#define SINCE_MOST_NS (30 * DAY_NS)

static enum wgo_status refuse(const struct wgo_yaml *node, const char *what, struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_CONFIG, "providers: powerbi: %.*s (line %u) %s",
                    WGO_FMT(wgo_str_slice(node->key, 0, 60)), node->line, what);
}

static const struct {
    const char *key;
    size_t at;
    bool fallback;
} SWITCHES[] = {
    {"lineage", offsetof(struct wgo_powerbi_config, lineage), true},
    {"datasource_details", offsetof(struct wgo_powerbi_config, datasource_details), true},
    {"dataset_schema", offsetof(struct wgo_powerbi_config, dataset_schema), true},
    {"dataset_expressions", offsetof(struct wgo_powerbi_config, dataset_expressions), true},
    {"artifact_users", offsetof(struct wgo_powerbi_config, artifact_users), true},
    {"personal_workspaces", offsetof(struct wgo_powerbi_config, personal_workspaces), true},
    {"inactive_workspaces", offsetof(struct wgo_powerbi_config, inactive_workspaces), true},
    {"even", offsetof(struct wgo_powerbi_config, even), false},
};

static enum wgo_status read_switches(const struct wgo_yaml *settings,
                                     struct wgo_powerbi_config *out, struct wgo_error *err)
{
    for (size_t i = 0; i < WGO_COUNT(SWITCHES); i++) {
        bool *to = (bool *)(void *)((char *)out + SWITCHES[i].at);
        const struct wgo_yaml *node = wgo_yaml_get(settings, SWITCHES[i].key);
        *to = SWITCHES[i].fallback;
        if (node && !wgo_str_to_bool(node->text, to)) {
            return refuse(node, "must be true or false", err);
        }
    }
    return WGO_OK;
}

/* A time, or how long ago. The service looks back for thirty days, and knows nothing of the last
 * half hour. */
static enum wgo_status read_since(const struct wgo_yaml *node, struct wgo_wall now,
                                  struct wgo_arena *arena, struct wgo_powerbi_config *out,
                                  struct wgo_error *err)
{
    struct wgo_wall since;
    int64_t ago = 0;
    char text[WGO_WALL_TEXT];
    if (!node) {
        return WGO_OK;
    }
    if (wgo_str_to_duration(node->text, &ago)) {
        since.ns = now.ns - ago;
    } else if (!wgo_wall_parse(node->text, &since)) {
        return refuse(node, "must be a time like 2026-01-31T09:00:00Z, or how long ago: 7d", err);
    }
    if (now.ns - since.ns < SINCE_LEAST_NS || now.ns - since.ns > SINCE_MOST_NS) {
        return refuse(node, "must be between 30 minutes and 30 days ago: the service knows no more",
                      err);
    }
    wgo_wall_format(since, false, text);
    out->modified_since = wgo_str_dup(arena, wgo_str(text));
    return out->modified_since.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status read_list(const struct wgo_yaml *node, struct wgo_arena *arena,
                                 struct wgo_str_list *out, struct wgo_error *err)
{
    const struct wgo_yaml *at = wgo_yaml_is_list(node) ? node->first : node;
    size_t count = wgo_yaml_is_list(node) ? node->count : 1;
    struct wgo_str *items = node ? WGO_NEW_ARRAY(arena, struct wgo_str, count + 1) : NULL;
    if (!node) {
        return WGO_OK;
    }
    if (!items) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out = (struct wgo_str_list){.items = items};
    for (; at; at = wgo_yaml_is_list(node) ? at->next : NULL) {
        if (at->kind != WGO_YAML_SCALAR) {
            return refuse(node, "must be a text or a list of texts", err);
        }
        items[out->count++] = at->text;
    }
    return WGO_OK;
}

/* "24%" or "0.24". */
static bool read_share(struct wgo_str text, double *out)
{
    char copy[32], *end = copy;
    bool percent = wgo_str_ends(text, WGO_STR("%"));
    struct wgo_str number = wgo_str_slice(text, 0, text.len - percent);
    if (number.len == 0 || number.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, number.ptr, number.len);
    copy[number.len] = '\0';
    *out = strtod(copy, &end) / (percent ? 100 : 1);
    return *end == '\0' && *out > 0 && *out <= 1;
}

static enum wgo_status read_quota(const struct wgo_yaml *settings, struct wgo_powerbi_config *out,
                                  struct wgo_error *err)
{
    const struct wgo_yaml *model = wgo_yaml_get(settings, "quota_model");
    const struct wgo_yaml *share = wgo_yaml_get(settings, "quota_share");
    const struct wgo_yaml *most = wgo_yaml_get(settings, "quota_per_hour");
    out->hour_most = 500;
    out->per_endpoint = !model || wgo_str_is(model->text, "endpoint");
    if (model && !out->per_endpoint && !wgo_str_is(model->text, "pooled")) {
        return refuse(model, "must be endpoint or pooled", err);
    }
    if (share && !read_share(share->text, &out->share)) {
        return refuse(share, "must be a share like 24% or 0.24", err);
    }
    if (most && (!wgo_str_to_u64(most->text, &out->hour_most) || out->hour_most == 0)) {
        return refuse(most, "must be a number of calls", err);
    }
    if (most && out->per_endpoint) {
        return refuse(most, "is of the pooled model: quota_model: pooled", err);
    }
    return WGO_OK;
}

enum wgo_status wgo_powerbi_config_read(const struct wgo_provider_options *options,
                                        struct wgo_wall now, struct wgo_arena *arena,
                                        struct wgo_powerbi_config *out, struct wgo_error *err)
{
    const struct wgo_yaml *settings = options->settings;
    struct wgo_powerbi_config config = {0};
    enum wgo_status status = read_switches(settings, &config, err);
    if (status == WGO_OK) {
        status = read_since(wgo_yaml_get(settings, "modified_since"), now, arena, &config, err);
    }
    if (status == WGO_OK) {
        status = read_list(wgo_yaml_get(settings, "capacities"), arena, &config.capacities, err);
    }
    if (status == WGO_OK) {
        status = read_quota(settings, &config, err);
    }
    const struct wgo_yaml *file = wgo_yaml_get(settings, "workspaces_file");
    if (status == WGO_OK && file) {
        config.workspaces_file = wgo_str_cstr(arena, file->text);
        if (file->text.len == 0 || !config.workspaces_file) {
            status = refuse(file, "must name a file", err);
        }
    }
    if (status == WGO_OK) {
        *out = config;
    }
    return status;
}
