#include "terraform/redact.h"

#include "base/json.h"
#include "terraform/address.h"
#include "terraform/marks.h"

#include <stdio.h>
#include <string.h>

enum { SHORTEST_KNOWN = 5 + 2 }; /* with its quotes: shorter ones repeat by chance */

void wgo_tf_redaction_init(struct wgo_tf_redaction *redaction, const struct wgo_redactor *redactor)
{
    memset(redaction, 0, sizeof(*redaction));
    redaction->redactor = redactor;
}

void wgo_tf_redaction_fini(struct wgo_tf_redaction *redaction)
{
    if (redaction) {
        wgo_arena_fini(&redaction->arena);
        wgo_buf_fini(&redaction->last_type);
    }
}

struct walk {
    struct wgo_tf_redaction *redaction;
    struct wgo_json json;
    struct wgo_buf *out;
    bool in_list; /* what comes next is an element */
};

static struct wgo_str quoted(struct wgo_str body)
{
    return wgo_str_from(body.ptr - 1, body.len + 2);
}

static enum wgo_secrecy secrecy_of(struct wgo_tf_redaction *redaction, struct wgo_str name)
{
    if (redaction->open && wgo_str_is(name, redaction->open)) {
        return WGO_SECRECY_NONE;
    }
    if (!name.ptr || !name.len || name.len > sizeof(redaction->names[0].text)) {
        return wgo_secrecy_of(name);
    }
    size_t slot = wgo_tf_hash(name) % WGO_TF_NAMES;
    if (redaction->names[slot].len != name.len ||
        memcmp(redaction->names[slot].text, name.ptr, name.len) != 0) {
        redaction->names[slot].secrecy = (unsigned char)wgo_secrecy_of(name);
        redaction->names[slot].len = (unsigned char)name.len;
        memcpy(redaction->names[slot].text, name.ptr, name.len);
    }
    return (enum wgo_secrecy)redaction->names[slot].secrecy;
}

static bool is_known(const struct wgo_tf_redaction *redaction, struct wgo_str raw)
{
    for (size_t i = 0; i < redaction->known_given; i++) {
        if (wgo_str_eq(redaction->known[i], raw)) {
            return true;
        }
    }
    return false;
}

static void remember(struct wgo_tf_redaction *redaction, struct wgo_str raw)
{
    if (raw.len < SHORTEST_KNOWN || raw.ptr[0] != '"' || redaction->known_count == WGO_TF_KNOWN) {
        return;
    }
    for (size_t i = 0; i < redaction->known_count; i++) {
        if (wgo_str_eq(redaction->known[i], raw)) {
            return;
        }
    }
    redaction->known[redaction->known_count++] = raw;
}

/* What Terraform writes beside a value of any type. */
static bool names_a_type(struct wgo_str raw)
{
    static const char *const types[] = {"\"string\"", "\"number\"", "\"bool\"", "\"dynamic\""};
    for (size_t i = 0; i < WGO_COUNT(types); i++) {
        if (wgo_str_is(raw, types[i])) {
            return true;
        }
    }
    return false;
}

static bool put_scalar(struct walk *walk, enum wgo_secrecy mode, bool marked, bool memorable)
{
    struct wgo_tf_redaction *redaction = walk->redaction;
    struct wgo_str raw;
    if (!wgo_json_skip(&walk->json, &raw)) {
        return false;
    }
    enum wgo_json_kind kind = wgo_json_kind_of(raw);
    bool texty = kind == WGO_JSON_STRING || kind == WGO_JSON_NUMBER;
    if (!memorable && names_a_type(raw)) {
        return wgo_buf_str(walk->out, raw);
    }
    bool secret = marked || mode == WGO_SECRECY_DEEP || (texty && mode != WGO_SECRECY_NONE);
    if (!secret && kind == WGO_JSON_STRING) {
        secret = is_known(redaction, raw) || wgo_secret_text(raw);
    }
    if (!secret) {
        return wgo_buf_str(walk->out, raw);
    }
    if ((marked || mode == WGO_SECRECY_VALUE) && memorable) {
        remember(redaction, raw);
    }
    return wgo_redact_json((void *)redaction->redactor, raw, walk->out);
}

static bool put_value(struct walk *walk, const struct wgo_tf_active *active, enum wgo_secrecy mode,
                      bool memorable);

/* What an object holds decides how it is read. */
struct shape {
    bool pair;    /* "name" and "value": an environment variable */
    bool wrapper; /* "value" and "type" only: how Terraform writes a value of any type */
};

static struct shape shape_of(const struct walk *walk)
{
    struct wgo_json json = walk->json;
    struct wgo_str key;
    unsigned count = 0;
    bool name = false, value = false, type = false;
    wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, NULL)) {
        count++;
        name |= wgo_str_is(key, "name");
        value |= wgo_str_is(key, "value");
        type |= wgo_str_is(key, "type");
    }
    return (struct shape){.pair = name && value, .wrapper = count == 2 && value && type};
}

