/* clock.h: the server's one clock: the world's time, maybe faster.
 *
 * It starts at the world's time and goes 'scale' times as fast, steadily: it follows no correction
 * of the machine's clock. What a provider measures (quota windows, jobs, lifetimes, the header
 * Date) is measured by it. What a test asks of the wire (latency, stalls) and what a client signed
 * with a clock of its own is not: see fc_now_ns() in timer.h and time().
 *
 * Ownership: none.
 * Threads:   fc_clock_start() before any thread; the others from any.
 * Failure:   none. */
#ifndef FC_CLOCK_H
#define FC_CLOCK_H

#include <stdint.h>

#include "core/text.h"

#define FC_SECOND INT64_C(1000000000)

void fc_clock_start(double scale);
int64_t fc_clock_ns(void); /* Since 1970. */
int64_t fc_clock_s(void);
/* When the clock was started. */
int64_t fc_clock_start_ns(void);
/* Adds 'ns' as "2026-11-28T12:00:00" and so many digits of the second. */
void fc_clock_print(struct fc_text *out, int64_t ns, unsigned digits);
/* Adds "Sat, 28 Nov 2026 12:00:00 GMT". */
void fc_clock_http(struct fc_text *out, int64_t s);
/* Reads "2026-11-28T12:00:00[.fraction][Z|+hh:mm]", or a date alone. */
bool fc_clock_parse(struct fc_str s, int64_t *out_ns);

#endif
