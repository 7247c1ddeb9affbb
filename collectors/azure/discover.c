/* discover.c: which subscriptions there are, and which of them are read. */
#include "azure/changes.h"
#include "azure/session.h"

#include "base/json.h"

/* ---- what is asked ---- */

static enum wgo_status ask_subscriptions(struct wgo_azure_login *login, struct wgo_emitter *emitter,
                                         struct wgo_error *err)
{
    struct wgo_task task = wgo_azure_task(login, "session.subscriptions", login->tenant);
    task.type = WGO_STR("azurerm_subscription");
    return emitter->task(emitter, &task, err);
}

/* The tenant itself: nobody need be asked for what the token says. */
static enum wgo_status give_tenant(struct wgo_azure *azure, const struct wgo_azure_login *login,
                                   struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_arena *arena = emitter->arena;
    struct wgo_str type = WGO_STR("Microsoft.Resources/tenants");
    if (wgo_str_is(login->tenant, login->key) ||
        !wgo_types_admit(&azure->options->resource_types, type, type, false)) {
        return WGO_OK;
    }
    struct wgo_record record = {
        .id = wgo_str_format(arena, "/tenants/%.*s", WGO_FMT(login->tenant)),
        .type = type,
        .native_type = type,
        .name = login->tenant,
        .provider = WGO_STR("azure"),
        .account = login->tenant,
        .native_id = login->tenant,
        .configuration = wgo_str_format(arena, "{\"tenantId\":\"%.*s\"}", WGO_FMT(login->tenant)),
        .source_provider = WGO_STR("azure"),
        .source_type = WGO_STR("token"),
        .live = true,
    };
    record.fingerprint = wgo_json_fingerprint(record.configuration);
    return emitter->record(emitter, &record, err);
}

enum wgo_status wgo_azure_discover(struct wgo_azure *azure, struct wgo_azure_login *login,
                                   struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_str_list *groups = &azure->options->management_groups;
    enum wgo_status status = WGO_OK;
    if (groups->count == 0) {
        return ask_subscriptions(login, emitter, err);
    }
    wgo_lock_acquire(&azure->lock);
    login->steps = (unsigned)groups->count;
    wgo_lock_release(&azure->lock);
    for (size_t i = 0; i < groups->count && status == WGO_OK; i++) {
        struct wgo_task task = wgo_azure_task(login, "session.descendants", login->tenant);
        task.type = WGO_STR("azurerm_management_group");
        status = wgo_task_set(&task, WGO_STR("group_name"), groups->items[i])
                     ? emitter->task(emitter, &task, err)
                     : wgo_fail(err, WGO_E_INTERNAL, "too many variables");
    }
    return status;
}

/* ---- filters ---- */

bool wgo_azure_subscription_wanted(const struct wgo_azure *azure, struct wgo_str id,
                                   struct wgo_str name)
{
    const struct wgo_str_list *globs = &azure->options->subscriptions;
    bool any = false, taken = false;
    for (size_t i = 0; i < globs->count; i++) {
        struct wgo_str glob = globs->items[i];
        bool out = glob.len > 0 && glob.ptr[0] == '!';
        glob = out ? wgo_str_slice(glob, 1, glob.len) : glob;
        bool fits = wgo_str_eq_nocase(glob, id) || wgo_str_glob(glob, id) ||
                    wgo_str_glob(glob, name) || wgo_str_is(glob, "all");
        if (out && fits) {
            return false;
        }
        if (fits) {
            azure->services->fits(azure->services->engine, globs, i);
        }
        any = any || !out;
        taken = taken || fits;
    }
    return taken || !any;
}

/* ---- answers ---- */

struct reading {
    struct wgo_azure *azure;
    struct wgo_azure_login *login;
    struct wgo_emitter *emitter;
    struct wgo_buf chosen; /* the items that are read, as JSON */
    struct wgo_error *err;
    enum wgo_status status;
};

static struct wgo_str text_at(const struct reading *r, struct wgo_str item, const char *path)
{
    return wgo_json_text(wgo_json_get(item, wgo_str(path)), r->emitter->arena);
}

