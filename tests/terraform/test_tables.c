/* Tables that must agree with each other. */
#include "base/file.h"
#include "base/yaml.h"

#include <criterion/criterion.h>
#include <dirent.h>
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

static void check_template(struct wgo_str id)
{
    int open = 0;
    for (size_t i = 0; i < id.len; i++) {
        open += (id.ptr[i] == '{') - (id.ptr[i] == '}');
        cr_assert(open == 0 || open == 1, "%.*s", WGO_FMT(id));
    }
    cr_expect_eq(open, 0);
}

Test(tables, every_template_is_well_formed_and_every_type_is_there_once)
{
    const struct wgo_yaml *identities = load("collectors/terraform/identities.yaml");
    unsigned count = 0;
    for (const struct wgo_yaml *at = identities->first; at; at = at->next) {
        check_template(wgo_yaml_text(at, "id"));
        check_template(wgo_yaml_text(at, "or"));
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
    cr_expect_gt(count, 600);
}

/* ---- AWS and Azure ---- */

/* What a catalog says of one type: several entries may give it. */
struct collected {
    struct wgo_str type, id;
    struct collected *next;
};

static struct collected *collected;

static void collect_type(struct wgo_str type, struct wgo_str id)
{
    struct collected *made = WGO_NEW(&arena, struct collected);
    if (wgo_str_starts(type, WGO_STR("aws_")) || wgo_str_starts(type, WGO_STR("azurerm_"))) {
        *made = (struct collected){type, id, collected};
        collected = made;
    }
}

static void collect_each(const struct wgo_yaml *entry, const struct wgo_yaml *types)
{
    for (const struct wgo_yaml *each = types ? types->first : NULL; each; each = each->next) {
        collect_type(each->text, wgo_yaml_text(entry, "id"));
    }
}

static void collect_catalogs(const char *collector)
{
    const char *source = getenv("WGO_SOURCE_DIR");
    char path[2048], name[2300];
    snprintf(path, sizeof(path), "%s/collectors/%s/catalog", source ? source : ".", collector);
    DIR *folder = opendir(path);
    if (!folder) {
        cr_skip_test("SKIPPED: there is no %s", path);
    }
    for (const struct dirent *file; (file = readdir(folder));) {
        snprintf(name, sizeof(name), "collectors/%s/catalog/%s", collector, file->d_name);
        if (!wgo_str_ends(wgo_str(file->d_name), WGO_STR(".yaml"))) {
            continue;
        }
        const struct wgo_yaml *entries = wgo_yaml_get(load(name), "entries");
        for (const struct wgo_yaml *at = entries ? entries->first : NULL; at; at = at->next) {
            collect_type(wgo_yaml_text(at, "type"), wgo_yaml_text(at, "id"));
            collect_each(at, wgo_yaml_get(at, "terraform"));
            collect_each(at, wgo_yaml_get(wgo_yaml_get(at, "types"), "are"));
        }
    }
    closedir(folder);
}

/* The entry of identities.yaml that names 'type', or NULL. */
static const struct wgo_yaml *entry_of(const struct wgo_yaml *identities, struct wgo_str type)
{
    for (const struct wgo_yaml *at = identities->first; at; at = at->next) {
        const struct wgo_yaml *each = wgo_yaml_get(at, "types")->first;
        for (; each; each = each->next) {
            if (wgo_str_eq(each->text, type)) {
                return at;
            }
        }
    }
    return NULL;
}

/* Every type that is collected has an entry; how many have an id and how many a reason. */
static void check_collected(const struct wgo_yaml *identities, unsigned *live, unsigned *none)
{
    for (const struct collected *at = collected; at; at = at->next) {
        const struct wgo_yaml *entry = entry_of(identities, at->type);
        cr_expect_not_null(entry, "%.*s is collected; identities.yaml does not know it",
                           WGO_FMT(at->type));
        *live += wgo_yaml_text(entry, "id").len > 0;
        *none += wgo_yaml_text(entry, "none").len > 0;
    }
}

Test(tables, every_aws_type_of_the_catalogs_has_an_identity_or_a_reason)
{
    unsigned live = 0, none = 0;
    collect_catalogs("aws");
    check_collected(load("collectors/terraform/identities.yaml"), &live, &none);
    cr_expect_gt(live, 400);
    cr_expect_gt(none, 10);
}

Test(tables, every_azure_type_of_the_catalogs_has_an_identity_or_a_reason)
{
    unsigned live = 0, none = 0;
    collect_catalogs("azure");
    check_collected(load("collectors/terraform/identities.yaml"), &live, &none);
    cr_expect_gt(live, 600);
    cr_expect_gt(none, 1);
}

/* Every type of the table that begins with 'prefix' is collected; their number. */
static unsigned check_identities(const struct wgo_yaml *identities, struct wgo_str prefix)
{
    unsigned count = 0;
    for (const struct wgo_yaml *entry = identities->first; entry; entry = entry->next) {
        const struct wgo_yaml *each = wgo_yaml_get(entry, "types")->first;
        for (; each; each = each->next) {
            const struct collected *at = collected;
            while (at && !wgo_str_eq(at->type, each->text)) {
                at = at->next;
            }
            bool is = wgo_str_starts(each->text, prefix);
            cr_expect(!is || at, "%.*s is not collected", WGO_FMT(each->text));
            count += is;
        }
    }
    return count;
}

Test(tables, every_aws_identity_is_of_a_type_that_is_collected)
{
    collect_catalogs("aws");
    unsigned count =
        check_identities(load("collectors/terraform/identities.yaml"), WGO_STR("aws_"));
    cr_expect_gt(count, 500);
}

/* Subscriptions and management groups are the collector's own. */
Test(tables, every_azure_identity_is_of_a_type_that_is_collected)
{
    collect_catalogs("azure");
    collect_type(WGO_STR("azurerm_subscription"), WGO_STR("{item.id:lower}"));
    collect_type(WGO_STR("azurerm_management_group"), WGO_STR("{item.id:lower}"));
    unsigned count =
        check_identities(load("collectors/terraform/identities.yaml"), WGO_STR("azurerm_"));
    cr_expect_gt(count, 600);
}

/* Azure's ids are compared in lower case: no part of one may bring another. */
Test(tables, azure_ids_are_in_lower_case)
{
    const struct wgo_yaml *identities = load("collectors/terraform/identities.yaml");
    unsigned count = 0;
    for (const struct wgo_yaml *entry = identities->first; entry; entry = entry->next) {
        struct wgo_str type = wgo_yaml_get(entry, "types")->first->text;
        struct wgo_str id = wgo_yaml_text(entry, "id");
        for (size_t i = 0, inside = 0; wgo_str_starts(type, WGO_STR("azurerm_")) && i < id.len;
             i++) {
            inside += id.ptr[i] == '{';
            cr_expect(inside || id.ptr[i] < 'A' || id.ptr[i] > 'Z', "%.*s", WGO_FMT(id));
            if (id.ptr[i] == '}') {
                struct wgo_str before = wgo_str_slice(id, 0, i);
                cr_expect(wgo_str_ends(before, WGO_STR("|lower")), "%.*s", WGO_FMT(id));
                inside = 0;
                count++;
            }
        }
    }
    cr_expect_gt(count, 10);
    collect_catalogs("azure");
    for (const struct collected *at = collected; at; at = at->next) {
        cr_expect(!at->id.len || wgo_str_is(at->id, "{item.id:lower}"), "%.*s: %.*s",
                  WGO_FMT(at->type), WGO_FMT(at->id));
    }
}

/* A template with '*' for each variable. */
static struct wgo_str skeleton(struct wgo_str template)
{
    struct wgo_buf out = {0};
    for (size_t i = 0; i < template.len; i++) {
        if (template.ptr[i] == '{') {
            i += wgo_str_find_char(wgo_str_slice(template, i, template.len), '}');
            wgo_buf_char(&out, '*');
        } else {
            wgo_buf_char(&out, template.ptr[i]);
        }
    }
    struct wgo_str made = wgo_str_dup(&arena, wgo_buf_view(&out));
    wgo_buf_fini(&out);
    return made;
}

static bool is_built_like(struct wgo_str type, struct wgo_str template)
{
    for (const struct collected *at = collected; at; at = at->next) {
        if (wgo_str_eq(at->type, type) && wgo_str_glob(skeleton(at->id), skeleton(template))) {
            return true;
        }
    }
    return false;
}

Test(tables, aws_ids_that_are_built_have_the_shape_of_the_catalog_s)
{
    static const char *const keys[] = {"id", "or"};
    const struct wgo_yaml *identities = load("collectors/terraform/identities.yaml");
    unsigned count = 0;
    collect_catalogs("aws");
    for (const struct wgo_yaml *entry = identities->first; entry; entry = entry->next) {
        const struct wgo_yaml *each = wgo_yaml_get(entry, "types")->first;
        for (; each; each = each->next) {
            for (size_t i = 0; i < WGO_COUNT(keys); i++) {
                struct wgo_str template = wgo_yaml_text(entry, keys[i]);
                /* An ARN that AWS itself has made has no shape to compare. */
                if (wgo_str_starts(each->text, WGO_STR("aws_")) && template.len &&
                    !wgo_str_is(skeleton(template), "*")) {
                    cr_expect(is_built_like(each->text, template), "%.*s: %.*s",
                              WGO_FMT(each->text), WGO_FMT(template));
                    count++;
                }
            }
        }
    }
    cr_expect_gt(count, 100);
}
