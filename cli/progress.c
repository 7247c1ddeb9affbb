#include "cli/progress.h"

#include "base/lock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_NS (100 * WGO_MS)
#define PLAIN_LINES_NS (5 * WGO_S)

struct wgo_progress {
    struct wgo_progress_options o;
    size_t providers;
    unsigned name_width;
    pthread_t thread;

    struct wgo_lock lock;
    struct wgo_cond cond;
    struct {
        struct wgo_buf said;
        bool stopping;
    } synced WGO_GUARDED;

    /* The thread's own. */
    bool *ended;    /* a provider whose end was told */
    unsigned drawn; /* lines of the dashboard on the screen */
    unsigned frame;
    struct wgo_mono plain_at;
    struct wgo_buf text;
};

/* ---- one line ---- */

static const char *wheel(const struct wgo_console *console, unsigned frame)
{
    static const char *const braille[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
    static const char *const plain[] = {"|", "/", "-", "\\"};
    return console->utf8 ? braille[frame % WGO_COUNT(braille)] : plain[frame % WGO_COUNT(plain)];
}

static const char *mark(const struct wgo_console *console, enum wgo_provider_outcome outcome,
                        unsigned frame, enum wgo_style *out_style)
{
    bool utf8 = console->utf8;
    switch (outcome) {
    case WGO_PROVIDER_WAITING:
        *out_style = WGO_DIM;
        return utf8 ? "·" : ".";
    case WGO_PROVIDER_RUNNING:
        *out_style = WGO_CYAN;
        return wheel(console, frame);
    case WGO_PROVIDER_COMPLETE:
        *out_style = WGO_GREEN;
        return utf8 ? "✓" : "+";
    case WGO_PROVIDER_PARTIAL:
        *out_style = WGO_YELLOW;
        return "!";
    case WGO_PROVIDER_FAILED:
        break;
    }
    *out_style = WGO_RED;
    return utf8 ? "✗" : "x";
}

/* Cuts 'text' to 'width' columns; escape sequences count nothing and are never cut in two. */
static void append_cut(struct wgo_buf *out, const char *text, unsigned width)
{
    unsigned column = 0;
    bool full = false;
    for (const char *at = text; *at;) {
        size_t len = 1;
        if (*at == '\033') {
            while (at[len] && at[len - 1] != 'm') {
                len++;
            }
            wgo_buf_append(out, at, len); /* also past the edge: it may end a style */
        } else {
            while ((at[len] & 0xc0) == 0x80) {
                len++;
            }
            full = full || column == width;
            if (!full) {
                wgo_buf_append(out, at, len);
                column++;
            }
        }
        at += len;
    }
}

void wgo_progress_line(const struct wgo_console *console,
                       const struct wgo_provider_result *provider, unsigned name_width,
                       unsigned width, unsigned frame, struct wgo_buf *out)
{
    char records[WGO_SHOWN], calls[WGO_SHOWN], time[WGO_SHOWN], line[512];
    enum wgo_style style = WGO_PLAIN;
    const char *sign = mark(console, provider->outcome, frame, &style);
    int len = snprintf(line, sizeof(line), "%s%s%s %-*s", wgo_style(console->color, style), sign,
                       wgo_style_end(console->color), (int)name_width, provider->label);
    size_t at = len > 0 ? (size_t)len : 0;
    if (provider->outcome == WGO_PROVIDER_WAITING) {
        snprintf(line + at, sizeof(line) - at, "  waiting");
    } else {
        len = snprintf(line + at, sizeof(line) - at, "  %11s records  %7s calls",
                       wgo_show_count(provider->records, records),
                       wgo_show_count(provider->calls, calls));
        at += len > 0 ? (size_t)len : 0;
        wgo_show_time(provider->duration_ns, time);
        if (provider->outcome == WGO_PROVIDER_RUNNING) {
            snprintf(line + at, sizeof(line) - at, "  %3u in flight  %8s", provider->in_flight,
                     time);
        } else {
            snprintf(line + at, sizeof(line) - at, "  %13s  %8s",
                     provider->outcome == WGO_PROVIDER_COMPLETE  ? "complete"
                     : provider->outcome == WGO_PROVIDER_PARTIAL ? "partial"
                                                                 : "failed",
                     time);
        }
    }
    append_cut(out, line, width);
}

/* ---- the thread ---- */

/* A provider that could not even be opened is told of as an error, not as progress. */
static bool never_began(const struct wgo_provider_result *provider)
{
    return provider->outcome == WGO_PROVIDER_FAILED && provider->duration_ns == 0;
}

static bool is_over(enum wgo_provider_outcome outcome)
{
    return outcome != WGO_PROVIDER_WAITING && outcome != WGO_PROVIDER_RUNNING;
}

static void draw_dashboard(struct wgo_progress *p, struct wgo_str said, bool last)
{
    struct wgo_buf *text = &p->text;
    unsigned width = wgo_console_width();
    if (p->drawn > 0) {
        wgo_buf_format(text, "\r\033[%uA", p->drawn);
    }
    if (said.len > 0 || last) {
        wgo_buf_cstr(text, "\033[J");
    }
    wgo_buf_str(text, said);
    p->drawn = 0;
    size_t over = 0;
    for (size_t i = 0; i < p->providers && !last; i++) {
        struct wgo_provider_result provider;
        wgo_scanner_provider(p->o.scanner, i, &provider);
        wgo_progress_line(p->o.console, &provider, p->name_width, width - 1, p->frame, text);
        wgo_buf_cstr(text, "\033[K\n");
        p->drawn++;
        over += is_over(provider.outcome);
    }
    if (!last && over == p->providers) {
        wgo_buf_format(text, "%s merging and writing\033[K\n", wheel(p->o.console, p->frame));
        p->drawn++;
    }
    p->frame++;
}

static void plain_line(struct wgo_progress *p, const struct wgo_provider_result *provider)
{
    struct wgo_console bare = {.utf8 = false};
    struct wgo_buf line = {0};
    wgo_progress_line(&bare, provider, p->name_width, 200, 2, &line);
    wgo_buf_str(&p->text, wgo_str_trim(wgo_buf_view(&line)));
    wgo_buf_char(&p->text, '\n');
    wgo_buf_fini(&line);
}

static void write_plain(struct wgo_progress *p, struct wgo_str said)
{
    struct wgo_mono now = wgo_clock_mono(wgo_clock_system());
    bool due = !wgo_mono_before(now, p->plain_at);
    wgo_buf_str(&p->text, said);
    if (p->o.silent) {
        return;
    }
    if (due) {
        p->plain_at = wgo_mono_add(now, PLAIN_LINES_NS);
    }
    for (size_t i = 0; i < p->providers; i++) {
        struct wgo_provider_result provider;
        wgo_scanner_provider(p->o.scanner, i, &provider);
        bool ends = is_over(provider.outcome) && !p->ended[i] && !never_began(&provider);
        if (ends || (due && provider.outcome == WGO_PROVIDER_RUNNING)) {
            plain_line(p, &provider);
        }
        p->ended[i] = p->ended[i] || ends;
    }
}

static void write_frame(struct wgo_progress *p, struct wgo_str said, bool last)
{
    wgo_buf_reset(&p->text);
    if (p->o.dashboard && !p->o.silent) {
        draw_dashboard(p, said, last);
    } else {
        write_plain(p, said);
    }
    wgo_console_write(wgo_buf_view(&p->text));
}

static void *run(void *state)
{
    struct wgo_progress *p = state;
    struct wgo_buf said = {0};
    bool stopping = false;
    while (!stopping) {
        wgo_lock_acquire(&p->lock);
        if (!p->synced.stopping && p->synced.said.len == 0) {
            wgo_cond_wait_for(&p->cond, &p->lock, FRAME_NS);
        }
        stopping = p->synced.stopping;
        struct wgo_buf swap = said;
        said = p->synced.said;
        p->synced.said = swap;
        wgo_lock_release(&p->lock);
        write_frame(p, wgo_buf_view(&said), stopping);
        wgo_buf_reset(&said);
    }
    wgo_buf_fini(&said);
    return NULL;
}

/* ---- from outside ---- */

static void release(struct wgo_progress *p)
{
    wgo_lock_acquire(&p->lock);
    wgo_buf_fini(&p->synced.said);
    wgo_lock_release(&p->lock);
    wgo_cond_fini(&p->cond);
    wgo_lock_fini(&p->lock);
    wgo_buf_fini(&p->text);
    free(p->ended);
    free(p);
}

struct wgo_progress *wgo_progress_start(const struct wgo_progress_options *options)
{
    struct wgo_progress *p = calloc(1, sizeof(*p));
    if (!p) {
        return NULL;
    }
    p->o = *options;
    p->providers = wgo_scanner_provider_count(options->scanner);
    p->ended = calloc(p->providers + 1, sizeof(*p->ended));
    p->plain_at = wgo_mono_add(wgo_clock_mono(wgo_clock_system()), PLAIN_LINES_NS);
    for (size_t i = 0; i < p->providers; i++) {
        struct wgo_provider_result provider;
        wgo_scanner_provider(options->scanner, i, &provider);
        unsigned width = wgo_text_width(provider.label);
        p->name_width = width > p->name_width ? width : p->name_width;
    }
    wgo_lock_init(&p->lock);
    wgo_cond_init(&p->cond);
    /* Signals are the main thread's. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    bool started = p->ended && pthread_create(&p->thread, NULL, run, p) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!started) {
        release(p);
        return NULL;
    }
    return p;
}

void wgo_progress_say(struct wgo_progress *progress, const char *line)
{
    if (!progress) {
        struct wgo_buf text = {0};
        wgo_buf_format(&text, "%s\n", line);
        wgo_console_write(wgo_buf_view(&text));
        wgo_buf_fini(&text);
        return;
    }
    wgo_lock_acquire(&progress->lock);
    wgo_buf_format(&progress->synced.said, "%s\n", line);
    wgo_lock_release(&progress->lock);
    wgo_cond_signal(&progress->cond);
}

void wgo_progress_stop(struct wgo_progress *progress)
{
    if (!progress) {
        return;
    }
    wgo_lock_acquire(&progress->lock);
    progress->synced.stopping = true;
    wgo_lock_release(&progress->lock);
    wgo_cond_signal(&progress->cond);
    pthread_join(progress->thread, NULL);
    release(progress);
}
