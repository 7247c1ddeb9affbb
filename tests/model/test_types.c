/* Which resource types a user's globs admit. */
#include "model/collector.h"

#include <criterion/criterion.h>

struct admit_case {
    const char *globs[4];
    const char *type, *native_type;
    bool noise, want;
};

static const struct admit_case cases[] = {
    {{NULL}, "kubernetes_pod", "v1/Pod", false, true},
    {{NULL}, "kubernetes_event", "v1/Event", true, false},
    {{"kubernetes_*"}, "kubernetes_pod", "", false, true},
    {{"kubernetes_*"}, "aws_instance", "", false, false},
    {{"v1/*"}, "kubernetes_pod", "v1/Pod", false, true},
    {{"*event*"}, "kubernetes_event", "", true, true},
    {{"*"}, "kubernetes_event", "", true, true},
    {{"kubernetes_pod"}, "kubernetes_event", "", true, false},
    {{"!kubernetes_secret"}, "kubernetes_pod", "", false, true},
    {{"!kubernetes_secret"}, "kubernetes_secret", "", false, false},
    {{"!kubernetes_secret"}, "kubernetes_event", "", true, false},
    {{"!v1/Secret"}, "kubernetes_secret", "v1/Secret", false, false},
    {{"kubernetes_*", "!*secret*"}, "kubernetes_secret", "", false, false},
    {{"!*secret*", "kubernetes_secret"}, "kubernetes_secret", "", false, false},
    {{"kubernetes_*", "!*secret*"}, "kubernetes_pod", "", false, true},
    {{"!*"}, "kubernetes_pod", "", false, false},
    {{""}, "kubernetes_pod", "", false, true},
    {{"!"}, "kubernetes_pod", "", false, true},
    {{"{kubernetes,aws}_*"}, "aws_instance", "", false, true},
    {{"aws::ec2::*"}, "aws_instance", "AWS::EC2::Instance", false, true},
    {{"AWS_Instance"}, "aws_instance", "AWS::EC2::Instance", false, true},
    {{"Microsoft.Foo/bars"}, "microsoft.foo/bars", "microsoft.foo/bars", false, true},
    {{"!KUBERNETES_*"}, "kubernetes_pod", "v1/Pod", false, false},
};

Test(types, admit)
{
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str items[4];
        struct wgo_str_list globs = {.items = items};
        while (globs.count < 4 && cases[i].globs[globs.count]) {
            items[globs.count] = wgo_str(cases[i].globs[globs.count]);
            globs.count++;
        }
        cr_assert_eq(wgo_types_admit(&globs, wgo_str(cases[i].type), wgo_str(cases[i].native_type),
                                     cases[i].noise),
                     cases[i].want, "case %zu: %s", i, cases[i].type);
    }
    cr_assert(wgo_types_admit(NULL, WGO_STR("a"), WGO_STR(""), false));
    cr_assert_not(wgo_types_admit(NULL, WGO_STR("a"), WGO_STR(""), true));
}

Test(regions, as_globs_exclusions_and_what_is_nowhere)
{
    static const struct {
        const char *globs[3], *region;
        bool admitted;
    } places[] = {
        {{NULL}, "eastus", true},
        {{"eastus"}, "eastus", true},
        {{"eastus"}, "westus", false},
        {{"west*", "eastus"}, "westus2", true},
        {{"all"}, "westus", true},
        {{"!west*"}, "westus", false},
        {{"!west*"}, "eastus", true},
        {{"all", "!west*"}, "westus", false},
        {{"west*", "!westus"}, "westus", false},
        {{"eastus"}, "", true},
        {{"eastus"}, "global", true},
    };
    for (size_t i = 0; i < WGO_COUNT(places); i++) {
        struct wgo_str items[3];
        struct wgo_str_list globs = {.items = items};
        for (; globs.count < 3 && places[i].globs[globs.count]; globs.count++) {
            items[globs.count] = wgo_str(places[i].globs[globs.count]);
        }
        cr_assert_eq(wgo_region_admits(&globs, wgo_str(places[i].region)), places[i].admitted,
                     "case %zu", i);
    }
    cr_assert(wgo_region_admits(NULL, WGO_STR("eastus")));
}
