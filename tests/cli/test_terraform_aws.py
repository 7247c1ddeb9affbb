#!/usr/bin/env python3
"""A Terraform state and the AWS account it describes, scanned together: each resource is there once, with both
sources. AWS is a script here: a handful of calls, and a bucket that holds the state."""
import http.server
import json
import threading
import unittest
import urllib.parse

from cli_support import CliTest

ACCOUNT, REGION = "111122223333", "eu-west-1"
EC2 = "arn:aws:ec2:%s:%s:" % (REGION, ACCOUNT)
VPC, NAT, ROUTES, STRAY = EC2 + "vpc/vpc-1", EC2 + "natgateway/nat-1", EC2 + "route-table/rtb-1", EC2 + "vpc/vpc-9"
PROVIDER = 'provider["registry.terraform.io/hashicorp/aws"]'
KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "geheim", "AWS_EC2_METADATA_DISABLED": "true"}

EC2_ANSWERS = {
    "DescribeRegions": "<regionInfo><item><regionName>%s</regionName><optInStatus>opt-in-not-required</optInStatus>"
                       "</item></regionInfo>" % REGION,
    "DescribeVpcs": "<vpcSet><item><vpcId>vpc-1</vpcId><ownerId>%s</ownerId><cidrBlock>10.0.0.0/16</cidrBlock><tagSet>"
                    "<item><key>Name</key><value>live</value></item><item><key>owner</key><value>net</value></item>"
                    "</tagSet></item><item><vpcId>vpc-9</vpcId><ownerId>%s</ownerId><cidrBlock>10.9.0.0/16</cidrBlock>"
                    "</item></vpcSet>" % (ACCOUNT, ACCOUNT),
    "DescribeNatGateways": "<natGatewaySet><item><natGatewayId>nat-1</natGatewayId><state>available</state>"
                           "<vpcId>vpc-1</vpcId></item></natGatewaySet>",
    "DescribeRouteTables": "<routeTableSet><item><routeTableId>rtb-1</routeTableId><ownerId>%s</ownerId>"
                           "<vpcId>vpc-1</vpcId></item></routeTableSet>" % ACCOUNT,
    "DescribeVpcAttribute": "<vpcId>vpc-1</vpcId><enableDnsSupport><value>true</value></enableDnsSupport>",
}


def resource(kind, name, attributes, **more):
    return dict({"mode": "managed", "type": kind, "name": name, "provider": PROVIDER,
                 "instances": [dict({"schema_version": 0, "attributes": attributes}, **more)]})


