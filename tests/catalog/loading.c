#include "loading.h"

#include <criterion/criterion.h>

enum { MOST = 8 };

static struct wgo_error error;

static enum wgo_status load(const char *const *texts, struct wgo_catalog **out)
{
    static const char *const names[MOST] = {"0.yaml", "1.yaml", "2.yaml", "3.yaml",
                                            "4.yaml", "5.yaml", "6.yaml", "7.yaml"};
    struct wgo_embedded_file files[MOST];
    size_t count = 0;
    for (; texts[count]; count++) {
        cr_assert_lt(count, MOST);
        files[count] = (struct wgo_embedded_file){
            .name = names[count], .bytes = texts[count], .len = strlen(texts[count])};
    }
    *out = NULL;
    error = (struct wgo_error){0};
    return wgo_catalog_load(files, count, NULL, 0, out, &error);
}

struct wgo_catalog *load_files(const char *const *texts)
{
    struct wgo_catalog *catalog;
    cr_assert_eq(load(texts, &catalog), WGO_OK, "%s", error.message);
    return catalog;
}

struct wgo_catalog *load_text(const char *text)
{
    const char *const texts[] = {text, NULL};
    return load_files(texts);
}

const char *refusal_of(const char *const *texts)
{
    struct wgo_catalog *catalog;
    enum wgo_status status = load(texts, &catalog);
    cr_assert_eq(status, WGO_E_CONFIG, "taken, or %s: %s", wgo_status_name(status), texts[0]);
    cr_assert_eq(error.status, status);
    cr_assert_null(catalog);
    return error.message;
}

const char *refusal(const char *text)
{
    const char *const texts[] = {text, NULL};
    return refusal_of(texts);
}

const struct wgo_entry *entry_of(const struct wgo_catalog *catalog, const char *name)
{
    const struct wgo_entry *entry = wgo_catalog_find(catalog, wgo_str(name));
    cr_assert_not_null(entry, "no entry %s", name);
    return entry;
}

bool is_source(const struct wgo_template *text, const char *want)
{
    return wgo_str_is(text->source, want);
}
