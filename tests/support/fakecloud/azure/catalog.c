#include "azure/catalog.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/catalog_files.h"
#include "azure/template.h"
#include "core/rng.h"

#define USUAL_PAGE 100

const char *const az_member_names[AZ_MEMBERS] = {
    [AZ_KIND] = "kind",
    [AZ_SKU] = "sku",
    [AZ_IDENTITY] = "identity",
    [AZ_ZONES] = "zones",
    [AZ_PLAN] = "plan",
    [AZ_MANAGED_BY] = "managedBy",
    [AZ_ETAG] = "etag",
    [AZ_SYSTEM_DATA] = "systemData",
    [AZ_PROPERTIES] = "properties",
    [AZ_LISTED] = "list",
};

bool az_str_same(struct fc_str a, const char *b)
{
    return strlen(b) == a.n && strncasecmp(a.p, b, a.n) == 0;
}

struct reader {
    struct az_catalog *c;
    struct az_type *type; /* That is being read. */
    struct fc_text body;  /* Its properties so far. */
    bool stateless;
};

static char *keep(struct az_catalog *c, char *s)
{
    c->owned = fc_grow(c->owned, (c->owned_count + 1) * sizeof(*c->owned));
    c->owned[c->owned_count++] = s;
    return s;
}

static char *lower(struct az_catalog *c, const char *s)
{
    char *copy = keep(c, fc_strdup(s)), *p;

    for (p = copy; *p != '\0'; p++) {
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 'a' - 'A' : *p);
    }
    return copy;
}

/* Cuts the next word off 'at'. */
static char *word(char **at)
{
    char *start;

    *at += strspn(*at, " ");
    start = *at;
    *at += strcspn(*at, " ");
    if (**at != '\0') {
        *(*at)++ = '\0';
    }
    return start;
}

static void end_type(struct reader *r)
{
    struct fc_text t = {0};

    if (r->type == NULL) {
        return;
    }
    if (r->type->name_text == NULL) {
        fc_die("catalog: %s has no .name", r->type->name);
    }
    if (r->body.len > 0 || !r->stateless) {
        fc_text_puts(&t, "{");
        if (!r->stateless) {
            fc_text_printf(&t, "\"provisioningState\":\"Succeeded\"%s", r->body.len > 0 ? "," : "");
        }
        fc_text_add(&t, r->body.data, r->body.len);
        fc_text_puts(&t, "}");
        r->type->texts[AZ_PROPERTIES] = keep(r->c, t.data);
    }
    fc_text_fini(&r->body);
    r->type = NULL;
}

static void set_scope(struct az_type *t, char *value)
{
    static const struct {
        const char *name;
        enum az_scope scope;
    } scopes[] = {{"group", AZ_IN_GROUP},
                  {"sub", AZ_IN_SUB},
                  {"tenant", AZ_IN_TENANT},
                  {"groups", AZ_GROUPS},
                  {"subs", AZ_SUBS}};
    size_t i;

    for (i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        if (strcmp(value, scopes[i].name) == 0) {
            t->scope = scopes[i].scope;
            return;
        }
    }
    fc_die("catalog: %s is in an unknown place \"%s\"", t->name, value);
}

static void set_place(struct az_type *t, const char *value)
{
    static const char *const names[] = {"region", "display", "global", "none"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(value, names[i]) == 0) {
            t->place = (enum az_place)i;
            return;
        }
    }
    fc_die("catalog: %s has an unknown location \"%s\"", t->name, value);
}

