/* Signature Version 4 against the suites of botocore and aws-c-auth, read from WGO_SHARED_DIR: a
 * folder per case, with the request and, step by step, what a signer must make of it. */
#include "auth/sigv4.h"
#include "auth/sigv4_canonical.h"

#include "base/file.h"
#include "base/json.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { READ_LIMIT = 1 << 20, MOST_CASES = 200, PATH_ROOM = 1024 };

static struct wgo_arena arena;

static void teardown(void)
{
    wgo_arena_fini(&arena);
}

TestSuite(sigv4_vectors, .fini = teardown);

/* ---- files ---- */

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static struct wgo_str path_of(const char *folder, const char *name)
{
    return wgo_str_format(&arena, "%s/%s%c", folder, name, '\0');
}

static bool exists(const char *folder, const char *name)
{
    struct stat info;
    return stat(path_of(folder, name).ptr, &info) == 0;
}

/* The text of a file without the line ends after it. */
static struct wgo_str text_of(const char *folder, const char *name)
{
    struct wgo_buf buf = {0};
    struct wgo_error err = {0};
    cr_assert_eq(wgo_file_read(path_of(folder, name).ptr, READ_LIMIT, &buf, &err), WGO_OK, "%s",
                 err.message);
    struct wgo_str text = wgo_str_dup(&arena, wgo_buf_view(&buf));
    wgo_buf_fini(&buf);
    while (text.len > 0 && text.ptr[text.len - 1] == '\n') {
        text.len--;
    }
    return text;
}

/* ---- requests as text ---- */

static const char *method_of(struct wgo_str word)
{
    return wgo_str_is(word, "POST") ? "POST" : "GET";
}

/* A line that starts with white space goes on with the header before it. */
static void read_headers(struct wgo_str *rest, struct wgo_request *request)
{
    while (rest->ptr && rest->len > 0 && rest->ptr[0] != '\n') {
        struct wgo_str line = wgo_str_split(rest, '\n');
        if (line.ptr[0] == ' ' && request->header_count > 0) {
            struct wgo_str *value = &request->headers[request->header_count - 1].value;
            *value = wgo_str_from(value->ptr, (size_t)(line.ptr + line.len - value->ptr));
            continue;
        }
        struct wgo_str name = wgo_str_split(&line, ':');
        cr_assert_eq(wgo_request_header(request, name, line), WGO_OK);
    }
}

static struct wgo_request read_request(struct wgo_str text)
{
    struct wgo_request request = {.method = NULL};
    struct wgo_str rest = text;
    struct wgo_str first = wgo_str_split(&rest, '\n');
    struct wgo_str method = wgo_str_split(&first, ' ');
    cr_assert(wgo_str_ends(first, WGO_STR(" HTTP/1.1")));
    struct wgo_str target = wgo_str_slice(first, 0, first.len - strlen(" HTTP/1.1"));
    request.method = method_of(method);
    read_headers(&rest, &request);
    request.body = wgo_str_slice(rest, 1, rest.len);
    for (unsigned i = 0; i < request.header_count; i++) {
        if (wgo_str_is(request.headers[i].name, "Host")) {
            request.url = wgo_str_format(&arena, "https://%.*s%.*s",
                                         WGO_FMT(request.headers[i].value), WGO_FMT(target));
        }
    }
    cr_assert_not_null(request.url.ptr);
    return request;
}

static struct wgo_str header_in(const struct wgo_request *request, const char *name)
{
    for (unsigned i = 0; i < request->header_count; i++) {
        if (wgo_str_eq_nocase(request->headers[i].name, wgo_str(name))) {
            return request->headers[i].value;
        }
    }
    return (struct wgo_str){0};
}

/* ---- cases ---- */

static struct wgo_aws_credentials credentials_of(struct wgo_str secret, struct wgo_str token)
{
    struct wgo_aws_credentials credentials = {0};
    cr_assert_eq(wgo_aws_credentials_set(&credentials, WGO_STR("AKIDEXAMPLE"), secret, token),
                 WGO_OK);
    return credentials;
}

