"""Where snapshots go, in which form, and what happens when they cannot go there."""
import json
import os
import re
import stat
import subprocess
import sys
import time

from cli_support import SHOP, SOURCE, CliTest, main, skip

SCAN = ["scan", "-p", "terraform", "--state-file", SHOP]
SECRET = "correct-horse-battery"


class Forms(CliTest):
    def validate(self, *names):
        schema = os.path.join(SOURCE, "docs", "snapshot.schema.json")
        script = os.path.join(SOURCE, "tests", "support", "validate_snapshot.py")
        if not os.path.exists(schema) or not os.path.exists(script):
            print("SKIPPED: no schema to validate against")
            return
        done = subprocess.run([sys.executable, script, schema, *map(self.path, names)],
                              capture_output=True, text=True)
        if done.returncode == 77:
            print(done.stdout.strip())
            return
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_default_name_and_mode(self):
        result = self.wgo(*SCAN)
        self.assert_code(result, 0)
        names = os.listdir(self.work)
        self.assertEqual(len(names), 1)
        self.assertRegex(names[0], r"^wgo-\d{8}T\d{6}Z\.json$")
        self.assertEqual(stat.S_IMODE(os.stat(self.path(names[0])).st_mode), 0o600)
        self.assertIn(names[0], result.err)
        self.validate(names[0])

    def test_default_name_of_ndjson(self):
        self.assert_code(self.wgo(*SCAN, "--format", "ndjson"), 0)
        self.assertRegex(os.listdir(self.work)[0], r"^wgo-\d{8}T\d{6}Z\.ndjson$")

    def test_a_default_name_replaces_nothing(self):
        """A name that nobody chose is not reason enough for a file to be gone, whatever it is."""
        now = time.time()
        names = ["wgo-%s.json" % time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now + i)) for i in range(-5, 120)]
        self.write("target", "theirs")
        kinds = (lambda path: self.write(path, "theirs"), lambda path: os.mkdir(self.path(path)),
                 lambda path: os.symlink("target", self.path(path)), lambda path: os.mkfifo(self.path(path)),
                 lambda path: os.symlink("nowhere", self.path(path)))
        for i, name in enumerate(names):
            kinds[i % len(kinds)](name)
        for number in ("2", "3", "4"):
            result = self.wgo(*SCAN)
            self.assert_code(result, 0)
            new = re.search(r"Snapshot: (wgo-\d{8}T\d{6}Z-\d\.json) ", result.err)[1]
            self.assertEqual(self.load(new)["metadata"]["resource_count"], 2)
            names.append(new)
        self.assert_clean("target", *names)
        with open(self.path("target")) as file:
            self.assertEqual(file.read(), "theirs")

    def test_default_names_of_scans_at_once(self):
        for more in ([], ["--stream"]):
            running = [self.start(*SCAN, *more) for _ in range(12)]
            said = set()
            for process in running:
                result = self.finish(process)
                self.assert_code(result, 0)
                said.add(re.search(r"Snapshot: (\S+) ", result.err)[1])
            self.assertEqual(len(said), 12)
            self.assert_clean(*said)
            for name in said:
                os.unlink(self.path(name))

    def test_json(self):
        self.assert_code(self.wgo(*SCAN, "-o", "a.json"), 0)
        snapshot = self.load("a.json")
        self.assertEqual(snapshot["provider"], "terraform")
        self.assertEqual(snapshot["metadata"]["resource_count"], len(snapshot["resources"]))
        self.assertTrue(snapshot["metadata"]["complete"])
        figures = snapshot["metadata"]["providers"]["terraform"]
        for name in ("outcome", "duration_ns", "records", "calls", "retries", "throttles",
                     "failures", "wire_bytes", "body_bytes", "workers", "most_in_flight",
                     "timed_out"):
            self.assertIn(name, figures)
        self.assertEqual(figures["outcome"], "complete")
        ids = [resource["id"] for resource in snapshot["resources"]]
        self.assertEqual(ids, sorted(ids))
        self.assertNotIn(SECRET, json.dumps(snapshot))
        self.validate("a.json")

    def test_ndjson(self):
        result = self.wgo(*SCAN, "-q", "--format", "ndjson", "-o", "-")
        lines = result.out.splitlines()
        head = json.loads(lines[0])
        self.assertNotIn("resources", head)
        self.assertEqual(head["metadata"]["resource_count"], len(lines) - 1)
        self.write("a.ndjson", result.out)
        self.validate("a.ndjson")

    def test_stream_ends_with_what_was_seen(self):
        result = self.wgo(*SCAN, "--stream", "-o", "-")
        lines = [json.loads(line) for line in result.out.splitlines()]
        self.assertEqual([("resource_count" in line.get("metadata", {})) for line in lines],
                         [False, False, True])
        self.assertEqual(lines[-1]["metadata"]["resource_count"], 2)
        self.assertTrue(lines[-1]["metadata"]["complete"])
        self.assertNotIn(SECRET, result.out)
        self.assertIn("aws_sqs_queue", result.err)  # the summary counts types without a merge

    def test_stream_to_a_file(self):
        self.assert_code(self.wgo(*SCAN, "--stream", "-o", "s.ndjson"), 0)
        with open(self.path("s.ndjson")) as file:
            self.assertEqual(len(file.readlines()), 3)
        self.assert_clean("s.ndjson")

    def test_unmerged(self):
        cloud = self.fakecloud("--pods", "5")
        args = ["-p", "k8s", "-p", "terraform", "--state-file", SHOP, "--skip-merging"]
        self.assert_code(self.wgo("scan", *args, "-o", "u.json",
                                  env={"KUBECONFIG": cloud.kubeconfig}), 0)
        snapshots = self.load("u.json")["snapshots"]
        self.assertEqual([s["provider"] for s in snapshots], ["kubernetes", "terraform"])
        for snapshot in snapshots:
            self.assertEqual(list(snapshot["metadata"]["providers"]), [snapshot["provider"]])
            self.assertEqual({r["provider"] for r in snapshot["metadata"]["completeness"]},
                             {snapshot["provider"]})
        self.assertEqual(snapshots[1]["metadata"]["resource_count"], 2)
        self.assertNotEqual(snapshots[0]["id"], snapshots[1]["id"])
        self.validate("u.json")
        # The same two to standard output, where the counts cannot be patched in afterwards.
        piped = self.wgo("scan", *args, "-q", "-o", "-", env={"KUBECONFIG": cloud.kubeconfig})
        self.assertEqual([s["resources"] for s in piped.json()["snapshots"]],
                         [s["resources"] for s in snapshots])

    def test_two_providers_and_their_order(self):
        cloud = self.fakecloud("--pods", "5")
        env = {"KUBECONFIG": cloud.kubeconfig, "WGO_TERRAFORM_PATH": os.path.dirname(SHOP)}
        self.assert_code(self.wgo("scan", "--all", "--concurrent", "-o", "a.json", env=env), 0)
        self.assert_code(self.wgo("scan", "--all", "--preferred-order", "terraform,k8s", "-o",
                                  "b.json", env=env), 0)
        a, b = self.load("a.json"), self.load("b.json")
        self.assertEqual(a["provider"], "multi")
        self.assertEqual(a["resources"], b["resources"])
        self.assertEqual(list(a["metadata"]["providers"]), ["kubernetes", "terraform"])
        self.assertEqual(list(b["metadata"]["providers"]), ["terraform", "kubernetes"])

    def test_same_bytes_twice(self):
        def bytes_of(name):
            self.assert_code(self.wgo(*SCAN, "-o", name), 0)
            with open(self.path(name)) as file:
                return re.sub(r'"id":"[0-9a-f-]{36}"|"timestamp":"[^"]*"|"collection_time":\d+|'
                              r'"duration_ns":\d+', "", file.read())
        self.assertEqual(bytes_of("a.json"), bytes_of("b.json"))

    def test_appending_and_redirected_output(self):
        with open(self.path("log"), "wb") as file:
            file.write(b"before\n")
        with open(self.path("log"), "ab") as file:
            self.finish(self.start(*SCAN, "-q", "-o", "-", stdout=file))
        with open(self.path("log")) as file:
            text = file.read()
        self.assertTrue(text.startswith("before\n"))
        self.assertEqual(json.loads(text[len("before\n"):])["metadata"]["resource_count"], 2)


