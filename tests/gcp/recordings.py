"""Recorded answers of Google's APIs, and what is in them: read here without any of the product's rules.

A recording is a file FOLDER/get-PATH_N.json of {headers, body}, where the slashes of PATH are dashes. RULES says
which of them are lists that a catalog entry asks for, and how a person would read one item of each.
"""
import glob
import json
import os
import re

# The projects that were recorded: a dash in a name is no slash.
ACCOUNT = r"projects-(?P<account>cloud-custodian|stacklet-test-policies)"
PLACE = r"locations-(?P<location>-|[a-z]+[0-9]?|[a-z]+-[a-z]+[0-9]+(?:-[a-z])?)"


class Rule:
    """A list: its path, its entry, where its items are, and what an item is called."""

    def __init__(self, pattern, entry, key, id_, **more):
        self.pattern = re.compile("^%s$" % pattern.replace("ACCOUNT", ACCOUNT).replace("PLACE", PLACE))
        self.entry, self.key, self.id = entry, key, id_
        self.folder = more.get("folder")
        self.name = more.get("name", lambda item: item["name"].rsplit("/", 1)[-1])
        self.labels = more.get("labels", "labels")
        self.variables = more.get("variables", ())
        self.collection = None  # the answer for one place becomes one of an aggregated list

    def fits(self, recording):
        if self.folder and not recording.folder.startswith(self.folder):
            return None
        # One list of one place turned out to be that of all places.
        if self.collection and isinstance((recording.body or {}).get("items"), dict):
            return None
        return self.pattern.match(recording.path)


def named(service):
    """Of the newer services: what an item is called is its place below the service."""
    return lambda item, found: "//%s.googleapis.com/%s" % (service, item["name"])


def titled(item):
    return item.get("displayName") or item["name"].rsplit("/", 1)[-1]


def compute(collection, entry=None, aggregated=None):
    """One collection of Compute Engine: all of it at once, or that of one place."""
    def full(item, found):
        kind = next((one for one in ("zone", "region") if item.get(one)), None)
        place = "%ss/%s" % (kind, item[kind].rsplit("/", 1)[-1]) if kind else "global"
        return "//compute.googleapis.com/projects/%s/%s/%s/%s" % (found["account"], place, collection, item["name"])

    whole = "compute-v-ACCOUNT-(?:aggregated|regions-us-central1)-%s" % collection
    part = "compute-v-ACCOUNT-(?P<place>zones-[a-z0-9-]+?|regions-[a-z0-9-]+?|global)-%s" % collection
    rule = Rule(part, entry or "compute.%s.aggregatedList" % collection, "items", full)
    rule.collection = None if entry and not aggregated else collection
    yield rule
    yield Rule(whole, entry or "compute.%s.aggregatedList" % collection, "items.*." + collection, full)


def dataset(item, found):
    return "//bigquery.googleapis.com/projects/%s/datasets/%s" % (found["account"], item["datasetReference"]["datasetId"])


def sql(what, key):
    return lambda item, found: "%s/%s/%s" % (found["parent"], what, item[key])


