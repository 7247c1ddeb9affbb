#include "engine/short_page.h"

#include "engine/item.h"

/* Nobody gives fewer than this at most. */
enum { SMALLEST_MOST = 5 };

bool wgo_short_page_ends(struct wgo_call *call, size_t items)
{
    struct wgo_run *run = call->run;
    uint64_t longest = 0;
    wgo_lock_acquire(&run->lock);
    struct wgo_meter *meter = wgo_meters_of(&run->synced.meters, wgo_entry_index(run, call->entry));
    if (meter) {
        longest = meter->longest_page;
        meter->longest_page = items > longest ? items : longest;
    }
    wgo_lock_release(&run->lock);
    bool is_short = items < call->entry->numbers.size;
    bool ends = is_short && (items < longest || items < SMALLEST_MOST);
    call->in_doubt = is_short && !ends && call->task->page == 0;
    return ends;
}

bool wgo_short_page_doubted(const struct wgo_call *call)
{
    const struct wgo_entry *entry = call->entry;
    bool by_size = (entry->paging == WGO_PAGE_NUMBER || entry->paging == WGO_PAGE_ITEM) &&
                   entry->more.len + entry->numbers.total.len + entry->numbers.last.len == 0;
    return by_size && call->task->page == 0 && (uint64_t)call->task->items < entry->numbers.size;
}

bool wgo_short_page_refused(const struct wgo_call *call, const struct wgo_verdict *verdict)
{
    static const int refusals[] = {400, 404, 416, 422};
    bool refused = false;
    for (size_t i = 0; i < WGO_COUNT(refusals) && call->attempt; i++) {
        refused = refused || call->attempt->response.http_status == refusals[i];
    }
    return refused && call->in_doubt && call->task->page == 1 &&
           verdict->kind == WGO_VERDICT_FAILED && verdict->status == WGO_E_REJECTED;
}

static void tell(struct wgo_call *call, size_t items)
{
    const struct wgo_entry *entry = call->entry;
    if (wgo_run_tells(call, WGO_TOLD_REPEATS)) {
        call->run->services.warn(
            call->run,
            "the second page of %.*s (%.*s, line %u) is the first once more: its %zu items count "
            "as all there are; if there are more, look at `page`",
            WGO_FMT(entry->name), WGO_FMT(entry->file), entry->line, items);
    }
}

/* In whatever order the page has them. */
static uint64_t ids_of(struct wgo_worker *worker, const struct wgo_call *call,
                       const struct wgo_json_page *page)
{
    uint64_t ids = 0;
    for (size_t i = 0; i < page->item_count; i++) {
        ids += wgo_item_digest(worker, call, page->items[i]);
    }
    return ids;
}

void wgo_short_page_remember(struct wgo_worker *worker, struct wgo_call *call,
                             const struct wgo_json_page *page)
{
    if (call->in_doubt) {
        call->page_ids = ids_of(worker, call, page);
    }
}

bool wgo_short_page_repeats(struct wgo_worker *worker, struct wgo_call *call,
                            const struct wgo_json_page *page)
{
    bool repeats = call->in_doubt && call->task->page == 1 && page->item_count > 0 &&
                   ids_of(worker, call, page) == call->page_ids;
    if (repeats) {
        tell(call, page->item_count);
    }
    return repeats;
}
