"""The same kubeconfigs, read by kubectl: what wgo makes of them must be what kubectl makes of them."""
import base64
import json
import os
import random
import shutil
import subprocess


from kube_support import BINARY_DIR, FIXTURES, KubeTest, main, skip

CONTEXTS = os.path.join(BINARY_DIR, "tests", "k8s", "k8s_contexts")
PEM = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUEKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo="


class Kubectl(KubeTest):
    def setUp(self):
        super().setUp()
        if not shutil.which("kubectl"):
            skip("kubectl is not installed")
        if not os.access(CONTEXTS, os.X_OK):
            skip("k8s_contexts is not built")

    def knows_uids(self):
        """Whether this kubectl has `as-uid` (1.22 and later): an older one reads past it."""
        config = {"apiVersion": "v1", "kind": "Config",
                  "users": [{"name": "u", "user": {"as": "x", "as-uid": "1"}}]}
        path = self.write("probe", json.dumps(config))
        done = subprocess.run(["kubectl", "config", "view", "--raw", "-o", "json"], text=True,
                              env=dict(self.env(), KUBECONFIG=path), capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return "as-uid" in done.stdout

    def ours(self, kubeconfig):
        done = subprocess.run([CONTEXTS], env=dict(self.env(), KUBECONFIG=kubeconfig), cwd=self.work,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {c["name"]: self.flat(c) for c in map(json.loads, done.stdout.splitlines())}

    def flat(self, context):
        """As `kubectl config view --flatten` has it: files as their content. What it cannot put in place of
        a name (tokenFile, command) it shows relative to somewhere else: their last part is compared."""
        for key in ("certificate-authority", "client-certificate", "client-key"):
            path = context.pop(key, None)
            if path:
                with open(os.path.join(self.work, path), "rb") as file:
                    context[key + "-data"] = base64.b64encode(file.read()).decode()
        for key in ("tokenFile", "command"):
            if context.get(key):
                context[key] = os.path.basename(context[key])
        return context

    def theirs(self, kubeconfig, name):
        done = subprocess.run(
            ["kubectl", "config", "view", "--raw", "--minify", "--flatten", "--context", name, "-o", "json"],
            env=dict(self.env(), KUBECONFIG=kubeconfig), cwd=self.work, capture_output=True,
            text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        view = json.loads(done.stdout)
        context = view["contexts"][0]["context"]
        cluster = view["clusters"][0]["cluster"]
        users = view.get("users") or []
        user = (users[0]["user"] or {}) if users else {}
        found = {"name": name, "cluster": context["cluster"], "user": context.get("user"),
                 "namespace": context.get("namespace")}
        found.update(cluster)
        found["server"] = found["server"].rstrip("/")
        if found.get("insecure-skip-tls-verify"):
            for key in ("certificate-authority", "certificate-authority-data"):
                found.pop(key, None)
        for key in ("client-certificate", "client-key", "client-certificate-data",
                    "client-key-data", "token", "tokenFile", "username", "password"):
            found[key] = user.get(key)
        headers = []
        if user.get("as"):
            headers += ["Impersonate-User", user["as"]]
            headers += ["Impersonate-Uid", user["as-uid"]] if user.get("as-uid") else []
            for group in user.get("as-groups") or []:
                headers += ["Impersonate-Group", group]
        found["impersonation"] = headers
        found["command"] = (user.get("exec") or {}).get("command")
        return self.flat({k: v for k, v in found.items() if v or k == "impersonation"})

    def compare(self, kubeconfig):
        ours = self.ours(kubeconfig)
        self.assertTrue(ours)
        for name, context in ours.items():
            self.assertEqual(context, self.theirs(kubeconfig, name), kubeconfig)
        names = subprocess.run(["kubectl", "config", "get-contexts", "-o", "name"], text=True,
                               env=dict(self.env(), KUBECONFIG=kubeconfig), cwd=self.work,
                               capture_output=True).stdout.split()
        self.assertEqual(sorted(ours), sorted(names))

    def test_files_that_are_merged(self):
        first, second, third = (os.path.join(FIXTURES, n + ".yaml")
                                for n in ("first", "second", "third"))
        for files in ([first, second], [first, "/nonexistent/file", second, third],
                      [third, first, second], ["", first, first, second, ""]):
            self.compare(":".join(files))

    def random_file(self, dice, folder):
        """A kubeconfig that is sound by itself; names repeat from file to file."""
        def some(most):
            return dice.sample(["a", "b", "c", "d"], dice.randint(1, most))
        for name in ("ca.pem", "cert.pem", "key.pem", "token"):
            self.write(os.path.join(folder, name), "%s of %s" % (name, folder))
        config = {"apiVersion": "v1", "kind": "Config", "contexts": [], "clusters": [],
                  "users": []}
        for name in some(4):
            cluster = {"server": "https://%s.%d.test/" % (name, dice.randint(0, 99))}
            cluster.update(dice.choice([{}, {"certificate-authority": "ca.pem"},
                                        {"certificate-authority-data": PEM},
                                        {"insecure-skip-tls-verify": True},
                                        {"tls-server-name": "t.test", "proxy-url": "http://p:1"}]))
            config["clusters"].append({"name": name, "cluster": cluster})
        for name in some(4):
            user = dice.choice([
                {"token": "t%d" % dice.randint(0, 9)}, {"token": "t", "tokenFile": "token"},
                {"client-certificate": "cert.pem", "client-key": "key.pem"},
                {"client-certificate-data": PEM, "client-key-data": PEM},
                {"username": "u", "password": "p"}, {}, {"as": "x", "as-groups": ["g", "h"]},
                {"as": "x", "as-uid": "1"},
                {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./token",
                          "interactiveMode": "Never"}},
                {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "plugin",
                          "interactiveMode": "Never"}}])
            if not self.uids:
                user.pop("as-uid", None)
            config["users"].append({"name": name, "user": user})
        for name in some(4):
            context = {"cluster": dice.choice(config["clusters"])["name"]}
            if dice.random() < 0.8:
                context["user"] = dice.choice(config["users"])["name"]
            if dice.random() < 0.5:
                context["namespace"] = "ns-%d" % dice.randint(0, 9)
            config["contexts"].append({"name": "x-" + name, "context": context})
        if dice.random() < 0.5:
            config["current-context"] = config["contexts"][0]["name"]
        return self.write(os.path.join(folder, "config"), json.dumps(config))

    def test_any_files_that_are_merged(self):
        self.uids = self.knows_uids()
        if not self.uids:
            print("SKIPPED: as-uid, which this kubectl does not know", flush=True)
        for seed in range(12):
            dice = random.Random(seed)
            files = [self.random_file(dice, "%d-%d" % (seed, i))
                     for i in range(dice.randint(1, 3))]
            if dice.random() < 0.3:
                files = [os.path.relpath(f, self.work) for f in files]
            self.compare(":".join(files))


if __name__ == "__main__":
    main()
