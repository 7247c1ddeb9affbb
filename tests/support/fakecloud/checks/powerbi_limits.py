"""Power BI's limits, exact to the call; its scans over time; who may ask; the scaled clock."""
import email.utils
import re
import time

from checks.harness import meter, test
from checks.powerbi_client import ALL, PowerBI, ago, code_of, day

# Calls an hour, as published with each operation, and a path that makes one.
LIMITS = [("modified", "workspaces/modified", 30), ("capacities", "capacities", 200),
          ("scanStatus", "workspaces/scanStatus/x", 10000),
          ("scanResult", "workspaces/scanResult/x", 500),
          ("activityevents", "activityevents", 200)]


def refused(answer):
    """Seconds to wait, if the answer is a refusal in Power BI's words."""
    assert answer.status == 429, (answer.status, answer.body[:300])
    wait = int(answer.headers["Retry-After"])
    assert re.fullmatch(r'{"message":".* Retry in (\d+) seconds\."}', answer.body.decode())[1] == \
        str(wait)
    return wait


@test
def powerbi_limits_are_exact():
    with PowerBI("--powerbi-scan-seconds", "0") as cloud:
        for name, path, limit in LIMITS:
            for n in range(limit):
                assert cloud.admin(path).status != 429, (name, n)
            assert 3500 <= refused(cloud.admin(path)) <= 3600, name
            said = cloud.stats()["quotas"]
            assert said["endpoints"][name] == meter(limit + 1, 1)
            assert said["callers"]["bearer"][name]["most_in_hour"] == limit + 1
        for n in range(500):
            assert cloud.begin(["x"]).status == 400
        refused(cloud.begin(["x"]))
        for n in range(15):
            assert cloud.admin("groups", **{"$top": 1}).status == 200
        assert 1 <= refused(cloud.admin("groups", **{"$top": 1})) <= 60
        for n in range(600):
            assert cloud.api("/v1.0/myorg/gateways").status == 200
        everything = cloud.stats()["quotas"]["callers"]["bearer"]["all"]
        assert everything["throttled"] == len(LIMITS) + 2
        assert everything["most_in_hour"] == everything["calls"]
        assert sum(line["status"] == 429 for line in cloud.log()) == everything["throttled"]


@test
def powerbi_may_have_one_pool():
    with PowerBI("--powerbi-pooled", "50", "--powerbi-scan-seconds", "0") as cloud:
        ids = cloud.modified()
        for n in range(12):
            cloud.scan(ids)
            assert cloud.admin("capacities").status == 200
        assert cloud.admin("activityevents").status == 400  # The fiftieth.
        for path in ("workspaces/modified", "capacities", "workspaces/scanStatus/x"):
            refused(cloud.admin(path))
        refused(cloud.begin(ids))
        other = cloud.token(client_id="a0000000-0000-4000-a000-000000000002",
                            client_secret="other-secret")
        refused(cloud.admin("capacities", headers=other))  # The limits are the tenant's.
        callers = cloud.stats()["quotas"]["callers"]
        assert callers["bearer"]["all"]["calls"] == 54 and callers["other"]["all"]["throttled"] == 1


@test
def powerbi_waits_are_honest():
    with PowerBI("--clock-scale", "2000") as cloud:
        for n in range(30):
            assert cloud.admin("workspaces/modified").status == 200
            if n == 9:
                time.sleep(0.3)  # 600 seconds of its time.
        wait = refused(cloud.admin("workspaces/modified"))
        time.sleep(max(0, (wait - 200) / 2000))
        short = refused(cloud.admin("workspaces/modified"))
        assert short <= 200, short
        time.sleep(short / 2000)
        statuses = [cloud.admin("workspaces/modified").status for _ in range(12)]
        assert statuses[0] == 200 and 429 in statuses, statuses  # It slides, and is no fixed hour.


