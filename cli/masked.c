#include "cli/masked.h"

#include "base/secret.h"
#include "model/url.h"

/* What a setting is a part of. */
enum part {
    PLAIN,
    CALLED, /* members of a call: headers, parameters, members of a body */
    AUTH,
};

/* How names of settings end whose values are nobody's business on a screen. "key" alone is where
 * a state is, and a setting of limits. */
static const char *const ENDS[] = {
    "password", "passwd", "passphrase",  "secret",   "token",     "_key",
    "_key_pem", "_auth",  "credentials", "conn_str", "_key_data", "client_certificate",
};

static const struct {
    const char *key;
    enum part part;
} PARTS[] = {
    {"auth", AUTH},          {"headers", CALLED}, {"query", CALLED},
    {"first_query", CALLED}, {"form", CALLED},    {"json", CALLED},
};

static enum part part_of(struct wgo_str key, enum part outer)
{
    for (size_t i = 0; i < WGO_COUNT(PARTS) && outer != CALLED; i++) {
        if (wgo_str_is(key, PARTS[i].key)) {
            return PARTS[i].part;
        }
    }
    return outer;
}

static bool is_secret(struct wgo_str key, enum part part)
{
    if (part == CALLED) {
        return wgo_name_is_secret(key);
    }
    for (size_t i = 0; i < WGO_COUNT(ENDS); i++) {
        if (wgo_str_ends(key, wgo_str(ENDS[i]))) {
            return true;
        }
    }
    return part == AUTH && (wgo_str_is(key, "value") || wgo_str_is(key, "keys"));
}

/* Not a secret, but where it comes from. */
static bool leads_elsewhere(struct wgo_str text, enum part part)
{
    size_t open = wgo_str_find_char(text, '{');
    return part == CALLED
               ? wgo_str_find_char(wgo_str_slice(text, open, text.len), '}') < text.len - open
               : part == AUTH && (wgo_str_starts(text, WGO_STR("env:")) ||
                                  wgo_str_starts(text, WGO_STR("file:")));
}

static bool mask_text(struct wgo_yaml *node, enum part part, bool secret, struct wgo_arena *arena)
{
    struct wgo_buf shown = {0};
    if (secret && !leads_elsewhere(node->text, part)) {
        node->text = WGO_STR("***");
        return true;
    }
    wgo_url_put_shown(&shown, node->text);
    bool same = wgo_str_eq(wgo_buf_view(&shown), node->text);
    if (!same && shown.failed == WGO_OK) {
        node->text = wgo_str_dup(arena, wgo_buf_view(&shown));
    }
    bool done = shown.failed == WGO_OK && (same || node->text.ptr);
    wgo_buf_fini(&shown);
    return done;
}

/* Trees are at most 64 deep. */
static struct wgo_yaml *mask(const struct wgo_yaml *node, enum part part, bool secret,
                             struct wgo_arena *arena)
{
    struct wgo_yaml *copy = WGO_NEW(arena, struct wgo_yaml);
    if (!copy) {
        return NULL;
    }
    *copy = *node;
    copy->next = copy->first = NULL;
    if (node->kind == WGO_YAML_SCALAR) {
        return mask_text(copy, part, secret, arena) ? copy : NULL;
    }
    struct wgo_yaml **end = &copy->first;
    bool map = node->kind == WGO_YAML_MAP;
    /* What is said of a key of `auth:` in several words has names of its own. */
    secret = secret && !(map && part == AUTH);
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        bool hide = secret || (map && is_secret(at->key, part));
        *end = mask(at, map ? part_of(at->key, part) : part, hide, arena);
        if (!*end) {
            return NULL;
        }
        end = &(*end)->next;
    }
    return copy;
}

const struct wgo_yaml *wgo_masked(const struct wgo_yaml *node, struct wgo_arena *arena)
{
    return mask(node, part_of(node->key, PLAIN), is_secret(node->key, PLAIN), arena);
}
