"""How many calls --hash-optimization spares: one tenant, read in three ways after some of it was modified.

Run by itself it prints the table of docs/providers.md:

    python3 tests/powerbi/test_sparing_calls.py

Nothing is throttled here and our own quota is out of the way: what is counted is what fakecloud was asked."""
import calendar
import json
import math
import os
import shutil
import time
from urllib.parse import parse_qs, urlsplit

from powerbi_support import SOON, PowerBiTest, main
import cli_support

cli_support.PATIENCE_S = 600  # a pass of everything is seconds of work, on a machine that does nothing else

WORKSPACES = 25_000
MODIFIED = (5_000, 20_000)
CHANGED = 10  # per cent of the modified use other data sources than before
BATCH = 100   # workspaces of a getInfo
# How many events a page has the service decides, and does not say; fakecloud's usual ones are small.
EVENT_PAGE = 5_000
VIEWS = 2_400  # a day, of people who only look at things
# What connects to what is asked for and kept; the rest changes no number of calls.
KEPT = ("fabric_workspace", "fabric_semantic_model", "fabric_dataflow", "powerbi_datamart", "fabric_capacity")
LEAN = {"dataset_schema": False, "dataset_expressions": False, "artifact_users": False}
OPERATIONS = ("modified", "activityevents", "getInfo", "scanStatus", "scanResult", "capacities")
WORKSPACE, SOURCE = "/workspaces/", "/datasources/"
DAY_S = 86_400


