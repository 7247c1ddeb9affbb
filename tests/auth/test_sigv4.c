/* Signature Version 4: AWS's published examples, and what the vectors do not ask. */
#include "auth/sigv4.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define HEX(ptr) wgo_str_from((ptr), 64)

static struct wgo_aws_credentials credentials;
static struct wgo_arena arena;

static void setup(void)
{
    cr_assert_eq(wgo_aws_credentials_set(&credentials, WGO_STR("AKIDEXAMPLE"),
                                         WGO_STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                                         (struct wgo_str){0}),
                 WGO_OK);
}

static void setup_s3(void)
{
    cr_assert_eq(wgo_aws_credentials_set(&credentials, WGO_STR("AKIAIOSFODNN7EXAMPLE"),
                                         WGO_STR("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                                         (struct wgo_str){0}),
                 WGO_OK);
}

static void teardown(void)
{
    wgo_aws_credentials_fini(&credentials);
    wgo_arena_fini(&arena);
}

TestSuite(sigv4, .init = setup, .fini = teardown);
TestSuite(sigv4_s3, .init = setup_s3, .fini = teardown);

static struct wgo_wall at(const char *text)
{
    struct wgo_wall wall;
    cr_assert(wgo_wall_parse(wgo_str(text), &wall));
    return wall;
}

static struct wgo_str header(const struct wgo_request *request, const char *name)
{
    struct wgo_str value = {0};
    unsigned seen = 0;
    for (unsigned i = 0; i < request->header_count; i++) {
        if (wgo_str_eq_nocase(request->headers[i].name, wgo_str(name))) {
            value = request->headers[i].value;
            seen++;
        }
    }
    cr_assert(seen <= 1, "%s is there %u times", name, seen);
    return value;
}

static struct wgo_sigv4_options iam(void)
{
    return (struct wgo_sigv4_options){.credentials = &credentials,
                                      .region = WGO_STR("us-east-1"),
                                      .service = WGO_STR("iam"),
                                      .now = at("2015-08-30T12:36:00Z")};
}

static struct wgo_request list_users(void)
{
    struct wgo_request request = {
        .method = "GET",
        .url = WGO_STR("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08")};
    cr_assert_eq(wgo_request_header(&request, WGO_STR("Content-Type"),
                                    WGO_STR("application/x-www-form-urlencoded; charset=utf-8")),
                 WGO_OK);
    return request;
}

#define LIST_USERS_SIGNATURE "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"

/* IAM User Guide, "Create a signed AWS API request". */
Test(sigv4, iam_list_users)
{
    struct wgo_sigv4_options options = iam();
    struct wgo_sigv4_proof proof;
    struct wgo_request request = list_users();
    struct wgo_error err = {0};
    options.out_proof = &proof;
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, &err), WGO_OK, "%s", err.message);
    cr_assert(wgo_str_ends(proof.string_to_sign,
                           WGO_STR("20150830/us-east-1/iam/aws4_request\n"
                                   "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a5"
                                   "9")));
    cr_assert(
        wgo_str_is(header(&request, "Authorization"),
                   "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                   "SignedHeaders=content-type;host;x-amz-date, Signature=" LIST_USERS_SIGNATURE));
    cr_assert(wgo_str_is(header(&request, "X-Amz-Date"), "20150830T123600Z"));
    cr_assert_null(header(&request, "X-Amz-Content-Sha256").ptr, "only where asked for");
    cr_assert_null(header(&request, "X-Amz-Security-Token").ptr, "these keys have none");
}

/* IAM User Guide, derivation of the signing key. */
Test(sigv4, derived_key)
{
    static const unsigned char want[32] = {0xc4, 0xaf, 0xb1, 0xcc, 0x57, 0x71, 0xd8, 0x71,
                                           0x76, 0x3a, 0x39, 0x3e, 0x44, 0xb7, 0x03, 0x57,
                                           0x1b, 0x55, 0xcc, 0x28, 0x42, 0x4d, 0x1a, 0x5e,
                                           0x86, 0xda, 0x6e, 0xd3, 0xc1, 0x54, 0xa4, 0xb9};
    struct wgo_sigv4_options options = iam();
    struct wgo_sigv4_key key = {.ready = false};
    cr_assert_not(wgo_sigv4_key_fits(&key, &options));
    cr_assert_not(wgo_sigv4_key_fits(NULL, &options));
    cr_assert_eq(wgo_sigv4_key_derive(&options, &key, NULL), WGO_OK);
    cr_assert_eq(memcmp(key.bytes, want, sizeof(want)), 0);
    cr_assert(wgo_sigv4_key_fits(&key, &options));
    wgo_sigv4_key_fini(&key);
    cr_assert_not(wgo_sigv4_key_fits(&key, &options));
    wgo_sigv4_key_fini(NULL);
}

Test(sigv4, a_key_is_of_one_secret_day_region_and_service)
{
    struct wgo_sigv4_options options = iam(), other = iam();
    struct wgo_sigv4_key key = {.ready = false};
    struct wgo_aws_credentials stranger = {0};
    cr_assert_eq(wgo_sigv4_key_derive(&options, &key, NULL), WGO_OK);

    other.now = at("2015-08-30T23:59:59Z");
    cr_assert(wgo_sigv4_key_fits(&key, &other), "the same day");
    other.now = at("2015-08-31T00:00:00Z");
    cr_assert_not(wgo_sigv4_key_fits(&key, &other), "the next day");
    other = options;
    other.region = WGO_STR("us-east-2");
    cr_assert_not(wgo_sigv4_key_fits(&key, &other));
    other = options;
    other.service = WGO_STR("ec2");
    cr_assert_not(wgo_sigv4_key_fits(&key, &other));
    other = options;
    cr_assert_eq(wgo_aws_credentials_set(&stranger, WGO_STR("AKIDEXAMPLE"), WGO_STR("another"),
                                         (struct wgo_str){0}),
                 WGO_OK);
    other.credentials = &stranger;
    cr_assert_not(wgo_sigv4_key_fits(&key, &other));
    wgo_aws_credentials_fini(&stranger);
    wgo_sigv4_key_fini(&key);
}

Test(sigv4, a_kept_key_signs_the_same_and_a_stranger_key_is_not_used)
{
    struct wgo_sigv4_options options = iam(), elsewhere = iam();
    struct wgo_sigv4_key key = {.ready = false};
    struct wgo_sigv4_proof proof;
    struct wgo_request request = list_users();
    options.out_proof = &proof;
    options.key = &key;
    cr_assert_eq(wgo_sigv4_key_derive(&options, &key, NULL), WGO_OK);
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK);
    cr_assert(wgo_str_is(proof.signature, LIST_USERS_SIGNATURE));

    elsewhere.region = WGO_STR("eu-west-1");
    cr_assert_eq(wgo_sigv4_key_derive(&elsewhere, &key, NULL), WGO_OK);
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK);
    cr_assert(wgo_str_is(proof.signature, LIST_USERS_SIGNATURE));

    cr_assert_eq(wgo_sigv4_key_derive(&options, &key, NULL), WGO_OK);
    key.bytes[0] ^= 1; /* proves that a key which fits is the one that signs */
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK);
    cr_assert_not(wgo_str_is(proof.signature, LIST_USERS_SIGNATURE));
    wgo_sigv4_key_fini(&key);
}

