"""Does an entry fit the method that it asks? Its request, its pages, its paths, its variables, its names."""
import re

from catalog_reader import FIELDS, path_parts, pieces
from discovery import PathError, find

BASE = {"account", "project_number", "organization", "region", "service", "call", "type", "provider", "token"}
MAX_VARS = 16  # WGO_TASK_VARS
# What only reads. Its last word is one of these; all else changes something, or answers a secret.
READS = re.compile(r"^(list|aggregatedList|aggregated|get|search|searchAllResources|batchGetAssetsHistory|getIamPolicy|getBillingInfo|"
                   r"getPolicy)$")
SECRETS = re.compile(r"(access|getKeyString|getAuthString|accessReadonly|export|generate\w*|sign\w*|decrypt\w*)$", re.I)
PERMISSION = re.compile(r"^([a-z]+)\.([a-z]+\.googleapis\.com/)?[A-Za-z0-9]+(\.[A-Za-z0-9]+)*\."
                        r"(list(Resource)?|get|getIamPolicy|search\w*|export\w*)$|"
                        r"^[a-z]+\.googleapis\.com/[A-Za-z]+\.(list|get|getIamPolicy)$")
# Services whose permissions begin otherwise.
PREFIXES = {
    "sqladmin": {"cloudsql"}, "cloudresourcemanager": {"resourcemanager"}, "bigtableadmin": {"bigtable"},
    "firestore": {"datastore"}, "cloudbilling": {"billing", "resourcemanager"},
    "bigqueryreservation": {"bigquery"}, "bigqueryconnection": {"bigquery"}, "bigquerydatatransfer": {"bigquery"}}
NATIVE = re.compile(r"^[a-z]+\.googleapis\.com/[A-Za-z0-9]+$")
SECRET_NAMES = re.compile(r"(password|privatekey|privatekeydata|clientsecret|sharedsecret|clientkey|rawkey|authtoken|"
                          r"secretaccesskey|keystring|sastoken|environmentvariables|envvariables|envvars|"
                          r"activationtoken|pairingkey)$", re.I)


