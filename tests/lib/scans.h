/* scans.h: scans of a made-up provider, "cloud", one after the other, each going on from what the
 * one before has left.
 *
 * Operation
 *   begin: a scan is under way ──► read_one, row: what it finds ──► end_scan ──► what came of it
 *     next_scan: the one that goes on from it ──► ... ──► end
 *
 * Ownership: all is the rig's, from begin to end. Threads: one. Failure: of the test. */
#ifndef WGO_TESTS_LIB_SCANS_H
#define WGO_TESTS_LIB_SCANS_H

#include "lib/carry.h"

#define HOUR (3600 * WGO_S)
#define NOW (INT64_C(1800000000) * WGO_S)

extern const struct wgo_str cloud;
/* The scan that is under way. */
extern struct wgo_earlier *earlier;
extern struct wgo_merger *merger;
extern struct wgo_rows *rows;
extern struct wgo_sink sink;
extern struct wgo_sink_lane *lane;
/* Whose eyes see what row() tells of. */
enum { MINE = 1, ANOTHERS };
extern uint64_t reader;
extern struct wgo_str_list whole_providers;
/* What end_scan() has come to. */
extern bool unseen;
extern unsigned problems;
extern uint64_t carried;

void scans_begin(void);
void scans_end(void);
void next_scan(bool asks_less, int64_t latest);

/* "id" of the cloud, listed in account/here/type; "id:part" is a part. */
void read_one(const char *account, const char *type, const char *words, const char *text);
void row(const char *account, const char *region, const char *type, enum wgo_completeness seen);
/* The scan, which began at 'at', has ended. */
struct wgo_renewal end_scan(int64_t at, bool whole);
/* A scan of three disks in two accounts, a day ago; the next one is under way. */
void first_scan(void);

/* What is there, as " id=text" for each. */
void assert_there(const char *words);
struct wgo_row row_of(const char *account, const char *type);

#endif
