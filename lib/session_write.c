/* session_write.c: from merged records to the snapshot's bytes. */
#include "lib/session_private.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- the output ---- */

/* Whatever the system says of a file we wanted to write, the result could not be written. */
static enum wgo_status not_written(enum wgo_status status, struct wgo_error *err)
{
    bool kept = status == WGO_OK || status == WGO_E_NOMEM || status == WGO_E_NO_SPACE ||
                status == WGO_E_INTERNAL;
    if (!kept && err) {
        err->status = WGO_E_IO;
    }
    return kept ? status : WGO_E_IO;
}

static enum wgo_status output_write(void *self, struct wgo_str bytes, struct wgo_error *err)
{
    struct wgo_session *session = self;
    enum wgo_status status = session->inner.write(session->inner.self, bytes, err);
    if (status != WGO_OK && session->scanner) {
        wgo_scanner_stop(session->scanner); /* what for, when nobody listens */
    }
    return status;
}

static enum wgo_status output_patch(void *self, uint64_t at, struct wgo_str bytes,
                                    struct wgo_error *err)
{
    struct wgo_session *session = self;
    return session->inner.patch(session->inner.self, at, bytes, err);
}

static uint64_t output_written(void *self)
{
    struct wgo_session *session = self;
    return session->inner.written(session->inner.self);
}

enum wgo_status wgo_session_flush(void *self, struct wgo_error *err)
{
    struct wgo_session *session = self;
    return wgo_fd_output_flush(session->fd_output, err);
}

struct wgo_output wgo_session_output(struct wgo_session *session)
{
    return (struct wgo_output){
        .self = session,
        .write = output_write,
        .patch = session->inner.patch ? output_patch : NULL,
        .written = output_written,
    };
}

enum wgo_status wgo_session_open_output(struct wgo_session *session, struct wgo_error *err)
{
    const char *path = session->o.output_file;
    bool to_stdout = strcmp(path, "-") == 0;
    int fd = STDOUT_FILENO;
    if (!to_stdout) {
        enum wgo_status status = session->o.output_unnamed
                                     ? wgo_new_file_open_free(&session->file, path, err)
                                     : wgo_new_file_open(&session->file, path, err);
        if (status != WGO_OK) {
            return not_written(status, err);
        }
        fd = session->file.fd;
        if (session->file.temporary) {
            struct wgo_str name = wgo_str(session->file.temporary);
            atomic_store(&session->unfinished, wgo_str_cstr(&session->arena, name));
        }
    }
    enum wgo_status status =
        wgo_fd_output_new(fd, to_stdout ? "standard output" : path, &session->fd_output, err);
    if (status == WGO_OK) {
        session->inner = wgo_fd_output(session->fd_output);
    }
    return status;
}

void wgo_session_close_output(struct wgo_session *session)
{
    wgo_fd_output_free(session->fd_output);
    session->fd_output = NULL;
    wgo_new_file_abort(&session->file);
    atomic_store(&session->unfinished, NULL);
}

/* ---- the head ---- */

static const char *const outcome_names[] = {
    [WGO_PROVIDER_WAITING] = "waiting",   [WGO_PROVIDER_RUNNING] = "running",
    [WGO_PROVIDER_COMPLETE] = "complete", [WGO_PROVIDER_PARTIAL] = "partial",
    [WGO_PROVIDER_FAILED] = "failed",
};

static void write_error(struct wgo_json_writer *w, const struct wgo_error *error)
{
    wgo_json_key(w, "error");
    wgo_json_open_object(w);
    wgo_json_member_str(w, "status", wgo_str(wgo_status_name(error->status)));
    wgo_json_member_str(w, "message", wgo_str(error->message));
    wgo_json_member_str(w, "hint", wgo_str(error->hint));
    wgo_json_close_object(w);
}

static void write_phases(struct wgo_json_writer *w, const struct wgo_provider_result *result)
{
    wgo_json_key(w, "phases");
    wgo_json_open_array(w);
    for (unsigned i = 0; i < result->phase_count; i++) {
        const struct wgo_scan_phase *phase = &result->phases[i];
        const struct {
            const char *name;
            uint64_t value;
        } counts[] = {
            {"duration_ns", (uint64_t)(phase->duration_ns > 0 ? phase->duration_ns : 0)},
            {"resources", phase->resources},
            {"calls", phase->calls},
            {"cache_hits", phase->cache_hits},
            {"cache_misses", phase->cache_misses},
        };
        wgo_json_open_object(w);
        wgo_json_member_str(w, "name", wgo_str(phase->name));
        for (size_t c = 0; c < WGO_COUNT(counts); c++) {
            wgo_json_key(w, counts[c].name);
            wgo_json_put_u64(w, counts[c].value);
        }
        wgo_json_close_object(w);
    }
    wgo_json_close_array(w);
}

