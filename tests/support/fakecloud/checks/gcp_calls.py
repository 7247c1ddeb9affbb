"""Google Cloud's tokens, refusals, quotas and partial answers, as Google's client sees them."""
import json
import os
import subprocess
import tempfile
import time
import urllib.parse

from checks import harness
from checks.gcp_client import (FIRST, Gcp, ORGANIZATION, SCOPE, SECOND, error_of, google,
                               googleapiclient, needs_google, reason_of)
from checks.harness import Cloud, test

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def projects_seen(gcp, credentials):
    api = gcp.api("cloudresourcemanager", "v3", credentials)
    return len(api.projects().search().execute()["projects"])


@needs_google
def tokens_by_every_way():
    with Gcp() as gcp, tempfile.TemporaryDirectory() as folder:
        import google.auth.identity_pool
        import google.auth.impersonated_credentials
        assert projects_seen(gcp, gcp.credentials()) == 3
        user = google.oauth2.credentials.Credentials(
            None, refresh_token="1//fake-refresh", client_id="client", client_secret="secret",
            token_uri=gcp.base + "/gcp/oauth2/token")
        assert projects_seen(gcp, user) == 3
        subject = os.path.join(folder, "subject")
        with open(subject, "w") as f:
            f.write("a token of somebody else")
        pool = {"audience": "//iam.googleapis.com/projects/1/locations/global/"
                            "workloadIdentityPools/p/providers/x",
                "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "token_url": gcp.base + "/gcp/sts/v1/token", "credential_source": {"file": subject},
                "scopes": SCOPE}
        assert projects_seen(gcp, google.auth.identity_pool.Credentials(**pool)) == 3
        account = "reader@x.iam.gserviceaccount.com"
        path = f"/gcp/iamcredentials/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
        pool["service_account_impersonation_url"] = gcp.base + path
        assert projects_seen(gcp, google.auth.identity_pool.Credentials(**pool)) == 3
        users = {line["user"] for line in gcp.log() if line["service"] == "cloudresourcemanager"}
        assert len(users) == 4, users


@needs_google
def tokens_that_are_refused():
    with Gcp() as gcp, Gcp() as other:
        def fails(credentials, words):
            try:
                credentials.refresh(google.auth.transport.requests.Request())
            except google.auth.exceptions.RefreshError as e:
                assert words in str(e), e
                return
            raise AssertionError("it was granted")
        stranger = google.oauth2.service_account.Credentials.from_service_account_file(
            other.key_path, scopes=SCOPE)
        with open(other.key_path) as f:
            key = json.load(f)
        key["token_uri"] = gcp.base + "/gcp/oauth2/token"
        stranger = google.oauth2.service_account.Credentials.from_service_account_info(
            key, scopes=SCOPE)
        fails(stranger, "Invalid JWT Signature")
        with open(gcp.key_path) as f:
            key = json.load(f)
        key["client_email"] = "nobody@example.com"
        fails(google.oauth2.service_account.Credentials.from_service_account_info(
            key, scopes=SCOPE), "account not found")
        fails(google.oauth2.credentials.Credentials(
            None, refresh_token="revoked", client_id="client", client_secret="secret",
            token_uri=gcp.base + "/gcp/oauth2/token"), "expired or revoked")
        assert os.stat(gcp.key_path).st_mode & 0o077 == 0


def grant(cloud, **values):
    body = urllib.parse.urlencode({"grant_type": "refresh_token", "client_id": "c",
                                   "refresh_token": "1//fake-x", **values})
    return cloud.ask("/gcp/oauth2/token", "POST", FORM, body)


@test
def access_tokens_expire():
    path = "/gcp/cloudresourcemanager/v3/projects:search"
    with Cloud("--gcp-token-ttl-ms", "1200") as cloud:
        answer = grant(cloud).json()
        assert answer["expires_in"] == 1 and answer["token_type"] == "Bearer"
        headers = {"Authorization": "Bearer " + answer["access_token"]}
        assert len(cloud.get(path, headers=headers)["projects"]) == 3
        end = time.monotonic() + 10
        while cloud.ask(path, headers=headers).status == 200 and time.monotonic() < end:
            time.sleep(0.1)
        refused = cloud.ask(path, headers=headers)
        assert refused.status == 401 and "invalid_token" in refused.headers["WWW-Authenticate"]
        error = refused.json()["error"]
        assert error["status"] == "UNAUTHENTICATED"
        assert reason_of(error) == ["ACCESS_TOKEN_EXPIRED"]
        for bad in ({}, {"Authorization": "Bearer ya29.c.forged"}, {"Authorization": "Basic eA=="}):
            assert cloud.ask(path, headers=bad).status == 401
        assert grant(cloud, grant_type="password").status == 400


