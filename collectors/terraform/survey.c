#include "terraform/survey.h"

#include "terraform/address.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* The three places a state may keep its resources. */
enum body { BODY_RESOURCES, BODY_MODULES, BODY_VALUES, BODY_COUNT };

static const char *const body_names[BODY_COUNT] = {"resources", "modules", "values"};
static const enum wgo_tf_format body_formats[BODY_COUNT] = {WGO_TF_V4, WGO_TF_V3, WGO_TF_SHOW};

struct surveyor {
    struct wgo_tf_stream stream;
    struct wgo_arena *arena;
    struct wgo_tf_survey survey;
    struct wgo_tf_place bodies[BODY_COUNT], version_place, serial_place;
    bool seen[BODY_COUNT];
    enum body walked; /* BODY_COUNT: none yet */
    bool has_version, has_format, is_plan, is_encrypted;
    struct wgo_str version, format_version, serial; /* raw */
    struct wgo_buf address, config;
    EVP_MD_CTX *digest;
    bool digest_failed;
};

static void digest_bytes(void *state, struct wgo_str bytes)
{
    struct surveyor *s = state;
    s->digest_failed |= !EVP_DigestUpdate(s->digest, bytes.ptr, bytes.len);
}

static enum wgo_status count_block(void *state, const struct wgo_tf_block *block,
                                   struct wgo_error *err)
{
    struct surveyor *s = state;
    *(block->data ? &s->survey.data : &s->survey.managed) += block->instances;
    s->survey.homes |= !block->data && wgo_str_starts(block->type, WGO_STR("aws_"));
    wgo_buf_reset(&s->address);
    wgo_buf_reset(&s->config);
    wgo_tf_address(&s->address, block->module, block->data, block->type, block->name, WGO_STR(""));
    wgo_tf_config_address(&s->config, wgo_buf_view(&s->address));
    uint64_t address = wgo_tf_hash(wgo_buf_view(&s->address));
    uint64_t config = wgo_tf_hash(wgo_buf_view(&s->config));
    wgo_tf_index_add(&s->survey.index, address, block->at);
    if (config != address) {
        wgo_tf_index_add(&s->survey.index, config, block->at);
    }
    bool failed = s->survey.index.failed || s->address.failed || s->config.failed;
    return failed ? wgo_fail(err, WGO_E_NOMEM, "out of memory") : WGO_OK;
}

/* The stream stands on the body. Forgets what an earlier one gave: the last of a name wins. */
static enum wgo_status walk_body(struct surveyor *s, enum body body, struct wgo_error *err)
{
    static const struct wgo_tf_visitor counting = {.block = count_block};
    struct wgo_tf_visitor visitor = counting;
    struct wgo_tf_walk walk;
    visitor.state = s;
    s->survey.managed = s->survey.data = 0;
    s->survey.index.count = 0;
    wgo_tf_walk_init(&walk, &s->stream, &visitor);
    enum wgo_status status = wgo_tf_walk_body(&walk, body_formats[body], err);
    s->survey.instances_last = walk.instances_were_last;
    s->walked = body;
    wgo_tf_walk_fini(&walk);
    return status;
}

/* Which body the versions read so far point at; BODY_COUNT when none. */
static enum body body_of(const struct surveyor *s)
{
    if (s->has_version) {
        return wgo_str_is(s->version, "4")   ? BODY_RESOURCES
               : wgo_str_is(s->version, "3") ? BODY_MODULES
                                             : BODY_COUNT;
    }
    return s->has_format ? BODY_VALUES : BODY_COUNT;
}

static bool keep_raw(struct surveyor *s, struct wgo_str *out)
{
    enum { LONGEST = 4096 };
    struct wgo_str raw;
    enum wgo_json_kind kind = wgo_tf_stream_peek(&s->stream);
    if (kind == WGO_JSON_OBJECT || kind == WGO_JSON_ARRAY) {
        *out = wgo_str(kind == WGO_JSON_OBJECT ? "{}" : "[]");
        return wgo_tf_stream_skip(&s->stream);
    }
    if (!wgo_tf_stream_load(&s->stream, LONGEST, &raw)) {
        return false;
    }
    *out = wgo_str_dup(s->arena, raw);
    return out->ptr || wgo_tf_stream_reject(&s->stream, WGO_E_NOMEM, "out of memory");
}

