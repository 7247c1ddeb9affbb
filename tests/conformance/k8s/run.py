#!/usr/bin/env python3
"""wgo against a real Kubernetes API server, judged by kubectl.

Starts etcd and kube-apiserver on loopback, creates several thousand objects, runs `wgo scan` as several users and through a
proxy that makes the server's continue tokens expire, and compares every snapshot with `kubectl get`. Python's standard library,
etcd, kubectl and openssl; kube-apiserver comes from build_apiserver.sh. Everything is written below --build-dir.

  run.py --wgo build/release/wgo          the conformance run
  run.py --server-only [--keep SECONDS]   only the server: prints the kubeconfig's path and waits

Exit: 0 all equal; 1 a difference; 2 usage, or no wgo; 77 something to run with is absent (`SKIPPED: reason`)."""
import argparse
import collections
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import compare
import objects
import truth
from cluster import Cluster
from proxy import Proxy

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
SCAN_TIMEOUT_S = 300


class Skipped(Exception):
    pass


class Run:
    """One cluster and all that is learned from it; every scenario adds a column to the table and checks to the score."""

    def __init__(self, options, cluster, proxies):
        self.options, self.cluster, self.proxies = options, cluster, proxies
        self.score, self.table, self.columns = compare.Score(), {}, []
        self.needles = objects.secret_needles() + list(cluster.tokens.values())
        self.kubectl = truth.Kubectl(cluster, "admin")
        self.types = self.kubectl.types()
        self.expected = truth.read_settled(self.kubectl, self.types)
        self.namespaces = [i.name for kind, items in self.expected.items() if kind.name == "namespaces" for i in items]
        self.uid = next(i.uid for kind, items in self.expected.items() if kind.name == "namespaces"
                        for i in items if i.name == "kube-system")
        self.names = {}           # native type -> the snapshot's type, learned from the admin's scan
        self.admin_resources = None
        self.needles_file = os.path.join(cluster.folder, "needles")
        with open(self.needles_file, "w") as out:
            out.write("\n".join(self.needles) + "\n")

    def scan(self, name, context, *args):
        """Runs wgo; returns (exit code, snapshot or None, its text). A snapshot that was written is judged at once."""
        output = os.path.join(self.cluster.folder, f"snapshot-{name}.json")
        log = os.path.join(self.cluster.folder, f"scan-{name}.log")
        environment = truth.clean_environment(self.kubectl.environment["HOME"], KUBECONFIG=self.cluster.kubeconfig)
        command = [self.options.wgo, "scan", "--provider", "kubernetes", "--context", context, *args, "--output-file", output]
        print(f"\n{name}: wgo {' '.join(command[1:-2])}")
        started = time.monotonic()
        with open(log, "w") as out:
            try:
                code = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                      timeout=SCAN_TIMEOUT_S).returncode
            except subprocess.TimeoutExpired:
                code = f"none within {SCAN_TIMEOUT_S} s"
        self.columns.append(name)
        print(f"  exit {code}, {time.monotonic() - started:.1f} s; log {log}")
        if not os.path.exists(output):
            return code, None, ""
        try:
            snapshot, text = compare.load(output)
        except ValueError as problem:
            self.score.check("the snapshot is JSON", str(problem))
            return code, None, ""
        compare.compare_secrets(self.score, text, self.needles)
        compare.compare_noise(self.score, snapshot, self.types)
        self.verify(output)
        return code, snapshot, text

    def verify(self, output):
        """The rules of a snapshot, by a judge that comes with the development files and not with the product."""
        shared = os.environ.get("WGO_SHARED_DIR") or os.path.join(os.path.dirname(ROOT), "shared")
        judge = os.path.join(shared, "tools", "verify_snapshot.py")
        if not os.path.exists(judge):
            self.score.skip("the rules of a snapshot", "no tools/verify_snapshot.py in WGO_SHARED_DIR")
            return
        done = subprocess.run([sys.executable, judge, output, "--secrets", self.needles_file], capture_output=True, text=True)
        self.score.check("the rules of a snapshot", "" if done.returncode == 0 else (done.stdout + done.stderr).strip())

    def exit_code(self, code, *wanted):
        self.score.check("exit code", "" if code in wanted else f"{code}, expected {' or '.join(map(str, wanted))}")

    def whole(self, name, context, *args, expected=None, exit_code=0):
        """A scan that must find all that the admin's kubectl finds. Returns the snapshot, or None after saying why."""
        code, snapshot, _ = self.scan(name, context, *args)
        self.exit_code(code, exit_code)
        if not self.score.check("a snapshot is written", "" if snapshot else "no file"):
            return None
        complete = snapshot["metadata"].get("complete")
        self.score.check("metadata.complete", "" if complete is (exit_code == 0) else f"{complete} with exit code {exit_code}")
        compare.compare_types(self.score, snapshot, expected or self.expected, self.uid, self.table, name)
        return snapshot

    # --- scenarios ----------------------------------------------------------------------------------------------

    def admin(self):
        snapshot = self.whole("admin", "admin")
        if snapshot:
            self.names = compare.type_names(snapshot)
            self.admin_resources = snapshot["resources"]
            compare.compare_facts(self.score, snapshot, self.expected, self.uid)
            compare.compare_consistent(self.score, snapshot, (), self.names)

    def one_worker(self):
        """Thread timing changes nothing."""
        snapshot = self.whole("one-worker", "admin", "--max-workers", "1")
        if snapshot and self.admin_resources:
            same = snapshot["resources"] == self.admin_resources
            self.score.check("the same resources as with four workers", "" if same else "they differ")

    def certificate(self):
        self.whole("certificate", "admin-certificate")

    def token_file(self):
        self.whole("token-file", "admin-token-file")

    def exec_plugin(self):
        self.whole("exec", "admin-exec")

    def partial(self, name, context, cluster, namespaces, everywhere, *args):
        """A user with few rights: what may be seen is there, and what may not is said to be denied."""
        client = self.cluster.client(context)
        sights = truth.read_allowed(truth.Kubectl(self.cluster, context), client, self.types, namespaces, everywhere)
        client.close()
        code, snapshot, _ = self.scan(name, context, *args)
        self.exit_code(code, 3)
        if not self.score.check("a snapshot is written", "" if snapshot else "no file"):
            return
        complete = snapshot["metadata"].get("complete")
        self.score.check("metadata.complete", "" if complete is False else f"{complete}")
        compare.compare_types(self.score, snapshot, {kind: sight.items for kind, sight in sights.items()},
                              cluster or compare.cluster_of(snapshot), self.table, name)
        if self.names:
            compare.compare_rows(self.score, snapshot, sights, self.names)
        else:
            self.score.skip("completeness rows", "the names of the types are learned from the admin scenario")

    def limited(self):
        self.partial("limited", "limited", self.uid, self.namespaces, True)

    def narrow(self):
        """May not even read the namespace whose uid names the cluster: any one name will do."""
        args = [word for namespace in objects.POD_NAMESPACES for word in ("--namespace", namespace)]
        self.partial("narrow", "narrow", None, objects.POD_NAMESPACES, False, *args)

    def nothing(self, name, context, *codes):
        code, snapshot, _ = self.scan(name, context)
        self.exit_code(code, *codes)
        found = len(snapshot["resources"]) if snapshot else 0
        self.score.check("nothing is found", f"{found} resources" if found else "")
        if snapshot:
            self.score.check("metadata.complete", "is true" if snapshot["metadata"].get("complete") else "")

    def nobody(self):
        self.nothing("nobody", "nobody", 1, 3)

    def wrong_token(self):
        self.nothing("wrong-token", "wrong-token", 4)

    def expired(self, name):
        """The server itself answers 410 in the middle of lists: no gap, no duplicate, and the snapshot says so."""
        proxy = self.proxies[name]
        proxy.reset()
        snapshot = self.whole(name, name)
        expired = {path.rpartition("/")[2] if path.startswith("/api/v1/") else path for path in proxy.expired}
        print(f"  {proxy.pages} pages through the proxy, {proxy.compactions} compactions, "
              f"410 for {compare.some(expired) or 'nothing'} ({proxy.with_token} with a fresh token)")
        self.score.check("the server answered 410", "" if proxy.expired else "it never did: was a second page asked for?")
        if snapshot and self.names:
            natives = {truth.native(kind.group, kind.kind) for kind in self.types if any(
                path.endswith("/" + kind.plural) and (f"/{kind.group}/" in path if kind.group else path.startswith("/api/"))
                for path in proxy.expired)}
            compare.compare_consistent(self.score, snapshot, natives, self.names)

    def expired_once(self):
        self.expired("expired-once")

    def expired_always(self):
        self.expired("expired-always")

    def change(self, marks):
        """Other contents, objects that are gone and new ones; how many of each. `marks` tells one round from another."""
        client = self.cluster.client()
        changed = deleted = added = 0

        def call(method, path, *body):
            status, answer = client.call(method, path, *body)
            if status not in (200, 201):
                raise RuntimeError(f"{method} {path}: {status} {answer}")

        def named(plural, group_version="v1"):
            return [(item["metadata"], objects.path(group_version, plural, item["metadata"].get("namespace")))
                    for item in client.call("GET", objects.path(group_version, plural) + "?limit=4000")[1]["items"]]

        patch = {"metadata": {"annotations": {"example.com/marks": marks}}}
        for plural, group_version, step in (("configmaps", "v1", 200), ("secrets", "v1", 150), ("deployments", "apps/v1", 40),
                                            ("clusterroles", "rbac.authorization.k8s.io/v1", 30), ("pods", "v1", 9)):
            for meta, path in named(plural, group_version)[::step]:
                call("PATCH", f"{path}/{meta['name']}", patch, "application/merge-patch+json")
                changed += 1
        for meta, path in [one for one in named("configmaps") if one[0]["name"] != "kube-root-ca.crt"][7::300]:
            call("DELETE", f"{path}/{meta['name']}")
            deleted += 1
        for number in range(5):
            call("POST", objects.path("v1", "secrets", "team-00"),
                 objects.thing("v1", "Secret", f"young-{marks}-{number}", "team-00", data={"a": objects.b64(marks)}))
            added += 1
        client.close()
        return added, changed, deleted

    def incremental(self, name="incremental"):
        """Only what changed is asked for, and what comes out is what a scan of everything finds."""
        states = [os.path.join(self.cluster.folder, f"state-{name}-{which}") for which in ("kept", "other")]
        kept = ("--incremental", "--state-dir", states[0])
        proxy = self.proxies[name]
        self.whole(name + "-base", name, *kept)
        added, changed, deleted = self.change(name)
        self.expected = truth.read_settled(self.kubectl, self.types)
        proxy.reset()
        snapshot = self.whole(name, name, *kept)
        asked = [(path, query) for path, query in proxy.asked if "limit" in query]
        whole = self.whole(name + "-whole", name, "--state-dir", states[1], "--redact-key-file", os.path.join(states[0], "redact.key"))
        if not snapshot or not whole:
            return
        same = snapshot["resources"] == whole["resources"]
        self.score.check("the same resources as a scan of everything", "" if same else "they differ")
        said = snapshot["metadata"].get("incremental", {})
        wrong = {key: said.get(key) for key, least in (("added", added), ("changed", changed), ("deleted", deleted))
                 if not least <= said.get(key, -1) <= least + 10}
        self.score.check("what was changed is found", f"{wrong} of {added}, {changed}, {deleted}" if wrong else "")
        objects_asked = [query for _, query in asked if "fieldSelector" in query]
        pages = [query for _, query in asked if "fieldSelector" not in query]
        print(f"  {len(asked)} lists: {len(objects_asked)} of one object; 410 for {compare.some(proxy.expired) or 'nothing'}")
        self.score.check("objects are asked for by name", "" if 0 < len(objects_asked) <= 2 * (added + changed + 10) else
                         f"{len(objects_asked)} for {added + changed}")
        # Its metadata, and where the server has forgotten that moment the whole list: at it, and anew. A long one has a
        # list for each namespace.
        begun = collections.Counter(path for path, query in asked if "fieldSelector" not in query and "continue" not in query)
        often = {path: times for path, times in begun.items() if times > 3}
        self.score.check("lists are asked for once", f"{often} of {len(pages)} pages" if often else "")

    def incremental_forgotten(self):
        """As before, but the moment that objects are asked for is gone: the server says 410."""
        self.incremental("incremental-forgotten")
        proxy = self.proxies["incremental-forgotten"]
        self.score.check("the server answered 410", "" if proxy.late else "it never did: was nothing asked for at a version?")

    def default(self, name, value):
        """The definition's objects have that in their specs unless they say otherwise; returns when the server knows it."""
        client = self.cluster.client()
        where = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"

        def schemas():
            return client.call("GET", "/openapi/v3")[1]["paths"]["apis/" + name.partition(".")[2] + "/v1alpha1"]

        before, deadline = schemas(), time.monotonic() + 60
        status, answer = client.call("PATCH", where, [{"op": "add", "value": {"orbit": {"type": "string", "default": value}},
                                     "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties"}],
                                     "application/json-patch+json")
        if status != 200:
            raise RuntimeError(f"cannot change {name}: {status} {answer}")
        while schemas() == before:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{name}'s schema is not published after 60 s")
            time.sleep(0.2)
        client.close()

    def incremental_schema(self):
        """A definition gains a default: its objects look another way, and none of them has changed."""
        states = [os.path.join(self.cluster.folder, f"state-schema-{which}") for which in ("kept", "other")]
        kept = ("--incremental", "--state-dir", states[0])
        self.whole("schema-base", "admin", *kept)
        self.default("planets.things.example.com", "round")
        self.expected = truth.read_settled(self.kubectl, self.types)
        snapshot = self.whole("schema", "admin", *kept)
        whole = self.whole("schema-whole", "admin", "--state-dir", states[1], "--redact-key-file", os.path.join(states[0], "redact.key"))
        if snapshot and whole:
            self.score.check("the same resources as a scan of everything",
                             "" if snapshot["resources"] == whole["resources"] else "they differ")
            compare.compare_facts(self.score, snapshot, self.expected, self.uid)

    def broken_api(self):
        """An aggregated API whose service does not exist is unavailable; everything else is whole. Runs last: it adds an object."""
        client = self.cluster.client()
        status, answer = client.call("POST", "/apis/apiregistration.k8s.io/v1/apiservices", objects.thing(
            "apiregistration.k8s.io/v1", "APIService", "v1beta1.broken.example.com", spec={
                "group": "broken.example.com", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 10,
                "insecureSkipTLSVerify": True, "service": {"name": "is-not-there", "namespace": "team-00"}}))
        if status != 201:
            raise RuntimeError(f"cannot create an APIService: {status} {answer}")
        deadline = time.monotonic() + 30
        while client.call("GET", "/apis/broken.example.com/v1beta1")[0] != 503 and time.monotonic() < deadline:
            time.sleep(0.2)
        client.close()
        expected = {kind: self.kubectl.get(kind) if kind.name == "apiservices.apiregistration.k8s.io" else items
                    for kind, items in self.expected.items()}
        snapshot = self.whole("broken-api", "admin", expected=expected, exit_code=3)
        if snapshot:
            status = {row["status"] for row in compare.rows(snapshot)}
            self.score.check("a row is unavailable", "" if "unavailable" in status else f"only {compare.some(status)}")

    SCENARIOS = ("admin", "one_worker", "certificate", "token_file", "exec_plugin", "limited", "narrow", "nobody", "wrong_token",
                 "expired_once", "expired_always", "incremental", "incremental_forgotten", "incremental_schema", "broken_api")

    def run(self):
        for scenario in self.SCENARIOS:
            if not self.options.only or scenario in self.options.only or scenario == "admin":
                try:
                    getattr(self, scenario)()
                except (KeyError, TypeError, AttributeError, IndexError) as problem:
                    # A snapshot without the shape it should have must not end the run before the other scenarios.
                    self.score.check(f"{scenario} can be judged", f"{traceback.format_exc().strip().splitlines()[-3:]} {problem!r}")
        if self.table:
            compare.print_table(self.table, self.columns)
        for kind in self.types:
            if truth.noise_reason(kind):
                print(f"not compared: {kind.name}: {truth.noise_reason(kind)}")


