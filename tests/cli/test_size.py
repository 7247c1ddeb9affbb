"""A first scan that can be large is planned before it begins, and its provider is asked whether it bears it."""
import collections
import re
import sqlite3

from cli_support import SHOP, CliTest, main

KEY = {"AWS_ACCESS_KEY_ID": "AKIAFAKE100000000001", "AWS_SECRET_ACCESS_KEY": "secret-of-100000000001"}
APP = "a0000000-0000-4000-a000-000000000001"
# What is asked before the size is known goes well; what follows it, the check, does not: such a scan ends before it begins.
FAILED = {"kind": "status", "status": 500}


class SizeTest(CliTest):
    def serve(self, *args, fault=None, **scenario):
        scenario = dict(scenario, faults=[dict(fault, **FAILED)]) if fault else scenario
        self.cloud = self.fakecloud(*args, scenario=scenario or None)
        self.base = "http://127.0.0.1:%d" % self.cloud.port
        return self.cloud

    def scan(self, provider, *args, env, **more):
        before = len(self.cloud.requests())
        result = self.wgo("scan", "-p", provider, "-o", "out.json", "--state-dir", self.path("state"), *args,
                          env=dict(env, **more))
        self.asked = collections.Counter(each.get("operation") for each in self.cloud.requests()[before:])
        return result

    def assert_refused(self, result, provider, most):
        """Planned, found large, asked, found unwell: a few calls, and no list."""
        self.assert_error(result, 1, "%s is unknown, so large a scan does not begin now: " % provider,
                          "--no-health begins it all the same")
        self.assertLessEqual(sum(self.asked.values()), most, self.asked)


class Aws(SizeTest):
    LAST = {"operation": "DescribeOrganization", "after": 1}  # once by the plan

    def aws(self, *args, **more):
        return self.scan("aws", *args, env=dict(KEY, AWS_ENDPOINT_URL=self.base, AWS_REGION="us-east-1"), **more)

    def test_all_regions_of_one_account(self):
        self.serve("--aws-regions", "28", fault=self.LAST)
        self.assert_refused(self.aws("--region", "all", "-q"), "aws", 12)
        self.assertEqual(self.asked["DescribeVpcs"], 0)

    def test_how_large_it_is_is_told(self):
        self.serve("--aws-regions", "28")
        result = self.aws("--region", "all", "--resource-limit", "1")
        self.assertRegex(result.err, r"aws: 1[0-9],[0-9]{3} calls or more, about ")
        self.assertIn("; it is clear, by ", result.err)

    def test_few_regions_that_are_enabled_are_not_many_calls(self):
        self.serve("--aws-regions", "2")
        result = self.aws("--region", "all", "--resource-limit", "1")
        self.assertNotIn("calls or more", result.err)
        self.assertEqual(self.asked["DescribeRegions"], 2, "once for the plan")

    def test_what_cannot_be_large_asks_nobody(self):
        self.serve("--aws-regions", "3")
        for args in ((), ("--region", "eu-west-1"), ("--region", "us-east-1", "--region", "eu-west-1"),
                     ("--region", "all", "--resource-type", "aws_vpc")):
            with self.subTest(args=args):
                self.aws(*args, "--resource-limit", "1", "-q", "--no-cache")
                self.assertEqual(self.asked["GetCallerIdentity"], 1)
                self.assertLessEqual(self.asked["DescribeRegions"], 1)

    def test_no_health_plans_nothing(self):
        self.serve("--aws-regions", "28")
        self.aws("--region", "all", "--no-health", "--resource-limit", "1", "-q")
        self.assertEqual((self.asked["GetCallerIdentity"], self.asked["DescribeRegions"]), (1, 1))

    def test_several_profiles(self):
        count = 24
        self.serve("--aws-accounts", str(count), fault=dict(self.LAST, after=count))
        profiles = ["p%d" % i for i in range(count)]
        self.write("credentials", "".join(
            "[p%d]\naws_access_key_id = AKIAFAKE%d\naws_secret_access_key = secret-of-%d\nregion = us-east-1\n"
            % (i, 100000000001 + i, 100000000001 + i) for i in range(count)))
        env = {"AWS_SHARED_CREDENTIALS_FILE": self.path("credentials"), "AWS_CONFIG_FILE": "/dev/null",
               "AWS_ENDPOINT_URL": self.base}
        args = [word for name in profiles for word in ("--profile", name)]
        # Who they are twice, for the plan and the check; regions and organisations then.
        self.assert_refused(self.scan("aws", *args, "-q", env=env), "aws", 6 * count)
        self.assertEqual(self.asked["DescribeVpcs"], 0)
        # A limit that is not reached: one that is may end it all before the second of them is asked.
        self.scan("aws", *args[:4], "--resource-limit", "100000", "-q", env=env)
        self.assertEqual(self.asked["GetCallerIdentity"], 2, "two of them are not many")


