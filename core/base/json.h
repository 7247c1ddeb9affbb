/* json.h: reading JSON where it lies, without a tree (RFC 8259).
 *
 * Two readers over a complete document in memory:
 *
 *   struct wgo_json       a forward cursor for hand-written decoders: enter, next, skip, string.
 *                         Skipping checks syntax fully, so a cursor that reached the end has
 *                         checked the whole document.
 *   struct wgo_json_plan  paths compiled once, run over many items: picks fields as spans, cuts
 *                         members, replaces sensitive values, and writes the rest out compact.
 *
 * Paths: members joined by '.', "[]" for every element of an array, "*" for every member of an
 * object; a member that holds one of .[]*" or a space is written as a JSON string, as in
 * metadata.annotations."kubectl.kubernetes.io/last-applied-configuration". The empty path is the
 * value itself. A path has at most 64 steps. Names are compared decoded, so "\u0061" is "a".
 *
 * Spans are bytes of the document: a string's span holds its quotes. Strictness: UTF-8 only, no
 * BOM, no trailing bytes, nesting to WGO_JSON_DEPTH, numbers kept as the text they are.
 *
 * Ownership: cursors and spans borrow the document. A plan owns itself.
 * Threads:   a cursor belongs to one thread; a plan is read-only once made and shared freely.
 * Failure:   a cursor's first failure sticks in 'status' and 'problem'; every later call returns
 *            false. wgo_json_error() turns it into an error with line and column. */
#ifndef WGO_BASE_JSON_H
#define WGO_BASE_JSON_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

#define WGO_JSON_DEPTH 512

enum wgo_json_kind {
    WGO_JSON_BAD, /* nothing there, or no JSON value starts so */
    WGO_JSON_NULL,
    WGO_JSON_BOOL,
    WGO_JSON_NUMBER,
    WGO_JSON_STRING,
    WGO_JSON_ARRAY,
    WGO_JSON_OBJECT,
};

struct wgo_json {
    const char *start, *at, *end;
    enum wgo_status status; /* WGO_OK, WGO_E_PARSE or WGO_E_TOO_LARGE (nested too deep) */
    const char *problem;    /* static text */
    unsigned depth;
    bool first; /* the container just entered has given nothing yet */
};

void wgo_json_init(struct wgo_json *json, struct wgo_str document);
/* Kind of the value at the cursor, after white space. */
enum wgo_json_kind wgo_json_peek(struct wgo_json *json);
/* Into the object or array at the cursor. False, and a failure, when it is something else. */
bool wgo_json_enter_object(struct wgo_json *json);
bool wgo_json_enter_array(struct wgo_json *json);
/* To the next member: its key as a raw span without the quotes, escapes and all; the cursor stands
 * at the value, which the caller must read, skip or enter and leave. False at the end (the closing
 * brace is consumed) or on failure. */
bool wgo_json_next_member(struct wgo_json *json, struct wgo_str *out_key);
bool wgo_json_next_item(struct wgo_json *json);
/* Past the value at the cursor, checking it; its span when 'out_span' is given. */
bool wgo_json_skip(struct wgo_json *json, struct wgo_str *out_span);
/* Past the string, number or boolean at the cursor. Strings are decoded into 'arena' only when they
 * hold escapes, otherwise they borrow the document; lone surrogates become U+FFFD. */
bool wgo_json_string(struct wgo_json *json, struct wgo_arena *arena, struct wgo_str *out);
bool wgo_json_i64(struct wgo_json *json, int64_t *out);
bool wgo_json_bool(struct wgo_json *json, bool *out);
/* True when only white space is left and nothing failed; trailing bytes are a failure. */
bool wgo_json_finish(struct wgo_json *json);
/* The cursor's failure as an error: "line 3, column 14: ...". WGO_OK when there was none. */
enum wgo_status wgo_json_error(const struct wgo_json *json, struct wgo_error *err);

/* Checks that 'document' is one JSON value and nothing else. */
enum wgo_status wgo_json_check(struct wgo_str document, struct wgo_error *err);
/* Decodes the span of a string; a number or boolean gives its text; null, containers and no bytes
 * at all give an empty string with a NULL ptr, as does an exhausted arena. 'raw' must have been
 * checked. */
struct wgo_str wgo_json_text(struct wgo_str raw, struct wgo_arena *arena);
enum wgo_json_kind wgo_json_kind_of(struct wgo_str raw);
/* Whether a checked value is null, "", {} or []: how servers write that there is nothing. */
bool wgo_json_is_bare(struct wgo_str raw);
/* For readers of documents that do not lie in memory whole: the first byte of a string's body that
 * is no plain ASCII (a quote, a backslash, a control character, a byte from 0x80), or 'end'. */
const char *wgo_json_past_ascii(const char *at, const char *end);
/* First value at 'path' in the checked value 'raw'; empty with a NULL ptr when absent. Of a value
 * that was not checked, what is found is one JSON value all the same. */
