#include "base/json_path.h"

#include "base/json.h"
#include "base/json_walk.h"

void wgo_json_path_init(struct wgo_json_path *path, struct wgo_str text)
{
    const char *at = text.ptr ? text.ptr : "";
    *path = (struct wgo_json_path){.at = at, .end = at + text.len};
}

static struct wgo_json_step bad(const char *problem)
{
    return (struct wgo_json_step){.kind = WGO_JSON_STEP_BAD, .problem = problem};
}

static struct wgo_json_step quoted_member(struct wgo_json_path *path)
{
    struct wgo_json_fault fault;
    const char *first = path->at + 1;
    const char *past = wgo_json_past_string(first, path->end, &fault);
    if (!past) {
        return bad(fault.problem);
    }
    path->at = past;
    return (struct wgo_json_step){.kind = WGO_JSON_STEP_MEMBER,
                                  .name = wgo_str_from(first, (size_t)(past - first) - 1),
                                  .quoted = true};
}

/* What a name holds in quotes only. */
static bool is_special(char c)
{
    return c == '.' || c == '[' || c == ']' || c == '*' || c == '"' || c == ' ' || c == '\0';
}

static struct wgo_json_step plain_member(struct wgo_json_path *path)
{
    const char *first = path->at;
    while (path->at < path->end && !is_special(*path->at)) {
        path->at++;
    }
    if (path->at == first) {
        return bad("a member's name is missing");
    }
    return (struct wgo_json_step){.kind = WGO_JSON_STEP_MEMBER,
                                  .name = wgo_str_from(first, (size_t)(path->at - first))};
}

struct wgo_json_step wgo_json_path_next(struct wgo_json_path *path)
{
    if (path->at == path->end) {
        return (struct wgo_json_step){.kind = WGO_JSON_STEP_END};
    }
    bool inner = path->inner;
    path->inner = true;
    if (*path->at == '[') {
        if (path->end - path->at < 2 || path->at[1] != ']') {
            return bad("'[' needs ']' after it");
        }
        path->at += 2;
        return (struct wgo_json_step){.kind = WGO_JSON_STEP_EACH};
    }
    if (inner) {
        if (*path->at != '.') {
            return bad("members are joined by '.'");
        }
        path->at++;
        if (path->at == path->end) {
            return bad("a member's name is missing");
        }
    }
    if (*path->at == '*') {
        path->at++;
        return (struct wgo_json_step){.kind = WGO_JSON_STEP_ANY};
    }
    return *path->at == '"' ? quoted_member(path) : plain_member(path);
}

int wgo_json_path_steps(struct wgo_str text, struct wgo_json_step steps[WGO_JSON_PATH_STEPS],
                        const char **out_problem)
{
    struct wgo_json_path path;
    wgo_json_path_init(&path, text);
    for (int count = 0; count <= WGO_JSON_PATH_STEPS; count++) {
        struct wgo_json_step step = wgo_json_path_next(&path);
        if (step.kind == WGO_JSON_STEP_END) {
            return count;
        }
        if (step.kind == WGO_JSON_STEP_BAD) {
            *out_problem = step.problem;
            return -1;
        }
        if (count < WGO_JSON_PATH_STEPS) {
            steps[count] = step;
        }
    }
    *out_problem = "too many steps";
    return -1;
}

static bool may_be_same(const struct wgo_json_step *a, const struct wgo_json_step *b)
{
    if (a->kind == WGO_JSON_STEP_EACH || b->kind == WGO_JSON_STEP_EACH) {
        return a->kind == b->kind;
    }
    /* One name may be escaped in several ways. */
    bool escaped = wgo_str_find_char(a->name, '\\') < a->name.len ||
                   wgo_str_find_char(b->name, '\\') < b->name.len;
    return a->kind == WGO_JSON_STEP_ANY || b->kind == WGO_JSON_STEP_ANY || escaped ||
           wgo_str_eq(a->name, b->name);
}

bool wgo_json_paths_meet(struct wgo_str a, struct wgo_str b)
{
    struct wgo_json_step of_a[WGO_JSON_PATH_STEPS], of_b[WGO_JSON_PATH_STEPS];
    const char *problem;
    int a_count = wgo_json_path_steps(a, of_a, &problem);
    int b_count = wgo_json_path_steps(b, of_b, &problem);
    for (int i = 0; i < a_count && i < b_count; i++) {
        if (!may_be_same(&of_a[i], &of_b[i])) {
            return false;
        }
    }
    return a_count >= 0 && b_count >= 0;
}

struct visit {
    const struct wgo_json_step *steps;
    int count;
    wgo_json_each_fn *each;
    void *state;
};

/* A string's body, decoded byte by byte. */
struct decoded {
    const char *at, *end;
    char bytes[4];
    unsigned len, given;
};

