/* discover.h: states in folders.
 *
 * A folder is walked downwards, in the order of names. Found are
 *   *.tfstate and *.tfstate.json, each also with .gz behind; this covers terraform.tfstate and the
 *   workspaces in terraform.tfstate.d; backups (.backup) do not count;
 *   .terraform/terraform.tfstate, which records a backend rather than being a state.
 * Not entered: .git and its like, node_modules, everything in .terraform, and symbolic links to
 * folders, so that there are no loops; a symbolic link to a file counts as the file.
 *
 * Ownership: paths given to 'found' are its own for the call.
 * Threads:   no state.
 * Failure:   a folder that cannot be read is told to 'unreadable' and passed over. */
#ifndef WGO_TERRAFORM_DISCOVER_H
#define WGO_TERRAFORM_DISCOVER_H

#include "base/error.h"
#include "base/str.h"

enum wgo_tf_find {
    WGO_TF_FIND_STATE,
    WGO_TF_FIND_BACKEND, /* a .terraform/terraform.tfstate */
};

struct wgo_tf_discovery {
    void *state;
    enum wgo_status (*found)(void *state, const char *path, enum wgo_tf_find what,
                             struct wgo_error *err);
    enum wgo_status (*unreadable)(void *state, const char *path, const struct wgo_error *why,
                                  struct wgo_error *err);
    /* Only what belongs to this folder itself: its files, its workspaces, its backend. */
    bool shallow;
};

/* WGO_E_NOT_FOUND or _CONFIG when 'path' is no folder; else what a callback returned. */
WGO_NODISCARD enum wgo_status wgo_tf_discover(const struct wgo_tf_discovery *discovery,
                                              const char *path, struct wgo_error *err);
/* True for the name of a state file. */
bool wgo_tf_is_state_name(struct wgo_str name);
/* True for PATH/.terraform/terraform.tfstate. */
bool wgo_tf_is_backend_path(struct wgo_str path);

#endif
