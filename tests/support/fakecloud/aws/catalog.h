/* catalog.h: what is served, read from the files of catalog/: services, kinds of objects,
 * operations.
 *
 * The files are embedded by the build; README.md describes their language. A kind of object is a
 * counted pool per region, account or organisation; an operation selects a run of a pool and
 * prints it through a template.
 *
 * Ownership: aws_catalog_new/free.
 * Threads:   read-only once made.
 * Failure:   a bad catalog ends the program: it is part of the program. */
#ifndef FC_AWS_CATALOG_H
#define FC_AWS_CATALOG_H

#include "aws/params.h"
#include "aws/world.h"
#include "template/template.h"

#define AWS_MAX_KINDS 4
#define AWS_MAX_WHEN 3

enum aws_protocol {
    AWS_PROTOCOL_EC2,
    AWS_PROTOCOL_QUERY,
    AWS_PROTOCOL_JSON,
    AWS_PROTOCOL_REST_JSON,
    AWS_PROTOCOL_REST_XML,
    AWS_PROTOCOL_S3,
};

/* Where a pool exists once. */
enum aws_scope { AWS_SCOPE_REGION, AWS_SCOPE_ACCOUNT, AWS_SCOPE_ORG, AWS_SCOPES };

/* An error's code and status. */
struct aws_fail {
    char *code;
    unsigned status;
};

struct aws_service {
    char *name;
    char *sign; /* In credential scopes. */
    enum aws_protocol protocol;
    char *version; /* ec2, query: the form's Version. */
    char *target;  /* json: the prefix of X-Amz-Target. */
    char *json;    /* json: "1.0" or "1.1". */
    char *xmlns;
    char *global;             /* The one region it is signed for, or NULL. */
    struct aws_fail throttle; /* Where it is not the protocol's usual one. */
    char *invalid;            /* Code of a bad parameter; NULL: the protocol's usual one. */
    bool management;          /* Answers only in the management account. */
    bool query_codes; /* Was of the query protocol once: errors bear their old codes in a header. */
    bool home;        /* Lists are empty in all regions but the first. */
};

enum aws_verb {
    AWS_VERB_PLAIN,  /* Prints its template. */
    AWS_VERB_LIST,   /* A page of a pool, or of one parent's run. */
    AWS_VERB_ONE,    /* The object a parameter names. */
    AWS_VERB_BATCH,  /* The objects a list names. */
    AWS_VERB_ASSUME, /* sts */
    AWS_VERB_CALLER,
};

struct aws_page_rule {
    char *in; /* Parameter of the token; NULL: no pages. */
    char *out;
    char *size; /* Parameter of the size; may be NULL. */
    uint64_t max;
    uint64_t usual; /* Without the parameter; 0: everything. */
    uint64_t most;  /* Of a page, whatever was asked for. */
};

struct aws_op {
    const struct aws_service *service;
    char *name;
    char *route_name;
    enum aws_verb verb;
    struct fc_type *kinds[AWS_MAX_KINDS];
    char *kind_names;
    char *by;           /* Parameter that names objects. */
    char *parent;       /* Parameter that names the parent. */
    struct fc_type *in; /* The type 'parent' names, when it is no parent: what speaks of it. */
    char *in_name;
    bool any_parent; /* It may be absent. */
    uint64_t limit;  /* Names a batch may bring. */
    struct aws_page_rule page;
    char *cursor[AWS_MAX_KINDS]; /* Instead of a token: the next object's parts. */
    char *cursor_text;
    struct fc_template *cursor_key;
    char *when[AWS_MAX_WHEN]; /* "Name", "!Name", "Name=a|b" */
    char *method;             /* REST */
    char *path;               /* "/hostedzone/{Id}" */
    struct aws_fail missing;  /* code NULL: what is not there is left out. */
    uint64_t lacks_every;     /* One in so many has none of what is asked... */
    uint64_t lacks_at;        /* ...those whose index leaves this. */
    struct aws_fail lacks;
    char *items; /* What the list is called, when the template is one item. */
    char *member;
    char *failures; /* What the list of names not found is called. */
    bool truncated; /* Says IsTruncated. */
    bool after;     /* The token is the last object's name. */
    bool holes;     /* Empty pages are in between. */
    bool bucket;    /* Must be asked in the bucket's own region. */
    bool raw;       /* No XML around it. */
    bool anywhere;  /* Answers in every account though its service does not. */
    bool unsigned_; /* Needs no signature. */
    char *body_text;
    struct fc_template *body;
};

struct aws_catalog {
    struct fc_lexicon lexicon;
    struct aws_service **services;
    size_t service_count;
    struct aws_op **ops;
    size_t op_count;
};

struct aws_catalog *aws_catalog_new(const struct aws_world *w);
void aws_catalog_free(struct aws_catalog *c);
#endif
