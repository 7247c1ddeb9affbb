"""What the tests of the benchmarks share: where things are, and running them."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("WGO_SOURCE_DIR", os.path.dirname(os.path.dirname(HERE)))
BINARY = os.environ.get("WGO_BINARY_DIR", os.path.join(SOURCE, "build", "release"))
SCAN = os.path.join(SOURCE, "bench", "scan")
MICRO = os.path.join(SOURCE, "bench", "micro")
sys.path.insert(0, SCAN)


class BenchCase(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.mkdtemp(prefix="wgo-bench-")
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.work, name)

    def run_script(self, *command, code=0, build=BINARY):
        done = subprocess.run([sys.executable, *command, "--build", build], capture_output=True, text=True,
                              check=False, timeout=280)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done
