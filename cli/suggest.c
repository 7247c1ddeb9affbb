#include "cli/suggest.h"

#include "cli/command.h"
#include "cli/options.h"

#include <stdio.h>

void wgo_suggest_begin(struct wgo_suggestion *suggestion, struct wgo_str word)
{
    *suggestion = (struct wgo_suggestion){.word = word, .distance = wgo_str_slips(word) + 1};
}

void wgo_suggest_consider(struct wgo_suggestion *suggestion, const char *candidate)
{
    struct wgo_str c = wgo_str(candidate);
    unsigned distance = wgo_str_distance(suggestion->word, c);
    /* A beginning or an end of four letters or more is near, however long the rest is. */
    bool beginning = suggestion->word.len >= 4 &&
                     (wgo_str_starts(c, suggestion->word) || wgo_str_ends(c, suggestion->word));
    if (beginning && distance > 1) {
        distance = 1;
    }
    if (distance < suggestion->distance) {
        suggestion->distance = distance;
        suggestion->nearest = candidate;
    }
}

const char *wgo_suggest_option(unsigned command, struct wgo_str name)
{
    static _Thread_local char text[64];
    struct wgo_suggestion s;
    wgo_suggest_begin(&s, name);
    bool negated = wgo_str_starts(name, WGO_STR("no-"));
    if (negated) {
        s.word = wgo_str_slice(name, 3, name.len);
    }
    for (int i = 0; i < WGO_OPT_COUNT; i++) {
        const struct wgo_option *option = wgo_option_at((enum wgo_option_id)i);
        if (option->commands & command) {
            wgo_suggest_consider(&s, option->name);
        }
    }
    if (!s.nearest) {
        return NULL;
    }
    snprintf(text, sizeof(text), "--%s%s", negated ? "no-" : "", s.nearest);
    return text;
}

const char *wgo_suggest_command(struct wgo_str name)
{
    struct wgo_suggestion s;
    wgo_suggest_begin(&s, name);
    for (size_t i = 0; i < wgo_command_count(); i++) {
        wgo_suggest_consider(&s, wgo_command_at(i)->name);
    }
    return s.nearest;
}

const char *wgo_suggest_key(struct wgo_str key)
{
    struct wgo_suggestion s;
    wgo_suggest_begin(&s, key);
    for (int i = 0; i < WGO_OPT_COUNT; i++) {
        const char *candidate = wgo_option_at((enum wgo_option_id)i)->key;
        if (candidate) {
            wgo_suggest_consider(&s, candidate);
        }
    }
    return s.nearest;
}

const char *wgo_suggest_commands(unsigned commands)
{
    static _Thread_local char text[160];
    size_t len = 0, left = 0;
    for (size_t i = 0; i < wgo_command_count(); i++) {
        left += (wgo_command_at(i)->bit & commands) != 0;
    }
    text[0] = '\0';
    for (size_t i = 0; i < wgo_command_count(); i++) {
        const struct wgo_command *command = wgo_command_at(i);
        if (!(command->bit & commands)) {
            continue;
        }
        const char *between = len == 0 ? "" : left == 1 ? " and " : ", ";
        int more = snprintf(text + len, sizeof(text) - len, "%swgo %s", between, command->name);
        len += more > 0 && (size_t)more < sizeof(text) - len ? (size_t)more : 0;
        left--;
    }
    return text;
}

const char *wgo_suggest_command_name(unsigned bit)
{
    for (size_t i = 0; i < wgo_command_count(); i++) {
        if (wgo_command_at(i)->bit & bit) {
            return wgo_command_at(i)->name;
        }
    }
    return "";
}

void wgo_suggest_scoped(const struct wgo_builtin *builtin, char *out, size_t out_size)
{
    size_t len = 0;
    out[0] = '\0';
    for (int i = 0; i < WGO_SCOPED_COUNT; i++) {
        if (!wgo_builtin_takes(builtin, (enum wgo_scoped)i)) {
            continue;
        }
        int more = snprintf(out + len, out_size - len, "%s--%s", len ? ", " : "",
                            wgo_scoped_option((enum wgo_scoped)i)->name);
        len += more > 0 && (size_t)more < out_size - len ? (size_t)more : 0;
    }
}
