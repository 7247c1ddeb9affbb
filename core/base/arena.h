/* arena.h: memory that is given back all at once.
 *
 * An arena hands out zeroed bytes from blocks that grow; nothing is freed singly. One arena serves
 * one task or one object and is never shared between threads.
 *
 * Ownership: wgo_arena_init() borrows the struct; wgo_arena_fini() frees all blocks.
 * Threads:   one at a time.
 * Failure:   NULL when the system or the arena's limit is exhausted; a zeroed arena is valid, has
 * no limit and 4 KB first block. In ASan builds a poisoned gap follows each allocation. */
#ifndef WGO_BASE_ARENA_H
#define WGO_BASE_ARENA_H

#include "base/compiler.h"

#include <stddef.h>

struct wgo_arena_block;

struct wgo_arena {
    struct wgo_arena_block *blocks; /* newest first */
    char *at;                       /* next free byte of the newest block */
    char *end;
    size_t used;  /* bytes in all blocks, for budgets */
    size_t limit; /* 0 = none */
    size_t first; /* bytes of the first block; 0 = 4 KB, which is much for thousands of arenas */
};

void wgo_arena_init(struct wgo_arena *arena, size_t limit);
void wgo_arena_fini(struct wgo_arena *arena);
/* As fini, for an arena that held secrets: all of it is overwritten first. */
void wgo_arena_wipe(struct wgo_arena *arena);
/* Forgets everything but keeps the newest block for the next round. */
void wgo_arena_reset(struct wgo_arena *arena);

/* Zeroed, aligned for any type. */
void *wgo_arena_alloc(struct wgo_arena *arena, size_t size);
/* Not zeroed, no alignment: for text. */
char *wgo_arena_bytes(struct wgo_arena *arena, size_t size);
/* Zeroed array; NULL also when count * size overflows. */
void *wgo_arena_array(struct wgo_arena *arena, size_t count, size_t size);

/* An array that grows: 'items' while 'count' is less than '*cap', else a copy with twice the room,
 * or with 'first' the first time. NULL: the arena is exhausted, and 'items' as it was. */
void *wgo_arena_grow(struct wgo_arena *arena, void *items, size_t count, size_t *cap, size_t first,
                     size_t size);

#define WGO_NEW(arena, type) ((type *)wgo_arena_alloc((arena), sizeof(type)))
#define WGO_NEW_ARRAY(arena, type, count) ((type *)wgo_arena_array((arena), (count), sizeof(type)))

#endif
