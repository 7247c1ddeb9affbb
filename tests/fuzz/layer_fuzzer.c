/* Any bytes as the frames of a layer, with a head and a digest that are right: what is read is
 * whole, and what is not is refused. */
#include "fuzz.h"
#include "store/layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];
static uint64_t sum; /* of all that was read */

static void forget(void)
{
    unlink(path);
}

/* One file for all runs; where nothing waits for a disk, if there is such a place. */
static int open_file(void)
{
    static const char *const places[] = {"/dev/shm/wgo-layer-XXXXXX", "/tmp/wgo-layer-XXXXXX"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        snprintf(path, sizeof(path), "%s", places[i]);
        int fd = mkstemp(path);
        if (fd >= 0) {
            atexit(forget);
            return fd;
        }
    }
    abort();
}

static void write_layer(int fd, const struct wgo_layer_head *head, const unsigned char *data,
                        size_t size)
{
    XXH3_state_t *state = XXH3_createState();
    require(state && XXH3_64bits_reset(state) == XXH_OK &&
            XXH3_64bits_update(state, head, sizeof(*head)) == XXH_OK &&
            XXH3_64bits_update(state, data, size) == XXH_OK);
    uint64_t digest = XXH3_64bits_digest(state);
    XXH3_freeState(state);
    require(ftruncate(fd, 0) == 0 && pwrite(fd, head, sizeof(*head), 0) == (ssize_t)sizeof(*head));
    require(pwrite(fd, data, size, sizeof(*head)) == (ssize_t)size);
    require(pwrite(fd, &digest, sizeof(digest), (off_t)(sizeof(*head) + size)) ==
            (ssize_t)sizeof(digest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    fd = fd < 0 ? open_file() : fd;
    struct wgo_layer_head head = {.what = "wgo inventory 1", .kind = "kind", .whole = 1};
    struct wgo_buf note = {0};
    struct wgo_error err = {0};
    bool whole = false;
    uint64_t bytes = 0;
    write_layer(fd, &head, data, size);
    enum wgo_status status = wgo_layer_check(path, &head, &note, &whole, &bytes, &err);
    if (status != WGO_OK) {
        require(err.message[0] != '\0');
        wgo_buf_fini(&note);
        return 0;
    }
    require(whole && bytes == sizeof(head) + size);
    struct wgo_layer_cursor cursor;
    require(wgo_layer_open(&cursor, path, &err) == WGO_OK);
    do {
        require(wgo_layer_next(&cursor, &err) == WGO_OK); /* it was checked */
        for (size_t i = 0; i < cursor.id.len; i++) {
            sum += (unsigned char)cursor.id.ptr[i];
        }
        for (size_t i = 0; i < cursor.text.len; i++) {
            sum += (unsigned char)cursor.text.ptr[i];
        }
    } while (cursor.id.len > 0);
    wgo_layer_close(&cursor);
    wgo_buf_fini(&note);
    return 0;
}
