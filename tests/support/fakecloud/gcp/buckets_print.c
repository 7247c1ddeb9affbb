/* buckets_print.c: objects as the API describes them, and which members of that are asked for. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/file.h"
#include "core/md5.h"
#include "gcp/buckets.h"

/* ---- fields ---- */

static const char *const list_members[] = {"kind", "nextPageToken", "prefixes", "items"};
static const char *const object_members[] = {
    "kind",
    "id",
    "selfLink",
    "mediaLink",
    "name",
    "bucket",
    "generation",
    "metageneration",
    "contentType",
    "size",
    "md5Hash",
    "storageClass",
    "etag",
    "timeCreated",
    "timeStorageClassUpdated",
    "updated",
    "customerEncryption",
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool is_among(struct fc_str word, const char *const *names, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (fc_str_eq(word, names[i])) {
            return true;
        }
    }
    return fc_str_eq(word, "*");
}

static struct fc_str take_word(struct fc_str *rest)
{
    struct fc_str word = {rest->p, 0};

    while (word.n < rest->n && memchr(",/()", word.p[word.n], 4) == NULL) {
        word.n++;
    }
    rest->p += word.n;
    rest->n -= word.n;
    return word;
}

static char take_mark(struct fc_str *rest)
{
    char mark = rest->n > 0 ? *rest->p : '\0';

    rest->p += rest->n > 0;
    rest->n -= rest->n > 0;
    return mark;
}

/* Calls 'each' for every "member" and "member/inner" of "a,b/c,d(e,f)" until it returns false. */
static void walk(struct fc_str fields,
                 bool (*each)(void *ctx, struct fc_str member, struct fc_str inner), void *ctx)
{
    const struct fc_str none = {NULL, 0};

    while (fields.n > 0) {
        struct fc_str member = take_word(&fields);
        char mark = take_mark(&fields);

        if (mark == '/') {
            if (!each(ctx, member, take_word(&fields))) {
                return;
            }
            take_mark(&fields);
        } else if (mark == '(') {
            do {
                if (!each(ctx, member, take_word(&fields))) {
                    return;
                }
                mark = take_mark(&fields);
            } while (mark == ',');
            take_mark(&fields);
        } else if (!each(ctx, member, none)) {
            return;
        }
    }
}

struct search {
    const char *member, *inner;
    struct fc_str stranger;
    bool found;
};

static bool compare(void *ctx, struct fc_str member, struct fc_str inner)
{
    struct search *s = ctx;

    s->found = (fc_str_eq(member, s->member) || fc_str_eq(member, "*")) &&
               (s->inner == NULL || inner.p == NULL || fc_str_eq(inner, s->inner) ||
                fc_str_eq(inner, "*"));
    return !s->found;
}

static bool is_known(void *ctx, struct fc_str member, struct fc_str inner)
{
    struct search *s = ctx;
    bool items = fc_str_eq(member, "items");

    if (!is_among(member, list_members, COUNT(list_members))) {
        s->stranger = member;
    } else if (inner.p != NULL &&
               !(items && is_among(inner, object_members, COUNT(object_members)))) {
        s->stranger = inner;
    }
    return s->stranger.p == NULL;
}

bool gcp_fields_select(struct fc_str fields, const char *member, const char *inner)
{
    struct search s = {.member = member, .inner = inner};

    walk(fields, compare, &s);
    return s.found || fields.n == 0;
}

struct fc_str gcp_fields_stranger(struct fc_str fields)
{
    struct search s = {.member = NULL};

    walk(fields, is_known, &s);
    return s.stranger;
}

/* ---- an object ---- */

static void percent(struct fc_text *out, const char *name)
{
    for (; *name != '\0'; name++) {
        unsigned char c = (unsigned char)*name;
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     strchr("-._~", c) != NULL;

        fc_text_printf(out, plain ? "%c" : "%%%02X", c);
    }
}

static void digest(const struct gcp_object *o, struct fc_text *out)
{
    struct fc_source source;
    struct fc_text bytes = {0};
    unsigned char md5[16];
    char hex[33];
    int64_t length;
    unsigned byte;
    size_t i;

    if (!fc_file_source(o->path, &source, &length)) {
        return;
    }
    fc_source_drain(&source, &bytes);
    fc_md5_hex(bytes.data != NULL ? bytes.data : "", bytes.len, hex);
    for (i = 0; i < 16; i++) {
        sscanf(hex + 2 * i, "%2x", &byte);
        md5[i] = (unsigned char)byte;
    }
    fc_text_base64(out, md5, sizeof(md5), false);
    fc_text_fini(&bytes);
}

