"""Whole scans of Azure against fakecloud."""
import json
import os
import re
import urllib.parse
import urllib.request

from azure_support import APP, AzureTest, main


class Graph(AzureTest):
    def test_sixteen_hundred_resources_in_five_calls(self):
        self.serve("--azure-subscriptions", "1", "--azure-objects", "1632")
        snapshot, _ = self.scan("--azure-source", "graph")
        self.assertLessEqual(len(self.reads()), 5, self.operations())
        resources = [r for r in snapshot["resources"] if "properties" in r["configuration"]]
        self.assertGreaterEqual(len(resources), 1632)
        self.assertEqual(len({r["id"] for r in snapshot["resources"]}), len(snapshot["resources"]))
        self.assertEqual(self.rows(snapshot), [])

    def test_what_auto_finds_is_what_there_is(self):
        self.serve("--azure-subscriptions", "2")
        snapshot, _ = self.scan()
        found = self.native(snapshot)
        for kind, total in self.declared("resources").items():
            if kind == "microsoft.web/sites/config":
                continue  # Azure lists one of several, and gives the others for their names
            with self.subTest(kind=kind):
                self.assertEqual(found[kind.lower()], total)
        self.assertEqual(self.rows(snapshot, "skipped"), [])
        ids, led = {r["id"] for r in snapshot["resources"]}, set()
        for resource in snapshot["resources"]:
            self.assertEqual(resource["id"], resource["id"].lower())
            self.assertNotIn(" ", resource.get("region", ""))
            for other in resource["metadata"].get("dependencies", []):
                self.assertEqual(other, other.lower(), resource["id"])
                led |= {resource["type"]} if other in ids else set()
        # What depends on something is led to it: by its id, as it stands in the snapshot.
        self.assertLessEqual({"azurerm_virtual_machine", "azurerm_network_interface", "azurerm_subscription"}, led)
        parents = {r["id"]: r["metadata"].get("dependencies") for r in snapshot["resources"]
                   if r["type"] == "azurerm_subscription"}
        self.assertEqual(len(parents), 2)
        for above in parents.values():
            self.assertTrue(any("/managementgroups/" in each for each in above), above)

    def test_both_sources_find_the_same(self):
        self.serve("--azure-subscriptions", "1")
        graph, _ = self.scan(output="graph.json")
        arm, _ = self.scan("--azure-source", "arm", output="arm.json")
        kinds = [kind.lower() for kind in self.declared("resources") if not kind.endswith("/config")]
        one, other = self.native(graph), self.native(arm)
        self.assertEqual({k: one[k] for k in kinds}, {k: other[k] for k in kinds})
        ids = {r["id"] for r in graph["resources"] if r["metadata"]["native_type"].lower() in kinds}
        self.assertLessEqual(ids, {r["id"] for r in arm["resources"]})

    def test_sites_are_what_their_kind_says_whoever_lists_them(self):
        self.serve("--azure-subscriptions", "1")
        said = {"app": "azurerm_windows_web_app", "app,linux": "azurerm_linux_web_app",
                "functionapp,linux": "azurerm_linux_function_app"}
        for source in "graph", "arm":
            snapshot, _ = self.scan("--azure-source", source, "--resource-type", "Microsoft.Web/sites")
            sites = [r for r in snapshot["resources"] if r["metadata"]["native_type"].lower() == "microsoft.web/sites"]
            self.assertEqual(len(sites), self.declared("resources")["microsoft.web/sites"])
            for site in sites:
                self.assertEqual(site["type"], said[site["configuration"]["kind"]], site["id"])
            wanted = sorted(r["id"] for r in sites if r["type"] == "azurerm_windows_web_app")
            self.assertTrue(0 < len(wanted) < len(sites))
            some, _ = self.scan("--azure-source", source, "--resource-type", "azurerm_windows_web_app", output="some.json")
            self.assertEqual(sorted(r["id"] for r in some["resources"]), wanted)
            rows = sum(row.get("count", 0) for row in some["metadata"]["completeness"])
            lists = 1 if source == "graph" else 2  # the generic one, and that of the sites
            self.assertEqual(rows, lists * len(wanted), some["metadata"]["completeness"])

    def test_properties_that_resource_graph_lacks_are_read_once(self):
        self.serve("--azure-subscriptions", "1", "--azure-bare", "Microsoft.Compute/disks=3")
        snapshot, _ = self.scan("--resource-type", "azurerm_managed_disk")
        gets = [r["path"].split("?")[0] for r in self.asked if r["operation"].startswith("get ")]
        self.assertEqual(len(gets), 3)
        self.assertEqual(len(set(gets)), 3)
        for disk in snapshot["resources"]:
            self.assertIn("properties", disk["configuration"], disk["id"])

    def test_a_list_that_is_cut_is_no_end(self):
        self.serve("--azure-subscriptions", "1", "--azure-objects", "1632", "--azure-graph-truncate")
        snapshot, result = self.scan("--azure-source", "graph", code=3)
        self.assertTrue(any("resultTruncated" in row["error"] for row in self.rows(snapshot)))
        self.assertRegex(result.err, r"What could not be read\n.*resultTruncated")

    def test_a_type_narrows_the_query(self):
        self.serve("--azure-subscriptions", "1")
        snapshot, _ = self.scan("--resource-type", "azurerm_managed_disk", "--azure-source", "graph")
        self.assertEqual(self.operations()["query"], 1)
        self.assertEqual({r["type"] for r in snapshot["resources"]}, {"azurerm_managed_disk"})
        self.assertEqual(len(snapshot["resources"]), self.declared("resources")["microsoft.compute/disks"])


