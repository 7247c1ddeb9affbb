"""One entry of Azure's catalogs against the operation that it asks: request, pages, paths of its items, names, secrets."""
import fnmatch
import re

from catalog_reader import holes_of, path_parts

# What every resource may have, whether its schema says so or not: Azure Resource Manager's own envelope, and the
# columns that Resource Graph adds to it.
ENVELOPE = {"id", "name", "type", "location", "tags", "systemData", "subscriptionId", "resourceGroup", "tenantId"}
# What Resource Graph alone shows of a kind.
GRAPH_ONLY = {("session.managementGroups", "properties.details.parent.id")}
TEMPLATES = ("id", "resource_name", "region", "created", "updated", "version", "type", "native_id", "account", "namespace")
SCOPES = {"subscription", "fill-in", "tenant"}
PERMISSION = re.compile(r"^[A-Za-z]+(\.[A-Za-z]+)+(/[A-Za-z0-9]+)+/read$")
NATIVE = re.compile(r"^[A-Za-z]+(\.[A-Za-z]+)+(/[A-Za-z0-9]+)+$")
# What Azure's actions call by another name than its resources.
ACTIONS = {"Microsoft.Resources/resourceGroups": "Microsoft.Resources/subscriptions/resourceGroups"}
# Terraform types of earlier major versions, which states still hold.
RETIRED = re.compile(
    r"^azurerm_(app_service(_plan|_slot)?|function_app(_slot)?|postgresql_(server|database|firewall_rule|configuration)|"
    r"mysql_(server|firewall_rule)|mariadb_(server|database)|monitor_log_profile|media_services_account|"
    r"spatial_anchors_account|mobile_network(_packet_core_control_plane|_sim_group)?|orbital_(spacecraft|contact_profile)|"
    r"voice_services_communications_gateway|logz_monitor)$")

# Versions that the collector asks for, which earlier versions of the packages were made from.
OLDER = {("azure-mgmt-resource", "2021-04-01"), ("azure-mgmt-managementgroups", "2020-05-01")}

# Members whose values are secrets, and names that only sound so: switches, names of settings, ids, hints.
SECRET = re.compile(
    r"(password(Value)?|secret|connectionString|customData|userData|protectedSettings|secureValue|privateKeyData|"
    r"\wkey|\wtoken)$", re.I)
# What a bare "key" or "token" opens is told by what holds it; elsewhere it is the name of a pair.
OPENS = re.compile(
    r"(storageAccounts?(\[\])?|ssl\w*|\w*workspace\w*|\w*credentials?(\.properties)?|\w*auth\w*|\w*transceiver|linkOrganization)"
    r"\.(key|token)$|"
    # What a container is given, and what its probes send.
    r"\b(httpHeaders|env|environmentVariables)\[\]\.value$", re.I)
INNOCENT = re.compile(
    r"(allow|disable|enable|use|has|is)[A-Z]\w*$|bearerToken|ConnectionStringName$|"
    r"^properties\.dataEncryption\.|"
    # Halves that anybody may have, names of columns and places, and what is written into a public DNS zone.
    r"[pP]ublic(Signing)?Key(Token)?$|(partition|[sS]hard|[sS]earch|registry|ssh|Checkpoint|metadata)Key$|"
    r"(validation|Verification|creation)Token$")
# By name secrets, and by what their schema says none: a switch, an id.
NO_SECRETS = {("dashboard.grafana", "properties.apiKey"), ("mobilenetwork.mobileNetworks", "properties.serviceKey")}

# Members whose values move by themselves, and some that have such a name and do not.
MOVES = re.compile(
    r"(accessedAt|countDetails|\w*[mM]essageCount|listenerCount|earliestRestore\w+|last(Connectivity|Sync|Connection)Time|"
    r"last(Heart[bB]eat|Seen|Activity|Invoked|Uploaded|Sync|Billing|Reported)\w*|uptime\w*|\w*BytesTransferred|"
    r"next(Run|Execution|Reset)\w*|quotaNextResetTime|usedSpaceInBytes|shareUsageBytes|jobCount|lastStatusChange|"
    r"lastOutputEventTime|autoScaleRun|nodeStateCounts|runHistory)$")
