/* Which live object of AWS or Azure a resource names. */
#include "helper.h"

#include "terraform/home.h"
#include "terraform/identity.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct scratch s;

static void setup(void)
{
    scratch_init(&s);
}

static void teardown(void)
{
    scratch_fini(&s);
}

TestSuite(identity, .init = setup, .fini = teardown);

#define PROVIDER "provider[\\\"registry.terraform.io/hashicorp/aws\\\"]"

/* One resource of version 4. */
static struct wgo_str resource(const char *provider, const char *type, const char *name,
                               const char *attributes)
{
    return wgo_str_format(&s.arena,
                          "{\"mode\": \"managed\", \"type\": \"%s\", \"name\": \"%s\", "
                          "\"provider\": \"%s\", \"instances\": [{\"attributes\": %s}]}",
                          type, name, provider, attributes);
}

/* A state with 'neighbour' (which may be empty) before the resource; its id. */
static const char *id_beside(struct wgo_str neighbour, const char *type, const char *attributes)
{
    struct wgo_str text = wgo_str_format(
        &s.arena,
        "{\"version\": 4, \"lineage\": \"l\", \"serial\": 1, \"resources\": [%.*s%s%.*s]}",
        WGO_FMT(neighbour), neighbour.len ? ", " : "",
        WGO_FMT(resource(PROVIDER, type, "it", attributes)));
    s.options.state_files.count = 0;
    wgo_rows_free(s.fake.services.rows);
    s.fake.services.rows = wgo_rows_new();
    scratch_state(&s, "a.tfstate", wgo_str_cstr(&s.arena, text));
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
    const char *address = wgo_str_cstr(&s.arena, wgo_str_format(&s.arena, "%s.it", type));
    return scratch_text(&s, scratch_record(&s, "state_address", address), "id");
}

/* Beside a VPC of account 111122223333 in eu-west-1. */
static const char *id_of(const char *type, const char *attributes)
{
    return id_beside(resource(PROVIDER, "aws_vpc", "v",
                              "{\"arn\": \"arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1\"}"),
                     type, attributes);
}

struct id_case {
    const char *type, *attributes, *want;
};

