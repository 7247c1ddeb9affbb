/* When the temporary file cannot be written: the sink says so and goes on saying so, and what it
 * took before can still be read. */
#include "records.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECORDS = 4000 };

struct outcome {
    enum wgo_status append, again, other_lane, read;
    uint64_t taken, given;
};

static struct outcome fill_up(void)
{
    struct outcome outcome = {0};
    struct wgo_merger_options options = {.memory_budget = 256 << 10, .segment_size = 16 << 10};
    struct wgo_merger *merger;
    struct wgo_sink_lane *lane, *other;
    struct wgo_merge_stats stats = {0};
    struct wgo_error err = {0};
    char id[32], configuration[400] = "{\"f\":\"";
    memset(configuration + 6, 'x', sizeof(configuration) - 8);
    memcpy(configuration + sizeof(configuration) - 3, "\"}", 3);
    if (wgo_merger_new(&options, &merger, &err) != WGO_OK) {
        return (struct outcome){.append = WGO_E_INTERNAL};
    }
    struct wgo_sink sink = wgo_merger_sink(merger);
    if (sink.open_lane(sink.self, &lane, &err) != WGO_OK ||
        sink.open_lane(sink.self, &other, &err) != WGO_OK) {
        abort();
    }
    struct wgo_record record = RECORD(ID("x"));
    record.configuration = wgo_str(configuration);
    for (int i = 0; i < RECORDS && outcome.append == WGO_OK; i++) {
        snprintf(id, sizeof(id), "id/%d", (i * 7919) % RECORDS);
        record.id = wgo_str(id);
        outcome.append = sink.append(lane, &record, &err);
        outcome.taken += outcome.append == WGO_OK;
    }
    if (outcome.append != WGO_OK) {
        outcome.again = sink.append(lane, &record, &err);
        outcome.other_lane = sink.append(other, &record, &err);
    }
    sink.close_lane(sink.self, lane);
    sink.close_lane(sink.self, other);
    outcome.read = wgo_merger_each(merger, NOTHING, NULL, NULL, &stats, &err);
    outcome.given = stats.resources;
    wgo_merger_free(merger);
    return outcome;
}

/* As fill_up(), in a process whose files may hold 'limit' bytes at most. */
static struct outcome with_room_for(rlim_t limit, const char *temporary)
{
    int pipes[2];
    struct outcome outcome = {0};
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, limit});
        if (temporary) {
            setenv("TMPDIR", temporary, 1);
        }
        outcome = fill_up();
        _exit(write(pipes[1], &outcome, sizeof(outcome)) == sizeof(outcome) ? 0 : 1);
    }
    int status;
    cr_assert_eq(read(pipes[0], &outcome, sizeof(outcome)), sizeof(outcome));
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0);
    return outcome;
}

Test(merger_spill, every_size_of_disk)
{
    unsigned failed = 0, fitted = 0;
    for (rlim_t limit = 0; limit < (3 << 20); limit += 170000) {
        struct outcome outcome = with_room_for(limit, NULL);
        cr_assert_eq(outcome.read, WGO_OK, "%s", wgo_status_name(outcome.read));
        cr_assert_eq(outcome.given, outcome.taken);
        if (outcome.append == WGO_OK) {
            fitted++;
            cr_assert_eq(outcome.taken, RECORDS);
        } else {
            failed++;
            cr_assert_eq(outcome.append, WGO_E_NO_SPACE);
            cr_assert_eq(outcome.again, WGO_E_NO_SPACE);
            cr_assert_eq(outcome.other_lane, WGO_E_NO_SPACE);
        }
    }
    cr_assert(failed > 0 && fitted > 0);
}

Test(merger_spill, no_place_for_a_temporary_file)
{
    struct outcome outcome = with_room_for(RLIM_INFINITY, "/nonexistent/folder");
    cr_assert_neq(outcome.append, WGO_OK);
    cr_assert_eq(outcome.again, outcome.append);
    cr_assert_eq(outcome.read, WGO_OK);
    cr_assert_eq(outcome.given, outcome.taken);
    cr_assert_gt(outcome.taken, 0);
}

Test(merger_spill, a_record_larger_than_everything)
{
    struct wgo_merger_options options = {.memory_budget = 64 << 10, .segment_size = 4096};
    size_t len = 5 << 20;
    char *configuration = malloc(len);
    memset(configuration, 'x', len);
    memcpy(configuration, "{\"f\":\"", 6);
    memcpy(configuration + len - 2, "\"}", 2);
    struct wgo_record records[] = {RECORD(ID("b")), RECORD(ID("c"), .live = false), RECORD(ID("a")),
                                   RECORD(ID("d"))};
    records[1].configuration = wgo_str_from(configuration, len);
    records[3].configuration = wgo_str_from(configuration, len);
    struct wgo_merger *merger = merger_of(&options, records, 4, 1);
    struct merged merged = read_all(merger, "");
    cr_assert_eq(merged.stats.resources, 4);
    cr_assert_gt(strlen(merged.text), 2 * len);
    cr_assert_gt(merged.stats.spilled_bytes, len);
    free(merged.text);
    wgo_merger_free(merger);
    free(configuration);
}
