/* backend_later.c: backends whose requests are signed by a provider that is not built in yet.
 * Giving one a driver means replacing its line here. */
#include "terraform/backends.h"

const struct wgo_tf_backend_type wgo_tf_backend_gcs = {.name = "gcs", .needs = "gcp"};
