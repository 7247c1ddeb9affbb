/* template.h: JSON with places for what differs between objects, compiled once.
 *
 * Ownership: az_template_new/free.
 * Threads:   read-only once compiled.
 * Failure:   a bad template ends the program: it is part of the program. */
#ifndef FC_AZURE_TEMPLATE_H
#define FC_AZURE_TEMPLATE_H

#include "azure/object.h"

#define AZ_MAX_PICK 24

enum az_field {
    AZ_FIELD_NONE,
    AZ_FIELD_ID,
    AZ_FIELD_NAME,
    AZ_FIELD_INDEX,  /* a: least digits */
    AZ_FIELD_WITHIN, /* the index under its parent; a: least digits */
    AZ_FIELD_LOCATION,
    AZ_FIELD_DISPLAY, /* the location as people read it */
    AZ_FIELD_SUB,
    AZ_FIELD_TENANT,
    AZ_FIELD_DOMAIN,
    AZ_FIELD_GUID,   /* the index can be found again */
    AZ_FIELD_CHANCE, /* a GUID of chance */
    AZ_FIELD_HEX,    /* a: digits */
    AZ_FIELD_B64,    /* a: bytes */
    AZ_FIELD_NUM,    /* a..b */
    AZ_FIELD_PICK,
    AZ_FIELD_LIST, /* by the index under its parent */
    AZ_FIELD_TIME, /* a: as az_put_time() */
    AZ_FIELD_IP,
    AZ_FIELD_PUBLIC_IP,
    AZ_FIELD_SHORT, /* six digits of the subscription */
    AZ_FIELD_STATE, /* of a subscription */
    AZ_FIELD_CHAIN, /* a subscription's management groups */
    AZ_FIELD_ROOT,  /* the management group's parent, as JSON */
    AZ_FIELD_WHOLE, /* the object as ARM has it */
    AZ_FIELD_COMMA, /* between the items of the innermost loop */
    AZ_FIELD_EACH,  /* Blocks from here on: they end at 'jump'. */
    AZ_FIELD_IFSEQ, /* index % a == b */
    AZ_FIELD_IFPICK,
    AZ_FIELD_IFBELOW, /* index < how many there are of a type */
};

struct az_pick {
    size_t count;
    struct fc_str options[AZ_MAX_PICK];
};

struct az_step {
    uint32_t lit; /* Offset of the literal that comes first. */
    uint32_t lit_len;
    enum az_field field;
    bool negated;
    bool same; /* Speaks of the object of the same index. */
    uint32_t jump;
    uint64_t a;
    uint64_t b;
    uint64_t key;
    const struct az_type *of; /* Speaks of a related object. */
    struct az_pick *pick;
};

struct az_template {
    struct fc_text source; /* Definitions expanded; literals and picks point into it. */
    struct az_step *steps;
    size_t count;
    size_t cap;
};

struct az_template *az_template_new(const struct az_catalog *c, const char *text);
void az_template_free(struct az_template *t);
void az_template_print(const struct az_template *t, const struct az_world *w,
                       const struct az_obj *self, struct fc_text *out);
void az_put_decimal(struct fc_text *out, uint64_t v, unsigned least);

#endif
