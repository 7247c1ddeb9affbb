/* Secrets do not come out, whoever knew of them. */
#include "helper.h"

#include "model/secret_names.h"
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
        /* pairs in a list that are named so */
        {"helm_release",
         "{\"set\": [{\"name\": \"auth.adminPassword\", \"type\": \"\", \"value\": \"one\"}, "
         "{\"value\": \"two\", \"type\": \"\", \"name\": \"apiToken\"}, {\"name\": \"size\", "
         "\"value\": \"3\"}, [1], {\"name\": 4, \"value\": \"5\"}], \"o\": {\"name\": \"token\", "
         "\"value\": \"six\"}}",
         "",
         "{\"set\":[{\"name\":\"auth.adminPassword\",\"type\":\"\",\"value\":#},{\"value\":#,"
         "\"type\":"
         "\"\",\"name\":\"apiToken\"},{\"name\":\"size\",\"value\":\"3\"},[1],{\"name\":4,"
         "\"value\":"
         "\"5\"}],\"o\":{\"name\":\"token\",\"value\":\"six\"}}"},
        {"aws_wafv2_web_acl",
         "{\"rule\":[{\"statement\":[{\"byte_match_statement\":[{\"search_string\":\"s\","
         "\"field_to_match\":[]}]}]}]}",
         "",
         "{\"rule\":[{\"statement\":[{\"byte_match_statement\":[{\"search_string\":#,"
         "\"field_to_match\":[]}]}]}]}"},
        {"aws_instance", "{\"user_data\": \"#!/bin/sh\", \"ami\": \"x\"}", "",
         "{\"user_data\":#,\"ami\":\"x\"}"},
        {"azurerm_kubernetes_cluster", "{\"kube_config\": [{\"host\": \"h\", \"port\": 1}]}", "",
         "{\"kube_config\":[{\"host\":#,\"port\":#}]}"},
        /* one that only refers to a secret */
        {"google_secret_manager_secret_version",
         "{\"secret\": \"projects/p/secrets/s\", \"secret_data\": \"one\"}", "",
         "{\"secret\":\"projects/p/secrets/s\",\"secret_data\":#}"},
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

#define STEPS(steps) ", \"sensitive_attributes\": [[" steps "]]"
#define ATTR(name) "{\"type\": \"get_attr\", \"value\": " name "}"
#define INDEX(type, value)                                                                         \
    "{\"type\": \"index\", \"value\": {\"type\": \"" type "\", \"value\": " value "}}"

Test(redact, a_number_is_found_however_it_is_written)
{
    static const char *const ones[] = {"1",      "1.0",   "1e0",     "1E0",    "10e-1",
                                       "0.1e+1", "\"1\"", "\"1.0\"", "1.00e0", "1000.0e-3"};
    static const char *const zeros[] = {"0", "0.0", "-0", "0e5", "-0.0", "0E-3"};
    for (size_t i = 0; i < WGO_COUNT(ones) + WGO_COUNT(zeros); i++) {
        bool one = i < WGO_COUNT(ones);
        char extra[256];
        snprintf(extra, sizeof(extra), STEPS(ATTR("\"l\"") ", " INDEX("number", "%s")),
                 one ? ones[i] : zeros[i - WGO_COUNT(ones)]);
        const char *got = shortened(configuration("x_y", "{\"l\": [\"a\", \"b\"]}", extra));
        cr_expect_str_eq(got, one ? "{\"l\":[\"a\",#]}" : "{\"l\":[#,\"b\"]}", "%s: %s", extra,
                         got);
    }
}

