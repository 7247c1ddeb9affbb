"""Power BI's workspaces, scans, activity events and places: shapes, references, what changes."""
import json

from checks.harness import test
from checks.powerbi_client import ADMIN, ALL, BEARER, PowerBI, ago, code_of, day

ITEMS = ("reports", "dashboards", "datasets", "dataflows", "datamarts")


def batches(ids):
    return [ids[i:i + 100] for i in range(0, len(ids), 100)]


def scan_all(cloud, ids, **flags):
    """The workspaces and the instances of scans over all ids."""
    workspaces, instances, bad = [], {}, {}
    for batch in batches(ids):
        result = cloud.scan(batch, **flags)
        assert [w["id"] for w in result["workspaces"]] == batch
        workspaces += result["workspaces"]
        for key, into in [("datasourceInstances", instances),
                          ("misconfiguredDatasourceInstances", bad)]:
            found = [s["datasourceId"] for s in result.get(key, [])]
            assert len(found) == len(set(found)), "an instance stands there twice"
            into.update((s["datasourceId"], s) for s in result.get(key, []))
    return workspaces, instances, bad


def used(workspaces, key):
    return {u["datasourceInstanceId"] for w in workspaces for kind in ITEMS for i in w[kind]
            for u in i.get(key, [])}


@test
def powerbi_lists_modified_workspaces():
    with PowerBI("--powerbi-workspaces", "300", "--powerbi-personal", "40",
                 "--powerbi-modified", "25") as cloud:
        counts = cloud.counted()
        every = cloud.modified()
        assert len(every) == len(set(every)) == 340
        no_personal = cloud.modified(excludePersonalWorkspaces="True")
        assert len(no_personal) == 300 and set(no_personal) < set(every)
        active = cloud.modified(excludeInActiveWorkspaces="true")
        assert len(active) == 340 - counts["inactive"] < 340
        for since in (ago(minutes=31), ago(hours=5), ago(days=29)):
            changed = cloud.modified(modifiedSince=since)
            assert len(changed) == counts["modified"] == 25 and set(changed) < set(active)
        both = cloud.modified(modifiedSince=ago(hours=1), excludePersonalWorkspaces="true")
        assert set(both) == set(changed) & set(no_personal)
        for since in (ago(minutes=29), ago(days=31), ago(days=-1), "yesterday", ""):
            answer = cloud.admin("workspaces/modified", modifiedSince=since)
            assert answer.status == 400 and code_of(answer) == "InvalidRequest", since
        assert cloud.admin("workspaces/modified", excludePersonalWorkspaces="2").status == 400
        assert cloud.ask("/powerbi" + ADMIN + "workspaces/modified",
                         headers=BEARER).json() == [{"id": i} for i in every]
    with PowerBI("--powerbi-workspaces", "300", "--powerbi-personal", "40",
                 "--powerbi-modified", "25", "--powerbi-spelling", "old") as cloud:
        assert [w["Id"] for w in cloud.admin("workspaces/modified").json()] == every


