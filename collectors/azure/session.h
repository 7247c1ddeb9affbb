/* session.h: what is known of Azure while it is read. Private to azure.
 *
 * Glossary
 *   login          one tenant and whose token is used there
 *   subscription   one that is read, with its login
 *   group          up to a thousand subscriptions that one query of Resource Graph asks about
 *   types          of a subscription that is read by Resource Manager: which ones it has
 *
 * How a tenant is read
 *   plan        logins get their tokens
 *   discover    --management-group: descendants; then the subscriptions, all pages; filters
 *   begin       graph, auto: groups, a query for each table; auto: a scope "fill-in" for each
 *               subscription; arm: the generic list of each subscription, then what it leads to
 *   graph       auto: a group that Resource Graph refuses is read by Resource Manager
 *   changes     graph, auto: what changed, where an earlier scan has seen the rest (changes.h)
 *   arm         lists of the types that are there; the rest by GET, with versions from the table,
 *               the cache or one list of providers
 *
 * Ownership: lives in the collector's instance; logins, subscriptions and groups live as long.
 * Threads:   logins are made in open() and read-only afterwards; 'lock' guards the rest, and is
 *            never held while something else is called. */
#ifndef WGO_AZURE_SESSION_H
#define WGO_AZURE_SESSION_H

#include "auth/registry.h"
#include "base/arena.h"
#include "base/lock.h"
#include "model/collector.h"

#include <stdatomic.h>

#define WGO_AZURE_SLOTS 1024
#define WGO_AZURE_GROUP_SIZE 1000

enum wgo_azure_source { WGO_AZURE_AUTO, WGO_AZURE_GRAPH, WGO_AZURE_ARM };
/* What --azure-source says, the last time; auto when it says nothing. */
enum wgo_azure_source wgo_azure_source_of(const struct wgo_provider_options *options);

struct wgo_azure_subscription {
    struct wgo_str id; /* lower case */
    struct wgo_azure_login *login;
    struct wgo_azure_subscription *next_in_slot, *next; /* of the login */
    struct wgo_azure_type *types; /* guarded: seen in its generic list so far */
    struct wgo_azure_waiting *waiting;
    /* guarded: rows of Resources that were read and are wanted, of a list and by their ids */
    int64_t listed, picked;
};

/* A type that a subscription or a group has; lower case. */
struct wgo_azure_type {
    struct wgo_str name;
    struct wgo_azure_type *next;
};

/* A resource whose version is not known yet. */
struct wgo_azure_waiting {
    struct wgo_str id, type, created, changed;
    struct wgo_azure_waiting *next;
};

struct wgo_azure_group {
    unsigned number;
    struct wgo_azure_login *login;
    struct wgo_azure_subscription **items;
    size_t count;
    struct wgo_str body;               /* their ids, as JSON */
    struct wgo_azure_type *types;      /* guarded: seen in Resources so far */
    uint64_t asked;                    /* guarded: a bit for each table */
    struct wgo_azure_changes *changes; /* NULL: Resources is read whole */
    struct wgo_azure_group *next;
};

struct wgo_azure_login {
    char key[16]; /* "login0": for tasks and renewals */
    struct wgo_str asked_tenant;
    struct wgo_str tenant; /* once plan() has asked; its key when nobody says */
    uint64_t whose;        /* a digest of the principal; 0 = nobody says */
    struct wgo_signer *signer;
    struct wgo_str arm; /* Resource Manager, without a slash at its end */
    struct wgo_endpoint endpoint;
    /* guarded */
    struct wgo_mono window_end;   /* of Resource Graph's quota, at the latest */
    unsigned steps;               /* descendants' lists under way */
    struct wgo_azure_type *below; /* ids of subscriptions below the management groups */
    struct wgo_azure_subscription *first, *last;
    size_t count, seen;
};

/* A type's version. */
struct wgo_azure_version {
    struct wgo_str type, version;
    struct wgo_azure_version *next;
};

struct wgo_azure {
    const struct wgo_provider_options *options;
    const struct wgo_services *services;
    const char *(*getenv)(const char *name);
    enum wgo_azure_source source;
    struct wgo_arena arena; /* of open() */
    struct wgo_azure_login *logins;
    size_t login_count;
    _Atomic unsigned queries_out; /* of Resource Graph: prepared, and not answered yet */

    struct wgo_lock lock;
    struct {
        struct wgo_arena arena;
        struct wgo_azure_subscription *slots[WGO_AZURE_SLOTS];
        struct wgo_azure_group *groups;
        unsigned group_count;
        struct wgo_azure_version *versions[WGO_AZURE_SLOTS]; /* of types */
        struct wgo_azure_version *corrected;  /* what an answer taught, by entry or type */
        struct wgo_buf listed;                /* versions as JSON members, to be kept */
        bool versions_asked, versions_listed; /* in this scan */
    } synced WGO_GUARDED;
};

/* ---- subscriptions.c ---- */

struct wgo_azure_subscription *wgo_azure_subscription_find(struct wgo_azure *azure,
                                                           struct wgo_str id);
/* A new one of the login; NULL when another login reads it already ('*out_known') or memory is
 * gone. */
struct wgo_azure_subscription *wgo_azure_subscription_add(struct wgo_azure *azure,
                                                          struct wgo_azure_login *login,
                                                          struct wgo_str id, bool *out_known);
