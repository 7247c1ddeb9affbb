#include "flow/window.h"

#include <assert.h>
#include <math.h>

static const double default_start = 4, default_max = 1024;

/* What is left of the rate right after a throttle at the edge, of the size after a failure, and
 * after a round trip of bad latency. */
static const double backoff_factor = 0.85, failure_factor = 0.8, latency_factor = 0.9;
/* Fewer good answers than this share of what we believed in, before even the edge was reached, are
 * news: the edge has moved. */
static const double near_edge = 0.7;
/* However few good answers there were, one cut leaves this much. */
static const double deepest_cut = 0.25;
/* One call an hour: slower than any pace a provider means. */
static const double slowest_rate = 1.0 / 3600;
/* The rate does not run further ahead of what the size lets through. */
static const double rate_lead = 1.5;

/* Good answers between a cut and the return to the edge. A cycle lasts about half as long again and
 * ends with a refusal or a few, which keeps them below one in a hundred. */
static const double span_calls = 100;
/* It also lasts so many round trips and seconds, or the probing would outrun what comes back, and
 * so many times what a Retry-After shuts us out for. */
static const double span_round_trips = 8, span_s = 2, span_closures = 16;
/* An edge that was measured over few answers may be wrong: find out soon. */
static const double shortest_span = 16;

static const double latency_slack_ns = 50 * WGO_MS;
/* Answers that the two latencies are averaged over. */
static const double smooth_answers = 16, steady_answers = 64;
/* Timers are late. At fast rates a call whose turn was missed may catch up with that much; slow
 * ones lose nothing, and a provider without burst would refuse two calls too close to each other.
 */
static const int64_t catch_up_slack_ns = 5 * WGO_MS;

void wgo_window_init(struct wgo_window *window, const struct wgo_window_options *options)
{
    double max = options && options->max > 0 ? options->max : default_max;
    double start = options && options->start > 0 ? options->start : default_start;
    *window = (struct wgo_window){
        .max = fmax(max, 1),
        .size = fmin(fmax(start, 1), fmax(max, 1)),
        .slow_start = true,
        .next_at = {INT64_MIN},
        .closed_until = {INT64_MIN},
        .size_edge.pressed_at = {INT64_MIN},
        .rate_edge.pressed_at = {INT64_MIN},
        .cut_at = {INT64_MIN},
        .shrunk_at = {INT64_MIN},
    };
}

static double seconds(double ns)
{
    return ns / (double)WGO_S;
}

/* ---- admission ---- */

static int64_t interval_ns(const struct wgo_window *window)
{
    return (int64_t)((double)WGO_S / window->rate);
}

static bool full(const struct wgo_window *window)
{
    return (double)window->in_flight + 1 > window->size;
}

int64_t wgo_window_wait_ns(const struct wgo_window *window, struct wgo_mono now)
{
    if (wgo_mono_before(now, window->closed_until)) {
        return wgo_mono_sub(window->closed_until, now);
    }
    if (full(window)) {
        return INT64_MAX;
    }
    if (window->rate > 0 && wgo_mono_before(now, window->next_at)) {
        return wgo_mono_sub(window->next_at, now);
    }
    return 0;
}

/* Books the call's turn and notes whether it was the pace that it waited for. */
static void take_turn(struct wgo_window *window, struct wgo_mono now)
{
    int64_t interval = interval_ns(window), quarter = interval / 4;
    int64_t catch_up = quarter < catch_up_slack_ns ? catch_up_slack_ns - quarter : 0;
    int64_t late = wgo_mono_sub(now, window->next_at);
    if (late <= catch_up || late <= quarter) {
        window->rate_edge.pressed_at = now;
    }
    int64_t turn = late <= catch_up ? window->next_at.ns : now.ns - catch_up;
    window->next_at = wgo_mono_add((struct wgo_mono){turn}, interval);
}

void wgo_window_sent(struct wgo_window *window, struct wgo_mono now)
{
    window->in_flight++;
    if (window->cut_at.ns == INT64_MIN) {
        window->cut_at = now;
    }
    if (window->rate > 0) {
        take_turn(window, now);
    }
    if (full(window)) {
        window->size_edge.pressed_at = now;
    }
}

/* ---- growing ---- */

/* Whether 'edge' held calls back at some time since 'sent_at'. */
static bool pressed(const struct wgo_window_edge *edge, struct wgo_mono sent_at)
{
    return !wgo_mono_before(edge->pressed_at, sent_at);
}

