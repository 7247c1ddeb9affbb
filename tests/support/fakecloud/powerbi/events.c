/* events.c: what people did on one UTC day, in pages; also what changed the workspaces that
 * changed.
 *
 * A day has events spread evenly over it, which only look at things. What was changed was changed
 * when the server started: an event for each workspace that was modified or deleted, and those
 * whose connections changed say so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/rng.h"
#include "powerbi/call.h"
#include "powerbi/error.h"
#include "powerbi/filter.h"
#include "powerbi/result.h"

#define DAY_NS (86400 * FC_SECOND)
#define KEPT_DAYS 28
#define EMPTY_PAGE 1 /* The second page of a day is empty, as it happens to be in the service. */

struct window {
    int64_t start_ns;
    int64_t end_ns;
    uint64_t at; /* Position in the day's list. */
    uint64_t page;
};

struct event {
    const struct pbi_world *w;
    uint64_t id;
    int64_t time_ns;
    const char *operation;
    uint64_t workspace;
    uint64_t h;
};

static uint64_t positions(const struct pbi_world *w)
{
    return w->events + pbi_modified_count(w) + w->deleted;
}

/* The event at 'at' of the day of 'win'; false: its time is not in the window. */
static bool event_at(const struct pbi_world *w, const struct window *win, uint64_t at,
                     struct event *out)
{
    static const char *const looks[] = {"ViewReport",   "ViewDashboard", "ViewReport",
                                        "ExportReport", "GetSnapshots",  "ViewDataflow"};
    static const char *const edits[] = {"EditReport", "EditDataset", "CreateReport"};
    static const char *const links[] = {"UpdateDatasources", "UpdateDatasetParameters",
                                        "UpdateDatasourceCredentials", "TookOverDatasource"};
    uint64_t day = (uint64_t)(win->start_ns / DAY_NS);

    *out = (struct event){.w = w};
    if (at < w->events) {
        out->id = day << 32 | at;
        out->h = pbi_chance(w, PBI_EVENT, out->id, 1);
        out->time_ns = (int64_t)(day * 86400 + at * 86400 / w->events) * FC_SECOND;
        out->operation = looks[out->h % 6];
        out->workspace = w->all > 0 ? (out->h >> 8) % w->all : 0;
    } else {
        uint64_t n = at - w->events, changed = pbi_modified_count(w);

        out->id = UINT64_C(1) << 47 | n;
        out->h = pbi_chance(w, PBI_EVENT, out->id, 1);
        out->time_ns = fc_clock_start_ns() / FC_SECOND * FC_SECOND;
        out->workspace = n < changed ? pbi_nth_modified(w, n) : w->workspaces - 1 - (n - changed);
        out->operation = n < w->connections ? links[n % 4] : edits[n % 3];
        out->operation = n < changed ? out->operation : "DeleteFolder";
    }
    return out->time_ns >= win->start_ns && out->time_ns <= win->end_ns &&
           out->time_ns <= fc_clock_ns() && w->all > 0;
}

static bool property(const void *object, struct fc_str name, struct fc_text *out)
{
    const struct event *e = object;

    if (fc_str_eq(name, "Activity")) {
        fc_text_puts(out, e->operation);
        return true;
    }
    fc_text_printf(out, "user%llu@contoso.com", (unsigned long long)(e->h % 997));
    return fc_str_eq(name, "UserId");
}

/* What it was about: a report, or of changed connections a dataset. */
static void put_item(const struct event *e, struct fc_text *out)
{
    unsigned long long n = e->workspace;
    bool set = strncmp(e->operation, "Update", 6) == 0 || strncmp(e->operation, "Took", 4) == 0 ||
               strcmp(e->operation, "EditDataset") == 0;
    enum pbi_kind kind = set ? PBI_DATASET : PBI_REPORT;

    if (pbi_contents_of(e->w, e->workspace).datasets == 0) {
        return;
    }
    fc_text_printf(out, ",\"ItemName\":\"%s %llu-0\",\"ObjectId\":", set ? "Dataset" : "Report", n);
    pbi_put_guid(e->w, kind, pbi_item(n, 0), out);
    fc_text_puts(out, ",\"ArtifactId\":");
    pbi_put_guid(e->w, kind, pbi_item(n, 0), out);
    fc_text_printf(out, ",\"ArtifactName\":\"%s %llu-0\",\"ArtifactKind\":\"%s\",\"DatasetId\":",
                   set ? "Dataset" : "Report", n, set ? "Dataset" : "Report");
    pbi_put_guid(e->w, PBI_DATASET, pbi_item(n, 0), out);
    fc_text_printf(out, ",\"DatasetName\":\"Dataset %llu-0\"", n);
    if (set) {
        return;
    }
    fc_text_puts(out, ",\"ReportId\":");
    pbi_put_guid(e->w, PBI_REPORT, pbi_item(n, 0), out);
    fc_text_printf(out,
                   ",\"ReportName\":\"Report %llu-0\",\"ReportType\":\"PowerBIReport\","
                   "\"DistributionMethod\":\"%s\",\"ConsumptionMethod\":\"Power BI Web\"",
                   n, e->h >> 50 & 1 ? "Apps" : "Workspace");
    if (e->h >> 50 & 1) {
        fc_text_puts(out, ",\"AppName\":\"An app\",\"AppReportId\":");
        pbi_put_guid(e->w, PBI_REPORT, pbi_item(n, PBI_MAX_ITEMS - 1), out);
    }
}

