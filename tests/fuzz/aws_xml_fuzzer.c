/* XML answers: whatever comes in, JSON that can be read or an error and nothing. The first byte
 * says which operation's answer it is to be. */
#include "aws/xml_json.h"
#include "base/json.h"
#include "fuzz.h"

static const char shapes[] =
    "protocol rest-xml\n"
    "op A\n Name=n\n Count=c int\n Ratio=r float\n On=o bool\n When=w time\n Data=d blob\n"
    " Doc=p policy\n Template=j json\n Items=i list i .T\n Flat=f flat .T\n Map=m map k v .T\n"
    " FlatMap=g flatmap k v int\n Nested=e list a list b int\n"
    "op B in R\n Flat=f flat int\n Map=m map k v list i time\n Name=n\n"
    "op C\n Text=.\n Meta=^x-* map key value\n"
    "op D\n Thing=. .T\n ETag=^e\n"
    "op E\n Body=$ blob\n"
    "type T\n Id=i\n Type=@t int\n Self=s .T\n Kids=f flat .T\n Map=g flatmap k v .T\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wgo_arena arena; /* the service lives as long as the program */
    static const struct wgo_aws_service *service;
    if (!service) {
        require(wgo_aws_service_parse(&arena, WGO_STR("fuzz"), WGO_STR(shapes), &service, NULL) ==
                WGO_OK);
    }
    if (size == 0) {
        return 0;
    }
    struct wgo_response response;
    struct wgo_buf out = {0};
    struct wgo_error err = {0};
    wgo_response_init(&response);
    wgo_buf_append(&response.body, data + 1, size - 1);
    wgo_buf_cstr(&response.headers, "e: tag\nx-a: b\n");
    enum wgo_status status = wgo_aws_xml_to_json(&service->outputs[data[0] % service->output_count],
                                                 &response, &out, &err);
    if (status == WGO_OK) {
        require(wgo_json_check(wgo_buf_view(&out), NULL) == WGO_OK && out.ptr[0] == '{');
    } else {
        require(out.len == 0 && err.status == status && err.message[0]);
    }
    wgo_buf_fini(&out);
    wgo_response_fini(&response);
    return 0;
}
