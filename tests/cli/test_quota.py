"""Quotas: one ledger for all scans of a machine, shares that change while they run, and what is told of it."""
import json
import signal
import sqlite3
import subprocess
import time

from cli_support import SHOP, CliTest, main


class Quota(CliTest):
    def setUp(self):
        super().setUp()
        self.cloud = self.fakecloud("--objects", "300")
        self.state = self.path("state")

    def scan(self, *args, **env):
        return self.wgo("scan", "-p", "k8s", "-o", "out.json", "--state-dir", self.state, *args,
                        env={"KUBECONFIG": self.cloud.kubeconfig, **env})

    def quota(self, *args, code=0):
        result = self.wgo("quota", *args, "--state-dir", self.state)
        self.assert_code(result, code)
        return result

    def calls(self):
        with open(self.cloud.log, encoding="utf-8") as file:
            return len(file.readlines())

    def provider(self):
        return self.load("out.json")["metadata"]["providers"]["kubernetes"]

    def test_every_call_is_charged_and_told_of(self):
        result = self.scan("--quota", "5000/h,20000/d", "--quota-share", "50%")
        self.assert_code(result, 0)
        calls = self.calls()
        self.assertGreater(calls, 50)
        self.assertIn("50 calls in ", result.err)
        self.assertIn("left for others", result.err)
        self.assertEqual(self.provider()["quota"]["calls"], calls)
        told = json.loads(self.quota("--format", "json").out)
        self.assertEqual([item["key"] for item in told], ["kubernetes"])
        self.assertEqual(told[0]["share"], 0.5)
        self.assertEqual(told[0]["windows"], [{"limit": 5000, "seconds": 3600},
                                              {"limit": 20000, "seconds": 86400}])
        self.assertEqual(told[0]["use"]["calls"], calls)
        self.assertEqual(set(told[0]["use"]), {"calls", "elapsed_minutes", "rate_per_hour",
                                               "percentage_used", "left_for_others", "verdict"})
        self.assertIsNone(told[0]["use"]["rate_per_hour"], "a scan of seconds has no rate an hour")
        self.assertAlmostEqual(told[0]["use"]["percentage_used"], calls / 50, delta=0.051)
        self.assertEqual(told[0]["use"]["left_for_others"], 5000 - calls)
        self.assertIsNone(self.provider()["quota"]["rate_per_hour"])
        text = self.quota().out
        self.assertNotIn("at this rate", text + result.err)
        self.assertIn("kubernetes: 5000/h, 20000/d, our share 50%", text)
        self.assertIn("%d calls in " % calls, text)

    def test_what_is_left_is_all_there_is(self):
        self.assert_code(self.scan("--quota", "60/h"), 0)
        before = self.calls()
        self.assertLessEqual(before, 60)
        result = self.scan("--quota", "60/h", "--scan-timeout", "3s")
        self.assert_code(result, 3)
        self.assertEqual(self.calls(), 60, "the second scan had what the first one left")
        self.assertIn("kubernetes: the quota leaves no call until 20", result.err)
        rows = self.load("out.json")["metadata"]["completeness"]
        self.assertIn("timeout", {row["status"] for row in rows})

    def test_a_share_that_is_ordered(self):
        self.assert_code(self.scan("--quota", "1000/h"), 0)
        self.assertIn("1 quota: share 1%", self.quota("set", "--share", "1%").out)
        before = self.calls()
        self.assert_code(self.scan("--quota", "1000/h", "--scan-timeout", "2s"), 1)
        self.assertEqual(self.calls(), before, "a hundredth of 1000 was used long ago")
        self.assertIn("(ordered)", self.quota().out)
        self.quota("set", "--share", "own", "kube*")
        self.assert_code(self.scan("--quota", "1000/h"), 0)

    def test_the_file_says_it_for_limit_keys(self):
        config = self.write("config.yaml", "quotas:\n  - { match: 'kubernetes/*', limit: [500/h], share: 90% }\n")
        self.assert_code(self.scan("--config", config), 0)
        told = json.loads(self.quota("--format", "json").out)
        self.assertTrue(told[0]["key"].startswith("kubernetes/"), told)
        self.assertEqual(told[0]["use"]["calls"], self.calls())

    def test_a_ledger_that_cannot_be_kept_slows_the_scan_and_no_more(self):
        self.assert_code(self.scan("--quota", "100000/s"), 0)
        with sqlite3.connect(self.state + "/wgo.db") as db:
            db.execute("DROP TABLE charge")
            db.execute("CREATE TABLE charge (id INTEGER PRIMARY KEY, key BLOB NOT NULL,"
                       " made_at INTEGER NOT NULL, counts_from INTEGER NOT NULL CHECK (made_at < 0), answer INTEGER)")
        db.close()
        result = self.scan("--quota", "100000/s")
        self.assert_code(result, 0)
        self.assertIn("the quota ledger", result.err)
        self.assertTrue(self.load("out.json")["resources"])

    def test_mistakes(self):
        args = ("scan", "-p", "terraform", "--state-file", SHOP)
        for flags, says in ((("--quota", "500"), '--quota: "500" is no quota'),
                            (("--quota", "500/h,x"), '"x" is no quota'),
                            (("--quota", "5/h", "--quota-share", "0%"), '--quota-share: "0%"'),
                            (("--quota-share", "24%"), "a share of what?"),
                            (("--quota-share", "24"), '--quota-share: "24"'),
                            (("--max-calls-per-hour", "0"), "from 1 to")):
            with self.subTest(flags=flags):
                self.assert_error(self.wgo(*args, *flags), 2, says)
        for text, says in (("quotas: 5\n", "line 1"), ("quotas: [{ match: a }]\n", "needs limit"),
                           ("quotas: [{ limit: 5 }]\n", '"5" is no quota'),
                           ("quotas: [{ limit: 5/h, per: call }]\n", "per may only say endpoint"),
                           ("quotas: [{ limit: 5/h, shares: 1 }]\n", "unknown")):
            with self.subTest(text=text):
                config = self.write("config.yaml", text)
                self.assert_error(self.wgo(*args, "--config", config), 2, "config.yaml", says)
        self.assert_error(self.wgo("quota", "show"), 2, 'no "show"')
        self.assert_error(self.wgo("quota", "set"), 2, "--share is missing")
        self.assert_error(self.wgo("quota", "set", "--share", "10%", "--state-dir", self.state), 2,
                          "no quota is called")
        self.assertEqual(self.quota("--format", "json").out, "[]\n")


