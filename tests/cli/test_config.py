"""The configuration file: what it may say, who overrides it, and how it is refused."""
import os
import re

from cli_support import SHOP, SOURCE, CliTest, main


class Precedence(CliTest):
    def shown(self, *args, env=None):
        result = self.wgo("config", "show", "--format", "json", *args, env=env)
        self.assert_code(result, 0)
        return result.json()

    def test_defaults(self):
        shown = self.shown()
        self.assertIsNone(shown["file"])
        self.assertEqual(shown["settings"]["max_workers"], {"value": 4, "origin": "default"})
        self.assertEqual(shown["settings"]["state_dir"], {"value": None, "origin": "default"})
        self.assertEqual({s["origin"] for s in shown["settings"].values()}, {"default"})

    def test_each_origin_beats_the_next(self):
        config = self.write("c.yaml", "concurrent: true\nmax_workers: 5\n")
        env = {"WGO_CONFIG": config}
        self.assertEqual(self.shown(env=env)["settings"]["max_workers"],
                         {"value": 5, "origin": "file", "line": 2})
        env["WGO_MAX_WORKERS"] = "6"
        self.assertEqual(self.shown(env=env)["settings"]["max_workers"],
                         {"value": 6, "origin": "environment"})
        self.assertEqual(self.shown("--max-workers", "7", env=env)["settings"]["max_workers"],
                         {"value": 7, "origin": "flag"})
        self.assertEqual(self.shown(env=env)["settings"]["concurrent"],
                         {"value": True, "origin": "file", "line": 1})
        self.assertEqual(self.shown("--no-concurrent", env=env)["settings"]["concurrent"],
                         {"value": False, "origin": "flag"})

    def test_every_documented_setting_has_its_variable(self):
        """The table of docs/providers.md against what the program takes."""
        with open(os.path.join(SOURCE, "docs", "providers.md"), encoding="utf-8") as file:
            table = file.read().split("### Settings of a scan")[1].split("### ")[0]
        documented = dict(re.findall(r"^\| `(\w+)` \| `--([a-z-]+)`", table, re.M))
        known = self.shown()["settings"]
        manual = self.wgo("help", "scan", "--man").out
        self.assertEqual(sorted(documented), sorted(known))
        samples = {"quota": "500/h", "quota_share": "24%", "window": "Sat-Sun", "preferred_order": "terraform",
                   "format": "ndjson", "memory_budget": "2G", "color": "never", "max_parallel_scans": "7",
                   "max_calls_per_hour": "7", "max_batches_per_hour": "7"}
        for key in documented:
            with self.subTest(key=key):
                value = known[key]["value"]
                sample = samples.get(key) or (str(not value).lower() if isinstance(value, bool) else
                                              "7" if isinstance(value, int) else
                                              "7m" if key in ("scan_timeout", "max_age", "since") else "place")
                now = self.shown(env={"WGO_" + key.upper(): sample})["settings"][key]
                self.assertEqual(now["origin"], "environment", now)
                self.assertIn("WGO_%s\\fR" % key.upper(), manual)

    def test_a_scan_obeys_a_variable(self):
        result = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "-o", "-", env={"WGO_WINDOW": "never"})
        self.assert_error(result, 2, "window")
        for _ in range(2):
            result = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "-o", "-", "-q",
                              env={"WGO_INCREMENTAL": "true"})
            self.assert_code(result, 0)
        self.assertIn("incremental", result.json()["metadata"])

    def test_text_says_where_from(self):
        config = self.write("c.yaml", "max_workers: 5\nproviders:\n  kubernetes:\n"
                                      "    contexts: [prod, stage]\n    timeout: 30s\n")
        result = self.wgo("config", "show", "--config", config, env={"WGO_SCAN_TIMEOUT": "9m"})
        self.assert_code(result, 0)
        self.assertRegex(result.out, r"max_workers +5 +" + config + ":1")
        self.assertRegex(result.out, r"scan_timeout +9m +environment WGO_SCAN_TIMEOUT")
        self.assertRegex(result.out, r"memory_budget +96M +default")
        self.assertRegex(result.out, r'contexts +\["prod","stage"\] +' + config + ":4")

    def test_where_the_file_is_looked_for(self):
        os.makedirs(os.path.join(self.home, ".config", "wgo"))
        plain = os.path.join(self.home, ".config", "wgo", "config.yaml")
        with open(plain, "w") as file:
            file.write("max_workers: 2\n")
        self.assertEqual(self.shown()["file"], plain)
        xdg = os.path.join(self.dir, "xdg")
        os.makedirs(os.path.join(xdg, "wgo"))
        with open(os.path.join(xdg, "wgo", "config.yaml"), "w") as file:
            file.write("max_workers: 3\n")
        self.assertEqual(self.shown(env={"XDG_CONFIG_HOME": xdg})["settings"]["max_workers"]["value"], 3)
        named = self.write("named.yaml", "max_workers: 9\n")
        self.assertEqual(self.shown("--config", named,
                                    env={"WGO_CONFIG": plain})["settings"]["max_workers"]["value"], 9)

    def test_a_scan_obeys(self):
        config = self.write("c.yaml", f"""
all: true
quiet: true
output_file: "-"
max_workers: 3
preferred_order: [terraform, k8s]
retry: {{max: 1, base: 10ms}}
limits:
  - match: "kubernetes/*"
    rate: 1000
terraform:
  clusters: []
providers:
  terraform:
    state_files: ["{SHOP}"]
    include_data_sources: true
    max_workers: 1
    timeout: 0
    retry: {{max: 2}}
""")
        result = self.wgo("scan", "--config", config)
        self.assert_code(result, 0)
        self.assertEqual(result.err, "")
        self.assertEqual(result.json()["metadata"]["resource_count"], 3)
        # The command line's list takes the file's place; it does not add to it.
        result = self.wgo("scan", "--config", config, "-p", "terraform", "--resource-type", "aws_sqs*")
        self.assertEqual(result.json()["metadata"]["resource_count"], 1)

    def test_singular_names_work_too(self):
        cloud = self.fakecloud("--cluster", "one:objects=200", "--cluster", "two:objects=200,seed=3")
        config = self.write("c.yaml", "providers:\n  k8s:\n    context: [all]\n")
        result = self.wgo("scan", "-p", "kubernetes", "-q", "-o", "-", "--config", config,
                          env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 0)
        accounts = {r["account"] for r in result.json()["resources"]}
        self.assertEqual(len(accounts), 2)


