"""A scan that asks Google Cloud for what changed gives, byte for byte, what a scan of everything gives, and asks less."""
import json
import urllib.parse

from gcp_support import GcpTest, main

EVERY = 20


# Of Google's own services, without what clusters hold.
ALL_TYPES = ".*[.]googleapis[.]com/.*"


class IncrementalTest(GcpTest):
    """A world is read, changes, and is read again; the same in a folder of its own, whole, is what it is to be."""
    PLACES = ("--gcp-projects", "3")

    def change(self, *places, every=EVERY, **scenario):
        """The same world at the same address, of which one thing of 'every' changed and one is gone."""
        self.serve("--port", str(self.cloud.port), *(places or self.PLACES), "--drift-every", str(every), **scenario)

    def incremental(self, *args, code=0, output="less.json"):
        snapshot, result = self.scan("--incremental", *args, code=code, output=output,
                                     WGO_REDACT_KEY="0123456789abcdef0123456789abcdef")
        return snapshot, result, self.asked

    def whole(self, *args, code=0):
        snapshot, _ = self.scan(*args, "--state-dir", self.path("other"), code=code, output="whole.json",
                                WGO_REDACT_KEY="0123456789abcdef0123456789abcdef")
        return snapshot

    def assert_same(self):
        self.assertEqual(self.resource_bytes("less.json"), self.resource_bytes("whole.json"))

    def by_id(self, snapshot):
        self.ids(snapshot)
        return {r["id"]: json.dumps(r) for r in snapshot["resources"]}

    def compare(self, before, after):
        """{changed, deleted} ids between two snapshots."""
        before, after = self.by_id(before), self.by_id(after)
        return ({i for i in after if i in before and after[i] != before[i]}, set(before) - set(after))

    def operations(self, asked, operation):
        return [r for r in asked if r["operation"] == operation]

    def query_of(self, request):
        return urllib.parse.parse_qs(urllib.parse.urlsplit(request["path"]).query)

    def assert_told(self, snapshot, changed, deleted):
        told = snapshot["metadata"]["incremental"]
        self.assertEqual((told["added"], told["changed"], told["deleted"], told["stored"]),
                         (0, len(changed), len(deleted), len(changed)))
        self.assertEqual(told["unchanged"], len(snapshot["resources"]) - len(changed))


class Small(IncrementalTest):
    """Of a project whose inventory is one page, that page tells all."""

    def test_one_page_tells_what_changed(self):
        for args in ((), ("--organization", "123456789012"), ("--gcp-source", "asset")):
            with self.subTest(args):
                self.serve(*self.PLACES)
                before, _, first = self.incremental(*args)
                self.change()
                after, _, asked = self.incremental(*args)
                changed, deleted = self.compare(before, self.whole(*args))
                self.assert_same()
                self.assertGreater(len(changed), 20)
                self.assertGreater(len(deleted), 20)
                self.assert_told(after, changed, deleted)
                self.assertEqual(self.rows(after, "skipped"), [])
                for operation in ("assets.list", "searchAllResources", "batchGetAssetsHistory"):
                    # A busy machine may have made the first one ask again.
                    self.assertLessEqual(len(self.operations(asked, operation)),
                                         len(self.operations(first, operation)), operation)

    def test_parts_of_what_did_not_change_are_not_asked_for(self):
        self.serve(*self.PLACES)
        before, _, first = self.incremental()
        self.change()
        after, _, asked = self.incremental()
        changed, _ = self.compare(before, after)
        buckets = [i for i in changed if i.startswith("//storage.googleapis.com/")]
        self.assertEqual(len(self.operations(first, "buckets.getIamPolicy")), self.types(before)["google_storage_bucket"])
        self.assertEqual(len(self.operations(asked, "buckets.getIamPolicy")), len(buckets))
        policies = [r for r in after["resources"] if "IamPolicy" in r["configuration"]]
        self.assertEqual(len(policies), self.types(after)["google_storage_bucket"])

    def test_nothing_is_stored_when_nothing_changed(self):
        self.serve(*self.PLACES)
        before, _, _ = self.incremental()
        again, result, _ = self.incremental()
        self.assertEqual(self.compare(before, again), (set(), set()))
        self.assert_told(again, (), ())
        self.assertIn("as they were since", result.err)

    def test_what_is_below_the_last_of_its_kind_goes_with_it(self):
        places = ("--gcp-projects", "4", "--gcp-count", "sqladmin.instance=1", "--gcp-count", "storage.bucket=0")
        for args in ((), ("--organization", "123456789012")):
            with self.subTest(args):
                self.serve(*places)
                before, _, _ = self.incremental(*args)
                self.change(*places, every=3)
                after, _, _ = self.incremental(*args)
                self.whole(*args)
                self.assert_same()
                left = self.types(after)["google_sql_database_instance"]
                self.assertTrue(0 < left < self.types(before)["google_sql_database_instance"], left)
                self.assertEqual(self.types(after)["google_sql_user"], self.count("sqladmin.user"))

    def test_projects_that_are_found_late_lose_what_is_below_the_last_too(self):
        places = ("--gcp-projects", "4", "--gcp-count", "sqladmin.instance=1", "--gcp-count", "storage.bucket=0",
                  "--organization", "123456789012")
        self.serve(*places[:-2])
        self.incremental(*places[-2:])
        self.change(*places[:-2], every=3,
                    faults=[{"kind": "slow", "service": "cloudresourcemanager", "query": "*parent*", "latency_ms": 400}])
        _, _, asked = self.incremental(*places[-2:])
        self.assertTrue([r for r in asked if r.get("fault")], "no search came late")
        self.whole(*places[-2:])
        self.assert_same()

    def test_a_project_that_is_new_is_read(self):
        for args in ((), ("--organization", "123456789012")):
            with self.subTest(args):
                self.serve("--gcp-projects", "2")
                self.incremental(*args)
                self.change("--gcp-projects", "3")
                after, _, _ = self.incremental(*args)
                self.whole(*args)
                self.assert_same()
                self.assertEqual(self.types(after)["google_compute_disk"], self.count("compute.disk"))

    def test_an_inventory_that_may_be_listed_now_is_listed_whole(self):
        denials = {"denials": [{"service": "cloudasset"}]}
        self.serve("--gcp-projects", "2", gcp=denials)
        self.incremental()
        self.serve("--port", str(self.cloud.port), "--gcp-projects", "2")
        after, _, _ = self.incremental()
        self.whole()
        self.assertEqual(self.ids(after), self.ids(self.load("whole.json")))
        self.assertIn("assets", {source["type"] for r in after["resources"] for source in r["metadata"]["sources"]})
        self.change("--gcp-projects", "2")
        self.incremental()
        self.whole()
        self.assert_same()

    def test_the_services_own_lists_are_read_whole(self):
        self.serve("--gcp-projects", "1")
        self.incremental("--gcp-source", "native")
        self.change("--gcp-projects", "1")
        self.incremental("--gcp-source", "native")
        self.whole("--gcp-source", "native")
        self.assert_same()


