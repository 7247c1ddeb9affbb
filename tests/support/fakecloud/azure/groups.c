/* groups.c: the tree of management groups, with the subscriptions as its leaves. */
#include <stdlib.h>
#include <string.h>

#include "azure/call.h"

#define GROUPS_PAGE 100

static uint64_t above(uint64_t index)
{
    return (index - 1) / 3;
}

bool az_mgmt_under(uint64_t index, uint64_t ancestor)
{
    while (index != ancestor && index > 0) {
        index = above(index);
    }
    return index == ancestor;
}

static void put_name(const struct az_world *w, uint64_t index, bool display, struct fc_text *out)
{
    struct az_obj o = az_obj_at(w, w->mgmt, AZ_NO_SUB, index);

    if (display && index == 0) {
        fc_text_puts(out, "Tenant Root Group");
    } else {
        az_put_name(w, &o, out);
    }
}

static void put_id(const struct az_world *w, uint64_t index, struct fc_text *out)
{
    struct az_obj o = az_obj_at(w, w->mgmt, AZ_NO_SUB, index);

    az_put_id(w, &o, out);
}

static void put_sub_name(const struct az_world *w, uint32_t sub, struct fc_text *out)
{
    struct az_obj o = az_obj_at(w, w->self, sub, 0);

    az_put_name(w, &o, out);
}

/* {"id":...,"type":...,"name":... without the end. */
static void put_head(const struct az_world *w, uint64_t index, struct fc_text *out)
{
    fc_text_puts(out, "{\"id\":\"");
    put_id(w, index, out);
    fc_text_puts(out, "\",\"type\":\"Microsoft.Management/managementGroups\",\"name\":\"");
    put_name(w, index, false, out);
    fc_text_puts(out, "\"");
}

static void put_sub_head(const struct az_world *w, uint32_t sub, struct fc_text *out)
{
    fc_text_printf(out, "{\"id\":\"/subscriptions/%s\",\"type\":\"/subscriptions\",\"name\":\"%s\"",
                   w->subs[sub].id, w->subs[sub].id);
}

