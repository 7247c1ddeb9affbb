"""What the conformance cluster holds: several thousand objects of many types, and the rights of its users.

A stage is a list of (path, document) pairs for POST; fill() makes and sends stage after stage, each with several threads, and
fails with a RuntimeError at the first refusal. Every planted secret value contains MARK, so that a snapshot is searched for the
few strings of secret_needles() and not for thousands."""
import base64
import json
import queue
import secrets
import threading
import time

NAMESPACES = [f"team-{i:02d}" for i in range(20)]
POD_NAMESPACES = NAMESPACES[3:5]            # where `limited` and `narrow` may list pods

# A length that three divides: base64 of a value that starts with it starts with base64 of it.
MARK = "wgo-planted-" + secrets.token_hex(9)


def secret_needles():
    """MARK as it is, and in base64 at each of the three positions it can stand at within a longer text."""
    needles = [MARK]
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + MARK.encode()).decode().rstrip("=")
        needles.append(text[4 if shift else 0:len(text) - (len(text) % 4 != 0)])
    return needles


def planted(label):
    return f"{MARK}-{label}"


def b64(text):
    return base64.b64encode(text.encode()).decode()


def path(group_version, plural, namespace=None):
    root = "/api/" if "/" not in group_version else "/apis/"
    return root + group_version + (f"/namespaces/{namespace}" if namespace else "") + "/" + plural


def thing(group_version, kind, name, namespace=None, labels=None, annotations=None, owners=None, **body):
    metadata = {"name": name}
    for key, value in (("namespace", namespace), ("labels", labels), ("annotations", annotations), ("ownerReferences", owners)):
        if value:
            metadata[key] = value
    return {"apiVersion": group_version, "kind": kind, "metadata": metadata, **body}


def last_applied(document):
    """What `kubectl apply` leaves behind: the whole object, Secret data and all, as one annotation."""
    copy = json.loads(json.dumps(document))
    document["metadata"].setdefault("annotations", {})["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps(copy) + "\n"
    return document


def pod_spec(index):
    return {"containers": [{"name": "main", "image": f"registry.example.com/app:{index % 7}",
                            "env": [{"name": "DB_PASSWORD", "value": planted(f"env-{index}")},
                                    {"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": "secret-0000", "key": "token"}}}],
                            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}],
            "nodeName": f"node-{index % 25:02d}", "restartPolicy": "Always"}


def template(app, index):
    spec = pod_spec(index)
    del spec["nodeName"]
    return {"metadata": {"labels": {"app": app}}, "spec": spec}


class Stage:
    """The documents of one stage, which is sent whole before the next is made; `uids` knows the owners made so far."""

    def __init__(self, scale, uids):
        self.scale, self.uids, self.documents = scale, uids, []

    def add(self, group_version, plural, document, namespace=None):
        self.documents.append((path(group_version, plural, namespace), document))

    def many(self, count, group_version, plural, kind, body_of, applied=False):
        """`count` objects spread over the namespaces; body_of(index, app) may give labels and the like besides the body.
        With `applied`, every fifth looks as if `kubectl apply` had made it."""
        for index in range(max(1, round(count * self.scale))):
            namespace, app = NAMESPACES[index % len(NAMESPACES)], f"app-{index // len(NAMESPACES):04d}"
            labels = {"app": app, "app.kubernetes.io/part-of": "conformance", "tier": ("web", "db", "")[index % 3]}
            document = thing(group_version, kind, f"{kind.lower()}-{index:04d}", namespace, labels, **body_of(index, app))
            if applied and index % 5 == 0:
                last_applied(document)
            self.add(group_version, plural, document, namespace)

    def cluster_wide(self, count, group_version, plural, kind, body_of, name="{kind}-{index:02d}"):
        for index in range(count):
            name_here = name.format(kind=kind.lower(), index=index)
            self.add(group_version, plural, thing(group_version, kind, name_here, **body_of(index)))

    def owner(self, group_version, kind, index):
        return [{"apiVersion": group_version, "kind": kind, "name": f"{kind.lower()}-{index:04d}",
                 "uid": self.uids[kind, index], "controller": True}]


def selector(app):
    return {"selector": {"matchLabels": {"app": app}}}


