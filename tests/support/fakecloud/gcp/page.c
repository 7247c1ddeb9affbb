/* page.c: pages and their tokens. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fault.h"
#include "core/rng.h"
#include "gcp/call.h"

#define TOKEN_BYTES 12
#define HOLE (UINT64_C(1) << 63) /* In a position: an empty page came before. */

/* Tokens belong to their list: to its path and what was asked besides pages. */
static uint64_t binding(const struct gcp_call *call, const struct fc_request *rq)
{
    uint64_t h = fc_hash_bytes(call->world->seed, rq->path.p, rq->path.n);
    size_t i;

    for (i = 0; i < rq->param_count; i++) {
        const struct fc_pair *p = &rq->params[i];

        if (!fc_str_eq(p->key, "pageToken") && !fc_str_eq(p->key, call->op->size)) {
            h ^= fc_hash_bytes(fc_hash_bytes(0, p->key.p, p->key.n), p->value.p, p->value.n);
        }
    }
    return h;
}

static void make_token(uint64_t bound, uint64_t at, struct fc_text *out)
{
    uint64_t seal = fc_hash(bound, at);
    uint8_t bytes[TOKEN_BYTES];
    size_t i;

    for (i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(at >> (8 * i));
    }
    for (i = 8; i < TOKEN_BYTES; i++) {
        bytes[i] = (uint8_t)(seal >> (8 * (i - 8)));
    }
    fc_text_base64(out, bytes, sizeof(bytes), true);
}

static bool read_token(uint64_t bound, struct fc_str token, uint64_t total, uint64_t *at)
{
    uint8_t bytes[TOKEN_BYTES];
    struct fc_text again = {0};
    bool same;
    size_t i, n;

    if (!fc_base64_decode(token, bytes, sizeof(bytes), &n) || n != TOKEN_BYTES) {
        return false;
    }
    *at = 0;
    for (i = 0; i < 8; i++) {
        *at |= (uint64_t)bytes[i] << (8 * i);
    }
    make_token(bound, *at, &again);
    same = again.len == token.n && memcmp(again.data, token.p, token.n) == 0;
    fc_text_fini(&again);
    return same && (*at & ~HOLE) <= total;
}

/* Older APIs refuse what is too much; the others give the most they can. */
static bool read_size(struct gcp_call *call, const struct fc_request *rq, uint64_t *size)
{
    const struct gcp_op *op = call->op;
    struct fc_str asked = fc_request_param(rq, op->size);

    *size = op->usual;
    if (asked.n == 0) {
        return true;
    }
    if (!fc_str_u64(asked, size) || (*size > op->max && op->service->old)) {
        snprintf(call->message, sizeof(call->message),
                 "Invalid value for field '%s': '%.*s'. Values must be within the range: [0, %llu]",
                 op->size, (int)(asked.n < 40 ? asked.n : 40), asked.p,
                 (unsigned long long)op->max);
        return false;
    }
    *size = *size == 0 ? op->usual : *size > op->max ? op->max : *size;
    return true;
}

struct gcp_trouble gcp_page_cut(struct gcp_call *call, const struct fc_request *rq, uint64_t total,
                                struct gcp_page *page)
{
    enum fc_fault_kind kind = rq->fault != NULL ? rq->fault->kind : FC_FAULT_STATUS;
    struct fc_str token = {NULL, 0};
    uint64_t size = 0, bound, hole;

    *page = (struct gcp_page){.end = total};
    if (call->op->size == NULL) {
        return (struct gcp_trouble){.problem = GCP_OK};
    }
    bound = binding(call, rq);
    if (!read_size(call, rq, &size)) {
        return (struct gcp_trouble){.problem = GCP_BAD_PARAMETER, .message = call->message};
    }
    size = call->page_limit > 0 && call->page_limit < size ? call->page_limit : size;
    token = fc_request_param(rq, "pageToken");
    if (token.n > 0 &&
        (kind == FC_FAULT_EXPIRED || !read_token(bound, token, total, &page->start))) {
        return (struct gcp_trouble){.problem = GCP_BAD_PARAMETER,
                                    .message = "The page token is invalid or has expired."};
    }
    hole = page->start & HOLE;
    page->start &= ~HOLE;
    page->end = total - page->start <= size ? total : page->start + size;
    if (kind == FC_FAULT_EMPTY_PAGE) {
        page->end = page->start;
        hole ^= HOLE;
    } else {
        hole = 0;
    }
    if (page->end < total || kind == FC_FAULT_EMPTY_PAGE) {
        make_token(bound, hole | (kind == FC_FAULT_REPEAT_TOKEN ? page->start : page->end),
                   &page->token);
    }
    return (struct gcp_trouble){.problem = GCP_OK};
}

void gcp_page_move(const struct gcp_call *call, const struct fc_request *rq, uint64_t total,
                   uint64_t end, struct gcp_page *page)
{
    enum fc_fault_kind kind = rq->fault != NULL ? rq->fault->kind : FC_FAULT_STATUS;

    if (end == page->end || kind == FC_FAULT_EMPTY_PAGE || kind == FC_FAULT_REPEAT_TOKEN) {
        return;
    }
    page->end = end;
    fc_text_fini(&page->token);
    if (end < total) {
        make_token(binding(call, rq), end, &page->token);
    }
}

void gcp_page_finish(struct gcp_page *page, struct fc_text *out)
{
    if (page->token.len > 0) {
        fc_text_printf(out, ",\"nextPageToken\":\"%s\"", page->token.data);
    }
    fc_text_fini(&page->token);
}
