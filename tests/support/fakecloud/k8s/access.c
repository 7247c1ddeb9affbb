#include "k8s/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/conf.h"
#include "k8s/tables.h"

struct words {
    const char **at;
    size_t count;
};

struct rule {
    struct words verbs;
    struct words groups;
    struct words resources;
    struct words names;      /* None: all. */
    struct words namespaces; /* None: the whole cluster. */
};

struct k8s_user {
    const char *name;
    const char *token;    /* NULL: none. */
    const char *password; /* NULL: none. */
    bool admin;
    bool incomplete; /* Its rules reviews say they are incomplete. */
    struct rule *rules;
    size_t rule_count;
};

struct k8s_users {
    struct k8s_user *at;
    size_t count;
    bool open; /* No users are configured: at[0] is everybody. */
};

static const char *const user_keys[] = {"name",       "token", "password", "admin",
                                        "incomplete", "rules", NULL};
static const char *const rule_keys[] = {
    "verbs", "apiGroups", "resources", "resourceNames", "namespaces", "exceptResources", NULL};

static struct words read_words(struct json_object *rule, const char *where, const char *key,
                               const char *fallback)
{
    struct json_object *list = fc_conf_get(rule, key);
    struct words w = {0};
    size_t i;

    if (list == NULL) {
        w.count = fallback != NULL;
        w.at = fc_alloc(sizeof(*w.at));
        w.at[0] = fallback;
        return w;
    }
    w.count = fc_conf_len(list, where);
    w.at = fc_alloc(w.count * sizeof(*w.at));
    for (i = 0; i < w.count; i++) {
        w.at[i] = json_object_get_string(json_object_array_get_idx(list, i));
    }
    return w;
}

