#include "catalog/template.h"

#include "base/clock.h"
#include "base/json_write.h"
#include "model/http.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

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

/* Letters, digits, - and _; {token.1} is the second of a page's tokens. */
static bool is_variable(struct wgo_str name)
{
    if (wgo_str_starts(name, WGO_STR("token.")) && name.len == 7) {
        return name.ptr[6] >= '0' && name.ptr[6] < '0' + WGO_PAGE_TOKENS;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (!isalnum((unsigned char)name.ptr[i]) && name.ptr[i] != '_' && name.ptr[i] != '-') {
            return false;
        }
    }
    return name.len > 0;
}

static const struct {
    const char *suffix;
    enum wgo_template_filter filter;
} FILTERS[] = {
    {":lower", WGO_FILTER_LOWER},   {":time", WGO_FILTER_TIME}, {":ms", WGO_FILTER_MS},
    {":utc", WGO_FILTER_UTC},       {":last", WGO_FILTER_LAST}, {":json", WGO_FILTER_JSON},
    {":member", WGO_FILTER_MEMBER},
};

static struct wgo_str cut_filters(struct wgo_str name, unsigned *out_filters)
{
    for (size_t i = 0; i < WGO_COUNT(FILTERS); i++) {
        struct wgo_str suffix = wgo_str(FILTERS[i].suffix);
        if (wgo_str_ends(name, suffix)) {
            *out_filters |= FILTERS[i].filter;
            name = wgo_str_slice(name, 0, name.len - suffix.len);
            i = (size_t)-1; /* there may be another before it */
        }
    }
    return name;
}

/* The filter that the word behind the last colon may have been meant as; "" when it is like none,
 * NULL where there is no such word. */
static const char *meant_filter(struct wgo_str name, unsigned *out_distance)
{
    struct wgo_str word = name;
    for (size_t colon; (colon = wgo_str_find_unquoted(word, ':')) < word.len;) {
        word = wgo_str_slice(word, colon + 1, word.len);
    }
    if (word.len == 0 || word.len == name.len) {
        return NULL;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (!isalpha((unsigned char)word.ptr[i])) {
            return NULL;
        }
    }
    const char *nearest = "";
    *out_distance = 3;
    for (size_t i = 0; i < WGO_COUNT(FILTERS); i++) {
        unsigned distance = wgo_str_distance(word, wgo_str(FILTERS[i].suffix + 1));
        nearest = distance < *out_distance ? FILTERS[i].suffix : nearest;
        *out_distance = distance < *out_distance ? distance : *out_distance;
    }
    return nearest;
}

/* Keys of tags may hold colons: only what is one letter off is a mistake there. */
static enum wgo_status check_filters(struct wgo_str name, bool is_tag, struct wgo_str whole,
                                     struct wgo_error *err)
{
    unsigned distance;
    const char *meant = meant_filter(name, &distance);
    if (!meant || (is_tag && distance > 1)) {
        return WGO_OK;
    }
    wgo_fail(err, WGO_E_CONFIG, "{%.*s}: no such filter", WGO_FMT(whole));
    if (meant[0]) {
        wgo_error_hint(err, "did you mean %s?", meant);
    } else {
        wgo_error_hint(err,
                       "there are :lower, :time, :ms, :utc, :last, :json and :member; a member "
                       "whose name holds a colon is written in quotes");
    }
    return WGO_E_CONFIG;
}

