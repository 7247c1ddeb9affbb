#include "cli/outputs.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The one that a message names first is the one that is to go elsewhere. */
static const enum wgo_option_id FILES[] = {WGO_OPT_EVENTS, WGO_OPT_METRICS_FILE,
                                           WGO_OPT_OUTPUT_FILE};

/* Two names that are not there yet name one file when they are alike in one folder. */
static bool will_be_same(const char *a, const char *b)
{
    char *copies[4] = {strdup(a), strdup(b), strdup(a), strdup(b)};
    bool same = false;
    if (copies[0] && copies[1] && copies[2] && copies[3]) {
        char *folders[2] = {realpath(dirname(copies[0]), NULL), realpath(dirname(copies[1]), NULL)};
        same = folders[0] && folders[1] && strcmp(folders[0], folders[1]) == 0 &&
               strcmp(basename(copies[2]), basename(copies[3])) == 0;
        free(folders[0]);
        free(folders[1]);
    }
    for (size_t i = 0; i < WGO_COUNT(copies); i++) {
        free(copies[i]);
    }
    return same || strcmp(a, b) == 0;
}

/* Devices and pipes may be written by several. */
static bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;
    bool there = stat(a, &one) == 0, other_there = stat(b, &other) == 0;
    if (there && other_there) {
        return S_ISREG(one.st_mode) && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
    }
    return !there && !other_there && will_be_same(a, b);
}

enum wgo_status wgo_outputs_check(const struct wgo_settings *settings, struct wgo_error *err)
{
    for (size_t i = 0; i < WGO_COUNT(FILES); i++) {
        const char *path = wgo_settings_text(settings, FILES[i]);
        const char *name = wgo_option_at(FILES[i])->name;
        bool to_stdout = path && strcmp(path, "-") == 0;
        if (to_stdout && FILES[i] != WGO_OPT_OUTPUT_FILE) {
            wgo_fail(err, WGO_E_USAGE, "--%s -: standard output is the snapshot's", name);
            wgo_error_hint(err, "name a file; ./- is one that is called -");
            return WGO_E_USAGE;
        }
        for (size_t k = i + 1; path && !to_stdout && k < WGO_COUNT(FILES); k++) {
            const char *other = wgo_settings_text(settings, FILES[k]);
            if (other && strcmp(other, "-") != 0 && is_same_file(path, other)) {
                wgo_fail(err, WGO_E_USAGE, "--%s %s: --%s names the same file", name, path,
                         wgo_option_at(FILES[k])->name);
                wgo_error_hint(err, "each is written to a file of its own: name another one");
                return WGO_E_USAGE;
            }
        }
    }
    return WGO_OK;
}
