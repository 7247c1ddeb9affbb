/* Whose token is used, how it is got, and what is said when there is none. The network is a script:
 * requests are written down and answered here. */
#include "azure/credentials.h"
#include "azure/signer.h"

#include "auth/registry.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/json.h"
#include "desk.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct wgo_error err;
static struct wgo_azure_config *config;
static struct wgo_oauth2_token token;

static void setup(void)
{
    desk_open("{\"access_token\":\"secret-token\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
}

static void teardown(void)
{
    wgo_azure_config_free(config);
    config = NULL;
    wgo_oauth2_token_fini(&token);
    token = (struct wgo_oauth2_token){.token_type = ""};
    desk_close();
}

TestSuite(azure_credentials, .init = setup, .fini = teardown);

static enum wgo_status open_with(const struct wgo_azure_wishes *wishes)
{
    static const struct wgo_azure_wishes none = {.tenant_id = {0}};
    wgo_azure_config_free(config);
    config = NULL;
    err = (struct wgo_error){0};
    return wgo_azure_config_new(desk_env, wishes ? wishes : &none, &config, &err);
}

static void opens(enum wgo_azure_kind kind)
{
    cr_assert_eq(open_with(NULL), WGO_OK, "%s", err.message);
    cr_assert_eq(config->kind, kind, "%s", config->source);
}

static enum wgo_status fetch_token(void)
{
    err = (struct wgo_error){0};
    return wgo_azure_token(config, &desk.services, 10 * WGO_S, &token, &err);
}

static void gives(const char *expected)
{
    cr_assert_eq(fetch_token(), WGO_OK, "%s", err.message);
    cr_assert_str_eq(token.access_token.bytes, expected);
}

static void fails(enum wgo_status status, const char *message, const char *hint)
{
    enum wgo_status said = fetch_token();
    cr_assert_eq(said, status, "%s: %s", wgo_status_name(said), err.message);
    cr_assert(strstr(err.message, message), "%s", err.message);
    cr_assert(strstr(err.hint, hint), "%s", err.hint);
    cr_assert_null(strstr(err.message, "very-secret"));
}

static bool sent(const char *text)
{
    return wgo_str_find(wgo_buf_view(&desk.asked), wgo_str(text)) < desk.asked.len;
}

static void principal(void)
{
    desk_set("AZURE_TENANT_ID", "tenant-1");
    desk_set("AZURE_CLIENT_ID", "client-1");
}

/* ---- service principals ---- */

Test(azure_credentials, a_secret_is_sent_to_the_tenant_s_login_host)
{
    principal();
    desk_set("AZURE_CLIENT_SECRET", "very-secret");
    opens(WGO_AZURE_SECRET);
    gives("secret-token");
    cr_assert(sent("POST https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token\n"));
    cr_assert(sent("client_id=client-1"));
    cr_assert(sent("client_secret=very-secret"));
    cr_assert(sent("scope=https%3A%2F%2Fmanagement.azure.com%2F.default"));
    cr_assert_eq(token.expires.ns, wgo_clock_wall(&desk.clock).ns + 3600 * WGO_S);
}

Test(azure_credentials, half_a_principal_is_a_mistake)
{
    desk_set("AZURE_CLIENT_SECRET", "very-secret");
    cr_assert_eq(open_with(NULL), WGO_E_CONFIG);
    cr_assert(strstr(err.message, "AZURE_CLIENT_ID is not"), "%s", err.message);
    desk_set("AZURE_CLIENT_ID", "client-1");
    cr_assert_eq(open_with(NULL), WGO_E_CONFIG);
    cr_assert(strstr(err.message, "AZURE_TENANT_ID is not"), "%s", err.message);
    const struct wgo_azure_wishes wishes = {.tenant_id = WGO_STR("by-flag")};
    cr_assert_eq(open_with(&wishes), WGO_OK, "%s", err.message);
}

Test(azure_credentials, terraform_s_variables_come_after_azure_s)
{
    desk_set("ARM_TENANT_ID", "t2");
    desk_set("ARM_CLIENT_ID", "c2");
    desk_set("ARM_CLIENT_SECRET", "very-secret-2");
    opens(WGO_AZURE_SECRET);
    gives("secret-token");
    cr_assert(sent("/t2/oauth2"));
    desk_set("AZURE_TENANT_ID", "t1");
    opens(WGO_AZURE_SECRET);
    gives("secret-token");
    cr_assert(sent("/t1/oauth2"));
}

Test(azure_credentials, what_the_login_host_refuses_is_said_plainly)
{
    static const struct {
        const char *number, *message, *hint;
    } cases[] = {
        {"7000222", "the client secret has expired: ", "az ad app credential reset"},
        {"7000215", "the client secret is wrong: ", "not its id"},
        {"90002", "there is no such tenant: ", "AZURE_TENANT_ID"},
        {"65001", "nobody has consented to the application: ", "administrator"},
        {"700016", "the tenant does not know the application: ", "AZURE_CLIENT_ID"},
    };
    principal();
    desk_set("AZURE_CLIENT_SECRET", "very-secret");
    opens(WGO_AZURE_SECRET);
    desk.answers[0].http_status = 401;
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        char body[256];
        snprintf(body, sizeof(body),
                 "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS%s: in many words "
                 "very-secret\"}",
                 cases[i].number);
        desk.answers[0].body = body;
        fails(WGO_E_AUTH, cases[i].message, cases[i].hint);
    }
}

