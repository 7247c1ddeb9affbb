"""A scan that was interrupted goes on where it was: the same resources, and no page asked for twice.

WGO_TEST_ROUNDS says how often a scan of every provider is killed, at a random moment each time."""
import os
import pty
import random
import shutil
import signal
import subprocess

from cli_support import SHOP, CliTest, FakeCloud, main

ROUNDS = int(os.environ.get("WGO_TEST_ROUNDS", "2"))
LIFE_S = "1800"  # of fakecloud: fifty rounds on a busy machine take more than its five minutes
TENANT = "11111111-2222-4333-8444-555555555555"
CONFIG = """
providers:
  aws:
    org: true
    regions: [all]
    resource_types: [aws_instance, aws_subnet, aws_security_group, aws_ebs_volume, aws_iam_role, aws_iam_user,
                     aws_sqs_queue, aws_sns_topic, aws_lb, aws_ecs_cluster, aws_ecs_service, aws_eks_cluster]
  azure:
    azure_sources: [arm]
  kubernetes:
    context: [all]
"""


class ResumeTest(CliTest):
    def journals(self):
        folder = os.path.join(self.dir, "state", "scans")
        return os.listdir(folder) if os.path.isdir(folder) else []

    def fresh(self):
        shutil.rmtree(os.path.join(self.dir, "state", "scans"), ignore_errors=True)

    def lines(self, name):
        with open(self.path(name), "rb") as file:
            return file.read().split(b"\n", 1)

    def head(self, name):
        import json
        return json.loads(self.lines(name)[0])["metadata"]

    def assert_whole(self, process, name):
        """The scan ended well; otherwise the rows that say why not."""
        result = self.finish(process)
        if result.code == 3:
            rows = [row for row in self.head(name)["completeness"] if row["status"] != "ok"]
            self.fail("a scan that is not whole: %s" % rows[:8])
        self.assert_code(result, 0)

    def figure(self, name, key):
        return {label: provider.get(key, 0)
                for label, provider in self.head(name)["providers"].items()}


SOON = """provider: powerbi
service: admin
entries:
  - name: scan.status
    summary: Whether a scan is done
    phase: scans
    permission: Tenant.Read.All
    request: { path: "/v1.0/myorg/admin/workspaces/scanStatus/{scan}" }
    poll: { status: status, done: [Succeeded, Failed], first: 50ms, every: 100ms }
    decode: scan_status
    replay: true
    items: "."
    children: [{ entry: scan.result, vars: { scan: "{item.id}" } }]
    limits: ["powerbi/{tenant}/all", "powerbi/{tenant}/scanStatus"]
"""


class Tenant(ResumeTest):
    """Power BI: what was read is not asked for again; of the batches only those in flight are."""

    IN_FLIGHT = 16

    def setUp(self):
        super().setUp()
        self.cloud = self.fakecloud(
            "--latency-ms", "3", "--max-seconds", LIFE_S, "--azure-subscriptions", "1", "--azure-tenant", TENANT, "--powerbi-workspaces",
            "3900", "--powerbi-personal", "0", "--powerbi-scan-seconds", "0.2", "--powerbi-no-throttle")
        base = "http://127.0.0.1:%d" % self.cloud.port
        self.around = {
            "WGO_POWERBI_ENDPOINT": base + "/powerbi", "AZURE_AUTHORITY_HOST": base + "/azure/login",
            "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": "a0000000-0000-4000-a000-000000000001",
            "AZURE_CLIENT_SECRET": "fake-secret", "WGO_STATE_DIR": os.path.join(self.dir, "state")}
        self.write("catalogs/soon.yaml", SOON)
        self.args = ["scan", "-p", "powerbi", "--catalog-dir", self.path("catalogs"), "--format", "ndjson", "-q",
                     "--quota", "1000000/h", "--scan-timeout", "0"]

    def scan(self, output, *more):
        return self.start(*self.args, "-o", output, *more, env=self.around)

    def asked(self, since, operation):
        return [r["path"] for r in self.cloud.requests()[since:] if r["operation"] == operation]

    def test_killed_at_random_moments(self):
        self.assert_whole(self.scan("whole.ndjson", "--no-checkpoints"), "whole.ndjson")
        whole = self.lines("whole.ndjson")[1]
        batches = len(self.asked(0, "getInfo"))
        self.assertEqual(batches, 39)
        requests, chance, most, ended = len(self.cloud.requests()), random.Random(2027), 0, 0
        for round_ in range(ROUNDS):
            self.fresh()
            begun = len(self.cloud.requests())
            moment = chance.randrange(1, requests)
            process = self.scan("gone.ndjson")
            self.wait_for(lambda: len(self.cloud.requests()) - begun >= moment or process.poll() is not None,
                          "requests")
            process.send_signal(signal.SIGKILL)
            process.communicate()
            if process.returncode == 0:
                ended += 1  # before the moment came: there is nothing to go on from
                continue
            killed = len(self.cloud.requests())
            self.assert_whole(self.scan("again.ndjson", "--resume"), "again.ndjson")
            self.assertEqual(self.lines("again.ndjson")[1], whole, "round %d" % round_)
            repeated = len(self.asked(begun, "getInfo")) - batches
            self.assertLessEqual(repeated, self.IN_FLIGHT, "round %d" % round_)
            most = max(most, repeated)
            before = len(self.asked(begun, "scanResult")) - len(self.asked(killed, "scanResult"))
            # A result that was on its way may be asked for again; none that was kept.
            self.assertLessEqual(len(self.asked(killed, "scanResult")), batches - before + self.IN_FLIGHT)
        self.assertLess(ended, max(ROUNDS / 2, 2))
        print("%d scans of %d batches killed, at most %d of them asked for again" % (ROUNDS - ended, batches, most),
              flush=True)