/* Whether an earlier scan has seen anything of the subscription, in whichever way it read. */
static bool was_read(const struct wgo_azure *azure, const struct wgo_azure_login *login,
                     struct wgo_str id)
{
    static const char *const types[] = {"*", "azurerm_resource_group"};
    const struct wgo_services *services = azure->services;
    struct wgo_str nowhere = {0};
    bool read = services->since(services->engine, id, nowhere, WGO_AZURE_PLACE, login->whose) > 0;
    for (size_t i = 0; i < WGO_COUNT(types) && !read; i++) {
        read = services->since(services->engine, id, nowhere, wgo_str(types[i]), login->whose) > 0;
    }
    return read;
}

/* One that is not read is left out; of one that an earlier scan could read, nothing is gone. */
static void say_closed(struct reading *r, struct wgo_str id, struct wgo_str state)
{
    bool read = was_read(r->azure, r->login, id);
    struct wgo_row row = {
        .account = id,
        .seen = read ? WGO_SEEN_DENIED : WGO_SEEN_SKIPPED,
        .error = wgo_str_format(r->emitter->arena, "the subscription is %.*s", WGO_FMT(state)),
        .hint = read ? WGO_STR("what an earlier scan found stands; a scan without --incremental "
                               "forgets it")
                     : WGO_STR("")};
    r->emitter->row(r->emitter, &row);
}

static bool each_subscription(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_azure *azure = r->azure;
    struct wgo_str id = text_at(r, item, "subscriptionId"), name = text_at(r, item, "displayName");
    struct wgo_str what = text_at(r, item, "state");
    bool grouped = azure->options->management_groups.count > 0;
    wgo_lock_acquire(&azure->lock);
    bool below = !grouped || wgo_azure_type_in(r->login->below, id);
    r->login->seen++;
    wgo_lock_release(&azure->lock);
    if (id.len == 0 || !below || !wgo_azure_subscription_wanted(azure, id, name)) {
        return true;
    }
    wgo_buf_cstr(&r->chosen, r->chosen.len > 0 ? "," : "");
    wgo_buf_str(&r->chosen, item);
    if (wgo_str_is(what, "Disabled") || wgo_str_is(what, "Deleted")) {
        say_closed(r, id, what);
        return true;
    }
    bool known = false;
    if (!wgo_azure_subscription_add(azure, r->login, id, &known) && !known) {
        r->status = wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
    }
    return r->status == WGO_OK;
}

static struct wgo_str next_link(const struct wgo_page *page)
{
    struct wgo_str link = wgo_json_get(page->document, WGO_STR("nextLink"));
    bool text = link.ptr && wgo_json_kind_of(link) == WGO_JSON_STRING && link.len > 2;
    return text ? link : (struct wgo_str){0};
}

/* The page again, with nothing in it but the subscriptions that are read. */
static enum wgo_status give_chosen(struct reading *r, const struct wgo_page *page)
{
    struct wgo_str link = next_link(page);
    struct wgo_str document = wgo_str_format(
        r->emitter->arena, "{\"value\":[%.*s],\"nextLink\":%.*s}",
        WGO_FMT(wgo_buf_view(&r->chosen)), WGO_FMT(link.len > 0 ? link : WGO_STR("null")));
    return document.ptr && r->chosen.failed == WGO_OK
               ? r->emitter->items(r->emitter, document, r->err)
               : wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
}

static void say_none(struct wgo_azure *azure, const struct wgo_azure_login *login,
                     struct wgo_emitter *emitter)
{
    struct wgo_error error = {0};
    bool filtered =
        azure->options->subscriptions.count + azure->options->management_groups.count > 0;
    if (login->seen > 0 && filtered) {
        wgo_fail(&error, WGO_E_CONFIG,
                 "none of %zu subscriptions passes --subscription and --management-group",
                 login->seen);
        wgo_error_hint(&error, "subscriptions go by id or name, management groups by their name");
    } else if (login->seen > 0) {
        return; /* all are disabled, and rows say so */
    } else {
        wgo_fail(&error, WGO_E_DENIED, "no subscription can be seen in tenant %.*s",
                 WGO_FMT(login->tenant));
        wgo_error_hint(&error, "give the caller the role Reader on a subscription or a management "
                               "group");
    }
    struct wgo_row row = {.account = login->tenant,
                          .type = WGO_STR("azurerm_subscription"),
                          .told = true,
                          .seen = filtered ? WGO_SEEN_ERROR : WGO_SEEN_DENIED,
                          .error = wgo_str(error.message),
                          .hint = wgo_str(error.hint)};
    emitter->row(emitter, &row);
    azure->services->report(azure->services->engine, &error);
}

