#!/usr/bin/env python3
"""live_ids.py DRIVER [FOLDER]

How many AWS resources of the sample states take the id of a live object, and, for types whose ids are
written down here once more, whether it is the right one. Ends with 77 where there are no samples."""
import collections
import json
import os
import subprocess
import sys

from count_states import load

# Types whose `arn` is the object's own in every version of the provider that has it.
OWN = """aws_instance aws_vpc aws_subnet aws_security_group aws_internet_gateway aws_route_table aws_network_acl
aws_ebs_volume aws_ami aws_key_pair aws_launch_template aws_s3_bucket aws_iam_role aws_iam_policy aws_iam_user
aws_iam_group aws_iam_instance_profile aws_lb aws_alb aws_lb_listener aws_lb_target_group aws_sqs_queue
aws_sns_topic aws_dynamodb_table aws_kms_key aws_kms_alias aws_lambda_function aws_db_instance aws_rds_cluster
aws_rds_cluster_instance aws_db_subnet_group aws_ecr_repository aws_ecs_cluster aws_ecs_task_definition
aws_eks_cluster aws_eks_node_group aws_cloudfront_distribution aws_secretsmanager_secret aws_ssm_parameter
aws_route53_zone aws_api_gateway_rest_api aws_default_vpc aws_default_subnet aws_default_security_group
aws_default_network_acl aws_default_route_table aws_autoscaling_group aws_elasticache_replication_group
aws_cloudwatch_metric_alarm aws_cloudwatch_event_rule aws_sfn_state_machine aws_acm_certificate""".split()
# Never a live object: they belong to one, or connect some.
NEVER = """aws_sns_topic_policy aws_sqs_queue_policy aws_s3_bucket_policy aws_s3_bucket_notification
aws_s3_bucket_public_access_block aws_iam_role_policy_attachment aws_iam_user_policy_attachment
aws_iam_policy_attachment aws_iam_role_policy aws_iam_access_key aws_lb_target_group_attachment
aws_route_table_association aws_route aws_volume_attachment aws_lambda_permission aws_kms_key_policy
aws_ecr_repository_policy aws_secretsmanager_secret_version aws_acm_certificate_validation""".split()
ACCOUNT = {"aws_nat_gateway": "natgateway/", "aws_egress_only_internet_gateway": "egress-only-internet-gateway/"}


def instances(state):
    """(type, provider, attributes) of the managed instances of a version 4 or version 3 state."""
    if state.get("version") == 4:
        for block in state.get("resources") or []:
            for each in block.get("instances") or []:
                if block["mode"] == "managed" and not each.get("deposed"):
                    yield (block["type"], block.get("provider"),
                           each.get("attributes") or each.get("attributes_flat") or {})
    elif state.get("version") == 3:
        for module in state.get("modules") or []:
            for name, block in (module.get("resources") or {}).items():
                if not name.startswith("data.") and block.get("primary"):
                    yield block["type"], block.get("provider"), block["primary"].get("attributes") or {}


def expected(found):
    """The live ids of a state, as far as this file knows them, how many of its instances it knows nothing about,
    and the types that must have none."""
    homes = collections.defaultdict(set)
    for kind, provider, attributes in found:
        parts = str(attributes.get("arn") or "").split(":")
        if kind in OWN and len(parts) > 5 and parts[3] and parts[4].isdigit():
            homes[provider].add((parts[1], parts[3], parts[4]))
    wanted = collections.Counter()
    for kind, provider, attributes in found:
        if kind in OWN and str(attributes.get("arn") or "").startswith("arn:"):
            wanted[attributes["arn"]] += 1
        elif kind in ACCOUNT and len(homes[provider]) == 1:
            partition, region, account = next(iter(homes[provider]))
            wanted["arn:%s:ec2:%s:%s:%s%s" % (partition, region, account, ACCOUNT[kind], attributes["id"])] += 1
    return wanted


def main():
    driver = sys.argv[1]
    shared = os.environ.get("WGO_SHARED_DIR", "")
    folder = sys.argv[2] if len(sys.argv) > 2 else os.path.join(shared, "fixtures", "tfstate")
    if not os.path.isdir(folder):
        print("SKIPPED: no sample states in " + folder)
        return 77
    wrong, aws, live, checked = [], 0, 0, 0
    for name in sorted(n for n in os.listdir(folder) if n.endswith((".tfstate", ".tfstate.gz"))):
        try:
            found = list(instances(load(os.path.join(folder, name))))
        except (ValueError, KeyError):
            continue  # what cannot be read is count_states.py's business
        said = subprocess.run([driver, os.path.join(folder, name)], capture_output=True, text=True)
        records = [r for r in map(json.loads, said.stdout.splitlines()) if r["type"].startswith("aws_")]
        aws += len(records)
        live += sum(r["id"].startswith("arn:") for r in records)
        got = collections.Counter(r["id"] for r in records if r["type"] in OWN or r["type"] in ACCOUNT)
        for each, count in expected(found).items():
            checked += count
            if got[each] != count:
                wrong.append("%s: %s is there %d times, not %d" % (name, each, got[each], count))
        for record in records:
            if record["type"] in NEVER and not record["id"].startswith("terraform://"):
                wrong.append("%s: %s became %s" % (name, record["state_address"], record["id"]))
    print("%d AWS resources, %d with a live id, %d of them checked, %d wrong" % (aws, live, checked, len(wrong)))
    for line in wrong[:20]:
        print("  " + line)
    return 1 if wrong or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
