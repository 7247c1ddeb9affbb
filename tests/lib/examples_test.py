"""The examples, run as their comments say."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from cli_support import BINARY, SHOP, CliTest, main  # noqa: E402

EXAMPLES = os.path.join(BINARY, "examples")


class Examples(CliTest):
    def run_example(self, name, *args, **env):
        done = subprocess.run([os.path.join(EXAMPLES, name), *args], capture_output=True, text=True,
                              cwd=self.work, env=self.env(**env), timeout=60)
        self.assertNotIn("Sanitizer", done.stderr)
        return done

    def test_scan_two_providers(self):
        cloud = self.fakecloud("--cluster", "prod:objects=300")
        done = self.run_example("scan_two_providers", "prod", SHOP, "out.json",
                                KUBECONFIG=cloud.kubeconfig)
        self.assertEqual(done.returncode, 0, done.stderr)
        snapshot = self.load("out.json")
        self.assertEqual(snapshot["provider"], "multi")
        self.assertEqual({r["provider"] for r in snapshot["resources"]}, {"kubernetes", "terraform"})
        self.assertGreater(snapshot["metadata"]["resource_count"], 300 - 50)
        self.assertIn("%d resources in out.json" % snapshot["metadata"]["resource_count"], done.stdout)
        for provider in ("kubernetes", "terraform"):
            self.assertRegex(done.stdout, provider + r" +\d+ resources +\d+ calls +[\d.]+ ms  complete")

    def test_scan_two_providers_explains(self):
        done = self.run_example("scan_two_providers", "staging", SHOP, "out.json",
                                KUBECONFIG=self.fakecloud().kubeconfig)
        self.assertEqual(done.returncode, 2)
        self.assertIn("staging", done.stderr)
        self.assert_clean()
        self.assertEqual(self.run_example("scan_two_providers").returncode, 2)

    def test_custom_collector(self):
        self.write("files/a.txt", "12345")
        self.write("files/b.secret", "hunter2\n")
        self.write("files/odd\nname", "")
        done = self.run_example("custom_collector", self.path("files"))
        self.assertEqual(done.returncode, 3, done.stderr)  # the odd one is reported, not hidden
        snapshot = json.loads(done.stdout)
        self.assertNotIn("hunter2", done.stdout)
        names = {r["name"]: r for r in snapshot["resources"]}
        self.assertEqual(sorted(names), ["a.txt", "b.secret"])
        self.assertEqual(names["a.txt"]["configuration"]["size"], 5)
        self.assertEqual(names["a.txt"]["tags"], {"ending": "txt"})
        self.assertTrue(names["b.secret"]["configuration"]["content"].startswith("hmac:"))
        statuses = [row["status"] for row in snapshot["metadata"]["completeness"]]
        self.assertIn("denied", statuses)
        self.assertIn("2 files seen", done.stderr)

    def test_custom_collector_without_a_folder(self):
        done = self.run_example("custom_collector", "/no/such/folder")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("/no/such/folder", done.stderr)


if __name__ == "__main__":
    main()