NO_MOTION = {("logic.integrationAccounts/batchConfigurations", "properties.releaseCriteria.messageCount")}


class PathError(Exception):
    pass


def follow(models, shapes, path):
    """The shapes at a path of the catalog language; PathError says what is wrong with it."""
    at = shapes
    for name, lists in path_parts(path):
        nexts = []
        for shape in at:
            if shape is None or models.open(shape):
                nexts.append(None)
            elif shape.map:  # "*" and any name
                nexts.append(type(shape)(shape.name))
            elif name == "*":
                raise PathError("* where there is no map")
            else:
                nexts += models.step(shape, name)
        if not nexts:
            raise PathError("no member %s" % name)
        fit = [shape for shape in nexts if shape is None or models.open(shape) or shape.lists == lists]
        if not fit:
            raise PathError("%s is %s" % (name, "a list and wants []" if nexts[0].lists else "no list"))
        at = [shape and type(shape)(shape.name, 0, shape.map) for shape in fit]
    return at


def is_text(models, shape):
    return shape is None or models.open(shape) or (
        not shape.name.startswith("\1") and shape.name not in models.classes and not shape.map)


def check_names(entry, terraform, say):
    native = entry.text("native_type")
    if not NATIVE.match(native):
        say("native_type is %s" % (native or "missing"))
        return
    permission = entry.text("permission")
    if not PERMISSION.match(permission):
        say("permission is %s" % (permission or "missing"))
    elif permission.lower() != ACTIONS.get(native, native).lower() + "/read":
        say("permission is %s, not %s/read" % (permission, native))
    types = entry.types()
    names = [entry.text("type")] + sorted(set(types[1:]) - {entry.text("type")}) + list(entry.get("terraform") or [])
    for name in names:
        if name.startswith("azurerm_"):
            if terraform and name not in terraform and not RETIRED.match(name):
                say("Terraform has no type %s" % name)
        elif name != native:
            say("type is %s: neither Terraform's nor the native one" % name)
    if len(set(names)) != len(names):
        say("a type is said twice")
    globs = list(((entry.get("types") or {}).get("are") or {}))
    for at, glob in enumerate(globs):
        if any(fnmatch.fnmatchcase(glob, earlier) for earlier in globs[:at]):
            say("types: nothing is left for %s" % glob)
    if not entry.text("summary"):
        say("no summary")
    scope = entry.get("scope")
    if scope is not None and scope not in SCOPES:
        say("scope is %s" % scope)
    if scope is not None and entry.parents:
        say("has a scope, and parents: it would be asked twice")
    for name in entry.text("id"), entry.text("resource_name"):
        if not name:
            say("no id or no resource_name")


def check_request(entry, operations, say):
    """The operation whose version is the entry's, or None."""
    query = entry.request("query") or {}
    version = str(query.get("api-version") or "")
    versions = sorted({one.version for one in operations if one.version})
    newest = [one for one in operations if one.version == versions[-1]] if versions else []
    known = [one for one in operations if one.version == version]
    if version.startswith("{"):
        known = newest  # the collector chooses
    elif not known and (operations[0].package.name, version) in OLDER:
        known = newest
        say("api-version %s is checked against %s" % (version, versions[-1]), "warning")
    elif not version:
        say("no api-version")
    elif not known:
        say("api-version %s: %s knows %s" % (version, operations[0].package.name, ", ".join(versions)))
    else:
        newer = [one for one in versions if one > version and ("preview" not in one or "preview" in version)]
        if newer:
            say("api-version %s, and there is %s" % (version, newer[-1]), "warning")
        if "preview" in version and any("preview" not in one for one in versions):
            say("api-version %s, and %s is stable" % (version, [one for one in versions if "preview" not in one][-1]))
    if not known:
        return None
    operation = next((one for one in known if one.answer), known[0])
    for name in query:
        if name not in operation.parameters:
            say("query has no parameter %s" % name)
    return operation


