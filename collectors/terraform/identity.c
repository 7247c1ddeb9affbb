#include "terraform/identity.h"

#include "terraform/attribute.h"

#include <stdlib.h>

struct identity {
    struct wgo_str type, id, other; /* templates */
};

struct cluster {
    struct wgo_str state, uid;
};

struct wgo_tf_identities {
    struct wgo_arena arena;
    struct identity *identities; /* sorted by type */
    size_t count;
    struct cluster *clusters;
    size_t cluster_count;
};

static int compare_types(const void *a, const void *b)
{
    const struct identity *left = a, *right = b;
    return wgo_str_cmp(left->type, right->type);
}

static enum wgo_status fail_table(struct wgo_error *err, const struct wgo_yaml *node,
                                  const char *problem)
{
    return wgo_fail(err, WGO_E_CONFIG, "identities.yaml: line %u: %s", node->line, problem);
}

static enum wgo_status read_table(struct wgo_tf_identities *made,
                                  const struct wgo_embedded_file *file, struct wgo_error *err)
{
    enum { MOST_NODES = 20000 };
    const struct wgo_yaml *root;
    enum wgo_status status = wgo_embedded_tree(file, &made->arena, MOST_NODES, &root, err);
    if (status != WGO_OK) {
        return status;
    }
    size_t count = 0;
    for (const struct wgo_yaml *entry = root->first; entry; entry = entry->next) {
        const struct wgo_yaml *types = wgo_yaml_get(entry, "types");
        bool id = wgo_yaml_text(entry, "id").len > 0, none = wgo_yaml_text(entry, "none").len > 0;
        if (!wgo_yaml_is_list(types) || id == none) {
            return fail_table(err, entry, "an entry needs types, and either an id or none");
        }
        count += types->count;
    }
    made->identities = WGO_NEW_ARRAY(&made->arena, struct identity, count ? count : 1);
    if (!made->identities) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (const struct wgo_yaml *entry = root->first; entry; entry = entry->next) {
        const struct wgo_yaml *type = wgo_yaml_get(entry, "types")->first;
        struct wgo_str id = wgo_yaml_text(entry, "id"), other = wgo_yaml_text(entry, "or");
        for (; type && id.len; type = type->next) {
            made->identities[made->count++] = (struct identity){type->text, id, other};
        }
    }
    qsort(made->identities, made->count, sizeof(*made->identities), compare_types);
    return WGO_OK;
}

static enum wgo_status read_clusters(struct wgo_tf_identities *made,
                                     const struct wgo_yaml *configuration, struct wgo_error *err)
{
    const struct wgo_yaml *list =
        wgo_yaml_get(wgo_yaml_get(configuration, "terraform"), "clusters");
    if (!list || list->kind == WGO_YAML_NULL) {
        return WGO_OK;
    }
    if (!wgo_yaml_is_list(list)) {
        return wgo_fail(err, WGO_E_CONFIG, "line %u: terraform.clusters is not a list", list->line);
    }
    made->clusters = WGO_NEW_ARRAY(&made->arena, struct cluster, list->count ? list->count : 1);
    if (!made->clusters) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (const struct wgo_yaml *entry = list->first; entry; entry = entry->next) {
        struct cluster cluster = {wgo_yaml_text(entry, "state"), wgo_yaml_text(entry, "cluster")};
        if (!cluster.uid.len) {
            wgo_fail(err, WGO_E_CONFIG, "line %u: an entry of terraform.clusters has no cluster",
                     entry->line);
            wgo_error_hint(err, "give the uid of the cluster's kube-system namespace: kubectl get "
                                "namespace kube-system -o jsonpath={.metadata.uid}");
            return WGO_E_CONFIG;
        }
        made->clusters[made->cluster_count++] = cluster;
    }
    return WGO_OK;
}

enum wgo_status wgo_tf_identities_new(const struct wgo_embedded_file *table,
                                      const struct wgo_yaml *configuration,
                                      struct wgo_tf_identities **out_identities,
                                      struct wgo_error *err)
{
    struct wgo_tf_identities *made = calloc(1, sizeof(*made));
    if (!made) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = read_table(made, table, err);
    status = status == WGO_OK ? read_clusters(made, configuration, err) : status;
    if (status != WGO_OK) {
        wgo_tf_identities_free(made);
        return status;
    }
    *out_identities = made;
    return WGO_OK;
}

void wgo_tf_identities_free(struct wgo_tf_identities *identities)
{
    if (identities) {
        wgo_arena_fini(&identities->arena);
        free(identities);
    }
}