class Secrets(CliTest):
    CONFIG = """
collectors:
  - provider: mirror
    api:
      base: "https://mirror.example.com"
      auth: { kind: header, header: X-Auth, keys: [SECRET, {name: two, value: SECRET}, "env:KEY", {command: [pass]}] }
      headers: { X-Api-Key: SECRET, Cookie: SECRET, Accept: text/plain, X-Token: "{item.name}" }
    entries:
      - { name: sites, request: { path: "/sites?sig=SECRET", query: { api_key: SECRET, page: 1 } }, items: "[]",
          id: "mirror://{item.name}", page: { token_out: next, token_in: at } }
providers:
  terraform:
    backends:
      - { type: pg, conn_str: "postgres://u:SECRET@127.0.0.1:1/db?password=SECRET" }
      - { type: consul, path: x, access_token: SECRET, http_auth: "u:SECRET", address: "u:SECRET@127.0.0.1:1" }
      - { type: s3, bucket: b, key: k, secret_key: SECRET, http_proxy: "http://u:SECRET@p:1", sse_customer_key: SECRET }
      - { type: azurerm, key: k, access_key: SECRET, sas_token: "?sig=SECRET", client_certificate: SECRET }
      - { type: gcs, bucket: b, credentials: '{"private_key":"SECRET"}', encryption_key: SECRET }
      - { type: kubernetes, client_key: SECRET, password: SECRET, host: "https://SECRET@h", exec: { password: [SECRET] } }
      - { type: http, address: "http://u:SECRET@h/x?token=SECRET&a=b", client_private_key_pem: SECRET, key_file: f }
"""

    def test_none_is_shown(self):
        config = self.write("c.yaml", self.CONFIG)
        for form in ("text", "json"):
            result = self.wgo("config", "show", "--config", config, "--format", form)
            self.assert_code(result, 0)
            self.assertNotIn("SECRET", result.out)

    def test_what_is_none_is_shown(self):
        config = self.write("c.yaml", self.CONFIG)
        shown = self.wgo("config", "show", "--config", config, "--format", "json").json()
        api, entry = shown["collectors"][0]["api"], shown["collectors"][0]["entries"][0]
        self.assertEqual(api["auth"]["keys"], ["***", {"name": "two", "value": "***"}, "env:KEY", {"command": ["pass"]}])
        self.assertEqual(api["headers"], {"X-Api-Key": "***", "Cookie": "***", "Accept": "text/plain",
                                          "X-Token": "{item.name}"})
        self.assertEqual(entry["request"], {"path": "/sites?sig=***", "query": {"api_key": "***", "page": 1}})
        self.assertEqual(entry["page"], {"token_out": "next", "token_in": "at"})
        backends = {b["type"]: b for b in shown["providers"]["terraform"]["backends"]}
        self.assertEqual(backends["http"], {"type": "http", "address": "http://***@h/x?token=***&a=b",
                                            "client_private_key_pem": "***", "key_file": "f"})
        self.assertEqual(backends["s3"]["key"], "k")
        self.assertEqual(backends["consul"]["address"], "***@127.0.0.1:1")


