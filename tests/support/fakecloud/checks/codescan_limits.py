"""The code-scanning platform's keys and tiers: three windows at once, told in four ways."""
import re
import time

from checks.codescan_client import CodeScan, code_of
from checks.harness import meter, test


def refused(answer):
    """What a refusal says of the window: its name, its limit and the seconds to wait."""
    assert answer.status == 429 and code_of(answer) == "RATE_LIMIT_EXCEEDED", answer.body[:300]
    details = answer.json()["error"]["details"]
    assert details["remaining"] == 0
    assert int(answer.headers["Retry-After"]) == details["retry_after"] > 0
    return details["window"], details["limit"], details["retry_after"]


@test
def codescan_tiers_are_exact():
    with CodeScan("--codescan-scan-seconds", "0") as cloud:
        for key, limit, creations in (("free", 100, 10), ("free2", 100, 10), ("pro", 1000, 50)):
            project = cloud.projects(key=key)[0][0]["id"]
            spent = 2  # Two pages.
            for n in range(creations):
                answer = cloud.submit(project, key=key)
                assert answer.status == 202, (key, n)
                assert answer.headers["X-RateLimit-Window"] == "create"
                assert int(answer.headers["X-RateLimit-Remaining"]) == creations - 1 - n
            window, most, wait = refused(cloud.submit(project, key=key))
            assert (window, most) == ("create", creations) and 3500 <= wait <= 3600
            spent += creations
            for n in range(spent, limit):  # What was refused was not counted.
                answer = cloud.api("account", key=key)
                assert answer.status == 200, (key, n)
                assert int(answer.headers["X-RateLimit-Remaining"]) == limit - 1 - n
                assert int(answer.headers["X-RateLimit-Limit"]) == limit
            assert 3500 <= int(answer.headers["X-RateLimit-Reset"]) - time.time() <= 3601
            assert refused(cloud.api("account", key=key))[:2] == ("hour", limit)
            said = cloud.stats()["quotas"]["callers"][key]
            assert said["all"] == meter(limit + 2, 2)
            assert said["submit"]["throttled"] == 1
        assert cloud.stats()["quotas"]["endpoints"]["submit"] == meter(73, 3)


@test
def codescan_days_are_longer_than_hours():
    with CodeScan("--codescan-key", "k=20:50:2", "--clock-scale", "20000") as cloud:
        done, windows = 0, set()
        start = time.monotonic()
        while done < 50:
            answer = cloud.api("account", key="k")
            if answer.status == 200:
                done += 1
            else:
                window, most, wait = refused(answer)
                windows.add((window, most))
                time.sleep(wait / 20000)
        assert windows == {("hour", 20)} and time.monotonic() - start > 2 * 3500 / 20000
        window, most, wait = refused(cloud.api("account", key="k"))
        assert (window, most) == ("day", 50) and 70000 < wait < 86400, wait
        time.sleep(wait / 20000)
        assert cloud.api("account", key="k").status == 200


@test
def codescan_windows_slide_or_end_as_a_whole():
    for kind, later in (("sliding", 1), ("fixed", 10)):
        with CodeScan("--codescan-key", "k=10:1000:2", "--clock-scale", "2000",
                      "--codescan-windows", kind) as cloud:
            assert cloud.api("account", key="k").status == 200
            time.sleep(0.9)  # Half an hour.
            for _ in range(9):
                assert cloud.api("account", key="k").status == 200
            wait = refused(cloud.api("account", key="k"))[2]
            assert 500 < wait < 1900, wait
            time.sleep(wait / 2000)
            good = 0
            while cloud.api("account", key="k").status == 200:
                good += 1
            assert good == later, (kind, good)


