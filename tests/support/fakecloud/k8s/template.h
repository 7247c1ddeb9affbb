/* template.h: pre-rendered objects: literal JSON with places for what differs.
 *
 * Template files (templates/<Kind>.json) are JSON with {{...}} in it, compiled once at start into
 * a run of (literal, field) pairs; printing an object is a few dozen small copies. The language is
 * described in README.md.
 *
 * Ownership: k8s_template_new/free.
 * Threads:   read-only once compiled.
 * Failure:   a bad template ends the program: it is part of the program. */
#ifndef FC_K8S_TEMPLATE_H
#define FC_K8S_TEMPLATE_H

#include "core/text.h"
#include "k8s/cluster.h"

struct k8s_template;

struct k8s_template *k8s_template_new(const struct k8s_resource *r);
void k8s_template_free(struct k8s_template *t);

/* The exact length of what k8s_template_print() would print for 'obj'. */
size_t k8s_template_length(const struct k8s_template *t, struct k8s_obj *obj, uint32_t pad_bytes);
/* Prints the object without its opening brace. 'out' has room for k8s_template_max() bytes. */
size_t k8s_template_print(const struct k8s_template *t, struct k8s_obj *obj, uint32_t pad_bytes,
                          char *out);
/* No object of the template is longer, padding apart. */
size_t k8s_template_max(const struct k8s_template *t);

#endif