static void write_latency(struct wgo_json_writer *w, const struct wgo_latency *latency)
{
    const struct {
        const char *name;
        int64_t ns;
    } members[] = {
        {"mean_ns", latency->mean_ns},
        {"p50_ns", latency->p50_ns},
        {"p95_ns", latency->p95_ns},
        {"p99_ns", latency->p99_ns},
    };
    wgo_json_key(w, "latency");
    wgo_json_open_object(w);
    for (size_t i = 0; i < WGO_COUNT(members); i++) {
        wgo_json_key(w, members[i].name);
        wgo_json_put_i64(w, members[i].ns);
    }
    wgo_json_close_object(w);
}

static void write_quota(struct wgo_json_writer *w, const struct wgo_quota_use *use)
{
    wgo_json_key(w, "quota");
    wgo_quota_use_write(use, w);
}

static void write_call(void *state, const struct wgo_scan_call *call)
{
    struct wgo_json_writer *w = state;
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"calls", call->calls},           {"failures", call->failures},
        {"throttles", call->throttles},   {"retries", call->retries},
        {"cache_hits", call->cache_hits}, {"wire_bytes", call->wire_bytes},
    };
    wgo_json_open_object(w);
    wgo_json_member_str(w, "name", call->name);
    for (size_t i = 0; i < WGO_COUNT(counts); i++) {
        if (counts[i].value > 0 || i == 0) {
            wgo_json_key(w, counts[i].name);
            wgo_json_put_u64(w, counts[i].value);
        }
    }
    if (call->calls > 0) {
        write_latency(w, &call->latency);
    }
    wgo_json_close_object(w);
}

static void write_provider(struct wgo_json_writer *w, const struct wgo_scanner *scanner,
                           size_t index)
{
    struct wgo_provider_result found, *result = &found;
    wgo_scanner_provider(scanner, index, &found);

    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"records", result->records},
        {"calls", result->calls},
        {"retries", result->retries},
        {"throttles", result->throttles},
        {"failures", result->failures},
        {"wire_bytes", result->wire_bytes},
        {"body_bytes", result->body_bytes},
        {"workers", result->workers},
        {"most_in_flight", result->most_in_flight},
    };
    wgo_json_key(w, result->label);
    wgo_json_open_object(w);
    wgo_json_member_str(w, "provider", wgo_str(result->provider));
    wgo_json_member_str(w, "outcome", wgo_str(outcome_names[result->outcome]));
    wgo_json_key(w, "duration_ns");
    wgo_json_put_i64(w, result->duration_ns);
    for (size_t i = 0; i < WGO_COUNT(counts); i++) {
        wgo_json_key(w, counts[i].name);
        wgo_json_put_u64(w, counts[i].value);
    }
    if (result->replayed > 0) {
        wgo_json_key(w, "resumed_pages");
        wgo_json_put_u64(w, result->replayed);
    }
    wgo_json_key(w, "timed_out");
    wgo_json_put_bool(w, result->timed_out);
    if (result->calls > 0) {
        write_latency(w, &result->latency);
        wgo_json_key(w, "endpoints");
        wgo_json_open_array(w);
        wgo_scanner_calls(scanner, index, write_call, w);
        wgo_json_close_array(w);
    }
    if (result->quota.calls > 0) {
        write_quota(w, &result->quota);
    }
    if (result->phase_count > 0) {
        write_phases(w, result);
    }
    if (result->error.status != WGO_OK) {
        write_error(w, &result->error);
    }
    wgo_json_close_object(w);
}

/* 'index' -1: all of them. */
static bool write_providers(struct wgo_session *session, int index, struct wgo_buf *out)
{
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    for (size_t i = 0; i < wgo_scanner_provider_count(session->scanner); i++) {
        if (index < 0 || (size_t)index == i) {
            write_provider(&w, session->scanner, i);
        }
    }
    wgo_json_close_object(&w);
    return out->failed == WGO_OK;
}

/* The one provider's name, or "multi". */
static const char *provider_name(const struct wgo_session *session, int index)
{
    const struct wgo_scan_options *scan = &session->o.scan;
    if (index >= 0) {
        return scan->providers[index].type->name;
    }
    for (size_t i = 1; i < scan->provider_count; i++) {
        if (strcmp(scan->providers[i].type->name, scan->providers[0].type->name) != 0) {
            return "multi";
        }
    }
    return scan->provider_count > 0 ? scan->providers[0].type->name : "multi";
}

