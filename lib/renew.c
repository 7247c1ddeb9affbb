/* renew.c: what is there now becomes what the next scan goes on from. */
#include "lib/carry.h"

#include "model/record_pack.h"

#include <stdlib.h>

struct renew {
    const struct wgo_carry_options *o;
    bool whole;
    struct wgo_inventory_writer *writer;
    struct wgo_inventory_reader *old;
    struct wgo_str old_id, old_text;
    struct wgo_buf id, text; /* of the records that come */
    bool is_resource;        /* not parts alone */
    struct wgo_renewal sum;
};

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

static bool has_resource(struct wgo_str text)
{
    struct wgo_unpack in = {.rest = text};
    struct wgo_record record;
    wgo_record_unpack(&in, &record); /* the main facet comes first */
    return !in.bad && record.part.len == 0;
}

static enum wgo_status next_old(struct renew *renew, struct wgo_error *err)
{
    return wgo_inventory_next(renew->old, &renew->old_id, &renew->old_text, err);
}

/* Ids that are not there any more, up to 'id'; all of them when it is empty. */
static enum wgo_status drop_until(struct renew *renew, struct wgo_str id, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    while (status == WGO_OK && renew->old_id.len > 0 &&
           (id.len == 0 || wgo_str_cmp(renew->old_id, id) < 0)) {
        renew->sum.deleted += has_resource(renew->old_text);
        status = renew->whole ? WGO_OK : wgo_inventory_drop(renew->writer, renew->old_id, err);
        if (status == WGO_OK) {
            status = next_old(renew, err);
        }
    }
    return status;
}

static enum wgo_status end_id(struct renew *renew, struct wgo_error *err)
{
    struct wgo_str id = wgo_buf_view(&renew->id), text = wgo_buf_view(&renew->text);
    if (id.len == 0) {
        return WGO_OK;
    }
    enum wgo_status status = renew->text.failed ? no_memory(err) : drop_until(renew, id, err);
    if (status != WGO_OK) {
        return status;
    }
    bool was = wgo_str_eq(renew->old_id, id);
    bool same = was && wgo_str_eq(renew->old_text, text);
    bool was_resource = was && has_resource(renew->old_text);
    if (renew->is_resource) {
        renew->sum.unchanged += same;
        renew->sum.changed += !same && was_resource;
        renew->sum.added += !same && !was_resource;
        renew->sum.stored += renew->whole || !same;
    } else {
        /* A part of it was read, or asked for, before it was known to be gone. */
        renew->sum.deleted += was_resource;
    }
    status = renew->whole || !same ? wgo_inventory_put(renew->writer, id, text, err) : WGO_OK;
    return status == WGO_OK && was ? next_old(renew, err) : status;
}

static enum wgo_status take_record(void *state, const struct wgo_record *record,
                                   struct wgo_error *err)
{
    struct renew *renew = state;
    if (!wgo_str_eq(wgo_buf_view(&renew->id), record->id)) {
        enum wgo_status status = end_id(renew, err);
        wgo_buf_reset(&renew->id);
        wgo_buf_reset(&renew->text);
        renew->is_resource = false;
        if (status != WGO_OK || !wgo_buf_str(&renew->id, record->id)) {
            return status != WGO_OK ? status : no_memory(err);
        }
    }
    renew->is_resource = renew->is_resource || record->part.len == 0;
    wgo_record_pack(&renew->text, record);
    return WGO_OK;
}

/* ---- the note ---- */

struct note {
    const struct wgo_carry_options *o;
    struct wgo_seen_place *places;
    size_t count;
};

static void note_row(void *state, const struct wgo_row *row)
{
    struct note *note = state;
    struct wgo_seen_place *seen = &note->places[note->count++];
    seen->place = (struct wgo_place){row->provider, row->account, row->region, row->type};
    /* What was left out was not seen: since then anything may have happened there. */
    bool good = row->seen == WGO_SEEN_OK || (row->seen == WGO_SEEN_SKIPPED && row->count > 0);
    const struct wgo_seen_place *before = wgo_earlier_seen(note->o->earlier, &seen->place);
    if (good) {
        seen->seen_ns = note->o->started_at.ns - row->age_ns;
        seen->whose = row->whose;
    } else if (before) {
        *seen = *before;
    }
}

static enum wgo_status make_note(const struct wgo_carry_options *options, struct wgo_buf *out,
                                 struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct note note = {.o = options};
    note.places = WGO_NEW_ARRAY(&arena, struct wgo_seen_place, wgo_rows_count(options->rows) + 1);
    if (note.places) {
        wgo_rows_each(options->rows, note_row, &note);
        wgo_earlier_note(note.places, note.count, out);
    }
    bool good = note.places && !out->failed;
    wgo_arena_fini(&arena);
    return good ? WGO_OK : no_memory(err);
}

/* ---- together ---- */

static enum wgo_status compare(struct renew *renew, struct wgo_error *err)
{
    struct wgo_inventory *inventory = renew->o->earlier->inventory;
    enum wgo_status status = wgo_inventory_read(inventory, &renew->old, err);
    if (status == WGO_OK) {
        status = next_old(renew, err);
    }
    if (status == WGO_OK) {
        status = wgo_inventory_begin(inventory, renew->whole, &renew->writer, err);
    }
    if (status == WGO_OK) {
        status = wgo_merger_records(renew->o->merger, take_record, renew, err);
    }
    if (status == WGO_OK) {
        status = end_id(renew, err);
    }
    return status == WGO_OK ? drop_until(renew, (struct wgo_str){0}, err) : status;
}

struct wgo_renewing {
    struct wgo_inventory_writer *writer;
    struct wgo_buf note;
};

enum wgo_status wgo_renew(const struct wgo_carry_options *options, bool whole,
                          struct wgo_renewal *out, struct wgo_renewing **out_renewing,
                          struct wgo_error *err)
{
    struct renew renew = {.o = options};
    struct wgo_renewing *renewing = calloc(1, sizeof(*renewing));
    if (!renewing) {
        return no_memory(err);
    }
    renew.whole = whole || wgo_inventory_wants_whole(options->earlier->inventory);
    enum wgo_status status = make_note(options, &renewing->note, err);
    if (status == WGO_OK) {
        status = compare(&renew, err);
    }
    renewing->writer = renew.writer;
    wgo_inventory_read_end(renew.old);
    wgo_buf_fini(&renew.id);
    wgo_buf_fini(&renew.text);
    *out = renew.sum;
    if (status == WGO_OK) {
        *out_renewing = renewing;
    } else {
        (void)!wgo_renew_end(renewing, false, NULL);
    }
    return status;
}

enum wgo_status wgo_renew_end(struct wgo_renewing *renewing, bool good, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    if (!renewing) {
        return status;
    }
    if (good) {
        status = wgo_inventory_commit(renewing->writer, wgo_buf_view(&renewing->note), err);
    } else {
        wgo_inventory_abandon(renewing->writer);
    }
    wgo_buf_fini(&renewing->note);
    free(renewing);
    return status;
}
