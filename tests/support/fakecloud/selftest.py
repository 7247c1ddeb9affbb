#!/usr/bin/env python3
"""Checks fakecloud from outside: starts it, asks, and compares. Standard library only.

usage: selftest.py PATH_TO_FAKECLOUD [NAME_OF_TEST...]

Every test starts its own server and ends it. Where kubectl is installed it is asked for the same
numbers; where not, that part prints SKIPPED with the reason.
"""
import base64
import concurrent.futures
import gzip
import hashlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

FAKECLOUD = "fakecloud"
TESTS = []
SKIPPED = []


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


def bearer(token):
    return {"Authorization": "Bearer " + token}


# ---- Kubernetes: contents ----


@test
def every_list_has_its_count_sorted_and_unique():
    with Cloud() as cloud:
        resources = cloud.counts()["resources"]
        assert len({r["kind"] for r in resources}) >= 50
        total = 0
        for r in resources:
            whole = cloud.get(list_path(r))
            assert whole["kind"] == r["kind"] + "List", whole["kind"]
            names = keys(whole["items"])
            assert len(names) == r["count"], r
            assert len(set(names)) == len(names), r
            assert names == sorted(names), r
            uids = {i["metadata"].get("uid") for i in whole["items"]} - {None}
            assert len(uids) in (0, len(names)), r
            if r["preferred"] and r["group"] not in ("metrics.k8s.io", "events.k8s.io"):
                total += len(names)
        assert total == cloud.counts()["total"]


