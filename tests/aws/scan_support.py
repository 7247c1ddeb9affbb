"""What the tests of whole scans of AWS share: fakecloud, wgo over it, and what both say of the same accounts."""
import collections
import json
import os
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from cli_support import SHARED, SOURCE, WGO, CliTest, FakeCloud, main  # noqa: E402,F401

VALIDATE = os.path.join(SOURCE, "tests", "support", "validate_snapshot.py")
SCHEMA = os.path.join(SOURCE, "docs", "snapshot.schema.json")
VERIFY = os.path.join(SHARED, "tools", "verify_snapshot.py")
MANAGEMENT, SECOND, THIRD = ("10000000000%d" % n for n in (1, 2, 3))
# Retries without long waits, and Organizations as fast as the test can be.
QUICK = """retry: { max: 3, base: 5ms, cap: 50ms }
limits:
  - { match: "aws/*", rate: 100000, burst: 100000 }
"""
# Lists of one page, without children, of several services.
SIMPLE = ("aws_instance", "aws_subnet", "aws_ebs_volume", "aws_eip", "aws_key_pair", "aws_kms_alias",
          "aws_batch_job_queue", "aws_internet_gateway")


def listed(value):
    return value if isinstance(value, list) else [value]


class AwsTest(CliTest):
    def setUp(self):
        super().setUp()
        self.config = self.write("config.yaml", QUICK)
        self.cloud, self.port = None, None

    def serve(self, *args, scenario=None, **aws):
        """A cloud; what 'aws' says is the scenario's of AWS."""
        if self.cloud:
            self.cloud.stop()
            for name in os.listdir(self.cloud.dir):
                os.unlink(os.path.join(self.cloud.dir, name))
            os.rmdir(self.cloud.dir)
        scenario = dict(scenario or {})
        if aws:
            scenario["aws"] = aws
        self.cloud = self.fakecloud(*args, scenario=scenario)
        self.port = self.cloud.port
        return self.cloud

    def credentials(self, account=MANAGEMENT, **more):
        env = {"AWS_ACCESS_KEY_ID": "AKIAFAKE" + account,
               "AWS_SECRET_ACCESS_KEY": "secret-of-" + account, "AWS_REGION": "us-east-1",
               "AWS_ENDPOINT_URL": "http://127.0.0.1:%d" % self.port,
               "AWS_EC2_METADATA_DISABLED": "true"}
        env.update(more)
        return {key: value for key, value in env.items() if value is not None}

    def arguments(self, *args, output="out.json", types=SIMPLE):
        chosen = [word for name in types or () for word in ("--resource-type", name)]
        return ["scan", "--provider", "aws", "--config", self.config, "--output-file", output,
                "--state-dir", self.path("state"), *chosen, *args]

    def scan(self, *args, code=0, output="out.json", types=SIMPLE, account=MANAGEMENT, **env):
        """One scan; its snapshot, checked by the schema and by the rules, with the run beside it."""
        result = self.wgo(*self.arguments(*args, output=output, types=types),
                          env=self.credentials(account, **env))
        self.assert_code(result, code)
        if not os.path.exists(self.path(output)):
            return None, result
        self.check(output)
        return self.load(output), result

    def validate(self, *args, code=0, account=MANAGEMENT, **env):
        result = self.wgo("validate", "--provider", "aws", "--config", self.config, "--state-dir",
                          self.path("state"), *args, env=self.credentials(account, **env))
        self.assert_code(result, code)
        return result

    def check(self, output, *more):
        for command in ([sys.executable, VALIDATE, SCHEMA, self.path(output)],
                        [sys.executable, VERIFY, self.path(output), *more]):
            if not os.path.exists(command[1]):
                print("SKIPPED: no %s" % os.path.basename(command[1]), flush=True)
                continue
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode == 77:
                print(done.stdout.strip(), flush=True)
            else:
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    # ---- what the cloud says ----

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.cloud.port, path)) as answer:
            return json.load(answer)

    def ask(self, target, **body):
        """Organizations' answer to the management account."""
        request = urllib.request.Request(
            "http://127.0.0.1:%d/" % self.port, data=json.dumps(body).encode(), headers={
                "X-Amz-Target": "AWSOrganizationsV20161128." + target,
                "Content-Type": "application/x-amz-json-1.1",
                "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAFAKE%s/20260101/us-east-1/"
                                 "organizations/aws4_request, SignedHeaders=host, "
                                 "Signature=00" % MANAGEMENT})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def ask_list(self, target, member, **body):
        items, token = [], {}
        while token is not None:
            page = self.ask(target, **body, **token)
            items += page[member]
            token = {"NextToken": page["NextToken"]} if page.get("NextToken") else None
        return items

    def calls(self, operation=None, **where):
        """The request log of AWS's operations; of one, and of what 'where' says."""
        return [r for r in self.cloud.requests()
                if operation in (None, r["operation"])
                and all(r[key] == value for key, value in where.items())]

    def operations(self, **where):
        return collections.Counter(r["operation"] for r in self.calls(**where))

    # ---- what the snapshot says ----

    def rows(self, snapshot):
        """{(account, region, type): row}, unfolded."""
        rows = {}
        for row in snapshot["metadata"]["completeness"]:
            for account in listed(row.get("account")):
                for region in listed(row.get("region")):
                    for kind in listed(row.get("type")):
                        self.assertNotIn((account, region, kind), rows)
                        rows[account, region, kind] = row
        return rows

    def bad_rows(self, snapshot):
        return {key: row for key, row in self.rows(snapshot).items() if row["status"] != "ok"}

    def count(self, snapshot, kind=None, **where):
        return len([r for r in snapshot["resources"] if kind in (None, r["type"])
                    and all(r.get(key) == value for key, value in where.items())])

    def places(self, snapshot):
        """{(account, region)} of the resources."""
        return {(r["account"], r.get("region")) for r in snapshot["resources"]}

    def accounts(self, snapshot):
        return {r["account"] for r in snapshot["resources"]}

    def resource_bytes(self, output):
        with open(self.path(output), "rb") as file:
            text = file.read()
        return text[text.index(b'"resources"'):]


