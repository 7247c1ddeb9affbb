/* backend_remote.c: states kept by Terraform Cloud, Terraform Enterprise and what speaks their API.
 *
 *   hostname [TF_CLOUD_HOSTNAME; app.terraform.io], organization [TF_CLOUD_ORGANIZATION],
 *   token (else cloud_token.h), workspaces: {name or prefix, or (cloud) tags, project}
 *
 * Without any of the last, all workspaces of the organisation are read. The API's place is found by
 * service discovery; its lists come in pages; the state of a workspace is what its current state
 * version names. One without a version has no state yet. */
#include "terraform/backends.h"
#include "terraform/cloud_token.h"

#include "base/json.h"

enum { MOST_PAGES = 10000 };

struct remote {
    struct wgo_tf_backend *backend;
    struct wgo_endpoint endpoint;
    struct wgo_str origin; /* https://host */
    struct wgo_str api;    /* with a slash at its end */
    struct wgo_str bearer, organization;
    unsigned found;
};

static enum wgo_status fail_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status get_json(struct remote *remote, struct wgo_str url,
                                struct wgo_response *out_response, struct wgo_error *err)
{
    const struct wgo_tf_get get = {
        .url = url,
        .endpoint = &remote->endpoint,
        .headers = {{WGO_STR("Accept"), WGO_STR("application/vnd.api+json, application/json")},
                    {WGO_STR("Authorization"), remote->bearer}},
    };
    enum wgo_status status =
        url.ptr ? wgo_tf_backend_get(remote->backend, &get, out_response, err) : fail_memory(err);
    if (status == WGO_OK) {
        status = wgo_json_check(wgo_buf_view(&out_response->body), err);
        if (status != WGO_OK) {
            wgo_error_prefix(err, "the server's answer");
            wgo_response_fini(out_response);
        }
    }
    return status;
}

static struct wgo_str text_of(struct remote *remote, struct wgo_str raw, const char *path)
{
    struct wgo_arena *arena = &remote->backend->arena;
    struct wgo_str text = wgo_json_text(wgo_json_get(raw, wgo_str(path)), arena);
    return wgo_str_dup(arena, text.ptr ? text : WGO_STR(""));
}

/* Where the API is, from the document every host has at one place. */
static enum wgo_status discover(struct remote *remote, struct wgo_error *err)
{
    static const char *const services[] = {"\"tfe.v2.1\"", "\"tfe.v2\"", "\"state.v2\""};
    struct wgo_arena *arena = &remote->backend->arena;
    struct wgo_response response = {.body_fd = -1};
    struct wgo_str path = WGO_STR("");
    enum wgo_status status = get_json(
        remote, wgo_str_format(arena, "%.*s/.well-known/terraform.json", WGO_FMT(remote->origin)),
        &response, err);
    if (status == WGO_E_ABSENT) {
        status = wgo_fail(err, WGO_E_CONFIG, "the host offers no Terraform services");
        wgo_error_hint(err, "check the backend's hostname");
    }
    if (status != WGO_OK) {
        return status;
    }
    for (size_t i = 0; i < WGO_COUNT(services) && !path.len; i++) {
        path = text_of(remote, wgo_buf_view(&response.body), services[i]);
    }
    wgo_response_fini(&response);
    if (!path.len) {
        return wgo_fail(err, WGO_E_UNSUPPORTED, "the host keeps no states (it has no tfe.v2)");
    }
    bool absolute = wgo_str_find(path, WGO_STR("://")) < path.len;
    bool slash = path.ptr[path.len - 1] == '/';
    remote->api = wgo_str_format(arena, "%.*s%s%.*s%s", absolute ? 0 : (int)remote->origin.len,
                                 remote->origin.ptr, absolute || path.ptr[0] == '/' ? "" : "/",
                                 WGO_FMT(path), slash ? "" : "/");
    return remote->api.ptr ? WGO_OK : fail_memory(err);
}

/* ---- one workspace ---- */