static void put_event(const struct event *e, struct fc_text *out)
{
    unsigned long long person = e->h % 997;
    uint64_t capacity;
    char request[AZ_GUID], activity[AZ_GUID];

    fc_text_puts(out, "{\"Id\":");
    pbi_put_guid(e->w, PBI_EVENT, e->id, out);
    fc_text_puts(out, ",\"RecordType\":20,\"CreationTime\":\"");
    fc_clock_print(out, e->time_ns, 0);
    fc_text_printf(out,
                   "\",\"Operation\":\"%s\",\"OrganizationId\":\"%s\",\"UserType\":0,"
                   "\"UserKey\":\"%08llX\",\"Workload\":\"PowerBI\",\"UserId\":"
                   "\"user%llu@contoso.com\",\"ClientIP\":\"192.0.2.%llu\",\"Activity\":\"%s\","
                   "\"IsSuccess\":true,\"WorkSpaceName\":",
                   e->operation, e->w->identity->tenant, person * 2654435761, person,
                   person % 250 + 1, e->operation);
    pbi_put_name(e->w, e->workspace, out);
    fc_text_puts(out, ",\"WorkspaceId\":");
    pbi_put_guid(e->w, PBI_WORKSPACE, e->workspace, out);
    if (pbi_capacity_of(e->w, e->workspace, &capacity)) {
        fc_text_puts(out, ",\"CapacityId\":");
        pbi_put_guid(e->w, PBI_CAPACITY, capacity, out);
        fc_text_printf(out, ",\"CapacityName\":\"Capacity %llu\"", (unsigned long long)capacity);
    }
    put_item(e, out);
    if (strcmp(e->operation, "GetSnapshots") == 0) {
        fc_text_puts(out, ",\"ModelsSnapshots\":[]");
    }
    az_guid(e->h, 1, request);
    az_guid(e->h, 2, activity);
    fc_text_printf(out,
                   ",\"UserAgent\":\"Mozilla/5.0\",\"RequestId\":\"%s\",\"ActivityId\":\"%s\"}",
                   request, activity);
}

/* "'...'", as parameters must be. */
static bool unquote(struct fc_str *s)
{
    if (s->n < 2 || s->p[0] != '\'' || s->p[s->n - 1] != '\'') {
        return false;
    }
    *s = (struct fc_str){s->p + 1, s->n - 2};
    return true;
}

static uint64_t check_of(const struct pbi_world *w, const struct window *win)
{
    uint64_t h = fc_hash(fc_hash(w->seed, (uint64_t)win->start_ns), (uint64_t)win->end_ns);

    return fc_hash(fc_hash(h, win->at), win->page) & 0xffffffff;
}

/* A token as the service's look: it is percent-encoded already. */
static void put_token(const struct pbi_world *w, const struct window *win, struct fc_text *out)
{
    struct fc_text raw = {0}, text = {0};
    size_t i;

    fc_text_printf(&raw, "%lld %lld %llu %llu %llu", (long long)win->start_ns,
                   (long long)win->end_ns, (unsigned long long)win->at,
                   (unsigned long long)win->page, (unsigned long long)check_of(w, win));
    fc_text_puts(&text, "+RID:");
    fc_text_base64(&text, raw.data, raw.len, false);
    fc_text_printf(&text, "#RT:%llu", (unsigned long long)win->page);
    for (i = 0; i < text.len; i++) {
        if (strchr("+:=#/", text.data[i]) != NULL) {
            fc_text_printf(out, "%%%02X", (unsigned)text.data[i]);
        } else {
            fc_text_add(out, text.data + i, 1);
        }
    }
    fc_text_fini(&raw);
    fc_text_fini(&text);
}

