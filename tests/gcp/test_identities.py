"""test_identities.py DRIVER: a resource of Terraform's Google provider has the id that the live object has.

The table (collectors/terraform/identities.yaml) against the catalogs: every type that is collected has an
identity, every identity is of a type that is collected, and is built alike. Then states: those that real
providers wrote (WGO_SHARED_DIR), and some written here.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TREE, "tests", "support"))
sys.path.insert(1, os.path.join(TREE, "tests", "aws"))  # catalog_reader knows nothing of a provider
import packages  # noqa: E402

packages.need("yaml")
import yaml  # noqa: E402
from catalog_reader import read_catalog  # noqa: E402

SHARED = os.environ.get("WGO_SHARED_DIR") or os.path.join(os.path.dirname(TREE), "shared")
STATES = os.path.join(SHARED, "fixtures", "tfstate")
# Listed by the collector itself, not by a catalog of a service.
COLLECTORS_OWN = {"google_project": "//cloudresourcemanager.googleapis.com/*",
                  "google_folder": "//cloudresourcemanager.googleapis.com/*"}

# What is in the states that real providers wrote, by address: the id of the live object, as Asset Inventory and
# the lists of the service have it. None: the state does not say in which project the object is.
COMPUTE = "//compute.googleapis.com/projects/"
REAL = {
    "driftctl-google_compute_instance.tfstate": {
        "google_compute_instance.default": COMPUTE + "cloudskiff-dev-elie/zones/us-central1-a/instances/test"},
    "driftctl-google_compute_router.tfstate": {
        "google_compute_router.router_%d" % n:
            COMPUTE + "cloudskiff-dev-raphael/regions/us-central1/routers/test-router-%d" % n for n in range(3)},
    "driftctl-google_sql_database_instance.tfstate": {
        "google_sql_database_instance.db":
            "//cloudsql.googleapis.com/projects/cloudskiff-dev-elie/instances/my-database-instance"},
    "inframap-google_state.tfstate": {None: None},
}

# (type, attributes, id)
CASES = (
    ("google_compute_instance", {"id": "projects/p/zones/z-a/instances/i"}, COMPUTE + "p/zones/z-a/instances/i"),
    ("google_compute_instance", {"id": "i", "name": "i", "project": "p", "zone": "z-a"},
     COMPUTE + "p/zones/z-a/instances/i"),
    ("google_compute_address", {"id": "p/r/a", "name": "a", "project": "p",
                                "region": "https://www.googleapis.com/compute/v1/projects/p/regions/r"},
     COMPUTE + "p/regions/r/addresses/a"),
    ("google_compute_global_address", {"id": "a", "name": "a", "project": "p"}, COMPUTE + "p/global/addresses/a"),
    ("google_compute_firewall", {"id": "f", "name": "f"}, None),
    ("google_compute_region_backend_service", {"id": "b", "name": "b", "project": "p", "region": "r"},
     COMPUTE + "p/regions/r/backendServices/b"),
    ("google_compute_ha_vpn_gateway", {"id": "x", "name": "g", "project": "p", "region": "r"},
     COMPUTE + "p/regions/r/vpnGateways/g"),
    ("google_storage_bucket", {"id": "b", "name": "b", "project": "p"}, "//storage.googleapis.com/b"),
    ("google_container_cluster", {"id": "projects/p/locations/us-east1-b/clusters/c", "project": "p", "name": "c",
                                  "location": "us-east1-b"},
     "//container.googleapis.com/projects/p/zones/us-east1-b/clusters/c"),
    ("google_container_cluster", {"id": "projects/p/locations/us-east1/clusters/c", "project": "p", "name": "c",
                                  "location": "us-east1"},
     "//container.googleapis.com/projects/p/locations/us-east1/clusters/c"),
    ("google_container_node_pool", {"project": "p", "name": "n", "location": "us-east1",
                                    "cluster": "projects/p/locations/us-east1/clusters/c"},
     "//container.googleapis.com/projects/p/locations/us-east1/clusters/c/nodePools/n"),
    ("google_service_account", {"id": "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com", "project": "p",
                                "email": "a@p.iam.gserviceaccount.com", "unique_id": "1"},
     "//iam.googleapis.com/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com"),
    ("google_sql_user", {"id": "u//i", "project": "p", "instance": "i", "name": "u", "host": ""},
     "//cloudsql.googleapis.com/projects/p/instances/i/users/-/u"),
    ("google_dns_record_set", {"project": "p", "managed_zone": "z", "name": "www.example.com.", "type": "A"},
     "//dns.googleapis.com/projects/p/managedZones/z/rrsets/www.example.com./A"),
    ("google_pubsub_topic", {"id": "projects/p/topics/t", "project": "p", "name": "t"},
     "//pubsub.googleapis.com/projects/p/topics/t"),
    ("google_bigquery_table", {"id": "x", "project": "p", "dataset_id": "d", "table_id": "t"},
     "//bigquery.googleapis.com/projects/p/datasets/d/tables/t"),
    ("google_logging_metric", {"id": "m", "project": "p", "name": "m"}, "//logging.googleapis.com/projects/p/metrics/m"),
    ("google_secret_manager_secret", {"id": "projects/p/secrets/s", "project": "p", "secret_id": "s",
                                      "name": "projects/123/secrets/s"},
     "//secretmanager.googleapis.com/projects/p/secrets/s"),
    ("google_secret_manager_secret_version", {"id": "projects/123/secrets/s/versions/2", "secret": "projects/p/secrets/s",
                                              "name": "projects/123/secrets/s/versions/2", "version": "2"},
     "//secretmanager.googleapis.com/projects/p/secrets/s/versions/2"),
    ("google_monitoring_dashboard", {"id": "projects/123/dashboards/d", "project": "p"},
     "//monitoring.googleapis.com/projects/p/dashboards/d"),
    ("google_monitoring_dashboard", {"id": "projects/123/dashboards/d", "project": "123"},
     "//monitoring.googleapis.com/projects/123/dashboards/d"),
    ("google_monitoring_dashboard", {"id": "projects/q/dashboards/d", "project": "p"},
     "//monitoring.googleapis.com/projects/q/dashboards/d"),
    ("google_vertex_ai_dataset", {"id": "projects/123/locations/r/datasets/7", "project": "p"},
     "//aiplatform.googleapis.com/projects/p/locations/r/datasets/7"),
    ("google_bigquery_data_transfer_config", {"id": "projects/123/locations/us/transferConfigs/c", "project": "p"},
     "//bigquerydatatransfer.googleapis.com/projects/p/locations/us/transferConfigs/c"),
    ("google_scc_project_notification_config", {"id": "projects/123/notificationConfigs/c", "project": "p"},
     "//securitycenter.googleapis.com/projects/p/notificationConfigs/c"),
    ("google_scc_mute_config", {"name": "projects/123/muteConfigs/m", "parent": "projects/p", "mute_config_id": "m"},
     "//securitycenter.googleapis.com/projects/p/muteConfigs/m"),
    ("google_scc_mute_config", {"name": "organizations/7/muteConfigs/m", "parent": "organizations/7",
                                "mute_config_id": "m"},
     "//securitycenter.googleapis.com/organizations/7/muteConfigs/m"),
    ("google_essential_contacts_contact", {"name": "projects/123/contacts/c", "parent": "projects/p"},
     "//essentialcontacts.googleapis.com/projects/p/contacts/c"),
    ("google_service_directory_service", {"id": "projects/123/locations/r/namespaces/n/services/s", "service_id": "s",
                                          "namespace": "projects/p/locations/r/namespaces/n"},
     "//servicedirectory.googleapis.com/projects/p/locations/r/namespaces/n/services/s"),
    ("google_app_engine_application", {"id": "p", "app_id": "p", "project": "p"}, "//appengine.googleapis.com/apps/p"),
    ("google_project", {"id": "projects/p", "project_id": "p", "number": "1"},
     "//cloudresourcemanager.googleapis.com/projects/p"),
    ("google_folder", {"id": "folders/7", "name": "folders/7"}, "//cloudresourcemanager.googleapis.com/folders/7"),
    ("google_project_iam_member", {"id": "p/roles/viewer/user:x", "project": "p"}, None),
    ("google_project_service", {"id": "p/compute.googleapis.com", "project": "p"}, None),
)


def skeleton(template):
    return re.sub(r"\*+", "*", re.sub(r"\{[^}]*\}", "*", template))


def alike(ours, theirs):
    """Whether two templates may give the same id."""
    def fits(one, other):
        return re.fullmatch(re.escape(skeleton(one)).replace(r"\*", ".*"), skeleton(other)) is not None
    return fits(ours, theirs) or fits(theirs, ours)


def identities():
    with open(os.path.join(TREE, "collectors", "terraform", "identities.yaml"), encoding="utf-8") as file:
        return {one: entry for entry in yaml.safe_load(file) for one in entry["types"] if one.startswith("google_")}


def collected():
    """The id's templates of each type that the catalogs collect."""
    found = {}
    for entry in read_catalog(os.path.join(TREE, "collectors", "gcp", "catalog")).entries:
        for one in entry.types() + [str(each) for each in entry.get("terraform") or []]:
            if one.startswith("google_") and entry.get("part") is None:
                found.setdefault(one, []).append((entry.text("id"), entry))
    return found