static enum wgo_status find_download(struct remote *remote, struct wgo_str id,
                                     struct wgo_str *out_url, struct wgo_error *err)
{
    struct wgo_arena *arena = &remote->backend->arena;
    struct wgo_response response = {.body_fd = -1};
    enum wgo_status status =
        get_json(remote,
                 wgo_str_format(arena, "%.*sworkspaces/%.*s/current-state-version",
                                WGO_FMT(remote->api), WGO_FMT(id)),
                 &response, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str url =
        text_of(remote, wgo_buf_view(&response.body), "data.attributes.hosted-state-download-url");
    wgo_response_fini(&response);
    if (!url.len) {
        return wgo_fail(err, WGO_E_DENIED,
                        "the state version has no download URL: the token may "
                        "not read states");
    }
    *out_url = url.ptr[0] == '/'
                   ? wgo_str_format(arena, "%.*s%.*s", WGO_FMT(remote->origin), WGO_FMT(url))
                   : url;
    return out_url->ptr ? WGO_OK : fail_memory(err);
}

/* The token goes only to the host it is for: a download may lie elsewhere, signed by its URL. */
static bool is_own(const struct remote *remote, struct wgo_str url)
{
    return wgo_str_starts(url, remote->origin) &&
           (url.len == remote->origin.len || url.ptr[remote->origin.len] == '/');
}

static enum wgo_status read_workspace(struct remote *remote, struct wgo_str id, struct wgo_str name,
                                      struct wgo_error *err)
{
    struct wgo_tf_backend *backend = remote->backend;
    struct wgo_error why = {0};
    struct wgo_str url = WGO_STR("");
    struct wgo_str location =
        wgo_str_format(&backend->arena, "%.*s/app/%.*s/workspaces/%.*s", WGO_FMT(remote->origin),
                       WGO_FMT(remote->organization), WGO_FMT(name));
    remote->found++;
    enum wgo_status status = find_download(remote, id, &url, &why);
    if (status != WGO_OK) {
        return wgo_tf_backend_failed(backend, location, &why, err);
    }
    bool own = is_own(remote, url);
    const struct wgo_tf_get get = {
        .url = url,
        .endpoint = own ? &remote->endpoint : NULL,
        .headers = {{WGO_STR("Authorization"), own ? remote->bearer : WGO_STR("")}},
        .spool = true,
    };
    return wgo_tf_backend_get_state(backend, &get, WGO_STR("remote"), location, err);
}

/* ---- which workspaces ---- */

struct page {
    struct remote *remote;
    struct wgo_str prefix;
    enum wgo_status status;
    struct wgo_error *err;
};

static bool take_workspace(void *state, struct wgo_str item)
{
    struct page *page = state;
    struct wgo_str name = text_of(page->remote, item, "attributes.name");
    if (wgo_str_starts(name, page->prefix)) { /* the server's search may match anywhere */
        page->status =
            read_workspace(page->remote, text_of(page->remote, item, "id"), name, page->err);
    }
    return page->status == WGO_OK;
}

static enum wgo_status read_pages(struct remote *remote, struct wgo_str query,
                                  struct wgo_str prefix, struct wgo_error *err)
{
    struct wgo_arena *arena = &remote->backend->arena;
    struct page page = {.remote = remote, .prefix = prefix, .err = err};
    int64_t number = 1;
    for (unsigned pages = 0; page.status == WGO_OK && number > 0; pages++) {
        struct wgo_response response = {.body_fd = -1};
        int64_t next = 0;
        if (pages == MOST_PAGES) {
            return wgo_fail(err, WGO_E_REJECTED, "the list of workspaces does not end");
        }
        page.status =
            get_json(remote,
                     wgo_str_format(arena,
                                    "%.*sorganizations/%.*s/workspaces?page%%5Bsize%%5D=100&"
                                    "page%%5Bnumber%%5D=%lld%.*s",
                                    WGO_FMT(remote->api), WGO_FMT(remote->organization),
                                    (long long)number, WGO_FMT(query)),
                     &response, err);
        if (page.status == WGO_E_ABSENT) {
            page.status = wgo_fail(err, WGO_E_NOT_FOUND,
                                   "there is no organisation \"%.*s\", or the "
                                   "token may not see it",
                                   WGO_FMT(remote->organization));
        }
        if (page.status != WGO_OK) {
            break;
        }
        struct wgo_str body = wgo_buf_view(&response.body);
        struct wgo_str raw = wgo_json_get(body, WGO_STR("meta.pagination.next-page"));
        if (!wgo_str_to_i64(raw, &next) || next <= number) {
            next = 0;
        }
        number = next;
        (void)wgo_json_each(body, WGO_STR("data[]"), take_workspace, &page);
        wgo_response_fini(&response);
    }
    return page.status;
}

static enum wgo_status read_one(struct remote *remote, struct wgo_str name, struct wgo_error *err)
{
    struct wgo_arena *arena = &remote->backend->arena;
    struct wgo_buf url = {.limit = 1 << 20};
    struct wgo_response response = {.body_fd = -1};
    wgo_buf_format(&url, "%.*sorganizations/%.*s/workspaces/", WGO_FMT(remote->api),
                   WGO_FMT(remote->organization));
    wgo_url_encode(&url, name, false);
    struct wgo_str whole =
        url.failed ? (struct wgo_str){0} : wgo_str_dup(arena, wgo_buf_view(&url));
    wgo_buf_fini(&url);
    enum wgo_status status = get_json(remote, whole, &response, err);
    if (status == WGO_E_ABSENT) {
        return wgo_fail(err, WGO_E_NOT_FOUND,
                        "there is no workspace \"%.*s\", or the token may not "
                        "see it",
                        WGO_FMT(name));
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str id = text_of(remote, wgo_buf_view(&response.body), "data.id");
    wgo_response_fini(&response);
    return read_workspace(remote, id, name, err);
}

/* "a,b" of a list of tags, or of the keys of a map of them. */
static struct wgo_str query_of_tags(struct remote *remote, const struct wgo_yaml *tags)
{
    struct wgo_arena *arena = &remote->backend->arena;
    struct wgo_buf query = {.limit = 1 << 16};
    const struct wgo_yaml *at = tags ? tags->first : NULL;
    for (; at; at = at->next) {
        wgo_buf_cstr(&query, query.len ? "%2C" : "&search%5Btags%5D=");
        wgo_url_encode(&query, wgo_yaml_is_map(tags) ? at->key : at->text, false);
    }
    struct wgo_str text = wgo_str_dup(arena, wgo_buf_view(&query));
    wgo_buf_fini(&query);
    return text;
}

/* Adds the filter for a project, which the API knows by its id. */
static enum wgo_status add_project(struct remote *remote, struct wgo_str project,
                                   struct wgo_str *in_out_query, struct wgo_error *err)
{
    struct wgo_arena *arena = &remote->backend->arena;
    struct wgo_buf url = {.limit = 1 << 16};
    struct wgo_response response = {.body_fd = -1};
    wgo_buf_format(&url,
                   "%.*sorganizations/%.*s/projects?filter%%5Bnames%%5D=", WGO_FMT(remote->api),
                   WGO_FMT(remote->organization));
    wgo_url_encode(&url, project, false);
    enum wgo_status status =
        url.failed ? fail_memory(err) : get_json(remote, wgo_buf_view(&url), &response, err);
    wgo_buf_fini(&url);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str data = wgo_json_get(wgo_buf_view(&response.body), WGO_STR("data"));
    struct wgo_json json;
    struct wgo_str span, id = WGO_STR("");
    wgo_json_init(&json, data);
    if (data.ptr && wgo_json_peek(&json) == WGO_JSON_ARRAY) {
        wgo_json_enter_array(&json);
        if (wgo_json_next_item(&json) && wgo_json_skip(&json, &span)) {
            id = text_of(remote, span, "id");
        }
    }
    wgo_response_fini(&response);
    if (!id.len) {
        return wgo_fail(err, WGO_E_NOT_FOUND, "there is no project \"%.*s\"", WGO_FMT(project));
    }
    *in_out_query = wgo_str_format(arena, "%.*s&filter%%5Bproject%%5D%%5Bid%%5D=%.*s",
                                   WGO_FMT(*in_out_query), WGO_FMT(id));
    return WGO_OK;
}

static enum wgo_status read_chosen(struct remote *remote, struct wgo_error *err)
{
    struct wgo_tf_backend *backend = remote->backend;
    const struct wgo_yaml *chosen = wgo_yaml_get(backend->config, "workspaces");
    if (wgo_yaml_is_list(chosen)) { /* as init records blocks of the remote backend */
        chosen = chosen->first;
    }
    struct wgo_str name = wgo_yaml_text(chosen, "name"), prefix = wgo_yaml_text(chosen, "prefix");
    struct wgo_str project = wgo_yaml_text(chosen, "project");
    struct wgo_str query = query_of_tags(remote, wgo_yaml_get(chosen, "tags"));
    enum wgo_status status = WGO_OK;
    if (name.len) {
        return read_one(remote, name, err);
    }
    if (prefix.len) {
        struct wgo_buf search = {.limit = 1 << 16};
        wgo_buf_cstr(&search, "&search%5Bname%5D=");
        wgo_url_encode(&search, prefix, false);
        query = wgo_str_dup(&backend->arena, wgo_buf_view(&search));
        wgo_buf_fini(&search);
    }
    if (project.len) {
        status = add_project(remote, project, &query, err);
    }
    status = status == WGO_OK ? read_pages(remote, query, prefix, err) : status;
    if (status == WGO_OK && !remote->found) {
        struct wgo_error why = {0};
        wgo_fail(&why, WGO_E_ABSENT, "there are no such workspaces");
        status = wgo_tf_backend_failed(backend, backend->place, &why, err);
    }
    return status;
}

static enum wgo_status read_remote(struct wgo_tf_backend *backend, struct wgo_error *err)
{
    struct remote remote = {.backend = backend};
    struct wgo_arena *arena = &backend->arena;
    struct wgo_str host = wgo_tf_setting(backend, "hostname", "TF_CLOUD_HOSTNAME");
    enum wgo_status status = wgo_tf_setting_needed(backend, "organization", "TF_CLOUD_ORGANIZATION",
                                                   &remote.organization, err);
    if (status != WGO_OK) {
        return status;
    }
    if (wgo_str_find_char(host, '@') < host.len) {
        wgo_fail(err, WGO_E_CONFIG, "the backend's hostname has a user in front");
        wgo_error_hint(err, "leave all up to the '@' out; who asks is said by `token`");
        return WGO_E_CONFIG;
    }
    host = host.len ? host : WGO_STR("app.terraform.io");
    /* A scheme is for tests and tunnels; Terraform itself knows https only. */
    size_t scheme = wgo_str_find(host, WGO_STR("://"));
    remote.origin = scheme < host.len ? wgo_str_dup(arena, host)
                                      : wgo_str_format(arena, "https://%.*s", WGO_FMT(host));
    host = scheme < host.len ? wgo_str_slice(host, scheme + 3, host.len) : host;
    backend->place = wgo_str_format(arena, "%.*s/app/%.*s", WGO_FMT(remote.origin),
                                    WGO_FMT(remote.organization));
    struct wgo_str token = wgo_tf_cloud_token(backend, host);
    if (!token.len) {
        wgo_fail(err, WGO_E_AUTH, "there is no token for %.*s", WGO_FMT(host));
        wgo_error_hint(err,
                       "run `terraform login %.*s`, or set TF_TOKEN_ and the host's name with "
                       "'_' for '.'",
                       WGO_FMT(host));
        return WGO_E_AUTH;
    }
    remote.bearer = wgo_str_format(arena, "Bearer %.*s", WGO_FMT(token));
    wgo_tf_backend_endpoint(backend, &remote.endpoint);
    status = discover(&remote, err);
    return status == WGO_OK ? read_chosen(&remote, err) : status;
}

const struct wgo_tf_backend_type wgo_tf_backend_remote = {
    .name = "remote",
    .read = read_remote,
};

const struct wgo_tf_backend_type wgo_tf_backend_cloud = {
    .name = "cloud",
    .read = read_remote,
};