@test
def the_metadata_server():
    flavor = {"Metadata-Flavor": "Google"}
    with Cloud() as cloud:
        for root in ("/computeMetadata/v1", "/gcp/metadata/computeMetadata/v1"):
            assert cloud.ask(root + "/project/project-id").status == 403
            answer = cloud.ask(root + "/project/project-id", headers=flavor)
            assert answer.body.decode() == FIRST and answer.headers["Metadata-Flavor"] == "Google"
            accounts = root + "/instance/service-accounts/"
            assert b"default/" in cloud.ask(accounts, headers=flavor).body
            info = cloud.get(accounts + "default/?recursive=true", headers=flavor)
            assert info["aliases"] == ["default"] and "@" in info["email"]
            token = cloud.get(accounts + "default/token", headers=flavor)
            headers = {"Authorization": "Bearer " + token["access_token"]}
            found = cloud.get("/gcp/cloudresourcemanager/v3/projects:search", headers=headers)
            assert len(found["projects"]) == 3
            assert cloud.ask(root + "/instance/no", headers=flavor).status == 404
        ping = cloud.ask("/", headers=flavor)
        assert ping.status == 200 and ping.headers["Metadata-Flavor"] == "Google"
        assert "Metadata-Flavor" not in cloud.ask("/").headers


@test
def services_are_known_by_their_hosts():
    with Cloud("--gcp-anonymous") as cloud:
        found = cloud.get("/v3/projects:search",
                          headers={"Host": "cloudresourcemanager.googleapis.com"})
        assert len(found["projects"]) == 3
        path = f"/v1/projects/{FIRST}/locations/us-central1/models"
        by_host = cloud.get(path, headers={"Host": "us-central1-aiplatform.googleapis.com"})
        assert by_host == cloud.get("/gcp/aiplatform" + path) and by_host["models"]
        assert "access_token" in cloud.ask(
            "/token", "POST", {**FORM, "Host": "oauth2.googleapis.com"},
            "grant_type=refresh_token&client_id=c&refresh_token=1//fake-x").json()


@needs_google
def refusals_have_googles_bodies():
    with Gcp("--gcp-disabled", FIRST + "=pubsub", "--gcp-disabled", FIRST + "=compute.googleapis.com",
             "--gcp-deny", '{"service": "secretmanager", "account": "%s"}' % FIRST,
             "--gcp-deny", '{"service": "storage"}') as gcp:
        topics = gcp.api("pubsub", "v1").projects().topics()
        status, error = error_of(topics.list(project="projects/" + FIRST))
        assert status == 403 and error["status"] == "PERMISSION_DENIED"
        info = error["details"][0]
        assert info["reason"] == "SERVICE_DISABLED" and info["domain"] == "googleapis.com"
        number = gcp.declared()["projects"][0]["number"]
        assert info["metadata"]["service"] == "pubsub.googleapis.com"
        assert info["metadata"]["consumer"] == "projects/" + number
        assert error["message"].startswith("Cloud Pub/Sub API has not been used in project")
        assert [d["@type"].rsplit(".", 1)[1] for d in error["details"]] == [
            "ErrorInfo", "LocalizedMessage", "Help"]
        assert topics.list(project="projects/" + SECOND).execute()["topics"]
        status, error = error_of(gcp.api("compute", "v1").networks().list(project=FIRST))
        assert status == 403 and error["errors"][0]["reason"] == "accessNotConfigured"
        assert reason_of(error) == ["SERVICE_DISABLED"]
        secrets = gcp.api("secretmanager", "v1").projects().secrets()
        status, error = error_of(secrets.list(parent="projects/" + FIRST))
        assert status == 403 and reason_of(error) == ["IAM_PERMISSION_DENIED"]
        assert error["details"][0]["metadata"]["permission"] == "secretmanager.secrets.list"
        assert secrets.list(parent="projects/" + SECOND).execute()["secrets"]
        status, error = error_of(gcp.api("storage", "v1").buckets().list(project=SECOND))
        assert status == 403 and error["errors"][0]["reason"] == "forbidden"
        status, error = error_of(topics.list(project="projects/no-such-project"))
        assert status == 403 and error["status"] == "PERMISSION_DENIED"
        users = gcp.api("sqladmin", "v1").users()
        status, error = error_of(users.list(project=SECOND, instance="none"))
        assert status == 404 and error["errors"][0]["reason"] == "notFound"
        disks = gcp.api("compute", "v1").disks()
        status, error = error_of(disks.aggregatedList(project=SECOND, maxResults=501))
        assert status == 400 and error["errors"][0]["reason"] == "invalid"
        status, error = error_of(topics.list(project="projects/" + SECOND, pageToken="forged"))
        assert status == 400 and error["status"] == "INVALID_ARGUMENT"


