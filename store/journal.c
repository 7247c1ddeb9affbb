#include "store/journal.h"

#include "base/file.h"
#include "base/lock.h"
#include "base/seal.h"
#include "store/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <xxhash.h>

#define FOLDER "scans"
#define SUFFIX ".pages"
/* A journal that nobody came back to for so long is removed. */
#define KEPT_NS (7 * 24 * 3600 * WGO_S)
/* What is written is safe from a power cut after so long. */
#define SYNC_NS (5 * WGO_S)
#define LARGEST_FRAME ((uint32_t)128 << 20)
#define MAGIC UINT32_C(0x32504757) /* "WGP2" */

/* At the file's beginning. */
struct head {
    char what[16];
    char key_id[16];
    char kind[32];
};

struct frame {
    uint32_t magic, size; /* of what follows: the sealed token, then the page */
    uint32_t token, spare;
    uint64_t check; /* of all but itself */
    struct wgo_page_key key;
    int64_t at_ns;
};

struct place {
    struct wgo_page_key key;
    uint64_t at; /* 0 = empty */
};

struct wgo_journal {
    struct wgo_pages port;
    struct wgo_seal seal;
    const struct wgo_clock *clock;
    char *path;
    int fd;
    struct head head;
    struct place *places; /* open addressing; read-only once begun */
    size_t slots, used;
    uint64_t good; /* bytes of the file that are whole */

    struct wgo_lock lock;
    struct {
        uint64_t end;
        struct wgo_mono synced_at;
        bool syncing;
        struct wgo_error problem;
    } synced WGO_GUARDED;
};

/* ---- places ---- */

static struct place *place_of(const struct wgo_journal *journal, struct wgo_page_key key)
{
    size_t at = (size_t)key.low & (journal->slots - 1);
    while (journal->places[at].at != 0 &&
           (journal->places[at].key.low != key.low || journal->places[at].key.high != key.high)) {
        at = (at + 1) & (journal->slots - 1);
    }
    return &journal->places[at];
}

static bool make_room(struct wgo_journal *journal)
{
    if (journal->used * 4 < journal->slots * 3) {
        return true;
    }
    struct wgo_journal larger = {.slots = journal->slots ? journal->slots * 2 : 1024};
    larger.places = calloc(larger.slots, sizeof(*larger.places));
    if (!larger.places) {
        return false;
    }
    for (size_t i = 0; i < journal->slots; i++) {
        if (journal->places[i].at != 0) {
            *place_of(&larger, journal->places[i].key) = journal->places[i];
        }
    }
    free(journal->places);
    journal->places = larger.places;
    journal->slots = larger.slots;
    return true;
}

static bool note_place(struct wgo_journal *journal, struct wgo_page_key key, uint64_t at)
{
    if (!make_room(journal)) {
        return false;
    }
    struct place *place = place_of(journal, key);
    journal->used += place->at == 0;
    *place = (struct place){key, at};
    return true;
}

/* ---- reading ---- */

