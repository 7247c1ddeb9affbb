#include "core/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/flags.h"
#include "core/text.h"

static void usage(FILE *to)
{
    size_t i;

    fputs("usage: fakecloud [OPTION]...\n"
          "Serves pretended cloud APIs on 127.0.0.1, for tests. See README.md.\n\n",
          to);
    for (i = 0; i < fc_flag_count; i++) {
        char left[80];

        snprintf(left, sizeof(left), "--%s%s%s", fc_flags[i].name,
                 fc_flags[i].argument != NULL ? " " : "",
                 fc_flags[i].argument != NULL ? fc_flags[i].argument : "");
        fprintf(to, "  %-30s %s\n", left, fc_flags[i].help);
    }
}

static struct json_object *parse_number_or_string(const char *s)
{
    char *end;
    long long n;

    errno = 0;
    n = strtoll(s, &end, 10);
    if (*s != '\0' && *end == '\0' && errno == 0) {
        return json_object_new_int64(n);
    }
    if (strcmp(s, "true") == 0 || strcmp(s, "false") == 0) {
        return json_object_new_boolean(s[0] == 't');
    }
    return json_object_new_string(s);
}

static struct json_object *parse_int(const struct fc_flag *f, const char *s)
{
    char *end;
    long long n;

    errno = 0;
    n = strtoll(s, &end, 10);
    if (*s == '\0' || *end != '\0' || errno != 0) {
        fc_die("--%s: \"%s\" is not a whole number", f->name, s);
    }
    return json_object_new_int64(n);
}

static struct json_object *parse_number(const struct fc_flag *f, const char *s)
{
    char *end;
    double v = strtod(s, &end);

    if (*s == '\0' || *end != '\0' || !isfinite(v)) {
        fc_die("--%s: \"%s\" is not a number", f->name, s);
    }
    return json_object_new_double(v);
}

/* Splits a place at its last dot: the object it names and the key in it. */
static struct json_object *holder(struct json_object *root, const char *place, const char **key)
{
    const char *dot = strrchr(place, '.');
    char *path = fc_strndup(place, dot != NULL ? (size_t)(dot - place) : 0);
    struct json_object *obj = fc_conf_ensure(root, path);

    free(path);
    *key = dot != NULL ? dot + 1 : place;
    return obj;
}

static void append(struct json_object *root, const char *place, struct json_object *value)
{
    const char *key;
    struct json_object *obj = holder(root, place, &key);
    struct json_object *array = fc_conf_get(obj, key);

    if (array == NULL) {
        array = json_object_new_array();
        json_object_object_add(obj, key, array);
    }
    json_object_array_add(array, value);
}

static void add_cluster(struct json_object *root, const struct fc_flag *f, const char *arg)
{
    static const char *const plain[] = {
        "seed",       "namespaces", "objects",     "object_bytes", "discovery",
        "metrics",    "keep_mb",    "fresh_token", "uid",          "token_ttl_ms",
        "std_tokens", "version",    NULL,
    };
    size_t n = strcspn(arg, ":");
    char *name = fc_strndup(arg, n);
    struct json_object *clusters = fc_conf_ensure(root, f->place);
    struct json_object *cluster = fc_conf_get(clusters, name);
    char *rest = fc_strdup(arg[n] == ':' ? arg + n + 1 : "");
    char *save = NULL, *item;

    if (cluster == NULL) {
        cluster = json_object_new_object();
        json_object_object_add(clusters, name, cluster);
    }
    for (item = strtok_r(rest, ",", &save); item != NULL; item = strtok_r(NULL, ",", &save)) {
        char *eq = strchr(item, '=');
        const char *const *k = plain;

        if (eq == NULL) {
            fc_die("--%s: \"%s\" has no value", f->name, item);
        }
        *eq = '\0';
        while (*k != NULL && strcmp(*k, item) != 0) {
            k++;
        }
        json_object_object_add(*k != NULL ? cluster : fc_conf_ensure(cluster, "counts"), item,
                               parse_number_or_string(eq + 1));
    }
    free(rest);
    free(name);
}

static void add_user(struct json_object *root, const struct fc_flag *f, const char *arg)
{
    const char *mark = strchr(arg, f->type == FC_FLAG_TOKEN ? '=' : ':');
    struct json_object *user = json_object_new_object();
    char *name;

    if (mark == NULL) {
        fc_die("--%s: %s is wanted", f->name, f->argument);
    }
    name = fc_strndup(arg, (size_t)(mark - arg));
    json_object_object_add(user, "name", json_object_new_string(name));
    json_object_object_add(user, f->type == FC_FLAG_TOKEN ? "token" : "password",
                           json_object_new_string(mark + 1));
    json_object_object_add(user, "admin", json_object_new_boolean(1));
    append(root, f->place, user);
    free(name);
}

