/* embedded.h: the files put in at build time. Private to aws. */
#ifndef WGO_AWS_EMBEDDED_H
#define WGO_AWS_EMBEDDED_H

#include "model/collector.h"

#define WGO_AWS_SHAPES(name) extern const struct wgo_embedded_file wgo_aws_##name##_shapes;
#include "aws/shapes/services.def"
#undef WGO_AWS_SHAPES

extern const struct wgo_embedded_file wgo_aws_services_yaml;
/* WGO_AWS_CATALOGS_COUNT of them. */
extern const struct wgo_embedded_file wgo_aws_catalogs[];

#endif
