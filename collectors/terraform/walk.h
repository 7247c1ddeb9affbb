/* walk.h: the instances of one state, one after the other, whatever its format.
 *
 * Glossary
 *   block     what one `resource` of the configuration left in the state: in version 4 a list of
 *             instances; in version 3 and in `terraform show -json` each instance is its own block
 *   instance  one object: with its key under count or for_each; deposed ones are instances too
 *
 * A walk reads the body of a state ("resources", "modules" or "values") from a stream that stands
 * on it. It holds one instance at a time. What is wrong with one block or instance is told to
 * 'problem' and left out; what makes the document unreadable ends the walk.
 *
 * Ownership: what visitors are given is theirs for the call.
 * Threads:   one at a time.
 * Failure:   the stream's, or what a visitor returned, which ends the walk. */
#ifndef WGO_TERRAFORM_WALK_H
#define WGO_TERRAFORM_WALK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "terraform/stream.h"

/* One instance, or one resource of versions that keep each apart, may take so much memory. */
#define WGO_TF_LARGEST_INSTANCE (48u << 20)

enum wgo_tf_format {
    WGO_TF_V4,
    WGO_TF_V3,
    WGO_TF_SHOW, /* terraform show -json */
};

struct wgo_tf_block {
    uint64_t at;           /* where wgo_tf_walk_block() finds it again */
    struct wgo_str module; /* with keys; empty in the root module */
    struct wgo_str type, name;
    bool data;
    int64_t instances;
};

struct wgo_tf_instance {
    struct wgo_str module, type, name;
    struct wgo_str provider; /* which configuration made it, as the state writes it; or empty */
    struct wgo_str address;  /* whole, with keys, without deposed key */
    struct wgo_str deposed;  /* key of an object on its way out, else empty */
    bool data, tainted;
    bool flat;                       /* 'attributes' is a flatmap: "tags.Name": "x" */
    struct wgo_str attributes;       /* JSON object, checked */
    struct wgo_str sensitive_paths;  /* version 4: JSON list of paths, or empty */
    struct wgo_str sensitive_values; /* show: JSON tree of true, or empty */
    struct wgo_str dependencies;     /* JSON array of addresses, or empty */
};

struct wgo_tf_visitor {
    void *state;
    /* Either may be NULL. Without 'instance' the walk counts instances and does not look at them.
     */
    enum wgo_status (*block)(void *state, const struct wgo_tf_block *block, struct wgo_error *err);
    enum wgo_status (*instance)(void *state, const struct wgo_tf_instance *instance,
                                struct wgo_error *err);
    /* 'text' is one line; 'place' where it stands. May be NULL. */
    void (*problem)(void *state, const struct wgo_tf_place *place, const char *text);
};

struct wgo_tf_walk {
    struct wgo_tf_stream *stream;
    const struct wgo_tf_visitor *visitor;
    /* In: every block of a version 4 state ends with its instances, so that nothing about them
     * comes later; otherwise each list is passed once and read when the rest is known. */
    bool instances_last;
    /* Out: whether that was so. */
    bool instances_were_last;
    struct wgo_arena arena; /* of the current block */
    struct wgo_arena item;  /* of the current instance */
    struct wgo_buf address, key;
    enum wgo_status status; /* a visitor's */
    struct wgo_error error;
};

void wgo_tf_walk_init(struct wgo_tf_walk *walk, struct wgo_tf_stream *stream,
                      const struct wgo_tf_visitor *visitor);
void wgo_tf_walk_fini(struct wgo_tf_walk *walk);
/* The stream stands on the body. */
WGO_NODISCARD enum wgo_status wgo_tf_walk_body(struct wgo_tf_walk *walk, enum wgo_tf_format format,
                                               struct wgo_error *err);
/* The one block at 'at'. 'module' is that of version 3, which the block does not know. */
WGO_NODISCARD enum wgo_status wgo_tf_walk_block(struct wgo_tf_walk *walk, enum wgo_tf_format format,
                                                uint64_t at, struct wgo_str module,
                                                struct wgo_error *err);

/* ---- between the formats' files ---- */

bool wgo_tf_walk_v4(struct wgo_tf_walk *walk);
bool wgo_tf_walk_v4_block(struct wgo_tf_walk *walk);
bool wgo_tf_walk_v3(struct wgo_tf_walk *walk);
bool wgo_tf_walk_v3_block(struct wgo_tf_walk *walk, uint64_t at, struct wgo_str module);
bool wgo_tf_walk_show(struct wgo_tf_walk *walk);
bool wgo_tf_walk_show_block(struct wgo_tf_walk *walk);

void wgo_tf_walk_problem(struct wgo_tf_walk *walk, const struct wgo_tf_place *place,
                         const char *format, ...) WGO_PRINTF(3, 4);
/* Hand on what was read; false when the visitor wants no more. wgo_tf_walk_instance() fills
 * 'address' from the other members and 'key' when it is empty. */
bool wgo_tf_walk_give_block(struct wgo_tf_walk *walk, const struct wgo_tf_block *block);
bool wgo_tf_walk_give_instance(struct wgo_tf_walk *walk, struct wgo_tf_instance *instance,
                               struct wgo_str key);
/* True when the stream stands on a value of 'kind'; otherwise the value is passed and, unless it is
 * null, 'what' is reported. */
bool wgo_tf_walk_expect(struct wgo_tf_walk *walk, enum wgo_json_kind kind, const char *what);

#endif
