"""An AWS that answers every operation of botocore's models: one of everything, one page, nothing of
what wgo's catalogs say. It notes which operations it was asked for."""
import http.server
import json
import re
import threading
import urllib.parse
from xml.sax.saxutils import escape

import botocore.session

# Members that would lead to a next page.
PAGING = re.compile(r"next|marker|token|position|truncated|lastevaluated|hasmore|cursor", re.I)
DEEP = 9
# An operation that is asked for more often has nothing more to show: units within units come to an end.
OFTEN = 3
CALLER, MEMBER = "111122223333", "444455556666"
STRINGS = {
    "RegionName": "us-east-1", "OptInStatus": "opt-in-not-required", "RegionOptStatus": "ENABLED",
    "Account": CALLER, "AccountId": CALLER, "OwnerId": CALLER, "Endpoint": "x.example.org"}


class Answers:
    """Documents made from an operation's output shape."""

    def __init__(self, protocol, operation, empty=False):
        self.protocol, self.operation, self.empty = protocol, operation, empty

    def text(self, name, shape):
        if name in STRINGS:
            return STRINGS[name]
        values = getattr(shape, "enum", None)
        if values:
            return "ACTIVE" if "ACTIVE" in values else values[0]
        if name == "Id" and self.operation.name.startswith("ListAccounts"):
            return MEMBER
        if name.lower().endswith("arn"):
            return "arn:aws:iam::%s:thing/x" % CALLER
        return "{}" if re.search(r"policy|document|template", name, re.I) else "x"

    def scalar(self, name, shape):
        kind = shape.type_name
        if kind == "timestamp":
            wanted = shape.serialization.get("timestampFormat")
            iso = wanted == "iso8601" or self.protocol in ("query", "ec2", "rest-xml")
            return "2099-01-01T00:00:00Z" if iso else 4070908800
        if kind == "boolean":
            return False
        if kind in ("integer", "long", "float", "double"):
            return 1
        return "" if kind == "blob" else self.text(name, shape)

    def members(self, shape, depth):
        for name, member in shape.members.items():
            skipped = (member.serialization.get("location") or member.serialization.get("eventstream") or
                       member.serialization.get("xmlAttribute"))
            deep = depth > DEEP and member.type_name in ("structure", "list", "map")
            if not skipped and not deep and not (PAGING.search(name) and depth == 0):
                yield name, member

    def json(self, name, shape, depth=0):
        if shape.type_name == "structure":
            if getattr(shape, "is_document_type", False):
                return {}
            return {member.serialization.get("name", key): self.json(key, member, depth + 1)
                    for key, member in self.members(shape, depth)}
        if shape.type_name == "list":
            return [] if self.empty else [self.json(name, shape.member, depth + 1)]
        if shape.type_name == "map":
            return {key: self.json(name, shape.value, depth + 1)
                    for key in getattr(shape.key, "enum", None) or ["x"]}
        return self.scalar(name, shape)

    def inside(self, name, shape, depth):
        if shape.type_name == "structure":
            return "".join(self.element(key, member, depth + 1) for key, member in self.members(shape, depth))
        value = self.scalar(name, shape)
        return escape(str(value).lower() if isinstance(value, bool) else str(value))

    def element(self, name, shape, depth):
        tag, flat = shape.serialization.get("name", name), shape.serialization.get("flattened")
        if shape.type_name == "list" and self.empty:
            return "" if flat else "<%s></%s>" % (tag, tag)
        if shape.type_name == "list":
            item = shape.member.serialization.get("name", "member")
            if flat:
                item = shape.member.serialization.get("name", tag)
            body = "<%s>%s</%s>" % (item, self.inside(name, shape.member, depth + 1), item)
            return body if flat else "<%s>%s</%s>" % (tag, body, tag)
        if shape.type_name == "map":
            key = shape.key.serialization.get("name", "key")
            value = shape.value.serialization.get("name", "value")
            body = "<%s>x</%s><%s>%s</%s>" % (key, key, value, self.inside(name, shape.value, depth + 1), value)
            entry = tag if flat else "entry"
            body = "<%s>%s</%s>" % (entry, body, entry)
            return body if flat else "<%s>%s</%s>" % (tag, body, tag)
        return "<%s>%s</%s>" % (tag, self.inside(name, shape, depth), tag)

    def body(self):
        """(content type, bytes)."""
        shape, name, xml = self.operation.output_shape, self.operation.name, self.protocol in ("query", "ec2", "rest-xml")
        payload = shape.serialization.get("payload") if shape is not None else None
        if payload:
            name, shape = payload, shape.members[payload]
            if shape.type_name in ("blob", "string"):
                return "text/plain", b"{}"
        if not xml:
            return "application/json", json.dumps({} if shape is None else self.json(name, shape)).encode()
        inside = "" if shape is None else self.inside(name, shape, 0)
        if self.protocol == "query":
            inside = "<%sResult>%s</%sResult>" % (name, inside, name)
        if self.protocol == "rest-xml":
            root = shape.serialization.get("name", shape.name) if shape is not None else name
            return "application/xml", ("<%s>%s</%s>" % (root, inside, root)).encode()
        return "text/xml", ("<%sResponse>%s</%sResponse>" % (name, inside, name)).encode()