@test
def powerbi_scans_have_what_was_asked_for():
    with PowerBI("--powerbi-workspaces", "230", "--powerbi-personal", "20",
                 "--powerbi-scan-seconds", "0") as cloud:
        counts = cloud.counted()
        ids = cloud.modified()
        workspaces, instances, bad = scan_all(cloud, ids, **ALL)
        for kind in ITEMS:
            found = [i.get("id") or i["objectId"] for w in workspaces for i in w[kind]]
            assert len(found) == len(set(found)) == counts[kind] > 0, kind
        datasets = {d["id"]: d for w in workspaces for d in w["datasets"]}
        flows = {f["objectId"] for w in workspaces for f in w["dataflows"]}
        capacities = {c["id"] for c in cloud.admin("capacities").json()["value"]}
        assert used(workspaces, "datasourceUsages") == set(instances)
        assert used(workspaces, "misconfiguredDatasourceUsages") == set(bad) != set()
        for w in workspaces:
            assert w["type"] in ("Workspace", "PersonalGroup") and w["state"] == "Active"
            assert w["isOnDedicatedCapacity"] == (w.get("capacityId") in capacities)
            reports = {r["id"] for r in w["reports"]}
            for r in w["reports"]:
                assert r["reportType"] == "PaginatedReport" or r["datasetId"] in datasets
                assert all(u["reportUserAccessRight"] and u["identifier"] for u in r["users"])
            for t in (t for d in w["dashboards"] for t in d["tiles"]):
                assert t["reportId"] in reports and t["datasetId"] in datasets
            assert all(u["groupUserAccessRight"] for u in w["users"])
        up = [u for d in datasets.values() for u in d.get("upstreamDataflows", [])]
        assert up and all(u["targetDataflowId"] in flows and u["groupId"] in ids for u in up)
        whole = [d for d in datasets.values() if "tables" in d]
        assert all("schemaRetrievalError" in d for d in datasets.values() if "tables" not in d)
        assert len(whole) < len(datasets) and all(
            c["dataType"] for d in whole for t in d["tables"] for c in t["columns"])
        assert any(m["expression"] for d in whole for t in d["tables"] for m in t["measures"])
        assert any(d["roles"] for d in whole) and all(d["expressions"] for d in whole)
        plain = cloud.scan(ids[:100])
        assert list(plain) == ["workspaces"]
        text = json.dumps(plain)
        for member in ("tables", "users", "datasourceUsages", "upstreamDataflows", "expressions"):
            assert f'"{member}"' not in text, member
        for flag, member in [("datasetSchema", "tables"), ("getArtifactUsers", "users"),
                             ("lineage", "datasourceUsages"),
                             ("datasourceDetails", "datasourceInstances")]:
            assert f'"{member}"' in json.dumps(cloud.scan(ids[:100], **{flag: "True"})), flag
        schema = cloud.scan(ids[:100], datasetSchema="true")
        assert '"measures"' in json.dumps(schema) and '"expression"' not in json.dumps(schema)


@test
def powerbi_refuses_scans_it_cannot_do():
    with PowerBI("--powerbi-workspaces", "120") as cloud:
        ids = cloud.modified()
        assert cloud.begin(ids[:100]).status == 202
        for wrong in (ids[:101], [], ["x"], [cloud.counted()["tenant"]], [1], "x", None):
            answer = cloud.begin(wrong)
            assert answer.status == 400 and code_of(answer) == "InvalidRequest", wrong
        for body in (None, "", "[]", "{}", "{"):
            assert cloud.admin("workspaces/getInfo", method="POST", body=body).status == 400
        assert cloud.begin(ids[:1], lineage="maybe").status == 400
        assert cloud.begin([ids[0].upper()]).status == 202
        for path in ("workspaces/scanStatus/x", "workspaces/scanResult/" + ids[0], "nothing"):
            answer = cloud.admin(path)
            assert answer.status == 404 and code_of(answer) == "PowerBIEntityNotFound", path
        assert cloud.stats()["scans"] == 2


@test
def powerbi_seed_and_touch_say_what_is_there():
    flags = ("--powerbi-workspaces", "90", "--powerbi-personal", "10", "--powerbi-scan-seconds", "0")
    with PowerBI(*flags) as cloud:
        ids = cloud.modified()
        before, _, _ = scan_all(cloud, ids, **ALL)
    with PowerBI(*flags) as cloud:
        again, _, _ = scan_all(cloud, ids, **ALL)
    assert before == again
    with PowerBI("--seed", "2", *flags) as cloud:
        assert not set(cloud.modified()) & set(ids)
    with PowerBI(*flags, "--powerbi-touched", "7", "--powerbi-deleted", "3",
                 "--powerbi-changed-connections", "4") as cloud:
        changed = cloud.modified(modifiedSince=ago(minutes=45))
        assert cloud.modified() == ids and len(changed) == 10 == cloud.counted()["modified"]
        after, _, _ = scan_all(cloud, ids, **ALL)
        groups = cloud.admin("groups", **{"$top": 5000, "$filter": "state eq 'Deleted'"}).json()
        events, _ = cloud.events(day())
    different = {b["id"] for b, a in zip(before, after) if a != b}
    assert different == set(changed)
    gone = {w["id"] for w in after if w["state"] == "Deleted"}
    assert gone == {g["id"] for g in groups["value"]} and len(gone) == 3
    assert all(not w[kind] for w in after if w["id"] in gone for kind in ITEMS)
    uses = {w["id"]: [d.get("datasourceUsages") for d in w["datasets"]] for w in before}
    moved = {w["id"] for w in after
             if w["id"] not in gone and w["datasets"]
             and uses[w["id"]] != [d.get("datasourceUsages") for d in w["datasets"]]}
    said = {e["WorkspaceId"] for e in events if e["Activity"].startswith("UpdateData")
            or e["Activity"] == "TookOverDatasource"}
    assert len(said) == 4 and moved <= said <= set(changed) and moved


