"""What moto holds: for each service one function that makes a few resources in a region, or once an account.

`name` in every function is unique to account and region. A service that moto refuses is reported, never passed over.
"""
import io
import json
import zipfile

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]})
SECRET = "hunter2-very-secret-value"


def kv(name):
    return [{"Key": "Name", "Value": name}, {"Key": "team", "Value": "blue & green"}]


class Made:
    """Ids that later functions want."""


def network(c, name, m):
    ec2 = c("ec2")
    m.vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=[
        {"ResourceType": "vpc", "Tags": kv(name)}])["Vpc"]["VpcId"]
    zones = [one["ZoneName"] for one in ec2.describe_availability_zones()["AvailabilityZones"]]
    m.subnets = [ec2.create_subnet(VpcId=m.vpc, CidrBlock="10.1.%d.0/24" % n, AvailabilityZone=zones[n % 2])[
        "Subnet"]["SubnetId"] for n in range(3)]
    m.group = ec2.create_security_group(GroupName=name, Description="x", VpcId=m.vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=m.group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=m.vpc)
    table = ec2.create_route_table(VpcId=m.vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=m.subnets[0])
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.create_network_acl(VpcId=m.vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=m.subnets[0], AllocationId=address)
    ec2.create_network_interface(SubnetId=m.subnets[1], Description=name)
    ec2.create_vpc_endpoint(VpcId=m.vpc, ServiceName="com.amazonaws.%s.s3" % c.region, RouteTableIds=[table])
    other = ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    ec2.create_vpc_peering_connection(VpcId=m.vpc, PeerVpcId=other)
    ec2.create_dhcp_options(DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.com"]}])
    ec2.create_customer_gateway(BgpAsn=65001, IpAddress="203.0.113.9", Type="ipsec.1")
    ec2.create_vpn_gateway(Type="ipsec.1")
    ec2.create_transit_gateway(Description=name)
    ec2.create_managed_prefix_list(PrefixListName=name, MaxEntries=5, AddressFamily="IPv4")
    ec2.create_flow_logs(ResourceIds=[m.vpc], ResourceType="VPC", TrafficType="ALL", LogDestinationType="s3",
                         LogDestination="arn:aws:s3:::" + m.bucket)


def machines(c, name, m):
    ec2 = c("ec2")
    image = ec2.register_image(Name="base-" + name, RootDeviceName="/dev/sda1", Architecture="x86_64")["ImageId"]
    for n in range(3):
        m.instance = ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro", SubnetId=m.subnets[n],
            SecurityGroupIds=[m.group], UserData="#!/bin/sh\necho " + SECRET,
            TagSpecifications=[{"ResourceType": "instance", "Tags": kv("%s-%d" % (name, n))}])[
                "Instances"][0]["InstanceId"]
    volume = ec2.create_volume(Size=8, AvailabilityZone=c.region + "a", TagSpecifications=[
        {"ResourceType": "volume", "Tags": kv(name)}])["VolumeId"]
    ec2.create_snapshot(VolumeId=volume, Description=name)
    ec2.create_image(InstanceId=m.instance, Name=name)
    ec2.create_key_pair(KeyName=name)
    ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"InstanceType": "t3.micro"})
    scaling = c("autoscaling")
    scaling.create_launch_configuration(LaunchConfigurationName=name, ImageId=image, InstanceType="t3.micro",
                                        UserData=SECRET)
    scaling.create_auto_scaling_group(
        AutoScalingGroupName=name, LaunchConfigurationName=name, MinSize=0, MaxSize=2, DesiredCapacity=0,
        VPCZoneIdentifier=m.subnets[0], Tags=[{"Key": "Name", "Value": name, "PropagateAtLaunch": True}])


def balancers(c, name, m):
    lb = c("elbv2")
    made = lb.create_load_balancer(Name=name[:32], Subnets=m.subnets[:2], Tags=kv(name))["LoadBalancers"][0]
    group = lb.create_target_group(Name=name[:32], Protocol="HTTP", Port=80, VpcId=m.vpc)["TargetGroups"][0]
    listener = lb.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}])["Listeners"][0]
    lb.create_rule(ListenerArn=listener["ListenerArn"], Priority=10,
                   Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
                   Actions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}])
    c("elb").create_load_balancer(LoadBalancerName="classic-" + name[:20], AvailabilityZones=[c.region + "a"], Listeners=[
        {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}])


