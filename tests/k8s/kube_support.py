"""What the Kubernetes scans' tests share: fakecloud, wgo over it, and what both say of the same cluster."""
import json
import os
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from cli_support import BINARY as BINARY_DIR, SHARED, SHOP, SOURCE, CliTest, main, skip  # noqa: E402,F401

FIXTURES = os.path.join(SOURCE, "tests", "fixtures", "k8s")
VALIDATE = os.path.join(SOURCE, "tests", "support", "validate_snapshot.py")
SCHEMA = os.path.join(SOURCE, "docs", "snapshot.schema.json")
VERIFY = os.path.join(SHARED, "tools", "verify_snapshot.py")
# Left out of a scan unless asked for by name.
NOISE = {("", "events"), ("events.k8s.io", "events"), ("", "componentstatuses"),
         ("coordination.k8s.io", "leases"), ("coordination.k8s.io", "leasecandidates"),
         ("metrics.k8s.io", "nodes"), ("metrics.k8s.io", "pods")}
# Retries without long waits; a Retry-After is waited for all the same.
QUICK = "retry: { max: 3, base: 5ms, cap: 50ms }\n"


class KubeTest(CliTest):
    def setUp(self):
        super().setUp()
        self.config = self.write("config.yaml", QUICK)
        self.cloud = None

    def serve(self, *args, scenario=None):
        if self.cloud:
            self.cloud.stop()
            for name in os.listdir(self.cloud.dir):
                os.unlink(os.path.join(self.cloud.dir, name))
            os.rmdir(self.cloud.dir)
        self.cloud = self.fakecloud(*args, scenario=scenario)
        return self.cloud

    def scan(self, *args, code=0, output="out.json", kubeconfig=None, **env):
        """One scan; its snapshot, checked by the schema and by the rules, with the run beside it."""
        env["KUBECONFIG"] = kubeconfig or self.cloud.kubeconfig
        result = self.wgo("scan", "--provider", "kubernetes", "--config", self.config,
                          "--output-file", output, *args, env=env)
        self.assert_code(result, code)
        if not os.path.exists(self.path(output)):
            return None, result
        self.check(output)
        return self.load(output), result

    def check(self, output, *more):
        for command in ([sys.executable, VALIDATE, SCHEMA, self.path(output)],
                        [sys.executable, VERIFY, self.path(output), *more]):
            if not os.path.exists(command[1]):
                print("SKIPPED: no %s" % os.path.basename(command[1]), flush=True)
                continue
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode == 77:
                print(done.stdout.strip(), flush=True)
            else:
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    # ---- what the cloud says ----

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.cloud.port, path)) as answer:
            return json.load(answer)

    def counts(self, cluster="default", noise=False):
        """{(group, plural): (kind, count)} of what a scan should find."""
        resources = self.get("/_fakecloud/counts")["clusters"][cluster]["resources"]
        return {(r["group"], r["resource"]): (r["kind"], r["count"]) for r in resources
                if r["preferred"] and (noise or (r["group"], r["resource"]) not in NOISE)}

    def lists(self):
        """The request log without discovery and reviews: GETs of lists."""
        return [r for r in self.cloud.requests() if "limit=" in r["path"]]

    # ---- what the snapshot says ----

    def by_kind(self, snapshot):
        found = {}
        for resource in snapshot["resources"]:
            native = resource["metadata"]["native_type"]
            found[native] = found.get(native, 0) + 1
        return found

    def expect_all(self, snapshot, cluster="default"):
        expected = {"%s/%s" % (group or "core", kind): count
                    for (group, _), (kind, count) in self.counts(cluster).items() if count}
        self.assertEqual(self.by_kind(snapshot), expected)

    def rows(self, snapshot):
        """{(account, type): row}, unfolded; what concerns no type has type None."""
        rows = {}
        for row in snapshot["metadata"]["completeness"]:
            for account in listed(row.get("account")):
                for kind in listed(row.get("type")):
                    self.assertNotIn((account, kind), rows)
                    rows[account, kind] = row
        return rows

    def row(self, snapshot, kind, account="default"):
        rows = self.rows(snapshot)
        self.assertIn((account, kind), rows)
        return rows[account, kind]

    def resource_bytes(self, output):
        with open(self.path(output), "rb") as file:
            text = file.read()
        return text[text.index(b'"resources"'):]

    # ---- kubeconfigs of one's own ----

    def kubeconfig(self, user, server=None, cluster=None, **context):
        """A kubeconfig with one context, x, for fakecloud; 'user' and 'cluster' are dicts."""
        cluster = dict(cluster or {})
        cluster["server"] = server or "http://127.0.0.1:%d" % self.cloud.port
        return self.write("kubeconfig-%d" % len(os.listdir(self.work)), json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": dict(context, cluster="c", user="u")}]}))


class TinyCluster:
    """A server of a few objects of any kinds: {(group, version, plural): [object, ...]}. 'admits', where there is
    one, says by the header Authorization who may list them; the others get 403."""

    def __init__(self, objects, admits=None, headers=()):
        self.objects, self.admits, self.headers = objects, admits, dict(headers)
        self.asked = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                outer.asked.append(self.path)
                body = outer.answer(self.path.partition("?")[0])
                refused = outer.admits and (body or {}).get("kind") == "List" and \
                    not outer.admits(self.headers.get("Authorization"))
                code = 403 if refused else 200 if body else 404
                text = json.dumps(body if code == 200 else {"kind": "Status", "code": code}).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                for header in outer.headers.items():
                    self.send_header(*header)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.handle_error = lambda *_: None  # calls that are not needed any more are given up
        self.url = "http://127.0.0.1:%d" % self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def groups(self, core):
        found = {}
        for (group, version, plural), items in self.objects.items():
            if (group == "") == core:
                found.setdefault(group, {}).setdefault(version, []).append(
                    {"resource": plural, "responseKind": {"kind": items[0]["kind"]}, "verbs": ["list"],
                     "scope": "Namespaced" if "namespace" in items[0]["metadata"] else "Cluster"})
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": [
            {"metadata": {"name": group}, "versions": [{"version": version, "resources": resources}
                                                       for version, resources in versions.items()]}
            for group, versions in found.items()]}

    def answer(self, path):
        if path == "/api/v1/namespaces/kube-system":
            return {"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "u-1-d"}}
        if path in ("/api", "/apis"):
            return self.groups(path == "/api")
        for (group, version, plural), items in self.objects.items():
            base = "/apis/%s/%s" % (group, version) if group else "/api/%s" % version
            if path == "%s/%s" % (base, plural):
                return {"kind": "List", "metadata": {"resourceVersion": "9"}, "items": items}
        return None

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def listed(value):
    return value if isinstance(value, list) else [value]
