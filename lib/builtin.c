#include "lib/builtin.h"

#include "aws/aws.h"
#include "azure/azure.h"
#include "gcp/gcp.h"
#include "k8s/k8s.h"
#include "powerbi/powerbi.h"
#include "terraform/terraform.h"

#define BIT(id) (1u << WGO_SCOPED_##id)

static const char *const kubernetes_settings[] = {"exec_timeout", NULL};
static const char *const terraform_settings[] = {"state_files", "paths", "backends", NULL};
static const char *const terraform_sections[] = {"clusters", NULL};

static const char *const aws_settings[] = {"account_timeout", NULL};
static const char *const azure_settings[] = {NULL};
static const char *const gcp_settings[] = {NULL};
static const char *const powerbi_settings[] = {"lineage",
                                               "datasource_details",
                                               "dataset_schema",
                                               "dataset_expressions",
                                               "artifact_users",
                                               "personal_workspaces",
                                               "inactive_workspaces",
                                               "modified_since",
                                               "workspaces_file",
                                               "capacities",
                                               "quota_model",
                                               "quota_share",
                                               "quota_per_hour",
                                               "even",
                                               NULL};

static const struct wgo_builtin builtins[] = {
    {
        .type = &wgo_aws_collector,
        .scoped = BIT(REGION) | BIT(PROFILE) | BIT(ORG) | BIT(ORG_ROLE) | BIT(EXTERNAL_ID) |
                  BIT(ACCOUNT) | BIT(EXCLUDE_ACCOUNT) | BIT(OU) | BIT(ACCOUNT_TAG) |
                  BIT(RESOURCE_TYPE) | BIT(RESOURCE_LIMIT),
        .settings = aws_settings,
    },
    {
        .type = &wgo_azure_collector,
        .scoped = BIT(REGION) | BIT(TENANT_ID) | BIT(SUBSCRIPTION) | BIT(MANAGEMENT_GROUP) |
                  BIT(AZURE_SOURCE) | BIT(RESOURCE_TYPE) | BIT(RESOURCE_LIMIT),
        .settings = azure_settings,
    },
    {
        .type = &wgo_gcp_collector,
        .scoped = BIT(PROJECT) | BIT(FOLDER) | BIT(ORGANIZATION) | BIT(REGION) | BIT(GCP_SOURCE) |
                  BIT(RESOURCE_TYPE) | BIT(RESOURCE_LIMIT),
        .settings = gcp_settings,
    },
    {
        .type = &wgo_kubernetes_collector,
        .scoped = BIT(CONTEXT) | BIT(NAMESPACE) | BIT(RESOURCE_TYPE) | BIT(RESOURCE_LIMIT),
        .settings = kubernetes_settings,
    },
    {
        .type = &wgo_powerbi_collector,
        .scoped = BIT(TENANT_ID) | BIT(WORKSPACE) | BIT(SCAN_ID) | BIT(HASH_OPTIMIZATION) |
                  BIT(PATH) | BIT(RESOURCE_TYPE) | BIT(RESOURCE_LIMIT),
        .settings = powerbi_settings,
    },
    {
        .type = &wgo_terraform_collector,
        .scoped = BIT(STATE_FILE) | BIT(PATH) | BIT(RESOURCE_TYPE) | BIT(INCLUDE_DATA_SOURCES) |
                  BIT(RESOURCE_LIMIT),
        .settings = terraform_settings,
        .sections = terraform_sections,
    },
};

size_t wgo_builtin_count(void)
{
    return WGO_COUNT(builtins);
}

const struct wgo_builtin *wgo_builtin_at(size_t index)
{
    return &builtins[index];
}

const struct wgo_builtin *wgo_builtin_find(struct wgo_str name)
{
    for (size_t i = 0; i < WGO_COUNT(builtins); i++) {
        const struct wgo_collector_type *type = builtins[i].type;
        if (wgo_str_is(name, type->name) || (type->alias && wgo_str_is(name, type->alias))) {
            return &builtins[i];
        }
    }
    return NULL;
}

bool wgo_builtin_takes(const struct wgo_builtin *builtin, enum wgo_scoped id)
{
    return (builtin->scoped >> id & 1) != 0;
}

const char *wgo_builtin_nearest(struct wgo_str name)
{
    const char *nearest = NULL;
    unsigned best = wgo_str_slips(name) + 1;
    for (size_t i = 0; i < WGO_COUNT(builtins); i++) {
        unsigned distance = wgo_str_distance(name, wgo_str(builtins[i].type->name));
        if (distance < best) {
            best = distance;
            nearest = builtins[i].type->name;
        }
    }
    return nearest;
}
