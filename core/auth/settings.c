#include "auth/settings.h"

enum wgo_status wgo_signer_settings_read(const struct wgo_signer_setting *settings, size_t count,
                                         const struct wgo_signer_known *known, size_t known_count,
                                         const char *whose, struct wgo_error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < known_count && !wgo_str_is(settings[i].name, known[k].name)) {
            k++;
        }
        if (k == known_count) {
            return wgo_fail(err, WGO_E_CONFIG, "%s credentials have no setting \"%.*s\"", whose,
                            WGO_FMT(wgo_str_slice(settings[i].name, 0, 60)));
        }
        *known[k].to = settings[i].value;
    }
    return WGO_OK;
}

enum wgo_status wgo_signer_told_find(const struct wgo_signer_told *told, size_t count,
                                     struct wgo_str name, const char *whose,
                                     struct wgo_str *out_value, struct wgo_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (told[i].value.len > 0 && wgo_str_is(name, told[i].name)) {
            *out_value = told[i].value;
            return WGO_OK;
        }
    }
    return wgo_fail(err, WGO_E_ABSENT, "%s configuration does not say", whose);
}
