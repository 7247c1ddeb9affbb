"""The limits of Resource Manager and Resource Graph: what is left, and who is made to wait."""
import time

from checks.azure_client import Azure, SECRET, error_of
from checks.azure_login import ask_token
from checks.harness import test

LEFT = "x-ms-ratelimit-remaining-subscription-reads"


@test
def arm_reads_come_from_a_bucket():
    with Azure("--azure-throttle", "--azure-bucket", "5:0.5") as cloud:
        first, second = cloud.declared()["subscriptions"][:2]

        def read(subscription, headers=None):
            return cloud.arm(f"/subscriptions/{subscription}/resourcegroups", "2021-04-01", headers)
        left = []
        for _ in range(5):
            answer = read(first)
            assert answer.status == 200, answer.body
            left.append(int(answer.headers[LEFT]))
            assert "x-ms-ratelimit-remaining-subscription-global-reads" in answer.headers
        assert left[0] == 4 and left[-1] == 0 and left == sorted(left, reverse=True)
        refused = read(first)
        assert refused.status == 429 and error_of(refused)[0] == "SubscriptionRequestsThrottled"
        wait = int(refused.headers["Retry-After"])
        assert wait == 2 and refused.headers[LEFT] == "0", wait
        assert f"'{wait}' seconds" in refused.json()["error"]["message"]
        token = ask_token(cloud, client_secret=SECRET).json()["access_token"]
        assert read(second).status == 200
        assert read(first, {"Authorization": "Bearer " + token}).status == 200
        tenant = cloud.arm("/subscriptions", "2022-12-01")
        assert tenant.headers["x-ms-ratelimit-remaining-tenant-reads"] == "4"
        time.sleep(wait + 0.1)
        assert read(first).status == 200


@test
def an_early_retry_begins_the_wait_anew():
    scenario = {"throttle": True, "bucket": "2:100", "retry_after_s": 2}
    with Azure(azure=scenario) as cloud:
        subscription = cloud.declared()["subscriptions"][0]
        path = f"/subscriptions/{subscription}/resourcegroups"
        statuses = []
        while 429 not in statuses:
            statuses.append(cloud.arm(path, "2021-04-01").status)
        time.sleep(1.2)
        assert cloud.arm(path, "2021-04-01").status == 429
        time.sleep(1.2)  # More than two seconds after the first refusal.
        again = cloud.arm(path, "2021-04-01")
        assert again.status == 429 and again.headers["Retry-After"] == "2"
        time.sleep(2.1)
        assert cloud.arm(path, "2021-04-01").status == 200


@test
def graph_queries_have_a_quota():
    with Azure("--azure-throttle", "--azure-graph-quota", "3:30") as cloud:
        left = []
        for _ in range(3):
            answer = cloud.query("resources | count")
            assert answer.status == 200
            left.append(int(answer.headers["x-ms-user-quota-remaining"]))
        assert left == [2, 1, 0]
        refused = cloud.query("resources | count")
        assert refused.status == 429 and error_of(refused) == ("RateLimiting", ["RateLimiting"])
        hours, minutes, seconds = refused.headers["x-ms-user-quota-resets-after"].split(":")
        assert hours == minutes == "00" and 1 <= int(seconds) <= 30
        token = ask_token(cloud, client_secret=SECRET).json()["access_token"]
        assert cloud.query("resources | count",
                           {"Authorization": "Bearer " + token}).status == 200
    with Azure("--azure-throttle", "--azure-graph-quota", "1:1") as cloud:
        assert cloud.query("resources | count").status == 200
        answer = cloud.query("resources | count")
        while answer.status == 429:
            time.sleep(int(answer.headers["x-ms-user-quota-resets-after"][-2:]))
            answer = cloud.query("resources | count")
        assert answer.status == 200


@test
def without_throttle_nobody_waits():
    with Azure() as cloud:
        subscription = cloud.declared()["subscriptions"][0]
        for _ in range(300):
            answer = cloud.arm(f"/subscriptions/{subscription}/resourcegroups", "2021-04-01")
            assert answer.status == 200 and answer.headers[LEFT] == "249"
        for _ in range(40):
            answer = cloud.query("resources | count")
            assert answer.status == 200 and answer.headers["x-ms-user-quota-remaining"] == "14"
