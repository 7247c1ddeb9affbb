#include "terraform/depend.h"

#include "base/json.h"
#include "terraform/address.h"

enum { LOOKUP_WINDOW = 4096 };

void wgo_tf_depend_init(struct wgo_tf_depend *depend, const struct wgo_tf_depend_options *options)
{
    *depend = (struct wgo_tf_depend){.o = *options};
    wgo_tf_stream_init(&depend->stream, options->source, LOOKUP_WINDOW);
}

void wgo_tf_depend_fini(struct wgo_tf_depend *depend)
{
    if (!depend) {
        return;
    }
    wgo_tf_stream_fini(&depend->stream);
    wgo_buf_fini(&depend->config);
    wgo_buf_fini(&depend->wanted);
    wgo_buf_fini(&depend->plain);
    wgo_buf_fini(&depend->ids);
    wgo_buf_fini(&depend->again);
    wgo_arena_fini(&depend->arena);
    for (size_t i = 0; i < WGO_TF_REMEMBERED; i++) {
        wgo_buf_fini(&depend->remembered[i].wanted);
        wgo_buf_fini(&depend->remembered[i].ids);
    }
}

static enum wgo_status fail_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* ---- one search ---- */

/* Turns 'address' into 'wanted', with the keys of 'module' on the module steps they share;
 * '*out_settled' is how many bytes of it those are. False when it names no resource. */
static bool narrow(struct wgo_tf_depend *d, struct wgo_str address, struct wgo_str module,
                   size_t *out_settled)
{
    struct wgo_str rest = address, own = module, step;
    size_t settled = 0;
    bool same = true;
    wgo_buf_reset(&d->wanted);
    while ((step = wgo_tf_module_step(&rest)).ptr) {
        struct wgo_str mine = same ? wgo_tf_module_step(&own) : (struct wgo_str){0};
        wgo_buf_reset(&d->plain);
        wgo_tf_config_address(&d->plain, mine);
        same = same && mine.ptr && wgo_str_eq(wgo_buf_view(&d->plain), step);
        wgo_buf_str(&d->wanted, same ? mine : step);
        settled = same ? d->wanted.len : settled;
        wgo_buf_char(&d->wanted, '.');
    }
    wgo_buf_str(&d->wanted, rest);
    *out_settled = settled;
    return rest.len && wgo_str_find_char(rest, '.') < rest.len;
}

/* An instance of a block that was looked up. */
static enum wgo_status take_target(void *state, const struct wgo_tf_instance *instance,
                                   struct wgo_error *err)
{
    struct wgo_tf_depend *d = state;
    if (instance->deposed.len || !wgo_str_starts(instance->module, d->prefix) ||
        (instance->module.len > d->prefix.len && d->prefix.len &&
         instance->module.ptr[d->prefix.len] != '.')) {
        return WGO_OK;
    }
    if (d->target_key.len && !wgo_str_ends(instance->address, d->target_key)) {
        return WGO_OK;
    }
    /* Hashes may meet by chance; addresses do not. */
    wgo_buf_reset(&d->plain);
    wgo_tf_config_address(&d->plain, instance->address);
    if (!wgo_str_eq(wgo_buf_view(&d->plain), wgo_buf_view(&d->config))) {
        return WGO_OK;
    }
    if (++d->found > WGO_TF_MOST_TARGETS) {
        return WGO_E_LIMITED;
    }
    enum wgo_status status = d->o.id(d->o.id_state, instance, &d->ids, err);
    wgo_buf_char(&d->ids, '\0');
    return status == WGO_OK && d->ids.failed ? fail_memory(err) : status;
}

static enum wgo_status look_up(struct wgo_tf_depend *d, uint64_t hash, struct wgo_str module,
                               struct wgo_error *err)
{
    size_t count;
    const struct wgo_tf_index_entry *entries = wgo_tf_index_find(&d->o.survey->index, hash, &count);
    const struct wgo_tf_visitor visitor = {.state = d, .instance = take_target};
    enum wgo_status status = count > WGO_TF_MOST_BLOCKS ? WGO_E_LIMITED : WGO_OK;
    for (size_t i = 0; status == WGO_OK && i < count; i++) {
        struct wgo_tf_walk walk;
        wgo_tf_walk_init(&walk, &d->stream, &visitor);
        walk.instances_last = d->o.survey->instances_last;
        status = wgo_tf_walk_block(&walk, d->o.survey->format, entries[i].at, module, err);
        wgo_tf_walk_fini(&walk);
    }
    return status;
}

/* Fills 'ids' with those of what 'address' means to an instance in 'module'; none when nothing
 * does. */
static enum wgo_status search(struct wgo_tf_depend *d, struct wgo_str module, struct wgo_error *err)
{
    struct wgo_str config = wgo_buf_view(&d->config), wanted = wgo_buf_view(&d->wanted);
    struct wgo_str all = d->prefix;
    bool whole = wgo_str_eq(wgo_tf_module_of(wanted), d->prefix);
    enum wgo_status status = WGO_OK;
    wgo_buf_reset(&d->ids);
    d->found = 0;
    if (whole) {
        status = look_up(d, wgo_tf_hash(wanted), module, err);
    }
    if (status == WGO_OK && d->found == 0 && !(whole && wgo_str_eq(wanted, config))) {
        /* Not in this very instance of the module, or only part of its path is known. */
        d->prefix = whole ? WGO_STR("") : all;
        status = look_up(d, wgo_tf_hash(config), module, err);
    }
    if (status == WGO_E_LIMITED) {
        wgo_buf_reset(&d->ids);
        wgo_tf_id(&d->ids, d->o.lineage, wanted, WGO_STR(""));
        wgo_buf_char(&d->ids, '\0');
        status = d->ids.failed ? fail_memory(err) : WGO_OK;
    }
    return status;
}

