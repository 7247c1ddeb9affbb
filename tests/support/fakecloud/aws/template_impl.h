/* template_impl.h: what the compiler of templates and their printer share.
 *
 * Only template.c and template_compile.c include this.
 *
 * Ownership, threads, failure: see template.h. */
#ifndef FC_AWS_TEMPLATE_IMPL_H
#define FC_AWS_TEMPLATE_IMPL_H

#include "aws/template.h"

#define AWS_MAX_PICK 16

enum aws_field {
    AWS_FIELD_NONE,
    AWS_FIELD_KEY,
    AWS_FIELD_INDEX,  /* a: divisor */
    AWS_FIELD_NUMBER, /* index / a, at least 5 digits */
    AWS_FIELD_X,      /* a: digits, of which the last 8 hide the index; b: upper case */
    AWS_FIELD_UUID,   /* the same as a UUID */
    AWS_FIELD_HEX,    /* a: digits */
    AWS_FIELD_B32,    /* a: letters */
    AWS_FIELD_NUM,    /* a..b */
    AWS_FIELD_PICK,
    AWS_FIELD_TIME, /* a: enum aws_time */
    AWS_FIELD_IP,
    AWS_FIELD_ACCOUNT,
    AWS_FIELD_REGION,
    AWS_FIELD_ZONE,  /* a letter */
    AWS_FIELD_PARAM, /* text */
    AWS_FIELD_VALUE, /* of a batch: the name as it was asked */
    AWS_FIELD_COUNT, /* items of this page */
    AWS_FIELD_TOTAL, /* of a pool */
    AWS_FIELD_SIZE,  /* the page's */
    AWS_FIELD_TOKEN,
    AWS_FIELD_TRUNCATED,
    AWS_FIELD_REQUEST_ID,
    AWS_FIELD_COMMA,  /* between the items of the innermost loop */
    AWS_FIELD_HOME,   /* a bucket's region */
    AWS_FIELD_MEMBER, /* an account's id */
    AWS_FIELD_STATE,  /* an account's status */
    AWS_FIELD_PLACE,  /* a region's name */
    AWS_FIELD_OPTED,  /* a region's opt-in status */
    AWS_FIELD_EACH,   /* Blocks from here on: they end at 'jump'. */
    AWS_FIELD_EACHMISSING,
    AWS_FIELD_SUB,
    AWS_FIELD_MORE,
    AWS_FIELD_IFSEQ,  /* index % a == b */
    AWS_FIELD_IFPICK, /* the pick is option a */
    AWS_FIELD_FIRST,  /* the first of its chunk of a, or of the page */
    AWS_FIELD_LAST,
};

enum aws_time { AWS_TIME_ISO, AWS_TIME_MS, AWS_TIME_EPOCH, AWS_TIME_EPOCH_MS, AWS_TIME_LAMBDA };

struct aws_pick {
    size_t count;
    struct fc_str options[AWS_MAX_PICK];
    uint64_t key;
};

struct aws_step {
    uint32_t lit; /* Offset of the literal that comes first. */
    uint32_t lit_len;
    enum aws_field field;
    bool negated;
    bool next; /* Speaks of the first object of the next page. */
    uint32_t jump;
    uint64_t a;
    uint64_t b;
    uint64_t key;
    const struct aws_type *of; /* Speaks of a related object. */
    struct aws_pick *pick;
    char *text;
};

struct aws_template {
    struct fc_text source; /* Definitions expanded; literals and picks point into it. */
    struct aws_step *steps;
    size_t count;
    size_t cap;
};

#endif
