#include "azure/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/drift.h"
#include "core/rng.h"

/* Where the printer is. */
struct frame {
    const struct az_world *world;
    const struct az_obj *self;
    bool last; /* Of the innermost loop. */
};

void az_put_decimal(struct fc_text *out, uint64_t v, unsigned least)
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

static void put_hex(struct fc_text *out, uint64_t v, unsigned digits)
{
    char buf[16];
    unsigned i;

    for (i = 0; i < digits; i++) {
        buf[i] = "0123456789abcdef"[(v >> (4 * (digits - 1 - i))) & 15];
    }
    fc_text_add(out, buf, digits);
}

static void put_chance(struct fc_text *out, uint64_t h, uint64_t digits)
{
    while (digits > 0) {
        unsigned n = digits < 16 ? (unsigned)digits : 16;

        put_hex(out, n < 16 ? h >> 8 : h, n);
        h = fc_mix(h);
        digits -= n;
    }
}

static void put_guid(struct fc_text *out, uint64_t h, uint32_t tail)
{
    put_hex(out, h & 0xffffffff, 8);
    fc_text_add(out, "-", 1);
    put_hex(out, (h >> 32) & 0xffff, 4);
    fc_text_add(out, "-4", 2);
    put_hex(out, (h >> 48) & 0xfff, 3);
    fc_text_add(out, "-a", 2);
    put_hex(out, (h >> 52) & 0xfff, 3);
    fc_text_add(out, "-", 1);
    put_hex(out, fc_mix(h) & 0xffff, 4);
    put_hex(out, tail, 8);
}

static void put_base64(struct fc_text *out, uint64_t h, uint64_t bytes)
{
    unsigned char raw[96];
    uint64_t i;

    for (i = 0; i < bytes && i < sizeof(raw); i++) {
        h = i % 8 == 0 ? fc_mix(h) : h;
        raw[i] = (unsigned char)(h >> (8 * (i % 8)));
    }
    fc_text_base64(out, raw, (size_t)i, false);
}

static void put_ip(struct fc_text *out, uint64_t h, bool public)
{
    char buf[32];

    snprintf(buf, sizeof(buf), "%s.%u.%u", public ? "20.51" : "10.0", (unsigned)(h & 255),
             (unsigned)((h >> 8) % 250 + 4));
    fc_text_puts(out, buf);
}

static void put_group_name(struct fc_text *out, const struct az_world *w, uint64_t index)
{
    struct az_obj group = az_obj_at(w, w->mgmt, AZ_NO_SUB, index);

    if (index == 0) {
        fc_text_puts(out, "Tenant Root Group");
    } else {
        az_put_name(w, &group, out);
    }
}

/* The management groups above a subscription or another one, from the nearest to the root. */
static void put_chain(struct fc_text *out, const struct az_world *w, const struct az_obj *o)
{
    bool group = o->sub == AZ_NO_SUB;
    uint64_t at = group ? o->index : w->subs[o->sub].group;

    fc_text_puts(out, "[");
    while (at > 0 || !group) {
        struct az_obj above;

        at = group ? (at - 1) / 3 : at;
        above = az_obj_at(w, w->mgmt, AZ_NO_SUB, at);
        group = true;
        fc_text_puts(out, "{\"displayName\":\"");
        put_group_name(out, w, at);
        fc_text_puts(out, "\",\"name\":\"");
        az_put_name(w, &above, out);
        fc_text_puts(out, at == 0 ? "\"}" : "\"},");
    }
    fc_text_puts(out, "]");
}

static void put_root(struct fc_text *out, const struct az_world *w, const struct az_obj *o)
{
    struct az_obj up;

    if (o->index == 0) {
        fc_text_puts(out, "null");
        return;
    }
    up = az_obj_at(w, w->mgmt, AZ_NO_SUB, (o->index - 1) / 3);
    fc_text_puts(out, "{\"id\":\"");
    az_put_id(w, &up, out);
    fc_text_puts(out, "\",\"name\":\"");
    az_put_name(w, &up, out);
    fc_text_puts(out, "\",\"displayName\":\"");
    put_group_name(out, w, up.index);
    fc_text_puts(out, "\"}");
}

static void put_named(struct fc_text *out, const struct az_world *w, const struct az_obj *o,
                      enum az_field field)
{
    const struct az_sub *sub = o->sub != AZ_NO_SUB ? &w->subs[o->sub] : NULL;

    switch (field) {
    case AZ_FIELD_ID:
        az_put_id(w, o, out);
        break;
    case AZ_FIELD_NAME:
        az_put_name(w, o, out);
        break;
    case AZ_FIELD_LOCATION:
    case AZ_FIELD_DISPLAY:
        fc_text_puts(out, az_obj_location(w, o, field == AZ_FIELD_DISPLAY));
        break;
    case AZ_FIELD_SUB:
        fc_text_puts(out, sub != NULL ? sub->id : "");
        break;
    case AZ_FIELD_SHORT:
        fc_text_add(out, sub != NULL ? sub->id : w->tenant, 6);
        break;
    case AZ_FIELD_TENANT:
        fc_text_puts(out, w->tenant);
        break;
    case AZ_FIELD_DOMAIN:
        fc_text_puts(out, w->domain);
        break;
    case AZ_FIELD_STATE:
        fc_text_puts(out, o->sub >= w->sub_count - w->disabled ? "Disabled" : "Enabled");
        break;
    case AZ_FIELD_CHAIN:
        put_chain(out, w, o);
        break;
    case AZ_FIELD_ROOT:
        put_root(out, w, o);
        break;
    case AZ_FIELD_WHOLE:
        az_put_arm(w, o, out);
        break;
    default:
        break;
    }
}

