/* wgo.h: libwgo: read what runs on several providers at once and get one snapshot of it.
 *
 *     struct wgo_problem problem;
 *     struct wgo *wgo = wgo_open(&(struct wgo_options){.max_workers = 8}, &problem);
 *     wgo_add(wgo, &(struct wgo_provider){.name = "kubernetes"}, &problem);
 *     wgo_add_collector(wgo, &my_collector, NULL, &problem);
 *
 *     struct wgo_result *result = NULL;
 *     if (wgo_scan(wgo, NULL, &result, &problem) <= WGO_PARTIAL) ...
 *     wgo_result_write(result, "snapshot.json", WGO_JSON, &problem);
 *     wgo_result_free(result);
 *     wgo_close(wgo);
 *
 * This header is all of the interface: it includes nothing of wgo's own, and serves C and C++.
 *
 * Ownership: what wgo_open() and wgo_scan() give is freed by wgo_close() and wgo_result_free(),
 * which accept NULL. Options, providers and collectors are copied, but for the functions and the
 *            'user' pointers they name. A result lives on after wgo_close().
 * Threads:   one at a time per scanner; several scanners may run at once. wgo_cancel() from any
 *            thread and from signal handlers. Events and collect() are called from threads of wgo.
 * Failure:   functions return a code, and fill the problem they are given (which may be NULL). The
 *            library never prints, never exits and installs no signal handler. Programs that write
 * to pipes or sockets of their own should ignore SIGPIPE as always; wgo's threads block it. */
#ifndef WGO_H
#define WGO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef WGO_PUBLIC
#if defined(__GNUC__) || defined(__clang__)
#define WGO_PUBLIC __attribute__((visibility("default")))
#else
#define WGO_PUBLIC
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0". */
WGO_PUBLIC const char *wgo_version(void);

/* ---- outcomes ---- */

/* The numbers are the exit codes of the program `wgo`. */
enum wgo_code {
    WGO_COMPLETE = 0,      /* all that was asked for */
    WGO_FAILED = 1,        /* nothing could be collected, written or allocated */
    WGO_MISUSED = 2,       /* wrong arguments or configuration */
    WGO_PARTIAL = 3,       /* there is a snapshot, and it says what is missing */
    WGO_REFUSED = 4,       /* credentials were refused */
    WGO_INTERRUPTED = 130, /* cancelled; there is a snapshot of what was collected */
};

/* What went wrong, where, and how to mend it. Texts are one line and may be empty. */
struct wgo_problem {
    enum wgo_code code;
    int http_status; /* 0 when it was no HTTP answer */
    char kind[24];   /* one word: "THROTTLED", "DENIED", "TIMEOUT" ... */
    char provider[32];
    char scope[160];     /* account, context, state file ... */
    char operation[128]; /* list call, resource type, file ... */
    char message[512];
    char hint[640];
};

/* ---- the scanner ---- */

struct wgo;

/* Zero means the default. */
struct wgo_options {
    unsigned max_workers;      /* threads of each provider's pool; 4 */
    unsigned calls_per_worker; /* calls each keeps in flight; 8 */
    unsigned host_connections; /* to one host; 10; of all hosts 100, or as many */
    int64_t timeout_ms;        /* deadline of each provider; 5 minutes; -1 = none */
    uint64_t memory_budget;    /* bytes for answers and resources; 96 MB */
    bool sequential;           /* one provider after another */
    bool fail_on_error;        /* the first provider that fails stops the others */
    bool without_cache;        /* neither use nor fill the cache in the state folder */
    bool resume; /* keep what is read, and go on from an interrupted scan of the same providers */
    /* Keep what is found, and ask only for what changed since the last scan of the same providers;
     * the snapshot is whole all the same. */
    bool incremental;
    int64_t since_ms;            /* with it: look back at least so far */
    const char *preferred_order; /* "terraform,kubernetes": whose values win */
    const char *state_dir;       /* redaction key and cache; ~/.local/state/wgo */
    const char *redact_key_file; /* instead of the state folder's key */
    const char *catalog_dir;     /* catalogs that add to the built-in ones */
    /* Files that describe APIs of one's own, up to a NULL; each is a provider for wgo_add(), under
     * the name that it gives itself. May be NULL. */
    const char *const *catalogs;
};