class Everything(ResumeTest):
    def setUp(self):
        super().setUp()
        key = self.path("key.json")
        self.cloud = FakeCloud(self, [
            "--latency-ms", "4", "--max-seconds", LIFE_S, "--aws-accounts", "3", "--aws-regions", "2", "--gcp-projects", "2",
            "--gcp-objects", "150", "--gcp-write-key", key, "--azure-subscriptions", "2",
            "--azure-objects", "60", "--azure-tenant", TENANT, "--cluster",
            "one:objects=400,namespaces=6", "--cluster", "two:objects=300,seed=7"], None)
        self.addCleanup(self.cloud.stop)
        base = "http://127.0.0.1:%d" % self.cloud.port
        self.write("../home/.aws/config",
                   "[default]\nregion = eu-west-1\nendpoint_url = %s\n"
                   "aws_access_key_id = AKIAFAKE100000000001\n"
                   "aws_secret_access_key = secret-of-100000000001\n" % base)
        self.around = {
            "AWS_EC2_METADATA_DISABLED": "true", "GOOGLE_APPLICATION_CREDENTIALS": key,
            "WGO_GCP_ENDPOINT": base + "/gcp/{service}", "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": "a0000000-0000-4000-a000-000000000001",
            "AZURE_CLIENT_SECRET": "fake-secret", "WGO_AZURE_ENDPOINT": base + "/azure/arm",
            "AZURE_AUTHORITY_HOST": base + "/azure/login", "KUBECONFIG": self.cloud.kubeconfig,
            "WGO_STATE_DIR": os.path.join(self.dir, "state")}
        self.args = ["scan", "--all", "--concurrent", "--max-workers", "2",
                     "--state-file", SHOP, "--config", self.write("config.yaml", CONFIG),
                     "--format", "ndjson", "--scan-timeout", "0", "-q", "--no-cache"]

    def scan(self, output, *more):
        return self.start(*self.args, "-o", output, *more, env=self.around)

    def test_killed_at_random_moments(self):
        self.assert_whole(self.scan("whole.ndjson", "--no-checkpoints"), "whole.ndjson")
        whole = self.lines("whole.ndjson")[1]
        self.assertGreater(whole.count(b"\n"), 1000)
        calls = self.figure("whole.ndjson", "calls")
        self.assertEqual(len([c for c in calls.values() if c > 5]), 4, calls)
        requests = len(self.cloud.requests())
        self.assertEqual(self.journals(), [])
        chance, most_resumed = random.Random(2026), 0
        for round_ in range(ROUNDS):
            self.fresh()
            begun = len(self.cloud.requests())
            moments = sorted(chance.randrange(1, requests) for _ in range(1 + round_ % 2))
            process = self.scan("whole.ndjson.gone")
            for n, moment in enumerate(moments):
                self.wait_for(lambda: len(self.cloud.requests()) - begun >= moment or
                              process.poll() is not None, "requests")
                process.send_signal(signal.SIGKILL)
                process.communicate()
                if n + 1 < len(moments):
                    process = self.scan("whole.ndjson.gone", "--resume")
            self.assert_whole(self.scan("again.ndjson", "--resume"), "again.ndjson")
            self.assertEqual(self.lines("again.ndjson")[1], whole, "round %d" % round_)
            resumed = self.figure("again.ndjson", "resumed_pages")
            made = self.figure("again.ndjson", "calls")
            # A page that was there is a call less, and nothing else is one more.
            self.assertEqual({label: made[label] + resumed[label] for label in calls}, calls)
            most_resumed = max(most_resumed, sum(resumed.values()))
            self.assertEqual(self.journals(), [])
        print("%d scans of %d calls killed, at most %d pages resumed" % (
            ROUNDS, sum(calls.values()), most_resumed), flush=True)
        self.assertGreater(most_resumed, 0)