Test(azure_credentials, the_clouds_have_their_own_hosts)
{
    principal();
    desk_set("AZURE_CLIENT_SECRET", "very-secret");
    desk_set("ARM_ENVIRONMENT", "china");
    opens(WGO_AZURE_SECRET);
    gives("secret-token");
    cr_assert(sent("https://login.chinacloudapi.cn/tenant-1/"));
    cr_assert(sent("management.chinacloudapi.cn%2F.default"));
    desk_set("AZURE_CLOUD", "AzureUSGovernment");
    opens(WGO_AZURE_SECRET);
    cr_assert(wgo_str_is(config->arm, "https://management.usgovcloudapi.net"));
    desk_set("AZURE_AUTHORITY_HOST", "login.example.org/");
    opens(WGO_AZURE_SECRET);
    cr_assert(wgo_str_is(config->login, "https://login.example.org"));
    desk_set("AZURE_CLOUD", "moon");
    cr_assert_eq(open_with(NULL), WGO_E_CONFIG);
    cr_assert(strstr(err.hint, "usgovernment"));
}

Test(azure_credentials, az_s_own_cloud_is_taken)
{
    cr_assert_eq(mkdir(desk_path(".azure"), 0700), 0);
    desk_write(".azure/config", "[core]\nname = no\n[cloud]\nname = AzureChinaCloud\n", 0600);
    desk_write(".azure/azureProfile.json", "{}", 0600);
    opens(WGO_AZURE_CLI);
    cr_assert_str_eq(config->cloud->name, "china");
    desk_set("AZURE_CLOUD", "public");
    opens(WGO_AZURE_CLI);
    cr_assert_str_eq(config->cloud->name, "public");
}

/* ---- certificates ---- */

static EVP_PKEY *make_key(X509 **out_certificate)
{
    EVP_PKEY *key = EVP_RSA_gen(2048);
    X509 *certificate = X509_new();
    cr_assert(key && certificate);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    cr_assert(X509_sign(certificate, key, EVP_sha256()) > 0);
    *out_certificate = certificate;
    return key;
}

/* A field of the JWT's part 'n' of the assertion that was sent last. */
static void expect_in_assertion(unsigned n, const char *part)
{
    struct wgo_str all = wgo_buf_view(&desk.asked), name = WGO_STR("client_assertion=");
    struct wgo_str rest = wgo_str_slice(all, wgo_str_find(all, name) + name.len, all.len);
    rest = wgo_str_slice(rest, 0, wgo_str_find_char(rest, '&'));
    struct wgo_str piece = {0};
    for (unsigned i = 0; i <= n; i++) {
        piece = wgo_str_split(&rest, '.');
    }
    struct wgo_buf text = {0};
    cr_assert(wgo_base64_decode(&text, piece));
    cr_assert(wgo_str_find(wgo_buf_view(&text), wgo_str(part)) < text.len, "%s is not in %.*s",
              part, WGO_FMT(wgo_buf_view(&text)));
    wgo_buf_fini(&text);
}

