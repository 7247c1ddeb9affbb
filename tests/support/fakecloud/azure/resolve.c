/* resolve.c: from a path to what it asks for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/call.h"

struct path {
    const struct fc_str *seg;
    size_t n;
    size_t at;
};

static bool is(const struct path *p, size_t ahead, const char *word)
{
    return p->at + ahead < p->n && az_str_same(p->seg[p->at + ahead], word);
}

static size_t left(const struct path *p)
{
    return p->n - p->at;
}

static void give_up(struct az_call *call, enum az_why why, struct fc_str bad)
{
    call->what = AZ_UNKNOWN;
    if (call->why == AZ_WHY_NONE) {
        call->why = why;
        call->bad = bad;
    }
}

static void set_collection(struct az_call *call, const struct az_type *type, struct az_run run)
{
    call->what = AZ_COLLECTION;
    call->type = type;
    call->provider = type->provider;
    call->run = run;
}

/* The objects of 'type' that a list on 'scope' shows; an extension's list over a subscription or a
 * resource group shows those on what is in it. */
static struct az_run run_on(const struct az_call *call, const struct az_type *type,
                            const struct az_obj *scope)
{
    const struct az_world *w = call->w;

    if (scope == NULL || scope->type->scope == AZ_SUBS || scope->type->scope == AZ_GROUPS) {
        bool group = scope != NULL && scope->type->scope == AZ_GROUPS;

        if (group && type->scope == AZ_IN_GROUP) {
            return az_run_group(w, type, call->sub, call->group);
        }
        if (group && type->parent == w->groups) {
            return az_run_under(type, scope);
        }
        return az_run_all(type, call->sub);
    }
    return az_run_under(type, scope);
}

/* Whether the objects of 'type' can be under 'scope' (NULL: the tenant). */
static bool fits(const struct az_type *type, const struct az_obj *scope,
                 const struct az_type *above)
{
    if (type->scope == AZ_CHILD) {
        return above == type->parent;
    }
    if (above != NULL) {
        return false; /* A second type after a first is a child. */
    }
    switch (type->scope) {
    case AZ_IN_TENANT:
        return scope == NULL;
    case AZ_IN_GROUP:
    case AZ_IN_SUB:
        return scope != NULL && (scope->type->scope == AZ_SUBS || scope->type->scope == AZ_GROUPS);
    case AZ_EXTENSION:
        return scope != NULL;
    default:
        return false;
    }
}

/* A type that Azure has and of which there is nothing here. */
static const struct az_type *empty_type(struct az_call *call, struct fc_str name)
{
    const struct az_provider *p = call->provider;
    struct fc_str type = {name.p + strlen(p->name) + 1, name.n - strlen(p->name) - 1};
    size_t i;

    for (i = 0; i < p->also_count; i++) {
        if (az_str_same(type, p->also[i])) {
            call->other_name.len = 0;
            fc_text_printf(&call->other_name, "%s/%s", p->name, p->also[i]);
            call->other = (struct az_type){.name = call->other_name.data,
                                           .last = strrchr(call->other_name.data, '/') + 1,
                                           .provider = p,
                                           .page = 100};
            return &call->other;
        }
    }
    return NULL;
}

/* The type of the segments from the namespace on, without the names between them. */
static const struct az_type *type_at(struct az_call *call, const struct path *p, size_t first,
                                     size_t last)
{
    struct fc_text name = {0};
    const struct az_type *t;
    size_t i;

    fc_text_add(&name, p->seg[first].p, p->seg[first].n);
    for (i = first + 1; i <= last; i += 2) {
        fc_text_puts(&name, "/");
        fc_text_add(&name, p->seg[i].p, p->seg[i].n);
    }
    t = az_catalog_type(call->w->catalog, (struct fc_str){name.data, name.len});
    if (t == NULL) {
        t = empty_type(call, (struct fc_str){name.data, name.len});
    }
    fc_text_fini(&name);
    return t;
}

