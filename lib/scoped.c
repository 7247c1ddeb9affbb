#include "lib/scoped.h"

#include <stddef.h>
#include <stdio.h>

static const struct wgo_scoped_option table[WGO_SCOPED_COUNT] = {
#define WGO_SCOPED(id, name_, kind_, member, argument_, help_)                                     \
    [WGO_SCOPED_##id] = {.name = (name_),                                                          \
                         .key = #member,                                                           \
                         .argument = (argument_),                                                  \
                         .help = (help_),                                                          \
                         .kind = WGO_SCOPED_IS_##kind_},
#include "lib/scoped.def"
#undef WGO_SCOPED
};

static const size_t member_at[WGO_SCOPED_COUNT] = {
#define WGO_SCOPED(id, name, kind, member, argument, help)                                         \
    [WGO_SCOPED_##id] = offsetof(struct wgo_provider_options, member),
#include "lib/scoped.def"
#undef WGO_SCOPED
};

const struct wgo_scoped_option *wgo_scoped_option(enum wgo_scoped id)
{
    return &table[id];
}

const char *const *wgo_scoped_choices(enum wgo_scoped id)
{
    static const char *const gcp_sources[] = {"auto", "asset", "native", NULL};
    static const char *const azure_sources[] = {"auto", "graph", "arm", NULL};
    static const char *const *const choices[WGO_SCOPED_COUNT] = {
        [WGO_SCOPED_GCP_SOURCE] = gcp_sources,
        [WGO_SCOPED_AZURE_SOURCE] = azure_sources,
    };
    return choices[id];
}

enum wgo_status wgo_choice_find(const char *const *choices, struct wgo_str text,
                                unsigned *out_index, struct wgo_error *err)
{
    char words[128] = "";
    size_t len = 0;
    for (unsigned i = 0; choices[i]; i++) {
        if (wgo_str_is(text, choices[i])) {
            *out_index = i;
            return WGO_OK;
        }
        const char *between = i == 0 ? "" : choices[i + 1] ? ", " : " or ";
        int more = snprintf(words + len, sizeof(words) - len, "%s%s", between, choices[i]);
        len += more > 0 && (size_t)more < sizeof(words) - len ? (size_t)more : 0;
    }
    return wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is not one of %s", WGO_FMT(text), words);
}

enum wgo_status wgo_scoped_number_check(enum wgo_scoped id, struct wgo_str text,
                                        struct wgo_error *err)
{
    struct wgo_str member = wgo_str(table[id].key), digits = text;
    bool long_form =
        wgo_str_starts(text, member) && text.len > member.len && text.ptr[member.len] == '/';
    if (long_form) {
        digits = wgo_str_slice(text, member.len + 1, text.len);
    }
    uint64_t number;
    if (digits.len > 0 && wgo_str_to_u64(digits, &number)) {
        return WGO_OK;
    }
    enum wgo_status status = wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is not a number", WGO_FMT(text));
    wgo_error_hint(err, "for example 123456789012 or %s/123456789012, not the name that is shown",
                   table[id].key);
    return status;
}

static bool same_name(struct wgo_str given, struct wgo_str name)
{
    if (given.len != name.len) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        char c = given.ptr[i] == '_' ? '-' : given.ptr[i];
        if (c != name.ptr[i]) {
            return false;
        }
    }
    return true;
}

bool wgo_scoped_find(struct wgo_str name, enum wgo_scoped *out)
{
    for (size_t i = 0; i < WGO_SCOPED_COUNT; i++) {
        if (same_name(name, wgo_str(table[i].name)) || wgo_str_is(name, table[i].key)) {
            *out = (enum wgo_scoped)i;
            return true;
        }
    }
    return false;
}

/* Lists have room for the next power of two: a full one is moved to a place twice as large. */
static bool append(struct wgo_arena *arena, struct wgo_str_list *list, struct wgo_str value)
{
    bool full = (list->count & (list->count - 1)) == 0;
    struct wgo_str *items = (struct wgo_str *)list->items;
    if (full) {
        items = WGO_NEW_ARRAY(arena, struct wgo_str, list->count ? list->count * 2 : 1);
        if (!items) {
            return false;
        }
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
    }
    items[list->count] = value;
    *list = (struct wgo_str_list){.items = items, .count = list->count + 1};
    return true;
}

enum wgo_status wgo_scoped_add(struct wgo_arena *arena, struct wgo_provider_options *options,
                               enum wgo_scoped id, struct wgo_str value, struct wgo_error *err)
{
    void *member = (char *)options + member_at[id];
    if (table[id].kind == WGO_SCOPED_IS_SWITCH) {
        bool on = true;
        if (value.len > 0 && !wgo_str_to_bool(value, &on)) {
            return wgo_fail(err, WGO_E_USAGE, "%s: \"%.*s\" is neither true nor false",
                            table[id].name, WGO_FMT(value));
        }
        *(bool *)member = on;
        return WGO_OK;
    }
    if (value.len == 0) {
        return wgo_fail(err, WGO_E_USAGE, "%s: an empty value", table[id].name);
    }
    if (table[id].kind == WGO_SCOPED_IS_CHOICE) {
        unsigned index;
        enum wgo_status status = wgo_choice_find(wgo_scoped_choices(id), value, &index, err);
        if (status != WGO_OK) {
            wgo_error_prefix(err, "%s", table[id].name);
            return status;
        }
    }
    if (table[id].kind == WGO_SCOPED_IS_NUMBER) {
        enum wgo_status status = wgo_scoped_number_check(id, value, err);
        if (status != WGO_OK) {
            wgo_error_prefix(err, "%s", table[id].name);
            return status;
        }
    }
    const char *copy = wgo_str_cstr(arena, value);
    if (!copy || !append(arena, member, wgo_str_from(copy, value.len))) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    return WGO_OK;
}
