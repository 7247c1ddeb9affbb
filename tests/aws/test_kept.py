"""What is asked for and what is kept of it, entry by entry: lists that leave a kind out unless they are asked for
it, values that are secrets or move by themselves, ids. The server is made from botocore's models."""
import json
import os
import sys

from aws_support import SOURCE

sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
import packages

packages.need("botocore")
from any_aws import CALLER, AnyAws
from scan_support import AwsTest, main

SERVICES = ("acm", "apigateway", "batch", "cloudwatch", "datasync", "directconnect", "dynamodb", "ec2", "ecr", "ecs",
            "elbv2", "events", "fsx", "iot", "kafka", "logs", "rds", "resourcegroupstaggingapi", "s3control",
            "scheduler", "secretsmanager", "servicediscovery", "sts", "wafv2")
# Whatever has these in it must not be in a snapshot.
SECRET, MOVING = "a-planted-secret", 987654321
HERE = "arn:aws:%s:us-east-1:" + CALLER + ":"


def always(document):
    return lambda _path, _body: document


def pairs(key="environment"):
    return {key: [{"name": "KEY", "value": SECRET}]}


def xml(call, inside):
    return always("<%sResponse><%sResult>%s</%sResult></%sResponse>" % (call, call, inside, call, call))


def task(key):
    return {"taskProperties": [{"containers": [pairs(key)]}]}


def pod(key):
    return {"podProperties": {"containers": [pairs(key)], "initContainers": [pairs(key)]}}


ACTION = {"salesforce": {"url": "https://x", "token": SECRET}, "http": {"headers": [{"key": "K", "value": SECRET}]}}
RULE = HERE % "elasticloadbalancing" + "listener-rule/app/a/b/c"
HEADER = """<Rules><member><RuleArn>%s</RuleArn><Conditions><member><Field>http-header</Field>
<RegexValues><member>%s</member></RegexValues>
<HttpHeaderConfig><HttpHeaderName>X-Origin-Verify</HttpHeaderName><Values><member>%s</member></Values>
<RegexValues><member>%s</member></RegexValues></HttpHeaderConfig></member></Conditions></member></Rules>""" % (
    RULE, SECRET, SECRET, SECRET)
TUNNEL = """<DescribeVpnConnectionsResponse><vpnConnectionSet><item><vpnConnectionId>vpn-1</vpnConnectionId>
<vgwTelemetry><item><status>UP</status><statusMessage>%d BGP ROUTES</statusMessage>
<acceptedRouteCount>%d</acceptedRouteCount></item></vgwTelemetry></item></vpnConnectionSet>
</DescribeVpnConnectionsResponse>""" % (MOVING, MOVING)

