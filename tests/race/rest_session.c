/* rest_session.c: calls are prepared and judged while credentials are renewed and refused. */
#include "fake.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 6, ROUNDS = 400 };

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "failed: %s\n", what);
        exit(1);
    }
}

static void *work(void *state)
{
    struct fake *fake = state;
    for (int i = 0; i < ROUNDS; i++) {
        struct wgo_arena arena = {0};
        struct wgo_error error = {0};
        struct wgo_verdict verdict;
        struct wgo_response response;
        struct wgo_task task = {.entry = WGO_STR("things")};
        struct wgo_request request = {
            .method = "GET", .url = WGO_STR("/things"), .lane = (unsigned)i % 2};
        if (wgo_rest_stale(fake->session)) {
            enum wgo_status status = wgo_rest_refresh(fake->session, &error);
            must(status == WGO_OK || status == WGO_E_AUTH, "refresh"); /* both may be refused */
        }
        must(wgo_rest_prepare(fake->session, &task, &arena, &request, &error) == WGO_OK, "prepare");
        wgo_response_init(&response);
        response.http_status = i % 7 == 0 ? 401 : 500;
        response.lane = request.lane;
        wgo_buf_cstr(&response.body, "{\"message\":\"a-secret-of-ours\"}");
        wgo_rest_classify(fake->session, &task, &response, &verdict);
        must(!strstr(verdict.message, "a-secret-of-ours"), "scrub");
        wgo_response_fini(&response);
        wgo_arena_fini(&arena);
    }
    return NULL;
}

int main(void)
{
    char path[] = "/tmp/wgo-rest-XXXXXX", text[400];
    int fd = mkstemp(path);
    must(fd >= 0 && write(fd, "a-secret-of-ours\n", 17) == 17, "the file");
    close(fd);
    snprintf(text, sizeof(text),
             "provider: forge\napi: { base: https://a, auth: { kind: bearer, keys: [\"file:%s\", "
             "a-secret-of-ours] } }",
             path);
    struct fake fake;
    struct wgo_error error = {0};
    pthread_t threads[THREADS];
    must(fake_open(&fake, text, &error), error.message);
    must(wgo_rest_refresh(fake.session, &error) == WGO_OK, error.message);
    for (int i = 0; i < THREADS; i++) {
        must(pthread_create(&threads[i], NULL, work, &fake) == 0, "a thread");
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    fake_close(&fake);
    unlink(path);
    return 0;
}
