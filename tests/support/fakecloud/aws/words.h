/* words.h: what AWS's templates may say besides the words of all catalogs.
 *
 * Ownership: static.
 * Threads:   constant; prints from a scene whose owner is a struct aws_call.
 * Failure:   none. */
#ifndef FC_AWS_WORDS_H
#define FC_AWS_WORDS_H

#include "template/template.h"

extern const struct fc_words aws_words;

#endif