class Calls(PowerBiTest):
    table = []

    @classmethod
    def tearDownClass(cls):
        words = ("modified", "pass") + OPERATIONS + ("all", "workspaces scanned", "of them changed")
        rows = [words] + [tuple("{:,}".format(cell) if isinstance(cell, int) else cell for cell in row)
                          for row in cls.table]
        widths = [max(len(row[i]) for row in rows) for i in range(len(words))]
        print("\n%s workspaces, of the modified ones %d %% with other connections:\n"
              % ("{:,}".format(WORKSPACES), CHANGED))
        for at, row in enumerate(rows):
            print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
            if at == 0:
                print("|" + "|".join("-" * (width + 2) for width in widths) + "|")

    def world(self, name, *args):
        """The same tenant, a while later."""
        if self.cloud:
            self.cloud.stop()
        self.dir = self.path(name)
        os.mkdir(self.dir)
        self.serve("--powerbi-workspaces", str(WORKSPACES), "--powerbi-personal", "0", "--powerbi-scan-seconds", "0",
                   "--powerbi-no-throttle", "--powerbi-event-page", str(EVENT_PAGE), "--powerbi-events", str(VIEWS), *args)

    def read(self, *args, settings=LEAN, state):
        """One pass: {workspace: its data sources}, of those that were scanned."""
        name = self.path("pass.ndjson")
        if os.path.exists(name):
            os.remove(name)
        lines = "".join("    %s: %s\n" % (key, json.dumps(value)) for key, value in settings.items())
        config = self.write("config.yaml", "providers:\n  powerbi:\n" + lines)
        self.write("catalogs/soon.yaml", SOON)
        before = len(self.cloud.requests())
        # A quota of ours that nothing comes near takes the place of those that Power BI is known to have.
        result = self.wgo("scan", "-p", "powerbi", *(word for kind in KEPT for word in ("--resource-type", kind)),
                          "--quota", "100000000/h", "--format", "ndjson", "-o", name, "-q", "--no-checkpoints",
                          "--config", config, "--catalog-dir", self.path("catalogs"), "--state-dir", self.path(state),
                          *args, env=self.env())
        self.assert_code(result, 0)
        self.asked = self.cloud.requests()[before:]
        found = {}
        with open(name) as file:
            self.assertTrue(json.loads(next(file))["metadata"]["complete"])
            for line in file:
                resource = json.loads(line)
                if resource["type"] == "fabric_workspace":
                    found.setdefault(resource["id"], set())
                    continue
                depends = resource["metadata"].get("dependencies", [])
                sources = {each for each in depends if SOURCE in each}
                for workspace in (each for each in depends if WORKSPACE in each) if sources else ():
                    found.setdefault(workspace, set()).update(sources)
        return found

    # ---- what was asked ----

    def event_pages(self):
        """The least and the most pages that the windows of activity can have had: the world's clock goes on."""
        began = self.cloud_began
        least = most = 0
        for request in (each for each in self.asked if each["operation"] == "activityevents"):
            query = parse_qs(urlsplit(request["path"]).query)
            if "startDateTime" not in query:
                continue
            start, end = (calendar.timegm(time.strptime(query[key][0].strip("'")[:19], "%Y-%m-%dT%H:%M:%S"))
                          for key in ("startDateTime", "endDateTime"))
            day = start // DAY_S * DAY_S
            pages = []
            for slack in (-5, 5):
                now = request["clock_ns"] // 10 ** 9 + slack
                views = sum(start <= day + at * DAY_S // VIEWS <= min(end, now) for at in range(VIEWS))
                events = views + (self.modified if start <= began + slack and began - slack <= end else 0)
                # After the first page comes an empty one, as it happens to be in the service.
                pages.append(max(1, math.ceil(events / EVENT_PAGE)) + (events > EVENT_PAGE))
            least, most = least + pages[0], most + pages[1]
        return least, most

    def count(self, name, scanned, changed):
        """Asserts the arithmetic of a pass, and that it missed nothing; a row of the table."""
        asked = self.operations()
        batches = math.ceil(len(scanned) / BATCH)
        self.assertEqual(self.operations(429), {})
        self.assertEqual((asked["getInfo"], asked["scanResult"]), (batches, batches), name)
        self.assertGreaterEqual(asked["scanStatus"], batches, name)
        self.assertLessEqual(asked["scanStatus"], 2 * batches, name)
        self.assertEqual((asked["modified"], asked["capacities"]), (1, 1), name)
        self.assertLessEqual(changed, set(scanned), "nothing whose connections changed is missed: " + name)
        calls = [asked[each] for each in OPERATIONS]
        self.table.append((self.modified, name, *calls, sum(calls), len(scanned), len(changed)))
        return sum(calls)

    # ---- passes ----

    def test_calls_with_and_without(self):
        self.world("before", "--powerbi-modified", "0")
        self.modified = 0
        before = self.read("--hash-optimization", state="first")
        self.assertEqual(len(before), WORKSPACES)
        self.assertEqual(self.operations()["activityevents"], 0, "the first pass is a full one")
        for modified in MODIFIED:
            with self.subTest(modified=modified):
                self.compare(modified, before)

    def compare(self, modified, before):
        changed_most = modified * CHANGED // 100
        self.modified = modified
        self.cloud_began = int(time.time())
        self.world("after-%d" % modified, "--powerbi-modified", str(modified), "--powerbi-changed-connections",
                   str(changed_most))
        everything = self.read(state="all-%d" % modified)
        asked_everything = self.asked
        self.assertEqual(set(everything), set(before))
        changed = {each for each in before if before[each] != everything[each]}
        # Workspaces without a dataset have nothing to change.
        self.assertGreater(len(changed), changed_most // 2)
        self.assertLessEqual(len(changed), changed_most)

        shutil.copytree(self.path("first"), self.path("spared-%d" % modified))
        spared = self.read("--hash-optimization", state="spared-%d" % modified)
        least, most = self.event_pages()
        pages = self.operations()["activityevents"]
        self.assertTrue(least <= pages <= most, "%d <= %d <= %d" % (least, pages, most))
        self.assertLess(len(spared), modified, "what only edits reports is not scanned")
        with_it = self.count("--hash-optimization", spared, changed)
        self.assertEqual({each: spared[each] for each in changed}, {each: everything[each] for each in changed})

        since = self.read(settings=dict(LEAN, modified_since="1d"), state="since-%d" % modified)
        self.assertEqual(len(since), modified)
        self.assertEqual(self.operations()["activityevents"], 0)
        without_it = self.count("modified_since", since, changed)

        self.asked = asked_everything
        self.assertEqual(self.operations()["activityevents"], 0)
        all_of_it = self.count("everything", everything, changed)
        self.assertLess(with_it, without_it)
        self.assertLess(without_it, all_of_it)


if __name__ == "__main__":
    main()
