/* query.c: what a search asks for: times that are compared, and the fields of the answer.
 *
 * Source: cloud.google.com/asset-inventory/docs/query-syntax, and the description of
 * ResourceSearchResult: a time is seconds since 1970, a date, or a date and time in quotes; a field
 * is there only where the resource has it. */
#include <string.h>

#include "core/clock.h"
#include "gcp/call.h"
#include "gcp/changes.h"

static bool take(struct fc_str *rest, const char *word)
{
    size_t n = strlen(word);

    if (rest->n < n || memcmp(rest->p, word, n) != 0) {
        return false;
    }
    *rest = (struct fc_str){rest->p + n, rest->n - n};
    return true;
}

static void skip_spaces(struct fc_str *rest)
{
    while (take(rest, " ")) {
    }
}

static bool read_time(struct fc_str *rest, int64_t *out_s)
{
    bool quoted = take(rest, "\"");
    struct fc_str word = {rest->p, 0};
    uint64_t seconds;
    int64_t ns;

    while (word.n < rest->n && rest->p[word.n] != (quoted ? '"' : ' ')) {
        word.n++;
    }
    *rest = (struct fc_str){rest->p + word.n, rest->n - word.n};
    if (quoted && !take(rest, "\"")) {
        return false;
    }
    if (!quoted && fc_str_u64(word, &seconds)) {
        *out_s = (int64_t)seconds;
        return true;
    }
    if (!fc_clock_parse(word, &ns)) {
        return false;
    }
    *out_s = ns / FC_SECOND;
    return true;
}

static bool read_term(struct fc_str *rest, struct gcp_query_term *term)
{
    static const char *const ops[] = {">=", "<=", ">", "<", "="};
    size_t i;

    term->updated = take(rest, "updateTime");
    if (!term->updated && !take(rest, "createTime")) {
        return false;
    }
    skip_spaces(rest);
    for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (take(rest, ops[i])) {
            strcpy(term->op, ops[i]);
            skip_spaces(rest);
            return read_time(rest, &term->s);
        }
    }
    return false;
}

bool gcp_query_read(struct fc_str text, struct gcp_query *out)
{
    out->count = 0;
    skip_spaces(&text);
    while (text.n > 0) {
        if (out->count == GCP_MAX_TERMS || (out->count > 0 && !take(&text, "AND "))) {
            return false;
        }
        skip_spaces(&text);
        if (!read_term(&text, &out->terms[out->count++])) {
            return false;
        }
        skip_spaces(&text);
    }
    return true;
}

static bool compare(int64_t s, const char *op, int64_t with)
{
    bool equal = s == with && strchr(op, '=') != NULL;

    return equal || (op[0] == '>' && s > with) || (op[0] == '<' && s < with);
}

bool gcp_query_admits(const struct gcp_query *query, const struct gcp_call *call,
                      const struct gcp_type *t, const struct fc_obj *o)
{
    size_t i;

    for (i = 0; i < query->count; i++) {
        const struct gcp_query_term *term = &query->terms[i];
        int64_t s = term->updated ? gcp_updated_s(call->project, t, o) : fc_template_born_s(o);

        if ((term->updated && !t->dated) || !compare(s, term->op, term->s)) {
            return false;
        }
    }
    return true;
}

bool gcp_mask_has(const struct fc_request *rq, const char *field)
{
    struct fc_str mask = fc_request_param(rq, "readMask");
    size_t n = strlen(field);

    while (mask.n > 0) {
        const char *comma = memchr(mask.p, ',', mask.n);
        size_t word = comma != NULL ? (size_t)(comma - mask.p) : mask.n;
        size_t gone = comma != NULL ? word + 1 : word;

        if (fc_str_eq((struct fc_str){mask.p, word}, "*") ||
            (word == n && memcmp(mask.p, field, n) == 0)) {
            return true;
        }
        mask = (struct fc_str){mask.p + gone, mask.n - gone};
    }
    return fc_request_param(rq, "readMask").n == 0;
}
