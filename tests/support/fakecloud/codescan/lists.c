/* lists.c: what there is to read, each list paged in a way of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codescan/call.h"
#include "core/clock.h"
#include "core/rng.h"

#define FIRST_DAY INT64_C(19358) /* 2023-01-01 */

static const char *const languages[] = {"c", "go", "python", "java", "typescript", "rust"};
static const char *const severities[] = {"critical", "high", "medium", "low", "info"};

static void put_time(uint64_t h, int64_t more_days, struct fc_text *out)
{
    int64_t s = (FIRST_DAY + more_days) * 86400 + (int64_t)(h % (UINT64_C(700) * 86400));

    fc_clock_print(out, s * FC_SECOND, 0);
    fc_text_puts(out, "Z");
}

static void put_project(const struct cs_world *w, uint64_t i, struct fc_text *out)
{
    uint64_t h = cs_chance(w, CS_PROJECT, i);
    bool touched = i < w->touched;

    fc_text_puts(out, "{\"id\":\"");
    cs_put_id(w, CS_PROJECT, i, out);
    fc_text_printf(
        out,
        "\",\"name\":\"service-%llu\",\"repository\":\"https://git.example.com/team%llu/"
        "service-%llu.git\",\"default_branch\":\"%s\",\"language\":\"%s\",\"archived\":%s,"
        "\"created_at\":\"",
        (unsigned long long)i, (unsigned long long)(h % 12), (unsigned long long)i,
        touched ? "trunk" : "main", languages[(h >> 8) % 6],
        (h >> 16) % 10 == 0 ? "true" : "false");
    put_time(h >> 20, 0, out);
    fc_text_puts(out, "\",\"updated_at\":\"");
    put_time(h >> 20, touched ? 60 : 30, out);
    fc_text_printf(out, "\",\"last_scan_id\":");
    if (w->scans > 0) {
        fc_text_puts(out, "\"");
        cs_put_id(w, CS_SCAN, i * w->scans + w->scans - 1, out);
        fc_text_puts(out, "\"}");
    } else {
        fc_text_puts(out, "null}");
    }
}

void cs_put_finding(const struct cs_world *w, uint64_t scan, uint64_t project, uint64_t n,
                    struct fc_text *out)
{
    uint64_t index = scan * w->findings + n, h = cs_chance(w, CS_FINDING, index);

    fc_text_puts(out, "{\"id\":\"");
    cs_put_id(w, CS_FINDING, index, out);
    fc_text_puts(out, "\",\"scan_id\":\"");
    cs_put_id(w, CS_SCAN, scan, out);
    fc_text_puts(out, "\",\"project_id\":\"");
    cs_put_id(w, CS_PROJECT, project, out);
    fc_text_puts(out, "\",\"rule_id\":\"");
    cs_put_id(w, CS_RULE, w->rules > 0 ? h % w->rules : 0, out);
    fc_text_printf(out,
                   "\",\"severity\":\"%s\",\"status\":\"%s\",\"file\":\"src/mod%llu/unit%llu.c\","
                   "\"line\":%llu,\"message\":\"Value %llu is used before it is checked\"}",
                   severities[(h >> 16) % 5], (h >> 20) % 4 == 0 ? "fixed" : "open",
                   (unsigned long long)((h >> 24) % 9), (unsigned long long)((h >> 28) % 99),
                   (unsigned long long)((h >> 36) % 2000 + 1), (unsigned long long)(h >> 48));
}

static void put_rule(const struct cs_world *w, uint64_t i, struct fc_text *out)
{
    uint64_t h = cs_chance(w, CS_RULE, i);

    fc_text_puts(out, "{\"id\":\"");
    cs_put_id(w, CS_RULE, i, out);
    fc_text_printf(out,
                   "\",\"name\":\"rule-%llu\",\"language\":\"%s\",\"severity\":\"%s\",\"cwe\":"
                   "\"CWE-%llu\",\"enabled\":%s}",
                   (unsigned long long)i, languages[h % 6], severities[(h >> 8) % 5],
                   (unsigned long long)((h >> 16) % 900 + 20), (h >> 32) % 8 ? "true" : "false");
}

