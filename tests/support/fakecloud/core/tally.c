#include "core/tally.h"

#include <stdlib.h>

#include "core/text.h"

void fc_tally_init(struct fc_tally *t)
{
    pthread_mutex_init(&t->lock, NULL);
    t->cap = 64;
    t->used = 0;
    t->cells = fc_alloc(t->cap * sizeof(*t->cells));
}

void fc_tally_fini(struct fc_tally *t)
{
    pthread_mutex_destroy(&t->lock);
    free(t->cells);
    t->cells = NULL;
}

static struct fc_tally_cell *find(struct fc_tally_cell *cells, uint64_t cap, uint64_t key)
{
    uint64_t i = key & (cap - 1);

    while (cells[i].key != 0 && cells[i].key != key) {
        i = (i + 1) & (cap - 1);
    }
    return &cells[i];
}

static void grow_locked(struct fc_tally *t)
{
    uint64_t cap = t->cap * 2, i;
    struct fc_tally_cell *cells = fc_alloc(cap * sizeof(*cells));

    for (i = 0; i < t->cap; i++) {
        if (t->cells[i].key != 0) {
            *find(cells, cap, t->cells[i].key) = t->cells[i];
        }
    }
    free(t->cells);
    t->cells = cells;
    t->cap = cap;
}

struct fc_tally_cell *fc_tally_at_locked(struct fc_tally *t, uint64_t key)
{
    struct fc_tally_cell *cell;

    if (t->used * 2 >= t->cap) {
        grow_locked(t);
    }
    cell = find(t->cells, t->cap, key);
    if (cell->key == 0) {
        cell->key = key;
        t->used++;
    }
    return cell;
}
