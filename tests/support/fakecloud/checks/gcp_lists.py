"""Google's client counts what fakecloud declares: every list, whole and in pages, of the published
schemas only, and the same objects in Cloud Asset Inventory."""
import collections
import re

from checks.gcp_client import (FIRST, Gcp, ORGANIZATION, SECOND, document, methods_of,
                               needs_google, unknown_members)


def items_of(op, pages):
    """The items of a list's pages."""
    if op["operation"].endswith("aggregatedList"):
        return [i for page in pages for scope in page["items"].values()
                for i in scope.get(op["items"], [])]
    return [i for page in pages for i in page.get(op["items"], [])]


def params_of(op, schema, place="-", parent=None):
    """The parameters of the published method for which its path is fakecloud's."""
    method = methods_of(schema)[op["operation"]]
    path = op["path"].lstrip("/")
    for name, value in {"project": FIRST, "location": place, "parent": parent,
                        "source": "-"}.items():
        path = path.replace("{%s}" % name, value or "")
    names = re.findall(r"{\+?(\w+)}", method["path"])
    form = re.sub(r"\\{\\\+\w+\\}", "(.+)", re.escape(schema["servicePath"] + method["path"]))
    form = re.sub(r"\\{\w+\\}", "([^/]+)", form)
    found = re.fullmatch(form, path)
    assert found, (form, path)
    params = dict(zip(names, found.groups()))
    if method["parameters"].get("project", {}).get("location") == "query":
        params["project"] = FIRST
    return params


def parent_names(gcp, declared, op, kind):
    """What the parents of a child's list are called."""
    parent = declared["types"][kind]["parent"]
    lists = next(o for o in declared["operations"] if o["lists"] == [parent] and
                 "aggregated" not in o["operation"])
    place = "global" if parent == "cloudkms.ring" else "-"
    schema = document(op["service"], op["version"])
    items = items_of(lists, gcp.all(op["service"], op["version"], lists["operation"],
                                    **params_of(lists, schema, place)))
    if parent == "bigquery.dataset":
        return [i["datasetReference"]["datasetId"] for i in items]
    return [i["name"].split("/")[-1] for i in items]


def places(gcp, op):
    """Where a list by place is asked: everywhere, place by place."""
    text = "{location}"
    if text not in op["path"]:
        return ["-"]
    zones = gcp.all("compute", "v1", "zones.list", project=FIRST)[0]["items"]
    regions = gcp.all("compute", "v1", "regions.list", project=FIRST)[0]["items"]
    if "/zones/" in op["path"]:
        return [z["name"] for z in zones]
    names = [r["name"] for r in regions]
    return names if "/regions/" in op["path"] else names + ["global"] + [z["name"] for z in zones]


def lists_of(declared):
    for op in declared["operations"]:
        if len(op["lists"]) > 0 and op["items"] and op["service"] not in (
                "cloudresourcemanager", "cloudbilling", "cloudasset"):
            yield op


def expected(declared, op):
    return sum(declared["projects"][0]["types"][k] for k in op["lists"])


def schema_of_item(schema, method, op):
    answer = schema["schemas"][method["response"]["$ref"]]
    spec = answer["properties"][op["items"] if "aggregated" not in op["operation"] else "items"]
    if "aggregated" in op["operation"]:
        spec = schema["schemas"][spec["additionalProperties"]["$ref"]]["properties"][op["items"]]
    return spec["items"]


def ask_everywhere(gcp, declared, op, **more):
    """All items of a list over its places and parents."""
    schema = document(op["service"], op["version"])
    kind = op["lists"][0]
    parents = [None]
    where = places(gcp, op)
    if "{parent}" in op["path"]:
        if "{location}" in op["path"]:
            where = ["global"]
        parents = parent_names(gcp, declared, op, kind)
        assert parents, op
    if op["operation"] == "projects.locations.keys.list":
        where = ["global"]
    pages = []
    for place in where:
        for parent in parents:
            pages += gcp.all(op["service"], op["version"], op["operation"],
                             **params_of(op, schema, place, parent), **more)
    return items_of(op, pages), len(pages)