static bool read_at(int fd, void *to, size_t size, uint64_t at)
{
    while (size > 0) {
        ssize_t got = pread(fd, to, size, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        to = (char *)to + got;
        at += (uint64_t)got;
        size -= (size_t)got;
    }
    return true;
}

static uint64_t check_of(const struct frame *frame, struct wgo_str token, struct wgo_str page)
{
    struct frame copy = *frame;
    copy.check = 0;
    uint64_t check = XXH3_64bits(&copy, sizeof(copy));
    check = XXH3_64bits_withSeed(token.ptr, token.len, check);
    return XXH3_64bits_withSeed(page.ptr, page.len, check);
}

/* The frame at 'at' and what it holds, which is in 'body'; false when it is not whole. */
static bool read_frame(int fd, uint64_t at, struct frame *out, struct wgo_buf *body)
{
    if (!read_at(fd, out, sizeof(*out), at) || out->magic != MAGIC || out->size > LARGEST_FRAME ||
        out->token > out->size) {
        return false;
    }
    wgo_buf_reset(body);
    char *bytes = wgo_buf_reserve(body, out->size + 1);
    if (!bytes || !read_at(fd, bytes, out->size, at + sizeof(*out))) {
        return false;
    }
    body->len = out->size;
    struct wgo_str all = wgo_buf_view(body);
    return check_of(out, wgo_str_slice(all, 0, out->token),
                    wgo_str_slice(all, out->token, all.len)) == out->check;
}

static void look(struct wgo_journal *journal, struct wgo_wall oldest, struct wgo_journal_found *out)
{
    struct wgo_buf body = {0};
    struct head head;
    struct frame frame;
    *out = (struct wgo_journal_found){0};
    if (!read_at(journal->fd, &head, sizeof(head), 0) ||
        memcmp(&head, &journal->head, sizeof(head)) != 0) {
        return;
    }
    journal->good = sizeof(head);
    while (read_frame(journal->fd, journal->good, &frame, &body) &&
           (frame.at_ns < oldest.ns || note_place(journal, frame.key, journal->good))) {
        journal->good += sizeof(frame) + frame.size;
        out->last_at.ns = frame.at_ns > out->last_at.ns ? frame.at_ns : out->last_at.ns;
    }
    out->pages = journal->used;
    wgo_buf_fini(&body);
}

static bool journal_has(void *self, struct wgo_page_key key)
{
    const struct wgo_journal *journal = self;
    return journal->used > 0 && place_of(journal, key)->at != 0;
}

static struct wgo_str owner_of(const struct wgo_page_key *key)
{
    return wgo_str_from((const char *)key, sizeof(*key));
}

static enum wgo_status journal_get(void *self, struct wgo_page_key key, struct wgo_buf *out_page,
                                   struct wgo_buf *out_token, int64_t *out_wall_ns)
{
    const struct wgo_journal *journal = self;
    uint64_t at = journal->used > 0 ? place_of(journal, key)->at : 0;
    struct wgo_buf body = {0};
    struct frame frame;
    enum wgo_status status = WGO_E_ABSENT;
    if (at != 0 && read_frame(journal->fd, at, &frame, &body)) {
        struct wgo_str all = wgo_buf_view(&body), token = wgo_str_slice(all, 0, frame.token);
        bool good =
            token.len == 0 || wgo_seal_open(&journal->seal, owner_of(&frame.key), token, out_token);
        good = good && wgo_buf_str(out_page, wgo_str_slice(all, frame.token, all.len));
        status = good ? WGO_OK : WGO_E_ABSENT;
        *out_wall_ns = frame.at_ns;
    }
    wgo_buf_fini(&body);
    return status;
}

/* ---- writing ---- */

static bool write_at(int fd, struct iovec *parts, int count, uint64_t at)
{
    while (count > 0) {
        ssize_t put = pwritev(fd, parts, count, (off_t)at);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put <= 0) {
            errno = put < 0 ? errno : ENOSPC;
            return false;
        }
        at += (uint64_t)put;
        while (count > 0 && (size_t)put >= parts->iov_len) {
            put -= (ssize_t)parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + put;
            parts->iov_len -= (size_t)put;
        }
    }
    return true;
}

static struct iovec part(const void *bytes, size_t size)
{
    return (struct iovec){(void *)(uintptr_t)bytes, size};
}

static void fail_locked(struct wgo_journal *journal, int problem) WGO_REQUIRES(journal->lock)
{
    char text[128];
    bool full = problem == ENOSPC || problem == EDQUOT || problem == EFBIG;
    wgo_fail(&journal->synced.problem, full ? WGO_E_NO_SPACE : WGO_E_IO, "%s: %s", journal->path,
             strerror_r(problem, text, sizeof(text)));
}

