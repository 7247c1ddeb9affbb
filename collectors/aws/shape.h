/* shape.h: what the answers of AWS's XML protocols look like.
 *
 * One text a service, shapes/<botocore's service name>.shapes, made by scripts/aws-shapes.py and
 * put in at build time. A line that begins with '#' is a comment; the others are
 *
 *   protocol ec2|query|rest-xml
 *   version 2016-11-15                 the API version, as query requests name it
 *   op DescribeDBInstances in DescribeDBInstancesResult
 *   type DBInstance                    a structure; named once, used as ".DBInstance"
 *    Member[=place] [type]             a member of the op or type above: one space before it
 *
 * 'place' is the element that holds the member, when it is called otherwise; or one of
 *   @name    an attribute of the structure's own element
 *   ^name    a header of the answer; ^name* all headers that begin so, as a map; ^ the HTTP status
 *   .        the document's root element itself
 *   $        the body as it is: text, or base64 for a blob
 * 'type' is string when absent, or
 *   bool int float blob                blob: base64 text
 *   time                               ISO 8601, HTTP's dates or seconds since 1970: told apart
 *   policy                             a percent-encoded JSON document
 *   json                               a JSON object when it is one, else a string
 *   .Name                              a structure
 *   list ITEM type                     elements ITEM (their name is not checked)
 *   flat type                          the member's element once for every item
 *   map KEY VALUE type                 entries (any name) of elements KEY and VALUE
 *   flatmap KEY VALUE type             the member's element once for every entry
 *
 * Ownership: wgo_aws_shapes owns what it parsed; outputs and shapes live as long as it does.
 * Threads:   wgo_aws_shapes_find() may be called from any number; a service is parsed by the first
 *            who asks, once, and is read-only afterwards.
 * Failure:   NOT_FOUND, and PARSE with the line of a text that does not follow the notation. */
#ifndef WGO_AWS_SHAPE_H
#define WGO_AWS_SHAPE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define WGO_AWS_MEMBERS 255 /* of one structure, at most */

enum wgo_aws_protocol {
    WGO_AWS_EC2,
    WGO_AWS_QUERY,
    WGO_AWS_REST_XML,
};

enum wgo_aws_kind {
    WGO_AWS_STRING,
    WGO_AWS_BOOL,
    WGO_AWS_INT,
    WGO_AWS_FLOAT,
    WGO_AWS_BLOB,
    WGO_AWS_TIME,
    WGO_AWS_POLICY,
    WGO_AWS_JSON,
    WGO_AWS_STRUCTURE, /* the first that holds others */
    WGO_AWS_LIST,
    WGO_AWS_MAP,
};

enum wgo_aws_place {
    WGO_AWS_ELEMENT,
    WGO_AWS_ATTRIBUTE,
    WGO_AWS_HEADER,
    WGO_AWS_HEADERS,
    WGO_AWS_HTTP_STATUS,
    WGO_AWS_ROOT,
    WGO_AWS_BODY,
};

struct wgo_aws_member {
    struct wgo_str element; /* name of the element, attribute or header */
    struct wgo_str key;     /* `,"Name":` ready to be written */
    const struct wgo_aws_shape *shape;
    enum wgo_aws_place place;
    uint8_t index; /* in its structure */
};

struct wgo_aws_shape {
    enum wgo_aws_kind kind;
    bool flat;                            /* lists and maps: no element around the items */
    const struct wgo_aws_shape *item;     /* of lists; the value's of maps */
    struct wgo_str item_name;             /* of lists */
    struct wgo_str key_name, value_name;  /* of maps */
    const struct wgo_aws_member *members; /* of structures, in the model's order */
    uint8_t member_count, attribute_count;
    const struct wgo_aws_member *root, *raw; /* the member that is the root, or the body */
    const uint8_t *slots;                    /* hash table over elements: index + 1, 0 = free */
    unsigned slot_mask;
};

struct wgo_aws_output {
    struct wgo_str operation;
    struct wgo_str wrapper; /* query: the element that holds the result; empty = the root does */
    const struct wgo_aws_service *service;
    struct wgo_aws_shape shape; /* WGO_AWS_STRUCTURE */
    bool has_elements;          /* some member is in the body's XML */
};

struct wgo_aws_service {
    struct wgo_str name, version;
    enum wgo_aws_protocol protocol;
    struct wgo_aws_output *outputs; /* sorted by operation */
    size_t output_count;
};

/* Parses 'text' into 'arena', which keeps everything, names too. */
WGO_NODISCARD enum wgo_status wgo_aws_service_parse(struct wgo_arena *arena, struct wgo_str name,
                                                    struct wgo_str text,
                                                    const struct wgo_aws_service **out_service,
                                                    struct wgo_error *err);
/* NULL when the service has no such operation. */
const struct wgo_aws_output *wgo_aws_service_output(const struct wgo_aws_service *service,
                                                    struct wgo_str operation);
/* The member that the element (or prefix:element) called 'name' is, or NULL. */
const struct wgo_aws_member *wgo_aws_shape_member(const struct wgo_aws_shape *shape,
                                                  const char *name);

/* ---- the services that are built in ---- */

struct wgo_aws_shapes;

WGO_NODISCARD enum wgo_status wgo_aws_shapes_new(struct wgo_aws_shapes **out_shapes,
                                                 struct wgo_error *err);
void wgo_aws_shapes_free(struct wgo_aws_shapes *shapes);
/* 'service' as botocore names it. */
WGO_NODISCARD enum wgo_status wgo_aws_shapes_find(struct wgo_aws_shapes *shapes,
                                                  struct wgo_str service, struct wgo_str operation,
                                                  const struct wgo_aws_output **out_output,
                                                  struct wgo_error *err);

#endif
