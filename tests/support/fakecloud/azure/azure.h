/* azure.h: Azure: Entra ID's logins, Resource Manager and Resource Graph. */
#ifndef FC_AZURE_H
#define FC_AZURE_H

#include "core/request.h"

extern const struct fc_module fc_azure_module;

#endif
