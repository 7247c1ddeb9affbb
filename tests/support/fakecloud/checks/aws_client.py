"""boto3 as the independent client of fakecloud's AWS: sessions, and asking by any operation."""
import json
import os

from checks.harness import Cloud, SKIPPED, test

try:
    import boto3
    import botocore.auth
    import botocore.awsrequest
    import botocore.config
    import botocore.credentials
    import botocore.exceptions
    import botocore.loaders
    import botocore.session
    LOADER = botocore.loaders.create_loader()
except ImportError as e:
    boto3 = None
    WHY = str(e)

MANAGEMENT = "100000000001"
SECOND = "100000000002"

# What boto3 calls the services that the catalogs call otherwise.
CLIENT_NAMES = {
    "monitoring": "cloudwatch", "monitoring-json": "cloudwatch", "tagging":
    "resourcegroupstaggingapi", "sso": "sso-admin", "states": "stepfunctions",
    "elasticfilesystem": "efs", "es": "opensearch", "email": "ses", "sqs-query": None}


def needs_boto3(check):
    """A check that is left out where there is no boto3."""
    def run():
        if boto3 is None:
            SKIPPED.append(f"{check.__name__}: {WHY}")
            return
        check()
    run.__name__ = check.__name__
    return test(run)


def session_of(key, secret, token=None):
    """A session; all share one reader of the models, which are large."""
    session = botocore.session.Session()
    session.register_component("data_loader", LOADER)
    return boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret,
                         aws_session_token=token, botocore_session=session)


class Aws(Cloud):
    """A running fakecloud and boto3 sessions for it."""

    def __init__(self, *flags, aws=None, **scenario):
        if aws is not None:
            scenario["aws"] = aws
        self.clients = {}
        super().__init__(*flags, scenario=scenario or None)

    def session(self, account=MANAGEMENT, secret=None):
        return session_of("AKIAFAKE" + account, secret or "secret-of-" + account)

    def client(self, name, region="us-east-1", session=None, retries=0, **config):
        """A client that does not retry; those without a session of their own are kept."""
        key = (name, region) if session is None and retries == 0 and not config else None
        if key not in self.clients:
            client = self.new_client(name, region, session, retries, config)
            if key is None:
                return client
            self.clients[key] = client
        return self.clients[key]

    def new_client(self, name, region, session, retries, config):
        config = botocore.config.Config(**{
            "retries": {"total_max_attempts": retries + 1, "mode": "standard"},
            "s3": {"addressing_style": "path"}, "connect_timeout": 10, "read_timeout": 20,
            "parameter_validation": False, **config})
        return (session or self.session()).client(name, region_name=region, config=config,
                                                  endpoint_url=self.base)

    def assume(self, account, role="reader", session=None, **more):
        """A session of another account."""
        made = self.client("sts", session=session).assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="check", **more)
        c = made["Credentials"]
        return session_of(c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"])

    def declared(self):
        return self.get("/_fakecloud/counts")["aws"]


def method_of(client, operation):
    for name, api in client.meta.method_to_api_mapping.items():
        if api == operation:
            return name
    raise AssertionError(f"boto3 knows no {operation}")


def items_of(page):
    """The items of one answer: what stands in its lists; instances in their reservations."""
    page = {k: v for k, v in page.items() if k != "ResponseMetadata"}
    if "Reservations" in page:
        return [i for r in page["Reservations"] for i in r["Instances"]]
    if "DistributionList" in page:
        return page["DistributionList"].get("Items", [])
    lists = [v for k, v in page.items() if isinstance(v, list) and k != "failures"]
    return [item for found in lists for item in found]


def ask_all(client, operation, **params):
    """All items of a list, and the number of pages: by boto3's own paginator where it has one."""
    method = method_of(client, operation)
    if client.can_paginate(method):
        pages = list(client.get_paginator(method).paginate(**params))
    else:
        pages = [getattr(client, method)(**params)]
        while True:
            token = [k for k in ("NextToken", "nextToken", "NextMarker", "Marker", "Position")
                     if pages[-1].get(k)]
            if not token:
                break
            key = {"NextMarker": "NextMarker" if client.meta.service_model.service_name == "wafv2"
                   else "Marker"}.get(token[0], token[0])
            pages.append(getattr(client, method)(**dict(params, **{key: pages[-1][token[0]]})))
            assert len(pages) < 1000
    return [item for page in pages for item in items_of(page)], len(pages)


def distinct(items):
    return len({json.dumps(i, default=str, sort_keys=True) for i in items})


def code_of(call, *args, **kw):
    """The code and the status a call fails with."""
    try:
        call(*args, **kw)
    except botocore.exceptions.ClientError as e:
        return e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError("it was answered")


def by_hand(aws, service, region, method, path, body=""):
    """Signed by botocore, sent by nothing that knows better."""
    request = botocore.awsrequest.AWSRequest(method, aws.base + path, data=body)
    if body:
        request.headers["Content-Type"] = "application/x-www-form-urlencoded"
    credentials = botocore.credentials.Credentials("AKIAFAKE" + MANAGEMENT, "x")
    botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    return aws.ask(path, method, dict(request.headers), body)


os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
