#include "lib/signers.h"

enum wgo_status wgo_signers_init(struct wgo_signers *signers,
                                 const char *(*getenv)(const char *name), struct wgo_error *err)
{
    *signers = (struct wgo_signers){
        .aws = {.getenv = getenv}, .azure = {.getenv = getenv}, .gcp = {.getenv = getenv}};
    const struct {
        const struct wgo_signer_type *type;
        void *context;
    } types[] = {
        {&wgo_aws_signer, &signers->aws},
        {&wgo_azure_signer, &signers->azure},
        {&wgo_gcp_signer, &signers->gcp},
    };
    enum wgo_status status = wgo_auth_registry_new(&signers->registry);
    if (status != WGO_OK) {
        return wgo_fail(err, status, "out of memory");
    }
    for (size_t i = 0; i < WGO_COUNT(types) && status == WGO_OK; i++) {
        status = wgo_auth_register(signers->registry, types[i].type, types[i].context, err);
    }
    if (status != WGO_OK) {
        wgo_signers_fini(signers);
    }
    return status;
}

void wgo_signers_fini(struct wgo_signers *signers)
{
    wgo_auth_registry_free(signers->registry);
    *signers = (struct wgo_signers){0};
}
