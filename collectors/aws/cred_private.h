/* cred_private.h: what the parts of credentials.c share. Private to aws.
 *
 * Ownership, threads, failure: as credentials.h has them. */
#ifndef WGO_AWS_CRED_PRIVATE_H
#define WGO_AWS_CRED_PRIVATE_H

#include "auth/renewal.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "base/lock.h"

/* What a source gives. */
struct wgo_aws_grant {
    struct wgo_aws_credentials credentials;
    struct wgo_wall expires; /* ns 0 = never, or it does not say */
};

/* Gets credentials; blocks. The error says what failed, without the source's name. */
typedef enum wgo_status wgo_aws_fetch_fn(struct wgo_aws_provider *provider,
                                         const struct wgo_services *services,
                                         struct wgo_aws_grant *out, struct wgo_error *err);

/* An SSO login, as the profile names it. */
struct wgo_aws_sso {
    struct wgo_str start_url, region, session, account, role;
    const char *cache_file;
};

/* Direct-mapped by service, region and day: a lookup costs no digest. */
enum { WGO_AWS_KEY_SLOTS = 32 };
struct wgo_aws_key_slot {
    uint64_t name;
    struct wgo_sigv4_key key;
};

struct wgo_aws_provider {
    /* Set when made, then read-only: any thread. Strings live in the arena. */
    struct wgo_arena arena;
    const struct wgo_aws_config *config;
    wgo_aws_fetch_fn *fetch;
    const char *source;
    const char *profile; /* for "aws sso login --profile" */
    struct wgo_aws_provider *base;
    bool owns_base;
    struct wgo_aws_role role;  /* assumed, or asked for by web identity */
    struct wgo_str sts_region; /* "": the configuration's */
    struct wgo_str token_file; /* of web identity, or of the container's authorization */
    const char **command;      /* credential_process, split */
    int64_t process_timeout_ns;
    struct wgo_aws_sso sso;
    const char *login_file;
    struct wgo_str url;           /* container, instance metadata */
    struct wgo_str authorization; /* a secret: the environment's */
    struct wgo_aws_grant fixed;   /* keys that were written down */
    bool found_machine;           /* the last resort: nothing was configured */

    _Atomic int64_t skew_ns; /* of those without a base; others ask it */

    struct wgo_renewal renewal;
    struct wgo_lock lock;
    struct {
        struct wgo_aws_credentials credentials;
        struct wgo_wall expires;
        struct wgo_aws_key_slot *slots; /* WGO_AWS_KEY_SLOTS of them, or NULL */
    } synced WGO_GUARDED;
};

wgo_aws_fetch_fn wgo_aws_fetch_fixed, wgo_aws_fetch_process, wgo_aws_fetch_sso, wgo_aws_fetch_login,
    wgo_aws_fetch_container, wgo_aws_fetch_machine, wgo_aws_fetch_role, wgo_aws_fetch_web_identity;

enum wgo_status wgo_aws_no_memory(struct wgo_error *err);
/* Zeroed, with its locks; 'source' is formatted later. */
struct wgo_aws_provider *wgo_aws_provider_new(const struct wgo_aws_config *config);

/* A file's content as one line of text; the buffer is to be wiped. AUTH when there is none. */
enum wgo_status wgo_aws_read_token(const char *path, struct wgo_buf *out, struct wgo_str *out_token,
                                   struct wgo_error *err);
void wgo_aws_wipe(struct wgo_buf *bytes);

/* ---- asking over HTTP ---- */

struct wgo_aws_asking {
    const struct wgo_services *services;
    const struct wgo_aws_config *config;
    const char *identity;
    bool metadata;      /* a link-local server: plain http, no proxy */
    int64_t timeout_ns; /* 0 = 30 s */
};
/* Sends; a response of any HTTP status is WGO_OK and the caller's to give back with
 * wgo_aws_answer_fini(), which wipes it. */
enum wgo_status wgo_aws_ask(const struct wgo_aws_asking *asking, struct wgo_request *request,
                            struct wgo_response *out_response, struct wgo_error *err);
void wgo_aws_answer_fini(struct wgo_response *response);
/* Is it an address that credentials may come from in the clear? */
bool wgo_aws_is_metadata_host(struct wgo_str host);

/* ---- JSON with credentials ---- */

/* Names of the members, as paths. */
struct wgo_aws_members {
    const char *id, *key, *token, *expires;
    bool token_required;
    bool expires_ms; /* a number of milliseconds, else RFC 3339 */
};
/* 'document' has been checked. AUTH, without quoting, when something is missing. */
enum wgo_status wgo_aws_take_members(struct wgo_str document, const struct wgo_aws_members *members,
                                     struct wgo_aws_grant *out, struct wgo_error *err);

#endif
