#include "engine/earlier.h"

#include "engine/replay.h"

static struct wgo_str provider_of(const struct wgo_run *run)
{
    return wgo_str(run->o.type->name);
}

void wgo_run_tell_leads(const struct wgo_run *run)
{
    const struct wgo_base *base = run->o.base;
    for (size_t i = 0; base && i < wgo_catalog_count(run->catalog); i++) {
        const struct wgo_entry *parent = wgo_catalog_at(run->catalog, i);
        for (size_t c = 0; c < parent->child_count; c++) {
            const struct wgo_entry *child =
                wgo_catalog_find(run->catalog, parent->children[c].entry);
            if (child && !wgo_str_eq(child->row_type, parent->row_type)) {
                base->leads(base->self, provider_of(run), parent->row_type, child->row_type);
            }
        }
    }
}

void wgo_call_place(const struct wgo_call *call, struct wgo_record *record)
{
    const struct wgo_task *task = call->task;
    if (record->listed_type.len == 0) {
        record->listed_account = task->account;
        record->listed_region = task->region;
        record->listed_type = task->type;
    }
}

bool wgo_call_elsewhere(const struct wgo_call *call, const struct wgo_record *record)
{
    const struct wgo_task *task = call->task;
    return record->listed_type.len > 0 && !(wgo_str_eq(record->listed_account, task->account) &&
                                            wgo_str_eq(record->listed_region, task->region) &&
                                            wgo_str_eq(record->listed_type, task->type));
}

uint64_t wgo_run_whose(const struct wgo_run *run, const struct wgo_task *task)
{
    uint64_t whose;
    return run->o.base && wgo_replay_whose(run, task, &whose) ? whose : 0;
}

void wgo_run_keep(const struct wgo_run *run, struct wgo_str id)
{
    const struct wgo_base *base = run->o.base;
    if (base) {
        base->keep(base->self, provider_of(run), id);
    }
}

void wgo_run_keep_group(const struct wgo_run *run, struct wgo_str group)
{
    const struct wgo_base *base = run->o.base;
    if (base) {
        base->keep_group(base->self, provider_of(run), group);
    }
}

void wgo_run_gone(const struct wgo_run *run, struct wgo_str id)
{
    const struct wgo_base *base = run->o.base;
    if (base) {
        base->gone(base->self, provider_of(run), id);
    }
}

void wgo_run_retain(const struct wgo_run *run, struct wgo_str account, struct wgo_str region,
                    struct wgo_str type)
{
    const struct wgo_base *base = run->o.base;
    struct wgo_place place = {provider_of(run), account, region, type};
    if (base) {
        base->retain(base->self, &place);
    }
}