/* How what is there differs from what the earlier scan found. */
static bool write_renewal(const struct wgo_session_result *result, struct wgo_buf *out)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        {"added", result->renewal.added},     {"changed", result->renewal.changed},
        {"deleted", result->renewal.deleted}, {"unchanged", result->renewal.unchanged},
        {"stored", result->renewal.stored},
    };
    char since[WGO_WALL_TEXT];
    struct wgo_json_writer w;
    if (!result->compared) {
        return true;
    }
    wgo_wall_format(result->since, false, since);
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "since", wgo_str(since));
    for (size_t i = 0; i < WGO_COUNT(counts); i++) {
        wgo_json_key(&w, counts[i].name);
        wgo_json_put_u64(&w, counts[i].value);
    }
    wgo_json_close_object(&w);
    return out->failed == WGO_OK;
}

/* Texts the head borrows. */
struct head_texts {
    struct wgo_buf providers, warnings, incremental;
    char id[37];
};

static enum wgo_status make_head(struct wgo_session *session, int index, struct head_texts *texts,
                                 struct wgo_snapshot_head *out, struct wgo_error *err)
{
    const char *name = provider_name(session, index);
    memcpy(texts->id, session->id, sizeof(texts->id));
    /* Each document of an unmerged scan is a snapshot of its own. */
    enum wgo_status status = index < 0 ? WGO_OK : wgo_snapshot_new_id(texts->id, err);
    if (status != WGO_OK) {
        return status;
    }
    if (!write_providers(session, index, &texts->providers) ||
        !wgo_notes_write_warnings(&session->result.notes, &texts->warnings) ||
        !write_renewal(&session->result, &texts->incremental)) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    int64_t time_ns = session->result.scan.elapsed_ns;
    if (index >= 0) {
        struct wgo_provider_result result;
        wgo_scanner_provider(session->scanner, (size_t)index, &result);
        time_ns = result.duration_ns;
    }
    *out = (struct wgo_snapshot_head){
        .id = wgo_str(texts->id),
        .timestamp = session->started_at,
        .provider = wgo_str(name),
        .version = WGO_STR(WGO_VERSION),
        .collection_time_ns = time_ns,
        .key_id = session->redactor.keyed ? wgo_str(session->redactor.key_id) : WGO_STR(""),
        .rows = session->rows,
        .row_provider = index >= 0 ? wgo_str(name) : WGO_STR(""),
        .providers = wgo_buf_view(&texts->providers),
        .warnings = wgo_buf_view(&texts->warnings),
        .incremental = wgo_buf_view(&texts->incremental),
    };
    return WGO_OK;
}

/* ---- documents ---- */

enum wgo_status wgo_session_document(struct wgo_session *session, int provider,
                                     enum wgo_snapshot_format format,
                                     const struct wgo_output *output,
                                     struct wgo_snapshot_result *out_result, struct wgo_error *err)
{
    if (!session->ran || session->stream) {
        return wgo_fail(err, WGO_E_USAGE, "there is no snapshot to write");
    }
    struct head_texts texts = {0};
    struct wgo_snapshot_head head;
    struct wgo_str only = {0};
    struct wgo_merger *merger = session->mergers[0];
    if (provider >= 0) {
        only = wgo_str(session->o.scan.providers[provider].type->name);
        merger = session->mergers[session->merger_count > 1 ? provider : 0];
    }
    enum wgo_status status = make_head(session, provider, &texts, &head, err);
    if (status == WGO_OK) {
        status = wgo_snapshot_write(merger, only, &head, format, output, out_result, err);
    }
    wgo_buf_fini(&texts.providers);
    wgo_buf_fini(&texts.warnings);
    wgo_buf_fini(&texts.incremental);
    return status;
}

enum wgo_status wgo_session_count(struct wgo_session *session, uint64_t *out_count,
                                  struct wgo_error *err)
{
    struct wgo_merge_stats stats = {0};
    if (!session->ran || session->stream) {
        return wgo_fail(err, WGO_E_USAGE, "there is no snapshot to count");
    }
    enum wgo_status status =
        wgo_merger_each(session->mergers[0], WGO_STR(""), NULL, NULL, &stats, err);
    if (status == WGO_OK) {
        *out_count = stats.resources;
    }
    return status;
}

static uint64_t records_read(const struct wgo_session *session)
{
    uint64_t total = 0;
    for (size_t i = 0; i < wgo_scanner_provider_count(session->scanner); i++) {
        struct wgo_provider_result result;
        wgo_scanner_provider(session->scanner, i, &result);
        total += result.records;
    }
    return total;
}

/* Everything a collector emitted must be in the snapshot, merged into something that is, or left
 * out knowingly. */
static enum wgo_status check_sums(const struct wgo_session *session, uint64_t kept,
                                  struct wgo_error *err)
{
    uint64_t read = records_read(session) + session->carried;
    if (read == kept || (wgo_session_abandoned(session) && kept < read)) {
        return WGO_OK;
    }
    return wgo_fail(err, WGO_E_INTERNAL, "%llu records were read but %llu reached the snapshot",
                    (unsigned long long)read, (unsigned long long)kept);
}