@test
def powerbi_scans_take_their_time():
    with PowerBI("--powerbi-scan-seconds", "600", "--clock-scale", "1000") as cloud:
        ids = cloud.modified()
        begun = cloud.begin(ids[:3], **ALL)
        job = begun.json()
        assert begun.status == 202 and set(job) == {"id", "createdDateTime", "status"}
        assert job["status"] == "NotStarted" and begun.headers["Location"].endswith(job["id"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", job["createdDateTime"])
        early = cloud.admin("workspaces/scanResult/" + job["id"])
        assert early.status == 400
        seen = []
        while "Succeeded" not in seen:
            seen.append(cloud.admin("workspaces/scanStatus/" + job["id"]).json()["status"])
            time.sleep(0.02)
        assert sorted(set(seen), key=seen.index) == ["NotStarted", "Running", "Succeeded"], seen
        log = [line for line in cloud.log() if "scanStatus" in line["path"]]
        took = (log[-1]["clock_ns"] - log[0]["clock_ns"]) / 1e9
        assert 500 < took < 900, took
    with PowerBI("--powerbi-scan-seconds", "0", "--powerbi-scan-fail-every", "3") as cloud:
        ids = cloud.modified()
        for n in range(1, 7):
            job = cloud.begin(ids[:1]).json()["id"]
            status = cloud.admin("workspaces/scanStatus/" + job).json()
            assert status["status"] == ("Succeeded" if n % 3 else "Failed")
            assert ("error" in status) == (n % 3 == 0)
            result = cloud.admin("workspaces/scanResult/" + job)
            assert result.status == (200 if n % 3 else 400)


@test
def powerbi_results_live_a_day():
    with PowerBI("--powerbi-scan-seconds", "0", "--clock-scale", "20000") as cloud:
        job = cloud.begin(cloud.modified()[:1]).json()["id"]
        assert cloud.admin("workspaces/scanResult/" + job).status == 200
        time.sleep(22 * 3600 / 20000)
        assert cloud.admin("workspaces/scanResult/" + job).status == 200
        time.sleep(2.1 * 3600 / 20000)
        for what in ("scanResult", "scanStatus"):
            gone = cloud.admin(f"workspaces/{what}/{job}")
            assert gone.status == 404 and code_of(gone) == "PowerBIEntityNotFound"
        another = cloud.begin(cloud.modified()[:1]).json()["id"]
        assert another != job and cloud.admin("workspaces/scanResult/" + another).status == 200


@test
def powerbi_runs_sixteen_scans_at_once():
    with PowerBI("--powerbi-scan-seconds", "1000", "--clock-scale", "1000") as cloud:
        ids = cloud.modified()
        for n in range(16):
            assert cloud.begin(ids[:1]).status == 202
        wait = refused(cloud.begin(ids[:1]))
        assert 1 <= wait <= 1000
        time.sleep(wait / 1000)
        assert cloud.begin(ids[:1]).status == 202
        said = cloud.stats()
        assert said["scans"] == 17 and said["scans_at_once_max"] == 16
        assert said["quotas"]["endpoints"]["getInfo"] == meter(18, 1)
    with PowerBI() as cloud:  # What is refused for its body takes no place.
        for n in range(20):
            assert cloud.begin([]).status == 400
        assert cloud.begin(cloud.modified()[:1]).status == 202


@test
def powerbi_knows_who_asks():
    scenario = {"admins": ["reader", "bearer"], "denials": [{"operation": "capacities"}]}
    with PowerBI("--azure-verify", powerbi=scenario) as cloud:
        good = cloud.token()
        assert cloud.admin("workspaces/modified", headers=good).status == 200
        arm = cloud.token(scope="https://management.azure.com/.default")
        other = cloud.token(client_id="a0000000-0000-4000-a000-000000000002",
                            client_secret="other-secret")
        for headers in ({"Accept": "*/*"}, {"Authorization": "Bearer x"}, arm, other):
            answer = cloud.admin("workspaces/modified", headers=headers)
            assert answer.status == 401 and code_of(answer) == "PowerBINotAuthorizedException"
        answer = cloud.admin("capacities", headers=good)
        assert answer.status == 403 and "Message" in answer.json()
        log = [line for line in cloud.log() if line["service"] == "powerbi"]
        assert log[0]["user"] == "reader" and log[0]["operation"] == "modified"
        assert log[1]["user"] is None
    with PowerBI("--clock-scale", "4000") as cloud:
        headers = cloud.token()
        assert cloud.admin("capacities", headers=headers).status == 200
        time.sleep(1)  # An hour and more.
        answer = cloud.admin("capacities", headers=headers)
        assert answer.status == 403 and code_of(answer) == "TokenExpired"
        assert cloud.admin("capacities", headers=cloud.token()).status == 200


@test
def powerbi_fails_as_it_is_told():
    faults = [{"kind": "throttle", "service": "powerbi", "operation": "scanStatus", "nth": 2,
               "retry_after_s": 7},
              {"kind": "status", "status": 503, "operation": "scanResult", "nth": 1}]
    with PowerBI("--powerbi-scan-seconds", "0", faults=faults) as cloud:
        job = cloud.begin(cloud.modified()[:1]).json()["id"]
        assert cloud.admin("workspaces/scanStatus/" + job).status == 200
        assert refused(cloud.admin("workspaces/scanStatus/" + job)) == 7
        assert cloud.admin("workspaces/scanResult/" + job).status == 503
        assert cloud.admin("workspaces/scanResult/" + job).status == 200
        said = cloud.stats()["quotas"]["endpoints"]
        assert said["scanStatus"] == meter(2, 1)
    with PowerBI(powerbi={"error_object": True, "pooled": 1}) as cloud:
        cloud.admin("capacities")
        assert code_of(cloud.admin("capacities")) == "TooManyRequests"


@test
def the_clock_may_be_faster():
    with PowerBI("--clock-scale", "5000", "--rate", "0.0005", "--burst", "1", "--rate-per",
                 "path") as cloud:
        def told():
            answer = cloud.ask("/_fakecloud/stats")
            return email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()
        before = time.monotonic()
        start, real = told(), time.monotonic()
        assert abs(start - time.time()) < 600 * 5
        assert cloud.admin("capacities").status == 200
        assert cloud.admin("capacities").status == 429  # A call in 2000 seconds.
        time.sleep(0.5)
        assert cloud.admin("capacities").status == 200
        inner = time.monotonic() - real
        passed = told() - start
        outer = time.monotonic() - before
        # Dates are of whole seconds; however slow the machine is, what passed lies between the two.
        assert inner * 5000 - 1 <= passed <= outer * 5000 + 1, (inner, passed, outer)
        assert ago() < day(-1)  # Ours goes on as before.
    with PowerBI() as cloud:
        date = cloud.ask("/_fakecloud/stats").headers.get_all("Date")
        assert len(date) == 1
        assert abs(email.utils.parsedate_to_datetime(date[0]).timestamp() - time.time()) < 3
