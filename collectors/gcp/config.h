/* config.h: whose credentials are used, as Google's own clients find them. Private to gcp.
 *
 * In Google's order (AIP-4110): the file that GOOGLE_APPLICATION_CREDENTIALS names, gcloud's
 * well-known file, the metadata server. Nothing here asks the network.
 *
 * Source: google.aip.dev/auth/4110 to 4117; cloud.google.com/docs/authentication.
 *
 * Ownership: wgo_gcp_config_new/_free. Threads: read-only once made.
 * Failure:   CONFIG with the file and a hint; errors never quote a secret. */
#ifndef WGO_GCP_CONFIG_H
#define WGO_GCP_CONFIG_H

#include "base/arena.h"
#include "base/secret.h"

enum wgo_gcp_kind {
    WGO_GCP_SERVICE_ACCOUNT, /* a key file: a JWT of our own is exchanged */
    WGO_GCP_USER,            /* gcloud's login: a refresh token */
    WGO_GCP_EXTERNAL,        /* workload identity federation */
    WGO_GCP_IMPERSONATED,    /* a service account by another's credentials */
    WGO_GCP_METADATA,        /* the machine's own */
    WGO_GCP_TOKEN,           /* an access token that was given */
    WGO_GCP_NOBODY,          /* emulators ask for none */
};

enum wgo_gcp_subject_source {
    WGO_GCP_FROM_FILE,
    WGO_GCP_FROM_URL,
    WGO_GCP_FROM_PROCESS,
    WGO_GCP_FROM_AWS,
};

#define WGO_GCP_HEADERS 8

/* Where the token comes from that is exchanged for Google's. */
struct wgo_gcp_subject {
    enum wgo_gcp_subject_source source;
    struct wgo_str place;  /* file, URL or command line; what AWS is asked to tell who we are */
    struct wgo_str member; /* of the JSON that is found there; empty: the text itself */
    struct wgo_str output_file;
    int64_t timeout_ns;
    struct wgo_str region_url, keys_url, session_url; /* of AWS; "" = the environment says it */
    struct {
        struct wgo_str name, value;
    } headers[WGO_GCP_HEADERS];
    unsigned header_count;
};

struct wgo_gcp_config {
    struct wgo_arena arena;
    enum wgo_gcp_kind kind;
    char source[200];             /* for people: where it was found */
    struct wgo_str project;       /* "" = nobody says */
    struct wgo_str quota_project; /* "" = none */
    struct wgo_str email;         /* of the service account, or "" */
    struct wgo_str token_url;
    struct wgo_str key_id, client_id;
    struct wgo_secret private_key, client_secret, refresh_token, access_token;
    struct wgo_str audience, subject_token_type;
    struct wgo_gcp_subject subject;
    struct wgo_str impersonation_url;
    struct wgo_str delegates;     /* JSON array, or "" */
    int64_t lifetime_s;           /* of an impersonated token */
    struct wgo_gcp_config *inner; /* WGO_GCP_IMPERSONATED: who impersonates */
};

/* What somebody other than the environment says: Terraform's gcs backend. Empty = nothing. */
struct wgo_gcp_wishes {
    struct wgo_str credentials; /* a file, or its contents */
    struct wgo_str access_token, impersonate, delegates;
};

WGO_NODISCARD enum wgo_status wgo_gcp_config_new(const char *(*getenv)(const char *name),
                                                 const struct wgo_gcp_wishes *wishes,
                                                 struct wgo_gcp_config **out_config,
                                                 struct wgo_error *err);
void wgo_gcp_config_free(struct wgo_gcp_config *config);
/* Whether anything of Google Cloud is configured here; 'reason' says what, or what was looked for.
 */
bool wgo_gcp_configured(const char *(*getenv)(const char *name), char reason[256]);
/* Where the service is reached: the override of the environment, or https://SERVICE.googleapis.com;
 * without a slash at its end. '*out_bare': an emulator, which takes no credentials. */
struct wgo_str wgo_gcp_endpoint_of(const char *(*getenv)(const char *name), struct wgo_str service,
                                   struct wgo_arena *arena, bool *out_bare);
/* The metadata server's address: "http://169.254.169.254", or what the environment says. */
struct wgo_str wgo_gcp_metadata_host(const char *(*getenv)(const char *name),
                                     struct wgo_arena *arena);

/* config_file.c: the JSON that holds credentials, of whatever kind. 'depth' guards against files
 * that lead to themselves. */
WGO_NODISCARD enum wgo_status wgo_gcp_config_read(struct wgo_gcp_config *config,
                                                  struct wgo_str json, unsigned depth,
                                                  struct wgo_error *err);

#endif
