/* json_bench.c: how fast pages are read, beside json-c in the same run.
 *
 * One Kubernetes pod page of about 1 MB, as an API server writes it, is generated in memory, or
 * read with --page FILE, which comes first. Each round takes every reader over it once or more; the
 * figure is the median of the rounds, in millions of bytes of page a second, and the ratio to
 * json-c's. With --json the figures come as JSON; with --only READER --times N that reader goes
 * over the page N times and that is all, for callgrind. */
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/json_kernel.h"
#include "base/json_write.h"
#include "pods.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

enum { PAGE_SIZE = 1000 * 1000, ROUNDS = 41 };

static void put_managed_fields(struct wgo_buf *out, int n)
{
    wgo_buf_format(
        out,
        "\"managedFields\":[{\"manager\":\"kube-controller-manager\",\"operation\":\"Update\","
        "\"apiVersion\":\"v1\",\"time\":\"2024-03-%02dT08:14:12Z\",\"fieldsType\":\"FieldsV1\","
        "\"fieldsV1\":{\"f:metadata\":{\"f:annotations\":{\".\":{},\"f:checksum/config\":{}},"
        "\"f:generateName\":{},\"f:labels\":{\".\":{},\"f:app\":{},\"f:pod-template-hash\":{}},"
        "\"f:ownerReferences\":{\".\":{},\"k:{\\\"uid\\\":\\\"5a1f0e8c-30e4-4b1e-9d0a-%012x\\\"}\":"
        "{}}},\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"app\\\"}\":{\".\":{},\"f:env\":{"
        "\".\":{},\"k:{\\\"name\\\":\\\"DATABASE_URL\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}"
        ","
        "\"k:{\\\"name\\\":\\\"LOG_LEVEL\\\"}\":{\".\":{},\"f:name\":{},\"f:value\":{}}},"
        "\"f:image\":{},\"f:imagePullPolicy\":{},\"f:livenessProbe\":{\".\":{},"
        "\"f:failureThreshold\":{},\"f:httpGet\":{\".\":{},\"f:path\":{},\"f:port\":{},"
        "\"f:scheme\":{}},\"f:periodSeconds\":{},\"f:successThreshold\":{},\"f:timeoutSeconds\":{}}"
        ","
        "\"f:name\":{},\"f:ports\":{\".\":{},\"k:{\\\"containerPort\\\":8080,\\\"protocol\\\":"
        "\\\"TCP\\\"}\":{\".\":{},\"f:containerPort\":{},\"f:protocol\":{}}},\"f:resources\":{\"."
        "\":"
        "{},\"f:limits\":{\".\":{},\"f:memory\":{}},\"f:requests\":{\".\":{},\"f:cpu\":{},"
        "\"f:memory\":{}}}}},\"f:dnsPolicy\":{},\"f:restartPolicy\":{},\"f:schedulerName\":{},"
        "\"f:terminationGracePeriodSeconds\":{}}}},{\"manager\":\"kubelet\",\"operation\":"
        "\"Update\","
        "\"apiVersion\":\"v1\",\"time\":\"2024-03-%02dT08:14:29Z\",\"fieldsType\":\"FieldsV1\","
        "\"fieldsV1\":{\"f:status\":{\"f:conditions\":{\"k:{\\\"type\\\":\\\"Ready\\\"}\":{\".\":{}"
        ","
        "\"f:lastProbeTime\":{},\"f:lastTransitionTime\":{},\"f:status\":{},\"f:type\":{}}},"
        "\"f:containerStatuses\":{},\"f:hostIP\":{},\"f:phase\":{},\"f:podIP\":{},\"f:podIPs\":{"
        "\".\":{},\"k:{\\\"ip\\\":\\\"10.244.3.%d\\\"}\":{\".\":{},\"f:ip\":{}}},\"f:startTime\":{}"
        "}},"
        "\"subresource\":\"status\"}]",
        n % 28 + 1, (unsigned)n, n % 28 + 1, n % 250);
}