/* Adds one document's figures to the session's. */
static enum wgo_status add_result(struct wgo_session *session,
                                  const struct wgo_snapshot_result *one, struct wgo_error *err)
{
    struct wgo_merge_stats *sum = &session->result.merge;
    const struct wgo_merge_stats *more = &one->merge;
    sum->records += more->records;
    sum->parts += more->parts;
    sum->duplicates += more->duplicates;
    sum->orphans += more->orphans;
    sum->resources += more->resources;
    sum->conflicts += more->conflicts;
    sum->spilled_bytes += more->spilled_bytes;
    sum->most_memory_bytes += more->most_memory_bytes;
    for (size_t i = 0; i < one->type_count; i++) {
        if (!wgo_type_counts_add(&session->counts, one->types[i].provider, one->types[i].type,
                                 one->types[i].count)) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
    }
    return WGO_OK;
}

static enum wgo_status write_document(struct wgo_session *session, int provider,
                                      struct wgo_error *err)
{
    struct wgo_output output = wgo_session_output(session);
    struct wgo_snapshot_result one = {0};
    enum wgo_status status =
        wgo_session_document(session, provider, session->o.format, &output, &one, err);
    if (status == WGO_OK) {
        status = add_result(session, &one, err);
    }
    wgo_snapshot_result_fini(&one);
    return status;
}

static enum wgo_status put(struct wgo_session *session, const char *text, struct wgo_error *err)
{
    return output_write(session, wgo_str(text), err);
}

/* One snapshot per provider: {"snapshots":[...]}, or as NDJSON one after the other. */
static enum wgo_status write_unmerged(struct wgo_session *session, struct wgo_error *err)
{
    bool json = session->o.format == WGO_FORMAT_JSON;
    enum wgo_status status = json ? put(session, "{\"snapshots\":[\n", err) : WGO_OK;
    for (size_t i = 0; i < session->merger_count && status == WGO_OK; i++) {
        if (i > 0 && json) {
            status = put(session, ",\n", err);
        }
        if (status == WGO_OK) {
            status = write_document(session, (int)i, err);
        }
    }
    return status == WGO_OK && json ? put(session, "]}\n", err) : status;
}

/* The resources went out as they came; what is left is the line that says how complete they are. */
static enum wgo_status finish_stream(struct wgo_session *session, struct wgo_error *err)
{
    struct head_texts texts = {0};
    struct wgo_snapshot_head head;
    struct wgo_stream_stats stats = {0};
    struct wgo_output output = wgo_session_output(session);
    enum wgo_status status = wgo_stream_finish(session->stream, &stats, err);
    if (status != WGO_OK) {
        return status;
    }
    session->result.merge.records = stats.records;
    session->result.merge.parts = stats.parts;
    session->result.merge.resources = stats.records - stats.parts;
    struct wgo_snapshot_result counted = {.types = stats.types, .type_count = stats.type_count};
    status = add_result(session, &counted, err);
    if (status == WGO_OK) {
        status = make_head(session, -1, &texts, &head, err);
    }
    if (status == WGO_OK) {
        status = wgo_snapshot_write_head(&head, &session->result.merge, &output, err);
    }
    wgo_buf_fini(&texts.providers);
    wgo_buf_fini(&texts.warnings);
    wgo_buf_fini(&texts.incremental);
    free(stats.types);
    return status;
}

static enum wgo_status commit(struct wgo_session *session, const char **out_path,
                              struct wgo_error *err)
{
    enum wgo_status status = wgo_fd_output_flush(session->fd_output, err);
    *out_path = session->o.output_file;
    if (status == WGO_OK && session->file.fd >= 0) {
        atomic_store(&session->unfinished, NULL);
        status = session->o.output_unnamed
                     ? wgo_new_file_commit_free(&session->file, &session->arena, out_path, err)
                     : wgo_new_file_commit(&session->file, err);
    }
    return status;
}

enum wgo_status wgo_session_write(struct wgo_session *session, struct wgo_error *err)
{
    struct wgo_session_result *result = &session->result;
    const char *path = NULL;
    enum wgo_status status = session->stream           ? finish_stream(session, err)
                             : session->o.skip_merging ? write_unmerged(session, err)
                                                       : write_document(session, -1, err);
    if (status == WGO_OK) {
        status = check_sums(session, result->merge.records, err);
    }
    if (status == WGO_OK) {
        result->types = wgo_type_counts_list(&session->counts);
        result->type_count = result->types ? session->counts.used : 0;
        result->bytes = output_written(session);
        status = commit(session, &path, err);
    }
    if (status == WGO_OK) {
        result->written = true;
        result->output_file = path;
    }
    return not_written(status, err);
}
