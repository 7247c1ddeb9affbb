"""Completion scripts, loaded and asked by the shells themselves."""
import shutil
import subprocess

from cli_support import BINARY, CliTest, main, skip


class Completion(CliTest):
    def script(self, shell):
        result = self.wgo("completion", shell)
        self.assert_code(result, 0)
        return self.write("wgo." + shell, result.out)

    def run_shell(self, shell, *args):
        if not shutil.which(shell):
            skip(f"no {shell}")
        done = subprocess.run([shell, *args], capture_output=True, text=True, cwd=self.work,
                              env=self.env(PATH=BINARY + ":" + self.env()["PATH"]))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        return done.stdout.split("\n")

    def test_unknown_shell(self):
        self.assert_error(self.wgo("completion", "tcsh"), 2, "tcsh", "bash, zsh or fish")
        self.assert_error(self.wgo("completion"), 2, "which shell?")

    def bash(self, *words):
        """What bash offers for the last of the words."""
        quoted = " ".join(f"'{word}'" for word in words)
        return sorted(filter(None, self.run_shell(
            "bash", "--norc", "-c", f"source '{self.script('bash')}'; COMP_WORDS=({quoted}); "
            f"COMP_CWORD={len(words) - 1}; _wgo; printf '%s\\n' \"${{COMPREPLY[@]}}\"")))

    def test_bash(self):
        self.assertEqual(self.bash("wgo", "v"), ["validate", "version"])
        self.assertEqual(self.bash("wgo", "scan", "--max-w"), ["--max-workers"])
        self.assertEqual(self.bash("wgo", "scan", "--provider", ""),
                         ["aws", "azure", "gcp", "kubernetes", "powerbi", "terraform"])
        self.assertEqual(self.bash("wgo", "scan", "-p", "k"), ["kubernetes"])
        self.assertEqual(self.bash("wgo", "scan", "--format", "=", "n"), ["ndjson"])
        self.assertEqual(self.bash("wgo", "scan", "--format", "="), ["json", "ndjson"])
        self.assertEqual(self.bash("wgo", "providers", "--format", ""), ["json", "text"])
        self.assertEqual(self.bash("wgo", "completion", "z"), ["zsh"])
        self.assertIn("--no-dashboard", self.bash("wgo", "scan", "--no"))
        self.write("a.tfstate", "")
        self.assertIn("a.tfstate", self.bash("wgo", "scan", "--state-file", "a."))
        self.assertNotIn("a.tfstate", self.bash("wgo", "scan", "--path", "a"))
        self.assertEqual(self.bash("wgo", "scan", "--max-workers", ""), [])

    def test_providers_of_ones_own(self):
        """Those that the configuration file describes are offered too; the built-in ones whatever it says."""
        path = self.write("../home/.config/wgo/config.yaml", """collectors:
  - provider: forge
    api: { base: https://a.example.com }
    entries: [{ name: x, request: { path: /x }, items: "[]", id: "forge://{item.id}" }]
""")
        self.assertEqual(self.bash("wgo", "scan", "-p", "f"), ["forge"])
        self.assertIn("aws", self.bash("wgo", "scan", "-p", ""))
        if shutil.which("fish"):
            self.assertIn("forge", self.run_shell("fish", "--no-config", "-c",
                                                  f"source {self.script('fish')}; __wgo_providers"))
        with open(path, "w", encoding="utf-8") as file:
            file.write("no: configuration\n")
        self.assertEqual(self.bash("wgo", "scan", "-p", ""),
                         ["aws", "azure", "gcp", "kubernetes", "powerbi", "terraform"])

    def test_what_arguments_may_be(self):
        """Whoever has a manual page is explained, whoever has permissions prints them, and a description is a file."""
        commands = {word for word in self.bash("wgo", "") if not word.startswith("-")}
        self.assertGreater(len(commands), 10)
        self.assertLessEqual(commands, set(self.bash("wgo", "help", "")))
        hint = self.wgo("permissions").err.splitlines()[1]
        providers = set(hint.split("one of: ")[1].split(", "))
        self.assertEqual(providers, {word for word in self.bash("wgo", "permissions", "") if not word.startswith("-")})
        self.write("forge.yaml", "")
        self.assertEqual(self.bash("wgo", "catalog", "li"), ["lint"])
        self.assertEqual(self.bash("wgo", "catalog", "lint", "fo"), ["forge.yaml"])
        self.assertEqual(self.bash("wgo", "catalog", "lint", "forge.yaml", "--he"), ["--help"])
        if shutil.which("fish"):
            self.assertIn("forge.yaml", self.fish("wgo catalog lint fo"))
            self.assertLessEqual(commands, set(self.fish("wgo help ")))

    def test_zsh(self):
        self.run_shell("zsh", "-f", "-n", self.script("zsh"))
        out = self.run_shell("zsh", "-f", "-c",
                             "autoload -Uz compinit; compinit -D -u; source ./wgo.zsh; "
                             "print -r -- $_comps[wgo]; whence -w _wgo")
        self.assertEqual(out[:2], ["_wgo", "_wgo: function"])

    def test_zsh_completes(self):
        """Asked the way a person asks: on a terminal, with the tab key."""
        if not shutil.which("zsh"):
            skip("no zsh")
        self.script("zsh")
        session = """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; autoload -Uz compinit; compinit -D -u; source ./wgo.zsh; zstyle ':completion:*' menu no; print READY"
zpty -r -m shell got '*READY*READY*' || exit 1
zpty -w -n shell $'wgo scan --max-w\\t'
zpty -r -m shell got '*--max-workers*' || exit 1
zpty -d shell
print COMPLETED
"""
        self.write("session.zsh", session)
        out = self.run_shell("zsh", "-f", "session.zsh")
        self.assertIn("COMPLETED", out)

    def fish(self, line):
        out = self.run_shell("fish", "--no-config", "-c",
                             f"source '{self.script('fish')}'; complete -C '{line}'")
        return sorted(entry.split("\t")[0] for entry in out if entry)

    def test_fish(self):
        self.assertEqual(self.fish("wgo v"), ["validate", "version"])
        self.assertEqual(self.fish("wgo scan --max-w"), ["--max-workers"])
        self.assertEqual(self.fish("wgo scan --provider k"), ["kubernetes"])
        self.assertEqual(self.fish("wgo scan --format n"), ["ndjson"])
        self.assertEqual(self.fish("wgo completion z"), ["zsh"])
        self.assertIn("--no-cache", self.fish("wgo scan --no"))


if __name__ == "__main__":
    main()
