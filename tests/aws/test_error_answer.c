/* What failed answers say. */
#include "aws/error_answer.h"

#include <criterion/criterion.h>

struct error_case {
    int http_status;
    const char *headers, *body;
    const char *code, *message, *request_id, *region;
};

static const struct error_case cases[] = {
    {400, "",
     "<?xml version=\"1.0\"?>\n<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>"
     "Request limit exceeded.</Message></Error></Errors><RequestID>r1</RequestID></Response>",
     "RequestLimitExceeded", "Request limit exceeded.", "r1", ""},
    {400, "",
     "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate "
     "exceeded</Message></Error><RequestId>r2</RequestId></ErrorResponse>",
     "Throttling", "Rate exceeded", "r2", ""},
    {301, "x-amz-request-id: r3\nx-amz-bucket-region: eu-west-1\n",
     "<Error><Code>PermanentRedirect</Code><Message>The bucket\nis elsewhere</Message><Endpoint>b."
     "s3.eu-central-1.amazonaws.com</Endpoint></Error>",
     "PermanentRedirect", "The bucket is elsewhere", "r3", "eu-west-1"},
    {301, "",
     "<Error><Code>PermanentRedirect</Code><Message/><Endpoint>b.s3-eu-central-1.amazonaws.com"
     "</Endpoint><RequestId>r4</RequestId></Error>",
     "PermanentRedirect", "", "r4", "eu-central-1"},
    {301, "", "<Error><Code>A</Code><Endpoint>b.s3.amazonaws.com</Endpoint></Error>", "A", "", "",
     ""},
    {301, "", "<Error><Code>A</Code><Endpoint>s3.eu-north-1.amazonaws.com.cn</Endpoint></Error>",
     "A", "", "", "eu-north-1"},
    {400, "", "<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-west-2</Region></Error>",
     "AuthorizationHeaderMalformed", "", "", "us-west-2"},
    {404, "x-amz-request-id: r5\nx-amz-bucket-region: us-east-2\n", "", "404", "", "r5",
     "us-east-2"},
    {400, "x-amzn-requestid: r6\n",
     "{\"__type\":\"com.amazon.coral#ThrottlingException\",\"message\":\"Rate \\u00e4\"}",
     "ThrottlingException", "Rate \xc3\xa4", "r6", ""},
    {400, "", "{\"__type\":\"AccessDenied\",\"Message\":\"No\"}", "AccessDenied", "No", "", ""},
    {400, "x-amzn-errortype: ResourceNotFoundException:http://internal/\n", "{\"message\":\"m\"}",
     "ResourceNotFoundException", "m", "", ""},
    {400, "x-amzn-errortype: A\nx-amzn-query-error: AWS.Old.Code;Sender\n",
     "{\"__type\":\"com.x#B\"}", "AWS.Old.Code", "", "", ""},
    {400, "x-amzn-query-error: malformed\n", "{\"__type\":\"B\"}", "B", "", "", ""},
    {400, "", "{\"code\":\"C\",\"message\":null,\"Message\":\"m\"}", "C", "m", "", ""},
    {400, "", "{\"Code\":7}", "7", "", "", ""},
    {400, "", "{\"message\":\"only\"}", "400", "only", "", ""},
    {403, "", "<AccessDeniedException><Message>Unable</Message></AccessDeniedException>",
     "AccessDeniedException", "Unable", "", ""},
    {404, "", "<UnknownOperationException/>", "UnknownOperationException", "", "", ""},
    {503, "", "<html><body><b>Http/1.1 Service Unavailable</b></body></html>", "503", "", "", ""},
    {503, "", "<html><br></html>", "503", "", "", ""},
    {500, "x-amzn-requestid: r7\n", "<Error><Code>Cut</Code><Mess", "500", "", "r7", ""},
    {500, "", "{\"__type\":\"Cut", "500", "", "", ""},
    {500, "", "[1]", "500", "", "", ""},
    {500, "", "plain", "500", "", "", ""},
    {500, "", "<!DOCTYPE a [<!ENTITY b 'c'>]><Error><Code>&b;</Code></Error>", "500", "", "", ""},
    {400, "", "\xEF\xBB\xBF<Error><Code>A</Code></Error>", "A", "", "", ""},
    {400, "", "<ErrorResponse><Error><Code>a:b#C</Code></Error></ErrorResponse>", "a", "", "", ""},
};