def queues(c, name, m):
    sqs, sns = c("sqs"), c("sns")
    for n in range(3):
        sqs.create_queue(QueueName="%s-%d" % (name, n), tags={"team": "blue & green"})
    topic = sns.create_topic(Name=name, Tags=kv(name))["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:%s:%s:%s-0" % (c.region, c.account, name))
    m.topic = topic


def tables(c, name, m):
    dynamo = c("dynamodb")
    for n in range(2):
        dynamo.create_table(
            TableName="%s-%d" % (name, n), KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
            Tags=kv(name))


def functions(c, name, m):
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("lambda_function.py", "def handler(event, context):\n    return 1\n")
    awslambda = c("lambda")
    for n in range(2):
        awslambda.create_function(
            FunctionName="%s-%d" % (name, n), Runtime="python3.11", Role=m.role, Handler="lambda_function.handler",
            Code={"ZipFile": code.getvalue()}, Environment={"Variables": {"PASSWORD": SECRET}},
            Tags={"team": "blue & green"})
    awslambda.create_event_source_mapping(
        FunctionName=name + "-0", EventSourceArn="arn:aws:sqs:%s:%s:%s-0" % (c.region, c.account, name))
    awslambda.publish_layer_version(LayerName=name, Content={"ZipFile": code.getvalue()})


def databases(c, name, m):
    rds = c("rds")
    rds.create_db_subnet_group(DBSubnetGroupName=name, DBSubnetGroupDescription="x", SubnetIds=m.subnets)
    rds.create_db_parameter_group(DBParameterGroupName=name, DBParameterGroupFamily="mysql8.0", Description="x")
    rds.create_db_instance(DBInstanceIdentifier=name, Engine="mysql", DBInstanceClass="db.t3.micro",
                           MasterUsername="admin", MasterUserPassword=SECRET, AllocatedStorage=20, Tags=kv(name))
    rds.create_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier="snap-" + name)
    rds.create_db_cluster(DBClusterIdentifier="cluster-" + name, Engine="aurora-mysql", MasterUsername="admin",
                          MasterUserPassword=SECRET)
    rds.create_db_cluster_snapshot(DBClusterIdentifier="cluster-" + name, DBClusterSnapshotIdentifier="csnap-" + name)
    rds.create_option_group(OptionGroupName=name, EngineName="mysql", MajorEngineVersion="8.0",
                            OptionGroupDescription="x")
    cache = c("elasticache")
    cache.create_cache_cluster(CacheClusterId="cache-" + name[:30], Engine="redis", CacheNodeType="cache.t3.micro",
                               NumCacheNodes=1)
    c("redshift").create_cluster(ClusterIdentifier=name, NodeType="dc2.large", MasterUsername="admin",
                                 MasterUserPassword=SECRET + "A1")


def keys(c, name, m):
    kms = c("kms")
    m.key = kms.create_key(Description=name, Tags=[{"TagKey": "Name", "TagValue": name}])["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/" + name, TargetKeyId=m.key)
    secrets = c("secretsmanager")
    secrets.create_secret(Name=name, SecretString=SECRET, Tags=kv(name))
    c("ssm").put_parameter(Name="/app/" + name, Value=SECRET, Type="SecureString")
    c("acm").request_certificate(DomainName=name + ".example.com")


def watching(c, name, m):
    logs = c("logs")
    for n in range(2):
        logs.create_log_group(logGroupName="/app/%s/%d" % (name, n), tags={"team": "blue & green"})
    logs.put_metric_filter(logGroupName="/app/%s/0" % name, filterName=name, filterPattern="ERROR", metricTransformations=[
        {"metricName": "errors", "metricNamespace": "app", "metricValue": "1"}])
    watch = c("cloudwatch")
    for n in range(2):
        watch.put_metric_alarm(AlarmName="%s-%d" % (name, n), MetricName="CPU", Namespace="AWS/EC2", Period=60,
                               EvaluationPeriods=1, Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
                               Statistic="Average")
    events = c("events")
    events.put_rule(Name=name, ScheduleExpression="rate(1 day)")
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": m.topic}])
    events.create_event_bus(Name="bus-" + name)
    c("kinesis").create_stream(StreamName=name, ShardCount=1)
    c("firehose").create_delivery_stream(DeliveryStreamName=name, S3DestinationConfiguration={
        "RoleARN": m.role, "BucketARN": "arn:aws:s3:::" + m.bucket})
    c("cloudtrail").create_trail(Name=name, S3BucketName=m.bucket)
    c("stepfunctions").create_state_machine(name=name, roleArn=m.role, definition=json.dumps(
        {"StartAt": "a", "States": {"a": {"Type": "Pass", "End": True}}}))


