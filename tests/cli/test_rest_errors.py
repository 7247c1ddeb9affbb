"""APIs that users describe: what went wrong, in whatever way they say so, and what is made of it."""
import json
import socket
import time

from cli_support import main
from rest_support import SECRET, THINGS_WITH_DETAILS, Api, RestTest, things


class Errors(RestTest):
    def test_a_server_that_is_not_there_is_not_waited_for(self):
        """Lists fail when their retries have, however many they are together; no breaker has them wait a minute."""
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            url = "http://127.0.0.1:%d" % one.getsockname()[1]  # bound, and nobody listens
            self.describe(None, base=url, extra="retry: { max: 3, base: 10ms }", entries="".join(
                """  - name: things%d
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
""" % n for n in range(4)))
            result = self.scan("--scan-timeout", "40s", code=1)
        self.assertIn("check that the server runs and can be reached", result.err)
        self.assertNotIn("not finished within", result.err)

    def test_each_time_limit_names_its_setting(self):
        def slow(asked):
            time.sleep(1.5)
            return 200, {"things": []}, {}
        self.describe(Api(self, slow), more="  timeout: 300ms\n", extra="retry: { max: 0 }\n")
        self.assert_hint(self.scan(code=1), "`timeout` of `api:`")
        api = Api(self, lambda asked: (429, {}, {"Retry-After": "600"}))
        self.describe(api)
        self.assert_hint(self.scan("--scan-timeout", "700ms", code=1), "a longer --scan-timeout waits it out")
        self.describe(Api(self, lambda asked: (200, {"state": "Running"}, {})), entries="""  - name: things
    request: { path: /things }
    poll: { status: state, done: [Done], failed: [Failed], first: 100ms, every: 100ms, timeout: 300ms, learn: false }
    items: things[]
    id: "forge://thing/{item.id}"
""")
        self.assert_hint(self.scan(code=1), "`timeout` of `poll:`")
        later = time.localtime(time.time() + 7200)
        hours = time.strftime("%a %H:%M-%H:00", later) if later.tm_min else time.strftime("%a %H:00-%H:30", later)
        result = self.scan("--window", hours, "--scan-timeout", "300ms", env={"LC_ALL": "C"}, code=1)
        self.assert_hint(result, "the hours of --window")

    def test_trouble_passes(self):
        seen = []

        def answer(asked):
            seen.append(asked)
            if len(seen) < 3:
                return (500, {"error": "later"}, {}) if len(seen) == 1 else (429, {}, {"Retry-After": "1"})
            return 200, {"things": things(1)}, {}
        api = Api(self, answer)
        self.describe(api, extra="retry: { max: 3, base: 1ms, cap: 2ms }\n")
        self.scan()
        self.assertEqual(len(api.asked), 3)
        self.assertGreaterEqual(api.asked[2].at - api.asked[1].at, 1.0)

    def test_words_of_the_api(self):
        answers = {"/gone": (404, {"error": {"code": "NO_SUCH"}}), "/shut": (400, {"code": "CLOSED_TO_YOU"}),
                   "/none": (410, {})}
        entry = """  - name: %s
    request: { path: /%s }
    items: things[]
    id: "{item.id}"
    absent: ["410"]
"""
        api = Api(self, lambda asked: (*answers[asked.path], {}))
        self.describe(api, "", "".join(entry % (word, word) for word in ("gone", "shut", "none")),
                      "  errors: { NO_SUCH: absent, CLOSED_TO_YOU: denied }\n")
        self.scan(code=3)
        status = {row["type"] if isinstance(row["type"], str) else tuple(row["type"]): row["status"] for row in self.rows()}
        self.assertEqual(status.pop("forge_shut"), "denied")
        self.assertEqual(set(status.values()), {"ok"})

    # ---- errors beside items ----

    QUERY = """  - name: things
    effect: none
    request: { method: POST, path: /graphql, json: { query: "query($after: String) {{ things(after: $after) }}", variables: { after: "{token|}" } } }
    page: { token_out: data.things.end, more: data.things.more }
    items: data.things.nodes[]
    id: "forge://thing/{item.id}"
"""

    def test_items_beside_errors_are_no_whole_list(self):
        """As GraphQL has it: the items are kept, the list goes on, and its row says what is wrong."""
        for errors, says in (([{"message": "no\nfor " + SECRET}, {"message": "other"}], "the answer has items, and errors too: no for ***"),
                             ([{"extensions": {"code": "X"}}], "too: it does not say which"), ("slow", "too: slow"),
                             ({"message": "part"}, "too: part"), (["one"], "too: one"), (3, "too: 3"), ([], None), (None, None), ({}, None),
                             ([None, {}], None), ({"count": 0, "list": []}, None), (0, None), ("none", None), (False, None)):
            def answer(asked, errors=errors):
                second = b"e1" in asked.body
                data = {"things": {"nodes": things(2, 2 if second else 0), "end": "e2" if second else "e1", "more": not second}}
                return 200, {"data": data, **({} if second else {"errors": errors})}, {}
            with self.subTest(errors=errors):
                self.describe(Api(self, answer), "{ kind: bearer, token: env:KEY }", self.QUERY)
                result = self.scan(env={"KEY": SECRET}, code=3 if says else 0)
                self.assertEqual(len(self.ids()), 4)
                row = self.rows()[0]
                self.assertEqual((row["status"], row["count"]), ("error" if says else "ok", 4))
                if says:
                    self.assertIn(says, row["error"])
                    self.assertIn(says, result.err)
                self.assert_no_secret(result, SECRET)

    def test_what_else_says_that_a_list_is_not_whole(self):
        """As Elasticsearch, GitHub's search and ServiceNow have it; `partial` names it, and `[]` that nothing does."""
        late = {"message": "Transaction cancelled: maximum execution time exceeded", "detail": None}
        shards = {"timed_out": False, "_shards": {"failed": 1, "failures": [{"reason": "gone"}]}}
        for partial, more, says in (
                ("", {"error": late}, "and errors too: Transaction cancelled"), ("", {"error": {"code": 0, "message": "ok"}}, None),
                ("", {"timed_out": True}, None), ("partial: timed_out", {"timed_out": True}, 'in "timed_out" that it is not whole: true'),
                ("partial: [timed_out, _shards.failed]", shards, 'in "_shards.failed" that it is not whole: 1'),
                ("partial: [timed_out, _shards.failures]", shards, 'in "_shards.failures" that it is not whole'),
                ("partial: incomplete_results", {"incomplete_results": False}, None),
                ("partial: timed_out", {"errors": ["old"]}, None), ("partial: []", {"errors": ["old"], "error": "older"}, None)):
            for items in (2, 0):
                self.describe(Api(self, lambda asked: (200, {"things": things(items), **more}, {})), entries="""  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    %s
""" % partial)
                with self.subTest(partial=partial, more=more, items=items):
                    result = self.scan(code=0 if not says else 3 if items else 1)
                    if says and items:
                        self.assertEqual((self.rows()[0]["status"], self.rows()[0]["count"]), ("error", 2))
                        self.assertIn(says, self.rows()[0]["error"])
                        self.assert_hint(result, "`partial` of things (%s, line 6)" % self.path("forge.yaml"))

    def test_a_list_of_errors_alone_is_none_whatever_is_partial(self):
        for answer in ({"errors": ["old"]}, {"things": None, "errors": ["old"]}, {"things": [], "success": False}):
            self.describe(Api(self, lambda asked: (200, answer, {})), entries="""  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    partial: []
""")
            self.scan(code=1)

    def test_a_job_that_failed_says_why(self):
        """Its status is no word of the answer as a whole."""
        self.describe(Api(self, lambda asked: (200, {"status": "failed", "why": "no disk"}, {})), entries="""  - name: things
    request: { path: /things }
    poll: { status: status, done: [done], failed: [failed], error: why }
    items: things[]
    id: "forge://thing/{item.id}"
""")
        self.assertIn("no disk", self.scan(code=1).err)

    def test_items_that_are_null_go_with_their_errors(self):
        answers = {"errors": [{"message": "FORBIDDEN"}], "things": [None, {"id": "a"}, None]}
        self.describe(Api(self, lambda asked: (200, answers, {})))
        self.assertIn("errors too: FORBIDDEN", self.scan(code=3).err)
        self.assertEqual(self.ids(), ["forge://thing/a"])
        del answers["errors"]
        self.assertIn("an item without id", self.scan(code=1).err)

    def test_what_came_with_errors_is_not_kept(self):
        state = {"errors": ["part"]}
        for headers in ({"ETag": '"1"'}, {"Cache-Control": "max-age=600"}):
            state["errors"] = ["part"]
            self.describe(Api(self, lambda asked, headers=headers: (200, {"things": things(1 if state["errors"] else 2), **state}, headers)))
            self.scan(code=3)
            state["errors"] = []
            self.scan()
            self.assertEqual(len(self.ids()), 2)

    def test_errors_may_be_what_is_listed(self):
        self.describe(Api(self, lambda asked: (200, {"errors": things(2)}, {})), entries="""  - name: failures
    request: { path: /failures }
    items: errors[]
    id: "forge://failure/{item.id}"
""")
        self.scan()
        self.assertEqual(len(self.ids()), 2)

    def test_the_codes_of_graphql(self):
        for code in ({"extensions": {"code": "THROTTLED"}}, {"type": "THROTTLED"}):
            seen = []
            def answer(asked, code=code, seen=seen):
                seen.append(asked)
                if len(seen) == 1:
                    return 200, {"data": None, "errors": [{"message": "slow down", **code}]}, {"Retry-After": "1"}
                return 200, {"data": {"things": {"nodes": things(1), "more": False}}}, {}
            self.describe(Api(self, answer), more="  errors: { THROTTLED: throttled }\n", entries=self.QUERY)
            self.scan()
            self.assertEqual(len(seen), 2)

    # ---- answers of 200 ----

    def test_a_200_that_says_no_is_no_empty_list(self):
        for document, says in (({"success": False, "message": "Token expired"}, "Token expired"), ({"ok": False, "reason": "x"}, "x"),
                               ({"code": 401, "msg": "bad", "things": None}, "bad"), ({"status": 503}, "an error instead of a list"),
                               ({"errcode": 40013, "errmsg": "bad"}, ": bad"), ({"stat": "fail", "code": 100, "message": "bad"}, "bad"),
                               ({"status": "error", "message": "bad"}, "bad"), ({"message": "Unauthorized"}, "Unauthorized"),
                               ({"code": 0, "success": True, "status": "ok"}, None), ({"errcode": 0, "errmsg": "ok", "things": []}, None), ({"things": things(1), "success": False, "code": 404}, None)):
            with self.subTest(document=document):
                self.describe(Api(self, lambda asked: (200, document, {})))
                result = self.scan(code=1 if says else 0)
                if says:
                    self.assertIn("HTTP 200", result.err)
                    self.assertIn(says, result.err)

    def test_an_answer_that_is_nothing_but_an_error_is_no_item(self):
        """Where the document is the item, it may have a status, a message and an error of its own."""
        for document, says in (({"ok": False, "error": "no access"}, "no access"), ({"error": {"code": 7, "message": "no"}, "request_id": "r"}, "no"),
                               ({"code": 404, "message": "gone"}, "gone"), ({"status": "failed", "message": "disk"}, None),
                               ({"detail": "x"}, None), ({"error": "of its own", "name": "x"}, None)):
            self.describe(Api(self, lambda asked: (200, {"things": things(1)} if asked.path == "/things" else document, {})), entries=THINGS_WITH_DETAILS)
            with self.subTest(document=document):
                result = self.scan(code=3 if says else 0)
                self.assertEqual(self.load("out.json")["resources"][0]["configuration"].get("detail"), None if says else document)
                if says:
                    self.assertIn("HTTP 200: " + says, result.err)
        self.describe(Api(self, lambda asked: (200, {"error": "invalid token"}, {})), entries="""  - name: services
    request: { path: /services }
    items: "*"
    id: "forge://service/{item:member}"
""")
        self.assertIn("HTTP 200: invalid token", self.scan(code=1).err)

    def test_what_is_no_json_is_told_by_its_name(self):
        for body, headers, says in (
                (b"<!DOCTYPE html><p>Log in</p>", {"Content-Type": "text/html; charset=utf-8"}, "no JSON, but text/html"),
                (b"<?xml version='1.0'?><a/>", {"Content-Type": "application/xml"}, "no JSON, but application/xml"),
                (b'{"things":[{"id":"caf\xe9"}]}', {}, "only text in UTF-8")):
            self.describe(Api(self, lambda asked: (200, body, headers)), extra="retry: { max: 1, base: 1ms }\n")
            self.assertIn(says, self.scan(code=1).err)

    def test_a_document_a_line_is_not_read(self):
        """Nothing says that the last line is the last one; asking again would bring the same."""
        for body in (b'{"id":"a"}\n{"id":"b"}\n', b'\n{"id":"a"}\r\n{"id":', b'[1]\n[2]'):
            api = Api(self, lambda asked: (200, body, {"Content-Type": "application/x-ndjson"}))
            self.describe(api)
            result = self.scan(code=1)
            self.assertIn("a document a line (NDJSON)", result.err)
            self.assert_hint(result, "ask for one document")
            self.assertEqual(len(api.asked), 1)

    def test_no_content_is_an_end_and_no_failure(self):
        def answer(asked):
            if asked.path == "/things":
                page = int(asked.query["page"])
                return (200, {"things": things(1, page)}, {}) if page < 3 else (204, b"", {})
            return (204, b"", {}) if asked.path.endswith("1") else (200, {"more": 1}, {})
        api = Api(self, answer)
        self.describe(api, entries=THINGS_WITH_DETAILS.replace("    items: things[]", "    page: { number_in: page }\n    items: things[]"))
        self.scan()
        self.assertEqual(["detail" in one["configuration"] for one in self.load("out.json")["resources"]], [False, True])
        self.assertEqual(len(api.asked), 5)
        api = Api(self, lambda asked: (204, b"", {}))
        self.describe(api, entries="""  - name: job
    request: { path: /job }
    poll: { status: state, done: [done] }
    items: things[]
    id: "forge://thing/{item.id}"
""", extra="retry: { max: 1, base: 1ms }\n")
        self.scan(code=1)

    def test_a_byte_order_mark_is_skipped(self):
        self.describe(Api(self, lambda asked: (200, b"\xef\xbb\xbf" + json.dumps({"things": things(2)}).encode(), {})))
        self.scan()
        self.assertEqual(len(self.ids()), 2)


if __name__ == "__main__":
    main()
