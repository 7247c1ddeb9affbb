/* The snapshot's `completeness` array: rows that say the same become one. */
#include "base/clock.h"
#include "model/completeness_rows.h"

#include <stdlib.h>

enum field { ACCOUNT, REGION, TYPE, FIELDS };

static const char *const field_names[FIELDS] = {"account", "region", "type"};

/* One row of the array: a field is one text until it is folded, then several, sorted. */
struct line {
    const struct wgo_rows_row *row; /* speaks for all it was folded from */
    int64_t count, age_s;
    size_t size[FIELDS];
    const struct wgo_rows_text *one[FIELDS];
    const struct wgo_rows_text *const *many[FIELDS];
};

static const struct wgo_rows_text *item(const struct line *line, enum field field, size_t i)
{
    return line->size[field] == 1 ? line->one[field] : line->many[field][i];
}

static int compare_field(const struct line *a, const struct line *b, enum field field)
{
    for (size_t i = 0; i < a->size[field] && i < b->size[field]; i++) {
        int order = wgo_rows_text_cmp(item(a, field, i), item(b, field, i));
        if (order) {
            return order;
        }
    }
    return (a->size[field] > b->size[field]) - (a->size[field] < b->size[field]);
}

/* What a row says, apart from where. */
static int compare_words(const struct line *a, const struct line *b)
{
    if (a->row->seen != b->row->seen) {
        return a->row->seen < b->row->seen ? -1 : 1;
    }
    if (a->row->inconsistent != b->row->inconsistent) {
        return a->row->inconsistent ? 1 : -1;
    }
    if (a->age_s != b->age_s) {
        return a->age_s < b->age_s ? -1 : 1;
    }
    int order = wgo_rows_text_cmp(a->row->said, b->row->said);
    return order ? order : wgo_rows_text_cmp(a->row->hint, b->row->hint);
}

/* Everything but 'folded'. */
static int compare_but(const struct line *a, const struct line *b, enum field folded)
{
    int order = wgo_rows_text_cmp(a->row->provider, b->row->provider);
    order = order ? order : compare_words(a, b);
    for (enum field field = 0; field < FIELDS && !order; field++) {
        order = field == folded ? 0 : compare_field(a, b, field);
    }
    return order;
}

static int fold_order(const void *a, const void *b, enum field folded)
{
    int order = compare_but(a, b, folded);
    return order ? order : compare_field(a, b, folded);
}

static int for_account(const void *a, const void *b)
{
    return fold_order(a, b, ACCOUNT);
}

static int for_region(const void *a, const void *b)
{
    return fold_order(a, b, REGION);
}

static int for_type(const void *a, const void *b)
{
    return fold_order(a, b, TYPE);
}

static int for_reader(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = wgo_rows_text_cmp(x->row->provider, y->row->provider);
    for (enum field field = 0; field < FIELDS && !order; field++) {
        order = compare_field(x, y, field);
    }
    return order ? order : compare_words(x, y);
}

/* Makes one line of those that differ in 'field' only; 'texts' has room for a text of each line and
 * keeps the lists. Returns how many lines are left. A field that does not apply is never folded
 * with one that does: an empty text in a list would say nothing. */
static size_t fold(struct line *lines, size_t count, enum field field,
                   const struct wgo_rows_text **texts)
{
    static int (*const orders[FIELDS])(const void *, const void *) = {
        [ACCOUNT] = for_account, [REGION] = for_region, [TYPE] = for_type};
    if (count > 1) {
        qsort(lines, count, sizeof(*lines), orders[field]);
    }
    size_t left = 0;
    for (size_t i = 0; i < count;) {
        struct line line = lines[i];
        size_t next = i;
        do {
            texts[next] = lines[next].one[field];
            next++;
        } while (next < count && lines[i].one[field]->len > 0 &&
                 compare_but(&lines[i], &lines[next], field) == 0);
        for (size_t k = i + 1; k < next; k++) {
            line.count += lines[k].count;
        }
        line.size[field] = next - i;
        line.many[field] = texts + i;
        lines[left++] = line;
        i = next;
    }
    return left;
}

static void write_field(struct wgo_json_writer *w, const struct line *line, enum field field)
{
    if (line->size[field] == 1) {
        wgo_json_member_str(w, field_names[field], wgo_rows_str(line->one[field]));
        return;
    }
    wgo_json_key(w, field_names[field]);
    wgo_json_open_array(w);
    for (size_t i = 0; i < line->size[field]; i++) {
        wgo_json_put_str(w, wgo_rows_str(line->many[field][i]));
    }
    wgo_json_close_array(w);
}