/* ".../providers/Namespace/type/name/type/name..." from 'p' on. */
static void resolve_provider(struct az_call *call, struct path *p, struct az_obj *scope,
                             bool *have_scope)
{
    size_t space = p->at + 1;
    const struct az_type *above = NULL;

    call->provider = az_catalog_provider(call->w->catalog, p->seg[space]);
    if (call->provider == NULL) {
        give_up(call, AZ_WHY_NAMESPACE, p->seg[space]);
        return;
    }
    p->at += 2;
    if (left(p) == 0) {
        call->what = AZ_GET_PROVIDER;
        return;
    }
    while (left(p) > 0 && !is(p, 0, "providers")) {
        const struct az_type *type = type_at(call, p, space, p->at);
        struct az_run run;

        if (type == NULL ||
            (type != &call->other && !fits(type, *have_scope ? scope : NULL, above))) {
            give_up(call, AZ_WHY_TYPE, p->seg[p->at]);
            return;
        }
        run = type == &call->other          ? (struct az_run){type, call->sub, 0, 0}
              : type->scope == AZ_IN_TENANT ? az_run_all(type, AZ_NO_SUB)
                                            : run_on(call, type, *have_scope ? scope : NULL);
        if (left(p) == 1) {
            bool whole = *have_scope && scope->type->scope == AZ_SUBS;

            set_collection(call, type, run);
            if (type->group_lists_only && whole) {
                give_up(call, AZ_WHY_TYPE, p->seg[p->at]);
            }
            p->at++;
            return;
        }
        call->type = type;
        if (type == &call->other && left(p) > 2 && is(p, 1, "default")) {
            above = type; /* Of services there is one under each parent. */
            p->at += 2;
            continue;
        }
        if (!az_obj_find(call->w, &run, p->seg[p->at + 1], scope)) {
            give_up(call, left(p) > 2 ? AZ_WHY_PARENT : AZ_WHY_RESOURCE, p->seg[p->at + 1]);
            return;
        }
        *have_scope = true;
        call->what = AZ_RESOURCE;
        call->obj = *scope;
        call->provider = type->provider;
        above = type;
        p->at += 2;
    }
}

static void resolve_group(struct az_call *call, struct path *p, struct az_obj *scope)
{
    const struct az_world *w = call->w;
    struct az_run all = az_run_all(w->groups, call->sub);
    struct az_obj found;

    call->type = w->groups;
    call->provider = w->groups->provider;
    if (left(p) == 1) {
        set_collection(call, w->groups, all);
        p->at++;
        return;
    }
    call->group_text = p->seg[p->at + 1];
    if (!az_obj_find(w, &all, p->seg[p->at + 1], &found)) {
        give_up(call, AZ_WHY_GROUP, p->seg[p->at + 1]);
        return;
    }
    *scope = call->obj = found;
    call->group = found.index;
    call->what = AZ_RESOURCE;
    p->at += 2;
    if (left(p) == 1 && is(p, 0, "resources")) {
        call->what = AZ_GENERIC;
        p->at++;
    }
}

static void resolve_sub(struct az_call *call, struct path *p, struct az_obj *scope)
{
    const struct az_world *w = call->w;
    const struct az_sub *sub = az_world_sub(w, p->seg[1]);

    call->type = w->self;
    call->provider = w->self->provider;
    call->sub_text = p->seg[1];
    if (sub == NULL) {
        give_up(call, AZ_WHY_SUB, p->seg[1]);
        return;
    }
    call->sub = (uint32_t)(sub - w->subs);
    *scope = call->obj = az_obj_at(w, w->self, call->sub, 0);
    call->what = AZ_RESOURCE;
    p->at = 2;
    if (left(p) == 1 && is(p, 0, "resources")) {
        call->what = AZ_GENERIC;
        p->at++;
    } else if (left(p) == 1 && is(p, 0, "locations")) {
        call->what = AZ_LIST_LOCATIONS;
        p->at++;
    } else if (left(p) == 1 && is(p, 0, "providers")) {
        call->what = AZ_LIST_PROVIDERS;
        p->at++;
    } else if (is(p, 0, "resourceGroups")) {
        resolve_group(call, p, scope);
    }
}

