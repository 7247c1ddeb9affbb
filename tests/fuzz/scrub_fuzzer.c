/* Texts of servers that repeat a secret: a first line with the secret, then the text. Nothing
 * grows, and the secret is not in what is left. */
#include "fuzz.h"
#include "model/scrub.h"

#include <stdlib.h>

static bool holds(struct wgo_str text, struct wgo_str part)
{
    return part.len >= 4 && wgo_str_find(text, part) < text.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str rest = wgo_str_from((const char *)data, size);
    struct wgo_str secret = wgo_str_split(&rest, '\n');
    struct wgo_scrub scrub = {.failed = false};
    char *text = malloc(rest.len + 1);
    require(text != NULL);
    wgo_scrub_add_basic(&scrub, WGO_STR("user"), secret);
    if (rest.len > 0) {
        memcpy(text, rest.ptr, rest.len);
    }
    size_t len = wgo_scrub_bytes(&scrub, text, rest.len);
    require(len <= rest.len);
    /* Stars may stand beside each other, and beside what was there. */
    if (wgo_str_find_char(secret, '*') == secret.len) {
        require(!holds(wgo_str_from(text, len), secret));
    }
    text[len] = '\0';
    size_t before = strlen(text);
    wgo_scrub_line(&scrub, text);
    require(strlen(text) <= before);
    free(text);
    wgo_scrub_fini(&scrub);
    return 0;
}
