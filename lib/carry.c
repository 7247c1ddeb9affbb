#include "lib/carry.h"

#include "lib/places.h"
#include "model/record_pack.h"

#include <stdlib.h>

enum { CARRIED_MEMORY = 16 << 20, FATES = 1024 };

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* What becomes of a place, and how much of it goes on to stand. */
struct fate {
    struct wgo_place place;
    struct wgo_place_fate of;
    bool retained, used;
    int64_t seen_ns;     /* when it was, last */
    uint64_t whose;      /* by whose eyes */
    int64_t fresh, aged; /* resources */
};

struct carry {
    const struct wgo_carry_options *o;
    struct wgo_places places;
    struct wgo_arena arena; /* the fates' names */
    struct fate *fates;     /* open addressing by place */
    size_t slots, used;

    struct wgo_inventory_reader *old;
    struct wgo_str old_id, old_text;

    struct wgo_buf id;    /* of the records that come */
    struct wgo_arena now; /* they, as far as they are needed */
    struct wgo_record *read;
    size_t read_count, read_room;

    struct wgo_merger *apart; /* what stands, until all has been looked at */
    struct wgo_sink sink;
    struct wgo_sink_lane *lane;
    uint64_t records;
};

/* ---- places ---- */

static struct wgo_place place_of(const struct wgo_record *record)
{
    struct wgo_place place = {record->source_provider, record->listed_account,
                              record->listed_region, record->listed_type};
    if (place.provider.len == 0) {
        place.provider = record->provider;
    }
    if (place.type.len == 0) {
        place.account = record->account;
        place.region = record->region;
        place.type = record->type;
    }
    return place;
}

static struct fate *slot_of(const struct carry *carry, const struct wgo_place *place)
{
    size_t at = (size_t)wgo_place_digest(place).low & (carry->slots - 1);
    while (carry->fates[at].used && wgo_place_cmp(&carry->fates[at].place, place) != 0) {
        at = (at + 1) & (carry->slots - 1);
    }
    return &carry->fates[at];
}

static bool make_room(struct carry *carry)
{
    if (carry->used * 4 < carry->slots * 3) {
        return true;
    }
    struct carry larger = {.slots = carry->slots ? carry->slots * 2 : FATES};
    larger.fates = calloc(larger.slots, sizeof(*larger.fates));
    if (!larger.fates) {
        return false;
    }
    for (size_t i = 0; i < carry->slots; i++) {
        if (carry->fates[i].used) {
            *slot_of(&larger, &carry->fates[i].place) = carry->fates[i];
        }
    }
    free(carry->fates);
    carry->fates = larger.fates;
    carry->slots = larger.slots;
    return true;
}

static struct fate *fate_at(struct carry *carry, const struct wgo_place *place)
{
    if (!make_room(carry)) {
        return NULL;
    }
    struct fate *fate = slot_of(carry, place);
    if (!fate->used) {
        const struct wgo_seen_place *seen = wgo_earlier_seen(carry->o->earlier, place);
        *fate = (struct fate){
            .place = {wgo_str_dup(&carry->arena, place->provider),
                      wgo_str_dup(&carry->arena, place->account),
                      wgo_str_dup(&carry->arena, place->region),
                      wgo_str_dup(&carry->arena, place->type)},
            .of = wgo_places_fate(&carry->places, place),
            .retained = wgo_earlier_retained(carry->o->earlier, place),
            .seen_ns = seen ? seen->seen_ns : 0,
            .whose = seen ? seen->whose : 0,
            .used = true,
        };
        carry->used++;
        if (!fate->of.known && wgo_str_list_has(&carry->o->whole, place->provider)) {
            fate->of = (struct wgo_place_fate){.known = true, .seen = WGO_SEEN_OK};
        }
    }
    return fate;
}

/* That of where the record was listed; where all of its account could not be read, and a list of
 * several accounts may have left it out, of the account. */
static struct fate *fate_of(struct carry *carry, const struct wgo_record *record)
{
    struct wgo_place place = place_of(record), own = place;
    struct fate *fate = fate_at(carry, &place);
    if (!fate || !wgo_place_was_seen(&fate->of) || wgo_str_eq(place.account, record->account)) {
        return fate;
    }
    struct wgo_place_fate unseen =
        wgo_places_unseen(&carry->places, place.provider, record->account);
    int64_t seen_ns = fate->seen_ns;
    own.account = record->account;
    fate = unseen.known ? fate_at(carry, &own) : fate;
    if (fate && unseen.known) {
        fate->of = unseen;
        fate->seen_ns = fate->seen_ns > 0 ? fate->seen_ns : seen_ns;
    }
    return fate;
}

/* ---- what stands ---- */

