/* world.h: the platform's contents and its customers' keys.
 *
 * A project, scan, finding or rule is its index, hidden in its id; only scans that were submitted
 * are remembered.
 *
 * Ownership: cs_world_new/free.
 * Threads:   read-only once made; 'quotas' and 'jobs' guard themselves.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_CODESCAN_WORLD_H
#define FC_CODESCAN_WORLD_H

#include <json-c/json.h>

#include "core/job.h"
#include "core/quota.h"

enum cs_kind { CS_PROJECT, CS_SCAN, CS_FINDING, CS_RULE };

/* How limits are told in headers. */
enum cs_headers { CS_HEADERS_X, CS_HEADERS_DRAFT, CS_HEADERS_IETF, CS_HEADERS_NONE };

/* The windows of a key, in this order. */
enum cs_window { CS_HOUR, CS_DAY, CS_CREATE, CS_WINDOWS };

struct cs_key {
    const char *name; /* The secret is "cs_" and this. */
    const char *tier;
    size_t most[CS_WINDOWS];
    bool revoked;
};

/* A scan that was submitted. */
struct cs_submitted {
    uint64_t project;
    char branch[64];
};

struct cs_world {
    struct json_object *conf;
    uint64_t seed;
    uint64_t projects;
    uint64_t scans;    /* Of a project. */
    uint64_t findings; /* Of a scan. */
    uint64_t rules;
    uint64_t touched; /* The first so many projects changed. */
    int64_t max_age_s;
    int64_t scan_ns;
    int64_t kept_ns;
    struct cs_key *keys;
    size_t key_count;
    enum cs_headers headers;
    bool flat;    /* Errors are flat objects. */
    bool whole;   /* Windows begin with their first call. */
    bool free304; /* 304 costs nothing. */
    bool unlimited;
    struct fc_quotas *quotas;
    struct fc_jobs *jobs;
};

struct cs_world *cs_world_new(struct json_object *scenario);
void cs_world_free(struct cs_world *w);
/* The key whose secret this is, or NULL. */
const struct cs_key *cs_world_key(const struct cs_world *w, struct fc_str secret);
/* Adds "prj_1a2b3c4d". */
void cs_put_id(const struct cs_world *w, enum cs_kind kind, uint64_t index, struct fc_text *out);
bool cs_id_index(const struct cs_world *w, enum cs_kind kind, struct fc_str id,
                 uint64_t *out_index);
uint64_t cs_chance(const struct cs_world *w, enum cs_kind kind, uint64_t index);
/* Scans from here on were submitted. */
uint64_t cs_first_submitted(const struct cs_world *w);

#endif
