/* graph.c: Resource Graph's query: which rows there are, a page of them, what comes after. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/call.h"
#include "azure/drift.h"
#include "azure/kql.h"
#include "core/conf.h"
#include "core/fault.h"
#include "core/rng.h"

#define MOST_ROWS 1000
#define MOST_SUBS 1000
#define MOST_GROUPS 10000 /* Rows of a summary. */

struct query {
    const struct az_call *call;
    struct az_kql *kql;
    bool *subs; /* Which of the world's are asked. */
    bool *mgmt; /* Which management groups. */
    uint64_t top;
    uint64_t skip;
    bool as_table;
    uint64_t mark; /* What makes a token belong to its query. */
};

/* Called for each row, in order; false ends. */
typedef bool (*row_fn)(void *ctx, const struct az_obj *o);

static bool wanted(const struct query *q, const struct az_leg *leg, const struct az_entry *e,
                   uint32_t sub, struct az_obj *o)
{
    const struct az_world *w = q->call->w;
    struct fc_text id = {0}, action = {0};
    bool yes;

    if (!leg->types[e->type]) {
        return false;
    }
    *o = az_obj_at(w, w->catalog->types[e->type], sub, e->index);
    if (sub == AZ_NO_SUB && !q->mgmt[e->index]) {
        return false;
    }
    o->change = leg->changes;
    if (leg->changes ? az_obj_change_ns(w, o) == 0 : az_obj_gone(w, o)) {
        return false;
    }
    yes = az_kql_holds(w, leg, e, o) &&
          (!w->partial || az_world_registered(w, sub, o->type->provider->name));
    if (yes && w->denial_count > 0) {
        az_put_id(w, o, &id);
        fc_text_printf(&action, "%s/read",
                       o->change ? "Microsoft.Resources/changes" : o->type->name);
        yes = !az_access_denied(w, &q->call->who, action.data, id.data);
        fc_text_fini(&id);
        fc_text_fini(&action);
    }
    return yes;
}

static size_t count_of(const struct az_leg *leg, uint32_t sub)
{
    return leg->table == NULL ? 0
           : sub == AZ_NO_SUB ? leg->table->tenant_count
                              : leg->table->sub_count;
}

static const struct az_entry *entry_of(const struct az_leg *leg, uint32_t sub, size_t i)
{
    return sub == AZ_NO_SUB ? &leg->table->tenant[i] : &leg->table->subs[sub][i];
}

/* A place in one of the legs' tables, and its id from the subscription on. */
struct place {
    const struct az_leg *leg;
    struct az_entry entry;
    size_t id;
    const struct fc_text *ids;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return strcasecmp(x->ids->data + x->id, y->ids->data + y->id);
}

/* What all legs hold for 'sub', by id if that is asked for, else leg after leg. */
static struct place *gather(const struct query *q, uint32_t sub, size_t *count)
{
    const struct az_world *w = q->call->w;
    struct place *places = NULL;
    struct fc_text ids = {0};
    size_t n = 0, i, k;

    for (i = 0; i < q->kql->leg_count; i++) {
        n += count_of(&q->kql->legs[i], sub);
    }
    places = fc_alloc(n * sizeof(*places));
    *count = n;
    for (i = 0, n = 0; i < q->kql->leg_count; i++) {
        const struct az_leg *leg = &q->kql->legs[i];

        for (k = 0; k < count_of(leg, sub); k++, n++) {
            struct az_obj o;

            places[n] = (struct place){leg, *entry_of(leg, sub, k), ids.len, &ids};
            if (q->kql->ordered && q->kql->leg_count > 1) {
                o = az_obj_at(w, w->catalog->types[places[n].entry.type], sub,
                              places[n].entry.index);
                az_put_id(w, &o, &ids);
                fc_text_add(&ids, "", 1);
            }
        }
    }
    if (n > 0 && ids.len > 0) {
        qsort(places, n, sizeof(*places), compare_places);
    }
    fc_text_fini(&ids);
    return places;
}

