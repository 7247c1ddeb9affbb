/* scopes.c: where calls are made. */
#include "rest/description.h"

static const char *const SCOPE[] = {"kind", "account", "region", "vars"};

static void read_vars(struct wgo_rest_reading *r, const struct wgo_yaml *node,
                      struct wgo_scope *scope)
{
    if (!wgo_rest_is_map(r, node, "vars", NULL, 0)) {
        return;
    }
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        if (scope->var_count == WGO_SCOPE_VARS) {
            wgo_rest_refuse(r, node, NULL, "more than %d variables of a scope", WGO_SCOPE_VARS);
            return;
        }
        if (at->kind != WGO_YAML_SCALAR) {
            wgo_rest_refuse(r, at, NULL, "a variable must be text");
            continue;
        }
        scope->vars[scope->var_count++] = (struct wgo_var){at->key, at->text};
    }
}

static void read_scope(struct wgo_rest_reading *r, const struct wgo_yaml *node)
{
    struct wgo_rest *rest = r->rest;
    if (!wgo_rest_is_map(r, node, "a scope", SCOPE, WGO_COUNT(SCOPE))) {
        return;
    }
    struct wgo_scope *scope = &rest->scopes[rest->scope_count++];
    *scope = (struct wgo_scope){.kind = wgo_rest_text(r, node, "kind"),
                                .account = wgo_rest_text(r, node, "account"),
                                .region = wgo_rest_text(r, node, "region")};
    if (scope->kind.len == 0) {
        scope->kind = WGO_STR("all");
    }
    if (scope->account.len == 0 && rest->base_count > 0) {
        scope->account = rest->bases[0].parts.host;
    }
    read_vars(r, wgo_rest_member(node, "vars"), scope);
}

void wgo_rest_read_scopes(struct wgo_rest_reading *r, const struct wgo_yaml *node)
{
    static const struct wgo_yaml everywhere = {.kind = WGO_YAML_MAP};
    struct wgo_rest *rest = r->rest;
    if (node && (!wgo_yaml_is_list(node) || node->count == 0 || node->count > WGO_REST_SCOPES)) {
        wgo_rest_refuse(r, node, "scopes: [{ kind: organization, account: acme }]",
                        "scopes must be a list of one to %d", WGO_REST_SCOPES);
        return;
    }
    rest->scopes = WGO_NEW_ARRAY(&rest->arena, struct wgo_scope, node ? node->count : 1);
    if (!rest->scopes) {
        wgo_rest_no_memory(r);
        return;
    }
    for (const struct wgo_yaml *at = node ? node->first : &everywhere; at; at = at->next) {
        read_scope(r, at);
    }
}
