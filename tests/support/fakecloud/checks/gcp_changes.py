"""What changed and what is gone since somebody last looked, as Google's client sees it: the same in the inventory, its
searches, its history and the services' own lists."""
import urllib.parse

from checks.gcp_client import FIRST, Gcp, ORGANIZATION, SECOND, document, error_of, needs_google, unknown_members
from checks.gcp_lists import ask_everywhere, lists_of

EVERY = "10"


def by_name(items):
    return {item["name"]: item for item in items}


def searched(gcp, **params):
    pages = gcp.all("cloudasset", "v1", "v1.searchAllResources", scope=ORGANIZATION, **params)
    return [r for page in pages for r in page.get("results", [])]


@needs_google
def some_things_change_and_some_go():
    with Gcp() as gcp:
        before, declared = by_name(gcp.assets()), gcp.declared()
    with Gcp("--drift-every", EVERY) as gcp:
        after, left = by_name(gcp.assets()), gcp.declared()
        assert set(after) < set(before)
        assert len(after) == left["assets"]
        gone = len(before) - len(after)
        assert len(before) / 20 < gone < len(before) / 4, gone
        changed = [n for n in after if after[n]["updateTime"] != before[n]["updateTime"]]
        assert len(before) / 20 < len(changed) < len(before) / 4, changed
        assert len({after[n]["updateTime"] for n in changed}) == 1
        assert min(after[n]["updateTime"] for n in changed) > max(a["updateTime"] for a in before.values())
        other = [n for n in changed if after[n]["resource"]["data"] != before[n]["resource"]["data"]]
        assert len(other) > len(changed) * 0.8, (len(other), len(changed))
        assert all(after[n] == before[n] for n in after if n not in changed)
        kinds = {after[n]["assetType"] for n in changed} | {before[n]["assetType"] for n in set(before) - set(after)}
        assert len(kinds) > 20, kinds
        assert not [k for k in kinds if k.startswith("cloudresourcemanager") or k.startswith("serviceusage")]
        for name in set(before) - set(after):  # what lay below is gone too
            assert not [n for n in after if n.startswith(name + "/")], name
        for kind in left["types"]:
            assert left["types"][kind]["total"] <= declared["types"][kind]["total"]
        schema = document("cloudasset", "v1")
        assert not [n for n in changed if unknown_members(schema, "Asset", {
            k: v for k, v in after[n].items() if k != "resource"})]


@needs_google
def the_lists_hold_what_the_inventory_holds_after_changes():
    with Gcp("--drift-every", EVERY) as gcp:
        declared = gcp.declared()
        assets = gcp.assets("projects/" + FIRST)
        for op in lists_of(declared):
            kind = declared["types"][op["lists"][0]]
            if kind["parent"] or not kind["in_assets"] or len(op["lists"]) > 1:
                continue
            items, _ = ask_everywhere(gcp, declared, op)
            held = [a["resource"]["data"] for a in assets if a["assetType"] == kind["asset_type"]]
            assert sorted(map(str, items)) == sorted(map(str, held)) or "{location}" in op["path"], op


@needs_google
def searches_by_time():
    with Gcp("--drift-every", EVERY) as gcp:
        assets, results = by_name(gcp.assets()), by_name(searched(gcp))
        assert set(assets) == set(results)
        now = max(a["updateTime"] for a in assets.values())
        changed = {n for n, a in assets.items() if a["updateTime"] == now}
        dated = {n for n, r in results.items() if "updateTime" in r}
        assert changed - dated and changed & dated and dated < set(results)
        assert all(results[n]["updateTime"] == assets[n]["updateTime"] for n in dated)
        for text in ("updateTime>=1735689600", "updateTime > 2025-01-01", 'updateTime>"2025-01-01T00:00:00"',
                     "updateTime>1735689600 AND createTime<1735689600"):
            assert set(by_name(searched(gcp, query=text, pageSize=3))) == changed & dated, text
        assert set(by_name(searched(gcp, query="updateTime<1735689600"))) == dated - changed
        assert set(by_name(searched(gcp, query="updateTime=\"%s\"" % now[:-1]))) == changed & dated
        assert searched(gcp, query="updateTime>4000000000") == []
        calls = len(gcp.log())
        searched(gcp, query="updateTime>=1735689600", readMask="name")
        assert len(gcp.log()) == calls + 1
        named = searched(gcp, readMask="name,assetType", pageSize=500)
        assert {tuple(sorted(r)) for r in named} == {("assetType", "name")} and len(named) == len(assets)
        assert {tuple(r) for r in searched(gcp, readMask="*")} == {tuple(r) for r in results.values()}
        api = gcp.api("cloudasset", "v1").v1()
        status, error = error_of(api.searchAllResources(scope=ORGANIZATION, query="updateTime~1"))
        assert status == 400 and error["status"] == "INVALID_ARGUMENT"


@needs_google
def assets_by_their_names():
    with Gcp() as gcp:
        before = by_name(gcp.assets())
    with Gcp("--drift-every", EVERY) as gcp:
        after, schema = by_name(gcp.assets()), document("cloudasset", "v1")
        history = gcp.api("cloudasset", "v1").v1().batchGetAssetsHistory
        names = sorted(before)
        found = {}
        for i in range(0, len(names), 10):  # Google's client asks for more by POST
            answer = history(parent=ORGANIZATION, assetNames=names[i:i + 10], contentType="RESOURCE").execute()
            for each in answer["assets"]:
                assert not unknown_members(schema, "TemporalAsset", {**each, "asset": {}}), each
                found[each["asset"]["name"]] = each
        assert set(found) == set(before)
        for name, each in found.items():
            assert each.get("deleted", False) == (name not in after), each
            assert each["asset"] == after.get(name, each["asset"]), name
            assert ("resource" in each["asset"]) == (name in after)
        mine = [n for n in names if "/projects/%s/" % FIRST in n][:3]
        assert len(history(parent="projects/" + FIRST, assetNames=mine).execute()["assets"]) == 3
        assert history(parent="projects/" + FIRST).execute() == {}
        for parent, asked in (("projects/" + SECOND, mine), (ORGANIZATION, ["//pubsub.googleapis.com/none"]),
                              ("folders/1", mine)):
            status, error = error_of(history(parent=parent, assetNames=asked))
            assert status == 400 and error["status"] == "INVALID_ARGUMENT", parent
        for count, status in ((100, 200), (101, 400)):
            asked = urllib.parse.urlencode({"assetNames": names[:count]}, doseq=True)
            path = f"/gcp/cloudasset/v1/{ORGANIZATION}:batchGetAssetsHistory?"
            assert gcp.ask(path + asked, headers=gcp.bearer()).status == status
