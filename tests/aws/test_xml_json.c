/* XML answers as JSON. */
#include "aws/xml_json.h"
#include "aws/xml_json_scalar.h"
#include "base/json.h"

#include <criterion/criterion.h>

static const char shapes[] =
    "protocol rest-xml\n"
    "op Get\n Name=name\n Count int\n Ratio float\n On bool\n When time\n Data blob\n"
    " Doc policy\n Template json\n Items=itemSet list item .Thing\n Numbers list member int\n"
    " Flat flat .Thing\n Other=other flat int\n Map map key value .Thing\n"
    " FlatMap=fm flatmap K V int\n Nested list a list b int\n Inner .Inner\n"
    "op Wrapped in GetResult\n Name\n Flat flat int\n"
    "op Location\n LocationConstraint=.\n"
    "op Payload\n Thing=. .Thing\n ETag=^etag\n"
    "op Raw\n Body=$\n Length=^content-length int\n"
    "op RawBlob\n Body=$ blob\n"
    "op Head\n Region=^x-amz-bucket-region\n Dates=^x-list list member int\n"
    " Meta=^x-amz-meta-* map key value\n Status=^ int\n When=^last-modified time\n"
    "type Thing\n Id=id\n Type=@type\n Self=self .Thing\n Kids=kid flat .Thing\n Size int\n"
    "type Inner\n A=a flat int\n B=b flatmap k v\n C=c\n Deeper=deeper .Inner\n";

static enum wgo_status decode(const char *operation, const char *headers, struct wgo_str body,
                              struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    const struct wgo_aws_service *service = NULL;
    struct wgo_response response;
    cr_assert_eq(wgo_aws_service_parse(&arena, WGO_STR("test"), wgo_str(shapes), &service, err),
                 WGO_OK, "%s", err->message);
    wgo_response_init(&response);
    response.http_status = 200;
    wgo_buf_str(&response.body, body);
    wgo_buf_cstr(&response.headers, headers);
    enum wgo_status status = wgo_aws_xml_to_json(
        wgo_aws_service_output(service, wgo_str(operation)), &response, out, err);
    wgo_response_fini(&response);
    wgo_arena_fini(&arena);
    return status;
}

struct decode_case {
    const char *operation, *xml, *json;
};

static void check(const struct decode_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct wgo_buf out = {0};
        struct wgo_error err = {0};
        cr_assert_eq(decode(cases[i].operation, "", wgo_str(cases[i].xml), &out, &err), WGO_OK,
                     "%s: %s", cases[i].xml, err.message);
        cr_assert(wgo_str_is(wgo_buf_view(&out), cases[i].json), "%s:\n%.*s\n%s", cases[i].xml,
                  WGO_FMT(wgo_buf_view(&out)), cases[i].json);
        cr_assert_eq(wgo_json_check(wgo_buf_view(&out), NULL), WGO_OK);
        wgo_buf_fini(&out);
    }
}