RULES = [rule for group in (
    compute("instances"), compute("disks"), compute("instanceGroupManagers"), compute("autoscalers"),
    compute("addresses"), compute("forwardingRules"), compute("subnetworks"), compute("routers"),
    compute("backendServices"), compute("urlMaps"), compute("healthChecks"), compute("sslCertificates"),
    compute("sslPolicies"), compute("securityPolicies"), compute("targetHttpProxies"), compute("targetHttpsProxies"),
    compute("targetTcpProxies"), compute("targetInstances"), compute("targetPools"), compute("instanceTemplates"),
    compute("images", "compute.images.list"), compute("snapshots", "compute.snapshots.list"),
    compute("firewalls", "compute.firewalls.list"), compute("networks", "compute.networks.list"),
    compute("routes", "compute.routes.list"), compute("backendBuckets", "compute.backendBuckets.list"),
    compute("httpHealthChecks", "compute.httpHealthChecks.list"),
    compute("targetSslProxies", "compute.targetSslProxies.list"),
    compute("commitments", "compute.regionCommitments.aggregatedList", True)) for rule in group] + [
    Rule("compute-v-ACCOUNT-zones", "compute.zones.list", "items", lambda item, found:
         "//compute.googleapis.com/projects/%s/zones/%s" % (found["account"], item["name"])),
    Rule("compute-v-ACCOUNT-regions", "compute.regions.list", "items", lambda item, found:
         "//compute.googleapis.com/projects/%s/regions/%s" % (found["account"], item["name"])),
    Rule("compute-v-ACCOUNT", "compute.projects.get", ".", lambda item, found:
         "//compute.googleapis.com/projects/" + item["name"], labels=None),
    Rule("storage-v-b", "storage.buckets.list", "items", lambda item, found: "//storage.googleapis.com/" + item["name"]),
    Rule("storage-v-b-(?P<bucket>[a-z0-9-]+)-iam", "storage.buckets.getIamPolicy", ".",
         lambda item, found: found["parent"], name=None, labels=None, variables=("bucket",)),
    Rule("bigquery-v-ACCOUNT-datasets", "bigquery.datasets.list", "datasets", dataset,
         name=lambda item: item.get("friendlyName") or item["datasetReference"]["datasetId"]),
    Rule("bigquery-v-ACCOUNT-datasets-(?P<dataset>[A-Za-z0-9_]+)", "bigquery.datasets.get", ".",
         lambda item, found: found["parent"], name=None, labels=None, variables=("dataset",)),
    Rule("bigquery-v-ACCOUNT-datasets-(?P<dataset>[A-Za-z0-9_]+)-tables", "bigquery.tables.list", "tables",
         lambda item, found: "%s/tables/%s" % (found["parent"], item["tableReference"]["tableId"]),
         name=lambda item: item["tableReference"]["tableId"], variables=("dataset",)),
    Rule("(?:sql-)?v-ACCOUNT-instances", "sqladmin.instances.list", "items", lambda item, found:
         "//cloudsql.googleapis.com/projects/%s/instances/%s" % (found["account"], item["name"]),
         labels="settings.userLabels", folder="sql"),
    Rule("sql-v-ACCOUNT-instances-(?P<instance>[a-z0-9-]+)-users", "sqladmin.users.list", "items", lambda item, found:
         "%s/users/%s/%s" % (found["parent"], item.get("host") or "-", item["name"]), labels=None,
         variables=("instance",)),
    Rule("sql-v-ACCOUNT-instances-(?P<instance>[a-z0-9-]+)-backupRuns", "sqladmin.backupRuns.list", "items",
         sql("backupRuns", "id"), name=lambda item: item["id"], labels=None, variables=("instance",)),
    Rule("v-ACCOUNT-PLACE-clusters", "container.projects.locations.clusters.list", "clusters", lambda item, found:
         "//container.googleapis.com/projects/%s/%s/%s/clusters/%s" % (
             found["account"], "zones" if item["location"].count("-") > 1 else "locations", item["location"],
             item["name"]), labels="resourceLabels", folder="gke-"),
    Rule("v-ACCOUNT-PLACE-clusters-(?P<cluster>[a-z0-9-]+)-nodePools",
         "container.projects.locations.clusters.nodePools.list", "nodePools", lambda item, found:
         "//container.googleapis.com/" + item["selfLink"].split("/v1/", 1)[-1], labels="config.labels",
         variables=("location", "cluster")),
    Rule("v-ACCOUNT-PLACE-clusters", "redis.projects.locations.clusters.list", "clusters", named("redis"),
         folder="redis-"),
    Rule("v-ACCOUNT-PLACE-instances", "redis.projects.locations.instances.list", "instances", named("redis"),
         folder="redis-"),
    Rule("v-ACCOUNT-PLACE-keyRings", "cloudkms.projects.locations.keyRings.list", "keyRings", named("cloudkms"),
         variables=("location",)),
    Rule("v-(?P<ring>projects-[a-z-]+-locations-[a-z0-9-]+-keyRings-[a-z-]+)-cryptoKeys",
         "cloudkms.projects.locations.keyRings.cryptoKeys.list", "cryptoKeys", named("cloudkms"), variables=("ring",)),
    Rule("v-(?P<key>projects-[a-z-]+-locations-[a-z0-9-]+-keyRings-[a-z-]+-cryptoKeys-[a-z-]+)-cryptoKeyVersions",
         "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.list", "cryptoKeyVersions",
         named("cloudkms"), variables=("key",)),
    Rule("v-ACCOUNT-serviceAccounts", "iam.projects.serviceAccounts.list", "accounts", lambda item, found:
         "//iam.googleapis.com/projects/%s/serviceAccounts/%s" % (found["account"], item["email"]),
         name=lambda item: item["email"]),
    Rule("v-ACCOUNT-roles", "iam.projects.roles.list", "roles", named("iam"),
         name=lambda item: item.get("title") or item["name"].rsplit("/", 1)[-1]),
    Rule("v-ACCOUNT-topics", "pubsub.projects.topics.list", "topics", named("pubsub")),
    Rule("v-ACCOUNT-subscriptions", "pubsub.projects.subscriptions.list", "subscriptions", named("pubsub")),
    Rule("v-ACCOUNT-snapshots", "pubsub.projects.snapshots.list", "snapshots", named("pubsub")),
    Rule("v-ACCOUNT-sinks", "logging.projects.sinks.list", "sinks", lambda item, found:
         "//logging.googleapis.com/projects/%s/sinks/%s" % (found["account"], item["name"])),
    Rule("v-ACCOUNT-metrics", "logging.projects.metrics.list", "metrics", lambda item, found:
         "//logging.googleapis.com/projects/%s/metrics/%s" % (found["account"], item["name"]),
         name=lambda item: item["name"]),
    Rule("v-ACCOUNT-exclusions", "logging.projects.exclusions.list", "exclusions", lambda item, found:
         "//logging.googleapis.com/projects/%s/exclusions/%s" % (found["account"], item["name"])),
    Rule("v-ACCOUNT-alertPolicies", "monitoring.projects.alertPolicies.list", "alertPolicies", named("monitoring"),
         name=titled, labels="userLabels"),
    Rule("v-ACCOUNT-notificationChannels", "monitoring.projects.notificationChannels.list", "notificationChannels",
         named("monitoring"), name=titled, labels="userLabels"),
    Rule("dns-v-ACCOUNT-managedZones", "dns.managedZones.list", "managedZones", lambda item, found:
         "//dns.googleapis.com/projects/%s/managedZones/%s" % (found["account"], item["name"])),
    Rule("dns-v-ACCOUNT-policies", "dns.policies.list", "policies", lambda item, found:
         "//dns.googleapis.com/projects/%s/policies/%s" % (found["account"], item["name"])),
    Rule("v-ACCOUNT-PLACE-functions", "cloudfunctions.projects.locations.functions.list", "functions",
         named("cloudfunctions")),
    Rule("v-ACCOUNT-PLACE-repositories", "artifactregistry.projects.locations.repositories.list", "repositories",
         named("artifactregistry"), variables=("location",)),
    Rule("v-ACCOUNT-PLACE-services", "run.projects.locations.services.list", "services", named("run"),
         variables=("location",)),
    Rule("v-ACCOUNT-PLACE-certificates", "certificatemanager.projects.locations.certificates.list", "certificates",
         named("certificatemanager")),
    Rule("v-ACCOUNT-PLACE-instances", "notebooks.projects.locations.instances.list", "instances", named("notebooks"),
         folder="test_notebook"),
    Rule("v-ACCOUNT-instances", "spanner.projects.instances.list", "instances", named("spanner"), name=titled,
         folder=("spanner-", "test-spanner-", "filter-metrics")),
    Rule("v-(?P<instance>projects-[a-z-]+-instances-spanner-instance-0)-databases",
         "spanner.projects.instances.databases.list", "databases", named("spanner"), variables=("instance",)),
    Rule("v-(?P<instance>projects-[a-z-]+-instances-spanner-instance-0)-backups",
         "spanner.projects.instances.backups.list", "backups", named("spanner"), variables=("instance",)),
    Rule("v-ACCOUNT-instances", "bigtableadmin.projects.instances.list", "instances", named("bigtable"), name=titled,
         folder="bigtable-"),
    Rule("v-(?P<instance>projects-[a-z-]+-instances-custodian-test-instance)-tables",
         "bigtableadmin.projects.instances.tables.list", "tables", named("bigtable"), variables=("instance",)),
    Rule("v-ACCOUNT-databases", "firestore.projects.databases.list", "databases", named("firestore"),
         folder="firestore-"),
    Rule("v-(?P<database>projects-[a-z-]+-databases-[a-z0-9-]+)-backupSchedules",
         "firestore.projects.databases.backupSchedules.list", "backupSchedules", named("firestore"),
         variables=("database",)),
    Rule("v-apps-(?P<account>[a-z-]+)-services", "appengine.apps.services.list", "services", named("appengine"),
         name=lambda item: item["id"]),
    Rule("v-apps-(?P<account>[a-z-]+)-domainMappings", "appengine.apps.domainMappings.list", "domainMappings",
         lambda item, found: "%s/domainMappings/%s" % (found["parent"], item["id"]), name=lambda item: item["id"]),
    Rule("v-apps-(?P<account>cloud-custodian)", "appengine.apps.get", ".", named("appengine"),
         name=lambda item: item["id"], labels=None),
    Rule("v-ACCOUNT-jobs-aggregated", "dataflow.projects.jobs.aggregated", "jobs", lambda item, found:
         "//dataflow.googleapis.com/projects/%s/locations/%s/jobs/%s" % (
             found["account"], item["location"], item["id"])),
    Rule("v-organizations-(?P<organization>[0-9]+)-roles", "iam.organizations.roles.list", "roles", named("iam")),
] + [
    Rule("v-ACCOUNT-PLACE-%s" % what, "aiplatform.projects.locations.%s.list" % what, what, named("aiplatform"),
         name=titled, variables=("location",)) for what in (
        "endpoints", "models", "datasets", "indexes", "customJobs", "hyperparameterTuningJobs", "batchPredictionJobs",
        "modelDeploymentMonitoringJobs")]

