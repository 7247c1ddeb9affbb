#include "fake.h"

#include "base/yaml.h"
#include "k8s/kube_context.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

static struct wgo_arena arena;
static struct wgo_error error;

static void setup(void)
{
    arena = (struct wgo_arena){0};
    error = (struct wgo_error){0};
}

static void teardown(void)
{
    wgo_arena_fini(&arena);
}

TestSuite(kubeconfig, .init = setup, .fini = teardown);

static struct wgo_kubeconfig load(const char *files)
{
    struct wgo_kubeconfig config = {0};
    fake_setenv("KUBECONFIG", files);
    enum wgo_status status = wgo_kubeconfig_load(&arena, fake_getenv, &config, &error);
    cr_assert(status == WGO_OK, "%s", error.message);
    return config;
}

static struct wgo_kube_context context_of(const struct wgo_kubeconfig *config, const char *name)
{
    struct wgo_kube_context context = {0};
    enum wgo_status status = wgo_kube_context_read(&arena, config, wgo_str(name), &context, &error);
    cr_assert(status == WGO_OK, "%s: %s", name, error.message);
    return context;
}

/* ---- several files ---- */

static struct wgo_kubeconfig load_merged(void)
{
    char files[4096];
    snprintf(files, sizeof(files), "%s:/nonexistent/kubeconfig::%s:%s", fake_fixture("first.yaml"),
             fake_fixture("second.yaml"), fake_fixture("third.yaml"));
    return load(files);
}

Test(kubeconfig, first_file_wins_entry_by_entry)
{
    struct wgo_kubeconfig config = load_merged();
    struct wgo_kube_context shared = context_of(&config, "shared");
    cr_assert_str_eq(shared.server, "https://blue.example.test:6443");
    cr_assert_str_eq(shared.token, "first-token");
    cr_assert_str_eq(shared.default_namespace, "team-a");
    cr_assert_eq(shared.impersonation_count, 0, "nothing of the second alice is mixed in");
    struct wgo_kube_context second = context_of(&config, "only-second");
    cr_assert_str_eq(second.server, "https://red.example.test");
    cr_assert_str_eq(second.token, "first-token");
    cr_assert_not(second.insecure);
}

Test(kubeconfig, current_context_is_the_first_that_is_set)
{
    struct wgo_kubeconfig config = load_merged();
    cr_assert_str_eq(config.current_context, "shared");
    cr_assert_eq(config.current_line, 3);
}

Test(kubeconfig, paths_are_relative_to_the_file_that_holds_them)
{
    struct wgo_kubeconfig config = load_merged();
    struct wgo_kube_context shared = context_of(&config, "shared");
    cr_assert_str_eq(shared.ca_file, fake_fixture("certs/ca.pem"));
    struct wgo_kube_context first = context_of(&config, "only-first");
    cr_assert_str_eq(first.cert_file, fake_fixture("certs/bob.pem"));
    cr_assert_str_eq(first.key_file, fake_fixture("certs/bob.key"));
}

Test(kubeconfig, a_relative_kubeconfig_is_relative_to_where_we_are)
{
    cr_assert_eq(chdir(fake_fixture("")), 0);
    struct wgo_kubeconfig config = load("first.yaml");
    struct wgo_kube_context shared = context_of(&config, "shared");
    cr_assert_str_eq(shared.ca_file, "certs/ca.pem");
}

/* ---- every field ---- */

Test(kubeconfig, clusters)
{
    struct wgo_kubeconfig config = load(fake_fixture("everything.yaml"));
    struct wgo_kube_context data = context_of(&config, "cert");
    cr_assert_str_eq(data.server, "https://data.example.test/k8s/clusters/c-1");
    cr_assert_eq(data.ca_pem[0], '-');
    cr_assert_null(data.ca_file);
    cr_assert_str_eq(data.tls_server_name, "kubernetes.default.svc");
    cr_assert_str_eq(data.proxy_url, "socks5://proxy.example.test:1080");
    struct wgo_kube_context insecure = context_of(&config, "insecure");
    cr_assert(insecure.insecure);
    cr_assert_null(insecure.ca_file);
    cr_assert_str_eq(context_of(&config, "bare").server, "https://bare.example.test:6443");
}

