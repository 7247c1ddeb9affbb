#!/usr/bin/env python3
"""azurerm_azurite.py WGO: states in a container of Azurite, put there by signatures of this file's own and read by
`wgo scan`. Azurite checks every signature. Ends with 77 without it: `azurite-blob` in PATH, or AZURITE names it."""
import base64
import datetime
import email.utils
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

# Azurite's well-known account; the key is in its documentation.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
VERSION, RESOURCES = "2021-08-06", 200
checked, wrong = 0, []


def check(good, what, *details):
    global checked
    checked += 1
    if not good:
        wrong.append("%s %s" % (what, " ".join(str(each) for each in details)))


def state(lineage, count):
    return json.dumps({"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": lineage, "outputs": {},
                       "resources": [{"mode": "managed", "type": "terraform_data", "name": "n%d" % n, "provider": "p",
                                      "instances": [{"attributes": {"id": "%s-%d" % (lineage, n)}}]}
                                     for n in range(count)]}, indent=1)


def digest(text):
    return base64.b64encode(hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()).decode()


def put(base, path, body=b"", query=""):
    url = base + "/" + urllib.parse.quote(path) + ("?" + query if query else "")
    headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": VERSION}
    if not query:
        headers.update({"x-ms-blob-type": "BlockBlob", "Content-Type": "application/json"})
    shown = "".join("%s:%s\n" % pair for pair in sorted(headers.items()) if pair[0].startswith("x-ms-"))
    resource = "/%s/%s/%s" % (ACCOUNT, ACCOUNT, urllib.parse.quote(path))
    resource += "".join("\n%s" % part.replace("=", ":") for part in sorted(query.split("&")) if part)
    text = "\n".join(["PUT", "", "", str(len(body)) if body else "", "", headers.get("Content-Type", ""), "", "", "", "",
                      "", "", shown + resource])
    headers["Authorization"] = "SharedKey %s:%s" % (ACCOUNT, digest(text))
    request = urllib.request.Request(url, data=body, method="PUT", headers=headers)
    if "Content-Type" not in headers:
        request.add_unredirected_header("Content-Type", "")
    with urllib.request.urlopen(request):
        pass


def signature(container, rights):
    """A shared access signature of the container."""
    end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    resource = "/blob/%s/%s" % (ACCOUNT, container)
    text = "\n".join([rights, "", end, resource, "", "", "", "2018-11-09", "c", "", "", "", "", "", ""])
    return urllib.parse.urlencode({"sv": "2018-11-09", "sr": "c", "sp": rights, "se": end, "sig": digest(text)})


def start(program, folder):
    log = os.path.join(folder, "azurite.log")
    with open(log, "wb") as out:
        process = subprocess.Popen([program, "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", folder,
                                    "--skipApiVersionCheck"], stdout=out, stderr=out)
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with open(log, encoding="utf-8", errors="replace") as file:
            found = [word for word in file.read().split() if word.startswith("http://127.0.0.1:")]
        if found:
            return process, found[0].rstrip("/") + "/" + ACCOUNT
        time.sleep(0.1)
    process.kill()
    sys.exit("azurite did not start: " + open(log, encoding="utf-8", errors="replace").read()[-500:])


class Reader:
    def __init__(self, wgo, base, folder):
        self.wgo, self.base, self.folder, self.count = wgo, base, folder, 0

    def scan(self, **config):
        """(exit code, ids by state file, what was said)"""
        self.count += 1
        place = os.path.join(self.folder, "stack%d" % self.count)
        os.makedirs(os.path.join(place, ".terraform"))
        config = dict({"storage_account_name": ACCOUNT, "container_name": "states"}, **config)
        with open(os.path.join(place, ".terraform", "terraform.tfstate"), "w", encoding="utf-8") as file:
            json.dump({"version": 3, "backend": {"type": "azurerm", "hash": 1, "config": config}}, file)
        env = {"PATH": os.environ["PATH"], "HOME": self.folder, "AZURE_STORAGE_BLOB_ENDPOINT": self.base}
        for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"):
            env.update({name: os.environ[name]} if name in os.environ else {})
        done = subprocess.run([self.wgo, "scan", "--provider", "terraform", "--path", place, "--output-file", "-",
                               "--quiet"], env=env, capture_output=True, text=True, timeout=300)
        check("Sanitizer" not in done.stderr, "sanitizer", done.stderr[-2000:])
        files = {}
        for each in json.loads(done.stdout)["resources"] if done.stdout else []:
            files.setdefault(each["metadata"]["sources"][0]["state_file"], set()).add(each["metadata"]["native_id"])
        return done.returncode, files, done.stdout + done.stderr


def read(reader):
    place = "azurerm://%s/states/team a/net+1.tfstate" % ACCOUNT
    for proof in ({"access_key": KEY}, {"sas_token": "?" + signature("states", "rl")}):
        code, files, said = reader.scan(key="team a/net+1.tfstate", **proof)
        name = list(proof)[0]
        check(code == 0, name, "exit code", code, said[-800:])
        check(set(files) == {place, place + "env:dev", place + "env:prod eu"}, name, sorted(files))
        check(len(files.get(place, ())) == RESOURCES, name, "resources", len(files.get(place, ())))
    code, files, said = reader.scan(key="team a/net+1.tfstate", access_key=base64.b64encode(b"wrong").decode())
    check(code != 0 and not files and "HTTP 403" in said, "a wrong key", code, said[-500:])
    code, files, said = reader.scan(key="none.tfstate", access_key=KEY)
    check(not files and "there is no state yet" in said, "no state", code, said[-500:])
    code, files, said = reader.scan(key="none.tfstate", container_name="nowhere", access_key=KEY)
    check("no such container" in said, "no container", code, said[-500:])


def main():
    program = os.environ.get("AZURITE") or shutil.which("azurite-blob")
    if not program:
        print("SKIPPED: no azurite-blob in PATH, and AZURITE names none")
        return 77
    wgo = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        process, base = start(program, folder)
        try:
            put(base, "states", query="restype=container")
            put(base, "states/team a/net+1.tfstate", state("default", RESOURCES).encode())
            for workspace in ("dev", "prod eu"):
                put(base, "states/team a/net+1.tfstateenv:" + workspace, state(workspace, 3).encode())
            put(base, "states/team a/net+1.tfstate.backup", b"not ours")
            read(Reader(wgo, base, folder))
        finally:
            process.terminate()
            process.wait()
    print("%d checks, %d wrong" % (checked, len(wrong)))
    for each in wrong:
        print("  " + each)
    return 1 if wrong or checked == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
