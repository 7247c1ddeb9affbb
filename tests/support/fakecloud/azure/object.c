#include "azure/object.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "azure/drift.h"
#include "azure/template.h"
#include "core/clock.h"
#include "core/drift.h"
#include "core/rng.h"

#define EPOCH_S INT64_C(1704067200) /* 2024-01-01: objects are born in the 200 days after. */
#define SPAN_S (86400 * 200)
#define TIME_KEY UINT64_C(0x74696d65)
#define SCAN_MOST 4096 /* Names of a run that are tried one by one. */

static const struct {
    const char *name;
    const char *display;
} regions[] = {
    {"eastus", "East US"},
    {"westeurope", "West Europe"},
    {"westus2", "West US 2"},
    {"northeurope", "North Europe"},
    {"uksouth", "UK South"},
    {"southeastasia", "Southeast Asia"},
    {"germanywestcentral", "Germany West Central"},
    {"japaneast", "Japan East"},
};

struct az_obj az_obj_at(const struct az_world *w, const struct az_type *type, uint32_t sub,
                        uint64_t index)
{
    struct az_obj o = {.type = type, .sub = sub, .index = index};
    uint64_t base = sub == AZ_NO_SUB ? w->seed : w->subs[sub].base;

    o.h = fc_hash(base ^ type->hash, index);
    return o;
}

uint32_t az_obj_mask(const struct az_world *w, const struct az_type *type, uint32_t sub)
{
    return (uint32_t)fc_hash(sub == AZ_NO_SUB ? w->seed : w->subs[sub].base, ~type->hash);
}

/* The index of the parent; what is spoken of need not exist. */
static uint64_t up(const struct az_type *t, uint64_t index)
{
    return t->parent == NULL || t->count == 0 ? 0 : index / t->count;
}

struct az_obj az_obj_parent(const struct az_world *w, const struct az_obj *o)
{
    return az_obj_at(w, o->type->parent, o->sub, up(o->type, o->index));
}

uint64_t az_obj_group(const struct az_world *w, const struct az_obj *o)
{
    const struct az_type *t = o->type;
    uint64_t index = o->index;

    while (t->parent != NULL) {
        index = up(t, index);
        t = t->parent;
    }
    if (t->scope == AZ_GROUPS) {
        return index;
    }
    if (t->scope != AZ_IN_GROUP) {
        return UINT64_MAX;
    }
    return t->total > 0 ? index * w->groups->total / t->total : 0;
}

struct az_obj az_obj_related(const struct az_world *w, const struct az_obj *self,
                             const struct az_type *type, bool same)
{
    const struct az_type *t = self->type;
    uint64_t index = self->index;

    if (type == w->mgmt) {
        return az_obj_at(w, type, AZ_NO_SUB,
                         self->sub < w->sub_count ? w->subs[self->sub].group : 0);
    }
    if (same) {
        return az_obj_at(w, type, self->sub, type->total > 0 ? index % type->total : 0);
    }
    if (type == w->groups && az_obj_group(w, self) != UINT64_MAX) {
        return az_obj_at(w, type, self->sub, az_obj_group(w, self));
    }
    while (t != NULL && t != type) {
        index = up(t, index);
        t = t->parent;
    }
    if (t == NULL) {
        index = type->total > 0 ? fc_hash(self->h, type->hash) % type->total : 0;
    }
    return az_obj_at(w, type, self->sub, index);
}

static uint64_t group_start(const struct az_world *w, uint64_t total, uint64_t group)
{
    return (group * total + w->groups->total - 1) / w->groups->total;
}

struct az_run az_run_group(const struct az_world *w, const struct az_type *type, uint32_t sub,
                           uint64_t group)
{
    struct az_run run = {type, sub, group_start(w, type->total, group),
                         group_start(w, type->total, group + 1)};

    return run;
}

struct az_run az_run_under(const struct az_type *type, const struct az_obj *parent)
{
    uint64_t start = type->parent == parent->type ? parent->index * type->count : 0;
    struct az_run run = {type, parent->sub, start,
                         type->parent == parent->type ? start + type->count : 0};

    return run;
}

struct az_run az_run_all(const struct az_type *type, uint32_t sub)
{
    return (struct az_run){type, sub, 0, type->total};
}

static bool name_is(const struct az_world *w, const struct az_run *run, uint64_t index,
                    struct fc_str name, struct az_obj *out)
{
    struct fc_text t = {0};
    bool same;

    if (index < run->start || index >= run->end) {
        return false;
    }
    *out = az_obj_at(w, run->type, run->sub, index);
    az_put_name(w, out, &t);
    same = t.len == name.n && strncasecmp(t.data, name.p, name.n) == 0 && !az_obj_gone(w, out);
    fc_text_fini(&t);
    return same;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool az_obj_find(const struct az_world *w, const struct az_run *run, struct fc_str name,
                 struct az_obj *out)
{
    size_t end = name.n, i;
    uint64_t index;

