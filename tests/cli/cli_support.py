"""What the command line's tests share: a home of their own, wgo in it, and fakecloud beside it.

Nothing here sleeps to be right: waiting is always for a condition, and gives up loudly."""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("WGO_SOURCE_DIR", os.path.join(HERE, "..", ".."))
BINARY = os.environ.get("WGO_BINARY_DIR", os.path.join(SOURCE, "build", "release"))
SHARED = os.environ.get("WGO_SHARED_DIR", os.path.join(SOURCE, "..", "shared"))
WGO = os.path.join(BINARY, "wgo")
FAKECLOUD = os.path.join(BINARY, "fakecloud")
FIXTURES = os.path.join(HERE, "fixtures")
SHOP = os.path.join(FIXTURES, "shop.tfstate")
# Judges of a snapshot: the schema, and, where it is at hand, one that shares no code with the program.
JUDGES = ((os.path.join(SOURCE, "tests", "support", "validate_snapshot.py"),
           os.path.join(SOURCE, "docs", "snapshot.schema.json")),
          (os.path.join(SHARED, "tools", "verify_snapshot.py"),))
PATIENCE_S = 60


def skip(reason):
    print("SKIPPED: " + reason, flush=True)
    raise unittest.SkipTest(reason)


class Result:
    def __init__(self, args, code, out, err):
        self.args, self.code, self.out, self.err = args, code, out, err

    def __str__(self):
        return "wgo %s\nexit code %s\n--- stdout\n%s\n--- stderr\n%s" % (
            " ".join(self.args), self.code, self.out[:1500], self.err[:2500])

    def json(self):
        return json.loads(self.out)


class CliTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="wgo-cli-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.home = os.path.join(self.dir, "home")
        self.work = os.path.join(self.dir, "work")
        os.mkdir(self.home)
        os.mkdir(self.work)

    def env(self, **more):
        env = {"PATH": os.environ["PATH"], "HOME": self.home, "LANG": "C.UTF-8", "TERM": "dumb"}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                env[name] = os.environ[name]
        env.update({key: str(value) for key, value in more.items()})
        return env

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        return path

    def azure_cli(self, base, tenant):
        """An `az` that has logged in: the environment to find it by. It prints tokens of the app that the file 'login'
        names, "ID SECRET"."""
        self.write("azure/azureProfile.json", "{}")
        tool = self.write("bin/az", """#!%s
import json, sys, urllib.parse, urllib.request
app, secret = open(%r).read().split()
form = {"grant_type": "client_credentials", "client_id": app, "client_secret": secret,
        "scope": sys.argv[sys.argv.index("--resource") + 1] + "/.default"}
with urllib.request.urlopen(%r, urllib.parse.urlencode(form).encode()) as answer:
    got = json.load(answer)
print(json.dumps({"accessToken": got["access_token"], "expires_on": 4000000000}))
""" % (sys.executable, self.path("login"), "%s/azure/login/%s/oauth2/v2.0/token" % (base, tenant)))
        os.chmod(tool, 0o755)
        return {"PATH": self.path("bin") + ":" + os.environ["PATH"], "AZURE_CONFIG_DIR": self.path("azure"),
                "AZURE_CLIENT_ID": None, "AZURE_CLIENT_SECRET": None}

    def start(self, *args, env=None, file_limit=None, **kwargs):
        def limit():
            if file_limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        kwargs.setdefault("stdout", subprocess.PIPE)
        kwargs.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([WGO, *args], cwd=self.work, env=self.env(**(env or {})),
                                preexec_fn=limit, **kwargs)

    def finish(self, process, args=()):
        out, err = process.communicate(timeout=PATIENCE_S)
        result = Result(list(args), process.returncode, (out or b"").decode("utf-8", "replace"),
                        (err or b"").decode("utf-8", "replace"))
        for word in ("Sanitizer", "runtime error:"):
            self.assertFalse(word in result.err, str(result))
        return result

    def wgo(self, *args, **kwargs):
        return self.finish(self.start(*args, **kwargs), args)

    # ---- what is asserted again and again ----

    def assert_code(self, result, code):
        self.assertEqual(result.code, code, str(result))

    def assert_error(self, result, code, *texts):
        """One line that says what is wrong, at most one hint, nothing else."""
        self.assert_code(result, code)
        lines = result.err.splitlines()
        said = [line for line in lines if line.startswith("wgo: ")]
        hints = [line for line in lines if line.startswith("hint: ")]
        self.assertEqual(len(said), 1, str(result))
        self.assertLessEqual(len(hints), 1, str(result))
        self.assertEqual(len(lines), 1 + len(hints), str(result))
        for text in texts:
            self.assertIn(text, result.err, str(result))

    def assert_clean(self, *expected):
        """Nothing in the working folder but what is expected: no temporary file is left."""
        self.assertEqual(sorted(os.listdir(self.work)), sorted(expected))

    def assert_valid(self, *names):
        """What was written is a snapshot, by everybody's rules."""
        for judge in JUDGES:
            if not os.path.exists(judge[0]):
                print("SKIPPED: no %s" % os.path.basename(judge[0]), flush=True)
                continue
            done = subprocess.run([sys.executable, *judge, *map(self.path, names)], capture_output=True, text=True)
            if done.returncode == 77:
                print(done.stdout.strip(), flush=True)
            else:
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def resource_bytes(self, name):
        """The resources of a snapshot as they were written."""
        with open(self.path(name), "rb") as file:
            text = file.read()
        return text[text.index(b'"resources":['):]

    def load(self, name):
        with open(self.path(name), "rb") as file:
            return json.load(file)

    def unfinished(self, process):
        """What the program has open in the work folder and is yet to be given its name, or its right one."""
        names = []
        for fd in os.listdir("/proc/%d/fd" % process.pid):
            try:
                names.append(os.readlink("/proc/%d/fd/%s" % (process.pid, fd)))
            except FileNotFoundError:
                pass  # closed meanwhile
        inside = [name for name in names if os.path.dirname(name) == os.path.realpath(self.work)]
        return [name for name in inside if name.endswith((".tmp", " (deleted)"))]

    def wait_for(self, condition, what):
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.01)
        self.fail("waited in vain for " + what)

    def fakecloud(self, *args, scenario=None):
        cloud = FakeCloud(self, args, scenario)
        self.addCleanup(cloud.stop)
        return cloud


