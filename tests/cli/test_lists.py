"""wgo providers, wgo resources, wgo validate."""
import os

from cli_support import SHOP, CliTest, main


class Providers(CliTest):
    def test_nothing_configured(self):
        result = self.wgo("providers")
        self.assert_code(result, 0)
        self.assertIn("kubernetes (k8s)", result.out)
        self.assertEqual(result.out.count("not configured"), 6)
        self.assertIn("takes --resource-limit, --context, --namespace, --resource-type", result.out)

    def test_json(self):
        cloud = self.fakecloud("--pods", "5")
        result = self.wgo("providers", "--format", "json", env={"KUBECONFIG": cloud.kubeconfig})
        self.assert_code(result, 0)
        listed = {p["name"]: p for p in result.json()}
        self.assertTrue(listed["kubernetes"]["configured"])
        self.assertIn(cloud.kubeconfig, listed["kubernetes"]["reason"])
        self.assertFalse(listed["terraform"]["configured"])
        self.assertIn("state-file", listed["terraform"]["options"])
        self.assertEqual(cloud.requests(), [], "listing providers must not touch the network")


class Resources(CliTest):
    def test_all_and_some(self):
        everything = self.wgo("resources")
        self.assert_code(everything, 0)
        some = self.wgo("resources", "*role*", "--format", "json")
        self.assert_code(some, 0)
        types = [entry["type"] for entry in some.json()]
        self.assertIn("kubernetes_role_binding", types)
        self.assertEqual(types, sorted(types))
        for entry in some.json():
            self.assertIn("role", entry["type"])
            begins = {"aws": ("aws_", "AWS::"), "azure": ("azurerm_", "Microsoft."),
                      "gcp": ("google_",), "kubernetes": ("kubernetes_", "rbac.")}
            self.assertTrue(entry["type"].startswith(begins[entry["provider"]])
                            or ".googleapis.com/" in entry["type"], entry)
            self.assertIn(entry["type"], everything.out)

    def test_no_match(self):
        result = self.wgo("resources", "role")
        self.assert_error(result, 2, 'no type matches "role"', 'patterns match the whole name: "*role*"')
        self.assert_error(self.wgo("resources", "aws_s3_buckt"), 2, "did you mean aws_s3_bucket?")
        result = self.wgo("resources", "*buckt*")
        self.assert_error(result, 2, 'no type matches "*buckt*"', "`wgo resources` lists them all")
        self.assertNotIn("**", result.err)

    def test_types_that_depend_on_the_item(self):
        self.write("more/a.yaml", "provider: azure\nservice: shop\nentries:\n"
                   "  - { name: sites, summary: Sites, request: { path: / }, items: 'i[]', id: '{item.id}', type: shop_site,\n"
                   "      types: { by: '{item.kind}', are: { 'fun*': shop_fun, flow: shop_flow, 'fungus': shop_fun } } }\n")
        listed = self.wgo("resources", "shop_*", "--catalog-dir", "more", "--format", "json").json()
        self.assertEqual([(one["type"], one["summary"]) for one in listed],
                         [("shop_flow", "Sites"), ("shop_fun", "Sites"), ("shop_site", "Sites")])

    def test_catalog_folder(self):
        self.assert_error(self.wgo("resources", "--catalog-dir", "nowhere"), 2, "nowhere")
        os.mkdir(self.path("empty"))
        self.assert_error(self.wgo("resources", "--catalog-dir", "empty"), 2, "no catalog there")
        self.write("bad/a.yaml", "entries:\n  - nome: x\n")
        self.assert_error(self.wgo("resources", "--catalog-dir", "bad"), 2, "bad/a.yaml", "line")
        self.assert_error(self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "-q",
                                   "--catalog-dir", "bad"), 2, "bad/a.yaml", "line")

    def test_a_catalog_that_cannot_be_read_is_configuration(self):
        """Said before anything is asked or written."""
        env = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}
        catalogs = {"twice": "provider: aws\nentries:\n  - { name: a, name: b }\n",
                    "cut": "provider: aws\nentries: [", "no text": "provider: \x00\n"}
        for name, text in catalogs.items():
            self.write("bad/a.yaml", text)
            for args in (("resources",), ("permissions", "aws"), ("validate", "-p", "aws"), ("health", "-p", "aws"),
                         ("scan", "-p", "aws", "-q"), ("scan", "-p", "aws", "--stream", "-o", "out.ndjson"),
                         ("scan", "-p", "terraform", "--path", ".", "-p", "aws"), ("scan", "-p", "aws", "--resource-type", "aws_vpc")):
                with self.subTest(catalog=name, args=args):
                    self.assert_error(self.wgo(*args, "--catalog-dir", "bad", env=env), 2, "bad/a.yaml")
                    self.assert_clean("bad")
        os.remove(self.path("bad/a.yaml"))
        os.mkdir(self.path("bad/a.yaml"))
        self.assert_error(self.wgo("scan", "-p", "aws", "--catalog-dir", "bad", env=env), 2, "bad/a.yaml")


class Validate(CliTest):
    def kubeconfig(self, port, token):
        return self.write("../kubeconfig", f"""apiVersion: v1
kind: Config
current-context: c
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{port}/clusters/default"}}}}]
users: [{{name: u, user: {{token: {token}}}}}]
""")

    def test_good(self):
        cloud = self.fakecloud("--token", "root=sesame")
        env = {"KUBECONFIG": self.kubeconfig(cloud.port, "sesame")}
        result = self.wgo("validate", "-p", "k8s", "-p", "terraform", "--state-file", SHOP, env=env)
        self.assert_code(result, 0)
        for line in result.out.splitlines():
            self.assertTrue(line.startswith("ok "), str(result))
        self.assertIn("root", result.out)
        self.assertIn("shop.tfstate", result.out)
        lists = [r for r in cloud.requests() if "limit=" in r["path"]]
        self.assertEqual(lists, [], "validate must not collect")

    def test_refused_credentials(self):
        cloud = self.fakecloud("--token", "root=sesame")
        env = {"KUBECONFIG": self.kubeconfig(cloud.port, "wrong")}
        result = self.wgo("validate", "--provider", "kubernetes", env=env)
        self.assert_code(result, 4)
        self.assertIn("failed", result.out)
        both = self.wgo("validate", "-p", "k8s", "-p", "terraform", "--state-file", SHOP,
                        "--format", "json", env=env)
        self.assert_code(both, 3)
        found = {f["provider"]: f for f in both.json()}
        self.assertFalse(found["kubernetes"]["ok"])
        self.assertTrue(found["terraform"]["ok"])

    def test_wrong_configuration(self):
        result = self.wgo("validate", "-p", "terraform", "--state-file", "nowhere.tfstate")
        self.assert_code(result, 2)
        self.assertIn("nowhere.tfstate", result.out)
        result = self.wgo("validate", "-p", "k8s", env={"KUBECONFIG": self.write("k", "a: [")})
        self.assert_code(result, 2)

    def test_unreachable(self):
        result = self.wgo("validate", "-p", "k8s", "--config",
                          self.write("c.yaml", "retry: {max: 0}\n"),
                          env={"KUBECONFIG": self.kubeconfig(1, "x")})
        self.assert_code(result, 3)
        self.assertIn("failed", result.out)


if __name__ == "__main__":
    main()
