/* What an item of a list is in Terraform's words, where the list holds several types. */
#include "azure/azure.h"

#include "base/json.h"
#include "catalog/catalog.h"

#include <criterion/criterion.h>

#define ID(rest) "{\"id\":\"/subscriptions/S/" rest "\"}"
#define MANAGED "/providers/Microsoft.Management/managementGroups/g/providers/"

static const struct type_case {
    const char *entry, *item, *type;
} cases[] = {
    {"web.sites", "{\"kind\":\"app\"}", "azurerm_windows_web_app"},
    {"web.sites", "{}", "azurerm_windows_web_app"},
    {"web.sites", "{\"kind\":\"app,container,windows\"}", "azurerm_windows_web_app"},
    {"web.sites", "{\"kind\":\"app,linux,container\"}", "azurerm_linux_web_app"},
    {"web.sites", "{\"kind\":\"FunctionApp\"}", "azurerm_windows_function_app"},
    {"web.sites", "{\"kind\":\"functionapp,linux\"}", "azurerm_linux_function_app"},
    {"web.sites",
     "{\"kind\":\"functionapp,linux\",\"properties\":{\"functionAppConfig\":"
     "{\"deployment\":{\"storage\":{\"type\":\"blobContainer\"}}}}}",
     "azurerm_function_app_flex_consumption"},
    {"web.sites", "{\"kind\":\"functionapp,workflowapp\"}", "azurerm_logic_app_standard"},
    {"web.sites/slots", "{\"kind\":\"app,linux\"}", "azurerm_linux_web_app_slot"},
    {"web.sites/slots", "{\"kind\":\"functionapp\"}", "azurerm_windows_function_app_slot"},
    {"web.sites/slots", "{\"kind\":\"functionapp,workflowapp\"}", "Microsoft.Web/sites/slots"},
    {"compute.virtualMachineScaleSets", "{\"properties\":{\"orchestrationMode\":\"Flexible\"}}",
     "azurerm_orchestrated_virtual_machine_scale_set"},
    {"compute.virtualMachineScaleSets",
     "{\"properties\":{\"orchestrationMode\":\"Uniform\",\"virtualMachineProfile\":"
     "{\"storageProfile\":{\"osDisk\":{\"osType\":\"Windows\"}}}}}",
     "azurerm_windows_virtual_machine_scale_set"},
    {"compute.virtualMachineScaleSets", "{}", "azurerm_virtual_machine_scale_set"},
    {"securityinsights.alertRules", "{\"kind\":\"NRT\"}", "azurerm_sentinel_alert_rule_nrt"},
    {"securityinsights.alertRules", "{\"kind\":\"Other\"}",
     "Microsoft.SecurityInsights/alertRules"},
    {"securityinsights.dataConnectors", "{\"kind\":\"IOT\"}",
     "azurerm_sentinel_data_connector_iot"},
    {"network.dnszones/recordsets", "{\"type\":\"Microsoft.Network/dnszones/CNAME\"}",
     "azurerm_dns_cname_record"},
    {"network.dnszones/recordsets", "{\"type\":\"Microsoft.Network/dnszones/SOA\"}",
     "Microsoft.Network/dnszones/recordsets"},
    {"network.privateDnsZones/recordsets", "{\"type\":\"Microsoft.Network/privateDnsZones/A\"}",
     "azurerm_private_dns_a_record"},
    {"graph.dns", "{\"type\":\"microsoft.network/dnszones/cname\"}", "azurerm_dns_cname_record"},
    {"streamanalytics.streamingjobs/inputs",
     "{\"properties\":{\"type\":\"Reference\",\"datasource\":{\"type\":\"Microsoft.Storage/"
     "Blob\"}}}",
     "azurerm_stream_analytics_reference_input_blob"},
    {"streamanalytics.streamingjobs/outputs",
     "{\"properties\":{\"datasource\":{\"type\":\"Microsoft.ServiceBus/EventHub\"}}}",
     "azurerm_stream_analytics_output_eventhub"},
    {"datafactory.factories/linkedservices", "{\"properties\":{\"type\":\"AzureBlobFS\"}}",
     "azurerm_data_factory_linked_service_data_lake_storage_gen2"},
    {"datafactory.factories/linkedservices", "{\"properties\":{\"type\":\"Jira\"}}",
     "azurerm_data_factory_linked_custom_service"},
    {"datafactory.factories/integrationRuntimes",
     "{\"properties\":{\"type\":\"Managed\",\"typeProperties\":{\"ssisProperties\":"
     "{\"licenseType\":\"BasePrice\"}}}}",
     "azurerm_data_factory_integration_runtime_azure_ssis"},
    {"datafactory.factories/integrationRuntimes", "{\"properties\":{\"type\":\"Managed\"}}",
     "azurerm_data_factory_integration_runtime_azure"},
    {"dataprotection.backupVaults/backupPolicies",
     "{\"properties\":{\"datasourceTypes\":[\"Microsoft.Compute/disks\"]}}",
     "azurerm_data_protection_backup_policy_disk"},
    {"recoveryservices.vaults/backupPolicies",
     "{\"properties\":{\"backupManagementType\":\"AzureStorage\"}}",
     "azurerm_backup_policy_file_share"},
    {"recoveryservices.vaults/backupProtectedItems",
     "{\"properties\":{\"backupManagementType\":\"AzureSql\"}}",
     "Microsoft.RecoveryServices/vaults/backupProtectedItems"},
    {"kusto.clusters/databases/dataConnections", "{\"kind\":\"EventGrid\"}",
     "azurerm_kusto_eventgrid_data_connection"},
    {"hdinsight.clusters", "{\"properties\":{\"clusterDefinition\":{\"kind\":\"SPARK\"}}}",
     "azurerm_hdinsight_spark_cluster"},
    {"apimanagement.service/identityProviders", "{\"name\":\"aadB2C\"}",
     "azurerm_api_management_identity_provider_aadb2c"},
    {"automation.automationAccounts/variables", "{\"properties\":{\"value\":\"true\"}}",
     "azurerm_automation_variable_bool"},
    {"automation.automationAccounts/variables", "{\"properties\":{\"value\":\"-12\"}}",
     "azurerm_automation_variable_int"},
    {"automation.automationAccounts/variables", "{\"properties\":{\"value\":\"\\\"a.b\\\"\"}}",
     "azurerm_automation_variable_string"},
    {"automation.automationAccounts/variables",
     "{\"properties\":{\"value\":\"\\\"\\\\/Date(1700000000000)\\\\/\\\"\"}}",
     "azurerm_automation_variable_datetime"},
    {"automation.automationAccounts/variables", "{\"properties\":{\"value\":\"{\\\"a\\\":1}\"}}",
     "azurerm_automation_variable_object"},
    {"automation.automationAccounts/variables", "{\"properties\":{\"isEncrypted\":true}}",
     "Microsoft.Automation/automationAccounts/variables"},
    {"digitaltwins.digitalTwinsInstances/endpoints",
     "{\"properties\":{\"endpointType\":\"ServiceBus\"}}",
     "azurerm_digital_twins_endpoint_servicebus"},
    {"machinelearning.workspaces/computes", "{\"properties\":{\"computeType\":\"AKS\"}}",
     "azurerm_machine_learning_inference_cluster"},
    {"paloalto.firewalls",
     "{\"properties\":{\"isPanoramaManaged\":\"TRUE\",\"networkProfile\":{\"networkType\":\"VNET\"}"
     "}}",
     "azurerm_palo_alto_next_generation_firewall_virtual_network_panorama"},
    {"paloalto.firewalls", "{\"properties\":{\"networkProfile\":{\"networkType\":\"VWAN\"}}}",
     "azurerm_palo_alto_next_generation_firewall_virtual_hub_local_rulestack"},
    {"resources.deploymentScripts", "{\"kind\":\"AzurePowerShell\"}",
     "azurerm_resource_deployment_script_azure_power_shell"},
    {"cdn.profiles", "{\"sku\":{\"name\":\"Premium_AzureFrontDoor\"}}",
     "azurerm_cdn_frontdoor_profile"},
    {"cdn.profiles", "{\"sku\":{\"name\":\"Standard_Microsoft\"}}", "azurerm_cdn_profile"},
    {"alertsmanagement.actionRules",
     "{\"properties\":{\"actions\":[{\"actionType\":\"RemoveAllActionGroups\"}]}}",
     "azurerm_monitor_alert_processing_rule_suppression"},
    {"authorization.policyAssignments", ID("providers/Microsoft.Authorization/policyAssignments/a"),
     "azurerm_subscription_policy_assignment"},
    {"authorization.policyAssignments",
     ID("resourceGroups/g/providers/Microsoft.Authorization/policyAssignments/a"),
     "azurerm_resource_group_policy_assignment"},
    {"authorization.policyAssignments",
     ID("resourceGroups/g/providers/Microsoft.Web/sites/s/providers/Microsoft.Authorization/"
        "policyAssignments/a"),
     "azurerm_resource_policy_assignment"},
    {"authorization.policyAssignments",
     "{\"id\":\"" MANAGED "Microsoft.Authorization/policyAssignments/a\"}",
     "azurerm_management_group_policy_assignment"},
    {"kubernetesconfiguration.extensions",
     ID("resourceGroups/g/providers/Microsoft.Kubernetes/connectedClusters/c/providers/x/"
        "extensions/e"),
     "azurerm_arc_kubernetes_cluster_extension"},
    {"workloads.sapVirtualInstances",
     "{\"properties\":{\"configuration\":{\"configurationType\":\"DeploymentWithOSConfig\","
     "\"infrastructureConfiguration\":{\"deploymentType\":\"ThreeTier\"}}}}",
     "azurerm_workloads_sap_three_tier_virtual_instance"},
};

