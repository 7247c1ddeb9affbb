/* What each format of state gives, in whatever order its members come. */
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

TestSuite(formats, .init = setup, .fini = teardown);

static const char version_4[] =
    "{\"version\": 4, \"serial\": 3, \"lineage\": \"lin\", \"terraform_version\": \"1.9.0\",\n"
    " \"outputs\": {\"o\": {\"value\": \"output text\", \"type\": \"string\"}},\n"
    " \"resources\": [\n"
    "  {\"mode\": \"managed\", \"type\": \"aws_instance\", \"name\": \"web\", \"each\": \"list\",\n"
    "   \"provider\": \"provider.aws\", \"instances\": [\n"
    "     {\"index_key\": 0, \"attributes\": {\"id\": \"i-0\", \"big\": "
    "123456789012345678901234567890, \"small\": 1.50e-7,\n"
    "       \"tags\": {\"Name\": \"first\", \"n\": 1, \"b\": \"x\", \"a\": \"y\"},\n"
    "       \"arn\": \"arn:aws:ec2:eu-west-1:123456789012:instance/i-0\"}},\n"
    "     {\"index_key\": 1, \"status\": \"tainted\", \"attributes\": {\"id\": \"i-1\"}},\n"
    "     {\"index_key\": 1, \"deposed\": \"0badcafe\", \"attributes\": {\"id\": \"i-old\"}}]},\n"
    "  {\"module\": \"module.m[\\\"k\\\"]\", \"mode\": \"managed\", \"type\": \"null_resource\",\n"
    "   \"name\": \"n\", \"instances\": [{\"attributes_flat\": {\"id\": \"7\", \"triggers.%\": "
    "\"1\"}}]},\n"
    "  {\"mode\": \"data\", \"type\": \"aws_ami\", \"name\": \"d\", \"instances\": "
    "[{\"attributes\": {\"id\": \"ami\"}}]}\n"
    " ]}";

Test(formats, version_4)
{
    scratch_state(&s, "a.tfstate", version_4);
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    cr_expect_eq(s.fake.record_count, 4);
    struct wgo_str r = scratch_record(&s, "state_address", "aws_instance.web[0]");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "arn:aws:ec2:eu-west-1:123456789012:instance/i-0");
    cr_expect_str_eq(scratch_text(&s, r, "type"), "aws_instance");
    cr_expect_str_eq(scratch_text(&s, r, "native_type"), "aws_instance");
    cr_expect_str_eq(scratch_text(&s, r, "name"), "first");
    cr_expect_str_eq(scratch_text(&s, r, "native_id"), "i-0");
    cr_expect_str_eq(scratch_text(&s, r, "account"), "123456789012");
    cr_expect_str_eq(scratch_text(&s, r, "region"), "eu-west-1");
    cr_expect_str_eq(scratch_text(&s, r, "provider"), "terraform");
    cr_expect_str_eq(scratch_text(&s, r, "source_type"), "local");
    cr_expect(wgo_str_ends(wgo_str(scratch_text(&s, r, "state_file")), WGO_STR("/a.tfstate")));
    cr_expect_str_eq(scratch_raw(&s, r, "tags"), "{\"Name\":\"first\",\"a\":\"y\",\"b\":\"x\"}",
                     "strings only, sorted");
    cr_expect_str_eq(scratch_raw(&s, r, "configuration.big"), "123456789012345678901234567890");
    cr_expect_str_eq(scratch_raw(&s, r, "configuration.small"), "1.50e-7");
    r = scratch_record(&s, "native_id", "i-1");
    cr_expect_str_eq(scratch_raw(&s, r, "configuration.tainted"), "true");
    r = scratch_record(&s, "native_id", "i-old");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "terraform://lin/aws_instance.web%5B1%5D#0badcafe");
    cr_expect_str_eq(scratch_text(&s, r, "state_address"),
                     "aws_instance.web[1] (deposed 0badcafe)");
    r = scratch_record(&s, "native_id", "7");
    cr_expect_str_eq(scratch_text(&s, r, "state_address"), "module.m[\"k\"].null_resource.n");
    cr_expect_str_eq(scratch_text(&s, r, "name"), "n");
    cr_expect_str_eq(scratch_raw(&s, r, "configuration"), "{\"id\":\"7\",\"triggers.%\":\"1\"}");
    struct wgo_str all = wgo_buf_view(&s.fake.records);
    cr_expect_eq(wgo_str_find(all, WGO_STR("output text")), all.len, "outputs are no resources");
    struct scratch_row row = scratch_row(&s, "a.tfstate");
    cr_expect_str_eq(row.status, "ok");
    cr_expect_eq(row.count, 4);
}

Test(formats, data_sources_when_asked_for)
{
    scratch_state(&s, "a.tfstate", version_4);
    s.options.include_data_sources = true;
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 5);
    struct wgo_str r = scratch_record(&s, "native_id", "ami");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "terraform://lin/data.aws_ami.d");
}