static void put_metadata(struct wgo_buf *out, int n)
{
    wgo_buf_format(
        out,
        "\"metadata\":{\"name\":\"checkout-api-7d9c5b8f6d-%05x\",\"generateName\":"
        "\"checkout-api-7d9c5b8f6d-\",\"namespace\":\"team-%d\",\"uid\":"
        "\"0f7a5c1e-9b64-4c1a-8a51-%012x\",\"resourceVersion\":\"%d\",\"creationTimestamp\":"
        "\"2024-03-%02dT08:14:12Z\",\"labels\":{\"app\":\"checkout-api\",\"app.kubernetes.io/"
        "name\":"
        "\"checkout-api\",\"app.kubernetes.io/instance\":\"checkout\",\"pod-template-hash\":"
        "\"7d9c5b8f6d\"},\"annotations\":{\"checksum/config\":\"0b0f7d4c1e63b2a98f0ad3b4f3c1f6a7\","
        "\"kubectl.kubernetes.io/last-applied-configuration\":\"{\\\"apiVersion\\\":\\\"v1\\\","
        "\\\"kind\\\":\\\"Pod\\\",\\\"metadata\\\":{\\\"name\\\":\\\"checkout-api\\\"}}\\n\"},"
        "\"ownerReferences\":[{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":"
        "\"checkout-api-7d9c5b8f6d\",\"uid\":\"5a1f0e8c-30e4-4b1e-9d0a-%012x\",\"controller\":true,"
        "\"blockOwnerDeletion\":true}],",
        (unsigned)n, n % 40, (unsigned)n, 100000 + n, n % 28 + 1, (unsigned)n);
    put_managed_fields(out, n);
    wgo_buf_cstr(out, "},");
}

static void put_spec(struct wgo_buf *out, int n)
{
    wgo_buf_format(
        out,
        "\"spec\":{\"volumes\":[{\"name\":\"kube-api-access-%05x\",\"projected\":{\"sources\":[{"
        "\"serviceAccountToken\":{\"expirationSeconds\":3607,\"path\":\"token\"}},{\"configMap\":{"
        "\"name\":\"kube-root-ca.crt\",\"items\":[{\"key\":\"ca.crt\",\"path\":\"ca.crt\"}]}},{"
        "\"downwardAPI\":{\"items\":[{\"path\":\"namespace\",\"fieldRef\":{\"apiVersion\":\"v1\","
        "\"fieldPath\":\"metadata.namespace\"}}]}}],\"defaultMode\":420}}],\"containers\":[{"
        "\"name\":"
        "\"app\",\"image\":\"registry.example.com/shop/checkout-api:1.42.%d\",\"ports\":[{"
        "\"containerPort\":8080,\"protocol\":\"TCP\"}],\"env\":[{\"name\":\"DATABASE_URL\","
        "\"value\":"
        "\"postgres://checkout:hunter2@db.example.com:5432/checkout?sslmode=require\"},{\"name\":"
        "\"LOG_LEVEL\",\"value\":\"info\"},{\"name\":\"POD_IP\",\"valueFrom\":{\"fieldRef\":{"
        "\"apiVersion\":\"v1\",\"fieldPath\":\"status.podIP\"}}}],\"resources\":{\"limits\":{"
        "\"memory\":\"512Mi\"},\"requests\":{\"cpu\":\"250m\",\"memory\":\"256Mi\"}},"
        "\"volumeMounts\":[{\"name\":\"kube-api-access-%05x\",\"readOnly\":true,\"mountPath\":"
        "\"/var/run/secrets/kubernetes.io/serviceaccount\"}],\"livenessProbe\":{\"httpGet\":{"
        "\"path\":\"/healthz\",\"port\":8080,\"scheme\":\"HTTP\"},\"timeoutSeconds\":1,"
        "\"periodSeconds\":10,\"successThreshold\":1,\"failureThreshold\":3},"
        "\"terminationMessagePath\":\"/dev/termination-log\",\"terminationMessagePolicy\":\"File\","
        "\"imagePullPolicy\":\"IfNotPresent\"}],\"restartPolicy\":\"Always\","
        "\"terminationGracePeriodSeconds\":30,\"dnsPolicy\":\"ClusterFirst\","
        "\"serviceAccountName\":"
        "\"default\",\"serviceAccount\":\"default\",\"nodeName\":\"ip-10-0-%d-%d.ec2.internal\","
        "\"securityContext\":{},\"schedulerName\":\"default-scheduler\",\"tolerations\":[{\"key\":"
        "\"node.kubernetes.io/not-ready\",\"operator\":\"Exists\",\"effect\":\"NoExecute\","
        "\"tolerationSeconds\":300},{\"key\":\"node.kubernetes.io/unreachable\",\"operator\":"
        "\"Exists\",\"effect\":\"NoExecute\",\"tolerationSeconds\":300}],\"priority\":0,"
        "\"enableServiceLinks\":true,\"preemptionPolicy\":\"PreemptLowerPriority\"},",
        (unsigned)n, n % 100, (unsigned)n, n % 8, n % 250);
}

