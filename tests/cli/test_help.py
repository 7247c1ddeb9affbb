"""Everything is documented, and what is documented is there."""
import os
import re
import shutil
import subprocess

from cli_support import BINARY, CliTest, main, skip

COMMANDS = ["scan", "validate", "health", "providers", "resources", "permissions", "cache", "quota", "config",
            "completion", "version", "help"]


class Help(CliTest):
    def help(self, *args):
        result = self.wgo("help", *args)
        self.assert_code(result, 0)
        return result.out

    def flags(self, command):
        """Long flags that the help lists, with whether each takes a value."""
        found = {}
        for match in re.finditer(r"^  (?:-\w, )?--([a-z-]+)(\[=BOOL\])?( [A-Z][A-Z,]*)?",
                                 self.help(command), re.M):
            found[match.group(1)] = bool(match.group(3))
        return found

    def test_overview_lists_all_commands(self):
        for args in (["help"], ["--help"], ["-h"]):
            out = self.wgo(*args).out
            listed = re.findall(r"^  ([a-z]+) {2,}", out, re.M)
            self.assertEqual(listed, COMMANDS)

    def test_three_ways_to_ask(self):
        for command in COMMANDS:
            text = self.help(command)
            for args in ([command, "--help"], [command, "-h"]):
                result = self.wgo(*args)
                self.assert_code(result, 0)
                self.assertEqual(result.out, text)

    def test_help_wins_over_what_else_is_wrong(self):
        self.assert_code(self.wgo("scan", "--help", "--nonsense"), 0)

    def test_each_listed_flag_is_understood(self):
        for command in COMMANDS:
            for flag, takes_value in self.flags(command).items():
                result = self.wgo(command, "--" + flag, *(["x"] if takes_value else []), "--help")
                self.assertNotIn("no such flag", result.err, f"{command} --{flag}")
                if takes_value:
                    bare = self.wgo(command, "--" + flag)
                    self.assertIn("needs a value", bare.err, f"{command} --{flag}")

    def test_each_flag_of_the_design_is_listed(self):
        listed = self.flags("scan")
        for flag in ("all", "provider", "region", "profile", "project", "subscription", "context",
                     "namespace", "state-file", "path", "concurrent", "max-workers",
                     "calls-per-worker", "host-connections", "scan-timeout", "fail-on-error",
                     "preferred-order", "skip-merging", "output-file", "format", "stream", "quiet",
                     "no-dashboard", "resource-type", "include-data-sources", "catalog-dir",
                     "state-dir", "no-cache", "config", "memory-budget", "allow-partial",
                     "redact-key-file", "color", "help"):
            self.assertIn(flag, listed)

    def test_lines_fit(self):
        for command in COMMANDS:
            text = self.help(command).split("\nExamples:")[0]
            for line in text.splitlines():
                self.assertLessEqual(len(line), 80, line)

    def test_unknown_command(self):
        self.assert_error(self.wgo("help", "scna"), 2, "scna", "did you mean wgo help scan?")


class Manual(CliTest):
    def page(self, *command):
        result = self.wgo("help", "--man", *command)
        self.assert_code(result, 0)
        return result.out

    def test_each_flag_is_in_the_page(self):
        for command in COMMANDS:
            page = self.page(command).replace("\\-", "-")
            for flag in re.findall(r"^  (?:-\w, )?(--[a-z-]+)", self.wgo("help", command).out, re.M):
                self.assertIn(flag, page, f"{command} {flag}")

    def test_pages_render_without_complaint(self):
        if shutil.which("groff"):
            render = ["groff", "-man", "-Tutf8", "-ww", "-rLL=78n"]
        elif shutil.which("mandoc"):
            render = ["mandoc", "-Tutf8", "-Wwarning"]
        else:
            skip("neither groff nor mandoc to render manual pages")
        for command in [[]] + [[c] for c in COMMANDS]:
            done = subprocess.run(render, input=self.page(*command).encode(), capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr, b"", command)
            text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout.decode())
            for part in ("NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO"):
                self.assertIn(part, text)

    def test_man_shows_them(self):
        if not shutil.which("man"):
            skip("no man")
        path = self.write("wgo-scan.1", self.page("scan"))
        done = subprocess.run(["man", "-l", path], capture_output=True, text=True,
                              env={**os.environ, "MANPAGER": "cat", "LC_ALL": "C.UTF-8"})
        if "minimized" in done.stdout:
            skip("this system's man is a stub")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("--max-workers", done.stdout)

    def test_pages_are_built(self):
        pages = os.path.join(BINARY, "man")
        if not os.path.exists(os.path.join(pages, "wgo.1")):
            skip("the pages are not built here")
        for name in ["wgo"] + ["wgo-" + command for command in COMMANDS]:
            with open(os.path.join(pages, name + ".1")) as file:
                self.assertTrue(file.read().startswith('.TH "'))


if __name__ == "__main__":
    main()
