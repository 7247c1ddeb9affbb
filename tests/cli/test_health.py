"""Whether a provider bears a scan now: never called clear on anything but good answers."""
import json
import time

from cli_support import CliTest, main


class Health(CliTest):
    def health(self, *args, scenario=None, code=0, flags=()):
        cloud = self.fakecloud(*flags, scenario=scenario)
        self.addCleanup(cloud.stop)
        result = self.wgo("health", "-p", "k8s", "--format", "json", *args,
                          env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, code)
        self.calls = len(cloud.requests())
        answer = json.loads(result.out)
        self.assertEqual(len(answer), 1)
        self.assertEqual(answer[0]["provider"], "kubernetes")
        return answer[0]

    def faults(self, **fault):
        return {"faults": [dict({"path": "*"}, **fault)]}

    def test_a_good_answer_is_clear(self):
        answer = self.health()
        self.assertEqual(answer["status"], "clear")
        self.assertTrue(answer["safe_to_proceed"])
        self.assertEqual(answer["recommended_max_parallel"], 3)
        self.assertEqual(answer["calls_used"], self.calls)
        self.assertLessEqual(self.calls, 3)

    def test_throttling_is_heavy_and_nothing_is_asked_twice(self):
        answer = self.health(scenario=self.faults(kind="throttle", retry_after_s=1), code=1)
        self.assertEqual(answer["status"], "heavy")
        self.assertFalse(answer["safe_to_proceed"])
        self.assertEqual(answer["recommended_max_parallel"], 0)
        self.assertLessEqual(self.calls, 3)

    def test_anything_else_is_unknown(self):
        for fault in ({"kind": "status", "status": 500}, {"kind": "status", "status": 401},
                      {"kind": "status", "status": 503}, {"kind": "reset"}):
            with self.subTest(fault=fault):
                answer = self.health(scenario=self.faults(**fault), code=1)
                self.assertEqual(answer["status"], "unknown", answer)
                self.assertFalse(answer["safe_to_proceed"])
                self.assertIn("error", answer)
                self.doCleanups()
                self.setUp()

    def test_nobody_there_is_unknown(self):
        cloud = self.fakecloud()
        cloud.stop()
        began = time.monotonic()
        result = self.wgo("health", "-p", "k8s", env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 1)
        self.assertIn("kubernetes: unknown; do not scan now", result.out)
        self.assertLess(time.monotonic() - began, 30)

    def test_text(self):
        cloud = self.fakecloud()
        result = self.wgo("health", "-p", "k8s", env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 0)
        self.assertIn("kubernetes: clear; safe to proceed, 3 in parallel at most; ", result.out)


if __name__ == "__main__":
    main()
