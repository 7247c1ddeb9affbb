"""Kubernetes: who may do what."""
import base64
import json

from checks.harness import Cloud, USERS, bearer, list_path, test


@test
def strangers_get_401():
    with Cloud(scenario={"users": USERS}) as cloud:
        for headers in ({}, bearer("wrong"), {"Authorization": "Basic " + base64.b64encode(
                b"clerk:wrong").decode()}, {"Authorization": "Basic !!"}):
            answer = cloud.ask("/api/v1/pods", headers=headers)
            assert answer.status == 401
            assert answer.json()["message"] == "Unauthorized"
        basic = {"Authorization": "Basic " + base64.b64encode(b"clerk:secret").decode()}
        assert cloud.ask("/api/v1/pods", headers=basic).status == 200
        assert [line["user"] for line in cloud.log()][-1] == "clerk"


@test
def rbac_forbids_with_the_real_words():
    with Cloud(scenario={"users": USERS}) as cloud:
        tenant = bearer("t-tenant")
        denied = cloud.ask("/api/v1/pods", headers=tenant)
        assert denied.status == 403
        assert denied.json()["message"] == 'pods is forbidden: User "tenant" cannot list ' \
            'resource "pods" in API group "" at the cluster scope'
        assert denied.json()["details"] == {"kind": "pods"}
        denied = cloud.ask("/apis/apps/v1/namespaces/default/deployments", headers=tenant)
        assert denied.json()["message"] == 'deployments.apps is forbidden: User "tenant" cannot ' \
            'list resource "deployments" in API group "apps" in the namespace "default"'
        for path in ("/api/v1/namespaces/team-000/pods", "/api/v1/nodes",
                     "/api/v1/namespaces/kube-system", "/apis"):
            assert cloud.ask(path, headers=tenant).status == 200, path
        basic = {"Authorization": "Basic " + base64.b64encode(b"clerk:secret").decode()}
        assert cloud.ask("/api/v1/secrets", headers=basic).status == 403
        assert cloud.ask("/api/v1/configmaps", headers=basic).status == 200


def rules_allow(rules, verb, group, resource):
    def has(words, word):
        return "*" in words or word in words
    return any(has(r["verbs"], verb) and has(r["apiGroups"], group) and
               has(r["resources"], resource) for r in rules)


@test
def reviews_agree_with_what_is_allowed():
    root = "/apis/authorization.k8s.io/v1/"
    with Cloud(scenario={"users": USERS}) as cloud:
        resources = cloud.get("/_fakecloud/counts")["clusters"]["default"]["resources"]
        checked = 0
        for headers in (bearer("t-tenant"), bearer("t-root"), {
                "Authorization": "Basic " + base64.b64encode(b"clerk:secret").decode()}):
            for ns in ("default", "team-000", "kube-system"):
                review = cloud.ask(root + "selfsubjectrulesreviews", method="POST",
                                   headers=headers, body=json.dumps(
                                       {"spec": {"namespace": ns}})).json()["status"]
                assert review["incomplete"] is False
                for r in resources:
                    if not r["namespaced"]:
                        continue
                    real = cloud.ask(list_path(r, ns), headers=headers).status == 200
                    told = rules_allow(review["resourceRules"], "list", r["group"], r["resource"])
                    access = cloud.ask(root + "selfsubjectaccessreviews", method="POST",
                                       headers=headers, body=json.dumps({"spec": {
                                           "resourceAttributes": {
                                               "verb": "list", "namespace": ns,
                                               "group": r["group"],
                                               "resource": r["resource"]}}})).json()["status"]
                    assert real == told == access["allowed"], (r, ns, real, told, access)
                    checked += 1
        assert checked > 100
        who = cloud.ask("/apis/authentication.k8s.io/v1/selfsubjectreviews", method="POST",
                        headers=bearer("t-tenant"), body="{}")
        assert who.json()["status"]["userInfo"]["username"] == "tenant"


@test
def a_proxy_may_name_the_user():
    header = {"X-Remote-User": "tenant"}
    with Cloud(scenario={"users": USERS, "kubernetes": {"trust_remote_user": True}}) as cloud:
        assert cloud.ask("/api/v1/nodes", headers=header).status == 200
        assert cloud.ask("/api/v1/pods", headers=header).status == 403
        assert cloud.ask("/api/v1/pods", headers={"X-Remote-User": "nobody"}).status == 401
    with Cloud(scenario={"users": USERS}) as cloud:
        assert cloud.ask("/api/v1/nodes", headers=header).status == 401
