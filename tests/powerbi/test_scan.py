"""Whole scans of Power BI against fakecloud."""
import json
import os
import re
import shutil
import signal
import time
import urllib.request

from powerbi_support import PowerBiTest, main

QUICK = ("--powerbi-scan-seconds", "0")


class Scanner(PowerBiTest):
    def test_everything_that_is_there_is_found(self):
        self.serve("--powerbi-workspaces", "130", *QUICK)
        snapshot, _ = self.scan()
        types, counts = self.types(snapshot), self.counts
        self.assertEqual(types["fabric_workspace"], counts["workspaces"] + counts["personal"])
        self.assertEqual(types["fabric_report"] + types["fabric_paginated_report"], counts["reports"])
        for kind, name in (("dashboards", "powerbi_dashboard"), ("datasets", "fabric_semantic_model"),
                           ("dataflows", "fabric_dataflow"), ("datamarts", "powerbi_datamart"),
                           ("capacities", "fabric_capacity"), ("gateways", "fabric_gateway")):
            self.assertEqual(types[name], counts[kind], name)
        good = [r for r in snapshot["resources"] if r["metadata"]["native_type"] == "Datasource"]
        self.assertLessEqual(len(good), counts["datasources"])
        self.assertGreater(len(good), counts["datasources"] * 0.8)
        self.assertGreater(types["powerbi_user"], 0)
        self.assertEqual(self.rows(snapshot), [])
        self.assertTrue(snapshot["metadata"]["complete"])
        batches = -(-types["fabric_workspace"] // 100)
        asked = self.operations()
        self.assertEqual((asked["getInfo"], asked["scanResult"], asked["modified"]), (batches, batches, 1))

    def test_ids_are_lower_case_and_every_dependency_is_there(self):
        self.serve(*QUICK)
        snapshot, _ = self.scan()
        ids = {r["id"] for r in snapshot["resources"]}
        edges = set()
        for resource in snapshot["resources"]:
            self.assertRegex(resource["id"], "^powerbi://%s/[a-z]+/[0-9a-z@.-]+$" % self.tenant)
            self.assertEqual(resource["account"], self.tenant)
            for other in resource["metadata"].get("dependencies", []):
                self.assertIn(other, ids)
                edges.add((resource["type"], other.split("/")[3]))
        for edge in (("fabric_report", "datasets"), ("fabric_report", "workspaces"),
                     ("fabric_semantic_model", "datasources"), ("powerbi_datasource", "gateways"),
                     ("fabric_workspace", "capacities"), ("powerbi_dashboard", "reports"),
                     ("fabric_semantic_model", "dataflows"), ("fabric_dataflow", "datasources")):
            self.assertIn(edge, edges)

    def test_connections_say_where_they_lead(self):
        self.serve(*QUICK)
        snapshot, _ = self.scan()
        for source in (r["configuration"] for r in snapshot["resources"] if r["type"] == "powerbi_datasource"):
            self.assertIn("connector", source)
            self.assertTrue({"server", "endpoint"} & set(source), source)
        sql = [r["configuration"] for r in snapshot["resources"]
               if r["type"] == "powerbi_datasource" and r["configuration"]["connector"] == "Sql"]
        self.assertTrue(all(each["server"] and each["database"] for each in sql) and sql)

    def test_the_same_snapshot_twice(self):
        self.serve("--powerbi-workspaces", "250", *QUICK)
        one, _ = self.scan(output="one.json")
        two, _ = self.scan(output="two.json")
        self.assertEqual(one["resources"], two["resources"])

    def test_every_spelling_is_read(self):
        found = {}
        for spelling in ("schema", "examples", "old"):
            self.dir = self.path(spelling)
            os.mkdir(self.dir)
            self.serve("--powerbi-spelling", spelling, *QUICK)
            snapshot, _ = self.scan(output=spelling + ".json")
            self.assertEqual(self.rows(snapshot), [])
            found[spelling] = self.types(snapshot)
        self.assertEqual(found["examples"], found["schema"])
        self.assertEqual(found["old"], found["schema"])

    def test_expressions_that_hold_a_key_are_digested(self):
        self.serve("--powerbi-workspaces", "100", *QUICK)
        snapshot, _ = self.scan()
        text = json.dumps([r["configuration"] for r in snapshot["resources"]
                           if r["type"] == "fabric_semantic_model"])
        self.assertNotRegex(text, r"(?i)(password|accountkey|sig)=")

    def test_types_choose(self):
        self.serve(*QUICK)
        snapshot, _ = self.scan("--resource-type", "powerbi_datasource")
        self.assertEqual(set(self.types(snapshot)), {"powerbi_datasource"})
        self.assertEqual(self.operations()["capacities"], 0)


class Choosing(PowerBiTest):
    def workspaces(self, snapshot):
        return {r["id"].rsplit("/", 1)[1]: r for r in snapshot["resources"] if r["type"] == "fabric_workspace"}

    def test_what_the_scanner_adds_is_chosen(self):
        self.serve(*QUICK)
        self.scan(settings={"lineage": False, "dataset_schema": False, "dataset_expressions": False,
                            "artifact_users": False})
        asked = [r["path"] for r in self.asked if r["operation"] == "getInfo"]
        self.assertTrue(asked)
        for path in asked:
            self.assertRegex(path, "lineage=False&datasourceDetails=True&datasetSchema=False&"
                                   "datasetExpressions=False&getArtifactUsers=False")

    def test_without_personal_ones(self):
        self.serve(*QUICK)
        snapshot, _ = self.scan(settings={"personal_workspaces": False, "inactive_workspaces": False})
        path = [r["path"] for r in self.asked if r["operation"] == "modified"][0]
        self.assertIn("excludePersonalWorkspaces=true", path)
        self.assertIn("excludeInActiveWorkspaces=true", path)
        self.assertLessEqual(len(self.workspaces(snapshot)), self.counts["workspaces"])

    def test_modified_since(self):
        self.serve("--powerbi-touched", "7", *QUICK)
        snapshot, _ = self.scan(settings={"modified_since": "1d"})
        self.assertEqual(len(self.workspaces(snapshot)), 7)
        self.assertIn("modifiedSince=", [r["path"] for r in self.asked if r["operation"] == "modified"][0])

    def test_workspaces_by_name_and_id(self):
        self.serve(*QUICK)
        everything, _ = self.scan(output="all.json")
        some = sorted(self.workspaces(everything))[:3]
        snapshot, _ = self.scan("--workspace", some[0].upper(), "--workspace", some[1])
        self.assertEqual(sorted(self.workspaces(snapshot)), some[:2])
        self.assertEqual((self.operations()["modified"], self.operations()["groups"]), (0, 0))
        name = self.workspaces(everything)[some[2]]["name"]
        snapshot, _ = self.scan("--workspace", name)
        self.assertIn(some[2], self.workspaces(snapshot))
        self.assertEqual({w["name"] for w in self.workspaces(snapshot).values()}, {name})
        self.assertEqual(self.operations()["groups"], 1)

    def test_workspaces_of_a_file(self):
        self.serve(*QUICK)
        everything, _ = self.scan(output="all.json")
        some = sorted(self.workspaces(everything))[:5]
        path = self.write("list.csv", "id,name\n# comment\n" + "".join("%s,x\n" % each for each in some + some[:1]))
        snapshot, _ = self.scan(settings={"workspaces_file": path})
        self.assertEqual(sorted(self.workspaces(snapshot)), some)
        _, result = self.scan(settings={"workspaces_file": self.write("none.csv", "id\n")}, code=2)
        self.assertIn("holds no workspace's id", result.err)

    def test_workspaces_of_a_capacity(self):
        self.serve(*QUICK)
        everything, _ = self.scan(output="all.json")
        capacities = [r["id"].rsplit("/", 1)[1] for r in everything["resources"] if r["type"] == "fabric_capacity"]
        wanted = {key for key, each in self.workspaces(everything).items()
                  if each["configuration"].get("capacityId", "").lower() == capacities[0]}
        self.assertTrue(wanted)
        snapshot, _ = self.scan(settings={"capacities": [capacities[0]]})
        self.assertEqual(set(self.workspaces(snapshot)), wanted)


class Elsewhere(PowerBiTest):
    def test_the_result_of_a_scan_made_elsewhere(self):
        self.serve(*QUICK)
        everything, _ = self.scan(output="all.json")
        scans = [r["path"].rsplit("/", 1)[1] for r in self.asked if r["operation"] == "scanResult"]
        args = [word for scan in scans for word in ("--scan-id", scan)]
        snapshot, _ = self.scan(*args)
        self.assertEqual(self.operations()["getInfo"] + self.operations()["modified"], 0)
        self.assertEqual(self.types(snapshot)["fabric_report"], self.types(everything)["fabric_report"])
        _, result = self.scan("--scan-id", "no-guid", code=2)
        self.assertIn("--scan-id no-guid is no scan's id", result.err)
        snapshot, result = self.scan("--scan-id", "00000000-0000-4000-8000-000000000000", code=1)
        self.assertIn("results of scans are kept for 24 hours", result.err)

    def test_ways_of_choosing_that_exclude_each_other(self):
        one = ("--scan-id", "00000000-0000-4000-8000-000000000000")
        self.serve(*QUICK)
        for args, said in ((one + ("--workspace", "Sales*"), "--scan-id: not together with --workspace"),
                           (one + ("--path", self.work), "--path: not together with --scan-id"),
                           (("--workspace", "x", "--path", self.work), "--path: not together with --workspace")):
            snapshot, result = self.scan(*args, code=2)
            self.assertIsNone(snapshot)
            self.assert_error(result, 2, said, "leave one of the two out")
            self.assertEqual(self.asked, [])

    def test_results_in_a_folder(self):
        self.serve(*QUICK)
        online, _ = self.scan(output="all.json")
        scans = [r["path"] for r in self.asked if r["operation"] == "scanResult"]
        for i, path in enumerate(scans):
            request = urllib.request.Request("http://127.0.0.1:%d%s" % (self.cloud.port, path),
                                             headers={"Authorization": "Bearer anybody"})
            with urllib.request.urlopen(request) as answer:
                self.write("saved/%d.json" % i, answer.read())
        snapshot, _ = self.scan("--path", self.path("saved"), "--tenant-id", self.tenant)
        self.assertEqual(self.asked, [])
        mine = [r for r in online["resources"] if r["type"] != "fabric_capacity"]
        self.assertEqual(snapshot["resources"], mine)
        self.write("saved/broken.json", '{"workspaces": [')
        snapshot, result = self.scan("--path", self.path("saved"), "--tenant-id", self.tenant, code=3)
        self.assertEqual(snapshot["resources"], mine)
        self.assertIn("broken.json", json.dumps(self.rows(snapshot)))
        os.remove(self.path("saved/broken.json"))
        os.mkfifo(self.path("saved/pipe.json"))
        snapshot, _ = self.scan("--path", self.path("saved"), "--tenant-id", self.tenant, code=3)
        self.assertEqual(snapshot["resources"], mine)
        self.assertIn("pipe.json: not a file", json.dumps(self.rows(snapshot)))
        _, result = self.scan("--path", self.path("nowhere"), code=2)
        self.assertIn("there is nothing there", result.err)


class Refusals(PowerBiTest):
    def test_who_may_not_gets_one_line_and_a_hint(self):
        self.serve("--powerbi-deny", '{"operation": "*", "user": "*"}', *QUICK)
        _, result = self.scan(code=1)
        self.assertIn("service principals to use read-only admin APIs", result.err)

    def test_a_caller_that_is_no_admin(self):
        self.serve(*QUICK, scenario={"powerbi": {"admins": ["nobody"]}})
        _, result = self.scan(code=1)
        self.assertIn("PowerBINotAuthorizedException", result.err)
        self.assertIn("Fabric administrator", result.err)

    def test_answers_without_their_list_are_errors(self):
        error = '{"error":{"code":"Whatever","message":"out of order"}}'
        for path, value in (("*/workspaces/modified", error), ("*/admin/groups", error), ("*/admin/groups", "{}"),
                            ("*/admin/capacities", error), ("*/admin/capacities", "{}")):
            self.serve(*QUICK, scenario={"faults": [{"kind": "status", "status": 200, "value": value, "path": path}]})
            _, result = self.scan(*(("--workspace", "x*") if "groups" in path else ()), code=3)
            said = "out of order" if value == error else 'the answer has no list at "value"'
            self.assertIn(said, result.err, path)
            self.cloud.stop()
            shutil.rmtree(self.cloud.dir)

    def test_results_denied_are_a_row(self):
        self.serve("--powerbi-deny", '{"operation": "scanResult", "user": "*"}', *QUICK)
        snapshot, _ = self.scan(code=3)
        rows = self.rows(snapshot)
        self.assertEqual([row["status"] for row in rows], ["denied"])
        self.assertIn("scan.result", rows[0]["error"])
        self.assertFalse(snapshot["metadata"]["complete"])

    def test_a_scan_that_fails_once_is_asked_for_again(self):
        self.serve("--powerbi-workspaces", "150", "--powerbi-personal", "0", "--powerbi-scan-fail-every", "2", *QUICK)
        snapshot, _ = self.scan()
        self.assertEqual(self.rows(snapshot), [])
        self.assertEqual(self.types(snapshot)["fabric_workspace"], 150)
        asked = self.operations()
        self.assertEqual((asked["getInfo"], asked["scanResult"]), (3, 2))

    def test_a_scan_that_always_fails_is_a_row_and_the_others_go_on(self):
        self.serve("--powerbi-workspaces", "250", "--powerbi-personal", "0", "--powerbi-scan-fail-first", "1", *QUICK)
        snapshot, _ = self.scan(code=3)
        rows, found = self.rows(snapshot), self.types(snapshot)["fabric_workspace"]
        self.assertIn(found, (150, 200))  # it is in one of the batches
        self.assertEqual([(row["type"], row["status"]) for row in rows], [("fabric_workspace", "error")])
        self.assertEqual(rows[0]["error"], "%d workspaces were not read: their scan ended as Failed 3 times "
                                           "(the service says: The scan could not be completed)" % (250 - found))
        asked = self.operations()
        self.assertEqual((asked["getInfo"], asked["scanResult"]), (5, 2))
        self.assertFalse(snapshot["metadata"]["complete"])

    def test_of_scans_that_fail_all_workspaces_are_told(self):
        self.serve("--powerbi-workspaces", "250", "--powerbi-personal", "0", "--powerbi-scan-fail-first", "30", *QUICK)
        snapshot, result = self.scan(code=3)
        self.assertEqual(self.types(snapshot)["fabric_workspace"], 0)
        self.assertIn("250 workspaces were not read: their scan ended as Failed 3 times", json.dumps(self.rows(snapshot)))
        self.assertEqual(result.err.count("workspaces were not read"), 2, result.err)  # of 100 twice, of 50
        self.assertIn("hint: the service says: The scan could not be completed", result.err)

    def test_outside_of_its_hours_it_says_so(self):
        self.serve(*QUICK)
        later = time.localtime(time.time() + 7200)
        hours = time.strftime("%a %H:%M-%H:00", later) if later.tm_min else time.strftime("%a %H:00-%H:30", later)
        process = self.start("scan", "-p", "powerbi", "-o", "out.json", "--no-dashboard", "--window", hours,
                             env={"LC_ALL": "C"})
        said = iter(lambda: process.stderr.readline().decode(), "")
        self.assertTrue(any("outside of --window: no calls until " in line for line in said))
        process.send_signal(signal.SIGINT)
        self.assert_code(self.finish(process), 130)

    def test_a_failed_scan_of_somebody_elses_is_an_error(self):
        self.serve("--powerbi-scan-fail-first", "1", *QUICK)
        self.scan(code=3)
        scan = [r["path"].rsplit("/", 1)[1] for r in self.asked if r["operation"] == "scanStatus"][0]
        _, result = self.scan("--scan-id", scan, code=1)
        self.assertIn("ended as Failed: The scan could not be completed", result.err)
        self.assertEqual(self.operations()["getInfo"], 0)

    def test_throttling_is_waited_out(self):
        self.serve("--fault", json.dumps({"kind": "throttle", "path": "*/getInfo*", "times": 1, "retry_after_s": 1}), *QUICK)
        snapshot, _ = self.scan()
        self.assertEqual(self.rows(snapshot), [])
        self.assertEqual(self.operations(429)["getInfo"], 1)

    def test_sixteen_scans_at_once(self):
        self.serve("--powerbi-workspaces", "3000", "--powerbi-personal", "0", "--powerbi-scan-seconds", "1")
        snapshot, _ = self.scan(settings={"dataset_schema": False, "dataset_expressions": False,
                                          "artifact_users": False})
        self.assertEqual(self.operations(429), {})
        self.assertEqual(self.get("/_fakecloud/stats")["powerbi"]["scans_at_once_max"], 16)
        self.assertEqual(self.types(snapshot)["fabric_workspace"], 3000)

    def test_one_scan_at_a_time(self):
        self.serve("--powerbi-workspaces", "300", "--powerbi-personal", "0", "--powerbi-scan-seconds", "0.3")
        snapshot, result = self.scan("--max-parallel-scans", "1", settings={"dataset_schema": False})
        self.assertEqual(self.get("/_fakecloud/stats")["powerbi"]["scans_at_once_max"], 1)
        self.assertEqual(self.types(snapshot)["fabric_workspace"], 300)
        self.assertNotIn("scans at once take", result.err)

    def test_scans_at_once_say_which_share_is_taken(self):
        self.serve(*QUICK)
        for most, share in ((None, 0.24), (1, 0.24), (3, 0.72), (5, 0.832), (8, 0.96), (16, 0.96)):
            with self.subTest(most=most):
                args = ("--max-parallel-scans", str(most)) if most else ()
                _, result = self.scan(*args, state="state-%s" % most)
                told = self.wgo("quota", "--format", "json", "--state-dir", self.path("state-%s" % most))
                shares = {each["key"].rsplit("/", 1)[1]: each["share"] for each in json.loads(told.out)}
                self.assertEqual({shares[key] for key in ("getInfo", "scanStatus", "scanResult", "modified")}, {share})
                self.assertEqual("of the tenant's quota: other tools" in result.err, (most or 0) >= 8)

    def test_as_many_scans_at_once_as_are_wanted(self):
        self.serve("--powerbi-workspaces", "800", "--powerbi-personal", "0", "--powerbi-scan-seconds", "1")
        _, result = self.scan("--max-parallel-scans", "8", settings={"dataset_schema": False})
        self.assertLessEqual(self.get("/_fakecloud/stats")["powerbi"]["scans_at_once_max"], 8)
        self.assertIn("8 scans at once take 96% of the tenant's quota", result.err)


class Sparing(PowerBiTest):
    """--hash-optimization"""

    def again(self, name, *args):
        """The same tenant, a while later."""
        self.dir = self.path(name)
        os.mkdir(self.dir)
        self.serve("--powerbi-workspaces", "220", "--powerbi-personal", "0", *QUICK, *args)

    def spare(self, code=0, **more):
        snapshot, result = self.scan("--hash-optimization", code=code, **more)
        phases = {each["name"]: each for each in snapshot["metadata"]["providers"]["powerbi"]["phases"]}
        scans = phases.get("scans", {"cache_hits": 0, "cache_misses": 0})
        return snapshot, result, (self.types(snapshot)["fabric_workspace"], scans["cache_hits"], scans["cache_misses"])

    def connections(self):
        """{workspace: data sources} of a scan of everything."""
        snapshot, _ = self.scan(output="plain.json", state="plain")
        found = {}
        for resource in snapshot["resources"]:
            depends = resource["metadata"].get("dependencies", [])
            for workspace in (each for each in depends if "/workspaces/" in each):
                found.setdefault(workspace, set()).update(each for each in depends if "/datasources/" in each)
        return found

    def test_only_what_may_have_changed_is_scanned(self):
        self.again("one", "--powerbi-modified", "0")
        before = self.connections()
        _, result, seen = self.spare()
        self.assertEqual(seen, (220, 0, 220))
        self.assertIn("hash optimization: a full pass, the first", result.err)
        snapshot, result, seen = self.spare()
        self.assertEqual(seen, (0, 0, 0))
        self.assertEqual(self.operations()["getInfo"], 0)
        self.again("two", "--powerbi-modified", "12", "--powerbi-changed-connections", "8")
        after = self.connections()
        changed = sum(before[each] != after[each] for each in before)
        self.assertGreater(changed, 2)
        snapshot, result, seen = self.spare()
        picked = 9  # eight, and one whose dataset was edited
        self.assertEqual(seen, (picked, picked - changed, changed))
        rows = [row for row in snapshot["metadata"]["completeness"] if row["status"] == "skipped"]
        self.assertEqual(len(rows), 1)
        self.assertTrue(rows[0]["error"].startswith("211 of 220 workspaces were not scanned"), rows)
        self.assertGreater(rows[0]["age"], 0)
        self.assertIn("9 of 220 workspaces are scanned", result.err)
        _, _, seen = self.spare()
        self.assertEqual(seen, (picked, picked, 0))

    def test_what_is_new_or_was_missed_is_scanned(self):
        self.again("one", "--powerbi-modified", "0")
        self.spare()
        self.again("two", "--powerbi-modified", "1", "--powerbi-changed-connections", "1", "--powerbi-deny",
                   '{"operation": "scanResult", "user": "*"}')
        self.spare(code=3)
        self.again("three", "--powerbi-modified", "0")
        _, _, seen = self.spare()
        self.assertEqual(seen[0], 1)

    def test_without_events_everything_is_scanned(self):
        self.again("one", "--powerbi-modified", "0")
        self.spare()
        self.again("two", "--powerbi-deny", '{"operation": "activityevents", "user": "*"}')
        _, result, seen = self.spare()
        self.assertEqual(seen[0], 220)
        self.assertIn("every workspace is scanned", result.err)

    def test_it_chooses_by_itself(self):
        for args in (("--workspace", "x"), ("--path", self.work)):
            _, result = self.scan("--hash-optimization", *args, code=2)
            self.assertIn("it chooses the workspaces itself", result.err)
        _, result = self.scan(settings={"lineage": False, "hash_optimization": True}, code=2)
        self.assertIn("without lineage", result.err)


class Around(PowerBiTest):
    def test_a_login_alone_scans_nothing(self):
        self.serve(*QUICK)
        result = self.wgo("providers", "--format", "json", env=self.env())
        views = {each["name"]: each for each in json.loads(result.out)}
        self.assertFalse(views["powerbi"]["configured"])
        self.assertEqual(views["powerbi"]["alias"], "fabric")
        config = self.write("config.yaml", "providers:\n  fabric:\n")
        result = self.wgo("providers", "--format", "json", "--config", config, env=self.env())
        self.assertTrue({each["name"]: each for each in json.loads(result.out)}["powerbi"]["configured"])

    def test_validate(self):
        self.serve(*QUICK)
        result = self.wgo("validate", "--provider", "powerbi", env=self.env())
        self.assert_code(result, 0)
        for text in (APP_WORDS, self.tenant, "workspaces can be scanned", "120 of 500 scans an hour"):
            self.assertIn(text, result.out)

    def test_validate_says_what_is_missing(self):
        self.serve("--powerbi-deny", '{"operation": "capacities", "user": "*"}', *QUICK)
        result = self.wgo("validate", "--provider", "fabric", env=self.env())
        self.assertNotEqual(result.code, 0)
        self.assertIn("read-only admin APIs", result.out + result.err)

    def test_permissions(self):
        result = self.wgo("permissions", "powerbi")
        self.assert_code(result, 0)
        self.assertIn("Service principals can access read-only admin APIs", result.out)
        self.assertIn("Tenant.Read.All", result.out)

    def test_a_dry_run_says_what_it_would_take(self):
        self.serve("--powerbi-workspaces", "250", "--powerbi-personal", "0", *QUICK)
        args = ("scan", "-p", "powerbi", "--dry-run", "--state-dir", self.path("state"))
        result = self.wgo(*args, env=self.env())
        self.assert_code(result, 0)
        self.assertIn("how many there are is found out", result.out)
        self.assertEqual(self.cloud.requests(), [])
        self.scan()
        result = self.wgo(*args, env=self.env())
        self.assertIn("250 at the last scan: 3 scans, about 14 calls", result.out)

    def test_calls_are_charged_to_the_tenant(self):
        self.serve(*QUICK)
        self.scan()
        result = self.wgo("quota", "--format", "json", "--state-dir", self.path("state"))
        keys = {each["key"]: each for each in json.loads(result.out)}
        key = "powerbi/%s/getInfo" % self.tenant
        self.assertEqual(keys[key]["use"]["calls"], 1)
        self.assertEqual(keys[key]["share"], 0.24)
        self.scan(settings={"quota_model": "pooled", "quota_share": "50%"}, state="pooled")
        result = self.wgo("quota", "--format", "json", "--state-dir", self.path("pooled"))
        keys = {each["key"]: each for each in json.loads(result.out)}
        self.assertEqual(list(keys), ["powerbi/%s/all" % self.tenant])
        self.assertEqual(keys["powerbi/%s/all" % self.tenant]["share"], 0.5)

    def test_the_users_quota_goes_before_ours(self):
        self.serve(*QUICK)
        self.scan("--quota", "300/h", "--quota-share", "50%")
        result = self.wgo("quota", "--format", "json", "--state-dir", self.path("state"))
        self.assertEqual([each["key"] for each in json.loads(result.out)], ["powerbi"])

    def test_a_share_without_a_quota_is_one_of_ours(self):
        self.serve(*QUICK)
        self.scan("--quota-share", "40%", settings={"quota_share": "10%"})
        result = self.wgo("quota", "--format", "json", "--state-dir", self.path("state"))
        shares = {each["key"].rsplit("/", 1)[1]: each["share"] for each in json.loads(result.out)}
        self.assertEqual((shares["getInfo"], shares["scanResult"], shares["modified"]), (0.4, 0.4, 0.4))
        args = ("scan", "-p", "powerbi", "--dry-run", "--state-dir", self.path("state"), "--quota-share", "40%")
        result = self.wgo(*args, env=self.env())
        self.assertIn("200 of 500 scans an hour", result.out)
        _, result = self.scan("--quota-share", "40%", "--max-calls-per-hour", "100", code=2)
        self.assertIn("a share of what?", result.err)

    def test_batches_may_be_paced_beside_the_quotas(self):
        self.serve("--powerbi-workspaces", "250", "--powerbi-personal", "0", *QUICK)
        self.scan("--max-batches-per-hour", "3600")
        asked = sorted(r["time_ns"] for r in self.asked if r["operation"] == "getInfo")
        self.assertEqual(len(asked), 3)
        for one, next_ in zip(asked, asked[1:]):
            self.assertGreater(next_ - one, 900e6, asked)
        result = self.wgo("quota", "--format", "json", "--state-dir", self.path("state"))
        keys = {each["key"] for each in json.loads(result.out)}
        self.assertIn("powerbi:scan.getInfo", keys)
        self.assertTrue(any(key.endswith("/getInfo") for key in keys), keys)
        self.assertTrue(any(key.endswith("/scanResult") for key in keys), keys)
        result = self.wgo("scan", "-p", "powerbi", "--max-batches-per-hour", "0", env=self.env())
        self.assert_error(result, 2, "max-batches-per-hour")

    def test_settings_are_checked(self):
        for settings, text in (({"quota_model": "both"}, "quota_model"), ({"lineages": True}, "did you mean lineage"),
                               ({"modified_since": "1m"}, "30 minutes and 30 days")):
            _, result = self.scan(settings=settings, code=2)
            self.assertIn(text, result.err)


APP_WORDS = "service principal"

if __name__ == "__main__":
    main()
