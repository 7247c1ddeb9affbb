/* kql_rows.c: a row's columns, and whether a condition holds for it. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/kql_impl.h"
#include "azure/template.h"
#include "core/clock.h"

const char *const az_column_names[AZ_COLUMNS] = {
    [AZ_COL_ID] = "id",
    [AZ_COL_NAME] = "name",
    [AZ_COL_TYPE] = "type",
    [AZ_COL_TENANT] = "tenantId",
    [AZ_COL_KIND] = "kind",
    [AZ_COL_LOCATION] = "location",
    [AZ_COL_GROUP] = "resourceGroup",
    [AZ_COL_SUB] = "subscriptionId",
    [AZ_COL_MANAGED_BY] = "managedBy",
    [AZ_COL_SKU] = "sku",
    [AZ_COL_PLAN] = "plan",
    [AZ_COL_PROPERTIES] = "properties",
    [AZ_COL_TAGS] = "tags",
    [AZ_COL_IDENTITY] = "identity",
    [AZ_COL_ZONES] = "zones",
    [AZ_COL_EXTENDED] = "extendedLocation",
};

/* Members of the type's templates behind columns. */
static const int member_of[AZ_COLUMNS] = {
    [AZ_COL_ID] = -1,
    [AZ_COL_NAME] = -1,
    [AZ_COL_TYPE] = -1,
    [AZ_COL_TENANT] = -1,
    [AZ_COL_KIND] = AZ_KIND,
    [AZ_COL_LOCATION] = -1,
    [AZ_COL_GROUP] = -1,
    [AZ_COL_SUB] = -1,
    [AZ_COL_MANAGED_BY] = AZ_MANAGED_BY,
    [AZ_COL_SKU] = AZ_SKU,
    [AZ_COL_PLAN] = AZ_PLAN,
    [AZ_COL_PROPERTIES] = AZ_PROPERTIES,
    [AZ_COL_TAGS] = -1,
    [AZ_COL_IDENTITY] = AZ_IDENTITY,
    [AZ_COL_ZONES] = AZ_ZONES,
    [AZ_COL_EXTENDED] = -1,
};

static void put_lower(struct fc_text *out, size_t from)
{
    size_t i;

    for (i = from; i < out->len; i++) {
        char c = out->data[i];

        out->data[i] = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
    }
}

void az_put_plain(const struct az_world *w, const struct az_obj *o, enum az_column column,
                  struct fc_text *out)
{
    size_t from = out->len;
    uint64_t group;
    struct az_obj g;

    if (o->change && column != AZ_COL_TENANT && column != AZ_COL_SUB && column != AZ_COL_GROUP) {
        az_put_change(w, o, column, out);
        return;
    }
    switch (column) {
    case AZ_COL_ID:
        az_put_id(w, o, out);
        break;
    case AZ_COL_NAME:
        az_put_name(w, o, out);
        break;
    case AZ_COL_TYPE:
        fc_text_puts(out, o->type->graph_name);
        break;
    case AZ_COL_TENANT:
        fc_text_puts(out, w->tenant);
        break;
    case AZ_COL_LOCATION:
        fc_text_puts(out, o->type->place != AZ_PLACE_NONE ? az_obj_location(w, o, false) : "");
        break;
    case AZ_COL_SUB:
        fc_text_puts(out, o->sub != AZ_NO_SUB ? w->subs[o->sub].id : "");
        break;
    case AZ_COL_GROUP:
        group = o->sub != AZ_NO_SUB ? az_obj_group(w, o) : UINT64_MAX;
        if (group != UINT64_MAX) {
            g = az_obj_at(w, w->groups, o->sub, group);
            az_put_name(w, &g, out);
            put_lower(out, from);
        }
        break;
    default:
        if (column == AZ_COL_PROPERTIES && o->index < o->type->bare) {
            break;
        }
        if (member_of[column] >= 0 && o->type->members[member_of[column]] != NULL) {
            az_template_print(o->type->members[member_of[column]], w, o, out);
        }
        break;
    }
}

