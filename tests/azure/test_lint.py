"""The linter sees what it is there for: one right catalog, and each of its members made wrong in turn."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # nothing is left beside the sources
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
import packages  # noqa: E402

packages.need("yaml")
MODELS = os.environ.get("WGO_AZURE_MODELS") or os.path.join(packages.FOLDER, "azure-models")
if not os.path.isdir(MODELS) or not os.listdir(MODELS):
    packages.leave("no azure-mgmt packages in %s" % MODELS)

COMMON = """\
provider: azure
defaults: { limits: ["azure/{account}/reads"] }
links: { arm: "{value:lower}" }
"""
DEFAULTS = """\
  items: value[]
  page: { link_out: nextLink }
  id: "{item.id:lower}"
  resource_name: "{item.name}"
  region: "{item.location|}"
  tags: { map: tags }
"""
FILES = {
    # Generated long ago, and after: every generation of the packages has its turn.
    "compute.yaml": """\
provider: azure
service: compute
defaults:
  request: { query: { api-version: "2026-04-01" } }
""" + DEFAULTS + """\
entries:
  - name: compute.virtualMachines
    scope: subscription
    type: azurerm_virtual_machine
    terraform: [azurerm_linux_virtual_machine, azurerm_windows_virtual_machine]
    summary: Virtual machines
    native_type: Microsoft.Compute/virtualMachines
    permission: Microsoft.Compute/virtualMachines/read
    request: { path: "/subscriptions/{account}/providers/Microsoft.Compute/virtualMachines" }
    created: "{item.properties.timeCreated|}"
    dependencies:
      "properties.networkProfile.networkInterfaces[].id": arm
      properties.storageProfile.osDisk.managedDisk.id: arm
    sensitive:
      - properties.osProfile.adminPassword
      - properties.osProfile.customData
      - properties.userData
      - "resources[].properties.protectedSettings"
    children:
      - { entry: compute.virtualMachines/extensions }
  - name: compute.virtualMachines/extensions
    type: azurerm_virtual_machine_extension
    summary: Extensions of virtual machines
    native_type: Microsoft.Compute/virtualMachines/extensions
    permission: Microsoft.Compute/virtualMachines/extensions/read
    request: { path: "{+parent}/extensions" }
    in_bulk: true
    sensitive: [properties.protectedSettings]
""",
    "cache.yaml": """\
provider: azure
service: cache
defaults:
  request: { query: { api-version: "2024-11-01" } }
""" + DEFAULTS + """\
entries:
  - name: cache.redis
    scope: subscription
    type: azurerm_redis_cache
    summary: Redis caches
    native_type: Microsoft.Cache/redis
    permission: Microsoft.Cache/redis/read
    request: { path: "/subscriptions/{account}/providers/Microsoft.Cache/redis" }
    dependencies: { properties.subnetId: arm, "properties.linkedServers[].id": arm }
    sensitive: [properties.accessKeys]
""",
    "containerinstance.yaml": """\
provider: azure
service: containerinstance
defaults:
  request: { query: { api-version: "2023-05-01" } }
""" + DEFAULTS + """\
entries:
  - name: containerinstance.containerGroups
    scope: subscription
    type: azurerm_container_group
    summary: Container groups
    native_type: Microsoft.ContainerInstance/containerGroups
    permission: Microsoft.ContainerInstance/containerGroups/read
    request: { path: "/subscriptions/{account}/providers/Microsoft.ContainerInstance/containerGroups" }
    sensitive:
      - "properties.containers[].properties.environmentVariables[].secureValue"
      - properties.diagnostics.logAnalytics.workspaceKey
      - "properties.extensions[].properties.protectedSettings"
      - "properties.imageRegistryCredentials[].password"
      - "properties.initContainers[].properties.environmentVariables[].secureValue"
      - "properties.volumes[].azureFile.storageAccountKey"
      - "properties.volumes[].secret"
      - "properties.containers[].properties.environmentVariables[].value"
      - "properties.initContainers[].properties.environmentVariables[].value"
      - "properties.containers[].properties.livenessProbe.httpGet.httpHeaders[].value"
      - "properties.containers[].properties.readinessProbe.httpGet.httpHeaders[].value"
""",
    "informatica.yaml": """\
provider: azure
service: informatica
defaults:
  request: { query: { api-version: "2024-05-08" } }
""" + DEFAULTS + """\
entries:
  - name: informatica.organizations
    scope: subscription
    type: Informatica.DataManagement/organizations
    summary: Informatica organizations
    native_type: Informatica.DataManagement/organizations
    permission: Informatica.DataManagement/organizations/read
    request: { path: "/subscriptions/{account}/providers/Informatica.DataManagement/organizations" }
    sensitive: [properties.linkOrganization.token]
""",
    "kubernetes.yaml": """\
provider: azure
service: kubernetes
defaults:
  request: { query: { api-version: "2026-05-01" } }
