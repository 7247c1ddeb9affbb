#include "model/by_name.h"

#include "base/json.h"
#include "model/secret_names.h"

struct walk {
    const struct wgo_redactor *redactor;
    struct wgo_json json;
    struct wgo_arena *arena;
    struct wgo_buf *out;
};

static bool put_value(struct walk *walk, enum wgo_secrecy secrecy, bool in_list);

static bool put_scalar(struct walk *walk, enum wgo_secrecy secrecy)
{
    struct wgo_str raw;
    if (!wgo_json_skip(&walk->json, &raw)) {
        return false;
    }
    enum wgo_json_kind kind = wgo_json_kind_of(raw);
    bool texty = kind == WGO_JSON_STRING || kind == WGO_JSON_NUMBER;
    bool secret = secrecy == WGO_SECRECY_DEEP || (texty && secrecy != WGO_SECRECY_NONE) ||
                  (kind == WGO_JSON_STRING && wgo_secret_text(raw));
    return secret ? wgo_redact_json((void *)walk->redactor, raw, walk->out)
                  : wgo_buf_str(walk->out, raw);
}

/* What the object to come holds as its "name", as JSON. */
static struct wgo_str name_of(const struct walk *walk)
{
    struct wgo_json json = walk->json;
    struct wgo_str key, value, name = {0};
    wgo_json_enter_object(&json);
    while (!name.ptr && wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        name = wgo_str_is(key, "name") ? value : name;
    }
    return name;
}

static enum wgo_secrecy below(struct walk *walk, enum wgo_secrecy above, bool pair,
                              struct wgo_str name)
{
    enum wgo_json_kind kind = wgo_json_peek(&walk->json);
    bool scalar = kind != WGO_JSON_OBJECT && kind != WGO_JSON_ARRAY;
    bool passes = !pair || wgo_str_is(name, "value");
    return wgo_secrecy_below(passes ? above : WGO_SECRECY_NONE, wgo_secrecy_of(name), scalar);
}

/* Pairs of name and value stand in lists. */
static bool put_object(struct walk *walk, enum wgo_secrecy secrecy, bool in_list)
{
    struct wgo_str key;
    struct wgo_str named =
        secrecy == WGO_SECRECY_PAIRS || in_list ? name_of(walk) : (struct wgo_str){0};
    bool first = true, pair = secrecy == WGO_SECRECY_PAIRS && named.ptr;
    bool secret = in_list && wgo_secret_pair(named);
    enum wgo_secrecy inner = secrecy == WGO_SECRECY_VALUE ? WGO_SECRECY_NONE : secrecy;
    wgo_json_enter_object(&walk->json);
    wgo_buf_char(walk->out, '{');
    while (wgo_json_next_member(&walk->json, &key)) {
        struct wgo_str quoted = wgo_str_from(key.ptr - 1, key.len + 2);
        struct wgo_str name =
            memchr(key.ptr, '\\', key.len) ? wgo_json_text(quoted, walk->arena) : key;
        if (!name.ptr) {
            return false;
        }
        if (!first) {
            wgo_buf_char(walk->out, ',');
        }
        first = false;
        wgo_buf_str(walk->out, quoted);
        wgo_buf_char(walk->out, ':');
        enum wgo_secrecy next = below(walk, inner, pair, name);
        bool told = secret && next == WGO_SECRECY_NONE && wgo_str_is(name, "value");
        if (!put_value(walk, told ? WGO_SECRECY_VALUE : next, false)) {
            return false;
        }
    }
    return wgo_buf_char(walk->out, '}');
}

static bool put_array(struct walk *walk, enum wgo_secrecy secrecy)
{
    bool first = true;
    wgo_json_enter_array(&walk->json);
    wgo_buf_char(walk->out, '[');
    while (wgo_json_next_item(&walk->json)) {
        if (!first) {
            wgo_buf_char(walk->out, ',');
        }
        first = false;
        if (!put_value(walk, secrecy, true)) {
            return false;
        }
    }
    return wgo_buf_char(walk->out, ']');
}

static bool put_value(struct walk *walk, enum wgo_secrecy secrecy, bool in_list)
{
    switch (wgo_json_peek(&walk->json)) {
    case WGO_JSON_OBJECT:
        return put_object(walk, secrecy, in_list);
    case WGO_JSON_ARRAY:
        return put_array(walk, secrecy);
    default:
        return put_scalar(walk, secrecy);
    }
}

bool wgo_redact_by_name(const struct wgo_redactor *redactor, struct wgo_str document,
                        struct wgo_arena *arena, struct wgo_buf *out)
{
    struct walk walk = {.redactor = redactor, .arena = arena, .out = out};
    wgo_json_init(&walk.json, document);
    return put_value(&walk, WGO_SECRECY_NONE, false) && walk.json.status == WGO_OK && !out->failed;
}
