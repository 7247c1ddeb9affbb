#include "core/options.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/text.h"

enum flag_type {
    FLAG_INT,
    FLAG_NUMBER,
    FLAG_STRING,
    FLAG_SET,       /* true; takes no value */
    FLAG_JSON,      /* a JSON value appended to the array at the place */
    FLAG_APPEND,    /* a string, likewise */
    FLAG_FILE,      /* a JSON file replaces the place */
    FLAG_CLUSTER,   /* NAME[:KEY=VALUE,...] under the place */
    FLAG_COUNT,     /* RESOURCE=N under the place */
    FLAG_NAMED,     /* NAME=STRING under the place */
    FLAG_WORKSPACE, /* ORG/WORKSPACE=FILE under the place */
    FLAG_SECRET,    /* CLUSTER/NS/WORKSPACE/SUFFIX=FILE under the place */
    FLAG_TOKEN,     /* USER=TOKEN appended to the array as a user who may do all */
    FLAG_BASIC,     /* USER:PASSWORD likewise */
    FLAG_SCENARIO,  /* handled first */
    FLAG_HELP,
};

struct flag {
    const char *name;
    enum flag_type type;
    const char *place; /* Dotted: the last word is the key. */
    const char *argument;
    const char *help;
};

static const struct flag flags[] = {
    {"help", FLAG_HELP, NULL, NULL, "this text"},
    {"scenario", FLAG_SCENARIO, NULL, "FILE", "read a scenario; flags win over it"},
    {"port", FLAG_INT, "server.port", "N", "port on 127.0.0.1 [0: a free one]"},
    {"port-file", FLAG_STRING, "server.port_file", "F", "write the port there, atomically"},
    {"write-kubeconfig", FLAG_STRING, "server.write_kubeconfig", "F",
     "write a kubeconfig: a context per cluster"},
    {"log", FLAG_STRING, "server.log", "F", "request log, JSON lines"},
    {"threads", FLAG_INT, "server.threads", "N", "serving threads [2]"},
    {"max-seconds", FLAG_INT, "server.max_seconds", "N", "end after so long [3600]"},
    {"die-with-stdin", FLAG_SET, "server.die_with_stdin", NULL, "end when stdin closes"},
    {"gzip", FLAG_SET, "server.gzip", NULL, "compress where Accept-Encoding allows"},
    {"chunked", FLAG_SET, "server.chunked", NULL, "no Content-Length on bodies of 32 KiB and more"},
    {"seed", FLAG_INT, "seed", "N", "seed of names, contents and chance [1]"},
    {"latency-ms", FLAG_INT, "latency_ms", "N", "delay each answer [0]"},
    {"latency-jitter-ms", FLAG_INT, "latency_jitter_ms", "N", "and up to so much more [0]"},
    {"fault", FLAG_JSON, "faults", "JSON", "add a fault rule"},
    {"throttle", FLAG_JSON, "throttles", "JSON", "add a throttle rule"},
    {"rate", FLAG_NUMBER, "rate", "R", "throttle everything to R requests a second"},
    {"burst", FLAG_NUMBER, "burst", "B", "its bucket's size [R]"},
    {"rate-per", FLAG_STRING, "rate_per", "KEY", "one bucket per rule, path, user or connection"},
    {"users", FLAG_FILE, "users", "FILE", "JSON array of users; without users all is allowed"},
    {"token", FLAG_TOKEN, "users", "USER=TOKEN", "a user who may do all, by bearer token"},
    {"basic", FLAG_BASIC, "users", "USER:PASSWORD", "a user who may do all, by basic auth"},
    {"cluster", FLAG_CLUSTER, "kubernetes.clusters", "NAME[:K=V,...]",
     "a cluster under /clusters/NAME with its own options"},
    {"namespaces", FLAG_INT, "kubernetes.defaults.namespaces", "N", "namespaces per cluster [8]"},
    {"objects", FLAG_INT, "kubernetes.defaults.objects", "N", "objects per cluster in all"},
    {"pods", FLAG_INT, "kubernetes.defaults.counts.pods", "N", "pods per cluster"},
    {"count", FLAG_COUNT, "kubernetes.defaults.counts", "RESOURCE=N",
     "objects of one resource: deployments.apps=5"},
    {"object-bytes", FLAG_INT, "kubernetes.defaults.object_bytes", "N",
     "pad objects to N bytes [0: as they are]"},
    {"discovery", FLAG_STRING, "kubernetes.defaults.discovery", "MODE", "v2, v2beta1 or classic"},
    {"metrics", FLAG_STRING, "kubernetes.defaults.metrics", "STATE", "up, down or absent"},
    {"tf-state", FLAG_NAMED, "terraform.http", "NAME=FILE", "a state under /tf/http/NAME"},
    {"tf-consul", FLAG_NAMED, "terraform.consul.keys", "KEY=FILE", "a key of Consul's /v1/kv"},
    {"tf-cloud", FLAG_WORKSPACE, "terraform.cloud.organizations", "ORG/WORKSPACE=FILE",
     "a workspace of Terraform Cloud's API"},
    {"tf-kubernetes", FLAG_SECRET, "kubernetes.clusters", "[CLUSTER/]NS/WORKSPACE/SUFFIX=FILE",
     "a state of the kubernetes backend"},
    {"token-ttl-ms", FLAG_INT, "kubernetes.defaults.token_ttl_ms", "N",
     "continue tokens expire after N ms [0: never]"},
    {"aws-accounts", FLAG_INT, "aws.accounts", "N", "accounts of the organisation [3]"},
    {"aws-regions", FLAG_INT, "aws.regions", "N", "regions that are on [2]"},
    {"aws-objects", FLAG_INT, "aws.objects", "N", "objects of each type per account or region"},
    {"aws-count", FLAG_COUNT, "aws.counts", "TYPE=N", "objects of one type: ec2.vpc=5"},
    {"aws-page-size", FLAG_INT, "aws.page_size", "N", "no page is longer [0: AWS's limits]"},
    {"aws-session-ttl-ms", FLAG_INT, "aws.session_ttl_ms", "N",
     "life of temporary credentials [0: as asked]"},
    {"aws-verify", FLAG_SET, "aws.verify", NULL, "check signatures"},
    {"gcp-projects", FLAG_INT, "gcp.projects", "N", "projects of the organisation [3]"},
    {"gcp-folders", FLAG_INT, "gcp.folders", "N", "folders of the organisation [2]"},
    {"gcp-regions", FLAG_INT, "gcp.regions", "N", "regions [2]"},
    {"gcp-objects", FLAG_INT, "gcp.objects", "N", "assets in each project, exactly"},
    {"gcp-count", FLAG_COUNT, "gcp.counts", "TYPE=N", "objects of one type: compute.disk=5"},
    {"gcp-disabled", FLAG_APPEND, "gcp.disabled", "PROJECT=SERVICE",
     "a service that is off in a project"},
    {"gcp-unreachable", FLAG_APPEND, "gcp.unreachable", "PLACE",
     "a zone or region that cannot be reached"},
    {"gcp-asset-quota", FLAG_STRING, "gcp.asset_quota", "N[/min]",
     "assets.list calls a minute and project [no limit]"},
    {"gcp-token-ttl-ms", FLAG_INT, "gcp.token_ttl_ms", "N", "life of access tokens [3600000]"},
    {"gcp-write-key", FLAG_STRING, "gcp.write_key", "F", "write a service account's key file"},
    {"gcp-anonymous", FLAG_SET, "gcp.anonymous", NULL, "ask for no credentials"},
    {"gcp-deny", FLAG_JSON, "gcp.denials", "JSON", "add a denial"},
    {"tf-gcs", FLAG_NAMED, "gcp.buckets", "BUCKET=DIR",
     "a bucket of Cloud Storage, of the files below a folder"},
    {"aws-deny", FLAG_JSON, "aws.denials", "JSON", "add a denial"},
    {"azure-tenant", FLAG_STRING, "azure.tenant", "GUID", "the tenant's id [from the seed]"},
    {"azure-subscriptions", FLAG_INT, "azure.subscriptions", "N",
     "subscriptions of the tenant [3]"},
    {"azure-management-groups", FLAG_INT, "azure.management_groups", "N",
     "management groups besides the root [4]"},
    {"azure-groups", FLAG_INT, "azure.groups", "N", "resource groups per subscription"},
    {"azure-objects", FLAG_INT, "azure.objects", "N", "resources per subscription, exactly"},
    {"azure-count", FLAG_COUNT, "azure.counts", "TYPE=N",
     "objects of a type: Microsoft.Compute/disks=5"},
    {"azure-touched", FLAG_COUNT, "azure.touched", "TYPE=N",
     "the first N of a type were changed: another etag, changedTime and tags"},
    {"azure-bare", FLAG_COUNT, "azure.bare", "TYPE=N",
     "Resource Graph has no properties of the first N of a type"},
    {"azure-page-size", FLAG_INT, "azure.page_size", "N", "no page is longer [0: Azure's limits]"},
    {"azure-cert", FLAG_STRING, "azure.cert", "FILE", "certificates that applications sign with"},
    {"azure-token-ttl-s", FLAG_INT, "azure.token_ttl_s", "N", "life of tokens [3599]"},
    {"azure-verify", FLAG_SET, "azure.verify", NULL, "refuse tokens of others"},
    {"azure-arc-dir", FLAG_STRING, "azure.arc_dir", "DIR", "where Arc's challenge file is written"},
    {"azure-deny", FLAG_JSON, "azure.denials", "JSON", "add a denial"},
    {"azure-unregistered", FLAG_NAMED, "azure.unregistered", "SUB=NAMESPACE[,NAMESPACE]",
     "providers that a subscription lacks"},
    {"azure-throttle", FLAG_SET, "azure.throttle", NULL, "keep Azure's limits"},
    {"azure-bucket", FLAG_STRING, "azure.bucket", "SIZE:RATE", "reads per principal [250:25]"},
    {"azure-graph-quota", FLAG_STRING, "azure.graph_quota", "N:SECONDS",
     "queries per principal [15:5]"},
    {"azure-graph-truncate", FLAG_SET, "azure.graph_truncate", NULL,
     "Resource Graph cuts what is longer than a page"},
};