static int decoded_next(struct decoded *d)
{
    if (d->given == d->len) {
        if (d->at == d->end) {
            return -1;
        }
        d->len = wgo_json_decode(&d->at, d->end, d->bytes);
        d->given = 0;
    }
    return (unsigned char)d->bytes[d->given++];
}

static bool names(const struct wgo_json_step *step, struct wgo_str key)
{
    if (!step->quoted) {
        return wgo_json_body_is(key, step->name);
    }
    struct decoded a = {.at = step->name.ptr, .end = step->name.ptr + step->name.len};
    struct decoded b = {.at = key.ptr, .end = key.ptr + key.len};
    int byte;
    do {
        byte = decoded_next(&a);
        if (byte != decoded_next(&b)) {
            return false;
        }
    } while (byte >= 0);
    return true;
}

/* Past a value that nobody asked for, and of which nothing is checked. */
static bool pass(struct wgo_json *json)
{
    struct wgo_json_walk walk;
    wgo_json_walk_init(&walk, wgo_str_from(json->at, (size_t)(json->end - json->at)));
    if (!wgo_json_walk_past(&walk, wgo_json_walk_token(&walk))) {
        return wgo_json_skip(json, NULL); /* it knows what to say */
    }
    json->at = walk.at;
    return true;
}

/* Past a value that was asked for, checked: a large one by a kernel, the way pages are. */
static bool take(struct wgo_json *json, struct wgo_str *out_span)
{
    const struct wgo_json_kernel *kernel = wgo_json_kernel();
    enum wgo_json_kind kind = wgo_json_peek(json);
    if (kind == WGO_JSON_OBJECT || kind == WGO_JSON_ARRAY) {
        bool spaced = false;
        const char *start = json->at, *past = kernel->hop(start + 1, json->end, &spaced);
        if (past && kernel->sound(start, past, NULL)) {
            *out_span = wgo_str_from(start, (size_t)(past - start));
            json->at = past;
            return true;
        }
    }
    return wgo_json_skip(json, out_span);
}

/* Gives every value below the one at the cursor that steps 'at'... lead to. False to stop. */
static bool visit(const struct visit *v, struct wgo_json *json, int at)
{
    if (at == v->count) {
        struct wgo_str span;
        return take(json, &span) && v->each(v->state, span);
    }
    const struct wgo_json_step *step = &v->steps[at];
    enum wgo_json_kind kind = wgo_json_peek(json);
    if (step->kind == WGO_JSON_STEP_EACH && kind == WGO_JSON_ARRAY) {
        wgo_json_enter_array(json);
        while (wgo_json_next_item(json)) {
            if (!visit(v, json, at + 1)) {
                return false;
            }
        }
        return json->status == WGO_OK;
    }
    if (step->kind != WGO_JSON_STEP_EACH && kind == WGO_JSON_OBJECT) {
        struct wgo_str key;
        wgo_json_enter_object(json);
        while (wgo_json_next_member(json, &key)) {
            bool wanted = step->kind == WGO_JSON_STEP_ANY || names(step, key);
            if (!(wanted ? visit(v, json, at + 1) : pass(json))) {
                return false;
            }
        }
        return json->status == WGO_OK;
    }
    return pass(json);
}

enum wgo_status wgo_json_each(struct wgo_str raw, struct wgo_str path, wgo_json_each_fn *each,
                              void *state)
{
    struct wgo_json_step steps[WGO_JSON_PATH_STEPS];
    const char *problem;
    int count = wgo_json_path_steps(path, steps, &problem);
    if (count < 0) {
        return WGO_E_CONFIG;
    }
    struct wgo_json json;
    wgo_json_init(&json, raw);
    visit(&(struct visit){.steps = steps, .count = count, .each = each, .state = state}, &json, 0);
    return json.status;
}

static bool keep_first(void *state, struct wgo_str value)
{
    *(struct wgo_str *)state = value;
    return false;
}

struct wgo_str wgo_json_get(struct wgo_str raw, struct wgo_str path)
{
    struct wgo_str found = {NULL, 0};
    wgo_json_each(raw, path, keep_first, &found);
    return found;
}

void wgo_json_members(struct wgo_str raw, const char *const *names, size_t count,
                      struct wgo_str *out)
{
    struct wgo_json json;
    struct wgo_str key;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct wgo_str){NULL, 0};
    }
    wgo_json_init(&json, raw);
    if (wgo_json_peek(&json) != WGO_JSON_OBJECT || !wgo_json_enter_object(&json)) {
        return;
    }
    while (found < count && wgo_json_next_member(&json, &key)) {
        size_t i = 0;
        while (i < count && (out[i].ptr || !wgo_json_body_is(key, wgo_str(names[i])))) {
            i++;
        }
        if (!(i < count ? take(&json, &out[i]) : pass(&json))) {
            return;
        }
        found += i < count ? 1 : 0;
    }
}
