#include "aws/catalog_read.h"

#include <stdlib.h>
#include <string.h>

#include "core/rng.h"

/* Reading one file. */
struct reader {
    struct aws_catalog *catalog;
    const struct aws_world *world;
    struct aws_service *service; /* The last one declared. */
    struct fc_text text;         /* Of the operation being read, from the lines below it. */
    char **text_to;
};

static void *append(void *list, size_t *count, void *item)
{
    void **grown = fc_grow(list, (*count + 1) * sizeof(void *));

    grown[(*count)++] = item;
    return grown;
}

/* Cuts 's' at 'c': NULL or what stands behind it. */
static char *cut(char *s, char c)
{
    char *mark = strchr(s, c);

    if (mark == NULL) {
        return NULL;
    }
    *mark = '\0';
    return mark + 1;
}

static char *copy(const char *s)
{
    return s != NULL && *s != '\0' ? fc_strdup(s) : NULL;
}

static uint64_t number(const char *s)
{
    uint64_t n = 0;

    if (s != NULL && *s != '\0' && !fc_str_u64(fc_str_of(s), &n)) {
        fc_die("catalog: \"%s\" is no number", s);
    }
    return n;
}

static void read_fail(struct aws_fail *f, char *value)
{
    char *status = cut(value, ':');

    f->code = fc_strdup(value);
    f->status = (unsigned)number(status);
}

static enum aws_protocol protocol_of(const char *name)
{
    static const char *const names[] = {"ec2", "query", "json", "rest-json", "rest-xml", "s3"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum aws_protocol)i;
        }
    }
    fc_die("catalog: unknown protocol \"%s\"", name);
}

static void set_service(struct aws_service *s, const char *name, char *value)
{
    if (strcmp(name, "protocol") == 0) {
        s->protocol = protocol_of(value);
    } else if (strcmp(name, "sign") == 0) {
        free(s->sign);
        s->sign = fc_strdup(value);
    } else if (strcmp(name, "version") == 0) {
        s->version = fc_strdup(value);
    } else if (strcmp(name, "target") == 0) {
        s->target = fc_strdup(value);
    } else if (strcmp(name, "json") == 0) {
        s->json = fc_strdup(value);
    } else if (strcmp(name, "xmlns") == 0) {
        s->xmlns = fc_strdup(value);
    } else if (strcmp(name, "global") == 0) {
        s->global = fc_strdup(value);
    } else if (strcmp(name, "throttle") == 0) {
        read_fail(&s->throttle, value);
    } else if (strcmp(name, "invalid") == 0) {
        s->invalid = fc_strdup(value);
    } else if (strcmp(name, "management") == 0) {
        s->management = true;
    } else if (strcmp(name, "querycodes") == 0) {
        s->query_codes = true;
    } else if (strcmp(name, "home") == 0) {
        s->home = true;
    } else {
        fc_die("catalog: a service has no \"%s\"", name);
    }
}

static void read_service(struct reader *r, char *name, char *rest)
{
    struct aws_service *s = fc_alloc(sizeof(*s));
    char *save = NULL, *item;

    s->name = fc_strdup(name);
    s->sign = fc_strdup(name);
    for (item = strtok_r(rest, " ", &save); item != NULL; item = strtok_r(NULL, " ", &save)) {
        char *value = cut(item, '=');

        set_service(s, item, value != NULL ? value : item);
    }
    r->service = s;
    r->catalog->services = append(r->catalog->services, &r->catalog->service_count, s);
}

