#include "base/secret.h"

#include <ctype.h>

static const char *const WORDS[] = {
    "password", "passwd", "pwd",        "secret",           "key", "token", "sig", "sas", "auth",
    "pass",     "cookie", "credential", "connectionstring",
};

/* In windows: long texts need no memory. */
static bool has_word(struct wgo_str text, const char *word)
{
    size_t len = strlen(word);
    for (size_t from = 0; from + len <= text.len; from++) {
        size_t at = from, matched = 0;
        while (matched < len && at < text.len) {
            char c = (char)tolower((unsigned char)text.ptr[at++]);
            if ((c == '-' || c == '_') && matched > 0) {
                continue;
            }
            if (c != word[matched]) {
                break;
            }
            matched++;
        }
        if (matched == len) {
            return true;
        }
    }
    return false;
}

bool wgo_text_has_word(struct wgo_str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (has_word(text, words[i])) {
            return true;
        }
    }
    return false;
}

bool wgo_name_is_secret(struct wgo_str name)
{
    return wgo_text_has_word(name, WORDS, WGO_COUNT(WORDS));
}