static void set_option(struct reader *r, char *option)
{
    struct az_type *t = r->type;
    char *eq = strchr(option, '=');
    uint64_t n;

    if (strcmp(option, "notags") == 0) {
        t->tags = false;
    } else if (strcmp(option, "nostate") == 0) {
        r->stateless = true;
    } else if (strcmp(option, "grouponly") == 0) {
        t->group_lists_only = true;
    } else if (strcmp(option, "varied") == 0) {
        t->varied_names = true;
    } else if (eq == NULL) {
        fc_die("catalog: %s: unknown option \"%s\"", t->name, option);
    } else if (strncmp(option, "in=", 3) == 0) {
        set_scope(t, eq + 1);
    } else if (strncmp(option, "of=", 3) == 0 || strncmp(option, "on=", 3) == 0) {
        t->scope = option[1] == 'f' ? AZ_CHILD : AZ_EXTENSION;
        t->parent_alias = eq + 1;
    } else if (strncmp(option, "table=", 6) == 0) {
        t->table = strcmp(eq + 1, "none") == 0 ? NULL : eq + 1;
    } else if (strncmp(option, "place=", 6) == 0) {
        set_place(t, eq + 1);
    } else if (strncmp(option, "graph=", 6) == 0) {
        t->graph_name = eq + 1;
    } else if (strncmp(option, "page=", 5) == 0 && fc_str_u64(fc_str_of(eq + 1), &n)) {
        t->page = n;
    } else {
        fc_die("catalog: %s: unknown option \"%s\"", t->name, option);
    }
}

static void read_type(struct reader *r, char *at)
{
    struct az_catalog *c = r->c;
    struct az_type *t = fc_alloc(sizeof(*t));
    struct fc_str space;
    char *count;

    t->name = word(&at);
    t->alias = word(&at);
    count = word(&at);
    if (!fc_str_u64(fc_str_of(count), &t->usual)) {
        fc_die("catalog: %s: \"%s\" is no number", t->name, count);
    }
    space = (struct fc_str){t->name, strcspn(t->name, "/")};
    t->provider = az_catalog_provider(c, space);
    if (t->provider == NULL) {
        fc_die("catalog: %s has no provider", t->name);
    }
    t->graph_name = lower(c, t->name);
    t->last = strrchr(t->name, '/') + 1;
    t->table = "resources";
    t->tags = true;
    t->page = USUAL_PAGE;
    t->hash = fc_hash_bytes(0, t->name, strlen(t->name));
    c->types = fc_grow(c->types, (c->type_count + 1) * sizeof(struct az_type *));
    c->types[c->type_count++] = t;
    r->type = t;
    r->stateless = false;
    while (*(at += strspn(at, " ")) != '\0') {
        set_option(r, word(&at));
    }
}

static void read_api(struct az_catalog *c, char *at)
{
    struct az_provider *p;
    char *save = NULL, *v, *name = word(&at);

    c->providers = fc_grow(c->providers, (c->provider_count + 1) * sizeof(*c->providers));
    p = &c->providers[c->provider_count++];
    *p = (struct az_provider){.name = name};
    for (v = strtok_r(at, ", ", &save); v != NULL; v = strtok_r(NULL, ", ", &save)) {
        if (p->version_count == AZ_MAX_VERSIONS) {
            fc_die("catalog: %s has too many versions", name);
        }
        p->versions[p->version_count++] = v;
        if (p->newest == NULL && strchr(v + 10, '-') == NULL) {
            p->newest = v;
        }
    }
}

static void read_also(struct az_catalog *c, char *at)
{
    char *save = NULL, *v, *name = word(&at);
    size_t i;

    for (i = 0; i < c->provider_count && strcmp(c->providers[i].name, name) != 0; i++) {
    }
    if (i == c->provider_count) {
        fc_die("catalog: %s is no provider", name);
    }
    for (v = strtok_r(at, ", ", &save); v != NULL; v = strtok_r(NULL, ", ", &save)) {
        struct az_provider *p = &c->providers[i];

        p->also = fc_grow(p->also, (p->also_count + 1) * sizeof(*p->also));
        p->also[p->also_count++] = v;
    }
}

static void read_define(struct az_catalog *c, char *at)
{
    char *name = word(&at);

    c->defines = fc_grow(c->defines, (c->define_count + 1) * sizeof(*c->defines));
    c->defines[c->define_count++] = (struct az_define){name, at};
}

/* A line of a type: a member of its objects, or some of its properties. */
static void read_body(struct reader *r, char *line)
{
    char *name;
    size_t i;

    if (r->type == NULL) {
        fc_die("catalog: a line belongs to no type: %s", line);
    }
    line += strspn(line, " ");
    if (*line != '.') {
        fc_text_puts(&r->body, line);
        return;
    }
    line++;
    name = word(&line);
    if (strcmp(name, "name") == 0) {
        r->type->name_text = line;
        return;
    }
    for (i = 0; i < AZ_MEMBERS; i++) {
        if (i != AZ_PROPERTIES && strcmp(name, az_member_names[i]) == 0) {
            r->type->texts[i] = line;
            return;
        }
    }
    fc_die("catalog: %s: unknown member \"%s\"", r->type->name, name);
}

