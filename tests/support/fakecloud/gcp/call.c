#include "gcp/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "gcp/buckets.h"
#include "gcp/changes.h"

#define HOST ".googleapis.com"

static void call_free(void *owned)
{
    struct gcp_call *call = owned;

    free(call->page_token);
    free(call);
}

struct fc_str gcp_call_arg(const struct gcp_call *call, const char *name)
{
    size_t i;

    for (i = 0; i < call->arg_count; i++) {
        if (fc_str_eq(call->args[i].key, name)) {
            return call->args[i].value;
        }
    }
    return (struct fc_str){NULL, 0};
}

/* "{project}:getIamPolicy" against a segment. */
static bool word_matches(struct gcp_call *call, struct fc_str word, struct fc_str segment)
{
    size_t close = 0, tail;

    if (word.n == 0 || word.p[0] != '{') {
        return word.n == segment.n && memcmp(word.p, segment.p, word.n) == 0;
    }
    while (word.p[close] != '}') {
        close++;
    }
    tail = word.n - close - 1;
    if (segment.n <= tail || memcmp(segment.p + segment.n - tail, word.p + close + 1, tail) != 0 ||
        call->arg_count == GCP_MAX_ARGS ||
        (tail == 0 && memchr(segment.p, ':', segment.n) != NULL &&
         memchr(segment.p, '.', segment.n) == NULL)) {
        return false;
    }
    call->args[call->arg_count].key = (struct fc_str){word.p + 1, close - 1};
    call->args[call->arg_count++].value = (struct fc_str){segment.p, segment.n - tail};
    return true;
}

static bool path_matches(struct gcp_call *call, const struct gcp_op *op,
                         const struct fc_request *rq, size_t seg)
{
    const char *p = op->path;

    call->arg_count = 0;
    while (*p == '/') {
        size_t n = strcspn(++p, "/");

        if (seg == rq->segment_count ||
            !word_matches(call, (struct fc_str){p, n}, rq->segments[seg++])) {
            return false;
        }
        p += n;
    }
    return seg == rq->segment_count;
}

static void find_op(struct gcp_call *call, const struct fc_request *rq, size_t first)
{
    const struct gcp_catalog *c = call->catalog;
    size_t i;

    for (i = 0; i < c->op_count && call->op == NULL; i++) {
        if (c->ops[i]->service == call->service && strcmp(c->ops[i]->method, rq->method) == 0 &&
            path_matches(call, c->ops[i], rq, first)) {
            call->op = c->ops[i];
        }
    }
}

static bool of_objects(const struct gcp_call *call)
{
    return call->op != NULL &&
           (call->op->verb == GCP_VERB_OBJECTS || call->op->verb == GCP_VERB_OBJECT);
}

/* The project that the path, the query or a bucket's name speaks of. */
static const struct gcp_project *find_project(const struct gcp_call *call,
                                              const struct fc_request *rq, bool *named)
{
    struct fc_str name = gcp_call_arg(call, "project");
    struct fc_str bucket = gcp_call_arg(call, "bucket");

    if (name.n == 0 && fc_str_eq(gcp_call_arg(call, "in"), "projects")) {
        name = gcp_call_arg(call, "id");
    }
    if (name.n == 0 && strcmp(call->service->name, "storage") == 0) {
        name = fc_request_param(rq, "project");
    }
    if (name.n == 0 && bucket.n > strlen(call->world->projects[0].id)) {
        name = (struct fc_str){bucket.p, strlen(call->world->projects[0].id)};
    }
    *named = name.n > 0;
    if (of_objects(call) && gcp_world_project(call->world, name) == NULL) {
        return &call->world->projects[0]; /* The scenario's buckets are the first one's. */
    }
    return *named ? gcp_world_project(call->world, name) : NULL;
}

/* Whose quota and services count where the path names no project. */
static const struct gcp_project *find_consumer(const struct gcp_call *call,
                                               const struct fc_request *rq)
{
    const char *header = fc_request_header(rq, "X-Goog-User-Project");
    const struct gcp_project *p =
        header != NULL ? gcp_world_project(call->world, fc_str_of(header)) : NULL;

    if (p == NULL && call->project != NULL) {
        p = call->project;
    }
    return p != NULL ? p : &call->world->projects[0];
}

/* Which service is asked: "/gcp/pubsub/v1/..." or the host. */
static const struct gcp_service *find_service(const struct gcp_catalog *c,
                                              const struct fc_request *rq, size_t *first)
{
    const char *host = fc_request_header(rq, "Host");
    const char *end = host != NULL ? strstr(host, HOST) : NULL;

    if (rq->segment_count > 1 && fc_str_eq(rq->segments[0], "gcp")) {
        *first = rq->segment_count > 2 && fc_str_eq(rq->segments[2], "download") ? 3 : 2;
        return gcp_catalog_service(c, rq->segments[1]);
    }
    *first = rq->segment_count > 0 && fc_str_eq(rq->segments[0], "download");
    if (rq->segment_count > *first + 1 && fc_str_eq(rq->segments[*first], "storage") &&
        fc_str_eq(rq->segments[*first + 1], "v1")) { /* As of an emulator. */
        return gcp_catalog_service(c, fc_str_of("storage"));
    }
    *first = 0;
    return end != NULL ? gcp_catalog_service(c, (struct fc_str){host, (size_t)(end - host)}) : NULL;
}

