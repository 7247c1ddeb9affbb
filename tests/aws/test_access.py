"""Scans with credentials that expire, are refused or may not see everything; and what validate says of them."""
import datetime
import email.utils
import http.server
import re
import threading
import urllib.error
import urllib.request

from scan_support import MANAGEMENT, SECOND, SIMPLE, THIRD, AwsTest, main

REGIONS = ["us-east-1", "eu-west-1"]


class Credentials(AwsTest):
    def refused(self, *texts, code=4, **env):
        """The scan and validate say one line, the same, and nothing is written."""
        _, result = self.scan(code=code, output="none.json", **env)
        for text in texts:
            self.assertEqual(result.err.count(text), 1, (text, str(result)))
        check = self.validate(code=code, **env)
        said = check.out + check.err
        for text in texts:
            self.assertEqual(said.count(text), 1, (text, str(check)))
        self.assert_clean("config.yaml", "state")

    def test_a_wrong_secret(self):
        self.serve("--aws-verify", accounts=1)
        self.refused("SignatureDoesNotMatch", AWS_SECRET_ACCESS_KEY="wrong")

    def test_an_unknown_key(self):
        self.serve("--aws-verify", accounts=1)
        self.refused("InvalidClientTokenId", AWS_ACCESS_KEY_ID="AKIANOBODY")

    def signed(self):
        return {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAFAKE%s/20260101/us-east-1/sts/"
                "aws4_request, SignedHeaders=host, Signature=00" % MANAGEMENT,
                "Content-Type": "application/x-www-form-urlencoded"}

    def test_an_expired_token_that_nobody_can_renew(self):
        self.serve("--aws-session-ttl-ms", "1", accounts=3)
        request = urllib.request.Request(
            "http://127.0.0.1:%d/" % self.port,
            data=b"Action=AssumeRole&Version=2011-06-15&RoleSessionName=session&DurationSeconds=900"
            b"&RoleArn=arn:aws:iam::" + SECOND.encode() + b":role/reader", headers=self.signed())
        with urllib.request.urlopen(request) as answer:
            text = answer.read().decode()
        env = {name: re.search("<%s>([^<]+)<" % tag, text).group(1) for name, tag in (
            ("AWS_ACCESS_KEY_ID", "AccessKeyId"), ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "SessionToken"))}
        self.refused("ExpiredToken", "hint: ", **env)

    def test_credentials_that_expire_while_pages_are_read(self):
        self.serve("--aws-session-ttl-ms", "1500", "--aws-page-size", "5", "--latency-ms", "40",
                   accounts=3, counts={"ec2.instance": 300})
        snapshot, _ = self.scan("--org", "--region", "us-east-1", types=("aws_instance",))
        self.assertEqual(self.count(snapshot), 900)
        self.assertTrue(snapshot["metadata"]["complete"])
        # Two roles, each assumed anew at least once, and not for each of the calls refused.
        refused = [r for r in self.calls() if r["status"] == 400 or r["status"] == 403]
        self.assertGreater(len(refused), 0)
        assumed = len(self.calls("AssumeRole"))
        self.assertGreaterEqual(assumed, 4)
        self.assertLessEqual(assumed, 2 + len(refused))


class Roles(AwsTest):
    def test_a_role_that_cannot_be_assumed(self):
        self.serve(accounts=4, denied_roles=["arn:aws:iam::%s:*" % SECOND])
        snapshot, result = self.scan("--org", "--region", "us-east-1", code=3)
        self.assertEqual(self.accounts(snapshot), {MANAGEMENT, THIRD, "100000000004"})
        bad = self.bad_rows(snapshot)
        self.assertEqual([(key[0], row["status"]) for key, row in bad.items()],
                         [(SECOND, "denied")])
        self.assertEqual(result.err.count("cannot assume"), 1, str(result))
        self.assertIn("arn:aws:iam::%s:role/OrganizationAccountAccessRole" % SECOND, result.err)
        self.assertIn("trust policy", result.err)
        per_account = {self.count(snapshot, account=a) for a in self.accounts(snapshot)}
        self.assertEqual(len(per_account), 1, per_account)


