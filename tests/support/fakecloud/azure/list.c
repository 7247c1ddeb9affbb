/* list.c: Resource Manager's lists and their pages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/call.h"
#include "azure/drift.h"
#include "azure/template.h"
#include "core/fault.h"
#include "core/rng.h"

#define GENERIC_PAGE 1000
#define MARK_DIGITS 16

/* What makes a token belong to its list. */
static uint64_t mark_of(const struct az_call *call)
{
    return fc_hash_bytes(call->w->seed, call->path.data != NULL ? call->path.data : "",
                         call->path.len);
}

static void put_token(const struct az_call *call, uint64_t at, struct fc_text *out)
{
    char raw[64];
    int n = snprintf(raw, sizeof(raw), "%016llx!%llu", (unsigned long long)mark_of(call),
                     (unsigned long long)at);

    fc_text_base64(out, raw, (size_t)n, true);
}

static bool struck(const struct fc_request *rq, enum fc_fault_kind kind)
{
    return rq->fault != NULL && rq->fault->kind == kind;
}

bool az_page_start(const struct az_call *call, const struct fc_request *rq, uint64_t *start,
                   struct fc_reply *reply)
{
    char raw[64] = "", mark[MARK_DIGITS + 1];
    size_t n = 0;
    bool good;

    *start = 0;
    if (call->page == NULL) {
        return true;
    }
    snprintf(mark, sizeof(mark), "%016llx", (unsigned long long)mark_of(call));
    good = fc_base64_decode(fc_str_of(call->page), raw, sizeof(raw) - 1, &n) && n > MARK_DIGITS &&
           memcmp(raw, mark, MARK_DIGITS) == 0 && raw[MARK_DIGITS] == '!' &&
           fc_str_u64((struct fc_str){raw + MARK_DIGITS + 1, n - MARK_DIGITS - 1}, start);
    if (!good || struck(rq, FC_FAULT_EXPIRED)) {
        az_error(reply, 400, "InvalidSkipToken", "The skip token '%s' is invalid.", call->page);
        return false;
    }
    return true;
}

uint64_t az_page_size(const struct az_call *call, const struct fc_request *rq, uint64_t usual)
{
    struct fc_str top = az_param(rq, "$top");
    uint64_t n, size = usual;

    if (call->w->page_size > 0 && call->w->page_size < size) {
        size = call->w->page_size;
    }
    if (fc_str_u64(top, &n) && n > 0 && n < size) {
        size = n;
    }
    return struck(rq, FC_FAULT_EMPTY_PAGE) ? 0 : size;
}

static void put_query(const struct fc_request *rq, struct fc_text *out)
{
    size_t i = 0;
    bool first = true;

    while (i < rq->query.n) {
        size_t start = i;
        struct fc_str part;

        while (i < rq->query.n && rq->query.p[i] != '&') {
            i++;
        }
        part = (struct fc_str){rq->query.p + start, i - start};
        i++;
        if ((part.n >= 10 && az_str_same((struct fc_str){part.p, 10}, "$skiptoken")) ||
            (part.n >= 12 && az_str_same((struct fc_str){part.p, 12}, "%24skiptoken"))) {
            continue;
        }
        fc_text_puts(out, first ? "?" : "&");
        fc_text_add(out, part.p, part.n);
        first = false;
    }
    fc_text_puts(out, first ? "?" : "&");
}

void az_page_end(const struct az_call *call, const struct fc_request *rq, uint64_t start,
                 uint64_t at, bool more, struct fc_text *out)
{
    struct fc_text link = {0};

    if (!more) {
        fc_text_puts(out, "]}");
        return;
    }
    fc_text_add(&link, call->link.data, call->link.len);
    put_query(rq, &link);
    fc_text_puts(&link, "%24skiptoken=");
    put_token(call, struck(rq, FC_FAULT_REPEAT_TOKEN) ? start : at, &link);
    fc_text_puts(out, "],\"nextLink\":");
    fc_text_json(out, (struct fc_str){link.data, link.len});
    fc_text_puts(out, "}");
    fc_text_fini(&link);
}

