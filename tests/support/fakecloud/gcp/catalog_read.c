/* catalog_read.c: the lines of a catalog's file. */
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "gcp/catalog.h"

/* Reading one file. */
struct reader {
    struct gcp_catalog *catalog;
    struct gcp_service *service; /* The last one declared. */
    struct fc_text *text_to;     /* The body that the next lines belong to. */
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
    char *mark = s != NULL ? strchr(s, c) : NULL;

    if (mark == NULL) {
        return NULL;
    }
    *mark = '\0';
    return mark + 1;
}

static uint64_t number(const char *s)
{
    uint64_t n = 0;

    if (s == NULL || !fc_str_u64(fc_str_of(s), &n)) {
        fc_die("catalog: \"%s\" is no number", s != NULL ? s : "");
    }
    return n;
}

/* "pubsub version=v1 old title=Cloud Pub/Sub API": the title is the line's rest. */
static void read_service(struct reader *r, const char *name, char *rest)
{
    struct gcp_service *s = fc_alloc(sizeof(*s));
    char *title = strstr(rest, "title=");
    char *save = NULL, *item;

    if (title == NULL) {
        fc_die("catalog: the service %s has no title", name);
    }
    s->name = fc_strdup(name);
    s->title = fc_strdup(title + 6);
    *title = '\0';
    for (item = strtok_r(rest, " ", &save); item != NULL; item = strtok_r(NULL, " ", &save)) {
        if (strncmp(item, "version=", 8) == 0) {
            s->version = fc_strdup(item + 8);
        } else if (strcmp(item, "old") == 0) {
            s->old = true;
        } else if (strcmp(item, "hidden") == 0) {
            s->hidden = true;
        } else {
            fc_die("catalog: a service has no \"%s\"", item);
        }
    }
    r->service = s;
    r->catalog->services = append(r->catalog->services, &r->catalog->service_count, s);
}

static bool set_where(struct gcp_type *t, const char *word)
{
    static const char *const names[] = {"global", "region", "zone", "mixed"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(word, names[i]) == 0) {
            t->where = (enum gcp_where)i;
            return true;
        }
    }
    return false;
}

static void set_type(struct reader *r, struct gcp_type *t, char *word)
{
    struct fc_text full = {0};

    if (strncmp(word, "asset=", 6) == 0) {
        t->in_assets = true;
        fc_text_printf(&full, "%s.googleapis.com/%s", r->service->name, word + 6);
    } else if (strncmp(word, "native=", 7) == 0) {
        fc_text_printf(&full, "%s.googleapis.com/%s", r->service->name, word + 7);
    } else if (strncmp(word, "of=", 3) == 0) {
        t->type->parent_name = fc_strdup(word + 3);
    } else if (strncmp(word, "name=", 5) == 0) {
        t->full_text = fc_strdup(word + 5);
    } else if (strcmp(word, "org") == 0) {
        t->type->scope = GCP_SCOPE_ORG;
    } else if (strcmp(word, "labels") == 0) {
        t->labels = true;
    } else if (strcmp(word, "fixed") == 0) {
        t->fixed = true;
    } else {
        fc_die("catalog: %s has no \"%s\"", t->type->name, word);
    }
    if (full.len > 0) {
        t->asset = full.data;
        t->discovery = fc_strdup(strchr(full.data, '/') + 1);
    }
}

/* "instance zone 6 asset=Instance labels name=... key=...": the key is the line's rest. */
static void read_type(struct reader *r, const char *name, char *rest)
{
    struct gcp_type *t = fc_alloc(sizeof(*t));
    struct fc_type *type = fc_alloc(sizeof(*type));
    char *key = strstr(rest, "key=");
    struct fc_text full = {0};
    char *save = NULL, *word;

    fc_text_printf(&full, "%s.%s", r->service->name, name);
    type->name = full.data;
    type->hash = fc_hash_bytes(0, full.data, full.len);
    type->own = t;
    t->type = type;
    t->service = r->service;
    if (key == NULL) {
        fc_die("catalog: %s has no key", type->name);
    }
    type->key_text = fc_strdup(key + 4);
    *key = '\0';
    word = strtok_r(rest, " ", &save);
    if (word == NULL || !set_where(t, word)) {
        fc_die("catalog: %s lies nowhere", type->name);
    }
    type->count = number(strtok_r(NULL, " ", &save));
    while ((word = strtok_r(NULL, " ", &save)) != NULL) {
        set_type(r, t, word);
    }
    if (t->asset == NULL || t->full_text == NULL) {
        fc_die("catalog: %s has no asset type or no name", type->name);
    }
    r->text_to = &t->body_text;
    r->catalog->lexicon.types =
        append(r->catalog->lexicon.types, &r->catalog->lexicon.type_count, type);
    r->catalog->types = append(r->catalog->types, &r->catalog->type_count, t);
}

