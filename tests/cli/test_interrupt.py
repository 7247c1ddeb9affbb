"""Scans that do not end by themselves: signals, deadlines, failures, exit codes."""
import os
import signal
import socket
import time

from cli_support import SHOP, CliTest, main

STALL = {"kind": "stall", "path": "*/pods*", "query": "*limit=*", "at_bytes": -2}


class Interrupted(CliTest):
    def stalled(self, *args, scenario=None, **kwargs):
        """A scan that waits for pods for ever; everything else has been read."""
        cloud = self.fakecloud(scenario=scenario or {"faults": [STALL]})
        process = self.start("scan", "-p", "k8s", "-o", "a.json", *args,
                             env={"KUBECONFIG": cloud.kubeconfig}, **kwargs)
        # The stalled request is logged only when it ends: wait for all the others instead.
        lists = [f for f in ("/secrets", "/deployments", "/nodes", "/services", "/widgets")]
        self.wait_for(lambda: all(any(f + "?" in r["path"] for r in cloud.requests())
                                  for f in lists), "the lists")
        return process

    def test_first_signal_keeps_what_was_read(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process = self.stalled() if number == signal.SIGINT else self.again()
                process.send_signal(number)
                result = self.finish(process)
                self.assert_code(result, 130)
                snapshot = self.load("a.json")
                self.assertFalse(snapshot["metadata"]["complete"])
                self.assertGreater(snapshot["metadata"]["resource_count"], 50)
                rows = snapshot["metadata"]["completeness"]
                pods = [r for r in rows if "kubernetes_pod" in r["type"]]
                self.assertEqual([r["status"] for r in pods], ["limited"])
                self.assertIn("interrupted", result.err)
                self.assert_clean("a.json")

    def again(self):
        self.doCleanups()
        self.setUp()
        return self.stalled()

    def test_also_when_started_in_a_background_that_ignores_interrupts(self):
        def deaf():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        cloud = self.fakecloud(scenario={"faults": [STALL]})
        import subprocess
        from cli_support import WGO
        process = subprocess.Popen([WGO, "scan", "-p", "k8s", "-q", "-o", "a.json"], cwd=self.work,
                                   env=self.env(KUBECONFIG=cloud.kubeconfig), preexec_fn=deaf,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_for(lambda: len(cloud.requests()) > 5, "requests")
        process.send_signal(signal.SIGINT)
        self.assert_code(self.finish(process), 130)

    def test_stream_keeps_its_last_line(self):
        process = self.stalled("--stream")
        process.send_signal(signal.SIGINT)
        self.assert_code(self.finish(process), 130)
        with open(self.path("a.json")) as file:
            lines = file.read().splitlines()
        self.assertIn('"complete":false', lines[-1])
        self.assertGreater(len(lines), 50)

    def test_before_there_is_a_scan_the_first_signal_exits(self):
        config = self.path("config.yaml")
        os.mkfifo(config)  # reading it blocks until somebody writes
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                process = self.start("scan", "--all", "--config", config)

                def handled(process=process, number=number):
                    with open("/proc/%d/status" % process.pid, encoding="utf-8") as file:
                        caught = [int(line.split()[1], 16) for line in file if line.startswith("SigCgt:")]
                    return caught and caught[0] >> (number - 1) & 1
                self.wait_for(handled, "the handler")
                process.send_signal(number)
                self.assert_error(self.finish(process), 130, "interrupted")
        self.assert_clean("config.yaml")

    def test_second_signal_exits_at_once(self):
        # A reader that never reads: writing blocks, and the first signal cannot end that.
        reader, writer = os.pipe()
        cloud = self.fakecloud("--pods", "2000")
        process = self.start("scan", "-p", "k8s", "-q", "-o", "-", stdout=writer,
                             env={"KUBECONFIG": cloud.kubeconfig})
        os.close(writer)
        os.read(reader, 1)  # it has begun to write
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), 130)
        process.communicate()
        os.close(reader)

    def test_second_signal_removes_the_unfinished_file(self):
        fifo = self.path("states")
        os.mkfifo(fifo)
        process = self.start("scan", "-p", "terraform", "--state-file", fifo, "-o", "a.json",
                             "--metrics-file", "m.prom")
        # Reading blocks until somebody writes; by then the unfinished file is there.
        self.wait_for(lambda: len(self.unfinished(process)) == 2, "the files")
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), 130)
        process.communicate()
        self.assert_clean("states")

    def test_nothing_is_left_of_one_that_is_killed(self):
        os.mkfifo(self.path("states"))
        process = self.start("scan", "-p", "terraform", "--state-file", "states", "-o", "a.json")
        files = self.wait_for(lambda: self.unfinished(process), "the file")
        named = [name for name in files if name.endswith(".tmp")]
        if named:
            process.kill()
            process.communicate()
            self.skipTest("this file system gives every file a name: %s" % named)
        process.kill()
        self.assertEqual(process.wait(timeout=60), -signal.SIGKILL)
        process.communicate()
        self.assert_clean("states")

    def test_a_pipe_that_does_not_end(self):
        """Neither one that nobody opens nor one that is never closed outlasts a signal."""
        os.mkfifo(self.path("silent"))
        for name in ("silent", "-"):
            with self.subTest(state=name):
                reader, writer = os.pipe()
                os.write(writer, b" " * 1000)
                process = self.start("scan", "-p", "terraform", "--state-file", name, "-o", "a.json", stdin=reader)
                os.close(reader)
                self.wait_for(lambda: self.unfinished(process), "the file")
                process.send_signal(signal.SIGTERM)
                started = time.monotonic()
                result = self.finish(process)
                os.close(writer)
                self.assertLess(time.monotonic() - started, 3)
                self.assert_code(result, 130)
                rows = self.load("a.json")["metadata"]["completeness"]
                self.assertEqual({row["status"] for row in rows}, {"limited"})


