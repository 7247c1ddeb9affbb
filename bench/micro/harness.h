/* harness.h: what the micro benchmarks of small operations share.
 *
 * A case does its work once and says how many operations that was. The harness takes the cases by
 * turns for some rounds and prints the median time of an operation:
 *
 *   PROGRAM                         a table
 *   PROGRAM --json                  the same as JSON: {"<case>":{"ns":..,"per_s":..},...}
 *   PROGRAM --only CASE --times N   the work of one case N times, and nothing else: for callgrind
 *   PROGRAM --list                  the cases that --only is good for, a line each
 *
 * Threads: the harness has none; a case may start its own, and then says 'threads': instruction
 *          counts of such a case depend on who ran when. */
#ifndef BENCH_MICRO_HARNESS_H
#define BENCH_MICRO_HARNESS_H

#include <stdbool.h>
#include <stddef.h>

struct bench_case {
    const char *name;
    size_t (*run)(void *state); /* operations done; 0 = it failed */
    bool threads;
};

/* The program's exit code. */
int bench_main(int count, char **arguments, const struct bench_case *cases, size_t case_count,
               void *state);

#endif
