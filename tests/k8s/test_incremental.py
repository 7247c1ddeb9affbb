"""A scan that asks a cluster only for what changed, and what it asks for then."""
import os
import urllib.parse

from kube_support import KubeTest, main

KEY = "kubernetes_pod"


class Incremental(KubeTest):
    WORLD = ["--objects", "2500", "--namespaces", "12", "--seed", "3"]

    def setUp(self):
        super().setUp()
        self.state = os.path.join(self.dir, "state")
        self.flags = []

    def scan_now(self, code=0, **more):
        """An incremental scan's snapshot; the log holds what it has asked for."""
        snapshot, self.said = self.scan("--incremental", *self.flags, output="now.json", code=code,
                                        WGO_STATE_DIR=self.state, **more)
        return snapshot

    def assert_same(self, code=0, **more):
        """What a scan of everything finds, byte for byte."""
        self.scan("--redact-key-file", os.path.join(self.state, "redact.key"), *self.flags,
                  output="whole.json", code=code, WGO_STATE_DIR=os.path.join(self.dir, "other"), **more)
        self.assertEqual(self.resource_bytes("now.json"), self.resource_bytes("whole.json"))

    def world(self):
        """{(list's path, name): version} of what is there; asked for before a scan's log is read."""
        found = {}
        for r in self.get("/_fakecloud/counts")["clusters"]["default"]["resources"]:
            if not r["preferred"] or r["group"] == "metrics.k8s.io" or r["resource"] == "componentstatuses":
                continue
            if (r["group"], r["resource"]) in (("", "events"), ("events.k8s.io", "events"),
                                               ("coordination.k8s.io", "leases")):
                continue
            root = "/apis/%s/%s" % (r["group"], r["version"]) if r["group"] else "/api/v1"
            for item in self.get("%s/%s" % (root, r["resource"]))["items"]:
                meta = item["metadata"]
                space = "/namespaces/" + meta["namespace"] if "namespace" in meta else ""
                found["%s%s/%s" % (root, space, r["resource"]), meta["name"]] = meta["resourceVersion"]
        return found

    def drifted(self, every, *world, scenario=None):
        """Lays the base, lets the world drift; what changed and what is gone of it."""
        world = world or self.WORLD
        self.serve(*world)
        self.scan_now()
        before = self.world()
        self.cloud.again(*world, "--drift-every", str(every), scenario=scenario)
        after = self.world()
        changed = {key for key, version in after.items() if version != before[key]}
        self.asked_before = len(self.cloud.requests())
        return changed, set(before) - set(after), before

    def asked(self):
        """What was asked for since the base: lists of metadata, objects by name, whole pages."""
        metadata, objects, pages = [], [], []
        for request in self.lists()[:]:
            if request["n"] <= self.asked_before:
                continue
            url = urllib.parse.urlsplit(request["path"].replace("/clusters/default/", "/", 1))
            query = dict(urllib.parse.parse_qsl(url.query))
            if "PartialObjectMetadataList" in (request["accept"] or ""):
                metadata.append(url.path)
            elif "fieldSelector" in query:
                self.assertTrue(query["fieldSelector"].startswith("metadata.name="))
                objects.append((url.path, query["fieldSelector"][len("metadata.name="):]))
            else:
                pages.append((url.path, query))
        return metadata, objects, pages

    def assert_counts(self, snapshot, **counts):
        said = dict(snapshot["metadata"]["incremental"])
        self.assertEqual({name: said[name] for name in counts}, counts)

    def test_what_changed_is_asked_for_by_name_and_nothing_else(self):
        changed, gone, before = self.drifted(100)
        self.assertGreater(len(changed), 10)
        self.assertGreater(len(gone), 10)
        snapshot = self.scan_now()
        metadata, objects, pages = self.asked()
        self.assertEqual(len(objects), len(set(objects)))
        self.assertEqual(set(objects), changed)
        self.assertEqual(pages, [])
        self.assertLessEqual({path.partition("/namespaces/")[0] + "/" + path.split("/")[-1]
                              if "/namespaces/" in path else path for path, _ in before}, set(metadata))
        self.assert_counts(snapshot, added=0, changed=len(changed), deleted=len(gone),
                           unchanged=len(before) - len(changed) - len(gone))
        self.assertTrue(snapshot["metadata"]["complete"])
        self.expect_all(snapshot)
        for row in self.rows(snapshot).values():
            self.assertEqual((row["status"], row["consistent"]), ("ok", True))
        self.assert_same()

    def test_where_nothing_changed_no_object_is_asked_for(self):
        self.serve(*self.WORLD)
        self.scan_now()
        whole = sum(r["bytes"] for r in self.lists())
        self.asked_before = len(self.cloud.requests())
        snapshot = self.scan_now()
        metadata, objects, pages = self.asked()
        self.assertEqual((objects, pages), ([], []))
        self.assertEqual(len(metadata), len(self.lists()) / 2)
        self.assert_counts(snapshot, added=0, changed=0, deleted=0, stored=0,
                           unchanged=len(snapshot["resources"]))
        self.assertLess(sum(r["bytes"] for r in self.lists()) - whole, whole)
        self.expect_all(snapshot)
        self.assert_same()

    def test_what_other_credentials_have_seen_nobody_goes_on_from(self):
        self.serve(*self.WORLD, "--token", "admin=alice", "--token", "admin=bobby")
        kept = self.path("kubeconfig")
        for token, again, others in (("alice", False, False), ("alice", True, False), ("bobby", True, True),
                                     ("bobby", True, False), ("alice", True, True)):
            os.replace(self.kubeconfig({"token": token}), kept)
            self.asked_before = len(self.cloud.requests())
            snapshot = self.scan_now(kubeconfig=kept)
            metadata, objects, pages = self.asked()
            self.assertEqual(objects, [])
            self.assertEqual((len(metadata) > 0, len(pages) > 0), (again and not others, not again or others), token)
            self.assertEqual("read with other credentials before" in self.said.err, others, self.said.err)
            self.expect_all(snapshot)
            if again:
                self.assert_counts(snapshot, added=0, changed=0, deleted=0, unchanged=len(snapshot["resources"]))

    def test_of_many_changes_their_page_is_asked_for(self):
        changed, gone, before = self.drifted(10)
        snapshot = self.scan_now()
        _, objects, pages = self.asked()
        self.assertGreater(len(pages), 10)
        self.assertLess(len(objects), len(pages))
        self.assertLess(len(pages) + len(objects), len(changed) / 4)
        for _, query in pages: # at the moment of the list of metadata
            self.assertNotEqual("continue" in query, query.get("resourceVersionMatch") == "Exact")
        self.assertEqual(len({(path, query.get("continue")) for path, query in pages}), len(pages))
        self.assert_counts(snapshot, added=0, changed=len(changed), deleted=len(gone))
        self.assertTrue(all(row["consistent"] for row in self.rows(snapshot).values()))
        self.assert_same()

    def test_what_comes_and_goes(self):
        self.serve("--pods", "40", "--seed", "3")
        self.scan_now()
        self.cloud.again("--pods", "90", "--seed", "3")
        snapshot = self.scan_now()
        self.expect_all(snapshot)
        self.assert_same()
        self.cloud.again("--pods", "0", "--seed", "3")
        snapshot = self.scan_now()
        self.assert_counts(snapshot, added=0, deleted=90)
        self.assert_same()

    def test_the_way_of_discovery_changes_nothing(self):
        self.serve("--pods", "40")
        self.scan_now()
        self.cloud.again("--pods", "40", "--discovery", "classic")
        self.asked_before = 0
        snapshot = self.scan_now()
        metadata, objects, pages = self.asked()
        self.assertEqual((objects, pages), ([], []))
        self.assertEqual(len(metadata), len(self.counts()))
        self.expect_all(snapshot)

    def test_without_a_cache_nothing_is_taken_for_granted(self):
        self.serve("--pods", "40")
        self.scan_now()
        self.flags = ["--no-cache"]
        self.asked_before = len(self.cloud.requests())
        snapshot = self.scan_now()
        metadata, objects, pages = self.asked()
        self.assertEqual((metadata, objects), ([], []))
        self.assertEqual(len(pages), len(self.counts()))
        self.assert_counts(snapshot, added=0, changed=0, deleted=0)

    # ---- watches, of long lists not long after a scan ----

    LONG = ["--pods", "2900", "--seed", "5"]

    def watches(self):
        """{plural: its query} of the watches since the base."""
        found = {}
        for request in self.cloud.requests():
            url = urllib.parse.urlsplit(request["path"])
            query = dict(urllib.parse.parse_qsl(url.query))
            if request["n"] > self.asked_before and "watch" in query:
                self.assertIn("as=PartialObjectMetadata;", request["accept"])
                self.assertNotIn(url.path.split("/")[-1], found)
                found[url.path.split("/")[-1]] = query
        return found

    def test_long_lists_are_watched_from_the_version_before(self):
        changed, gone, before = self.drifted(100, *self.LONG)
        snapshot = self.scan_now()
        self.assertEqual(set(self.watches()), {"pods"})
        metadata, objects, pages = self.asked()
        self.assertEqual(sorted(metadata), sorted(set(metadata)), "no second page")
        self.assertEqual(pages, [])
        self.assertEqual(len(objects), len(set(objects)))
        self.assertEqual(set(objects), changed)
        self.assert_counts(snapshot, added=0, changed=len(changed), deleted=len(gone),
                           unchanged=len(before) - len(changed) - len(gone))
        self.assertTrue(snapshot["metadata"]["complete"])
        self.expect_all(snapshot)
        for row in self.rows(snapshot).values():
            self.assertEqual((row["status"], row["consistent"]), ("ok", True))
        self.assert_same()
        # Once more, from where that watch ended: nothing has happened since.
        self.asked_before = len(self.cloud.requests())
        snapshot = self.scan_now()
        self.assertEqual(set(self.watches()), {"pods"})
        self.assertEqual(self.asked()[1:], ([], []))
        self.assert_counts(snapshot, added=0, changed=0, deleted=0)
        self.assert_same()

    def test_a_version_too_old_to_watch_from(self):
        old = {"kubernetes": {"defaults": {"watch_window_ms": 0}}}
        changed, gone, _ = self.drifted(100, *self.LONG, scenario=old)
        snapshot = self.scan_now()
        self.assertEqual(set(self.watches()), {"pods"})
        metadata, objects, _ = self.asked()
        self.assertEqual(metadata.count("/api/v1/pods"), 3)  # twice its start, and to the end of a namespace
        self.assertEqual(set(objects), changed)
        self.assert_counts(snapshot, added=0, changed=len(changed), deleted=len(gone))
        self.assert_same()

    def test_who_may_not_watch_may_still_list(self):
        for fault in ({"kind": "status", "status": 403}, {"kind": "status", "status": 500}, {"kind": "cut"}):
            changed, gone, _ = self.drifted(100, *self.LONG, scenario={"faults": [dict(fault, query="*watch=*")]})
            snapshot = self.scan_now()
            self.assert_counts(snapshot, added=0, changed=len(changed), deleted=len(gone))
            self.assertTrue(snapshot["metadata"]["complete"])
            self.assert_same()

    def test_changed_objects_whose_moment_is_forgotten_after_a_watch(self):
        changed, gone, _ = self.drifted(100, *self.LONG, scenario={"faults": [
            {"kind": "status", "status": 410, "query": "*resourceVersionMatch=Exact*"}]})
        snapshot = self.scan_now()
        self.assertFalse(self.row(snapshot, KEY)["consistent"])
        self.assert_counts(snapshot, added=0, changed=len(changed), deleted=len(gone))
        self.assert_same()

    # ---- long lists of metadata without a watch: by namespaces, side by side ----

    APART = ["--pods", "3200", "--objects", "0", "--namespaces", "12", "--seed", "5"]

    def apart(self, every, *faults, consistent=True):
        """(objects that changed, what was asked for) of a scan that came to what a scan of everything comes to."""
        unwatched = {"kind": "status", "status": 403, "query": "*watch=*"}
        changed, gone, before = self.drifted(every, *self.APART, scenario={"faults": [unwatched, *faults]})
        snapshot = self.scan_now()
        row = self.row(snapshot, KEY)
        self.assertEqual((row["status"], row["consistent"]), ("ok", consistent))
        kinds = row["type"] if isinstance(row["type"], list) else [row["type"]]
        self.assertEqual(row["count"], sum(1 for r in snapshot["resources"] if r["type"] in kinds))
        self.assert_counts(snapshot, added=0, changed=len(changed), deleted=len(gone),
                           unchanged=len(before) - len(changed) - len(gone))
        asked = self.asked()
        self.assert_same()
        return changed, asked

    def test_few_changes_apart(self):
        changed, (metadata, objects, pages) = self.apart(100)
        self.assertEqual((set(objects), len(objects), pages), (changed, len(changed), []))
        begun = [path for path in metadata if path.startswith("/api/v1/namespaces/") and path.endswith("/pods")]
        self.assertGreater(len(set(begun)), 6)
        self.assertLess(metadata.count("/api/v1/pods"), 5)

    def test_many_changes_apart(self):
        _, (_, objects, pages) = self.apart(10)
        self.assertTrue(pages)
        self.assertEqual(len(objects), len(set(objects)))

    def test_a_namespace_whose_moment_is_forgotten(self):
        self.apart(10, {"kind": "status", "status": 410, "path": "*/namespaces/team-003/pods",
                        "query": "*resourceVersion=*"}, consistent=False)

    def test_tokens_that_expire_apart(self):
        self.apart(10, {"kind": "expired", "path": "*/api/v1/pods", "query": "*continue=*", "nth": [1, 2]},
                   consistent=False)

    # ---- servers that do not go along ----

    def test_a_moment_that_the_server_has_forgotten(self):
        for every in (100, 10): # objects, pages
            changed, gone, _ = self.drifted(every, "--pods", "1300", "--seed", "5", scenario={
                "faults": [{"kind": "status", "status": 410, "query": "*resourceVersion=*"}]})
            self.assertTrue(changed)
            snapshot = self.scan_now()
            self.assertEqual(self.row(snapshot, KEY)["status"], "ok")
            self.assertFalse(self.row(snapshot, KEY)["consistent"], "every %d" % every)
            self.assert_counts(snapshot, added=0, changed=len(changed), deleted=len(gone))
            self.assert_same()

    def test_tokens_that_expire(self):
        changed, gone, _ = self.drifted(10, "--pods", "1300", "--seed", "5", scenario={
            "faults": [{"kind": "expired", "path": "*/api/v1/pods", "query": "*continue=*", "nth": [1, 2]}]})
        snapshot = self.scan_now()
        self.assertEqual(self.row(snapshot, KEY)["status"], "ok")
        self.assertFalse(self.row(snapshot, KEY)["consistent"])
        self.assert_counts(snapshot, added=0, changed=len(changed), deleted=len(gone))
        self.assert_same()

    def test_an_api_that_knows_no_metadata_lists(self):
        self.drifted(100, scenario={"faults": [
            {"kind": "status", "status": 406, "path": "*/widgets", "query": "*limit=500*", "nth": 1}]})
        snapshot = self.scan_now()
        _, _, pages = self.asked()
        self.assertEqual([path.split("/")[-1] for path, _ in pages], ["widgets"])
        self.assertEqual(self.row(snapshot, "shop.example.com/Widget")["status"], "ok")
        self.assert_same()

    def test_what_could_not_be_seen_stays(self):
        changed, gone, before = self.drifted(100, scenario={"faults": [
            {"kind": "status", "status": 500, "path": "*/api/v1/configmaps", "query": "*limit=500*"}]})
        snapshot = self.scan_now(code=3)
        row = self.row(snapshot, "kubernetes_config_map")
        self.assertEqual(row["status"], "error")
        self.assertIn("age", row)
        here = {key for key in before if key[0].endswith("/configmaps")}
        self.assertEqual(self.by_kind(snapshot)["core/ConfigMap"], len(here))
        self.assert_counts(snapshot, added=0, changed=len(changed - here), deleted=len(gone - here))
        self.cloud.again(*self.WORLD, "--drift-every", "100")
        snapshot = self.scan_now()
        self.assert_counts(snapshot, added=0, changed=len(changed & here), deleted=len(gone & here))
        self.assert_same()

    # ---- other ways of listing ----

    def test_in_namespaces(self):
        self.flags = ["--namespace", "team-001", "--namespace", "team-003"]
        changed, _, _ = self.drifted(20)
        self.scan_now()
        _, objects, pages = self.asked()
        self.assertTrue(objects or pages)
        for path, _ in objects + pages:
            self.assertRegex(path, "/namespaces/team-00[13]/")
        self.assertLessEqual(set(objects), changed)
        self.assert_same()

    def test_who_may_not_list_everywhere(self):
        """Lists in namespaces, and of nothing that was seen whole: all of it is read anew."""
        users = {"users": [{"name": "root", "token": "all", "admin": True}, {"name": "t", "token": "some", "rules": [
            {"verbs": ["get", "list"], "namespaces": ["team-000", "team-001"]},
            {"verbs": ["list"], "apiGroups": [""], "resources": ["namespaces", "nodes"]}]}]}
        self.serve(*self.WORLD, scenario=users)
        config = self.kubeconfig({"token": "some"})
        self.scan_now(code=3, kubeconfig=config)
        self.cloud.again(*self.WORLD, "--drift-every", "20", scenario=users)
        snapshot = self.scan_now(code=3, kubeconfig=config)
        self.assertEqual(self.row(snapshot, KEY, account="x")["status"], "denied")
        self.assertEqual(self.row(snapshot, "kubernetes_node", account="x")["status"], "ok")
        metadata = [r for r in self.lists() if "PartialObjectMetadataList" in (r["accept"] or "")]
        self.assertEqual({r["path"].split("?")[0].split("/")[-1] for r in metadata}, {"namespaces", "nodes"})


if __name__ == "__main__":
    main()
