/* permissions.c: the least IAM policy for what a scan would call.
 *
 * A managed policy holds 6,144 characters, white space not counted; what is longer becomes several.
 * sts:GetCallerIdentity is asked too, but needs no permission and cannot be denied.
 *
 * Ownership: everything lives in an arena of the call. Threads: any. Failure: CONFIG for a catalog
 *            whose `permission` is no action, NOMEM. */
#include "aws/permissions.h"

#include "base/json_write.h"
#include "model/permissions.h"

#include <ctype.h>
#include <stdio.h>

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
static size_t fitting(const struct wgo_permission_words *actions, size_t from)
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

static size_t write_policies(struct wgo_buf *out, const struct wgo_permission_words *actions)
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
    const struct wgo_permission_rules rules = {
        .own_called = own_called,
        .is_word = is_action,
        .exact = true,
        .what = "IAM action",
        .example = "as in ec2:DescribeInstances",
    };
    struct wgo_permission_words actions = {.items = NULL};
    enum wgo_status status = wgo_permissions_gather(request, &rules, &actions, err);
    if (status == WGO_OK) {
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
    wgo_permission_words_fini(&actions);
    return status;
}
