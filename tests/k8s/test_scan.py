"""Whole scans of a cluster that answers well: what is asked, what is found, what is kept."""
import base64
import json
import re

from kube_support import SHOP, KubeTest, TinyCluster, main


class Scan(KubeTest):
    def test_every_object_of_every_type_and_nothing_else(self):
        self.serve("--objects", "3000", "--namespaces", "12")
        snapshot, _ = self.scan()
        self.expect_all(snapshot)
        self.assertTrue(snapshot["metadata"]["complete"])
        for row in self.rows(snapshot).values():
            self.assertEqual((row["status"], row["consistent"]), ("ok", True))

    def test_how_it_asks(self):
        self.serve("--pods", "1201", "--gzip", scenario={
            "kubernetes": {"defaults": {"std_tokens": True}}})
        self.scan()
        requests = self.cloud.requests()
        lists = self.lists()
        self.assertEqual(len([r for r in lists if "/pods?" in r["path"]]), 3)
        for request in requests:
            self.assertEqual(request["method"], "GET")
            self.assertNotIn("resourceVersion", request["path"])
            self.assertRegex(request["user_agent"], r"^wgo/\d+\.\d+\.\d+$")
            self.assertIn("gzip", request["accept_encoding"])
            self.assertEqual(request["status"], 200)
        for request in lists:
            self.assertRegex(request["path"], r"[?&]limit=500(&|$)")
        paths = [re.sub(r"\?.*|^/clusters/[^/]*", "", r["path"]) for r in requests]
        for quiet in ("/events", "/leases", "metrics.k8s.io", "componentstatuses"):
            self.assertFalse([p for p in paths if quiet in p], quiet)
        # Each object once: in the preferred version only.
        self.assertIn("/apis/autoscaling/v2/horizontalpodautoscalers", paths)
        self.assertNotIn("/apis/autoscaling/v1/horizontalpodautoscalers", paths)
        self.assertEqual(len([r for r in lists if "continue=" not in r["path"]]),
                         len(self.counts()))

    def test_connections_are_reused(self):
        self.serve("--pods", "3000")
        self.scan("--max-workers", "2", "--calls-per-worker", "2")
        requests = self.cloud.requests()
        self.assertLessEqual(len({r["connection"] for r in requests}), 10)
        self.assertLessEqual(max(r["in_flight"] for r in requests), 4)

    def test_a_password_in_the_address_is_not_shown(self):
        self.serve("--objects", "100")
        with open(self.cloud.kubeconfig) as file:
            text = file.read()
        there = self.write("there", re.sub(r"http://127", "http://uu:hunter2@127", text))
        gone = self.write("gone", "contexts: [{name: a, context: {cluster: a, user: a}}]\ncurrent-context: a\n"
                                  "clusters: [{name: a, cluster: {server: 'http://uu:hunter2@127.0.0.1:1'}}]\n"
                                  "users: [{name: a, user: {}}]\n")
        for kubeconfig in (there, gone):
            for command in (("scan", "--dry-run"), ("validate",), ("health",)):
                result = self.wgo(*command, "--config", self.config, "-p", "k8s", env={"KUBECONFIG": kubeconfig})
                self.assertNotIn("uu", result.out + result.err)
                self.assertNotIn("hunter2", result.out + result.err)
        result = self.wgo("validate", "-p", "k8s", env={"KUBECONFIG": there})
        self.assertIn("http://***@127.0.0.1", result.out, str(result))

    def test_two_runs_are_the_same_bytes(self):
        self.serve("--objects", "1500", "--latency-jitter-ms", "3")
        self.scan(output="a.json")
        self.scan("--max-workers", "1", "--calls-per-worker", "1", output="b.json")
        self.assertEqual(self.resource_bytes("a.json"), self.resource_bytes("b.json"))

    def test_a_resource(self):
        self.serve()
        snapshot, _ = self.scan()
        uid = self.get("/_fakecloud/counts")["clusters"]["default"]["uid"]
        found = {r["id"]: r for r in snapshot["resources"]}
        for pod in self.get("/api/v1/pods")["items"][:20]:
            meta = pod["metadata"]
            resource = found["k8s://%s/core/Pod/%s/%s" % (uid, meta["namespace"], meta["name"])]
            self.assertEqual(resource["type"], "kubernetes_pod")
            self.assertEqual(resource["name"], meta["name"])
            self.assertEqual(resource["namespace"], meta["namespace"])
            self.assertEqual(resource["provider"], "kubernetes")
            self.assertEqual(resource["account"], "default")
            self.assertEqual(resource["metadata"]["native_id"], meta["uid"])
            self.assertEqual(resource["metadata"]["created_at"], meta["creationTimestamp"])
            self.assertEqual(resource["metadata"]["version"], meta["resourceVersion"])
            self.assertEqual(resource.get("tags", {}), meta.get("labels", {}))
            self.assertNotIn("managedFields", resource["configuration"]["metadata"])
            for owner in meta.get("ownerReferences", []):
                group = owner["apiVersion"].rpartition("/")[0] or "core"
                name = "k8s://%s/%s/%s/%s/%s" % (uid, group, owner["kind"], meta["namespace"],
                                                 owner["name"])
                self.assertIn(name, resource["metadata"]["dependencies"])

    def test_dependencies_lead_to_resources(self):
        self.serve("--objects", "2000")
        snapshot, _ = self.scan()
        ids = {r["id"] for r in snapshot["resources"]}
        named = [d for r in snapshot["resources"] for d in r["metadata"].get("dependencies", [])]
        self.assertTrue(named)
        self.assertEqual([d for d in named if d not in ids], [])


