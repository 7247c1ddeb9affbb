#include "harness.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 21, MOST_CASES = 16 };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool measure(const struct bench_case *one, void *state, double *out_ns)
{
    const struct wgo_clock *clock = wgo_clock_system();
    struct wgo_mono start = wgo_clock_mono(clock);
    size_t operations = one->run(state);
    int64_t ns = wgo_mono_sub(wgo_clock_mono(clock), start);
    *out_ns = (double)ns / (double)(operations ? operations : 1);
    if (operations == 0) {
        fprintf(stderr, "%s failed\n", one->name);
    }
    return operations > 0;
}

static int measure_all(const struct bench_case *cases, size_t count, void *state, bool json)
{
    static double ns[MOST_CASES][ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < count; i++) {
            if (!measure(&cases[i], state, &ns[i][round])) {
                return 1;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        qsort(ns[i], ROUNDS, sizeof(double), by_value);
        double median = ns[i][ROUNDS / 2];
        if (json) {
            printf("%s\"%s\":{\"ns\":%.2f,\"per_s\":%.0f}", i ? "," : "{", cases[i].name, median,
                   1e9 / median);
        } else {
            printf("%-20s %10.1f ns %14.0f /s\n", cases[i].name, median, 1e9 / median);
        }
    }
    printf(json ? "}\n" : "");
    return 0;
}

static int repeat(const struct bench_case *cases, size_t count, void *state, const char *name,
                  unsigned long times)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cases[i].name, name) == 0) {
            size_t operations = 0;
            for (unsigned long n = 0; n < times; n++) {
                operations += cases[i].run(state);
            }
            printf("{\"operations\":%zu}\n", operations);
            return operations ? 0 : 1;
        }
    }
    fprintf(stderr, "no case %s\n", name);
    return 2;
}

int bench_main(int count, char **arguments, const struct bench_case *cases, size_t case_count,
               void *state)
{
    if (count == 5 && strcmp(arguments[1], "--only") == 0 && strcmp(arguments[3], "--times") == 0) {
        return repeat(cases, case_count, state, arguments[2], strtoul(arguments[4], NULL, 10));
    }
    if (count == 2 && strcmp(arguments[1], "--list") == 0) {
        for (size_t i = 0; i < case_count; i++) {
            if (!cases[i].threads) {
                puts(cases[i].name);
            }
        }
        return 0;
    }
    bool json = count == 2 && strcmp(arguments[1], "--json") == 0;
    if ((count != 1 && !json) || case_count > MOST_CASES) {
        fprintf(stderr, "usage: %s [--json | --list | --only CASE --times N]\n", arguments[0]);
        return 2;
    }
    return measure_all(cases, case_count, state, json);
}
