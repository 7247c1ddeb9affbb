#include "engine/dates.h"

#include "engine/run.h"
#include "model/scrub.h"

#include <stdio.h>

void wgo_dates_begin(struct wgo_dates *dates)
{
    *dates = (struct wgo_dates){.unread = 0};
}

/* As snapshots have them. */
static bool is_date(struct wgo_str text)
{
    struct wgo_wall wall;
    return text.len >= 20 && text.ptr[10] == 'T' && text.ptr[text.len - 1] != 'z' &&
           wgo_wall_parse(text, &wall);
}

/* The beginning of it, on one line. */
static void show(struct wgo_str value, char *out, size_t size)
{
    struct wgo_str start = wgo_str_slice(value, 0, size - sizeof("..."));
    size_t len =
        (size_t)snprintf(out, size, "%.*s%s", WGO_FMT(start), start.len < value.len ? "..." : "");
    for (size_t i = 0; i < len; i++) {
        out[i] = out[i] >= ' ' && out[i] <= '~' ? out[i] : '?';
    }
}

void wgo_dates_look(struct wgo_dates *dates, enum wgo_entry_field field, struct wgo_str value)
{
    if (value.len == 0 || is_date(value)) {
        return;
    }
    if (dates->unread++ == 0) {
        dates->in_updated = field == WGO_FIELD_UPDATED;
        show(value, dates->example, sizeof(dates->example));
    }
}

void wgo_dates_tell(struct wgo_dates *dates, struct wgo_call *call)
{
    const struct wgo_entry *entry = call->entry;
    if (dates->unread == 0 || !wgo_run_tells(call, WGO_TOLD_DATES)) {
        return;
    }
    struct wgo_scrub scrub = {.failed = false};
    wgo_scrub_add_request(&scrub, &call->attempt->request);
    wgo_scrub_line(&scrub, dates->example);
    wgo_scrub_fini(&scrub);
    call->run->services.warn(
        call->run,
        "%zu dates on a page of %.*s (%.*s, line %u) cannot be read and are left out, as \"%s\" of "
        "`%s`: {item.PATH:time} reads seconds and HTTP's dates, :ms milliseconds, :utc dates that "
        "name no zone",
        dates->unread, WGO_FMT(entry->name), WGO_FMT(entry->file), entry->line, dates->example,
        dates->in_updated ? "updated" : "created");
}