void gcp_call_enter(struct gcp_call *call, const struct gcp_project *p)
{
    call->project = p;
    call->scene.base[GCP_SCOPE_PROJECT] = p != NULL ? p->seed : 0;
}

struct gcp_call *gcp_call_new(const struct gcp_world *w, const struct gcp_catalog *c,
                              struct fc_request *rq)
{
    struct gcp_call *call;
    const struct gcp_service *service;
    struct fc_str token = fc_request_param(rq, "pageToken"), place;
    size_t first;
    bool named;
    enum gcp_who who;

    service = find_service(c, rq, &first);
    if (service == NULL && first == 0) {
        return NULL;
    }
    call = fc_alloc(sizeof(*call));
    if (service == NULL) {
        snprintf(call->stranger_name, sizeof(call->stranger_name), "%.*s", (int)rq->segments[1].n,
                 rq->segments[1].p);
        call->stranger = (struct gcp_service){.name = call->stranger_name,
                                              .title = call->stranger_name,
                                              .version = call->stranger_name};
        service = &call->stranger;
    }
    rq->owned = call;
    rq->owned_free = call_free;
    call->world = w;
    call->catalog = c;
    call->service = service;
    find_op(call, rq, first);
    call->scene.words = &gcp_words;
    call->scene.owner = call;
    call->scene.json = true;
    call->scene.base[GCP_SCOPE_ORG] = fc_mix(w->seed);
    gcp_call_enter(call, find_project(call, rq, &named));
    call->consumer = find_consumer(call, rq);
    call->proof = gcp_token_read(w, fc_request_header(rq, "Authorization"), &who);
    if (token.p != NULL) {
        call->page_token = fc_strndup(token.p, token.n);
    }
    rq->call.service = service->name;
    rq->call.operation = call->op != NULL ? call->op->name : NULL;
    rq->call.account = call->project != NULL ? call->project->id : call->consumer->id;
    rq->call.page = call->page_token;
    place = gcp_call_arg(call, "location");
    if (place.n > 0 && place.n < sizeof(call->message)) {
        snprintf(call->message, sizeof(call->message), "%.*s", (int)place.n, place.p);
        rq->call.region = call->message;
    }
    if (call->proof == GCP_PROOF_GOOD) {
        rq->user_name = gcp_who_name(w, who);
    }
    return call;
}

/* "pubsub.topics.list" of the operation "projects.topics.list". */
static void put_permission(const struct gcp_call *call, char *out, size_t cap)
{
    const char *name = call->op->name;
    const char *dot = strrchr(name, '.');
    const char *from = dot;

    while (from != NULL && from > name && from[-1] != '.') {
        from--;
    }
    if (dot == NULL) {
        snprintf(out, cap, "%s.assets.%s", call->service->name, name);
        return;
    }
    snprintf(out, cap, "%s.%.*s.%s", call->service->name, (int)(dot - from), from,
             strcmp(dot, ".aggregatedList") == 0 ? "list" : dot + 1);
}

static bool denied(const struct gcp_call *call, const struct fc_request *rq)
{
    size_t i;

    for (i = 0; i < call->world->denial_count; i++) {
        if (fc_match_hits(&call->world->denials[i].match, rq)) {
            return true;
        }
    }
    return false;
}

/* Whether an organisation's own things are asked for, rather than a project's. */
static bool of_organization(const struct fc_request *rq)
{
    static const char prefix[] = "organizations/";
    struct fc_str parent = fc_request_param(rq, "parent");
    size_t i;

    for (i = 0; i < rq->segment_count; i++) {
        if (fc_str_eq(rq->segments[i], "organizations")) {
            return true;
        }
    }
    return parent.n >= sizeof(prefix) - 1 && memcmp(parent.p, prefix, sizeof(prefix) - 1) == 0;
}

