/* ini_split.c: words of a command line or of a section's name. */
#include "aws/ini.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct splitting {
    struct wgo_str text;
    size_t at;
    char *to; /* where the next byte of the word goes */
};

/* Reads one word; NULL, or what is wrong with it. */
static const char *read_word(struct splitting *s)
{
    char quote = '\0';
    for (; s->at < s->text.len && (quote || !is_space(s->text.ptr[s->at])); s->at++) {
        char c = s->text.ptr[s->at];
        if (c == quote && quote) {
            quote = '\0';
        } else if (!quote && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == '\\' && quote != '\'') {
            if (s->at + 1 == s->text.len) {
                return "a backslash at its end";
            }
            char next = s->text.ptr[s->at + 1];
            /* Between double quotes a backslash is one but before a quote or another. */
            bool escapes = !quote || next == '"' || next == '\\';
            *s->to++ = escapes ? next : c;
            s->at += escapes;
        } else {
            *s->to++ = c;
        }
    }
    return quote ? "a quote that is not closed" : NULL;
}

enum wgo_status wgo_aws_split(struct wgo_arena *arena, struct wgo_str text, const char ***out_words,
                              size_t *out_count, struct wgo_error *err)
{
    /* Each word but the last has a space after it, so its NUL fits. */
    char *bytes = wgo_arena_bytes(arena, text.len + 1);
    const char **words = WGO_NEW_ARRAY(arena, const char *, text.len / 2 + 2);
    struct splitting s = {.text = text, .to = bytes};
    size_t count = 0;
    if (!bytes || !words) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    while (s.at < text.len) {
        if (is_space(text.ptr[s.at])) {
            s.at++;
            continue;
        }
        words[count++] = s.to;
        const char *problem = read_word(&s);
        if (problem) {
            return wgo_fail(err, WGO_E_CONFIG, "%s", problem);
        }
        *s.to++ = '\0';
    }
    words[count] = NULL;
    *out_words = words;
    *out_count = count;
    return WGO_OK;
}
