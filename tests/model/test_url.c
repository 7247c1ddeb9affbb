/* Links that are relative to the document they stand in: RFC 3986's own examples, and ours; and
 * what of a URL may be shown. */
#include "model/url.h"

#include <criterion/criterion.h>

static void leads(const char *base, const char *reference, const char *wanted)
{
    struct wgo_arena arena = {0};
    struct wgo_str link = wgo_url_from_root(wgo_str(base), wgo_str(reference), &arena);
    cr_assert(wgo_str_is(link, wanted), "\"%s\" from %s is %.*s, not %s", reference, base,
              WGO_FMT(link), wanted);
    wgo_arena_fini(&arena);
}

Test(url, relative_references_are_led_from_the_root)
{
    static const char *const cases[][2] = {
        {"g", "/b/c/g"},
        {"./g", "/b/c/g"},
        {"g/", "/b/c/g/"},
        {"?y", "/b/c/d;p?y"},
        {"g?y", "/b/c/g?y"},
        {"g#s", "/b/c/g"},
        {"g?y#s", "/b/c/g?y"},
        {";x", "/b/c/;x"},
        {"g;x?y", "/b/c/g;x?y"},
        {".", "/b/c/"},
        {"./", "/b/c/"},
        {"..", "/b/"},
        {"../", "/b/"},
        {"../g", "/b/g"},
        {"../..", "/"},
        {"../../g", "/g"},
        {"../../../g", "/g"},
        {"../../../../g", "/g"},
        {"g.", "/b/c/g."},
        {"..g", "/b/c/..g"},
        {"./../g", "/b/g"},
        {"./g/.", "/b/c/g/"},
        {"g/./h", "/b/c/g/h"},
        {"g/../h", "/b/c/h"},
        {"g?y/./x", "/b/c/g?y/./x"},
        {"g?y:z", "/b/c/g?y:z"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        leads("http://a/b/c/d;p?q", cases[i][0], cases[i][1]);
    }
    leads("https://a.example.com", "things?page=2", "/things?page=2");
    leads("https://a.example.com?page=1", "?page=2", "/?page=2");
}

Test(url, others_stay_as_they_are)
{
    static const char *const others[] = {"",      "/g",  "//g", "http://b/g",
                                         "ftp:g", "g:h", "#s",  "mailto:a@b.example"};
    for (size_t i = 0; i < WGO_COUNT(others); i++) {
        leads("http://a/b/c/d;p?q", others[i], others[i]);
    }
    leads("no url", "g", "g");
}

Test(url, segments_of_dots_are_found)
{
    static const struct {
        const char *url, *dots;
    } cases[] = {
        {"/a/../b", ".."},
        {"/a/./b", "."},
        {"/a/..", ".."},
        {"..", ".."},
        {"/a/%2E%2e/b?x", "%2E%2e"},
        {"/a/.%2e", ".%2e"},
        {"https://a.example/x/../y", ".."},
        {"/a/.../b", ""},
        {"/a/..b/c..", ""},
        {"/a?x=/../#/../", ""},
        {"/a/..%2F..%2Fb", ""},
        {"/a/%252e%252e", ""},
        {"//", ""},
        {"", ""},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str dots = wgo_url_dots(wgo_str(cases[i].url));
        cr_assert(wgo_str_is(dots, cases[i].dots), "%s: %.*s", cases[i].url, WGO_FMT(dots));
    }
}

Test(url, secrets_are_not_shown)
{
    static const char *const cases[][2] = {
        {"https://u:p@h:8443/x", "https://***@h:8443/x"},
        {"https://token@h", "https://***@h"},
        {"http://u:p@q@h/@/x@y", "http://***@h/@/x@y"},
        {"postgres://u:p@h/db?sslmode=off&password=p",
         "postgres://***@h/db?sslmode=off&password=***"},
        {"http://u:pass\\word@h/", "http://***@h/"},
        {"https://h/x?sv=1&sig=a%3D=b&a=1#top", "https://h/x?sv=1&sig=***&a=1#top"},
        {"https://h?token=&key&page=2", "https://h?token=&key&page=2"},
        {"u:p@proxy:3128", "***@proxy:3128"},
        {"https://h/a", "https://h/a"},
        {"me@example.com", "me@example.com"},
        {"a b:c@d", "a b:c@d"},
        {"/things?api_key=k", "/things?api_key=***"},
        {"127.0.0.1:8500", "127.0.0.1:8500"},
        {"", ""},
    };
    struct wgo_buf out = {0};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        wgo_buf_reset(&out);
        wgo_url_put_shown(&out, wgo_str(cases[i][0]));
        cr_expect(wgo_str_is(wgo_buf_view(&out), cases[i][1]), "%s: %.*s", cases[i][0],
                  WGO_FMT(wgo_buf_view(&out)));
    }
    wgo_buf_fini(&out);
}
