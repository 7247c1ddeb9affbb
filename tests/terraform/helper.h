/* helper.h: a scratch folder, states in it, and a look at what comes out.
 *
 * Ownership: scratch_init/_fini; texts are in the scratch's arena.
 * Threads:   one. Failure: aborts the test. */
#ifndef WGO_TESTS_TERRAFORM_HELPER_H
#define WGO_TESTS_TERRAFORM_HELPER_H

#include "fake.h"

#include "base/arena.h"

struct scratch {
    char folder[64];
    struct wgo_arena arena;
    struct fake fake;
    struct wgo_provider_options options;
    struct wgo_str files[32], paths[8];
    struct wgo_error err;
    struct wgo_yaml *configuration;
    struct wgo_buf rows; /* JSON, after collect */
};

void scratch_init(struct scratch *s);
void scratch_fini(struct scratch *s);
/* The path of 'name' in the folder; parents are made. */
const char *scratch_path(struct scratch *s, const char *name);
/* Writes a file; its path. */
const char *scratch_file(struct scratch *s, const char *name, struct wgo_str bytes);
/* The same, and names it with --state-file. */
void scratch_state(struct scratch *s, const char *name, const char *text);
/* A configuration file; `providers: terraform:` of it become the settings. */
void scratch_configure(struct scratch *s, const char *yaml);
/* Environment of the collector: NAME=VALUE, NULL at the end. */
void scratch_environment(const char *const *variables);
enum wgo_status scratch_collect(struct scratch *s);
/* The record whose 'field' is 'value', as JSON; fails the test when there is none or more than
 * one. */
struct wgo_str scratch_record(struct scratch *s, const char *field, const char *value);
/* Decoded text of a path in a record; "" when absent. */
const char *scratch_text(struct scratch *s, struct wgo_str record, const char *path);
/* Raw JSON of a path in a record; "" when absent. */
const char *scratch_raw(struct scratch *s, struct wgo_str record, const char *path);
/* The row of a state; 'name' is the end of its location. */
struct scratch_row {
    char status[16], error[600], hint[400];
    long long count;
    bool found, inconsistent;
};
struct scratch_row scratch_row(struct scratch *s, const char *name);

#endif
