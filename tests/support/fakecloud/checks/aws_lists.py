"""boto3 counts what fakecloud declares: every list, whole and in pages, of its own schema only."""
import json
import os
import subprocess
import sys
import xml.etree.ElementTree

from checks.harness import SKIPPED
from checks.aws_client import (Aws, CLIENT_NAMES, MANAGEMENT, SECOND, ask_all, by_hand, distinct,
                               method_of, needs_boto3)

# Where the names of parents come from: parameter of the child's list -> list to ask, its member.
PARENTS = {
    "iam.user": ("iam", "ListUsers", "UserName"),
    "iam.role": ("iam", "ListRoles", "RoleName"),
    "iam.group": ("iam", "ListGroups", "GroupName"),
    "sns.topic": ("sns", "ListTopics", "TopicArn"),
    "elbv2.balancer": ("elbv2", "DescribeLoadBalancers", "LoadBalancerArn"),
    "elbv2.listener": ("elbv2", "DescribeListeners", "ListenerArn"),
    "cloudformation.stack": ("cloudformation", "ListStacks", "StackName"),
    "ecs.cluster": ("ecs", "ListClusters", None),
    "ecr.repository": ("ecr", "DescribeRepositories", "repositoryName"),
    "eks.cluster": ("eks", "ListClusters", None),
    "sso.instance": ("sso-admin", "ListInstances", "InstanceArn"),
    "sso.set": ("sso-admin", "ListPermissionSets", None),
    "identitystore.group": ("identitystore", "ListGroups", "GroupId"),
    "route53.zone": ("route53", "ListHostedZones", "Id"),
    "elasticfilesystem.system": ("efs", "DescribeFileSystems", "FileSystemId"),
    "apigateway.api": ("apigateway", "GetRestApis", "id"),
    "organizations.root": ("organizations", "ListRoots", "Id"),
}
# What boto3 calls a parameter that goes into the path.
NAMES = {("apigateway", "restapi_id"): "restApiId", ("route53", "Id"): "HostedZoneId",
         ("eks", "name"): "clusterName"}


def fixed(aws, client_name, operation):
    """Parameters a list needs besides its parent."""
    known = aws.client(client_name).meta.service_model.operation_model(operation).input_shape
    more = needed(aws, client_name, operation)
    return {k: v for k, v in more.items() if known is not None and k in known.members}


def needed(aws, client_name, operation):
    if client_name == "identitystore":
        return {"IdentityStoreId": "d-1234567890"}
    if client_name == "sso-admin":
        return {"InstanceArn": aws.client("sso-admin").list_instances()["Instances"][0][
            "InstanceArn"], "AccountId": MANAGEMENT}
    if client_name == "organizations" and operation == "ListPolicies":
        return {"Filter": "SERVICE_CONTROL_POLICY"}
    if client_name == "wafv2":
        return {"Scope": "REGIONAL"}
    return {}


def check_all_lists(aws, check):
    """Asks every list the catalogs have; check(operation, items, pages, expected)."""
    declared = aws.declared()
    types = declared["types"]
    asked = 0
    for op in declared["operations"]:
        name = CLIENT_NAMES.get(op["service"], op["service"])
        if op["lists"] is None or op["when"] or name is None or op["service"] == "monitoring" or \
                op["operation"] == "ListAccountsForParent":
            continue
        if op["service"] == "apigateway" and op["operation"] == "GetApis":
            name = "apigatewayv2"
        client = aws.client(name)
        base = fixed(aws, name, op["operation"])
        kind = types[op["lists"]]
        if not op["parent"]:
            items, pages = ask_all(client, op["operation"], **base)
            check(op, items, pages, kind["total"])
            asked += 1
            continue
        lister, listing, member = PARENTS[kind["parent"]]
        if kind["parent"] == "elbv2.listener":
            balancer = aws.client("elbv2").describe_load_balancers()["LoadBalancers"][0]
            parents, _ = ask_all(aws.client(lister), listing,
                                 LoadBalancerArn=balancer["LoadBalancerArn"])
        else:
            parents, _ = ask_all(aws.client(lister), listing, **fixed(aws, lister, listing))
        for parent in parents[:2]:
            value = parent if member is None else parent[member]
            param = NAMES.get((op["service"], op["parent"]), op["parent"])
            items, pages = ask_all(client, op["operation"], **{**base, param: value})
            check(op, items, pages, kind["count"])
        asked += 1
    return asked


