"""Recorded answers of Azure as a server: what they list, under which entry of the catalogs, and a loopback server
that gives them again, a round at a time, to whoever asks as the catalogs do."""
import collections
import json
import os
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(TREE, "tests", "support"), os.path.join(TREE, "tests", "aws")]
import catalog_reader  # noqa: E402

catalog_reader.MEMBERS |= {"kinds", "in_bulk", "phase", "source", "keep"}
MANAGEMENT = "https://management.azure.com"
TENANT = "11111111-1111-1111-1111-111111111111"


def plain(path):
    """A path to compare by: in lower case, without the name of the subscription."""
    return re.sub(r"^/subscriptions/[^/]+", "/subscriptions/s", path.lower()).rstrip("/")


def kind_of(resource_id):
    """Microsoft.Sql/servers/databases of an id, in lower case."""
    segments = resource_id.lower().split("/providers/")[-1].split("/")
    return "/".join(segments[:1] + segments[1::2])


class Entries:
    """What the catalogs ask: each entry's path, as a pattern of real paths."""

    def __init__(self):
        catalog = catalog_reader.read_catalog(os.path.join(TREE, "collectors", "azure", "catalog"))
        self.by_native, self.children, self.roots = {}, [], []
        for entry in catalog.entries:
            path, native = str(entry.request("path") or ""), entry.text("native_type").lower()
            if not native or entry.get("kinds") or (entry.request("method") or "GET") != "GET":
                continue
            if path.startswith("{+parent}"):
                self.children.append((re.compile("^(.+)" + re.escape(path[9:].lower()) + "$"), entry))
                self.by_native.setdefault(native, entry)
            elif path.startswith("/subscriptions/{account}"):
                self.roots.append((plain(path), entry))
                self.by_native[native] = entry

    def of(self, path):
        """(entry, the parent's id or None, narrower) of what a real path lists."""
        path = plain(path)
        for root, entry in self.roots:
            if path == root:
                return entry, None, False
        for pattern, entry in self.children:
            match = pattern.match(path)
            if match and self.is_parent(entry, match.group(1)):
                return entry, match.group(1), False
        # The same, asked at a narrower scope: of a resource group, or of one resource.
        at = path.rfind("/providers/")
        for root, entry in self.roots:
            if at > 0 and root.startswith("/subscriptions/s/providers/") and root.endswith(path[at:]):
                return entry, None, True
        return None, None, False

    @staticmethod
    def is_parent(entry, resource_id):
        native = kind_of(resource_id)
        if "/providers/" not in resource_id:
            native = "microsoft.resources/resourcegroups"
        return any(parent.text("native_type").lower() == native for parent, _child in entry.parents)


class Listing:
    """One recorded page of a list."""

    def __init__(self, path, token, body, entry, parent, narrower):
        self.path, self.token, self.body = plain(path), token, body
        self.entry, self.parent, self.narrower = entry, parent, narrower
        self.asked = 0

    def items(self):
        return [one for one in self.body["value"] if isinstance(one, dict) and one.get("id")]


def body_of(response):
    body = response.get("body")
    if isinstance(body, dict) and isinstance(body.get("data"), (dict, list)):
        return body["data"]
    text = body.get("string") if isinstance(body, dict) else body
    try:
        return json.loads(text) if text else None
    except (TypeError, ValueError):
        return None


def objects(data):
    """The rows of a Resource Graph answer: it was recorded as a table, and is asked for as objects."""
    if isinstance(data, list):
        return data
    names = [column["name"] for column in data["columns"]]
    return [dict(zip(names, row)) for row in data["rows"]]


