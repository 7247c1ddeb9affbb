#include "cli/interrupts.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static struct {
    _Atomic(struct wgo_session *) session;
    _Atomic(struct wgo_session *) looking; /* what comes before it */
    _Atomic bool begun;                    /* there is something to end, or was */
    _Atomic int count;
} interrupts;

static void on_signal(int number)
{
    (void)number;
    struct wgo_session *session = atomic_load(&interrupts.session);
    struct wgo_session *looking = atomic_load(&interrupts.looking);
    if (!atomic_load(&interrupts.begun)) {
        static const char text[] = "wgo: interrupted before anything was read\n";
        (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
        _exit(WGO_INTERRUPTED);
    }
    if (atomic_fetch_add(&interrupts.count, 1) == 0) {
        if (session) {
            wgo_session_stop(session);
        }
        if (looking) {
            wgo_session_stop(looking);
        }
        return;
    }
    if (session) {
        wgo_session_discard(session);
    }
    _exit(WGO_INTERRUPTED);
}

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

void wgo_interrupts_heed(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < WGO_COUNT(ending_signals); i++) {
        int number = ending_signals[i];
        struct sigaction before;
        /* nohup's wish is respected; a shell's habit of starting background jobs deaf is not. */
        bool nohup = number == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 &&
                     before.sa_handler == SIG_IGN;
        if (!nohup) {
            sigaction(number, &action, NULL);
        }
    }
}

enum wgo_status wgo_interrupts_session(const struct wgo_session_options *options,
                                       struct wgo_session **out_session, struct wgo_error *err)
{
    sigset_t ending, before;
    sigemptyset(&ending);
    for (size_t i = 0; i < WGO_COUNT(ending_signals); i++) {
        sigaddset(&ending, ending_signals[i]);
    }
    pthread_sigmask(SIG_BLOCK, &ending, &before);
    enum wgo_status status = wgo_session_new(options, out_session, err);
    if (status == WGO_OK) {
        atomic_store(&interrupts.session, *out_session);
        atomic_store(&interrupts.begun, true);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

void wgo_interrupts_forget(void)
{
    atomic_store(&interrupts.session, NULL);
}

void wgo_interrupts_look(struct wgo_session *session)
{
    atomic_store(&interrupts.looking, session);
}

bool wgo_interrupted(void)
{
    return atomic_load(&interrupts.count) > 0;
}
