"""Whole scans of Google Cloud against fakecloud."""
import collections
import json
import os
import re

from gcp_support import GcpTest, main

FIRST, SECOND = "fake-project-00000", "fake-project-00001"


class Sources(GcpTest):
    def test_the_sources_find_the_same(self):
        self.serve()
        found = {}
        for source in ("auto", "asset", "native"):
            snapshot, _ = self.scan("--gcp-source", source, output=source + ".json")
            self.assertEqual(self.rows(snapshot, "skipped"), [], source)
            self.assert_valid(source + ".json")
            found[source] = self.ids(snapshot)
        self.assertLessEqual(found["asset"], found["auto"])
        # fakecloud's Asset Inventory has no policies of Binary Authorization, and auto asks nobody else for them.
        more = found["native"] - found["auto"]
        self.assertEqual({each.split("/")[2] for each in more}, {"binaryauthorization.googleapis.com"})
        self.assertGreater(len(found["native"]), 700)

    def test_counts_are_what_there_is(self):
        self.serve()
        for source in ("auto", "asset", "native"):
            snapshot, _ = self.scan("--gcp-source", source)
            types = self.types(snapshot)
            for kind, name in (("compute.instance", "google_compute_instance"),
                               ("compute.disk", "google_compute_disk"),
                               ("storage.bucket", "google_storage_bucket"),
                               ("pubsub.topic", "google_pubsub_topic"),
                               ("secretmanager.secret", "google_secret_manager_secret"),
                               ("container.cluster", "google_container_cluster")):
                self.assertEqual(types[name], self.count(kind), (source, name))

    def test_two_scans_give_the_same_bytes(self):
        self.serve("--latency-jitter-ms", "15")
        for source in ("auto", "asset", "native"):
            first, _ = self.scan("--gcp-source", source, "--no-cache", "--max-workers", "1")
            self.scan("--gcp-source", source, "--no-cache", "--max-workers", "6", output="again.json")
            self.assertGreater(len(first["resources"]), 700)
            self.assertEqual(self.resource_bytes("out.json"), self.resource_bytes("again.json"), source)

    def test_where_each_type_came_from_is_said(self):
        self.serve()
        snapshot, _ = self.scan("--gcp-source", "asset")
        self.assertEqual({source["type"] for r in snapshot["resources"] for source in r["metadata"]["sources"]
                          if r["type"] == "google_compute_disk"}, {"assets"})
        snapshot, _ = self.scan("--gcp-source", "native")
        self.assertFalse({source["type"] for r in snapshot["resources"] for source in r["metadata"]["sources"]} &
                         {"assets"})

    def test_assets_refused_are_read_natively(self):
        self.serve("--gcp-deny", '{"service": "cloudasset"}')
        snapshot, result = self.scan()
        self.assertEqual(self.types(snapshot)["google_compute_instance"], self.count("compute.instance"))
        self.assertIn("Cloud Asset Inventory may not be listed; the services are asked one by one", result.err)

    def test_the_quota_of_assets_is_kept(self):
        self.serve("--gcp-projects", "4", "--gcp-asset-quota", "100/min", "--gcp-objects", "1500")
        snapshot, _ = self.scan("--gcp-source", "asset")
        self.assertEqual([r for r in self.asked if r["status"] == 429], [])
        self.assertEqual(self.rows(snapshot, "skipped"), [])


