/* permissions.c: the least IAM policy for what a scan would call.
 *
 * A managed policy holds 6,144 characters, white space not counted; what is longer becomes several.
 * sts:GetCallerIdentity is asked too, but needs no permission and cannot be denied.
 *
 * Ownership: everything lives in an arena of the call. Threads: any. Failure: CONFIG for a catalog
 *            whose `permission` is no action, NOMEM. */
#include "aws/permissions.h"

#include "base/arena.h"
#include "base/json_write.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
#define MOST_CHARACTERS 6144

static const char BEFORE[] = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n"
                             "      \"Sid\": \"WgoReads\",\n      \"Effect\": \"Allow\",\n"
                             "      \"Action\": [\n";
static const char AFTER[] = "\n      ],\n      \"Resource\": \"*\"\n    }\n  ]\n}";

/* ---- which of the collector's own calls ---- */

static bool with_organization(const struct wgo_permission_request *request)
{
    const struct wgo_provider_options *o = request->options;
    return o->org;
}

static bool whole_organization(const struct wgo_permission_request *request)
{
    const struct wgo_provider_options *o = request->options;
    return o->org && o->ous.count == 0;
}

static bool with_units(const struct wgo_permission_request *request)
{
    const struct wgo_provider_options *o = request->options;
    return o->org && o->ous.count > 0;
}

static bool with_account_tags(const struct wgo_permission_request *request)
{
    const struct wgo_provider_options *o = request->options;
    return o->org && o->account_tags.count > 0;
}

/* Who manages the organisation is asked where something of it is wanted. */
static bool with_its_lists(const struct wgo_permission_request *request)
{
    for (size_t i = 0; i < request->called.count; i++) {
        if (wgo_str_is(request->called.items[i]->scope, "organization")) {
            return true;
        }
    }
    return false;
}

static const struct {
    const char *entry;
    bool (*called)(const struct wgo_permission_request *request);
} SOMETIMES[] = {
    {"session.role", with_organization},
    {"session.accounts", whole_organization},
    {"session.roots", with_units},
    {"session.units", with_units},
    {"session.unit_accounts", with_units},
    {"session.account_tags", with_account_tags},
    {"session.organization", with_its_lists},
};

static bool own_called(const struct wgo_entry_view *view,
                       const struct wgo_permission_request *request)
{
    for (size_t i = 0; i < WGO_COUNT(SOMETIMES); i++) {
        if (wgo_str_is(view->name, SOMETIMES[i].entry)) {
            return SOMETIMES[i].called(request);
        }
    }
    return true;
}

/* ---- the actions ---- */

struct actions {
    struct wgo_arena arena;
    struct wgo_str *items;
    size_t count, room;
};

/* "ec2:DescribeInstances". */
static bool is_action(struct wgo_str word)
{
    size_t colon = wgo_str_find_char(word, ':');
    bool good = colon > 0 && colon + 1 < word.len;
    for (size_t i = 0; i < word.len && good; i++) {
        unsigned char c = (unsigned char)word.ptr[i];
        good = i == colon || isalnum(c) || (i < colon && c == '-');
    }
    return good;
}

static enum wgo_status add(struct actions *actions, struct wgo_str word, struct wgo_error *err)
{
    if (actions->count == actions->room) {
        size_t room = actions->room ? actions->room * 2 : 512;
        struct wgo_str *items = WGO_NEW_ARRAY(&actions->arena, struct wgo_str, room);
        if (!items) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        if (actions->count > 0) {
            memcpy(items, actions->items, actions->count * sizeof(*items));
        }
        actions->items = items;
        actions->room = room;
    }
    actions->items[actions->count++] = word;
    return WGO_OK;
}