static void put_status(struct wgo_buf *out, int n)
{
    static const char *const conditions[] = {"Initialized", "Ready", "ContainersReady",
                                             "PodScheduled"};
    wgo_buf_cstr(out, "\"status\":{\"phase\":\"Running\",\"conditions\":[");
    for (size_t i = 0; i < WGO_COUNT(conditions); i++) {
        wgo_buf_format(out,
                       "%s{\"type\":\"%s\",\"status\":\"True\",\"lastProbeTime\":null,"
                       "\"lastTransitionTime\":\"2024-03-%02dT08:14:2%zuZ\"}",
                       i ? "," : "", conditions[i], n % 28 + 1, i);
    }
    wgo_buf_format(
        out,
        "],\"hostIP\":\"10.0.%d.%d\",\"podIP\":\"10.244.3.%d\",\"podIPs\":[{\"ip\":\"10.244.3.%d\"}"
        "],"
        "\"startTime\":\"2024-03-%02dT08:14:12Z\",\"containerStatuses\":[{\"name\":\"app\","
        "\"state\":"
        "{\"running\":{\"startedAt\":\"2024-03-%02dT08:14:28Z\"}},\"lastState\":{},\"ready\":true,"
        "\"restartCount\":%d,\"image\":\"registry.example.com/shop/checkout-api:1.42.%d\","
        "\"imageID\":\"registry.example.com/shop/checkout-api@sha256:"
        "9b1c0f7a5c1e9b644c1a8a510f7a5c1e9b644c1a8a510f7a5c1e9b644c1a8a51\",\"containerID\":"
        "\"containerd://4c1a8a510f7a5c1e9b644c1a8a510f7a5c1e9b649b1c0f7a5c1e9b644c1a8a51\","
        "\"started\":true}],\"qosClass\":\"Burstable\"}",
        n % 8, n % 250, n % 250, n % 250, n % 28 + 1, n % 28 + 1, n % 3, n % 100);
}

static void make_page(struct wgo_buf *out)
{
    wgo_buf_cstr(out,
                 "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":"
                 "\"1048576\",\"continue\":\"eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ\"},\"items\":[");
    for (int n = 0; out->len < PAGE_SIZE; n++) {
        wgo_buf_cstr(out, n ? ",{" : "{");
        put_metadata(out, n);
        put_spec(out, n);
        put_status(out, n);
        wgo_buf_char(out, '}');
    }
    wgo_buf_cstr(out, "]}\n");
}

struct bench {
    struct wgo_str page, spaced; /* compact, and as a server that prints prettily writes it */
    struct pods *pods;
};

static void need(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "json_bench: %s failed\n", what);
        exit(1);
    }
}

