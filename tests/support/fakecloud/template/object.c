/* object.c: kinds of objects, objects, and how they are found by what they are called. */
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "template/template.h"

struct fc_type *fc_lexicon_type(const struct fc_lexicon *lexicon, const char *service,
                                const char *name)
{
    size_t i, n = strlen(service);

    for (i = 0; i < lexicon->type_count; i++) {
        const char *full = lexicon->types[i]->name;

        if (strcmp(full, name) == 0 ||
            (strncmp(full, service, n) == 0 && full[n] == '.' && strcmp(full + n + 1, name) == 0)) {
            return lexicon->types[i];
        }
    }
    fc_die("catalog: there is no type \"%s\"", name);
}

uint64_t fc_type_total(const struct fc_type *t)
{
    return t->parent != NULL ? fc_type_total(t->parent) * t->count : t->count;
}

void fc_lexicon_fini(struct fc_lexicon *lexicon)
{
    size_t i;

    for (i = 0; i < lexicon->type_count; i++) {
        free(lexicon->types[i]->name);
        free(lexicon->types[i]->parent_name);
        free(lexicon->types[i]->key_text);
        fc_template_free(lexicon->types[i]->key);
        free(lexicon->types[i]);
    }
    for (i = 0; i < lexicon->define_count; i++) {
        free(lexicon->defines[i].name);
        free(lexicon->defines[i].text);
    }
    free(lexicon->types);
    free(lexicon->defines);
}

struct fc_obj fc_obj_at(const struct fc_scene *scene, const struct fc_type *type, uint64_t index)
{
    struct fc_obj obj = {.type = type, .index = index};

    obj.h = fc_hash(scene->base[type->scope] ^ type->hash, index);
    return obj;
}

uint32_t fc_obj_mask(const struct fc_scene *scene, const struct fc_type *type)
{
    return (uint32_t)fc_hash(scene->base[type->scope], type->hash);
}

struct fc_obj fc_obj_related(const struct fc_scene *scene, const struct fc_obj *self,
                             const struct fc_type *type)
{
    const struct fc_type *t = self->type;
    uint64_t index = self->index;
    uint64_t total = fc_type_total(type);

    while (t != NULL && t != type) {
        index = t->parent != NULL && t->count > 0 ? index / t->count : 0;
        t = t->parent;
    }
    if (t == NULL) {
        uint64_t chance = fc_hash(self->h, type->hash);

        index = total == 0                   ? 0
                : scene->words->near == NULL ? chance % total
                                             : scene->words->near(scene, self, type, chance);
    }
    return fc_obj_at(scene, type, index);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Whether the object at 'index' is there and its key is in 'value'. */
static bool key_in(const struct fc_scene *scene, const struct fc_type *type, uint64_t index,
                   struct fc_str value, struct fc_obj *out)
{
    struct fc_text key = {0};
    bool found;

    if (index >= fc_type_total(type)) {
        return false;
    }
    *out = fc_obj_at(scene, type, index);
    fc_template_print(type->key, scene, out, &key);
    found = key.len > 0 && memmem(value.p, value.n, key.data, key.len) != NULL;
    fc_text_fini(&key);
    return found;
}

bool fc_obj_find(const struct fc_scene *scene, const struct fc_type *type, struct fc_str value,
                 struct fc_obj *out)
{
    uint64_t index;
    size_t i, end;

    for (end = value.n; end > 0; end = i) { /* Runs of digits, from the last to the first. */
        char text[17] = "";

        while (end > 0 && !is_hex(value.p[end - 1])) {
            end--;
        }
        for (i = end; i > 0 && is_hex(value.p[i - 1]); i--) {
        }
        if (scene->words->index_of != NULL &&
            scene->words->index_of(scene, (struct fc_str){value.p + i, end - i}, &index) &&
            key_in(scene, type, index, value, out)) {
            return true;
        }
        if (end - i >= 8) {
            memcpy(text, value.p + end - 8, 8);
            index = strtoul(text, NULL, 16) ^ fc_obj_mask(scene, type);
            if (key_in(scene, type, index, value, out)) {
                return true;
            }
        }
        while (end > i && end - i > 5 && (value.p[i] < '0' || value.p[i] > '9')) {
            i++; /* Letters before a number: "feed00012". */
        }
        if (fc_str_u64((struct fc_str){value.p + i, end - i}, &index) &&
            key_in(scene, type, index, value, out)) {
            return true;
        }
    }
    return fc_type_total(type) == 1 && key_in(scene, type, 0, value, out);
}