@test
def powerbi_groups_page_and_filter():
    with PowerBI("--powerbi-workspaces", "210", "--powerbi-personal", "30", "--powerbi-deleted", "4",
                 "--powerbi-no-throttle") as cloud:
        def groups(**query):
            answer = cloud.admin("groups", **{"$" + k: v for k, v in query.items()})
            assert answer.status == 200, (query, answer.body[:300])
            return answer.json()["value"]
        every = groups(top=5000)
        assert [g["id"] for g in every] == cloud.modified()
        pages = []
        while len(pages) % 100 == 0:
            pages += groups(top=100, skip=len(pages))
        assert pages == every and groups(top=10, skip=10 ** 6) == []
        on = [g for g in every if g["isOnDedicatedCapacity"]]
        wanted = {
            "type eq 'PersonalGroup'": [g for g in every if g["type"] == "PersonalGroup"],
            "state ne 'Deleted' and isOnDedicatedCapacity eq true": on,
            f"capacityId eq {on[0]['capacityId']}":
                [g for g in on if g["capacityId"] == on[0]["capacityId"]],
            f"id eq '{every[5]['id']}' or tolower(id) eq '{every[6]['id']}'": every[5:7],
            "not (type eq 'PersonalGroup') and (state eq 'Active')":
                [g for g in every if g["type"] == "Workspace" and g["state"] == "Active"],
            "startswith(name,'Sales')": [g for g in every if g["name"].startswith("Sales")],
        }
        for text, right in wanted.items():
            assert groups(top=5000, filter=text) == right and right, text
        assert groups(top=3, skip=2, filter="type eq 'PersonalGroup'") == \
            wanted["type eq 'PersonalGroup'"][2:5]
        whole = groups(top=5000, expand="users,reports,dashboards,datasets,dataflows,workbooks")
        orphans = groups(top=5000, filter="(not users/any()) and state eq 'Active'")
        assert [g["id"] for g in whole if not g["users"] and g["state"] == "Active"] == \
            [g["id"] for g in orphans] != []
        for kind in ITEMS[:4]:
            assert sum(len(g[kind]) for g in whole) == cloud.counted()[kind]
        for query in ({}, {"top": 0}, {"top": 5001}, {"top": 5, "skip": "x"},
                      {"top": 5, "filter": "shape eq 'x'"}, {"top": 5, "filter": "type eq"},
                      {"top": 5, "filter": "type eq 'x"}, {"top": 5, "expand": "tables"}):
            answer = cloud.admin("groups", **{"$" + k: v for k, v in query.items()})
            assert answer.status == 400, query