/* A line for each value, two spaces for each level. */
static void make_spaced(struct wgo_str page, struct wgo_buf *out)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < page.len; i++) {
        char c = page.ptr[i];
        bool opens = !in_string && (c == '{' || c == '['), closes = c == '}' || c == ']';
        in_string ^= c == '"';
        if (in_string && c == '\\') {
            wgo_buf_char(out, c);
            c = page.ptr[++i];
        }
        depth -= !in_string && closes;
        if (!in_string && closes) {
            wgo_buf_format(out, "\n%*s", 2 * depth, "");
        }
        wgo_buf_char(out, c);
        depth += opens;
        if (opens || (!in_string && c == ',')) {
            wgo_buf_format(out, "\n%*s", 2 * depth, "");
        } else if (!in_string && c == ':') {
            wgo_buf_char(out, ' ');
        }
    }
}

static size_t run_check(struct bench *b)
{
    need(wgo_json_check(b->page, NULL) == WGO_OK, "check");
    return b->page.len;
}

static size_t run_kernel(struct bench *b, unsigned index)
{
    const struct wgo_json_kernel *kernel = wgo_json_kernel_at(index);
    if (!kernel) {
        return 0;
    }
    need(kernel->sound(b->page.ptr, b->page.ptr + b->page.len, NULL), kernel->name);
    return b->page.len;
}

static size_t run_plain(struct bench *b)
{
    return run_kernel(b, 0);
}

static size_t run_sse2(struct bench *b)
{
    return run_kernel(b, 1);
}

static size_t run_avx2(struct bench *b)
{
    return run_kernel(b, 2);
}

static size_t run_spaced(struct bench *b)
{
    need(wgo_json_check(b->spaced, NULL) == WGO_OK, "check of the spaced page");
    return b->spaced.len;
}

static size_t run_page(struct bench *b)
{
    (void)pods_split(b->pods, b->page);
    return b->page.len;
}

static size_t run_page_and_items(struct bench *b)
{
    return pods_read(b->pods, b->page, false);
}

static size_t run_whole(struct bench *b)
{
    return pods_read(b->pods, b->page, true);
}

static size_t run_spaced_and_items(struct bench *b)
{
    return pods_read(b->pods, b->spaced, false);
}

static size_t run_fingerprint(struct bench *b)
{
    struct wgo_str text = wgo_str_trim(b->page); /* as it stands in a record */
    need(wgo_json_fingerprint(text) != 0, "fingerprint");
    return text.len;
}

static size_t run_json_c(struct bench *b)
{
    struct json_object *tree = json_tokener_parse(b->page.ptr);
    need(tree != NULL, "json-c");
    json_object_put(tree);
    return b->page.len;
}

struct reader {
    const char *name;
    size_t (*run)(struct bench *b); /* gives the bytes it went through */
    int repeats;                    /* a round */
    double mb_s[ROUNDS];
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(struct bench *b, struct reader *reader, int round)
{
    const struct wgo_clock *clock = wgo_clock_system();
    struct wgo_mono start = wgo_clock_mono(clock);
    size_t bytes = 0;
    for (int i = 0; i < reader->repeats; i++) {
        bytes += reader->run(b);
    }
    int64_t ns = wgo_mono_sub(wgo_clock_mono(clock), start);
    reader->mb_s[round] = (double)bytes * 1e3 / (double)(ns ? ns : 1);
}

static void report_json(const struct bench *b, const struct reader *readers, size_t count)
{
    struct wgo_buf out = {0};
    struct wgo_json_writer w;
    double json_c = readers[count - 1].mb_s[ROUNDS / 2];
    wgo_json_writer_init(&w, &out);
    wgo_json_open_object(&w);
    wgo_json_key(&w, "page_bytes");
    wgo_json_put_u64(&w, b->page.len);
    for (size_t i = 0; i < count; i++) {
        wgo_json_key(&w, readers[i].name);
        wgo_json_open_object(&w);
        wgo_json_key(&w, "mb_s");
        wgo_json_put_double(&w, readers[i].mb_s[ROUNDS / 2], 1);
        wgo_json_key(&w, "ratio_to_json_c");
        wgo_json_put_double(&w, readers[i].mb_s[ROUNDS / 2] / json_c, 2);
        wgo_json_close_object(&w);
    }
    wgo_json_close_object(&w);
    need(out.failed == WGO_OK, "report");
    printf("%.*s\n", (int)out.len, out.ptr);
    wgo_buf_fini(&out);
}

static void report_table(const struct bench *b, const struct reader *readers, size_t count)
{
    double json_c = readers[count - 1].mb_s[ROUNDS / 2];
    printf("one page of %zu bytes, median of %d rounds\n", b->page.len, (int)ROUNDS);
    for (size_t i = 0; i < count; i++) {
        double mb_s = readers[i].mb_s[ROUNDS / 2];
        printf("%-16s %8.1f MB/s %7.2f x json-c\n", readers[i].name, mb_s, mb_s / json_c);
    }
}

static int repeat(struct bench *b, const struct reader *readers, size_t count, const char *name,
                  unsigned long times)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(readers[i].name, name) == 0) {
            size_t bytes = 0;
            for (unsigned long n = 0; n < times; n++) {
                bytes += readers[i].run(b);
            }
            printf("{\"operations\":%lu,\"bytes\":%zu}\n", times, bytes);
            return 0;
        }
    }
    fprintf(stderr, "no reader %s\n", name);
    return 2;
}