enum wgo_status wgo_azure_decode_subscriptions(struct wgo_azure *azure, const struct wgo_page *page,
                                               struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_azure_login *login = wgo_azure_task_login(azure, page->task);
    struct reading r = {.azure = azure, .login = login, .emitter = emitter, .err = err};
    enum wgo_status status = WGO_OK;
    if (page->fallback) { /* the engine tells of it; what is known so far is read */
        return wgo_azure_begin(azure, login, emitter, err);
    }
    status = wgo_json_check(page->document, err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, WGO_STR("value[]"), each_subscription, &r);
    }
    status = status == WGO_OK ? r.status : status;
    if (status == WGO_OK) {
        status = give_chosen(&r, page);
    }
    wgo_buf_fini(&r.chosen);
    if (status != WGO_OK || next_link(page).len > 0) {
        return status;
    }
    if (login->count == 0) {
        say_none(azure, login, emitter);
    }
    status = give_tenant(azure, login, emitter, err);
    return status == WGO_OK ? wgo_azure_begin(azure, login, emitter, err) : status;
}

static bool each_descendant(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_str type = text_at(r, item, "type"), name = text_at(r, item, "name");
    if (wgo_str_ends(type, WGO_STR("/subscriptions")) &&
        !wgo_azure_type_add(r->azure, &r->login->below, name)) {
        r->status = wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
    }
    return r->status == WGO_OK;
}

/* After the last group's last page the subscriptions are asked for. */
static enum wgo_status end_step(struct reading *r)
{
    wgo_lock_acquire(&r->azure->lock);
    bool last = --r->login->steps == 0;
    wgo_lock_release(&r->azure->lock);
    return last ? ask_subscriptions(r->login, r->emitter, r->err) : WGO_OK;
}

enum wgo_status wgo_azure_decode_descendants(struct wgo_azure *azure, const struct wgo_page *page,
                                             struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_azure_login *login = wgo_azure_task_login(azure, page->task);
    struct reading r = {.azure = azure, .login = login, .emitter = emitter, .err = err};
    enum wgo_status status = WGO_OK;
    if (page->fallback) {
        return end_step(&r);
    }
    status = wgo_json_check(page->document, err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, WGO_STR("value[]"), each_descendant, &r);
    }
    status = status == WGO_OK ? r.status : status;
    struct wgo_str link = next_link(page);
    if (status == WGO_OK && link.len > 0) { /* the next page, and no more of this one */
        struct wgo_str rest =
            wgo_str_format(emitter->arena, "{\"value\":[],\"nextLink\":%.*s}", WGO_FMT(link));
        return emitter->items(emitter, rest, err);
    }
    return status == WGO_OK ? end_step(&r) : status;
}

/* Most callers may read subscriptions and not what is above them: that is said, and no failure;
 * unless an earlier scan could, and has found some that are not gone now. */
enum wgo_status wgo_azure_decode_groups(struct wgo_azure *azure, const struct wgo_page *page,
                                        struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_services *services = azure->services;
    struct wgo_str nowhere = {0};
    if (!page->fallback) {
        return emitter->items(emitter, page->document, err);
    }
    if (page->verdict->status != WGO_E_DENIED) {
        return WGO_OK; /* the engine tells of it */
    }
    const struct wgo_azure_login *login = wgo_azure_task_login(azure, page->task);
    bool could = services->since(services->engine, page->task->account, nowhere, page->task->type,
                                 login->whose) > 0;
    struct wgo_row row = {
        .account = page->task->account,
        .type = WGO_STR("azurerm_management_group"),
        .seen = could ? WGO_SEEN_DENIED : WGO_SEEN_SKIPPED,
        .error = wgo_str_format(emitter->arena, "may not be read: %.300s", page->verdict->message),
        .hint = WGO_STR("the role Management Group Reader lets them be seen")};
    emitter->row(emitter, &row);
    return WGO_E_SKIPPED;
}
