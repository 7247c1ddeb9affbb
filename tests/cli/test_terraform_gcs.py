#!/usr/bin/env python3
"""States in buckets of Cloud Storage, served by fakecloud and read by whole scans: by every kind of credentials, under
a customer-supplied key, from emulators and endpoints of one's own, and refused in every way."""
import base64
import json
import os
import unittest
import urllib.error
import urllib.parse
import urllib.request

import cli_support
from cli_support import CliTest

PROVIDER = 'provider["terraform.io/builtin/terraform"]'
KEY = base64.b64encode(b"0123456789abcdef" * 2).decode()
OTHER = base64.b64encode(b"fedcba9876543210" * 2).decode()
WORKSPACES = ("default", "dev", "prod eu", "ünï(1)+", "zz")
# As `terraform init` records what was not said.
UNSAID = {name: None for name in (
    "access_token", "credentials", "encryption_key", "impersonate_service_account",
    "impersonate_service_account_delegates", "kms_encryption_key", "storage_custom_endpoint")}


def state(lineage, count=3, padding=0):
    return json.dumps({"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": lineage, "outputs": {},
                       "resources": [{"mode": "managed", "type": "terraform_data", "name": "n%d" % n,
                                      "provider": PROVIDER, "instances": [{"schema_version": 0, "attributes": {
                                          "id": "%s-%d" % (lineage, n), "input": "x" * padding}}]}
                                     for n in range(count)]})


