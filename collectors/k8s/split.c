/* split.c: a long list over all namespaces, read in several at once.
 *
 * Pages of one list follow each other, so the longest list of a cluster is what a scan waits for:
 * a hundred thousand pods are two hundred pages, one after the other. When the first page says that
 * many more are to come, the namespaces are asked for, and those that the list has not come to are
 * read each by itself, side by side. All of it is read at the version of the first page
 * (resourceVersionMatch: Exact), so that the objects are those of one moment, as one list's are. Of
 * a namespace that was deleted between the first page and the question for the namespaces nothing
 * more is seen; neither is there anything.
 *
 * A list is sorted by namespace and name, as the keys of the store are: the page's last object
 * tells how far it has come, and the list itself goes on to the end of that namespace. The first
 * page shows whether a server sorts so; where one does not, or nobody may ask for the namespaces,
 * or there are too many of them, the list goes on as it is. A page that is not sorted, later on, is
 * read as a whole, and so is what follows it.
 *
 * A list of metadata (changes.c) is read so as the list itself is.
 *
 * Source: kubernetes.io/docs/reference/using-api/api-concepts (retrieving large results in chunks,
 * semantics for get and list). */
#include "base/json.h"
#include "k8s/cluster.h"

/* Fewer objects left are a page or a few. */
#define LEAST_LEFT 2000
#define PAGE 500
/* Calls for namespaces instead of one page: each of them may have few objects. */
#define CALLS_A_PAGE 4

/* ---- the order of keys ---- */

/* "a-b/x" stands before "a/x": what follows a name in a key is '/', and '-' is less. */
static int compare(struct wgo_str a, struct wgo_str b)
{
    size_t n = 0;
    while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n]) {
        n++;
    }
    char x = n < a.len ? a.ptr[n] : '/', y = n < b.len ? b.ptr[n] : '/';
    return n == a.len && n == b.len ? 0 : x < y ? -1 : 1;
}

/* Where an object stands in its list. */
struct place {
    struct wgo_str space, name;
};

static int compare_places(struct place a, struct place b)
{
    int order = compare(a.space, b.space);
    return order ? order : wgo_str_cmp(a.name, b.name);
}

static struct place place_of(struct wgo_str metadata, struct wgo_arena *arena)
{
    return (struct place){wgo_json_text_at(metadata, "namespace", arena),
                          wgo_json_text_at(metadata, "name", arena)};
}

struct order {
    struct wgo_arena *arena;
    struct place first, last;
    bool sorted, named; /* every object has a namespace */
};

static bool look(void *state, struct wgo_str metadata)
{
    struct order *order = state;
    struct place place = place_of(metadata, order->arena);
    order->named = order->named && place.space.len > 0;
    order->sorted =
        order->sorted && (!order->last.space.ptr || compare_places(order->last, place) < 0);
    order->first = order->first.space.ptr ? order->first : place;
    order->last = place;
    return order->named;
}

static struct order order_of(struct wgo_str document, struct wgo_arena *arena)
{
    struct order order = {.arena = arena, .sorted = true, .named = true};
    if (wgo_json_each(document, WGO_STR("items[].metadata"), look, &order) != WGO_OK) {
        order.sorted = false;
    }
    return order;
}

/* Whether it is what a server says that sorts by namespace. */
static bool is_good(const struct order *order)
{
    return order->sorted && order->named && order->last.space.len > 0;
}

/* ---- the first page ---- */

/* The list of the task's resource, from its start: of the objects, or `by` another entry. */
static struct wgo_task list_of(const struct wgo_kube_cluster *cluster, const struct wgo_task *asked)
{
    static const char *const shared[] = {"context", "cluster", "base",        "plural",
                                         "group",   "kind",    "native_type", "namespaced"};
    struct wgo_task task = *asked;
    struct wgo_kube_type type =
        wgo_kube_type_of(&cluster->collector->types, wgo_kube_var(asked, "native_type"));
    struct wgo_str by = wgo_kube_var(asked, "by");
    task.entry = by.len > 0 ? by : type.call;
    task.type = type.type;
    task.token = (struct wgo_str){0};
    task.alone = task.ahead = false;
    task.priority =
        WGO_PRIORITY_FIRST; /* it is long, and the moment that is spoken of does not last */
    task.var_count = 0;
    for (size_t i = 0; i < WGO_COUNT(shared); i++) {
        (void)!wgo_task_set(&task, wgo_str(shared[i]), wgo_kube_var(asked, shared[i]));
    }
    return task;
}

