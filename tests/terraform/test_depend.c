/* From addresses to ids of what is depended on, and ids of live objects. */
#include "helper.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct scratch s;

static void setup(void)
{
    scratch_init(&s);
}

static void teardown(void)
{
    scratch_fini(&s);
}

TestSuite(depend, .init = setup, .fini = teardown);

static void begin(struct wgo_buf *text)
{
    wgo_buf_cstr(text, "{\"version\": 4, \"lineage\": \"l\", \"resources\": [");
}

static void add(struct wgo_buf *text, const char *module, const char *name, const char *keys[],
                const char *dependencies)
{
    if (text->ptr[text->len - 1] != '[') {
        wgo_buf_char(text, ',');
    }
    wgo_buf_format(text,
                   "{\"module\": \"%s\", \"mode\": \"managed\", \"type\": \"t_t\", \"name\": "
                   "\"%s\", \"instances\": [",
                   module, name);
    for (size_t i = 0; keys ? keys[i] != NULL : i == 0; i++) {
        wgo_buf_format(text,
                       "%s{\"index_key\": %s, \"attributes\": {\"id\": \"%s\"}, "
                       "\"dependencies\": %s}",
                       i ? "," : "", keys ? keys[i] : "null", name, dependencies);
    }
    wgo_buf_cstr(text, "]}");
}

static void finish(struct wgo_buf *text)
{
    wgo_buf_cstr(text, "]}");
    scratch_file(&s, "x.tfstate", wgo_buf_view(text));
    s.files[0] = WGO_STR("x.tfstate");
    s.options.state_files.count = 1;
    wgo_buf_fini(text);
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    cr_expect_str_eq(scratch_row(&s, "x.tfstate").status, "ok");
}

static const char *dependencies_of(const char *address)
{
    return scratch_raw(&s, scratch_record(&s, "state_address", address), "dependencies");
}

Test(depend, every_instance_sorted_and_once)
{
    struct wgo_buf text = {0};
    begin(&text);
    add(&text, "", "many", (const char *[]){"\"b\"", "\"a\"", NULL}, "[]");
    add(&text, "", "one", NULL, "[\"t_t.many\"]");
    add(&text, "", "user", NULL,
        "[\"t_t.one\", \"t_t.many\", \"t_t.one\", \"t_t.gone\", \"var.x\", \"module.m\", "
        "\"data.t_t.one\", \"t_t.user\", 5, \"\"]");
    finish(&text);
    cr_expect_str_eq(dependencies_of("t_t.user"),
                     "[\"terraform://l/t_t.many%5B%22a%22%5D\","
                     "\"terraform://l/t_t.many%5B%22b%22%5D\",\"terraform://l/t_t.one\"]");
    cr_expect_str_eq(dependencies_of("t_t.many[\"a\"]"), "");
}

Test(depend, instances_of_a_module_keep_to_themselves)
{
    struct wgo_buf text = {0};
    begin(&text);
    add(&text, "module.m[0]", "v", NULL, "[]");
    add(&text, "module.m[1]", "v", NULL, "[]");
    add(&text, "module.m[0].module.n", "leaf", NULL, "[\"module.m.t_t.v\"]");
    add(&text, "module.m[1]", "side", NULL, "[\"module.m.module.n.t_t.leaf\", \"module.m.t_t.v\"]");
    add(&text, "module.m[1].module.n", "leaf", NULL, "[\"module.m.t_t.v\"]");
    add(&text, "", "root", NULL, "[\"module.m.t_t.v\"]");
    finish(&text);
    cr_expect_str_eq(dependencies_of("module.m[0].module.n.t_t.leaf"),
                     "[\"terraform://l/module.m%5B0%5D.t_t.v\"]");
    cr_expect_str_eq(dependencies_of("module.m[1].t_t.side"),
                     "[\"terraform://l/module.m%5B1%5D.module.n.t_t.leaf\","
                     "\"terraform://l/module.m%5B1%5D.t_t.v\"]");
    cr_expect_str_eq(dependencies_of("t_t.root"), "[\"terraform://l/module.m%5B0%5D.t_t.v\","
                                                  "\"terraform://l/module.m%5B1%5D.t_t.v\"]");
}

