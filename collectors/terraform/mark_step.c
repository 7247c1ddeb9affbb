#include "terraform/mark_step.h"

#include "base/json.h"

/* ---- reading a step ---- */

/* The digits of 'text' after those of '*number'. */
static bool add_digits(struct wgo_str text, uint64_t *number)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *number > UINT32_MAX) {
            return false;
        }
        *number = *number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len > 0;
}

/* Whole, however it is written: 1, 1.0, 10e-1. False for any other, and for what no list holds. */
static bool whole_number(struct wgo_str text, uint64_t *out)
{
    bool negative = wgo_str_starts(text, WGO_STR("-"));
    size_t end = wgo_str_find_char(text, 'e');
    end = end < text.len ? end : wgo_str_find_char(text, 'E');
    struct wgo_str fraction = wgo_str_slice(text, negative, end);
    struct wgo_str power = wgo_str_slice(text, end + 1, text.len);
    struct wgo_str whole = wgo_str_split(&fraction, '.');
    uint64_t number = 0;
    int64_t scale = 0;
    power = wgo_str_slice(power, wgo_str_starts(power, WGO_STR("+")), power.len);
    if (!add_digits(whole, &number) || (fraction.ptr && !add_digits(fraction, &number)) ||
        (end < text.len && !wgo_str_to_i64(power, &scale)) || scale < -20 || scale > 20) {
        return false;
    }
    for (scale -= (int64_t)fraction.len; scale < 0; scale++, number /= 10) {
        if (number % 10 != 0) {
            return false;
        }
    }
    for (; scale > 0; scale--, number *= 10) {
        if (number > UINT32_MAX) {
            return false;
        }
    }
    *out = number;
    return !negative || number == 0;
}

bool wgo_tf_mark_step_read(struct wgo_str raw, struct wgo_arena *arena,
                           struct wgo_tf_mark_step *out)
{
    struct wgo_str type = {0}, value = {0}, of;
    wgo_tf_mark_member(raw, WGO_STR("type"), arena, &type);
    wgo_tf_mark_member(raw, WGO_STR("value"), arena, &value);
    bool index = wgo_str_is(wgo_json_text(type, arena), "index");
    bool number = index, string = true;
    if (!index && !wgo_str_is(wgo_json_text(type, arena), "get_attr")) {
        return false;
    }
    if (index && wgo_json_kind_of(value) == WGO_JSON_OBJECT) {
        struct wgo_str typed = value;
        value = (struct wgo_str){0};
        wgo_tf_mark_member(typed, WGO_STR("value"), arena, &value);
        if (wgo_tf_mark_member(typed, WGO_STR("type"), arena, &of) > 0) {
            number = wgo_str_is(of, "\"number\"");
            string = wgo_str_is(of, "\"string\"");
        }
    }
    enum wgo_json_kind kind = wgo_json_kind_of(value);
    struct wgo_str text = wgo_json_text(value, arena);
    if (string && kind == WGO_JSON_STRING && text.ptr) {
        *out = (struct wgo_tf_mark_step){.name = text};
        return true;
    }
    *out = (struct wgo_tf_mark_step){.index = 0};
    return number && (kind == WGO_JSON_NUMBER || kind == WGO_JSON_STRING) &&
           whole_number(text, &out->index); /* else: an element of a set, named by its value */
}

/* ---- finding where it leads ---- */

unsigned wgo_tf_mark_member(struct wgo_str object, struct wgo_str name, struct wgo_arena *arena,
                            struct wgo_str *out)
{
    struct wgo_json json;
    struct wgo_str key, span;
    unsigned count = 0;
    wgo_json_init(&json, object);
    if (wgo_json_kind_of(object) != WGO_JSON_OBJECT) {
        return 0;
    }
    wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &span)) {
        if (wgo_str_find_char(key, '\\') < key.len) {
            key = wgo_json_text(wgo_str_from(key.ptr - 1, key.len + 2), arena);
        }
        if (wgo_str_eq(key, name)) {
            *out = span;
            count++;
        }
    }
    return count;
}

static unsigned find_item(struct wgo_str list, uint64_t index, struct wgo_str *out)
{
    struct wgo_json json;
    struct wgo_str span;
    wgo_json_init(&json, list);
    if (wgo_json_kind_of(list) != WGO_JSON_ARRAY) {
        return 0;
    }
    wgo_json_enter_array(&json);
    while (wgo_json_next_item(&json) && wgo_json_skip(&json, &span)) {
        if (index-- == 0) {
            *out = span;
            return 1;
        }
    }
    return 0;
}

static unsigned find(const struct wgo_tf_mark_step *step, struct wgo_str value,
                     struct wgo_arena *arena, struct wgo_str *out)
{
    return step->name.ptr ? wgo_tf_mark_member(value, step->name, arena, out)
                          : find_item(value, step->index, out);
}

/* Of {"value", "type"}, which is how Terraform writes a value of any type; else empty. */
static struct wgo_str unwrapped(struct wgo_str value)
{
    struct wgo_json json;
    struct wgo_str key, span, inner = {0};
    unsigned count = 0, types = 0;
    wgo_json_init(&json, value);
    if (wgo_json_kind_of(value) != WGO_JSON_OBJECT) {
        return inner;
    }
    wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &span)) {
        inner = wgo_str_is(key, "value") ? span : inner;
        types += wgo_str_is(key, "type");
        count++;
    }
    return count == 2 && types == 1 ? inner : (struct wgo_str){0};
}

unsigned wgo_tf_mark_step_go(const struct wgo_tf_mark_step *step, struct wgo_str value,
                             struct wgo_arena *arena, struct wgo_str *out)
{
    unsigned count = find(step, value, arena, out);
    return count ? count : find(step, unwrapped(value), arena, out);
}

bool wgo_tf_mark_is_flat(struct wgo_str flatmap, struct wgo_str name, struct wgo_arena *arena)
{
    struct wgo_json json;
    struct wgo_str key;
    wgo_json_init(&json, flatmap);
    wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, NULL)) {
        struct wgo_str text = wgo_json_text(wgo_str_from(key.ptr - 1, key.len + 2), arena);
        if (wgo_str_eq(wgo_str_split(&text, '.'), name)) {
            return true;
        }
    }
    return false;
}
