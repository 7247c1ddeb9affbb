"""What the documentation says of commands, flags, keys and variables is what the program knows, and the
other way round: nothing stale, nothing undocumented."""
import json
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # nothing is left beside the sources
import markdown  # noqa: E402

SHELL = ("sh", "shell", "bash", "console", "")


def run(*args):
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run([markdown.WGO, *args], capture_output=True, text=True, check=False,
                              env={"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
    return done.returncode, done.stdout, done.stderr


def manual(name):
    """A manual page without the marks of roff that would stick to words."""
    _, page, _ = run("help", "--man", name)
    return re.sub(r"\\f[BIR]", "", page).replace("\\-", "-")


def flags_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", text))


def commands():
    """Subcommand: its help."""
    _, listing, _ = run("help")
    names = re.findall(r"^  ([a-z]+)  ", listing.split("commands:")[1].split("start with:")[0], re.M)
    return {name: run("help", name)[1] for name in names}


HELP = commands()


def options_of(text):
    """Flags that a command's help lists, and their other spellings."""
    known, letters = set(), set()
    for line in re.findall(r"^  (-.*)$", text, re.M):
        letters |= set(re.findall(r"(?<![\w-])(-[a-z])\b", line.split("  ")[0]))
        known |= flags_in(line.split("  ")[0])
    for flag in list(known):
        name = flag[2:]
        known.add("--" + name[3:] if name.startswith("no-") else "--no-" + name)
    return known | letters


def uses():
    """Every `wgo COMMAND ...` of the documentation: (where, words)."""
    for path in markdown.files():
        found = []
        for number, language, text in markdown.blocks(path):
            if language in SHELL:
                joined = re.sub(r"\\\n\s*", " ", text)
                found += [(number, line) for line in joined.split("\n")]
        for number, line in markdown.prose(path):
            found += [(number, span) for span in re.findall(r"`([^`]+)`", line)]
        for number, line in found:
            for part in re.findall(r"(?:^|[|;&]\s*|\$ |\(|\b[A-Z_]+=\S+ |timeout \S+ )"
                                   r"(wgo(?: [^|;&#>)]*)?)", line.strip()):
                try:
                    words = shlex.split(part)
                except ValueError:
                    words = part.split()
                if words and words[0] == "wgo":
                    yield "%s:%d" % (path, number), words[1:]


class Commands(unittest.TestCase):
    def test_commands_and_flags_that_are_used_exist(self):
        wrong, seen = [], 0
        for where, words in uses():
            if not words or words[0].startswith("<") or words[0] in ("COMMAND", "..."):
                continue
            command = words[0]
            if command in ("--version", "--help"):
                continue
            if command not in HELP:
                wrong.append("%s: wgo %s: there is no such command" % (where, command))
                continue
            known = options_of(HELP[command])
            for word in words[1:]:
                flag = word.split("=")[0]
                if re.match(r"--?[a-z]", flag):
                    seen += 1
                    if flag not in known:
                        wrong.append("%s: wgo %s has no %s" % (where, command, flag))
        self.assertGreater(seen, 40, "are the commands still found?")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_flags_that_are_mentioned_alone_exist(self):
        """`--flag` in the running text of README.md and docs/ is a flag of some command."""
        known = set().union(*(options_of(text) for text in HELP.values()))
        known |= {"--version"}
        wrong = []
        for path in markdown.files():
            if path != "README.md" and not path.startswith("docs/"):
                continue
            for number, line in markdown.prose(path):
                for span in re.findall(r"`(--[a-z][^`]*)`", line):
                    flag = re.match(r"--[a-z-]+", span).group(0)
                    if flag not in known:
                        wrong.append("%s:%d: %s" % (path, number, flag))
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))

    def test_every_flag_is_documented(self):
        text = "".join(markdown.read(path) for path in markdown.files()
                       if path == "README.md" or path.startswith("docs/"))
        wanted = set()
        for command in HELP.values():
            for line in re.findall(r"^  (-.*)$", command, re.M):
                wanted |= flags_in(line.split("  ")[0])
        self.assertGreater(len(wanted), 25)
        self.assertEqual(sorted(wanted - flags_in(text)), [])

    def test_every_flag_is_in_the_manual(self):
        for name, text in HELP.items():
            page = manual(name)
            for line in re.findall(r"^  (-.*)$", text, re.M):
                for flag in flags_in(line.split("  ")[0]):
                    self.assertIn(flag, page, "wgo-%s(1)" % name)

    def test_every_key_and_variable_is_documented(self):
        code, out, err = run("config", "show", "--format", "json")
        self.assertEqual(code, 0, err)
        keys = json.loads(out)["settings"]
        text = markdown.read("docs/providers.md")
        self.assertGreater(len(keys), 15)
        missing = [key for key in keys if "`%s`" % key not in text]
        self.assertEqual(missing, [])
        variables = set(re.findall(r"\bWGO_[A-Z_]+", manual("scan")))
        self.assertGreater(len(variables), 15)
        everywhere = text + markdown.read("README.md")
        self.assertEqual(sorted(name for name in variables if "`%s`" % name not in everywhere), [])

    def test_variables_that_are_mentioned_exist(self):
        known = set(re.findall(r"\bWGO_[A-Z_]+", manual("scan")))
        known |= {"WGO_GCP_ENDPOINT_PUBSUB", "WGO_GCP_ENDPOINT_STORAGE"}  # one of a service
        known |= {"WGO_SHARED_DIR", "WGO_SANITIZE", "WGO_BUILD_FUZZERS", "WGO_BUILD_TESTS"}
        wrong = []
        for path in ("README.md", "docs/providers.md", "docs/performance-tuning.md",
                     "docs/troubleshooting.md", "docs/snapshot.md"):
            for name in re.findall(r"\bWGO_[A-Z_]+[A-Z]\b", markdown.read(path)):
                if name not in known:
                    wrong.append("%s: %s" % (path, name))
        self.assertEqual(wrong, [])

    def test_the_numbers_of_types_are_right(self):
        """The README has as many types of each provider as `wgo resources` lists, but for patterns."""
        code, out, err = run("resources", "--format", "json")
        self.assertEqual(code, 0, err)
        named = {(row["provider"], row["type"]) for row in json.loads(out)
                 if not re.search(r"[*<]", row["type"])}
        counts = {}
        for provider, _ in named:
            counts[provider] = counts.get(provider, 0) + 1
        told = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", markdown.read("README.md"), re.M))
        self.assertGreater(len(counts), 1)
        self.assertEqual(told, {name: str(count) for name, count in counts.items()},
                         "the table under 'State of the project' in README.md")

    def test_exit_codes_agree(self):
        codes = re.findall(r"^  (\d+) {5,}", HELP["scan"].split("Exit codes:")[1], re.M)
        self.assertGreater(len(codes), 5)
        for path in ("README.md", "docs/error-handling.md"):
            rows = re.findall(r"^\| (\d+) \|", markdown.read(path), re.M)
            self.assertEqual(rows, codes, path)


if __name__ == "__main__":
    unittest.main()
