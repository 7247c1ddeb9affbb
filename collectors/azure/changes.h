/* changes.h: Resource Graph asked for what changed, instead of for all there is. Private to azure.
 *
 * Glossary
 *   place      where Resources is listed, a subscription at a time: what its row is about, and
 *              what an earlier scan has seen whole
 *   change     what the latest of a resource's changes says: it may be gone, or is to be read
 *   leading    a type whose resources lead to further calls, or come from other lists too: nobody
 *              tells of changes there, so the calls are made for all of them, and the type is read
 *              whole; so are the subscriptions themselves
 *
 * How a group is read
 *   lists      ResourceChanges and ResourceContainerChanges since the group was last seen; which
 *              types there are, unless --azure-source graph leads nowhere
 *   doubt      nothing has changed, it seems: Resource Graph leaves out what may not be seen, so it
 *              is asked whether there is any change at all to be seen
 *   reads      what changed, by its ids; the leading types
 *   end        what is gone is said, the rest of the place stands, and its rows are written. A
 *              list of changes that cannot be had: the group is read whole. A read that fails: the
 *              rows say so, and the next scan looks back as far again
 *
 * Ownership: in the collector's arena. Threads: any; what is marked guarded is under its lock.
 * Failure:   NOMEM, and what the emitter returns. */
#ifndef WGO_AZURE_CHANGES_H
#define WGO_AZURE_CHANGES_H

#include "azure/session.h"

#include "base/clock.h"

/* The type that rows of a subscription's Resources and ResourceContainers are about. */
#define WGO_AZURE_PLACE WGO_STR("Resources")

/* Changes are kept for 14 days, of which the last is not counted on. */
#define WGO_AZURE_HISTORY (13 * 24 * 3600 * WGO_S)
/* "Change records should be available in less than five minutes": twice that is looked back. */
#define WGO_AZURE_INDEX_LAG (10 * 60 * WGO_S)

#define WGO_AZURE_CHANGE_SLOTS 4096

/* No length of a query is documented; ids are about 150 characters. */
enum { WGO_AZURE_IDS_OF_A_QUERY = 100 };

struct wgo_azure_change {
    struct wgo_str id, type; /* lower case */
    int64_t at;              /* ns since 1970 */
    bool deleted;
    bool asked; /* read by its id, or with its type */
    bool found;
    struct wgo_azure_change *next_in_slot, *next;
};

struct wgo_azure_changes {
    int64_t since; /* ns since 1970 */
    /* guarded */
    struct wgo_azure_change *slots[WGO_AZURE_CHANGE_SLOTS];
    struct wgo_azure_change *first, *last;
    unsigned open;          /* lists that have not come to an end */
    bool reading;           /* the lists are there: now the resources */
    bool doubted;           /* they are empty: is there nothing, or may nothing be seen? */
    struct wgo_error error; /* the first, where something failed */
};

/* Whether it is enough to ask what changed in the subscription; since when. */
bool wgo_azure_changes_known(const struct wgo_azure *azure,
                             const struct wgo_azure_subscription *subscription, int64_t *out_since);
/* Asks for the group's lists. */
enum wgo_status wgo_azure_changes_begin(struct wgo_azure *azure, struct wgo_azure_group *group,
                                        int64_t since, struct wgo_emitter *emitter,
                                        struct wgo_error *err);
/* Takes one change; the latest of a resource's holds, and of two at once the one that is not its
 * end. False when memory is gone. */
bool wgo_azure_change_add(struct wgo_azure *azure, struct wgo_azure_changes *changes,
                          const struct wgo_azure_change *change);
/* Marks the resource as there; '*out_first' when it was to be read and was not found before. */
void wgo_azure_change_found(struct wgo_azure *azure, struct wgo_azure_changes *changes,
                            struct wgo_str id, bool *out_first);
/* A string of Kusto's, with its quotes. */
void wgo_azure_kusto_string(struct wgo_buf *out, struct wgo_str text);
/* One of the group's lists or reads has come to an end; 'error' NULL: a good one. */
enum wgo_status wgo_azure_changes_end(struct wgo_azure *azure, struct wgo_azure_group *group,
                                      const struct wgo_error *error, struct wgo_emitter *emitter,
                                      struct wgo_error *err);
/* The lists are there: asks for the resources. */
enum wgo_status wgo_azure_changes_read(struct wgo_azure *azure, struct wgo_azure_group *group,
                                       struct wgo_emitter *emitter, struct wgo_error *err);
/* The rows of the group's subscriptions; 'error' NULL: all is well. */
void wgo_azure_place_rows(struct wgo_azure *azure, const struct wgo_azure_group *group,
                          const struct wgo_error *error, struct wgo_emitter *emitter);

/* ---- groups.c ---- */

/* What rows of the group are about that is no subscription's own. */
struct wgo_str wgo_azure_group_account(const struct wgo_azure_group *group);
/* A task of the group's. */
enum wgo_status wgo_azure_group_task(const struct wgo_azure_group *group, const char *entry,
                                     const struct wgo_var *more, struct wgo_emitter *emitter,
                                     struct wgo_error *err);
/* Reads the group whole. */
enum wgo_status wgo_azure_group_whole(struct wgo_azure *azure, struct wgo_azure_group *group,
                                      struct wgo_emitter *emitter, struct wgo_error *err);
/* Asks which types of Resources the group has. */
enum wgo_status wgo_azure_group_types(const struct wgo_azure *azure,
                                      const struct wgo_azure_group *group,
                                      struct wgo_emitter *emitter, struct wgo_error *err);
/* Asks for the tables that hold what is below the types that the group has. */
enum wgo_status wgo_azure_group_after(struct wgo_azure *azure, struct wgo_azure_group *group,
                                      struct wgo_emitter *emitter, struct wgo_error *err);

#endif
