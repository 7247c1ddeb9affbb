#include "codescan/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/conf.h"
#include "core/rng.h"

static const char *const conf_keys[] = {
    "projects",     "scans",        "findings",        "rules", "touched", "max_age_s",
    "scan_seconds", "result_hours", "scan_fail_every", "keys",  "headers", "errors",
    "windows",      "free_304",     "no_throttle",     NULL,
};

/* What a tier may do: calls an hour and a day, and creations an hour. */
static const struct cs_key tiers[] = {
    {.tier = "free", .most = {100, 1000, 10}},
    {.tier = "pro", .most = {1000, 10000, 50}},
    {.tier = "revoked", .most = {1, 1, 1}, .revoked = true},
};

static const struct cs_key usual_keys[] = {
    {.name = "free", .tier = "free"},
    {.name = "free2", .tier = "free"},
    {.name = "pro", .tier = "pro"},
};

static void read_tier(struct cs_key *key)
{
    const char *name = key->name;
    const char *at = key->tier;
    char *end = NULL;
    size_t i;

    for (i = 0; i < sizeof(tiers) / sizeof(tiers[0]); i++) {
        if (strcmp(key->tier, tiers[i].tier) == 0) {
            *key = tiers[i];
            key->name = name;
            return;
        }
    }
    for (i = 0; i < CS_WINDOWS; i++) {
        key->most[i] = strtoull(at, &end, 10);
        if (end == at || *end != (i + 1 < CS_WINDOWS ? ':' : '\0')) {
            fc_die("codescan.keys.%s: free, pro, revoked or HOUR:DAY:CREATIONS is wanted", name);
        }
        at = end + 1;
    }
    key->tier = "custom";
}

/* The usual ones, and those of the scenario, which may change them. */
static void read_keys(struct cs_world *w)
{
    struct json_object *keys = fc_conf_get(w->conf, "keys");
    size_t given = keys != NULL ? (size_t)json_object_object_length(keys) : 0, i;

    w->key_count = sizeof(usual_keys) / sizeof(usual_keys[0]);
    w->keys = fc_alloc((w->key_count + given) * sizeof(*w->keys));
    memcpy(w->keys, usual_keys, sizeof(usual_keys));
    if (keys != NULL) {
        json_object_object_foreach(keys, name, tier)
        {
            for (i = 0; i < w->key_count && strcmp(w->keys[i].name, name) != 0; i++) {
            }
            w->keys[i] = (struct cs_key){.name = name, .tier = json_object_get_string(tier)};
            w->key_count += i == w->key_count;
        }
    }
    for (i = 0; i < w->key_count; i++) {
        read_tier(&w->keys[i]);
    }
}

/* The index of one of the words. */
static unsigned choice(const struct cs_world *w, const char *key, const char *const *words)
{
    const char *word = fc_conf_str(w->conf, "codescan", key, words[0]);
    unsigned i;

    for (i = 0; words[i] != NULL; i++) {
        if (strcmp(word, words[i]) == 0) {
            return i;
        }
    }
    fc_die("codescan.%s: \"%s\" is not known", key, word);
}

static uint64_t count(const struct cs_world *w, const char *key, uint64_t fallback, uint64_t most)
{
    int64_t n = fc_conf_int(w->conf, "codescan", key, (int64_t)fallback);

    if (n < 0 || (uint64_t)n > most) {
        fc_die("codescan.%s: 0 to %llu is wanted", key, (unsigned long long)most);
    }
    return (uint64_t)n;
}

static int64_t seconds(const struct cs_world *w, const char *key, double fallback, double unit)
{
    double v = fc_conf_double(w->conf, "codescan", key, fallback);

    if (!(v >= 0 && v * unit <= 1e8)) {
        fc_die("codescan.%s: is out of range", key);
    }
    return (int64_t)(v * unit * 1e9);
}

struct cs_world *cs_world_new(struct json_object *scenario)
{
    static const char *const headers[] = {"x", "draft", "ietf", "none", NULL};
    static const char *const errors[] = {"nested", "flat", NULL};
    static const char *const windows[] = {"sliding", "fixed", NULL};
    struct cs_world *w = fc_alloc(sizeof(*w));

    w->conf = fc_conf_get(scenario, "codescan");
    fc_conf_only(w->conf, "codescan", conf_keys);
    w->seed =
        fc_hash((uint64_t)fc_conf_int(scenario, "scenario", "seed", 1), UINT64_C(0x636f64657363));
    w->projects = count(w, "projects", 40, 10000000);
    w->scans = count(w, "scans", 5, 10);
    w->findings = count(w, "findings", 8, 10);
    w->rules = count(w, "rules", 120, 1000000);
    w->touched = count(w, "touched", 0, w->projects);
    w->max_age_s = (int64_t)count(w, "max_age_s", 300, 100000000);
    w->scan_ns = seconds(w, "scan_seconds", 30, 1);
    w->kept_ns = seconds(w, "result_hours", 24, 3600);
    w->headers = (enum cs_headers)choice(w, "headers", headers);
    w->flat = choice(w, "errors", errors) == 1;
    w->whole = choice(w, "windows", windows) == 1;
    w->free304 = fc_conf_bool(w->conf, "codescan", "free_304", false);
    w->unlimited = fc_conf_bool(w->conf, "codescan", "no_throttle", false);
    read_keys(w);
    w->quotas = fc_quotas_new();
    w->jobs = fc_jobs_new(&(struct fc_job_rules){
        .payload_bytes = sizeof(struct cs_submitted),
        .duration_ns = w->scan_ns,
        .fail_every = count(w, "scan_fail_every", 0, 1000000),
    });
    return w;
}

void cs_world_free(struct cs_world *w)
{
    if (w != NULL) {
        fc_jobs_free(w->jobs);
        fc_quotas_free(w->quotas);
        free(w->keys);
        free(w);
    }
}

const struct cs_key *cs_world_key(const struct cs_world *w, struct fc_str secret)
{
    size_t i;

    if (secret.n < 3 || memcmp(secret.p, "cs_", 3) != 0) {
        return NULL;
    }
    for (i = 0; i < w->key_count; i++) {
        if (fc_str_eq((struct fc_str){secret.p + 3, secret.n - 3}, w->keys[i].name)) {
            return &w->keys[i];
        }
    }
    return NULL;
}

static const char *const prefixes[] = {"prj_", "scn_", "fnd_", "rul_"};

void cs_put_id(const struct cs_world *w, enum cs_kind kind, uint64_t index, struct fc_text *out)
{
    fc_text_printf(out, "%s%08x", prefixes[kind],
                   (unsigned)fc_hide((uint32_t)index, fc_mix(w->seed + kind)));
}

bool cs_id_index(const struct cs_world *w, enum cs_kind kind, struct fc_str id, uint64_t *out_index)
{
    static const char hex[] = "0123456789abcdef";
    uint32_t v = 0;
    size_t i;

    if (id.n != 12 || memcmp(id.p, prefixes[kind], 4) != 0) {
        return false;
    }
    for (i = 4; i < id.n; i++) {
        const char *digit = memchr(hex, id.p[i], 16);

        if (digit == NULL) {
            return false;
        }
        v = v << 4 | (uint32_t)(digit - hex);
    }
    *out_index = fc_find(v, fc_mix(w->seed + kind));
    return true;
}

uint64_t cs_chance(const struct cs_world *w, enum cs_kind kind, uint64_t index)
{
    return fc_hash(w->seed + kind, index);
}

uint64_t cs_first_submitted(const struct cs_world *w)
{
    return w->projects * w->scans;
}
