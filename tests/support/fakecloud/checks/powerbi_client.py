"""Plain HTTP as the independent side of fakecloud's Power BI."""
import datetime
import json
import time
import urllib.parse

from checks.azure_login import ask_token
from checks.azure_client import SECRET
from checks.harness import Cloud

SCOPE = "https://analysis.windows.net/powerbi/api/.default"
BEARER = {"Authorization": "Bearer static"}
ADMIN = "/v1.0/myorg/admin/"
ALL = {"lineage": "True", "datasourceDetails": "True", "datasetSchema": "true",
       "datasetExpressions": "true", "getArtifactUsers": "true"}


class PowerBI(Cloud):
    """A running fakecloud and its Power BI."""

    def __init__(self, *flags, powerbi=None, **scenario):
        if powerbi is not None:
            scenario["powerbi"] = powerbi
        super().__init__(*flags, scenario=scenario or None)

    def counted(self):
        return self.get("/_fakecloud/counts")["powerbi"]

    def stats(self):
        return self.get("/_fakecloud/stats")["powerbi"]

    def token(self, **fields):
        fields = {"client_secret": SECRET, "scope": SCOPE, **fields}
        tenant = self.counted()["tenant"]
        answer = ask_token(self, tenant, **fields).json()
        return {"Authorization": "Bearer " + answer["access_token"]}

    def api(self, path, headers=None, method="GET", body=None, **query):
        if query:
            path += "?" + urllib.parse.urlencode(query)
        return self.ask(path, method, headers or BEARER, body)

    def admin(self, path, **kw):
        return self.api(ADMIN + path, **kw)

    def modified(self, **query):
        answer = self.admin("workspaces/modified", **query)
        assert answer.status == 200, answer.body[:300]
        assert all(list(w) == ["id"] for w in answer.json())
        return [w["id"] for w in answer.json()]

    def begin(self, ids, **flags):
        return self.admin("workspaces/getInfo", method="POST",
                          body=json.dumps({"workspaces": ids}), **flags)

    def scan(self, ids, **flags):
        """The result of a scan, polled for."""
        begun = self.begin(ids, **flags)
        assert begun.status == 202, (begun.status, begun.body[:300])
        job = begun.json()["id"]
        while True:
            status = self.admin("workspaces/scanStatus/" + job).json()["status"]
            if status not in ("NotStarted", "Running"):
                assert status == "Succeeded", status
                return self.admin("workspaces/scanResult/" + job).json()
            time.sleep(0.02)

    def events(self, day, headers=None, **query):
        """All events of a day, and the number of pages; each was asked for as the one before said."""
        quoted = {"startDateTime": f"'{day}T00:00:00.000Z'", "endDateTime": f"'{day}T23:59:59.999Z'"}
        answer = self.admin("activityevents", headers=headers, **quoted, **query)
        events, pages = [], 0
        while True:
            assert answer.status == 200, answer.body[:300]
            page = answer.json()
            events += page["activityEventEntities"]
            pages += 1
            if page["lastResultSet"]:
                assert page["continuationToken"] is None and page["continuationUri"] is None
                return events, pages
            assert page["continuationToken"] in page["continuationUri"]
            assert page["continuationUri"].startswith(self.base + ADMIN)
            answer = self.api(page["continuationUri"][len(self.base):], headers)


def ago(**delta):
    """A time before now, as the API wants it."""
    when = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**delta)
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day(back=0):
    return ago(days=back)[:10]


def code_of(answer):
    return answer.json()["error"]["code"]
