#include "core/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/rng.h"
#include "core/tally.h"

struct fc_faults {
    uint64_t seed;
    struct fc_fault_rule *rules;
    size_t count;
    struct fc_tally tally;
};

struct kind_name {
    const char *name;
    enum fc_fault_kind kind;
    unsigned status;   /* The default. */
    const char *query; /* The default of 'query': requests the fault makes sense for. */
};

static const struct kind_name kinds[] = {
    {"status", FC_FAULT_STATUS, 500, NULL},
    {"throttle", FC_FAULT_STATUS, 429, NULL},
    {"reset", FC_FAULT_RESET, 0, NULL},
    {"cut", FC_FAULT_CUT, 0, NULL},
    {"stall", FC_FAULT_STALL, 0, NULL},
    {"slow", FC_FAULT_SLOW, 0, NULL},
    {"drip", FC_FAULT_DRIP, 0, NULL},
    {"truncate", FC_FAULT_TRUNCATE, 0, NULL},
    {"garbage", FC_FAULT_GARBAGE, 200, NULL},
    {"html", FC_FAULT_HTML, 200, NULL},
    {"empty", FC_FAULT_EMPTY, 0, NULL},
    {"content_type", FC_FAULT_CONTENT_TYPE, 0, NULL},
    {"gzip_corrupt", FC_FAULT_GZIP_CORRUPT, 0, NULL},
    {"gzip_bomb", FC_FAULT_GZIP_BOMB, 0, NULL},
    {"expired", FC_FAULT_EXPIRED, 410, "*continue=*"},
    {"empty_page", FC_FAULT_EMPTY_PAGE, 0, "*limit=*"},
    {"repeat_token", FC_FAULT_REPEAT_TOKEN, 0, "*limit=*"},
};

static const char *const rule_keys[] = {
    "name",
    "method",
    "path",
    "query",
    "user",
    "kind",
    "per",
    "nth",
    "every",
    "after",
    "times",
    "probability",
    "status",
    "retry_after_s",
    "retry_after_date",
    "at_bytes",
    "latency_ms",
    "stall_ms",
    "bytes_per_s",
    "bytes",
    "chunked",
    "fresh_token",
    "value",
    "service",
    "operation",
    "account",
    "region",
    "code",
    NULL,
};

static const struct kind_name *find_kind(const char *name, const char *where)
{
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    fc_die("%s: unknown kind of fault \"%s\"", where, name);
}

static void read_nth(struct fc_fault_rule *r, struct json_object *obj, const char *where)
{
    struct json_object *nth = fc_conf_get(obj, "nth");
    size_t i;

    if (nth == NULL) {
        return;
    }
    if (json_object_is_type(nth, json_type_int)) {
        r->nth_count = 1;
        r->nth = fc_alloc(sizeof(*r->nth));
        r->nth[0] = (uint64_t)json_object_get_int64(nth);
        return;
    }
    r->nth_count = fc_conf_len(nth, where);
    r->nth = fc_alloc(r->nth_count * sizeof(*r->nth));
    for (i = 0; i < r->nth_count; i++) {
        r->nth[i] = (uint64_t)json_object_get_int64(json_object_array_get_idx(nth, i));
    }
}

