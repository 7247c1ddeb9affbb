"""A cloud that fails in every way it can, and scans that are stopped: what is read is whole or said not to be."""
import json
import os
import signal
import time

from scan_support import AwsTest, main

# Lists of pages with children (listeners of load balancers, services of clusters), of all protocols.
TYPES = ("aws_instance", "aws_subnet", "aws_ebs_volume", "aws_lb", "aws_lb_listener_rule",
         "aws_ecs_cluster", "aws_ecs_service", "aws_iam_user", "aws_iam_group_policy",
         "aws_eks_cluster", "aws_eks_node_group", "aws_route53_record")
COUNTS = {"ec2.instance": 60, "ec2.volume": 45, "iam.user": 25, "eks.cluster": 6}


class Faults(AwsTest):
    def clean(self):
        self.serve("--aws-page-size", "20", accounts=1, counts=COUNTS)
        self.scan(types=TYPES, output="clean.json", code=self.usual_code())

    def usual_code(self):
        return 0

    def with_faults(self, *faults):
        self.serve("--aws-page-size", "20", accounts=1, counts=COUNTS,
                   scenario={"faults": list(faults)})
        _, result = self.scan(types=TYPES, code=self.usual_code())
        struck = {r["fault"] for r in self.calls() if r["fault"]}
        self.assertEqual(struck, {f.get("name", f["kind"]) for f in faults}, str(result))
        self.assertEqual(self.resource_bytes("out.json"), self.resource_bytes("clean.json"),
                         str(result))
        if os.path.exists(self.path("clean.json")):
            self.check("out.json", "--same", self.path("clean.json"))

    def test_answers_that_are_no_documents(self):
        self.clean()
        # Each call's first answer, for every third of them.
        for kind in ("garbage", "html", "empty", "truncate", "cut", "reset", "gzip_corrupt"):
            self.with_faults({"kind": kind, "service": "*", "per": "call", "nth": 1,
                              "probability": 0.3})

    def test_errors_throttles_and_pages_without_items(self):
        self.clean()
        self.with_faults(
            {"kind": "status", "status": 500, "service": "*", "per": "call", "nth": 1,
             "probability": 0.2},
            {"kind": "status", "status": 503, "name": "busy", "service": "*", "per": "call",
             "nth": 1, "probability": 0.2},
            {"kind": "throttle", "service": "*", "per": "call", "nth": 1, "probability": 0.2,
             "retry_after_s": -1},
            {"kind": "empty_page", "service": "ec2", "per": "call", "nth": 1, "probability": 0.5})

    def test_slow_and_dripping_answers(self):
        self.clean()
        self.with_faults(
            {"kind": "slow", "service": "*", "latency_ms": 150, "probability": 0.2},
            {"kind": "drip", "service": "*", "bytes_per_s": 200000, "probability": 0.2})

    def test_the_organisations_list(self):
        one = {"kind": "garbage", "operation": "ListAccounts", "per": "call", "nth": 1}
        self.serve("--aws-page-size", "2", accounts=5, scenario={"faults": [
            one, {"kind": "empty_page", "operation": "ListAccounts", "nth": 5}]})
        snapshot, _ = self.scan("--org", "--region", "us-east-1", types=("aws_subnet",))
        self.assertEqual(len(self.accounts(snapshot)), 5)
        asked = len(self.calls("ListAccounts"))
        self.scan("--org", "--region", "us-east-1", types=("aws_subnet",))
        self.assertEqual(len(self.calls("ListAccounts")), asked)

    def test_a_list_of_accounts_that_fails(self):
        self.serve(accounts=5, scenario={"faults": [
            {"kind": "status", "status": 500, "operation": "ListAccounts"}]})
        _, result = self.scan("--org", "--region", "us-east-1", code=1, output="none.json")
        self.assertEqual(result.err.count("InternalFailure") + result.err.count("InternalError") +
                         result.err.count("ServiceException"), 1, str(result))

    def test_a_service_that_is_down(self):
        self.serve(accounts=1, scenario={"faults": [
            {"kind": "status", "status": 500, "service": "kms"}]})
        snapshot, _ = self.scan(code=3)
        bad = self.bad_rows(snapshot)
        self.assertEqual({key[2] for key in bad}, {"aws_kms_alias"})
        self.assertGreater(self.count(snapshot, "aws_instance"), 0)