/* Whether the call is refused before anything is looked at. */
static struct gcp_trouble refuse(struct gcp_call *call, const struct fc_request *rq,
                                 char *permission, size_t cap)
{
    const struct gcp_project *asked;
    bool named, shared = strcmp(call->service->name, "cloudresourcemanager") == 0;

    if (call->op == NULL && strcmp(rq->method, "GET") != 0) {
        return (struct gcp_trouble){.problem = GCP_NOT_SERVED};
    }
    if (call->proof != GCP_PROOF_GOOD && !call->world->anonymous) {
        return (struct gcp_trouble){
            .problem = call->proof == GCP_PROOF_EXPIRED ? GCP_EXPIRED : GCP_UNAUTHENTICATED};
    }
    if (call->service == &call->stranger && !of_organization(rq)) {
        return (struct gcp_trouble){.problem = GCP_DISABLED, .project = call->consumer};
    }
    if (call->op == NULL) { /* There is nothing of what is served here. */
        return (struct gcp_trouble){.problem = GCP_OK};
    }
    put_permission(call, permission, cap);
    asked = find_project(call, rq, &named);
    if (named && asked == NULL) {
        return (struct gcp_trouble){.problem = GCP_DENIED,
                                    .message = "The caller does not have permission, or the "
                                               "project does not exist.",
                                    .permission = permission};
    }
    asked = asked != NULL && !shared ? asked : call->consumer;
    if (!gcp_project_has(asked, call->service->name)) {
        return (struct gcp_trouble){.problem = GCP_DISABLED, .project = asked};
    }
    if (denied(call, rq) && of_objects(call)) {
        snprintf(
            call->message, sizeof(call->message),
            "%s does not have %s access to the Google Cloud Storage %s. Permission '%s' denied "
            "on resource (or it may not exist).",
            rq->user_name != NULL ? rq->user_name : "Anonymous caller", permission,
            call->op->verb == GCP_VERB_OBJECTS ? "bucket" : "object", permission);
        return (struct gcp_trouble){.problem = GCP_DENIED, .message = call->message};
    }
    if (denied(call, rq)) {
        snprintf(call->message, sizeof(call->message), "Permission '%s' denied on resource '%s%s'.",
                 permission, call->project != NULL ? "projects/" : "organizations/",
                 call->project != NULL ? call->project->id : GCP_ORGANIZATION);
        return (struct gcp_trouble){
            .problem = GCP_DENIED, .message = call->message, .permission = permission};
    }
    return (struct gcp_trouble){.problem = GCP_OK};
}

/* One object, or what the operation's own template says of it. */
static struct gcp_trouble get_one(struct gcp_call *call, struct fc_text *out)
{
    const struct gcp_type *t = call->op->kinds[0];
    struct fc_str name = gcp_call_arg(call, "key");
    struct fc_obj obj;

    name = name.n > 0 ? name : gcp_call_arg(call, "bucket");
    if (gcp_type_count(call->catalog, t, call->project) == 0 && call->project != NULL) {
        return (struct gcp_trouble){.problem = GCP_MISSING};
    }
    obj = fc_obj_at(&call->scene, t->type, 0);
    if (name.n > 0 && !fc_obj_find(&call->scene, t->type, name, &obj)) {
        return (struct gcp_trouble){.problem = GCP_MISSING};
    }
    if (gcp_gone(call->project, t, obj.index)) {
        return (struct gcp_trouble){.problem = GCP_MISSING};
    }
    if (call->op->body == NULL) {
        gcp_put_body(&call->scene, call->project, t, &obj, out);
    } else {
        fc_template_print(call->op->body, &call->scene, &obj, out);
    }
    return (struct gcp_trouble){.problem = GCP_OK};
}

static struct gcp_trouble serve(struct gcp_call *call, const struct fc_request *rq,
                                struct fc_text *out)
{
    if (call->op == NULL) {
        fc_text_puts(out, "{}");
        return (struct gcp_trouble){.problem = GCP_OK};
    }
    switch (call->op->verb) {
    case GCP_VERB_LIST:
        return gcp_list(call, rq, out);
    case GCP_VERB_AGGREGATED:
        return gcp_aggregated(call, rq, out);
    case GCP_VERB_PROJECTS:
        return gcp_list_projects(call, rq, out);
    case GCP_VERB_LOCATIONS:
        return gcp_list_locations(call, rq, out);
    case GCP_VERB_ASSETS:
    case GCP_VERB_SEARCH:
        return gcp_assets(call, rq, out);
    case GCP_VERB_HISTORY:
        return gcp_history(call, rq, out);
    case GCP_VERB_OBJECTS:
        return gcp_objects(call, rq, out);
    case GCP_VERB_ONE:
        return get_one(call, out);
    default:
        fc_template_print(call->op->body, &call->scene, NULL, out);
        return (struct gcp_trouble){.problem = GCP_OK};
    }
}

void gcp_call_run(struct gcp_call *call, const struct fc_request *rq, struct fc_reply *reply)
{
    char permission[128] = "";
    struct fc_text out = {0};
    struct gcp_trouble t = refuse(call, rq, permission, sizeof(permission));

    bool object = call->op != NULL && call->op->verb == GCP_VERB_OBJECT;
    bool media = object && fc_str_eq(fc_request_param(rq, "alt"), "media");

    if (t.problem == GCP_OK) {
        t = object ? gcp_object(call, rq, media, reply) : serve(call, rq, &out);
    }
    if (t.problem != GCP_OK) {
        fc_text_fini(&out);
        (media ? gcp_error_say : gcp_error_reply)(call->service, &t, reply);
        return;
    }
    if (object) {
        return;
    }
    fc_reply_text(reply, 200, "application/json; charset=UTF-8", &out);
}
