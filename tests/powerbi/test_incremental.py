"""Scans of Power BI that go on from an earlier one: only workspaces that have changed are scanned."""
import os

from powerbi_support import PowerBiTest, main

QUICK = ("--powerbi-scan-seconds", "0", "--powerbi-modified", "0", "--powerbi-personal", "0")


class Changed(PowerBiTest):
    def again(self, *args, scenario=None):
        self.cloud.again("--azure-subscriptions", "1", *args, scenario=scenario)

    def changes(self, *args, code=0, **kwargs):
        snapshot, result = self.scan("--incremental", *args, code=code, output="now.json", **kwargs)
        return snapshot, result

    def assert_as_whole(self):
        key = os.path.join(self.path("state"), "redact.key")
        self.scan("--redact-key-file", key, output="whole.json", state="other")
        self.assertEqual(self.resource_bytes("now.json"), self.resource_bytes("whole.json"))
        self.assert_valid("now.json")

    def scanned(self):
        """How many workspaces were asked for, by the batches' bodies."""
        return self.operations()["getInfo"]

    def test_only_what_changed_is_scanned(self):
        self.serve("--powerbi-workspaces", "350", *QUICK)
        self.changes()
        self.assertEqual(self.operations()["getInfo"], 4)
        self.again("--powerbi-workspaces", "350", "--powerbi-touched", "12", *QUICK)
        snapshot, result = self.changes()
        asked = self.operations()
        self.assertEqual((asked["getInfo"], asked["scanResult"], asked["modified"]), (1, 1, 2))
        paths = [r["path"] for r in self.asked if r["operation"] == "modified"]
        self.assertEqual([("modifiedSince" in path) for path in paths], [True, False])
        said = snapshot["metadata"]["incremental"]
        self.assertGreaterEqual(said["changed"], 12)
        self.assertEqual((said["added"], said["deleted"], said["stored"]), (0, 0, said["changed"]))
        self.assertTrue(snapshot["metadata"]["complete"])
        self.assert_as_whole()

    def test_nothing_changed(self):
        self.serve("--powerbi-workspaces", "120", *QUICK)
        before, _ = self.changes()
        snapshot, _ = self.changes()
        self.assertEqual(self.operations()["getInfo"], 0)
        self.assertEqual(snapshot["resources"], before["resources"])
        self.assertEqual(snapshot["metadata"]["incremental"]["unchanged"], len(before["resources"]))
        self.assertTrue(snapshot["metadata"]["complete"])

    def serve_logins(self):
        self.serve("--powerbi-workspaces", "120", *QUICK)
        return self.azure_cli("http://127.0.0.1:%d" % self.cloud.port, self.tenant)

    def log_in(self, login):
        self.write("login", "a0000000-0000-4000-a000-00000000000" + login)

    def test_what_another_login_has_seen_is_scanned_anew(self):
        env = self.serve_logins()
        for login, batches, others in (("1 fake-secret", 2, False), ("1 fake-secret", 0, False),
                                       ("2 other-secret", 2, True), ("2 other-secret", 0, False)):
            self.log_in(login)
            snapshot, result = self.changes(**env)
            self.assertEqual(self.operations()["getInfo"], batches, login)
            self.assertEqual("read with other credentials before" in result.err, others, result.err)
            self.assertTrue(snapshot["metadata"]["complete"])

    def test_pages_are_given_to_the_login_that_has_read_them(self):
        env = self.serve_logins()
        for login, kept in (("1 fake-secret", False), ("1 fake-secret", True), ("2 other-secret", False)):
            self.log_in(login)
            self.scan("--max-age", "1h", **env)
            self.assertEqual(self.operations()["getInfo"], 0 if kept else 2, login)

    def test_workspaces_that_are_gone(self):
        """Those that the tenant has deleted, and those of which it does not speak any more."""
        world = {"powerbi": {"datasources": 80}}
        size = ("--powerbi-workspaces", "140", *QUICK[:-2])
        self.serve(*size, "--powerbi-personal", "10", scenario=world)
        self.changes()
        self.again(*size, "--powerbi-personal", "4", "--powerbi-deleted", "5", scenario=world)
        snapshot, _ = self.changes()
        self.assertEqual(self.operations()["getInfo"], 1)
        self.assertGreater(snapshot["metadata"]["incremental"]["deleted"], 10)
        self.assert_as_whole()
        # And once more from there.
        self.again(*size, "--powerbi-personal", "4", "--powerbi-deleted", "5", "--powerbi-touched", "3", scenario=world)
        self.changes()
        self.assert_as_whole()

    def test_workspaces_that_are_new(self):
        self.serve("--powerbi-workspaces", "100", *QUICK)
        self.changes()
        self.again("--powerbi-workspaces", "100", "--powerbi-touched", "100", *QUICK)
        self.changes()
        self.assertEqual(self.operations()["getInfo"], 1)
        self.assert_as_whole()

    def test_a_scan_that_fails_keeps_what_was_there(self):
        self.serve("--powerbi-workspaces", "100", *QUICK)
        before, _ = self.changes()
        self.again("--powerbi-workspaces", "100", "--powerbi-touched", "4", *QUICK, "--fault",
                   '{"kind": "status", "operation": "getInfo", "status": 400}')
        snapshot, _ = self.changes(code=3)
        self.assertEqual(snapshot["resources"], before["resources"])
        self.assertFalse(snapshot["metadata"]["complete"])
        self.again("--powerbi-workspaces", "100", "--powerbi-touched", "4", *QUICK)
        self.changes()
        self.assert_as_whole()

    def test_what_was_never_seen_whole_is_scanned_whole(self):
        self.serve("--powerbi-workspaces", "150", *QUICK, "--fault",
                   '{"kind": "status", "operation": "getInfo", "status": 400, "nth": [1]}')
        self.changes(code=3)
        self.again("--powerbi-workspaces", "150", *QUICK)
        self.changes()
        self.assertEqual(self.operations()["getInfo"], 2)
        self.assert_as_whole()


if __name__ == "__main__":
    main()