class Places(GcpTest):
    def parents(self):
        """{folder or project: what it stands in}, as the cloud says."""
        rest = "/gcp/cloudresourcemanager/v3/%s:search"
        above = {folder["name"]: folder["parent"] for folder in self.get(rest % "folders")["folders"]}
        above.update({project["projectId"]: project["parent"] for project in self.get(rest % "projects")["projects"]})
        return above

    def test_a_folder_is_read_with_the_folders_below_it(self):
        self.serve("--gcp-projects", "8", "--gcp-folders", "4", "--gcp-anonymous")
        above, sizes = self.parents(), set()
        for folder in [name for name in above if name.startswith("folders/")]:
            below = set()
            for name in above:
                at = name
                while at in above and at != folder:
                    at = above[at]
                below |= {name} if at == folder and name != folder and "/" not in name else set()
            snapshot, _ = self.scan("--folder", folder.split("/")[1], "--gcp-source", "native",
                                    "--resource-type", "google_pubsub_topic")
            self.assertEqual({r["account"] for r in snapshot["resources"]}, below, folder)
            self.assertEqual(len(snapshot["resources"]), self.count("pubsub.topic") * len(below) / 8)
            sizes.add(len(below))
        self.assertGreater(len(sizes), 1)
        self.assertLess(max(sizes), 8)

    def test_a_word_that_some_items_of_a_list_have_selects_it(self):
        self.serve("--gcp-projects", "1")
        snapshot, _ = self.scan("--gcp-source", "native", "--resource-type", "google_compute_region_disk")
        self.assertEqual({r["type"] for r in snapshot["resources"]} - {"google_compute_region_disk"}, set())
        asked = {r["path"].split("?")[0].split("/aggregated/")[-1] for r in self.asked if "/aggregated/" in r["path"]}
        self.assertEqual(asked, {"disks"})

    def test_projects_by_globs(self):
        self.serve("--gcp-projects", "12")
        snapshot, _ = self.scan("--project", "*-0001?", "--gcp-source", "native", "--resource-type",
                                "google_pubsub_topic")
        self.assertEqual({r["account"] for r in snapshot["resources"]}, {"fake-project-00010", "fake-project-00011"})

    def test_an_organisation_is_read_with_its_folders(self):
        self.serve("--gcp-projects", "4")
        snapshot, _ = self.scan("--organization", self.declared["organization"])
        types = self.types(snapshot)
        self.assertEqual(types["google_project"], 4)
        self.assertEqual(types["google_compute_instance"], self.count("compute.instance"))
        self.assertFalse([r["id"] for r in snapshot["resources"] if re.search("/projects/[0-9]+(/|$)", r["id"])])
        self.assertEqual(types["google_folder"], 2)
        above = [r["metadata"].get("dependencies") for r in snapshot["resources"] if r["type"] == "google_project"]
        self.assertTrue(all(any("/folders/" in each or "/organizations/" in each for each in some or [])
                            for some in above), above)

    def test_an_organisation_of_more_projects_than_a_page_holds(self):
        self.serve("--gcp-projects", "501", "--gcp-objects", "45")
        snapshot, _ = self.scan("--organization", self.declared["organization"], "--gcp-source", "asset")
        self.assertEqual(self.types(snapshot)["google_project"], 501)
        self.assertEqual(self.types(snapshot)["google_compute_disk"], self.count("compute.disk"))

    def test_an_organisation_s_assets_may_be_refused(self):
        self.serve("--gcp-projects", "4", "--gcp-deny", '{"service": "cloudasset"}')
        snapshot, _ = self.scan("--organization", self.declared["organization"])
        self.assertEqual(self.types(snapshot)["google_compute_instance"], self.count("compute.instance"))
        self.assertEqual(self.types(snapshot)["google_project"], 4)

    def test_regions_limit_and_global_resources_stay(self):
        self.serve()
        snapshot, _ = self.scan("--region", "europe-*")
        regions = {r.get("region") or "global" for r in snapshot["resources"]}
        self.assertTrue(all(re.match("global|europe-|eu$", region, re.I) for region in regions), regions)
        self.assertIn("europe-west1", regions)
        self.assertNotIn("warnings", snapshot["metadata"])
        snapshot, _ = self.scan("--region", "europe-west1", "--region", "eu-west-1")
        self.assertEqual(snapshot["metadata"]["warnings"], ["gcp: --region eu-west-1: nothing that was read lies there"])

    def test_a_folder_that_nobody_has(self):
        self.serve("--gcp-anonymous")
        folder = self.get("/gcp/cloudresourcemanager/v3/folders:search")["folders"][0]["name"]
        for number in ("999999", "folders/999999"):
            _, result = self.scan("--folder", number, code=1)
            self.assertIn("at folders/999999: google_folder", result.err)
            snapshot, result = self.scan("--folder", number, "--folder", folder, code=3)
            self.assertFalse(snapshot["metadata"]["complete"])
            self.assertEqual([(r["account"], r["type"], r["status"]) for r in self.rows(snapshot)],
                             [("folders/999999", "google_folder", "error")])
            self.assertIn("folders/999999", result.err)

    def test_a_folder_with_nothing_below_it_is_complete(self):
        self.serve("--gcp-folders", "12", "--gcp-projects", "1", "--gcp-anonymous")
        folders = self.get("/gcp/cloudresourcemanager/v3/folders:search")["folders"]
        empty = [f["name"] for f in folders if f["name"] not in {g["parent"] for g in folders}][-1]
        snapshot, _ = self.scan("--folder", empty)
        self.assertEqual(self.rows(snapshot), [])
        self.assertEqual([r["type"] for r in snapshot["resources"]], ["google_folder"])

    def test_places_are_numbers(self):
        for flag in ("--folder", "--organization"):
            for value in ("abc", "-5", "12x", "projects/12"):
                self.assert_error(self.wgo("scan", "-p", "gcp", flag, value), 2, flag, value, "not a number",
                                  "hint: for example 123456789012")
        config = self.write("config.yaml", "providers:\n  gcp:\n    folders: [abc]\n")
        self.assert_error(self.wgo("scan", "-p", "gcp", "--config", config), 2, "line 3", "not a number")

    def test_some_projects_of_an_organisation(self):
        self.serve("--gcp-projects", "4")
        for args in ([], ["--gcp-source", "asset"], ["--gcp-source", "native"]):
            snapshot, _ = self.scan("--organization", self.declared["organization"], "--project", "*-00001",
                                    "--project", "*-00002", *args)
            of = collections.Counter(r.get("account") for r in snapshot["resources"] if r["type"] != "google_project")
            self.assertGreater(of[SECOND], 100)
            self.assertEqual({name for name in of if name and name.startswith("fake-")}, {SECOND, "fake-project-00002"})
            self.assertNotIn("warnings", snapshot["metadata"])
        for choice in ("none-*", "none-such"):  # of those that something passes, and of none
            for others in (["--project", SECOND], []):
                snapshot, _ = self.scan("--organization", self.declared["organization"], "--project", choice, *others,
                                        "--gcp-source", "native", "--resource-type", "google_pubsub_topic")
                self.assertEqual(snapshot["metadata"]["warnings"],
                                 ["gcp: --project %s: no project that can be seen passes it" % choice])

    def test_lists_wait_until_it_is_known_which_services_are_on(self):
        """A service that is off is not asked for a list, however late that is told."""
        slow = {"kind": "slow", "path": "/gcp/serviceusage/*", "latency_ms": 300}
        self.serve("--gcp-projects", "2", "--gcp-deny", '{"service": "cloudasset"}', faults=[slow])
        snapshot, _ = self.scan("--organization", self.declared["organization"])
        self.assertEqual(self.rows(snapshot, "skipped"), [])
        self.assertEqual([r["path"] for r in self.asked if r["path"].startswith("/gcp/batch/")], [])
        self.assertGreater(self.types(snapshot)["google_pubsub_topic"], 0)

    def test_a_choice_that_no_project_passes(self):
        self.serve()
        for choice in ("none-*", "!*"):
            snapshot, _ = self.scan("--project", choice, code=3)
            self.assertEqual([(row["type"], row["status"]) for row in self.rows(snapshot)], [("google_project", "error")])
            self.assertIn("passes --project", json.dumps(self.rows(snapshot)))
        number = self.declared["projects"][0]["number"]
        for said in (number, "!" + number):
            result = self.wgo("scan", "-p", "gcp", "--project", said, "-q", env=self.env())
            self.assert_error(result, 2, "--project %s: projects go by id" % said)

    def test_a_project_that_nobody_has(self):
        self.serve()
        _, result = self.scan("--project", "none-such", code=3)
        self.assertIn("none-such", result.err)


