"""Whether a provider bears a scan now: never called clear on anything but good answers."""
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time

from cli_support import SHOP, CliTest, main


class Health(CliTest):
    def health(self, *args, scenario=None, code=0, flags=()):
        self.cloud = cloud = self.fakecloud(*flags, scenario=scenario)
        self.addCleanup(cloud.stop)
        result = self.wgo("health", "-p", "k8s", "--format", "json", *args,
                          env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, code)
        self.calls = len(cloud.requests())
        answer = json.loads(result.out)
        self.assertEqual(len(answer), 1)
        self.assertEqual(answer[0]["provider"], "kubernetes")
        return answer[0]

    def faults(self, **fault):
        return {"faults": [dict({"path": "*"}, **fault)]}

    def test_a_good_answer_is_clear(self):
        answer = self.health()
        self.assertEqual(answer["status"], "clear")
        self.assertTrue(answer["safe_to_proceed"])
        self.assertEqual(answer["recommended_max_parallel"], 3)
        self.assertEqual(answer["calls_used"], self.calls)
        self.assertLessEqual(self.calls, 3)

    def test_what_stands_in_files_needs_no_answer(self):
        """Nobody is asked about states in files: they can be read, or not."""
        with open(SHOP, "rb") as file:
            self.write("shop.tfstate", file.read())
        self.write("broken/other.tfstate", "no state")
        os.mkdir(self.path("empty"))
        for args, code, status in ((["--all"], 0, "clear"), (["-p", "terraform", "--path", "empty"], 0, "clear"),
                                   (["-p", "terraform", "--state-file", "shop.tfstate"], 0, "clear"),
                                   (["-p", "terraform", "--path", "broken"], 1, "unknown"),
                                   (["-p", "terraform", "--state-file", "shop.tfstate", "--path", "broken"], 1,
                                    "unknown")):
            with self.subTest(args=args):
                result = self.wgo("health", *args, "--format", "json")
                self.assert_code(result, code)
                answer = json.loads(result.out)[0]
                self.assertEqual((answer["provider"], answer["status"], answer["calls_used"]), ("terraform", status, 0))
                self.assertEqual("other.tfstate" in answer.get("error", ""), code != 0)

    def test_throttling_is_heavy_and_nothing_is_asked_twice(self):
        answer = self.health(scenario=self.faults(kind="throttle", retry_after_s=1), code=1)
        self.assertEqual(answer["status"], "heavy")
        self.assertFalse(answer["safe_to_proceed"])
        self.assertEqual(answer["recommended_max_parallel"], 0)
        self.assertLessEqual(self.calls, 3)

    def test_retries_of_the_configuration_are_not_for_this(self):
        config = self.write("c.yaml", "providers: {k8s: {retry: {max: 3, base: 10ms}}}\nretry: {max: 4, base: 10ms}\n")
        answer = self.health("--config", config, scenario=self.faults(kind="status", status=500), code=1)
        self.assertEqual((answer["status"], self.calls), ("unknown", 1))

    def test_anything_else_is_unknown(self):
        for fault in ({"kind": "status", "status": 500}, {"kind": "status", "status": 401},
                      {"kind": "status", "status": 503}, {"kind": "reset"}):
            with self.subTest(fault=fault):
                answer = self.health(scenario=self.faults(**fault), code=1)
                self.assertEqual(answer["status"], "unknown", answer)
                self.assertFalse(answer["safe_to_proceed"])
                self.assertIn("error", answer)
                self.doCleanups()
                self.setUp()

    # ---- no answer ----

    def stalled(self, scenario, calls, within_s=0.5):
        """Nobody waits for ever; how long it takes is no matter but for a generous bound."""
        began = time.monotonic()
        answer = self.health("--scan-timeout", "%dms" % (within_s * 1000), scenario=scenario, code=1)
        self.assertLess(time.monotonic() - began, 30)
        self.assertEqual((answer["status"], answer["error"]), ("unknown", "no answer within %g s" % within_s))
        self.assertFalse(answer["safe_to_proceed"])
        self.assertEqual(answer["recommended_max_parallel"], 0)
        self.assertEqual(answer["calls_used"], calls)
        self.wait_for(lambda: len(self.cloud.requests()) == calls, "%d requests" % calls)

    def test_a_server_that_accepts_and_never_answers_is_unknown(self):
        self.stalled(self.faults(kind="stall", at_bytes=-2), calls=1)

    def test_so_is_one_that_stops_in_the_middle(self):
        self.stalled(self.faults(kind="stall", at_bytes=10), calls=1)

    def test_so_is_one_that_sends_a_byte_now_and_then(self):
        self.stalled(self.faults(kind="drip", bytes_per_s=1), calls=1)

    def test_so_is_one_that_answers_some_calls_only(self):
        # Who we are and what we may is told without an error when it cannot be asked: health is not clear for that.
        for path, calls in (("*selfsubjectreviews", 2), ("*selfsubjectaccessreviews", 3)):
            with self.subTest(path=path):
                # What is answered before has the same time, on a machine that may do other things.
                self.stalled({"faults": [{"path": path, "kind": "stall", "at_bytes": -2}]}, calls, within_s=4)
                self.doCleanups()
                self.setUp()

    def test_calls_that_fail_where_nobody_needs_them_are_told_of(self):
        answer = self.health(scenario={"faults": [{"path": "*selfsubject*", "kind": "status", "status": 500}]}, code=1)
        self.assertEqual((answer["status"], answer["error"]), ("unknown", "2 of 3 calls failed"))

    def test_a_socket_that_nobody_serves_is_unknown(self):
        cloud = self.fakecloud()
        cloud.stop()
        with socket.socket() as server:
            server.bind(("127.0.0.1", cloud.port))
            server.listen(5)  # the kernel accepts; nobody reads
            began = time.monotonic()
            result = self.wgo("health", "-p", "k8s", "--scan-timeout", "1s", env={"KUBECONFIG": cloud.kubeconfig})
            self.assertLess(time.monotonic() - began, 30)
        self.assert_code(result, 1)
        self.assertIn("kubernetes: unknown; do not scan now; 1 call\n  no answer within 1 s\n", result.out)

    def test_nobody_there_is_unknown(self):
        cloud = self.fakecloud()
        cloud.stop()
        began = time.monotonic()
        result = self.wgo("health", "-p", "k8s", env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 1)
        self.assertIn("kubernetes: unknown; do not scan now", result.out)
        self.assertLess(time.monotonic() - began, 30)

    # ---- what was answered of late ----

    def after(self, *answers, code, ago_s=0):
        """Health once a scan's ledger says that so many calls were good, throttled, neither."""
        cloud = self.fakecloud("--objects", "100")
        self.addCleanup(cloud.stop)
        args, env = ("--state-dir", self.path("state")), {"KUBECONFIG": cloud.kubeconfig}
        self.assert_code(self.wgo("scan", "-p", "k8s", "-q", "-o", "out.json", "--quota", "5000/h", *args, env=env), 0)
        with sqlite3.connect(self.path("state") + "/wgo.db") as db:
            found = db.execute("SELECT answer, count(*) FROM charge GROUP BY answer").fetchall()
            self.assertEqual([row[0] for row in found], [1], "every call was good, and the ledger says so")
            self.assertEqual(found[0][1], len(cloud.requests()))
            db.execute("DELETE FROM charge")
            now = time.time_ns() - ago_s * 10 ** 9
            for answer, count in enumerate(answers, 1):
                db.executemany("INSERT INTO charge (key, made_at, counts_from, answer) VALUES"
                               " (CAST('kubernetes' AS BLOB), ?, ?, ?)", [(now, now, answer)] * count)
        db.close()
        result = self.wgo("health", "-p", "k8s", "--format", "json", *args, env=env)
        self.assert_code(result, code)
        return json.loads(result.out)[0]

    def test_answers_of_the_last_hour_count(self):
        # Its own calls are good ones, one at least and three at most.
        for answers, status, parallel in (((8, 0, 0), "clear", 3), ((8, 1, 0), "light", 2), ((8, 2, 0), "moderate", 1),
                                          ((0, 1, 0), None, None), ((1, 6, 0), "heavy", 0), ((800, 0, 1), "unknown", 0)):
            with self.subTest(answers=answers):
                if status is None:  # one of less than four: no light without four probes
                    answer = self.after(*answers, code=0)
                    self.assertIn(answer["status"], ("moderate", "light"))
                    self.assertEqual(answer["status"] == "light", answer["calls_used"] >= 3)
                else:
                    answer = self.after(*answers, code=0 if parallel else 1)
                    self.assertEqual((answer["status"], answer["recommended_max_parallel"]), (status, parallel))
                self.assertEqual(answer["answers_last_hour"], sum(answers))
                self.assertLessEqual(answer["calls_used"], 3)
                self.doCleanups()
                self.setUp()

    def test_what_was_answered_before_that_does_not(self):
        answer = self.after(0, 50, 3, code=0, ago_s=3700)
        self.assertEqual((answer["status"], answer["answers_last_hour"]), ("clear", 0))

    def test_throttles_of_a_scan_are_known_to_the_next_check(self):
        cloud = self.fakecloud("--objects", "100", scenario=self.faults(kind="throttle", retry_after_s=1))
        args, env = ("--state-dir", self.path("state")), {"KUBECONFIG": cloud.kubeconfig}
        self.wgo("scan", "-p", "k8s", "-q", "-o", "out.json", "--quota", "5000/h", "--scan-timeout", "2s", *args, env=env)
        asked = len([one for one in cloud.requests() if one["status"] == 429])
        self.assertGreater(asked, 0)
        cloud.stop()
        with sqlite3.connect(self.path("state") + "/wgo.db") as db:
            found = dict(db.execute("SELECT answer, count(*) FROM charge WHERE answer > 0 GROUP BY answer").fetchall())
        db.close()
        self.assertLessEqual(found.get(2, 0), asked)
        self.assertEqual(set(found) - {2}, set(), "nothing was good, and nothing failed")

    def test_text(self):
        cloud = self.fakecloud()
        result = self.wgo("health", "-p", "k8s", env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 0)
        self.assertIn("kubernetes: clear; safe to proceed, 3 in parallel at most; ", result.out)


