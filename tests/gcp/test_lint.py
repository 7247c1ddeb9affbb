"""The linter sees what it is there for: one right catalog, and each of its members made wrong in turn."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
import packages  # noqa: E402

packages.need("yaml", "googleapiclient")

COMMON = 'provider: gcp\ndefaults: { effect: none }\nlinks: { self: "{value}" }\n'
FILES = {
    "compute.yaml": """\
provider: gcp
service: compute
links: { bucket: "//storage.googleapis.com/{value}" }
entries:
  - call: disks.aggregatedList
    type: google_compute_disk
    terraform: [google_compute_region_disk]
    summary: Disks
    native_type: compute.googleapis.com/Disk
    scope: project
    permission: compute.disks.list
    request: { path: "/compute/v1/projects/{account}/aggregated/disks", query: { maxResults: "500" } }
    page: { token_out: nextPageToken, token_in: pageToken }
    items: items.*.disks[]
    id: "{item.selfLink}"
    resource_name: "{item.name}"
    created: "{item.creationTimestamp:time|}"
    tags: { map: labels }
    dependencies: { sourceImage: self, "resourcePolicies[]": self }
    sensitive:
      - diskEncryptionKey.rawKey
      - sourceImageEncryptionKey.rawKey
      - sourceSnapshotEncryptionKey.rawKey
      - sourceMachineImageEncryptionKey.rawKey
    cut: ["users[]"]
  - call: backendBuckets.list
    type: google_compute_backend_bucket
    summary: Backend buckets
    native_type: compute.googleapis.com/BackendBucket
    scope: project
    permission: compute.backendBuckets.list
    request: { path: "/compute/v1/projects/{account}/global/backendBuckets", query: { maxResults: "500" } }
    page: { token_out: nextPageToken, token_in: pageToken }
    items: items[]
    id: "//compute.googleapis.com/projects/{account}/global/backendBuckets/{item.name}"
    resource_name: "{item.name}"
    dependencies: { bucketName: bucket }
""",
    "cloudkms.yaml": """\
provider: gcp
service: cloudkms
entries:
  - name: cloudkms.locations
    call: projects.locations.list
    summary: Locations
    scope: project
    permission: cloudkms.locations.list
    request: { path: "/v1/projects/{account}/locations", query: { pageSize: "1000" } }
    page: { token_out: nextPageToken, token_in: pageToken }
    items: locations[]
    children:
      - { entry: cloudkms.projects.locations.keyRings.list, vars: { location: "{item.locationId}" } }
  - call: projects.locations.keyRings.list
    type: google_kms_key_ring
    summary: Key rings
    native_type: cloudkms.googleapis.com/KeyRing
    permission: cloudkms.keyRings.list
    request: { path: "/v1/projects/{account}/locations/{location}/keyRings", query: { pageSize: "1000" } }
    page: { token_out: nextPageToken, token_in: pageToken }
    items: keyRings[]
    id: "//cloudkms.googleapis.com/{item.name}"
    resource_name: "{item.name:last}"
    created: "{item.createTime}"
    children:
      - { entry: cloudkms.projects.locations.keyRings.cryptoKeys.list, vars: { ring: "{item.name}" } }
  - call: projects.locations.keyRings.cryptoKeys.list
    in_bulk: true
    type: google_kms_crypto_key
    summary: Keys
    native_type: cloudkms.googleapis.com/CryptoKey
    permission: cloudkms.cryptoKeys.list
    request: { path: "/v1/{+ring}/cryptoKeys", query: { pageSize: "1000" } }
    page: { token_out: nextPageToken, token_in: pageToken }
    items: cryptoKeys[]
    id: "//cloudkms.googleapis.com/{item.name}"
    resource_name: "{item.name:last}"
    tags: { map: labels }
    dependencies: { name: "{parent}" }
""",
    "bigquery.yaml": """\
provider: gcp
service: bigquery
entries:
  - call: datasets.list
    type: google_bigquery_dataset
    summary: Datasets
    native_type: bigquery.googleapis.com/Dataset
    scope: project
    permission: bigquery.datasets.get
    request: { path: "/bigquery/v2/projects/{account}/datasets", query: { all: "true", maxResults: "1000" } }
    page: { token_out: nextPageToken, token_in: pageToken }
    items: datasets[]
    id: "//bigquery.googleapis.com/projects/{account}/datasets/{item.datasetReference.datasetId}"
    resource_name: "{item.datasetReference.datasetId}"
    created: "{item.creationTime:ms|}"
    tags: { map: labels }
""",
    "cloudresourcemanager.yaml": """\
