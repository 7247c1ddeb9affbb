#include "store/inventory.h"

#include "store/folder.h"
#include "store/layer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#define FOLDER "scans"
#define SUFFIX ".layer"
#define LOCK ".inventory"

enum { LAYERS_MOST = 32, KIND_LEN = 32 };

struct layer {
    char *path;
    unsigned long number;
    uint64_t size;
    bool whole;
};

struct wgo_inventory {
    struct wgo_layer_head head;
    const struct wgo_clock *clock;
    char *folder;
    int lock_fd;
    struct layer *layers; /* oldest first; the first is whole */
    size_t count;
    unsigned long last; /* number of any that were found */
    struct wgo_buf note;
};

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* ---- which files ---- */

/* "<kind>-<number>.layer"; 0 for any other name. */
static unsigned long number_of(const struct wgo_inventory *inventory, const char *name)
{
    size_t len = strlen(inventory->head.kind);
    char *end = NULL;
    if (strncmp(name, inventory->head.kind, len) != 0 || name[len] != '-') {
        return 0;
    }
    unsigned long number = strtoul(name + len + 1, &end, 10);
    return strcmp(end, SUFFIX) == 0 ? number : 0;
}

static int by_number(const void *a, const void *b)
{
    const struct layer *one = a, *other = b;
    return (one->number > other->number) - (one->number < other->number);
}

static bool add_layer(struct wgo_inventory *inventory, unsigned long number)
{
    struct layer *layers =
        realloc(inventory->layers, (inventory->count + 1) * sizeof(*inventory->layers));
    if (!layers) {
        return false;
    }
    inventory->layers = layers;
    struct layer *layer = &layers[inventory->count];
    *layer = (struct layer){.number = number};
    if (asprintf(&layer->path, "%s/%s-%08lu%s", inventory->folder, inventory->head.kind, number,
                 SUFFIX) < 0) {
        return false;
    }
    inventory->count++;
    inventory->last = number > inventory->last ? number : inventory->last;
    return true;
}

static bool list_layers(struct wgo_inventory *inventory)
{
    DIR *dir = opendir(inventory->folder);
    const struct dirent *file;
    bool good = true;
    while (dir && good && (file = readdir(dir)) != NULL) {
        unsigned long number = number_of(inventory, file->d_name);
        good = number == 0 || add_layer(inventory, number);
    }
    if (dir) {
        closedir(dir);
    }
    if (inventory->count > 1) {
        qsort(inventory->layers, inventory->count, sizeof(*inventory->layers), by_number);
    }
    return good;
}

/* Forgets the first 'count' layers, and removes their files. */
static void remove_first(struct wgo_inventory *inventory, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unlink(inventory->layers[i].path);
        free(inventory->layers[i].path);
    }
    inventory->count -= count;
    if (inventory->count > 0 && count > 0) {
        memmove(inventory->layers, inventory->layers + count,
                inventory->count * sizeof(*inventory->layers));
    }
}

static void set_aside(struct wgo_inventory *inventory, const struct layer *damaged,
                      char warning[WGO_STORE_WARNING])
{
    char *aside;
    long long now = (long long)(wgo_clock_wall(inventory->clock).ns / WGO_S);
    if (asprintf(&aside, "%s.damaged-%lld", damaged->path, now) >= 0) {
        if (rename(damaged->path, aside) == 0) {
            wgo_folder_warn(warning,
                            "%s is damaged: it was set aside as %s, and everything is asked for",
                            damaged->path, aside);
        } else {
            wgo_folder_warn(warning, "%s is damaged and cannot be set aside", damaged->path);
        }
        free(aside);
    }
}

