#include "gcp/buckets.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/conf.h"
#include "core/file.h"
#include "gcp/changes.h"

#define DEEPEST 16

/* ---- the store ---- */

void gcp_buckets_check(struct json_object *buckets)
{
    static const char *const keys[] = {"dir", "encryption_key", "page_size", NULL};

    if (buckets == NULL) {
        return;
    }
    json_object_object_foreach(buckets, name, bucket)
    {
        struct fc_text digest = {0};
        const char *key;

        (void)name;
        if (json_object_is_type(bucket, json_type_string)) {
            continue;
        }
        fc_conf_only(bucket, "gcp.buckets", keys);
        key = fc_conf_str(bucket, "gcp.buckets", "encryption_key", NULL);
        if (fc_conf_str(bucket, "gcp.buckets", "dir", NULL) == NULL ||
            (key != NULL && !gcp_key_digest(key, &digest))) {
            fc_die("gcp.buckets: a bucket is a folder, its encryption_key 32 bytes in base64");
        }
        fc_text_fini(&digest);
    }
}

static void add_object(struct gcp_store *store, const char *path, const char *name,
                       const struct stat *st)
{
    store->objects = fc_grow(store->objects, (store->count + 1) * sizeof(*store->objects));
    store->objects[store->count++] = (struct gcp_object){
        .name = fc_strdup(name),
        .path = fc_strdup(path),
        .size = (int64_t)st->st_size,
        .changed_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec,
    };
}

/* Every file below 'folder', by its path from where names begin. */
static void read_folder(struct gcp_store *store, const char *folder, const char *name,
                        unsigned depth)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        struct fc_text path = {0}, inner = {0};
        struct stat st;

        fc_text_printf(&path, "%s/%s", folder, entry->d_name);
        fc_text_printf(&inner, "%s%s%s", name, name[0] != '\0' ? "/" : "", entry->d_name);
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            stat(path.data, &st) != 0) {
            st.st_mode = 0;
        }
        if (S_ISREG(st.st_mode)) {
            add_object(store, path.data, inner.data, &st);
        } else if (S_ISDIR(st.st_mode) && depth < DEEPEST) {
            read_folder(store, path.data, inner.data, depth + 1);
        }
        fc_text_fini(&path);
        fc_text_fini(&inner);
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct gcp_object *)a)->name, ((const struct gcp_object *)b)->name);
}

static void store_fini(struct gcp_store *store)
{
    size_t i;

    for (i = 0; i < store->count; i++) {
        free(store->objects[i].name);
        free(store->objects[i].path);
    }
    free(store->objects);
}

/* False: there is no such bucket. */
static bool open_store(struct gcp_call *call, struct gcp_store *store)
{
    struct json_object *buckets = fc_conf_get(call->world->conf, "buckets");
    struct fc_str want = gcp_call_arg(call, "bucket");
    const char *folder = NULL;
    size_t i;

    *store = (struct gcp_store){.bucket = NULL};
    if (buckets != NULL) {
        json_object_object_foreach(buckets, name, bucket)
        {
            if (fc_str_eq(want, name)) {
                bool plain = json_object_is_type(bucket, json_type_string);

                store->bucket = name;
                folder = plain ? json_object_get_string(bucket)
                               : fc_conf_str(bucket, "gcp.buckets", "dir", NULL);
                store->key =
                    plain ? NULL : fc_conf_str(bucket, "gcp.buckets", "encryption_key", NULL);
                call->page_limit =
                    plain ? 0 : (uint64_t)fc_conf_int(bucket, "gcp.buckets", "page_size", 0);
            }
        }
    }
    if (store->bucket != NULL) {
        read_folder(store, folder, "", 0);
        if (store->count > 0) {
            qsort(store->objects, store->count, sizeof(*store->objects), by_name);
        }
        return true;
    }
    for (i = 0; i < call->catalog->type_count; i++) { /* One that the project has. */
        const struct gcp_type *t = call->catalog->types[i];
        struct fc_obj obj;

        if (strcmp(t->type->name, "storage.bucket") == 0 &&
            fc_obj_find(&call->scene, t->type, want, &obj)) {
            return !gcp_gone(call->project, t, obj.index);
        }
    }
    return false;
}

static struct gcp_trouble no_bucket(void)
{
    return (struct gcp_trouble){.problem = GCP_MISSING,
                                .message = "The specified bucket does not exist."};
}

/* ---- a list ---- */

/* What a list tells of: an object, or what several begin with up to the delimiter. */
struct entry {
    struct fc_str name;
    const struct gcp_object *object; /* NULL: a prefix. */
};

static size_t select_entries(const struct gcp_store *store, const struct fc_request *rq,
                             struct entry *entries)
{
    struct fc_str prefix = fc_request_param(rq, "prefix");
    struct fc_str delimiter = fc_request_param(rq, "delimiter");
    size_t i, n = 0;

