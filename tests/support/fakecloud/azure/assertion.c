#include "azure/assertion.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"

#define MAX_CERTS 8
#define MAX_JWT 16384

struct az_cert {
    X509 *certs[MAX_CERTS];
    size_t count;
};

struct jwt {
    struct fc_str text; /* What was signed. */
    struct json_object *header;
    struct json_object *claims;
    unsigned char signature[1024];
    size_t signature_len;
};

struct az_cert *az_cert_read(const char *path)
{
    struct az_cert *c = fc_alloc(sizeof(*c));
    FILE *f = fopen(path, "rb");

    while (f != NULL && c->count < MAX_CERTS &&
           (c->certs[c->count] = PEM_read_X509(f, NULL, NULL, NULL)) != NULL) {
        c->count++;
    }
    if (c->count == 0) {
        fc_die("azure.cert: %s holds no certificate", path);
    }
    fclose(f);
    return c;
}

void az_cert_free(struct az_cert *c)
{
    size_t i;

    for (i = 0; c != NULL && i < c->count; i++) {
        X509_free(c->certs[i]);
    }
    free(c);
}

static struct json_object *decode_part(struct fc_str part)
{
    char *raw = fc_alloc(part.n + 1);
    struct json_object *o = NULL;
    size_t n;

    if (fc_base64_decode(part, raw, part.n, &n)) {
        raw[n] = '\0';
        o = json_tokener_parse(raw);
    }
    free(raw);
    if (o != NULL && !json_object_is_type(o, json_type_object)) {
        json_object_put(o);
        o = NULL;
    }
    return o;
}

static void jwt_fini(struct jwt *j)
{
    json_object_put(j->header);
    json_object_put(j->claims);
}

static bool jwt_read(struct fc_str text, struct jwt *j)
{
    const char *first = text.n > 0 ? memchr(text.p, '.', text.n) : NULL;
    const char *last = text.n > 0 ? memrchr(text.p, '.', text.n) : NULL;

    *j = (struct jwt){0};
    if (first == NULL || first == last || text.n > MAX_JWT) {
        return false;
    }
    j->text = (struct fc_str){text.p, (size_t)(last - text.p)};
    j->header = decode_part((struct fc_str){text.p, (size_t)(first - text.p)});
    j->claims = decode_part((struct fc_str){first + 1, (size_t)(last - first - 1)});
    return j->header != NULL && j->claims != NULL &&
           fc_base64_decode((struct fc_str){last + 1, (size_t)(text.p + text.n - last - 1)},
                            j->signature, sizeof(j->signature), &j->signature_len);
}

static const char *text_of(struct json_object *o, const char *key)
{
    struct json_object *v = fc_conf_get(o, key);

    return v != NULL && json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

static bool print_matches(X509 *cert, const EVP_MD *digest, const char *want)
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    struct fc_text t = {0};
    size_t wanted = strcspn(want, "=");
    bool same;

    X509_digest(cert, digest, md, &n);
    fc_text_base64(&t, md, n, true);
    same = t.len == wanted && memcmp(t.data, want, wanted) == 0;
    fc_text_fini(&t);
    return same;
}

/* The certificate that the header names by its thumbprint. */
static X509 *cert_of(const struct az_cert *c, const struct jwt *j)
{
    const char *sha1 = text_of(j->header, "x5t"), *sha256 = text_of(j->header, "x5t#S256");
    size_t i;

    for (i = 0; c != NULL && i < c->count; i++) {
        if ((*sha1 != '\0' && print_matches(c->certs[i], EVP_sha1(), sha1)) ||
            (*sha256 != '\0' && print_matches(c->certs[i], EVP_sha256(), sha256))) {
            return c->certs[i];
        }
    }
    return NULL;
}

