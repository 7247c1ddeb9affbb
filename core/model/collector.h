/* collector.h: the contract for whoever writes a collector.
 *
 * A collector knows one provider: where its configuration lies, how its credentials work, what its
 * errors mean. It owns no thread, socket, sleep or retry: those are the engine's. It comes in two
 * kinds, and one may be both:
 *
 *   catalogued   YAML catalogs say what to ask; plan() gives the first tasks, prepare() finishes
 * each request (endpoint, credentials), classify() reads errors, decode() handles the pages whose
 * catalog entry names a decoder. custom       collect() does everything itself on a blocker thread,
 * through the context given.
 *
 * Callbacks are of two ranks, required and optional; NULL means the engine's default.
 *
 * Ownership: a type is static const. open() makes the instance, close() frees it. Strings handed to
 *            callbacks are borrowed for the call.
 * Threads:   open, close, configured and validate: one thread, no other callback running. plan:
 *            a blocker. prepare, classify, decode, finish: any number of workers at once, so what
 *            they share must be read-only or locked. refresh: a blocker, one at a time per key.
 *            collect: a blocker.
 * Failure:   enum wgo_status with a filled error. A failed open() makes the provider fail, never
 * the others. */
#ifndef WGO_MODEL_COLLECTOR_H
#define WGO_MODEL_COLLECTOR_H

#include "base/arena.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/yaml.h"
#include "model/completeness.h"
#include "model/http.h"
#include "model/record.h"
#include "model/scope.h"
#include "model/task.h"

/* ---- what the user asked of one provider ---- */

struct wgo_str_list {
    const struct wgo_str *items;
    size_t count;
};

static inline bool wgo_str_list_has(const struct wgo_str_list *list, struct wgo_str text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (wgo_str_eq(list->items[i], text)) {
            return true;
        }
    }
    return false;
}

/* Scoped flags and configuration of one provider. Lists are empty when nothing was said. */
struct wgo_provider_options {
    struct wgo_str_list regions, profiles, contexts, namespaces;
    struct wgo_str_list projects, folders, organizations;          /* Google Cloud */
    struct wgo_str_list subscriptions, tenants, management_groups; /* Azure */
    struct wgo_str_list gcp_sources, azure_sources; /* ways of listing; the last one counts */
    struct wgo_str_list resource_limits; /* no more resources than this number; the last one */
    struct wgo_str_list state_files, paths;
    struct wgo_str_list workspaces, scan_ids; /* Power BI */
    /* An organisation's accounts: all of them but for filters, by a role in each. */
    bool org;
    struct wgo_str_list org_roles, external_ids; /* the last one counts */
    struct wgo_str_list accounts, exclude_accounts, ous, account_tags;
    struct wgo_str_list resource_types; /* globs; one that starts with '!' excludes */
    bool shared_types; /* some are meant for other providers: what fits none is no mistake */
    const struct wgo_yaml *settings; /* `providers: NAME:` of the configuration file, or NULL */
    const struct wgo_yaml *configuration; /* the whole file, or NULL */
    double quota_share; /* of each quota that the provider knows, ours; 0 = as it has it itself */
    bool hash_optimization;        /* Power BI: only what may have changed is scanned */
    bool include_data_sources;     /* Terraform: data sources count as resources */
    bool named;                    /* the user named the provider: --all did not find it */
    const char *working_directory; /* "" = the process's; for tests and libraries */
};

/* True when 'type' (or 'native_type') passes the include and exclude globs, in either case, as
 * Azure spells its types in several; 'noise' types pass only when an include glob names them. An
 * exclusion wins wherever it stands; NULL is an empty list. */
bool wgo_types_admit(const struct wgo_str_list *globs, struct wgo_str type,
                     struct wgo_str native_type, bool noise);

/* True when 'region' passes --region's globs: no region at all and "global" do, and so does every
 * one where no glob includes any; one that starts with '!' excludes. */
bool wgo_region_admits(const struct wgo_str_list *globs, struct wgo_str region);

/* ---- what the catalogs say of a call, for collectors ---- */

