/* template_compile.c: from text to steps. */
#include <stdlib.h>
#include <string.h>

#include "azure/template.h"
#include "core/rng.h"

#define MAX_WORDS 6
#define MAX_DEPTH 12

struct compiler {
    const struct az_catalog *catalog;
    struct az_template *t;
    size_t open[MAX_DEPTH]; /* Steps whose block is not closed. */
    size_t depth;
};

/* args: what follows the word. K: a key of chance; N: a number; P: options; A: a type's alias.
 * Small: may be absent. */
struct form {
    const char *name;
    enum az_field field;
    const char *args;
    uint64_t a; /* Default. */
};

static const struct form forms[] = {
    {"id", AZ_FIELD_ID, "", 0},
    {"name", AZ_FIELD_NAME, "", 0},
    {"n", AZ_FIELD_INDEX, "n", 5},
    {"i", AZ_FIELD_INDEX, "n", 1},
    {"k", AZ_FIELD_WITHIN, "n", 1},
    {"location", AZ_FIELD_LOCATION, "", 0},
    {"Location", AZ_FIELD_DISPLAY, "", 0},
    {"sub", AZ_FIELD_SUB, "", 0},
    {"tenant", AZ_FIELD_TENANT, "", 0},
    {"domain", AZ_FIELD_DOMAIN, "", 0},
    {"short", AZ_FIELD_SHORT, "", 0},
    {"guid", AZ_FIELD_GUID, "", 0},
    {"uuid", AZ_FIELD_CHANCE, "K", 0},
    {"hex", AZ_FIELD_HEX, "KN", 8},
    {"b64", AZ_FIELD_B64, "KN", 32},
    {"num", AZ_FIELD_NUM, "KNN", 0},
    {"pick", AZ_FIELD_PICK, "KP", 0},
    {"list", AZ_FIELD_LIST, "L", 0},
    {"time", AZ_FIELD_TIME, "k", 0},
    {"changed", AZ_FIELD_TIME, "", 1},
    {"ip", AZ_FIELD_IP, "K", 0},
    {"pubip", AZ_FIELD_PUBLIC_IP, "K", 0},
    {"state", AZ_FIELD_STATE, "", 0},
    {"chain", AZ_FIELD_CHAIN, "", 0},
    {"root", AZ_FIELD_ROOT, "", 0},
    {"whole", AZ_FIELD_WHOLE, "", 0},
    {",", AZ_FIELD_COMMA, "", 0},
    {"each", AZ_FIELD_EACH, "A", 0},
};

static struct az_step *add_step(struct az_template *t)
{
    if (t->count == t->cap) {
        t->cap = t->cap > 0 ? t->cap * 2 : 16;
        t->steps = fc_grow(t->steps, t->cap * sizeof(*t->steps));
    }
    t->steps[t->count] = (struct az_step){0};
    return &t->steps[t->count++];
}

static uint64_t number_of(struct fc_str s)
{
    uint64_t n = 0;

    if (!fc_str_u64(s, &n)) {
        fc_die("catalog: \"%.*s\" is no number", (int)s.n, s.p);
    }
    return n;
}

static const struct az_type *type_of(const struct compiler *c, struct fc_str alias)
{
    const struct az_type *t = az_catalog_alias(c->catalog, alias);

    if (t == NULL) {
        fc_die("catalog: nothing is called \"%.*s\"", (int)alias.n, alias.p);
    }
    return t;
}

/* "a|b|c". */
static struct az_pick *pick_of(struct fc_str options)
{
    struct az_pick *p = fc_alloc(sizeof(*p));

    while (options.n > 0) {
        size_t n = 0;

        while (n < options.n && options.p[n] != '|') {
            n++;
        }
        if (p->count == AZ_MAX_PICK) {
            fc_die("catalog: too many options");
        }
        p->options[p->count++] = (struct fc_str){options.p, n};
        n += n < options.n;
        options = (struct fc_str){options.p + n, options.n - n};
    }
    if (p->count == 0) {
        fc_die("catalog: a pick has no options");
    }
    return p;
}

/* A pick that names no options has those of the one before it with the same key. */
static struct az_pick *pick_again(const struct az_template *t, uint64_t key)
{
    struct az_pick *copy;
    size_t i;

    for (i = t->count; i-- > 0;) {
        if (t->steps[i].pick != NULL && t->steps[i].key == key) {
            copy = fc_alloc(sizeof(*copy));
            *copy = *t->steps[i].pick;
            return copy;
        }
    }
    fc_die("catalog: a pick has no options before it in %s", t->source.data);
}

static void set_args(struct compiler *c, size_t step, const struct form *f,
                     const struct fc_str *words, size_t count)
{
    struct az_step *s = &c->t->steps[step];
    const char *arg;
    size_t i = 0;
    bool second = false;

    s->a = f->a;
    for (arg = f->args; *arg != '\0'; arg++) {
        struct fc_str w = i < count ? words[i++] : (struct fc_str){"", 0};

        if (*arg == 'K') {
            s->key = fc_hash_bytes(0, w.p, w.n);
        } else if (*arg == 'k') {
            s->a = w.n > 0 ? fc_hash_bytes(0, w.p, w.n) : 0;
        } else if (*arg == 'P' || *arg == 'L') {
            w.n = w.n > 0 ? (size_t)(words[count - 1].p + words[count - 1].n - w.p) : 0;
            s->pick = w.n > 0 || *arg == 'L' ? pick_of(w) : pick_again(c->t, s->key);
        } else if (*arg == 'A') {
            s->of = type_of(c, w);
        } else if (*arg == 'N' || w.n > 0) {
            *(second ? &s->b : &s->a) = number_of(w);
            second = true;
        }
    }
}

