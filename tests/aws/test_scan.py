"""Whole scans of AWS accounts that answer well: which accounts and regions are read, what is asked."""
import contextlib
import os
import sqlite3

from scan_support import MANAGEMENT, SECOND, SOURCE, THIRD, AwsTest, main

ONE = ("aws_subnet",)


class Organization(AwsTest):
    def organization(self, *args, **more):
        return self.scan("--org", "--region", "us-east-1", *args, types=ONE, **more)

    def test_accounts_of_an_organisation(self):
        self.serve(accounts=6, suspended=1)
        for args, expected in (
                ([], {1, 2, 3, 4, 5}),
                (["--account", SECOND, "--account", "1*3"], {2, 3}),
                (["--exclude-account", SECOND, "--exclude-account", "/^1.*[34]$/"], {1, 5}),
                (["--account", "/^10000000000[1-5]$/", "--exclude-account", "1*1"], {2, 3, 4, 5})):
            snapshot, _ = self.organization("--no-health", *args)
            self.assertEqual(self.accounts(snapshot), {"10000000000%d" % n for n in expected}, args)
            # The suspended one is said, once, and nothing of it is asked.
            rows = [row for row in snapshot["metadata"]["completeness"]
                    if row["status"] == "skipped"]
            self.assertEqual([row["account"] for row in rows],
                             [] if "--account" in args else ["100000000006"])
            self.assertTrue(all("SUSPENDED" in row["error"] for row in rows), rows)
        self.assertEqual(len(self.calls("AssumeRole", account=MANAGEMENT)), 4 + 2 + 1 + 4)

    def test_accounts_by_name(self):
        self.serve(accounts=4)
        names = {a["Id"]: a["Name"] for a in self.ask_list("ListAccounts", "Accounts")}
        snapshot, _ = self.organization("--account", names[THIRD])
        self.assertEqual(self.accounts(snapshot), {THIRD})
        snapshot, _ = self.organization("--exclude-account", names[THIRD])
        self.assertEqual(self.accounts(snapshot), {MANAGEMENT, SECOND, "100000000004"})
        snapshot, _ = self.organization("--account", names[THIRD], "--account", "9*", "--exclude-account", "/^prdo/")
        self.assertEqual(self.accounts(snapshot), {THIRD})
        said = [each for each in snapshot["metadata"]["warnings"] if "--" in each]
        self.assertEqual(said, ["aws: --account 9*: no account of the organisation passes it",
                                "aws: --exclude-account /^prdo/: no account of the organisation is meant by it"])

    def test_units_by_id_name_and_path(self):
        self.serve(accounts=12)
        units = self.ask_list("ListOrganizationalUnitsForParent", "OrganizationalUnits",
                              ParentId="r-fake")
        inside = {u["Id"]: {a["Id"] for a in self.ask_list(
            "ListAccountsForParent", "Accounts", ParentId=u["Id"])} for u in units}
        below = self.ask_list("ListOrganizationalUnitsForParent", "OrganizationalUnits",
                              ParentId=units[0]["Id"])
        for args, expected in (
                ([units[0]["Id"]], inside[units[0]["Id"]]),
                ([units[1]["Name"]], inside[units[1]["Id"]]),
                ([units[0]["Id"], units[1]["Name"]],
                 inside[units[0]["Id"]] | inside[units[1]["Id"]]),
                (["unit-*"], set().union(*inside.values())), (["r-fake"], set().union(
                    *inside.values())),
                (["%s/%s" % (units[0]["Name"], below[0]["Name"])], set()),
                (["no-such-unit"], set())):
            words = [word for unit in args for word in ("--ou", unit)]
            if expected:
                snapshot, _ = self.organization(*words)
                self.assertEqual(self.accounts(snapshot), expected, args)
            else:
                _, result = self.organization(*words, output="none.json", code=1)
                self.assertEqual(result.err.count("no account of"), 1, str(result))
        self.assertEqual(len(set().union(*inside.values())), 12)

    def test_a_second_run_lists_no_accounts(self):
        self.serve(accounts=4)
        first, result = self.organization(output="a.json")
        asked = len(self.calls("ListAccounts"))
        self.assertGreater(asked, 0)
        # Whoever planned it, whether it is large, has listed them a moment ago.
        self.assertNotIn("the organisation's accounts are as of", result.err)
        self.assertNotIn("warnings", first["metadata"])
        with contextlib.closing(sqlite3.connect(self.path("state/wgo.db"))) as kept, kept:
            aged = kept.execute("UPDATE cache SET value = CAST(replace(CAST(value AS TEXT), '\"at\":\"20', '\"at\":\"19') "
                                "AS BLOB) WHERE CAST(key AS TEXT) LIKE 'aws/accounts/%'")
            self.assertEqual(aged.rowcount, 1)
        second, result = self.organization(output="b.json")
        self.assertEqual(len(self.calls("ListAccounts")), asked)
        self.assertIn("the organisation's accounts are as of 19", result.err)
        self.assertEqual(self.resource_bytes("a.json"), self.resource_bytes("b.json"))

    def test_the_accounts_that_others_have_listed_are_listed_anew(self):
        self.serve(accounts=4)
        self.organization(output="a.json")
        asked = len(self.calls("ListAccounts"))
        config = self.write("aws-config", "[profile base]\naws_access_key_id = AKIAFAKE%s\n"
                            "aws_secret_access_key = secret-of-%s\n[profile reader]\nsource_profile = base\n"
                            "role_arn = arn:aws:iam::%s:role/reader\n" % ((MANAGEMENT,) * 3))
        role = {"AWS_CONFIG_FILE": config, "AWS_PROFILE": "reader", "AWS_ACCESS_KEY_ID": None,
                "AWS_SECRET_ACCESS_KEY": None}
        for _ in range(2): # the second time for the role itself
            self.organization(output="b.json", **role)
            self.assertEqual(len(self.calls("ListAccounts")), 2 * asked)
        self.assertEqual(self.resource_bytes("a.json"), self.resource_bytes("b.json"))

    def test_an_external_id_and_a_role_of_ones_own(self):
        self.serve(accounts=3, external_id="xyz", denied_roles=["*:role/OrganizationAccount*"])
        snapshot, _ = self.organization("--org-role", "wgo/reader", "--external-id", "xyz")
        self.assertEqual(self.accounts(snapshot), {MANAGEMENT, SECOND, THIRD})

    def test_flags_that_need_an_organisation(self):
        self.serve(accounts=2)
        for args in (["--account", "1*"], ["--ou", "x"], ["--account-tag", "a=b"],
                     ["--org-role", "r"], ["--external-id", "x"]):
            result = self.wgo(*self.arguments(*args), env=self.credentials())
            self.assert_code(result, 2)
            self.assertIn("add --org", result.err)
        result = self.wgo(*self.arguments("--org", "--account", "/[/"), env=self.credentials())
        self.assert_code(result, 2)
        self.assertIn("is no regular expression", result.err)
        self.assertEqual(self.calls(), [])

    def test_account_tags(self):
        self.serve(accounts=5)
        tags = {}
        for account in self.ask_list("ListAccounts", "Accounts"):
            answer = self.ask("ListTagsForResource", ResourceId=account["Id"])
            tags[account["Id"]] = {t["Key"]: t["Value"] for t in answer["Tags"]}
        key, value = sorted(pair for t in tags.values() for pair in t.items())[0]
        for text, expected in (
                ("%s=%s" % (key, value), {a for a, t in tags.items() if t.get(key) == value}),
                ("%s=%s*" % (key, value[:1]),
                 {a for a, t in tags.items() if t.get(key, "").startswith(value[:1])}),
                (key, {a for a, t in tags.items() if key in t})):
            snapshot, _ = self.organization("--account-tag", text)
            self.assertEqual(self.accounts(snapshot), expected, text)


