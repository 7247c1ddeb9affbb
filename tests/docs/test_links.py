"""Every link from one file of the documentation to another leads somewhere, headings included, and every
page of docs/ can be reached from its index."""
import os
import re
import sys
import unittest

sys.dont_write_bytecode = True  # nothing is left beside the sources
import markdown  # noqa: E402

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ELSEWHERE = ("http://", "https://", "mailto:")


def links(path):
    for number, line in markdown.prose(path):
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if not target.startswith(ELSEWHERE):
                yield number, target


def resolve(path, target):
    """(file from the top, anchor or None)."""
    name, _, anchor = target.partition("#")
    file = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
    return file, anchor or None


class Links(unittest.TestCase):
    def test_every_relative_link_resolves(self):
        checked, broken = 0, []
        for path in markdown.files():
            for number, target in links(path):
                file, anchor = resolve(path, target)
                checked += 1
                if not os.path.exists(os.path.join(markdown.SOURCE, file)):
                    broken.append("%s:%d: %s is not there" % (path, number, target))
                elif anchor and anchor not in markdown.anchors(file):
                    broken.append("%s:%d: %s: there is no such heading" % (path, number, target))
        self.assertGreater(checked, 50, "are the links still found?")
        self.assertEqual(broken, [], "\n" + "\n".join(broken))

    def test_every_page_is_in_the_index(self):
        listed = {resolve("docs/README.md", target)[0] for _, target in links("docs/README.md")}
        pages = {path for path in markdown.files() if path.startswith("docs/")}
        self.assertGreater(len(pages), 10)
        self.assertEqual(sorted(pages - listed - {"docs/README.md"}), [])

    def test_the_readme_leads_to_the_index(self):
        self.assertIn("docs/README.md", {resolve("README.md", t)[0] for _, t in links("README.md")})

    def test_an_anchor_that_is_not_there_is_noticed(self):
        self.assertNotIn("no-such-heading", markdown.anchors("README.md"))
        self.assertIn("wgoh", markdown.anchors("docs/api-reference.md"))


if __name__ == "__main__":
    unittest.main()
