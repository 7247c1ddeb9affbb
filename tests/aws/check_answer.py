"""Do the paths and names of an entry fit the answer's shape? And are its variables there?"""
import re

from catalog_reader import FIELDS, holes_of, pieces, split_outside_quotes
from service_model import FREE, PathError, is_free, listed, wire_name

BASE = {"account", "region", "partition", "service", "call", "type", "provider", "token", "account_name"}
MAX_VARS = 16  # WGO_TASK_VARS
# Text fields that may be ARNs without being called so.
ARN_LIKE = {"StackId", "SerialNumber"}


def item_shape(entry, answer, say):
    """The shape of an item; FREE where a decoder makes them, None after an error."""
    path = entry.get("items")
    if path is None:
        if not entry.get("decode"):
            say("neither items nor decode")
        return FREE
    if entry.get("decode"):
        return FREE
    try:
        return answer.find(answer.root, str(path)) if path != "." else answer.root
    except (PathError, ValueError) as error:
        say("items: %s" % error)
        return None


def check_answer(entry, operation, answer, say):
    item = item_shape(entry, answer, say)
    if item is None:
        return
    for field in FIELDS:
        if entry.get(field) is not None:
            check_template(entry, answer, item, field, entry.get(field), say)
    if entry.get("types"):
        check_template(entry, answer, item, "types", entry.get("types").get("by", ""), say)
    for child in entry.children():
        for name, template in (child.get("vars") or {}).items():
            check_template(entry, answer, item, "%s's %s" % (child.get("entry"), name), template, say)
        if child.get("needs"):
            check_template(entry, answer, item, "%s's needs" % child.get("entry"), child.get("needs"), say)
    check_tags(entry, answer, item, say)
    for key in ("sensitive", "cut"):
        for path in entry.all_of(key):
            check_path_below(answer, item, key, path, say, at_end_list=True)
    for path, link in entry.dependencies():
        shape = check_path_below(answer, item, "dependencies", path, say)
        if shape not in (None, FREE) and shape.type_name not in ("string",):
            say("dependencies: %s is a %s" % (path, shape.type_name))
        check_link(entry, path, link, say)


def check_path_below(answer, item, what, path, say, at_end_list=False):
    try:
        return FREE if item == FREE else answer.find(item, path, at_end_list)
    except (PathError, ValueError) as error:
        say("%s: %s" % (what, error))
        return None


def check_link(entry, path, link, say):
    links = {**entry.catalog.links, **entry.catalog.file_links.get(entry.path, {})}
    template = link if "{" in str(link) else links.get(link)
    if template is None:
        say("dependencies: %s: no link is called %s" % (path, link))
        return
    try:
        names = {hole.variable for hole in holes_of(template)}
    except ValueError as error:
        say("dependencies: %s: %s" % (path, error))
        return
    if not names - BASE:
        say("dependencies: %s: its link has no {value}" % path)


def check_template(entry, answer, item, field, template, say):
    try:
        holes = holes_of(template)
    except ValueError as error:
        say("%s: %s" % (field, error))
        return
    for hole in holes:
        if hole.tag is not None and not entry.get("tags"):
            say("%s: {tag.%s}, but the entry has no tags" % (field, hole.tag))
        if hole.item is None:
            continue
        if item == FREE:
            continue
        if "*" in hole.item or "[]" in hole.item:
            say("%s: {item.%s} may have no * or []" % (field, hole.item))
            continue
        try:
            shape = answer.find(item, hole.item) if hole.item else item
        except (PathError, ValueError) as error:
            say("%s: %s" % (field, error))
            continue
        check_kind(answer, item, field, hole, shape, say)


def check_kind(answer, item, field, hole, shape, say):
    if shape == FREE or is_free(shape):
        return
    kind, name = shape.type_name, "{item.%s}" % hole.item
    if kind in ("structure", "map", "list") and "json" not in hole.filters:
        say("%s: %s is a %s" % (field, name, kind))
    if field not in ("created", "updated"):
        return
    timed = [one for one in hole.filters if one in ("time", "ms")]
    if kind == "timestamp":
        text = answer.xml or shape.serialization.get("timestampFormat", "unixTimestamp") != "unixTimestamp"
        if not text and timed != ["time"]:
            say("%s: %s is seconds since 1970 on the wire: :time" % (field, name))
        if text and "ms" in timed:
            say("%s: %s is no number of milliseconds" % (field, name))
    elif kind in ("long", "integer", "double", "float"):
        if not timed:
            say("%s: %s is a number: :time or :ms" % (field, name))
    elif kind == "string" and timed and not below_map(answer, item, hole.item):
        say("%s: %s is a string: :%s is for numbers, or to bring a date to UTC" % (field, name, timed[0]), "warning")


