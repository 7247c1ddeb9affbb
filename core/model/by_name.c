#include "model/by_name.h"

#include "base/json.h"
#include "model/secret_names.h"

struct walk {
    const struct wgo_redactor *redactor;
    struct wgo_json json;
    struct wgo_arena *arena;
    struct wgo_buf *out;
};

static bool put_value(struct walk *walk, enum wgo_secrecy secrecy);

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

static bool has_name(const struct walk *walk)
{
    struct wgo_json json = walk->json;
    struct wgo_str key;
    bool found = false;
    wgo_json_enter_object(&json);
    while (!found && wgo_json_next_member(&json, &key) && wgo_json_skip(&json, NULL)) {
        found = wgo_str_is(key, "name");
    }
    return found;
}

static enum wgo_secrecy below(struct walk *walk, enum wgo_secrecy above, bool pair,
                              struct wgo_str name)
{
    enum wgo_json_kind kind = wgo_json_peek(&walk->json);
    bool scalar = kind != WGO_JSON_OBJECT && kind != WGO_JSON_ARRAY;
    bool passes = !pair || wgo_str_is(name, "value");
    return wgo_secrecy_below(passes ? above : WGO_SECRECY_NONE, wgo_secrecy_of(name), scalar);
}

static bool put_object(struct walk *walk, enum wgo_secrecy secrecy)
{
    struct wgo_str key;
    bool first = true, pair = secrecy == WGO_SECRECY_PAIRS && has_name(walk);
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
        if (!put_value(walk, below(walk, inner, pair, name))) {
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
        if (!put_value(walk, secrecy)) {
            return false;
        }
    }
    return wgo_buf_char(walk->out, ']');
}

static bool put_value(struct walk *walk, enum wgo_secrecy secrecy)
{
    switch (wgo_json_peek(&walk->json)) {
    case WGO_JSON_OBJECT:
        return put_object(walk, secrecy);
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
    return put_value(&walk, WGO_SECRECY_NONE) && walk.json.status == WGO_OK && !out->failed;
}
