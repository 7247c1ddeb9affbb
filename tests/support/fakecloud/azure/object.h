/* object.h: objects: which there are, what they are called, how they are found and printed.
 *
 * Ownership, threads: values; the world is read only.
 * Failure:   none. */
#ifndef FC_AZURE_OBJECT_H
#define FC_AZURE_OBJECT_H

#include "azure/world.h"

/* Objects [start, end) of a type in a subscription. */
struct az_run {
    const struct az_type *type;
    uint32_t sub;
    uint64_t start;
    uint64_t end;
};

struct az_obj az_obj_at(const struct az_world *w, const struct az_type *type, uint32_t sub,
                        uint64_t index);
/* The object of 'type' that 'self' speaks of: itself, an ancestor, its resource group, or any one,
 * always the same; with 'same' the one of the same index. */
struct az_obj az_obj_related(const struct az_world *w, const struct az_obj *self,
                             const struct az_type *type, bool same);
struct az_obj az_obj_parent(const struct az_world *w, const struct az_obj *o);
/* The resource group's index; of what is in none, UINT64_MAX. */
uint64_t az_obj_group(const struct az_world *w, const struct az_obj *o);
/* Objects of 'type' in one resource group, or under a parent. */
struct az_run az_run_group(const struct az_world *w, const struct az_type *type, uint32_t sub,
                           uint64_t group);
struct az_run az_run_under(const struct az_type *type, const struct az_obj *parent);
struct az_run az_run_all(const struct az_type *type, uint32_t sub);
/* The object of that name in 'run'. */
bool az_obj_find(const struct az_world *w, const struct az_run *run, struct fc_str name,
                 struct az_obj *out);
uint32_t az_obj_mask(const struct az_world *w, const struct az_type *type, uint32_t sub);

const char *az_obj_location(const struct az_world *w, const struct az_obj *o, bool display);
void az_put_name(const struct az_world *w, const struct az_obj *o, struct fc_text *out);
void az_put_id(const struct az_world *w, const struct az_obj *o, struct fc_text *out);
/* "2024-05-01T12:00:00.1234567Z"; 'form' 0: created, 1: changed, else a key of chance. */
void az_put_time(const struct az_obj *o, uint64_t form, struct fc_text *out);
void az_put_tags(const struct az_world *w, const struct az_obj *o, struct fc_text *out);
/* As its provider's own GET and list have it. */
void az_put_arm(const struct az_world *w, const struct az_obj *o, struct fc_text *out);

/* As ARM's generic list has it. */
struct az_expand {
    bool created, changed, state;
};
void az_put_brief(const struct az_world *w, const struct az_obj *o, const struct az_expand *more,
                  struct fc_text *out);

#endif
