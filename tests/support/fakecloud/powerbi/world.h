/* world.h: one tenant of Power BI: how many workspaces, what changed in them, what is in each.
 *
 * Nothing is stored: a workspace is its index, and a GUID has its index hidden in it. First come
 * the ordinary workspaces, then the personal ones.
 *
 * Ownership: pbi_world_new/free.
 * Threads:   read-only once made; 'quotas' and 'scans' guard themselves.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_POWERBI_WORLD_H
#define FC_POWERBI_WORLD_H

#include <json-c/json.h>

#include "azure/world.h"
#include "core/job.h"
#include "core/quota.h"

/* What GUIDs are of; two kinds never share one. */
enum pbi_kind {
    PBI_WORKSPACE,
    PBI_REPORT,
    PBI_DASHBOARD,
    PBI_TILE,
    PBI_DATASET,
    PBI_DATAFLOW,
    PBI_DATAMART,
    PBI_SOURCE,
    PBI_BAD_SOURCE, /* A misconfigured one. */
    PBI_CAPACITY,
    PBI_GATEWAY,
    PBI_KEY, /* Of a capacity's encryption. */
    PBI_LABEL,
    PBI_USER,
    PBI_EVENT,
    PBI_SCAN,
};

/* How members are spelt where the published schema, its examples and older answers differ. */
enum pbi_spelling { PBI_SPELL_SCHEMA, PBI_SPELL_EXAMPLES, PBI_SPELL_OLD };

#define PBI_MAX_ITEMS 16 /* Of a kind in a workspace. */

struct pbi_world {
    struct json_object *conf;
    struct az_world *identity; /* The tenant and its applications. */
    uint64_t seed;
    uint64_t workspaces; /* Ordinary ones. */
    uint64_t all;        /* With the personal ones. */
    uint64_t capacities;
    uint64_t gateways;
    uint64_t sources;
    uint64_t modified;
    uint64_t touched;
    uint64_t deleted;
    uint64_t connections; /* So many of those that were modified have changed connections. */
    uint64_t events;      /* A day. */
    uint64_t event_page;
    enum pbi_spelling spelling;
    bool error_object; /* Throttles answer {"error":{...}}. */
    struct fc_quotas *quotas;
    struct fc_jobs *scans;
};

/* What a workspace holds. */
struct pbi_contents {
    unsigned reports, dashboards, datasets, dataflows, datamarts;
};

struct pbi_world *pbi_world_new(struct json_object *scenario);
void pbi_world_free(struct pbi_world *w);

void pbi_guid(const struct pbi_world *w, enum pbi_kind kind, uint64_t index, char out[AZ_GUID]);
/* The index that a GUID of this kind hides; false: it is none. */
bool pbi_guid_index(const struct pbi_world *w, enum pbi_kind kind, struct fc_str guid,
                    uint64_t *out_index);
/* Chance that belongs to an object. */
uint64_t pbi_chance(const struct pbi_world *w, enum pbi_kind kind, uint64_t index, uint64_t what);

bool pbi_is_personal(const struct pbi_world *w, uint64_t workspace);
bool pbi_is_deleted(const struct pbi_world *w, uint64_t workspace);
bool pbi_is_touched(const struct pbi_world *w, uint64_t workspace);
/* Whether it changed lately: in the list of those that were modified since any time. */
bool pbi_is_modified(const struct pbi_world *w, uint64_t workspace);
/* Not used for 60 days. */
bool pbi_is_inactive(const struct pbi_world *w, uint64_t workspace);
bool pbi_is_orphaned(const struct pbi_world *w, uint64_t workspace);
/* The n-th that was modified. */
uint64_t pbi_nth_modified(const struct pbi_world *w, uint64_t n);
uint64_t pbi_modified_count(const struct pbi_world *w);
/* Whether its connections are among those that changed. */
bool pbi_is_reconnected(const struct pbi_world *w, uint64_t workspace);
/* Its capacity; false: it is on none. */
bool pbi_capacity_of(const struct pbi_world *w, uint64_t workspace, uint64_t *out_capacity);
struct pbi_contents pbi_contents_of(const struct pbi_world *w, uint64_t workspace);
/* What it held before it was deleted, if it was: others may still refer to it. */
struct pbi_contents pbi_contents_once(const struct pbi_world *w, uint64_t workspace);
/* Adds its name as a JSON string. */
void pbi_put_name(const struct pbi_world *w, uint64_t workspace, struct fc_text *out);

#endif