@test
def pages_add_up_to_the_list():
    with Cloud("--objects", "5000", "--namespaces", "17") as cloud:
        counts = cloud.counts()
        assert counts["total"] == 5000, counts["total"]
        for r in counts["resources"]:
            if r["group"] == "metrics.k8s.io" or r["resource"] == "componentstatuses":
                continue  # They know no pages.
            whole = cloud.get(list_path(r))["items"]
            items, pages = cloud.pages(list_path(r), 37)
            assert items == whole, r
            assert pages == max(1, -(-len(whole) // 37)), (r, pages)


@test
def namespaces_add_up_to_the_cluster():
    with Cloud("--objects", "3000", "--namespaces", "12") as cloud:
        spaces = [n["metadata"]["name"] for n in cloud.get("/api/v1/namespaces")["items"]]
        assert len(spaces) == 12 and "kube-system" in spaces
        for r in cloud.counts()["resources"]:
            if r["namespaced"]:
                parts = []
                for ns in spaces:
                    parts += cloud.get(list_path(r, ns))["items"]
                assert keys(parts) == keys(cloud.get(list_path(r))["items"]), r
        assert cloud.get("/api/v1/namespaces/nowhere/pods")["items"] == []


@test
def single_objects_equal_their_list_entries():
    with Cloud("--objects", "2000") as cloud:
        for r in cloud.counts()["resources"]:
            for item in cloud.get(list_path(r))["items"][::7]:
                name = urllib.parse.quote(item["metadata"]["name"])
                one = cloud.get(list_path(r, item["metadata"].get("namespace")) + "/" + name)
                assert one["kind"] == r["kind"]
                for key in ("kind", "apiVersion"):
                    one.pop(key)
                    item.pop(key, None)
                assert one == item, (one, item)
        missing = cloud.ask("/api/v1/namespaces/default/pods/no-such")
        assert missing.status == 404 and missing.json()["reason"] == "NotFound"
        assert missing.json()["message"] == 'pods "no-such" not found'


@test
def owners_exist():
    with Cloud("--objects", "3000") as cloud:
        known = {}
        for r in cloud.counts()["resources"]:
            if r["preferred"]:
                for i in cloud.get(list_path(r))["items"]:
                    known[i["metadata"].get("uid")] = (r["kind"], i["metadata"]["name"],
                                                       i["metadata"].get("namespace"))
        owned = 0
        for r in ("pods", "events"):
            for i in cloud.get("/api/v1/" + r)["items"]:
                for owner in i["metadata"].get("ownerReferences", []):
                    kind, name, ns = known[owner["uid"]]
                    assert (kind, name) == (owner["kind"], owner["name"])
                    assert ns == i["metadata"]["namespace"]
                    owned += 1
        assert owned > 100
        for pod in cloud.get("/api/v1/pods")["items"]:
            assert any(k[0] == "Node" and k[1] == pod["spec"]["nodeName"]
                       for k in known.values()), pod["spec"]["nodeName"]


@test
def contents_come_from_the_seed():
    with Cloud("--seed", "5") as a, Cloud("--seed", "5") as b, Cloud("--seed", "6") as c:
        path = "/api/v1/pods?limit=50"
        assert a.ask(path).body == b.ask(path).body
        assert a.ask(path).body != c.ask(path).body
        assert a.counts()["uid"] != c.counts()["uid"]
        system = a.get("/api/v1/namespaces/kube-system")
        assert system["metadata"]["uid"] == a.counts()["uid"]


@test
def clusters_share_a_port():
    with Cloud("--cluster", "red:pods=33,seed=7", "--cluster", "blue:objects=4000",
               "--cluster", "twin:pods=33,seed=7") as cloud:
        pods = {c: cloud.get(f"/clusters/{c}/api/v1/pods")["items"]
                for c in ("red", "blue", "twin")}
        assert len(pods["red"]) == 33 and pods["red"] == pods["twin"]
        assert cloud.counts("blue")["total"] == 4000
        assert cloud.counts("red")["uid"] == cloud.counts("twin")["uid"] != \
            cloud.counts("blue")["uid"]
        assert cloud.ask("/clusters/green/api/v1/pods").status == 404


@test
def object_bytes_pads():
    for size in (4000, 20000):
        with Cloud("--object-bytes", str(size), "--pods", "200") as cloud:
            page = cloud.ask("/api/v1/pods?limit=100")
            mean = len(page.body) / len(page.json()["items"])
            assert size * 0.9 < mean < size * 1.1, mean


@test
def lists_without_limit_and_with_resource_version_0_are_whole():
    with Cloud("--pods", "900") as cloud:
        for query in ("", "?limit=0", "?limit=10&resourceVersion=0"):
            page = cloud.get("/api/v1/pods" + query)
            assert len(page["items"]) == 900 and "continue" not in page["metadata"]
        bad = cloud.ask("/api/v1/pods?limit=10&continue=nonsense")
        assert bad.status == 400 and bad.json()["reason"] == "BadRequest"
        token = cloud.get("/api/v1/pods?limit=10")["metadata"]["continue"]
        assert cloud.ask("/api/v1/events?limit=10&continue=" + token).status == 400


@test
def tokens_may_need_encoding():
    with Cloud("--cluster", "default:std_tokens=true") as cloud:
        token = cloud.get("/api/v1/pods?limit=10")["metadata"]["continue"]
        assert "=" in token, token
        assert len(cloud.pages("/api/v1/pods", 10)[0]) == 120


@test
def secrets_are_base64_and_annotated():
    with Cloud() as cloud:
        for secret in cloud.get("/api/v1/secrets")["items"]:
            for value in secret["data"].values():
                base64.b64decode(value, validate=True)
            applied = json.loads(secret["metadata"]["annotations"][
                "kubectl.kubernetes.io/last-applied-configuration"])
            assert applied["data"]["password"] == secret["data"]["password"]
            assert secret["metadata"]["managedFields"]


@test
def selectors_pick():
    with Cloud("--objects", "3000") as cloud:
        pods = cloud.get("/api/v1/pods")["items"]

        def picked(query):
            return keys(cloud.get("/api/v1/pods?" + urllib.parse.urlencode(query))["items"])

        def wanted(fn):
            return [k for k, p in zip(keys(pods), pods) if fn(p)]

        assert picked({"labelSelector": "tier=worker"}) == \
            wanted(lambda p: p["metadata"]["labels"]["tier"] == "worker")
        assert picked({"labelSelector": "tier in (worker, backend),app"}) == \
            wanted(lambda p: p["metadata"]["labels"]["tier"] != "frontend")
        assert picked({"labelSelector": "tier!=worker,!nothing"}) == \
            wanted(lambda p: p["metadata"]["labels"]["tier"] != "worker")
        assert picked({"fieldSelector": "status.phase=Pending"}) == \
            wanted(lambda p: p["status"]["phase"] == "Pending")
        assert picked({"labelSelector": "nope"}) == []
        items, token = [], ""
        while True:
            page = cloud.get("/api/v1/pods?labelSelector=tier%3Dworker&limit=9" +
                             ("&continue=" + token if token else ""))
            assert "remainingItemCount" not in page["metadata"]
            items += page["items"]
            token = page["metadata"].get("continue")
            if not token:
                break
        assert keys(items) == picked({"labelSelector": "tier=worker"})


# ---- Kubernetes: discovery ----


def aggregated(cloud, path, version="v2", prefix=""):
    return cloud.ask(prefix + path, headers={
        "Accept": f"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList,"
                  "application/json"})


def classic_resources(cloud):
    found = set()
    for r in cloud.get("/api/v1")["resources"]:
        found.add(("", "v1", r["name"], r["kind"], r["namespaced"], tuple(r["verbs"])))
    for group in cloud.get("/apis")["groups"]:
        assert group["preferredVersion"] == group["versions"][0]
        assert cloud.get("/apis/" + group["name"])["versions"] == group["versions"]
        for version in group["versions"]:
            for r in cloud.get("/apis/" + version["groupVersion"])["resources"]:
                found.add((group["name"], version["version"], r["name"], r["kind"],
                           r["namespaced"], tuple(r["verbs"])))
    return found


def aggregated_resources(answers):
    found = set()
    for answer in answers:
        for group in answer.json()["items"]:
            name = group["metadata"].get("name", "")
            for version in group["versions"]:
                for r in version.get("resources", []):
                    scope = r["scope"] == "Namespaced"
                    found.add((name, version["version"], r["resource"],
                               r["responseKind"]["kind"], scope, tuple(r["verbs"])))
                    for s in r.get("subresources", []):
                        found.add((name, version["version"],
                                   r["resource"] + "/" + s["subresource"],
                                   s["responseKind"]["kind"], scope, tuple(s["verbs"])))
    return found


@test
def both_discoveries_say_the_same():
    with Cloud() as cloud:
        classic = classic_resources(cloud)
        for version in ("v2", "v2beta1"):
            answers = [aggregated(cloud, p, version) for p in ("/api", "/apis")]
            for a in answers:
                assert a.headers["Content-Type"] == "application/json;g=apidiscovery.k8s.io;" \
                    f"v={version};as=APIGroupDiscoveryList"
                assert a.json()["apiVersion"] == "apidiscovery.k8s.io/" + version
            assert aggregated_resources(answers) == classic
        assert ("", "v1", "pods/log", "Pod", True, ("get",)) in classic
        served = {(r["group"], r["version"], r["resource"]) for r in cloud.counts()["resources"]}
        assert served == {c[:3] for c in classic if "list" in c[5]}


@test
def older_servers_fall_back():
    with Cloud("--cluster", "beta:discovery=v2beta1", "--cluster", "old:discovery=classic") as c:
        assert "v=v2beta1" in aggregated(c, "/apis", "v2beta1", "/clusters/beta") \
            .headers["Content-Type"]
        assert aggregated(c, "/apis", "v2", "/clusters/beta").json()["kind"] == "APIGroupList"
        assert aggregated(c, "/apis", "v2beta1", "/clusters/old").json()["kind"] == "APIGroupList"
        assert aggregated(c, "/api", "v2", "/clusters/old").json()["kind"] == "APIVersions"
        only = c.ask("/clusters/old/apis", headers={
            "Accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"})
        assert only.status == 406


@test
def metrics_may_be_down_or_absent():
    with Cloud("--cluster", "down:metrics=down", "--cluster", "none:metrics=absent") as cloud:
        groups = aggregated(cloud, "/apis", "v2", "/clusters/down").json()["items"]
        metrics = [g for g in groups if g["metadata"]["name"] == "metrics.k8s.io"]
        assert metrics[0]["versions"] == [{"version": "v1beta1", "freshness": "Stale"}]
        for path in ("/apis/metrics.k8s.io/v1beta1", "/apis/metrics.k8s.io/v1beta1/pods"):
            assert cloud.ask("/clusters/down" + path).status == 503
        groups = aggregated(cloud, "/apis", "v2", "/clusters/none").json()["items"]
        assert not [g for g in groups if g["metadata"]["name"] == "metrics.k8s.io"]
        assert cloud.ask("/clusters/none/apis/metrics.k8s.io/v1beta1/pods").status == 404


@test
def only_reading_is_served():
    with Cloud() as cloud:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = cloud.ask("/api/v1/namespaces/default/pods/x", method=method, body="{}")
            assert answer.status == 405, (method, answer.status)
        assert cloud.ask("/nonsense").status == 404
        assert cloud.ask("/api/v1/nonsense").status == 404
        assert cloud.ask("/healthz").body == b"ok"
        assert cloud.get("/version")["gitVersion"].startswith("v1.")


# ---- Kubernetes: users ----

USERS = [
    {"name": "root", "token": "t-root", "admin": True},
    {"name": "clerk", "password": "secret", "rules": [
        {"verbs": ["get", "list"], "exceptResources": ["secrets"]}]},
    {"name": "tenant", "token": "t-tenant", "rules": [
        {"verbs": ["get", "list"], "namespaces": ["team-000", "team-001"]},
        {"verbs": ["get"], "resources": ["namespaces"], "namespaces": ["kube-system"]},
        {"verbs": ["list"], "apiGroups": [""], "resources": ["nodes"]}]},
]


@test
def strangers_get_401():
    with Cloud(scenario={"users": USERS}) as cloud:
        for headers in ({}, bearer("wrong"), {"Authorization": "Basic " + base64.b64encode(
                b"clerk:wrong").decode()}, {"Authorization": "Basic !!"}):
            answer = cloud.ask("/api/v1/pods", headers=headers)
            assert answer.status == 401
            assert answer.json()["message"] == "Unauthorized"
        basic = {"Authorization": "Basic " + base64.b64encode(b"clerk:secret").decode()}
        assert cloud.ask("/api/v1/pods", headers=basic).status == 200
        assert [line["user"] for line in cloud.log()][-1] == "clerk"


@test
def rbac_forbids_with_the_real_words():
    with Cloud(scenario={"users": USERS}) as cloud:
        tenant = bearer("t-tenant")
        denied = cloud.ask("/api/v1/pods", headers=tenant)
        assert denied.status == 403
        assert denied.json()["message"] == 'pods is forbidden: User "tenant" cannot list ' \
            'resource "pods" in API group "" at the cluster scope'
        assert denied.json()["details"] == {"kind": "pods"}
        denied = cloud.ask("/apis/apps/v1/namespaces/default/deployments", headers=tenant)
        assert denied.json()["message"] == 'deployments.apps is forbidden: User "tenant" cannot ' \
            'list resource "deployments" in API group "apps" in the namespace "default"'
        for path in ("/api/v1/namespaces/team-000/pods", "/api/v1/nodes",
                     "/api/v1/namespaces/kube-system", "/apis"):
            assert cloud.ask(path, headers=tenant).status == 200, path
        basic = {"Authorization": "Basic " + base64.b64encode(b"clerk:secret").decode()}
        assert cloud.ask("/api/v1/secrets", headers=basic).status == 403
        assert cloud.ask("/api/v1/configmaps", headers=basic).status == 200


def rules_allow(rules, verb, group, resource):
    def has(words, word):
        return "*" in words or word in words
    return any(has(r["verbs"], verb) and has(r["apiGroups"], group) and
               has(r["resources"], resource) for r in rules)


@test
def reviews_agree_with_what_is_allowed():
    root = "/apis/authorization.k8s.io/v1/"
    with Cloud(scenario={"users": USERS}) as cloud:
        resources = cloud.get("/_fakecloud/counts")["clusters"]["default"]["resources"]
        checked = 0
        for headers in (bearer("t-tenant"), bearer("t-root"), {
                "Authorization": "Basic " + base64.b64encode(b"clerk:secret").decode()}):
            for ns in ("default", "team-000", "kube-system"):
                review = cloud.ask(root + "selfsubjectrulesreviews", method="POST",
                                   headers=headers, body=json.dumps(
                                       {"spec": {"namespace": ns}})).json()["status"]
                assert review["incomplete"] is False
                for r in resources:
                    if not r["namespaced"]:
                        continue
                    real = cloud.ask(list_path(r, ns), headers=headers).status == 200
                    told = rules_allow(review["resourceRules"], "list", r["group"], r["resource"])
                    access = cloud.ask(root + "selfsubjectaccessreviews", method="POST",
                                       headers=headers, body=json.dumps({"spec": {
                                           "resourceAttributes": {
                                               "verb": "list", "namespace": ns,
                                               "group": r["group"],
                                               "resource": r["resource"]}}})).json()["status"]
                    assert real == told == access["allowed"], (r, ns, real, told, access)
                    checked += 1
        assert checked > 100
        who = cloud.ask("/apis/authentication.k8s.io/v1/selfsubjectreviews", method="POST",
                        headers=bearer("t-tenant"), body="{}")
        assert who.json()["status"]["userInfo"]["username"] == "tenant"


# ---- Faults ----


@test
def an_expired_token_comes_with_a_fresh_one():
    rule = {"kind": "expired", "path": "/api/v1/pods", "nth": 2}
    with Cloud(scenario={"faults": [rule]}) as cloud:
        items, token, expired = [], "", 0
        while True:
            answer = cloud.ask("/api/v1/pods?limit=25" + ("&continue=" + token if token else ""))
            if answer.status == 410:
                expired += 1
                status = answer.json()
                assert status["reason"] == "Expired" and status["code"] == 410
                assert status["metadata"]["continue"] != token
                token = status["metadata"]["continue"]
                continue
            page = answer.json()
            items += page["items"]
            token = page["metadata"].get("continue")
            if not token:
                break
        assert expired == 1
        assert len(set(keys(items))) == len(items) == 120
        assert [line["fault"] for line in cloud.log()].count("expired") == 1


@test
def an_expired_token_may_come_alone():
    rule = {"kind": "expired", "fresh_token": False}
    with Cloud(scenario={"faults": [rule]}) as cloud:
        token = cloud.get("/api/v1/pods?limit=25")["metadata"]["continue"]
        answer = cloud.ask("/api/v1/pods?limit=25&continue=" + token)
        assert answer.status == 410 and answer.json()["metadata"] == {}
        assert "must start a new list" in answer.json()["message"]


@test
def tokens_age():
    with Cloud("--token-ttl-ms", "1") as cloud:
        token = cloud.get("/api/v1/pods?limit=25")["metadata"]["continue"]
        until = time.monotonic() + 10
        while True:
            answer = cloud.ask("/api/v1/pods?limit=25&continue=" + token)
            if answer.status == 410 or time.monotonic() > until:
                break
        assert answer.status == 410 and answer.json()["metadata"]["continue"]
    with Cloud("--token-ttl-ms", "600000") as cloud:
        assert len(cloud.pages("/api/v1/pods", 25)[0]) == 120


@test
def empty_pages_and_repeating_tokens():
    with Cloud(scenario={"faults": [{"kind": "empty_page", "path": "/api/v1/pods", "nth": 3},
                                    {"kind": "repeat_token", "path": "/api/v1/events",
                                     "nth": [2, 3]}]}) as cloud:
        items, pages = cloud.pages("/api/v1/pods", 25)
        assert len(items) == 120 and pages == 6
        first = cloud.get("/api/v1/events?limit=10")["metadata"]["continue"]
        second = cloud.get("/api/v1/events?limit=10&continue=" + first)["metadata"]["continue"]
        assert second == first


@test
def statuses_and_retry_after():
    rules = [{"kind": "throttle", "path": "/api/v1/pods", "times": 1, "retry_after_s": 7},
             {"kind": "status", "status": 503, "path": "/api/v1/nodes", "retry_after_s": 2,
              "retry_after_date": True},
             {"kind": "status", "path": "/api/v1/events", "every": 2},
             {"kind": "status", "status": 502, "value": "bad gateway", "path": "/version"}]
    with Cloud(scenario={"faults": rules}) as cloud:
        answer = cloud.ask("/api/v1/pods")
        assert answer.status == 429 and answer.headers["Retry-After"] == "7"
        assert answer.json()["reason"] == "TooManyRequests"
        assert answer.json()["details"]["retryAfterSeconds"] == 7
        assert cloud.ask("/api/v1/pods").status == 200
        answer = cloud.ask("/api/v1/nodes")
        assert answer.status == 503 and answer.headers["Retry-After"].endswith(" GMT")
        assert [cloud.ask("/api/v1/events").status for _ in range(4)] == [200, 500, 200, 500]
        assert cloud.ask("/version").body == b"bad gateway"


def broken(cloud, path):
    """True when the transfer fails in the middle."""
    try:
        cloud.ask(path)
        return False
    except (http.client.IncompleteRead, ConnectionResetError, http.client.RemoteDisconnected,
            http.client.BadStatusLine):
        return True


@test
def connections_are_cut():
    rules = [{"kind": "cut", "path": "/api/v1/pods"},
             {"kind": "cut", "path": "/api/v1/secrets", "chunked": True, "at_bytes": 3000},
             {"kind": "cut", "path": "/api/v1/nodes", "at_bytes": 0},
             {"kind": "reset", "path": "/api/v1/events"}]
    with Cloud(scenario={"faults": rules}) as cloud:
        for name in ("pods", "secrets", "nodes", "events"):
            assert broken(cloud, "/api/v1/" + name), name
        assert not broken(cloud, "/api/v1/services")
        lines = {line["path"]: line for line in cloud.log()}
        assert lines["/api/v1/secrets"]["bytes"] == 3000
        assert lines["/api/v1/nodes"]["bytes"] == 0
        assert lines["/api/v1/events"]["status"] == 0


@test
def bodies_are_spoiled():
    rules = [{"kind": "truncate", "path": "/api/v1/pods"},
             {"kind": "garbage", "path": "/api/v1/nodes"},
             {"kind": "html", "path": "/api/v1/events"},
             {"kind": "empty", "path": "/api/v1/secrets"},
             {"kind": "content_type", "path": "/api/v1/services"},
             {"kind": "gzip_corrupt", "path": "/api/v1/configmaps"},
             {"kind": "gzip_bomb", "path": "/api/v1/endpoints", "bytes": 5000000}]
    with Cloud(scenario={"faults": rules}) as cloud:
        for name in ("pods", "nodes", "events"):
            answer = cloud.ask("/api/v1/" + name)
            assert answer.status == 200
            assert int(answer.headers["Content-Length"]) == len(answer.body)
            try:
                answer.json()
                raise AssertionError(name + " is JSON")
            except ValueError:
                pass
        empty = cloud.ask("/api/v1/secrets")
        assert empty.status == 200 and empty.body == b""
        typed = cloud.ask("/api/v1/services")
        assert typed.headers["Content-Type"].startswith("text/plain") and typed.json()["items"]
        corrupt = cloud.ask("/api/v1/configmaps")
        assert corrupt.headers["Content-Encoding"] == "gzip"
        try:
            gzip.decompress(corrupt.body)
            raise AssertionError("it inflates")
        except Exception as e:  # zlib.error, BadGzipFile, EOFError
            assert not isinstance(e, AssertionError)
        bomb = cloud.ask("/api/v1/endpoints")
        assert len(bomb.body) < 100000 and len(gzip.decompress(bomb.body)) == 5000000


@test
def answers_stall_and_come_slowly():
    rules = [{"kind": "stall", "path": "/api/v1/pods", "at_bytes": 1000},
             {"kind": "stall", "path": "/api/v1/nodes", "at_bytes": -2, "stall_ms": 300},
             {"kind": "stall", "path": "/api/v1/secrets", "stall_ms": 200},
             {"kind": "drip", "path": "/version", "bytes_per_s": 1000},
             {"kind": "slow", "path": "/healthz", "latency_ms": 250}]
    with Cloud(scenario={"faults": rules}) as cloud:
        connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=1)
        connection.request("GET", "/api/v1/pods")
        answer = connection.getresponse()
        assert len(answer.read(1000)) == 1000
        try:
            answer.read(1)
            raise AssertionError("it goes on")
        except socket.timeout:
            pass
        answer.close()
        connection.close()
        until = time.monotonic() + 10  # The server sees that we have gone, well before the hour.
        while not cloud.log() and time.monotonic() < until:
            time.sleep(0.02)
        assert cloud.log()[0]["aborted"] is True
        for path, least in (("/api/v1/nodes", 0.3), ("/api/v1/secrets", 0.2),
                            ("/version", 0.15), ("/healthz", 0.25)):
            start = time.monotonic()
            assert cloud.ask(path).status == 200
            assert time.monotonic() - start >= least, path


def storm(cloud, count):
    """The statuses of many requests at once, by path."""
    paths = [f"/api/v1/pods?limit={n}" for n in range(1, count + 1)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return dict(zip(paths, pool.map(lambda p: cloud.ask(p).status, paths)))


@test
def chance_comes_from_the_seed():
    rules = [{"kind": "status", "status": 500, "probability": 0.3}]
    runs = []
    for seed in (1, 1, 2):
        with Cloud("--seed", str(seed), scenario={"faults": rules}) as cloud:
            runs.append(storm(cloud, 200))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert 30 < list(runs[0].values()).count(500) < 90


@test
def each_url_fails_its_first_times():
    rules = [{"kind": "status", "status": 503, "per": "url", "times": 2}]
    with Cloud(scenario={"faults": rules}) as cloud:
        assert set(storm(cloud, 50).values()) == {503}
        assert set(storm(cloud, 50).values()) == {503}
        assert set(storm(cloud, 50).values()) == {200}


@test
def buckets_throttle():
    rules = [{"path": "/api/v1/pods", "rate": 5, "burst": 10, "per": "user", "name": "by-user"}]
    scenario = {"users": USERS, "throttles": rules}
    with Cloud(scenario=scenario) as cloud:
        start = time.monotonic()
        statuses = [cloud.ask("/api/v1/pods", headers=bearer("t-root")).status
                    for _ in range(40)]
        most = 10 + 5 * (time.monotonic() - start) + 1
        assert 10 <= statuses.count(200) <= most, (statuses, most)
        assert statuses[:10] == [200] * 10 and statuses.count(429) > 0
        answer = cloud.ask("/api/v1/pods", headers=bearer("t-tenant"))
        assert answer.status == 403  # Another bucket.
        assert cloud.ask("/api/v1/nodes", headers=bearer("t-root")).status == 200
        assert "by-user" in [line["fault"] for line in cloud.log()]
    with Cloud("--rate", "1", "--burst", "3") as cloud:
        answers = [cloud.ask("/version") for _ in range(6)]
        assert [a.status for a in answers[:3]] == [200] * 3
        assert answers[-1].status == 429 and answers[-1].headers["Retry-After"] == "1"


# ---- The server itself ----


@test
def many_delayed_answers_need_few_threads():
    with Cloud("--latency-ms", "300", "--threads", "2") as cloud:
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            statuses = list(pool.map(lambda _: cloud.ask("/version").status, range(400)))
        took = time.monotonic() - start
        assert statuses == [200] * 400
        assert 0.6 <= took < 20, took
        with open(f"/proc/{cloud.process.pid}/status") as f:
            threads = [int(line.split()[1]) for line in f if line.startswith("Threads:")][0]
        assert threads <= 12, threads
        assert cloud.get("/_fakecloud/stats")["in_flight_max"] > 50


@test
def the_log_says_what_happened():
    with Cloud("--token", "kim=sesame") as cloud:
        connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=20)
        for _ in range(3):
            connection.request("GET", "/api/v1/pods?limit=5&x=%2F", headers={
                "Authorization": "Bearer sesame", "User-Agent": "selftest/1",
                "Accept-Encoding": "br"})
            body = connection.getresponse().read()
            assert len(cloud.log()) > 0
        connection.close()
        cloud.ask("/version")
        lines = cloud.log()
        assert len(lines) == 4
        for line in lines[:3]:
            assert line["method"] == "GET" and line["path"] == "/api/v1/pods?limit=5&x=%2F"
            assert line["status"] == 200 and line["bytes"] == len(body)
            assert line["user"] == "kim" and line["user_agent"] == "selftest/1"
            assert line["accept_encoding"] == "br" and line["in_flight"] == 1
            assert line["fault"] is None and line["aborted"] is False
            assert line["connection"] == lines[0]["connection"]
        assert lines[3]["connection"] != lines[0]["connection"]
        assert [line["n"] for line in lines] == [1, 2, 3, 4]
        times = [line["time_ns"] for line in lines]
        assert times == sorted(times)
        stats = cloud.get("/_fakecloud/stats")
        assert stats["requests"] == 4 and stats["in_flight"] == 0
        assert stats["routes"]["list v1/pods"]["requests"] == 3
        assert stats["bytes"] == sum(line["bytes"] for line in lines)


@test
def gzip_and_chunks():
    with Cloud("--gzip", "--chunked", "--pods", "500") as cloud:
        plain = cloud.ask("/api/v1/pods")
        packed = cloud.ask("/api/v1/pods", headers={"Accept-Encoding": "gzip"})
        assert plain.headers["Transfer-Encoding"] == "chunked"
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 3
    with Cloud("--pods", "500") as cloud:
        whole = cloud.ask("/api/v1/pods", headers={"Accept-Encoding": "gzip"})
        assert int(whole.headers["Content-Length"]) == len(whole.body)
        assert whole.body == plain.body


@test
def head_has_no_body():
    with Cloud() as cloud:
        answer = cloud.ask("/api/v1/pods", method="HEAD")
        assert answer.status == 200 and answer.body == b""


@test
def large_lists_need_no_memory():
    with Cloud("--pods", "200000", "--namespaces", "50") as cloud:
        connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=60)
        connection.request("GET", "/api/v1/pods")
        answer = connection.getresponse()
        items = total = 0
        tail = b""
        while True:
            block = answer.read(1 << 20)
            if not block:
                break
            total += len(block)
            items += (tail + block).count(b'"generateName"') - tail.count(b'"generateName"')
            tail = block[-20:]
        connection.close()
        assert items == 200000, items
        assert total == int(answer.headers["Content-Length"])
        assert cloud.get("/_fakecloud/stats")["max_rss_kb"] < 400000  # Sanitizers included.