struct wgo_str wgo_json_get(struct wgo_str raw, struct wgo_str path);
/* The text of that value, as wgo_json_text() has it. */
struct wgo_str wgo_json_text_at(struct wgo_str raw, const char *path, struct wgo_arena *arena);
/* The first value of each of 'count' members of the object 'raw', in one pass; NULL ptr where there
 * is none. */
void wgo_json_members(struct wgo_str raw, const char *const *names, size_t count,
                      struct wgo_str *out);
/* Every value at 'path' in 'raw', in document order; 'each' returns false to stop. */
typedef bool wgo_json_each_fn(void *state, struct wgo_str value);
enum wgo_status wgo_json_each(struct wgo_str raw, struct wgo_str path, wgo_json_each_fn *each,
                              void *state);
/* Whether values at one of the paths may lie in, be, or hold values at the other. False for what is
 * no path. */
bool wgo_json_paths_meet(struct wgo_str a, struct wgo_str b);
/* Appends the checked value 'raw' without white space outside strings; makes room for all of it. */
bool wgo_json_compact(struct wgo_str raw, struct wgo_buf *out);
/* Fingerprint (XXH3) of a checked value, the same on every machine: the order of an object's
 * members, white space and the way a string is escaped are irrelevant, the order of an array and
 * the text of a number are not. 0 when 'raw' is no JSON value, or larger than 2 GB. */
uint64_t wgo_json_fingerprint(struct wgo_str raw);

/* ---- plans ---- */

enum wgo_json_action {
    WGO_JSON_PICK,   /* remember the value's span under 'slot'; the first one wins */
    WGO_JSON_FIND,   /* items only: remember the spans of all values, each under 'slot' */
    WGO_JSON_CUT,    /* leave the member or element out of the copy */
    WGO_JSON_REDACT, /* replace the value; in a container, every scalar below it */
    WGO_JSON_ITEM,   /* pages only: one resource */
};

struct wgo_json_rule {
    struct wgo_str path;
    enum wgo_json_action action;
    unsigned slot; /* PICK: index into the picks, < WGO_JSON_PICKS; FIND: < WGO_JSON_FINDS */
};
#define WGO_JSON_PICKS 32
#define WGO_JSON_FINDS 64

/* What WGO_JSON_FIND found in one item, in no order that means anything. */
struct wgo_json_found {
    struct wgo_str span;
    unsigned slot;
};
struct wgo_json_finds {
    struct wgo_arena *arena; /* of 'items' */
    struct wgo_json_found *items;
    size_t count, cap;
};

/* Writes the JSON value that stands for the sensitive scalar 'raw' to 'out'. */
typedef bool wgo_json_redact_fn(void *state, struct wgo_str raw, struct wgo_buf *out);

struct wgo_json_plan;

/* WGO_E_CONFIG when a path is malformed or two rules contradict each other: one path both cut and
 * redacted, the whole value cut, an item inside an item, or cutting and redacting in a plan that
 * finds items (an element both picked and cut is fine: picks are read before the cut). What one
 * rule cuts no other one keeps; below a redacted value cuts still cut. 'rules' is copied. */
WGO_NODISCARD enum wgo_status wgo_json_plan_new(const struct wgo_json_rule *rules, size_t count,
                                                struct wgo_json_plan **out_plan,
                                                struct wgo_error *err);
void wgo_json_plan_free(struct wgo_json_plan *plan);

/* Walks a whole page, checking all of it. Items and picks are spans of 'document'; item spans are
 * put into 'arena'. Nothing is given unless the document is complete and correct. */
struct wgo_json_page {
    struct wgo_str *items;
    size_t item_count;
    bool misfit; /* where its items should be stands something else: no page of this kind */
    struct wgo_str picks[WGO_JSON_PICKS]; /* NULL ptr when absent */
};
WGO_NODISCARD enum wgo_status wgo_json_plan_page(const struct wgo_json_plan *plan,
                                                 struct wgo_str document, struct wgo_arena *arena,
                                                 struct wgo_json_page *out_page,
                                                 struct wgo_error *err);

/* Walks one checked item: fills 'picks' and 'finds' (spans of 'item', taken before redaction;
 * 'finds' may be NULL, and keeps what it had) and appends the copy, compact and with cuts and
 * replacements, to 'out'. Of members with the same name all are cut and redacted, and the first is
 * picked. Without 'redact', null stands for what is sensitive. On failure 'out' keeps what it had.
 */
WGO_NODISCARD enum wgo_status wgo_json_plan_item(const struct wgo_json_plan *plan,
                                                 struct wgo_str item,
                                                 struct wgo_str picks[WGO_JSON_PICKS],
                                                 struct wgo_json_finds *finds,
                                                 wgo_json_redact_fn *redact, void *redact_state,
                                                 struct wgo_buf *out, struct wgo_error *err);

#endif
