/* template_impl.h: what the compiler of templates and their printer share.
 *
 * Only template.c and template_compile.c include this.
 *
 * Ownership, threads, failure: see template.h. */
#ifndef FC_TEMPLATE_TEMPLATE_IMPL_H
#define FC_TEMPLATE_TEMPLATE_IMPL_H

#include "template/template.h"

#define FC_MAX_PICK 16

enum fc_field {
    FC_FIELD_NONE,
    FC_FIELD_KEY,
    FC_FIELD_INDEX,  /* a: divisor */
    FC_FIELD_NUMBER, /* index / a, at least 5 digits */
    FC_FIELD_X,      /* a: digits, of which the last 8 hide the index; b: upper case */
    FC_FIELD_UUID,   /* the same as a UUID */
    FC_FIELD_HEX,    /* a: digits */
    FC_FIELD_B32,    /* a: letters */
    FC_FIELD_NUM,    /* a..b */
    FC_FIELD_PICK,
    FC_FIELD_TIME, /* a: enum fc_time */
    FC_FIELD_IP,
    FC_FIELD_OWN,   /* a: the provider's word; text */
    FC_FIELD_VALUE, /* of a batch: the name as it was asked */
    FC_FIELD_COUNT, /* items of this page */
    FC_FIELD_TOTAL, /* of a pool */
    FC_FIELD_SIZE,  /* the page's */
    FC_FIELD_TOKEN,
    FC_FIELD_TRUNCATED,
    FC_FIELD_COMMA, /* between the items of the innermost loop */
    FC_FIELD_EACH,  /* Blocks from here on: they end at 'jump'. */
    FC_FIELD_EACHMISSING,
    FC_FIELD_SUB,
    FC_FIELD_MORE,
    FC_FIELD_IFSEQ,  /* index % a == b */
    FC_FIELD_IFPICK, /* the pick is option a */
    FC_FIELD_FIRST,  /* the first of its chunk of a, or of the page */
    FC_FIELD_LAST,
};

enum fc_time { FC_TIME_ISO, FC_TIME_MS, FC_TIME_EPOCH, FC_TIME_EPOCH_MS, FC_TIME_LAMBDA };

struct fc_pick {
    size_t count;
    struct fc_str options[FC_MAX_PICK];
    uint64_t key;
};

struct fc_step {
    uint32_t lit; /* Offset of the literal that comes first. */
    uint32_t lit_len;
    enum fc_field field;
    bool negated;
    bool next; /* Speaks of the first object of the next page. */
    uint32_t jump;
    uint64_t a;
    uint64_t b;
    uint64_t key;
    const struct fc_type *of; /* Speaks of a related object. */
    struct fc_pick *pick;
    char *text;
};

struct fc_template {
    struct fc_text source; /* Definitions expanded; literals and picks point into it. */
    struct fc_step *steps;
    size_t count;
    size_t cap;
};

#endif