class Recording:
    """One file: the lists in it that an entry asks for, and why anything else is not one."""

    def __init__(self, path, entries):
        self.name = os.path.basename(path)
        self.listings, self.generic, self.graph, self.other = [], [], [], collections.Counter()
        self.subscriptions = set()
        with open(path, encoding="utf-8") as file:
            interactions = json.load(file)["interactions"]
        for each in interactions:
            self.read(each["request"], each["response"], entries)

    def read(self, request, response, entries):
        url, body = urlsplit(request["uri"]), body_of(response)
        found = re.match(r"/subscriptions/([^/]+)", url.path, re.I)
        if url.netloc != "management.azure.com":
            self.other["asks %s" % ("the data plane" if "azure.net" in url.netloc or "windows.net" in url.netloc
                                    else "no part of Azure Resource Manager")] += 1
            return
        if found:
            self.subscriptions.add(found.group(1).lower())
        if plain(url.path) == "/providers/microsoft.resourcegraph/resources" and isinstance(body, dict):
            self.graph += objects(body["data"])
        elif request["method"] != "GET" or response["status"]["code"] != 200:
            self.other["%s %s" % (request["method"], response["status"]["code"])] += 1
        elif not isinstance(body, dict) or not isinstance(body.get("value"), list):
            self.other["GET of one thing"] += 1
        elif plain(url.path) == "/subscriptions/s/resources":
            self.generic.append(Listing(url.path, None, body, None, None, False))
        else:
            entry, parent, narrower = entries.of(url.path)
            if entry is None:
                kind = kind_of(url.path + "/x")
                self.other["lists %s, for which there is no entry" % kind] += 1
                return
            token = (parse_qs(url.query).get("$skiptoken") or [None])[0]
            self.listings.append(Listing(url.path, token, body, entry, parent, narrower))

    def rounds(self):
        """Several answers to one question are given in as many scans: [{(path, token): Listing}]."""
        queues = {}
        for one in self.listings + self.generic:
            queue = queues.setdefault((one.path, one.token), [])
            if all(other.body != one.body for other in queue):
                queue.append(one)
        most = max((len(queue) for queue in queues.values()), default=0)
        return [{key: queue[min(at, len(queue) - 1)] for key, queue in queues.items()} for at in range(most)]


class World:
    """What is true in one round: the recorded lists, and above them the parents that were not recorded."""

    def __init__(self, recording, listings, entries):
        self.recording, self.entries = recording, entries
        self.subscription = sorted(recording.subscriptions)[0]
        self.lists = {}  # (path, token) -> [Listing]
        self.singles, self.parents = {}, {}
        for (path, token), listing in listings.items():
            if listing.entry is None:
                self.spread(listing)
            else:
                target = plain(str(listing.entry.request("path"))) if listing.narrower else path
                self.lists.setdefault((target, token), []).append(listing)
        for listing in list(listings.values()):
            if listing.parent:
                self.need(listing.parent)
        self.graph = []  # what Resource Graph's table Resources holds

    def items(self):
        for listings in list(self.lists.values()):
            for listing in listings:
                yield from listing.items()

    def spread(self, listing):
        """A list of resources of all types: each is listed by its own type too, or can be had one by one."""
        by_entry = collections.defaultdict(list)
        for item in listing.items():
            entry = self.entries.by_native.get(str(item.get("type")).lower())
            if entry is not None and entry.get("scope"):
                by_entry[plain(str(entry.request("path")))].append((item, entry))
            else:
                self.singles[item["id"].lower()] = item
        for path, found in by_entry.items():
            made = Listing(path, None, {"value": [item for item, _ in found]}, found[0][1], None, False)
            self.lists.setdefault((path, None), []).append(made)

    def need(self, resource_id):
        """A parent, and what is above it, are there."""
        known = {item["id"].lower().split("/", 3)[-1] for item in self.items()}
        if resource_id.split("/", 3)[-1] in known or resource_id in self.parents:
            return
        kind = kind_of(resource_id)
        entry = self.entries.by_native.get(kind)
        if entry is None:
            return
        real = resource_id.replace("/subscriptions/s/", "/subscriptions/%s/" % self.subscription)
        item = {"id": real, "name": real.rsplit("/", 1)[-1], "type": entry.text("native_type"), "location": "eastus"}
        self.parents[resource_id] = item
        path = str(entry.request("path"))
        if path.startswith("{+parent}"):
            above = resource_id.rsplit("/", 2)[0]
            self.need(above)
            path = above + path[9:]
        made = Listing(plain(path), None, {"value": [item]}, entry, None, False)
        self.lists.setdefault((plain(path), None), []).append(made)

    def resources(self):
        """Azure's list of all resources that have a place of their own."""
        found = {item["id"].lower(): item for item in self.singles.values()}
        for listings in self.lists.values():
            for listing in listings:
                if listing.entry.get("scope") == "subscription":
                    found.update({item["id"].lower(): item for item in listing.items()})
        return [{"id": item["id"], "name": item.get("name"), "type": self.type_of(item), "location":
                 item.get("location"), "tags": item.get("tags")} for item in found.values()]

    @staticmethod
    def type_of(item):
        segments = item["id"].split("/providers/")[-1].split("/")
        return item.get("type") or "/".join(segments[:1] + segments[1::2])


