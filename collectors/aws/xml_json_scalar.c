#include "aws/xml_json_scalar.h"

#include "base/json.h"
#include "base/json_write.h"
#include "model/http.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct wgo_str digits_of(struct wgo_str *rest)
{
    size_t len = 0;
    while (len < rest->len && is_digit(rest->ptr[len])) {
        len++;
    }
    struct wgo_str digits = wgo_str_slice(*rest, 0, len);
    *rest = wgo_str_slice(*rest, len, rest->len);
    return digits;
}

static bool take(struct wgo_str *rest, const char *any_of)
{
    if (rest->len == 0 || !strchr(any_of, rest->ptr[0]) || rest->ptr[0] == '\0') {
        return false;
    }
    *rest = wgo_str_slice(*rest, 1, rest->len);
    return true;
}

/* A decimal number's parts, as JSON wants them put together again. */
struct number {
    bool negative, negative_exponent;
    struct wgo_str whole, fraction, exponent;
};

static bool read_number(struct wgo_str text, struct number *out)
{
    struct wgo_str rest = text;
    *out = (struct number){0};
    out->negative = rest.len > 0 && rest.ptr[0] == '-';
    take(&rest, "+-");
    out->whole = digits_of(&rest);
    if (take(&rest, ".")) {
        out->fraction = digits_of(&rest);
    }
    if (out->whole.len + out->fraction.len == 0) {
        return false;
    }
    if (take(&rest, "eE")) {
        out->negative_exponent = rest.len > 0 && rest.ptr[0] == '-';
        take(&rest, "+-");
        out->exponent = digits_of(&rest);
        if (out->exponent.len == 0) {
            return false;
        }
    }
    while (out->whole.len > 1 && out->whole.ptr[0] == '0') {
        out->whole = wgo_str_slice(out->whole, 1, out->whole.len);
    }
    return rest.len == 0;
}

static void put_number(struct wgo_buf *out, enum wgo_aws_kind kind, struct wgo_str text)
{
    struct number n;
    struct wgo_str trimmed = wgo_str_trim(text);
    if (trimmed.len == 0) {
        wgo_buf_cstr(out, "null");
        return;
    }
    if (!read_number(trimmed, &n) || (kind == WGO_AWS_INT && (n.fraction.ptr || n.exponent.ptr))) {
        wgo_json_quote(out, text);
        return;
    }
    if (n.negative) {
        wgo_buf_char(out, '-');
    }
    wgo_buf_str(out, n.whole.len ? n.whole : WGO_STR("0"));
    if (n.fraction.len) {
        wgo_buf_char(out, '.');
        wgo_buf_str(out, n.fraction);
    }
    if (n.exponent.len) {
        wgo_buf_cstr(out, n.negative_exponent ? "e-" : "e");
        wgo_buf_str(out, n.exponent);
    }
}

static void put_time(struct wgo_buf *out, struct wgo_str text)
{
    size_t before = out->len;
    wgo_buf_char(out, '"');
    if (wgo_aws_time_text(out, text)) {
        wgo_buf_char(out, '"');
    } else if (!out->failed) {
        out->len = before;
        wgo_json_quote(out, text);
    }
}

/* Base64 is kept as it came, but for white space. */
static void put_blob(struct wgo_buf *out, struct wgo_str text)
{
    struct wgo_buf kept = {0};
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] > ' ') {
            wgo_buf_char(&kept, text.ptr[i]);
        }
    }
    if (kept.failed) {
        out->failed = kept.failed;
    } else {
        wgo_json_quote(out, wgo_buf_view(&kept));
    }
    wgo_buf_fini(&kept);
}

/* The document itself where 'document' is one, 'text' as a string where not. */
static void put_document(struct wgo_buf *out, struct wgo_str document, struct wgo_str text)
{
    document = wgo_str_trim(document);
    if (document.len > 0 && document.ptr[0] == '{' && wgo_json_check(document, NULL) == WGO_OK) {
        wgo_json_compact(document, out);
    } else {
        wgo_json_quote(out, text);
    }
}

static void put_policy(struct wgo_buf *out, struct wgo_str text)
{
    struct wgo_buf plain = {0};
    wgo_url_decode(&plain, text);
    if (plain.failed) {
        out->failed = plain.failed;
    } else {
        put_document(out, wgo_buf_view(&plain), text);
    }
    wgo_buf_fini(&plain);
}

void wgo_aws_put_scalar(struct wgo_buf *out, enum wgo_aws_kind kind, struct wgo_str text)
{
    switch (kind) {
    case WGO_AWS_BOOL:
        wgo_buf_cstr(out, wgo_str_is(wgo_str_trim(text), "true") ? "true" : "false");
        break;
    case WGO_AWS_INT:
    case WGO_AWS_FLOAT:
        put_number(out, kind, text);
        break;
    case WGO_AWS_TIME:
        put_time(out, text);
        break;
    case WGO_AWS_BLOB:
        put_blob(out, text);
        break;
    case WGO_AWS_POLICY:
        put_policy(out, text);
        break;
    case WGO_AWS_JSON:
        put_document(out, text, text);
        break;
    default:
        wgo_json_quote(out, text);
    }
}