class Gcs(CliTest):
    """A bucket `states` with five workspaces under the prefix `team a/net`, and what is not ours beside them."""

    def setUp(self):
        super().setUp()
        self.bucket = os.path.join(self.dir, "bucket")
        self.key_file = os.path.join(self.dir, "key.json")
        self.scans, self.planted = 0, [KEY, OTHER]
        for workspace in WORKSPACES:
            self.put("team a/net/%s.tfstate" % workspace, state(workspace))
        for name in ("team a/net/default.tflock", "team a/net/dev.tfstate.backup", "team a/net/deep/x.tfstate",
                     "team a/network.tfstate", "default.tfstate"):
            self.put(name, "not ours")

    def put(self, name, text):
        path = os.path.join(self.bucket, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def serve(self, *flags, **bucket):
        self.cloud = self.fakecloud("--gcp-write-key", self.key_file, *flags, scenario={
            "gcp": {"buckets": {"states": dict({"dir": self.bucket}, **bucket)}}})
        self.base = "http://127.0.0.1:%d" % self.cloud.port
        with open(self.key_file, encoding="utf-8") as file:
            self.key = json.load(file)
        self.planted.append(self.key["private_key"].splitlines()[1])

    def token(self):
        form = {"grant_type": "refresh_token", "client_id": "c", "refresh_token": "1//fake-x"}
        with urllib.request.urlopen(self.base + "/gcp/oauth2/token", urllib.parse.urlencode(form).encode()) as answer:
            self.planted.append(json.load(answer)["access_token"])
        return self.planted[-1]

    def scan(self, code=0, env=None, adc=True, **config):
        """(ids by state file, rows by state file, what was said)"""
        self.scans += 1
        config = {**UNSAID, "bucket": "states", "prefix": "team a/net", **config}
        stack = "stack%d" % self.scans
        self.write(stack + "/.terraform/terraform.tfstate", json.dumps(
            {"version": 3, "backend": {"type": "gcs", "hash": 1, "config": config}}))
        places = {"WGO_GCP_ENDPOINT": self.base + "/gcp/{service}", "WGO_DEBUG": "true"}
        if adc:
            places["GOOGLE_APPLICATION_CREDENTIALS"] = self.key_file
        result = self.wgo("scan", "--provider", "terraform", "--path", stack, "--output-file", "-", "--no-dashboard",
                          env=dict(places, **(env or {})))
        self.assert_code(result, code)
        for secret in self.planted:
            self.assertNotIn(secret, result.out + result.err)
        snapshot = result.json() if result.out else {"resources": [], "metadata": {"completeness": []}}
        files, rows = {}, {}
        for each in snapshot["resources"]:
            files.setdefault(each["metadata"]["sources"][0]["state_file"], set()).add(each["metadata"]["native_id"])
        for row in snapshot["metadata"]["completeness"]:  # equal ones are folded
            accounts = row.get("account") or []
            rows.update({each: row for each in ([accounts] if isinstance(accounts, str) else accounts)})
        said = "\n".join(line for line in result.err.splitlines() if " level=debug" not in line)
        self.said, self.whole = said, snapshot
        return files, rows

    def assert_all(self, files):
        self.assertEqual(files, {"gs://states/team a/net/%s.tfstate" % name: {"%s-%d" % (name, n) for n in range(3)}
                                 for name in WORKSPACES})

    def asked(self):
        return [each for each in self.cloud.requests() if each["service"] == "storage"]


class Workspaces(Gcs):
    def test_all_of_a_prefix_over_pages(self):
        self.serve(page_size=2)
        files, rows = self.scan()
        self.assert_all(files)
        self.assertTrue(self.whole["metadata"]["complete"])
        self.assertEqual({row["status"] for row in rows.values()}, {"ok"})
        asked = self.asked()
        self.assertEqual({each["method"] for each in asked}, {"GET"})
        operations = [each["operation"] for each in asked]
        self.assertEqual((operations.count("objects.list"), operations.count("objects.get")), (4, 5), operations)
        self.assertFalse([each["path"] for each in asked if "tflock" in each["path"]])
        source = self.whole["resources"][0]["metadata"]["sources"][0]
        self.assertEqual(source["type"], "gcs")

    def test_the_same_bytes_twice(self):
        self.serve()
        self.scan()
        first = self.whole["resources"]
        self.scan()
        self.assertEqual(json.dumps(first), json.dumps(self.whole["resources"]))

    def test_however_the_prefix_is_written(self):
        self.serve()
        for prefix in ("/team a/net", "team a/net/", "team a//./net"):
            self.write("config.yaml", json.dumps({"providers": {"terraform": {"backends": [
                {"type": "gcs", "bucket": "states", "prefix": prefix}]}}}))
            result = self.wgo("scan", "--provider", "terraform", "--config", "config.yaml", "--output-file", "-",
                              "--quiet", env={"WGO_GCP_ENDPOINT": self.base + "/gcp/{service}",
                                              "GOOGLE_APPLICATION_CREDENTIALS": self.key_file})
            self.assert_code(result, 0)
            self.assertEqual(len(result.json()["resources"]), 15, prefix)

    def test_no_state_yet(self):
        self.serve()
        files, rows = self.scan(prefix="none")
        self.assertEqual(files, {})
        row = rows["gs://states/none/default.tfstate"]
        self.assertEqual((row["status"], row["error"]), ("skipped", "there is no state yet"))

    def test_a_large_state_is_spooled(self):
        self.put("large/default.tfstate", state("large", 2000, 10000))
        self.serve()
        files, _ = self.scan(prefix="large")
        self.assertEqual(len(files["gs://states/large/default.tfstate"]), 2000)


class Credentials(Gcs):
    def users(self):
        return {each["user"] for each in self.asked()}

    def test_by_the_settings_and_variables_of_terraform(self):
        self.serve()
        with open(self.key_file, encoding="utf-8") as file:
            contents = file.read()
        for env, config in (({}, {"credentials": self.key_file}), ({}, {"credentials": contents}),
                            ({"GOOGLE_BACKEND_CREDENTIALS": contents, "GOOGLE_CREDENTIALS": "/none"}, {}),
                            ({"GOOGLE_CREDENTIALS": self.key_file}, {}),
                            ({"GOOGLE_OAUTH_ACCESS_TOKEN": self.token()}, {"credentials": "/none"}),
                            ({}, {"access_token": self.token()})):
            files, _ = self.scan(adc=False, env=env, **config)
            self.assert_all(files)

    def test_the_scope_is_that_of_reading_storage(self):
        self.serve()
        files, _ = self.scan(adc=False, env={"GCE_METADATA_HOST": "127.0.0.1:%d" % self.cloud.port})
        self.assert_all(files)
        tokens = [each["path"] for each in self.cloud.requests() if "/token" in each["path"]]
        self.assertEqual(len(tokens), 1)
        self.assertTrue(tokens[0].endswith("?scopes=https://www.googleapis.com/auth/devstorage.read_only"), tokens)

    def test_impersonation(self):
        self.serve()
        for env, config in (({"GOOGLE_IMPERSONATE_SERVICE_ACCOUNT": "reader@x.iam.gserviceaccount.com"}, {}),
                            ({}, {"impersonate_service_account": "reader@x.iam.gserviceaccount.com",
                                  "impersonate_service_account_delegates": ["a@x.iam.gserviceaccount.com"]})):
            files, _ = self.scan(env=env, **config)
            self.assert_all(files)
        self.assertEqual(self.users(), {"impersonated@example.iam.gserviceaccount.com"})

    def test_an_emulator_takes_none(self):
        self.serve("--gcp-anonymous")
        for env in ({"STORAGE_EMULATOR_HOST": "127.0.0.1:%d" % self.cloud.port},
                    {"STORAGE_EMULATOR_HOST": self.base + "/storage/v1/"}):
            files, _ = self.scan(env=env)
            self.assert_all(files)
        self.assertEqual(self.users(), {None})
        self.assertFalse([each for each in self.cloud.requests() if "token" in each["path"]])

    def test_an_endpoint_of_its_own(self):
        self.serve()
        unreachable = {"WGO_GCP_ENDPOINT_STORAGE": "http://127.0.0.1:1"}
        for env, config in (({}, {"storage_custom_endpoint": self.base + "/storage/v1/b"}),
                            ({"GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT": self.base + "/storage/v1/b"}, {}),
                            ({"GOOGLE_STORAGE_CUSTOM_ENDPOINT": self.base}, {})):
            files, _ = self.scan(env=dict(unreachable, **env), **config)
            self.assert_all(files)

    def test_credentials_that_are_none(self):
        self.serve()
        self.planted.append("geheim")
        self.scan(code=1, credentials="geheim")
        self.assertIn("the backend's credentials are neither JSON nor a file that can be read", self.said)
        self.scan(code=1, credentials='{"type": "geheim')
        self.assertIn("the credentials are no JSON", self.said)
        self.assertEqual(self.asked(), [])


class CustomersKey(Gcs):
    def test_the_right_one(self):
        self.serve(encryption_key=KEY)
        self.write("key", KEY + "\n")
        for env, config in (({}, {"encryption_key": KEY}), ({"GOOGLE_ENCRYPTION_KEY": KEY}, {}),
                            ({}, {"encryption_key": self.path("key")})):
            files, _ = self.scan(env=env, **config)
            self.assert_all(files)

    def test_others(self):
        self.serve(encryption_key=KEY)
        for config, text in (({}, "the state is encrypted with a customer-supplied key"),
                             ({"encryption_key": OTHER}, "the state is encrypted with another key")):
            self.scan(code=1, **config)
            self.assertIn(text, self.said)
            self.assertIn("GOOGLE_ENCRYPTION_KEY", self.said)
        self.planted.append("Z2VoZWlt")
        self.scan(code=1, encryption_key="Z2VoZWlt")
        self.assertIn("neither 32 bytes in base64 nor a file that holds them", self.said)

    def test_where_none_is_needed(self):
        self.serve()
        self.scan(code=1, encryption_key=KEY)
        self.assertIn("the state is not encrypted with a customer-supplied key", self.said)


class Refusals(Gcs):
    DENY = '{"service": "storage", "operation": "objects.%s"}'

    def test_no_such_bucket(self):
        self.serve()
        self.scan(code=1, bucket="nowhere")
        self.assertIn("there is no such bucket (HTTP 404: The specified bucket does not exist.)", self.said)
        self.assertIn("check `bucket` of the backend", self.said)

    def test_a_token_that_is_no_good(self):
        self.serve("--gcp-token-ttl-ms", "1")
        token = self.token()

        def over():
            request = urllib.request.Request(self.base + "/storage/v1/b/states/o",
                                             headers={"Authorization": "Bearer " + token})
            try:
                urllib.request.urlopen(request).close()
            except urllib.error.HTTPError as error:
                return error.code == 401
            return False
        self.wait_for(over, "the token's end")
        self.planted.append("forged")
        for text in (token, "forged"):
            self.scan(code=4, access_token=text)
            self.assertIn("the credentials were refused (HTTP 401", self.said)
            self.assertIn("gcloud auth print-access-token", self.said)

    def test_who_may_not_list(self):
        self.serve("--gcp-deny", self.DENY % "list")
        files, rows = self.scan(code=3)
        self.assertEqual(list(files), ["gs://states/team a/net/default.tfstate"])
        row = rows["gs://states/team a/net/*.tfstate"]
        self.assertEqual(row["status"], "denied")
        self.assertIn("does not have storage.objects.list access", row["error"])
        self.assertFalse(self.whole["metadata"]["complete"])
        self.assertIn("grant storage.objects.list on the bucket", self.said)

    def test_who_may_not_read(self):
        self.serve("--gcp-deny", self.DENY % "get")
        self.scan(code=1)
        self.assertIn("access was denied (HTTP 403", self.said)
        self.assertIn("grant storage.objects.get on the bucket", self.said)

    def test_one_bad_state_among_good_ones(self):
        self.put("team a/net/bad.tfstate", "{")
        self.put("team a/net/empty.tfstate", "")
        self.serve()
        files, rows = self.scan(code=3)
        self.assert_all(files)
        self.assertEqual(rows["gs://states/team a/net/bad.tfstate"]["status"], "error")
        self.assertEqual(rows["gs://states/team a/net/empty.tfstate"]["status"], "skipped")

    def test_what_passes_is_tried_again(self):
        self.serve("--fault", '{"kind": "status", "status": 503, "service": "storage", "times": 2}')
        files, _ = self.scan()
        self.assert_all(files)
        self.assertEqual([each["status"] for each in self.asked()].count(503), 2)

    def test_a_list_that_repeats_itself(self):
        self.serve("--fault", '{"kind": "repeat_token", "service": "storage"}', page_size=2)
        _, rows = self.scan(code=3)
        self.assertIn("goes round in circles", rows["gs://states/team a/net/*.tfstate"]["error"])

    def test_an_empty_page_in_between(self):
        self.serve("--fault", '{"kind": "empty_page", "service": "storage", "operation": "objects.list", "nth": 2}',
                   page_size=2)
        files, _ = self.scan()
        self.assert_all(files)


if __name__ == "__main__":
    cli_support.main()