struct filling {
    struct wgo_str item;
    struct wgo_arena arena;
};

static struct wgo_str value_of(void *state, const struct wgo_template_part *part)
{
    struct filling *f = state;
    struct wgo_str raw = wgo_json_get(f->item, part->name);
    bool as_it_is = !raw.ptr || (part->filters & WGO_FILTER_JSON) != 0;
    return as_it_is ? raw : wgo_json_text(raw, &f->arena);
}

Test(types, are_those_of_terraform)
{
    struct wgo_catalog *catalog = NULL;
    struct wgo_error error = {0};
    cr_assert_eq(wgo_catalog_load(wgo_azure_collector.catalogs, wgo_azure_collector.catalog_count,
                                  NULL, 0, &catalog, &error),
                 WGO_OK, "%s", error.message);
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        const struct type_case *c = &cases[i];
        const struct wgo_entry *entry = wgo_catalog_find(catalog, wgo_str(c->entry));
        struct filling filling = {.item = wgo_str(c->item)};
        struct wgo_buf value = {0};
        cr_assert_not_null(entry, "%s", c->entry);
        cr_expect(wgo_template_expand(&entry->types_by, value_of, &filling, WGO_TEMPLATE_PLAIN,
                                      &value, NULL),
                  "%s: %s", c->entry, c->item);
        struct wgo_str type = wgo_entry_type_of(entry, wgo_buf_view(&value));
        type = type.len > 0 ? type : entry->view.type;
        cr_expect(wgo_str_is(type, c->type), "%s: %s is %.*s, not %s", c->entry, c->item,
                  WGO_FMT(type), c->type);
        wgo_buf_fini(&value);
        wgo_arena_fini(&filling.arena);
    }
    wgo_catalog_free(catalog);
}
