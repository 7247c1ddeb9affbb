"""Kubernetes: discovery, classic and aggregated."""

from checks.harness import Cloud, test


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