class Refused(CliTest):
    def refused(self, text, *says):
        config = self.write("c.yaml", text)
        for command in (["config", "show"], ["scan", "--all"], ["providers"]):
            result = self.wgo(*command, "--config", config)
            self.assert_error(result, 2, "c.yaml", *says)

    def test_unknown_keys(self):
        self.refused("max_wokers: 3\n", "line 1", "did you mean max_workers?")
        self.refused("a: 1\n", "line 1", 'no setting "a"')
        self.refused("\nprovider: x\n", "line 2", "did you mean providers?")
        self.refused("providers:\n  kubernets: {}\n", "line 2", "did you mean kubernetes?")
        self.refused("providers:\n  kubernetes:\n    contxts: a\n", "line 3",
                     "did you mean contexts?")
        self.refused("providers:\n  kubernetes:\n    state_files: [a]\n", "line 3",
                     'kubernetes has no setting "state_files"')
        self.refused("retry: {tries: 3}\n", "line 1", "tries")
        self.refused("limits: [{match: '*', speed: 3}]\n", "line 1", "speed")
        self.refused("terraform: {clusterz: []}\n", "line 1", "did you mean clusters")

    def test_bad_values(self):
        self.refused("max_workers: many\n", "line 1", "max_workers", "not a number")
        self.refused("concurrent:\n  - true\n", "line 2", "concurrent")
        self.refused("scan_timeout: 5\n", "line 1", "not a duration")
        self.refused("providers:\n  terraform:\n    timeout: soon\n", "line 3", "not a duration")
        self.refused("providers: [terraform]\n", "line 1", "map")
        self.refused("providers: {terraform: yes}\n", "line 1", "map")
        self.refused("providers: {kubernetes: {contexts: {a: b}}}\n", "line 1", "contexts")
        self.refused("providers: {kubernetes: {}, k8s: {}}\n", "line 1", "already")

    def test_bad_files(self):
        self.refused("- 1\n- 2\n", "map")
        self.refused("a: [1\n", "line")
        self.refused("max_workers: 1\nmax_workers: 2\n", "line 2")
        self.refused(b"max_workers: \xff\n", "")
        bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{n}: &{n} [*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p},*{p}]\n"
            for p, n in zip("abcdefgh", "bcdefghi"))
        self.refused(bomb, "line")
        self.refused("a: " + "[" * 500 + "]" * 500 + "\n", "line 1")

    def test_files_that_are_not_there(self):
        self.assert_error(self.wgo("scan", "--all", "--config", "nowhere.yaml"), 2, "nowhere.yaml",
                          "No such file")
        self.assert_error(self.wgo("config", "show", env={"WGO_CONFIG": self.work}), 2, self.work,
                          "directory")

    def test_bad_environment(self):
        for name, value in (("WGO_MAX_WORKERS", "x"), ("WGO_CONCURRENT", "perhaps"),
                            ("WGO_SCAN_TIMEOUT", "5"), ("WGO_COLOR", "mauve")):
            with self.subTest(name=name):
                self.assert_error(self.wgo("scan", "--all", env={name: value}), 2, name, value)

    def test_other_commands_do_not_care(self):
        config = self.write("c.yaml", "nonsense: [\n")
        for args in (["--version"], ["help"], ["help", "scan"], ["completion", "bash"],
                     ["scan", "--help"]):
            self.assert_code(self.wgo(*args, env={"WGO_CONFIG": config, "WGO_MAX_WORKERS": "x"}), 0)


if __name__ == "__main__":
    main()
