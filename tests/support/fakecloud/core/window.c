#include "core/window.h"

#include <stdlib.h>

#include "core/text.h"

void fc_window_fini(struct fc_window *w)
{
    free(w->times);
    *w = (struct fc_window){0};
}

void fc_window_forget(struct fc_window *w, int64_t now_ns, int64_t length_ns)
{
    while (w->count > 0 && w->times[w->first] <= now_ns - length_ns) {
        w->first = (w->first + 1) % w->cap;
        w->count--;
    }
}

void fc_window_forget_whole(struct fc_window *w, int64_t now_ns, int64_t length_ns)
{
    if (w->count > 0 && w->times[w->first] <= now_ns - length_ns) {
        w->first = 0;
        w->count = 0;
    }
}

static void grow(struct fc_window *w)
{
    size_t cap = w->cap > 0 ? w->cap * 2 : 32, i;
    int64_t *times = fc_alloc(cap * sizeof(*times));

    for (i = 0; i < w->count; i++) {
        times[i] = w->times[(w->first + i) % w->cap];
    }
    free(w->times);
    w->times = times;
    w->cap = cap;
    w->first = 0;
}

void fc_window_add(struct fc_window *w, int64_t now_ns)
{
    if (w->count == w->cap) {
        grow(w);
    }
    w->times[(w->first + w->count++) % w->cap] = now_ns;
    w->most = w->count > w->most ? w->count : w->most;
}

int64_t fc_window_oldest(const struct fc_window *w)
{
    return w->count > 0 ? w->times[w->first] : 0;
}