/* A limit as a share of its edge: less than 1 on the way back, 1 when the span is over, then ever
 * more. */
static double curve(const struct wgo_window *window, const struct wgo_window_edge *edge)
{
    double x = edge->progress / window->span - 1;
    return 1 + (1 - backoff_factor) * x * x * x;
}

/* As many calls as were in flight without a refusal are no trouble, so the size starts at its edge.
 */
static double size_bound(const struct wgo_window *window)
{
    double size = window->size_edge.at * fmax(curve(window, &window->size_edge), 1);
    return fmin(fmax(size, 1), window->max);
}

/* The rate starts below: a bucket that ran dry must fill. */
static double rate_bound(const struct wgo_window *window)
{
    return window->rate_edge.at * curve(window, &window->rate_edge);
}

static void grow(struct wgo_window *window, struct wgo_mono sent_at)
{
    bool size_pressed = pressed(&window->size_edge, sent_at);
    double bound = window->max;
    if (window->rate > 0) {
        /* Little's law: calls in flight, over the time of one, are calls a second. */
        double flown = ((double)window->in_flight + 1) / seconds(window->steady_latency_ns);
        if (pressed(&window->rate_edge, sent_at) && window->rate < rate_lead * flown) {
            window->rate_edge.progress++;
        }
        window->rate = rate_bound(window);
        bound = size_bound(window);
        if (size_pressed && window->size >= bound) { /* what a gentle cut took comes back first */
            window->size_edge.progress++;
        }
    }
    if (size_pressed) {
        window->size = fmin(window->size + (window->slow_start ? 1 : 1 / window->size), bound);
        window->slow_start = window->slow_start && window->size < bound;
    }
}

/* ---- gentle cuts ---- */

static bool shrunk_lately(const struct wgo_window *window, struct wgo_mono now)
{
    return window->shrunk_at.ns != INT64_MIN &&
           (double)wgo_mono_sub(now, window->shrunk_at) < window->latency_ns;
}

static void shrink(struct wgo_window *window, double factor, struct wgo_mono now)
{
    window->size = fmax(window->size * factor, 1);
    window->slow_start = false;
    window->shrunk_at = now;
    window->cuts++;
}

static void measure_latency(struct wgo_window *window, double latency_ns)
{
    double count = ++window->measured;
    window->latency_ns += (latency_ns - window->latency_ns) / fmin(count, smooth_answers);
    window->steady_latency_ns +=
        (latency_ns - window->steady_latency_ns) / fmin(count, steady_answers);
    if (count <= 1 || window->steady_latency_ns < window->best_latency_ns) {
        window->best_latency_ns = window->steady_latency_ns;
    }
}

static void heed_latency(struct wgo_window *window, struct wgo_mono now)
{
    if (window->latency_ns <= 2 * window->best_latency_ns + latency_slack_ns) {
        window->futile_size = 0;
        return;
    }
    if (window->futile_size <= 0) {
        window->futile_size = window->size;
        window->futile_latency_ns = window->latency_ns;
    }
    window->futile_latency_ns = fmax(window->futile_latency_ns, window->latency_ns);
    bool falling = window->latency_ns < window->steady_latency_ns;
    if (falling || shrunk_lately(window, now)) {
        return;
    }
    if (window->size > fmax(window->futile_size / 2, 1)) {
        shrink(window, latency_factor, now);
        return;
    }
    if (window->latency_ns > window->futile_latency_ns * 0.75) {
        window->best_latency_ns = window->steady_latency_ns;
    }
    window->futile_size = 0;
}

/* ---- throttles ---- */

/* Good answers that the way back to the edge takes. */
static double span_after(const struct wgo_window *window, double latency_s, int64_t retry_after_ns)
{
    double closed_s = seconds((double)(retry_after_ns > 0 ? retry_after_ns : 0));
    double least_s = fmax(span_s, fmax(span_round_trips * latency_s, span_closures * closed_s));
    double whole = fmax(span_calls, window->rate * least_s);
    return fmin(whole, fmax(shortest_span, 2 * window->goods));
}