/* Cuts "a/b/c=FILE" into its words; returns how many. 'words' point into 'copy'. */
static size_t cut(const struct fc_flag *f, char *copy, char **words, size_t max, char **out_file)
{
    char *eq = strchr(copy, '=');
    char *save = NULL, *word;
    size_t n = 0;

    if (eq == NULL) {
        fc_die("--%s: %s is wanted", f->name, f->argument);
    }
    *eq = '\0';
    *out_file = eq + 1;
    for (word = strtok_r(copy, "/", &save); word != NULL && n < max;
         word = strtok_r(NULL, "/", &save)) {
        words[n++] = word;
    }
    return n;
}

static struct json_object *member(struct json_object *obj, const char *key,
                                  struct json_object *(*make)(void))
{
    struct json_object *v = fc_conf_get(obj, key);

    if (v == NULL) {
        v = make();
        json_object_object_add(obj, key, v);
    }
    return v;
}

static void add_workspace(struct json_object *root, const struct fc_flag *f, const char *arg)
{
    char *copy = fc_strdup(arg), *words[2], *file;
    struct json_object *workspace = json_object_new_object();
    struct json_object *organization;

    if (cut(f, copy, words, 2, &file) != 2) {
        fc_die("--%s: %s is wanted", f->name, f->argument);
    }
    organization = member(fc_conf_ensure(root, f->place), words[0], json_object_new_object);
    json_object_object_add(workspace, "name", json_object_new_string(words[1]));
    json_object_object_add(workspace, "file", json_object_new_string(file));
    json_object_array_add(member(organization, "workspaces", json_object_new_array), workspace);
    free(copy);
}

static void add_secret(struct json_object *root, const struct fc_flag *f, const char *arg)
{
    char *copy = fc_strdup(arg), *words[4], *file;
    struct json_object *secret = json_object_new_object();
    size_t n = cut(f, copy, words, 4, &file);
    const char *cluster = n == 4 ? words[0] : "default";
    struct json_object *options;

    if (n < 3) {
        fc_die("--%s: %s is wanted", f->name, f->argument);
    }
    options = member(fc_conf_ensure(root, f->place), cluster, json_object_new_object);
    json_object_object_add(secret, "namespace", json_object_new_string(words[n - 3]));
    json_object_object_add(secret, "workspace", json_object_new_string(words[n - 2]));
    json_object_object_add(secret, "suffix", json_object_new_string(words[n - 1]));
    json_object_object_add(secret, "file", json_object_new_string(file));
    json_object_array_add(member(options, "tfstates", json_object_new_array), secret);
    free(copy);
}

static void apply(struct json_object *root, const struct fc_flag *f, const char *arg)
{
    const char *key = NULL;
    const char *eq;
    struct json_object *value = NULL;
    struct json_object *obj;
    char *name;

    switch (f->type) {
    case FC_FLAG_APPEND:
        append(root, f->place, json_object_new_string(arg));
        return;
    case FC_FLAG_INT:
        value = parse_int(f, arg);
        break;
    case FC_FLAG_NUMBER:
        value = parse_number(f, arg);
        break;
    case FC_FLAG_STRING:
        value = json_object_new_string(arg);
        break;
    case FC_FLAG_SET:
        value = json_object_new_boolean(1);
        break;
    case FC_FLAG_FILE:
        value = fc_conf_load(arg);
        break;
    case FC_FLAG_JSON:
        value = json_tokener_parse(arg);
        if (value == NULL) {
            fc_die("--%s: not JSON: %s", f->name, arg);
        }
        append(root, f->place, value);
        return;
    case FC_FLAG_CLUSTER:
        add_cluster(root, f, arg);
        return;
    case FC_FLAG_COUNT:
    case FC_FLAG_NAMED:
        eq = strchr(arg, '=');
        if (eq == NULL) {
            fc_die("--%s: %s is wanted", f->name, f->argument);
        }
        name = fc_strndup(arg, (size_t)(eq - arg));
        value = f->type == FC_FLAG_COUNT ? parse_int(f, eq + 1) : json_object_new_string(eq + 1);
        json_object_object_add(fc_conf_ensure(root, f->place), name, value);
        free(name);
        return;
    case FC_FLAG_WORKSPACE:
        add_workspace(root, f, arg);
        return;
    case FC_FLAG_SECRET:
        add_secret(root, f, arg);
        return;
    case FC_FLAG_TOKEN:
    case FC_FLAG_BASIC:
        add_user(root, f, arg);
        return;
    case FC_FLAG_SCENARIO:
    case FC_FLAG_HELP:
        return;
    }
    obj = holder(root, f->place, &key);
    json_object_object_add(obj, key, value);
}