static uint64_t within(const struct az_obj *o)
{
    return o->type->parent != NULL && o->type->count > 0 ? o->index % o->type->count : o->index;
}

static size_t pick_index(const struct az_step *s, const struct az_obj *o)
{
    return (size_t)((fc_hash(o->h, s->key) >> 32) * s->pick->count >> 32);
}

/* Chance under a key; an etag's hangs on whether the object was changed. */
static uint64_t chance(const struct az_step *s, const struct az_obj *o)
{
    uint64_t h = fc_hash(o->h, s->key);
    bool changed = o->index < o->type->touched || az_obj_changed(o);

    return changed && s->key == fc_hash_bytes(0, "etag", 4) ? fc_mix(h) : h;
}

static void put_field(struct fc_text *out, const struct frame *f, const struct az_step *s,
                      const struct az_obj *o)
{
    struct fc_str option;

    switch (s->field) {
    case AZ_FIELD_NONE:
        break;
    case AZ_FIELD_INDEX:
        az_put_decimal(out, o->index, (unsigned)s->a);
        break;
    case AZ_FIELD_WITHIN:
        az_put_decimal(out, within(o), (unsigned)s->a);
        break;
    case AZ_FIELD_GUID:
        put_guid(out, fc_hash(o->h, 5),
                 (uint32_t)o->index ^ az_obj_mask(f->world, o->type, o->sub));
        break;
    case AZ_FIELD_CHANCE:
        put_guid(out, chance(s, o), (uint32_t)fc_hash(o->h, s->key + 1));
        break;
    case AZ_FIELD_HEX:
        put_chance(out, chance(s, o), s->a);
        break;
    case AZ_FIELD_B64:
        put_base64(out, chance(s, o), s->a);
        break;
    case AZ_FIELD_NUM:
        az_put_decimal(out, s->a + chance(s, o) % (s->b - s->a + 1), 1);
        break;
    case AZ_FIELD_PICK:
        option = s->pick->options[pick_index(s, o)];
        fc_text_add(out, option.p, option.n);
        break;
    case AZ_FIELD_LIST:
        option = s->pick->options[within(o) % s->pick->count];
        fc_text_add(out, option.p, option.n);
        if (within(o) >= s->pick->count) { /* Names stay different. */
            fc_text_puts(out, "-");
            az_put_decimal(out, within(o), 1);
        }
        break;
    case AZ_FIELD_TIME:
        az_put_time(o, s->a, out);
        break;
    case AZ_FIELD_IP:
    case AZ_FIELD_PUBLIC_IP:
        put_ip(out, fc_hash(o->h, s->key), s->field == AZ_FIELD_PUBLIC_IP);
        break;
    case AZ_FIELD_COMMA:
        fc_text_puts(out, f->last ? "" : ",");
        break;
    default:
        put_named(out, f->world, o, s->field);
        break;
    }
}

static void print_steps(const struct az_template *t, size_t from, size_t to, const struct frame *f,
                        struct fc_text *out);

static void print_children(const struct az_template *t, size_t i, const struct frame *f,
                           struct fc_text *out)
{
    const struct az_step *s = &t->steps[i];
    struct az_run run = az_run_under(s->of, f->self);
    uint64_t k;

    for (k = run.start; k < run.end; k++) {
        struct az_obj child = az_obj_at(f->world, s->of, run.sub, k);
        struct frame inner = {f->world, &child, k + 1 == run.end};

        print_steps(t, i + 1, s->jump, &inner, out);
    }
}

static bool holds(const struct az_step *s, const struct az_obj *o)
{
    bool yes = false;

    if (s->field == AZ_FIELD_IFSEQ) {
        yes = o->index % s->a == s->b;
    } else if (s->field == AZ_FIELD_IFPICK) {
        yes = pick_index(s, o) == s->a;
    } else {
        yes = o->index < s->of->total;
    }
    return yes != s->negated;
}

static void print_steps(const struct az_template *t, size_t from, size_t to, const struct frame *f,
                        struct fc_text *out)
{
    size_t i = from;

    while (i < to) {
        const struct az_step *s = &t->steps[i];

        fc_text_add(out, t->source.data + s->lit, s->lit_len);
        if (s->field < AZ_FIELD_EACH) {
            if (s->of != NULL) {
                struct az_obj other = az_obj_related(f->world, f->self, s->of, s->same);

                put_field(out, f, s, &other);
            } else {
                put_field(out, f, s, f->self);
            }
            i++;
            continue;
        }
        if (s->field == AZ_FIELD_EACH) {
            print_children(t, i, f, out);
        } else if (holds(s, f->self)) {
            print_steps(t, i + 1, s->jump, f, out);
        }
        i = s->jump;
    }
}

void az_template_print(const struct az_template *t, const struct az_world *w,
                       const struct az_obj *self, struct fc_text *out)
{
    struct frame f = {w, self, true};

    print_steps(t, 0, t->count, &f, out);
}
