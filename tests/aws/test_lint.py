"""The linter sees what it is there for: one right catalog, and each of its members made wrong in turn."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
import packages  # noqa: E402

packages.need("botocore", "yaml")

COMMON = """\
provider: aws
defaults: { effect: none, limits: ["aws/{account}/{region}/{service}"] }
links:
  arn: "{value}"
  vpc: "arn:{partition}:ec2:{region}:{account}:vpc/{value}"
  kms_key: "arn:{partition}:kms:{region}:{account}:key/{value}"
"""
SERVICES = """\
services:
  ecs: { protocol: json, id: ECS }
  ec2: { protocol: ec2, id: EC2 }
  elbv2: { protocol: query, endpoint: elasticloadbalancing, id: Elastic Load Balancing v2 }
  lambda: { protocol: rest-json, id: Lambda }
  efs: { protocol: rest-json, endpoint: elasticfilesystem, id: EFS }
"""
FILES = {
    "ecs.yaml": """\
provider: aws
service: ecs
defaults:
  scope: region
  permission: "ecs:{call}"
  request:
    method: POST
    path: /
    headers: { X-Amz-Target: "AmazonEC2ContainerServiceV20141113.{call}", Content-Type: application/x-amz-json-1.1 }
    json: {}
entries:
  - call: ListClusters
    request: { json: { maxResults: 100 } }
    page: { token_out: nextToken, token_in: nextToken }
    items: clusterArns[]
    children:
      - { entry: ecs.DescribeClusters, batch: 100, vars: { clusters: "{item}" } }
  - call: DescribeClusters
    type: aws_ecs_cluster
    summary: Clusters
    native_type: AWS::ECS::Cluster
    request: { json: { clusters: "{clusters:json}", include: [TAGS, SETTINGS] } }
    items: clusters[]
    id: "{item.clusterArn}"
    resource_name: "{item.clusterName}"
    tags: { list: tags, key: key, value: value }
    cut: ["statistics[]"]
""",
    "ec2.yaml": """\
provider: aws
service: ec2
defaults:
  scope: region
  permission: "ec2:{call}"
  request: { method: POST, path: /, form: { Action: "{call}", Version: "2016-11-15" } }
entries:
  - call: DescribeSubnets
    type: aws_subnet
    summary: Subnets
    request: { form: { MaxResults: "1000", Filter.1.Name: state, Filter.1.Value.1: available } }
    page: { token_out: NextToken, token_in: NextToken }
    items: Subnets[]
    id: "arn:{partition}:ec2:{region}:{account}:subnet/{item.SubnetId}"
    resource_name: "{tag.Name,item.SubnetId}"
    tags: { list: Tags }
    dependencies: { VpcId: vpc }
""",
    "elbv2.yaml": """\
provider: aws
service: elbv2
defaults:
  scope: region
  permission: "elasticloadbalancing:{call}"
  request: { method: POST, path: /, form: { Action: "{call}", Version: "2015-12-01" } }
entries:
  - call: DescribeLoadBalancers
    type: aws_lb
    terraform: [aws_alb]
    summary: Load balancers
    request: { form: { PageSize: "400" } }
    page: { token_out: NextMarker, token_in: Marker }
    items: LoadBalancers[]
    id: "{item.LoadBalancerArn}"
    resource_name: "{item.LoadBalancerName}"
    created: "{item.CreatedTime}"
    children:
      - { entry: elbv2.DescribeTags, batch: 20, vars: { arns: "{item.LoadBalancerArn}" } }
  - call: DescribeTags
    part: tags
    bare: true
    request: { form: { "ResourceArns.member.N": "{arns}" } }
    items: TagDescriptions[]
    id: "{item.ResourceArn}"
    tags: { list: Tags }
""",
    "lambda.yaml": """\
provider: aws
service: lambda
defaults: { scope: region, permission: "lambda:{call}" }
entries:
  - call: ListFunctions
    type: aws_lambda_function
    summary: Functions
    request: { path: /2015-03-31/functions, query: { MaxItems: "50" } }
    page: { token_out: NextMarker, token_in: Marker }
    items: Functions[]
    id: "{item.FunctionArn}"
    resource_name: "{item.FunctionName}"
    sensitive: ["Environment.Variables"]
    dependencies: { KMSKeyArn: arn }
    children:
      - { entry: lambda.GetPolicy, vars: { function: "{item.FunctionName}" } }
  - call: GetPolicy
    part: policy
    request: { path: "/2015-03-31/functions/{function}/policy" }
    items: "."
    id: "{parent}"
    absent: [ResourceNotFoundException]
""",
    "efs.yaml": """\
provider: aws
service: efs
defaults: { scope: region, permission: "elasticfilesystem:{call}" }
entries:
  - call: DescribeFileSystems
    type: aws_efs_file_system
    summary: File systems
    request: { path: /2015-02-01/file-systems, query: { MaxItems: "1000" } }
    page: { token_out: NextMarker, token_in: Marker }
    items: FileSystems[]
    id: "{item.FileSystemArn}"
    resource_name: "{item.Name,item.FileSystemId}"
    created: "{item.CreationTime:time}"
    tags: { list: Tags }
