/* resume.h: which scans are of one kind, so that one goes on where the other was interrupted.
 *
 * Two scans are of one kind when the same version reads the same providers with the same options,
 * the same configuration and the same surroundings, by the environment's variables that providers
 * look at, and digests secrets under the same key. Credentials are no part of it: a renewed token
 * does not make another scan.
 *
 * Ownership: none. Threads: none; reads the environment.
 * Failure:   none. */
#ifndef WGO_LIB_RESUME_H
#define WGO_LIB_RESUME_H

#include "base/digest.h"
#include "scan/scan.h"

#define WGO_SCAN_KIND WGO_DIGEST_TEXT

/* 32 hex digits. */
void wgo_scan_kind(const struct wgo_scan_options *scan, const char *const *environment,
                   char out[WGO_SCAN_KIND]);

/* Likewise for one provider of the scan. */
uint64_t wgo_provider_kind(const struct wgo_scan_options *scan, size_t index,
                           const char *const *environment);

#endif
