/* prepare.c: where a request goes, and whose token it carries. */
#include "powerbi/session.h"

enum wgo_status wgo_powerbi_prepare(struct wgo_powerbi *powerbi, const struct wgo_task *task,
                                    struct wgo_arena *arena, struct wgo_request *request,
                                    struct wgo_error *err)
{
    (void)task;
    if (!wgo_str_starts(request->url, WGO_STR("/"))) {
        return wgo_fail(err, WGO_E_REJECTED, "an address elsewhere than at %.*s is not asked for",
                        WGO_FMT(powerbi->base));
    }
    request->url = wgo_str_format(arena, "%.*s%.*s", WGO_FMT(powerbi->base), WGO_FMT(request->url));
    if (!request->url.ptr) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    request->endpoint = &powerbi->endpoint;
    struct wgo_signing signing = {
        .request = request, .arena = arena, .now = wgo_clock_wall(powerbi->services->clock)};
    return wgo_signer_sign(powerbi->signer, &signing, err);
}
