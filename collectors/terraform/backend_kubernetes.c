/* backend_kubernetes.c: states in Secrets of a cluster.
 *
 *   secret_suffix; namespace [KUBE_NAMESPACE; "default"]; how to reach the cluster: cluster.h
 *
 * A state is in the Secret tfstate-WORKSPACE-SUFFIX, under data.tfstate: gzipped, in base64. A
 * large one goes on in tfstate-WORKSPACE-SUFFIX-part-1, -part-2 ... of a megabyte each. All of
 * them carry labels, by which the workspaces are found; the list is asked for without the Secrets'
 * data. */
#include "terraform/backends.h"
#include "terraform/cluster.h"

#include "base/base64.h"
#include "base/json.h"

#include <stdlib.h>

enum { PAGE = 500, MOST_PAGES = 10000 };

/* One Secret that belongs to the backend. */
struct piece {
    struct wgo_str workspace, name;
    uint64_t number; /* 0 = the first */
};

struct kubernetes {
    struct wgo_tf_backend *backend;
    struct wgo_tf_cluster cluster;
    struct wgo_str namespace_name, suffix;
    struct wgo_str shown; /* the server, fit to be shown */
    struct piece *pieces;
    size_t count, cap;
};

static enum wgo_status fail_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status get(struct kubernetes *k, struct wgo_str url, const char *accept,
                           struct wgo_response *out_response, struct wgo_error *err)
{
    const struct wgo_tf_get get = {
        .url = url,
        .endpoint = &k->cluster.endpoint,
        .headers = {{WGO_STR("Accept"), wgo_str(accept)},
                    {WGO_STR("Authorization"), k->cluster.bearer}},
    };
    enum wgo_status status =
        url.ptr ? wgo_tf_backend_get(k->backend, &get, out_response, err) : fail_memory(err);
    if (status == WGO_OK) {
        status = wgo_json_check(wgo_buf_view(&out_response->body), err);
        if (status != WGO_OK) {
            wgo_error_prefix(err, "the server's answer");
            wgo_response_fini(out_response);
        }
    }
    return status;
}

static struct wgo_str text_of(struct kubernetes *k, struct wgo_str raw, const char *path)
{
    struct wgo_str text = wgo_json_text(wgo_json_get(raw, wgo_str(path)), &k->backend->arena);
    /* Without escapes it borrows the answer, which goes. */
    return wgo_str_dup(&k->backend->arena, text);
}

/* Which piece of its state "tfstate-WORKSPACE-SUFFIX-part-3" is. */
static uint64_t number_of(struct wgo_str name)
{
    uint64_t number = 0;
    struct wgo_str mark = WGO_STR("-part-");
    for (size_t at = name.len; at > 0; at--) {
        if (name.ptr[at - 1] == '-') {
            bool part = wgo_str_ends(wgo_str_slice(name, 0, at), mark);
            return part && wgo_str_to_u64(wgo_str_slice(name, at, name.len), &number) ? number : 0;
        }
    }
    return 0;
}

static bool take_secret(void *state, struct wgo_str item)
{
    struct kubernetes *k = state;
    if (!wgo_str_eq(text_of(k, item, "metadata.labels.tfstateSecretSuffix"), k->suffix)) {
        return true;
    }
    struct piece piece = {
        .workspace = text_of(k, item, "metadata.labels.tfstateWorkspace"),
        .name = text_of(k, item, "metadata.name"),
    };
    piece.number = number_of(piece.name);
    if (k->count == k->cap) {
        size_t cap = k->cap ? k->cap * 2 : 32;
        struct piece *pieces = realloc(k->pieces, cap * sizeof(*pieces));
        if (!pieces) {
            return false;
        }
        k->pieces = pieces;
        k->cap = cap;
    }
    k->pieces[k->count++] = piece;
    return true;
}