/* Of what says that nothing came of a call. */
enum wgo_mild {
    WGO_MILD_ERRORS = 1 << 0, /* `errors` and their like, where the list is there */
    WGO_MILD_STATUS = 1 << 1, /* a `status` like "failed", a message alone: a job's or an item's */
};

struct wgo_entry_view {
    struct wgo_str name;
    struct wgo_str service;     /* the file's `service:` */
    struct wgo_str call;        /* the operation, "" = none was named */
    struct wgo_str type;        /* of its resources when that is one word, else empty */
    struct wgo_str_list types;  /* others that an item may be of instead */
    struct wgo_str native_type; /* the same */
    struct wgo_str items;       /* where they are in a page; "" = a decoder knows */
    struct wgo_str scope; /* kind of scope in which it is asked for by itself; "" = by others */
    struct wgo_str permission;
    struct wgo_str_list absent; /* error codes that mean: there is none */
    struct wgo_str_list terraform;
    unsigned mild; /* enum wgo_mild: what does not matter in an answer without items */
    bool noise;
    bool is_child;     /* another entry asks for it */
    bool leads_on;     /* what a bulk list has of it leads on to lists that no bulk list holds */
    bool wanted;       /* --resource-type lets its records through */
    bool needed;       /* it, or what it leads to, is wanted */
    bool besides_bulk; /* calls besides bulk lists list such items, or are led to by them */
};

struct wgo_entry_list {
    const struct wgo_entry_view **items;
    size_t count;
};

/* What a scope would be read with: what a dry run tells of. */
struct wgo_planned {
    const struct wgo_scope *scope;
    struct wgo_entry_list lists;
};

/* A call that was answered, or could not be: for those who watch. */
struct wgo_call_event {
    struct wgo_str operation; /* the catalog entry's name */
    const char *method;
    struct wgo_str account, region, type;
    struct wgo_str principal;  /* the name of the credentials that were used, never a secret */
    struct wgo_str request_id; /* the server's, where it gave one */
    const char *outcome;       /* "ok", "none", or what enum wgo_status calls it */
    int http_status;           /* 0 = no answer */
    unsigned attempt;          /* 0 is the first */
    int64_t duration_ns;
    uint64_t wire_bytes;
};

/* ---- services a collector may call ---- */

/* How a collector that has learnt how much there is to read wants it read; 0 = as it is. What the
 * user said about it stays as it is. */
struct wgo_pace {
    unsigned calls_in_flight;
    unsigned accounts_at_once; /* whose scopes are calls at the same time; the others' wait */
    unsigned max_retries;      /* this and the next only from open() */
    int64_t retry_base_ns;
};

