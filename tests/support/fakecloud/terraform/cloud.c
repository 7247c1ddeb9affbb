/* cloud.c: Terraform Cloud's API (HCP Terraform): organisations, workspaces, current states. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/conf.h"
#include "core/file.h"
#include "core/rng.h"
#include "terraform/terraform.h"

#define JSON_API "application/vnd.api+json"

/* A workspace, found by its place in the scenario. */
struct workspace {
    const char *organization;
    struct json_object *conf;
    char name[128];
    char id[24];      /* "ws-" and 16 characters. */
    const char *file; /* NULL: it has no state. */
};

/* 'conf' is {token, organizations: {"ORG": {workspaces: [{name, file, tags, count}]}}}. With
 * 'count' N, a workspace stands for N: "<name>-00001" and so on. */
void tf_cloud_check(struct json_object *conf)
{
    static const char *const keys[] = {"token", "organizations", NULL};
    static const char *const organization_keys[] = {"workspaces", NULL};
    static const char *const workspace_keys[] = {"name",   "file",   "tags", "count",
                                                 "serial", "locked", NULL};
    struct json_object *organizations = fc_conf_get(conf, "organizations");
    size_t i;

    fc_conf_only(conf, "terraform.cloud", keys);
    if (organizations == NULL) {
        return;
    }
    json_object_object_foreach(organizations, name, organization)
    {
        struct json_object *list = fc_conf_get(organization, "workspaces");

        (void)name;
        fc_conf_only(organization, "terraform.cloud.organizations", organization_keys);
        for (i = 0; i < fc_conf_len(list, "terraform.cloud.organizations.workspaces"); i++) {
            fc_conf_only(json_object_array_get_idx(list, i),
                         "terraform.cloud.organizations.workspaces", workspace_keys);
        }
    }
}

static void error_body(unsigned status, const char *title, struct fc_reply *reply)
{
    struct fc_text t = {0};

    fc_text_printf(&t, "{\"errors\":[{\"status\":\"%u\",\"title\":\"%s\"}]}", status, title);
    fc_reply_text(reply, status, JSON_API, &t);
}

void tf_cloud_error(unsigned status, struct fc_reply *reply)
{
    static const struct {
        unsigned status;
        const char *title;
    } titles[] = {
        {401, "unauthorized"},      {403, "forbidden"},           {404, "not found"},
        {429, "Too many requests"}, {503, "service unavailable"},
    };
    size_t i;

    for (i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        if (titles[i].status == status) {
            error_body(status, titles[i].title, reply);
            return;
        }
    }
    error_body(status, "internal server error", reply);
}

static bool let_in(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply)
{
    const char *token = fc_conf_str(conf, "terraform.cloud", "token", NULL);
    const char *got = fc_request_header(rq, "Authorization");

    if (token == NULL ||
        (got != NULL && strncasecmp(got, "bearer ", 7) == 0 && strcmp(got + 7, token) == 0)) {
        rq->user_name = token != NULL ? "cloud" : NULL;
        return true;
    }
    tf_cloud_error(401, reply);
    return false;
}

