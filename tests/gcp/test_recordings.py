"""test_recordings.py GCP_RECORDED: recorded answers of Google's APIs decode without loss.

Every recording that lists something the catalogs know is served from a loopback server to the catalogs' own entry
(recorded.c). The number of records, their ids, names and labels are those that recordings.py reads from the same
bytes. Prints how many were used, and why each other was not. Then answers made here, with values that must not be
written.
"""
import collections
import json
import os
import re
import subprocess
import sys
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TREE, "tests", "support"))
sys.path.insert(1, os.path.join(TREE, "tests", "aws"))  # catalog_reader knows nothing of a provider
sys.path.insert(2, HERE)
import packages  # noqa: E402

packages.need("yaml")
import recordings  # noqa: E402
from catalog_reader import read_catalog  # noqa: E402

SHARED = os.environ.get("WGO_SHARED_DIR") or os.path.join(os.path.dirname(TREE), "shared")
FOLDER = os.path.join(SHARED, "recordings", "gcp")
LINKS = (("https://www.googleapis.com/compute/v1/", "//compute.googleapis.com/"),
         ("https://container.googleapis.com/v1/", "//container.googleapis.com/"))


def full_name(link):
    """What the collector makes of Google's own links. Whoever published the answers gave their project another
    name, but not everywhere."""
    link = re.sub(r"/projects/[a-z]+-(custodian|pier)-\d+/", "/projects/cloud-custodian/", link)
    for link_begins, name_begins in LINKS:
        if link.startswith(link_begins):
            return name_begins + link[len(link_begins):]
    return link


class Server:
    """Answers the first request for a recording with it; there is no second page, and there are no children."""

    def __init__(self, bodies):
        self.bodies, self.asked, self.lock = bodies, collections.Counter(), threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                outer.answer(self)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_address[1]
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def answer(self, handler):
        number = int(re.match(r"/(\d+)/", handler.path).group(1)) if re.match(r"/\d+/", handler.path) else -1
        with self.lock:
            first = number in self.bodies and not self.asked[number]
            self.asked[number] += 1
        body = self.bodies[number] if first else b"{}"
        handler.send_response(200 if first or "pageToken=" in handler.path else 404)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def close(self):
        self.http.shutdown()
        self.http.server_close()


def body_of(recording, rule, found):
    """The bytes that are served. What was asked of one zone is put where the list of all zones has it."""
    body = recording.body
    if rule.collection:
        place = found["place"].replace("zones-", "zones/").replace("regions-", "regions/")
        body = {"items": {place: {rule.collection: body.get("items") or []}}}
    return json.dumps(body).encode()


def task_of(number, rule, found):
    variables = {name: found.get(name) or "-" for name in rule.variables}
    variables["parent"] = found["parent"]
    return "\t".join([str(number), rule.entry, found.get("account") or "cloud-custodian"] +
                     ["%s=%s" % pair for pair in sorted(variables.items())])


def ask(program, bodies, tasks):
    """(exit code, records by recording, problems, how often each was asked for)"""
    server = Server(bodies)
    done = subprocess.run([program, os.path.join(TREE, "collectors", "gcp", "catalog"), str(server.port)],
                          input="\n".join(tasks) + "\n", stdout=subprocess.PIPE, text=True, check=False)
    server.close()
    records, problems = collections.defaultdict(list), []
    for line in map(json.loads, done.stdout.splitlines()):
        if "problem" in line:
            problems.append(line["problem"])
        else:
            records[int(line["recording"])].append(line)
    return done.returncode, records, problems, server.asked