Test(kubeconfig, users)
{
    struct wgo_kubeconfig config = load(fake_fixture("everything.yaml"));
    cr_assert_str_eq(context_of(&config, "plain").token, "t0ken");
    cr_assert_str_eq(context_of(&config, "plain").default_namespace, "ns-1");
    struct wgo_kube_context files = context_of(&config, "files");
    cr_assert_str_eq(files.token, "t0ken");
    cr_assert_str_eq(files.token_file, fake_fixture("token"));
    struct wgo_kube_context cert = context_of(&config, "cert");
    cr_assert_str_eq(cert.cert_file, fake_fixture("certs/bob.pem"));
    cr_assert_str_eq(cert.key_pem, "no key at all");
    cr_assert_null(cert.key_file);
    struct wgo_kube_context basic = context_of(&config, "basic");
    cr_assert_str_eq(basic.basic_user, "u");
    cr_assert_str_eq(basic.basic_password, "p:w");
    cr_assert_str_eq(context_of(&config, "oidc").token, "id-t0ken");
    cr_assert_str_eq(context_of(&config, "gcp").unsupported_auth, "gcp");
    cr_assert_null(context_of(&config, "no-user").token);
    cr_assert_null(context_of(&config, "nothing").token);
    cr_assert_null(context_of(&config, "null").token);
}

Test(kubeconfig, impersonation_becomes_headers)
{
    static const char *const EXPECTED[][2] = {
        {"Impersonate-User", "robot"},           {"Impersonate-Uid", "7"},
        {"Impersonate-Group", "devs"},           {"Impersonate-Group", "system:authenticated"},
        {"Impersonate-Extra-reason", "looking"}, {"Impersonate-Extra-reason", "around"},
        {"Impersonate-Extra-team%2Fsub", "x"},
    };
    struct wgo_kubeconfig config = load(fake_fixture("everything.yaml"));
    struct wgo_kube_context other = context_of(&config, "other");
    cr_assert_eq(other.impersonation_count, WGO_COUNT(EXPECTED));
    for (size_t i = 0; i < WGO_COUNT(EXPECTED); i++) {
        cr_assert(wgo_str_is(other.impersonation[i].name, EXPECTED[i][0]));
        cr_assert(wgo_str_is(other.impersonation[i].value, EXPECTED[i][1]));
    }
}

Test(kubeconfig, plugins)
{
    struct wgo_kubeconfig config = load(fake_fixture("everything.yaml"));
    struct wgo_kube_context context = context_of(&config, "plugin");
    const struct wgo_exec_plugin *plugin = context.exec;
    cr_assert_str_eq(plugin->argv[0], fake_fixture("plugins/good.sh"));
    cr_assert_str_eq(plugin->argv[1], "--for");
    cr_assert_str_eq(plugin->argv[2], "wgo");
    cr_assert_null(plugin->argv[3]);
    cr_assert_eq(plugin->env_count, 2);
    cr_assert_str_eq(plugin->env[0], "WGO_TEST_A=1");
    cr_assert_str_eq(plugin->env[1], "WGO_TEST_B=");
    cr_assert(plugin->provide_cluster_info);
    cr_assert_str_eq(context.exec_config,
                     "{\"audience\":\"42\",\"depth\":42,\"on\":true,\"off\":null,"
                     "\"list\":[\"a\",1.5,\"true\"],\"quo\\\"te\":\"x y\"}");
    plugin = context_of(&config, "path-plugin").exec;
    cr_assert_str_eq(plugin->argv[0], "get-token"); /* looked up in PATH */
    cr_assert(plugin->interactive_always);
    cr_assert_null(context_of(&config, "plugin-and-token").exec);
}

Test(kubeconfig, no_credentials_in_the_clear)
{
    struct wgo_kubeconfig config = load(fake_fixture("everything.yaml"));
    struct wgo_kube_context clear = context_of(&config, "clear");
    cr_assert(clear.in_the_clear);
    cr_assert(clear.withheld);
    cr_assert_null(clear.token);
    clear = context_of(&config, "clear127"); /* a name, and no address of this machine */
    cr_assert(clear.in_the_clear);
    cr_assert_null(clear.token);
    cr_assert_str_eq(context_of(&config, "loopback").token, "t0ken");
    cr_assert_str_eq(context_of(&config, "loopback6").token, "t0ken");
}