static bool walk_places(const struct query *q, const struct place *places, size_t count,
                        uint32_t sub, row_fn fn, void *ctx)
{
    struct az_obj o;
    size_t i;

    for (i = 0; i < count; i++) {
        const struct place *p = &places[q->kql->descending ? count - 1 - i : i];

        if (wanted(q, p->leg, &p->entry, sub, &o) && !fn(ctx, &o)) {
            return false;
        }
    }
    return true;
}

static bool walk_tenant(const struct query *q, row_fn fn, void *ctx)
{
    size_t count;
    struct place *places = gather(q, AZ_NO_SUB, &count);
    bool on = walk_places(q, places, count, AZ_NO_SUB, fn, ctx);

    free(places);
    return on;
}

/* Subscriptions are in order, and names mostly sort alike in all of them. */
static bool walk_subs(const struct query *q, row_fn fn, void *ctx)
{
    size_t n = q->call->w->sub_count, i, count = 0;
    struct place *places = NULL;
    bool shared = true, on = true;

    for (i = 0; i < q->kql->leg_count; i++) {
        const struct az_table *t = q->kql->legs[i].table;

        shared = shared && (t == NULL || t->shared);
    }
    for (i = 0; i < n && on; i++) {
        size_t sub = q->kql->descending ? n - 1 - i : i;

        if (!q->subs[sub]) {
            continue;
        }
        if (places == NULL || !shared) {
            free(places);
            places = gather(q, (uint32_t)sub, &count);
        }
        on = walk_places(q, places, count, (uint32_t)sub, fn, ctx);
    }
    free(places);
    return on;
}

/* The tenant's own come first: "/providers" is before "/subscriptions". */
static void walk(const struct query *q, row_fn fn, void *ctx)
{
    if (q->kql->descending) {
        if (walk_subs(q, fn, ctx)) {
            walk_tenant(q, fn, ctx);
        }
    } else if (walk_tenant(q, fn, ctx)) {
        walk_subs(q, fn, ctx);
    }
}

/* ---- Rows. ---- */

struct page {
    const struct query *q;
    struct fc_text *out;
    uint64_t from;
    uint64_t size;
    uint64_t seen;
    uint64_t printed;
};

static void put_row(const struct query *q, const struct az_obj *o, struct fc_text *out)
{
    const struct az_kql *k = q->kql;
    size_t i;

    fc_text_puts(out, q->as_table ? "[" : "{");
    for (i = 0; i < k->output_count; i++) {
        fc_text_puts(out, i > 0 ? "," : "");
        if (!q->as_table) {
            fc_text_add(out, "\"", 1);
            fc_text_add(out, k->outputs[i].name.p, k->outputs[i].name.n);
            fc_text_add(out, "\":", 2);
        }
        az_put_value(q->call->w, o, &k->outputs[i].value, out);
    }
    fc_text_puts(out, q->as_table ? "]" : "}");
}

static bool page_row(void *ctx, const struct az_obj *o)
{
    struct page *p = ctx;

    if (p->seen == p->q->kql->take) {
        return false;
    }
    if (p->seen >= p->from && p->printed < p->size) {
        fc_text_puts(p->out, p->printed > 0 ? "," : "");
        put_row(p->q, o, p->out);
        p->printed++;
    }
    p->seen++;
    return true;
}

static void put_table_head(const struct query *q, bool counted, struct fc_text *out)
{
    const struct az_kql *k = q->kql;
    size_t i;

    fc_text_puts(out, "{\"columns\":[");
    for (i = 0; i < k->output_count; i++) {
        const struct az_value *v = &k->outputs[i].value;
        bool object = v->as == AZ_AS_IS && v->column >= AZ_COL_SKU;

        fc_text_printf(out, "%s{\"name\":\"%.*s\",\"type\":\"%s\"}", i > 0 ? "," : "",
                       (int)k->outputs[i].name.n, k->outputs[i].name.p,
                       object                  ? "object"
                       : v->as == AZ_AS_MOMENT ? "datetime"
                                               : "string");
    }
    if (counted) {
        fc_text_printf(out, "%s{\"name\":\"%.*s\",\"type\":\"integer\"}", i > 0 ? "," : "",
                       (int)k->count_name.n, k->count_name.p);
    }
    fc_text_puts(out, "],\"rows\":[");
}

