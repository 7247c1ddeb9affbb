/* aws.h: Amazon Web Services: any number of accounts and regions at one port.
 *
 * Ownership, threads, failure: see struct fc_module. */
#ifndef FC_AWS_AWS_H
#define FC_AWS_AWS_H

#include "core/request.h"

extern const struct fc_module fc_aws_module;

#endif
