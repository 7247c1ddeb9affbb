/* Secrets do not come out, whoever knew of them. */
#include "helper.h"

#include "terraform/secrets.h"

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

TestSuite(redact, .init = setup, .fini = teardown);

/* The configuration of one instance of 'type'; 'extra' are more members of the instance. */
static const char *configuration(const char *type, const char *attributes, const char *extra)
{
    struct wgo_str text = wgo_str_format(
        &s.arena,
        "{\"version\": 4, \"lineage\": \"l\", \"resources\": [{\"mode\": \"managed\", \"type\": "
        "\"%s\", \"name\": \"n\", \"instances\": [{\"attributes\": %s%s}]}]}",
        type, attributes, extra);
    scratch_file(&s, "x.tfstate", text);
    s.files[0] = WGO_STR("x.tfstate");
    s.options.state_files.count = 1;
    wgo_rows_free(s.fake.services.rows);
    s.fake.services.rows = wgo_rows_new();
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    return scratch_raw(&s, scratch_record(&s, "type", type), "configuration");
}

struct redact_case {
    const char *type, *attributes, *extra;
    const char *want; /* "#" stands for a redacted value */
};

/* 'got' with every redacted value as "#". */
static const char *shortened(const char *got)
{
    static char out[8192];
    size_t len = 0;
    for (const char *at = got; *at && len < sizeof(out) - 2; at++) {
        if (strncmp(at, "\"hmac:", 6) == 0) {
            out[len++] = '#';
            at += 6 + 32;
        } else {
            out[len++] = *at;
        }
    }
    out[len] = '\0';
    return out;
}