Test(kubeconfig, a_scheme_is_written_in_any_case)
{
    struct wgo_kubeconfig config = load(fake_fixture("everything.yaml"));
    cr_assert_str_eq(context_of(&config, "capitals").server, "https://API.example.test:6443");
    cr_assert_str_eq(context_of(&config, "bare").server, "https://bare.example.test:6443");
}

/* ---- choosing ---- */

static size_t select_with(const struct wgo_kubeconfig *config, const char *a, const char *b,
                          struct wgo_kube_context **out)
{
    struct wgo_str patterns[2] = {wgo_str(a), wgo_str(b)};
    struct wgo_str_list list = {patterns, (size_t)(a != NULL) + (b != NULL)};
    size_t count = 0;
    error = (struct wgo_error){0};
    if (wgo_kubeconfig_select(&arena, config, &list, out, &count, &error) != WGO_OK) {
        cr_assert_eq(error.status, WGO_E_CONFIG);
        return 0;
    }
    return count;
}

Test(kubeconfig, contexts_are_chosen_by_globs)
{
    struct wgo_kubeconfig config = load_merged();
    struct wgo_kube_context *contexts = NULL;
    cr_assert_eq(select_with(&config, NULL, NULL, &contexts), 1);
    cr_assert_str_eq(contexts[0].name, "shared");
    cr_assert_eq(select_with(&config, "all", NULL, &contexts), 3);
    cr_assert_str_eq(contexts[0].name, "only-first");
    cr_assert_str_eq(contexts[1].name, "only-second");
    cr_assert_str_eq(contexts[2].name, "shared");
    cr_assert_eq(select_with(&config, "only-*", "only-first", &contexts), 2);
    cr_assert_eq(select_with(&config, "{shared,only-second}", NULL, &contexts), 2);
    cr_assert_eq(select_with(&config, "shred", NULL, &contexts), 0);
    cr_holds(error.message, "no context \"shred\"");
    cr_assert_str_eq(error.hint, "did you mean \"shared\"?");
    cr_assert_eq(select_with(&config, "prod-*", NULL, &contexts), 0);
    cr_assert_str_eq(error.hint, "contexts there are: only-first, only-second, shared");
}

/* ---- in a pod ---- */

Test(kubeconfig, the_pod_we_are_in)
{
    struct wgo_kube_context *contexts = NULL;
    struct wgo_kubeconfig config = {.in_cluster = true,
                                    .service_host = "fd00::1",
                                    .service_port = "6443",
                                    .service_account = fake_fixture("pod")};
    cr_assert_eq(select_with(&config, NULL, NULL, &contexts), 1);
    cr_assert_str_eq(contexts[0].name, "in-cluster");
    cr_assert_str_eq(contexts[0].server, "https://[fd00::1]:6443");
    cr_assert_str_eq(contexts[0].token_file, fake_fixture("pod/token"));
    cr_assert_str_eq(contexts[0].ca_file, fake_fixture("pod/ca.crt"));
    cr_assert_str_eq(contexts[0].default_namespace, "pod-space");
    cr_assert_eq(select_with(&config, "prod", NULL, &contexts), 0);
    config.service_host = "10.0.0.1";
    config.service_account = fake_fixture("certs");
    cr_assert_eq(select_with(&config, "all", NULL, &contexts), 1);
    cr_assert_str_eq(contexts[0].server, "https://10.0.0.1:6443");
    cr_assert_null(contexts[0].ca_file);
}

/* ---- what is refused ---- */

#define CLUSTERS "clusters: [{name: c, cluster: {server: 'https://c.test'}}]\n"
#define CONTEXTS "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n"
#define USER(user) CLUSTERS CONTEXTS "users: [{name: u, user: " user "}]\n"
#define PLUGIN(exec) USER("{exec: " exec "}")
#define V1 "apiVersion: client.authentication.k8s.io/v1"