class Window(CliTest):
    def test_hours_that_are_not_now(self):
        cloud = self.fakecloud("--objects", "100")
        env = {"KUBECONFIG": cloud.kubeconfig}
        later = time.localtime(time.time() + 7200)
        hours = time.strftime("%a %H:%M-%H:00", later) if later.tm_min else time.strftime(
            "%a %H:00-%H:30", later)
        process = self.start("scan", "-p", "k8s", "-o", "a.json", "--window", hours,
                             "--no-dashboard", env=dict(env, LC_ALL="C"), stderr=subprocess.PIPE)
        line = process.stderr.readline().decode()
        self.assertIn("outside of --window: no calls until ", line)
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assert_code(result, 130)
        self.assertNotIn("--resume", result.err)
        self.assertEqual(cloud.requests(), [])
        result = self.wgo("scan", "-p", "k8s", "-o", "a.json", "-q", "--config", self.write(
            "config.yaml", "window: Mon-Sun\n"), env=env)
        self.assert_code(result, 0)

    def test_what_are_no_hours(self):
        for hours in ("Mon 20", "soon", "25:00-26:00"):
            self.assert_error(self.wgo("scan", "-p", "terraform", "--state-file", SHOP,
                                       "--window=" + hours), 2,
                              "are no hours", "hours look like")


if __name__ == "__main__":
    main()
