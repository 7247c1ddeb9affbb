/* inputs.h: where a scan looks for states.
 *
 * The first of these that says anything is used, alone:
 *   1. --state-file (a file, a glob, or "-") and --path (a folder)
 *   2. WGO_TERRAFORM_PATH: folders, joined by ':'
 *   3. providers: terraform: of the configuration file: state_files, paths, backends
 *   4. the working folder itself: its *.tfstate, its workspaces, the backend it was initialised
 *   with
 *
 * Ownership: everything lives in the arena given, or borrows the options.
 * Threads:   none.
 * Failure:   WGO_E_NOT_FOUND or _CONFIG naming the file or setting that is wrong. */
#ifndef WGO_TERRAFORM_INPUTS_H
#define WGO_TERRAFORM_INPUTS_H

#include "model/collector.h"

struct wgo_tf_inputs {
    const char **files;
    size_t file_count;
    const char **folders;
    size_t folder_count;
    const struct wgo_yaml *backends; /* a list, or NULL */
    const char *directory;           /* the working folder: what relative paths start from */
    bool found;                      /* nobody asked: 'folders' is the working folder, shallow */
};

/* True when there is something to read; 'reason' says what, or what was looked for. Touches no
 * file but the working folder. */
bool wgo_tf_inputs_any(const struct wgo_collector_env *env, char reason[256]);
/* Expands globs and checks that what was named is there. */
WGO_NODISCARD enum wgo_status wgo_tf_inputs_gather(const struct wgo_collector_env *env,
                                                   struct wgo_arena *arena,
                                                   struct wgo_tf_inputs *out_inputs,
                                                   struct wgo_error *err);

#endif
