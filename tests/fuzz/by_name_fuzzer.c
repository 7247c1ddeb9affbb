/* Documents whose secrets nobody named: what comes out is JSON again, and nothing in it stands
 * behind the name "password". */
#include "base/json.h"
#include "fuzz.h"
#include "model/by_name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_redactor redactor;
    struct wgo_arena arena;
    struct wgo_buf text = {0}, out = {0};
    require(wgo_redactor_init(&redactor, (struct wgo_str){0}, NULL) == WGO_OK);
    wgo_arena_init(&arena, 0);
    require(wgo_buf_str(&text, wgo_str_from((const char *)data, size)) &&
            wgo_buf_terminated(&text) != NULL);
    struct wgo_str document = wgo_buf_view(&text);
    if (wgo_json_check(document, NULL) == WGO_OK) {
        require(wgo_redact_by_name(&redactor, document, &arena, &out));
        require(wgo_buf_terminated(&out) != NULL);
        require(wgo_json_check(wgo_buf_view(&out), NULL) == WGO_OK);
        struct wgo_str value = wgo_json_get(wgo_buf_view(&out), WGO_STR("password"));
        enum wgo_json_kind kind = value.ptr ? wgo_json_kind_of(value) : WGO_JSON_NULL;
        require(kind != WGO_JSON_NUMBER);
        require(kind != WGO_JSON_STRING || wgo_str_is(value, "\"redacted\""));
    }
    wgo_buf_fini(&out);
    wgo_buf_fini(&text);
    wgo_arena_fini(&arena);
    wgo_redactor_fini(&redactor);
    return 0;
}