static void read_line(struct reader *r, char *line)
{
    if (*line == '\0' || *line == '#') {
        return;
    }
    if (*line == ' ') {
        read_body(r, line);
        return;
    }
    end_type(r);
    if (strncmp(line, "type ", 5) == 0) {
        read_type(r, line + 5);
    } else if (strncmp(line, "api ", 4) == 0) {
        read_api(r->c, line + 4);
    } else if (strncmp(line, "also ", 5) == 0) {
        read_also(r->c, line + 5);
    } else if (strncmp(line, "define ", 7) == 0) {
        read_define(r->c, line + 7);
    } else {
        fc_die("catalog: what is \"%s\"?", line);
    }
}

/* Types keep pointers to providers, so all of those are read first. */
static void read_files(struct az_catalog *c, const char *which, bool others)
{
    struct reader r = {.c = c};
    size_t i;

    for (i = 0; i < az_catalog_file_count; i++) {
        const struct az_catalog_file *f = &az_catalog_files[i];
        char *at, *line;

        if ((strcmp(f->name, which) == 0) == others) {
            continue;
        }
        at = keep(c, fc_strndup(f->text, f->length));
        while ((line = strsep(&at, "\n")) != NULL) {
            read_line(&r, line);
        }
        end_type(&r);
    }
}

static void link_type(struct az_catalog *c, struct az_type *t)
{
    size_t i;

    if (t->parent_alias != NULL) {
        t->parent = az_catalog_alias(c, fc_str_of(t->parent_alias));
        if (t->parent == NULL) {
            fc_die("catalog: %s has no parent \"%s\"", t->name, t->parent_alias);
        }
    }
    t->key = az_template_new(c, t->name_text);
    for (i = 0; i < AZ_MEMBERS; i++) {
        if (t->texts[i] != NULL) {
            t->members[i] = az_template_new(c, t->texts[i]);
        }
    }
}

struct az_catalog *az_catalog_new(void)
{
    struct az_catalog *c = fc_alloc(sizeof(*c));
    size_t i;

    read_files(c, "a_versions", false);
    read_files(c, "a_versions", true);
    for (i = 0; i < c->type_count; i++) {
        link_type(c, c->types[i]);
    }
    return c;
}

void az_catalog_free(struct az_catalog *c)
{
    size_t i, m;

    if (c == NULL) {
        return;
    }
    for (i = 0; i < c->type_count; i++) {
        az_template_free(c->types[i]->key);
        for (m = 0; m < AZ_MEMBERS; m++) {
            az_template_free(c->types[i]->members[m]);
        }
        free(c->types[i]);
    }
    for (i = 0; i < c->owned_count; i++) {
        free(c->owned[i]);
    }
    for (i = 0; i < c->provider_count; i++) {
        free(c->providers[i].also);
    }
    free(c->owned);
    free(c->types);
    free(c->defines);
    free(c->providers);
    free(c);
}

struct az_type *az_catalog_alias(const struct az_catalog *c, struct fc_str alias)
{
    size_t i;

    for (i = 0; i < c->type_count; i++) {
        if (fc_str_eq(alias, c->types[i]->alias)) {
            return c->types[i];
        }
    }
    return NULL;
}

struct az_type *az_catalog_type(const struct az_catalog *c, struct fc_str name)
{
    size_t i;

    for (i = 0; i < c->type_count; i++) {
        if (az_str_same(name, c->types[i]->name)) {
            return c->types[i];
        }
    }
    return NULL;
}

const struct az_provider *az_catalog_provider(const struct az_catalog *c, struct fc_str name)
{
    size_t i;

    for (i = 0; i < c->provider_count; i++) {
        if (az_str_same(name, c->providers[i].name)) {
            return &c->providers[i];
        }
    }
    return NULL;
}
