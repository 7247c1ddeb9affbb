"""Terraform's backends."""
import base64
import gzip
import hashlib
import json
import os
import tempfile

from checks.harness import Cloud, bearer, keys, test


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