/* How many objects are to come; 0 when it is not said, or none. */
static uint64_t left_of(struct wgo_str document)
{
    uint64_t left = 0;
    struct wgo_str text = wgo_json_get(document, WGO_STR("metadata.remainingItemCount"));
    return wgo_str_to_u64(text, &left) ? left : 0;
}

/* When it is worth that, the rest is asked for in several at once, and the page is the list's last
 * one. */
static enum wgo_status split(const struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                             struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_arena *arena = emitter->arena;
    if (!wgo_str_is(wgo_kube_var(page->task, "namespaced"), "true") ||
        left_of(page->document) < LEAST_LEFT) {
        return WGO_OK;
    }
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str version = wgo_json_text_at(page->document, "metadata.resourceVersion", arena);
    struct wgo_str token = wgo_json_text_at(page->document, "metadata.continue", arena);
    struct order order = order_of(page->document, arena);
    if (!is_good(&order) || version.len == 0 || token.len == 0) {
        return WGO_OK;
    }
    struct wgo_str after =
        wgo_str_format(arena, "%.*s/%.*s", WGO_FMT(order.last.space), WGO_FMT(order.last.name));
    struct wgo_str left =
        wgo_str_format(arena, "%llu", (unsigned long long)left_of(page->document));
    struct wgo_task task = list_of(cluster, page->task);
    task.entry = WGO_STR("spaces"); /* of the list's type: a scan that ends before it is answered
                                       has not seen the list */
    task.alone = true;
    bool metadata = wgo_str_is(page->task->entry, WGO_KUBE_CHANGES);
    bool good = (!metadata || wgo_task_set(&task, WGO_STR("by"), WGO_STR(WGO_KUBE_CHANGES))) &&
                wgo_task_set(&task, WGO_STR("at"), version) &&
                wgo_task_set(&task, WGO_STR("until"), order.last.space) &&
                wgo_task_set(&task, WGO_STR("after"), after) &&
                wgo_task_set(&task, WGO_STR("rest"), token) &&
                wgo_task_set(&task, WGO_STR("left"), left);
    status = wgo_kube_emit(emitter, &task, good, err);
    if (status == WGO_OK) {
        emitter->last(emitter);
    }
    return status;
}

/* ---- the namespaces ---- */

/* The list goes on where it was left: to the end of that namespace, "" = to its own. */
static enum wgo_status go_on(const struct wgo_kube_cluster *cluster, const struct wgo_task *asked,
                             struct wgo_str until, struct wgo_emitter *emitter,
                             struct wgo_error *err)
{
    struct wgo_task task = list_of(cluster, asked);
    task.token = wgo_kube_var(asked, "rest");
    task.page = 1;
    bool good = wgo_task_set(&task, WGO_STR("after"), wgo_kube_var(asked, "after")) &&
                (until.len == 0 || wgo_task_set(&task, WGO_STR("until"), until));
    return wgo_kube_emit(emitter, &task, good, err);
}

struct spaces {
    const struct wgo_kube_cluster *cluster;
    const struct wgo_task *asked;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    struct wgo_str until;
    size_t count;
    bool counts; /* only */
    enum wgo_status status;
};

static bool each_space(void *state, struct wgo_str raw)
{
    struct spaces *s = state;
    struct wgo_str name = wgo_json_text(raw, s->emitter->arena);
    if (name.len == 0 || compare(name, s->until) <= 0) {
        return true;
    }
    s->count++;
    if (!s->counts) {
        struct wgo_task task = list_of(s->cluster, s->asked);
        task.priority = WGO_PRIORITY_USUAL;
        bool good = wgo_kube_set_place(&task, name) &&
                    wgo_kube_set_moment(&task, wgo_kube_var(s->asked, "at"));
        s->status = wgo_kube_emit(s->emitter, &task, good, s->err);
    }
    return s->status == WGO_OK;
}

/* Goes through the namespaces that the list has not come to. */
static enum wgo_status go_through(struct spaces *s, struct wgo_str document, bool counts)
{
    s->counts = counts;
    s->count = 0;
    enum wgo_status status =
        wgo_json_each(document, WGO_STR("items[].metadata.name"), each_space, s);
    return status == WGO_OK ? s->status : status;
}