static void put_column(const struct az_world *w, const struct az_obj *o, enum az_column column,
                       struct fc_text *out)
{
    size_t from = out->len;

    switch (column) {
    case AZ_COL_TAGS:
        if (o->type->tags && !o->change) {
            az_put_tags(w, o, out);
        } else {
            fc_text_puts(out, "null");
        }
        break;
    case AZ_COL_KIND:
    case AZ_COL_MANAGED_BY:
    case AZ_COL_SKU:
    case AZ_COL_PLAN:
    case AZ_COL_PROPERTIES:
    case AZ_COL_IDENTITY:
    case AZ_COL_ZONES:
    case AZ_COL_EXTENDED:
        az_put_plain(w, o, column, out); /* JSON already. */
        if (out->len == from) {
            fc_text_puts(out,
                         column == AZ_COL_KIND || column == AZ_COL_MANAGED_BY ? "\"\"" : "null");
        }
        break;
    default:
        fc_text_add(out, "\"", 1);
        az_put_plain(w, o, column, out);
        fc_text_add(out, "\"", 1);
        break;
    }
}

/* What lies at 'path' below a column; NULL when there is nothing. The caller puts 'out_all'. */
static struct json_object *below(const struct az_world *w, const struct az_obj *o,
                                 const struct az_value *value, struct json_object **out_all)
{
    struct fc_text text = {0};
    struct json_object *at;
    size_t i = 0;

    az_put_plain(w, o, value->column, &text);
    *out_all = at = text.len > 0 ? json_tokener_parse(text.data) : NULL;
    fc_text_fini(&text);
    while (i < value->path.n && at != NULL) {
        const char *from = value->path.p + i;
        const char *dot = memchr(from, '.', value->path.n - i);
        size_t n = dot != NULL ? (size_t)(dot - from) : value->path.n - i;
        char *key = fc_strndup(from, n);
        struct json_object *inner = NULL;

        if (!json_object_is_type(at, json_type_object) ||
            !json_object_object_get_ex(at, key, &inner)) {
            inner = NULL;
        }
        at = inner;
        free(key);
        i += n + 1;
    }
    return at;
}

/* As text, without quotes; nothing of what is not there. */
static void put_text(const struct az_world *w, const struct az_obj *o, const struct az_value *value,
                     struct fc_text *out)
{
    struct json_object *all, *at;
    size_t from = out->len;

    if (value->path.n == 0) {
        az_put_plain(w, o, value->column, out);
        if (out->len >= from + 2 && out->data[from] == '"') { /* kind and the like are JSON. */
            memmove(out->data + from, out->data + from + 1, out->len - from - 2);
            out->len -= 2;
        }
        return;
    }
    at = below(w, o, value, &all);
    if (at != NULL) {
        fc_text_puts(out, json_object_is_type(at, json_type_string)
                              ? json_object_get_string(at)
                              : json_object_to_json_string_ext(at, JSON_C_TO_STRING_PLAIN));
    }
    json_object_put(all);
}

static bool moment_of(const struct az_world *w, const struct az_obj *o,
                      const struct az_value *value, int64_t *out)
{
    struct fc_text text = {0};
    bool good;

    put_text(w, o, value, &text);
    good = text.len > 0 && fc_clock_parse((struct fc_str){text.data, text.len}, out);
    fc_text_fini(&text);
    return good;
}

void az_put_value(const struct az_world *w, const struct az_obj *o, const struct az_value *value,
                  struct fc_text *out)
{
    struct json_object *all = NULL, *at;
    struct fc_text text = {0};
    int64_t moment;

    if (value->as == AZ_AS_STRING) {
        put_text(w, o, value, &text);
        fc_text_json(out, (struct fc_str){text.data != NULL ? text.data : "", text.len});
        fc_text_fini(&text);
    } else if (value->as == AZ_AS_MOMENT) {
        if (!moment_of(w, o, value, &moment)) {
            fc_text_puts(out, "null");
            return;
        }
        fc_text_puts(out, "\"");
        fc_clock_print(out, moment, 3);
        fc_text_puts(out, "Z\"");
    } else if (value->path.n == 0) {
        put_column(w, o, value->column, out);
    } else {
        at = below(w, o, value, &all);
        fc_text_puts(out, json_object_to_json_string_ext(at, JSON_C_TO_STRING_PLAIN));
        json_object_put(all);
    }
}