class Models:
    """Which operation a request is; some services speak several protocols."""

    def __init__(self, services):
        session = botocore.session.get_session()
        self.services = {name: session.get_service_model(name) for name in sorted(services)}
        self.targets, self.actions, self.paths = {}, {}, {}
        for name, model in self.services.items():
            self.add(name, model)

    def add(self, name, model):
        meta = model.metadata
        signing = meta.get("signingName", meta["endpointPrefix"])
        for call in model.operation_names:
            operation = model.operation_model(call)
            protocols = meta.get("protocols", [meta["protocol"]])
            if "json" in protocols:
                self.targets["%s.%s" % (meta["targetPrefix"], call)] = (name, call)
            if "query" in protocols or "ec2" in protocols:
                self.actions.setdefault((call, meta["apiVersion"]), (name, call))
            if protocols[0].startswith("rest-") and not operation.deprecated:
                self.paths.setdefault((signing, operation.http["method"]), []).append(
                    self.pattern(operation) + ((name, call),))

    @staticmethod
    def pattern(operation):
        """(expression of the path, what the query must have, how much of the path is literal)."""
        path, _, query = operation.http["requestUri"].partition("?")
        shape = operation.input_shape
        needed = {shape.members[name].serialization.get("name", name) for name in shape.required_members
                  if shape.members[name].serialization.get("location") == "querystring"} if shape else set()
        expression = re.sub(r"\\{([^}]*?)(\\\+)?\\}", lambda m: ".+" if m.group(2) else "[^/]+", re.escape(path))
        literal = len(re.sub(r"\{[^}]*\}", "", path))
        return re.compile(expression + "/?$"), set(filter(None, query.split("&"))) | needed, literal

    def find(self, method, url, headers, body):
        target = headers.get("X-Amz-Target")
        if target:
            return self.targets.get(target)
        if headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            form = dict(urllib.parse.parse_qsl(body.decode(), keep_blank_values=True))
            return self.actions.get((form.get("Action"), form.get("Version")))
        path, _, query = url.partition("?")
        asked = set()
        for part in query.split("&"):
            asked |= {part, part.split("=")[0]}
        scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers.get("Authorization", ""))
        best = (-1, -1, None)
        for regex, wanted, literal, found in self.paths.get((scope and scope.group(1), method), []):
            if regex.match(path) and wanted <= asked:
                best = max(best, (len(wanted), literal, found), key=lambda one: one[:2])
        return best[2]

    def answers(self, found, headers, empty):
        """The answer's (content type, bytes), in the protocol of the request."""
        model = self.services[found[0]]
        protocols = model.metadata.get("protocols", [model.metadata["protocol"]])
        if headers.get("X-Amz-Target"):
            protocol = "json"
        else:
            protocol = next(one for one in protocols if one in ("ec2", "query", "rest-json", "rest-xml"))
        return Answers(protocol, model.operation_model(found[1]), empty).body()


class AnyAws:
    """The server; 'asked' is what was asked for, 'unknown' what no model knows. 'script' has what some
    operations are answered with instead: a function of a request's path and body, whose answer is a
    document, or text of XML, or a status with either."""

    def __init__(self, services):
        self.models, self.asked, self.unknown, self.lock = Models(services), {}, [], threading.Lock()
        self.script = {}
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                found = world.models.find(self.command, self.path, self.headers, body)
                if found is None:
                    world.unknown.append("%s %s %s %s" % (self.command, self.path, self.headers.get("X-Amz-Target", ""), body[:80].decode("latin-1")))
                    status, kind, content = 400, "application/json", b'{"__type":"Unknown","message":"unknown"}'
                else:
                    with world.lock:
                        world.asked[found] = world.asked.get(found, 0) + 1
                        empty = world.asked[found] > OFTEN
                    status, kind, content = world.answers(found, self, body, empty)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            do_GET = do_POST = do_HEAD = do_PUT = answer

            def log_message(self, *_args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def answers(self, found, request, body, empty):
        if found not in self.script:
            return 200, *self.models.answers(found, request.headers, empty)
        given = self.script[found](request.path, body.decode())
        status, given = given if isinstance(given, tuple) else (200, given)
        return (status, "text/xml", given.encode()) if isinstance(given, str) else (
            status, "application/json", json.dumps(given).encode())

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
