/* object.c: objects and how they are found by what they are called. */
#include <stdlib.h>
#include <string.h>

#include "aws/template.h"
#include "core/rng.h"

struct aws_obj aws_obj_at(const struct aws_scene *scene, const struct aws_type *type,
                          uint64_t index)
{
    struct aws_obj obj = {.type = type, .index = index};

    obj.h = fc_hash(scene->base[type->scope] ^ type->hash, index);
    return obj;
}

uint32_t aws_obj_mask(const struct aws_scene *scene, const struct aws_type *type)
{
    return (uint32_t)fc_hash(scene->base[type->scope], type->hash);
}

struct aws_obj aws_obj_related(const struct aws_scene *scene, const struct aws_obj *self,
                               const struct aws_type *type)
{
    const struct aws_type *t = self->type;
    uint64_t index = self->index;
    uint64_t total = aws_type_total(type);

    while (t != NULL && t != type) {
        index = t->parent != NULL ? index / t->count : 0;
        t = t->parent;
    }
    if (t == NULL) {
        index = total > 0 ? fc_hash(self->h, type->hash) % total : 0;
    }
    return aws_obj_at(scene, type, index);
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Whether the object at 'index' is there and its key is in 'value'. */
static bool key_in(const struct aws_scene *scene, const struct aws_type *type, uint64_t index,
                   struct fc_str value, struct aws_obj *out)
{
    struct fc_text key = {0};
    bool found;

    if (index >= aws_type_total(type)) {
        return false;
    }
    *out = aws_obj_at(scene, type, index);
    aws_template_print(type->key, scene, out, &key);
    found = key.len > 0 && memmem(value.p, value.n, key.data, key.len) != NULL;
    fc_text_fini(&key);
    return found;
}

bool aws_obj_find(const struct aws_scene *scene, const struct aws_type *type, struct fc_str value,
                  struct aws_obj *out)
{
    const struct aws_account *account;
    uint64_t index;
    size_t i, end;

    for (end = value.n; end > 0; end = i) { /* Runs of digits, from the last to the first. */
        char text[17] = "";

        while (end > 0 && !is_hex(value.p[end - 1])) {
            end--;
        }
        for (i = end; i > 0 && is_hex(value.p[i - 1]); i--) {
        }
        account = aws_world_account(scene->world, (struct fc_str){value.p + i, end - i});
        if (account != NULL &&
            key_in(scene, type, (uint64_t)(account - scene->world->accounts), value, out)) {
            return true;
        }
        if (end - i >= 8) {
            memcpy(text, value.p + end - 8, 8);
            index = strtoul(text, NULL, 16) ^ aws_obj_mask(scene, type);
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
    return aws_type_total(type) == 1 && key_in(scene, type, 0, value, out);
}
