#include "base/json_plan.h"

#include "base/json_path.h"
#include "base/json_scan.h"

#include <stdlib.h>

/* "*" beside names multiplies nodes; far above what catalogs need, far below what hurts. */
#define NODES_MAX 4096

/* Most plans have a handful of nodes, and catalogs thousands of plans. */
enum { FIRST_BLOCK = 512 };

static struct wgo_json_node *new_node(struct wgo_json_plan *plan)
{
    if (plan->node_count == NODES_MAX) {
        return NULL;
    }
    plan->node_count++;
    return WGO_NEW(&plan->arena, struct wgo_json_node);
}

static enum wgo_status fail_node(const struct wgo_json_plan *plan, struct wgo_error *err)
{
    if (plan->node_count == NODES_MAX) {
        return wgo_fail(err, WGO_E_CONFIG, "too many rules with \"*\" beside names");
    }
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* The child at '*slot', made when there is none. */
static struct wgo_json_node *only_child(struct wgo_json_plan *plan, struct wgo_json_node **slot)
{
    if (!*slot) {
        *slot = new_node(plan);
    }
    return *slot;
}

static struct wgo_json_node *named_child(struct wgo_json_plan *plan, struct wgo_json_node *node,
                                         struct wgo_str name)
{
    struct wgo_json_node **slot = &node->members;
    while (*slot && !wgo_str_eq((*slot)->name, name)) {
        slot = &(*slot)->sibling;
    }
    if (!*slot && (*slot = new_node(plan))) {
        (*slot)->name = name;
        node->lengths |= UINT32_C(1) << (name.len % 32);
    }
    return *slot;
}

static struct wgo_json_node *child_for(struct wgo_json_plan *plan, struct wgo_json_node *node,
                                       const struct wgo_json_step *step)
{
    switch (step->kind) {
    case WGO_JSON_STEP_ANY:
        return only_child(plan, &node->any);
    case WGO_JSON_STEP_EACH:
        return only_child(plan, &node->each);
    default:
        break;
    }
    struct wgo_str name = wgo_str_dup(&plan->arena, step->name);
    if (name.ptr && step->quoted) {
        name = wgo_json_body_text(name, &plan->arena);
    }
    return name.ptr ? named_child(plan, node, name) : NULL;
}

static enum wgo_status add_action(struct wgo_json_node *node, const struct wgo_json_rule *rule,
                                  bool is_root, struct wgo_error *err)
{
    switch (rule->action) {
    case WGO_JSON_PICK:
        if (rule->slot >= WGO_JSON_PICKS) {
            return wgo_fail(err, WGO_E_CONFIG, "no pick has the number %u", rule->slot);
        }
        node->picks |= UINT32_C(1) << rule->slot;
        return WGO_OK;
    case WGO_JSON_FIND:
        if (rule->slot >= WGO_JSON_FINDS) {
            return wgo_fail(err, WGO_E_CONFIG, "no find has the number %u", rule->slot);
        }
        node->finds |= UINT64_C(1) << rule->slot;
        return WGO_OK;
    case WGO_JSON_CUT:
        node->cut = true;
        if (is_root) {
            return wgo_fail(err, WGO_E_CONFIG, "the whole document cannot be cut");
        }
        break;
    case WGO_JSON_REDACT:
        node->redact = true;
        break;
    case WGO_JSON_ITEM:
        node->item = true;
        return WGO_OK;
    default:
        return wgo_fail(err, WGO_E_CONFIG, "unknown action");
    }
    if (node->cut && node->redact) {
        return wgo_fail(err, WGO_E_CONFIG, "the path \"%.*s\" is both cut and redacted",
                        WGO_FMT(rule->path));
    }
    return WGO_OK;
}

static enum wgo_status add_rule(struct wgo_json_plan *plan, const struct wgo_json_rule *rule,
                                struct wgo_error *err)
{
    struct wgo_json_step steps[WGO_JSON_PATH_STEPS];
    const char *problem;
    int count = wgo_json_path_steps(rule->path, steps, &problem);
    if (count < 0) {
        return wgo_fail(err, WGO_E_CONFIG, "malformed path \"%.*s\": %s", WGO_FMT(rule->path),
                        problem);
    }
    struct wgo_json_node *node = plan->root;
    for (int i = 0; i < count; i++) {
        node = child_for(plan, node, &steps[i]);
        if (!node) {
            return fail_node(plan, err);
        }
    }
    return add_action(node, rule, count == 0, err);
}

/* Makes 'to' say all that 'from' says too. Recursion is as deep as a path has steps. */
static bool merge(struct wgo_json_plan *plan, struct wgo_json_node *to,
                  const struct wgo_json_node *from)
{
    to->picks |= from->picks;
    to->finds |= from->finds;
    to->cut |= from->cut;
    to->redact |= from->redact;
    to->item |= from->item;
    for (const struct wgo_json_node *m = from->members; m; m = m->sibling) {
        struct wgo_json_node *child = named_child(plan, to, m->name);
        if (!child || !merge(plan, child, m)) {
            return false;
        }
    }
    if (from->any && (!only_child(plan, &to->any) || !merge(plan, to->any, from->any))) {
        return false;
    }
    return !from->each || (only_child(plan, &to->each) && merge(plan, to->each, from->each));
}

/* Gives every named member what "*" beside it says, here and below. */
static bool spread(struct wgo_json_plan *plan, struct wgo_json_node *node)
{
    for (struct wgo_json_node *m = node->members; m; m = m->sibling) {
        if ((node->any && !merge(plan, m, node->any)) || !spread(plan, m)) {
            return false;
        }
    }
    return (!node->any || spread(plan, node->any)) && (!node->each || spread(plan, node->each));
}

struct found {
    bool item, change;
};

/* False when an item lies within an item. */
static bool survey(const struct wgo_json_node *node, bool in_item, struct found *found)
{
    if (!node) {
        return true;
    }
    found->item |= node->item;
    found->change |= node->cut || node->redact;
    if (node->item && in_item) {
        return false;
    }
    in_item |= node->item;
    for (const struct wgo_json_node *m = node->members; m; m = m->sibling) {
        if (!survey(m, in_item, found)) {
            return false;
        }
    }
    return survey(node->any, in_item, found) && survey(node->each, in_item, found);
}

static enum wgo_status compile(struct wgo_json_plan *plan, const struct wgo_json_rule *rules,
                               size_t count, struct wgo_error *err)
{
    plan->root = new_node(plan);
    if (!plan->root) {
        return fail_node(plan, err);
    }
    for (size_t i = 0; i < count; i++) {
        enum wgo_status status = add_rule(plan, &rules[i], err);
        if (status != WGO_OK) {
            return status;
        }
    }
    if (!spread(plan, plan->root)) {
        return fail_node(plan, err);
    }
    struct found found = {.item = false};
    if (!survey(plan->root, false, &found)) {
        return wgo_fail(err, WGO_E_CONFIG, "an item's path leads into another item");
    }
    if (found.item && found.change) {
        return wgo_fail(err, WGO_E_CONFIG, "a plan that finds items cannot cut or redact");
    }
    plan->has_items = found.item;
    return WGO_OK;
}

enum wgo_status wgo_json_plan_new(const struct wgo_json_rule *rules, size_t count,
                                  struct wgo_json_plan **out_plan, struct wgo_error *err)
{
    struct wgo_json_plan *plan = calloc(1, sizeof(*plan));
    if (!plan) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_arena_init(&plan->arena, 0);
    plan->arena.first = FIRST_BLOCK;
    enum wgo_status status = compile(plan, rules, count, err);
    if (status != WGO_OK) {
        wgo_json_plan_free(plan);
        return status;
    }
    *out_plan = plan;
    return WGO_OK;
}

void wgo_json_plan_free(struct wgo_json_plan *plan)
{
    if (plan) {
        wgo_arena_fini(&plan->arena);
        free(plan);
    }
}

const struct wgo_json_node *wgo_json_plan_member(const struct wgo_json_node *node,
                                                 struct wgo_str body, bool escaped)
{
    if (escaped || node->lengths >> (body.len % 32) & 1) {
        for (const struct wgo_json_node *m = node->members; m; m = m->sibling) {
            if (escaped ? wgo_json_body_is(body, m->name) : wgo_str_eq(body, m->name)) {
                return m;
            }
        }
    }
    return node->any;
}
