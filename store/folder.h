/* folder.h: which folder wgo keeps its state in. Private to store/.
 *
 * Ownership: the path is the caller's to free. Threads: no state.
 * Failure:   NULL with a warning when there is none to be had; out of memory is one of the reasons.
 */
#ifndef WGO_STORE_FOLDER_H
#define WGO_STORE_FOLDER_H

#include "store/store.h"

#define WGO_STORE_WARNING 512

/* Made when it is not there. 'warning' is appended to. */
char *wgo_folder_open(const struct wgo_store_options *options, char warning[WGO_STORE_WARNING]);
/* "DIR/NAME", to be freed; NULL when out of memory. */
char *wgo_folder_path(const char *dir, const char *name);
/* One more thing that the user should know. */
void wgo_folder_warn(char warning[WGO_STORE_WARNING], const char *format, ...) WGO_PRINTF(2, 3);

#endif
