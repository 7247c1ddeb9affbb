/* record.h: one facet of one resource, on its way from a collector to the snapshot.
 *
 * A list call gives a resource's main facet (part empty); a child call may add named parts, which
 * carry the same id. A record is a set of views: whoever receives one copies what it keeps. JSON
 * fields hold checked, compact JSON text. An empty field is unknown and will not be printed.
 *
 * Ownership: borrows all bytes; valid for the duration of the call it is passed to.
 * Threads:   a value.
 * Failure:   none. */
#ifndef WGO_MODEL_RECORD_H
#define WGO_MODEL_RECORD_H

#include "base/str.h"

#include <stdint.h>

struct wgo_record {
    struct wgo_str id;   /* unique in the world; see docs/snapshot.md */
    struct wgo_str part; /* "" main facet, else the member it becomes in configuration */
    struct wgo_str type; /* Terraform's vocabulary where it has a word, else native_type */
    struct wgo_str name;
    struct wgo_str provider; /* canonical name */
    struct wgo_str account;
    struct wgo_str region;
    struct wgo_str namespace_name;
    struct wgo_str native_id;
    struct wgo_str native_type;
    struct wgo_str created_at; /* RFC 3339 */
    struct wgo_str updated_at;
    struct wgo_str version;
    struct wgo_str configuration;   /* JSON object (any JSON value for a part) */
    struct wgo_str tags;            /* JSON object, string values, keys sorted */
    struct wgo_str dependencies;    /* JSON array of ids, sorted, without repeats */
    struct wgo_str source_provider; /* who said it: "kubernetes", "terraform" */
    struct wgo_str source_type;     /* list call or backend: "list", "state", "assets" */
    /* Where the list that gave it was asked for (its completeness row), where an incremental scan
     * may want to know; all empty: as the record's own account, region and type. A collector
     * that says another place than the task's writes that place's row itself. */
    struct wgo_str listed_account, listed_region, listed_type;
    struct wgo_str state_file;    /* Terraform only */
    struct wgo_str state_address; /* Terraform only */
    uint64_t fingerprint;         /* of 'configuration': wgo_json_fingerprint() */
    uint16_t rank;                /* of the source within its provider; 0 is the best */
    uint16_t round; /* times the list began anew before this was read: of the copies that one
                       source gave, only those of its last round count */
    bool live;      /* read from the provider itself, not from a state */
};

#endif
