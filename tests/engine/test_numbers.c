/* Pages that are counted, and pages that the Link header leads to. */
#include "engine/paging.h"
#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct rig rig;
static struct wire wire;

#define LIST(page)                                                                                 \
    "provider: shop\nentries:\n"                                                                   \
    "  - { name: list, scope: place, type: shop_thing, items: 'items[]', id: 'thing/{item.id}',\n" \
    "      request: { path: /things, query: { size: '2' } }, page: " page " }\n"

Test(numbers, a_short_page_is_the_last)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=1&size=2", "{\"items\":[{\"id\":1},{\"id\":2}]}"},
        {"GET /things?page=2&size=2", "{\"items\":[{\"id\":3},{\"id\":4}]}"},
        {"GET /things?page=3&size=2", "{\"items\":[{\"id\":5}]}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 2 }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 5, "");
    rig_free(&rig);
}

Test(numbers, where_no_size_is_said_an_empty_page_is)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=0&size=2", "{\"items\":[{\"id\":1},{\"id\":2}]}"},
        {"GET /things?page=1&size=2", "{\"items\":[{\"id\":3}]}"},
        {"GET /things?page=2&size=2", "{\"items\":[]}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, first: 0 }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 3, "");
    rig_free(&rig);
}

Test(numbers, the_document_says_how_many_pages_there_are)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=1&size=2",
         "{\"items\":[{\"id\":1},{\"id\":2}],\"paging\":{\"pages\":2}}"},
        {"GET /things?page=2&size=2",
         "{\"items\":[{\"id\":3},{\"id\":4}],\"paging\":{\"pages\":2}}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 2, pages: paging.pages }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 4, "");
    rig_free(&rig);
}

