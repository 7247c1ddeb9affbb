/* The AWS tools' INI files: a tree of lines in order, or an error that says where; and no value in
 * that error. */
#include "aws/ini.h"
#include "base/buf.h"
#include "fuzz.h"

static void walk(const struct wgo_aws_ini *ini)
{
    unsigned line = 0;
    for (const struct wgo_aws_ini_section *s = ini->first; s; s = s->next) {
        require(s->line > line && s->name.len > 0);
        line = s->line;
        for (const struct wgo_aws_ini_key *key = s->first; key; key = key->next) {
            require(key->line > line && key->name.len > 0);
            require(wgo_aws_ini_find(s->first, key->name) == key);
            line = key->line;
            require(!key->first || key->value.len == 0);
            for (const struct wgo_aws_ini_key *sub = key->first; sub; sub = sub->next) {
                require(sub->line > line && !sub->first);
                line = sub->line;
            }
        }
    }
}

static void split(struct wgo_arena *arena, struct wgo_str text)
{
    const char **words;
    size_t count, len = 0;
    if (wgo_aws_split(arena, text, &words, &count, NULL) == WGO_OK) {
        for (size_t i = 0; i < count; i++) {
            len += strlen(words[i]);
        }
        require(len <= text.len && !words[count]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_arena arena = {0};
    struct wgo_aws_ini ini = {0};
    struct wgo_error err = {0};
    struct wgo_str text = wgo_str_from((const char *)data, size);
    if (size > 65536) {
        return 0;
    }
    if (wgo_aws_ini_parse(&arena, "F", text, &ini, &err) == WGO_OK) {
        walk(&ini);
    } else {
        require(!ini.first && err.status == WGO_E_CONFIG);
        require(wgo_str_starts(wgo_str(err.message), WGO_STR("F: ")));
    }
    split(&arena, text);
    wgo_arena_fini(&arena);
    return 0;
}