@needs_google
def quotas():
    throttles = [{"service": "compute", "rate": 0.01, "burst": 2, "per": "service"},
                 {"service": "pubsub", "rate": 0.01, "burst": 1, "per": "account"}]
    with Gcp("--gcp-asset-quota", "3/min", throttles=throttles) as gcp:
        assets = gcp.api("cloudasset", "v1").assets()
        for project in (FIRST, SECOND):
            for _ in range(3):
                assets.list(parent="projects/" + project).execute()
            status, error = error_of(assets.list(parent="projects/" + project))
            assert status == 429 and error["status"] == "RESOURCE_EXHAUSTED"
            assert reason_of(error) == ["RATE_LIMIT_EXCEEDED"]
            consumer = next(p for p in gcp.declared()["projects"] if p["id"] == project)
            assert error["details"][0]["metadata"]["consumer"] == "projects/" + consumer["number"]
        gcp.api("cloudasset", "v1").v1().searchAllResources(scope=ORGANIZATION).execute()
        networks = gcp.api("compute", "v1").networks()
        for _ in range(2):
            networks.list(project=FIRST).execute()
        status, error = error_of(networks.list(project=FIRST))
        assert status == 403 and error["errors"][0]["reason"] == "rateLimitExceeded"
        topics = gcp.api("pubsub", "v1").projects().topics()
        topics.list(project="projects/" + FIRST).execute()
        assert error_of(topics.list(project="projects/" + FIRST))[0] == 429
        topics.list(project="projects/" + SECOND).execute()
        faults = [line["fault"] for line in gcp.log()]
        assert faults.count("asset-quota") == 2 and faults.count("throttled") == 2


@needs_google
def places_that_cannot_be_reached():
    zone = "us-central1-a"
    with Gcp("--gcp-unreachable", zone, "--gcp-unreachable", "europe-west1") as gcp:
        declared = gcp.declared()
        instances = gcp.api("compute", "v1").instances()
        refused = f"/gcp/compute/compute/v1/projects/{FIRST}/aggregated/instances?returnPartialSuccess="
        assert gcp.ask(refused + "false", headers=gcp.bearer()).status == 503
        page = instances.aggregatedList(project=FIRST).execute()
        warning = page["items"]["zones/" + zone]["warning"]
        assert warning["code"] == "UNREACHABLE" and page["unreachables"] == ["zones/" + zone]
        found = sum(len(s.get("instances", [])) for s in page["items"].values())
        all_of = declared["projects"][0]["types"]["compute.instance"]
        assert found == all_of - len([i for i in range(all_of) if i % 7 == 0])
        empty = [s["warning"]["code"] for n, s in page["items"].items()
                 if "instances" not in s and n != "zones/" + zone]
        assert empty and set(empty) == {"NO_RESULTS_ON_PAGE"}
        page = gcp.api("compute", "v1").networks().list(project=FIRST).execute()
        assert len(page["items"]) == declared["projects"][0]["types"]["compute.network"]
        functions = gcp.api("cloudfunctions", "v2").projects().locations().functions()
        page = functions.list(parent=f"projects/{FIRST}/locations/-").execute()
        assert page["unreachable"] == [f"projects/{FIRST}/locations/europe-west1"]
        assert len(page["functions"]) == 1
        parent = f"projects/{FIRST}/locations/europe-west1"
        assert error_of(functions.list(parent=parent))[0] == 503
        clusters = gcp.api("container", "v1").projects().locations().clusters()
        page = clusters.list(parent=f"projects/{FIRST}/locations/-").execute()
        assert page["missingZones"] == ["europe-west1"]
        assert len(gcp.assets()) == declared["assets"]


