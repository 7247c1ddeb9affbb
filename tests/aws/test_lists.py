"""What only a list that is asked well finds, and what answers mean that are neither a list nor a failure. The
server is made from botocore's models; what it says otherwise is what AWS's users have been answered."""
import json
import os
import sys
import urllib.parse

from aws_support import SOURCE

sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
import packages

packages.need("botocore")
from any_aws import CALLER, MEMBER, AnyAws
from scan_support import AwsTest, main

ENDED = ("appmesh", "waf", "waf-regional")
SERVICES = ("auditmanager", "cloudformation", "config", "eks", "identitystore", "lambda", "organizations",
            "quicksight", "resourcegroupstaggingapi", "ses", "sns", "sso-admin", "sts", *ENDED)
HERE = "arn:aws:%s:us-east-1:" + CALLER + ":"
INSTANCE = "arn:aws:sso:::instance/ssoins-1"


def always(document):
    return lambda _path, _body: document


def refusal(message, code="AccessDeniedException", status=400):
    return status, {"__type": code, "message": message}


def query_error(code, message):
    return 400, ("<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>"
                 "<RequestId>r</RequestId></ErrorResponse>" % (code, message))


def xml(call, inside):
    return "<%sResponse><%sResult>%s</%sResult></%sResponse>" % (call, call, inside, call, call)