static void usage(FILE *to)
{
    size_t i;

    fputs("usage: fakecloud [OPTION]...\n"
          "Serves pretended cloud APIs on 127.0.0.1, for tests. See README.md.\n\n",
          to);
    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        char left[80];

        snprintf(left, sizeof(left), "--%s%s%s", flags[i].name,
                 flags[i].argument != NULL ? " " : "",
                 flags[i].argument != NULL ? flags[i].argument : "");
        fprintf(to, "  %-30s %s\n", left, flags[i].help);
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

static struct json_object *parse_int(const struct flag *f, const char *s)
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

static struct json_object *parse_number(const struct flag *f, const char *s)
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

static void add_cluster(struct json_object *root, const struct flag *f, const char *arg)
{
    static const char *const plain[] = {
        "seed",        "namespaces", "objects",      "object_bytes", "discovery", "metrics",
        "fresh_token", "uid",        "token_ttl_ms", "std_tokens",   "version",   NULL,
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

static void add_user(struct json_object *root, const struct flag *f, const char *arg)
{
    const char *mark = strchr(arg, f->type == FLAG_TOKEN ? '=' : ':');
    struct json_object *user = json_object_new_object();
    char *name;

    if (mark == NULL) {
        fc_die("--%s: %s is wanted", f->name, f->argument);
    }
    name = fc_strndup(arg, (size_t)(mark - arg));
    json_object_object_add(user, "name", json_object_new_string(name));
    json_object_object_add(user, f->type == FLAG_TOKEN ? "token" : "password",
                           json_object_new_string(mark + 1));
    json_object_object_add(user, "admin", json_object_new_boolean(1));
    append(root, f->place, user);
    free(name);
}

/* Cuts "a/b/c=FILE" into its words; returns how many. 'words' point into 'copy'. */
static size_t cut(const struct flag *f, char *copy, char **words, size_t max, char **out_file)
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

static void add_workspace(struct json_object *root, const struct flag *f, const char *arg)
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

static void add_secret(struct json_object *root, const struct flag *f, const char *arg)
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

static void apply(struct json_object *root, const struct flag *f, const char *arg)
{
    const char *key = NULL;
    const char *eq;
    struct json_object *value = NULL;
    struct json_object *obj;
    char *name;

    switch (f->type) {
    case FLAG_APPEND:
        append(root, f->place, json_object_new_string(arg));
        return;
    case FLAG_INT:
        value = parse_int(f, arg);
        break;
    case FLAG_NUMBER:
        value = parse_number(f, arg);
        break;
    case FLAG_STRING:
        value = json_object_new_string(arg);
        break;
    case FLAG_SET:
        value = json_object_new_boolean(1);
        break;
    case FLAG_FILE:
        value = fc_conf_load(arg);
        break;
    case FLAG_JSON:
        value = json_tokener_parse(arg);
        if (value == NULL) {
            fc_die("--%s: not JSON: %s", f->name, arg);
        }
        append(root, f->place, value);
        return;
    case FLAG_CLUSTER:
        add_cluster(root, f, arg);
        return;
    case FLAG_COUNT:
    case FLAG_NAMED:
        eq = strchr(arg, '=');
        if (eq == NULL) {
            fc_die("--%s: %s is wanted", f->name, f->argument);
        }
        name = fc_strndup(arg, (size_t)(eq - arg));
        value = f->type == FLAG_COUNT ? parse_int(f, eq + 1) : json_object_new_string(eq + 1);
        json_object_object_add(fc_conf_ensure(root, f->place), name, value);
        free(name);
        return;
    case FLAG_WORKSPACE:
        add_workspace(root, f, arg);
        return;
    case FLAG_SECRET:
        add_secret(root, f, arg);
        return;
    case FLAG_TOKEN:
    case FLAG_BASIC:
        add_user(root, f, arg);
        return;
    case FLAG_SCENARIO:
    case FLAG_HELP:
        return;
    }
    obj = holder(root, f->place, &key);
    json_object_object_add(obj, key, value);
}

static const struct flag *find_flag(const char *arg, const char **value)
{
    size_t n = strcspn(arg, "=");
    size_t i;

    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strlen(flags[i].name) == n && strncmp(flags[i].name, arg, n) == 0) {
            *value = arg[n] == '=' ? arg + n + 1 : NULL;
            return &flags[i];
        }
    }
    fc_die("unknown flag --%s (--help lists them)", arg);
}

/* Calls apply() for each flag; in the first pass only reads the scenario. */
static void walk(int argc, char **argv, bool first_pass, struct json_object **root)
{
    int i;

    for (i = 1; i < argc; i++) {
        const struct flag *f;
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
        if (first_pass && f->type == FLAG_HELP) {
            usage(stdout);
            exit(0);
        }
        if (first_pass && f->type == FLAG_SCENARIO) {
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
        "seed", "server", "latency_ms", "latency_jitter_ms", "users",     "faults", "throttles",
        "rate", "burst",  "rate_per",   "kubernetes",        "terraform", "aws",    "azure",
        "gcp",  NULL,
    };
    struct json_object *root = json_object_new_object();

    walk(argc, argv, true, &root);
    walk(argc, argv, false, &root);
    fc_conf_only(root, "scenario", top);
    add_rate(root);
    add_asset_quota(root);
    return root;
}
