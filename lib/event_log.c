#include "lib/event_log.h"

#include "base/file.h"
#include "base/json_write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum wgo_status wgo_event_log_open(struct wgo_event_log *log, const char *path,
                                   const struct wgo_clock *clock, struct wgo_error *err)
{
    *log = (struct wgo_event_log){.path = path, .clock = clock};
    log->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (log->fd >= 0) {
        return WGO_OK;
    }
    enum wgo_status status =
        wgo_fail(err, WGO_E_CONFIG, "events file %s: %s", path, strerror(errno));
    wgo_error_hint(err, "name a file in a folder that exists and may be written");
    return status;
}

void wgo_event_log_close(struct wgo_event_log *log)
{
    if (log->fd >= 0) {
        close(log->fd);
    }
    wgo_buf_fini(&log->line);
    *log = (struct wgo_event_log){.fd = -1};
}

static void put_number(struct wgo_json_writer *w, const char *key, int64_t value)
{
    wgo_json_key(w, key);
    wgo_json_put_i64(w, value);
}

void wgo_event_log_call(struct wgo_event_log *log, const char *provider,
                        const struct wgo_call_event *event)
{
    char when[WGO_WALL_TEXT];
    struct wgo_json_writer w;
    if (log->fd < 0 || log->error.status != WGO_OK) {
        return;
    }
    wgo_wall_format(wgo_clock_wall(log->clock), true, when);
    wgo_buf_reset(&log->line);
    wgo_json_writer_init(&w, &log->line);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "time", wgo_str(when));
    wgo_json_member_str(&w, "provider", wgo_str(provider));
    wgo_json_member_str(&w, "operation", event->operation);
    wgo_json_member_str(&w, "method", wgo_str(event->method));
    wgo_json_member_str(&w, "account", event->account);
    wgo_json_member_str(&w, "region", event->region);
    wgo_json_member_str(&w, "type", event->type);
    wgo_json_member_str(&w, "principal", event->principal);
    wgo_json_member_str(&w, "request_id", event->request_id);
    wgo_json_member_str(&w, "outcome", wgo_str(event->outcome));
    if (event->http_status > 0) {
        put_number(&w, "http_status", event->http_status);
    }
    put_number(&w, "attempt", event->attempt);
    put_number(&w, "duration_us", event->duration_ns / 1000);
    put_number(&w, "bytes", (int64_t)event->wire_bytes);
    wgo_json_close_object(&w);
    wgo_buf_char(&log->line, '\n');
    (void)!wgo_fd_write(log->fd, wgo_buf_view(&log->line), log->path, &log->error);
}
