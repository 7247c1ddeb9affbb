/* scans.c: scans: submitted, asked about one by one or many at once, and their results. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codescan/call.h"
#include "core/clock.h"
#include "core/conf.h"

#define BULK_MAX 100

static const char *const state_names[] = {
    [FC_JOB_WAITING] = "queued",
    [FC_JOB_RUNNING] = "running",
    [FC_JOB_DONE] = "completed",
    [FC_JOB_FAILED] = "failed",
};

/* A scan that the platform knows; 'out_job' is of a submitted one. */
static bool find_scan(const struct cs_world *w, struct fc_str id, uint64_t *out_index,
                      struct fc_job *out_job, struct cs_submitted *out)
{
    if (!cs_id_index(w, CS_SCAN, id, out_index)) {
        return false;
    }
    *out_job = (struct fc_job){.state = FC_JOB_DONE};
    if (*out_index < cs_first_submitted(w)) {
        *out = (struct cs_submitted){.project = *out_index / w->scans};
        return true;
    }
    return fc_jobs_look(w->jobs, *out_index - cs_first_submitted(w), out, out_job);
}

void cs_put_scan(const struct cs_world *w, uint64_t index, const struct fc_job *job,
                 const struct cs_submitted *submitted, struct fc_text *out)
{
    enum fc_job_state state = job != NULL ? job->state : FC_JOB_DONE;
    static const int percents[] = {0, 50, 100, 100};
    bool submitted_here = index >= cs_first_submitted(w);

    fc_text_puts(out, "{\"id\":\"");
    cs_put_id(w, CS_SCAN, index, out);
    fc_text_puts(out, "\",\"project_id\":\"");
    cs_put_id(w, CS_PROJECT, submitted->project, out);
    fc_text_puts(out, "\",\"branch\":");
    fc_text_json(out, fc_str_of(submitted_here ? submitted->branch : "main"));
    fc_text_printf(out, ",\"status\":\"%s\",\"progress\":%d,\"created_at\":\"", state_names[state],
                   percents[state]);
    fc_clock_print(out,
                   submitted_here
                       ? job->created_ns
                       : (int64_t)(INT64_C(1700000000) + (int64_t)(index % 5000000) * 60) *
                             FC_SECOND,
                   3);
    fc_text_printf(out, "Z\",\"findings_count\":");
    if (state == FC_JOB_DONE) {
        fc_text_printf(out, "%llu", (unsigned long long)w->findings);
    } else {
        fc_text_puts(out, "null");
    }
    if (state == FC_JOB_FAILED) {
        fc_text_puts(out,
                     ",\"error\":{\"code\":\"BUILD_FAILED\",\"message\":\"The code could not be "
                     "built\"}");
    }
    fc_text_puts(out, "}");
}

void cs_scan(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct cs_submitted submitted;
    struct fc_job job;
    struct fc_text t = {0};
    int64_t poll_s = w->scan_ns / FC_SECOND / 4 + 1;
    uint64_t index;

    if (!find_scan(w, rq->args[0], &index, &job, &submitted)) {
        cs_error(w, reply, 404, "NOT_FOUND", "There is no such scan");
        return;
    }
    fc_text_puts(&t, "{\"success\":true,\"data\":");
    cs_put_scan(w, index, &job, &submitted, &t);
    fc_text_puts(&t, "}");
    cs_answer(w, rq, reply, &t);
    if (job.state == FC_JOB_WAITING || job.state == FC_JOB_RUNNING) {
        fc_reply_header(reply, "X-Poll-After", "%lld", (long long)poll_s);
    }
}

void cs_results(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct cs_submitted submitted;
    struct fc_job job;
    struct fc_text t = {0};
    uint64_t index, n;

    if (!find_scan(w, rq->args[0], &index, &job, &submitted)) {
        cs_error(w, reply, 404, "NOT_FOUND", "There is no such scan");
        return;
    }
    if (job.state == FC_JOB_FAILED) {
        cs_error(w, reply, 409, "SCAN_FAILED", "The scan failed");
        return;
    }
    if (job.state != FC_JOB_DONE) {
        cs_error(w, reply, 409, "SCAN_NOT_FINISHED", "The scan is %s", state_names[job.state]);
        return;
    }
    if (index >= cs_first_submitted(w) &&
        fc_clock_ns() >= job.created_ns + w->scan_ns + w->kept_ns) {
        cs_error(w, reply, 410, "RESULT_EXPIRED", "The result is no longer kept");
        return;
    }
    fc_text_puts(&t, "{\"success\":true,\"data\":[");
    for (n = 0; n < w->findings; n++) {
        fc_text_puts(&t, n > 0 ? "," : "");
        cs_put_finding(w, index, submitted.project, n, &t);
    }
    fc_text_puts(&t, "]}");
    cs_answer(w, rq, reply, &t);
}

