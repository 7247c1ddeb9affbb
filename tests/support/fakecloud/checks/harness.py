"""Starting fakecloud and asking it: what all checks share."""
import http.client
import json
import os
import shutil
import subprocess
import tempfile
import urllib.parse

FAKECLOUD = "fakecloud"  # Path of the program, set by selftest.py.
TESTS = []
SKIPPED = []  # What was left out, and why.


def test(fn):
    TESTS.append(fn)
    return fn


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)


class Cloud:
    """A running fakecloud; a context manager."""

    def __init__(self, *flags, scenario=None):
        self.dir = tempfile.mkdtemp(prefix="fakecloud-")
        self.log_path = os.path.join(self.dir, "log")
        self.kubeconfig = os.path.join(self.dir, "kubeconfig")
        args = [FAKECLOUD, "--die-with-stdin", "--max-seconds", "300", "--log", self.log_path,
                "--write-kubeconfig", self.kubeconfig, *flags]
        if scenario is not None:
            path = os.path.join(self.dir, "scenario.json")
            with open(path, "w") as f:
                json.dump(scenario, f)
            args += ["--scenario", path]
        self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.process.stdout.readline().decode()
        assert line.startswith("fakecloud listening on http://127.0.0.1:"), repr(line)
        self.port = int(line.rsplit(":", 1)[1])
        self.base = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.process.stdin.close()
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        shutil.rmtree(self.dir)
        assert code == 0, f"fakecloud ended with {code}"

    def ask(self, path, method="GET", headers=None, body=None, timeout=20):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path, **kw):
        answer = self.ask(path, **kw)
        assert answer.status == 200, (path, answer.status, answer.body[:300])
        return answer.json()

    def counts(self, cluster="default"):
        return self.get("/_fakecloud/counts")["clusters"][cluster]

    def log(self):
        with open(self.log_path) as f:
            return [json.loads(line) for line in f]

    def pages(self, path, limit):
        """All items of a list, and the number of pages."""
        items, token, pages = [], "", 0
        while True:
            query = {"limit": limit}
            if token:
                query["continue"] = token
            page = self.get(path + "?" + urllib.parse.urlencode(query))
            items += page["items"]
            pages += 1
            token = page["metadata"].get("continue", "")
            assert len(page["items"]) <= limit
            if not token:
                return items, pages
            assert page["metadata"]["remainingItemCount"] > 0


def list_path(r, ns=None):
    root = "/api/v1" if r["group"] == "" else f"/apis/{r['group']}/{r['version']}"
    return f"{root}/namespaces/{ns}/{r['resource']}" if ns else f"{root}/{r['resource']}"


def keys(items):
    return [(i["metadata"].get("namespace", ""), i["metadata"]["name"]) for i in items]


def meter(calls, throttled):
    """A meter of the statistics, all of whose calls were in one hour."""
    return {"calls": calls, "throttled": throttled, "most_in_hour": calls}


def bearer(token):
    return {"Authorization": "Bearer " + token}


# Users of the checks: one who may do all, one but secrets, one in two namespaces.
USERS = [
    {"name": "root", "token": "t-root", "admin": True},
    {"name": "clerk", "password": "secret", "rules": [
        {"verbs": ["get", "list"], "exceptResources": ["secrets"]}]},
    {"name": "tenant", "token": "t-tenant", "rules": [
        {"verbs": ["get", "list"], "namespaces": ["team-000", "team-001"]},
        {"verbs": ["get"], "resources": ["namespaces"], "namespaces": ["kube-system"]},
        {"verbs": ["list"], "apiGroups": [""], "resources": ["nodes"]}]},
]