static void compile_condition(struct compiler *c, size_t step, const struct fc_str *words,
                              size_t count)
{
    struct az_step *s = &c->t->steps[step];
    struct fc_str kind = {words[0].p + 1, words[0].n - 1};

    s->negated = words[0].p[0] == '!';
    if (count == 3 && fc_str_eq(kind, "seq")) {
        s->field = AZ_FIELD_IFSEQ;
        s->a = number_of(words[1]);
        s->b = number_of(words[2]);
    } else if (count == 2 && fc_str_eq(kind, "below")) {
        s->field = AZ_FIELD_IFBELOW;
        s->of = type_of(c, words[1]);
    } else if (count == 3 && fc_str_eq(kind, "pick")) {
        s->field = AZ_FIELD_IFPICK;
        s->key = fc_hash_bytes(0, words[1].p, words[1].n);
        s->pick = pick_again(c->t, s->key);
        while (s->a < s->pick->count &&
               (s->pick->options[s->a].n != words[2].n ||
                memcmp(s->pick->options[s->a].p, words[2].p, words[2].n) != 0)) {
            s->a++;
        }
    } else {
        fc_die("catalog: a condition is seq N R, pick KEY OPTION or below ALIAS");
    }
}

static void compile_field(struct compiler *c, size_t step, struct fc_str *words, size_t count)
{
    struct az_step *s = &c->t->steps[step];
    const struct az_type *of = NULL;
    size_t i;

    if (count > 1 && words[0].p[words[0].n - 1] == ':') {
        struct fc_str alias = {words[0].p, words[0].n - 1};

        if (alias.p[0] == '=') {
            s->same = true;
            alias = (struct fc_str){alias.p + 1, alias.n - 1};
        }
        of = type_of(c, alias);
        words++;
        count--;
    }
    if (words[0].p[0] == '?' || words[0].p[0] == '!') {
        compile_condition(c, step, words, count);
        return;
    }
    for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (fc_str_eq(words[0], forms[i].name)) {
            s->field = forms[i].field;
            s->of = of;
            set_args(c, step, &forms[i], words + 1, count - 1);
            return;
        }
    }
    fc_die("catalog: unknown field \"%.*s\"", (int)words[0].n, words[0].p);
}

static void compile_mark(struct compiler *c, size_t step, struct fc_str mark)
{
    struct fc_str words[MAX_WORDS];
    size_t count = 0, i = 0;

    while (i < mark.n) {
        size_t start = i;

        while (i < mark.n && mark.p[i] != ' ') {
            i++;
        }
        if (i > start && count < MAX_WORDS) {
            words[count++] = (struct fc_str){mark.p + start, i - start};
        } else if (i > start) { /* The rest is one word: options with blanks. */
            words[count - 1].n = (size_t)(mark.p + i - words[count - 1].p);
        }
        i++;
    }
    if (count == 0) {
        fc_die("catalog: an empty {{}}");
    }
    if (words[0].p[0] == '/') {
        if (c->depth == 0) {
            fc_die("catalog: {{/}} closes nothing");
        }
        c->t->steps[c->open[--c->depth]].jump = (uint32_t)step + 1;
        return;
    }
    compile_field(c, step, words, count);
    if (c->t->steps[step].field >= AZ_FIELD_EACH) {
        if (c->depth == MAX_DEPTH) {
            fc_die("catalog: too deep");
        }
        c->open[c->depth++] = step;
    }
}

/* Copies 'text' with its {{@name}} replaced, again within them. */
static void expand(const struct az_catalog *c, const char *text, struct fc_text *out, int depth)
{
    const char *mark;

    while ((mark = strstr(text, "{{@")) != NULL) {
        const char *end = strstr(mark, "}}");
        struct fc_str name = {mark + 3, end != NULL ? (size_t)(end - mark - 3) : 0};
        size_t i = c->define_count;

        while (i > 0 && !fc_str_eq(name, c->defines[i - 1].name)) {
            i--;
        }
        if (end == NULL || i == 0 || depth > 8) {
            fc_die("catalog: {{@%.*s}} is not defined", (int)name.n, name.p);
        }
        fc_text_add(out, text, (size_t)(mark - text));
        expand(c, c->defines[i - 1].text, out, depth + 1);
        text = end + 2;
    }
    fc_text_puts(out, text);
}

struct az_template *az_template_new(const struct az_catalog *catalog, const char *text)
{
    struct compiler c = {.catalog = catalog};
    const char *at;

    c.t = fc_alloc(sizeof(*c.t));
    expand(catalog, text, &c.t->source, 0);
    at = c.t->source.data;
    for (;;) {
        const char *mark = strstr(at, "{{");
        const char *end;
        struct az_step *s;

        while (mark != NULL && mark[2] == '{') {
            mark++; /* "{{{id}}": a brace of JSON, then a place. */
        }
        end = mark != NULL ? strstr(mark, "}}") : NULL;
        s = add_step(c.t);
        s->lit = (uint32_t)(at - c.t->source.data);
        s->lit_len = (uint32_t)(mark != NULL ? (size_t)(mark - at) : strlen(at));
        if (mark == NULL) {
            break;
        }
        if (end == NULL) {
            fc_die("catalog: {{ without }} in %s", text);
        }
        compile_mark(&c, c.t->count - 1, (struct fc_str){mark + 2, (size_t)(end - mark - 2)});
        at = end + 2;
    }
    if (c.depth > 0) {
        fc_die("catalog: a block is not closed in %s", text);
    }
    return c.t;
}

void az_template_free(struct az_template *t)
{
    size_t i;

    if (t == NULL) {
        return;
    }
    for (i = 0; i < t->count; i++) {
        free(t->steps[i].pick);
    }
    free(t->steps);
    fc_text_fini(&t->source);
    free(t);
}