class Partial(GcpTest):
    def test_services_that_are_off_are_skipped_with_the_reason(self):
        self.serve("--gcp-disabled", FIRST + "=pubsub")
        snapshot, _ = self.scan("--gcp-source", "native", "--project", FIRST)
        rows = [row for row in snapshot["metadata"]["completeness"] if row["status"] == "skipped"]
        self.assertTrue(any("pubsub" in json.dumps(row) for row in rows), rows)
        self.assertEqual(self.types(snapshot)["google_pubsub_topic"], 0)

    def test_what_is_off_where_calls_are_charged_says_nothing_of_other_places(self):
        """An API that the credentials' own project lacks hides what others have: that is not the same as none."""
        self.serve("--gcp-disabled", FIRST + "=cloudresourcemanager")
        for args in ([], ["--project", SECOND]):
            snapshot, _ = self.scan("--no-cache", *args, code=3, GOOGLE_CLOUD_QUOTA_PROJECT=FIRST)
            denied = json.dumps([row for row in self.rows(snapshot) if row["status"] == "denied"])
            self.assertIn("google_project", denied)
            self.assertIn("calls are charged to that project", denied)
            self.assertGreater(self.types(snapshot)["google_pubsub_topic"], 0, "what can be read is")
            self.assert_valid("out.json")

    def test_an_inventory_that_is_off_has_not_seen_what_is_there(self):
        self.serve("--gcp-disabled", FIRST + "=cloudasset")
        snapshot, _ = self.scan("--gcp-source", "asset", code=3)
        self.assertEqual([(row["account"], row["status"]) for row in self.rows(snapshot, "skipped")], [(FIRST, "denied")])

    def test_a_zone_that_cannot_be_reached_is_a_row(self):
        self.serve("--gcp-unreachable", "us-central1-a")
        snapshot, result = self.scan("--gcp-source", "native", "--resource-type", "google_compute_instance", code=3)
        rows = self.rows(snapshot, "skipped")
        self.assertTrue(any("us-central1-a" in json.dumps(row) for row in rows), rows)
        found = self.types(snapshot)["google_compute_instance"]
        self.assertGreater(found, 0)
        self.assertLess(found, self.count("compute.instance"))
        self.assertRegex(result.err, r"What could not be read\n.*us-central1-a")
        self.assert_valid("out.json")

    def test_what_is_denied_names_the_permission(self):
        self.serve("--gcp-deny", '{"service": "secretmanager", "account": "%s"}' % FIRST)
        snapshot, _ = self.scan("--gcp-source", "native", "--resource-type", "google_secret_manager_secret", code=3)
        denied = [row for row in self.rows(snapshot) if row["status"] == "denied"]
        self.assertTrue(denied)
        self.assertIn("secretmanager.secrets.list", json.dumps(denied))
        self.assertGreater(self.types(snapshot)["google_secret_manager_secret"], 0)

    def test_random_faults_lose_nothing(self):
        faults = [{"kind": kind, "probability": 0.04, **more} for kind, more in
                  (("throttle", {"retry_after_s": 1}), ("status", {"status": 503}), ("cut", {}), ("reset", {}))]
        self.serve("--gcp-projects", "1")
        calm, _ = self.scan("--gcp-source", "native", "--no-cache")
        self.serve("--gcp-projects", "1", faults=faults)
        snapshot, _ = self.scan("--gcp-source", "native", "--no-cache")
        self.assertEqual(self.rows(snapshot, "skipped"), [])
        self.assertGreaterEqual(len(calm["resources"]), self.declared["projects"][0]["assets"])
        self.assertEqual(self.ids(snapshot), self.ids(calm))
        self.assertTrue([r for r in self.asked if r["fault"]])