void cs_account(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    const struct cs_call *call = rq->owned;
    struct fc_text t = {0};

    fc_text_puts(&t, "{\"success\":true,\"data\":{\"name\":");
    fc_text_json(&t, fc_str_of(call->key->name));
    fc_text_printf(
        &t,
        ",\"tier\":\"%s\",\"limits\":{\"requests_per_hour\":%zu,\"requests_per_day\":%zu,"
        "\"creations_per_hour\":%zu}}}",
        call->key->tier, call->key->most[CS_HOUR], call->key->most[CS_DAY],
        call->key->most[CS_CREATE]);
    cs_answer(w, rq, reply, &t);
}

static bool wanted_project(const struct cs_world *w, const struct fc_request *rq, uint64_t i)
{
    struct fc_str language = fc_request_param(rq, "language");

    return language.p == NULL ||
           fc_str_eq(language, languages[(cs_chance(w, CS_PROJECT, i) >> 8) % 6]);
}

/* page and page_size, and how many there are in all. */
void cs_projects(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct fc_text t = {0};
    uint64_t page, size, i, total = 0, first = true;

    if (!cs_number(w, rq, "page", 1, 1, 1000000000, &page, reply) ||
        !cs_number(w, rq, "page_size", 20, 1, 100, &size, reply)) {
        return;
    }
    fc_text_puts(&t, "{\"success\":true,\"data\":[");
    for (i = 0; i < w->projects; i++) {
        if (!wanted_project(w, rq, i)) {
            continue;
        }
        if (total >= (page - 1) * size && total < page * size) {
            fc_text_puts(&t, first ? "" : ",");
            put_project(w, i, &t);
            first = false;
        }
        total++;
    }
    fc_text_printf(&t,
                   "],\"pagination\":{\"page\":%llu,\"page_size\":%llu,\"total_items\":%llu,"
                   "\"total_pages\":%llu,\"has_next\":%s}}",
                   (unsigned long long)page, (unsigned long long)size, (unsigned long long)total,
                   (unsigned long long)((total + size - 1) / size),
                   page * size < total ? "true" : "false");
    cs_answer(w, rq, reply, &t);
}

static bool find_project(const struct cs_world *w, const struct fc_request *rq, uint64_t *out,
                         struct fc_reply *reply)
{
    if (cs_id_index(w, CS_PROJECT, rq->args[0], out) && *out < w->projects) {
        return true;
    }
    cs_error(w, reply, 404, "NOT_FOUND", "There is no such project");
    return false;
}

void cs_project(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct fc_text t = {0};
    uint64_t i;

    if (find_project(w, rq, &i, reply)) {
        fc_text_puts(&t, "{\"success\":true,\"data\":");
        put_project(w, i, &t);
        fc_text_puts(&t, "}");
        cs_answer(w, rq, reply, &t);
    }
}

/* The scans of a project that were submitted, newest first, and then those that always were. */
void cs_project_scans(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct fc_text t = {0};
    uint64_t project, offset, limit, at = 0, begun, n;
    size_t most;

    if (!find_project(w, rq, &project, reply) ||
        !cs_number(w, rq, "offset", 0, 0, 1000000000, &offset, reply) ||
        !cs_number(w, rq, "limit", 50, 1, 200, &limit, reply)) {
        return;
    }
    fc_jobs_count(w->jobs, &begun, &most);
    fc_text_puts(&t, "{\"success\":true,\"data\":[");
    for (n = begun + w->scans; n-- > 0;) {
        bool old = n < w->scans;
        struct cs_submitted submitted = {.project = project};
        struct fc_job job = {.state = FC_JOB_DONE};

        if (!old && (!fc_jobs_look(w->jobs, n - w->scans, &submitted, &job) ||
                     submitted.project != project)) {
            continue;
        }
        if (at >= offset && at < offset + limit) {
            fc_text_puts(&t, at > offset ? "," : "");
            cs_put_scan(w, old ? project * w->scans + n : cs_first_submitted(w) + n - w->scans,
                        old ? NULL : &job, &submitted, &t);
        }
        at++;
    }
    fc_text_printf(&t, "],\"meta\":{\"offset\":%llu,\"limit\":%llu,\"total\":%llu}}",
                   (unsigned long long)offset, (unsigned long long)limit, (unsigned long long)at);
    cs_answer(w, rq, reply, &t);
}

