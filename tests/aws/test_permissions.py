"""`wgo permissions aws`: a policy by IAM's own grammar, of actions that exist, that allows whatever a
scan calls (which a server made from botocore's models notes) and little besides."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

from aws_support import BINARY, SOURCE

sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
import packages

packages.need("botocore")
import botocore.session
from any_aws import CALLER, MEMBER, AnyAws

WGO = os.path.join(BINARY, "wgo")
CATALOG = os.path.join(SOURCE, "collectors", "aws", "catalog")
MOST = 6144  # characters of a managed policy, white space not counted
# What IAM calls a service otherwise than its signature does.
PREFIXES = {"cloudwatch": "cloudwatch", "resourcegroupstaggingapi": "tag"}
# What IAM calls an operation otherwise, from the Service Authorization Reference; "*" = every one.
ACTIONS = {
    ("accessanalyzer", "ListFindingsV2"): ["access-analyzer:ListFindings", "access-analyzer:ListFindingsV2"],
    ("apigateway", "*"): ["apigateway:GET"],
    ("apigatewayv2", "*"): ["apigateway:GET"],
    ("budgets", "DescribeBudgets"): ["budgets:ViewBudget"],
    ("budgets", "DescribeNotificationsForBudget"): ["budgets:ViewBudget"],
    ("s3", "GetBucketAccelerateConfiguration"): ["s3:GetAccelerateConfiguration"],
    ("s3", "GetBucketCors"): ["s3:GetBucketCORS"],
    ("s3", "GetBucketEncryption"): ["s3:GetEncryptionConfiguration"],
    ("s3", "GetBucketLifecycleConfiguration"): ["s3:GetLifecycleConfiguration"],
    ("s3", "GetBucketNotificationConfiguration"): ["s3:GetBucketNotification"],
    ("s3", "GetBucketReplication"): ["s3:GetReplicationConfiguration"],
    ("s3", "GetObjectLockConfiguration"): ["s3:GetBucketObjectLockConfiguration"],
    ("s3", "GetPublicAccessBlock"): ["s3:GetBucketPublicAccessBlock"],
    ("s3", "ListBucketAnalyticsConfigurations"): ["s3:GetAnalyticsConfiguration"],
    ("s3", "ListBucketIntelligentTieringConfigurations"): ["s3:GetIntelligentTieringConfiguration"],
    ("s3", "ListBucketInventoryConfigurations"): ["s3:GetInventoryConfiguration"],
    ("s3", "ListBucketMetricsConfigurations"): ["s3:GetMetricsConfiguration"],
    ("s3", "ListBuckets"): ["s3:ListAllMyBuckets"],
    ("s3", "ListMultipartUploads"): ["s3:ListBucketMultipartUploads"],
    ("s3", "ListObjectsV2"): ["s3:ListBucket"],
    ("s3", "HeadBucket"): ["s3:ListBucket"],
    ("s3control", "GetPublicAccessBlock"): ["s3:GetAccountPublicAccessBlock"],
    ("wafv2", "ListResourcesForWebACL"): [
        "wafv2:ListResourcesForWebACL", "amplify:ListResourcesForWebACL",
        "apprunner:ListAssociatedServicesForWebAcl", "appsync:ListResourcesForWebACL",
        "bedrock-agentcore:GatewayListResourcesForWebACL", "cognito-idp:ListResourcesForWebACL",
        "ec2:DescribeVerifiedAccessInstanceWebAclAssociations", "elasticloadbalancing:DescribeWebACLAssociation"],
    # Who we are may be asked without any permission, and cannot be denied.
    ("sts", "GetCallerIdentity"): [],
}
ORGANIZATION = {"organizations:ListAccounts", "sts:AssumeRole"}


def services():
    found = set()
    for path in glob.glob(os.path.join(CATALOG, "*.yaml")):
        with open(path, encoding="utf-8") as file:
            found |= set(re.findall(r"^service: (\S+)", file.read(), re.M))
    return found


def prefix_of(name, model):
    meta = model.metadata
    return PREFIXES.get(name, meta.get("signingName", meta["endpointPrefix"]))


def actions_of(model, name, call):
    return ACTIONS.get((name, call), ACTIONS.get((name, "*"), ["%s:%s" % (prefix_of(name, model), call)]))


def check_grammar(test, policy):
    """What docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html allows of it."""
    test.assertEqual(set(policy), {"Version", "Statement"})
    test.assertEqual(policy["Version"], "2012-10-17")
    test.assertIsInstance(policy["Statement"], list)
    sids = []
    for statement in policy["Statement"]:
        test.assertLessEqual(set(statement), {"Sid", "Effect", "Action", "Resource"})
        test.assertEqual(statement["Effect"], "Allow")
        test.assertEqual(statement["Resource"], "*")
        test.assertRegex(statement.get("Sid", "x"), r"^[A-Za-z0-9]+$")
        sids.append(statement.get("Sid"))
        test.assertTrue(statement["Action"])
        for action in statement["Action"]:
            test.assertRegex(action, r"^[a-z0-9-]+:[A-Za-z0-9]+$")
    test.assertEqual(len(sids), len(set(sids)), "statements of one policy have names of their own")


class Program(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = home.name

    def run_wgo(self, *args, **more):
        env = {"PATH": os.environ["PATH"], "HOME": self.home, **more}
        env.update({name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
        done = subprocess.run([WGO, *args], env=env, capture_output=True, text=True, check=False, cwd=self.home)
        self.assertNotRegex(done.stderr, "Sanitizer:|runtime error:")
        return done

    def policies(self, *args):
        """(policies, their actions in order, standard error)"""
        done = self.run_wgo("permissions", "aws", *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        read = json.loads(done.stdout)
        policies = read if isinstance(read, list) else [read]
        for policy in policies:
            check_grammar(self, policy)
            self.assertLessEqual(len(json.dumps(policy, separators=(",", ":"))), MOST)
        actions = [a for policy in policies for statement in policy["Statement"] for a in statement["Action"]]
        self.assertEqual(actions, sorted(set(actions)))
        return policies, actions, done.stderr


class Policy(Program):
    def test_one_policy_prints_as_itself(self):
        done = self.run_wgo("permissions", "aws", "--resource-type", "aws_iam_role")
        self.assertIsInstance(json.loads(done.stdout), dict)
        self.assertEqual(done.stderr, "")
        self.assertIn("iam:ListRoles", done.stdout)
        self.assertIn("ec2:DescribeRegions", done.stdout)
        self.assertNotIn("s3:", done.stdout)

    def test_several_are_an_array_and_said_to_be(self):
        policies, actions, said = self.policies()
        self.assertGreater(len(policies), 1)
        self.assertRegex(said, r"%d actions .* array of %d policies" % (len(actions), len(policies)))
        for first, second in zip(policies, policies[1:]):
            moved = json.loads(json.dumps(first))
            moved["Statement"][0]["Action"].append(second["Statement"][0]["Action"][0])
            self.assertGreater(len(json.dumps(moved, separators=(",", ":"))), MOST, "split too early")

    def test_types_and_parts(self):
        _, buckets, _ = self.policies("--resource-type", "aws_s3_bucket")
        self.assertIn("s3:ListAllMyBuckets", buckets)
        self.assertIn("s3:GetBucketTagging", buckets)
        self.assertFalse([a for a in buckets if not a.startswith(("s3:", "tag:GetResources", "ec2:DescribeRegions"))])
        _, everything, _ = self.policies()
        _, some, _ = self.policies("--resource-type", "!aws_s3_*")
        self.assertNotIn("s3:GetBucketTagging", some)
        self.assertLess(set(some), set(everything))

    def test_organization(self):
        _, without, _ = self.policies("--resource-type", "aws_vpc")
        _, whole, _ = self.policies("--resource-type", "aws_vpc", "--org")
        self.assertEqual(set(whole) - set(without), ORGANIZATION)
        _, units, _ = self.policies("--resource-type", "aws_vpc", "--org", "--ou", "Prod", "--account-tag", "a=b")
        self.assertEqual(set(units) - set(without), {
            "sts:AssumeRole", "organizations:ListRoots", "organizations:ListAccountsForParent",
            "organizations:ListOrganizationalUnitsForParent", "organizations:ListTagsForResource"})

    def test_actions_exist(self):
        session, known = botocore.session.get_session(), set()
        for name in services():
            model = session.get_service_model(name)
            for call in model.operation_names:
                known |= set(actions_of(model, name, call))
        _, actions, _ = self.policies("--org", "--resource-type", "*")
        self.assertGreater(len(actions), 200)
        self.assertEqual([a for a in actions if a not in known], [])
        print("%d actions, each of an operation that botocore knows" % len(actions))

    def test_wrong_usage(self):
        for args, said in (((), "whose permissions"), (("asw",), "did you mean aws"), (("terraform",), "terraform: "),
                           (("aws", "--resource-type", "aws_vcp"), "did you mean aws_vpc"), (("aws", "x"), "too many"),
                           (("aws", "--region", "x"), "--region")):
            done = self.run_wgo("permissions", *args)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertIn(said, done.stderr)

    def test_a_catalog_whose_permission_is_no_action(self):
        os.mkdir(os.path.join(self.home, "more"))
        with open(os.path.join(self.home, "more", "x.yaml"), "w", encoding="utf-8") as file:
            file.write('provider: aws\nservice: ec2\nentries:\n  - name: x\n    scope: region\n'
                       '    permission: "ec2:*"\n    request: { path: / }\n    items: "."\n    id: x\n    type: aws_x\n')
        done = self.run_wgo("permissions", "aws", "--catalog-dir", "more")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn('"ec2:*" is no IAM action', done.stderr)
        self.assertEqual(done.stdout, "")


class Scan(Program):
    """What a scan asks for is what the policy allows."""

    @classmethod
    def setUpClass(cls):
        cls.aws = AnyAws(services())
        cls.addClassCleanup(cls.aws.stop)

    def scan(self, *args):
        aws = self.aws
        aws.asked.clear()
        aws.unknown.clear()
        with open(os.path.join(self.home, "c.yaml"), "w", encoding="utf-8") as file:
            file.write('limits: [{match: "aws/*", rate: 1000, burst: 1000}]\n')
        done = self.run_wgo("scan", "-p", "aws", "--config", "c.yaml", "--no-cache", "-q", "-o", "s.json", *args,
                            AWS_ACCESS_KEY_ID="AKIAX", AWS_SECRET_ACCESS_KEY="x", AWS_REGION="us-east-1",
                            AWS_ENDPOINT_URL=aws.url)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertEqual(aws.unknown, [], "requests that no model knows")
        return aws

    def compare(self, *args):
        """(called and not allowed, allowed and not called, allowed)"""
        aws = self.scan(*args)
        _, allowed, _ = self.policies(*args)
        called, missing = set(), []
        for name, call in sorted(aws.asked):
            needed = actions_of(aws.models.services[name], name, call)
            called |= set(needed)
            missing += ["%s.%s needs %s" % (name, call, one) for one in needed if one not in allowed]
        return missing, sorted(set(allowed) - called), allowed

    def test_everything(self):
        missing, idle, allowed = self.compare()
        print("%d actions, %d of them not called: %s" % (len(allowed), len(idle), ", ".join(idle)))
        self.assertEqual(missing, [])
        # Calls that depend on values which this server does not make up.
        self.assertLess(len(idle), len(allowed) / 20)

    def test_some_types(self):
        missing, idle, _ = self.compare("--resource-type", "aws_s3_bucket", "--resource-type", "aws_iam_*")
        # Regions that are on in every account are not asked about, but others would be.
        self.assertEqual((missing, idle), ([], ["ec2:DescribeRegions"]))

    def test_an_organization(self):
        missing, idle, allowed = self.compare("--org", "--resource-type", "aws_vpc")
        self.assertEqual(missing, [])
        self.assertLess(ORGANIZATION, set(allowed))
        self.assertFalse(ORGANIZATION & set(idle), "%s and %s are read" % (CALLER, MEMBER))


if __name__ == "__main__":
    if not os.access(WGO, os.X_OK):
        leave("%s is not built" % WGO)
    unittest.main(verbosity=2)
