"""Kubernetes: objects, lists, pages, names."""
import base64
import json
import urllib.parse

from checks.harness import Cloud, keys, list_path, test


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