Test(redact, table)
{
    static const struct redact_case cases[] = {
        /* what Terraform marked */
        {"x_y", "{\"a\": \"one\", \"b\": \"two\"}",
         ", \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"a\"}]]",
         "{\"a\":#,\"b\":\"two\"}"},
        {"x_y", "{\"l\": [{\"k\": \"one\"}, {\"k\": \"two\", \"o\": 3}]}",
         ", \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"l\"}, {\"type\": "
         "\"index\", \"value\": {\"value\": 1, \"type\": \"number\"}}, {\"type\": \"get_attr\", "
         "\"value\": \"k\"}]]",
         "{\"l\":[{\"k\":\"one\"},{\"k\":#,\"o\":3}]}"},
        {"x_y", "{\"m\": {\"p.q\": \"one\", \"r\": \"two\"}}",
         ", \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"m\"}, {\"type\": "
         "\"index\", \"value\": {\"value\": \"p.q\", \"type\": \"string\"}}]]",
         "{\"m\":{\"p.q\":#,\"r\":\"two\"}}"},
        /* an element of a set is not named by a number: all of the set */
        {"x_y", "{\"s\": [{\"k\": \"one\"}, {\"k\": \"two\"}]}",
         ", \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"s\"}, {\"type\": "
         "\"index\", \"value\": {\"value\": {\"k\": \"one\"}, \"type\": [\"object\", {\"k\": "
         "\"string\"}]}}]]",
         "{\"s\":[{\"k\":#},{\"k\":#}]}"},
        /* steps nobody knows: everything below what is known */
        {"x_y", "{\"a\": {\"b\": \"one\"}, \"c\": \"two\"}",
         ", \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"a\"}, {\"type\": "
         "\"splat\"}]]",
         "{\"a\":{\"b\":#},\"c\":\"two\"}"},
        {"x_y", "{\"a\": \"one\"}", ", \"sensitive_attributes\": {\"odd\": 1}", "{\"a\":#}"},
        /* all scalars below a marked place; null stays */
        {"x_y", "{\"a\": [1, \"x\", null, \"\", true, {\"b\": 2.50}]}",
         ", \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"a\"}]]",
         "{\"a\":[#,#,null,#,#,{\"b\":#}]}"},
        /* a value of any type is wrapped; what it repeats elsewhere is as secret */
        {"terraform_data",
         "{\"input\": {\"value\": \"hunter2\", \"type\": \"string\"}, \"output\": {\"value\": "
         "\"hunter2\", \"type\": \"string\"}}",
         ", \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"input\"}]]",
         "{\"input\":{\"value\":#,\"type\":\"string\"},\"output\":{\"value\":#,\"type\":\"string\"}"
         "}"},
        {"terraform_data",
         "{\"input\": {\"value\": {\"p\": \"one\", \"q\": \"two\"}, \"type\": [\"object\", {\"p\": "
         "\"string\", \"q\": \"string\"}]}}",
         ", \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"input\"}, {\"type\": "
         "\"get_attr\", \"value\": \"p\"}]]",
         "{\"input\":{\"value\":{\"p\":#,\"q\":\"two\"},\"type\":[\"object\",{\"p\":\"string\","
         "\"q\":"
         "\"string\"}]}}"},
        /* names that mean a secret */
        {"aws_db_instance", "{\"password\": \"one\", \"username\": \"two\", \"port\": 5432}", "",
         "{\"password\":#,\"username\":\"two\",\"port\":5432}"},
        {"x_y", "{\"masterPassword\": \"a\", \"db-password\": \"b\", \"password_length\": 3}", "",
         "{\"masterPassword\":#,\"db-password\":#,\"password_length\":3}"},
        {"x_y", "{\"token\": null, \"secret\": \"\", \"reset_password\": true}", "",
         "{\"token\":null,\"secret\":#,\"reset_password\":true}"},
        {"x_y", "{\"secret\": [{\"name\": \"db\"}], \"tokens\": [\"x\"], \"access_key\": [\"k\"]}",
         "", "{\"secret\":[{\"name\":\"db\"}],\"tokens\":[\"x\"],\"access_key\":[#]}"},
        {"x_y", "{\"p\\u0061ssword\": \"one\"}", "", "{\"p\\u0061ssword\":#}"},
        {"aws_instance", "{\"user_data\": \"#!/bin/sh\", \"ami\": \"x\"}", "",
         "{\"user_data\":#,\"ami\":\"x\"}"},
        {"azurerm_kubernetes_cluster", "{\"kube_config\": [{\"host\": \"h\", \"port\": 1}]}", "",
         "{\"kube_config\":[{\"host\":#,\"port\":#}]}"},
        /* environments */
        {"aws_lambda_function", "{\"environment\": [{\"variables\": {\"A\": \"one\"}}]}", "",
         "{\"environment\":[{\"variables\":{\"A\":#}}]}"},
        {"kubernetes_pod",
         "{\"spec\": [{\"container\": [{\"env\": [{\"name\": \"A\", \"value\": \"one\"}, "
         "{\"name\": "
         "\"B\", \"value\": \"\", \"value_from\": [{\"secret_key_ref\": [{\"key\": "
         "\"k\"}]}]}]}]}]}",
         "",
         "{\"spec\":[{\"container\":[{\"env\":[{\"name\":\"A\",\"value\":#},{\"name\":\"B\","
         "\"value\":#,\"value_from\":[{\"secret_key_ref\":[{\"key\":\"k\"}]}]}]}]}]}"},
        {"docker_container", "{\"env\": [\"A=one\"], \"image\": \"i\"}", "",
         "{\"env\":[#],\"image\":\"i\"}"},
        {"x_y", "{\"env\": \"production\"}", "", "{\"env\":\"production\"}"},
        {"azurerm_linux_web_app",
         "{\"app_settings\": {\"K\": \"v\"}, \"connection_string\": [{\"name\": \"db\", \"value\": "
         "\"v\"}]}",
         "", "{\"app_settings\":{\"K\":#},\"connection_string\":[{\"name\":\"db\",\"value\":#}]}"},
        /* types whose whole point is a secret */
        {"kubernetes_secret", "{\"data\": {\"k\": \"v\"}, \"metadata\": [{\"name\": \"x\"}]}", "",
         "{\"data\":{\"k\":#},\"metadata\":[{\"name\":\"x\"}]}"},
        {"random_password", "{\"result\": \"r\", \"length\": 16}", "",
         "{\"result\":#,\"length\":16}"},
        {"vault_generic_secret", "{\"data\": {\"k\": \"v\"}, \"path\": \"p\"}", "",
         "{\"data\":{\"k\":#},\"path\":\"p\"}"},
        {"aws_ssm_parameter", "{\"value\": \"v\", \"name\": \"/p\"}", "",
         "{\"value\":#,\"name\":\"/p\"}"},
        /* texts that give themselves away */
        {"x_y", "{\"dsn\": \"postgres://u:p@h/db\", \"url\": \"https://h:1/a@b\"}", "",
         "{\"dsn\":#,\"url\":\"https://h:1/a@b\"}"},
        {"x_y", "{\"pem\": \"-----BEGIN RSA PRIVATE KEY-----\\nMII\"}", "", "{\"pem\":#}"},
        {"x_y", "{\"pem\": \"-----BEGIN PUBLIC KEY-----\\nMII\"}", "",
         "{\"pem\":\"-----BEGIN PUBLIC KEY-----\\nMII\"}"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        const char *got =
            shortened(configuration(cases[i].type, cases[i].attributes, cases[i].extra));
        cr_expect_str_eq(got, cases[i].want, "case %zu:\n got %s\nwant %s", i, got, cases[i].want);
    }
}

Test(redact, no_field_repeats_a_secret)
{
    configuration("x_y",
                  "{\"id\": \"geheim1\", \"name\": \"geheim2\", \"tags\": {\"t\": \"geheim3\"}}",
                  ", \"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"id\"}], "
                  "[{\"type\": \"get_attr\", \"value\": \"name\"}], [{\"type\": \"get_attr\", "
                  "\"value\": \"tags\"}]]");
    struct wgo_str all = wgo_buf_view(&s.fake.records);
    cr_expect_eq(wgo_str_find(all, WGO_STR("geheim")), all.len, "%.*s", WGO_FMT(all));
    struct wgo_str r = scratch_record(&s, "type", "x_y");
    cr_expect_str_eq(scratch_text(&s, r, "native_id"), "", "a digest is no id");
    cr_expect_str_eq(scratch_text(&s, r, "name"), "n");
}

Test(redact, the_same_value_gives_the_same_digest)
{
    char first[4096];
    snprintf(first, sizeof(first), "%s", configuration("x_y", "{\"password\": \"one\"}", ""));
    cr_expect_str_eq(configuration("x_y", "{\"password\": \"one\"}", ""), first);
    cr_expect_str_neq(configuration("x_y", "{\"password\": \"two\"}", ""), first);
}

Test(redact, flatmaps)
{
    struct wgo_str text = WGO_STR(
        "{\"version\": 4, \"lineage\": \"l\", \"resources\": [{\"mode\": \"managed\", \"type\": "
        "\"x_y\", \"name\": \"n\", \"instances\": [{\"attributes_flat\": {\"a.#\": \"1\", "
        "\"a.0.password\": \"one\", \"a.0.name\": \"two\", \"env.0.name\": \"A\", \"env.0.value\": "
        "\"three\", \"env.#\": \"1\", \"list.0\": \"four\", \"listing\": \"five\"}, "
        "\"sensitive_attributes\": [[{\"type\": \"get_attr\", \"value\": \"list\"}]]}]}]}");
    scratch_state(&s, "x.tfstate", text.ptr);
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_str_eq(
        shortened(scratch_raw(&s, scratch_record(&s, "type", "x_y"), "configuration")),
        "{\"a.#\":\"1\",\"a.0.password\":#,\"a.0.name\":\"two\",\"env.0.name\":\"A\",\"env.0."
        "value\":#,\"env.#\":\"1\",\"list.0\":#,\"listing\":\"five\"}");
}

Test(redact, no_type_has_more_paths_than_are_kept)
{
    static const char *const types[] = {"kubernetes_manifest", "helm_release", "vault_x",
                                        "azurerm_linux_web_app", "terraform_remote_state"};
    for (size_t i = 0; i < WGO_COUNT(types); i++) {
        cr_expect_null(wgo_tf_secret_path(wgo_str(types[i]), 15), "%s", types[i]);
        cr_expect_not_null(wgo_tf_secret_path(wgo_str(types[i]), 0), "%s", types[i]);
    }
}
