"""The shapes that well-known APIs have, and what is said when a description does not fit them."""
import base64
import json
import urllib.parse

from cli_support import main
from rest_support import SECRET, THINGS_WITH_DETAILS, Api, RestTest, things


class Shapes(RestTest):
    def test_a_page_that_was_named_and_is_not_there(self):
        """The list did not end there: it is read anew, and is not whole if that is of no use."""
        left = {"refusals": 1}

        def answer(asked):
            if asked.query.get("cursor") != "two":
                return 200, {"things": things(2), "next": "two"}, {}
            left["refusals"] -= 1
            return (404, {"error": {"code": "NOT_FOUND"}}, {}) if left["refusals"] >= 0 else (200, {"things": things(1, 2)}, {})
        api = Api(self, answer)
        entries = """  - name: things
    request: { path: /things }
    page: { token_out: next, token_in: cursor }
    items: things[]
    id: "forge://thing/{item.id}"
"""
        self.describe(api, more="  errors: { NOT_FOUND: absent }\n", entries=entries)
        self.scan()
        self.assertEqual(len(self.load("out.json")["resources"]), 3)
        left["refusals"] = 1000
        self.scan(code=3)
        row = self.load("out.json")["metadata"]["completeness"][0]
        self.assertNotEqual(row["status"], "ok")
        self.assertEqual(len(self.load("out.json")["resources"]), 2)

    def test_counted_pages_may_be_empty_in_between(self):
        api = Api(self, lambda asked: (200, {"things": [] if asked.query["page"] in "23" else things(1, int(asked.query["page"])),
                                             "more": asked.query["page"] != "6"}, {}))
        self.describe(api, entries="""  - name: things
    request: { path: /things }
    page: { number_in: page, first: 1, size: 1, more: more }
    items: things[]
    id: "forge://thing/{item.id}"
""")
        self.scan()
        self.assertEqual(len(self.load("out.json")["resources"]), 4)

    def test_what_a_query_says_arrives_as_it_stands(self):
        api = Api(self, lambda asked: (200, {"things": things(1)}, {}))
        said = {"q": "SELECT Id, Name FROM Account WHERE a = 'x&y#z' AND b < 1+1", "up": 'up{job="\u00e9"}', "done": "a b%",
                "f[]": "x,y:z"}
        self.describe(api, entries="""  - name: things
    request: { path: /my things, query: %s }
    items: things[]
    id: "forge://thing/{item.id}"
""" % json.dumps({key: value.replace("{", "{{").replace("}", "}}").replace("a b", "a%20b") for key, value in said.items()}))
        self.scan()
        self.assertEqual(api.asked[0].path, "/my%20things")
        self.assertEqual(api.asked[0].query, said)

    def test_maps_whose_members_are_the_items(self):
        services = {"web": ["a"], "a\"b\\\\": [], "q\\\"": [1], "caf\u00e9/x y": ["b", "c"]}
        mounts = {"secret/": {"kind": "kv", "deep": {"x": {}}}, "sys/": {"kind": "system", "\"": "\\"}}
        for indent in (None, 2):
            api = Api(self, lambda asked: (200, json.dumps({"/services": services, "/mounts": {"data": mounts}}.get(
                asked.path, {"asked": asked.target}), indent=indent).encode(), {}))
            self.describe(api, entries="""  - name: services
    request: { path: /services }
    items: "*"
    id: "forge://service/{item:member}"
    resource_name: "{item:member}"
  - name: mounts
    request: { path: /mounts }
    items: data.*
    id: "forge://mount/{item:member}"
    sensitive: [kind]
    children: [{ entry: detail, vars: { mount: "{item:member}" } }]
  - name: detail
    part: detail
    request: { path: "/detail/{mount}" }
    items: .
    id: "{parent}"
""")
            self.scan()
            found = {one["id"]: one for one in self.load("out.json")["resources"]}
            self.assertEqual(set(found), {"forge://service/" + name for name in services} | {"forge://mount/secret/", "forge://mount/sys/"})
            for name, value in services.items():
                self.assertEqual(found["forge://service/" + name]["configuration"], {"value": value})
                self.assertEqual(found["forge://service/" + name]["name"], name)
            mount = found["forge://mount/secret/"]["configuration"]
            self.assertEqual(mount["detail"], {"asked": "/detail/secret%2F"})
            self.assertTrue(mount["kind"].startswith("hmac:"))

    def test_lists_of_texts(self):
        api = Api(self, lambda asked: (200, {"things": ["a/b", "c d", 7]} if asked.path == "/things" else {"asked": asked.target}, {}))
        self.describe(api, entries="""  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://{item}"
    resource_name: "{item}"
    children: [{ entry: detail, vars: { thing: "{item}" } }]
  - name: detail
    part: detail
    request: { path: "/t/{thing}" }
    items: .
    id: "{parent}"
""")
        self.scan()
        self.assertEqual([(one["id"], one["name"], one["configuration"]) for one in self.load("out.json")["resources"]],
                         [("forge://%s" % name, str(name), {"value": name, "detail": {"asked": "/t/" + urllib.parse.quote(str(name), safe="")}})
                          for name in (7, "a/b", "c d")])

    def test_tags_that_are_words(self):
        """Of Datadog, DigitalOcean, Consul and others; both kinds may stand in one list."""
        api = Api(self, lambda asked: (200, {"things": [{"id": "a", "tags": ["web", "env:prod", "web", {"Key": "k", "Value": "v"}, 7, None]},
                                                        {"id": "b", "tags": []}]}, {}))
        self.describe(api, entries="""  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    tags: { list: tags }
""")
        self.scan()
        self.assertEqual([one.get("tags") for one in self.load("out.json")["resources"]],
                         [{"env:prod": "", "k": "v", "web": ""}, None])

    def test_tags_with_several_values(self):
        """Of New Relic and others."""
        tags = [{"key": "team", "values": ["a", 7, None, "c"]}, {"key": "none", "values": []}, {"key": "one", "values": "x"}]
        api = Api(self, lambda asked: (200, {"things": [{"id": "a", "tags": tags, "labels": {"k": ["v", "w"], "n": {"x": 1}}}]}, {}))
        for form, want in (("list: tags, key: key, value: values", {"team": "a,7,c", "none": "", "one": "x"}), ("map: labels", {"k": "v,w", "n": ""})):
            self.describe(api, entries="""  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    tags: { %s }
""" % form)
            self.scan()
            self.assertEqual(self.load("out.json")["resources"][0]["tags"], want)

    def test_items_that_one_id_makes_one_are_told_of(self):
        """Only what differs, and only within a page: a list may move between two of them."""
        twins = [{"id": "a", "in": "x"}, {"id": "a", "in": "y"}, {"id": "b"}, {"id": "b"}]
        for page, told in ((twins, 1), (twins[1:], 0)):
            self.describe(Api(self, lambda asked, page=page: (200, {"things": page, "next": None if asked.query else "2"}, {})),
                          entries="""  - name: things
    request: { path: /things }
    page: { token_out: next, token_in: page }
    items: things[]
    id: "forge://thing/{item.id}"
""")
            result = self.scan()
            self.assertEqual(len(self.ids()), 2)
            said = "of the 4 items of a page of things (%s, line 6) 1 have the id of another one" % self.path("forge.yaml")
            self.assertEqual(len([line for line in result.err.splitlines() if line.startswith("warning: ") and said in line]), told, result.err)

    def test_the_user_may_be_the_key(self):
        """As of Stripe, Greenhouse and others: the password is empty."""
        seen = []
        def answer(asked):
            seen.append(asked.headers["authorization"])
            return (200, {"things": things(1)}, {}) if len(seen) == 1 else (403, {"message": "no, %s of %s" % (SECRET, seen[-1])}, {})
        self.describe(Api(self, answer), '{ kind: basic, user: env:KEY, password: "" }')
        self.assert_no_secret(self.scan(env={"KEY": SECRET}), SECRET)
        self.assertEqual(base64.b64decode(seen[0].split()[1]).decode(), SECRET + ":")
        result = self.scan("--no-cache", env={"KEY": SECRET}, code=1)
        self.assertIn("no, *** of Basic ***", result.err)
        self.assert_no_secret(result, SECRET, seen[0].split()[1])

    def test_links_that_are_no_urls(self):
        def answer(asked):
            first = "page" not in asked.query
            link = "?page=2&q=a b|c%20\u00e9" if first else ""
            return 200, {"things": things(1, 0 if first else 1), "next": link}, {"Link": "<%s>; rel=next" % link.replace("\u00e9", "")} if first else {}
        for page in ("link_out: next", "link_header: next"):
            api = Api(self, answer)
            self.describe(api, entries="""  - name: things
    request: { path: /things }
    page: { %s }
    items: things[]
    id: "forge://thing/{item.id}"
""" % page)
            self.scan()
            self.assertEqual(len(self.ids()), 2)
            self.assertIn(api.asked[1].query["q"], ("a b|c \u00e9", "a b|c "))

    def test_the_token_of_the_next_page_in_a_header(self):
        """As Azure DevOps has it; GitLab's is empty on the last page."""
        for last in ({}, {"x-next": ""}):
            def answer(asked):
                page = {None: 0, "a+/=": 1, "2": 2}[asked.query.get("after")]
                return 200, things(1, page), {"X-Next": ("a+/=", "2")[page]} if page < 2 else last
            api = Api(self, answer)
            self.describe(api, entries="""  - name: things
    request: { path: /things, query: { size: "1" } }
    page: { token_header: X-Next, token_in: after }
    items: "[]"
    id: "forge://thing/{item.id}"
""")
            self.scan()
            self.assertEqual(len(self.ids()), 3)
            self.assertEqual(len(api.asked), 3)
        self.describe(Api(self, lambda asked: (200, things(1), {"X-Next": "again"})), entries="""  - name: things
    request: { path: /things }
    page: { token_header: X-Next, token_in: after }
    items: "[]"
    id: "forge://thing/{item.id}"
""")
        self.assertIn("repeats a page token", self.scan(code=3).err)

    def test_pages_that_begin_behind_an_item(self):
        """As Stripe and Discord have it: `more`, a short page or an empty one is the end."""
        def answer(asked):
            first = int(asked.query.get("after", "t-0001")[1:]) + 1
            page = things(5)[first:first + 2]
            return 200, {"data": page, "has_more": first + 2 < 5}, {}
        for more, calls in (", more: has_more", 3), (", size: 2", 3), ("", 4):
            api = Api(self, answer)
            self.describe(api, entries="""  - name: things
    request: { path: /things, query: { limit: "2" } }
    page: { token_item: id, token_in: after%s }
    items: data[]
    id: "forge://thing/{item.id}"
""" % more)
            self.scan()
            self.assertEqual(len(self.ids()), 5)
            self.assertEqual(len(api.asked), calls, more)
        for document, says in (({"data": [{"name": "x"}]}, "no name.id for the next page"), ({"data": [], "has_more": True}, "no name.id for"),
                               ({"data": [{"name": {"id": 7}}]}, "repeats a page token")):
            self.describe(Api(self, lambda asked: (200, document, {})), entries="""  - name: things
    request: { path: /things }
    page: { token_item: name.id, token_in: after, more: has_more }
    items: data[]
    id: "forge://thing/{item.id|x}"
""")
            result = self.wgo("scan", "-p", "forge", "--catalog", "forge.yaml", "-o", "out.json")
            self.assertIn(says, result.err)

    def short_pages(self, page, answer, *args, code=0):
        self.describe(Api(self, answer), entries="""  - name: things
    request: { path: /things, query: { size: "500" } }
    page: { %s, size: 500 }
    items: things[]
    id: "forge://thing/{item.id}"
""" % page)
        return self.scan(*args, code=code)

    def test_a_server_may_give_less_than_was_asked_for(self):
        """Its pages are all short ones then: the first is no end, and neither is one as long."""
        def from_(at, all_of, most):
            return 200, {"things": things(max(0, min(most, all_of - at)), at)}, {}
        for page, at in (("number_in: page", lambda asked: (int(asked.query["page"]) - 1) * 100),
                         ("offset_in: skip", lambda asked: int(asked.query.get("skip", 0))),
                         ("token_item: id, token_in: after", lambda asked: int(asked.query.get("after", "t-001")[1:]) + 1)):
            for count in (250, 200, 7, 3):
                with self.subTest(page=page, count=count):
                    self.short_pages(page, lambda asked, at=at, count=count: from_(at(asked), count, 100))
                    self.assertEqual(len(self.ids()), count)
                    self.assertTrue(self.load("out.json")["metadata"]["complete"])

    def test_a_page_behind_the_last_may_be_refused(self):
        for status in (400, 404, 416, 422):
            self.short_pages("number_in: page", lambda asked, status=status: (
                (200, {"things": things(30)}, {}) if asked.query["page"] == "1" else (status, {"detail": "Invalid page."}, {})))
            self.assertEqual(self.rows()[0]["count"], 30)
        self.short_pages("number_in: page", lambda asked: (
            (200, {"things": things(30)}, {}) if asked.query["page"] == "1" else (403, {}, {})), code=3)
        self.short_pages("number_in: page", lambda asked: (
            (200, {"things": things(30, int(asked.query["page"]) * 30)}, {}) if asked.query["page"] < "3" else (404, {}, {})), code=3)
        self.short_pages("number_in: page", lambda asked: (404, {}, {}), code=1)

    def test_a_server_that_knows_no_pages_gives_the_first_once_more(self):
        answers = []
        def answer(asked):  # in another order, and with figures that change
            answers.append(asked)
            return 200, {"things": [{**one, "load": len(answers)} for one in things(30)][::-1 if len(answers) % 2 else 1]}, {}
        for page in ("number_in: page", "offset_in: skip", "token_item: id, token_in: after"):
            del answers[:]
            result = self.short_pages(page, answer)
            self.assertEqual((len(answers), self.rows()[0]["count"], len(self.ids())), (2, 30, 30))
            self.assertEqual(len([line for line in result.err.splitlines() if line.startswith("warning: ") and
                                  "the second page of things (%s, line 6) is the first once more: its 30 items" % self.path("forge.yaml") in line]), 1,
                             result.err)

    def test_few_calls_tell_how_much_a_server_gives(self):
        """Lists that are shorter than one that was read are not asked on."""
        def answer(asked):
            if asked.path == "/things":
                return 200, {"things": things(60)}, {}
            owner = int(asked.path[-4:])
            return 200, {"parts": [{"id": "%d.%d" % (owner, i)} for i in range(60 - owner if asked.query["page"] == "1" else 0)]}, {}
        api = Api(self, answer)
        self.describe(api, entries="""  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    children: [{ entry: parts, vars: { thing: "{item.id}" } }]
  - name: parts
    request: { path: "/parts/{thing}" }
    page: { number_in: page, size: 100 }
    items: parts[]
    id: "forge://part/{item.id}"
""")
        self.scan("--max-workers", "1", "--calls-per-worker", "1")
        self.assertEqual(len(self.ids()), 60 + sum(range(1, 61)))
        self.assertLess(len(api.asked), 75)

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
                             ({"message": "part"}, "too: part"), (["one"], "too: one"), ([], None), (None, None), ({}, None)):
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

    def test_ids_do_not_change_the_path(self):
        """What an id holds is encoded; one that is dots is not asked for, and said to be missing."""
        ids = ["..", ".", "a/b", "../../admin", "%2e%2e", "?x=1", "a#b", "...", "a\\..\\b"]
        bad = {"{thing}": ids[:2], "x{thing}": [], "{+thing}": ids[:2] + ids[3:5]}
        def answer(asked):
            return 200, {"things": [{"id": one, "n": n} for n, one in enumerate(ids)]} if asked.path == "/things" else {"asked": asked.target}, {}
        for hole, refused in bad.items():
            api = Api(self, answer)
            self.describe(api, entries=THINGS_WITH_DETAILS.replace("{item.id}\"\n", "{item.n}\"\n").replace("/things/{thing}", "/x/%s/y" % hole))
            result = self.scan(code=3 if refused else 0)
            asked = [one.target for one in api.asked if one.path != "/things"]
            self.assertEqual(len(asked), len(ids) - len(refused), asked)
            for target in asked:
                self.assertNotRegex(target, r"(?i)/(\.|%2e){1,2}(/|$)")
            if hole == "{thing}":
                self.assertEqual(sorted(asked), sorted("/x/%s/y" % urllib.parse.quote(one, safe="") for one in ids[2:]))
            for one in refused:
                self.assertIn('would lead to another path: /x/%s/y' % one, result.err)
            found = {one["id"]: one["configuration"] for one in self.load("out.json")["resources"]}
            self.assertEqual(len(found), len(ids))
            self.assertEqual(sum("detail" in one for one in found.values()), len(asked))

    def test_a_second_key_in_a_header(self):
        def answer(asked):
            keys = asked.headers.get("x-api-key"), asked.headers.get("x-application-key")
            if keys != (SECRET, SECRET[::-1]):
                return 403, {"message": "no: %s %s" % keys}, {}
            return (200, {"things": things(1)}, {}) if asked.path == "/things" else (500, {"message": "sorry, " + keys[1]}, {})
        api = Api(self, answer)
        self.describe(api, auth="{ kind: header, header: X-Api-Key, value: env:ONE }", more="  headers: { X-Application-Key: env:TWO }\n",
                      entries=THINGS_WITH_DETAILS, extra="retry: { max: 1, base: 1ms }\n")
        result = self.scan(env={"ONE": SECRET, "TWO": SECRET[::-1]}, code=3)
        self.assertIn("sorry, ***", result.err)
        self.assertEqual(self.ids(), ["forge://thing/t0000"])
        self.assert_no_secret(result, SECRET, SECRET[::-1])
        self.assertIn("the variable TWO is not set", self.scan(env={"ONE": SECRET}, code=2).err)
        listed = self.wgo("providers", "--catalog", self.path("forge.yaml"), "--format", "json", env={"ONE": SECRET})
        self.assertFalse([one for one in json.loads(listed.out) if one["name"] == "forge"][0]["configured"])
        self.write("secret-two", SECRET[::-1] + "\n")
        self.describe(api, auth="{ kind: header, header: X-Api-Key, value: env:ONE }", more="  headers: { X-Application-Key: file:%s }\n" %
                      self.path("secret-two"))
        self.scan(env={"ONE": SECRET})
        self.assertEqual(len(self.ids()), 1)

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

    def test_a_200_that_says_no_is_no_empty_list(self):
        for document, says in (({"success": False, "message": "Token expired"}, "Token expired"), ({"ok": False, "reason": "x"}, "x"),
                               ({"code": 401, "msg": "bad", "things": None}, "bad"), ({"status": 503}, "an error instead of a list"),
                               ({"code": 0, "success": True, "status": "ok"}, None), ({"things": things(1), "success": False, "code": 404}, None)):
            with self.subTest(document=document):
                self.describe(Api(self, lambda asked: (200, document, {})))
                result = self.scan(code=1 if says else 0)
                if says:
                    self.assertIn("HTTP 200", result.err)
                    self.assertIn(says, result.err)

    def test_what_is_no_json_is_told_by_its_name(self):
        for body, headers, says in (
                (b"<!DOCTYPE html><p>Log in</p>", {"Content-Type": "text/html; charset=utf-8"}, "no JSON, but text/html"),
                (b"<?xml version='1.0'?><a/>", {"Content-Type": "application/xml"}, "no JSON, but application/xml"),
                (b'{"things":[{"id":"caf\xe9"}]}', {}, "only text in UTF-8")):
            self.describe(Api(self, lambda asked: (200, body, headers)), extra="retry: { max: 1, base: 1ms }\n")
            self.assertIn(says, self.scan(code=1).err)

    def test_what_does_not_fit_the_description_names_its_line(self):
        for document, says in (({"things": [{"name": "no id"}]}, "look at `id` of things (%s, line 6)"),
                               ({"things": {"id": 1}}, "look at `items` of things (%s, line 6)")):
            path = self.describe(Api(self, lambda asked: (200, document, {})))
            self.assert_hint(self.scan(code=1), says % path)

    def test_items_that_name_nothing_are_told_of(self):
        for document, items, says in (
                ({"thing": things(2)}, "things[]", 'the answer has a list at "thing"'),
                ({"data": {"count": 2, "list": things(2)}}, "data.things[]", 'the answer has a list at "data.list"'),
                ({"data": things(2)}, "data.things[]", None),
                ({"things": []}, "things[]", None),
                ({"things": None, "others": things(1)}, "things[]", None),
                ({"count": 0, "labels": ["a"]}, "things[]", None),
                ({"thing": []}, "things[]", None)):
            with self.subTest(document=document):
                self.describe(Api(self, lambda asked: (200, document, {})), entries="""  - name: things
    request: { path: /things }
    items: %s
    id: "forge://thing/{item.id}"
""" % items)
                result = self.wgo("scan", "-p", "forge", "--catalog", "forge.yaml", "-o", "out.json", "--no-cache")
                told = [line for line in result.err.splitlines() if "finds nothing" in line and line.startswith("warning: ")]
                self.assertEqual(len(told), 1 if says else 0, result.err)
                if says:
                    self.assertIn("`items: %s` of things finds nothing: %s" % (items, says), told[0])

    def test_permissions_are_what_the_description_says(self):
        path = self.describe(None, base="https://a.example.com", entries=THINGS_WITH_DETAILS.replace(
            "    part: detail", "    part: detail\n    permission: things.get").replace(
            "    items: things[]", "    permission: things.tags  things.list\n    items: things[]") + """  - name: sites
    request: { path: /sites }
    items: sites[]
    id: "forge://site/{item.id}"
""")
        result = self.wgo("permissions", "forge", "--catalog", path)
        self.assert_code(result, 0)
        self.assertEqual(result.out, "things.get\nthings.list\nthings.tags\n")
        self.assertEqual(result.err, "wgo: permissions: forge: what 1 of 3 calls need is not said: sites\n")
        result = self.wgo("permissions", "forge", "--catalog", path, "--resource-type", "forge_things")
        self.assertEqual((result.code, result.err), (0, ""))
        self.assert_error(self.wgo("permissions", "forge", "--catalog", path, "--resource-type", "forge_sites"), 2,
                          "does not say what any of its calls needs", "`permission: machines.list` of an entry says it")
        self.write("config.yaml", "collectors: [forge.yaml]\n")
        self.assert_code(self.wgo("permissions", "forge", "--config", self.path("config.yaml")), 0)

    def test_validate_asks_as_the_list_does(self):
        def answer(asked):
            good = asked.query == {"version": "2", "q": "a b&c", "key": "k"} and asked.headers["accept"] == "application/vnd.forge"
            return (200, {"things": []}, {}) if good else (400, {"message": "version and q, please"}, {})
        api = Api(self, answer)
        description = self.describe(api, "{ kind: query, parameter: key, value: k }", extra="""defaults:
  request: { query: { version: "1", q: "a%20b&c" } }""", entries="""  - name: things
    request: { path: /my things, query: { version: "2", page: "{token|}" }, headers: { Accept: application/vnd.forge } }
    items: things[]
    id: "forge://thing/{item.id}"
""")
        result = self.wgo("validate", "-p", "forge", "--catalog", description)
        self.assert_code(result, 0)
        self.assertIn("/my%20things: answers", result.out)

    def test_what_would_be_missing_without_a_word_is_refused(self):
        good = """provider: forge
api: { base: https://a.example.com }
%s
entries:
  - name: things
    request: { path: %s }
    items: things[]
    id: %s
%s"""
        item, part = '"forge://{item.id}"', "  - name: part\n    part: x\n    request: { path: /x }\n    items: .\n    id: '{parent}'\n"
        for scopes, path, id_, more, line, says in (
                ("", "/t", item, "    scope: nowhere\n", 5, 'its scope is "nowhere", and there is none of that kind: `scope: all`?'),
                ("scopes: [{ kind: organization }]", "/t", item, "", 5, "`scope: organization`?"),
                ("", "/t", item, "    children: [{ entry: things }]\n", 5, "name it among the `children` of an entry that is"),
                ("", "/t", item, part, 9, "name it among the `children`"),
                ("", "t", item, "", 6, "a path begins with /"),
                ("", "https://b.example.com/t", item, "", 6, "a path begins with /"),
                ("", "/t", '"forge://thing"', "", 8, "the same for every item"),
                ("", "/t", '"{item:member}"', "", 8, "members: PATH.*"),
                ("", "/t", '"{item.a:member}"', "", 8, "{item:member}"),
                ("", "/t", item, "    page: { link_out: \"@odata.nextLink\" }\n", 9, "written in quotes: '\"@odata.nextLink\"'"),
                ("", "/t", item, "    decode: page\n", 9, "no functions to name"),
                ("", "/t", '"forge://{item.id:lowr}"', "", 8, "did you mean :lower?"),
                ("", "/t", item, "    created: '{item.at:tiem|}'\n", 9, "did you mean :time?"),
                ("", "/t", item, "    tags: { list: tags }\n    region: '{tag.at:lasst|x}'\n", 10, "did you mean :last?"),
                ("", "/t", item, "    created: '{item.dc:created|}'\n", 9, "written in quotes")):
            with self.subTest(says=says, path=path, more=more):
                path_of = self.write("bad.yaml", good % (scopes, path, id_, more))
                lint = self.wgo("catalog", "lint", path_of)
                self.assert_code(lint, 2)
                self.assertIn("line %d: " % line, lint.out)
                self.assertIn(says, lint.out)
                for command in "scan", "validate":
                    self.assert_error(self.wgo(command, "-p", "forge", "--catalog", path_of), 2, "bad.yaml", "line %d" % line, says)
        for scopes, more in (("scopes: [{ kind: organization }]", "    scope: organization\n"),
                             ("scopes: [{ account: acme }]", ""),
                             ("", "    scope: nowhere\n  - { name: others, extends: things, scope: all }\n"),
                             ("", "    children: [{ entry: below }]\n  - name: below\n    extends: things\n"
                                  "    children: [{ entry: below }]\n")):
            lint = self.wgo("catalog", "lint", self.write("good.yaml", good % (scopes, "/t", item, more)))
            self.assert_code(lint, 0)


if __name__ == "__main__":
    main()