/* Whole layers that are what was written, from the newest that stands for all before it. */
static void look(struct wgo_inventory *inventory, char warning[WGO_STORE_WARNING])
{
    size_t first = 0;
    bool any_whole = false;
    for (size_t i = 0; i < inventory->count; i++) {
        struct layer *layer = &inventory->layers[i];
        struct wgo_error error = {0};
        wgo_buf_reset(&inventory->note);
        if (wgo_layer_check(layer->path, &inventory->head, &inventory->note, &layer->whole,
                            &layer->size, &error) != WGO_OK) {
            set_aside(inventory, layer, warning);
            any_whole = false;
            break;
        }
        first = layer->whole ? i : first;
        any_whole = any_whole || layer->whole;
    }
    remove_first(inventory, any_whole ? first : inventory->count);
    if (inventory->count == 0) {
        wgo_buf_reset(&inventory->note);
    }
}

/* ---- life ---- */

/* Whoever has ever made an inventory of the kind has made its lock too. */
static enum wgo_status lock(struct wgo_inventory *inventory, bool make, struct wgo_error *err)
{
    char *path;
    char text[128];
    if (asprintf(&path, "%s/%s%s", inventory->folder, inventory->head.kind, LOCK) < 0) {
        return no_memory(err);
    }
    enum wgo_status status = WGO_OK;
    inventory->lock_fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT : 0), 0600);
    if (inventory->lock_fd < 0) {
        status = wgo_fail(err, WGO_E_ABSENT, "%s: %s", path, strerror_r(errno, text, sizeof(text)));
    } else if (flock(inventory->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        status = wgo_fail(err, WGO_E_ABSENT, "another process is in the middle of the same scan");
    }
    free(path);
    return status;
}

static enum wgo_status prepare(struct wgo_inventory *inventory, const struct wgo_store *store,
                               bool make, struct wgo_error *err)
{
    const char *dir = wgo_store_dir(store);
    if (!dir) {
        return wgo_fail(err, WGO_E_ABSENT, "there is no state folder");
    }
    inventory->folder = wgo_folder_path(dir, FOLDER);
    if (!inventory->folder) {
        return no_memory(err);
    }
    enum wgo_status status = make ? wgo_dir_make(inventory->folder, err) : WGO_OK;
    if (status == WGO_OK) {
        status = lock(inventory, make, err);
    }
    /* Not before nobody else adds layers, or removes them. */
    if (status == WGO_OK && !list_layers(inventory)) {
        status = no_memory(err);
    }
    if (status == WGO_OK && !make && inventory->count == 0) {
        status = wgo_fail(err, WGO_E_ABSENT, "there is none");
    }
    return status;
}

enum wgo_status wgo_inventory_open(const struct wgo_store *store, const struct wgo_clock *clock,
                                   const char *kind, const struct wgo_redactor *redactor, bool make,
                                   struct wgo_inventory **out_inventory,
                                   char warning[WGO_STORE_WARNING], struct wgo_error *err)
{
    warning[0] = '\0';
    if (!redactor->keyed) {
        /* Values that are told apart by nothing would hide every change of a secret. */
        return wgo_fail(err, WGO_E_ABSENT, "there is no redaction key");
    }
    struct wgo_inventory *inventory = calloc(1, sizeof(*inventory));
    if (!inventory) {
        return no_memory(err);
    }
    inventory->lock_fd = -1;
    inventory->clock = clock;
    memcpy(inventory->head.what, "wgo inventory 1", 16);
    memcpy(inventory->head.key_id, redactor->key_id, 16);
    snprintf(inventory->head.kind, KIND_LEN, "%s", kind);
    enum wgo_status status = prepare(inventory, store, make, err);
    if (status != WGO_OK) {
        wgo_inventory_close(inventory);
        return status;
    }
    look(inventory, warning);
    *out_inventory = inventory;
    return WGO_OK;
}

void wgo_inventory_unlock(struct wgo_inventory *inventory)
{
    if (inventory->lock_fd >= 0) {
        close(inventory->lock_fd);
        inventory->lock_fd = -1;
    }
}

