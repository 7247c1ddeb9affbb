"""What the tests of whole scans of Google Cloud share: fakecloud, wgo over it, and what both say of the same projects."""
import collections
import json
import os
import shutil
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from cli_support import CliTest, main  # noqa: E402,F401


class GcpTest(CliTest):
    def setUp(self):
        super().setUp()
        self.cloud, self.declared, self.asked = None, None, []

    def serve(self, *args, **scenario):
        if self.cloud:
            self.cloud.stop()
            shutil.rmtree(self.cloud.dir)
        self.key = os.path.join(self.dir, "key.json")
        self.cloud = self.fakecloud("--gcp-write-key", self.key, *args, scenario=scenario or None)
        self.declared = self.get("/_fakecloud/counts")["gcp"]
        return self.cloud

    def get(self, path):
        """What the cloud says; of its APIs only when it is served with --gcp-anonymous."""
        with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.cloud.port, path)) as answer:
            return json.load(answer)

    def env(self, **more):
        env = {}
        if self.cloud:
            env = {"GOOGLE_APPLICATION_CREDENTIALS": self.key,
                   "WGO_GCP_ENDPOINT": "http://127.0.0.1:%d/gcp/{service}" % self.cloud.port}
        env.update(more)
        return super().env(**{key: value for key, value in env.items() if value is not None})

    def scan(self, *args, code=0, output="out.json", **env):
        before = len(self.cloud.requests())
        result = self.wgo("scan", "--provider", "gcp", "--output-file", output, "--state-dir",
                          self.path("state"), *args, env=env)
        self.assert_code(result, code)
        self.asked = self.cloud.requests()[before:]
        return (self.load(output) if os.path.exists(self.path(output)) else None), result

    def rows(self, snapshot, *ignored):
        return [row for row in snapshot["metadata"]["completeness"] if row["status"] not in ("ok",) + ignored]

    def types(self, snapshot):
        return collections.Counter(r["type"] for r in snapshot["resources"])

    def ids(self, snapshot):
        ids = [r["id"] for r in snapshot["resources"]]
        self.assertEqual(len(ids), len(set(ids)))
        return set(ids)

    def count(self, kind):
        """How many objects of fakecloud's type all projects have."""
        return sum(project["types"][kind] for project in self.declared["projects"])