def containers(c, name, m):
    ecs = c("ecs")
    cluster = ecs.create_cluster(clusterName=name, tags=[{"key": "Name", "value": name}])["cluster"]["clusterArn"]
    task = ecs.register_task_definition(family=name, containerDefinitions=[
        {"name": "web", "image": "nginx", "memory": 64, "environment": [{"name": "PASSWORD", "value": SECRET}]}])[
            "taskDefinition"]["taskDefinitionArn"]
    for n in range(12):
        ecs.create_service(cluster=cluster, serviceName="%s-%d" % (name, n), taskDefinition=task, desiredCount=0)
    c("ecr").create_repository(repositoryName=name, tags=kv(name))
    eks = c("eks")
    eks.create_cluster(name=name, roleArn=m.role, resourcesVpcConfig={"subnetIds": m.subnets[:2]},
                       tags={"team": "blue & green"})
    eks.create_nodegroup(clusterName=name, nodegroupName="nodes", nodeRole=m.role, subnets=m.subnets[:2])
    batch = c("batch")
    environment = batch.create_compute_environment(
        computeEnvironmentName=name, type="UNMANAGED", state="ENABLED", serviceRole=m.role)["computeEnvironmentArn"]
    batch.create_job_queue(jobQueueName=name, priority=1, state="ENABLED",
                           computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment}])


def files(c, name, m):
    efs = c("efs")
    system = efs.create_file_system(CreationToken=name, Tags=kv(name))["FileSystemId"]
    efs.create_mount_target(FileSystemId=system, SubnetId=m.subnets[0])
    efs.create_access_point(ClientToken=name, FileSystemId=system)
    vault = c("backup").create_backup_vault(BackupVaultName=name)["BackupVaultName"]
    c("backup").create_backup_plan(BackupPlan={"BackupPlanName": name, "Rules": [
        {"RuleName": "daily", "TargetBackupVaultName": vault}]})


def webs(c, name, m):
    rest = c("apigateway")
    api = rest.create_rest_api(name=name, tags={"team": "blue & green"})["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    rest.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    rest.put_integration(restApiId=api, resourceId=root, httpMethod="GET", type="HTTP", uri="http://example.com",
                         integrationHttpMethod="GET")
    rest.create_deployment(restApiId=api, stageName="live")
    c("apigatewayv2").create_api(Name=name, ProtocolType="HTTP")
    pool = c("cognito-idp").create_user_pool(PoolName=name)["UserPool"]["Id"]
    c("cognito-idp").create_user_pool_client(UserPoolId=pool, ClientName=name)
    c("cognito-identity").create_identity_pool(IdentityPoolName=name, AllowUnauthenticatedIdentities=False)
    c("wafv2").create_web_acl(Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig={
        "SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"})
    c("sesv2").create_email_identity(EmailIdentity=name + ".example.com")


def work(c, name, m):
    c("athena").create_work_group(Name=name)
    glue = c("glue")
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_job(Name=name, Role=m.role, Command={"Name": "glueetl", "ScriptLocation": "s3://x/y"})
    c("codebuild").create_project(
        name=name, source={"type": "S3", "location": m.bucket + "/x"}, artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL",
                     "environmentVariables": [{"name": "PASSWORD", "value": SECRET, "type": "PLAINTEXT"}]},
        serviceRole=m.role)
    c("codecommit").create_repository(repositoryName=name)
    c("guardduty").create_detector(Enable=True)
    c("opensearch").create_domain(DomainName=("d" + name)[:28])
    c("transfer").create_server()
    c("scheduler").create_schedule(
        Name=name, ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:%s:%s:%s-0" % (c.region, c.account, name), "RoleArn": m.role})
    c("emr").run_job_flow(Name=name, Instances={"MasterInstanceType": "m5.large", "SlaveInstanceType": "m5.large",
                                                "InstanceCount": 1, "KeepJobFlowAliveWhenNoSteps": True},
                          JobFlowRole="x", ServiceRole="y")
    c("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps({"Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "stack-" + name}}}}))
    c("config").put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": m.role})


