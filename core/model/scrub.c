#include "model/scrub.h"

#include "base/base64.h"
#include "base/secret.h"

enum {
    SHORTEST = 4,
    SHORTEST_JWT = 20,
    LONGEST_ESCAPE = 7,
};

struct manner {
    size_t shortest;
    bool cut, jwt;
};
static const struct manner WHOLE = {.shortest = SHORTEST, .jwt = true};
static const struct manner CUT = {.shortest = SHORTEST, .jwt = true, .cut = true};
/* In a document a short word may be a member's name, and what looks like a JWT the token of a page:
 * both are still to be read. */
static const struct manner DOCUMENT = {.shortest = 8};

#define STARS "***"

/* ---- what is looked for ---- */

void wgo_scrub_add(struct wgo_scrub *scrub, struct wgo_str secret)
{
    if (secret.len < SHORTEST) {
        return;
    }
    scrub->bytes.secret = true;
    if (scrub->count == WGO_SCRUB_MOST || !wgo_buf_str(&scrub->bytes, secret)) {
        scrub->failed = true;
        return;
    }
    scrub->ends[scrub->count++] = scrub->bytes.len;
}

static void add_pair(struct wgo_scrub *scrub, struct wgo_str user, struct wgo_str secret, bool form)
{
    struct wgo_buf pair = {.secret = true}, text = {.secret = true};
    if (form) {
        wgo_url_encode(&pair, user, false);
        wgo_buf_char(&pair, ':');
        wgo_url_encode(&pair, secret, false);
    } else {
        wgo_buf_str(&pair, user);
        wgo_buf_char(&pair, ':');
        wgo_buf_str(&pair, secret);
    }
    wgo_base64_encode(&text, wgo_buf_view(&pair));
    while (text.len > 0 && text.ptr[text.len - 1] == '=') { /* some leave the padding out */
        text.len--;
    }
    scrub->failed = scrub->failed || pair.failed || text.failed;
    wgo_scrub_add(scrub, wgo_buf_view(&text));
    wgo_buf_fini(&pair);
    wgo_buf_fini(&text);
}

void wgo_scrub_add_basic(struct wgo_scrub *scrub, struct wgo_str user, struct wgo_str secret)
{
    wgo_scrub_add(scrub, secret);
    if (secret.len > 0) {
        add_pair(scrub, user, secret, false);
        add_pair(scrub, user, secret, true);
    }
}

/* "Bearer TOKEN" is repeated without its first word too. */
static void add_header(struct wgo_scrub *scrub, const struct wgo_header *header)
{
    struct wgo_str value = wgo_str_trim(header->value);
    size_t at = value.len;
    while (at > 0 && value.ptr[at - 1] != ' ') {
        at--;
    }
    if (wgo_name_is_secret(header->name)) {
        wgo_scrub_add(scrub, wgo_str_slice(value, at, value.len));
    }
}

static void add_parameters(struct wgo_scrub *scrub, struct wgo_str url)
{
    struct wgo_str rest = wgo_str_slice(url, wgo_str_find_char(url, '?') + 1, url.len);
    while (rest.len > 0) {
        struct wgo_str value = wgo_str_split(&rest, '&'), name = wgo_str_split(&value, '=');
        struct wgo_buf plain = {.secret = true};
        if (value.len > 0 && wgo_name_is_secret(name)) {
            bool decoded = wgo_url_decode(&plain, value);
            wgo_scrub_add(scrub, decoded ? wgo_buf_view(&plain) : value);
        }
        wgo_buf_fini(&plain);
    }
}

void wgo_scrub_add_request(struct wgo_scrub *scrub, const struct wgo_request *request)
{
    const struct wgo_endpoint *endpoint = request->endpoint;
    wgo_scrub_add(scrub, request->secret);
    for (unsigned i = 0; i < request->header_count; i++) {
        add_header(scrub, &request->headers[i]);
    }
    add_parameters(scrub, request->url);
    if (endpoint && endpoint->password) {
        wgo_scrub_add_basic(scrub, wgo_str(endpoint->user), wgo_str(endpoint->password));
    }
}

void wgo_scrub_fini(struct wgo_scrub *scrub)
{
    wgo_buf_fini(&scrub->bytes);
    *scrub = (struct wgo_scrub){.failed = false};
}

/* ---- how it may be written ---- */

/* The byte that 'count' digits of base 16 or 10 stand for, or -1. */
static int number(struct wgo_str digits, int base)
{
    int value = digits.len > 0 ? 0 : -1;
    for (size_t i = 0; i < digits.len && value >= 0 && value < 256; i++) {
        int digit = wgo_hex_digit(digits.ptr[i]);
        value = digit >= 0 && digit < base ? value * base + digit : -1;
    }
    return value < 256 ? value : -1;
}

/* "&amp;", "&#47;", "&#x2F;": the byte, or -1. */
static int entity(struct wgo_str text, size_t *out_len)
{
    static const struct {
        const char *name;
        char byte;
    } names[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    struct wgo_str head = wgo_str_slice(text, 1, LONGEST_ESCAPE);
    size_t end = wgo_str_find_char(head, ';');
    if (end == head.len) {
        return -1;
    }
    *out_len = end + 2;
    head = wgo_str_slice(head, 0, end);
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        if (wgo_str_is(head, names[i].name)) {
            return names[i].byte;
        }
    }
    if (head.len < 2 || head.ptr[0] != '#') {
        return -1;
    }
    bool hex = head.ptr[1] == 'x' || head.ptr[1] == 'X';
    return number(wgo_str_slice(head, hex ? 2 : 1, head.len), hex ? 16 : 10);
}

