/* backend_later.c: backends that Terraform has and wgo cannot read yet.
 * Giving one a driver means replacing its line here. */
#include "terraform/backends.h"

const struct wgo_tf_backend_type wgo_tf_backend_gcs = {.name = "gcs"};
