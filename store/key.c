#include "store/key.h"

#include "base/file.h"
#include "base/secret.h"
#include "store/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum { LARGEST = 64 * 1024, KEY_TEXT = 2 * WGO_REDACTION_KEY_LEN };

#define KEY_NAME "redact.key"

enum wgo_status wgo_key_of_file(const char *path, struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    enum wgo_status status = wgo_file_read(path, LARGEST, &bytes, err);
    if (status == WGO_OK) {
        struct wgo_str key = wgo_buf_view(&bytes);
        while (key.len > 0 && (key.ptr[key.len - 1] == '\n' || key.ptr[key.len - 1] == '\r')) {
            key.len--;
        }
        if (key.len < WGO_REDACTION_KEY_LEN / 2) {
            status = wgo_fail(err, WGO_E_CONFIG, "%s: a key needs at least %d bytes", path,
                              WGO_REDACTION_KEY_LEN / 2);
        } else if (!wgo_buf_str(out, key)) {
            status = wgo_fail(err, out->failed, "%s", wgo_status_text(out->failed));
        }
    }
    wgo_wipe(bytes.ptr, bytes.cap);
    wgo_buf_fini(&bytes);
    return status;
}

/* 'out' takes KEY_TEXT hex digits, a line's end and a NUL. */
static bool invent(char out[KEY_TEXT + 2])
{
    unsigned char key[WGO_REDACTION_KEY_LEN];
    ssize_t got;
    do {
        got = getrandom(key, sizeof(key), 0);
    } while (got < 0 && errno == EINTR);
    wgo_str_hex(key, sizeof(key), out);
    out[KEY_TEXT] = '\n';
    out[KEY_TEXT + 1] = '\0';
    wgo_wipe(key, sizeof(key));
    return got == (ssize_t)sizeof(key);
}

/* The file is written whole under a name of its own and then given its place, unless that is taken:
 * nobody ever reads half a key, and whoever comes second uses the first one's. */
static enum wgo_status put_in_place(const char *temporary, const char *path, struct wgo_error *err)
{
    if (link(temporary, path) == 0 || errno == EEXIST) {
        return WGO_OK;
    }
    /* A file system without hard links. */
    if (renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) == 0 || errno == EEXIST) {
        return WGO_OK;
    }
    return wgo_fail(err, WGO_E_IO, "%s: cannot keep a key there", path);
}

static enum wgo_status make(const char *path, struct wgo_error *err)
{
    char text[KEY_TEXT + 2], *temporary;
    if (!invent(text)) {
        return wgo_fail(err, WGO_E_IO, "the system gives no random bytes");
    }
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
    if (fd < 0) {
        char why[128];
        enum wgo_status status = wgo_fail(err, WGO_E_IO, "%s: cannot make the key: %s", path,
                                          strerror_r(errno, why, sizeof(why)));
        free(temporary);
        return status;
    }
    enum wgo_status status = wgo_fd_write(fd, wgo_str(text), path, err);
    wgo_wipe(text, sizeof(text));
    if (status == WGO_OK && fsync(fd) != 0) {
        status = wgo_fail(err, WGO_E_IO, "%s: cannot keep the key on the disk", path);
    }
    close(fd);
    if (status == WGO_OK) {
        status = put_in_place(temporary, path, err);
    }
    unlink(temporary);
    free(temporary);
    return status;
}

enum wgo_status wgo_key_of_folder(const char *dir, struct wgo_buf *out, struct wgo_error *err)
{
    char *path = wgo_folder_path(dir, KEY_NAME);
    if (!path) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = wgo_key_of_file(path, out, err);
    if (status == WGO_E_NOT_FOUND) {
        status = make(path, err);
        if (status == WGO_OK) {
            status = wgo_key_of_file(path, out, err);
        }
    }
    if (status == WGO_E_CONFIG) {
        wgo_error_hint(err, "remove the file to have a new key made; redacted values will differ "
                            "from those of older snapshots");
    }
    free(path);
    return status;
}
