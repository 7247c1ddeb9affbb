/* partial.c: lists that answer although a part of what they speak of did not.
 *
 * `unreachable` names places; an aggregated list has a warning beside each zone's or region's
 * items. Each becomes a row of its own: what is missing was not seen.
 *
 * Source: google.aip.dev/217; cloud.google.com/compute/docs/reference/rest/v1/instances/
 *         aggregatedList, `warning.code`. */
#include "gcp/session.h"

#include "base/json.h"

#include <stdio.h>

void wgo_gcp_say(struct wgo_gcp *gcp, struct wgo_emitter *emitter, const struct wgo_row *row,
                 enum wgo_status status)
{
    struct wgo_row copy = *row;
    copy.told = true;
    emitter->row(emitter, &copy);
    if (status == WGO_OK || status == WGO_E_SKIPPED) {
        return;
    }
    struct wgo_error error = {0};
    wgo_fail(&error, status, "%.*s", WGO_FMT(row->error));
    wgo_error_hint(&error, "%.*s", WGO_FMT(row->hint));
    snprintf(error.scope, sizeof(error.scope), "%.*s", WGO_FMT(row->account));
    snprintf(error.operation, sizeof(error.operation), "%.*s", WGO_FMT(row->type));
    gcp->services->report(gcp->services->engine, &error);
}

struct looking {
    struct wgo_gcp *gcp;
    const struct wgo_page *page;
    struct wgo_emitter *emitter;
};

static void add_row(const struct looking *l, struct wgo_str place, struct wgo_str message)
{
    struct wgo_row row = {
        .account = l->page->task->account,
        .region = wgo_gcp_region_of(place),
        .type = l->page->task->type,
        .seen = WGO_SEEN_UNAVAILABLE,
        .error = message,
    };
    wgo_gcp_say(l->gcp, l->emitter, &row, WGO_E_UNAVAILABLE);
}

/* "projects/p/locations/europe-west1", "zones/us-east1-b", or a plain name: what follows the last
 * word of that kind. */
static struct wgo_str place_in(struct wgo_str name)
{
    size_t at = name.len;
    while (at > 0 && name.ptr[at - 1] != '/') {
        at--;
    }
    return wgo_str_slice(name, at, name.len);
}

static bool note_unreachable(void *state, struct wgo_str raw)
{
    struct looking *l = state;
    struct wgo_str name = wgo_json_text(raw, l->emitter->arena);
    if (name.len > 0) {
        add_row(l, place_in(name),
                wgo_str_format(l->emitter->arena, "%.*s could not be reached", WGO_FMT(name)));
    }
    return true;
}

/* {"code":"UNREACHABLE","message":"..."}; that a page has nothing of a place is no warning. */
static void note_warning(const struct looking *l, struct wgo_str place, struct wgo_str warning)
{
    struct wgo_arena *arena = l->emitter->arena;
    struct wgo_str code = wgo_json_text(wgo_json_get(warning, WGO_STR("code")), arena);
    struct wgo_str message = wgo_json_text(wgo_json_get(warning, WGO_STR("message")), arena);
    if (code.len == 0 || wgo_str_is(code, "NO_RESULTS_ON_PAGE")) {
        return;
    }
    add_row(l, place_in(place),
            wgo_str_format(arena, "%.*s%s%.*s", WGO_FMT(code), message.len > 0 ? ": " : "",
                           WGO_FMT(message)));
}

static void look_at_scopes(const struct looking *l, struct wgo_str items)
{
    struct wgo_json json;
    struct wgo_str key, value;
    wgo_json_init(&json, items);
    if (!wgo_json_enter_object(&json)) {
        return;
    }
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        bool object = wgo_json_kind_of(value) == WGO_JSON_OBJECT;
        struct wgo_str warning =
            object ? wgo_json_get(value, WGO_STR("warning")) : (struct wgo_str){0};
        if (warning.ptr) {
            note_warning(l, key, warning);
        }
    }
}

enum wgo_status wgo_gcp_decode_google(struct wgo_gcp *gcp, const struct wgo_page *page,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct looking l = {gcp, page, emitter};
    enum wgo_status status = emitter->items(emitter, page->document, err);
    if (status != WGO_OK || wgo_json_kind_of(page->document) != WGO_JSON_OBJECT) {
        return status;
    }
    struct wgo_json json;
    struct wgo_str key, value;
    wgo_json_init(&json, page->document);
    (void)wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        enum wgo_json_kind kind = wgo_json_kind_of(value);
        if (wgo_str_is(key, "unreachable") || wgo_str_is(key, "unreachables") ||
            wgo_str_is(key, "unreachableLocations") || wgo_str_is(key, "missingZones") ||
            wgo_str_is(key, "failedLocations")) {
            (void)!wgo_json_each(value, WGO_STR("[]"), note_unreachable, &l);
        } else if (wgo_str_is(key, "items") && kind == WGO_JSON_OBJECT) {
            look_at_scopes(&l, value);
        } else if (wgo_str_is(key, "warning") && kind == WGO_JSON_OBJECT) {
            note_warning(&l, (struct wgo_str){0}, value);
        }
    }
    return WGO_OK;
}