    if (name.n == AZ_GUID - 1) { /* The last eight digits hide the index. */
        char text[9] = "";

        memcpy(text, name.p + name.n - 8, 8);
        index = strtoul(text, NULL, 16) ^ az_obj_mask(w, run->type, run->sub);
        if (name_is(w, run, index, name, out)) {
            return true;
        }
    }
    while (end > 0 && !is_digit(name.p[end - 1])) {
        end--;
    }
    for (i = end; i > 0 && end - i < 18 && is_digit(name.p[i - 1]); i--) {
    }
    if (fc_str_u64((struct fc_str){name.p + i, end - i}, &index) &&
        (name_is(w, run, index, name, out) || name_is(w, run, run->start + index, name, out))) {
        return true;
    }
    for (index = run->start; index < run->end && index - run->start < SCAN_MOST; index++) {
        if (name_is(w, run, index, name, out)) {
            return true;
        }
    }
    return false;
}

const char *az_obj_location(const struct az_world *w, const struct az_obj *o, bool display)
{
    struct az_obj root = *o;
    size_t i;

    while (root.type->parent != NULL) {
        root = az_obj_parent(w, &root);
    }
    if (o->type->place == AZ_PLACE_GLOBAL) {
        return display ? "Global" : "global";
    }
    i = (size_t)(fc_hash(root.h, 3) % (sizeof(regions) / sizeof(regions[0])));
    return display ? regions[i].display : regions[i].name;
}

void az_put_name(const struct az_world *w, const struct az_obj *o, struct fc_text *out)
{
    if (o->type == w->mgmt && o->index == 0) {
        fc_text_puts(out, w->tenant);
    } else {
        az_template_print(o->type->key, w, o, out);
    }
}

void az_put_id(const struct az_world *w, const struct az_obj *o, struct fc_text *out)
{
    const struct az_type *t = o->type;
    struct az_obj up;

    switch (t->scope) {
    case AZ_CHILD:
        up = az_obj_parent(w, o);
        az_put_id(w, &up, out);
        fc_text_add(out, "/", 1);
        fc_text_puts(out, t->last);
        break;
    case AZ_EXTENSION:
        up = az_obj_parent(w, o);
        az_put_id(w, &up, out);
        fc_text_add(out, "/providers/", 11);
        fc_text_puts(out, t->name);
        break;
    case AZ_GROUPS:
    case AZ_SUBS:
        fc_text_add(out, "/subscriptions/", 15);
        fc_text_puts(out, w->subs[o->sub].id);
        if (t->scope == AZ_SUBS) {
            return;
        }
        fc_text_add(out, "/resourceGroups", 15);
        break;
    case AZ_IN_TENANT:
        fc_text_add(out, "/providers/", 11);
        fc_text_puts(out, t->name);
        break;
    case AZ_IN_SUB:
    case AZ_IN_GROUP:
        fc_text_add(out, "/subscriptions/", 15);
        fc_text_puts(out, w->subs[o->sub].id);
        if (t->scope == AZ_IN_GROUP) {
            up = az_obj_at(w, w->groups, o->sub, az_obj_group(w, o));
            fc_text_add(out, "/resourceGroups/", 16);
            az_put_name(w, &up, out);
        }
        fc_text_add(out, "/providers/", 11);
        fc_text_puts(out, t->name);
        break;
    }
    fc_text_add(out, "/", 1);
    az_put_name(w, o, out);
}

void az_put_time(const struct az_obj *o, uint64_t form, struct fc_text *out)
{
    uint64_t h = fc_hash(o->h, TIME_KEY);
    time_t t = EPOCH_S + (time_t)(h % SPAN_S);
    struct tm tm;

    if (form == 1 && az_obj_changed(o)) {
        fc_clock_print(out, fc_drift_at_ns(), 7);
        fc_text_add(out, "Z", 1);
        return;
    }
    if (form != 0) {
        h = fc_hash(o->h, TIME_KEY + form);
        t += (time_t)(h % SPAN_S);
    }
    if (form == 1 && o->index < o->type->touched) {
        t += SPAN_S;
    }
    gmtime_r(&t, &tm);
    az_put_decimal(out, (uint64_t)tm.tm_year + 1900, 4);
    fc_text_add(out, "-", 1);
    az_put_decimal(out, (uint64_t)tm.tm_mon + 1, 2);
    fc_text_add(out, "-", 1);
    az_put_decimal(out, (uint64_t)tm.tm_mday, 2);
    fc_text_add(out, "T", 1);
    az_put_decimal(out, (uint64_t)tm.tm_hour, 2);
    fc_text_add(out, ":", 1);
    az_put_decimal(out, (uint64_t)tm.tm_min, 2);
    fc_text_add(out, ":", 1);
    az_put_decimal(out, (uint64_t)tm.tm_sec, 2);
    fc_text_add(out, ".", 1);
    az_put_decimal(out, (h >> 20) % 10000000, 7);
    fc_text_add(out, "Z", 1);
}

void az_put_tags(const struct az_world *w, const struct az_obj *o, struct fc_text *out)
{
    static const char *const environments[] = {"production", "staging", "development", "test"};
    static const char *const owners[] = {"platform", "payments", "data", "web", "search"};
    uint64_t h = fc_hash(o->h, 11);

    (void)w;
    if (o->index < o->type->touched || az_obj_changed(o)) {
        fc_text_puts(out, "{\"revision\":\"2\"}");
        return;
    }
    if (h % 8 == 0) { /* Not everything is tagged. */
        fc_text_puts(out, "{}");
        return;
    }
    fc_text_puts(out, "{\"environment\":\"");
    fc_text_puts(out, environments[(h >> 8) % 4]);
    fc_text_puts(out, "\",\"owner\":\"");
    fc_text_puts(out, owners[(h >> 16) % 5]);
    fc_text_puts(out, "\",\"costCenter\":\"cc-");
    az_put_decimal(out, (h >> 24) % 900 + 100, 3);
    fc_text_puts(out, "\"}");
}

static void put_member(const struct az_world *w, const struct az_obj *o, enum az_member m,
                       struct fc_text *out)
{
    if (o->type->members[m] != NULL) {
        fc_text_puts(out, ",\"");
        fc_text_puts(out, az_member_names[m]);
        fc_text_puts(out, "\":");
        az_template_print(o->type->members[m], w, o, out);
    }
}

static void put_head(const struct az_world *w, const struct az_obj *o, bool plain,
                     struct fc_text *out)
{
    fc_text_puts(out, "{\"id\":\"");
    az_put_id(w, o, out);
    fc_text_puts(out, "\",\"name\":\"");
    az_put_name(w, o, out);
    fc_text_puts(out, "\",\"type\":\"");
    fc_text_puts(out, o->type->name);
    fc_text_puts(out, "\"");
    if (o->type->place != AZ_PLACE_NONE) {
        fc_text_puts(out, ",\"location\":\"");
        fc_text_puts(out, az_obj_location(w, o, !plain && o->type->place == AZ_PLACE_DISPLAY));
        fc_text_puts(out, "\"");
    }
    if (o->type->tags) {
        fc_text_puts(out, ",\"tags\":");
        az_put_tags(w, o, out);
    }
}

/* A subscription says other things than a resource does. */
static void put_sub(const struct az_world *w, const struct az_obj *o, struct fc_text *out)
{
    const char *id = w->subs[o->sub].id;

    fc_text_printf(out,
                   "{\"id\":\"/subscriptions/%s\",\"authorizationSource\":\"RoleBased\","
                   "\"managedByTenants\":[],\"tags\":",
                   id);
    az_put_tags(w, o, out);
    fc_text_printf(out, ",\"subscriptionId\":\"%s\",\"tenantId\":\"%s\",\"displayName\":\"", id,
                   w->tenant);
    az_put_name(w, o, out);
    fc_text_printf(out,
                   "\",\"state\":\"%s\",\"subscriptionPolicies\":{\"locationPlacementId\":"
                   "\"Public_2014-09-01\",\"quotaId\":\"PayAsYouGo_2014-09-01\",\"spendingLimit\":"
                   "\"Off\"}}",
                   o->sub >= w->sub_count - w->disabled ? "Disabled" : "Enabled");
}

void az_put_arm(const struct az_world *w, const struct az_obj *o, struct fc_text *out)
{
    size_t m;

    if (o->type->scope == AZ_SUBS) {
        put_sub(w, o, out);
        return;
    }
    put_head(w, o, false, out);
    for (m = 0; m <= AZ_PROPERTIES; m++) {
        put_member(w, o, (enum az_member)m, out);
    }
    fc_text_puts(out, "}");
}

void az_put_brief(const struct az_world *w, const struct az_obj *o, const struct az_expand *more,
                  struct fc_text *out)
{
    size_t m;

    put_head(w, o, true, out);
    for (m = 0; m <= AZ_MANAGED_BY; m++) {
        put_member(w, o, (enum az_member)m, out);
    }
    if (more->created) {
        fc_text_puts(out, ",\"createdTime\":\"");
        az_put_time(o, 0, out);
        fc_text_puts(out, "\"");
    }
    if (more->changed) {
        fc_text_puts(out, ",\"changedTime\":\"");
        az_put_time(o, 1, out);
        fc_text_puts(out, "\"");
    }
    fc_text_puts(out, more->state ? ",\"provisioningState\":\"Succeeded\"}" : "}");
}
