#!/usr/bin/env python3
"""The bare loop and the transport's do the same work, and tell what they did."""
import json
import os
import subprocess
import unittest
import urllib.request

from bench_case import BINARY, BenchCase
from bench_support import Failure, Server, bare, loop, run, write_list

BOTH = ("bench_bare_loop", "bench_transport")


class Loops(BenchCase):
    def ask(self, server, *requests):
        """A recorded list: what a client asked for, as it can be asked again."""
        for method, path, headers, body in requests:
            request = urllib.request.Request(server.base + path, data=body, headers=headers, method=method)
            with urllib.request.urlopen(request) as answer:
                answer.read()
        return [(server.base, each) for each in server.requests()]

    def test_both_ask_what_was_recorded(self):
        review = json.dumps({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
                             "spec": {"namespace": "default"}}).encode()
        with Server(BINARY, self.work, "loops", "--pods", "50") as server:
            asked = self.ask(server, ("GET", "/api/v1/pods?limit=20", {"X-Mark": "a: b"}, None),
                             ("GET", "/version", {}, None),
                             ("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                              {"Content-Type": "application/json"}, review))
            path = self.path("list")
            self.assertEqual(write_list(path, asked), 3)
            sizes = sum(each["bytes"] for _, each in asked)
            for program in BOTH:
                result = loop(BINARY, program, path, "--window", 4, "--repeat", 5)
                self.assertEqual((result["calls"], result["failed"], result["bytes"]), (15, 0, 5 * sizes), program)
                self.assertLessEqual(result["connections"], 5, program)
                self.assertGreater(result["wall_s"], 0)
                self.assertFalse(result["http2"])
                again = server.requests()
                self.assertEqual(len(again), 15)
                for _, each in asked:
                    same = [one for one in again if one["path"] == each["path"] and one["method"] == each["method"]]
                    self.assertEqual(len(same), 5)
                    self.assertEqual({one["body"] for one in same}, {each["body"]})
                    if "X-Mark" in each["headers"]:
                        self.assertEqual({one["headers"].get("X-Mark") for one in same}, {"a: b"})

    def test_the_window_is_kept(self):
        with Server(BINARY, self.work, "window", "--latency-ms", "20") as server:
            path = self.path("list")
            write_list(path, self.ask(server, ("GET", "/version", {}, None)) * 40)
            server.times()
            for program in BOTH:
                loop(BINARY, program, path, "--window", 7)
                times = server.times()
                self.assertEqual(len(times), 40, program)
                self.assertEqual(max(each["in_flight"] for each in times), 7, program)

    def test_the_reading_loop_reads_what_it_fetches(self):
        with Server(BINARY, self.work, "reading", "--pods", "50") as server:
            path = self.path("list")
            asked = self.ask(server, ("GET", "/api/v1/pods?limit=20", {}, None), ("GET", "/version", {}, None))
            write_list(path, asked)
            result = loop(BINARY, "bench_reading_loop", path, "--window", 4, "--repeat", 30)
            self.assertEqual((result["calls"], result["bytes"]), (60, 30 * sum(each["bytes"] for _, each in asked)))
            with open(path, "w", encoding="utf-8") as file:
                file.write("GET %s/metrics 0\n\n\n" % server.base)  # no JSON
            done = subprocess.run([os.path.join(BINARY, "bench", "bench_reading_loop"), path], capture_output=True,
                                  text=True, check=False)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("splitting a page failed", done.stderr)

    def test_failures_are_counted(self):
        with Server(BINARY, self.work, "faults", "--fault", '{"kind": "status", "status": 500, "every": 2}') as server:
            path = self.path("list")
            with open(path, "w", encoding="utf-8") as file:
                file.write(("GET %s/version 0\n\n\n" % server.base) * 10)
            for program in BOTH:
                with self.assertRaisesRegex(Failure, "5 of 10 calls failed"):
                    loop(BINARY, program, path, "--window", 2)

    def test_what_is_no_list_is_refused(self):
        for text in ("", "GET\n\n\n", "GET http://127.0.0.1:1/ 5\n\nab\n", "GET http://127.0.0.1:1/ 0\nA: b\n"):
            with open(self.path("list"), "w", encoding="utf-8") as file:
                file.write(text)
            for program in BOTH:
                done = subprocess.run([os.path.join(BINARY, "bench", program), self.path("list")], capture_output=True,
                                      text=True, check=False)
                self.assertEqual(done.returncode, 1, (program, text))
                self.assertIn("no list of requests", done.stderr)
        with self.assertRaises(Failure):
            bare(BINARY, self.path("absent"), 4)
        with self.assertRaises(Failure):
            write_list(self.path("list"), [])

    def test_a_measured_run(self):
        small = run(BINARY, ["sh", "-c", "echo said"])
        self.assertEqual(small["out"], "said\n")
        self.assertLess(small["peak_mb"], 8 if "SAN_OPTIONS" not in " ".join(os.environ) else 1000)
        with self.assertRaises(Failure):
            run(BINARY, ["sh", "-c", "exit 3"])


if __name__ == "__main__":
    unittest.main()
