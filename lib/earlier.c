#include "lib/earlier.h"

#include "model/record_pack.h"

#include <stdlib.h>

/* ---- places ---- */

int wgo_place_cmp(const struct wgo_place *a, const struct wgo_place *b)
{
    int order = wgo_str_cmp(a->provider, b->provider);
    order = order ? order : wgo_str_cmp(a->account, b->account);
    order = order ? order : wgo_str_cmp(a->region, b->region);
    return order ? order : wgo_str_cmp(a->type, b->type);
}

static int by_place(const void *a, const void *b)
{
    return wgo_place_cmp(&((const struct wgo_seen_place *)a)->place,
                         &((const struct wgo_seen_place *)b)->place);
}

void wgo_earlier_note(const struct wgo_seen_place *places, size_t count, struct wgo_buf *out)
{
    wgo_pack_number(out, count);
    for (size_t i = 0; i < count; i++) {
        wgo_pack_text(out, places[i].place.provider);
        wgo_pack_text(out, places[i].place.account);
        wgo_pack_text(out, places[i].place.region);
        wgo_pack_text(out, places[i].place.type);
        wgo_pack_number(out, (uint64_t)places[i].seen_ns);
    }
    for (size_t i = 0; i < count; i++) {
        wgo_pack_number(out, places[i].whose);
    }
}

/* The inventory's own digest says that the note is what was written. */
static bool read_note(struct wgo_earlier *earlier)
{
    struct wgo_unpack in = {
        .rest = wgo_str_dup(&earlier->arena, wgo_inventory_note(earlier->inventory))};
    uint64_t count = in.rest.len > 0 ? wgo_unpack_number(&in) : 0;
    if (in.bad || count > in.rest.len) {
        return false;
    }
    earlier->places = WGO_NEW_ARRAY(&earlier->arena, struct wgo_seen_place, (size_t)count + 1);
    for (size_t i = 0; earlier->places && i < count; i++) {
        struct wgo_seen_place *seen = &earlier->places[i];
        seen->place.provider = wgo_unpack_text(&in);
        seen->place.account = wgo_unpack_text(&in);
        seen->place.region = wgo_unpack_text(&in);
        seen->place.type = wgo_unpack_text(&in);
        seen->seen_ns = (int64_t)wgo_unpack_number(&in);
    }
    if (!earlier->places || in.bad) {
        return false;
    }
    for (size_t i = 0; i < count && in.rest.len > 0; i++) { /* older notes do not say whose */
        earlier->places[i].whose = wgo_unpack_number(&in);
    }
    if (in.bad) {
        return false;
    }
    earlier->place_count = (size_t)count;
    qsort(earlier->places, earlier->place_count, sizeof(*earlier->places), by_place);
    return true;
}