/* One name of a hole: [+]name[:filter ...]. */
static enum wgo_status parse_name(struct wgo_arena *arena, struct wgo_str name,
                                  struct wgo_template_part *part, struct wgo_error *err)
{
    struct wgo_str whole = name;
    part->is_hole = true;
    part->slot = -1;
    if (name.len > 0 && name.ptr[0] == '+') {
        part->reserved = true;
        name = wgo_str_slice(name, 1, name.len);
    }
    name = cut_filters(name, &part->filters);
    if (part->filters & WGO_FILTER_JSON && part->filters != WGO_FILTER_JSON) {
        return wgo_fail(err, WGO_E_CONFIG, "{%.*s}: :json goes with no other filter",
                        WGO_FMT(whole));
    }
    if (part->filters & WGO_FILTER_MEMBER && !wgo_str_is(name, "item")) {
        return wgo_fail(err, WGO_E_CONFIG,
                        "{%.*s}: only an item has a member's name, {item:member}", WGO_FMT(whole));
    }
    if (wgo_str_is(name, "item")) {
        part->is_item = true;
        return WGO_OK;
    }
    if (wgo_str_starts(name, WGO_STR("item."))) {
        part->is_item = true;
        name = wgo_str_slice(name, 5, name.len);
    } else if (wgo_str_starts(name, WGO_STR("tag."))) {
        part->is_tag = true;
        name = wgo_str_slice(name, 4, name.len);
    }
    if (name.len == 0) {
        return wgo_fail(err, WGO_E_CONFIG, "a hole {%.*s} without a name", WGO_FMT(whole));
    }
    if (check_filters(name, part->is_tag, whole, err) != WGO_OK) {
        return WGO_E_CONFIG;
    }
    if (!part->is_item && !part->is_tag && !is_variable(name)) {
        enum wgo_status status =
            wgo_fail(err, WGO_E_CONFIG, "{%.*s} is not the name of a variable", WGO_FMT(whole));
        wgo_error_hint(
            err,
            "{name}, {item.PATH}, {tag.KEY}, {+name}, {a,b|text}, and the filters "
            ":lower, :time, :ms, :utc, :last, :json and :member; braces are written {{ and }}");
        return status;
    }
    part->name = wgo_str_dup(arena, name);
    return part->name.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* Parses the inside of one hole, name[,name ...][|fallback], into as many parts as it has names;
 * 'bar' is where the fallback begins. */
static enum wgo_status parse_hole(struct wgo_arena *arena, struct wgo_str hole, size_t bar,
                                  struct wgo_template *t, struct wgo_error *err)
{
    struct wgo_str names = wgo_str_slice(hole, 0, bar);
    enum wgo_status status = WGO_OK;
    for (bool more = true; more && status == WGO_OK;) {
        size_t end = wgo_str_find_unquoted(names, ',');
        struct wgo_template_part *part = &t->parts[t->count++];
        status = parse_name(arena, wgo_str_slice(names, 0, end), part, err);
        more = end < names.len;
        part->has_other = more;
        if (more) {
            names = wgo_str_slice(names, end + 1, names.len);
        } else if (bar < hole.len) {
            part->has_fallback = true;
            part->fallback = wgo_str_dup(arena, wgo_str_slice(hole, bar + 1, hole.len));
            if (!part->fallback.ptr && status == WGO_OK) {
                status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
            }
        }
    }
    return status;
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
        most += source.ptr[i] == '{' ? 2 : source.ptr[i] == ',';
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
        status = parse_hole(arena, wgo_str_slice(rest, 0, close), bar, &t, err);
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

enum wgo_status wgo_template_escape(struct wgo_arena *arena, struct wgo_template *template_,
                                    bool in_query)
{
    struct wgo_buf text = {0};
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < template_->count && status == WGO_OK; i++) {
        struct wgo_template_part *part = &template_->parts[i];
        if (part->is_hole) {
            continue;
        }
        wgo_buf_reset(&text);
        wgo_url_escape(&text, part->literal, in_query ? WGO_URL_VALUE : WGO_URL_TARGET);
        part->literal = wgo_str_dup(arena, wgo_buf_view(&text));
        status = text.failed == WGO_OK && part->literal.ptr ? WGO_OK : WGO_E_NOMEM;
    }
    wgo_buf_fini(&text);
    return status;
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

/* ---- filters ---- */

/* A date, or a date and a time, that says of no zone. */
static bool parse_utc(struct wgo_str value, struct wgo_wall *out)
{
    static const char *const rests[] = {"Z", "T00:00:00Z"};
    char fixed[WGO_TEMPLATE_SCRATCH];
    bool good = false;
    for (size_t i = 0; i < WGO_COUNT(rests) && !good && value.len + 11 < sizeof(fixed); i++) {
        snprintf(fixed, sizeof(fixed), "%.*s%s", WGO_FMT(value), rests[i]);
        good = wgo_wall_parse(wgo_str(fixed), out);
    }
    return good;
}

/* As RFC 3339 has it or HTTP, or with an offset that lacks its colon, as in ISO 8601 and from Jira.
 */
static bool parse_time(struct wgo_str value, bool utc, struct wgo_wall *out)
{
    char fixed[WGO_TEMPLATE_SCRATCH];
    if (wgo_wall_parse(value, out) || wgo_wall_parse_http(value, out) ||
        (utc && parse_utc(value, out))) {
        return true;
    }
    if (value.len < 5 || value.len + 2 > sizeof(fixed) || !strchr("+-", value.ptr[value.len - 5])) {
        return false;
    }
    snprintf(fixed, sizeof(fixed), "%.*s:%.2s", (int)(value.len - 2), value.ptr,
             value.ptr + value.len - 2);
    return wgo_wall_parse(wgo_str(fixed), out);
}

/* Whole or broken seconds (or milliseconds) since 1970, or a date with any offset. What is neither
 * stays as it is. */
static struct wgo_str to_time(struct wgo_str value, unsigned filters,
                              char scratch[WGO_TEMPLATE_SCRATCH])
{
    struct wgo_wall wall;
    char number[WGO_TEMPLATE_SCRATCH], *end = NULL;
    if (!parse_time(value, filters & WGO_FILTER_UTC, &wall)) {
        if (value.len == 0 || value.len >= sizeof(number)) {
            return value;
        }
        memcpy(number, value.ptr, value.len);
        number[value.len] = '\0';
        double seconds = strtod(number, &end) / (filters & WGO_FILTER_MS ? 1000 : 1);
        if (*end != '\0' || !(seconds > -1e10 && seconds < 9e9)) {
            return value;
        }
        int64_t whole_ms = (int64_t)(seconds * 1000 + (seconds < 0 ? -0.5 : 0.5));
        wall.ns = whole_ms * WGO_MS;
    }
    wgo_wall_format(wall, wall.ns % WGO_S != 0, scratch);
    return wgo_str(scratch);
}

static struct wgo_str after_last(struct wgo_str value)
{
    size_t at = value.len;
    while (at > 0 && value.ptr[at - 1] != '/' && value.ptr[at - 1] != ':') {
        at--;
    }
    return wgo_str_slice(value, at, value.len);
}

struct wgo_str wgo_template_filter(const struct wgo_template_part *part, struct wgo_str value,
                                   char scratch[WGO_TEMPLATE_SCRATCH])
{
    if (part->filters & (WGO_FILTER_TIME | WGO_FILTER_MS | WGO_FILTER_UTC)) {
        value = to_time(value, part->filters, scratch);
    }
    return part->filters & WGO_FILTER_LAST ? after_last(value) : value;
}

/* ---- expansion ---- */

static void put(const struct wgo_template_part *part, struct wgo_str text,
                enum wgo_template_mode mode, struct wgo_buf *out)
{
    char scratch[WGO_TEMPLATE_SCRATCH];
    size_t from = out->len;
    text = wgo_template_filter(part, text, scratch);
    if (mode == WGO_TEMPLATE_URL && part->reserved) {
        wgo_url_escape(out, text, WGO_URL_RESERVED); /* RFC 6570's "+" */
    } else if (mode == WGO_TEMPLATE_URL) {
        wgo_url_encode(out, text, false);
    } else if (mode == WGO_TEMPLATE_JSON && !(part->filters & WGO_FILTER_JSON)) {
        put_json_inner(out, text);
    } else {
        wgo_buf_str(out, text);
    }
    if (part->filters & WGO_FILTER_LOWER) {
        for (size_t i = from; i < out->len; i++) {
            out->ptr[i] = (char)tolower((unsigned char)out->ptr[i]);
        }
    }
}

bool wgo_template_expand(const struct wgo_template *template_, wgo_template_value_fn *value,
                         void *state, enum wgo_template_mode mode, struct wgo_buf *out,
                         struct wgo_str *out_missing)
{
    for (size_t i = 0; i < template_->count; i++) {
        const struct wgo_template_part *part = &template_->parts[i];
        if (!part->is_hole) {
            wgo_buf_str(out, part->literal);
            continue;
        }
        struct wgo_str text = value(state, part);
        while (text.len == 0 && part->has_other) {
            part = &template_->parts[++i];
            text = value(state, part);
        }
        const struct wgo_template_part *last = part;
        while (last->has_other) {
            last = &template_->parts[++i];
        }
        if (text.len == 0 && !last->has_fallback) {
            if (out_missing) {
                *out_missing = last->is_item && last->name.len == 0 ? WGO_STR("item") : last->name;
            }
            return false;
        }
        put(part, text.len == 0 ? last->fallback : text, mode, out);
    }
    return out->failed == WGO_OK;
}

struct wgo_str wgo_template_constant(const struct wgo_template *t)
{
    return t->count == 1 && !t->parts[0].is_hole ? t->parts[0].literal : (struct wgo_str){0};
}