Test(aws_xml_json, scalars)
{
    static const struct decode_case cases[] = {
        {"Get", "<R/>", "{}"},
        {"Get", "<R><name/></R>", "{\"Name\":\"\"}"},
        {"Get", "<R><name> a &lt;\"&#x9;\\b\" <![CDATA[<&]]>\n</name></R>",
         "{\"Name\":\" a <\\\"\\t\\\\b\\\" <&\\n\"}"},
        {"Get", "<R><name>a<!-- c -->b<?pi?>c</name></R>", "{\"Name\":\"abc\"}"},
        {"Get", "<R><name>\xc3\xa4\xf0\x9f\x98\x80&#xe4;&#13;</name></R>",
         "{\"Name\":\"\xc3\xa4\xf0\x9f\x98\x80\xc3\xa4\\r\"}"},
        {"Get", "<R><name>a<x>b<name>c</name></x>d</name></R>", "{\"Name\":\"ad\"}"},
        {"Get", "<R><name>a</name><name>b</name></R>", "{\"Name\":\"a\"}"},
        {"Get", "<R><Count>5</Count></R>", "{\"Count\":5}"},
        {"Get", "<R><Count> -05 </Count></R>", "{\"Count\":-5}"},
        {"Get", "<R><Count>+123456789012345678901</Count></R>",
         "{\"Count\":123456789012345678901}"},
        {"Get", "<R><Count/></R>", "{\"Count\":null}"},
        {"Get", "<R><Count>1.5</Count></R>", "{\"Count\":\"1.5\"}"},
        {"Get", "<R><Count>many</Count></R>", "{\"Count\":\"many\"}"},
        {"Get", "<R><Ratio>1.50</Ratio></R>", "{\"Ratio\":1.50}"},
        {"Get", "<R><Ratio>.5</Ratio></R>", "{\"Ratio\":0.5}"},
        {"Get", "<R><Ratio>5.</Ratio></R>", "{\"Ratio\":5}"},
        {"Get", "<R><Ratio>-1.5E+3</Ratio></R>", "{\"Ratio\":-1.5e3}"},
        {"Get", "<R><Ratio>1e-7</Ratio></R>", "{\"Ratio\":1e-7}"},
        {"Get", "<R><Ratio>1e</Ratio></R>", "{\"Ratio\":\"1e\"}"},
        {"Get", "<R><Ratio>-</Ratio></R>", "{\"Ratio\":\"-\"}"},
        {"Get", "<R><Ratio>NaN</Ratio></R>", "{\"Ratio\":\"NaN\"}"},
        {"Get", "<R><On>true</On></R>", "{\"On\":true}"},
        {"Get", "<R><On>false</On></R>", "{\"On\":false}"},
        {"Get", "<R><On/></R>", "{\"On\":false}"},
        {"Get", "<R><Data> aGk=\n </Data></R>", "{\"Data\":\"aGk=\"}"},
        {"Get", "<R><Doc>%7B%22a%22%3A%20%5B1%5D%7D</Doc></R>", "{\"Doc\":{\"a\":[1]}}"},
        {"Get", "<R><Doc>%7B%22a%22</Doc></R>", "{\"Doc\":\"%7B%22a%22\"}"},
        {"Get", "<R><Doc>%zz</Doc></R>", "{\"Doc\":\"%zz\"}"},
        {"Get", "<R><Template> {\"a\": \"%7B\"} </Template></R>", "{\"Template\":{\"a\":\"%7B\"}}"},
        {"Get", "<R><Template>a: b</Template></R>", "{\"Template\":\"a: b\"}"},
        {"Get", "<R><When>2011-05-23T15:47:44.120Z</When></R>",
         "{\"When\":\"2011-05-23T15:47:44.12Z\"}"},
        {"Get", "<R><When>soon</When></R>", "{\"When\":\"soon\"}"},
        {"Get", "<n:R xmlns:n='urn:x'><n:name>a</n:name></n:R>", "{\"Name\":\"a\"}"},
    };
    check(cases, WGO_COUNT(cases));
}