/* NULL on failure. 'options' may be NULL. */
WGO_PUBLIC struct wgo *wgo_open(const struct wgo_options *options, struct wgo_problem *problem);
/* Not while wgo_scan() runs. */
WGO_PUBLIC void wgo_close(struct wgo *wgo);

struct wgo_setting {
    const char *key, *value;
};

/* A provider of a scan and its configuration. Built-in providers take the flags of `wgo scan` as
 * keys: {"context", "prod"}, {"state-file", "app.tfstate"}; a key may come several times. */
struct wgo_provider {
    const char *name; /* "kubernetes", "terraform"; a collector's own name when it is one's own */
    unsigned max_workers; /* 0 = the scanner's */
    int64_t timeout_ms;   /* 0 = the scanner's; -1 = none */
    const struct wgo_setting *settings;
    size_t setting_count;
};

/* Names of the built-in providers, up to a NULL. */
WGO_PUBLIC const char *const *wgo_builtin_names(void);
/* Adds a built-in provider, or one that a file of wgo_options.catalogs describes; each may be added
 * once. */
WGO_PUBLIC enum wgo_code wgo_add(struct wgo *wgo, const struct wgo_provider *provider,
                                 struct wgo_problem *problem);

/* ---- collectors of one's own ---- */

/* What collect() is given to work with. */
struct wgo_context;

struct wgo_collector {
    const char *name; /* of the provider, lower case: "mailserver" */
    /* Reads everything and emits it. Runs on a thread of its own; at most four such run at once. It
     * should look at wgo_cancelled() now and then: one that does not return two seconds after the
     * deadline is abandoned, and so is the memory it uses.
     * WGO_COMPLETE: all was seen (what was reported to be missing is marked as such). Anything
     * else: the list broke off, 'problem' says why, and what was emitted is kept and marked. */
    enum wgo_code (*collect)(struct wgo_context *context, void *user, struct wgo_problem *problem);
    void *user;
    /* Paths of sensitive values in the configurations, up to a NULL; may be NULL. Their values
     * become digests: "password", "users[].token", "headers.*". */
    const char *const *sensitive;
};

/* 'provider' holds workers, timeout and settings; it may be NULL and its name is ignored. */
WGO_PUBLIC enum wgo_code wgo_add_collector(struct wgo *wgo, const struct wgo_collector *collector,
                                           const struct wgo_provider *provider,
                                           struct wgo_problem *problem);

/* One resource. 'id' and 'type' are needed; members that are NULL are not known. */
struct wgo_resource {
    const char *id;   /* unique in the world: "mail://example.org/alice" */
    const char *type; /* "mail_account" */
    const char *name, *account, *region, *namespace_name;
    const char *native_id, *native_type;
    const char *created_at, *updated_at; /* RFC 3339 */
    const char *version;
    const char *configuration; /* a JSON object */
    const struct wgo_setting *tags;
    size_t tag_count;
    const char *const *dependencies; /* ids */
    size_t dependency_count;
};

/* The rest is for collect(), on its thread. */

/* Copies the resource. WGO_INTERRUPTED when the scan is to end: return then. */
WGO_PUBLIC enum wgo_code wgo_emit(struct wgo_context *context, const struct wgo_resource *resource,
                                  struct wgo_problem *problem);
/* True once the deadline has passed or the scan was cancelled. */
WGO_PUBLIC bool wgo_cancelled(struct wgo_context *context);
/* Says that something could not be seen: 'scope' is an account or place, 'operation' a type, and
 * 'kind' one of DENIED, THROTTLED, TIMEOUT, UNAVAILABLE, SERVER. The snapshot is partial then. */
WGO_PUBLIC void wgo_report(struct wgo_context *context, const struct wgo_problem *problem);
/* One line for whoever started the scan. */
WGO_PUBLIC void wgo_warn(struct wgo_context *context, const char *text);
/* The value of a setting of this provider, or NULL; the 'index'th when it was given several times.
 */
WGO_PUBLIC const char *wgo_setting_value(struct wgo_context *context, const char *key,
                                         size_t index);

