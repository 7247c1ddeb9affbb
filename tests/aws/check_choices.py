"""Which values of an enumeration are asked for? A list by kind that leaves a kind out says nothing of it."""
from catalog_reader import pieces
from service_model import PathError, form_member, wire_name

# (service, call, parameter) of those that are not all asked for, on purpose.
CHOSEN = {
    # What the provider offers everybody, or others do: not the account's own.
    ("appstream", "DescribeImages", "Type"),
    ("auditmanager", "ListAssessmentFrameworks", "frameworkType"),
    ("auditmanager", "ListControls", "controlType"),
    ("bedrock", "ListInferenceProfiles", "type"),
    ("cloudfront", "ListCachePolicies", "Type"),
    ("cloudfront", "ListOriginRequestPolicies", "Type"),
    ("cloudfront", "ListResponseHeadersPolicies", "Type"),
    ("iam", "ListPolicies", "Scope"),
    ("network-firewall", "ListRuleGroups", "Scope"),
    ("wellarchitected", "ListLenses", "LensType"),
    # What is gone; what is going has been there before.
    ("cloudformation", "ListStackSets", "Status"),
    ("cloudformation", "ListStacks", "StackStatusFilter"),
    ("ecs", "ListTaskDefinitions", "status"),
    ("emr", "ListClusters", "ClusterStates"),
    ("emr", "ListInstances", "InstanceStates"),
    ("ram", "GetResourceShares", "resourceShareStatus"),
    # One value of these means all.
    ("dynamodb", "ListBackups", "BackupType"),
    ("servicecatalog", "SearchProvisionedProducts", "AccessLevelFilter.Key"),
    ("sqs", "GetQueueAttributes", "AttributeNames"),
    # Another entry asks without a value: for what this one leaves out.
    ("logs", "DescribeResourcePolicies", "policyScope"),
    # Attributes of one object; another call has the others.
    ("cloudfront", "DescribeFunction", "Stage"),
    ("cloudfront", "ListFunctions", "Stage"),
    ("ec2", "DescribeImageAttribute", "Attribute"),
    ("ec2", "DescribeInstanceAttribute", "Attribute"),
    ("ec2", "DescribeSnapshotAttribute", "Attribute"),
    ("ec2", "DescribeVpcAttribute", "Attribute"),
    ("ecs", "DescribeClusters", "include"),
    ("ecs", "DescribeContainerInstances", "include"),
    ("organizations", "ListPoliciesForTarget", "Filter"),
    # Each service of the two asks for its own.
    ("es", "ListDomainNames", "engineType"),
    ("opensearch", "ListDomainNames", "engineType"),
    # The model's documentation does not say what these are.
    ("ram", "GetResourceShareAssociations", "associationType"),
    # Accounts that a share with the organization or a unit of it reaches.
    ("servicecatalog", "DescribePortfolioShares", "Type"),
    # Only tags of what is listed.
    ("ssm", "ListTagsForResource", "ResourceType"),
}


def given_by_parents(entry, template):
    """The words that the entry's parents give the one variable that the template is."""
    try:
        parts = pieces(template)
    except ValueError:
        return
    if len(parts) != 1 or isinstance(parts[0], str):
        return
    for hole in parts[0][0]:
        for _, child in entry.parents:
            word = (child.get("vars") or {}).get(hole.variable)
            if isinstance(word, str) and "{" not in word:
                yield word


def words_of(entry, value):
    if isinstance(value, list):
        for one in value:
            yield from words_of(entry, one)
    elif isinstance(value, str):
        yield from given_by_parents(entry, value) if "{" in value else [value]


def enumerations(name, shape, value):
    """(path, enumeration, value) of the choices at and below 'shape'."""
    while shape.type_name == "list":
        shape = shape.member
    if shape.type_name == "structure" and isinstance(value, dict):
        for key, one in value.items():
            if key in shape.members:
                yield from enumerations("%s.%s" % (name, key), shape.members[key], one)
    elif getattr(shape, "enum", None):
        yield name, shape.enum, value


def choices_of(entry, operation, protocol):
    members = operation.input_shape.members if operation.input_shape is not None else {}
    by_wire = {wire_name(name, one, protocol): one for name, one in members.items()}
    for key in ("query", "form", "json", "headers"):
        for name, value in (entry.request(key) or {}).items():
            top = name.split(".")[0] if key == "form" else name
            try:
                shape = form_member(operation, name, protocol) if key == "form" else by_wire.get(name)
            except PathError:
                continue
            if shape is not None:
                yield from enumerations(top, shape, value)


class Choices:
    """What the entries of each call ask for, together."""

    def __init__(self):
        self.found = {}

    def add(self, entry, operation, protocol):
        for name, values, value in choices_of(entry, operation, protocol):
            key = (entry.service, entry.call, name)
            self.found.setdefault(key, (entry.where, values, set()))[2].update(words_of(entry, value))

    def check(self, say):
        for key, (where, values, asked) in sorted(self.found.items()):
            missing = [one for one in values if one not in asked]
            if asked and missing and key not in CHOSEN:
                say(where, "%s: nobody asks for %s" % (key[2], ", ".join(missing)))
            if asked and not missing and key in CHOSEN:
                say(where, "%s: all are asked for, so check_choices.py need not name it" % key[2])
