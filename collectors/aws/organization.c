/* organization.c: the accounts of an organisation, and which of them are read.
 *
 * The list is kept for an hour: what an organisation has changes rarely, and Organizations answers
 * few calls a second. What is kept is the list before --account and --exclude-account, so that it
 * serves scans of any of them. */
#include "aws/session.h"
#include "base/json.h"
#include "base/json_write.h"

#include <inttypes.h>
#include <regex.h>
#include <stdio.h>

#define KEPT_NS (3600 * WGO_S)
#define NEW_NS (60 * WGO_S)

/* ---- filters ---- */

/* A pattern of the whole text: a glob, or an extended regular expression between slashes. */
static bool matches(struct wgo_str pattern, struct wgo_str text, struct wgo_arena *arena)
{
    if (pattern.len < 3 || pattern.ptr[0] != '/' || pattern.ptr[pattern.len - 1] != '/') {
        return wgo_str_glob(pattern, text);
    }
    regex_t regex;
    const char *expression = wgo_str_cstr(arena, wgo_str_slice(pattern, 1, pattern.len - 1));
    const char *subject = wgo_str_cstr(arena, text);
    if (!expression || !subject || regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB) != 0) {
        return false; /* open() has tried it: only memory can be gone */
    }
    bool matched = regexec(&regex, subject, 0, NULL, 0) == 0;
    regfree(&regex);
    return matched;
}

static bool matches_either(struct wgo_str pattern, struct wgo_str id, struct wgo_str name,
                           struct wgo_arena *arena)
{
    return matches(pattern, id, arena) || (name.len > 0 && matches(pattern, name, arena));
}

static bool any_matches(const struct wgo_str_list *patterns, struct wgo_str id, struct wgo_str name,
                        struct wgo_arena *arena)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (matches_either(patterns->items[i], id, name, arena)) {
            return true;
        }
    }
    return false;
}

/* The same of --account and --exclude-account: of those that no account matches the user is told.
 */
static bool account_matches(const struct wgo_aws *aws, const struct wgo_str_list *patterns,
                            struct wgo_str id, struct wgo_str name, struct wgo_arena *arena)
{
    bool any = false;
    for (size_t i = 0; i < patterns->count; i++) {
        bool fits = matches_either(patterns->items[i], id, name, arena);
        aws->services->fits(aws->services->engine, patterns, fits ? i : patterns->count);
        any = any || fits;
    }
    return any;
}

/* KEY=PATTERN; all of --account-tag must hold. 'tags' is an array of {Key, Value}. */
static bool tags_hold(const struct wgo_str_list *wanted, struct wgo_str tags,
                      struct wgo_arena *arena)
{
    for (size_t i = 0; i < wanted->count; i++) {
        struct wgo_str text = wanted->items[i], item;
        size_t equals = wgo_str_find_char(text, '=');
        struct wgo_str key = wgo_str_slice(text, 0, equals);
        struct wgo_str value =
            wgo_str_slice(text, equals < text.len ? equals + 1 : equals, text.len);
        struct wgo_json json;
        bool holds = false;
        wgo_json_init(&json, tags);
        if (!tags.ptr || !wgo_json_enter_array(&json)) {
            return false;
        }
        while (wgo_json_next_item(&json) && wgo_json_skip(&json, &item)) {
            struct wgo_str has = wgo_json_text(wgo_json_get(item, WGO_STR("Key")), arena);
            struct wgo_str is = wgo_json_text(wgo_json_get(item, WGO_STR("Value")), arena);
            holds = holds ||
                    (wgo_str_eq(has, key) && (equals == text.len || matches(value, is, arena)));
        }
        if (!holds) {
            return false;
        }
    }
    return true;
}

/* ---- one account ---- */