class Azure(SizeTest):
    def azure(self, *args):
        env = {"WGO_AZURE_ENDPOINT": self.base + "/azure/arm", "AZURE_AUTHORITY_HOST": self.base + "/azure/login",
               "AZURE_TENANT_ID": "fa8cb16f-9352-4bc2-ab21-1a3c7b0af234", "AZURE_CLIENT_ID": APP,
               "AZURE_CLIENT_SECRET": "fake-secret"}
        return self.scan("azure", *args, env=env)

    def test_all_subscriptions_that_can_be_seen(self):
        self.serve("--azure-subscriptions", "420", "--azure-tenant", "fa8cb16f-9352-4bc2-ab21-1a3c7b0af234",
                   fault={"operation": "query"})
        self.assert_refused(self.azure("-q"), "azure", 30)

    def test_nor_is_what_is_asked_in_bulk_only(self):
        self.serve("--azure-subscriptions", "2", "--azure-objects", "20", "--azure-tenant",
                   "fa8cb16f-9352-4bc2-ab21-1a3c7b0af234")
        self.azure("--azure-source", "graph", "-q")
        self.assertEqual(self.asked["list subscriptions"], 1)

    def test_few_are_asked_for_once_more_the_first_time_only(self):
        self.serve("--azure-subscriptions", "2", "--azure-objects", "20", "--azure-tenant",
                   "fa8cb16f-9352-4bc2-ab21-1a3c7b0af234")
        result = self.azure()
        self.assert_code(result, 0)
        self.assertNotIn("calls or more", result.err)
        self.assertEqual(self.asked["list subscriptions"], 2)
        self.azure("-q")
        self.assertEqual(self.asked["list subscriptions"], 1)

    def test_one_that_is_named_is_not(self):
        self.serve("--azure-subscriptions", "2", "--azure-objects", "20", "--azure-tenant",
                   "fa8cb16f-9352-4bc2-ab21-1a3c7b0af234")
        self.azure("--subscription", "81cf84fa-260a-4e42-a1b6-0aae63d4c4ea", "-q")
        self.assertEqual(self.asked["list subscriptions"], 1)


class Gcp(SizeTest):
    def gcp(self, *args):
        return self.scan("gcp", *args, env={"GOOGLE_APPLICATION_CREDENTIALS": self.key,
                                            "WGO_GCP_ENDPOINT": self.base + "/gcp/{service}"})

    def serve(self, *args, **more):
        self.key = self.path("key.json")
        return super().serve("--gcp-write-key", self.key, *args, **more)

    def named(self, count):
        return [word for i in range(count) for word in ("--project", "fake-project-%05d" % i)]

    def test_projects_by_name(self):
        self.serve("--gcp-projects", "60", fault={"operation": "organizations.search"})
        # Each project, and which services are on there, once.
        self.assert_refused(self.gcp(*self.named(60), "--gcp-source", "native", "-q"), "gcp", 130)
        self.assertEqual(self.asked["instances.aggregatedList"], 0)

    def test_few_by_name_ask_nobody(self):
        self.serve("--gcp-projects", "3")
        self.gcp(*self.named(3), "-q")
        self.assertEqual(self.asked["services.list"], 3)

    def test_the_plan_lists_nothing(self):
        self.serve("--gcp-projects", "3")
        result = self.gcp("--dry-run")
        self.assert_code(result, 0)
        self.assertEqual(set(self.asked), {"token", "projects.search", "folders.search", "organizations.search",
                                           "services.list"})
        self.assertEqual(self.asked["services.list"], 3)
        self.assertRegex(result.out, "4 accounts: fake-project-00000, ")

    def test_what_a_call_to_each_would_tell_is_not_asked(self):
        self.serve("--gcp-projects", "3")
        for args in ((), ("--project", "fake-*")):
            with self.subTest(args=args):
                self.gcp(*args, "-q", "--no-cache")
                self.assertEqual((self.asked["services.list"], self.asked["assets.list"]), (3, 3))