class Places(AzureTest):
    def test_subscriptions_are_chosen(self):
        self.serve("--azure-subscriptions", "4")
        first = self.counts["subscriptions"][0]
        snapshot, _ = self.scan("--subscription", first, "--azure-source", "graph")
        accounts = {r["account"] for r in snapshot["resources"]} - {self.counts["tenant"]}
        self.assertEqual(accounts, {first})
        _, result = self.scan("--subscription", "none-such", code=3)
        self.assertIn("passes --subscription", result.err)
        self.assertNotIn("warning", result.err)
        snapshot, result = self.scan("--subscription", first.upper(), "--subscription", "none-*", "--subscription", "!x",
                                     "--azure-source", "graph")
        self.assertEqual(snapshot["metadata"]["warnings"],
                         ["azure: --subscription none-*: no subscription that can be seen passes it"])

    def test_management_groups_are_resources_and_choose(self):
        self.serve("--azure-subscriptions", "6", "--azure-management-groups", "4")
        snapshot, _ = self.scan("--resource-type", "azurerm_management_group", "--resource-type", "azurerm_subscription")
        groups = [r for r in snapshot["resources"] if r["type"] == "azurerm_management_group"]
        self.assertEqual(len(groups), 5)
        name = groups[-1]["id"].rsplit("/", 1)[1]
        below, _ = self.scan("--management-group", name, "--resource-type", "azurerm_subscription")
        chosen = {r["id"] for r in below["resources"]}
        self.assertGreater(len(chosen), 0)
        self.assertLess(len(chosen), 6)

    def test_management_groups_that_may_not_be_read_are_said(self):
        denial = {"action": "Microsoft.Management/managementGroups/read", "scope": "*"}
        self.serve("--azure-subscriptions", "1", "--azure-deny", json.dumps(denial))
        snapshot, _ = self.scan("--resource-type", "azurerm_management_group")
        self.assertEqual({row["status"] for row in self.rows(snapshot)} - {"skipped"}, set())

    def test_disabled_subscriptions_are_left_out_and_said(self):
        self.serve(subscriptions=3, disabled=1)
        snapshot, _ = self.scan("--azure-source", "graph")
        self.assertTrue(any("Disabled" in row.get("error", "") and row["status"] == "skipped"
                            for row in snapshot["metadata"]["completeness"]))

    def test_regions(self):
        self.serve("--azure-subscriptions", "1")
        snapshot, _ = self.scan("--azure-source", "graph", "--region", "westeurope")
        self.assertLessEqual({r.get("region", "global") for r in snapshot["resources"]}, {"westeurope", "global"})
        self.assertNotIn("warnings", snapshot["metadata"])
        snapshot, _ = self.scan("--azure-source", "graph", "--region", "westeurpoe", "--region", "!nowhere")
        self.assertEqual(snapshot["metadata"]["warnings"],
                         ["azure: --region westeurpoe: nothing that was read lies there"])


# Snapshots without a list of their own: each is read by itself.
BY_ITSELF = """provider: azure
service: compute
entries:
  - name: compute.snapshots
    summary: Snapshots
    type: azurerm_snapshot
    native_type: Microsoft.Compute/snapshots
    permission: Microsoft.Compute/snapshots/read
    request: { path: /never-asked }
    items: value[]
    id: "{item.id:lower}"
"""


