"""Bad input: one clear line that says what, where and how to mend it; never a crash or a partial file."""
import gzip
import json
import os
import stat

from cli_support import SHOP, CliTest, main

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: {context}
contexts: [{{name: c, context: {{cluster: {cluster}, user: {user}}}}}]
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{port}/clusters/default"}}}}]
users: [{{name: u, user: {details}}}]
"""


class States(CliTest):
    def refused(self, name, code, *says):
        result = self.wgo("scan", "-q", "-p", "terraform", "--state-file", name, "-o", "out.json")
        self.assert_error(result, code, name, *says)
        self.assertFalse(os.path.exists(self.path("out.json")))
        self.assertEqual([n for n in os.listdir(self.work) if n.endswith(".tmp")], [])
        return result

    def test_what_cannot_be_opened(self):
        self.refused("nowhere.tfstate", 2, "No such file")
        os.mkdir(self.path("folder"))
        self.refused("folder", 2, "folder")
        self.write("secret.tfstate", "{}")
        os.chmod(self.path("secret.tfstate"), 0)
        if os.access(self.path("secret.tfstate"), os.R_OK):
            print("SKIPPED: root reads every file")
        else:
            self.refused("secret.tfstate", 2, "ermission")

    def test_what_cannot_be_read(self):
        with open(SHOP, "rb") as file:
            shop = file.read()
        for name, content, says in (
                ("empty.tfstate", "", ""),
                ("cut.tfstate", shop[:400], "line"),
                ("wrong.tfstate", '{"version": 4,\n "serial": }', "line 2"),
                ("latin.tfstate", b'{"version": 4, "lineage": "caf\xe9"}', ""),
                ("notes.tfstate", "these are not the states you are looking for", ""),
                ("list.tfstate", "[]", ""),
                ("old.tfstate", '{"version": 1, "modules": []}', "1"),
                ("future.tfstate", '{"version": 99, "resources": []}', "99"),
                ("deep.tfstate", '{"version": 4, "x": ' + "[" * 2000 + "]" * 2000 + "}", ""),
                ("cut.gz", gzip.compress(shop)[:200], ""),
                ("zeros.tfstate", b"\0" * 1000, "")):
            with self.subTest(name=name):
                self.write(name, content)
                result = self.wgo("scan", "-q", "-p", "terraform", "--state-file", name, "-o",
                                  "out.json")
                self.assertIn(result.code, (1, 2, 3), str(result))
                self.assert_error(result, result.code, name, says)
                self.assertFalse(os.path.exists(self.path("out.json")))

    def test_a_bad_state_does_not_hurt_a_good_one(self):
        self.write("cut.tfstate", '{"version": 4, "resources": [')
        result = self.wgo("scan", "-p", "terraform", "--state-file", "cut.tfstate", "--state-file",
                          SHOP, "-o", "out.json")
        self.assert_code(result, 3)
        self.assertIn("cut.tfstate", result.err)
        snapshot = self.load("out.json")
        self.assertEqual(snapshot["metadata"]["resource_count"], 2)
        self.assertFalse(snapshot["metadata"]["complete"])


    def test_states_of_providers_that_are_named_twice(self):
        """They are counted and told apart as those of one are; another choice of types is another provider."""
        def state(name, serial, size):
            pet = {"mode": "managed", "type": "random_pet", "name": "p", "provider": "p",
                   "instances": [{"schema_version": 0, "attributes": {"id": "it", "length": size}}]}
            self.write(name, json.dumps({"version": 4, "terraform_version": "1.9.0", "serial": serial, "lineage": "l",
                                         "outputs": {}, "resources": [pet]}))
            return ["-p", "terraform", "--state-file", name]

        def scan(*args):
            self.assert_code(self.wgo("scan", "-q", "-o", "out.json", *args), 0)
            self.assert_valid("out.json")
            return self.load("out.json")

        first = state("a.tfstate", 1, 2)
        snapshot = scan(*first, *state("b.tfstate", 1, 3))
        self.assertEqual(sorted(r["configuration"]["length"] for r in snapshot["resources"]), [2, 3])
        self.assertIn("2 different states share the lineage l", snapshot["metadata"]["warnings"][0])
        snapshot = scan(*first, *state("b.tfstate", 2, 3))
        self.assertEqual([r["configuration"]["length"] for r in snapshot["resources"]], [3])
        snapshot = scan(*first, "--resource-type", "random_*", *first)
        self.assertEqual(list(snapshot["metadata"]["providers"]), ["terraform", "terraform#2"])


class Kubeconfigs(CliTest):
    def refused(self, text, *says, code=2, args=(), port=1):
        path = self.write("../kubeconfig", text)
        result = self.wgo("scan", "-q", "-p", "k8s", *args, "-o", "out.json",
                          env={"KUBECONFIG": path})
        self.assert_error(result, code, *says)
        self.assert_clean()
        return result

    def config(self, context="c", cluster="c", user="u", port=1, details="{}"):
        return KUBECONFIG.format(context=context, cluster=cluster, user=user, port=port,
                                 details=details)

    def test_missing_parts(self):
        self.refused(self.config(context="prod"), "prod")
        self.refused(self.config(), "prdo", args=["--context", "prdo"])
        self.refused(self.config(user="nobody"), "nobody")
        self.refused(self.config(cluster="nowhere"), "nowhere")
        self.refused("apiVersion: v1\nkind: Config\n", "context")

    def test_not_a_kubeconfig(self):
        self.refused("contexts: [\n", "line")
        self.refused(b"\xff\xfe\x00", "kubeconfig")
        self.refused("x: &a [" + "1," * 20 + "]\ny: &b [" + "*a," * 20 + "]\nz: &c [" + "*b," * 20 +
                     "]\nu: &d [" + "*c," * 20 + "]\nv: [" + "*d," * 20 + "]\n", "kubeconfig")
        result = self.wgo("scan", "-q", "-p", "k8s", env={"KUBECONFIG": "/no/such/kubeconfig"})
        self.assert_error(result, 2, "/no/such/kubeconfig")
        self.assert_error(self.wgo("scan", "-q", "-p", "k8s", env={"KUBECONFIG": self.work}), 2,
                          self.work)

    def plugin(self, script):
        path = self.write("../plugin", "#!/bin/sh\n" + script)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return self.config(port=self.fakecloud().port, details=(
            "{exec: {apiVersion: client.authentication.k8s.io/v1, command: %s, "
            "interactiveMode: Never}}" % path))

    def test_plugins_that_do_not_deliver(self):
        for script, says in (("echo no ticket today >&2; exit 3\n", "no ticket today"),
                             ("echo this is not JSON\n", "plugin"),
                             ("exit 0\n", "plugin"),
                             ("echo '{\"kind\": \"Cat\"}'\n", "plugin")):
            with self.subTest(script=script):
                self.doCleanups()
                self.setUp()
                result = self.wgo("scan", "-q", "-p", "k8s", "-o", "out.json",
                                  env={"KUBECONFIG": self.write("../k", self.plugin(script))})
                self.assertIn(result.code, (1, 2, 4), str(result))
                self.assert_error(result, result.code, says)
                self.assert_clean()

    def test_plugin_that_is_not_there(self):
        text = self.config(details="{exec: {apiVersion: client.authentication.k8s.io/v1, command: "
                                   "no-such-plugin, interactiveMode: Never}}")
        result = self.wgo("scan", "-q", "-p", "k8s", env={"KUBECONFIG": self.write("../k", text)})
        self.assertIn(result.code, (1, 2, 4), str(result))
        self.assert_error(result, result.code, "no-such-plugin")

    def test_plugin_that_hangs_is_left_at_the_deadline(self):
        path = self.write("../k", self.plugin("exec sleep 600\n"))
        result = self.wgo("scan", "-q", "-p", "k8s", "--scan-timeout", "1s", "-o", "out.json",
                          env={"KUBECONFIG": path})
        self.assertIn(result.code, (1, 3), str(result))


if __name__ == "__main__":
    main()