static const struct {
    const char *yaml, *message, *hint;
} REFUSED[] = {
    /* shapes */
    {"[1, 2]", "line 1: not a kubeconfig", ""},
    {"just words", "line 1: not a kubeconfig", ""},
    {"kind: Pod\napiVersion: v1\n", "line 1: not a kubeconfig", ""},
    {"contexts: {a: b}\n", "line 1: contexts is no list", ""},
    {"users:\n- 7\n", "line 2: an entry of users without a name", ""},
    {"users:\n- name: [a]\n", "line 2: an entry of users without a name", ""},
    {"clusters:\n- name: a\n  cluster: [1]\n", "line 3: \"cluster\" is no map", ""},
    {"users:\n- name: a\n- name: b\n- name: a\n", "line 4: \"a\" stands in users twice", ""},
    {"users: [\n", "line 2, column 1", ""},
    {"a: &a [x, x]\nb: &b [*a, *a, *a]\nc: {<<: *b}\n", "line 3", ""},
    {"\xff\xfe\x01", "line 1", ""},
    /* contexts */
    {CLUSTERS, "no current-context", "name one with --context"},
    {"current-context: x\n", "line 1: current-context is \"x\", which is no context",
     "the kubeconfig has no contexts"},
    {"current-context: prd\ncontexts: [{name: prod}]\n",
     "line 1: current-context is \"prd\", which is no context", "did you mean \"prod\"?"},
    {"contexts: [{name: x}]\ncurrent-context: x\n", "line 1: context \"x\": names no cluster",
     "the kubeconfig has no clusters"},
    {"contexts: [{name: x}]\ncurrent-context: x\nclusters: [{cluster: {server: 'https://c'}}]\n",
     "line 1: context \"x\": names no cluster", ""},
    {"contexts:\n- name: x\n  context:\n    cluster: prodd\ncurrent-context: x\n"
     "clusters: [{name: prod}]\n",
     "line 4: context \"x\": names the cluster \"prodd\", which is not there",
     "did you mean \"prod\"?"},
    {CLUSTERS CONTEXTS, "line 2: context \"x\": names the user \"u\", which is not there",
     "the kubeconfig has no users"},
    {"contexts: [{name: x, context: {cluster: {a: b}}}]\ncurrent-context: x\n",
     "context \"x\": cluster is no text", ""},
    /* clusters */
    {"clusters: [{name: c}]\nusers: [{name: u}]\n" CONTEXTS, "cluster \"c\": has no server", ""},
    {"clusters: [{name: c, cluster: {server: 'ftp://x'}}]\nusers: [{name: u}]\n" CONTEXTS,
     "cluster \"c\": its server is no https address", ""},
    {"clusters: [{name: c, cluster: {server: \"https://x\\nHost: y\"}}]\nusers: [{name: "
     "u}]\n" CONTEXTS,
     "server holds a line break", ""},
    {"clusters: [{name: c, cluster: {server: x, insecure-skip-tls-verify: perhaps}}]\n"
     "users: [{name: u}]\n" CONTEXTS,
     "insecure-skip-tls-verify is neither true nor false", ""},
    {"clusters:\n- name: c\n  cluster:\n    server: x\n    certificate-authority: nowhere.pem\n"
     "users: [{name: u}]\n" CONTEXTS,
     "line 5: cluster \"c\": certificate-authority /tmp/nowhere.pem cannot be read: No such file",
     ""},
    {"clusters: [{name: c, cluster: {server: x, certificate-authority-data: '%%'}}]\n"
     "users: [{name: u}]\n" CONTEXTS,
     "cluster \"c\": certificate-authority-data is not base64", ""},
    /* users */
    {USER("{token: \"a\\nb\"}"), "user \"u\": token holds a line break", ""},
    {USER("{token: a, username: b}"), "user \"u\": has both a token and a password", "remove one"},
    {USER("{client-certificate-data: YQ==}"), "has a client certificate without client-key", ""},
    {USER("{client-key-data: YQ==}"), "has a client key without client-certificate", ""},
    {USER("{as-groups: [g]}"), "without a user (as)", ""},
    {USER("{as: a, as-groups: [\"\"]}"), "empty or unprintable value", ""},
    {USER("{as: a, as-groups: [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]}"), "too many groups", ""},
    {USER("{as: a, as-user-extra: {k: v}}"), "wants a list of values", ""},
    /* plugins */
    {PLUGIN("{" V1 "}"), "user \"u\": its exec plugin names no command", ""},
    {PLUGIN("[]"), "its exec plugin names no command", ""},
    {PLUGIN("{command: x}"), "neither client.authentication.k8s.io/v1 nor", "newer version"},
    {PLUGIN("{command: x, apiVersion: client.authentication.k8s.io/v1alpha1}"), "neither client",
     ""},
    {PLUGIN("{command: x, args: --foo, " V1 "}"), "the args of its exec plugin are no list", ""},
    {PLUGIN("{command: x, env: {A: b}, " V1 "}"), "the env of its exec plugin is no list", ""},
    {PLUGIN("{command: x, env: [{value: b}], " V1 "}"), "has no proper name", ""},
    {PLUGIN("{command: x, env: [{name: 'a=b'}], " V1 "}"), "has no proper name", ""},
    {PLUGIN("{command: x, provideClusterInfo: 7, " V1 "}"), "provideClusterInfo is neither", ""},
};

