/* Plans: base/json.h. */
#include "base/arena.h"
#include "base/json.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#define RULE(text, what, number)                                                                   \
    {                                                                                              \
        {text, sizeof(text) - 1}, what, number                                                     \
    }
#define PICK(text, number) RULE(text, WGO_JSON_PICK, number)
#define FIND(text, number) RULE(text, WGO_JSON_FIND, number)
#define CUT(text) RULE(text, WGO_JSON_CUT, 0)
#define REDACT(text) RULE(text, WGO_JSON_REDACT, 0)
#define ITEM(text) RULE(text, WGO_JSON_ITEM, 0)

static bool redact(void *state, struct wgo_str raw, struct wgo_buf *out)
{
    struct wgo_buf *seen = state;
    if (seen) {
        wgo_buf_str(seen, raw);
        wgo_buf_char(seen, ' ');
    }
    return wgo_buf_cstr(out, "\"#\"");
}

static struct wgo_json_plan *plan_of(const struct wgo_json_rule *rules, size_t count)
{
    struct wgo_json_plan *plan = NULL;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_json_plan_new(rules, count, &plan, &err), WGO_OK, "%s", err.message);
    return plan;
}

/* Slots 0 and 1 are compared when the case names them. */
struct item_case {
    struct wgo_json_rule rules[4];
    const char *item, *copy, *pick0, *pick1;
};

static void run_item_case(const struct item_case *c)
{
    size_t count = 0;
    while (count < WGO_COUNT(c->rules) && c->rules[count].path.ptr) {
        count++;
    }
    struct wgo_json_plan *plan = plan_of(c->rules, count);
    struct wgo_str picks[WGO_JSON_PICKS];
    struct wgo_buf out = {0};
    struct wgo_error err = {0};
    cr_assert_eq(wgo_json_plan_item(plan, wgo_str(c->item), picks, NULL, redact, NULL, &out, &err),
                 WGO_OK, "%s: %s", c->item, err.message);
    cr_assert(wgo_str_is(wgo_buf_view(&out), c->copy), "%s gave %.*s, not %s", c->item,
              WGO_FMT(wgo_buf_view(&out)), c->copy);
    cr_assert(c->pick0 ? wgo_str_is(picks[0], c->pick0) : !picks[0].ptr, "%s: pick 0 is %.*s",
              c->item, WGO_FMT(picks[0]));
    cr_assert(c->pick1 ? wgo_str_is(picks[1], c->pick1) : !picks[1].ptr, "%s: pick 1 is %.*s",
              c->item, WGO_FMT(picks[1]));
    cr_assert_eq(wgo_json_check(wgo_buf_view(&out), NULL), WGO_OK);
    wgo_buf_fini(&out);
    wgo_json_plan_free(plan);
}

/* "slot:span" of each, in the order of the text. */
Test(json_plan, finds_every_value)
{
    static const struct wgo_json_rule rules[] = {
        FIND("a[].id", 0), FIND("*.id", 1),  FIND("b.id", WGO_JSON_FINDS - 1),
        CUT("b"),          REDACT("a[].id"),
    };
    struct wgo_json_plan *plan = plan_of(rules, WGO_COUNT(rules));
    struct wgo_str picks[WGO_JSON_PICKS];
    struct wgo_arena arena = {0};
    struct wgo_json_finds finds = {.arena = &arena};
    struct wgo_buf out = {0}, text = {0};
    cr_assert_eq(wgo_json_plan_item(plan,
                                    WGO_STR("{\"a\":[{\"id\":1},{\"x\":0},{\"id\":[2]}],"
                                            "\"b\":{\"id\":\"3\"},\"c\":{\"id\":4,\"id\":5}}"),
                                    picks, &finds, redact, NULL, &out, NULL),
                 WGO_OK);
    for (size_t i = 0; i < finds.count; i++) {
        wgo_buf_format(&text, "%u:%.*s ", finds.items[i].slot, WGO_FMT(finds.items[i].span));
    }
    cr_assert(wgo_str_is(wgo_buf_view(&text), "0:1 0:[2] 1:\"3\" 63:\"3\" 1:4 1:5 "), "%.*s",
              WGO_FMT(wgo_buf_view(&text)));
    static const struct wgo_json_rule beyond = {.action = WGO_JSON_FIND, .slot = WGO_JSON_FINDS};
    struct wgo_json_plan *none = NULL;
    cr_assert_eq(wgo_json_plan_new(&beyond, 1, &none, NULL), WGO_E_CONFIG);
    wgo_buf_fini(&text);
    wgo_buf_fini(&out);
    wgo_arena_fini(&arena);
    wgo_json_plan_free(plan);
}

