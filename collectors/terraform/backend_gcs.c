/* backend_gcs.c: states in a bucket of Google's Cloud Storage.
 *
 *   bucket, prefix
 *   access_token [GOOGLE_OAUTH_ACCESS_TOKEN], else credentials [GOOGLE_BACKEND_CREDENTIALS,
 *   GOOGLE_CREDENTIALS], a file or its contents, else Application Default Credentials
 *   (gcp/config.h); impersonate_service_account [GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT,
 *   GOOGLE_IMPERSONATE_SERVICE_ACCOUNT], impersonate_service_account_delegates
 *   encryption_key [GOOGLE_ENCRYPTION_KEY], in base64 or a file that holds it so
 *   storage_custom_endpoint [GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT,
 *   GOOGLE_STORAGE_CUSTOM_ENDPOINT], else where the collector for Google Cloud finds it
 *
 * Workspace W's state is "PREFIX/W.tfstate", also that of the one called default; all are found by
 * one list of what lies right under the prefix, in which locks (.tflock) and everything else are
 * passed over. Who may not list reads the default one alone. Nothing is asked but objects.list and
 * objects.get. kms_encryption_key is about writing and of no interest. */
#include "terraform/backend_gcs.h"

#include "terraform/backends.h"

enum { MOST_PAGES = 10000 };

static enum wgo_status read_object(struct wgo_tf_gcs *gcs, struct wgo_str name, bool known,
                                   struct wgo_error *err)
{
    struct wgo_tf_backend *backend = gcs->backend;
    struct wgo_response response = {.body_fd = -1};
    struct wgo_error why = {0};
    const struct wgo_tf_gcs_call call = {.name = name, .known = known};
    uint64_t start = backend->session->spool.size;
    struct wgo_str location =
        wgo_str_format(&backend->arena, "gs://%.*s/%.*s", WGO_FMT(gcs->bucket), WGO_FMT(name));
    enum wgo_status status = wgo_tf_gcs_get(gcs, &call, &response, &why);
    if (status == WGO_OK) {
        status = response.body_size == 0
                     ? wgo_fail(&why, WGO_E_ABSENT, "there is no state yet (an empty object)")
                     : wgo_tf_backend_spool(backend, &response, &why);
        wgo_response_fini(&response);
    }
    return status == WGO_OK
               ? wgo_tf_session_spooled(backend->session, WGO_STR("gcs"), location, start, err)
               : wgo_tf_backend_failed(backend, location, &why, err);
}

/* One page of the list: its states are read. 'why' is the list's own failure, 'fatal' what ends the
 * scan. */
static enum wgo_status read_page(struct wgo_tf_gcs *gcs, struct wgo_str usual, bool *seen,
                                 struct wgo_str *token, struct wgo_error *why,
                                 struct wgo_error *fatal)
{
    struct wgo_arena *arena = &gcs->backend->arena;
    struct wgo_response response = {.body_fd = -1};
    struct wgo_tf_gcs_page page = {.count = 0};
    const struct wgo_tf_gcs_call call = {.token = *token};
    enum wgo_status status = wgo_tf_gcs_get(gcs, &call, &response, why);
    if (status == WGO_OK) {
        status = wgo_tf_gcs_page_read(wgo_buf_view(&response.body), arena, &page, why);
        wgo_response_fini(&response);
    }
    for (size_t i = 0; i < page.count && status == WGO_OK; i++) {
        if (wgo_tf_gcs_is_state(page.names[i], gcs->prefix)) {
            *seen |= wgo_str_eq(page.names[i], usual);
            status = read_object(gcs, page.names[i], true, fatal);
        }
    }
    if (status == WGO_OK && page.token.len && wgo_str_eq(page.token, *token)) {
        return wgo_fail(why, WGO_E_PARSE, "the list of objects goes round in circles");
    }
    *token = page.token;
    return status;
}

/* What failed concerns the backend as a whole. */
static bool is_lost(enum wgo_status status)
{
    return status == WGO_E_AUTH || status == WGO_E_NOT_FOUND || status == WGO_E_NETWORK ||
           status == WGO_E_TIMEOUT || status == WGO_E_CONFIG;
}

static enum wgo_status read_states(struct wgo_tf_gcs *gcs, struct wgo_error *err)
{
    struct wgo_tf_backend *backend = gcs->backend;
    struct wgo_str token = WGO_STR("");
    struct wgo_str usual =
        wgo_str_format(&backend->arena, "%.*sdefault.tfstate", WGO_FMT(gcs->prefix));
    struct wgo_error why = {0}, fatal = {0};
    enum wgo_status status = WGO_OK;
    bool seen = false;
    unsigned pages = 0;
    do {
        status = pages < MOST_PAGES
                     ? read_page(gcs, usual, &seen, &token, &why, &fatal)
                     : wgo_fail(&why, WGO_E_PARSE, "the list of objects does not end");
        pages++;
    } while (status == WGO_OK && token.len);
    if (fatal.status != WGO_OK) {
        *err = fatal;
        return status;
    }
    if (status == WGO_OK) {
        wgo_fail(&why, WGO_E_ABSENT, "there is no state yet");
        return seen ? WGO_OK : wgo_tf_backend_failed(backend, backend->place, &why, err);
    }
    bool lost = is_lost(status);
    if (lost && pages == 1) {
        return wgo_tf_backend_failed(backend, backend->place, &why, err);
    }
    /* Workspaces may be missing: that is a row of its own. */
    struct wgo_str place = wgo_str_format(&backend->arena, "gs://%.*s/%.*s*.tfstate",
                                          WGO_FMT(gcs->bucket), WGO_FMT(gcs->prefix));
    status = wgo_tf_backend_failed(backend, place, &why, err);
    return status == WGO_OK && !seen && !lost ? read_object(gcs, usual, false, err) : status;
}

static enum wgo_status read_gcs(struct wgo_tf_backend *backend, struct wgo_error *err)
{
    struct wgo_tf_gcs gcs = {.backend = backend};
    enum wgo_status status = wgo_tf_gcs_open(&gcs, err);
    if (status == WGO_OK) {
        status = read_states(&gcs, err);
    }
    wgo_tf_gcs_close(&gcs);
    return status;
}

const struct wgo_tf_backend_type wgo_tf_backend_gcs = {
    .name = "gcs",
    .read = read_gcs,
};
