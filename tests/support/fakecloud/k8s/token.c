#include "k8s/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "k8s/drifted.h"

static uint64_t list_mark(const struct k8s_cluster *c, struct fc_str list)
{
    return fc_hash_bytes(c->seed, list.p, list.n) & 0xffffff;
}

void k8s_token_print(const struct k8s_cluster *c, const struct k8s_token *token, struct fc_str list,
                     struct fc_text *out)
{
    struct fc_text t = {0};

    fc_text_printf(
        &t, "{\"v\":\"meta.k8s.io/v1\",\"rv\":%lld,\"start\":\"%06llx/%llu/%lld/%llu\\u0000\"}",
        token->inconsistent ? -1LL : (long long)k8s_version(c),
        (unsigned long long)list_mark(c, list), (unsigned long long)token->position,
        (long long)token->issued_ms, (unsigned long long)token->empties);
    while (c->std_tokens && t.len % 3 != 2) {
        fc_text_puts(&t, "~"); /* So that the padding shows; '~' makes '+' and '/' likely. */
    }
    fc_text_base64(out, t.data, t.len, !c->std_tokens);
    fc_text_fini(&t);
}

bool k8s_token_parse(const struct k8s_cluster *c, struct fc_str text, struct fc_str list,
                     struct k8s_token *out)
{
    char plain[256];
    size_t n = 0;
    long long rv, issued;
    unsigned long long mark, position, empties;

    if (!fc_base64_decode(text, plain, sizeof(plain) - 1, &n)) {
        return false;
    }
    plain[n] = '\0';
    if (sscanf(plain, "{\"v\":\"meta.k8s.io/v1\",\"rv\":%lld,\"start\":\"%llx/%llu/%lld/%llu", &rv,
               &mark, &position, &issued, &empties) != 5 ||
        mark != list_mark(c, list)) {
        return false;
    }
    out->position = position;
    out->issued_ms = issued;
    out->inconsistent = rv < 0;
    out->empties = empties;
    return true;
}