# (type, what its call is answered with, what is kept of that)
KEPT = (
    ("aws_batch_job_definition", {("batch", "DescribeJobDefinitions"): always({"jobDefinitions": [{
        "jobDefinitionArn": HERE % "batch" + "job-definition/j:1", "jobDefinitionName": "j", "revision": 1,
        "containerProperties": pairs(), "ecsProperties": task("environment"), "eksProperties": pod("env"),
        "nodeProperties": {"nodeRangeProperties": [{
            "container": pairs(), "ecsProperties": task("environment"), "eksProperties": pod("env")}]}}]})}, "KEY"),
    ("aws_iot_topic_rule", {("iot", "GetTopicRule"): always({"ruleArn": HERE % "iot" + "rule/r", "rule": {
        "ruleName": "r", "createdAt": 1, "actions": [ACTION], "errorAction": ACTION}})}, "https://x"),
    ("aws_lb_listener_rule", {("elbv2", "DescribeRules"): xml("DescribeRules", HEADER)}, "X-Origin-Verify"),
    ("aws_cloudwatch_event_target", {("events", "ListTargetsByRule"): always({"Targets": [{
        "Id": "t", "Arn": HERE % "ecs" + "cluster/c", "Input": json.dumps({"containerOverrides": [pairs()]}),
        "InputTransformer": {"InputPathsMap": {"a": "$.a"}, "InputTemplate": SECRET}}]})}, "$.a"),
    ("aws_scheduler_schedule", {("scheduler", "GetSchedule"): always({
        "Arn": HERE % "scheduler" + "schedule/default/s", "Name": "s", "ScheduleExpression": "rate(1 hour)",
        "Target": {"Arn": HERE % "ecs" + "cluster/c", "Input": SECRET}})}, "rate(1 hour)"),
    ("aws_ecs_service", {("ecs", "DescribeServices"): always({"services": [{
        "serviceArn": HERE % "ecs" + "service/c/s", "serviceName": "s", "desiredCount": 7,
        "runningCount": MOVING, "pendingCount": MOVING,
        "deployments": [{"id": "d", "desiredCount": 7, "runningCount": MOVING, "pendingCount": MOVING}],
        "taskSets": [{"id": "t", "computedDesiredCount": 7, "runningCount": MOVING, "pendingCount": MOVING}],
        "currentServiceRevisions": [{"arn": "r", "requestedTaskCount": 7, "runningTaskCount": MOVING,
                                     "pendingTaskCount": MOVING}]}]})}, '"requestedTaskCount":7'),
    ("AWS::ECS::ContainerInstance", {("ecs", "DescribeContainerInstances"): always({"containerInstances": [{
        "containerInstanceArn": HERE % "ecs" + "container-instance/c/i", "runningTasksCount": MOVING,
        "gpuDevices": [{"id": "g", "remainingMemoryInMiB": MOVING, "containerCount": MOVING}]}]})}, '"id":"g"'),
    ("aws_secretsmanager_secret", {("secretsmanager", "ListSecrets"): always({"SecretList": [{
        "ARN": HERE % "secretsmanager" + "secret:s-abcdef", "Name": "s", "RotationEnabled": True,
        "NextRotationDate": MOVING, "LastAccessedDate": MOVING}]})}, "RotationEnabled"),
    ("aws_dynamodb_table", {("dynamodb", "DescribeTable"): always({"Table": {
        "TableArn": HERE % "dynamodb" + "table/t", "TableName": "t", "CreationDateTime": 1,
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "NumberOfDecreasesToday": MOVING},
        "GlobalSecondaryIndexes": [{"IndexName": "g", "ItemCount": MOVING, "ProvisionedThroughput": {
            "ReadCapacityUnits": 5, "NumberOfDecreasesToday": MOVING}}],
        "VectorIndexes": [{"IndexName": "v", "ItemCount": MOVING, "IndexSizeBytes": MOVING}]}})}, '"IndexName":"v"'),
    ("aws_dx_lag", {("directconnect", "DescribeLags"): always({"lags": [{
        "lagId": "dxlag-1", "lagName": "l", "ownerAccount": CALLER, "connections": [{
            "connectionId": "dxcon-1", "rateLimiterStatus": {"inUse": MOVING, "remaining": MOVING}}]}]})}, "dxcon-1"),
    ("aws_vpn_connection", {("ec2", "DescribeVpnConnections"): always(TUNNEL)}, '"Status":"UP"'),
    ("AWS::ECR::Image", {("ecr", "DescribeImages"): always({"imageDetails": [{
        "imageDigest": "sha256:1", "imageScanFindingsSummary": {
            "imageScanCompletedAt": MOVING, "vulnerabilitySourceUpdatedAt": MOVING,
            "findingSeverityCounts": {"HIGH": 3}}}]})}, '"HIGH":3'),
)

SNAPSHOT = "<DBSnapshots><DBSnapshot><DBSnapshotIdentifier>awsbackup:job-1</DBSnapshotIdentifier><DBSnapshotArn>%s" \
    "</DBSnapshotArn></DBSnapshot></DBSnapshots>" % (HERE % "rds" + "snapshot:awsbackup:job-1")
POINT = "<ListAccessPointsResult><AccessPointList><AccessPoint><Name>volume</Name></AccessPoint></AccessPointList>" \
    "</ListAccessPointsResult>"
ALARM = "<LogAlarms><member><AlarmName>a</AlarmName><AlarmArn>%s</AlarmArn></member></LogAlarms>" % (
    HERE % "cloudwatch" + "alarm:a")
