#include "model/scope.h"

#include <stdlib.h>

static struct wgo_str put(char **at, struct wgo_str s)
{
    char *copy = *at;
    if (s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    *at += s.len;
    return wgo_str_from(copy, s.len);
}

struct wgo_scope *wgo_scope_copy(const struct wgo_scope *scope)
{
    size_t bytes = scope->kind.len + scope->account.len + scope->region.len;
    for (unsigned i = 0; i < scope->var_count; i++) {
        bytes += scope->vars[i].name.len + scope->vars[i].value.len;
    }
    struct wgo_scope *copy = malloc(sizeof(*copy) + bytes);
    if (!copy) {
        return NULL;
    }
    *copy = *scope;
    char *at = (char *)(copy + 1);
    copy->kind = put(&at, scope->kind);
    copy->account = put(&at, scope->account);
    copy->region = put(&at, scope->region);
    for (unsigned i = 0; i < scope->var_count; i++) {
        copy->vars[i].name = put(&at, scope->vars[i].name);
        copy->vars[i].value = put(&at, scope->vars[i].value);
    }
    return copy;
}

struct wgo_task wgo_scope_task(const struct wgo_scope *scope, struct wgo_str entry)
{
    struct wgo_task task = {.entry = entry,
                            .account = scope->account,
                            .region = scope->region,
                            .priority = WGO_PRIORITY_USUAL,
                            .var_count = scope->var_count};
    for (unsigned i = 0; i < scope->var_count; i++) {
        task.vars[i] = scope->vars[i];
    }
    return task;
}