static void run_item_cases(const struct item_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        run_item_case(&cases[i]);
    }
}

Test(json_plan, copies_compact)
{
    static const struct item_case cases[] = {
        {.item = "{\"a\":[1,{\"b\":null}]}", .copy = "{\"a\":[1,{\"b\":null}]}"},
        {.item = " { \"a b\" : [ 1 , \" \" ] }\n", .copy = "{\"a b\":[1,\" \"]}"},
        {.item = "\"x y\"", .copy = "\"x y\""},
        {.rules = {PICK("nothing.here", 0)}, .item = "{ \"a\" : 1 }", .copy = "{\"a\":1}"},
    };
    run_item_cases(cases, WGO_COUNT(cases));
}

Test(json_plan, cuts_leave_correct_commas)
{
    static const struct item_case cases[] = {
        {.rules = {CUT("a")}, .item = "{\"a\":1}", .copy = "{}"},
        {.rules = {CUT("a")}, .item = "{ \"a\" : 1 }", .copy = "{}"},
        {.rules = {CUT("a")}, .item = "{\"a\":1,\"b\":2}", .copy = "{\"b\":2}"},
        {.rules = {CUT("b")}, .item = "{\"a\":1,\"b\":2}", .copy = "{\"a\":1}"},
        {.rules = {CUT("b")},
         .item = "{\"a\":1 , \"b\" : 2 , \"c\":3}",
         .copy = "{\"a\":1,\"c\":3}"},
        {.rules = {CUT("a"), CUT("b")}, .item = "{\"a\":1,\"b\":2,\"c\":3}", .copy = "{\"c\":3}"},
        {.rules = {CUT("a"), CUT("c")}, .item = "{\"a\":1,\"b\":2,\"c\":3}", .copy = "{\"b\":2}"},
        {.rules = {CUT("b"), CUT("c")}, .item = "{\"a\":1,\"b\":2,\"c\":3}", .copy = "{\"a\":1}"},
        {.rules = {CUT("*")}, .item = "{\"a\":1,\"b\":2}", .copy = "{}"},
        {.rules = {CUT("l[]")}, .item = "{\"l\":[1,2,3],\"m\":0}", .copy = "{\"l\":[],\"m\":0}"},
        {.rules = {CUT("l[].x")},
         .item = "{\"l\":[{\"x\":1},{\"y\":2,\"x\":1},{\"x\":{},\"z\":[]}]}",
         .copy = "{\"l\":[{},{\"y\":2},{\"z\":[]}]}"},
        {.rules = {CUT("a.b")},
         .item = "{\"a\":[{\"b\":1}],\"c\":\"a\"}",
         .copy = "{\"a\":[{\"b\":1}],\"c\":\"a\"}"},
        {.rules = {CUT("a.\"x.y/z\"")},
         .item = "{\"a\":{\"x.y/z\":1,\"q\":2}}",
         .copy = "{\"a\":{\"q\":2}}"},
        {.rules = {CUT("a")},
         .item = "{\"b\":{\"a\":1},\"a\":{\"b\":1},\"a\":2}",
         .copy = "{\"b\":{\"a\":1}}"},
    };
    run_item_cases(cases, WGO_COUNT(cases));
}

