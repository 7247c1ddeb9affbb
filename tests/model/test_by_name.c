/* Names that mean a secret, wherever they stand. */
#include "model/by_name.h"

#include <criterion/criterion.h>

static struct wgo_redactor redactor;
static struct wgo_arena arena;

static void setup(void)
{
    cr_assert_eq(wgo_redactor_init(&redactor, (struct wgo_str){0}, NULL), WGO_OK);
    wgo_arena_init(&arena, 0);
}

static void teardown(void)
{
    wgo_redactor_fini(&redactor);
    wgo_arena_fini(&arena);
}

TestSuite(by_name, .init = setup, .fini = teardown);

/* Without a key every digest is "redacted". */
static void becomes(const char *document, const char *wanted)
{
    struct wgo_buf out = {0};
    cr_expect(wgo_redact_by_name(&redactor, wgo_str(document), &arena, &out), "%s", document);
    cr_expect(wgo_str_is(wgo_buf_view(&out), wanted), "%s\n%.*s\n%s", document, (int)out.len,
              out.ptr, wanted);
    wgo_buf_fini(&out);
}

#define HIDDEN "\"redacted\""

Test(by_name, what_is_called_a_secret)
{
    becomes("{\"dbPassword\": \"x\", \"api_key\": 7, \"Client-Secret\": \"\", \"token\": null}",
            "{\"dbPassword\":" HIDDEN ",\"api_key\":" HIDDEN ",\"Client-Secret\":" HIDDEN
            ",\"token\":null}");
    becomes("{\"tokens\": 3, \"secretName\": \"s\", \"keyRing\": \"k\", \"enabled\": true}",
            "{\"tokens\":3,\"secretName\":\"s\",\"keyRing\":\"k\",\"enabled\":true}");
    becomes("{\"pass\\u0077ord\": [\"x\", 1, false, {\"a\": \"b\"}]}",
            "{\"pass\\u0077ord\":[" HIDDEN "," HIDDEN ",false,{\"a\":\"b\"}]}");
}

Test(by_name, environments)
{
    becomes("{\"env\": [{\"name\": \"A\", \"value\": \"x\"}, {\"name\": \"B\", \"valueFrom\": "
            "{\"key\": \"k\"}}]}",
            "{\"env\":[{\"name\":\"A\",\"value\":" HIDDEN "},{\"name\":\"B\",\"valueFrom\":"
            "{\"key\":\"k\"}}]}");
    becomes("{\"env\": {\"A\": \"x\", \"B\": 1}, \"a\": {\"env\": \"production\"}}",
            "{\"env\":{\"A\":" HIDDEN ",\"B\":" HIDDEN "},\"a\":{\"env\":\"production\"}}");
    becomes("{\"connectionStrings\": {\"a\": {\"b\": [true, null, \"x\"]}}}",
            "{\"connectionStrings\":{\"a\":{\"b\":[" HIDDEN ",null," HIDDEN "]}}}");
}

Test(by_name, pairs_that_are_called_a_secret)
{
    becomes(
        "{\"parameters\": [{\"name\": \"auth.adminPassword\", \"value\": \"x\"}, {\"value\": 7, "
        "\"name\": \"API_TOKEN\"}, {\"name\": \"size\", \"value\": \"y\"}]}",
        "{\"parameters\":[{\"name\":\"auth.adminPassword\",\"value\":" HIDDEN "},{\"value\":" HIDDEN
        ",\"name\":\"API_TOKEN\"},{\"name\":\"size\",\"value\":\"y\"}]}");
    becomes("[{\"name\": \"env\", \"value\": \"x\"}, {\"name\": \"token\", \"value\": {\"from\": "
            "\"y\"}}, "
            "{\"name\": 7, \"value\": \"z\"}, {\"name\": \"\", \"value\": \"z\"}]",
            "[{\"name\":\"env\",\"value\":\"x\"},{\"name\":\"token\",\"value\":{\"from\":\"y\"}},"
            "{\"name\":7,\"value\":\"z\"},{\"name\":\"\",\"value\":\"z\"}]");
    becomes("{\"name\": \"my-token\", \"value\": \"x\"}",
            "{\"name\":\"my-token\",\"value\":\"x\"}");
}

Test(by_name, what_stands_beside_a_value)
{
    becomes("{\"env\": [{\"name\": \"A\", \"token\": \"x\", \"note\": \"n\"}]}",
            "{\"env\":[{\"name\":\"A\",\"token\":" HIDDEN ",\"note\":\"n\"}]}");
}

Test(by_name, texts_that_give_themselves_away)
{
    becomes("[\"amqp://u:p@h/\", \"https://h/a@b\", \"-----BEGIN PRIVATE KEY-----\\nMII\"]",
            "[" HIDDEN ",\"https://h/a@b\"," HIDDEN "]");
    becomes("\"plain\"", "\"plain\"");
    becomes("{}", "{}");
    becomes("{\"a\":[]}", "{\"a\":[]}");
}

Test(by_name, what_is_no_json_is_refused)
{
    static const char *const documents[] = {"", "{", "{\"a\"}", "[1,", "nul"};
    for (size_t i = 0; i < WGO_COUNT(documents); i++) {
        struct wgo_buf out = {0};
        cr_expect_not(wgo_redact_by_name(&redactor, wgo_str(documents[i]), &arena, &out), "%s",
                      documents[i]);
        wgo_buf_fini(&out);
    }
}
