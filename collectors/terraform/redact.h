/* redact.h: an instance's attributes as a snapshot may show them.
 *
 * What is a secret is learned from three sources: what Terraform marked (sensitive_attributes in
 * version 4, sensitive_values in `terraform show -json`), names and types that are known
 * (model/secret_names.h, secrets.h), and texts that give themselves away. A text that is secret in
 * one attribute is replaced wherever the same instance repeats it: providers echo an input as an
 * output and mark only the one.
 *
 * Each secret scalar becomes what base/secret.h's redactor makes of it; null stays. The rest is
 * copied as it is written, numbers digit for digit, without white space.
 *
 * Ownership: wgo_tf_redaction_init/_fini; borrows the redactor.
 * Threads:   one at a time.
 * Failure:   out of memory. */
#ifndef WGO_TERRAFORM_REDACT_H
#define WGO_TERRAFORM_REDACT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"
#include "model/secret_names.h"
#include "terraform/secrets.h"
#include "terraform/walk.h"

/* The same few hundred names come again and again. */
#define WGO_TF_NAMES 512
#define WGO_TF_KNOWN 32
#define WGO_TF_PATHS 16

struct wgo_tf_redaction {
    const struct wgo_redactor *redactor;
    struct wgo_arena arena; /* of one instance */
    struct {
        char text[40];
        unsigned char len;
        unsigned char secrecy;
    } names[WGO_TF_NAMES];
    struct wgo_str known[WGO_TF_KNOWN]; /* raw texts that turned out to be secret */
    size_t known_count, known_given;    /* given: those of the first look */
    struct wgo_buf last_type;           /* whose 'paths' these are */
    const char *paths[WGO_TF_PATHS];    /* more than any type has */
    size_t path_count;
    const char *open; /* an attribute of it that is no secret, or NULL */
    bool failed;
};

void wgo_tf_redaction_init(struct wgo_tf_redaction *redaction, const struct wgo_redactor *redactor);
void wgo_tf_redaction_fini(struct wgo_tf_redaction *redaction);
/* Appends the attributes of 'instance' to 'out'. */
WGO_NODISCARD enum wgo_status wgo_tf_redact(struct wgo_tf_redaction *redaction,
                                            const struct wgo_tf_instance *instance,
                                            struct wgo_buf *out, struct wgo_error *err);

#endif