Test(json_plan, redacts_every_scalar_below)
{
    static const struct item_case cases[] = {
        {.rules = {REDACT("a")}, .item = "{\"a\":\"x\",\"b\":1}", .copy = "{\"a\":\"#\",\"b\":1}"},
        {.rules = {REDACT("a")},
         .item = "{ \"a\" : -1.5e3 , \"b\" : true }",
         .copy = "{\"a\":\"#\",\"b\":true}"},
        {.rules = {REDACT("")}, .item = " [1, {\"k\" : null}]", .copy = "[\"#\",{\"k\":\"#\"}]"},
        {.rules = {REDACT("")}, .item = " true ", .copy = "\"#\""},
        {.rules = {REDACT("a")},
         .item = "{\"a\":{\"k\":[\"v\",{\"k2\" : false}],\"e\":{},\"f\":[]}}",
         .copy = "{\"a\":{\"k\":[\"#\",{\"k2\":\"#\"}],\"e\":{},\"f\":[]}}"},
        {.rules = {REDACT("a[]")},
         .item = "{\"a\":[1,[2,3]]}",
         .copy = "{\"a\":[\"#\",[\"#\",\"#\"]]}"},
        {.rules = {REDACT("data.*")},
         .item = "{\"data\":{\"p\":\"x\",\"q\":\"y\"}}",
         .copy = "{\"data\":{\"p\":\"#\",\"q\":\"#\"}}"},
        {.rules = {REDACT("a"), CUT("a.b")},
         .item = "{\"a\":{\"b\":1,\"c\":2}}",
         .copy = "{\"a\":{\"c\":\"#\"}}"},
        {.rules = {REDACT("*.v")},
         .item = "{\"x\":{\"v\":1,\"w\":2},\"y\":{\"v\":[3]}}",
         .copy = "{\"x\":{\"v\":\"#\",\"w\":2},\"y\":{\"v\":[\"#\"]}}"},
        {.rules = {REDACT("a")},
         .item = "{\"a\":1,\"a\":{\"a\":2}}",
         .copy = "{\"a\":\"#\",\"a\":{\"a\":\"#\"}}"},
    };
    run_item_cases(cases, WGO_COUNT(cases));
}

Test(json_plan, escaped_keys_do_not_evade)
{
    static const struct item_case cases[] = {
        {.rules = {REDACT("password")},
         .item = "{\"p\\u0061ssword\":\"x\"}",
         .copy = "{\"p\\u0061ssword\":\"#\"}"},
        {.rules = {CUT("a/b")}, .item = "{\"a\\/b\":1,\"c\":2}", .copy = "{\"c\":2}"},
        {.rules = {PICK("a", 0)},
         .item = "{\"\\u0061\":7}",
         .copy = "{\"\\u0061\":7}",
         .pick0 = "7"},
        {.rules = {CUT("\"\\u00e9\"")}, .item = "{\"\xC3\xA9\":1,\"e\":2}", .copy = "{\"e\":2}"},
        {.rules = {CUT("\"q\\\"\"")}, .item = "{\"q\\u0022\":1,\"q\\\"\":1}", .copy = "{}"},
    };
    run_item_cases(cases, WGO_COUNT(cases));
}