class Lists(AwsTest):
    @classmethod
    def setUpClass(cls):
        cls.aws = AnyAws(SERVICES)
        cls.addClassCleanup(cls.aws.stop)

    def read(self, script, *types, code=0):
        """(resources, {type: row}) of a scan of those types."""
        self.aws.script, self.port = script, 0
        self.aws.asked.clear()
        snapshot, _ = self.scan("--no-cache", types=types, account=CALLER, code=code, AWS_ENDPOINT_URL=self.aws.url)
        self.assertEqual(self.aws.unknown, [])
        return snapshot["resources"], {kind: row for (_, _, kind), row in self.rows(snapshot).items()}

    def asked(self, service, call):
        return self.aws.asked.get((service, call), 0)

    # ---- Lambda ----

    def functions(self, names):
        arn = HERE % "lambda" + "function:%s"
        return {
            ("lambda", "ListFunctions"): always({"Functions": [
                {"FunctionName": one, "FunctionArn": arn % one} for one in names]}),
            ("lambda", "ListAliases"): lambda path, _body: {"Aliases": [
                {"AliasArn": arn % "f:live", "Name": "live"}] if "/f/" in path else []},
            ("lambda", "GetPolicy"): lambda path, _body: {"Policy": "{}", "RevisionId": path.partition("?")[2] or "own"},
        }

    def test_addresses_of_functions_and_of_their_aliases(self):
        def urls(path, _body):
            arn = HERE % "lambda" + "function:f"
            last = "Marker=m" in path
            return {"FunctionUrlConfigs": [{"FunctionArn": arn + (":live" if last else ""), "AuthType": "NONE",
                                            "FunctionUrl": "https://%d.example.org/" % last}],
                    **({} if last else {"NextMarker": "m"})}

        found, _ = self.read({**self.functions(["f"]), ("lambda", "ListFunctionUrlConfigs"): urls},
                             "aws_lambda_function_url")
        self.assertEqual([one["id"] for one in found], [
            HERE % "lambda" + "function:f#url", HERE % "lambda" + "function:f:live#url"])

    def test_policies_of_aliases(self):
        found, _ = self.read(self.functions(["f", "g"]), "aws_lambda_function", "aws_lambda_alias")
        policies = {one["name"]: one["configuration"]["Policy"]["RevisionId"] for one in found}
        self.assertEqual(policies, {"f": "own", "g": "own", "live": "Qualifier=live"})
        self.assertEqual(self.asked("lambda", "GetPolicy"), 3)

    # ---- EKS ----

    def test_connected_clusters(self):
        def clusters(path, _body):
            return {"clusters": ["own", "elsewhere"] if "include=all" in path else ["own"]}

        def cluster(path, _body):
            name = path.rpartition("/")[2]
            more = {"roleArn": "arn:aws:iam::%s:role/r" % CALLER} if name == "own" else {
                "connectorConfig": {"provider": "GKE", "roleArn": "arn:aws:iam::%s:role/agent" % CALLER}}
            return {"cluster": {"name": name, "arn": HERE % "eks" + "cluster/" + name, **more}}

        children = ("ListNodegroups", "ListAddons", "ListFargateProfiles", "ListIdentityProviderConfigs",
                    "ListAccessEntries", "ListPodIdentityAssociations")
        script = {("eks", one): lambda path, _body: refusal("no", "InvalidParameterException") if "elsewhere" in path
                  else {} for one in children}
        found, rows = self.read({("eks", "ListClusters"): clusters, ("eks", "DescribeCluster"): cluster, **script},
                                "aws_eks_*")
        self.assertEqual([(one["type"], one["name"]) for one in found],
                         [("aws_eks_cluster", "elsewhere"), ("aws_eks_cluster", "own")])
        self.assertEqual(found[0]["metadata"]["dependencies"], ["arn:aws:iam::%s:role/agent" % CALLER])
        self.assertEqual({row["status"] for row in rows.values()}, {"ok"})
        self.assertEqual([self.asked("eks", one) for one in children], [1] * len(children))

    # ---- Config ----

    def test_recorders_of_services(self):
        arns = {HERE % "config" + "configuration-recorder/%s/1" % name: name for name in ("default", "ForThem")}

        def one_of(body):
            return arns[json.loads(body)["Arn"]]

        found, _ = self.read({
            ("config", "ListConfigurationRecorders"): always({"ConfigurationRecorderSummaries": [
                {"arn": arn, "name": name, "recordingScope": "PAID"} for arn, name in arns.items()]}),
            ("config", "DescribeConfigurationRecorders"): lambda _path, body: {"ConfigurationRecorders": [
                {"arn": json.loads(body)["Arn"], "name": one_of(body)}]},
            ("config", "DescribeConfigurationRecorderStatus"): lambda _path, body: {"ConfigurationRecordersStatus": [
                {"name": one_of(body), "recording": one_of(body) == "default"}]}},
            "aws_config_configuration_recorder")
        self.assertEqual([(one["id"], one["configuration"]["Status"]["recording"]) for one in found], [
            (HERE % "config" + "configuration-recorder/ForThem", False),
            (HERE % "config" + "configuration-recorder/default", True)])

    # ---- CloudFormation ----

    def stack_sets(self, delegated):
        def member(body, inside):
            name = "theirs" if "CallAs=DELEGATED_ADMIN" in body else "own"
            return inside % {"name": name, "arn": HERE % "cloudformation" + "stackset/" + name + ":1"}

        def listed(_path, body):
            if "CallAs=DELEGATED_ADMIN" in body and not delegated:
                return query_error("ValidationError", "Account used is not a delegated administrator")
            return xml("ListStackSets", member(
                body, "<Summaries><member><StackSetId>%(name)s:1</StackSetId></member></Summaries>"))

        def described(_path, body):
            form = dict(urllib.parse.parse_qsl(body))
            self.assertEqual(form["StackSetName"], member(body, "%(name)s:1"))
            return xml("DescribeStackSet", member(
                body, "<StackSet><StackSetName>%(name)s</StackSetName><StackSetId>%(name)s:1</StackSetId>"
                "<StackSetARN>%(arn)s</StackSetARN></StackSet>"))

        def instances(_path, body):
            return xml("ListStackInstances", member(
                body, "<Summaries><member><StackSetId>%(name)s:1</StackSetId><Account>" + CALLER +
                "</Account><Region>us-east-1</Region></member></Summaries>"))

        return {("cloudformation", "ListStackSets"): listed, ("cloudformation", "DescribeStackSet"): described,
                ("cloudformation", "ListStackInstances"): instances}

    def test_stack_sets_of_a_delegated_administrator(self):
        for delegated, names in ((True, ["own", "theirs"]), (False, ["own"])):
            found, rows = self.read(self.stack_sets(delegated), "aws_cloudformation_stack_set*")
            sets = [one for one in found if one["type"] == "aws_cloudformation_stack_set"]
            self.assertEqual([one["name"] for one in sets], names)
            self.assertEqual(len(found), 2 * len(names))
            self.assertEqual({row["status"] for row in rows.values()}, {"ok"})

    def test_stack_sets_that_nobody_may_be_told_of(self):
        for refused, status in (
                (refusal("User: x is not authorized to perform: organizations:ListDelegatedAdministrators because no "
                         "identity-based policy allows it"), "denied"),
                (refusal("You don't have permissions to access this resource."), "ok"),
                (refusal("You specified an unrecognized service principal", "InvalidInputException"), "ok"),
                (refusal("Your account is not a member of an organization.", "AWSOrganizationsNotInUseException"), "ok")):
            answers = {**self.stack_sets(False), ("organizations", "ListDelegatedAdministrators"): always(refused)}
            found, rows = self.read(answers, "aws_cloudformation_stack_set", code=3 if status == "denied" else 0)
            self.assertEqual([one["name"] for one in found if one["type"] == "aws_cloudformation_stack_set"], ["own"])
            self.assertEqual((rows["aws_cloudformation_stack_set"]["status"], rows["aws_cloudformation_stack_set"]["count"]),
                             (status, 1), refused)

    # ---- services that have ended ----

    def test_what_has_ended_is_asked_for_by_name(self):
        def asked():
            return {service for service, _ in self.aws.asked if service in ENDED}

        self.read({}, "aws_appmesh_*", "aws_waf_*", "aws_wafregional_*")
        self.assertEqual(asked(), set(ENDED))
        # Whatever begins otherwise is left out, but for SNS, and nothing is named.
        self.read({}, "!AWS::*", "!aws_[b-rt-vx-z]*", "!aws_s[3a-mo-z]*", "!aws_a[a-oq-z]*", "!aws_ap[a-oq-z]*",
                  "!aws_app[a-ln-z]*", "!aws_wafv2_*", "!aws_w[b-z]*")
        self.assertEqual((asked(), self.asked("sns", "ListPlatformApplications") > 0), (set(), True))

    # ---- what is not there is no refusal ----

    def skipped(self, rows, *texts):
        for kind, row in rows.items():
            self.assertEqual(row["status"], "skipped", (kind, row))
            for text in texts:
                self.assertIn(text, row["error"])

    def test_audit_manager_that_is_not_set_up(self):
        no = refusal("Please complete AWS Audit Manager setup from home page to enable this action in this account.",
                     status=403)
        calls = ("ListAssessments", "ListAssessmentFrameworks", "ListControls")
        types = ("aws_auditmanager_assessment", "aws_auditmanager_framework", "aws_auditmanager_control")
        found, rows = self.read({("auditmanager", call): always(no) for call in calls}, *types)
        self.assertEqual((found, set(rows)), ([], set(types)))
        self.skipped(rows, "Audit Manager setup")
        # What is refused is a refusal.
        no = refusal("User: u is not authorized to perform: auditmanager:ListControls", status=403)
        _, rows = self.read({("auditmanager", call): always(no) for call in calls}, *types, code=3)
        self.assertEqual({row["status"] for row in rows.values()}, {"denied"})

    def test_quicksight_outside_its_identity_region(self):
        no = refusal("Operation is being called from endpoint us-east-1, but your identity region is eu-west-1. "
                     "Please use the eu-west-1 endpoint.", status=401)
        types = ("aws_quicksight_namespace", "aws_quicksight_account_settings")
        found, rows = self.read({("quicksight", call): always(no) for call in (
            "ListNamespaces", "DescribeAccountSettings")}, *types)
        self.assertEqual((found, set(rows)), ([], set(types)))
        self.skipped(rows, "your identity region is eu-west-1")

    def test_actions_that_a_region_lacks(self):
        no = always(query_error("InvalidAction", "Unavailable Operation"))
        found, rows = self.read({
            ("ses", "ListReceiptRuleSets"): no, ("ses", "ListReceiptFilters"): no,
            ("sns", "ListPlatformApplications"): always(query_error(
                "InvalidAction", "Operation (ListPlatformApplications) is not supported in this region"))},
            "aws_ses_receipt_*", "aws_sns_platform_application")
        self.assertEqual(found, [])
        self.assertEqual({kind: row["status"] for kind, row in rows.items()}, dict.fromkeys((
            "aws_ses_receipt_rule_set", "aws_ses_receipt_filter", "aws_sns_platform_application"), "ok"))

    # ---- Identity Center ----

    TYPES = ("AWS::SSO::Instance", "aws_ssoadmin_permission_set", "aws_identitystore_user")

    def center(self, owner, why):
        no = always(refusal("User: u is not authorized to perform: sso:X on resource: %s%s" % (INSTANCE, why)))
        return {("sso-admin", "ListInstances"): always({"Instances": [
                    {"InstanceArn": INSTANCE, "IdentityStoreId": "d-1", "OwnerAccountId": owner, "CreatedDate": 1}]}),
                ("sso-admin", "DescribeInstanceAccessControlAttributeConfiguration"): no,
                ("sso-admin", "ListTagsForResource"): no, ("sso-admin", "ListPermissionSets"): no,
                ("identitystore", "ListUsers"): no}

    def test_an_instance_of_another_account(self):
        found, rows = self.read(self.center(MEMBER, ""), *self.TYPES)
        self.assertEqual([(one["id"], one["account"]) for one in found], [(INSTANCE, MEMBER)])
        self.assertEqual(set(rows), set(self.TYPES))
        self.skipped(rows, "not authorized")
        # One's own, and what one's own policies do not allow.
        for owner, why in ((CALLER, ""), (MEMBER, " because no identity-based policy allows the sso:X action")):
            _, rows = self.read(self.center(owner, why), *self.TYPES, code=3)
            self.assertEqual({row["status"] for row in rows.values()}, {"denied"}, why)

    def test_an_instance_that_a_delegated_administrator_reads(self):
        script = {key: value for key, value in self.center(MEMBER, "").items() if key[1] == "ListInstances"}
        found, rows = self.read({
            **script, ("sso-admin", "ListPermissionSets"): always({"PermissionSets": ["arn:aws:sso:::permissionSet/s"]}),
            ("sso-admin", "DescribePermissionSet"): always({"PermissionSet": {
                "Name": "s", "PermissionSetArn": "arn:aws:sso:::permissionSet/s", "CreatedDate": 1}}),
            ("identitystore", "ListUsers"): always({"Users": [{"UserId": "u", "UserName": "u", "IdentityStoreId": "d-1"}]}),
        }, *self.TYPES)
        self.assertEqual([one["type"] for one in found], [self.TYPES[2], self.TYPES[0], self.TYPES[1]])
        self.assertEqual({row["status"] for row in rows.values()}, {"ok"})


if __name__ == "__main__":
    main()
