#include "base/json_write.h"
#include "cli/command.h"
#include "store/store.h"

#include <stdio.h>

/* ---- what is used ---- */

static struct wgo_quota_use use_of(const struct wgo_quota_kept *kept)
{
    static const struct wgo_quota_window nothing = {1, WGO_S};
    const struct wgo_quota_window *window =
        kept->quota.window_count > 0 ? &kept->quota.windows[0] : &nothing;
    return wgo_quota_use(kept->calls, kept->elapsed_ns, window, kept->quota.share);
}

static void put_windows(struct wgo_buf *out, const struct wgo_quota *quota)
{
    for (unsigned i = 0; i < quota->window_count; i++) {
        char text[WGO_QUOTA_TEXT];
        wgo_buf_format(out, "%s%s", i ? ", " : "", wgo_quota_window_text(&quota->windows[i], text));
    }
}

static void write_text(struct wgo_buf *out, const struct wgo_quota_kept *kept)
{
    struct wgo_quota_use use = use_of(kept);
    double share = kept->quota.share > 0 ? kept->quota.share : 1;
    char text[WGO_QUOTA_USE_TEXT];
    wgo_buf_format(out, "%.*s: ", WGO_FMT(kept->key));
    put_windows(out, &kept->quota);
    wgo_buf_format(out, ", our share %.4g%%%s\n", share * 100, kept->ordered ? " (ordered)" : "");
    wgo_buf_format(out, "  %s\n  %s\n", wgo_quota_use_text(&use, text), use.verdict);
}

static void write_json(struct wgo_json_writer *w, const struct wgo_quota_kept *kept)
{
    struct wgo_quota_use use = use_of(kept);
    wgo_json_open_object(w);
    wgo_json_member_str(w, "key", kept->key);
    wgo_json_key(w, "windows");
    wgo_json_open_array(w);
    for (unsigned i = 0; i < kept->quota.window_count; i++) {
        wgo_json_open_object(w);
        wgo_json_key(w, "limit");
        wgo_json_put_u64(w, kept->quota.windows[i].limit);
        wgo_json_key(w, "seconds");
        wgo_json_put_i64(w, kept->quota.windows[i].length_ns / WGO_S);
        wgo_json_close_object(w);
    }
    wgo_json_close_array(w);
    wgo_json_key(w, "share");
    wgo_json_put_double(w, kept->quota.share > 0 ? kept->quota.share : 1, 4);
    wgo_json_key(w, "ordered");
    wgo_json_put_bool(w, kept->ordered);
    wgo_json_key(w, "use");
    wgo_quota_use_write(&use, w);
    wgo_json_close_object(w);
}

static enum wgo_status show(struct wgo_cli *cli, struct wgo_store *store, struct wgo_error *err)
{
    struct wgo_quota_kept *items = NULL;
    struct wgo_json_writer w;
    size_t count = 0;
    bool json = wgo_settings_choice(&cli->settings, WGO_OPT_LIST_FORMAT) == 1;
    enum wgo_status status = wgo_store_quota_list(store, &cli->arena, &items, &count, err);
    if (status != WGO_OK) {
        return status;
    }
    wgo_json_writer_init(&w, &cli->out);
    if (json) {
        wgo_json_open_array(&w);
    } else if (count == 0) {
        wgo_console_write(WGO_STR("no call was ever charged to a quota here\n"));
    }
    for (size_t i = 0; i < count; i++) {
        if (json) {
            write_json(&w, &items[i]);
        } else {
            write_text(&cli->out, &items[i]);
        }
    }
    if (json) {
        wgo_json_close_array(&w);
        wgo_buf_char(&cli->out, '\n');
    }
    return WGO_OK;
}

/* ---- another share, now ---- */

static enum wgo_status set(struct wgo_cli *cli, struct wgo_store *store, struct wgo_error *err)
{
    const char *text = wgo_settings_text(&cli->settings, WGO_OPT_SHARE);
    const char *glob = cli->args.positional_count > 1 ? cli->args.positional[1] : "*";
    double share = 0;
    uint64_t count = 0;
    if (!text) {
        wgo_fail(err, WGO_E_USAGE, "which share? --share is missing");
        wgo_error_hint(err, "`wgo quota set --share 10%%`, or --share own for the configuration's");
        return WGO_E_USAGE;
    }
    enum wgo_status status = wgo_str_is(wgo_str(text), "own")
                                 ? WGO_OK
                                 : wgo_quota_share_parse(wgo_str(text), &share, err);
    if (status == WGO_OK) {
        status = wgo_store_quota_order(store, wgo_str(glob), share, &count, err);
    }
    if (status == WGO_OK && count == 0) {
        wgo_fail(err, WGO_E_USAGE, "no quota is called \"%s\"", glob);
        wgo_error_hint(err, "`wgo quota` lists those that were charged");
        status = WGO_E_USAGE;
    }
    if (status == WGO_OK) {
        wgo_buf_format(&cli->out, "%llu quota%s: share %s, for scans that run too\n",
                       (unsigned long long)count, count == 1 ? "" : "s", text);
    }
    return status;
}

static int run(struct wgo_cli *cli)
{
    struct wgo_error error = {0};
    struct wgo_store *store = NULL;
    char warning[512] = "";
    struct wgo_store_options options = {
        .state_dir = wgo_settings_text(&cli->settings, WGO_OPT_STATE_DIR), .without_cache = true};
    const struct wgo_args *args = &cli->args;
    bool sets = args->positional_count > 0 && wgo_str_is(wgo_str(args->positional[0]), "set");
    enum wgo_status status = WGO_OK;
    if (args->positional_count > 0 && !sets) {
        status = wgo_fail(&error, WGO_E_USAGE, "there is no \"%s\"", args->positional[0]);
        wgo_error_hint(&error, "`wgo quota` shows what is used, `wgo quota set --share 10%%` "
                               "changes our share");
    }
    if (status == WGO_OK) {
        status = wgo_store_open(&options, &store, warning, &error);
    }
    if (status == WGO_OK && warning[0]) {
        wgo_console_warning(&cli->console, warning);
    }
    if (status == WGO_OK) {
        status = sets ? set(cli, store, &error) : show(cli, store, &error);
    }
    wgo_store_close(store);
    return status == WGO_OK ? 0 : wgo_cli_fail(cli, &error);
}

static const struct wgo_example examples[] = {
    {"How much of the tenant's quota have our scans used?", "wgo quota"},
    {"Leave more to others, now", "wgo quota set --share 10%"},
    {"Back to what the configuration says", "wgo quota set --share own"},
    {NULL, NULL},
};

static const char *const words[] = {"set", NULL};

const struct wgo_command wgo_command_quota = {
    .name = "quota",
    .bit = WGO_CMD_QUOTA,
    .summary = "what the scans of this machine have used of their quotas",
    .synopsis = "[set --share SHARE [KEY]] [FLAGS]",
    .description =
        "Scans with --quota or `quotas:` charge every call to a ledger in the state folder before "
        "they make it, all processes of the machine together.\n\n"
        "`wgo quota` shows for each key the calls of its first window, the rate an hour, how much "
        "of the quota that is and what is left for others, at any time and from any terminal. "
        "Calls of less than five minutes are no rate an hour: of them it says how much of the "
        "window they are. "
        "`wgo quota set --share 10%` changes our share at once, also for scans that run; KEY is a "
        "pattern of the keys it is for.",
    .examples = examples,
    .words = words,
    .most_arguments = 2,
    .configured = true,
    .run = run,
};
