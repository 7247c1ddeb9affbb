#include "gcp/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/rng.h"
#include "gcp/buckets.h"
#include "gcp/key.h"

#define FIRST_PROJECT UINT64_C(700000000001)
#define FIRST_FOLDER UINT64_C(300000000001)
#define MAX_PROJECTS 100000
#define MAX_FOLDERS 10000
#define TOKEN_TTL_MS 3600000

static const struct gcp_region known[] = {
    {"us-central1", "abcf"},         {"europe-west1", "bcd"}, {"us-east1", "bcd"},
    {"europe-west4", "abc"},         {"asia-east1", "abc"},   {"us-west1", "abc"},
    {"asia-northeast1", "abc"},      {"us-east4", "abc"},     {"europe-north1", "abc"},
    {"australia-southeast1", "abc"},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

static const char *const gcp_keys[] = {
    "projects",     "folders",   "regions",   "counts",      "objects", "disabled", "unreachable",
    "token_ttl_ms", "write_key", "anonymous", "asset_quota", "denials", "buckets",  NULL,
};

static void read_folders(struct gcp_world *w)
{
    int64_t count = fc_conf_int(w->conf, "gcp", "folders", 2);
    int64_t i;

    if (count < 0 || count > MAX_FOLDERS) {
        fc_die("gcp.folders: at most %d", MAX_FOLDERS);
    }
    w->folder_count = (size_t)count;
    w->folders = fc_alloc((w->folder_count + 1) * sizeof(*w->folders));
    for (i = 0; i < count; i++) {
        snprintf(w->folders[i].number, sizeof(w->folders[i].number), "%llu",
                 (unsigned long long)(FIRST_FOLDER + (uint64_t)i) % 1000000000000ULL);
        w->folders[i].folder = i % 2 == 1 ? i - 1 : -1;
    }
}

static void read_projects(struct gcp_world *w)
{
    int64_t count = fc_conf_int(w->conf, "gcp", "projects", 3);
    int64_t i;

    if (count < 1 || count > MAX_PROJECTS) {
        fc_die("gcp.projects: between 1 and %d", MAX_PROJECTS);
    }
    w->project_count = (size_t)count;
    w->projects = fc_alloc(w->project_count * sizeof(*w->projects));
    for (i = 0; i < count; i++) {
        struct gcp_project *p = &w->projects[i];

        snprintf(p->id, sizeof(p->id), "fake-project-%05u", (unsigned)i);
        snprintf(p->number, sizeof(p->number), "%llu",
                 (unsigned long long)(FIRST_PROJECT + (uint64_t)i) % 1000000000000ULL);
        p->index = (size_t)i;
        p->seed = fc_hash_bytes(w->seed, p->id, strlen(p->id));
        p->folder = i == 0 || w->folder_count == 0 ? -1 : (i - 1) % (int64_t)w->folder_count;
    }
}

static void read_places(struct gcp_world *w)
{
    int64_t count = fc_conf_int(w->conf, "gcp", "regions", 2);
    size_t i, k;

    if (count < 1 || count > (int64_t)KNOWN) {
        fc_die("gcp.regions: between 1 and %zu", KNOWN);
    }
    w->region_count = (size_t)count;
    w->regions = fc_alloc(w->region_count * sizeof(*w->regions));
    w->zones = fc_alloc(w->region_count * 8 * sizeof(*w->zones));
    w->zone_region = fc_alloc(w->region_count * 8 * sizeof(*w->zone_region));
    snprintf(w->global.name, sizeof(w->global.name), "global");
    for (i = 0; i < w->region_count; i++) {
        snprintf(w->regions[i].name, sizeof(w->regions[i].name), "%s", known[i].name);
        for (k = 0; known[i].letters[k] != '\0'; k++) {
            w->zone_region[w->zone_count] = i;
            snprintf(w->zones[w->zone_count].name, sizeof(w->zones[0].name), "%s-%c", known[i].name,
                     known[i].letters[k]);
            w->zone_count++;
        }
    }
}

static bool set_unreachable(struct gcp_place *places, size_t count, const char *name)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (strcmp(places[i].name, name) == 0) {
            places[i].unreachable = true;
            return true;
        }
    }
    return false;
}

static void read_unreachable(struct gcp_world *w)
{
    struct json_object *list = fc_conf_get(w->conf, "unreachable");
    size_t i;

    for (i = 0; i < fc_conf_len(list, "gcp.unreachable"); i++) {
        const char *name = json_object_get_string(json_object_array_get_idx(list, i));

        if (!set_unreachable(w->regions, w->region_count, name) &&
            !set_unreachable(w->zones, w->zone_count, name)) {
            fc_die("gcp.unreachable: there is no place \"%s\"", name);
        }
    }
}