class NoLists(GcpTest):
    """Answers of 200 that are an error: no empty lists, which say nothing at all."""
    def topics(self, value, code=3, **more):
        self.serve("--gcp-projects", "1", faults=[
            {"kind": "status", "status": 200, "value": value, "path": "/gcp/pubsub/*topics*", **more}])
        snapshot, _ = self.scan("--gcp-source", "native", "--resource-type", "google_pubsub_topic", "--resource-type",
                                "google_project", code=code)
        self.assertTrue([r for r in self.asked if r["fault"]], self.asked)
        return ({row["status"]: row for row in self.rows(snapshot, "skipped")},
                self.types(snapshot)["google_pubsub_topic"])

    def test_an_error_means_what_it_does_with_its_own_status(self):
        rows, found = self.topics('{"error":{"code":403,"message":"not you","status":"PERMISSION_DENIED"}}')
        self.assertEqual((list(rows), found), (["denied"], 0), rows)
        self.assertIn("PERMISSION_DENIED: not you", rows["denied"]["error"])
        for value in ('{"error":{"code":7,"message":"out of order"}}', '{"error":"out of order"}'):
            rows, _ = self.topics(value)
            self.assertEqual(list(rows), ["error"], rows)
            self.assertIn("out of order", rows["error"]["error"])

    def test_one_that_passes_is_waited_out(self):
        for error in ('{"code":503,"message":"later"}', '{"code":429,"status":"RESOURCE_EXHAUSTED"}'):
            rows, found = self.topics('{"error":%s}' % error, code=0, nth=1)
            self.assertEqual((rows, found), ({}, self.count("pubsub.topic")))

    def test_an_empty_list_is_one(self):
        for value in ("{}", '{"kind":"pubsub#topics"}', '{"topics":[]}'):
            self.assertEqual(self.topics(value, code=0), ({}, 0))

    def test_on_a_later_page(self):
        # Also where items are of scopes that have warnings of their own.
        self.serve("--gcp-projects", "1", "--gcp-count", "pubsub.topic=1100", "--gcp-count", "compute.disk=1100", faults=[
            {"kind": "status", "status": 200, "value": '{"error":{"code":403,"message":"not you"}}', "path": path,
             "query": "*pageToken=*"} for path in ("/gcp/compute/*aggregated/disks*", "/gcp/pubsub/*topics*")])
        snapshot, _ = self.scan("--gcp-source", "native", "--resource-type", "google_pubsub_topic", "--resource-type",
                                "google_compute_disk", code=3)
        self.assertEqual({(row["type"], row["status"]) for row in self.rows(snapshot, "skipped")},
                         {("google_pubsub_topic", "denied"), ("google_compute_disk", "denied")})

    def test_of_projects_and_of_the_inventory(self):
        for path in ("*projects:search*", "/gcp/cloudasset/*"):
            self.serve("--gcp-projects", "1", faults=[
                {"kind": "status", "status": 200, "value": '{"error":{"code":400,"message":"no"}}', "path": path}])
            self.scan("--gcp-source", "asset", code=3)