# --- main -------------------------------------------------------------------------------------------------------------


def find_apiserver(options):
    for tool in ("etcd", "kubectl", "openssl"):
        if not shutil.which(tool):
            raise Skipped(f"no {tool}")
    if options.apiserver:
        return os.path.abspath(options.apiserver)
    lines = []
    with subprocess.Popen([os.path.join(HERE, "build_apiserver.sh"), options.build_dir], stdout=subprocess.PIPE, text=True) as build:
        for line in build.stdout:
            lines.append(line.strip())
            if not line.startswith("SKIPPED"):
                print(line, end="", flush=True)
    if build.returncode == 77:
        raise Skipped(lines[-1].partition("SKIPPED: ")[2])
    if build.returncode != 0:
        raise RuntimeError(f"build_apiserver.sh ended with {build.returncode}")
    return lines[-1]


def start(options, folder):
    """The cluster, its proxies and its objects. The caller closes what is returned, in that order."""
    cluster = Cluster(folder, find_apiserver(options))
    proxies = {}
    try:
        started = time.monotonic()
        cluster.open()
        lists = ("/api/v1/configmaps", "/api/v1/secrets")
        proxies["expired-once"] = Proxy(cluster, "once", lambda path: path in lists)
        proxies["expired-always"] = Proxy(cluster, "always", lambda path: path.startswith(("/api/v1/", "/apis/")))
        proxies["incremental"] = Proxy(cluster, "none", lambda path: False)
        proxies["incremental-forgotten"] = Proxy(cluster, "exact", lambda path: False)
        cluster.write_kubeconfig({name: proxy.port for name, proxy in proxies.items()})
        print(f"kube-apiserver is ready on 127.0.0.1:{cluster.port} ({time.monotonic() - started:.1f} s)", flush=True)
        if not options.no_objects:
            started = time.monotonic()
            count = objects.fill(cluster, options.scale)
            print(f"{count} objects created ({time.monotonic() - started:.1f} s)", flush=True)
    except BaseException:
        close(cluster, proxies)
        raise
    return cluster, proxies


