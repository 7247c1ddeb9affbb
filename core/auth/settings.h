/* settings.h: what signers of every kind do alike: read settings by name, tell facts by name.
 *
 * Ownership: borrows everything. Threads: no state. Failure: as said. */
#ifndef WGO_AUTH_SETTINGS_H
#define WGO_AUTH_SETTINGS_H

#include "auth/registry.h"

/* Where a signer wants a setting. */
struct wgo_signer_known {
    const char *name;
    struct wgo_str *to;
};
/* Puts each setting where 'known' says. CONFIG for one that is not there: "'whose' credentials have
 * no setting". */
WGO_NODISCARD enum wgo_status wgo_signer_settings_read(const struct wgo_signer_setting *settings,
                                                       size_t count,
                                                       const struct wgo_signer_known *known,
                                                       size_t known_count, const char *whose,
                                                       struct wgo_error *err);

/* Something that a signer tells; empty: it does not say. */
struct wgo_signer_told {
    const char *name;
    struct wgo_str value;
};
/* The first of that name that says something. ABSENT: "'whose' configuration does not say". */
WGO_NODISCARD enum wgo_status wgo_signer_told_find(const struct wgo_signer_told *told, size_t count,
                                                   struct wgo_str name, const char *whose,
                                                   struct wgo_str *out_value,
                                                   struct wgo_error *err);

#endif
