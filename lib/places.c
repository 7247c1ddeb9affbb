#include "lib/places.h"

/* Lists that lead to lists that lead to lists ... */
enum { DEEPEST = 4 };

static bool is_bad(enum wgo_completeness seen)
{
    return seen != WGO_SEEN_OK && seen != WGO_SEEN_SKIPPED;
}

static bool is_wide(struct wgo_str field)
{
    return field.len == 0 || wgo_str_is(field, "*");
}

static void take_row(void *state, const struct wgo_row *row)
{
    struct wgo_places *places = state;
    struct wgo_row *copy = &places->rows[places->count];
    *copy = *row;
    const struct {
        struct wgo_str *to, from;
    } texts[] = {
        {&copy->provider, row->provider}, {&copy->account, row->account},
        {&copy->region, row->region},     {&copy->type, row->type},
        {&copy->error, row->error},       {&copy->hint, row->hint},
    };
    for (size_t i = 0; i < WGO_COUNT(texts); i++) {
        *texts[i].to = wgo_str_dup(&places->arena, texts[i].from);
        places->failed = places->failed || texts[i].to->len != texts[i].from.len;
    }
    /* What was seen of all is said by name; what was not may be said of everything at once. */
    bool everything = wgo_str_is(row->type, "*");
    bool wide =
        is_bad(row->seen) && (is_wide(row->account) || is_wide(row->region) || is_wide(row->type));
    if (wide || everything) {
        places->wide[places->wide_count++] = places->count;
    }
    places->count++;
}

enum wgo_status wgo_places_init(struct wgo_places *places, struct wgo_earlier *earlier,
                                const struct wgo_rows *rows, struct wgo_error *err)
{
    size_t count = wgo_rows_count(rows);
    *places = (struct wgo_places){.earlier = earlier};
    places->rows = WGO_NEW_ARRAY(&places->arena, struct wgo_row, count + 1);
    places->wide = WGO_NEW_ARRAY(&places->arena, size_t, count + 1);
    if (places->rows && places->wide) {
        wgo_rows_each(rows, take_row, places);
    }
    if (!places->rows || !places->wide || places->failed) {
        wgo_places_fini(places);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    return WGO_OK;
}

void wgo_places_fini(struct wgo_places *places)
{
    wgo_arena_fini(&places->arena);
}

static struct wgo_place place_of(const struct wgo_row *row)
{
    return (struct wgo_place){row->provider, row->account, row->region, row->type};
}

static size_t first_from(const struct wgo_places *places, const struct wgo_place *place)
{
    size_t low = 0, high = places->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct wgo_place there = place_of(&places->rows[middle]);
        bool before = wgo_place_cmp(&there, place) < 0;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

/* What is bad counts; of two that are, the first one found. */
static void learn(struct wgo_place_fate *fate, const struct wgo_row *row)
{
    if (!fate->known || (is_bad(row->seen) && !is_bad(fate->seen))) {
        fate->seen = row->seen;
        fate->error = row->error;
        fate->hint = row->hint;
    }
    fate->known = true;
}

static bool speaks_of(const struct wgo_row *row, const struct wgo_place *place)
{
    return wgo_str_eq(row->provider, place->provider) &&
           (is_wide(row->account) || wgo_str_eq(row->account, place->account)) &&
           (is_wide(row->region) || wgo_str_eq(row->region, place->region)) &&
           (is_wide(row->type) || wgo_str_eq(row->type, place->type));
}

/* A good row that says "all types" says nothing of other accounts and regions than its own. */
static bool reaches(const struct wgo_row *row, const struct wgo_place *place)
{
    return is_bad(row->seen) ||
           (wgo_str_eq(row->account, place->account) && wgo_str_eq(row->region, place->region));
}

/* Lists of that type in the account, wherever: regions of the lists that lead on may differ. */
static void learn_of_type(const struct wgo_places *places, struct wgo_str provider,
                          struct wgo_str account, struct wgo_str type, struct wgo_place_fate *fate)
{
    struct wgo_place from = {.provider = provider, .account = account};
    for (size_t i = first_from(places, &from); i < places->count; i++) {
        const struct wgo_row *row = &places->rows[i];
        if (!wgo_str_eq(row->provider, provider) || !wgo_str_eq(row->account, account)) {
            return;
        }
        if (wgo_str_eq(row->type, type)) {
            learn(fate, row);
        }
    }
}

static void learn_of_leads(const struct wgo_places *places, const struct wgo_place *place,
                           struct wgo_str child, unsigned depth, struct wgo_place_fate *fate)
{
    const struct wgo_earlier_lead *lead;
    for (size_t i = 0; depth < DEEPEST && (lead = wgo_earlier_lead(places->earlier, place->provider,
                                                                   child, i)) != NULL;
         i++) {
        struct wgo_place_fate of_parent = {0};
        learn_of_type(places, place->provider, place->account, lead->parent, &of_parent);
        if (!of_parent.known) {
            learn_of_leads(places, place, lead->parent, depth + 1, &of_parent);
        }
        if (of_parent.known) {
            const struct wgo_row row = {
                .seen = of_parent.seen, .error = of_parent.error, .hint = of_parent.hint};
            learn(fate, &row);
        }
    }
}

struct wgo_place_fate wgo_places_fate(const struct wgo_places *places,
                                      const struct wgo_place *place)
{
    struct wgo_place_fate fate = {0};
    size_t at = first_from(places, place);
    if (at < places->count) {
        struct wgo_place there = place_of(&places->rows[at]);
        if (wgo_place_cmp(&there, place) == 0) {
            learn(&fate, &places->rows[at]);
            fate.own = true;
        }
    }
    for (size_t i = 0; i < places->wide_count; i++) {
        const struct wgo_row *row = &places->rows[places->wide[i]];
        if (speaks_of(row, place) && reaches(row, place)) {
            learn(&fate, row);
        }
    }
    if (!fate.known) {
        learn_of_leads(places, place, place->type, 0, &fate);
    }
    return fate;
}

struct wgo_place_fate wgo_places_unseen(const struct wgo_places *places, struct wgo_str provider,
                                        struct wgo_str account)
{
    struct wgo_place_fate fate = {0};
    for (size_t i = 0; i < places->wide_count && !fate.known; i++) {
        const struct wgo_row *row = &places->rows[places->wide[i]];
        if (is_bad(row->seen) && is_wide(row->region) && is_wide(row->type) &&
            wgo_str_eq(row->provider, provider) && wgo_str_eq(row->account, account)) {
            learn(&fate, row);
        }
    }
    return fate;
}
