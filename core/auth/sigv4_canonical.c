#include "auth/sigv4_canonical.h"

#include "auth/sigv4.h"

#include <stdlib.h>

void wgo_sigv4_stamp(struct wgo_wall now, char out[WGO_SIGV4_STAMP])
{
    char text[WGO_WALL_TEXT];
    size_t len = 0;
    wgo_wall_format(now, false, text);
    for (const char *c = text; *c && len < WGO_SIGV4_STAMP - 1; c++) {
        if (*c != '-' && *c != ':') {
            out[len++] = *c;
        }
    }
    out[len] = '\0';
}

static bool is_scheme(struct wgo_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || strchr("+-.", c)))) {
            return false;
        }
    }
    return s.len > 0;
}

bool wgo_sigv4_url_split(struct wgo_str url, struct wgo_sigv4_url *out)
{
    size_t scheme_end = wgo_str_find(url, WGO_STR("://"));
    struct wgo_str scheme = wgo_str_slice(url, 0, scheme_end);
    if (scheme_end == url.len || !is_scheme(scheme)) {
        return false;
    }
    for (size_t i = 0; i < url.len; i++) {
        if ((unsigned char)url.ptr[i] < ' ' || url.ptr[i] == 0x7f) {
            return false;
        }
    }
    size_t start = scheme_end + 3, end = start;
    while (end < url.len && !strchr("/?#", url.ptr[end])) {
        end++;
    }
    struct wgo_str host = wgo_str_slice(url, start, end);
    for (size_t i = host.len; i > 0; i--) {
        if (host.ptr[i - 1] == '@') {
            host = wgo_str_slice(host, i, host.len);
            break;
        }
    }
    struct wgo_str port = wgo_str_eq_nocase(scheme, WGO_STR("https"))  ? WGO_STR(":443")
                          : wgo_str_eq_nocase(scheme, WGO_STR("http")) ? WGO_STR(":80")
                                                                       : (struct wgo_str){0};
    if (port.len > 0 && wgo_str_ends(host, port)) {
        host.len -= port.len;
    }
    if (host.len == 0) {
        return false;
    }
    url.len = wgo_str_find_char(url, '#'); /* a fragment is never sent */
    struct wgo_str rest = wgo_str_slice(url, end, url.len);
    size_t path_len = wgo_str_find_char(rest, '?');
    *out = (struct wgo_sigv4_url){
        .before_query = wgo_str_slice(url, 0, end + path_len),
        .host = host,
        .path = wgo_str_slice(rest, 0, path_len),
        .query = wgo_str_slice(rest, path_len + 1, rest.len),
    };
    return true;
}

/* ---- path ---- */

/* Appends 'path' without ".", "..", and empty segments. A slash at the end stays. */
static void put_resolved(struct wgo_buf *out, struct wgo_str path)
{
    size_t start = out->len;
    struct wgo_str rest = path;
    while (rest.ptr) {
        struct wgo_str segment = wgo_str_split(&rest, '/');
        if (wgo_str_eq(segment, WGO_STR(".."))) {
            while (out->len > start && out->ptr[--out->len] != '/') {
            }
        } else if (segment.len > 0 && !wgo_str_eq(segment, WGO_STR("."))) {
            wgo_buf_char(out, '/');
            wgo_buf_str(out, segment);
        }
    }
    if (out->len == start || wgo_str_ends(path, WGO_STR("/"))) {
        wgo_buf_char(out, '/');
    }
}

/* Encodes what 'text' stands for; where that cannot be told, what it is. */
static void put_recoded(struct wgo_buf *out, struct wgo_str text, bool keep_slash)
{
    struct wgo_buf plain = {0};
    if (wgo_url_decode(&plain, text)) {
        text = wgo_buf_view(&plain);
    }
    wgo_url_encode(out, text, keep_slash);
    if (plain.failed) {
        out->failed = plain.failed;
    }
    wgo_buf_fini(&plain);
}

void wgo_sigv4_put_path(struct wgo_buf *out, struct wgo_str path, unsigned flags)
{
    struct wgo_buf resolved = {0};
    if (path.len == 0) {
        path = WGO_STR("/");
    }
    if (!(flags & WGO_SIGV4_RAW_PATH)) {
        put_resolved(&resolved, path);
        path = wgo_buf_view(&resolved);
    }
    if (flags & WGO_SIGV4_ENCODE_ONCE) {
        put_recoded(out, path, true);
    } else {
        wgo_url_encode(out, path, true);
    }
    if (resolved.failed) {
        out->failed = resolved.failed;
    }
    wgo_buf_fini(&resolved);
}

/* ---- query ---- */

struct parameter {
    struct wgo_str name, value;
};

static int compare_parameters(const void *a, const void *b)
{
    const struct parameter *x = a, *y = b;
    int order = wgo_str_cmp(x->name, y->name);
    return order ? order : wgo_str_cmp(x->value, y->value);
}

static struct wgo_str recoded(struct wgo_str text, struct wgo_arena *arena)
{
    struct wgo_buf buf = {0};
    put_recoded(&buf, text, false);
    struct wgo_str copy = {0};
    if (!buf.failed) {
        copy = buf.len > 0 ? wgo_str_dup(arena, wgo_buf_view(&buf)) : WGO_STR("");
    }
    wgo_buf_fini(&buf);
    return copy;
}