Test(redact, a_mark_that_leads_nowhere_hides_what_it_reached)
{
    static const struct {
        const char *steps, *want;
    } cases[] = {
        /* no whole number, or none of this list */
        {ATTR("\"l\"") ", " INDEX("number", "0.5"),
         "{\"l\":[#,#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        {ATTR("\"l\"") ", " INDEX("number", "-1"), "{\"l\":[#,#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        {ATTR("\"l\"") ", " INDEX("number", "2"), "{\"l\":[#,#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        {ATTR("\"l\"") ", " INDEX("number", "1e999"),
         "{\"l\":[#,#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        {ATTR("\"l\"") ", " INDEX("number", "18446744073709551616"),
         "{\"l\":[#,#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        {ATTR("\"l\"") ", " INDEX("number", "\" 1\""),
         "{\"l\":[#,#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        {ATTR("\"l\"") ", " INDEX("number", "\"0x1\""),
         "{\"l\":[#,#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        {ATTR("\"l\"") ", " INDEX("number", "\"\""),
         "{\"l\":[#,#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        /* another kind of step than the value has */
        {ATTR("\"l\"") ", " INDEX("string", "\"0\""),
         "{\"l\":[#,#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        {ATTR("\"l\"") ", " ATTR("\"0\""), "{\"l\":[#,#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        {ATTR("\"m\"") ", " INDEX("number", "0"),
         "{\"l\":[\"a\",\"b\"],\"m\":{\"0\":#},\"s\":\"d\"}"},
        {ATTR("\"m\"") ", " INDEX("bool", "true"),
         "{\"l\":[\"a\",\"b\"],\"m\":{\"0\":#},\"s\":\"d\"}"},
        {ATTR("\"s\"") ", " ATTR("\"x\""), "{\"l\":[\"a\",\"b\"],\"m\":{\"0\":\"c\"},\"s\":#}"},
        {ATTR("\"l\"") ", " INDEX("number", "1") ", " ATTR("\"x\""),
         "{\"l\":[\"a\",#],\"m\":{\"0\":\"c\"},\"s\":\"d\"}"},
        /* of what occurs twice the last counts */
        {"{\"type\": \"get_attr\", \"value\": \"l\", \"value\": \"s\"}",
         "{\"l\":[\"a\",\"b\"],\"m\":{\"0\":\"c\"},\"s\":#}"},
        /* nothing was reached but the whole */
        {ATTR("\"x\""), "{\"l\":[#,#],\"m\":{\"0\":#},\"s\":#}"},
        {INDEX("number", "0"), "{\"l\":[#,#],\"m\":{\"0\":#},\"s\":#}"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        char extra[512];
        snprintf(extra, sizeof(extra), STEPS("%s"), cases[i].steps);
        const char *got = shortened(configuration(
            "x_y", "{\"l\": [\"a\", \"b\"], \"m\": {\"0\": \"c\"}, \"s\": \"d\"}", extra));
        cr_expect_str_eq(got, cases[i].want, "%s:\n got %s\nwant %s", cases[i].steps, got,
                         cases[i].want);
    }
}

Test(redact, no_mark_is_taken_back)
{
    static const char *const extras[] = {
        STEPS(ATTR("\"a\"")) ", \"sensitive_attributes\": []",
        ", \"sensitive_attributes\": []" STEPS(ATTR("\"a\"")),
        STEPS(ATTR("\"a\"")) ", \"sensitive_attributes\": null",
        ", \"sensitive\\u005fattributes\": [[" ATTR("\"a\"") "]]",
    };
    const char *attributes = "{\"a\": \"one\", \"b\": \"two\", \"c\": \"three\"}";
    for (size_t i = 0; i < WGO_COUNT(extras); i++) {
        cr_expect_str_eq(shortened(configuration("x_y", attributes, extras[i])),
                         "{\"a\":#,\"b\":\"two\",\"c\":\"three\"}", "%s", extras[i]);
    }
    const char *both = STEPS(ATTR("\"a\"")) STEPS(ATTR("\"c\""));
    cr_expect_str_eq(shortened(configuration("x_y", attributes, both)),
                     "{\"a\":#,\"b\":\"two\",\"c\":#}");
}

/* The configuration of a resource in `terraform show -json` with 'marks'. */
static const char *shown(const char *marks)
{
    struct wgo_str text = wgo_str_format(
        &s.arena,
        "{\"format_version\": \"1.0\", \"values\": {\"root_module\": {\"resources\": "
        "[{\"address\": "
        "\"x_y.n\", \"mode\": \"managed\", \"type\": \"x_y\", \"name\": \"n\", \"values\": {\"l\": "
        "[\"a\", \"b\"], \"m\": {\"k\": \"c\"}, \"s\": \"d\"}%s}]}}}",
        marks);
    scratch_file(&s, "x.json", text);
    s.files[0] = WGO_STR("x.json");
    s.options.state_files.count = 1;
    wgo_rows_free(s.fake.services.rows);
    s.fake.services.rows = wgo_rows_new();
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    return shortened(scratch_raw(&s, scratch_record(&s, "type", "x_y"), "configuration"));
}

