"""What is asked of wgo, one function a scenario; see README.md for the table."""
import collections
import json
import os

from cloud import KEYS, MAIN, Cloud
from compare import by_type, compare_ids, few, live, sources, unexplained
from fill import Clients, Made, queues, tables
from truth import Truth

# Types whose list moto answers otherwise than AWS does, each with the reason: left out of the comparison.
MOTO_ALONE = {
    "aws_ssm_parameter": "moto gives no ARN",
}
# Rows that moto's own limits bring about: (type, how the error begins, why).
MOTO_ROWS = (
    ("aws_ssm_parameter", "an item without ARN", "DescribeParameters gives no ARN"),
    ("aws_athena_workgroup", "InvalidRequestException: Athena Resource", "a work group without tags is unknown to it"),
    ("aws_appautoscaling_target", "ValidationException", "it knows fewer service namespaces than AWS"),
    ("aws_appautoscaling_policy", "ValidationException", "it knows fewer service namespaces than AWS"),
    ("aws_route53_delegation_set", "an item without Id", "it lists the sets of zones, which have no id"),
    ("aws_organizations_policy", "InvalidInputException", "it knows fewer kinds of policies than AWS"),
)
ORG_TYPES = ("aws_sqs_queue", "aws_sns_topic", "aws_s3_bucket", "aws_iam_user", "aws_vpc")


def only(types):
    return [part for one in types for part in ("--resource-type", one)]


def regions_of(names):
    return [part for one in names for part in ("--region", one)]


# ---- scenarios on one open moto ----

def everything(run, cloud, regions, unit, accounts):
    """Each type that moto can list, over three regions: the same ids as boto3's."""
    code, snapshot, said = run.scan("everything", cloud, KEYS, "--provider", "aws", *regions_of(regions))
    score = run.score
    if not score.check(snapshot is not None and code in (0, 3), "everything: exit %d" % code, said[-1500:]):
        return
    truth = Truth(cloud, [MAIN], regions)
    for kind, why in MOTO_ALONE.items():
        if truth.ids.pop(kind, None) is not None:
            score.skip("%s: %s" % (kind, why))
    for kind, region, why in truth.unanswered:
        print("moto cannot list %s in %s: %s" % (kind, region, why.split("\n")[0][:120]))
    counts = compare_ids(snapshot, truth, score, "everything")
    score.check(len(truth.services) >= 30, "boto3 lists 30 services", str(len(truth.services)))
    empty = [kind for kind, (_, theirs) in counts.items() if theirs == 0]
    score.check(not empty, "everything: types that hold nothing", ", ".join(empty))
    for row in unexplained(snapshot):
        why = next((why for kind, error, why in MOTO_ROWS
                    if row["type"] in (kind, [kind]) and row["error"].startswith(error)), None)
        if why:
            print("moto: %s: %s" % (row["type"], why))
        else:
            score.check(False, "everything: %s is %s" % (row["type"], row["status"]),
                        "%s: %s" % (row.get("region"), row.get("error")))
    more = {kind: len(ones) for kind, ones in by_type(live(snapshot)).items() if kind not in truth.ids}
    print("%d types compared, %d resources; %d types beside: %s" % (
        len(truth.ids), sum(one for one, _ in counts.values()), len(more),
        ", ".join("%s %d" % one for one in sorted(more.items()))))
    details(run, cloud, snapshot, regions)


