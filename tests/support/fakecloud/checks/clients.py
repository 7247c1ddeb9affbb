"""An independent client reads the same."""
import json
import os
import shutil
import subprocess

from checks.harness import Cloud, SKIPPED, USERS, test


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
