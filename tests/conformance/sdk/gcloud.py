"""Google's command line over the same cloud: what it lists is what wgo reports."""
import collections
import concurrent.futures
import json
import os
import shutil
import subprocess
import tempfile

from checks.gcp_client import FIRST, ORGANIZATION

import gcp_side

# Where gcloud finds each service: {its name for it: what follows the cloud's address}.
SERVICES = {"CLOUDASSET": "cloudasset/", "CLOUDRESOURCEMANAGER": "cloudresourcemanager/",
            "COMPUTE": "compute/compute/v1/", "CONTAINER": "container/", "DNS": "dns/dns/v1/", "IAM": "iam/",
            "LOGGING": "logging/", "PUBSUB": "pubsub/", "SECRETMANAGER": "secretmanager/",
            "STORAGE": "storage/storage/v1/"}
# What a list of the first project has, under wgo's native types.
LISTS = {
    "compute instances": ("compute.googleapis.com/Instance",),
    "compute disks": ("compute.googleapis.com/Disk", "compute.googleapis.com/RegionDisk"),
    "compute networks": ("compute.googleapis.com/Network",),
    "compute networks subnets": ("compute.googleapis.com/Subnetwork",),
    "compute firewall-rules": ("compute.googleapis.com/Firewall",),
    "compute addresses": ("compute.googleapis.com/Address", "compute.googleapis.com/GlobalAddress"),
    "compute routers": ("compute.googleapis.com/Router",),
    "compute snapshots": ("compute.googleapis.com/Snapshot",),
    "compute instance-templates": ("compute.googleapis.com/InstanceTemplate",),
    "compute routes": ("compute.googleapis.com/Route",),
    "container clusters": ("container.googleapis.com/Cluster",),
    "dns managed-zones": ("dns.googleapis.com/ManagedZone",),
    "iam service-accounts": ("iam.googleapis.com/ServiceAccount",),
    "logging metrics": ("logging.googleapis.com/LogMetric",),
    "pubsub topics": ("pubsub.googleapis.com/Topic",),
    "pubsub subscriptions": ("pubsub.googleapis.com/Subscription",),
    "secrets": ("secretmanager.googleapis.com/Secret",),
    "storage buckets": ("storage.googleapis.com/Bucket",),
}
AT_ONCE, PATIENCE_S = 2, 240


class Gcloud:
    """gcloud with a folder of its own; it knows the cloud's address and a token, and talks to nobody else."""

    def __init__(self, cloud):
        self.dir = tempfile.mkdtemp(prefix="gcloud-")
        token = os.path.join(self.dir, "token")
        with open(token, "w", encoding="utf-8") as file:
            file.write(cloud.bearer()["Authorization"].split()[1])
        self.env = {"PATH": os.environ["PATH"], "HOME": self.dir, "LANG": "C.UTF-8",
                    "CLOUDSDK_CONFIG": os.path.join(self.dir, "config"), "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": token,
                    "CLOUDSDK_CORE_DISABLE_PROMPTS": "1", "CLOUDSDK_CORE_DISABLE_FILE_LOGGING": "1",
                    "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1", "CLOUDSDK_CORE_CHECK_GCE_METADATA": "0",
                    "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1"}
        self.env.update({"CLOUDSDK_API_ENDPOINT_OVERRIDES_" + name: "%s/gcp/%s" % (cloud.base, rest)
                         for name, rest in SERVICES.items()})

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        shutil.rmtree(self.dir)

    def list(self, words):
        """What the command lists, or None and why not."""
        done = subprocess.run(["gcloud", *words.split(), "--format=json", "--quiet"], env=self.env, cwd=self.dir,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        if done.returncode != 0:
            return None, "exit %d: %s" % (done.returncode, done.stderr[-400:])
        return json.loads(done.stdout), done.stderr


def by_type(snapshot):
    found = collections.defaultdict(set)
    for resource in snapshot["resources"]:
        found[resource["metadata"]["native_type"]].add(resource["id"])
    return found


def judge_inventory(score, listed, searched, snapshot, projects):
    """Everything that Asset Inventory lists, id by id; and as many when it is searched."""
    ours, theirs = by_type(snapshot), gcp_side.of_assets(listed, projects)
    numbers = collections.Counter(asset["assetType"] for asset in searched)
    score.check(len(listed) > 500, "gcloud asset list has something", str(len(listed)))
    for kind in sorted(set(ours) | set(theirs) | set(numbers)):
        score.check(ours[kind] == theirs[kind], "gcloud asset list: " + kind,
                    "gcloud has %d, wgo %d, both %d" % (len(theirs[kind]), len(ours[kind]), len(ours[kind] & theirs[kind])))
        score.check(numbers[kind] == len(ours[kind]), "gcloud asset search-all-resources: " + kind,
                    "gcloud has %d, wgo %d" % (numbers[kind], len(ours[kind])))


def judge_lists(score, lists, snapshots):
    """As many of each type in the first project, whatever wgo's source."""
    print("%-30s %8s %s" % ("gcloud ... list", "gcloud", " ".join("%8s" % source for source in snapshots)))
    for words, items in lists.items():
        ours = [len([r for r in snapshot["resources"]
                     if r.get("account") == FIRST and r["metadata"]["native_type"] in LISTS[words]])
                for snapshot in snapshots.values()]
        print("%-30s %8d %s" % (words, len(items), " ".join("%8d" % number for number in ours)))
        score.check(items and set(ours) == {len(items)}, "gcloud %s list" % words,
                    "gcloud has %d, wgo %s" % (len(items), ours))


def judge(score, cloud, snapshots):
    if shutil.which("gcloud") is None:
        score.skip("no gcloud: Google's command line is not asked")
        return
    organization = ORGANIZATION.rsplit("/", 1)[1]
    named = {"assets": "asset list --content-type=resource --organization=" + organization,
             "search": "asset search-all-resources --scope=" + ORGANIZATION, "projects": "projects list"}
    named.update({words: "%s list --project=%s" % (words, FIRST) for words in LISTS})
    with Gcloud(cloud) as client, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        answers = dict(zip(named, pool.map(client.list, named.values())))
    for name, (items, said) in answers.items():
        score.check(items is not None, "gcloud " + named[name], said)
    if any(items is None for items, _ in answers.values()):
        return
    lists = {name: items for name, (items, _) in answers.items()}
    judge_inventory(score, lists.pop("assets"), lists.pop("search"), snapshots["asset"], gcp_side.projects_of(cloud))
    ids = {"//cloudresourcemanager.googleapis.com/projects/" + item["projectId"] for item in lists.pop("projects")}
    for source, snapshot in snapshots.items():
        score.check(ids and by_type(snapshot)["cloudresourcemanager.googleapis.com/Project"] == ids,
                    "gcloud projects list, " + source, str(sorted(ids)))
    judge_lists(score, lists, snapshots)
