#!/usr/bin/env python3
"""The benchmarks' own arithmetic, on runs that are made up."""
import contextlib
import io
import json
import sys
import unittest
from unittest import mock
import xml.etree.ElementTree

from bench_case import BenchCase
import bench_support
import chart
import matrix
import perf_concurrent
import results
import spill
import tools
import window
import worlds


def ratios(**values):
    return {"ratios": {name: {"value": value, "better": better} for name, (value, better) in values.items()}}


class Baseline(unittest.TestCase):
    def test_a_tenth_worse_is_told_whichever_way_is_better(self):
        old = ratios(low=(1.0, "lower"), high=(1.0, "higher"))
        self.assertEqual(results.worse(old, ratios(low=(1.10, "lower"), high=(0.91, "higher"))), [])
        found = results.worse(old, ratios(low=(1.12, "lower"), high=(0.89, "higher")))
        self.assertEqual([each[0] for each in found], ["low", "high"])
        self.assertEqual(results.worse(old, ratios(low=(0.2, "lower"), high=(9.0, "higher"))), [])

    def test_what_is_nothing_is_compared_too(self):
        for better, before, now, bad in (("higher", 1.0, 0, True), ("higher", 0, 1.0, False), ("higher", 0, 0, False),
                                         ("lower", 0, 1.0, True), ("lower", 1.0, 0, False), ("lower", 0, 0, False)):
            found = results.worse(ratios(each=(before, better)), ratios(each=(now, better)))
            self.assertEqual(len(found), int(bad), (better, before, now))

    def test_only_what_both_have_is_compared(self):
        self.assertEqual(results.worse(ratios(gone=(1.0, "lower")), ratios(new=(9.0, "lower"))), [])
        new = dict(ratios(both=(1.0, "lower"), new=(9.0, "lower")), machine="m")
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            code = results.compare("old.json", ratios(both=(1.0, "lower"), gone=(1.0, "lower")), new)
        self.assertEqual(code, 0)
        self.assertIn("not measured now, 1 of its ratios: gone\n", said.getvalue())

    def test_tiny_runs_are_compared_with_tiny_ones(self):
        for old, new, code in (("--build b", "--build c", 0), ("--tiny", "--build b --tiny", 0), ("--tiny", "", 1),
                               ("", "--tiny", 1)):
            both = [dict(ratios(each=(1.0, "lower")), machine="m", command=command) for command in (old, new)]
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
                self.assertEqual(results.compare("old.json", *both), code, (old, new))
            self.assertEqual("other sizes" in said.getvalue(), code == 1)


class Window(unittest.TestCase):
    @staticmethod
    def log(openings, full, size):
        """A window of 'size' that has so many calls in flight in each of its round trips of 100 ms."""
        lines = []
        for trip, count in enumerate(openings + [size] * full):
            lines += [{"time_ns": trip * 10**8 + n, "duration_ns": 10**8, "in_flight": n + 1, "bytes": 1}
                      for n in range(count)]
        return lines

    def test_a_window_that_doubles_and_stays_full(self):
        judged = window.judge(self.log([4, 8, 16], 10, 32), 32, 0.1)
        self.assertTrue(judged["opened"])
        self.assertAlmostEqual(judged["opening_s"], 0.3, places=3)
        self.assertAlmostEqual(judged["after_to_ideal"], 1.0, delta=0.05)
        self.assertAlmostEqual(judged["whole_to_ideal"], 1.3 / ((28 + 320) / 32 * 0.1), places=2)

    def test_one_that_is_kept_half_full(self):
        lines = self.log([4, 8, 16, 32], 0, 32) + [
            {"time_ns": (4 + trip) * 10**8 + n, "duration_ns": 10**8, "in_flight": n + 1, "bytes": 1}
            for trip in range(10) for n in range(16)]
        self.assertAlmostEqual(window.judge(lines, 32, 0.1)["after_to_ideal"], 2.0, delta=0.15)

    def test_one_that_never_opens(self):
        judged = window.judge(self.log([4], 20, 8), 32, 0.1)
        self.assertFalse(judged["opened"])
        self.assertEqual(judged["most_in_flight"], 8)
        with self.assertRaises(bench_support.Failure):
            window.judge([], 32, 0.1)


    def test_whether_it_opens_can_be_compared(self):
        """A run in which it does not has no time from its opening, and must not look as good as one in which it does."""
        found = []
        for openings, size in (([4, 8, 16], 32), ([4], 8)):
            run = results.Results(".")
            with contextlib.redirect_stdout(io.StringIO()):
                window.tell([window.judge(self.log(openings, 20, size), 32, 0.1)], [{"collection_s": 1.0}],
                            [{"wall_s": 1.0}], 32, 0.1, run)
            found.append(run.data)
        self.assertIn("window/share_of_window", [each[0] for each in results.worse(*found)])


