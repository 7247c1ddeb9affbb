"""What the tests of whole scans of Azure share: fakecloud, wgo over it, and what both say of the same subscriptions."""
import collections
import json
import os
import shutil
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from cli_support import CliTest, main  # noqa: E402,F401

APP = "a0000000-0000-4000-a000-000000000001"
READS = ("list", "get", "query", "unknown")


class AzureTest(CliTest):
    def setUp(self):
        super().setUp()
        self.cloud, self.counts = None, None

    def serve(self, *args, **azure):
        """A cloud, in place of one that is there; what 'azure' says is the scenario's of Azure."""
        return self.serve_scenario({"azure": azure} if azure else None, *args)

    def serve_scenario(self, scenario, *args):
        if self.cloud:
            self.cloud.stop()
            shutil.rmtree(self.cloud.dir)
        self.cloud = self.fakecloud(*args, scenario=scenario)
        self.counts = self.get("/_fakecloud/counts")["azure"]
        return self.cloud

    def get(self, path):
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.cloud.port, path)) as answer:
            return json.load(answer)

    def env(self, **more):
        base = "http://127.0.0.1:%d/azure" % self.cloud.port
        env = {"WGO_AZURE_ENDPOINT": base + "/arm", "AZURE_AUTHORITY_HOST": base + "/login",
               "AZURE_TENANT_ID": self.counts["tenant"], "AZURE_CLIENT_ID": APP,
               "AZURE_CLIENT_SECRET": "fake-secret"}
        env.update(more)
        return super().env(**{key: value for key, value in env.items() if value is not None})

    def scan(self, *args, code=0, output="out.json", **env):
        before = len(self.cloud.requests())
        result = self.wgo("scan", "--provider", "azure", "--output-file", output, "--state-dir",
                          self.path("state"), *args, env=env)
        self.assert_code(result, code)
        self.asked = self.cloud.requests()[before:]
        return (self.load(output) if os.path.exists(self.path(output)) else None), result

    def operations(self, status=None):
        return collections.Counter(r["operation"] for r in self.asked if status in (None, r["status"]))

    def reads(self):
        """Calls that are no logins."""
        return [r for r in self.asked if r["operation"] != "token"]

    def native(self, snapshot):
        return collections.Counter(r["metadata"]["native_type"].lower() for r in snapshot["resources"])

    def rows(self, snapshot, *ignored):
        return [row for row in snapshot["metadata"]["completeness"] if row["status"] not in ("ok",) + ignored]

    def declared(self, table):
        """{type: number} of what a table of Resource Graph holds, in all subscriptions."""
        return {kind["graph_type"]: kind["total"] * len(self.counts["subscriptions"]) for kind in self.counts["types"].values()
                if (kind.get("table") or "resources") == table and kind["total"] > 0}