static void read_case(int http_status, const char *headers, struct wgo_str body,
                      struct wgo_aws_error *out)
{
    struct wgo_response response;
    wgo_response_init(&response);
    response.http_status = http_status;
    wgo_buf_cstr(&response.headers, headers);
    wgo_buf_str(&response.body, body);
    wgo_aws_error_read(&response, out);
    wgo_response_fini(&response);
}

Test(aws_error, read)
{
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_aws_error error;
        read_case(cases[i].http_status, cases[i].headers, wgo_str(cases[i].body), &error);
        cr_assert_str_eq(error.code, cases[i].code, "%s: %s", cases[i].body, error.code);
        cr_assert_str_eq(error.message, cases[i].message, "%s: %s", cases[i].body, error.message);
        cr_assert_str_eq(error.request_id, cases[i].request_id, "%s: %s", cases[i].body,
                         error.request_id);
        cr_assert_str_eq(error.region, cases[i].region, "%s: %s", cases[i].body, error.region);
    }
}

/* Texts of any length are cut between characters. */
Test(aws_error, long_texts)
{
    for (int before = 500; before < 516; before++) {
        struct wgo_buf body = {0};
        struct wgo_aws_error error;
        wgo_buf_cstr(&body, "{\"__type\":\"");
        for (int i = 0; i < 300; i++) {
            wgo_buf_char(&body, 'c');
        }
        wgo_buf_cstr(&body, "\",\"message\":\"");
        for (int i = 0; i < before; i++) {
            wgo_buf_char(&body, 'm');
        }
        wgo_buf_cstr(&body, "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\"}");
        read_case(400, "", wgo_buf_view(&body), &error);
        cr_assert_eq(strlen(error.code), sizeof(error.code) - 1);
        cr_assert(wgo_str_is_utf8(wgo_str(error.message), NULL));
        cr_assert_geq(strlen(error.message), sizeof(error.message) - 4);
        wgo_buf_fini(&body);
    }
}

Test(aws_error, instead_of_an_answer)
{
    static const struct {
        const char *headers, *body, *items;
        bool instead;
    } answers[] = {
        {"", "{\"__type\":\"x#A\",\"message\":\"m\"}", "Things[]", true},
        {"", "{\"message\":\"m\"}", "Things[]", true},
        {"", "{\"__type\":\"x#A\",\"Things\":[]}", "Things[]", false},
        {"", "{\"Some\":{},\"__type\":\"x#A\"}", "Some.Things[]", false},
        {"", "{\"NextToken\":\"t\"}", "Things[]", false},
        {"", "{}", "Things[]", false},
        {"", "{\"code\":404}", "Things[]", false},
        {"", "{\"__type\":\"x#A\"", "Things[]", false},
        {"", "{\"__type\":\"x#A\"}", ".", true},
        {"", "{\"__type\":\"x#A\",\"Policy\":\"p\"}", ".", false},
        {"", "{\"Message\":\"m\"}", "", true},
        {"", "[]", "Things[]", false},
        {"", "", "Things[]", false},
        {"x-amzn-errortype: A\n", "{}", "Things[]", true},
        {"", "<?xml version='1.0'?>\n<!-- c --> <Response><Errors/></Response>", "T[]", true},
        {"", "\xEF\xBB\xBF<s:ErrorResponse xmlns:s='x'/>", "T[]", true},
        {"", "<Error>", ".", true},
        {"", "<UnknownOperationException/>", "T[]", true},
        {"", "<DescribeResponse><Error/></DescribeResponse>", "T[]", false},
        {"", "<?xml", "T[]", false},
        {"", "<", "T[]", false},
    };
    for (size_t i = 0; i < WGO_COUNT(answers); i++) {
        struct wgo_response response;
        wgo_response_init(&response);
        response.http_status = 200;
        wgo_buf_cstr(&response.headers, answers[i].headers);
        wgo_buf_cstr(&response.body, answers[i].body);
        cr_assert_eq(wgo_aws_error_instead(&response, wgo_str(answers[i].items)),
                     answers[i].instead, "%s", answers[i].body);
        wgo_response_fini(&response);
    }
}