Test(aws_xml_json, containers)
{
    static const struct decode_case cases[] = {
        {"Get", "<R><itemSet/></R>", "{\"Items\":[]}"},
        {"Get", "<R>\n <itemSet>\n  <item>\n   <id>1</id>\n  </item>\n </itemSet>\n</R>",
         "{\"Items\":[{\"Id\":\"1\"}]}"},
        {"Get", "<R><itemSet><item/><item><id/><Size>3</Size></item></itemSet></R>",
         "{\"Items\":[{},{\"Id\":\"\",\"Size\":3}]}"},
        {"Get", "<R><itemSet><item x:type='t' other='o'><id>1</id></item></itemSet></R>",
         "{\"Items\":[{\"Type\":\"t\",\"Id\":\"1\"}]}"},
        {"Get", "<R><Numbers><member>1</member><member>2</member></Numbers><Count>3</Count></R>",
         "{\"Numbers\":[1,2],\"Count\":3}"},
        {"Get", "<R><Nested><a><b>1</b><b>2</b></a><a/></Nested></R>", "{\"Nested\":[[1,2],[]]}"},
        {"Get", "<R><Flat><id>1</id></Flat></R>", "{\"Flat\":[{\"Id\":\"1\"}]}"},
        {"Get", "<R><Flat/><Flat/><name>n</name></R>", "{\"Flat\":[{},{}],\"Name\":\"n\"}"},
        {"Get", "<R><Map><entry><key>a</key><value><id>1</id></value></entry></Map></R>",
         "{\"Map\":{\"a\":{\"Id\":\"1\"}}}"},
        {"Get",
         "<R><Map><e><value><id>1</id></value><key>a\"</key></e><e><key>b</key></e></Map></R>",
         "{\"Map\":{\"a\\\"\":{\"Id\":\"1\"},\"b\":null}}"},
        {"Get", "<R><Map/></R>", "{\"Map\":{}}"},
        {"Get", "<R><fm><K>a</K><V>1</V></fm><fm><V>2</V><K>b</K></fm></R>",
         "{\"FlatMap\":{\"a\":1,\"b\":2}}"},
        {"Get", "<R><unknown><name>x</name><deep><er/></deep></unknown><name>n</name></R>",
         "{\"Name\":\"n\"}"},
        {"Get",
         "<R><itemSet><item><self><self><id>3</id></self></self><kid><kid/></kid></item></itemSet>"
         "</R>",
         "{\"Items\":[{\"Self\":{\"Self\":{\"Id\":\"3\"}},\"Kids\":[{\"Kids\":[{}]}]}]}"},
        {"Wrapped", "<X><Other/><GetResult><Name>n</Name></GetResult><Name>m</Name></X>",
         "{\"Name\":\"n\"}"},
        {"Location", "<LocationConstraint>eu-west-1</LocationConstraint>",
         "{\"LocationConstraint\":\"eu-west-1\"}"},
        {"Location", "<LocationConstraint xmlns='x'/>", "{\"LocationConstraint\":null}"},
        {"Payload", "<Anything type='t'><id>1</id></Anything>",
         "{\"Thing\":{\"Type\":\"t\",\"Id\":\"1\"}}"},
        {"Raw", "plain <&\n", "{\"Body\":\"plain <&\\n\"}"},
        {"Raw", "", "{}"},
        {"RawBlob", "hi", "{\"Body\":\"aGk=\"}"},
    };
    check(cases, WGO_COUNT(cases));
}

/* Elements of flattened members, apart from each other. */
Test(aws_xml_json, scattered)
{
    static const struct decode_case cases[] = {
        {"Get", "<R><other>1</other><name>n</name><other>2</other></R>",
         "{\"Other\":[1,2],\"Name\":\"n\"}"},
        {"Get",
         "<R><other>1</other><Flat/><other>2</other><Flat><id>x</id></Flat><other>3</other></R>",
         "{\"Other\":[1,2,3],\"Flat\":[{},{\"Id\":\"x\"}]}"},
        {"Get", "<R><other>1</other><u/><other>2</other></R>", "{\"Other\":[1,2]}"},
        {"Get",
         "<R><fm><K>a</K><V>1</V></fm><Count>7</Count><fm><V>2</V><K>b</K></fm><On>true</On></R>",
         "{\"FlatMap\":{\"a\":1,\"b\":2},\"Count\":7,\"On\":true}"},
        {"Get",
         "<R><other>1</other><Inner><a>1</a><c>x</c><a>2</a><deeper><b><k>k</k><v>1</v></b>"
         "<a>9</a><b><k>l</k><v>2</v></b></deeper><a>3</a></Inner><other>2</other></R>",
         "{\"Other\":[1,2],\"Inner\":{\"A\":[1,2,3],\"C\":\"x\",\"Deeper\":{\"B\":{\"k\":\"1\","
         "\"l\":\"2\"},\"A\":[9]}}}"},
        {"Get",
         "<R><Flat><kid/><id>1</id><kid><id>2</id></kid></Flat><name>n</name><Flat><kid/></Flat></"
         "R>",
         "{\"Flat\":[{\"Kids\":[{},{\"Id\":\"2\"}],\"Id\":\"1\"},{\"Kids\":[{}]}],\"Name\":\"n\"}"},
        {"Wrapped", "<X><GetResult><Flat>1</Flat><Name>n</Name><Flat>2</Flat></GetResult></X>",
         "{\"Flat\":[1,2],\"Name\":\"n\"}"},
    };
    check(cases, WGO_COUNT(cases));
}

