"""What Resource Manager and Resource Graph list: Microsoft's clients and plain HTTP count the same."""
import json

from checks.azure_client import Azure, BEARER, GRAPH, error_of, needs_azure
from checks.harness import test

try:
    from checks.azure_client import QueryRequest, QueryRequestOptions
except ImportError:
    pass


@needs_azure
def azure_mgmt_resource_counts_the_same():
    with Azure("--azure-objects", "300", "--azure-page-size", "70") as cloud:
        declared = cloud.declared()
        for subscription in declared["subscriptions"]:
            client = cloud.resources(subscription)
            resources = list(client.resources.list(expand="createdTime,changedTime"))
            groups = list(client.resource_groups.list())
            providers = list(client.providers.list())
            types = declared["types"]
            tracked = {k.lower(): v["total"] for k, v in types.items() if v["table"] == "resources"}
            seen = {}
            for r in resources:
                seen[r.type.lower()] = seen.get(r.type.lower(), 0) + 1
            assert seen == {k: v for k, v in tracked.items() if v}, (seen, tracked)
            assert len(resources) == len({r.id.lower() for r in resources}) == 300
            assert len(groups) == types["Microsoft.Resources/resourceGroups"]["total"]
            assert len(providers) > 200 and all(p.registration_state == "Registered"
                                                for p in providers)
            in_groups = [r.id for g in groups for r in client.resources.list_by_resource_group(
                g.name)]
            assert sorted(in_groups) == sorted(r.id for r in resources)
            one = client.providers.get("Microsoft.Network")
            assert "virtualNetworks" in [t.resource_type for t in one.resource_types]
            disk = [r for r in resources if r.type == "Microsoft.Compute/disks"][0]
            whole = client.resources.get_by_id(disk.id, api_version="2023-01-02")
            assert whole.id == disk.id and whole.properties["provisioningState"] == "Succeeded"
            assert disk.properties is None and whole.sku.name == disk.sku.name


@needs_azure
def azure_mgmt_resourcegraph_counts_the_same():
    with Azure("--azure-subscriptions", "4", "--azure-objects", "700") as cloud:
        declared = cloud.declared()
        client = cloud.graph()
        for table, counts in declared["tables"].items():
            wanted = counts["per_subscription"] * 4
            rows, token = [], None
            while True:
                page = client.resources(QueryRequest(
                    subscriptions=declared["subscriptions"], query=f"{table} | order by id asc",
                    options=QueryRequestOptions(top=1000, skip_token=token,
                                                result_format="objectArray")))
                rows += page.data
                token = page.skip_token
                if token is None:
                    break
            assert len(rows) == page.total_records == wanted, (table, len(rows), wanted)
            ids = [r["id"].lower() for r in rows]
            assert ids == sorted(ids) and len(set(ids)) == wanted
            summary = client.resources(QueryRequest(
                subscriptions=declared["subscriptions"],
                query=f"{table} | summarize count() by type")).data
            by_type = {}
            for t in declared["types"].values():
                if t["table"] == table and t["scope"] != "tenant" and t["total"]:
                    by_type[t["graph_type"]] = t["total"] * 4
            assert {r["type"]: r["count_"] for r in summary} == by_type


def place_of(cloud, name, declared, ids):
    """Where a type is listed: its own subscription, or the first parent's path."""
    subscription = declared["subscriptions"][0]
    t = declared["types"][name]
    if t["scope"] == "child":
        return f"{ids[t['parent']][0]}/{name.rsplit('/', 1)[1]}", t["count"]
    if t["scope"] == "extension":
        return f"{ids[t['parent']][0]}/providers/{name}", t["count"]
    if name == "Microsoft.Resources/resourceGroups":
        return f"/subscriptions/{subscription}/resourcegroups", t["total"]
    if name == "Microsoft.Network/virtualNetworkGateways":
        group = ids["Microsoft.Resources/resourceGroups"][0]
        return f"{group}/providers/{name}", None
    return f"/subscriptions/{subscription}/providers/{name}", t["total"]


