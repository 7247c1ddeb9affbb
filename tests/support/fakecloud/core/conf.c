#include "core/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

struct json_object *fc_conf_get(struct json_object *obj, const char *key)
{
    struct json_object *v = NULL;

    if (obj == NULL || !json_object_object_get_ex(obj, key, &v)) {
        return NULL;
    }
    return v;
}

int64_t fc_conf_int(struct json_object *obj, const char *where, const char *key, int64_t fallback)
{
    struct json_object *v = fc_conf_get(obj, key);

    if (v == NULL) {
        return fallback;
    }
    if (!json_object_is_type(v, json_type_int)) {
        fc_die("%s.%s: a whole number is wanted", where, key);
    }
    return json_object_get_int64(v);
}

double fc_conf_double(struct json_object *obj, const char *where, const char *key, double fallback)
{
    struct json_object *v = fc_conf_get(obj, key);

    if (v == NULL) {
        return fallback;
    }
    if (!json_object_is_type(v, json_type_int) && !json_object_is_type(v, json_type_double)) {
        fc_die("%s.%s: a number is wanted", where, key);
    }
    return json_object_get_double(v);
}

bool fc_conf_bool(struct json_object *obj, const char *where, const char *key, bool fallback)
{
    struct json_object *v = fc_conf_get(obj, key);

    if (v == NULL) {
        return fallback;
    }
    if (!json_object_is_type(v, json_type_boolean)) {
        fc_die("%s.%s: true or false is wanted", where, key);
    }
    return json_object_get_boolean(v) != 0;
}

const char *fc_conf_str(struct json_object *obj, const char *where, const char *key,
                        const char *fallback)
{
    struct json_object *v = fc_conf_get(obj, key);

    if (v == NULL) {
        return fallback;
    }
    if (!json_object_is_type(v, json_type_string)) {
        fc_die("%s.%s: a string is wanted", where, key);
    }
    return json_object_get_string(v);
}

void fc_conf_only(struct json_object *obj, const char *where, const char *const *keys)
{
    if (obj == NULL) {
        return;
    }
    if (!json_object_is_type(obj, json_type_object)) {
        fc_die("%s: an object is wanted", where);
    }
    json_object_object_foreach(obj, key, value)
    {
        const char *const *k = keys;

        (void)value;
        while (*k != NULL && strcmp(*k, key) != 0) {
            k++;
        }
        if (*k == NULL) {
            fc_die("%s: unknown key \"%s\"", where, key);
        }
    }
}

struct json_object *fc_conf_ensure(struct json_object *root, const char *dotted)
{
    struct json_object *at = root;

    while (*dotted != '\0') {
        size_t n = strcspn(dotted, ".");
        char *key = fc_strndup(dotted, n);
        struct json_object *next = fc_conf_get(at, key);

        if (next == NULL) {
            next = json_object_new_object();
            json_object_object_add(at, key, next);
        }
        free(key);
        at = next;
        dotted += n + (dotted[n] == '.');
    }
    return at;
}

struct json_object *fc_conf_load(const char *path)
{
    struct fc_text text = {0};
    char buf[4096];
    size_t n;
    enum json_tokener_error why;
    struct json_object *root;
    FILE *f = fopen(path, "rb");

    if (f == NULL) {
        fc_die("%s: %s", path, strerror(errno));
    }
    while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
        fc_text_add(&text, buf, n);
    }
    if (ferror(f)) {
        fc_die("%s: cannot be read", path);
    }
    fclose(f);
    root = json_tokener_parse_verbose(text.data != NULL ? text.data : "", &why);
    if (root == NULL) {
        fc_die("%s: %s", path, json_tokener_error_desc(why));
    }
    fc_text_fini(&text);
    return root;
}

size_t fc_conf_len(struct json_object *array, const char *where)
{
    if (array == NULL) {
        return 0;
    }
    if (!json_object_is_type(array, json_type_array)) {
        fc_die("%s: an array is wanted", where);
    }
    return json_object_array_length(array);
}