static const struct fc_flag *find_flag(const char *arg, const char **value)
{
    size_t n = strcspn(arg, "=");
    size_t i;

    for (i = 0; i < fc_flag_count; i++) {
        if (strlen(fc_flags[i].name) == n && strncmp(fc_flags[i].name, arg, n) == 0) {
            *value = arg[n] == '=' ? arg + n + 1 : NULL;
            return &fc_flags[i];
        }
    }
    fc_die("unknown flag --%s (--help lists them)", arg);
}

/* Calls apply() for each flag; in the first pass only reads the scenario. */
static void walk(int argc, char **argv, bool first_pass, struct json_object **root)
{
    int i;

    for (i = 1; i < argc; i++) {
        const struct fc_flag *f;
        const char *value = NULL;

        if (strncmp(argv[i], "--", 2) != 0) {
            fc_die("unexpected argument \"%s\"", argv[i]);
        }
        f = find_flag(argv[i] + 2, &value);
        if (f->argument != NULL && value == NULL) {
            if (++i == argc) {
                fc_die("--%s needs %s", f->name, f->argument);
            }
            value = argv[i];
        }
        if (first_pass && f->type == FC_FLAG_HELP) {
            usage(stdout);
            exit(0);
        }
        if (first_pass && f->type == FC_FLAG_SCENARIO) {
            json_object_put(*root);
            *root = fc_conf_load(value);
        } else if (!first_pass) {
            apply(*root, f, value);
        }
    }
}

/* --rate, --burst and --rate-per are a throttle rule in other words. */
static void add_rate(struct json_object *root)
{
    struct json_object *rate = fc_conf_get(root, "rate");
    struct json_object *rule;

    if (rate == NULL) {
        return;
    }
    rule = json_object_new_object();
    json_object_object_add(rule, "rate", json_object_get(rate));
    if (fc_conf_get(root, "burst") != NULL) {
        json_object_object_add(rule, "burst", json_object_get(fc_conf_get(root, "burst")));
    }
    if (fc_conf_get(root, "rate_per") != NULL) {
        json_object_object_add(rule, "per", json_object_get(fc_conf_get(root, "rate_per")));
    }
    append(root, "throttles", rule);
}

/* "100/min" is a throttle rule over Google's assets.list, as the API has it for each project. */
static void add_asset_quota(struct json_object *root)
{
    struct json_object *quota = fc_conf_get(fc_conf_get(root, "gcp"), "asset_quota");
    struct json_object *rule;
    char *end;
    double n;

    if (quota == NULL) {
        return;
    }
    n = strtod(json_object_get_string(quota), &end);
    if (!(n >= 1) || (*end != '\0' && strcmp(end, "/min") != 0)) {
        fc_die("gcp.asset_quota: N or N/min is wanted");
    }
    rule = json_object_new_object();
    json_object_object_add(rule, "name", json_object_new_string("asset-quota"));
    json_object_object_add(rule, "service", json_object_new_string("cloudasset"));
    json_object_object_add(rule, "operation", json_object_new_string("assets.list"));
    json_object_object_add(rule, "per", json_object_new_string("account"));
    json_object_object_add(rule, "rate", json_object_new_double(n / 60));
    json_object_object_add(rule, "burst", json_object_new_double(n));
    append(root, "throttles", rule);
}

struct json_object *fc_options_read(int argc, char **argv)
{
    static const char *const top[] = {
        "seed",     "drift",      "server",    "latency_ms", "latency_jitter_ms",
        "users",    "faults",     "throttles", "rate",       "burst",
        "rate_per", "kubernetes", "terraform", "aws",        "azure",
        "gcp",      "powerbi",    "codescan",  NULL,
    };
    struct json_object *root = json_object_new_object();

    walk(argc, argv, true, &root);
    walk(argc, argv, false, &root);
    fc_conf_only(root, "scenario", top);
    add_rate(root);
    add_asset_quota(root);
    return root;
}