static void expect(const char *what, const char *folder, struct wgo_str got, struct wgo_str want)
{
    cr_expect(wgo_str_eq(got, want), "%s: %s is\n%.*s\nand should be\n%.*s", folder, what,
              WGO_FMT(got), WGO_FMT(want));
}

/* CASE.req, .creq, .sts and .authz; .sreq, the signed request, tells the session token. */
static void run_botocore(const char *folder, const char *name)
{
    char file[300];
    struct wgo_sigv4_proof proof;
    const char *kinds[] = {"req", "sreq", "creq", "sts", "authz"};
    struct wgo_str texts[WGO_COUNT(kinds)];
    for (size_t i = 0; i < WGO_COUNT(kinds); i++) {
        snprintf(file, sizeof(file), "%s.%s", name, kinds[i]);
        texts[i] = text_of(folder, file);
    }
    struct wgo_request request = read_request(texts[0]), signed_request = read_request(texts[1]);
    struct wgo_str token = header_in(&signed_request, "X-Amz-Security-Token");
    bool token_signed = wgo_str_find(texts[2], WGO_STR("x-amz-security-token")) < texts[2].len;
    struct wgo_aws_credentials credentials =
        credentials_of(WGO_STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), token);
    struct wgo_sigv4_options options = {
        .credentials = &credentials,
        .region = WGO_STR("us-east-1"),
        .service = WGO_STR("service"),
        .flags = token.len > 0 && !token_signed ? WGO_SIGV4_TOKEN_AFTER : 0,
        .out_proof = &proof,
    };
    struct wgo_error err = {0};
    cr_assert(wgo_wall_parse(WGO_STR("2015-08-30T12:36:00Z"), &options.now));
    cr_assert_eq(wgo_sigv4_sign(&options, &arena, &request, &err), WGO_OK, "%s", err.message);
    expect("the canonical request", folder, proof.canonical_request, texts[2]);
    expect("the string to sign", folder, proof.string_to_sign, texts[3]);
    expect("Authorization", folder, header_in(&request, "Authorization"), texts[4]);
    expect("X-Amz-Security-Token", folder, header_in(&request, "X-Amz-Security-Token"), token);
    wgo_aws_credentials_fini(&credentials);
}

static struct wgo_str member(struct wgo_str context, const char *path)
{
    return wgo_json_text(wgo_json_get(context, wgo_str(path)), &arena);
}

static void run_in_headers(const char *folder, struct wgo_sigv4_options *options)
{
    struct wgo_sigv4_proof proof;
    struct wgo_request request = read_request(text_of(folder, "request.txt"));
    struct wgo_error err = {0};
    options->out_proof = &proof;
    cr_assert_eq(wgo_sigv4_sign(options, &arena, &request, &err), WGO_OK, "%s", err.message);
    expect("the canonical request", folder, proof.canonical_request,
           text_of(folder, "header-canonical-request.txt"));
    expect("the string to sign", folder, proof.string_to_sign,
           text_of(folder, "header-string-to-sign.txt"));
    expect("the signature", folder, proof.signature, text_of(folder, "header-signature.txt"));
    struct wgo_request want = read_request(text_of(folder, "header-signed-request.txt"));
    cr_expect_eq(request.header_count, want.header_count, "%s", folder);
    for (unsigned i = 0; i < want.header_count; i++) {
        const char *name =
            wgo_str_format(&arena, "%.*s%c", WGO_FMT(want.headers[i].name), '\0').ptr;
        expect(name, folder, wgo_str_trim(header_in(&request, name)),
               wgo_str_trim(header_in(&want, name)));
    }
}

/* A query in one order, to compare it. */
static struct wgo_str sorted_query(struct wgo_str url)
{
    struct wgo_sigv4_url parts;
    struct wgo_buf buf = {0};
    cr_assert(wgo_sigv4_url_split(url, &parts));
    cr_assert(wgo_sigv4_put_query(&buf, parts.query, &arena));
    struct wgo_str sorted = wgo_str_dup(&arena, wgo_buf_view(&buf));
    wgo_buf_fini(&buf);
    return sorted;
}