Test(azure_credentials, a_certificate_signs_an_assertion)
{
    X509 *certificate;
    EVP_PKEY *key = make_key(&certificate);
    FILE *file = fopen(desk_path("sp.pem"), "w");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    PEM_write_X509(file, certificate);
    fclose(file);
    file = fopen(desk_path("sp.pfx"), "wb");
    PKCS12 *bag = PKCS12_create("pass", "sp", key, certificate, NULL, 0, 0, 0, 0, 0);
    i2d_PKCS12_fp(file, bag);
    fclose(file);
    PKCS12_free(bag);
    X509_free(certificate);
    EVP_PKEY_free(key);

    principal();
    desk_set("AZURE_CLIENT_CERTIFICATE_PATH", desk_path("sp.pem"));
    opens(WGO_AZURE_CERTIFICATE);
    gives("secret-token");
    cr_assert(sent("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type"));
    expect_in_assertion(0, "{\"alg\":\"PS256\",\"typ\":\"JWT\",\"x5t#S256\":\"");
    expect_in_assertion(1, "\"iss\":\"client-1\"");
    expect_in_assertion(1,
                        "\"aud\":\"https://login.microsoftonline.com/tenant-1/oauth2/v2.0/token\"");
    expect_in_assertion(1, "\"nbf\":");

    desk_set("AZURE_TENANT_ID", "adfs"); /* which knows older ways only */
    wgo_buf_reset(&desk.asked);
    opens(WGO_AZURE_CERTIFICATE);
    gives("secret-token");
    expect_in_assertion(0, "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"x5t\":\"");
    desk_set("AZURE_TENANT_ID", "tenant-1");

    desk_set("AZURE_CLIENT_CERTIFICATE_PATH", desk_path("sp.pfx"));
    opens(WGO_AZURE_CERTIFICATE);
    fails(WGO_E_AUTH, "cannot be opened with the password given",
          "AZURE_CLIENT_CERTIFICATE_PASSWORD");
    desk_set("AZURE_CLIENT_CERTIFICATE_PASSWORD", "pass");
    opens(WGO_AZURE_CERTIFICATE);
    gives("secret-token");
    expect_in_assertion(1, "\"sub\":\"client-1\"");

    desk_write("junk", "neither", 0600);
    desk_set("AZURE_CLIENT_CERTIFICATE_PATH", desk_path("junk"));
    opens(WGO_AZURE_CERTIFICATE);
    fails(WGO_E_AUTH, "is neither PEM nor PKCS#12", "");
    desk_set("AZURE_CLIENT_CERTIFICATE_PATH", desk_path("gone"));
    opens(WGO_AZURE_CERTIFICATE);
    fails(WGO_E_AUTH, "gone: cannot be read", "");
}

/* ---- workload identity ---- */

Test(azure_credentials, a_federated_token_is_read_anew_each_time)
{
    principal();
    desk_write("token", "first.jwt.x\n", 0600);
    desk_set("AZURE_FEDERATED_TOKEN_FILE", desk_path("token"));
    opens(WGO_AZURE_WORKLOAD);
    gives("secret-token");
    cr_assert(sent("client_assertion=first.jwt.x"));
    desk_write("token", "second.jwt.x", 0600);
    gives("secret-token");
    cr_assert(sent("client_assertion=second.jwt.x"));
    desk_write("token", "two words", 0600);
    fails(WGO_E_AUTH, "holds something else than a token", "");
    desk_write("token", "", 0600);
    fails(WGO_E_AUTH, "is empty", "");
}

/* ---- managed identities ---- */

