/* compress.h: large bodies go out compressed, where the catalog says that the server takes them.
 *
 * Ownership: the compressed body is the arena's. Threads: no state. Failure: NOMEM, TOO_LARGE. */
#ifndef WGO_ENGINE_COMPRESS_H
#define WGO_ENGINE_COMPRESS_H

#include "base/arena.h"
#include "model/http.h"

/* Gzips a body of more than a kilobyte, unless that makes it no smaller. */
WGO_NODISCARD enum wgo_status wgo_compress_body(struct wgo_arena *arena,
                                                struct wgo_request *request, struct wgo_error *err);

#endif
