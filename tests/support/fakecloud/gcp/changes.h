/* changes.h: what of a project's things changed, and what is gone, since somebody last looked.
 *
 * Of every N things of the whole world one changed and one is gone (core/drift.h). Each kind in
 * each project begins to count elsewhere, so that small pools have their share; what lies below
 * something that is gone is gone with it. What others hang on (projects, folders, services, regions
 * ...: the kinds that are `fixed`) stays as it is.
 *
 * Ownership: none.
 * Threads:   any.
 * Failure:   none. */
#ifndef FC_GCP_CHANGES_H
#define FC_GCP_CHANGES_H

#include "gcp/catalog.h"

/* Of the objects of 't' in 'p' (NULL: of the organisation) the one at 'index'. */
bool gcp_changed(const struct gcp_project *p, const struct gcp_type *t, uint64_t index);
bool gcp_gone(const struct gcp_project *p, const struct gcp_type *t, uint64_t index);
/* As gcp_type_count(), without what is gone. */
uint64_t gcp_type_left(const struct gcp_catalog *c, const struct gcp_type *t,
                       const struct gcp_project *p);
/* The object with the chance that it has now. */
struct fc_obj gcp_as_now(const struct fc_scene *scene, const struct gcp_project *p,
                         const struct gcp_type *t, const struct fc_obj *o);
/* What a list says of the object: one that changed has another content than it had. */
void gcp_put_body(const struct fc_scene *scene, const struct gcp_project *p,
                  const struct gcp_type *t, const struct fc_obj *o, struct fc_text *out);
/* When it was last changed or deleted, else made: in seconds since 1970. */
int64_t gcp_updated_s(const struct gcp_project *p, const struct gcp_type *t,
                      const struct fc_obj *o);

#endif