    for (i = 0; i < store->count; i++) {
        struct fc_str name = fc_str_of(store->objects[i].name);
        const char *end;

        if (name.n < prefix.n || memcmp(name.p, prefix.p != NULL ? prefix.p : "", prefix.n) != 0) {
            continue;
        }
        end = delimiter.n > 0
                  ? memmem(name.p + prefix.n, name.n - prefix.n, delimiter.p, delimiter.n)
                  : NULL;
        if (end == NULL) {
            entries[n++] = (struct entry){name, &store->objects[i]};
            continue;
        }
        name.n = (size_t)(end - name.p) + delimiter.n;
        if (n == 0 || entries[n - 1].object != NULL || entries[n - 1].name.n != name.n ||
            memcmp(entries[n - 1].name.p, name.p, name.n) != 0) {
            entries[n++] = (struct entry){name, NULL};
        }
    }
    return n;
}

static void put_entries(const struct gcp_store *store, struct fc_str fields,
                        const struct entry *entries, const struct gcp_page *page, bool objects,
                        struct fc_text *out)
{
    const char *member = objects ? "items" : "prefixes";
    size_t n = 0;
    uint64_t i;

    for (i = page->start; i < page->end && gcp_fields_select(fields, member, NULL); i++) {
        if ((entries[i].object != NULL) != objects) {
            continue;
        }
        fc_text_printf(out, n++ == 0 ? ",\"%s\":[" : ",", member);
        if (objects) {
            gcp_object_print(store, entries[i].object, fields, true, out);
        } else {
            fc_text_json(out, entries[i].name);
        }
    }
    fc_text_puts(out, n > 0 ? "]" : "");
}

struct gcp_trouble gcp_objects(struct gcp_call *call, const struct fc_request *rq,
                               struct fc_text *out)
{
    struct fc_str fields = fc_request_param(rq, "fields");
    struct fc_str stranger = gcp_fields_stranger(fields);
    struct gcp_store store;
    struct gcp_trouble t;
    struct gcp_page page;
    struct entry *entries;
    size_t n;

    if (!open_store(call, &store)) {
        return no_bucket();
    }
    if (stranger.p != NULL) {
        snprintf(call->message, sizeof(call->message), "Invalid field selection %.*s",
                 (int)(stranger.n < 60 ? stranger.n : 60), stranger.p);
        store_fini(&store);
        return (struct gcp_trouble){
            .problem = GCP_BAD_PARAMETER, .code = "invalidParameter", .message = call->message};
    }
    entries = fc_alloc((store.count + 1) * sizeof(*entries));
    n = select_entries(&store, rq, entries);
    t = gcp_page_cut(call, rq, n, &page);
    if (t.problem == GCP_OK) {
        if (gcp_fields_select(fields, "kind", NULL)) {
            fc_text_puts(out, ",\"kind\":\"storage#objects\"");
        }
        put_entries(&store, fields, entries, &page, false, out);
        put_entries(&store, fields, entries, &page, true, out);
        if (!gcp_fields_select(fields, "nextPageToken", NULL)) {
            fc_text_fini(&page.token);
        }
        gcp_page_finish(&page, out);
        if (out->len > 0) {
            out->data[0] = '{';
        }
        fc_text_puts(out, out->len > 0 ? "}\n" : "{}\n");
    }
    free(entries);
    store_fini(&store);
    return t;
}

/* ---- an object ---- */

static const struct gcp_object *find_object(const struct gcp_store *store, struct fc_str name)
{
    size_t i;

    for (i = 0; i < store->count; i++) {
        if (fc_str_eq(name, store->objects[i].name)) {
            return &store->objects[i];
        }
    }
    return NULL;
}

struct gcp_trouble gcp_object(struct gcp_call *call, const struct fc_request *rq, bool media,
                              struct fc_reply *reply)
{
    struct gcp_trouble t = {.problem = GCP_OK};
    struct fc_str name = gcp_call_arg(call, "object"), bucket = gcp_call_arg(call, "bucket");
    struct fc_text out = {0};
    struct fc_source body;
    struct gcp_store store;
    const struct gcp_object *o;
    int64_t length;

    if (!open_store(call, &store)) {
        return no_bucket();
    }
    o = find_object(&store, name);
    if (o != NULL && media) {
        t = gcp_object_unlock(&store, rq);
    }
    if (o == NULL || (t.problem == GCP_OK && media && !fc_file_source(o->path, &body, &length))) {
        snprintf(call->message, sizeof(call->message), "No such object: %.*s/%.*s", (int)bucket.n,
                 bucket.p, (int)(name.n < 300 ? name.n : 300), name.p);
        t = (struct gcp_trouble){.problem = GCP_MISSING, .message = call->message};
    } else if (t.problem == GCP_OK && media) {
        fc_reply_source(reply, 200, "application/json", body, length);
        gcp_object_headers(&store, o, reply);
    } else if (t.problem == GCP_OK) {
        gcp_object_print(&store, o, fc_request_param(rq, "fields"), false, &out);
        fc_text_puts(&out, "\n");
        fc_reply_text(reply, 200, "application/json; charset=UTF-8", &out);
    }
    store_fini(&store);
    return t;
}