static bool set_verb(struct gcp_op *op, const char *word, const char *value)
{
    static const char *const verbs[] = {"list",    "aggregated", "one",      "plain",
                                        "assets",  "search",     "projects", "locations",
                                        "objects", "object",     "history"};
    size_t i;

    for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(word, verbs[i]) == 0) {
            op->verb = (enum gcp_verb)i;
            op->kind_names = value != NULL ? fc_strdup(value) : NULL;
            return true;
        }
    }
    return false;
}

static void set_op(struct gcp_op *op, const char *word, char *value)
{
    char *max;

    if (set_verb(op, word, value)) {
        return;
    }
    if (value == NULL) {
        fc_die("catalog: %s: what is \"%s\"?", op->name, word);
    }
    if (strcmp(word, "items") == 0) {
        op->items = fc_strdup(value);
    } else if (strcmp(word, "kind") == 0) {
        op->kind = fc_strdup(value);
    } else if (strcmp(word, "unreachable") == 0) {
        op->unreachable = fc_strdup(value);
    } else if (strcmp(word, "page") == 0) { /* SIZE:MAX[:USUAL] */
        char *usual;

        max = cut(value, ':');
        usual = cut(max, ':');
        op->size = fc_strdup(value);
        op->max = number(max);
        op->usual = usual != NULL ? number(usual) : op->max;
    } else {
        fc_die("catalog: an operation has no \"%s\"", word);
    }
}

/* "projects.topics.list GET /v1/projects/{project}/topics list=topic items=topics ..." */
static void read_op(struct reader *r, const char *name, char *rest)
{
    struct gcp_op *op = fc_alloc(sizeof(*op));
    struct fc_text route = {0};
    char *save = NULL, *word;

    op->service = r->service;
    op->name = fc_strdup(name);
    fc_text_printf(&route, "%s %s", r->service->name, name);
    op->route_name = route.data;
    word = strtok_r(rest, " ", &save);
    op->method = fc_strdup(word != NULL ? word : "");
    word = strtok_r(NULL, " ", &save);
    op->path = fc_strdup(word != NULL ? word : "");
    op->verb = GCP_VERB_PLAIN;
    while ((word = strtok_r(NULL, " ", &save)) != NULL) {
        char *value = cut(word, '=');

        set_op(op, word, value);
    }
    r->text_to = &op->body_text;
    r->catalog->ops = append(r->catalog->ops, &r->catalog->op_count, op);
}

static void read_define(struct reader *r, const char *name, const char *rest)
{
    struct fc_lexicon *l = &r->catalog->lexicon;

    l->defines = fc_grow(l->defines, (l->define_count + 1) * sizeof(*l->defines));
    l->defines[l->define_count].name = fc_strdup(name);
    l->defines[l->define_count++].text = fc_strdup(rest);
}

static void read_line(struct reader *r, char *line)
{
    char *name, *rest;

    if (*line == '\0' || *line == '#') {
        return;
    }
    if (*line == ' ') {
        if (r->text_to == NULL) {
            fc_die("catalog: \"%s\" belongs to nothing", line);
        }
        fc_text_puts(r->text_to, line + strspn(line, " "));
        return;
    }
    r->text_to = NULL;
    name = cut(line, ' ');
    rest = cut(name, ' ');
    if (rest == NULL) {
        fc_die("catalog: \"%s\" is not enough", line);
    }
    if (strcmp(line, "service") == 0) {
        read_service(r, name, rest);
    } else if (strcmp(line, "type") == 0 && r->service != NULL) {
        read_type(r, name, rest);
    } else if (strcmp(line, "op") == 0 && r->service != NULL) {
        read_op(r, name, rest);
    } else if (strcmp(line, "define") == 0) {
        read_define(r, name, rest);
    } else {
        fc_die("catalog: \"%s\" begins nothing", line);
    }
}

void gcp_catalog_read(struct gcp_catalog *c, const char *text, size_t length)
{
    struct reader r = {.catalog = c};
    char *whole = fc_strndup(text, length);
    char *line = whole;

    while (line != NULL) {
        char *next = cut(line, '\n');

        read_line(&r, line);
        line = next;
    }
    free(whole);
}