""",
}

# (file, what stands there, what is put in its place, what the linter must say)
WRONG = (
    # services, operations, protocols
    ("services.yaml", "id: ECS }", "id: Ecs }", "id is Ecs, the model has ECS"),
    ("services.yaml", "endpoint: elasticfilesystem, ", "", "endpoint is efs"),
    ("services.yaml", "protocol: ec2", "protocol: query", "protocol query is none of"),
    ("ecs.yaml", "call: ListClusters", "call: ListClusterz", "no operation ListClusterz"),
    ("ecs.yaml", "service: ecs", "service: ecss", "knows no service ecss"),
    ("ecs.yaml", "amz-json-1.1", "amz-json-1.0", "Content-Type is application/x-amz-json-1.0"),
    ("ecs.yaml", "V20141113", "V20141114", "X-Amz-Target is"),
    ("ec2.yaml", "2016-11-15", "2016-11-16", "the form's Version is"),
    # parameters
    ("ecs.yaml", "maxResults: 100", "maxResult: 100", "json: no member maxResult"),
    ("ecs.yaml", "maxResults: 100", 'maxResults: "100"', "is a number, not '100'"),
    ("ecs.yaml", "[TAGS, SETTINGS]", "[TAGS, SETTING]", "SETTING is none of"),
    ("ecs.yaml", '"{clusters:json}"', '"{clusters}"', ":json"),
    ("ec2.yaml", "Filter.1.Value.1", "Filter.1.Values.1", "no parameter Values"),
    ("ec2.yaml", 'MaxResults: "1000"', 'MaxResults: "1001"', "the model's most is 1000"),
    ("elbv2.yaml", "ResourceArns.member.N", "ResourceArns.N", "elements are called member.N"),
    ("elbv2.yaml", 'form: { "ResourceArns.member.N": "{arns}" }', "form: {}", "the model requires ResourceArns"),
    ("lambda.yaml", "query: { MaxItems:", "query: { maxItems:", "no parameter maxItems"),
    ("lambda.yaml", "/2015-03-31/functions,", "/2015-03-31/function,", "path is /2015-03-31/function,"),
    ("lambda.yaml", "functions/{function}/policy", "functions/policy", "path is"),
    ("efs.yaml", "request: { path", "request: { method: POST, path", "method is POST"),
    # pages
    ("ec2.yaml", "    page: { token_out: NextToken, token_in: NextToken }\n", "", "the model pages this"),
    ("efs.yaml", "token_out: NextMarker", "token_out: NextMarkers", "no member NextMarkers"),
    ("efs.yaml", "token_in: Marker", "token_in: Markers", "no parameter Markers"),
    ("efs.yaml", "token_out: NextMarker", "token_out: Marker", "token_out is ['Marker']"),
    # paths of answers
    ("ecs.yaml", "items: clusters[]", "items: clusters", "is a list and wants []"),
    ("ec2.yaml", "items: Subnets[]", "items: Subnets[].SubnetId[]", "[] where there is no list"),
    ("ec2.yaml", "items: Subnets[]", "items: subnetSet[]", "no member subnetSet"),
    ("ecs.yaml", "item.clusterArn", "item.clusterARN", "no member clusterARN"),
    ("ecs.yaml", "key: key, value: value", "value: value", "items have no Key"),
    ("ec2.yaml", "{ VpcId: vpc }", "{ VpcID: vpc }", "no member VpcID"),
    ("ec2.yaml", "{ VpcId: vpc }", "{ VpcId: vpcs }", "no link is called vpcs"),
    ("lambda.yaml", "Environment.Variables", "Environment.Variable", "no member Variable "),
    ("ecs.yaml", 'cut: ["statistics[]"]', 'cut: ["statistic[]"]', "no member statistic "),
    ("efs.yaml", "CreationTime:time", "CreationTime", "seconds since 1970"),
    ("ec2.yaml", "    tags: { list: Tags }\n", "", "but the entry has no tags"),
    # children, batches, variables
    ("lambda.yaml", "entry: lambda.GetPolicy", "entry: lambda.GetPolicies", "no entry is called lambda.GetPolicies"),
    ("lambda.yaml", "{ entry: lambda.GetPolicy, ", "{ entry: lambda.GetPolicy, needs: '{item.Rule}', ",
     "lambda.GetPolicy's needs: "),
    ("lambda.yaml", "{ function: ", "{ functions: ", "{function} is not supplied"),
    ("ecs.yaml", "batch: 100, ", "batch: 1001, ", "must be a number from 1 to 1000"),
    ("elbv2.yaml", 'id: "{item.ResourceArn}"', 'id: "{parent}"', "asks many at once"),
    ("elbv2.yaml", '"{arns}"', '"{arns}x"', "one variable that is a JSON array"),
    # names
    ("ecs.yaml", "aws_ecs_cluster", "aws_ecs_clusters", "Terraform has no type aws_ecs_clusters"),
    ("ecs.yaml", "type: aws_ecs_cluster\n", "type: ECS::Cluster\n", "neither Terraform's nor CloudFormation's"),
    ("ec2.yaml", '"arn:{partition}:ec2:{region}:{account}:subnet/{item.SubnetId}"', '"{item.SubnetId}"',
     "begins neither as an ARN"),
    ("lambda.yaml", "[ResourceNotFoundException]", "[NoSuchThing]", "NoSuchThing is none of the operation's errors"),
    ("ec2.yaml", '"ec2:{call}"', '"{call}"', "is not prefix:Action"),
    ("efs.yaml", "    summary: File systems\n", "", "wants summary"),
    # what is left out, and what is not
    ("ecs.yaml", "entries:\n", "entries:\n  - { call: ListServices, request: { json: { launchType: EC2 } } }\n",
     "launchType: nobody asks for FARGATE, EXTERNAL"),
    ("ecs.yaml", "{ clusters: \"{clusters:json}\", include: [TAGS, SETTINGS] }",
     "{ clusters: \"{clusters:json}\", include: [ATTACHMENTS, CONFIGURATIONS, SETTINGS, STATISTICS, TAGS] }",
     "need not name it"),
    ("lambda.yaml", "    sensitive: [\"Environment.Variables\"]\n", "", "Environment.Variables.* is of an environment"),
    # what is never asked
    ("ecs.yaml", "call: ListClusters", "call: DeleteCluster", "is no verb that reads"),
    ("ec2.yaml", "call: DescribeSubnets", "call: GetPasswordData", "answers secrets"),
    # the file itself
    ("ecs.yaml", "    summary: Clusters\n", "    sumary: Clusters\n", "sumary is no member"),
    ("efs.yaml", "    items: FileSystems[]\n", "    items: FileSystems[]\n    items: FileSystems[]\n", "said twice"),
)


def lint(files, *arguments, reference=None):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "lint_catalog.py"), "--catalog", folder,
             "--reference", reference or os.path.join(folder, "absent"), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


class InOneProcess:
    """The linter as a function: botocore's models are read once for all cases."""

    def __init__(self):
        sys.argv = [os.path.join(HERE, "lint_catalog.py")]
        sys.path.insert(0, HERE)
        import lint_catalog
        self.module = lint_catalog
        self.names = lint_catalog.check_policy.Names(None)
        self.models = lint_catalog.Models()

    def __call__(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            catalog = self.module.read_catalog(folder)
            run = self.module.Lint(catalog, folder, self.names)
            run.models = self.models
            for entry in catalog.entries:
                run.entry(entry)
            run.choices.check(catalog.say)
            run.all_services()
        return [str(one) for one in catalog.problems if one.severity == "error"]


class Lint(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.right = {"aws.yaml": COMMON, "services.yaml": SERVICES, **FILES}
        cls.lint = InOneProcess()

    def test_the_right_catalog_is_right(self):
        self.assertEqual(self.lint(self.right), [])

    def test_every_wrong_one_is_caught(self):
        for name, old, new, said in WRONG:
            if "Terraform has" in said and not self.lint.names.terraform:
                print("SKIPPED: no list of Terraform's types")
                continue
            with self.subTest(file=name, change="%s -> %s" % (old.strip(), new.strip())):
                self.assertIn(old, self.right[name])
                problems = self.lint({**self.right, name: self.right[name].replace(old, new, 1)})
                self.assertTrue(any(said in one for one in problems),
                                "%r is not in:\n%s" % (said, "\n".join(problems) or "nothing wrong"))

    def test_the_program(self):
        code, said = lint(self.right)
        self.assertEqual(code, 0, said)
        self.assertIn("8 entries of 5 services checked, 0 unknown, 0 errors", said)
        wrong = FILES["ecs.yaml"].replace("call: ListClusters", "call: ListNothing")
        code, said = lint({**self.right, "ecs.yaml": wrong})
        self.assertEqual(code, 1, said)
        self.assertIn("8 entries of 5 services checked, 1 unknown", said)
        code, said = lint({**self.right, "ecs.yaml": wrong}, "--service", "ec2")
        self.assertEqual(code, 0, said)

    def test_calls_without_an_entry(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "aws_apis.tsv"), "w", encoding="utf-8") as file:
                file.write("rank\tservice\toperation\n1\tecs\tListClusters\n2\tecs\tListTaskDefinitions\n")
            code, said = lint(self.right, reference=folder)
        self.assertEqual(code, 1, said)
        self.assertIn("ecs.ListTaskDefinitions has no entry", said)
        self.assertIn("1 of 2 root calls", said)


if __name__ == "__main__":
    unittest.main()
