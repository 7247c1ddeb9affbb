"""botocore's service models, asked as the linter asks: protocols, wire names, and paths of shapes.

A document is what wgo's decoders hand on: of the JSON protocols the body as it is (wire names), of the XML
protocols the members under the model's names, headers among them.
"""
import re

import botocore.exceptions
import botocore.session

from catalog_reader import path_parts

XML = ("query", "ec2", "rest-xml")
# Whatever these hold (policies, documents), paths below them are not the model's to know.
FREE = "anything"


class PathError(Exception):
    pass


class Models:
    def __init__(self):
        self.session = botocore.session.get_session()
        self.loader = self.session.get_component("data_loader")
        self.services, self.paginators = {}, {}

    def service(self, name):
        if name not in self.services:
            try:
                self.services[name] = self.session.get_service_model(name)
            except botocore.exceptions.UnknownServiceError:
                self.services[name] = None
        return self.services[name]

    def paginator(self, service, call):
        if service not in self.paginators:
            try:
                self.paginators[service] = self.loader.load_service_model(service, "paginators-1")["pagination"]
            except botocore.exceptions.UnknownServiceError:
                self.paginators[service] = {}
        return self.paginators[service].get(call)


def listed(value):
    return [] if value is None else value if isinstance(value, list) else [value]


def wire_name(name, shape, protocol):
    """The name of a member 'shape', called 'name' by the model, in a request or a JSON answer."""
    given = shape.serialization.get("name")
    if protocol == "ec2":
        if "queryName" in shape.serialization:
            return shape.serialization["queryName"]
        return given[0].upper() + given[1:] if given else name
    return given or name


def in_place(operation, place):
    """Members of the input at 'place' ("querystring", "header", "uri", or None: the body), by wire name."""
    shape = operation.input_shape
    if shape is None:
        return {}
    members = shape.members
    if place is None and shape.serialization.get("payload"):
        payload = members[shape.serialization["payload"]]
        return {wire_name(name, one, "json"): one for name, one in payload.members.items()} \
            if payload.type_name == "structure" else {}
    return {wire_name(name, one, "json"): one for name, one in members.items()
            if one.serialization.get("location") == place}


def is_free(shape):
    return shape == FREE or getattr(shape, "is_document_type", False) or (
        shape.type_name == "string" and (shape.serialization.get("jsonvalue") or re.search(
            r"policy.*document|^policy$|jsonvalue", shape.name, re.I) is not None))


class Answer:
    """The document that an operation answers with."""

    def __init__(self, operation, protocol):
        self.xml = protocol in XML
        self.shape = operation.output_shape
        self.root = self.shape
        payload = self.shape.serialization.get("payload") if self.shape is not None else None
        if payload and not self.xml:
            self.root = self.shape.members[payload]
            if self.root.type_name in ("blob", "string"):
                self.root = FREE

    def members(self, shape):
        if self.xml:
            return dict(shape.members)
        return {wire_name(name, one, "json"): one for name, one in shape.members.items()
                if shape is not self.shape or one.serialization.get("location") is None}

    def step(self, shape, name, path):
        if name == "*":
            if shape.type_name == "map":
                return shape.value
            raise PathError("%s: * where there is no map" % path)
        if shape.type_name == "map":
            return shape.value
        if shape.type_name != "structure":
            raise PathError("%s: %s is no structure" % (path, shape.type_name))
        members = self.members(shape)
        if name not in members:
            raise PathError("%s: no member %s (there are: %s)" % (path, name, ", ".join(members) or "none"))
        return members[name]

    def find(self, shape, path, at_end_list=False):
        """The shape at 'path' below 'shape'. A list may end it only with 'at_end_list'."""
        if shape is None:
            raise PathError("%s: the operation answers nothing" % path)
        parts = path_parts(path)
        for number, (name, lists) in enumerate(parts):
            if shape == FREE or is_free(shape):
                return FREE
            if name:
                shape = self.step(shape, name, path)
            for _ in range(lists):
                if shape == FREE or is_free(shape):
                    return FREE
                if shape.type_name != "list":
                    raise PathError("%s: [] where there is no list" % path)
                shape = shape.member
            last = number == len(parts) - 1
            if shape != FREE and shape.type_name == "list" and not (last and at_end_list):
                raise PathError("%s: %s is a list and wants []" % (path, name))
        return shape


# ---- query and ec2: names of forms ----

def form_member(operation, name, protocol):
    """The input's shape that the form's 'name' means; PathError where it means none. N and numbers count lists."""
    shape, rest = operation.input_shape, name.split(".")
    if shape is None:
        raise PathError("%s: the operation takes nothing" % name)
    while rest:
        if shape.type_name == "structure":
            shape, rest = structure_member(shape, rest, name, protocol)
        elif shape.type_name == "list":
            shape, rest = list_member(shape, rest, name, protocol)
        elif shape.type_name == "map":
            shape, rest = map_member(shape, rest, name)
        else:
            raise PathError("%s: nothing is below %s" % (name, shape.type_name))
    return shape


def structure_member(shape, rest, name, protocol):
    for member, one in shape.members.items():
        given = wire_name(member, one, protocol)
        if protocol == "query" and one.type_name == "list" and one.serialization.get("flattened"):
            given = one.member.serialization.get("name") or given
        if given == rest[0]:
            return one, rest[1:]
    raise PathError("%s: no parameter %s (there are: %s)" % (
        name, rest[0], ", ".join(wire_name(member, one, protocol) for member, one in shape.members.items())))


def list_member(shape, rest, name, protocol):
    if protocol != "ec2" and not shape.serialization.get("flattened"):
        between = shape.member.serialization.get("name") or "member"
        if rest[0] != between:
            raise PathError("%s: the list's elements are called %s.N" % (name, between))
        rest = rest[1:]
    if not rest or not re.fullmatch(r"N|[1-9][0-9]*", rest[0]):
        raise PathError("%s: a list wants a number or N" % name)
    return shape.member, rest[1:]


def map_member(shape, rest, name):
    if not shape.serialization.get("flattened"):
        if rest[0] != "entry":
            raise PathError("%s: the map's pairs are called entry.N" % name)
        rest = rest[1:]
    key = shape.key.serialization.get("name") or "key"
    value = shape.value.serialization.get("name") or "value"
    if len(rest) < 2 or not re.fullmatch(r"N|[1-9][0-9]*", rest[0]) or rest[1] not in (key, value):
        raise PathError("%s: a map wants N.%s and N.%s" % (name, key, value))
    return (shape.key if rest[1] == key else shape.value), rest[2:]
