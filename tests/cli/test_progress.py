"""What people see while a scan runs and when it is over: on terminals, in logs, in narrow windows."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios

from cli_support import SHOP, WGO, CliTest, main


class Terminal(CliTest):
    """A scan with stderr on a terminal of our own."""

    def on_terminal(self, *args, columns=100, env=None):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
        process = subprocess.Popen([WGO, *args], cwd=self.work, stderr=slave,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   env=self.env(**{"TERM": "xterm", **(env or {})}))
        os.close(slave)
        shown = b""
        while True:
            if not select.select([master], [], [], 60)[0]:
                self.fail("silence: " + shown.decode("utf-8", "replace"))
            try:
                more = os.read(master, 65536)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            shown += more
        os.close(master)
        process.stdout.read()
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 0, shown.decode("utf-8", "replace"))
        return shown.decode("utf-8")

    def slow_scan(self, *args, **kwargs):
        cloud = self.fakecloud("--pods", "700", "--latency-ms", "150")
        return self.on_terminal("scan", "-p", "k8s", "-p", "terraform", "--state-file", SHOP,
                                "--concurrent", "-o", "a.json", *args,
                                **{**kwargs, "env": {"KUBECONFIG": cloud.kubeconfig,
                                                     **kwargs.get("env", {})}})

    def test_a_line_per_provider_is_redrawn_in_place(self):
        shown = self.slow_scan()
        self.assertRegex(shown, r"\x1b\[[23]A")  # back up over what was drawn
        frames = shown.split("\x1b[2A")
        self.assertGreater(len(frames), 3)
        self.assertRegex(frames[1], r"kubernetes +[\d,]+ records +[\d,]+ calls +\d+ in flight")
        self.assertIn("terraform", frames[1])
        self.assertIn("\x1b[J", shown)  # and taken away before the summary
        self.assertIn("from 2 providers", shown.split("\x1b[J")[-1])

    def test_colors(self):
        self.assertIn("\x1b[32m", self.slow_scan())
        for name, kwargs in (("NO_COLOR", {"env": {"NO_COLOR": "1"}}), ("dumb", {"env": {"TERM": "dumb"}})):
            with self.subTest(name):
                self.doCleanups()
                self.setUp()
                self.assertNotRegex(self.slow_scan(**kwargs), r"\x1b\[[0-9;]*m")
        self.doCleanups()
        self.setUp()
        self.assertIn("\x1b[32m", self.slow_scan("--color=always", env={"NO_COLOR": "1"}))

    def test_narrow_windows(self):
        for columns in (40, 12, 1):
            with self.subTest(columns=columns):
                self.doCleanups()
                self.setUp()
                shown = self.slow_scan(columns=columns)
                frame = shown.split("\x1b[2A")[1]
                for line in frame.split("\r\n")[:2]:
                    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line).strip("\r")
                    self.assertLess(len(plain), max(columns, 2), repr(line))

    def test_no_dashboard(self):
        shown = self.slow_scan("--no-dashboard")
        self.assertNotIn("\x1b[2A", shown)
        self.assertRegex(shown, r"kubernetes +[\d,]+ records")

    def test_quiet(self):
        self.assertEqual(self.slow_scan("--quiet"), "")

    def test_warnings_do_not_tear_the_lines(self):
        kubeconfig = self.write("../k", "")
        cloud = self.fakecloud("--pods", "700", "--latency-ms", "150")
        with open(cloud.kubeconfig) as file:
            text = file.read()
        with open(kubeconfig, "w") as file:
            file.write(text)
        shown = self.on_terminal("scan", "-p", "k8s", "-p", "terraform", "--state-file", SHOP,
                                 "--concurrent", "-o", "a.json", "--state-dir", "/proc/nowhere",
                                 env={"KUBECONFIG": kubeconfig})
        for line in shown.split("\r\n"):
            if "warning:" in line:
                plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line).strip("\r")
                self.assertTrue(plain.startswith("warning:"), repr(line))

    def test_the_debug_log_takes_the_dashboard_away(self):
        shown = self.slow_scan(env={"WGO_DEBUG": "1"})
        self.assertNotIn("\x1b[2A", shown)
        self.assertIn("Z call ", shown)


class Plain(CliTest):
    def test_lines_where_there_is_no_terminal(self):
        cloud = self.fakecloud("--pods", "20")
        result = self.wgo("scan", "-p", "k8s", "-o", "a.json", env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 0)
        self.assertNotIn("\x1b", result.err)
        self.assertRegex(result.err.splitlines()[0], r"^\+ kubernetes +[\d,]+ records .* complete")

    def test_quiet_says_nothing(self):
        result = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "-q", "-o", "a.json")
        self.assertEqual((result.code, result.out, result.err), (0, "", ""))

    def test_summary_says_all_it_should(self):
        cloud = self.fakecloud("--pods", "300", scenario={
            "faults": [{"kind": "throttle", "path": "*/secrets*", "nth": 1, "retry_after_s": 0}]})
        result = self.wgo("scan", "-p", "k8s", "-p", "terraform", "--state-file", SHOP,
                          "--concurrent", "-o", "a.json", env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 0)
        for word in ("from 2 providers in", "complete", "PROVIDER", "RETRIES", "THROTTLED", "TIME",
                     "kubernetes_pod", "300", "more types", "duplicates merged", "with conflicts",
                     "created", "reused", "efficiency", "peak memory", "CPU",
                     "registered_providers=2", "max_workers=4", "connection_pool_size=100",
                     "Snapshot: a.json"):
            self.assertIn(word, result.err)
        row = [line for line in result.err.splitlines() if line.startswith("  kubernetes  ")][0]
        self.assertEqual(row.split()[1], "complete")
        self.assertEqual(row.split()[5], "1", "the throttled call")

    def test_plain_text_where_the_locale_is_not_utf8(self):
        for locale, plain in (({"LANG": "C"}, True), ({"LANG": "de_DE.UTF-8"}, False),
                              ({"LANG": "C", "LC_ALL": "en_US.utf8"}, False)):
            with self.subTest(locale=locale):
                result = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "-o", "a.json",
                                  env=locale)
                self.assertEqual(result.err.isascii(), plain, result.err)

    def test_many_errors_are_folded(self):
        cloud = self.fakecloud(scenario={"users": [{"name": "nobody", "token": "t", "rules": [
            {"verbs": ["get", "list"], "resources": ["namespaces", "pods"]}]}]})
        result = self.wgo("scan", "-p", "k8s", "--context", "nobody@default", "-o", "a.json",
                          env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 3)
        told = result.err.split("What could not be read")[1]
        self.assertLess(len(told.splitlines()), 40, told)
        self.assertIn("hint:", told)
        self.assertIn("more", told)
        # Those that differ in the kind they name are one; those of two sorts are not.
        self.assertEqual(told.count("may not be listed over all namespaces"), 1, told)
        self.assertEqual(told.count("is forbidden"), 1, told)

    def test_errors_that_differ_are_not_taken_for_one(self):
        texts = [" " * i + "[]" for i in range(12)] + [
            "", '{"version": 2}', '{"version": 4, "resources": 5}', '{"encrypted_data": ""}', '{"version": 4', '{"version": 4, "a": -}',
            '{"version": 4, "a" 5}', '{"version": 4 5}', '{"version": 4, "a": "\\z"}']
        for i, text in enumerate(texts):
            self.write("%02d.tfstate" % i, text)
        result = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "--path", ".", "-o", "a.json")
        self.assert_code(result, 3)
        told = result.err.split("What could not be read")[1]
        self.assertIn(": expected an object\n    at ", told)
        self.assertEqual(told.count("\u2717"), 5, told)
        shown = sum(int(n) for n in re.findall("terraform: ([0-9]+) times", told)) + len(re.findall("terraform: (?![0-9]+ times)", told))
        others = int(re.search("and ([0-9]+) with other errors", told).group(1))
        self.assertEqual(shown + others, len(texts), told)


if __name__ == "__main__":
    main()
