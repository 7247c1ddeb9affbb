#include "aws/words.h"

#include "aws/call.h"

enum word {
    WORD_ACCOUNT,
    WORD_REGION,
    WORD_PARAM,
    WORD_REQUEST_ID,
    WORD_ZONE,   /* a letter */
    WORD_HOME,   /* a bucket's region */
    WORD_MEMBER, /* an account's id */
    WORD_STATE,  /* an account's status */
    WORD_PLACE,  /* a region's name */
    WORD_OPTED,  /* a region's opt-in status */
};

static const char *const names[] = {"account", "region", "param", "requestid", "zone", "home",
                                    "member",  "state",  "place", "opted",     NULL};

static void put_object(const struct aws_world *w, enum word word, const struct fc_obj *o,
                       struct fc_text *out)
{
    const struct aws_account *a = &w->accounts[o->index % w->account_count];
    const struct aws_region *r = &w->regions[o->index % w->region_count];

    switch (word) {
    case WORD_ZONE:
        fc_text_add(out, &"abc"[o->h % 3], 1);
        break;
    case WORD_HOME:
        fc_text_puts(out, w->regions[o->index % w->enabled_count].name);
        break;
    case WORD_MEMBER:
        fc_text_puts(out, a->id);
        break;
    case WORD_STATE:
        fc_text_puts(out, a->suspended ? "SUSPENDED" : "ACTIVE");
        break;
    case WORD_PLACE:
        fc_text_puts(out, r->name);
        break;
    case WORD_OPTED:
        fc_text_puts(out, !r->opt_in   ? "opt-in-not-required"
                          : r->enabled ? "opted-in"
                                       : "not-opted-in");
        break;
    default:
        break;
    }
}

static void print(const struct fc_scene *scene, size_t word, const char *text,
                  const struct fc_obj *self, struct fc_text *out)
{
    const struct aws_call *call = scene->owner;

    switch ((enum word)word) {
    case WORD_ACCOUNT:
        fc_text_puts(out, call->account->id);
        break;
    case WORD_REGION:
        fc_text_puts(out, call->region);
        break;
    case WORD_PARAM:
        fc_template_escape(out, aws_param(&call->params, text), scene->json);
        break;
    case WORD_REQUEST_ID:
        fc_text_puts(out, call->request_id);
        break;
    default:
        if (self != NULL) {
            put_object(call->world, (enum word)word, self, out);
        }
        break;
    }
}

static bool index_of(const struct fc_scene *scene, struct fc_str id, uint64_t *index)
{
    const struct aws_call *call = scene->owner;
    const struct aws_account *account = aws_world_account(call->world, id);

    *index = account != NULL ? (uint64_t)(account - call->world->accounts) : 0;
    return account != NULL;
}

const struct fc_words aws_words = {.names = names, .print = print, .index_of = index_of};