/* "vpc region 4 key=..." or "service region 3 of ecs.cluster key=..." */
static void read_type(struct reader *r, const char *name, char *rest)
{
    static const char *const scopes[] = {"region", "account", "org"};
    struct fc_type *t = fc_alloc(sizeof(*t));
    char *key = strstr(rest, "key=");
    char *save = NULL, *word;
    struct fc_text full = {0};

    fc_text_printf(&full, "%s.%s", r->service->name, name);
    t->name = full.data;
    t->hash = fc_hash_bytes(0, t->name, strlen(t->name));
    if (key == NULL) {
        fc_die("catalog: %s has no key", t->name);
    }
    t->key_text = fc_strdup(key + 4);
    *key = '\0';
    word = strtok_r(rest, " ", &save);
    while (word != NULL && t->scope < AWS_SCOPES && strcmp(word, scopes[t->scope]) != 0) {
        t->scope++;
    }
    word = strtok_r(NULL, " ", &save);
    if (word == NULL) {
        fc_die("catalog: %s has no count", t->name);
    }
    t->count = strcmp(word, "accounts") == 0  ? r->world->account_count
               : strcmp(word, "regions") == 0 ? r->world->region_count
               : strcmp(word, "enabled") == 0 ? r->world->enabled_count
                                              : number(word);
    word = strtok_r(NULL, " ", &save);
    if (word != NULL && strcmp(word, "of") == 0) {
        t->parent_name = copy(strtok_r(NULL, " ", &save));
    }
    r->catalog->lexicon.types =
        append(r->catalog->lexicon.types, &r->catalog->lexicon.type_count, t);
}

static void read_page(struct aws_page_rule *p, char *value)
{
    char *out = cut(value, ':');
    char *size = out != NULL ? cut(out, ':') : NULL;
    char *max = size != NULL ? cut(size, ':') : NULL;
    char *usual = max != NULL ? cut(max, ':') : NULL;
    char *most = usual != NULL ? cut(usual, ':') : NULL;

    if (max == NULL) {
        fc_die("catalog: page=IN:OUT:SIZE:MAX[:USUAL[:MOST]]");
    }
    p->in = copy(value);
    p->out = copy(out);
    p->size = copy(size);
    p->max = number(max);
    p->usual = usual != NULL ? number(usual) : p->max;
    p->most = most != NULL ? number(most) : p->max;
}

static void split_into(char **to, size_t max, char *value, const char *separators)
{
    char *save = NULL, *word;
    size_t n = 0;

    for (word = strtok_r(value, separators, &save); word != NULL && n < max;
         word = strtok_r(NULL, separators, &save)) {
        to[n++] = fc_strdup(word);
    }
}

static bool set_verb(struct aws_op *op, const char *name, char *value)
{
    static const struct {
        const char *name;
        enum aws_verb verb;
    } verbs[] = {{"list", AWS_VERB_LIST},
                 {"one", AWS_VERB_ONE},
                 {"batch", AWS_VERB_BATCH},
                 {"assume", AWS_VERB_ASSUME},
                 {"caller", AWS_VERB_CALLER}};
    size_t i;

    for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(name, verbs[i].name) == 0) {
            op->verb = verbs[i].verb;
            op->kind_names = fc_strdup(value);
            return true;
        }
    }
    return false;
}

static bool set_flag(struct aws_op *op, const char *name)
{
    bool *flag = strcmp(name, "truncated") == 0    ? &op->truncated
                 : strcmp(name, "after") == 0      ? &op->after
                 : strcmp(name, "holes") == 0      ? &op->holes
                 : strcmp(name, "bucket") == 0     ? &op->bucket
                 : strcmp(name, "raw") == 0        ? &op->raw
                 : strcmp(name, "anywhere") == 0   ? &op->anywhere
                 : strcmp(name, "unsigned") == 0   ? &op->unsigned_
                 : strcmp(name, "any-parent") == 0 ? &op->any_parent
                                                   : NULL;

    if (flag != NULL) {
        *flag = true;
    }
    return flag != NULL;
}

/* EVERY:AT:CODE:STATUS */
static void read_lacks(struct aws_op *op, char *value)
{
    char *at = cut(value, ':');
    char *fail = at != NULL ? cut(at, ':') : NULL;

    if (fail == NULL || number(value) == 0) {
        fc_die("catalog: lacks=EVERY:AT:CODE:STATUS");
    }
    op->lacks_every = number(value);
    op->lacks_at = number(at);
    read_fail(&op->lacks, fail);
}