def ground(make):
    """Namespaces (two stay empty), custom types, and the rights of the users."""
    for name in [*NAMESPACES, "empty-one", "empty-two"]:
        make.add("v1", "namespaces", thing("v1", "Namespace", name, labels={"team": name}))
    for group, kind, plural, scope, versions in CUSTOM:
        make.add("apiextensions.k8s.io/v1", "customresourcedefinitions", crd(group, kind, plural, scope, versions))


def crd(group, kind, plural, scope, versions):
    return thing("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"{plural}.{group}", spec={
        "group": group, "scope": scope, "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": kind + "List"},
        "versions": [{"name": name, "served": True, "storage": at == 0, "schema": {"openAPIV3Schema": {
            "type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}}}
            for at, name in enumerate(versions)]})


# Kinds whose names lead astray: served in two versions, named like built-in noise, named like a built-in type.
CUSTOM = (("things.example.com", "Gadget", "gadgets", "Namespaced", ("v1", "v1beta1")),
          ("things.example.com", "Planet", "planets", "Cluster", ("v1alpha1",)),
          ("audit.example.com", "Event", "events", "Namespaced", ("v1",)),
          ("rental.example.com", "Lease", "leases", "Namespaced", ("v1",)),
          ("shadow.example.com", "Ingress", "ingresses", "Namespaced", ("v2",)))


def owners(make):
    make.many(300, "apps/v1", "deployments", "Deployment", lambda i, app: {
        "spec": {"replicas": i % 4, **selector(app), "template": template(app, i)}}, applied=True)
    make.many(60, "apps/v1", "statefulsets", "StatefulSet", lambda i, app: {
        "spec": {"serviceName": app, **selector(app), "template": template(app, i)}})
    make.many(60, "apps/v1", "daemonsets", "DaemonSet", lambda i, app: {
        "spec": {**selector(app), "template": template(app, i)}})
    make.many(60, "batch/v1", "cronjobs", "CronJob", lambda i, app: {"spec": {
        "schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": {"spec": {**pod_spec(i), "restartPolicy": "Never"}}}}}})


def owned(make):
    make.many(300, "apps/v1", "replicasets", "ReplicaSet", lambda i, app: {
        "owners": make.owner("apps/v1", "Deployment", i), "spec": {**selector(app), "template": template(app, i)}})
    make.many(60, "batch/v1", "jobs", "Job", lambda i, app: {
        "owners": make.owner("batch/v1", "CronJob", i), "spec": {"template": {"spec": {**pod_spec(i), "restartPolicy": "Never"}}}})
    make.many(40, "v1", "replicationcontrollers", "ReplicationController", lambda i, app: {
        "spec": {"replicas": 0, "selector": {"app": app}, "template": template(app, i)}})
    make.many(1600, "v1", "pods", "Pod", lambda i, app: {"spec": pod_spec(i)})
    make.many(40, "v1", "podtemplates", "PodTemplate", lambda i, app: {"template": template(app, i)})
    make.many(40, "apps/v1", "controllerrevisions", "ControllerRevision", lambda i, app: {"revision": i, "data": {"spec": {"i": i}}})


def configuration(make):
    def configmap(index, app):
        data = {"index": str(index), "text": 'ünï "quoted"\n\ttab \\ slash \u2028 \U0001f600 </script>'}
        if index % 400 == 7:
            data["large"] = "0123456789abcdef" * 25000          # 400 kB: pages differ in size by a thousand times
        return {"data": data, "binaryData": {"blob": b64("\0\1\2" * 9)}, "annotations": {"example.com/note": "x" * (index % 200)}}

    def secret(index, app):
        if index % 10 == 3:
            account = {"auths": {"registry.example.com": {"password": planted(f"registry-{index}")}}}
            return {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": b64(json.dumps(account))}}
        if index % 10 == 4:
            return {"stringData": {"password": planted(f"string-{index}")}}
        return {"type": "Opaque", "immutable": index % 2 == 0,
                "data": {"token": b64(planted(f"token-{index}")), "password": b64(planted(f"password-{index}")), "empty": ""}}

    make.many(2700, "v1", "configmaps", "ConfigMap", configmap)
    make.many(1300, "v1", "secrets", "Secret", secret, applied=True)
    make.many(200, "v1", "serviceaccounts", "ServiceAccount", lambda i, app: {})


def network(make):
    make.many(400, "v1", "services", "Service", lambda i, app: {"spec": {
        "selector": {"app": app}, "ports": [{"port": 80, "targetPort": 8080}], **({"clusterIP": "None"} if i % 2 else {})}})
    make.many(300, "networking.k8s.io/v1", "ingresses", "Ingress", lambda i, app: {"spec": {"rules": [{
        "host": f"{app}.example.com", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {
            "service": {"name": f"service-{i:04d}", "port": {"number": 80}}}}]}}]}})
    make.many(60, "networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", lambda i, app: {"spec": {"podSelector": {}}})
    make.many(40, "v1", "endpoints", "Endpoints", lambda i, app: {"subsets": []})
    make.many(120, "discovery.k8s.io/v1", "endpointslices", "EndpointSlice", lambda i, app: {
        "addressType": "IPv4", "endpoints": [{"addresses": [f"10.1.0.{i % 250 + 1}"]}], "ports": [{"port": 80}]})
    make.cluster_wide(5, "networking.k8s.io/v1", "ingressclasses", "IngressClass", lambda i: {"spec": {"controller": "example.com/c"}})


