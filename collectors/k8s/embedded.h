/* embedded.h: the catalog files, as bytes put in at build time. Private to k8s. */
#ifndef WGO_K8S_EMBEDDED_H
#define WGO_K8S_EMBEDDED_H

#include "model/collector.h"

extern const struct wgo_embedded_file wgo_k8s_kubernetes_yaml;
extern const struct wgo_embedded_file wgo_k8s_types_yaml;

#endif
