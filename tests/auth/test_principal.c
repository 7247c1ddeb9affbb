/* Whose credentials these are: what stays when they are renewed. */
#include "auth/principal.h"
#include "keys.h"

#include <criterion/criterion.h>

/* {"iss":"https://login.example","sub":"alice","exp":1} and so on; headers and signatures are not
 * looked at. */
#define ALICE_1 "e30.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJzdWIiOiJhbGljZSIsImV4cCI6MX0.one"
#define ALICE_2 "e30.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJzdWIiOiJhbGljZSIsImV4cCI6Mn0.two"
#define BOBBY "e30.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJzdWIiOiJib2JieSIsImV4cCI6MX0.one"
#define NOBODY "e30.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUifQ.one"

static uint64_t digest_of(struct wgo_str credential)
{
    struct wgo_redactor redactor = {.keyed = false};
    struct wgo_digest digest = {0};
    cr_assert_eq(wgo_redactor_init(&redactor, WGO_STR("a key that is long enough"), NULL), WGO_OK);
    wgo_principal_credential(&digest, &redactor, credential);
    wgo_redactor_fini(&redactor);
    return digest.high ^ digest.low;
}

Test(principal, a_token_is_its_subjects_however_often_it_is_renewed)
{
    cr_assert_eq(digest_of(WGO_STR(ALICE_1)), digest_of(WGO_STR(ALICE_2)));
    cr_assert_neq(digest_of(WGO_STR(ALICE_1)), digest_of(WGO_STR(BOBBY)));
}

Test(principal, what_names_nobody_is_known_by_itself)
{
    static const char *const texts[] = {"alice",     "alice.",    "a.b.c",
                                        "e30.W10.s", "e30.e30.s", NOBODY};
    for (size_t i = 0; i < WGO_COUNT(texts); i++) {
        struct wgo_digest digest = {0};
        cr_assert_not(wgo_principal_token(&digest, wgo_str(texts[i])), "%s", texts[i]);
        cr_assert_eq(digest.high | digest.low, 0, "%s", texts[i]);
        for (size_t k = 0; k < i; k++) {
            cr_assert_neq(digest_of(wgo_str(texts[i])), digest_of(wgo_str(texts[k])));
        }
    }
}

Test(principal, a_certificate_names_its_subject_whatever_stands_beside_it)
{
    struct wgo_digest one = {0}, other = {0};
    cr_assert(wgo_principal_certificate(&one, WGO_STR(RFC7515_EC_CERTIFICATE)));
    cr_assert(wgo_principal_certificate(&other, WGO_STR("a key\n" RFC7515_EC_CERTIFICATE)));
    cr_assert_eq(one.high, other.high);
    cr_assert_neq(one.high | one.low, 0);
}

Test(principal, a_text_that_is_no_certificate_adds_nothing)
{
    struct wgo_digest digest = {0};
    cr_assert_not(wgo_principal_certificate(&digest, WGO_STR("")));
    cr_assert_not(wgo_principal_certificate(&digest, WGO_STR("-----BEGIN CERTIFICATE-----\nAA")));
    cr_assert_eq(digest.high | digest.low, 0);
}