static bool has_word(const struct words *w, const char *word)
{
    size_t i;

    for (i = 0; i < w->count; i++) {
        if (strcmp(w->at[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* RBAC has no "all but": the rule becomes a list of all resources there are but those. */
static void except(struct rule *r, struct words *but)
{
    size_t i;

    free(r->resources.at);
    r->resources.at = fc_alloc(k8s_resource_count * sizeof(*r->resources.at));
    r->resources.count = 0;
    for (i = 0; i < k8s_resource_count; i++) {
        const char *plural = k8s_resources[i].plural;

        if (!has_word(but, plural) && !has_word(&r->resources, plural)) {
            r->resources.at[r->resources.count++] = plural;
        }
    }
}

static void read_rule(struct rule *r, struct json_object *obj, const char *where)
{
    fc_conf_only(obj, where, rule_keys);
    r->verbs = read_words(obj, where, "verbs", "*");
    r->groups = read_words(obj, where, "apiGroups", "*");
    r->resources = read_words(obj, where, "resources", "*");
    r->names = read_words(obj, where, "resourceNames", NULL);
    r->namespaces = read_words(obj, where, "namespaces", NULL);
    if (fc_conf_get(obj, "exceptResources") != NULL) {
        struct words but = read_words(obj, where, "exceptResources", NULL);

        except(r, &but);
        free(but.at);
    }
}

static void read_user(struct k8s_user *u, struct json_object *obj, const char *where)
{
    struct json_object *rules = fc_conf_get(obj, "rules");
    size_t i;

    fc_conf_only(obj, where, user_keys);
    u->name = fc_conf_str(obj, where, "name", NULL);
    u->token = fc_conf_str(obj, where, "token", NULL);
    u->password = fc_conf_str(obj, where, "password", NULL);
    u->admin = fc_conf_bool(obj, where, "admin", false);
    u->incomplete = fc_conf_bool(obj, where, "incomplete", false);
    if (u->name == NULL) {
        fc_die("%s: a user needs a name", where);
    }
    u->rule_count = fc_conf_len(rules, where);
    u->rules = fc_alloc(u->rule_count * sizeof(*u->rules));
    for (i = 0; i < u->rule_count; i++) {
        char place[64];

        snprintf(place, sizeof(place), "%s.rules[%zu]", where, i);
        read_rule(&u->rules[i], json_object_array_get_idx(rules, i), place);
    }
}

struct k8s_users *k8s_users_new(struct json_object *scenario)
{
    struct k8s_users *users = fc_alloc(sizeof(*users));
    struct json_object *list = fc_conf_get(scenario, "users");
    size_t i;

    users->count = fc_conf_len(list, "users");
    users->open = users->count == 0;
    users->at = fc_alloc((users->count + 1) * sizeof(*users->at));
    for (i = 0; i < users->count; i++) {
        char where[32];

        snprintf(where, sizeof(where), "users[%zu]", i);
        read_user(&users->at[i], json_object_array_get_idx(list, i), where);
    }
    if (users->open) {
        users->at[0].name = "anonymous";
        users->at[0].admin = true;
        users->count = 1;
    }
    return users;
}

void k8s_users_free(struct k8s_users *users)
{
    size_t i, k;

    if (users == NULL) {
        return;
    }
    for (i = 0; i < users->count; i++) {
        for (k = 0; k < users->at[i].rule_count; k++) {
            struct rule *r = &users->at[i].rules[k];

            free(r->verbs.at);
            free(r->groups.at);
            free(r->resources.at);
            free(r->names.at);
            free(r->namespaces.at);
        }
        free(users->at[i].rules);
    }
    free(users->at);
    free(users);
}

static const struct k8s_user *find_basic(const struct k8s_users *users, const char *encoded)
{
    char plain[512];
    size_t i, n = 0;

    if (!fc_base64_decode(fc_str_of(encoded), plain, sizeof(plain), &n)) {
        return NULL;
    }
    for (i = 0; i < users->count; i++) {
        const struct k8s_user *u = &users->at[i];
        size_t name = strlen(u->name);

        if (u->password != NULL && n == name + 1 + strlen(u->password) &&
            memcmp(plain, u->name, name) == 0 && plain[name] == ':' &&
            memcmp(plain + name + 1, u->password, n - name - 1) == 0) {
            return u;
        }
    }
    return NULL;
}

const struct k8s_user *k8s_users_find(const struct k8s_users *users, const char *authorization)
{
    size_t i;

    if (users->open) {
        return &users->at[0];
    }
    if (authorization != NULL && strncasecmp(authorization, "basic ", 6) == 0) {
        return find_basic(users, authorization + 6);
    }
    if (authorization != NULL && strncasecmp(authorization, "bearer ", 7) != 0) {
        return NULL;
    }
    for (i = 0; i < users->count; i++) {
        const struct k8s_user *u = &users->at[i];

        if (authorization == NULL ? strcmp(u->name, "system:anonymous") == 0
                                  : u->token != NULL && strcmp(u->token, authorization + 7) == 0) {
            return u;
        }
    }
    return NULL;
}

const struct k8s_user *k8s_users_named(const struct k8s_users *users, const char *name)
{
    size_t i;

    for (i = 0; i < users->count; i++) {
        if (strcmp(users->at[i].name, name) == 0) {
            return &users->at[i];
        }
    }
    return NULL;
}

const char *k8s_user_name(const struct k8s_user *user)
{
    return user->name;
}

static bool covers(const struct words *w, struct fc_str word)
{
    size_t i;

    for (i = 0; i < w->count; i++) {
        if (strcmp(w->at[i], "*") == 0 || fc_str_eq(word, w->at[i])) {
            return true;
        }
    }
    return false;
}

/* "pods", "pods/log", "*", "*" + "/log" */
static bool covers_resource(const struct words *w, const struct k8s_attributes *want)
{
    size_t i;

    for (i = 0; i < w->count; i++) {
        const char *r = w->at[i];
        const char *slash = strchr(r, '/');
        struct fc_str head = {r, slash != NULL ? (size_t)(slash - r) : strlen(r)};
        bool head_fits = fc_str_eq(head, "*") || (head.n == want->resource.n &&
                                                  memcmp(head.p, want->resource.p, head.n) == 0);

        if (slash == NULL && fc_str_eq(head, "*")) {
            return true;
        }
        if (head_fits && fc_str_eq(want->subresource, slash != NULL ? slash + 1 : "")) {
            return true;
        }
    }
    return false;
}

static bool in_scope(const struct rule *r, struct fc_str ns)
{
    return r->namespaces.count == 0 || (ns.n > 0 && covers(&r->namespaces, ns));
}

bool k8s_user_may(const struct k8s_user *user, const struct k8s_attributes *want)
{
    size_t i;

    if (user->admin) {
        return true;
    }
    for (i = 0; i < user->rule_count; i++) {
        const struct rule *r = &user->rules[i];

        if (in_scope(r, want->ns) && covers(&r->verbs, want->verb) &&
            covers(&r->groups, want->group) && covers_resource(&r->resources, want) &&
            (r->names.count == 0 || (want->name.n > 0 && covers(&r->names, want->name)))) {
            return true;
        }
    }
    return false;
}

static void print_words(struct fc_text *out, const char *key, const struct words *w)
{
    size_t i;

    fc_text_printf(out, "\"%s\":[", key);
    for (i = 0; i < w->count; i++) {
        fc_text_puts(out, i > 0 ? "," : "");
        fc_text_json(out, fc_str_of(w->at[i]));
    }
    fc_text_puts(out, "]");
}

void k8s_user_rules(const struct k8s_user *user, struct fc_str ns, struct fc_text *out)
{
    size_t i;

    fc_text_puts(out, "{\"resourceRules\":[{\"verbs\":[\"create\"],\"apiGroups\":"
                      "[\"authorization.k8s.io\"],\"resources\":[\"selfsubjectaccessreviews\","
                      "\"selfsubjectrulesreviews\"]},{\"verbs\":[\"create\"],\"apiGroups\":"
                      "[\"authentication.k8s.io\"],\"resources\":[\"selfsubjectreviews\"]}");
    if (user->admin) {
        fc_text_puts(out, ",{\"verbs\":[\"*\"],\"apiGroups\":[\"*\"],\"resources\":[\"*\"]}");
    }
    for (i = 0; i < user->rule_count; i++) {
        const struct rule *r = &user->rules[i];

        if (!in_scope(r, ns)) {
            continue;
        }
        fc_text_puts(out, ",{");
        print_words(out, "verbs", &r->verbs);
        fc_text_puts(out, ",");
        print_words(out, "apiGroups", &r->groups);
        fc_text_puts(out, ",");
        print_words(out, "resources", &r->resources);
        if (r->names.count > 0) {
            fc_text_puts(out, ",");
            print_words(out, "resourceNames", &r->names);
        }
        fc_text_puts(out, "}");
    }
    fc_text_puts(out, "],\"nonResourceRules\":[{\"verbs\":[\"get\"],\"nonResourceURLs\":"
                      "[\"/api\",\"/api/*\",\"/apis\",\"/apis/*\",\"/healthz\",\"/livez\","
                      "\"/readyz\",\"/version\",\"/version/\"]}");
    if (user->admin) {
        fc_text_puts(out, ",{\"verbs\":[\"*\"],\"nonResourceURLs\":[\"*\"]}");
    }
    fc_text_printf(out, "],\"incomplete\":%s}", user->incomplete ? "true" : "false");
}

const struct k8s_user *k8s_users_at(const struct k8s_users *users, size_t i)
{
    return i < users->count && !users->open ? &users->at[i] : NULL;
}

void k8s_user_kubeconfig(const struct k8s_user *user, struct fc_text *out)
{
    if (user->token != NULL) {
        fc_text_puts(out, "{\"token\":");
        fc_text_json(out, fc_str_of(user->token));
    } else if (user->password != NULL) {
        fc_text_puts(out, "{\"username\":");
        fc_text_json(out, fc_str_of(user->name));
        fc_text_puts(out, ",\"password\":");
        fc_text_json(out, fc_str_of(user->password));
    } else {
        fc_text_puts(out, "{");
    }
    fc_text_puts(out, "}");
}
