"""Scans of Azure that ask only for what changed, against fakecloud: they give what a scan of everything gives."""
import json
import os
import re
import shutil
import urllib.request

from azure_support import AzureTest, main

EVERY = 20
# One call after the other: what changed is asked for first.
IN_ORDER = ("--max-workers", "1", "--calls-per-worker", "1")
WORLD = ("--azure-subscriptions", "3")
TABLE = re.compile(r"\w+")


class IncrementalTest(AzureTest):
    def setUp(self):
        super().setUp()
        self.what = ["--azure-source", "graph"]

    def drift(self, *args, every=EVERY, scenario=None):
        self.cloud.again(*(args or WORLD), *(("--drift-every", str(every)) if every else ()), scenario=scenario)

    def scan_less(self, *args, code=0, **env):
        snapshot, result = self.scan("--incremental", *self.what, *args, code=code, output="now.json", **env)
        return snapshot, result

    def scan_whole(self, *args):
        key = os.path.join(self.path("state"), "redact.key")
        result = self.wgo("scan", "--provider", "azure", "--output-file", "whole.json", "--state-dir",
                          self.path("other"), "--redact-key-file", key, *self.what, *args, env=self.env())
        self.assert_code(result, 0)
        return self.load("whole.json")

    def assert_same(self):
        """Resources byte for byte, and what was seen."""
        whole = self.scan_whole()
        self.assert_valid("now.json", "whole.json")
        self.assertEqual(self.resource_bytes("now.json"), self.resource_bytes("whole.json"))
        rows = [[{k: v for k, v in row.items() if k not in ("age", "duration")} for row in one["metadata"]["completeness"]]
                for one in (self.load("now.json"), whole)]
        self.assertEqual(rows[0], rows[1])

    def queries(self):
        """What Resource Graph was asked, one text for each page."""
        return [r["query"] for r in self.asked if r.get("query")]

    def tables(self):
        """How many queries began with each table, in lower case; Resources by what it was asked for."""
        found = {}
        for query in self.queries():
            table = TABLE.match(query).group().lower()
            if table == "resources":
                table += (" by id" if "where id in~" in query else " by type" if "where type in~" in query
                          else " types" if "distinct type" in query else "")
            found[table] = found.get(table, 0) + 1
        return found

    def updates(self):
        """How many resources changed and are there, as fakecloud itself says."""
        return sum(self.count(table + " | where properties.changeType == 'Update' and "
                              "todatetime(properties.changeAttributes.timestamp) > ago(1d) | count")
                   for table in ("resourcechanges", "resourcecontainerchanges"))

    def count(self, query):
        request = urllib.request.Request(
            "http://127.0.0.1:%d/azure/arm/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
            % self.cloud.port, json.dumps({"query": query}).encode(), {"Authorization": "Bearer static"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["data"][0]["Count"]


class Graph(IncrementalTest):
    def test_only_what_changed_is_asked_for(self):
        self.serve(*WORLD)
        first, _ = self.scan_less()
        self.assertEqual(self.tables(), {"resources": 1, "authorizationresources": 1, "networkresources": 1})
        self.drift()
        snapshot, _ = self.scan_less()
        asked = self.tables()
        self.assertEqual(asked.pop("resources by id"), -(-self.updates() // 100))
        self.assertEqual(asked, {"resourcechanges": 1, "resourcecontainerchanges": 1, "authorizationresources": 1,
                                 "networkresources": 1, "resources by type": 1})
        self.assertGreater(len(first["resources"]), len(snapshot["resources"]))
        self.assert_same()
        said = snapshot["metadata"]["incremental"]
        self.assertGreater(said["changed"], 0)
        self.assertEqual(said["deleted"], len(first["resources"]) - len(snapshot["resources"]))
        self.assertEqual(said["unchanged"] + said["changed"], len(snapshot["resources"]))

    def test_a_subscription_that_is_closed_is_not_gone(self):
        for self.what in (["--azure-source", "graph"], ["--azure-source", "auto"]):
            self.serve_scenario({"azure": {"subscriptions": 3}})
            first, _ = self.scan_less()
            for _ in range(2):  # what stands goes on to stand
                self.cloud.again(scenario={"azure": {"subscriptions": 3, "disabled": 1}})
                snapshot, result = self.scan_less(code=3)
                self.assertEqual([r["id"] for r in snapshot["resources"]], [r["id"] for r in first["resources"]])
                self.assertEqual(snapshot["metadata"]["incremental"]["deleted"], 0)
                rows = self.rows(snapshot, "skipped")
                self.assertEqual({row["status"] for row in rows}, {"denied"}, rows)
                self.assertEqual(len({row["account"] for row in rows}), 1)
                self.assertIn("azure: the subscription is Disabled\n", result.err)
            self.drift(*WORLD, every=0)
            self.scan_less()
            self.assert_same()
            # Who never read it leaves it out.
            self.cloud.again(scenario={"azure": {"subscriptions": 3, "disabled": 1}})
            shutil.rmtree(self.path("state"))
            snapshot, _ = self.scan_less()
            self.assertEqual(self.rows(snapshot)[0]["status"], "skipped")
            shutil.rmtree(self.path("state"))
            shutil.rmtree(self.path("other"))

    def test_nothing_changed(self):
        self.serve(*WORLD)
        first, _ = self.scan_less()
        self.drift(every=0)
        snapshot, _ = self.scan_less()
        self.assertNotIn("resources by id", self.tables())
        self.assertEqual(snapshot["resources"], first["resources"])
        self.assert_same()

    def test_pages_of_changes(self):
        world = WORLD + ("--azure-objects", "700", "--azure-page-size", "30")
        self.serve(*world)
        self.scan_less()
        self.drift(*world, every=6)
        self.scan_less()
        asked = self.tables()
        self.assertGreater(asked["resourcechanges"], 3)
        self.assertGreater(asked["resources by id"], 3)
        self.assertNotIn("resources", asked)
        self.assert_same()

    def test_subscriptions_that_are_new_are_read_whole(self):
        self.serve("--azure-subscriptions", "2")
        self.scan_less()
        before = set(self.counts["subscriptions"])
        self.drift("--azure-subscriptions", "4")
        self.scan_less()
        asked = self.tables()
        self.assertEqual((asked["resourcechanges"], asked["resources"]), (1, 1))
        new = {r["account"] for r in self.load("now.json")["resources"]} - before
        self.assertEqual(len(new - {self.counts["tenant"]}), 2)
        self.assert_same()

    def test_changes_that_may_not_be_read_are_done_without(self):
        self.serve(*WORLD)
        self.scan_less()
        faults = [{"kind": "status", "status": 403, "operation": "query", "nth": 1, "times": 1}]
        self.drift(scenario={"faults": faults})
        snapshot, _ = self.scan_less(*IN_ORDER)
        self.assertEqual(self.tables()["resources"], 1)
        said = [row["error"] for row in snapshot["metadata"]["completeness"] if row["status"] == "skipped"]
        self.assertTrue(any("what changed cannot be read" in text for text in said), said)
        whole = self.scan_whole()
        self.assertEqual(self.resource_bytes("now.json"), self.resource_bytes("whole.json"))
        self.assertGreater(len(whole["resources"]), 0)

    def test_changes_that_are_not_shown_are_not_taken_for_none(self):
        self.serve(*WORLD)
        first, _ = self.scan_less()
        denial = json.dumps({"action": "Microsoft.Resources/changes/read", "scope": "*"})
        self.drift(*WORLD, "--azure-deny", denial)
        snapshot, _ = self.scan_less()
        self.assertEqual((self.tables()["resourcechanges"], self.tables()["resources"]), (2, 1))
        said = [row["error"] for row in snapshot["metadata"]["completeness"] if row["status"] == "skipped"]
        self.assertTrue(any("Microsoft.Resources/changes/read" in text for text in said), said)
        self.assertLess(len(snapshot["resources"]), len(first["resources"]))
        self.scan_whole()
        self.assertEqual(self.resource_bytes("now.json"), self.resource_bytes("whole.json"))

    def test_reads_that_fail_are_made_up_for(self):
        self.serve(*WORLD)
        first, _ = self.scan_less()
        lists = {"resourcechanges", "resourcecontainerchanges"}
        self.drift(scenario={"faults": [{"kind": "status", "status": 403, "operation": "query", "after": 2}]})
        snapshot, _ = self.scan_less(*IN_ORDER, code=3)
        self.assertLessEqual(lists, set(self.tables()))
        self.assertEqual(snapshot["resources"], first["resources"])
        denied = [row for row in snapshot["metadata"]["completeness"] if row["status"] == "denied"]
        self.assertTrue(any("Resources" in row["type"] and row["age"] >= 0 for row in denied), denied)
        self.drift()
        self.scan_less()
        self.assertNotIn("resources", self.tables())
        self.assert_same()

    def test_one_subscription_types_and_regions(self):
        self.serve("--azure-subscriptions", "1", "--azure-objects", "400")
        for what in (["--resource-type", "azurerm_managed_disk", "--resource-type", "azurerm_resource_group"],
                     ["--region", "westeurope"], ["--resource-type", "!azurerm_managed_disk"]):
            with self.subTest(what=what):
                self.what = ["--azure-source", "graph", *what]
                self.drift("--azure-subscriptions", "1", "--azure-objects", "400", every=0)
                self.scan_less()
                self.drift("--azure-subscriptions", "1", "--azure-objects", "400", every=9)
                snapshot, _ = self.scan_less()
                self.assertNotIn("resources", self.tables())
                self.assertGreater(snapshot["metadata"]["incremental"]["deleted"], 0)
                self.assert_same()

    def test_what_is_too_old_is_not_looked_for(self):
        self.serve(*WORLD)
        self.scan_less()
        self.drift()
        self.scan_less("--since", "13d")
        self.assertNotIn("resourcechanges", self.tables())
        self.assert_same()

    def test_what_another_login_has_seen_is_asked_for_anew(self):
        self.serve(*WORLD)
        env = self.azure_cli("http://127.0.0.1:%d" % self.cloud.port, self.counts["tenant"])
        for login, whole, others in (("1 fake-secret", True, False), ("1 fake-secret", False, False),
                                     ("2 other-secret", True, True), ("2 other-secret", False, False)):
            self.write("login", "a0000000-0000-4000-a000-00000000000" + login)
            snapshot, result = self.scan_less(**env)
            found = self.tables()
            self.assertEqual(("resources" in found, "resourcechanges" in found), (whole, not whole), found)
            self.assertEqual("read with other credentials before" in result.err, others, result.err)
            self.assertTrue(snapshot["metadata"]["complete"])


class Auto(IncrementalTest):
    def setUp(self):
        super().setUp()
        self.what = []

    def test_what_leads_on_is_read_whole_and_nothing_else(self):
        world = ("--azure-subscriptions", "2")
        self.serve(*world)
        first, _ = self.scan_less()
        self.drift(*world)
        snapshot, _ = self.scan_less()
        asked = self.tables()
        self.assertEqual((asked["resourcechanges"], asked["resourcecontainerchanges"], asked["resources types"]), (1, 1, 1))
        self.assertEqual((asked["resources by type"], asked["resources by id"]), (1, 1))
        self.assertNotIn("resources", asked)
        self.assert_same()
        self.assertLess(len(snapshot["resources"]), len(first["resources"]))

    def test_properties_that_resource_graph_lacks_are_read_of_what_changed(self):
        world = ("--azure-subscriptions", "1", "--azure-bare", "Microsoft.Compute/disks=12")
        self.what = ["--resource-type", "azurerm_managed_disk"]
        self.serve(*world)
        self.scan_less()
        self.assertEqual(self.operations()["get disks"], 12)
        self.drift(*world, every=9)
        self.scan_less()
        self.assertEqual(self.operations()["get disks"], 1)
        self.assertNotIn("resources", self.tables())
        self.assert_same()


class Regions(IncrementalTest):
    def test_a_region_that_chose_nothing_is_told_of_by_whom_all_was_read(self):
        """What stands as it was is not compared with anything."""
        self.serve(*WORLD)
        region = ["--region", "westeurope", "--region", "westeurpoe"]
        first, _ = self.scan_less(*region)
        self.assertEqual(first["metadata"]["warnings"], ["azure: --region westeurpoe: nothing that was read lies there"])
        second, _ = self.scan_less(*region)
        self.assertEqual(second["metadata"]["incremental"]["unchanged"], len(first["resources"]))
        self.assertNotIn("warnings", second["metadata"])


class Groups(IncrementalTest):
    def setUp(self):
        super().setUp()
        self.what = ["--resource-type", "azurerm_management_group", "--resource-type", "azurerm_managed_disk"]

    def test_management_groups_that_may_not_be_read_any_more_are_not_gone(self):
        world = [*WORLD, "--azure-management-groups", "4"]
        denial = {"action": "Microsoft.Management/managementGroups/read", "scope": "*"}
        denied = [*world, "--azure-deny", json.dumps(denial)]
        self.serve(*world)
        first, _ = self.scan_less()
        for _ in range(2):
            self.drift(*denied, every=None)
            snapshot, result = self.scan_less(code=3)
            self.assertEqual(snapshot["metadata"]["incremental"]["deleted"], 0)
            self.assertEqual([r["id"] for r in snapshot["resources"]], [r["id"] for r in first["resources"]])
            rows = [(r["type"], r["status"], r["count"]) for r in snapshot["metadata"]["completeness"] if r["status"] != "ok"]
            self.assertEqual(rows, [("azurerm_management_group", "denied", 5)])
            self.assertIn("Management Group Reader", result.err)
        self.drift(*world, every=None)
        self.scan_less()
        self.assert_same()

    def test_those_that_never_could_be_read_are_no_failure(self):
        denial = {"action": "Microsoft.Management/managementGroups/read", "scope": "*"}
        self.serve(*WORLD, "--azure-deny", json.dumps(denial))
        for _ in range(3):
            snapshot, _ = self.scan_less()
            rows = [(r["type"], r["status"]) for r in snapshot["metadata"]["completeness"] if r["status"] != "ok"]
            self.assertEqual(rows, [("azurerm_management_group", "skipped")])


class Arm(IncrementalTest):
    def setUp(self):
        super().setUp()
        self.what = ["--azure-source", "arm", "--resource-type", "azurerm_managed_disk",
                     "--resource-type", "azurerm_network_interface"]

    def test_lists_are_read_whole(self):
        self.serve(*WORLD)
        self.scan_less()
        self.drift(every=5)
        snapshot, _ = self.scan_less()
        self.assertEqual(self.tables(), {})
        self.assertGreater(snapshot["metadata"]["incremental"]["changed"], 0)
        self.assert_same()


if __name__ == "__main__":
    main()
