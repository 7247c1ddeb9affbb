#include "powerbi/secrets.h"

#include "base/secret.h"

#include <ctype.h>

/* A run as long as this that is no GUID is taken for a key. */
enum { KEY_LEN = 32, GUID_LEN = 36 };

static const char *const IN_TEXT[] = {
    "password",     "passwd",           "pwd=",         "pwd:",
    "secret",       "apikey",           "sig=",         "accountkey",
    "token=",       "authorization",    "bearer",       "credential",
    "token\"",      "accesskey",        "basic ",       "privatekey",
    "functionskey", "subscriptionkey",  "sharedaccess", "passphrase",
    "clientid",     "connectionstring",
};

static bool is_key_char(char c)
{
    return isalnum((unsigned char)c) || c == '+' || c == '/' || c == '_' || c == '-' || c == '=';
}

static bool is_guid(struct wgo_str run)
{
    for (size_t i = 0; i < GUID_LEN; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? run.ptr[i] != '-' : !isxdigit((unsigned char)run.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* Letters and digits without a word's shape: both are there, and digits are no mere tail. */
static bool is_key(struct wgo_str run)
{
    size_t digits = 0, letters = 0, changes = 0;
    bool last = false;
    while (run.len >= GUID_LEN && is_guid(run)) {
        run = wgo_str_slice(run, GUID_LEN, run.len);
        run = wgo_str_slice(run, run.len > 0 && run.ptr[0] == '/', run.len);
    }
    for (size_t i = 0; i < run.len; i++) {
        bool digit = isdigit((unsigned char)run.ptr[i]) != 0;
        digits += digit;
        letters += isalpha((unsigned char)run.ptr[i]) != 0;
        changes += i > 0 && digit != last;
        last = digit;
    }
    return run.len >= KEY_LEN && digits >= 3 && letters >= 3 && changes >= 6;
}

static bool has_key(struct wgo_str text)
{
    for (size_t from = 0; from < text.len;) {
        size_t to = from;
        while (to < text.len && is_key_char(text.ptr[to])) {
            to++;
        }
        if (to - from >= KEY_LEN && is_key(wgo_str_slice(text, from, to))) {
            return true;
        }
        from = to + 1;
    }
    return false;
}

bool wgo_powerbi_text_is_secret(struct wgo_str text)
{
    return wgo_text_has_word(text, IN_TEXT, WGO_COUNT(IN_TEXT)) || has_key(text);
}