struct printer {
    struct fc_str fields;
    bool in_list;
    struct fc_text *out;
    struct fc_text value;
};

static bool wants(const struct printer *p, const char *member)
{
    return p->in_list ? gcp_fields_select(p->fields, "items", member)
                      : gcp_fields_select(p->fields, member, NULL);
}

/* Puts the value that was printed, and forgets it. */
static void put(struct printer *p, const char *member)
{
    if (wants(p, member)) {
        fc_text_printf(p->out, "%s\"%s\":", p->out->data[p->out->len - 1] == '{' ? "" : ",",
                       member);
        fc_text_json(p->out, (struct fc_str){p->value.data, p->value.len});
    }
    fc_text_fini(&p->value);
}

static void put_text(struct printer *p, const char *member, const char *text)
{
    fc_text_puts(&p->value, text);
    put(p, member);
}

static void put_number(struct printer *p, const char *member, int64_t n)
{
    fc_text_printf(&p->value, "%lld", (long long)n);
    put(p, member);
}

static void put_time(struct printer *p, const char *member, int64_t ns)
{
    time_t seconds = (time_t)(ns / 1000000000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    fc_text_printf(&p->value, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
                   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                   (int)(ns / 1000000 % 1000));
    put(p, member);
}

static void put_links(struct printer *p, const struct gcp_store *store, const struct gcp_object *o)
{
    fc_text_printf(&p->value, "https://www.googleapis.com/storage/v1/b/%s/o/", store->bucket);
    percent(&p->value, o->name);
    put(p, "selfLink");
    fc_text_printf(&p->value, "https://storage.googleapis.com/download/storage/v1/b/%s/o/",
                   store->bucket);
    percent(&p->value, o->name);
    fc_text_printf(&p->value, "?generation=%lld&alt=media", (long long)(o->changed_ns / 1000));
    put(p, "mediaLink");
}

void gcp_object_print(const struct gcp_store *store, const struct gcp_object *o,
                      struct fc_str fields, bool in_list, struct fc_text *out)
{
    struct printer p = {.fields = fields, .in_list = in_list, .out = out};
    struct fc_text sha256 = {0};

    fc_text_puts(out, "{");
    put_text(&p, "kind", "storage#object");
    fc_text_printf(&p.value, "%s/%s/%lld", store->bucket, o->name,
                   (long long)(o->changed_ns / 1000));
    put(&p, "id");
    put_links(&p, store, o);
    put_text(&p, "name", o->name);
    put_text(&p, "bucket", store->bucket);
    put_number(&p, "generation", o->changed_ns / 1000);
    put_text(&p, "metageneration", "1");
    put_text(&p, "contentType", "application/json");
    put_text(&p, "storageClass", "STANDARD");
    put_number(&p, "size", o->size);
    put_text(&p, "etag", "CAE=");
    put_time(&p, "timeCreated", o->changed_ns);
    put_time(&p, "timeStorageClassUpdated", o->changed_ns);
    put_time(&p, "updated", o->changed_ns);
    if (store->key == NULL && wants(&p, "md5Hash")) { /* Of the others only with their key. */
        digest(o, &p.value);
        put(&p, "md5Hash");
    }
    if (store->key != NULL && wants(&p, "customerEncryption") &&
        gcp_key_digest(store->key, &sha256)) {
        fc_text_printf(out,
                       "%s\"customerEncryption\":{\"encryptionAlgorithm\":\"AES256\","
                       "\"keySha256\":\"%s\"}",
                       out->data[out->len - 1] == '{' ? "" : ",", sha256.data);
    }
    fc_text_fini(&sha256);
    fc_text_puts(out, "}");
}

void gcp_object_headers(const struct gcp_store *store, const struct gcp_object *o,
                        struct fc_reply *reply)
{
    struct fc_text sum = {0};

    fc_reply_header(reply, "ETag", "CAE=");
    fc_reply_header(reply, "x-goog-generation", "%lld", (long long)(o->changed_ns / 1000));
    fc_reply_header(reply, "x-goog-metageneration", "1");
    fc_reply_header(reply, "x-goog-storage-class", "STANDARD");
    fc_reply_header(reply, "x-goog-stored-content-length", "%lld", (long long)o->size);
    if (store->key != NULL && gcp_key_digest(store->key, &sum)) {
        fc_reply_header(reply, "x-goog-encryption-algorithm", "AES256");
        fc_reply_header(reply, "x-goog-encryption-key-sha256", "%s", sum.data);
    }
    fc_text_fini(&sum);
}
