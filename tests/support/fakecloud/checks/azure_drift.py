"""A world of Azure that has drifted: what changed and what is gone, and how Resource Graph tells of it."""
import datetime

from checks.azure_client import Azure, error_of, needs_azure
from checks.harness import test

try:
    from checks.azure_client import QueryRequest, QueryRequestOptions
except ImportError:
    pass

EVERY = 7
TABLES = {"resources": "resourcechanges", "resourcecontainers": "resourcecontainerchanges"}
# As Microsoft's documentation asks for changes.
SINCE = ("{} | extend changeTime = todatetime(properties.changeAttributes.timestamp), "
         "targetResourceId = tostring(properties.targetResourceId), changeType = tostring(properties.changeType) "
         "| where changeTime >= datetime({}) | project id, changeTime, changeType, targetResourceId | order by id asc")


def moment(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def worlds(read, *flags):
    """What 'read' makes of a world before and after."""
    with Azure(*flags) as cloud:
        before = read(cloud)
    with Azure(*flags, "--drift-every", str(EVERY)) as cloud:
        return before, read(cloud)


@test
def changes_are_what_differs():
    def read(cloud):
        subscriptions = cloud.declared()["subscriptions"]
        found = {}
        for table, changes in TABLES.items():
            query = SINCE.format(changes, moment(-1))
            rows, _ = cloud.rows(table + " | order by id asc", subscriptions=subscriptions)
            told, _ = cloud.rows(query, top=20, subscriptions=subscriptions)
            assert len({t["id"] for t in told}) == len(told)
            found[table] = {r["id"]: r for r in rows}, {t["targetResourceId"]: t["changeType"] for t in told}
        return found
    before, after = worlds(read, "--azure-subscriptions", "2")
    for table in TABLES:
        (old, none), (new, told) = before[table], after[table]
        assert none == {}, none
        gone = set(old) - set(new)
        changed = {i for i in new if new[i] != old[i]}
        assert set(new) <= set(old) and changed
        assert told == {**{i: "Update" for i in changed}, **{i: "Delete" for i in gone}}
    assert len(gone) == 0  # no resource group, and no subscription
    assert set(before["resources"][0]) - set(after["resources"][0])
    assert before["resourcecontainers"][0].keys() == after["resourcecontainers"][0].keys()


@test
def what_is_gone_is_gone_everywhere():
    def read(cloud):
        subscription = cloud.declared()["subscriptions"][0]
        brief, _ = cloud.pages(f"/subscriptions/{subscription}/resources?$expand=changedTime", "2021-04-01")
        whole, _ = cloud.pages(f"/subscriptions/{subscription}/providers/Microsoft.Network/networkInterfaces", "2023-05-01")
        rows, _ = cloud.rows("resources", subscriptions=[subscription])
        gone = cloud.arm(lost[0], "2023-05-01") if lost else None
        return {b["id"]: b["changedTime"] for b in brief}, {w["id"]: (w["etag"], w["tags"]) for w in whole}, \
            {r["id"] for r in rows}, gone
    lost = []
    (times, cards, rows, _), (later, others, rows_later, _) = worlds(read, "--azure-subscriptions", "1")
    assert set(times) == rows and set(later) == rows_later
    lost = sorted(set(cards) - set(others))
    assert lost and set(others) < set(cards)
    changed = [i for i in others if others[i] != cards[i]]
    assert changed and all(others[i][1] == {"revision": "2"} and others[i][0] != cards[i][0] for i in changed)
    assert {i for i in later if later[i] != times[i]} >= set(changed)
    assert all(later[i][:10] >= moment(-1)[:10] for i in changed)
    # A parent that is gone takes what is below it along.
    below = {i for i in set(times) - set(later) if i.count("/") > 8}
    assert below
    _, (_, _, _, gone) = worlds(read, "--azure-subscriptions", "1")
    assert gone.status == 404 and error_of(gone)[0] == "ResourceNotFound", gone.body


@test
def changes_are_asked_for_by_their_time():
    with Azure("--azure-subscriptions", "2", "--drift-every", str(EVERY)) as cloud:
        all_of_them, _ = cloud.rows("resourcechanges | where todatetime(properties.changeAttributes.timestamp) > ago(1d)")
        old, _ = cloud.rows("resourcechanges | where todatetime(properties.changeAttributes.timestamp) < ago(1d)")
        assert old and all(moment(-14) < r["properties"]["changeAttributes"]["timestamp"] < moment(-1) for r in old)
        assert {r["subscriptionId"] for r in old} == set(cloud.declared()["subscriptions"])
        assert len(all_of_them) > 20
        for row in all_of_them:
            p = row["properties"]
            assert row["type"] == "microsoft.resources/changes" and row["tags"] is None
            assert row["id"].startswith(p["targetResourceId"] + "/providers/Microsoft.Resources/changes/")
            assert row["subscriptionId"] == row["id"].split("/")[2]
            assert p["changeAttributes"]["changesCount"] == (1 if p["changeType"] == "Update" else 0)
        at = all_of_them[0]["properties"]["changeAttributes"]["timestamp"]
        for text, wanted in [
                ("where t >= datetime(%s)" % at, len(all_of_them)), ("where t < datetime(%s)" % at, len(old)),
                ("where t > datetime(%s)" % at, 0), ("where t <= datetime(%s)" % at, len(all_of_them) + len(old)),
                ("where t > ago(1h)", len(all_of_them)), ("where t < ago(14d)", 0),
                ("where properties.changeType == 'Delete'",
                 sum(r["properties"]["changeType"] == "Delete" for r in all_of_them)),
                ("where properties.targetResourceType =~ 'Microsoft.Compute/disks' and t > ago(1d)",
                 sum(r["properties"]["targetResourceType"] == "microsoft.compute/disks" for r in all_of_them))]:
            rows, _ = cloud.rows("ResourceChanges | extend t = todatetime(properties.changeAttributes.timestamp) | " + text)
            assert len(rows) == wanted, (text, len(rows), wanted)
            assert all(r["t"][:23] == r["properties"]["changeAttributes"]["timestamp"][:23] and r["t"].endswith("Z") for r in rows)
        counts = cloud.query("resourcechanges | extend k = tostring(properties.changeType) | summarize count() by k").json()
        assert {r["k"] for r in counts["data"]} == {"Update", "Delete"}
        assert sum(r["count_"] for r in counts["data"]) == len(all_of_them) + len(old)


@needs_azure
def azure_mgmt_resourcegraph_sees_the_changes():
    with Azure("--azure-subscriptions", "2", "--drift-every", str(EVERY)) as cloud:
        subscriptions = cloud.declared()["subscriptions"]
        rows, token, query = [], None, SINCE.format("resourcechanges", moment(-1))
        while True:
            page = cloud.graph().resources(QueryRequest(
                subscriptions=subscriptions, query=query,
                options=QueryRequestOptions(top=9, skip_token=token, result_format="objectArray")))
            rows += page.data
            token = page.skip_token
            if token is None:
                break
        known, _ = cloud.rows(query, subscriptions=subscriptions)
        assert rows == known and len(rows) > 9
        client = cloud.resources(subscriptions[0])
        there = {r.id for r in client.resources.list()}
        for row in known:
            if row["targetResourceId"].split("/")[2] == subscriptions[0]:
                assert (row["targetResourceId"] in there) == (row["changeType"] == "Update")