/* ["PROJECT=SERVICE"]; a service as "pubsub" or "pubsub.googleapis.com". */
static void read_disabled(struct gcp_world *w)
{
    struct json_object *list = fc_conf_get(w->conf, "disabled");
    size_t i;

    for (i = 0; i < fc_conf_len(list, "gcp.disabled"); i++) {
        const char *text = json_object_get_string(json_object_array_get_idx(list, i));
        const char *eq = strchr(text, '=');
        struct fc_str name = {text, eq != NULL ? (size_t)(eq - text) : 0};
        struct gcp_project *p = (struct gcp_project *)gcp_world_project(w, name);

        if (eq == NULL || p == NULL) {
            fc_die("gcp.disabled: PROJECT=SERVICE is wanted, and \"%s\" is none", text);
        }
        p->disabled = fc_grow((void *)p->disabled, (p->disabled_count + 1) * sizeof(*p->disabled));
        p->disabled[p->disabled_count++] = fc_strndup(eq + 1, strcspn(eq + 1, "."));
    }
}

static void read_denials(struct gcp_world *w)
{
    static const char *const keys[] = {"service", "operation", "account", "region", "user", NULL};
    struct json_object *list = fc_conf_get(w->conf, "denials");
    size_t i;

    w->denial_count = fc_conf_len(list, "gcp.denials");
    w->denials = fc_alloc((w->denial_count + 1) * sizeof(*w->denials));
    for (i = 0; i < w->denial_count; i++) {
        struct json_object *obj = json_object_array_get_idx(list, i);

        fc_conf_only(obj, "gcp.denials[]", keys);
        fc_match_read(&w->denials[i].match, obj, "gcp.denials[]");
    }
}

struct gcp_world *gcp_world_new(struct json_object *scenario)
{
    struct gcp_world *w = fc_alloc(sizeof(*w));
    struct fc_text account = {0};

    w->conf = fc_conf_get(scenario, "gcp");
    fc_conf_only(w->conf, "gcp", gcp_keys);
    w->seed = (uint64_t)fc_conf_int(scenario, "scenario", "seed", 1);
    read_folders(w);
    read_projects(w);
    read_places(w);
    read_unreachable(w);
    read_disabled(w);
    read_denials(w);
    gcp_buckets_check(fc_conf_get(w->conf, "buckets"));
    w->token_ttl_ms = fc_conf_int(w->conf, "gcp", "token_ttl_ms", TOKEN_TTL_MS);
    w->anonymous = fc_conf_bool(w->conf, "gcp", "anonymous", false);
    w->write_key = fc_conf_str(w->conf, "gcp", "write_key", NULL);
    w->key = w->write_key != NULL ? gcp_key_new() : NULL;
    fc_text_printf(&account, "reader@%s.iam.gserviceaccount.com", w->projects[0].id);
    w->account = account.data;
    return w;
}

void gcp_world_free(struct gcp_world *w)
{
    size_t i, k;

    for (i = 0; i < w->project_count; i++) {
        for (k = 0; k < w->projects[i].disabled_count; k++) {
            free((void *)w->projects[i].disabled[k]);
        }
        free((void *)w->projects[i].disabled);
    }
    gcp_key_free(w->key);
    free(w->projects);
    free(w->folders);
    free(w->regions);
    free(w->zones);
    free(w->zone_region);
    free(w->denials);
    free(w->account);
    free(w);
}

const struct gcp_project *gcp_world_project(const struct gcp_world *w, struct fc_str name)
{
    static const char prefix[] = "fake-project-";
    size_t n = sizeof(prefix) - 1;
    uint64_t i = 0;

    if (name.n == n + 5 && memcmp(name.p, prefix, n) == 0) {
        if (!fc_str_u64((struct fc_str){name.p + n, name.n - n}, &i)) {
            return NULL;
        }
    } else if (name.n != 12 || !fc_str_u64(name, &i) || i < FIRST_PROJECT) {
        return NULL;
    } else {
        i -= FIRST_PROJECT;
    }
    return i < w->project_count ? &w->projects[i] : NULL;
}

int64_t gcp_world_folder(const struct gcp_world *w, struct fc_str number)
{
    uint64_t n;

    if (!fc_str_u64(number, &n) || n < FIRST_FOLDER || n - FIRST_FOLDER >= w->folder_count) {
        return -1;
    }
    return (int64_t)(n - FIRST_FOLDER);
}

bool gcp_project_has(const struct gcp_project *p, const char *service)
{
    size_t i;

    for (i = 0; i < p->disabled_count; i++) {
        if (strcmp(p->disabled[i], service) == 0) {
            return false;
        }
    }
    return true;
}

bool gcp_project_in(const struct gcp_world *w, const struct gcp_project *p, int64_t folder)
{
    int64_t at = p->folder;

    while (at >= 0 && at != folder) {
        at = w->folders[at].folder;
    }
    return at == folder;
}