static void read_rule(struct fc_fault_rule *r, struct json_object *obj, const char *where)
{
    const struct kind_name *kind;
    const char *name = fc_conf_str(obj, where, "kind", NULL);
    const char *chance;

    fc_conf_only(obj, where, rule_keys);
    if (name == NULL) {
        fc_die("%s: a rule needs a kind", where);
    }
    kind = find_kind(name, where);
    r->kind = kind->kind;
    r->name = fc_conf_str(obj, where, "name", name);
    fc_match_read(&r->match, obj, where);
    if (r->match.query == NULL && r->match.service == NULL && r->match.operation == NULL) {
        r->match.query = kind->query;
    }
    read_nth(r, obj, where);
    r->every = (uint64_t)fc_conf_int(obj, where, "every", 0);
    r->after = (uint64_t)fc_conf_int(obj, where, "after", 0);
    r->times = (uint64_t)fc_conf_int(obj, where, "times", 0);
    r->probability = fc_conf_double(obj, where, "probability", -1);
    chance = r->match.service != NULL || r->match.operation != NULL ? "call" : "url";
    r->per =
        fc_per_read(fc_conf_str(obj, where, "per", r->probability >= 0 ? chance : "rule"), where);
    r->status = (unsigned)fc_conf_int(obj, where, "status", kind->status);
    r->retry_after_s = (int)fc_conf_int(obj, where, "retry_after_s", r->status == 429 ? 1 : -1);
    r->retry_after_given = fc_conf_get(obj, "retry_after_s") != NULL;
    r->code = fc_conf_str(obj, where, "code", NULL);
    r->retry_after_date = fc_conf_bool(obj, where, "retry_after_date", false);
    r->at_bytes = fc_conf_int(obj, where, "at_bytes", -1);
    r->latency_ms = fc_conf_int(obj, where, "latency_ms", 1000);
    r->stall_ms = fc_conf_int(obj, where, "stall_ms", 3600000);
    r->bytes_per_s = fc_conf_int(obj, where, "bytes_per_s", 10000);
    r->bytes = fc_conf_int(obj, where, "bytes", INT64_C(1) << 30);
    r->chunked = fc_conf_bool(obj, where, "chunked", false);
    r->fresh_token = fc_conf_bool(obj, where, "fresh_token", true);
    r->value = fc_conf_str(obj, where, "value", NULL);
    if (r->kind == FC_FAULT_DRIP && r->bytes_per_s < 1) {
        fc_die("%s.bytes_per_s: must be positive", where);
    }
}

struct fc_faults *fc_faults_new(struct json_object *scenario)
{
    struct fc_faults *f = fc_alloc(sizeof(*f));
    struct json_object *list = fc_conf_get(scenario, "faults");
    size_t i;

    f->seed = (uint64_t)fc_conf_int(scenario, "scenario", "seed", 1);
    f->count = fc_conf_len(list, "faults");
    f->rules = fc_alloc(f->count * sizeof(*f->rules));
    for (i = 0; i < f->count; i++) {
        char where[32];

        snprintf(where, sizeof(where), "faults[%zu]", i);
        read_rule(&f->rules[i], json_object_array_get_idx(list, i), where);
    }
    fc_tally_init(&f->tally);
    return f;
}

void fc_faults_free(struct fc_faults *f)
{
    size_t i;

    if (f == NULL) {
        return;
    }
    for (i = 0; i < f->count; i++) {
        free(f->rules[i].nth);
    }
    fc_tally_fini(&f->tally);
    free(f->rules);
    free(f);
}

static bool selected(const struct fc_fault_rule *r, uint64_t chance, uint64_t count)
{
    size_t i;

    if (count <= r->after || (r->every > 0 && count % r->every != 0)) {
        return false;
    }
    if (r->probability >= 0 && fc_unit(fc_hash(chance, count)) >= r->probability) {
        return false;
    }
    for (i = 0; i < r->nth_count; i++) {
        if (r->nth[i] == count) {
            return true;
        }
    }
    return r->nth_count == 0;
}

static bool strikes(struct fc_faults *f, size_t index, const struct fc_request *rq)
{
    const struct fc_fault_rule *r = &f->rules[index];
    uint64_t key = fc_per_key(r->per, index, rq);
    struct fc_tally_cell *cell;
    bool hit;

    pthread_mutex_lock(&f->tally.lock);
    cell = fc_tally_at_locked(&f->tally, key);
    cell->count++;
    hit = (r->times == 0 || cell->strikes < r->times) &&
          selected(r, fc_hash(f->seed, key), cell->count);
    cell->strikes += hit;
    pthread_mutex_unlock(&f->tally.lock);
    return hit;
}

const struct fc_fault_rule *fc_faults_pick(struct fc_faults *f, const struct fc_request *rq)
{
    size_t i;

    for (i = 0; i < f->count; i++) {
        if (fc_match_hits(&f->rules[i].match, rq) && strikes(f, i, rq)) {
            return &f->rules[i];
        }
    }
    return NULL;
}
