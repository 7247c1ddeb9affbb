/* session.h: what is known of AWS while it is read. Private to aws.
 *
 * Glossary
 *   login     one profile: its configuration and credentials, and who they are (STS)
 *   account   one account that is read, with a login's credentials or by a role in it
 *   standing  how we stand in one region of an account, or its global services: where denials are
 * counted
 *
 * How an account is read
 *   plan          logins renew their credentials and ask STS who they are
 *   organization  with --org: ListAccounts, or the units' accounts; filters
 *   queue         the accounts that are read; their number decides how (tuning.h), and as many as a
 *                 batch has are planned at a time: the next one follows when one has its regions
 *   role          AssumeRole in each account but the login's own
 *   regions       DescribeRegions, then a scope for each region and one for the global services
 *
 * Ownership: lives in the collector's instance; accounts live as long as it does.
 * Threads:   logins and services are made in open() and read-only afterwards; 'lock' guards the
 *            rest, and is never held while something else is called. */
#ifndef WGO_AWS_SESSION_H
#define WGO_AWS_SESSION_H

#include "aws/config.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/services.h"
#include "aws/shape.h"
#include "base/lock.h"

#include <stdatomic.h>

#define WGO_AWS_ACCOUNT_SLOTS 4096
/* A policy that denies fewer services than these is about them, and not about the region. */
#define WGO_AWS_CLOSING_SERVICES 4

struct wgo_aws;

/* The organisation's accounts while they are listed; guarded by the session's lock. */
struct wgo_aws_organization {
    unsigned steps; /* calls under way */
    bool failed;
    bool taken;          /* an account passed the filters */
    struct wgo_buf list; /* JSON objects so far, to be kept */
};

struct wgo_aws_login {
    struct wgo_aws_config *config;
    struct wgo_aws_provider *provider;
    struct wgo_aws_caller caller; /* once plan() has asked */
    uint64_t whose;               /* a digest of that one, whatever the session is called */
    const struct wgo_aws_partition *partition;
    struct wgo_str home_region; /* where STS and DescribeRegions are asked */
    struct wgo_endpoint endpoint;
    struct wgo_aws_organization organization;
};

struct wgo_aws_standing {
    struct wgo_str region;                           /* "" = global services */
    unsigned denials;                                /* by a service control policy */
    struct wgo_str denied[WGO_AWS_CLOSING_SERVICES]; /* the first services that were denied so */
    bool closed; /* a policy keeps everything: the rest is not asked */
    struct wgo_aws_standing *next;
};

struct wgo_aws_account {
    struct wgo_str id, name;
    struct wgo_aws_login *login;
    struct wgo_aws_provider *provider; /* the login's own, or that of a role here */
    bool own_provider;                 /* closed with the account */
    bool begun;                        /* is read already; guarded by the session's lock */
    struct wgo_aws_account *next;      /* of the same slot */
    struct wgo_aws_standing *places;
    struct wgo_mono asked_at; /* the first call since the last answer; ns 0 = none is out */
    bool planning;            /* it counts among those that are */
};

/* An account of an organisation that waits to be planned. */
struct wgo_aws_waiting {
    struct wgo_str id, name;
    struct wgo_aws_login *login;
    struct wgo_aws_waiting *next;
};

/* An S3 bucket that is elsewhere than where it was asked for. */
struct wgo_aws_bucket {
    struct wgo_str name, region;
    struct wgo_aws_bucket *next;
};

struct wgo_aws {
    const struct wgo_provider_options *options;
    const struct wgo_services *services;
    const char *(*getenv)(const char *name);
    struct wgo_arena arena; /* of open() */
    struct wgo_aws_services table;
    struct wgo_aws_shapes *shapes;
    struct wgo_aws_login *logins;
    size_t login_count;
    _Atomic int64_t account_timeout_ns;
    bool timeout_said; /* in the configuration: the organisation's size does not change it */

    struct wgo_lock lock;
    struct {
        struct wgo_arena arena;
        struct wgo_aws_account *slots[WGO_AWS_ACCOUNT_SLOTS];
        size_t account_count;
        struct wgo_aws_bucket *buckets[256];
        struct wgo_aws_waiting *waiting, *waiting_tail;
        size_t queued; /* accounts so far, of all logins */
        unsigned planning, batch;
    } synced WGO_GUARDED;
};

/* ---- account.c ---- */

/* The account of that id, or NULL. Accounts never go while the collector is open. */
struct wgo_aws_account *wgo_aws_account_find(struct wgo_aws *aws, struct wgo_str id);
/* A new one; NULL when it is there already ('*out_known') or memory is gone. 'provider' is taken
 * when 'own'. */
struct wgo_aws_account *wgo_aws_account_add(struct wgo_aws *aws, struct wgo_str id,
                                            struct wgo_str name, struct wgo_aws_login *login,
                                            struct wgo_aws_provider *provider, bool own,
                                            bool *out_known);
/* True for the first who asks: the account is to be read now. */
bool wgo_aws_account_claim(struct wgo_aws *aws, struct wgo_aws_account *account);
/* Notes that a service control policy denied a call of 'service' (which lives as long as the
 * catalog); true when that has just closed the place: ten such denials, of several services. */
