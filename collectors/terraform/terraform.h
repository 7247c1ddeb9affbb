/* terraform.h: the Terraform collector: what Terraform and OpenTofu know of an infrastructure.
 *
 * A custom collector: it reads states (versions 4 and 3, and `terraform show -json`) from files,
 * folders and backends; inputs.h says where it looks, walk.h what it reads, session.h what counts,
 * record.h what a record looks like.
 *
 * Ownership: static const; open() makes an instance.
 * Threads:   collect() on a blocker.
 * Failure:   open() for named inputs that are not there; everything else is a row. */
#ifndef WGO_TERRAFORM_TERRAFORM_H
#define WGO_TERRAFORM_TERRAFORM_H

#include "model/collector.h"

extern const struct wgo_collector_type wgo_terraform_collector;

#endif