# Paths that hold a secret, and paths whose values move by themselves, by entry.
AUTH = ".authMethods[].oidcConfig.clientSecret"
SECRET = (
    ("compute.instanceGroupManagers.aggregatedList", "allInstancesConfig.properties.metadata.*"),
    ("cloudbuild.projects.locations.triggers.list", "build.options.env[]", "triggerTemplate.substitutions.*"),
    ("dataproc.projects.regions.clusters.list",
     "virtualClusterConfig.kubernetesClusterConfig.kubernetesSoftwareConfig.properties.*"),
    ("dataproc.projects.regions.workflowTemplates.list",
     "placement.managedCluster.config.softwareConfig.properties.*",
     "placement.managedCluster.config.gceClusterConfig.metadata.*", "jobs[].sparkJob.properties.*",
     "jobs[].pysparkJob.args[]"),
    ("gkehub.projects.locations.features.list", "fleetDefaultMemberConfig.identityservice" + AUTH,
     "membershipSpecs.*.identityservice" + AUTH, "membershipStates.*.identityservice.memberConfig" + AUTH),
)
MOVING = (
    ("aiplatform.projects.locations.indexes.list", "indexStats.vectorsCount"),
    ("aiplatform.projects.locations.modelDeploymentMonitoringJobs.list", "nextScheduleTime"),
    ("backupdr.projects.locations.backupPlanAssociations.list",
     "rulesConfigInfo[].lastSuccessfulBackupConsistencyTime"),
    ("bigquery.tables.list", "numBytes", "numRows", "lastModifiedTime"),
    ("bigquerydatatransfer.projects.locations.transferConfigs.list", "nextRunTime", "state"),
    ("bigqueryreservation.projects.locations.reservations.list", "autoscale.currentSlots"),
    ("compute.autoscalers.aggregatedList", "scalingScheduleStatus.*.nextStartTime"),
    ("compute.machineImages.list", "totalStorageBytes", "savedDisks[].storageBytes"),
    ("compute.resourcePolicies.aggregatedList", "resourceStatus.instanceSchedulePolicy.nextRunStartTime"),
    ("compute.snapshots.list", "storageBytes", "storageBytesStatus"),
    ("container.projects.locations.clusters.list", "nodePools[].networkConfig.podIpv4RangeUtilization"),
    ("dataplex.projects.locations.lakes.tasks.list", "executionStatus.latestJob.name"),
    ("file.projects.locations.backups.list", "storageBytes"),
    ("gkebackup.projects.locations.backupPlans.list", "backupSchedule.nextScheduledBackupTime",
     "lastSuccessfulBackupTime"),
    ("gkehub.projects.locations.memberships.list", "lastConnectionTime"),
    ("metastore.projects.locations.services.list", "scheduledBackup.nextScheduledTime"),
    ("netapp.projects.locations.storagePools.list", "hotTierSizeUsedGib", "coldTierSizeUsedGib"),
    ("netapp.projects.locations.volumes.replications.list", "transferStats.transferBytes"),
    ("osconfig.projects.patchDeployments.list", "lastExecuteTime", "recurringSchedule.nextExecuteTime"),
    ("run.projects.locations.jobs.list", "executionCount", "latestCreatedExecution.name"),
)
NAMED = {"name": "projects/p/x/1", "id": "1", "selfLink": "https://www.googleapis.com/compute/v1/projects/p/x/1",
         "tableReference": {"tableId": "1", "datasetId": "d"}, "resourceName": "1", "clusterName": "1",
         "location": "x"}


# What an item says that tells its type: (entry, path, value, type).
TYPES = (
    ("cloudfunctions.projects.locations.functions.list", "environment", "GEN_1", "google_cloudfunctions_function"),
    ("cloudfunctions.projects.locations.functions.list", "environment", "GEN_2", "google_cloudfunctions2_function"),
    ("appengine.apps.services.versions.list", "env", "flexible", "google_app_engine_flexible_app_version"),
    ("appengine.apps.services.versions.list", "env", "standard", "google_app_engine_standard_app_version"),
    ("compute.sslCertificates.aggregatedList", "type", "MANAGED", "google_compute_managed_ssl_certificate"),
    ("compute.sslCertificates.aggregatedList", "type", "SELF_MANAGED", "google_compute_ssl_certificate"),
    ("compute.sslCertificates.aggregatedList", "region", "https://x/projects/p/regions/r",
     "google_compute_region_ssl_certificate"),
    ("logging.projects.sinks.list", "name", "folders/1/sinks/s", "google_logging_folder_sink"),
    ("logging.projects.sinks.list", "name", "s", "google_logging_project_sink"),
    ("logging.projects.locations.buckets.list", "name", "billingAccounts/1/locations/global/buckets/b",
     "google_logging_billing_account_bucket_config"),
    ("logging.projects.locations.buckets.list", "name", "organizations/1/locations/global/buckets/b",
     "google_logging_organization_bucket_config"),
    ("iam.projects.roles.list", "name", "organizations/1/roles/r", "google_organization_iam_custom_role"),
    ("iam.projects.roles.list", "name", "projects/p/roles/r", "google_project_iam_custom_role"),
) + tuple((entry, "selfLink", "https://www.googleapis.com/compute/v1/projects/p/%s/x/1" % place, type_)
          for entry, place, type_ in (
    ("compute.disks.aggregatedList", "regions/r", "google_compute_region_disk"),
    ("compute.disks.aggregatedList", "zones/z", "google_compute_disk"),
    ("compute.backendServices.aggregatedList", "regions/r", "google_compute_region_backend_service"),
    ("compute.backendServices.aggregatedList", "global", "google_compute_backend_service"),
    ("compute.healthChecks.aggregatedList", "regions/r", "google_compute_region_health_check"),
    ("compute.healthChecks.aggregatedList", "global", "google_compute_health_check"),
    ("compute.instanceGroupManagers.aggregatedList", "regions/r", "google_compute_region_instance_group_manager"),
    ("compute.instanceTemplates.aggregatedList", "regions/r", "google_compute_region_instance_template"),
    ("compute.instanceTemplates.aggregatedList", "global", "google_compute_instance_template"),
    ("compute.instantSnapshots.aggregatedList", "regions/r", "google_compute_region_instant_snapshot"),
    ("compute.autoscalers.aggregatedList", "regions/r", "google_compute_region_autoscaler"),
    ("compute.urlMaps.aggregatedList", "regions/r", "google_compute_region_url_map"),
    ("compute.targetHttpProxies.aggregatedList", "regions/r", "google_compute_region_target_http_proxy"),
    ("compute.targetHttpsProxies.aggregatedList", "regions/r", "google_compute_region_target_https_proxy"),
    ("compute.targetTcpProxies.aggregatedList", "regions/r", "google_compute_region_target_tcp_proxy"),
    ("compute.sslPolicies.aggregatedList", "regions/r", "google_compute_region_ssl_policy"),
    ("compute.securityPolicies.aggregatedList", "regions/r", "google_compute_region_security_policy"),
    ("compute.networkFirewallPolicies.aggregatedList", "regions/r", "google_compute_region_network_firewall_policy"),
    ("compute.networkEndpointGroups.aggregatedList", "regions/r", "google_compute_region_network_endpoint_group"),
    ("compute.networkEndpointGroups.aggregatedList", "global", "google_compute_global_network_endpoint_group"),
    ("compute.networkEndpointGroups.aggregatedList", "zones/z", "google_compute_network_endpoint_group")))


