/* backend_pg.c: states in a PostgreSQL table.
 *
 *   conn_str [PG_CONN_STR], schema_name [PG_SCHEMA_NAME; "terraform_remote_state"]
 *
 * What conn_str leaves open comes from libpq's own variables (PGHOST, PGPASSWORD ...). One row of
 * SCHEMA.states is one workspace. All are read in one read-only transaction, so they belong to one
 * moment; large ones in slices, so that memory stays flat. Nothing but SELECT is ever sent. */
#include "terraform/backends.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE = 4 << 20 /* characters */, POLL_MS = 200 };

struct pg {
    struct wgo_tf_backend *backend;
    PGconn *connection;
    char *table; /* quoted: "schema"."states" */
    struct wgo_str shown;
};

static enum wgo_status fail_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* libpq's messages have several lines, and never the password. */
static enum wgo_status fail_pg(struct pg *pg, enum wgo_status status, const char *doing,
                               struct wgo_error *err)
{
    struct wgo_str rest = wgo_str(PQerrorMessage(pg->connection));
    struct wgo_str line = wgo_str_trim(wgo_str_split(&rest, '\n'));
    return wgo_fail(err, status, "cannot %s: %.*s", doing, WGO_FMT(line));
}

/* Until the socket is ready; looks at cancellation meanwhile. */
static enum wgo_status wait_for(struct pg *pg, short events, struct wgo_error *err)
{
    const struct wgo_services *services = pg->backend->session->services;
    for (;;) {
        struct pollfd socket = {.fd = PQsocket(pg->connection), .events = events};
        if (services->cancelled(services->engine)) {
            return wgo_fail(err, WGO_E_CANCELLED, "stopped before the end");
        }
        int ready = poll(&socket, 1, POLL_MS);
        if (ready > 0) {
            return WGO_OK;
        }
        if (ready < 0 && errno != EINTR) {
            return wgo_fail(err, WGO_E_NETWORK, "cannot wait for the database");
        }
    }
}

/* A library does not print. */
static void stay_silent(void *state, const PGresult *result)
{
    (void)state;
    (void)result;
}

static enum wgo_status connect_to(struct pg *pg, const char *conn_str, struct wgo_error *err)
{
    /* The later wins, so a conn_str with settings of its own keeps them. */
    static const char *const names[] = {"connect_timeout", "application_name", "dbname", NULL};
    const char *const values[] = {"10", "wgo", conn_str, NULL};
    pg->connection = PQconnectStartParams(names, values, 1);
    if (!pg->connection) {
        return fail_memory(err);
    }
    PQsetNoticeReceiver(pg->connection, stay_silent, NULL);
    enum wgo_status status = WGO_OK;
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (PQstatus(pg->connection) != CONNECTION_BAD && status == WGO_OK) {
        status = wait_for(pg, next == PGRES_POLLING_READING ? POLLIN : POLLOUT, err);
        next = status == WGO_OK ? PQconnectPoll(pg->connection) : next;
        if (next == PGRES_POLLING_OK) {
            return WGO_OK;
        }
        if (next == PGRES_POLLING_FAILED) {
            break;
        }
    }
    if (status != WGO_OK) {
        return status;
    }
    bool refused =
        PQconnectionNeedsPassword(pg->connection) || PQconnectionUsedPassword(pg->connection);
    fail_pg(pg, refused ? WGO_E_AUTH : WGO_E_NETWORK, "connect", err);
    wgo_error_hint(err, "check conn_str (PG_CONN_STR)");
    return refused ? WGO_E_AUTH : WGO_E_NETWORK;
}

static enum wgo_status classify(const PGresult *result)
{
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (code && strcmp(code, "42501") == 0) { /* insufficient_privilege */
        return WGO_E_DENIED;
    }
    /* undefined_table, invalid_schema_name */
    return code && (strcmp(code, "42P01") == 0 || strcmp(code, "3F000") == 0) ? WGO_E_NOT_FOUND
                                                                              : WGO_E_REJECTED;
}

/* Runs 'sql' and gives its one result. */
static enum wgo_status run(struct pg *pg, const char *sql, int count, const char *const *values,
                           PGresult **out_result, struct wgo_error *err)
{
    if (!PQsendQueryParams(pg->connection, sql, count, NULL, values, NULL, NULL, 0)) {
        return fail_pg(pg, WGO_E_NETWORK, "ask the database", err);
    }
    while (PQisBusy(pg->connection)) {
        enum wgo_status status = wait_for(pg, POLLIN, err);
        if (status != WGO_OK) {
            return status;
        }
        if (!PQconsumeInput(pg->connection)) {
            return fail_pg(pg, WGO_E_NETWORK, "read from the database", err);
        }
    }
    PGresult *result = PQgetResult(pg->connection), *more;
    while ((more = PQgetResult(pg->connection))) {
        PQclear(more);
    }
    ExecStatusType outcome = PQresultStatus(result);
    if (outcome != PGRES_COMMAND_OK && outcome != PGRES_TUPLES_OK) {
        enum wgo_status status = classify(result);
        fail_pg(pg, status, "read the states", err);
        PQclear(result);
        return status;
    }
    *out_result = result;
    return WGO_OK;
}

static enum wgo_status run_quietly(struct pg *pg, const char *sql, struct wgo_error *err)
{
    PGresult *result = NULL;
    enum wgo_status status = run(pg, sql, 0, NULL, &result, err);
    PQclear(result);
    return status;
}

