#include "aws/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"

#define FIRST_ACCOUNT INT64_C(100000000001)
#define MAX_ACCOUNTS 100000

static const struct aws_region known[] = {
    {"us-east-1", false, true},      {"eu-west-1", false, true},
    {"us-west-2", false, true},      {"eu-central-1", false, true},
    {"ap-southeast-1", false, true}, {"us-east-2", false, true},
    {"us-west-1", false, true},      {"eu-west-2", false, true},
    {"eu-west-3", false, true},      {"eu-north-1", false, true},
    {"ap-northeast-1", false, true}, {"ap-northeast-2", false, true},
    {"ap-northeast-3", false, true}, {"ap-southeast-2", false, true},
    {"ap-south-1", false, true},     {"ca-central-1", false, true},
    {"sa-east-1", false, true},      {"af-south-1", true, false},
    {"ap-east-1", true, false},      {"ap-south-2", true, false},
    {"ap-southeast-3", true, false}, {"ap-southeast-4", true, false},
    {"eu-central-2", true, false},   {"eu-south-1", true, false},
    {"eu-south-2", true, false},     {"il-central-1", true, false},
    {"me-central-1", true, false},   {"me-south-1", true, false},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

static const char *const aws_keys[] = {
    "accounts",       "first_account", "suspended", "regions",      "counts",
    "objects",        "keys",          "denials",   "denied_roles", "external_id",
    "session_ttl_ms", "page_size",     "verify",    "empty_pages",  NULL,
};

static void read_accounts(struct aws_world *w)
{
    int64_t count = fc_conf_int(w->conf, "aws", "accounts", 3);
    int64_t first = fc_conf_int(w->conf, "aws", "first_account", FIRST_ACCOUNT);
    int64_t suspended = fc_conf_int(w->conf, "aws", "suspended", 0);
    int64_t i;

    if (count < 1 || count > MAX_ACCOUNTS || suspended < 0 || suspended >= count || first < 0 ||
        first + count > INT64_C(1000000000000)) {
        fc_die("aws: accounts, suspended or first_account is out of range");
    }
    w->account_count = (size_t)count;
    w->accounts = fc_alloc(w->account_count * sizeof(*w->accounts));
    for (i = 0; i < count; i++) {
        snprintf(w->accounts[i].id, sizeof(w->accounts[i].id), "%012llu",
                 (unsigned long long)(first + i) % 1000000000000ULL);
        w->accounts[i].suspended = i >= count - suspended;
    }
}

static bool known_opt_in(const char *name)
{
    size_t i;

    for (i = 0; i < KNOWN; i++) {
        if (strcmp(known[i].name, name) == 0) {
            return known[i].opt_in;
        }
    }
    return false;
}

static void read_regions(struct aws_world *w)
{
    struct json_object *list = fc_conf_get(w->conf, "regions");
    bool numbered = list == NULL || json_object_is_type(list, json_type_int);
    size_t n = numbered ? (size_t)fc_conf_int(w->conf, "aws", "regions", 2)
                        : fc_conf_len(list, "aws.regions");
    size_t i;

    if (n < 1 || (numbered && n > KNOWN)) {
        fc_die("aws.regions: between 1 and %zu", KNOWN);
    }
    w->regions = fc_alloc((n + KNOWN) * sizeof(*w->regions));
    for (i = 0; i < n; i++) {
        const char *name =
            numbered ? known[i].name : json_object_get_string(json_object_array_get_idx(list, i));

        w->regions[i] = (struct aws_region){name, known_opt_in(name), true};
    }
    w->enabled_count = n;
    w->region_count = n;
    for (i = 0; i < KNOWN; i++) {
        if (known[i].opt_in && aws_world_region(w, fc_str_of(known[i].name)) == NULL) {
            w->regions[w->region_count++] = (struct aws_region){known[i].name, true, false};
        }
    }
}

static char *joined(const char *a, const char *b, const char *c)
{
    struct fc_text t = {0};

    fc_text_puts(&t, a);
    fc_text_puts(&t, b);
    fc_text_puts(&t, c);
    return t.data;
}

static char *user_arn(const char *account, const char *user)
{
    char *tail = joined(account, ":user/", user);
    char *arn = joined("arn:aws:iam::", tail, "");

    free(tail);
    return arn;
}

static void read_key(struct aws_world *w, size_t i, struct json_object *obj)
{
    static const char *const keys[] = {"access_key", "secret", "account", "user", NULL};
    struct aws_key *key = &w->keys[i];
    const struct aws_account *account;
    const char *id;
    char where[32];

    snprintf(where, sizeof(where), "aws.keys[%zu]", i);
    fc_conf_only(obj, where, keys);
    id = fc_conf_str(obj, where, "account", w->accounts[0].id);
    account = aws_world_account(w, fc_str_of(id));
    if (account == NULL) {
        fc_die("%s: there is no account %s", where, id);
    }
    key->account = (size_t)(account - w->accounts);
    key->id = fc_strdup(fc_conf_str(obj, where, "access_key", ""));
    key->secret = fc_strdup(fc_conf_str(obj, where, "secret", ""));
    key->arn = user_arn(id, fc_conf_str(obj, where, "user", "reader"));
}

static void read_keys(struct aws_world *w)
{
    struct json_object *list = fc_conf_get(w->conf, "keys");
    size_t i;

    w->key_count = list != NULL ? fc_conf_len(list, "aws.keys") : w->account_count;
    w->keys = fc_alloc(w->key_count * sizeof(*w->keys));
    for (i = 0; i < w->key_count; i++) {
        if (list != NULL) {
            read_key(w, i, json_object_array_get_idx(list, i));
            continue;
        }
        w->keys[i].account = i;
        w->keys[i].id = joined("AKIAFAKE", w->accounts[i].id, "");
        w->keys[i].secret = joined("secret-of-", w->accounts[i].id, "");
        w->keys[i].arn = user_arn(w->accounts[i].id, "reader");
    }
}

static void read_denials(struct aws_world *w)
{
    static const char *const keys[] = {"service", "operation", "account", "region",
                                       "user",    "policy",    NULL};
    struct json_object *list = fc_conf_get(w->conf, "denials");
    struct json_object *roles = fc_conf_get(w->conf, "denied_roles");
    size_t i;

    w->denial_count = fc_conf_len(list, "aws.denials");
    w->denials = fc_alloc(w->denial_count * sizeof(*w->denials));
    for (i = 0; i < w->denial_count; i++) {
        struct json_object *obj = json_object_array_get_idx(list, i);

        fc_conf_only(obj, "aws.denials[]", keys);
        fc_match_read(&w->denials[i].match, obj, "aws.denials[]");
        w->denials[i].policy = fc_conf_bool(obj, "aws.denials[]", "policy", false);
    }
    w->denied_role_count = fc_conf_len(roles, "aws.denied_roles");
    w->denied_roles = fc_alloc(w->denied_role_count * sizeof(*w->denied_roles));
    for (i = 0; i < w->denied_role_count; i++) {
        w->denied_roles[i] = json_object_get_string(json_object_array_get_idx(roles, i));
    }
}

struct aws_world *aws_world_new(struct json_object *scenario)
{
    struct aws_world *w = fc_alloc(sizeof(*w));

    w->conf = fc_conf_get(scenario, "aws");
    fc_conf_only(w->conf, "aws", aws_keys);
    w->seed = (uint64_t)fc_conf_int(scenario, "scenario", "seed", 1);
    read_accounts(w);
    read_regions(w);
    read_keys(w);
    read_denials(w);
    w->external_id = fc_conf_str(w->conf, "aws", "external_id", NULL);
    w->session_ttl_ms = fc_conf_int(w->conf, "aws", "session_ttl_ms", 0);
    w->page_size = (uint64_t)fc_conf_int(w->conf, "aws", "page_size", 0);
    w->verify = fc_conf_bool(w->conf, "aws", "verify", false);
    w->empty_pages = fc_conf_bool(w->conf, "aws", "empty_pages", true);
    return w;
}

void aws_world_free(struct aws_world *w)
{
    size_t i;

    for (i = 0; i < w->key_count; i++) {
        free((void *)w->keys[i].id);
        free((void *)w->keys[i].secret);
        free((void *)w->keys[i].arn);
    }
    free(w->accounts);
    free(w->regions);
    free(w->keys);
    free(w->denials);
    free(w->denied_roles);
    free(w);
}

const struct aws_account *aws_world_account(const struct aws_world *w, struct fc_str id)
{
    uint64_t first = 0, n = 0;

    if (id.n != AWS_ACCOUNT_DIGITS || !fc_str_u64(id, &n) ||
        !fc_str_u64(fc_str_of(w->accounts[0].id), &first) || n < first ||
        n - first >= w->account_count) {
        return NULL;
    }
    return &w->accounts[n - first];
}

const struct aws_region *aws_world_region(const struct aws_world *w, struct fc_str name)
{
    size_t i;

    for (i = 0; i < w->region_count; i++) {
        if (fc_str_eq(name, w->regions[i].name)) {
            return &w->regions[i];
        }
    }
    return NULL;
}
