"""A scan that asks only for what changed gives the snapshot that a scan of everything gives."""
import json
import os
import signal
import unittest

from cli_support import CliTest, main

MANAGEMENT = "100000000001"


class IncrementalTest(CliTest):
    def setUp(self):
        super().setUp()
        self.state = os.path.join(self.dir, "state")
        self.around = {"WGO_STATE_DIR": self.state}

    def layers(self):
        folder = os.path.join(self.state, "scans")
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return sorted(name for name in names if name.endswith(".layer"))

    def scan(self, *args, code=0):
        """Metadata and what was said of a scan with --incremental."""
        result = self.wgo("scan", *self.what, "--incremental", "-o", "now.json", "--no-dashboard", *args,
                          env=self.around)
        self.assert_code(result, code)
        if code != 0:
            self.assert_valid("now.json")
        return self.load("now.json")["metadata"], result.err

    def whole(self, *args, name="whole.json", code=0):
        env = dict(self.around, WGO_STATE_DIR=os.path.join(self.dir, "other"))
        key = os.path.join(self.state, "redact.key")
        self.assert_code(self.wgo("scan", *self.what, "-o", name, "-q", "--redact-key-file", key, *args, env=env),
                         code)
        return self.load(name)["metadata"]

    def assert_same(self):
        self.whole()
        self.assert_valid("now.json", "whole.json")
        self.assertEqual(self.resource_bytes("now.json"), self.resource_bytes("whole.json"))

    def assert_counts(self, metadata, **counts):
        said = dict(metadata["incremental"])
        self.assertRegex(said.pop("since"), r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(said, dict({"added": 0, "changed": 0, "deleted": 0, "stored": 0}, **counts))


def state_of(serial, **values):
    return json.dumps({
        "version": 4, "terraform_version": "1.9.0", "serial": serial, "lineage": "one", "outputs": {},
        "resources": [{"mode": "managed", "type": "random_pet", "name": name,
                       "provider": 'provider["registry.terraform.io/hashicorp/random"]',
                       "instances": [{"schema_version": 0, "attributes": {"id": value}}]}
                      for name, value in sorted(values.items())]})


class States(IncrementalTest):
    def setUp(self):
        super().setUp()
        self.what = ["-p", "terraform", "--state-file", self.path("a.tfstate")]
        self.pets = {"pet%03d" % n: "value %d" % n for n in range(200)}

    def put(self, serial):
        self.write("a.tfstate", state_of(serial, **self.pets))

    def test_what_changed_is_found_and_nothing_else_is_stored(self):
        self.put(1)
        metadata, said = self.scan()
        self.assertNotIn("incremental", metadata)
        self.assertIn("no scan like this one has been kept yet: everything is asked for", said)
        size = os.path.getsize(os.path.join(self.state, "scans", self.layers()[0]))

        metadata, said = self.scan()
        self.assert_counts(metadata, unchanged=200)
        self.assertRegex(said, r"changes +0 added, 0 changed, 0 deleted, 200 as they were since 20")

        self.pets["pet100"] = "another"
        self.pets["pet101"] = "another"
        del self.pets["pet050"], self.pets["pet199"]
        self.pets["young"] = "new"
        self.put(2)
        metadata, said = self.scan()
        # The serial is no part of a resource.
        self.assert_counts(metadata, added=1, changed=2, deleted=2, unchanged=196, stored=3)
        self.assertIn("1 added, 2 changed, 2 deleted, 196 as they were", said)
        self.assert_same()
        last = os.path.join(self.state, "scans", self.layers()[-1])
        self.assertEqual(os.stat(last).st_mode & 0o777, 0o600)
        self.assertLess(os.path.getsize(last), size / 10)

    def test_what_nobody_got_is_told_of_again(self):
        self.put(1)
        self.scan()
        self.pets["pet100"] = "another"
        self.put(2)
        layers = self.layers()
        self.assert_code(self.wgo("scan", *self.what, "--incremental", "-o", "/dev/full", env=self.around), 1)
        self.assertEqual(self.layers(), layers)
        metadata, _ = self.scan()
        self.assert_counts(metadata, changed=1, unchanged=199, stored=1)
        self.assert_same()

    def test_layers_add_up_until_they_are_large(self):
        for n in range(10):
            self.pets["pet007"] = str(n)
            self.put(n + 1)
            metadata, _ = self.scan()
            self.assertEqual(len(self.layers()), n + 1)
            if n > 0:
                self.assert_counts(metadata, changed=1, unchanged=199, stored=1)
        self.assert_same()
        for name in self.pets:
            self.pets[name] += " once more"
        self.put(100)
        self.scan()
        self.scan()
        self.assertEqual(len(self.layers()), 1)
        self.assert_same()

    def test_a_scan_of_everything_renews_what_is_kept(self):
        self.put(1)
        self.assert_code(self.wgo("scan", *self.what, "-o", "now.json", "-q", env=self.around), 0)
        self.assertEqual(self.layers(), [])  # nobody has asked for that
        self.scan()
        self.pets["pet007"] = "another"
        self.put(2)
        self.assert_code(self.wgo("scan", *self.what, "-o", "now.json", "-q", env=self.around), 0)
        self.assertEqual(len(self.layers()), 1)
        metadata, _ = self.scan()
        self.assert_counts(metadata, unchanged=200)

    def test_a_state_that_cannot_be_read_keeps_its_resources(self):
        self.put(1)
        self.scan()
        self.write("a.tfstate", "{ not JSON")
        other = self.write("b.tfstate", state_of(1, other="x").replace('"one"', '"two"'))
        self.what += ["--state-file", other]
        self.put(1)
        self.scan()
        self.write("a.tfstate", state_of(2, **self.pets)[:-20])
        metadata, said = self.scan(code=3)
        self.assertEqual(len(self.load("now.json")["resources"]), 201)
        self.assert_counts(metadata, unchanged=201)
        row = [row for row in metadata["completeness"] if row["status"] != "ok"]
        self.assertEqual(len(row), 1)
        self.assertEqual(row[0]["count"], 200)
        self.assertGreaterEqual(row[0]["age"], 0)
        self.assertFalse(metadata["complete"])
        self.put(3)
        metadata, _ = self.scan()
        self.assert_counts(metadata, unchanged=201)
        self.assert_same()

    def test_a_damaged_file_is_set_aside(self):
        self.put(1)
        self.scan()
        path = os.path.join(self.state, "scans", self.layers()[0])
        with open(path, "r+b") as file:
            file.seek(1000)
            file.write(b"????")
        metadata, said = self.scan()
        self.assertNotIn("incremental", metadata)
        self.assertIn("is damaged: it was set aside as ", said)
        self.assert_same()
        metadata, _ = self.scan()
        self.assert_counts(metadata, unchanged=200)

    def test_another_scan_is_another_scan(self):
        self.put(1)
        self.scan()
        metadata, said = self.scan("--resource-type", "random_*")
        self.assertNotIn("incremental", metadata)
        self.assertIn("no scan like this one", said)

    def test_another_key_is_another_scan(self):
        """What two keys digested cannot be compared; neither loses what it keeps to the other."""
        self.put(1)
        keys = [("--redact-key-file", self.write(name, name * 32)) for name in ("a", "b")]
        for key in keys:
            metadata, said = self.scan(*key)
            self.assertNotIn("incremental", metadata)
            self.assertNotIn("warnings", metadata)
            self.assertIn("no scan like this one", said)
        for key in keys:
            metadata, _ = self.scan(*key)
            self.assert_counts(metadata, unchanged=200)

    def test_a_folder_that_cannot_be_used(self):
        self.put(1)
        self.around["WGO_STATE_DIR"] = self.path("a.tfstate")
        metadata, said = self.scan()
        self.assertNotIn("incremental", metadata)
        self.assertIn("--incremental: everything is asked for: ", said)

    def test_what_is_kept_is_forgotten(self):
        self.put(1)
        self.scan()
        self.assert_code(self.wgo("cache", "clear", env=self.around), 0)
        self.assertEqual(self.layers(), [])

    def test_a_file_that_takes_no_more(self):
        """A full disk, more or less: the snapshot is whole, and the next scan goes on from before."""
        self.put(1)
        self.scan()
        self.pets = {name: value * 2000 for name, value in self.pets.items()}
        self.put(2)
        result = self.wgo("scan", *self.what, "--incremental", "--format", "ndjson", "-o", "/dev/null",
                          env=self.around, file_limit=400000)
        self.assert_code(result, 0)
        self.assertIn("the next --incremental goes on from an earlier scan: ", result.err)
        metadata, _ = self.scan()
        self.assertEqual(metadata["incremental"]["changed"], 200)

    def test_a_look_does_not_touch_what_is_kept(self):
        self.put(1)
        self.scan()
        path = os.path.join(self.state, "scans", self.layers()[0])
        with open(path, "r+b") as file:
            file.write(b"????")
        for command in ("validate", "health"):
            result = self.wgo(command, *self.what, env=self.around)
            self.assertNotIn("damaged", result.err + result.out)
        self.assertEqual(self.layers(), [os.path.basename(path)])

    def test_flags_that_do_not_go_together(self):
        self.put(1)
        for flags, text in ((["--incremental", "--stream"], "--incremental: not together with --stream"),
                            (["--incremental", "--skip-merging"], "--incremental: not together with --skip-merging"),
                            (["--incremental", "--max-age", "1h"], "--incremental: not together with --max-age"),
                            (["--since", "24h"], "--since goes with --incremental"),
                            (["--incremental", "--since", "yesterday"], "--since")):
            self.assert_error(self.wgo("scan", *self.what, *flags, env=self.around), 2, text)
        self.assertEqual(self.layers(), [])


class Accounts(IncrementalTest):
    WORLD = ["--aws-accounts", "3", "--aws-regions", "2", "--aws-objects", "5"]
    TYPES = ["aws_subnet", "aws_ebs_volume", "aws_ecs_cluster", "aws_ecs_service", "aws_sqs_queue"]

    def setUp(self):
        super().setUp()
        self.cloud = self.fakecloud(*self.WORLD)
        self.around.update({"AWS_ACCESS_KEY_ID": "AKIAFAKE" + MANAGEMENT, "AWS_REGION": "us-east-1",
                            "AWS_SECRET_ACCESS_KEY": "secret-of-" + MANAGEMENT,
                            "AWS_ENDPOINT_URL": "http://127.0.0.1:%d" % self.cloud.port})
        self.what = ["-p", "aws", "--org", "--region", "all"]
        for type_ in self.TYPES:
            self.what += ["--resource-type", type_]

    def types(self):
        return sorted({r["type"] for r in self.load("now.json")["resources"]})

    def test_fewer_of_everything(self):
        self.scan()
        before = self.load("now.json")["metadata"]["resource_count"]
        self.assertEqual(self.types(), sorted(self.TYPES))
        self.cloud.again("--aws-accounts", "3", "--aws-regions", "2", "--aws-objects", "5",
                         "--aws-count", "ec2.subnet=3", "--aws-count", "ecs.cluster=0", "--aws-count", "ecs.service=0")
        metadata, _ = self.scan()
        self.assert_same()
        self.assertGreater(metadata["incremental"]["deleted"], 0)
        self.assertEqual(metadata["incremental"]["deleted"], before - metadata["resource_count"])
        # The services' lists were never asked for: the clusters that lead to them are gone.
        self.assertNotIn("aws_ecs_service", self.types())
        self.assertTrue(metadata["complete"])

    def test_what_could_not_be_seen_stays_with_its_age(self):
        self.scan()
        before = self.load("now.json")["resources"]
        self.cloud.again(*self.WORLD, scenario={"aws": {"denials": [
            {"service": "ec2", "operation": "DescribeSubnets", "account": "100000000002"},
            {"service": "ecs", "operation": "ListClusters", "account": "100000000003"}]}})
        metadata, _ = self.scan(code=3)
        self.assertEqual(self.load("now.json")["resources"], before)
        self.assert_counts(metadata, unchanged=len(before))
        aged = [row for row in metadata["completeness"] if "age" in row]
        denied = {(row["account"], t) for row in aged
                  for t in (row["type"] if isinstance(row["type"], list) else [row["type"]])}
        self.assertEqual(denied, {("100000000002", "aws_subnet"), ("100000000003", "aws_ecs_cluster"),
                                  ("100000000003", "aws_ecs_service")})
        self.assertEqual({row["status"] for row in aged}, {"denied"})
        self.cloud.again(*self.WORLD)
        metadata, _ = self.scan()
        self.assertTrue(metadata["complete"])
        self.assert_same()

    def test_an_account_that_is_not_listed_any_more(self):
        self.scan()
        before = self.load("now.json")["resources"]
        self.cloud.again("--aws-accounts", "2", *self.WORLD[2:])
        metadata, said = self.scan("--no-cache", code=3)
        self.assertEqual(self.load("now.json")["resources"], before)
        self.assertIn("nothing speaks of it any more", said)
        self.assertIn("hint: what an earlier scan found stands", said)
        self.assertFalse(metadata["complete"])
        lost = [row for row in metadata["completeness"] if row["status"] == "unavailable"]
        self.assertEqual({row["account"] for row in lost}, {"100000000003"})
        self.assertTrue(all(row["error"].startswith("nothing speaks of it any more") for row in lost))
        # A scan of everything forgets it, and the next one does not know of it.
        self.assert_code(self.wgo("scan", *self.what, "--no-cache", "-o", "now.json", "-q", env=self.around), 0)
        metadata, _ = self.scan("--no-cache")
        self.assertTrue(metadata["complete"])
        self.assert_counts(metadata, unchanged=metadata["resource_count"])

    def test_a_scan_that_is_killed_changes_nothing(self):
        self.scan()
        layers = self.layers()
        self.cloud.again(*self.WORLD, "--latency-ms", "30", "--aws-count", "ecs.cluster=1")
        process = self.start("scan", *self.what, "--incremental", "-o", "now.json", "-q", env=self.around)
        self.wait_for(lambda: len(self.cloud.requests()) > 20, "requests")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertEqual(self.layers(), layers)
        metadata, _ = self.scan("--resume")
        self.assert_same()
        self.assertGreater(metadata["incremental"]["deleted"], 0)

    def test_a_scan_that_is_interrupted_keeps_what_it_did_not_see(self):
        self.scan()
        before = self.load("now.json")["resources"]
        self.cloud.again(*self.WORLD, "--latency-ms", "30")
        process = self.start("scan", *self.what, "--incremental", "-o", "now.json", "-q", env=self.around)
        self.wait_for(lambda: len(self.cloud.requests()) > 20, "requests")
        process.send_signal(signal.SIGINT)
        self.assert_code(self.finish(process), 130)
        self.assertEqual(self.load("now.json")["resources"], before)
        self.assert_valid("now.json")

    def test_two_at_once_do_not_share_what_is_kept(self):
        self.scan()
        self.cloud.again(*self.WORLD, "--latency-ms", "100")
        process = self.start("scan", *self.what, "--incremental", "-o", "one.json", "-q", env=self.around)
        self.wait_for(lambda: len(self.cloud.requests()) > 5, "requests")
        process.send_signal(signal.SIGSTOP)
        metadata, said = self.scan()
        process.send_signal(signal.SIGCONT)
        self.assert_code(self.finish(process), 0)
        self.assertIn("--incremental: everything is asked for: another process", said)
        self.assertNotIn("incremental", metadata)
        self.assertEqual(self.resource_bytes("now.json"), self.resource_bytes("one.json"))


if __name__ == "__main__":
    main()
