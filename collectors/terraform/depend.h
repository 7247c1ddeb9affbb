/* depend.h: from the addresses an instance depends on to the ids of what is meant.
 *
 * Terraform writes down resources, not instances: "module.net.aws_subnet.a". That is every instance
 * of that resource, except that an instance inside module.net["x"] means those in module.net["x"]:
 * as far as both paths go through the same modules, they go through the same instances of them.
 *
 * Ids of instances are found by looking their block up in the state. A resource with more than
 * WGO_TF_MOST_TARGETS instances stands as one id, that of its address without a key, so that
 * neither time nor snapshot grows with the square of a state. What is not in the state (variables,
 * whole modules, resources that are gone) gives nothing; nor do data sources while they are left
 * out.
 *
 * Ownership: wgo_tf_depend_init/_fini; borrows survey and source.
 * Threads:   one at a time.
 * Failure:   out of memory, or what reading the state gives. */
#ifndef WGO_TERRAFORM_DEPEND_H
#define WGO_TERRAFORM_DEPEND_H

#include "model/links.h"
#include "terraform/survey.h"

#define WGO_TF_MOST_TARGETS 64
#define WGO_TF_MOST_BLOCKS 256
#define WGO_TF_REMEMBERED 256

/* Appends the id of 'instance'. */
typedef enum wgo_status wgo_tf_id_fn(void *state, const struct wgo_tf_instance *instance,
                                     struct wgo_buf *out, struct wgo_error *err);

struct wgo_tf_depend_options {
    struct wgo_tf_survey *survey; /* its index gets sorted */
    const struct wgo_tf_source *source;
    struct wgo_str lineage; /* as ids have it */
    bool data_sources;      /* they are resources too */
    wgo_tf_id_fn *id;
    void *id_state;
};

struct wgo_tf_depend {
    struct wgo_tf_depend_options o;
    struct wgo_tf_stream stream;
    struct wgo_buf config, wanted, plain, ids, again;
    struct wgo_arena arena; /* of one record */
    struct wgo_links links; /* likewise */
    struct {
        struct wgo_buf wanted, ids; /* ids end with a NUL each */
    } remembered[WGO_TF_REMEMBERED];
    /* of the search under way */
    struct wgo_str prefix, target_key;
    size_t found;
};

void wgo_tf_depend_init(struct wgo_tf_depend *depend, const struct wgo_tf_depend_options *options);
void wgo_tf_depend_fini(struct wgo_tf_depend *depend);
/* Writes the ids 'instance' depends on as a JSON array, sorted, without repeats and without
 * 'own_id'; nothing when there are none. */
WGO_NODISCARD enum wgo_status wgo_tf_depend(struct wgo_tf_depend *depend,
                                            const struct wgo_tf_instance *instance,
                                            struct wgo_str own_id, struct wgo_buf *out,
                                            struct wgo_error *err);

#endif
