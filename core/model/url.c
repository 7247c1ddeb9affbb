#include "model/url.h"

#include "base/secret.h"
#include "model/http.h"

#include <stdio.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Letters, digits and "-._~", and bytes over 127, which IDN will encode. No %: libcurl would decode
 * it, and ask another host than was looked at. */
static bool is_host_char(char c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || is_digit(c) || strchr("-._~", c) || (unsigned char)c > 127;
}

static bool is_plain_text(struct wgo_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= ' ' || c == 127) {
            return false;
        }
    }
    return true;
}

static bool parse_scheme(struct wgo_str *rest, bool *out_tls)
{
    static const struct wgo_str plain = {"http://", 7};
    static const struct wgo_str tls = {"https://", 8};
    *out_tls = wgo_str_eq_nocase(wgo_str_slice(*rest, 0, tls.len), tls);
    if (!*out_tls && !wgo_str_eq_nocase(wgo_str_slice(*rest, 0, plain.len), plain)) {
        return false;
    }
    *rest = wgo_str_slice(*rest, *out_tls ? tls.len : plain.len, rest->len);
    return true;
}

static bool parse_port(struct wgo_str digits, bool tls, unsigned *out_port)
{
    uint64_t port = tls ? 443 : 80;
    if (digits.len > 0 && (!wgo_str_to_u64(digits, &port) || port == 0 || port > 65535)) {
        return false;
    }
    *out_port = (unsigned)port;
    return true;
}

static bool parse_authority(struct wgo_url *url)
{
    struct wgo_str s = url->authority;
    bool literal = s.len > 0 && s.ptr[0] == '[';
    size_t end = wgo_str_find_char(s, literal ? ']' : ':');
    if (literal && end == s.len) {
        return false;
    }
    url->host = wgo_str_slice(s, literal ? 1 : 0, end);
    if (url->host.len == 0 || url->host.len > 255) {
        return false;
    }
    for (size_t i = 0; i < url->host.len; i++) {
        char c = url->host.ptr[i];
        if (literal ? !is_hex(c) && !strchr(":.%", c) : !is_host_char(c)) {
            return false;
        }
    }
    struct wgo_str after = wgo_str_slice(s, end + (literal ? 1 : 0), s.len);
    if (after.len > 0 && after.ptr[0] != ':') {
        return false;
    }
    return parse_port(wgo_str_slice(after, 1, after.len), url->tls, &url->port);
}

/* The part of 'rest' that ends before the first of 'marks'. */
static struct wgo_str before_any(struct wgo_str rest, const char *marks)
{
    size_t end = 0;
    while (end < rest.len && (rest.ptr[end] == '\0' || !strchr(marks, rest.ptr[end]))) {
        end++;
    }
    return wgo_str_slice(rest, 0, end);
}

bool wgo_url_parse(struct wgo_str text, struct wgo_url *out)
{
    struct wgo_url url = {0};
    struct wgo_str rest = text;
    if (!is_plain_text(text) || !parse_scheme(&rest, &url.tls)) {
        return false;
    }
    url.authority = before_any(rest, "/?#");
    url.target = wgo_str_slice(rest, url.authority.len, rest.len);
    if (wgo_str_find_char(url.authority, '\\') < url.authority.len) {
        return false; /* some read it as a slash */
    }
    for (size_t i = url.authority.len; i > 0; i--) {
        if (url.authority.ptr[i - 1] == '@') {
            url.authority = wgo_str_slice(url.authority, i, url.authority.len);
            break;
        }
    }
    if (!parse_authority(&url)) {
        return false;
    }
    url.path = wgo_str_slice(url.target, 0, wgo_str_find_char(url.target, '?'));
    url.path = wgo_str_slice(url.path, 0, wgo_str_find_char(url.path, '#'));
    url.loopback = wgo_host_is_loopback(url.host);
    *out = url;
    return true;
}

/* Whether the segment is one or two dots. */
static bool is_dots(struct wgo_str segment)
{
    size_t dots = 0;
    while (segment.len > 0 && dots < 3) {
        bool plain = segment.ptr[0] == '.';
        if (!plain && !wgo_str_eq_nocase(wgo_str_slice(segment, 0, 3), WGO_STR("%2e"))) {
            return false;
        }
        segment = wgo_str_slice(segment, plain ? 1 : 3, segment.len);
        dots++;
    }
    return dots == 1 || dots == 2;
}

struct wgo_str wgo_url_dots(struct wgo_str url)
{
    struct wgo_str path = before_any(url, "?#");
    while (path.len > 0) {
        struct wgo_str segment = wgo_str_split(&path, '/');
        if (is_dots(segment)) {
            return segment;
        }
    }
    return (struct wgo_str){0};
}

bool wgo_url_key(const struct wgo_url *url, const char *unix_socket, char *out, size_t size)
{
    int len = snprintf(out, size, "%s%s%s://%.*s:%u", unix_socket ? unix_socket : "",
                       unix_socket ? "|" : "", url->tls ? "https" : "http", WGO_FMT(url->host),
                       url->port);
    if (len < 0 || (size_t)len >= size) {
        return false;
    }
    /* A host's name does not know case; a socket's path does. */
    for (char *c = unix_socket ? out + strlen(unix_socket) : out; *c; c++) {
        *c = lower(*c);
    }
    return true;
}

/* The bytes of 'authority' up to its last '@', which stays. */
static size_t user_len(struct wgo_str authority)
{
    size_t len = authority.len;
    while (len > 0 && authority.ptr[len - 1] != '@') {
        len--;
    }
    return len > 0 ? len - 1 : 0;
}

static void put_query(struct wgo_buf *out, struct wgo_str query)
{
    struct wgo_str rest = query;
    while (rest.ptr) {
        struct wgo_str value = wgo_str_split(&rest, '&'), name = wgo_str_split(&value, '=');
        wgo_buf_str(out, name);
        if (value.ptr) {
            wgo_buf_char(out, '=');
            wgo_buf_str(out, wgo_name_is_secret(name) && value.len > 0 ? WGO_STR("***") : value);
        }
        if (rest.ptr) {
            wgo_buf_char(out, '&');
        }
    }
}

void wgo_url_put_shown(struct wgo_buf *out, struct wgo_str text)
{
    struct wgo_str mark = WGO_STR("://");
    size_t scheme = wgo_str_find(text, mark);
    size_t from = scheme < text.len ? scheme + mark.len : 0;
    struct wgo_str authority = before_any(wgo_str_slice(text, from, text.len), "/?# ");
    size_t user = user_len(authority);
    /* Proxies are written without a scheme too; "me@example.com" is a name. */
    if (from == 0 && wgo_str_find_char(authority, ':') > user) {
        user = 0;
    }
    wgo_buf_str(out, wgo_str_slice(text, 0, from));
    if (user > 0) {
        wgo_buf_cstr(out, "***");
    }
    struct wgo_str rest = wgo_str_slice(text, from + user, text.len);
    struct wgo_str path = before_any(rest, "?");
    wgo_buf_str(out, path);
    if (path.len < rest.len) {
        struct wgo_str tail = wgo_str_slice(rest, path.len + 1, rest.len);
        struct wgo_str query = before_any(tail, "#");
        wgo_buf_char(out, '?');
        put_query(out, query);
        wgo_buf_str(out, wgo_str_slice(tail, query.len, tail.len));
    }
}
