/* How a key, a login, the machine and a token that was given become Google's token: what is sent to
 * whom, and what is said when it goes wrong. */
#include "../auth/keys.h"
#include "base/base64.h"
#include "base/json_write.h"
#include "token_case.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

TestSuite(gcp_tokens, .init = case_set_up, .fini = case_tear_down);

/* ---- a key of our own ---- */

static const char *key_file(const char *pem)
{
    struct wgo_buf json = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &json);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "type", WGO_STR("service_account"));
    wgo_json_member_str(&w, "client_email", WGO_STR("sa@shop.example"));
    wgo_json_member_str(&w, "private_key_id", WGO_STR("k1"));
    wgo_json_member_str(&w, "private_key", wgo_str(pem));
    wgo_json_member_str(&w, "token_uri", WGO_STR("https://tokens.example/t"));
    wgo_json_close_object(&w);
    const char *text = wgo_str_cstr(&token_case.arena, wgo_buf_view(&json));
    wgo_buf_fini(&json);
    return text;
}

static struct wgo_str decoded(struct wgo_str text)
{
    struct wgo_buf buf = {0};
    cr_assert(wgo_base64_decode(&buf, text));
    struct wgo_str copy = wgo_str_dup(&token_case.arena, wgo_buf_view(&buf));
    wgo_buf_fini(&buf);
    return copy;
}