Test(aws_xml_json, scattered_by_the_thousand_stays_quick_and_bounded)
{
    struct wgo_buf xml = {0}, out = {0};
    struct wgo_error err = {0};
    wgo_buf_cstr(&xml, "<R>");
    for (int i = 0; i < 30000; i++) {
        wgo_buf_format(&xml, "<other>%d</other><Flat/>", i);
    }
    size_t within = xml.len;
    wgo_buf_cstr(&xml, "</R>");
    cr_assert_eq(decode("Get", "", wgo_buf_view(&xml), &out, &err), WGO_OK, "%s", err.message);
    cr_assert(wgo_str_starts(wgo_buf_view(&out), WGO_STR("{\"Other\":[0,1,2,3,")));
    cr_assert(wgo_str_ends(wgo_buf_view(&out), WGO_STR(",{},{}]}")));
    cr_assert_eq(wgo_json_check(wgo_buf_view(&out), NULL), WGO_OK);
    xml.len = within;
    for (int i = 0; i < 10000; i++) {
        wgo_buf_cstr(&xml, "<other>1</other><Flat/>");
    }
    wgo_buf_cstr(&xml, "</R>");
    cr_assert_eq(decode("Get", "", wgo_buf_view(&xml), &out, &err), WGO_E_TOO_LARGE);
    wgo_buf_fini(&xml);
    wgo_buf_fini(&out);
}

Test(aws_xml_json, headers)
{
    struct wgo_buf out = {0};
    struct wgo_error err = {0};
    cr_assert_eq(decode("Head",
                        "x-amz-bucket-region: eu-west-1\nx-list: 1, 2 ,3\nx-amz-meta-a: b\n"
                        "x-amz-meta-c: d\nlast-modified: Tue, 29 Apr 2014 18:30:38 GMT\n",
                        WGO_STR(""), &out, &err),
                 WGO_OK, "%s", err.message);
    cr_assert(wgo_str_is(wgo_buf_view(&out),
                         "{\"Region\":\"eu-west-1\",\"Dates\":[1,2,3],\"Meta\":{\"a\":\"b\",\"c\":"
                         "\"d\"},\"Status\":200,\"When\":\"2014-04-29T18:30:38Z\"}"),
              "%.*s", WGO_FMT(wgo_buf_view(&out)));
    wgo_buf_reset(&out);
    cr_assert_eq(decode("Payload", "etag: \"e\"\n", WGO_STR("<T><id>1</id></T>"), &out, &err),
                 WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&out), "{\"ETag\":\"\\\"e\\\"\",\"Thing\":{\"Id\":\"1\"}}"),
              "%.*s", WGO_FMT(wgo_buf_view(&out)));
    wgo_buf_fini(&out);
}