class Arm(AzureTest):
    def test_a_second_run_looks_up_no_version_and_fetches_nothing_again(self):
        self.serve("--azure-subscriptions", "2")
        os.mkdir(self.path("catalogs"))
        self.write("catalogs/compute.yaml", BY_ITSELF)
        chosen = ("--azure-source", "arm", "--catalog-dir", "catalogs", "--resource-type", "azurerm_snapshot",
                  "--resource-type", "azurerm_managed_disk")
        first, result = self.scan(*chosen)
        self.assertGreater(self.operations()["providers"], 0)
        snapshots = self.declared("resources")["microsoft.compute/snapshots"]
        self.assertEqual(self.operations()["get snapshots"], snapshots)
        second, result = self.scan(*chosen, output="second.json")
        self.assertEqual(self.operations()["providers"], 0)
        self.assertEqual(self.operations()["get snapshots"], 0)
        self.assertRegex(result.err, r"Version lookup complete: .*cache: 1 hits, 0 misses")
        self.assertRegex(result.err, r"Property fetch complete: .*cache: %d hits, 0 misses" % snapshots)
        self.assertEqual(first["resources"], second["resources"])
        self.assertTrue(all("properties" in r["configuration"] for r in first["resources"]
                            if r["type"] == "azurerm_snapshot"))

    def test_what_is_not_registered_is_skipped(self):
        self.serve("--azure-subscriptions", "1", "--azure-unregistered", "1=Microsoft.Authorization")
        snapshot, _ = self.scan("--resource-type", "azurerm_management_lock")
        self.assertEqual(snapshot["resources"], [])
        self.assertEqual({row["status"] for row in self.rows(snapshot)}, {"skipped"})

    def test_a_version_that_is_not_supported_has_not_seen_what_is_there(self):
        body = {"error": {"code": "UnsupportedApiVersion", "message": "The requested API version is not supported."}}
        self.serve_scenario({"faults": [{"kind": "status", "status": 400, "value": json.dumps(body),
                                         "service": "Microsoft.Network", "operation": "list virtualNetworks"}]})
        snapshot, _ = self.scan("--azure-source", "arm", "--resource-type", "azurerm_virtual_network", code=3)
        self.assertEqual({(row["type"], row["status"]) for row in self.rows(snapshot)},
                         {("azurerm_virtual_network", "error")})
        self.assert_valid("out.json")

    def test_roles_that_may_not_be_read_are_not_none(self):
        body = {"error": {"code": "InsufficientPermissions", "message": "The caller has no permission."}}
        self.serve_scenario({"faults": [{"kind": "status", "status": 400, "value": json.dumps(body),
                                         "path": "*/roleEligibilityScheduleInstances*"}]})
        snapshot, _ = self.scan("--resource-type", "azurerm_pim_eligible_role_assignment", code=3)
        rows = self.rows(snapshot)
        self.assertEqual({(row["type"], row["status"]) for row in rows},
                         {("azurerm_pim_eligible_role_assignment", "denied")})
        self.assertIn("roleEligibilityScheduleInstances/read", json.dumps(rows))

    def test_what_is_denied_names_the_action(self):
        denial = {"action": "Microsoft.Authorization/locks/read", "scope": "*"}
        self.serve("--azure-subscriptions", "1", "--azure-deny", json.dumps(denial))
        _, result = self.scan("--resource-type", "azurerm_management_lock", code=3)
        self.assertIn("Microsoft.Authorization/locks/read", result.err)

    def test_resource_manager_s_bucket_is_kept(self):
        self.serve("--azure-subscriptions", "1", "--azure-throttle", "--azure-bucket", "250:500")
        snapshot, _ = self.scan()
        self.assertEqual(self.operations(status=429), {})
        self.assertEqual(self.rows(snapshot, "skipped"), [])

    def test_resource_graph_s_quota_is_kept(self):
        self.serve("--azure-subscriptions", "20", "--azure-objects", "400", "--azure-throttle",
                   "--azure-graph-quota", "15:2", "--azure-page-size", "250")
        snapshot, _ = self.scan("--azure-source", "graph")
        self.assertEqual(self.operations(status=429), {})
        self.assertGreater(self.operations()["query"], 30)
        self.assertEqual(self.rows(snapshot), [])


