"""Is the request one that the model knows? Method, path, parameters, types, bounds, paging."""
import re

from catalog_reader import holes_of, pieces
from service_model import FREE, PathError, form_member, in_place, listed, wire_name

NUMBERS = ("integer", "long", "float", "double")

# Headers of the protocols, and Glacier's own version, which clients add outside the model.
UNMODELLED_HEADERS = ("content-type", "accept", "x-amz-glacier-version")


def check_request(entry, operation, info, say):
    """'info' is the service's line in services.yaml; 'say(text, severity)' takes what is wrong."""
    protocol = info.get("protocol")
    for key in ("query", "headers", "form", "json"):
        if entry.request(key) is not None and not isinstance(entry.request(key), dict):
            say("request's %s must be a map" % key)
            return
    method = entry.request("method") or "GET"
    if method != operation.http.get("method", "POST"):
        say("method is %s, the model has %s" % (method, operation.http.get("method")))
    if method == "POST" and entry.text("effect") not in ("none", "export"):
        say("a POST must say effect")
    if protocol in ("query", "ec2"):
        given = check_form(entry, operation, protocol, say)
    elif protocol == "json":
        given = check_json_rpc(entry, operation, say)
    else:
        given = check_rest(entry, operation, say)
    check_required(operation, given, protocol, say)


def check_required(operation, given, protocol, say):
    shape = operation.input_shape
    for name in (shape.required_members if shape is not None else []):
        wire = wire_name(name, shape.members[name], protocol)
        payload = shape.serialization.get("payload") == name
        if wire not in given and name not in given and not payload and not (
                shape.members[name].serialization.get("location") == "uri"):
            say("the model requires %s" % wire)


def tokens_in(entry):
    page = entry.get("page")
    return [str(one) for one in listed(page.get("token_in"))] if isinstance(page, dict) else []


# ---- values ----

def check_value(value, shape, where, say):
    """A value of the catalog against the shape it is meant for: kind, bounds, enumerations."""
    if shape == FREE or value is None:
        return
    kind = shape.type_name
    if isinstance(value, dict):
        if kind == "map":
            for key, one in value.items():
                check_value(one, shape.value, "%s.%s" % (where, key), say)
        elif kind == "structure":
            names = {wire_name(name, one, "json"): one for name, one in shape.members.items()}
            for key, one in value.items():
                if key in names:
                    check_value(one, names[key], "%s.%s" % (where, key), say)
                elif not getattr(shape, "is_document_type", False):
                    say("%s has no member %s (there are: %s)" % (where, key, ", ".join(names)))
            for name in shape.required_members:
                if wire_name(name, shape.members[name], "json") not in value:
                    say("%s wants %s" % (where, name))
        else:
            say("%s is a %s, not a map" % (where, kind))
    elif isinstance(value, list):
        if kind != "list":
            say("%s is a %s, not a list" % (where, kind))
            return
        bounds(len(value), shape, where + "'s length", say)
        for one in value:
            check_value(one, shape.member, where + "[]", say)
    else:
        check_scalar(value, shape, where, say)


def check_scalar(value, shape, where, say, text_only=False):
    """'text_only': forms and queries, where numbers and truths are text."""
    kind = shape.type_name
    if isinstance(value, str) and "{" in value:
        try:
            holes = holes_of(value)
        except ValueError as error:
            say("%s: %s" % (where, error))
            return
        raw = any("json" in hole.filters for hole in holes)
        if kind in ("list", "structure", "map") and not raw and not text_only:
            say("%s is a %s: its template wants :json" % (where, kind))
        if kind in NUMBERS + ("boolean",) and not raw and not text_only:
            say("%s is a %s: its template wants :json, else it is sent as a string" % (where, kind))
        if holes:
            return
    if text_only and kind in NUMBERS:
        if not re.fullmatch(r"-?[0-9.]+", str(value)):
            say("%s is a number, not %s" % (where, value))
        else:
            bounds(float(value), shape, where, say)
    elif text_only and kind == "boolean":
        if str(value).lower() not in ("true", "false"):
            say("%s is true or false, not %s" % (where, value))
    elif kind == "boolean":
        if not isinstance(value, bool):
            say("%s is true or false, not %r" % (where, value))
    elif kind in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            say("%s is a number, not %r" % (where, value))
        else:
            bounds(value, shape, where, say)
    elif kind in ("list", "map", "structure") and not text_only:
        say("%s is a %s, not %r" % (where, kind, value))
    elif kind == "string":
        if not isinstance(value, str) and not text_only:
            say("%s is a string, not %r: quote it" % (where, value))
        if getattr(shape, "enum", None) and str(value) not in shape.enum:
            say("%s: %s is none of %s" % (where, value, ", ".join(shape.enum)))