/* An account that passes the filters waits for its turn. */
static enum wgo_status consider(struct wgo_aws *aws, struct wgo_aws_login *login, struct wgo_str id,
                                struct wgo_str name, struct wgo_str state,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_provider_options *o = aws->options;
    struct wgo_arena *arena = emitter->arena;
    bool named = o->accounts.count == 0 || account_matches(aws, &o->accounts, id, name, arena);
    bool left_out = account_matches(aws, &o->exclude_accounts, id, name, arena);
    if (!named || left_out) {
        return WGO_OK;
    }
    wgo_lock_acquire(&aws->lock);
    login->organization.taken = true;
    wgo_lock_release(&aws->lock);
    if (!wgo_str_is(state, "ACTIVE")) {
        struct wgo_row row = {.account = wgo_str_dup(arena, id),
                              .seen = WGO_SEEN_SKIPPED,
                              .error =
                                  wgo_str_format(arena, "the account is %.*s", WGO_FMT(state))};
        emitter->row(emitter, &row);
        return WGO_OK;
    }
    return wgo_aws_queue_add(aws, login, id, name, err);
}

/* ---- the list that is kept ---- */

/* The list depends on who asks and on what limits it. */
static struct wgo_str cache_key(const struct wgo_aws *aws, const struct wgo_aws_login *login,
                                struct wgo_arena *arena)
{
    const struct wgo_provider_options *o = aws->options;
    struct wgo_buf key = {0};
    wgo_buf_format(&key, "aws/accounts/%s@%016" PRIx64, login->caller.account, login->whose);
    for (size_t i = 0; i < o->ous.count; i++) {
        wgo_buf_format(&key, "/ou=%.*s", WGO_FMT(o->ous.items[i]));
    }
    for (size_t i = 0; i < o->account_tags.count; i++) {
        wgo_buf_format(&key, "/tag=%.*s", WGO_FMT(o->account_tags.items[i]));
    }
    struct wgo_str result = wgo_str_dup(arena, wgo_buf_view(&key));
    wgo_buf_fini(&key);
    return result;
}

static void remember(struct wgo_aws *aws, struct wgo_aws_login *login, struct wgo_str id,
                     struct wgo_str name, struct wgo_str state)
{
    wgo_lock_acquire(&aws->lock);
    struct wgo_buf *list = &login->organization.list;
    struct wgo_json_writer w;
    if (list->len > 0) {
        wgo_buf_char(list, ',');
    }
    wgo_json_writer_init(&w, list);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "id", id);
    wgo_json_member_str(&w, "name", name);
    wgo_json_member_str(&w, "status", state);
    wgo_json_close_object(&w);
    wgo_lock_release(&aws->lock);
}

static void add_steps(struct wgo_aws *aws, struct wgo_aws_login *login, unsigned count)
{
    wgo_lock_acquire(&aws->lock);
    login->organization.steps += count;
    wgo_lock_release(&aws->lock);
}

/* The accounts are known, and the filters left none. */
static void say_none(struct wgo_aws *aws, const struct wgo_aws_login *login,
                     struct wgo_emitter *emitter)
{
    struct wgo_error error = {0};
    wgo_fail(&error, WGO_E_CONFIG,
             "no account of %s's organisation passes --account, --exclude-account, --ou and "
             "--account-tag",
             login->caller.account);
    wgo_error_hint(&error, "accounts go by id or name, units by id, name or path below the root");
    struct wgo_row row = {.account = wgo_str(login->caller.account),
                          .told = true,
                          .seen = WGO_SEEN_ERROR,
                          .error = wgo_str(error.message),
                          .hint = wgo_str(error.hint)};
    emitter->row(emitter, &row);
    aws->services->report(aws->services->engine, &error);
}

/* A call's last page is in, or it failed; after the last of them the list is kept, if it is
 * whole, and reading begins with what there is. */
static enum wgo_status end_step(struct wgo_aws *aws, struct wgo_aws_login *login, bool failed,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_arena *arena = emitter->arena;
    struct wgo_str whole = {0};
    bool none = false;
    wgo_lock_acquire(&aws->lock);
    login->organization.failed |= failed;
    bool last = --login->organization.steps == 0;
    if (last && !login->organization.failed) {
        none = !login->organization.taken;
        char at[WGO_WALL_TEXT];
        wgo_wall_format(wgo_clock_wall(aws->services->clock), false, at);
        whole = wgo_str_format(arena, "{\"at\":\"%s\",\"accounts\":[%.*s]}", at,
                               WGO_FMT(wgo_buf_view(&login->organization.list)));
    }
    wgo_lock_release(&aws->lock);
    if (whole.len > 0) {
        aws->services->cache_put(aws->services->engine, cache_key(aws, login, arena), whole,
                                 KEPT_NS);
    }
    if (none) {
        say_none(aws, login, emitter);
    }
    return last ? wgo_aws_queue_start(aws, true, emitter, err) : WGO_OK;
}

