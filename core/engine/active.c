#include "engine/active.h"

#include <stdlib.h>

bool wgo_active_init(struct wgo_active *active)
{
    active->most = 0;
    return wgo_names_init(&active->accounts);
}

void wgo_active_fini(struct wgo_active *active)
{
    for (size_t i = 0; i < active->accounts.slot_count; i++) {
        for (struct wgo_name *at = active->accounts.slots[i], *next; at; at = next) {
            next = at->next;
            free(at);
        }
    }
    wgo_names_fini(&active->accounts);
}

bool wgo_active_admits(const struct wgo_active *active, struct wgo_str account)
{
    return active->most == 0 || active->accounts.count < active->most ||
           wgo_names_find(&active->accounts, account) != NULL;
}

struct wgo_active_account *wgo_active_enter(struct wgo_active *active, struct wgo_str account)
{
    struct wgo_active_account *found =
        (struct wgo_active_account *)wgo_names_find(&active->accounts, account);
    if (!found) {
        found = calloc(1, sizeof(*found) + account.len + 1); /* its name behind it */
        if (!found) {
            return NULL;
        }
        char *text = (char *)(found + 1);
        if (account.len > 0) {
            memcpy(text, account.ptr, account.len);
        }
        found->name.text = wgo_str_from(text, account.len);
        wgo_names_add(&active->accounts, &found->name);
    }
    found->uses++;
    return found;
}

void wgo_active_leave(struct wgo_active *active, struct wgo_active_account *account)
{
    if (account && --account->uses == 0) {
        wgo_names_remove(&active->accounts, &account->name);
        free(account);
    }
}
