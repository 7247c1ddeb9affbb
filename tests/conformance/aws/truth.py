"""What boto3 says is there: one row a type, written from boto3's answers and from AWS's own ARN formats, and from nothing of
wgo's. A row is (Terraform's type, service, call, arguments, where ids are, what an id becomes), asked in each region, or once:
in GLOBAL. `above` asks the call once for each of another call's ids.

In the last member {r}, {a}, {id}, {last} and {up} stand for region, account, the id, what follows its last / or :, and the id
of the call above.
"""
import jmespath

EC2 = "arn:aws:ec2:{r}:{a}:"


def row(kind, service, call, where, arn="{id}", above=None, **arguments):
    return {"type": kind, "service": service, "call": call, "where": where, "arn": arn, "above": above,
            "arguments": arguments}


def above(call, where, name):
    return {"call": call, "where": where, "name": name}


REGIONAL = [
    row("aws_vpc", "ec2", "describe_vpcs", "Vpcs[].VpcId", EC2 + "vpc/{id}"),
    row("aws_subnet", "ec2", "describe_subnets", "Subnets[].SubnetId", EC2 + "subnet/{id}"),
    row("aws_security_group", "ec2", "describe_security_groups", "SecurityGroups[].GroupId", EC2 + "security-group/{id}"),
    row("aws_instance", "ec2", "describe_instances", "Reservations[].Instances[].InstanceId", EC2 + "instance/{id}"),
    row("aws_ebs_volume", "ec2", "describe_volumes", "Volumes[].VolumeId", EC2 + "volume/{id}"),
    row("aws_ebs_snapshot", "ec2", "describe_snapshots", "Snapshots[].SnapshotId", "arn:aws:ec2:{r}::snapshot/{id}",
        OwnerIds=["self"]),
    row("aws_ami", "ec2", "describe_images", "Images[].ImageId", "arn:aws:ec2:{r}::image/{id}", Owners=["self"]),
    row("aws_key_pair", "ec2", "describe_key_pairs", "KeyPairs[].KeyName", EC2 + "key-pair/{id}"),
    row("aws_internet_gateway", "ec2", "describe_internet_gateways", "InternetGateways[].InternetGatewayId",
        EC2 + "internet-gateway/{id}"),
    row("aws_nat_gateway", "ec2", "describe_nat_gateways", "NatGateways[].NatGatewayId", EC2 + "natgateway/{id}"),
    row("aws_route_table", "ec2", "describe_route_tables", "RouteTables[].RouteTableId", EC2 + "route-table/{id}"),
    row("aws_network_acl", "ec2", "describe_network_acls", "NetworkAcls[].NetworkAclId", EC2 + "network-acl/{id}"),
    row("aws_eip", "ec2", "describe_addresses", "Addresses[].AllocationId", EC2 + "elastic-ip/{id}"),
    row("aws_network_interface", "ec2", "describe_network_interfaces", "NetworkInterfaces[].NetworkInterfaceId",
        EC2 + "network-interface/{id}"),
    row("aws_vpc_endpoint", "ec2", "describe_vpc_endpoints", "VpcEndpoints[].VpcEndpointId", EC2 + "vpc-endpoint/{id}"),
    row("aws_vpc_peering_connection", "ec2", "describe_vpc_peering_connections",
        "VpcPeeringConnections[].VpcPeeringConnectionId", EC2 + "vpc-peering-connection/{id}"),
    row("aws_vpc_dhcp_options", "ec2", "describe_dhcp_options", "DhcpOptions[].DhcpOptionsId", EC2 + "dhcp-options/{id}"),
    row("aws_customer_gateway", "ec2", "describe_customer_gateways", "CustomerGateways[].CustomerGatewayId",
        EC2 + "customer-gateway/{id}"),
    row("aws_vpn_gateway", "ec2", "describe_vpn_gateways", "VpnGateways[].VpnGatewayId", EC2 + "vpn-gateway/{id}"),
    row("aws_ec2_transit_gateway", "ec2", "describe_transit_gateways", "TransitGateways[].TransitGatewayArn"),
    row("aws_ec2_managed_prefix_list", "ec2", "describe_managed_prefix_lists", "PrefixLists[?OwnerId!='AWS'].PrefixListArn"),
    row("aws_flow_log", "ec2", "describe_flow_logs", "FlowLogs[].FlowLogId", EC2 + "vpc-flow-log/{id}"),
    row("aws_launch_template", "ec2", "describe_launch_templates", "LaunchTemplates[].LaunchTemplateId",
        EC2 + "launch-template/{id}"),
    row("aws_launch_configuration", "autoscaling", "describe_launch_configurations",
        "LaunchConfigurations[].LaunchConfigurationARN"),
    row("aws_autoscaling_group", "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[].AutoScalingGroupARN"),
    row("aws_lb", "elbv2", "describe_load_balancers", "LoadBalancers[].LoadBalancerArn"),
    row("aws_lb_target_group", "elbv2", "describe_target_groups", "TargetGroups[].TargetGroupArn"),
    row("aws_lb_listener", "elbv2", "describe_listeners", "Listeners[].ListenerArn",
        above=above("describe_load_balancers", "LoadBalancers[].LoadBalancerArn", "LoadBalancerArn")),
    row("aws_elb", "elb", "describe_load_balancers", "LoadBalancerDescriptions[].LoadBalancerName",
        "arn:aws:elasticloadbalancing:{r}:{a}:loadbalancer/{id}"),
    row("aws_sqs_queue", "sqs", "list_queues", "QueueUrls[]", "arn:aws:sqs:{r}:{a}:{last}"),
    row("aws_sns_topic", "sns", "list_topics", "Topics[].TopicArn"),
    row("aws_sns_topic_subscription", "sns", "list_subscriptions", "Subscriptions[].SubscriptionArn"),
    row("aws_dynamodb_table", "dynamodb", "list_tables", "TableNames[]", "arn:aws:dynamodb:{r}:{a}:table/{id}"),
    row("aws_lambda_function", "lambda", "list_functions", "Functions[].FunctionArn"),
    row("aws_lambda_event_source_mapping", "lambda", "list_event_source_mappings", "EventSourceMappings[].UUID",
        "arn:aws:lambda:{r}:{a}:event-source-mapping:{id}"),
    row("aws_db_instance", "rds", "describe_db_instances", "DBInstances[].DBInstanceArn"),
    row("aws_rds_cluster", "rds", "describe_db_clusters", "DBClusters[].DBClusterArn"),
    row("aws_db_snapshot", "rds", "describe_db_snapshots", "DBSnapshots[].DBSnapshotArn"),
    row("aws_db_cluster_snapshot", "rds", "describe_db_cluster_snapshots", "DBClusterSnapshots[].DBClusterSnapshotArn"),
    row("aws_db_subnet_group", "rds", "describe_db_subnet_groups", "DBSubnetGroups[].DBSubnetGroupArn"),
    row("aws_db_parameter_group", "rds", "describe_db_parameter_groups", "DBParameterGroups[].DBParameterGroupArn"),
    row("aws_db_option_group", "rds", "describe_option_groups", "OptionGroupsList[].OptionGroupArn"),
    row("aws_elasticache_cluster", "elasticache", "describe_cache_clusters", "CacheClusters[].ARN"),
    row("aws_redshift_cluster", "redshift", "describe_clusters", "Clusters[].ClusterIdentifier",
        "arn:aws:redshift:{r}:{a}:cluster:{id}"),
    row("aws_kms_key", "kms", "list_keys", "Keys[].KeyArn"),
    row("aws_kms_alias", "kms", "list_aliases", "Aliases[?TargetKeyId].AliasArn"),
    row("aws_secretsmanager_secret", "secretsmanager", "list_secrets", "SecretList[].ARN"),
    row("aws_ssm_parameter", "ssm", "describe_parameters", "Parameters[].ARN"),
    row("aws_acm_certificate", "acm", "list_certificates", "CertificateSummaryList[].CertificateArn"),
    row("aws_cloudwatch_log_group", "logs", "describe_log_groups", "logGroups[].logGroupName",
        "arn:aws:logs:{r}:{a}:log-group:{id}"),
    row("aws_cloudwatch_metric_alarm", "cloudwatch", "describe_alarms", "MetricAlarms[].AlarmArn"),
    row("aws_cloudwatch_event_rule", "events", "list_rules", "Rules[].Arn"),
    row("aws_cloudwatch_event_bus", "events", "list_event_buses", "EventBuses[].Arn"),
    row("aws_kinesis_stream", "kinesis", "list_streams", "StreamNames[]", "arn:aws:kinesis:{r}:{a}:stream/{id}"),
    row("aws_kinesis_firehose_delivery_stream", "firehose", "list_delivery_streams", "DeliveryStreamNames[]",
        "arn:aws:firehose:{r}:{a}:deliverystream/{id}"),
    row("aws_cloudtrail", "cloudtrail", "describe_trails", "trailList[].TrailARN", includeShadowTrails=False),
    row("aws_sfn_state_machine", "stepfunctions", "list_state_machines", "stateMachines[].stateMachineArn"),
    row("aws_ecs_cluster", "ecs", "list_clusters", "clusterArns[]"),
    row("aws_ecs_service", "ecs", "list_services", "serviceArns[]", above=above("list_clusters", "clusterArns[]", "cluster")),
    row("aws_ecs_task_definition", "ecs", "list_task_definitions", "taskDefinitionArns[]"),
    row("aws_ecr_repository", "ecr", "describe_repositories", "repositories[].repositoryArn"),
    row("aws_eks_cluster", "eks", "list_clusters", "clusters[]", "arn:aws:eks:{r}:{a}:cluster/{id}"),
    row("aws_batch_compute_environment", "batch", "describe_compute_environments",
        "computeEnvironments[].computeEnvironmentArn"),
    row("aws_batch_job_queue", "batch", "describe_job_queues", "jobQueues[].jobQueueArn"),
    row("aws_efs_file_system", "efs", "describe_file_systems", "FileSystems[].FileSystemArn"),
    row("aws_efs_access_point", "efs", "describe_access_points", "AccessPoints[].AccessPointArn"),
    row("aws_backup_vault", "backup", "list_backup_vaults", "BackupVaultList[].BackupVaultArn"),
    row("aws_backup_plan", "backup", "list_backup_plans", "BackupPlansList[].BackupPlanArn"),
    row("aws_api_gateway_rest_api", "apigateway", "get_rest_apis", "items[].id", "arn:aws:apigateway:{r}::/restapis/{id}"),
    row("aws_api_gateway_stage", "apigateway", "get_stages", "item[].stageName",
        "arn:aws:apigateway:{r}::/restapis/{up}/stages/{id}", above=above("get_rest_apis", "items[].id", "restApiId")),
    row("aws_apigatewayv2_api", "apigatewayv2", "get_apis", "Items[].ApiId", "arn:aws:apigateway:{r}::/apis/{id}"),
    row("aws_cognito_user_pool", "cognito-idp", "list_user_pools", "UserPools[].Id",
        "arn:aws:cognito-idp:{r}:{a}:userpool/{id}", MaxResults=60),
    row("aws_cognito_identity_pool", "cognito-identity", "list_identity_pools", "IdentityPools[].IdentityPoolId",
        "arn:aws:cognito-identity:{r}:{a}:identitypool/{id}", MaxResults=60),
    row("aws_wafv2_web_acl", "wafv2", "list_web_acls", "WebACLs[].ARN", Scope="REGIONAL"),
    row("aws_sesv2_email_identity", "sesv2", "list_email_identities", "EmailIdentities[].IdentityName",
        "arn:aws:ses:{r}:{a}:identity/{id}"),
    row("aws_athena_workgroup", "athena", "list_work_groups", "WorkGroups[].Name", "arn:aws:athena:{r}:{a}:workgroup/{id}"),
    row("aws_glue_catalog_database", "glue", "get_databases", "DatabaseList[].Name", "arn:aws:glue:{r}:{a}:database/{id}"),
    row("aws_glue_job", "glue", "get_jobs", "Jobs[].Name", "arn:aws:glue:{r}:{a}:job/{id}"),
    row("aws_codebuild_project", "codebuild", "list_projects", "projects[]", "arn:aws:codebuild:{r}:{a}:project/{id}"),
    row("aws_codecommit_repository", "codecommit", "list_repositories", "repositories[].repositoryName",
        "arn:aws:codecommit:{r}:{a}:{id}"),
    row("aws_guardduty_detector", "guardduty", "list_detectors", "DetectorIds[]", "arn:aws:guardduty:{r}:{a}:detector/{id}"),
    row("aws_opensearch_domain", "opensearch", "list_domain_names", "DomainNames[].DomainName",
        "arn:aws:es:{r}:{a}:domain/{id}"),
    row("aws_transfer_server", "transfer", "list_servers", "Servers[].Arn"),
    row("aws_scheduler_schedule", "scheduler", "list_schedules", "Schedules[].Arn"),
    row("aws_emr_cluster", "emr", "list_clusters", "Clusters[].ClusterArn"),
    row("aws_cloudformation_stack", "cloudformation", "describe_stacks", "Stacks[].StackId"),
]
GLOBAL = [
    row("aws_s3_bucket", "s3", "list_buckets", "Buckets[].Name", "arn:aws:s3:::{id}"),
    row("aws_iam_role", "iam", "list_roles", "Roles[].Arn"),
    row("aws_iam_user", "iam", "list_users", "Users[].Arn"),
    row("aws_iam_group", "iam", "list_groups", "Groups[].Arn"),
    row("aws_iam_policy", "iam", "list_policies", "Policies[].Arn", Scope="Local"),
    row("aws_iam_instance_profile", "iam", "list_instance_profiles", "InstanceProfiles[].Arn"),
    row("aws_iam_saml_provider", "iam", "list_saml_providers", "SAMLProviderList[].Arn"),
    row("aws_iam_openid_connect_provider", "iam", "list_open_id_connect_providers", "OpenIDConnectProviderList[].Arn"),
    row("aws_route53_zone", "route53", "list_hosted_zones", "HostedZones[].Id", "arn:aws:route53:::hostedzone/{last}"),
    row("aws_cloudfront_distribution", "cloudfront", "list_distributions", "DistributionList.Items[].ARN"),
]