static void write_error(struct wgo_json_writer *w, const struct wgo_rows_row *row)
{
    struct wgo_str error = wgo_rows_error(row);
    if (row->hint->len == 0) {
        wgo_json_member_str(w, "error", error);
        return;
    }
    struct wgo_buf text = {0};
    wgo_buf_str(&text, error);
    wgo_buf_cstr(&text, error.len > 0 ? " (" : "(");
    wgo_buf_str(&text, wgo_rows_str(row->hint));
    wgo_buf_char(&text, ')');
    if (text.failed) {
        w->out->failed = text.failed;
    }
    wgo_json_member_str(w, "error", wgo_buf_view(&text));
    wgo_buf_fini(&text);
}

static void write_line(struct wgo_json_writer *w, const struct line *line)
{
    wgo_json_open_object(w);
    wgo_json_member_str(w, "provider", wgo_rows_str(line->row->provider));
    for (enum field field = 0; field < FIELDS; field++) {
        write_field(w, line, field);
    }
    wgo_json_key(w, "status");
    wgo_json_put_cstr(w, wgo_completeness_name(line->row->seen));
    wgo_json_key(w, "count");
    wgo_json_put_i64(w, line->count);
    wgo_json_key(w, "consistent");
    wgo_json_put_bool(w, !line->row->inconsistent);
    if (line->age_s > 0) {
        wgo_json_key(w, "age");
        wgo_json_put_i64(w, line->age_s);
    }
    write_error(w, line->row);
    wgo_json_close_object(w);
}

static int64_t whole_seconds(int64_t ns)
{
    return ns <= 0 ? 0 : ns / WGO_S + (ns % WGO_S != 0);
}

static size_t make_lines(const struct wgo_rows_row *const *rows, size_t count,
                         struct wgo_str provider, struct line *lines)
{
    size_t made = 0;
    for (size_t i = 0; i < count; i++) {
        if (provider.len == 0 || wgo_str_eq(wgo_rows_str(rows[i]->provider), provider)) {
            lines[made++] = (struct line){
                .row = rows[i],
                .count = rows[i]->count,
                .age_s = whole_seconds(rows[i]->age_ns),
                .size = {1, 1, 1},
                .one = {rows[i]->account, rows[i]->region, rows[i]->type},
            };
        }
    }
    return made;
}

/* Lines in the making. */
struct lines {
    struct line *items;
    size_t count, room;
};

static bool reserve(struct lines *lines, size_t count)
{
    if (count > lines->room) {
        size_t room = lines->room ? lines->room * 2 : 256;
        room = room < count ? count : room;
        struct line *more = realloc(lines->items, room * sizeof(*more));
        if (!more) {
            return false;
        }
        lines->items = more;
        lines->room = room;
    }
    return true;
}

static bool same_place(const struct wgo_rows_row *a, const struct wgo_rows_row *b)
{
    return a->provider == b->provider && a->account == b->account && a->region == b->region;
}

/* Folds the types, place by place: 'rows' are in order, so that tens of thousands of them never
 * become lines at once. */
static bool fold_types(const struct wgo_rows_row *const *rows, size_t count,
                       struct wgo_str provider, const struct wgo_rows_text **texts,
                       struct lines *out)
{
    struct lines place = {0};
    bool good = true;
    for (size_t from = 0, to = 0; from < count && good; from = to) {
        while (to < count && same_place(rows[from], rows[to])) {
            to++;
        }
        good = reserve(&place, to - from);
        size_t made = good ? make_lines(rows + from, to - from, provider, place.items) : 0;
        size_t left = good ? fold(place.items, made, TYPE, texts + from) : 0;
        good = good && reserve(out, out->count + left);
        if (good && left > 0) {
            memcpy(out->items + out->count, place.items, left * sizeof(*place.items));
            out->count += left;
        }
    }
    free(place.items);
    return good;
}

static void write_lines(struct lines *lines, const struct wgo_rows_text **texts,
                        struct wgo_json_writer *w)
{
    size_t count = lines->count;
    size_t left = fold(lines->items, count, REGION, texts);
    left = fold(lines->items, left, ACCOUNT, texts + count);
    if (left > 1) {
        qsort(lines->items, left, sizeof(*lines->items), for_reader);
    }
    wgo_json_open_array(w);
    for (size_t i = 0; i < left; i++) {
        write_line(w, &lines->items[i]);
    }
    wgo_json_close_array(w);
}

void wgo_rows_write(const struct wgo_rows *rows, struct wgo_str provider, struct wgo_json_writer *w)
{
    size_t count = 0;
    const struct wgo_rows_row **list = wgo_rows_hold(rows, &count);
    const struct wgo_rows_text **types = calloc(count ? count : 1, sizeof(*types)), **rest = NULL;
    struct lines lines = {0};
    bool good = types && fold_types(list, count, provider, types, &lines);
    if (good) {
        rest = calloc(lines.count ? lines.count : 1, 2 * sizeof(*rest));
        good = rest != NULL;
    }
    if (good) {
        write_lines(&lines, rest, w);
    }
    if (!wgo_rows_let_go(rows, list, good) && w->out->failed == WGO_OK) {
        w->out->failed = WGO_E_NOMEM;
    }
    free(rest);
    free(lines.items);
    free(types);
}