GROUP = HERE % "logs" + "log-group:g"


def answer(call, inside):
    return xml(call, inside)(None, None)


def certificates(_path, body):
    asked = json.loads(body)
    name = "n2" if "RootHierarchyTypes" in asked else "acme" if "ACME" in asked["CertificateKeyPairOrigins"] else ""
    return {"CertificateSummaryList": [{"CertificateArn": HERE % "acm" + "certificate/" + name}] if name else []}


def certificate(_path, body):
    return {"Certificate": {"CertificateArn": json.loads(body)["CertificateArn"]}}


def policies(_path, body):
    asked = json.loads(body)
    mine = asked.get("policyScope") == "RESOURCE" and asked.get("resourceArn") == GROUP
    return {"resourcePolicies": [{"resourceArn": GROUP, "policyScope": "RESOURCE"}] if mine else []}


# (type, what its calls are answered with, ids of what only a list that is asked well has)
LISTED = (
    ("aws_db_snapshot", {("rds", "DescribeDBSnapshots"): lambda _path, body: answer(
        "DescribeDBSnapshots", SNAPSHOT if "SnapshotType=awsbackup" in body else "")},
     [HERE % "rds" + "snapshot:awsbackup:job-1"]),
    ("aws_s3_access_point", {("s3control", "ListAccessPoints"): lambda path, _body:
                             POINT if "dataSourceType=ALL" in path else "<ListAccessPointsResult/>"},
     [HERE % "s3" + "accesspoint/volume"]),
    ("AWS::CloudWatch::LogAlarm", {("cloudwatch", "DescribeAlarms"): lambda _path, body: answer(
        "DescribeAlarms", ALARM if "AlarmTypes.member.1=LogAlarm" in body else "")},
     [HERE % "cloudwatch" + "alarm:a"]),
    ("aws_acm_certificate", {("acm", "ListCertificates"): certificates, ("acm", "DescribeCertificate"): certificate},
     [HERE % "acm" + "certificate/acme", HERE % "acm" + "certificate/n2"]),
    ("aws_cloudwatch_log_resource_policy", {
        ("logs", "DescribeLogGroups"): always({"logGroups": [{"logGroupName": "g"}]}),
        ("logs", "DescribeResourcePolicies"): policies},
     ["arn:aws:logs:us-east-1:%s#resource-policy/%s" % (CALLER, GROUP)]),
)


def instance(name, engine, cluster=""):
    return "<DBInstance><DBInstanceArn>%s</DBInstanceArn><Engine>%s</Engine>%s</DBInstance>" % (
        HERE % "rds" + "db:" + name, engine,
        "<DBClusterIdentifier>%s</DBClusterIdentifier>" % cluster if cluster else "")


def instances(_path, _body):
    return answer("DescribeDBInstances", "<DBInstances>" + instance("1", "mysql") + instance("2", "mysql", "c") +
                  instance("3", "aurora-postgresql", "d") + instance("4", "oracle-ee") + "</DBInstances>")


def namespaces(_path, body):
    kind = json.loads(body)["Filters"][0]["Values"][0]
    return {"Namespaces": [{"Arn": HERE % "servicediscovery" + "namespace/" + kind, "Name": kind, "Id": kind,
                            "Type": kind, "CreateDate": 1}]}


def clusters(path, _body):
    kind = path.partition("clusterTypeFilter=")[2].partition("&")[0]
    return {"clusterInfoList": [{"clusterArn": HERE % "kafka" + "cluster/" + kind, "clusterName": kind,
                                 "clusterType": kind, "creationTime": "2024-01-01T00:00:00Z",
                                 "currentVersion": "1"}]}


def interface(kind):
    return {"virtualInterfaceId": kind, "virtualInterfaceName": kind, "virtualInterfaceType": kind,
            "ownerAccount": CALLER}


def locations(*addresses):
    return [{"LocationArn": HERE % "datasync" + "location/" + one.partition(":")[0], "LocationUri": one}
            for one in addresses]


def file_systems(*kinds):
    return [{"ResourceARN": HERE % "fsx" + "file-system/" + one, "FileSystemId": one, "FileSystemType": one,
             "CreationTime": 1} for one in kinds]


