/* embed_files.c: run by the build; writes the C source that makes files a part of the program.
 *
 *   wgo_embed_files OUT ROOM TABLE FILE...
 *
 * Each FILE becomes a wgo_embedded_file of ROOM: an entry of the array TABLE, or, where TABLE is
 * empty, `wgo_ROOM_<name with _ for .>`. YAML is read here and packed, which costs the program a
 * tenth of reading it; of other files the bytes are taken as they are. */
#include "base/file.h"
#include "base/yaml.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LARGEST = 16 << 20, MOST_NODES = 1000000, BYTES_A_LINE = 24 };

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void put_symbol(FILE *out, const char *name)
{
    for (; *name; name++) {
        fputc(isalnum((unsigned char)*name) ? *name : '_', out);
    }
}

static void put_array(FILE *out, const char *name, struct wgo_str bytes)
{
    fputs("static const unsigned char ", out);
    put_symbol(out, name);
    fputs("[] = {", out);
    for (size_t i = 0; i < bytes.len; i++) {
        fprintf(out, "%s%u,", i % BYTES_A_LINE ? "" : "\n    ", (unsigned char)bytes.ptr[i]);
    }
    fputs("0};\n", out);
}

static void put_file(FILE *out, const char *name, bool packed, size_t size)
{
    fprintf(out, "{.name = \"%s\", .bytes = (const char *)", name);
    put_symbol(out, name);
    fprintf(out, ", .len = %zu, .packed = %s}", size, packed ? "true" : "false");
}

static bool is_yaml(const char *path)
{
    return wgo_str_ends(wgo_str(path), WGO_STR(".yaml"));
}

static enum wgo_status read_bytes(const char *path, struct wgo_buf *out, struct wgo_error *err)
{
    enum wgo_status status = wgo_file_read(path, LARGEST, out, err);
    if (status != WGO_OK || !is_yaml(path)) {
        return status;
    }
    struct wgo_arena arena = {0};
    struct wgo_yaml *root = NULL;
    status = wgo_yaml_parse(&arena, path, wgo_buf_view(out), MOST_NODES, &root, err);
    if (status == WGO_OK) {
        struct wgo_buf packed = {0};
        wgo_yaml_pack(root, &packed);
        wgo_buf_fini(out);
        *out = packed;
        status = packed.failed ? wgo_fail(err, WGO_E_NOMEM, "%s: out of memory", path) : WGO_OK;
    }
    wgo_arena_fini(&arena);
    return status;
}

static bool put_arrays(FILE *out, char **paths, size_t *sizes)
{
    for (size_t i = 0; paths[i]; i++) {
        struct wgo_buf bytes = {0};
        struct wgo_error err = {0};
        enum wgo_status status = read_bytes(paths[i], &bytes, &err);
        if (status == WGO_OK) {
            put_array(out, name_of(paths[i]), wgo_buf_view(&bytes));
            sizes[i] = bytes.len;
        } else {
            fprintf(stderr, "%s\n", err.message);
        }
        wgo_buf_fini(&bytes);
        if (status != WGO_OK) {
            return false;
        }
    }
    return true;
}

static void put_files(FILE *out, const char *room, const char *table, char **paths,
                      const size_t *sizes)
{
    bool is_table = table[0] != '\0';
    if (is_table) {
        fprintf(out, "\nconst struct wgo_embedded_file %s[] = {\n", table);
    }
    for (size_t i = 0; paths[i]; i++) {
        const char *name = name_of(paths[i]);
        if (is_table) {
            fputs("    ", out);
            put_file(out, name, is_yaml(name), sizes[i]);
            fputs(",\n", out);
        } else {
            fprintf(out, "\nconst struct wgo_embedded_file wgo_%s_", room);
            put_symbol(out, name);
            fputs(" =\n    ", out);
            put_file(out, name, is_yaml(name), sizes[i]);
            fputs(";\n", out);
        }
    }
    if (is_table) {
        fputs("};\n", out);
    }
}

int main(int count, char **arguments)
{
    enum { OUT = 1, ROOM, TABLE, FILES, MOST_FILES = 1000 };
    static size_t sizes[MOST_FILES];
    if (count <= FILES || count > FILES + MOST_FILES) {
        fputs("usage: wgo_embed_files OUT ROOM TABLE FILE...\n", stderr);
        return 2;
    }
    FILE *out = fopen(arguments[OUT], "w");
    if (!out) {
        perror(arguments[OUT]);
        return 1;
    }
    fprintf(out, "#include \"%s/embedded.h\"\n\n", arguments[ROOM]);
    bool good = put_arrays(out, arguments + FILES, sizes);
    if (good) {
        put_files(out, arguments[ROOM], arguments[TABLE], arguments + FILES, sizes);
    }
    bool failed = ferror(out) != 0;
    failed = fclose(out) != 0 || failed;
    if (failed) {
        perror(arguments[OUT]);
    }
    return good && !failed ? 0 : 1;
}
