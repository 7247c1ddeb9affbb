"""What the tests of whole scans of Power BI share: fakecloud, wgo over it, and what both say of the same workspaces."""
import collections
import json
import os
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from cli_support import CliTest, main  # noqa: E402,F401

APP = "a0000000-0000-4000-a000-000000000001"
# Scans are looked at sooner than a service would like: tests wait for the world's time.
SOON = """provider: powerbi
service: admin
entries:
  - name: scan.status
    summary: Whether a scan is done
    phase: scans
    permission: Tenant.Read.All
    request: { path: "/v1.0/myorg/admin/workspaces/scanStatus/{scan}" }
    poll: { status: status, done: [Succeeded], failed: [Failed], error: error.message, first: 50ms, every: 100ms }
    decode: scan_status
    replay: true
    items: "."
    children: [{ entry: scan.result, vars: { scan: "{item.id}" } }]
    limits: ["powerbi/{tenant}/all", "powerbi/{tenant}/scanStatus"]
"""


class PowerBiTest(CliTest):
    def setUp(self):
        super().setUp()
        self.cloud, self.counts, self.asked = None, None, []

    def serve(self, *args, scenario=None):
        self.cloud = self.fakecloud("--azure-subscriptions", "1", *args, scenario=scenario)
        counts = self.get("/_fakecloud/counts")
        self.tenant, self.counts = counts["azure"]["tenant"], counts["powerbi"]
        return self.cloud

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.cloud.port, path)) as answer:
            return json.load(answer)

    def env(self, **more):
        env = {}
        if self.cloud:
            base = "http://127.0.0.1:%d" % self.cloud.port
            env = {"WGO_POWERBI_ENDPOINT": base + "/powerbi", "AZURE_AUTHORITY_HOST": base + "/azure/login",
                   "AZURE_TENANT_ID": self.tenant, "AZURE_CLIENT_ID": APP, "AZURE_CLIENT_SECRET": "fake-secret"}
        env.update(more)
        return super().env(**{key: value for key, value in env.items() if value is not None})

    def scan(self, *args, code=0, output="out.json", settings=None, state="state", **env):
        catalogs = self.path("catalogs")
        if not os.path.exists(catalogs):
            self.write("catalogs/soon.yaml", SOON)
        if settings is not None:
            lines = "".join("    %s: %s\n" % (key, json.dumps(value)) for key, value in settings.items())
            args += ("--config", self.write("config.yaml", "providers:\n  powerbi:\n" + lines))
        before = len(self.cloud.requests()) if self.cloud else 0
        if os.path.exists(self.path(output)):
            os.remove(self.path(output))
        result = self.wgo("scan", "--provider", "powerbi", "--output-file", output, "--state-dir", self.path(state),
                          "--catalog-dir", catalogs, *args, env=env)
        self.assert_code(result, code)
        self.asked = self.cloud.requests()[before:] if self.cloud else []
        return (self.load(output) if os.path.exists(self.path(output)) else None), result

    def operations(self, status=None):
        return collections.Counter(r["operation"] for r in self.asked if status in (None, r["status"]))

    def types(self, snapshot):
        return collections.Counter(r["type"] for r in snapshot["resources"])

    def rows(self, snapshot, *ignored):
        return [row for row in snapshot["metadata"]["completeness"] if row["status"] not in ("ok",) + ignored]