class Secrets(KubeTest):
    def planted(self):
        """Every secret value of the cluster, as its lists have it and decoded."""
        values = set()
        for secret in self.get("/api/v1/secrets")["items"]:
            for value in secret.get("data", {}).values():
                values.add(value)
                values.add(base64.b64decode(value).decode("utf-8", "replace"))

        def environments(node):
            if isinstance(node, dict):
                for variable in node.get("env") or []:
                    if isinstance(variable, dict) and variable.get("value"):
                        values.add(variable["value"])
                for value in node.values():
                    environments(value)
            elif isinstance(node, list):
                for value in node:
                    environments(value)
        for path in ("/api/v1/pods", "/apis/apps/v1/deployments", "/apis/batch/v1/cronjobs",
                     "/apis/batch/v1/jobs", "/apis/apps/v1/statefulsets",
                     "/apis/apps/v1/daemonsets", "/apis/apps/v1/replicasets",
                     "/apis/apps/v1/controllerrevisions", "/api/v1/podtemplates"):
            environments(self.get(path))
        return {v for v in values if len(v) >= 12 and "\n" not in v}

    def test_no_planted_value_is_written(self):
        applied = json.dumps({"kind": "Secret", "data": {"password": "cGxhbnRlZC1hcHBsaWVk"}})
        cluster = {"extra_objects": [
            {"apiVersion": "v1", "kind": "Secret",
             "metadata": {"name": "planted", "namespace": "default", "annotations": {
                 "kubectl.kubernetes.io/last-applied-configuration": applied,
                 "kapp.k14s.io/original": "planted-by-kapp",
                 "objectset.rio.cattle.io/applied": "planted-by-rancher",
                 "kept": "a plain annotation"}},
             "data": {"password": base64.b64encode(b"planted-password").decode()},
             "stringData": {"other": "planted-string-data"}},
            {"apiVersion": "v1", "kind": "Pod",
             "metadata": {"name": "planted", "namespace": "default"},
             "spec": {kind: [{"name": "x", "image": "plain-image", "env": [
                 {"name": "A", "value": "planted-in-" + kind},
                 {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "plain.path"}}}]}]
                 for kind in ("containers", "initContainers", "ephemeralContainers")}}]}
        self.serve(scenario={"kubernetes": {"clusters": {"default": cluster}}})
        values = self.planted()
        self.assertGreater(len(values), 50)
        values |= {"planted-by-kapp", "planted-by-rancher", "planted-string-data",
                   "planted-password", "planted-in-containers", "planted-in-initContainers",
                   "planted-in-ephemeralContainers", "cGxhbnRlZC1hcHBsaWVk"}
        snapshot, _ = self.scan()
        with open(self.path("out.json")) as file:
            text = file.read()
        # Escapes could hide a value from a search of the text.
        strings = "\n".join(all_strings(snapshot))
        for value in values:
            self.assertNotIn(value, text)
            self.assertNotIn(value, strings)
        self.write("secrets.txt", "\n".join(sorted(values)))
        self.check("out.json", "--secrets", self.path("secrets.txt"))
        secret = self.named(snapshot, "core/Secret", "planted")
        self.assertRegex(secret["configuration"]["data"]["password"], r"^hmac:[0-9a-f]{32}$")
        self.assertIn("a plain annotation", text)
        self.assertIn("plain.path", text)

    def named(self, snapshot, native, name):
        return [r for r in snapshot["resources"]
                if r["metadata"]["native_type"] == native and r["name"] == name][0]

    def test_a_change_shows_and_the_value_does_not(self):
        def digest(value, state):
            self.serve(scenario={"kubernetes": {"clusters": {"default": {"extra_objects": [
                {"apiVersion": "v1", "kind": "Secret",
                 "metadata": {"name": "one", "namespace": "default"},
                 "data": {"k": value}}]}}}})
            snapshot, _ = self.scan("--resource-type", "secrets", "--state-dir", self.path(state))
            secret = self.named(snapshot, "core/Secret", "one")
            return secret["configuration"]["data"]["k"], snapshot["metadata"]["key_id"]
        first, key = digest("AAAA", "s1")
        self.assertEqual(digest("AAAA", "s1"), (first, key))
        self.assertNotEqual(digest("AAAB", "s1")[0], first)
        other, other_key = digest("AAAA", "s2")
        self.assertNotEqual(other, first)
        self.assertNotEqual(other_key, key)

    def test_tokens_are_not_logged(self):
        self.serve("--token", "admin=planted-token-of-ours")
        kubeconfig = self.kubeconfig({"token": "planted-token-of-ours"})
        _, result = self.scan(kubeconfig=kubeconfig, WGO_DEBUG="true")
        self.assertIn("path=", result.err)
        self.assertNotIn("planted-token-of-ours", result.err + result.out)


