/* endpoint.c: see endpoint.h; what is special stands in endpoint.def. */
#include "aws/endpoint.h"

#include "model/http.h"

static const struct wgo_aws_partition partitions[] = {
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn", "cn-northwest-1"},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws", "us-gov-west-1"},
    {"aws-iso", "us-iso-", "c2s.ic.gov", NULL, "us-iso-east-1"},
    {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", NULL, "us-isob-east-1"},
    {"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", NULL, "eu-isoe-west-1"},
    {"aws-iso-f", "us-isof-", "csp.hci.ic.gov", NULL, "us-isof-south-1"},
    {"aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu", "eusc-de-east-1"},
    {"aws", "", "amazonaws.com", "api.aws", "us-east-1"},
};

static const struct row {
    const char *service, *partition, *variants, *host, *region;
} rows[] = {
#define WGO_AWS_ENDPOINT(service, partition, variants, host, region)                               \
    {service, partition, variants, host, region},
#include "aws/endpoint.def"
#undef WGO_AWS_ENDPOINT
};

const struct wgo_aws_partition *wgo_aws_partition_of(struct wgo_str region)
{
    size_t i = 0;
    while (!wgo_str_starts(region, wgo_str(partitions[i].region_prefix))) {
        i++;
    }
    return &partitions[i];
}

const struct wgo_aws_partition *wgo_aws_partition_named(struct wgo_str name)
{
    for (size_t i = 0; i < WGO_COUNT(partitions); i++) {
        if (wgo_str_is(name, partitions[i].name)) {
            return &partitions[i];
        }
    }
    return NULL;
}

/* ---- addresses that somebody wrote down ---- */

bool wgo_aws_url_parse(struct wgo_str url, struct wgo_aws_url *out)
{
    bool tls = wgo_str_starts(url, WGO_STR("https://"));
    if (!tls && !wgo_str_starts(url, WGO_STR("http://"))) {
        return false;
    }
    for (size_t i = 0; i < url.len; i++) {
        unsigned char c = (unsigned char)url.ptr[i];
        if (c <= ' ' || c >= 127 || c == '\\' || c == '#' || c == '"') {
            return false;
        }
    }
    struct wgo_str rest = wgo_str_slice(url, tls ? 8 : 7, url.len);
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?') {
        end++;
    }
    struct wgo_str host = wgo_str_slice(rest, 0, end);
    if (wgo_str_find_char(host, '@') < host.len) {
        return false;
    }
    if (wgo_str_starts(host, WGO_STR("["))) {
        size_t close = wgo_str_find_char(host, ']');
        if (close == host.len) {
            return false;
        }
        host = wgo_str_slice(host, 1, close);
    } else {
        host = wgo_str_slice(host, 0, wgo_str_find_char(host, ':'));
    }
    *out = (struct wgo_aws_url){.tls = tls, .host = host};
    return host.len > 0;
}

/* "Elastic Load Balancing v2" as ELASTIC_LOAD_BALANCING_V2, or in lower case. */
static const char *snake(struct wgo_arena *arena, const char *before, struct wgo_str id, bool upper)
{
    struct wgo_str text = wgo_str_format(arena, "%s%.*s", before, WGO_FMT(id));
    char *at = (char *)text.ptr;
    for (size_t i = strlen(before); at && i < text.len; i++) {
        if (at[i] >= 'a' && at[i] <= 'z') {
            at[i] = (char)(upper ? at[i] - 'a' + 'A' : at[i]);
        } else if (at[i] >= 'A' && at[i] <= 'Z') {
            at[i] = (char)(upper ? at[i] : at[i] - 'A' + 'a');
        } else if (at[i] < '0' || at[i] > '9') {
            at[i] = '_';
        }
    }
    return text.ptr;
}

struct written {
    struct wgo_str url;
    const char *where; /* for messages */
};

static struct written written_for(const struct wgo_aws_config *config, struct wgo_str service_id,
                                  struct wgo_arena *arena)
{
    const char *variable = snake(arena, "AWS_ENDPOINT_URL_", service_id, true);
    const char *setting = snake(arena, "", service_id, false);
    struct written none = {WGO_STR(""), NULL};
    if (!variable || !setting) {
        return (struct written){{0}, ""};
    }
    struct wgo_str url = wgo_aws_env(config, variable);
    if (url.len > 0) {
        return (struct written){url, variable};
    }
    url = wgo_aws_env(config, "AWS_ENDPOINT_URL");
    if (url.len > 0) {
        return (struct written){url, "AWS_ENDPOINT_URL"};
    }
    const struct wgo_aws_ini_key *map =
        config->service_urls ? wgo_aws_setting(config->service_urls, setting) : NULL;
    const struct wgo_aws_ini_key *key =
        map ? wgo_aws_ini_find(map->first, WGO_STR("endpoint_url")) : NULL;
    if (key && key->value.len > 0) {
        return (struct written){key->value, "its services section"};
    }
    url = wgo_aws_text(config->profile, "endpoint_url");
    return url.len > 0 ? (struct written){url, "endpoint_url"} : none;
}

