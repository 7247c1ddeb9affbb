"""A million pods in little memory: pages are read and let go, what is kept is spilled."""
import json
import os
import subprocess

from kube_support import KubeTest, main

PODS = int(os.environ.get("WGO_TEST_PODS", "1000000"))
LIMIT_MB = 160


class Memory(KubeTest):
    def test_a_million_pods(self):
        self.serve("--pods", str(PODS), "--namespaces", "50", "--threads", "2")
        # Straight to exec: the memory of this process does not count as the child's then.
        process = subprocess.Popen(
            [os.path.join(os.environ["WGO_BINARY_DIR"], "wgo"), "scan", "--provider", "k8s",
             "--resource-type", "pods", "--scan-timeout", "0", "--format", "ndjson", "--quiet",
             "--output-file", self.path("out.ndjson"), "--state-dir", self.path("state")],
            env=dict(self.env(), KUBECONFIG=self.cloud.kubeconfig), close_fds=False)
        _, code, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
        self.assertEqual(process.returncode, 0)
        with open(self.path("out.ndjson"), "rb") as file:
            head = json.loads(file.readline())
            ids, last = 0, b""
            for line in file:
                name = line[line.index(b'"id":"') + 6:]
                name = name[:name.index(b'"')]
                self.assertGreater(name, last)
                ids, last = ids + 1, name
        self.assertEqual(ids, PODS)
        self.assertEqual(head["metadata"]["resource_count"], PODS)
        self.assertTrue(head["metadata"]["complete"])
        peak = usage.ru_maxrss / 1024
        print("%d pods: peak memory %.0f MB, %.1f s of CPU" % (
            PODS, peak, usage.ru_utime + usage.ru_stime))
        self.assertLess(peak, LIMIT_MB)


if __name__ == "__main__":
    main()