def close(cluster, proxies):
    for proxy in proxies.values():
        proxy.close()
    cluster.close()


def serve(options, cluster):
    print(f"KUBECONFIG={cluster.kubeconfig}")
    print(f"contexts: {' '.join(sorted(set(truth.Kubectl(cluster, 'admin').run('config', 'get-contexts', '-o', 'name').split())))}")
    print(f"etcd: http://127.0.0.1:{cluster.etcd.port}; logs in {cluster.folder}")
    print(f"serving for {options.keep} s" if options.keep else "serving until SIGINT or SIGTERM", flush=True)
    deadline = time.monotonic() + options.keep if options.keep else float("inf")
    while time.monotonic() < deadline:
        cluster.check_alive()
        time.sleep(0.5)


def parse(argv):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wgo", default=os.path.join(ROOT, "build", "release", "wgo"), help="the program under test [%(default)s]")
    parser.add_argument("--build-dir", default=os.path.join(ROOT, "build", "conformance", "k8s"),
                        help="where the API server and the runs are kept [%(default)s]")
    parser.add_argument("--apiserver", help="a kube-apiserver to use instead of building one")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the number of objects [1 = about 9000]")
    parser.add_argument("--only", action="append", choices=Run.SCENARIOS, metavar="SCENARIO",
                        help="repeatable; admin always runs: " + ", ".join(Run.SCENARIOS))
    parser.add_argument("--server-only", action="store_true", help="start the server, print the kubeconfig's path and wait")
    parser.add_argument("--keep", type=float, default=0, metavar="SECONDS",
                        help="keep the server this long: with --server-only instead of until a signal, else after the run")
    parser.add_argument("--no-objects", action="store_true", help="with --server-only: an empty cluster")
    parser.add_argument("--keep-files", action="store_true", help="keep the run's folder; it is always kept after a failure")
    options = parser.parse_args(argv)
    options.build_dir, options.wgo = os.path.abspath(options.build_dir), os.path.abspath(options.wgo)
    if options.no_objects and not options.server_only:
        parser.error("--no-objects goes with --server-only")
    return options


def main(argv):
    options = parse(argv)
    if not options.server_only and not os.access(options.wgo, os.X_OK):
        print(f"run.py: there is no program at {options.wgo}; build it or name it with --wgo", file=sys.stderr)
        return 2
    os.makedirs(options.build_dir, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="run-", dir=options.build_dir)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0 if options.server_only else 143))
    failed = True
    try:
        cluster, proxies = start(options, folder)
        try:
            if options.server_only:
                failed = False
                serve(options, cluster)
                return 0
            run = Run(options, cluster, proxies)
            run.run()
            if options.keep:
                serve(options, cluster)
            failed = run.score.failed > 0
        finally:
            close(cluster, proxies)
        print(f"\n{run.score.passed} passed, {run.score.failed} failed, {run.score.skipped} skipped")
        return 1 if failed else 0
    except Skipped as reason:
        failed = False
        print(f"SKIPPED: {reason}\n0 passed, 0 failed, 1 skipped")
        return 77
    except KeyboardInterrupt:
        failed = False
        return 0 if options.server_only else 130
    except RuntimeError as problem:
        print(f"run.py: {problem}\n0 passed, 1 failed, 0 skipped")
        return 1
    finally:
        if failed or options.keep_files:
            print(f"the run's files are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
