#include "base/arena.h"

#include "base/secret.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#if !defined(__clang__)
/* gcc takes the const pointer for a read of what malloc() gave. */
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#define POISON(at, size) __asan_poison_memory_region((at), (size))
#define UNPOISON(at, size) __asan_unpoison_memory_region((at), (size))
enum { GAP = 16, TEXT_ALIGN = 8 }; /* the shadow sees eight bytes at a time */
#else
#define POISON(at, size) ((void)(at), (void)(size))
#define UNPOISON(at, size) ((void)(at), (void)(size))
enum { GAP = 0, TEXT_ALIGN = 1 };
#endif

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 256 * 1024 };

struct wgo_arena_block {
    struct wgo_arena_block *older;
    size_t size; /* with this header */
    _Alignas(max_align_t) char bytes[];
};

void wgo_arena_init(struct wgo_arena *arena, size_t limit)
{
    *arena = (struct wgo_arena){.limit = limit};
}

static void free_blocks(struct wgo_arena_block *block)
{
    while (block) {
        struct wgo_arena_block *older = block->older;
        UNPOISON(block->bytes, block->size - sizeof(*block));
        free(block);
        block = older;
    }
}

void wgo_arena_fini(struct wgo_arena *arena)
{
    if (arena) {
        free_blocks(arena->blocks);
        *arena = (struct wgo_arena){.limit = arena->limit, .first = arena->first};
    }
}

void wgo_arena_wipe(struct wgo_arena *arena)
{
    for (struct wgo_arena_block *block = arena->blocks; block; block = block->older) {
        UNPOISON(block->bytes, block->size - sizeof(*block));
        wgo_wipe(block->bytes, block->size - sizeof(*block));
    }
    wgo_arena_fini(arena);
}

void wgo_arena_reset(struct wgo_arena *arena)
{
    struct wgo_arena_block *kept = arena->blocks;
    if (!kept) {
        return;
    }
    free_blocks(kept->older);
    kept->older = NULL;
    arena->at = kept->bytes;
    arena->end = (char *)kept + kept->size;
    arena->used = kept->size;
    POISON(kept->bytes, kept->size - sizeof(*kept));
}

/* A block with room for at least 'need' bytes, within the limit, or NULL. */
static struct wgo_arena_block *new_block(struct wgo_arena *arena, size_t need)
{
    if (need > SIZE_MAX / 2 - sizeof(struct wgo_arena_block)) {
        return NULL;
    }
    need += sizeof(struct wgo_arena_block);
    size_t first = arena->first ? arena->first : FIRST_BLOCK;
    size_t size = arena->blocks ? arena->blocks->size * 2 : first;
    size = size > LARGEST_BLOCK ? LARGEST_BLOCK : size;
    size = size < need ? need : size;
    if (arena->limit) {
        size_t left = arena->limit > arena->used ? arena->limit - arena->used : 0;
        if (need > left) {
            return NULL;
        }
        size = size > left ? left : size;
    }
    struct wgo_arena_block *block = malloc(size);
    if (!block) {
        return NULL;
    }
    block->older = NULL;
    block->size = size;
    POISON(block->bytes, size - sizeof(*block));
    arena->used += size;
    return block;
}

static char *take_from_new_block(struct wgo_arena *arena, size_t size)
{
    struct wgo_arena_block *block = new_block(arena, size);
    if (!block) {
        return NULL;
    }
    size_t left = arena->blocks ? (size_t)(arena->end - arena->at) : 0;
    if (block->size - sizeof(*block) - size < left) {
        /* Something large: the newest block has more to give than this one will have. */
        block->older = arena->blocks->older;
        arena->blocks->older = block;
    } else {
        block->older = arena->blocks;
        arena->blocks = block;
        arena->at = block->bytes + size;
        arena->end = (char *)block + block->size;
    }
    return block->bytes;
}

static char *take(struct wgo_arena *arena, size_t size, size_t align)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size_t taken = (size ? size : 1) + GAP;
    size_t skip = (align - (uintptr_t)arena->at % align) % align;
    char *bytes;
    if (arena->blocks && taken + skip <= (size_t)(arena->end - arena->at)) {
        bytes = arena->at + skip;
        arena->at = bytes + taken;
    } else {
        bytes = take_from_new_block(arena, taken);
    }
    if (bytes) {
        UNPOISON(bytes, size);
    }
    return bytes;
}

void *wgo_arena_alloc(struct wgo_arena *arena, size_t size)
{
    void *bytes = take(arena, size, _Alignof(max_align_t));
    return bytes ? memset(bytes, 0, size) : NULL;
}

char *wgo_arena_bytes(struct wgo_arena *arena, size_t size)
{
    return take(arena, size, TEXT_ALIGN);
}

void *wgo_arena_array(struct wgo_arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size) {
        return NULL;
    }
    return wgo_arena_alloc(arena, count * size);
}

void *wgo_arena_grow(struct wgo_arena *arena, void *items, size_t count, size_t *cap, size_t first,
                     size_t size)
{
    if (count < *cap) {
        return items;
    }
    size_t room = *cap ? *cap * 2 : first;
    void *more = wgo_arena_array(arena, room, size);
    if (more) {
        if (count > 0) {
            memcpy(more, items, count * size);
        }
        *cap = room;
    }
    return more;
}
