/* call.h: one call: who asks which operation of which project.
 *
 * Ownership: gcp_call_new() makes one that belongs to its request (rq->owned).
 * Threads:   of one request.
 * Failure:   what is wrong is told by fields and answered by gcp_call_run(). */
#ifndef FC_GCP_CALL_H
#define FC_GCP_CALL_H

#include "gcp/catalog.h"
#include "gcp/error.h"
#include "gcp/token.h"

#define GCP_MAX_ARGS 6

struct gcp_call {
    const struct gcp_world *world;
    const struct gcp_catalog *catalog;
    const struct gcp_service *service; /* Never NULL. */
    const struct gcp_op *op;           /* NULL: not served. */
    struct fc_pair args[GCP_MAX_ARGS]; /* What the path's {places} matched. */
    size_t arg_count;
    const struct gcp_project *project;  /* Whose objects are told of; NULL: the organisation's. */
    const struct gcp_project *consumer; /* Whose quota and services count. */
    enum gcp_proof proof;               /* Of the access token. */
    char *page_token;                   /* Or NULL. */
    uint64_t page_limit;                /* No page is longer; 0: as long as the API allows. */
    struct gcp_service stranger; /* A service of Google's of which nothing is served: it is off. */
    char stranger_name[64];
    struct fc_scene scene;
    char message[512];
};

/* NULL: the request is none of Google's. */
struct gcp_call *gcp_call_new(const struct gcp_world *w, const struct gcp_catalog *c,
                              struct fc_request *rq);
void gcp_call_run(struct gcp_call *call, const struct fc_request *rq, struct fc_reply *reply);
/* What a {place} of the path matched; {NULL, 0} when there is none. */
struct fc_str gcp_call_arg(const struct gcp_call *call, const char *name);
/* The scene becomes that of a project; NULL: the organisation's. */
void gcp_call_enter(struct gcp_call *call, const struct gcp_project *p);

/* page.c: the run [start, end) of 'total' that is asked for, and the token of the next page. */
struct gcp_page {
    uint64_t start;
    uint64_t end;
    struct fc_text token; /* Empty: it is the last one. */
};
struct gcp_trouble gcp_page_cut(struct gcp_call *call, const struct fc_request *rq, uint64_t total,
                                struct gcp_page *page);
/* The page ended elsewhere than it was to: what it passes over is no item of the list. */
void gcp_page_move(const struct gcp_call *call, const struct fc_request *rq, uint64_t total,
                   uint64_t end, struct gcp_page *page);
/* Adds ",\"nextPageToken\":..." when there is one; ends the page. */
void gcp_page_finish(struct gcp_page *page, struct fc_text *out);

/* list.c, aggregated.c, assets.c */
struct gcp_trouble gcp_list(struct gcp_call *call, const struct fc_request *rq,
                            struct fc_text *out);
struct gcp_trouble gcp_aggregated(struct gcp_call *call, const struct fc_request *rq,
                                  struct fc_text *out);
struct gcp_trouble gcp_list_projects(struct gcp_call *call, const struct fc_request *rq,
                                     struct fc_text *out);
struct gcp_trouble gcp_list_locations(struct gcp_call *call, const struct fc_request *rq,
                                      struct fc_text *out);
struct gcp_trouble gcp_assets(struct gcp_call *call, const struct fc_request *rq,
                              struct fc_text *out);
/* An asset of the call's project, as assets.list has it. */
void gcp_put_asset(const struct gcp_call *call, const struct gcp_type *t, const struct fc_obj *o,
                   bool resource, struct fc_text *out);
/* "//pubsub.googleapis.com/projects/p/topics/t" */
void gcp_put_full_name(const struct gcp_call *call, const struct gcp_type *t,
                       const struct fc_obj *o, struct fc_text *out);

/* query.c: what a search asks for. */
#define GCP_MAX_TERMS 10
struct gcp_query {
    struct gcp_query_term {
        bool updated; /* updateTime, else createTime */
        char op[3];   /* "=", ">", ">=", "<", "<=" */
        int64_t s;    /* since 1970 */
    } terms[GCP_MAX_TERMS];
    size_t count;
};
/* False: not understood. */
bool gcp_query_read(struct fc_str text, struct gcp_query *out);
bool gcp_query_admits(const struct gcp_query *query, const struct gcp_call *call,
                      const struct gcp_type *t, const struct fc_obj *o);
/* Whether the answer is to have the field: "readMask" names it, or there is none. */
bool gcp_mask_has(const struct fc_request *rq, const char *field);

/* history.c: batchGetAssetsHistory. */
struct gcp_trouble gcp_history(struct gcp_call *call, const struct fc_request *rq,
                               struct fc_text *out);

#endif
