/* members.h: refusing members that nobody will read, so that a typing mistake is not a silence.
 *
 * Ownership: none. Threads: none. Failure: WGO_E_CONFIG with "FILE: line L: ..." and, where a name
 * is near, "did you mean". */
#ifndef WGO_BASE_MEMBERS_H
#define WGO_BASE_MEMBERS_H

#include "base/yaml.h"

WGO_NODISCARD enum wgo_status wgo_members_check(const struct wgo_yaml *map,
                                                const char *const *known, size_t count,
                                                const char *file, struct wgo_error *err);

#endif