def put(into, path, value):
    """Puts a value where a catalog's path leads; what is there already stays."""
    first, _, rest = path.partition(".")
    name, is_list = first.removesuffix("[]"), first.endswith("[]")
    name = "any" if name == "*" else name
    if not rest:
        into[name] = [value] if is_list else value
    else:
        below = into.setdefault(name, [{}] if is_list else {})
        put(below[0] if is_list else below, rest, value)


class Made(unittest.TestCase):
    """What must not be written, and what tells a type: asked for by its own list, and from a bulk list."""

    program = None

    def read(self, table):
        """[(entry, {path: value})] -> the records of each, by its own list and from a bulk list, one after the other."""
        catalog = read_catalog(os.path.join(TREE, "collectors", "gcp", "catalog"))
        bodies, tasks = {}, []
        for number, (name, values) in enumerate(table):
            entry, item, body = catalog.by_name[name], json.loads(json.dumps(NAMED)), {}
            for path, value in values.items():
                put(item, path, value)
            put(body, entry.get("items"), item)
            variables = dict.fromkeys(re.findall(r"{\+?(\w+)}", str(entry.request("path"))), "x")
            variables.update({"parent": "//x/p", "location": "x"})
            variables.pop("account", None)
            bodies[2 * number] = json.dumps(body).encode()
            tasks.append("\t".join([str(2 * number), name, "p"] + ["%s=%s" % one for one in variables.items()]))
            bodies[2 * number + 1] = json.dumps({"assets": [
                {"name": "//x/%d/%s" % (number, values.get("selfLink", values.get("name", ""))), "assetType": entry.text("native_type").replace("{service}", entry.service),
                 "resource": {"data": item}}]}).encode()
            tasks.append("%d\tbulk\tp" % (2 * number + 1))
        code, records, problems, _ = ask(self.program, bodies, tasks)
        self.assertEqual((code, problems), (0, []))
        for number in range(len(bodies)):
            self.assertEqual(len(records[number]), 1, table[number // 2][0])
        return [records[number][0] for number in range(len(bodies))]

    def check(self, table, kept):
        records = self.read([(name, dict.fromkeys(paths, "planted-1")) for name, *paths in table])
        for number, record in enumerate(records):
            name, *paths = table[number // 2]
            with self.subTest(entry=name, bulk=number % 2):
                text = json.dumps(record["configuration"])
                self.assertNotIn("planted-", text)
                self.assertEqual(text.count('"redacted"'), len(paths) if kept else 0)

    def test_items_tell_their_types(self):
        for number, record in enumerate(self.read([(name, {path: value}) for name, path, value, _ in TYPES])):
            self.assertEqual(record["type"], TYPES[number // 2][3], "%s %d" % (TYPES[number // 2][0], number % 2))

    def test_secrets_are_redacted(self):
        self.check(SECRET, kept=True)

    def test_what_moves_by_itself_is_left_out(self):
        self.check(MOVING, kept=False)


class Recordings(unittest.TestCase):
    program = None

    @classmethod
    def setUpClass(cls):
        if not os.path.isdir(FOLDER):
            print("SKIPPED: no recordings in %s" % FOLDER)
            raise unittest.SkipTest("no recordings")
        cls.used, cls.others = recordings.read(FOLDER)
        bodies, tasks = {}, []
        for number, (recording, rule, found) in enumerate(cls.used):
            found["parent"] = "//parent.test/%d" % number
            bodies[number] = body_of(recording, rule, found)
            tasks.append(task_of(number, rule, found))
        cls.code, cls.records, cls.problems, cls.asked = ask(cls.program, bodies, tasks)

    def test_every_recording_was_asked_for(self):
        self.assertEqual(self.code, 0)
        self.assertEqual(self.problems, [])
        missing = [self.used[number][0].file for number in range(len(self.used)) if not self.asked[number]]
        self.assertEqual(missing, [])

    def test_nothing_is_lost(self):
        count = 0
        for number, (recording, rule, found) in enumerate(self.used):
            wanted = recordings.items(recording.body, rule.key)
            got = self.records[number]
            where = "%s/%s by %s" % (recording.folder, recording.file, rule.entry)
            self.assertEqual(len(got), len(wanted), where)
            ids = sorted(rule.id(item, found) for item in wanted)
            self.assertEqual(sorted(full_name(one["id"]) for one in got), ids, where)
            by_id = {full_name(one["id"]): one for one in got}
            for item in wanted:
                record = by_id[rule.id(item, found)]
                if rule.name is None:
                    self.assertIn("part", record, where)
                    continue
                self.assertEqual(record.get("name"), rule.name(item), where)
                if rule.labels:
                    self.assertEqual(record.get("tags", {}), recordings.label_map(item, rule.labels), where)
            count += len(wanted)
        entries = len({rule.entry for _, rule, _ in self.used})
        empty = sum(1 for recording, rule, _ in self.used if not recordings.items(recording.body, rule.key))
        print("%d recordings used by %d entries: %d resources, %d lists were empty, %d asked of one place" % (
            len(self.used), entries, count, empty, sum(1 for _, rule, _ in self.used if rule.collection)))
        self.assertGreater(len(self.used), 300)
        self.assertGreater(count, 300)
        self.assertGreater(entries, 50)

    def test_a_bulk_list_reads_the_same(self):
        """What Asset Inventory says of an item is what the list of its service says."""
        bodies, tasks, wanted = {}, [], {}
        for number, (recording, rule, found) in enumerate(self.used):
            native = {full_name(one["id"]): one for one in self.records[number] if "part" not in one}
            items = recordings.items(recording.body, rule.key) if rule.name else []
            if not items or not native:
                continue
            assets = [{"name": rule.id(item, found), "assetType": native[rule.id(item, found)]["native_type"],
                       "resource": {"data": item}} for item in items]
            bodies[number] = json.dumps({"assets": assets}).encode()
            tasks.append("%d\tbulk\t%s" % (number, found.get("account") or "cloud-custodian"))
            wanted[number] = native
        code, records, problems, _ = ask(self.program, bodies, tasks)
        self.assertEqual((code, problems), (0, []))
        kinds = set()
        for number, native in wanted.items():
            recording, rule, _ = self.used[number]
            where = "%s/%s by %s" % (recording.folder, recording.file, rule.entry)
            self.assertEqual({one["id"] for one in records[number]}, set(native), where)
            for one in records[number]:
                other = native[one["id"]]
                for key in ("type", "name", "tags", "created", "native_id", "native_type"):
                    self.assertEqual(one.get(key), other.get(key), "%s of %s" % (key, where))
                kinds.add(one["native_type"])
        print("%d resources of %d kinds read the same from a bulk list" % (
            sum(map(len, wanted.values())), len(kinds)))
        self.assertGreater(len(kinds), 40)

    def test_no_secret_is_kept(self):
        count = 0
        for number, (recording, rule, _) in enumerate(self.used):
            kept = json.dumps([one.get("configuration") for one in self.records[number]])
            for value in set(recordings.secrets(recordings.items(recording.body, rule.key))):
                count += 1
                self.assertNotIn(json.dumps(value)[1:-1], kept, "%s/%s by %s" % (
                    recording.folder, recording.file, rule.entry))
        print("%d secrets of the recordings are in no record" % count)
        self.assertGreater(count, 5)

    def test_every_other_has_a_reason(self):
        why = collections.Counter(reason for _, reason in self.others)
        print("%d recordings not used:" % len(self.others))
        for reason, count in why.most_common():
            print("  %4d  %s" % (count, reason))
        self.assertEqual(sum(why.values()) + len(self.used),
                         sum(len(files) for _, _, files in os.walk(FOLDER)))

    def test_no_entry_with_labels_goes_untested(self):
        labelled = [rule.entry for recording, rule, _ in self.used if rule.labels and any(
            recordings.label_map(item, rule.labels) for item in recordings.items(recording.body, rule.key))]
        self.assertGreater(len(set(labelled)), 10, "labels of too few kinds were compared")


if __name__ == "__main__":
    Recordings.program = Made.program = sys.argv.pop(1)
    result = unittest.main(exit=False).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