def custom_resources(make):
    make.many(700, "things.example.com/v1", "gadgets", "Gadget", lambda i, app: {
        "spec": {"size": 9007199254740993 + i, "ratio": 0.1, "nested": {"list": [1, None, {"deep": [[]]}]}}})
    make.cluster_wide(620, "things.example.com/v1alpha1", "planets", "Planet", lambda i: {"spec": {"mass": i}}, "{kind}.{index:04d}")
    make.many(40, "audit.example.com/v1", "events", "Event", lambda i, app: {"spec": {"who": app}})
    make.many(40, "rental.example.com/v1", "leases", "Lease", lambda i, app: {"spec": {"who": app}})
    make.many(40, "shadow.example.com/v2", "ingresses", "Ingress", lambda i, app: {"spec": {"who": app}})


def the_rest(make):
    """Roles, storage, policy and other types in small numbers; and the noise that a scan must leave out by itself."""
    rule = {"rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]}
    rbac = "rbac.authorization.k8s.io/v1"
    nothing = {"rules": [{"apiGroups": ["nothing.example.com"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["nothings"]}],
               "clientConfig": {"url": "https://127.0.0.1:1/"}, "sideEffects": "None", "admissionReviewVersions": ["v1"]}

    def binding(name):
        return {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": name[0], "name": name[1]},
                "subjects": [{"kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "nobody-is-in-it"}]}

    make.many(100, rbac, "roles", "Role", lambda i, app: dict(rule))
    make.many(100, rbac, "rolebindings", "RoleBinding", lambda i, app: binding(("Role", f"role-{i:04d}")))
    make.cluster_wide(30, rbac, "clusterroles", "ClusterRole", lambda i: dict(rule), "example:{kind}:{index:02d}")
    make.cluster_wide(30, rbac, "clusterrolebindings", "ClusterRoleBinding",
                      lambda i: binding(("ClusterRole", f"example:clusterrole:{i:02d}")), "example:{kind}:{index:02d}")
    make.cluster_wide(25, "v1", "nodes", "Node", lambda i: {"labels": {"zone": f"z{i % 3}"}}, "{kind}-{index:02d}")
    make.cluster_wide(5, "storage.k8s.io/v1", "storageclasses", "StorageClass", lambda i: {"provisioner": "example.com/disk"})
    make.cluster_wide(3, "storage.k8s.io/v1", "csidrivers", "CSIDriver", lambda i: {"spec": {}})
    make.cluster_wide(3, "storage.k8s.io/v1", "csinodes", "CSINode", lambda i: {"spec": {"drivers": []}})
    make.cluster_wide(3, "storage.k8s.io/v1", "volumeattachments", "VolumeAttachment", lambda i: {"spec": {
        "attacher": "example.com", "nodeName": "node-00", "source": {"persistentVolumeName": "persistentvolume-00"}}})
    make.cluster_wide(20, "v1", "persistentvolumes", "PersistentVolume", lambda i: {"spec": {
        "capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/srv"}}})
    make.many(40, "v1", "persistentvolumeclaims", "PersistentVolumeClaim", lambda i, app: {"spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "", "resources": {"requests": {"storage": "1Gi"}}}})
    make.many(40, "autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", lambda i, app: {"spec": {
        "maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"deployment-{i:04d}"}}})
    make.many(40, "policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", lambda i, app: {"spec": {"minAvailable": 1}})
    make.cluster_wide(3, "scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", lambda i: {"value": i})
    make.cluster_wide(3, "node.k8s.io/v1", "runtimeclasses", "RuntimeClass", lambda i: {"handler": "runc"})
    for kind, plural in (("ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
                         ("MutatingWebhookConfiguration", "mutatingwebhookconfigurations")):
        make.cluster_wide(3, "admissionregistration.k8s.io/v1", plural, kind,
                          lambda i: {"webhooks": [{"name": "nothing.example.com", **nothing}]})
    # Noise: events (which are served by two groups) and leases.
    make.many(120, "v1", "events", "Event", lambda i, app: {
        "involvedObject": {"kind": "Pod", "name": f"pod-{i:04d}", "namespace": NAMESPACES[i % len(NAMESPACES)]},
        "reason": "Conformance", "message": "noise", "type": "Normal"})
    make.many(40, "coordination.k8s.io/v1", "leases", "Lease", lambda i, app: {"spec": {"holderIdentity": app}})


def limits(make):
    """Last, for they have a say in what may be made."""
    make.many(20, "v1", "resourcequotas", "ResourceQuota", lambda i, app: {"spec": {"hard": {"count/gadgets.other.example.com": "9"}}})
    make.many(20, "v1", "limitranges", "LimitRange", lambda i, app: {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "64"}}]}})


def access(make):
    """`limited` lists a few types everywhere and pods in two namespaces; `narrow` nothing but those pods; `nobody` nothing."""
    rbac = "rbac.authorization.k8s.io/v1"

    def grant(kind, name, users, rules, namespace=None):
        role = "ClusterRole" if kind == "ClusterRoleBinding" else "Role"
        make.add(rbac, role.lower() + "s", thing(rbac, role, name, namespace, rules=rules), namespace)
        make.add(rbac, kind.lower() + "s", thing(
            rbac, kind, name, namespace, roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": name},
            subjects=[{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": user} for user in users]), namespace)

    def may(*pairs):
        return [{"apiGroups": [group], "resources": names, "verbs": ["get", "list"]} for group, names in pairs]

    grant("ClusterRoleBinding", "limited-everywhere", ["limited"],
          may(("", ["namespaces", "configmaps", "services"]), ("apps", ["deployments"]), ("things.example.com", ["gadgets", "planets"])))
    for namespace in POD_NAMESPACES:
        grant("RoleBinding", "pods-here", ["limited", "narrow"], may(("", ["pods"])), namespace)


STAGES = (ground, access, owners, owned, configuration, network, custom_resources, the_rest, limits)


def send(cluster, stage, threads):
    """Creates the stage's documents; remembers the uids that owner references of a later stage name."""
    work, problems = queue.SimpleQueue(), []
    for pair in stage.documents:
        work.put(pair)

    def worker():
        client = cluster.client()
        try:
            while not problems:
                where, document = work.get_nowait()
                status, answer = client.call("POST", where, document)
                if status not in (200, 201):
                    problems.append(f"POST {where} {document['metadata']['name']}: {status} {str(answer)[:400]}")
                elif answer["kind"] in ("Deployment", "CronJob"):
                    stage.uids[answer["kind"], int(answer["metadata"]["name"][-4:])] = answer["metadata"]["uid"]
        except queue.Empty:
            pass
        except Exception as problem:                # a thread's exception would be lost
            problems.append(f"while creating objects: {problem!r}")
        finally:
            client.close()

    pool = [threading.Thread(target=worker) for _ in range(threads)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    if problems:
        raise RuntimeError(problems[0])


def wait_served(cluster, timeout_s=60):
    """A custom type is listed a moment after its definition is accepted, in each of its versions."""
    client = cluster.client()
    deadline = time.monotonic() + timeout_s
    for group, _, plural, _, versions in CUSTOM:
        for version in versions:
            where = path(f"{group}/{version}", plural)
            while client.call("GET", where)[0] != 200:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{where} is not served after {timeout_s} s")
                time.sleep(0.2)
    client.close()


def fill(cluster, scale, threads=6):
    """Returns how many objects were created."""
    uids, count = {}, 0
    for build in STAGES:
        stage = Stage(scale, uids)
        build(stage)
        send(cluster, stage, threads)
        count += len(stage.documents)
        if build is ground:
            wait_served(cluster)
    return count