LEADER = "control-plane.alpha.kubernetes.io/leader"

# Kinds, and what moves in them though nobody changes them: (group, version, plural), kind, path.
MOVING = (
    (("", "v1", "nodes"), "Node", ("status", "conditions", 0, "lastHeartbeatTime")),
    (("", "v1", "configmaps"), "ConfigMap", ("metadata", "annotations", LEADER)),
    (("coordination.k8s.io", "v1", "leases"), "Lease", ("spec", "renewTime")),
    (("autoscaling", "v2", "horizontalpodautoscalers"), "HorizontalPodAutoscaler", ("status", "currentMetrics")),
    (("", "v1", "pods"), "Pod", ("metadata", "resourceVersion")),
    (("batch", "v1", "cronjobs"), "CronJob", ("status", "lastScheduleTime")),
)

# What is a secret, where.
OPENSHIFT = (
    (("oauth.openshift.io", "v1", "oauthclients"), "OAuthClient",
     {"secret": "planted-1", "additionalSecrets": ["planted-2"], "grantMethod": "auto"}),
    (("oauth.openshift.io", "v1", "oauthaccesstokens"), "OAuthAccessToken",
     {"authorizeToken": "planted-3", "refreshToken": "planted-4"}),
    (("build.openshift.io", "v1", "buildconfigs"), "BuildConfig",
     {"spec": {"strategy": {"type": "Docker", "dockerStrategy": {
         "env": [{"name": "A", "value": "planted-5"}], "buildArgs": [{"name": "B", "value": "planted-6"}]}},
         "triggers": [{"type": "GitHub", "github": {"secret": "planted-7"}}, {"type": "ConfigChange"},
                      {"type": "Generic", "generic": {"secretReference": {"name": "kept"}}}]}}),
    (("build.openshift.io", "v1", "builds"), "Build",
     {"spec": {"strategy": {"sourceStrategy": {"env": [{"name": "A", "value": "planted-8"}]}},
               "triggeredBy": [{"message": "kept", "githubWebHook": {"secret": "planted-9"}}]}}),
    (("apps.openshift.io", "v1", "deploymentconfigs"), "DeploymentConfig",
     {"spec": {"strategy": {"customParams": {"environment": [{"name": "A", "value": "planted-10"}]},
                            "rollingParams": {"pre": {"execNewPod": {"env": [{"name": "A", "value": "planted-11"}]}}}},
               "template": {"spec": {"containers": [{"env": [{"name": "A", "value": "planted-12"}]}]}}}}),
    (("template.openshift.io", "v1", "templates"), "Template",
     {"parameters": [{"name": "P", "value": "planted-13"}],
      "objects": [{"kind": "Secret", "data": {"k": "planted-14"}, "stringData": {"k": "planted-15"}}]}),
)


