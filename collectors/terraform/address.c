#include "terraform/address.h"

#include "base/arena.h"
#include "base/json.h"
#include "model/http.h"

/* What Go's unicode.IsPrint, which decides in Terraform, does not print, by range. Unassigned code
 * points are taken as printable: they change with every version of Unicode. */
static const struct {
    uint32_t first, last;
} unprintable[] = {
    {0x00, 0x1F},     {0x7F, 0xA0},     {0xAD, 0xAD},       {0x600, 0x605},      {0x61C, 0x61C},
    {0x6DD, 0x6DD},   {0x70F, 0x70F},   {0x1680, 0x1680},   {0x180E, 0x180E},    {0x2000, 0x200F},
    {0x2028, 0x202F}, {0x205F, 0x206F}, {0x3000, 0x3000},   {0xD800, 0xF8FF},    {0xFEFF, 0xFEFF},
    {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE007F}, {0xF0000, 0x10FFFF},
};

static bool is_printable(uint32_t c)
{
    for (size_t i = 0; i < WGO_COUNT(unprintable); i++) {
        if (c >= unprintable[i].first && c <= unprintable[i].last) {
            return false;
        }
    }
    return true;
}

/* The character at 'at' of text that is known to be UTF-8. */
static size_t decode(struct wgo_str s, size_t at, uint32_t *out)
{
    unsigned char lead = (unsigned char)s.ptr[at];
    size_t len = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t c = len == 1 ? lead : lead & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len && at + i < s.len; i++) {
        c = c << 6 | ((unsigned char)s.ptr[at + i] & 0x3F);
    }
    *out = c;
    return at + len <= s.len ? len : s.len - at;
}

static void put_quoted(struct wgo_buf *out, struct wgo_str text)
{
    static const char escapes[][2] = {
        {'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}, {'"', '"'}, {'\\', '\\'}};
    wgo_buf_char(out, '"');
    for (size_t at = 0, len; at < text.len; at += len) {
        uint32_t c;
        const char *escape = NULL;
        len = decode(text, at, &c);
        for (size_t i = 0; i < WGO_COUNT(escapes); i++) {
            escape = c == (unsigned char)escapes[i][0] ? escapes[i] : escape;
        }
        if (escape) {
            wgo_buf_char(out, '\\');
            wgo_buf_char(out, escape[1]);
        } else if (!is_printable(c)) {
            wgo_buf_format(out, c < 0x10000 ? "\\u%04x" : "\\U%08x", (unsigned)c);
        } else {
            wgo_buf_append(out, text.ptr + at, len);
            if ((c == '$' || c == '%') && at + 1 < text.len && text.ptr[at + 1] == '{') {
                wgo_buf_char(out, (char)c);
            }
        }
    }
    wgo_buf_char(out, '"');
}

bool wgo_tf_key(struct wgo_buf *out, struct wgo_str raw, struct wgo_arena *arena)
{
    int64_t number;
    switch (raw.len ? wgo_json_kind_of(raw) : WGO_JSON_NULL) {
    case WGO_JSON_NULL:
        return true;
    case WGO_JSON_NUMBER:
        if (!wgo_str_to_i64(raw, &number)) {
            return false;
        }
        wgo_buf_format(out, "[%lld]", (long long)number);
        return !out->failed;
    case WGO_JSON_STRING: {
        struct wgo_str text = wgo_json_text(raw, arena);
        if (!text.ptr) {
            return false;
        }
        wgo_buf_char(out, '[');
        put_quoted(out, text);
        wgo_buf_char(out, ']');
        return !out->failed;
    }
    default:
        return false;
    }
}

void wgo_tf_address(struct wgo_buf *out, struct wgo_str module, bool data, struct wgo_str type,
                    struct wgo_str name, struct wgo_str key)
{
    if (module.len) {
        wgo_buf_str(out, module);
        wgo_buf_char(out, '.');
    }
    if (data) {
        wgo_buf_cstr(out, "data.");
    }
    wgo_buf_str(out, type);
    wgo_buf_char(out, '.');
    wgo_buf_str(out, name);
    wgo_buf_str(out, key);
}

/* Length of the key in brackets at the front of 's'; 0 when there is none. */
static size_t key_len(struct wgo_str s)
{
    bool quoted = false;
    if (!s.len || s.ptr[0] != '[') {
        return 0;
    }
    for (size_t at = 1; at < s.len; at++) {
        char c = s.ptr[at];
        if (quoted && c == '\\') {
            at++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == ']' && !quoted) {
            return at + 1;
        }
    }
    return s.len;
}

/* Length of one name and the key behind it, to a dot or the end. */
static size_t part_len(struct wgo_str s)
{
    size_t at = 0;
    while (at < s.len && s.ptr[at] != '.') {
        size_t key = key_len(wgo_str_slice(s, at, s.len));
        at += key ? key : 1;
    }
    return at;
}

void wgo_tf_config_address(struct wgo_buf *out, struct wgo_str address)
{
    for (size_t at = 0; at < address.len;) {
        size_t key = key_len(wgo_str_slice(address, at, address.len));
        if (!key) {
            wgo_buf_char(out, address.ptr[at]);
        }
        at += key ? key : 1;
    }
}

struct wgo_str wgo_tf_module_step(struct wgo_str *rest)
{
    static const struct wgo_str word = {"module.", 7};
    if (!wgo_str_starts(*rest, word)) {
        return (struct wgo_str){0};
    }
    size_t len = word.len + part_len(wgo_str_slice(*rest, word.len, rest->len));
    struct wgo_str step = wgo_str_slice(*rest, 0, len);
    *rest = wgo_str_slice(*rest, len + 1, rest->len);
    return step;
}

struct wgo_str wgo_tf_module_of(struct wgo_str address)
{
    struct wgo_str rest = address;
    struct wgo_str module = WGO_STR("");
    for (struct wgo_str step; (step = wgo_tf_module_step(&rest)).ptr;) {
        module = wgo_str_from(address.ptr, (size_t)(step.ptr + step.len - address.ptr));
    }
    return module;
}

bool wgo_tf_is_data(struct wgo_str address)
{
    struct wgo_str rest = address;
    while (wgo_tf_module_step(&rest).ptr) {
    }
    return wgo_str_starts(rest, WGO_STR("data."));
}

void wgo_tf_id(struct wgo_buf *out, struct wgo_str lineage, struct wgo_str address,
               struct wgo_str deposed)
{
    wgo_buf_cstr(out, "terraform://");
    wgo_buf_str(out, lineage);
    wgo_buf_char(out, '/');
    wgo_url_encode(out, address, false);
    if (deposed.len) {
        wgo_buf_char(out, '#');
        wgo_url_encode(out, deposed, false);
    }
}

uint64_t wgo_tf_hash(struct wgo_str bytes)
{
    /* FNV-1a, then the finalizer of MurmurHash3, so that all bits depend on all bytes. */
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < bytes.len; i++) {
        h = (h ^ (unsigned char)bytes.ptr[i]) * UINT64_C(0x100000001b3);
    }
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}
