/* The notation of shapes, and the shapes that are built in. */
#include "aws/shape.h"
#include "base/buf.h"

#include <criterion/criterion.h>
#include <stdio.h>

static enum wgo_status parse(struct wgo_arena *arena, const char *text,
                             const struct wgo_aws_service **out, struct wgo_error *err)
{
    return wgo_aws_service_parse(arena, WGO_STR("test"), wgo_str(text), out, err);
}

static const struct wgo_aws_member *member(const struct wgo_aws_shape *shape, const char *element,
                                           const char *key)
{
    const struct wgo_aws_member *found = wgo_aws_shape_member(shape, element);
    cr_assert_not_null(found, "%s", element);
    cr_assert(wgo_str_is(found->key, key), "%.*s", WGO_FMT(found->key));
    return found;
}

Test(aws_shape, notation)
{
    struct wgo_arena arena = {0};
    const struct wgo_aws_service *service = NULL;
    struct wgo_error err = {0};
    cr_assert_eq(parse(&arena,
                       "# words\nprotocol query\nversion 2010-05-08\n"
                       "op List in ListResult\n Plain\n Number=num int\n"
                       " Items=itemSet list item .Thing\n Loose=Loose flat int\n"
                       " Tags map Name Value list member bool\n Flat=F flatmap K V\n"
                       " Region=^x-region\n Meta=^x-meta-* map key value\n Status=^ int\n"
                       "op Body\n Text=$\nop Root\n Thing=. .Thing\nop Empty\n"
                       "type Thing\n Self .Thing\n Kind=@type\n When time\n Data blob\n"
                       " Ratio float\n Document policy\n Template json\n",
                       &service, &err),
                 WGO_OK, "%s", err.message);
    cr_assert(wgo_str_is(service->version, "2010-05-08"));
    cr_assert_eq(service->protocol, WGO_AWS_QUERY);
    cr_assert_eq(service->output_count, 4);
    cr_assert_null(wgo_aws_service_output(service, WGO_STR("Nothing")));
    const struct wgo_aws_output *list = wgo_aws_service_output(service, WGO_STR("List"));
    cr_assert(wgo_str_is(list->wrapper, "ListResult"));
    cr_assert_eq(list->service, service);
    cr_assert(list->has_elements);
    cr_assert_eq(list->shape.member_count, 9);
    cr_assert_eq(member(&list->shape, "Plain", ",\"Plain\":")->shape->kind, WGO_AWS_STRING);
    cr_assert_eq(member(&list->shape, "num", ",\"Number\":")->shape->kind, WGO_AWS_INT);
    const struct wgo_aws_shape *items = member(&list->shape, "itemSet", ",\"Items\":")->shape;
    cr_assert(items->kind == WGO_AWS_LIST && !items->flat && wgo_str_is(items->item_name, "item"));
    const struct wgo_aws_shape *thing = items->item;
    cr_assert_eq(thing->kind, WGO_AWS_STRUCTURE);
    cr_assert_eq(member(thing, "Self", ",\"Self\":")->shape, thing, "a shape holds itself");
    cr_assert_eq(member(thing, "ns:Self", ",\"Self\":")->shape, thing, "prefixes do not count");
    cr_assert_eq(thing->attribute_count, 1);
    cr_assert_null(wgo_aws_shape_member(thing, "type"), "an attribute is no element");
    cr_assert(member(&list->shape, "Loose", ",\"Loose\":")->shape->flat);
    const struct wgo_aws_shape *tags = member(&list->shape, "Tags", ",\"Tags\":")->shape;
    cr_assert(tags->kind == WGO_AWS_MAP && !tags->flat && wgo_str_is(tags->key_name, "Name") &&
              wgo_str_is(tags->value_name, "Value"));
    cr_assert_eq(tags->item->item->kind, WGO_AWS_BOOL);
    cr_assert(member(&list->shape, "F", ",\"Flat\":")->shape->flat);
    cr_assert_null(wgo_aws_shape_member(&list->shape, "x-region"));
    cr_assert_eq(list->shape.members[6].place, WGO_AWS_HEADER);
    cr_assert_eq(list->shape.members[7].place, WGO_AWS_HEADERS);
    cr_assert(wgo_str_is(list->shape.members[7].element, "x-meta-"));
    cr_assert_eq(list->shape.members[8].place, WGO_AWS_HTTP_STATUS);
    cr_assert_not_null(wgo_aws_service_output(service, WGO_STR("Body"))->shape.raw);
    cr_assert_not_null(wgo_aws_service_output(service, WGO_STR("Root"))->shape.root);
    cr_assert_not(wgo_aws_service_output(service, WGO_STR("Empty"))->has_elements);
    wgo_arena_fini(&arena);
}

struct shape_case {
    const char *text, *message;
};

