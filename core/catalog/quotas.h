/* quotas.h: `quotas:` of the configuration and of a described provider, and --quota with its share.
 *
 * Ownership: what is returned lives in the arena given. Threads: one. Failure: CONFIG with file and
 * line, USAGE for a flag. */
#ifndef WGO_CATALOG_QUOTAS_H
#define WGO_CATALOG_QUOTAS_H

#include "base/yaml.h"
#include "flow/quota.h"

/* `quotas: [{match, limit, share, per, even}]`. */
WGO_NODISCARD enum wgo_status wgo_quotas_from_yaml(const struct wgo_yaml *node, const char *name,
                                                   struct wgo_arena *arena,
                                                   struct wgo_quota **out_quotas, size_t *out_count,
                                                   struct wgo_error *err);
/* "500/h,10000/d" into 'out'. */
WGO_NODISCARD enum wgo_status wgo_quota_windows_read(struct wgo_str text, struct wgo_quota *out,
                                                     struct wgo_error *err);

#endif