void wgo_inventory_close(struct wgo_inventory *inventory)
{
    if (!inventory) {
        return;
    }
    for (size_t i = 0; i < inventory->count; i++) {
        free(inventory->layers[i].path);
    }
    wgo_inventory_unlock(inventory);
    free(inventory->layers);
    free(inventory->folder);
    wgo_buf_fini(&inventory->note);
    free(inventory);
}

bool wgo_inventory_holds(const struct wgo_inventory *inventory)
{
    return inventory->count > 0;
}

struct wgo_str wgo_inventory_note(const struct wgo_inventory *inventory)
{
    return wgo_buf_view(&inventory->note);
}

bool wgo_inventory_wants_whole(const struct wgo_inventory *inventory)
{
    uint64_t more = 0;
    for (size_t i = 1; i < inventory->count; i++) {
        more += inventory->layers[i].size;
    }
    return inventory->count == 0 || inventory->count >= LAYERS_MOST ||
           more > inventory->layers[0].size / 2;
}

/* Nobody is in the middle of using what 'name' belongs to. */
static bool is_free(int dir, const char *name)
{
    char lock_name[KIND_LEN + sizeof(LOCK)];
    int len = (int)strcspn(name, "-");
    snprintf(lock_name, sizeof(lock_name), "%.*s%s", len < KIND_LEN ? len : KIND_LEN - 1, name,
             LOCK);
    int fd = openat(dir, lock_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    bool free_ = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return free_;
}

uint64_t wgo_inventory_clear(const struct wgo_store *store)
{
    const char *parent = wgo_store_dir(store);
    char *folder = parent ? wgo_folder_path(parent, FOLDER) : NULL;
    DIR *dir = folder ? opendir(folder) : NULL;
    const struct dirent *file;
    uint64_t count = 0;
    while (dir && (file = readdir(dir)) != NULL) {
        bool layer = strstr(file->d_name, SUFFIX) != NULL; /* one that was set aside, too */
        if (layer && is_free(dirfd(dir), file->d_name)) {
            count += unlinkat(dirfd(dir), file->d_name, 0) == 0;
        }
    }
    if (dir) {
        closedir(dir);
    }
    free(folder);
    return count;
}

/* ---- reading ---- */

struct wgo_inventory_reader {
    size_t count;
    struct wgo_layer_cursor *given;    /* whose frame the caller has */
    struct wgo_layer_cursor cursors[]; /* oldest first */
};

enum wgo_status wgo_inventory_read(const struct wgo_inventory *inventory,
                                   struct wgo_inventory_reader **out_reader, struct wgo_error *err)
{
    size_t count = inventory->count;
    struct wgo_inventory_reader *reader =
        calloc(1, sizeof(*reader) + count * sizeof(reader->cursors[0]));
    if (!reader) {
        return no_memory(err);
    }
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < count && status == WGO_OK; i++) {
        status = wgo_layer_open(&reader->cursors[i], inventory->layers[i].path, err);
        reader->count = i + 1;
        if (status == WGO_OK) {
            status = wgo_layer_next(&reader->cursors[i], err);
        }
    }
    if (status != WGO_OK) {
        wgo_inventory_read_end(reader);
        return status;
    }
    *out_reader = reader;
    return WGO_OK;
}

/* The newest cursor with the least id; NULL at the end. */
static struct wgo_layer_cursor *least(struct wgo_inventory_reader *reader)
{
    struct wgo_layer_cursor *found = NULL;
    for (size_t i = reader->count; i-- > 0;) {
        struct wgo_layer_cursor *cursor = &reader->cursors[i];
        if (cursor->id.len > 0 && (!found || wgo_str_cmp(cursor->id, found->id) < 0)) {
            found = cursor;
        }
    }
    return found;
}

