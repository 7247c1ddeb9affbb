"""A small API on loopback whose answers a test scripts, and which notes what it was asked."""
import json
import os
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cli_support import CliTest

SECRET = "s3kr1t-V4lue-0f-a-key"

# A list, and a call for each of its things.
THINGS_WITH_DETAILS = """  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
    children: [{ entry: detail, vars: { thing: "{item.id}" } }]
  - name: detail
    part: detail
    request: { path: "/things/{thing}" }
    items: .
    id: "{parent}"
"""


class Asked:
    def __init__(self, handler, body):
        url = urllib.parse.urlsplit(handler.path)
        self.method, self.path, self.body = handler.command, url.path, body
        self.target = handler.path
        self.query = dict(urllib.parse.parse_qsl(url.query))
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.at = time.monotonic()


class Api:
    """answer(asked) gives (status, document or bytes or None, headers)."""

    def __init__(self, test, answer):
        self.asked, self.lock = [], threading.Lock()
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def serve(self):
                length = int(self.headers.get("Content-Length") or 0)
                asked = Asked(self, self.rfile.read(length))
                with api.lock:
                    api.asked.append(asked)
                    status, document, headers = answer(asked)
                    asked.status = status
                body = document if isinstance(document, bytes) else json.dumps(document).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                if "Content-Type" not in headers:
                    self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = serve

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        thread.start()

        def stop():
            self.server.shutdown()
            self.server.server_close()
            thread.join()
        test.addCleanup(stop)

    def count(self, status):
        return sum(1 for asked in self.asked if asked.status == status)


class Metered:
    """Answers that tell what is left of each key's quota, and 429 when nothing is."""

    def __init__(self, limits, name_of):
        self.left, self.name_of = dict(limits), name_of

    def __call__(self, asked, answer):
        key = self.name_of(asked)
        if self.left[key] <= 0:
            return 429, {"error": {"code": "RATE_LIMIT_EXCEEDED"}}, {"Retry-After": "3600"}
        self.left[key] -= 1
        status, document, headers = answer
        return status, document, {"X-RateLimit-Remaining": str(self.left[key]),
                                  "X-RateLimit-Reset": "3600", **headers}


def things(count, first=0):
    return [{"id": "t%04d" % i, "name": "thing %d" % i} for i in range(first, first + count)]


class RestTest(CliTest):
    def describe(self, api, auth="", entries=None, more="", name="forge.yaml", extra="", base=None):
        text = """provider: forge
api:
  base: %s
%s%s%s
entries:
%s""" % (json.dumps(base or api.url), "  auth: %s\n" % auth if auth else "", more, extra and "\n" + extra,
            entries or """  - name: things
    request: { path: /things }
    items: things[]
    id: "forge://thing/{item.id}"
""")
        return self.write(name, text)

    def scan(self, *args, env=None, code=0, description=None):
        result = self.wgo("scan", "-p", "forge", "--catalog", description or self.path("forge.yaml"), "-o", "out.json",
                          *args, env={"WGO_DEBUG": "true", **(env or {})})
        self.assert_code(result, code)
        return result

    def ids(self):
        return [resource["id"] for resource in self.load("out.json")["resources"]]

    def rows(self):
        return self.load("out.json")["metadata"]["completeness"]

    def assert_no_secret(self, result, *secrets):
        """Neither what was said nor any file that was left holds one."""
        said = result.out + result.err
        for folder, _, names in os.walk(self.dir):
            for name in names:
                if name.startswith("secret") or name.endswith(".yaml"):
                    continue
                with open(os.path.join(folder, name), "rb") as file:
                    said += file.read().decode("latin-1")
        for secret in secrets:
            self.assertNotIn(secret, said)

    def assert_hint(self, result, text, *others):
        said = [line.strip() for line in result.err.splitlines() if line.strip().startswith("hint: ")]
        self.assertEqual(len(said), 1, result.err)
        self.assertIn(text, said[0])
        self.assertNotIn("--max-workers", said[0])
