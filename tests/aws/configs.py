#!/usr/bin/env python3
"""configs.py WHERE

Which profile, region and source of credentials: wgo's answer for a set of configurations beside
botocore's. Nobody is asked over the network. Ends with 77 where there is no botocore."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import packages  # noqa: E402

packages.need("botocore")
import botocore.exceptions  # noqa: E402
import botocore.session  # noqa: E402

KEYS = "aws_access_key_id=%s\naws_secret_access_key=S\n"
PRINTS = "printf '{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"S\"}'"
ENV = {"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "S"}
ROLE = "role_arn=arn:aws:iam::1:role/r\n"
SSO = "sso_account_id=1\nsso_role_name=r\n"
SESSION = "[sso-session s]\nsso_start_url=https://x\nsso_region=us-east-1\n"

# name, ~/.aws/config, ~/.aws/credentials, environment, profile asked for
CASES = [
    ("environment", "", "", ENV, None),
    ("environment and default", "[default]\nregion=eu-west-1\n" + KEYS % "C", "", ENV, None),
    ("environment and AWS_PROFILE", "[profile a]\nregion=eu-west-1\n" + KEYS % "C", "",
     dict(ENV, AWS_PROFILE="a"), None),
    ("environment and a profile asked for", "[profile a]\n" + KEYS % "C", "", ENV, "a"),
    ("credentials file", "", "[default]\n" + KEYS % "F", {}, None),
    ("both files", "[default]\nregion=eu-west-3\n" + KEYS % "C", "[default]\n" + KEYS % "F", {}, None),
    ("configuration file", "[default]\n" + KEYS % "C", "", {}, None),
    ("[default] and [profile default]", "[default]\nregion=a-1\n[profile default]\nregion=b-2\n" + KEYS % "D",
     "", {}, None),
    ("[profile default] and [default]", "[profile default]\nregion=b-2\n" + KEYS % "D" + "[default]\nregion=a-1\n"
     + KEYS % "E", "", {}, None),
    ("quoted name", "[profile \"a b\"]\nregion=eu-west-2\n" + KEYS % "Q", "", {}, "a b"),
    ("process before configuration", "[default]\n" + KEYS % "C" + "credential_process=" + PRINTS % "P\n", "", {},
     None),
    ("credentials before process", "[default]\ncredential_process=" + PRINTS % "P\n", "[default]\n" + KEYS % "F", {},
     None),
    ("quotes of a process", "[default]\ncredential_process = sh -c \"" + (PRINTS % "P$x").replace('"', '\\"') + "\"\n",
     "", {}, None),
    ("role before keys", "[default]\n" + ROLE + "source_profile=b\n[profile b]\n" + KEYS % "B", "[default]\n"
     + KEYS % "F", {}, None),
    ("role of itself", "[default]\n" + ROLE + "source_profile=default\n" + KEYS % "B", "", {}, None),
    ("role without source", "[default]\n" + ROLE, "", {}, None),
    ("role of nobody", "[default]\n" + ROLE + "source_profile=x\n", "", {}, None),
    ("role in circles", "[default]\n" + ROLE + "source_profile=b\n[profile b]\n" + ROLE + "source_profile=default\n",
     "", {}, None),
    ("role with two sources", "[default]\n" + ROLE + "source_profile=b\ncredential_source=Environment\n[profile b]\n"
     + KEYS % "B", "", ENV, "default"),
    ("role by the environment", "[default]\n" + ROLE + "credential_source=Environment\n", "", ENV, "default"),
    ("role by nothing known", "[default]\n" + ROLE + "credential_source=Moon\n", "", ENV, "default"),
    ("web identity of a profile", "[default]\n" + ROLE + "web_identity_token_file=/t\n" + KEYS % "C", "", {}, None),
    ("web identity of the environment", "[default]\n" + KEYS % "C", "[default]\n" + KEYS % "F",
     {"AWS_ROLE_ARN": "arn:aws:iam::1:role/e", "AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, None),
    ("web identity of the environment, not for a profile", "[profile a]\n" + KEYS % "C", "",
     {"AWS_ROLE_ARN": "arn:aws:iam::1:role/e", "AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, "a"),
    ("web identity without a role", "[default]\nweb_identity_token_file=/t\n", "", {}, None),
    ("SSO session before keys", "[default]\nsso_session=s\n" + SSO + SESSION, "[default]\n" + KEYS % "F", {}, None),
    ("SSO as it was", "[default]\nsso_start_url=https://x\nsso_region=us-east-1\n" + SSO, "", {}, None),
    ("SSO session that is not there", "[default]\nsso_session=t\n" + SSO + SESSION, "", {}, None),
    ("SSO half", "[default]\nsso_session=s\nsso_account_id=1\n" + SESSION, "", {}, None),
    ("SSO at odds", "[default]\nsso_session=s\nsso_region=eu-west-1\n" + SSO + SESSION, "", {}, None),
    ("SSO session without a role", "[default]\nsso_session=s\n" + KEYS % "C" + SESSION, "", {}, None),
    ("two variables", "[profile a]\n" + KEYS % "A" + "[profile b]\n" + KEYS % "B", "",
     {"AWS_PROFILE": "a", "AWS_DEFAULT_PROFILE": "b"}, None),
    ("no such profile", "[profile a]\n" + KEYS % "A", "", {}, "b"),
    ("no such profile by AWS_PROFILE", "[profile a]\n" + KEYS % "A", "", {"AWS_PROFILE": "b"}, None),
    ("half a key", "", "[default]\naws_access_key_id=H\n", {}, None),
    ("region of the environment", "[default]\nregion=eu-west-1\n" + KEYS % "C", "",
     {"AWS_DEFAULT_REGION": "us-west-1"}, None),
    ("a key twice", "[default]\nregion=a\nregion=b\n", "", {}, None),
    ("a section twice", "[default]\nregion=a\n[default]\noutput=b\n", "", {}, None),
    ("no section", "region=a\n", "", {}, None),
    ("no equals sign", "[default]\nregion\n", "", {}, None),
    ("capitals, colons and comments", "# x\n[default]\n ; y\nREGION : eu-north-1\n" + KEYS % "C", "", {}, None),
    ("indented", "  [default]\n  region = eu-north-1\n  aws_access_key_id = I\n  aws_secret_access_key = S\n", "", {},
     None),
    ("a map before the rest", "[default]\ns3 =\n  region = no\n\n  x = y\nregion = eu-south-1\n" + KEYS % "C", "", {},
     None),
    ("services", "[default]\nservices = l\n" + KEYS % "C" + "[services l]\ns3 =\n  endpoint_url = http://x\n", "", {},
     None),
]

METHODS = [
    ("role ", "assume-role"),
    ("environment (web identity)", "assume-role-with-web-identity"),
    ("(web identity)", "assume-role-with-web-identity"),
    ("environment", "env"),
    ("(credentials file)", "shared-credentials-file"),
    ("(configuration file)", "config-file"),
    ("(credential_process)", "custom-process"),
    ("(SSO)", "sso"),
]


def ours(where, env, profile):
    out = subprocess.run([where, "config"] + ([profile] if profile else []), env=env, capture_output=True, text=True,
                         check=True).stdout
    lines = dict(line.split(" ", 1) for line in out.splitlines())
    if "error" in lines:
        return {"error": True}
    source = lines["source"]
    method = next((m for text, m in METHODS if source.startswith(text) or source.endswith(text)), source)
    return {"region": lines["region"] or None, "method": method, "key": lines.get("key")}


def theirs(env, profile):
    os.environ.clear()
    os.environ.update(env)
    try:
        session = botocore.session.Session(profile=profile)
        region = session.get_config_variable("region")
        credentials = session.get_credentials()
        if not credentials:
            return {"region": region, "method": None, "key": None}
        # Those would ask somebody.
        deferred = credentials.method in ("assume-role", "assume-role-with-web-identity", "sso")
        key = None if deferred else credentials.get_frozen_credentials().access_key
        return {"region": region, "method": credentials.method, "key": key}
    except (botocore.exceptions.BotoCoreError, ValueError):
        return {"error": True}


def main():
    where, wrong = sys.argv[1], 0
    base = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYENV_ROOT")
            if name in os.environ}
    for name, config, credentials, extra, profile in CASES:
        with tempfile.TemporaryDirectory() as home:
            os.mkdir(home + "/.aws")
            for file, text in (("config", config), ("credentials", credentials)):
                if text:
                    with open(home + "/.aws/" + file, "w") as out:
                        out.write(text)
            env = dict(base, HOME=home, AWS_EC2_METADATA_DISABLED="true", **extra)
            us, them = ours(where, env, profile), theirs(env, profile)
            if us != them:
                wrong += 1
                print("%s: wgo says %s, botocore %s" % (name, us, them))
    print("%d configurations compared with botocore %s, %d differ" % (len(CASES), botocore.__version__, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