/* What stands at the root. True: it was all. */
static bool resolve_root(struct az_call *call, struct path *p, bool post)
{
    call->type = call->w->self;
    call->provider = call->w->self->provider;
    if (p->n == 1 && is(p, 0, "subscriptions")) {
        call->what = AZ_LIST_SUBS;
    } else if (p->n == 1 && is(p, 0, "tenants")) {
        call->what = AZ_LIST_TENANTS;
    } else if (p->n == 1 && is(p, 0, "providers")) {
        call->what = AZ_LIST_PROVIDERS;
    } else if (post && p->n == 3 && is(p, 1, "Microsoft.ResourceGraph") && is(p, 2, "resources")) {
        call->what = AZ_GRAPH;
        call->type = NULL;
        call->provider = az_catalog_provider(call->w->catalog, p->seg[1]);
    } else if (p->n == 3 && is(p, 1, "Microsoft.Management") && is(p, 2, "getEntities")) {
        call->what = AZ_ENTITIES;
        call->type = call->w->mgmt;
        call->provider = call->type->provider;
    } else if (p->n == 5 && is(p, 1, "Microsoft.Management") && is(p, 2, "managementGroups") &&
               is(p, 4, "descendants")) {
        struct az_run all = az_run_all(call->w->mgmt, AZ_NO_SUB);

        call->what = AZ_DESCENDANTS;
        call->type = call->w->mgmt;
        call->provider = call->type->provider;
        if (!az_obj_find(call->w, &all, p->seg[3], &call->obj)) {
            give_up(call, AZ_WHY_RESOURCE, p->seg[3]);
        }
    } else {
        return false;
    }
    return true;
}

static void resolve(struct az_call *call, struct path *p, bool post)
{
    struct az_obj scope = {0};
    bool have_scope = false;

    if (p->n == 0) {
        give_up(call, AZ_WHY_PATH, (struct fc_str){"", 0});
        return;
    }
    if (resolve_root(call, p, post)) {
        if (post && call->what != AZ_GRAPH && call->what != AZ_ENTITIES) {
            give_up(call, AZ_WHY_METHOD, p->seg[0]);
        }
        return;
    }
    if (post) {
        p->n--; /* The last segment is the action. */
    }
    call->type = NULL;
    if (is(p, 0, "subscriptions") && p->n >= 2) {
        resolve_sub(call, p, &scope);
        have_scope = true;
    }
    while (call->why == AZ_WHY_NONE && is(p, 0, "providers") && left(p) >= 2) {
        resolve_provider(call, p, &scope, &have_scope);
    }
    if (call->why == AZ_WHY_NONE && left(p) > 0) {
        give_up(call, AZ_WHY_PATH, p->seg[p->at]);
    }
    if (post && call->why == AZ_WHY_NONE) {
        call->what = call->what == AZ_RESOURCE ? AZ_ACTION : AZ_UNKNOWN;
        call->bad = p->seg[p->n];
        call->why = call->what == AZ_ACTION ? AZ_WHY_NONE : AZ_WHY_METHOD;
    }
    if (call->what == AZ_COLLECTION && call->type == call->w->mgmt) {
        call->what = AZ_LIST_MGMT;
    }
}

/* The action's name, and what it is on: the path without a collection's name, or all of it. */
static void name_action(struct az_call *call, const struct path *p, bool post)
{
    const char *verb = "read";
    const struct fc_str *last = p->seg + p->n;
    struct fc_str self = {call->path.data, call->path.len};
    size_t i, cut = 0;

    if (call->what == AZ_GRAPH || call->what == AZ_ENTITIES) {
        fc_text_puts(&call->action, call->what == AZ_GRAPH
                                        ? "Microsoft.ResourceGraph/resources/read"
                                        : "Microsoft.Management/getEntities/action");
        fc_text_puts(&call->scope, "/");
        return;
    }
    if (call->what == AZ_LIST_PROVIDERS || call->what == AZ_GET_PROVIDER) {
        fc_text_puts(&call->action, "Microsoft.Resources/subscriptions/providers/read");
    } else if (call->what == AZ_GENERIC) {
        fc_text_puts(&call->action, "Microsoft.Resources/subscriptions/resources/read");
    } else if (call->what == AZ_LIST_LOCATIONS) {
        fc_text_puts(&call->action, "Microsoft.Resources/subscriptions/locations/read");
    } else if (call->type == call->w->groups) {
        fc_text_puts(&call->action, "Microsoft.Resources/subscriptions/resourceGroups/read");
    } else if (call->type != NULL && post) {
        fc_text_printf(&call->action, "%s/%.*s/action", call->type->name, (int)last->n, last->p);
    } else {
        fc_text_printf(&call->action, "%s/%s", call->type != NULL ? call->type->name : "unknown",
                       verb);
    }
    if (call->what == AZ_COLLECTION || call->what == AZ_GENERIC ||
        call->what == AZ_LIST_PROVIDERS || call->what == AZ_LIST_LOCATIONS) {
        /* Back over the type, and over "providers/Namespace" before a first one. */
        cut = p->n > 0 ? p->n - 1 : 0;
        if (call->what == AZ_COLLECTION && cut >= 2 && az_str_same(p->seg[cut - 2], "providers")) {
            cut -= 2;
        }
        for (i = 0, self.n = 0; i < cut; i++) {
            self.n += 1 + p->seg[i].n;
        }
    } else if (post) {
        self.n -= last->n + 1;
    }
    fc_text_add(&call->scope, self.n > 0 ? self.p : "/", self.n > 0 ? self.n : 1);
}

