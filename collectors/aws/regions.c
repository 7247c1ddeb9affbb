/* regions.c: which regions of an account are read. */
#include "aws/session.h"
#include "base/json.h"

#include <stdio.h>

static bool is_pattern(struct wgo_str text)
{
    return wgo_str_is(text, "all") || wgo_str_find_char(text, '*') < text.len ||
           wgo_str_find_char(text, '?') < text.len || wgo_str_find_char(text, '[') < text.len;
}

static bool matches(struct wgo_str pattern, struct wgo_str region)
{
    return wgo_str_is(pattern, "all") || wgo_str_glob(pattern, region);
}

/* Exclusions begin with '!', from all that are enabled when nothing else was said; without any flag
 * the configured region, or all. */
bool wgo_aws_region_wanted(const struct wgo_aws *aws, const struct wgo_aws_login *login,
                           struct wgo_str region)
{
    const struct wgo_str_list *regions = &aws->options->regions;
    bool choosy = false, named = false;
    for (size_t i = 0; i < regions->count; i++) {
        struct wgo_str pattern = regions->items[i];
        if (pattern.len > 0 && pattern.ptr[0] == '!') {
            if (matches(wgo_str_slice(pattern, 1, pattern.len), region)) {
                return false;
            }
        } else {
            choosy = true;
            named = named || matches(pattern, region);
        }
    }
    if (choosy) {
        return named;
    }
    bool configured = login->config->region.len > 0 && !aws->options->org && regions->count == 0;
    return !configured || wgo_str_eq(login->config->region, region);
}

/* Named by itself: that it is not enabled is worth a row. */
static bool asked_for(const struct wgo_aws *aws, const struct wgo_aws_login *login,
                      struct wgo_str region)
{
    const struct wgo_str_list *regions = &aws->options->regions;
    return regions->count > 0 ? wgo_str_list_has(regions, region)
                              : wgo_str_eq(login->config->region, region);
}

enum wgo_status wgo_aws_scope_add(const struct wgo_aws_account *account, const char *kind,
                                  struct wgo_str region, struct wgo_emitter *emitter,
                                  struct wgo_error *err)
{
    struct wgo_scope scope = {
        .kind = wgo_str(kind),
        .account = account->id,
        .region = region,
        .vars = {{WGO_STR("partition"), wgo_str(account->login->partition->name)}},
        .var_count = 1,
    };
    return emitter->scope(emitter, &scope, err);
}

static void say_disabled(const struct wgo_aws_account *account, struct wgo_str region,
                         struct wgo_emitter *emitter)
{
    struct wgo_row row = {.account = account->id,
                          .region = region,
                          .seen = WGO_SEEN_SKIPPED,
                          .error = WGO_STR("the region is not enabled in this account")};
    emitter->row(emitter, &row);
}

struct reading {
    struct wgo_aws *aws;
    struct wgo_aws_account *account;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    enum wgo_status status;
    size_t read;
    bool *known; /* of --region, in its order: AWS has a region of that name */
};

static void note_known(struct reading *r, struct wgo_str region)
{
    const struct wgo_services *services = r->aws->services;
    const struct wgo_str_list *regions = &r->aws->options->regions;
    for (size_t i = 0; i < regions->count; i++) {
        r->known[i] = r->known[i] || wgo_str_eq(regions->items[i], region);
        if (matches(regions->items[i], region)) {
            services->fits(services->engine, regions, i);
        }
    }
}

static bool each_region(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_arena *arena = r->emitter->arena;
    struct wgo_str region = wgo_json_text(wgo_json_get(item, WGO_STR("RegionName")), arena);
    struct wgo_str opted = wgo_json_text(wgo_json_get(item, WGO_STR("OptInStatus")), arena);
    if (region.len == 0) {
        return true;
    }
    note_known(r, region);
    if (!wgo_aws_region_wanted(r->aws, r->account->login, region)) {
        return true;
    }
    if (wgo_str_is(opted, "not-opted-in")) {
        if (asked_for(r->aws, r->account->login, region)) {
            say_disabled(r->account, region, r->emitter);
            r->read++;
        }
        return true;
    }
    r->read++;
    r->status = wgo_aws_scope_add(r->account, "region", region, r->emitter, r->err);
    return r->status == WGO_OK;
}

static bool named_before(const struct wgo_str_list *regions, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (wgo_str_eq(regions->items[i], regions->items[at])) {
            return true;
        }
    }
    return false;
}

/* What the user named without a pattern, when AWS does not say which regions there are. */
static enum wgo_status take_named(struct wgo_aws *aws, struct wgo_aws_account *account,
                                  struct wgo_emitter *emitter, size_t *out_count,
                                  struct wgo_error *err)
{
    const struct wgo_str_list *regions = &aws->options->regions;
    enum wgo_status status = WGO_OK;
    *out_count = 0;
    for (size_t i = 0; i < regions->count && status == WGO_OK; i++) {
        struct wgo_str region = regions->items[i];
        if (!is_pattern(region) && wgo_aws_is_region(region) && !named_before(regions, i)) {
            status = wgo_aws_scope_add(account, "region", region, emitter, err);
            ++*out_count;
        }
    }
    if (regions->count == 0 && account->login->config->region.len > 0 && status == WGO_OK) {
        status = wgo_aws_scope_add(account, "region", account->login->config->region, emitter, err);
        ++*out_count;
    }
    return status;
}

