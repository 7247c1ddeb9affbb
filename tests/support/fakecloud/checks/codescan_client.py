"""Plain HTTP as the independent side of fakecloud's code-scanning platform."""
import gzip
import json
import time
import urllib.parse

from checks.harness import Cloud

ROOT = "/codescan/v1/"


class CodeScan(Cloud):
    """A running fakecloud and its code-scanning platform."""

    def __init__(self, *flags, codescan=None, **scenario):
        if codescan is not None:
            scenario["codescan"] = codescan
        super().__init__(*flags, scenario=scenario or None)

    def counted(self):
        return self.get("/_fakecloud/counts")["codescan"]

    def stats(self):
        return self.get("/_fakecloud/stats")["codescan"]

    def api(self, path, key="pro", method="GET", body=None, headers=None, **query):
        headers = {"Authorization": "Bearer cs_" + key, **(headers or {})}
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return self.ask(ROOT + path, method, headers, body)

    def good(self, path, **kw):
        answer = self.api(path, **kw)
        assert answer.status == 200, (path, answer.status, answer.body[:300])
        return answer.json()

    def zipped(self, path, body, **kw):
        return self.api(path, method="POST", body=gzip.compress(json.dumps(body).encode()),
                        headers={"Content-Encoding": "gzip"}, **kw)

    def projects(self, **query):
        """All projects, and the number of pages."""
        items, page = [], 1
        while True:
            answer = self.good("projects", page=page, **query)
            items += answer["data"]
            said = answer["pagination"]
            assert said["page"] == page and said["page_size"] >= len(answer["data"])
            if not said["has_next"]:
                assert said["total_items"] == len(items) and said["total_pages"] in (page, 0)
                return items, page
            page += 1

    def submit(self, project, **kw):
        return self.api("scans", method="POST", body={"project_id": project, "branch": "next"}, **kw)

    def wait_for(self, scan, **kw):
        """The states that a scan was seen in."""
        seen = []
        while not seen or seen[-1] in ("queued", "running"):
            state = self.good("scans/" + scan, **kw)["data"]["status"]
            seen += [state] if not seen or seen[-1] != state else []
            time.sleep(0.02)
        return seen


def code_of(answer):
    return answer.json()["error"]["code"]
