/* Elements of flattened lists and maps, wherever in their structure they stand. */
#include "aws/xml_json_private.h"

#include <stdlib.h>

static bool add_run(struct wgo_aws_decoder *d)
{
    if (d->run_count == WGO_AWS_MOST_RUNS) {
        wgo_xml_stop(&d->reader, WGO_E_TOO_LARGE, "members are scattered too widely");
        return false;
    }
    if (d->run_count == d->run_room) {
        size_t room = d->run_room ? 2 * d->run_room : 16;
        struct wgo_aws_run *runs = realloc(d->runs, room * sizeof(*runs));
        if (!runs) {
            wgo_xml_stop(&d->reader, WGO_E_NOMEM, "out of memory");
            return false;
        }
        d->runs = runs;
        d->run_room = room;
    }
    d->run_count++;
    return true;
}

bool wgo_aws_run_enter(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame,
                       const struct wgo_aws_member *member)
{
    if (frame->run == member) {
        return true;
    }
    wgo_aws_run_close(d, frame);
    if (!add_run(d)) {
        return false;
    }
    bool later = wgo_aws_seen(frame, member);
    if (!later) {
        wgo_aws_put_key(d->out, member, &frame->comma);
        wgo_aws_put_char(d->out, member->shape->kind == WGO_AWS_LIST ? '[' : '{');
    }
    frame->run = member;
    frame->run_index = d->run_count - 1;
    frame->run_comma = later;
    frame->split |= later;
    d->runs[frame->run_index] =
        (struct wgo_aws_run){.member = member, .from = d->out->len, .first = !later};
    return true;
}

void wgo_aws_run_close(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame)
{
    if (!frame->run) {
        return;
    }
    struct wgo_aws_run *run = &d->runs[frame->run_index];
    run->to = d->out->len;
    if (run->first) {
        wgo_aws_put_char(d->out, frame->run->shape->kind == WGO_AWS_LIST ? ']' : '}');
    }
    frame->run = NULL;
}

/* Appends to 'out' the pieces of 'old', which began at 'base': each first run followed by the later
 * ones of its member. The same bytes in another order, so there is room. */
static void reorder(const struct wgo_aws_run *runs, size_t count, struct wgo_str old, size_t base,
                    struct wgo_buf *out)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        const struct wgo_aws_run *run = &runs[i];
        size_t until = (run->first ? run->to : run->from) - base;
        wgo_buf_append(out, old.ptr + at, until - at);
        at = run->to - base;
        for (size_t k = i + 1; run->first && k < count; k++) {
            if (runs[k].member == run->member) {
                wgo_buf_append(out, old.ptr + (runs[k].from - base), runs[k].to - runs[k].from);
            }
        }
    }
    wgo_buf_append(out, old.ptr + at, old.len - at);
}

void wgo_aws_runs_settle(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame)
{
    wgo_aws_run_close(d, frame);
    if (frame->split && !d->out->failed) {
        struct wgo_str old = wgo_str_from(d->out->ptr + frame->from, d->out->len - frame->from);
        wgo_buf_reset(&d->scratch);
        if (wgo_buf_str(&d->scratch, old)) {
            d->out->len = frame->from;
            reorder(d->runs + frame->runs_before, d->run_count - frame->runs_before,
                    wgo_buf_view(&d->scratch), frame->from, d->out);
        } else {
            d->out->failed = d->scratch.failed;
        }
    }
    d->run_count = frame->runs_before;
}
