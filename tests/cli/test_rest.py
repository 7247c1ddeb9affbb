"""APIs that users describe: how they are asked, what becomes of the answers, and that nothing leaks."""
import base64
import gzip
import html
import json
import os
import signal
import time
import urllib.parse

from cli_support import SOURCE, CliTest, main
from rest_support import SECRET, THINGS_WITH_DETAILS, Api, Metered, RestTest, things


class Rest(RestTest):
    # ---- the least that a description can be ----

    def test_items_and_id_are_enough(self):
        api = Api(self, lambda asked: (200, {"things": things(3)}, {}))
        self.describe(api)
        self.scan()
        snapshot = self.load("out.json")
        resource = snapshot["resources"][0]
        self.assertEqual((resource["id"], resource["type"], resource["name"], resource["account"], resource["provider"]),
                         ("forge://thing/t0000", "forge_things", "thing 0", "127.0.0.1", "forge"))
        self.assertTrue(snapshot["metadata"]["complete"])
        self.assertEqual(api.asked[0].headers["accept"], "application/json")
        self.assertNotIn("authorization", api.asked[0].headers)

    def test_a_time_that_stands_for_none_is_left_out(self):
        times = [0, "0", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", None, "", "2024-05-06T07:08:09Z"]
        api = Api(self, lambda asked: (200, {"things": [{"id": "t%d" % i, "at": at} for i, at in enumerate(times)]}, {}))
        for filters in (":time", ""):
            self.describe(api, entries="""  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    created: "{item.at%s|}"
    updated: "{item.at%s|}"
""" % (filters, filters))
            self.scan()
            metadata = [resource["metadata"] for resource in self.load("out.json")["resources"]]
            self.assertEqual([(each.get("created_at"), each.get("updated_at")) for each in metadata],
                             [(None, None)] * 6 + [(times[-1], times[-1])], filters)

    def test_a_time_that_cannot_be_read_is_told_of(self):
        """Once for each list, with the first; and what reads it is one filter away."""
        times = ["2024-05-06 07:08:09", "2024-05-06", "2024-05-06T07:08:09.5", "Mon, 06 May 2024 07:08:09 GMT", "so\x1bon " + SECRET, None, 1714979289]
        want = ["2024-05-06T07:08:09Z", "2024-05-06T00:00:00Z", "2024-05-06T07:08:09.500000000Z", "2024-05-06T07:08:09Z", None, None]
        api = Api(self, lambda asked: (200, {"things": [{"id": "t%d" % i, "at": at} for i, at in enumerate(times)],
                                             "next": None if "page" in asked.query else "2"}, {}))
        for field, hole, count, example in (("created", "at", 6, times[0]), ("updated", "at:time", 4, times[0]),
                                            ("created", "at:utc", 1, "so?on ***")):
            self.describe(api, "{ kind: bearer, token: env:KEY }", entries="""  - name: things
    request: { path: /things }
    page: { token_out: next, token_in: page }
    items: things[]
    id: "forge://thing/{item.id}"
    %s: "{item.%s|}"
""" % (field, hole))
            result = self.scan(env={"KEY": SECRET})
            told = [line for line in result.err.splitlines() if line.startswith("warning: ")]
            self.assertEqual(len(told), 1, result.err)
            self.assertIn('%d dates on a page of things (%s, line 7) cannot be read and are left out, as "%s" of `%s`'
                          % (count, self.path("forge.yaml"), example, field), told[0])
        self.assertEqual([one["metadata"].get("created_at") for one in self.load("out.json")["resources"]], want + ["2024-05-06T07:08:09Z"])

    # ---- who asks ----

    def with_auth(self, auth, good, env=None, more=""):
        def answer(asked):
            if not good(asked):
                return 401, {"message": "this is wrong: " + json.dumps(asked.headers) + asked.path}, {}
            return 200, {"things": things(2)}, {}
        api = Api(self, answer)
        self.describe(api, auth, more=more)
        result = self.scan("--events", "events.jsonl", env=env)
        self.assertEqual(len(self.ids()), 2)
        self.assert_no_secret(result, SECRET, base64.b64encode(("ann:" + SECRET).encode()).decode())
        return api

    def test_bearer_from_every_place(self):
        def good(asked):
            return asked.headers.get("authorization") == "Bearer " + SECRET
        secret = self.write("secret.txt", SECRET + "\n")
        self.write("secret.sh", "#!/bin/sh\necho %s\n" % SECRET)
        os.chmod(self.path("secret.sh"), 0o700)
        for form in ("env:FORGE_KEY", '"file:%s"' % secret, "{ command: [%s] }" % json.dumps(self.path("secret.sh")), SECRET):
            with self.subTest(form=form):
                self.with_auth("{ kind: bearer, token: %s }" % form, good, {"FORGE_KEY": SECRET})

    def test_header(self):
        self.with_auth("{ kind: header, header: X-Api-Key, prefix: 'Key ', value: env:FORGE_KEY }",
                       lambda asked: asked.headers.get("x-api-key") == "Key " + SECRET, {"FORGE_KEY": SECRET})

    def test_basic(self):
        want = "Basic " + base64.b64encode(("ann:" + SECRET).encode()).decode()
        self.with_auth("{ kind: basic, user: ann, password: env:FORGE_KEY }",
                       lambda asked: asked.headers.get("authorization") == want, {"FORGE_KEY": SECRET})

    def test_query(self):
        api = self.with_auth("{ kind: query, parameter: api_key, value: env:FORGE_KEY }",
                             lambda asked: asked.query.get("api_key") == SECRET + " &=", {"FORGE_KEY": SECRET + " &="})
        self.assertEqual(len(api.asked), 1)

    def test_no_error_repeats_a_credential(self):
        """However the server writes it, and wherever the message is cut."""
        key = "ab+z/12==34\"xyzzy"
        pairs = [base64.b64encode(text.encode()).decode().rstrip("=")
                 for text in ("ann:" + key, "ann:" + urllib.parse.quote(key, safe=""))]
        forms = [key, json.dumps(key)[1:-1], urllib.parse.quote(key, safe=""), urllib.parse.quote(key, safe="").lower(),
                 html.escape(key)] + pairs
        oauth2 = "{ kind: oauth2, token_url: %s/token, client_id: ann, client_secret: env:K, in: header }"
        kinds = ["{ kind: bearer, token: env:K }", "{ kind: header, header: X-Mine, value: env:K }",
                 "{ kind: query, parameter: p, value: env:K }", "{ kind: basic, user: ann, password: env:K }", oauth2]
        for kind in kinds:
            for pad in (0, 352, 370):
                def answer(asked):
                    if asked.path == "/good":
                        return 200, {"things": things(1)}, {}
                    repeated = " ".join([asked.headers.get("authorization", ""), asked.headers.get("x-mine", ""),
                                         asked.target] + forms)
                    return 400, {"message": "." * pad + repeated, "error_description": "." * pad + repeated}, {}
                with self.subTest(kind=kind, pad=pad):
                    api = Api(self, answer)
                    self.describe(api, kind % api.url if kind == oauth2 else kind, entries="""  - name: good
    request: { path: /good }
    items: things[]
    id: "forge://thing/{item.id}"
  - name: bad
    request: { path: /bad }
    items: things[]
    id: "forge://bad/{item.id}"
""")
                    result = self.wgo("scan", "-p", "forge", "--catalog", self.path("forge.yaml"), "-o", "out.json",
                                      env={"WGO_DEBUG": "true", "K": key})
                    self.assertNotEqual(result.code, 0)
                    self.assertIn("***", result.err if pad == 0 else "***")
                    self.assert_no_secret(result, *(form[:6] for form in forms))

    def test_headers_of_all_calls(self):
        self.with_auth("", lambda asked: asked.headers.get("x-tenant") == "acme", more="  headers: { X-Tenant: acme }\n")

    def test_oauth2_is_renewed_when_it_is_refused(self):
        tokens = []

        def answer(asked):
            if asked.path == "/token":
                form = asked.body.decode()
                self.assertIn("grant_type=client_credentials", form)
                self.assertIn("scope=read", form)
                self.assertIn(SECRET, form)
                tokens.append("t0ken-number-%d-of-many" % len(tokens))
                return 200, {"access_token": tokens[-1], "token_type": "Bearer", "expires_in": 3600}, {}
            number = int(asked.query.get("page", 1))
            if asked.headers.get("authorization") != "Bearer " + tokens[-1] or (number == 3 and len(tokens) == 1):
                return 401, {"message": asked.headers.get("authorization")}, {}
            return 200, {"things": things(2 if number < 5 else 1, number * 2)}, {}
        api = Api(self, answer)
        self.describe(api, "{ kind: oauth2, token_url: %s/token, client_id: wgo, client_secret: env:FORGE_KEY, scope: read }" % api.url,
                      """  - name: things
    request: { path: /things }
    page: { number_in: page, size: 2 }
    items: things[]
    id: "forge://thing/{item.id}"
""")
        result = self.scan(env={"FORGE_KEY": SECRET})
        self.assertEqual(len(self.ids()), 9)
        self.assertEqual(len(tokens), 2)
        self.assert_no_secret(result, SECRET, *tokens)

    def test_refused_and_denied(self):
        for status, code, word in ((401, 4, "denied"), (403, 1, "denied")):
            with self.subTest(status=status):
                api = Api(self, lambda asked, status=status: (
                    status, {"error": {"message": "no: " + asked.headers["authorization"]}}, {}))
                self.describe(api, "{ kind: bearer, token: env:FORGE_KEY }")
                result = self.wgo("scan", "-p", "forge", "--catalog", "forge.yaml", "-o", "out.json",
                                  env={"FORGE_KEY": SECRET, "WGO_DEBUG": "true"})
                self.assertIn(result.code, (code, 3), str(result))
                self.assertIn("no: Bearer ***", result.err)
                self.assert_no_secret(result, SECRET)
                self.assertEqual(len(api.asked), 1)

    def test_a_credential_that_is_not_there(self):
        api = Api(self, lambda asked: (200, {"things": []}, {}))
        self.describe(api, "{ kind: bearer, token: env:FORGE_KEY }")
        self.assert_error(self.wgo("scan", "-p", "forge", "--catalog", "forge.yaml"), 2, "not configured",
                          "the variable FORGE_KEY is not set")
        self.describe(api, "{ kind: bearer, token: { command: [/bin/sh, -c, 'echo %s >&2; exit 3'] } }" % SECRET)
        result = self.scan(code=4)
        self.assertIn('program "/bin/sh" ended with code 3\n', result.err)
        self.assertIn("hint: run `/bin/sh` by hand", result.err)
        self.assertNotIn(SECRET, result.err)
        self.describe(api, "{ kind: bearer, token: { command: [no-such-program] } }")
        self.assertIn('program "no-such-program" was not found', self.scan(code=4).err)

    def test_a_command_that_hangs(self):
        """It ends with the scan: at the deadline, and by a signal."""
        api = Api(self, lambda asked: (200, {"things": []}, {}))
        def pid():
            if not os.path.exists(self.path("pid")):
                return 0
            with open(self.path("pid")) as file:
                return int(file.read().strip() or 0)
        self.describe(api, "{ kind: bearer, token: { command: [/bin/sh, -c, 'echo $$ > %s; exec sleep 60'] } }" % self.path("pid"))
        for deadline in (True, False):
            with self.subTest(deadline=deadline):
                started = time.monotonic()
                process = self.start("scan", "-p", "forge", "--catalog", "forge.yaml", "-o", "out.json",
                                     *(["--scan-timeout", "400ms"] if deadline else []))
                self.wait_for(pid, "the command")
                if not deadline:
                    process.send_signal(signal.SIGTERM)
                result = self.finish(process)
                self.assertLess(time.monotonic() - started, 3)
                self.assert_code(result, 1 if deadline else 130)
                with self.assertRaises(ProcessLookupError):
                    os.kill(pid(), 0)
                os.remove(self.path("pid"))

    # ---- several keys, several servers ----

    def test_three_keys_are_emptied_without_one_429(self):
        limits = {"Bearer key-one": 5, "Bearer key-two": 40, "Bearer key-three": 17}
        meter = Metered(limits, lambda asked: asked.headers["authorization"])

        def answer(asked):
            if asked.path == "/things":
                return meter(asked, (200, {"things": things(61)}, {}))
            return meter(asked, (200, {"detail": asked.path}, {}))
        api = Api(self, answer)
        self.describe(api, "{ kind: bearer, keys: [key-one, env:TWO, { name: third, token: key-three }] }",
                      THINGS_WITH_DETAILS)
        self.scan(env={"TWO": "key-two"})
        self.assertEqual(len(api.asked), sum(limits.values()))
        self.assertEqual(api.count(429), 0)
        self.assertEqual(set(meter.left.values()), {0})
        self.assertTrue(all("detail" in resource["configuration"] for resource in self.load("out.json")["resources"]))

    def test_a_list_goes_from_key_to_key_and_from_server_to_server(self):
        def page(asked):
            at = int(asked.query.get("at", 0))
            link = "http://%s/v1/things?at=%d" % (asked.headers["host"], at + 1)
            return 200, {"things": things(1, at), **({"next": link} if at < 19 else {})}, {}
        one, other = Metered({"k1": 4, "k2": 6}, key := lambda asked: asked.headers["x-key"]), Metered({"k1": 3, "k2": 7}, key)
        first, second = Api(self, lambda asked: one(asked, page(asked))), Api(self, lambda asked: other(asked, page(asked)))
        self.describe(None, "{ kind: header, header: X-Key, keys: [k1, k2] }", """  - name: things
    request: { path: /things }
    page: { link_out: next }
    items: things[]
    id: "forge://thing/{item.id}"
""", base=[first.url + "/v1", second.url + "/v1/"])
        self.scan()
        self.assertEqual(len(self.ids()), 20)
        self.assertEqual(first.count(429) + second.count(429), 0)
        self.assertEqual(len(first.asked), 10)
        self.assertEqual(len(second.asked), 10)

    def test_a_sick_server_costs_nothing_but_time(self):
        good, bad = Api(self, lambda asked: (200, {"things": things(3)}, {})), Api(self, lambda asked: (503, {}, {}))
        self.describe(None, base=[bad.url, good.url], extra="retry: { max: 3, base: 1ms, cap: 2ms }\n")
        self.scan()
        self.assertEqual(len(self.ids()), 3)

    def test_a_share_of_the_quotas_that_a_description_has(self):
        api = Api(self, lambda asked: (200, {"things": things(3)}, {}))
        self.describe(api, "{ kind: header, header: X-Key, keys: [k1] }", """  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
""", extra="""defaults: { limits: ["forge/{key}/calls"] }
quotas:
  - { match: "forge/*/calls", limit: [100/h, 1000/d], share: 90% }
""")
        self.scan("--quota-share", "50%")
        used = json.loads(self.wgo("quota", "--format", "json").out)
        self.assertEqual([each["share"] for each in used], [0.5])

    def test_quotas_that_a_description_has(self):
        slow = []

        def answer(asked):
            if asked.path == "/things":
                slow.append(asked.headers["x-key"])
                return 200, {"things": things(12)}, {}
            if asked.headers["x-key"] not in slow:  # the other key's first answer: what it has is seen late
                slow.append(asked.headers["x-key"])
                time.sleep(0.5)
            return 200, {"detail": 1}, {}
        api = Api(self, answer)
        self.describe(api, "{ kind: header, header: X-Key, keys: [k1, k2] }", """  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    children: [{ entry: detail, vars: { thing: "{item.id}" } }]
  - name: detail
    part: detail
    limits: ["forge/{key}/calls", "forge/{key}/details"]
    request: { path: "/things/{thing}" }
    items: .
    id: "{parent}"
""", extra="""defaults: { limits: ["forge/{key}/calls"] }
quotas:
  - { match: "forge/*/calls", limit: [100/h, 1000/d] }
  - { match: "forge/*/details", limit: 4/h }
""")
        self.scan("--scan-timeout", "3s", code=3)
        self.assertEqual(len(api.asked), 1 + 2 * 4)
        used = json.loads(self.wgo("quota", "--format", "json").out)
        self.assertEqual({item["key"] for item in used},
                         {"forge/1/calls", "forge/2/calls", "forge/1/details", "forge/2/details"})

    # ---- bodies ----

    def test_large_bodies_are_compressed(self):
        bodies = []

        def answer(asked):
            if asked.method == "GET":
                return 200, {"things": things(200)}, {}
            self.assertEqual(asked.headers["content-encoding"], "gzip")
            bodies.append(json.loads(gzip.decompress(asked.body)))
            return 200, {"things": [{"id": name, "more": 1} for name in bodies[-1]["ids"]]}, {}
        api = Api(self, answer)
        self.describe(api, "", """  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    children: [{ entry: more, vars: { ids: "{item.id}" }, batch: 200 }]
  - name: more
    part: more
    effect: none
    request: { method: POST, path: /more, json: { ids: "{ids:json}" } }
    items: things[]
    id: "forge://thing/{item.id}"
""", "  compress: gzip\n")
        self.scan()
        self.assertEqual(len(bodies[0]["ids"]), 200)
        self.assertTrue(all("more" in resource["configuration"] for resource in self.load("out.json")["resources"]))

    # ---- as a provider among others ----

    def test_the_configuration_file_names_them(self):
        api = Api(self, lambda asked: (200, {"things": things(2)}, {}))
        self.describe(api, "{ kind: bearer, token: env:FORGE_KEY }", name="apis/forge.yaml")
        config = self.write("config.yaml", """collectors:
  - apis/forge.yaml
  - provider: inline
    summary: As it stands
    api: { base: %s, auth: { kind: bearer, token: %s } }
    entries: [{ name: things, request: { path: /t }, items: "things[]", id: "inline://{item.id}" }]
providers:
  forge: { max_workers: 2, resource_type: ["forge_*"] }
""" % (api.url, SECRET))
        env = {"FORGE_KEY": "other-key", "WGO_CONFIG": config}
        listed = {one["name"]: one for one in json.loads(self.wgo("providers", "--format", "json", env=env).out)}
        self.assertEqual(listed["inline"]["summary"], "As it stands")
        self.assertTrue(listed["forge"]["configured"] and listed["inline"]["configured"])
        types = json.loads(self.wgo("resources", "*_things", "--format", "json", env=env).out)
        self.assertEqual({(one["provider"], one["type"]) for one in types},
                         {("forge", "forge_things"), ("inline", "inline_things")})
        self.assert_code(self.wgo("scan", "--all", "-o", "out.json", "--concurrent", env=env), 0)
        self.assertEqual(len(self.ids()), 4)
        shown = self.wgo("config", "show", env=env)
        self.assert_code(shown, 0)
        self.assertNotIn(SECRET, shown.out)
        del env["FORGE_KEY"]
        self.assert_code(self.wgo("scan", "--all", "-o", "out.json", env=env), 0)
        self.assertEqual(len(self.ids()), 2, "what is not configured is left out")

    def test_validate_asks_once_of_each(self):
        meter = Metered({"Bearer a": 9, "Bearer b": 2}, lambda asked: asked.headers["authorization"])
        api = Api(self, lambda asked: meter(asked, (200, {"things": []}, {})))
        description = self.describe(api, "{ kind: bearer, keys: [a, b] }")
        result = self.wgo("validate", "-p", "forge", "--catalog", description)
        self.assert_code(result, 0)
        self.assertIn("key 1: /things: answers, 8 calls left", result.out)
        self.assertIn("key 2: /things: answers, 1 calls left", result.out)
        self.assertEqual([asked.path for asked in api.asked], ["/things", "/things"])
        self.describe(api, "{ kind: bearer, keys: [a, b] }", more="  check: /me\n")
        self.wgo("validate", "-p", "forge", "--catalog", description)
        self.assertEqual(api.asked[-1].path, "/me")

    def test_a_dry_run_asks_nobody(self):
        api = Api(self, lambda asked: (200, {"things": []}, {}))
        result = self.wgo("scan", "-p", "forge", "--catalog", self.describe(api), "--dry-run")
        self.assert_code(result, 0)
        self.assertIn("forge_things", result.out)
        self.assertNotRegex(result.out, r"(?m)^  0 | $")
        self.assertEqual(api.asked, [])

    def test_mistakes(self):
        good = "provider: forge\napi: { base: https://a.example.com }\nentries: []\n"
        for text, says in (
                ("provider: aws\napi: { base: https://a.example.com }\nentries: []\n", "aws is a built-in provider"),
                ("api: { base: https://a.example.com }\nentries: []\n", "needs provider"),
                ("provider: forge\nentries: []\n", "needs api"),
                ("provider: forge\napi: { base: http://a.example.com }\nentries: []\n", "plain http"),
                ("provider: forge\napi: { base: https://u:%s@a.example.com }\nentries: []\n" % SECRET, "without query or user"),
                ("provider: forge\napi: { base: https://a.example.com, cache: 8d }\nentries:\n"
                 " - { name: a, request: { path: /a }, items: a, id: '{item.id}' }\n", "longer than seven days"),
                ("provider: forge\napi: { base: https://a.example.com, auth: { kind: token } }\nentries: []\n", '"token" is no kind'),
                ("provider: forge\napi: { base: https://a.example.com, auth: { kind: bearer, value: %s } }\nentries: []\n" % SECRET,
                 'unknown member "value"'),
                (good + "quotas: [{ match: a }]\n", "needs limit"),
                (good + "scopes: []\n", "scopes must be a list"),
                ("%", "line 1")):
            with self.subTest(text=text):
                path = self.write("bad.yaml", text)
                lint = self.wgo("catalog", "lint", path)
                self.assert_code(lint, 2)
                self.assertIn(says, lint.out)
                scan = self.wgo("scan", "-p", "forge", "--catalog", path)
                self.assert_error(scan, 2, "bad.yaml", says)
                self.assertNotIn(SECRET, lint.out + scan.err)
        path = self.write("good.yaml", good)
        self.assert_error(self.wgo("scan", "-p", "forg", "--catalog", path), 2, "did you mean forge?")
        self.assert_error(self.wgo("scan", "-p", "forge", "--catalog", path, "--catalog", path), 2, "described already")
        self.assert_error(self.wgo("scan", "-p", "forge", "--catalog", "nowhere.yaml"), 2, "nowhere.yaml")
        self.assert_error(self.wgo("catalog", "check", path), 2, "what to do")
        self.assert_error(self.wgo("scan", "-p", "forge", "--catalog", path, "--region", "x"), 2, "does not take it")

    def test_lint_says_all_of_it(self):
        path = self.write("bad.yaml", """provider: forge
api:
  base: https://a.example.com
  timout: 3s
entries:
  - name: one
    request: { pth: /x }
    items: a[]
  - name: two
    request: { path: /x }
    items: a[]
    lmits: []
""")
        result = self.wgo("catalog", "lint", path)
        self.assert_code(result, 2)
        for line, word in ((4, "timeout"), (7, "path"), (12, "limits")):
            self.assertRegex(result.out, r'line %d: unknown member .*\n +hint: did you mean "%s"' % (line, word))

    # ---- the examples ----

    def test_the_forge_of_the_examples(self):
        def answer(asked):
            if asked.headers.get("x-api-key") != SECRET:
                return 401, {}, {}
            if asked.path.endswith("/policy"):
                known = asked.path.endswith("m1/policy")
                return (200, {"policy": {"open": True}}, {}) if known else (404, {"code": "NO_POLICY"}, {})
            self.assertEqual(asked.path, "/v1/organizations/42/machines")
            number = int(asked.query.get("page", 1))
            machine = {"id": "m%d" % number, "name": "n", "region": "north", "user_data": "hush-hush",
                       "labels": [{"name": "team", "value": "a"}]}
            link = {"Link": '<http://%s%s?page=2>; rel="next"' % (asked.headers["host"], asked.path)} if number == 1 else {}
            return 200, {"machines": [machine]}, link
        api = Api(self, answer)
        with open(os.path.join(SOURCE, "examples", "apis", "forge.yaml"), encoding="utf-8") as file:
            self.write("forge.yaml", file.read().replace("https://forge.example.com", api.url))
        self.assertIn("good", self.wgo("catalog", "lint", "forge.yaml").out)
        result = self.scan(env={"FORGE_KEY": SECRET})
        one, two = self.load("out.json")["resources"]
        self.assertEqual((one["id"], one["type"], one["region"], one["tags"]),
                         ("forge://acme/machine/m1", "forge_machines", "north", {"team": "a"}))
        self.assertEqual(one["configuration"]["policy"], {"open": True})
        self.assertNotIn("policy", two["configuration"])
        self.assert_no_secret(result, SECRET, "hush-hush")
        calls = len(api.asked)
        self.scan(env={"FORGE_KEY": SECRET})
        self.assertLess(len(api.asked), 2 * calls, "what is fresh is not asked for again")


class Codescan(CliTest):
    def setUp(self):
        super().setUp()
        self.path_of = os.path.join(SOURCE, "examples", "apis", "codescan.yaml")

    def describe(self, cloud, keys=None, quotas=True):
        with open(self.path_of, encoding="utf-8") as file:
            text = file.read().replace("https://codescan.example.com", "http://127.0.0.1:%d" % cloud.port)
        if keys:
            text = text.replace("token: env:CODESCAN_KEY", "keys: [%s]" % ", ".join(keys))
        if not quotas:
            text = text[:text.index("# The Free tier")] + text[text.index("retry:"):]
        return self.write("codescan.yaml", text)

    def scan(self, *args, **env):
        return self.wgo("scan", "-p", "codescan", "--catalog", "codescan.yaml", "-o", "out.json", "--no-cache", *args, env=env)

    def answers(self, cloud, status):
        return [one for one in cloud.requests() if one["status"] == status]

    def test_everything_within_the_free_tier(self):
        cloud = self.fakecloud("--codescan-projects", "30", "--codescan-scans", "3")
        self.describe(cloud)
        result = self.scan(CODESCAN_KEY="cs_free")
        self.assert_code(result, 0)
        types = {}
        for resource in self.load("out.json")["resources"]:
            types[resource["type"]] = types.get(resource["type"], 0) + 1
        self.assertEqual(types["codescan_projects"], 30)
        self.assertEqual(types["codescan_rules"], 120)
        self.assertGreaterEqual(types["codescan_scan"], 90)
        self.assertGreater(types["codescan_finding"], 500)
        self.assertEqual(self.answers(cloud, 429), [])
        self.assertNotIn("cs_free", result.err)

    def test_three_keys_of_unequal_quota(self):
        cloud = self.fakecloud("--codescan-projects", "60", "--codescan-scans", "1", "--codescan-findings", "1",
                               "--codescan-key", "a=9:100:1", "--codescan-key", "b=21:100:1", "--codescan-key", "c=36:100:1")
        self.describe(cloud, ["cs_a", "cs_b", "cs_c"], quotas=False)
        result = self.scan("--scan-timeout", "20s")
        requests = cloud.requests()
        self.assertEqual(self.answers(cloud, 429), [], str(result))
        self.assertLessEqual(len(requests), 66)
        self.assert_code(result, 0)
        self.assertEqual(len({one["user"] for one in requests}), 3)

    def test_results_of_new_scans(self):
        cloud = self.fakecloud("--codescan-projects", "12", "--codescan-scan-seconds", "1")
        self.describe(cloud)
        with open(self.path("codescan.yaml"), encoding="utf-8") as file:
            text = file.read().replace("every: 5s", "every: 300ms")
        self.write("codescan.yaml", text.replace("limit: 10/h", "limit: 12/h"))
        result = self.scan("--resource-type", "codescan_result", "--scan-timeout", "60s", CODESCAN_KEY="cs_pro")
        self.assert_code(result, 0)
        submitted = [one for one in cloud.requests() if one["method"] == "POST" and one["path"].endswith("/scans")]
        self.assertEqual(len(submitted), 12)
        self.assertEqual({one["type"] for one in self.load("out.json")["resources"]}, {"codescan_result"})


if __name__ == "__main__":
    main()
