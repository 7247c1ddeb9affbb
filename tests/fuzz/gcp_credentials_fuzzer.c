/* Credential files and error answers of Google's, as somebody else might have written them. */
#include "gcp/config.h"
#include "gcp/error_answer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_gcp_config *config = calloc(1, sizeof(*config));
    struct wgo_gcp_error answer;
    struct wgo_error error = {0};
    struct wgo_str bytes = wgo_str_from((const char *)data, size);
    if (!config) {
        return 0;
    }
    enum wgo_status status = wgo_gcp_config_read(config, bytes, 0, &error);
    if ((status == WGO_OK) == (error.message[0] != '\0')) {
        abort(); /* a failure says why, and nothing else does */
    }
    wgo_gcp_config_free(config);
    wgo_gcp_error_read(bytes, &answer);
    if (memchr(answer.message, '\n', strlen(answer.message))) {
        abort();
    }
    return 0;
}
