"""The server itself: threads, log, encodings, start and end."""
import concurrent.futures
import gzip
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from checks import harness
from checks.harness import Cloud, bearer, test


@test
def many_delayed_answers_need_few_threads():
    with Cloud("--latency-ms", "1000", "--threads", "2") as cloud:
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(200) as pool:
            statuses = list(pool.map(lambda _: cloud.ask("/version").status, range(400)))
        took = time.monotonic() - start
        assert statuses == [200] * 400
        assert 2 <= took < 60, took
        with open(f"/proc/{cloud.process.pid}/status") as f:
            threads = [int(line.split()[1]) for line in f if line.startswith("Threads:")][0]
        assert threads <= 12, threads
        assert cloud.get("/_fakecloud/stats")["in_flight_max"] > 50


@test
def a_record_is_enough_to_ask_again():
    with tempfile.TemporaryDirectory() as work:
        record = os.path.join(work, "record")
        with Cloud("--record", record) as cloud:
            cloud.ask("/api/v1/pods?limit=3", headers={"X-Odd": 'a "quoted" value'})
            cloud.ask("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", method="POST",
                      headers={"Content-Type": "application/json"}, body="{\n}")
            with open(record) as f:
                lines = [json.loads(line) for line in f]
            assert [line["method"] for line in lines] == ["GET", "POST"]
            assert lines[0]["path"] == "/api/v1/pods?limit=3" and lines[0]["body"] == ""
            assert lines[0]["headers"]["X-Odd"] == 'a "quoted" value'
            assert lines[1]["body"] == "{\n}" and lines[1]["headers"]["Content-Length"] == "3"
            again = cloud.ask(lines[0]["path"], headers=lines[0]["headers"])
            assert again.status == lines[0]["status"] == 200 and len(again.body) == lines[0]["bytes"]


@test
def the_log_says_what_happened():
    with Cloud("--token", "kim=sesame") as cloud:
        connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=20)
        for _ in range(3):
            connection.request("GET", "/api/v1/pods?limit=5&x=%2F", headers={
                "Authorization": "Bearer sesame", "User-Agent": "selftest/1",
                "Accept-Encoding": "br"})
            body = connection.getresponse().read()
            assert len(cloud.log()) > 0
        connection.close()
        cloud.ask("/version")
        lines = cloud.log()
        assert len(lines) == 4
        for line in lines[:3]:
            assert line["method"] == "GET" and line["path"] == "/api/v1/pods?limit=5&x=%2F"
            assert line["status"] == 200 and line["bytes"] == len(body)
            assert line["user"] == "kim" and line["user_agent"] == "selftest/1"
            assert line["accept_encoding"] == "br" and line["in_flight"] == 1
            assert line["fault"] is None and line["aborted"] is False
            assert line["connection"] == lines[0]["connection"]
        assert lines[3]["connection"] != lines[0]["connection"]
        assert [line["n"] for line in lines] == [1, 2, 3, 4]
        times = [line["time_ns"] for line in lines]
        assert times == sorted(times)
        stats = cloud.get("/_fakecloud/stats")
        assert stats["requests"] == 4 and stats["in_flight"] == 0
        assert stats["routes"]["list v1/pods"]["requests"] == 3
        assert stats["bytes"] == sum(line["bytes"] for line in lines)


@test
def gzip_and_chunks():
    with Cloud("--gzip", "--chunked", "--pods", "500") as cloud:
        plain = cloud.ask("/api/v1/pods")
        packed = cloud.ask("/api/v1/pods", headers={"Accept-Encoding": "gzip"})
        assert plain.headers["Transfer-Encoding"] == "chunked"
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 3
    with Cloud("--pods", "500") as cloud:
        whole = cloud.ask("/api/v1/pods", headers={"Accept-Encoding": "gzip"})
        assert int(whole.headers["Content-Length"]) == len(whole.body)
        assert whole.body == plain.body


@test
def head_has_no_body():
    with Cloud() as cloud:
        answer = cloud.ask("/api/v1/pods", method="HEAD")
        assert answer.status == 200 and answer.body == b""


