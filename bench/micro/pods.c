#include "pods.h"

#include "base/arena.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

#define RULE(text, what, number)                                                                   \
    {                                                                                              \
        {text, sizeof(text) - 1}, what, number                                                     \
    }

static const struct wgo_json_rule page_rules[] = {
    RULE("items[]", WGO_JSON_ITEM, 0),
    RULE("metadata.continue", WGO_JSON_PICK, 0),
    RULE("metadata.resourceVersion", WGO_JSON_PICK, 1),
};

static const struct wgo_json_rule item_rules[] = {
    RULE("metadata.name", WGO_JSON_PICK, 0),
    RULE("metadata.namespace", WGO_JSON_PICK, 1),
    RULE("metadata.uid", WGO_JSON_PICK, 2),
    RULE("metadata.creationTimestamp", WGO_JSON_PICK, 3),
    RULE("metadata.resourceVersion", WGO_JSON_PICK, 4),
    RULE("metadata.labels", WGO_JSON_PICK, 5),
    RULE("metadata.ownerReferences", WGO_JSON_PICK, 6),
    RULE("metadata.managedFields", WGO_JSON_CUT, 0),
    RULE("metadata.annotations.\"kubectl.kubernetes.io/last-applied-configuration\"", WGO_JSON_CUT,
         0),
    RULE("spec.containers[].env[].value", WGO_JSON_REDACT, 0),
    RULE("spec.initContainers[].env[].value", WGO_JSON_REDACT, 0),
    RULE("spec.ephemeralContainers[].env[].value", WGO_JSON_REDACT, 0),
};

struct pods {
    struct wgo_json_plan *page_plan, *item_plan;
    struct wgo_json_page page;
    struct wgo_arena arena;
    struct wgo_buf copy;
};

static void need(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "reading pods: %s failed\n", what);
        exit(1);
    }
}

struct pods *pods_new(void)
{
    struct pods *pods = calloc(1, sizeof(*pods));
    need(pods &&
             wgo_json_plan_new(page_rules, WGO_COUNT(page_rules), &pods->page_plan, NULL) == WGO_OK,
         "making the plan of a page");
    need(wgo_json_plan_new(item_rules, WGO_COUNT(item_rules), &pods->item_plan, NULL) == WGO_OK,
         "making the plan of an item");
    wgo_arena_init(&pods->arena, 0);
    return pods;
}

void pods_free(struct pods *pods)
{
    if (pods) {
        wgo_json_plan_free(pods->page_plan);
        wgo_json_plan_free(pods->item_plan);
        wgo_arena_fini(&pods->arena);
        wgo_buf_fini(&pods->copy);
        free(pods);
    }
}

static bool redact(void *state, struct wgo_str raw, struct wgo_buf *out)
{
    (void)state;
    (void)raw;
    return wgo_buf_str(out, WGO_STR("\"(redacted)\""));
}

const struct wgo_json_page *pods_split(struct pods *pods, struct wgo_str document)
{
    wgo_arena_reset(&pods->arena);
    need(wgo_json_plan_page(pods->page_plan, document, &pods->arena, &pods->page, NULL) == WGO_OK,
         "splitting a page");
    return &pods->page;
}

size_t pods_read(struct pods *pods, struct wgo_str document, bool fingerprints)
{
    const struct wgo_json_page *page = pods_split(pods, document);
    struct wgo_str picks[WGO_JSON_PICKS];
    wgo_buf_reset(&pods->copy);
    for (size_t i = 0; i < page->item_count; i++) {
        size_t before = pods->copy.len;
        need(wgo_json_plan_item(pods->item_plan, page->items[i], picks, NULL, redact, NULL,
                                &pods->copy, NULL) == WGO_OK,
             "copying an item");
        struct wgo_str kept = wgo_str_slice(wgo_buf_view(&pods->copy), before, pods->copy.len);
        need(!fingerprints || wgo_json_fingerprint(kept) != 0, "fingerprint of an item");
    }
    return document.len;
}