provider: gcp
service: cloudresourcemanager
entries:
  - call: projects.getIamPolicy
    type: google_project_iam_policy
    summary: IAM policies of projects
    native_type: cloudresourcemanager.googleapis.com/ProjectIamPolicy
    scope: fill-in
    permission: resourcemanager.projects.getIamPolicy
    effect: none
    request:
      method: POST
      path: "/v3/projects/{account}:getIamPolicy"
      json: { options: { requestedPolicyVersion: 3 } }
    items: .
    id: "//cloudresourcemanager.googleapis.com/projects/{account}#iam-policy"
    resource_name: "{account}"
""",
    "run.yaml": """\
provider: gcp
service: run
entries:
  - name: run.locations
    call: projects.locations.list
    summary: Locations
    scope: project
    permission: run.locations.list
    request: { path: "/v1/projects/{account}/locations", query: { pageSize: "1000" } }
    page: { token_out: nextPageToken, token_in: pageToken }
    items: locations[]
    children:
      - { entry: run.projects.locations.workerPools.list, vars: { location: "{item.locationId}" } }
  - call: projects.locations.workerPools.list
    type: google_cloud_run_v2_worker_pool
    summary: Cloud Run worker pools
    native_type: run.googleapis.com/WorkerPool
    permission: run.workerpools.list
    request: { path: "/v2/projects/{account}/locations/{location}/workerPools", query: { pageSize: "1000" } }
    page: { token_out: nextPageToken, token_in: pageToken }
    items: "workerPools[]"
    id: "//run.googleapis.com/{item.name}"
    resource_name: "{item.name:last}"
    sensitive:
      - "template.containers[].env[].value"
      - "template.containers[].livenessProbe.httpGet.httpHeaders[].value"
      - "template.containers[].readinessProbe.httpGet.httpHeaders[].value"
      - "template.containers[].startupProbe.httpGet.httpHeaders[].value"
      - "template.containers[].buildConfig.buildpacksBuild.environmentVariables.*"
      - "template.sandboxes.templates[].env[].value"