Test(azure_credentials, the_instance_metadata_service)
{
    desk.answers[0].body =
        "{\"access_token\":\"of-vm\",\"expires_on\":\"1770000000\",\"resource\":\"r\"}";
    desk_set("ARM_USE_MSI", "true");
    opens(WGO_AZURE_IMDS);
    gives("of-vm");
    cr_assert(sent("GET http://169.254.169.254/metadata/identity/oauth2/token?api-version="
                   "2018-02-01&resource=https%3A%2F%2Fmanagement.azure.com\n"));
    cr_assert(sent("Metadata: true\n"));
    cr_assert_eq(token.expires.ns, 1770000000 * WGO_S);
    desk_set("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1/");
    desk_set("AZURE_CLIENT_ID", "mine");
    opens(WGO_AZURE_IMDS);
    gives("of-vm");
    cr_assert(sent("GET http://127.0.0.1:1/metadata/identity/oauth2/token?"));
    cr_assert(sent("&client_id=mine"));
    desk.answers[0].http_status = 400;
    desk.answers[0].body =
        "{\"error\":\"invalid_request\",\"error_description\":\"Identity not found\"}";
    fails(WGO_E_AUTH, "dentity not found", "assign one");
}

Test(azure_credentials, nothing_at_all_says_what_was_looked_for)
{
    char reason[256];
    cr_assert_not(wgo_azure_configured(desk_env, reason));
    cr_assert(strstr(reason, "no AZURE_*"), "%s", reason);
    opens(WGO_AZURE_IMDS);
    cr_assert(config->last_resort);
    desk.silent = true;
    fails(WGO_E_AUTH, "there are none", "az login");
}

Test(azure_credentials, app_service_wants_its_header)
{
    desk_set("IDENTITY_ENDPOINT", "http://127.0.0.1:2/msi/token");
    desk_set("IDENTITY_HEADER", "very-secret");
    opens(WGO_AZURE_APP_SERVICE);
    gives("secret-token");
    cr_assert(sent("GET http://127.0.0.1:2/msi/token?api-version=2019-08-01&resource="));
    cr_assert(sent("X-IDENTITY-HEADER: very-secret\n"));
}

Test(azure_credentials, arc_answers_a_challenge_with_its_file)
{
    char header[300];
    desk_set("IDENTITY_ENDPOINT", "http://127.0.0.1:3/metadata/identity/oauth2/token");
    desk_set("IMDS_ENDPOINT", "http://127.0.0.1:3");
    desk_write("arc.key", "key-of-arc", 0600);
    snprintf(header, sizeof(header), "www-authenticate: Basic realm=%s\n", desk_path("arc.key"));
    desk.answers[0].headers = header;
    desk.answers[0].http_status = 401;
    desk.answers[1].body = "{\"access_token\":\"of-arc\",\"expires_in\":\"60\"}";
    opens(WGO_AZURE_ARC);
    gives("of-arc");
    cr_assert(sent("Authorization: Basic key-of-arc\n"));
    cr_assert_eq(desk.count, 2);
    desk.count = 0;
    desk.answers[0].headers = "www-authenticate: Basic realm=/etc/passwd\n";
    fails(WGO_E_AUTH, "names no key file", "");
    cr_assert_eq(desk.count, 1);
}

/* ---- the Azure CLI ---- */

/* A program "az" that prints what it was asked, then 'text', and ends with 'code'. */
static void az(const char *text, int code)
{
    char script[600], folder[300];
    snprintf(script, sizeof(script), "#!/bin/sh\nprintf '%%s ' \"$@\" >'%s'\n%s\nexit %d\n",
             desk_path("az.log"), text, code);
    desk_write("az", script, 0700);
    snprintf(folder, sizeof(folder), "%s:/usr/bin:/bin", desk.home);
    setenv("PATH", folder, 1);
}