/* The rate that the provider was seen to grant; 'flown' is what was flying by Little's law. */
static double granted_rate(const struct wgo_window *window, double flown, struct wgo_mono now)
{
    double elapsed_s = seconds((double)wgo_mono_sub(now, window->cut_at));
    double measured = elapsed_s > 0 ? window->goods / elapsed_s : 0;
    double refused = fmin(window->rate, fmax(flown, measured));
    bool moved = window->rate_edge.progress < window->span && measured < refused * near_edge;
    /* Between what was granted and what was refused: the former alone would sink a little with
     * every cycle where calls that were not made are not credited, the latter alone would ignore
     * that a bucket lends. */
    double rate = moved ? measured : sqrt(fmin(measured, window->rate) * refused);
    return fmax(fmax(rate, window->rate * deepest_cut), slowest_rate);
}

/* The edges after a refusal that found 'refused' calls in flight, itself included. Where only the
 * size was holding calls back, the rate is spared. */
static void blame(struct wgo_window *window, double refused, double latency_s,
                  struct wgo_mono sent_at, struct wgo_mono now)
{
    bool by_size = pressed(&window->size_edge, sent_at);
    bool by_rate = pressed(&window->rate_edge, sent_at);
    double held = fmax(fmin(refused, window->size) - 1, window->size / 2);
    if (by_size && !by_rate) {
        window->size_edge.at = held;
        window->rate_edge.at = window->rate;
        window->rate_edge.progress = window->span;
        return;
    }
    double rate = granted_rate(window, refused / latency_s, now);
    double needed = rate * latency_s;
    window->rate_edge.at = rate;
    window->rate_edge.progress = 0;
    /* Where it is the rate that counts, the size must leave room for calls that take long. */
    window->size_edge.at = by_size ? fmax(held, ceil(needed)) : needed + 2 * sqrt(needed) + 1;
}

static void cut(struct wgo_window *window, struct wgo_mono sent_at, int64_t retry_after_ns,
                struct wgo_mono now)
{
    double latency_ns = window->measured > 0 ? window->steady_latency_ns
                                             : fmax((double)wgo_mono_sub(now, sent_at), 1);
    double latency_s = seconds(latency_ns);
    double refused = (double)window->in_flight + 1;
    if (window->rate > 0) {
        window->span = span_after(window, latency_s, retry_after_ns);
        blame(window, refused, latency_s, sent_at, now);
    } else {
        window->span = shortest_span;
        window->size_edge.at = window->size / 2;
        window->rate_edge.at = fmax(refused / latency_s / 2, slowest_rate);
    }
    window->slow_start = false;
    window->size_edge.progress = 0;
    window->size = size_bound(window);
    window->rate = rate_bound(window);
    window->next_at = wgo_mono_add(now, interval_ns(window));
    window->goods = 0;
    window->cut_at = now;
    window->cuts++;
}

static void answered_throttled(struct wgo_window *window, struct wgo_mono sent_at,
                               int64_t retry_after_ns, struct wgo_mono now)
{
    bool fresh =
        window->rate <= 0 || (!wgo_mono_before(sent_at, window->cut_at) &&
                              (double)wgo_mono_sub(now, window->cut_at) >= window->latency_ns);
    if (fresh) {
        cut(window, sent_at, retry_after_ns, now);
    }
    struct wgo_mono until = wgo_mono_add(now, retry_after_ns > 0 ? retry_after_ns : 0);
    if (wgo_mono_before(window->closed_until, until)) {
        window->closed_until = until;
    }
}

/* ---- answers ---- */

void wgo_window_answered(struct wgo_window *window, enum wgo_window_answer answer,
                         struct wgo_mono sent_at, int64_t retry_after_ns, struct wgo_mono now)
{
    assert(window->in_flight > 0);
    window->in_flight--;
    switch (answer) {
    case WGO_ANSWER_GOOD:
        window->goods++;
        measure_latency(window, fmax((double)wgo_mono_sub(now, sent_at), 1));
        grow(window, sent_at);
        heed_latency(window, now);
        break;
    case WGO_ANSWER_THROTTLED:
        answered_throttled(window, sent_at, retry_after_ns, now);
        break;
    case WGO_ANSWER_FAILED:
        if (!shrunk_lately(window, now) && !wgo_mono_before(sent_at, window->shrunk_at)) {
            shrink(window, failure_factor, now);
        }
        break;
    case WGO_ANSWER_NEUTRAL:
        break;
    }
}

double wgo_window_effective(const struct wgo_window *window)
{
    double paced = window->rate * seconds(window->steady_latency_ns);
    return window->rate > 0 && paced < window->size ? paced : window->size;
}