class EventGrid(AzureTest):
    """Event subscriptions are listed where what they are of has its own list; of Azure's own events, by system topics."""
    TYPE = "azurerm_eventgrid_event_subscription"

    def answers(self, lists):
        """{path's end: ids, or (id, properties)}: what these lists hold instead."""
        def value(item):
            name, properties = item if isinstance(item, tuple) else (item, {})
            kind, last = name.split("/")[-2:]
            return {"id": name, "name": last, "type": "Microsoft.EventGrid/" + kind, "properties": properties}

        return {"faults": [{"kind": "status", "status": 200, "path": "*" + path, "name": path,
                            "value": json.dumps({"value": [value(item) for item in items]})}
                           for path, items in lists.items()], "azure": {"subscriptions": 1}}

    def test_subscriptions_of_topics_domains_and_sources(self):
        group, subs = "/subscriptions/s/resourcegroups/g/providers/", "/providers/Microsoft.EventGrid/eventSubscriptions"
        grid, storage = group + "microsoft.eventgrid/", group + "microsoft.storage/storageaccounts/a"
        domain = grid + "domains/d"
        under = [grid + "topics/t", domain, domain + "/topics/u", storage, "/subscriptions/s"]
        lists = {one + subs: [one + subs + "/mine"] for one in under}
        lists.update({
            "Microsoft.EventGrid/topics": [grid + "topics/t"], "Microsoft.EventGrid/domains": [domain],
            domain + "/topics": [domain + "/topics/u"], "Microsoft.EventGrid/systemTopics": [
                (grid + "systemtopics/y", {"source": storage}), (grid + "systemtopics/z", {"source": "/subscriptions/s"})],
            "/systemtopics/?/eventSubscriptions": [],
            "/resources": [grid + "topics/t", domain, grid + "systemTopics/y"]})
        self.serve_scenario(self.answers(lists))
        account = self.counts["subscriptions"][0]
        # What is global both the subscription's list and that of its system topic have.
        lists["/subscriptions/%s%s" % (account, subs)] = lists["/subscriptions/s" + subs]
        self.serve_scenario(self.answers(lists))
        snapshot, _ = self.scan("--azure-source", "arm", "--resource-type", self.TYPE)
        self.assertEqual([(r["type"], r["id"]) for r in snapshot["resources"]],
                         [(self.TYPE, (one + subs + "/mine").lower()) for one in sorted(under, key=str.lower)])
        self.assertEqual(self.rows(snapshot), [])
        asked = [r["path"].split("?")[0] for r in self.asked if "/eventSubscriptions" in r["path"]]
        self.assertEqual(len([one for one in asked if one.endswith(subs)]), len(under) + 1, asked)
        # Who uses none is asked once.
        self.serve("--azure-subscriptions", "1", "--azure-count", "Microsoft.EventGrid/topics=0")
        snapshot, _ = self.scan("--resource-type", self.TYPE)
        self.assertEqual((snapshot["resources"], self.rows(snapshot)), ([], []))
        self.assertEqual(len([r for r in self.asked if "/eventSubscriptions" in r["path"]]), 1)

    def test_what_partners_and_namespaces_have(self):
        grid = "/subscriptions/s/resourcegroups/g/providers/microsoft.eventgrid/"
        partner, space, channels = grid + "partnertopics/p", grid + "namespaces/n", grid + "partnernamespaces/q"
        secret = {"destination": {"properties": {"endpointUrl": "https://h.example/?code=planted"}}}
        lists = {
            "Microsoft.EventGrid/partnerTopics": [partner], "Microsoft.EventGrid/namespaces": [space],
            "Microsoft.EventGrid/partnerNamespaces": [channels], space + "/topics": [space + "/topics/t"],
            partner + "/eventSubscriptions": [(partner + "/eventsubscriptions/e", secret)],
            space + "/topics/t/eventSubscriptions": [(space + "/topics/t/eventsubscriptions/e", {
                "deliveryConfiguration": {"push": secret}})], channels + "/channels": [channels + "/channels/c"]}
        children = ("clients", "clientGroups", "topicSpaces", "permissionBindings", "caCertificates")
        lists.update({"%s/%s" % (space, kind): ["%s/%s/x" % (space, kind)] for kind in children})
        lists["/resources"] = [partner, space, channels]
        self.serve_scenario(self.answers(lists))
        snapshot, _ = self.scan("--azure-source", "arm", "--resource-type", "Microsoft.EventGrid/*/*")
        self.assertEqual({(r["type"], r["id"]) for r in snapshot["resources"]}, {
            ("azurerm_eventgrid_namespace_topic", space + "/topics/t"),
            ("Microsoft.EventGrid/partnerTopics/eventSubscriptions", partner + "/eventsubscriptions/e"),
            ("Microsoft.EventGrid/namespaces/topics/eventSubscriptions", space + "/topics/t/eventsubscriptions/e"),
            ("Microsoft.EventGrid/partnerNamespaces/channels", channels + "/channels/c"),
            *(("Microsoft.EventGrid/namespaces/" + kind, ("%s/%s/x" % (space, kind)).lower()) for kind in children)})
        self.assertNotIn("planted", json.dumps(snapshot))
        self.assertEqual(self.rows(snapshot), [])

    def test_topics_that_resource_graph_lists_are_asked_for_theirs(self):
        self.serve("--azure-subscriptions", "2")
        snapshot, _ = self.scan("--resource-type", self.TYPE)
        topics = 2 * self.counts["types"]["Microsoft.EventGrid/topics"]["total"]
        self.assertEqual(len({r["path"] for r in self.asked if "/topics/" in r["path"]}), topics)
        self.assertGreater(topics, 0)
        self.assertEqual(self.rows(snapshot), [])


