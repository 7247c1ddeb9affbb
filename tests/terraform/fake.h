/* fake.h: services for a collector without an engine: records and rows are kept as JSON lines,
 * requests are answered from a script.
 *
 * Ownership: fake_init/_fini. Threads: one. Failure: assertions of whoever looks. */
#ifndef WGO_TESTS_TERRAFORM_FAKE_H
#define WGO_TESTS_TERRAFORM_FAKE_H

#include "model/collector.h"

/* One expected request, in no order; answered as often as it is asked. */
struct fake_answer {
    const char *url;    /* whole */
    const char *header; /* "name: value" the request must carry, or NULL */
    bool once;          /* the next one with this URL after that */
    int http_status;    /* 0 = 200 */
    const char *body;
    size_t body_len;      /* 0 = strlen(body) */
    const char *location; /* a header of the answer, or NULL */
    const char *headers;  /* "name: value\n" lines of the answer, or NULL */
    unsigned asked;       /* counted here */
};

struct fake {
    struct wgo_services services;
    struct wgo_auth_registry *auth; /* borrowed; may be NULL */
    struct wgo_redactor redactor;
    struct wgo_buf records;  /* one JSON object a line */
    struct wgo_buf warnings; /* one a line */
    struct wgo_buf problems;
    struct wgo_buf requests; /* "METHOD URL" a line */
    struct fake_answer *answers;
    size_t answer_count;
    unsigned record_count;
    unsigned cancel_after;                         /* records; 0 = never */
    bool quiet;                                    /* counts records, keeps none */
    void (*each)(const struct wgo_record *record); /* instead of keeping them */
};

void fake_init(struct fake *fake);
void fake_fini(struct fake *fake);
/* Opens, collects and closes; the first failure. */
enum wgo_status fake_collect(struct fake *fake, const struct wgo_provider_options *options,
                             const char *(*getenv)(const char *), struct wgo_error *err);
/* The rows as a JSON array. */
void fake_rows(struct fake *fake, struct wgo_buf *out);
/* 'text' as `record` would be printed: a JSON object of its fields. */
void fake_record_json(const struct wgo_record *record, struct wgo_buf *out);

#endif
