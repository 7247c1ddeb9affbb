/* What others say and Azure's collector reads: refusals, az's answer, Arc's challenge, az's
 * configuration, tokens, what changed. Whatever it is, texts can be shown and nothing is believed
 * that is not there. */
#include "azure/changes.h"
#include "azure/credentials.h"
#include "azure/error_answer.h"
#include "azure/session.h"
#include "azure/signer.h"
#include "fuzz.h"

static void require_shown(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    require(len < size);
    for (size_t i = 0; i < len; i++) {
        require((unsigned char)text[i] >= ' ');
    }
}

static void read_refusal(struct wgo_str text)
{
    struct wgo_azure_error error;
    wgo_azure_error_read(text, &error);
    require_shown(error.code, sizeof(error.code));
    require_shown(error.detail_code, sizeof(error.detail_code));
    require_shown(error.message, sizeof(error.message));
    struct wgo_str version = wgo_azure_version_offered(text);
    require(version.len == 0 || version.len >= 10);
    struct wgo_str action = wgo_azure_refused_action(text);
    require(action.len < text.len || text.len == 0);
}

static enum wgo_status take_items(struct wgo_emitter *emitter, struct wgo_str document,
                                  struct wgo_error *err)
{
    (void)emitter;
    (void)err;
    require(document.ptr != NULL);
    return WGO_OK;
}

static void take_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    (void)emitter;
    require(row->seen != WGO_SEEN_OK);
}

/* A list of changes: each says of what it is one, and when it was. */
static void read_changes(struct wgo_str text, struct wgo_arena *arena)
{
    static struct wgo_azure_login login = {.key = "login0"};
    struct wgo_azure azure = {.logins = &login, .login_count = 1};
    struct wgo_azure_changes changes = {.open = 3};
    struct wgo_azure_group group = {.login = &login, .changes = &changes};
    struct wgo_emitter emitter = {.arena = arena, .items = take_items, .row = take_row};
    struct wgo_task task = {.entry = WGO_STR("graph.changes"), .var_count = 1};
    const struct wgo_page page = {.task = &task, .document = text};
    task.vars[0] = (struct wgo_var){WGO_STR("group"), WGO_STR("0")};
    wgo_lock_init(&azure.lock);
    wgo_lock_acquire(&azure.lock);
    azure.synced.groups = &group;
    wgo_lock_release(&azure.lock);
    (void)wgo_azure_decode_changes(&azure, &page, &emitter, NULL);
    require(changes.open >= 2);
    for (const struct wgo_azure_change *at = changes.first; at; at = at->next) {
        bool first = false;
        require(at->id.len > 0 && at->id.ptr[0] == '/' && at->type.len > 0);
        wgo_azure_change_found(&azure, &changes, at->id, &first);
        require(at->found);
    }
    wgo_lock_acquire(&azure.lock);
    wgo_arena_fini(&azure.synced.arena);
    wgo_lock_release(&azure.lock);
    wgo_lock_fini(&azure.lock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str text = wgo_str_from((const char *)data, size);
    struct wgo_arena arena = {0};
    struct wgo_oauth2_token token = {.token_type = ""};
    const char *path = NULL;
    int64_t span = 0;
    read_refusal(text);
    if (wgo_azure_read_span(text, &span)) {
        require(span >= 0);
    }
    if (wgo_azure_arc_file(text, &arena, &path, NULL) == WGO_OK) {
        require(path[0] == '/' && !strstr(path, "/../"));
    }
    require(wgo_azure_ini_value(text, WGO_STR("cloud"), WGO_STR("name")).len <= text.len);
    if (wgo_azure_cli_read(text, (struct wgo_wall){1}, &token, NULL) == WGO_OK) {
        require(token.access_token.len > 0);
    }
    wgo_oauth2_token_fini(&token);
    (void)wgo_azure_caller_of(text, &arena);
    (void)wgo_azure_tenant_of(text, &arena);
    read_changes(text, &arena);
    wgo_arena_fini(&arena);
    return 0;
}