/* The first place that is not before 'place'. */
static size_t first_from(const struct wgo_earlier *earlier, const struct wgo_place *place)
{
    size_t low = 0, high = earlier->place_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool before = wgo_place_cmp(&earlier->places[middle].place, place) < 0;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

const struct wgo_seen_place *wgo_earlier_seen(const struct wgo_earlier *earlier,
                                              const struct wgo_place *place)
{
    size_t at = first_from(earlier, place);
    bool found = at < earlier->place_count && wgo_place_cmp(&earlier->places[at].place, place) == 0;
    return found ? &earlier->places[at] : NULL;
}

void wgo_earlier_span(const struct wgo_earlier *earlier, int64_t *out_oldest, int64_t *out_newest)
{
    *out_oldest = *out_newest = 0;
    for (size_t i = 0; i < earlier->place_count; i++) {
        int64_t seen = earlier->places[i].seen_ns;
        *out_oldest = seen > 0 && (*out_oldest == 0 || seen < *out_oldest) ? seen : *out_oldest;
        *out_newest = seen > *out_newest ? seen : *out_newest;
    }
}

/* ---- what is said while the scan runs ---- */

static struct wgo_digest digest_of(struct wgo_str provider, struct wgo_str id)
{
    struct wgo_digest digest = {0};
    wgo_digest_add(&digest, provider);
    wgo_digest_add(&digest, id);
    return digest;
}

static struct wgo_digest version_of(struct wgo_str provider, struct wgo_str id,
                                    struct wgo_str version)
{
    struct wgo_digest digest = digest_of(provider, id);
    wgo_digest_add(&digest, version);
    return digest;
}

struct wgo_digest wgo_place_digest(const struct wgo_place *place)
{
    struct wgo_digest digest = digest_of(place->provider, place->account);
    wgo_digest_add(&digest, place->region);
    wgo_digest_add(&digest, place->type);
    return digest;
}

/* A collector says something of a thing, a group or a place. */
static void say(struct wgo_earlier *earlier, enum wgo_said what, struct wgo_digest digest)
{
    wgo_lock_acquire(&earlier->lock);
    if (!wgo_digests_add(&earlier->synced.said[what], digest)) {
        earlier->synced.failed = true;
    }
    wgo_lock_release(&earlier->lock);
}

static bool was_said(struct wgo_earlier *earlier, enum wgo_said what, struct wgo_digest digest)
{
    wgo_lock_acquire(&earlier->lock);
    bool said = wgo_digests_has(&earlier->synced.said[what], digest);
    wgo_lock_release(&earlier->lock);
    return said;
}

/* ---- since when ---- */

static bool fits(struct wgo_str wanted, struct wgo_str there)
{
    return wanted.len == 0 || wgo_str_is(wanted, "*") || wgo_str_eq(wanted, there);
}

/* When it was seen by the same: what others have seen may be more, or less. */
static int64_t seen_by(struct wgo_earlier *earlier, const struct wgo_seen_place *seen,
                       uint64_t whose)
{
    if (seen->seen_ns <= 0 || seen->whose == whose) {
        return seen->seen_ns;
    }
    say(earlier, WGO_SAID_ANOTHERS, digest_of(seen->place.provider, WGO_STR("")));
    return 0;
}

/* The place's own; else the oldest of those that it speaks of: 0 when there is none, or one was
 * never seen. A list of all types is a place of its own: others beside it say nothing of it. */
static int64_t port_since(void *self, const struct wgo_place *place, uint64_t whose)
{
    struct wgo_earlier *earlier = self;
    struct wgo_place from = {.provider = place->provider, .account = place->account};
    int64_t since = INT64_MAX;
    bool any = false;
    if (!earlier->asks_less) {
        return 0;
    }
    const struct wgo_seen_place *seen = wgo_earlier_seen(earlier, place);
    if (seen && seen->seen_ns > 0) {
        int64_t own = seen_by(earlier, seen, whose);
        return own > earlier->latest_ns ? earlier->latest_ns : own;
    }
    for (size_t i = first_from(earlier, &from); i < earlier->place_count && since > 0; i++) {
        const struct wgo_seen_place *at = &earlier->places[i];
        if (!wgo_str_eq(at->place.provider, place->provider) ||
            (place->account.len > 0 && !wgo_str_eq(at->place.account, place->account))) {
            break;
        }
        if (fits(place->region, at->place.region) && fits(place->type, at->place.type)) {
            any = true;
            int64_t at_ns = seen_by(earlier, at, whose);
            since = at_ns < since ? at_ns : since;
        }
    }
    since = any ? since : 0;
    return since > earlier->latest_ns ? earlier->latest_ns : since;
}

/* ---- what was there ---- */

/* The versions of what providers themselves have said. */
static bool read_versions(struct wgo_earlier *earlier, struct wgo_digests *out)
{
    struct wgo_inventory_reader *reader = NULL;
    struct wgo_str id, text;
    enum wgo_status status = wgo_inventory_read(earlier->inventory, &reader, NULL);
    while (status == WGO_OK) {
        status = wgo_inventory_next(reader, &id, &text, NULL);
        if (status != WGO_OK || id.len == 0) {
            break;
        }
        struct wgo_unpack in = {.rest = text};
        while (in.rest.len > 0 && !in.bad) {
            struct wgo_record record;
            wgo_record_unpack(&in, &record);
            if (!in.bad && record.live && record.part.len == 0 && record.version.len > 0 &&
                !wgo_digests_add(out, version_of(record.provider, record.id, record.version))) {
                status = WGO_E_NOMEM;
            }
        }
    }
    wgo_inventory_read_end(reader);
    return status == WGO_OK;
}

static int64_t port_begun(void *self)
{
    const struct wgo_earlier *earlier = self;
    return earlier->begun_ns;
}

static bool port_has(void *self, struct wgo_str provider, struct wgo_str id, struct wgo_str version)
{
    struct wgo_earlier *earlier = self;
    if (!earlier->asks_less || version.len == 0) {
        return false;
    }
    wgo_lock_acquire(&earlier->lock);
    bool mine = !earlier->synced.versions_asked;
    earlier->synced.versions_asked = true;
    if (mine) {
        struct wgo_digests versions = {0};
        wgo_lock_release(&earlier->lock);
        if (!read_versions(earlier, &versions)) {
            wgo_digests_fini(&versions); /* then nothing is known */
        }
        wgo_lock_acquire(&earlier->lock);
        earlier->synced.versions = versions;
        earlier->synced.versions_read = true;
        wgo_cond_broadcast(&earlier->read);
    }
    while (!earlier->synced.versions_read) {
        wgo_cond_wait(&earlier->read, &earlier->lock);
    }
    bool has = wgo_digests_has(&earlier->synced.versions, version_of(provider, id, version));
    wgo_lock_release(&earlier->lock);
    return has;
}

static void port_keep(void *self, struct wgo_str provider, struct wgo_str id)
{
    say(self, WGO_SAID_KEPT, digest_of(provider, id));
}

static void port_keep_group(void *self, struct wgo_str provider, struct wgo_str group)
{
    say(self, WGO_SAID_GROUP_KEPT, digest_of(provider, group));
}

static void port_gone(void *self, struct wgo_str provider, struct wgo_str id)
{
    say(self, WGO_SAID_GONE, digest_of(provider, id));
}

static void port_retain(void *self, const struct wgo_place *place)
{
    say(self, WGO_SAID_RETAINED, wgo_place_digest(place));
}

static bool lead_locked(struct wgo_earlier *earlier, const struct wgo_earlier_lead *lead)
    WGO_REQUIRES(earlier->lock)
{
    if (earlier->synced.lead_count == earlier->synced.lead_room) {
        size_t room = earlier->synced.lead_room ? earlier->synced.lead_room * 2 : 64;
        struct wgo_earlier_lead *leads =
            realloc(earlier->synced.leads, room * sizeof(*earlier->synced.leads));
        if (!leads) {
            return false;
        }
        earlier->synced.leads = leads;
        earlier->synced.lead_room = room;
    }
    struct wgo_earlier_lead copy = {
        .provider = wgo_str_dup(&earlier->synced.texts, lead->provider),
        .parent = wgo_str_dup(&earlier->synced.texts, lead->parent),
        .child = wgo_str_dup(&earlier->synced.texts, lead->child),
    };
    earlier->synced.leads[earlier->synced.lead_count++] = copy;
    return copy.provider.len == lead->provider.len && copy.parent.len == lead->parent.len &&
           copy.child.len == lead->child.len;
}

static void port_leads(void *self, struct wgo_str provider, struct wgo_str parent,
                       struct wgo_str child)
{
    struct wgo_earlier *earlier = self;
    const struct wgo_earlier_lead lead = {provider, parent, child};
    wgo_lock_acquire(&earlier->lock);
    if (!lead_locked(earlier, &lead)) {
        earlier->synced.failed = true;
    }
    wgo_lock_release(&earlier->lock);
}

/* ---- life ---- */

enum wgo_status wgo_earlier_open(struct wgo_inventory *inventory, bool asks_less, int64_t latest_ns,
                                 struct wgo_earlier **out_earlier, struct wgo_error *err)
{
    struct wgo_earlier *earlier = calloc(1, sizeof(*earlier));
    if (!earlier) {
        wgo_inventory_close(inventory);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_lock_init(&earlier->lock);
    wgo_cond_init(&earlier->read);
    earlier->inventory = inventory;
    earlier->asks_less = asks_less && wgo_inventory_holds(inventory);
    earlier->latest_ns = latest_ns;
    earlier->port = (struct wgo_base){
        .self = earlier,
        .since = port_since,
        .begun = port_begun,
        .has = port_has,
        .keep = port_keep,
        .keep_group = port_keep_group,
        .gone = port_gone,
        .retain = port_retain,
        .leads = port_leads,
    };
    if (!read_note(earlier)) {
        wgo_earlier_close(earlier);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out_earlier = earlier;
    return WGO_OK;
}

void wgo_earlier_close(struct wgo_earlier *earlier)
{
    if (earlier) {
        wgo_inventory_close(earlier->inventory);
        wgo_lock_acquire(&earlier->lock);
        wgo_digests_fini(&earlier->synced.versions);
        for (size_t i = 0; i < WGO_COUNT(earlier->synced.said); i++) {
            wgo_digests_fini(&earlier->synced.said[i]);
        }
        wgo_arena_fini(&earlier->synced.texts);
        free(earlier->synced.leads);
        wgo_lock_release(&earlier->lock);
        wgo_arena_fini(&earlier->arena);
        wgo_cond_fini(&earlier->read);
        wgo_lock_fini(&earlier->lock);
        free(earlier);
    }
}

/* ---- what was said ---- */

bool wgo_earlier_failed(struct wgo_earlier *earlier)
{
    wgo_lock_acquire(&earlier->lock);
    bool failed = earlier->synced.failed;
    wgo_lock_release(&earlier->lock);
    return failed;
}

bool wgo_earlier_anothers(struct wgo_earlier *earlier, struct wgo_str provider)
{
    return was_said(earlier, WGO_SAID_ANOTHERS, digest_of(provider, WGO_STR("")));
}

bool wgo_earlier_kept(struct wgo_earlier *earlier, struct wgo_str provider, struct wgo_str id)
{
    return was_said(earlier, WGO_SAID_KEPT, digest_of(provider, id));
}

bool wgo_earlier_kept_group(struct wgo_earlier *earlier, struct wgo_str provider,
                            struct wgo_str group)
{
    return was_said(earlier, WGO_SAID_GROUP_KEPT, digest_of(provider, group));
}

bool wgo_earlier_gone(struct wgo_earlier *earlier, struct wgo_str provider, struct wgo_str id)
{
    return was_said(earlier, WGO_SAID_GONE, digest_of(provider, id));
}

bool wgo_earlier_gone_above(struct wgo_earlier *earlier, struct wgo_str provider, struct wgo_str id)
{
    wgo_lock_acquire(&earlier->lock);
    bool any = earlier->synced.said[WGO_SAID_GONE].count > 0;
    wgo_lock_release(&earlier->lock);
    bool gone = any && wgo_earlier_gone(earlier, provider, id);
    for (size_t i = id.len; any && !gone && i-- > 1;) {
        gone = id.ptr[i] == '/' && wgo_earlier_gone(earlier, provider, wgo_str_slice(id, 0, i));
    }
    return gone;
}

bool wgo_earlier_retained(struct wgo_earlier *earlier, const struct wgo_place *place)
{
    struct wgo_place all = *place;
    all.type = WGO_STR("*");
    return was_said(earlier, WGO_SAID_RETAINED, wgo_place_digest(place)) ||
           was_said(earlier, WGO_SAID_RETAINED, wgo_place_digest(&all));
}

const struct wgo_earlier_lead *wgo_earlier_lead(struct wgo_earlier *earlier,
                                                struct wgo_str provider, struct wgo_str child,
                                                size_t index)
{
    const struct wgo_earlier_lead *found = NULL;
    wgo_lock_acquire(&earlier->lock);
    for (size_t i = 0; i < earlier->synced.lead_count && !found; i++) {
        const struct wgo_earlier_lead *lead = &earlier->synced.leads[i];
        if (wgo_str_eq(lead->provider, provider) && wgo_str_eq(lead->child, child) &&
            index-- == 0) {
            found = lead;
        }
    }
    wgo_lock_release(&earlier->lock);
    return found;
}
