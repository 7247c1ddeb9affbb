#include "engine/phases.h"

#include <ctype.h>
#include <stdio.h>

void wgo_phases_init(struct wgo_phases *phases, const char *const *names)
{
    *phases = (struct wgo_phases){0};
    for (; names && names[phases->count] && phases->count < WGO_PHASES_MOST; phases->count++) {
        phases->items[phases->count].stats.name = names[phases->count];
    }
}

static struct wgo_phase *find(struct wgo_phases *phases, struct wgo_str name)
{
    for (unsigned i = 0; name.len > 0 && i < phases->count; i++) {
        if (wgo_str_is(name, phases->items[i].stats.name)) {
            return &phases->items[i];
        }
    }
    return NULL;
}

void wgo_phases_enter(struct wgo_phases *phases, struct wgo_str name, struct wgo_mono now)
{
    struct wgo_phase *phase = find(phases, name);
    if (!phase) {
        return;
    }
    if (!phase->stats.began) {
        phase->stats.began = true;
        phase->began_at = now;
    }
    phase->open++;
}

void wgo_phases_asked(struct wgo_phases *phases, struct wgo_str name)
{
    struct wgo_phase *phase = find(phases, name);
    if (phase) {
        phase->stats.calls++;
    }
}

void wgo_phases_leave(struct wgo_phases *phases, struct wgo_str name, uint64_t items,
                      struct wgo_mono now)
{
    struct wgo_phase *phase = find(phases, name);
    if (!phase) {
        return;
    }
    phase->open--;
    phase->stats.resources += items;
    phase->stats.duration_ns = wgo_mono_sub(now, phase->began_at);
}

void wgo_phases_note(struct wgo_phases *phases, struct wgo_str name, uint64_t hits, uint64_t misses)
{
    struct wgo_phase *phase = find(phases, name);
    if (phase) {
        phase->stats.cache_hits += hits;
        phase->stats.cache_misses += misses;
    }
}

unsigned wgo_phases_over(struct wgo_phases *phases, bool quiet,
                         struct wgo_phase_stats out[WGO_PHASES_MOST])
{
    unsigned count = 0;
    for (unsigned i = 0; i < phases->count && quiet; i++) {
        struct wgo_phase *phase = &phases->items[i];
        bool any = phase->stats.began || phase->stats.cache_hits > 0;
        if (phase->open > 0) {
            break;
        }
        if (any && !phase->stats.ended) {
            phase->stats.ended = true;
            out[count++] = phase->stats;
        }
    }
    return count;
}

void wgo_phases_text(const struct wgo_phase_stats *stats, char *out, size_t size)
{
    double seconds = (double)stats->duration_ns / (double)WGO_S;
    double rate = seconds > 0 ? (double)stats->resources / seconds : 0;
    char cache[96] = "";
    if (stats->cache_hits + stats->cache_misses > 0) {
        snprintf(cache, sizeof(cache), "; cache: %llu hits, %llu misses",
                 (unsigned long long)stats->cache_hits, (unsigned long long)stats->cache_misses);
    }
    snprintf(out, size, "%c%s complete: %llu resources in %.1fs (%.1f resources/sec)%s",
             toupper((unsigned char)stats->name[0]), stats->name + 1,
             (unsigned long long)stats->resources, seconds, rate, cache);
}