""" + DEFAULTS + """\
entries:
  - name: kubernetes.connectedClusters
    scope: subscription
    type: azurerm_arc_kubernetes_cluster
    summary: Connected clusters
    native_type: Microsoft.Kubernetes/connectedClusters
    permission: Microsoft.Kubernetes/connectedClusters/read
    request: { path: "/subscriptions/{account}/providers/Microsoft.Kubernetes/connectedClusters" }
    types: { by: "{item.properties.distribution|}", are: { "k3*": azurerm_kubernetes_cluster } }
    sensitive: ["properties.arcAgentryConfigurations[].protectedSettings"]
    cut: [properties.lastConnectivityTime]
""",
    "logic.yaml": """\
provider: azure
service: logic
defaults:
  request: { query: { api-version: "2019-05-01" } }
""" + DEFAULTS + """\
entries:
  - name: logic.workflows
    scope: subscription
    type: azurerm_logic_app_workflow
    summary: Logic apps
    native_type: Microsoft.Logic/workflows
    permission: Microsoft.Logic/workflows/read
    request: { path: "/subscriptions/{account}/providers/Microsoft.Logic/workflows", query: { $top: "100" } }
    sensitive: [properties.parameters, "properties.definition.parameters.*.defaultValue"]
    children:
      - { entry: logic.diagnosticSettings }
  - name: logic.diagnosticSettings
    type: azurerm_monitor_diagnostic_setting
    summary: Where logs go
    native_type: Microsoft.Insights/diagnosticSettings
    permission: Microsoft.Insights/diagnosticSettings/read
    request:
      path: "{+parent}/providers/Microsoft.Insights/diagnosticSettings"
      query: { api-version: "2021-05-01-preview" }
    dependencies: { properties.workspaceId: arm }