/* All cursors but one past 'id'. */
static enum wgo_status pass(struct wgo_inventory_reader *reader, const struct wgo_layer_cursor *but,
                            struct wgo_str id, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < reader->count && status == WGO_OK; i++) {
        struct wgo_layer_cursor *cursor = &reader->cursors[i];
        if (cursor != but && cursor->id.len > 0 && wgo_str_eq(cursor->id, id)) {
            status = wgo_layer_next(cursor, err);
        }
    }
    return status;
}

enum wgo_status wgo_inventory_next(struct wgo_inventory_reader *reader, struct wgo_str *out_id,
                                   struct wgo_str *out_text, struct wgo_error *err)
{
    for (;;) {
        enum wgo_status status = WGO_OK;
        if (reader->given) {
            status = wgo_layer_next(reader->given, err);
            reader->given = NULL;
        }
        struct wgo_layer_cursor *found = status == WGO_OK ? least(reader) : NULL;
        if (found) {
            status = pass(reader, found, found->id, err);
            reader->given = found;
        }
        if (status != WGO_OK || !found || !found->dropped) {
            *out_id = found ? found->id : (struct wgo_str){0};
            *out_text = found ? found->text : (struct wgo_str){0};
            return status;
        }
    }
}

void wgo_inventory_read_end(struct wgo_inventory_reader *reader)
{
    for (size_t i = 0; reader && i < reader->count; i++) {
        wgo_layer_close(&reader->cursors[i]);
    }
    free(reader);
}

/* ---- writing ---- */

struct wgo_inventory_writer {
    struct wgo_inventory *inventory;
    struct wgo_layer_writer layer;
    bool whole;
};

enum wgo_status wgo_inventory_begin(struct wgo_inventory *inventory, bool whole,
                                    struct wgo_inventory_writer **out_writer, struct wgo_error *err)
{
    struct wgo_inventory_writer *writer = calloc(1, sizeof(*writer));
    if (!writer || !add_layer(inventory, inventory->last + 1)) {
        free(writer);
        return no_memory(err);
    }
    writer->inventory = inventory;
    writer->whole = whole;
    struct wgo_layer_head head = inventory->head;
    head.whole = whole;
    enum wgo_status status =
        wgo_layer_begin(&writer->layer, inventory->layers[inventory->count - 1].path, &head, err);
    if (status != WGO_OK) {
        wgo_inventory_abandon(writer);
        return status;
    }
    *out_writer = writer;
    return WGO_OK;
}

enum wgo_status wgo_inventory_put(struct wgo_inventory_writer *writer, struct wgo_str id,
                                  struct wgo_str text, struct wgo_error *err)
{
    return wgo_layer_put(&writer->layer, id, &text, err);
}

enum wgo_status wgo_inventory_drop(struct wgo_inventory_writer *writer, struct wgo_str id,
                                   struct wgo_error *err)
{
    return wgo_layer_put(&writer->layer, id, NULL, err);
}

enum wgo_status wgo_inventory_commit(struct wgo_inventory_writer *writer, struct wgo_str note,
                                     struct wgo_error *err)
{
    struct wgo_inventory *inventory = writer->inventory;
    enum wgo_status status = wgo_layer_commit(&writer->layer, note, err);
    if (status != WGO_OK) {
        wgo_inventory_abandon(writer);
        return status;
    }
    struct layer *layer = &inventory->layers[inventory->count - 1];
    layer->whole = writer->whole;
    layer->size = writer->layer.written;
    if (writer->whole) {
        remove_first(inventory, inventory->count - 1);
    }
    wgo_buf_reset(&inventory->note);
    free(writer);
    /* The file has it; here it is for whoever asks once more. */
    return wgo_buf_str(&inventory->note, note) ? WGO_OK : no_memory(err);
}

void wgo_inventory_abandon(struct wgo_inventory_writer *writer)
{
    if (writer) {
        struct wgo_inventory *inventory = writer->inventory;
        wgo_layer_abandon(&writer->layer);
        free(inventory->layers[--inventory->count].path);
        free(writer);
    }
}
