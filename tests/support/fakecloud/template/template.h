/* template.h: answers as literal text with places for what differs, compiled once.
 *
 * Ownership: fc_template_new/free.
 * Threads:   read-only once compiled; a scene belongs to its request.
 * Failure:   a bad template ends the program: it is part of the program. */
#ifndef FC_TEMPLATE_TEMPLATE_H
#define FC_TEMPLATE_TEMPLATE_H

#include "core/reply.h"

#define FC_MAX_SCOPES 4

struct fc_template;
struct fc_scene;

/* A kind of object: a counted pool in each place of its scope. */
struct fc_type {
    char *name;                   /* "ec2.vpc" */
    int scope;                    /* The provider's own; an index of fc_scene.base. */
    uint64_t count;               /* In its pool; of a child: per parent. */
    const struct fc_type *parent; /* NULL: a root. Objects [p*count, (p+1)*count) are p's. */
    char *parent_name;
    char *key_text;
    struct fc_template *key; /* What it is called; no two of a pool are called the same. */
    uint64_t hash;
    const void *own; /* The provider's. */
};

struct fc_define {
    char *name;
    char *text;
};

/* An object: a place in a pool. */
struct fc_obj {
    const struct fc_type *type;
    uint64_t index;
    uint64_t h; /* All its chance comes from this. */
};

/* A name that was asked for; of a batch. */
struct fc_named {
    struct fc_str value;
    struct fc_obj obj; /* type NULL: there is none. */
};

/* The places that only one provider knows: {{account}}. */
struct fc_words {
    const char *const *names; /* NULL-terminated. What follows the word is its text. */
    /* 'self' is NULL outside of loops. */
    void (*print)(const struct fc_scene *scene, size_t word, const char *text,
                  const struct fc_obj *self, struct fc_text *out);
    /* Optional: the index that an id in an object's name stands for. */
    bool (*index_of)(const struct fc_scene *scene, struct fc_str id, uint64_t *index);
    /* Optional: which of the pool of 'type', which is not empty, an object speaks of. */
    uint64_t (*near)(const struct fc_scene *scene, const struct fc_obj *self,
                     const struct fc_type *type, uint64_t chance);
};

/* What the templates of a catalog may speak of. */
struct fc_lexicon {
    struct fc_type **types;
    size_t type_count;
    struct fc_define *defines;
    size_t define_count;
    const struct fc_words *words;
};

/* What a template is printed for. */
struct fc_scene {
    const struct fc_words *words;
    const void *owner;            /* The provider's: what its words are about. */
    uint64_t base[FC_MAX_SCOPES]; /* Seeds of the pools. */
    bool json;                    /* How parameters that are printed back are escaped. */

    const struct fc_type *type; /* A list: objects [start, end) of it. */
    uint64_t start;
    uint64_t end;
    struct fc_named *named; /* Or a batch. */
    size_t named_count;
    struct fc_obj one; /* Or an object; type NULL: none. */
    bool more;
    uint64_t page_size;
    struct fc_str token; /* Of the next page. */
};

/* The type called 'name', or 'service' dot 'name'. Ends the program when there is none. */
struct fc_type *fc_lexicon_type(const struct fc_lexicon *lexicon, const char *service,
                                const char *name);
/* How many the pool holds. */
uint64_t fc_type_total(const struct fc_type *t);
void fc_lexicon_fini(struct fc_lexicon *lexicon);

/* 'service' is where types without one are sought. */
struct fc_template *fc_template_new(const struct fc_lexicon *lexicon, const char *service,
                                    const char *text);
void fc_template_free(struct fc_template *t);
/* 'self' may be NULL outside of loops. */
void fc_template_print(const struct fc_template *t, const struct fc_scene *scene,
                       const struct fc_obj *self, struct fc_text *out);

/* Adds 's' as it stands in a JSON string, or in XML. */
void fc_template_escape(struct fc_text *out, struct fc_str s, bool json);

/* Adds the time at which an object was made, as {{time iso}} does. */
void fc_template_time(struct fc_text *out, const struct fc_obj *o);
/* The same in seconds since 1970. */
int64_t fc_template_born_s(const struct fc_obj *o);

/* A source that prints the list of 'scene', which outlives it, as it is read. False: 'scene' is no
 * list of a pool, or the template has none. */
bool fc_template_source(const struct fc_template *t, const struct fc_scene *scene,
                        struct fc_source *out);

/* The object of 'type' at 'index' as 'scene' sees it. */
struct fc_obj fc_obj_at(const struct fc_scene *scene, const struct fc_type *type, uint64_t index);
/* The object of 'type' that 'self' speaks of: itself, an ancestor, or any one, always the same. */
struct fc_obj fc_obj_related(const struct fc_scene *scene, const struct fc_obj *self,
                             const struct fc_type *type);
/* The object whose key is in 'value', an id, a name or an ARN. False: there is none. */
bool fc_obj_find(const struct fc_scene *scene, const struct fc_type *type, struct fc_str value,
                 struct fc_obj *out);
/* The number that hexadecimal ids of this pool hide their index behind. */
uint32_t fc_obj_mask(const struct fc_scene *scene, const struct fc_type *type);

#endif
