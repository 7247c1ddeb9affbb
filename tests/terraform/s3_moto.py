#!/usr/bin/env python3
"""s3_moto.py WGO: states in buckets of moto, put there by boto3 and read by `wgo scan`.

IAM is enforced: moto checks every signature with botocore's own signer. Ends with 77 without moto."""
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import packages  # noqa: E402

packages.need("boto3", "moto", "flask")
import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402

REGION, RESOURCES = "eu-west-1", 200
ROLE_TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
    "AWS": "*"}}]}
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


def start(folder):
    log = os.path.join(folder, "moto.log")
    with open(log, "wb") as out:
        process = subprocess.Popen([os.path.join(sys.prefix, "bin", "moto_server"), "-H", "127.0.0.1", "-p", "0"],
                                   stdout=out, stderr=out, env=dict(os.environ, INITIAL_NO_AUTH_ACTION_COUNT="1000000"))
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        with open(log, encoding="utf-8", errors="replace") as file:
            found = [word.rstrip("/") for word in file.read().split() if word.startswith("http://127.0.0.1:")]
        if found:
            return process, found[0]
        time.sleep(0.1)
    process.kill()
    sys.exit("moto_server did not start: " + open(log, encoding="utf-8", errors="replace").read()[-500:])


def fill(url):
    """The keys of a user who may read, and of one who may not."""
    def client(service, region=REGION):
        return boto3.client(service, region_name=region, endpoint_url=url, aws_access_key_id="a",
                            aws_secret_access_key="b", config=Config(s3={"addressing_style": "path"}))
    s3, iam = client("s3"), client("iam", "us-east-1")
    for bucket in ("states", "dotted.name"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="states", Key="team a/net+1.tfstate", Body=state("default", RESOURCES))
    for workspace in ("dev", "prod eu", "ünï(1)"):
        s3.put_object(Bucket="states", Key="env:/%s/team a/net+1.tfstate" % workspace, Body=state(workspace, 3))
        s3.put_object(Bucket="states", Key="env:/%s/other.tfstate" % workspace, Body="not ours")
    s3.put_object(Bucket="dotted.name", Key="k", Body=state("dotted", 2))
    s3.put_object(Bucket="dotted.name", Key="many/w9999/k", Body=state("last", 1))
    keys = []
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"],
                                                     "Resource": "*"}]}
    for name in ("reader", "stranger", "caller"):
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys.append({"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]})
    iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=json.dumps(policy))
    role = iam.create_role(RoleName="states", AssumeRolePolicyDocument=json.dumps(ROLE_TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="states", PolicyName="p", PolicyDocument=json.dumps(policy))
    iam.put_user_policy(UserName="caller", PolicyName="p", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}))
    urllib.request.urlopen(urllib.request.Request(url + "/moto-api/reset-auth", data=b"0", method="POST", headers={
        "Content-Type": "application/octet-stream"})).close()
    return keys, role


class Reader:
    def __init__(self, wgo, url, folder):
        self.wgo, self.url, self.folder, self.count = wgo, url, folder, 0

    def scan(self, config):
        """(exit code, ids by state file, rows by state file)"""
        self.count += 1
        place = os.path.join(self.folder, "stack%d" % self.count)
        os.makedirs(os.path.join(place, ".terraform"))
        config = dict({"endpoints": {"s3": self.url}, "region": REGION, "encrypt": True}, **config)
        with open(os.path.join(place, ".terraform", "terraform.tfstate"), "w", encoding="utf-8") as file:
            json.dump({"version": 3, "backend": {"type": "s3", "hash": 1, "config": config}}, file)
        env = {"PATH": os.environ["PATH"], "HOME": self.folder, "AWS_EC2_METADATA_DISABLED": "true",
               "AWS_ENDPOINT_URL_STS": self.url}
        for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"):
            env.update({name: os.environ[name]} if name in os.environ else {})
        done = subprocess.run([self.wgo, "scan", "--provider", "terraform", "--path", place, "--output-file", "-",
                               "--quiet"], env=env, capture_output=True, text=True, timeout=300)
        check("Sanitizer" not in done.stderr, "sanitizer", done.stderr[-2000:])
        snapshot = json.loads(done.stdout) if done.stdout else {"resources": [], "metadata": {"completeness": []}}
        files = {}
        for each in snapshot["resources"]:
            files.setdefault(each["metadata"]["sources"][0]["state_file"], set()).add(each["metadata"]["native_id"])
        rows = {}
        for row in snapshot["metadata"]["completeness"]:  # equal ones are folded
            accounts = row.get("account") or []
            rows.update({each: row for each in ([accounts] if isinstance(accounts, str) else accounts)})
        return done.returncode, files, rows, done.stderr


def main():
    wgo = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        process, url = start(folder)
        try:
            (reader, stranger, caller), role = fill(url)
            r = Reader(wgo, url, folder)
            base = {"bucket": "states", "key": "team a/net+1.tfstate"}

            code, files, rows, said = r.scan(dict(base, **reader))
            root = url + "/states/"
            check(code == 0, "exit code", code, said[-1500:], rows)
            check(files.get(root + base["key"]) == {"default-%d" % n for n in range(RESOURCES)}, "default", len(files))
            for workspace in ("dev", "prod eu", "ünï(1)"):
                check(files.get(root + "env:/%s/%s" % (workspace, base["key"])) ==
                      {"%s-%d" % (workspace, n) for n in range(3)}, "workspace", workspace, sorted(files))
            check(len(files) == 4, "states", sorted(files))

            code, files, rows, said = r.scan(dict(bucket="dotted.name", key="k", workspace_key_prefix="many", **reader))
            check(code == 0 and sorted(files) == [url + "/dotted.name/k", url + "/dotted.name/many/w9999/k"],
                  "a prefix of its own", code, sorted(files), rows, said[-1000:])

            code, files, rows, said = r.scan(dict(base, assume_role={"role_arn": role, "session_name": "s"}, **caller))
            check(code == 0 and len(files) == 4, "role", code, rows, said[-1000:])

            # Where nothing at all can be read there is no snapshot, and the reason is the program's last word.
            for name, config, wanted, text in (
                    ("stranger", dict(base, **stranger), 1, "access was denied (AccessDenied"),
                    ("wrong secret", dict(base, **dict(reader, secret_key="x")), 4, "the secret key does not fit"),
                    ("unknown key", dict(base, access_key="AKIA0", secret_key="x"), 4, "the access key is not known"),
                    ("no bucket", dict(base, bucket="nowhere", **reader), 1, "there is no such bucket"),
                    ("no key", dict(base, key="nothing", **reader), 0, "there is no state yet (NoSuchKey)")):
                code, files, rows, said = r.scan(config)
                row = rows.get("%s/%s/%s" % (url, config["bucket"], config["key"]), {})
                check(code == wanted and text in row.get("error", said), name, code, rows, said[-600:])
                check(not files, name, "reads something")
        finally:
            process.terminate()
            process.wait(30)
    print("%d checks, %d wrong" % (checked, len(wrong)))
    for line in wrong:
        print("  " + line[:3000])
    return 1 if wrong or checked < 15 else 0


if __name__ == "__main__":
    sys.exit(main())