def below_map(answer, item, path):
    """Whether the value is one of a map (whose values are all strings, numbers too)."""
    parts = split_outside_quotes(path, ".")
    try:
        return answer.find(item, ".".join(parts[:-1])).type_name == "map" if parts[:-1] else item.type_name == "map"
    except (PathError, ValueError, AttributeError):
        return False


def check_tags(entry, answer, item, say):
    tags = entry.get("tags")
    if tags is None or item == FREE:
        return
    if not isinstance(tags, dict) or ("map" in tags) == ("list" in tags):
        say("tags wants either map or list")
        return
    path = tags.get("map", tags.get("list"))
    try:
        shape = answer.find(item, path, at_end_list=True)
    except (PathError, ValueError) as error:
        say("tags: %s" % error)
        return
    if shape == FREE:
        return
    if "map" in tags:
        if shape.type_name != "map":
            say("tags: %s is a %s, not a map" % (path, shape.type_name))
        return
    if shape.type_name != "list" or shape.member.type_name != "structure":
        say("tags: %s is no list of structures" % path)
        return
    members = answer.members(shape.member)
    for name in (tags.get("key", "Key"), tags.get("value", "Value")):
        if name not in members:
            say("tags: the list's items have no %s (there are: %s)" % (name, ", ".join(members)))


# ---- variables ----

def templates_of(entry):
    """(what, template) of all that is expanded for the entry itself."""
    out = [(field, entry.get(field)) for field in FIELDS if entry.get(field) is not None]

    def walk(what, value):
        if isinstance(value, dict):
            for key, one in value.items():
                walk("%s.%s" % (what, key), one)
        elif isinstance(value, list):
            for one in value:
                walk(what, one)
        elif isinstance(value, str):
            out.append((what, value))

    for key in ("path", "query", "headers", "form", "json", "body"):
        walk(key, entry.request(key))
    walk("limits", entry.get("limits"))
    for child in entry.children():
        walk("vars of %s" % child.get("entry"), child.get("vars"))
        walk("needs of %s" % child.get("entry"), child.get("needs"))
    links = {**entry.catalog.links, **entry.catalog.file_links.get(entry.path, {})}
    for path, link in entry.dependencies():
        walk("dependencies.%s" % path, link if "{" in str(link) else links.get(link))
    return out


def supplied(entry, seen=()):
    """Variables an entry surely has: what every one that names it gives or has itself."""
    if not entry.parents:
        return set()
    if entry in seen:
        return None  # a circle adds nothing of its own
    ways = []
    for parent, child in entry.parents:
        above = supplied(parent, seen + (entry,))
        if above is None:
            continue
        ways.append(above | set(child.get("vars") or {}) |
                    ({"parent"} if parent.get("id") and not child.get("batch") else set()))
    return set.intersection(*ways) if ways else None


def check_variables(entry, say):
    if not entry.parents and not entry.get("scope"):
        return  # the collector names it, and gives it what it wants
    have = BASE | (supplied(entry) or set())
    for what, template in templates_of(entry):
        try:
            parts = [one for one in pieces(template) if not isinstance(one, str)]
        except ValueError as error:
            say("%s: %s" % (what, error))
            continue
        for holes, fallback in parts:
            for hole in holes:
                name = hole.variable
                if name is None or name.startswith("token") or name in have:
                    continue
                if what.startswith("dependencies.") and name == "value":
                    continue
                if fallback or len(holes) > 1:
                    continue
                who = ", ".join(parent.name for parent, _ in entry.parents) or "nobody"
                say("%s: {%s} is not supplied by everyone who names this entry (%s)" % (what, name, who))
    for parent, child in entry.parents:
        given = set(child.get("vars") or {}) | (supplied(parent) or set())
        if len(given) > MAX_VARS:
            say("%d variables by way of %s; a task holds %d" % (len(given), parent.name, MAX_VARS))


