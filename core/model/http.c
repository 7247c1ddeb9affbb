#include "model/http.h"

#include <stdlib.h>
#include <unistd.h>

enum { LONGEST_WAIT_S = 86400 };

void wgo_response_init(struct wgo_response *response)
{
    *response = (struct wgo_response){.body_fd = -1};
}

void wgo_response_fini(struct wgo_response *response)
{
    if (!response) {
        return;
    }
    wgo_buf_fini(&response->body);
    wgo_buf_fini(&response->headers);
    /* A zeroed response was never initialised, and 0 is nobody's spool file. */
    if (response->body_fd > 0) {
        close(response->body_fd);
    }
    response->body_fd = -1;
}

struct wgo_str wgo_response_header_next(struct wgo_str *rest, const char *name)
{
    struct wgo_str wanted = wgo_str(name);
    while (rest->ptr) {
        struct wgo_str line = wgo_str_split(rest, '\n');
        if (line.len > wanted.len && line.ptr[wanted.len] == ':' && wgo_str_starts(line, wanted)) {
            return wgo_str_trim(wgo_str_slice(line, wanted.len + 1, line.len));
        }
    }
    return (struct wgo_str){0};
}

struct wgo_str wgo_response_header(const struct wgo_response *response, const char *name)
{
    struct wgo_str rest = wgo_buf_view(&response->headers);
    return wgo_response_header_next(&rest, name);
}

enum wgo_status wgo_request_header(struct wgo_request *request, struct wgo_str name,
                                   struct wgo_str value)
{
    if (request->header_count >= WGO_REQUEST_HEADERS) {
        return WGO_E_TOO_LARGE;
    }
    request->headers[request->header_count++] = (struct wgo_header){name, value};
    return WGO_OK;
}

int64_t wgo_response_retry_after_ns(const struct wgo_response *response, struct wgo_wall now)
{
    struct wgo_str value = wgo_response_header(response, "retry-after");
    const int64_t longest = LONGEST_WAIT_S * WGO_S;
    if (wgo_str_is_digits(value)) {
        int64_t seconds;
        /* A number that does not fit is a long time too. */
        bool fits = wgo_str_to_i64(value, &seconds) && seconds < LONGEST_WAIT_S;
        return fits ? seconds * WGO_S : longest;
    }
    struct wgo_wall due;
    if (!wgo_wall_parse_http(value, &due)) {
        return -1;
    }
    if (due.ns <= now.ns) {
        return 0;
    }
    /* Unsigned: the distance of two far moments does not overflow. */
    uint64_t wait = (uint64_t)due.ns - (uint64_t)now.ns;
    return wait < (uint64_t)longest ? (int64_t)wait : longest;
}

/* An IPv4 address in its usual form whose first numbers are 'network'; "127.evil.example" is a
 * name. */
static bool in_network(struct wgo_str host, struct wgo_str network)
{
    size_t dots = 0;
    for (size_t i = 0; i < host.len; i++) {
        dots += host.ptr[i] == '.';
        if (host.ptr[i] != '.' && (host.ptr[i] < '0' || host.ptr[i] > '9')) {
            return false;
        }
    }
    return dots == 3 && wgo_str_starts(host, network);
}

bool wgo_host_is_loopback(struct wgo_str host)
{
    struct wgo_str name = WGO_STR("localhost"), below = WGO_STR(".localhost");
    size_t from = host.len > below.len ? host.len - below.len : host.len;
    return wgo_str_eq_nocase(host, name) || wgo_str_is(host, "::1") ||
           wgo_str_eq_nocase(wgo_str_slice(host, from, host.len), below) ||
           in_network(host, WGO_STR("127."));
}

bool wgo_host_is_link_local(struct wgo_str host)
{
    /* fe80::/10: its first ten bits are 1111111010. */
    bool ipv6 = host.len > 4 && host.ptr[4] == ':' &&
                wgo_str_eq_nocase(wgo_str_slice(host, 0, 2), WGO_STR("fe")) &&
                memchr("89abAB", host.ptr[2], 6) != NULL;
    return ipv6 || in_network(host, WGO_STR("169.254."));
}

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

bool wgo_url_encode(struct wgo_buf *out, struct wgo_str s, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (is_unreserved(c) || (c == '/' && keep_slash)) {
            wgo_buf_char(out, c);
        } else {
            char triplet[3] = {'%', digits[(unsigned char)c >> 4], digits[(unsigned char)c & 15]};
            wgo_buf_append(out, triplet, sizeof(triplet));
        }
    }
    return out->failed == WGO_OK;
}

bool wgo_url_escape(struct wgo_buf *out, struct wgo_str s, const char *keep)
{
    for (size_t i = 0; i < s.len; i++) {
        struct wgo_str rest = wgo_str_slice(s, i, s.len);
        bool triplet = rest.len >= 3 && rest.ptr[0] == '%' && wgo_hex_digit(rest.ptr[1]) >= 0 &&
                       wgo_hex_digit(rest.ptr[2]) >= 0;
        if (triplet || (rest.ptr[0] != '\0' && strchr(keep, rest.ptr[0]))) {
            wgo_buf_char(out, rest.ptr[0]);
        } else {
            wgo_url_encode(out, wgo_str_slice(rest, 0, 1), false);
        }
    }
    return out->failed == WGO_OK;
}

bool wgo_url_decode(struct wgo_buf *out, struct wgo_str s)
{
    size_t before = out->len;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%') {
            int high = i + 2 < s.len ? wgo_hex_digit(s.ptr[i + 1]) : -1;
            int low = high >= 0 ? wgo_hex_digit(s.ptr[i + 2]) : -1;
            if (low < 0) {
                out->len = before;
                return false;
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        wgo_buf_char(out, c);
    }
    return out->failed == WGO_OK;
}
