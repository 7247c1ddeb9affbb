/* bare_loop.c: the requests of a list by libcurl alone, and the bodies dropped.
 *
 *   bench_bare_loop FILE [--window N] [--repeat N] [--insecure] */
#include "bare.h"

int main(int count, char **arguments)
{
    struct list_arguments settings;
    struct list list;
    struct list_report report;
    if (!list_arguments(count, arguments, &settings)) {
        return 2;
    }
    if (!list_load(settings.path, &list)) {
        return 1;
    }
    bool good = bare_loop(&list, &settings, NULL, &report);
    if (good) {
        list_print(&report);
    }
    list_free(&list);
    return good ? 0 : 1;
}