@needs_google
def google_counts_what_gcp_declares_in_published_schemas():
    with Gcp() as gcp:
        declared = gcp.declared()
        asked = set()
        for op in lists_of(declared):
            schema = document(op["service"], op["version"])
            method = methods_of(schema)[op["operation"]]
            items, _ = ask_everywhere(gcp, declared, op)
            want = expected(declared, op)
            if op["operation"] == "projects.locations.keyRings.cryptoKeys.list":
                assert 0 < len(items) < want, op  # Of one place's rings.
            else:
                assert len(items) == want, (op, len(items), want)
            assert len({str(i) for i in items}) == len(items), op
            for item in items:
                unknown = unknown_members(schema, schema_of_item(schema, method, op), item)
                assert not unknown, (op["service"], op["operation"], unknown)
            asked.add(op["lists"][0])
        assert len(asked) > 85, len(asked)


@needs_google
def google_counts_the_same_in_small_pages():
    with Gcp() as gcp:
        declared = gcp.declared()
        paged = 0
        for op in lists_of(declared):
            if op["size"]:
                whole, _ = ask_everywhere(gcp, declared, op)
                cut, pages = ask_everywhere(gcp, declared, op, **{op["size"]: 2})
                assert sorted(map(str, whole)) == sorted(map(str, cut)), op
                assert pages >= len(whole) / 2, op
                paged += len(whole) > 2
        assert paged > 25, paged


@needs_google
def the_inventory_holds_what_the_lists_hold():
    with Gcp() as gcp:
        declared = gcp.declared()
        assets = gcp.assets()
        assert len(assets) == declared["assets"] == len({a["name"] for a in assets})
        schema = document("cloudasset", "v1")
        for asset in assets:
            data = asset["resource"].pop("data")
            assert not unknown_members(schema, "Asset", asset), asset
            asset["resource"]["data"] = data
        counted = collections.Counter(a["assetType"] for a in assets)
        for kind in declared["types"].values():
            if kind["in_assets"]:
                assert counted.pop(kind["asset_type"], 0) == kind["total"], kind
        assert not counted, counted
        mine = collections.defaultdict(list)
        for asset in assets:
            if f"projects/{declared['projects'][0]['number']}" in asset["ancestors"]:
                mine[asset["assetType"]].append(str(asset["resource"]["data"]))
        for op in lists_of(declared):
            kind = declared["types"][op["lists"][0]]
            if kind["in_assets"] and len(op["lists"]) == 1:
                items, _ = ask_everywhere(gcp, declared, op)
                held = set(mine[kind["asset_type"]])
                assert items and {str(i) for i in items} <= held, op


@needs_google
def the_inventory_by_scope_and_type():
    with Gcp("--gcp-projects", "7", "--gcp-folders", "3", "--gcp-disabled", SECOND + "=pubsub",
             "--gcp-count", "compute.instance=5") as gcp:
        declared = gcp.declared()
        projects = {p["id"]: p for p in declared["projects"]}
        for name, project in projects.items():
            for scope in (name, project["number"]):
                assert len(gcp.assets("projects/" + scope)) == project["assets"], scope
        assert projects[SECOND]["types"]["pubsub.topic"] == 0
        assert projects[SECOND]["assets"] < projects[FIRST]["assets"]
        whole = gcp.assets(pageSize=97)
        assert [a["name"] for a in whole] == [a["name"] for a in gcp.assets()]
        assert len(whole) == declared["assets"]
        folder = next(a for p in whole for a in p["ancestors"] if a.startswith("folders/"))
        below = {p for p in projects.values() for p in [p["number"]] if any(
            folder in a["ancestors"] and f"projects/{p}" in a["ancestors"] for a in whole)}
        assert below and len(gcp.assets(folder)) == sum(
            p["assets"] for p in projects.values() if p["number"] in below)
        vms = gcp.assets(assetTypes=["compute.googleapis.com/Instance"])
        assert len(vms) == 5 * 7
        assert len(gcp.assets(assetTypes=["compute.googleapis.com/Inst.*"])) > len(vms)
        bare = gcp.assets(contentType=None)
        assert len(bare) == len(whole) and not any("resource" in a for a in bare)
        pages = gcp.all("cloudasset", "v1", "v1.searchAllResources",
                        scope=ORGANIZATION, pageSize=500)
        results = [r for page in pages for r in page["results"]]
        assert [r["name"] for r in results] == [a["name"] for a in whole]
        for result in results:
            assert not unknown_members(document("cloudasset", "v1"), "ResourceSearchResult", result)
        labelled = {a["name"]: a["resource"]["data"].get("labels") for a in whole}
        assert all(labelled[r["name"]] == r["labels"] for r in results
                   if "labels" in r and labelled[r["name"]] is not None)