/* Whether this scan has read the same statement, or anything of the resource, from the source. */
static void look(const struct carry *carry, const struct wgo_record *old, bool *out_same,
                 bool *out_any)
{
    *out_same = *out_any = false;
    for (size_t i = 0; i < carry->read_count; i++) {
        const struct wgo_record *now = &carry->read[i];
        bool source = wgo_str_eq(now->source_provider, old->source_provider) &&
                      wgo_str_eq(now->state_file, old->state_file);
        *out_any = *out_any || (source && now->part.len == 0);
        bool same = source && wgo_str_eq(now->part, old->part) &&
                    wgo_str_eq(now->source_type, old->source_type);
        *out_same = *out_same || (same && wgo_str_eq(now->listed_group, old->listed_group));
    }
}

enum standing { GONE, STANDS, AGED };

static enum standing standing_of(struct carry *carry, const struct wgo_record *old,
                                 const struct fate *fate)
{
    struct wgo_earlier *earlier = carry->o->earlier;
    struct wgo_str provider = fate->place.provider;
    bool same, any;
    look(carry, old, &same, &any);
    bool seen = wgo_place_was_seen(&fate->of);
    if (same || (!any && wgo_earlier_gone(earlier, provider, old->id))) {
        return GONE;
    }
    if (old->listed_group.len > 0) {
        return wgo_earlier_kept_group(earlier, provider, old->listed_group) ? STANDS
               : seen                                                       ? GONE
                                                                            : AGED;
    }
    if (wgo_earlier_kept(earlier, provider, old->id)) {
        return STANDS;
    }
    if (fate->retained && !any && !wgo_earlier_gone_above(earlier, provider, old->id)) {
        return seen || !fate->of.known ? STANDS : AGED;
    }
    return seen ? GONE : AGED;
}

static enum wgo_status carry_on(struct carry *carry, const struct wgo_record *old,
                                struct wgo_error *err)
{
    struct fate *fate = fate_of(carry, old);
    if (!fate) {
        return no_memory(err);
    }
    enum standing standing = standing_of(carry, old, fate);
    if (standing == GONE) {
        return WGO_OK;
    }
    if (old->part.len == 0) {
        fate->fresh += standing == STANDS;
        fate->aged += standing == AGED;
    }
    carry->records++;
    return carry->sink.append(carry->lane, old, err);
}

static enum wgo_status carry_id(struct carry *carry, struct wgo_error *err)
{
    struct wgo_unpack in = {.rest = carry->old_text};
    enum wgo_status status = WGO_OK;
    while (in.rest.len > 0 && status == WGO_OK) {
        struct wgo_record record;
        wgo_record_unpack(&in, &record);
        status = in.bad ? wgo_fail(err, WGO_E_PARSE, "what an earlier scan kept cannot be read")
                        : carry_on(carry, &record, err);
    }
    return status == WGO_OK ? wgo_inventory_next(carry->old, &carry->old_id, &carry->old_text, err)
                            : status;
}

/* All that the earlier scan had before 'id', which this one has not read, or of it. */
static enum wgo_status carry_until(struct carry *carry, struct wgo_str id, bool included,
                                   struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    while (status == WGO_OK && carry->old_id.len > 0) {
        int order = id.len > 0 ? wgo_str_cmp(carry->old_id, id) : -1;
        if (order > 0 || (order == 0 && !included)) {
            break;
        }
        status = carry_id(carry, err);
    }
    return status;
}

/* ---- beside what was read ---- */

static enum wgo_status end_id(struct carry *carry, struct wgo_error *err)
{
    enum wgo_status status = carry_until(carry, wgo_buf_view(&carry->id), true, err);
    carry->read_count = 0;
    wgo_arena_reset(&carry->now);
    return status;
}

static bool note_read(struct carry *carry, const struct wgo_record *record)
{
    if (carry->read_count == carry->read_room) {
        size_t room = carry->read_room ? carry->read_room * 2 : 16;
        struct wgo_record *read = realloc(carry->read, room * sizeof(*read));
        if (!read) {
            return false;
        }
        carry->read = read;
        carry->read_room = room;
    }
    carry->read[carry->read_count++] = (struct wgo_record){
        .part = wgo_str_dup(&carry->now, record->part),
        .source_provider = wgo_str_dup(&carry->now, record->source_provider),
        .source_type = wgo_str_dup(&carry->now, record->source_type),
        .state_file = wgo_str_dup(&carry->now, record->state_file),
        .listed_group = wgo_str_dup(&carry->now, record->listed_group),
    };
    return true;
}

