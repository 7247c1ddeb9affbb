"""Kubernetes: a world that drifted, and lists of metadata alone."""
import json
import urllib.parse

from checks.harness import Cloud, list_path, test

METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
ONE = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json"


def world(cloud):
    """{resource's path: {(namespace, name): item}} of all that is served, and the lists' versions."""
    items, versions = {}, set()
    for r in cloud.counts()["resources"]:
        whole = cloud.get(list_path(r))
        assert len(whole["items"]) == r["count"], r
        items[list_path(r)] = {(i["metadata"].get("namespace"), i["metadata"]["name"]): i
                               for i in whole["items"]}
        if r["group"] != "metrics.k8s.io" and r["resource"] != "componentstatuses":
            versions.add(int(whole["metadata"]["resourceVersion"]))
    return items, versions


def contents(item):
    item = json.loads(json.dumps(item))
    item["metadata"].pop("resourceVersion", None)
    return item


@test
def a_drifted_world_differs_as_said():
    flags = ("--seed", "7", "--objects", "3000", "--namespaces", "9")
    with Cloud(*flags) as cloud:
        before, versions = world(cloud)
        with_flag_off = cloud.ask("/api/v1/pods").body
    assert len(versions) == 1
    with Cloud(*flags, "--drift-every", "0") as cloud:
        assert cloud.ask("/api/v1/pods").body == with_flag_off
    with Cloud(*flags, "--drift-every", "10") as cloud:
        after, later = world(cloud)
        total = sum(len(items) for items in after.values())
        assert len(later) == 1 and min(later) > max(versions)
        seen = {}
        for path, items in before.items():
            gone = set(items) - set(after[path])
            assert not set(after[path]) - set(items), path
            changed = {k for k in after[path] if after[path][k] != items[k]}
            fixed = path.split("/")[-1] in (
                "namespaces", "apiservices", "customresourcedefinitions", "priorityclasses",
                "flowschemas", "prioritylevelconfigurations", "componentstatuses", "servicecidrs")
            count = 0 if fixed else len(items)
            # Of every ten, the fourth was changed and the seventh is gone.
            assert len(changed) == (count + 6) // 10, (path, count, len(changed))
            assert len(gone) == (count + 3) // 10, (path, count, len(gone))
            for key in changed:
                old, new = items[key]["metadata"], after[path][key]["metadata"]
                assert old.get("uid") == new.get("uid")
                assert old["creationTimestamp"] == new["creationTimestamp"]
                if "resourceVersion" in new:
                    version = int(new["resourceVersion"])
                    assert max(versions) < version <= min(later), (path, key)
                    assert seen.setdefault(version, new["uid"]) == new["uid"]
            if path in ("/api/v1/pods", "/api/v1/secrets", "/api/v1/nodes"):
                assert all(contents(items[k]) != contents(after[path][k]) for k in changed)
            for namespace, name in gone:
                where = path if namespace is None else path.replace(
                    path.split("/")[-1], f"namespaces/{namespace}/" + path.split("/")[-1])
                one = f"{where}/{urllib.parse.quote(name)}"
                assert cloud.ask(one).status == 404, one
        assert total < sum(len(items) for items in before.values())
        # Pages and namespaces have the same objects as the list.
        pods = list(after["/api/v1/pods"].values())
        assert cloud.pages("/api/v1/pods", 37)[0] == pods
        spaces = [n["metadata"]["name"] for n in cloud.get("/api/v1/namespaces")["items"]]
        assert len(spaces) == 9
        parts = [i for ns in spaces for i in cloud.pages(f"/api/v1/namespaces/{ns}/pods", 11)[0]]
        assert parts == pods
        some = [p for p in pods if p["metadata"]["labels"]["tier"] == "frontend"]
        assert cloud.get("/api/v1/pods?labelSelector=tier%3Dfrontend")["items"] == some
        for pod in pods[::31]:
            meta = pod["metadata"]
            path = f"/api/v1/namespaces/{meta['namespace']}/pods"
            only = cloud.get(f"{path}?limit=500&fieldSelector=metadata.name%3D{meta['name']}")
            assert only["items"] == [pod] and "continue" not in only["metadata"]


