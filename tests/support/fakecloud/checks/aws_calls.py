"""Who may ask what of AWS, and what goes wrong: credentials, refusals, limits, faults."""
import subprocess
import time

from checks import harness
from checks.aws_client import (Aws, MANAGEMENT, SECOND, ask_all, boto3, by_hand, code_of,
                               needs_boto3, session_of)
from checks.harness import test

if boto3 is not None:
    import botocore.exceptions
    import botocore.parsers

# One call of each protocol: service, method, parameters.
PROTOCOLS = {
    "ec2": ("ec2", "describe_vpcs", {}),
    "query": ("iam", "list_users", {}),
    "json 1.0": ("dynamodb", "list_tables", {}),
    "json 1.1": ("ecs", "list_clusters", {}),
    "rest-json": ("lambda", "list_functions", {}),
    "s3": ("s3", "list_buckets", {}),
    "rest-xml": ("route53", "list_hosted_zones", {}),
}


def codes(aws, session=None):
    """What each protocol's call fails with; "ok" where it does not."""
    found = {}
    for protocol, (service, method, params) in PROTOCOLS.items():
        client = aws.client(service, session=session)
        try:
            getattr(client, method)(**params)
            found[protocol] = "ok"
        except botocore.exceptions.ClientError as e:
            found[protocol] = (e.response["Error"]["Code"],
                               e.response["ResponseMetadata"]["HTTPStatusCode"])
            assert e.response["ResponseMetadata"]["RequestId"], protocol
    return found


@needs_boto3
def signatures_are_verified():
    with Aws(aws={"verify": True}) as aws:
        assert set(codes(aws).values()) == {"ok"}
        s3 = aws.client("s3", "us-east-1")
        bucket = [b["Name"] for b in s3.list_buckets()["Buckets"]
                  if b["BucketRegion"] == "us-east-1"][0]
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"]
        arn = aws.client("lambda").list_functions()["Functions"][0]["FunctionArn"]
        assert aws.client("lambda").list_tags(Resource=arn)["Tags"]  # A path that is encoded.
        assert len(ask_all(aws.client("lambda"), "ListEventSourceMappings",
                           EventSourceArn="a b/c+d~é=&")[0]) == 2  # A query that is.
        assert codes(aws, aws.session(secret="another")) == {
            "ec2": ("SignatureDoesNotMatch", 403), "query": ("SignatureDoesNotMatch", 403),
            "json 1.0": ("InvalidSignatureException", 400),
            "json 1.1": ("InvalidSignatureException", 400),
            "rest-json": ("InvalidSignatureException", 403),
            "s3": ("SignatureDoesNotMatch", 403), "rest-xml": ("SignatureDoesNotMatch", 403)}
        other = aws.assume(SECOND)
        assert aws.client("sts", session=other).get_caller_identity()["Account"] == SECOND
        s3 = aws.client("s3", "us-east-1", signature_version="s3v4")
        url = s3.generate_presigned_url("get_bucket_versioning", {"Bucket": bucket})
        assert aws.ask(url[len(aws.base):]).status == 200
        assert aws.ask(url[len(aws.base):].replace("Expires=3600", "Expires=3601")).status == 403
    with Aws() as aws:  # Without 'verify' the key alone says who it is.
        assert set(codes(aws, aws.session(secret="another")).values()) == {"ok"}


