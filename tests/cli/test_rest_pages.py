"""APIs that users describe: how pages follow each other and end, and what is kept of them."""
import json

from cli_support import main
from rest_support import SECRET, Api, RestTest, things


class Pages(RestTest):
    # ---- how the next one is found ----

    def paged(self, page, answer, delay=""):
        api = Api(self, answer)
        self.describe(api, "", """  - name: things
    request: { path: /things }
    page: %s
    items: things[]
    id: "forge://thing/{item.id}"
""" % page, more=delay)
        self.scan()
        self.assertEqual(self.ids(), ["forge://thing/t%04d" % i for i in range(25)])
        self.assertEqual(len(api.asked), 3)
        return api

    def test_token_pages(self):
        def answer(asked):
            at = int(asked.query.get("cursor", 0))
            return 200, {"things": things(min(10, 25 - at), at), "next": str(at + 10) if at < 20 else None}, {}
        self.paged("{ token_out: next, token_in: cursor }", answer)

    def test_numbered_pages(self):
        def answer(asked):
            at = (int(asked.query.get("page", 1)) - 1) * 10
            return 200, {"things": things(min(10, 25 - at), at)}, {}
        self.paged("{ number_in: page, size: 10 }", answer)

    def test_offset_pages(self):
        def answer(asked):
            at = int(asked.query.get("offset", 0))
            return 200, {"things": things(min(10, 25 - at), at), "total": 25}, {}
        self.paged("{ offset_in: offset, total: total }", answer)

    def test_links_in_header_and_document(self):
        for form in ("http://HOST/things?at=%d", "/things?at=%d", "things?at=%d", "?at=%d", "./x/../things?at=%d",
                     "//HOST/things?at=%d"):
            def answer(asked, form=form):
                at = int(asked.query.get("at", 0))
                link = (form % (at + 10)).replace("HOST", asked.headers["host"])
                more = {"next": link} if at < 20 else {}
                headers = {"Link": '<%s>; rel="next"' % link} if at < 20 else {}
                return 200, {"things": things(min(10, 25 - at), at), **more}, headers
            with self.subTest(form=form):
                self.paged("{ link_header: next }", answer)
                self.paged("{ link_out: next }", answer)

    def test_credentials_follow_no_link_elsewhere(self):
        other = Api(self, lambda asked: (200, {"things": things(1, 50)}, {}))
        for link in (other.url + "/things", "//127.0.0.1:1/things", other.url[5:] + "/things", "//user@127.0.0.1/things",
                     "http://user@127.0.0.1/things", "ftp:things?at=1",
                     "OURS\\@" + other.url.replace("http://127.0.0.1", "localhost") + "/things"):
            def answer(asked, link=link):
                return 200, {"things": things(2), "next": link.replace("OURS", "http://" + asked.headers["host"])}, {}
            api = Api(self, answer)
            self.describe(api, "{ kind: bearer, token: env:FORGE_KEY }", """  - name: things
    request: { path: /things }
    page: { link_out: next }
    items: things[]
    id: "forge://thing/{item.id}"
""")
            with self.subTest(link=link):
                result = self.scan(env={"FORGE_KEY": SECRET}, code=3)
                self.assertIn("the next page is on", result.err)
                if link == "//127.0.0.1:1/things":  # as behind a proxy
                    self.assertIn("another server, http://127.0.0.1:1, which", result.err)
                    self.assertIn("hint: the server does not know its own address", result.err)
                if link.startswith("ftp:"):
                    self.assertIn("is on no server", result.err)
                    self.assertIn("hint: if it may have the credentials", result.err)
                self.assertEqual(len(self.ids()), 2)
                self.assertEqual(len(api.asked), 1)
        self.assertEqual(other.asked, [])

    def test_no_page_is_asked_too_soon(self):
        def answer(asked):
            at = (int(asked.query.get("page", 1)) - 1) * 10
            return 200, {"things": things(min(10, 25 - at), at)}, {}
        api = self.paged("{ number_in: page, size: 10 }", answer, "  page_delay: 300ms\n")
        gaps = [later.at - sooner.at for sooner, later in zip(api.asked, api.asked[1:])]
        self.assertGreaterEqual(min(gaps), 0.3)

    def test_parameters_of_the_first_page_alone(self):
        def answer(asked):
            first = "token" not in asked.query
            return 200, {"things": things(1, 0 if first else 1), "next": "t1" if first else ""}, {}
        api = Api(self, answer)
        self.describe(api, entries="""  - name: things
    request: { path: /things, query: { size: "1" }, first_query: { since: "2024", none: "{none|}" } }
    page: { token_out: next, token_in: token }
    items: things[]
    id: "forge://thing/{item.id}"
""")
        self.scan()
        self.assertEqual(len(self.ids()), 2)
        self.assertEqual([asked.query for asked in api.asked], [{"size": "1", "since": "2024"}, {"size": "1", "token": "t1"}])

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

    def test_where_a_json_body_takes_the_next_page(self):
        """Within its objects, and as what it is: Datadog's cursor, Jira's number, Elasticsearch's list."""
        def at(body, *path):
            for name in path:
                body = body.get(name, {})
            return body or None
        for page, path, first, follows in (
                ("{ token_out: next, token_in: page.cursor }", ("page", "cursor"), None, ["c2", "c4"]),
                ("{ token_out: next, token_in: '\"page.cursor\"' }", ("page.cursor",), None, [2, 4]),
                ("{ token_item: sort, token_in: search_after, size: 2 }", ("search_after",), None, [[1, "t0001"], [3, "t0003"]]),
                ("{ offset_in: page.from, total: total }", ("page", "from"), None, [2, 4]),
                ("{ number_in: page.number, pages: pages }", ("page", "number"), 1, [2, 3])):
            asked = []
            def answer(call, path=path, follows=follows, asked=asked):
                body = json.loads(call.body)
                self.assertEqual(body["page"]["size"], 2)
                asked.append(at(body, *path))
                n = len(asked) - 1
                hits = [{**one, "sort": [2 * n + i, one["id"]]} for i, one in enumerate(things(5)[2 * n:2 * n + 2])]
                return 200, {"hits": hits, "next": follows[n] if n < 2 else None, "total": 5, "pages": 3}, {}
            self.describe(Api(self, answer), entries="""  - name: things
    effect: none
    request: { method: POST, path: /search, json: { page: { size: 2 } } }
    page: %s
    items: hits[]
    id: "forge://thing/{item.id}"
""" % page)
            with self.subTest(page=page):
                self.scan()
                self.assertEqual(asked, [first] + follows)
                self.assertEqual(len(self.ids()), 5)

    def test_a_header_that_takes_the_next_page(self):
        """As Heroku has it."""
        api = Api(self, lambda asked: ((206, things(2), {"Next-Range": "id ]t0001..; max=2"}) if "range" not in asked.headers else
                                       (200, things(1, 2), {})))
        self.describe(api, entries="""  - name: things
    request: { path: /things, headers: { Range: "{token|}" } }
    page: { token_header: Next-Range }
    items: "[]"
    id: "forge://thing/{item.id}"
""")
        self.scan()
        self.assertEqual(len(self.ids()), 3)
        self.assertEqual([asked.headers.get("range") for asked in api.asked], [None, "id ]t0001..; max=2"])

    # ---- where they end ----

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

    def test_a_total_is_checked_however_pages_follow(self):
        """GitHub's search ends after a thousand, and counts more."""
        def answer(asked):
            at = int(asked.query.get("at", asked.query.get("after", "t-001")[1:] if "after" in asked.query else 0))
            at += "after" in asked.query
            more = at + 2 < 6
            return (200, {"things": things(2, at), "total": 9, "next": "/things?at=%d" % (at + 2) if more else None,
                          "token": str(at + 2) if more else None, "more": more},
                    {"Link": '</things?at=%d>; rel="next"' % (at + 2), "X-Next": str(at + 2)} if more else {})
        for page in ("link_header: next", "link_out: next", "token_out: token, token_in: at", "token_header: X-Next, token_in: at",
                     "token_item: id, token_in: after, more: more"):
            for total in (9, 6):
                with self.subTest(page=page, total=total):
                    api = Api(self, lambda asked: (lambda s, d, h: (s, {**d, "total": total}, h))(*answer(asked)))
                    self.describe(api, entries="""  - name: things
    request: { path: /things }
    page: { %s, total: total }
    items: things[]
    id: "forge://thing/{item.id}"
""" % page)
                    result = self.scan(code=3 if total > 6 else 0)
                    self.assertEqual(len(self.ids()), 6)
                    if total > 6:
                        self.assertIn("the pages end after 6 items, and the server counts 9", result.err)

    def test_a_server_that_does_not_listen_is_not_asked_for_ever(self):
        """Neither tokens nor bytes repeat, and the items do."""
        for page in ("number_in: page", "offset_in: skip", "token_out: next, token_in: curser", "link_out: link", "link_header: next"):
            calls = []
            def answer(asked, calls=calls):
                calls.append(asked)
                at = len(calls)
                return (200, {"things": [{**one, "load": at} for one in things(3)][::1 if at % 2 else -1], "next": "n%d" % at, "link": "?n=%d" % at},
                        {"Link": "<?n=%d>; rel=next" % at})
            self.describe(Api(self, answer), entries="""  - name: things
    request: { path: /things }
    page: { %s }
    items: things[]
    id: "forge://thing/{item.id}"
""" % page)
            with self.subTest(page=page):
                result = self.scan(code=3)
                self.assertIn("4 pages in a row hold the same items", result.err)
                self.assert_hint(result, "look at `page` of things (%s, line 6)" % self.path("forge.yaml"))
                self.assertEqual((len(calls), len(self.ids())), (4, 3))

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

    # ---- what is kept of an answer ----

    def kept(self, headers):
        """An API with an answer for each of two keys, which may be kept."""
        def answer(asked):
            who = asked.headers.get("authorization", "")[7:]
            if who not in ("alice", "bob"):
                return 401, {}, {}
            if asked.headers.get("if-none-match"):
                return 304, b"", headers
            return 200, {"things": [{"id": "t1", "of": who, "pin": "1234"}], "others": [{"id": "o1"}]}, headers
        return Api(self, answer)

    def what_is_kept(self, api, who, code=0, items="things[]", more=""):
        self.describe(api, auth="{ kind: bearer, token: env:FORGE_KEY }", entries="""  - name: things
    request: { path: /things }
    items: %s
    id: "forge://thing/{item.id}"
%s""" % (items, more))
        before = len(api.asked)
        self.scan(env={"FORGE_KEY": who}, code=code)
        return len(api.asked) - before

    def configuration(self):
        return self.load("out.json")["resources"][0]["configuration"]

    def test_an_answer_is_kept_for_who_asked_and_what_was_asked(self):
        for headers in ({"Cache-Control": "max-age=600"}, {"ETag": '"same"'}):
            with self.subTest(headers=headers):
                self.doCleanups()
                self.setUp()
                api = self.kept(headers)
                self.what_is_kept(api, "alice")
                again = self.what_is_kept(api, "alice")
                self.assertEqual(again, 0 if "Cache-Control" in headers else 1)
                self.assertEqual(self.configuration()["of"], "alice")
                self.assertEqual("age" in self.rows()[0], "Cache-Control" in headers, "who has not asked says so")
                self.what_is_kept(api, "bob")
                self.assertEqual(self.configuration()["of"], "bob")
                self.what_is_kept(api, "nobody", code=4)
                self.what_is_kept(api, "alice", more="    sensitive: [pin]\n")
                self.assertTrue(self.configuration()["pin"].startswith("hmac:"))
                self.what_is_kept(api, "alice", items="others[]")
                self.assertEqual(self.ids(), ["forge://thing/o1"])

    def test_an_object_is_kept_for_who_asked_and_by_the_same_rules(self):
        def answer(asked):
            who = asked.headers["authorization"][7:]
            if asked.path == "/things":
                return 200, {"things": [{"id": "t1", "etag": "v1"}]}, {}
            return (403, {}, {}) if who == "bob" else (200, {"pin": "1234", "of": who}, {})
        api = Api(self, answer)
        def look(who, code=0, more=""):
            self.describe(api, auth="{ kind: bearer, token: env:FORGE_KEY }", entries="""  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    children: [{ entry: detail, vars: { t: "{item.id}", changed: "{item.etag}" } }]
  - name: detail
    part: detail
    request: { path: "/things/{t}" }
    items: .
    id: "{parent}"
    keep: { as: "{parent}", while: "{changed}" }
%s""" % more)
            before = len(api.asked)
            self.scan(env={"FORGE_KEY": who}, code=code)
            return len(api.asked) - before
        self.assertEqual((look("alice"), look("alice")), (2, 1))
        self.assertEqual(look("bob", code=3), 2)
        self.assertNotIn("detail", self.configuration())
        self.assertEqual(look("alice", more="    sensitive: [pin]\n"), 2)
        self.assertTrue(self.configuration()["detail"]["pin"].startswith("hmac:"))

    def test_what_children_are_asked_with_is_not_written_down(self):
        def answer(asked):
            if asked.path == "/things":
                return 200, {"things": [{"id": "t1", "key": SECRET}]}, {"ETag": '"1"'}
            self.assertEqual(asked.query["key"], SECRET)
            return 500, {}, {}
        api = Api(self, answer)
        self.describe(api, more="retry: { max: 0 }\n", entries="""  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    sensitive: [key]
    children: [{ entry: detail, vars: { t: "{item.id}", k: "{item.key}" } }]
  - name: detail
    part: detail
    request: { path: "/things/{t}", query: { key: "{k}" } }
    items: .
    id: "{parent}"
""")
        result = self.wgo("scan", "-p", "forge", "--catalog", self.path("forge.yaml"), "-o", "out.json")
        self.assert_code(result, 3)
        self.assert_no_secret(result, SECRET)

    def test_pages_of_two_moments_are_not_put_together(self):
        present = ["a", "b", "c", "d"]
        def answer(asked):
            first = int(asked.query["page"]) * 2 - 2
            page = [{"id": name} for name in present[first:first + 2]]
            return 200, {"things": page}, {"Cache-Control": "max-age=600"} if first == 0 else {}
        api = Api(self, answer)
        self.describe(api, entries="""  - name: things
    request: { path: /things }
    page: { number_in: page, size: 2 }
    items: things[]
    id: "forge://thing/{item.id}"
""")
        self.scan()
        present.remove("a")
        self.scan()
        self.assertEqual(self.ids(), ["forge://thing/%s" % name for name in present])


if __name__ == "__main__":
    main()
