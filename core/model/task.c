#include "model/task.h"

#include <stdlib.h>

/* Copies 's' to '*at', ends it with a NUL for those who print it, and moves '*at' behind. */
static struct wgo_str put(char **at, struct wgo_str s)
{
    char *copy = *at;
    if (s.len > 0) {
        memcpy(copy, s.ptr, s.len);
    }
    copy[s.len] = '\0';
    *at += s.len + 1;
    return wgo_str_from(copy, s.len);
}

struct wgo_task *wgo_task_copy(const struct wgo_task *task)
{
    size_t bytes = task->entry.len + task->account.len + task->region.len + task->type.len +
                   task->token.len + 5;
    for (unsigned i = 0; i < task->var_count; i++) {
        bytes += task->vars[i].name.len + task->vars[i].value.len + 2;
    }
    struct wgo_task *copy = malloc(sizeof(*copy) + bytes);
    if (!copy) {
        return NULL;
    }
    *copy = *task;
    char *at = (char *)(copy + 1);
    copy->entry = put(&at, task->entry);
    copy->account = put(&at, task->account);
    copy->region = put(&at, task->region);
    copy->type = put(&at, task->type);
    copy->token = put(&at, task->token);
    for (unsigned i = 0; i < WGO_TASK_VARS; i++) {
        copy->vars[i] = (struct wgo_var){0}; /* nothing of the original's may be left behind */
    }
    for (unsigned i = 0; i < task->var_count; i++) {
        copy->vars[i].name = put(&at, task->vars[i].name);
        copy->vars[i].value = put(&at, task->vars[i].value);
    }
    return copy;
}

struct wgo_str wgo_task_var(const struct wgo_task *task, struct wgo_str name)
{
    for (unsigned i = 0; i < task->var_count; i++) {
        if (wgo_str_eq(task->vars[i].name, name)) {
            return task->vars[i].value;
        }
    }
    return (struct wgo_str){0};
}

bool wgo_task_set(struct wgo_task *task, struct wgo_str name, struct wgo_str value)
{
    for (unsigned i = 0; i < task->var_count; i++) {
        if (wgo_str_eq(task->vars[i].name, name)) {
            task->vars[i].value = value;
            return true;
        }
    }
    if (task->var_count >= WGO_TASK_VARS) {
        return false;
    }
    task->vars[task->var_count++] = (struct wgo_var){name, value};
    return true;
}