Test(formats, types_chosen_by_globs)
{
    struct wgo_str globs[] = {WGO_STR("aws_*")};
    scratch_state(&s, "a.tfstate", version_4);
    s.options.resource_types = (struct wgo_str_list){globs, 1};
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 3);
    cr_expect_eq(scratch_row(&s, "a.tfstate").count, 3);
}

/* The same state, everything in the order nobody writes. */
Test(formats, members_in_any_order)
{
    static const char reversed[] =
        "{\"resources\": [\n"
        "  {\"instances\": [{\"attributes\": {\"id\": \"i-0\"}, \"dependencies\": "
        "[\"aws_vpc.v\"], \"index_key\": \"k\"}],\n"
        "   \"name\": \"web\", \"type\": \"aws_instance\", \"mode\": \"managed\", \"module\": "
        "\"module.m\"},\n"
        "  {\"instances\": [{\"attributes\": {\"id\": \"v-0\"}}], \"name\": \"v\", \"mode\": "
        "\"managed\", \"type\": \"aws_vpc\"}],\n"
        " \"lineage\": \"lin\", \"serial\": 3, \"version\": 4}";
    scratch_state(&s, "a.tfstate", reversed);
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    cr_expect_eq(s.fake.record_count, 2);
    struct wgo_str r = scratch_record(&s, "native_id", "i-0");
    cr_expect_str_eq(scratch_text(&s, r, "id"),
                     "terraform://lin/module.m.aws_instance.web%5B%22k%22%5D");
    cr_expect_str_eq(scratch_raw(&s, r, "dependencies"), "[\"terraform://lin/aws_vpc.v\"]");
}

Test(formats, the_last_of_a_name_wins)
{
    static const char twice[] =
        "{\"version\": 3, \"version\": 4, \"lineage\": \"a\", \"lineage\": \"lin\", \"resources\": "
        "[{\"type\": \"t\", \"name\": \"gone\", \"instances\": [{}]}],\n"
        " \"resources\": [{\"mode\": \"managed\", \"type\": \"x\", \"type\": \"aws_vpc\", "
        "\"name\": "
        "\"v\",\n  \"instances\": [{\"attributes\": {\"id\": \"1\"}}, {\"attributes\": {}}],\n"
        "  \"instances\": [{\"attributes\": {\"id\": \"2\"}, \"attributes\": {\"id\": \"3\"}}]}]}";
    scratch_state(&s, "a.tfstate", twice);
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    cr_expect_eq(s.fake.record_count, 1);
    struct wgo_str r = scratch_record(&s, "native_id", "3");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "terraform://lin/aws_vpc.v");
}

Test(formats, version_3)
{
    static const char text[] =
        "{\"version\": 3, \"serial\": 1, \"lineage\": \"lin\", \"modules\": [\n"
        " {\"path\": [\"root\"], \"outputs\": {}, \"resources\": {\n"
        "  \"aws_instance.web.0\": {\"type\": \"aws_instance\", \"depends_on\": [\"aws_vpc.v\", "
        "\"data.aws_ami.d\", \"var.x\", \"module.m\"],\n"
        "    \"primary\": {\"id\": \"i-0\", \"attributes\": {\"id\": \"i-0\", \"tags.%\": \"1\", "
        "\"tags.Name\": \"zero\", \"password\": \"geheim-geheim\"}, \"tainted\": true},\n"
        "    \"deposed\": [{\"id\": \"i-x\", \"attributes\": {\"id\": \"i-x\"}}]},\n"
        "  \"aws_instance.web.1\": {\"type\": \"aws_instance\", \"primary\": {\"id\": \"i-1\", "
        "\"attributes\": {\"id\": \"i-1\"}}},\n"
        "  \"aws_vpc.v\": {\"type\": \"aws_vpc\", \"primary\": {\"id\": \"v\", \"attributes\": "
        "{\"id\": \"v\"}}, \"deposed\": []},\n"
        "  \"data.aws_ami.d\": {\"type\": \"aws_ami\", \"primary\": {\"id\": \"ami\", "
        "\"attributes\": {\"id\": \"ami\"}}},\n"
        "  \"aws_eip.gone\": {\"type\": \"aws_eip\", \"primary\": null}}},\n"
        " {\"resources\": {\"aws_lb.l\": {\"type\": \"aws_lb\", \"depends_on\": "
        "[\"aws_sg.s.*\"], \"primary\": {\"id\": \"lb\", \"attributes\": {\"id\": \"lb\"}}},\n"
        "   \"aws_sg.s.0\": {\"primary\": {\"attributes\": {\"id\": \"s0\"}}},\n"
        "   \"aws_sg.s.1\": {\"primary\": {\"attributes\": {\"id\": \"s1\"}}},\n"
        "   \"aws_db.d\": {\"depends_on\": [\"aws_sg.s.1\"], \"primary\": {\"attributes\": "
        "{\"id\": "
        "\"db\"}}}},\n"
        "  \"path\": [\"root\", \"a\", \"b\"]}]}";
    scratch_state(&s, "a.tfstate", text);
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    cr_expect_eq(s.fake.record_count, 8);
    struct wgo_str r = scratch_record(&s, "native_id", "i-0");
    cr_expect_str_eq(scratch_text(&s, r, "state_address"), "aws_instance.web[0]");
    cr_expect_str_eq(scratch_text(&s, r, "name"), "zero");
    cr_expect_str_eq(scratch_raw(&s, r, "tags"), "{\"Name\":\"zero\"}");
    cr_expect_str_eq(scratch_raw(&s, r, "configuration.tainted"), "true");
    cr_expect(
        wgo_str_starts(wgo_str(scratch_text(&s, r, "configuration.password")), WGO_STR("hmac:")));
    cr_expect_str_eq(scratch_raw(&s, r, "dependencies"), "[\"terraform://lin/aws_vpc.v\"]");
    r = scratch_record(&s, "native_id", "i-x");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "terraform://lin/aws_instance.web%5B0%5D#00000000");
    r = scratch_record(&s, "native_id", "lb");
    cr_expect_str_eq(scratch_text(&s, r, "state_address"), "module.a.module.b.aws_lb.l");
    cr_expect_str_eq(scratch_raw(&s, r, "dependencies"),
                     "[\"terraform://lin/module.a.module.b.aws_sg.s%5B0%5D\","
                     "\"terraform://lin/module.a.module.b.aws_sg.s%5B1%5D\"]");
    r = scratch_record(&s, "native_id", "db");
    cr_expect_str_eq(scratch_raw(&s, r, "dependencies"),
                     "[\"terraform://lin/module.a.module.b.aws_sg.s%5B1%5D\"]");
}

