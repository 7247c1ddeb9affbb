"""The published examples of the admin calls that a scan makes, served to it one by one: whoever reads them finds all that they say.

Logins are fakecloud's; the admin API answers as the examples do, word for word."""
import json
import os
import re
import sys
import urllib.parse

from powerbi_support import PowerBiTest, main

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from cli_support import SHARED, skip  # noqa: E402
from rest_support import Api  # noqa: E402

FILE = os.path.join(SHARED, "fixtures", "powerbi", "examples.json")
ADMIN = "/v1.0/myorg/admin/"
CALLS = {"workspaces/getInfo": 1, "workspaces/scanStatus/{scanId}": 1, "workspaces/scanResult/{scanId}": 1,
         "workspaces/modified": 1, "groups": 8, "capacities": 2, "activityevents": 5}
DONE = "e7d03602-4873-4760-b37e-1563ef5358e3"


class Examples(PowerBiTest):
    def setUp(self):
        super().setUp()
        if not os.path.exists(FILE):
            skip("the shared fixtures are not here")
        with open(FILE, encoding="utf-8") as file:
            self.examples = {each["path"][len(ADMIN):]: [(int(one["status"]), one["response"]["body"])
                                                         for one in each["examples"]]
                             for each in json.load(file) if each["path"].startswith(ADMIN) and
                             each["path"][len(ADMIN):] in CALLS}
        self.serve()
        self.answers = {name: found[0] for name, found in self.examples.items()}
        self.answers["activityevents"] = (200, {"activityEventEntities": [], "continuationToken": None})
        self.api = Api(self, self.answer)
        self.seen, self.lists = [], 0

    def answer(self, asked):
        name = re.sub("/(scanStatus|scanResult)/[^/]*$", r"/\1/{scanId}", asked.path[len(ADMIN):])
        self.seen.append((name, asked))
        if name == "activityevents" and "continuationToken" in asked.query:
            return 200, {"activityEventEntities": [], "continuationToken": None}, {}
        status, body = self.answers[name]
        return status, body, {}

    def read(self, *args, settings=None, code=0, **more):
        del self.seen[:]
        snapshot, result = self.scan(*args, settings=settings, code=code, WGO_POWERBI_ENDPOINT=self.api.url, **more)
        return snapshot, result

    def wanted(self):
        """The workspaces that the scanner was asked for."""
        return sorted(each for name, asked in self.seen if name == "workspaces/getInfo"
                      for each in json.loads(asked.body)["workspaces"])

    def test_there_are_so_many(self):
        self.assertEqual({name: len(found) for name, found in self.examples.items()}, CALLS)

    def test_modified_leads_to_a_scan_and_its_result(self):
        snapshot, _ = self.read(code=3)  # the result is one of another scan: it lacks what was asked for
        self.assertEqual(self.wanted(), sorted(each["id"] for each in self.examples["workspaces/modified"][0][1]))
        scans = [asked.path.rsplit("/", 1)[1] for name, asked in self.seen if name.endswith("{scanId}")]
        self.assertEqual(self.examples["workspaces/getInfo"][0][1]["id"], DONE)
        self.assertEqual(scans, [DONE, DONE])  # its status, and when that says Succeeded its result
        self.assertEqual([name for name, _ in self.seen if name.endswith("{scanId}")],
                         ["workspaces/scanStatus/{scanId}", "workspaces/scanResult/{scanId}"])
        rows = self.rows(snapshot)
        self.assertEqual([row["error"] for row in rows],
                         ["1 workspaces that were asked for are not in the scan's result"])

    def test_a_result_is_whole(self):
        snapshot, _ = self.read("--scan-id", DONE)
        records = {each["id"]: each for each in snapshot["resources"]}
        result, at = self.examples["workspaces/scanResult/{scanId}"][0][1], "powerbi://%s/" % self.tenant
        checked = 0
        for workspace in result["workspaces"]:
            lists = {key: value for key, value in workspace.items()
                     if isinstance(value, list) and key in ("reports", "dashboards", "datasets", "dataflows", "datamarts")}
            record = records[at + "workspaces/" + workspace["id"]]
            self.check(record, workspace, "fabric_workspace", "Workspace", workspace["name"], set(lists))
            self.assertEqual(record["metadata"]["dependencies"], [at + "capacities/" + workspace["capacityId"]])
            for kind, items in lists.items():
                for item in items:
                    record = records[at + kind + "/" + item.get("id", item.get("objectId"))]
                    kinds = {"reports": "fabric_paginated_report", "dashboards": "powerbi_dashboard",
                             "datasets": "fabric_semantic_model", "dataflows": "fabric_dataflow",
                             "datamarts": "powerbi_datamart"}
                    self.check(record, item, kinds[kind], None, item.get("name", item.get("displayName")), set())
                    self.assertEqual(record["namespace"], workspace["name"])
                    needs = {at + "workspaces/" + workspace["id"]}
                    needs |= {at + "datasources/" + use["datasourceInstanceId"] for which in
                              ("datasourceUsages", "misconfiguredDatasourceUsages") for use in item.get(which, [])}
                    needs |= {at + "dataflows/" + use["targetDataflowId"] for which in
                              ("upstreamDataflows", "UpstreamDataflows") for use in item.get(which, [])}
                    needs |= {at + "datasets/" + item["datasetId"]} if "datasetId" in item else set()
                    self.assertLessEqual(needs, set(record["metadata"]["dependencies"]), kind)
                    checked += 1
        self.assertEqual(checked, 5)
        for key in ("datasourceInstances", "misconfiguredDatasourceInstances"):
            for source in result[key]:
                record = records[at + "datasources/" + source["datasourceId"]]
                self.check(record, source, "powerbi_datasource",
                           "Datasource" if key == "datasourceInstances" else "MisconfiguredDatasource", None, set())
                self.assertIn("connector", record["configuration"])
                self.assertEqual(record["metadata"]["dependencies"], [at + "gateways/" + source["gatewayId"]])

    def check(self, record, item, kind, native, name, without):
        self.assertEqual((record["type"], record["account"], record["provider"]), (kind, self.tenant, "powerbi"))
        self.assertEqual(record["metadata"]["native_id"], item.get("id", item.get("objectId", item.get("datasourceId"))))
        if native:
            self.assertEqual(record["metadata"]["native_type"], native)
        if name:
            self.assertEqual(record["name"], name)
        for key, value in item.items():
            if key not in without:
                self.assertEqual(record["configuration"].get(key), value, "%s: %s" % (kind, key))
        for member, field in (("createdDateTime", "created_at"), ("modifiedDateTime", "updated_at")):
            if member in item:
                self.assertEqual(record["metadata"][field], item[member].split(".")[0] + "Z")

    def test_groups_are_chosen_by_all_that_they_say(self):
        for number, (status, body) in enumerate(self.examples["groups"]):
            self.answers["groups"] = (status, body)
            groups = body["value"]
            with self.subTest(example=number):
                self.choose(groups, "--workspace", "*")
                for name in {each["name"] for each in groups if "name" in each}:
                    self.choose([each for each in groups if each.get("name") == name], "--workspace", name)
                self.choose([each for each in groups if each["state"] == "Active"], "--workspace", "*",
                            settings={"inactive_workspaces": False})
                for capacity in {each["capacityId"] for each in groups if "capacityId" in each}:
                    self.choose([each for each in groups if each.get("capacityId") == capacity],
                                settings={"capacities": [capacity]})

    def choose(self, groups, *args, settings=None):
        """Of the scan's result one workspace is there, whatever it was asked for."""
        self.lists += 1  # twelve an hour are our share of what the service allows
        self.read(*args, settings=settings, code=3 if len(groups) > 1 else 0, state="state-%d" % self.lists)
        self.assertEqual(self.wanted(), sorted(each["id"].lower() for each in groups))

    def test_capacities_are_whole(self):
        for number, (status, body) in enumerate(self.examples["capacities"]):
            self.answers["capacities"] = (status, body)
            with self.subTest(example=number):
                snapshot, _ = self.read("--resource-type", "fabric_capacity", code=3)
                found = [each for each in snapshot["resources"] if each["type"] == "fabric_capacity"]
                self.assertEqual(len(found), len(body["value"]))
                for record, capacity in zip(found, body["value"]):
                    self.assertEqual(record["id"], "powerbi://%s/capacities/%s" % (self.tenant, capacity["id"]))
                    self.assertEqual((record["name"], record["region"], record["account"]),
                                     (capacity["displayName"], capacity["region"], self.tenant))
                    self.assertEqual(record["metadata"]["native_type"], "Capacity")
                    self.assertEqual(record["configuration"], capacity)

    def test_activity_is_read_to_its_end(self):
        for number, (status, body) in enumerate(self.examples["activityevents"]):
            with self.subTest(example=number):
                state = "state-%d" % number
                self.answers["activityevents"] = (status, body)
                self.answers["workspaces/modified"] = (200, [
                    {"id": each["WorkspaceId"]} for each in body["activityEventEntities"] if "WorkspaceId" in each])
                self.read("--hash-optimization", state=state)  # the first pass is a full one
                self.assertEqual([name for name, _ in self.seen if name == "activityevents"], [])
                self.read("--hash-optimization", state=state)
                asked = [each for name, each in self.seen if name == "activityevents"]
                following = [each.query["continuationToken"] for each in asked if "continuationToken" in each.query]
                days = len(asked) - len(following)
                self.assertGreater(days, 0)
                token = body["continuationToken"]
                if re.search("%(?![0-9A-Fa-f]{2})", token):  # one that is published garbled: nobody can ask with it
                    self.assertEqual(following, [])
                else:
                    self.assertEqual(following, ["'%s'" % urllib.parse.unquote(token)] * days)


if __name__ == "__main__":
    main()
