#include "k8s/protobuf.h"

#include <string.h>

enum { VARINT = 0, BYTES = 2 };

/* One field of a message: its number and, for BYTES, its content. */
struct field {
    uint64_t number;
    unsigned wire;
    struct fc_str bytes;
};

static bool read_varint(struct fc_str *s, uint64_t *out)
{
    unsigned shift;

    *out = 0;
    for (shift = 0; shift < 64 && s->n > 0; shift += 7) {
        unsigned char c = (unsigned char)*s->p++;

        s->n--;
        *out |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80) {
            return true;
        }
    }
    return false;
}

static bool read_field(struct fc_str *s, struct field *out)
{
    uint64_t tag, value;

    if (!read_varint(s, &tag) || !read_varint(s, &value)) {
        return false;
    }
    out->number = tag >> 3;
    out->wire = (unsigned)(tag & 7);
    out->bytes = (struct fc_str){NULL, 0};
    if (out->wire == BYTES) {
        if (value > s->n) {
            return false;
        }
        out->bytes = (struct fc_str){s->p, (size_t)value};
        s->p += value;
        s->n -= (size_t)value;
    }
    return out->wire == BYTES || out->wire == VARINT;
}

/* The content of the field 'number' of a message; {NULL, 0} when it is not there. */
static struct fc_str find(struct fc_str message, uint64_t number)
{
    struct field f;

    while (read_field(&message, &f)) {
        if (f.number == number && f.wire == BYTES) {
            return f.bytes;
        }
    }
    return (struct fc_str){NULL, 0};
}

static void add(struct json_object *obj, const char *key, struct fc_str value)
{
    if (value.n > 0) {
        json_object_object_add(obj, key, json_object_new_string_len(value.p, (int)value.n));
    }
}

struct json_object *k8s_protobuf_review(struct fc_str body)
{
    static const char *const attributes[] = {"namespace", "verb",        "group", "version",
                                             "resource",  "subresource", "name"};
    struct json_object *review, *spec, *obj;
    struct fc_str kind, message;
    size_t i;

    if (body.n < 4 || memcmp(body.p, "k8s", 4) != 0) {
        return NULL;
    }
    body.p += 4;
    body.n -= 4;
    kind = find(find(body, 1), 2);
    message = find(find(body, 2), 2); /* The raw object's spec. */
    if (!fc_str_eq(kind, "SelfSubjectAccessReview") && !fc_str_eq(kind, "SelfSubjectRulesReview")) {
        return NULL;
    }
    review = json_object_new_object();
    spec = json_object_new_object();
    json_object_object_add(review, "spec", spec);
    if (fc_str_eq(kind, "SelfSubjectRulesReview")) {
        add(spec, "namespace", find(message, 1));
    } else if (find(message, 1).p != NULL) {
        obj = json_object_new_object();
        json_object_object_add(spec, "resourceAttributes", obj);
        for (i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
            add(obj, attributes[i], find(find(message, 1), i + 1));
        }
    }
    return review;
}