def bounds(number, shape, where, say):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if high is not None and number > float(high):
        say("%s is %g, the model's most is %s" % (where, number, high))
    if low is not None and number < float(low):
        say("%s is %g, the model's least is %s" % (where, number, low))


# ---- protocols ----

def check_form(entry, operation, protocol, say):
    form = entry.request("form") or {}
    path = entry.request("path")
    if path != "/":
        say("path is %s, this protocol has /" % path)
    if str(form.get("Action", "")).replace("{call}", entry.call) != operation.name:
        say("the form's Action is not %s" % operation.name)
    version = operation.service_model.api_version
    if form.get("Version") != version:
        say("the form's Version is %r, the model has \"%s\"" % (form.get("Version"), version))
    given = {}
    for name, value in list(form.items()) + [(one, "{token|}") for one in tokens_in(entry)]:
        if name in ("Action", "Version"):
            continue
        try:
            shape = form_member(operation, name, protocol)
        except PathError as error:
            say("form: %s" % error)
            continue
        given[name.split(".")[0]] = True
        if name.endswith(".N"):
            check_list_variable(entry, name, value, say)
        check_scalar(value, shape, "form's " + name, say, text_only=True)
    for member, one in (operation.input_shape.members.items() if operation.input_shape is not None else ()):
        flat = one.type_name == "list" and one.serialization.get("flattened")
        if flat and one.member.serialization.get("name") in given:
            given[wire_name(member, one, protocol)] = True
    return given


def check_list_variable(entry, name, value, say):
    try:
        alone = [piece for piece in pieces(value)]
    except ValueError as error:
        say("form's %s: %s" % (name, error))
        return
    if len(alone) != 1 or isinstance(alone[0], str):
        say("form's %s wants one variable that is a JSON array" % name)
    del entry


def check_json_rpc(entry, operation, say):
    meta = operation.service_model.metadata
    headers = {name.lower(): str(value).replace("{call}", entry.call)
               for name, value in (entry.request("headers") or {}).items()}
    target = "%s.%s" % (meta.get("targetPrefix"), operation.name)
    content = "application/x-amz-json-%s" % meta.get("jsonVersion", "1.0")
    if headers.get("x-amz-target") != target:
        say("X-Amz-Target is %s, the model has %s" % (headers.get("x-amz-target"), target))
    if headers.get("content-type") != content:
        say("Content-Type is %s, the model has %s" % (headers.get("content-type"), content))
    if entry.request("path") != "/":
        say("path is %s, this protocol has /" % entry.request("path"))
    body = entry.request("json")
    if body is None:
        say("no json body: `json: {}` at least")
    return check_body(entry, body or {}, in_place(operation, None), say)


def check_body(entry, body, members, say):
    given = dict(body)
    given.update({one: "{token|}" for one in tokens_in(entry) if one in members or not entry.request("query")})
    for name, value in given.items():
        if name not in members:
            say("json: no member %s (there are: %s)" % (name, ", ".join(members) or "none"))
        elif name in body:
            check_value(value, members[name], "json's " + name, say)
        elif members[name].type_name not in ("string",):
            say("json: the token %s is a %s" % (name, members[name].type_name))
    return given


def check_rest(entry, operation, say):
    places = {place: in_place(operation, place) for place in ("uri", "querystring", "header", None)}
    given = {}
    model_path, _, model_query = operation.http["requestUri"].partition("?")
    ours, _, our_query = str(entry.request("path") or "").partition("?")
    check_path(model_path, ours, operation, say)
    static = {one.partition("=")[0]: one.partition("=")[2] for one in model_query.split("&") if one}
    query = dict(entry.request("query") or {})
    sent = {one.partition("=")[0]: one.partition("=")[2] for one in our_query.split("&") if one}
    for name, value in static.items():
        if name not in query and sent.get(name) != value:
            say("the model's path has ?%s" % model_query)
    body = entry.request("json")
    loose = [] if body is not None else tokens_in(entry)
    sources = [(name, value) for name, value in list(sent.items()) + list(query.items())
               if name not in static] + [(one, "{token|}") for one in loose]
    for name, value in sources:
        shape = places["querystring"].get(name)
        if shape is None and any(one.type_name == "map" for one in places["querystring"].values()):
            continue
        if shape is None:
            say("query: no parameter %s (there are: %s)" % (name, ", ".join(places["querystring"]) or "none"))
            continue
        given[name] = True
        shape = shape.member if shape.type_name == "list" else shape
        check_scalar(value, shape, "query's " + name, say, text_only=True)
    known = {name.lower(): (name, shape) for name, shape in places["header"].items()}
    for name, value in (entry.request("headers") or {}).items():
        if name.lower() in known:
            given[known[name.lower()][0]] = True
            check_scalar(value, known[name.lower()][1], "header " + name, say, text_only=True)
        elif name.lower() not in UNMODELLED_HEADERS:
            say("headers: no header %s (there are: %s)" % (name, ", ".join(places["header"]) or "none"))
    if body is not None:
        given.update(check_body(entry, body, places[None], say))
    return given


