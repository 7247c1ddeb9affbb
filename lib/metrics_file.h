/* metrics_file.h: what a scan cost, as Prometheus reads it (text format 0.0.4).
 *
 * Ownership: borrows the scanner. Threads: once the scan has ended.
 * Failure:   the file appears whole or not at all. */
#ifndef WGO_LIB_METRICS_FILE_H
#define WGO_LIB_METRICS_FILE_H

#include "base/buf.h"
#include "scan/scan.h"

/* Appends every family of metrics to 'out'; false when out of memory. */
bool wgo_metrics_text(const struct wgo_scanner *scanner, bool complete, struct wgo_buf *out);
WGO_NODISCARD enum wgo_status wgo_metrics_write(const struct wgo_scanner *scanner, bool complete,
                                                const char *path, struct wgo_error *err);

#endif
