#include "bare.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS = 256, FIRST_ROOM = 2 << 20 };

struct slot {
    CURL *easy;
    struct curl_slist *headers;
    struct loop *loop;
    char *body; /* of the answer that is on its way, if anybody takes it */
    size_t len, room;
};

struct loop {
    const struct list *list;
    const struct list_arguments *arguments;
    const struct bare_sink *sink;
    CURLM *multi;
    int epoll;
    double due; /* of libcurl's timer; negative: none */
    size_t next, total, running;
    struct list_report report;
};

static size_t drop(char *bytes, size_t size, size_t count, void *state)
{
    struct slot *slot = state;
    (void)bytes;
    slot->loop->report.bytes += size * count;
    return size * count;
}

static size_t gather(char *bytes, size_t size, size_t count, void *state)
{
    struct slot *slot = state;
    size_t more = size * count;
    if (more >= slot->room - slot->len) { /* one byte is kept for a NUL */
        size_t room = slot->room ? slot->room * 2 : FIRST_ROOM;
        char *body = realloc(slot->body, room + more);
        if (!body) {
            return 0;
        }
        slot->body = body;
        slot->room = room + more;
    }
    memcpy(slot->body + slot->len, bytes, more);
    slot->len += more;
    slot->loop->report.bytes += more;
    return more;
}

/* Whoever takes bodies gets this one. */
static bool hand_over(struct slot *slot)
{
    const struct bare_sink *sink = slot->loop->sink;
    char *body = slot->body;
    size_t len = slot->len;
    slot->body = NULL;
    slot->len = slot->room = 0;
    if (!sink || !body) {
        return true;
    }
    body[len] = '\0';
    return sink->take(sink->state, body, len);
}

static int on_timer(CURLM *multi, long ms, void *state)
{
    struct loop *loop = state;
    (void)multi;
    loop->due = ms < 0 ? -1 : list_now() + (double)ms / 1e3;
    return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *state, void *known)
{
    struct loop *loop = state;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    struct epoll_event event = {.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
                                          (what & CURL_POLL_OUT ? EPOLLOUT : 0u),
                                .data.fd = fd};
    if (!known) {
        curl_multi_assign(loop->multi, fd, loop);
    }
    return epoll_ctl(loop->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
}

/* The next request of the list on the slot's handle; false when there is none. */
static bool begin(struct loop *loop, struct slot *slot)
{
    if (loop->next == loop->total) {
        return false;
    }
    const struct list_request *request = &loop->list->requests[loop->next++ % loop->list->count];
    CURL *easy = slot->easy;
    curl_slist_free_all(slot->headers);
    slot->headers = NULL;
    for (size_t i = 0; i < request->header_count; i++) {
        struct curl_slist *more = curl_slist_append(slot->headers, request->headers[i]);
        slot->headers = more ? more : slot->headers;
    }
    bool get = strcmp(request->method, "GET") == 0;
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, slot->headers);
    if (get) {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
    } else {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
        curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    }
    loop->running++;
    return curl_multi_add_handle(loop->multi, easy) == CURLM_OK;
}

static struct slot *make_slots(struct loop *loop)
{
    struct slot *slots = calloc(loop->arguments->window, sizeof(*slots));
    for (size_t i = 0; slots && i < loop->arguments->window; i++) {
        CURL *easy = slots[i].easy = curl_easy_init();
        if (!easy) {
            abort();
        }
        slots[i].loop = loop;
        curl_easy_setopt(easy, CURLOPT_PRIVATE, &slots[i]);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, loop->sink ? gather : drop);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &slots[i]);
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 128L * 1024);
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, loop->arguments->insecure ? 0L : 1L);
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, loop->arguments->insecure ? 0L : 2L);
    }
    return slots;
}

static void free_slots(struct slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        curl_easy_cleanup(slots[i].easy);
        curl_slist_free_all(slots[i].headers);
        free(slots[i].body);
    }
    free(slots);
}

static void count_answer(struct loop *loop, CURL *easy, CURLcode result)
{
    long status = 0, version = 0, connections = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections);
    loop->report.calls++;
    loop->report.failed += result != CURLE_OK || status < 200 || status > 299;
    loop->report.connections += (size_t)connections;
    loop->report.http2 = loop->report.http2 || version == CURL_HTTP_VERSION_2_0;
}

static bool reap(struct loop *loop)
{
    CURLMsg *message;
    int left;
    bool good = true;
    while (good && (message = curl_multi_info_read(loop->multi, &left))) {
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        struct slot *slot = NULL;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
        count_answer(loop, easy, result);
        loop->running--;
        good = curl_multi_remove_handle(loop->multi, easy) == CURLM_OK && hand_over(slot) &&
               (loop->next == loop->total || begin(loop, slot));
    }
    return good;
}

static bool step(struct loop *loop)
{
    struct epoll_event events[EVENTS];
    double wait = loop->due < 0 ? 1 : loop->due - list_now();
    int running;
    int count = epoll_wait(loop->epoll, events, EVENTS, wait > 0 ? (int)(wait * 1e3) + 1 : 0);
    if (count < 0 && errno != EINTR) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(loop->multi, events[i].data.fd, what, &running);
    }
    if (loop->due >= 0 && list_now() >= loop->due) {
        loop->due = -1;
        curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    return reap(loop);
}

static bool run(struct loop *loop)
{
    struct slot *slots = make_slots(loop);
    size_t window = loop->arguments->window;
    bool good = slots != NULL;
    double began = list_now();
    for (size_t i = 0; good && i < window && loop->next < loop->total; i++) {
        good = begin(loop, &slots[i]);
    }
    while (good && loop->running > 0) {
        good = step(loop);
    }
    loop->report.wall_s = list_now() - began;
    if (slots) {
        free_slots(slots, window);
    }
    return good;
}

bool bare_loop(const struct list *list, const struct list_arguments *arguments,
               const struct bare_sink *sink, struct list_report *out)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct loop loop = {.list = list,
                        .arguments = arguments,
                        .sink = sink,
                        .multi = curl_multi_init(),
                        .epoll = epoll_create1(EPOLL_CLOEXEC),
                        .due = -1,
                        .total = list->count * arguments->repeat};
    curl_multi_setopt(loop.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(loop.multi, CURLMOPT_SOCKETDATA, &loop);
    curl_multi_setopt(loop.multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(loop.multi, CURLMOPT_TIMERDATA, &loop);
    curl_multi_setopt(loop.multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(loop.multi, CURLMOPT_MAXCONNECTS, (long)arguments->window);
    bool good = run(&loop);
    if (!good) {
        fprintf(stderr, "bare loop: libcurl or epoll gave up, or nobody took an answer\n");
    }
    *out = loop.report;
    curl_multi_cleanup(loop.multi);
    close(loop.epoll);
    curl_global_cleanup();
    return good;
}