Test(sigv4, signing_again_replaces_the_signature)
{
    struct wgo_sigv4_options options = iam();
    struct wgo_sigv4_proof first, again;
    struct wgo_request request = list_users();
    options.flags = WGO_SIGV4_CONTENT_SHA256;
    options.out_proof = &first;
    cr_assert_eq(wgo_aws_credentials_set(&credentials, WGO_STR("AKIDEXAMPLE"), WGO_STR("s"),
                                         WGO_STR("token")),
                 WGO_OK);
    options.now = at("2015-08-30T12:35:00Z");
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK);
    unsigned count = request.header_count;
    cr_assert_eq(count, 5);
    options.out_proof = &again;
    options.now = at("2015-08-30T12:36:00Z");
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK);
    cr_assert_eq(request.header_count, count);
    cr_assert(wgo_str_is(header(&request, "x-amz-date"), "20150830T123600Z"));
    cr_assert_not(wgo_str_eq(first.signature, again.signature));

    struct wgo_request fresh = list_users();
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &fresh, NULL), WGO_OK);
    cr_assert(wgo_str_eq(header(&fresh, "authorization"), header(&request, "authorization")),
              "what an earlier signature left has no part in the next");
}

Test(sigv4, what_proxies_change_is_not_signed)
{
    struct wgo_sigv4_options options = iam();
    struct wgo_sigv4_proof proof;
    struct wgo_request request = list_users();
    static const char *const names[] = {"User-Agent", "Expect", "Connection", "Transfer-Encoding",
                                        "X-Amzn-Trace-Id"};
    options.out_proof = &proof;
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        cr_assert_eq(wgo_request_header(&request, wgo_str(names[i]), WGO_STR("x")), WGO_OK);
    }
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK);
    cr_assert(wgo_str_is(proof.signature, LIST_USERS_SIGNATURE));
}

struct line_case {
    const char *url;
    unsigned flags;
    const char *path, *query, *host;
};