@test
def codescan_limits_are_told_in_four_ways():
    with CodeScan("--codescan-headers", "ietf") as cloud:
        answer = cloud.api("account", key="free")
        assert answer.headers["RateLimit-Policy"] == '"hour";q=100;w=3600, "day";q=1000;w=86400'
        assert re.fullmatch(r'"hour";r=99;t=3(600|599)', answer.headers["RateLimit"])
        project = cloud.projects(key="free")[0][0]["id"]
        made = cloud.submit(project, key="free")
        assert '"create";q=10;w=3600' in made.headers["RateLimit-Policy"]
        assert made.headers["RateLimit"].startswith('"create";r=9;')
        assert "X-RateLimit-Limit" not in made.headers
    with CodeScan("--codescan-headers", "draft") as cloud:
        headers = cloud.api("account", key="free").headers
        assert headers["RateLimit-Limit"] == "100" and headers["RateLimit-Remaining"] == "99"
        assert 3590 <= int(headers["RateLimit-Reset"]) <= 3600
    with CodeScan("--codescan-headers", "none", "--codescan-errors", "flat", "--codescan-key",
                  "k=1:9:1") as cloud:
        headers = cloud.api("account", key="k").headers
        assert not [name for name in headers if "ratelimit" in name.lower()]
        answer = cloud.api("account", key="k")
        said = answer.json()
        assert answer.status == 429 and "Retry-After" not in answer.headers
        assert set(said) == {"error", "message", "code", "retry_after"}
        assert said["code"] == "RATE_LIMIT_EXCEEDED" and 3590 <= said["retry_after"] <= 3600
        assert cloud.api("x", key="pro").json()["code"] == "NOT_FOUND"


@test
def codescan_counts_304_or_not():
    for flags, cost in (((), 1), (("--codescan-free-304",), 0)):
        with CodeScan(*flags) as cloud:
            first = cloud.api("rules", key="free")
            same = {"If-None-Match": first.headers["ETag"]}
            for _ in range(5):
                assert cloud.api("rules", key="free", headers=same).status == 304
            assert cloud.api("rules", key="free", headers={"If-None-Match": "x"}).status == 200
            left = int(cloud.api("rules", key="free").headers["X-RateLimit-Remaining"])
            assert left == 100 - 3 - 5 * cost, left
            assert cloud.stats()["quotas"]["endpoints"]["rules"]["calls"] == 8


@test
def codescan_knows_its_keys():
    with CodeScan("--codescan-key", "alice=pro", "--codescan-key", "bob=revoked") as cloud:
        assert cloud.good("account", key="alice")["data"]["tier"] == "pro"
        assert cloud.good("account", key="alice")["data"]["limits"] == {
            "requests_per_hour": 1000, "requests_per_day": 10000, "creations_per_hour": 50}
        answer = cloud.api("account", key="bob")
        assert answer.status == 403 and code_of(answer) == "KEY_REVOKED"
        for headers in ({}, {"Authorization": "Basic YQ=="}, {"X-API-Key": "cs_carol"},
                        {"Authorization": "Bearer alice"}, {"X-API-Key": ""}):
            answer = cloud.ask("/codescan/v1/account", headers=headers)
            assert answer.status == 401 and code_of(answer) == "UNAUTHORIZED", headers
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "callers" in cloud.stats()["quotas"] and list(
            cloud.stats()["quotas"]["callers"]) == ["alice"]
        log = cloud.log()
        assert log[0]["user"] == "alice" and log[0]["service"] == "codescan"
        assert "cs_alice" not in open(cloud.log_path).read()


@test
def codescan_fails_as_it_is_told():
    faults = [{"kind": "throttle", "service": "codescan", "operation": "rules", "nth": 1,
               "retry_after_s": 5}, {"kind": "status", "status": 503, "operation": "projects",
                                     "nth": 1}]
    with CodeScan(faults=faults) as cloud:
        answer = cloud.api("rules")
        assert answer.status == 429 and answer.headers["Retry-After"] == "5"
        assert answer.json()["error"]["details"]["retry_after"] == 5
        assert cloud.api("projects").status == 503 and cloud.api("projects").status == 200
        assert cloud.stats()["quotas"]["endpoints"]["rules"] == meter(1, 1)
