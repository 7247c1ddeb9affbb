"""AWS from the command line, against fakecloud: plans, account lists that are kept, organisations by size."""
import collections
import unittest

from cli_support import SHOP, CliTest, main

MANAGEMENT = "100000000001"
ASKED_FIRST = {"GetCallerIdentity", "ListAccounts", "AssumeRole", "DescribeRegions"}


class AwsTest(CliTest):
    def aws(self, *args, scenario=None):
        cloud = self.fakecloud(*args, scenario=scenario)
        self.aws_env = {"AWS_ACCESS_KEY_ID": "AKIAFAKE" + MANAGEMENT, "AWS_REGION": "us-east-1",
                        "AWS_SECRET_ACCESS_KEY": "secret-of-" + MANAGEMENT,
                        "AWS_ENDPOINT_URL": "http://127.0.0.1:%d" % cloud.port}
        return cloud

    def run_aws(self, *args, **env):
        return self.wgo(*args, env={**self.aws_env, **env})

    @staticmethod
    def operations(cloud):
        return collections.Counter(request["operation"] for request in cloud.requests())


class DryRun(AwsTest):
    SCAN = ("scan", "-p", "aws", "--org", "--region", "all", "--resource-type", "aws_vpc")

    def test_plan_is_what_the_scan_does(self):
        cloud = self.aws("--aws-accounts", "3", "--aws-regions", "2")
        result = self.run_aws(*self.SCAN, "--dry-run", "--format", "json")
        self.assert_code(result, 0)
        self.assertEqual(set(self.operations(cloud)), ASKED_FIRST)
        self.assert_clean()
        said = result.json()
        self.assertTrue(said["dry_run"])
        plan = said["providers"][0]
        self.assertEqual(plan["provider"], "aws")
        self.assertEqual(plan["accounts"], ["100000000001", "100000000002", "100000000003"])
        self.assertEqual(plan["types"], ["aws_vpc"])
        self.assertEqual(len(plan["regions"]), 2)
        self.assertGreater(plan["estimated_seconds"], 0)
        self.assertIn("not counted", plan["estimate_leaves_out"])
        self.run_aws(*self.SCAN, "-q", "-o", "s.json")
        lists = {(r["account"], r["region"]) for r in cloud.requests() if r["operation"] == "DescribeVpcs"}
        self.assertEqual(lists, {(a, r) for a in plan["accounts"] for r in plan["regions"]})
        # Tags in bulk, where they are listed, are a list of each region too.
        all_lists = {(r["account"], r["region"], r["operation"]) for r in cloud.requests()
                     if r["operation"] in ("DescribeVpcs", "GetResources")}
        self.assertEqual(plan["list_calls"], len(all_lists))

    def test_for_people(self):
        self.aws("--aws-accounts", "3", "--aws-regions", "2")
        result = self.run_aws(*self.SCAN, "--dry-run")
        self.assert_code(result, 0)
        self.assertEqual(result.err, "")
        for text in ("3 accounts: 100000000001, 100000000002", "2 regions: ", "1 type: aws_vpc",
                     "are not counted"):
            self.assertIn(text, result.out)
        self.assertRegex(result.out, r"\n  [0-9]+ list calls, 50 in flight: about ")
        self.assert_clean()

    def test_what_a_quota_makes_of_it(self):
        self.aws("--aws-accounts", "3", "--aws-regions", "2")
        args = self.SCAN + ("--dry-run", "--quota", "500000/h", "--quota-share", "10%")
        plan = self.run_aws(*args, "--format", "json").json()["providers"][0]
        self.assertAlmostEqual(plan["hours"], plan["list_calls"] / 50000, places=3)
        self.assertEqual((plan["quota"], plan["share"]), ("500000/h", 0.1))
        self.assertNotIn("advice", plan)
        result = self.run_aws(*args, "--window", "Mon-Sun")
        self.assertIn("quota 500000/h, our share 10%, 50000 calls: ", result.out)
        self.assertRegex(result.out, r"\n  begun now it would end at 20[0-9-]+T[0-9:]+Z\n")

    def test_an_account_that_refuses_is_said_and_left_out(self):
        self.aws("--aws-accounts", "3", scenario={"aws": {"denied_roles": ["*:100000000002:*"]}})
        result = self.run_aws(*self.SCAN, "--dry-run", "--format", "json")
        self.assert_code(result, 3)
        self.assertEqual(result.json()["providers"][0]["accounts"], [MANAGEMENT, "100000000003"])
        self.assert_code(self.run_aws(*self.SCAN, "--dry-run", "--allow-partial"), 0)
        self.assertIn("cannot assume arn:aws:iam::100000000002:role/", result.err)

    def test_refused_credentials(self):
        self.aws()
        result = self.run_aws("scan", "-p", "aws", "--dry-run", AWS_ACCESS_KEY_ID="AKIAWRONG")
        self.assert_code(result, 4)
        self.assertIn("InvalidClientTokenId", result.err)
        # The check of a login says once which one it is about.
        checked = self.run_aws("validate", "-p", "aws", AWS_ACCESS_KEY_ID="AKIAWRONG")
        self.assert_code(checked, 4)
        self.assertRegex(checked.out, r"^failed +aws: environment[^:]*: STS answered HTTP 403 InvalidClientTokenId")

    def test_it_exits_as_the_scan_would(self):
        """One table for both, and for the check, whoever is named and whoever --all finds."""
        cloud = self.aws("--objects", "100")
        base = "http://127.0.0.1:%d/azure/" % cloud.port
        good, wrong = {}, {"AWS_ACCESS_KEY_ID": "AKIAWRONG"}
        absent = {"AWS_PROFILE": "nobody", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
        gone = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        kube = {"KUBECONFIG": cloud.kubeconfig}
        azure = {"WGO_AZURE_ENDPOINT": base + "arm", "AZURE_AUTHORITY_HOST": base + "login", "AZURE_TENANT_ID": "x",
                 "AZURE_CLIENT_ID": "y", "AZURE_CLIENT_SECRET": "z"}
        states = ("-p", "terraform", "--state-file", SHOP)
        config = self.write("../config.yaml", "retry: {max: 0}\n")
        nobody = {name: "" for name in self.aws_env}
        for args, env, code in ((("--all",), nobody, 2), (("-p", "aws"), nobody, 2), ((), good, 2),
                                (("-p", "aws"), good, 0), (("--all",), {**kube, **good}, 0),
                                (("-p", "aws"), wrong, 4), (("--all",), wrong, 4),
                                (("-p", "aws"), gone, 1), (("--all",), gone, 1),
                                (("-p", "aws"), absent, 2), (("--all",), {**kube, **absent}, 3),
                                (("--all",), {**kube, **wrong}, 3), (("--all",), {**kube, **gone}, 3),
                                (("-p", "aws", *states), wrong, 3), (("-p", "aws", *states), gone, 3),
                                (("-p", "azure", "-p", "aws"), azure, 3), (("--all",), azure, 3),
                                (("-p", "azure", "-p", "aws"), {**azure, **wrong}, 4),
                                (("-p", "azure", "-p", "aws"), {**azure, **gone}, 1)):
            args = ("scan", "--config", config, "--resource-type", "aws_subne[t]", "--resource-type", "kubernetes_nod[e]",
                    "--resource-type", "random_*", *args) if args else ("scan",)
            with self.subTest(args=args, env=env):
                self.assert_code(self.run_aws(*args, "--dry-run", **env), code)
                self.assert_code(self.run_aws(*args, "-q", "-o", "s.json", **env), code)
                self.assert_code(self.run_aws(*args, "-q", "--dry-run", "--allow-partial", **env), 0 if code == 3 else code)

    def test_a_login_that_cannot_be_had_is_named_once(self):
        self.aws()
        config = self.write("../aws", "[profile prod]\ncredential_process = /bin/false\n")
        env = {"AWS_CONFIG_FILE": config, "AWS_PROFILE": "prod", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
        who = r"profile prod \([a-z_ ]+\)"
        checked = self.run_aws("validate", "-p", "aws", **env)
        self.assert_code(checked, 4)
        self.assertRegex(checked.out, r"^failed +aws: %s: (?!.*profile prod)" % who)
        scanned = self.run_aws("scan", "-p", "aws", "-q", "-o", "s.json", **env)
        self.assert_error(scanned, 4, "aws: AWS credentials of profile prod")
        self.assertEqual(scanned.err.count("profile prod"), 1, str(scanned))

    def test_what_others_know(self):
        cloud = self.fakecloud("--pods", "5")
        result = self.wgo("scan", "-p", "k8s", "-p", "terraform", "--state-file", SHOP, "--dry-run",
                          "--format", "json", env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 0)
        self.assertEqual(cloud.requests(), [], "nothing is asked of a cluster")
        said = {p["provider"]: p for p in result.json()["providers"]}
        self.assertRegex(said["kubernetes"]["known"][0]["subject"], "^context ")
        self.assertIn("found out when it is read", said["kubernetes"]["known"][0]["detail"])
        self.assertIn("shop.tfstate", said["terraform"]["known"][0]["subject"])
        text = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "--dry-run", "-o", "never.json")
        self.assert_code(text, 0)
        self.assertIn("shop.tfstate", text.out)
        self.assert_clean()


class Cache(AwsTest):
    SCAN = ("scan", "-p", "aws", "--org", "--resource-type", "aws_vpc", "-q", "-o", "s.json")

    def test_accounts_are_listed_once_and_shown(self):
        cloud = self.aws("--aws-accounts", "3")
        empty = self.wgo("cache", "accounts")
        self.assert_code(empty, 0)
        self.assertEqual((empty.out, empty.err), ("", "no account list is kept\n"))
        self.assertEqual(self.wgo("cache", "accounts", "--format", "json").json(), [])

        self.run_aws(*self.SCAN)
        asked = self.operations(cloud)["ListAccounts"]
        self.assertGreater(asked, 0)
        kept = self.wgo("cache", "accounts", "--format", "json").json()
        self.assertEqual(len(kept), 1)
        self.assertEqual(kept[0]["management_account"], MANAGEMENT)
        self.assertEqual(kept[0]["accounts"], 3)
        self.assertGreaterEqual(kept[0]["age_seconds"], 0)
        self.assertLess(kept[0]["listed_at"], kept[0]["kept_until"])
        self.assertNotIn("limited_to", kept[0])
        text = self.wgo("cache", "accounts").out
        self.assertRegex(text, r"^aws  100000000001  3 accounts, listed .* ago, kept until 20.*Z\n$")

        self.run_aws(*self.SCAN)
        self.assertEqual(self.operations(cloud)["ListAccounts"], asked, "the list is kept")
        self.assertEqual(self.wgo("cache", "clear", "accounts").out, "cleared 1 value\n")
        self.assertEqual(self.wgo("cache", "accounts", "--format", "json").json(), [])
        self.run_aws(*self.SCAN)
        self.assertGreater(self.operations(cloud)["ListAccounts"], asked)
        # The list, the pages of a scan that did not see everything, and how many calls it made.
        self.assertEqual(self.wgo("cache", "clear", "--format", "json").json(), {"cleared": 3})

    def test_a_list_that_is_limited_says_so(self):
        self.aws("--aws-accounts", "3")
        self.run_aws(*self.SCAN, "--account-tag", "env=*")
        kept = self.wgo("cache", "accounts", "--format", "json").json()
        self.assertEqual([one["limited_to"] for one in kept], ["tag=env=*"])
        self.assertIn("limited to tag=env=*", self.wgo("cache", "accounts").out)

    def test_wrong_usage(self):
        self.assert_error(self.wgo("cache"), 2, "what about the cache?", "wgo cache accounts")
        self.assert_error(self.wgo("cache", "show"), 2, 'there is no "show"')
        self.assert_error(self.wgo("cache", "clear", "regions"), 2, "nothing that is kept", "accounts")
        self.assert_error(self.wgo("cache", "accounts", "all"), 2, "one argument too many")


class Organization(AwsTest):
    SCAN = ("scan", "-p", "aws", "--org", "--region", "us-east-1", "--resource-type", "aws_vpc", "-o", "s.json",
            "--no-cache")

    def test_settings_and_estimates_come_first(self):
        cloud = self.aws("--aws-accounts", "29")
        result = self.run_aws(*self.SCAN)
        first = result.err.splitlines()[0]
        self.assertEqual(
            first, "aws: 29 accounts: 25 at once, 29 planned together, 50 calls in flight, 2 retries from 500 ms, an "
            "account times out after 60 s without an answer; about 35 s instead of 79 s (2.25 times as fast)")
        lists = {r["account"] for r in cloud.requests() if r["operation"] == "DescribeVpcs"}
        self.assertEqual(len(lists), 29)

    def test_every_account_of_more_than_a_batch_is_read(self):
        cloud = self.aws("--aws-accounts", "120", scenario={"aws": {"denied_roles": ["*:10000000005?:*"]}})
        result = self.run_aws(*self.SCAN)
        self.assertIn("120 accounts: 30 at once, 50 planned together", result.err)
        self.assertIn("after 45 s", result.err)
        lists = {r["account"] for r in cloud.requests() if r["operation"] == "DescribeVpcs"}
        self.assertEqual(len(lists), 110, "all but those whose role cannot be assumed")

    def test_few_accounts_and_quiet_say_nothing(self):
        self.aws("--aws-accounts", "20")
        self.assertNotIn("at once", self.run_aws(*self.SCAN).err)
        self.assertNotIn("at once", self.run_aws(*self.SCAN, "-q").err)

    def test_flags_and_configuration_win(self):
        cloud = self.aws("--aws-accounts", "29", "--latency-ms", "20")
        config = self.write("c.yaml", "providers: {aws: {account_timeout: 7s}}\n")
        result = self.run_aws(*self.SCAN, "--max-workers", "2", "--calls-per-worker", "3", "--config", config)
        self.assertIn("6 calls in flight", result.err)
        self.assertIn("after 7 s", result.err)
        self.assertLessEqual(max(r["in_flight"] for r in cloud.requests()), 6)


if __name__ == "__main__":
    main()
