#include "client.h"

#include "server.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct batch *batch_new(struct wgo_net *net, struct wgo_net_group *group)
{
    struct batch *batch = calloc(1, sizeof *batch);
    if (!batch) {
        abort();
    }
    batch->net = net;
    batch->group = group;
    pthread_mutex_init(&batch->mutex, NULL);
    pthread_cond_init(&batch->changed, NULL);
    return batch;
}

void batch_free(struct batch *batch)
{
    for (unsigned i = 0; i < batch->count; i++) {
        wgo_response_fini(&batch->calls[i].response);
        free(batch->calls[i].url);
    }
    pthread_mutex_destroy(&batch->mutex);
    pthread_cond_destroy(&batch->changed);
    free(batch);
}

static void done(void *state, struct wgo_response *response, bool more)
{
    struct batch_call *call = state;
    (void)more;
    struct batch *batch = call->batch;
    pthread_mutex_lock(&batch->mutex);
    call->response = *response;
    wgo_response_init(response);
    call->done = true;
    call->order = ++batch->ended;
    batch->pending--;
    pthread_cond_broadcast(&batch->changed);
    pthread_mutex_unlock(&batch->mutex);
}

static int submit(struct batch *batch, const struct wgo_request *like, char *url)
{
    struct batch_call *call = &batch->calls[batch->count];
    call->batch = batch;
    call->url = url;
    wgo_response_init(&call->response);
    call->request = like ? *like : (struct wgo_request){0};
    call->request.url = wgo_str(url);
    if (!call->request.method) {
        call->request.method = "GET";
    }
    batch->count++;
    pthread_mutex_lock(&batch->mutex);
    batch->pending++;
    pthread_mutex_unlock(&batch->mutex);
    if (wgo_net_submit(batch->net, batch->group, &call->request, done, call) != WGO_OK) {
        pthread_mutex_lock(&batch->mutex);
        batch->pending--;
        pthread_mutex_unlock(&batch->mutex);
        return -1;
    }
    call->submitted = true;
    return (int)batch->count - 1;
}

int batch_get(struct batch *batch, const struct wgo_request *like, const char *url, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, url);
    int len = vasprintf(&text, url, args);
    va_end(args);
    if (len < 0 || batch->count == MOST_CALLS) {
        abort();
    }
    return submit(batch, like, text);
}

void batch_wait(struct batch *batch)
{
    pthread_mutex_lock(&batch->mutex);
    while (batch->pending > 0) {
        pthread_cond_wait(&batch->changed, &batch->mutex);
    }
    pthread_mutex_unlock(&batch->mutex);
}

void batch_wait_ended(struct batch *batch, unsigned n)
{
    pthread_mutex_lock(&batch->mutex);
    while (batch->ended < n) {
        pthread_cond_wait(&batch->changed, &batch->mutex);
    }
    pthread_mutex_unlock(&batch->mutex);
}

unsigned batch_count(const struct batch *batch, enum wgo_status status)
{
    unsigned count = 0;
    for (unsigned i = 0; i < batch->count; i++) {
        count += batch->calls[i].done && batch->calls[i].response.status == status;
    }
    return count;
}

struct wgo_response get(struct wgo_net *net, const struct wgo_request *like, const char *url, ...)
{
    struct wgo_request request = like ? *like : (struct wgo_request){0};
    struct wgo_response response;
    char *text = NULL;
    va_list args;
    va_start(args, url);
    int len = vasprintf(&text, url, args);
    va_end(args);
    if (len < 0) {
        abort();
    }
    request.url = wgo_str(text);
    if (!request.method) {
        request.method = "GET";
    }
    enum wgo_status status = wgo_net_fetch(net, NULL, &request, &response);
    if (status != response.status) {
        response.status = WGO_E_INTERNAL;
    }
    free(text);
    return response;
}

bool is_good_body(const struct wgo_response *response, size_t n)
{
    bool spooled = response->body_fd >= 0;
    if (response->body_size != n || (!spooled && response->body.len != n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        char c;
        if (spooled ? pread(response->body_fd, &c, 1, (off_t)i) != 1 : false) {
            return false;
        }
        if ((spooled ? c : response->body.ptr[i]) != server_byte(i)) {
            return false;
        }
    }
    return true;
}

struct wgo_net *make_net(struct wgo_net_options options)
{
    struct wgo_net *net = NULL;
    struct wgo_error err = {0};
    if (wgo_net_new(&options, &net, &err) != WGO_OK) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    return net;
}
