"""Kubernetes: watches, from a version to the present and on until their time is over."""
import json
import os
import shutil
import subprocess
import time
import urllib.parse

from checks import harness
from checks.harness import Cloud, bearer, list_path, test

SEED = ("--seed", "7", "--objects", "2500", "--namespaces", "5")
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json"


def watch(cloud, path, version=None, headers=None, **query):
    query = dict({"watch": "1", "timeoutSeconds": "1"}, **query)
    if version is not None:
        query["resourceVersion"] = version
    answer = cloud.ask(path + "?" + urllib.parse.urlencode(query), headers=headers)
    assert answer.status == 200, (answer.status, answer.body[:300])
    assert answer.headers["Transfer-Encoding"] == "chunked"
    return [json.loads(line) for line in answer.body.splitlines()]


def version_of(cloud):
    return cloud.get("/api/v1/pods?limit=1")["metadata"]["resourceVersion"]


@test
def a_watch_tells_what_drifted():
    with Cloud(*SEED) as cloud:
        then = version_of(cloud)
        before = {list_path(r): {i["metadata"]["uid"]: i for i in cloud.get(list_path(r))["items"]}
                  for r in cloud.counts()["resources"] if r["resource"] in (
                      "pods", "secrets", "nodes", "widgets", "namespaces") and r["preferred"]
                  and r["group"] != "metrics.k8s.io"}
        assert watch(cloud, "/api/v1/pods", then) == []
    with Cloud(*SEED, "--drift-every", "20") as cloud:
        now = version_of(cloud)
        for path, items in before.items():
            after = {i["metadata"]["uid"]: i for i in cloud.get(path)["items"]}
            world = dict(items)
            start = time.monotonic()
            events = watch(cloud, path, then, allowWatchBookmarks="true")
            assert time.monotonic() - start >= 1
            mark = events.pop()
            assert mark["type"] == "BOOKMARK" and mark["object"]["metadata"]["resourceVersion"] == now
            versions = [int(e["object"]["metadata"]["resourceVersion"]) for e in events]
            assert versions == sorted(set(versions)) and all(int(then) < v <= int(now) for v in versions)
            for event in events:
                item, uid = dict(event["object"]), event["object"]["metadata"]["uid"]
                assert item["kind"] == mark["object"]["kind"]
                assert item["apiVersion"] == mark["object"]["apiVersion"]
                if event["type"] == "DELETED":
                    del world[uid]
                else:
                    assert event["type"] == "MODIFIED"
                    if "kind" not in items[uid]:
                        del item["kind"], item["apiVersion"]
                    world[uid] = item
            assert world == after, path
            assert bool(events) == (not path.endswith("namespaces"))
            if path == "/api/v1/pods":  # From the middle on, and from the end.
                middle = versions[len(versions) // 2]
                assert watch(cloud, path, middle) == events[len(versions) // 2 + 1:]
                assert watch(cloud, path, now) == []


@test
def watches_by_namespace_selector_and_form():
    with Cloud(*SEED) as cloud:
        then = version_of(cloud)
    with Cloud(*SEED, "--drift-every", "20") as cloud:
        events = watch(cloud, "/api/v1/pods", then)
        spaces = [n["metadata"]["name"] for n in cloud.get("/api/v1/namespaces")["items"]]
        parts = [e for ns in spaces for e in watch(cloud, f"/api/v1/namespaces/{ns}/pods", then)]
        assert parts == events
        assert watch(cloud, "/api/v1/namespaces/nowhere/pods", then) == []
        name = events[3]["object"]["metadata"]["name"]
        assert watch(cloud, "/api/v1/pods", then, fieldSelector="metadata.name=" + name) == [events[3]]
        some = [e for e in events if e["object"]["metadata"]["labels"]["tier"] == "frontend"]
        assert 0 < len(some) < len(events)
        assert watch(cloud, "/api/v1/pods", then, labelSelector="tier=frontend") == some
        partial = watch(cloud, "/api/v1/pods", then, headers={"Accept": PARTIAL})
        assert partial == [{"type": e["type"], "object": {
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": e["object"]["metadata"]}} for e in events]


@test
def a_watch_from_nowhere_begins_with_all():
    with Cloud("--pods", "60", "--drift-every", "10", "--gzip") as cloud:
        pods = cloud.get("/api/v1/pods")["items"]
        for version in (None, "0"):
            events = watch(cloud, "/api/v1/pods", version, headers={"Accept-Encoding": "gzip"})
            assert [e["type"] for e in events] == ["ADDED"] * len(pods)
            assert [e["object"]["metadata"] for e in events] == [p["metadata"] for p in pods]


@test
def versions_that_are_too_old():
    with Cloud("--pods", "60") as cloud:
        now = int(version_of(cloud))
        event, = watch(cloud, "/api/v1/pods", now - 1)
        assert event["type"] == "ERROR" and event["object"]["code"] == 410
        assert (event["object"]["kind"], event["object"]["reason"]) == ("Status", "Expired")
        assert event["object"]["message"] == f"too old resource version: {now - 1} ({now})"
    window = {"kubernetes": {"defaults": {"watch_window_ms": 60000}}}
    with Cloud("--pods", "60", "--drift-every", "10", "--clock-scale", "1000", scenario=window) as cloud:
        end = time.monotonic() + 30
        while watch(cloud, "/api/v1/pods", now)[0]["type"] != "ERROR":
            assert time.monotonic() < end
        assert watch(cloud, "/api/v1/pods", version_of(cloud)) == []


@test
def watches_that_are_refused():
    rules = {"users": [{"name": "t", "token": "t", "rules": [{"verbs": ["get", "list"]}]}]}
    with Cloud(scenario=rules) as cloud:
        answer = cloud.ask("/api/v1/pods?watch=1", headers=bearer("t"))
        assert answer.status == 403 and "cannot watch resource" in answer.json()["message"]
    with Cloud() as cloud:
        for query, status in (("resourceVersion=x", 400), ("timeoutSeconds=x", 400),
                              ("sendInitialEvents=true", 422), ("labelSelector=%28", 400)):
            assert cloud.ask("/api/v1/pods?watch=1&" + query).status == status, query
        assert cloud.ask("/apis/metrics.k8s.io/v1beta1/pods?watch=1").status == 405
        pod = cloud.get("/api/v1/pods?limit=1")["items"][0]["metadata"]
        one = f"/api/v1/namespaces/{pod['namespace']}/pods/{pod['name']}"
        assert cloud.get(one + "?watch=1")["metadata"] == pod


@test
def kubectl_watches():
    if not shutil.which("kubectl"):
        harness.SKIPPED.append("kubectl_watches: kubectl is not installed")
        return
    with Cloud("--pods", "40", "--drift-every", "10") as cloud:
        env = dict(os.environ, KUBECONFIG=cloud.kubeconfig, HOME=cloud.dir)
        process = subprocess.Popen(["kubectl", "get", "pods", "-A", "--watch", "-o", "name"], env=env,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        names = [process.stdout.readline().strip() for _ in cloud.get("/api/v1/pods")["items"]]
        end = time.monotonic() + 20
        while not any("watch=true" in line["path"] for line in cloud.log()) and time.monotonic() < end:
            stats = cloud.get("/_fakecloud/stats")
            if stats["in_flight"] > 0:
                break
            time.sleep(0.02)
        assert process.poll() is None, process.stderr.read()
        assert cloud.get("/_fakecloud/stats")["in_flight"] == 1
        process.terminate()
        process.communicate(timeout=20)
        assert names == ["pod/" + p["metadata"]["name"] for p in cloud.get("/api/v1/pods")["items"]]