def details(run, cloud, snapshot, regions):
    """Names, tags, regions, times and dependencies of some, beside boto3's."""
    found = {one["id"]: one for one in live(snapshot)}
    score = run.score
    for region in regions:
        for one in cloud.client("ec2", region).describe_instances()["Reservations"]:
            for instance in one["Instances"]:
                ours = found.get("arn:aws:ec2:%s:%s:instance/%s" % (region, MAIN, instance["InstanceId"]), {})
                tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
                what = "instance %s" % instance["InstanceId"]
                score.check(ours.get("tags") == tags, what + "'s tags", "%s / %s" % (ours.get("tags"), tags))
                score.check(ours.get("name") == tags["Name"], what + "'s name", str(ours.get("name")))
                score.check(ours.get("region") == region and ours.get("account") == MAIN, what + "'s place")
                score.check(ours.get("configuration", {}).get("VpcId") == instance["VpcId"], what + "'s VpcId")
                needs = set(ours.get("metadata", {}).get("dependencies", ()))
                wanted = {"arn:aws:ec2:%s:%s:%s" % (region, MAIN, rest) for rest in (
                    "vpc/" + instance["VpcId"], "subnet/" + instance["SubnetId"],
                    "security-group/" + instance["SecurityGroups"][0]["GroupId"])}
                score.check(wanted <= needs, what + "'s dependencies", few(wanted - needs))
        for name in cloud.client("dynamodb", region).list_tables()["TableNames"]:
            arn = "arn:aws:dynamodb:%s:%s:table/%s" % (region, MAIN, name)
            tags = {tag["Key"]: tag["Value"] for tag in cloud.client("dynamodb", region).list_tags_of_resource(
                ResourceArn=arn)["Tags"]}
            ours = found.get(arn, {})
            score.check(ours.get("tags") == tags and tags, arn + "'s tags", str(ours.get("tags")))
            made = cloud.client("dynamodb", region).describe_table(TableName=name)["Table"]["CreationDateTime"]
            said = str(ours.get("metadata", {}).get("created_at", ""))
            score.check(said.startswith(made.strftime("%Y-%m-%dT%H:%M:")), arn + "'s creation", said)
    s3 = cloud.client("s3", "us-east-1")
    for bucket in s3.list_buckets()["Buckets"]:
        place = s3.get_bucket_location(Bucket=bucket["Name"])["LocationConstraint"] or "us-east-1"
        ours = found.get("arn:aws:s3:::" + bucket["Name"], {})
        score.check(ours.get("region") == place, "bucket %s's region" % bucket["Name"], str(ours.get("region")))
        if bucket["Name"].startswith("bucket-"):
            score.check((ours.get("tags") or {}).get("team") == "blue & green", "bucket %s's tags" % bucket["Name"],
                        str(ours.get("tags")))
    for user in cloud.client("iam", "us-east-1").list_users()["Users"]:
        ours = found.get(user["Arn"], {})
        score.check(ours.get("name") == user["UserName"], "user %s's name" % user["UserName"], str(ours.get("name")))


def organization(run, cloud, regions, unit, accounts):
    """All accounts by their roles, with the settings printed first."""
    code, snapshot, said = run.scan(
        "organization", cloud, KEYS, "--provider", "aws", "--org", "--org-role", "OrganizationAccountAccessRole",
        *regions_of(["us-east-1", "eu-west-1"]), *only(ORG_TYPES))
    if not run.score.check(snapshot is not None and code == 0, "organization: exit %d" % code, said[-1500:]):
        return
    truth = Truth(cloud, [MAIN] + accounts, ["us-east-1", "eu-west-1"], ORG_TYPES)
    compare_ids(snapshot, truth, run.score, "organization")
    seen = {one["account"] for one in live(snapshot)}
    run.score.check(seen == {MAIN, *accounts}, "organization: the accounts", "%d of %d" % (len(seen), len(accounts) + 1))


def filters(run, cloud, regions, unit, accounts):
    """--account, --exclude-account, --ou and --account-tag read the accounts they name."""
    names = {"team-%02d" % n: account for n, account in enumerate(accounts)}
    cases = (
        ("account", ["--account", "team-0*"], {names["team-%02d" % n] for n in range(10)}),
        ("regex", ["--account", "/^team-(03|17)$/"], {names["team-03"], names["team-17"]}),
        ("exclude", ["--account", "team-*", "--exclude-account", "team-1?"],
         {names["team-%02d" % n] for n in range(10)}),
        ("ou", ["--ou", "workloads"], {names["team-%02d" % n] for n in range(1, 20, 2)}),
        ("tag", ["--account-tag", "stage=test"], {names["team-%02d" % n] for n in range(0, 20, 2)}),
    )
    for name, arguments, wanted in cases:
        code, snapshot, said = run.scan(
            "filter-" + name, cloud, KEYS, "--provider", "aws", "--org", "--org-role", "OrganizationAccountAccessRole",
            "--region", "us-east-1", *only(["aws_sqs_queue"]), *arguments)
        if run.score.check(snapshot is not None and code == 0, "filter %s: exit %d" % (name, code), said[-1000:]):
            seen = {one["account"] for one in live(snapshot) if one["type"] == "aws_sqs_queue"}
            run.score.check(seen == wanted, "filter %s: accounts" % name, "missing %s; too many %s" % (
                few(wanted - seen), few(seen - wanted)))