class Denials(AwsTest):
    def denied(self, denials, *args, code=3, types=SIMPLE, **more):
        self.serve(accounts=1, regions=REGIONS, denials=denials, **more)
        snapshot, result = self.scan("--region", "all", *args, code=code, types=types)
        self.assertEqual({row["status"] for row in self.bad_rows(snapshot).values()}, {"denied"})
        return snapshot, result

    def test_one_operation(self):
        snapshot, result = self.denied([{"service": "kms"}])
        self.assertEqual({key[2] for key in self.bad_rows(snapshot)}, {"aws_kms_alias"})
        self.assertEqual(self.count(snapshot, "aws_kms_alias"), 0)
        self.assertGreater(self.count(snapshot, "aws_instance"), 0)
        self.assertIn("needs kms:ListAliases", result.err)
        self.assertNotIn("the rest is not asked", result.err)

    # Lists of one service, more than ten, and of a few others.
    EC2 = ("aws_instance", "aws_subnet", "aws_ebs_volume", "aws_eip", "aws_key_pair",
           "aws_internet_gateway", "aws_nat_gateway", "aws_network_acl", "aws_route_table",
           "aws_placement_group", "aws_vpc_dhcp_options", "aws_vpn_gateway", "aws_flow_log")
    OTHERS = ("aws_kms_alias", "aws_batch_job_queue", "aws_autoscaling_group", "aws_acm_certificate",
              "aws_ecs_task_definition", "aws_launch_configuration", "aws_elasticache_cluster")

    def test_a_policy_about_one_service_does_not_stop_the_rest(self):
        for policy in (False, True):
            # DescribeRegions is allowed.
            snapshot, result = self.denied(
                [{"service": "ec2", "operation": operation, "policy": policy} for operation in (
                    "DescribeI*", "DescribeV*", "DescribeS*", "DescribeN*", "DescribeK*",
                    "DescribeA*", "DescribeP*", "DescribeF*", "DescribeD*", "DescribeRouteT*")],
                types=self.EC2 + self.OTHERS)
            self.assertGreater(len([r for r in self.calls(service="ec2", region="us-east-1")
                                    if r["status"] == 403]), 10)
            self.assertNotIn("the rest is not asked", result.err)
            for kind in self.OTHERS:
                self.assertGreater(self.count(snapshot, kind), 0, kind)

    def test_a_policy_about_a_region_stops_the_region(self):
        snapshot, result = self.denied([{"region": "eu-west-1", "policy": True}], "--max-workers",
                                       "1", "--calls-per-worker", "1", types=self.EC2 + self.OTHERS)
        warnings = [line for line in result.err.splitlines() if line.startswith("warning: ")]
        self.assertEqual(len([w for w in warnings if "the rest is not asked" in w]), 1, str(result))
        self.assertIn("eu-west-1", result.err)
        self.assertEqual({key[1] for key in self.bad_rows(snapshot)}, {"eu-west-1"})
        self.assertEqual({key[2] for key in self.bad_rows(snapshot)} - {None},
                         set(self.EC2 + self.OTHERS))
        self.assertEqual({r.get("region") for r in snapshot["resources"]}, {"us-east-1"})
        asked = [r for r in self.calls() if r["region"] == "eu-west-1"]
        self.assertGreaterEqual(len(asked), 10)
        self.assertLess(len(asked), len(self.EC2 + self.OTHERS))

    def test_validate_without_regions_and_organisation(self):
        self.serve(accounts=1, denials=[{"service": "ec2"}, {"service": "organizations"}])
        result = self.validate(code=3)
        self.assertIn("ec2:DescribeRegions", result.out + result.err)
        lines = [line for line in (result.out + result.err).splitlines() if MANAGEMENT in line]
        self.assertGreaterEqual(len(lines), 1)


class Skewed(http.server.BaseHTTPRequestHandler):
    """A cloud an hour ahead, which refuses what is signed by another clock."""
    protocol_version = "HTTP/1.1"
    port, refused = 0, []

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        signed = datetime.datetime.strptime(self.headers["X-Amz-Date"] + "+0000", "%Y%m%dT%H%M%SZ%z")
        if abs((now - signed).total_seconds()) > 300:
            Skewed.refused.append(self.headers["X-Amz-Date"])
            text = ("<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code>"
                    "<Message>Signature expired: %s is now earlier than %s (%s - 5 min.)</Message>"
                    "</Error></ErrorResponse>" % ((self.headers["X-Amz-Date"],) + (
                        now.strftime("%Y%m%dT%H%M%SZ"),) * 2)).encode()
            self.answer(403, "text/xml", text, now)
            return
        request = urllib.request.Request(
            "http://127.0.0.1:%d%s" % (Skewed.port, self.path), data=body, method="POST",
            headers={k: v for k, v in self.headers.items() if k.lower() != "host"})
        try:
            with urllib.request.urlopen(request) as answer:
                self.answer(answer.status, answer.headers["Content-Type"], answer.read(), now)
        except urllib.error.HTTPError as e:
            self.answer(e.code, e.headers["Content-Type"], e.read(), now)

    def answer(self, status, kind, text, now):
        self.send_response_only(status)
        self.send_header("Date", email.utils.format_datetime(now, usegmt=True))
        self.send_header("Content-Type", kind or "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Clock(AwsTest):
    def setUp(self):
        super().setUp()
        self.serve(accounts=3)
        Skewed.port, Skewed.refused = self.port, []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Skewed)
        thread = threading.Thread(target=self.server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.port = self.server.server_address[1]

    def test_a_clock_that_is_off_is_corrected_once(self):
        snapshot, _ = self.scan()
        self.assertTrue(snapshot["metadata"]["complete"])
        self.assertEqual(len(Skewed.refused), 1)
        self.validate()
        self.assertEqual(len(Skewed.refused), 2)

    def test_roles_know_their_logins_clock(self):
        snapshot, _ = self.scan("--org", "--region", "us-east-1", "--no-health")
        self.assertEqual(len(self.accounts(snapshot)), 3)
        self.assertEqual(len(Skewed.refused), 1)


if __name__ == "__main__":
    main()