/* Returns whether the caller is to sync, which nobody else does meanwhile. */
static bool append(struct wgo_journal *journal, const struct frame *frame, struct wgo_str token,
                   struct wgo_str page)
{
    struct iovec parts[] = {part(frame, sizeof(*frame)), part(token.ptr, token.len),
                            part(page.ptr, page.len)};
    bool sync = false;
    struct wgo_mono now = wgo_clock_mono(journal->clock);
    wgo_lock_acquire(&journal->lock);
    if (journal->synced.problem.status != WGO_OK) {
        /* Told already. */
    } else if (write_at(journal->fd, parts, WGO_COUNT(parts), journal->synced.end)) {
        journal->synced.end += sizeof(*frame) + frame->size;
        sync = !journal->synced.syncing && wgo_mono_sub(now, journal->synced.synced_at) >= SYNC_NS;
        journal->synced.syncing = journal->synced.syncing || sync;
    } else {
        fail_locked(journal, errno);
    }
    wgo_lock_release(&journal->lock);
    return sync;
}

static void journal_put(void *self, struct wgo_page_key key, struct wgo_str page,
                        struct wgo_str token)
{
    struct wgo_journal *journal = self;
    struct wgo_buf sealed = {0};
    if (page.len > LARGEST_FRAME / 2 || token.len > LARGEST_FRAME / 4 ||
        (token.len > 0 && !wgo_seal_close(&journal->seal, owner_of(&key), token, &sealed))) {
        wgo_buf_fini(&sealed);
        return;
    }
    struct frame frame = {
        .magic = MAGIC,
        .size = (uint32_t)(sealed.len + page.len),
        .token = (uint32_t)sealed.len,
        .key = key,
        .at_ns = wgo_clock_wall(journal->clock).ns,
    };
    frame.check = check_of(&frame, wgo_buf_view(&sealed), page);
    bool sync = append(journal, &frame, wgo_buf_view(&sealed), page);
    wgo_buf_fini(&sealed);
    if (sync) {
        (void)!fdatasync(journal->fd); /* what the disk does not take, a power cut may cost */
        wgo_lock_acquire(&journal->lock);
        journal->synced.syncing = false;
        journal->synced.synced_at = wgo_clock_mono(journal->clock);
        wgo_lock_release(&journal->lock);
    }
}

/* ---- life ---- */

static enum wgo_status none(struct wgo_error *err, const char *path, const char *why)
{
    return wgo_fail(err, WGO_E_ABSENT, "%s: %s", path, why);
}

/* Nobody is in the middle of writing it. */
static bool is_free(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    bool free_ = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return free_;
}