STATE = {"version": 4, "terraform_version": "1.9.0", "serial": 7, "lineage": "lin", "outputs": {}, "resources": [
    resource("aws_vpc", "main", {"id": "vpc-1", "arn": VPC, "cidr_block": "10.0.0.0/8",
                                 "tags": {"Name": "planned", "team": "infra"}}),
    resource("aws_nat_gateway", "main", {"id": "nat-1", "subnet_id": "subnet-1"}, dependencies=["aws_vpc.main"]),
    resource("aws_route_table", "main", {"id": "rtb-1", "arn": ROUTES, "owner_id": ACCOUNT}),
    resource("aws_iam_role_policy_attachment", "ro", {"id": "r", "role": "r",
                                                     "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
]}


class Script(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, code, body, **headers):
        data = body.encode()
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()))
        action = form.get("Action") or self.headers["X-Amz-Target"].split(".")[1]
        self.server.asked.append(action)
        if action == "GetCallerIdentity":
            self.answer(200, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::%s:user/u</Arn>"
                             "<UserId>U</UserId><Account>%s</Account></GetCallerIdentityResult>"
                             "</GetCallerIdentityResponse>" % (ACCOUNT, ACCOUNT))
        elif action == "GetResources":
            self.answer(200, '{"ResourceTagMappingList": [], "PaginationToken": ""}')
        elif action in EC2_ANSWERS:
            self.answer(200, "<%sResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r</requestId>"
                             "%s</%sResponse>" % (action, EC2_ANSWERS[action], action))
        else:
            self.answer(400, "<Response><Errors><Error><Code>InvalidAction</Code><Message>%s</Message></Error></Errors>"
                             "</Response>" % action)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        signed_for = self.headers["Authorization"].split("Credential=")[1].split("/")[2]
        self.server.asked.append("GET %s %s" % (path, signed_for))
        if signed_for != REGION:
            self.answer(400, "<Error><Code>AuthorizationHeaderMalformed</Code><Message>m</Message></Error>",
                        x_amz_bucket_region=REGION)
        elif "list-type=2" in query:
            self.answer(200, "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        elif path == "/states/net/terraform.tfstate":
            self.answer(200, json.dumps(STATE))
        else:
            self.answer(404, "<Error><Code>NoSuchKey</Code><Message>m</Message></Error>")


class TerraformAndAws(CliTest):
    def setUp(self):
        super().setUp()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Script)
        self.server.asked = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.write("net.tfstate", json.dumps(STATE))
        self.write("stack/.terraform/terraform.tfstate", json.dumps({"version": 3, "backend": {
            "type": "s3", "hash": 1, "config": {"bucket": "states", "key": "net/terraform.tfstate",
                                                "region": "us-east-1", "use_path_style": True, "profile": None}}}))

    AWS = ["--provider", "aws", "--region", REGION, "--resource-type", "aws_vpc", "--resource-type", "aws_nat_gateway",
           "--resource-type", "aws_route_table"]

    def scan(self, *args, code=0):
        result = self.wgo("scan", *args, "--output-file", "-", "--no-dashboard",
                          env=dict(KEYS, AWS_ENDPOINT_URL=self.url, XDG_STATE_HOME=self.home))
        self.assert_code(result, code)
        snapshot = result.json()
        found = {}
        for each in snapshot["resources"]:
            self.assertNotIn(each["id"], found, "an id occurs twice")
            found[each["id"]] = each
        self.assertEqual(snapshot["metadata"]["complete"], code == 0)
        return found

    def sources(self, each):
        return sorted(one["provider"] for one in each["metadata"]["sources"])

    def check_once(self, found):
        lone = "terraform://lin/aws_iam_role_policy_attachment.ro"
        self.assertEqual(sorted(found), sorted([VPC, NAT, ROUTES, STRAY, lone]))
        for each in (VPC, NAT, ROUTES):
            self.assertEqual(self.sources(found[each]), ["aws", "terraform"], each)
        self.assertEqual(self.sources(found[STRAY]), ["aws"])
        self.assertEqual(self.sources(found[lone]), ["terraform"])
        self.assertEqual(found[VPC]["tags"]["owner"], "net")
        self.assertEqual(found[VPC]["tags"]["team"], "infra")
        self.assertIn(VPC, found[NAT]["metadata"]["dependencies"])

    def test_live_values_win(self):
        found = self.scan(*self.AWS, "--provider", "terraform", "--state-file", "net.tfstate")
        self.check_once(found)
        vpc = found[VPC]
        self.assertEqual((vpc["provider"], vpc["name"], vpc["tags"]["Name"]), ("aws", "live", "live"))
        self.assertEqual(vpc["configuration"]["CidrBlock"], "10.0.0.0/16")
        self.assertEqual({one["field"] for one in vpc["metadata"]["conflicts"]}, {"name", "tags"})

    def test_the_preferred_order_turns_that_round(self):
        found = self.scan(*self.AWS, "--provider", "terraform", "--state-file", "net.tfstate",
                          "--preferred-order", "terraform,aws")
        self.check_once(found)
        vpc = found[VPC]
        self.assertEqual((vpc["provider"], vpc["name"], vpc["tags"]["Name"]), ("terraform", "planned", "planned"))
        self.assertEqual(vpc["configuration"]["cidr_block"], "10.0.0.0/8")

    def test_the_order_on_the_command_line_decides_nothing(self):
        one = self.scan(*self.AWS, "--provider", "terraform", "--state-file", "net.tfstate")
        other = self.scan("--provider", "terraform", "--state-file", "net.tfstate", *self.AWS, "--concurrent")
        self.assertEqual(one, other)

    def test_the_state_may_lie_in_a_bucket_elsewhere(self):
        found = self.scan(*self.AWS, "--provider", "terraform", "--path", "stack")
        self.check_once(found)
        source = [one for one in found[VPC]["metadata"]["sources"] if one["provider"] == "terraform"][0]
        self.assertEqual(source["type"], "s3")
        self.assertTrue(source["state_file"].endswith("/states/net/terraform.tfstate"), source)
        self.assertIn("GET /states/net/terraform.tfstate us-east-1", self.server.asked)
        self.assertEqual(self.server.asked.count("GET /states/net/terraform.tfstate " + REGION), 1)

    def test_a_bucket_needs_nothing_of_a_scan_of_aws(self):
        found = self.scan("--provider", "terraform", "--path", "stack")
        self.assertEqual(len(found), 4)
        self.assertIn(VPC, found)
        self.assertEqual([each for each in self.server.asked if not each.startswith("GET /states/")], [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
