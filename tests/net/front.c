#include "front.h"

#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct front {
    char *dir;
    unsigned port;
    pid_t pid;
};

static const char *const programs[] = {"/usr/sbin/nginx", "/usr/local/sbin/nginx",
                                       "/usr/bin/nginx"};
static const char *const files[] = {"cert.pem",   "key.pem",   "client.pem",
                                    "nginx.conf", "error.log", "nginx.pid"};

static const char *find_nginx(void)
{
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        if (access(programs[i], X_OK) == 0) {
            return programs[i];
        }
    }
    return NULL;
}

static struct sockaddr_in loopback(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static unsigned free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        perror("free port");
        abort();
    }
    close(fd);
    return ntohs(address.sin_port);
}

static void write_configuration(const struct front *front, struct server *behind,
                                const struct front_options *options)
{
    char text[16384];
    snprintf(text, sizeof text,
             "daemon off;\nmaster_process off;\nworker_processes 1;\n"
             "pid %s/nginx.pid;\nerror_log %s/error.log error;\n"
             "events { worker_connections 512; }\n"
             "http {\n"
             "  access_log off;\n"
             "  client_body_temp_path %s/t1; proxy_temp_path %s/t2; fastcgi_temp_path %s/t3;\n"
             "  uwsgi_temp_path %s/t4; scgi_temp_path %s/t5;\n"
             "  keepalive_requests %u;\n"
             "  upstream behind { server 127.0.0.1:%u; keepalive 64; }\n"
             "  server {\n"
             "    listen 127.0.0.1:%u ssl%s;\n"
             "    ssl_certificate %s/cert.pem; ssl_certificate_key %s/key.pem;\n"
             "    %s%s%s\n"
             "    add_header X-Connection $connection always;\n"
             "    add_header X-Http2 \"$http2\" always;\n"
             "    add_header X-Subject \"$ssl_client_s_dn\" always;\n"
             "    add_header X-Sni \"$ssl_server_name\" always;\n"
             "    add_header X-Host \"$http_host\" always;\n"
             "    add_header X-Resumed \"$ssl_session_reused\" always;\n"
             "    ssl_session_cache shared:tls:1m;\n"
             "    location / {\n"
             "      proxy_pass http://behind; proxy_http_version 1.1;\n"
             "      proxy_set_header Connection \"\"; proxy_buffering off;\n"
             "    }\n  }\n}\n",
             front->dir, front->dir, front->dir, front->dir, front->dir, front->dir, front->dir,
             options->keepalive_requests ? options->keepalive_requests : 1000000,
             server_port(behind), front->port, options->http1_only ? "" : " http2", front->dir,
             front->dir, options->client_ca ? "ssl_verify_client on; ssl_client_certificate " : "",
             options->client_ca ? front->dir : "", options->client_ca ? "/client.pem;" : "");
    write_file(front->dir, "nginx.conf", text);
    write_file(front->dir, "cert.pem", options->cert->cert_pem);
    write_file(front->dir, "key.pem", options->cert->key_pem);
    if (options->client_ca) {
        write_file(front->dir, "client.pem", options->client_ca->cert_pem);
    }
}

/* Until it accepts connections, or has died. */
static bool wait_until_up(const struct front *front)
{
    struct sockaddr_in address = loopback(front->port);
    for (;;) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool up = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
        close(fd);
        if (up) {
            return true;
        }
        if (waitpid(front->pid, NULL, WNOHANG) != 0) {
            return false;
        }
        sched_yield();
    }
}

struct front *front_start(struct server *behind, const struct front_options *options)
{
    const char *program = find_nginx();
    if (!program) {
        return NULL;
    }
    struct front *front = calloc(1, sizeof *front);
    if (!front) {
        abort();
    }
    char name[] = "front-XXXXXX";
    front->dir = mkdtemp(name) ? realpath(name, NULL) : NULL;
    if (!front->dir) {
        perror("mkdtemp");
        abort();
    }
    char configuration[512], errors[512];
    snprintf(configuration, sizeof configuration, "%s/nginx.conf", front->dir);
    snprintf(errors, sizeof errors, "%s/error.log", front->dir);
    for (int tries = 0; tries < 5; tries++) {
        front->port = free_port();
        write_configuration(front, behind, options);
        const char *arguments[] = {program, "-p", front->dir,    "-e",
                                   errors,  "-c", configuration, NULL};
        if (posix_spawn(&front->pid, program, NULL, NULL, (char **)(uintptr_t)arguments, environ)) {
            perror(program);
            abort();
        }
        /* Somebody else may have taken the port meanwhile. */
        if (wait_until_up(front)) {
            return front;
        }
    }
    fprintf(stderr, "nginx does not start: see %s\n", errors);
    abort();
}

void front_stop(struct front *front)
{
    if (!front) {
        return;
    }
    kill(front->pid, SIGKILL);
    waitpid(front->pid, NULL, 0);
    char path[512];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", front->dir, files[i]);
        unlink(path);
    }
    for (int i = 1; i <= 5; i++) {
        snprintf(path, sizeof path, "%s/t%d", front->dir, i);
        rmdir(path);
    }
    rmdir(front->dir);
    free(front->dir);
    free(front);
}

unsigned front_port(const struct front *front)
{
    return front->port;
}