class NoLists(AwsTest):
    """Answers of 200 that are an error, or another document: no empty lists."""
    def rows_with(self, value, code=3, kind="aws_ecs_cluster", operation="ListClusters", **more):
        self.serve("--aws-page-size", "20", accounts=1, counts=COUNTS, scenario={"faults": [
            {"kind": "status", "status": 200, "value": value, "operation": operation, **more}]})
        snapshot, _ = self.scan("--region", "us-east-1", types=(kind,), code=code)
        self.assertTrue([r for r in self.calls() if r["fault"]])
        return sorted(row["status"] for row in self.bad_rows(snapshot).values()), len(snapshot["resources"])

    def test_in_json(self):
        for value, status in (('{"__type":"x#AccessDeniedException","message":"not you"}', "denied"),
                              ('{"__type":"Whatever"}', "error"), ('{"message":"Forbidden"}', "error")):
            self.assertEqual(self.rows_with(value), ([status], 0), value)
        self.assertEqual(self.rows_with('{"clusterArns":[]}', code=0), ([], 0))
        self.assertEqual(self.rows_with("{}", code=0), ([], 0))
        rows, found = self.rows_with('{"__type":"ThrottlingException"}', code=0, nth=1)
        self.assertEqual(rows, [])
        self.assertGreater(found, 0)

    def test_in_xml(self):
        error = "<Errors><Error><Code>%s</Code><Message>m</Message></Error></Errors>"
        for value, status in (
                ("<?xml version='1.0'?><Response>" + error % "UnauthorizedOperation" + "</Response>", "denied"),
                ("<Response>" + error % "Whatever" + "</Response>", "error"),
                ("<Another/>", "error"), ("<DescribeInstancesResponse/>", "error"),
                ("<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "error")):
            for more in ({}, {"nth": [2, 3, 4, 5, 6, 7, 8, 9]}):
                rows, found = self.rows_with(value, kind="aws_ebs_volume", operation="DescribeVolumes", **more)
                self.assertEqual((rows, found), ([status], 20 if more else 0), value)
        self.assertEqual(self.rows_with("<DescribeVolumesResponse/>", kind="aws_ebs_volume", code=0,
                                        operation="DescribeVolumes"), ([], 0))

    def test_in_xml_of_other_protocols(self):
        error = "<Error><Code>AccessDenied</Code></Error>"
        for value, operation, kind in (("<ErrorResponse>%s</ErrorResponse>" % error, "ListUsers", "aws_iam_user"),
                                       (error, "ListBuckets", "aws_s3_bucket")):
            self.assertEqual(self.rows_with(value, kind=kind, operation=operation), (["denied"], 0))


class Stopped(AwsTest):
    STALL = [{"kind": "stall", "operation": "DescribeVolumes", "at_bytes": -2}]

    def stalled(self, *args):
        self.serve(accounts=1, scenario={"faults": self.STALL})
        process = self.start(*self.arguments(*args), env=self.credentials())
        self.wait_for(lambda: {"DescribeInstances", "DescribeSubnets", "DescribeKeyPairs"} <= set(
            self.operations()), "the other lists")
        return process

    def test_killed(self):
        process = self.stalled()
        process.kill()
        process.communicate()
        # What a temporary file holds is no snapshot, and is not called one.
        left = [name for name in os.listdir(self.work) if name not in ("config.yaml", "state")]
        self.assertFalse([name for name in left if not name.endswith(".tmp")], left)

    def test_interrupted(self):
        process = self.stalled()
        time.sleep(0.2)  # for the answers that are on their way; what is asserted holds without
        process.send_signal(signal.SIGINT)
        result = self.finish(process)
        self.assert_code(result, 130)
        self.check("out.json")
        snapshot = self.load("out.json")
        self.assertFalse(snapshot["metadata"]["complete"])
        rows = self.rows(snapshot)
        self.assertNotEqual(rows[("100000000001", "us-east-1", "aws_ebs_volume")]["status"], "ok")
        for kind in ("aws_instance", "aws_subnet"):
            row = rows[("100000000001", "us-east-1", kind)]
            if row["status"] == "ok":
                self.assertGreater(self.count(snapshot, kind), 0)

    def test_a_deadline(self):
        self.serve(accounts=1, scenario={"faults": self.STALL})
        snapshot, result = self.scan("--scan-timeout", "3s", code=3)
        bad = self.bad_rows(snapshot)
        self.assertEqual({(key[2], row["status"]) for key, row in bad.items()},
                         {("aws_ebs_volume", "timeout")})
        self.assertGreater(self.count(snapshot, "aws_instance"), 0)


if __name__ == "__main__":
    main()
