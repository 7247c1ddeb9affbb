"""Worlds of one to five providers, each a fakecloud of its own: what serves it, and how `wgo scan` reads it.

Sizes are of the whole world and met roughly: what a provider has besides (namespaces, accounts) comes on top."""
import contextlib
import json
import os

from bench_support import Server

ORDER = ("kubernetes", "aws", "gcp", "azure", "terraform")
# Lists that come in pages, as those of large accounts do. What belongs to their items comes on top.
AWS_TYPES = ("aws_instance", "aws_subnet", "aws_ebs_volume", "aws_internet_gateway", "aws_security_group",
             "aws_network_interface")
AWS_EXTRA = 1.8
# fakecloud gathers and sorts all rows of Resource Graph for every page of them: more would measure that.
AZURE_MOST = 40000
TENANT = "11111111-2222-4333-8444-555555555555"
STATE_SIZE = 1000  # resources of a Terraform state
# Providers' limits in calls a second would be measured instead of wgo: here there are none.
LIMITS = """limits:
  - { match: "*", rate: 1000000, burst: 1000000 }
"""


class Part:
    """One provider of a world: its server, and its share of the command line and the environment."""

    def __init__(self, name, server, arguments, env=None):
        self.name, self.server, self.arguments, self.env = name, server, ["--provider", name, *arguments], env or {}


def kubernetes(build, work, size, flags):
    kubeconfig = os.path.join(work, "kubeconfig")
    if os.path.exists(kubeconfig):
        os.remove(kubeconfig)
    server = Server(build, work, "kubernetes", "--cluster", "bench:objects=%d,seed=1" % max(size, 200),
                    "--write-kubeconfig", kubeconfig, *flags)
    return Part("kubernetes", server, ["--context", "bench"], {"KUBECONFIG": kubeconfig})


def aws(build, work, size, flags):
    server = Server(build, work, "aws", "--aws-accounts", "1", "--aws-regions", "2", "--aws-objects",
                    str(max(1, int(size / AWS_EXTRA / 2 / len(AWS_TYPES)))), *flags)
    return Part("aws", server, ["--region", "all", *[word for name in AWS_TYPES for word in ("--resource-type", name)]],
                {"AWS_ACCESS_KEY_ID": "AKIAFAKE100000000001", "AWS_SECRET_ACCESS_KEY": "secret-of-100000000001",
                 "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": server.base,
                 "AWS_EC2_METADATA_DISABLED": "true"})


def gcp(build, work, size, flags):
    key = os.path.join(work, "gcp-key.json")
    server = Server(build, work, "gcp", "--gcp-projects", "2", "--gcp-objects", str(max(60, size // 2)),
                    "--gcp-write-key", key, *flags)
    return Part("gcp", server, ["--gcp-source", "asset"],
                {"GOOGLE_APPLICATION_CREDENTIALS": key, "WGO_GCP_ENDPOINT": server.base + "/gcp/{service}"})


def azure(build, work, size, flags):
    server = Server(build, work, "azure", "--azure-subscriptions", "2", "--azure-objects", str(max(60, size // 2)),
                    "--azure-tenant", TENANT, *flags)
    return Part("azure", server, ["--azure-source", "graph"],
                {"WGO_AZURE_ENDPOINT": server.base + "/azure/arm", "AZURE_AUTHORITY_HOST": server.base + "/azure/login",
                 "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": "a0000000-0000-4000-a000-000000000001",
                 "AZURE_CLIENT_SECRET": "fake-secret"})


def terraform(build, work, size, flags):
    bucket, stack = os.path.join(work, "bucket"), os.path.join(work, "stack")
    os.makedirs(os.path.join(bucket, "bench"), exist_ok=True)
    os.makedirs(os.path.join(stack, ".terraform"), exist_ok=True)
    for first in range(0, size, STATE_SIZE):
        write_state(os.path.join(bucket, "bench", "w%06d.tfstate" % (first // STATE_SIZE)), first,
                    min(STATE_SIZE, size - first))
    server = Server(build, work, "terraform", "--gcp-anonymous", "--tf-gcs", "states=" + bucket, *flags)
    config = {"bucket": "states", "prefix": "bench", "access_token": "fake",
              "storage_custom_endpoint": server.base + "/storage/v1/b"}
    with open(os.path.join(stack, ".terraform", "terraform.tfstate"), "w", encoding="utf-8") as file:
        json.dump({"version": 3, "backend": {"type": "gcs", "hash": 1, "config": config}}, file)
    return Part("terraform", server, ["--path", stack])


def write_state(path, first, count):
    resources = [{"mode": "managed", "type": "terraform_data", "name": "n%d" % n,
                  "provider": 'provider["terraform.io/builtin/terraform"]',
                  "instances": [{"schema_version": 0, "attributes": {
                      "id": "bench-%d" % n, "input": {"owner": "team-%d" % (n % 40), "note": "x" * 1200}}}]}
                 for n in range(first, first + count)]
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "bench-%d" % first,
                   "outputs": {}, "resources": resources}, file)


MAKERS = {"kubernetes": kubernetes, "aws": aws, "gcp": gcp, "azure": azure, "terraform": terraform}


def shares(names, size):
    """{provider: resources}"""
    azure_share = min(size // len(names), AZURE_MOST) if "azure" in names else 0
    others = max(1, len(names) - (1 if "azure" in names else 0))
    return {name: azure_share if name == "azure" else (size - azure_share) // others for name in names}


@contextlib.contextmanager
def world(build, work, names, size, latency_ms=0):
    """The parts of these providers, served; each has its share of 'size'."""
    config = os.path.join(work, "config.yaml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(LIMITS)
    flags = ["--latency-ms", str(latency_ms)] if latency_ms else []
    with contextlib.ExitStack() as stack:
        parts = []
        for name, share in shares(names, size).items():
            folder = os.path.join(work, name)
            os.makedirs(folder, exist_ok=True)
            parts.append(MAKERS[name](build, folder, share, flags))
            stack.enter_context(parts[-1].server)
        yield World(parts, config)


class World:
    def __init__(self, parts, config):
        self.parts, self.config = parts, config
        self.arguments = ["--config", config, *[word for part in parts for word in part.arguments]]
        self.env = {key: value for part in parts for key, value in part.env.items()}

    def cpu_s(self):
        return sum(part.server.cpu_s() for part in self.parts)

    def requests(self):
        """[(base, recorded request)] of every part, since the last call of this."""
        return [[(part.server.base, each) for each in part.server.requests()] for part in self.parts]