enum wgo_status wgo_kube_spaces(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_task *asked = page->task;
    struct spaces s = {.cluster = cluster,
                       .asked = asked,
                       .emitter = emitter,
                       .err = err,
                       .until = wgo_kube_var(asked, "until")};
    uint64_t left = 0;
    bool good = !page->fallback && wgo_json_check(page->document, NULL) == WGO_OK &&
                wgo_json_text_at(page->document, "metadata.continue", emitter->arena).len == 0 &&
                wgo_str_to_u64(wgo_kube_var(asked, "left"), &left) &&
                go_through(&s, page->document, true) == WGO_OK && s.count > 0 &&
                s.count <= CALLS_A_PAGE * (left / PAGE);
    enum wgo_status status =
        go_on(cluster, asked, good ? s.until : (struct wgo_str){0}, emitter, err);
    if (status == WGO_OK && good) {
        status = go_through(&s, page->document, false);
    }
    /* One that failed needs no row: the list itself goes on. */
    bool failed = page->fallback && page->verdict->kind != WGO_VERDICT_FALLBACK;
    return status == WGO_OK && failed ? WGO_E_SKIPPED : status;
}

/* ---- the rest of the list itself ---- */

/* What is to be read of a page. One that begins anew, as its token is not taken any more, has its
 * first page behind it. */
struct within {
    struct wgo_arena *arena;
    struct place after;   /* no space: from the start */
    struct wgo_str until; /* "": to the end */
    struct wgo_buf kept;
    size_t count;
};

static struct within within_of(const struct wgo_task *task, struct wgo_arena *arena)
{
    struct within w = {.arena = arena, .until = wgo_kube_var(task, "until")};
    struct wgo_str after = wgo_kube_var(task, "after");
    size_t slash = wgo_str_find_char(after, '/');
    if (task->restarts > 0 && slash < after.len) {
        w.after.space = wgo_str_slice(after, 0, slash);
        w.after.name = wgo_str_slice(after, slash + 1, after.len);
    }
    return w;
}

static bool comes_after(const struct within *w, struct place place)
{
    return w->after.space.len == 0 || compare_places(place, w->after) > 0;
}

static bool goes_beyond(const struct within *w, struct place place)
{
    return w->until.len > 0 && compare(place.space, w->until) > 0;
}

static bool keep_within(void *state, struct wgo_str item)
{
    struct within *w = state;
    struct place place = place_of(wgo_json_get(item, WGO_STR("metadata")), w->arena);
    if (goes_beyond(w, place)) {
        return false;
    }
    if (!comes_after(w, place)) {
        return true;
    }
    if (w->count++ > 0) {
        wgo_buf_char(&w->kept, ',');
    }
    return wgo_buf_append(&w->kept, item.ptr, item.len);
}

/* The page without what is not to be read. */
static enum wgo_status cut(struct within *w, const struct wgo_page *page, struct wgo_str *out,
                           struct wgo_error *err)
{
    struct wgo_str token = wgo_json_get(page->document, WGO_STR("metadata.continue"));
    wgo_buf_format(&w->kept, "{\"metadata\":{\"continue\":%.*s},\"items\":[",
                   WGO_FMT(token.len > 0 ? token : WGO_STR("\"\"")));
    enum wgo_status status = wgo_json_each(page->document, WGO_STR("items[]"), keep_within, w);
    wgo_buf_cstr(&w->kept, "]}");
    *out = wgo_str_dup(w->arena, wgo_buf_view(&w->kept));
    if (status == WGO_OK && (w->kept.failed != WGO_OK || !out->ptr)) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_buf_fini(&w->kept);
    return status;
}

enum wgo_status wgo_kube_part(const struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                              struct wgo_emitter *emitter, struct wgo_str *out,
                              struct wgo_error *err)
{
    struct within w = within_of(page->task, emitter->arena);
    bool whole = w.until.len == 0 && w.after.space.len == 0;
    *out = page->document;
    if (wgo_kube_begins(page->task)) {
        return split(cluster, page, emitter, err);
    }
    enum wgo_status status = whole ? WGO_OK : wgo_json_check(page->document, err);
    if (whole || status != WGO_OK) {
        return status;
    }
    struct order order = order_of(page->document, emitter->arena);
    bool ends = is_good(&order) && goes_beyond(&w, order.last);
    if (ends) {
        emitter->last(emitter);
    }
    return is_good(&order) && (ends || !comes_after(&w, order.first)) ? cut(&w, page, out, err)
                                                                      : WGO_OK;
}