class FakeCloud:
    """A cloud on a free loopback port, with a kubeconfig and a request log."""

    def __init__(self, test, args, scenario):
        self.test = test
        self.dir = os.path.join(test.dir, "cloud")
        os.mkdir(self.dir)
        self.kubeconfig = os.path.join(self.dir, "kubeconfig")
        self.log = os.path.join(self.dir, "requests.jsonl")
        self.port = 0
        self.begin(args, scenario)

    def again(self, *args, scenario=None):
        """Another world in the same place: same port, same kubeconfig, a log of its own."""
        self.stop()
        for name in ("port", "kubeconfig", "requests.jsonl"):
            os.unlink(os.path.join(self.dir, name))
        self.begin(args, scenario)

    def begin(self, args, scenario):
        test = self.test
        port_file = os.path.join(self.dir, "port")
        command = [FAKECLOUD, "--port", str(self.port), "--port-file", port_file, "--max-seconds", "300",
                   "--write-kubeconfig", self.kubeconfig, "--log", self.log, "--die-with-stdin"]
        if scenario is not None:
            path = os.path.join(self.dir, "scenario.json")
            with open(path, "w") as file:
                json.dump(scenario, file)
            command += ["--scenario", path]
        self.process = subprocess.Popen(command + list(args), stdin=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

        def up():
            if self.process.poll() is not None:
                test.fail("fakecloud: " + self.process.stderr.read().decode())
            return os.path.exists(port_file) and os.path.exists(self.kubeconfig)
        test.wait_for(up, "fakecloud")
        with open(port_file) as file:
            self.port = int(file.read())

    def requests(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log) as file:
            return [json.loads(line) for line in file.read().split("\n")[:-1]]  # but for one that is being written

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=PATIENCE_S)


def main():
    for program in (WGO, FAKECLOUD):
        if not os.access(program, os.X_OK):
            print("SKIPPED: %s is not built" % program)
            sys.exit(77)
    unittest.main(verbosity=2)