/* An entry may name several, with spaces between them; the lists that need none name none. */
static enum wgo_status add_entry(struct actions *actions, const struct wgo_entry_view *view,
                                 struct wgo_error *err)
{
    struct wgo_str rest = view->permission;
    enum wgo_status status = WGO_OK;
    while (rest.len > 0 && status == WGO_OK) {
        struct wgo_str word = wgo_str_trim(wgo_str_split(&rest, ' '));
        if (word.len > 0 && !is_action(word)) {
            wgo_fail(err, WGO_E_CONFIG, "entry %.*s: permission \"%.*s\" is no IAM action",
                     WGO_FMT(view->name), WGO_FMT(wgo_str_slice(word, 0, 100)));
            wgo_error_hint(err, "as in ec2:DescribeInstances");
            status = WGO_E_CONFIG;
        } else if (word.len > 0) {
            status = add(actions, word, err);
        }
    }
    return status;
}

static enum wgo_status gather(const struct wgo_permission_request *request, struct actions *actions,
                              struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < request->called.count && status == WGO_OK; i++) {
        status = add_entry(actions, request->called.items[i], err);
    }
    for (size_t i = 0; i < request->own.count && status == WGO_OK; i++) {
        if (own_called(request->own.items[i], request)) {
            status = add_entry(actions, request->own.items[i], err);
        }
    }
    return status;
}

static void sort_unique(struct actions *actions)
{
    size_t kept = 0;
    if (actions->count > 0) {
        qsort(actions->items, actions->count, sizeof(*actions->items), wgo_str_cmp_ptr);
    }
    for (size_t i = 0; i < actions->count; i++) {
        if (kept == 0 || !wgo_str_eq(actions->items[i], actions->items[kept - 1])) {
            actions->items[kept++] = actions->items[i];
        }
    }
    actions->count = kept;
}

/* ---- the policies ---- */

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++) {
        count += !isspace((unsigned char)*text);
    }
    return count;
}

/* How many of the actions from 'from' on one policy holds; at least one. */
static size_t fitting(const struct actions *actions, size_t from)
{
    size_t used = characters(BEFORE) + characters(AFTER), at = from;
    while (at < actions->count) {
        used += actions->items[at].len + 2 + (at > from); /* quotes, and a comma before it */
        if (used > MOST_CHARACTERS && at > from) {
            break;
        }
        at++;
    }
    return at - from;
}

static void write_policy(struct wgo_buf *out, const struct wgo_str *items, size_t count)
{
    wgo_buf_cstr(out, BEFORE);
    for (size_t i = 0; i < count; i++) {
        wgo_buf_cstr(out, i > 0 ? ",\n        " : "        ");
        wgo_json_quote(out, items[i]);
    }
    wgo_buf_cstr(out, AFTER);
}

static size_t write_policies(struct wgo_buf *out, const struct actions *actions)
{
    size_t policies = 0;
    bool several = fitting(actions, 0) < actions->count;
    wgo_buf_cstr(out, several ? "[\n" : "");
    for (size_t at = 0, count; policies == 0 || at < actions->count; at += count) {
        count = fitting(actions, at);
        wgo_buf_cstr(out, policies > 0 ? ",\n" : "");
        write_policy(out, actions->items + at, count);
        policies++;
    }
    wgo_buf_cstr(out, several ? "\n]\n" : "\n");
    return policies;
}

enum wgo_status wgo_aws_permissions(const struct wgo_permission_request *request,
                                    struct wgo_buf *out, char note[256], struct wgo_error *err)
{
    struct actions actions = {0};
    enum wgo_status status = gather(request, &actions, err);
    if (status == WGO_OK) {
        sort_unique(&actions);
        size_t policies = write_policies(out, &actions);
        note[0] = '\0';
        if (policies > 1) {
            snprintf(note, 256,
                     "%zu actions are more than one managed policy holds (%d characters): an array "
                     "of %zu policies, to be attached together",
                     actions.count, MOST_CHARACTERS, policies);
        }
        status = out->failed == WGO_OK ? WGO_OK : wgo_fail(err, out->failed, "out of memory");
    }
    wgo_arena_fini(&actions.arena);
    return status;
}
