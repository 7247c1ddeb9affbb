/* kube_reading.h: values of a kubeconfig, and refusals that say where they stand. Private to k8s.
 *
 * A reading is about one entry. Its first refusal sticks; later ones are not told.
 *
 * Ownership: strings live in the reading's arena. Threads: one. Failure: in 'status' and '*err'. */
#ifndef WGO_K8S_KUBE_READING_H
#define WGO_K8S_KUBE_READING_H

#include "base/arena.h"
#include "base/error.h"
#include "base/yaml.h"

struct wgo_kube_reading {
    struct wgo_arena *arena;
    const char *file;
    unsigned line;    /* of the entry */
    const char *what; /* "context", "cluster", "user" */
    struct wgo_str name;
    struct wgo_error *err;
    enum wgo_status status;
};

/* 'node' (NULL: the entry) is to blame; 'hint' may be NULL. */
void wgo_kube_refuse(struct wgo_kube_reading *r, const struct wgo_yaml *node, const char *problem,
                     const char *hint);
/* One line of text, or NULL when there is none. */
const char *wgo_kube_text(struct wgo_kube_reading *r, const struct wgo_yaml *map, const char *key);
/* False when absent. */
bool wgo_kube_flag(struct wgo_kube_reading *r, const struct wgo_yaml *map, const char *key);
/* The path as seen from here. */
const char *wgo_kube_resolve(struct wgo_kube_reading *r, const char *path);

#endif