class Access(AzureTest):
    def test_validate(self):
        self.serve("--azure-subscriptions", "2")
        result = self.wgo("validate", "--provider", "azure", env=self.env())
        self.assert_code(result, 0)
        for text in (APP, self.counts["tenant"], "2 subscriptions can be seen", "Resource Graph answers", "until"):
            self.assertIn(text, result.out + result.err)
        result = self.wgo("validate", "--provider", "azure", env=self.env(AZURE_CLIENT_SECRET="old-secret"))
        self.assert_code(result, 4)
        # The check of a login says once which one it is about, and a scan that fails says it too.
        self.assertIn("azure: service principal %s (secret): the client secret has expired" % APP, result.out)
        _, result = self.scan(code=4, AZURE_CLIENT_SECRET="old-secret")
        self.assertIn("credentials of service principal %s (secret): the client secret has expired" % APP, result.err)

    def test_a_wrong_secret_ends_the_scan(self):
        self.serve("--azure-subscriptions", "1")
        _, result = self.scan(code=4, AZURE_CLIENT_SECRET="wrong")
        self.assertIn("the client secret is wrong", result.err)
        self.assertNotIn("secret=wrong", result.err)

    def test_federated_token_and_managed_identity(self):
        self.serve("--azure-subscriptions", "1")
        identity = "http://127.0.0.1:%d" % self.cloud.port
        snapshot, _ = self.scan("--azure-source", "graph", AZURE_CLIENT_SECRET=None, AZURE_CLIENT_ID=None,
                                AZURE_POD_IDENTITY_AUTHORITY_HOST=identity)
        self.assertGreater(len(snapshot["resources"]), 100)
        snapshot, _ = self.scan("--azure-source", "graph", AZURE_CLIENT_SECRET=None, AZURE_CLIENT_ID=None,
                                IDENTITY_ENDPOINT=identity + "/azure/msi/token", IDENTITY_HEADER="fake-identity-header")
        self.assertGreater(len(snapshot["resources"]), 100)

    def test_permissions(self):
        self.serve("--azure-subscriptions", "1")
        result = self.wgo("permissions", "azure", "--resource-type", "azurerm_managed_disk")
        self.assert_code(result, 0)
        role = json.loads(result.out)
        self.assertIn("Microsoft.Compute/disks/read", role["Actions"])
        self.assertEqual(role["Actions"], sorted(role["Actions"], key=str.lower))
        self.assertEqual({"Name", "Description", "Actions", "AssignableScopes"}, set(role))
        self.assertNotIn("Microsoft.Web/sites/read", role["Actions"])
        for action in role["Actions"]:
            self.assertRegex(action, re.compile(r"^[\w.*]+(/[\w.*-]+)+$"))


