/* types_check.c: whether what --resource-type names can be there. */
#include "cli/suggest.h"
#include "cli/types.h"

#include <stdio.h>

enum { MOST_SLIPS = 3 };

struct looking {
    struct wgo_str word, vocabulary; /* "kubernetes_pod", "kubernetes_"; of "ec2" none */
    bool is_native;                  /* "AWS::EC2::Instance": as a provider calls it */
    /* Whoever is asked for it names all its types of such words in its catalog: what is in none is
     * nowhere. Clusters and states have types of their own, bulk lists native ones. */
    bool is_closed;
    const struct wgo_selection *selection;
    const struct wgo_collector_type *owner, *elsewhere; /* of the vocabulary; of the very name */
    bool found;
    struct wgo_suggestion suggestion;
    const char *renamed; /* the same behind another vocabulary: google_compute_instance */
};

static bool has_any(struct wgo_str word, const char *letters)
{
    for (size_t i = 0; i < word.len; i++) {
        if (strchr(letters, word.ptr[i])) {
            return true;
        }
    }
    return false;
}

/* Whether 'provider' is read, and asked for the word. */
static bool is_asked(const struct looking *looking, const struct wgo_collector_type *provider)
{
    for (size_t i = 0; i < looking->selection->count; i++) {
        const struct wgo_scan_provider *at = &looking->selection->providers[i];
        if (at->type == provider && wgo_str_list_has(&at->options.resource_types, looking->word)) {
            return true;
        }
    }
    return false;
}

/* Whether every provider that is asked for the word has its types from a catalog alone. */
static bool asks_catalogs_only(const struct wgo_selection *selection, struct wgo_str word)
{
    bool only = true;
    for (size_t i = 0; i < selection->count; i++) {
        const struct wgo_scan_provider *at = &selection->providers[i];
        only = only && (!at->type->types || !wgo_str_list_has(&at->options.resource_types, word));
    }
    return only;
}

/* "aws_instance" for "instance" and for "ec2_instance", as other tools call it. */
static void consider_renamed(struct looking *looking, struct wgo_str type)
{
    struct wgo_str name = wgo_str_slice(type, wgo_str_find_char(type, '_') + 1, type.len);
    struct wgo_str rest = wgo_str_slice(looking->word, looking->vocabulary.len, looking->word.len);
    if (wgo_str_eq_nocase(name, looking->word) ||
        (!looking->renamed && wgo_str_eq_nocase(name, rest))) {
        looking->renamed = type.ptr;
    }
}

/* As the provider itself calls it. */
static void compare_native(struct looking *looking, const struct wgo_known_type *known)
{
    bool asked = is_asked(looking, known->provider);
    if (known->type.len == 0) {
        looking->is_closed = looking->is_closed && !asked;
    } else if (wgo_str_eq_nocase(known->native_type, looking->word) ||
               wgo_str_eq_nocase(known->type, looking->word)) {
        looking->found = looking->found || asked;
        looking->elsewhere = asked ? looking->elsewhere : known->provider;
    } else if (asked && known->native_type.len > 0) {
        wgo_suggest_consider(&looking->suggestion, known->native_type.ptr);
    }
}

static void compare_word(struct looking *looking, const struct wgo_known_type *known)
{
    const struct wgo_collector_type *provider = known->provider;
    struct wgo_str type = known->type;
    bool asked = is_asked(looking, provider);
    if (looking->is_closed && asked) {
        consider_renamed(looking, type);
    }
    struct wgo_str beginning = wgo_str_slice(type, 0, looking->vocabulary.len);
    if (!wgo_str_eq_nocase(beginning, looking->vocabulary)) {
        return;
    }
    looking->owner = provider;
    if (wgo_str_eq_nocase(type, looking->word)) {
        looking->found = looking->found || asked;
        looking->elsewhere = asked ? looking->elsewhere : provider;
    } else if (asked && looking->vocabulary.len > 0) {
        wgo_suggest_consider(&looking->suggestion, type.ptr);
    }
}

