/* call.h: a call of Resource Manager: what it asks for, found out from its path.
 *
 * Ownership: the request's.
 * Threads:   one at a time.
 * Failure:   a call that asks for nothing there is says so. */
#ifndef FC_AZURE_CALL_H
#define FC_AZURE_CALL_H

#include "azure/access.h"
#include "azure/object.h"

enum az_what {
    AZ_UNKNOWN, /* No such thing; 'why' says what is missing. */
    AZ_LIST_SUBS,
    AZ_LIST_TENANTS,
    AZ_LIST_LOCATIONS,
    AZ_LIST_PROVIDERS,
    AZ_GET_PROVIDER,
    AZ_GENERIC,     /* All resources of a subscription or a resource group. */
    AZ_COLLECTION,  /* The objects of one type somewhere. */
    AZ_RESOURCE,    /* One object. */
    AZ_ACTION,      /* POST on one object. */
    AZ_LIST_MGMT,   /* Management groups. */
    AZ_DESCENDANTS, /* Of one of them. */
    AZ_ENTITIES,
    AZ_GRAPH,
};

enum az_why {
    AZ_WHY_NONE,
    AZ_WHY_PATH,
    AZ_WHY_SUB,
    AZ_WHY_GROUP,
    AZ_WHY_NAMESPACE,
    AZ_WHY_TYPE,
    AZ_WHY_PARENT,
    AZ_WHY_RESOURCE,
    AZ_WHY_METHOD,
};

struct az_call {
    const struct az_world *w;
    struct az_principal who;
    bool known;
    enum az_what what;
    enum az_why why;
    const struct az_type *type; /* Of a collection or an object. */
    const struct az_provider *provider;
    struct az_obj obj;    /* The object. */
    struct az_run run;    /* The collection. */
    struct az_type other; /* What 'type' points to when Azure has it and there is nothing of it. */
    struct fc_text other_name;
    uint32_t sub;
    uint64_t group; /* UINT64_MAX: none. */
    struct fc_str sub_text;
    struct fc_str group_text;
    struct fc_str bad;     /* What could not be found. */
    struct fc_text path;   /* From the first '/' on, as asked for, without what comes before ARM. */
    struct fc_text link;   /* Its URL, as it was received, without the query. */
    struct fc_text action; /* "Microsoft.Compute/virtualMachines/read" */
    struct fc_text scope;  /* What the action is on. */
    char *page;            /* The token it goes on from; NULL: from the start. */
    char *query;           /* Of Resource Graph. */
    char operation[160];
};

/* The call of segments[first..]; it is in rq->owned. */
struct az_call *az_call_new(const struct az_world *w, struct fc_request *rq, size_t first);
void az_call_run(struct az_call *call, struct fc_request *rq, struct fc_reply *reply);

/* A query parameter, whatever the case of its name; {NULL, 0} when absent. */
struct fc_str az_param(const struct fc_request *rq, const char *key);

/* Pages: where the list goes on, by $skiptoken. False: the reply says that it is none of ours. */
bool az_page_start(const struct az_call *call, const struct fc_request *rq, uint64_t *start,
                   struct fc_reply *reply);
/* So many from 'start' on, by $top and the type's page; the fault may say none. */
uint64_t az_page_size(const struct az_call *call, const struct fc_request *rq, uint64_t usual);
/* Ends "value": adds nextLink to 'at' when there is more. */
void az_page_end(const struct az_call *call, const struct fc_request *rq, uint64_t start,
                 uint64_t at, bool more, struct fc_text *out);

void az_list_subs(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply);
void az_list_tenants(const struct az_call *call, struct fc_reply *reply);
void az_list_generic(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply);
void az_list_collection(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply);
void az_list_locations(const struct az_call *call, struct fc_reply *reply);
void az_list_providers(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply);
void az_get_provider(const struct az_call *call, struct fc_reply *reply);
void az_list_mgmt(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply);
void az_get_mgmt(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply);
void az_list_descendants(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply);
void az_list_entities(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply);
void az_graph_run(const struct az_call *call, struct fc_request *rq, struct fc_reply *reply);
/* Whether management group 'index' is 'above' or under it. */
bool az_mgmt_under(uint64_t index, uint64_t above);
/* Whether the principal may read the subscription at all. */
bool az_sub_visible(const struct az_call *call, uint32_t sub);

#endif