class Large(IncrementalTest):
    """A larger place is asked for names, and for what changed by its name."""
    PLACES = ("--gcp-projects", "2", "--gcp-objects", "1300")

    def test_only_what_changed_is_read(self):
        for args in (("--gcp-source", "asset"), ("--gcp-source", "asset", "--organization", "123456789012")):
            with self.subTest(args):
                self.serve(*self.PLACES)
                before, _, _ = self.incremental(*args)
                self.change()
                after, _, asked = self.incremental(*args)
                changed, deleted = self.compare(before, self.whole(*args))
                self.assert_same()
                self.assert_told(after, changed, deleted)
                searches = self.operations(asked, "searchAllResources")
                self.assertTrue(searches)
                for search in searches:
                    query = self.query_of(search)
                    self.assertRegex(query["query"][0], "^updateTime>=[0-9]{10}$")
                    self.assertEqual(query["readMask"], ["name"])
                named = [name for r in self.operations(asked, "batchGetAssetsHistory")
                         for name in self.query_of(r)["assetNames"]]
                self.assertEqual(len(named), len(set(named)))
                # Changes that show, and those that left a thing as it was; no more.
                self.assertTrue(len(changed) * 0.9 <= len(named) <= len(changed) * 1.2, (len(named), len(changed)))
                for listed in self.operations(asked, "assets.list"):
                    query = self.query_of(listed)
                    if "contentType" in query and query["assetTypes"] != [ALL_TYPES]:
                        self.assertEqual(query["assetTypes"], ["iam.googleapis.com/ServiceAccount"])

    def test_lists_below_what_did_not_change_are_read_too(self):
        self.serve(*self.PLACES)
        before, _, _ = self.incremental()
        self.change()
        after, _, asked = self.incremental()
        changed, deleted = self.compare(before, self.whole())
        self.assert_same()
        self.assert_told(after, changed, deleted)
        self.assertTrue(self.operations(asked, "batchGetAssetsHistory"))
        self.assertEqual(self.types(after)["google_sql_user"], self.count("sqladmin.user"))
        self.assertEqual(self.types(after)["google_dns_record_set"], self.count("dns.record"))

    def test_another_list_that_is_refused_changes_nothing(self):
        refused = {"denials": [{"service": "cloudbilling"}]}
        self.serve(*self.PLACES, gcp=refused)
        self.incremental(code=3)
        self.change(gcp=refused)
        _, _, asked = self.incremental(code=3)
        self.assertTrue(self.operations(asked, "searchAllResources"))
        self.whole(code=3)
        self.assert_same()

    def test_what_cannot_be_told_is_listed_whole(self):
        for operation in ("searchAllResources", "batchGetAssetsHistory"):
            with self.subTest(operation):
                self.serve(*self.PLACES)
                self.incremental("--gcp-source", "asset")
                self.change(gcp={"denials": [{"service": "cloudasset", "operation": operation}]})
                after, result, _ = self.incremental("--gcp-source", "asset")
                self.whole("--gcp-source", "asset")
                self.assert_same()
                self.assertIn("what changed cannot be told, all of it is listed", result.err)
                self.assertEqual(self.rows(after, "skipped"), [])

    def test_an_inventory_that_is_refused_leaves_what_was(self):
        self.serve(*self.PLACES)
        before, _, _ = self.incremental("--gcp-source", "asset")
        self.change(gcp={"denials": [{"service": "cloudasset"}]})
        after, _, _ = self.incremental("--gcp-source", "asset", code=3)
        self.assertEqual(self.ids(after), self.ids(before))
        self.assertTrue([row for row in self.rows(after) if row["status"] == "denied" and "age" in row])

    def test_random_faults_lose_nothing(self):
        self.serve(*self.PLACES)
        self.incremental("--gcp-source", "asset")
        faults = [{"kind": kind, "service": "cloudasset", "probability": 0.05, **more} for kind, more in
                  (("throttle", {"retry_after_s": 1}), ("status", {"status": 503}), ("cut", {}), ("reset", {}),
                   ("empty_page", {}))]
        self.change(faults=faults)
        after, _, _ = self.incremental("--gcp-source", "asset")
        self.assertEqual(self.rows(after, "skipped"), [])
        self.change()
        self.whole("--gcp-source", "asset")
        self.assertEqual(self.ids(after), self.ids(self.load("whole.json")))


if __name__ == "__main__":
    main()