@needs_google
def projects_folders_and_organizations():
    with Gcp("--gcp-projects", "23", "--gcp-folders", "5") as gcp:
        declared = gcp.declared()
        pages = gcp.all("cloudresourcemanager", "v3", "projects.search", pageSize=10)
        found = [p for page in pages for p in page["projects"]]
        assert len(pages) == 3
        assert [p["projectId"] for p in found] == [p["id"] for p in declared["projects"]]
        folders = gcp.all("cloudresourcemanager", "v3", "folders.search")[0]["folders"]
        assert len(folders) == 5
        organizations = gcp.all("cloudresourcemanager", "v3", "organizations.search")
        assert [o["name"] for o in organizations[0]["organizations"]] == [ORGANIZATION]
        listed = []
        for parent in [ORGANIZATION] + [f["name"] for f in folders]:
            page = gcp.all("cloudresourcemanager", "v3", "projects.list", parent=parent)[0]
            listed += page.get("projects", [])
            assert all(p["parent"] == parent for p in page.get("projects", []))
        assert sorted(map(str, listed)) == sorted(map(str, found))
        below = gcp.all("cloudresourcemanager", "v3", "folders.list", parent=ORGANIZATION)[0]
        assert {f["parent"] for f in below["folders"]} == {ORGANIZATION}
        one = gcp.all("cloudresourcemanager", "v3", "projects.get", name="projects/" + SECOND)[0]
        assert one == found[1]
        for folder in folders:
            assert gcp.all("cloudresourcemanager", "v3", "folders.get", name=folder["name"])[0] == folder
        policy = gcp.all("cloudresourcemanager", "v3", "projects.getIamPolicy",
                         resource="projects/" + SECOND, body={})[0]
        assert policy["bindings"]
        for kind, values in (("Project", found), ("Folder", folders)):
            for value in values:
                assert not unknown_members(document("cloudresourcemanager", "v3"), kind, value)


@needs_google
def exactly_so_many_objects():
    with Gcp("--gcp-projects", "4", "--gcp-objects", "1000") as gcp:
        declared = gcp.declared()
        assert [p["assets"] for p in declared["projects"]] == [1000] * 4
        assert len(gcp.assets()) == declared["assets"] == 4000 + 4  # Folders, account, org.
        assert len(gcp.assets("projects/" + SECOND, pageSize=333)) == 1000


@needs_google
def the_singletons():
    with Gcp() as gcp:
        project = gcp.all("compute", "v1", "projects.get", project=FIRST)[0]
        assert not unknown_members(document("compute", "v1"), "Project", project)
        app = gcp.all("appengine", "v1", "apps.get", appsId=FIRST)[0]
        assert not unknown_members(document("appengine", "v1"), "Application", app)
        buckets = gcp.all("storage", "v1", "buckets.list", project=FIRST)[0]["items"]
        for bucket in buckets:
            policy = gcp.all("storage", "v1", "buckets.getIamPolicy", bucket=bucket["name"])[0]
            assert policy["resourceId"].endswith("/" + bucket["name"])
            assert not unknown_members(document("storage", "v1"), "Policy", policy)
        accounts = gcp.all("cloudbilling", "v1", "billingAccounts.list")[0]["billingAccounts"]
        assert len(accounts) == gcp.declared()["types"]["cloudbilling.account"]["total"]
        services = gcp.all("serviceusage", "v1", "services.list", parent="projects/" + FIRST,
                           filter="state:ENABLED", pageSize=200)[0]["services"]
        assert {"compute.googleapis.com", "pubsub.googleapis.com"} <= {
            s["config"]["name"] for s in services}
