#include "core/modules.h"

#include "aws/aws.h"
#include "azure/azure.h"
#include "codescan/codescan.h"
#include "gcp/gcp.h"
#include "k8s/k8s.h"
#include "powerbi/powerbi.h"
#include "terraform/terraform.h"

const struct fc_module *const fc_modules[] = {
    &fc_aws_module,       /* Knows its requests by their signatures, whatever the path. */
    &fc_azure_module,     /* Under /azure and /metadata, or by the host. */
    &fc_gcp_module,       /* By /gcp/, or by the host. */
    &fc_powerbi_module,   /* Under /v1.0/myorg, with or without /powerbi. */
    &fc_codescan_module,  /* Under /codescan. */
    &fc_terraform_module, /* Before Kubernetes: /api/v2 is its own. */
    &fc_k8s_module,
};
const size_t fc_module_count = sizeof(fc_modules) / sizeof(fc_modules[0]);
