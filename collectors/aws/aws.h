/* aws.h: the AWS collector, for lib's array of providers. */
#ifndef WGO_AWS_AWS_H
#define WGO_AWS_AWS_H

#include "model/collector.h"

extern const struct wgo_collector_type wgo_aws_collector;

#endif
