/* scoped.h: options that belong to one provider: --context, --state-file and their kin.
 *
 * One table (scoped.def) feeds the command line, the configuration file and libwgo's settings, so
 * that all three know the same words.
 *
 * Ownership: values are copied into the arena given and live as long as it does.
 * Threads:   the table is read-only; an options struct is one thread's while it is filled.
 * Failure:   NOMEM; USAGE for a switch that is neither yes nor no, and for a word that is no
 * choice or no number.
 */
#ifndef WGO_LIB_SCOPED_H
#define WGO_LIB_SCOPED_H

#include "model/collector.h"

enum wgo_scoped {
#define WGO_SCOPED(id, name, kind, member, argument, help) WGO_SCOPED_##id,
#include "lib/scoped.def"
#undef WGO_SCOPED
    WGO_SCOPED_COUNT
};

enum wgo_scoped_kind {
    WGO_SCOPED_IS_TEXT,
    WGO_SCOPED_IS_FILE,
    WGO_SCOPED_IS_FOLDER,
    WGO_SCOPED_IS_PATTERN,
    WGO_SCOPED_IS_NUMBER,
    WGO_SCOPED_IS_CHOICE,
    WGO_SCOPED_IS_SWITCH,
};

struct wgo_scoped_option {
    const char *name;
    const char *key;      /* of the configuration file */
    const char *argument; /* NULL for a switch */
    const char *help;
    enum wgo_scoped_kind kind;
};

const struct wgo_scoped_option *wgo_scoped_option(enum wgo_scoped id);
/* What a CHOICE is one of, up to a NULL; NULL for everything else. */
const char *const *wgo_scoped_choices(enum wgo_scoped id);
/* Which of 'choices' the text is; USAGE names them all. */
WGO_NODISCARD enum wgo_status wgo_choice_find(const char *const *choices, struct wgo_str text,
                                              unsigned *out_index, struct wgo_error *err);
/* Whether a NUMBER may be 'text'; USAGE with a hint. */
WGO_NODISCARD enum wgo_status wgo_scoped_number_check(enum wgo_scoped id, struct wgo_str text,
                                                      struct wgo_error *err);
/* By name ('_' stands for '-' too) or by key. False when there is none. */
bool wgo_scoped_find(struct wgo_str name, enum wgo_scoped *out);
/* Adds a value to a list, or sets a switch ("" is yes). */
WGO_NODISCARD enum wgo_status wgo_scoped_add(struct wgo_arena *arena,
                                             struct wgo_provider_options *options,
                                             enum wgo_scoped id, struct wgo_str value,
                                             struct wgo_error *err);

#endif