struct wgo_str wgo_tf_identities_cluster(const struct wgo_tf_identities *identities,
                                         struct wgo_str location)
{
    for (size_t i = 0; i < identities->cluster_count; i++) {
        struct wgo_str state = identities->clusters[i].state;
        if (!state.len || wgo_str_glob(state, location)) {
            return identities->clusters[i].uid;
        }
    }
    return WGO_STR("");
}

static const struct identity *find(const struct wgo_tf_identities *identities, struct wgo_str type)
{
    struct identity wanted = {.type = type};
    return identities->count ? bsearch(&wanted, identities->identities, identities->count,
                                       sizeof(wanted), compare_types)
                             : NULL;
}

bool wgo_tf_identities_know(const struct wgo_tf_identities *identities, struct wgo_str type,
                            struct wgo_str cluster)
{
    const struct identity *identity = find(identities, type);
    struct wgo_str wanted = WGO_STR("{cluster}");
    return identity && (cluster.len || wgo_str_find(identity->id, wanted) == identity->id.len);
}

/* ---- templates ---- */

/* What a template is filled from. */
struct filling {
    const struct wgo_tf_home *home;
    struct wgo_str attributes;
    bool flat;
    struct wgo_arena *scratch;
};

static struct wgo_str attribute(const struct filling *f, struct wgo_str path)
{
    struct wgo_str text = wgo_tf_attribute_text(f->attributes, f->flat, path, f->scratch);
    return text.ptr ? text : WGO_STR("");
}

static struct wgo_str region_of(const struct filling *f)
{
    struct wgo_str own = attribute(f, WGO_STR("region"));
    return own.len ? own : f->home->region;
}

static struct wgo_str value_of(const struct filling *f, struct wgo_str name)
{
    if (wgo_str_starts(name, WGO_STR("."))) {
        return attribute(f, wgo_str_slice(name, 1, name.len));
    }
    if (wgo_str_is(name, "cluster")) {
        return f->home->cluster;
    }
    if (wgo_str_is(name, "account")) {
        return f->home->account;
    }
    if (wgo_str_is(name, "region")) {
        return region_of(f);
    }
    if (wgo_str_is(name, "partition")) {
        struct wgo_str of_region = wgo_tf_partition_of(region_of(f));
        return of_region.len ? of_region : f->home->partition;
    }
    return attribute(f, name);
}

static struct wgo_str after_last(struct wgo_str text, struct wgo_str mark)
{
    size_t at = text.len;
    while (at > 0 && mark.len && text.ptr[at - 1] != mark.ptr[0]) {
        at--;
    }
    return wgo_str_slice(text, at, text.len);
}

/* The group of "apps/v1" is "apps"; "v1" has none. */
static struct wgo_str group_of(struct wgo_str api_version)
{
    size_t slash = wgo_str_find_char(api_version, '/');
    return slash < api_version.len ? wgo_str_slice(api_version, 0, slash) : WGO_STR("core");
}

static struct wgo_str dns_name(struct wgo_str text, struct wgo_arena *scratch)
{
    bool wild = wgo_str_starts(text, WGO_STR("*"));
    bool dot = wgo_str_ends(text, WGO_STR("."));
    struct wgo_str rest = wgo_str_slice(text, wild ? 1 : 0, text.len);
    return wgo_str_format(scratch, "%s%.*s%s", wild ? "\\052" : "", WGO_FMT(rest), dot ? "" : ".");
}

static struct wgo_str bus_of(struct wgo_str text, struct wgo_arena *scratch)
{
    struct wgo_str name = after_last(text, WGO_STR("/"));
    return !name.len || wgo_str_is(name, "default")
               ? WGO_STR("")
               : wgo_str_format(scratch, "%.*s/", WGO_FMT(name));
}

/* '*known' says whether an empty text stands for itself. */
static struct wgo_str apply(struct wgo_str filter, struct wgo_str text, struct wgo_arena *scratch,
                            bool *known)
{
    struct wgo_str argument = filter, name = wgo_str_split(&argument, '=');
    if (wgo_str_is(name, "bus")) {
        *known = true;
        return bus_of(text, scratch);
    }
    if (wgo_str_is(name, "or") && !text.len) {
        *known = true;
        return argument.len ? argument : WGO_STR("");
    }
    if (wgo_str_is(name, "dash") && !text.len) {
        return WGO_STR("-");
    }
    if (!text.len) {
        return text;
    }
    if (wgo_str_is(name, "group")) {
        return group_of(text);
    }
    if (wgo_str_is(name, "lower")) {
        return wgo_str_lower(scratch, text);
    }
    if (wgo_str_is(name, "after")) {
        return after_last(text, argument);
    }
    if (wgo_str_is(name, "first")) {
        return wgo_str_slice(text, 0, wgo_str_find_char(text, '|'));
    }
    if (wgo_str_is(name, "cut") && wgo_str_ends(text, argument)) {
        return wgo_str_slice(text, 0, text.len - argument.len);
    }
    if (wgo_str_is(name, "like") && !wgo_str_glob(argument, text)) {
        return WGO_STR("");
    }
    return wgo_str_is(name, "dns") ? dns_name(text, scratch) : text;
}