@test
def every_azure_type_is_listed_and_got():
    with Azure("--azure-page-size", "7") as cloud:
        declared = cloud.declared()
        versions = cloud.versions(declared["subscriptions"][0])
        ids = {}
        for name, t in sorted(declared["types"].items(),
                              key=lambda kv: (kv[0] != "Microsoft.Resources/resourceGroups",
                                              kv[0].count("/"), kv[1]["scope"] == "extension")):
            if t["scope"] == "tenant" or name == "Microsoft.Resources/subscriptions":
                continue
            path, wanted = place_of(cloud, name, declared, ids)
            items, pages = cloud.pages(path, versions[name])
            assert wanted is None or len(items) == wanted, (name, len(items), wanted)
            assert pages == max(1, -(-len(items) // 7)), (name, pages, len(items))
            assert len({i["id"].lower() for i in items}) == len(items)
            ids[name] = [i["id"] for i in items]
            for item in items[:2] + items[-1:]:
                got = cloud.arm(item["id"], versions[name])
                assert got.status == 200 and got.json() == item, (name, got.body[:300])
                assert item["type"].lower() == name.lower() and item["id"].endswith(item["name"])
                if "etag" in item:
                    assert got.headers["ETag"] == item["etag"], item["etag"]
                lower = cloud.arm(item["id"].lower(), versions[name])
                assert lower.json() == item
        assert len(ids) == len(declared["types"]) - 2


@test
def graph_rows_are_what_resource_manager_says():
    with Azure("--azure-subscriptions", "2") as cloud:
        declared = cloud.declared()
        versions = cloud.versions(declared["subscriptions"][0])
        rows, _ = cloud.rows("resources | order by id asc")
        assert len(rows) == 2 * declared["tables"]["resources"]["per_subscription"]
        names = {t["graph_type"]: n for n, t in declared["types"].items()}
        for row in rows[::9]:
            item = cloud.arm(row["id"], versions[names[row["type"]]]).json()
            assert row["properties"] == item.get("properties"), row["id"]
            assert row["tags"] == item.get("tags") and row["sku"] == item.get("sku")
            assert row["kind"] == item.get("kind", "") and row["zones"] == item.get("zones")
            assert row["location"] == item.get("location", "").lower().replace(" ", "")
            assert row["resourceGroup"] == row["id"].split("/")[4].lower()
            assert row["subscriptionId"] == row["id"].split("/")[2]
            assert row["tenantId"] == declared["tenant"]
        containers, _ = cloud.rows("ResourceContainers")
        kinds = [r["type"] for r in containers]
        assert kinds.count("microsoft.management/managementgroups") == declared["management_groups"]
        assert kinds.count("microsoft.resources/subscriptions") == 2
        named, _ = cloud.rows("ResourceContainers", subscriptions=declared["subscriptions"][:1])
        assert {r["subscriptionId"] for r in named} == {declared["subscriptions"][0]}


@test
def graph_queries_filter_project_and_page():
    with Azure() as cloud:
        total = cloud.declared()["types"]
        disks = total["Microsoft.Compute/disks"]["total"] * 3
        vms = total["Microsoft.Compute/virtualMachines"]["total"] * 3
        for text, wanted in [
                ("resources | where type =~ 'Microsoft.Compute/disks'", disks),
                ("Resources | where type == 'Microsoft.Compute/disks'", 0),
                ("resources | where type in~ ('Microsoft.Compute/disks', "
                 "'microsoft.compute/virtualmachines') | project id, type", disks + vms),
                ("resources | where type has 'compute/disks' or type endswith '/virtualmachines'",
                 disks + vms),
                ("resources | where not(type !~ 'microsoft.compute/disks')", disks),
                ("resources | where type =~ 'microsoft.compute/disks' and name == 'disk-00003'", 3),
                ("resources | where tolower(id) contains '/disk-00003'", 3),
                ("resources | where type startswith 'microsoft.compute/d' | where isempty(kind) | "
                 "project-away properties, tags", disks + 3),
                ("resourcecontainers | union kind=outer (resources | where type =~ "
                 "'microsoft.compute/disks')", disks + 5 + 3 * 7),
                ("networkresources | union (networkresources | where type has 'nothing')", 9)]:
            rows, pages = cloud.rows(text, top=20)
            assert len(rows) == wanted == len({r["id"] for r in rows}), (text, len(rows), wanted)
            assert pages == max(1, -(-wanted // 20))
        up, _ = cloud.rows("resources | order by id asc | project id")
        down, _ = cloud.rows("resources | sort by id desc | project id", top=33)
        assert up == down[::-1] and set(up[0]) == {"id"}
        both, _ = cloud.rows("Resources | union ResourceContainers | order by id asc", top=90)
        ids = [r["id"].lower() for r in both]
        assert ids == sorted(ids) and len(ids) == len(up) + 5 + 3 * 7
        assert len(cloud.rows("resources | take 7")[0]) == 7
        renamed, _ = cloud.rows("resources | project id, t = type | limit 1")
        assert set(renamed[0]) == {"id", "t"}
        page = cloud.query("resources | project name", options={"$top": 5}).json()
        assert page["resultTruncated"] == "true" and "$skipToken" not in page
        table = cloud.query("resources | project id, tags | take 2",
                            options={"resultFormat": "table"}).json()["data"]
        assert [c["name"] for c in table["columns"]] == ["id", "tags"] and len(table["rows"]) == 2
        assert cloud.query("resources | count").json()["data"] == [
            {"Count": cloud.declared()["tables"]["resources"]["per_subscription"] * 3}]


@test
def graph_refuses_what_it_does_not_understand():
    with Azure("--azure-graph-truncate") as cloud:
        for text, code in [("foo | take 1", "DisallowedLogicalTableName"),
                           ("resources | extend a = 1", "Default"),
                           ("resources | extend a = tostring(b)", "Default"),
                           ("resourcechanges | where todatetime(name) > datetime(soon)",
                            "ParserFailure"),
                           ("resources | where", "Default"),
                           ("resources | where foo == 'x'", "Default"),
                           ("resources | where type == 'x", "ParserFailure"),
                           ("resources | union policyresources", "Default"),
                           ("| take 1", "ParserFailure")]:
            answer = cloud.query(text)
            assert answer.status == 400 and error_of(answer)[0] == "BadRequest", answer.body
            assert error_of(answer)[1] == ["InvalidQuery", code], (text, answer.body)
        for body, code in [({"options": {"$top": 1001}}, "InvalidTop"),
                           ({"options": {"$skipToken": "bm8="}}, "InvalidSkipToken"),
                           ({"subscriptions": ["x"]}, "SubscriptionsContainInvalidGuids"),
                           ({"subscriptions": ["a0000000-0000-4000-a000-000000000009"]},
                            "NoValidSubscriptionsInQueryRequest")]:
            answer = cloud.query("resources", **body)
            assert answer.status == 400 and error_of(answer)[1] == [code], answer.body
        page = cloud.query("resources", options={"$top": 10}).json()
        assert page["resultTruncated"] == "true" and "$skipToken" not in page
        assert page["count"] == 10 < page["totalRecords"]


@test
def azure_groups_form_a_tree():
    tenant = "b0000000-0000-4000-a000-000000000007"
    with Azure("--azure-subscriptions", "9", "--azure-management-groups", "5", "--azure-tenant",
               tenant, azure={"disabled": 2}) as cloud:
        declared = cloud.declared()
        assert declared["tenant"] == tenant
        root = "/providers/Microsoft.Management/managementGroups/" + declared["tenant"]
        groups, _ = cloud.pages("/providers/Microsoft.Management/managementGroups", "2020-05-01")
        assert len(groups) == 6 and groups[0]["id"] == root
        below, _ = cloud.pages(root + "/descendants?$top=4", "2020-05-01")
        assert len(below) == 5 + 9 == len({b["id"] for b in below})
        tree = cloud.arm(root + "?$expand=children&$recurse=true", "2020-05-01").json()
        found = []

        def walk(node):
            for child in node.get("children") or []:
                found.append(child["id"])
                walk(child)
        walk(tree["properties"])
        assert sorted(found) == sorted(b["id"] for b in below)
        parents = {b["id"]: b["properties"]["parent"]["id"] for b in below}
        for group in groups[1:]:
            own = cloud.arm(group["id"], "2020-05-01").json()["properties"]
            assert own["details"]["parent"]["id"] == parents[group["id"]]
            asked, _ = cloud.rows("resourcecontainers | where type =~ "
                                  "'microsoft.resources/subscriptions'",
                                  managementGroups=[group["name"]])
            under, _ = cloud.pages(group["id"] + "/descendants", "2020-05-01")
            assert {"/subscriptions/" + r["subscriptionId"] for r in asked} == {
                u["id"] for u in under if u["type"] == "/subscriptions"}
        entities = cloud.arm("/providers/Microsoft.Management/getEntities", "2020-05-01",
                             method="POST").json()["value"]
        assert len(entities) == 6 + 9
        subscriptions, _ = cloud.pages("/subscriptions", "2022-12-01")
        assert [s["subscriptionId"] for s in subscriptions] == declared["subscriptions"]
        assert [s["state"] for s in subscriptions] == ["Enabled"] * 7 + ["Disabled"] * 2
        tenants, _ = cloud.pages("/tenants", "2022-12-01")
        assert [t["tenantId"] for t in tenants] == [declared["tenant"]]


@test
def azure_says_what_is_wrong():
    unregistered = {"azure": {"unregistered": {"2": "Microsoft.Network,Microsoft.Kusto"}}}
    with Azure(**unregistered) as cloud:
        declared = cloud.declared()
        first, second = declared["subscriptions"][:2]
        vm = f"/subscriptions/{first}/resourceGroups/rg-00000/providers/Microsoft.Compute/"
        for path, version, status, code in [
                (f"/subscriptions/{first}/resourcegroups", "", 400, "MissingApiVersionParameter"),
                (f"/subscriptions/{first}/resourcegroups", "1999-01-01", 400,
                 "InvalidApiVersionParameter"),
                (vm + "virtualMachines/none", "1999-01-01", 400, "NoRegisteredProviderFound"),
                (vm + "virtualMachines/none", "2023-03-01", 404, "ResourceNotFound"),
                (vm + "virtualMachines/none/extensions", "2023-03-01", 404,
                 "ParentResourceNotFound"),
                (vm + "spaceships", "2023-03-01", 404, "InvalidResourceType"),
                (vm.replace("rg-00000", "rg") + "virtualMachines/x", "2023-03-01", 404,
                 "ResourceGroupNotFound"),
                (f"/subscriptions/{first}/providers/Contoso.Compute/x", "2023-03-01", 404,
                 "InvalidResourceNamespace"),
                ("/subscriptions/a0000000-0000-4000-a000-000000000009", "2022-12-01", 404,
                 "SubscriptionNotFound"),
                (f"/subscriptions/{first}/providers/Microsoft.Network/virtualNetworkGateways",
                 "2023-09-01", 404, "InvalidResourceType"),
                (f"/subscriptions/{second}/providers/Microsoft.Network/virtualNetworks",
                 "2023-05-01", 409, "MissingSubscriptionRegistration"),
                (f"/subscriptions/{first}/resources?$filter=foo%20eq%20'x'", "2021-04-01", 400,
                 "InvalidFilterInQueryString"),
                (f"/subscriptions/{first}/resources?$skiptoken=bm8", "2021-04-01", 400,
                 "InvalidSkipToken")]:
            answer = cloud.arm(path, version)
            assert (answer.status, error_of(answer)[0]) == (status, code), (path, answer.body[:300])
        for path, version in [("Microsoft.Network/virtualWans", "2024-05-01"),
                              ("Microsoft.Compute/disks", "2099-01-01"),
                              ("NewRelic.Observability/monitors", "2024-01-01")]:
            assert cloud.arm(f"/subscriptions/{first}/providers/{path}", version).status == 200
        account = cloud.pages(f"/subscriptions/{first}/providers/Microsoft.Storage/storageAccounts",
                              "2023-01-01")[0][0]["id"]
        assert cloud.arm(account + "/fileServices/default/shares", "2023-01-01").json() == {
            "value": []}
        assert cloud.arm(account + "/fileServices/other/shares", "2023-01-01").status == 404
        providers, _ = cloud.pages(f"/subscriptions/{second}/providers", "2021-04-01")
        assert {p["namespace"] for p in providers if p["registrationState"] == "NotRegistered"} == \
            {"Microsoft.Network", "Microsoft.Kusto"}
        assert declared["unregistered"] == {second: ["Microsoft.Network", "Microsoft.Kusto"]}
        rows, _ = cloud.rows("resources", subscriptions=[second])
        items, _ = cloud.pages(f"/subscriptions/{second}/resources", "2021-04-01")
        assert {r["id"] for r in rows} == {i["id"] for i in items}
        assert not [r for r in rows if r["type"].startswith("microsoft.network/")]
        filtered, _ = cloud.pages(f"/subscriptions/{first}/resources?$filter=resourceType%20eq%20"
                                  "'Microsoft.Compute/disks'&$expand=provisioningState&$top=4",
                                  "2021-04-01")
        assert len(filtered) == declared["types"]["Microsoft.Compute/disks"]["total"]
        assert all(i["provisioningState"] == "Succeeded" for i in filtered)
        site = cloud.pages(f"/subscriptions/{first}/providers/Microsoft.Web/sites",
                           "2023-12-01")[0][0]
        secrets = cloud.arm(site["id"] + "/config/appsettings/list", "2023-12-01", method="POST")
        assert "DB_PASSWORD" in secrets.json()["properties"], secrets.body
        assert cloud.arm(site["id"], "2023-12-01", method="DELETE").status == 405


@test
def azure_denies_by_action_and_scope():
    with Azure() as cloud:
        subscriptions = cloud.declared()["subscriptions"]
    denials = [{"action": "Microsoft.Compute/disks/read"},
               {"action": "*/read", "scope": "/subscriptions/" + subscriptions[1]},
               {"action": "Microsoft.KeyVault/*", "user": "nobody"}]
    with Azure(azure={"denials": denials}) as cloud:
        answer = cloud.arm(f"/subscriptions/{subscriptions[0]}/providers/Microsoft.Compute/disks",
                           "2023-01-02")
        assert answer.status == 403 and error_of(answer)[0] == "AuthorizationFailed"
        message = answer.json()["error"]["message"]
        assert f"over scope '/subscriptions/{subscriptions[0]}'" in message
        seen, _ = cloud.pages("/subscriptions", "2022-12-01")
        assert [s["subscriptionId"] for s in seen] == [subscriptions[0], subscriptions[2]]
        assert cloud.arm(f"/subscriptions/{subscriptions[1]}/resourcegroups",
                         "2021-04-01").status == 403
        rows, _ = cloud.rows("resources")
        assert {r["subscriptionId"] for r in rows} == {subscriptions[0], subscriptions[2]}
        assert not [r for r in rows if r["type"] == "microsoft.compute/disks"]
        assert [r for r in rows if r["type"] == "microsoft.keyvault/vaults"]
        none = cloud.query("resources", subscriptions=[subscriptions[1]])
        assert none.status == 400 and error_of(none)[1] == ["NoValidSubscriptionsInQueryRequest"]


@test
def a_hundred_thousand_azure_resources():
    with Azure("--azure-subscriptions", "100", "--azure-objects", "1000") as cloud:
        ids, pages, token = set(), 0, None
        while pages == 0 or token:  # No page is kept: a child's peak of memory begins with ours.
            options = {"$skipToken": token} if token else {}
            page = cloud.query("resources | order by id asc", options=options).json()
            assert page["totalRecords"] == 100000 and all(r["properties"] for r in page["data"])
            ids.update(r["id"] for r in page["data"])
            token = page.get("$skipToken")
            pages += 1
        assert pages == 100 and len(ids) == 100000
        assert cloud.get("/_fakecloud/stats")["max_rss_kb"] < 400000  # Sanitizers included.


@test
def azure_answers_bend_under_faults():
    faults = [{"kind": "repeat_token", "operation": "query", "nth": 2},
              {"kind": "empty_page", "operation": "list disks", "nth": 2},
              {"kind": "expired", "operation": "list networkInterfaces", "nth": 2},
              {"kind": "status", "status": 429, "service": "Microsoft.KeyVault",
               "retry_after_s": 7}]
    with Azure("--azure-page-size", "5", faults=faults) as cloud:
        subscription = cloud.declared()["subscriptions"][0]
        first = cloud.query("resources").json()
        second = cloud.query("resources", options={"$skipToken": first["$skipToken"]}).json()
        assert second["$skipToken"] == first["$skipToken"]
        at = f"/subscriptions/{subscription}/providers/"
        disks, pages = cloud.pages(at + "Microsoft.Compute/disks", "2023-01-02")
        assert len(disks) == cloud.declared()["types"]["Microsoft.Compute/disks"]["total"]
        assert pages == -(-len(disks) // 5) + 1
        page = cloud.arm(at + "Microsoft.Network/networkInterfaces", "2023-05-01").json()
        answer = cloud.arm(page["nextLink"][len(cloud.base + "/azure/arm"):])
        assert answer.status == 400 and error_of(answer)[0] == "InvalidSkipToken"
        answer = cloud.arm(at + "Microsoft.KeyVault/vaults", "2023-07-01")
        assert answer.status == 429 and answer.headers["Retry-After"] == "7"
        lines = [line for line in cloud.log() if line.get("operation") == "list disks"]
        assert lines[0]["account"] == subscription and lines[0]["service"] == "Microsoft.Compute"
        assert lines[0]["page_token"] is None and lines[1]["page_token"]


@test
def touched_azure_objects_look_changed():
    def read(*flags):
        with Azure("--azure-subscriptions", "1", *flags) as cloud:
            subscription = cloud.declared()["subscriptions"][0]
            brief, _ = cloud.pages(f"/subscriptions/{subscription}/resources?$expand=changedTime",
                                   "2021-04-01")
            whole, _ = cloud.pages(f"/subscriptions/{subscription}/providers/Microsoft.Network/"
                                   "networkInterfaces", "2023-05-01")
            return ({b["id"]: b["changedTime"] for b in brief},
                    {w["id"]: (w["etag"], json.dumps(w["tags"])) for w in whole})

    times, etags = read()
    assert (times, etags) == read()
    later, other = read("--azure-touched", "Microsoft.Network/networkInterfaces=3")
    assert sorted(later) == sorted(times)
    changed = [i for i in times if times[i] != later[i]]
    assert len(changed) == 3 and all("networkInterfaces" in i for i in changed)
    assert all(later[i] > times[i] for i in changed)
    assert [i for i in etags if etags[i][0] != other[i][0]] == sorted(changed)
    assert all(other[i][1] == '{"revision": "2"}' for i in changed)


@test
def any_number_of_azure_resources():
    for objects in (0, 1, 7, 866, 1632):
        with Azure("--azure-subscriptions", "1", "--azure-objects", str(objects),
                   "--azure-bare", "Microsoft.Compute/disks=5") as cloud:
            rows, _ = cloud.rows("resources")
            assert len(rows) == objects == cloud.declared()["tables"]["resources"][
                "per_subscription"]
            bare = [r["type"] for r in rows if r["properties"] is None]
            assert bare == ["microsoft.compute/disks"] * min(5, len(bare))
            assert len(bare) == 5 or objects < 100
    counts = {"*": 0, "Microsoft.Compute/virtualMachines": 3,
              "Microsoft.Resources/resourceGroups": 2}
    with Azure(azure={"counts": counts}) as cloud:
        rows, _ = cloud.rows("resources")
        assert len(rows) == 9 and rows[0]["properties"]["storageProfile"]["osDisk"]["managedDisk"]
        for table in ("authorizationresources", "securityresources", "healthresources"):
            assert cloud.rows(table) == ([], 1)


@test
def strange_azure_requests_do_no_harm():
    paths = ["", "/", "//", "/subscriptions/", "/subscriptions//providers", "/providers/",
             "/providers/Microsoft.Compute", "/subscriptions/%00/resourcegroups",
             "/providers/Microsoft.Management/managementGroups/x/descendants",
             "/subscriptions/{sub}/providers/Microsoft.Compute/virtualMachines/" + "x" * 3000,
             "/subscriptions/{sub}/providers/providers/providers", "/subscriptions/{sub}/x/y/z",
             "/subscriptions/{sub}/resourceGroups/rg-00000/providers/Microsoft.Compute/disks/"
             "disk-00000/providers/Microsoft.Compute/disks/disk-00000",
             "/subscriptions/{sub}/resources?$top=-1&$skiptoken=AAAA&$filter='",
             "/subscriptions/{sub}/resources?$filter=name%20eq%20'" + "y" * 400 + "'"]
    bodies = ["", "[]", "{", '{"query": 5}', '{"query": ""}', '{"query": "resources", "options": 3}',
              '{"query": "resources", "subscriptions": [null]}',
              '{"query": "resources | where type in~ ('"'x',"' "}',
              '{"query": "resources ' + "| take 1 " * 200 + '"}',
              '{"query": "resources | project ' + "id," * 40 + 'id"}',
              '{"query": "resources | where ' + "(" * 2000 + '"}',
              '{"query": "a | union b | union c | union d | union e"}']
    with Azure() as cloud:
        sub = cloud.declared()["subscriptions"][0]
        for path in paths:
            for method in ("GET", "POST", "PUT", "HEAD"):
                answer = cloud.arm(path.format(sub=sub), "2021-04-01", method=method)
                assert 200 <= answer.status < 500, (method, path, answer.status)
        for body in bodies:
            answer = cloud.ask(GRAPH, "POST", BEARER, body)
            assert answer.status in (200, 400), (body, answer.status)
            assert answer.json()
        for body in ["", "=&=&&", "grant_type", "grant_type=client_credentials&client_id=%zz",
                     "client_assertion=" + "." * 50]:
            answer = cloud.ask("/azure/login/x/oauth2/v2.0/token", "POST", None, body)
            assert answer.status == 400 and answer.json()["error_codes"] == [90002]
            answer = cloud.ask(f"/azure/login/{cloud.declared()['tenant']}/oauth2/v2.0/token",
                               "POST", None, body)
            assert answer.status in (400, 401) and answer.json()["error_codes"]
