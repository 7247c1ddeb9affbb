/* option_values.c: is this a value that the option can have? */
#include "cli/options.h"

#include "lib/providers.h"

#include <stdio.h>

/* What could have been said. */
static const char *good_value(const struct wgo_option *option)
{
    return option->fallback ? option->fallback : option->sample;
}

static enum wgo_status check_switch(struct wgo_option_value *value, struct wgo_error *err)
{
    value->on = true;
    if (value->text.len > 0 && !wgo_str_to_bool(value->text, &value->on)) {
        enum wgo_status status =
            wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is neither true nor false", WGO_FMT(value->text));
        return status;
    }
    return WGO_OK;
}

static enum wgo_status check_count(const struct wgo_option *option, struct wgo_option_value *value,
                                   struct wgo_error *err)
{
    if (!wgo_str_to_u64(value->text, &value->number) || value->number < option->least ||
        value->number > option->most) {
        wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is not a number from %llu to %llu",
                 WGO_FMT(value->text), (unsigned long long)option->least,
                 (unsigned long long)option->most);
        wgo_error_hint(err, "for example --%s %s", option->name, good_value(option));
        return WGO_E_USAGE;
    }
    return WGO_OK;
}

static enum wgo_status check_duration(const struct wgo_option *option,
                                      struct wgo_option_value *value, struct wgo_error *err)
{
    if (!wgo_str_to_duration(value->text, &value->ns)) {
        wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is not a duration", WGO_FMT(value->text));
        wgo_error_hint(err, "durations look like 250ms, 30s, 5m or 1h30m: --%s %s", option->name,
                       good_value(option));
        return WGO_E_USAGE;
    }
    return WGO_OK;
}

static enum wgo_status check_size(const struct wgo_option *option, struct wgo_option_value *value,
                                  struct wgo_error *err)
{
    if (!wgo_str_to_size(value->text, &value->number)) {
        wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is not a size", WGO_FMT(value->text));
        wgo_error_hint(err, "sizes look like 512K, 96M or 2G: --%s %s", option->name,
                       good_value(option));
        return WGO_E_USAGE;
    }
    if (value->number < option->least || value->number > option->most) {
        wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is %s", WGO_FMT(value->text),
                 value->number < option->least ? "too little" : "too much");
        wgo_error_hint(err, "from %lluM to %lluT: --%s %s",
                       (unsigned long long)(option->least >> 20),
                       (unsigned long long)(option->most >> 40), option->name, good_value(option));
        return WGO_E_USAGE;
    }
    return WGO_OK;
}

static enum wgo_status check_choice(const struct wgo_option *option, struct wgo_option_value *value,
                                    struct wgo_error *err)
{
    return wgo_choice_find(wgo_option_choices(option), value->text, &value->choice, err);
}

/* A form where other programs want one would make a file of that name. */
static enum wgo_status check_file(const struct wgo_option *option, struct wgo_str name,
                                  struct wgo_error *err)
{
    for (size_t i = 0; option->misread && option->misread[i]; i++) {
        if (wgo_str_eq_nocase(name, wgo_str(option->misread[i]))) {
            wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is a form, not a file", WGO_FMT(name));
            wgo_error_hint(err,
                           "it names a file: write ./%.*s for one of that name, - for standard "
                           "output; the form is what --format says",
                           WGO_FMT(name));
            return WGO_E_USAGE;
        }
    }
    return WGO_OK;
}

static enum wgo_status check_provider(struct wgo_str name, const struct wgo_providers *known,
                                      struct wgo_error *err)
{
    if (!known || wgo_providers_find(known, name)) {
        return WGO_OK;
    }
    wgo_fail(err, WGO_E_USAGE, "there is no provider \"%.*s\"", WGO_FMT(name));
    const char *nearest = wgo_providers_nearest(known, name);
    if (nearest) {
        wgo_error_hint(err, "did you mean %s?", nearest);
    } else {
        wgo_error_hint(err, "`wgo providers` lists them");
    }
    return WGO_E_USAGE;
}

static enum wgo_status check_providers(struct wgo_str names, const struct wgo_providers *known,
                                       struct wgo_error *err)
{
    struct wgo_str rest = names;
    while (rest.ptr) {
        struct wgo_str name = wgo_str_trim(wgo_str_split(&rest, ','));
        if (name.len == 0) {
            wgo_fail(err, WGO_E_USAGE, "an empty value in \"%.*s\"", WGO_FMT(names));
            wgo_error_hint(err, "there is a comma too many");
            return WGO_E_USAGE;
        }
        enum wgo_status status = check_provider(name, known, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_option_check(const struct wgo_option *option, struct wgo_str text,
                                 const struct wgo_providers *known, struct wgo_option_value *out,
                                 struct wgo_error *err)
{
    struct wgo_option_value value = {.text = text};
    enum wgo_status status = WGO_OK;
    if (text.len == 0 && option->kind != WGO_OPTION_SWITCH) {
        return wgo_fail(err, WGO_E_USAGE, "an empty value");
    }
    switch (option->kind) {
    case WGO_OPTION_SWITCH:
        status = check_switch(&value, err);
        break;
    case WGO_OPTION_COUNT:
        status = check_count(option, &value, err);
        break;
    case WGO_OPTION_DURATION:
        status = check_duration(option, &value, err);
        break;
    case WGO_OPTION_SIZE:
        status = check_size(option, &value, err);
        break;
    case WGO_OPTION_CHOICE:
        status = check_choice(option, &value, err);
        break;
    case WGO_OPTION_NUMBER:
        status = wgo_scoped_number_check((enum wgo_scoped)(wgo_option_id(option) - WGO_OPT_SCOPED),
                                         text, err);
        break;
    case WGO_OPTION_PROVIDER:
        status = check_provider(text, known, err);
        break;
    case WGO_OPTION_PROVIDERS:
        status = check_providers(text, known, err);
        break;
    case WGO_OPTION_FILE:
        status = check_file(option, text, err);
        break;
    case WGO_OPTION_TEXT:
    case WGO_OPTION_FOLDER:
    case WGO_OPTION_PATTERN:
        break;
    }
    if (status == WGO_OK) {
        *out = value;
    }
    return status;
}
