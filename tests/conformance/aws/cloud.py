"""moto_server on a loopback port, and clients of it: which account and region a client speaks for is said when it is made."""
import os
import subprocess
import sys
import time
import urllib.request

import boto3
from botocore.config import Config

MAIN = "123456789012"  # moto's own account
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7MAIN000", "AWS_SECRET_ACCESS_KEY": "main/secret/key"}
ROLE = "OrganizationAccountAccessRole"


class Cloud:
    def __init__(self, folder, initial_calls=None):
        """'initial_calls': so many calls pass before IAM is enforced; None = it never is."""
        self.folder, self.process, self.url = folder, None, None
        self.initial_calls = initial_calls
        self.sessions = {}
        self.log = os.path.join(folder, "moto.log")

    def __enter__(self):
        environment = dict(os.environ, MOTO_EC2_LOAD_DEFAULT_AMIS="false", MOTO_S3_CUSTOM_ENDPOINTS="")
        environment.pop("AWS_ENDPOINT_URL", None)
        if self.initial_calls is not None:
            environment["INITIAL_NO_AUTH_ACTION_COUNT"] = str(self.initial_calls)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, os.path.join(os.path.dirname(os.path.abspath(__file__)), "server.py")],
                stdout=log, stderr=subprocess.STDOUT, env=environment)
        self.url = self.wait_for_port()
        return self

    def wait_for_port(self):
        """The server says its address in its log; it is asked until it answers."""
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                found = [word for word in file.read().split() if word.startswith("http://127.0.0.1:")]
            if found:
                url = found[0].rstrip("/")
                try:
                    with urllib.request.urlopen(url + "/moto-api/data.json", timeout=60):
                        return url
                except OSError:
                    pass
            time.sleep(0.2)
        raise RuntimeError("moto_server did not start; see " + self.log)

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.wait(30)

    def enforce(self):
        """From now on each call is judged by IAM's policies."""
        request = urllib.request.Request(self.url + "/moto-api/reset-auth", data=b"0", method="POST",
                                         headers={"Content-Type": "text/plain"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()

    def session(self, account=MAIN):
        if account not in self.sessions:
            keys = KEYS
            if account != MAIN:
                given = self.client("sts", "us-east-1").assume_role(
                    RoleArn="arn:aws:iam::%s:role/%s" % (account, ROLE), RoleSessionName="fill")["Credentials"]
                keys = {"AWS_ACCESS_KEY_ID": given["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
                        "token": given["SessionToken"]}
            self.sessions[account] = boto3.Session(
                aws_access_key_id=keys["AWS_ACCESS_KEY_ID"], aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
                aws_session_token=keys.get("token"))
        return self.sessions[account]

    def client(self, service, region, account=MAIN):
        return self.session(account).client(
            service, region_name=region, endpoint_url=self.url,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}, read_timeout=120,
                          inject_host_prefix=False))
