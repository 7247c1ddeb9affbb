#!/usr/bin/env python3
"""boto3_pool.py THREADS: what a script of boto3 would do: every list of every region at once from a pool of threads,
page after page, printed as JSON lines."""
import concurrent.futures
import json
import sys

import boto3

LISTS = {"describe_subnets": "Subnets", "describe_volumes": "Volumes",
         "describe_internet_gateways": "InternetGateways", "describe_security_groups": "SecurityGroups",
         "describe_network_interfaces": "NetworkInterfaces"}


def read(client, operation):
    found = []
    for page in client.get_paginator(operation).paginate():
        found += page[LISTS[operation]]
    return found


def main():
    regions = [each["RegionName"] for each in boto3.client("ec2").describe_regions()["Regions"]]
    clients = {region: boto3.client("ec2", region_name=region) for region in regions}
    with concurrent.futures.ThreadPoolExecutor(int(sys.argv[1])) as pool:
        for found in pool.map(lambda job: read(*job), [(clients[region], operation) for region in regions
                                                       for operation in LISTS]):
            for each in found:
                print(json.dumps(each, default=str))


if __name__ == "__main__":
    main()
