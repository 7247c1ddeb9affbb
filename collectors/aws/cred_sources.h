/* cred_sources.h: opening the sources that cred_chain.c puts in order. Private to aws.
 *
 * Each leaves '*out' as it is, and says WGO_OK, when its source is not configured.
 *
 * Ownership: '*out' is the caller's. Threads: one. Failure: in the chain's 'err'. */
#ifndef WGO_AWS_CRED_SOURCES_H
#define WGO_AWS_CRED_SOURCES_H

#include "aws/cred_private.h"

struct wgo_aws_chain {
    const struct wgo_aws_config *config;
    int64_t process_timeout_ns;
    const struct wgo_aws_section *visited[33]; /* by source_profile */
    size_t depth;
    bool place_asked; /* credential_source names where to look */
    struct wgo_arena scratch;
    struct wgo_error *err;
};

/* A provider of that kind; 'profile' NULL: 'how' is all there is to say of its source. */
enum wgo_status wgo_aws_make(struct wgo_aws_chain *chain, wgo_aws_fetch_fn *fetch,
                             const struct wgo_aws_section *profile, const char *how,
                             struct wgo_aws_provider **out);

enum wgo_status wgo_aws_open_environment(struct wgo_aws_chain *chain,
                                         struct wgo_aws_provider **out);
enum wgo_status wgo_aws_open_container(struct wgo_aws_chain *chain, struct wgo_aws_provider **out);
enum wgo_status wgo_aws_open_machine(struct wgo_aws_chain *chain, struct wgo_aws_provider **out);
/* 'how' is static. */
enum wgo_status wgo_aws_open_keys(struct wgo_aws_chain *chain, const char *how, struct wgo_str id,
                                  struct wgo_str key, struct wgo_str token,
                                  struct wgo_aws_provider **out);
/* The profile's role, by its source_profile or credential_source. */
enum wgo_status wgo_aws_open_role(struct wgo_aws_chain *chain,
                                  const struct wgo_aws_section *profile,
                                  struct wgo_aws_provider **out);
/* Everything a profile can have but a role to assume. 'environment': its web identity counts. */
enum wgo_status wgo_aws_open_own(struct wgo_aws_chain *chain, const struct wgo_aws_section *profile,
                                 bool environment, struct wgo_aws_provider **out);

#endif