""",
}

# (file, what stands there, what is put in its place, what the linter must say)
WRONG = (
    # requests
    ("compute.yaml", "Microsoft.Compute/virtualMachines\" }", "Microsoft.Compute/virtualMachine\" }", "no schema knows"),
    ("compute.yaml", '"{+parent}/extensions"', '"{+parent}/extension"', "no schema knows"),
    ("cache.yaml", "request: { path", "request: { method: POST, path", "POST without effect: none"),
    ("cache.yaml", "2024-11-01", "2020-01-01", "api-version 2020-01-01: azure-mgmt-redis knows"),
    ("cache.yaml", '  request: { query: { api-version: "2024-11-01" } }\n', "", "no api-version"),
    ("logic.yaml", "$top", "$topp", "query has no parameter $topp"),
    # pages and items
    ("logic.yaml", "  page: { link_out: nextLink }\n", "", "link_out is missing, the schema has nextLink"),
    ("cache.yaml", "link_out: nextLink", "link_out: next", "link_out is next, the schema has nextLink"),
    ("compute.yaml", "items: value[]", "items: values[]", "items is values[], the schema has value[]"),
    # paths
    ("compute.yaml", "item.properties.timeCreated", "item.properties.timeMade", "no member timeMade"),
    ("compute.yaml", "networkInterfaces[].id", "networkInterfaces.id", "is a list and wants []"),
    ("compute.yaml", "osDisk.managedDisk.id", "osDisk[].managedDisk.id", "osDisk is no list"),
    ("compute.yaml", "osDisk.managedDisk.id", "osDisk.managedDisk", "is no text"),
    ("compute.yaml", "properties.osProfile.customData", "properties.osProfile.custom", "no member custom"),
    ("cache.yaml", "properties.subnetId", "properties.subnetID", "no member subnetID"),
    ("logic.yaml", "tags: { map: tags }", "tags: { map: properties.labels }", "no member labels"),
    ("cache.yaml", "properties.subnetId: arm", "properties.subnetId: vnet", "no link is called vnet"),
    # names
    ("compute.yaml", "azurerm_linux_virtual_machine", "azurerm_linux_virtual_machines", "Terraform has no type"),
    ("compute.yaml", "type: azurerm_virtual_machine\n", "type: azure_vm\n", "neither Terraform's nor the native one"),
    ("compute.yaml", "[azurerm_linux_virtual_machine,", "[azurerm_virtual_machine,", "a type is said twice"),
    ("cache.yaml", "permission: Microsoft.Cache/redis/read", "permission: Microsoft.Cache/redis/write", "permission is"),
    ("cache.yaml", "permission: Microsoft.Cache/redis/read", "permission: Microsoft.Cache/rediss/read",
     "not Microsoft.Cache/redis/read"),
    ("cache.yaml", "native_type: Microsoft.Cache/redis\n    permission: Microsoft.Cache/redis/read",
     "native_type: Microsoft.Cache/redisCaches\n    permission: Microsoft.Cache/redisCaches/read", "the path asks for"),
    ("cache.yaml", "    native_type: Microsoft.Cache/redis\n", "", "native_type is missing"),
    ("cache.yaml", "    summary: Redis caches\n", "", "no summary"),
    ("cache.yaml", "scope: subscription", "scope: region", "scope is region"),
    ("compute.yaml", "    in_bulk: true\n", "    in_bulk: true\n    scope: fill-in\n", "it would be asked twice"),
    ("compute.yaml", "entry: compute.virtualMachines/extensions", "entry: compute.extensions", "no entry is called"),
    # secrets
    ("compute.yaml", "      - properties.osProfile.adminPassword\n", "", "adminPassword looks like a secret"),
    ("compute.yaml", "    sensitive: [properties.protectedSettings]\n", "", "protectedSettings looks like a secret"),
    ("cache.yaml", "    sensitive: [properties.accessKeys]\n", "", "accessKeys.primaryKey looks like a secret"),
    ("containerinstance.yaml", "      - properties.diagnostics.logAnalytics.workspaceKey\n", "",
     "workspaceKey looks like a secret"),
    ("containerinstance.yaml", '      - "properties.containers[].properties.livenessProbe.httpGet.httpHeaders[].value"\n', "",
     "livenessProbe.httpGet.httpHeaders[].value looks like a secret"),
    ("informatica.yaml", "    sensitive: [properties.linkOrganization.token]\n", "",
     "linkOrganization.token looks like a secret"),
    # what moves
    ("kubernetes.yaml", "    cut: [properties.lastConnectivityTime]\n", "", "lastConnectivityTime moves by itself"),
    # types that depend on the item
    ("kubernetes.yaml", "item.properties.distribution|", "item.properties.distributor|", "no member distributor"),
    ("kubernetes.yaml", "azurerm_kubernetes_cluster }", "azurerm_kubernetes_klaster }", "Terraform has no type"),
    ("kubernetes.yaml", '"k3*": azurerm_kubernetes_cluster', '"*": azurerm_kubernetes_cluster, aks: azurerm_kubernetes_fleet_manager',
     "nothing is left for aks"),
    # the file itself
    ("cache.yaml", "    summary: Redis caches\n", "    sumary: Redis caches\n", "sumary is no member"),
    ("cache.yaml", "    scope: subscription\n", "    scope: subscription\n    scope: subscription\n", "said twice"),
)


def lint(files, *arguments, reference=None):
    with tempfile.TemporaryDirectory() as folder:
        write(folder, files)
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "lint_catalog.py"), "--catalog", folder, "--models", MODELS,
             "--reference", reference or os.path.join(folder, "absent"), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def write(folder, files):
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


class InOneProcess:
    """The linter as a function: the schemas are read once for all cases."""

    def __init__(self):
        sys.path.insert(0, HERE)
        import lint_catalog
        self.module = lint_catalog
        self.models = lint_catalog.Models(MODELS)
        self.terraform = lint_catalog.terraform_types(None)

    def __call__(self, files):
        with tempfile.TemporaryDirectory() as folder:
            write(folder, files)
            catalog = self.module.catalog_reader.read_catalog(folder)
            run = self.module.Lint(catalog, self.models, self.terraform)
            for entry in catalog.entries:
                run.entry(entry)
            run.alike()
        return [str(one) for one in catalog.problems if one.severity == "error"]


class Lint(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.right = {"azure.yaml": COMMON, **FILES}
        cls.lint = InOneProcess()

    def test_the_right_catalog_is_right(self):
        self.assertEqual(self.lint(self.right), [])

    def test_every_wrong_one_is_caught(self):
        for name, old, new, said in WRONG:
            if said == "Terraform has no type" and not self.lint.terraform:
                print("SKIPPED: no list of Terraform's types")
                continue
            with self.subTest(file=name, change="%s -> %s" % (old.strip(), new.strip())):
                self.assertIn(old, self.right[name])
                problems = self.lint({**self.right, name: self.right[name].replace(old, new, 1)})
                self.assertTrue(any(said in one for one in problems),
                                "%r is not in:\n%s" % (said, "\n".join(problems) or "nothing wrong"))

    def test_a_native_type_has_one_kind(self):
        again = FILES["cache.yaml"].replace("cache.redis", "cache.again").replace("service: cache", "service: again")
        problems = self.lint({**self.right, "again.yaml": again})
        self.assertTrue(any("microsoft.cache/redis has an entry already" in one for one in problems), problems)

    def test_the_program(self):
        code, said = lint(self.right)
        self.assertEqual(code, 0, said)
        self.assertIn("8 entries of 7 packages checked, 0 unknown, 0 errors", said)
        wrong = FILES["cache.yaml"].replace("Microsoft.Cache/redis\" }", "Microsoft.Cache/nothing\" }")
        code, said = lint({**self.right, "cache.yaml": wrong})
        self.assertEqual(code, 1, said)
        self.assertIn("8 entries of 6 packages checked, 1 unknown", said)

    def test_rows_without_an_entry(self):
        with tempfile.TemporaryDirectory() as folder:
            write(folder, {"azure_apis.tsv": "# APPROACH: none\n#\tarm_type\n1\tMicrosoft.Cache/Redis\n2\tMicrosoft.A/b\n"})
            code, said = lint(self.right, reference=folder)
        self.assertEqual(code, 1, said)
        self.assertIn("Microsoft.A/b has no entry", said)
        self.assertIn("1 of 2 rows", said)


if __name__ == "__main__":
    unittest.main()
