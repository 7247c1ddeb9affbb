"""A loopback proxy that makes the API server itself answer 410 Expired.

Requests and answers pass unchanged, over TLS on both sides. Before it lets a later page of a list through, it has etcd
forget everything but the present, so the server finds the continue token's revision gone and says so in its own words,
with its own fresh token. `mode` is "once" (after each first page of a watched list, the next page expires) or "always"
(every page after a first one does, unless its token is one that a 410 gave), or "exact" (the first list at a version of its
own, of each path, is too late). What it was asked for can be looked at.

Threads: one per connection of the client, each with its own connection to the server; `lock` guards the counts and
`armed`. It lives until close()."""
import http.client
import http.server
import json
import ssl
import threading
import urllib.parse

HOP_BY_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "proxy-connection"}


class Proxy:
    def __init__(self, cluster, mode, watched):
        self.cluster, self.mode, self.watched = cluster, mode, watched
        self.lock = threading.Lock()
        self.armed = set()        # lists whose next page is to expire (mode "once")
        self.fresh = set()        # continue tokens that came with a 410: good at any revision
        self.reset()
        certificate = cluster.pki + "/server"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate + ".crt", certificate + ".key")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), make_handler(self), bind_and_activate=False)
        # A handshake belongs to the thread of its connection, not to the one that accepts.
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.server.daemon_threads = True
        self.server.server_bind()
        self.server.server_activate()
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, name="proxy-" + mode, daemon=True).start()

    def reset(self):
        with self.lock:
            self.pages = 0        # pages of watched lists asked for
            self.compactions = 0
            self.expired = {}     # path -> 410 answers of the server
            self.with_token = 0   # of these, how many carried a fresh continue token
            self.asked = []       # (path, query) of every request
            self.late = set()     # paths that have met their late list (mode "exact")

    def before(self, path, query):
        """Decides under the lock whether this request must find its revision gone, then compacts outside it."""
        with self.lock:
            self.asked.append((path, {key: values[0] for key, values in query.items()}))
            late = self.mode == "exact" and "resourceVersionMatch" in query and path not in self.late
            if late:
                self.late.add(path)
                self.compactions += 1
        if late:
            self.cluster.etcd.compact()
        if not self.watched(path) or "watch" in query:
            return
        token = query.get("continue", [""])[0]
        with self.lock:
            self.pages += 1
            if not token:
                self.armed.add(path)
                return
            due = token not in self.fresh and (self.mode == "always" or path in self.armed)
            self.armed.discard(path)
            self.compactions += due
        if due:
            self.cluster.etcd.compact()

    def after(self, path, status, body):
        if status != 410:
            return
        try:
            token = json.loads(body).get("metadata", {}).get("continue", "")
        except ValueError:
            token = ""            # compressed or not JSON: counted, but its token cannot be known
        with self.lock:
            self.expired[path] = self.expired.get(path, 0) + 1
            if token:
                self.with_token += 1
                self.fresh.add(token)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def make_handler(proxy):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        upstream = None

        def log_message(self, *args):
            pass

        def handle(self):
            try:
                super().handle()
            except (OSError, ssl.SSLError):
                pass              # the client went away
            finally:
                if self.upstream:
                    self.upstream.close()

        def ask(self, body):
            """One exchange with the server; a kept connection that it closed meanwhile is replaced once."""
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
            for fresh in (False, True):
                if self.upstream is None or fresh:
                    context = ssl.create_default_context(cafile=proxy.cluster.ca_file)
                    self.upstream = http.client.HTTPSConnection("127.0.0.1", proxy.cluster.port, context=context,
                                                                timeout=120)
                try:
                    self.upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in headers.items():
                        self.upstream.putheader(name, value)
                    self.upstream.endheaders(body)
                    answer = self.upstream.getresponse()
                    return answer, answer.read()
                except (http.client.HTTPException, OSError):
                    self.upstream.close()
                    if fresh:
                        raise

        def relay(self):
            url = urllib.parse.urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length) if length else None
            proxy.before(url.path, urllib.parse.parse_qs(url.query))
            try:
                answer, content = self.ask(body)
            except (http.client.HTTPException, OSError) as problem:
                self.send_error(502, explain=str(problem))
                return
            # A compaction expires the tokens of every list under way, watched or not.
            proxy.after(url.path, answer.status, content)
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in HOP_BY_HOP and name.lower() != "content-length":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = relay

    return Handler
