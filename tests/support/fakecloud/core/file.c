#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_source {
    int fd;
};

static size_t file_read(void *ctx, char *buf, size_t cap)
{
    struct file_source *s = ctx;
    ssize_t n;

    do {
        n = read(s->fd, buf, cap);
    } while (n < 0 && errno == EINTR);
    return n > 0 ? (size_t)n : 0;
}

static void file_free(void *ctx)
{
    struct file_source *s = ctx;

    close(s->fd);
    free(s);
}

bool fc_file_source(const char *path, struct fc_source *out, int64_t *out_length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct file_source *s;
    struct stat st;

    if (fd < 0) {
        return false;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return false;
    }
    s = fc_alloc(sizeof(*s));
    s->fd = fd;
    *out = (struct fc_source){.read = file_read, .free = file_free, .ctx = s};
    *out_length = (int64_t)st.st_size;
    return true;
}

void fc_file_read(const char *path, struct fc_text *out)
{
    struct fc_source source;
    int64_t length;

    if (!fc_file_source(path, &source, &length)) {
        fc_die("%s: %s", path, errno != 0 ? strerror(errno) : "not a regular file");
    }
    fc_source_drain(&source, out);
}