Test(redact, a_tree_of_another_shape_than_the_values)
{
    static const struct {
        const char *tree, *want;
    } cases[] = {
        {"{\"l\": [false, true], \"m\": {}}", "{\"l\":[\"a\",#],\"m\":{\"k\":\"c\"},\"s\":\"d\"}"},
        {"{\"m\": {\"k\": true, \"x\": false}}",
         "{\"l\":[\"a\",\"b\"],\"m\":{\"k\":#},\"s\":\"d\"}"},
        {"{\"l\": [false, false, true]}", "{\"l\":[#,#],\"m\":{\"k\":\"c\"},\"s\":\"d\"}"},
        {"{\"l\": {\"1\": true}}", "{\"l\":[#,#],\"m\":{\"k\":\"c\"},\"s\":\"d\"}"},
        {"{\"m\": [true]}", "{\"l\":[\"a\",\"b\"],\"m\":{\"k\":#},\"s\":\"d\"}"},
        {"{\"m\": {\"k\": [[true]]}}", "{\"l\":[\"a\",\"b\"],\"m\":{\"k\":#},\"s\":\"d\"}"},
        {"{\"s\": \"true\"}", "{\"l\":[\"a\",\"b\"],\"m\":{\"k\":\"c\"},\"s\":#}"},
        {"{\"s\": 1}", "{\"l\":[\"a\",\"b\"],\"m\":{\"k\":\"c\"},\"s\":#}"},
        {"{\"x\": true}", "{\"l\":[#,#],\"m\":{\"k\":#},\"s\":#}"},
        {"{\"x\": {}, \"y\": [false]}", "{\"l\":[\"a\",\"b\"],\"m\":{\"k\":\"c\"},\"s\":\"d\"}"},
        {"{\"s\": true}, \"sensitive_values\": {}", "{\"l\":[#,#],\"m\":{\"k\":#},\"s\":#}"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        char marks[256];
        snprintf(marks, sizeof(marks), ", \"sensitive_values\": %s", cases[i].tree);
        const char *got = shown(marks);
        cr_expect_str_eq(got, cases[i].want, "%s:\n got %s\nwant %s", cases[i].tree, got,
                         cases[i].want);
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

/* Looked for once and not for each of them, a name that is not there is soon not found. */
Test(redact, an_element_of_many_values_without_a_name)
{
    struct wgo_buf text = {0};
    wgo_buf_cstr(&text, "{\"l\":[{\"v\":0");
    for (unsigned i = 0; i < 600000; i++) {
        wgo_buf_cstr(&text, ",\"value\":1");
    }
    wgo_buf_cstr(&text, "}]}");
    cr_expect_str_eq(configuration("x_y", wgo_buf_terminated(&text), ""),
                     wgo_buf_terminated(&text));
    wgo_buf_fini(&text);
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

/* Which '.' of a key is one between steps cannot be told: the whole attribute is meant. */
Test(redact, a_mark_in_a_flatmap)
{
    struct wgo_str text =
        WGO_STR("{\"version\": 4, \"lineage\": \"l\", \"resources\": [{\"mode\": \"managed\", "
                "\"type\": \"x_y\", \"name\": \"n\", \"instances\": [{\"attributes_flat\": "
                "{\"m.k.x\": \"one\", \"m.o\": \"two\", \"mm\": \"three\"}" STEPS(
                    ATTR("\"m\"") ", " INDEX("string", "\"k.x\"")) "}]}]}");
    scratch_state(&s, "x.tfstate", text.ptr);
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_str_eq(shortened(scratch_raw(&s, scratch_record(&s, "type", "x_y"), "configuration")),
                     "{\"m.k.x\":#,\"m.o\":#,\"mm\":\"three\"}");
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