static bool read_token(const struct pbi_world *w, struct fc_str token, struct window *win)
{
    const char *end = token.n > 0 ? memchr(token.p, '#', token.n) : NULL;
    char raw[160] = {0};
    char *at = raw;
    long long values[4];
    unsigned long long check;
    size_t n, i;

    if (!unquote(&token) || token.n < 5 || strncmp(token.p, "+RID:", 5) != 0 || end == NULL ||
        !fc_base64_decode((struct fc_str){token.p + 5, (size_t)(end - token.p - 5)}, raw,
                          sizeof(raw) - 1, &n)) {
        return false;
    }
    for (i = 0; i < 4; i++) {
        values[i] = strtoll(at, &at, 10);
    }
    check = strtoull(at, &at, 10);
    *win = (struct window){values[0], values[1], (uint64_t)values[2], (uint64_t)values[3]};
    return *at == '\0' && check == check_of(w, win);
}

static bool read_window(const struct pbi_world *w, const struct fc_request *rq, struct window *win,
                        struct fc_reply *reply)
{
    struct fc_str start = fc_request_param(rq, "startDateTime");
    struct fc_str end = fc_request_param(rq, "endDateTime");

    *win = (struct window){0};
    if (fc_request_has(rq, "continuationToken")) {
        if (start.p != NULL || end.p != NULL ||
            !read_token(w, fc_request_param(rq, "continuationToken"), win)) {
            pbi_error(reply, 400, "InvalidRequest", "The continuation token is not valid");
            return false;
        }
        return true;
    }
    if (!unquote(&start) || !unquote(&end) || !fc_clock_parse(start, &win->start_ns) ||
        !fc_clock_parse(end, &win->end_ns)) {
        pbi_error(
            reply, 400, "InvalidRequest",
            "Either a continuation token or a start and an end, in single quotes, are wanted");
        return false;
    }
    if (win->start_ns > win->end_ns || win->start_ns / DAY_NS != win->end_ns / DAY_NS) {
        pbi_error(reply, 400, "InvalidRequest",
                  "The start must not come after the end and both must be in the same UTC day");
        return false;
    }
    if (win->start_ns < fc_clock_ns() / DAY_NS * DAY_NS - KEPT_DAYS * DAY_NS) {
        pbi_error(reply, 400, "InvalidRequest", "The start is more than %d days ago", KEPT_DAYS);
        return false;
    }
    return true;
}

static void put_filter(const struct fc_request *rq, struct fc_text *out)
{
    struct fc_str filter = fc_request_param(rq, "$filter");
    size_t i;

    fc_text_puts(out, filter.n > 0 ? "&$filter=" : "");
    for (i = 0; i < filter.n; i++) {
        if (filter.p[i] == ' ') {
            fc_text_puts(out, "%20");
        } else {
            fc_text_add(out, filter.p + i, 1);
        }
    }
}

void pbi_activity(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct pbi_filter filter = {fc_request_param(rq, "$filter"), property};
    struct fc_text t = {0}, token = {0}, uri = {0};
    struct event e = {.w = w, .operation = ""};
    struct window win;
    uint64_t n = 0;

    if (!read_window(w, rq, &win, reply)) {
        return;
    }
    if (!pbi_filter_check(&filter, &e)) {
        pbi_error(reply, 400, "InvalidRequest", "$filter is not supported");
        return;
    }
    fc_text_puts(&t, "{\"activityEventEntities\":[");
    for (; win.page != EMPTY_PAGE && win.at < positions(w) && n < w->event_page; win.at++) {
        if (event_at(w, &win, win.at, &e) && pbi_filter_hits(&filter, &e)) {
            fc_text_puts(&t, n++ > 0 ? "," : "");
            put_event(&e, &t);
        }
    }
    win.page++;
    if (win.at < positions(w)) {
        put_token(w, &win, &token);
        pbi_base(rq, &uri);
        fc_text_printf(&uri, "/admin/activityevents?continuationToken='%s'", token.data);
        put_filter(rq, &uri);
        fc_text_puts(&t, "],\"continuationUri\":");
        fc_text_json(&t, (struct fc_str){uri.data, uri.len});
        fc_text_printf(&t, ",\"continuationToken\":\"%s\",\"lastResultSet\":false}", token.data);
    } else {
        fc_text_puts(&t, "],\"continuationUri\":null,\"continuationToken\":null,"
                         "\"lastResultSet\":true}");
    }
    fc_reply_text(reply, 200, PBI_JSON, &t);
    fc_text_fini(&token);
    fc_text_fini(&uri);
}