class Failures(CliTest):
    OLD = '{"old": "snapshot"}\n'

    def setUp(self):
        super().setUp()
        self.write("old.json", self.OLD)

    def assert_old(self):
        with open(self.path("old.json")) as file:
            self.assertEqual(file.read(), self.OLD)
        self.assert_clean("old.json")

    def test_replaces_a_snapshot_only_when_done(self):
        self.assert_code(self.wgo(*SCAN, "-o", "old.json"), 0)
        self.assertEqual(self.load("old.json")["metadata"]["resource_count"], 2)
        self.assert_clean("old.json")

    def test_full_disk(self):
        result = self.wgo(*SCAN, "-q", "-o", "/dev/full")
        self.assert_error(result, 1, "/dev/full", "No space left")
        self.assert_old()

    def test_no_folder_for_what_memory_cannot_hold(self):
        cloud = self.fakecloud("--cluster", "one:objects=6000")
        result = self.wgo("scan", "-p", "kubernetes", "--memory-budget", "4M", "-o", self.path("new.json"),
                          env={"KUBECONFIG": cloud.kubeconfig, "TMPDIR": self.path("absent")})
        self.assertIn(result.code, (1, 3), str(result))
        self.assertIn("cannot make a temporary file", result.err)
        self.assertIn("hint: set TMPDIR to a folder that can be written", result.err)

    def test_no_room_for_what_memory_cannot_hold(self):
        """Only who may mount can have a small disk."""
        small = self.path("small")
        os.mkdir(small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", small],
                          capture_output=True).returncode != 0:
            skip("no right to mount a small disk")
        self.addCleanup(subprocess.run, ["umount", small], capture_output=True)
        cloud = self.fakecloud("--cluster", "one:objects=6000")
        env = {"KUBECONFIG": cloud.kubeconfig, "TMPDIR": small}
        result = self.wgo("scan", "-p", "kubernetes", "--memory-budget", "4M", "-o", self.path("new.json"), env=env)
        self.assert_code(result, 3)
        self.assertIn("cannot write the temporary file: No space left on device", result.err)
        self.assertIn("set TMPDIR", result.err)
        self.assertEqual(os.listdir(small), [])
        with open(self.path("new.json")) as file:
            self.assertFalse(json.load(file)["metadata"]["complete"])

    def test_full_standard_output(self):
        for args in (SCAN + ["-q", "-o", "-"], SCAN + ["-q", "-o", "-", "--stream"], ["--version"],
                     ["help", "scan"], ["providers"]):
            with self.subTest(args=args), open("/dev/full", "wb") as full:
                result = self.finish(self.start(*args, stdout=full))
                self.assert_error(result, 1, "standard output", "No space left")

    def test_file_that_may_not_grow(self):
        result = self.wgo(*SCAN, "-q", "-o", "old.json", "--state-dir", "/proc/nowhere",
                          file_limit=600)
        self.assert_error(result, 1, "old.json", "too large")
        self.assert_old()

    def test_closed_pipe(self):
        for args in (SCAN + ["-q", "-o", "-"], SCAN + ["-q", "--stream", "-o", "-"], ["help"]):
            with self.subTest(args=args):
                reader, writer = os.pipe()
                os.close(reader)
                process = self.start(*args, stdout=writer)
                os.close(writer)
                self.assert_error(self.finish(process), 1, "standard output: the reader closed the pipe")
        self.assert_old()

    def test_a_slow_reader_slows_the_scan(self):
        """What nobody reads is not asked for: memory does not grow while an output waits."""
        pods, page = 30000, 500
        cloud = self.fakecloud("--object-bytes", "2000", "--pods", str(pods))
        process = self.start("scan", "-p", "k8s", "--resource-type", "pods", "-q", "--stream", "--memory-budget", "8M",
                             "-o", "-", env={"KUBECONFIG": cloud.kubeconfig})
        seen = {"count": 0, "at": time.monotonic()}

        def quiet():
            count = sum("/pods?" in each["path"] for each in cloud.requests())
            if count != seen["count"]:
                seen.update(count=count, at=time.monotonic())
            return count > 0 and time.monotonic() - seen["at"] > 0.5
        self.wait_for(quiet, "the scan to wait for its reader")
        self.assertLess(seen["count"], pods / page / 2)
        result = self.finish(process)
        self.assert_code(result, 0)
        self.assertGreaterEqual(sum("/pods?" in each["path"] for each in cloud.requests()), pods / page)
        ids = [json.loads(line).get("id") for line in result.out.splitlines()[:-1]]
        self.assertEqual(len(set(ids)), pods)
        self.assertTrue(json.loads(result.out.splitlines()[-1])["metadata"]["complete"])

    def test_closed_standard_output(self):
        process = subprocess.Popen(["/bin/sh", "-c", 'exec "$0" --version >&-',
                                    self.start.__globals__["WGO"]],
                                   env=self.env(), stderr=subprocess.PIPE)
        self.assert_error(self.finish(process), 1, "standard output")

    def test_places_where_nothing_can_be_written(self):
        os.mkdir(self.path("folder"))
        for where, says in (("no/such/folder/a.json", "No such file"), ("folder", "directory"),
                            ("old.json/a.json", "Not a directory")):
            with self.subTest(where=where):
                result = self.wgo(*SCAN, "-o", where)
                self.assert_error(result, 1, where, says)
        os.rmdir(self.path("folder"))
        self.assert_old()

    def test_names_as_long_as_a_name_may_be(self):
        """The temporary name needs no more room than the folder gives its own."""
        names = ["s" * 250 + ".json", "s" * 230 + ".json", "m" * 255]
        for args in (["-o", names[0], "--metrics-file", names[2]], ["-o", self.path(names[1]), "--stream"],
                     ["-o", names[0]]):
            self.assert_code(self.wgo(*SCAN, "-q", *args), 0)
        self.assert_clean("old.json", *names)
        self.assert_valid(names[0])
        self.assert_error(self.wgo(*SCAN, "-q", "-o", "s" * 256), 1, "File name too long")
        self.assert_clean("old.json", *names)

    def test_failed_scan_leaves_the_old_snapshot(self):
        cloud = self.fakecloud("--token", "root=sesame")  # and our kubeconfig is nobody's
        config = self.write("../kubeconfig", f"""apiVersion: v1
kind: Config
current-context: c
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{cloud.port}/clusters/default"}}}}]
users: [{{name: u, user: {{token: wrong}}}}]
""")
        result = self.wgo("scan", "-p", "k8s", "-o", "old.json", env={"KUBECONFIG": config})
        self.assert_code(result, 4)
        self.assertIn("No snapshot was written", result.err)
        self.assert_old()
        quiet = self.wgo("scan", "-q", "-p", "k8s", "-o", "old.json", env={"KUBECONFIG": config})
        self.assert_error(quiet, 4, "kubernetes")
        self.assert_old()

    def test_state_folder_that_cannot_be(self):
        result = self.wgo(*SCAN, "-o", "old.json", "--state-dir", "/proc/nowhere")
        self.assert_code(result, 0)
        self.assertIn("warning", result.err.lower())
        snapshot = self.load("old.json")
        self.assertNotIn("key_id", snapshot["metadata"])
        self.assertNotIn(SECRET, json.dumps(snapshot))

    def test_redaction_keys(self):
        def key_id(*args, env=None):
            result = self.wgo(*SCAN, "-q", "-o", "-", *args, env=env)
            self.assert_code(result, 0)
            return result.json()["metadata"]["key_id"]
        own = key_id()
        self.assertEqual(own, key_id())
        key = self.write("../key", "0123456789abcdef0123456789abcdef")
        named = key_id("--redact-key-file", key)
        self.assertNotEqual(own, named)
        self.assertEqual(named, key_id(env={"WGO_REDACT_KEY_FILE": key}))
        self.assertNotEqual(own, key_id(env={"WGO_REDACT_KEY": "another key of some length"}))
        result = self.wgo(*SCAN, "--redact-key-file", "/no/key")
        self.assert_error(result, 2, "/no/key")

    def test_resource_limit_stops_and_says_so(self):
        result = self.wgo(*SCAN, "--resource-limit", "1", "-o", "-")
        self.assert_code(result, 3)
        snapshot = json.loads(result.out)
        self.assertEqual(len(snapshot["resources"]), 1)
        self.assertFalse(snapshot["metadata"]["complete"])
        self.assertIn("limited", {row["status"] for row in snapshot["metadata"]["completeness"]})
        self.assertIn("stopped at --resource-limit 1", result.err)
        self.assertNotIn("could not be read", result.err)


if __name__ == "__main__":
    main()
