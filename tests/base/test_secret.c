/* Secrets and the redactor. */
#include "base/json.h"
#include "base/secret.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define KEY WGO_STR("0123456789abcdef0123456789abcdef")

Test(secret, holds_and_replaces)
{
    struct wgo_secret secret = {0};
    cr_assert_eq(wgo_secret_set(&secret, WGO_STR("hunter2")), WGO_OK);
    cr_assert(wgo_str_is(wgo_secret_reveal(&secret), "hunter2"));
    cr_assert_eq(secret.bytes[7], '\0');
    cr_assert_eq(wgo_secret_set(&secret, wgo_str_slice(wgo_secret_reveal(&secret), 0, 3)), WGO_OK);
    cr_assert(wgo_str_is(wgo_secret_reveal(&secret), "hun"), "from its own bytes");
    cr_assert_eq(wgo_secret_set(&secret, (struct wgo_str){0}), WGO_OK);
    cr_assert_eq(wgo_secret_reveal(&secret).len, 0);
    wgo_secret_fini(&secret);
    cr_assert_null(secret.bytes);
    wgo_secret_fini(&secret);
    wgo_secret_fini(NULL);
}

Test(secret, wipe)
{
    char bytes[] = "sensitive";
    wgo_wipe(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        cr_assert_eq(bytes[i], 0);
    }
    wgo_wipe(NULL, 0);
}

Test(redactor, same_value_same_text_other_value_other_text)
{
    struct wgo_redactor redactor, other;
    char a[WGO_REDACTED_TEXT], b[WGO_REDACTED_TEXT];
    cr_assert_eq(wgo_redactor_init(&redactor, KEY, NULL), WGO_OK);
    cr_assert_eq(wgo_redactor_init(&other, WGO_STR("another key, long enough"), NULL), WGO_OK);
    wgo_redact(&redactor, WGO_STR("value"), a);
    wgo_redact(&redactor, WGO_STR("value"), b);
    cr_assert_str_eq(a, b);
    cr_assert_eq(strlen(a), 5 + 32);
    cr_assert_eq(strspn(a + 5, "0123456789abcdef"), 32);
    wgo_redact(&redactor, WGO_STR("valuf"), b);
    cr_assert_str_neq(a, b);
    wgo_redact(&other, WGO_STR("value"), b);
    cr_assert_str_neq(a, b);
    cr_assert_eq(strlen(redactor.key_id), 16);
    cr_assert_str_neq(redactor.key_id, other.key_id);
    wgo_redact(&redactor, (struct wgo_str){0}, a);
    cr_assert_eq(strlen(a), 5 + 32);
    wgo_redactor_fini(&redactor);
    wgo_redactor_fini(&other);
    wgo_redactor_fini(NULL);
    for (size_t i = 0; i < sizeof(redactor.key); i++) {
        cr_assert_eq(redactor.key[i], 0);
    }
    for (size_t i = 0; i < sizeof(redactor.inner.bytes); i++) {
        cr_assert_eq(redactor.inner.bytes[i] | redactor.outer.bytes[i], 0);
    }
}

/* From outside: printf value | openssl dgst -sha256 -mac hmac -macopt hexkey:<sha256 of the key>.
 * Snapshots of different versions can be compared only while these stay as they are. */
Test(redactor, known_answers)
{
    struct wgo_redactor redactor;
    char text[WGO_REDACTED_TEXT];
    cr_assert_eq(wgo_redactor_init(&redactor, KEY, NULL), WGO_OK);
    wgo_redact(&redactor, WGO_STR("value"), text);
    cr_assert_str_eq(text, "hmac:f0411cec4a7a0ff7415e220d3951b5a2");
    cr_assert_str_eq(redactor.key_id, "9c49c1da32be8953");
    wgo_redactor_fini(&redactor);
}

Test(redactor, without_a_key)
{
    struct wgo_redactor redactor;
    char text[WGO_REDACTED_TEXT];
    cr_assert_eq(wgo_redactor_init(&redactor, (struct wgo_str){0}, NULL), WGO_OK);
    wgo_redact(&redactor, WGO_STR("value"), text);
    cr_assert_str_eq(text, "redacted");
    cr_assert_str_eq(redactor.key_id, "");
}

Test(redactor, short_keys_are_refused)
{
    struct wgo_redactor redactor = {.keyed = true};
    struct wgo_error err;
    cr_assert_eq(wgo_redactor_init(&redactor, WGO_STR("fifteen bytes.."), &err), WGO_E_CONFIG);
    cr_assert(redactor.keyed, "untouched");
    cr_assert_eq(wgo_redactor_init(&redactor, WGO_STR("sixteen bytes..."), &err), WGO_OK);
}

static void assert_redacted_as(const char *raw, struct wgo_str decoded)
{
    struct wgo_redactor redactor;
    struct wgo_buf out = {0};
    char text[WGO_REDACTED_TEXT], want[WGO_REDACTED_TEXT + 2];
    cr_assert_eq(wgo_redactor_init(&redactor, KEY, NULL), WGO_OK);
    cr_assert(wgo_redact_json(&redactor, wgo_str(raw), &out));
    wgo_redact(&redactor, decoded, text);
    snprintf(want, sizeof(want), "\"%s\"", text);
    cr_assert(wgo_str_is(wgo_buf_view(&out), want), "%s", raw);
    wgo_buf_fini(&out);
}

Test(redactor, json)
{
    assert_redacted_as("\"value\"", WGO_STR("value"));
    assert_redacted_as("\"va\\u006cue\"", WGO_STR("value"));
    assert_redacted_as("\"a\\nb\"", WGO_STR("a\nb"));
    assert_redacted_as("\"\"", WGO_STR(""));
    assert_redacted_as("12.5", WGO_STR("12.5"));
    assert_redacted_as("true", WGO_STR("true"));

    struct wgo_redactor redactor;
    struct wgo_buf out = {0};
    cr_assert_eq(wgo_redactor_init(&redactor, KEY, NULL), WGO_OK);
    cr_assert(wgo_redact_json(&redactor, WGO_STR("null"), &out));
    cr_assert(wgo_str_is(wgo_buf_view(&out), "null"), "nothing to hide");
    wgo_buf_fini(&out);

    struct wgo_buf tight;
    wgo_buf_init(&tight, 10);
    cr_assert_not(wgo_redact_json(&redactor, WGO_STR("\"value\""), &tight));
    cr_assert_eq(tight.failed, WGO_E_TOO_LARGE);
    wgo_buf_fini(&tight);
}

Test(secret, names_that_a_credential_stands_behind)
{
    static const char *const secret[] = {
        "ApiKey",        "SQL_Password", "X-Api-Key", "sig",           "Authorization",
        "PRIVATE-TOKEN", "cookie",       "Pass-Word", "client_secret", "X-Hub-Signature"};
    static const char *const open[] = {"Server", "", "Accept", "page", "User-Agent", "ke", "to-ke"};
    for (size_t i = 0; i < WGO_COUNT(secret); i++) {
        cr_expect(wgo_name_is_secret(wgo_str(secret[i])), "%s", secret[i]);
    }
    for (size_t i = 0; i < WGO_COUNT(open); i++) {
        cr_expect_not(wgo_name_is_secret(wgo_str(open[i])), "%s", open[i]);
    }
}