static void make_workspace(struct workspace *w, const char *organization, struct json_object *conf,
                           uint64_t i, uint64_t count)
{
    const char *name = fc_conf_str(conf, "terraform.cloud", "name", "default");
    static const char abc[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    uint64_t h;
    size_t k;

    w->organization = organization;
    w->conf = conf;
    w->file = fc_conf_str(conf, "terraform.cloud", "file", NULL);
    if (count > 1) {
        snprintf(w->name, sizeof(w->name), "%s-%05llu", name, (unsigned long long)i + 1);
    } else {
        snprintf(w->name, sizeof(w->name), "%s", name);
    }
    h = fc_hash_bytes(fc_hash_bytes(0, organization, strlen(organization)), w->name,
                      strlen(w->name));
    memcpy(w->id, "ws-", 3);
    for (k = 0; k < 16; k++) {
        w->id[3 + k] = abc[h % (sizeof(abc) - 1)];
        h = fc_mix(h);
    }
    w->id[19] = '\0';
}

/* Calls 'each' for the workspaces of an organisation (NULL: of all) until it returns true. */
static bool visit(struct json_object *conf, const char *organization,
                  bool (*each)(const struct workspace *w, void *ctx), void *ctx)
{
    struct json_object *all = fc_conf_get(conf, "organizations");

    if (all == NULL) {
        return false;
    }
    json_object_object_foreach(all, name, entry)
    {
        struct json_object *list = fc_conf_get(entry, "workspaces");
        size_t i, n = fc_conf_len(list, "workspaces");

        if (organization != NULL && strcmp(name, organization) != 0) {
            continue;
        }
        for (i = 0; i < n; i++) {
            struct json_object *one = json_object_array_get_idx(list, i);
            uint64_t count = (uint64_t)fc_conf_int(one, "terraform.cloud", "count", 1);
            uint64_t k;

            for (k = 0; k < count; k++) {
                struct workspace w;

                make_workspace(&w, name, one, k, count);
                if (each(&w, ctx)) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* Without json-c's printer, which writes into the object and so is no thread's friend. */
static void print_tags(struct json_object *tags, struct fc_text *out)
{
    size_t i, n = fc_conf_len(tags, "tags");

    fc_text_puts(out, "[");
    for (i = 0; i < n; i++) {
        fc_text_puts(out, i > 0 ? "," : "");
        fc_text_json(out, fc_str_of(json_object_get_string(json_object_array_get_idx(tags, i))));
    }
    fc_text_puts(out, "]");
}

static void print_workspace(const struct workspace *w, struct fc_text *out)
{
    fc_text_printf(out,
                   "{\"id\":\"%s\",\"type\":\"workspaces\",\"attributes\":{\"name\":\"%s\","
                   "\"auto-apply\":false,\"created-at\":\"2024-01-01T00:00:00.000Z\","
                   "\"environment\":\"default\",\"locked\":%s,\"terraform-version\":\"1.9.8\","
                   "\"working-directory\":\"\",\"execution-mode\":\"remote\",\"resource-count\":0,"
                   "\"tag-names\":",
                   w->id, w->name,
                   fc_conf_bool(w->conf, "terraform.cloud", "locked", false) ? "true" : "false");
    print_tags(fc_conf_get(w->conf, "tags"), out);
    fc_text_printf(out,
                   "},\"relationships\":{\"organization\":{\"data\":{\"id\":\"%s\",\"type\":"
                   "\"organizations\"}},\"current-state-version\":{\"data\":",
                   w->organization);
    if (w->file != NULL) {
        fc_text_printf(out, "{\"id\":\"sv-%s\",\"type\":\"state-versions\"}", w->id + 3);
    } else {
        fc_text_puts(out, "null");
    }
    fc_text_printf(out,
                   ",\"links\":{\"related\":\"/api/v2/workspaces/%s/current-state-version\"}}},"
                   "\"links\":{\"self\":\"/api/v2/organizations/%s/workspaces/%s\"}}",
                   w->id, w->organization, w->name);
}

void tf_cloud_service(struct fc_reply *reply)
{
    fc_reply_string(reply, 200, "application/json",
                    "{\"modules.v1\":\"/api/registry/v1/modules/\",\"motd.v1\":\"/api/terraform/"
                    "motd\",\"state.v2\":\"/api/v2/\",\"tfe.v2\":\"/api/v2/\",\"tfe.v2.1\":"
                    "\"/api/v2/\",\"tfe.v2.2\":\"/api/v2/\"}");
}

void tf_cloud_ping(struct fc_reply *reply)
{
    fc_reply_string(reply, 204, NULL, "");
    fc_reply_header(reply, "TFP-API-Version", "2.6");
    fc_reply_header(reply, "TFP-AppName", "HCP Terraform");
    fc_reply_header(reply, "X-RateLimit-Limit", "30");
}

/* A page of a list, told by page[number] and page[size]. */
struct page {
    uint64_t number;
    uint64_t size;
    uint64_t seen;
    const char *search;  /* search[name], or NULL. */
    struct fc_text data; /* The entries, with commas between. */
};

static void read_page(struct fc_request *rq, struct page *p)
{
    if (!fc_str_u64(fc_request_param(rq, "page[number]"), &p->number) || p->number == 0) {
        p->number = 1;
    }
    if (!fc_str_u64(fc_request_param(rq, "page[size]"), &p->size) || p->size == 0) {
        p->size = 20;
    }
    p->size = p->size < 100 ? p->size : 100;
}

/* Counts an entry; true when it is on the page. */
static bool on_page(struct page *p)
{
    uint64_t i = p->seen++;

    return i >= (p->number - 1) * p->size && i < p->number * p->size;
}

static void link_to(struct fc_text *t, const char *name, const struct fc_request *rq,
                    const struct page *p, uint64_t number)
{
    fc_text_printf(t, "\"%s\":", name);
    if (number == 0) {
        fc_text_puts(t, "null,");
        return;
    }
    fc_text_puts(t, "\"");
    fc_request_base(rq, t);
    fc_text_printf(t, "%.*s?page%%5Bnumber%%5D=%llu&page%%5Bsize%%5D=%llu\",", (int)rq->path.n,
                   rq->path.p, (unsigned long long)number, (unsigned long long)p->size);
}

static void reply_page(struct fc_request *rq, struct page *p, struct fc_reply *reply)
{
    struct fc_text t = {0};
    uint64_t pages = p->seen > 0 ? (p->seen + p->size - 1) / p->size : 1;
    uint64_t prev = p->number > 1 ? p->number - 1 : 0;
    uint64_t next = p->number < pages ? p->number + 1 : 0;

    fc_text_puts(&t, "{\"data\":[");
    fc_text_puts(&t, p->data.data != NULL ? p->data.data : "");
    fc_text_puts(&t, "],\"links\":{");
    link_to(&t, "self", rq, p, p->number);
    link_to(&t, "first", rq, p, 1);
    link_to(&t, "prev", rq, p, prev);
    link_to(&t, "next", rq, p, next);
    link_to(&t, "last", rq, p, pages);
    t.len--; /* The comma. */
    fc_text_printf(&t, "},\"meta\":{\"pagination\":{\"current-page\":%llu,\"page-size\":%llu,",
                   (unsigned long long)p->number, (unsigned long long)p->size);
    if (prev > 0) {
        fc_text_printf(&t, "\"prev-page\":%llu,", (unsigned long long)prev);
    } else {
        fc_text_puts(&t, "\"prev-page\":null,");
    }
    if (next > 0) {
        fc_text_printf(&t, "\"next-page\":%llu,", (unsigned long long)next);
    } else {
        fc_text_puts(&t, "\"next-page\":null,");
    }
    fc_text_printf(&t, "\"total-pages\":%llu,\"total-count\":%llu}}}", (unsigned long long)pages,
                   (unsigned long long)p->seen);
    fc_text_fini(&p->data);
    fc_reply_text(reply, 200, JSON_API, &t);
}

void tf_cloud_organizations(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply)
{
    struct json_object *all = fc_conf_get(conf, "organizations");
    struct page p = {0};

    if (!let_in(conf, rq, reply)) {
        return;
    }
    read_page(rq, &p);
    if (all != NULL) {
        json_object_object_foreach(all, name, entry)
        {
            (void)entry;
            if (on_page(&p)) {
                fc_text_printf(&p.data,
                               "%s{\"id\":\"%s\",\"type\":\"organizations\",\"attributes\":"
                               "{\"name\":\"%s\"}}",
                               p.data.len > 0 ? "," : "", name, name);
            }
        }
    }
    reply_page(rq, &p, reply);
}

static bool add_to_page(const struct workspace *w, void *ctx)
{
    struct page *p = ctx;

    if ((p->search == NULL || strstr(w->name, p->search) != NULL) && on_page(p)) {
        fc_text_puts(&p->data, p->data.len > 0 ? "," : "");
        print_workspace(w, &p->data);
    }
    return false;
}

static bool has_organization(struct json_object *conf, const char *name)
{
    return fc_conf_get(fc_conf_get(conf, "organizations"), name) != NULL;
}

void tf_cloud_workspaces(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply)
{
    char *organization = fc_strndup(rq->args[0].p, rq->args[0].n);
    struct fc_str search = fc_request_param(rq, "search[name]");
    char *wanted = search.n > 0 ? fc_strndup(search.p, search.n) : NULL;
    struct page p = {.search = wanted};

    if (let_in(conf, rq, reply)) {
        if (has_organization(conf, organization)) {
            read_page(rq, &p);
            visit(conf, organization, add_to_page, &p);
            reply_page(rq, &p, reply);
        } else {
            tf_cloud_error(404, reply);
        }
    }
    free(organization);
    free(wanted);
}

/* Finds one by name or by id. */
struct search {
    struct fc_str name;
    struct fc_str id;
    struct workspace found;
};

static bool is_wanted(const struct workspace *w, void *ctx)
{
    struct search *s = ctx;

    if ((s->name.p != NULL && fc_str_eq(s->name, w->name)) ||
        (s->id.p != NULL && s->id.n == 19 && memcmp(s->id.p + 3, w->id + 3, 16) == 0)) {
        s->found = *w;
        return true;
    }
    return false;
}

/* "/organizations/<org>/workspaces/<name>" or "/workspaces/<id>" */
void tf_cloud_workspace(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply)
{
    bool by_name = rq->arg_count == 2;
    char *organization = by_name ? fc_strndup(rq->args[0].p, rq->args[0].n) : NULL;
    struct search s = {0};

    if (by_name) {
        s.name = rq->args[1];
    } else {
        s.id = rq->args[0];
    }
    if (let_in(conf, rq, reply)) {
        if (visit(conf, organization, is_wanted, &s)) {
            struct fc_text t = {0};

            fc_text_puts(&t, "{\"data\":");
            print_workspace(&s.found, &t);
            fc_text_puts(&t, "}");
            fc_reply_text(reply, 200, JSON_API, &t);
        } else {
            tf_cloud_error(404, reply);
        }
    }
    free(organization);
}

void tf_cloud_current_state(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply)
{
    struct search s = {.id = rq->args[0]};
    struct fc_text t = {0};
    struct stat st = {0};

    if (!let_in(conf, rq, reply)) {
        return;
    }
    if (!visit(conf, NULL, is_wanted, &s) || s.found.file == NULL || stat(s.found.file, &st) != 0) {
        tf_cloud_error(404, reply);
        return;
    }
    fc_text_printf(&t,
                   "{\"data\":{\"id\":\"sv-%s\",\"type\":\"state-versions\",\"attributes\":{"
                   "\"created-at\":\"2024-06-01T00:00:00.000Z\",\"size\":%lld,\"serial\":%lld,"
                   "\"state-version\":4,\"status\":\"finalized\",\"terraform-version\":\"1.9.8\","
                   "\"resources-processed\":true,\"hosted-state-download-url\":\"",
                   s.found.id + 3, (long long)st.st_size,
                   (long long)fc_conf_int(s.found.conf, "terraform.cloud", "serial", 1));
    fc_request_base(rq, &t);
    fc_text_printf(&t,
                   "/_archivist/v1/object/sv-%s\"},\"relationships\":{\"workspace\":{\"data\":"
                   "{\"id\":\"%s\",\"type\":\"workspaces\"}}},\"links\":{\"self\":"
                   "\"/api/v2/state-versions/sv-%s\"}}}",
                   s.found.id + 3, s.found.id, s.found.id + 3);
    fc_reply_text(reply, 200, JSON_API, &t);
}

/* The address itself is the permission, as with a signed link. */
void tf_cloud_download(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply)
{
    struct search s = {.id = rq->args[0]};
    struct fc_source body;
    int64_t length;

    if (visit(conf, NULL, is_wanted, &s) && s.found.file != NULL &&
        fc_file_source(s.found.file, &body, &length)) {
        fc_reply_source(reply, 200, "application/octet-stream", body, length);
    } else {
        fc_reply_string(reply, 404, "text/plain; charset=utf-8", "not found\n");
    }
}
