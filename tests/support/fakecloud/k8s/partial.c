#include "k8s/partial.h"

#include <stdlib.h>
#include <string.h>

#include "k8s/drifted.h"
#include "k8s/status.h"

/* ---- which form ---- */

/* Whether "a;b;c" has the part 'word', spaces apart. */
static bool has_part(struct fc_str clause, const char *word)
{
    size_t at = 0;

    while (at < clause.n) {
        size_t end = at;
        struct fc_str part;

        while (end < clause.n && clause.p[end] != ';') {
            end++;
        }
        part = (struct fc_str){clause.p + at, end - at};
        while (part.n > 0 && *part.p == ' ') {
            part.p++;
            part.n--;
        }
        while (part.n > 0 && part.p[part.n - 1] == ' ') {
            part.n--;
        }
        if (fc_str_eq(part, word)) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

static bool is_json(struct fc_str clause)
{
    return has_part(clause, "application/json") || has_part(clause, "application/*") ||
           has_part(clause, "*/*");
}

bool k8s_partial_wanted(const struct fc_request *rq, const char *form)
{
    const char *accept = fc_request_header(rq, "Accept");

    while (accept != NULL && *accept != '\0') {
        size_t n = strcspn(accept, ",");
        struct fc_str clause = {accept, n};

        if (is_json(clause) && has_part(clause, form) && has_part(clause, "g=meta.k8s.io") &&
            (has_part(clause, "v=v1") || has_part(clause, "v=v1beta1"))) {
            return true;
        }
        if (is_json(clause) && memmem(accept, n, "as=", 3) == NULL) {
            return false; /* The plain form comes first. */
        }
        accept += n + (accept[n] == ',');
    }
    return false;
}

/* ---- what is told ---- */

/* The end of the JSON value at 'at': the comma or bracket behind it. */
static size_t value_end(const char *json, size_t len, size_t at)
{
    bool in_string = false;
    int depth = 0;

    for (; at < len; at++) {
        char ch = json[at];

        if (in_string) {
            at += ch == '\\';
            in_string = ch != '"';
        } else if (ch == '"') {
            in_string = true;
        } else if (ch == '{' || ch == '[') {
            depth++;
        } else if (depth == 0 && (ch == ',' || ch == '}' || ch == ']')) {
            break;
        } else if (ch == '}' || ch == ']') {
            depth--;
        }
    }
    return at;
}

/* The value of the object's member "metadata"; "{}" when it has none. */
static struct fc_str metadata_of(const char *json, size_t len)
{
    static const char key[] = "\"metadata\":";
    size_t n = sizeof(key) - 1, at = 1;

    while (at < len && json[at] == '"') {
        size_t end = value_end(json, len, at);

        if (end - at > n && memcmp(json + at, key, n) == 0) {
            return (struct fc_str){json + at + n, end - at - n};
        }
        at = end + 1;
    }
    return fc_str_of("{}");
}

void k8s_partial_add(struct fc_text *out, const char *json, size_t len)
{
    struct fc_str metadata = metadata_of(json, len);

    fc_text_puts(out, "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\","
                      "\"metadata\":");
    fc_text_add(out, metadata.p, metadata.n);
    fc_text_puts(out, "}");
}

static void add_items(const struct k8s_cluster *c, const struct k8s_template *t,
                      const struct k8s_resource *r, struct fc_str ns, const struct k8s_page *page,
                      struct fc_text *out)
{
    const struct k8s_range *range = &page->range;
    uint32_t pad = c->pad_bytes[r - k8s_resources];
    char *buf = fc_alloc(k8s_template_max(t) + pad + K8S_HEAD_MAX);
    struct k8s_obj obj;
    uint64_t i;

    buf[0] = '{';
    for (i = page->begin; i < page->end; i++) {
        uint64_t place = k8s_range_place(range, i);
        const char *json = buf;
        size_t len;

        if (place < range->generated) {
            k8s_obj_at(c, r->store, k8s_range_index(c, r, range, i), &obj);
            len = 1 + k8s_template_print(t, &obj, pad, buf + 1);
        } else {
            json = k8s_extra_at(c, r, ns, place - range->generated)->whole;
            len = strlen(json);
        }
        fc_text_puts(out, i > page->begin ? "," : "");
        k8s_partial_add(out, json, len);
    }
    free(buf);
}

void k8s_partial_list(const struct k8s_cluster *c, const struct k8s_template *t,
                      const struct k8s_resource *r, struct fc_str ns, const struct k8s_page *page,
                      struct fc_reply *reply)
{
    struct fc_text text = {0};

    fc_text_puts(&text, "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\","
                        "\"metadata\":{");
    k8s_page_print(c, r, page, &text);
    fc_text_puts(&text, "},\"items\":[");
    add_items(c, t, r, ns, page, &text);
    fc_text_puts(&text, "]}\n");
    fc_reply_text(reply, 200, K8S_JSON, &text);
}
