/* codescan.h: an invented code-scanning platform: projects, scans, findings and rules over REST. */
#ifndef FC_CODESCAN_H
#define FC_CODESCAN_H

#include "core/request.h"

extern const struct fc_module fc_codescan_module;

#endif