/* ---- Summaries. ---- */

struct bucket {
    char *key; /* Its columns as they are printed. */
    uint64_t count;
};

struct summary {
    const struct query *q;
    struct bucket *buckets;
    size_t count;
    size_t last; /* Rows of one type often come together. */
};

static bool summary_row(void *ctx, const struct az_obj *o)
{
    struct summary *s = ctx;
    const struct az_kql *k = s->q->kql;
    struct fc_text key = {0};
    size_t i;

    for (i = 0; i < k->output_count; i++) {
        fc_text_puts(&key, i > 0 ? "," : "");
        if (!s->q->as_table) {
            fc_text_printf(&key, "\"%.*s\":", (int)k->outputs[i].name.n, k->outputs[i].name.p);
        }
        az_put_value(s->q->call->w, o, &k->outputs[i].value, &key);
    }
    fc_text_add(&key, "", 0);
    i = s->last < s->count && strcmp(s->buckets[s->last].key, key.data) == 0 ? s->last : 0;
    while (i < s->count && strcmp(s->buckets[i].key, key.data) != 0) {
        i++;
    }
    if (i < s->count) {
        fc_text_fini(&key);
    } else if (s->count < MOST_GROUPS) {
        s->buckets = fc_grow(s->buckets, (s->count + 1) * sizeof(*s->buckets));
        s->buckets[s->count++] = (struct bucket){key.data, 0};
    } else {
        fc_text_fini(&key);
        return false;
    }
    s->buckets[i].count++;
    s->last = i;
    return true;
}

static int compare_buckets(const void *a, const void *b)
{
    return strcmp(((const struct bucket *)a)->key, ((const struct bucket *)b)->key);
}

static void put_summary(const struct query *q, struct fc_text *out, uint64_t *rows)
{
    struct summary s = {.q = q};
    const struct az_kql *k = q->kql;
    bool counted = k->answer != AZ_DISTINCT;
    size_t i;

    walk(q, summary_row, &s);
    if (s.count == 0 && k->output_count == 0) { /* A count of nothing is a row. */
        s.buckets = fc_grow(NULL, sizeof(*s.buckets));
        s.buckets[s.count++] = (struct bucket){fc_strdup(""), 0};
    }
    if (s.count > 0) {
        qsort(s.buckets, s.count, sizeof(*s.buckets), compare_buckets);
    }
    *rows = s.count;
    if (q->as_table) {
        put_table_head(q, counted, out);
    } else {
        fc_text_puts(out, "[");
    }
    for (i = 0; i < s.count; i++) {
        fc_text_printf(out, "%s%s%s", i > 0 ? "," : "", q->as_table ? "[" : "{", s.buckets[i].key);
        if (counted) {
            fc_text_puts(out, k->output_count > 0 ? "," : "");
            if (!q->as_table) {
                fc_text_printf(out, "\"%.*s\":", (int)k->count_name.n, k->count_name.p);
            }
            fc_text_printf(out, "%llu", (unsigned long long)s.buckets[i].count);
        }
        fc_text_puts(out, q->as_table ? "]" : "}");
        free(s.buckets[i].key);
    }
    fc_text_puts(out, q->as_table ? "]}" : "]");
    free(s.buckets);
}

/* ---- The question. ---- */

static void refuse(struct fc_request *rq, struct fc_reply *reply, const char *code,
                   const char *message)
{
    struct fc_text t = {0};

    fc_text_printf(&t, "[{\"code\":\"%s\",\"message\":", code);
    fc_text_json(&t, fc_str_of(message));
    fc_text_puts(&t, "}]");
    az_graph_error(rq, reply, 400, "BadRequest", t.data);
    fc_text_fini(&t);
}

