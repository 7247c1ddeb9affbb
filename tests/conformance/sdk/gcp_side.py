"""What Google's own client lists, under the names that wgo gives: full resource names with project ids."""
import collections
import re

from checks.gcp_client import Gcp, ORGANIZATION

SOURCES = ("auto", "asset", "native")
ARGUMENTS = ("--organization", ORGANIZATION.rsplit("/", 1)[1])
EXCUSES = {"native": {"cloudbilling.googleapis.com/billingaccount": "of no project and no organisation: only Asset "
                                                                    "Inventory lists it with them"}}

# Compute's lists: {list: (asset type, key)}; asked by aggregatedList where it is True.
COMPUTE = {
    "instances": ("Instance", True), "disks": ("Disk", True), "subnetworks": ("Subnetwork", True),
    "addresses": ("Address", True), "routers": ("Router", True), "networks": ("Network", False),
    "firewalls": ("Firewall", False), "snapshots": ("Snapshot", False), "images": ("Image", False),
    "instanceTemplates": ("InstanceTemplate", True), "routes": ("Route", False),
}


def serve():
    return Gcp("--gcp-projects", "4", "--gcp-folders", "3")


def environment(cloud):
    return {"GOOGLE_APPLICATION_CREDENTIALS": cloud.key_path, "WGO_GCP_ENDPOINT": cloud.base + "/gcp/{service}"}


def by_id(name, projects):
    """A full resource name whose project is called by its id."""
    return re.sub(r"(?<=/projects/)(\d+)(?=/|$)", lambda found: projects.get(found.group(1), found.group(1)), name)


def of_assets(assets, projects):
    """A list of Cloud Asset Inventory."""
    found = collections.defaultdict(set)
    for asset in assets:
        name = by_id(asset["name"], projects)
        if asset["assetType"] == "iam.googleapis.com/ServiceAccount":  # its number there, its address elsewhere
            name = name.rsplit("/", 1)[0] + "/" + asset["resource"]["data"]["email"]
        found[asset["assetType"]].add(name)
    return found


def of_services(cloud, projects):
    """What the services' own lists have."""
    found = collections.defaultdict(set)
    for project in projects.values():
        for plural, (kind, aggregated) in COMPUTE.items():
            pages = cloud.all("compute", "v1", plural + (".aggregatedList" if aggregated else ".list"),
                              project=project)
            items = [item for page in pages for item in page.get("items", [])] if not aggregated else [
                item for page in pages for scope in page["items"].values() for item in scope.get(plural, [])]
            for item in items:
                path = item["selfLink"].split("/v1/", 1)[1]
                everywhere = "Global" if kind == "Address" and "/global/" in path else ""
                found["compute.googleapis.com/" + everywhere + kind].add("//compute.googleapis.com/" + path)
        for page in cloud.all("storage", "v1", "buckets.list", project=project):
            for item in page.get("items", []):
                found["storage.googleapis.com/Bucket"].add("//storage.googleapis.com/" + item["name"])
        for service, version, operation, key, kind, params in (
                ("pubsub", "v1", "projects.topics.list", "topics", "Topic", {"project": "projects/" + project}),
                ("pubsub", "v1", "projects.subscriptions.list", "subscriptions", "Subscription",
                 {"project": "projects/" + project}),
                ("secretmanager", "v1", "projects.secrets.list", "secrets", "Secret",
                 {"parent": "projects/" + project}),
                ("iam", "v1", "projects.serviceAccounts.list", "accounts", "ServiceAccount",
                 {"name": "projects/" + project})):
            for page in cloud.all(service, version, operation, **params):
                for item in page.get(key, []):
                    name = "//%s.googleapis.com/%s" % (service, item["name"])
                    found["%s.googleapis.com/%s" % (service, kind)].add(by_id(name, projects))
        parent = "projects/%s/locations/-" % project
        for page in cloud.all("container", "v1", "projects.locations.clusters.list", parent=parent):
            for item in page.get("clusters", []):
                found["container.googleapis.com/Cluster"].add("//container.googleapis.com/projects/%s/%s" % (
                    project, item["selfLink"].split("/projects/")[1].split("/", 1)[1]))
    return found


def beyond(cloud):
    """{type: number} of what Asset Inventory lacks, by the services' own lists."""
    found = collections.Counter()
    for project in projects_of(cloud).values():
        for kind in ("Zone", "Region"):
            for page in cloud.all("compute", "v1", kind.lower() + "s.list", project=project):
                found["compute.googleapis.com/" + kind] += len(page["items"])
        for page in cloud.all("dns", "v1", "managedZones.list", project=project):
            for zone in page["managedZones"]:
                for records in cloud.all("dns", "v1", "resourceRecordSets.list", project=project,
                                         managedZone=zone["name"]):
                    found["dns.googleapis.com/ResourceRecordSet"] += len(records["rrsets"])
        for page in cloud.all("sqladmin", "v1", "instances.list", project=project):
            for instance in page["items"]:
                for kind in ("Database", "User"):
                    for items in cloud.all("sqladmin", "v1", kind.lower() + "s.list", project=project,
                                           instance=instance["name"]):
                        found["sqladmin.googleapis.com/" + kind] += len(items["items"])
        # Each project has one of these, which is read by itself.
        for kind in ("cloudbilling.googleapis.com/ProjectBillingInfo", "binaryauthorization.googleapis.com/Policy",
                     "cloudresourcemanager.googleapis.com/ProjectIamPolicy"):
            found[kind] += 1
    return {kind.lower(): number for kind, number in found.items()}


def projects_of(cloud):
    """{number: id}"""
    return {item["name"].split("/")[1]: item["projectId"]
            for page in cloud.all("cloudresourcemanager", "v3", "projects.search") for item in page["projects"]}


def truth(cloud):
    """{asset type: ids}. Both ways of listing agree, or nothing is judged."""
    projects = projects_of(cloud)
    assets, services = of_assets(cloud.assets(), projects), of_services(cloud, projects)
    searched = collections.Counter(
        item["assetType"] for page in cloud.all("cloudasset", "v1", "v1.searchAllResources", scope=ORGANIZATION)
        for item in page["results"])
    for kind, ids in services.items():
        assert assets[kind] == ids, (kind, sorted(assets[kind] ^ ids)[:4])
        assert searched[kind] in (0, len(ids)), (kind, searched[kind], len(ids))
    return dict(assets)