/* Who asks: the login that the task names, or its subscription's. */
struct wgo_azure_login *wgo_azure_task_login(struct wgo_azure *azure, const struct wgo_task *task);
struct wgo_azure_login *wgo_azure_login_named(struct wgo_azure *azure, struct wgo_str key);
struct wgo_azure_group *wgo_azure_group_named(struct wgo_azure *azure, struct wgo_str number);
/* Whether the list has 'name', upper or lower case. Lists that others add to: under the lock. */
bool wgo_azure_type_in(const struct wgo_azure_type *list, struct wgo_str name);
bool wgo_azure_type_begins(const struct wgo_azure_type *list, struct wgo_str prefix);
/* Adds it in lower case unless it is there; false when memory is gone. 'azure' is locked here. */
bool wgo_azure_type_add(struct wgo_azure *azure, struct wgo_azure_type **list, struct wgo_str name);
/* "Microsoft.X/y/z" of an entry, by its permission; empty when that names no type. */
struct wgo_str wgo_azure_entry_type(const struct wgo_entry_view *entry);
void wgo_azure_close(struct wgo_azure *azure);

/* ---- plan.c ---- */
enum wgo_status wgo_azure_plan(struct wgo_azure *azure, struct wgo_emitter *emitter,
                               struct wgo_error *err);
/* Gets the login's token, and learns its tenant; blocks. */
enum wgo_status wgo_azure_login_open(struct wgo_azure *azure, struct wgo_azure_login *login,
                                     struct wgo_error *err);
/* A task of the login's. */
struct wgo_task wgo_azure_task(const struct wgo_azure_login *login, const char *entry,
                               struct wgo_str account);

/* ---- discover.c, graph.c, changes.c, arm.c, versions.c: decoders ---- */
typedef enum wgo_status wgo_azure_decode_fn(struct wgo_azure *azure, const struct wgo_page *page,
                                            struct wgo_emitter *emitter, struct wgo_error *err);
wgo_azure_decode_fn wgo_azure_decode_subscriptions, wgo_azure_decode_descendants,
    wgo_azure_decode_graph, wgo_azure_decode_resources, wgo_azure_decode_providers,
    wgo_azure_decode_groups, wgo_azure_decode_changes, wgo_azure_decode_types,
    wgo_azure_decode_glimpse, wgo_azure_decode_changed;
enum wgo_status wgo_azure_discover(struct wgo_azure *azure, struct wgo_azure_login *login,
                                   struct wgo_emitter *emitter, struct wgo_error *err);
/* Whether --subscription admits it. */
bool wgo_azure_subscription_wanted(const struct wgo_azure *azure, struct wgo_str id,
                                   struct wgo_str name);
/* The login's subscriptions are known: reads them. */
enum wgo_status wgo_azure_begin(struct wgo_azure *azure, struct wgo_azure_login *login,
                                struct wgo_emitter *emitter, struct wgo_error *err);
/* The lists of one kind of scope in the subscription, or of the tenant. */
enum wgo_status wgo_azure_scope_add(struct wgo_azure_login *login, const char *kind,
                                    struct wgo_str account, struct wgo_emitter *emitter,
                                    struct wgo_error *err);
/* Reads the subscription by Resource Manager. */
enum wgo_status wgo_azure_arm_begin(struct wgo_azure *azure,
                                    struct wgo_azure_subscription *subscription,
                                    struct wgo_emitter *emitter, struct wgo_error *err);
/* One resource with its properties. */
enum wgo_status wgo_azure_object_task(const struct wgo_azure_subscription *subscription,
                                      const struct wgo_azure_waiting *object,
                                      struct wgo_str version, struct wgo_emitter *emitter,
                                      struct wgo_error *err);

/* Whether --resource-type lets a native type through, by what a catalog calls it. */
bool wgo_azure_type_wanted(const struct wgo_azure *azure, struct wgo_str type);
/* The same with whatever version is known, or once it is known. */
enum wgo_status wgo_azure_object_ask(struct wgo_azure *azure,
                                     struct wgo_azure_subscription *subscription,
                                     const struct wgo_azure_waiting *object,
                                     struct wgo_emitter *emitter, struct wgo_error *err);

/* ---- versions.c ---- */

/* The version that the type is read with; empty when it is not known. */
struct wgo_str wgo_azure_version_of(struct wgo_azure *azure, struct wgo_str type);
/* What waited for a version in the subscription is asked for, or told to have none. */
enum wgo_status wgo_azure_versions_serve(struct wgo_azure *azure,
                                         struct wgo_azure_subscription *subscription,
                                         struct wgo_emitter *emitter, struct wgo_error *err);
/* Takes what the cache has. */
void wgo_azure_versions_load(struct wgo_azure *azure);
/* An answer says that another version is needed for the entry's calls, or the type's objects; the
 * first such answer holds. */
void wgo_azure_version_correct(struct wgo_azure *azure, const struct wgo_task *task,
                               struct wgo_str version);
struct wgo_str wgo_azure_version_corrected(struct wgo_azure *azure, const struct wgo_task *task);
/* The newest that is no preview, else the newest, of the versions that a refusal lists. */
struct wgo_str wgo_azure_version_offered(struct wgo_str message);

/* ---- prepare.c, classify.c, finish.c, validate.c ---- */
enum wgo_status wgo_azure_prepare(struct wgo_azure *azure, const struct wgo_task *task,
                                  struct wgo_arena *arena, struct wgo_request *request,
                                  struct wgo_error *err);
void wgo_azure_classify(struct wgo_azure *azure, const struct wgo_task *task,
                        const struct wgo_response *response, struct wgo_verdict *out);
enum wgo_status wgo_azure_finish(const struct wgo_task *task, struct wgo_str item,
                                 struct wgo_emitter *emitter, struct wgo_record *record,
                                 struct wgo_error *err);
enum wgo_status wgo_azure_validate(struct wgo_azure *azure, const struct wgo_services *services,
                                   wgo_finding_fn *each, void *state, struct wgo_error *err);

#endif