void az_list_mgmt(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    const struct az_world *w = call->w;
    uint64_t size = az_page_size(call, rq, GROUPS_PAGE), start, k, end;
    struct fc_text t = {0};

    if (!az_page_start(call, rq, &start, reply)) {
        return;
    }
    end = w->group_count > start && w->group_count - start > size ? start + size : w->group_count;
    fc_text_puts(&t, "{\"value\":[");
    for (k = start; k < end; k++) {
        fc_text_puts(&t, k > start ? "," : "");
        put_head(w, k, &t);
        fc_text_printf(&t, ",\"properties\":{\"tenantId\":\"%s\",\"displayName\":\"", w->tenant);
        put_name(w, k, true, &t);
        fc_text_puts(&t, "\"}}");
    }
    az_page_end(call, rq, start, end, end < w->group_count, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

static void put_parent(const struct az_world *w, uint64_t index, bool whole, struct fc_text *out)
{
    fc_text_puts(out, "{\"id\":\"");
    put_id(w, index, out);
    if (whole) {
        fc_text_puts(out, "\",\"name\":\"");
        put_name(w, index, false, out);
        fc_text_puts(out, "\",\"displayName\":\"");
        put_name(w, index, true, out);
    }
    fc_text_puts(out, "\"}");
}

static void put_children(const struct az_call *call, uint64_t index, bool recurse,
                         struct fc_text *out)
{
    const struct az_world *w = call->w;
    bool first = true;
    uint64_t k;

    fc_text_puts(out, "[");
    for (k = 1; k < w->group_count; k++) {
        if (above(k) == index) {
            fc_text_puts(out, first ? "" : ",");
            put_head(w, k, out);
            fc_text_puts(out, ",\"displayName\":\"");
            put_name(w, k, true, out);
            fc_text_puts(out, "\",\"children\":");
            if (recurse) {
                put_children(call, k, true, out);
            } else {
                fc_text_puts(out, "null");
            }
            fc_text_puts(out, "}");
            first = false;
        }
    }
    for (k = 0; k < w->sub_count; k++) {
        if (w->subs[k].group == index && az_sub_visible(call, (uint32_t)k)) {
            fc_text_puts(out, first ? "" : ",");
            put_sub_head(w, (uint32_t)k, out);
            fc_text_puts(out, ",\"displayName\":\"");
            put_sub_name(w, (uint32_t)k, out);
            fc_text_puts(out, "\"}");
            first = false;
        }
    }
    fc_text_puts(out, "]");
}

void az_get_mgmt(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    const struct az_world *w = call->w;
    struct fc_str expand = az_param(rq, "$expand"), recurse = az_param(rq, "$recurse");
    uint64_t index = call->obj.index;
    struct fc_text t = {0};

    put_head(w, index, &t);
    fc_text_printf(&t, ",\"properties\":{\"tenantId\":\"%s\",\"displayName\":\"", w->tenant);
    put_name(w, index, true, &t);
    fc_text_puts(&t, "\",\"details\":{\"version\":1,\"updatedTime\":\"");
    az_put_time(&call->obj, 1, &t);
    fc_text_printf(&t, "\",\"updatedBy\":\"%s\",\"parent\":",
                   w->apps != NULL ? w->apps[0].object_id : w->tenant);
    if (index == 0) {
        fc_text_puts(&t, "null");
    } else {
        put_parent(w, above(index), true, &t);
    }
    fc_text_puts(&t, "}");
    if (az_str_same(expand, "children")) {
        fc_text_puts(&t, ",\"children\":");
        put_children(call, index, az_str_same(recurse, "true"), &t);
    }
    fc_text_puts(&t, "}}");
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

/* Groups, then subscriptions: the k-th of both. */
static bool descends(const struct az_call *call, uint64_t k, uint64_t root)
{
    const struct az_world *w = call->w;

    if (k < w->group_count) {
        return k != root && az_mgmt_under(k, root);
    }
    k -= w->group_count;
    return az_mgmt_under(w->subs[k].group, root) && az_sub_visible(call, (uint32_t)k);
}

static void put_descendant(const struct az_world *w, uint64_t k, struct fc_text *out)
{
    bool group = k < w->group_count;
    uint32_t sub = (uint32_t)(k - w->group_count);

    if (group) {
        put_head(w, k, out);
    } else {
        put_sub_head(w, sub, out);
    }
    fc_text_puts(out, ",\"properties\":{\"displayName\":\"");
    if (group) {
        put_name(w, k, true, out);
    } else {
        put_sub_name(w, sub, out);
    }
    fc_text_puts(out, "\",\"parent\":");
    put_parent(w, group ? above(k) : w->subs[sub].group, false, out);
    fc_text_puts(out, "}}");
}

void az_list_descendants(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    const struct az_world *w = call->w;
    uint64_t size = az_page_size(call, rq, GROUPS_PAGE), all = w->group_count + w->sub_count;
    uint64_t start, k, done = 0;
    struct fc_text t = {0};

    if (!az_page_start(call, rq, &start, reply)) {
        return;
    }
    fc_text_puts(&t, "{\"value\":[");
    for (k = start; k < all && done < size; k++) {
        if (descends(call, k, call->obj.index)) {
            fc_text_puts(&t, done++ > 0 ? "," : "");
            put_descendant(w, k, &t);
        }
    }
    while (k < all && !descends(call, k, call->obj.index)) {
        k++;
    }
    az_page_end(call, rq, start, k, k < all, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

static void put_chain(const struct az_world *w, uint64_t index, bool display, struct fc_text *out)
{
    if (index > 0) {
        put_chain(w, above(index), display, out);
        fc_text_puts(out, ",");
    }
    fc_text_puts(out, "\"");
    put_name(w, index, display, out);
    fc_text_puts(out, "\"");
}

static void put_entity(const struct az_world *w, uint64_t k, struct fc_text *out)
{
    bool group = k < w->group_count;
    uint32_t sub = (uint32_t)(k - w->group_count);
    bool top = group && k == 0;
    uint64_t parent = group ? (top ? 0 : above(k)) : w->subs[sub].group;

    if (group) {
        put_head(w, k, out);
    } else {
        put_sub_head(w, sub, out);
    }
    fc_text_printf(out, ",\"properties\":{\"tenantId\":\"%s\",\"displayName\":\"", w->tenant);
    if (group) {
        put_name(w, k, true, out);
    } else {
        put_sub_name(w, sub, out);
    }
    fc_text_puts(out, "\",\"parent\":");
    if (top) {
        fc_text_puts(out, "{\"id\":null}");
    } else {
        put_parent(w, parent, false, out);
    }
    fc_text_puts(out, ",\"permissions\":\"view\",\"inheritedPermissions\":\"view\","
                      "\"parentDisplayNameChain\":[");
    if (!top) {
        put_chain(w, parent, true, out);
    }
    fc_text_puts(out, "],\"parentNameChain\":[");
    if (!top) {
        put_chain(w, parent, false, out);
    }
    fc_text_puts(out, "]}}");
}

void az_list_entities(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply)
{
    const struct az_world *w = call->w;
    uint64_t size = az_page_size(call, rq, GROUPS_PAGE), all = w->group_count + w->sub_count;
    uint64_t start, k, done = 0;
    struct fc_text t = {0};

    if (!az_page_start(call, rq, &start, reply)) {
        return;
    }
    fc_text_printf(&t, "{\"count\":%llu,\"value\":[", (unsigned long long)all);
    for (k = start; k < all && done < size; k++) {
        if (k < w->group_count || az_sub_visible(call, (uint32_t)(k - w->group_count))) {
            fc_text_puts(&t, done++ > 0 ? "," : "");
            put_entity(w, k, &t);
        }
    }
    az_page_end(call, rq, start, k, k < all, &t);
    fc_reply_text(reply, 200, AZ_JSON, &t);
}
