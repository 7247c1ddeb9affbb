/* calls.c: which workspaces changed, and the scans of them. */
#include "powerbi/call.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <strings.h>

#include "core/clock.h"
#include "core/conf.h"
#include "powerbi/error.h"
#include "powerbi/result.h"
#include "powerbi/scan.h"

bool pbi_flag(const struct fc_request *rq, const char *key, bool *out, struct fc_reply *reply)
{
    struct fc_str v = fc_request_param(rq, key);

    *out = v.n == 4 && strncasecmp(v.p, "true", 4) == 0;
    if (v.p == NULL || *out || (v.n == 5 && strncasecmp(v.p, "false", 5) == 0)) {
        return true;
    }
    pbi_error(reply, 400, "InvalidRequest", "'%s' must be true or false", key);
    return false;
}

void pbi_base(const struct fc_request *rq, struct fc_text *out)
{
    const char *proto = fc_request_header(rq, "X-Forwarded-Proto");
    const char *host = fc_request_header(rq, "Host");

    fc_text_printf(out, "%s://%s%s/v1.0/myorg", proto != NULL ? proto : "http",
                   host != NULL ? host : "127.0.0.1",
                   fc_str_eq(rq->segments[0], "powerbi") ? "/powerbi" : "");
}

struct list {
    const struct pbi_world *w;
    uint64_t next;
    bool since, no_personal, no_inactive, first;
};

static bool listed(const struct list *l, uint64_t i)
{
    return (!l->since || pbi_is_modified(l->w, i) || pbi_is_deleted(l->w, i)) &&
           !(l->no_personal && pbi_is_personal(l->w, i)) &&
           !(l->no_inactive && pbi_is_inactive(l->w, i));
}

/* Some hundred ids at a time. */
static bool next_ids(void *ctx, struct fc_text *out)
{
    struct list *l = ctx;
    unsigned n = 0;

    fc_text_puts(out, l->first ? "[" : "");
    for (; l->next < l->w->all && n < 500; l->next++) {
        char id[AZ_GUID];

        if (!listed(l, l->next)) {
            continue;
        }
        pbi_guid(l->w, PBI_WORKSPACE, l->next, id);
        fc_text_puts(out, l->first ? "" : ",");
        fc_text_puts(out, l->w->spelling == PBI_SPELL_OLD ? "{\"Id\":\"" : "{\"id\":\"");
        fc_text_add(out, id, AZ_GUID - 1);
        fc_text_puts(out, "\"}");
        l->first = false;
        n++;
    }
    if (l->next == l->w->all) {
        fc_text_puts(out, "]");
        return false;
    }
    return true;
}

/* Between thirty days and thirty minutes ago. */
static bool since_is_right(const struct fc_request *rq, struct fc_reply *reply)
{
    struct fc_str since = fc_request_param(rq, "modifiedSince");
    int64_t ns, age_ns;

    if (!fc_clock_parse(since, &ns)) {
        pbi_error(reply, 400, "InvalidRequest",
                  "modifiedSince is not a date and time in the ISO 8601 format");
        return false;
    }
    age_ns = fc_clock_ns() - ns;
    if (age_ns < 30 * 60 * FC_SECOND || age_ns > 30 * 86400 * FC_SECOND) {
        pbi_error(
            reply, 400, "InvalidRequest",
            "modifiedSince must be in the range of 30 minutes to 30 days prior to the current "
            "time");
        return false;
    }
    return true;
}

void pbi_modified(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct list list = {.w = w, .first = true}, *kept;

    list.since = fc_request_has(rq, "modifiedSince");
    if (!pbi_flag(rq, "excludePersonalWorkspaces", &list.no_personal, reply) ||
        !pbi_flag(rq, "excludeInActiveWorkspaces", &list.no_inactive, reply) ||
        (list.since && !since_is_right(rq, reply))) {
        return;
    }
    kept = fc_alloc(sizeof(*kept));
    *kept = list;
    fc_reply_source(reply, 200, PBI_JSON, fc_source_pieces(next_ids, free, kept),
                    FC_LENGTH_UNKNOWN);
}

static bool read_ids(const struct pbi_world *w, struct json_object *body, struct pbi_scan *scan,
                     struct fc_reply *reply)
{
    struct json_object *ids = NULL;
    size_t i, n;

