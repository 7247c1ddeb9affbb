#include "k8s/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/drift.h"
#include "k8s/drifted.h"
#include "k8s/page.h"
#include "k8s/partial.h"
#include "k8s/selector.h"
#include "k8s/status.h"

#define USUAL_TIMEOUT_S 1800 /* A real server's shortest, where the client names none. */

struct watch {
    const struct k8s_cluster *c;
    const struct k8s_template *t;
    const struct k8s_resource *r;
    struct fc_str ns; /* Empty: all. */
    struct k8s_selector selector;
    uint64_t version, timeout_s; /* What was asked for. */
    bool from_start;             /* Without a version, or from 0. */
    bool partial, bookmarks;
    char *buf;
    struct fc_text out;
};

static const char *slash(const struct k8s_resource *r)
{
    return r->group[0] != '\0' ? "/" : "";
}

/* ---- events ---- */

static void add_event(struct watch *w, const char *type, const char *json, size_t len)
{
    if (!k8s_selector_matches(&w->selector, json, len)) {
        return;
    }
    fc_text_printf(&w->out, "{\"type\":\"%s\",\"object\":", type);
    if (w->partial) {
        k8s_partial_add(&w->out, json, len);
    } else {
        fc_text_add(&w->out, json, len);
    }
    fc_text_puts(&w->out, "}\n");
}

static void add_generated(struct watch *w, const char *type, uint64_t g)
{
    const struct k8s_resource *r = w->r;
    struct k8s_obj obj;
    size_t n;

    k8s_obj_at(w->c, r->store, g, &obj);
    n = (size_t)snprintf(w->buf, K8S_HEAD_MAX, "{\"apiVersion\":\"%s%s%s\",\"kind\":\"%s\",",
                         r->group, slash(r), r->version, r->kind);
    n += k8s_template_print(w->t, &obj, w->c->pad_bytes[r - k8s_resources], w->buf + n);
    w->buf[n] = '\0';
    add_event(w, type, w->buf, n);
}

/* What has happened to the object at 'g'. */
static void add_drift(struct watch *w, uint64_t g)
{
    enum k8s_store store = w->r->store;
    bool changed = k8s_drift_changed(store, g);

    if ((changed || k8s_drift_gone(store, g)) && k8s_drift_version(w->c, store, g) > w->version) {
        add_generated(w, changed ? "MODIFIED" : "DELETED", g);
    }
}

static void add_extras(struct watch *w)
{
    const struct k8s_extra *x;
    uint64_t i;

    for (i = 0; (x = k8s_extra_at(w->c, w->r, w->ns, i)) != NULL; i++) {
        add_event(w, "ADDED", x->whole, strlen(x->whole));
    }
}

static void add_events(struct watch *w)
{
    enum k8s_store store = w->r->store;
    uint64_t g = 0, end = w->c->counts[store];
    uint32_t index;

    if (w->ns.n > 0 && !k8s_namespace_find(w->c, w->ns, &index)) {
        end = 0;
    } else if (w->ns.n > 0) {
        g = k8s_cluster_start(w->c, store, index);
        end = k8s_cluster_start(w->c, store, index + 1);
    }
    for (; g < end; g++) {
        if (!w->from_start) {
            add_drift(w, g);
        } else if (!k8s_drift_gone(store, g)) {
            add_generated(w, "ADDED", g);
        }
    }
    if (w->from_start) {
        add_extras(w);
    }
}

static void add_bookmark(struct watch *w)
{
    const struct k8s_resource *r = w->r;

    fc_text_printf(&w->out,
                   "{\"type\":\"BOOKMARK\",\"object\":{\"kind\":\"%s\",\"apiVersion\":\"%s%s%s\","
                   "\"metadata\":{\"resourceVersion\":\"%llu\",\"creationTimestamp\":null}}}\n",
                   w->partial ? "PartialObjectMetadata" : r->kind,
                   w->partial ? "meta.k8s.io/v1" : r->group, w->partial ? "" : slash(r),
                   w->partial ? "" : r->version, (unsigned long long)k8s_version(w->c));
}

/* ---- what was asked ---- */

static bool is_too_old(const struct watch *w)
{
    int64_t age = fc_clock_ns() - fc_drift_at_ns();

    return !w->from_start &&
           (w->version < w->c->resource_version ||
            (w->version < k8s_version(w->c) && age > w->c->watch_window_ms * 1000000));
}

static bool is_true(const struct fc_request *rq, const char *key)
{
    struct fc_str value = fc_request_param(rq, key);

    return fc_str_eq(value, "1") || fc_str_eq(value, "true");
}

/* False: 'reply' is an error. */
static bool read_request(struct watch *w, const struct fc_request *rq, struct fc_reply *reply)
{
    struct fc_str rv = fc_request_param(rq, "resourceVersion");
    struct fc_str timeout = fc_request_param(rq, "timeoutSeconds");

    w->from_start = rv.n == 0 || fc_str_eq(rv, "0");
    w->timeout_s = USUAL_TIMEOUT_S;
    w->partial = k8s_partial_wanted(rq, "as=PartialObjectMetadata");
    w->bookmarks = is_true(rq, "allowWatchBookmarks");
    if (fc_request_has(rq, "sendInitialEvents") || fc_request_has(rq, "resourceVersionMatch")) {
        k8s_status_message(reply, 422, "Invalid",
                           "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: "
                           "sendInitialEvents is forbidden for watch unless the WatchList feature "
                           "gate is enabled");
        return false;
    }
    if ((rv.n > 0 && !fc_str_u64(rv, &w->version)) ||
        (timeout.n > 0 && (!fc_str_u64(timeout, &w->timeout_s) || w->timeout_s > 86400))) {
        k8s_status_message(reply, 400, "BadRequest", "Invalid value for a parameter of the watch");
        return false;
    }
    if (!k8s_selector_init(&w->selector, fc_request_param(rq, "labelSelector"),
                           fc_request_param(rq, "fieldSelector"))) {
        k8s_status_message(reply, 400, "BadRequest",
                           "unable to parse requirement: invalid selector");
        return false;
    }
    return true;
}

static void print(struct watch *w, struct fc_reply *reply)
{
    size_t events;

    if (is_too_old(w)) {
        fc_text_puts(&w->out, "{\"type\":\"ERROR\",\"object\":");
        k8s_status_too_old(&w->out, w->version, k8s_version(w->c));
        fc_text_puts(&w->out, "}\n");
        fc_reply_text(reply, 200, K8S_JSON, &w->out);
        reply->length = FC_LENGTH_UNKNOWN;
        return;
    }
    add_events(w);
    events = w->out.len;
    if (w->bookmarks) {
        add_bookmark(w);
    }
    fc_reply_text(reply, 200, K8S_JSON, &w->out);
    reply->length = FC_LENGTH_UNKNOWN;
    fc_reply_pause(reply, (int64_t)events, (int64_t)w->timeout_s * 1000);
}

void k8s_watch(const struct k8s_cluster *c, const struct k8s_template *t,
               const struct k8s_resource *r, const struct fc_str *ns, const struct fc_request *rq,
               struct fc_reply *reply)
{
    struct watch w = {.c = c, .t = t, .r = r};

    w.ns = ns != NULL ? *ns : (struct fc_str){"", 0};
    if (read_request(&w, rq, reply)) {
        w.buf = fc_alloc(k8s_template_max(t) + c->pad_bytes[r - k8s_resources] + K8S_HEAD_MAX + 1);
        print(&w, reply);
    }
    free(w.buf);
    k8s_selector_fini(&w.selector);
}