/* The subscriptions that 'body' names, or all; those that may not be read are left out. */
static bool read_scope(struct query *q, struct json_object *body, struct fc_request *rq,
                       struct fc_reply *reply)
{
    const struct az_world *w = q->call->w;
    struct json_object *subs = fc_conf_get(body, "subscriptions");
    struct json_object *groups = fc_conf_get(body, "managementGroups");
    bool by_sub = json_object_is_type(subs, json_type_array) && json_object_array_length(subs) > 0;
    bool by_group = !by_sub && json_object_is_type(groups, json_type_array) &&
                    json_object_array_length(groups) > 0;
    struct az_run all = az_run_all(w->mgmt, AZ_NO_SUB);
    size_t i, k, found = 0;

    q->subs = fc_alloc(w->sub_count * sizeof(*q->subs) + 1);
    q->mgmt = fc_alloc(w->group_count * sizeof(*q->mgmt));
    if (by_sub && json_object_array_length(subs) > MOST_SUBS) {
        refuse(rq, reply, "TooManySubscriptions",
               "The number of subscriptions in a query is limited to 1000.");
        return false;
    }
    for (i = 0; by_sub && i < json_object_array_length(subs); i++) {
        const char *id = json_object_get_string(json_object_array_get_idx(subs, i));
        const struct az_sub *s = az_world_sub(w, fc_str_of(id));

        if (id == NULL || !az_is_guid(fc_str_of(id))) {
            refuse(rq, reply, "SubscriptionsContainInvalidGuids",
                   "The subscriptions of a query must be GUIDs.");
            return false;
        }
        if (s != NULL) {
            q->subs[s - w->subs] = true;
        }
    }
    for (i = 0; by_group && i < json_object_array_length(groups); i++) {
        const char *id = json_object_get_string(json_object_array_get_idx(groups, i));
        struct az_obj o;

        if (id == NULL || !az_obj_find(w, &all, fc_str_of(id), &o)) {
            continue;
        }
        for (k = 0; k < w->group_count; k++) {
            q->mgmt[k] = q->mgmt[k] || az_mgmt_under(k, o.index);
        }
    }
    for (k = 0; k < w->group_count && !by_sub && !by_group; k++) {
        q->mgmt[k] = true;
    }
    for (i = 0; i < w->sub_count; i++) {
        q->subs[i] = (by_sub ? q->subs[i] : q->mgmt[w->subs[i].group]) &&
                     az_sub_visible(q->call, (uint32_t)i);
        found += q->subs[i];
    }
    if (found == 0 && (by_sub || by_group || w->sub_count > 0)) {
        refuse(rq, reply, "NoValidSubscriptionsInQueryRequest",
               "There must be at least one subscription that is eligible to contain resources.");
        return false;
    }
    return true;
}

static uint64_t number_of(struct json_object *o, const char *key, uint64_t usual)
{
    struct json_object *v = fc_conf_get(o, key);

    return v != NULL && json_object_is_type(v, json_type_int) ? (uint64_t)json_object_get_int64(v)
                                                              : usual;
}

static bool read_options(struct query *q, struct json_object *body, struct fc_request *rq,
                         struct fc_reply *reply)
{
    struct json_object *options = fc_conf_get(body, "options");
    const char *token = json_object_get_string(fc_conf_get(options, "$skipToken"));
    const char *format = json_object_get_string(fc_conf_get(options, "resultFormat"));
    struct fc_str version = az_param(rq, "api-version");
    char raw[64] = "";
    unsigned long long mark = 0, at = 0;
    size_t n = 0;

    q->as_table = version.n >= 4 && memcmp(version.p, "2021", 4) < 0;
    if (format != NULL) {
        q->as_table = az_str_same(fc_str_of(format), "table");
    }
    q->top = number_of(options, "$top", MOST_ROWS);
    q->skip = number_of(options, "$skip", 0);
    if (q->top < 1 || q->top > MOST_ROWS) {
        refuse(rq, reply, "InvalidTop", "$top must be from 1 to 1000.");
        return false;
    }
    if (q->call->w->page_size > 0 && q->call->w->page_size < q->top) {
        q->top = q->call->w->page_size;
    }
    if (token == NULL) {
        return true;
    }
    if (!fc_base64_decode(fc_str_of(token), raw, sizeof(raw) - 1, &n) ||
        sscanf(raw, "%llx!%llu", &mark, &at) != 2 || mark != q->mark ||
        (rq->fault != NULL && rq->fault->kind == FC_FAULT_EXPIRED)) {
        refuse(rq, reply, "InvalidSkipToken", "The skip token is invalid for this query.");
        return false;
    }
    q->skip = at;
    return true;
}