/* All words at once: the catalogs are read for it, which takes longer than looking. */
struct words {
    struct looking *items;
    size_t count;
};

static void compare(void *state, const struct wgo_known_type *known)
{
    const struct words *words = state;
    for (size_t i = 0; i < words->count; i++) {
        struct looking *looking = &words->items[i];
        if (looking->found) {
            continue;
        }
        if (wgo_str_is(known->type, "<type>")) { /* whatever is there */
            looking->found = is_asked(looking, known->provider);
        } else if (looking->is_native) {
            compare_native(looking, known);
        } else if (known->type.len > 0) {
            compare_word(looking, known);
        }
    }
}

static void add_word(struct wgo_cli *cli, const struct wgo_selection *selection,
                     struct wgo_str word, struct words *words)
{
    size_t end = wgo_str_find_char(word, '_');
    bool is_native = has_any(word, ":/."), has_vocabulary = end < word.len && !is_native;
    bool is_closed = asks_catalogs_only(selection, word);
    if (word.len == 0 || has_any(word, "!*?[]{}\\") || (!has_vocabulary && !is_closed)) {
        return;
    }
    struct looking *looking = &words->items[words->count++];
    struct wgo_str lower = wgo_str_lower(&cli->arena, word);
    *looking = (struct looking){.word = word,
                                .vocabulary = wgo_str_slice(lower, 0, has_vocabulary ? end + 1 : 0),
                                .is_native = is_native,
                                .is_closed = is_closed,
                                .selection = selection};
    wgo_suggest_begin(&looking->suggestion, is_native ? word : lower);
}

static bool is_read(const void *state, const struct wgo_collector_type *provider)
{
    const struct wgo_selection *selection = state;
    for (size_t i = 0; i < selection->count; i++) {
        if (selection->providers[i].type == provider) {
            return true;
        }
    }
    return false;
}

static bool is_not_read(const void *state, const struct wgo_collector_type *provider)
{
    return !is_read(state, provider);
}

static bool all_found(const struct words *words)
{
    bool all = true;
    for (size_t i = 0; i < words->count; i++) {
        all = all && words->items[i].found;
    }
    return all;
}

static enum wgo_status refuse(const struct looking *looking, struct wgo_error *err)
{
    wgo_fail(err, WGO_E_USAGE,
             "--resource-type: none of the providers that are read has a type \"%.*s\"",
             WGO_FMT(looking->word));
    if (looking->elsewhere) {
        wgo_error_hint(err, "it is a type of %s", looking->elsewhere->name);
    } else if (looking->suggestion.nearest) {
        wgo_error_hint(err, "did you mean %s?", looking->suggestion.nearest);
    } else if (looking->renamed) {
        wgo_error_hint(err, "did you mean %s?", looking->renamed);
    } else if (looking->owner && looking->vocabulary.len > 0) {
        wgo_error_hint(err, "`wgo resources '%.*s*'` lists them", WGO_FMT(looking->vocabulary));
    } else {
        wgo_error_hint(err, "`wgo resources` lists them; Terraform's names are used");
    }
    return WGO_E_USAGE;
}

/* A bulk list may bring it; nothing tells whether the provider has such a type. */
static void warn(struct wgo_cli *cli, const struct looking *looking)
{
    const char *nearest = looking->suggestion.nearest;
    char line[512];
    /* A beginning of another name is near, too, and no slip of the pen. */
    if (!nearest || wgo_str_distance(looking->word, wgo_str(nearest)) > MOST_SLIPS ||
        wgo_settings_on(&cli->settings, WGO_OPT_QUIET)) {
        return;
    }
    snprintf(line, sizeof(line),
             "--resource-type: no catalog has \"%.*s\", and it is read only if the provider's "
             "inventory has such things: did you mean %s?",
             WGO_FMT(looking->word), nearest);
    wgo_console_warning(&cli->console, line);
}

