#include "catalog/template.h"

#include "base/json_write.h"
#include "model/http.h"

#include <ctype.h>

/* Where a hole ends: at the first } outside a path's quotes, or at 'len'. '*out_bar' is where its
 * fallback begins, or 'len'. */
static size_t hole_end(struct wgo_str text, size_t *out_bar)
{
    bool quoted = false;
    *out_bar = text.len;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"' && *out_bar == text.len) { /* quotes in a fallback are text */
            quoted = !quoted;
        } else if (!quoted && c == '|' && *out_bar == text.len) {
            *out_bar = i;
        } else if (!quoted && c == '}') {
            return i;
        }
    }
    return text.len;
}

static bool is_variable(struct wgo_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!isalnum((unsigned char)name.ptr[i]) && name.ptr[i] != '_' && name.ptr[i] != '-') {
            return false;
        }
    }
    return name.len > 0;
}

/* Parses the inside of one hole: [+]name[:lower][|fallback]; 'bar' is where the fallback begins. */
static enum wgo_status parse_hole(struct wgo_arena *arena, struct wgo_str hole, size_t bar,
                                  struct wgo_template_part *part, struct wgo_error *err)
{
    struct wgo_str whole = hole;
    if (bar < hole.len) {
        part->has_fallback = true;
        part->fallback = wgo_str_dup(arena, wgo_str_slice(hole, bar + 1, hole.len));
        hole = wgo_str_slice(hole, 0, bar);
    }
    if (hole.len > 0 && hole.ptr[0] == '+') {
        part->reserved = true;
        hole = wgo_str_slice(hole, 1, hole.len);
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
        return wgo_fail(err, WGO_E_CONFIG, "a hole {%.*s} without a name", WGO_FMT(whole));
    }
    if (!part->is_item && !is_variable(hole)) {
        enum wgo_status status =
            wgo_fail(err, WGO_E_CONFIG, "{%.*s} is not the name of a variable", WGO_FMT(whole));
        wgo_error_hint(err, "{name}, {item.PATH}, {+name}, {name:lower}, {name|text}; braces are "
                            "written {{ and }}");
        return status;
    }
    part->name = wgo_str_dup(arena, hole);
    part->slot = -1;
    bool kept = part->name.ptr && (!part->has_fallback || part->fallback.ptr);
    return kept ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
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
            t.parts[t.count].literal = wgo_str_dup(arena, wgo_buf_view(&text));
            if (!t.parts[t.count++].literal.ptr) {
                status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
                break;
            }
        }
        if (at >= source.len) {
            break;
        }
        struct wgo_str rest = wgo_str_slice(source, at + 1, source.len);
        size_t bar, close = hole_end(rest, &bar);
        if (close == rest.len) {
            status = wgo_fail(err, WGO_E_CONFIG, "a { without its } in \"%.*s\"", WGO_FMT(source));
            break;
        }
        status = parse_hole(arena, wgo_str_slice(rest, 0, close), bar, &t.parts[t.count], err);
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

/* RFC 6570's "+": reserved characters and triplets stay as they are. */
static void put_reserved(struct wgo_buf *out, struct wgo_str text)
{
    static const char reserved[] = ":/?#[]@!$&'()*+,;=";
    for (size_t i = 0; i < text.len; i++) {
        struct wgo_str rest = wgo_str_slice(text, i, text.len);
        bool triplet = rest.len >= 3 && rest.ptr[0] == '%' &&
                       isxdigit((unsigned char)rest.ptr[1]) && isxdigit((unsigned char)rest.ptr[2]);
        if (triplet || (rest.ptr[0] != '\0' && strchr(reserved, rest.ptr[0]))) {
            wgo_buf_char(out, rest.ptr[0]);
        } else {
            wgo_url_encode(out, wgo_str_slice(rest, 0, 1), false);
        }
    }
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
        if (mode == WGO_TEMPLATE_URL && part->reserved) {
            put_reserved(out, text);
        } else if (mode == WGO_TEMPLATE_URL) {
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