static bool is_scalar(struct wgo_json *json)
{
    enum wgo_json_kind kind = wgo_json_peek(json);
    return kind != WGO_JSON_OBJECT && kind != WGO_JSON_ARRAY;
}

/* The "name" among the members that come from here on, as JSON; an empty text when there is none,
 * so that nobody looks again. */
static struct wgo_str name_from(struct wgo_json json)
{
    struct wgo_str key, value;
    while (wgo_json_skip(&json, &value) && wgo_json_next_member(&json, &key)) {
        if (wgo_str_is(key, "name")) {
            return wgo_json_skip(&json, &value) ? value : WGO_STR("");
        }
    }
    return WGO_STR("");
}

/* Pairs of name and value stand in lists. */
static bool put_object(struct walk *walk, const struct wgo_tf_active *active, enum wgo_secrecy mode,
                       bool in_list)
{
    struct shape shape = {false, false};
    struct wgo_str key, pair = {0};
    bool first = true;
    if (active->count || active->secret || mode == WGO_SECRECY_PAIRS) {
        shape = shape_of(walk);
    }
    enum wgo_secrecy inner = mode == WGO_SECRECY_VALUE ? WGO_SECRECY_NONE : mode;
    wgo_json_enter_object(&walk->json);
    wgo_buf_char(walk->out, '{');
    while (wgo_json_next_member(&walk->json, &key)) {
        struct wgo_str name = key;
        if (memchr(key.ptr, '\\', key.len)) {
            name = wgo_json_text(quoted(key), &walk->redaction->arena);
            if (!name.ptr) {
                walk->redaction->failed = true;
                return false;
            }
        }
        struct wgo_tf_active below = wgo_tf_marks_step(active, name);
        bool is_value = wgo_str_is(name, "value");
        if (shape.wrapper && is_value) {
            for (unsigned i = 0; i < active->count; i++) {
                if (below.count == WGO_TF_ACTIVE) {
                    below.secret = true;
                    break;
                }
                below.marks[below.count++] = active->marks[i];
            }
        }
        enum wgo_secrecy passed =
            shape.pair && inner == WGO_SECRECY_PAIRS && !is_value ? WGO_SECRECY_NONE : inner;
        enum wgo_secrecy next =
            wgo_secrecy_below(passed, secrecy_of(walk->redaction, name), is_scalar(&walk->json));
        if (in_list && wgo_str_is(name, "name")) {
            struct wgo_json json = walk->json;
            (void)wgo_json_skip(&json, &pair);
        } else if (in_list && is_value && next == WGO_SECRECY_NONE) {
            pair = pair.ptr ? pair : name_from(walk->json);
            next = wgo_secret_pair(pair) ? WGO_SECRECY_VALUE : next;
        }
        if (!first) {
            wgo_buf_char(walk->out, ',');
        }
        first = false;
        wgo_buf_str(walk->out, quoted(key));
        wgo_buf_char(walk->out, ':');
        if (!put_value(walk, &below, next, !(shape.wrapper && wgo_str_is(name, "type")))) {
            return false;
        }
    }
    return wgo_buf_char(walk->out, '}');
}

static bool put_array(struct walk *walk, const struct wgo_tf_active *active, enum wgo_secrecy mode,
                      bool memorable)
{
    wgo_json_enter_array(&walk->json);
    wgo_buf_char(walk->out, '[');
    for (unsigned i = 0; wgo_json_next_item(&walk->json); i++) {
        char name[16];
        int len = active->count ? snprintf(name, sizeof(name), "%u", i) : 0;
        struct wgo_tf_active below =
            wgo_tf_marks_step(active, wgo_str_from(name, len > 0 ? (size_t)len : 0));
        if (i > 0) {
            wgo_buf_char(walk->out, ',');
        }
        walk->in_list = true;
        if (!put_value(walk, &below, mode, memorable)) {
            return false;
        }
    }
    return wgo_buf_char(walk->out, ']');
}

static bool put_value(struct walk *walk, const struct wgo_tf_active *active, enum wgo_secrecy mode,
                      bool memorable)
{
    bool in_list = walk->in_list;
    walk->in_list = false;
    switch (wgo_json_peek(&walk->json)) {
    case WGO_JSON_OBJECT:
        return put_object(walk, active, mode, in_list);
    case WGO_JSON_ARRAY:
        return put_array(walk, active, mode, memorable);
    default:
        return put_scalar(walk, mode, active->secret, memorable);
    }
}

/* A flatmap's key is a path: "ingress.0.description"; "password" anywhere in it makes a secret.
 * Counts ("ingress.#", "tags.%") are not. */
