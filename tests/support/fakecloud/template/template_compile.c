/* template_compile.c: from text to steps. */
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "template/template_impl.h"

#define MAX_WORDS 6
#define MAX_DEPTH 12

struct compiler {
    const struct fc_lexicon *lexicon;
    const char *service;
    struct fc_template *t;
    size_t open[MAX_DEPTH]; /* Steps whose block is not closed. */
    size_t depth;
};

/* args: what follows the word. K: a key of chance; N: a number; T: a type; S: text; F: a form of
 * time; P: options. Small: may be absent. */
struct form {
    const char *name;
    enum fc_field field;
    const char *args;
    uint64_t a; /* Default. */
};

static const struct form forms[] = {
    {"key", FC_FIELD_KEY, "t", 0},
    {"i", FC_FIELD_INDEX, "n", 1},
    {"n", FC_FIELD_NUMBER, "n", 1},
    {"x", FC_FIELD_X, "n", 17},
    {"X", FC_FIELD_X, "n", 17},
    {"uuid", FC_FIELD_UUID, "", 0},
    {"hex", FC_FIELD_HEX, "KN", 8},
    {"b32", FC_FIELD_B32, "KN", 16},
    {"num", FC_FIELD_NUM, "KNN", 0},
    {"pick", FC_FIELD_PICK, "KP", 0},
    {"time", FC_FIELD_TIME, "F", 0},
    {"ip", FC_FIELD_IP, "K", 0},
    {"value", FC_FIELD_VALUE, "", 0},
    {"count", FC_FIELD_COUNT, "", 0},
    {"total", FC_FIELD_TOTAL, "T", 0},
    {"size", FC_FIELD_SIZE, "", 0},
    {"token", FC_FIELD_TOKEN, "", 0},
    {"truncated", FC_FIELD_TRUNCATED, "", 0},
    {",", FC_FIELD_COMMA, "", 0},
    {"each", FC_FIELD_EACH, "", 0},
    {"eachmissing", FC_FIELD_EACHMISSING, "", 0},
    {"sub", FC_FIELD_SUB, "T", 0},
    {"more", FC_FIELD_MORE, "", 0},
    {"first", FC_FIELD_FIRST, "N", 1},
    {"last", FC_FIELD_LAST, "N", 1},
};

static const struct {
    const char *name;
    enum fc_time form;
} time_forms[] = {
    {"iso", FC_TIME_ISO},          {"ms", FC_TIME_MS},         {"epoch", FC_TIME_EPOCH},
    {"epochms", FC_TIME_EPOCH_MS}, {"lambda", FC_TIME_LAMBDA},
};

static bool is_block(enum fc_field f)
{
    return f >= FC_FIELD_EACH;
}

static struct fc_step *add_step(struct fc_template *t)
{
    if (t->count == t->cap) {
        t->cap = t->cap > 0 ? t->cap * 2 : 32;
        t->steps = fc_grow(t->steps, t->cap * sizeof(*t->steps));
    }
    t->steps[t->count] = (struct fc_step){0};
    return &t->steps[t->count++];
}

static uint64_t key_of(struct fc_str s)
{
    return fc_hash_bytes(0, s.p, s.n);
}

static uint64_t number_of(struct fc_str s)
{
    uint64_t n = 0;

    if (!fc_str_u64(s, &n)) {
        fc_die("catalog: \"%.*s\" is no number", (int)s.n, s.p);
    }
    return n;
}

static const struct fc_type *type_of(struct compiler *c, struct fc_str s)
{
    char *name = fc_strndup(s.p, s.n);
    const struct fc_type *t = fc_lexicon_type(c->lexicon, c->service, name);

    free(name);
    return t;
}

/* The options of "{{pick NAME a|b|c}}" wherever in the template that stands. */
static struct fc_str options_of(struct compiler *c, struct fc_str name)
{
    struct fc_text want = {0};
    struct fc_str found = {"", 0};
    const char *at;

    fc_text_printf(&want, "pick %.*s ", (int)name.n, name.p);
    for (at = strstr(c->t->source.data, want.data); at != NULL && found.n == 0;
         at = strstr(at + 1, want.data)) {
        if (at[-1] == '{' || at[-1] == ' ') {
            found.p = at + want.len;
            found.n = strcspn(found.p, "}");
        }
    }
    fc_text_fini(&want);
    return found;
}

/* "a|b|c", or nothing when the pick of that name has them elsewhere. */
static struct fc_pick *pick_of(struct compiler *c, struct fc_str name, struct fc_str options)
{
    struct fc_pick *p;

    if (options.n == 0) {
        options = options_of(c, name);
    }
    if (options.n == 0) {
        fc_die("catalog: a pick has no options");
    }
    p = fc_alloc(sizeof(*p));
    p->key = key_of(name);
    while (options.n > 0) {
        size_t n = 0;

        while (n < options.n && options.p[n] != '|') {
            n++;
        }
        if (p->count == FC_MAX_PICK) {
            fc_die("catalog: too many options");
        }
        p->options[p->count++] = (struct fc_str){options.p, n};
        n += n < options.n;
        options = (struct fc_str){options.p + n, options.n - n};
    }
    return p;
}

static void set_time(struct fc_step *s, struct fc_str word)
{
    size_t i;

    for (i = 0; i < sizeof(time_forms) / sizeof(time_forms[0]); i++) {
        if (fc_str_eq(word, time_forms[i].name)) {
            s->a = time_forms[i].form;
            return;
        }
    }
    fc_die("catalog: unknown form of time \"%.*s\"", (int)word.n, word.p);
}