/* Appends what a variable stands for; false when it is not known. */
static bool put_variable(const struct filling *f, struct wgo_str variable, struct wgo_buf *out)
{
    struct wgo_str filters = variable, names = wgo_str_split(&filters, '|'), text = WGO_STR("");
    bool known = false;
    while (names.len && !text.len) {
        text = value_of(f, wgo_str_split(&names, ','));
    }
    while (filters.len) {
        text = apply(wgo_str_split(&filters, '|'), text, f->scratch, &known);
    }
    return (text.len > 0 || known) && wgo_buf_str(out, text);
}

static bool put_id(const struct filling *f, struct wgo_str template, struct wgo_buf *out)
{
    size_t start = out->len;
    struct wgo_str rest = template;
    bool known = template.len > 0;
    while (rest.len && known) {
        size_t open = wgo_str_find_char(rest, '{');
        wgo_buf_append(out, rest.ptr, open);
        rest = wgo_str_slice(rest, open, rest.len);
        if (rest.len) {
            size_t close = wgo_str_find_char(rest, '}');
            known = put_variable(f, wgo_str_slice(rest, 1, close), out);
            rest = wgo_str_slice(rest, close + 1, rest.len);
        }
    }
    struct wgo_str id = wgo_str_slice(wgo_buf_view(out), start, out->len);
    known = known && (wgo_tf_is_arn(id) || wgo_str_starts(id, WGO_STR("/")) ||
                      wgo_str_find(id, WGO_STR("://")) < id.len);
    if (!known) {
        out->len = start;
    }
    return known && !out->failed;
}

/* Some of Google's APIs answer with a project's number whatever they were asked by. */
static bool name_project(const struct filling *f, size_t start, struct wgo_buf *out)
{
    struct wgo_str id = wgo_str_slice(wgo_buf_view(out), start, out->len);
    struct wgo_str mark = WGO_STR("/projects/");
    size_t at = wgo_str_find(id, mark) + mark.len;
    if (!wgo_str_starts(id, WGO_STR("//")) || at > id.len) {
        return true;
    }
    struct wgo_str rest = wgo_str_slice(id, at, id.len);
    size_t end = wgo_str_find_char(rest, '/');
    struct wgo_str project = after_last(attribute(f, WGO_STR("project")), WGO_STR("/"));
    if (!project.len || wgo_str_is_digits(project) ||
        !wgo_str_is_digits(wgo_str_slice(rest, 0, end))) {
        return true;
    }
    rest = wgo_str_dup(f->scratch, wgo_str_slice(rest, end, rest.len));
    out->len = start + at;
    return rest.ptr && wgo_buf_str(out, project) && wgo_buf_str(out, rest);
}

bool wgo_tf_identity(const struct wgo_tf_identities *identities, struct wgo_str type,
                     const struct wgo_tf_home *home, struct wgo_str attributes, bool flat,
                     struct wgo_arena *scratch, struct wgo_buf *out)
{
    const struct identity *identity = find(identities, type);
    const struct filling f = {home, attributes, flat, scratch};
    size_t start = out->len;
    bool put = identity && (put_id(&f, identity->id, out) || put_id(&f, identity->other, out));
    if (put && !name_project(&f, start, out)) {
        out->len = start;
        put = false;
    }
    return put;
}

struct wgo_str wgo_tf_identity_arn(const struct wgo_tf_identities *identities, struct wgo_str type,
                                   struct wgo_str attributes, bool flat, struct wgo_arena *scratch)
{
    const struct wgo_tf_home nowhere = {.cluster = WGO_STR("")};
    const struct identity *identity = find(identities, type);
    const struct filling f = {&nowhere, attributes, flat, scratch};
    struct wgo_buf arn = {.limit = 4096};
    struct wgo_str own = WGO_STR("");
    /* A subscription's is its topic's, which may be somebody else's. */
    bool foreign = wgo_str_is(type, "aws_sns_topic_subscription");
    if (identity && !foreign && wgo_str_starts(identity->id, WGO_STR("{arn")) &&
        put_id(&f, identity->id, &arn)) {
        own = wgo_str_dup(scratch, wgo_buf_view(&arn));
    }
    wgo_buf_fini(&arn);
    return own.ptr ? own : WGO_STR("");
}