/* The state of the row 'id', slice after slice. */
static enum wgo_status spool_row(struct pg *pg, const char *id, struct wgo_error *err)
{
    struct wgo_arena *arena = &pg->backend->arena;
    struct wgo_str sql =
        wgo_str_format(arena, "SELECT substr(data, $2, $3) FROM %s WHERE id = $1", pg->table);
    for (unsigned long long from = 1;; from += SLICE) {
        char start[24], len[24];
        PGresult *result = NULL;
        snprintf(start, sizeof(start), "%llu", from);
        snprintf(len, sizeof(len), "%d", SLICE);
        const char *const values[] = {id, start, len};
        enum wgo_status status = run(pg, sql.ptr, 3, values, &result, err);
        if (status != WGO_OK) {
            return status;
        }
        struct wgo_str slice = WGO_STR("");
        if (PQntuples(result) == 1 && !PQgetisnull(result, 0, 0)) {
            slice = wgo_str_from(PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0));
        }
        status = wgo_tf_spool_append(&pg->backend->session->spool, slice, err);
        bool last = slice.len < SLICE; /* a character is at least a byte */
        PQclear(result);
        if (status != WGO_OK || last) {
            return status;
        }
    }
}

static enum wgo_status read_row(struct pg *pg, const char *id, const char *name,
                                struct wgo_error *err)
{
    struct wgo_tf_backend *backend = pg->backend;
    struct wgo_error why = {0};
    uint64_t start = backend->session->spool.size;
    struct wgo_str location = wgo_str_format(&backend->arena, "%.*s/%s", WGO_FMT(pg->shown), name);
    enum wgo_status status = spool_row(pg, id, &why);
    if (status == WGO_OK && backend->session->spool.size == start) {
        status = wgo_fail(&why, WGO_E_ABSENT, "there is no state yet");
    }
    if (status != WGO_OK) {
        backend->session->spool.size = start;
        return wgo_tf_backend_failed(backend, location, &why, err);
    }
    return wgo_tf_session_spooled(backend->session, WGO_STR("pg"), location, start, err);
}

static enum wgo_status read_rows(struct pg *pg, struct wgo_error *err)
{
    struct wgo_arena *arena = &pg->backend->arena;
    PGresult *rows = NULL;
    struct wgo_str sql = wgo_str_format(
        arena, "SELECT id::text, coalesce(name, '') FROM %s ORDER BY 2, 1", pg->table);
    enum wgo_status status =
        run_quietly(pg, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
    status = status == WGO_OK ? run(pg, sql.ptr, 0, NULL, &rows, err) : status;
    if (status == WGO_E_NOT_FOUND) {
        status = wgo_fail(err, WGO_E_CONFIG, "the table %s is not there", pg->table);
        wgo_error_hint(err, "check schema_name (PG_SCHEMA_NAME)");
    }
    for (int i = 0; status == WGO_OK && i < PQntuples(rows); i++) {
        status = read_row(pg, PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1), err);
    }
    if (status == WGO_OK && PQntuples(rows) == 0) {
        struct wgo_error why = {0};
        wgo_fail(&why, WGO_E_ABSENT, "there is no state yet");
        status = wgo_tf_backend_failed(pg->backend, pg->shown, &why, err);
    }
    PQclear(rows);
    return status;
}

/* pg://host:port/database/schema: where it is, without who asks. */
static void set_shown(struct pg *pg, const char *schema)
{
    struct wgo_arena *arena = &pg->backend->arena;
    const char *host = PQhost(pg->connection), *port = PQport(pg->connection);
    const char *database = PQdb(pg->connection);
    pg->shown =
        wgo_str_format(arena, "pg://%s%s%s/%s/%s", host ? host : "", port && port[0] ? ":" : "",
                       port ? port : "", database ? database : "", schema);
    pg->backend->place = pg->shown;
}

static enum wgo_status read_all(struct pg *pg, const char *conn_str, const char *schema,
                                struct wgo_error *err)
{
    enum wgo_status status = connect_to(pg, conn_str, err);
    if (status != WGO_OK) {
        return status;
    }
    set_shown(pg, schema);
    char *quoted = PQescapeIdentifier(pg->connection, schema, strlen(schema));
    if (!quoted) {
        return fail_pg(pg, WGO_E_CONFIG, "use this schema_name", err);
    }
    pg->table =
        wgo_str_cstr(&pg->backend->arena, wgo_str_format(&pg->backend->arena, "%s.states", quoted));
    PQfreemem(quoted);
    return pg->table ? read_rows(pg, err) : fail_memory(err);
}

static enum wgo_status read_pg(struct wgo_tf_backend *backend, struct wgo_error *err)
{
    struct pg pg = {.backend = backend};
    struct wgo_str conn_str = wgo_tf_setting(backend, "conn_str", "PG_CONN_STR");
    struct wgo_str schema = wgo_tf_setting(backend, "schema_name", "PG_SCHEMA_NAME");
    schema = schema.len ? schema : WGO_STR("terraform_remote_state");
    enum wgo_status status = read_all(&pg, conn_str.ptr, schema.ptr, err);
    PQfinish(pg.connection);
    return status;
}

const struct wgo_tf_backend_type wgo_tf_backend_pg = {
    .name = "pg",
    .read = read_pg,
};
