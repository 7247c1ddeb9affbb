"""The shapes that well-known APIs have, and what is said when a description does not fit them."""
import base64
import json
import urllib.parse

from cli_support import main
from rest_support import SECRET, THINGS_WITH_DETAILS, Api, RestTest, things


class Shapes(RestTest):
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

    def test_a_parameter_that_comes_several_times_stands_in_the_path(self):
        """As PagerDuty's."""
        def answer(asked):
            self.assertEqual(urllib.parse.parse_qsl(urllib.parse.urlsplit(asked.target).query)[:2], [("of[]", "a b"), ("of[]", "c")])
            page = int(asked.query["page"])
            return 200, {"things": things(1, page), "more": page < 2}, {}
        self.describe(Api(self, answer), entries="""  - name: things
    request: { path: "/things?of[]=a b&of[]=c", query: { limit: "1" } }
    page: { number_in: page, more: more }
    items: things[]
    id: "forge://thing/{item.id}"
""")
        self.scan()
        self.assertEqual(len(self.ids()), 2)

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

    def test_tags_of_another_form_are_told_of(self):
        for tags, form, told in (({"a": "b"}, "list: tags", "`map` is for an object"), ([{"name": "a", "value": "b"}], "list: tags", "`key` and `value` name"),
                                 ([{"Key": "a"}], "map: tags", "`list` for a list"), ("a,b", "list: tags", "`key` and `value`"),
                                 ([], "map: tags", None), ({}, "list: tags", None), (None, "list: tags", None), ([{"Key": "a"}], "list: tags", None)):
            self.describe(Api(self, lambda asked: (200, {"things": [{"id": i, "tags": tags} for i in "xy"]}, {})), entries="""  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    tags: { %s }
""" % form)
            result = self.scan()
            said = [line for line in result.err.splitlines() if line.startswith("warning: ")]
            self.assertEqual(len(said), 1 if told else 0, result.err)
            if told:
                self.assertIn("`tags` of things (%s, line 6) find none in what is there: " % self.path("forge.yaml"), said[0])
                self.assertIn(told, said[0])

    def test_an_item_that_lacks_what_a_child_is_asked_with(self):
        self.describe(Api(self, lambda asked: (200, {"things": [{"id": "a", "of": "x"}, {"id": "b"}]} if asked.path == "/things" else {"n": 1}, {})),
                      entries=THINGS_WITH_DETAILS.replace('"{item.id}" } }', '"{item.of}" } }'))
        result = self.scan(code=3)
        self.assertIn("nothing to put into {thing}", result.err)
        self.assert_hint(result, "`needs` of `children` leaves such items out")

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

    def test_what_does_not_fit_the_description_names_its_line(self):
        for document, says in (({"things": [{"name": "no id"}]}, "look at `id` of things (%s, line 6)"),
                               ({"things": {"id": 1}}, "look at `items` of things (%s, line 6)")):
            path = self.describe(Api(self, lambda asked: (200, document, {})))
            self.assert_hint(self.scan(code=1), says % path)

    def test_items_that_name_nothing_are_told_of(self):
        for document, items, says in (
                ({"thing": things(2)}, "things[]", 'the answer has a list at "thing"'),
                ({"data": {"count": 2, "list": things(2)}}, "data.things[]", 'the answer has a list at "data.list"'),
                ({"data": {"things": things(2)}}, "things[]", 'the answer has a list at "data.things"'),
                ({"a": {"b": {"list": things(2)}}}, "things[]", 'the answer has a list at "a.b.list"'),
                ({"a": {"b": {"c": {"list": things(2)}}}}, "things[]", None),
                ({"links": [{"rel": "self"}], "page": {"_links": [{"rel": "next"}]}}, "things[]", None),
                ({"groups": [{"list": things(1)}]}, "groups[].things[]", 'the answer has a list at "groups[].list"'),
                ({"groups": []}, "groups[].things[]", None),
                ({"mapping": {"a": {"id": "x"}}}, "things.*", 'the answer has an object at "mapping"'),
                ({"things": {}}, "things.*", None),
                ({"mapping": {"a": 1}}, "thing", 'the answer has an object at "mapping"'),
                ({"data": {"a": 1}}, "data.thing", None),
                ({"mapping": {}, "meta": {"a": 1}}, "thing", None),
                ({"thing": None, "mapping": {"a": 1}}, "thing", None),
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
                ("", "/t", item, "    page: { link_out: next, pages: pages }\n", 9, "pages needs number_in or offset_in"),
                ("", "/t", item, "    page: { link_header: next, more: more }\n", 9, "link_header goes without more"),
                ("", "/t", item, "    partial: shards[].failed\n", 9, "partial needs a path without [] and *"),
                ("", "/t", item, "    partial: [a, b, c, d, e]\n", 9, "partial has more than 4 paths"),
                ("", "/t", item, "    page: { token_out: next }\n", 9, "token_out needs token_in, or {token} where the request takes it"),
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
