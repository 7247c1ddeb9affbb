"""The examples of the documentation work: configuration is accepted, catalogs load, C compiles, JSON is
JSON, and no field of the snapshot's schema goes without a word."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # nothing is left beside the sources
import markdown  # noqa: E402


def wgo(*args, home):
    done = subprocess.run([markdown.WGO, *args], capture_output=True, text=True, check=False,
                          env={"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})
    return done.returncode, done.stdout + done.stderr


def written():
    """Files whose examples are ours: fakecloud and the conformance tests have formats of their own."""
    return [path for path in markdown.files() if path == "README.md" or path.startswith("docs/")]


class Examples(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="wgo-docs-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def put(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def each(self, language):
        for path in written():
            for number, found, text in markdown.blocks(path):
                if found == language:
                    yield "%s:%d" % (path, number), text

    def test_configuration_files_are_accepted(self):
        count = 0
        for where, text in self.each("yaml"):
            if "config.yaml" in text.split("\n")[0]:
                code, said = wgo("config", "show", "--config", self.put("config.yaml", text),
                                 home=self.dir)
                self.assertEqual(code, 0, "%s\n%s" % (where, said))
                count += 1
        self.assertGreater(count, 4)

    def test_a_configuration_that_is_wrong_is_refused(self):
        code, _ = wgo("config", "show", "--config", self.put("config.yaml", "max_wokers: 4\n"),
                      home=self.dir)
        self.assertEqual(code, 2)

    def test_catalogs_load(self):
        count = 0
        for where, text in self.each("yaml"):
            if re.search(r"^api:", text, re.M):
                code, said = wgo("catalog", "lint", self.put("described.yaml", text), home=self.dir)
                self.assertEqual(code, 0, "%s\n%s" % (where, said))
            elif re.search(r"^entries:", text, re.M):
                os.makedirs(os.path.join(self.dir, "catalogs"), exist_ok=True)
                # Of a provider that is not built in nothing would be read.
                self.put("catalogs/example.yaml",
                         re.sub(r"^provider: .*", "provider: kubernetes", text, flags=re.M))
                code, said = wgo("resources", "--catalog-dir", os.path.join(self.dir, "catalogs"),
                                 home=self.dir)
                self.assertEqual(code, 0, "%s\n%s" % (where, said))
                count += 1
        self.assertGreater(count, 0)

    def test_the_limits_of_aws_are_those_of_the_catalogs(self):
        rules = {}
        for path in glob.glob(os.path.join(markdown.SOURCE, "collectors", "aws", "catalog", "*.yaml")):
            with open(path, encoding="utf-8") as file:
                for match, rest in re.findall(r'- (?:\{ )?match: "(aws/[^"]+)"((?:.*\n)(?:    .*\n)*)',
                                              file.read()):
                    numbers = re.findall(r"\b(?:rate|burst): (\d+)", rest)
                    if len(numbers) == 2:
                        rules[match] = tuple(numbers)
        told = {}
        for keys, rate, burst in re.findall(r"^\| (`(?:aws|\.\.\.)/.*`) \| (\d+), (\d+) \|$",
                                            markdown.read("docs/providers.md"), re.M):
            for key in re.findall(r"`([^`]+)`", keys):
                key = key.replace("...", "aws/*/*").replace("ACCOUNT", "*").replace("REGION", "*")
                told[key] = (rate, burst)
        self.assertGreater(len(told), 8)
        self.assertEqual({key: rules.get(key) for key in told}, told)

    def test_c_compiles(self):
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not compiler:
            print("SKIPPED: there is no C compiler")
            self.skipTest("no compiler")
        include = os.path.join(markdown.BINARY, "include")
        count = 0
        for where, text in self.each("c"):
            if where.startswith("docs/api-reference.md") or "wgo_context" not in text:
                continue
            source = text if "#include <wgo.h>" in text else "#include <wgo.h>\n" + text
            done = subprocess.run([compiler, "-std=c17", "-Wall", "-Wextra", "-fsyntax-only",
                                   "-Wno-unused-function", "-Wno-unused-parameter", "-Werror",
                                   "-I", include, self.put("example.c", source)],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, "%s\n%s" % (where, done.stderr))
            count += 1
        self.assertGreater(count, 1)

    def test_json_is_json(self):
        count = 0
        for where, text in self.each("json"):
            with self.subTest(where):
                json.loads(text)
                count += 1
        self.assertGreater(count, 3)

    def test_every_field_of_the_schema_is_explained(self):
        with open(os.path.join(markdown.SOURCE, "docs", "snapshot.schema.json"),
                  encoding="utf-8") as file:
            schema = json.load(file)
        text = markdown.read("docs/snapshot.md")
        fields = set()
        for name in ("snapshot", "metadata", "completeness_row", "resource", "resource_metadata",
                     "source"):
            fields |= set(schema["$defs"][name]["properties"])
        self.assertGreater(len(fields), 30)
        self.assertEqual(sorted(name for name in fields if not re.search(r"\b%s\b" % name, text)), [])

    def test_every_status_of_a_row_is_explained(self):
        with open(os.path.join(markdown.SOURCE, "docs", "snapshot.schema.json"),
                  encoding="utf-8") as file:
            row = json.load(file)["$defs"]["completeness_row"]["properties"]
        listed = re.findall(r"^\| `(\w+)` \| .* \| (?:yes|no) \|$",
                            markdown.read("docs/error-handling.md"), re.M)
        self.assertEqual(sorted(listed), sorted(row["status"]["enum"]))

    def test_examples_that_are_named_are_there(self):
        text = markdown.read("README.md") + markdown.read("docs/writing-a-collector.md")
        for path in glob.glob(os.path.join(markdown.SOURCE, "examples", "*.c")):
            self.assertIn(os.path.basename(path), text)


if __name__ == "__main__":
    unittest.main()