bool wgo_aws_account_denied(struct wgo_aws *aws, struct wgo_aws_account *account,
                            struct wgo_str region, struct wgo_str service);
bool wgo_aws_account_closed(struct wgo_aws *aws, struct wgo_aws_account *account,
                            struct wgo_str region);
/* A call goes out: false when nothing has come back from the account for too long. */
bool wgo_aws_account_asks(struct wgo_aws *aws, struct wgo_aws_account *account);
void wgo_aws_account_answered(struct wgo_aws *aws, struct wgo_aws_account *account);
/* Where a bucket was found to be, or "". */
struct wgo_str wgo_aws_bucket_region(struct wgo_aws *aws, struct wgo_str bucket);
void wgo_aws_bucket_moved(struct wgo_aws *aws, struct wgo_str bucket, struct wgo_str region);
void wgo_aws_accounts_close(struct wgo_aws *aws);

/* ---- plan.c ---- */
enum wgo_status wgo_aws_plan(struct wgo_aws *aws, struct wgo_emitter *emitter,
                             struct wgo_error *err);
/* Who the login is; blocks. */
enum wgo_status wgo_aws_login_identify(struct wgo_aws *aws, struct wgo_aws_login *login,
                                       struct wgo_error *err);
/* Reads the account: its regions come first. */
enum wgo_status wgo_aws_account_begin(struct wgo_aws *aws, struct wgo_aws_account *account,
                                      struct wgo_emitter *emitter, struct wgo_error *err);

/* ---- regions.c, roles.c, organization.c: decoders ---- */
typedef enum wgo_status wgo_aws_decode_fn(struct wgo_aws *aws, const struct wgo_page *page,
                                          struct wgo_emitter *emitter, struct wgo_error *err);
wgo_aws_decode_fn wgo_aws_decode_regions, wgo_aws_decode_role, wgo_aws_decode_accounts,
    wgo_aws_decode_units, wgo_aws_decode_roots, wgo_aws_decode_account_tags,
    wgo_aws_decode_organization;
/* True when only regions are named that are on everywhere: nobody need be asked about them. */
bool wgo_aws_regions_are_known(const struct wgo_aws *aws, const struct wgo_aws_login *login);
/* Reads those, and the global services. */
enum wgo_status wgo_aws_regions_take(struct wgo_aws *aws, struct wgo_aws_account *account,
                                     struct wgo_emitter *emitter, struct wgo_error *err);
/* Queues the entries of that kind of scope in the account. */
enum wgo_status wgo_aws_scope_add(const struct wgo_aws_account *account, const char *kind,
                                  struct wgo_str region, struct wgo_emitter *emitter,
                                  struct wgo_error *err);
/* Whether --region (or the configuration) asks for it. */
bool wgo_aws_region_wanted(const struct wgo_aws *aws, const struct wgo_aws_login *login,
                           struct wgo_str region);
/* One account of the organisation: a role is assumed in it, and it counts as being planned. False
 * when it is known already. */
enum wgo_status wgo_aws_role_begin(struct wgo_aws *aws, struct wgo_aws_login *login,
                                   struct wgo_str id, struct wgo_str name,
                                   struct wgo_emitter *emitter, bool *out_begun,
                                   struct wgo_error *err);
/* ---- queue.c ---- */

/* One more account of the organisation. */
enum wgo_status wgo_aws_queue_add(struct wgo_aws *aws, struct wgo_aws_login *login,
                                  struct wgo_str id, struct wgo_str name, struct wgo_error *err);
/* From now on the account counts as being planned. */
void wgo_aws_queue_mark(struct wgo_aws *aws, struct wgo_aws_account *account);
/* Settles how many accounts are read at once, by those that are known, and plans the first of them.
 * 'whole': the list is at its end, and the user is told. */
enum wgo_status wgo_aws_queue_start(struct wgo_aws *aws, bool whole, struct wgo_emitter *emitter,
                                    struct wgo_error *err);
/* The account's regions are known, or it cannot be read: the next one's turn, unless the page will
 * be asked for again. Returns the decoder's 'status' when nothing went wrong here. */
enum wgo_status wgo_aws_queue_after(struct wgo_aws *aws, struct wgo_aws_account *account,
                                    const struct wgo_page *page, enum wgo_status status,
                                    struct wgo_emitter *emitter, struct wgo_error *err);
/* Asks for the organisation's accounts, or takes the list that was kept. */
enum wgo_status wgo_aws_organization_begin(struct wgo_aws *aws, struct wgo_aws_login *login,
                                           struct wgo_emitter *emitter, struct wgo_error *err);

/* ---- prepare.c, classify.c, validate.c ---- */
enum wgo_status wgo_aws_prepare(struct wgo_aws *aws, const struct wgo_task *task,
                                struct wgo_arena *arena, struct wgo_request *request,
                                struct wgo_error *err);
/* The provider that signs the task's request. */
struct wgo_aws_provider *wgo_aws_task_provider(struct wgo_aws *aws, const struct wgo_task *task);
void wgo_aws_classify(struct wgo_aws *aws, const struct wgo_task *task,
                      const struct wgo_response *response, struct wgo_verdict *out);
enum wgo_status wgo_aws_validate(struct wgo_aws *aws, const struct wgo_services *services,
                                 wgo_finding_fn *each, void *state, struct wgo_error *err);

#endif
