/* catalog.h: what can be asked of a provider, as data.
 *
 * A catalog is one or more YAML files (docs/catalog.md). Each entry is one list or read call: the
 * request, how its pages follow each other, where its items are, and which of their values make a
 * record. Loading checks everything that can be checked without a server and compiles paths and
 * templates, so that the engine never parses either while it works.
 *
 * A file with `api:` describes a provider that is not built in (collectors/rest): its entries have
 * defaults for what they do not say (described.c); `api`, `scopes` and `quotas` are the
 * collector's.
 *
 * Ownership: wgo_catalog_load/_free; entries and their strings live in the catalog's arena.
 * Threads:   read-only once loaded.
 * Failure:   WGO_E_CONFIG with "FILE: line L: ..." and a hint. */
#ifndef WGO_CATALOG_CATALOG_H
#define WGO_CATALOG_CATALOG_H

#include "base/json.h"
#include "catalog/body.h"
#include "catalog/template.h"
#include "flow/backoff.h"
#include "flow/limits.h"
#include "model/collector.h"

struct wgo_entry_query {
    struct wgo_str name;
    struct wgo_template value;
};

/* How the next page is found. */
enum wgo_page_style {
    WGO_PAGE_NONE,   /* one page */
    WGO_PAGE_TOKEN,  /* values of the document go into the next request */
    WGO_PAGE_LINK,   /* a value of the document is the next URL */
    WGO_PAGE_HEADER, /* the Link header's is (RFC 8288) */
    WGO_PAGE_VALUE,  /* the value of a header goes into the next request */
    WGO_PAGE_ITEM,   /* a value of the page's last item does */
    WGO_PAGE_NUMBER, /* pages, or items before them, are counted */
};

/* Pages that are counted. */
struct wgo_entry_numbers {
    uint64_t first, size;       /* the first page's number; items of a whole page, 0 = any */
    bool offset;                /* the number is of items before the page */
    struct wgo_str total, last; /* paths of how many items, and how many pages, there are */
};
/* Stands between the values of a page token that has several. */
#define WGO_TOKEN_SEPARATOR '\x1f'

struct wgo_entry_dependency {
    struct wgo_str path;     /* may hold [] and * */
    struct wgo_template id;  /* {value} is what was found */
    struct wgo_str absolute; /* a value that begins so is an id already; "" = none does */
};

/* `poll`: a document that says how far a job is; asked for again until it is done. */
struct wgo_entry_poll {
    struct wgo_str status, error; /* paths; an entry without `poll` has no status */
    struct wgo_str_list done, failed;
    int64_t first_ns; /* before it is looked at, where no earlier job tells how long they take */
    int64_t every_ns, timeout_ns;
    bool learn; /* how long jobs take; else each is first looked at after first_ns */
};

/* Paths that `partial` may have. */
#define WGO_PARTIALS 4

/* Slots of the page plan's picks; the first ones are a token's values. */
enum wgo_page_slot {
    WGO_SLOT_MORE = WGO_PAGE_TOKENS,
    WGO_SLOT_TOTAL,
    WGO_SLOT_LAST,
    WGO_SLOT_POLL_STATUS,
    WGO_SLOT_POLL_ERROR,
    WGO_SLOT_PARTIAL, /* the first of WGO_PARTIALS: what says that a list is not whole */
};

struct wgo_entry_child {
    struct wgo_str entry;
    struct wgo_entry_query *vars; /* name -> template over item and task */
    size_t var_count;
    struct wgo_template needs; /* an item without a value for it does not lead there */
    unsigned batch;            /* so many items of a page in one call; 0 = one call an item */
};

enum wgo_entry_field {
    WGO_FIELD_ID,
    WGO_FIELD_TYPE,
    WGO_FIELD_NAME,
    WGO_FIELD_ACCOUNT,
    WGO_FIELD_REGION,
    WGO_FIELD_NAMESPACE,
    WGO_FIELD_NATIVE_ID,
    WGO_FIELD_NATIVE_TYPE,
    WGO_FIELD_CREATED,
    WGO_FIELD_UPDATED,
    WGO_FIELD_VERSION,
    WGO_FIELD_COUNT
};

