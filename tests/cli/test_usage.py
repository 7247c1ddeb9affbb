"""Wrong flags, values and commands: one line, a hint, exit code 2."""
import json
import re

from cli_support import SHOP, CliTest, main


READ = ("scan", "-p", "terraform", "--state-file", SHOP)


class Usage(CliTest):
    def refused(self, *args, says=(), **kwargs):
        result = self.wgo(*args, **kwargs)
        self.assert_error(result, 2, *says)
        self.assertEqual(result.out, "", str(result))
        self.assert_clean()
        return result

    def test_nothing_at_all_explains_itself(self):
        result = self.wgo()
        self.assert_code(result, 2)
        self.assertIn("usage: wgo COMMAND", result.err)

    def test_unknown_command(self):
        self.refused("sacn", says=['no command "sacn"', "did you mean wgo scan?"])
        self.refused("xyzzy", says=['no command "xyzzy"', "wgo help"])
        self.refused("--quiet", says=["a command comes first"])

    def test_unknown_flag(self):
        self.refused("scan", "--max-wokers", "3", says=["--max-wokers", "did you mean --max-workers?"])
        self.refused("scan", "--workers", "3", says=["--workers", "did you mean --max-workers?"])
        self.refused("scan", "--no-dashbord", says=["did you mean --no-dashboard?"])
        self.refused("scan", "--zzzz", says=["wgo help scan"])
        for command in (["providers"], ["resources"], ["validate"], ["health"], ["quota"]):
            for flag in ("-o", "--output"):
                self.refused(*command, flag, "json", says=[flag, "did you mean --format?"])
        self.refused("permissions", "aws", "-o", "json", says=["it belongs to wgo scan"])
        self.refused("scan", "-x", says=["-x"])
        self.refused("scan", "-qx", says=["-qx"])
        self.refused("providers", "--concurrent", says=["--concurrent", "it belongs to wgo scan"])

    def test_unknown_provider(self):
        self.refused("scan", "--provider", "kubernets", says=["kubernets", "did you mean kubernetes?"])
        self.refused("scan", "--provider", "oracle", says=["oracle", "wgo providers"])
        self.refused("scan", "--all", "--preferred-order", "terraform,kubernets",
                     says=["--preferred-order", "kubernets", "did you mean kubernetes?"])
        for word in ("nope", "zz"):
            self.refused("scan", "--provider", word, says=[word, "`wgo providers` lists them"])
            self.refused("scan", "--all", "--preferred-order", word, says=[word, "`wgo providers` lists them"])
        for order in ("kubernetes,", ",aws", "terraform,,aws", "aws, ,gcp"):
            self.refused("scan", "--all", "--preferred-order", order, says=["an empty value", "a comma too many"])

    def test_values_name_flag_and_example(self):
        for flag, value, says in (
                ("--scan-timeout", "5", "5m"), ("--scan-timeout", "5 minutes", "1h30m"),
                ("--scan-timeout", "-1s", "not a duration"),
                ("--scan-timeout", "99999999999999999h", "not a duration"),
                ("--max-workers", "0", "from 1 to 256"), ("--max-workers", "-1", "from 1 to 256"),
                ("--max-workers", "4x", "from 1 to 256"), ("--calls-per-worker", "1e3", "number"),
                ("--memory-budget", "lots", "96M"), ("--memory-budget", "1K", "too little"),
                ("--memory-budget", "3M", "from 4M to 1024T"), ("--memory-budget", "1025T", "from 4M to 1024T"),
                ("--format", "xml", "json or ndjson"), ("--color", "blue", "always"),
                ("--output-file", "", "empty")):
            with self.subTest(flag=flag, value=value):
                self.refused("scan", "--all", flag, value, says=[flag, says])

    def test_a_form_is_no_name_of_a_file(self):
        """-o is the form with kubectl, az and aws: a file of that name is no one's wish, unless it says so."""
        for word in ("json", "yaml", "yml", "table", "wide", "csv", "tsv", "text", "jsonl", "ndjson", "JSON"):
            for args in (["-o", word], ["-o" + word], ["--output-file=" + word]):
                self.refused(*READ, *args, says=['"%s" is a form, not a file' % word, args[0].split("=")[0][:2],
                                                 "./%s" % word, "- for standard output", "--format"])
        self.refused("config", "show", "-o", "json", says=["-o", "./json"])
        self.refused(*READ, says=["WGO_OUTPUT_FILE", "./csv"], env={"WGO_OUTPUT_FILE": "csv"})
        config = self.write("../config.yaml", "output_file: yaml\n")
        self.refused(*READ, "--config", config, says=["line 1: output_file", "./yaml"])
        for name in ("./json", self.path("yaml"), "json.json", "jsonx"):
            self.assert_code(self.wgo(*READ, "-q", "-o", name), 0)
        self.assert_clean("json", "json.json", "jsonx", "yaml")

    def test_every_hint_is_a_value_that_is_taken(self):
        hinted = set()
        for command in ("scan", "validate", "health", "config", "resources", "permissions", "cache", "quota"):
            text = self.wgo("help", command).out
            for flag in re.findall(r"^ +(?:-\w, )?(--[a-z-]+) [A-Z]", text, re.M):
                for value in ("-1s", "0", "?"):
                    # The last flag ends what the one before would begin.
                    result = self.wgo(command, flag, value, "--nothing")
                    self.assertNotIn("(null)", result.err, str(result))
                    example = re.search(re.escape(flag) + r" (\S+)$", result.err, re.M)
                    if example and result.err.startswith("wgo: %s: %s: " % (command, flag)):
                        hinted.add(flag)
                        self.assertIn("--nothing", self.wgo(command, flag, example[1], "--nothing").err)
        self.assertLessEqual({"--max-age", "--since", "--max-calls-per-hour", "--max-batches-per-hour",
                              "--max-parallel-scans", "--max-build-threads", "--max-workers", "--scan-timeout"}, hinted)

    def test_two_names_of_one_number(self):
        self.refused(*READ, "--max-workers", "2", "--max-build-threads", "3",
                     says=["--max-build-threads 3", "--max-workers says 2"])
        self.refused("scan", "--all", "--max-build-threads", "0", says=["from 1 to 256"])
        self.refused("scan", "--all", "--batch-mode=perhaps", says=["--batch-mode", "perhaps"])

    def test_switches(self):
        self.refused("scan", "--all", "--fail-on-error=perhaps", says=["--fail-on-error", "perhaps"])
        self.refused("scan", "--all", "--fail-on-error=", says=["--fail-on-error", "empty"])
        self.refused("scan", "--all", "--no-concurrent=true", says=["takes no value"])

    def test_missing_value(self):
        self.refused("scan", "--provider", says=["--provider", "needs a value"])
        self.refused("scan", "--provider", "--concurrent", says=["--provider NAME"])
        self.refused("scan", "-o", says=["-o FILE"])

    def test_flags_of_other_commands(self):
        """A name that is a flag of several commands, with other values, is told of with all of them."""
        self.refused("version", "--format", "json", says=["wgo scan", "wgo providers", "wgo resources"])
        self.refused("permissions", "-p", "aws", says=["-p: there is no such flag", "it belongs to wgo scan"])

    def test_too_many_arguments(self):
        self.refused("scan", "aws", says=['"aws" is one argument too many', "did you mean --provider aws?"])
        self.refused("validate", "k8s", says=["did you mean --provider k8s?"])
        self.refused("providers", "aws", says=["usage: wgo providers [FLAGS]"])
        self.assertRegex(self.refused("version", "x").err, r"(?m)^hint: usage: wgo version$")
        self.refused("scan", "prod", says=['"prod" is one argument too many'])
        self.refused("resources", "a", "b", says=['"b" is one argument too many'])
        self.refused("scan", "--", "--all", says=['"--all" is one argument too many'])

    def test_nothing_to_read(self):
        self.refused("scan", says=["nothing to read", "--all", "kubernetes", "terraform"])
        result = self.refused("scan", "--all", says=["no provider is configured here", "kubernetes:"])
        # Every reason is there whole, and where some had no room that is said.
        hint = result.err.splitlines()[1]
        reasons = {at["name"]: at["reason"] for at in json.loads(self.wgo("providers", "--format", "json").out)}
        for name in re.findall(r"(?:: |; )([a-z]+):", hint):
            self.assertIn(f"{name}: {reasons[name]}", hint)
        if not all(reason in hint for reason in reasons.values()):
            self.assertTrue(hint.endswith("; of the others `wgo providers` tells"), hint)
        self.refused("scan", "--provider", "kubernetes", says=["kubernetes is not configured here"])
        self.refused("validate", says=["nothing to read"])

    def test_types_that_nobody_has(self):
        kube = ["scan", "-p", "kubernetes", "--resource-type"]
        config = self.write("kubeconfig", json.dumps({
            "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
            "contexts": [{"name": "x", "context": {"cluster": "c"}}], "current-context": "x"}))
        env = {"KUBECONFIG": config}
        for word, hint in (("kubernetes_deploymnt", "did you mean kubernetes_deployment?"),
                           ("kubernetes_zzzzzzzz", "wgo resources 'kubernetes_*'"),
                           ("KUBERNETES_Nod", "did you mean kubernetes_node?")):
            result = self.wgo(*kube, word, env=env)
            self.assert_error(result, 2, '"%s"' % word, hint)
        # A custom resource may have any name, a pattern may match nothing, a state may hold anything.
        for word in ("widgets", "shop.example.com/Widget", "kubernetes_z*", "!kubernetes_nod", "thing_x",
                     "Kubernetes_Node"):
            self.assertEqual(self.wgo(*kube, word, env=env).code, 1, word)  # nobody answers there
        result = self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "--resource-type",
                          "kubernetes_deploymnt")
        self.assert_code(result, 0)

    def test_types_as_other_tools_call_them(self):
        """Whose types all stand in a catalog has no others: nothing is read, and it is said what they are called."""
        for provider, word, hint in (("aws", "ec2", "`wgo resources` lists them"),
                                     ("aws", "ec2_instance", "did you mean aws_instance?"),
                                     ("aws", "s3_bucket", "did you mean aws_s3_bucket?"),
                                     ("aws", "aws_instnce", "did you mean aws_instance?"),
                                     ("gcp", "gcp_compute_instance", "did you mean google_compute_instance?"),
                                     ("azure", "azure_virtual_machine", "did you mean azurerm_virtual_machine?"),
                                     ("azure", "zzz_zzz", "`wgo resources` lists them")):
            self.refused("permissions", provider, "--resource-type", word,
                         says=["none of the providers that are read has a type", '"%s"' % word, hint])
        # Patterns are no such words; a state may have what no catalog names.
        for word in ("ec2*", "!ec2"):
            self.assert_code(self.wgo("permissions", "aws", "--resource-type", word), 0)
        for word in ("ec2", "gcp_compute_instance"):
            self.assert_code(self.wgo("scan", "-p", "terraform", "--state-file", SHOP, "--resource-type", word), 0)

    def test_types_as_their_provider_calls_them(self):
        """All of AWS's stand in a catalog. The inventories of Azure and Google Cloud have others: a slip is told of."""
        for word, hint in (("AWS::EC2::Instnce", "did you mean AWS::EC2::Instance?"),
                           ("AWS::Zzzzzz::Yyyyyy", "`wgo resources` lists them"),
                           ("compute.googleapis.com/Instance", "it is a type of gcp"),
                           ("Microsoft.Compute/virtualMachines", "it is a type of azure")):
            self.refused("permissions", "aws", "--resource-type", word,
                         says=["none of the providers that are read has a type", '"%s"' % word, hint])
            self.refused("scan", "-p", "aws", "--region", "eu-west-1", "--resource-type", word, says=[hint],
                         env={"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})
        for provider, word, meant in (
                ("aws", "AWS::EC2::Instance", ""), ("aws", "aws::ec2::instance", ""), ("aws", "AWS::EC2::Inst*", ""),
                ("azure", "Microsoft.Compute/virtualMachines", ""), ("azure", "microsoft.compute/virtualmachines", ""),
                ("azure", "Contoso.Widgets/widgets", ""),
                ("azure", "Microsoft.Compute/virtualMachine", "Microsoft.Compute/virtualMachines"),
                ("gcp", "compute.googleapis.com/Instance", ""), ("gcp", "widgets.googleapis.com/Widget", ""),
                ("gcp", "compute.googleapis.com/Instnce", "compute.googleapis.com/Instance")):
            result = self.wgo("permissions", provider, "--resource-type", word)
            self.assert_code(result, 0)
            self.assertEqual("did you mean %s?" % meant in result.err, bool(meant), str(result))
            self.assertEqual("warning" in result.err, bool(meant), str(result))

    def test_types_in_either_case(self):
        for words in (("aws_sqs_queue", "AWS_SQS_Queue", "aws::sqs::QUEUE"), ("!aws_*", "!AWS_*")):
            said = {self.wgo("permissions", "aws", "--resource-type", word).out for word in words}
            self.assertEqual(len(said), 1)
            self.assertEqual("sqs:ListQueues" in said.pop(), words[0][0] != "!")

    def test_options_of_another_provider(self):
        self.refused("scan", "--provider", "kubernetes", "--state-file", SHOP,
                     says=["--state-file: kubernetes does not take it", "--context"])
        self.refused("scan", "--provider", "terraform", "--path", ".", "--region", "eu",
                     says=["--region: terraform does not take it"])
        self.refused("scan", "--context", "prod", "--provider", "terraform", "--state-file", SHOP,
                     says=["--context: none of the providers that are read takes it"])

    def test_contradictions(self):
        for flags, says in ((["--stream", "--format", "json"], ["--stream", "ndjson"]),
                            (["--stream", "--skip-merging"], ["--stream: not together with --skip-merging", "leave one"]),
                            (["--resource-type", "aws_sqs_queue", "--resource-type", "!aws_*"],
                             ["--resource-type", '"!aws_*" leaves nothing of "aws_sqs_queue"']),
                            (["--resource-type", "!random_*", "--resource-type", "random_password", "--resource-type",
                              "aws_sqs_queue", "--resource-type", "!aws_sqs_queue"], ["leaves nothing of"])):
            self.refused(*READ, *flags, says=says)
        self.refused(*READ, "--stream", says=["--skip-merging"], env={"WGO_SKIP_MERGING": "true"})
        for env, flags in (({}, ["--quiet", "--dashboard"]), ({"WGO_QUIET": "true"}, ["--dashboard"])):
            self.refused(*READ, *flags, says=["--dashboard: not together with --quiet", "leave one"], env=env)
        for flags in (["--quiet", "--no-dashboard"], ["--quiet=false", "--dashboard"], ["--quiet"]):
            self.assert_code(self.wgo(*READ, *flags, "-o", "-", env={"WGO_DASHBOARD": "true"}), 0)
        for flags in (["--stream", "--skip-merging=false"], ["--skip-merging", "--format", "ndjson"],
                      ["--resource-type", "random_password", "--resource-type", "aws_sqs_queue", "--resource-type", "!aws_*"],
                      ["--resource-type", "aws_*", "--resource-type", "!aws_sqs_queue"]):
            self.assert_code(self.wgo(*READ, *flags, "-q", "-o", "-"), 0)

    def test_a_plan_replaces_no_metrics(self):
        """A plan writes nothing, and what stands of the last scan stays."""
        self.write("scan.prom", "of the last scan")
        result = self.wgo(*READ, "--dry-run", "--metrics-file", "scan.prom", "-o", "new.json")
        self.assert_code(result, 0)
        self.assert_clean("scan.prom")
        with open(self.path("scan.prom")) as file:
            self.assertEqual(file.read(), "of the last scan")

    def test_debug_must_be_true_or_false(self):
        self.refused("scan", "--all", says=["WGO_DEBUG"], env={"WGO_DEBUG": "maybe"})


class Accepted(CliTest):
    """The same thing in every spelling."""

    def count(self, *args, **kwargs):
        result = self.wgo("scan", "-q", "-o", "-", *args, **kwargs)
        self.assert_code(result, 0)
        self.assertEqual(result.err, "")
        return result.json()["metadata"]["resource_count"]

    def test_spellings(self):
        for args in (["--provider", "terraform", "--state-file", SHOP],
                     ["--provider=terraform", "--state-file=" + SHOP],
                     ["-p", "terraform", "--state-file", SHOP],
                     ["-pterraform", "--state-file", SHOP],
                     ["--state-file", SHOP, "--provider", "terraform"],
                     ["--state-file", SHOP, "--all"],
                     ["--provider", "terraform", "--state-file", SHOP, "--state-file", SHOP],
                     ["--provider", "terraform", "--state-file", SHOP, "--no-concurrent",
                      "--fail-on-error=false", "--concurrent=yes", "--no-cache"]):
            with self.subTest(args=args):
                self.assertEqual(self.count(*args), 2)

    def test_types_and_data_sources(self):
        base = ["-p", "terraform", "--state-file", SHOP]
        self.assertEqual(self.count(*base, "--include-data-sources"), 3)
        self.assertEqual(self.count(*base, "--resource-type", "aws_*"), 1)
        self.assertEqual(self.count(*base, "--resource-type", "!aws_*"), 1)
        self.assertEqual(self.count(*base, "--resource-type", "aws_*", "--resource-type",
                                    "random_*"), 2)

    def test_all_finds_what_is_configured(self):
        self.assertEqual(self.count("--all", env={"WGO_TERRAFORM_PATH": SHOP.rsplit("/", 1)[0]}), 2)

    def test_version(self):
        for args in (["--version"], ["-V"], ["version"]):
            result = self.wgo(*args)
            self.assert_code(result, 0)
            self.assertRegex(result.out, r"^wgo \d+\.\d+\.\d+\n$")


if __name__ == "__main__":
    main()
