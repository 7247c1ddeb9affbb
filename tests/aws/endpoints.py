#!/usr/bin/env python3
"""endpoints.py WHERE

Where services answer: wgo's addresses beside those of botocore's endpoint rules, for every service
below in several regions of three partitions, plain, with FIPS, dual-stack and both. What botocore
has no address for is left out. Ends with 77 where there is no botocore."""
import os
import subprocess
import sys
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import packages  # noqa: E402

packages.need("botocore")
import botocore  # noqa: E402
import botocore.exceptions  # noqa: E402
import botocore.session  # noqa: E402

SERVICES = """account acm acm-pca apigateway appconfig application-autoscaling apprunner appsync athena autoscaling
backup batch bedrock budgets ce cloudformation cloudfront cloudtrail cloudwatch codeartifact codebuild codecommit
codedeploy codepipeline cognito-identity cognito-idp config dax detective directconnect dms docdb ds dynamodb ec2 ecr
ecs efs eks elasticache elasticbeanstalk elb elbv2 emr emr-containers emr-serverless es events firehose fsx glacier
globalaccelerator glue grafana guardduty iam identitystore imagebuilder inspector2 iot kafka kafkaconnect kinesis kms
lakeformation lambda lightsail logs macie2 memorydb mq mwaa neptune network-firewall networkmanager opensearch
organizations pipes ram rds redshift redshift-serverless resource-explorer-2 resource-groups resourcegroupstaggingapi
route53 route53resolver s3 sagemaker savingsplans scheduler secretsmanager securityhub servicecatalog servicediscovery
service-quotas sesv2 shield sns sqs ssm sso-admin stepfunctions sts support synthetics timestream-query transfer waf
waf-regional wafv2 workspaces xray""".split()
REGIONS = ["us-east-1", "eu-west-1", "ap-southeast-2", "us-gov-west-1", "cn-north-1", "cn-northwest-1"]
FLAGS = [("-", False, False), ("f", True, False), ("d", False, True), ("fd", True, True)]
# Served by one region of the partition, which botocore leaves to whoever asks: without dual-stack (and
# for support without FIPS) there, and for Global Accelerator at all.
OUR_OWN = {"organizations": ("d", "fd"), "shield": ("d", "fd"), "support": ("f", "d", "fd"),
           "globalaccelerator": ("-", "f", "d", "fd"),
           # one address in us-east-1 that no rule makes
           "cognito-identity": ("fd",), "cognito-idp": ("fd",)}


def questions(session):
    """(service, endpoint prefix, region, flags, url, signing region)"""
    for name in SERVICES:
        if name not in session.get_available_services():
            continue
        client = session.create_client(name, region_name="eu-west-1")
        prefix = client.meta.service_model.endpoint_prefix
        for region in REGIONS:
            for flags, fips, dual in FLAGS:
                if fips and region.startswith("cn-"):
                    continue  # there is no FIPS in China, whatever address is made of it
                if flags in OUR_OWN.get(name, ()):
                    continue
                given = dict(Region=region, UseFIPS=fips, UseDualStack=dual)
                if name in ("s3", "sts"):
                    given["UseGlobalEndpoint"] = False
                try:
                    found = client._ruleset_resolver._provider.resolve_endpoint(**given)
                except botocore.exceptions.BotoCoreError:
                    continue
                schemes = found.properties.get("authSchemes") or [{}]
                yield name, prefix, region, flags, found.url, schemes[0].get("signingRegion", region)


def main():
    where = sys.argv[1]
    warnings.simplefilter("ignore")
    os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_CONFIG_FILE="/dev/null",
                      AWS_SHARED_CREDENTIALS_FILE="/dev/null", AWS_EC2_METADATA_DISABLED="true")
    asked = list(questions(botocore.session.Session()))
    lines = "".join("%s %s %s\n" % (prefix, region, flags) for _, prefix, region, flags, _, _ in asked)
    said = subprocess.run([where, "endpoints"], input=lines, capture_output=True, text=True,
                          check=True).stdout.splitlines()
    if len(said) != len(asked) or len(asked) < 1000:
        sys.exit("asked for %d addresses, got %d" % (len(asked), len(said)))
    wrong = 0
    for (name, prefix, region, flags, url, signed), line in zip(asked, said):
        if line != url + " " + signed:
            wrong += 1
            print("%s (%s) in %s, %s: wgo says %s, botocore %s %s" % (name, prefix, region, flags, line, url, signed))
    print("%d addresses compared with botocore %s, %d differ" % (len(asked), botocore.__version__, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
