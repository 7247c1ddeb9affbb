/* backend_http.c: one state behind a URL.
 *
 *   address [TF_HTTP_ADDRESS], username [TF_HTTP_USERNAME], password [TF_HTTP_PASSWORD],
 *   skip_cert_verification, client_certificate_pem, client_private_key_pem,
 *   client_ca_certificate_pem [TF_HTTP_CLIENT_...]
 *
 * Settings for updating and locking are of no use to a reader and ignored. 404 and 204 mean that
 * there is no state yet, as does an empty answer. */
#include "terraform/backends.h"

static const char *or_null(struct wgo_str text)
{
    return text.len ? text.ptr : NULL;
}

static enum wgo_status read_http(struct wgo_tf_backend *backend, struct wgo_error *err)
{
    struct wgo_endpoint endpoint;
    struct wgo_str address;
    enum wgo_status status =
        wgo_tf_setting_needed(backend, "address", "TF_HTTP_ADDRESS", &address, err);
    if (status != WGO_OK) {
        return status;
    }
    wgo_tf_backend_endpoint(backend, &endpoint);
    endpoint.user = or_null(wgo_tf_setting(backend, "username", "TF_HTTP_USERNAME"));
    endpoint.password = or_null(wgo_tf_setting(backend, "password", "TF_HTTP_PASSWORD"));
    endpoint.ca_pem = or_null(
        wgo_tf_setting(backend, "client_ca_certificate_pem", "TF_HTTP_CLIENT_CA_CERTIFICATE_PEM"));
    endpoint.cert_pem = or_null(
        wgo_tf_setting(backend, "client_certificate_pem", "TF_HTTP_CLIENT_CERTIFICATE_PEM"));
    endpoint.key_pem = or_null(
        wgo_tf_setting(backend, "client_private_key_pem", "TF_HTTP_CLIENT_PRIVATE_KEY_PEM"));
    endpoint.insecure_skip_verify = wgo_tf_setting_bool(backend, "skip_cert_verification",
                                                        "TF_HTTP_SKIP_CERT_VERIFICATION", false);
    backend->place = wgo_tf_backend_shown_url(backend, address);
    if (endpoint.insecure_skip_verify) {
        wgo_tf_backend_warn_insecure(backend);
    }
    const struct wgo_tf_get get = {.url = address, .endpoint = &endpoint, .spool = true};
    return wgo_tf_backend_get_state(backend, &get, WGO_STR("http"), backend->place, err);
}

const struct wgo_tf_backend_type wgo_tf_backend_http = {
    .name = "http",
    .read = read_http,
};