static enum wgo_status take_written(const struct written *written, struct wgo_str region,
                                    struct wgo_arena *arena, struct wgo_aws_address *out,
                                    struct wgo_error *err)
{
    struct wgo_aws_url url;
    struct wgo_str text = written->url;
    if (!wgo_aws_url_parse(text, &url) || wgo_str_find_char(text, '?') < text.len) {
        return wgo_fail(err, WGO_E_CONFIG, "%s of the AWS configuration is no http(s) address",
                        written->where);
    }
    if (!url.tls && !wgo_host_is_loopback(url.host)) {
        wgo_fail(err, WGO_E_CONFIG, "%s asks for plain http to %.*s: nothing is sent there",
                 written->where, WGO_FMT(wgo_str_slice(url.host, 0, 100)));
        wgo_error_hint(err, "use https, or a server on this machine");
        return WGO_E_CONFIG;
    }
    while (wgo_str_ends(text, WGO_STR("/"))) {
        text.len--;
    }
    *out = (struct wgo_aws_address){
        .url = wgo_str_dup(arena, text),
        .region = wgo_str_dup(arena, region),
        .configured = true,
    };
    return out->url.ptr && out->region.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* ---- AWS's own ---- */

static const struct row *find_row(struct wgo_str service, const char *partition, char variant)
{
    for (size_t i = 0; i < WGO_COUNT(rows); i++) {
        bool ours =
            strcmp(rows[i].partition, "*") == 0 || strcmp(rows[i].partition, partition) == 0;
        if (ours && strchr(rows[i].variants, variant) && wgo_str_is(service, rows[i].service)) {
            return &rows[i];
        }
    }
    return NULL;
}

struct pieces {
    struct wgo_str service, region;
    const char *fips, *suffix, *dual;
};

static bool put_host(struct wgo_buf *out, const char *pattern, const struct pieces *p)
{
    const struct {
        const char *name;
        struct wgo_str value;
    } words[] = {
        {"{service}", p->service},    {"{region}", p->region},
        {"{fips}", wgo_str(p->fips)}, {"{suffix}", wgo_str(p->suffix)},
        {"{dual}", wgo_str(p->dual)},
    };
    struct wgo_str rest = wgo_str(pattern);
    while (rest.len > 0) {
        size_t skip = 1;
        for (size_t i = 0; i < WGO_COUNT(words) && skip == 1; i++) {
            if (wgo_str_starts(rest, wgo_str(words[i].name))) {
                wgo_buf_str(out, words[i].value);
                skip = strlen(words[i].name);
            }
        }
        if (skip == 1) {
            wgo_buf_char(out, rest.ptr[0]);
        }
        rest = wgo_str_slice(rest, skip, rest.len);
    }
    return !out->failed;
}

static enum wgo_status make(const struct wgo_aws_config *config, struct wgo_str service,
                            struct wgo_str region, struct wgo_arena *arena,
                            struct wgo_aws_address *out, struct wgo_error *err)
{
    static const char letters[] = "PFDB";
    const struct wgo_aws_partition *partition = wgo_aws_partition_of(region);
    bool dual = config->dualstack && partition->dual;
    const struct row *row =
        find_row(service, partition->name, letters[(config->fips ? 1 : 0) + (dual ? 2 : 0)]);
    const char *usual =
        dual ? "{service}{fips}.{region}.{dual}" : "{service}{fips}.{region}.{suffix}";
    struct pieces pieces = {
        .service = service,
        .region = row && row->region[0] ? wgo_str(row->region) : region,
        .fips = config->fips ? "-fips" : "",
        .suffix = partition->suffix,
        .dual = partition->dual ? partition->dual : partition->suffix,
    };
    struct wgo_buf url = {.limit = 1024};
    wgo_buf_cstr(&url, "https://");
    bool good = put_host(&url, row && row->host[0] ? row->host : usual, &pieces);
    *out = (struct wgo_aws_address){
        .url = good ? wgo_str_dup(arena, wgo_buf_view(&url)) : (struct wgo_str){0},
        .region = wgo_str_dup(arena, pieces.region),
    };
    wgo_buf_fini(&url);
    return out->url.ptr && out->region.ptr ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

enum wgo_status wgo_aws_endpoint(const struct wgo_aws_config *config, struct wgo_str service,
                                 struct wgo_str service_id, struct wgo_str region,
                                 struct wgo_arena *arena, struct wgo_aws_address *out_address,
                                 struct wgo_error *err)
{
    struct wgo_str asked = region;
    if (asked.len == 0) {
        asked = wgo_str(wgo_aws_partition_of(config->region)->global_region);
    }
    if (!wgo_aws_is_region(asked)) {
        return wgo_fail(err, WGO_E_CONFIG, "\"%.*s\" is no region",
                        WGO_FMT(wgo_str_slice(asked, 0, 60)));
    }
    struct wgo_aws_address made, written;
    enum wgo_status status = make(config, service, asked, arena, &made, err);
    struct written found = {WGO_STR(""), NULL};
    if (status == WGO_OK && !config->ignore_endpoint_urls) {
        found = written_for(config, service_id, arena);
    }
    if (status != WGO_OK || !found.where) {
        *out_address = status == WGO_OK ? made : *out_address;
        return status;
    }
    if (!found.url.ptr) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    status = take_written(&found, made.region, arena, &written, err);
    *out_address = status == WGO_OK ? written : *out_address;
    return status;
}