@test
def bad_command_lines_are_refused():
    for args, word in ((["--nonsense"], "unknown flag"), (["--port"], "needs"),
                       (["--pods", "x"], "whole number"), (["--objects", "3"], "too few"),
                       (["--fault", "{"], "not JSON"), (["--fault", '{"kind":"no"}'], "no"),
                       (["--fault", '{"kind":"cut","tpyo":1}'], "tpyo"),
                       (["--count", "ghosts=1"], "ghosts"), (["--scenario", "/none"], "/none"),
                       (["stray"], "stray")):
        done = subprocess.run([FAKECLOUD, "--max-seconds", "1", *args], capture_output=True,
                              text=True, timeout=20)
        assert done.returncode == 2 and word in done.stderr, (args, done)


@test
def it_ends_when_told():
    port_file = os.path.join(tempfile.mkdtemp(prefix="fakecloud-"), "port")
    with subprocess.Popen([FAKECLOUD, "--port-file", port_file, "--latency-ms", "60000"],
                          stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        with open(port_file) as f:
            port = int(f.read())
        waiting = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        waiting.request("GET", "/version")
        process.terminate()
        assert process.wait(timeout=20) == 0
        waiting.close()
    shutil.rmtree(os.path.dirname(port_file))
    with subprocess.Popen([FAKECLOUD, "--max-seconds", "1"], stdout=subprocess.PIPE) as process:
        assert process.wait(timeout=20) == 0


# ---- Terraform ----

STATE = json.dumps({"version": 4, "terraform_version": "1.9.8", "serial": 3, "lineage": "l",
                    "outputs": {}, "resources": [], "filler": "x" * 5000}).encode()


def state_file(directory):
    path = os.path.join(directory, "a.tfstate")
    with open(path, "wb") as f:
        f.write(STATE)
    return path


@test
def terraform_http_states():
    with tempfile.TemporaryDirectory() as d:
        state = {"file": state_file(d), "user": "u", "password": "p"}
        http_states = {"open": state["file"], "locked": state, "none": {"status": 204},
                       "gone": {"file": d + "/gone"}, "deep/er": state["file"]}
        with Cloud(scenario={"terraform": {"http": http_states}}) as cloud:
            assert cloud.ask("/tf/http/open").body == STATE
            assert cloud.ask("/tf/http/deep/er").body == STATE
            assert cloud.ask("/tf/http/locked").status == 401
            basic = {"Authorization": "Basic " + base64.b64encode(b"u:p").decode()}
            assert cloud.ask("/tf/http/locked", headers=basic).body == STATE
            assert cloud.ask("/tf/http/none").status == 204
            assert cloud.ask("/tf/http/gone").status == 404
            assert cloud.ask("/tf/http/unheard").status == 404
            assert cloud.ask("/tf/http/open", method="POST", body="x").status == 405
        with Cloud("--tf-state", "flag=" + state["file"]) as cloud:
            assert cloud.ask("/tf/http/flag").body == STATE


@test
def terraform_consul():
    with tempfile.TemporaryDirectory() as d:
        path = state_file(d)
        consul = {"token": "ct", "keys": {"tf/plain": path, "tf/gz": {"file": path, "gzip": True},
                                          "tf/big": {"file": path, "chunk_bytes": 2000}}}
        with Cloud(scenario={"terraform": {"consul": consul}}) as cloud:
            token = {"X-Consul-Token": "ct"}
            assert cloud.ask("/v1/kv/tf/plain?raw").status == 403
            assert cloud.ask("/v1/kv/tf/plain?raw", headers=token).body == STATE
            entry = cloud.get("/v1/kv/tf/plain", headers=token)[0]
            assert entry["Key"] == "tf/plain" and base64.b64decode(entry["Value"]) == STATE
            packed = cloud.ask("/v1/kv/tf/gz?raw", headers=token).body
            assert gzip.decompress(packed) == STATE
            assert cloud.ask("/v1/kv/none?raw", headers=token).status == 404
            assert cloud.get("/v1/kv/tf/?keys", headers=token) == ["tf/plain", "tf/gz", "tf/big"]
            index = cloud.get("/v1/kv/tf/big?raw", headers=token)
            assert index["current-hash"] == hashlib.md5(STATE).hexdigest()
            assert len(index["chunks"]) == 3
            parts = [cloud.ask(f"/v1/kv/{c}?raw", headers=token).body for c in index["chunks"]]
            assert b"".join(parts) == STATE


@test
def terraform_cloud():
    with tempfile.TemporaryDirectory() as d:
        path = state_file(d)
        workspaces = [{"name": "prod", "file": path, "tags": ["a", "b"]}, {"name": "bare"},
                      {"name": "many", "file": path, "count": 45}]
        cloud_conf = {"token": "tt", "organizations": {"acme": {"workspaces": workspaces},
                                                       "other": {"workspaces": []}}}
        with Cloud(scenario={"terraform": {"cloud": cloud_conf}}) as cloud:
            token = bearer("tt")
            assert cloud.get("/.well-known/terraform.json")["tfe.v2"] == "/api/v2/"
            assert cloud.ask("/api/v2/ping").status == 204
            root = "/api/v2/organizations/acme/workspaces"
            assert cloud.ask(root).status == 401
            names, page = [], 1
            while page:
                answer = cloud.get(f"{root}?page%5Bnumber%5D={page}&page%5Bsize%5D=20",
                                   headers=token)
                names += [w["attributes"]["name"] for w in answer["data"]]
                page = answer["meta"]["pagination"]["next-page"]
            assert len(names) == len(set(names)) == 47
            assert answer["meta"]["pagination"]["total-count"] == 47
            found = cloud.get(root + "?search%5Bname%5D=prod", headers=token)["data"]
            assert len(found) == 1 and found[0]["attributes"]["tag-names"] == ["a", "b"]
            one = cloud.get(root + "/prod", headers=token)["data"]
            assert one == found[0]
            assert cloud.get("/api/v2/workspaces/" + one["id"], headers=token)["data"] == one
            version = cloud.get(f"/api/v2/workspaces/{one['id']}/current-state-version",
                                headers=token)["data"]["attributes"]
            url = version["hosted-state-download-url"]
            assert url.startswith(cloud.base)
            assert cloud.ask(url[len(cloud.base):]).body == STATE
            bare = cloud.get(root + "/bare", headers=token)["data"]["id"]
            for gone in (root + "/nope", "/api/v2/organizations/nope/workspaces",
                         f"/api/v2/workspaces/{bare}/current-state-version"):
                answer = cloud.ask(gone, headers=token)
                assert answer.status == 404
                assert answer.json() == {"errors": [{"status": "404", "title": "not found"}]}
        with Cloud("--tf-cloud", "o/w=" + path) as cloud:
            assert cloud.get("/api/v2/organizations/o/workspaces")["data"]


@test
def terraform_kubernetes():
    with tempfile.TemporaryDirectory() as d:
        path = state_file(d)
        with Cloud("--tf-kubernetes", "team-000/prod/app=" + path,
                   "--tf-kubernetes", "default/default/app=" + path) as cloud:
            before = len([k for k in keys(cloud.get("/api/v1/secrets")["items"])
                          if not k[1].startswith("tfstate-")])
            counts = {r["resource"]: r["count"] for r in cloud.counts()["resources"]}
            assert counts["secrets"] == before + 2
            assert len(cloud.pages("/api/v1/secrets", 5)[0]) == before + 2
            selector = "tfstate%3Dtrue%2CtfstateSecretSuffix%3Dapp"
            found = cloud.get("/api/v1/secrets?labelSelector=" + selector)["items"]
            assert sorted(keys(found)) == [("default", "tfstate-default-app"),
                                           ("team-000", "tfstate-prod-app")]
            found = cloud.get("/api/v1/namespaces/team-000/secrets?labelSelector=" + selector)
            assert keys(found["items"]) == [("team-000", "tfstate-prod-app")]
            secret = cloud.get("/api/v1/namespaces/team-000/secrets/tfstate-prod-app")
            assert gzip.decompress(base64.b64decode(secret["data"]["tfstate"])) == STATE
            assert secret["metadata"]["labels"]["tfstateWorkspace"] == "prod"


# ---- An independent client ----


def kubectl(cloud, *args):
    env = dict(os.environ, KUBECONFIG=cloud.kubeconfig, HOME=cloud.dir)
    done = subprocess.run(["kubectl", *args], capture_output=True, env=env, timeout=120)
    assert done.returncode == 0, (args, done.stderr[-500:])
    return done.stdout


@test
def kubectl_reads_the_same():
    if shutil.which("kubectl") is None:
        SKIPPED.append("kubectl_reads_the_same: kubectl is not installed")
        return
    with Cloud("--objects", "4000", "--namespaces", "11") as cloud:
        raw = json.loads(kubectl(cloud, "get", "--raw", "/clusters/default/api/v1/nodes"))
        resources = cloud.counts()["resources"]
        assert len(raw["items"]) == [r for r in resources if r["kind"] == "Node"][0]["count"]
        listed = kubectl(cloud, "api-resources", "--verbs=list", "--no-headers", "-o", "name")
        names = sorted(listed.decode().split())
        wanted = sorted(r["resource"] + ("." + r["group"] if r["group"] else "")
                        for r in resources if r["preferred"])
        assert names == wanted, set(names) ^ set(wanted)
        for r in resources:
            name = f"{r['resource']}.{r['version']}.{r['group']}"
            items = json.loads(kubectl(cloud, "get", name, "-A", "-o", "json"))["items"]
            assert len(items) == r["count"], (r, len(items))
        table = kubectl(cloud, "get", "pods", "-A", "--no-headers").decode().splitlines()
        assert len(table) == [r["count"] for r in resources if r["kind"] == "Pod"][0]


@test
def kubectl_meets_rbac_and_pages():
    if shutil.which("kubectl") is None:
        SKIPPED.append("kubectl_meets_rbac_and_pages: kubectl is not installed")
        return
    # kubectl sends no credentials over plain http, so it comes as system:anonymous.
    users = [dict(USERS[2], name="system:anonymous"), USERS[0]]
    with Cloud("--pods", "1700", scenario={"users": users}) as cloud:
        assert kubectl(cloud, "auth", "can-i", "list", "pods", "-n", "team-000").strip() == b"yes"
        assert b"*.*" in kubectl(cloud, "auth", "can-i", "--list", "-n", "team-000")
        assert b"*.*" not in kubectl(cloud, "auth", "can-i", "--list", "-n", "default")
        env = dict(os.environ, KUBECONFIG=cloud.kubeconfig, HOME=cloud.dir)
        done = subprocess.run(["kubectl", "get", "pods", "-A"], capture_output=True, env=env,
                              timeout=120)
        assert done.returncode == 1
        assert b'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API ' \
            b'group "" at the cluster scope' in done.stderr, done.stderr
    with Cloud("--pods", "1700") as cloud:
        pods = kubectl(cloud, "get", "pods", "-A", "--no-headers").decode().splitlines()
        assert len(pods) == 1700
        lists = [line for line in cloud.log() if "/api/v1/pods?" in line["path"]]
        assert len(lists) == 4 and all("limit=500" in line["path"] for line in lists)


def main():
    global FAKECLOUD
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    FAKECLOUD = os.path.abspath(sys.argv[1])
    failed = 0
    chosen = [t for t in TESTS if len(sys.argv) == 2 or t.__name__ in sys.argv[2:]]
    for one in chosen:
        start = time.monotonic()
        try:
            one()
            word = "ok"
        except Exception as e:  # One failure does not hide the others.
            failed += 1
            word = "FAILED"
            import traceback
            traceback.print_exc()
            del e
        print(f"{word:7}{one.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
    for reason in SKIPPED:
        print("SKIPPED:", reason)
    print(f"{len(chosen) - failed} of {len(chosen)} passed, {len(SKIPPED)} skipped in part")
    sys.exit(failed > 0 or not chosen)


if __name__ == "__main__":
    main()