Test(depend, addresses_relative_to_the_module)
{
    struct wgo_buf text = {0};
    begin(&text);
    add(&text, "module.m", "v", NULL, "[]");
    add(&text, "module.m", "w", NULL, "[\"t_t.v\"]");
    finish(&text);
    cr_expect_str_eq(dependencies_of("module.m.t_t.w"), "[\"terraform://l/module.m.t_t.v\"]");
}

Test(depend, too_many_instances_stand_as_one)
{
    struct wgo_buf text = {0};
    const char *keys[66];
    static char texts[65][8];
    for (size_t i = 0; i < 65; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%zu", i);
        keys[i] = texts[i];
    }
    keys[65] = NULL;
    begin(&text);
    add(&text, "", "many", keys, "[]");
    keys[64] = NULL;
    add(&text, "", "enough", keys, "[]");
    add(&text, "", "user", NULL, "[\"t_t.many\"]");
    add(&text, "", "other", NULL, "[\"t_t.enough\"]");
    finish(&text);
    cr_expect_str_eq(dependencies_of("t_t.user"), "[\"terraform://l/t_t.many\"]");
    cr_expect(strstr(dependencies_of("t_t.other"), "enough%5B63%5D"));
}

static const char cluster_state[] =
    "{\"version\": 4, \"lineage\": \"l\", \"resources\": ["
    "{\"mode\": \"managed\", \"type\": \"kubernetes_namespace\", \"name\": \"ns\", \"instances\": "
    "[{\"attributes\": {\"id\": \"shop\", \"metadata\": [{\"name\": \"shop\", \"namespace\": "
    "null}]}}]},"
    "{\"mode\": \"managed\", \"type\": \"kubernetes_deployment_v1\", \"name\": \"web\", "
    "\"instances\": [{\"attributes\": {\"id\": \"shop/web\", \"metadata\": [{\"name\": \"web\", "
    "\"namespace\": \"shop\", \"labels\": {\"app\": \"web\"}}]}, \"dependencies\": "
    "[\"kubernetes_namespace.ns\"]}, {\"deposed\": \"00000001\", \"attributes\": {\"metadata\": "
    "[{\"name\": \"web\", \"namespace\": \"shop\"}]}}]},"
    "{\"mode\": \"managed\", \"type\": \"kubernetes_manifest\", \"name\": \"crd\", \"instances\": "
    "[{\"attributes\": {\"object\": {\"value\": {\"apiVersion\": \"shop.example.com/v1\", "
    "\"kind\": "
    "\"Widget\", \"metadata\": {\"name\": \"w\"}}, \"type\": []}}}]},"
    "{\"mode\": \"managed\", \"type\": \"kubernetes_labels\", \"name\": \"l\", \"instances\": "
    "[{\"attributes\": {\"metadata\": [{\"name\": \"web\", \"namespace\": \"shop\"}]}}]}]}";

Test(depend, live_ids_where_the_configuration_names_the_cluster)
{
    scratch_state(&s, "prod.tfstate", cluster_state);
    scratch_configure(&s, "terraform:\n  clusters:\n"
                          "    - {state: '*/other.tfstate', cluster: wrong}\n"
                          "    - {state: '*/prod.tfstate', cluster: uid-1}\n");
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    struct wgo_str r = scratch_record(&s, "state_address", "kubernetes_deployment_v1.web");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "k8s://uid-1/apps/Deployment/shop/web");
    cr_expect_str_eq(scratch_text(&s, r, "namespace"), "shop");
    cr_expect_str_eq(scratch_text(&s, r, "name"), "web");
    cr_expect_str_eq(scratch_text(&s, r, "provider"), "terraform");
    cr_expect_str_eq(scratch_raw(&s, r, "tags"), "{\"app\":\"web\"}");
    cr_expect_str_eq(scratch_raw(&s, r, "dependencies"), "[\"k8s://uid-1/core/Namespace/-/shop\"]");
    r = scratch_record(&s, "state_address", "kubernetes_deployment_v1.web (deposed 00000001)");
    cr_expect_str_eq(scratch_text(&s, r, "id"),
                     "terraform://l/kubernetes_deployment_v1.web#00000001");
    r = scratch_record(&s, "state_address", "kubernetes_manifest.crd");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "k8s://uid-1/shop.example.com/Widget/-/w");
    r = scratch_record(&s, "state_address", "kubernetes_labels.l");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "terraform://l/kubernetes_labels.l");
}

