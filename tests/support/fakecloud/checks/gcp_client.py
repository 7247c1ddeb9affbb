"""Google's own Python client as the independent client of fakecloud's Google Cloud."""
import json
import os
import re

from checks.harness import Cloud, SKIPPED, test

try:
    import google.auth.exceptions
    import google.auth.transport.requests
    import google.oauth2.credentials
    import google.oauth2.service_account
    import googleapiclient.discovery
    import googleapiclient.errors
    from googleapiclient import discovery_cache
    import requests
    WHY = ""
except ImportError as e:
    google = googleapiclient = None
    WHY = str(e)

ORGANIZATION = "organizations/123456789012"
FIRST, SECOND = "fake-project-00000", "fake-project-00001"
SCOPE = ["https://www.googleapis.com/auth/cloud-platform"]

# What Google's documents call the APIs that their hosts call otherwise.
API_NAMES = {"sqladmin": "sqladmin"}
DOCUMENTS = {}


def needs_google(check):
    """A check that is left out where Google's client is not installed."""
    def run():
        if googleapiclient is None:
            SKIPPED.append(f"{check.__name__}: {WHY}")
            return
        check()
    run.__name__ = check.__name__
    run.__module__ = check.__module__
    return test(run)


def document(service, version):
    """The API's published schema, as the package carries it."""
    name = API_NAMES.get(service, service)
    if (name, version) not in DOCUMENTS:
        folder = os.path.join(os.path.dirname(discovery_cache.__file__), "documents")
        with open(os.path.join(folder, f"{name}.{version}.json")) as f:
            DOCUMENTS[(name, version)] = json.load(f)
    return DOCUMENTS[(name, version)]


def methods_of(schema, found=None):
    """All methods of an API: what follows the service in their ids."""
    found = {} if found is None else found
    for method in schema.get("methods", {}).values():
        found[method["id"].split(".", 1)[1]] = method
    for inner in schema.get("resources", {}).values():
        methods_of(inner, found)
    return found


class Gcp(Cloud):
    """A running fakecloud and Google's clients for it."""

    def __init__(self, *flags, gcp=None, **scenario):
        if gcp is not None:
            scenario["gcp"] = gcp
        self.built = {}
        self.signed_in = None
        super().__init__("--gcp-write-key", self.key_file(), *flags, scenario=scenario or None)

    def key_file(self):
        import tempfile
        self.key_path = os.path.join(tempfile.mkdtemp(prefix="fakecloud-key-"), "key.json")
        return self.key_path

    def __exit__(self, *unused):
        import shutil
        super().__exit__(*unused)
        shutil.rmtree(os.path.dirname(self.key_path))

    def credentials(self):
        """The service account whose key fakecloud wrote; its token_uri is fakecloud's."""
        if self.signed_in is None:
            self.signed_in = google.oauth2.service_account.Credentials.from_service_account_file(
                self.key_path, scopes=SCOPE)
        return self.signed_in

    def api(self, service, version, credentials=None):
        key = (service, version) if credentials is None else None
        if key not in self.built:
            schema = document(service, version)
            client = googleapiclient.discovery.build_from_document(
                schema, credentials=credentials or self.credentials(), client_options={
                    "api_endpoint": f"{self.base}/gcp/{service}/{schema['servicePath']}"})
            if key is None:
                return client
            self.built[key] = client
        return self.built[key]

    def session(self, credentials=None):
        return google.auth.transport.requests.AuthorizedSession(credentials or self.credentials())

    def bearer(self):
        if not self.credentials().valid:
            self.credentials().refresh(google.auth.transport.requests.Request())
        return {"Authorization": "Bearer " + self.credentials().token}

    def declared(self):
        return self.get("/_fakecloud/counts")["gcp"]

    def all(self, service, version, operation, **params):
        """The answers of all pages, by the client's own paging."""
        holder = self.api(service, version)
        *path, method = operation.split(".")
        for word in path:
            holder = getattr(holder, word)()
        request = getattr(holder, method)(**params)
        pages = []
        while request is not None:
            pages.append(request.execute())
            assert len(pages) < 2000
            following = getattr(holder, method + "_next", None)
            request = following(request, pages[-1]) if following else None
        return pages

    def assets(self, parent=ORGANIZATION, **params):
        pages = self.all("cloudasset", "v1", "assets.list", parent=parent,
                         **{"contentType": "RESOURCE", "pageSize": 1000, **params})
        return [a for page in pages for a in page.get("assets", [])]


def error_of(call):
    """Status and error document of a call that fails."""
    try:
        call.execute()
    except googleapiclient.errors.HttpError as e:
        return e.resp.status, json.loads(e.content)["error"]
    raise AssertionError("it was answered")


def reason_of(error):
    return [d["reason"] for d in error.get("details", []) if d["@type"].endswith("ErrorInfo")]


def unknown_members(schema, name, value, where=""):
    """Members of 'value' that the published schema does not know, or that are of another type."""
    spec = schema["schemas"][name] if isinstance(name, str) else name
    if "$ref" in spec:
        return unknown_members(schema, spec["$ref"], value, where)
    kind = spec.get("type")
    if kind == "object" and isinstance(value, dict):
        found = []
        for key, inner in value.items():
            inner_spec = spec.get("properties", {}).get(key, spec.get("additionalProperties"))
            if inner_spec is None:
                found.append(f"{where}.{key}")
            else:
                found += unknown_members(schema, inner_spec, inner, f"{where}.{key}")
        return found
    if kind == "array" and isinstance(value, list):
        return [u for i in value for u in unknown_members(schema, spec["items"], i, where + "[]")]
    types = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "any": object}
    good = isinstance(value, types.get(kind, ())) and not (
        kind != "boolean" and isinstance(value, bool))
    if good and "enum" in spec:
        good = value in spec["enum"]
    if good and spec.get("format") in ("int64", "uint64") and kind == "string":
        good = re.fullmatch(r"-?\d+", value) is not None
    return [] if good else [f"{where}={value!r}"]