static void put_end(const struct query *q, const struct fc_request *rq, uint64_t at, bool more,
                    struct fc_text *out)
{
    bool token = more && az_kql_has(q->kql, AZ_COL_ID) && !q->call->w->graph_truncate;
    char raw[64];
    int n;

    fc_text_printf(out, ",\"facets\":[],\"resultTruncated\":\"%s\"", more ? "true" : "false");
    if (token) {
        if (rq->fault != NULL && rq->fault->kind == FC_FAULT_REPEAT_TOKEN) {
            at = q->skip;
        }
        n = snprintf(raw, sizeof(raw), "%016llx!%llu", (unsigned long long)q->mark,
                     (unsigned long long)at);
        fc_text_puts(out, ",\"$skipToken\":\"");
        fc_text_base64(out, raw, (size_t)n, false);
        fc_text_puts(out, "\"");
    }
    fc_text_puts(out, "}");
}

static void answer(const struct query *q, struct fc_request *rq, struct fc_reply *reply)
{
    bool empty = rq->fault != NULL && rq->fault->kind == FC_FAULT_EMPTY_PAGE;
    struct fc_text data = {0}, t = {0};
    struct page page = {.q = q, .out = &data, .from = q->skip, .size = empty ? 0 : q->top};

    if (q->kql->answer != AZ_ROWS) {
        put_summary(q, &data, &page.printed);
        page.seen = page.printed;
    } else {
        if (q->as_table) {
            put_table_head(q, false, &data);
        } else {
            fc_text_puts(&data, "[");
        }
        walk(q, page_row, &page);
        fc_text_puts(&data, q->as_table ? "]}" : "]");
    }
    fc_text_printf(&t,
                   "{\"totalRecords\":%llu,\"count\":%llu,\"data\":", (unsigned long long)page.seen,
                   (unsigned long long)page.printed);
    fc_text_add(&t, data.data, data.len);
    fc_text_fini(&data);
    put_end(q, rq, page.from + page.printed,
            q->kql->answer == AZ_ROWS && page.from + page.printed < page.seen, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

static void run(struct query *q, struct json_object *body, struct fc_request *rq,
                struct fc_reply *reply)
{
    const char *text = json_object_get_string(fc_conf_get(body, "query"));
    struct json_object *subs = fc_conf_get(body, "subscriptions");
    struct az_call *logged = rq->owned;
    struct fc_text why = {0};

    if (text == NULL) {
        refuse(rq, reply, "QueryIsMissing", "The query is missing.");
        return;
    }
    logged->query = fc_strdup(text);
    rq->call.query = logged->query;
    q->mark = fc_hash_bytes(q->call->w->seed, text, strlen(text));
    if (subs != NULL) {
        const char *list = json_object_to_json_string_ext(subs, JSON_C_TO_STRING_PLAIN);

        q->mark = fc_hash_bytes(q->mark, list, strlen(list));
    }
    q->kql = az_kql_new(q->call->w, fc_str_of(text), &why);
    if (q->kql == NULL) {
        az_graph_error(rq, reply, 400, "BadRequest", why.data);
    } else if (read_scope(q, body, rq, reply) && read_options(q, body, rq, reply)) {
        answer(q, rq, reply);
    }
    fc_text_fini(&why);
}

void az_graph_run(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    struct json_object *body = rq->body.len > 0 ? json_tokener_parse(rq->body.data) : NULL;
    struct query q = {.call = call};

    if (body == NULL || !json_object_is_type(body, json_type_object)) {
        refuse(rq, reply, "InvalidRequestBody", "The body is no JSON object.");
    } else {
        run(&q, body, rq, reply);
    }
    az_kql_free(q.kql);
    free(q.subs);
    free(q.mgmt);
    json_object_put(body);
}