Test(depend, no_live_ids_where_nobody_knows_the_cluster)
{
    scratch_state(&s, "prod.tfstate", cluster_state);
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    struct wgo_str r = scratch_record(&s, "state_address", "kubernetes_namespace.ns");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "terraform://l/kubernetes_namespace.ns");
}

Test(depend, a_cluster_without_a_uid_is_refused)
{
    scratch_state(&s, "prod.tfstate", cluster_state);
    scratch_configure(&s, "terraform:\n  clusters:\n    - {state: '*'}\n");
    cr_expect_eq(scratch_collect(&s), WGO_E_CONFIG);
    cr_expect_str_eq(s.err.message, "line 3: an entry of terraform.clusters has no cluster");
}

Test(depend, facts)
{
    static const struct {
        const char *type, *attributes, *field, *want;
    } cases[] = {
        {"google_compute_instance", "{\"zone\": \"europe-west1-b\"}", "region", "europe-west1"},
        {"google_compute_instance", "{\"project\": \"p1\"}", "account", "p1"},
        {"gitlab_thing", "{\"project\": \"p1\"}", "account", ""},
        {"google_compute_subnetwork", "{\"region\": \"https://x/regions/europe-west4\"}", "region",
         "europe-west4"},
        {"google_storage_bucket", "{\"location\": \"EU\"}", "region", "EU"},
        {"azurerm_vnet", "{\"location\": \"westeurope\"}", "region", "westeurope"},
        {"azurerm_vnet", "{\"id\": \"/subscriptions/s-1/resourceGroups/g\"}", "account", "s-1"},
        {"aws_subnet", "{\"availability_zone\": \"eu-west-1a\"}", "region", "eu-west-1"},
        {"aws_subnet",
         "{\"availability_zone\": \"eu-west-1a\", \"arn\": "
         "\"arn:aws:ec2:us-east-1:123456789012:subnet/s\"}",
         "region", "us-east-1"},
        {"aws_s3_bucket", "{\"arn\": \"arn:aws:s3:::b\", \"region\": \"eu-central-1\"}", "region",
         "eu-central-1"},
        {"aws_x", "{\"arn\": \"not an arn\"}", "account", ""},
        {"aws_x", "{\"create_date\": \"2024-01-02T03:04:05Z\"}", "created_at",
         "2024-01-02T03:04:05Z"},
        {"aws_x", "{\"create_date\": \"yesterday\"}", "created_at", ""},
        {"helm_release", "{\"namespace\": \"shop\"}", "namespace", "shop"},
        {"x_y", "{\"tags\": {\"Name\": \"t\"}, \"name\": \"n\"}", "name", "n"},
        {"x_y", "{\"tags\": {\"Name\": \"t\"}}", "name", "t"},
        {"x_y", "{\"id\": 12}", "native_id", "12"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str text = wgo_str_format(
            &s.arena,
            "{\"version\": 4, \"resources\": [{\"type\": \"%s\", \"name\": \"own\", \"instances\": "
            "[{\"attributes\": %s}]}]}",
            cases[i].type, cases[i].attributes);
        s.options.state_files.count = 0;
        scratch_state(&s, "f.tfstate", wgo_str_cstr(&s.arena, text));
        cr_assert_eq(scratch_collect(&s), WGO_OK);
        cr_expect_str_eq(
            scratch_text(&s, scratch_record(&s, "type", cases[i].type), cases[i].field),
            cases[i].want, "%s %s", cases[i].type, cases[i].attributes);
    }
}
