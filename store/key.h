/* key.h: the redaction key that lives in the state folder. Private to store/.
 *
 * Ownership: nothing kept. Threads: none; of several processes that make a key at once one wins and
 * all use its key. Failure: as said. */
#ifndef WGO_STORE_KEY_H
#define WGO_STORE_KEY_H

#include "base/buf.h"

/* Appends the key of 'dir' to 'out', making it when there is none. WGO_E_CONFIG when the file holds
 * no key; any other failure means that there is no place to keep one. */
WGO_NODISCARD enum wgo_status wgo_key_of_folder(const char *dir, struct wgo_buf *out,
                                                struct wgo_error *err);
/* Appends the key in the file 'path', without the line's end. */
WGO_NODISCARD enum wgo_status wgo_key_of_file(const char *path, struct wgo_buf *out,
                                              struct wgo_error *err);

#endif