# ---- batches ----

def list_that_takes(entry, variable, operation, protocol):
    """(shape, how it is written) of the input's list that {variable} fills."""
    if operation.input_shape is None:
        return None, None
    members = {wire_name(name, one, protocol): one for name, one in operation.input_shape.members.items()}
    for name, value in (entry.request("form") or {}).items():
        if "{%s" % variable in str(value):
            shape = members.get(name.split(".")[0])
            if shape is None:
                shape = next((one for one in members.values() if one.type_name == "list" and
                              one.member.serialization.get("name") == name.split(".")[0]), None)
            return shape, "list" if name.endswith(".N") else "plain"
    for name, value in (entry.request("json") or {}).items():
        if isinstance(value, str) and "{%s" % variable in value:
            return members.get(name), "list" if ":json" in value else "plain"
        if "{%s" % variable in str(value):
            return None, "nested"
    for name, value in (entry.request("query") or {}).items():
        if "{%s" % variable in str(value):
            return members.get(name), "query"
    return None, None


def check_batches(entry, operation, protocol, say):
    for parent, child in entry.parents:
        batch = child.get("batch")
        if batch is None:
            continue
        if not isinstance(batch, int) or not 1 <= batch <= 1000:
            say("batch of %s must be a number from 1 to 1000" % parent.name)
            continue
        if "{parent" in entry.text("id"):
            say("id: {parent}, but %s asks many at once: a path of the item" % parent.name)
        for name, template in (child.get("vars") or {}).items():
            if "{item" not in str(template):
                continue
            shape, how = list_that_takes(entry, name, operation, protocol)
            if how == "plain":
                say("{%s} is a JSON array here (batch of %s): %s" % (
                    name, parent.name, "a form's name ends in .N" if entry.request("form") else "{%s:json}" % name))
            if how == "list" and shape is not None and shape.metadata.get("max") is not None:
                if batch > shape.metadata["max"]:
                    say("batch of %s is %d, the model's most is %d" % (parent.name, batch, shape.metadata["max"]))


# ---- ids ----

def check_identity(entry, say):
    own, part = entry.text("id"), entry.get("part")
    if not own:
        if not entry.children() and not entry.get("decode"):
            say("neither id nor children")
        return
    if part is None:
        for field in ("type", "resource_name", "summary"):
            if not entry.get(field):
                say("an entry that lists resources wants %s" % field)
    try:
        first = pieces(own)[0]
    except ValueError:
        return
    if isinstance(first, str):
        if not first.startswith("arn:"):
            say("id: %s begins neither as an ARN nor with {parent} or an ...Arn" % own)
        return
    items = split_outside_quotes(str(entry.get("items") or ""), ".")[-1]
    for hole in first[0]:
        name = hole.variable or (split_outside_quotes(hole.item, ".")[-1] if hole.item else items)
        name = name.replace("[]", "").strip('"')
        good = name == "parent" or name in ARN_LIKE or re.search(r"arns?$", name, re.I) or (
            part is not None and re.search(r"arn|id$", name, re.I))
        if not good:
            say("id: %s begins neither as an ARN nor with {parent} or an ...Arn" % own)
            return


# Those of every service: no operation's model names them.
COMMON_ERRORS = {"InvalidAction", "ValidationError"}


def codes_of(shapes):
    known = set()
    for shape in shapes:
        known |= {shape.name, shape.metadata.get("error", {}).get("code") or shape.name,
                  shape.name.replace("Exception", "")}
    return known


def check_absent(entry, operation, say):
    """Codes that a file's defaults give to all its entries may be those of any of its operations."""
    model = operation.service_model
    own = any(node.get("absent") is not None for node in entry.chain if "call" in node or "name" in node)
    shapes = operation.error_shapes if own else model.error_shapes
    known = codes_of(shapes) | COMMON_ERRORS
    for code in (one.partition(":")[0] for one in listed(entry.get("absent"))):
        if not shapes:
            if model.service_name not in ("s3", "ec2"):
                say("absent: the model lists no errors, so %s is unchecked" % code, "warning")
        elif code not in known and not (code.startswith("AWS.") and "awsQueryCompatible" in model.metadata):
            say("absent: %s is none of the operation's errors (%s)" % (code, ", ".join(sorted(known))))
