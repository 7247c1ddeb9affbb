/* ini.h: the AWS tools' files, ~/.aws/config and ~/.aws/credentials, as they read them.
 *
 * [sections] of "key = value" (or ':'); keys in any case; whole-line comments with # and ;. A value
 * goes on in lines that are indented deeper than its key; one whose first line is empty is a map
 * of its own, one level deep ("s3 =" and what is below it). A section or key that stands twice is
 * refused, as the AWS CLI refuses it.
 *
 * Ownership: nodes live in the arena; names and values borrow the document, which may hold secrets
 * and is wiped by whoever has it. Threads: one. Failure: CONFIG with file and line; the message
 * never quotes a value. NOMEM. */
#ifndef WGO_AWS_INI_H
#define WGO_AWS_INI_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct wgo_aws_ini_key {
    struct wgo_str name; /* in lower case, but for those of a map */
    struct wgo_str value;
    unsigned line;
    struct wgo_aws_ini_key *first; /* of a map */
    struct wgo_aws_ini_key *next;
};

struct wgo_aws_ini_section {
    struct wgo_str name; /* as it stands: profile "my prod" */
    unsigned line;
    struct wgo_aws_ini_key *first;
    struct wgo_aws_ini_section *next;
};

struct wgo_aws_ini {
    struct wgo_aws_ini_section *first;
};

/* 'file' names the document in errors. */
WGO_NODISCARD enum wgo_status wgo_aws_ini_parse(struct wgo_arena *arena, const char *file,
                                                struct wgo_str document,
                                                struct wgo_aws_ini *out_ini, struct wgo_error *err);
const struct wgo_aws_ini_key *wgo_aws_ini_find(const struct wgo_aws_ini_key *first,
                                               struct wgo_str name);

/* Splits 'text' into words as a POSIX shell would that expands nothing: quotes, backslashes. NULL
 * ends the words. CONFIG for a quote that is not closed or a backslash at the end. */
WGO_NODISCARD enum wgo_status wgo_aws_split(struct wgo_arena *arena, struct wgo_str text,
                                            const char ***out_words, size_t *out_count,
                                            struct wgo_error *err);

#endif