def state_of(cloud, region):
    """A Terraform state of some of what moto holds: [(type, attributes)]."""
    out = []
    ec2 = cloud.client("ec2", region)
    for vpc in ec2.describe_vpcs(Filters=[{"Name": "tag:team", "Values": ["*"]}])["Vpcs"]:
        out.append(("aws_vpc", {"id": vpc["VpcId"], "arn": "arn:aws:ec2:%s:%s:vpc/%s" % (region, MAIN, vpc["VpcId"]),
                                "cidr_block": vpc["CidrBlock"]}))
    for url in cloud.client("sqs", region).list_queues()["QueueUrls"]:
        name = url.rsplit("/", 1)[-1]
        out.append(("aws_sqs_queue", {"id": url, "url": url, "name": name,
                                      "arn": "arn:aws:sqs:%s:%s:%s" % (region, MAIN, name)}))
    for topic in cloud.client("sns", region).list_topics()["Topics"]:
        out.append(("aws_sns_topic", {"id": topic["TopicArn"], "arn": topic["TopicArn"]}))
    for bucket in cloud.client("s3", region).list_buckets()["Buckets"]:
        out.append(("aws_s3_bucket", {"id": bucket["Name"], "bucket": bucket["Name"],
                                      "arn": "arn:aws:s3:::" + bucket["Name"]}))
    for user in cloud.client("iam", region).list_users()["Users"]:
        out.append(("aws_iam_user", {"id": user["UserName"], "name": user["UserName"], "arn": user["Arn"]}))
    return out