/* Removes what was last written before then. */
static uint64_t sweep(const char *folder, struct wgo_wall before)
{
    DIR *dir = opendir(folder);
    const struct dirent *file;
    uint64_t count = 0;
    while (dir && (file = readdir(dir)) != NULL) {
        struct stat stat;
        if (wgo_str_ends(wgo_str(file->d_name), WGO_STR(SUFFIX)) &&
            fstatat(dirfd(dir), file->d_name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
            stat.st_mtim.tv_sec <= before.ns / WGO_S && is_free(dirfd(dir), file->d_name)) {
            count += unlinkat(dirfd(dir), file->d_name, 0) == 0;
        }
    }
    if (dir) {
        closedir(dir);
    }
    return count;
}

uint64_t wgo_journal_clear(const struct wgo_store *store)
{
    const char *dir = wgo_store_dir(store);
    char *folder = dir ? wgo_folder_path(dir, FOLDER) : NULL;
    uint64_t count = folder ? sweep(folder, (struct wgo_wall){INT64_MAX}) : 0;
    free(folder);
    return count;
}

static enum wgo_status open_file(struct wgo_journal *journal, struct wgo_error *err)
{
    char text[128];
    struct stat here, there;
    journal->fd = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (journal->fd < 0) {
        return none(err, journal->path, strerror_r(errno, text, sizeof(text)));
    }
    if (flock(journal->fd, LOCK_EX | LOCK_NB) != 0) {
        return none(err, journal->path, "another process is in the middle of the same scan");
    }
    /* The one who had it may have removed it just now. */
    if (fstat(journal->fd, &here) != 0 || stat(journal->path, &there) != 0 ||
        here.st_ino != there.st_ino) {
        return none(err, journal->path, "another process has just ended the same scan");
    }
    return WGO_OK;
}

enum wgo_status wgo_journal_open(const struct wgo_store *store, const struct wgo_clock *clock,
                                 const char *kind, struct wgo_wall oldest,
                                 const struct wgo_redactor *redactor,
                                 struct wgo_journal **out_journal,
                                 struct wgo_journal_found *out_found, struct wgo_error *err)
{
    const char *dir = wgo_store_dir(store);
    char *folder = dir ? wgo_folder_path(dir, FOLDER) : NULL;
    struct wgo_journal *journal = calloc(1, sizeof(*journal));
    enum wgo_status status = WGO_OK;
    if (!dir) {
        status = wgo_fail(err, WGO_E_ABSENT, "there is no state folder");
    } else if (!journal || !folder ||
               asprintf(&journal->path, "%s/%s%s", folder, kind, SUFFIX) < 0) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    } else {
        status = wgo_dir_make(folder, err);
    }
    if (journal) {
        journal->fd = -1;
        wgo_lock_init(&journal->lock);
    }
    if (status == WGO_OK && !wgo_seal_init(&journal->seal, redactor)) {
        status = wgo_fail(err, WGO_E_ABSENT, "there is no redaction key");
    }
    if (status == WGO_OK) {
        sweep(folder, (struct wgo_wall){wgo_clock_wall(clock).ns - KEPT_NS});
        status = open_file(journal, err);
    }
    free(folder);
    if (status != WGO_OK) {
        wgo_journal_end(journal, true);
        return status;
    }
    journal->clock = clock;
    memcpy(journal->head.what, "wgo pages 2\n", 12);
    memcpy(journal->head.key_id, redactor->key_id, 16);
    snprintf(journal->head.kind, sizeof(journal->head.kind), "%s", kind);
    journal->port = (struct wgo_pages){journal, journal_has, journal_get, journal_put, false};
    look(journal, oldest, out_found);
    *out_journal = journal;
    return WGO_OK;
}

enum wgo_status wgo_journal_begin(struct wgo_journal *journal, bool resume, struct wgo_error *err)
{
    struct iovec head = part(&journal->head, sizeof(journal->head));
    char text[128];
    if (!resume || journal->good == 0) {
        journal->good = 0;
        journal->used = 0;
        free(journal->places);
        journal->places = NULL;
        journal->slots = 0;
    }
    bool good = ftruncate(journal->fd, (off_t)journal->good) == 0 &&
                (journal->good > 0 || write_at(journal->fd, &head, 1, 0));
    if (!good) {
        return none(err, journal->path, strerror_r(errno, text, sizeof(text)));
    }
    wgo_lock_acquire(&journal->lock);
    journal->port.some = journal->good > 0;
    journal->synced.end = journal->good > 0 ? journal->good : sizeof(journal->head);
    journal->synced.synced_at = wgo_clock_mono(journal->clock);
    wgo_lock_release(&journal->lock);
    return WGO_OK;
}

const struct wgo_pages *wgo_journal_pages(struct wgo_journal *journal)
{
    return &journal->port;
}

struct wgo_error wgo_journal_problem(struct wgo_journal *journal)
{
    wgo_lock_acquire(&journal->lock);
    struct wgo_error problem = journal->synced.problem;
    wgo_lock_release(&journal->lock);
    return problem;
}

bool wgo_journal_holds(struct wgo_journal *journal)
{
    wgo_lock_acquire(&journal->lock);
    bool holds = journal->synced.end > sizeof(journal->head);
    wgo_lock_release(&journal->lock);
    return holds;
}

void wgo_journal_end(struct wgo_journal *journal, bool keep)
{
    if (!journal) {
        return;
    }
    if (journal->fd >= 0) {
        if (!keep) {
            unlink(journal->path);
        }
        close(journal->fd);
    }
    wgo_seal_fini(&journal->seal);
    wgo_lock_fini(&journal->lock);
    free(journal->places);
    free(journal->path);
    free(journal);
}