class PowerBi(SizeTest):
    """How many workspaces there are is known without asking, or not at all."""
    TENANT = "fa8cb16f-9352-4bc2-ab21-1a3c7b0af234"
    MANY = 250100  # 2,501 scans, of four calls each

    def setUp(self):
        super().setUp()
        self.serve("--azure-subscriptions", "1", "--azure-tenant", self.TENANT, "--powerbi-workspaces", "40",
                   "--powerbi-scan-seconds", "0", fault={"operation": "capacities"})

    def powerbi(self, *args, **settings):
        lines = "".join("    %s: %s\n" % item for item in settings.items())
        config = self.write("config.yaml", "providers:\n  powerbi:\n" + lines)
        env = {"WGO_POWERBI_ENDPOINT": self.base + "/powerbi", "AZURE_AUTHORITY_HOST": self.base + "/azure/login",
               "AZURE_TENANT_ID": self.TENANT, "AZURE_CLIENT_ID": APP, "AZURE_CLIENT_SECRET": "fake-secret"}
        return self.scan("powerbi", "--config", config, *args, env=env)

    def assert_refused_unasked(self, result):
        self.assert_refused(result, "powerbi", 2)
        self.assertEqual(self.asked["capacities"], 1, "that is the check")

    def test_workspaces_that_are_named(self):
        names = self.write("names", "".join("%08x-0000-4000-a000-000000000000\n" % i for i in range(self.MANY)))
        self.assert_refused_unasked(self.powerbi("-q", workspaces_file=names))

    def test_a_scan_of_another_kind_has_counted_them(self):
        self.powerbi("-q", "--resource-limit", "1")
        with sqlite3.connect(self.path("state") + "/wgo.db") as db:
            found = db.execute("UPDATE cache SET value = CAST(? AS BLOB) WHERE CAST(key AS TEXT) LIKE"
                               " 'powerbi/workspaces/%'", (str(self.MANY),))
            self.assertEqual(found.rowcount, 1)
        db.close()
        self.assert_refused_unasked(self.powerbi("-q", dataset_schema="false"))

    def test_nobody_knows(self):
        self.powerbi("-q")
        self.assertEqual((self.asked["modified"], self.asked["getInfo"]), (1, 1), "nothing more than the scan's own")


class Kubernetes(SizeTest):
    def test_a_cluster_is_asked_nothing_more(self):
        self.serve("--objects", "200")
        self.assert_code(self.scan("k8s", "-q", env={"KUBECONFIG": self.cloud.kubeconfig}), 0)
        paths = [each["path"] for each in self.cloud.requests()]
        self.assertEqual(len(paths), len(set(paths)))
        self.assertEqual([path for path in paths if path.endswith("/version")], [])


class Order(SizeTest):
    """Without --preferred-order those start first that took longest before."""

    def starts(self, *args):
        result = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "-p", "kubernetes", "-o", "out.json",
                          "--state-dir", self.path("state"), *args,
                          env={"KUBECONFIG": self.cloud.kubeconfig, "WGO_DEBUG": "true"})
        self.assertEqual(result.code, 0, result)
        return re.findall(r" start provider=(\S+)", result.err)

    def test_who_took_longest_starts_first(self):
        self.serve("--latency-ms", "100")
        asked, longest = ["terraform", "kubernetes"], ["kubernetes", "terraform"]
        self.assertEqual(self.starts("--concurrent"), asked, "nothing is known yet")
        self.assertEqual(self.starts("--concurrent"), longest)
        self.assertEqual(self.starts("--concurrent", "--preferred-order", "terraform"), asked)
        self.assertEqual(self.starts("--concurrent=false"), asked, "one after the other, as they stand")
        self.assertEqual(self.starts("--concurrent", "--no-cache"), asked)


if __name__ == "__main__":
    main()
