/* options.h: the command line, written into the scenario.
 *
 * Each flag is a place in the scenario and a type, in one table; `--scenario FILE` is read first
 * and flags win over it, wherever they stand.
 *
 * Ownership: the caller owns the scenario returned.
 * Threads:   main only.
 * Failure:   a bad command line ends the program with a message and exit code 2. */
#ifndef FC_OPTIONS_H
#define FC_OPTIONS_H

#include <json-c/json.h>

struct json_object *fc_options_read(int argc, char **argv);

#endif
