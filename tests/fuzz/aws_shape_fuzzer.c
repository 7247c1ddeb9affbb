/* Texts of shapes: read, or an error with a line; what was read can be used on a small answer. */
#include "aws/xml_json.h"
#include "base/json.h"
#include "fuzz.h"

static void use(const struct wgo_aws_output *output)
{
    static const char body[] = "<A a='1'><R><a>1</a><b><a><k>1</k><v>2</v></a></b><a><a/></a></R>"
                               "<a>1</a><b><a><k>1</k><v>2</v></a></b><a/></A>";
    struct wgo_response response;
    struct wgo_buf out = {0};
    wgo_response_init(&response);
    wgo_buf_cstr(&response.body, body);
    wgo_buf_cstr(&response.headers, "a: 1\n");
    if (wgo_aws_xml_to_json(output, &response, &out, NULL) == WGO_OK) {
        require(wgo_json_check(wgo_buf_view(&out), NULL) == WGO_OK);
    }
    wgo_buf_fini(&out);
    wgo_response_fini(&response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_arena arena = {0};
    struct wgo_error err = {0};
    const struct wgo_aws_service *service = NULL;
    enum wgo_status status = wgo_aws_service_parse(
        &arena, WGO_STR("fuzz"), wgo_str_from((const char *)data, size), &service, &err);
    if (status) {
        require(!service && err.status == status);
    } else {
        for (size_t i = 0; i < service->output_count; i++) {
            const struct wgo_aws_output *output = &service->outputs[i];
            require(wgo_aws_service_output(service, output->operation) == output);
            use(output);
        }
    }
    wgo_arena_fini(&arena);
    return 0;
}
