/* Errors as documents, in XML and JSON. */
#include "aws/error_private.h"

#include "base/json.h"
#include "base/xml.h"

enum { MOST_MEMORY = 4 << 20 }; /* of a document's tree; an error is a few hundred bytes */

static struct wgo_str text_of(const struct wgo_xml *node, const char *name, const char *other)
{
    struct wgo_str text = wgo_xml_text(node, name);
    return text.ptr ? text : wgo_xml_text(node, other);
}

/* The element that holds Code and Message, or NULL. */
static const struct wgo_xml *find_error(const struct wgo_xml *root)
{
    if (wgo_str_is(root->name, "Error")) {
        return root;
    }
    const struct wgo_xml *errors = wgo_xml_child(root, "Errors");
    return wgo_xml_child(errors ? errors : root, "Error");
}

static bool read_tree(const struct wgo_xml *root, struct wgo_aws_error *out)
{
    const struct wgo_xml *error = find_error(root);
    if (error) {
        wgo_aws_error_text(wgo_aws_error_bare_code(wgo_xml_text(error, "Code")), out->code,
                           sizeof(out->code));
    } else if (wgo_str_ends(root->name, WGO_STR("Exception"))) {
        error = root; /* <UnknownOperationException/>: the name is the code */
        wgo_aws_error_text(root->name, out->code, sizeof(out->code));
    } else {
        return false;
    }
    wgo_aws_error_text(text_of(error, "Message", "message"), out->message, sizeof(out->message));
    struct wgo_str id = text_of(root, "RequestId", "RequestID");
    id = id.ptr ? id : text_of(error, "RequestId", "RequestID");
    wgo_aws_error_text(id.ptr ? id : wgo_xml_text(root, "requestId"), out->request_id,
                       sizeof(out->request_id));
    wgo_aws_error_text(wgo_aws_error_endpoint_region(wgo_xml_text(error, "Endpoint")), out->region,
                       sizeof(out->region));
    wgo_aws_error_text(wgo_xml_text(error, "Region"), out->region, sizeof(out->region));
    return true;
}

bool wgo_aws_error_from_xml(struct wgo_str body, struct wgo_aws_error *out)
{
    struct wgo_arena arena;
    struct wgo_xml *root = NULL;
    wgo_arena_init(&arena, MOST_MEMORY);
    bool ok = wgo_xml_parse(&arena, body, &root, NULL) == WGO_OK && read_tree(root, out);
    wgo_arena_fini(&arena);
    return ok;
}

bool wgo_aws_error_is_root(struct wgo_str name)
{
    return wgo_str_is(name, "Error") || wgo_str_is(name, "ErrorResponse") ||
           wgo_str_is(name, "Response") || wgo_str_ends(name, WGO_STR("Exception"));
}

/* Past what begins with 'from', when the text does; false: it does not, or never ends. */
static bool skip(struct wgo_str *text, struct wgo_str from, struct wgo_str to)
{
    if (!wgo_str_starts(*text, from)) {
        return false;
    }
    size_t end = wgo_str_find(*text, to);
    *text = wgo_str_trim(wgo_str_slice(*text, end + to.len, text->len));
    return text->len > 0;
}

bool wgo_aws_error_in_xml(struct wgo_str body)
{
    while (skip(&body, WGO_STR("<?"), WGO_STR("?>")) ||
           skip(&body, WGO_STR("<!--"), WGO_STR("-->"))) {
    }
    size_t end = 1;
    while (end < body.len && !strchr(" \t\r\n/>", body.ptr[end])) {
        end++;
    }
    struct wgo_str name = wgo_str_slice(body, 1, end);
    size_t colon = wgo_str_find_char(name, ':');
    return wgo_aws_error_is_root(wgo_str_slice(name, colon < name.len ? colon + 1 : 0, name.len));
}

static const char *const CODES[] = {"__type", "code", "Code"};
static const char *const MESSAGES[] = {"message", "Message", "errorMessage"};

/* In the order of what counts more: of several names of one thing the first that is there. */
static struct wgo_str member_text(struct wgo_str body, const char *const *names, size_t count,
                                  struct wgo_arena *arena)
{
    struct wgo_str text = {0};
    for (size_t i = 0; i < count && text.len == 0; i++) {
        struct wgo_str raw = wgo_json_get(body, wgo_str(names[i]));
        enum wgo_json_kind kind = wgo_json_kind_of(raw);
        if (kind == WGO_JSON_STRING || kind == WGO_JSON_NUMBER) {
            text = wgo_json_text(raw, arena);
        }
    }
    return text;
}

bool wgo_aws_error_from_json(struct wgo_str body, struct wgo_aws_error *out)
{
    if (wgo_json_kind_of(body) != WGO_JSON_OBJECT || wgo_json_check(body, NULL) != WGO_OK) {
        return false;
    }
    struct wgo_arena arena;
    wgo_arena_init(&arena, MOST_MEMORY);
    struct wgo_str code = member_text(body, CODES, WGO_COUNT(CODES), &arena);
    wgo_aws_error_text(wgo_aws_error_bare_code(code), out->code, sizeof(out->code));
    wgo_aws_error_text(member_text(body, MESSAGES, WGO_COUNT(MESSAGES), &arena), out->message,
                       sizeof(out->message));
    wgo_arena_fini(&arena);
    return true;
}

static bool is_one_of(struct wgo_str name, const char *const *names, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count && !found; i++) {
        found = wgo_str_is(name, names[i]);
    }
    return found;
}

bool wgo_aws_error_in_json(struct wgo_str body, struct wgo_str items)
{
    bool lists = items.len > 0 && !wgo_str_is(items, ".");
    struct wgo_str list = wgo_str_slice(items, 0, wgo_str_find_char(items, '['));
    list = wgo_str_slice(list, 0, wgo_str_find_char(list, '.'));
    bool said = false;
    struct wgo_json json;
    struct wgo_str name, value;
    wgo_json_init(&json, body);
    (void)wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &name)) {
        bool word = is_one_of(name, CODES, WGO_COUNT(CODES)) ||
                    is_one_of(name, MESSAGES, WGO_COUNT(MESSAGES));
        if ((lists ? wgo_str_eq(name, list) : !word) || !wgo_json_skip(&json, &value)) {
            return false; /* a list, or a document of its own */
        }
        said = said || (word && wgo_json_kind_of(value) == WGO_JSON_STRING);
    }
    return said && wgo_json_finish(&json);
}