static void put_cursor(const struct cs_world *w, uint64_t at, struct fc_text *out)
{
    char raw[48];
    int n = snprintf(raw, sizeof(raw), "%llu.%llu", (unsigned long long)at,
                     (unsigned long long)(fc_hash(w->seed, at) & 0xffffff));

    fc_text_base64(out, raw, (size_t)n, true);
}

static bool read_cursor(const struct cs_world *w, struct fc_str cursor, uint64_t *out)
{
    char raw[48] = {0}, *end;
    struct fc_text again = {0};
    size_t n;
    bool good;

    if (!fc_base64_decode(cursor, raw, sizeof(raw) - 1, &n)) {
        return false;
    }
    *out = strtoull(raw, &end, 10);
    put_cursor(w, *out, &again);
    good = again.len == cursor.n && memcmp(again.data, cursor.p, cursor.n) == 0;
    fc_text_fini(&again);
    return good;
}

/* All findings of the scans that always were, by cursor; the filters hold for each page anew. */
void cs_findings(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct fc_str cursor = fc_request_param(rq, "cursor");
    struct fc_str severity = fc_request_param(rq, "severity");
    uint64_t at = 0, limit, n = 0, total = cs_first_submitted(w) * w->findings;
    struct fc_text t = {0};

    if (!cs_number(w, rq, "limit", 100, 1, 500, &limit, reply)) {
        return;
    }
    if (cursor.p != NULL && !read_cursor(w, cursor, &at)) {
        cs_error(w, reply, 400, "INVALID_CURSOR", "The cursor is not valid");
        return;
    }
    fc_text_puts(&t, "{\"success\":true,\"data\":[");
    for (; at < total && n < limit; at++) {
        uint64_t h = cs_chance(w, CS_FINDING, at), scan = at / w->findings;

        if (severity.p == NULL || fc_str_eq(severity, severities[(h >> 16) % 5])) {
            fc_text_puts(&t, n++ > 0 ? "," : "");
            cs_put_finding(w, scan, scan / w->scans, at % w->findings, &t);
        }
    }
    fc_text_puts(&t, "],\"next_cursor\":");
    if (at < total) {
        fc_text_puts(&t, "\"");
        put_cursor(w, at, &t);
        fc_text_puts(&t, "\"}");
    } else {
        fc_text_puts(&t, "null}");
    }
    cs_answer(w, rq, reply, &t);
}

static void put_link(const struct fc_text *base, uint64_t page, uint64_t size, const char *rel,
                     struct fc_text *out)
{
    fc_text_printf(out, "%s<%s?page=%llu&per_page=%llu>; rel=\"%s\"", out->len > 0 ? ", " : "",
                   base->data, (unsigned long long)page, (unsigned long long)size, rel);
}

/* A bare array; the header Link says where it goes on. */
void cs_rules(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct fc_text t = {0}, base = {0}, link = {0};
    uint64_t page, size, i, last;

    if (!cs_number(w, rq, "page", 1, 1, 1000000000, &page, reply) ||
        !cs_number(w, rq, "per_page", 30, 1, 100, &size, reply)) {
        return;
    }
    last = w->rules > 0 ? (w->rules + size - 1) / size : 1;
    fc_text_puts(&t, "[");
    for (i = (page - 1) * size; i < w->rules && i < page * size; i++) {
        fc_text_puts(&t, t.len > 1 ? "," : "");
        put_rule(w, i, &t);
    }
    fc_text_puts(&t, "]");
    cs_answer(w, rq, reply, &t);
    fc_request_base(rq, &base);
    fc_text_add(&base, rq->path.p, rq->path.n);
    if (page < last) {
        put_link(&base, page + 1, size, "next", &link);
        put_link(&base, last, size, "last", &link);
    }
    if (page > 1) {
        put_link(&base, 1, size, "first", &link);
        put_link(&base, page - 1, size, "prev", &link);
    }
    if (link.len > 0) {
        fc_reply_header(reply, "Link", "%s", link.data);
    }
    fc_text_fini(&base);
    fc_text_fini(&link);
}