Test(formats, output_of_terraform_show)
{
    static const char text[] =
        "{\"format_version\": \"1.0\", \"terraform_version\": \"1.9.0\", \"values\": {\"outputs\": "
        "{\"o\": {\"value\": 1}}, \"root_module\": {\n"
        " \"resources\": [{\"address\": \"aws_vpc.v\", \"mode\": \"managed\", \"type\": "
        "\"aws_vpc\", "
        "\"name\": \"v\", \"values\": {\"id\": \"v\", \"token\": \"abc\"}, \"sensitive_values\": "
        "{}},\n"
        "  {\"address\": \"data.aws_ami.d\", \"mode\": \"data\", \"type\": \"aws_ami\", \"name\": "
        "\"d\", \"values\": {\"id\": \"ami\"}}],\n"
        " \"child_modules\": [{\"address\": \"module.m[0]\", \"resources\": [\n"
        "  {\"address\": \"module.m[0].aws_instance.i[\\\"k\\\"]\", \"mode\": \"managed\", "
        "\"type\": \"aws_instance\", \"name\": \"i\", \"index\": \"k\", \"tainted\": true,\n"
        "   \"values\": {\"id\": \"i-k\", \"deep\": [{\"x\": \"open\", \"y\": \"covert\"}]}, "
        "\"sensitive_values\": {\"deep\": [{\"y\": true}]}, \"depends_on\": [\"aws_vpc.v\"]}],\n"
        "  \"child_modules\": [{\"resources\": [{\"address\": \"module.m[0].module.n.x_y.z\", "
        "\"mode\": \"managed\", \"type\": \"x_y\", \"name\": \"z\", \"deposed_key\": \"00000007\", "
        "\"values\": {\"id\": \"z\"}}]}]}]}}}";
    scratch_state(&s, "a.tfstate", text);
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    cr_expect_eq(s.fake.record_count, 3);
    struct wgo_str r = scratch_record(&s, "native_id", "i-k");
    cr_expect_str_eq(scratch_text(&s, r, "id"),
                     "terraform://-/module.m%5B0%5D.aws_instance.i%5B%22k%22%5D");
    cr_expect_str_eq(scratch_raw(&s, r, "configuration.tainted"), "true");
    cr_expect_str_eq(scratch_raw(&s, r, "dependencies"), "[\"terraform://-/aws_vpc.v\"]");
    const char *deep = scratch_raw(&s, r, "configuration.deep");
    cr_expect(strstr(deep, "\"x\":\"open\"") && !strstr(deep, "covert"), "%s", deep);
    r = scratch_record(&s, "native_id", "z");
    cr_expect_str_eq(scratch_text(&s, r, "id"),
                     "terraform://-/module.m%5B0%5D.module.n.x_y.z#00000007");
}

