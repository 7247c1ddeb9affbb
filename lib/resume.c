#include "lib/resume.h"

#include "base/digest.h"

#include <stdio.h>
#include <xxhash.h>

static void add_number(struct wgo_digest *digest, uint64_t number)
{
    wgo_digest_add(digest, wgo_str_from((const char *)&number, sizeof(number)));
}

static void add_list(struct wgo_digest *digest, const struct wgo_str_list *list)
{
    add_number(digest, list->count);
    for (size_t i = 0; i < list->count; i++) {
        wgo_digest_add(digest, list->items[i]);
    }
}

static void add_provider(struct wgo_digest *digest, const struct wgo_scan_provider *provider)
{
    const struct wgo_provider_options *o = &provider->options;
    wgo_digest_add(digest, wgo_str(provider->type->name));
    wgo_digest_add(digest, wgo_str(provider->label ? provider->label : ""));
    for (size_t i = 0; i < provider->type->catalog_count; i++) {
        wgo_embedded_digest(&provider->type->catalogs[i], digest);
    }
#define ADD_TEXT(member) add_list(digest, &o->member);
#define ADD_FILE(member) ADD_TEXT(member)
#define ADD_FOLDER(member) ADD_TEXT(member)
#define ADD_PATTERN(member) ADD_TEXT(member)
#define ADD_NUMBER(member) ADD_TEXT(member)
#define ADD_CHOICE(member) ADD_TEXT(member)
#define ADD_SWITCH(member) add_number(digest, o->member);
#define WGO_SCOPED(id, name, kind, member, argument, help) ADD_##kind(member)
#include "lib/scoped.def"
#undef WGO_SCOPED
    wgo_yaml_digest(o->settings, digest);
}

/* ---- surroundings ---- */

static const char *const PREFIXES[] = {"AWS_",     "GOOGLE_", "CLOUDSDK_",  "GCE_",
                                       "AZURE_",   "ARM_",    "TF_",        "KUBE",
                                       "WGO_GCP_", "PG",      "WGO_AZURE_", "WGO_POWERBI_"};
/* What is renewed, or says how and not what. */
static const char *const PASSING[] = {"TOKEN",  "SECRET", "ACCESS_KEY", "PASSWORD",
                                      "EXPIRA", "DEBUG",  "STATE_DIR"};

static bool matters(struct wgo_str name)
{
    bool known = false;
    for (size_t i = 0; i < WGO_COUNT(PREFIXES); i++) {
        known = known || wgo_str_starts(name, wgo_str(PREFIXES[i]));
    }
    for (size_t i = 0; i < WGO_COUNT(PASSING) && known; i++) {
        known = wgo_str_find(name, wgo_str(PASSING[i])) == name.len;
    }
    return known;
}

/* The order of the variables is nobody's business: their digests are added up. */
static void add_environment(struct wgo_digest *digest, const char *const *environment)
{
    uint64_t sum = 0;
    for (size_t i = 0; environment && environment[i]; i++) {
        struct wgo_str variable = wgo_str(environment[i]);
        if (matters(wgo_str_slice(variable, 0, wgo_str_find_char(variable, '=')))) {
            sum += XXH3_64bits(variable.ptr, variable.len);
        }
    }
    add_number(digest, sum);
}

static void add_surroundings(struct wgo_digest *digest, const struct wgo_scan_options *scan,
                             const char *const *environment)
{
    if (scan->provider_count > 0) {
        wgo_yaml_digest(scan->providers[0].options.configuration, digest);
    }
    for (size_t i = 0; i < scan->catalog_override_count; i++) {
        wgo_embedded_digest(&scan->catalog_overrides[i], digest);
    }
    add_environment(digest, environment);
}

void wgo_scan_kind(const struct wgo_scan_options *scan, const char *const *environment,
                   char out[WGO_SCAN_KIND])
{
    struct wgo_digest digest = {0};
    wgo_digest_add(&digest, WGO_STR(WGO_VERSION));
    for (size_t i = 0; i < scan->provider_count; i++) {
        add_provider(&digest, &scan->providers[i]);
    }
    add_surroundings(&digest, scan, environment);
    /* Digests of two keys say nothing of each other. */
    wgo_digest_add(&digest, wgo_str(scan->redactor ? scan->redactor->key_id : ""));
    wgo_digest_text(&digest, out);
}

uint64_t wgo_provider_kind(const struct wgo_scan_options *scan, size_t index,
                           const char *const *environment)
{
    struct wgo_digest digest = {0};
    wgo_digest_add(&digest, WGO_STR(WGO_VERSION));
    add_provider(&digest, &scan->providers[index]);
    add_surroundings(&digest, scan, environment);
    return wgo_digest_fold(&digest);
}
