/* database.h: the SQLite file in the state folder, opened, brought up to date, or set aside.
 * Private to store/.
 *
 * The file's user_version says which of the migrations it has seen. A file that is no database, or
 * a broken one, is renamed to NAME.damaged-<time> and a new one made; a file that a newer wgo
 * wrote, that is locked for long or cannot be written is left alone and not used.
 *
 * Ownership: the connection is the caller's to close. Threads: none; several processes may open one
 * file at once.
 * Failure:   NULL with a warning. */
#ifndef WGO_STORE_DATABASE_H
#define WGO_STORE_DATABASE_H

#include "store/folder.h"

#include <sqlite3.h>

sqlite3 *wgo_database_open(const char *path, struct wgo_wall now, char warning[WGO_STORE_WARNING]);
/* What a statement came to: who has waited for another process in vain does not wait as long the
 * next time, so that a lock that stays does not hold up every call; who gets through is patient
 * again. */
void wgo_database_waited(sqlite3 *db, int result);
/* True for results that mean the file itself is broken. */
bool wgo_database_is_damage(int result);
/* Renames 'path' and what belongs to it out of the way; false when that cannot be done. The file
 * must not be open here. */
bool wgo_database_set_aside(const char *path, struct wgo_wall now, char warning[WGO_STORE_WARNING]);

#endif