class Secrets(GcpTest):
    def scripts(self):
        """What the cloud's machines start with, their secrets too."""
        found = []
        for project in self.declared["projects"]:
            rest = "/gcp/compute/compute/v1/projects/%s/aggregated/" % project["id"]
            for kind in ("instances", "instanceTemplates"):
                for place in self.get(rest + kind)["items"].values():
                    for item in place.get(kind, []):
                        where = item.get("properties", item)["metadata"]["items"]
                        found += [each["value"] for each in where if each["key"] == "startup-script"]
        return found

    def test_startup_scripts_leave_no_trace(self):
        self.serve("--gcp-anonymous")
        scripts = self.scripts()
        secrets = {re.search("secret-[0-9a-f]+", text).group() for text in scripts}
        self.assertEqual(len(scripts), self.count("compute.instance") + self.count("compute.instancetemplate"))
        self.assertEqual(len(secrets), len(scripts))
        for source in ("auto", "asset", "native"):
            snapshot, result = self.scan("--gcp-source", source, WGO_DEBUG="true")
            said = [result.out, result.err]
            for folder, _, names in os.walk(self.dir):
                if folder != self.cloud.dir:
                    said += [self.read(os.path.join(folder, name)) for name in names]
            for text in said:
                for trace in ("export DB_PASSWORD", "export TOKEN", *secrets):
                    self.assertFalse(trace in text, (source, trace))
            values = [item["value"] for r in snapshot["resources"] if r["type"] == "google_compute_instance"
                      for item in r["configuration"]["metadata"]["items"] if item["key"] == "startup-script"]
            self.assertEqual(len(values), self.count("compute.instance"))
            self.assertEqual(len(set(values)), len(values), "a change would not show")
            self.assertTrue(all(value.startswith("hmac:") for value in values), values[:3])

    def read(self, path):
        with open(path, "rb") as file:
            return file.read().decode("utf-8", "replace")