@test
def names_select_one_object_wherever_it_is():
    extra = {"apiVersion": "v1", "kind": "ConfigMap",
             "metadata": {"name": "own", "namespace": "default"}, "data": {"a": "b"}}
    with Cloud(scenario={"kubernetes": {"defaults": {"extra_objects": [extra]}}}) as cloud:
        def names(path, name):
            query = urllib.parse.urlencode({"fieldSelector": "metadata.name=" + name})
            return [i["metadata"]["name"] for i in cloud.get(path + "?" + query)["items"]]

        assert names("/api/v1/namespaces/default/configmaps", "own") == ["own"]
        assert names("/api/v1/configmaps", "own") == ["own"]
        assert names("/api/v1/namespaces/default/configmaps", "other") == []
        assert names("/api/v1/namespaces/nowhere/configmaps", "own") == []
        assert names("/api/v1/namespaces", "kube-system") == ["kube-system"]
        for r in cloud.counts()["resources"]:
            for item in cloud.get(list_path(r))["items"][:3]:
                meta = item["metadata"]
                assert names(list_path(r, meta.get("namespace")), meta["name"]) == [meta["name"]]


@test
def metadata_alone():
    extra = {"metadata": {"name": "own", "namespace": "default", "labels": {"x": "{,}\"]"}},
             "apiVersion": "v1", "kind": "ConfigMap", "data": {"metadata": "{"}}
    with Cloud("--objects", "2000", "--drift-every", "20", scenario={
            "kubernetes": {"defaults": {"extra_objects": [extra]}}}) as cloud:
        for r in cloud.counts()["resources"]:
            whole = cloud.get(list_path(r) + "?limit=50")
            part = cloud.get(list_path(r) + "?limit=50", headers={"Accept": METADATA})
            assert (part["kind"], part["apiVersion"]) == (
                "PartialObjectMetadataList", "meta.k8s.io/v1")
            assert part["metadata"] == whole["metadata"], r
            assert part["items"] == [
                {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                 "metadata": item["metadata"]} for item in whole["items"]], r
        path = "/api/v1/namespaces/default/configmaps/own"
        one = cloud.get(path, headers={"Accept": ONE})
        assert one["kind"] == "PartialObjectMetadata" and "data" not in one
        assert one["metadata"] == cloud.get(path)["metadata"]
        node = cloud.get("/api/v1/nodes")["items"][0]["metadata"]
        assert cloud.get("/api/v1/nodes/" + node["name"], headers={"Accept": ONE})["metadata"] == node
        # The first form that can be had counts.
        for accept in ("application/json," + METADATA, "*/*", "application/json",
                       "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"):
            assert cloud.get("/api/v1/pods", headers={"Accept": accept})["kind"] == "PodList"
        table = "application/json;as=Table;v=v1;g=meta.k8s.io,"
        assert cloud.get("/api/v1/pods", headers={"Accept": table + METADATA})["kind"] == \
            "PartialObjectMetadataList"


@test
def lists_of_a_moment():
    with Cloud("--pods", "120", "--drift-every", "10") as cloud:
        first = cloud.get("/api/v1/pods?limit=50")
        now = int(first["metadata"]["resourceVersion"])

        def status(**query):
            return cloud.ask("/api/v1/pods?" + urllib.parse.urlencode(query)).status

        exact = cloud.get(f"/api/v1/pods?limit=50&resourceVersion={now}&resourceVersionMatch=Exact")
        assert exact == first
        assert cloud.get(f"/api/v1/pods?limit=50&resourceVersion={now}") == first
        assert status(resourceVersion=now - 1, resourceVersionMatch="Exact") == 410
        assert status(resourceVersion=now - 1, limit=50) == 410
        assert status(resourceVersion=now - 1) == 200
        assert status(resourceVersion=now - 1, limit=50, resourceVersionMatch="NotOlderThan") == 200
        assert status(resourceVersion=now + 1000) == 504
        assert status(resourceVersion="x") == 400
        assert status(resourceVersionMatch="Exact") == 422
        assert status(resourceVersion=0, resourceVersionMatch="Exact") == 422
        assert status(resourceVersion=now, resourceVersionMatch="About") == 422
        token = first["metadata"]["continue"]
        assert status(limit=50, **{"continue": token, "resourceVersion": now}) == 400
        assert status(limit=50, **{"continue": token, "resourceVersionMatch": "Exact"}) == 422
