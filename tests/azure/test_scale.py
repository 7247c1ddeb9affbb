"""Many subscriptions within Azure's limits: everything is found, nothing is refused, and little of the limits is left unused.

What the limits allow is worked out from fakecloud's log, by the rules of its buckets; what is measured is printed."""
import collections
import json
import os
import threading
import time

from azure_support import AzureTest, main
from test_scan import BY_ITSELF

SECOND_NS = 10 ** 9
QUERIES, WINDOW_S = 15, 5  # Resource Graph's, for each principal
SIZE, RATE = 250, 25  # Resource Manager's, for each subscription and principal
WANTED = 0.95  # of what the limits allow
LONGEST_S = 200


class Lateness:
    """How late this machine wakes a thread, at worst, while something else runs."""

    def __enter__(self):
        self.worst_s, self.over = 0.0, threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.over.set()
        self.thread.join()

    def watch(self):
        step = 0.02
        while not self.over.is_set():
            began = time.monotonic()
            time.sleep(step)
            self.worst_s = max(self.worst_s, time.monotonic() - began - step)


class Scale(AzureTest):
    def scan_lines(self, *args):
        """[resources], one read after the other: a hundred thousand are too many for one document."""
        process = self.start("scan", "--provider", "azure", "--format", "ndjson", "--output-file", "out.ndjson",
                             "--state-dir", self.path("state"), *args, env=self.env())
        with Lateness() as machine:
            out, err = process.communicate(timeout=LONGEST_S)
        self.assertEqual(process.returncode, 0, out + err)
        self.late_s, self.asked = machine.worst_s, sorted(self.cloud.requests(), key=lambda r: r["time_ns"])
        self.assertEqual([r for r in self.asked if r["status"] == 429], [])
        with open(self.path("out.ndjson"), encoding="utf-8") as file:
            head = json.loads(next(file))
            self.assertEqual(self.rows(head, "skipped"), [])
            for line in file:
                yield json.loads(line)

    def count(self, resources):
        """{(subscription, type): number of different ids}; no id is there twice."""
        ids, found = set(), collections.Counter()
        for resource in resources:
            self.assertFalse(resource["id"] in ids, resource["id"])
            ids.add(resource["id"])
            found[resource.get("account"), resource["metadata"]["native_type"].lower()] += 1
        return found

    def assert_all_there(self, found, total):
        """In each subscription what Resource Graph's resources are, type by type."""
        there = {kind["graph_type"].lower(): kind["total"] for kind in self.counts["types"].values()
                 if kind["table"] == "resources" and kind["total"]}
        self.assertEqual(sum(there.values()) * len(self.counts["subscriptions"]), total)
        for subscription in self.counts["subscriptions"]:
            self.assertEqual({kind: found[subscription, kind] for kind in there}, there, subscription)

    def assert_share(self, what, share, minimum_s, late_s):
        """'share' of what was allowed, in what took 'minimum_s' at least; the machine's own lateness is no fault."""
        allowed = minimum_s / (minimum_s / WANTED + late_s)
        print("%s: %.1f %% of what the limits allow (%.1f %% are wanted on this machine)" % (
            what, 100 * share, 100 * allowed), flush=True)
        self.assertGreaterEqual(share, allowed)
        self.assertLess(share, 1.001, "more than the limits allow: the measure is wrong")


