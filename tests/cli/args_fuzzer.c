/* args_fuzzer.c: a command line, one argument a line. */
#include "cli/args.h"
#include "cli/suggest.h"
#include "fuzz.h"

#include <stddef.h>

enum { MOST_ARGUMENTS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_arena arena = {0};
    struct wgo_args args;
    struct wgo_error error = {0};
    char *argv[MOST_ARGUMENTS];
    int argc = 0;
    static const struct wgo_providers builtin;
    struct wgo_str rest = wgo_str_from((const char *)data, size);
    while (rest.ptr && size > 0 && argc < MOST_ARGUMENTS) {
        argv[argc++] = wgo_str_cstr(&arena, wgo_str_split(&rest, '\n'));
    }
    for (unsigned bit = 1; bit <= WGO_CMD_HELP; bit <<= 1) {
        if (wgo_args_parse(bit, argc, argv, &builtin, &arena, &args, &error) == WGO_OK) {
            for (size_t i = 0; i < args.given_count; i++) {
                if (args.given[i].provider >= (int)args.provider_count) {
                    abort();
                }
            }
        } else if (error.message[0] == '\0' || wgo_status_exit_code(error.status) != 2) {
            abort();
        }
    }
    wgo_arena_fini(&arena);
    return 0;
}
