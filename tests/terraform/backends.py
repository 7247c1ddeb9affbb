#!/usr/bin/env python3
"""backends.py DRIVER FAKECLOUD: the http, consul, kubernetes and cloud backends against fakecloud.

Writes a few states, lets fakecloud serve each in several ways, and checks that the collector finds every
one where it is kept, whole, with the right credentials, and that it only ever asks."""
import json
import os
import subprocess
import sys
import tempfile
import time


def state(lineage, count, padding=0):
    return {
        "version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": lineage,
        "resources": [{"mode": "managed", "type": "terraform_data", "name": "n", "provider": "p",
                       "instances": [{"index_key": i, "attributes": {"id": "%s-%d" % (lineage, i),
                                                                     "pad": os.urandom(padding // 2).hex()}}
                                     for i in range(count)]}]}


def wait_for(path, process):
    for _ in range(500):
        if os.path.exists(path):
            return open(path).read().strip()
        if process.poll() is not None:
            sys.exit("fakecloud ended: %d" % process.returncode)
        time.sleep(0.02)
    sys.exit("fakecloud did not come up")


def main():
    driver, fakecloud = sys.argv[1:3]
    if not os.access(fakecloud, os.X_OK):
        print("SKIPPED: fakecloud is not built")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        def file(name, content):
            with open(os.path.join(folder, name), "w") as out:
                out.write(content if isinstance(content, str) else json.dumps(content))
            return os.path.join(folder, name)

        sizes = {"http": (3, 0), "plain": (4, 0), "zipped": (5, 0), "chunked": (700, 2000),
                 "secret": (6, 0), "parts": (1500, 2000), "ws": (2, 0), "large": (9000, 2000)}
        paths = {name: file(name + ".tfstate", state(name, *size)) for name, size in sizes.items()}
        scenario = {
            "kubernetes": {"clusters": {"main": {"objects": 200, "tfstates": [
                {"file": paths["secret"], "namespace": "default", "workspace": "default", "suffix": "net"},
                {"file": paths["parts"], "namespace": "default", "workspace": "big", "suffix": "net"},
                {"file": paths["http"], "namespace": "default", "workspace": "default", "suffix": "not"}]}}},
            "users": [{"name": "reader", "token": "k-token", "admin": True}],
            "terraform": {
                "http": {"net": {"file": paths["http"], "user": "u", "password": "p"},
                         "large": paths["large"], "none": os.path.join(folder, "missing")},
                "consul": {"token": "c-token", "keys": {
                    "tf/net": {"file": paths["plain"]},
                    "tf/net-env:zip": {"file": paths["zipped"], "gzip": True},
                    "tf/net-env:big": {"file": paths["chunked"], "chunk_bytes": 524288}}},
                "cloud": {"token": "t-token", "organizations": {"acme": {"workspaces": [
                    {"name": "net", "file": paths["ws"], "count": 150},
                    {"name": "empty"}]}}}}}
        log, port_file = os.path.join(folder, "log"), os.path.join(folder, "port")
        kubeconfig = os.path.join(folder, "kubeconfig")
        process = subprocess.Popen([fakecloud, "--scenario", file("scenario.json", scenario), "--port-file",
                                    port_file, "--log", log, "--die-with-stdin", "--write-kubeconfig",
                                    kubeconfig, "--max-seconds", "120"], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL)
        try:
            base = "http://127.0.0.1:" + wait_for(port_file, process)
            config = file("config.yaml", json.dumps({"providers": {"terraform": {"backends": [
                {"type": "http", "address": base + "/tf/http/net", "username": "u", "password": "p"},
                {"type": "http", "address": base + "/tf/http/large"},
                {"type": "http", "address": base + "/tf/http/none"},
                {"type": "consul", "address": base, "path": "tf/net", "access_token": "c-token"},
                {"type": "kubernetes", "secret_suffix": "net", "config_path": kubeconfig,
                 "config_context": "reader@main"},
                {"type": "cloud", "hostname": base, "organization": "acme", "token": "t-token"},
                {"type": "http", "address": base + "/tf/http/net", "username": "u", "password": "no"},
            ]}}}))
            result = subprocess.run([driver, "--config", config], capture_output=True, text=True)
            rows = subprocess.run([driver, "--config", config, "--rows"], capture_output=True, text=True)
        finally:
            process.stdin.close()
            process.wait()
        wrong = []
        if result.returncode:
            wrong.append("the driver ended with %d" % result.returncode)
        counts = {}
        for line in result.stdout.splitlines():
            record = json.loads(line)
            name = record["native_id"].rsplit("-", 1)[0]
            counts[name] = counts.get(name, 0) + 1
        for name, (count, _) in sizes.items():
            if counts.get(name) != count:
                wrong.append("%s: %d instances, the collector found %s" % (name, count, counts.get(name)))
        table = [row.split("\t") for row in rows.stdout.splitlines()]

        def row(ending, status):
            if not any(r[0].endswith(ending) and r[1] == status for r in table):
                wrong.append("no row %s %s in %s" % (ending, status, [r[:2] for r in table if ending in r[0]]))
        row("/tf/http/net", "denied")
        row("/tf/http/large", "ok")
        row("/tf/http/none", "skipped")
        row("/v1/kv/tf/net-env:big", "ok")
        row("/tfstate-big-net", "ok")
        row("/workspaces/empty", "skipped")
        same = [r for r in table if "/workspaces/net-" in r[0]]
        if len(same) != 150 or sum(r[1] == "ok" for r in same) != 1:
            wrong.append("150 workspaces with one state: %d rows, %d ok"
                         % (len(same), sum(r[1] == "ok" for r in same)))
        requests = [json.loads(line) for line in open(log)]
        if {r["method"] for r in requests} != {"GET"}:
            wrong.append("methods: %s" % {r["method"] for r in requests})
        text = result.stdout + rows.stdout + result.stderr
        for secret in ("k-token", "c-token", "t-token"):
            if secret in text:
                wrong.append("%s is printed" % secret)
        print("%d records, %d rows, %d requests, %d differences"
              % (sum(counts.values()), len(table), len(requests), len(wrong)))
        for line in wrong:
            print("  " + line)
        if wrong:
            print(result.stderr[-3000:])
        return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
