#include "terraform/home.h"

/* A fact that all ARNs so far agree on; 'torn' when they do not. */
struct fact {
    struct wgo_str value;
    bool torn;
};

enum { PARTITION, REGION, ACCOUNT, FACTS };

struct wgo_tf_home_entry {
    struct wgo_str provider;
    struct fact facts[FACTS];
    struct wgo_tf_home_entry *next;
};

void wgo_tf_homes_fini(struct wgo_tf_homes *homes)
{
    wgo_arena_fini(&homes->arena);
    homes->first = NULL;
}

enum { PARTS = 5 }; /* of an ARN, before its REST */

/* Empty with a NULL ptr when it is none. */
static struct wgo_str part_of(struct wgo_str arn, unsigned part)
{
    struct wgo_str rest = arn, parts[PARTS];
    for (size_t i = 0; i < PARTS; i++) {
        parts[i] = wgo_str_split(&rest, ':');
    }
    bool good = wgo_str_is(parts[0], "arn") && parts[1].len && parts[2].len && rest.len;
    return good && part < PARTS ? parts[part] : (struct wgo_str){0};
}

bool wgo_tf_is_arn(struct wgo_str text)
{
    return part_of(text, 0).ptr != NULL;
}

struct wgo_str wgo_tf_arn_part(struct wgo_str arn, unsigned part)
{
    struct wgo_str found = part_of(arn, part);
    return found.ptr ? found : WGO_STR("");
}

struct wgo_str wgo_tf_partition_of(struct wgo_str region)
{
    static const struct {
        const char *prefix, *partition;
    } partitions[] = {
        {"cn-", "aws-cn"},         {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"},
        {"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"},
        {"eusc-", "aws-eusc"},
    };
    for (size_t i = 0; i < WGO_COUNT(partitions); i++) {
        if (wgo_str_starts(region, wgo_str(partitions[i].prefix))) {
            return wgo_str(partitions[i].partition);
        }
    }
    return region.len ? WGO_STR("aws") : WGO_STR("");
}

static struct wgo_tf_home_entry *find(const struct wgo_tf_homes *homes, struct wgo_str provider)
{
    struct wgo_tf_home_entry *at = homes->first;
    while (at && !wgo_str_eq(at->provider, provider)) {
        at = at->next;
    }
    return at;
}

static bool is_account(struct wgo_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len == 12; /* not "aws", as in the ARNs of managed policies */
}

static void agree(struct wgo_arena *arena, struct fact *fact, struct wgo_str value)
{
    if (!value.len || fact->torn) {
        return;
    }
    if (!fact->value.len) {
        fact->value = wgo_str_dup(arena, value);
        fact->torn = !fact->value.ptr;
    } else {
        fact->torn = !wgo_str_eq(fact->value, value);
    }
}

void wgo_tf_homes_note(struct wgo_tf_homes *homes, struct wgo_str provider, struct wgo_str arn)
{
    struct wgo_str account = wgo_tf_arn_part(arn, 4);
    struct wgo_tf_home_entry *entry = find(homes, provider);
    if (!wgo_tf_arn_part(arn, 1).len) {
        return;
    }
    if (!entry) {
        entry = WGO_NEW(&homes->arena, struct wgo_tf_home_entry);
        struct wgo_str name = wgo_str_dup(&homes->arena, provider);
        if (!entry || (provider.len && !name.ptr)) {
            return;
        }
        *entry = (struct wgo_tf_home_entry){.provider = name, .next = homes->first};
        homes->first = entry;
    }
    agree(&homes->arena, &entry->facts[PARTITION], wgo_tf_arn_part(arn, 1));
    agree(&homes->arena, &entry->facts[REGION], wgo_tf_arn_part(arn, 3));
    agree(&homes->arena, &entry->facts[ACCOUNT], is_account(account) ? account : WGO_STR(""));
}

void wgo_tf_homes_find(const struct wgo_tf_homes *homes, struct wgo_str provider,
                       struct wgo_tf_home *out_home)
{
    const struct wgo_tf_home_entry *entry = find(homes, provider);
    struct wgo_str *to[FACTS] = {&out_home->partition, &out_home->region, &out_home->account};
    for (size_t i = 0; i < FACTS; i++) {
        *to[i] = entry && !entry->facts[i].torn && entry->facts[i].value.len ? entry->facts[i].value
                                                                             : WGO_STR("");
    }
}
