#include "aws/error.h"

#include <string.h>

/* Columns: ec2, query, json, rest-json, rest-xml, s3. */
struct usual {
    const char *code[6];
    unsigned status[6];
    const char *message;
};

static const struct usual usual[AWS_PROBLEMS] = {
    [AWS_PROBLEM_UNSIGNED] = {{"AuthFailure", "MissingAuthenticationToken",
                               "MissingAuthenticationTokenException",
                               "MissingAuthenticationTokenException", "MissingAuthenticationToken",
                               "AccessDenied"},
                              {401, 403, 400, 403, 403, 403},
                              "Request is missing Authentication Token"},
    [AWS_PROBLEM_UNKNOWN_KEY] = {{"AuthFailure", "InvalidClientTokenId",
                                  "UnrecognizedClientException", "UnrecognizedClientException",
                                  "InvalidClientTokenId", "InvalidAccessKeyId"},
                                 {401, 403, 400, 403, 403, 403},
                                 "The security token included in the request is invalid."},
    [AWS_PROBLEM_BAD_SIGNATURE] = {{"SignatureDoesNotMatch", "SignatureDoesNotMatch",
                                    "InvalidSignatureException", "InvalidSignatureException",
                                    "SignatureDoesNotMatch", "SignatureDoesNotMatch"},
                                   {403, 403, 400, 403, 403, 403},
                                   "The request signature we calculated does not match the "
                                   "signature you provided. Check your AWS Secret Access Key and "
                                   "signing method. Consult the service documentation for "
                                   "details."},
    [AWS_PROBLEM_EXPIRED] = {{"RequestExpired", "ExpiredToken", "ExpiredTokenException",
                              "ExpiredTokenException", "ExpiredToken", "ExpiredToken"},
                             {400, 403, 400, 403, 403, 400},
                             "The security token included in the request is expired"},
    [AWS_PROBLEM_DENIED] = {{"UnauthorizedOperation", "AccessDenied", "AccessDeniedException",
                             "AccessDeniedException", "AccessDenied", "AccessDenied"},
                            {403, 403, 400, 403, 403, 403},
                            "You are not authorized to perform this operation."},
    [AWS_PROBLEM_THROTTLED] = {{"RequestLimitExceeded", "Throttling", "ThrottlingException",
                                "TooManyRequestsException", "Throttling", "SlowDown"},
                               {503, 400, 400, 429, 400, 503},
                               "Rate exceeded"},
    [AWS_PROBLEM_INTERNAL] = {{"InternalError", "InternalFailure", "InternalFailure",
                               "InternalFailure", "InternalFailure", "InternalError"},
                              {500, 500, 500, 500, 500, 500},
                              "An internal error has occurred"},
    [AWS_PROBLEM_UNAVAILABLE] = {{"Unavailable", "ServiceUnavailable",
                                  "ServiceUnavailableException", "ServiceUnavailableException",
                                  "ServiceUnavailable", "ServiceUnavailable"},
                                 {503, 503, 503, 503, 503, 503},
                                 "The service is unavailable. Please try again shortly."},
    [AWS_PROBLEM_UNKNOWN_OPERATION] = {{"InvalidAction", "InvalidAction",
                                        "UnknownOperationException", "UnknownOperationException",
                                        "InvalidAction", "NotImplemented"},
                                       {400, 400, 400, 404, 400, 501},
                                       "This operation is not served"},
    [AWS_PROBLEM_BAD_PARAMETER] = {{"InvalidParameterValue", "ValidationError",
                                    "ValidationException", "InvalidParameterValueException",
                                    "InvalidInput", "InvalidArgument"},
                                   {400, 400, 400, 400, 400, 400},
                                   "A parameter of the request is not valid"},
    [AWS_PROBLEM_BAD_TOKEN] = {{"InvalidNextToken", "InvalidNextToken", "InvalidNextTokenException",
                                "InvalidParameterValueException", "InvalidInput",
                                "InvalidArgument"},
                               {400, 400, 400, 400, 400, 400},
                               "The token is not valid"},
    [AWS_PROBLEM_MISSING] = {{"InvalidParameterValue", "NoSuchEntity", "ResourceNotFoundException",
                              "ResourceNotFoundException", "NoSuchEntity", "NoSuchKey"},
                             {400, 404, 400, 404, 404, 404},
                             "What was asked for does not exist"},
};

