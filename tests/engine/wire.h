/* wire.h: a server that knows every request it is to get, to the byte, and what it answers.
 *
 * A request is one line: "GET /path?query", or "POST /path [content/type] body". What is not in the
 * table is answered with 400 and remembered.
 *
 * Ownership: the test's. Threads: the script's, then the test's once the run has ended.
 * Failure:   wire_check() fails the test. */
#ifndef TESTS_ENGINE_WIRE_H
#define TESTS_ENGINE_WIRE_H

#include "rig.h"

enum { WIRE_MOST = 64 };

struct wire_line {
    const char *request, *answer; /* an answer that begins with a number has it as its status */
};

struct wire {
    const struct wire_line *lines;
    size_t count;
    unsigned asked[WIRE_MOST]; /* of each line */
    unsigned strangers;
    char stranger[512]; /* the first request that the table does not have */
};

/* The script; 'state' is a struct wire. */
void wire_script(void *state, const struct http_request *request, struct http_answer *answer);
/* Every line was asked for, once, and nothing else. */
void wire_check(const struct wire *wire);

/* Runs a shop with 'catalog' in one scope, kind "place" of account "acme" in "here", over a server
 * that knows 'lines'; the types are a glob, or NULL. */
void wire_run(struct rig *rig, struct wire *wire, const char *catalog,
              const struct wire_line *lines, size_t count, const char *type);
/* The same with a rig that was made ready by rig_init() and changed since. */
void wire_start(struct rig *rig, struct wire *wire, const char *catalog);
#define WIRE_RUN(rig, wire, catalog, lines, type)                                                  \
    wire_run(rig, wire, catalog, lines, sizeof(lines) / sizeof((lines)[0]), type)
/* That scope; to be changed before the run. */
extern struct wgo_scope wire_place;

/* Fails unless the only row of 'type' is as said; 'error' is a part of its text, "" for none. */
void wire_row(struct rig *rig, const char *type, enum wgo_completeness seen, int64_t count,
              const char *error);

#endif