enum wgo_tags_form {
    WGO_TAGS_MAP,  /* {"key": "value"} */
    WGO_TAGS_LIST, /* [{"Key": "k", "Value": "v"}] with member names of one's own */
};

/* `kinds`: a bulk list of resources of many types, each read by the rules of the entry of its own.
 */
struct wgo_entry_kinds {
    struct wgo_template by;      /* gives an item's native type; empty = no bulk list */
    int of_slot;                 /* the pick that is kept as configuration; -1 = the item itself */
    bool children;               /* the kinds' entries lead on to their children */
    struct wgo_json_plan *picks; /* over an item; item_plan is over what is kept */
};

/* What tags and fields are read from where the item's own values are sensitive: a copy of it with
 * digests in their place. Ids, dependencies and what children are asked with need the values. */
struct wgo_entry_veil {
    struct wgo_json_plan *copy;  /* over an item; NULL: its own values will do */
    struct wgo_json_plan *picks; /* over the copy */
};

struct wgo_entry {
    struct wgo_entry_view view; /* what collectors see; wanted and needed by wgo_catalog_want() */
    struct wgo_str name, summary, service, file;
    unsigned line;
    bool described;             /* by a user, who can mend what is wrong with it */
    struct wgo_str native_type; /* when that is one word, else empty */
    struct wgo_str list_type;   /* of a list whose items alone know their types: PROVIDER_ENTRY */
    struct wgo_str row_type;    /* what a completeness row of its list is about, when it is known */
    struct wgo_str part;        /* this call enriches its parent */
    struct wgo_str decode, finish;
    int finish_slot;      /* the pick that the finisher is given; -1 = the item */
    bool replay;          /* its decoder does nothing but give: what it gave may be given again */
    bool bare;            /* a part that gives tags and fields, but no configuration */
    bool decode_failures; /* the decoder hears of final failures too */
    bool sensitive_names; /* values whose names mean a secret are sensitive too */
    bool in_bulk;         /* a child that bulk lists hold: not asked for what came from one */
    struct wgo_entry_kinds kinds;
    struct wgo_template keep_as, keep_while; /* what is kept, as long as it is what it was */
    struct wgo_str phase;                    /* one of the collector's, or "" */
    struct wgo_str source;                   /* its records' source_type */
    unsigned rank;
    /* request */
    const char *method;
    struct wgo_template path;
    /* Parameters; one whose expansion is empty is left out, and of a call that has a page's token
     * those of the first page are. */
    struct wgo_entry_query *query, *first_query;
    size_t query_count, first_query_count;
    struct wgo_entry_query *headers;
    size_t header_count;
    struct wgo_template body; /* one of the three */
    struct wgo_body *json;
    struct wgo_entry_query *form; /* a name that ends in .N stands for a JSON array's elements */
    size_t form_count;
    bool spool;
    bool compress;         /* a large body goes out compressed */
    int64_t page_delay_ns; /* between the answer to a page and the call for the next */
    /* paging: slots of the page plan */
    enum wgo_page_style paging;
    struct wgo_str token_out[WGO_PAGE_TOKENS];
    unsigned token_count;
    bool token_json;     /* a token is kept as its JSON, and goes into the body as that */
    struct wgo_str more; /* there is a next page only where this is true; "" = a token will do */
    struct wgo_str link_rel;   /* of the Link header */
    const char *token_header;  /* in lower case */
    struct wgo_str token_item; /* a path in the page's last item */
    struct wgo_entry_numbers numbers;
    struct wgo_entry_poll poll;
    int64_t cache_ns; /* for how long its answers are fresh; 0 = as they say themselves */
    unsigned jobs;    /* its calls start jobs, so many at once; 0 = they do not */
    /* items */
    struct wgo_str items;
    struct wgo_str_list partial;     /* where an answer says something there, it is not whole */
    struct wgo_json_plan *page_plan; /* over a document */
    struct wgo_json_plan *item_plan; /* over an item; finds dependencies by their index */
    struct wgo_entry_veil veil;
    bool asks_with_secrets; /* its children: what a page led to is not written down */
    struct wgo_template fields[WGO_FIELD_COUNT];
    struct wgo_template types_by;   /* tells which of view.types an item is of; empty = nothing */
    struct wgo_str_list type_globs; /* one for each of view.types */
    int tags_slot;                  /* -1 = none */
    enum wgo_tags_form tags_form;
    struct wgo_str tag_key, tag_value;
    struct wgo_entry_dependency *dependencies;
    size_t dependency_count;
    struct wgo_entry_child *children;
    size_t child_count;
    struct wgo_template limits[WGO_LIMIT_KEYS];
    size_t limit_count;
    uint64_t expected_bytes;
};