static bool value_fits(const struct az_node *n, struct fc_str have, struct fc_str v)
{
    struct fc_str part = have;

    if (n->op == OP_CONTAINS) {
        size_t i;

        for (i = 0; i + v.n <= have.n; i++) {
            if (n->any_case ? strncasecmp(have.p + i, v.p, v.n) == 0
                            : memcmp(have.p + i, v.p, v.n) == 0) {
                return true;
            }
        }
        return false;
    }
    if (have.n < v.n || (n->op == OP_EQUAL && have.n != v.n)) {
        return false;
    }
    if (n->op == OP_ENDS) {
        part.p += have.n - v.n;
    }
    return n->any_case ? strncasecmp(part.p, v.p, v.n) == 0 : memcmp(part.p, v.p, v.n) == 0;
}

enum truth { NO, YES, UNKNOWN };

/* With 'type_only' what hangs on anything but the type is unknown. */
static bool moment_fits(const struct az_world *w, const struct az_node *n, const struct az_obj *o)
{
    int64_t at;

    if (!moment_of(w, o, &n->value, &at)) {
        return false;
    }
    return n->op == OP_BEFORE  ? at < n->moment
           : n->op == OP_UNTIL ? at <= n->moment
           : n->op == OP_AFTER ? at > n->moment
                               : at >= n->moment;
}

static enum truth holds(const struct az_world *w, const struct az_node *n, const struct az_obj *o,
                        bool type_only)
{
    enum truth a, b;
    struct fc_text text = {0};
    bool yes = false;
    size_t i;

    switch (n->op) {
    case OP_TRUE:
        return YES;
    case OP_NOT:
        a = holds(w, n->left, o, type_only);
        return a == UNKNOWN ? UNKNOWN : a == YES ? NO : YES;
    case OP_AND:
    case OP_OR:
        a = holds(w, n->left, o, type_only);
        if (a == (n->op == OP_AND ? NO : YES)) {
            return a;
        }
        b = holds(w, n->right, o, type_only);
        return b == (n->op == OP_AND ? NO : YES) ? b : a == UNKNOWN ? UNKNOWN : b;
    default:
        break;
    }
    if (type_only && (n->value.column != AZ_COL_TYPE || n->value.path.n > 0)) {
        return UNKNOWN;
    }
    if (n->op >= OP_BEFORE) {
        return moment_fits(w, n, o) ? YES : NO;
    }
    put_text(w, o, &n->value, &text);
    if (n->lowered) {
        put_lower(&text, 0);
    }
    if (n->op == OP_EMPTY) {
        yes = text.len == 0;
    }
    for (i = 0; i < n->value_count && !yes; i++) {
        yes = value_fits(n, (struct fc_str){text.data != NULL ? text.data : "", text.len},
                         n->values[i]);
    }
    fc_text_fini(&text);
    return yes != n->negated ? YES : NO;
}

void az_kql_prepare(const struct az_world *w, struct az_leg *leg)
{
    size_t i;

    leg->types = fc_alloc(w->catalog->type_count * sizeof(*leg->types));
    leg->exact = true;
    for (i = 0; i < w->catalog->type_count; i++) {
        struct az_obj o = {.type = w->catalog->types[i], .sub = AZ_NO_SUB, .change = leg->changes};
        enum truth t = leg->where != NULL ? holds(w, leg->where, &o, true) : YES;

        leg->types[i] = t != NO;
        leg->exact = leg->exact && t != UNKNOWN;
    }
}

bool az_kql_holds(const struct az_world *w, const struct az_leg *leg, const struct az_entry *e,
                  const struct az_obj *o)
{
    return leg->types[e->type] && (leg->exact || holds(w, leg->where, o, false) == YES);
}