/* Old enough to be told of: what plans a large scan has just listed the accounts for it. */
static bool is_old(const struct wgo_clock *clock, struct wgo_str at)
{
    struct wgo_wall then;
    return !wgo_wall_parse(at, &then) || wgo_clock_wall(clock).ns - then.ns > NEW_NS;
}

static bool take_kept(struct wgo_aws *aws, struct wgo_aws_login *login, struct wgo_emitter *emitter,
                      enum wgo_status *out_status, struct wgo_error *err)
{
    const struct wgo_services *services = aws->services;
    struct wgo_arena *arena = emitter->arena;
    struct wgo_buf kept = {0};
    bool found =
        services->cache_get(services->engine, cache_key(aws, login, arena), &kept) == WGO_OK &&
        wgo_json_check(wgo_buf_view(&kept), NULL) == WGO_OK;
    *out_status = WGO_OK;
    if (found) {
        struct wgo_json json;
        struct wgo_str item, whole = wgo_str_dup(arena, wgo_buf_view(&kept));
        struct wgo_str at = wgo_json_text(wgo_json_get(whole, WGO_STR("at")), arena);
        if (is_old(services->clock, at)) {
            services->warn(services->engine,
                           "the organisation's accounts are as of %.*s; `wgo cache clear` has them "
                           "listed anew",
                           WGO_FMT(at));
        }
        wgo_json_init(&json, wgo_json_get(whole, WGO_STR("accounts")));
        if (wgo_json_enter_array(&json)) {
            while (*out_status == WGO_OK && wgo_json_next_item(&json) &&
                   wgo_json_skip(&json, &item)) {
                *out_status = consider(
                    aws, login, wgo_json_text(wgo_json_get(item, WGO_STR("id")), arena),
                    wgo_json_text(wgo_json_get(item, WGO_STR("name")), arena),
                    wgo_json_text(wgo_json_get(item, WGO_STR("status")), arena), emitter, err);
            }
        }
    }
    wgo_buf_fini(&kept);
    if (found && *out_status == WGO_OK && !login->organization.taken) {
        say_none(aws, login, emitter);
    } else if (found && *out_status == WGO_OK) {
        *out_status = wgo_aws_queue_start(aws, true, emitter, err);
    }
    return found;
}

/* ---- asking ---- */

static enum wgo_status ask(struct wgo_aws *aws, struct wgo_aws_login *login, const char *entry,
                           const struct wgo_var *vars, size_t count, struct wgo_emitter *emitter,
                           struct wgo_error *err)
{
    struct wgo_task task = {.entry = wgo_str(entry),
                            .account = wgo_str(login->caller.account),
                            .region = wgo_str(login->partition->global_region),
                            .priority = WGO_PRIORITY_USUAL};
    for (size_t i = 0; i < count; i++) {
        if (!wgo_task_set(&task, vars[i].name, vars[i].value)) {
            return wgo_fail(err, WGO_E_INTERNAL, "too many variables");
        }
    }
    add_steps(aws, login, 1);
    return emitter->task(emitter, &task, err);
}

/* A unit that was asked for, and all below it. */
static enum wgo_status ask_unit(struct wgo_aws *aws, struct wgo_aws_login *login,
                                struct wgo_str unit, struct wgo_str path, bool inside,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_var vars[] = {{WGO_STR("unit"), unit},
                                   {WGO_STR("unit_path"), path},
                                   {WGO_STR("inside"), inside ? WGO_STR("yes") : WGO_STR("")}};
    enum wgo_status status = WGO_OK;
    if (inside) {
        status = ask(aws, login, "session.unit_accounts", vars, 1, emitter, err);
    }
    return status == WGO_OK ? ask(aws, login, "session.units", vars, WGO_COUNT(vars), emitter, err)
                            : status;
}

