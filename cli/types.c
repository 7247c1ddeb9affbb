#include "cli/types.h"

#include "cli/catalogs.h"
#include "cli/suggest.h"

/* ---- what there is ---- */

struct naming {
    struct wgo_arena *arena;
    const struct wgo_collector_type *provider;
    wgo_types_each_fn *each;
    void *state;
};

/* Copies, each with a NUL behind it: what is passed is the provider's, for the moment. */
static void pass(const struct naming *naming, struct wgo_str type, struct wgo_str summary)
{
    const char *name = wgo_str_cstr(naming->arena, type),
               *words = wgo_str_cstr(naming->arena, summary);
    if (name && words) {
        naming->each(naming->state, naming->provider, wgo_str(name), wgo_str(words));
    }
}

static void pass_on(void *state, const char *type, const char *summary)
{
    const struct naming *naming = state;
    pass(naming, wgo_str(type), wgo_str(summary ? summary : ""));
}

/* Catalog entries; types that are found out at run time by something else than items the collector
 * names itself.
 * 'keep': the catalog will be needed again. */
static enum wgo_status pass_catalog(struct wgo_cli *cli, const struct naming *naming, bool keep,
                                    struct wgo_error *err)
{
    struct wgo_catalog *catalog = NULL;
    enum wgo_status status = wgo_cli_take_catalog(cli, naming->provider, &catalog, err);
    if (status != WGO_OK) {
        return status;
    }
    for (size_t i = 0; i < wgo_catalog_count(catalog); i++) {
        const struct wgo_entry *entry = wgo_catalog_at(catalog, i);
        if (entry->part.len == 0 && entry->view.type.len > 0) {
            pass(naming, entry->view.type, entry->summary);
        } else if (entry->list_type.len > 0) {
            pass(naming, WGO_STR("<type>"), entry->summary);
        }
        for (size_t t = 0; t < entry->view.types.count; t++) {
            pass(naming, entry->view.types.items[t], entry->summary);
        }
    }
    if (keep) {
        wgo_cli_put_back_catalog(cli, naming->provider, catalog);
    } else {
        wgo_catalog_free(catalog);
    }
    return WGO_OK;
}

typedef bool provider_fn(const void *state, const struct wgo_collector_type *provider);

/* The types of the providers that 'wanted' admits; NULL = all. */
static enum wgo_status each_type(struct wgo_cli *cli, bool keep, provider_fn *wanted,
                                 const void *wanted_state, wgo_types_each_fn *each, void *state,
                                 struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < wgo_providers_count(&cli->providers) && status == WGO_OK; i++) {
        struct naming naming = {.arena = &cli->arena,
                                .provider = wgo_providers_at(&cli->providers, i)->type,
                                .each = each,
                                .state = state};
        if (wanted && !wanted(wanted_state, naming.provider)) {
            continue;
        }
        if (naming.provider->types) {
            naming.provider->types(pass_on, &naming);
        }
        status = pass_catalog(cli, &naming, keep, err);
    }
    return status;
}

enum wgo_status wgo_types_each(struct wgo_cli *cli, wgo_types_each_fn *each, void *state,
                               struct wgo_error *err)
{
    return each_type(cli, false, NULL, NULL, each, state, err);
}

/* ---- what was asked for ---- */

struct looking {
    struct wgo_str word, vocabulary; /* "kubernetes_pod", "kubernetes_"; of "ec2" none */
    /* Whoever is asked for it names all its types of such words in its catalog: what is in none is
     * nowhere. Clusters and states have types of their own. */
    bool is_closed;
    const struct wgo_selection *selection;
    const struct wgo_collector_type *owner, *elsewhere; /* of the vocabulary; of the very name */
    bool found;
    struct wgo_suggestion suggestion;
    const char *renamed; /* the same behind another vocabulary: google_compute_instance */
};

static bool is_whole_name(struct wgo_str pattern)
{
    static const char special[] = "!*?[]{}\\/.";
    for (size_t i = 0; i < pattern.len; i++) {
        if (strchr(special, pattern.ptr[i])) {
            return false;
        }
    }
    return pattern.len > 0;
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

static void compare_one(struct looking *looking, const struct wgo_collector_type *provider,
                        struct wgo_str type)
{
    if (wgo_str_is(type, "<type>")) { /* whatever is there */
        looking->found = looking->found || is_asked(looking, provider);
        return;
    }
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

static void compare(void *state, const struct wgo_collector_type *provider, struct wgo_str type,
                    struct wgo_str summary)
{
    const struct words *words = state;
    (void)summary;
    for (size_t i = 0; i < words->count; i++) {
        if (!words->items[i].found) {
            compare_one(&words->items[i], provider, type);
        }
    }
}

static void add_word(struct wgo_cli *cli, const struct wgo_selection *selection,
                     struct wgo_str word, struct words *words)
{
    size_t end = wgo_str_find_char(word, '_');
    bool has_vocabulary = end < word.len, is_plain = wgo_str_find_char(word, ':') >= word.len;
    bool is_closed = is_plain && asks_catalogs_only(selection, word);
    if (!is_whole_name(word) || (!has_vocabulary && !is_closed)) {
        return;
    }
    struct looking *looking = &words->items[words->count++];
    struct wgo_str lower = wgo_str_lower(&cli->arena, word);
    *looking = (struct looking){.word = word,
                                .vocabulary = wgo_str_slice(lower, 0, has_vocabulary ? end + 1 : 0),
                                .is_closed = is_closed,
                                .selection = selection};
    wgo_suggest_begin(&looking->suggestion, lower);
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

enum wgo_status wgo_types_check(struct wgo_cli *cli, const struct wgo_selection *selection,
                                struct wgo_error *err)
{
    struct words words = {.count = 0};
    size_t most = 0;
    for (size_t i = 0; i < selection->count; i++) {
        most += selection->providers[i].options.resource_types.count;
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
    enum wgo_status status = each_type(cli, true, is_read, selection, compare, &words, err);
    if (status == WGO_OK && !all_found(&words)) {
        status = each_type(cli, false, is_not_read, selection, compare, &words, err);
    }
    for (size_t i = 0; i < words.count && status == WGO_OK; i++) {
        if (!words.items[i].found && (words.items[i].owner || words.items[i].is_closed)) {
            status = refuse(&words.items[i], err);
        }
    }
    return status;
}