class Matrix(unittest.TestCase):
    def test_the_ideal_is_the_slowest_alone(self):
        def scan(seconds, **providers):
            return {"collection_s": seconds, "wall_s": seconds, "cpu_s": 1.0, "calls": 10, "resources": 100,
                    "providers": providers, "bare": {"wall_s": 2.0, "cpu_s": 0.5}}
        alone, together = [scan(4.0, a=3.0, b=1.0)], [scan(3.0, a=3.0, b=2.0)]
        row = matrix.row(2, 100, 100, "concurrent", together, alone)
        self.assertAlmostEqual(row["share_of_ideal"], 1.0)
        self.assertEqual((row["to_bare"], row["cpu_to_bare"]), (1.5, 2.0))
        self.assertIsNone(matrix.row(2, 100, 100, "sequential", alone, alone)["share_of_ideal"])


class Failing(BenchCase):
    def run_main(self, tables, *names):
        """perf_concurrent.py with tables that are made up: its exit code, and the file it left."""
        out, said = self.path("out.json"), io.StringIO()
        with mock.patch.object(perf_concurrent, "TABLES", tables), contextlib.redirect_stdout(said), mock.patch.object(
                sys, "argv", ["perf_concurrent.py", "--build", self.work, "--out", out, *names]):
            code = perf_concurrent.main()
        with open(out, encoding="utf-8") as file:
            return code, json.load(file), said.getvalue()

    def test_a_table_that_fails_costs_no_other(self):
        def bad(*_):
            raise bench_support.Failure("no cloud")
        tables = {"one": lambda args, work, run: run.ratio("one/a", 1.0, "lower"), "bad": bad,
                  "two": lambda args, work, run: run.ratio("two/a", 2.0, "lower")}
        code, data, said = self.run_main(tables, "one", "bad", "two")
        self.assertEqual((code, set(data["ratios"])), (1, {"one/a", "two/a"}))
        self.assertEqual(data["failed"], [{"what": "bad", "why": "no cloud"}])
        self.assertIn("FAILED: bad: no cloud", said)
        code, data, _ = self.run_main(tables, "one", "two")
        self.assertEqual((code, data["failed"]), (0, []))

    def test_a_world_that_fails_costs_no_other(self):
        def one_world(_args, _folder, world, size, latency):
            if size == 2000:
                raise bench_support.Failure("not whole")
            runs = [{"collection_s": 1.0, "wall_s": 1.0, "cpu_s": 1.0, "calls": 1, "resources": size, "peak_mb": 9.0,
                     "cloud_cpu_s": 0.1, "providers": {"a": 1.0}, "bare": {"wall_s": 1.0, "cpu_s": 1.0}}]
            return [matrix.row(2, size, latency, mode, runs, runs) for mode in ("sequential", "concurrent")]
        run = results.Results(".")
        with mock.patch.object(matrix, "one_world", one_world), mock.patch.object(
                matrix, "cases", lambda args: [(2, size, 100) for size in (1000, 2000, 3000)]), mock.patch.object(
                worlds, "world", lambda *_: contextlib.nullcontext()), contextlib.redirect_stdout(io.StringIO()):
            matrix.matrix(mock.Mock(build=self.work), self.work, run)
        self.assertEqual([row["size"] for row in run.data["tables"]["matrix"]], [1000, 1000, 3000, 3000])
        self.assertEqual(run.data["failed"], [{"what": "matrix/2/2000/100ms", "why": "not whole"}])

    def test_another_program_may_fail_and_wgo_may_not(self):
        ours = {"wall_s": 1.0, "cpu_s": 1.0, "peak_mb": 1.0, "resources": 1}
        world = mock.Mock(parts=[mock.Mock(server=mock.Mock(base="http://h"), env={})], arguments=[], env={})
        tool = {"name": "x", "types": "t", "command": "x {base}"}
        run = results.Results(".")

        def beside(**failing):
            def done(name):
                return mock.Mock(side_effect=failing[name]) if name in failing else mock.Mock(return_value=dict(ours))
            with mock.patch.object(tools, "run", done("run")), mock.patch.object(tools, "scan", done("scan")):
                return tools.beside(mock.Mock(rounds=1, build=""), self.work, world, tool, run)
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(beside()["tool"], "x")
            self.assertEqual(run.data["skipped"], [])
            self.assertIsNone(beside(run=bench_support.Failure("exit code 3")))
            self.assertEqual(run.data["skipped"], [{"what": "x", "why": "it failed: exit code 3"}])
            with self.assertRaises(bench_support.Failure):
                beside(scan=bench_support.Failure("not whole"))