/* Host, path and query as they are digested. */
Test(sigv4, canonical_urls)
{
    static const struct line_case cases[] = {
        {"https://h", 0, "/", "", "h"},
        {"https://h?a=b", 0, "/", "a=b", "h"},
        {"https://h:443/x", 0, "/x", "", "h"},
        {"http://h:80/x", 0, "/x", "", "h"},
        {"http://h:443/x", 0, "/x", "", "h:443"},
        {"http://127.0.0.1:5000/x", 0, "/x", "", "127.0.0.1:5000"},
        {"https://[::1]:4430/", 0, "/", "", "[::1]:4430"},
        {"https://user:pw@h/x#part", 0, "/x", "", "h"},
        {"https://h/a%20b/", 0, "/a%2520b/", "", "h"},
        {"https://h/a%20b/", WGO_SIGV4_ENCODE_ONCE, "/a%20b/", "", "h"},
        {"https://h/a$b+c", WGO_SIGV4_S3, "/a%24b%2Bc", "", "h"},
        {"https://h/a//b/../c", WGO_SIGV4_S3, "/a//b/../c", "", "h"},
        {"https://h/a//b/./../c/", 0, "/a/c/", "", "h"},
        {"https://h/../../a", 0, "/a", "", "h"},
        {"https://h/100%", WGO_SIGV4_ENCODE_ONCE, "/100%25", "", "h"},
        {"https://h/arn:aws:x", 0, "/arn%3Aaws%3Ax", "", "h"},
        {"https://h/arn%3Aaws%3Ax", 0, "/arn%253Aaws%253Ax", "", "h"},
        {"https://h/?b&a=&a", 0, "/", "a=&a=&b=", "h"},
        {"https://h/?&&a=1&", 0, "/", "a=1", "h"},
        {"https://h/?a=x=y", 0, "/", "a=x%3Dy", "h"},
        {"https://h/?t=a%2Fb+c%2b", 0, "/", "t=a%2Fb%2Bc%2B", "h"},
        {"https://h/?a-b=1&a=2&a=1", 0, "/", "a=1&a=2&a-b=1", "h"},
        {"https://h/?bad=%zz", 0, "/", "bad=%25zz", "h"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_sigv4_proof proof;
        struct wgo_sigv4_options options = iam();
        options.flags = cases[i].flags & ~(unsigned)WGO_SIGV4_CONTENT_SHA256;
        options.out_proof = &proof;
        struct wgo_request request = {.method = "GET", .url = wgo_str(cases[i].url)};
        cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK, "%s", cases[i].url);
        struct wgo_str want =
            wgo_str_format(&arena, "GET\n%s\n%s\nhost:%s\nx-amz-date:", cases[i].path,
                           cases[i].query, cases[i].host);
        cr_assert(wgo_str_starts(proof.canonical_request, want), "%s gives\n%.*s", cases[i].url,
                  WGO_FMT(proof.canonical_request));
    }
}

Test(sigv4, an_own_host_header_is_the_one_signed)
{
    struct wgo_sigv4_proof proof;
    struct wgo_sigv4_options options = iam();
    struct wgo_request request = {.method = "GET", .url = WGO_STR("http://127.0.0.1:9/")};
    options.out_proof = &proof;
    cr_assert_eq(wgo_request_header(&request, WGO_STR("Host"), WGO_STR("b.s3.amazonaws.com")),
                 WGO_OK);
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK);
    cr_assert(
        wgo_str_starts(proof.canonical_request, WGO_STR("GET\n/\n\nhost:b.s3.amazonaws.com\nx-")));
}

Test(sigv4, failures_leave_the_request_alone)
{
    struct wgo_sigv4_options options = iam();
    struct wgo_aws_credentials none = {0};
    struct wgo_request request = list_users(), before = request;
    struct wgo_error err = {0};

    options.credentials = &none;
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, &err), WGO_E_AUTH);
    cr_assert_eq(wgo_sigv4_presign(&options, &arena, &request, &err), WGO_E_AUTH);
    options = iam();
    static const char *const urls[] = {
        "", "/path", "https://", "https:///x", "://h/", "https://h/\r\nX: y", "/x?u=https://h/"};
    for (size_t i = 0; i < WGO_COUNT(urls); i++) {
        struct wgo_request broken = {.method = "GET", .url = wgo_str(urls[i])};
        cr_assert_eq(wgo_sigv4_sign(&options, &arena, &broken, &err), WGO_E_CONFIG, "\"%s\"",
                     urls[i]);
        cr_assert_eq(broken.header_count, 0);
    }
    for (unsigned i = request.header_count; i < WGO_REQUEST_HEADERS - 1; i++) {
        cr_assert_eq(wgo_request_header(&request, WGO_STR("X"), WGO_STR("y")), WGO_OK);
    }
    before = request;
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, &err), WGO_E_TOO_LARGE,
                 "room for the date, none for the signature");
    cr_assert_eq(memcmp(&before, &request, sizeof(request)), 0);

    struct wgo_arena small;
    wgo_arena_init(&small, 1024);
    request = list_users();
    enum wgo_status status;
    do { /* fills up, so that each allocation in turn is the one that fails */
        before = request = list_users();
        status = wgo_sigv4_sign(&options, &small, &request, &err);
        wgo_arena_bytes(&small, 1);
    } while (status == WGO_OK);
    cr_assert_eq(status, WGO_E_NOMEM);
    cr_assert_eq(memcmp(&before, &request, sizeof(request)), 0);
    wgo_arena_fini(&small);
}