class Regions(AwsTest):
    def regions(self, *args, code=0, **env):
        words = [word for name in args for word in ("--region", name)]
        snapshot, result = self.scan(*words, types=ONE, code=code, **env)
        return {r["region"] for r in (snapshot or {"resources": []})["resources"]}, snapshot, result

    def test_which_regions_are_read(self):
        on = ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1"]
        self.serve(accounts=1, regions=on)
        for args, expected in (
                (["all"], on), (["*"], on), (["eu-*"], on[2:]), (["!us-*"], on[2:]),
                (["all", "!eu-west-?"], on[:2] + on[3:]), (["us-west-2", "eu-west-1"], on[1:3]),
                (["*-west-*", "!us-*"], ["eu-west-1"]), ([], ["us-east-1"])):
            found, snapshot, _ = self.regions(*args)
            self.assertEqual(found, set(expected), args)
            self.assertTrue(snapshot["metadata"]["complete"])
        found, _, _ = self.regions(AWS_REGION=None)
        self.assertEqual(found, set(on))

    def test_a_region_that_is_off(self):
        self.serve(accounts=1, regions=["us-east-1"])
        found, snapshot, _ = self.regions("us-east-1", "af-south-1")
        self.assertEqual(found, {"us-east-1"})
        rows = [r for r in snapshot["metadata"]["completeness"] if r["status"] != "ok"]
        self.assertEqual([(r["region"], r["status"]) for r in rows], [("af-south-1", "skipped")])
        self.assertIn("not enabled", rows[0]["error"])
        self.assertEqual([r for r in self.calls() if r["region"] == "af-south-1"], [])
        # A pattern asks for what is there, so it makes no row.
        _, snapshot, _ = self.regions("all")
        self.assertEqual([r for r in snapshot["metadata"]["completeness"]
                          if r["status"] != "ok"], [])

    def test_a_region_that_nobody_knows(self):
        self.serve(accounts=1)
        for args in (["us-esat-1"], ["mars-*"]):
            _, snapshot, result = self.regions(*args, code=1)
            self.assertIn("no region that is enabled is called \"%s\"" % args[0], result.err)
        _, snapshot, result = self.regions("us-east-1", "us-esat-1", code=3)
        self.assertEqual(result.err.count("no region that is enabled"), 1, str(result))
        rows = [r for r in snapshot["metadata"]["completeness"] if r["status"] != "ok"]
        self.assertEqual([(r["region"], r["status"]) for r in rows], [("us-esat-1", "error")])
        self.assertNotIn("warnings", snapshot["metadata"])
        found, snapshot, _ = self.regions("us-east-1", "us-esat-*")
        self.assertEqual(found, {"us-east-1"})
        self.assertEqual(snapshot["metadata"]["warnings"], ["aws: --region us-esat-*: nothing that was read lies there"])