@needs_boto3
def unknown_keys_and_no_keys():
    with Aws() as aws:
        assert codes(aws, aws.session("999999999999")) == {
            "ec2": ("AuthFailure", 401), "query": ("InvalidClientTokenId", 403),
            "json 1.0": ("UnrecognizedClientException", 400),
            "json 1.1": ("UnrecognizedClientException", 400),
            "rest-json": ("UnrecognizedClientException", 403),
            "s3": ("InvalidAccessKeyId", 403), "rest-xml": ("InvalidClientTokenId", 403)}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = aws.ask("/", "POST", form, "Action=GetCallerIdentity&Version=2011-06-15")
        assert answer.status == 403 and b"MissingAuthenticationToken" in answer.body
        made = aws.client("sts").assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{SECOND}:role/web", RoleSessionName="check",
            WebIdentityToken="token")["Credentials"]
        session = session_of(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
        assert aws.client("sts", session=session).get_caller_identity()["Account"] == SECOND
        broken = session_of(made["AccessKeyId"], made["SecretAccessKey"],
                            made["SessionToken"][:-6] + "AAAAAA")
        assert code_of(aws.client("sts", session=broken).get_caller_identity) == (
            "InvalidClientTokenId", 403)
    keys = [{"access_key": "AKIAMINE", "secret": "s", "account": SECOND, "user": "me"}]
    with Aws(aws={"keys": keys, "verify": True}) as aws:
        me = aws.client("sts", session=session_of("AKIAMINE", "s")).get_caller_identity()
        assert me["Arn"] == f"arn:aws:iam::{SECOND}:user/me"
        assert "InvalidClientTokenId" == code_of(aws.client("sts").get_caller_identity)[0]


@needs_boto3
def roles_lead_into_other_accounts():
    options = {"accounts": 4, "suspended": 1, "denied_roles": [f"arn:aws:iam::{SECOND}:*/admin"]}
    with Aws(aws=options) as aws:
        other = aws.assume(SECOND)
        me = aws.client("sts", session=other).get_caller_identity()
        assert me["Account"] == SECOND
        assert me["Arn"] == f"arn:aws:sts::{SECOND}:assumed-role/reader/check"
        mine = aws.client("ec2").describe_vpcs()["Vpcs"]
        theirs = aws.client("ec2", session=other).describe_vpcs()["Vpcs"]
        assert {v["OwnerId"] for v in theirs} == {SECOND}
        assert theirs == aws.client("ec2", session=aws.session(SECOND)).describe_vpcs()["Vpcs"]
        assert {v["VpcId"] for v in theirs}.isdisjoint({v["VpcId"] for v in mine})
        chained = aws.assume("100000000003", session=other)
        assert aws.client("sts", session=chained).get_caller_identity()["Account"][-1] == "3"
        sts = aws.client("sts")
        for arn in (f"arn:aws:iam::{SECOND}:role/admin", "arn:aws:iam::100000000004:role/reader",
                    "arn:aws:iam::123456789012:role/reader"):
            assert code_of(sts.assume_role, RoleArn=arn, RoleSessionName="check") == (
                "AccessDenied", 403), arn
        assert code_of(sts.assume_role, RoleArn="nonsense", RoleSessionName="check")[1] == 400
        line = [r for r in aws.log() if r["operation"] == "DescribeVpcs"][1]
        assert line["account"] == SECOND and line["region"] == "us-east-1"
        assert line["service"] == "ec2" and line["user"] == me["Arn"]
    with Aws(aws={"external_id": "xyz"}) as aws:
        assert aws.assume(SECOND, ExternalId="xyz")
        assert code_of(aws.assume, SECOND)[0] == "AccessDenied"


@needs_boto3
def credentials_expire():
    with Aws(aws={"session_ttl_ms": 1}) as aws:
        session = aws.assume(SECOND)
        time.sleep(0.01)
        assert codes(aws, session) == {
            "ec2": ("RequestExpired", 400), "query": ("ExpiredToken", 403),
            "json 1.0": ("ExpiredTokenException", 400), "json 1.1": ("ExpiredTokenException", 400),
            "rest-json": ("ExpiredTokenException", 403), "s3": ("ExpiredToken", 400),
            "rest-xml": ("ExpiredToken", 403)}
    with Aws(aws={"session_ttl_ms": 600000}) as aws:
        assert set(codes(aws, aws.assume(SECOND)).values()) == {"ok"}


@needs_boto3
def denials():
    rules = [{"service": "ec2", "operation": "DescribeVpcs", "account": SECOND},
             {"account": MANAGEMENT, "region": "eu-west-1", "policy": True}]
    with Aws(aws={"denials": rules}) as aws:
        second = aws.session(SECOND)
        assert code_of(aws.client("ec2", session=second).describe_vpcs) == (
            "UnauthorizedOperation", 403)
        assert aws.client("ec2", session=second).describe_subnets()["Subnets"]
        assert aws.client("ec2").describe_vpcs()["Vpcs"]
        ecs = aws.client("ecs", "eu-west-1")
        try:
            ecs.list_clusters()
            raise AssertionError("it was answered")
        except ecs.exceptions.AccessDeniedException as e:
            assert "service control policy" in str(e)
        assert aws.client("ecs", "eu-west-1", second).list_clusters()["clusterArns"]
        assert aws.client("sts", "eu-west-1").get_caller_identity()["Account"] == MANAGEMENT
    with Aws(aws={"denials": [{"service": "*"}]}) as aws:
        assert codes(aws) == {
            "ec2": ("UnauthorizedOperation", 403), "query": ("AccessDenied", 403),
            "json 1.0": ("AccessDeniedException", 400), "json 1.1": ("AccessDeniedException", 400),
            "rest-json": ("AccessDeniedException", 403), "s3": ("AccessDenied", 403),
            "rest-xml": ("AccessDenied", 403)}
        assert code_of(aws.client("organizations", session=aws.session(SECOND)).list_accounts)[
            0] == "AccessDeniedException"


@needs_boto3
def regions_that_are_off():
    with Aws() as aws:
        for region in ("eu-south-1", "mars-north-1"):
            assert code_of(aws.client("ec2", region).describe_vpcs)[0] == "AuthFailure"
            assert code_of(aws.client("ecs", region).list_clusters)[
                0] == "UnrecognizedClientException"
        # botocore signs IAM for us-east-1 whatever the region, so the header is made by hand.
        answer = by_hand(aws, "iam", "eu-west-1", "POST", "/",
                         "Action=ListUsers&Version=2010-05-08")
        assert answer.status == 403 and b"scoped to a valid region" in answer.body


@needs_boto3
def buckets_have_regions():
    with Aws(aws={"regions": 3, "counts": {"s3.bucket": 12}}) as aws:
        s3 = {r: aws.client("s3", r) for r in ("us-east-1", "eu-west-1", "us-west-2")}
        buckets = s3["us-east-1"].list_buckets()["Buckets"]
        by_region = {b["BucketRegion"]: b["Name"] for b in buckets}
        assert len(buckets) == 12 and set(by_region) == set(s3)
        for region, name in by_region.items():
            assert s3[region].get_bucket_encryption(Bucket=name)
            where = s3["us-east-1"].get_bucket_location(Bucket=name)["LocationConstraint"]
            assert where == region or (where is None and region == "us-east-1"), where
        name = by_region["eu-west-1"]
        for region, want in (("us-east-1", 400), ("us-west-2", 301)):
            # boto3 would follow the redirect, so the request is made by hand.
            answer = by_hand(aws, "s3", region, "GET", f"/{name}?encryption")
            assert answer.status == want
            assert answer.headers["x-amz-bucket-region"] == "eu-west-1"
            code = b"AuthorizationHeaderMalformed" if want == 400 else b"PermanentRedirect"
            assert b"<Code>" + code + b"</Code>" in answer.body
        plain = aws.client("s3", "us-west-2", retries=1)  # boto3 finds the way.
        assert plain.get_bucket_encryption(Bucket=name)
        lacking = {}
        for b in buckets:
            for ask in ("policy", "lifecycle_configuration", "tagging"):
                call = getattr(s3[b["BucketRegion"]], "get_bucket_" + ask)
                try:
                    call(Bucket=b["Name"])
                except botocore.exceptions.ClientError as e:
                    code = e.response["Error"]["Code"]
                    assert e.response["ResponseMetadata"]["HTTPStatusCode"] == 404
                    lacking[code] = lacking.get(code, 0) + 1
        assert lacking == {"NoSuchBucketPolicy": 4, "NoSuchLifecycleConfiguration": 6,
                           "NoSuchTagSet": 4}
        assert code_of(s3["us-east-1"].get_bucket_policy, Bucket="nobody-s")[0] == "NoSuchBucket"


@needs_boto3
def limits_of_batches_and_pages():
    with Aws(aws={"counts": {"ecs.service": 12, "ecs.cluster": 101}}) as aws:
        ecs = aws.client("ecs")
        clusters = ask_all(ecs, "ListClusters")[0]
        assert len(clusters) == 101
        try:
            ecs.describe_clusters(clusters=clusters)
            raise AssertionError("101 clusters were described")
        except ecs.exceptions.InvalidParameterException:
            pass
        assert len(ecs.describe_clusters(clusters=clusters[:100])["clusters"]) == 100
        services = ask_all(ecs, "ListServices", cluster=clusters[0])[0]
        assert code_of(ecs.describe_services, cluster=clusters[0], services=services)[
            0] == "InvalidParameterException"
        elb = aws.client("elbv2")
        assert code_of(elb.describe_tags, ResourceArns=["x"] * 21)[1] == 400
        assert code_of(elb.describe_tags, ResourceArns=["x"])[0] == "LoadBalancerNotFound"
        assert code_of(aws.client("ec2").describe_vpcs, MaxResults=1001) == (
            "InvalidParameterValue", 400)
        assert code_of(aws.client("iam").list_users, MaxItems=0) == ("ValidationError", 400)
        for name, method, more in (("ec2", "describe_vpcs", {"NextToken": "AAAA"}),
                                   ("ecs", "list_clusters", {"nextToken": "AAAA"}),
                                   ("iam", "list_users", {"Marker": "AAAA"})):
            assert code_of(getattr(aws.client(name), method), **more)[1] == 400
        ddb = aws.client("dynamodb")
        try:
            ddb.describe_table(TableName="table-00099")
            raise AssertionError("there is no such table")
        except ddb.exceptions.ResourceNotFoundException:
            pass
        sqs = aws.client("sqs")
        try:
            sqs.get_queue_attributes(QueueUrl=f"https://sqs.us-east-1.amazonaws.com/{MANAGEMENT}/x")
            raise AssertionError("there is no such queue")
        except sqs.exceptions.QueueDoesNotExist as e:
            assert e.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
        assert code_of(aws.client("iam").get_user, UserName="user-00099") == ("NoSuchEntity", 404)
        assert code_of(aws.client("ecs").list_task_definition_families) == (
            "UnknownOperationException", 400)
        assert code_of(aws.client("ec2").describe_hosts) == ("InvalidAction", 400)


@needs_boto3
def buckets_of_tokens_throttle_in_every_protocol():
    rule = {"rate": 0.001, "burst": 2, "per": "operation", "service": "*"}
    with Aws(throttles=[rule]) as aws:
        assert set(codes(aws).values()) == {"ok"}
        assert set(codes(aws, aws.session(SECOND)).values()) == {"ok"}  # Another account's.
        assert set(codes(aws).values()) == {"ok"}
        assert codes(aws) == {
            "ec2": ("RequestLimitExceeded", 503), "query": ("Throttling", 400),
            "json 1.0": ("ThrottlingException", 400), "json 1.1": ("ThrottlingException", 400),
            "rest-json": ("TooManyRequestsException", 429), "s3": ("SlowDown", 503),
            "rest-xml": ("Throttling", 400)}
        lam = aws.client("lambda")
        try:
            lam.list_functions()
            raise AssertionError("it was answered")
        except lam.exceptions.TooManyRequestsException as e:
            headers = e.response["ResponseMetadata"]["HTTPHeaders"]
            assert "retry-after" not in headers
        org = aws.client("organizations")
        assert org.list_roots() and org.list_roots()
        try:
            org.list_roots()
            raise AssertionError("it was answered")
        except org.exceptions.TooManyRequestsException:
            pass
        assert "throttled" in [line["fault"] for line in aws.log()]
    with Aws(throttles=[{"rate": 5, "burst": 1, "per": "service", "service": "ec2"}]) as aws:
        ec2 = aws.client("ec2", retries=9)
        start = time.monotonic()
        for _ in range(4):
            assert len(ec2.describe_vpcs()["Vpcs"]) == 2  # boto3 knows it for throttling.
        assert time.monotonic() - start >= 3 / 5


@needs_boto3
def faults_speak_the_protocol():
    rules = [{"kind": "status", "service": "ec2", "operation": "DescribeSubnets"},
             {"kind": "status", "status": 503, "service": "ecs"},
             {"kind": "throttle", "service": "sns", "times": 1},
             {"kind": "status", "status": 400, "code": "OptInRequired", "service": "rds"},
             {"kind": "reset", "service": "sqs"},
             {"kind": "cut", "service": "kms", "region": "eu-west-1"},
             {"kind": "garbage", "service": "cloudformation"},
             {"kind": "empty_page", "operation": "DescribeLogGroups", "nth": 2},
             {"kind": "repeat_token", "operation": "DescribeParameters"},
             {"kind": "expired", "operation": "ListSecrets"},
             {"kind": "stall", "operation": "DescribeRepositories", "stall_ms": 60000},
             {"kind": "slow", "operation": "ListFunctions", "latency_ms": 300}]
    with Aws(aws={"page_size": 3}, faults=rules) as aws:
        assert code_of(aws.client("ec2").describe_subnets) == ("InternalError", 500)
        assert aws.client("ec2").describe_vpcs()["Vpcs"]
        assert code_of(aws.client("ecs").list_clusters) == ("ServiceUnavailableException", 503)
        assert code_of(aws.client("sns").list_topics) == ("Throttling", 400)
        assert aws.client("sns").list_topics()["Topics"]
        assert code_of(aws.client("rds").describe_db_instances) == ("OptInRequired", 400)
        for service, region, method, wrong in (
                ("sqs", "us-east-1", "list_queues", botocore.exceptions.ConnectionClosedError),
                ("cloudformation", "us-east-1", "list_stacks",
                 botocore.parsers.ResponseParserError)):
            try:
                getattr(aws.client(service, region), method)()
                raise AssertionError(service + " answers")
            except wrong:
                pass
        assert aws.client("kms").list_keys()["Keys"]
        try:  # Some versions of botocore raise, others take half an answer for an empty one.
            assert "Keys" not in aws.client("kms", "eu-west-1").list_keys()
        except botocore.exceptions.HTTPClientError:
            pass
        assert [line["fault"] for line in aws.log() if line["service"] == "kms"] == [None, "cut"]
        items, pages = ask_all(aws.client("logs"), "DescribeLogGroups")
        assert len(items) == 7 and pages == 4
        ssm = aws.client("ssm")
        first = ssm.describe_parameters()
        second = ssm.describe_parameters(NextToken=first["NextToken"])
        assert second["NextToken"] == first["NextToken"] and second["Parameters"]
        secrets = aws.client("secretsmanager")
        token = secrets.list_secrets()["NextToken"]
        assert code_of(secrets.list_secrets, NextToken=token)[0] == "InvalidNextTokenException"
        try:
            aws.client("ecr", read_timeout=1).describe_repositories()
            raise AssertionError("it does not stall")
        except botocore.exceptions.ReadTimeoutError:
            pass
        start = time.monotonic()
        assert aws.client("lambda").list_functions()["Functions"]
        assert time.monotonic() - start >= 0.3


@needs_boto3
def chance_is_the_same_in_every_run():
    def run():
        found = {}
        rules = [{"kind": "status", "status": 500, "probability": 0.5, "service": "*"}]
        with Aws(aws={"page_size": 2}, faults=rules) as aws:
            for name, method in (("iam", "list_users"), ("iam", "list_roles"),
                                 ("ec2", "describe_vpcs"), ("ecs", "list_clusters"),
                                 ("sns", "list_topics"), ("kms", "list_keys")):
                for region in ("us-east-1", "eu-west-1"):
                    client = aws.client(name, region)
                    for turn in range(3):
                        try:
                            getattr(client, method)()
                            found[name, method, region, turn] = "ok"
                        except botocore.exceptions.ClientError:
                            found[name, method, region, turn] = "fault"
        return found

    first = run()
    assert first == run()
    assert {"ok", "fault"} == set(first.values())


@test
def aws_flags():
    with Aws("--aws-accounts", "5", "--aws-regions", "3", "--aws-objects", "9", "--aws-count",
             "ec2.vpc=7", "--aws-page-size", "4", "--aws-session-ttl-ms", "60000", "--aws-deny",
             '{"service": "iam"}', "--aws-verify") as aws:
        declared = aws.declared()
        assert len(declared["accounts"]) == 5 and len(declared["regions"]) == 3
        totals = {k: v["total"] for k, v in declared["types"].items()}
        assert totals["ec2.vpc"] == 7 and totals["ec2.subnet"] == 21
        assert totals["iam.user"] == totals["sqs.queue"] == 9
        assert totals["organizations.account"] == 5
    for flags, word in ((["--aws-count", "ec2.nothing=1"], "ec2.nothing"),
                        (["--aws-accounts", "0"], "accounts"),
                        (["--aws-regions", "99"], "aws.regions"),
                        (["--scenario", "/dev/stdin"], "aws: unknown key")):
        done = subprocess.run([harness.FAKECLOUD, *flags], capture_output=True, timeout=60,
                              input=b'{"aws": {"acounts": 1}}')
        assert done.returncode == 2 and word in done.stderr.decode(), done


@test
def the_old_forms_are_served_too():
    with Aws() as aws:
        form = {"Content-Type": "application/x-www-form-urlencoded", "Authorization":
                f"AWS4-HMAC-SHA256 Credential=AKIAFAKE{MANAGEMENT}/20260101/us-east-1/%s/"
                "aws4_request, SignedHeaders=host, Signature=00"}
        for service, body, mark, count in (
                ("sqs", "Action=ListQueues&Version=2012-11-05", b"<QueueUrl>", 5),
                ("monitoring", "Action=DescribeAlarms&Version=2010-08-01", b"<AlarmName>", 6)):
            headers = dict(form, Authorization=form["Authorization"] % service)
            answer = aws.ask("/", "POST", headers, body)
            assert answer.status == 200 and answer.body.count(mark) == count, answer.body
        headers = dict(form, Authorization=form["Authorization"] % "ec2")
        answer = aws.ask("/?Action=DescribeVpcs&Version=2016-11-15", headers=headers)
        assert answer.status == 200 and answer.body.count(b"<vpcId>") == 2
        assert aws.ask("/api/v1/pods").status == 200  # Kubernetes is still there.


@needs_boto3
def many_accounts_regions_and_lists():
    with Aws(aws={"accounts": 200, "regions": 4}) as aws:
        declared = aws.declared()
        assert len(declared["accounts"]) == 200 and len(declared["regions"]) == 4
        types = declared["types"]
        plain = [op for op in declared["operations"]
                 if op["lists"] and not op["parent"] and types[op["lists"]]["scope"] == "region"]
        assert len({(op["service"], op["operation"]) for op in plain}) >= 60, len(plain)
        last = declared["accounts"][-1]
        client = aws.client("ec2", declared["regions"][3], aws.assume(last))
        assert {v["OwnerId"] for v in client.describe_vpcs()["Vpcs"]} == {last}