/* Another page takes the place of the one that is made: '*argc' and '*argv' are what is left. */
static void get_page(int *argc, char ***argv, struct wgo_buf *page)
{
    struct wgo_error err;
    if (*argc > 2 && strcmp((*argv)[1], "--page") == 0) {
        need(wgo_file_read((*argv)[2], SIZE_MAX, page, &err) == WGO_OK, err.message);
        *argc -= 2;
        *argv += 2;
    } else {
        make_page(page);
    }
    need(wgo_buf_terminated(page) != NULL, "making the page");
}

static void end(struct bench *bench, struct wgo_buf *page, struct wgo_buf *spaced)
{
    pods_free(bench->pods);
    wgo_buf_fini(page);
    wgo_buf_fini(spaced);
}

int main(int argc, char **argv)
{
    struct reader readers[] = {
        {.name = "check", .run = run_check, .repeats = 10},
        {.name = "check_plain", .run = run_plain, .repeats = 5},
        {.name = "check_sse2", .run = run_sse2, .repeats = 5},
        {.name = "check_avx2", .run = run_avx2, .repeats = 5},
        {.name = "check_spaced", .run = run_spaced, .repeats = 5},
        {.name = "page", .run = run_page, .repeats = 10},
        {.name = "page_and_items", .run = run_page_and_items, .repeats = 10},
        {.name = "whole", .run = run_whole, .repeats = 10},
        {.name = "spaced_and_items", .run = run_spaced_and_items, .repeats = 5},
        {.name = "fingerprint", .run = run_fingerprint, .repeats = 5},
        {.name = "json_c", .run = run_json_c, .repeats = 1},
    };
    struct wgo_buf page = {0}, spaced = {0};
    struct bench bench = {.pods = pods_new()};
    get_page(&argc, &argv, &page);
    bench.page = wgo_buf_view(&page);
    make_spaced(bench.page, &spaced);
    bench.spaced = wgo_buf_view(&spaced);
    if (argc == 5 && strcmp(argv[1], "--only") == 0 && strcmp(argv[3], "--times") == 0) {
        int code = repeat(&bench, readers, WGO_COUNT(readers), argv[2], strtoul(argv[4], NULL, 10));
        end(&bench, &page, &spaced);
        return code;
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < WGO_COUNT(readers); i++) {
            measure(&bench, &readers[i], round);
        }
    }
    for (size_t i = 0; i < WGO_COUNT(readers); i++) {
        qsort(readers[i].mb_s, ROUNDS, sizeof(double), by_value);
    }
    if (argc > 1 && strcmp(argv[1], "--json") == 0) {
        report_json(&bench, readers, WGO_COUNT(readers));
    } else {
        report_table(&bench, readers, WGO_COUNT(readers));
    }
    end(&bench, &page, &spaced);
    return 0;
}
