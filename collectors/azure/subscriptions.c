/* subscriptions.c: the subscriptions that are read, and who reads them. */
#include "azure/session.h"

#include <ctype.h>
#include <stdlib.h>

static unsigned slot_of(struct wgo_str text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++) {
        hash =
            (hash ^ (unsigned char)tolower((unsigned char)text.ptr[i])) * UINT64_C(0x100000001b3);
    }
    return (unsigned)(hash % WGO_AZURE_SLOTS);
}

/* ---- subscriptions ---- */

struct wgo_azure_subscription *wgo_azure_subscription_find(struct wgo_azure *azure,
                                                           struct wgo_str id)
{
    wgo_lock_acquire(&azure->lock);
    struct wgo_azure_subscription *at = azure->synced.slots[slot_of(id)];
    while (at && !wgo_str_eq_nocase(at->id, id)) {
        at = at->next_in_slot;
    }
    wgo_lock_release(&azure->lock);
    return at;
}

struct wgo_azure_subscription *wgo_azure_subscription_add(struct wgo_azure *azure,
                                                          struct wgo_azure_login *login,
                                                          struct wgo_str id, bool *out_known)
{
    wgo_lock_acquire(&azure->lock);
    struct wgo_azure_subscription **slot = &azure->synced.slots[slot_of(id)], *at = *slot;
    while (at && !wgo_str_eq_nocase(at->id, id)) {
        at = at->next_in_slot;
    }
    *out_known = at != NULL;
    at = at ? NULL : WGO_NEW(&azure->synced.arena, struct wgo_azure_subscription);
    if (at) {
        *at = (struct wgo_azure_subscription){
            .id = wgo_str_lower(&azure->synced.arena, id), .login = login, .next_in_slot = *slot};
    }
    if (at && at->id.ptr) {
        *slot = at;
        if (login->last) {
            login->last->next = at;
        } else {
            login->first = at;
        }
        login->last = at;
        login->count++;
    }
    wgo_lock_release(&azure->lock);
    return at && at->id.ptr ? at : NULL;
}

/* ---- logins and groups ---- */

struct wgo_azure_login *wgo_azure_login_named(struct wgo_azure *azure, struct wgo_str key)
{
    for (size_t i = 0; i < azure->login_count; i++) {
        if (wgo_str_is(key, azure->logins[i].key)) {
            return &azure->logins[i];
        }
    }
    return NULL;
}

struct wgo_azure_login *wgo_azure_task_login(struct wgo_azure *azure, const struct wgo_task *task)
{
    struct wgo_azure_login *login =
        wgo_azure_login_named(azure, wgo_task_var(task, WGO_STR("login")));
    const struct wgo_azure_subscription *subscription =
        login ? NULL : wgo_azure_subscription_find(azure, task->account);
    return subscription ? subscription->login : login;
}

struct wgo_azure_group *wgo_azure_group_named(struct wgo_azure *azure, struct wgo_str number)
{
    uint64_t wanted = UINT64_MAX;
    if (!wgo_str_to_u64(number, &wanted)) {
        return NULL;
    }
    wgo_lock_acquire(&azure->lock);
    struct wgo_azure_group *at = azure->synced.groups;
    while (at && at->number != wanted) {
        at = at->next;
    }
    wgo_lock_release(&azure->lock);
    return at;
}

/* ---- types ---- */

bool wgo_azure_type_in(const struct wgo_azure_type *list, struct wgo_str name)
{
    while (list && !wgo_str_eq_nocase(list->name, name)) {
        list = list->next;
    }
    return list != NULL;
}

bool wgo_azure_type_begins(const struct wgo_azure_type *list, struct wgo_str prefix)
{
    while (list && !wgo_str_starts(list->name, prefix)) {
        list = list->next;
    }
    return list != NULL;
}

bool wgo_azure_type_add(struct wgo_azure *azure, struct wgo_azure_type **list, struct wgo_str name)
{
    bool good = true;
    wgo_lock_acquire(&azure->lock);
    if (!wgo_azure_type_in(*list, name)) {
        struct wgo_azure_type *type = WGO_NEW(&azure->synced.arena, struct wgo_azure_type);
        struct wgo_str copy = wgo_str_lower(&azure->synced.arena, name);
        good = type && copy.ptr;
        if (good) {
            *type = (struct wgo_azure_type){.name = copy, .next = *list};
            *list = type;
        }
    }
    wgo_lock_release(&azure->lock);
    return good;
}

struct wgo_str wgo_azure_entry_type(const struct wgo_entry_view *entry)
{
    struct wgo_str rest = entry->permission, read = WGO_STR("/read");
    struct wgo_str word = wgo_str_split(&rest, ' ');
    bool fits = wgo_str_ends(word, read) && wgo_str_find_char(word, '.') < word.len;
    struct wgo_str type = wgo_str_slice(word, 0, fits ? word.len - read.len : 0);
    /* The one whose action is called otherwise. */
    return wgo_str_is(type, "Microsoft.Resources/subscriptions/resourceGroups")
               ? WGO_STR("Microsoft.Resources/resourceGroups")
               : type;
}

void wgo_azure_close(struct wgo_azure *azure)
{
    if (!azure) {
        return;
    }
    wgo_lock_acquire(&azure->lock);
    wgo_buf_fini(&azure->synced.listed);
    wgo_arena_fini(&azure->synced.arena);
    wgo_lock_release(&azure->lock);
    wgo_lock_fini(&azure->lock);
    free(azure->logins);
    wgo_arena_fini(&azure->arena);
    free(azure);
}