Test(json_plan, picks_are_taken_before_anything_changes)
{
    static const struct item_case cases[] = {
        {.rules = {PICK("m.name", 0), PICK("m", 1)},
         .item = "{\"m\":{\"name\": \"n\"}}",
         .copy = "{\"m\":{\"name\":\"n\"}}",
         .pick0 = "\"n\"",
         .pick1 = "{\"name\": \"n\"}"},
        {.rules = {CUT("a"), PICK("a", 0), PICK("a.b[]", 1)},
         .item = "{\"a\":{\"b\":[4,5]},\"c\":1}",
         .copy = "{\"c\":1}",
         .pick0 = "{\"b\":[4,5]}",
         .pick1 = "4"},
        {.rules = {REDACT("a"), PICK("a.k", 0)},
         .item = "{\"a\":{\"k\":\"v\",\"l\":1}}",
         .copy = "{\"a\":{\"k\":\"#\",\"l\":\"#\"}}",
         .pick0 = "\"v\""},
        {.rules = {PICK("a", 0)},
         .item = "{\"a\":1,\"a\":2}",
         .copy = "{\"a\":1,\"a\":2}",
         .pick0 = "1"},
        {.rules = {PICK("a", 0), PICK("b", 0)},
         .item = "{\"b\":2,\"a\":1}",
         .copy = "{\"b\":2,\"a\":1}",
         .pick0 = "2"},
        {.rules = {PICK("a", 0), PICK("a.b", 0)},
         .item = "{\"a\":{\"b\":2}}",
         .copy = "{\"a\":{\"b\":2}}",
         .pick0 = "{\"b\":2}"},
        {.rules = {PICK("a", 0), PICK("a", 1)},
         .item = "{\"a\":null}",
         .copy = "{\"a\":null}",
         .pick0 = "null",
         .pick1 = "null"},
        {.rules = {PICK("", 0)}, .item = " [ ] ", .copy = "[]", .pick0 = "[ ]"},
        {.rules = {PICK("*", 0), PICK("b", 1)},
         .item = "{\"a\":1,\"b\":2}",
         .copy = "{\"a\":1,\"b\":2}",
         .pick0 = "1",
         .pick1 = "2"},
        {.rules = {PICK("*.x", 0), PICK("b.y", 1)},
         .item = "{\"b\":{\"y\":1,\"x\":2}}",
         .copy = "{\"b\":{\"y\":1,\"x\":2}}",
         .pick0 = "2",
         .pick1 = "1"},
        {.rules = {PICK("l[].*.k", 0), CUT("l[].a.k")},
         .item = "{\"l\":[{\"a\":{\"k\":1,\"j\":2}}]}",
         .copy = "{\"l\":[{\"a\":{\"j\":2}}]}",
         .pick0 = "1"},
    };
    run_item_cases(cases, WGO_COUNT(cases));
}

Test(json_plan, redactor_sees_raw_scalars_in_order)
{
    static const struct wgo_json_rule rules[] = {REDACT("a")};
    struct wgo_json_plan *plan = plan_of(rules, 1);
    struct wgo_str picks[WGO_JSON_PICKS];
    struct wgo_buf out = {0}, seen = {0};
    cr_assert_eq(wgo_json_plan_item(plan, WGO_STR("{\"a\":[1,\"\\\" :\",{\"k\":true}],\"b\":9}"),
                                    picks, NULL, redact, &seen, &out, NULL),
                 WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&seen), "1 \"\\\" :\" true "));
    wgo_buf_fini(&out);
    wgo_buf_fini(&seen);
    wgo_json_plan_free(plan);
}

static bool refuse(void *state, struct wgo_str raw, struct wgo_buf *out)
{
    (void)state;
    (void)raw;
    (void)out;
    return false;
}

Test(json_plan, failures_leave_the_output_as_it_was)
{
    static const struct wgo_json_rule rules[] = {REDACT("a"), PICK("b", 0)};
    struct wgo_json_plan *plan = plan_of(rules, 2);
    struct wgo_str picks[WGO_JSON_PICKS] = {{"old", 3}};
    struct wgo_buf out = {0};
    struct wgo_error err = {0};
    wgo_buf_cstr(&out, "before");
    struct wgo_str item = WGO_STR("{\"b\":1,\"c\":[1,2,3],\"a\":2}");
    cr_assert_eq(wgo_json_plan_item(plan, item, picks, NULL, refuse, NULL, &out, &err),
                 WGO_E_INTERNAL);
    cr_assert(wgo_str_is(wgo_buf_view(&out), "before"));
    cr_assert(wgo_str_is(picks[0], "old"));
    static const char *const broken[] = {"", "{", "{\"a\"", "{\"a\":1", "{\"b\":1}}", "[1,2"};
    for (size_t i = 0; i < WGO_COUNT(broken); i++) {
        cr_assert_eq(
            wgo_json_plan_item(plan, wgo_str(broken[i]), picks, NULL, redact, NULL, &out, &err),
            WGO_E_PARSE, "%s", broken[i]);
        cr_assert(wgo_str_is(wgo_buf_view(&out), "before"));
    }
    /* Without anyone to ask, nothing sensitive stays either. */
    cr_assert_eq(wgo_json_plan_item(plan, item, picks, NULL, NULL, NULL, &out, &err), WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&out), "before{\"b\":1,\"c\":[1,2,3],\"a\":null}"));
    wgo_buf_fini(&out);
    wgo_buf_init(&out, 10);
    cr_assert_eq(wgo_json_plan_item(plan, item, picks, NULL, redact, NULL, &out, &err),
                 WGO_E_TOO_LARGE);
    cr_assert_eq(out.len, 0);
    wgo_buf_fini(&out);
    wgo_json_plan_free(plan);
}

