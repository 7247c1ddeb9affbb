/* conf.h: reading the scenario, a json-c tree, with errors that name the place.
 *
 * Every flag of the command line is written into the scenario first (see options.h), so the
 * scenario is the one description of a run and the modules read nothing else.
 *
 * Ownership: strings returned are borrowed from the tree, which lives as long as the program.
 * Threads:   used before the server starts only.
 * Failure:   a wrong type or an unknown key ends the program with a message and exit code 2. */
#ifndef FC_CONF_H
#define FC_CONF_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

/* NULL when 'obj' is NULL or has no such key. 'where' is used in messages. */
struct json_object *fc_conf_get(struct json_object *obj, const char *key);
int64_t fc_conf_int(struct json_object *obj, const char *where, const char *key, int64_t fallback);
double fc_conf_double(struct json_object *obj, const char *where, const char *key, double fallback);
bool fc_conf_bool(struct json_object *obj, const char *where, const char *key, bool fallback);
const char *fc_conf_str(struct json_object *obj, const char *where, const char *key,
                        const char *fallback);
/* Dies unless every key of 'obj' is in the NULL-terminated list 'keys'. */
void fc_conf_only(struct json_object *obj, const char *where, const char *const *keys);
/* The object at a dotted path, made when absent. Borrowed. */
struct json_object *fc_conf_ensure(struct json_object *root, const char *dotted);
/* Reads a JSON file whole. Dies when it is unreadable or not JSON. The caller owns the tree. */
struct json_object *fc_conf_load(const char *path);
/* Number of elements; 0 for NULL; dies when it is not an array. */
size_t fc_conf_len(struct json_object *array, const char *where);

#endif