bool wgo_sigv4_put_query(struct wgo_buf *out, struct wgo_str query, struct wgo_arena *arena)
{
    size_t most = 1, count = 0;
    for (size_t i = 0; i < query.len; i++) {
        most += query.ptr[i] == '&';
    }
    struct parameter *parameters = WGO_NEW_ARRAY(arena, struct parameter, most);
    if (!parameters) {
        return false;
    }
    struct wgo_str rest = query;
    while (rest.ptr) {
        struct wgo_str value = wgo_str_split(&rest, '&');
        if (value.len == 0) {
            continue;
        }
        struct wgo_str name = wgo_str_split(&value, '=');
        struct parameter made = {recoded(name, arena), recoded(value, arena)};
        if (!made.name.ptr || !made.value.ptr) {
            return false;
        }
        parameters[count++] = made;
    }
    qsort(parameters, count, sizeof(*parameters), compare_parameters);
    for (size_t i = 0; i < count; i++) {
        wgo_buf_cstr(out, i > 0 ? "&" : "");
        wgo_buf_str(out, parameters[i].name);
        wgo_buf_char(out, '=');
        wgo_buf_str(out, parameters[i].value);
    }
    return !out->failed;
}

/* ---- headers ---- */

bool wgo_sigv4_signs_header(struct wgo_str name)
{
    static const char *const left_out[] = {"authorization",     "connection", "expect",
                                           "transfer-encoding", "user-agent", "x-amzn-trace-id"};
    for (size_t i = 0; i < WGO_COUNT(left_out); i++) {
        if (wgo_str_eq_nocase(name, wgo_str(left_out[i]))) {
            return false;
        }
    }
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without white space at the ends, and with one space for each run of it inside. */
static struct wgo_str tidy(struct wgo_str value, struct wgo_arena *arena)
{
    char *copy = wgo_arena_bytes(arena, value.len + 1);
    size_t len = 0;
    bool space = false;
    for (size_t i = 0; copy && i < value.len; i++) {
        if (is_space(value.ptr[i])) {
            space = len > 0;
            continue;
        }
        if (space) {
            copy[len++] = ' ';
        }
        space = false;
        copy[len++] = value.ptr[i];
    }
    return copy ? wgo_str_from(copy, len) : (struct wgo_str){0};
}

static struct wgo_str joined(struct wgo_str a, struct wgo_str b, struct wgo_arena *arena)
{
    char *copy = wgo_arena_bytes(arena, a.len + 1 + b.len);
    if (!copy) {
        return (struct wgo_str){0};
    }
    memcpy(copy, a.ptr, a.len);
    copy[a.len] = ',';
    memcpy(copy + a.len + 1, b.ptr, b.len);
    return wgo_str_from(copy, a.len + 1 + b.len);
}

/* In its place by name; after those of the same name, joined to them by a comma. */
static bool insert(struct wgo_sigv4_headers *headers, struct wgo_str name, struct wgo_str value,
                   struct wgo_arena *arena)
{
    name = wgo_str_lower(arena, name);
    value = tidy(value, arena);
    if (!name.ptr || !value.ptr) {
        return false;
    }
    unsigned at = 0;
    while (at < headers->count && wgo_str_cmp(headers->items[at].name, name) < 0) {
        at++;
    }
    if (at < headers->count && wgo_str_eq(headers->items[at].name, name)) {
        struct wgo_str *known = &headers->items[at].value;
        *known = joined(*known, value, arena);
        return known->ptr != NULL;
    }
    memmove(&headers->items[at + 1], &headers->items[at],
            (headers->count - at) * sizeof(headers->items[0]));
    headers->items[at] = (struct wgo_header){name, value};
    headers->count++;
    return true;
}

static struct wgo_str join_names(const struct wgo_sigv4_headers *headers, struct wgo_arena *arena)
{
    struct wgo_buf names = {0};
    for (unsigned i = 0; i < headers->count; i++) {
        wgo_buf_cstr(&names, i > 0 ? ";" : "");
        wgo_buf_str(&names, headers->items[i].name);
    }
    struct wgo_str copy = {0};
    if (!names.failed) {
        copy = wgo_str_dup(arena, wgo_buf_view(&names));
    }
    wgo_buf_fini(&names);
    return copy;
}

bool wgo_sigv4_headers_of(const struct wgo_request *request, struct wgo_str host,
                          struct wgo_str unsigned_name, struct wgo_arena *arena,
                          struct wgo_sigv4_headers *out)
{
    struct wgo_sigv4_headers made = {.count = 0};
    bool host_seen = false;
    for (unsigned i = 0; i < request->header_count; i++) {
        const struct wgo_header *header = &request->headers[i];
        if (!wgo_sigv4_signs_header(header->name) ||
            (unsigned_name.len > 0 && wgo_str_eq_nocase(header->name, unsigned_name))) {
            continue;
        }
        host_seen = host_seen || wgo_str_eq_nocase(header->name, WGO_STR("host"));
        if (!insert(&made, header->name, header->value, arena)) {
            return false;
        }
    }
    if (!host_seen && !insert(&made, WGO_STR("host"), host, arena)) {
        return false;
    }
    made.signed_names = join_names(&made, arena);
    if (!made.signed_names.ptr) {
        return false;
    }
    *out = made;
    return true;
}