class Databases(GcpTest):
    TYPES = ("google_sql_database", "google_sql_user")

    def test_a_stopped_instance_is_said_and_is_no_failure(self):
        """What is in it is neither there nor gone."""
        wanted = [word for kind in self.TYPES for word in ("--resource-type", kind)]
        self.serve("--gcp-projects", "1", "--gcp-count", "sqladmin.instance=3")
        names = [r["name"] for r in self.scan("--gcp-source", "native", "--resource-type",
                                              "google_sql_database_instance")[0]["resources"]]
        whole, _ = self.scan("--gcp-source", "native", *wanted)
        self.assertEqual(self.rows(whole), [])
        for reason, text in (("invalid", "Invalid request: Invalid request since instance is not running."),
                             ("invalidState", "The instance is not in an appropriate state to handle the request.")):
            body = {"error": {"code": 400, "message": text, "errors": [
                {"domain": "global", "message": text, "reason": reason}]}}
            self.serve("--gcp-projects", "1", "--gcp-count", "sqladmin.instance=3", faults=[
                {"kind": "status", "status": 400, "path": "*/instances/%s/*" % names[0], "value": json.dumps(body)}])
            snapshot, _ = self.scan("--gcp-source", "native", *wanted)
            rows = self.rows(snapshot)
            self.assertEqual({(kind, row["status"], text.rstrip(".") in row["error"], snapshot["metadata"]["complete"])
                              for row in rows for kind in ([row["type"]] if isinstance(row["type"], str) else row["type"])},
                             {(kind, "skipped", True, True) for kind in self.TYPES})
            left = {r["id"] for r in whole["resources"] if "/instances/%s/" % names[0] not in r["id"]}
            self.assertEqual(self.ids(snapshot), left)
            self.assertLess(len(left), len(whole["resources"]))
        # What is wrong with a request otherwise is an error.
        body = {"error": {"code": 400, "message": "Invalid value", "errors": [{"message": "Invalid value", "reason": "invalid"}]}}
        self.serve("--gcp-projects", "1", faults=[
            {"kind": "status", "status": 400, "path": "*/databases", "value": json.dumps(body)}])
        snapshot, _ = self.scan("--gcp-source", "native", *wanted, code=3)
        self.assertEqual([(row["type"], row["status"]) for row in self.rows(snapshot)], [(self.TYPES[0], "error")])