class OneCluster(ResumeTest):
    def setUp(self):
        super().setUp()
        self.cloud = self.fakecloud("--latency-ms", "5", "--pods", "4000", "--objects", "5000")
        self.around = {"KUBECONFIG": self.cloud.kubeconfig,
                       "WGO_STATE_DIR": os.path.join(self.dir, "state")}

    def scan(self, *args, **kwargs):
        return self.start("scan", "-p", "k8s", "--max-workers", "1", "--calls-per-worker", "2",
                          "--format", "ndjson", "-o", "a.ndjson", *args, env=self.around, **kwargs)

    def interrupt(self, *args, requests=20):
        before = len(self.cloud.requests())
        process = self.scan(*args)
        self.wait_for(lambda: len(self.cloud.requests()) - before >= requests, "requests")
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assert_code(result, 130)
        self.assertIn("The same command with --resume goes on", result.err)
        self.assertEqual(len(self.journals()), 1)
        return result

    def resumed(self):
        return sum(self.figure("a.ndjson", "resumed_pages").values())

    def test_an_interrupted_scan(self):
        self.interrupt()
        journal = os.path.join(self.dir, "state", "scans", self.journals()[0])
        self.assertEqual(os.stat(journal).st_mode & 0o777, 0o600)
        result = self.finish(self.scan("--resume"))
        self.assert_code(result, 0)
        self.assertIn("going on from", result.err)
        self.assertIn("pages of an earlier scan", result.err)
        self.assertGreater(self.resumed(), 5)
        self.assertEqual(self.journals(), [])
        result = self.finish(self.scan("--resume"))
        self.assert_code(result, 0)
        self.assertIn("no scan like this one was interrupted: it begins anew", result.err)
        self.assertEqual(self.resumed(), 0)

    def test_a_deadline(self):
        result = self.finish(self.scan("--scan-timeout", "150ms"))
        self.assert_code(result, 3)
        self.assertIn("--resume goes on from what was read", result.err)
        result = self.finish(self.scan("--scan-timeout", "0", "--resume"))
        self.assert_code(result, 0)
        self.assertGreater(self.resumed(), 0)

    def test_a_snapshot_that_could_not_be_written(self):
        for args, said in (("/dev/full",), "No space left"), (("/dev/full", "--quiet"), "No space left"):
            result = self.finish(self.scan("-o", *args))
            self.assert_code(result, 1)
            self.assertIn(said, result.err)
            self.assertIn("hint: the same command with --resume goes on from what was read", result.err)
            self.assertEqual(len(self.journals()), 1)
        before = len(self.cloud.requests())
        self.assert_code(self.finish(self.scan("--resume")), 0)
        self.assertGreater(self.resumed(), 10)
        self.assertLess(len(self.cloud.requests()) - before, 10)
        self.assertEqual(self.journals(), [])

    def test_a_reader_that_goes(self):
        ours, theirs = os.pipe()
        os.close(ours)
        process = self.scan("-o", "-", stdout=theirs)
        os.close(theirs)
        result = self.finish(process)
        self.assert_code(result, 1)
        self.assertIn("with --resume goes on", result.err)
        self.assert_code(self.finish(self.scan("--resume")), 0)
        self.assertGreater(self.resumed(), 10)

    def test_without_the_flag_it_begins_anew_and_says_so(self):
        self.interrupt()
        result = self.finish(self.scan())
        self.assert_code(result, 0)
        self.assertIn("a scan like this one was interrupted at ", result.err)
        self.assertEqual(self.resumed(), 0)

    def test_another_scan_is_another_scan(self):
        self.interrupt()
        result = self.finish(self.scan("--resume", "--resource-type", "kubernetes_pod"))
        self.assert_code(result, 0)
        self.assertIn("no scan like this one", result.err)
        self.assertEqual(len(self.journals()), 1)
        self.assert_code(self.finish(self.scan("--resume")), 0)
        self.assertGreater(self.resumed(), 5)

    def test_nothing_is_kept_unless_wanted(self):
        before = len(self.cloud.requests())
        process = self.scan("--no-checkpoints")
        self.wait_for(lambda: len(self.cloud.requests()) - before >= 20, "requests")
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assert_code(result, 130)
        self.assertNotIn("--resume", result.err)
        self.assertEqual(self.journals(), [])
        self.assert_error(self.wgo("scan", "-p", "k8s", "--resume", "--no-checkpoints",
                                   env=self.around), 2, "--no-checkpoints nothing is kept")

    def test_two_at_once_do_not_share_a_file(self):
        process = self.scan("-q")
        self.wait_for(self.journals, "the first one's file")
        other = self.finish(self.start("scan", "-p", "k8s", "--format", "ndjson", "-o", "b.ndjson",
                                       "--resume", env=self.around))
        first = self.finish(process)
        self.assert_code(first, 0)
        self.assert_code(other, 0)
        self.assertIn("cannot resume: ", other.err)
        self.assertEqual(self.lines("a.ndjson")[1], self.lines("b.ndjson")[1])

    def test_a_state_folder_that_takes_nothing(self):
        """A full disk, more or less: the scan gives its snapshot, and says what is not kept."""
        result = self.finish(self.start(
            "scan", "-p", "k8s", "--resource-type", "kubernetes_pod", "--format", "ndjson", "-o",
            "/dev/null", "--allow-partial", "--memory-budget", "256M", env=self.around,
            file_limit=200000))
        self.assertIn("not all that was read is kept for --resume: ", result.err)

    def test_what_is_young_enough_is_not_asked_for(self):
        for age, resumed in (("1h", False), ("1h", True), ("1ms", False)):
            before = len(self.cloud.requests())
            self.assert_code(self.finish(self.scan("--max-age", age)), 0)
            lines, calls = self.lines("a.ndjson")[1], len(self.cloud.requests()) - before
            self.assertEqual(self.resumed() > 10, resumed)
            self.assertEqual(calls < 10, resumed, calls)
            old = [row for row in self.head("a.ndjson")["completeness"] if "age" in row]
            self.assertEqual(len(old) > 0, resumed)
            self.assertEqual(len(self.journals()), 1)
        whole = self.finish(self.scan("--no-checkpoints"))
        self.assert_code(whole, 0)
        self.assertEqual(self.lines("a.ndjson")[1], lines)
        cleared = self.wgo("cache", "clear", env=self.around)
        self.assert_code(cleared, 0)
        self.assertEqual(self.journals(), [])
        self.assert_error(self.wgo("scan", "-p", "k8s", "--max-age", "1h", "--resume",
                                   env=self.around), 2, "--max-age: not together")

    def ask(self, answer):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [os.path.join(os.environ["WGO_BINARY_DIR"], "wgo"), "scan", "-p", "k8s",
             "--max-workers", "1", "--calls-per-worker", "2", "--format", "ndjson", "-o",
             "a.ndjson", "--no-dashboard"], cwd=self.work,
            env=dict(self.env(**self.around), TERM="xterm"), stdin=theirs, stdout=theirs,
            stderr=theirs)
        os.close(theirs)
        text = b""
        while b"[Y/n]" not in text:
            text += os.read(ours, 4096)
        os.write(ours, answer)
        while True:
            try:
                more = os.read(ours, 65536)
            except OSError:
                break
            if not more:
                break
            text += more
        os.close(ours)
        self.assertEqual(process.wait(60), 0, text)
        return text.decode("utf-8", "replace")

    def test_a_terminal_is_asked(self):
        self.interrupt()
        self.assertIn("A scan like this one was interrupted", self.ask(b"n\n"))
        self.assertEqual(self.resumed(), 0)
        self.interrupt()
        self.ask(b"\n")
        self.assertGreater(self.resumed(), 5)


if __name__ == "__main__":
    main()
