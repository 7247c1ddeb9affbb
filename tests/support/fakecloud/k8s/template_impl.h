/* template_impl.h: what the compiler of templates and their printer share.
 *
 * Only template.c and template_compile.c include this.
 *
 * Ownership, threads, failure: see template.h. */
#ifndef FC_K8S_TEMPLATE_IMPL_H
#define FC_K8S_TEMPLATE_IMPL_H

#include "k8s/template.h"

#define K8S_MAX_OPS 400
#define K8S_MAX_PICKS 24
#define K8S_MAX_OPTIONS 12

enum k8s_field {
    K8S_FIELD_NONE,
    K8S_FIELD_NAME,
    K8S_FIELD_NS,
    K8S_FIELD_UID,
    K8S_FIELD_RV,
    K8S_FIELD_TIME,
    K8S_FIELD_INDEX,
    K8S_FIELD_IP,
    K8S_FIELD_HEX,
    K8S_FIELD_B64,
    K8S_FIELD_PICK,
    K8S_FIELD_NUM,
    K8S_FIELD_FIXED,
    K8S_FIELD_PAD,
    K8S_FIELD_IF,     /* Skips to 'jump' unless the target exists. */
    K8S_FIELD_IFPICK, /* Skips to 'jump' unless the pick has the value. */
};

enum k8s_target {
    K8S_TARGET_SELF,
    K8S_TARGET_PARENT,
    K8S_TARGET_GRAND,
    K8S_TARGET_OTHER,
    K8S_TARGET_NODE,
    K8S_TARGETS
};

struct k8s_op {
    uint32_t lit; /* Offset of the literal that comes first. */
    uint32_t lit_len;
    uint8_t field;
    uint8_t target;
    uint16_t jump; /* Of a condition; else the key its chance comes from. */
    uint32_t a;
    uint32_t b;
};

struct k8s_pick {
    uint64_t key;
    uint32_t count;
    struct fc_str options[K8S_MAX_OPTIONS];
};

struct k8s_template {
    struct fc_text text; /* Macros expanded. Picks point into it. */
    struct fc_text literals;
    struct k8s_op ops[K8S_MAX_OPS];
    size_t op_count;
    struct k8s_pick picks[K8S_MAX_PICKS];
    size_t pick_count;
    size_t max; /* No object is longer, padding apart. */
};

#endif
