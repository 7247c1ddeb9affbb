#include "base/json_write.h"
#include "cli/command.h"
#include "cli/suggest.h"
#include "cli/types.h"

#include <stdlib.h>

struct type_line {
    struct wgo_str provider, type, summary;
};

struct listing {
    struct wgo_str glob;
    struct wgo_suggestion meant; /* among the types that do not match */
    struct type_line *lines;
    size_t count, room;
    bool failed;
};

static void add(void *state, const struct wgo_known_type *known)
{
    struct listing *listing = state;
    struct wgo_str type = known->type;
    if (type.len == 0) {
        return;
    }
    if (listing->glob.len > 0 && !wgo_str_glob(listing->glob, type)) {
        wgo_suggest_consider(&listing->meant, type.ptr);
        return;
    }
    if (listing->count == listing->room) {
        size_t room = listing->room ? listing->room * 2 : 256;
        struct type_line *more = realloc(listing->lines, room * sizeof(*more));
        if (!more) {
            listing->failed = true;
            return;
        }
        listing->lines = more;
        listing->room = room;
    }
    listing->lines[listing->count++] = (struct type_line){
        .provider = wgo_str(known->provider->name),
        .type = type,
        .summary = known->summary,
    };
}

static int by_name(const void *a, const void *b)
{
    const struct type_line *x = a, *y = b;
    int order = wgo_str_cmp(x->provider, y->provider);
    order = order ? order : wgo_str_cmp(x->type, y->type);
    return order ? order : wgo_str_cmp(x->summary, y->summary);
}

/* Several calls may list one type: the first in the alphabet speaks for it. */
static void drop_repeats(struct listing *listing)
{
    size_t kept = 1;
    for (size_t i = 1; i < listing->count; i++) {
        const struct type_line *line = &listing->lines[i], *last = &listing->lines[kept - 1];
        if (!wgo_str_eq(line->type, last->type) || !wgo_str_eq(line->provider, last->provider)) {
            listing->lines[kept++] = *line;
        }
    }
    listing->count = kept;
}

static void write_json(struct wgo_buf *out, const struct listing *listing)
{
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, out);
    wgo_json_open_array(&w);
    for (size_t i = 0; i < listing->count; i++) {
        wgo_json_open_object(&w);
        wgo_json_member_str(&w, "type", listing->lines[i].type);
        wgo_json_member_str(&w, "provider", listing->lines[i].provider);
        wgo_json_member_str(&w, "summary", listing->lines[i].summary);
        wgo_json_close_object(&w);
    }
    wgo_json_close_array(&w);
    wgo_buf_char(out, '\n');
}

static void write_text(struct wgo_buf *out, const struct listing *listing)
{
    size_t type_width = 0, provider_width = 0;
    for (size_t i = 0; i < listing->count; i++) {
        size_t type = listing->lines[i].type.len, provider = listing->lines[i].provider.len;
        type_width = type > type_width && type <= 60 ? type : type_width;
        provider_width = provider > provider_width ? provider : provider_width;
    }
    for (size_t i = 0; i < listing->count; i++) {
        const struct type_line *line = &listing->lines[i];
        wgo_buf_format(out, "%-*.*s  %-*.*s%s%.*s\n", (int)type_width, WGO_FMT(line->type),
                       line->summary.len ? (int)provider_width : 0, WGO_FMT(line->provider),
                       line->summary.len ? "  " : "", WGO_FMT(line->summary));
    }
}

static int none_matches(struct wgo_cli *cli, const struct listing *listing)
{
    struct wgo_error error = {0};
    struct wgo_str glob = listing->glob;
    wgo_fail(&error, WGO_E_USAGE, "no type matches \"%.*s\"", WGO_FMT(glob));
    if (wgo_str_find_char(glob, '*') < glob.len) {
        wgo_error_hint(&error, "`wgo resources` lists them all");
    } else if (listing->meant.nearest && wgo_str_find_char(glob, '_') < glob.len) {
        wgo_error_hint(&error, "did you mean %s?", listing->meant.nearest);
    } else {
        wgo_error_hint(&error, "patterns match the whole name: \"*%.*s*\"", WGO_FMT(glob));
    }
    return wgo_cli_fail(cli, &error);
}

static int run(struct wgo_cli *cli)
{
    struct listing listing = {0};
    struct wgo_error error = {0};
    int code = 0;
    if (cli->args.positional_count > 0) {
        listing.glob = wgo_str(cli->args.positional[0]);
        wgo_suggest_begin(&listing.meant, listing.glob);
    }
    enum wgo_status status = wgo_types_each(cli, add, &listing, &error);
    if (status == WGO_OK && listing.failed) {
        status = wgo_fail(&error, WGO_E_NOMEM, "out of memory");
    }
    if (status != WGO_OK) {
        code = wgo_cli_fail(cli, &error);
        goto done;
    }
    if (listing.count > 0) {
        qsort(listing.lines, listing.count, sizeof(*listing.lines), by_name);
        drop_repeats(&listing);
    }
    if (wgo_settings_choice(&cli->settings, WGO_OPT_LIST_FORMAT) == 1) {
        write_json(&cli->out, &listing);
    } else {
        write_text(&cli->out, &listing);
    }
    if (listing.count == 0 && listing.glob.len > 0) {
        code = none_matches(cli, &listing);
    }
done:
    free(listing.lines);
    return code;
}

static const struct wgo_example examples[] = {
    {"Everything that can be collected", "wgo resources"},
    {"Types that have to do with roles", "wgo resources '*role*'"},
    {NULL, NULL},
};

const struct wgo_command wgo_command_resources = {
    .name = "resources",
    .bit = WGO_CMD_RESOURCES,
    .summary = "the resource types that can be collected",
    .synopsis = "[GLOB] [FLAGS]",
    .description = "Lists the types of resources that the built-in providers collect, in the "
                   "vocabulary of --resource-type. A Kubernetes server's own kinds are found when "
                   "it is read, and are collected too.",
    .examples = examples,
    .most_arguments = 1,
    .configured = true,
    .run = run,
};
