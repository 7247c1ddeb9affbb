/* certificate.c: a certificate and its key in one file.
 *
 * PEM goes through as it is; PKCS#12 is opened with the password and becomes PEM. */
#include "azure/credentials.h"

#include "base/file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

enum { LARGEST_FILE = 1 << 20 };

static enum wgo_status write_pem(X509 *certificate, EVP_PKEY *key, struct wgo_buf *out,
                                 struct wgo_error *err)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *bytes = NULL;
    bool good = bio && PEM_write_bio_X509(bio, certificate) == 1 &&
                PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
    long length = good ? BIO_get_mem_data(bio, &bytes) : 0;
    good = good && length > 0 && wgo_buf_append(out, bytes, (size_t)length);
    BIO_free(bio);
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status open_pkcs12(const char *path, struct wgo_str bytes, const char *password,
                                   struct wgo_buf *out, struct wgo_error *err)
{
    const unsigned char *at = (const unsigned char *)bytes.ptr;
    PKCS12 *bag = d2i_PKCS12(NULL, &at, (long)bytes.len);
    EVP_PKEY *key = NULL;
    X509 *certificate = NULL;
    enum wgo_status status;
    if (!bag) {
        status = wgo_fail(err, WGO_E_AUTH, "%.300s: is neither PEM nor PKCS#12", path);
    } else if (PKCS12_parse(bag, password, &key, &certificate, NULL) != 1) {
        status =
            wgo_fail(err, WGO_E_AUTH, "%.300s: cannot be opened with the password given", path);
        wgo_error_hint(err, "AZURE_CLIENT_CERTIFICATE_PASSWORD");
    } else if (!key || !certificate) {
        status = wgo_fail(err, WGO_E_AUTH, "%.300s: holds no certificate with its key", path);
    } else {
        status = write_pem(certificate, key, out, err);
    }
    EVP_PKEY_free(key);
    X509_free(certificate);
    PKCS12_free(bag);
    ERR_clear_error();
    return status;
}

enum wgo_status wgo_azure_certificate(const char *path, struct wgo_str password,
                                      struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_buf bytes = {.secret = true}, secret = {.secret = true};
    enum wgo_status status = wgo_file_read(path, LARGEST_FILE, &bytes, err);
    struct wgo_str text = wgo_buf_view(&bytes);
    if (status != WGO_OK) {
        status = status == WGO_E_NOMEM ? status
                                       : wgo_fail(err, WGO_E_AUTH, "%.300s: cannot be read: %s",
                                                  path, wgo_status_text(status));
    } else if (wgo_str_find(text, WGO_STR("-----BEGIN ")) < text.len) {
        status = wgo_buf_str(out, text) ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    } else {
        wgo_buf_str(&secret, password);
        const char *plain = wgo_buf_terminated(&secret);
        status = plain ? open_pkcs12(path, text, plain, out, err)
                       : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_buf_fini(&bytes);
    wgo_buf_fini(&secret);
    return status;
}