class Access(GcpTest):
    def test_what_was_read_with_another_login_is_asked_for(self):
        self.serve("--gcp-projects", "1")
        with open(self.key) as file:
            token_uri = json.load(file)["token_uri"]
        found = []
        for login in ("one", "one", "two", "one"):
            with open(self.key, "w") as file:
                json.dump({"type": "authorized_user", "client_id": "gcloud", "client_secret": "s",
                           "refresh_token": "1//fake-" + login, "token_uri": token_uri}, file)
            self.scan("--gcp-source", "native", "--resource-type", "google_compute_disk", "--max-age", "1h")
            found.append(sum("/disks" in request["path"] for request in self.asked))
        self.assertEqual(found, [found[0], 0, found[0], 0])
        self.assertGreater(found[0], 0)

    def test_validate(self):
        self.serve()
        result = self.wgo("validate", "--provider", "gcp")
        self.assert_code(result, 0)
        for text in ("iam.gserviceaccount.com", "projects: 3 seen, 3 read", "Cloud Asset Inventory: answers"):
            self.assertIn(text, result.out + result.err)

    def test_a_key_that_is_not_the_accounts(self):
        self.serve()
        with open(self.key) as file:
            key = json.load(file)
        key["client_email"] = "nobody@example.com"
        with open(self.key, "w") as file:
            json.dump(key, file)
        _, result = self.scan(code=4)
        self.assertIn("account not found", result.err)
        self.assertNotIn("PRIVATE KEY", result.err)

    def test_an_api_that_takes_no_token_is_refused_credentials(self):
        self.serve(faults=[{"kind": "status", "status": 401, "path": "/gcp/*/v*"}])
        for source in ("auto", "asset", "native"):
            snapshot, result = self.scan("--gcp-source", source, code=4)
            self.assertIsNone(snapshot)
            self.assertIn("UNAUTHENTICATED: Request had invalid authentication credentials", result.err)
            self.assertIn("hint: the credentials are wrong or have expired", result.err)
            # Each call is made once more, with a new token, and no more; a few lists are those of two types.
            asked = collections.Counter(r["path"] for r in self.asked if not r["path"].endswith("/token"))
            self.assertEqual(set(asked.values()) - {2, 4}, set(), asked)
            self.assertLess(list(asked.values()).count(4), 3, asked)

    def test_one_refused_token_is_renewed(self):
        self.serve(faults=[{"kind": "status", "status": 401, "path": "/gcp/pubsub/*", "nth": 1}])
        snapshot, _ = self.scan("--gcp-source", "native", "--resource-type", "google_pubsub_topic")
        self.assertEqual(self.types(snapshot)["google_pubsub_topic"], self.count("pubsub.topic"))
        self.assertEqual(len([r for r in self.asked if r["status"] == 401]), 1)

    def test_one_service_that_takes_no_token_is_said(self):
        self.serve(faults=[{"kind": "status", "status": 401, "path": "/gcp/cloudasset/*"}])
        snapshot, result = self.scan("--gcp-source", "asset", code=3)
        self.assertEqual({row["status"] for row in self.rows(snapshot)}, {"denied"})
        self.assertRegex(result.err, r"What could not be read\n.*gcp: 3 times: UNAUTHENTICATED")
        _, result = self.scan("--gcp-source", "asset", "--fail-on-error", code=1)
        self.assertIn("UNAUTHENTICATED", result.err)

    def test_no_credentials_at_all(self):
        result = self.wgo("scan", "--provider", "gcp", "--output-file", "out.json",
                          env={"GCE_METADATA_HOST": "127.0.0.1:1"})
        self.assert_code(result, 4)
        self.assertIn("gcloud auth application-default login", result.err)
        self.assertFalse(os.path.exists(self.path("out.json")))

    def test_the_metadata_server(self):
        self.serve()
        snapshot, _ = self.scan("--resource-type", "google_pubsub_topic", "--gcp-source", "native",
                                GOOGLE_APPLICATION_CREDENTIALS=None,
                                GCE_METADATA_HOST="127.0.0.1:%d" % self.cloud.port)
        self.assertEqual(self.types(snapshot)["google_pubsub_topic"], self.count("pubsub.topic"))

    def test_permissions(self):
        result = self.wgo("permissions", "gcp")
        self.assert_code(result, 0)
        self.assertIn("- cloudasset.assets.listResource", result.out)
        result = self.wgo("permissions", "gcp", "--resource-type", "google_pubsub_topic", "--gcp-source", "native")
        self.assert_code(result, 0)
        self.assertNotIn("cloudasset", result.out)
        self.assertIn("pubsub.topics.list", result.out)
        self.assertNotIn("secretmanager", result.out)

    def test_tokens_that_end_during_a_scan_are_renewed(self):
        self.serve("--gcp-token-ttl-ms", "2000", "--latency-ms", "40")
        snapshot, _ = self.scan("--gcp-source", "native", "--project", SECOND)
        self.assertEqual(self.rows(snapshot, "skipped"), [])


if __name__ == "__main__":
    main()
