"""What goes wrong, when asked to."""
import concurrent.futures
import gzip
import http.client
import socket
import time

from checks.harness import Cloud, USERS, bearer, keys, test


@test
def an_expired_token_comes_with_a_fresh_one():
    rule = {"kind": "expired", "path": "/api/v1/pods", "nth": 2}
    with Cloud(scenario={"faults": [rule]}) as cloud:
        items, token, expired = [], "", 0
        while True:
            answer = cloud.ask("/api/v1/pods?limit=25" + ("&continue=" + token if token else ""))
            if answer.status == 410:
                expired += 1
                status = answer.json()
                assert status["reason"] == "Expired" and status["code"] == 410
                assert status["metadata"]["continue"] != token
                token = status["metadata"]["continue"]
                continue
            page = answer.json()
            items += page["items"]
            token = page["metadata"].get("continue")
            if not token:
                break
        assert expired == 1
        assert len(set(keys(items))) == len(items) == 120
        assert [line["fault"] for line in cloud.log()].count("expired") == 1


@test
def an_expired_token_may_come_alone():
    rule = {"kind": "expired", "fresh_token": False}
    with Cloud(scenario={"faults": [rule]}) as cloud:
        token = cloud.get("/api/v1/pods?limit=25")["metadata"]["continue"]
        answer = cloud.ask("/api/v1/pods?limit=25&continue=" + token)
        assert answer.status == 410 and answer.json()["metadata"] == {}
        assert "must start a new list" in answer.json()["message"]


@test
def tokens_age():
    with Cloud("--token-ttl-ms", "1") as cloud:
        token = cloud.get("/api/v1/pods?limit=25")["metadata"]["continue"]
        until = time.monotonic() + 10
        while True:
            answer = cloud.ask("/api/v1/pods?limit=25&continue=" + token)
            if answer.status == 410 or time.monotonic() > until:
                break
        assert answer.status == 410 and answer.json()["metadata"]["continue"]
    with Cloud("--token-ttl-ms", "600000") as cloud:
        assert len(cloud.pages("/api/v1/pods", 25)[0]) == 120


@test
def empty_pages_and_repeating_tokens():
    with Cloud(scenario={"faults": [{"kind": "empty_page", "path": "/api/v1/pods",
                                     "nth": 3}]}) as cloud:
        items, pages = cloud.pages("/api/v1/pods", 25)
        assert len(items) == 120 and pages == 6
    with Cloud(scenario={"faults": [{"kind": "empty_page", "path": "/api/v1/pods",
                                     "nth": [2, 3]}]}) as cloud:
        tokens, token = [], ""
        for _ in range(3):
            page = cloud.get("/api/v1/pods?limit=25&continue=" + token)
            token = page["metadata"]["continue"]
            tokens.append(token)
        assert len(set(tokens)) == 3 and page["items"] == []
        assert len(cloud.get("/api/v1/pods?limit=25&continue=" + token)["items"]) == 25
    with Cloud(scenario={"faults": [{"kind": "repeat_token", "path": "/api/v1/events",
                                     "nth": [2, 3]}]}) as cloud:
        first = cloud.get("/api/v1/events?limit=10")["metadata"]["continue"]
        second = cloud.get("/api/v1/events?limit=10&continue=" + first)["metadata"]["continue"]
        assert second == first


@test
def statuses_and_retry_after():
    rules = [{"kind": "throttle", "path": "/api/v1/pods", "times": 1, "retry_after_s": 7},
             {"kind": "status", "status": 503, "path": "/api/v1/nodes", "retry_after_s": 2,
              "retry_after_date": True},
             {"kind": "status", "path": "/api/v1/events", "every": 2},
             {"kind": "status", "status": 502, "value": "bad gateway", "path": "/version"}]
    with Cloud(scenario={"faults": rules}) as cloud:
        answer = cloud.ask("/api/v1/pods")
        assert answer.status == 429 and answer.headers["Retry-After"] == "7"
        assert answer.json()["reason"] == "TooManyRequests"
        assert answer.json()["details"]["retryAfterSeconds"] == 7
        assert cloud.ask("/api/v1/pods").status == 200
        answer = cloud.ask("/api/v1/nodes")
        assert answer.status == 503 and answer.headers["Retry-After"].endswith(" GMT")
        assert [cloud.ask("/api/v1/events").status for _ in range(4)] == [200, 500, 200, 500]
        assert cloud.ask("/version").body == b"bad gateway"


def broken(cloud, path):
    """True when the transfer fails in the middle."""
    try:
        cloud.ask(path)
        return False
    except (http.client.IncompleteRead, ConnectionResetError, http.client.RemoteDisconnected,
            http.client.BadStatusLine):
        return True


@test
def connections_are_cut():
    rules = [{"kind": "cut", "path": "/api/v1/pods"},
             {"kind": "cut", "path": "/api/v1/secrets", "chunked": True, "at_bytes": 3000},
             {"kind": "cut", "path": "/api/v1/nodes", "at_bytes": 0},
             {"kind": "reset", "path": "/api/v1/events"}]
    with Cloud(scenario={"faults": rules}) as cloud:
        for name in ("pods", "secrets", "nodes", "events"):
            assert broken(cloud, "/api/v1/" + name), name
        assert not broken(cloud, "/api/v1/services")
        lines = {line["path"]: line for line in cloud.log()}
        assert lines["/api/v1/secrets"]["bytes"] == 3000
        assert lines["/api/v1/nodes"]["bytes"] == 0
        assert lines["/api/v1/events"]["status"] == 0


