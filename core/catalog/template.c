#include "catalog/template.h"

#include "base/json_write.h"
#include "model/http.h"

#include <ctype.h>

/* Parses the inside of one hole: [+]name[:lower][|fallback]. */
static enum wgo_status parse_hole(struct wgo_arena *arena, struct wgo_str hole,
                                  struct wgo_template_part *part, struct wgo_error *err)
{
    if (hole.len > 0 && hole.ptr[0] == '+') {
        part->reserved = true;
        hole = wgo_str_slice(hole, 1, hole.len);
    }
    size_t bar = wgo_str_find_char(hole, '|');
    if (bar < hole.len) {
        part->has_fallback = true;
        part->fallback = wgo_str_dup(arena, wgo_str_slice(hole, bar + 1, hole.len));
        hole = wgo_str_slice(hole, 0, bar);
    }
    if (wgo_str_ends(hole, WGO_STR(":lower"))) {
        part->lower = true;
        hole = wgo_str_slice(hole, 0, hole.len - 6);
    }
    if (wgo_str_starts(hole, WGO_STR("item."))) {
        part->is_item = true;
        hole = wgo_str_slice(hole, 5, hole.len);
    }
    if (hole.len == 0) {
        return wgo_fail(err, WGO_E_CONFIG, "a hole {} without a name");
    }
    part->name = wgo_str_dup(arena, hole);
    part->slot = -1;
    return part->name.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* Appends the literal up to the next hole to 'text' and returns where the hole begins, or 'len'. */
static size_t read_literal(struct wgo_str source, size_t at, struct wgo_buf *text,
                           const char **out_problem)
{
    while (at < source.len) {
        char c = source.ptr[at];
        bool doubled = at + 1 < source.len && source.ptr[at + 1] == c;
        if ((c == '{' || c == '}') && doubled) {
            wgo_buf_char(text, c);
            at += 2;
            continue;
        }
        if (c == '{') {
            return at;
        }
        if (c == '}') {
            *out_problem = "a } without its {";
            return source.len;
        }
        wgo_buf_char(text, c);
        at++;
    }
    return at;
}

enum wgo_status wgo_template_parse(struct wgo_arena *arena, struct wgo_str source,
                                   struct wgo_template *out, struct wgo_error *err)
{
    struct wgo_template t = {.source = wgo_str_dup(arena, source)};
    struct wgo_buf text = {0};
    enum wgo_status status = WGO_OK;
    size_t at = 0, most = 1;

    for (size_t i = 0; i < source.len; i++) {
        most += source.ptr[i] == '{' ? 2 : 0;
    }
    t.parts = WGO_NEW_ARRAY(arena, struct wgo_template_part, most);
    if (!t.parts) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    while (at < source.len && status == WGO_OK) {
        const char *problem = NULL;
        wgo_buf_reset(&text);
        at = read_literal(source, at, &text, &problem);
        if (problem) {
            status = wgo_fail(err, WGO_E_CONFIG, "%s in \"%.*s\"", problem, WGO_FMT(source));
            break;
        }
        if (text.len > 0) {
            t.parts[t.count++].literal = wgo_str_dup(arena, wgo_buf_view(&text));
        }
        if (at >= source.len) {
            break;
        }
        struct wgo_str rest = wgo_str_slice(source, at + 1, source.len);
        size_t close = wgo_str_find_char(rest, '}');
        if (close == rest.len) {
            status = wgo_fail(err, WGO_E_CONFIG, "a { without its } in \"%.*s\"", WGO_FMT(source));
            break;
        }
        status = parse_hole(arena, wgo_str_slice(rest, 0, close), &t.parts[t.count], err);
        t.count++;
        at += close + 2;
    }
    if (status == WGO_OK && text.failed != WGO_OK) {
        status = wgo_fail(err, text.failed, "out of memory");
    }
    wgo_buf_fini(&text);
    if (status == WGO_OK) {
        *out = t;
    }
    return status;
}

static void put_lower(struct wgo_buf *out, size_t from)
{
    for (size_t i = from; i < out->len; i++) {
        out->ptr[i] = (char)tolower((unsigned char)out->ptr[i]);
    }
}

/* Like wgo_json_quote() but without the surrounding quotes. */
static void put_json_inner(struct wgo_buf *out, struct wgo_str value)
{
    size_t from = out->len;
    if (wgo_json_quote(out, value) && out->len >= from + 2) {
        memmove(out->ptr + from, out->ptr + from + 1, out->len - from - 2);
        out->len -= 2;
    }
}

bool wgo_template_expand(const struct wgo_template *template_, wgo_template_value_fn *value,
                         void *state, enum wgo_template_mode mode, struct wgo_buf *out,
                         struct wgo_str *out_missing)
{
    for (size_t i = 0; i < template_->count; i++) {
        const struct wgo_template_part *part = &template_->parts[i];
        if (part->name.len == 0) {
            wgo_buf_str(out, part->literal);
            continue;
        }
        struct wgo_str text = value(state, part);
        if (text.len == 0) {
            if (!part->has_fallback) {
                if (out_missing) {
                    *out_missing = part->name;
                }
                return false;
            }
            text = part->fallback;
        }
        size_t from = out->len;
        if (mode == WGO_TEMPLATE_URL && !part->reserved) {
            wgo_url_encode(out, text, false);
        } else if (mode == WGO_TEMPLATE_JSON) {
            put_json_inner(out, text);
        } else {
            wgo_buf_str(out, text);
        }
        if (part->lower) {
            put_lower(out, from);
        }
    }
    return out->failed == WGO_OK;
}
