#include "catalog/quotas.h"

static enum wgo_status at_line(const struct wgo_yaml *node, const char *name, struct wgo_error *err)
{
    if (err) {
        err->status = WGO_E_CONFIG;
    }
    wgo_error_prefix(err, "%s: line %u", name, node->line);
    return WGO_E_CONFIG;
}

static enum wgo_status refuse(const struct wgo_yaml *node, const char *name, const char *what,
                              struct wgo_error *err)
{
    (void)!wgo_fail(err, WGO_E_CONFIG, "%s", what);
    wgo_error_hint(err, "a quota looks like {match: \"azure/*\", limit: 500/h, share: 24%%}");
    return at_line(node, name, err);
}

enum wgo_status wgo_quota_windows_read(struct wgo_str text, struct wgo_quota *out,
                                       struct wgo_error *err)
{
    size_t from = 0;
    while (from <= text.len) {
        struct wgo_str rest = wgo_str_slice(text, from, text.len);
        size_t comma = wgo_str_find_char(rest, ',');
        if (out->window_count == WGO_QUOTA_WINDOWS) {
            return wgo_fail(err, WGO_E_USAGE, "more than %d windows", WGO_QUOTA_WINDOWS);
        }
        enum wgo_status status = wgo_quota_window_parse(wgo_str_slice(rest, 0, comma),
                                                        &out->windows[out->window_count], err);
        if (status != WGO_OK) {
            return status;
        }
        out->window_count++;
        from += comma + 1;
    }
    return WGO_OK;
}

static enum wgo_status read_limits(const struct wgo_yaml *node, const char *name,
                                   struct wgo_quota *out, struct wgo_error *err)
{
    const struct wgo_yaml *at = wgo_yaml_is_list(node) ? node->first : node;
    enum wgo_status status = WGO_OK;
    for (; at && status == WGO_OK; at = wgo_yaml_is_list(node) ? at->next : NULL) {
        status = wgo_quota_windows_read(at->text, out, err);
        if (status != WGO_OK) {
            return at_line(at, name, err);
        }
    }
    return status;
}

static enum wgo_status read_member(const struct wgo_yaml *at, const char *name,
                                   struct wgo_arena *arena, struct wgo_quota *out,
                                   struct wgo_error *err)
{
    if (wgo_str_is(at->key, "match")) {
        out->match = wgo_str_dup(arena, at->text);
        return out->match.len > 0 ? WGO_OK : refuse(at, name, "match is empty", err);
    }
    if (wgo_str_is(at->key, "limit")) {
        return read_limits(at, name, out, err);
    }
    if (wgo_str_is(at->key, "share")) {
        return wgo_quota_share_parse(at->text, &out->share, err) == WGO_OK ? WGO_OK
                                                                           : at_line(at, name, err);
    }
    if (wgo_str_is(at->key, "per")) {
        out->per_endpoint = wgo_str_is(at->text, "endpoint");
        return out->per_endpoint ? WGO_OK : refuse(at, name, "per may only say endpoint", err);
    }
    if (wgo_str_is(at->key, "even")) {
        return wgo_str_to_bool(at->text, &out->even)
                   ? WGO_OK
                   : refuse(at, name, "even must be true or false", err);
    }
    return refuse(at, name, "unknown; a quota takes match, limit, share, per and even", err);
}

enum wgo_status wgo_quotas_from_yaml(const struct wgo_yaml *node, const char *name,
                                     struct wgo_arena *arena, struct wgo_quota **out_quotas,
                                     size_t *out_count, struct wgo_error *err)
{
    size_t count = 0;
    if (!wgo_yaml_is_list(node)) {
        return refuse(node, name, "quotas must be a list", err);
    }
    struct wgo_quota *quotas = WGO_NEW_ARRAY(arena, struct wgo_quota, node->count + 1);
    if (!quotas) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        struct wgo_quota *quota = &quotas[count++];
        *quota = (struct wgo_quota){0};
        if (!wgo_yaml_is_map(at)) {
            return refuse(at, name, "a quota is a map", err);
        }
        for (const struct wgo_yaml *member = at->first; member; member = member->next) {
            enum wgo_status status = read_member(member, name, arena, quota, err);
            if (status != WGO_OK) {
                return status;
            }
        }
        if (quota->window_count == 0) {
            return refuse(at, name, "a quota needs limit", err);
        }
    }
    *out_quotas = quotas;
    *out_count = count;
    return WGO_OK;
}