static void set_args(struct compiler *c, size_t step, const struct form *f,
                     const struct fc_str *words, size_t count)
{
    struct fc_step *s = &c->t->steps[step];
    const char *arg;
    size_t i = 0;
    bool second = false;

    s->a = f->a;
    s->b = f->name[0] == 'X';
    for (arg = f->args; *arg != '\0'; arg++) {
        struct fc_str w = i < count ? words[i++] : (struct fc_str){"", 0};

        if (*arg == 'K') {
            s->key = key_of(w);
        } else if (*arg == 'P') {
            s->pick = pick_of(c, words[0], w);
        } else if (*arg == 'F') {
            set_time(s, w);
        } else if (*arg == 'S') {
            s->text = fc_strndup(w.p, w.n);
        } else if (*arg == 'T' || (*arg == 't' && w.n > 0)) {
            s->of = type_of(c, w);
        } else if (*arg == 'N' || (*arg == 'n' && w.n > 0)) {
            *(second ? &s->b : &s->a) = number_of(w);
            second = true;
        }
    }
}

static void compile_condition(struct compiler *c, size_t step, const struct fc_str *words,
                              size_t count)
{
    struct fc_step *s = &c->t->steps[step];
    size_t i;

    s->negated = words[0].p[0] == '!';
    if (count == 3 && fc_str_eq((struct fc_str){words[0].p + 1, words[0].n - 1}, "seq")) {
        s->field = FC_FIELD_IFSEQ;
        s->a = number_of(words[1]);
        s->b = number_of(words[2]);
        return;
    }
    if (count != 3 || !fc_str_eq((struct fc_str){words[0].p + 1, words[0].n - 1}, "pick")) {
        fc_die("catalog: a condition is seq N R or pick KEY OPTION");
    }
    s->field = FC_FIELD_IFPICK;
    s->key = key_of(words[1]);
    s->pick = pick_of(c, words[1], (struct fc_str){"", 0});
    for (i = 0; i < s->pick->count; i++) {
        if (s->pick->options[i].n == words[2].n &&
            memcmp(s->pick->options[i].p, words[2].p, words[2].n) == 0) {
            s->a = i;
            return;
        }
    }
    fc_die("catalog: \"%.*s\" is no option of its pick", (int)words[2].n, words[2].p);
}

static void compile_field(struct compiler *c, size_t step, struct fc_str *words, size_t count)
{
    struct fc_step *s = &c->t->steps[step];
    const struct fc_type *of = NULL;
    size_t i;

    if (count > 1 && words[0].p[words[0].n - 1] == ':') {
        struct fc_str name = {words[0].p, words[0].n - 1};

        s->next = fc_str_eq(name, "next");
        of = s->next ? NULL : type_of(c, name);
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
            set_args(c, step, &forms[i], words + 1, count - 1);
            if (of != NULL) {
                s->of = of;
            }
            return;
        }
    }
    for (i = 0; c->lexicon->words->names[i] != NULL; i++) {
        if (fc_str_eq(words[0], c->lexicon->words->names[i])) {
            s->field = FC_FIELD_OWN;
            s->a = i;
            s->of = of;
            s->text = count > 1 ? fc_strndup(words[1].p, words[1].n) : NULL;
            return;
        }
    }
    fc_die("catalog: unknown field \"%.*s\"", (int)words[0].n, words[0].p);
}

static void compile_mark(struct compiler *c, size_t step, struct fc_str mark)
{
    struct fc_str words[MAX_WORDS];
    size_t count = 0, i = 0;

    while (i < mark.n && count < MAX_WORDS) {
        size_t start = i;

        while (i < mark.n && mark.p[i] != ' ') {
            i++;
        }
        if (i > start) {
            words[count++] = (struct fc_str){mark.p + start, i - start};
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
    if (is_block(c->t->steps[step].field)) {
        if (c->depth == MAX_DEPTH) {
            fc_die("catalog: too deep");
        }
        c->open[c->depth++] = step;
    }
}

/* Copies 'text' with its {{@name}} replaced, again within them. */
static void expand(const struct compiler *c, const char *text, struct fc_text *out, int depth)
{
    const char *mark;

    while ((mark = strstr(text, "{{@")) != NULL) {
        const char *end = strstr(mark, "}}");
        struct fc_str name = {mark + 3, end != NULL ? (size_t)(end - mark - 3) : 0};
        size_t i = c->lexicon->define_count;

        while (i > 0 && !fc_str_eq(name, c->lexicon->defines[i - 1].name)) {
            i--;
        }
        if (end == NULL || i == 0 || depth > 8) {
            fc_die("catalog: {{@%.*s}} is not defined", (int)name.n, name.p);
        }
        fc_text_add(out, text, (size_t)(mark - text));
        expand(c, c->lexicon->defines[i - 1].text, out, depth + 1);
        text = end + 2;
    }
    fc_text_puts(out, text);
}

struct fc_template *fc_template_new(const struct fc_lexicon *lexicon, const char *service,
                                    const char *text)
{
    struct compiler c = {.lexicon = lexicon, .service = service};
    const char *at;

    c.t = fc_alloc(sizeof(*c.t));
    expand(&c, text, &c.t->source, 0);
    at = c.t->source.data;
    for (;;) {
        const char *mark = strstr(at, "{{");
        const char *end = mark != NULL ? strstr(mark, "}}") : NULL;
        struct fc_step *s = add_step(c.t);

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

void fc_template_free(struct fc_template *t)
{
    size_t i;

    if (t == NULL) {
        return;
    }
    for (i = 0; i < t->count; i++) {
        free(t->steps[i].pick);
        free(t->steps[i].text);
    }
    free(t->steps);
    fc_text_fini(&t->source);
    free(t);
}