struct wgo_catalog;

/* Files of one provider: 'files' then 'overrides'; an override's entry replaces one of the same
 * name. Overrides whose `provider:` is another one than that of 'files' are left alone. */
WGO_NODISCARD enum wgo_status wgo_catalog_load(const struct wgo_embedded_file *files, size_t count,
                                               const struct wgo_embedded_file *overrides,
                                               size_t override_count,
                                               struct wgo_catalog **out_catalog,
                                               struct wgo_error *err);
void wgo_catalog_free(struct wgo_catalog *catalog);
/* Everything that is wrong with one file by itself, as far as it can be told apart: a mistake in an
 * entry does not hide those of the others. Returns how many there are. */
typedef void wgo_catalog_problem_fn(void *state, const struct wgo_error *problem);
size_t wgo_catalog_lint(const struct wgo_embedded_file *file, wgo_catalog_problem_fn *each,
                        void *state);
/* Settles which entries are wanted and needed, from --resource-type's globs; anew for each call. */
void wgo_catalog_want(struct wgo_catalog *catalog, const struct wgo_str_list *globs);
const struct wgo_entry *wgo_catalog_find(const struct wgo_catalog *catalog, struct wgo_str name);
/* The entry that lists resources of this native type, in upper or lower case; NULL when none does.
 */
const struct wgo_entry *wgo_catalog_kind(const struct wgo_catalog *catalog,
                                         struct wgo_str native_type);
static inline bool wgo_entry_is_bulk(const struct wgo_entry *entry)
{
    return !wgo_template_empty(&entry->kinds.by);
}
/* The type of an item for which types_by gives 'value'; empty: it is the one of the field. */
struct wgo_str wgo_entry_type_of(const struct wgo_entry *entry, struct wgo_str value);
/* Whether anybody wants what 'child' brings to items of 'parent': parts go with their resource. */
bool wgo_entry_serves(const struct wgo_entry *parent, const struct wgo_entry *child);
/* What a scan would call, in the catalog's order: the entries that are asked for by themselves and
 * needed, and what their items lead to. 'own': the entries that no scope and no item leads to,
 * which are the collector's own. Both arrays live in 'arena'. NOMEM. */
WGO_NODISCARD enum wgo_status wgo_catalog_called(const struct wgo_catalog *catalog,
                                                 struct wgo_arena *arena,
                                                 struct wgo_entry_list *out_called,
                                                 struct wgo_entry_list *out_own,
                                                 struct wgo_error *err);
size_t wgo_catalog_count(const struct wgo_catalog *catalog);
const struct wgo_entry *wgo_catalog_at(const struct wgo_catalog *catalog, size_t index);
const struct wgo_limit_rule *wgo_catalog_limits(const struct wgo_catalog *catalog,
                                                size_t *out_count);
/* The provider's `retry:`; false when the catalog has none. */
bool wgo_catalog_retry(const struct wgo_catalog *catalog, struct wgo_backoff *out);

/* `retry: {max, base, cap, cooldown}` and `limits: [{match, rate, burst, max_in_flight, ...}]`, as
 * catalogs and the configuration file have them. 'name' is for errors. */
WGO_NODISCARD enum wgo_status wgo_retry_from_yaml(const struct wgo_yaml *node, const char *name,
                                                  struct wgo_backoff *in_out,
                                                  struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_limits_from_yaml(const struct wgo_yaml *node, const char *name,
                                                   struct wgo_arena *arena,
                                                   struct wgo_limit_rule **out_rules,
                                                   size_t *out_count, struct wgo_error *err);

#endif
