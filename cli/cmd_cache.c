#include "base/json.h"
#include "base/json_write.h"
#include "cli/command.h"
#include "store/inventory.h"
#include "store/journal.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

#define ACCOUNTS "aws/accounts/"

/* ---- the account lists ---- */

struct account_list {
    struct wgo_str account; /* whose credentials listed them */
    struct wgo_str limits;  /* "ou=Prod/tag=team=web"; "" = the whole organisation */
    uint64_t count;
    int64_t age_ns;
    char stored_at[WGO_WALL_TEXT], expires_at[WGO_WALL_TEXT];
};

static bool count_one(void *state, struct wgo_str item)
{
    (void)item;
    ++*(uint64_t *)state;
    return true;
}

/* False for a value that is no account list. */
static bool read_list(const struct wgo_kept *kept, struct account_list *out)
{
    struct wgo_str name = wgo_str_slice(kept->key, sizeof(ACCOUNTS) - 1, kept->key.len);
    size_t slash = wgo_str_find_char(name, '/');
    struct wgo_str reader = wgo_str_slice(name, 0, slash); /* "ACCOUNT@digest of the caller" */
    struct account_list list = {
        .account = wgo_str_slice(reader, 0, wgo_str_find_char(reader, '@')),
        .limits = slash < name.len ? wgo_str_slice(name, slash + 1, name.len) : (struct wgo_str){0},
        .age_ns = wgo_clock_wall(wgo_clock_system()).ns - kept->stored_at.ns,
    };
    if (wgo_json_check(kept->value, NULL) != WGO_OK ||
        wgo_json_each(kept->value, WGO_STR("accounts[]"), count_one, &list.count) != WGO_OK) {
        return false;
    }
    list.age_ns = list.age_ns > 0 ? list.age_ns : 0;
    wgo_wall_format(kept->stored_at, false, list.stored_at);
    wgo_wall_format(kept->expires_at, false, list.expires_at);
    *out = list;
    return true;
}

static void write_list_json(struct wgo_json_writer *w, const struct account_list *list)
{
    wgo_json_open_object(w);
    wgo_json_member_str(w, "provider", WGO_STR("aws"));
    wgo_json_member_str(w, "management_account", list->account);
    wgo_json_member_str(w, "limited_to", list->limits);
    wgo_json_key(w, "accounts");
    wgo_json_put_u64(w, list->count);
    wgo_json_key(w, "age_seconds");
    wgo_json_put_i64(w, list->age_ns / WGO_S);
    wgo_json_member_str(w, "listed_at", wgo_str(list->stored_at));
    wgo_json_member_str(w, "kept_until", wgo_str(list->expires_at));
    wgo_json_close_object(w);
}

static void write_list_text(struct wgo_buf *out, const struct account_list *list)
{
    char count[WGO_SHOWN], age[WGO_SHOWN];
    wgo_buf_format(out, "aws  %.*s  %s account%s, listed %s ago, kept until %s%s%.*s\n",
                   WGO_FMT(list->account), wgo_show_count(list->count, count),
                   list->count == 1 ? "" : "s", wgo_show_time(list->age_ns, age), list->expires_at,
                   list->limits.len ? ", limited to " : "", WGO_FMT(list->limits));
}

static enum wgo_status show_accounts(struct wgo_cli *cli, struct wgo_store *store,
                                     struct wgo_error *err)
{
    struct wgo_kept *items = NULL;
    struct wgo_json_writer w;
    size_t count = 0;
    bool json = wgo_settings_choice(&cli->settings, WGO_OPT_LIST_FORMAT) == 1;
    enum wgo_status status =
        wgo_store_cache_list(store, WGO_STR(ACCOUNTS), &cli->arena, &items, &count, err);
    if (status != WGO_OK) {
        return status;
    }
    wgo_json_writer_init(&w, &cli->out);
    if (json) {
        wgo_json_open_array(&w);
    } else if (count == 0) {
        wgo_console_write(WGO_STR("no account list is kept\n"));
    }
    for (size_t i = 0; i < count; i++) {
        struct account_list list;
        if (!read_list(&items[i], &list)) {
            continue;
        }
        if (json) {
            write_list_json(&w, &list);
        } else {
            write_list_text(&cli->out, &list);
        }
    }
    if (json) {
        wgo_json_close_array(&w);
        wgo_buf_char(&cli->out, '\n');
    }
    return WGO_OK;
}

/* ---- clearing ---- */