static void tell(struct az_call *call, struct fc_request *rq)
{
    static const char *const verbs[] = {
        [AZ_UNKNOWN] = "unknown",
        [AZ_LIST_SUBS] = "list",
        [AZ_LIST_TENANTS] = "tenants",
        [AZ_LIST_LOCATIONS] = "locations",
        [AZ_LIST_PROVIDERS] = "providers",
        [AZ_GET_PROVIDER] = "provider",
        [AZ_GENERIC] = "resources",
        [AZ_COLLECTION] = "list",
        [AZ_RESOURCE] = "get",
        [AZ_ACTION] = "action",
        [AZ_LIST_MGMT] = "list",
        [AZ_DESCENDANTS] = "descendants",
        [AZ_ENTITIES] = "getEntities",
        [AZ_GRAPH] = "query",
    };
    const char *type = "";
    struct fc_str page = az_param(rq, "$skiptoken");

    if (call->type != NULL &&
        (call->what == AZ_COLLECTION || call->what == AZ_RESOURCE || call->what == AZ_ACTION ||
         call->what == AZ_LIST_SUBS || call->what == AZ_LIST_MGMT)) {
        type = strchr(call->type->name, '/') + 1;
    }
    snprintf(call->operation, sizeof(call->operation), "%s%s%s", verbs[call->what],
             *type != '\0' ? " " : "", type);
    rq->call.service = call->provider != NULL ? call->provider->name : "Microsoft.Resources";
    rq->call.operation = call->operation;
    rq->call.account = call->sub != AZ_NO_SUB ? call->w->subs[call->sub].id : NULL;
    call->page = page.p != NULL ? fc_strndup(page.p, page.n) : NULL; /* Values do not end. */
    rq->call.page = call->page;
}

static void call_free(void *owned)
{
    struct az_call *call = owned;

    fc_text_fini(&call->path);
    fc_text_fini(&call->link);
    fc_text_fini(&call->action);
    fc_text_fini(&call->scope);
    fc_text_fini(&call->other_name);
    free(call->page);
    free(call->query);
    free(call);
}

struct az_call *az_call_new(const struct az_world *w, struct fc_request *rq, size_t first)
{
    struct az_call *call = fc_alloc(sizeof(*call));
    struct path p = {rq->segments + first, rq->segment_count - first, 0};
    bool post = strcmp(rq->method, "POST") == 0;
    const char *proto = fc_request_header(rq, "X-Forwarded-Proto");
    const char *host = fc_request_header(rq, "Host");
    size_t i;

    rq->owned = call;
    rq->owned_free = call_free;
    call->w = w;
    call->sub = AZ_NO_SUB;
    call->group = UINT64_MAX;
    for (i = 0; i < p.n; i++) {
        fc_text_puts(&call->path, "/");
        fc_text_add(&call->path, p.seg[i].p, p.seg[i].n);
    }
    fc_text_printf(&call->link, "%s://%s%.*s", proto != NULL ? proto : "http",
                   host != NULL ? host : "127.0.0.1", (int)rq->path.n, rq->path.p);
    resolve(call, &p, post);
    p.n = rq->segment_count - first;
    post = post && p.n > 0 && call->what != AZ_GRAPH && call->what != AZ_ENTITIES;
    p.n -= post;
    name_action(call, &p, post);
    tell(call, rq);
    return call;
}
