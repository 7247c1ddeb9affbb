#include "k8s/review.h"

#include <string.h>

#include "core/conf.h"
#include "k8s/protobuf.h"
#include "k8s/status.h"

static struct json_object *parse_spec(struct fc_request *rq, struct fc_reply *reply,
                                      struct json_object **out_spec)
{
    const char *type = fc_request_header(rq, "Content-Type");
    struct json_object *body = NULL;

    if (type != NULL && strncmp(type, "application/vnd.kubernetes.protobuf", 35) == 0) {
        body = k8s_protobuf_review((struct fc_str){rq->body.data, rq->body.len});
    } else if (rq->body.len > 0) {
        body = json_tokener_parse(rq->body.data);
    }

    *out_spec = fc_conf_get(body, "spec");
    if (*out_spec == NULL || !json_object_is_type(*out_spec, json_type_object)) {
        k8s_status_message(reply, 400, "BadRequest",
                           "the object provided is unrecognized (must be of type review)");
        json_object_put(body);
        return NULL;
    }
    return body;
}

static struct fc_str member(struct json_object *obj, const char *key)
{
    struct json_object *v = fc_conf_get(obj, key);

    if (v == NULL || !json_object_is_type(v, json_type_string)) {
        return (struct fc_str){"", 0};
    }
    return fc_str_of(json_object_get_string(v));
}

static void begin(struct fc_text *t, const char *kind, struct json_object *spec)
{
    fc_text_printf(t,
                   "{\"kind\":\"%s\",\"apiVersion\":\"authorization.k8s.io/v1\",\"metadata\":"
                   "{\"creationTimestamp\":null},\"spec\":%s,\"status\":",
                   kind, json_object_to_json_string_ext(spec, JSON_C_TO_STRING_PLAIN));
}

void k8s_review_access(const struct k8s_user *user, struct fc_request *rq, struct fc_reply *reply)
{
    struct json_object *spec, *attributes;
    struct json_object *body = parse_spec(rq, reply, &spec);
    struct k8s_attributes want;
    struct fc_text t = {0};
    bool may = true;

    if (body == NULL) {
        return;
    }
    attributes = fc_conf_get(spec, "resourceAttributes");
    if (attributes != NULL) {
        want = (struct k8s_attributes){
            .verb = member(attributes, "verb"),
            .group = member(attributes, "group"),
            .resource = member(attributes, "resource"),
            .subresource = member(attributes, "subresource"),
            .ns = member(attributes, "namespace"),
            .name = member(attributes, "name"),
        };
        may = k8s_user_may(user, &want);
    }
    begin(&t, "SelfSubjectAccessReview", spec);
    fc_text_printf(&t, "{\"allowed\":%s%s}}\n", may ? "true" : "false",
                   may ? ",\"reason\":\"RBAC: allowed by the scenario\"" : "");
    fc_reply_text(reply, 201, K8S_JSON, &t);
    json_object_put(body);
}

void k8s_review_rules(const struct k8s_user *user, struct fc_request *rq, struct fc_reply *reply)
{
    struct json_object *spec;
    struct json_object *body = parse_spec(rq, reply, &spec);
    struct fc_text t = {0};
    struct fc_str ns;

    if (body == NULL) {
        return;
    }
    ns = member(spec, "namespace");
    if (ns.n == 0) {
        k8s_status_message(reply, 400, "BadRequest", "no namespace on request");
    } else {
        begin(&t, "SelfSubjectRulesReview", spec);
        k8s_user_rules(user, ns, &t);
        fc_text_puts(&t, "}\n");
        fc_reply_text(reply, 201, K8S_JSON, &t);
    }
    json_object_put(body);
}

void k8s_review_self(const struct k8s_user *user, struct fc_reply *reply)
{
    struct fc_text t = {0};

    fc_text_puts(&t, "{\"kind\":\"SelfSubjectReview\",\"apiVersion\":\"authentication.k8s.io/v1\","
                     "\"metadata\":{\"creationTimestamp\":null},\"status\":{\"userInfo\":"
                     "{\"username\":");
    fc_text_json(&t, fc_str_of(k8s_user_name(user)));
    fc_text_puts(&t, ",\"groups\":[\"system:authenticated\"]}}}\n");
    fc_reply_text(reply, 201, K8S_JSON, &t);
}
