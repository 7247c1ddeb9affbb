/* metrics_file.h: what a scan cost, as Prometheus reads it (text format 0.0.4).
 *
 * Ownership: borrows the scanner and the file. Threads: once the scan has ended.
 * Failure:   the file appears whole or not at all; CONFIG for one that cannot be opened. */
#ifndef WGO_LIB_METRICS_FILE_H
#define WGO_LIB_METRICS_FILE_H

#include "base/file.h"
#include "scan/scan.h"

/* Appends every family of metrics to 'out'; false when out of memory. */
bool wgo_metrics_text(const struct wgo_scanner *scanner, bool complete, struct wgo_buf *out);
/* Before the scan: a place that cannot be written to is told before anything is read. */
WGO_NODISCARD enum wgo_status wgo_metrics_open(struct wgo_new_file *file, const char *path,
                                               struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_metrics_write(const struct wgo_scanner *scanner, bool complete,
                                                struct wgo_new_file *file, const char *path,
                                                struct wgo_error *err);

#endif
