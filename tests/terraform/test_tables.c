/* Tables that must agree with each other. */
#include "base/file.h"
#include "base/yaml.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct wgo_arena arena;

static struct wgo_yaml *load(const char *name)
{
    const char *source = getenv("WGO_SOURCE_DIR");
    char path[2048];
    struct wgo_buf text = {0};
    struct wgo_yaml *root = NULL;
    struct wgo_error err = {0};
    snprintf(path, sizeof(path), "%s/%s", source ? source : ".", name);
    if (wgo_file_read(path, 1 << 20, &text, &err) != WGO_OK) {
        cr_skip_test("SKIPPED: %s", err.message);
    }
    cr_assert_eq(wgo_yaml_parse(&arena, name, wgo_buf_view(&text), 100000, &root, &err), WGO_OK,
                 "%s", err.message);
    wgo_buf_fini(&text);
    return root;
}

/* The id's template of 'type', or an empty string. */
static struct wgo_str identity_of(const struct wgo_yaml *identities, struct wgo_str type)
{
    for (const struct wgo_yaml *at = identities->first; at; at = at->next) {
        const struct wgo_yaml *each = wgo_yaml_get(at, "types")->first;
        for (; each; each = each->next) {
            if (wgo_str_eq(each->text, type)) {
                return wgo_yaml_text(at, "id");
            }
        }
    }
    return WGO_STR("");
}

Test(tables, live_ids_are_those_of_the_kubernetes_catalog)
{
    const struct wgo_yaml *identities = load("collectors/terraform/identities.yaml");
    const struct wgo_yaml *kinds = wgo_yaml_get(load("collectors/k8s/catalog/types.yaml"), "types");
    unsigned common = 0;
    cr_assert_not_null(kinds);
    for (const struct wgo_yaml *at = kinds->first; at; at = at->next) {
        struct wgo_str type = wgo_yaml_text(at, "type"), native = wgo_yaml_text(at, "native");
        struct wgo_str id = type.len ? identity_of(identities, type) : WGO_STR("");
        if (id.len) {
            struct wgo_str want = wgo_str_format(&arena, "k8s://{cluster}/%.*s/", WGO_FMT(native));
            cr_expect(wgo_str_starts(id, want), "%.*s: %.*s", WGO_FMT(type), WGO_FMT(id));
            common++;
        }
    }
    cr_expect_gt(common, 25);
}

Test(tables, every_template_is_well_formed_and_every_type_is_there_once)
{
    const struct wgo_yaml *identities = load("collectors/terraform/identities.yaml");
    unsigned count = 0;
    for (const struct wgo_yaml *at = identities->first; at; at = at->next) {
        struct wgo_str id = wgo_yaml_text(at, "id");
        int open = 0;
        for (size_t i = 0; i < id.len; i++) {
            open += (id.ptr[i] == '{') - (id.ptr[i] == '}');
            cr_assert(open == 0 || open == 1, "%.*s", WGO_FMT(id));
        }
        cr_expect_eq(open, 0);
        for (const struct wgo_yaml *a = wgo_yaml_get(at, "types")->first; a; a = a->next) {
            unsigned same = 0;
            for (const struct wgo_yaml *b = identities->first; b; b = b->next) {
                const struct wgo_yaml *each = wgo_yaml_get(b, "types")->first;
                for (; each; each = each->next) {
                    same += wgo_str_eq(each->text, a->text);
                }
            }
            cr_expect_eq(same, 1, "%.*s", WGO_FMT(a->text));
            count++;
        }
    }
    cr_expect_gt(count, 50);
}