class Profiles(AwsTest):
    def profiles(self, names):
        text = "".join("[profile %s]\naws_access_key_id = AKIAFAKE%s\n"
                       "aws_secret_access_key = secret-of-%s\nregion = us-east-1\n" % (
                           name, account, account) for name, account in names)
        return self.write("aws-config", text)

    def with_profiles(self, names, *args, code=0):
        path = self.profiles(names)
        words = [word for name, _ in names for word in ("--profile", name)]
        return self.scan(*words, *args, types=ONE, code=code, AWS_CONFIG_FILE=path,
                         AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)

    def test_each_profile_is_an_account(self):
        self.serve(accounts=3)
        snapshot, _ = self.with_profiles([("a", SECOND), ("b", THIRD)])
        self.assertEqual(self.accounts(snapshot), {SECOND, THIRD})

    def test_what_was_read_by_another_role_is_asked_for(self):
        self.serve(accounts=1)
        found = []
        for role in ("reader", "reader", "auditor", "reader"):
            path = self.write("aws-config", """[profile base]
aws_access_key_id = AKIAFAKE%s
aws_secret_access_key = secret-of-%s
[profile there]
source_profile = base
role_arn = arn:aws:iam::%s:role/%s
region = us-east-1
""" % (MANAGEMENT, MANAGEMENT, MANAGEMENT, role))
            before = len(self.calls("DescribeSubnets"))
            snapshot, _ = self.scan("--profile", "there", "--max-age", "1h", types=ONE, AWS_CONFIG_FILE=path,
                                    AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
            self.assertEqual(self.accounts(snapshot), {MANAGEMENT})
            found.append(len(self.calls("DescribeSubnets")) - before)
        self.assertEqual(found, [1, 0, 1, 0])

    def test_two_profiles_of_one_account_are_read_once(self):
        self.serve(accounts=3)
        snapshot, _ = self.with_profiles([("a", SECOND), ("b", SECOND)])
        self.assertEqual(self.accounts(snapshot), {SECOND})
        self.assertEqual(len(self.calls("DescribeSubnets")), 1)
        rows = [r for r in snapshot["metadata"]["completeness"] if r["status"] == "skipped"]
        self.assertEqual(len(rows), 1)
        self.assertIn("read by another profile", rows[0]["error"])

    def test_one_profile_that_fails(self):
        self.serve(accounts=3)
        path = self.profiles([("a", SECOND), ("b", "999999999999")])
        snapshot, result = self.scan("--profile", "a", "--profile", "b", types=ONE, code=3,
                                     AWS_CONFIG_FILE=path, AWS_ACCESS_KEY_ID=None,
                                     AWS_SECRET_ACCESS_KEY=None)
        self.assertEqual(self.accounts(snapshot), {SECOND})
        self.assertEqual([r["status"] for r in snapshot["metadata"]["completeness"]
                          if r["status"] != "ok"], ["denied"])


class Asking(AwsTest):
    def test_everything_that_is_there(self):
        self.serve(accounts=1, regions=["us-east-1", "eu-west-1"])
        snapshot, _ = self.scan("--region", "all")
        self.assertTrue(snapshot["metadata"]["complete"])
        types = self.get("/_fakecloud/counts")["aws"]["types"]
        for kind, name in (("aws_instance", "ec2.instance"), ("aws_subnet", "ec2.subnet"),
                           ("aws_eip", "ec2.address"), ("aws_ebs_volume", "ec2.volume"),
                           ("aws_key_pair", "ec2.keypair"), ("aws_kms_alias", "kms.alias")):
            self.assertEqual(self.count(snapshot, kind), 2 * types[name]["total"], kind)

    def test_two_runs_are_the_same_bytes(self):
        self.serve("--latency-jitter-ms", "3", accounts=3)
        self.scan("--org", output="a.json")
        self.scan("--org", "--max-workers", "1", "--calls-per-worker", "1", output="b.json")
        self.assertEqual(self.resource_bytes("a.json"), self.resource_bytes("b.json"))

    def test_nothing_is_asked_that_changes_anything(self):
        self.serve(accounts=1)
        self.scan(types=None, code=3)
        for operation in self.operations():
            self.assertRegex(operation or "", r"^(|(Get|List|Describe|BatchGet|Search|Lookup).*)$")

    # fakecloud does not serve all that these ask of each object: code 3.

    def test_only_what_the_account_owns(self):
        self.serve(accounts=1, counts={"ec2.snapshot": 7, "ec2.image": 3})
        snapshot, _ = self.scan(types=("aws_ebs_snapshot", "aws_ami"), code=3)
        self.assertEqual(self.count(snapshot, "aws_ebs_snapshot"), 7)
        self.assertEqual(self.count(snapshot, "aws_ami"), 3)

    def test_buckets_elsewhere_are_followed(self):
        self.serve(accounts=1, regions=["us-east-1", "us-west-2", "eu-west-1"],
                   counts={"s3.bucket": 12})
        snapshot, _ = self.scan("--region", "all", types=("aws_s3_bucket",), code=3)
        buckets = [r for r in snapshot["resources"] if r["type"] == "aws_s3_bucket"]
        self.assertEqual(len(buckets), 12)
        self.assertGreater(len({r["region"] for r in buckets}), 1)
        policies = self.calls("GetBucketPolicy")
        self.assertEqual(len({r["path"] for r in policies}), 12)
        self.assertEqual({r["status"] for r in policies}, {200, 404})

    def test_a_bucket_whose_region_the_list_does_not_say(self):
        """Where a wrong region is answered with 301 or 400, the right one is asked."""
        self.serve(accounts=1, regions=["us-east-1", "us-west-2", "eu-west-1"],
                   counts={"s3.bucket": 6})
        with open(os.path.join(SOURCE, "collectors", "aws", "catalog", "s3.yaml")) as file:
            text = file.read()
        unsaid = '"{item.BucketRegion|}"'
        self.assertIn(unsaid, text)
        for wrong in ("us-west-2", "us-east-1"):
            self.write("catalog/s3.yaml", text.replace(unsaid, '"%s"' % wrong))
            snapshot, _ = self.scan("--region", "all", "--catalog-dir", self.path("catalog"),
                                    types=("aws_s3_bucket",), code=3)
            self.assertEqual(self.count(snapshot, "aws_s3_bucket"), 6)
            versions = self.calls("GetBucketVersioning")
            self.assertTrue([r for r in self.calls() if r["service"] == "s3"
                             and r["status"] in (301, 400)])
            self.assertEqual(len({r["path"] for r in versions if r["status"] == 200}), 6)
            self.assertEqual({r["type"] for r in snapshot["resources"]}, {"aws_s3_bucket"})
            errors = [r.get("error", "") for r in snapshot["metadata"]["completeness"]]
            self.assertFalse([e for e in errors if "Permanent" in e or "Malformed" in e], errors)

    def test_batches_of_ecs(self):
        self.serve(accounts=1, counts={"ecs.cluster": 3, "ecs.service": 25, "ecs.task": 120})
        snapshot, _ = self.scan(types=("aws_ecs_cluster", "aws_ecs_service"))
        self.assertEqual(self.count(snapshot, "aws_ecs_cluster"), 3)
        self.assertEqual(self.count(snapshot, "aws_ecs_service"), 75)
        # 25 services are 3 batches of at most ten.
        self.assertEqual(self.operations()["DescribeServices"], 9)
        self.assertEqual(self.operations()["DescribeClusters"], 1)


if __name__ == "__main__":
    main()
