"""Words that are one of several: refused wherever they are said, and offered by the completions."""
from cli_support import CliTest, main

WORDS = {"gcp": ("--gcp-source", "gcp_sources", "auto, asset or native"),
         "azure": ("--azure-source", "azure_sources", "auto, graph or arm")}
KEYED = {"gcp": {"GOOGLE_OAUTH_ACCESS_TOKEN": "t"},
         "azure": {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "s"}}


class Choices(CliTest):
    def test_every_command_refuses_another_word_alike(self):
        for provider, (flag, _, words) in WORDS.items():
            said = set()
            for command in (("scan", "-p", provider), ("validate", "-p", provider), ("permissions", provider)):
                result = self.wgo(*command, flag, "foo", env=KEYED[provider])
                self.assert_error(result, 2, flag, '"foo" is not one of ' + words)
                self.assertEqual(result.out, "", str(result))
                said.add(result.err.splitlines()[0].split(": ", 2)[2])  # after "wgo: COMMAND: "
            self.assertEqual(len(said), 1, said)

    def test_the_configuration_file_too(self):
        for provider, (_, key, words) in WORDS.items():
            path = self.write("wgo.yaml", f"providers:\n  {provider}:\n    {key}: foo\n")
            for command in (("scan", "-p", provider), ("permissions", provider)):
                result = self.wgo(*command, "--config", path, env=KEYED[provider])
                self.assert_error(result, 2, "line 3", '"foo" is not one of ' + words)

    def test_the_words_themselves_are_taken(self):
        for provider, (flag, _, words) in WORDS.items():
            for word in words.replace(" or ", ", ").split(", "):
                result = self.wgo("permissions", provider, flag, word)
                self.assert_code(result, 0)

    def test_completions_offer_them(self):
        script = self.wgo("completion", "fish").out
        self.assertTrue("auto asset native" in script)
        self.assertTrue("auto graph arm" in script)


if __name__ == "__main__":
    main()