/* The byte that an escape at the beginning of 'text' stands for, or -1. */
static int escaped(struct wgo_str text, size_t *out_len)
{
    switch (text.ptr[0]) {
    case '%':
        *out_len = 3;
        return text.len < 3 ? -1 : number(wgo_str_slice(text, 1, 3), 16);
    case '\\':
        if (text.len > 1 && text.ptr[1] != 'u') {
            *out_len = 2;
            return (unsigned char)text.ptr[1];
        }
        *out_len = 6;
        return text.len < 6 ? -1 : number(wgo_str_slice(text, 2, 6), 16);
    case '&':
        return entity(text, out_len);
    case '+':
        *out_len = 1;
        return ' ';
    default:
        return -1;
    }
}

static bool is_escape_begun(struct wgo_str text)
{
    return text.len < LONGEST_ESCAPE && (text.len == 0 || strchr("%\\&", text.ptr[0]));
}

/* The bytes at the beginning of 'text' that write 'secret', in one way or in several, or 0. With
 * 'cut' a beginning of it counts where the text ends. */
static size_t match(struct wgo_str text, struct wgo_str secret, bool cut)
{
    size_t at = 0, matched = 0;
    while (matched < secret.len && at < text.len) {
        struct wgo_str rest = wgo_str_slice(text, at, text.len);
        size_t len = 1;
        if (escaped(rest, &len) != (unsigned char)secret.ptr[matched]) {
            len = 1;
            if (rest.ptr[0] != secret.ptr[matched]) {
                break;
            }
        }
        at += len;
        matched++;
    }
    if (matched == secret.len) {
        return at;
    }
    bool ends = cut && matched >= SHORTEST && is_escape_begun(wgo_str_slice(text, at, text.len));
    return ends ? text.len : 0;
}

/* As it is: what looks like an escape in it is none. */
static size_t match_plain(struct wgo_str text, struct wgo_str secret, bool cut)
{
    if (wgo_str_starts(text, secret)) {
        return secret.len;
    }
    return cut && text.len >= SHORTEST && wgo_str_starts(secret, text) ? text.len : 0;
}

static bool in_jwt(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '_' || c == '.' || c == '=';
}

/* Length of the JSON Web Token that 'text' begins with: they all start with {" in base64. */
static size_t jwt_len(struct wgo_str text)
{
    size_t len = 0;
    if (!wgo_str_starts(text, WGO_STR("eyJ"))) {
        return 0;
    }
    while (len < text.len && in_jwt(text.ptr[len])) {
        len++;
    }
    return len >= SHORTEST_JWT ? len : 0;
}

/* ---- hiding it ---- */

static size_t longest_at(const struct wgo_scrub *scrub, struct wgo_str text,
                         const struct manner *manner)
{
    size_t longest = manner->jwt ? jwt_len(text) : 0, from = 0;
    for (size_t i = 0; i < scrub->count; from = scrub->ends[i++]) {
        struct wgo_str secret = wgo_str_slice(wgo_buf_view(&scrub->bytes), from, scrub->ends[i]);
        bool may_be = secret.len >= manner->shortest &&
                      (text.ptr[0] == secret.ptr[0] || strchr("%\\&+", text.ptr[0]));
        size_t plain = may_be ? match_plain(text, secret, manner->cut) : 0;
        size_t len = may_be ? match(text, secret, manner->cut) : 0;
        len = plain > len ? plain : len;
        longest = len > longest ? len : longest;
    }
    return longest;
}

/* No match is shorter than the stars that stand for it. */
static size_t hide(const struct wgo_scrub *scrub, char *text, size_t len,
                   const struct manner *manner)
{
    size_t kept = 0;
    if (scrub->failed) {
        kept = len < strlen(STARS) ? len : strlen(STARS);
        memcpy(text, STARS, kept);
        return kept;
    }
    for (size_t at = 0; at < len;) {
        size_t found = longest_at(scrub, wgo_str_from(text + at, len - at), manner);
        if (found > 0) {
            memcpy(text + kept, STARS, strlen(STARS));
            kept += strlen(STARS);
            at += found;
        } else {
            text[kept++] = text[at++];
        }
    }
    return kept;
}

size_t wgo_scrub_bytes(const struct wgo_scrub *scrub, char *text, size_t len)
{
    return hide(scrub, text, len, &WHOLE);
}

void wgo_scrub_line(const struct wgo_scrub *scrub, char *line)
{
    struct wgo_str dots = WGO_STR("...");
    size_t len = strlen(line);
    size_t tail = wgo_str_ends(wgo_str_from(line, len), dots) ? dots.len : 0;
    size_t kept = hide(scrub, line, len - tail, &CUT);
    memmove(line + kept, line + len - tail, tail + 1);
}

void wgo_scrub_answer(const struct wgo_request *request, struct wgo_response *response)
{
    bool good = response->http_status >= 200 && response->http_status < 300;
    if (response->status != WGO_OK || good || response->body.len == 0) {
        return;
    }
    struct wgo_scrub scrub = {.failed = false};
    wgo_scrub_add_request(&scrub, request);
    response->body.len = hide(&scrub, response->body.ptr, response->body.len, &DOCUMENT);
    wgo_scrub_fini(&scrub);
}