/* The request's body as an object; NULL: the reply is the refusal. */
static struct json_object *read_object(const struct cs_world *w, const struct fc_request *rq,
                                       struct fc_reply *reply)
{
    const struct cs_call *call = rq->owned;
    struct json_object *o = call->body.len > 0 ? json_tokener_parse(call->body.data) : NULL;

    if (json_object_is_type(o, json_type_object)) {
        return o;
    }
    json_object_put(o);
    cs_error(w, reply, 400, "INVALID_BODY", "The body must be a JSON object");
    return NULL;
}

/* A member that is a string, or "". */
static const char *text_of(struct json_object *o, const char *key)
{
    struct json_object *v = fc_conf_get(o, key);

    return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

void cs_submit(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct json_object *o = read_object(w, rq, reply);
    struct cs_submitted submitted = {0};
    struct fc_job job;
    struct fc_text t = {0}, id = {0};
    const char *branch = text_of(o, "branch");

    if (o == NULL) {
        return;
    }
    if (!cs_id_index(w, CS_PROJECT, fc_str_of(text_of(o, "project_id")), &submitted.project) ||
        submitted.project >= w->projects) {
        cs_error(w, reply, 400, "VALIDATION_ERROR", "project_id names no project");
        json_object_put(o);
        return;
    }
    snprintf(submitted.branch, sizeof(submitted.branch), "%s", branch[0] != '\0' ? branch : "main");
    json_object_put(o);
    fc_jobs_reserve(w->jobs);
    fc_jobs_begin(w->jobs, &submitted, &job);
    fc_text_puts(&t, "{\"success\":true,\"data\":");
    cs_put_scan(w, cs_first_submitted(w) + job.number, &job, &submitted, &t);
    fc_text_puts(&t, "}");
    fc_reply_text(reply, 202, CS_JSON, &t);
    cs_put_id(w, CS_SCAN, cs_first_submitted(w) + job.number, &id);
    fc_reply_header(reply, "Location", "/codescan/v1/scans/%s", id.data);
    fc_text_fini(&id);
}

static void put_ids(const struct cs_world *w, struct json_object *ids, bool known,
                    struct fc_text *out)
{
    size_t i, n = json_object_array_length(ids);
    bool first = true;

    for (i = 0; i < n; i++) {
        struct json_object *id = json_object_array_get_idx(ids, i);
        struct cs_submitted submitted;
        struct fc_job job;
        uint64_t index;
        bool found = json_object_is_type(id, json_type_string) &&
                     find_scan(w, fc_str_of(json_object_get_string(id)), &index, &job, &submitted);

        if (found != known) {
            continue;
        }
        fc_text_puts(out, first ? "" : ",");
        first = false;
        if (found) {
            cs_put_scan(w, index, &job, &submitted, out);
        } else {
            fc_text_puts(out, json_object_to_json_string_ext(id, JSON_C_TO_STRING_PLAIN));
        }
    }
}

void cs_bulk(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct json_object *o = read_object(w, rq, reply);
    struct json_object *ids = fc_conf_get(o, "ids");
    struct fc_text t = {0};

    if (o == NULL) {
        return;
    }
    if (!json_object_is_type(ids, json_type_array) || json_object_array_length(ids) < 1 ||
        json_object_array_length(ids) > BULK_MAX) {
        cs_error(w, reply, 400, "VALIDATION_ERROR", "ids must be 1 to %d", BULK_MAX);
    } else {
        fc_text_puts(&t, "{\"success\":true,\"data\":{\"scans\":[");
        put_ids(w, ids, true, &t);
        fc_text_puts(&t, "],\"not_found\":[");
        put_ids(w, ids, false, &t);
        fc_text_puts(&t, "]}}");
        fc_reply_text(reply, 200, CS_JSON, &t);
    }
    json_object_put(o);
}