Test(kubeconfig, refusals_say_what_and_where)
{
    for (size_t i = 0; i < WGO_COUNT(REFUSED); i++) {
        static struct fake fake;
        fake_init(&fake);
        const char *path = fake_file(REFUSED[i].yaml);
        enum wgo_status status = fake_open(&fake, path, NULL);
        cr_assert_eq(status, WGO_E_CONFIG, "case %zu: %s", i, REFUSED[i].yaml);
        cr_assert_eq(fake.error.status, WGO_E_CONFIG);
        cr_assert_null(fake.self);
        cr_holds(fake.error.message, path);
        cr_holds(fake.error.message, REFUSED[i].message);
        cr_holds(fake.error.hint, REFUSED[i].hint);
        fake_fini(&fake);
    }
}

Test(kubeconfig, files_that_cannot_be_read)
{
    static struct fake fake;
    fake_init(&fake);
    cr_assert_eq(fake_open(&fake, "/nonexistent/a:/nonexistent/b", NULL), WGO_E_CONFIG);
    cr_holds(fake.error.message, "/nonexistent/a:/nonexistent/b does not exist");
    cr_assert_eq(fake_open(&fake, fake_fixture("certs"), NULL), WGO_E_CONFIG);
    cr_holds(fake.error.message, "directory");
    cr_assert_eq(fake_open(&fake, fake_file(""), NULL), WGO_E_CONFIG);
    cr_holds(fake.error.message, "no current-context");
    fake_setenv("HOME", "/nonexistent/home");
    cr_assert_eq(fake_open(&fake, NULL, NULL), WGO_E_CONFIG);
    cr_holds(fake.error.message, "~/.kube/config does not exist");
    fake_fini(&fake);
}

Test(kubeconfig, settings_and_namespaces_are_checked)
{
    static const char *const BAD[] = {
        "",      "Team", "a/b",
        "-a",    "a-",   "team-*",
        "a?x=1", "ä",    "a234567890123456789012345678901234567890123456789012345678901234"};
    static struct fake fake;
    struct wgo_yaml *settings = NULL;
    fake_init(&fake);
    for (size_t i = 0; i < WGO_COUNT(BAD); i++) {
        struct wgo_str name = wgo_str(BAD[i]);
        fake.options.namespaces = (struct wgo_str_list){&name, 1};
        cr_assert_eq(fake_open(&fake, fake_kubeconfig(), NULL), WGO_E_CONFIG, "%s", BAD[i]);
        cr_holds(fake.error.message, "is no name of a namespace");
    }
    fake.options.namespaces = (struct wgo_str_list){0};
    cr_assert_eq(wgo_yaml_parse(&fake.arena, "x", WGO_STR("a: 1\nexec_timeout: soon\n"), 99,
                                &settings, &fake.error),
                 WGO_OK);
    fake.options.settings = settings;
    cr_assert_eq(fake_open(&fake, fake_kubeconfig(), NULL), WGO_E_CONFIG);
    cr_holds(fake.error.message, "line 2: exec_timeout \"soon\" is no duration");
    fake_fini(&fake);
}

Test(kubeconfig, what_is_found_without_reading)
{
    char reason[256];
    fake_setenv("KUBECONFIG", "/nonexistent/kubeconfig");
    cr_assert(wgo_kubeconfig_found(fake_getenv, reason));
    cr_assert_str_eq(reason, "KUBECONFIG=/nonexistent/kubeconfig");
    fake_setenv("KUBECONFIG", NULL);
    fake_setenv("HOME", "/nonexistent/home");
    cr_assert_not(wgo_kubeconfig_found(fake_getenv, reason));
    cr_holds(reason, "no ~/.kube/config");
}
