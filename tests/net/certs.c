#include "certs.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        abort();
    }
}

static char *text_of(BIO *bio)
{
    char *bytes;
    long len = BIO_get_mem_data(bio, &bytes);
    char *text = strndup(bytes, (size_t)len);
    check(text != NULL, "strndup");
    BIO_free(bio);
    return text;
}

static void extend(X509 *x509, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    check(extension && X509_add_ext(x509, extension, -1), value);
    X509_EXTENSION_free(extension);
}

struct cert cert_make(const char *common_name, const char *names)
{
    static long serial = 1;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    check(key && x509, "certificate");
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 24L * 3600);
    X509_set_pubkey(x509, key);
    X509_NAME *name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common_name, -1, -1,
                               0);
    X509_set_issuer_name(x509, name);
    extend(x509, NID_basic_constraints, "critical,CA:TRUE");
    if (names) {
        extend(x509, NID_subject_alt_name, names);
    }
    check(X509_sign(x509, key, EVP_sha256()) > 0, "X509_sign");

    BIO *cert_text = BIO_new(BIO_s_mem()), *key_text = BIO_new(BIO_s_mem());
    check(cert_text && key_text && PEM_write_bio_X509(cert_text, x509) &&
              PEM_write_bio_PrivateKey(key_text, key, NULL, NULL, 0, NULL, NULL),
          "PEM");
    X509_free(x509);
    EVP_PKEY_free(key);
    return (struct cert){.cert_pem = text_of(cert_text), .key_pem = text_of(key_text)};
}

void cert_free(struct cert *cert)
{
    free(cert->cert_pem);
    free(cert->key_pem);
}

void write_file(const char *dir, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    check(file && fputs(text, file) >= 0 && fclose(file) == 0, path);
}