Test(aws_xml_json, refused)
{
    static const struct decode_case cases[] = {
        {"Get", "", "the document ends too early"},
        {"Payload", "", "the document ends too early"},
        {"Get", "{\"json\":1}", "not well-formed"},
        {"Get", "<R><name>a</R>", "mismatched tag"},
        {"Get", "<R></R><R/>", "junk after"},
        {"Get", "<!DOCTYPE R [<!ENTITY a 'b'>]><R>&a;</R>", "a document type declaration"},
        {"Get", "<R>&nbsp;</R>", "undefined entity"},
        {"Get", "<R><name>\xff</name></R>", "not well-formed"},
        {"Get", "<Error><Code>x</Code></Error>", "no answer to this operation"},
        {"Get", "<s:ErrorResponse xmlns:s='x'/>", "no answer to this operation"},
        {"Get", "<Response><Errors/></Response>", "no answer to this operation"},
        {"Get", "<HTML><body/></HTML>", "no answer to this operation"},
        {"Get", "<UnknownOperationException/>", "no answer to this operation"},
        {"Get", "<page><title>Welcome</title></page>", "no answer to this operation"},
        {"Get", "<page>\n Welcome </page>", "no answer to this operation"},
        {"Get", "<page xmlns='http://www.w3.org/1999/xhtml'><body/></page>",
         "no answer to this operation"},
        {"Payload", "<page><title/></page>", "no answer to this operation"},
        {"Location", "<page>Welcome</page>", "no answer to this operation"},
        {"Raw", "\n<!DOCTYPE html><html><body>Welcome</body></html>",
         "no answer to this operation"},
        {"Wrapped", "<X><Other/></X>", "the answer has no GetResult"},
        {"Get", "<R><Map><entry><value/></entry></Map></R>", "an entry of a map without a key"},
        {"Get", "<R><fm/></R>", "an entry of a map without a key"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_buf out = {0};
        struct wgo_error err = {0};
        wgo_buf_cstr(&out, "before");
        cr_assert_eq(decode(cases[i].operation, "", wgo_str(cases[i].xml), &out, &err), WGO_E_PARSE,
                     "%s", cases[i].xml);
        cr_assert_not_null(strstr(err.message, cases[i].json), "%s: %s", cases[i].xml, err.message);
        cr_assert(wgo_str_is(wgo_buf_view(&out), "before"));
        wgo_buf_fini(&out);
    }
}

/* A root is called otherwise than any model says: one in a namespace of AWS is an answer, and so is
 * one that holds a member of the answer, or nothing. */
Test(aws_xml_json, roots_of_any_name)
{
    static const struct decode_case cases[] = {
        {"Get", "<Any xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><New/></Any>", "{}"},
        {"Get", "<s:Any xmlns:s='http://doc.s3.amazonaws.com/2006-03-01'>new</s:Any>", "{}"},
        {"Get", "<Any><New/><name>a</name></Any>", "{\"Name\":\"a\"}"},
        {"Get", "<Any>\n </Any>", "{}"},
        {"Payload", "<Any><new/><id>1</id></Any>", "{\"Thing\":{\"Id\":\"1\"}}"},
        {"Location", "<Any xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>eu</Any>",
         "{\"LocationConstraint\":\"eu\"}"},
    };
    check(cases, WGO_COUNT(cases));
}

/* The root of ec2's and query's answers is called like the operation. */
Test(aws_xml_json, roots)
{
    static const struct {
        const char *protocol, *xml;
        enum wgo_status status;
    } cases[] = {
        {"ec2", "<GetResponse><name>a</name></GetResponse>", WGO_OK},
        {"query", "<q:GetResponse xmlns:q='x'/>", WGO_OK},
        {"ec2", "<Get><name>a</name></Get>", WGO_OK}, /* as AssignPrivateIpAddresses */
        {"ec2", "<GetAll/>", WGO_E_PARSE},
        {"ec2", "<OtherResponse/>", WGO_E_PARSE},
        {"query", "<GetResponses/>", WGO_E_PARSE},
        {"rest-xml", "<Other/>", WGO_OK},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_arena arena = {0};
        struct wgo_buf out = {0};
        struct wgo_error err = {0};
        struct wgo_response response;
        const struct wgo_aws_service *service = NULL;
        struct wgo_str text = wgo_str_format(&arena, "protocol %s\nversion 1\nop Get\n Name=name\n",
                                             cases[i].protocol);
        cr_assert_eq(wgo_aws_service_parse(&arena, WGO_STR("test"), text, &service, &err), WGO_OK,
                     "%s", err.message);
        wgo_response_init(&response);
        wgo_buf_cstr(&response.body, cases[i].xml);
        cr_assert_eq(wgo_aws_xml_to_json(wgo_aws_service_output(service, WGO_STR("Get")), &response,
                                         &out, &err),
                     cases[i].status, "%s", cases[i].xml);
        wgo_response_fini(&response);
        wgo_buf_fini(&out);
        wgo_arena_fini(&arena);
    }
}

Test(aws_xml_json, every_cut_is_an_error)
{
    static const char xml[] = "<R><name>a</name><other>1</other><Count>2</Count><other>3</other>"
                              "<Map><e><value><id>1</id></value><key>k</key></e></Map></R>";
    for (size_t len = 0; len < sizeof(xml) - 1; len++) {
        struct wgo_buf out = {0};
        struct wgo_error err = {0};
        cr_assert_eq(decode("Get", "", wgo_str_from(xml, len), &out, &err), WGO_E_PARSE, "%zu",
                     len);
        cr_assert_eq(out.len, 0);
        wgo_buf_fini(&out);
    }
}

Test(aws_xml_json, limits)
{
    for (int depth = 126; depth <= 129; depth++) {
        for (int known = 0; known < 2; known++) {
            struct wgo_buf xml = {0}, out = {0};
            struct wgo_error err = {0};
            wgo_buf_cstr(&xml, "<R><name/>");
            for (int i = 1; i < depth; i++) {
                wgo_buf_cstr(&xml, !known ? "<u>" : i == 1 ? "<Inner>" : "<deeper>");
            }
            for (int i = depth - 1; i >= 1; i--) {
                wgo_buf_cstr(&xml, !known ? "</u>" : i == 1 ? "</Inner>" : "</deeper>");
            }
            wgo_buf_cstr(&xml, "</R>");
            cr_assert_eq(decode("Get", "", wgo_buf_view(&xml), &out, &err),
                         depth <= 128 ? WGO_OK : WGO_E_TOO_LARGE, "%d %s", depth, err.message);
            wgo_buf_fini(&xml);
            wgo_buf_fini(&out);
        }
    }
    static const char xml[] = "<R><name>some text</name><other>1</other><Count>2</Count>"
                              "<other>3</other></R>";
    static const char json[] = "{\"Name\":\"some text\",\"Other\":[1,3],\"Count\":2}";
    for (size_t limit = 1; limit < sizeof(json) + 2; limit++) {
        struct wgo_buf out;
        struct wgo_error err = {0};
        wgo_buf_init(&out, limit);
        enum wgo_status status = decode("Get", "", WGO_STR(xml), &out, &err);
        cr_assert_eq(status, limit < sizeof(json) - 1 ? WGO_E_TOO_LARGE : WGO_OK, "%zu", limit);
        cr_assert(wgo_str_is(wgo_buf_view(&out), status ? "" : json));
        wgo_buf_fini(&out);
    }
}

struct time_case {
    const char *text, *want; /* NULL: it is none */
};

Test(aws_xml_json, times)
{
    static const struct time_case cases[] = {
        {"2019-05-15T18:32:45Z", "2019-05-15T18:32:45Z"},
        {"2019-05-15T18:32:45.000Z", "2019-05-15T18:32:45Z"},
        {"2019-05-15T18:32:45.100Z", "2019-05-15T18:32:45.1Z"},
        {"2019-05-15T18:32:45.123456789123Z", "2019-05-15T18:32:45.123456789Z"},
        {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
        {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
        {"2019-12-16T22:48:18-01:00", "2019-12-16T23:48:18Z"},
        {"2019-12-17T00:48:18.5+0100", "2019-12-16T23:48:18.5Z"},
        {"2019-12-17T00:48:18", "2019-12-17T00:48:18Z"},
        {"2019-12-17T00:48:18.25", "2019-12-17T00:48:18.25Z"},
        {"2019-12-17", "2019-12-17T00:00:00Z"},
        {" 2019-05-15T18:32:45Z\n", "2019-05-15T18:32:45Z"},
        {"Tue, 29 Apr 2014 18:30:38 GMT", "2014-04-29T18:30:38Z"},
        {"1398796238", "2014-04-29T18:30:38Z"},
        {"1398796238.120", "2014-04-29T18:30:38.12Z"},
        {"1.398796238E9", "2014-04-29T18:30:38Z"},
        {"1398796238123e-3", "2014-04-29T18:30:38.123Z"},
        {"0", "1970-01-01T00:00:00Z"},
        {"-0.5", "1969-12-31T23:59:59.5Z"},
        {"-1", "1969-12-31T23:59:59Z"},
        {"253402300799", "9999-12-31T23:59:59Z"},
        {"253402300800", NULL},
        {"1e40", NULL},
        {"1e400", NULL},
        {"99999999999999999999999999999999999999999999999", NULL},
        {"2019-13-15T18:32:45Z", NULL},
        {"2019-05-15T25:32:45Z", NULL},
        {"2019-05-15T18:32:45.Z", NULL},
        {"2019-05-15T18:32", NULL},
        {"2019-05-15T18:32:45X", NULL},
        {"", NULL},
        {".", NULL},
        {"1.2.3", NULL},
        {"yesterday", NULL},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_buf out = {0};
        cr_assert_eq(wgo_aws_time_text(&out, wgo_str(cases[i].text)), cases[i].want != NULL,
                     "%s: %.*s", cases[i].text, WGO_FMT(wgo_buf_view(&out)));
        cr_assert(wgo_str_is(wgo_buf_view(&out), cases[i].want ? cases[i].want : ""), "%s: %.*s",
                  cases[i].text, WGO_FMT(wgo_buf_view(&out)));
        wgo_buf_fini(&out);
    }
}
