/* XML answers. */
#include "base/buf.h"
#include "base/xml.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct wgo_xml *parse(struct wgo_arena *arena, const char *text)
{
    struct wgo_xml *root = NULL;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_xml_parse(arena, wgo_str(text), &root, &err), WGO_OK, "%s", err.message);
    cr_assert_not_null(root);
    return root;
}

Test(xml, elements_attributes_text)
{
    struct wgo_arena arena = {0};
    struct wgo_xml *root = parse(
        &arena, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<r:List xmlns:r=\"urn:x\" xmlns=\"urn:y\" r:n='1' m=\"&lt;2&gt;\"><!-- no -->\n"
                "  <Item><Id>i-1</Id><Name/></Item><?pi x?>\n"
                "  <Item><Id> i-2 </Id></Item>tail<![CDATA[<&]]>\n"
                "</r:List>");
    cr_assert(wgo_str_is(root->name, "List"));
    cr_assert_eq(root->attribute_count, 2);
    cr_assert(wgo_str_is(root->attributes[0].name, "n"));
    cr_assert(wgo_str_is(root->attributes[0].value, "1"));
    cr_assert(wgo_str_is(root->attributes[1].value, "<2>"));
    cr_assert(wgo_str_is(wgo_str_trim(root->text), "tail<&"));
    const struct wgo_xml *item = wgo_xml_child(root, "Item");
    cr_assert(wgo_str_is(wgo_xml_text(item, "Id"), "i-1"));
    cr_assert_eq(wgo_xml_text(item, "Name").len, 0);
    cr_assert_not_null(wgo_xml_child(item, "Name"));
    cr_assert(wgo_str_is(wgo_xml_text(item->next, "Id"), " i-2 "), "white space is kept");
    cr_assert_null(item->next->next);
    cr_assert_null(wgo_xml_child(item, "Nothing"));
    cr_assert_null(wgo_xml_child(NULL, "Nothing"));
    cr_assert_null(wgo_xml_text(NULL, "Nothing").ptr);
    wgo_arena_fini(&arena);
}

Test(xml, other_encodings_become_utf8)
{
    struct wgo_arena arena = {0};
    struct wgo_xml *root = parse(&arena, "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>");
    cr_assert(wgo_str_is(root->text, "\xc3\xa4"));
    wgo_arena_fini(&arena);
}

Test(xml, text_arrives_in_pieces_and_is_one)
{
    struct wgo_arena arena = {0};
    struct wgo_buf document = {0};
    wgo_buf_cstr(&document, "<a>");
    for (int i = 0; i < 20000; i++) {
        wgo_buf_format(&document, "%d&amp;\r\n", i);
    }
    wgo_buf_cstr(&document, "</a>");
    struct wgo_xml *root = parse(&arena, wgo_buf_terminated(&document));
    cr_assert(wgo_str_starts(root->text, WGO_STR("0&\n1&\n2&\n")));
    cr_assert(wgo_str_ends(root->text, WGO_STR("\n19999&\n")));
    wgo_buf_fini(&document);
    wgo_arena_fini(&arena);
}

struct xml_case {
    const char *text, *message; /* the beginning of it */
};

Test(xml, malformed)
{
    static const struct xml_case cases[] = {
        {"", "line 1, column 1: the document ends too early"},
        {"   ", "line 1, column 4: the document ends too early"},
        {"<a>\n<b></b>", "line 2, column 8: the document ends too early"},
        {"<a", "line 1, column 1: the document ends too early"},
        {"<a><b></a>", "line 1, column 9: mismatched tag"},
        {"<a/><b/>", "line 1, column 5: "},
        {"<a>&nbsp;</a>", "line 1, column 4: undefined entity"},
        {"<a>\xff</a>", "line 1, column 4: "},
        {"<x:a/>", "line 1, column 1: unbound prefix"},
        {"<a b='1' b='2'/>", "line 1, column 10: duplicate attribute"},
        {"plain text", "line 1, column 1: "},
        {"{\"json\": true}", "line 1, column 1: "},
        {"<!DOCTYPE a><a/>", "line 1, column "},
        {"<!DOCTYPE a [<!ENTITY e 'eeee'><!ENTITY f '&e;&e;'>]><a>&f;</a>", "line 1, column "},
        {"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "line 1, column "},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_arena arena = {0};
        struct wgo_xml *root = NULL;
        struct wgo_error err = {0};
        cr_assert_eq(wgo_xml_parse(&arena, wgo_str(cases[i].text), &root, &err), WGO_E_PARSE, "%s",
                     cases[i].text);
        cr_assert(wgo_str_starts(wgo_str(err.message), wgo_str(cases[i].message)), "%s: %s",
                  cases[i].text, err.message);
        cr_assert_null(root);
        if (wgo_str_starts(wgo_str(cases[i].text), WGO_STR("<!"))) {
            cr_assert_not_null(strstr(err.message, "document type declaration"));
        }
        wgo_arena_fini(&arena);
    }
}

/* <a><a>...</a></a>, 'depth' levels. */
static enum wgo_status parse_nested(int depth)
{
    struct wgo_arena arena = {0};
    struct wgo_buf document = {0};
    struct wgo_xml *root;
    for (int i = 0; i < depth; i++) {
        wgo_buf_cstr(&document, "<a>");
    }
    for (int i = 0; i < depth; i++) {
        wgo_buf_cstr(&document, "</a>");
    }
    enum wgo_status status = wgo_xml_parse(&arena, wgo_buf_view(&document), &root, NULL);
    wgo_buf_fini(&document);
    wgo_arena_fini(&arena);
    return status;
}

Test(xml, depth_is_bounded)
{
    cr_assert_eq(parse_nested(128), WGO_OK);
    cr_assert_eq(parse_nested(129), WGO_E_TOO_LARGE);
    cr_assert_eq(parse_nested(100000), WGO_E_TOO_LARGE);
}

Test(xml, every_cut_is_an_error_and_every_shortage_is_said)
{
    static const char text[] = "<a x='1' y='2'><b>text</b><c><d z='3'/></c></a>";
    struct wgo_xml *root = NULL;
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        struct wgo_arena arena = {0};
        cr_assert_eq(wgo_xml_parse(&arena, wgo_str_from(text, len), &root, NULL), WGO_E_PARSE);
        wgo_arena_fini(&arena);
    }
    cr_assert_null(root);
    bool done = false;
    size_t shortages = 0;
    for (size_t limit = 1; !done && limit < 8192; limit++) {
        struct wgo_arena arena;
        wgo_arena_init(&arena, limit);
        enum wgo_status status = wgo_xml_parse(&arena, WGO_STR(text), &root, NULL);
        done = status == WGO_OK;
        shortages += !done;
        cr_assert(done || status == WGO_E_NOMEM);
        wgo_arena_fini(&arena);
    }
    cr_assert(done);
    cr_assert_gt(shortages, 100);
}