    if (!json_object_is_type(body, json_type_object) ||
        !json_object_object_get_ex(body, "workspaces", &ids) ||
        !json_object_is_type(ids, json_type_array)) {
        pbi_error(reply, 400, "InvalidRequest", "The required workspaces are missing");
        return false;
    }
    n = json_object_array_length(ids);
    if (n < 1 || n > PBI_SCAN_MAX) {
        pbi_error(reply, 400, "InvalidRequest",
                  "The number of workspaces must be 1 to %d, and is %zu", PBI_SCAN_MAX, n);
        return false;
    }
    for (i = 0; i < n; i++) {
        struct json_object *id = json_object_array_get_idx(ids, i);
        const char *text =
            json_object_is_type(id, json_type_string) ? json_object_get_string(id) : "";
        uint64_t index;

        if (!pbi_guid_index(w, PBI_WORKSPACE, fc_str_of(text), &index) || index >= w->all) {
            pbi_error(reply, 400, "InvalidRequest", "There is no workspace '%.100s'", text);
            return false;
        }
        scan->workspaces[scan->count++] = (uint32_t)index;
    }
    return true;
}

static void put_scan(const struct pbi_world *w, const struct fc_job *job, struct fc_text *out)
{
    static const char *const names[] = {
        [FC_JOB_WAITING] = "NotStarted",
        [FC_JOB_RUNNING] = "Running",
        [FC_JOB_DONE] = "Succeeded",
        [FC_JOB_FAILED] = "Failed",
    };

    fc_text_puts(out, "{\"id\":");
    pbi_put_guid(w, PBI_SCAN, job->number, out);
    fc_text_puts(out, ",\"createdDateTime\":\"");
    fc_clock_print(out, job->created_ns, 7);
    fc_text_printf(out, "Z\",\"status\":\"%s\"", names[job->state]);
    if (job->state == FC_JOB_FAILED) {
        fc_text_puts(out,
                     ",\"error\":{\"code\":\"InternalServerError\",\"message\":\"The scan could "
                     "not be completed\"}");
    }
    fc_text_puts(out, "}");
}

void pbi_get_info(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct pbi_scan scan = {0};
    struct fc_job job;
    struct json_object *body;
    struct fc_text t = {0}, base = {0};
    char id[AZ_GUID];
    bool good;

    body = rq->body.len > 0 ? json_tokener_parse(rq->body.data) : NULL;
    good = pbi_flag(rq, "lineage", &scan.lineage, reply) &&
           pbi_flag(rq, "datasourceDetails", &scan.datasource_details, reply) &&
           pbi_flag(rq, "datasetSchema", &scan.schema, reply) &&
           pbi_flag(rq, "datasetExpressions", &scan.expressions, reply) &&
           pbi_flag(rq, "getArtifactUsers", &scan.users, reply) && read_ids(w, body, &scan, reply);
    json_object_put(body);
    if (!good) {
        fc_jobs_give_back(w->scans);
        return;
    }
    fc_jobs_begin(w->scans, &scan, &job);
    put_scan(w, &job, &t);
    fc_reply_text(reply, 202, PBI_JSON, &t);
    pbi_base(rq, &base);
    pbi_guid(w, PBI_SCAN, job.number, id);
    fc_reply_header(reply, "Location", "%s/admin/workspaces/scanStatus/%s", base.data, id);
    fc_text_fini(&base);
}

/* Some workspaces make every scan of them fail. */
static bool makes_fail(const struct pbi_world *w, const struct pbi_scan *scan)
{
    int64_t first = fc_conf_int(w->conf, "powerbi", "scan_fail_first", 0);
    size_t i;

    for (i = 0; i < scan->count; i++) {
        if ((int64_t)scan->workspaces[i] < first) {
            return true;
        }
    }
    return false;
}

/* The scan that the path names; false: the reply says that there is none. */
static bool find_scan(const struct pbi_world *w, const struct fc_request *rq, struct pbi_scan *out,
                      struct fc_job *out_job, struct fc_reply *reply)
{
    uint64_t number;

    if (pbi_guid_index(w, PBI_SCAN, rq->args[0], &number) &&
        fc_jobs_look(w->scans, number, out, out_job)) {
        if (out_job->state == FC_JOB_DONE && makes_fail(w, out)) {
            out_job->state = FC_JOB_FAILED;
        }
        return true;
    }
    pbi_error_missing(reply);
    return false;
}

void pbi_scan_status(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct pbi_scan scan;
    struct fc_job job;
    struct fc_text t = {0};

    if (find_scan(w, rq, &scan, &job, reply)) {
        put_scan(w, &job, &t);
        fc_reply_text(reply, 200, PBI_JSON, &t);
    }
}

void pbi_scan_result(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct pbi_scan scan;
    struct fc_job job;

    if (!find_scan(w, rq, &scan, &job, reply)) {
        return;
    }
    if (job.state != FC_JOB_DONE) {
        pbi_error(reply, 400, "InvalidRequest", "The scan has not succeeded");
    } else {
        fc_reply_source(reply, 200, PBI_JSON, pbi_result_source(w, &scan), FC_LENGTH_UNKNOWN);
    }
}