""",
}

# (file, what stands there, what is put in its place, what the linter must say)
WRONG = (
    # methods
    ("compute.yaml", "/aggregated/disks", "/aggregated/disk", "no document of compute has GET"),
    ("compute.yaml", "/compute/v1/projects/{account}/aggregated", "/v1/projects/{account}/aggregated", "no document of"),
    ("compute.yaml", "call: disks.aggregatedList", "call: disks.list", "call is disks.list, the path is"),
    ("cloudkms.yaml", "{+ring}/cryptoKeys", "{ring}/cryptoKeys", "no document of cloudkms has GET"),
    ("cloudkms.yaml", "locations/{location}/keyRings", "locations/{location}/keyRing", "no document of cloudkms has"),
    ("cloudresourcemanager.yaml", "method: POST", "method: GET", "no document of cloudresourcemanager has GET"),
    ("cloudresourcemanager.yaml", "/v3/projects", "/v4/projects", "no document of cloudresourcemanager has POST"),
    ("bigquery.yaml", "service: bigquery", "service: bigqueri", "there is no document of bigqueri"),
    # parameters
    ("compute.yaml", 'maxResults: "500"', 'maxResult: "500"', "query: no parameter maxResult"),
    ("compute.yaml", 'maxResults: "500"', "filter: 'name = {account}'", "query: filter is not percent-encoded"),
    ("compute.yaml", 'maxResults: "500"', "maxResults: many", "maxResults is a number, not many"),
    ("cloudkms.yaml", 'query: { pageSize: "1000" } }\n    page: { token_out: nextPageToken, token_in: pageToken }\n'
     "    items: keyRings", "query: {} }\n    page: { token_out: nextPageToken, token_in: pageToken }\n"
     "    items: keyRings", "query: pageSize is not said"),
    ("cloudresourcemanager.yaml", "requestedPolicyVersion: 3", "policyVersion: 3", "json: no member policyVersion"),
    # pages
    ("compute.yaml", "    page: { token_out: nextPageToken, token_in: pageToken }\n", "", "the method has pages"),
    ("compute.yaml", "token_out: nextPageToken", "token_out: nextToken", "token_out: no member nextToken"),
    ("compute.yaml", "token_in: pageToken", "token_in: token", "token_in: no parameter token"),
    # what is in the answers
    ("compute.yaml", "items.*.disks[]", "items.disks[]", "items:"),
    ("compute.yaml", "items.*.disks[]", "items.*.disk[]", "items: no member disk"),
    ("cloudkms.yaml", "items: keyRings[]", "items: keyrings[]", "items: no member keyrings"),
    ("compute.yaml", '"{item.selfLink}"', '"{item.selfLinc}"', "no member selfLinc"),
    ("compute.yaml", '"{item.name}"', '"{item.nam}"', "{item.nam}: no member nam"),
    ("compute.yaml", '"{item.name}"', '"{item.labels}"', "{item.labels} is an object"),
    ("compute.yaml", "creationTimestamp", "creationTime", "no member creationTime"),
    ("compute.yaml", "{ map: labels }", "{ map: label }", "tags: no member label"),
    ("compute.yaml", "{ map: labels }", "{ map: name }", "tags: name is no map"),
    ("compute.yaml", "{ sourceImage: self", "{ sourceImages: self", "dependencies: sourceImages: no member"),
    ("compute.yaml", "sourceImage: self", "sourceImage: selv", "no link is called selv"),
    ("compute.yaml", '"resourcePolicies[]": self', "resourcePolicies: self", "resourcePolicies is an array"),
    ("compute.yaml", '"users[]"', '"user[]"', "cut: user[]: no member user"),
    ("compute.yaml", "- diskEncryptionKey.rawKey", "- diskEncryptionKey.key", "diskEncryptionKey.key: no member key"),
    ("compute.yaml", "      - diskEncryptionKey.rawKey\n", "", "diskEncryptionKey.rawKey may be a secret"),
    ("run.yaml", '      - "template.containers[].livenessProbe.httpGet.httpHeaders[].value"\n', "",
     "livenessProbe.httpGet.httpHeaders[].value may be a secret"),
    ("compute.yaml", "  - call: backendBuckets.list", "  - call: instances.aggregatedList\n    summary: Machines\n"
     "    scope: project\n    permission: compute.instances.list\n    items: items.*.instances[]\n    request:\n"
     "      path: \"/compute/v1/projects/{account}/aggregated/instances\"\n    id: \"{item.selfLink}\"\n"
     "  - call: backendBuckets.list", "disks[].diskEncryptionKey.rawKey may be a secret"),
    ("bigquery.yaml", "creationTime:ms|", "creationTime:ms", "created: {item.creationTime}: no member creationTime"),
    ("bigquery.yaml", "creationTime:ms", "creationTime", "is a number: :time or :ms"),
    ("cloudkms.yaml", "item.createTime", "item.createTime:ms", "is no number of milliseconds"),
    # children and variables
    ("cloudkms.yaml", "entry: cloudkms.projects.locations.keyRings.list", "entry: cloudkms.keyRings", "no entry is called"),
    ("cloudkms.yaml", '{ location: "{item.locationId}" }', "{}", "{location} is not supplied"),
    ("cloudkms.yaml", '"{item.locationId}"', '"{item.location}"', "no member location"),
    # names
    ("compute.yaml", "permission: compute.disks.list", "permission: compute.disks", "is not service.resource.verb"),
    ("compute.yaml", "permission: compute.disks.list", "permission: storage.disks.list", "is not one of compute"),
    ("compute.yaml", "permission: compute.disks.list", "permission: compute.disks.delete", "is not service.resource"),
    ("compute.yaml", "googleapis.com/Disk", "googleapis/Disk", "native_type compute.googleapis/Disk is not"),
    ("compute.yaml", "googleapis.com/BackendBucket", "googleapis.com/Disk", "is compute.disks.aggregatedList's already"),
    ("compute.yaml", "type: google_compute_disk\n", "type: gcp_disk\n", "neither Terraform's nor the native type"),
    ("compute.yaml", "type: google_compute_disk\n", "type: google_compute_disc\n", "Terraform has no type"),
    ("compute.yaml", '"//compute.googleapis.com/projects', '"compute/projects', "is neither a full resource name"),
    ("bigquery.yaml", "    summary: Datasets\n", "", "wants summary"),
    # the file itself
    ("compute.yaml", "    summary: Disks\n", "    sumary: Disks\n", "sumary is no member"),
    ("bigquery.yaml", "    items: datasets[]\n", "    items: datasets[]\n    items: datasets[]\n", "said twice"),
)

# Methods that answer secrets or change something: no catalog may ask them.
NEVER = (
    ("secretmanager", "GET", "/v1/projects/{account}/secrets/{secret}/versions/{version}:access", "answers secrets"),
    ("apikeys", "GET", "/v2/projects/{account}/locations/global/keys/{key}/keyString", "answers secrets"),
    ("compute", "DELETE", "/compute/v1/projects/{account}/zones/{zone}/disks/{disk}", "is no verb that reads"),
    ("pubsub", "POST", "/v1/projects/{account}/subscriptions/{subscription}:pull", "is no verb that reads"),
)


def write(folder, files):
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def run(files, *arguments, reference=None):
    with tempfile.TemporaryDirectory() as folder:
        write(folder, files)
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "lint_catalog.py"), "--catalog", folder,
             "--reference", reference or os.path.join(folder, "absent"), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


class InOneProcess:
    """The linter as a function: the documents are read once for all cases."""

    def __init__(self):
        import lint_catalog
        self.module = lint_catalog
        self.types = lint_catalog.terraform_types(None)
        self.documents = lint_catalog.Documents("")

    def __call__(self, files):
        with tempfile.TemporaryDirectory() as folder:
            write(folder, files)
            catalog = self.module.read_catalog(folder)
            lint = self.module.Lint(catalog, self.documents, self.types)
            for entry in catalog.entries:
                lint.entry(entry)
        return [str(one) for one in catalog.problems if one.severity == "error"]


class Lint(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.right = {"gcp.yaml": COMMON, **FILES}
        cls.lint = InOneProcess()

    def test_the_right_catalog_is_right(self):
        self.assertEqual(self.lint(self.right), [])

    def test_every_wrong_one_is_caught(self):
        for name, old, new, said in WRONG:
            if said.startswith("Terraform has") and not self.lint.types:
                print("SKIPPED: no list of Terraform's types")
                continue
            with self.subTest(file=name, change="%s -> %s" % (old.strip(), new.strip())):
                self.assertIn(old, self.right[name])
                problems = self.lint({**self.right, name: self.right[name].replace(old, new, 1)})
                self.assertTrue(any(said in one for one in problems),
                                "%r is not in:\n%s" % (said, "\n".join(problems) or "nothing wrong"))

    def test_what_is_never_asked(self):
        for service, verb, path, said in NEVER:
            with self.subTest(path=path):
                text = ("provider: gcp\nservice: %s\nentries:\n  - name: one\n    summary: One\n    permission: %s.a.get\n"
                        "    request: { method: %s, path: \"%s\" }\n    items: .\n    decode: none\n" % (
                            service, service, verb, path))
                problems = self.lint({"gcp.yaml": COMMON, "one.yaml": text})
                self.assertTrue(any(said in one for one in problems), "\n".join(problems))

    def test_the_program(self):
        code, said = run(self.right)
        self.assertEqual(code, 0, said)
        self.assertIn("9 entries of 5 services checked, 7 kinds, 0 unknown, 0 errors", said)
        wrong = FILES["bigquery.yaml"].replace("/bigquery/v2", "/bigquery/v1")
        code, said = run({**self.right, "bigquery.yaml": wrong})
        self.assertEqual(code, 1, said)
        self.assertIn("9 entries of 5 services checked, 7 kinds, 1 unknown", said)
        code, said = run({**self.right, "bigquery.yaml": wrong}, "--service", "compute")
        self.assertEqual(code, 0, said)

    def test_rows_without_an_entry(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "gcp_apis.tsv"), "w", encoding="utf-8") as file:
                file.write("#\tservice\tresource\trest_method\n1\tcompute\tdisks\taggregatedList\n"
                           "2\tcompute\tbackendBuckets\tlist\n3\tcompute\tnetworks\tlist\n"
                           "4\tcloudasset\tassets\tassets.list\n")
            code, said = run(self.right, reference=folder)
        self.assertEqual(code, 1, said)
        self.assertIn("compute.list (networks) has no entry", said)
        self.assertIn("2 of 4 rows of gcp_apis.tsv have an entry, 1 are asked by the collector itself", said)

    def test_packed_documents(self):
        shared = os.environ.get("WGO_SHARED_DIR") or os.path.join(os.path.dirname(os.path.dirname(
            os.path.dirname(HERE))), "shared")
        packed = os.path.join(shared, "reference", "gcp-discovery")
        if not os.path.isdir(packed):
            self.skipTest("SKIPPED: no %s" % packed)
        code, said = run(self.right, "--documents", packed)
        self.assertEqual(code, 0, said)
        self.assertIn("SKIPPED: 3 entries that", said)  # cloudresourcemanager v3, Cloud Run
        self.assertIn("6 entries of 3 services checked, 7 kinds, 0 unknown, 0 errors", said)
        wrong = FILES["compute.yaml"].replace("permission: compute.disks.list", "permission: compute.disks")
        code, said = run({**self.right, "compute.yaml": wrong}, "--documents", packed)
        self.assertEqual(code, 1, said)
        self.assertIn("is not service.resource.verb", said)


if __name__ == "__main__":
    unittest.main()
