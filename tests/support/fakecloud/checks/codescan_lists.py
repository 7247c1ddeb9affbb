"""The code-scanning platform's lists, in four ways of paging; scans; entity tags; bodies."""
import gzip
import re
import time

from checks.codescan_client import ROOT, CodeScan, code_of
from checks.harness import test


@test
def codescan_pages_by_number():
    with CodeScan("--codescan-projects", "230", "--codescan-no-throttle") as cloud:
        every, pages = cloud.projects(page_size=100)
        assert len(every) == 230 == len({p["id"] for p in every}) and pages == 3
        assert cloud.projects()[0] == every and cloud.projects(page_size=23)[1] == 10
        python = cloud.projects(language="python", page_size=7)[0]
        assert python == [p for p in every if p["language"] == "python"] != []
        assert cloud.good("projects", page=99)["data"] == []
        assert cloud.projects(language="cobol")[0] == []
        for query in ({"page": 0}, {"page": "x"}, {"page_size": 101}, {"page_size": 0},
                      {"page_size": -1}):
            answer = cloud.api("projects", **query)
            assert answer.status == 400 and code_of(answer) == "VALIDATION_ERROR", query
        one = cloud.good("projects/" + every[7]["id"])
        assert one == {"success": True, "data": every[7]}
        for path in ("projects/prj_00000000", "projects/x", "x", "scans/scn_00000000", ""):
            answer = cloud.api(path)
            assert answer.status == 404 and code_of(answer) == "NOT_FOUND", path
        for method in ("DELETE", "PUT", "POST"):
            assert cloud.api("projects", method=method).status == 405
    with CodeScan("--codescan-projects", "0") as cloud:
        assert cloud.projects()[0] == [] and cloud.good("findings")["data"] == []


@test
def codescan_pages_by_offset():
    with CodeScan("--codescan-scans", "9", "--codescan-no-throttle", "--codescan-scan-seconds",
                  "0") as cloud:
        project = cloud.projects()[0][3]

        def scans(**query):
            answer = cloud.good(f"projects/{project['id']}/scans", **query)
            assert answer["meta"]["offset"] == query.get("offset", 0)
            return answer["data"], answer["meta"]["total"]
        every, total = scans()
        assert len(every) == total == 9 and every[0]["id"] == project["last_scan_id"]
        assert scans(offset=2, limit=4)[0] == every[2:6] and scans(offset=9) == ([], 9)
        assert all(s["project_id"] == project["id"] and s["status"] == "completed" for s in every)
        mine = [cloud.submit(project["id"]).json()["data"]["id"] for _ in range(3)]
        cloud.submit(cloud.projects()[0][4]["id"])
        later, total = scans()
        assert [s["id"] for s in later[:3]] == mine[::-1] and total == 12
        assert later[3:] == every and later[0]["branch"] == "next"
        for query in ({"limit": 0}, {"limit": 201}, {"offset": "x"}):
            assert cloud.api(f"projects/{project['id']}/scans", **query).status == 400


@test
def codescan_pages_by_cursor():
    with CodeScan("--codescan-projects", "30", "--codescan-no-throttle") as cloud:
        def findings(**query):
            items, pages, cursor = [], 0, {}
            while True:
                answer = cloud.good("findings", **query, **cursor)
                items += answer["data"]
                pages += 1
                if answer["next_cursor"] is None:
                    return items, pages
                cursor = {"cursor": answer["next_cursor"]}
        every, pages = findings()
        assert len(every) == cloud.counted()["findings"] == 1200 and pages == 12
        assert len({f["id"] for f in every}) == 1200
        high, _ = findings(severity="high", limit=7)
        assert high == [f for f in every if f["severity"] == "high"] != []
        rules = cloud.good("rules", per_page=100) + cloud.good("rules", per_page=100, page=2)
        assert {f["rule_id"] for f in every} <= {r["id"] for r in rules}
        scan = every[0]["scan_id"]
        assert cloud.good(f"scans/{scan}/results")["data"] == \
            [f for f in every if f["scan_id"] == scan]
        for cursor in ("x", "", "MTAwLjE", "MTAw"):
            answer = cloud.api("findings", cursor=cursor)
            assert answer.status == 400 and code_of(answer) == "INVALID_CURSOR", cursor


@test
def codescan_pages_by_links():
    with CodeScan("--codescan-rules", "95", "--codescan-no-throttle") as cloud:
        items, path, seen = [], ROOT + "rules?per_page=30", []
        while path:
            answer = cloud.ask(path, headers={"X-API-Key": "cs_free"})
            assert answer.status == 200
            items += answer.json()
            links = dict((rel, url) for url, rel in
                         re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers.get("Link", "")))
            seen.append(sorted(links))
            assert all(u.startswith(cloud.base + ROOT + "rules?") for u in links.values())
            path = links.get("next", "")[len(cloud.base):]
        assert len(items) == 95 == len({r["id"] for r in items})
        assert seen == [["last", "next"], ["first", "last", "next", "prev"],
                        ["first", "last", "next", "prev"], ["first", "prev"]], seen
        assert "Link" not in cloud.api("rules", per_page=100).headers