void az_list_collection(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    const struct az_run *run = &call->run;
    uint64_t size = az_page_size(call, rq, call->type->page), start, k, end;
    struct fc_text t = {0};
    bool any = false;

    if (!az_page_start(call, rq, &start, reply)) {
        return;
    }
    start += run->start;
    end = run->end > start && run->end - start > size ? start + size : run->end;
    fc_text_puts(&t, "{\"value\":[");
    for (k = start; k < end; k++) {
        struct az_obj o = az_obj_at(call->w, call->type, run->sub, k);

        if (az_obj_gone(call->w, &o)) {
            continue;
        }
        fc_text_puts(&t, any ? "," : "");
        az_put_arm(call->w, &o, &t);
        any = true;
    }
    az_page_end(call, rq, start - run->start, end - run->start, end < run->end, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

void az_list_subs(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    const struct az_world *w = call->w;
    uint64_t size = az_page_size(call, rq, GENERIC_PAGE), start, k, done = 0;
    struct fc_text t = {0};

    if (!az_page_start(call, rq, &start, reply)) {
        return;
    }
    fc_text_puts(&t, "{\"value\":[");
    for (k = start; k < w->sub_count && done < size; k++) {
        struct az_obj o = az_obj_at(w, w->self, (uint32_t)k, 0);

        if (az_sub_visible(call, (uint32_t)k)) {
            fc_text_puts(&t, done++ > 0 ? "," : "");
            az_put_arm(w, &o, &t);
        }
    }
    az_page_end(call, rq, start, k, k < w->sub_count, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

void az_list_tenants(const struct az_call *call, struct fc_reply *reply)
{
    const struct az_world *w = call->w;
    struct fc_text t = {0};

    fc_text_printf(&t,
                   "{\"value\":[{\"id\":\"/tenants/%s\",\"tenantId\":\"%s\",\"countryCode\":\"DE\","
                   "\"displayName\":\"%s\",\"domains\":[\"%s\"],\"tenantCategory\":\"Home\","
                   "\"defaultDomain\":\"%s\",\"tenantType\":\"AAD\"}]}",
                   w->tenant, w->tenant, w->tenant_name, w->domain, w->domain);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

/* A filter of the generic list: "field eq 'value'" joined by "and"; what it says is to hold. */
#define MAX_TERMS 6

struct term {
    char field[24];
    bool not_equal;
    char value[160];
};

struct filter {
    struct term terms[MAX_TERMS];
    size_t count;
};

static bool filter_read(struct fc_str text, struct filter *f)
{
    char *copy = fc_strndup(text.p != NULL ? text.p : "", text.n), *at = copy;
    bool good = true;

    f->count = 0;
    while (good && *(at += strspn(at, " ")) != '\0') {
        struct term *term = &f->terms[f->count];
        char op[4] = "", word[4] = "";
        int n = 0;

        good = f->count < MAX_TERMS &&
               sscanf(at, "%23[A-Za-z] %3s '%159[^']'%n", term->field, op, term->value, &n) == 3 &&
               n > 0 && (strcmp(op, "eq") == 0 || strcmp(op, "ne") == 0);
        if (good) {
            term->not_equal = op[0] == 'n';
            f->count++;
            at += n;
            at += strspn(at, " ");
            if (*at != '\0') {
                n = 0;
                good = sscanf(at, "%3[a-z]%n", word, &n) == 1 && strcmp(word, "and") == 0;
                at += n;
            }
        }
    }
    free(copy);
    return good;
}

static bool filter_known(const struct filter *f)
{
    static const char *const fields[] = {"resourceType",  "location", "name",
                                         "resourceGroup", "tagName",  "tagValue"};
    size_t i, k;

    for (i = 0; i < f->count; i++) {
        bool known = false;

        for (k = 0; k < sizeof(fields) / sizeof(fields[0]); k++) {
            known = known || az_str_same(fc_str_of(f->terms[i].field), fields[k]);
        }
        if (!known) {
            return false;
        }
    }
    return true;
}

static void put_filtered(const struct az_world *w, const struct az_obj *o, const char *field,
                         struct fc_text *out)
{
    struct az_obj group;

    if (az_str_same(fc_str_of(field), "resourceType")) {
        fc_text_puts(out, o->type->name);
    } else if (az_str_same(fc_str_of(field), "location")) {
        fc_text_puts(out, az_obj_location(w, o, false));
    } else if (az_str_same(fc_str_of(field), "name")) {
        az_put_name(w, o, out);
    } else if (az_str_same(fc_str_of(field), "resourceGroup")) {
        group = az_obj_at(w, w->groups, o->sub, az_obj_group(w, o));
        az_put_name(w, &group, out);
    }
}

static bool tag_holds(const struct az_world *w, const struct az_obj *o, const struct term *term)
{
    struct fc_text tags = {0}, want = {0};
    bool holds;

    az_put_tags(w, o, &tags);
    fc_text_printf(&want, az_str_same(fc_str_of(term->field), "tagName") ? "\"%s\":" : ":\"%s\"",
                   term->value);
    holds = strcasestr(tags.data, want.data) != NULL;
    fc_text_fini(&tags);
    fc_text_fini(&want);
    return holds != term->not_equal;
}

static bool filter_holds(const struct az_world *w, const struct az_obj *o, const struct filter *f)
{
    struct fc_text value = {0};
    bool holds = true;
    size_t i;

    for (i = 0; i < f->count && holds; i++) {
        const struct term *term = &f->terms[i];

        if (strncmp(term->field, "tag", 3) == 0) {
            holds = tag_holds(w, o, term);
            continue;
        }
        value.len = 0;
        put_filtered(w, o, term->field, &value);
        holds = az_str_same((struct fc_str){value.data, value.len}, term->value) != term->not_equal;
    }
    fc_text_fini(&value);
    return holds;
}

/* Whether the object at 'e' is listed. */
static bool listed(const struct az_call *call, const struct az_entry *e, const struct filter *f,
                   struct az_obj *o)
{
    const struct az_world *w = call->w;

    *o = az_obj_at(w, w->catalog->types[e->type], call->sub, e->index);
    return !az_obj_gone(w, o) && (call->group == UINT64_MAX || az_obj_group(w, o) == call->group) &&
           az_world_registered(w, call->sub, o->type->provider->name) && filter_holds(w, o, f);
}

void az_list_generic(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    const struct az_table *table = call->w->resources;
    struct fc_str expand = az_param(rq, "$expand"), text = az_param(rq, "$filter");
    uint64_t size = az_page_size(call, rq, GENERIC_PAGE), start, k, done = 0;
    struct az_expand more = {0};
    struct filter f = {.count = 0};
    struct fc_text t = {0};
    struct az_obj o;

    if (!filter_read(text, &f) || !filter_known(&f)) {
        az_error(reply, 400, "InvalidFilterInQueryString",
                 "Invalid $filter '%.*s' specified in the query string.", (int)text.n, text.p);
        return;
    }
    if (!az_page_start(call, rq, &start, reply)) {
        return;
    }
    if (expand.n > 0) {
        more.created = memmem(expand.p, expand.n, "createdTime", 11) != NULL;
        more.changed = memmem(expand.p, expand.n, "changedTime", 11) != NULL;
        more.state = memmem(expand.p, expand.n, "provisioningState", 17) != NULL;
    }
    fc_text_puts(&t, "{\"value\":[");
    for (k = start; k < table->sub_count && done < size; k++) {
        if (listed(call, &table->subs[call->sub][k], &f, &o)) {
            fc_text_puts(&t, done++ > 0 ? "," : "");
            az_put_brief(call->w, &o, &more, &t);
        }
    }
    while (k < table->sub_count && !listed(call, &table->subs[call->sub][k], &f, &o)) {
        k++; /* No page after the last one. */
    }
    az_page_end(call, rq, start, k, k < table->sub_count, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}