def load_catalog(count):
    """Catalogs of 'count' list calls a region over four services, types load_00 and so on."""
    services = (
        ("ec2", "DescribeKeyPairs", "KeyPairs[]", "KeyPairId", "form: { Action: \"{call}\", "
         "Version: \"2016-11-15\" }", ""),
        ("autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups[]", "AutoScalingGroupName",
         "form: { Action: \"{call}\", Version: \"2011-01-01\" }", ""),
        ("kms", "ListAliases", "Aliases[]", "AliasName", "json: {}",
         "headers: { X-Amz-Target: \"TrentService.{call}\", "
         "Content-Type: application/x-amz-json-1.1 }, "),
        ("acm", "ListCertificates", "CertificateSummaryList[]", "CertificateArn", "json: {}",
         "headers: { X-Amz-Target: \"CertificateManager.{call}\", "
         "Content-Type: application/x-amz-json-1.1 }, "))
    files = {}
    for index, (service, call, items, key, body, headers) in enumerate(services):
        text = ("provider: aws\nservice: %s\nsource: a test\ndefaults:\n  scope: region\n"
                "  permission: \"%s:{call}\"\n  request: { method: POST, path: /, %s%s }\n"
                "entries:\n" % (service, service, headers, body))
        for n in range(index, count, len(services)):
            text += ("  - name: load.%02d\n    call: %s\n    type: load_%02d\n"
                     "    summary: Load\n    items: %s\n"
                     "    id: \"load:{account}:{region}:%02d:{item.%s}\"\n" % (
                         n, call, n, items, n, key))
        files["load_%s.yaml" % service] = text
    return files
