/* scan_result.h: what the scanner has found, as records.
 *
 * A result is one document: workspaces with what they hold, and beside them the instances of data
 * sources that their datasets and dataflows use. Each becomes a record: the workspace without what
 * it holds, every thing in it, every data source, and the gateways and users that are spoken of.
 *
 *   report ──► dataset ──► data source ──► gateway       dependencies
 *     └──────────┴──► workspace ──► capacity
 *
 * What may hold a credential (secrets.h) is replaced: Power Query, DAX, connection details.
 *
 * Ownership: the reader owns its plans and borrows what its options point to. Documents are
 *            borrowed for the call.
 * Threads:   read-only once made; any number of documents at once.
 * Failure:   PARSE for what is no whole document, and nothing was emitted then; NOMEM; what the
 *            emitter says. */
#ifndef WGO_POWERBI_SCAN_RESULT_H
#define WGO_POWERBI_SCAN_RESULT_H

#include "model/collector.h"

struct wgo_powerbi_reader;

/* The group of what a result holds and none of its workspaces is said to use. */
#define WGO_POWERBI_NOBODY WGO_STR("-")

struct wgo_powerbi_reader_options {
    struct wgo_str tenant; /* in ids, and as the account; lower case */
    const struct wgo_redactor *redactor;
    const struct wgo_str_list *types; /* --resource-type, or NULL */
};

/* What came of a document. */
struct wgo_powerbi_found {
    size_t workspaces; /* in the document, wanted or not */
    size_t unread;     /* those whose contents the service could not retrieve */
    size_t records;
};

/* Told of each workspace: its id in lower case, and a digest of the connections of what it holds.
 */
typedef void wgo_powerbi_workspace_fn(void *state, struct wgo_str id, uint64_t connections);

WGO_NODISCARD enum wgo_status
wgo_powerbi_reader_new(const struct wgo_powerbi_reader_options *options,
                       struct wgo_powerbi_reader **out_reader, struct wgo_error *err);
void wgo_powerbi_reader_free(struct wgo_powerbi_reader *reader);
/* Records and, for each type, a row with its count. 'each' may be NULL. */
WGO_NODISCARD enum wgo_status
wgo_powerbi_read_result(const struct wgo_powerbi_reader *reader, struct wgo_str document,
                        struct wgo_emitter *emitter, wgo_powerbi_workspace_fn *each, void *state,
                        struct wgo_powerbi_found *out_found, struct wgo_error *err);
/* The types of artifact.def, and the others. */
void wgo_powerbi_types(void (*each)(void *state, const char *type, const char *summary),
                       void *state);

#endif
