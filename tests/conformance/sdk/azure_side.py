"""What Microsoft's own clients list, under the names that wgo gives: lower-cased ids of Azure Resource Manager."""
import collections

from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

from checks.azure_client import Azure, READER, SECRET

SOURCES = ("auto", "graph", "arm")
ARGUMENTS = ()
EXCUSES = {source: {"microsoft.web/sites/config": "Azure lists one of a site's configurations, and gives the others for "
                                                  "their names"} for source in ("arm", "auto")}


def serve():
    return Azure("--azure-subscriptions", "3", "--azure-management-groups", "2")


def environment(cloud):
    return {"WGO_AZURE_ENDPOINT": cloud.base + "/azure/arm", "AZURE_AUTHORITY_HOST": cloud.base + "/azure/login",
            "AZURE_TENANT_ID": cloud.declared()["tenant"], "AZURE_CLIENT_ID": READER, "AZURE_CLIENT_SECRET": SECRET}


def of_graph(cloud, subscriptions):
    """Azure Resource Graph: every row of the tables that hold resources, all pages."""
    client, found = cloud.graph(), collections.defaultdict(set)
    for table in ("resources", "resourcecontainers", "networkresources"):
        token = None
        while True:
            page = client.resources(QueryRequest(
                subscriptions=subscriptions, query=table + " | order by id asc",
                options=QueryRequestOptions(top=1000, skip_token=token, result_format="objectArray")))
            for row in page.data:
                found[row["type"].lower()].add(row["id"].lower())
            token = page.skip_token
            if token is None:
                break
    return found


def of_manager(cloud, subscriptions):
    """Azure Resource Manager: the resources and the groups of each subscription."""
    found = collections.defaultdict(set)
    for subscription in subscriptions:
        client = cloud.resources(subscription)
        for one in client.resources.list():
            found[one.type.lower()].add(one.id.lower())
        for one in client.resource_groups.list():
            found["microsoft.resources/subscriptions/resourcegroups"].add(one.id.lower())
    return found


def beyond(cloud):
    """{type: number} of what the clients' lists lack, children and extensions above all, as the cloud declares it."""
    declared = cloud.declared()
    subscriptions = len(declared["subscriptions"])
    numbers = {kind.lower(): said["total"] * (1 if said["scope"] == "tenant" else subscriptions)
               for kind, said in declared["types"].items()}
    numbers["microsoft.resources/tenants"] = 1
    return numbers


def truth(cloud):
    """{type: ids}. Both ways of listing agree, or nothing is judged."""
    subscriptions = cloud.declared()["subscriptions"]
    graph, manager = of_graph(cloud, subscriptions), of_manager(cloud, subscriptions)
    for kind, ids in manager.items():
        assert graph[kind] == ids, (kind, sorted(graph[kind] ^ ids)[:4])
    # Resource Graph's name for the groups; Resource Manager, and wgo, call the type as follows.
    graph["microsoft.resources/resourcegroups"] = graph.pop("microsoft.resources/subscriptions/resourcegroups")
    return dict(graph)
