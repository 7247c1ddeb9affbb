#include "task/thread.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

bool wgo_thread_start(pthread_t *out_thread, void *(*run)(void *), void *arg)
{
    sigset_t all, before;
    sigfillset(&all);
    /* A thread inherits the mask, so there is no moment at which a signal could find it open. */
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) {
        return false;
    }
    pthread_t thread;
    bool started = pthread_create(&thread, NULL, run, arg) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started) {
        *out_thread = thread;
    }
    return started;
}

void wgo_thread_name(const char *name, unsigned index)
{
    char suffix[WGO_THREAD_NAME], whole[WGO_THREAD_NAME];
    size_t len = (size_t)snprintf(suffix, sizeof(suffix), "-%u", index);
    snprintf(whole, sizeof(whole), "%s", name);
    size_t at = strlen(whole), room = sizeof(whole) - 1 - len;
    memcpy(whole + (at < room ? at : room), suffix, len + 1);
    pthread_setname_np(pthread_self(), whole);
}
