#include "place.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void place_make(struct place *place)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(place->dir, sizeof(place->dir), "%s/wgo-store-XXXXXX", tmp && *tmp ? tmp : P_tmpdir);
    cr_assert_not_null(mkdtemp(place->dir));
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

void place_remove(struct place *place)
{
    chmod(place->dir, 0700);
    nftw(place->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *place_path(struct place *place, const char *name)
{
    snprintf(place->path, sizeof(place->path), "%s/%s", place->dir, name);
    return place->path;
}

void place_write(struct place *place, const char *name, const char *bytes, size_t len)
{
    int fd = open(place_path(place, name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert(fd >= 0 && write(fd, bytes, len) == (ssize_t)len);
    close(fd);
}

unsigned place_mode(struct place *place, const char *name)
{
    struct stat info;
    cr_assert_eq(stat(place_path(place, name), &info), 0, "%s", place->path);
    return info.st_mode & 07777;
}

int place_count(struct place *place, const char *part)
{
    DIR *dir = opendir(place->dir);
    cr_assert_not_null(dir);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir));) {
        count += strstr(entry->d_name, part) != NULL;
    }
    closedir(dir);
    return count;
}

struct wgo_store *place_store(struct place *place, const struct wgo_clock *clock, char warning[512])
{
    struct wgo_store_options options = {
        .state_dir = place->dir, .getenv = no_environment, .clock = clock};
    struct wgo_store *store;
    struct wgo_error err = {0};
    char ours[512];
    cr_assert_eq(wgo_store_open(&options, &store, warning ? warning : ours, &err), WGO_OK, "%s",
                 err.message);
    if (!warning) {
        cr_assert_str_eq(ours, "");
    }
    return store;
}

const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}
