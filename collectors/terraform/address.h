/* address.h: how Terraform names things, and the ids that come of it.
 *
 *   module.net["prod/eu"].aws_subnet.a[2]      an instance
 *   module.net.aws_subnet.a                    the resource in the configuration: no keys
 *   data.aws_ami.base                          a data source
 *
 * String keys are quoted as HCL does it: \" \\ \n \r \t, $${ and %%{ for template marks, and
 * \uNNNN or \UNNNNNNNN for what cannot be printed.
 *
 * Ownership: appends to the caller's buffer, whose 'failed' sticks.
 * Threads:   none. Failure: the buffer's. */
#ifndef WGO_TERRAFORM_ADDRESS_H
#define WGO_TERRAFORM_ADDRESS_H

#include "base/buf.h"
#include "base/str.h"

struct wgo_arena;

/* "[0]" or "[\"key\"]" for the checked JSON of an instance key; nothing for null or no bytes at
 * all. False when it is neither a whole number nor a string, or memory is out. */
bool wgo_tf_key(struct wgo_buf *out, struct wgo_str raw, struct wgo_arena *arena);
/* 'module' and 'key' may be empty. */
void wgo_tf_address(struct wgo_buf *out, struct wgo_str module, bool data, struct wgo_str type,
                    struct wgo_str name, struct wgo_str key);
/* 'address' without its instance keys. */
void wgo_tf_config_address(struct wgo_buf *out, struct wgo_str address);
/* Module part of an address ("module.a[0].module.b"), empty in the root module. */
struct wgo_str wgo_tf_module_of(struct wgo_str address);
/* One step of a module path: "module.a[0]" off the front of '*rest', which loses it and the dot
 * behind. Empty with a NULL ptr when no module step is left. */
struct wgo_str wgo_tf_module_step(struct wgo_str *rest);
/* True for the address of a data source. */
bool wgo_tf_is_data(struct wgo_str address);
/* terraform://LINEAGE/<percent-encoded address>[#deposed]; 'lineage' is encoded already. */
void wgo_tf_id(struct wgo_buf *out, struct wgo_str lineage, struct wgo_str address,
               struct wgo_str deposed);
/* Hash of the bytes, 64 bits that depend on every byte: for tables, not against malice. */
uint64_t wgo_tf_hash(struct wgo_str bytes);

#endif
