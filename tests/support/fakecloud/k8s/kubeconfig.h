/* kubeconfig.h: writes the kubeconfig that reaches the clusters of a scenario.
 *
 * Contexts: "<cluster>" with the first user, "<user>@<cluster>" for every user.
 *
 * Ownership: none kept. Threads: main only. Failure: ends the program. */
#ifndef FC_K8S_KUBECONFIG_H
#define FC_K8S_KUBECONFIG_H

#include <json-c/json.h>

void fc_kubeconfig_write(struct json_object *scenario, const char *path, unsigned port);

#endif
