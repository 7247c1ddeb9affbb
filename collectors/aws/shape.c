/* Shapes in use: members found by name, services parsed when first asked for. */
#include "aws/shape.h"

#include "aws/embedded.h"
#include "aws/shape_hash.h"
#include "base/lock.h"

#include <stdlib.h>

static const struct wgo_aws_member *find_member(const struct wgo_aws_shape *shape,
                                                struct wgo_str name)
{
    unsigned at = wgo_aws_name_hash(name) & shape->slot_mask;
    for (; shape->slots[at] != 0; at = (at + 1) & shape->slot_mask) {
        const struct wgo_aws_member *member = &shape->members[shape->slots[at] - 1];
        if (member->element.len == name.len &&
            memcmp(member->element.ptr, name.ptr, name.len) == 0) {
            return member;
        }
    }
    return NULL;
}

const struct wgo_aws_member *wgo_aws_shape_member(const struct wgo_aws_shape *shape,
                                                  const char *name)
{
    struct wgo_str whole = wgo_str(name);
    const struct wgo_aws_member *member = find_member(shape, whole);
    if (!member) {
        size_t colon = wgo_str_find_char(whole, ':');
        if (colon < whole.len) {
            member = find_member(shape, wgo_str_slice(whole, colon + 1, whole.len));
        }
    }
    return member;
}

const struct wgo_aws_output *wgo_aws_service_output(const struct wgo_aws_service *service,
                                                    struct wgo_str operation)
{
    size_t low = 0, high = service->output_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = wgo_str_cmp(service->outputs[middle].operation, operation);
        if (order == 0) {
            return &service->outputs[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

static const struct {
    const char *name;
    const struct wgo_embedded_file *file;
} built_in[] = {
#define WGO_AWS_SHAPES(name) {#name, &wgo_aws_##name##_shapes},
#include "aws/shapes/services.def"
#undef WGO_AWS_SHAPES
};

struct parsed {
    struct wgo_arena arena;
    const struct wgo_aws_service *service; /* NULL: nobody has asked */
};

struct wgo_aws_shapes {
    struct wgo_lock lock; /* guards 'synced'; what a service points to is read-only */
    struct {
        struct parsed parsed[WGO_COUNT(built_in)];
    } synced WGO_GUARDED;
};

enum wgo_status wgo_aws_shapes_new(struct wgo_aws_shapes **out_shapes, struct wgo_error *err)
{
    struct wgo_aws_shapes *shapes = calloc(1, sizeof(*shapes));
    if (!shapes) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_lock_init(&shapes->lock);
    *out_shapes = shapes;
    return WGO_OK;
}

/* Nobody else has it any more, so no lock is needed. */
WGO_UNCHECKED_LOCKS void wgo_aws_shapes_free(struct wgo_aws_shapes *shapes)
{
    if (!shapes) {
        return;
    }
    for (size_t i = 0; i < WGO_COUNT(built_in); i++) {
        wgo_arena_fini(&shapes->synced.parsed[i].arena);
    }
    wgo_lock_fini(&shapes->lock);
    free(shapes);
}

static enum wgo_status parse_locked(struct wgo_aws_shapes *shapes, size_t i, struct wgo_error *err)
    WGO_REQUIRES(shapes->lock);

static enum wgo_status parse_locked(struct wgo_aws_shapes *shapes, size_t i, struct wgo_error *err)
{
    struct parsed *parsed = &shapes->synced.parsed[i];
    if (parsed->service) {
        return WGO_OK;
    }
    const struct wgo_embedded_file *file = built_in[i].file;
    enum wgo_status status =
        wgo_aws_service_parse(&parsed->arena, wgo_str(built_in[i].name),
                              wgo_str_from(file->bytes, file->len), &parsed->service, err);
    if (status) {
        wgo_arena_fini(&parsed->arena);
        parsed->arena = (struct wgo_arena){0};
    }
    return status;
}

static enum wgo_status find_service(struct wgo_aws_shapes *shapes, struct wgo_str name,
                                    const struct wgo_aws_service **out_service,
                                    struct wgo_error *err)
{
    for (size_t i = 0; i < WGO_COUNT(built_in); i++) {
        if (wgo_str_is(name, built_in[i].name)) {
            wgo_lock_acquire(&shapes->lock);
            enum wgo_status status = parse_locked(shapes, i, err);
            *out_service = shapes->synced.parsed[i].service;
            wgo_lock_release(&shapes->lock);
            return status;
        }
    }
    return wgo_fail(err, WGO_E_NOT_FOUND, "no shapes of the service %.*s", WGO_FMT(name));
}

enum wgo_status wgo_aws_shapes_find(struct wgo_aws_shapes *shapes, struct wgo_str service_name,
                                    struct wgo_str operation,
                                    const struct wgo_aws_output **out_output, struct wgo_error *err)
{
    const struct wgo_aws_service *service = NULL;
    enum wgo_status status = find_service(shapes, service_name, &service, err);
    if (status) {
        return status;
    }
    const struct wgo_aws_output *output = wgo_aws_service_output(service, operation);
    if (!output) {
        return wgo_fail(err, WGO_E_NOT_FOUND, "no shape of %.*s's %.*s", WGO_FMT(service_name),
                        WGO_FMT(operation));
    }
    *out_output = output;
    return WGO_OK;
}