/* ---- S3: "Examples: Signature Calculations" in the Amazon S3 API Reference ---- */

static struct wgo_sigv4_options s3(void)
{
    return (struct wgo_sigv4_options){.credentials = &credentials,
                                      .region = WGO_STR("us-east-1"),
                                      .service = WGO_STR("s3"),
                                      .now = at("2013-05-24T00:00:00Z"),
                                      .flags = WGO_SIGV4_S3};
}

struct s3_case {
    const char *method, *url;
    struct wgo_header headers[2];
    const char *body, *signature;
};

Test(sigv4_s3, published_examples)
{
    static const struct s3_case cases[] = {
        {"GET",
         "https://examplebucket.s3.amazonaws.com/test.txt",
         {{{"Range", 5}, {"bytes=0-9", 9}}},
         "",
         "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
        {"PUT",
         "https://examplebucket.s3.amazonaws.com/test%24file.text",
         {{{"Date", 4}, {"Fri, 24 May 2013 00:00:00 GMT", 29}},
          {{"x-amz-storage-class", 19}, {"REDUCED_REDUNDANCY", 18}}},
         "Welcome to Amazon S3.",
         "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
        {"GET",
         "https://examplebucket.s3.amazonaws.com/?lifecycle",
         {{{0}, {0}}},
         "",
         "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
        {"GET",
         "https://examplebucket.s3.amazonaws.com/?max-keys=2&prefix=J",
         {{{0}, {0}}},
         "",
         "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_sigv4_options options = s3();
        struct wgo_sigv4_proof proof;
        struct wgo_request request = {.method = cases[i].method,
                                      .url = wgo_str(cases[i].url),
                                      .body = wgo_str(cases[i].body)};
        options.out_proof = &proof;
        for (size_t h = 0; h < 2 && cases[i].headers[h].name.len > 0; h++) {
            cr_assert_eq(
                wgo_request_header(&request, cases[i].headers[h].name, cases[i].headers[h].value),
                WGO_OK);
        }
        cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK);
        cr_assert(wgo_str_is(proof.signature, cases[i].signature), "%s %s", cases[i].method,
                  cases[i].url);
        cr_assert_eq(header(&request, "x-amz-content-sha256").len, 64);
    }
}

/* "Authenticating Requests: Using Query Parameters", the same reference. */
#define PRESIGNED                                                                                  \
    "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"             \
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"            \
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"                    \
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"

Test(sigv4_s3, published_presigned_url)
{
    struct wgo_sigv4_options options = s3();
    struct wgo_request request = {
        .method = "GET", .url = WGO_STR("https://examplebucket.s3.amazonaws.com/test.txt")};
    options.flags |= WGO_SIGV4_UNSIGNED_PAYLOAD;
    options.expires_s = 86400;
    cr_assert_eq(wgo_sigv4_presign(&options, &arena, &request, NULL), WGO_OK);
    cr_assert(wgo_str_is(request.url, PRESIGNED), "%.*s", WGO_FMT(request.url));
    cr_assert_eq(request.header_count, 0);
    cr_assert_eq(wgo_sigv4_presign(&options, &arena, &request, NULL), WGO_OK);
    cr_assert(wgo_str_is(request.url, PRESIGNED), "again: the earlier signature is replaced");
}

Test(sigv4_s3, the_body_may_be_known_or_unsigned)
{
    struct wgo_sigv4_options options = s3();
    struct wgo_request request = {.method = "GET",
                                  .url = WGO_STR("https://examplebucket.s3.amazonaws.com/")};
    options.flags |= WGO_SIGV4_UNSIGNED_PAYLOAD;
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK);
    cr_assert(wgo_str_is(header(&request, "x-amz-content-sha256"), "UNSIGNED-PAYLOAD"));
    options.flags = WGO_SIGV4_S3;
    options.payload_sha256 =
        WGO_STR("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, NULL), WGO_OK);
    cr_assert(wgo_str_eq(header(&request, "x-amz-content-sha256"), options.payload_sha256));
}
