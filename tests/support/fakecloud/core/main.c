/* main.c: start, say where, wait for the end. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/conf.h"
#include "core/drift.h"
#include "core/options.h"
#include "core/server.h"
#include "core/text.h"
#include "core/timer.h"
#include "k8s/kubeconfig.h"

/* Signals come by a descriptor; all threads started later inherit the mask. */
static int open_signals(void)
{
    sigset_t set;
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (fd < 0) {
        fc_die("signalfd: %s", strerror(errno));
    }
    return fd;
}

static void write_port_file(const char *path, unsigned port)
{
    struct fc_text tmp = {0};
    FILE *f;

    fc_text_printf(&tmp, "%s.%ld", path, (long)getpid());
    f = fopen(tmp.data, "w");
    if (f == NULL || fprintf(f, "%u\n", port) < 0 || fclose(f) != 0 ||
        rename(tmp.data, path) != 0) {
        fc_die("%s: %s", path, strerror(errno));
    }
    fc_text_fini(&tmp);
}

static void announce(struct json_object *scenario, unsigned port)
{
    struct json_object *conf = fc_conf_get(scenario, "server");
    const char *kubeconfig = fc_conf_str(conf, "server", "write_kubeconfig", NULL);
    const char *port_file = fc_conf_str(conf, "server", "port_file", NULL);

    if (kubeconfig != NULL) {
        fc_kubeconfig_write(scenario, kubeconfig, port);
    }
    if (port_file != NULL) {
        write_port_file(port_file, port);
    }
    printf("fakecloud listening on http://127.0.0.1:%u\n", port);
    fflush(stdout);
}

static void wait_for_end(int signals, bool watch_stdin, int64_t end_ns)
{
    struct pollfd fds[2] = {{.fd = signals, .events = POLLIN},
                            {.fd = watch_stdin ? STDIN_FILENO : -1, .events = POLLIN}};

    for (;;) {
        int64_t left_ms = (end_ns - fc_now_ns()) / 1000000;
        int n;

        if (left_ms <= 0) {
            return;
        }
        n = poll(fds, 2, left_ms < 3600000 ? (int)left_ms : 3600000);
        if (n < 0 && errno != EINTR) {
            fc_die("poll: %s", strerror(errno));
        }
        if (n > 0 && fds[0].revents != 0) {
            return;
        }
        if (n > 0 && fds[1].revents != 0) {
            char buf[256];

            if (read(STDIN_FILENO, buf, sizeof(buf)) <= 0) {
                return;
            }
        }
    }
}

int main(int argc, char **argv)
{
    struct json_object *scenario = fc_options_read(argc, argv);
    struct json_object *conf = fc_conf_get(scenario, "server");
    int64_t max_s = fc_conf_int(conf, "server", "max_seconds", 3600);
    bool watch_stdin = fc_conf_bool(conf, "server", "die_with_stdin", false);
    double scale = fc_conf_double(conf, "server", "clock_scale", 1);
    int signals = open_signals();
    struct fc_server *server;

    if (!(scale > 0 && scale <= 1e6)) {
        fc_die("server.clock_scale: more than 0 and at most 1000000 is wanted");
    }
    fc_clock_start(scale);
    fc_drift_start(scenario);
    server = fc_server_new(scenario);
    announce(scenario, fc_server_port(server));
    wait_for_end(signals, watch_stdin, fc_now_ns() + max_s * 1000000000);
    fc_server_free(server);
    close(signals);
    json_object_put(scenario);
    return 0;
}