enum aws_problem aws_problem_of(unsigned status)
{
    switch (status) {
    case 401:
        return AWS_PROBLEM_UNKNOWN_KEY;
    case 403:
        return AWS_PROBLEM_DENIED;
    case 404:
        return AWS_PROBLEM_MISSING;
    case 410:
        return AWS_PROBLEM_BAD_TOKEN;
    case 429:
        return AWS_PROBLEM_THROTTLED;
    case 502:
    case 503:
    case 504:
        return AWS_PROBLEM_UNAVAILABLE;
    default:
        return status >= 500 ? AWS_PROBLEM_INTERNAL : AWS_PROBLEM_BAD_PARAMETER;
    }
}

const char *aws_content_type(const struct aws_service *s)
{
    switch (s->protocol) {
    case AWS_PROTOCOL_JSON:
        return s->json != NULL && strcmp(s->json, "1.0") == 0 ? "application/x-amz-json-1.0"
                                                              : "application/x-amz-json-1.1";
    case AWS_PROTOCOL_REST_JSON:
        return "application/json";
    case AWS_PROTOCOL_S3:
        return "application/xml";
    case AWS_PROTOCOL_EC2:
        return "text/xml;charset=UTF-8";
    default:
        return "text/xml";
    }
}

void aws_reply_headers(const struct aws_service *s, const char *request_id, struct fc_reply *reply)
{
    if (s->protocol == AWS_PROTOCOL_S3) {
        fc_reply_header(reply, "x-amz-request-id", "%.16s", request_id);
        fc_reply_header(reply, "x-amz-id-2", "%s/%s", request_id, request_id);
    } else {
        fc_reply_header(reply, "x-amzn-RequestId", "%s", request_id);
    }
}

static void print_error(const struct aws_service *s, const char *code, unsigned status,
                        const char *message, const char *extra, const char *request_id,
                        struct fc_text *t)
{
    const char *side = status >= 500 ? "Receiver" : "Sender";

    switch (s->protocol) {
    case AWS_PROTOCOL_EC2:
        fc_text_printf(t,
                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error>"
                       "<Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>%s"
                       "</RequestID></Response>",
                       code, message, request_id);
        break;
    case AWS_PROTOCOL_S3:
        fc_text_printf(t,
                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code>"
                       "<Message>%s</Message>%s<RequestId>%.16s</RequestId><HostId>%s/%s</HostId>"
                       "</Error>",
                       code, message, extra != NULL ? extra : "", request_id, request_id,
                       request_id);
        break;
    case AWS_PROTOCOL_JSON:
        fc_text_printf(t, "{\"__type\":\"%s%s\",\"message\":",
                       s->json != NULL && strcmp(s->json, "1.0") == 0 ? "com.amazon.coral.service#"
                                                                      : "",
                       code);
        fc_text_json(t, fc_str_of(message));
        fc_text_puts(t, "}");
        break;
    case AWS_PROTOCOL_REST_JSON:
        fc_text_puts(t, "{\"message\":");
        fc_text_json(t, fc_str_of(message));
        fc_text_puts(t, "}");
        break;
    default:
        fc_text_printf(t,
                       "<ErrorResponse xmlns=\"%s\"><Error><Type>%s</Type><Code>%s</Code><Message>"
                       "%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>\n",
                       s->xmlns, side, code, message, request_id);
    }
}

void aws_error_reply(const struct aws_service *s, const struct aws_trouble *what,
                     const char *request_id, struct fc_reply *reply)
{
    const struct usual *u = &usual[what->problem];
    const char *code = u->code[s->protocol];
    unsigned status = u->status[s->protocol];
    struct fc_text t = {0};

    if (what->problem == AWS_PROBLEM_THROTTLED && s->throttle.code != NULL) {
        code = s->throttle.code;
        status = s->throttle.status != 0 ? s->throttle.status : status;
    }
    if (what->problem == AWS_PROBLEM_BAD_PARAMETER && s->invalid != NULL) {
        code = s->invalid;
    }
    code = what->code != NULL ? what->code : code;
    status = what->status != 0 ? what->status : status;
    print_error(s, code, status, what->message != NULL ? what->message : u->message, what->extra,
                request_id, &t);
    fc_reply_text(reply, status, aws_content_type(s), &t);
    aws_reply_headers(s, request_id, reply);
    if (s->query_codes) {
        bool queue = strcmp(code, "QueueDoesNotExist") == 0;

        fc_reply_header(reply, "x-amzn-query-error", "%s;%s",
                        queue ? "AWS.SimpleQueueService.NonExistentQueue" : code,
                        status >= 500 ? "Receiver" : "Sender");
    }
    if (s->protocol == AWS_PROTOCOL_REST_JSON) {
        fc_reply_header(reply, "x-amzn-ErrorType", "%s", code);
    }
}