static enum wgo_status take_record(void *state, const struct wgo_record *record,
                                   struct wgo_error *err)
{
    struct carry *carry = state;
    enum wgo_status status = WGO_OK;
    if (!wgo_str_eq(wgo_buf_view(&carry->id), record->id)) {
        status = carry->id.len > 0 ? end_id(carry, err) : WGO_OK;
        wgo_buf_reset(&carry->id);
        if (status == WGO_OK && !wgo_buf_str(&carry->id, record->id)) {
            status = no_memory(err);
        }
        if (status == WGO_OK) {
            status = carry_until(carry, record->id, false, err);
        }
    }
    return status == WGO_OK && !note_read(carry, record) ? no_memory(err) : status;
}

/* ---- rows ---- */

static void add_rows(const struct carry *carry, bool *out_unseen)
{
    for (size_t i = 0; i < carry->slots; i++) {
        const struct fate *fate = &carry->fates[i];
        struct wgo_row row = {
            .provider = fate->place.provider,
            .account = fate->place.account,
            .region = fate->place.region,
            .type = fate->place.type,
            .seen = WGO_SEEN_OK,
            .count = fate->fresh,
            .whose = fate->whose,
        };
        if (fate->used && fate->fresh > 0) {
            wgo_rows_add(carry->o->rows, &row);
        }
        if (!fate->used || fate->aged == 0) {
            continue;
        }
        row.count = fate->aged;
        row.age_ns = fate->seen_ns > 0 ? carry->o->now.ns - fate->seen_ns : 0;
        row.seen = fate->of.known ? fate->of.seen : WGO_SEEN_UNAVAILABLE;
        row.error = fate->of.known ? fate->of.error : WGO_STR("nothing speaks of it any more");
        row.hint = fate->of.known ? fate->of.hint
                                  : WGO_STR("what an earlier scan found stands; a scan without "
                                            "--incremental forgets it");
        wgo_rows_add(carry->o->rows, &row);
        if (!fate->of.known && carry->o->problem) {
            struct wgo_error problem;
            wgo_row_problem(&row, &problem);
            carry->o->problem(carry->o->state, &problem);
        }
        *out_unseen = true;
    }
}

/* ---- together ---- */

static enum wgo_status append_record(void *state, const struct wgo_record *record,
                                     struct wgo_error *err)
{
    struct carry *carry = state;
    return carry->sink.append(carry->lane, record, err);
}

static enum wgo_status open_lane(struct carry *carry, struct wgo_merger *merger,
                                 struct wgo_error *err)
{
    carry->sink = wgo_merger_sink(merger);
    return carry->sink.open_lane(carry->sink.self, &carry->lane, err);
}

static void close_lane(struct carry *carry)
{
    if (carry->lane) {
        carry->sink.close_lane(carry->sink.self, carry->lane);
        carry->lane = NULL;
    }
}

static enum wgo_status begin(struct carry *carry, struct wgo_error *err)
{
    const struct wgo_merger_options apart = {.memory_budget = CARRIED_MEMORY};
    enum wgo_status status =
        wgo_places_init(&carry->places, carry->o->earlier, carry->o->rows, err);
    if (status == WGO_OK) {
        status = wgo_merger_new(&apart, &carry->apart, err);
    }
    if (status == WGO_OK) {
        status = open_lane(carry, carry->apart, err);
    }
    if (status == WGO_OK) {
        status = wgo_inventory_read(carry->o->earlier->inventory, &carry->old, err);
    }
    return status == WGO_OK ? wgo_inventory_next(carry->old, &carry->old_id, &carry->old_text, err)
                            : status;
}

enum wgo_status wgo_carry(const struct wgo_carry_options *options, uint64_t *out_records,
                          bool *out_unseen, struct wgo_error *err)
{
    struct carry carry = {.o = options};
    *out_records = 0;
    *out_unseen = false;
    enum wgo_status status = wgo_earlier_failed(options->earlier) ? no_memory(err) : WGO_OK;
    if (status == WGO_OK) {
        status = begin(&carry, err);
    }
    if (status == WGO_OK) {
        status = wgo_merger_records(options->merger, take_record, &carry, err);
    }
    if (status == WGO_OK && carry.id.len > 0) {
        status = end_id(&carry, err);
    }
    if (status == WGO_OK) {
        status = carry_until(&carry, (struct wgo_str){0}, true, err);
    }
    close_lane(&carry);
    if (status == WGO_OK) {
        status = open_lane(&carry, options->merger, err);
    }
    if (status == WGO_OK) {
        status = wgo_merger_records(carry.apart, append_record, &carry, err);
        close_lane(&carry);
    }
    if (status == WGO_OK) {
        add_rows(&carry, out_unseen);
        *out_records = carry.records;
    }
    wgo_inventory_read_end(carry.old);
    wgo_merger_free(carry.apart);
    wgo_places_fini(&carry.places);
    wgo_arena_fini(&carry.arena);
    wgo_arena_fini(&carry.now);
    wgo_buf_fini(&carry.id);
    free(carry.read);
    free(carry.fates);
    return status;
}