@test
def powerbi_gateways_know_their_sources():
    with PowerBI("--powerbi-workspaces", "200", "--powerbi-scan-seconds", "0", "--powerbi-gateways",
                 "5") as cloud:
        _, instances, _ = scan_all(cloud, cloud.modified(), **ALL)
        behind = {}
        gateways = cloud.api("/v1.0/myorg/gateways").json()["value"]
        assert len(gateways) == 5 and all(g["publicKey"]["modulus"] for g in gateways)
        for g in gateways:
            found = cloud.api(f"/v1.0/myorg/gateways/{g['id']}/datasources").json()["value"]
            assert found and all(s["gatewayId"] == g["id"] for s in found)
            behind.update((s["id"], s) for s in found)
        bound = [s for s in instances.values() if "gatewayId" in s]
        assert 0 < len(bound) < len(instances)
        for s in bound:
            other = behind[s["datasourceId"]]
            assert other["datasourceType"] == s["datasourceType"]
            assert json.loads(other["connectionDetails"]) == s["connectionDetails"]
        missing = cloud.api("/v1.0/myorg/gateways/" + cloud.modified()[0] + "/datasources")
        assert missing.status == 404
        keyed = cloud.admin("capacities", **{"$expand": "tenantKey"}).json()["value"]
        assert len(keyed) == 3 and keyed[0]["tenantKey"]["id"] == keyed[0]["tenantKeyId"]
        assert cloud.admin("capacities", **{"$expand": "x"}).status == 400


@test
def powerbi_activity_comes_by_the_day():
    with PowerBI("--powerbi-events", "730", "--powerbi-no-throttle", "--powerbi-modified", "9",
                 "--powerbi-changed-connections", "3") as cloud:
        yesterday, pages = cloud.events(day(1))
        assert len(yesterday) == 730 and pages == 9, pages  # The second page is empty.
        ids = [e["Id"] for e in yesterday]
        assert len(set(ids)) == 730
        assert all(e["CreationTime"].startswith(day(1)) for e in yesterday)
        assert {e["WorkspaceId"] for e in yesterday} <= set(cloud.modified())
        assert yesterday == cloud.events(day(1))[0]
        today, _ = cloud.events(day())
        changes = [e for e in today if e["Activity"][:4] in ("Edit", "Crea", "Upda", "Took")]
        assert {e["WorkspaceId"] for e in changes} == set(cloud.modified(modifiedSince=ago(hours=1)))
        assert len([e for e in changes if e["Activity"][:4] in ("Upda", "Took")]) == 3
        views, _ = cloud.events(day(1), **{"$filter": "Activity eq 'ViewReport'"})
        assert views == [e for e in yesterday if e["Activity"] == "ViewReport"] != []
        who = views[0]["UserId"]
        one, _ = cloud.events(day(1), **{"$filter": f"Activity eq 'ViewReport' and UserId eq '{who}'"})
        assert one == [e for e in views if e["UserId"] == who]
        part = {"startDateTime": f"'{day(1)}T06:00:00Z'", "endDateTime": f"'{day(1)}T06:30:00Z'"}
        found = cloud.admin("activityevents", **part).json()["activityEventEntities"]
        assert found and all(day(1) + "T06:00:00" <= e["CreationTime"] <= day(1) + "T06:30:00"
                             for e in found)
        for start, end in [(day(1), day(0)), (day(40), day(40)), ("", "")]:
            answer = cloud.admin("activityevents", startDateTime=f"'{start}T00:00:00Z'",
                                 endDateTime=f"'{end}T10:00:00Z'")
            assert answer.status == 400, (start, end)
        for query in ({"startDateTime": day(1), "endDateTime": day(1)},
                      {"continuationToken": "'x'"}, {}, {"startDateTime": f"'{day(1)}'"},
                      {**part, "$filter": "Workload eq 'x'"}):
            assert cloud.admin("activityevents", **query).status == 400, query


@test
def powerbi_tenants_are_large():
    with PowerBI("--powerbi-workspaces", "230000", "--powerbi-personal", "17000",
                 "--powerbi-scan-seconds", "0") as cloud:
        ids = cloud.modified()
        assert len(ids) == 247000
        for batch in (ids[:100], ids[123400:123500], ids[-100:]):
            assert len(cloud.scan(batch, **ALL)["workspaces"]) == 100
        page = cloud.admin("groups", **{"$top": 5000, "$skip": 242000}).json()["value"]
        assert [g["id"] for g in page] == ids[242000:]
        assert cloud.get("/_fakecloud/stats")["max_rss_kb"] < 120000