@test
def large_lists_need_no_memory():
    with Cloud("--pods", "200000", "--namespaces", "50") as cloud:
        connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=60)
        connection.request("GET", "/api/v1/pods")
        answer = connection.getresponse()
        items = total = 0
        tail = b""
        while True:
            block = answer.read(1 << 20)
            if not block:
                break
            total += len(block)
            items += (tail + block).count(b'"generateName"') - tail.count(b'"generateName"')
            tail = block[-20:]
        connection.close()
        assert items == 200000, items
        assert total == int(answer.headers["Content-Length"])
        assert cloud.get("/_fakecloud/stats")["max_rss_kb"] < 400000  # Sanitizers included.


@test
def bad_command_lines_are_refused():
    for args, word in ((["--nonsense"], "unknown flag"), (["--port"], "needs"),
                       (["--pods", "x"], "whole number"), (["--objects", "3"], "too few"),
                       (["--fault", "{"], "not JSON"), (["--fault", '{"kind":"no"}'], "no"),
                       (["--fault", '{"kind":"cut","tpyo":1}'], "tpyo"),
                       (["--count", "ghosts=1"], "ghosts"), (["--scenario", "/none"], "/none"),
                       (["stray"], "stray")):
        done = subprocess.run([harness.FAKECLOUD, "--max-seconds", "1", *args], capture_output=True,
                              text=True, timeout=20)
        assert done.returncode == 2 and word in done.stderr, (args, done)


@test
def it_ends_when_told():
    port_file = os.path.join(tempfile.mkdtemp(prefix="fakecloud-"), "port")
    with subprocess.Popen([harness.FAKECLOUD, "--port-file", port_file, "--latency-ms", "60000"],
                          stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        with open(port_file) as f:
            port = int(f.read())
        waiting = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        waiting.request("GET", "/version")
        process.terminate()
        assert process.wait(timeout=20) == 0
        waiting.close()
    shutil.rmtree(os.path.dirname(port_file))
    with subprocess.Popen([harness.FAKECLOUD, "--max-seconds", "1"], stdout=subprocess.PIPE) as process:
        assert process.wait(timeout=20) == 0


@test
def strange_requests_do_no_harm():
    with Cloud() as cloud:
        assert cloud.ask("/" + "a/" * 100).status == 414
        assert cloud.ask("/api/v1/pods?" + "&".join(f"a{n}=1" for n in range(200))).status == 414
        assert cloud.ask("/api/v1/pods?%zz&=&&limit=%&x").status in (200, 400)
        assert cloud.ask("/api/v1/namespaces/%00/pods/%2e%2E%2f").status == 404
        assert cloud.ask("//api//v1").status == 404
        for body in ("", "{", "[]", '{"spec":1}', '{"spec":{"namespace":5}}', "k8s\0\n\xff"):
            answer = cloud.ask("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
                               method="POST", body=body)
            assert answer.status == 400, (body, answer.status)
            cloud.ask("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", method="POST",
                      body=body, headers={"Content-Type": "application/vnd.kubernetes.protobuf"})
        for raw in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
                    b"\0" * 1000, b"GET /version HTTP/1.1\r\nHost: x\r\nX: "):
            with socket.create_connection(("127.0.0.1", cloud.port), timeout=5) as s:
                s.sendall(raw)
        assert cloud.ask("/version").status == 200


@test
def the_readme_names_every_flag():
    with open(os.path.join(os.path.dirname(os.path.dirname(__file__)), "README.md")) as f:
        readme = f.read()
    told = subprocess.run([harness.FAKECLOUD, "--help"], capture_output=True, text=True,
                          timeout=20).stdout
    flags = [line.split()[0] for line in told.splitlines() if line.startswith("  --")]
    assert len(flags) > 30
    for flag in flags:
        assert f"`{flag}" in readme, flag
    scenario = readme.split("```json\n")[1].split("```")[0]
    with Cloud(scenario=json.loads(scenario)) as cloud:
        assert cloud.counts("prod")["total"] == 50000
        assert cloud.ask("/clusters/edge/api/v1/secrets", headers=bearer("sesame")).status == 200