struct wgo_services {
    const struct wgo_clock *clock;
    const struct wgo_redactor *redactor;
    struct wgo_rows *rows;
    void *engine; /* for the functions below */
    /* One request, on a blocker thread or during validate(): waits for the answer, with the
     * provider's retries. 'out_response' is initialised by the callee. Cancelled by the scan's
     * deadline. */
    enum wgo_status (*fetch)(void *engine, const struct wgo_request *request,
                             struct wgo_response *out_response, struct wgo_error *err);
    /* True once the scan is to end: a collect() that loops looks at it. */
    bool (*cancelled)(void *engine);
    /* Appends a record. In collect() from its thread only. */
    enum wgo_status (*emit)(void *engine, const struct wgo_record *record, struct wgo_error *err);
    /* One line for the user: insecure TLS, two states with one lineage ... */
    void (*warn)(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
    /* One line for the user that is no warning: how an organisation will be read. */
    void (*notice)(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
    /* From open() and decoders. Returns the calls that may be in flight from now on. */
    unsigned (*set_pace)(void *engine, const struct wgo_pace *pace);
    /* A failure that belongs to a scope, besides its completeness row: it shows in the summary. */
    void (*report)(void *engine, const struct wgo_error *error);
    /* The catalog's entries, in their order; NULL past the last one, and for an unknown name. */
    const struct wgo_entry_view *(*entry_at)(void *engine, size_t index);
    const struct wgo_entry_view *(*entry)(void *engine, struct wgo_str name);
    /* Whether --resource-type lets an item of a bulk list through that is kept as a whole, as its
     * kind's entry has it; as far as the item itself tells. */
    bool (*admits)(void *engine, struct wgo_str native_type, struct wgo_str item,
                   struct wgo_arena *scratch);
    /* The pattern at that place of one of the options' lists (regions, projects, subscriptions,
     * accounts) has fitted something; at no place at all: nothing has, so far. Those of a list
     * that was spoken of that nothing fits are told of at the end. From any thread. */
    void (*fits)(void *engine, const struct wgo_str_list *patterns, size_t at);
    /* Of a scan that asks only for what changed: when the place was last seen whole by the eyes
     * that ask (whose(); 0 = not known whose), less the time it looks back, in ns since 1970. 0:
     * everything there is to be asked for. */
    int64_t (*since)(void *engine, struct wgo_str account, struct wgo_str region,
                     struct wgo_str type, uint64_t whose);
    /* When this scan began, if what it finds is kept: since() will say so of a place that was seen
     * whole, to the next scan that goes on from this one. 0: nothing is kept. */
    int64_t (*begun)(void *engine);
    /* Whether an earlier scan has found the resource in that version: then keep() saves the rest
     * of the questions. */
    bool (*known)(void *engine, struct wgo_str id, struct wgo_str version);
    /* Small values that hardly change; WGO_E_ABSENT when there is none. Never secrets. */
    enum wgo_status (*cache_get)(void *engine, struct wgo_str key, struct wgo_buf *out);
    void (*cache_put)(void *engine, struct wgo_str key, struct wgo_str value, int64_t lifetime_ns);
    /* What a cache answered, and what had to be asked for, in one of the type's phases. */
    void (*phase_note)(void *engine, const char *phase, uint64_t hits, uint64_t misses);
};

/* What plan(), decode() and finish() speak to. */
struct wgo_emitter {
    void *engine;
    struct wgo_arena *arena; /* scratch of this page */
    const struct wgo_redactor *redactor;
    enum wgo_status (*record)(struct wgo_emitter *emitter, const struct wgo_record *record,
                              struct wgo_error *err);
    /* Queues a call. The task is copied. */
    enum wgo_status (*task)(struct wgo_emitter *emitter, const struct wgo_task *task,
                            struct wgo_error *err);
    /* Queues, as a call each, the entries of 'scope' that are asked for by themselves and needed.
     * They become calls a scope at a time, when nothing else can be sent: a thousand accounts cost
     * no memory while they wait. The scope is copied. */
    enum wgo_status (*scope)(struct wgo_emitter *emitter, const struct wgo_scope *scope,
                             struct wgo_error *err);
    /* A row of its own, for what was found not to be there or not to be allowed. A failure shows in
     * the summary too, unless the row says that it was 'told'. */
    void (*row)(struct wgo_emitter *emitter, const struct wgo_row *row);
    /* For scans that ask only for what changed (ports.h, struct wgo_base); without one they do
     * nothing. The resource is as the earlier scan found it: */
    void (*keep)(struct wgo_emitter *emitter, struct wgo_str id);
    /* so is all that the group has (record.h, listed_group): */
    void (*keep_group)(struct wgo_emitter *emitter, struct wgo_str group);
    /* it is not there any more, nor what lies below it, but for what is read: */
    void (*gone)(struct wgo_emitter *emitter, struct wgo_str id);
    /* all that was listed there stands, but for what is read again or gone. Its row is written by
     * the list as ever; type "*" = all types. */
    void (*retain)(struct wgo_emitter *emitter, struct wgo_str account, struct wgo_str region,
                   struct wgo_str type);
    /* No page follows this one, whatever it says: the rest is read in another way. Before items().
     */
    void (*last)(struct wgo_emitter *emitter);
    /* Runs the entry's ordinary item path over the page, or over another document that lives as
     * long as the arena does: for decoders that only want to look. */
    enum wgo_status (*items)(struct wgo_emitter *emitter, struct wgo_str document,
                             struct wgo_error *err);
};

/* ---- what a classifier says of an answer ---- */

enum wgo_verdict_kind {
    WGO_VERDICT_GOOD,      /* decode it */
    WGO_VERDICT_NONE,      /* there is none of this: no error, no items */
    WGO_VERDICT_RETRY,     /* transient; 'status' says which kind */
    WGO_VERDICT_THROTTLED, /* slow down; waits 'retry_after_ns' when >= 0 */
    WGO_VERDICT_RESTART,   /* the page token expired: go on with 'token', or begin anew without */
    WGO_VERDICT_REFRESH,   /* credentials went stale: refresh once, then try again */
    WGO_VERDICT_FALLBACK,  /* refused here; decode() is asked with 'fallback' for another way */
    WGO_VERDICT_FAILED,    /* final; 'status' says why */
};

struct wgo_verdict {
    enum wgo_verdict_kind kind;
    enum wgo_status status;
    int64_t retry_after_ns; /* -1 when the answer names no time */
    struct wgo_str token;   /* WGO_VERDICT_RESTART: borrows the response */
    /* What the answer says is left for the entry's limit key 'left_key' (its place among the
     * entry's `limits`), good answers too: its bucket holds no more from now on, and with less
     * than one it waits 'left_reset_ns'. -1 = not said. */
    double left;
    unsigned left_key;
    int64_t left_reset_ns;
    char message[400];
    char hint[240];
};

/* The HTTP default that collectors refine: 2xx good; 401 and 407 FAILED with AUTH, 403 DENIED, any
 * other 3xx and 4xx REJECTED; 408 RETRY; 429 THROTTLED with the wait that the answer asks for
 * (ratelimit.h), 503 with Retry-After THROTTLED; any other 5xx RETRY (but 501 and 505, which no
 * wait can change). A response whose transport failed is RETRY (or FAILED when retrying cannot
 * help). The message quotes what a JSON or plain text body says, on one line; pages for browsers
 * are not quoted. */
void wgo_classify_http(const struct wgo_response *response, struct wgo_wall now,
                       struct wgo_verdict *out);
/* For APIs that say with 200 what went wrong: FAILED with REJECTED when the answer is an object
 * whose member `error`, `errors`, `errorCode` or the like says something, whose `success` or `ok`
 * is false, that has a `code` or `status` from 400 to 599, whose `status`, `stat` or `result` is a
 * word like "failed", or that holds a message and nothing else. False, and 'out' untouched: it is
 * none. */
bool wgo_classify_problem(const struct wgo_response *response, struct wgo_verdict *out);
/* The same where nothing lies at the entry's 'items' besides: an error instead of a list, which is
 * no empty one. Where the document itself is the item, its members are, or a decoder knows (".",
 * "*" and ""), it holds nothing but words of the call. 'mild' is what the entry's view has. */
bool wgo_classify_instead(const struct wgo_response *response, struct wgo_str items, unsigned mild,
                          struct wgo_verdict *out);
/* For APIs whose lists are always there, empty ones too: FAILED with SERVER when the answer is a
 * whole document without that member. */
bool wgo_classify_listless(const struct wgo_response *response, struct wgo_str member,
                           struct wgo_verdict *out);

/* What 'errors', a checked value, says: the first of them, on one line of out[size]. False:
 * nothing.
 */
bool wgo_classify_errors(struct wgo_str errors, char *out, size_t size);

/* ---- the type ---- */

struct wgo_embedded_file {
    const char *name; /* "kubernetes.yaml" */
    const char *bytes;
    size_t len;
    const struct wgo_yaml *tree; /* what the bytes say, where it was parsed already; may be NULL */
    bool packed;                 /* the bytes are of wgo_yaml_pack(), not of the file */
};

/* What a YAML file says: 'tree' itself, or one in the arena that borrows the bytes.
 * Failure: as wgo_yaml_parse() and wgo_yaml_unpack(). */
WGO_NODISCARD enum wgo_status wgo_embedded_tree(const struct wgo_embedded_file *file,
                                                struct wgo_arena *arena, size_t max_nodes,
                                                const struct wgo_yaml **out_root,
                                                struct wgo_error *err);

/* Adds what the file says. */
void wgo_embedded_digest(const struct wgo_embedded_file *file, struct wgo_digest *out);

enum wgo_configured {
    WGO_CONFIGURED,
    WGO_NOT_CONFIGURED, /* 'reason' says what was looked for */
};

struct wgo_auth_registry;

struct wgo_collector_env {
    const struct wgo_collector_type *type; /* the one that is opened */
    const struct wgo_provider_options *options;
    const struct wgo_services *services;
    const char *(*getenv)(
        const char *name); /* never setenv'd behind our back: tests give their own */
    /* Who signs, by name (auth/registry.h); lives until close() has returned. NULL in configured(),
     * and where nobody registered anything. */
    struct wgo_auth_registry *auth;
};

/* How the first tasks, calls and pages of a page are handled. */
struct wgo_page {
    const struct wgo_task *task;
    const struct wgo_response *response;
    struct wgo_str document; /* response body in memory */
    bool fallback; /* asked because of WGO_VERDICT_FALLBACK, or of a final failure when the
                      entry says `failures: decode` (then verdict->kind tells) */
    const struct wgo_verdict *verdict;
};

/* Facts that validate() and foresee() find, one line each, in order. */
struct wgo_finding {
    enum wgo_status status; /* WGO_OK: all is well */
    uint64_t calls;         /* of foresee(): that this takes, about; 0 = not known */
    char subject[160];      /* "context prod", "state app.tfstate" */
    char detail[512];       /* "user alice, 23 groups, v1.32" or what is wrong */
    char hint[320];
};
typedef void wgo_finding_fn(void *state, const struct wgo_finding *finding);
/* Fills 'detail' with 'text' (an error's message, say) without what it begins with to name the
 * subject, which stands there already: "Azure credentials of SUBJECT: refused" is "refused". */
void wgo_finding_tell(struct wgo_finding *finding, const char *text);

/* What permissions() is asked. */
struct wgo_permission_request {
    const struct wgo_provider_options *options;
    struct wgo_entry_list called; /* what a scan's scopes, and the items found there, lead to */
    struct wgo_entry_list own;    /* entries that only the collector itself asks for */
};

/* What a provider is known to allow. */
struct wgo_known_quota {
    const char *match; /* glob over limit keys */
    uint64_t limit;    /* calls of everybody in a window */
    int64_t window_ns;
    double share; /* of them, ours */
    bool even;    /* spread over the window instead of in bursts */
};
#define WGO_KNOWN_QUOTAS 16

struct wgo_collector_type {
    /* Required. */
    const char *name;    /* canonical: "kubernetes" */
    const char *alias;   /* "k8s", or NULL */
    const char *summary; /* one line for `wgo providers` */
    /* Looks in files and environment, never on the network. 'reason' (256 bytes) says what was
     * found or what is missing. */
    enum wgo_configured (*configured)(const struct wgo_collector_env *env, char reason[256]);
    enum wgo_status (*open)(const struct wgo_collector_env *env, void **out_self,
                            struct wgo_error *err);
    void (*close)(void *self);
    /* A digest of whose eyes read the task: what one has seen and the state folder keeps is given
     * to nobody else. It stays when credentials are renewed, and says nothing of a secret that is
     * not keyed. False: not known, or not yet; then nothing is given that the server was not asked
     * for. Any number of threads at once, for every page, so it is worked out before. NULL: options
     * and surroundings tell. */
    bool (*whose)(void *self, const struct wgo_task *task, uint64_t *out);

    /* Names of the phases that catalog entries may be of, in the order in which they come to an
     * end; ends with NULL. */
    const char *const *phases;
    /* Records of regions that --region does not name are left out; one that has no region, or is
     * "global", stays. For providers that list all regions in one call. */
    bool region_of_items;

    /* Optional; a type has plan() or collect(), or both. */
    const struct wgo_embedded_file *catalogs;
    size_t catalog_count;
    enum wgo_status (*plan)(void *self, struct wgo_emitter *emitter, struct wgo_error *err);
    /* Finishes 'request': it holds method, path-and-query in 'url' (the expanded template; absolute
     * when the template is), headers and body; prepare() makes the URL absolute, sets the endpoint
     * and the credentials. Called again for every attempt. New strings go to 'arena'. */
    enum wgo_status (*prepare)(void *self, const struct wgo_task *task, struct wgo_arena *arena,
                               struct wgo_request *request, struct wgo_error *err);
    /* Where a call may be sent in several ways that each have a quota of their own (keys, servers):
     * how many these lanes are, and what a variable of `limits:` stands for in one of them. The
     * engine chooses for every attempt by what is left and says which in request->lane and
     * response->lane. Both or neither. */
    unsigned (*lanes)(void *self);
    struct wgo_str (*lane_var)(void *self, unsigned lane, struct wgo_str name);
    /* Whether calls may go by the lane now; NULL: always. */
    bool (*lane_usable)(void *self, unsigned lane);
    void (*classify)(void *self, const struct wgo_task *task, const struct wgo_response *response,
                     struct wgo_verdict *out);
    /* The page as JSON, where the provider speaks something else; new bytes go to 'out', and
     * 'out_document' may as well be the body itself. WGO_E_PARSE for what is no whole document. */
    enum wgo_status (*document)(void *self, const struct wgo_task *task,
                                const struct wgo_response *response, struct wgo_str body,
                                struct wgo_buf *out, struct wgo_str *out_document,
                                struct wgo_error *err);
    /* Pages of entries with `decode: NAME`, and fallbacks. WGO_E_SKIPPED for a final failure (see
     * struct wgo_page): it has been told of already, in a row of the collector's own. */
    enum wgo_status (*decode)(void *self, struct wgo_str decoder, const struct wgo_page *page,
                              struct wgo_emitter *emitter, struct wgo_error *err);
    /* Last touch on a record of entries with `finish: NAME`: 'item' is the provider's own JSON,
     * before cuts and redaction; of entries with `finish_with: PATH` what stands there, if anything
     * does. New strings go to the emitter's arena. */
    enum wgo_status (*finish)(void *self, struct wgo_str finisher, const struct wgo_task *task,
                              struct wgo_str item, struct wgo_emitter *emitter,
                              struct wgo_record *record, struct wgo_error *err);
    /* Key of credentials that must be refreshed before this task can be sent, or an empty string.
     */
    struct wgo_str (*stale)(void *self, const struct wgo_task *task, bool refused);
    /* Gets new credentials for 'key'; may block (plugins, files, token endpoints). */
    enum wgo_status (*refresh)(void *self, struct wgo_str key, struct wgo_error *err);
    enum wgo_status (*collect)(void *self, const struct wgo_services *services,
                               struct wgo_error *err);
    /* The quotas that calls keep to where the user has named none for this provider, once it is
     * open; returns how many. 'most_jobs': --max-parallel-scans, 0 = not said. The first is the
     * one that is told of. */
    unsigned (*quotas)(void *self, unsigned most_jobs,
                       struct wgo_known_quota out[WGO_KNOWN_QUOTAS]);
    /* Checks configuration, identity, reach and expiry without collecting. */
    enum wgo_status (*validate)(void *self, const struct wgo_services *services,
                                wgo_finding_fn *each, void *state, struct wgo_error *err);
    /* For a dry run of a collector whose plan() gives no scopes: what it knows without asking
     * anything of anybody, as findings. One that has this is not planned in a dry run. */
    enum wgo_status (*foresee)(void *self, wgo_finding_fn *each, void *state,
                               struct wgo_error *err);
    /* The least permissions for what a scan would call, in the provider's own form (a policy, a
     * role), as text that ends in a newline. 'note' (256 bytes) is for the user, "" = nothing to
     * say. The collector is not open; no network. */
    enum wgo_status (*permissions)(const struct wgo_permission_request *request,
                                   struct wgo_buf *out, char note[256], struct wgo_error *err);
    /* Types beyond the catalogs' for `wgo resources`. */
    void (*types)(void (*each)(void *state, const char *type, const char *summary), void *state);
};

#endif
