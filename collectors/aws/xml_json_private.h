/* xml_json_private.h: what the files of the decoder share. Private to xml_json*.c.
 *
 * A frame is an element that is open and known; unknown ones are counted in 'skip'. Members of a
 * flattened list or map are runs: the bracket opened by the first element stays open until another
 * member comes. If more elements come after that, they make a later run, which is written where it
 * is met, without a key, and moved behind the first when the structure ends (xml_json_runs.c). */
#ifndef WGO_AWS_XML_JSON_PRIVATE_H
#define WGO_AWS_XML_JSON_PRIVATE_H

#include "aws/shape.h"
#include "base/buf.h"
#include "base/xml.h"

enum { WGO_AWS_MOST_RUNS = 65536 };

enum wgo_aws_frame_kind {
    WGO_AWS_FRAME_VALUE,   /* a value of 'shape', its opening already written */
    WGO_AWS_FRAME_TOP,     /* the answer's own structure: its braces are somebody else's */
    WGO_AWS_FRAME_WRAPPER, /* the root around the element that holds the result */
    WGO_AWS_FRAME_ENTRY,   /* an entry of the map 'shape' */
    WGO_AWS_FRAME_KEY,     /* its key */
};

struct wgo_aws_run {
    const struct wgo_aws_member *member;
    size_t from; /* of a later run: where it begins, with its comma */
    size_t to;   /* where its last element ends */
    bool first;
};

struct wgo_aws_frame {
    const struct wgo_aws_shape *shape;
    enum wgo_aws_frame_kind kind;
    bool comma;  /* the next member or item needs one before it */
    size_t from; /* of structures: their first byte */
    /* structures */
    const struct wgo_aws_member *run; /* whose elements are coming */
    size_t run_index;                 /* its place in the decoder's runs */
    size_t runs_before;               /* how many of them belong to outer structures */
    bool run_comma, split;
    uint64_t seen[(WGO_AWS_MEMBERS + 63) / 64];
    /* entries */
    bool have_key, have_value;
    size_t value_at; /* where the value begins that came before its key */
};

struct wgo_aws_decoder {
    struct wgo_xml_reader reader; /* first: handlers get its address */
    const struct wgo_aws_output *output;
    struct wgo_buf *out;
    unsigned depth, skip;
    bool found;          /* the wrapper, or the root */
    bool top_comma;      /* something stands in the object already */
    bool strange;        /* the root says nothing of AWS, so what is in it must */
    bool known, unknown; /* in a strange root: a member of the answer, and what is none */
    struct wgo_buf text; /* of the scalar that is open, unless it is a string */
    struct wgo_buf scratch;
    struct wgo_aws_run *runs;
    size_t run_count, run_room;
    struct wgo_aws_frame frames[WGO_XML_DEPTH];
};

/* Writes what the body holds, without the braces around it; '*comma' as in frames. On failure 'out'
 * holds anything. */
enum wgo_status wgo_aws_decode_body(const struct wgo_aws_output *output, struct wgo_str body,
                                    bool *comma, struct wgo_buf *out, struct wgo_error *err);

/* An element of the flattened 'member' comes: closes, opens or goes on with a run. False, and the
 * reader is stopped, when it cannot. */
bool wgo_aws_run_enter(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame,
                       const struct wgo_aws_member *member);
/* Another member comes, or the structure ends. */
void wgo_aws_run_close(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame);
/* The structure is written but for its brace: brings its split runs together. */
void wgo_aws_runs_settle(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame);

static inline bool wgo_aws_seen(struct wgo_aws_frame *frame, const struct wgo_aws_member *member)
{
    uint64_t bit = UINT64_C(1) << (member->index % 64), *word = &frame->seen[member->index / 64];
    bool before = *word & bit;
    *word |= bit;
    return before;
}

/* wgo_buf_append() for the few bytes that come by the million. */
static inline void wgo_aws_put(struct wgo_buf *out, const char *bytes, size_t len)
{
    char *at =
        len < out->cap - out->len && !out->failed ? out->ptr + out->len : wgo_buf_reserve(out, len);
    if (at) {
        memcpy(at, bytes, len);
        out->len += len;
    }
}

static inline void wgo_aws_put_char(struct wgo_buf *out, char c)
{
    wgo_aws_put(out, &c, 1);
}

static inline void wgo_aws_put_key(struct wgo_buf *out, const struct wgo_aws_member *member,
                                   bool *comma)
{
    size_t without = !*comma;
    wgo_aws_put(out, member->key.ptr + without, member->key.len - without);
    *comma = true;
}

#endif