Test(json_plan, refuses_rules_that_make_no_sense)
{
    static const struct wgo_json_rule cases[][2] = {
        {CUT("a."), PICK("x", 0)},
        {CUT("a"), REDACT("a")},
        {CUT(""), PICK("x", 0)},
        {PICK("a", WGO_JSON_PICKS), PICK("x", 0)},
        {ITEM("items[]"), ITEM("items[].x")},
        {ITEM("items[]"), CUT("a")},
        {ITEM("*"), ITEM("a.b")},
        {REDACT("a[0]"), PICK("x", 0)},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_json_plan *plan = NULL;
        struct wgo_error err = {0};
        cr_assert_eq(wgo_json_plan_new(cases[i], 2, &plan, &err), WGO_E_CONFIG, "case %zu", i);
        cr_assert_null(plan);
        cr_assert_neq(err.message[0], '\0');
    }
}

/* Stars beside names multiply: the plan must refuse rather than explode. */
Test(json_plan, bounds_its_size)
{
    struct wgo_json_rule rules[24];
    char paths[24][200];
    for (int i = 0; i < 24; i++) {
        size_t len = 0;
        for (int step = 0; step < 24; step++) {
            len += (size_t)sprintf(paths[i] + len, "%s%s", step ? "." : "", step == i ? "a" : "*");
        }
        rules[i] =
            (struct wgo_json_rule){.path = wgo_str_from(paths[i], len), .action = WGO_JSON_REDACT};
    }
    struct wgo_json_plan *plan = NULL;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_json_plan_new(rules, 24, &plan, &err), WGO_E_CONFIG);
    cr_assert(eq(str, err.message, (char *)"too many rules with \"*\" beside names"));
}

/* ---- pages ---- */

Test(json_page, gives_items_and_picks)
{
    static const struct wgo_json_rule rules[] = {ITEM("items[]"), PICK("metadata.continue", 0),
                                                 PICK("kind", 1), PICK("items[].n", 2)};
    struct wgo_json_plan *plan = plan_of(rules, 4);
    struct wgo_arena arena = {0};
    struct wgo_json_page page;
    struct wgo_error err = {0};
    cr_assert_eq(wgo_json_plan_page(plan,
                                    WGO_STR("{\"kind\":\"L\",\"items\":[ {\"n\" : 1} ,2, [3] ],"
                                            "\"metadata\":{\"continue\":\"t\"}}"),
                                    &arena, &page, &err),
                 WGO_OK, "%s", err.message);
    cr_assert_eq(page.item_count, 3);
    cr_assert(wgo_str_is(page.items[0], "{\"n\" : 1}"));
    cr_assert(wgo_str_is(page.items[1], "2"));
    cr_assert(wgo_str_is(page.items[2], "[3]"));
    cr_assert(wgo_str_is(page.picks[0], "\"t\""));
    cr_assert(wgo_str_is(page.picks[1], "\"L\""));
    cr_assert(wgo_str_is(page.picks[2], "1"));
    cr_assert_null(page.picks[3].ptr);
    cr_assert_not(page.misfit);
    static const struct {
        const char *document;
        bool misfit;
    } empty[] = {
        {"{}", false},
        {"{\"items\":null}", false},
        {"{\"items\":[]}", false},
        {"{\"items\":{ }}", false},
        {"{\"items\":\"\"}", false},
        {"{\"kind\":[]}", false},
        {" null", true},
        {"[]", true},
        {"0", true},
        {"\"\"", true},
        {"{\"items\":\"x\"}", true},
        {"{\"items\":7}", true},
        {"{\"items\":{\"a\":1}}", true},
    };
    for (size_t i = 0; i < WGO_COUNT(empty); i++) {
        struct wgo_str document = wgo_str(empty[i].document);
        cr_assert_eq(wgo_json_plan_page(plan, document, &arena, &page, &err), WGO_OK);
        cr_assert_eq(page.item_count, 0);
        cr_assert_eq(page.misfit, empty[i].misfit, "%s", empty[i].document);
        cr_assert_null(page.picks[0].ptr);
    }
    wgo_arena_fini(&arena);
    wgo_json_plan_free(plan);
}