static bool is_unit_id(struct wgo_str text)
{
    return wgo_str_starts(text, WGO_STR("ou-")) || wgo_str_starts(text, WGO_STR("r-"));
}

enum wgo_status wgo_aws_organization_begin(struct wgo_aws *aws, struct wgo_aws_login *login,
                                           struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_str_list *units = &aws->options->ous;
    enum wgo_status status = WGO_OK;
    bool by_name = false;
    if (take_kept(aws, login, emitter, &status, err)) {
        return status;
    }
    if (units->count == 0) {
        return ask(aws, login, "session.accounts", NULL, 0, emitter, err);
    }
    for (size_t i = 0; i < units->count; i++) {
        by_name = by_name || !is_unit_id(units->items[i]);
    }
    if (by_name) { /* names and paths are found from the root down */
        return ask(aws, login, "session.roots", NULL, 0, emitter, err);
    }
    add_steps(aws, login, 1); /* so that the list does not end before all are asked */
    for (size_t i = 0; i < units->count && status == WGO_OK; i++) {
        status = ask_unit(aws, login, units->items[i], (struct wgo_str){0}, true, emitter, err);
    }
    struct wgo_error error = {0};
    enum wgo_status ended = end_step(aws, login, status != WGO_OK, emitter, &error);
    if (status == WGO_OK && ended != WGO_OK) {
        *err = error;
        status = ended;
    }
    return status;
}

/* ---- answers ---- */

struct reading {
    struct wgo_aws *aws;
    struct wgo_aws_login *login;
    const struct wgo_task *task;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    enum wgo_status status;
};

static struct wgo_str text_at(const struct reading *r, struct wgo_str item, const char *member)
{
    return wgo_json_text(wgo_json_get(item, wgo_str(member)), r->emitter->arena);
}

static bool each_account(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_str id = text_at(r, item, "Id"), name = text_at(r, item, "Name");
    struct wgo_str state_text = text_at(r, item, "Status");
    if (r->aws->options->account_tags.count > 0) {
        const struct wgo_var vars[] = {
            {WGO_STR("id"), id}, {WGO_STR("name"), name}, {WGO_STR("status"), state_text}};
        r->status = ask(r->aws, r->login, "session.account_tags", vars, WGO_COUNT(vars), r->emitter,
                        r->err);
    } else {
        remember(r->aws, r->login, id, name, state_text);
        r->status = consider(r->aws, r->login, id, name, state_text, r->emitter, r->err);
    }
    return r->status == WGO_OK;
}

static bool unit_matches(const struct reading *r, struct wgo_str id, struct wgo_str name,
                         struct wgo_str path)
{
    const struct wgo_str_list *units = &r->aws->options->ous;
    return any_matches(units, id, name, r->emitter->arena) ||
           any_matches(units, path, (struct wgo_str){0}, r->emitter->arena);
}

static bool each_unit(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_str id = text_at(r, item, "Id"), name = text_at(r, item, "Name");
    struct wgo_str above = wgo_task_var(r->task, WGO_STR("unit_path"));
    struct wgo_str path = above.len > 0 ? wgo_str_format(r->emitter->arena, "%.*s/%.*s",
                                                         WGO_FMT(above), WGO_FMT(name))
                                        : name;
    bool inside =
        wgo_task_var(r->task, WGO_STR("inside")).len > 0 || unit_matches(r, id, name, path);
    r->status = ask_unit(r->aws, r->login, id, path, inside, r->emitter, r->err);
    return r->status == WGO_OK;
}

static bool each_root(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_str id = text_at(r, item, "Id"), name = text_at(r, item, "Name");
    bool inside = unit_matches(r, id, name, name);
    r->status = ask_unit(r->aws, r->login, id, (struct wgo_str){0}, inside, r->emitter, r->err);
    return r->status == WGO_OK;
}

/* Runs 'each' over the list, goes on to the next page, and ends the step with the last one. A
 * failure is told by the engine, as that of a list. */
