/* names.c: full resource names.
 *
 * Source: cloud.google.com/asset-inventory/docs/asset-names; google.aip.dev/122. */
#include "gcp/session.h"

static struct wgo_str after(struct wgo_str text, const char *prefix)
{
    size_t len = strlen(prefix);
    return wgo_str_starts(text, wgo_str(prefix)) ? wgo_str_slice(text, len, text.len)
                                                 : (struct wgo_str){0};
}

/* "v1", "v1beta2", "beta": the first word of a link's path that is no part of a name. */
static bool is_version(struct wgo_str word)
{
    if (wgo_str_is(word, "beta") || wgo_str_is(word, "alpha")) {
        return true;
    }
    return word.len > 1 && word.ptr[0] == 'v' && word.ptr[1] >= '0' && word.ptr[1] <= '9';
}

/* Services that names call otherwise than links do: by the link's host, and by the word in its
 * path. */
static const struct {
    const char *host, *word, *service;
} RENAMED[] = {
    {"sqladmin", "sql", "cloudsql"},
    {"bigtableadmin", "bigtableadmin", "bigtable"},
};

/* The service's name in names; '*out_word': as a link's path has it. */
static struct wgo_str rename(struct wgo_str service, struct wgo_str *out_word)
{
    for (size_t i = 0; i < WGO_COUNT(RENAMED); i++) {
        if (wgo_str_is(service, RENAMED[i].host) || wgo_str_is(service, RENAMED[i].word)) {
            *out_word = wgo_str(RENAMED[i].word);
            return wgo_str(RENAMED[i].service);
        }
    }
    *out_word = service;
    return service;
}

/* https://www.googleapis.com/SERVICE/VERSION/NAME,
 * https://SERVICE.googleapis.com[/SERVICE]/VERSION/NAME. Empty when the link is none of Google's
 * APIs'. */
static struct wgo_str name_of_link(struct wgo_str link, struct wgo_arena *arena)
{
    struct wgo_str rest = after(link, "https://");
    struct wgo_str host = rest.ptr ? wgo_str_split(&rest, '/') : rest;
    struct wgo_str dot = WGO_STR(".googleapis.com"), service = host, usual;
    if (!rest.ptr || host.len <= dot.len || !wgo_str_ends(host, dot)) {
        return (struct wgo_str){0};
    }
    service.len -= dot.len;
    struct wgo_str word = wgo_str_split(&rest, '/');
    bool shared = wgo_str_is(service, "www");
    service = rename(shared ? word : service, &usual);
    if (shared || wgo_str_eq(word, usual)) {
        word = rest.ptr ? wgo_str_split(&rest, '/') : (struct wgo_str){0};
    }
    if (!is_version(word) || !rest.ptr || rest.len == 0) {
        return (struct wgo_str){0};
    }
    /* A bucket is all of its name: no project, and no "b/" before it. */
    struct wgo_str bucket =
        wgo_str_is(service, "storage") ? after(rest, "b/") : (struct wgo_str){0};
    rest = bucket.len > 0 ? bucket : rest;
    return wgo_str_format(arena, "//%.*s.googleapis.com/%.*s", WGO_FMT(service), WGO_FMT(rest));
}

/* "//x.googleapis.com/projects/123/..." with the project's id, where it is known. */
static struct wgo_str with_id(struct wgo_gcp *gcp, struct wgo_str name, struct wgo_arena *arena)
{
    struct wgo_str mark = WGO_STR("/projects/");
    size_t at = wgo_str_find(name, mark), from = at + mark.len;
    if (at >= name.len) {
        return name;
    }
    struct wgo_str rest = wgo_str_slice(name, from, name.len);
    struct wgo_str number = wgo_str_slice(rest, 0, wgo_str_find_char(rest, '/'));
    number = wgo_str_slice(number, 0, wgo_str_find_char(number, '#'));
    const struct wgo_gcp_project *project =
        wgo_str_is_digits(number) ? wgo_gcp_project_numbered(gcp, number) : NULL;
    return project ? wgo_str_format(arena, "%.*s%.*s%.*s", WGO_FMT(wgo_str_slice(name, 0, from)),
                                    WGO_FMT(project->id),
                                    WGO_FMT(wgo_str_slice(rest, number.len, rest.len)))
                   : name;
}

struct wgo_str wgo_gcp_full_name(struct wgo_gcp *gcp, struct wgo_str name, struct wgo_arena *arena)
{
    if (wgo_str_starts(name, WGO_STR("https://"))) {
        struct wgo_str full = name_of_link(name, arena);
        name = full.len > 0 ? full : name;
    }
    return wgo_str_starts(name, WGO_STR("//")) ? with_id(gcp, name, arena) : name;
}

struct wgo_str wgo_gcp_region_of(struct wgo_str place)
{
    bool zone = place.len > 3 && place.ptr[place.len - 2] == '-' &&
                place.ptr[place.len - 1] >= 'a' && place.ptr[place.len - 1] <= 'z' &&
                place.ptr[place.len - 3] >= '0' && place.ptr[place.len - 3] <= '9';
    return zone ? wgo_str_slice(place, 0, place.len - 2) : place;
}