def check_bulk(entry, models, operation, say):
    """Of a list of every type: where its items are, and what names the next page."""
    shape = operation.answer[1]
    items = str(entry.get("items") or "").replace("[]", "")
    page = entry.get("page") or {}
    members = {} if operation.answer[2] else models.members(shape.name)
    for path in (items, str(page.get("token_out") or "")):
        if path not in ("", ".") and members and path not in members:
            say("the schema has no %s" % path)
    if operation.paged and operation.paged[1] and not page:
        say("the schema pages this")


def check_page(entry, items, link, say):
    wanted = "." if items is None else items + "[]"
    if entry.text("items") != wanted:
        say("items is %s, the schema has %s" % (entry.text("items"), wanted))
    out = str((entry.get("page") or {}).get("link_out") or "").strip('"')
    if link and out != link:
        say("link_out is %s, the schema has %s" % (out or "missing", link))


def check_paths(entry, models, shape, links, say):
    def is_list(path):
        try:
            return bool(follow(models, [shape], path + "[]"))
        except (PathError, ValueError):
            return False

    def look(path, what, text=True):
        if path.split(".")[0].rstrip("[]") in ENVELOPE or (entry.name, path) in GRAPH_ONLY:
            return
        try:
            found = follow(models, [shape], path)
        except (PathError, ValueError) as problem:
            say("%s: %s: %s" % (what, path, problem))
            return
        if text and not all(is_text(models, one) for one in found):
            say("%s: %s is no text" % (what, path))

    for member in TEMPLATES:
        try:
            for hole in holes_of(entry.text(member)):
                if hole.item:
                    look(hole.item, member)
        except ValueError as problem:
            say("%s: %s" % (member, problem))
    try:
        for hole in holes_of((entry.get("types") or {}).get("by") or ""):
            if hole.item and not is_list(hole.item):  # a list as its JSON
                look(hole.item, "types", False)
    except ValueError as problem:
        say("types: %s" % problem)
    tags = (entry.get("tags") or {}).get("map")
    if tags:
        look(tags, "tags", False)
    for path, link in entry.dependencies():
        look(path, "dependencies")
        if "{" not in link and link not in links:
            say("dependencies: no link is called %s" % link)
    for member in "sensitive", "cut":
        for path in entry.all_of(member):
            look(path, member, False)


def covers(patterns, path):
    """True where the path, or what holds it, is among the patterns."""
    plain = path.replace("[]", "")
    for one in patterns:
        one = one.replace("[]", "")
        if plain == one or plain.startswith(one + "."):
            return True
    return False


def members_below(models, name, prefix="", stack=(), depth=0):
    """(path, name, shape) of every member, as far as a model says what they hold."""
    if depth > 6 or name in stack or name not in models.classes:
        return
    for key, shape in models.members(name).items():
        if "\0" in key:
            continue
        path = prefix + key + ("[]" * shape.lists)
        if shape.map:
            path += ".*"
        yield path, key.split(".")[-1], shape
        if shape.name in models.classes:
            if "id" in models.members(shape.name, False) and depth and "properties" in path and \
                    "id" in models.members(name, False):
                continue  # another resource, shown by its id
            yield from members_below(models, shape.name, path + ".", stack + (name,), depth + 1)


def secrets_of(models, name):
    """Paths of members that hold secrets."""
    for path, key, shape in members_below(models, name):
        if (SECRET.search(key) or OPENS.search(path)) and not INNOCENT.search(key) and not INNOCENT.search(path) and \
                shape.name in ("str", "object", "any", "Any", "JSON"):
            yield path


def check_secrets(entry, models, shape, say):
    hidden = list(entry.all_of("sensitive")) + list(entry.all_of("cut"))
    for path in sorted(set(secrets_of(models, shape.name))):
        if not covers(hidden, path) and (entry.name, path) not in NO_SECRETS:
            say("%s looks like a secret and is not redacted" % path)


def check_moving(entry, models, shape, say):
    """What moves though nobody changes anything would give an unchanged resource another checksum."""
    hidden = list(entry.all_of("sensitive")) + list(entry.all_of("cut"))
    for path in sorted({path for path, key, _shape in members_below(models, shape.name) if MOVES.match(key)}):
        if not covers(hidden, path) and (entry.name, path) not in NO_MOTION:
            say("%s moves by itself and is not cut" % path)