static enum wgo_status clear(struct wgo_cli *cli, struct wgo_store *store, struct wgo_error *err)
{
    const struct wgo_args *args = &cli->args;
    struct wgo_str what = wgo_str(args->positional_count > 1 ? args->positional[1] : "all");
    uint64_t count = 0;
    if (!wgo_str_is(what, "all") && !wgo_str_is(what, "accounts")) {
        wgo_fail(err, WGO_E_USAGE, "\"%.*s\" is nothing that is kept", WGO_FMT(what));
        wgo_error_hint(err, "`wgo cache clear accounts` or `wgo cache clear all`");
        return WGO_E_USAGE;
    }
    struct wgo_str prefix = wgo_str_is(what, "all") ? WGO_STR("") : WGO_STR(ACCOUNTS);
    enum wgo_status status = wgo_store_cache_clear(store, prefix, &count, err);
    if (status != WGO_OK) {
        return status;
    }
    count += wgo_str_is(what, "all") ? wgo_journal_clear(store) + wgo_inventory_clear(store) : 0;
    if (wgo_settings_choice(&cli->settings, WGO_OPT_LIST_FORMAT) == 1) {
        wgo_buf_format(&cli->out, "{\"cleared\":%llu}\n", (unsigned long long)count);
    } else {
        wgo_buf_format(&cli->out, "cleared %llu value%s\n", (unsigned long long)count,
                       count == 1 ? "" : "s");
    }
    return WGO_OK;
}

/* ---- the command ---- */

static const struct {
    const char *name;
    size_t most_arguments;
    enum wgo_status (*run)(struct wgo_cli *cli, struct wgo_store *store, struct wgo_error *err);
} ACTIONS[] = {{"accounts", 1, show_accounts}, {"clear", 2, clear}};

static enum wgo_status find_action(const struct wgo_args *args, size_t *out, struct wgo_error *err)
{
    const char *word = args->positional_count > 0 ? args->positional[0] : "";
    for (size_t i = 0; i < WGO_COUNT(ACTIONS); i++) {
        if (wgo_str_is(wgo_str(word), ACTIONS[i].name)) {
            *out = i;
            return args->positional_count <= ACTIONS[i].most_arguments
                       ? WGO_OK
                       : wgo_fail(err, WGO_E_USAGE, "\"%s\" is one argument too many",
                                  args->positional[ACTIONS[i].most_arguments]);
        }
    }
    wgo_fail(err, WGO_E_USAGE, "%s%s%s", word[0] ? "there is no \"" : "what about the cache?", word,
             word[0] ? "\"" : "");
    wgo_error_hint(err, "`wgo cache accounts` shows what is kept, `wgo cache clear` forgets it");
    return WGO_E_USAGE;
}

static int run(struct wgo_cli *cli)
{
    struct wgo_error error = {0};
    struct wgo_store *store = NULL;
    char warning[512] = "";
    size_t action = 0;
    struct wgo_store_options options = {.state_dir =
                                            wgo_settings_text(&cli->settings, WGO_OPT_STATE_DIR)};
    enum wgo_status status = find_action(&cli->args, &action, &error);
    if (status == WGO_OK) {
        status = wgo_store_open(&options, &store, warning, &error);
    }
    if (status == WGO_OK && warning[0]) {
        wgo_console_warning(&cli->console, warning);
    }
    if (status == WGO_OK) {
        status = ACTIONS[action].run(cli, store, &error);
    }
    wgo_store_close(store);
    return status == WGO_OK ? 0 : wgo_cli_fail(cli, &error);
}

static const struct wgo_example examples[] = {
    {"Which organisations' accounts are known, and since when?", "wgo cache accounts"},
    {"Have them listed anew by the next scan", "wgo cache clear accounts"},
    {NULL, NULL},
};

static const char *const words[] = {"accounts", "clear", NULL};

const struct wgo_command wgo_command_cache = {
    .name = "cache",
    .bit = WGO_CMD_CACHE,
    .summary = "what is remembered between scans, and how to forget it",
    .synopsis = "accounts | clear [accounts|all] [FLAGS]",
    .description =
        "A scan keeps answers that hardly change in the state folder, for a while: the accounts "
        "of an organisation for an hour.\n\n"
        "`wgo cache accounts` shows the lists that are kept: whose credentials listed them (the "
        "organisation's management account, or one that it delegated to), how many accounts, how "
        "old, and until when. `wgo cache clear` forgets everything, `wgo cache clear accounts` "
        "those lists.",
    .examples = examples,
    .words = words,
    .most_arguments = 2,
    .configured = true,
    .run = run,
};