class Checks(CliTest):
    """Commands that look at providers end at a signal too, and what they started with them."""

    def interrupted(self, command, env, ready):
        process = self.start(command, "-p", "k8s", env=env)
        self.wait_for(lambda: ready(process), "the question")
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        result = self.finish(process)
        self.assertLess(time.monotonic() - started, 10)
        self.assert_code(result, 130)
        return result

    def test_a_server_that_does_not_answer(self):
        for command in ("validate", "health"):
            with self.subTest(command=command):
                server = socket.create_server(("127.0.0.1", 0))
                self.addCleanup(server.close)
                server.settimeout(60)
                taken = []
                self.interrupted(command, {"KUBECONFIG": self.kubeconfig(server.getsockname()[1], "{}")},
                                 lambda _, server=server, taken=taken: taken.append(server.accept()[0]) or taken)
                for connection in taken:
                    connection.close()

    def test_a_program_for_credentials_that_does_not_end(self):
        pid_file = self.path("../pid")
        plugin = self.write("../plugin", "#!/bin/sh\necho $$ > '%s.new' && mv '%s.new' '%s'\nexec sleep 600\n" % (
            (pid_file,) * 3))
        os.chmod(plugin, 0o700)
        config = self.kubeconfig(1, "{exec: {apiVersion: client.authentication.k8s.io/v1, command: %s, "
                                    "interactiveMode: Never}}" % plugin)
        self.interrupted("validate", {"KUBECONFIG": config}, lambda _: os.path.exists(pid_file))
        with open(pid_file, encoding="utf-8") as file:
            pid = int(file.read())
        self.wait_for(lambda: not os.path.exists("/proc/%d" % pid), "its end")

    def kubeconfig(self, port, user):
        return self.write("../kubeconfig-%d" % port, "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
                          "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
                          "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:%d'}}]\n"
                          "users: [{name: u, user: %s}]\n" % (port, user))


