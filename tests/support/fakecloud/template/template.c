#include "template/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/rng.h"
#include "template/template_impl.h"

#define EPOCH_S INT64_C(1704067200) /* 2024-01-01: objects are born in the 200 days after. */
#define SPAN_S (86400 * 200)
#define STREAM_OBJECTS 64 /* Printed at a time. */
#define TIME_KEY UINT64_C(0x74696d65)

static bool is_block(const struct fc_step *s)
{
    return s->field >= FC_FIELD_EACH;
}

/* Where the printer is. */
struct frame {
    const struct fc_scene *scene;
    const struct fc_obj *self; /* NULL: outside of loops. */
    const struct fc_named *named;
    bool first; /* Of the innermost loop. */
    bool last;
    bool alone; /* It does not run over a pool. */
};

static void put_decimal(struct fc_text *out, uint64_t v, unsigned least)
{
    char buf[24];
    char *p = buf + sizeof(buf);

    do {
        *--p = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    while (buf + sizeof(buf) - p < (ptrdiff_t)least) {
        *--p = '0';
    }
    fc_text_add(out, p, (size_t)(buf + sizeof(buf) - p));
}

static void put_hex(struct fc_text *out, uint64_t v, unsigned digits, bool upper)
{
    const char *abc = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char buf[16];
    unsigned i;

    for (i = 0; i < digits; i++) {
        buf[i] = abc[(v >> (4 * (digits - 1 - i))) & 15];
    }
    fc_text_add(out, buf, digits);
}

/* Any number of hexadecimal digits of chance. */
static void put_chance(struct fc_text *out, uint64_t h, uint64_t digits)
{
    while (digits > 0) {
        unsigned n = digits < 16 ? (unsigned)digits : 16;

        put_hex(out, n < 16 ? h >> 8 : h, n, false);
        h = fc_mix(h);
        digits -= n;
    }
}

static void put_id(struct fc_text *out, const struct fc_scene *scene, const struct fc_obj *o,
                   const struct fc_step *s)
{
    uint32_t mask = fc_obj_mask(scene, o->type);
    uint64_t front = fc_hash(mask, scene->base[o->type->scope]);
    uint64_t digits = s->a;

    while (digits > 8) {
        unsigned n = digits - 8 < 8 ? (unsigned)(digits - 8) : 8;

        put_hex(out, front & 0x0fffffff, n, s->b != 0);
        front = fc_mix(front);
        digits -= n;
    }
    put_hex(out, (uint32_t)o->index ^ mask, 8, s->b != 0);
}

static void put_uuid(struct fc_text *out, const struct fc_scene *scene, const struct fc_obj *o)
{
    put_hex(out, o->h & 0xffffffff, 8, false);
    fc_text_add(out, "-", 1);
    put_hex(out, (o->h >> 32) & 0xffff, 4, false);
    fc_text_add(out, "-4", 2);
    put_hex(out, (o->h >> 48) & 0xfff, 3, false);
    fc_text_add(out, "-a", 2);
    put_hex(out, (o->h >> 52) & 0xfff, 3, false);
    fc_text_add(out, "-", 1);
    put_hex(out, fc_mix(o->h) & 0xffff, 4, false);
    put_hex(out, (uint32_t)o->index ^ fc_obj_mask(scene, o->type), 8, false);
}

static void put_b32(struct fc_text *out, uint64_t h, uint64_t letters)
{
    static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint64_t i;

    for (i = 0; i < letters; i++) {
        if (i % 12 == 0) {
            h = fc_mix(h);
        }
        fc_text_add(out, &abc[(h >> (5 * (i % 12))) & 31], 1);
    }
}

int64_t fc_template_born_s(const struct fc_obj *o)
{
    return EPOCH_S + (int64_t)(fc_hash(o->h, TIME_KEY) % SPAN_S);
}

static void put_time(struct fc_text *out, const struct fc_obj *o, uint64_t form)
{
    time_t t = (time_t)fc_template_born_s(o);
    struct tm tm;

    if (form == FC_TIME_EPOCH || form == FC_TIME_EPOCH_MS) {
        put_decimal(out, (uint64_t)t, 1);
        fc_text_puts(out, form == FC_TIME_EPOCH_MS ? "000" : "");
        return;
    }
    gmtime_r(&t, &tm);
    put_decimal(out, (uint64_t)tm.tm_year + 1900, 4);
    fc_text_add(out, "-", 1);
    put_decimal(out, (uint64_t)tm.tm_mon + 1, 2);
    fc_text_add(out, "-", 1);
    put_decimal(out, (uint64_t)tm.tm_mday, 2);
    fc_text_add(out, "T", 1);
    put_decimal(out, (uint64_t)tm.tm_hour, 2);
    fc_text_add(out, ":", 1);
    put_decimal(out, (uint64_t)tm.tm_min, 2);
    fc_text_add(out, ":", 1);
    put_decimal(out, (uint64_t)tm.tm_sec, 2);
    fc_text_puts(out, form == FC_TIME_ISO ? "Z" : form == FC_TIME_LAMBDA ? ".000+0000" : ".000Z");
}

void fc_template_time(struct fc_text *out, const struct fc_obj *o)
{
    put_time(out, o, FC_TIME_ISO);
}

static void put_ip(struct fc_text *out, uint64_t h)
{
    fc_text_puts(out, "10.");
    put_decimal(out, h & 255, 1);
    fc_text_add(out, ".", 1);
    put_decimal(out, (h >> 8) & 255, 1);
    fc_text_add(out, ".", 1);
    put_decimal(out, (h >> 16) % 250 + 4, 1);
}

void fc_template_escape(struct fc_text *out, struct fc_str s, bool json)
{
    static const char special[] = "<>&\"";
    static const char *const names[] = {"&lt;", "&gt;", "&amp;", "&quot;"};
    size_t i;

    if (json) {
        struct fc_text t = {0};

        fc_text_json(&t, s);
        fc_text_add(out, t.data + 1, t.len - 2);
        fc_text_fini(&t);
        return;
    }
    for (i = 0; i < s.n; i++) {
        const char *c = s.p[i] != '\0' ? strchr(special, s.p[i]) : NULL;

        if (c != NULL) {
            fc_text_puts(out, names[c - special]);
        } else {
            fc_text_add(out, s.p + i, 1);
        }
    }
}

static size_t pick_index(const struct fc_pick *p, const struct fc_obj *o)
{
    return (size_t)((fc_hash(o->h, p->key) >> 32) * p->count >> 32);
}

/* Fields that need no object. */
static bool put_plain(struct fc_text *out, const struct frame *f, const struct fc_step *s)
{
    const struct fc_scene *scene = f->scene;

    switch (s->field) {
    case FC_FIELD_NONE:
        return true;
    case FC_FIELD_OWN:
        if (s->of != NULL || s->next) {
            return false; /* It speaks of another object. */
        }
        scene->words->print(scene, (size_t)s->a, s->text, f->self, out);
        return true;
    case FC_FIELD_VALUE:
        if (f->named != NULL) {
            fc_template_escape(out, f->named->value, scene->json);
        }
        return true;
    case FC_FIELD_COUNT:
        put_decimal(out, scene->end - scene->start, 1);
        return true;
    case FC_FIELD_TOTAL:
        put_decimal(out, fc_type_total(s->of), 1);
        return true;
    case FC_FIELD_SIZE:
        put_decimal(out, scene->page_size, 1);
        return true;
    case FC_FIELD_TOKEN:
        fc_text_add(out, scene->token.p, scene->token.n);
        return true;
    case FC_FIELD_TRUNCATED:
        fc_text_puts(out, scene->more ? "true" : "false");
        return true;
    case FC_FIELD_COMMA:
        fc_text_puts(out, f->last ? "" : ",");
        return true;
    default:
        return false;
    }
}

static void put_field(struct fc_text *out, const struct frame *f, const struct fc_step *s,
                      const struct fc_obj *o)
{
    const struct fc_scene *scene = f->scene;
    struct fc_str option;

    switch (s->field) {
    case FC_FIELD_KEY:
        fc_template_print(o->type->key, scene, o, out);
        break;
    case FC_FIELD_INDEX:
        put_decimal(out, o->index / s->a, 1);
        break;
    case FC_FIELD_NUMBER:
        put_decimal(out, o->index / s->a, 5);
        break;
    case FC_FIELD_X:
        put_id(out, scene, o, s);
        break;
    case FC_FIELD_UUID:
        put_uuid(out, scene, o);
        break;
    case FC_FIELD_HEX:
        put_chance(out, fc_hash(o->h, s->key), s->a);
        break;
    case FC_FIELD_B32:
        put_b32(out, fc_hash(o->h, s->key), s->a);
        break;
    case FC_FIELD_NUM:
        put_decimal(out, s->a + fc_hash(o->h, s->key) % (s->b - s->a + 1), 1);
        break;
    case FC_FIELD_OWN:
        scene->words->print(scene, (size_t)s->a, s->text, o, out);
        break;
    case FC_FIELD_PICK:
        option = s->pick->options[pick_index(s->pick, o)];
        fc_text_add(out, option.p, option.n);
        break;
    case FC_FIELD_TIME:
        put_time(out, o, s->a);
        break;
    case FC_FIELD_IP:
        put_ip(out, fc_hash(o->h, s->key));
        break;
    default:
        break;
    }
}

static void print_steps(const struct fc_template *t, size_t from, size_t to, const struct frame *f,
                        struct fc_text *out);

/* The object at 'k' of the run [start, end), through the block of step 'i'. */
static void print_object(const struct fc_template *t, size_t i, const struct frame *f,
                         const struct fc_type *type, uint64_t start, uint64_t end, uint64_t k,
                         struct fc_text *out)
{
    struct fc_obj obj = fc_obj_at(f->scene, type, k);
    struct frame inner = *f;

    inner.self = &obj;
    inner.first = k == start;
    inner.last = k + 1 == end;
    inner.alone = false;
    print_steps(t, i + 1, t->steps[i].jump, &inner, out);
}

static void print_run(const struct fc_template *t, size_t i, const struct frame *f,
                      const struct fc_type *type, uint64_t start, uint64_t end, struct fc_text *out)
{
    uint64_t k;

    for (k = start; k < end; k++) {
        print_object(t, i, f, type, start, end, k, out);
    }
}

static void print_named(const struct fc_template *t, size_t i, const struct frame *f, bool missing,
                        struct fc_text *out)
{
    const struct fc_scene *scene = f->scene;
    size_t k, left = 0, done = 0;

    for (k = 0; k < scene->named_count; k++) {
        left += (scene->named[k].obj.type == NULL) == missing;
    }
    for (k = 0; k < scene->named_count; k++) {
        const struct fc_named *n = &scene->named[k];
        struct frame inner = *f;

        if ((n->obj.type == NULL) != missing) {
            continue;
        }
        inner.self = missing ? f->self : &n->obj;
        inner.named = n;
        inner.first = done == 0;
        inner.last = ++done == left;
        inner.alone = true;
        print_steps(t, i + 1, t->steps[i].jump, &inner, out);
    }
}

static bool holds(const struct fc_step *s, const struct frame *f)
{
    struct fc_obj next;
    const struct fc_obj *o = f->self;
    bool yes = false;

    if (s->next) {
        next = fc_obj_at(f->scene, f->scene->type, f->scene->end);
        o = &next;
    }

    switch (s->field) {
    case FC_FIELD_MORE:
        return f->scene->more;
    case FC_FIELD_IFSEQ:
        yes = o->index % s->a == s->b;
        break;
    case FC_FIELD_IFPICK:
        yes = pick_index(s->pick, o) == s->a;
        break;
    case FC_FIELD_FIRST:
        return f->alone || f->first || o->index % s->a == 0;
    case FC_FIELD_LAST:
        return f->alone || f->last || o->index % s->a == s->a - 1;
    default:
        break;
    }
    return yes != s->negated;
}

static void print_block(const struct fc_template *t, size_t i, const struct frame *f,
                        struct fc_text *out)
{
    const struct fc_step *s = &t->steps[i];
    const struct fc_scene *scene = f->scene;

    if (s->field == FC_FIELD_EACH && scene->named != NULL) {
        print_named(t, i, f, false, out);
    } else if (s->field == FC_FIELD_EACH && scene->one.type != NULL) {
        print_run(t, i, f, scene->one.type, scene->one.index, scene->one.index + 1, out);
    } else if (s->field == FC_FIELD_EACH && scene->type != NULL) {
        print_run(t, i, f, scene->type, scene->start, scene->end, out);
    } else if (s->field == FC_FIELD_EACHMISSING) {
        print_named(t, i, f, true, out);
    } else if (s->field == FC_FIELD_SUB) {
        bool own = f->self != NULL && s->of->parent == f->self->type;
        uint64_t start = own ? f->self->index * s->of->count : 0;

        print_run(t, i, f, s->of, start, own ? start + s->of->count : fc_type_total(s->of), out);
    } else if (s->field > FC_FIELD_SUB &&
               (s->field == FC_FIELD_MORE || s->next || f->self != NULL) && holds(s, f)) {
        print_steps(t, i + 1, s->jump, f, out);
    }
}

static void print_one(const struct frame *f, const struct fc_step *s, struct fc_text *out)
{
    struct fc_obj other;

    if (put_plain(out, f, s)) {
        return;
    }
    if (s->next) {
        other = fc_obj_at(f->scene, f->scene->type, f->scene->end);
        put_field(out, f, s, &other);
    } else if (f->self == NULL && s->of != NULL) {
        other = fc_obj_at(f->scene, s->of, 0);
        put_field(out, f, s, &other);
    } else if (f->self != NULL && s->of != NULL) {
        other = fc_obj_related(f->scene, f->self, s->of);
        put_field(out, f, s, &other);
    } else if (f->self != NULL) {
        put_field(out, f, s, f->self);
    }
}

static void print_steps(const struct fc_template *t, size_t from, size_t to, const struct frame *f,
                        struct fc_text *out)
{
    size_t i = from;

    while (i < to) {
        const struct fc_step *s = &t->steps[i];

        fc_text_add(out, t->source.data + s->lit, s->lit_len);
        if (is_block(s)) {
            print_block(t, i, f, out);
            i = s->jump;
        } else {
            print_one(f, s, out);
            i++;
        }
    }
}

void fc_template_print(const struct fc_template *t, const struct fc_scene *scene,
                       const struct fc_obj *self, struct fc_text *out)
{
    struct frame f = {.scene = scene, .self = self, .first = true, .last = true, .alone = true};

    print_steps(t, 0, t->count, &f, out);
}

enum stream_phase { STREAM_HEAD, STREAM_ITEMS, STREAM_TAIL, STREAM_END };

/* A list as it is printed, some objects at a time. */
struct stream {
    const struct fc_template *t;
    struct frame frame;
    enum stream_phase phase;
    size_t each; /* The step of the list's block. */
    uint64_t at; /* The next object. */
    struct fc_text text;
    size_t pos;
};

static void stream_more(struct stream *s)
{
    const struct fc_scene *scene = s->frame.scene;
    const struct fc_step *each = &s->t->steps[s->each];
    uint64_t end = scene->end - s->at > STREAM_OBJECTS ? s->at + STREAM_OBJECTS : scene->end;

    s->text.len = 0;
    s->pos = 0;
    switch (s->phase) {
    case STREAM_HEAD:
        print_steps(s->t, 0, s->each, &s->frame, &s->text);
        fc_text_add(&s->text, s->t->source.data + each->lit, each->lit_len);
        s->phase = STREAM_ITEMS;
        break;
    case STREAM_ITEMS:
        for (; s->at < end; s->at++) {
            print_object(s->t, s->each, &s->frame, scene->type, scene->start, scene->end, s->at,
                         &s->text);
        }
        s->phase = s->at < scene->end ? STREAM_ITEMS : STREAM_TAIL;
        break;
    case STREAM_TAIL:
        print_steps(s->t, each->jump, s->t->count, &s->frame, &s->text);
        s->phase = STREAM_END;
        break;
    case STREAM_END:
        break;
    }
}

static size_t stream_read(void *ctx, char *buf, size_t cap)
{
    struct stream *s = ctx;
    size_t n;

    while (s->pos == s->text.len && s->phase != STREAM_END) {
        stream_more(s);
    }
    n = s->text.len - s->pos < cap ? s->text.len - s->pos : cap;
    if (n > 0) {
        memcpy(buf, s->text.data + s->pos, n);
    }
    s->pos += n;
    return n;
}

static void stream_free(void *ctx)
{
    struct stream *s = ctx;

    fc_text_fini(&s->text);
    free(s);
}

bool fc_template_source(const struct fc_template *t, const struct fc_scene *scene,
                        struct fc_source *out)
{
    struct stream *s;
    size_t i = 0;

    while (i < t->count && t->steps[i].field != FC_FIELD_EACH) {
        i = is_block(&t->steps[i]) ? t->steps[i].jump : i + 1;
    }
    if (i == t->count || scene->type == NULL || scene->named != NULL) {
        return false;
    }
    s = fc_alloc(sizeof(*s));
    s->t = t;
    s->frame = (struct frame){.scene = scene, .first = true, .last = true, .alone = true};
    s->each = i;
    s->at = scene->start;
    *out = (struct fc_source){.read = stream_read, .free = stream_free, .ctx = s};
    return true;
}