static bool verify(X509 *cert, const struct jwt *j)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY *key = X509_get0_pubkey(cert);
    EVP_PKEY_CTX *pctx = NULL;
    const char *alg = text_of(j->header, "alg");
    bool pss = strcmp(alg, "PS256") == 0;
    bool good = (pss || strcmp(alg, "RS256") == 0) && ctx != NULL &&
                EVP_DigestVerifyInit(ctx, &pctx, EVP_sha256(), NULL, key) == 1;

    if (good && pss) {
        good = EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    good = good && EVP_DigestVerify(ctx, j->signature, j->signature_len,
                                    (const unsigned char *)j->text.p, j->text.n) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

static int64_t number_of(struct json_object *o, const char *key)
{
    struct json_object *v = fc_conf_get(o, key);

    return v != NULL ? json_object_get_int64(v) : 0;
}

static bool in_time(const struct jwt *j, int64_t now_s)
{
    return number_of(j->claims, "exp") > now_s - 300 && number_of(j->claims, "nbf") <= now_s + 300;
}

/* The audience is the token endpoint, whichever name of it. */
static bool for_us(const struct az_world *w, const struct jwt *j)
{
    const char *aud = text_of(j->claims, "aud");

    return (strstr(aud, w->tenant) != NULL || strstr(aud, w->domain) != NULL) &&
           (strstr(aud, "/token") != NULL || strstr(aud, "/v2.0") != NULL);
}

static bool check_signed(const struct az_world *w, const struct fc_request *rq,
                         const struct az_app *app, const struct jwt *j, int64_t now_s,
                         struct fc_reply *reply)
{
    X509 *cert = cert_of(w->cert, j);

    if (cert == NULL || !verify(cert, j)) {
        az_login_error(w, rq, reply, 401, "invalid_client", 700027,
                       "The certificate with identifier used to sign the client assertion is not "
                       "registered on application. [Reason - %s]",
                       cert == NULL ? "The key was not found." : "The signature is not valid.");
        return false;
    }
    if (!in_time(j, now_s)) {
        az_login_error(w, rq, reply, 401, "invalid_client", 700024,
                       "Client assertion is not within its valid time range. Ensure that the "
                       "access token is not expired before using it for client assertion.");
        return false;
    }
    if (!for_us(w, j)) {
        az_login_error(w, rq, reply, 401, "invalid_client", 700023,
                       "Client assertion audience claim does not match Realm issuer. Review the "
                       "documentation at https://learn.microsoft.com/entra/identity-platform/"
                       "certificate-credentials.");
        return false;
    }
    if (strcmp(text_of(j->claims, "iss"), app->id) != 0 ||
        strcmp(text_of(j->claims, "sub"), app->id) != 0) {
        az_login_error(w, rq, reply, 401, "invalid_client", 700021,
                       "Client assertion application identifier doesn't match 'client_id' "
                       "parameter.");
        return false;
    }
    return true;
}

static bool check_federated(const struct az_world *w, const struct fc_request *rq,
                            const struct az_app *app, const struct jwt *j, int64_t now_s,
                            struct fc_reply *reply)
{
    const char *subject = text_of(j->claims, "sub");
    const char *issuer = text_of(j->claims, "iss");

    if (number_of(j->claims, "exp") != 0 && !in_time(j, now_s)) {
        az_login_error(w, rq, reply, 401, "invalid_client", 700024,
                       "Client assertion is not within its valid time range. Ensure that the "
                       "access token is not expired before using it for client assertion.");
        return false;
    }
    if (app->subject == NULL || !fc_glob(app->subject, fc_str_of(subject))) {
        az_login_error(w, rq, reply, 401, "invalid_client", 700213,
                       "No matching federated identity record found for presented assertion "
                       "subject '%s'. Check your federated identity credential Subject, Audience "
                       "and Issuer against the presented assertion.",
                       subject);
        return false;
    }
    if (app->issuer != NULL && !fc_glob(app->issuer, fc_str_of(issuer))) {
        az_login_error(w, rq, reply, 401, "invalid_client", 700211,
                       "No matching federated identity record found for presented assertion "
                       "issuer '%s'.",
                       issuer);
        return false;
    }
    return true;
}

bool az_assertion_check(const struct az_world *w, const struct fc_request *rq,
                        const struct az_app *app, struct fc_str jwt, int64_t now_s,
                        struct fc_reply *reply)
{
    struct jwt j;
    bool good = jwt_read(jwt, &j);

    if (!good) {
        az_login_error(w, rq, reply, 401, "invalid_client", 50027,
                       "JWT token is invalid or malformed.");
    } else if (*text_of(j.header, "x5t") != '\0' || *text_of(j.header, "x5t#S256") != '\0') {
        good = check_signed(w, rq, app, &j, now_s, reply);
    } else {
        good = check_federated(w, rq, app, &j, now_s, reply);
    }
    jwt_fini(&j);
    return good;
}