/* ---- one record ---- */

static bool add_all(struct wgo_tf_depend *d, struct wgo_str ids)
{
    while (ids.len) {
        struct wgo_str id = wgo_str_dup(&d->arena, wgo_str_split(&ids, '\0'));
        wgo_links_add(&d->links, id);
        if (!id.ptr || d->links.failed) {
            return false;
        }
    }
    return true;
}

/* The ids of 'address', remembered or searched for. '*out_any' is false when it means nothing
 * here. */
static enum wgo_status resolve(struct wgo_tf_depend *d, struct wgo_str address,
                               const struct wgo_tf_instance *instance, bool *out_any,
                               struct wgo_error *err)
{
    size_t settled;
    *out_any = false;
    wgo_buf_reset(&d->config);
    wgo_tf_config_address(&d->config, address);
    if (wgo_tf_is_data(wgo_buf_view(&d->config)) && !d->o.data_sources) {
        *out_any = true;
        return WGO_OK;
    }
    if (!narrow(d, wgo_buf_view(&d->config), instance->module, &settled)) {
        return d->wanted.failed || d->config.failed ? fail_memory(err) : WGO_OK;
    }
    /* In version 3 an address may name one instance; the key is part of what is remembered. */
    size_t bare = d->wanted.len;
    wgo_buf_str(&d->wanted, d->target_key);
    if (d->wanted.failed || d->config.failed) {
        return fail_memory(err);
    }
    d->prefix = wgo_str_from(d->wanted.ptr, settled);
    size_t slot = wgo_tf_hash(wgo_buf_view(&d->wanted)) % WGO_TF_REMEMBERED;
    struct wgo_buf *key = &d->remembered[slot].wanted, *ids = &d->remembered[slot].ids;
    if (!key->len || !wgo_str_eq(wgo_buf_view(key), wgo_buf_view(&d->wanted))) {
        wgo_buf_reset(key);
        wgo_buf_reset(ids);
        struct wgo_str whole_key = wgo_str_dup(&d->arena, wgo_buf_view(&d->wanted));
        d->wanted.len = bare;
        enum wgo_status status = search(d, instance->module, err);
        if (status != WGO_OK) {
            return status;
        }
        wgo_buf_str(ids, wgo_buf_view(&d->ids));
        if (!whole_key.ptr || ids->failed || !wgo_buf_str(key, whole_key)) {
            wgo_buf_reset(key);
            return fail_memory(err);
        }
    }
    *out_any = ids->len > 0;
    return add_all(d, wgo_buf_view(ids)) ? WGO_OK : fail_memory(err);
}

/* "aws_instance.web.0" of version 3 is web[0]; "aws_instance.web.*" all of them. */
static struct wgo_str split_v3_key(struct wgo_tf_depend *d, struct wgo_str address)
{
    uint64_t number;
    for (size_t at = address.len; at > 0; at--) {
        if (address.ptr[at - 1] != '.') {
            continue;
        }
        struct wgo_str last = wgo_str_slice(address, at, address.len);
        if (wgo_str_is(last, "*") || wgo_str_to_u64(last, &number)) {
            address.len = at - 1;
            d->target_key = wgo_str_is(last, "*")
                                ? WGO_STR("")
                                : wgo_str_format(&d->arena, "[%.*s]", WGO_FMT(last));
        }
        break;
    }
    return address;
}

static enum wgo_status add_one(struct wgo_tf_depend *d, struct wgo_str address,
                               const struct wgo_tf_instance *instance, struct wgo_error *err)
{
    bool any = false, v3 = d->o.survey->format == WGO_TF_V3;
    d->target_key = WGO_STR("");
    if (v3) {
        address = split_v3_key(d, address);
    }
    /* Version 3 and the first releases of version 4 named resources from within their module. */
    struct wgo_str relative = address;
    if (instance->module.len) {
        wgo_buf_reset(&d->again);
        wgo_buf_str(&d->again, instance->module);
        wgo_buf_char(&d->again, '.');
        wgo_buf_str(&d->again, address);
        relative = wgo_buf_view(&d->again);
        if (d->again.failed) {
            return fail_memory(err);
        }
    }
    enum wgo_status status = resolve(d, v3 ? relative : address, instance, &any, err);
    if (status == WGO_OK && !any && !v3 && instance->module.len) {
        status = resolve(d, relative, instance, &any, err);
    }
    return status;
}

enum wgo_status wgo_tf_depend(struct wgo_tf_depend *depend, const struct wgo_tf_instance *instance,
                              struct wgo_str own_id, struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_str raw = instance->dependencies, span;
    struct wgo_json json;
    if (!raw.len || wgo_json_kind_of(raw) != WGO_JSON_ARRAY) {
        return WGO_OK;
    }
    wgo_arena_reset(&depend->arena);
    depend->links = (struct wgo_links){.arena = &depend->arena, .own = own_id};
    wgo_json_init(&json, raw);
    wgo_json_enter_array(&json);
    while (wgo_json_next_item(&json) && wgo_json_skip(&json, &span)) {
        struct wgo_str address = wgo_json_text(span, &depend->arena);
        enum wgo_status status = address.len ? add_one(depend, address, instance, err) : WGO_OK;
        if (status != WGO_OK) {
            return status;
        }
    }
    struct wgo_str ids;
    enum wgo_status status = wgo_links_write(&depend->links, &ids, err);
    return status != WGO_OK || wgo_buf_str(out, ids) ? status : fail_memory(err);
}
