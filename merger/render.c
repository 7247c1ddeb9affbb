#include "merger/render.h"

#include "base/json.h"
#include "merger/merger.h"
#include "merger/unite.h"

void wgo_render_checksum(struct wgo_json_writer *w, uint64_t fingerprint)
{
    static const char digits[] = "0123456789abcdef";
    char text[] = "xxh3:0123456789abcdef";
    if (!fingerprint) {
        return;
    }
    for (size_t i = sizeof(text) - 2; i > 4; i--) {
        text[i] = digits[fingerprint & 15];
        fingerprint >>= 4;
    }
    wgo_json_key(w, "checksum");
    wgo_json_put_cstr(w, text);
}

static bool is_time(struct wgo_str s)
{
    struct wgo_wall wall;
    return s.len >= 20 && s.ptr[10] == 'T' && memcmp(s.ptr, "0001", 4) != 0 &&
           s.ptr[s.len - 1] != 'z' && wgo_wall_parse(s, &wall);
}

static void member_time(struct wgo_json_writer *w, const char *key, struct wgo_str time)
{
    if (is_time(time)) {
        wgo_json_member_str(w, key, time);
    }
}

static void member_raw(struct wgo_json_writer *w, const char *key, struct wgo_str json)
{
    if (json.len > 2) { /* more than {} or [] */
        wgo_json_key(w, key);
        wgo_json_put_raw(w, json);
    }
}

void wgo_render_resource(const struct wgo_resource *resource, struct wgo_buf *out)
{
    const struct wgo_record *record = &resource->record;
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "id", record->id);
    wgo_json_member_str(&w, "type", record->type);
    wgo_json_member_str(&w, "name", record->name);
    wgo_json_member_str(&w, "provider", record->provider);
    wgo_json_member_str(&w, "account", record->account);
    wgo_json_member_str(&w, "region", record->region);
    wgo_json_member_str(&w, "namespace", record->namespace_name);
    wgo_json_key(&w, "configuration");
    wgo_json_put_raw(&w, record->configuration.len ? record->configuration : WGO_STR("{}"));
    wgo_json_key(&w, "metadata");
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "native_id", record->native_id);
    wgo_json_member_str(&w, "native_type", record->native_type);
    member_time(&w, "created_at", record->created_at);
    member_time(&w, "updated_at", record->updated_at);
    wgo_json_member_str(&w, "version", record->version);
    wgo_render_checksum(&w, record->fingerprint);
    member_raw(&w, "dependencies", record->dependencies);
    member_raw(&w, "sources", resource->sources);
    member_raw(&w, "conflicts", resource->conflicts);
    wgo_json_close_object(&w);
    member_raw(&w, "tags", record->tags);
    wgo_json_close_object(&w);
}

/* A part alone: its value under its name; of a list that it is an element of, the one element. */
static struct wgo_str configuration_of_part(const struct wgo_record *record,
                                            struct wgo_buf *scratch)
{
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, scratch);
    wgo_json_open_object(&w);
    struct wgo_str value = record->configuration.len ? record->configuration : WGO_STR("null");
    if (wgo_str_ends(record->part, WGO_STR("[]"))) {
        wgo_json_key_str(&w, wgo_str_slice(record->part, 0, record->part.len - 2));
        wgo_json_open_array(&w);
        wgo_json_put_raw(&w, value);
        wgo_json_close_array(&w);
    } else {
        wgo_json_key_str(&w, record->part);
        wgo_json_put_raw(&w, value);
    }
    wgo_json_close_object(&w);
    return wgo_buf_view(scratch);
}

bool wgo_record_render(const struct wgo_record *record, struct wgo_buf *out)
{
    struct wgo_buf sources = {0}, configuration = {0};
    struct wgo_resource resource = {.record = *record};
    if (record->part.len) {
        resource.record.configuration = configuration_of_part(record, &configuration);
        resource.record.fingerprint = 0;
    }
    if (!resource.record.fingerprint && resource.record.configuration.len) {
        resource.record.fingerprint = wgo_json_fingerprint(resource.record.configuration);
    }
    wgo_unite_source_of(&resource.record, &sources);
    resource.sources = wgo_buf_view(&sources);
    wgo_render_resource(&resource, out);
    bool good = !sources.failed && !configuration.failed && !out->failed;
    wgo_buf_fini(&sources);
    wgo_buf_fini(&configuration);
    return good;
}
