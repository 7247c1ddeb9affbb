#!/usr/bin/env python3
"""roles.py WHERE

Roles assumed at an STS that nobody here wrote: moto's. wgo assumes them as the profiles say and asks
who it is then; the AWS SDK's botocore, asked the same of the same server, must agree. Ends with 77
where there is no moto."""
import logging
import os
import subprocess
import sys
import tempfile

try:
    import botocore.session
    from moto.server import ThreadedMotoServer
except ImportError as missing:
    print("SKIPPED: %s" % missing)
    sys.exit(77)

CONFIG = """[default]
region = eu-west-1
aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
[profile one]
region = eu-west-1
role_arn = arn:aws:iam::111122223333:role/one
role_session_name = me
source_profile = default
[profile two]
region = us-east-2
role_arn = arn:aws:iam::444455556666:role/path/two
role_session_name = me@two
external_id = ex/1 & more
duration_seconds = 900
source_profile = one
[profile pod]
region = eu-west-1
role_arn = arn:aws:iam::777788889999:role/pod
role_session_name = pod
web_identity_token_file = %s
"""


def ours(where, env, profile):
    said = subprocess.run([where, "caller", profile], env=env, capture_output=True, text=True, check=True).stdout
    return said.strip()


def theirs(env, profile):
    os.environ.clear()
    os.environ.update(env)
    caller = botocore.session.Session(profile=profile).create_client("sts").get_caller_identity()
    return caller["Account"] + " " + caller["Arn"]


def main():
    where, wrong, profiles = sys.argv[1], 0, ["default", "one", "two", "pod"]
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        with tempfile.TemporaryDirectory() as home:
            os.mkdir(home + "/.aws")
            with open(home + "/token", "w") as token:
                token.write("eyJhbGciOiJub25lIn0.eyJzdWIiOiJwb2QifQ.x")
            with open(home + "/.aws/config", "w") as config:
                config.write(CONFIG % (home + "/token"))
            env = {"PATH": os.environ["PATH"], "HOME": home,
                   "AWS_ENDPOINT_URL": "http://%s:%d" % server.get_host_and_port()}
            for profile in profiles:
                us, them = ours(where, env, profile), theirs(env, profile)
                print("%s: %s" % (profile, us))
                if us != them:
                    wrong += 1
                    print("    botocore says %s" % them)
    finally:
        server.stop()
    print("%d identities asked of moto, %d differ" % (len(profiles), wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