class Graph(Scale):
    def windows(self):
        """[(when each query came)] of each window, which begins with the first query after the last one's end."""
        windows = []
        for request in self.asked:
            if request["operation"] == "query":
                if not windows or request["time_ns"] >= windows[-1][0] + WINDOW_S * SECOND_NS:
                    windows.append([])
                windows[-1].append(request["time_ns"])
        return windows

    def test_a_hundred_thousand_resources_of_a_hundred_subscriptions(self):
        self.serve("--azure-subscriptions", "100", "--azure-objects", "1000", "--azure-throttle")
        found = self.count(self.scan_lines("--azure-source", "graph"))
        self.assert_all_there(found, 100000)
        windows = self.windows()
        queries = sum(map(len, windows))
        self.assertGreaterEqual(queries, 100)  # a thousand resources each, at most
        # Not one window more than so many queries need; each is begun when the last one is over, and the last is short.
        self.assertEqual(len(windows), -(-queries // QUERIES), list(map(len, windows)))
        minimum_s = (len(windows) - 1) * WINDOW_S
        took_s = (windows[-1][-1] - windows[0][0]) / SECOND_NS
        self.assert_share("Resource Graph, %d queries in %d windows, %.1f s" % (queries, len(windows), took_s),
                          minimum_s / took_s, minimum_s, len(windows) * self.late_s)


class Manager(Scale):
    def test_four_subscriptions_of_250(self):
        self.serve("--azure-subscriptions", "4", "--azure-objects", "250", "--azure-throttle")
        found = self.count(self.scan_lines("--azure-source", "arm"))
        kind = "microsoft.web/sites/config"  # Azure lists one of several, and gives the others for their names
        for subscription in self.counts["subscriptions"]:
            self.assertGreater(found[subscription, kind], 0)
            found[subscription, kind] = self.counts["types"]["Microsoft.Web/sites/config"]["total"]
        self.assert_all_there(found, 1000)
        for number, subscription in enumerate(self.counts["subscriptions"]):
            times = [r["time_ns"] for r in self.asked if r["account"] == subscription]
            self.assertGreater(len(times), SIZE + RATE, "too few to say anything of the bucket")
            took_s = (times[-1] - times[0]) / SECOND_NS
            self.assert_share("Resource Manager, %d reads of subscription %d in %.1f s" % (
                len(times), number + 1, took_s), len(times) / (SIZE + RATE * took_s), took_s, self.late_s)

    def test_a_touched_resource_is_the_only_one_that_is_fetched_again(self):
        self.write("catalogs/compute.yaml", BY_ITSELF)
        chosen = ("--azure-source", "arm", "--catalog-dir", "catalogs", "--resource-type", "azurerm_snapshot")
        self.serve("--azure-subscriptions", "2", "--azure-objects", "500")
        first, _ = self.scan(*chosen)
        snapshots = self.counts["types"]["Microsoft.Compute/snapshots"]["total"] * 2
        self.assertGreater(snapshots, 10)
        self.assertEqual(self.operations()["get snapshots"], snapshots)
        self.assertGreater(self.operations()["providers"], 0)
        only = self.counts["subscriptions"][0]
        self.serve("--azure-subscriptions", "2", "--azure-objects", "500",
                   "--azure-touched", "Microsoft.Compute/snapshots=1")
        second, result = self.scan(*chosen, "--subscription", only, output="second.json")
        self.assertEqual(self.operations()["providers"], 0)
        self.assertEqual(self.operations()["get snapshots"], 1)
        self.assertRegex(result.err, r"Property fetch complete: .*cache: %d hits, 1 misses" % (snapshots / 2 - 1))
        before = {r["id"]: r for r in first["resources"] if r["account"] == only}
        after = {r["id"]: r for r in second["resources"]}
        changed = [name for name, resource in after.items() if resource != before.get(name)]
        self.assertEqual(set(before), set(after))
        fetched = [r["path"] for r in self.asked if r["operation"] == "get snapshots"]
        self.assertEqual([name for name in changed if name in fetched[0].lower()], changed)
        self.assertEqual(len(changed), 1)
        self.assertNotEqual(after[changed[0]]["tags"], before[changed[0]]["tags"])
        third, _ = self.scan(*chosen, "--subscription", only, output="third.json")
        self.assertEqual([r for r in self.asked if r["operation"] in ("get snapshots", "providers")], [])
        self.assertEqual(third["resources"], second["resources"])


if __name__ == "__main__":
    main()
