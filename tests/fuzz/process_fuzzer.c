/* Processes: what goes in as an argument or a variable comes out byte for byte, or not at all. */
#include "base/process.h"
#include "fuzz.h"

enum { LARGEST = 4096 };

/* The first byte chooses the bound and the way, the rest is the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const env_script[] = {"sh", "-c", "printf %s \"$WGO_FUZZ\"", NULL};
    if (size < 1 || size > LARGEST || memchr(data + 1, '\0', size - 1)) {
        return 0;
    }
    char text[LARGEST + 16] = "WGO_FUZZ=";
    size_t prefix = strlen(text), len = size - 1;
    memcpy(text + prefix, data + 1, len);
    const char *echo[] = {"printf", "%s", text + prefix, NULL};
    const char *env[] = {text, NULL};
    struct wgo_buf out = {0};
    struct wgo_error err = {0};
    struct wgo_process_options options = {
        .argv = data[0] & 1 ? env_script : echo,
        .env = env,
        .max_output = (size_t)(data[0] >> 1) + 1,
    };
    enum wgo_status status = wgo_process_run(&options, &out, &err);
    if (len > options.max_output) {
        require(status == WGO_E_TOO_LARGE && err.status == status && out.len == 0);
    } else {
        require(status == WGO_OK && out.len == len &&
                (len == 0 || memcmp(text + prefix, out.ptr, len) == 0));
    }
    wgo_buf_fini(&out);
    return 0;
}