def pages(client, call, arguments):
    if client.can_paginate(call):
        for page in client.get_paginator(call).paginate(**arguments):
            yield page
    else:
        yield getattr(client, call)(**arguments)


def found(client, call, where, arguments):
    return [one for page in pages(client, call, arguments) for one in jmespath.search(where, page) or []]


def ids_of(cloud, line, region, account):
    client = cloud.client(line["service"], region, account)
    up = line["above"]
    ways = [(None, line["arguments"])]
    if up:
        ways = [(one, dict(line["arguments"], **{up["name"]: one}))
                for one in found(client, up["call"], up["where"], {})]
    for parent, arguments in ways:
        for one in found(client, line["call"], line["where"], arguments):
            yield line["arn"].format(r=region, a=account, id=one, last=one.rstrip("/").replace(":", "/").split("/")[-1],
                                     up=parent)


class Truth:
    """ids: type -> list of ids over all accounts and regions; unanswered: what moto cannot list."""

    def __init__(self, cloud, accounts, regions, types=None):
        self.ids, self.unanswered, self.services = {}, [], set()
        for account in accounts:
            for table, places in ((REGIONAL, regions), (GLOBAL, ["us-east-1"])):
                for line in (one for one in table if types is None or one["type"] in types):
                    for region in places:
                        self.ask(cloud, line, region, account)

    def ask(self, cloud, line, region, account):
        try:
            ids = list(ids_of(cloud, line, region, account))
        except Exception as problem:  # moto does not know the call: said, and counted by the caller
            self.unanswered.append((line["type"], region, "%s: %s" % (type(problem).__name__, problem)))
            return
        self.ids.setdefault(line["type"], []).extend(ids)
        self.services.add(line["service"])
