#include "powerbi/filter.h"

#include <string.h>
#include <strings.h>

/* A parser that evaluates as it goes. */
struct parser {
    struct fc_str left;
    const struct pbi_filter *filter;
    const void *object;
    unsigned depth;
    bool failed;
};

static bool either(struct parser *p);

static void skip_blanks(struct parser *p)
{
    while (p->left.n > 0 && p->left.p[0] == ' ') {
        p->left.p++;
        p->left.n--;
    }
}

static void advance(struct parser *p, size_t n)
{
    p->left.p += n;
    p->left.n -= n;
    skip_blanks(p);
}

static bool take(struct parser *p, const char *word)
{
    size_t n = strlen(word);

    if (p->left.n < n || strncmp(p->left.p, word, n) != 0) {
        return false;
    }
    advance(p, n);
    return true;
}

static bool fail(struct parser *p)
{
    p->failed = true;
    p->left.n = 0;
    return false;
}

static size_t word_length(const struct parser *p)
{
    size_t n = 0;

    while (n < p->left.n && strchr(" (),'", p->left.p[n]) == NULL) {
        n++;
    }
    return n;
}

/* A property, maybe within tolower(). */
static void read_property(struct parser *p, struct fc_text *out)
{
    bool lower = take(p, "tolower(");
    size_t n = word_length(p), i;

    if (n == 0 || !p->filter->property(p->object, (struct fc_str){p->left.p, n}, out)) {
        fail(p);
        return;
    }
    advance(p, n);
    if (lower && !take(p, ")")) {
        fail(p);
    }
    for (i = 0; lower && i < out->len; i++) {
        char c = out->data[i];

        out->data[i] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
}

/* A string in quotes, in which a quote is two of them; or a bare word. */
static void read_value(struct parser *p, struct fc_text *out)
{
    size_t i;

    if (p->left.n == 0 || p->left.p[0] != '\'') {
        size_t n = word_length(p);

        fc_text_add(out, p->left.p, n);
        if (n == 0) {
            fail(p);
        }
        advance(p, n);
        return;
    }
    for (i = 1; i < p->left.n; i++) {
        bool quote = p->left.p[i] == '\'';

        if (quote && (i + 1 == p->left.n || p->left.p[i + 1] != '\'')) {
            fc_text_add(out, "", 0);
            advance(p, i + 1);
            return;
        }
        fc_text_add(out, p->left.p + i, 1);
        i += quote;
    }
    fail(p);
}

static bool compared(const struct fc_text *a, const struct fc_text *b, size_t at)
{
    return at + b->len <= a->len &&
           (b->len == 0 || strncasecmp(a->data + at, b->data, b->len) == 0);
}

static bool called(struct parser *p, char which)
{
    struct fc_text a = {0}, b = {0};
    bool hit = false;
    size_t i;

    read_property(p, &a);
    if (!p->failed && take(p, ",")) {
        read_value(p, &b);
    }
    if (!p->failed && !take(p, ")")) {
        fail(p);
    }
    if (which == 's') {
        hit = compared(&a, &b, 0);
    } else if (which == 'e') {
        hit = b.len <= a.len && compared(&a, &b, a.len - b.len);
    } else {
        for (i = 0; i <= a.len && !hit; i++) {
            hit = compared(&a, &b, i);
        }
    }
    fc_text_fini(&a);
    fc_text_fini(&b);
    return hit;
}

static bool comparison(struct parser *p)
{
    struct fc_text a = {0}, b = {0};
    bool equal, wanted;

    read_property(p, &a);
    wanted = !p->failed && take(p, "eq ");
    if (!p->failed && !wanted && !take(p, "ne ")) {
        fail(p);
    }
    if (!p->failed) {
        read_value(p, &b);
    }
    equal = a.len == b.len && compared(&a, &b, 0);
    fc_text_fini(&a);
    fc_text_fini(&b);
    return equal == wanted;
}

static bool term(struct parser *p)
{
    bool hit;

    if (++p->depth > 50) {
        return fail(p);
    }
    if (take(p, "not ")) {
        hit = !term(p);
    } else if (take(p, "(")) {
        hit = either(p);
        if (!take(p, ")")) {
            fail(p);
        }
    } else if (take(p, "contains(")) {
        hit = called(p, 'c');
    } else if (take(p, "startswith(")) {
        hit = called(p, 's');
    } else if (take(p, "endswith(")) {
        hit = called(p, 'e');
    } else if (take(p, "users/any()")) {
        struct fc_text any = {0};

        hit = p->filter->property(p->object, fc_str_of("users/any()"), &any) &&
              strcmp(any.data, "true") == 0;
        fc_text_fini(&any);
    } else {
        hit = comparison(p);
    }
    p->depth--;
    return hit;
}

static bool both(struct parser *p)
{
    bool hit = term(p);

    while (!p->failed && take(p, "and ")) {
        hit = term(p) && hit;
    }
    return hit;
}

static bool either(struct parser *p)
{
    bool hit = both(p);

    while (!p->failed && take(p, "or ")) {
        hit = both(p) || hit;
    }
    return hit;
}

static bool run(const struct pbi_filter *filter, const void *object, bool *out_good)
{
    struct parser p = {.left = filter->text, .filter = filter, .object = object};
    bool hit;

    skip_blanks(&p);
    hit = either(&p);
    *out_good = !p.failed && p.left.n == 0;
    return hit;
}

bool pbi_filter_check(const struct pbi_filter *filter, const void *object)
{
    bool good = true;

    if (filter->text.p != NULL) {
        run(filter, object, &good);
    }
    return good;
}

bool pbi_filter_hits(const struct pbi_filter *filter, const void *object)
{
    bool good;

    return filter->text.p == NULL || run(filter, object, &good);
}
