"""A state folder in trouble: something clear is said, and the scan gives its snapshot all the same."""
import os
import sqlite3
import subprocess
import time

from cli_support import CliTest, main, skip

HOUR = 3600 * 10 ** 9


class Trouble(CliTest):
    def setUp(self):
        super().setUp()
        self.cloud = self.fakecloud("--objects", "300")
        self.state = self.path("state")

    def scan(self, *args, state=None, **kwargs):
        """A whole scan that uses all that the store has: cache, ledger, checkpoints."""
        began = time.monotonic()
        result = self.wgo("scan", "-p", "k8s", "-o", "-", "--quota", "100000/s", "--state-dir", state or self.state, *args,
                          env={"KUBECONFIG": self.cloud.kubeconfig}, **kwargs)
        self.took = time.monotonic() - began
        return result

    def assert_snapshot(self, result, *says):
        self.assert_code(result, 0)
        snapshot = result.json()
        self.assertTrue(snapshot["metadata"]["complete"])
        self.assertEqual(len(snapshot["resources"]), self.resources)
        for text in says:
            self.assertIn(text, result.err)

    def first(self):
        result = self.scan()
        self.assert_code(result, 0)
        self.resources = len(result.json()["resources"])
        self.assertNotIn("warning", result.err.lower())

    def database(self):
        return os.path.join(self.state, "wgo.db")

    # ---- no room ----

    def test_a_disk_that_is_full(self):
        self.first()
        small = self.path("small")
        os.mkdir(small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", small], capture_output=True).returncode != 0:
            skip("no right to mount a small disk")
        self.addCleanup(subprocess.run, ["umount", small], capture_output=True)
        for room in (0, 40, 100):
            with self.subTest(room=room):
                with open(os.path.join(small, "filler"), "wb") as file:
                    try:
                        file.write(b"x" * (256 - room) * 1024)
                        file.flush()
                    except OSError:
                        pass
                result = self.scan(state=os.path.join(small, "state-%d" % room))
                self.assert_snapshot(result)
                self.assertRegex(result.err.lower(), "full|no space|cannot")

    def test_files_that_may_not_grow(self):
        """The same for those who may not mount: no file may be longer than so much."""
        self.first()
        for limit in (0, 4096, 20000, 60000, 150000):
            with self.subTest(limit=limit):
                result = self.scan(state=self.path("state-%d" % limit), file_limit=limit)
                self.assert_snapshot(result)
                self.assertRegex(result.err.lower(), "full|no space|cannot|too large|disk i/o")

    # ---- others have it ----

    def test_a_store_that_another_one_holds(self):
        self.first()
        holder = sqlite3.connect(self.database(), isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        result = self.scan()
        self.assert_snapshot(result, "no cache: ", "database is locked",
                             "calls go out evenly spaced, without regard to other processes")
        self.assertLess(self.took, 30)

    def test_a_store_that_another_one_takes_for_itself_meanwhile(self):
        """The ledger and the cache worked when the scan began."""
        self.cloud.stop()
        os.rename(self.cloud.dir, self.cloud.dir + "-before")
        self.cloud = self.fakecloud("--objects", "300", "--latency-ms", "100")
        process = self.start("scan", "-p", "k8s", "-o", "out.json", "--quota", "100000/s", "--state-dir", self.state,
                             "--max-workers", "1", "--calls-per-worker", "2", env={"KUBECONFIG": self.cloud.kubeconfig})
        self.wait_for(lambda: len(self.cloud.requests()) > 5, "the first calls")
        holder = sqlite3.connect(self.database(), isolation_level=None, timeout=30)
        self.addCleanup(holder.close)
        holder.execute("BEGIN IMMEDIATE")
        holder.execute("DELETE FROM charge WHERE id < 0")
        began = time.monotonic()
        result = self.finish(process)
        self.assert_code(result, 0)
        self.assertLess(time.monotonic() - began, 40, "not every call waits for it")
        self.assertIn("the quota ledger: database is locked", result.err)
        self.assertTrue(self.load("out.json")["metadata"]["complete"])

    # ---- not what it was ----

    def test_a_store_that_is_damaged(self):
        self.first()
        for name, spoil in (("garbage", lambda data: b"no database at all" * 999),
                            ("cut", lambda data: data[:5000]),
                            ("scratched", lambda data: data[:100] + b"\xa5" * (len(data) - 100)),
                            ("empty", lambda data: b"")):
            with self.subTest(name=name):
                with open(self.database(), "rb") as file:
                    data = file.read()
                for suffix in ("-wal", "-shm"):
                    if os.path.exists(self.database() + suffix):
                        os.unlink(self.database() + suffix)
                with open(self.database(), "wb") as file:
                    file.write(spoil(data))
                result = self.scan()
                self.assert_snapshot(result)
                if name != "empty":
                    self.assertIn("was damaged: renamed to end in .damaged-", result.err)
                    self.assertTrue([one for one in os.listdir(self.state) if ".damaged-" in one])
                self.assertNotIn("damaged", self.scan().err, "the next one has a good one")

    def test_a_table_that_is_not_ours(self):
        self.first()
        with sqlite3.connect(self.database()) as db:
            db.execute("DROP TABLE charge")
        db.close()
        self.assert_snapshot(self.scan(), "calls go out evenly spaced, without regard to other processes: no quota ledger: ",
                             "cannot be used")

    def test_a_store_of_a_later_version(self):
        self.first()
        with sqlite3.connect(self.database()) as db:
            db.execute("PRAGMA user_version = 1000")
        db.close()
        self.assert_snapshot(self.scan(), "was written by a newer version of wgo")

    # ---- clocks ----

    def test_a_clock_that_was_put_back(self):
        """All that was kept is of the future: two days, as if the clock had been that much ahead."""
        self.first()
        with sqlite3.connect(self.database()) as db:
            for table, columns in (("charge", ("made_at", "counts_from")), ("cache", ("stored_at", "expires_at"))):
                db.execute("UPDATE %s SET %s" % (table, ", ".join("%s = %s + %d" % (c, c, 48 * HOUR) for c in columns)))
        db.close()
        self.assert_snapshot(self.scan())
        self.assertLess(self.took, 20)

    def test_a_clock_that_was_put_back_under_a_quota_that_is_used_up(self):
        self.first()
        with sqlite3.connect(self.database()) as db:
            used = db.execute("UPDATE charge SET made_at = made_at + ?, counts_from = counts_from + ?", [48 * HOUR] * 2).rowcount
        db.close()
        # Calls of the future count from now, and no longer than their window.
        result = self.scan("--quota", "%d/3s" % used)
        self.assert_snapshot(result, "the clock was put back")
        self.assertLess(self.took, 40)


if __name__ == "__main__":
    main()
