/* standalone_driver.c: runs a fuzz target over files and folders, without libFuzzer, so that every
 * corpus is an ordinary test on every compiler. Arguments that start with '-' are ignored. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static unsigned long run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    uint8_t *bytes = NULL;
    size_t len = 0, cap = 0, got;
    do {
        if (len == cap) {
            cap = cap ? cap * 2 : 65536;
            uint8_t *more = realloc(bytes, cap);
            if (!more) {
                abort();
            }
            bytes = more;
        }
        got = fread(bytes + len, 1, cap - len, file);
        len += got;
    } while (got > 0);
    fclose(file);
    /* An exact-size copy lets the sanitizers see the first byte read too far. */
    uint8_t *exact = malloc(len ? len : 1);
    if (!exact) {
        abort();
    }
    memcpy(exact, bytes, len);
    free(bytes);
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    return 1;
}

static unsigned long run_path(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return 0; /* a parser without crashers has no regression folder */
    }
    if (!S_ISDIR(info.st_mode)) {
        return run_file(path);
    }
    unsigned long count = 0;
    DIR *dir = opendir(path);
    if (!dir) {
        perror(path);
        exit(1);
    }
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (entry->d_name[0] != '.') {
            char child[4096];
            snprintf(child, sizeof(child), "%s/%s", path, entry->d_name);
            count += run_path(child);
        }
    }
    closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    unsigned long count = 0;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-') {
            count += run_path(argv[i]);
        }
    }
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    printf("%lu inputs\n", count);
    if (count == 0) {
        fprintf(stderr, "no corpus found\n");
        return 1;
    }
    return 0;
}
