"""Exec plugins, token files and kubeconfigs of no use, as the command line shows them."""
import json
import os
import stat

from kube_support import FIXTURES, KubeTest, main

V1 = "client.authentication.k8s.io/v1"


class Plugins(KubeTest):
    def plugin(self, name, *args, version=V1, **env):
        command = name if os.path.isabs(name) else os.path.join(FIXTURES, "plugins", name)
        self.count = self.path("count")
        env["WGO_PLUGIN_COUNT"] = self.count
        return self.kubeconfig({"exec": {
            "apiVersion": version, "command": command, "args": list(args),
            "interactiveMode": "IfAvailable",
            "env": [{"name": k, "value": v} for k, v in env.items()]}})

    def script(self, text):
        path = self.write("plugin.sh", "#!/bin/sh\n" + text)
        os.chmod(path, stat.S_IRWXU)
        return path

    def runs(self):
        if not os.path.exists(self.count):
            return 0
        with open(self.count) as file:
            return len(file.readlines())

    def expect_failure(self, kubeconfig, *texts):
        snapshot, result = self.scan(kubeconfig=kubeconfig, code=4)
        self.assertIsNone(snapshot)
        self.assertEqual(self.cloud.requests(), [])
        for text in texts:
            self.assertIn(text, result.err)
        # Three calls waited for the credentials: it is said once.
        self.assertEqual(result.err.count("exec plugin of user"), 1, result.err)
        self.assertNotIn("secret-that", result.err)

    def test_a_token_from_a_plugin(self):
        self.serve("--token", "admin=token-1")
        for version in (V1, V1 + "beta1"):
            snapshot, _ = self.scan(kubeconfig=self.plugin("good.sh", version=version,
                                                           WGO_PLUGIN_VERSION=version))
            self.expect_all(snapshot)
            self.assertEqual(self.runs(), 1, "one run for all calls")
            os.unlink(self.count)

    def test_a_token_that_is_refused_halfway_is_renewed(self):
        # token-1 is known for the first requests only; then the plugin gives token-2.
        self.serve("--pods", "2000", scenario={
            "users": [{"name": "one", "token": "token-1", "admin": True},
                      {"name": "two", "token": "token-2", "admin": True}],
            "faults": [{"kind": "status", "status": 401, "user": "one", "after": 20}]})
        snapshot, _ = self.scan(kubeconfig=self.plugin("good.sh"))
        self.expect_all(snapshot)
        self.assertEqual(self.runs(), 2, "one renewal, however many were refused")
        self.assertEqual({r["user"] for r in self.cloud.requests()}, {"one", "two"})

    def test_a_token_that_expires_on_the_way_is_renewed(self):
        self.serve("--pods", "1500", scenario={
            "users": [{"name": "n%d" % n, "token": "token-%d" % n, "admin": True}
                      for n in range(1, 50)]})
        # Expired from the start: every call asks again, in single file.
        snapshot, _ = self.scan("--max-workers", "1", "--calls-per-worker", "1",
                                "--resource-type", "pods",
                                kubeconfig=self.plugin("good.sh", WGO_PLUGIN_EXPIRY=(
                                    "2001-01-01T00:00:00Z")))
        self.assertEqual(self.by_kind(snapshot), {"core/Pod": 1500})
        self.assertGreater(self.runs(), 1)

    def test_a_renewed_token_that_is_refused_too_is_the_end(self):
        self.serve("--token", "admin=another")
        snapshot, result = self.scan(kubeconfig=self.plugin("good.sh"), code=4)
        self.assertIsNone(snapshot)
        self.assertLessEqual(self.runs(), 3)

    def test_plugins_that_fail(self):
        self.serve()
        self.expect_failure(self.plugin("fails.sh"), "ended with code 3: login expired; run the-login",
                            "by hand to see")
        self.assertEqual(self.runs(), 1, "not once for every call")
        self.expect_failure(self.plugin("prints.sh", "secret-that-is-no-json"), "did not print JSON")
        self.expect_failure(self.plugin("prints.sh", ""), "printed nothing")
        self.expect_failure(self.plugin("endless.sh"), "prints too much")
        self.expect_failure(self.plugin("/nonexistent/plugin"), "was not found")
        self.expect_failure(self.plugin(self.path("config.yaml")), "may not be executed")
        self.expect_failure(self.plugin(self.script("kill -9 $$\n")), "signal 9")

    def test_a_plugin_that_hangs(self):
        self.serve()
        self.config = self.write(
            "config.yaml", "providers: {kubernetes: {exec_timeout: 400ms}}\n")
        self.expect_failure(self.plugin("hangs.sh"), "was not done within 0.4 s", "exec_timeout")

    def test_a_plugin_that_hangs_beyond_the_deadline(self):
        self.serve()
        snapshot, result = self.scan("--scan-timeout", "1s", kubeconfig=self.plugin("hangs.sh"),
                                     code=1)
        self.assertIsNone(snapshot)
        self.assertIn("not finished within", result.err)

    def test_a_bad_exec_timeout(self):
        self.serve()
        self.config = self.write("config.yaml", "providers:\n  k8s:\n    exec_timeout: soon\n")
        _, result = self.scan(code=2)
        self.assertIn("line 3", result.err)
        self.assertIn("exec_timeout", result.err)