class NoLists(AzureTest):
    """Answers of 200 that hold no list: none of them is an empty one."""
    def asked_disks(self, value, code=3, **more):
        self.serve_scenario({"faults": [{"kind": "status", "status": 200, "value": value, "operation": "list disks",
                                         **more}]},
                            "--azure-subscriptions", "1", "--azure-count", "Microsoft.Compute/disks=45", "--azure-page-size", "20")
        snapshot, _ = self.scan("--azure-source", "arm", "--resource-type", "azurerm_managed_disk", "--resource-type",
                                "azurerm_subscription", code=code)
        self.assertTrue([r for r in self.asked if r["fault"]], self.asked)
        return {row["status"]: row for row in self.rows(snapshot, "skipped")}

    def test_an_error_means_what_it_does_with_its_own_status(self):
        rows = self.asked_disks('{"error":{"code":"AuthorizationFailed","message":"no action"}}')
        self.assertEqual(list(rows), ["denied"], rows)
        self.assertIn("AuthorizationFailed: no action", rows["denied"]["error"])
        rows = self.asked_disks('{"error":{"code":"Whatever","message":"out of order"}}')
        self.assertEqual(list(rows), ["error"], rows)
        self.assertIn("Whatever: out of order", rows["error"]["error"])

    def test_one_that_passes_is_waited_out(self):
        self.assertEqual(self.asked_disks('{"error":{"code":"ServerBusy","message":"later"}}', code=0, nth=1), {})

    def test_a_list_that_is_missing(self):
        for value in ("{}", '{"values":[]}'):
            rows = self.asked_disks(value)
            self.assertIn('the answer has no list at \\"value\\"', json.dumps(rows["error"]))

    def test_on_a_later_page(self):
        for value in ('{"error":{"code":"AuthorizationFailed"}}', "{}"):
            rows = self.asked_disks(value, nth=2)
            self.assertEqual([row["count"] for row in rows.values()], [20], rows)

    def test_an_empty_list_is_one(self):
        self.assertEqual(self.asked_disks('{"value":[]}', code=0), {})

    def test_of_subscriptions_and_of_the_graph(self):
        for operation in ("list subscriptions", "query"):
            self.serve_scenario({"faults": [{"kind": "status", "status": 200, "operation": operation,
                                             "value": '{"error":{"code":"Whatever"}}'}]}, "--azure-subscriptions", "1")
            self.scan("--azure-source", "graph", code=1 if "list" in operation else 3)


class Tokens(AzureTest):
    def test_tokens_that_end_during_a_scan_are_renewed(self):
        self.serve("--azure-subscriptions", "1", "--azure-token-ttl-s", "2", "--azure-verify", "--latency-ms", "40")
        snapshot, _ = self.scan("--azure-source", "arm", "--resource-type", "azurerm_managed_disk",
                                "--resource-type", "azurerm_storage_account", "--resource-type", "azurerm_key_vault")
        self.assertEqual(self.rows(snapshot, "skipped"), [])
        self.assertTrue(os.path.exists(self.path("out.json")))

    def token(self, app, secret):
        form = {"grant_type": "client_credentials", "client_id": app, "client_secret": secret,
                "scope": "https://management.azure.com/.default"}
        url = "http://127.0.0.1:%d/azure/login/%s/oauth2/v2.0/token" % (self.cloud.port, self.counts["tenant"])
        with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
            return json.load(answer)["access_token"]

    def test_what_was_read_with_another_login_is_asked_for(self):
        self.serve("--azure-subscriptions", "1")
        reader, other = (APP, "fake-secret"), (APP[:-1] + "2", "other-secret")
        self.write("bin/az", "#!/bin/sh\nexec cat %s\n" % self.path("token"))
        os.chmod(self.path("bin/az"), 0o755)
        self.write("az/azureProfile.json", json.dumps({"subscriptions": [{"id": "x"}]}))
        found = []
        for app in (reader, reader, other, reader):
            self.write("token", json.dumps({"accessToken": self.token(*app), "expires_on": 4000000000,
                                            "tenant": self.counts["tenant"], "tokenType": "Bearer"}))
            self.scan("--azure-source", "arm", "--resource-type", "azurerm_managed_disk", "--max-age", "1h",
                      PATH=self.path("bin") + ":" + os.environ["PATH"], AZURE_CLIENT_ID="",
                      AZURE_CLIENT_SECRET="", AZURE_TENANT_ID="", AZURE_CONFIG_DIR=self.path("az"))
            found.append(self.operations()["list disks"])
        self.assertEqual(found, [1, 0, 1, 0])


if __name__ == "__main__":
    main()
