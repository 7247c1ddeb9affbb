/* survey.h: the first look at a state: is it one, which one, and where is what.
 *
 * A survey reads the document once from its first byte to its last, checks all of it, and notes
 * what decides what a state is worth: format, lineage, serial, the SHA-256 of its bytes, how many
 * instances it holds and where its blocks are. Records are made by a second pass, when it is known
 * which states count.
 *
 * Ownership: strings go to the caller's arena; wgo_tf_survey_fini() frees the index.
 * Threads:   one at a time.
 * Failure:   WGO_E_PARSE with line and column; WGO_E_UNSUPPORTED with a hint for versions that are
 *            not read here; WGO_E_TOO_LARGE; what reading gives. */
#ifndef WGO_TERRAFORM_SURVEY_H
#define WGO_TERRAFORM_SURVEY_H

#include "terraform/index.h"
#include "terraform/walk.h"

#define WGO_TF_DIGEST 32

struct wgo_tf_survey {
    enum wgo_tf_format format;
    uint64_t serial;
    struct wgo_str lineage; /* empty when the state does not say */
    struct wgo_str terraform_version;
    unsigned char digest[WGO_TF_DIGEST]; /* SHA-256 of the document */
    bool has_body;                       /* a state may hold no resources at all */
    struct wgo_tf_place body;
    bool instances_last;       /* for the walk */
    int64_t managed, data;     /* instances */
    bool homes;                /* some are of AWS: what they say of each other counts (home.h) */
    struct wgo_tf_index index; /* blocks by address, with and without keys */
};

/* 'window' as for wgo_tf_stream_init(). */
WGO_NODISCARD enum wgo_status wgo_tf_survey(const struct wgo_tf_source *source, size_t window,
                                            struct wgo_arena *arena,
                                            struct wgo_tf_survey *out_survey,
                                            struct wgo_error *err);
void wgo_tf_survey_fini(struct wgo_tf_survey *survey);
/* The second pass: every instance, to 'visitor'. */
WGO_NODISCARD enum wgo_status wgo_tf_survey_read(const struct wgo_tf_survey *survey,
                                                 const struct wgo_tf_source *source, size_t window,
                                                 const struct wgo_tf_visitor *visitor,
                                                 struct wgo_error *err);

#endif