# (what to ask for, what its calls are answered with, {end of the id: type})
TYPES = (
    ("aws_db_instance", {("rds", "DescribeDBInstances"): instances},
     {"db:1": "aws_db_instance", "db:4": "aws_db_instance"}),
    ("aws_rds_cluster_instance", {("rds", "DescribeDBInstances"): instances},
     {"db:2": "aws_rds_cluster_instance", "db:3": "aws_rds_cluster_instance"}),
    ("aws_service_discovery_*_namespace", {("servicediscovery", "ListNamespaces"): namespaces}, {
        "/DNS_PRIVATE": "aws_service_discovery_private_dns_namespace",
        "/DNS_PUBLIC": "aws_service_discovery_public_dns_namespace",
        "/HTTP": "aws_service_discovery_http_namespace"}),
    ("aws_msk_*cluster", {("kafka", "ListClustersV2"): clusters},
     {"/PROVISIONED": "aws_msk_cluster", "/SERVERLESS": "aws_msk_serverless_cluster"}),
    ("aws_dx_*_virtual_interface", {("directconnect", "DescribeVirtualInterfaces"): always(
        {"virtualInterfaces": [interface("private"), interface("public"), interface("transit")]})}, {
            "/private": "aws_dx_private_virtual_interface", "/public": "aws_dx_public_virtual_interface",
            "/transit": "aws_dx_transit_virtual_interface"}),
    ("AWS::FSx::FileSystem", {("fsx", "DescribeFileSystems"): always(
        {"FileSystems": file_systems("LUSTRE", "ONTAP", "OPENZFS", "TAPE", "WINDOWS")})}, {
            "/LUSTRE": "aws_fsx_lustre_file_system", "/ONTAP": "aws_fsx_ontap_file_system",
            "/OPENZFS": "aws_fsx_openzfs_file_system", "/TAPE": "AWS::FSx::FileSystem",
            "/WINDOWS": "aws_fsx_windows_file_system"}),
    ("AWS::DataSync::Location", {("datasync", "ListLocations"): always(
        {"Locations": locations("fsxn-nfs://a/", "hdfs://a:8020/", "s3://b/", "tape://c/")})}, {
            "/fsxn-nfs": "aws_datasync_location_fsx_ontap_file_system", "/hdfs": "aws_datasync_location_hdfs",
            "/s3": "aws_datasync_location_s3", "/tape": "AWS::DataSync::Location"}),
)