static bool put_flat(struct walk *walk, const struct wgo_tf_active *root)
{
    struct wgo_str key;
    bool first = true;
    wgo_json_enter_object(&walk->json);
    wgo_buf_char(walk->out, '{');
    while (wgo_json_next_member(&walk->json, &key)) {
        struct wgo_tf_active active = *root;
        struct wgo_str rest = wgo_json_text(quoted(key), &walk->redaction->arena), step;
        enum wgo_secrecy mode = WGO_SECRECY_NONE;
        if (!rest.ptr) {
            walk->redaction->failed = true;
            return false;
        }
        bool numbered = false; /* the step before was an element of a list */
        do {
            uint64_t number;
            step = wgo_str_split(&rest, '.');
            active = wgo_tf_marks_step(&active, step);
            enum wgo_secrecy named = secrecy_of(walk->redaction, step);
            if (named != WGO_SECRECY_NONE) {
                mode = wgo_secrecy_below(WGO_SECRECY_NONE, named, !rest.ptr);
            } else if (mode == WGO_SECRECY_PAIRS && numbered && wgo_str_is(step, "name")) {
                mode = WGO_SECRECY_NONE;
            }
            numbered = wgo_str_to_u64(step, &number);
        } while (rest.ptr);
        bool count = wgo_str_is(step, "#") || wgo_str_is(step, "%");
        if (!first) {
            wgo_buf_char(walk->out, ',');
        }
        first = false;
        wgo_buf_str(walk->out, quoted(key));
        wgo_buf_char(walk->out, ':');
        if (!put_value(walk, &active, count ? WGO_SECRECY_NONE : mode, true)) {
            return false;
        }
    }
    return wgo_buf_char(walk->out, '}');
}

/* The paths of 'type', looked up when the type changes: resources of one come together. */
static void find_paths(struct wgo_tf_redaction *redaction, struct wgo_str type)
{
    struct wgo_buf *last = &redaction->last_type;
    if (wgo_str_eq(wgo_buf_view(last), type)) {
        return;
    }
    const char *path;
    redaction->path_count = 0;
    redaction->open = wgo_tf_open_name(type);
    while ((path = wgo_tf_secret_path(type, redaction->path_count)) &&
           redaction->path_count < WGO_TF_PATHS) {
        redaction->paths[redaction->path_count++] = path;
    }
    wgo_buf_reset(last);
    if (!wgo_buf_str(last, type)) {
        wgo_buf_reset(last);
    }
}

static bool gather_marks(struct wgo_tf_redaction *redaction, const struct wgo_tf_instance *instance,
                         struct wgo_tf_mark *root)
{
    struct wgo_arena *arena = &redaction->arena;
    const struct wgo_tf_values values = {.raw = instance->attributes, .flat = instance->flat};
    find_paths(redaction, instance->type);
    for (size_t i = 0; i < redaction->path_count; i++) {
        if (!wgo_tf_marks_add_path(root, wgo_str(redaction->paths[i]), arena)) {
            return false;
        }
    }
    return (!instance->sensitive_paths.len ||
            wgo_tf_marks_add_paths(root, instance->sensitive_paths, &values, arena)) &&
           (!instance->sensitive_values.len ||
            wgo_tf_marks_add_tree(root, instance->sensitive_values, &values, arena));
}

static bool run(struct wgo_tf_redaction *redaction, const struct wgo_tf_instance *instance,
                const struct wgo_tf_mark *root, struct wgo_buf *out)
{
    struct walk walk = {.redaction = redaction, .out = out};
    struct wgo_tf_active active = {.secret = root->secret};
    if (root->first) {
        active.marks[active.count++] = root;
    }
    wgo_json_init(&walk.json, instance->attributes);
    wgo_json_peek(&walk.json);
    bool good = instance->flat ? put_flat(&walk, &active)
                               : put_value(&walk, &active, WGO_SECRECY_NONE, true);
    return good && walk.json.status == WGO_OK && !out->failed && !redaction->failed;
}

/* True when a text that turned out to be secret stands in the attributes more than once. */
static bool known_repeats(const struct wgo_tf_redaction *redaction, struct wgo_str attributes)
{
    for (size_t i = 0; i < redaction->known_count; i++) {
        struct wgo_str known = redaction->known[i], rest = attributes;
        size_t first = wgo_str_find(rest, known);
        rest = wgo_str_slice(rest, first + known.len, rest.len);
        if (wgo_str_find(rest, known) < rest.len) {
            return true;
        }
    }
    return false;
}

enum wgo_status wgo_tf_redact(struct wgo_tf_redaction *redaction,
                              const struct wgo_tf_instance *instance, struct wgo_buf *out,
                              struct wgo_error *err)
{
    struct wgo_tf_mark root = {.secret = false};
    size_t start = out->len;
    wgo_arena_reset(&redaction->arena);
    redaction->known_count = redaction->known_given = 0;
    redaction->failed = false;
    bool good = gather_marks(redaction, instance, &root) && run(redaction, instance, &root, out);
    if (good && known_repeats(redaction, instance->attributes)) {
        /* Once more, now that what is secret is known. */
        redaction->known_given = redaction->known_count;
        out->len = start;
        good = run(redaction, instance, &root, out);
    }
    if (!good) {
        out->len = start;
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    return WGO_OK;
}