Test(identity, of_resources)
{
    static const struct id_case cases[] = {
        {"aws_sqs_queue", "{\"arn\": \"arn:aws:sqs:us-east-1:1:q\", \"id\": \"https://q\"}",
         "arn:aws:sqs:us-east-1:1:q"},
        {"aws_s3_bucket", "{\"arn\": \"arn:aws:s3:::b\"}", "arn:aws:s3:::b"},
        {"aws_nat_gateway", "{\"id\": \"nat-1\"}",
         "arn:aws:ec2:eu-west-1:111122223333:natgateway/nat-1"},
        {"aws_nat_gateway", "{\"id\": \"nat-1\", \"region\": \"us-west-2\"}",
         "arn:aws:ec2:us-west-2:111122223333:natgateway/nat-1"},
        {"aws_security_group_rule", "{\"id\": \"sgrule-7\", \"security_group_rule_id\": \"sgr-1\"}",
         "arn:aws:ec2:eu-west-1:111122223333:security-group-rule/sgr-1"},
        {"aws_security_group_rule", "{\"id\": \"sgrule-7\", \"security_group_rule_id\": null}",
         "terraform://l/aws_security_group_rule.it"},
        {"aws_cloudwatch_log_group", "{\"arn\": \"arn:aws:logs:r:1:log-group:/a:*\"}",
         "arn:aws:logs:r:1:log-group:/a"},
        {"aws_eip", "{\"id\": \"eipalloc-1\", \"allocation_id\": \"eipalloc-1\"}",
         "arn:aws:ec2:eu-west-1:111122223333:elastic-ip/eipalloc-1"},
        {"aws_eip", "{\"id\": \"eipalloc-1\", \"arn\": \"arn:aws:ec2:r:1:elastic-ip/eipalloc-1\"}",
         "arn:aws:ec2:r:1:elastic-ip/eipalloc-1"},
        {"aws_ecs_service", "{\"id\": \"arn:aws:ecs:r:1:service/c/s\"}",
         "arn:aws:ecs:r:1:service/c/s"},
        {"aws_spot_instance_request",
         "{\"id\": \"sir-1\", \"arn\": \"arn:aws:ec2:r:1:instance/i-1\"}",
         "arn:aws:ec2:eu-west-1:111122223333:spot-instances-request/sir-1"},
        {"aws_route53_record",
         "{\"zone_id\": \"Z1\", \"name\": \"www\", \"fqdn\": \"www.example.com\", \"type\": \"A\", "
         "\"set_identifier\": \"\"}",
         "arn:aws:route53:::hostedzone/Z1#record/www.example.com./A/"},
        {"aws_route53_record",
         "{\"zone_id\": \"Z1\", \"fqdn\": \"*.example.com\", \"type\": \"CNAME\", "
         "\"set_identifier\": \"blue\"}",
         "arn:aws:route53:::hostedzone/Z1#record/\\052.example.com./CNAME/blue"},
        {"aws_cloudwatch_event_target",
         "{\"arn\": \"arn:aws:sqs:r:1:q\", \"rule\": \"r\", \"target_id\": \"t\", "
         "\"event_bus_name\": \"default\"}",
         "arn:aws:events:eu-west-1:111122223333:rule/r#target/t"},
        {"aws_cloudwatch_event_target",
         "{\"rule\": \"r\", \"target_id\": \"t\", \"event_bus_name\": "
         "\"arn:aws:events:r:1:event-bus/b\"}",
         "arn:aws:events:eu-west-1:111122223333:rule/b/r#target/t"},
        {"aws_api_gateway_resource", "{\"rest_api_id\": \"a\", \"id\": \"r\"}",
         "arn:aws:apigateway:eu-west-1::/restapis/a/resources/r"},
        {"aws_api_gateway_base_path_mapping", "{\"domain_name\": \"d\", \"base_path\": \"\"}",
         "arn:aws:apigateway:eu-west-1::/domainnames/d/basepathmappings/(none)"},
        {"aws_api_gateway_base_path_mapping",
         "{\"domain_name\": \"d\", \"domain_name_id\": \"i\", \"base_path\": \"v1\"}",
         "arn:aws:apigateway:eu-west-1:111122223333:/domainnames/d+i/basepathmappings/v1"},
        {"aws_lambda_function_event_invoke_config",
         "{\"function_name\": \"arn:aws:lambda:r:1:function:f\", \"qualifier\": null}",
         "arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST#event-invoke-config"},
        {"aws_kms_grant", "{\"key_id\": \"arn:aws:kms:r:1:key/k\", \"grant_id\": \"g\"}",
         "arn:aws:kms:r:1:key/k#grant/g"},
        {"aws_kms_grant", "{\"key_id\": \"k\", \"grant_id\": \"g\"}",
         "terraform://l/aws_kms_grant.it"},
        {"aws_ram_principal_association",
         "{\"resource_share_arn\": \"arn:aws:ram:r:1:resource-share/s\", \"principal\": \"2\"}",
         "arn:aws:ram:r:1:resource-share/s#PRINCIPAL/2"},
        {"aws_organizations_delegated_administrator",
         "{\"arn\": \"arn:aws:organizations::1:account/o/2\"}",
         "arn:aws:organizations::1:account/o/2#delegated-administrator"},
        {"aws_sns_topic_subscription", "{\"arn\": \"PendingConfirmation\"}",
         "terraform://l/aws_sns_topic_subscription.it"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        cr_expect_str_eq(id_of(cases[i].type, cases[i].attributes), cases[i].want, "%s",
                         cases[i].attributes);
    }
}

Test(identity, what_carries_another_s_arn_is_not_that_object)
{
    static const char *const types[] = {
        "aws_sns_topic_policy",
        "aws_s3_bucket_policy",
        "aws_iam_role_policy_attachment",
        "aws_iam_policy_attachment",
        "aws_lb_target_group_attachment",
        "aws_secretsmanager_secret_version",
        "aws_secretsmanager_secret_rotation",
        "aws_acm_certificate_validation",
        "aws_ses_domain_identity_verification",
        "aws_iam_access_key",
    };
    for (size_t i = 0; i < WGO_COUNT(types); i++) {
        const char *want =
            wgo_str_cstr(&s.arena, wgo_str_format(&s.arena, "terraform://l/%s.it", types[i]));
        cr_expect_str_eq(id_of(types[i],
                               "{\"arn\": \"arn:aws:x:r:1:y\", \"id\": \"arn:aws:x:r:1:y\","
                               " \"policy_arn\": \"arn:aws:iam::aws:policy/P\"}"),
                         want);
    }
}

Test(identity, what_only_looks_like_an_arn_is_none)
{
    static const char *const arns[] = {
        "arn:::::",
        "arn:aws",
        "arn:aws:ec2:eu-west-1:1",
        "arn:aws:ec2:r:1:",
        "arn::ec2:r:1:vpc/v",
        "arn:aws::r:1:vpc/v",
        "ARN:aws:ec2:r:1:vpc/v",
    };
    for (size_t i = 0; i < WGO_COUNT(arns); i++) {
        struct wgo_str attributes =
            wgo_str_format(&s.arena, "{\"id\": \"q\", \"arn\": \"%s\"}", arns[i]);
        cr_expect_str_eq(id_beside(WGO_STR(""), "aws_sqs_queue", attributes.ptr),
                         "terraform://l/aws_sqs_queue.it", "%s", arns[i]);
        cr_expect_str_eq(id_beside(WGO_STR(""), "aws_nat_gateway", attributes.ptr),
                         "terraform://l/aws_nat_gateway.it", "%s", arns[i]);
    }
}

Test(identity, a_state_that_does_not_know_its_account_keeps_its_own_id)
{
    const char *nat = "{\"id\": \"nat-1\", \"region\": \"eu-west-1\"}";
    const char *mine = "terraform://l/aws_nat_gateway.it";
    cr_expect_str_eq(id_beside(WGO_STR(""), "aws_nat_gateway", nat), mine);
    /* What another provider configuration made says nothing. */
    cr_expect_str_eq(id_beside(resource(PROVIDER ".other", "aws_vpc", "v",
                                        "{\"arn\": \"arn:aws:ec2:eu-west-1:111122223333:vpc/v\"}"),
                               "aws_nat_gateway", nat),
                     mine);
    /* Nor what is of nobody's account, or of somebody else's. */
    cr_expect_str_eq(
        id_beside(resource(PROVIDER, "aws_s3_bucket", "b", "{\"arn\": \"arn:aws:s3:::b\"}"),
                  "aws_nat_gateway", nat),
        mine);
    cr_expect_str_eq(id_beside(resource(PROVIDER, "aws_sns_topic_subscription", "b",
                                        "{\"arn\": \"arn:aws:sns:eu-west-1:111122223333:t:u\"}"),
                               "aws_nat_gateway", nat),
                     mine);
    cr_expect_str_eq(id_beside(resource(PROVIDER, "aws_sns_topic_policy", "b",
                                        "{\"arn\": \"arn:aws:sns:eu-west-1:111122223333:t\"}"),
                               "aws_nat_gateway", nat),
                     mine);
}

Test(identity, accounts_that_disagree_are_unknown)
{
    struct wgo_str one = resource(PROVIDER, "aws_vpc", "v",
                                  "{\"arn\": \"arn:aws:ec2:eu-west-1:111122223333:vpc/v\"}");
    struct wgo_str two = resource(PROVIDER, "aws_vpc", "w",
                                  "{\"arn\": \"arn:aws:ec2:eu-west-1:444455556666:vpc/w\"}");
    struct wgo_str both = wgo_str_format(&s.arena, "%.*s, %.*s", WGO_FMT(one), WGO_FMT(two));
    cr_expect_str_eq(id_beside(both, "aws_nat_gateway", "{\"id\": \"nat-1\"}"),
                     "terraform://l/aws_nat_gateway.it");
    cr_expect_str_eq(
        id_beside(both, "aws_api_gateway_resource", "{\"rest_api_id\": \"a\", \"id\": \"r\"}"),
        "arn:aws:apigateway:eu-west-1::/restapis/a/resources/r", "their region is the same");
    cr_expect_str_eq(id_beside(both, "aws_api_gateway_base_path_mapping",
                               "{\"domain_name\": \"d\", \"domain_name_id\": \"i\"}"),
                     "terraform://l/aws_api_gateway_base_path_mapping.it",
                     "a private name is not taken for the public one");
}

Test(identity, a_deposed_object_is_not_the_live_one)
{
    scratch_state(
        &s, "a.tfstate",
        "{\"version\": 4, \"lineage\": \"l\", \"serial\": 1, \"resources\": [{\"mode\": "
        "\"managed\", \"type\": \"aws_vpc\", \"name\": \"v\", \"instances\": "
        "[{\"deposed\": \"0badcafe\", \"attributes\": {\"arn\": \"arn:aws:ec2:r:1:vpc/v\","
        " \"id\": \"old\"}}]}, {\"mode\": \"data\", \"type\": \"aws_vpc\", \"name\": \"d\","
        " \"instances\": [{\"attributes\": {\"arn\": \"arn:aws:ec2:r:1:vpc/d\", \"id\": "
        "\"data\"}}]}]}");
    s.options.include_data_sources = true;
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_str_eq(scratch_text(&s, scratch_record(&s, "native_id", "old"), "id"),
                     "terraform://l/aws_vpc.v#0badcafe");
    cr_expect_str_eq(scratch_text(&s, scratch_record(&s, "native_id", "data"), "id"),
                     "terraform://l/data.aws_vpc.d");
}

Test(identity, dependencies_are_live_ids_too)
{
    scratch_state(
        &s, "a.tfstate",
        "{\"version\": 4, \"lineage\": \"l\", \"serial\": 1, \"resources\": [{\"mode\": "
        "\"managed\", \"type\": \"aws_vpc\", \"name\": \"v\", \"provider\": \"p\", \"instances\": "
        "[{\"attributes\": {\"arn\": \"arn:aws:ec2:eu-west-1:111122223333:vpc/v\"}}]}, {\"mode\": "
        "\"managed\", \"type\": \"aws_nat_gateway\", \"name\": \"n\", \"provider\": \"p\", "
        "\"instances\": [{\"attributes\": {\"id\": \"nat-1\"}}]}, {\"mode\": \"managed\", "
        "\"type\": "
        "\"aws_route\", \"name\": \"r\", \"provider\": \"p\", \"instances\": [{\"attributes\": "
        "{\"id\": \"r-1\"}, \"dependencies\": [\"aws_nat_gateway.n\", \"aws_vpc.v\"]}]}]}");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    struct wgo_str r = scratch_record(&s, "native_id", "r-1");
    cr_expect_str_eq(scratch_raw(&s, r, "dependencies"),
                     "[\"arn:aws:ec2:eu-west-1:111122223333:natgateway/nat-1\","
                     "\"arn:aws:ec2:eu-west-1:111122223333:vpc/v\"]");
}

Test(identity, older_formats_know_their_providers_too)
{
    scratch_state(
        &s, "three.tfstate",
        "{\"version\": 3, \"lineage\": \"l3\", \"serial\": 1, \"modules\": [{\"path\": "
        "[\"root\"], \"resources\": {\"aws_vpc.v\": {\"type\": \"aws_vpc\", \"provider\": "
        "\"provider.aws\", \"primary\": {\"id\": \"vpc-3\", \"attributes\": {\"arn\": "
        "\"arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-3\"}}}, \"aws_nat_gateway.n\": "
        "{\"type\": \"aws_nat_gateway\", \"provider\": \"provider.aws\", \"primary\": "
        "{\"id\": \"nat-3\", \"attributes\": {\"id\": \"nat-3\"}}}}}]}");
    scratch_state(
        &s, "show.json",
        "{\"format_version\": \"1.0\", \"values\": {\"root_module\": {\"resources\": "
        "[{\"address\": \"aws_vpc.v\", \"mode\": \"managed\", \"type\": \"aws_vpc\", "
        "\"name\": \"v\", \"provider_name\": \"p\", \"values\": {\"arn\": "
        "\"arn:aws-cn:ec2:cn-north-1:111122223333:vpc/vpc-4\"}}, {\"address\": "
        "\"aws_nat_gateway.n\", \"mode\": \"managed\", \"type\": \"aws_nat_gateway\", "
        "\"name\": \"n\", \"provider_name\": \"p\", \"values\": {\"id\": \"nat-4\"}}]}}}");
    cr_assert_eq(scratch_collect(&s), WGO_OK);
    cr_expect_str_eq(scratch_text(&s, scratch_record(&s, "native_id", "nat-3"), "id"),
                     "arn:aws:ec2:eu-west-1:111122223333:natgateway/nat-3");
    cr_expect_str_eq(scratch_text(&s, scratch_record(&s, "native_id", "nat-4"), "id"),
                     "arn:aws-cn:ec2:cn-north-1:111122223333:natgateway/nat-4");
}

struct part_case {
    const char *arn;
    unsigned part;
    const char *want;
};

Test(identity, parts_of_an_arn)
{
    static const struct part_case cases[] = {
        {"arn:aws:ec2:eu-west-1:1:vpc/v", 1, "aws"},
        {"arn:aws:ec2:eu-west-1:1:vpc/v", 4, "1"},
        {"arn:aws:s3:::b", 3, ""},
        {"arn:aws:s3:::b", 4, ""},
        {"arn:aws:sns:eu-west-1:1:t:u", 4, "1"},
        {"arn:aws:s3::", 1, ""},
        {"vpc-1", 1, ""},
        {"", 1, ""},
        {"arn:aws:ec2:eu-west-1:1:vpc/v", 9, ""},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str part = wgo_tf_arn_part(wgo_str(cases[i].arn), cases[i].part);
        cr_expect(wgo_str_is(part, cases[i].want), "%s %u: %.*s", cases[i].arn, cases[i].part,
                  WGO_FMT(part));
    }
}

Test(identity, a_table_must_say_an_id_or_none)
{
    static const char *const tables[] = {
        "- types: [a]\n",
        "- types: [a]\n  id: x\n  none: y\n",
        "- id: x\n",
    };
    for (size_t i = 0; i < WGO_COUNT(tables); i++) {
        struct wgo_tf_identities *made = NULL;
        const struct wgo_embedded_file table = {
            .name = "t", .bytes = tables[i], .len = strlen(tables[i])};
        cr_expect_eq(wgo_tf_identities_new(&table, NULL, &made, &s.err), WGO_E_CONFIG);
        cr_expect_null(made);
    }
}

/* ---- Azure ---- */

#define GROUP "/subscriptions/0000-1/resourceGroups/Prod"
#define LOWER "/subscriptions/0000-1/resourcegroups/prod"
#define AUTOMATION GROUP "/providers/Microsoft.Automation/automationAccounts/a"
#define POSTGRES GROUP "/providers/Microsoft.DBforPostgreSQL/flexibleServers"

Test(identity, of_azure_resources)
{
    static const struct id_case cases[] = {
        {"azurerm_linux_virtual_machine",
         "{\"id\": \"" GROUP "/providers/Microsoft.Compute/virtualMachines/VM\"}",
         LOWER "/providers/microsoft.compute/virtualmachines/vm"},
        {"azurerm_resource_group", "{\"id\": \"" GROUP "\"}", LOWER},
        {"azurerm_management_group",
         "{\"id\": \"/providers/Microsoft.Management/managementGroups/Root\"}",
         "/providers/microsoft.management/managementgroups/root"},
        {"azurerm_subscription",
         "{\"id\": \"/providers/Microsoft.Subscription/aliases/a\", \"subscription_id\": "
         "\"AB-1\"}",
         "/subscriptions/ab-1"},
        {"azurerm_storage_container",
         "{\"id\": \"https://a.blob.core.windows.net/c\", \"resource_manager_id\": \"" GROUP
         "/providers/Microsoft.Storage/storageAccounts/a/blobServices/default/containers/c\"}",
         LOWER "/providers/microsoft.storage/storageaccounts/a/blobservices/default/containers/c"},
        {"azurerm_storage_container", "{\"id\": \"https://a.blob.core.windows.net/c\"}",
         "terraform://l/azurerm_storage_container.it"},
        {"azurerm_storage_queue",
         "{\"id\": \"" GROUP
         "/providers/Microsoft.Storage/storageAccounts/a/queueServices/default/queues/q\", "
         "\"resource_manager_id\": \"\"}",
         LOWER "/providers/microsoft.storage/storageaccounts/a/queueservices/default/queues/q"},
        {"azurerm_key_vault_secret",
         "{\"id\": \"https://v.vault.azure.net/secrets/s/1\", \"resource_versionless_id\": "
         "\"" GROUP "/providers/Microsoft.KeyVault/vaults/v/secrets/s\"}",
         LOWER "/providers/microsoft.keyvault/vaults/v/secrets/s"},
        {"azurerm_role_definition",
         "{\"id\": \"/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/R|/"
         "subscriptions/1\", \"role_definition_resource_id\": "
         "\"/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/R\"}",
         "/subscriptions/1/providers/microsoft.authorization/roledefinitions/r"},
        {"azurerm_monitor_diagnostic_setting",
         "{\"id\": \"" GROUP "/providers/Microsoft.KeyVault/vaults/V|Logs\", "
         "\"name\": \"Logs\", \"target_resource_id\": \"" GROUP
         "/providers/Microsoft.KeyVault/vaults/V\"}",
         LOWER "/providers/microsoft.keyvault/vaults/v/providers/microsoft.insights/"
               "diagnosticsettings/logs"},
        {"azurerm_api_management_api",
         "{\"id\": \"" GROUP "/providers/Microsoft.ApiManagement/service/s/apis/a;rev=1\"}",
         LOWER "/providers/microsoft.apimanagement/service/s/apis/a"},
        {"azurerm_role_assignment",
         "{\"id\": \"" GROUP "/providers/Microsoft.Authorization/roleAssignments/R|tenant\"}",
         LOWER "/providers/microsoft.authorization/roleassignments/r"},
        {"azurerm_storage_blob_inventory_policy",
         "{\"id\": \"" GROUP "/providers/Microsoft.Storage/storageAccounts/a\", "
         "\"storage_account_id\": \"" GROUP "/providers/Microsoft.Storage/storageAccounts/a\"}",
         LOWER "/providers/microsoft.storage/storageaccounts/a/inventorypolicies/default"},
        {"azurerm_eventgrid_partner_configuration",
         "{\"id\": \"" GROUP "\", \"resource_group_name\": \"Prod\"}",
         LOWER "/providers/microsoft.eventgrid/partnerconfigurations/default"},
        {"azurerm_automation_job_schedule",
         "{\"id\": \"" AUTOMATION "/schedules/s|" AUTOMATION "/runbooks/r\", "
         "\"resource_manager_id\": \"" AUTOMATION "/jobSchedules/U\"}",
         LOWER "/providers/microsoft.automation/automationaccounts/a/jobschedules/u"},
        {"azurerm_automation_job_schedule", "{\"id\": \"" AUTOMATION "/jobSchedules/U\"}",
         LOWER "/providers/microsoft.automation/automationaccounts/a/jobschedules/u"},
        {"azurerm_automation_job_schedule",
         "{\"id\": \"" AUTOMATION "/schedules/s|" AUTOMATION "/runbooks/r\"}",
         "terraform://l/azurerm_automation_job_schedule.it"},
        {"azurerm_postgresql_flexible_server_virtual_endpoint",
         "{\"id\": \"" POSTGRES "/S/virtualEndpoints/E|" POSTGRES "/R/virtualEndpoints/E\"}",
         LOWER "/providers/microsoft.dbforpostgresql/flexibleservers/s/virtualendpoints/e"},
        {"azurerm_network_interface_security_group_association",
         "{\"id\": \"" GROUP "/providers/Microsoft.Network/networkInterfaces/n|" GROUP "\"}",
         "terraform://l/azurerm_network_interface_security_group_association.it"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        const char *id = id_of(cases[i].type, cases[i].attributes);
        cr_expect_str_eq(id, cases[i].want, "%s %s", cases[i].type, cases[i].attributes);
    }
}