static void set_op(struct aws_op *op, const char *name, char *value)
{
    char *path;

    if (set_flag(op, name) || set_verb(op, name, value)) {
        return;
    }
    if (strcmp(name, "by") == 0) {
        op->by = fc_strdup(value);
    } else if (strcmp(name, "parent") == 0) {
        op->parent = fc_strdup(value);
    } else if (strcmp(name, "in") == 0) {
        op->in_name = fc_strdup(value);
    } else if (strcmp(name, "limit") == 0) {
        op->limit = number(value);
    } else if (strcmp(name, "page") == 0) {
        read_page(&op->page, value);
    } else if (strcmp(name, "cursor") == 0) {
        split_into(op->cursor, AWS_MAX_KINDS, value, ":");
    } else if (strcmp(name, "when") == 0) {
        split_into(op->when, AWS_MAX_WHEN, value, ",");
    } else if (strcmp(name, "http") == 0) {
        path = cut(value, ':');
        op->method = fc_strdup(value);
        op->path = fc_strdup(path != NULL ? path : "/");
    } else if (strcmp(name, "missing") == 0) {
        read_fail(&op->missing, value);
    } else if (strcmp(name, "lacks") == 0) {
        read_lacks(op, value);
    } else if (strcmp(name, "items") == 0) {
        op->items = fc_strdup(value);
    } else if (strcmp(name, "member") == 0) {
        op->member = fc_strdup(value);
    } else if (strcmp(name, "failures") == 0) {
        op->failures = fc_strdup(value);
    } else {
        fc_die("catalog: an operation has no \"%s\"", name);
    }
}

static void read_op(struct reader *r, const char *name, char *rest)
{
    struct aws_op *op = fc_alloc(sizeof(*op));
    struct fc_text route = {0};
    char *cursor = strstr(rest, " cursorkey=");
    char *save = NULL, *item;

    if (cursor != NULL) { /* To the end of the line: there are blanks in it. */
        op->cursor_text = fc_strdup(cursor + 11);
        *cursor = '\0';
    }
    op->service = r->service;
    op->name = fc_strdup(name);
    fc_text_printf(&route, "%s %s", r->service->name, name);
    op->route_name = route.data;
    for (item = strtok_r(rest, " ", &save); item != NULL; item = strtok_r(NULL, " ", &save)) {
        char *value = cut(item, '=');

        set_op(op, item, value != NULL ? value : item + strlen(item));
    }
    r->catalog->ops = append(r->catalog->ops, &r->catalog->op_count, op);
    r->text_to = &op->body_text;
}

static void read_define(struct reader *r, const char *name, const char *rest)
{
    struct aws_catalog *c = r->catalog;

    c->lexicon.defines =
        fc_grow(c->lexicon.defines, (c->lexicon.define_count + 1) * sizeof(*c->lexicon.defines));
    c->lexicon.defines[c->lexicon.define_count] =
        (struct fc_define){fc_strdup(name), fc_strdup(rest)};
    c->lexicon.define_count++;
}

static void end_text(struct reader *r)
{
    if (r->text_to != NULL) {
        *r->text_to = fc_strdup(r->text.data != NULL ? r->text.data : "");
    }
    r->text_to = NULL;
    fc_text_fini(&r->text);
}

static void read_line(struct reader *r, char *line)
{
    char *name, *rest;

    if (*line == '\0' || *line == '#') {
        return;
    }
    if (*line < 'a' || *line > 'z') {
        while (*line == ' ') {
            line++;
        }
        fc_text_puts(&r->text, line);
        return;
    }
    end_text(r);
    name = cut(line, ' ');
    rest = name != NULL ? cut(name, ' ') : NULL;
    if (rest == NULL) {
        rest = line + strlen(line);
    }
    if (name != NULL && strcmp(line, "service") == 0) {
        read_service(r, name, rest);
    } else if (name != NULL && r->service != NULL && strcmp(line, "type") == 0) {
        read_type(r, name, rest);
    } else if (name != NULL && r->service != NULL && strcmp(line, "op") == 0) {
        read_op(r, name, rest);
    } else if (name != NULL && strcmp(line, "define") == 0) {
        read_define(r, name, rest);
    } else {
        fc_die("catalog: \"%s\" begins nothing", line);
    }
}

void aws_catalog_read(struct aws_catalog *c, const struct aws_world *w,
                      const struct aws_catalog_file *file)
{
    struct reader r = {.catalog = c, .world = w};
    char *text = fc_strndup(file->text, file->length);
    char *line = text;

    while (line != NULL) {
        char *next = cut(line, '\n');

        read_line(&r, line);
        line = next;
    }
    end_text(&r);
    free(text);
}