class Large(CliTest):
    """A scan of more than 10,000 calls asks first; one of less does not."""

    def cloud(self, *args, scenario=None):
        return self.fakecloud("--codescan-key", "big=1000000:1000000:1", *args, scenario=scenario)

    def describe(self, cloud, scopes):
        entry = """  - name: list%d
    request: { path: "/projects/{nobody}/scans" }
    absent: [NOT_FOUND]
    items: data[]
    id: "codescan://scan/{item.id}"
"""
        self.write("codescan.yaml", """provider: codescan
api:
  base: http://127.0.0.1:%d/codescan/v1
  auth: { kind: bearer, token: env:CODESCAN_KEY }
  check: /account
scopes: [%s]
entries:
%s""" % (cloud.port, ", ".join("{ account: a%d, vars: { nobody: n%d } }" % (i, i) for i in range(scopes)),
         "".join(entry % i for i in range(11))))

    def scan(self, *args, key="cs_big"):
        return self.wgo("scan", "-p", "codescan", "--catalog", "codescan.yaml", "-o", "out.json", "--state-dir",
                        self.path("state"), *args, env={"CODESCAN_KEY": key})

    def checks(self, cloud):
        return [one for one in cloud.requests() if one["path"].endswith("/account")]

    def test_it_is_told_what_it_costs_and_begins(self):
        cloud = self.cloud()
        self.describe(cloud, 920)
        result = self.scan("--scan-timeout", "60s")
        self.assert_code(result, 0)
        self.assertIn("codescan: 10,120 calls or more, about ", result.err)
        self.assertIn("; it is clear, by 1 call\n", result.err)
        self.assertIn("more than 10000 calls; that is much at once: read it in parts", result.err)
        requests = cloud.requests()
        self.assertEqual(len(self.checks(cloud)), 1)
        self.assertTrue(requests[0]["path"].endswith("/account"), "it comes first")
        self.assertEqual(len(requests), 10121)

    def test_a_small_one_asks_nobody(self):
        cloud = self.cloud()
        self.describe(cloud, 100)
        result = self.scan()
        self.assert_code(result, 0)
        self.assertEqual(self.checks(cloud), [])
        self.assertNotIn("calls or more", result.err)

    def test_heavy_and_unknown_do_not_begin(self):
        for fault, says in (({"kind": "throttle", "retry_after_s": 1}, "codescan is heavy, so large a scan does not begin now"),
                            ({"kind": "status", "status": 500}, "codescan is unknown, so large a scan does not begin now"),
                            ({"kind": "status", "status": 401}, "codescan is unknown"), ({"kind": "reset"}, "codescan is unknown"),
                            ({"kind": "stall", "at_bytes": -2}, "does not begin now: no answer within 1 s")):
            with self.subTest(fault=fault):
                cloud = self.cloud(scenario={"faults": [dict({"path": "*"}, **fault)]})
                self.describe(cloud, 920)
                soon = ("--scan-timeout", "1s") if fault["kind"] == "stall" else ()
                self.assert_error(self.scan("-q", *soon), 1, says, "--no-health begins it all the same")
                self.assertLessEqual(len(cloud.requests()), 1, "it was asked once")
                self.assert_clean("codescan.yaml", "state")
                asked = len(cloud.requests())
                result = self.scan("--no-health", "-q", "--scan-timeout", "500ms")
                self.assertNotIn("does not begin", result.err)
                self.wait_for(lambda: len(cloud.requests()) > asked, "its question")
                self.doCleanups()
                self.setUp()

    def test_outside_of_its_hours_nobody_is_asked(self):
        cloud = self.cloud()
        self.describe(cloud, 920)
        later = time.localtime(time.time() + 7200)
        process = self.start("scan", "-p", "codescan", "--catalog", "codescan.yaml", "-o", "out.json",
                             "--window", time.strftime("%a %H:00-%H:59", later),
                             env={"CODESCAN_KEY": "cs_big", "LC_ALL": "C"}, stderr=subprocess.PIPE)
        self.assertIn("outside of --window: no calls until ", process.stderr.readline().decode())
        process.send_signal(signal.SIGINT)
        self.assert_code(self.finish(process), 130)
        self.assertEqual(cloud.requests(), [])

    def test_how_many_there_were_is_known_to_the_next(self):
        cloud = self.cloud()
        self.describe(cloud, 100)
        self.assert_code(self.scan(), 0)
        with sqlite3.connect(self.path("state") + "/wgo.db") as db:
            kept = db.execute("SELECT CAST(key AS TEXT), CAST(value AS TEXT) FROM cache"
                              " WHERE CAST(key AS TEXT) LIKE 'wgo/calls/%'").fetchall()
            self.assertEqual([row[1] for row in kept], ["1100"])
            db.execute("UPDATE cache SET value = CAST('12345' AS BLOB) WHERE CAST(key AS TEXT) = ?", (kept[0][0],))
        db.close()
        result = self.scan()
        self.assert_code(result, 0)
        self.assertIn("codescan: 12,345 calls or more", result.err)
        self.assertEqual(len(self.checks(cloud)), 1)
        result = self.scan()
        self.assertNotIn("calls or more", result.err, "the last one was small again")


if __name__ == "__main__":
    main()
