/* json_differential_fuzzer.c: our reader beside json-c's strict one.
 *
 * Where json-c 0.16 knowingly differs, the input is passed over: see lenient(). Everywhere else
 * both accept or both refuse, and what our copy says is what the document says. */
#include "base/json.h"
#include "fuzz.h"

#include <json-c/json.h>

static bool parse(struct wgo_str text, struct json_object **out_value)
{
    struct json_tokener *tokener = json_tokener_new_ex(WGO_JSON_DEPTH + 1);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    *out_value = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);
    enum json_tokener_error error = json_tokener_get_error(tokener);
    if (error == json_tokener_continue) {
        *out_value = json_tokener_parse_ex(tokener, "\n", 1); /* what ends a number */
        error = json_tokener_get_error(tokener);
    }
    json_tokener_free(tokener);
    if (error != json_tokener_success) {
        json_object_put(*out_value);
        *out_value = NULL;
    }
    return error == json_tokener_success;
}

/* True when json-c may accept what failed in 'json'. */
static bool lenient(const struct wgo_json *json)
{
    static const char *const liberties[] = {
        "malformed UTF-8", /* it looks at the shape of sequences only */
        "control character in a string",
        "a digit is missing in a number", /* "1.", "-.5", "-Infinity" */
        "a number must not begin with 0", /* "-01" */
    };
    for (size_t i = 0; i < WGO_COUNT(liberties); i++) {
        if (strcmp(json->problem, liberties[i]) == 0) {
            return true;
        }
    }
    /* NaN, Infinity, strings in single quotes, and a NUL byte for the end of the document. */
    return json->at < json->end && memchr("NI'", *json->at, 4) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str document = {size ? (const char *)data : "", size};
    struct wgo_buf copy = {0};
    struct wgo_json json;
    wgo_json_init(&json, document);
    bool ours = wgo_json_skip(&json, NULL) && wgo_json_finish(&json);
    struct json_object *value, *copied;
    bool theirs = parse(document, &value);
    require(wgo_json_check(document, NULL) == json.status);
    require(ours == theirs || (theirs && lenient(&json)));
    if (ours) {
        require(wgo_json_compact(document, &copy));
        require(parse(wgo_buf_view(&copy), &copied));
        require(json_object_equal(value, copied));
        json_object_put(copied);
    }
    json_object_put(value);
    wgo_buf_fini(&copy);
    return 0;
}