Test(json_page, gives_nothing_unless_all_is_well)
{
    static const struct wgo_json_rule rules[] = {ITEM("items[]")};
    struct wgo_json_plan *plan = plan_of(rules, 1);
    struct wgo_arena arena = {0};
    struct wgo_json_page page = {.item_count = 77};
    struct wgo_error err = {0};
    static const char *const broken[] = {
        "",
        "{\"items\":[1,2]",
        "{\"items\":[1,2]}x",
        "{\"items\":[1,2],\"z\":\"\x01\"}",
        "{\"items\":[1,2],\"z\":{\"a\":[01]}}",
        "{\"items\":[{\"a\":\"\xFF\"}]}",
    };
    for (size_t i = 0; i < WGO_COUNT(broken); i++) {
        cr_assert_eq(wgo_json_plan_page(plan, wgo_str(broken[i]), &arena, &page, &err), WGO_E_PARSE,
                     "%s", broken[i]);
        cr_assert_eq(page.item_count, 77);
    }
    cr_assert_eq(
        wgo_json_plan_page(plan, WGO_STR("{\"items\":[\n1,\n  tru]}"), &arena, &page, &err),
        WGO_E_PARSE);
    cr_assert(eq(str, err.message, (char *)"line 3, column 3: expected a value"));
    wgo_arena_fini(&arena);
    wgo_arena_init(&arena, 64);
    cr_assert_eq(wgo_json_plan_page(plan, WGO_STR("{\"items\":[1]}"), &arena, &page, &err),
                 WGO_E_NOMEM);
    wgo_arena_fini(&arena);
    wgo_json_plan_free(plan);
}

Test(json_page, finds_many_items)
{
    static const struct wgo_json_rule rules[] = {ITEM("*.list[]")};
    struct wgo_json_plan *plan = plan_of(rules, 1);
    struct wgo_arena arena = {0};
    struct wgo_buf text = {0};
    struct wgo_json_page page;
    wgo_buf_cstr(&text, "{");
    for (int i = 0; i < 100; i++) {
        wgo_buf_format(&text, "%s\"z%d\":{\"list\":[", i ? "," : "", i);
        for (int k = 0; k < 50; k++) {
            wgo_buf_format(&text, "%s%d", k ? "," : "", i * 50 + k);
        }
        wgo_buf_cstr(&text, "]}");
    }
    wgo_buf_cstr(&text, "}");
    cr_assert_eq(wgo_json_plan_page(plan, wgo_buf_view(&text), &arena, &page, NULL), WGO_OK);
    cr_assert_eq(page.item_count, 5000);
    for (int i = 0; i < 5000; i++) {
        char number[16];
        snprintf(number, sizeof(number), "%d", i);
        cr_assert(wgo_str_is(page.items[i], number));
    }
    wgo_buf_fini(&text);
    wgo_arena_fini(&arena);
    wgo_json_plan_free(plan);
}