# Lists that the collector asks for itself, before any catalog is read.
COLLECTORS_OWN = re.compile(r"^v-(projects|folders|organizations)$|^v-ACCOUNT-services$".replace("ACCOUNT", ACCOUNT))


class Recording:
    def __init__(self, path):
        self.folder, self.file = path.split(os.sep)[-2:]
        stem = re.fullmatch(r"([a-z]+)-(.*)_\d+\.json", self.file)
        self.verb = stem.group(1)
        # Without the host that some begin with, and whatever version it was: lists did not change their shape.
        named_host = re.sub(r"^[a-z0-9-]*\.googleapis\.com-", "", stem.group(2))
        self.path = re.sub(r"(^|-)v\d+[a-z0-9]*(?=-)", r"\1v", named_host, count=1)
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        self.body = content.get("body")
        self.status = str((content.get("headers") or {}).get("status", "200"))

    def reason(self):
        """Why it is not used."""
        if self.verb != "get":
            return "a %s" % self.verb
        if not self.status.startswith("2") or (isinstance(self.body, dict) and "error" in self.body):
            return "an error"
        if "-operations-" in self.path:
            return "a running operation"
        if re.fullmatch("v-%s-locations" % ACCOUNT, self.path):
            return "a list of locations, which only leads on"
        if COLLECTORS_OWN.match(self.path):
            return "a list that the collector itself asks for"
        if not isinstance(self.body, dict) or not self.body:
            return "an empty answer at a path that no entry asks for"
        lists = [key for key, value in self.body.items() if isinstance(value, list)]
        if {"name", "id", "selfLink", "email", "displayName", "creationTimestamp"} & set(self.body):
            return "one resource, not a list"
        return "a list that no entry asks for (%s)" % ", ".join(lists or sorted(self.body))


