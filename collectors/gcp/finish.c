/* finish.c: the last touch on a record: names, places and whose it is, as all sources write them.
 */
#include "gcp/session.h"

#include "base/json.h"
#include "model/links.h"

/* What follows "/NAME/" in the id. */
static struct wgo_str part_of(struct wgo_str id, const char *name)
{
    struct wgo_str mark = wgo_str(name);
    size_t at = wgo_str_find(id, mark);
    struct wgo_str rest = wgo_str_slice(id, at + mark.len, id.len);
    return at < id.len ? wgo_str_slice(rest, 0, wgo_str_find_char(rest, '/')) : (struct wgo_str){0};
}

/* Where the record says nothing, its name does. */
static void put_region(struct wgo_record *record, struct wgo_arena *arena)
{
    static const char *const places[] = {"/locations/", "/zones/", "/regions/"};
    for (size_t i = 0; i < WGO_COUNT(places) && record->region.len == 0; i++) {
        record->region = part_of(record->id, places[i]);
    }
    record->region = wgo_str_lower(arena, wgo_gcp_region_of(record->region));
}

/* An asset's first ancestor is its project, by number, or the folder or organisation it stands in.
 */
static void put_account(struct wgo_gcp *gcp, struct wgo_str item, struct wgo_record *record,
                        struct wgo_arena *arena)
{
    struct wgo_str raw = wgo_json_get(item, WGO_STR("ancestors[]"));
    struct wgo_str first = raw.ptr ? wgo_json_text(raw, arena) : (struct wgo_str){0};
    if (!raw.ptr) { /* a search says `project` */
        raw = wgo_json_get(item, WGO_STR("project"));
        bool text = raw.ptr && wgo_json_kind_of(raw) == WGO_JSON_STRING;
        first = text ? wgo_json_text(raw, arena) : first;
    }
    struct wgo_str mark = WGO_STR("projects/");
    if (wgo_str_starts(first, mark)) {
        struct wgo_str number = wgo_str_slice(first, mark.len, first.len);
        const struct wgo_gcp_project *project = wgo_gcp_project_numbered(gcp, number);
        record->account = project ? project->id : record->account;
    } else if (first.len > 0) {
        record->account = first;
    }
}

/* Asset Inventory calls a service account by its number; everybody else by its address. */
static void name_service_account(struct wgo_str item, struct wgo_record *record,
                                 struct wgo_arena *arena)
{
    struct wgo_str mark = WGO_STR("/serviceAccounts/");
    size_t at = wgo_str_find(record->id, mark);
    if (!wgo_str_is(record->native_type, "iam.googleapis.com/ServiceAccount") ||
        at >= record->id.len) {
        return;
    }
    struct wgo_str raw = wgo_json_get(item, WGO_STR("resource.data.email"));
    struct wgo_str email = raw.ptr ? wgo_json_text(raw, arena) : (struct wgo_str){0};
    if (email.len > 0) {
        record->id =
            wgo_str_format(arena, "%.*s%.*s", WGO_FMT(wgo_str_slice(record->id, 0, at + mark.len)),
                           WGO_FMT(email));
    }
}

/* Asset Inventory's own names for two of them. */
static void name_native(struct wgo_record *record)
{
    if (part_of(record->id, "/regions/").len == 0) {
        return;
    }
    if (wgo_str_is(record->native_type, "compute.googleapis.com/BackendService")) {
        record->native_type = WGO_STR("compute.googleapis.com/RegionBackendService");
    } else if (wgo_str_is(record->native_type, "compute.googleapis.com/Disk")) {
        record->native_type = WGO_STR("compute.googleapis.com/RegionDisk");
    }
}

/* ---- dependencies ---- */

struct naming {
    struct wgo_gcp *gcp;
    struct wgo_links links;
};

static bool add_link(void *state, struct wgo_str raw)
{
    struct naming *n = state;
    struct wgo_str id =
        wgo_gcp_full_name(n->gcp, wgo_json_text(raw, n->links.arena), n->links.arena);
    if (wgo_str_starts(id, WGO_STR("//")) && !wgo_str_ends(id, WGO_STR("/"))) {
        wgo_links_add(&n->links, id);
    }
    return true;
}

static bool is_word(struct wgo_str word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (wgo_str_is(word, words[i])) {
            return true;
        }
    }
    return false;
}

/* "//x/projects/p/keyRings/r" of ".../keyRings/r/cryptoKeys/k"; empty where what is left is no
 * resource but a place. */
static struct wgo_str parent_of(struct wgo_str id)
{
    static const char *const places[] = {"projects", "locations", "zones",         "regions",
                                         "global",   "folders",   "organizations", ""};
    struct wgo_str parent = id;
    size_t slashes = 0, at = id.len;
    while (at > 2 && slashes < 2) {
        slashes += id.ptr[--at] == '/';
    }
    parent.len = slashes == 2 ? at : 0;
    size_t name = parent.len, word;
    while (name > 2 && parent.ptr[name - 1] != '/') {
        name--;
    }
    word = name > 2 ? name - 1 : 0;
    while (word > 2 && parent.ptr[word - 1] != '/') {
        word--;
    }
    bool placed = word <= 2 ||
                  is_word(wgo_str_slice(parent, word, name - 1), places, WGO_COUNT(places)) ||
                  is_word(wgo_str_slice(parent, name, parent.len), places, WGO_COUNT(places));
    return placed ? (struct wgo_str){0} : parent;
}

static enum wgo_status put_links(struct wgo_gcp *gcp, struct wgo_record *record,
                                 struct wgo_arena *arena, struct wgo_error *err)
{
    /* Called by two names, ".../rrsets/NAME/TYPE": without the last two words a list would be left.
     * The catalog says what is above them. */
    static const char *const two_names[] = {"google_dns_record_set", "google_sql_user"};
    struct naming n = {.gcp = gcp, .links = {.arena = arena, .own = record->id}};
    if (record->dependencies.len > 0) {
        (void)!wgo_json_each(record->dependencies, WGO_STR("[]"), add_link, &n);
    }
    if (record->part.len == 0 && !is_word(record->type, two_names, WGO_COUNT(two_names))) {
        wgo_links_add(&n.links, parent_of(record->id));
    }
    return wgo_links_write(&n.links, &record->dependencies, err);
}

enum wgo_status wgo_gcp_finish(struct wgo_gcp *gcp, struct wgo_str item,
                               struct wgo_emitter *emitter, struct wgo_record *record,
                               struct wgo_error *err)
{
    struct wgo_arena *arena = emitter->arena;
    if (wgo_str_is(record->source_type, "assets") || wgo_str_is(record->source_type, "search")) {
        put_account(gcp, item, record, arena);
        name_service_account(item, record, arena);
    }
    record->id = wgo_gcp_full_name(gcp, record->id, arena);
    put_region(record, arena);
    name_native(record);
    return put_links(gcp, record, arena, err);
}
