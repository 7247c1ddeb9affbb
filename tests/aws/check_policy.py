"""What may be asked at all, and what things are called: verbs, secrets, permissions, types, services."""
import difflib
import json
import os
import re
import sys

from service_model import FREE, PathError, is_free, listed

READS = re.compile(r"^(Get|List|Describe|BatchGet|BatchDescribe|Search|Lookup)[A-Z]")
# Other verbs that only read.
ALSO = {"s3.HeadBucket", "iam.GenerateCredentialReport", "elasticbeanstalk.ListPlatformVersions"}
# Their answers are secrets, or ways to them.
SECRETS = re.compile(
    r"^(Batch)?GetSecretValue$|AuthorizationToken$|PasswordData$|^GetParameter(s|History|sByPath)?$|^Decrypt|"
    r"^GenerateDataKey|^Get(SessionToken|FederationToken)$|Get\w*Credentials(WithIAM|ForIdentity)?$|^AssumeRole|"
    r"MasterUserPassword$|^DownloadDefaultKeyPair$|^GetInstanceAccessDetails$|^GetOpenIdToken|AccessToken$|"
    r"Oauth2Token$|EmbedUrl$|^GetTokensFromRefreshToken$|^GetResourceApiKey$|^GetClusterSessionCredentials$|"
    r"^GetObject$|^GetRecords$|^GetLogEvents$|^GetRandom")
# Members whose values are secrets wherever they are in what is kept.
SECRET_NAMES = re.compile(r"(password|secretaccesskey|secretkey|privatekey|authtoken|userdata|connectionstring|"
                          r"sharedsecret|presharedkey|clientsecret)$", re.I)
# Values of environments: of a map, or of a list of pairs.
ENVIRONMENTS = re.compile(r"(^|\.)(env|environment|environmentvariables|environment\.variables)\.(\*|value)$", re.I)
PERMISSION = re.compile(r"^[a-z0-9-]+:[A-Za-z0-9]+$")
NATIVE = re.compile(r"^AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$")


class Names:
    """Terraform's and CloudFormation's resource types, where lists of them are at hand."""

    def __init__(self, terraform_file):
        self.terraform = set()
        for path in (terraform_file, os.path.join(sys.prefix, "terraform-types.txt")):
            if path and os.path.exists(path) and not self.terraform:
                with open(path, encoding="utf-8") as file:
                    self.terraform = set(file.read().split())
        self.native = cloudformation_types()


def cloudformation_types():
    """cfn-lint (which moto brings) names every type of a region."""
    try:
        import cfnlint
    except ImportError:
        return set()
    path = os.path.join(os.path.dirname(cfnlint.__file__), "data", "schemas", "providers", "us-east-1.json")
    if not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as file:
        return {name for name in json.load(file) if NATIVE.match(name)}


def check_operation(entry, say):
    call, name = entry.call, "%s.%s" % (entry.service, entry.call)
    if call == "AssumeRole" and entry.get("decode") == "role" and not entry.get("items"):
        return  # the collector's own: its answer is never kept
    if SECRETS.search(call):
        say("%s answers secrets" % call)
    if not READS.match(call) and name not in ALSO:
        say("%s is no verb that reads" % call)


def check_names(entry, names, say):
    kind = entry.text("type")
    types = entry.types() + [str(one) for one in listed(entry.get("terraform"))]
    for one in types:
        if one.startswith("AWS::") and one == kind:
            if not NATIVE.match(one):
                say("type %s is not AWS::Service::Thing" % one)
        elif not re.fullmatch(r"aws_[a-z0-9_]+", one):
            say("type %s is neither Terraform's nor CloudFormation's" % one)
        elif names.terraform and one not in names.terraform:
            near = difflib.get_close_matches(one, names.terraform, 3)
            say("Terraform has no type %s%s" % (one, " (near: %s)" % ", ".join(near) if near else ""))
    native = entry.text("native_type")
    if native and "{" not in native:
        if not NATIVE.match(native):
            say("native_type %s is not AWS::Service::Thing" % native)
        elif names.native and native not in names.native:
            near = difflib.get_close_matches(native, names.native, 3, 0.8)
            say("CloudFormation has no type %s%s" % (native, " (near: %s)" % ", ".join(near) if near else ""),
                "warning")
    for one in entry.text("permission").split() or [""]:
        if not PERMISSION.match(one):
            say("permission \"%s\" is not prefix:Action" % one)


def secret_paths(answer, shape, path=(), seen=(), depth=0):
    """Paths of members that are named like secrets, and of what maps and pairs hold."""
    if shape in (None, FREE) or is_free(shape) or depth > 14:
        return
    if shape.type_name == "list":
        yield from secret_paths(answer, shape.member, path, seen, depth + 1)
    elif shape.type_name == "map":
        if shape.value.type_name == "string":
            yield path + ("*",)
        yield from secret_paths(answer, shape.value, path + ("*",), seen, depth + 1)
    elif shape.type_name == "structure" and shape.name not in seen:
        for name, member in answer.members(shape).items():
            if member.type_name in ("string", "blob") and (SECRET_NAMES.search(name) or name.lower() == "value"):
                yield path + (name,)
            else:
                yield from secret_paths(answer, member, path + (name,), seen + (shape.name,), depth + 1)


def covered(path, rules):
    for rule in rules:
        parts = re.sub(r'\[\]|"', "", str(rule)).split(".")
        parts = [one for one in parts if one]
        if len(parts) <= len(path) and all(a in (b, "*") or b == "*" for a, b in zip(parts, path)):
            return True
    return False


def check_secrets(entry, answer, say):
    if not entry.get("items") or entry.get("bare") or entry.get("decode") or not entry.get("id"):
        return
    try:
        shape = answer.find(answer.root, str(entry.get("items"))) if entry.get("items") != "." else answer.root
    except (PathError, ValueError):
        return
    rules = entry.all_of("sensitive") + entry.all_of("cut")
    for path in secret_paths(answer, shape):
        if covered(path, rules):
            continue
        if ENVIRONMENTS.search(".".join(path)):
            say("%s is of an environment: sensitive or cut" % ".".join(path))
        elif SECRET_NAMES.search(path[-1]):
            say("%s may be a secret: sensitive or cut" % ".".join(path), "warning")


def check_service(name, info, model, say):
    meta = model.metadata
    protocols = meta.get("protocols") or [meta.get("protocol")]
    prefix = meta["endpointPrefix"]
    for what, ours, theirs in (
            ("endpoint", info.get("endpoint", name), prefix),
            ("signing", info.get("signing", info.get("endpoint", name)), meta.get("signingName", prefix)),
            ("id", info.get("id"), meta["serviceId"])):
        if ours != theirs:
            say("services.yaml: %s: %s is %s, the model has %s" % (name, what, ours, theirs))
    if info.get("protocol") not in protocols:
        say("services.yaml: %s: protocol %s is none of %s" % (name, info.get("protocol"), ", ".join(protocols)))