/* The first exclusion that leaves out a type of that name, or NULL. */
static const struct wgo_str *excluded_by(const struct wgo_str_list *patterns, struct wgo_str word)
{
    for (size_t i = 0; i < patterns->count; i++) {
        const struct wgo_str *pattern = &patterns->items[i];
        if (wgo_str_starts(*pattern, WGO_STR("!")) &&
            wgo_str_glob_nocase(wgo_str_slice(*pattern, 1, pattern->len), word)) {
            return pattern;
        }
    }
    return NULL;
}

/* Names, and exclusions of all of them: nothing is left to be read. */
static enum wgo_status check_left(const struct wgo_str_list *patterns, struct wgo_error *err)
{
    struct wgo_str word = {0}, exclusion = {0};
    for (size_t i = 0; i < patterns->count; i++) {
        struct wgo_str pattern = patterns->items[i];
        if (pattern.len == 0 || pattern.ptr[0] == '!') {
            continue;
        }
        const struct wgo_str *by =
            wgo_str_has_glob(pattern) ? NULL : excluded_by(patterns, pattern);
        if (!by) {
            return WGO_OK;
        }
        word = pattern;
        exclusion = *by;
    }
    if (word.len == 0) {
        return WGO_OK;
    }
    wgo_fail(err, WGO_E_USAGE, "--resource-type: \"%.*s\" leaves nothing of \"%.*s\"",
             WGO_FMT(exclusion), WGO_FMT(word));
    wgo_error_hint(err, "what is excluded stays so, wherever it stands: leave one of the two out");
    return WGO_E_USAGE;
}

/* No type has a comma in its name. */
static enum wgo_status check_commas(const struct wgo_str_list *patterns, struct wgo_error *err)
{
    for (size_t i = 0; i < patterns->count; i++) {
        struct wgo_str pattern = patterns->items[i];
        if (has_any(pattern, ",") && !has_any(pattern, "{[")) {
            wgo_fail(err, WGO_E_USAGE, "--resource-type: no type is called \"%.*s\"",
                     WGO_FMT(pattern));
            wgo_error_hint(err, "give the flag once for each, or '{%.*s}'", WGO_FMT(pattern));
            return WGO_E_USAGE;
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_types_check(struct wgo_cli *cli, const struct wgo_selection *selection,
                                struct wgo_error *err)
{
    struct words words = {.count = 0};
    size_t most = 0;
    for (size_t i = 0; i < selection->count; i++) {
        const struct wgo_str_list *patterns = &selection->providers[i].options.resource_types;
        enum wgo_status status = check_commas(patterns, err);
        status = status == WGO_OK ? check_left(patterns, err) : status;
        if (status != WGO_OK) {
            return status;
        }
        most += patterns->count;
    }
    words.items = WGO_NEW_ARRAY(&cli->arena, struct looking, most ? most : 1);
    if (!words.items) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < selection->count; i++) {
        const struct wgo_str_list *patterns = &selection->providers[i].options.resource_types;
        for (size_t k = 0; k < patterns->count; k++) {
            add_word(cli, selection, patterns->items[k], &words);
        }
    }
    if (words.count == 0) {
        return WGO_OK;
    }
    enum wgo_status status = wgo_types_of(cli, true, is_read, selection, compare, &words, err);
    if (status == WGO_OK && !all_found(&words)) {
        status = wgo_types_of(cli, false, is_not_read, selection, compare, &words, err);
    }
    for (size_t i = 0; i < words.count && status == WGO_OK; i++) {
        const struct looking *looking = &words.items[i];
        if (!looking->found && (looking->owner || looking->is_closed)) {
            status = refuse(looking, err);
        } else if (!looking->found && looking->is_native) {
            warn(cli, looking);
        }
    }
    return status;
}