@test
def bodies_are_spoiled():
    rules = [{"kind": "truncate", "path": "/api/v1/pods"},
             {"kind": "garbage", "path": "/api/v1/nodes"},
             {"kind": "html", "path": "/api/v1/events"},
             {"kind": "empty", "path": "/api/v1/secrets"},
             {"kind": "content_type", "path": "/api/v1/services"},
             {"kind": "gzip_corrupt", "path": "/api/v1/configmaps"},
             {"kind": "gzip_bomb", "path": "/api/v1/endpoints", "bytes": 5000000}]
    with Cloud(scenario={"faults": rules}) as cloud:
        for name in ("pods", "nodes", "events"):
            answer = cloud.ask("/api/v1/" + name)
            assert answer.status == 200
            assert int(answer.headers["Content-Length"]) == len(answer.body)
            try:
                answer.json()
                raise AssertionError(name + " is JSON")
            except ValueError:
                pass
        empty = cloud.ask("/api/v1/secrets")
        assert empty.status == 200 and empty.body == b""
        typed = cloud.ask("/api/v1/services")
        assert typed.headers["Content-Type"].startswith("text/plain") and typed.json()["items"]
        corrupt = cloud.ask("/api/v1/configmaps")
        assert corrupt.headers["Content-Encoding"] == "gzip"
        try:
            gzip.decompress(corrupt.body)
            raise AssertionError("it inflates")
        except Exception as e:  # zlib.error, BadGzipFile, EOFError
            assert not isinstance(e, AssertionError)
        bomb = cloud.ask("/api/v1/endpoints")
        assert len(bomb.body) < 100000 and len(gzip.decompress(bomb.body)) == 5000000


@test
def answers_stall_and_come_slowly():
    rules = [{"kind": "stall", "path": "/api/v1/pods", "at_bytes": 1000},
             {"kind": "stall", "path": "/api/v1/nodes", "at_bytes": -2, "stall_ms": 300},
             {"kind": "stall", "path": "/api/v1/secrets", "stall_ms": 200},
             {"kind": "drip", "path": "/version", "bytes_per_s": 1000},
             {"kind": "slow", "path": "/healthz", "latency_ms": 250}]
    with Cloud(scenario={"faults": rules}) as cloud:
        connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=20)
        connection.request("GET", "/api/v1/pods")
        raw = connection.sock
        answer = connection.getresponse()
        assert len(answer.read(1000)) == 1000
        raw.settimeout(0.5)
        try:
            answer.read(1)
            raise AssertionError("it goes on")
        except socket.timeout:
            pass
        answer.close()
        connection.close()
        until = time.monotonic() + 10  # The server sees that we have gone, well before the hour.
        while not cloud.log() and time.monotonic() < until:
            time.sleep(0.02)
        assert cloud.log()[0]["aborted"] is True
        for path, least in (("/api/v1/nodes", 0.3), ("/api/v1/secrets", 0.2),
                            ("/version", 0.15), ("/healthz", 0.25)):
            start = time.monotonic()
            assert cloud.ask(path).status == 200
            assert time.monotonic() - start >= least, path


def storm(cloud, count):
    """The statuses of many requests at once, by path."""
    paths = [f"/api/v1/pods?limit={n}" for n in range(1, count + 1)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        return dict(zip(paths, pool.map(lambda p: cloud.ask(p).status, paths)))


@test
def chance_comes_from_the_seed():
    rules = [{"kind": "status", "status": 500, "probability": 0.3}]
    runs = []
    for seed in (1, 1, 2):
        with Cloud("--seed", str(seed), scenario={"faults": rules}) as cloud:
            runs.append(storm(cloud, 200))
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert 30 < list(runs[0].values()).count(500) < 90


@test
def each_url_fails_its_first_times():
    rules = [{"kind": "status", "status": 503, "per": "url", "times": 2}]
    with Cloud(scenario={"faults": rules}) as cloud:
        assert set(storm(cloud, 50).values()) == {503}
        assert set(storm(cloud, 50).values()) == {503}
        assert set(storm(cloud, 50).values()) == {200}


@test
def buckets_throttle():
    rules = [{"path": "/api/v1/pods", "rate": 0.05, "burst": 10, "per": "user", "name": "by-user"}]
    scenario = {"users": USERS, "throttles": rules}
    with Cloud(scenario=scenario) as cloud:
        start = time.monotonic()
        statuses = [cloud.ask("/api/v1/pods", headers=bearer("t-root")).status
                    for _ in range(40)]
        most = 10 + 0.05 * (time.monotonic() - start) + 1
        assert 10 <= statuses.count(200) <= most, (statuses, most)
        assert statuses[:10] == [200] * 10 and statuses.count(429) == 40 - statuses.count(200)
        answer = cloud.ask("/api/v1/pods", headers=bearer("t-tenant"))
        assert answer.status == 403  # Another bucket.
        assert cloud.ask("/api/v1/nodes", headers=bearer("t-root")).status == 200
        assert "by-user" in [line["fault"] for line in cloud.log()]
    with Cloud("--rate", "0.01", "--burst", "3") as cloud:
        answers = [cloud.ask("/version") for _ in range(6)]
        assert [a.status for a in answers] == [200] * 3 + [429] * 3
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 100


@test
def buckets_fill_again():
    with Cloud("--rate", "50", "--burst", "1") as cloud:
        start = time.monotonic()
        admitted = 0
        while admitted < 20:
            admitted += cloud.ask("/version").status == 200
            assert time.monotonic() - start < 60
        assert time.monotonic() - start >= 18 / 50
