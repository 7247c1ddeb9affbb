/* template.h: answers as literal text with places for what differs, compiled once.
 *
 * Ownership: aws_template_new/free.
 * Threads:   read-only once compiled; a scene belongs to its request.
 * Failure:   a bad template ends the program: it is part of the program. */
#ifndef FC_AWS_TEMPLATE_H
#define FC_AWS_TEMPLATE_H

#include "aws/catalog.h"

/* An object: a place in a pool. */
struct aws_obj {
    const struct aws_type *type;
    uint64_t index;
    uint64_t h; /* All its chance comes from this. */
};

/* A name that was asked for; of a batch. */
struct aws_named {
    struct fc_str value;
    struct aws_obj obj; /* type NULL: there is none. */
};

/* What a template is printed for. */
struct aws_scene {
    const struct aws_world *world;
    const struct aws_params *params;
    const struct aws_account *account;
    const char *region;
    const char *request_id;
    uint64_t base[AWS_SCOPES]; /* Seeds of the pools. */
    bool json;                 /* How parameters that are printed back are escaped. */

    const struct aws_type *type; /* A list: objects [start, end) of it. */
    uint64_t start;
    uint64_t end;
    struct aws_named *named; /* Or a batch. */
    size_t named_count;
    struct aws_obj one; /* Or an object; type NULL: none. */
    bool more;
    uint64_t page_size;
    struct fc_str token; /* Of the next page. */
};

struct aws_template *aws_template_new(const struct aws_catalog *c,
                                      const struct aws_service *service, const char *text);
void aws_template_free(struct aws_template *t);
/* 'self' may be NULL outside of loops. */
void aws_template_print(const struct aws_template *t, const struct aws_scene *scene,
                        const struct aws_obj *self, struct fc_text *out);

/* A source that prints the list of 'scene', which outlives it, as it is read. False: 'scene' is no
 * list of a pool, or the template has none. */
bool aws_template_source(const struct aws_template *t, const struct aws_scene *scene,
                         struct fc_source *out);

/* The object of 'type' at 'index' as 'scene' sees it. */
struct aws_obj aws_obj_at(const struct aws_scene *scene, const struct aws_type *type,
                          uint64_t index);
/* The object of 'type' that 'self' speaks of: itself, an ancestor, or any one, always the same. */
struct aws_obj aws_obj_related(const struct aws_scene *scene, const struct aws_obj *self,
                               const struct aws_type *type);
/* The object whose key is in 'value', an id, a name or an ARN. False: there is none. */
bool aws_obj_find(const struct aws_scene *scene, const struct aws_type *type, struct fc_str value,
                  struct aws_obj *out);
/* The number that hexadecimal ids of this pool hide their index behind. */
uint32_t aws_obj_mask(const struct aws_scene *scene, const struct aws_type *type);

#endif