static void run_in_query(const char *folder, struct wgo_sigv4_options *options)
{
    struct wgo_sigv4_proof proof;
    struct wgo_request request = read_request(text_of(folder, "request.txt"));
    struct wgo_error err = {0};
    options->out_proof = &proof;
    cr_assert_eq(wgo_sigv4_presign(options, &arena, &request, &err), WGO_OK, "%s", err.message);
    expect("the query's canonical request", folder, proof.canonical_request,
           text_of(folder, "query-canonical-request.txt"));
    expect("the query's string to sign", folder, proof.string_to_sign,
           text_of(folder, "query-string-to-sign.txt"));
    expect("the query's signature", folder, proof.signature,
           text_of(folder, "query-signature.txt"));
    struct wgo_request want = read_request(text_of(folder, "query-signed-request.txt"));
    expect("the signed query", folder, sorted_query(request.url), sorted_query(want.url));
}

/* context.json says how; requests and answers are files of their own. */
static void run_aws_c_auth(const char *folder, const char *name)
{
    (void)name;
    struct wgo_str context = text_of(folder, "context.json");
    cr_assert_eq(wgo_json_check(context, NULL), WGO_OK);
    struct wgo_aws_credentials credentials = credentials_of(
        member(context, "credentials.secret_access_key"), member(context, "credentials.token"));
    cr_assert(wgo_str_is(member(context, "credentials.access_key_id"), "AKIDEXAMPLE"));
    int64_t expires = 0;
    cr_assert(wgo_str_to_i64(member(context, "expiration_in_seconds"), &expires));
    struct wgo_sigv4_options options = {
        .credentials = &credentials,
        .region = member(context, "region"),
        .service = member(context, "service"),
        .expires_s = (unsigned)expires,
    };
    cr_assert(wgo_wall_parse(member(context, "timestamp"), &options.now));
    if (wgo_str_is(member(context, "normalize"), "false")) {
        options.flags |= WGO_SIGV4_RAW_PATH;
    }
    if (wgo_str_is(member(context, "sign_body"), "true")) {
        options.flags |= WGO_SIGV4_CONTENT_SHA256;
    }
    if (wgo_str_is(member(context, "omit_session_token"), "true")) {
        options.flags |= WGO_SIGV4_TOKEN_AFTER;
    }
    run_in_headers(folder, &options);
    run_in_query(folder, &options);
    wgo_aws_credentials_fini(&credentials);
}

/* ---- suites ---- */

struct suite {
    const char *folder;
    void (*run)(const char *folder, const char *name);
    const char *mark; /* a folder with this file, %s its name, is a case */
    unsigned cases;
};

static void walk(struct suite *suite, const char *folder)
{
    DIR *dir = opendir(folder);
    cr_assert_not_null(dir, "%s", folder);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char child[PATH_ROOM], mark[300];
        snprintf(child, sizeof(child), "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] == '.' || !is_folder(child)) {
            continue;
        }
        bool named = suite->mark[0] == '.';
        snprintf(mark, sizeof(mark), "%s%s", named ? entry->d_name : "", suite->mark);
        if (exists(child, mark)) {
            suite->run(child, entry->d_name);
            suite->cases++;
        } else {
            walk(suite, child);
        }
    }
    closedir(dir);
}

static void run_suite(struct suite suite, unsigned want)
{
    const char *shared = getenv("WGO_SHARED_DIR");
    char folder[PATH_ROOM];
    snprintf(folder, sizeof(folder), "%s/vectors/sigv4/%s", shared ? shared : "../shared",
             suite.folder);
    if (!is_folder(folder)) {
        printf("SKIPPED: no sigv4 vectors in %s\n", folder);
        cr_skip("no vectors");
    }
    walk(&suite, folder);
    printf("sigv4 %s: %u cases used, none left out\n", suite.folder, suite.cases);
    fflush(stdout);
    cr_assert(suite.cases >= want, "%u cases, and there were %u", suite.cases, want);
}

Test(sigv4_vectors, botocore)
{
    run_suite((struct suite){.folder = "botocore", .run = run_botocore, .mark = ".req"}, 34);
}

Test(sigv4_vectors, aws_c_auth)
{
    run_suite((struct suite){.folder = "aws-c-auth", .run = run_aws_c_auth, .mark = "context.json"},
              38);
}