class Table(unittest.TestCase):
    def test_every_type_that_is_collected_has_an_identity_or_a_reason(self):
        have = identities()
        missing = sorted(set(collected()) - set(have))
        self.assertEqual(missing, [], "identities.yaml does not know them")
        self.assertGreater(len(have), 250)

    def test_every_identity_is_of_a_type_that_is_collected(self):
        extra = sorted(set(identities()) - set(collected()) - set(COLLECTORS_OWN))
        self.assertEqual(extra, [], "nothing collects them")

    def test_ids_are_built_as_the_catalog_builds_them(self):
        known, wrong = collected(), []
        for one, entry in identities().items():
            templates = [text for text, _ in known.get(one, [(COLLECTORS_OWN.get(one, ""), None)])]
            # A child's id begins with its parent's.
            templates = [text.replace("{parent}", "{x}") for text in templates]
            for key in ("id", "or"):
                if entry.get(key) and not any(alike(entry[key], text) for text in templates):
                    wrong.append("%s: %s is not like %s" % (one, entry[key], ", ".join(templates)))
        self.assertEqual(wrong, [])


def records(driver, path):
    said = subprocess.run([driver, path], stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in said.stdout.splitlines()]


class States(unittest.TestCase):
    driver = None

    def test_states_that_real_providers_wrote(self):
        if not os.path.isdir(STATES):
            self.skipTest("SKIPPED: no sample states in %s" % STATES)
        live, without = 0, 0
        for name, wanted in REAL.items():
            got = {one["state_address"]: one["id"] for one in records(self.driver, os.path.join(STATES, name))
                   if one["type"].startswith("google_")}
            self.assertTrue(got, name)
            if wanted == {None: None}:
                for address, id_ in got.items():
                    self.assertTrue(id_.startswith("terraform://"), "%s: %s" % (address, id_))
                    without += 1
                continue
            self.assertEqual({id_ for id_ in got.values()}, set(wanted.values()), name)
            self.assertEqual(len(got), len(wanted), name)
            live += len(got)
        print("%d Google resources with the id of a live object, %d whose state does not say the project" % (
            live, without))
        self.assertEqual((live, without), (5, 4))

    def test_cases(self):
        resources = [{"mode": "managed", "type": kind, "name": "r%d" % n, "provider": "p",
                      "instances": [{"attributes": attributes}]} for n, (kind, attributes, _) in enumerate(CASES)]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.tfstate")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"version": 4, "lineage": "l", "serial": 1, "resources": resources}, file)
            got = {one["state_address"]: one["id"] for one in records(self.driver, path)}
        for n, (kind, attributes, wanted) in enumerate(CASES):
            with self.subTest(type=kind, attributes=attributes):
                address = "%s.r%d" % (kind, n)
                self.assertEqual(got[address], wanted or "terraform://l/%s" % address)


if __name__ == "__main__":
    States.driver = sys.argv.pop(1)
    unittest.main()
