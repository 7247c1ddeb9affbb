/* Link headers: a target is a part of what came, and one that was written here is found again. */
#include "engine/paging.h"
#include "fuzz.h"

static void find_again(struct wgo_str target)
{
    struct wgo_buf header = {0};
    struct wgo_str found;
    wgo_buf_cstr(&header, "</a,b>; title=\"x, y; rel=next\"; rel=prev, <");
    wgo_buf_str(&header, target);
    wgo_buf_cstr(&header, ">; rel=\"last NEXT\"");
    require(wgo_link_target(wgo_buf_view(&header), WGO_STR("next"), &found));
    require(wgo_str_eq(found, target));
    wgo_buf_fini(&header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str header = wgo_str_from((const char *)data, size), found;
    if (!wgo_link_target(header, WGO_STR("next"), &found)) {
        require(found.len == 0);
    }
    require(found.len == 0 ||
            (found.ptr > header.ptr && found.ptr[-1] == '<' &&
             found.ptr + found.len < header.ptr + header.len && found.ptr[found.len] == '>'));
    if (wgo_str_find_char(header, '>') == header.len) {
        find_again(header);
    }
    return 0;
}