def items(body, key):
    """The resources of an answer: itself, a member's, or those of every zone and region."""
    if key == ".":
        return [body]
    if not key.startswith("items.*."):
        return body.get(key) or []
    return [one for place in (body.get("items") or {}).values() for one in place.get(key[8:]) or []]


def secrets(node, path=()):
    """Values that must not be kept: metadata of machines, environment variables, private keys."""
    if isinstance(node, list):
        for one in node:
            yield from secrets(one, path)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from secrets(value, path + (key,))
    elif isinstance(node, str) and len(node) > 3:
        if path[-3:] in (("metadata", "items", "value"), ("commonInstanceMetadata", "items", "value")) or (
                len(path) > 1 and re.search("[eE]nvironmentVariables$", path[-2])) or re.search(
                    "^(clientKey|privateKey|privateKeyData|sharedSecret|password|rawKey)$", path[-1]):
            yield node


def label_map(item, path):
    for name in path.split("."):
        item = (item or {}).get(name)
    return item or {}


def read(folder):
    """[(recording, rule, groups)] of those that are used, and [(recording, reason)] of the others."""
    used, others = [], []
    for path in sorted(glob.glob(os.path.join(folder, "*", "*.json"))):
        recording = Recording(path)
        found = None
        for rule in RULES if recording.verb == "get" else ():
            found = rule.fits(recording)
            if found:
                break
        good = found and recording.status.startswith("2") and isinstance(recording.body, dict) and \
            "error" not in recording.body
        if good:
            used.append((recording, rule, found.groupdict()))
        else:
            others.append((recording, recording.reason()))
    return used, others
