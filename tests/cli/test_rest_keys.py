"""Several keys of a described API, of which some are of no use: calls go by the others."""
import os

from cli_support import CliTest, main
from rest_support import THINGS_WITH_DETAILS, Api, Metered


class Keys(CliTest):
    COUNT = 30

    def answer(self, asked):
        """A list of things and a call for each."""
        if asked.path == "/things":
            return 200, {"things": [{"id": "t%02d" % i} for i in range(self.COUNT)]}, {}
        return 200, {"detail": asked.path}, {}

    def describe(self, api, keys, auth="kind: bearer"):
        self.write("forge.yaml", """provider: forge
api:
  base: %s
  auth: { %s, keys: [%s] }
entries:
%s""" % (api.url, auth, ", ".join(keys), THINGS_WITH_DETAILS))

    def scan(self, code=0, command="scan", *args):
        words = ("-o", "out.json") if command == "scan" else ()
        result = self.wgo(command, "-p", "forge", "--catalog", "forge.yaml", *words, *args)
        self.assert_code(result, code)
        return result

    def assert_whole(self):
        resources = self.load("out.json")["resources"]
        self.assertEqual(len(resources), self.COUNT)
        self.assertTrue(all("detail" in resource["configuration"] for resource in resources))

    def command(self, name, text):
        path = self.write(name, "#!/bin/sh\n" + text)
        os.chmod(path, 0o700)
        return "{ name: %s, token: { command: [\"%s\"] } }" % (name, path)

    def test_one_that_cannot_be_had(self):
        api = Api(self, self.answer)
        self.describe(api, [self.command("first", "exit 3\n"), self.command("second", "echo key-of-the-second\n"),
                            "key-of-the-third"])
        result = self.scan()
        self.assert_whole()
        self.assertIn("ended with code 3", result.err)
        self.assertIn("credentials of forge/first", result.err)
        self.assertIn("calls go by the other keys", result.err)
        self.assertEqual({asked.headers["authorization"] for asked in api.asked},
                         {"Bearer key-of-the-second", "Bearer key-of-the-third"})
        looked = self.scan(3, "validate")
        self.assertIn("key first", looked.out)
        self.assertIn("ended with code 3", looked.out)
        self.assertIn("key second", looked.out)

    def test_login_fails_while_calls_wait_for_the_server(self):
        """The one call that waits for the moment ends without it: the others must not wait for ever."""
        def answer(asked):
            if asked.path == "/token":
                first = len([one for one in api.asked if one.path == "/token"]) == 1
                return (200, {"access_token": "a-token-of-the-first", "token_type": "Bearer", "expires_in": 61}, {}) if first \
                    else (400, {"error": "invalid_client"}, {})
            refused = [one for one in api.asked if one.path != "/token" and one is not asked]
            return (200, {"things": [{"id": asked.path}]}, {}) if refused else (429, {}, {"Retry-After": "2"})
        api = Api(self, answer)
        entries = "".join("""  - name: e%d
    request: { path: /lane/%d }
    items: things[]
    id: "forge://thing/{item.id}"
""" % (i, i) for i in range(6))
        self.write("forge.yaml", """provider: forge
api:
  base: %s
  auth: { kind: oauth2, token_url: "%s/token", client_id: me, client_secret: a-secret-of-ours }
entries:
%s""" % (api.url, api.url, entries))
        result = self.wgo("scan", "-p", "forge", "--catalog", "forge.yaml", "-o", "out.json", "--scan-timeout", "60s",
                          "--format", "json")
        self.assertNotIn("not finished within", result.err)
        self.assertIn("invalid_client", result.err)

    def test_the_password_of_a_proxy_is_not_shown(self):
        self.write("forge.yaml", """provider: forge
api: { base: "https://api.example.test", auth: { kind: none } }
entries:
%s""" % THINGS_WITH_DETAILS)
        result = self.wgo("scan", "-p", "forge", "--catalog", "forge.yaml", "-o", "out.json",
                          env={"https_proxy": "socks9://bob:hunter2@127.0.0.1:1", "WGO_DEBUG": "true"})
        self.assertIn("socks9://127.0.0.1:1", result.err)
        self.assertNotIn("hunter2", result.err + result.out)

    def test_what_a_program_prints_is_whose_what_was_read_is(self):
        def answer(asked):
            who = asked.headers["authorization"][7:]
            return (200, {"things": [{"id": who}]}, headers) if who in ("alice", "bobby") else (401, {}, {})
        for headers, args in (({"Cache-Control": "max-age=600"}, ()), ({}, ("--max-age", "1h"))):
            with self.subTest(args=args):
                self.doCleanups()
                self.setUp()
                api = Api(self, answer)
                # The catalog stays the same, and so does what is run.
                self.write("forge.yaml", """provider: forge
api:
  base: %s
  auth: { kind: bearer, token: { command: [/bin/cat, %s] } }
entries:
  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
""" % (api.url, self.path("key")))
                for who, asked in (("alice", 1), ("alice", 0), ("bobby", 1), ("alice", 0)):
                    api.asked.clear()
                    self.write("key", who)
                    self.scan(0, "scan", *args)
                    ids = [resource["id"] for resource in self.load("out.json")["resources"]]
                    self.assertEqual((ids, len(api.asked)), (["forge://thing/" + who], asked))
                self.write("key", "nobody")
                self.scan(4, "scan", *args)

    def test_one_whose_variable_is_not_set(self):
        api = Api(self, self.answer)
        self.describe(api, ["env:FORGE_ONE", "{ name: two, token: env:FORGE_TWO }"])
        env = {"FORGE_ONE": "key-of-the-first"}
        args = ("-p", "forge", "--catalog", "forge.yaml")
        result = self.wgo("scan", *args, "-o", "out.json", env=env)
        self.assert_code(result, 0)
        self.assert_whole()
        self.assertIn("credentials of forge/two: the variable FORGE_TWO is not set; calls go by the other keys", result.err)
        self.assertEqual({asked.headers["authorization"] for asked in api.asked}, {"Bearer key-of-the-first"})
        self.assertIn("1 of 2 keys", self.wgo("providers", "--catalog", "forge.yaml", env=env).out)
        looked = self.wgo("validate", *args, env=env)
        self.assertIn("FORGE_TWO is not set", looked.out)
        self.assertNotIn("key 1: FORGE_TWO", looked.out)
        for unset in ({}, {"FORGE_ONE": ""}):
            result = self.wgo("scan", *args, "-o", "out.json", env=unset)
            self.assert_error(result, 2, "not configured", "FORGE_ONE is not set")

    def test_none_that_can_be_had(self):
        api = Api(self, self.answer)
        self.describe(api, [self.command("first", "exit 3\n"), self.command("second", "exit 4\n")])
        result = self.scan(4)
        self.assertIn("ended with code 3", result.err)
        self.assertEqual(api.asked, [])

    def test_those_that_are_refused(self):
        """Two of three were revoked: each is asked with once, and the third reads all."""
        def answer(asked):
            if asked.headers["authorization"] != "Bearer key-that-is-good":
                return 401, {"message": "revoked"}, {}
            return self.answer(asked)
        api = Api(self, answer)
        self.describe(api, ["key-of-yesterday", "key-that-is-good", "key-of-last-week"])
        result = self.scan()
        self.assert_whole()
        self.assertEqual(api.count(401), 2)
        self.assertIn("key 1: HTTP 401: revoked; calls go by the other keys", result.err)
        self.assertIn("key 3: HTTP 401: revoked; calls go by the other keys", result.err)

    def test_one_that_is_refused_after_it_was_renewed(self):
        """A file's key, read again once, and no better then."""
        path = self.write("key.txt", "key-of-the-file\n")

        def answer(asked):
            if asked.headers["authorization"] == "Bearer key-of-the-file":
                return 401, {"message": "no"}, {}
            return self.answer(asked)
        api = Api(self, answer)
        self.describe(api, ['"file:%s"' % path, "key-that-is-good"])
        self.scan()
        self.assert_whole()
        self.assertEqual(api.count(401), 2)

    def test_tokens_of_which_one_is_not_given(self):
        def answer(asked):
            if asked.path == "/token":
                if b"client-one" in asked.body:
                    return 400, {"error": "invalid_client"}, {}
                return 200, {"access_token": "t0ken-of-the-other", "token_type": "Bearer", "expires_in": 3600}, {}
            self.assertEqual(asked.headers["authorization"], "Bearer t0ken-of-the-other")
            return self.answer(asked)
        api = Api(self, answer)
        self.describe(api, ["{ client_id: client-one, client_secret: secret-one }",
                            "{ client_id: client-two, client_secret: secret-two }"],
                      "kind: oauth2, token_url: %s/token" % api.url)
        result = self.scan()
        self.assert_whole()
        self.assertIn("calls go by the other keys", result.err)

    def test_what_is_refused_to_all_of_them(self):
        """A list that nobody may read ends the list and no other."""
        def answer(asked):
            return (401, {"message": "not this"}, {}) if asked.path == "/things/t07" else self.answer(asked)
        api = Api(self, answer)
        self.describe(api, ["key-number-one", "key-number-two"])
        self.scan(3)
        resources = self.load("out.json")["resources"]
        self.assertEqual([one["id"] for one in resources if "detail" not in one["configuration"]], ["forge://thing/t07"])

    def test_the_quota_of_those_that_are_left_is_used_up(self):
        meter = Metered({"Bearer key-a": 11, "Bearer key-b": 20}, lambda asked: asked.headers["authorization"])

        def answer(asked):
            if asked.headers["authorization"] == "Bearer key-c":
                return 401, {"message": "revoked"}, {}
            return meter(asked, self.answer(asked))
        api = Api(self, answer)
        self.describe(api, ["key-c", "key-a", "key-b"])
        self.scan()
        self.assert_whole()
        self.assertEqual((api.count(401), api.count(429), sum(meter.left.values())), (1, 0, 0))


if __name__ == "__main__":
    main()
