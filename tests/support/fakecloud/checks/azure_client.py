"""Microsoft's own clients and plain HTTP as the independent sides of fakecloud's Azure."""
import json
import urllib.parse

from checks.harness import Cloud, SKIPPED, test

try:
    from azure.core.credentials import AccessToken
    from azure.core.pipeline.transport import RequestsTransport
    from azure.mgmt.resource.resources import ResourceManagementClient
    from azure.mgmt.resourcegraph import ResourceGraphClient
    from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
    WHY = None
except ImportError as e:
    RequestsTransport, WHY = object, str(e)
try:
    import azure.identity
    import cryptography  # noqa: F401
    WHY_IDENTITY = WHY
except ImportError as e:
    WHY_IDENTITY = str(e)

READER = "a0000000-0000-4000-a000-000000000001"
SECRET = "fake-secret"
ARM = "https://management.azure.com"
SCOPE = ARM + "/.default"
GRAPH = "/azure/arm/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
BEARER = {"Authorization": "Bearer static"}


def needs(why):
    """A check that is left out where a package is missing."""
    def wrap(check):
        def run():
            if why is not None:
                SKIPPED.append(f"{check.__name__}: {why}")
                return
            check()
        run.__name__ = check.__name__
        return test(run)
    return wrap


needs_azure = needs(WHY)
needs_identity = needs(WHY_IDENTITY)


class Rewriting(RequestsTransport):
    """Microsoft's clients want https; this sends what they made to fakecloud over http, as a proxy
    that ends TLS does."""

    def __init__(self, base):
        super().__init__()
        self.base = base

    def send(self, request, **kw):
        url = urllib.parse.urlsplit(request.url)
        if url.scheme == "https":
            request.headers["Host"] = url.netloc
            request.headers["X-Forwarded-Proto"] = "https"
            request.url = self.base + request.url[len("https://" + url.netloc):]
        return super().send(request, **kw)


class Static:
    """A credential that needs no login."""

    def get_token(self, *scopes, **kw):
        return AccessToken("static", 4102444800)

    def get_token_info(self, *scopes, **kw):
        from azure.core.credentials import AccessTokenInfo
        return AccessTokenInfo("static", 4102444800)


class Azure(Cloud):
    """A running fakecloud and clients for it."""

    def __init__(self, *flags, azure=None, **scenario):
        if azure is not None:
            scenario["azure"] = azure
        super().__init__(*flags, scenario=scenario or None)

    def declared(self):
        return self.get("/_fakecloud/counts")["azure"]

    def client(self, kind, *args, credential=None):
        return kind(credential or Static(), *args, transport=Rewriting(self.base), retry_total=0)

    def resources(self, subscription, credential=None):
        return self.client(ResourceManagementClient, subscription, credential=credential)

    def graph(self, credential=None):
        return self.client(ResourceGraphClient, credential=credential)

    def arm(self, path, version="", headers=None, method="GET"):
        if version:
            path += ("&" if "?" in path else "?") + "api-version=" + version
        return self.ask("/azure/arm" + path, method, headers or BEARER)

    def pages(self, path, version, headers=None):
        """All items of a list of Resource Manager, and the number of pages."""
        items, pages, answer = [], 0, self.arm(path, version, headers)
        while True:
            assert answer.status == 200, (path, answer.status, answer.body[:300])
            page = answer.json()
            items += page["value"]
            pages += 1
            assert pages < 2000
            if not page.get("nextLink"):
                return items, pages
            assert page["nextLink"].startswith(self.base + "/azure/arm/")
            answer = self.ask(page["nextLink"][len(self.base):], "GET", headers or BEARER)

    def query(self, text, headers=None, **more):
        body = {"query": text, **{k: v for k, v in more.items() if k != "options"},
                "options": more.get("options", {})}
        return self.ask(GRAPH, "POST", headers or BEARER, json.dumps(body))

    def rows(self, text, top=1000, **more):
        """All rows of a query, and the number of pages."""
        rows, pages, token = [], 0, None
        while True:
            options = {"$top": top, "resultFormat": "objectArray"}
            if token:
                options["$skipToken"] = token
            answer = self.query(text, options=options, **more)
            assert answer.status == 200, (text, answer.status, answer.body[:400])
            page = answer.json()
            rows += page["data"]
            pages += 1
            token = page.get("$skipToken")
            assert page["count"] == len(page["data"]) <= top
            assert page["resultTruncated"] == ("true" if token else "false")
            if not token:
                assert page["totalRecords"] == len(rows)
                return rows, pages

    def versions(self, subscription):
        """The newest version of each type, from all pages of the providers."""
        items, _ = self.pages(f"/subscriptions/{subscription}/providers", "2021-04-01")
        return {f"{p['namespace']}/{t['resourceType']}": t["apiVersions"][0]
                for p in items for t in p["resourceTypes"]}


def error_of(answer):
    """The code of a refusal, and the codes of its details."""
    error = answer.json()["error"]
    return error["code"], [d["code"] for d in error.get("details", [])]
