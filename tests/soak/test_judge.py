#!/usr/bin/env python3
"""Whether the soak test sees what it is there to see: runs that are made up, good and bad."""
import copy
import unittest

import soak


def good(count=60):
    scans = [{"scan": n, "code": 0 if n % 3 else 3, "heap_bytes": 500000 + n % 7, "rss_kb": 50000 + n % 11, "fds": 3,
              "threads": 1} for n in range(1, count + 1)]
    return {"code": 0, "scans": scans, "faults": 9, "samples": [(n / 5, 60000 + n % 9, 20 + n % 5, 9) for n in range(500)]}


class Judge(unittest.TestCase):
    def setUp(self):
        self.result = copy.deepcopy(good())

    def leak(self, name, each):
        for scan in self.result["scans"]:
            scan[name] += int(scan["scan"] * each)

    def expect(self, *words):
        wrong = soak.judge(self.result)
        self.assertEqual(len(wrong), len(words), wrong)
        for text, word in zip(wrong, words):
            self.assertIn(word, text)

    def test_a_good_run(self):
        self.expect()

    def test_a_leak_of_each_kind(self):
        for name, each in (("heap_bytes", 20000), ("fds", 1 / 20), ("threads", 1 / 20), ("rss_kb", 1000)):
            self.result = copy.deepcopy(good())
            self.leak(name, each)
            self.expect(name + " rose")

    def test_memory_that_closing_hides(self):
        self.result["samples"] = [(at, memory + 400 * n, fds, threads)
                                  for n, (at, memory, fds, threads) in enumerate(self.result["samples"])]
        self.expect("peak while scanning")

    def test_descriptors_that_closing_hides(self):
        self.result["samples"] = [(at, memory, fds + n // 4, threads)
                                  for n, (at, memory, fds, threads) in enumerate(self.result["samples"])]
        self.expect("descriptors while scanning")

    def test_runs_that_say_nothing(self):
        self.result["faults"] = 0
        self.expect("no fault struck")
        self.result = copy.deepcopy(good(5))
        self.expect("too few")
        self.result = copy.deepcopy(good())
        self.result["code"] = -11
        self.expect("ended with -11")

    def test_scans_that_came_to_nothing(self):
        self.result["scans"][7]["code"] = 1
        self.expect("without a result: [8]")
        for scan in self.result["scans"]:
            scan["code"] = 3
        self.expect("no scan was whole")


if __name__ == "__main__":
    unittest.main()