@needs_google
def faults_in_googles_words():
    faults = [{"kind": "status", "status": 503, "service": "pubsub", "operation": "*.topics.list",
               "times": 1},
              {"kind": "throttle", "service": "dns", "times": 1, "retry_after_s": 7},
              {"kind": "expired", "service": "iam", "operation": "*serviceAccounts.list"},
              {"kind": "empty_page", "service": "cloudasset", "nth": 2},
              {"kind": "repeat_token", "service": "secretmanager"},
              {"kind": "status", "status": 500, "service": "oauth2", "times": 1}]
    with Gcp(faults=faults) as gcp:
        assert gcp.ask("/gcp/oauth2/token", "POST", FORM, "").status == 500
        topics = gcp.api("pubsub", "v1").projects().topics()
        status, error = error_of(topics.list(project="projects/" + FIRST))
        assert status == 503 and error["status"] == "UNAVAILABLE"
        assert topics.list(project="projects/" + FIRST).execute()["topics"]
        answer = gcp.ask(f"/gcp/dns/dns/v1/projects/{FIRST}/policies", headers=gcp.bearer())
        assert answer.status == 429 and answer.headers["Retry-After"] == "7"
        accounts = gcp.api("iam", "v1").projects().serviceAccounts()
        request = accounts.list(name="projects/" + FIRST, pageSize=1)
        page = request.execute()
        assert error_of(accounts.list_next(request, page))[0] == 400
        found = gcp.all("cloudasset", "v1", "assets.list", parent=ORGANIZATION, pageSize=100)
        assert [len(p["assets"]) for p in found][:3] == [100, 0, 100]
        names = [a["name"] for p in found for a in p["assets"]]
        assert len(names) == len(set(names)) == gcp.declared()["assets"]
        tokens = [p["nextPageToken"] for p in found[:-1]]
        assert len(set(tokens)) == len(tokens)
        secrets = gcp.api("secretmanager", "v1").projects().secrets()
        first = secrets.list(parent="projects/" + FIRST, pageSize=1).execute()
        again = secrets.list(parent="projects/" + FIRST, pageSize=1,
                             pageToken=first["nextPageToken"]).execute()
        assert again == first


@test
def many_projects_and_assets():
    with Cloud("--gcp-anonymous", "--gcp-projects", "100", "--gcp-objects", "1000") as cloud:
        names, token = set(), ""
        path = "/gcp/cloudasset/v1/organizations/123456789012/assets?"
        while token is not None:
            page = cloud.get(path + urllib.parse.urlencode(
                {"contentType": "RESOURCE", "pageSize": 1000, "pageToken": token}))
            names |= {a["name"] for a in page["assets"]}
            token = page.get("nextPageToken")
        counts = cloud.get("/_fakecloud/counts")["gcp"]
        assert len(names) == counts["assets"] == 100004
        log = cloud.log()
        assert len(log) == 101 and {line["operation"] for line in log} == {"assets.list"}
        assert cloud.get("/_fakecloud/stats")["max_rss_kb"] < 300000


@test
def the_same_seed_gives_the_same_world():
    path = f"/gcp/compute/compute/v1/projects/{FIRST}/aggregated/instances"
    bodies = set()
    for flags in (["--seed", "7"], ["--seed", "7"], ["--seed", "8"]):
        with Cloud("--gcp-anonymous", *flags) as cloud:
            bodies.add(cloud.ask(path).body)
    assert len(bodies) == 2


@test
def gcp_flags_that_make_no_sense():
    for flags in (["--gcp-disabled", "nonsense"], ["--gcp-unreachable", "mars-1"],
                  ["--gcp-count", "compute.unicorn=3"], ["--gcp-projects", "0"],
                  ["--gcp-objects", "2"], ["--gcp-asset-quota", "many"]):
        done = subprocess.run([harness.FAKECLOUD, *flags], stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=20)
        assert done.returncode == 2 and done.stderr, flags