REGIONAL = (network, machines, balancers, queues, tables, functions, databases, keys, watching, containers, files, webs,
            work)


def buckets(c, name, m):
    s3 = c("s3")
    place = {} if c.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": c.region}}
    m.bucket = "bucket-" + name
    s3.create_bucket(Bucket=m.bucket, **place)
    s3.put_bucket_tagging(Bucket=m.bucket, Tagging={"TagSet": kv(name)})
    s3.put_bucket_versioning(Bucket=m.bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.create_bucket(Bucket="bare-" + name, **place)


def identities(c, name, m):
    """Once an account."""
    iam = c("iam")
    m.role = iam.create_role(RoleName="role-" + name, AssumeRolePolicyDocument=TRUST, Tags=kv(name))["Role"]["Arn"]
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="role-" + name)
    policy = iam.create_policy(PolicyName=name, PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="role-" + name, PolicyArn=policy)
    iam.put_role_policy(RoleName="role-" + name, PolicyName="inline", PolicyDocument=ALLOW)
    iam.create_group(GroupName=name)
    for n in range(3):
        user = "%s-%d" % (name, n)
        iam.create_user(UserName=user, Tags=kv(user))
        iam.add_user_to_group(GroupName=name, UserName=user)
        iam.create_access_key(UserName=user)
    iam.create_saml_provider(Name=name, SAMLMetadataDocument="a" * 1024)
    iam.create_open_id_connect_provider(Url="https://%s.example.com" % name, ThumbprintList=["a" * 40])
    c("route53").create_hosted_zone(Name=name + ".example.com.", CallerReference=name)
    zone = c("route53").list_hosted_zones()["HostedZones"][0]["Id"]
    c("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [
        {"Action": "CREATE", "ResourceRecordSet": {"Name": "www.%s.example.com." % name, "Type": "A", "TTL": 60,
                                                   "ResourceRecords": [{"Value": "192.0.2.1"}]}}]})
    c("cloudfront").create_distribution(DistributionConfig={
        "CallerReference": name, "Comment": name, "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "x.s3.amazonaws.com",
                                              "S3OriginConfig": {"OriginAccessIdentity": ""}}]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0,
                                 "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}}})


class Clients:
    """c("ec2"): this account's and region's client."""

    def __init__(self, cloud, account, region):
        self.cloud, self.account, self.region = cloud, account, region
        self.used, self.made = set(), {}

    def __call__(self, service):
        self.used.add(service)
        if service not in self.made:
            self.made[service] = self.cloud.client(service, self.region, self.account)
        return self.made[service]


def fill(cloud, account, regions, functions_=REGIONAL, say=print):
    """Returns the services that were used, and [(function, what moto refused)]."""
    used, refused = set(), []
    made = Made()
    for number, region in enumerate(regions):
        c = Clients(cloud, account, region)
        name = "w%s-%s" % (account[-4:], region.replace("-", ""))
        steps = (((identities,) if number == 0 else ()) + (buckets,) + tuple(functions_))
        for step in steps:
            try:
                step(c, name, made)
            except Exception as problem:  # moto's own limits: said, counted, and judged by the caller
                refused.append((step.__name__, region, "%s: %s" % (type(problem).__name__, problem)))
        used |= c.used
    for one in refused:
        say("not filled: %s in %s: %s" % one)
    return used, refused


def organization(cloud, how_many):
    """Accounts of an organisation, half of them in a unit; moto makes the role to assume in each."""
    org = cloud.client("organizations", "us-east-1")
    org.create_organization(FeatureSet="ALL")
    root = org.list_roots()["Roots"][0]["Id"]
    unit = org.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    accounts = []
    for n in range(how_many):
        status = org.create_account(AccountName="team-%02d" % n, Email="team-%02d@example.com" % n, Tags=[
            {"Key": "stage", "Value": "prod" if n % 2 else "test"}])["CreateAccountStatus"]
        account = status["AccountId"]
        if n % 2:
            org.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
        accounts.append(account)
    for account in accounts:
        c = Clients(cloud, account, "us-east-1")
        name = "w" + account[-6:]
        c("sqs").create_queue(QueueName=name, tags={"team": name})
        c("iam").create_user(UserName=name)
        c("s3").create_bucket(Bucket="bucket-" + name)
        Clients(cloud, account, "eu-west-1")("sns").create_topic(Name=name)
    return unit, accounts
