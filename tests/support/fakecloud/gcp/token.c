#include "gcp/token.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/rng.h"

#define PREFIX "ya29.c."
#define BYTES 17 /* End in ms, who, seal. */

static int64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static uint64_t seal_of(const struct gcp_world *w, uint64_t end_ms, uint64_t who)
{
    return fc_hash(fc_hash(fc_mix(w->seed) ^ UINT64_C(0x746f6b656e), end_ms), who);
}

int64_t gcp_token_make(const struct gcp_world *w, enum gcp_who who, struct fc_text *out)
{
    uint64_t end_ms = (uint64_t)(wall_ms() + w->token_ttl_ms);
    uint64_t seal = seal_of(w, end_ms, (uint64_t)who);
    uint8_t bytes[BYTES];
    size_t i;

    for (i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(end_ms >> (8 * i));
        bytes[i + 9] = (uint8_t)(seal >> (8 * i));
    }
    bytes[8] = (uint8_t)who;
    fc_text_puts(out, PREFIX);
    fc_text_base64(out, bytes, sizeof(bytes), true);
    return w->token_ttl_ms / 1000;
}

enum gcp_proof gcp_token_read(const struct gcp_world *w, const char *authorization,
                              enum gcp_who *who)
{
    size_t n = sizeof(PREFIX) - 1, length;
    uint64_t end_ms = 0, seal = 0;
    uint8_t bytes[BYTES];
    const char *token;
    size_t i;

    *who = GCP_WHO_ACCOUNT;
    if (authorization == NULL) {
        return GCP_PROOF_NONE;
    }
    if (strncasecmp(authorization, "Bearer ", 7) != 0) {
        return GCP_PROOF_BAD;
    }
    token = authorization + 7;
    if (strncmp(token, PREFIX, n) != 0 ||
        !fc_base64_decode(fc_str_of(token + n), bytes, sizeof(bytes), &length) || length != BYTES) {
        return GCP_PROOF_BAD;
    }
    for (i = 0; i < 8; i++) {
        end_ms |= (uint64_t)bytes[i] << (8 * i);
        seal |= (uint64_t)bytes[i + 9] << (8 * i);
    }
    if (bytes[8] > GCP_WHO_VM || seal != seal_of(w, end_ms, bytes[8])) {
        return GCP_PROOF_BAD;
    }
    *who = (enum gcp_who)bytes[8];
    return (uint64_t)wall_ms() < end_ms ? GCP_PROOF_GOOD : GCP_PROOF_EXPIRED;
}

const char *gcp_who_name(const struct gcp_world *w, enum gcp_who who)
{
    switch (who) {
    case GCP_WHO_USER:
        return "reader@example.com";
    case GCP_WHO_FEDERATED:
        return "principal://iam.googleapis.com/workload";
    case GCP_WHO_IMPERSONATED:
        return "impersonated@example.iam.gserviceaccount.com";
    case GCP_WHO_VM:
        return "compute@developer.gserviceaccount.com";
    default:
        return w->account;
    }
}
