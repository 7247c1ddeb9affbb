/* drifted.h: which of a cluster's objects have drifted (core/drift.h), and under which versions.
 *
 * Generated objects drift; not the namespaces they live in, nor what the server itself consists of
 * (stores with a fixed list of names), nor what a scenario gives whole. Each change and each end of
 * an object is an event with a version of its own, above all versions of the cluster before it.
 *
 * Ownership: none. Threads: any. Failure: none. */
#ifndef FC_K8S_DRIFTED_H
#define FC_K8S_DRIFTED_H

#include "k8s/cluster.h"

bool k8s_drift_changed(enum k8s_store store, uint64_t g);
bool k8s_drift_gone(enum k8s_store store, uint64_t g);
/* How many of the first 'g' objects of a store are there. */
uint64_t k8s_live_before(enum k8s_store store, uint64_t g);
/* The index of the n-th object that is there, from 0. */
uint64_t k8s_live_at(const struct k8s_cluster *c, enum k8s_store store, uint64_t n);
/* The version of the event that the object at 'g' met with: it was changed or is gone. */
uint64_t k8s_drift_version(const struct k8s_cluster *c, enum k8s_store store, uint64_t g);
/* The cluster's version after all of them. */
uint64_t k8s_version(const struct k8s_cluster *c);

#endif