def segments(template):
    """A path with holes made plain: (text with \\0 for holes, the Holes)."""
    text, holes = "", []
    for piece in pieces(template):
        if isinstance(piece, str):
            text += piece
        else:
            text += "\0"
            holes.append(piece[0])
    return text, holes


def check_path(model_path, ours, operation, say):
    try:
        text, holes = segments(ours)
    except ValueError as error:
        say("path: %s" % error)
        return
    pattern, greedy = "", []
    for part in re.split(r"(\{[^}]*\})", model_path):
        if part.startswith("{"):
            greedy.append(part.endswith("+}"))
            pattern += "(.+)" if greedy[-1] else "([^/]+)"
        else:
            pattern += re.escape(part)
    s3 = operation.service_model.service_name == "s3"
    match = re.fullmatch(pattern + "/?" if s3 else pattern, text)
    if not match:
        say("path is %s, the model has %s" % (ours, model_path))
        return
    for wide, value in zip(greedy, match.groups()):
        hole = holes[text[:text.index(value)].count("\0")] if value == "\0" else None
        if hole and any(one.reserved for one in hole) and not wide:
            say("path: {+...} where the model's label is not greedy: a / in the value would be another path",
                "warning")
        if hole and wide and not any(one.reserved for one in hole):
            say("path: the label is greedy: {+...}")


# ---- paging ----

def check_page(entry, operation, answer, paginator, protocol, say):
    page = entry.get("page")
    batched = any(child.get("batch") for _, child in entry.parents)
    if page is None:
        if paginator and not batched and not entry.get("decode"):
            say("the model pages this (%s -> %s), the entry does not" % (
                listed(paginator["output_token"]), listed(paginator["input_token"])))
        elif not batched and not paginator:
            unsaid_page(operation, answer, protocol, say)
        return
    if not isinstance(page, dict) or not page.get("token_out"):
        say("page wants token_out")
        return
    outs, ins = listed(page["token_out"]), listed(page.get("token_in"))
    if ins and len(ins) != len(outs):
        say("page: as many token_in as token_out")
    for path in outs + listed(page.get("more")):
        try:
            shape = answer.find(answer.root, path)
        except (PathError, ValueError) as error:
            say("page: %s" % error)
            continue
        if path == page.get("more") and shape != FREE and shape.type_name != "boolean":
            say("page: more wants a boolean, %s is a %s" % (path, shape.type_name))
    if not ins and "{token" not in str(entry.get("request")):
        say("page: nothing takes the token")
    check_same_tokens(operation, answer, paginator, page, protocol, say)


def check_same_tokens(operation, answer, paginator, page, protocol, say):
    """Are they the paginator's own?"""
    if not paginator or operation.input_shape is None:
        return
    members = operation.input_shape.members
    theirs = {wire_name(one, members[one], protocol) for one in listed(paginator["input_token"]) if one in members}
    ours = set(str(one) for one in listed(page.get("token_in")))
    if ours and theirs and ours != theirs:
        say("page: token_in is %s, the paginator's %s" % (sorted(ours), sorted(theirs)))
    simple = [one for one in listed(paginator["output_token"]) if re.fullmatch(r"[A-Za-z.]+", one)]
    outs = [str(one) for one in listed(page["token_out"])]
    if simple and not answer.xml and answer.root is answer.shape:
        simple = [wire_name(one, answer.shape.members[one], "json") if one in answer.shape.members else one
                  for one in simple]
    if simple and len(simple) == len(outs) and outs != simple:
        say("page: token_out is %s, the paginator's %s" % (outs, simple))


def unsaid_page(operation, answer, protocol, say):
    """botocore has no paginator, yet tokens go in and come out."""
    if operation.input_shape is None or answer.root in (None, FREE) or answer.root.type_name != "structure":
        return
    outs = [name for name, shape in answer.members(answer.root).items()
            if re.fullmatch(r"next_?(page_?)?(token|marker)|marker|position", name, re.I) and shape.type_name == "string"]
    ins = [wire_name(name, one, protocol) for name, one in operation.input_shape.members.items()
           if re.fullmatch(r"(next|page|starting|continuation)?_?(token|marker)|position", name, re.I)]
    if outs and ins:
        say("it answers %s and takes %s: a page" % (outs[0], ins[0]))
