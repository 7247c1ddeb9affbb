/* What is on the wire, to the byte: forms, JSON bodies, tokens of several values, and pages that
 * are no JSON. */
#include "wire.h"

#include <criterion/criterion.h>

static struct rig rig;
static struct wire wire;

static void with_var(const char *name, const char *value)
{
    wire_place.vars[wire_place.var_count++] = (struct wgo_var){wgo_str(name), wgo_str(value)};
}

/* ---- forms ---- */

#define FORM(members)                                                                              \
    "provider: shop\nservice: till\nentries:\n"                                                    \
    "  - { call: List, scope: place, effect: none, type: shop_thing, items: 'items[]',\n"          \
    "      id: 'thing/{item.id}', page: { token_out: next, token_in: Marker },\n"                  \
    "      request: { method: POST, path: '/{service}/', form: " members " } }\n"

static const char form[] =
    FORM("{ Action: '{call}', Filter.N: '{filters}', Name.member.N: '{none|}', Gone: '{none|}', "
         "Text: '{text}', 'a b': '{region}' }");

Test(wire, a_form_with_lists_and_a_marker)
{
    static const struct wire_line lines[] = {
        {"POST /till/ [application/x-www-form-urlencoded] Action=List&Filter.1=a%20b&"
         "Filter.2=c%26d%3D&Filter.3=7&Text=x%3Dy%2F%C3%A4&a%20b=here",
         "{\"items\":[{\"id\":1},{\"id\":2}],\"next\":\"t/1&\"}"},
        {"POST /till/ [application/x-www-form-urlencoded] Marker=t%2F1%26&Action=List&"
         "Filter.1=a%20b&Filter.2=c%26d%3D&Filter.3=7&Text=x%3Dy%2F%C3%A4&a%20b=here",
         "{\"items\":[{\"id\":3}]}"},
    };
    with_var("filters", "[\"a b\",\"c&d=\",7]");
    with_var("text", "x=y/\xc3\xa4");
    WIRE_RUN(&rig, &wire, form, lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 3, "");
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

static void assert_no_array(const char *value)
{
    static const struct wire_line none[] = {{"", ""}};
    wire_place.var_count = 0;
    with_var("filters", value);
    with_var("text", "x");
    wire_run(&rig, &wire, form, none, 0, NULL);
    wire_row(&rig, "shop_thing", WGO_SEEN_ERROR, 0, "Filter.N is no JSON array");
    cr_assert_eq(http_script_count(rig.http, "/"), 0, "nothing is asked with half a filter");
    rig_free(&rig);
}

Test(wire, a_list_that_is_none_is_not_left_out_silently)
{
    assert_no_array("plain");
    assert_no_array("{\"a\":1}");
    assert_no_array("[\"a\"");
    assert_no_array("[\"a\"] x");
}

Test(wire, lists_that_are_empty_are_left_out)
{
    static const struct wire_line lines[] = {
        {"POST /till/ [application/x-www-form-urlencoded] Action=List&Text=x&a%20b=here",
         "{\"items\":[]}"},
    };
    with_var("filters", "[]");
    with_var("text", "x");
    WIRE_RUN(&rig, &wire, form, lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 0, "");
    rig_free(&rig);
}

/* ---- JSON ---- */

static const char json[] =
    "provider: shop\nentries:\n"
    "  - { name: list, scope: place, effect: none, type: shop_thing, items: '.', id: '{item.id}',\n"
    "      page: { token_out: next, token_in: NextToken },\n"
    "      request: { method: POST, path: /, headers: { Content-Type: application/x-amz-json-1.1 "
    "},\n"
    "        json: { MaxResults: 5, Ids: '{ids:json}', Deep: { Account: '{account}', N: '{no|}' } "
    "} } }\n";

Test(wire, a_json_body_and_its_token)
{
    static const struct wire_line lines[] = {
        {"POST / [application/x-amz-json-1.1] {\"MaxResults\":5,\"Ids\":[\"a\\\"b\"],"
         "\"Deep\":{\"Account\":\"acme\"}}",
         "{\"id\":\"one\",\"next\":\"\\\"q\\\"\"}"},
        {"POST / [application/x-amz-json-1.1] {\"NextToken\":\"\\\"q\\\"\",\"MaxResults\":5,"
         "\"Ids\":[\"a\\\"b\"],\"Deep\":{\"Account\":\"acme\"}}",
         "{\"id\":\"two\"}"},
    };
    with_var("ids", "[\"a\\\"b\"]");
    WIRE_RUN(&rig, &wire, json, lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 2, "");
    cr_assert_not_null(basket_find(&rig.basket, "one", ""));
    rig_free(&rig);
}

Test(wire, a_hole_without_a_value_is_told_by_name)
{
    static const struct wire_line none[] = {{"", ""}};
    wire_run(&rig, &wire, json, none, 0, NULL);
    wire_row(&rig, "shop_thing", WGO_SEEN_ERROR, 0, "nothing to put into {ids}");
    rig_free(&rig);
}

/* ---- tokens of several values ---- */

#define THREE(more)                                                                                \
    "provider: shop\nentries:\n"                                                                   \
    "  - { name: list, scope: place, type: shop_record, items: 'sets[]', id: '{item.id}',\n"       \
    "      request: { path: /rrset },\n"                                                           \
    "      page: { token_out: [NextName, NextType, NextId], token_in: [name, type, id]" more       \
    " } }\n"

Test(tokens, three_of_them_as_route_53_has_them)
{
    static const struct wire_line lines[] = {
        {"GET /rrset",
         "{\"sets\":[{\"id\":1}],\"More\":true,\"NextName\":\"b.\",\"NextType\":\"A\"}"},
        {"GET /rrset?type=A&name=b.",
         "{\"sets\":[{\"id\":2}],\"More\":true,\"NextName\":\"b.\",\"NextType\":\"A\","
         "\"NextId\":\"x&y\"}"},
        {"GET /rrset?id=x%26y&type=A&name=b.",
         "{\"sets\":[{\"id\":3}],\"More\":\"true\",\"NextName\":\"\",\"NextType\":\"MX\","
         "\"NextId\":null}"},
        {"GET /rrset?type=MX",
         "{\"sets\":[{\"id\":4}],\"More\":false,\"NextName\":\"z\",\"NextType\":\"A\"}"},
    };
    WIRE_RUN(&rig, &wire, THREE(", more: More"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_record", WGO_SEEN_OK, 4, "");
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(tokens, without_more_the_values_alone_say)
{
    static const struct wire_line lines[] = {
        {"GET /rrset", "{\"sets\":[],\"NextId\":5}"},
        {"GET /rrset?id=5", "{\"sets\":[{\"id\":1}],\"NextName\":null,\"NextId\":\"\"}"},
    };
    WIRE_RUN(&rig, &wire, THREE(""), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_record", WGO_SEEN_OK, 1, "");
    rig_free(&rig);
}

Test(tokens, one_that_holds_what_parts_them_is_refused)
{
    static const struct wire_line lines[] = {
        {"GET /rrset", "{\"sets\":[{\"id\":1}],\"NextName\":\"a\\u001fb\",\"NextType\":\"A\"}"},
    };
    WIRE_RUN(&rig, &wire, THREE(""), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_record", WGO_SEEN_ERROR, 1, "a control character");
    rig_free(&rig);
}

#define ONE(page)                                                                                  \
    "provider: shop\nentries:\n"                                                                   \
    "  - { name: list, scope: place, type: shop_thing, items: 'items[]', id: '{item.id}',\n"       \
    "      request: { path: /list }, page: " page " }\n"
#define ONE_WITH_MORE ONE("{ token_out: next, token_in: after, more: is.more }")

Test(tokens, one_alone_may_hold_anything)
{
    static const struct wire_line lines[] = {
        {"GET /list", "{\"items\":[],\"next\":\"a\\u001fb\"}"},
        {"GET /list?after=a%1Fb", "{\"items\":[{\"id\":1}]}"},
    };
    WIRE_RUN(&rig, &wire, ONE("{ token_out: next, token_in: after }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 1, "");
    rig_free(&rig);
}

Test(tokens, more_that_is_absent_leaves_it_to_the_token)
{
    static const struct wire_line lines[] = {
        {"GET /list", "{\"items\":[{\"id\":1}],\"next\":\"2\"}"},
        {"GET /list?after=2", "{\"items\":[{\"id\":2}],\"is\":{\"more\":null},\"next\":\"3\"}"},
        {"GET /list?after=3", "{\"items\":[{\"id\":3}],\"is\":{\"more\":false},\"next\":\"4\"}"},
    };
    WIRE_RUN(&rig, &wire, ONE_WITH_MORE, lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 3, "");
    rig_free(&rig);
}

Test(tokens, more_without_a_token_is_a_list_that_is_not_whole)
{
    static const struct wire_line lines[] = {
        {"GET /list", "{\"items\":[{\"id\":1},{\"id\":2}],\"is\":{\"more\":true}}"},
    };
    WIRE_RUN(&rig, &wire, ONE_WITH_MORE, lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_ERROR, 2, "no token for the next page");
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

/* ---- pages that are no JSON ---- */

/* "3 4 5 -> 6": the ids of a page and the next token. What does not end with a dot is cut short. */
static enum wgo_status from_words(struct shop *shop, struct wgo_str body, struct wgo_buf *out,
                                  struct wgo_str *out_document, struct wgo_error *err)
{
    (void)shop;
    struct wgo_str rest = body;
    if (!wgo_str_ends(body, WGO_STR("."))) {
        return wgo_fail(err, WGO_E_PARSE, "no dot at the end");
    }
    if (wgo_str_starts(body, WGO_STR("{"))) {
        *out_document = wgo_str_slice(body, 0, body.len - 1); /* as it stands */
        return WGO_OK;
    }
    rest.len--;
    wgo_buf_cstr(out, "{\"items\":[");
    for (const char *comma = ""; rest.ptr; comma = ",") {
        struct wgo_str word = wgo_str_split(&rest, ' ');
        if (wgo_str_is(word, "->")) {
            break;
        }
        wgo_buf_format(out, "%s{\"id\":\"%.*s\"}", comma, WGO_FMT(word));
    }
    wgo_buf_format(out, "],\"next\":\"%.*s\"}", WGO_FMT(rest));
    *out_document = wgo_buf_view(out);
    return out->failed;
}

struct words {
    unsigned broken; /* answers to the first page that are cut short before it comes whole */
};

static void speaks_in_words(void *state, const struct http_request *request,
                            struct http_answer *answer)
{
    struct words *words = state;
    struct wgo_str after = http_request_query(request, "after");
    if (wgo_str_is(after, "4")) {
        answer_text(answer, 200, "4 5 6 -> 7.");
    } else if (wgo_str_is(after, "7")) {
        answer_text(answer, 200, "{\"items\":[{\"id\":7}]}.");
    } else {
        bool broken = words->broken > 0;
        words->broken -= broken;
        answer_text(answer, 200, broken ? "1 2" : "1 2 3 -> 4.");
    }
}

static void run_words(struct words *words)
{
    rig_init(&rig);
    shop_use(&rig.shop, ONE("{ token_out: next, token_in: after }"));
    rig.shop.on_document = from_words;
    rig.shop.scopes = &wire_place;
    rig.shop.scope_count = 1;
    struct rig_options options = {.script = speaks_in_words, .state = words};
    rig_start(&rig, &options);
    rig_end(&rig);
}

Test(documents, are_translated_before_they_are_read)
{
    struct words words = {0};
    run_words(&words);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 7, "");
    cr_assert_eq(basket_ids(&rig.basket), 7);
    cr_assert_eq(rig.stats.retries, 0);
    rig_free(&rig);
}

Test(documents, that_are_cut_short_are_asked_for_again)
{
    struct words words = {.broken = 2};
    run_words(&words);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 7, "");
    cr_assert_eq(rig.stats.retries, 2);
    cr_assert_eq(basket_count(&rig.basket, "", ""), 7, "nothing of a page that was no page");
    rig_free(&rig);
}

Test(documents, that_never_come_whole_are_an_error)
{
    struct words words = {.broken = 1000};
    run_words(&words);
    wire_row(&rig, "shop_thing", WGO_SEEN_ERROR, 0, "no dot at the end");
    rig_free(&rig);
}