/* The server's pages are shorter than what was asked for: what counts is what came. */
Test(numbers, offsets_go_on_from_what_was_read)
{
    static const struct wire_line lines[] = {
        {"GET /things?skip=0&size=2", "{\"items\":[{\"id\":1},{\"id\":2}],\"total\":4}"},
        {"GET /things?skip=2&size=2", "{\"items\":[{\"id\":3}],\"total\":\"4\"}"},
        {"GET /things?skip=3&size=2", "{\"items\":[{\"id\":4}],\"total\":4}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ offset_in: skip, size: 2, total: total }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 4, "");
    rig_free(&rig);
}

Test(numbers, more_has_the_last_word)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=1&size=2", "{\"items\":[{\"id\":1}],\"more\":true}"},
        {"GET /things?page=2&size=2", "{\"items\":[{\"id\":2},{\"id\":3}],\"more\":false}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 2, more: more }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 3, "");
    rig_free(&rig);
}

Test(numbers, more_is_said_in_several_ways)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=1&size=2", "{\"items\":[{\"id\":1}],\"more\":\"true\"}"},
        {"GET /things?page=2&size=2", "{\"items\":[{\"id\":2}],\"more\":1}"},
        {"GET /things?page=3&size=2", "{\"items\":[{\"id\":3},{\"id\":4}],\"more\":\"False\"}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 2, more: more }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 4, "");
    rig_free(&rig);
}

Test(numbers, what_is_neither_more_nor_no_more_is_an_error)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=1&size=2", "{\"items\":[{\"id\":1},{\"id\":2}],\"more\":\"perhaps\"}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 2, more: more }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_ERROR, 2, "more is neither true nor false");
    rig_free(&rig);
}

Test(numbers, a_total_counts_what_came_not_what_was_asked_for)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=1&size=2", "{\"items\":[{\"id\":1},{\"id\":2}],\"total\":5}"},
        {"GET /things?page=2&size=2", "{\"items\":[{\"id\":3},{\"id\":4}],\"total\":5.0}"},
        {"GET /things?page=3&size=2", "{\"items\":[{\"id\":5}],\"total\":\"5\"}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 10, total: total }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 5, "");
    rig_free(&rig);
}

Test(numbers, pages_are_counted_where_offsets_are_asked_for)
{
    static const struct wire_line lines[] = {
        {"GET /things?skip=0&size=2", "{\"items\":[{\"id\":1},{\"id\":2}],\"pages\":3.0}"},
        {"GET /things?skip=2&size=2", "{\"items\":[{\"id\":3},{\"id\":4}],\"pages\":3}"},
        {"GET /things?skip=4&size=2", "{\"items\":[{\"id\":5},{\"id\":6}],\"pages\":\"3\"}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ offset_in: skip, size: 2, pages: pages }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 6, "");
    rig_free(&rig);
}

Test(numbers, a_number_of_pages_that_is_none)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=1&size=2", "{\"items\":[{\"id\":1},{\"id\":2}],\"pages\":2.5}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 2, pages: pages }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_ERROR, 2, "pages is no number");
    rig_free(&rig);
}

/* Some call `total` what is on the page. */
Test(numbers, a_total_that_one_full_page_has_may_be_that_pages)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=1&size=2", "{\"items\":[{\"id\":1},{\"id\":2}],\"total\":2}"},
        {"GET /things?page=2&size=2", "{\"items\":[{\"id\":3},{\"id\":4}],\"total\":2}"},
        {"GET /things?page=3&size=2", "{\"items\":[{\"id\":5}],\"total\":1}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 2, total: total }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 5, "");
    rig_free(&rig);
}

Test(numbers, a_total_that_one_full_page_has_may_be_one)
{
    static const char *const seconds[] = {"{\"items\":[],\"total\":2}", "404 {}",
                                          "{\"items\":[{\"id\":2},{\"id\":1}],\"total\":2}"};
    for (size_t i = 0; i < WGO_COUNT(seconds); i++) {
        const struct wire_line lines[] = {
            {"GET /things?page=1&size=2", "{\"items\":[{\"id\":1},{\"id\":2}],\"total\":2}"},
            {"GET /things?page=2&size=2", seconds[i]},
        };
        WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 2, total: total }"), lines, NULL);
        wire_check(&wire);
        wire_row(&rig, "shop_thing", WGO_SEEN_OK, 2, "");
        rig_free(&rig);
    }
}

Test(numbers, pages_that_end_before_the_total_are_no_whole_list)
{
    static const struct {
        const char *page, *second;
    } cases[] = {
        {"{ number_in: page, size: 2, total: total }", "GET /things?page=2&size=2"},
        {"{ number_in: page, total: total }", "GET /things?page=2&size=2"},
        {"{ offset_in: page, size: 2, total: total }", "GET /things?page=2&size=2"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        bool offset = strstr(cases[i].page, "offset") != NULL;
        const struct wire_line lines[] = {
            {offset ? "GET /things?page=0&size=2" : "GET /things?page=1&size=2",
             "{\"items\":[{\"id\":1},{\"id\":2}],\"total\":5}"},
            {cases[i].second, "{\"items\":[],\"total\":5}"},
        };
        char list[512];
        snprintf(list, sizeof(list), LIST("%s"), cases[i].page);
        WIRE_RUN(&rig, &wire, list, lines, NULL);
        wire_check(&wire);
        wire_row(&rig, "shop_thing", WGO_SEEN_ERROR, 2,
                 "the pages end after 2 items, and the server counts 5");
        rig_free(&rig);
    }
}

Test(numbers, a_page_that_is_empty_is_not_the_last_of_those_that_are_counted)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=1&size=2", "{\"items\":[{\"id\":1},{\"id\":2}],\"pages\":3}"},
        {"GET /things?page=2&size=2", "{\"items\":[],\"pages\":3}"},
        {"GET /things?page=3&size=2", "{\"items\":[{\"id\":3}],\"pages\":3}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 2, pages: pages }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 3, "");
    rig_free(&rig);
}

/* ---- the Link header ---- */

static void linking(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    bool first = wgo_str_is(request->target, "/things?size=2");
    cr_assert(first || wgo_str_is(request->target, "/things?after=b&size=2"), "%.*s",
              WGO_FMT(request->target));
    if (first) {
        wgo_buf_cstr(&answer->headers, "Link: </things?size=2>; rel=\"first\", "
                                       "</things?after=b&size=2>; rel=\"next\"\r\n");
    }
    answer_text(answer, 200, first ? "{\"items\":[{\"id\":1}]}" : "{\"items\":[{\"id\":2}]}");
}

static void run_links(http_script_fn *script)
{
    rig_init(&rig);
    shop_use(&rig.shop, LIST("{ link_header: next }"));
    rig.shop.scopes = &wire_place;
    rig.shop.scope_count = 1;
    struct rig_options options = {.script = script};
    rig_start(&rig, &options);
    rig_end(&rig);
}

Test(numbers, the_link_header_leads_on)
{
    run_links(linking);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 2, "");
    rig_free(&rig);
}

/* A header may have several fields. */
static void linking_apart(void *state, const struct http_request *request,
                          struct http_answer *answer)
{
    (void)state;
    bool first = wgo_str_is(request->target, "/things?size=2");
    wgo_buf_cstr(&answer->headers, "Link: </things?size=2>; rel=\"first\"\r\n");
    if (first) {
        wgo_buf_cstr(&answer->headers, "Link: </things?after=b&size=2>; rel=\"next\"\r\n");
    }
    answer_text(answer, 200, first ? "{\"items\":[{\"id\":1}]}" : "{\"items\":[{\"id\":2}]}");
}

static void linking_badly(void *state, const struct http_request *request,
                          struct http_answer *answer)
{
    (void)state;
    (void)request;
    wgo_buf_cstr(&answer->headers, "Link: /things?after=b&size=2; rel=\"next\"\r\n");
    answer_text(answer, 200, "{\"items\":[{\"id\":1}]}");
}

Test(numbers, link_fields_are_one_list)
{
    run_links(linking_apart);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 2, "");
    rig_free(&rig);
}

Test(numbers, a_link_that_cannot_be_read_is_no_end)
{
    run_links(linking_badly);
    wire_row(&rig, "shop_thing", WGO_SEEN_ERROR, 1, "a Link header that is none: /things");
    rig_free(&rig);
}

/* A server that does not listen to the number would be read for ever. */
Test(numbers, a_page_that_repeats_is_an_error_not_a_loop)
{
    static const struct wire_line lines[] = {
        {"GET /things?page=1&size=2", "{\"items\":[{\"id\":1},{\"id\":2}]}"},
        {"GET /things?page=2&size=2", "{\"items\":[{\"id\":1},{\"id\":2}],\"n\":2}"},
    };
    WIRE_RUN(&rig, &wire, LIST("{ number_in: page, size: 2 }"), lines, NULL);
    wire_check(&wire);
    wire_row(&rig, "shop_thing", WGO_SEEN_ERROR, 4, "the server repeats a page after page 2");
    rig_free(&rig);
}

/* What is no list is not an empty one; what is null is. */
Test(numbers, where_items_should_be)
{
    static const struct {
        const char *answer, *error;
    } cases[] = {
        {"{\"items\":[]}", NULL},
        {"{\"items\":null}", NULL},
        {"{\"other\":[1]}", NULL},
        {"{\"items\":\"x\"}", "the answer has no list at \"items[]\""},
        {"{\"items\":{\"id\":1}}", "the answer has no list at \"items[]\""},
        {"[{\"id\":1}]", "the answer has no list at \"items[]\""},
        {"null", "the answer has no list at \"items[]\""},
        {"{\"items\":[],\"next\":{\"a\":1}}", "the next page's token is neither text nor number"},
        {"{\"items\":[],\"next\":true}", "the next page's token is neither text nor number"},
        {"{\"items\":[],\"next\":{}}", NULL},
        {"{\"items\":[],\"next\":[ ]}", NULL},
        {"{\"items\":[],\"next\":false}", NULL},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        const struct wire_line lines[] = {{"GET /things?size=2", cases[i].answer}};
        WIRE_RUN(&rig, &wire, LIST("{ token_out: next, token_in: t }"), lines, NULL);
        wire_check(&wire);
        wire_row(&rig, "shop_thing", cases[i].error ? WGO_SEEN_ERROR : WGO_SEEN_OK, 0,
                 cases[i].error ? cases[i].error : "");
        rig_free(&rig);
    }
}

Test(numbers, link_fields_of_all_kinds)
{
    static const struct {
        const char *header, *target; /* NULL: no list of links */
    } cases[] = {
        {"<https://a/?p=2>; rel=\"next\"", "https://a/?p=2"},
        {"<https://a/?p=2>;rel=next", "https://a/?p=2"},
        {"<https://a/1>; rel=\"prev\", <https://a/3>; rel=\"next\"", "https://a/3"},
        {"<https://a/3>; title=\"a, b; rel=next\"; rel=\"last NEXT\"", "https://a/3"},
        {"<https://a/3>; title=\"5\\\" disk, \"; rel=next", "https://a/3"},
        {"<https://a/1>; title=\"\\\\\", <https://a/3>; rel=next", "https://a/3"},
        {"<https://a/,;>; REL = \"next\"", "https://a/,;"},
        {"<https://a/1>; rel=\"prev\"; rel=\"next\"", ""}, /* the first rel counts */
        {"<https://a/1>; rel=\"nextish\"", ""},
        {"<https://a/1>; rel=\"next\"; results=\"false\"; cursor=\"0:1:0\"", ""},
        {"<https://a/1>; rel=\"next\"; results=\"true\"; cursor=\"0:1:0\"", "https://a/1"},
        {"<https://a/1>", ""},
        {", <https://a/1>; rel=prev,, <https://a/2>; rel='next'", "https://a/2"},
        {"https://a/1; rel=next", NULL},
        {"<https://a/1; rel=next", NULL},
        {">< rel=next", NULL},
        {"<https://a/1>; rel=prev, rubbish", NULL},
        {"", ""},
        {" , ", ""},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str target;
        bool good = wgo_link_target(wgo_str(cases[i].header), WGO_STR("next"), &target);
        const char *want = cases[i].target;
        cr_assert_eq(good, want != NULL, "%s", cases[i].header);
        cr_assert(wgo_str_is(target, want ? want : ""), "%s: %.*s", cases[i].header,
                  WGO_FMT(target));
    }
}
