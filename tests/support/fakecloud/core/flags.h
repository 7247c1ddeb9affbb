/* flags.h: the flags of the command line: for each a place in the scenario and a type.
 *
 * Only options.c reads them.
 *
 * Ownership, threads, failure: a constant table. */
#ifndef FC_FLAGS_H
#define FC_FLAGS_H

#include <stddef.h>

enum fc_flag_type {
    FC_FLAG_INT,
    FC_FLAG_NUMBER,
    FC_FLAG_STRING,
    FC_FLAG_SET,       /* true; takes no value */
    FC_FLAG_JSON,      /* a JSON value appended to the array at the place */
    FC_FLAG_APPEND,    /* a string, likewise */
    FC_FLAG_FILE,      /* a JSON file replaces the place */
    FC_FLAG_CLUSTER,   /* NAME[:KEY=VALUE,...] under the place */
    FC_FLAG_COUNT,     /* RESOURCE=N under the place */
    FC_FLAG_NAMED,     /* NAME=STRING under the place */
    FC_FLAG_WORKSPACE, /* ORG/WORKSPACE=FILE under the place */
    FC_FLAG_SECRET,    /* CLUSTER/NS/WORKSPACE/SUFFIX=FILE under the place */
    FC_FLAG_TOKEN,     /* USER=TOKEN appended to the array as a user who may do all */
    FC_FLAG_BASIC,     /* USER:PASSWORD likewise */
    FC_FLAG_SCENARIO,  /* handled first */
    FC_FLAG_HELP,
};

struct fc_flag {
    const char *name;
    enum fc_flag_type type;
    const char *place; /* Dotted: the last word is the key. */
    const char *argument;
    const char *help;
};

extern const struct fc_flag fc_flags[];
extern const size_t fc_flag_count;

#endif