class TokenFiles(KubeTest):
    def test_a_token_file(self):
        self.serve("--token", "admin=from-file")
        path = self.write("tok", "from-file\n")
        snapshot, _ = self.scan(kubeconfig=self.kubeconfig({"tokenFile": path, "token": "other"}))
        self.expect_all(snapshot)

    def test_a_token_file_relative_to_the_kubeconfig(self):
        self.serve("--token", "admin=from-file")
        self.write("tok", "from-file\n")
        snapshot, _ = self.scan(kubeconfig=self.kubeconfig({"tokenFile": "tok"}))
        self.expect_all(snapshot)

    def test_a_token_file_that_is_not_there(self):
        self.serve()
        _, result = self.scan(kubeconfig=self.kubeconfig({"tokenFile": "/nonexistent/tok"}), code=4)
        self.assertIn("token file of user \"u\"", result.err)


class BadInput(KubeTest):
    def refuse(self, text, *texts):
        path = self.write("kubeconfig", text)
        result = self.wgo("scan", "-p", "k8s", "-o", "out.json", env={"KUBECONFIG": path})
        self.assert_error(result, 2, path, *texts)
        self.assertFalse(os.path.exists(self.path("out.json")))

    def test_one_line_a_hint_and_exit_code_2(self):
        cluster = "clusters: [{name: c, cluster: {server: 'https://c.test'}}]\n"
        self.refuse("", "no current-context")
        self.refuse("current-context: x\n", "line 1: current-context is \"x\"")
        self.refuse(cluster + "contexts:\n- name: x\n  context: {cluster: c, user: bob}\n"
                    "current-context: x\nusers: [{name: rob}]\n",
                    "line 4: context \"x\": names the user \"bob\"", "did you mean \"rob\"?")
        self.refuse("contexts: [\n", "line 2, column 1")
        self.refuse(b"contexts: \xff\xfe\n", "line 1")
        self.refuse("a: &a [1,1,1,1,1,1,1,1]\n" + "".join(
            "%s: &%s [%s]\n" % (b, b, ",".join(["*" + a] * 9))
            for a, b in zip("abcdefgh", "bcdefghi")), "line")
        self.refuse("kind: Pod\n", "not a kubeconfig")

    def test_files_that_cannot_be_read(self):
        for path, said in ((self.work, "directory"), ("/nonexistent/kubeconfig", "does not exist")):
            result = self.wgo("scan", "-p", "k8s", env={"KUBECONFIG": path})
            self.assert_error(result, 2, path, said)

    def test_a_server_that_is_not_there(self):
        self.serve()
        kubeconfig = self.kubeconfig({}, server="http://127.0.0.1:1")
        snapshot, result = self.scan(kubeconfig=kubeconfig, code=1)
        self.assertIsNone(snapshot)
        self.assertIn("127.0.0.1:1", result.err)

    def test_a_server_that_is_something_else(self):
        self.serve(scenario={"faults": [{"kind": "html"}]})
        snapshot, result = self.scan(code=1)
        self.assertIsNone(snapshot)
        self.assertIn("not a whole document", result.err)


class Validate(KubeTest):
    def validate(self, kubeconfig, code, *args):
        result = self.wgo("validate", "--provider", "k8s", *args, "--config", self.config,
                          env={"KUBECONFIG": kubeconfig})
        self.assert_code(result, code)
        return result

    def test_as_whom_and_how_far(self):
        self.serve(scenario={"users": [
            {"name": "root", "token": "r", "admin": True},
            {"name": "clerk", "token": "c", "rules": [{"verbs": ["get"], "resources": ["pods"]}]}]})
        result = self.validate(self.kubeconfig({"token": "r"}), 0)
        self.assertIn("context x", result.out)
        self.assertIn("v1.32.0", result.out)
        self.assertIn("may list everything", result.out)
        result = self.validate(self.kubeconfig({"token": "c"}), 0)
        self.assertIn("may not list everything", result.out)
        # Nothing was collected.
        self.assertFalse([r for r in self.cloud.requests() if "limit=" in r["path"]])

    def test_what_does_not_work(self):
        self.serve("--token", "admin=right")
        result = self.validate(self.kubeconfig({"token": "wrong"}), 4)
        self.assertIn("refused the credentials", result.out + result.err)
        self.assertNotIn("wrong", result.out + result.err)
        plugin = os.path.join(FIXTURES, "plugins", "fails.sh")
        result = self.validate(self.kubeconfig({"exec": {"apiVersion": V1, "command": plugin}}), 4)
        self.assertIn("login expired", result.out + result.err)

    def test_contexts_that_show_the_same(self):
        self.serve()
        with open(self.kubeconfig({})) as file:
            config = json.load(file)
        config["contexts"].append({"name": "y", "context": {"cluster": "c", "user": "u"}})
        result = self.validate(self.write("kubeconfig", json.dumps(config)), 0, "--context", "all")
        self.assertIn("same cluster and user as context x", result.out)


if __name__ == "__main__":
    main()
