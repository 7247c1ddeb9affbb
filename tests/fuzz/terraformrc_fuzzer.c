/* terraformrc_fuzzer.c: tokens out of Terraform's CLI configuration. Whatever the text: it ends,
 * and what it gives is a piece of it. */
#include "fuzz.h"
#include "terraform/cloud_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str text = {(const char *)data, size};
    struct wgo_str token = wgo_tf_cli_token(text, WGO_STR("app.terraform.io"));
    if (token.len && (token.ptr < text.ptr || token.ptr + token.len > text.ptr + text.len)) {
        abort();
    }
    return 0;
}