def listed(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def name_of_kind(entry):
    native = entry.text("native_type")
    return native.rsplit("/", 1)[-1] if native else ""


class Shape:
    """What an entry's items look like: in the list's answer, and in Asset Inventory, which holds whole resources."""

    def __init__(self, document, method, entry, others):
        self.document = document
        self.nodes = []
        root = document.schema(method["response"]) if "response" in method else {}
        self.root = root
        if not entry.get("decode") or entry.get("items"):
            parts = path_parts(entry.get("items") if entry.get("items") is not None else ".")
            self.nodes.append((document, find(document, root, parts)))
        # A list's schema may leave out what the resource's own has, and Asset Inventory may hold another version.
        kind = re.compile(r"(.*V\d+\w*?)?%s$" % (name_of_kind(entry) or "-"))
        for one in others if entry.get("part") is None and self.nodes else ():
            self.nodes += [(one, node) for name, node in one.schemas.items() if kind.match(name)]

    def find(self, path, listed_only=False):
        error = None
        for document, node in self.nodes[:1] if listed_only else self.nodes:
            try:
                return find(document, node, path_parts(path))
            except (PathError, KeyError) as problem:
                error = error or problem
        raise PathError(str(error))


def check_request(entry, document, method, say):
    known = {**document.parameters, **method.get("parameters", {})}
    for name, value in (entry.request("query") or {}).items():
        if any(isinstance(one, str) and re.search(r"[^\w.~%:/,@*()-]", one) for one in pieces(value)):
            say("query: %s is not percent-encoded" % name)
        if name not in known:
            say("query: no parameter %s" % name)
            continue
        allowed, text = known[name].get("enum"), str(value)
        if allowed and "{" not in text and text not in allowed:
            say("query: %s: %s is none of %s" % (name, text, ", ".join(allowed)))
        most = known[name].get("maximum")
        if most and text.isdigit() and int(text) > int(most):
            say("query: %s is %s, the most is %s" % (name, text, most))
        if known[name].get("type") == "integer" and "{" not in text and not text.isdigit():
            say("query: %s is a number, not %s" % (name, text))
    for name, one in method.get("parameters", {}).items():
        if one.get("required") and one.get("location") == "query" and name not in (entry.request("query") or {}):
            say("query: %s is required" % name)
    body = entry.request("json")
    if isinstance(body, dict):
        check_body(document, method.get("request"), body, say)
    verb = entry.request("method") or "GET"
    if verb == "POST" and entry.get("effect") not in ("none", "export"):
        say("a POST wants effect")


def check_body(document, node, body, say):
    node = document.schema(node or {})
    for name, value in body.items():
        if name not in node.get("properties", {}):
            say("json: no member %s" % name)
        elif isinstance(value, dict):
            check_body(document, node["properties"][name], value, say)


def check_page(entry, document, method, shape, say):
    page = entry.get("page") or {}
    out, into = page.get("token_out"), page.get("token_in")
    properties, parameters = shape.root.get("properties", {}), method.get("parameters", {})
    if "nextPageToken" in properties and "pageToken" in parameters and not page:
        say("the method has pages: page: { token_out: nextPageToken, token_in: pageToken }")
    for one in listed(out):
        try:
            find(document, shape.root, path_parts(one))
        except PathError as error:
            say("token_out: %s" % error)
    for one in listed(into):
        body = document.schema(method.get("request", {})).get("properties", {})
        if one not in parameters and one not in body:
            say("token_in: no parameter %s" % one)
    sizes = {"pageSize", "maxResults"} & set(parameters)
    if page and sizes and not sizes & set(entry.request("query") or {}) and entry.service not in ("dns", "bigtableadmin"):
        say("query: %s is not said" % " or ".join(sorted(sizes)))


def check_templates(entry, shape, say):
    for field in FIELDS:
        if entry.get(field) is not None:
            check_template(entry, shape, field, entry.get(field), say)
    for child in entry.children():
        for name, template in (child.get("vars") or {}).items():
            check_template(entry, shape, "%s's %s" % (child.get("entry"), name), template, say)
        if child.get("needs"):
            check_template(entry, shape, "%s's needs" % child.get("entry"), child.get("needs"), say)


def check_template(entry, shape, field, template, say):
    try:
        found = [piece for piece in pieces(template) if not isinstance(piece, str)]
    except ValueError as error:
        say("%s: %s" % (field, error))
        return
    asked = bool(scope_of(entry) or entry.parents)
    # A value that must be there is in the list itself, not only in what Asset Inventory holds.
    for hole, needed in [(hole, asked and not fallback and hole is holes[0])
                         for holes, fallback in found for hole in holes]:
        if hole.tag is not None and not entry.get("tags"):
            say("%s: {tag.%s}, but the entry has no tags" % (field, hole.tag))
        if not hole.item:
            continue
        if "*" in hole.item or "[]" in hole.item:
            say("%s: {item.%s} may have no * or []" % (field, hole.item))
            continue
        try:
            node = shape.find(hole.item, needed)
        except (PathError, ValueError) as error:
            say("%s: {item.%s}: %s" % (field, hole.item, error))
            continue
        if node.get("type") in ("object", "array") and "json" not in hole.filters:
            say("%s: {item.%s} is an %s" % (field, hole.item, node["type"]))
        if field in ("created", "updated"):
            check_time(node, field, hole, say)


def check_time(node, field, hole, say):
    number = node.get("format") in ("int64", "uint64", "int32")
    timed = [one for one in hole.filters if one in ("time", "ms")]
    if number and not timed:
        say("%s: {item.%s} is a number: :time or :ms" % (field, hole.item))
    if not number and "ms" in timed:
        say("%s: {item.%s} is no number of milliseconds" % (field, hole.item))


def check_paths(entry, shape, links, say):
    tags = entry.get("tags")
    if tags is not None:
        path = tags.get("map") if isinstance(tags, dict) else None
        try:
            node = shape.find(path) if path else None
            if node is None or "additionalProperties" not in node:
                say("tags: %s is no map" % path)
        except (PathError, ValueError) as error:
            say("tags: %s" % error)
    for key in ("sensitive", "cut"):
        for path in entry.all_of(key):
            try:
                shape.find(path)
            except (PathError, ValueError) as error:
                say("%s: %s: %s" % (key, path, error))
    for path, link in entry.dependencies():
        try:
            node = shape.find(path)
            if node.get("type") not in ("string", "any"):
                say("dependencies: %s is an %s" % (path, node.get("type")))
        except (PathError, ValueError) as error:
            say("dependencies: %s: %s" % (path, error))
        if "{" not in str(link) and link not in links:
            say("dependencies: %s: no link is called %s" % (path, link))


# ---- secrets ----

def secrets_of(document, node, path="", seen=(), depth=0):
    """Paths of members that are called like secrets."""
    node = document.schema(node)
    if id(node) in seen or depth > 9:
        return
    seen = seen + (id(node),)
    for name, one in node.get("properties", {}).items():
        one = document.schema(one)
        here = path + ("." if path else "") + ('"%s"' % name if "." in name else name)
        lists = ""
        while one.get("type") == "array":
            one, lists = document.schema(one["items"]), lists + "[]"
        if name in ("env", "envVars", "httpHeaders") and lists and "value" in one.get("properties", {}):
            yield here + lists + ".value"
            continue
        if SECRET_NAMES.search(name) and not name.startswith("secretManagerStored") and one.get("type") not in ("boolean", "integer"):
            if one.get("type") == "string" or "additionalProperties" in one:
                yield here + lists + (".*" if "additionalProperties" in one else "")
                continue
        yield from secrets_of(document, one, here + lists, seen, depth + 1)


def covered(path, paths):
    parts = [name for name, _ in path_parts(path)]
    for one in paths:
        theirs = [name for name, _ in path_parts(one)]
        if theirs == parts[:len(theirs)] or theirs == [part for part in parts if part != "*"]:
            return True
    return False


def check_secrets(entry, shape, say):
    if entry.get("bare"):
        return
    kept = entry.all_of("sensitive") + entry.all_of("cut")
    for path in secrets_of(*shape.nodes[0]) if shape.nodes else ():
        if not covered(path, kept):
            say("%s may be a secret, and is neither sensitive nor cut" % path)


# ---- names ----

def check_names(entry, types, say):
    kind = entry.text("type")
    for one in entry.types() + [str(each) for each in listed(entry.get("terraform"))]:
        if one == kind and one == entry.text("native_type").replace("{service}", entry.service):
            continue  # Terraform has no word for it
        if not re.fullmatch(r"google_[a-z0-9_]+", one):
            say("type %s is neither Terraform's nor the native type" % one)
        elif types and one not in types:
            say("Terraform has no type %s" % one)
    native = entry.text("native_type")
    if native and "{" not in native and not NATIVE.match(native):
        say("native_type %s is not SERVICE.googleapis.com/Thing" % native)
    if kind and not native:
        say("an entry with a type wants its native_type")
    permissions = entry.text("permission").split()
    if not permissions:
        say("permission is not said")
    for one in permissions:
        if not PERMISSION.match(one):
            say("permission %s is not service.resource.verb" % one)
        elif one.split(".")[0] not in PREFIXES.get(entry.service, {entry.service}):
            say("permission %s is not one of %s" % (one, entry.service))


def check_operation(entry, method, say):
    last = method["id"].rsplit(".", 1)[-1]
    if SECRETS.search(last):
        say("%s answers secrets" % method["id"])
    if not READS.match(last):
        say("%s is no verb that reads" % method["id"])
    tail = method["id"].split(".", 1)[1]
    if entry.call and entry.call != tail:
        say("call is %s, the path is %s's" % (entry.call, tail))


def check_identity(entry, say):
    own = entry.text("id")
    if not own:
        if not entry.children() and not entry.get("decode"):
            say("neither id nor children")
        return
    if entry.get("part") is None:
        for field in ("type", "resource_name", "summary"):
            if not entry.get(field):
                say("an entry that lists resources wants %s" % field)
    bulk = entry.get("kinds") is not None  # its items have full names already
    if not bulk and not re.match(r"//[a-z]+\.googleapis\.com/|\{parent\}|\{item\.selfLink\}", own):
        say("id: %s is neither a full resource name nor made of {parent} or {item.selfLink}" % own)


# ---- variables ----

def templates_of(entry, links):
    out = [(field, entry.get(field)) for field in FIELDS if entry.get(field) is not None]

    def walk(what, value):
        if isinstance(value, dict):
            for key, one in value.items():
                walk("%s.%s" % (what, key), one)
        elif isinstance(value, list):
            for one in value:
                walk(what, one)
        elif isinstance(value, str):
            out.append((what, value))

    for key in ("path", "query", "headers", "json", "body"):
        walk(key, entry.request(key))
    for child in entry.children():
        walk("vars of %s" % child.get("entry"), child.get("vars"))
        walk("needs of %s" % child.get("entry"), child.get("needs"))
    for path, link in entry.dependencies():
        walk("dependencies.%s" % path, link if "{" in str(link) else links.get(link))
    return out


def supplied(entry, seen=()):
    """Variables that everybody who names an entry gives it."""
    if not entry.parents:
        return set()
    if entry in seen:
        return None
    ways = []
    for parent, child in entry.parents:
        above = supplied(parent, seen + (entry,))
        if above is not None:
            ways.append(above | set(child.get("vars") or {}) | ({"parent"} if parent.get("id") else set()))
    return set.intersection(*ways) if ways else None


def scope_of(entry):
    """As the catalog has it: `~` takes an inherited one back."""
    return next((node["scope"] for node in entry.chain if "scope" in node), None)


def check_variables(entry, links, say):
    """An entry that nobody asks is only some bulk list's kind; to one that is a scope of its own the collector gives
    what it needs."""
    if not entry.parents and scope_of(entry) in (None, entry.name):
        return
    have = BASE | (supplied(entry) or set())
    for what, template in templates_of(entry, links):
        try:
            parts = [one for one in pieces(template) if not isinstance(one, str)]
        except ValueError as error:
            say("%s: %s" % (what, error))
            continue
        for holes, fallback in parts:
            for hole in holes:
                name = hole.variable
                if name is None or name.startswith("token") or name in have or fallback or len(holes) > 1:
                    continue
                if what.startswith("dependencies.") and name == "value":
                    continue
                say("%s: {%s} is not supplied by everyone who names this entry" % (what, name))
    for parent, child in entry.parents:
        if len(set(child.get("vars") or {}) | (supplied(parent) or set())) > MAX_VARS:
            say("too many variables by way of %s; a task holds %d" % (parent.name, MAX_VARS))