def terraform_state(resources):
    return {"version": 4, "terraform_version": "1.9.0", "serial": 3, "lineage": "6d0c3a7e-8f7e-4f7e-9a59-0b1c4a1f0001",
            "outputs": {}, "resources": [
                {"mode": "managed", "type": kind, "name": "r%d" % n,
                 "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                 "instances": [{"schema_version": 0, "attributes": attributes}]}
                for n, (kind, attributes) in enumerate(resources)]}


def check_merged(run, name, snapshot, resources):
    """Each managed resource once, with both sources."""
    found = collections.Counter(one["id"] for one in snapshot["resources"])
    both = {one["id"]: sources(one) for one in snapshot["resources"]}
    for kind, attributes in resources:
        arn = attributes["arn"]
        run.score.check(found[arn] == 1, "%s: %s %s is there %d times" % (name, kind, arn, found[arn]))
        run.score.check(both.get(arn, set()) >= {"aws", "terraform"}, "%s: %s %s has both sources" % (name, kind, arn),
                        str(both.get(arn)))
    alone = [one["id"] for one in snapshot["resources"] if "aws" not in sources(one)]
    run.score.check(not alone, "%s: nothing is in the state alone" % name, few(alone))


def merged(run, cloud, regions, unit, accounts):
    """A state of moto's resources and the live scan of moto become one."""
    resources = state_of(cloud, "us-east-1")
    path = os.path.join(run.folder, "live.tfstate")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(terraform_state(resources), file)
    code, snapshot, said = run.scan(
        "merged", cloud, KEYS, "--provider", "terraform", "--state-file", path, "--provider", "aws", "--region",
        "us-east-1", *only(sorted({kind for kind, _ in resources})))
    if run.score.check(snapshot is not None and code == 0, "merged: exit %d" % code, said[-1500:]):
        check_merged(run, "merged", snapshot, resources)


def s3_backend(run, cloud, regions, unit, accounts):
    """The state is in moto's S3, and the backend names its endpoint."""
    resources = state_of(cloud, "us-east-1")
    s3 = cloud.client("s3", "us-east-1")
    s3.create_bucket(Bucket="terraform-states")
    s3.put_object(Bucket="terraform-states", Key="net/terraform.tfstate",
                  Body=json.dumps(terraform_state(resources)).encode())
    folder = os.path.join(run.folder, "stack")
    os.makedirs(os.path.join(folder, ".terraform"), exist_ok=True)
    with open(os.path.join(folder, ".terraform", "terraform.tfstate"), "w", encoding="utf-8") as file:
        json.dump({"version": 3, "serial": 1, "backend": {"type": "s3", "hash": 1, "config": {
            "bucket": "terraform-states", "key": "net/terraform.tfstate", "region": "us-east-1",
            "use_path_style": True, "endpoints": {"s3": cloud.url}}}}, file)
    with open(os.path.join(folder, "main.tf"), "w", encoding="utf-8") as file:
        file.write('terraform {\n  backend "s3" {\n    bucket = "terraform-states"\n    key = "net/terraform.tfstate"\n'
                   '    region = "us-east-1"\n    use_path_style = true\n    endpoints = { s3 = "%s" }\n  }\n}\n' % cloud.url)
    code, snapshot, said = run.scan(
        "s3-backend", cloud, KEYS, "--provider", "terraform", "--path", folder, "--provider", "aws", "--region",
        "us-east-1", *only(sorted({kind for kind, _ in resources})))
    if "s3" in said and code == 3 and snapshot and any(
            row["provider"] == "terraform" and row["status"] != "ok" and "aws" in row.get("error", "")
            for row in snapshot["metadata"]["completeness"]):
        run.score.skip("the s3 backend is not in this wgo")
        return
    if run.score.check(snapshot is not None and code == 0, "s3 backend: exit %d" % code, said[-1500:]):
        check_merged(run, "s3 backend", snapshot, resources)


SCENARIOS = (everything, organization, filters, merged, s3_backend)


# ---- scenarios under IAM's enforcement ----

def policy(effect, action):
    return {"Effect": effect, "Action": action, "Resource": "*"}


def user(cloud, name, *statements):
    iam = cloud.client("iam", "us-east-1")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": list(statements)}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def guarded(run):
    """moto judges every signature and every action."""
    types = ("aws_sqs_queue", "aws_sns_topic", "aws_dynamodb_table", "aws_vpc", "aws_s3_bucket", "aws_iam_user")
    folder = os.path.join(run.folder, "guarded")
    os.makedirs(folder, exist_ok=True)
    with Cloud(folder, initial_calls=1000000) as cloud:
        c = Clients(cloud, MAIN, "us-east-1")
        made = Made()
        queues(c, "guarded", made)
        tables(c, "guarded", made)
        c("s3").create_bucket(Bucket="guarded-bucket")
        admin = user(cloud, "admin", policy("Allow", "*"))
        nearly = user(cloud, "nearly", policy("Allow", "*"), policy("Deny", "sqs:*"))
        truth = Truth(cloud, [MAIN], ["us-east-1"], types)
        cloud.enforce()
        flags = ["--provider", "aws", "--region", "us-east-1", *only(types)]

        code, snapshot, said = run.scan("allowed", cloud, admin, *flags)
        if run.score.check(snapshot is not None and code == 0, "allowed: exit %d" % code, said[-1500:]):
            compare_ids(snapshot, truth, run.score, "allowed")

        wrong = dict(admin, AWS_SECRET_ACCESS_KEY="x" + admin["AWS_SECRET_ACCESS_KEY"][1:] + "x")
        code, snapshot, said = run.scan("wrong-secret", cloud, wrong, *flags)
        run.score.check(code == 4, "a wrong secret: exit %d, not 4" % code, said[-1000:])
        run.score.check(not (snapshot and live(snapshot)), "a wrong secret finds nothing")
        run.score.check(wrong["AWS_SECRET_ACCESS_KEY"] not in said, "the secret is not shown")

        code, snapshot, said = run.scan("denied", cloud, nearly, *flags)
        if run.score.check(snapshot is not None and code == 3, "denied: exit %d, not 3" % code, said[-1500:]):
            denied = {row["type"] for row in snapshot["metadata"]["completeness"] if row["status"] == "denied"}
            run.score.check(denied == {"aws_sqs_queue"}, "denied: exactly SQS", str(denied))
            others = [row for row in unexplained(snapshot) if row["status"] != "denied"]
            run.score.check(not others, "denied: nothing else", str(others)[:300])
            truth.ids["aws_sqs_queue"] = []
            compare_ids(snapshot, truth, run.score, "denied")


GUARDED = (guarded,)
