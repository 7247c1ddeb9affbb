/* scan_two_providers.c: a Kubernetes cluster and a Terraform state, read at once, in one snapshot.
 *
 *     cc scan_two_providers.c $(pkg-config --cflags --libs wgo) -o scan_two_providers
 *     ./scan_two_providers prod infra/terraform.tfstate snapshot.json
 *
 * The kubeconfig is the one kubectl would use (KUBECONFIG, ~/.kube/config). */
#include <wgo.h>

#include <inttypes.h>
#include <stdio.h>

static int explain(const struct wgo_problem *problem)
{
    fprintf(stderr, "%s%s%s\n", problem->provider, problem->provider[0] ? ": " : "",
            problem->message);
    if (problem->hint[0]) {
        fprintf(stderr, "hint: %s\n", problem->hint);
    }
    return problem->code;
}

static void on_warning(void *user, const char *provider, const char *text)
{
    (void)user;
    fprintf(stderr, "warning: %s: %s\n", provider, text);
}

static void print_providers(const struct wgo_result *result)
{
    struct wgo_report_of_provider report;
    for (size_t i = 0; wgo_result_provider(result, i, &report); i++) {
        printf("%-12s %8" PRIu64 " resources %6" PRIu64 " calls %8.1f ms  %s\n", report.name,
               report.records, report.calls, (double)report.duration_ns / 1e6,
               report.code == WGO_COMPLETE ? "complete" : report.problem.message);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s CONTEXT STATE_FILE SNAPSHOT\n", argv[0]);
        return WGO_MISUSED;
    }
    const struct wgo_setting cluster[] = {{"context", argv[1]}};
    const struct wgo_setting state[] = {{"state-file", argv[2]}};
    const struct wgo_provider providers[] = {
        {.name = "kubernetes", .max_workers = 4, .settings = cluster, .setting_count = 1},
        {.name = "terraform", .timeout_ms = 60000, .settings = state, .setting_count = 1},
    };
    const struct wgo_options options = {.max_workers = 2, .timeout_ms = 120000};
    const struct wgo_events events = {.warning = on_warning};
    struct wgo_problem problem = {0};
    struct wgo_result *result = NULL;
    struct wgo *wgo = wgo_open(&options, &problem);
    enum wgo_code code = wgo ? WGO_COMPLETE : problem.code;

    for (size_t i = 0; i < 2 && code == WGO_COMPLETE; i++) {
        code = wgo_add(wgo, &providers[i], &problem);
    }
    if (code == WGO_COMPLETE) {
        code = wgo_scan(wgo, &events, &result, &problem);
    }
    if (code != WGO_COMPLETE) {
        explain(&problem); /* a partial snapshot is still one */
    }
    if (result) {
        print_providers(result);
        if (wgo_result_write(result, argv[3], WGO_JSON, &problem) != WGO_COMPLETE) {
            code = (enum wgo_code)explain(&problem);
        } else {
            printf("%" PRIu64 " resources in %s\n", wgo_result_resource_count(result), argv[3]);
        }
    }
    wgo_result_free(result);
    wgo_close(wgo);
    return (int)code;
}