static bool verifies(struct wgo_str signed_part, struct wgo_str signature)
{
    BIO *bio = BIO_new_mem_buf(RFC7515_RSA, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    cr_assert(key && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1);
    int good = EVP_DigestVerify(context, (const unsigned char *)signature.ptr, signature.len,
                                (const unsigned char *)signed_part.ptr, signed_part.len);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    BIO_free(bio);
    return good == 1;
}

static bool holds(struct wgo_str text, const char *part)
{
    return wgo_str_find(text, wgo_str(part)) < text.len;
}

Test(gcp_tokens, a_key_signs_who_asks_for_what_and_until_when)
{
    case_opens(key_file(RFC7515_RSA));
    case_gives("of-google");
    cr_assert(case_sent("POST https://tokens.example/t\n"));
    cr_assert(case_sent("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"));
    cr_assert_not(desk.through.plain_http_allowed);
    cr_assert_eq(token_case.token.expires.ns, wgo_clock_wall(&desk.clock).ns + 3599 * WGO_S);
    struct wgo_str all = wgo_buf_view(&desk.asked), name = WGO_STR("assertion=");
    struct wgo_str jwt = wgo_str_slice(all, wgo_str_find(all, name) + name.len, all.len);
    jwt = wgo_str_slice(jwt, 0, wgo_str_find_char(jwt, '\n'));
    jwt = wgo_str_slice(jwt, 0, wgo_str_find_char(jwt, '&'));
    struct wgo_str rest = jwt, head = wgo_str_split(&rest, '.'), claims = wgo_str_split(&rest, '.');
    cr_assert(verifies(wgo_str_slice(jwt, 0, head.len + 1 + claims.len), decoded(rest)));
    cr_assert(holds(decoded(head), "\"alg\":\"RS256\"") && holds(decoded(head), "\"kid\":\"k1\""));
    claims = decoded(claims);
    static const char *const wanted[] = {
        "\"iss\":\"sa@shop.example\"", "\"aud\":\"https://tokens.example/t\"",
        "\"scope\":\"" WGO_GCP_SCOPE "\"", "\"exp\":1769950800", /* an hour after */
    };
    for (size_t i = 0; i < WGO_COUNT(wanted); i++) {
        cr_assert(holds(claims, wanted[i]), "%s is not in %.*s", wanted[i], WGO_FMT(claims));
    }
}

Test(gcp_tokens, a_key_that_is_none_is_sent_nowhere)
{
    case_opens(key_file("-----BEGIN PRIVATE KEY-----\nTOPSECRET\n-----END PRIVATE KEY-----\n"));
    enum wgo_status status = case_ask();
    cr_assert_neq(status, WGO_OK);
    cr_assert_eq(desk.count, 0);
    cr_assert_null(strstr(token_case.err.message, "TOPSECRET"), "%s", token_case.err.message);
}

Test(gcp_tokens, what_google_refuses_of_a_key_is_explained)
{
    case_opens(key_file(RFC7515_RSA));
    desk.answers[0].http_status = 400;
    desk.answers[0].body = "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT\"}";
    case_fails(WGO_E_AUTH, "Invalid JWT", "this machine's clock is wrong");
    desk.answers[0].body = "{\"error\":\"unauthorized_client\"}";
    case_fails(WGO_E_AUTH, "unauthorized_client", "its roles");
    desk.answers[0].http_status = 503;
    desk.answers[0].body = "busy";
    enum wgo_status status = case_ask();
    cr_assert_neq(status, WGO_E_AUTH, "it may go better later: %s", token_case.err.message);
    cr_assert_neq(status, WGO_OK);
}

/* ---- a person ---- */

#define USER                                                                                       \
    "{\"type\":\"authorized_user\",\"client_id\":\"c1\",\"client_secret\":\"TOPSECRET-1\","        \
    "\"refresh_token\":\"TOPSECRET-2\"}"

Test(gcp_tokens, a_login_is_renewed_without_a_scope)
{
    case_opens(USER);
    case_gives("of-google");
    cr_assert(case_sent("POST https://oauth2.googleapis.com/token\n"));
    cr_assert(case_sent("grant_type=refresh_token") && case_sent("refresh_token=TOPSECRET-2"));
    cr_assert(case_sent("client_id=c1") && case_sent("client_secret=TOPSECRET-1"));
    cr_assert_not(case_sent("scope="));
    desk.answers[0].http_status = 400;
    desk.answers[0].body = "{\"error\":\"invalid_grant\",\"error_description\":\"Token has been "
                           "expired or revoked: TOPSECRET-2\"}";
    case_fails(WGO_E_AUTH, "invalid_grant", "the login has expired: gcloud auth");
    desk.answers[0].body = "{\"error\":\"invalid_grant\",\"error_subtype\":\"invalid_rapt\","
                           "\"error_description\":\"reauth related error (invalid_rapt)\"}";
    case_fails(WGO_E_AUTH, "invalid_rapt", "the login needs to be renewed: gcloud auth");
}

/* ---- the machine ---- */

Test(gcp_tokens, the_machine_is_asked_plainly_and_nobody_else)
{
    static const struct wgo_gcp_wishes none;
    cr_assert_eq(wgo_gcp_config_new(desk_env, &none, &token_case.config, &token_case.err), WGO_OK,
                 "%s", token_case.err.message);
    cr_assert_eq(token_case.config->kind, WGO_GCP_METADATA);
    case_gives("of-google");
    cr_assert(
        case_sent("GET http://127.0.0.1:99/computeMetadata/v1/instance/service-accounts/default/"
                  "token?scopes=" WGO_GCP_SCOPE "\n"));
    cr_assert(case_sent("Metadata-Flavor: Google\n"));
    cr_assert(desk.through.plain_http_allowed);
    desk.silent = true;
    desk.silence = WGO_E_TIMEOUT;
    case_fails(WGO_E_AUTH, "no credentials are configured",
               "gcloud auth application-default login");
    desk.silent = true;
    desk.silence = WGO_E_CANCELLED;
    case_fails(WGO_E_CANCELLED, "nobody answers", "");
}

Test(gcp_tokens, a_token_that_was_given_is_used_as_it_is)
{
    const struct wgo_gcp_wishes wishes = {.access_token = WGO_STR("given")};
    cr_assert_eq(wgo_gcp_config_new(desk_env, &wishes, &token_case.config, &token_case.err),
                 WGO_OK);
    case_gives("given");
    cr_assert_eq(desk.count, 0);
    cr_assert_eq(token_case.token.expires.ns, 0);
}