/* Regions from before March 2019: on in every account, and nobody can turn them off.
 * Source: docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html */
static bool is_always_on(struct wgo_str region)
{
    static const char *const REGIONS[] = {
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1",
        "ap-southeast-2", "ca-central-1",   "eu-central-1",   "eu-north-1", "eu-west-1",
        "eu-west-2",      "eu-west-3",      "sa-east-1",      "us-east-1",  "us-east-2",
        "us-west-1",      "us-west-2",
    };
    for (size_t i = 0; i < WGO_COUNT(REGIONS); i++) {
        if (wgo_str_is(region, REGIONS[i])) {
            return true;
        }
    }
    return false;
}

bool wgo_aws_regions_are_known(const struct wgo_aws *aws, const struct wgo_aws_login *login)
{
    const struct wgo_str_list *regions = &aws->options->regions;
    if (strcmp(login->partition->name, "aws") != 0) {
        return false;
    }
    if (regions->count == 0) {
        return !aws->options->org && is_always_on(login->config->region);
    }
    for (size_t i = 0; i < regions->count; i++) {
        if (!is_always_on(regions->items[i])) {
            return false;
        }
    }
    return true;
}

static enum wgo_status add_global(struct wgo_aws_account *account, struct wgo_emitter *emitter,
                                  struct wgo_error *err)
{
    return wgo_aws_scope_add(account, "global", wgo_str(account->login->partition->global_region),
                             emitter, err);
}

enum wgo_status wgo_aws_regions_take(struct wgo_aws *aws, struct wgo_aws_account *account,
                                     struct wgo_emitter *emitter, struct wgo_error *err)
{
    size_t count = 0;
    enum wgo_status status = take_named(aws, account, emitter, &count, err);
    return status == WGO_OK ? add_global(account, emitter, err) : status;
}

/* A name that AWS does not know is a typing mistake, or a region newer than the answer; a pattern
 * is one when nothing at all is left to read. */
static void say_unknown(struct reading *r)
{
    const struct wgo_services *services = r->aws->services;
    const struct wgo_str_list *regions = &r->aws->options->regions;
    for (size_t i = 0; i < regions->count; i++) {
        struct wgo_str text = regions->items[i];
        struct wgo_error error = {0};
        bool excludes = text.len > 0 && text.ptr[0] == '!';
        if (r->known[i] || ((excludes || is_pattern(text)) && r->read > 0)) {
            continue;
        }
        services->fits(services->engine, regions, i); /* has been told of, or is now */
        wgo_fail(&error, WGO_E_CONFIG, "no region that is enabled is called \"%.*s\"%s",
                 WGO_FMT(wgo_str_slice(text, 0, 60)), is_pattern(text) ? " or matches it" : "");
        wgo_error_hint(&error, "wgo validate --provider aws lists the enabled regions");
        struct wgo_row row = {.account = r->account->id,
                              .region = text,
                              .told = true,
                              .seen = WGO_SEEN_ERROR,
                              .error = wgo_str(error.message),
                              .hint = wgo_str(error.hint)};
        r->emitter->row(r->emitter, &row);
        snprintf(error.scope, sizeof(error.scope), "%.*s", WGO_FMT(r->account->id));
        services->report(services->engine, &error);
    }
}

static enum wgo_status read_regions(struct wgo_aws *aws, struct wgo_aws_account *account,
                                    const struct wgo_page *page, struct wgo_emitter *emitter,
                                    struct wgo_error *err)
{
    struct reading r = {.aws = aws, .account = account, .emitter = emitter, .err = err};
    size_t named = 0;
    enum wgo_status status = WGO_OK;
    if (page->fallback) {
        /* Not allowed, or not there (emulators): a scan of what was named needs no list. */
        status = take_named(aws, account, emitter, &named, err);
        if (status == WGO_OK) {
            status = add_global(account, emitter, err);
        }
        return status == WGO_OK && named > 0 ? WGO_E_SKIPPED : status;
    }
    r.known = wgo_arena_alloc(emitter->arena, aws->options->regions.count + 1);
    if (!r.known) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    memset(r.known, 0, aws->options->regions.count + 1);
    status = wgo_json_check(page->document, err);
    if (status == WGO_OK) {
        status = wgo_json_each(page->document, WGO_STR("Regions[]"), each_region, &r);
    }
    status = status == WGO_OK ? r.status : status;
    if (status == WGO_OK) {
        say_unknown(&r);
    }
    return status == WGO_OK ? add_global(account, emitter, err) : status;
}

enum wgo_status wgo_aws_decode_regions(struct wgo_aws *aws, const struct wgo_page *page,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_aws_account *account = wgo_aws_account_find(aws, page->task->account);
    enum wgo_status status = read_regions(aws, account, page, emitter, err);
    return wgo_aws_queue_after(aws, account, page, status, emitter, err);
}