Test(azure_credentials, the_azure_cli_is_asked_for_its_token)
{
    struct wgo_buf log = {0};
    cr_assert_eq(mkdir(desk_path(".azure"), 0700), 0);
    desk_write(".azure/azureProfile.json", "{}", 0600);
    az("echo '{\"accessToken\":\"of-az\",\"expires_on\":1770000000,\"expiresOn\":\"2026-02-02 "
       "01:00:00.000000\"}'",
       0);
    desk_set("AZURE_TENANT_ID", "tenant-1");
    opens(WGO_AZURE_CLI);
    gives("of-az");
    cr_assert_eq(token.expires.ns, 1770000000 * WGO_S);
    cr_assert_eq(wgo_file_read(desk_path("az.log"), 4096, &log, &err), WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&log), "account get-access-token --output json --resource "
                                             "https://management.azure.com --tenant tenant-1 "));
    wgo_buf_fini(&log);
    az("echo \"ERROR: Please run 'az login' to setup account.\" >&2", 1);
    fails(WGO_E_AUTH, "az login", "az login");
    az("echo no json", 0);
    fails(WGO_E_AUTH, "az did not print JSON", "");
    az("echo '{\"accessToken\":\"old\",\"expires_on\":1000}'", 0);
    fails(WGO_E_AUTH, "a token that has expired", "az login");
    az("echo '{}'", 0);
    fails(WGO_E_AUTH, "no accessToken", "");
}

/* ---- the signer ---- */

Test(azure_credentials, the_signer_puts_the_token_on_requests)
{
    struct wgo_azure_signer_context context = {.getenv = desk_env};
    struct wgo_auth_registry *registry = NULL;
    struct wgo_signer *signer = NULL, *storage = NULL;
    struct wgo_arena arena = {0};
    struct wgo_str fact;
    principal();
    desk_set("AZURE_CLIENT_SECRET", "very-secret");
    cr_assert_eq(wgo_auth_registry_new(&registry), WGO_OK);
    cr_assert_eq(wgo_auth_register(registry, &wgo_azure_signer, &context, &err), WGO_OK);
    const struct wgo_signer_setting odd = {WGO_STR("shoe"), WGO_STR("x")};
    cr_assert_eq(wgo_auth_signer(registry, WGO_STR("azure"), &odd, 1, &signer, &err), WGO_E_CONFIG);
    cr_assert_eq(wgo_auth_signer(registry, WGO_STR("azure"), NULL, 0, &signer, &err), WGO_OK);
    const struct wgo_signer_setting of = {WGO_STR("resource"),
                                          WGO_STR("https://storage.azure.com/")};
    cr_assert_eq(wgo_auth_signer(registry, WGO_STR("azure"), &of, 1, &storage, &err), WGO_OK);
    cr_assert_neq(signer, storage);

    struct wgo_request request = {.method = "GET", .url = WGO_STR("https://x/")};
    const struct wgo_signing what = {.request = &request, .arena = &arena};
    cr_assert_eq(wgo_signer_sign(signer, &what, &err), WGO_E_AUTH, "no token yet");
    /* {"appid":"a","oid":"o","tid":"t9"} */
    desk.answers[0].body =
        "{\"access_token\":\"h.eyJhcHBpZCI6ImEiLCJvaWQiOiJvIiwidGlkIjoidDkifQ.s\","
        "\"expires_in\":3600}";
    cr_assert_eq(wgo_signer_refresh(signer, &desk.services, &err), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_signer_sign(signer, &what, &err), WGO_OK);
    cr_assert(wgo_str_starts(request.headers[0].value, WGO_STR("Bearer h.")));
    cr_assert_eq(wgo_signer_fact(signer, WGO_STR("caller"), &arena, &fact, &err), WGO_OK);
    cr_assert(wgo_str_is(fact, "application a, object o"));
    cr_assert_eq(wgo_signer_fact(signer, WGO_STR("tenant"), &arena, &fact, &err), WGO_OK);
    cr_assert(wgo_str_is(fact, "t9"));
    cr_assert_eq(wgo_signer_fact(signer, WGO_STR("nothing"), &arena, &fact, &err), WGO_E_ABSENT);
    cr_assert_eq(wgo_signer_refresh(storage, &desk.services, &err), WGO_OK);
    cr_assert(sent("scope=https%3A%2F%2Fstorage.azure.com%2F.default"));
    wgo_auth_registry_free(registry);
    wgo_arena_fini(&arena);
}