class Moving(KubeTest):
    def read(self, objects, *args, output="out.json"):
        cluster = TinyCluster(objects)
        self.addCleanup(cluster.close)
        snapshot, _ = self.scan(*args, output=output, kubeconfig=self.kubeconfig({}, server=cluster.url))
        return snapshot

    def objects(self, number):
        made = {}
        for where, kind, path in MOVING:
            node = one = {"kind": kind, "metadata": {"name": "x", "uid": "u-" + kind, "resourceVersion": str(number),
                                                     "annotations": {"kept": "kept"}}}
            for step, after in zip(path, path[1:]):
                if step != 0 and step not in node:
                    node[step] = [{"type": "Ready"}] if after == 0 else {}
                node = node[step]
            node[path[-1]] = str(number)
            made[where] = [one]
        return made

    def test_what_moves_by_itself_is_no_change(self):
        names = [a for _, kind, _ in MOVING for a in ("--resource-type", kind)]
        before = self.read(self.objects(7001), *names, output="a.json")
        after = self.read(self.objects(7002), *names, output="b.json")
        self.assertEqual(len(before["resources"]), len(MOVING))
        for one, other in zip(before["resources"], after["resources"]):
            self.assertEqual(one["id"], other["id"])
            self.assertEqual(one["metadata"]["checksum"], other["metadata"]["checksum"], one["id"])
            self.assertNotIn("7001", json.dumps(one["configuration"]), one["id"])
            self.assertEqual((one["metadata"]["version"], other["metadata"]["version"]), ("7001", "7002"))
            self.assertEqual(one["configuration"]["metadata"]["annotations"]["kept"], "kept")

    def test_secrets_of_custom_resources(self):
        containers = [{"name": "c", "env": [{"name": "kept", "value": "planted-1"},
                                            {"name": "kept", "valueFrom": {"secretKeyRef": {"name": "kept"}}}]}]
        snapshot = self.read({
            ("argoproj.io", "v1alpha1", "workflowtemplates"): [
                {"kind": "WorkflowTemplate", "metadata": {"name": "kept", "namespace": "n"},
                 "spec": {"templates": [{"container": containers[0], "env": "kept"}], "token": "planted-2"}}],
            ("db.example.com", "v1", "databases"): [
                {"kind": "Database", "metadata": {"name": "kept", "namespace": "n"},
                 "spec": {"adminPassword": "planted-3", "url": "postgres://u:planted-4@h/kept", "port": 5432,
                          "passwordSecretRef": {"name": "kept"}, "nodes": {"x": {"env": {"A": "planted-5"}}}}}]})
        text = json.dumps(snapshot["resources"])
        self.assertEqual(len(snapshot["resources"]), 2)
        self.assertNotIn("planted-", text)
        self.assertEqual(text.count("hmac:"), 5)
        self.assertEqual([text.count('"kept"'), text.count("5432")], [9, 1])

    def test_the_token_beside_a_pull_secret(self):
        snapshot = self.read({("", "v1", "secrets"): [
            {"kind": "Secret", "data": {}, "metadata": {"name": "x", "namespace": "n", "annotations": {
                "openshift.io/token-secret.name": "kept", "openshift.io/token-secret.value": "planted-1"}}}]})
        notes = snapshot["resources"][0]["configuration"]["metadata"]["annotations"]
        self.assertEqual(notes["openshift.io/token-secret.name"], "kept")
        self.assertRegex(notes["openshift.io/token-secret.value"], "^hmac:")

    def test_secrets_of_probes_drivers_and_copies(self):
        def headers(number):
            return {"httpGet": {"port": 80, "httpHeaders": [{"name": "Authorization", "value": "planted-%d" % number}]}}
        container = {"name": "kept", "livenessProbe": headers(1), "startupProbe": headers(2), "lifecycle": {"preStop": headers(3)}}
        pods = {"containers": [container], "initContainers": [container]}
        meta = {"name": "x", "namespace": "n"}
        snapshot = self.read({
            ("", "v1", "pods"): [{"kind": "Pod", "metadata": meta, "spec": pods}],
            ("", "v1", "podtemplates"): [{"kind": "PodTemplate", "metadata": meta, "template": {"spec": pods}}],
            ("apps", "v1", "deployments"): [{"kind": "Deployment", "metadata": meta, "spec": {"template": {"spec": pods}}}],
            ("apps", "v1", "controllerrevisions"): [
                {"kind": "ControllerRevision", "metadata": meta, "data": {"spec": {"template": {"spec": pods}}}}],
            ("batch", "v1", "cronjobs"): [{"kind": "CronJob", "metadata": meta, "spec": {
                "jobTemplate": {"spec": {"template": {"spec": pods}}}}}],
            ("roll.example.com", "v1", "rollouts"): [{"kind": "Rollout", "metadata": meta, "spec": {"pods": [container]}}],
            ("storage.k8s.io", "v1", "storageclasses"): [{"kind": "StorageClass", "metadata": {"name": "x"}, "parameters": {
                "restuserkey": "planted-4", "adminPassword": "planted-5", "kept-secret-name": "kept"}}],
            ("", "v1", "persistentvolumes"): [{"kind": "PersistentVolume", "metadata": {"name": "x"}, "spec": {"csi": {
                "volumeAttributes": {"password": "planted-6", "share": "kept"}, "nodeStageSecretRef": {"name": "kept"}}}}],
            ("", "v1", "secrets"): [{"kind": "Secret", "data": {}, "metadata": dict(meta, annotations={
                "app.oam.dev/last-applied-configuration": "planted-7", "example.com/password": "planted-8", "a": "kept"})}],
            ("", "v1", "services"): [{"kind": "Service", "metadata": dict(meta, annotations={
                "app.oam.dev/last-applied-configuration": "planted-9", "kapp.k14s.io/original-diff": "planted-10"})}]})
        text = json.dumps(snapshot)
        self.assertEqual(len(snapshot["resources"]), 10)
        self.assertNotIn("planted-", text)
        self.assertEqual(text.count("hmac:"), 5 * 6 + 3 + 7)
        self.assertEqual(text.count('"kept"'), 5 * 2 + 1 + 4)

    def test_secrets_of_openshift(self):
        snapshot = self.read({where: [dict(more, kind=kind, metadata={"name": "x", "namespace": "n"})]
                              for where, kind, more in OPENSHIFT})
        self.assertEqual(len(snapshot["resources"]), len(OPENSHIFT))
        text = json.dumps(snapshot)
        self.assertNotIn("planted-", text)
        self.assertEqual(text.count("hmac:"), 15)
        self.assertEqual(text.count('"kept"'), 2)