class Worlds(unittest.TestCase):
    def test_shares(self):
        self.assertEqual(worlds.shares(("kubernetes", "aws"), 1000), {"kubernetes": 500, "aws": 500})
        self.assertEqual(worlds.shares(worlds.ORDER, 1000), {name: 200 for name in worlds.ORDER})
        large = worlds.shares(worlds.ORDER[:4], 1000000)
        self.assertEqual(large["azure"], worlds.AZURE_MOST)
        self.assertEqual(sum(large.values()), 1000000)
        self.assertEqual(worlds.shares(("azure",), 100), {"azure": 100})


class Files(BenchCase):
    def snapshot(self, ids, count=None, end="]}\n"):
        head = {"schema_version": "1.0", "metadata": {"resource_count": len(ids) if count is None else count}}
        path = self.path("snapshot.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps(head, separators=(",", ":"))[:-1] + ',"resources":[\n')
            file.write(",\n".join(json.dumps({"id": each}) for each in ids) + "\n" + end)
        return path

    def test_a_snapshot_is_checked_line_by_line(self):
        self.assertEqual(spill.check(self.snapshot(["a", "b", "c"])), 3)
        for path in (lambda: self.snapshot(["a", "c", "b"]), lambda: self.snapshot(["a", "a"]),
                     lambda: self.snapshot(["a", "b"], count=3), lambda: self.snapshot(["a"], end=""),
                     lambda: self.snapshot(["a"], end="]}\nmore")):
            with self.assertRaises(ValueError):
                spill.check(path())

    def test_the_chart_is_svg(self):
        path = self.path("chart.svg")
        chart.write(path, "a < b & c", [("group", [("one", 1.0, 2.0, True), ("two", 3.0, None, None),
                                                   ("nothing", 0, None, False)]), ("empty", [])])
        root = xml.etree.ElementTree.parse(path).getroot()
        bars = [each for each in root.iter() if each.tag.endswith("rect")]
        self.assertEqual(len(bars), 1 + 3)
        self.assertIn("a < b & c", [each.text for each in root.iter()])
        width = {float(each.get("width")) for each in bars[1:]}
        self.assertEqual(len(width), 3)

    def test_a_baseline_is_a_file_that_a_run_has_left(self):
        path, good = self.path("old.json"), ratios(a=(1.5, "lower"), b=(2, "higher"))
        for text in ("", "{", "[]", "{}", '{"ratios": []}', '{"ratios": {}}', '{"ratios": {"a": 1}}',
                     '{"ratios": {"a": {"value": 1}}}', '{"ratios": {"a": {"value": "1", "better": "lower"}}}',
                     '{"ratios": {"a": {"value": true, "better": "lower"}}}',
                     '{"ratios": {"a": {"value": NaN, "better": "lower"}}}',
                     '{"ratios": {"a": {"value": 1, "better": "sideways"}}}', "\xff"):
            with open(path, "w", encoding="latin-1") as file:
                file.write(text)
            with self.assertRaisesRegex(bench_support.Failure, "the baseline .*old.json: ", msg=text):
                results.read(path)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(good, file)
        self.assertEqual(results.read(path), good)
        for other in (self.path("absent"), self.work):
            with self.assertRaisesRegex(bench_support.Failure, "the baseline "):
                results.read(other)

    def test_tools_are_a_line_each(self):
        path = self.path("tools.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# name\n\nkubectl | kubectl | kubernetes | kubernetes_pod | sh -c 'a | b'\n")
        self.assertEqual(tools.read_tools(path)[0]["command"], "sh -c 'a | b'")
        for line in ("x | y | nowhere | z | w", "x | y | aws | z", "x | y | aws | z |", "x | y | aws | z | sh -c 'a",
                     "kubectl | y | aws | z | w"):
            with open(path, "w", encoding="utf-8") as file:
                file.write("  # indented\nkubectl | kubectl | kubernetes | kubernetes_pod | w\n%s\n" % line)
            with self.assertRaises(bench_support.Failure, msg=line):
                tools.read_tools(path)
        places = {"base": "http://h", "kubeconfig": "/k", "here": "/h", "python": "/p"}
        for word, said in (("{base}/a/{kubeconfig}", "http://h/a//k"), ("{here}{python}", "/h/p"),
                           ("{print $1}", "{print $1}"), ("[.items[] | {name, id}]", "[.items[] | {name, id}]"),
                           ("{}{base", "{}{base"), ("{other}", "{other}")):
            self.assertEqual(tools.fill(word, places), said)
        self.assertIsNotNone(tools.lacking("no-such-program"))
        self.assertIsNotNone(tools.lacking("python:no_such_module"))
        self.assertIsNone(tools.lacking("python:json"))


if __name__ == "__main__":
    unittest.main()
