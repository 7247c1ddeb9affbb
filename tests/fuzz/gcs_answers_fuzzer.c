/* What Cloud Storage says to Terraform's gcs backend: pages of lists, and refusals. Whatever it is,
 * a page that is taken names everything it holds, and complaints can be shown. */
#include "fuzz.h"
#include "terraform/backend_gcs.h"

static void require_shown(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    require(len < size);
    for (size_t i = 0; i < len; i++) {
        require((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str text = wgo_str_from((const char *)data, size);
    struct wgo_arena arena = {0};
    struct wgo_tf_gcs_page page = {.count = 0};
    struct wgo_tf_gcs_complaint complaint;
    struct wgo_error err = {0};
    if (wgo_tf_gcs_page_read(text, &arena, &page, &err) == WGO_OK) {
        require(page.token.ptr && page.token.len <= size);
        for (size_t i = 0; i < page.count; i++) {
            require(page.names[i].ptr && page.names[i].len <= size);
            if (wgo_tf_gcs_is_state(page.names[i], WGO_STR("p/"))) {
                require(wgo_str_starts(page.names[i], WGO_STR("p/")));
            }
        }
    } else {
        require(err.message[0] != '\0' && page.count == 0);
    }
    wgo_tf_gcs_complaint_read(text, &complaint);
    require_shown(complaint.reason, sizeof(complaint.reason));
    require_shown(complaint.message, sizeof(complaint.message));
    struct wgo_str prefix = wgo_tf_gcs_prefix(text, &arena);
    require(!prefix.ptr || prefix.len == 0 || prefix.ptr[prefix.len - 1] == '/');
    struct wgo_str address = wgo_str_slice(text, 0, wgo_str_find_char(text, '\0'));
    struct wgo_str api = wgo_tf_gcs_api(address, &arena); /* settings are C's strings */
    require(!api.ptr || wgo_str_ends(api, WGO_STR("/storage/v1")));
    wgo_arena_fini(&arena);
    return 0;
}