Test(aws_shape, malformed)
{
    static const struct shape_case cases[] = {
        {"op\n", "line 1: a word without anything behind it"},
        {"op \n", "line 1: a word without anything behind it"},
        {"op A of B\n", "line 1: an operation's name"},
        {"op A in \n", "line 1: an operation's name"},
        {"op  in B\n", "line 1: an operation without a name"},
        {"protocol soap\n", "line 1: neither protocol"},
        {"hello world\n", "line 1: neither protocol"},
        {"# c\n Member\n", "line 2: a member that belongs to nothing"},
        {"version 1\n Member\n", "line 2: a member that belongs to nothing"},
        {"op A\n \n", "line 2: a member without a name"},
        {"op A\n =x\n", "line 2: a member without a name"},
        {"op A\n M=\n", "line 2: a member without a name"},
        {"op A\n M number\n", "line 2: an unknown type"},
        {"op A\n M int int\n", "line 2: an unknown type"},
        {"op A\n M .Nothing\n", "line 2: a type that is not there"},
        {"op A\n M list\n", "line 2: a list without"},
        {"op A\n M map Key\n", "line 2: a list without"},
        {"op A\n M list a list a list a list a list a list a list a list a list a list a list a "
         "list a list a list a list a list a\n",
         "line 2: lists nested too deep"},
        {"op A\nop B\nop A\n", "an operation is there twice"},
        {"type A\ntype A\n", "a type is there twice"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_arena arena = {0};
        struct wgo_error err = {0};
        const struct wgo_aws_service *service = NULL;
        cr_assert_eq(parse(&arena, cases[i].text, &service, &err), WGO_E_PARSE, "%s",
                     cases[i].text);
        cr_assert_not_null(strstr(err.message, cases[i].message), "%s: %s", cases[i].text,
                           err.message);
        cr_assert_null(service);
        wgo_arena_fini(&arena);
    }
}

Test(aws_shape, members_are_bounded_and_all_found)
{
    for (int count = 254; count <= 256; count++) {
        struct wgo_arena arena = {0};
        struct wgo_buf text = {0};
        struct wgo_error err = {0};
        const struct wgo_aws_service *service = NULL;
        wgo_buf_cstr(&text, "op A\n");
        for (int i = 0; i < count; i++) {
            wgo_buf_format(&text, " Member%dOfMany\n", i);
        }
        enum wgo_status status = parse(&arena, wgo_buf_terminated(&text), &service, &err);
        cr_assert_eq(status, count <= WGO_AWS_MEMBERS ? WGO_OK : WGO_E_PARSE, "%d", count);
        for (int i = 0; status == WGO_OK && i < count; i++) {
            char name[32];
            snprintf(name, sizeof(name), "Member%dOfMany", i);
            const struct wgo_aws_member *found =
                wgo_aws_shape_member(&service->outputs[0].shape, name);
            cr_assert(found && found->index == i);
        }
        wgo_buf_fini(&text);
        wgo_arena_fini(&arena);
    }
}

Test(aws_shape, every_shortage_is_said)
{
    static const char text[] = "op A\n M list item .T\n N map a b int\ntype T\n X\n";
    bool done = false;
    size_t shortages = 0;
    for (size_t limit = 1; !done && limit < 65536; limit += 16) {
        struct wgo_arena arena;
        const struct wgo_aws_service *service = NULL;
        wgo_arena_init(&arena, limit);
        enum wgo_status status = parse(&arena, text, &service, NULL);
        done = status == WGO_OK;
        shortages += !done;
        cr_assert(done || (status == WGO_E_NOMEM && !service));
        wgo_arena_fini(&arena);
    }
    cr_assert(done && shortages > 5);
}

/* Every text that is built in can be read, and what it says of itself is so. */
Test(aws_shape, built_in)
{
    static const struct {
        const char *service, *operation, *wrapper, *version;
        enum wgo_aws_protocol protocol;
    } cases[] = {
        {"ec2", "DescribeInstances", "", "2016-11-15", WGO_AWS_EC2},
        {"ec2", "DescribeRegions", "", "2016-11-15", WGO_AWS_EC2},
        {"sts", "GetCallerIdentity", "GetCallerIdentityResult", "2011-06-15", WGO_AWS_QUERY},
        {"sts", "AssumeRole", "AssumeRoleResult", "2011-06-15", WGO_AWS_QUERY},
        {"s3", "ListBuckets", "", "2006-03-01", WGO_AWS_REST_XML},
        {"rds", "DescribeDBInstances", "DescribeDBInstancesResult", "2014-10-31", WGO_AWS_QUERY},
        {"cloudwatch", "DescribeAlarms", "DescribeAlarmsResult", "2010-08-01", WGO_AWS_QUERY},
    };
    static const char *const services[] = {
#define WGO_AWS_SHAPES(name) #name,
#include "aws/shapes/services.def"
#undef WGO_AWS_SHAPES
    };
    struct wgo_aws_shapes *shapes = NULL;
    cr_assert_eq(wgo_aws_shapes_new(&shapes, NULL), WGO_OK);
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        const struct wgo_aws_output *output = NULL, *again = NULL;
        struct wgo_error err = {0};
        cr_assert_eq(wgo_aws_shapes_find(shapes, wgo_str(cases[i].service),
                                         wgo_str(cases[i].operation), &output, &err),
                     WGO_OK, "%s", err.message);
        cr_assert(wgo_str_is(output->wrapper, cases[i].wrapper));
        cr_assert(wgo_str_is(output->service->version, cases[i].version));
        cr_assert_eq(output->service->protocol, cases[i].protocol);
        cr_assert_eq(wgo_aws_shapes_find(shapes, wgo_str(cases[i].service),
                                         wgo_str(cases[i].operation), &again, NULL),
                     WGO_OK);
        cr_assert_eq(output, again, "parsed once");
    }
    for (size_t i = 0; i < WGO_COUNT(services); i++) {
        const struct wgo_aws_output *output = NULL;
        struct wgo_error err = {0};
        cr_assert_eq(wgo_aws_shapes_find(shapes, wgo_str(services[i]), WGO_STR("NoSuchThing"),
                                         &output, &err),
                     WGO_E_NOT_FOUND, "%s: %s", services[i], err.message);
        cr_assert(wgo_str_starts(wgo_str(err.message), WGO_STR("no shape of ")));
    }
    const struct wgo_aws_output *output = NULL;
    cr_assert_eq(
        wgo_aws_shapes_find(shapes, WGO_STR("dynamodb"), WGO_STR("ListTables"), &output, NULL),
        WGO_E_NOT_FOUND);
    wgo_aws_shapes_free(shapes);
    wgo_aws_shapes_free(NULL);
}
