#include "merger/render.h"

#include "base/json.h"
#include "base/json_write.h"
#include "merger/merger.h"
#include "merger/unite.h"

void wgo_render_checksum(struct wgo_put *put, uint64_t fingerprint)
{
    static const char digits[] = "0123456789abcdef";
    char text[] = ",\"checksum\":\"xxh3:0123456789abcdef\"";
    if (!fingerprint) {
        return;
    }
    for (size_t i = 0; i < 16; i++) {
        text[sizeof(text) - 3 - i] = digits[fingerprint & 15];
        fingerprint >>= 4;
    }
    wgo_put_raw(put, wgo_str_from(text, sizeof(text) - 1));
}

static bool is_number(const char *at, int least, int most)
{
    int n = (at[0] - '0') * 10 + (at[1] - '0');
    return at[0] >= '0' && at[0] <= '9' && at[1] >= '0' && at[1] <= '9' && n >= least && n <= most;
}

/* What nearly all times are: "2026-01-01T00:00:00Z", of years and days that there are without
 * reckoning. */
static bool is_usual_time(const char *at)
{
    return is_number(at, 18, 21) && is_number(at + 2, 0, 99) && at[4] == '-' &&
           is_number(at + 5, 1, 12) && at[7] == '-' && is_number(at + 8, 1, 28) &&
           is_number(at + 11, 0, 23) && at[13] == ':' && is_number(at + 14, 0, 59) &&
           at[16] == ':' && is_number(at + 17, 0, 59) && at[19] == 'Z';
}

static bool is_time(struct wgo_str s)
{
    struct wgo_wall wall;
    if (s.len < 20 || s.ptr[10] != 'T') {
        return false;
    }
    if (s.len == 20 && is_usual_time(s.ptr) && memcmp(s.ptr, "1970", 4) != 0) {
        return true;
    }
    return memcmp(s.ptr, "0001", 4) != 0 && s.ptr[s.len - 1] != 'z' && wgo_wall_parse(s, &wall) &&
           wall.ns != 0;
}

static void put_time(struct wgo_put *put, struct wgo_str key, struct wgo_str time)
{
    if (is_time(time)) {
        wgo_put_member(put, key, time);
    }
}

static void put_json(struct wgo_put *put, struct wgo_str key, struct wgo_str json)
{
    if (json.len > 2) { /* more than {} or [] */
        wgo_put_raw(put, key);
        wgo_put_raw(put, json);
    }
}

/* All keys, braces and the checksum, and some. */
enum { AROUND_MOST = 512 };

static size_t most_of(const struct wgo_resource *resource)
{
    const struct wgo_record *record = &resource->record;
    const struct wgo_str texts[] = {
        record->id,          record->type,       record->name,           record->provider,
        record->account,     record->region,     record->namespace_name, record->native_id,
        record->native_type, record->created_at, record->updated_at,     record->version,
    };
    size_t most = AROUND_MOST + record->configuration.len + record->dependencies.len +
                  resource->sources.len + resource->conflicts.len + record->tags.len;
    for (size_t i = 0; i < WGO_COUNT(texts); i++) {
        most += wgo_put_most(texts[i]);
    }
    return most;
}

void wgo_render_resource(const struct wgo_resource *resource, struct wgo_buf *out)
{
    const struct wgo_record *record = &resource->record;
    struct wgo_put put;
    if (!wgo_put_begin(&put, out, most_of(resource))) {
        return;
    }
    char *opened = wgo_put_open(&put);
    wgo_put_member(&put, WGO_STR(",\"id\":"), record->id);
    wgo_put_member(&put, WGO_STR(",\"type\":"), record->type);
    wgo_put_member(&put, WGO_STR(",\"name\":"), record->name);
    wgo_put_member(&put, WGO_STR(",\"provider\":"), record->provider);
    wgo_put_member(&put, WGO_STR(",\"account\":"), record->account);
    wgo_put_member(&put, WGO_STR(",\"region\":"), record->region);
    wgo_put_member(&put, WGO_STR(",\"namespace\":"), record->namespace_name);
    wgo_put_raw(&put, WGO_STR(",\"configuration\":"));
    wgo_put_raw(&put, record->configuration.len ? record->configuration : WGO_STR("{}"));
    wgo_put_raw(&put, WGO_STR(",\"metadata\":"));
    char *metadata = wgo_put_open(&put);
    wgo_put_member(&put, WGO_STR(",\"native_id\":"), record->native_id);
    wgo_put_member(&put, WGO_STR(",\"native_type\":"), record->native_type);
    put_time(&put, WGO_STR(",\"created_at\":"), record->created_at);
    put_time(&put, WGO_STR(",\"updated_at\":"), record->updated_at);
    wgo_put_member(&put, WGO_STR(",\"version\":"), record->version);
    wgo_render_checksum(&put, record->fingerprint);
    put_json(&put, WGO_STR(",\"dependencies\":"), record->dependencies);
    put_json(&put, WGO_STR(",\"sources\":"), resource->sources);
    put_json(&put, WGO_STR(",\"conflicts\":"), resource->conflicts);
    wgo_put_close(&put, metadata);
    put_json(&put, WGO_STR(",\"tags\":"), record->tags);
    wgo_put_close(&put, opened);
    wgo_put_end(&put);
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