class Kept(AwsTest):
    @classmethod
    def setUpClass(cls):
        cls.aws = AnyAws(SERVICES)
        cls.addClassCleanup(cls.aws.stop)

    def read(self, script, *types):
        """The resources of a scan, and the text of its snapshot."""
        self.aws.script, self.port = script, 0
        self.aws.asked.clear()
        snapshot, _ = self.scan("--no-cache", types=types, account=CALLER, AWS_ENDPOINT_URL=self.aws.url)
        with open(self.path("out.json"), encoding="utf-8") as file:
            return snapshot["resources"], file.read()

    def test_what_is_secret_or_moves(self):
        for kind, script, kept in KEPT:
            with self.subTest(kind):
                resources, text = self.read(script, kind)
                self.assertIn(kind, [one["type"] for one in resources])
                self.assertIn(kept, text.replace('": ', '":'))
                self.assertNotIn(SECRET, text)
                self.assertNotIn(str(MOVING), text)
                self.assertEqual("hmac:" in text, SECRET in str([one(None, None) for one in script.values()]))

    def test_kinds_that_are_listed_when_asked_for(self):
        for kind, script, ids in LISTED:
            with self.subTest(kind):
                resources, _ = self.read(script, kind)
                self.assertEqual([one["id"] for one in resources if one["type"] == kind], ids)

    def test_types_that_depend_on_the_item(self):
        for kind, script, types in TYPES:
            with self.subTest(kind):
                resources, _ = self.read(script, kind)
                self.assertEqual([one["type"] for one in resources], list(types.values()))
                for one, end in zip(resources, types):
                    self.assertTrue(one["id"].endswith(end), one["id"])

    def test_what_a_web_acl_protects(self):
        def protected(_path, body):
            kind = json.loads(body)["ResourceType"]
            return {"ResourceArns": [] if kind == "APPSYNC" else ["arn:aws:x:::" + kind]}

        acl = {"WebACL": {"ARN": HERE % "wafv2" + "regional/webacl/a/1", "Name": "a", "Id": "1"}}
        resources, _ = self.read({("wafv2", "ListResourcesForWebACL"): protected, ("wafv2", "GetWebACL"):
                                  lambda _path, body: acl if "REGIONAL" in body else {}}, "aws_wafv2_web_acl")
        kinds = ("AGENTCORE_GATEWAY", "API_GATEWAY", "APPLICATION_LOAD_BALANCER", "APP_RUNNER_SERVICE",
                 "COGNITO_USER_POOL", "VERIFIED_ACCESS_INSTANCE")
        self.assertEqual([one["configuration"]["ResourceArns"] for one in resources],
                         [["arn:aws:x:::" + one for one in kinds]])

    def test_what_a_web_acl_compares_with_is_no_text(self):
        """The secret that CloudFront sends in a header, however deep in a rule it is looked for."""
        match = {"ByteMatchStatement": {"SearchString": SECRET, "FieldToMatch": {"SingleHeader": {"Name": "x-origin"}}}}
        both, no = {"AndStatement": {"Statements": [match, match]}}, {"NotStatement": {"Statement": match}}
        statements = [match, both, no, {"OrStatement": {"Statements": [both, no]}},
                      {"NotStatement": {"Statement": {"OrStatement": {"Statements": [match]}}}},
                      {"AndStatement": {"Statements": [{"NotStatement": {"Statement": both}}]}},
                      {"RateBasedStatement": {"Limit": 100, "ScopeDownStatement": {"AndStatement": {"Statements": [no]}}}},
                      {"ManagedRuleGroupStatement": {"Name": "m", "ScopeDownStatement": both}}]
        rules = [{"Name": "r%d" % n, "Statement": one} for n, one in enumerate(statements)]
        for call, member, kind in (("GetWebACL", "WebACL", "aws_wafv2_web_acl"),
                                   ("GetRuleGroup", "RuleGroup", "aws_wafv2_rule_group")):
            whole = {member: {"ARN": HERE % "wafv2" + "regional/x/a/1", "Name": "a", "Id": "1", "Rules": rules}}
            resources, text = self.read({("wafv2", call): always(whole)}, kind)
            self.assertEqual([one["type"] for one in resources], [kind])
            self.assertEqual(json.dumps(resources[0]["configuration"]).count('"hmac:'), 13)
            self.assertIn("x-origin", text)
            self.assertNotIn(SECRET, text)

    def test_domain_names_public_and_private(self):
        """Two of one name are two, and so are their mappings."""
        private = {"domainName": "d.example.org", "domainNameId": "abc",
                   "domainNameArn": HERE % "apigateway" + "/domainnames/d.example.org+abc"}
        public = {"domainName": "d.example.org",
                  "domainNameArn": "arn:aws:apigateway:us-east-1::/domainnames/d.example.org"}
        for bare in (False, True):
            if bare:
                del public["domainNameArn"]

            def domain(path, _body):
                return private if "domainNameId=abc" in path else public

            def mappings(path, _body):
                return {"item": [{"basePath": "private" if "domainNameId=abc" in path else "public"}]}

            resources, _ = self.read({
                ("apigateway", "GetDomainNames"): always({"item": [public, private]}),
                ("apigateway", "GetDomainName"): domain, ("apigateway", "GetBasePathMappings"): mappings},
                "aws_api_gateway_domain_name", "aws_api_gateway_base_path_mapping")
            self.assertEqual([one["id"] for one in resources], [
                private["domainNameArn"], private["domainNameArn"] + "/basepathmappings/private",
                "arn:aws:apigateway:us-east-1::/domainnames/d.example.org",
                "arn:aws:apigateway:us-east-1::/domainnames/d.example.org/basepathmappings/public"])


if __name__ == "__main__":
    main()