@test
def codescan_scans_are_submitted_and_polled():
    with CodeScan("--codescan-scan-seconds", "300", "--clock-scale", "500",
                  "--codescan-key", "k=100000:100000:1000") as cloud:
        project = cloud.projects(key="k")[0][0]["id"]
        begun = cloud.submit(project, key="k")
        scan = begun.json()["data"]
        assert begun.status == 202 and begun.headers["Location"] == ROOT + "scans/" + scan["id"]
        assert scan["status"] == "queued" and scan["findings_count"] is None
        early = cloud.api(f"scans/{scan['id']}/results", key="k")
        assert early.status == 409 and code_of(early) == "SCAN_NOT_FINISHED"
        assert int(cloud.api("scans/" + scan["id"], key="k").headers["X-Poll-After"]) == 76
        assert cloud.wait_for(scan["id"], key="k") == ["queued", "running", "completed"]
        found = cloud.good(f"scans/{scan['id']}/results", key="k")["data"]
        assert len(found) == 8 and all(f["project_id"] == project for f in found)
        old = cloud.good(f"projects/{project}/scans", key="k")["data"][-1]["id"]
        new = cloud.zipped("scans", {"project_id": project}, key="k").json()["data"]
        bulk = cloud.zipped("scans/bulk-status", {"ids": [old, "x", new["id"], scan["id"], 7]},
                            key="k").json()["data"]
        assert [(s["id"], s["status"]) for s in bulk["scans"]] == \
            [(old, "completed"), (new["id"], "queued"), (scan["id"], "completed")]
        assert bulk["not_found"] == ["x", 7]
        assert cloud.stats()["scans"] == 2 and new["branch"] == "main"
        for ids in ([], ["x"] * 101, "x", None):
            answer = cloud.api("scans/bulk-status", method="POST", body={"ids": ids}, key="k")
            assert answer.status == 400 and code_of(answer) == "VALIDATION_ERROR", ids
        for body in ({"project_id": "x"}, {}, {"project_id": 7}):
            answer = cloud.api("scans", method="POST", body=body, key="k")
            assert answer.status == 400 and code_of(answer) == "VALIDATION_ERROR", body
        for body in ("", "[]", "{", "null"):
            answer = cloud.api("scans", method="POST", body=body, key="k")
            assert answer.status == 400 and code_of(answer) == "INVALID_BODY", body


@test
def codescan_results_expire_and_scans_fail():
    with CodeScan("--codescan-scan-seconds", "0", "--codescan-scan-fail-every", "2",
                  "--codescan-result-hours", "2", "--clock-scale", "10000") as cloud:
        project = cloud.projects()[0][0]["id"]
        good, bad = [cloud.submit(project).json()["data"]["id"] for _ in range(2)]
        assert cloud.wait_for(bad) == ["failed"] and cloud.wait_for(good) == ["completed"]
        assert cloud.good("scans/" + bad)["data"]["error"]["code"] == "BUILD_FAILED"
        assert code_of(cloud.api(f"scans/{bad}/results")) == "SCAN_FAILED"
        assert cloud.api(f"scans/{good}/results").status == 200
        time.sleep(0.8)  # Two hours and more.
        gone = cloud.api(f"scans/{good}/results")
        assert gone.status == 410 and code_of(gone) == "RESULT_EXPIRED"
        assert cloud.good("scans/" + good)["data"]["status"] == "completed"


@test
def codescan_has_entity_tags():
    with CodeScan("--codescan-scan-seconds", "0", "--codescan-max-age", "77") as cloud:
        paths = ["account", "projects", "projects/" + cloud.projects()[0][0]["id"], "findings",
                 "rules", "projects?page=2"]
        tags = {}
        for path in paths:
            first = cloud.api(path)
            tags[path] = tag = first.headers["ETag"]
            assert re.fullmatch(r'"[0-9a-f]{16}"', tag)
            cached = "max-age=77" in first.headers["Cache-Control"]
            assert cached == (path not in ("account", "findings")), path
            for given in (tag, "W/" + tag, f'"x", {tag}', "*"):
                again = cloud.api(path, headers={"If-None-Match": given})
                assert again.status == 304 and again.body == b"", (path, given)
                assert again.headers["ETag"] == tag and "Cache-Control" in again.headers
                assert again.headers.get("Content-Type") is None
            assert cloud.api(path, headers={"If-None-Match": '"x"'}).json() == first.json()
        assert len(set(tags.values())) == len(tags)
    with CodeScan("--codescan-touched", "1") as cloud:
        assert cloud.api(paths[2], headers={"If-None-Match": tags[paths[2]]}).status == 200
        for path, status in [("projects", 200), ("projects?page=2", 304), ("rules", 304)]:
            assert cloud.api(path, headers={"If-None-Match": tags[path]}).status == status, path


@test
def codescan_takes_gzip_bodies():
    with CodeScan("--codescan-no-throttle") as cloud:
        project = cloud.projects()[0][0]["id"]
        assert cloud.zipped("scans", {"project_id": project}).status == 202
        packed = gzip.compress(b'{"ids":["x"]}')

        def post(body, coding):
            return cloud.api("scans/bulk-status", method="POST", body=body,
                             headers={"Content-Encoding": coding})
        assert post(packed, "gzip").status == 200 and post(b'{"ids":["x"]}', "identity").status == 200
        for body in (packed[:-9], b"x", packed[:12] + b"\xff" * 20, b""):
            answer = post(body, "gzip")
            assert answer.status == 400 and code_of(answer) == "INVALID_BODY", body
        assert post(packed, "br").status == 415
        bomb = post(gzip.compress(b" " * (64 << 20)), "gzip")
        assert bomb.status == 413 and code_of(bomb) == "PAYLOAD_TOO_LARGE"
        assert cloud.get("/_fakecloud/stats")["max_rss_kb"] < 120000


@test
def codescan_seed_says_what_is_there():
    def whole(*flags):
        with CodeScan(*flags, "--codescan-no-throttle") as cloud:
            return cloud.projects()[0], cloud.good("findings", limit=500)["data"]
    first = whole()
    assert first == whole() and first != whole("--seed", "2")
    changed = [a != b for a, b in zip(first[0], whole("--codescan-touched", "3")[0])]
    assert changed == [True] * 3 + [False] * 37
