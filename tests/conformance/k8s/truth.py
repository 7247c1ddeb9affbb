"""What kubectl says the cluster holds: the reference the snapshots are compared with.

Knows nothing of wgo but which types it leaves out unless asked (NOISE). Failure is a RuntimeError with kubectl's words."""
import collections
import concurrent.futures
import json
import os
import subprocess

# Left out of a scan unless asked for, by kubectl's name of the type, with the reason.
NOISE = {
    "events": "short-lived log of what happened, not what is",
    "events.events.k8s.io": "the second copy of events",
    "leases.coordination.k8s.io": "heartbeats, rewritten every few seconds",
    "leasecandidates.coordination.k8s.io": "heartbeats",
    "componentstatuses": "made up at each call: no uid, nothing stored",
}
NOISE_GROUPS = {"metrics.k8s.io": "measurements, not objects"}

Type = collections.namedtuple("Type", "name group version plural namespaced kind")
Item = collections.namedtuple("Item", "uid native namespace name labels created owners body")


def native(group, kind):
    return f"{group or 'core'}/{kind}"


def noise_reason(kind):
    return NOISE.get(kind.name) or NOISE_GROUPS.get(kind.group)


def resource_id(cluster, item):
    """`k8s://<cluster>/<group>/<kind>/<namespace or ->/<name>`"""
    return f"k8s://{cluster}/{item.native}/{item.namespace or '-'}/{item.name}"


def clean_environment(home, **more):
    """Without anything that could lead a program to another cluster, another configuration or a proxy."""
    kept = {k: v for k, v in os.environ.items()
            if not k.startswith(("WGO_", "XDG_", "KUBE")) and k.lower() not in ("http_proxy", "https_proxy", "all_proxy")}
    return {**kept, "HOME": home, **more}


class Kubectl:
    def __init__(self, cluster, context):
        self.context = context
        home = os.path.join(cluster.folder, "home")
        os.makedirs(home, exist_ok=True)
        self.environment = clean_environment(home, KUBECONFIG=cluster.kubeconfig)

    def run(self, *args, may_fail=False):
        done = subprocess.run(["kubectl", "--context", self.context, *args], env=self.environment, capture_output=True, text=True)
        if done.returncode != 0 and not may_fail:
            raise RuntimeError(f"kubectl {' '.join(args)} as {self.context}: {done.stderr.strip()[:400]}")
        return done.stdout

    def types(self):
        """Every type that can be listed, in the version the server prefers."""
        found = []
        for line in self.run("api-resources", "--verbs=list", "-o", "wide", "--no-headers").splitlines():
            fields = line.split()
            at = next(i for i, field in enumerate(fields) if field in ("true", "false"))
            group, _, version = fields[at - 1].rpartition("/")
            name = fields[0] + ("." + group if group else "")
            found.append(Type(name, group, version, fields[0], fields[at] == "true", fields[at + 1]))
        return sorted(found)

    def get(self, kind, namespace=None):
        """The objects of a type as Items, in one namespace or in all."""
        where = ["-n", namespace] if namespace else ["-A"]
        text = self.run("get", kind.name, *where, "-o", "json")
        items = []
        for document in json.loads(text)["items"]:
            metadata = document["metadata"]
            group = document["apiVersion"].rpartition("/")[0]
            items.append(Item(metadata.get("uid"), native(group, document["kind"]), metadata.get("namespace"), metadata["name"],
                              metadata.get("labels", {}), metadata.get("creationTimestamp"),
                              [(native(o["apiVersion"].rpartition("/")[0], o["kind"]), o["name"])
                               for o in metadata.get("ownerReferences", [])],
                              {key: document[key] for key in ("spec", "data", "subsets", "rules") if key in document}))
        return items


def read_all(kubectl, types):
    """Type -> Items for all types that are no noise."""
    wanted = [kind for kind in types if not noise_reason(kind)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(wanted, pool.map(kubectl.get, wanted)))


def read_settled(kubectl, types, attempts=5):
    """read_all() twice over, until both agree: the server still makes a few objects of its own after it is ready."""
    before = None
    for _ in range(attempts):
        now = read_all(kubectl, types)
        keys = {kind: sorted(item.uid for item in items) for kind, items in now.items()}
        if keys == before:
            return now
        before = keys
    raise RuntimeError("the cluster does not come to rest; something else writes to it")


# `whole`: all that was asked for may be seen; None: the type was not asked for (it has no namespace, and namespaces were named).
Sight = collections.namedtuple("Sight", "items whole")


def read_allowed(kubectl, client, types, namespaces, everywhere):
    """Type -> Sight for one user. With `everywhere` all namespaces are asked for, and `namespaces` are those there are; without,
    `namespaces` alone are. The server is asked type by type what this user may list; kubectl then reads it."""
    seen = {}
    for kind in types:
        if noise_reason(kind):
            continue
        root = ("/apis/" + kind.group if kind.group else "/api") + "/" + kind.version
        if everywhere and client.call("GET", f"{root}/{kind.plural}?limit=1")[0] == 200:
            seen[kind] = Sight(kubectl.get(kind), True)
        elif kind.namespaced:
            allowed = [ns for ns in namespaces if client.call("GET", f"{root}/namespaces/{ns}/{kind.plural}?limit=1")[0] == 200]
            seen[kind] = Sight([item for ns in allowed for item in kubectl.get(kind, ns)], not everywhere and allowed == namespaces)
        else:
            seen[kind] = Sight([], False if everywhere else None)
    return seen