class Deadlines(CliTest):
    def test_a_state_that_does_not_end(self):
        os.mkfifo(self.path("silent"))
        started = time.monotonic()
        result = self.wgo("scan", "-p", "terraform", "--state-file", "silent", "-o", "a.json", "--scan-timeout", "300ms")
        self.assert_code(result, 1)
        self.assertIn("not finished within 0.3 s", result.err)
        self.assertLess(time.monotonic() - started, 3)

    def scan(self, scenario, *args, **kwargs):
        cloud = self.fakecloud(scenario=scenario)
        return self.wgo("scan", "-p", "k8s", "-o", "a.json", *args,
                        env={"KUBECONFIG": cloud.kubeconfig}, **kwargs)

    def test_timeout_is_partial(self):
        result = self.scan({"faults": [STALL]}, "--scan-timeout", "1500ms")
        self.assert_code(result, 3)
        self.assertIn("timed out", result.err)
        self.assertIn("--scan-timeout", result.err)
        snapshot = self.load("a.json")
        self.assertTrue(snapshot["metadata"]["providers"]["kubernetes"]["timed_out"])
        statuses = {r["status"] for r in snapshot["metadata"]["completeness"]}
        self.assertEqual(statuses, {"ok", "timeout"})

    def test_allow_partial(self):
        result = self.scan({"faults": [STALL]}, "--scan-timeout", "1500ms", "--allow-partial")
        self.assert_code(result, 0)
        self.assertFalse(self.load("a.json")["metadata"]["complete"])

    def test_timeout_of_one_provider_from_the_file(self):
        config = self.write("../c.yaml", "providers: {kubernetes: {timeout: 1s}}\n")
        result = self.scan({"faults": [STALL]}, "--config", config)
        self.assert_code(result, 3)

    def test_denied_is_partial_and_explained(self):
        rules = [{"verbs": ["get", "list"], "exceptResources": ["secrets"]}]
        cloud = self.fakecloud(scenario={"users": [
            {"name": "clerk", "token": "t", "rules": rules}]})
        with open(cloud.kubeconfig) as file:
            text = file.read()
        result = self.wgo("scan", "-p", "k8s", "--context", "clerk@default", "-o", "a.json",
                          env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 3)
        self.assertIn("What could not be read", result.err, text)
        denied = [r for r in self.load("a.json")["metadata"]["completeness"]
                  if r["status"] == "denied"]
        self.assertEqual(len(denied), 1)
        self.assertIn("kubernetes_secret", denied[0]["type"])

    def test_fail_on_error_stops_the_others(self):
        cloud = self.fakecloud(scenario={"faults": [STALL]})
        self.write("broken.tfstate", '{"version": 4, "resources": [')
        args = ["scan", "--all", "--concurrent", "-o", "a.json"]
        env = {"KUBECONFIG": cloud.kubeconfig, "WGO_TERRAFORM_PATH": self.work}
        result = self.wgo(*args, "--fail-on-error", env=env)
        self.assert_code(result, 1)
        self.assertIn("broken.tfstate", result.err)

    def test_fail_on_error_says_whose_failure_it_was(self):
        """What fails stops its own provider too, whose rows do not speak of another one."""
        cloud = self.fakecloud(scenario={"latency_ms": 20, "faults": [
            {"kind": "status", "status": 403, "path": "*/configmaps*"}]})
        result = self.wgo("scan", "-p", "k8s", "--fail-on-error", "-o", "a.json",
                          env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 1)
        stopped = [r["error"] for r in self.load("a.json")["metadata"]["completeness"]
                   if r["status"] == "limited"]
        self.assertTrue(stopped, result)
        for error in stopped:
            self.assertIn("stopped because something else could not be read", error)

    def test_a_limit_of_the_user_s_own_is_no_failure(self):
        """--resource-limit is obeyed, and said; --fail-on-error is about what could not be read."""
        cloud = self.fakecloud("--objects", "100")
        kube, states = ["-p", "k8s"], ["-p", "terraform", "--state-file", SHOP]
        for args, limited, whole in ((kube + ["--resource-limit", "20"] + states, "kubernetes", "terraform"),
                                     (states + ["--resource-limit", "1"] + kube, "terraform", "kubernetes")):
            for more in ([], ["--concurrent"]):
                with self.subTest(args=args, more=more):
                    result = self.wgo("scan", *args, *more, "--fail-on-error", "-o", "a.json",
                                      env={"KUBECONFIG": cloud.kubeconfig})
                    self.assert_code(result, 3)
                    metadata = self.load("a.json")["metadata"]
                    self.assertEqual({name: at["outcome"] for name, at in metadata["providers"].items()},
                                     {limited: "partial", whole: "complete"})
                    rows = [row for row in metadata["completeness"] if row["status"] not in ("ok", "skipped")]
                    self.assertEqual({(row["provider"], row["status"]) for row in rows}, {(limited, "limited")})
                    self.assertEqual({"stopped at --resource-limit" in row["error"] for row in rows}, {True})
                    self.assertNotIn("first failure", result.err)

    def test_every_error_ends_in_a_row(self):
        result = self.scan({"faults": [{"kind": "status", "status": 500, "path": "*/secrets*"}]},
                           "--config", self.write("../c.yaml", "retry: {max: 1, base: 1ms}\n"))
        self.assert_code(result, 3)
        rows = [r for r in self.load("a.json")["metadata"]["completeness"] if r["status"] != "ok"]
        self.assertEqual([r["type"] for r in rows], ["kubernetes_secret"])
        self.assertIn("error", rows[0])

    def test_debug_log(self):
        cloud = self.fakecloud("--pods", "5")
        result = self.wgo("scan", "-p", "k8s", "-q", "-o", "a.json",
                          env={"KUBECONFIG": cloud.kubeconfig, "WGO_DEBUG": "true"})
        self.assert_code(result, 0)
        lines = [line for line in result.err.splitlines() if " call " in line]
        self.assertGreaterEqual(len(lines), len(cloud.requests()), result.err[:3000])
        for line in lines:
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z call .*http=\d+ result=")

    def test_one_good_provider_is_enough(self):
        env = {"KUBECONFIG": self.write("../k", "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
               "contexts: [{name: c, context: {cluster: c, user: u}}]\n"
               "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:1'}}]\n"
               "users: [{name: u, user: {}}]\n"),
               "WGO_CONFIG": self.write("../c.yaml", "retry: {max: 0}\n")}
        result = self.wgo("scan", "-p", "k8s", "-p", "terraform", "--state-file", SHOP,
                          "-o", "a.json", env=env)
        self.assert_code(result, 3)
        self.assertEqual(self.load("a.json")["metadata"]["resource_count"], 2)
        alone = self.wgo("scan", "-p", "k8s", "-o", "b.json", env=env)
        self.assert_code(alone, 1)
        self.assert_clean("a.json")


if __name__ == "__main__":
    main()
