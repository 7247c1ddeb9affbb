#include "engine/chosen.h"

#include "engine/run.h"

#include <stddef.h>
#include <stdio.h>
#include <xxhash.h>

enum { MOST = 64 };

static const struct choice {
    const char *flag, *says;
    size_t at; /* of the list, in the options */
} CHOICES[WGO_CHOICES] = {
#define CHOICE(flag, says, list)                                                                   \
    {                                                                                              \
        flag, says, offsetof(struct wgo_provider_options, list)                                    \
    }
    CHOICE("--region", "nothing that was read lies there", regions),
    CHOICE("--namespace", "nothing that was read lies there", namespaces),
    CHOICE("--project", "no project that can be seen passes it", projects),
    CHOICE("--subscription", "no subscription that can be seen passes it", subscriptions),
    CHOICE("--account", "no account of the organisation passes it", accounts),
    CHOICE("--exclude-account", "no account of the organisation is meant by it", exclude_accounts),
    CHOICE("--resource-type", "nothing that can be listed there is called so", resource_types),
#undef CHOICE
};
enum { REGION, NAMESPACE, TYPE = WGO_CHOICES - 1 };

static const struct wgo_str_list *list_of(const struct wgo_run *run, size_t choice)
{
    const char *options = (const char *)run->o.options;
    return (const struct wgo_str_list *)(const void *)(options + CHOICES[choice].at);
}

static bool excludes(struct wgo_str pattern)
{
    return pattern.len > 0 && pattern.ptr[0] == '!';
}

static void fits(struct wgo_run *run, size_t choice, size_t at)
{
    uint64_t bit = at < MOST ? UINT64_C(1) << at : 0;
    _Atomic uint64_t *fitted = &run->chosen.fitted[choice];
    if ((atomic_load_explicit(fitted, memory_order_relaxed) & bit) != bit) {
        atomic_fetch_or_explicit(fitted, bit, memory_order_relaxed);
    }
}

void wgo_chosen_fits(struct wgo_run *run, const struct wgo_str_list *patterns, size_t at)
{
    for (size_t i = 0; i < WGO_CHOICES; i++) {
        if (list_of(run, i) == patterns) {
            /* Of types some are known before others. */
            if (i != TYPE || at >= patterns->count) {
                atomic_store_explicit(&run->chosen.looked[i], true, memory_order_relaxed);
            }
            fits(run, i, at);
        }
    }
}

/* Only those that have not fitted yet are compared: soon none. '*last' is what was compared before.
 */
static void compare(struct wgo_run *run, size_t choice, struct wgo_str name, uint64_t *last)
{
    const struct wgo_str_list *patterns = list_of(run, choice);
    if (patterns->count == 0 || name.len == 0) {
        return;
    }
    uint64_t digest = XXH3_64bits(name.ptr, name.len) | 1;
    if (digest == *last) {
        return;
    }
    *last = digest;
    uint64_t fitted = atomic_load_explicit(&run->chosen.fitted[choice], memory_order_relaxed);
    for (size_t i = 0; i < patterns->count && i < MOST; i++) {
        if (!(fitted >> i & 1) && wgo_str_glob(patterns->items[i], name)) {
            fits(run, choice, i);
        }
    }
}

void wgo_chosen_record(struct wgo_run *run, struct wgo_chosen_last *last,
                       const struct wgo_record *record)
{
    if (run->o.type->region_of_items) {
        compare(run, REGION, record->region, &last->region);
    }
    compare(run, NAMESPACE, record->namespace_name, &last->space);
}

static bool has_ended_by_itself(struct wgo_run *run)
{
    wgo_lock_acquire(&run->lock);
    bool whole = run->synced.why == WGO_OK && !run->synced.abandoned;
    wgo_lock_release(&run->lock);
    return whole;
}

static bool was_compared(struct wgo_run *run, size_t choice)
{
    if (choice == TYPE && run->o.options->shared_types) {
        return false;
    }
    bool by_records = (choice == REGION && run->o.type->region_of_items) || choice == NAMESPACE;
    return by_records ? !atomic_load(&run->chosen.kept) : atomic_load(&run->chosen.looked[choice]);
}

void wgo_chosen_tell(struct wgo_run *run)
{
    if (!run->o.events.warning || !has_ended_by_itself(run)) {
        return;
    }
    for (size_t choice = 0; choice < WGO_CHOICES; choice++) {
        const struct wgo_str_list *patterns = list_of(run, choice);
        uint64_t fitted = atomic_load(&run->chosen.fitted[choice]);
        for (size_t i = 0; i < patterns->count && i < MOST && was_compared(run, choice); i++) {
            struct wgo_str pattern = patterns->items[i];
            bool all = pattern.len == 0 || wgo_str_is(pattern, "all");
            if (!(fitted >> i & 1) && !all && !excludes(pattern)) {
                char text[400];
                snprintf(text, sizeof(text), "%s %.*s: %s", CHOICES[choice].flag,
                         WGO_FMT(wgo_str_slice(pattern, 0, 200)), CHOICES[choice].says);
                run->o.events.warning(run->o.events.state, text);
            }
        }
    }
}