# Lists of attachments name a few policies or accounts again and again.
SAME = {"ListAttachedRolePolicies", "ListAttachedUserPolicies", "ListAttachedGroupPolicies",
        "ListGroupsForUser", "ListAccountAssignments", "ListAccountsForProvisionedPermissionSet"}


@needs_boto3
def boto3_counts_the_same_in_small_pages():
    pages_seen = []

    def check(op, items, pages, expected):
        assert len(items) == expected, (op, len(items), expected)
        least = -(-expected // 4) if op["pages"] else 1
        assert pages >= least or expected == 0, (op, pages, expected)
        pages_seen.append(pages)

    with Aws(aws={"page_size": 4}) as aws:
        check_all_lists(aws, check)
        assert max(pages_seen) >= 15
        tokens = [line["page_token"] for line in aws.log()
                  if line.get("operation") == "DescribeParameters"]
        assert len(tokens) == len(set(tokens)) == 15 and tokens[0] is None


@needs_boto3
def the_lists_with_conditions():
    with Aws(aws={"counts": {"iam.awspolicy": 250}, "regions": ["us-east-1", "eu-south-1"]}) as aws:
        total = {k: v["total"] for k, v in aws.declared()["types"].items()}
        ec2, iam = aws.client("ec2"), aws.client("iam")
        regions = ec2.describe_regions()["Regions"]
        assert {r["RegionName"]: r["OptInStatus"] for r in regions} == {
            "us-east-1": "opt-in-not-required", "eu-south-1": "opted-in"}
        states = [r["OptInStatus"] for r in ec2.describe_regions(AllRegions=True)["Regions"]]
        assert states.count("not-opted-in") == total["ec2.region"] - 2 > 5
        for owners, kind in ((["self"], "image"), (["amazon"], "publicimage"),
                             (None, "publicimage")):
            more = {} if owners is None else {"Owners": owners}
            assert len(ec2.describe_images(**more)["Images"]) == total["ec2." + kind], owners
            more = {} if owners is None else {"OwnerIds": owners}
            kind = kind.replace("image", "snapshot")
            assert len(ec2.describe_snapshots(**more)["Snapshots"]) == total["ec2." + kind], owners
        assert len(ask_all(iam, "ListPolicies", Scope="Local")[0]) == total["iam.policy"]
        assert ask_all(iam, "ListPolicies", Scope="AWS")[1] == 3
        some = ec2.describe_instances()["Reservations"][1]["Instances"][0]
        one = ec2.describe_instances(InstanceIds=[some["InstanceId"]])["Reservations"]
        assert one[0]["Instances"][0] == some
        assert [len(r["Instances"]) for r in ec2.describe_instances()["Reservations"]] == [3] * 4
        units = ask_all(aws.client("organizations"), "ListOrganizationalUnitsForParent",
                        ParentId="r-fake")[0]
        assert len(units) == 3
        subs = ask_all(aws.client("organizations"), "ListOrganizationalUnitsForParent",
                       ParentId=units[1]["Id"])[0]
        assert len(subs) == 2
        org = aws.client("organizations")
        assert ask_all(org, "ListOrganizationalUnitsForParent", ParentId=subs[0]["Id"])[0] == []
        assert org.list_parents(ChildId=subs[0]["Id"])["Parents"][0]["Id"] == units[1]["Id"]
        assert org.list_parents(ChildId=units[1]["Id"])["Parents"][0]["Type"] == "ROOT"
        assert org.list_parents(ChildId=SECOND)["Parents"][0]["Id"] in [u["Id"] for u in units]


@needs_boto3
def accounts_and_regions_differ():
    with Aws() as aws:
        ids = {}
        for account in (MANAGEMENT, SECOND):
            for region in ("us-east-1", "eu-west-1"):
                ec2 = aws.client("ec2", region, aws.session(account))
                ids[account, region] = {v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"]}
        seen = set().union(*ids.values())
        assert len(seen) == sum(len(v) for v in ids.values()) == 8
        with Aws() as again:
            same = again.client("ec2").describe_vpcs()["Vpcs"]
            assert {v["VpcId"] for v in same} == ids[MANAGEMENT, "us-east-1"]
        with Aws("--seed", "2") as other:
            vpcs = other.client("ec2").describe_vpcs()["Vpcs"]
            assert not seen & {v["VpcId"] for v in vpcs}


@needs_boto3
def empty_pages_of_organizations():
    with Aws(aws={"accounts": 45, "suspended": 2}) as aws:
        org = aws.client("organizations")
        pages = list(org.get_paginator("list_accounts").paginate())
        sizes = [len(p["Accounts"]) for p in pages]
        assert sizes == [0, 20, 0, 20, 0, 5], sizes
        assert all("NextToken" in p for p in pages[:-1])
        parents = {}
        for account in (a["Id"] for p in pages for a in p["Accounts"]):
            parent = org.list_parents(ChildId=account)["Parents"][0]["Id"]
            parents.setdefault(parent, []).append(account)
        assert len(parents) == 3
        for parent, accounts in parents.items():
            found = ask_all(org, "ListAccountsForParent", ParentId=parent)[0]
            assert [a["Id"] for a in found] == accounts
        assert ask_all(org, "ListAccountsForParent", ParentId="r-fake")[0] == []
        states = [a["Status"] for p in pages for a in p["Accounts"]]
        assert states.count("SUSPENDED") == 2
    with Aws(aws={"accounts": 45, "empty_pages": False}) as aws:
        assert ask_all(aws.client("organizations"), "ListAccounts")[1] == 3


@needs_boto3
def long_lists_cost_no_memory():
    with Aws("--aws-count", "ec2.instance=3001", "--aws-count", "iam.role=2500") as aws:
        instances = ask_all(aws.client("ec2"), "DescribeInstances")[0]
        assert len({i["InstanceId"] for i in instances}) == 3001
        roles, pages = ask_all(aws.client("iam"), "ListRoles", PaginationConfig={"PageSize": 900})
        assert len({r["RoleName"] for r in roles}) == 2500 and pages == 3
    with Aws("--aws-count", "ec2.volume=100000") as aws:
        def volumes(more=""):
            return by_hand(aws, "ec2", "us-east-1", "POST", "/",
                           "Action=DescribeVolumes&Version=2016-11-15" + more)

        def most():  # rusage counts the parent's memory.
            with open(f"/proc/{aws.process.pid}/status") as f:
                return [int(line.split()[1]) for line in f if line.startswith("VmHWM:")][0] * 1024
        assert volumes("&MaxResults=5").body.count(b"<volumeType>") == 5
        before = most()  # what the program is without the list, under a sanitizer too
        answer = volumes()
        assert answer.body.count(b"<volumeType>") == 100000
        assert answer.body.endswith(b"</volumeSet></DescribeVolumesResponse>")
        assert most() - before < len(answer.body) / 2, (before, most(), len(answer.body))


@needs_boto3
def tables_go_on_after_a_name():
    with Aws() as aws:
        ddb = aws.client("dynamodb")
        page = ddb.list_tables(Limit=2)
        assert page["LastEvaluatedTableName"] == page["TableNames"][-1]
        rest = ddb.list_tables(ExclusiveStartTableName=page["LastEvaluatedTableName"])
        assert len(page["TableNames"] + rest["TableNames"]) == 5
        assert set(page["TableNames"]).isdisjoint(rest["TableNames"])
        assert "LastEvaluatedTableName" not in rest


@needs_boto3
def records_need_all_three_parts():
    with Aws() as aws:
        r53 = aws.client("route53")
        zone = r53.list_hosted_zones()["HostedZones"][1]["Id"]
        for size in ("1", "2", "5", "100"):
            found, start = [], {}
            while True:
                page = r53.list_resource_record_sets(HostedZoneId=zone, MaxItems=size, **start)
                found += page["ResourceRecordSets"]
                if not page["IsTruncated"]:
                    break
                start = {"StartRecordName": page["NextRecordName"],
                         "StartRecordType": page["NextRecordType"]}
                if "NextRecordIdentifier" in page:
                    start["StartRecordIdentifier"] = page["NextRecordIdentifier"]
            keys = [(r["Name"], r["Type"], r.get("SetIdentifier")) for r in found]
            assert len(keys) == len(set(keys)) == 12, (size, keys)
            assert len({k[0] for k in keys}) == 4


def json_names(value, shape, where, strange):
    """Members that the published shape has not."""
    if shape.type_name == "structure":
        known = {m.serialization.get("name", k): m for k, m in shape.members.items()}
        for name, inner in (value or {}).items():
            if name in known:
                json_names(inner, known[name], f"{where}.{name}", strange)
            else:
                strange.append(f"{where}.{name}")
    elif shape.type_name == "list":
        for inner in value or []:
            json_names(inner, shape.member, where + "[]", strange)


def xml_names(node, shape, where, strange, ec2):
    if shape.type_name == "structure":
        known = {}
        for name, member in shape.members.items():
            flat = member.type_name == "list" and member.serialization.get("flattened")
            wire = member.serialization.get("name", name)
            if flat:
                wire = member.member.serialization.get("name", wire)
            known[wire] = (member.member if flat else member)
        for child in node:
            name = child.tag.rsplit("}", 1)[-1]
            if name in known:
                xml_names(child, known[name], f"{where}.{name}", strange, ec2)
            else:
                strange.append(f"{where}.{name}")
    elif shape.type_name == "list":
        wire = shape.member.serialization.get("name", "member")
        for child in node:
            if child.tag.rsplit("}", 1)[-1] != wire:
                strange.append(f"{where}[] {child.tag}")
            xml_names(child, shape.member, where + "[]", strange, ec2)


def strange_names(model, operation, answer):
    """What of one answer is not in the service's model."""
    op = model.operation_model(operation)
    strange = []
    where = f"{model.service_name} {operation}"
    if op.output_shape is None or not answer.content:
        return strange
    protocol = model.resolved_protocol
    if protocol in ("json", "rest-json"):
        json_names(json.loads(answer.content), op.output_shape, where, strange)
        return strange
    root = xml.etree.ElementTree.fromstring(answer.content)
    shape = op.output_shape
    if protocol == "query":
        root = [c for c in root if c.tag.endswith("Result")][0]
    elif protocol == "ec2":
        root.remove([c for c in root if c.tag.endswith("requestId")][0])
    payload = shape.serialization.get("payload")
    if payload:
        shape = shape.members[payload]
    if operation == "GetBucketLocation":
        return strange
    xml_names(root, shape, where, strange, protocol == "ec2")
    return strange


# One call of each protocol whose answer is spoiled, to see that strange names are seen.
SPOILED = {("iam", "ListUsers"): b"UserName", ("ec2", "DescribeVpcs"): b"dhcpOptionsId",
           ("ecs", "ListClusters"): b"clusterArns", ("lambda", "ListFunctions"): b"CodeSize",
           ("route53", "ListHostedZones"): b"PrivateZone", ("s3", "ListBuckets"): b"BucketRegion"}


class Spoiled:
    def __init__(self, content):
        self.content = content


def spoiled_names(model, operation, answer):
    name = SPOILED[[k for k in SPOILED if k[1] == operation][0]]
    return strange_names(model, operation, Spoiled(answer.content.replace(name, name + b"X")))


@needs_boto3
def boto3_counts_what_aws_declares_in_published_schemas():
    strange, seen = [], set()

    def check(op, items, pages, expected):
        assert len(items) == expected, (op, len(items), expected)
        assert expected < 2 or op["operation"] in SAME or distinct(items) == expected, op

    class Watched(Aws):
        def new_client(self, name, *args):
            client = super().new_client(name, *args)
            send = client._endpoint.make_request

            def make_request(model, request):
                http, parsed = send(model, request)
                if http.status_code == 200 and model.name != "GetBucketPolicy":
                    seen.add((name, model.name))
                    if (name, model.name) in SPOILED:
                        assert spoiled_names(client.meta.service_model, model.name, http)
                    strange.extend(strange_names(client.meta.service_model, model.name, http))
                return http, parsed
            client._endpoint.make_request = make_request
            return client

    with Watched() as aws:
        assert check_all_lists(aws, check) > 100
        describe_everything(aws)
    assert strange == [], sorted(set(strange))
    assert len(seen) > 150 and set(SPOILED) <= seen, len(seen)


def describe_everything(aws):
    """The calls that speak of one object, or of named ones."""
    def first(name, operation, member=None, **params):
        item = ask_all(aws.client(name), operation, **params)[0][0]
        return item if member is None else item[member]

    iam, user = aws.client("iam"), first("iam", "ListUsers", "UserName")
    role, group = first("iam", "ListRoles", "RoleName"), first("iam", "ListGroups", "GroupName")
    assert iam.get_user(UserName=user)["User"]["UserName"] == user
    assert iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert len(iam.get_group(GroupName=group)["Users"]) == 2
    inline = iam.list_user_policies(UserName=user)["PolicyNames"][0]
    assert iam.get_user_policy(UserName=user, PolicyName=inline)["PolicyDocument"]["Statement"]
    inline = iam.list_role_policies(RoleName=role)["PolicyNames"][0]
    assert iam.get_role_policy(RoleName=role, PolicyName=inline)["RoleName"] == role
    inline = iam.list_group_policies(GroupName=group)["PolicyNames"][0]
    assert iam.get_group_policy(GroupName=group, PolicyName=inline)["GroupName"] == group
    policy = iam.list_policies(Scope="Local")["Policies"][0]["Arn"]
    assert iam.get_policy(PolicyArn=policy)["Policy"]["Arn"] == policy
    version = iam.get_policy_version(PolicyArn=policy, VersionId="v1")["PolicyVersion"]
    assert version["Document"]["Statement"]
    assert len(iam.list_user_tags(UserName=user)["Tags"]) == 2
    assert len(iam.list_role_tags(RoleName=role)["Tags"]) == 2
    assert iam.get_account_summary()["SummaryMap"]["Users"] == 5

    s3 = aws.client("s3", "us-east-1")
    home = [b["Name"] for b in s3.list_buckets()["Buckets"] if b["BucketRegion"] == "us-east-1"][0]
    for ask in ("policy", "encryption", "lifecycle_configuration", "versioning", "tagging",
                "location", "acl", "logging", "ownership_controls"):
        assert getattr(s3, "get_bucket_" + ask)(Bucket=home), ask
    assert s3.get_public_access_block(Bucket=home)["PublicAccessBlockConfiguration"]
    assert json.loads(s3.get_bucket_policy(Bucket=home)["Policy"])["Statement"]

    name = first("lambda", "ListFunctions", "FunctionName")
    arn = first("lambda", "ListFunctions", "FunctionArn")
    assert json.loads(aws.client("lambda").get_policy(FunctionName=name)["Policy"])["Statement"]
    assert aws.client("lambda").list_tags(Resource=arn)["Tags"]["team"]
    assert aws.client("lambda").get_function_configuration(FunctionName=name)["FunctionArn"] == arn

    rds = aws.client("rds")
    db = rds.describe_db_instances()["DBInstances"][2]
    one = rds.describe_db_instances(DBInstanceIdentifier=db["DBInstanceIdentifier"])["DBInstances"]
    assert one == [db]
    assert rds.list_tags_for_resource(ResourceName=db["DBInstanceArn"])["TagList"]

    table = first("dynamodb", "ListTables")
    ddb = aws.client("dynamodb")
    arn = ddb.describe_table(TableName=table)["Table"]["TableArn"]
    assert ddb.list_tags_of_resource(ResourceArn=arn)["Tags"]
    assert ddb.describe_continuous_backups(TableName=table)
    assert ddb.describe_time_to_live(TableName=table)
    url = first("sqs", "ListQueues")
    assert aws.client("sqs").get_queue_attributes(QueueUrl=url)["Attributes"]["QueueArn"]
    assert aws.client("sqs").list_queue_tags(QueueUrl=url)["Tags"]
    topic = first("sns", "ListTopics", "TopicArn")
    assert aws.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Owner"]
    assert aws.client("sns").list_tags_for_resource(ResourceArn=topic)["Tags"]

    ecs = aws.client("ecs")
    clusters = ecs.list_clusters()["clusterArns"]
    found = ecs.describe_clusters(clusters=clusters + ["nothing-00099"])
    assert len(found["clusters"]) == 2 and len(found["failures"]) == 1
    services = ask_all(ecs, "ListServices", cluster=clusters[1])[0]
    found = ecs.describe_services(cluster=clusters[1], services=services)
    assert [s["serviceArn"] for s in found["services"]] == services
    tasks = ask_all(ecs, "ListTasks", cluster=clusters[1])[0]
    assert len(ecs.describe_tasks(cluster=clusters[1], tasks=tasks)["tasks"]) == 8
    definition = first("ecs", "ListTaskDefinitions")
    found = ecs.describe_task_definition(taskDefinition=definition)["taskDefinition"]
    assert found["taskDefinitionArn"] == definition
    assert ecs.list_tags_for_resource(resourceArn=clusters[0])["tags"]

    eks, name = aws.client("eks"), first("eks", "ListClusters")
    assert eks.describe_cluster(name=name)["cluster"]["name"] == name
    group = eks.list_nodegroups(clusterName=name)["nodegroups"][1]
    found = eks.describe_nodegroup(clusterName=name, nodegroupName=group)["nodegroup"]
    assert found["nodegroupName"] == group

    elb = aws.client("elbv2")
    balancers = [b["LoadBalancerArn"] for b in elb.describe_load_balancers()["LoadBalancers"]]
    groups = [g["TargetGroupArn"] for g in elb.describe_target_groups()["TargetGroups"]]
    tags = elb.describe_tags(ResourceArns=balancers + groups)["TagDescriptions"]
    assert [t["ResourceArn"] for t in tags] == balancers + groups
    assert elb.describe_target_health(TargetGroupArn=groups[0])["TargetHealthDescriptions"]
    assert elb.describe_load_balancer_attributes(LoadBalancerArn=balancers[0])["Attributes"]
    classic = first("elb", "DescribeLoadBalancers", "LoadBalancerName")
    assert aws.client("elb").describe_tags(LoadBalancerNames=[classic])["TagDescriptions"]

    key = first("kms", "ListKeys", "KeyId")
    assert aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyId"] == key
    assert "KeyRotationEnabled" in aws.client("kms").get_key_rotation_status(KeyId=key)
    assert aws.client("kms").list_resource_tags(KeyId=key)["Tags"]
    group = first("logs", "DescribeLogGroups", "logGroupArn")
    assert aws.client("logs").list_tags_for_resource(resourceArn=group)["tags"]
    repository = first("ecr", "DescribeRepositories", "repositoryArn")
    assert aws.client("ecr").list_tags_for_resource(resourceArn=repository)["tags"]
    assert aws.client("ecr").get_lifecycle_policy(repositoryName=repository.rsplit("/")[-1])
    stack = first("cloudformation", "DescribeStacks", "StackName")
    found = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    assert [s["StackName"] for s in found] == [stack]
    zone = first("route53", "ListHostedZones", "Id").rsplit("/")[-1]
    found = aws.client("route53").list_tags_for_resource(ResourceType="hostedzone",
                                                         ResourceId=zone)
    assert found["ResourceTagSet"]["ResourceId"] == zone
    arn = first("cloudfront", "ListDistributions", "ARN")
    assert aws.client("cloudfront").list_tags_for_resource(Resource=arn)["Tags"]["Items"]

    org = aws.client("organizations")
    assert org.describe_organization()["Organization"]["MasterAccountId"] == MANAGEMENT
    assert org.describe_account(AccountId=SECOND)["Account"]["Id"] == SECOND
    assert len(org.list_tags_for_resource(ResourceId=SECOND)["Tags"]) == 2
    member = aws.client("organizations", session=aws.session(SECOND))
    assert member.describe_organization()["Organization"]["MasterAccountId"] == MANAGEMENT

    sso = aws.client("sso-admin")
    instance = sso.list_instances()["Instances"][0]["InstanceArn"]
    assert aws.client("sso-admin", "eu-west-1").list_instances()["Instances"] == []
    made = sso.list_permission_sets(InstanceArn=instance)["PermissionSets"][0]
    found = sso.describe_permission_set(InstanceArn=instance, PermissionSetArn=made)
    assert found["PermissionSet"]["PermissionSetArn"] == made
    assert sso.list_tags_for_resource(InstanceArn=instance, ResourceArn=made)["Tags"]
    arn = first("acm", "ListCertificates", "CertificateArn")
    assert aws.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
    project = first("codebuild", "ListProjects")
    assert len(aws.client("codebuild").batch_get_projects(names=[project])["projects"]) == 1
    stream = first("kinesis", "ListStreams")
    assert aws.client("kinesis").describe_stream_summary(StreamName=stream)
    assert method_of(aws.client("sts"), "GetCallerIdentity") == "get_caller_identity"


# {service of the CLI: its lists}; the CLI's own paging asks for all of each.
CLI = {
    "ec2": ["describe-vpcs", "describe-volumes"], "iam": ["list-roles"],
    "rds": ["describe-db-instances"], "s3api": ["list-buckets"],
    "sqs": ["list-queues"], "sns": ["list-topics"], "lambda": ["list-functions"],
    "dynamodb": ["list-tables"], "logs": ["describe-log-groups"], "route53": ["list-hosted-zones"],
    "secretsmanager": ["list-secrets"], "ssm": ["describe-parameters"],
    "elbv2": ["describe-load-balancers"], "ecs": ["list-clusters"], "organizations": ["list-accounts"],
}


@needs_boto3
def the_aws_cli_counts_the_same():
    program = os.path.join(os.path.dirname(sys.executable), "aws")
    if not os.path.exists(program):
        SKIPPED.append("the_aws_cli_counts_the_same: no awscli beside this Python")
        return
    with Aws(aws={"page_size": 4}) as aws:
        declared = aws.declared()
        env = {"PATH": os.environ["PATH"], "HOME": aws.dir, "AWS_ACCESS_KEY_ID": "AKIAFAKE" + MANAGEMENT,
               "AWS_SECRET_ACCESS_KEY": "secret-of-" + MANAGEMENT, "AWS_REGION": "us-east-1",
               "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        for service, commands in CLI.items():
            for command in commands:
                names = {"s3api": "s3"}.get(service, service)
                wanted = [declared["types"][op["lists"]]["total"] for op in declared["operations"]
                          if op["service"] == names and op["lists"] and
                          op["operation"].lower() == command.replace("-", "")]
                said = subprocess.run([sys.executable, program, service, command, "--output", "json",
                                       "--endpoint-url", aws.base], env=env, capture_output=True,
                                      text=True, timeout=60)
                assert said.returncode == 0, (service, command, said.stderr)
                items = next(v for v in json.loads(said.stdout).values() if isinstance(v, list))
                assert wanted and len(items) == wanted[0] > 0, (service, command, len(items), wanted)
        agents = {line["user_agent"].split("/")[0] for line in aws.log() if line.get("operation")}
        assert agents == {"aws-cli"}, agents
