#include "terraform/record.h"

#include "base/json.h"
#include "terraform/address.h"
#include "terraform/facts.h"

/* The id of 'instance', whose redacted attributes are 'attributes'. */
static void put_id(struct wgo_tf_recorder *r, const struct wgo_tf_instance *instance,
                   struct wgo_str attributes, struct wgo_arena *scratch, struct wgo_buf *out)
{
    struct wgo_tf_home home = {.cluster = r->cluster};
    wgo_tf_homes_find(&r->homes, instance->provider, &home);
    bool live = !instance->deposed.len && !instance->data &&
                wgo_tf_identity(r->o.identities, instance->type, &home, attributes, instance->flat,
                                scratch, out);
    if (!live) {
        wgo_tf_id(out, r->o.lineage, instance->address, instance->deposed);
    }
}

/* The id of an instance that another one depends on. */
static enum wgo_status put_target_id(void *state, const struct wgo_tf_instance *instance,
                                     struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_tf_recorder *r = state;
    struct wgo_arena scratch = {0};
    enum wgo_status status = WGO_OK;
    wgo_buf_reset(&r->target);
    if (wgo_tf_identities_know(r->o.identities, instance->type, r->cluster)) {
        status = wgo_tf_redact(&r->target_redaction, instance, &r->target, err);
    } else {
        wgo_buf_cstr(&r->target, "{}");
    }
    if (status == WGO_OK) {
        put_id(r, instance, wgo_buf_view(&r->target), &scratch, out);
    }
    wgo_arena_fini(&scratch);
    return status;
}

void wgo_tf_recorder_init(struct wgo_tf_recorder *recorder,
                          const struct wgo_tf_recorder_options *options)
{
    *recorder = (struct wgo_tf_recorder){.o = *options};
    recorder->cluster = wgo_tf_identities_cluster(options->identities, options->location);
    wgo_tf_redaction_init(&recorder->redaction, options->services->redactor);
    wgo_tf_redaction_init(&recorder->target_redaction, options->services->redactor);
    const struct wgo_tf_depend_options depend = {
        .survey = options->survey,
        .source = options->source,
        .lineage = options->lineage,
        .data_sources = options->data_sources,
        .id = put_target_id,
        .id_state = recorder,
    };
    wgo_tf_depend_init(&recorder->depend, &depend);
}

static enum wgo_status take_home(void *state, const struct wgo_tf_instance *instance,
                                 struct wgo_error *err)
{
    struct wgo_tf_recorder *r = state;
    (void)err;
    if (!instance->data) {
        wgo_arena_reset(&r->arena);
        wgo_tf_homes_note(&r->homes, instance->provider,
                          wgo_tf_identity_arn(r->o.identities, instance->type, instance->attributes,
                                              instance->flat, &r->arena));
    }
    return WGO_OK;
}

enum wgo_status wgo_tf_recorder_learn(struct wgo_tf_recorder *recorder, size_t window,
                                      struct wgo_error *err)
{
    const struct wgo_tf_visitor visitor = {.state = recorder, .instance = take_home};
    return recorder->o.survey->homes
               ? wgo_tf_survey_read(recorder->o.survey, recorder->o.source, window, &visitor, err)
               : WGO_OK;
}

void wgo_tf_recorder_fini(struct wgo_tf_recorder *recorder)
{
    if (!recorder) {
        return;
    }
    wgo_tf_homes_fini(&recorder->homes);
    wgo_tf_redaction_fini(&recorder->redaction);
    wgo_tf_redaction_fini(&recorder->target_redaction);
    wgo_tf_depend_fini(&recorder->depend);
    wgo_arena_fini(&recorder->arena);
    wgo_buf_fini(&recorder->id);
    wgo_buf_fini(&recorder->attributes);
    wgo_buf_fini(&recorder->dependencies);
    wgo_buf_fini(&recorder->tags);
    wgo_buf_fini(&recorder->shown_address);
    wgo_buf_fini(&recorder->target);
}

/* Adds "tainted": true as the last member of the object in 'attributes'. */
static void put_taint(struct wgo_buf *attributes)
{
    struct wgo_str raw = wgo_buf_view(attributes);
    if (wgo_json_get(raw, WGO_STR("tainted")).ptr || raw.len < 2) {
        return;
    }
    bool empty = raw.len == 2;
    attributes->len--;
    wgo_buf_cstr(attributes, empty ? "" : ",");
    wgo_buf_cstr(attributes, "\"tainted\":true}");
}

static enum wgo_status emit(struct wgo_tf_recorder *r, const struct wgo_tf_instance *instance,
                            struct wgo_error *err)
{
    struct wgo_str attributes = wgo_buf_view(&r->attributes);
    struct wgo_tf_facts facts = wgo_tf_facts(instance->type, instance->name, attributes,
                                             instance->flat, &r->arena, &r->tags);
    wgo_buf_str(&r->shown_address, instance->address);
    if (instance->deposed.len) {
        wgo_buf_format(&r->shown_address, " (deposed %.*s)", WGO_FMT(instance->deposed));
    }
    if (r->id.failed || r->attributes.failed || r->tags.failed || r->shown_address.failed) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    const struct wgo_record record = {
        .id = wgo_buf_view(&r->id),
        .type = instance->type,
        .name = facts.name,
        .provider = WGO_STR("terraform"),
        .account = facts.account,
        .listed_account = r->o.location,
        .listed_type = WGO_STR("*"),
        .region = facts.region,
        .namespace_name = facts.namespace_name,
        .native_id = facts.native_id,
        .native_type = instance->type,
        .created_at = facts.created_at,
        .configuration = attributes,
        .tags = wgo_buf_view(&r->tags),
        .dependencies = wgo_buf_view(&r->dependencies),
        .source_provider = WGO_STR("terraform"),
        .source_type = r->o.backend,
        .state_file = r->o.location,
        .state_address = wgo_buf_view(&r->shown_address),
        .fingerprint = wgo_json_fingerprint(attributes),
    };
    enum wgo_status status = r->o.services->emit(r->o.services->engine, &record, err);
    r->emitted += status == WGO_OK;
    return status;
}

enum wgo_status wgo_tf_record_instance(void *state, const struct wgo_tf_instance *instance,
                                       struct wgo_error *err)
{
    struct wgo_tf_recorder *r = state;
    if (r->o.services->cancelled(r->o.services->engine)) {
        return wgo_fail(err, WGO_E_CANCELLED, "stopped before the end");
    }
    if ((instance->data && !r->o.data_sources) ||
        (r->o.resource_types &&
         !wgo_types_admit(r->o.resource_types, instance->type, instance->type, false))) {
        return WGO_OK;
    }
    wgo_arena_reset(&r->arena);
    wgo_buf_reset(&r->id);
    wgo_buf_reset(&r->attributes);
    wgo_buf_reset(&r->dependencies);
    wgo_buf_reset(&r->tags);
    wgo_buf_reset(&r->shown_address);
    enum wgo_status status = wgo_tf_redact(&r->redaction, instance, &r->attributes, err);
    if (status != WGO_OK) {
        return status;
    }
    put_id(r, instance, wgo_buf_view(&r->attributes), &r->arena, &r->id);
    status = wgo_tf_depend(&r->depend, instance, wgo_buf_view(&r->id), &r->dependencies, err);
    if (status != WGO_OK) {
        return status;
    }
    if (instance->tainted) {
        put_taint(&r->attributes);
    }
    return emit(r, instance, err);
}
