/* tfstate_fuzzer.c: the reader of Terraform states, from bytes to records.
 *
 * The first byte chooses the window; the rest is the document. Whatever it is: a small and a large
 * window must agree, what is accepted must be JSON, every record must be JSON, and instances that
 * were counted at first must come out, or be complained about, at the second pass. */
#include "base/json.h"
#include "fuzz.h"
#include "terraform/record.h"

#include <stdlib.h>
#include <string.h>

static const char identities[] =
    "- types: [t_live, aws_vpc]\n  id: live://{cluster}/{metadata.0.name}/{id|dash}\n"
    "- types: [aws_own]\n  id: '{arn|cut=:*}'\n  or: arn:{partition}:a:{region}:{account}:x/{id}\n"
    "- types: [aws_built]\n  id: "
    "arn:{partition}:a:{region}:{account}:{a,b|like=?*|after=/}{c|bus}/{d|dns}/{e|or=}\n";

struct outcome {
    struct wgo_tf_recorder recorder;
    struct wgo_buf text; /* all that came out */
    int64_t records;
    unsigned problems;
};

static enum wgo_status take_record(void *engine, const struct wgo_record *record,
                                   struct wgo_error *err)
{
    struct outcome *outcome = engine;
    (void)err;
    outcome->records++;
    must(wgo_json_check(record->configuration, NULL) == WGO_OK, "configuration is JSON");
    must(!record->tags.len || wgo_json_check(record->tags, NULL) == WGO_OK, "tags are JSON");
    must(!record->dependencies.len || wgo_json_check(record->dependencies, NULL) == WGO_OK,
         "dependencies are JSON");
    must(record->id.len > 0 && record->type.len > 0, "a record has id and type");
    wgo_buf_format(&outcome->text, "%.*s|%.*s|%.*s|%.*s|%.*s\n", WGO_FMT(record->id),
                   WGO_FMT(record->state_address), WGO_FMT(record->name), WGO_FMT(record->tags),
                   WGO_FMT(record->dependencies));
    wgo_buf_str(&outcome->text, record->configuration);
    return WGO_OK;
}

static bool never(void *engine)
{
    (void)engine;
    return false;
}

static void take_problem(void *state, const struct wgo_tf_place *place, const char *text)
{
    struct outcome *outcome = state;
    outcome->problems++;
    wgo_buf_format(&outcome->text, "%llu:%s\n", (unsigned long long)place->line, text);
}

static enum wgo_status take_instance(void *state, const struct wgo_tf_instance *instance,
                                     struct wgo_error *err)
{
    struct outcome *outcome = state;
    return wgo_tf_record_instance(&outcome->recorder, instance, err);
}

static struct wgo_tf_identities *table;
static struct wgo_redactor redactor;
static struct wgo_yaml *configuration;
static struct wgo_arena kept;

static void set_up(void)
{
    struct wgo_error err;
    must(wgo_redactor_init(&redactor, WGO_STR("0123456789abcdef"), &err) == WGO_OK, "redactor");
    must(wgo_yaml_parse(&kept, "c", WGO_STR("terraform: {clusters: [{cluster: c}]}"), 100,
                        &configuration, &err) == WGO_OK,
         "configuration");
    const struct wgo_embedded_file file = {
        .name = "i", .bytes = identities, .len = strlen(identities)};
    must(wgo_tf_identities_new(&file, configuration, &table, &err) == WGO_OK, "identities");
}

/* True when the document was accepted as a state. */
static bool read_state(struct wgo_str document, size_t window, struct wgo_buf *out_text)
{
    struct wgo_tf_source source = {.fd = -1, .size = document.len, .memory = document.ptr};
    struct wgo_tf_survey survey;
    struct wgo_arena arena = {0};
    struct wgo_error err = {0};
    enum wgo_status status = wgo_tf_survey(&source, window, &arena, &survey, &err);
    if (status != WGO_OK) {
        wgo_buf_format(out_text, "%s", err.message);
        must(err.message[0] != '\0', "a refusal says why");
        wgo_arena_fini(&arena);
        return false;
    }
    struct outcome *outcome = calloc(1, sizeof(*outcome));
    must(outcome != NULL, "memory");
    const struct wgo_services services = {
        .redactor = &redactor, .engine = outcome, .emit = take_record, .cancelled = never};
    const struct wgo_tf_recorder_options options = {
        .services = &services,
        .identities = table,
        .survey = &survey,
        .source = &source,
        .lineage = WGO_STR("L"),
        .location = WGO_STR("/x"),
        .backend = WGO_STR("local"),
        .data_sources = true,
    };
    const struct wgo_tf_visitor visitor = {
        .state = outcome, .instance = take_instance, .problem = take_problem};
    wgo_tf_recorder_init(&outcome->recorder, &options);
    status = wgo_tf_recorder_learn(&outcome->recorder, window, &err);
    must(status == WGO_OK, err.message);
    status = wgo_tf_survey_read(&survey, &source, window, &visitor, &err);
    must(status == WGO_OK, err.message);
    must(outcome->records <= survey.managed + survey.data, "no instance from nowhere");
    must(outcome->problems > 0 || outcome->records == survey.managed + survey.data,
         "no instance lost");
    wgo_buf_str(out_text, wgo_buf_view(&outcome->text));
    wgo_buf_fini(&outcome->text);
    wgo_tf_recorder_fini(&outcome->recorder);
    free(outcome);
    wgo_tf_survey_fini(&survey);
    wgo_arena_fini(&arena);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!table) {
        set_up();
    }
    if (size < 1) {
        return 0;
    }
    struct wgo_str document = {(const char *)data + 1, size - 1};
    struct wgo_buf small = {0}, large = {0};
    bool accepted = read_state(document, (data[0] & 63) + 1, &small);
    must(accepted == read_state(document, 0, &large), "the window decides nothing");
    must(wgo_str_eq(wgo_buf_view(&small), wgo_buf_view(&large)), "the window changes nothing");
    must(!accepted || wgo_json_check(document, NULL) == WGO_OK, "what is accepted is JSON");
    wgo_buf_fini(&small);
    wgo_buf_fini(&large);
    return 0;
}