/* The member whose value the stream stands on. */
static enum wgo_status pass_member(struct surveyor *s, struct wgo_str key, struct wgo_error *err)
{
    struct wgo_tf_place place = wgo_tf_stream_place(&s->stream);
    for (enum body body = 0; body < BODY_COUNT; body++) {
        if (wgo_str_is(key, body_names[body])) {
            s->seen[body] = true;
            s->bodies[body] = place;
            if (body_of(s) == body) {
                return walk_body(s, body, err);
            }
            s->walked = s->walked == body ? BODY_COUNT : s->walked;
            wgo_tf_stream_skip(&s->stream);
            return WGO_OK;
        }
    }
    if (wgo_str_is(key, "version")) {
        s->version_place = place;
        s->has_version = keep_raw(s, &s->version);
    } else if (wgo_str_is(key, "format_version")) {
        s->has_format = keep_raw(s, &s->format_version);
        s->version_place = s->has_version ? s->version_place : place;
    } else if (wgo_str_is(key, "serial")) {
        s->serial_place = place;
        keep_raw(s, &s->serial);
    } else if (wgo_str_is(key, "lineage")) {
        wgo_tf_stream_text(&s->stream, s->arena, &s->survey.lineage);
    } else if (wgo_str_is(key, "terraform_version")) {
        wgo_tf_stream_text(&s->stream, s->arena, &s->survey.terraform_version);
    } else {
        s->is_plan |= wgo_str_is(key, "planned_values");
        s->is_encrypted |= wgo_str_is(key, "encrypted_data");
        wgo_tf_stream_skip(&s->stream);
    }
    return WGO_OK;
}

static enum wgo_status pass_document(struct surveyor *s, struct wgo_error *err)
{
    char key_text[64];
    struct wgo_str key;
    wgo_tf_stream_enter_object(&s->stream);
    while (wgo_tf_stream_next_member(&s->stream, &key)) {
        /* The key lies in the window, which moves on. */
        size_t len = key.len < sizeof(key_text) ? key.len : 0;
        memcpy(key_text, key.ptr, len);
        enum wgo_status status = pass_member(s, wgo_str_from(key_text, len), err);
        if (status != WGO_OK) {
            return status;
        }
    }
    wgo_tf_stream_finish(&s->stream);
    return wgo_tf_stream_error(&s->stream, err);
}

/* ---- what the document says it is ---- */

static enum wgo_status fail_at(struct surveyor *s, const struct wgo_tf_place *place,
                               enum wgo_status status, struct wgo_error *err, const char *format,
                               ...) WGO_PRINTF(5, 6);
static enum wgo_status fail_at(struct surveyor *s, const struct wgo_tf_place *place,
                               enum wgo_status status, struct wgo_error *err, const char *format,
                               ...)
{
    char where[64];
    va_list args;
    va_start(args, format);
    wgo_fail_v(err, status, format, args);
    va_end(args);
    wgo_tf_place_format(s->stream.source, place, where, sizeof(where));
    wgo_error_prefix(err, "%s", where);
    return status;
}

static enum wgo_status judge_version(struct surveyor *s, struct wgo_error *err)
{
    uint64_t number;
    if (!wgo_str_to_u64(s->version, &number)) {
        bool number_text = wgo_json_kind_of(s->version) == WGO_JSON_NUMBER;
        fail_at(s, &s->version_place, WGO_E_PARSE, err,
                number_text ? "the state's version is %.*s, which is not a whole number"
                            : "the state's version is %.*s, which is not a number",
                WGO_FMT(wgo_str_slice(s->version, 0, 40)));
        wgo_error_hint(err, "a Terraform state says \"version\": 4 (or 3)");
        return WGO_E_PARSE;
    }
    if (number == 3 || number == 4) {
        return WGO_OK;
    }
    fail_at(s, &s->version_place, WGO_E_UNSUPPORTED, err,
            "state version %llu is not supported, only 3 and 4 are", (unsigned long long)number);
    wgo_error_hint(err, number < 3 ? "let a Terraform between 0.7 and 0.11 rewrite it once: "
                                     "`terraform refresh` upgrades a state"
                                   : "it was written by a newer Terraform than this wgo knows; "
                                     "scan the output of `terraform show -json` instead");
    return WGO_E_UNSUPPORTED;
}

static enum wgo_status judge_format(struct surveyor *s, struct wgo_error *err)
{
    struct wgo_str text = wgo_json_text(s->format_version, s->arena);
    struct wgo_str major = wgo_str_split(&text, '.');
    if (!wgo_str_is(major, "0") && !wgo_str_is(major, "1")) {
        fail_at(s, &s->version_place, WGO_E_UNSUPPORTED, err,
                "format_version %.*s of `terraform show -json` is not supported, only 0.x and 1.x "
                "are",
                WGO_FMT(wgo_str_slice(s->format_version, 0, 40)));
        wgo_error_hint(err, "scan the state itself instead: `terraform state pull`");
        return WGO_E_UNSUPPORTED;
    }
    if (s->is_plan && !s->seen[BODY_VALUES]) {
        wgo_fail(err, WGO_E_UNSUPPORTED, "this is a plan, not a state");
        wgo_error_hint(err, "`terraform show -json` without a plan file prints the state");
        return WGO_E_UNSUPPORTED;
    }
    return WGO_OK;
}

