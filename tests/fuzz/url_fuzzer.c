/* URLs: what is accepted names a host, a port and a path that lie within the text. */
#include "fuzz.h"
#include "model/url.h"

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
    char key[400], again[400];
    require(wgo_url_key(&url, NULL, key, sizeof key));
    require(wgo_url_key(&url, "/s", again, sizeof again));
    require(strcmp(again + 3, key) == 0);
    return 0;
}
