/* record.h: instances become records.
 *
 * One recorder serves one state, after it has been decided that the state counts and what its
 * lineage is called. Decisions that a reader of a snapshot meets:
 *   - `configuration` holds the attributes as the state has them; a tainted instance says
 *     `"tainted": true` there, unless an attribute has that name;
 *   - `state_address` is the address as `terraform state list` prints it, with "(deposed KEY)"
 *     behind it for an object that waits to be destroyed;
 *   - `provider` is "terraform" also where the id is a live object's: the merger joins both.
 *
 * Ownership: wgo_tf_recorder_init/_fini; borrows everything in its options.
 * Threads:   one at a time.
 * Failure:   what emitting or reading the state gives. */
#ifndef WGO_TERRAFORM_RECORD_H
#define WGO_TERRAFORM_RECORD_H

#include "model/collector.h"
#include "terraform/depend.h"
#include "terraform/identity.h"
#include "terraform/redact.h"

struct wgo_tf_recorder_options {
    const struct wgo_services *services;
    const struct wgo_tf_identities *identities;
    const struct wgo_str_list *resource_types; /* globs, or NULL */
    struct wgo_tf_survey *survey;
    const struct wgo_tf_source *source;
    struct wgo_str lineage; /* as ids have it: encoded, with its "@..." */
    struct wgo_str location, backend;
    bool data_sources;
};

struct wgo_tf_recorder {
    struct wgo_tf_recorder_options o;
    struct wgo_str cluster;
    struct wgo_tf_homes homes;
    struct wgo_tf_redaction redaction;
    struct wgo_tf_depend depend;
    struct wgo_arena arena; /* of one record */
    struct wgo_buf id, attributes, dependencies, tags, shown_address;
    struct wgo_buf target; /* attributes of a resource that is depended on */
    struct wgo_tf_redaction target_redaction;
    int64_t emitted;
};

void wgo_tf_recorder_init(struct wgo_tf_recorder *recorder,
                          const struct wgo_tf_recorder_options *options);
void wgo_tf_recorder_fini(struct wgo_tf_recorder *recorder);
/* Looks at every instance before the first is recorded: what they tell of each other (home.h). */
WGO_NODISCARD enum wgo_status wgo_tf_recorder_learn(struct wgo_tf_recorder *recorder, size_t window,
                                                    struct wgo_error *err);
/* A visitor's 'instance', with the recorder as its state. */
enum wgo_status wgo_tf_record_instance(void *state, const struct wgo_tf_instance *instance,
                                       struct wgo_error *err);

#endif