class Server:
    """The world of a round on a loopback port. `unknown` are the paths that no recording answers."""

    def __init__(self, world):
        self.world, self.unknown = world, collections.Counter()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                self.give(*outer.answer(urlsplit(self.path)))

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if urlsplit(self.path).path.lower() == "/providers/microsoft.resourcegraph/resources":
                    self.give(200, outer.query(json.loads(body)))
                elif self.path.endswith("/token"):
                    self.give(200, {"token_type": "Bearer", "expires_in": 86399, "access_token": "recorded"})
                else:
                    self.give(403, {"error": {"code": "AuthorizationFailed", "message": "only lists were recorded"}})

            def give(self, status, body):
                text = json.dumps(body).replace(MANAGEMENT, outer.url).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def query(self, body):
        rows = self.world.graph if body["query"].startswith("Resources") else []
        return {"totalRecords": len(rows), "count": len(rows), "resultTruncated": "false", "data": rows}

    def answer(self, url):
        world, path = self.world, plain(url.path)
        token = (parse_qs(url.query).get("$skiptoken") or [None])[0]
        about = {"subscriptionId": world.subscription, "tenantId": TENANT, "displayName": "Recorded",
                 "state": "Enabled", "id": "/subscriptions/" + world.subscription}
        fixed = {
            "/subscriptions": {"value": [about]}, "/subscriptions/s": about,
            "/tenants": {"value": [{"id": "/tenants/" + TENANT, "tenantId": TENANT}]},
            "/subscriptions/s/resources": {"value": world.resources()},
            "/subscriptions/s/providers": {"value": self.providers()},
        }
        if path in fixed:
            return 200, fixed[path]
        listings = world.lists.get((path, token))
        if listings:
            body = {"value": []}
            for one in listings:
                one.asked += 1
                body["value"] += one.body["value"]
                if one.body.get("nextLink"):
                    body["nextLink"] = one.body["nextLink"]
            return 200, body
        if url.path.lower() in world.singles:
            return 200, world.singles[url.path.lower()]
        entry, _parent, _narrower = world.entries.of(path)
        if entry is not None and entry.text("items") != ".":
            return 200, {"value": []}
        if entry is None:
            self.unknown[path] += 1
        return 404, {"error": {"code": "ResourceNotFound", "message": "%s was not recorded" % path}}

    def providers(self):
        kinds = collections.defaultdict(set)
        for item in self.world.resources():
            namespace, _, kind = item["type"].partition("/")
            kinds[namespace].add(kind)
        return [{"namespace": namespace, "registrationState": "Registered", "resourceTypes": [
            {"resourceType": kind, "apiVersions": ["2023-01-01"]} for kind in sorted(found)]}
            for namespace, found in sorted(kinds.items())]
