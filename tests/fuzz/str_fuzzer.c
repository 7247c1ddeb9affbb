/* Text: the first line is a pattern, the rest a text; both also go through every other reader. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"
#include "fuzz.h"

static void read_as_everything(struct wgo_str s)
{
    int64_t i64;
    uint64_t u64;
    bool truth;
    struct wgo_wall wall;
    size_t bad_at = 0;
    require(!wgo_str_to_u64(s, &u64) || s.len > 0);
    require(!wgo_str_to_i64(s, &i64) || s.len > 0);
    require(!wgo_str_to_duration(s, &i64) || i64 >= 0);
    require(!wgo_str_to_size(s, &u64) || s.len > 0);
    require(!wgo_str_to_bool(s, &truth) || s.len <= 5);
    wgo_wall_parse_http(s, &wall);
    require(wgo_str_is_utf8(s, &bad_at) || bad_at < s.len);
    if (wgo_wall_parse(s, &wall)) {
        char text[WGO_WALL_TEXT];
        struct wgo_wall again;
        wgo_wall_format(wall, true, text);
        require(wgo_wall_parse(wgo_str(text), &again) && again.ns == wall.ns);
    }
}

static void cut_and_copy(struct wgo_str s)
{
    struct wgo_arena arena = {0};
    size_t total = 0;
    for (struct wgo_str rest = s; rest.ptr;) {
        total += wgo_str_split(&rest, ',').len + (rest.ptr ? 1 : 0);
    }
    require(total == s.len);
    require(wgo_str_eq(wgo_str_dup(&arena, s), s));
    require(wgo_str_find(s, wgo_str_trim(s)) <= s.len);
    wgo_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str text = wgo_str_from((const char *)data, size);
    struct wgo_str pattern = wgo_str_split(&text, '\n');
    wgo_str_glob(pattern, text);
    require(wgo_str_has_glob(pattern) || pattern.len >= 1024 ||
            wgo_str_glob(pattern, text) == wgo_str_eq(pattern, text));
    require(pattern.len >= 1024 || wgo_str_glob(WGO_STR("{x,*}"), text));
    require(wgo_str_distance(pattern, pattern) == 0 || pattern.len > 63);
    require(wgo_str_distance(pattern, text) == wgo_str_distance(text, pattern));
    read_as_everything(pattern);
    read_as_everything(text);
    cut_and_copy(wgo_str_from((const char *)data, size));
    return 0;
}