def all_strings(node):
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from all_strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from all_strings(value)


class Choosing(KubeTest):
    def kinds(self, *globs):
        snapshot, result = self.scan(*[a for g in globs for a in ("--resource-type", g)])
        return set(self.by_kind(snapshot)), snapshot, result

    def test_types_by_any_name(self):
        self.serve()
        for name in ("kubernetes_pod", "core/Pod", "pods", "Pod", "pod", "POD"):
            self.assertEqual(self.kinds(name)[0], {"core/Pod"}, name)
        self.assertEqual(self.kinds("deployments.apps", "node")[0],
                         {"apps/Deployment", "core/Node"})
        self.assertEqual(self.kinds("services")[0], {"core/Service", "mesh.example.io/Service"})
        self.assertEqual(self.kinds("events")[0], {"core/Event"})
        self.assertEqual(self.kinds("events.k8s.io/*")[0], {"events.k8s.io/Event"})
        self.assertEqual(self.kinds("leases")[0], {"coordination.k8s.io/Lease"})

    def test_excluded_types_leave_no_row_and_no_call(self):
        self.serve()
        _, snapshot, _ = self.kinds("!pods", "!kubernetes_se*")
        types = {kind for _, kind in self.rows(snapshot)}
        self.assertIn("kubernetes_node", types)
        for kind in ("kubernetes_pod", "kubernetes_secret", "kubernetes_service"):
            self.assertNotIn(kind, types)
        self.assertFalse([r for r in self.lists() if re.search("/(pods|secrets)[?]", r["path"])])

    def test_what_nobody_has_is_said(self):
        self.serve()
        kinds, snapshot, result = self.kinds("aws_*")
        self.assertEqual(kinds, set())
        self.assertIn("nothing here has a type that was asked for", result.err)
        self.assertEqual(snapshot["metadata"]["completeness"], [])

    def test_one_of_several_names_that_nobody_has_is_said(self):
        self.serve("--cluster", "one", "--cluster", "two")
        both = ("--context", "all")
        for good, wrong in (("pods", "podz"), ("Pod", "Podz"), ("kubernetes_pod", "apps/Deploymentz"),
                            ("deployments.apps", "core/Pods*"), ("widgets*", "widgetz.example.io")):
            snapshot, result = self.scan("--resource-type", good, "--resource-type", wrong, "--resource-type", "!nope",
                                         *both)
            said = "kubernetes: --resource-type %s: nothing that can be listed there is called so" % wrong
            self.assertIn(said, snapshot["metadata"]["warnings"])
            self.assertIn("warning: " + said, result.err)
            self.assertFalse([w for w in snapshot["metadata"]["warnings"] if "type %s:" % good in w and "*" not in good])
        _, result = self.scan("--resource-type", "pods", "--resource-type", "deployments", *both)
        self.assertNotIn("called so", result.err)

    def test_words_are_not_judged_by_those_who_do_not_know_all(self):
        # Of a group that is down; of words that another provider was asked for as well.
        self.serve("--metrics", "down")
        _, result = self.scan("--resource-type", "pods", "--resource-type", "metrics.k8s.io/PodMetricz",
                              code=3)
        self.assertNotIn("called so", result.err)
        self.serve()
        result = self.wgo("scan", "--resource-type", "pods", "--resource-type", "podz", "--provider", "kubernetes",
                          "--provider", "terraform", "--state-file", SHOP, env={"KUBECONFIG": self.cloud.kubeconfig})
        self.assert_code(result, 0)
        self.assertNotIn("called so", result.err)

    def test_commas_do_not_part_names(self):
        result = self.wgo("scan", "--provider", "k8s", "--resource-type", "pods,nodes", env={"KUBECONFIG": "x"})
        self.assert_error(result, 2, 'no type is called "pods,nodes"', "once for each, or '{pods,nodes}'")

    def test_namespaces(self):
        self.serve()
        snapshot, result = self.scan("--namespace", "team-000", "--namespace", "nobody-lives-here")
        said = "kubernetes: --namespace nobody-lives-here: nothing that was read lies there"
        self.assertEqual(snapshot["metadata"]["warnings"], [said])
        self.assertIn("warning: " + said, result.err)
        self.assertEqual({r.get("namespace") for r in snapshot["resources"]}, {"team-000"})
        inside = self.get("/_fakecloud/counts?namespace=team-000")["clusters"]["default"]
        self.assertEqual(self.row(snapshot, "kubernetes_pod")["status"], "ok")
        self.assertEqual(self.row(snapshot, "kubernetes_node")["status"], "skipped")
        self.assertEqual(self.by_kind(snapshot)["core/Pod"],
                         [r["count"] for r in inside["resources"]
                          if (r["group"], r["resource"]) == ("", "pods")][0])

    def test_a_namespace_that_cannot_be_one(self):
        self.serve()
        for name in ("a/b", "Team", "team-*", ""):
            result = self.wgo("scan", "-p", "k8s", "--namespace", name,
                              env={"KUBECONFIG": self.cloud.kubeconfig})
            self.assert_code(result, 2)
        self.assertEqual(self.cloud.requests(), [])

    def test_contexts(self):
        self.serve("--cluster", "prod-a", "--cluster", "prod-b:seed=9", "--cluster", "dev")
        snapshot, _ = self.scan("--context", "prod-*")
        self.assertEqual({r["account"] for r in snapshot["resources"]}, {"prod-a", "prod-b"})
        snapshot, _ = self.scan("--context", "all")
        self.assertEqual({a for a, _ in self.rows(snapshot)}, {"prod-a", "prod-b", "dev"})
        _, result = self.scan("--context", "prod-c", code=2, output="none.json")
        self.assertIn("did you mean \"prod-a\"?", result.err)

    def test_contexts_that_show_the_same_are_read_once(self):
        self.serve()
        with open(self.kubeconfig({})) as file:
            kubeconfig = json.load(file)
        kubeconfig["contexts"].append(
            {"name": "y", "context": {"cluster": "c", "user": "u", "namespace": "team-000"}})
        path = self.write("kubeconfig", json.dumps(kubeconfig))
        snapshot, _ = self.scan("--context", "all", kubeconfig=path)
        row = self.row(snapshot, None, "y")
        self.assertEqual(row["status"], "skipped")
        self.assertEqual(row["error"], "same cluster and user as context x")
        self.assertEqual(len([r for r in self.lists() if "/pods?" in r["path"]]), 1)

    def test_one_cluster_by_two_users_is_one_set_of_resources(self):
        self.serve(scenario={"users": [
            {"name": "root", "token": "r", "admin": True},
            {"name": "clerk", "token": "c", "rules": [{"verbs": ["get", "list"]}]}]})
        snapshot, result = self.scan("--context", "*@*")
        self.expect_all(snapshot)
        self.assertEqual(snapshot["metadata"]["duplicates_merged"], len(snapshot["resources"]))


if __name__ == "__main__":
    main()
