#include "store/database.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { BUSY_TIMEOUT_MS = 3000, IMPATIENT_MS = 50 };

/* migrations[n] brings a file from version n to n + 1. Never change one that was released. */
static const char *const migrations[] = {
    "CREATE TABLE cache (key BLOB PRIMARY KEY, value BLOB NOT NULL, stored_at INTEGER NOT NULL,"
    " expires_at INTEGER NOT NULL) WITHOUT ROWID;",
    "CREATE TABLE quota (key BLOB PRIMARY KEY, windows TEXT NOT NULL, share REAL NOT NULL,"
    " ordered REAL) WITHOUT ROWID;"
    "CREATE TABLE charge (id INTEGER PRIMARY KEY, key BLOB NOT NULL, made_at INTEGER NOT NULL,"
    " counts_from INTEGER NOT NULL);"
    "CREATE INDEX charge_by_key ON charge (key, counts_from);",
    /* What was answered, as enum wgo_quota_answer; NULL: not known (yet). */
    "ALTER TABLE charge ADD COLUMN answer INTEGER;",
};

bool wgo_database_is_damage(int result)
{
    int primary = result & 0xFF; /* without the extension */
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

void wgo_database_waited(sqlite3 *db, int result)
{
    sqlite3_busy_timeout(db, (result & 0xFF) == SQLITE_BUSY ? IMPATIENT_MS : BUSY_TIMEOUT_MS);
}

static int read_version(sqlite3 *db, int *out_version)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(statement);
    }
    if (result == SQLITE_ROW) {
        *out_version = sqlite3_column_int(statement, 0);
        result = SQLITE_OK;
    }
    sqlite3_finalize(statement);
    return result;
}

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int migrate(sqlite3 *db)
{
    int version = 0;
    /* Two processes may come at once: the second finds the work done. */
    int result = run(db, "BEGIN IMMEDIATE");
    if (result != SQLITE_OK) {
        return result;
    }
    result = read_version(db, &version);
    for (; result == SQLITE_OK && (size_t)version < WGO_COUNT(migrations); version++) {
        char mark[64];
        snprintf(mark, sizeof(mark), "PRAGMA user_version = %d", version + 1);
        result = run(db, migrations[version]);
        result = result == SQLITE_OK ? run(db, mark) : result;
    }
    if (result == SQLITE_OK) {
        result = run(db, "COMMIT");
    }
    if (result != SQLITE_OK) {
        (void)run(db, "ROLLBACK");
    }
    return result;
}

static int prepare(sqlite3 *db, bool *out_newer)
{
    int version = 0;
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    int result = read_version(db, &version);
    if (result != SQLITE_OK) {
        return result;
    }
    *out_newer = version < 0 || (size_t)version > WGO_COUNT(migrations);
    if (*out_newer) {
        return SQLITE_OK;
    }
    /* Where it is refused (another process is at it, a network folder) the old journal does. */
    (void)run(db, "PRAGMA journal_mode = WAL");
    (void)run(db, "PRAGMA synchronous = NORMAL");
    if ((size_t)version < WGO_COUNT(migrations)) {
        result = migrate(db);
    }
    return result == SQLITE_OK ? run(db, "SELECT 1 FROM cache LIMIT 1") : result;
}

/* SQLite would make the file readable for all: it is made here, empty, which is a valid database.
 */
static void make_private_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
    }
}

/* SQLITE_OK with a connection, or with none when a newer version of wgo wrote the file. */
static int try_open(const char *path, sqlite3 **out_db)
{
    sqlite3 *db = NULL;
    bool newer = false;
    make_private_file(path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    int result = sqlite3_open_v2(path, &db, flags, NULL);
    if (result == SQLITE_OK && sqlite3_db_readonly(db, "main") == 1) {
        result = SQLITE_READONLY;
    }
    if (result == SQLITE_OK) {
        result = prepare(db, &newer);
    }
    if (result != SQLITE_OK || newer) {
        sqlite3_close(db);
        db = NULL;
    }
    *out_db = db;
    return result;
}

static bool move_one(const char *path, const char *suffix, const char *stamp)
{
    char *from = NULL, *to = NULL;
    bool moved = false;
    if (asprintf(&from, "%s%s", path, suffix) < 0) {
        from = NULL;
    }
    if (asprintf(&to, "%s.damaged-%s%s", path, stamp, suffix) < 0) {
        to = NULL;
    }
    if (from && to) {
        moved = rename(from, to) == 0;
    }
    free(from);
    free(to);
    return moved;
}

bool wgo_database_set_aside(const char *path, struct wgo_wall now, char warning[WGO_STORE_WARNING])
{
    char stamp[WGO_WALL_TEXT];
    wgo_wall_format(now, false, stamp);
    if (!move_one(path, "", stamp)) {
        wgo_folder_warn(warning, "%s is damaged and cannot be renamed", path);
        return false;
    }
    /* What the broken file had not taken in yet must not be mixed into the new one. */
    (void)move_one(path, "-wal", stamp);
    (void)move_one(path, "-shm", stamp);
    wgo_folder_warn(warning, "%s was damaged: renamed to end in .damaged-%s", path, stamp);
    return true;
}

/* Only one process sets a file aside; the next finds a good one in its place. */
static int replace_damaged(const char *path, struct wgo_wall now, sqlite3 **out_db,
                           char warning[WGO_STORE_WARNING])
{
    char *lock_path = NULL;
    if (asprintf(&lock_path, "%s.lock", path) < 0) {
        return SQLITE_NOMEM;
    }
    int lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(lock_path);
    if (lock < 0 || flock(lock, LOCK_EX) != 0) {
        if (lock >= 0) {
            close(lock);
        }
        return SQLITE_CORRUPT;
    }
    int result = try_open(path, out_db);
    if (wgo_database_is_damage(result) && wgo_database_set_aside(path, now, warning)) {
        result = try_open(path, out_db);
    }
    close(lock);
    return result;
}

sqlite3 *wgo_database_open(const char *path, struct wgo_wall now, char warning[WGO_STORE_WARNING])
{
    sqlite3 *db = NULL;
    int result = try_open(path, &db);
    if (wgo_database_is_damage(result)) {
        result = replace_damaged(path, now, &db, warning);
    }
    if (result != SQLITE_OK) {
        wgo_folder_warn(warning, "no cache: %s: %s", path, sqlite3_errstr(result));
    } else if (!db) {
        wgo_folder_warn(warning, "no cache: %s was written by a newer version of wgo", path);
    }
    return db;
}
