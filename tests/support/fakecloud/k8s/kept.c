#include "k8s/kept.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"

enum { BUCKETS = 4096 };

struct entry {
    struct entry *next;
    struct k8s_kept_key key; /* Its name is a copy. */
    struct fc_text text;
};

struct k8s_kept {
    pthread_mutex_t lock;
    struct entry *buckets[BUCKETS];
    uint64_t bytes, most;
};

struct k8s_kept *k8s_kept_new(uint64_t most_bytes)
{
    struct k8s_kept *kept;

    if (most_bytes == 0) {
        return NULL;
    }
    kept = fc_alloc(sizeof(*kept));
    pthread_mutex_init(&kept->lock, NULL);
    kept->most = most_bytes;
    return kept;
}

void k8s_kept_free(struct k8s_kept *kept)
{
    size_t i;

    for (i = 0; kept != NULL && i < BUCKETS; i++) {
        while (kept->buckets[i] != NULL) {
            struct entry *e = kept->buckets[i];

            kept->buckets[i] = e->next;
            fc_text_fini(&e->text);
            free((char *)(uintptr_t)e->key.ns.p);
            free(e);
        }
    }
    if (kept != NULL) {
        pthread_mutex_destroy(&kept->lock);
    }
    free(kept);
}

static struct entry **bucket_of(struct k8s_kept *kept, const struct k8s_kept_key *key)
{
    uint64_t range = fc_hash((uintptr_t)key->resource, fc_hash(key->begin, key->end));

    return &kept->buckets[fc_hash_bytes(range, key->ns.p, key->ns.n) % BUCKETS];
}

static struct entry *find_locked(struct k8s_kept *kept, const struct k8s_kept_key *key)
{
    struct entry *e = *bucket_of(kept, key);

    while (e != NULL && !(e->key.resource == key->resource && e->key.begin == key->begin &&
                          e->key.end == key->end && e->key.ns.n == key->ns.n &&
                          memcmp(e->key.ns.p, key->ns.p, key->ns.n) == 0)) {
        e = e->next;
    }
    return e;
}

static struct fc_str text_of(const struct entry *e)
{
    return e != NULL ? (struct fc_str){e->text.data, e->text.len} : (struct fc_str){NULL, 0};
}

struct fc_str k8s_kept_find(struct k8s_kept *kept, const struct k8s_kept_key *key)
{
    struct fc_str found;

    pthread_mutex_lock(&kept->lock);
    found = text_of(find_locked(kept, key));
    pthread_mutex_unlock(&kept->lock);
    return found;
}

struct fc_str k8s_kept_add(struct k8s_kept *kept, const struct k8s_kept_key *key,
                           struct fc_text *text)
{
    struct fc_str found;
    struct entry *e;

    pthread_mutex_lock(&kept->lock);
    e = find_locked(kept, key);
    if (e == NULL && text->len <= kept->most - kept->bytes) {
        struct entry **bucket = bucket_of(kept, key);
        char *ns = fc_alloc(key->ns.n + 1);

        memcpy(ns, key->ns.p, key->ns.n);
        e = fc_alloc(sizeof(*e));
        *e = (struct entry){.next = *bucket, .key = *key, .text = *text};
        e->key.ns.p = ns;
        *bucket = e;
        kept->bytes += text->len;
        *text = (struct fc_text){0};
    }
    found = text_of(e);
    pthread_mutex_unlock(&kept->lock);
    return found;
}