static enum wgo_status list_page(struct kubernetes *k, struct wgo_str token,
                                 struct wgo_str *out_token, struct wgo_error *err)
{
    /* A server that does not know this form gives whole Secrets, of which the same is read. */
    static const char accept[] =
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
    struct wgo_buf url = {.limit = 1 << 20};
    struct wgo_response response = {.body_fd = -1};
    wgo_buf_format(&url, "%.*s/api/v1/namespaces/", WGO_FMT(k->cluster.server));
    wgo_url_encode(&url, k->namespace_name, false);
    wgo_buf_format(&url, "/secrets?labelSelector=tfstate%%3Dtrue&limit=%d", PAGE);
    if (token.len) {
        wgo_buf_cstr(&url, "&continue=");
        wgo_url_encode(&url, token, false);
    }
    enum wgo_status status =
        url.failed ? fail_memory(err) : get(k, wgo_buf_view(&url), accept, &response, err);
    wgo_buf_fini(&url);
    if (status == WGO_E_ABSENT) {
        return wgo_fail(err, WGO_E_REJECTED, "this is not a Kubernetes API server (HTTP 404)");
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str body = wgo_buf_view(&response.body);
    status = wgo_json_each(body, WGO_STR("items[]"), take_secret, k);
    *out_token = text_of(k, body, "metadata.continue");
    wgo_response_fini(&response);
    return status;
}

static int compare_pieces(const void *a, const void *b)
{
    const struct piece *left = a, *right = b;
    int order = wgo_str_cmp(left->workspace, right->workspace);
    return order ? order : (left->number > right->number) - (left->number < right->number);
}

/* The bytes of one Secret's data.tfstate, to the spool. */
static enum wgo_status spool_piece(struct kubernetes *k, const struct piece *piece,
                                   struct wgo_error *err)
{
    struct wgo_buf url = {.limit = 1 << 20}, bytes = {0};
    struct wgo_response response = {.body_fd = -1};
    wgo_buf_format(&url, "%.*s/api/v1/namespaces/", WGO_FMT(k->cluster.server));
    wgo_url_encode(&url, k->namespace_name, false);
    wgo_buf_cstr(&url, "/secrets/");
    wgo_url_encode(&url, piece->name, false);
    enum wgo_status status = url.failed
                                 ? fail_memory(err)
                                 : get(k, wgo_buf_view(&url), "application/json", &response, err);
    wgo_buf_fini(&url);
    if (status == WGO_E_ABSENT) {
        status = wgo_fail(err, WGO_E_CUT_SHORT, "the Secret %.*s went away meanwhile",
                          WGO_FMT(piece->name));
        wgo_error_hint(err, "scan again");
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str data = wgo_json_get(wgo_buf_view(&response.body), WGO_STR("data.tfstate"));
    struct wgo_str text = data.ptr ? wgo_json_text(data, &k->backend->arena) : WGO_STR("");
    if (!text.len) {
        status =
            wgo_fail(err, WGO_E_ABSENT, "the Secret %.*s holds no state", WGO_FMT(piece->name));
    } else if (!wgo_base64_decode(&bytes, text)) {
        status = wgo_fail(err, WGO_E_PARSE, "data.tfstate of the Secret %.*s is not base64",
                          WGO_FMT(piece->name));
    } else {
        status = wgo_tf_spool_append(&k->backend->session->spool, wgo_buf_view(&bytes), err);
    }
    wgo_buf_fini(&bytes);
    wgo_response_fini(&response);
    return status;
}

/* The pieces of one workspace, which lie together. */
static enum wgo_status read_workspace(struct kubernetes *k, const struct piece *pieces,
                                      size_t count, struct wgo_error *err)
{
    struct wgo_tf_backend *backend = k->backend;
    struct wgo_tf_spool *spool = &backend->session->spool;
    struct wgo_error why = {0};
    enum wgo_status status = WGO_OK;
    uint64_t start = spool->size;
    struct wgo_str location = wgo_str_format(
        &backend->arena, "%.*s/api/v1/namespaces/%.*s/secrets/tfstate-%.*s-%.*s", WGO_FMT(k->shown),
        WGO_FMT(k->namespace_name), WGO_FMT(pieces[0].workspace), WGO_FMT(k->suffix));
    for (size_t i = 0; status == WGO_OK && i < count; i++) {
        if (pieces[i].number != i) {
            status = wgo_fail(&why, WGO_E_CUT_SHORT, "part %zu of the state is missing", i);
        } else {
            status = spool_piece(k, &pieces[i], &why);
        }
    }
    if (status != WGO_OK) {
        spool->size = start;
        return wgo_tf_backend_failed(backend, location, &why, err);
    }
    return wgo_tf_session_spooled(backend->session, WGO_STR("kubernetes"), location, start, err);
}

static enum wgo_status read_workspaces(struct kubernetes *k, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    if (k->count) {
        qsort(k->pieces, k->count, sizeof(*k->pieces), compare_pieces);
    }
    for (size_t at = 0, next; status == WGO_OK && at < k->count; at = next) {
        for (next = at + 1;
             next < k->count && wgo_str_eq(k->pieces[next].workspace, k->pieces[at].workspace);
             next++) {
        }
        status = read_workspace(k, &k->pieces[at], next - at, err);
    }
    if (status == WGO_OK && k->count == 0) {
        struct wgo_error why = {0};
        wgo_fail(&why, WGO_E_ABSENT, "there is no state yet");
        status = wgo_tf_backend_failed(k->backend, k->backend->place, &why, err);
    }
    return status;
}

static enum wgo_status read_kubernetes(struct wgo_tf_backend *backend, struct wgo_error *err)
{
    struct kubernetes k = {
        .backend = backend,
        .namespace_name = wgo_tf_setting(backend, "namespace", "KUBE_NAMESPACE"),
    };
    enum wgo_status status = wgo_tf_setting_needed(backend, "secret_suffix", NULL, &k.suffix, err);
    status = status == WGO_OK ? wgo_tf_cluster_find(backend, &k.cluster, err) : status;
    if (status != WGO_OK) {
        return status;
    }
    k.namespace_name = k.namespace_name.len ? k.namespace_name : WGO_STR("default");
    k.shown = wgo_tf_backend_shown_url(backend, k.cluster.server);
    backend->place = wgo_str_format(&backend->arena, "%.*s/api/v1/namespaces/%.*s/secrets",
                                    WGO_FMT(k.shown), WGO_FMT(k.namespace_name));
    if (k.cluster.endpoint.insecure_skip_verify) {
        wgo_tf_backend_warn_insecure(backend);
    }
    struct wgo_str token = WGO_STR("");
    unsigned pages = 0;
    do {
        status = list_page(&k, token, &token, err);
        if (status == WGO_OK && ++pages > MOST_PAGES) {
            status = wgo_fail(err, WGO_E_REJECTED, "the list of Secrets does not end");
        }
    } while (status == WGO_OK && token.len);
    status = status == WGO_OK ? read_workspaces(&k, err) : status;
    free(k.pieces);
    return status;
}

const struct wgo_tf_backend_type wgo_tf_backend_kubernetes = {
    .name = "kubernetes",
    .read = read_kubernetes,
};