struct wgo_http_request {
    const char *method; /* NULL = "GET" */
    const char *url;
    const char *const *headers; /* "Name: value", up to a NULL; may be NULL */
    const char *body;
    size_t body_len;
    /* Names the credential in use, never its secret: requests with different identities share no
     * connection. NULL = none. */
    const char *identity;
    bool plain_http; /* allow http:// to a host that is not this one */
};

struct wgo_http_answer {
    int status;
    const char *body; /* inflated, with a NUL after it */
    size_t body_len;
    const char *headers; /* "name: value\n" lines, names in lower case */
};

/* One request through the connections that all providers share, with the scan's retries. Any HTTP
 * status is an answer; WGO_COMPLETE says that there is one, to be freed with wgo_answer_free(). */
WGO_PUBLIC enum wgo_code wgo_fetch(struct wgo_context *context,
                                   const struct wgo_http_request *request,
                                   struct wgo_http_answer **out_answer,
                                   struct wgo_problem *problem);
WGO_PUBLIC void wgo_answer_free(struct wgo_http_answer *answer);

/* ---- scanning ---- */

/* What happens while a scan runs; members may be NULL. Called from any thread, one at a time. */
struct wgo_events {
    void *user;
    /* Every resource as it is read, before merging, as a JSON object of 'len' bytes. */
    void (*resource)(void *user, const char *provider, const char *json, size_t len);
    void (*warning)(void *user, const char *provider, const char *text);
    void (*problem)(void *user, const struct wgo_problem *problem);
};

struct wgo_result;

/* Reads all providers and waits for the end. '*out_result' is set for every outcome but those where
 * nothing could be started (WGO_MISUSED, WGO_FAILED); it stays untouched then. 'events' may be
 * NULL. */
WGO_PUBLIC enum wgo_code wgo_scan(struct wgo *wgo, const struct wgo_events *events,
                                  struct wgo_result **out_result, struct wgo_problem *problem);
/* Ends the scan that runs; what was collected is kept. Any thread, any signal handler. */
WGO_PUBLIC void wgo_cancel(struct wgo *wgo);

/* ---- the result ---- */

enum wgo_format {
    WGO_JSON,   /* one document */
    WGO_NDJSON, /* the snapshot without its resources, then one resource a line */
};

struct wgo_report_of_provider {
    const char *name; /* the result's */
    enum wgo_code code;
    struct wgo_problem problem; /* the first that counts; code WGO_COMPLETE when there is none */
    int64_t duration_ns;
    uint64_t records; /* emitted, before merging */
    uint64_t calls, retries, throttles;
    bool timed_out;
};

/* How the resources differ from those of the scan before. */
struct wgo_changes {
    uint64_t added, changed, deleted, unchanged;
};

WGO_PUBLIC enum wgo_code wgo_result_code(const struct wgo_result *result);
WGO_PUBLIC int64_t wgo_result_duration_ns(const struct wgo_result *result);
WGO_PUBLIC size_t wgo_result_provider_count(const struct wgo_result *result);
/* False when there is no such provider. */
WGO_PUBLIC bool wgo_result_provider(const struct wgo_result *result, size_t index,
                                    struct wgo_report_of_provider *out_report);
/* False when the scan was not incremental, or there was no scan before. */
WGO_PUBLIC bool wgo_result_changes(const struct wgo_result *result,
                                   struct wgo_changes *out_changes);
/* The merged snapshot as text with a NUL after it, made at the first call and kept by the result.
 * NULL on failure. */
WGO_PUBLIC const char *wgo_result_json(struct wgo_result *result, size_t *out_len,
                                       struct wgo_problem *problem);
/* The snapshot of one provider's resources alone. */
WGO_PUBLIC const char *wgo_result_provider_json(struct wgo_result *result, size_t index,
                                                size_t *out_len, struct wgo_problem *problem);
/* Writes the merged snapshot to a file that appears whole or not at all, mode 0600. */
WGO_PUBLIC enum wgo_code wgo_result_write(struct wgo_result *result, const char *path,
                                          enum wgo_format format, struct wgo_problem *problem);
/* Resources in the merged snapshot. */
WGO_PUBLIC uint64_t wgo_result_resource_count(struct wgo_result *result);
WGO_PUBLIC void wgo_result_free(struct wgo_result *result);

#ifdef __cplusplus
}
#endif

#endif
