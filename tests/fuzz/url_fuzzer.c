/* URLs: what is accepted names a host, a port and a path that lie within the text, and libcurl, if
 * it takes the text at all, reads the same host and port in it: a credential goes where it was said
 * to go. */
#include "fuzz.h"
#include "model/http.h"
#include "model/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_within(struct wgo_str part, struct wgo_str whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/* As a link in a document: it leads below the document's own server, or says itself where. */
static void relate(struct wgo_str text)
{
    struct wgo_arena arena = {0};
    struct wgo_str base = WGO_STR("https://a.example.com/one/two/three?x=y");
    struct wgo_str link = wgo_url_from_root(base, text, &arena);
    require(link.ptr == text.ptr || (link.len > 0 && link.ptr[0] == '/'));
    require(link.len <= text.len + base.len);
    wgo_arena_fini(&arena);
}

/* libcurl writes numbers as addresses: 127.1 is 127.0.0.1. */
static bool is_number(struct wgo_str host)
{
    for (size_t i = 0; i < host.len; i++) {
        if (!strchr("0123456789abcdefxABCDEFX.", host.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* Nor are its zeros where ours are: ::0 is ::. */
static bool is_same_address(struct wgo_str a, struct wgo_str b)
{
    unsigned char of_a[16], of_b[16];
    char text[64];
    snprintf(text, sizeof(text), "%.*s", WGO_FMT(a));
    require(inet_pton(AF_INET6, text, of_a) == 1);
    snprintf(text, sizeof(text), "%.*s", WGO_FMT(b));
    return inet_pton(AF_INET6, text, of_b) == 1 && memcmp(of_a, of_b, sizeof(of_a)) == 0;
}

static void compare(const struct wgo_url *url, CURLU *read)
{
    char *host = NULL, *port = NULL, *scheme = NULL;
    require(curl_url_get(read, CURLUPART_HOST, &host, 0) == CURLUE_OK);
    require(curl_url_get(read, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK);
    require(curl_url_get(read, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK);
    struct wgo_str theirs = wgo_str(host), ours = url->host;
    if (theirs.len > 0 && theirs.ptr[0] == '[') { /* without brackets, and the zone apart */
        theirs = wgo_str_slice(theirs, 1, theirs.len - 1);
        require(is_same_address(theirs, wgo_str_slice(ours, 0, wgo_str_find_char(ours, '%'))));
    } else if (is_number(ours)) {
        require(!url->loopback || wgo_host_is_loopback(theirs));
    } else {
        require(wgo_str_eq_nocase(theirs, ours));
    }
    require(strtoul(port, NULL, 10) == url->port);
    require(wgo_str_is(wgo_str(scheme), url->tls ? "https" : "http"));
    curl_free(host);
    curl_free(port);
    curl_free(scheme);
}

static void compare_with_libcurl(struct wgo_str text, const struct wgo_url *url)
{
    struct wgo_arena arena = {0};
    CURLU *read = curl_url();
    const char *cstr = wgo_str_cstr(&arena, text);
    if (read && cstr && curl_url_set(read, CURLUPART_URL, cstr, CURLU_PATH_AS_IS) == CURLUE_OK) {
        compare(url, read);
    }
    curl_url_cleanup(read);
    wgo_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str text = {(const char *)data, size};
    struct wgo_url url;
    relate(text);
    if (!wgo_url_parse(text, &url)) {
        return 0;
    }
    require(url.host.len > 0 && url.host.len <= 255 && url.port > 0 && url.port <= 65535);
    require(is_within(url.host, url.authority) && is_within(url.authority, text));
    require(is_within(url.path, url.target) && is_within(url.target, text));
    require(wgo_str_find_char(url.authority, '@') == url.authority.len);
    require(wgo_str_find_char(url.path, '?') == url.path.len);
    compare_with_libcurl(text, &url);
    char key[400], again[400];
    require(wgo_url_key(&url, NULL, key, sizeof key));
    require(wgo_url_key(&url, "/s", again, sizeof again));
    require(strcmp(again + 3, key) == 0);
    return 0;
}