static enum wgo_status read_page(struct wgo_aws *aws, const struct wgo_page *page, const char *list,
                                 wgo_json_each_fn *each, struct wgo_emitter *emitter,
                                 struct wgo_error *err)
{
    const struct wgo_aws_account *account = wgo_aws_account_find(aws, page->task->account);
    struct reading r = {
        .aws = aws, .login = account->login, .task = page->task, .emitter = emitter, .err = err};
    if (page->fallback) {
        return end_step(aws, account->login, true, emitter, err);
    }
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, wgo_str(list), each, &r);
    }
    status = status == WGO_OK ? r.status : status;
    if (status == WGO_OK) {
        status = emitter->items(emitter, page->document, err); /* finds the next page's token */
    }
    if (status == WGO_E_PARSE) {
        return status; /* no page: it comes again, or comes back as a failure */
    }
    struct wgo_str next =
        status == WGO_OK ? wgo_json_get(page->document, WGO_STR("NextToken")) : (struct wgo_str){0};
    if (status != WGO_OK || !next.ptr || wgo_json_kind_of(next) != WGO_JSON_STRING) {
        struct wgo_error error = {0};
        enum wgo_status ended = end_step(aws, account->login, status != WGO_OK, emitter, &error);
        if (status == WGO_OK && ended != WGO_OK) {
            *err = error;
            status = ended;
        }
        return status;
    }
    /* The first accounts need not wait for the last page. */
    return wgo_aws_queue_start(aws, false, emitter, err);
}

enum wgo_status wgo_aws_decode_accounts(struct wgo_aws *aws, const struct wgo_page *page,
                                        struct wgo_emitter *emitter, struct wgo_error *err)
{
    return read_page(aws, page, "Accounts[]", each_account, emitter, err);
}

enum wgo_status wgo_aws_decode_units(struct wgo_aws *aws, const struct wgo_page *page,
                                     struct wgo_emitter *emitter, struct wgo_error *err)
{
    return read_page(aws, page, "OrganizationalUnits[]", each_unit, emitter, err);
}

enum wgo_status wgo_aws_decode_roots(struct wgo_aws *aws, const struct wgo_page *page,
                                     struct wgo_emitter *emitter, struct wgo_error *err)
{
    return read_page(aws, page, "Roots[]", each_root, emitter, err);
}

static bool whole_list(void *state, struct wgo_str tags)
{
    struct reading *r = state;
    struct wgo_str id = wgo_task_var(r->task, WGO_STR("id"));
    struct wgo_str name = wgo_task_var(r->task, WGO_STR("name"));
    struct wgo_str state_text = wgo_task_var(r->task, WGO_STR("status"));
    if (tags_hold(&r->aws->options->account_tags, tags, r->emitter->arena)) {
        remember(r->aws, r->login, id, name, state_text);
        r->status = consider(r->aws, r->login, id, name, state_text, r->emitter, r->err);
    }
    return false; /* once */
}

enum wgo_status wgo_aws_decode_account_tags(struct wgo_aws *aws, const struct wgo_page *page,
                                            struct wgo_emitter *emitter, struct wgo_error *err)
{
    return read_page(aws, page, "Tags", whole_list, emitter, err);
}

/* ---- the organisation itself ---- */

enum wgo_status wgo_aws_decode_organization(struct wgo_aws *aws, const struct wgo_page *page,
                                            struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_aws_account *account = wgo_aws_account_find(aws, page->task->account);
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str manager = wgo_json_text(
        wgo_json_get(page->document, WGO_STR("Organization.MasterAccountId")), emitter->arena);
    /* Whoever says --org knows that the account may, perhaps as a delegate. */
    if (aws->options->org || wgo_str_eq(manager, account->id)) {
        return wgo_aws_scope_add(account, "organization",
                                 wgo_str(account->login->partition->global_region), emitter, err);
    }
    struct wgo_row row = {.account = account->id,
                          .seen = WGO_SEEN_SKIPPED,
                          .error = wgo_str_format(emitter->arena,
                                                  "the organisation is read from account %.*s",
                                                  WGO_FMT(manager))};
    emitter->row(emitter, &row);
    return WGO_OK;
}