Test(formats, empty_states)
{
    scratch_state(&s, "four.tfstate", "{\"version\": 4, \"lineage\": \"a\"}");
    scratch_state(&s, "null.tfstate", "{\"version\": 4, \"lineage\": \"b\", \"resources\": null}");
    scratch_state(&s, "three.tfstate", "{\"version\": 3, \"lineage\": \"c\", \"resources\": []}");
    scratch_state(&s, "show.tfstate", "{\"format_version\": \"0.2\"}");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 0);
    static const char *const names[] = {"four.tfstate", "null.tfstate", "three.tfstate",
                                        "show.tfstate"};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        cr_expect_str_eq(scratch_row(&s, names[i]).status, "ok", "%s", names[i]);
    }
}

struct refusal {
    const char *text, *error;
};

Test(formats, what_is_refused_says_why_and_where)
{
    static const struct refusal cases[] = {
        {"", "line 1, column 1: the document is empty"},
        {"[]", "line 1, column 1: expected an object"},
        {"{\"version\": 4, \"lineage\": \"\xFF\"}", "line 1, column 28: malformed UTF-8"},
        {"{\"version\": 4,\n \"resources\": [", "line 2, column 16: the document ends too early"},
        {"{\"version\": 4} x", "line 1, column 16: something follows the document"},
        {"{\n \"version\": 1}", "line 2, column 13: state version 1 is not supported, only 3 and 4 "
                                "are"},
        {"{\"version\": 2}",
         "line 1, column 13: state version 2 is not supported, only 3 and 4 are"},
        {"{\"version\": 5}",
         "line 1, column 13: state version 5 is not supported, only 3 and 4 are"},
        {"{\"version\": \"4\"}",
         "line 1, column 13: the state's version is \"4\", which is not a number"},
        {"{\"version\": 4.5}",
         "line 1, column 13: the state's version is 4.5, which is not a whole number"},
        {"{\"version\": 4, \"serial\": -1}",
         "line 1, column 26: the state's serial is -1, which is not a whole number"},
        {"{\"a\": 1}", "not a Terraform state: it has neither a version nor a format_version"},
        {"{\"format_version\": \"2.0\"}", "line 1, column 20: format_version \"2.0\" of `terraform "
                                          "show -json` is not supported, only "
                                          "0.x and 1.x are"},
        {"{\"format_version\": \"1.1\", \"planned_values\": {}}", "this is a plan, not a state"},
        {"{\"serial\": 3, \"lineage\": \"l\", \"meta\": {\"key_provider.pbkdf2.k\": \"e30=\"}, "
         "\"encrypted_data\": \"AAAA\", \"encryption_version\": \"v0\"}",
         "OpenTofu has encrypted this state"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        char name[32];
        snprintf(name, sizeof(name), "%zu.tfstate", i);
        scratch_state(&s, name, cases[i].text);
    }
    scratch_state(&s, "good.tfstate", version_4);
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        char name[32];
        snprintf(name, sizeof(name), "/%zu.tfstate", i);
        struct scratch_row row = scratch_row(&s, name);
        cr_expect_str_eq(row.status, "error", "%s", cases[i].text);
        cr_expect_str_eq(row.error, cases[i].error);
    }
    cr_expect_neq(scratch_row(&s, "/7.tfstate").hint[0], '\0', "a future version needs a hint");
    cr_expect_str_eq(scratch_row(&s, "good.tfstate").status, "ok", "the others go on");
    cr_expect_eq(s.fake.record_count, 4);
}

Test(formats, what_is_wrong_with_one_resource_leaves_the_others)
{
    static const char text[] =
        "{\"version\": 4, \"lineage\": \"lin\", \"resources\": [\n"
        " 5,\n"
        " {\"mode\": \"managed\", \"type\": \"t\", \"instances\": [{}]},\n"
        " {\"mode\": \"strange\", \"type\": \"t\", \"name\": \"n\", \"instances\": [{}]},\n"
        " {\"mode\": \"managed\", \"type\": \"t\", \"name\": \"n\", \"instances\": {}},\n"
        " {\"mode\": \"managed\", \"type\": \"t\", \"name\": \"n\", \"instances\": [7, "
        "{\"index_key\": true}, {\"attributes\": 1}, {\"attributes\": {\"id\": \"good\"}}]},\n"
        " {\"mode\": \"managed\", \"type\": \"t\", \"name\": \"m\", \"instances\": [{}]}]}";
    scratch_state(&s, "a.tfstate", text);
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_eq(s.fake.record_count, 2);
    struct scratch_row row = scratch_row(&s, "a.tfstate");
    cr_expect_str_eq(row.status, "error");
    cr_expect_eq(row.count, 2);
    cr_expect_str_eq(row.error, "line 2, column 2: a resource is not an object");
    cr_expect_str_eq(row.hint, "6 more like this were left out");
}