static enum wgo_status judge(struct surveyor *s, struct wgo_error *err)
{
    enum wgo_status status;
    if (s->has_version) {
        status = judge_version(s, err);
    } else if (s->has_format) {
        status = judge_format(s, err);
    } else if (s->is_encrypted) {
        status = wgo_fail(err, WGO_E_UNSUPPORTED, "OpenTofu has encrypted this state");
        wgo_error_hint(err, "scan what `tofu state pull` prints: that is in clear text");
    } else {
        status = wgo_fail(err, WGO_E_PARSE,
                          "not a Terraform state: it has neither a version nor a format_version");
        wgo_error_hint(err, "expected what `terraform state pull` or `terraform show -json` print");
    }
    if (status != WGO_OK || !s->serial.len || wgo_str_is(s->serial, "null") ||
        wgo_str_to_u64(s->serial, &s->survey.serial)) {
        return status;
    }
    return fail_at(s, &s->serial_place, WGO_E_PARSE, err,
                   "the state's serial is %.*s, which is not a whole number",
                   WGO_FMT(wgo_str_slice(s->serial, 0, 40)));
}

static enum wgo_status survey(struct surveyor *s, struct wgo_error *err)
{
    if (!s->digest || !EVP_DigestInit_ex(s->digest, EVP_sha256(), NULL)) {
        return wgo_fail(err, WGO_E_NOMEM, "cannot compute a SHA-256");
    }
    wgo_tf_stream_tap(&s->stream, digest_bytes, s);
    enum wgo_status status = pass_document(s, err);
    status = status == WGO_OK ? judge(s, err) : status;
    if (status != WGO_OK) {
        return status;
    }
    enum body body = body_of(s);
    if (body == BODY_COUNT) { /* judged to be one of the others */
        return wgo_fail(err, WGO_E_INTERNAL, "a state of no known format");
    }
    s->survey.format = body_formats[body];
    s->survey.has_body = s->seen[body];
    s->survey.body = s->bodies[body];
    if (s->walked != body) {
        s->survey.managed = s->survey.data = 0;
        s->survey.index.count = 0;
        if (s->seen[body]) { /* it came before the version */
            wgo_tf_stream_seek(&s->stream, &s->bodies[body]);
            status = walk_body(s, body, err);
        }
    }
    if (status == WGO_OK &&
        (s->digest_failed || !EVP_DigestFinal_ex(s->digest, s->survey.digest, NULL))) {
        status = wgo_fail(err, WGO_E_INTERNAL, "cannot compute a SHA-256");
    }
    return status;
}

enum wgo_status wgo_tf_survey(const struct wgo_tf_source *source, size_t window,
                              struct wgo_arena *arena, struct wgo_tf_survey *out_survey,
                              struct wgo_error *err)
{
    struct surveyor s = {.arena = arena, .walked = BODY_COUNT, .digest = EVP_MD_CTX_new()};
    wgo_tf_stream_init(&s.stream, source, window);
    enum wgo_status status = survey(&s, err);
    if (status == WGO_OK) {
        *out_survey = s.survey;
    } else {
        wgo_tf_survey_fini(&s.survey);
    }
    wgo_tf_stream_fini(&s.stream);
    wgo_buf_fini(&s.address);
    wgo_buf_fini(&s.config);
    EVP_MD_CTX_free(s.digest);
    return status;
}

void wgo_tf_survey_fini(struct wgo_tf_survey *survey)
{
    if (survey) {
        wgo_tf_index_fini(&survey->index);
    }
}

enum wgo_status wgo_tf_survey_read(const struct wgo_tf_survey *survey,
                                   const struct wgo_tf_source *source, size_t window,
                                   const struct wgo_tf_visitor *visitor, struct wgo_error *err)
{
    if (!survey->has_body) {
        return WGO_OK;
    }
    struct wgo_tf_stream stream;
    struct wgo_tf_walk walk;
    wgo_tf_stream_init(&stream, source, window);
    wgo_tf_stream_seek(&stream, &survey->body);
    wgo_tf_walk_init(&walk, &stream, visitor);
    walk.instances_last = survey->instances_last;
    enum wgo_status status = wgo_tf_walk_body(&walk, survey->format, err);
    wgo_tf_walk_fini(&walk);
    wgo_tf_stream_fini(&stream);
    return status;
}
