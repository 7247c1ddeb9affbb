"""What Microsoft's Python packages say about Azure Resource Manager: requests and the shapes of answers.

Models(folder) reads the wheels (or unpacked packages) of azure-mgmt-* in `folder`. Nothing of them is run: their
generated operations hold method, path, api-version and parameters, their models the members of answers, in one
of three generations of the same generator. A package is read when a namespace that it serves is asked for.
"""
import os
import re
import zipfile

NAMESPACE = re.compile(r"/providers/([A-Za-z]+\.[A-Za-z0-9.]+)")
BUILDER = re.compile(r"^def build_(\w+)_request\(", re.M)
METHOD = re.compile(r"^    (?:async )?def (\w+)\(", re.M)
URL = re.compile(r"""_?url = (?:kwargs\.pop\(\s*['"]template_url['"],\s*)?((?:\(?\s*['"][^'"]*['"]\s*)+)""")
OLD_URL = re.compile(r"""\.metadata = \{['"]url['"]: ((?:\s*['"][^'"]*['"])+)\}""")
VERSION = re.compile(r"""['"]api[-_]version['"], ['"]([0-9][\w-]+)['"]|\bapi_version\b[^=\n]*= ['"]([0-9][\w-]+)['"]""")
VERB = re.compile(r"""HttpRequest\(\s*(?:method=)?['"]([A-Z]+)['"]|self\._client\.(get|post|put|delete|head|patch)\(""")
PARAMETER = re.compile(r"""(?:_params|query_parameters|_query_parameters)\[['"]([^'"]+)['"]\]""")
ANSWER = re.compile(
    r"""_deserialize\(\s*(?:(?:_models|models)\.)?(?:['"])?([\w\[\]., ]+?)(?:['"])?,\s*(?:pipeline_response|response)"""
    r"""|_deserialize\(\s*((?:[Ll]ist\[)?_models\.\w+\]?),""")
CLASS = re.compile(r"^class (\w+)\(([^)]*)\):", re.M)
# What can be asked of any resource.
EXTENSION = re.compile(r"(?:/\{\}|/subscriptions/\{\}/resourcegroups/\{\}/providers/\{\}/\{\}/\{\})(/providers/.*)")
MEMBER = re.compile(r"""^    (\w+): ((?:[^=]|\n)+?) = \(?\s*rest_(?:field|discriminator)\(([^)]*)\)""", re.M)
MAPPED = re.compile(r"""['"](\w+)['"]: \{\s*['"]key['"]: ['"]([^'"]+)['"],\s*['"]type['"]: ['"]([^'"]+)['"],?\s*\}""")
LITERAL = re.compile(r"""['"]([^'"]*)['"]""")


def pattern(path):
    """A path to compare by: parameters have no names, case does not matter."""
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/").lower()


def joined(text):
    return "".join(LITERAL.findall(text))


class Operation:
    def __init__(self, package, method, path, version, parameters, answer, paged):
        self.package, self.method, self.path, self.version = package, method, path, version
        self.parameters, self.answer, self.paged = parameters, answer, paged


class Shape:
    """A type of an answer: a class, or what lists and maps of it are made of."""

    def __init__(self, name, lists=0, is_map=False):
        self.name, self.lists, self.map = name, lists, is_map


def shape_of(text):
    """The type that one of the generators writes: List["_models.X"], [X], {str}, dict[str, "_models.X"]."""
    text = re.sub(r"""['"\s]|_models\.|models\.""", "", text)
    while True:
        inner = re.fullmatch(r"(?:Optional|Union|Literal)\[(.*)\]", text)
        if not inner:
            break
        text = inner.group(1).split(",")[0] if not text.startswith("Optional") else inner.group(1)
    lists = 0
    while True:
        inner = re.fullmatch(r"(?:[Ll]ist)?\[(.*)\]", text)
        if not inner:
            break
        lists, text = lists + 1, inner.group(1)
    inner = re.fullmatch(r"[Dd]ict\[str,(.*)\]|[Dd]ict\[(.*)\]|\{(.*)\}", text)
    if inner:
        below = shape_of(next(one for one in inner.groups() if one is not None))
        return Shape(below.name, lists, True)
    return Shape(text, lists)


class ModelSet:
    """The classes of one api version's models."""

    def __init__(self, text):
        self.classes, self.below = {}, {}
        at = list(CLASS.finditer(text))
        for index, match in enumerate(at):
            end = at[index + 1].start() if index + 1 < len(at) else len(text)
            bases = [base.strip().split(".")[-1] for base in match.group(2).split(",")
                     if "=" not in base and not re.search(r"(_model_base|_serialization|msrest\S*)\.", base)]
            self.classes[match.group(1)] = (bases, text[match.end():end])
            for base in bases:
                self.below.setdefault(base, []).append(match.group(1))
        self.read = {}

    def own(self, name):
        """{json name or dotted path: Shape} that the class itself says."""
        if name not in self.read:
            members = {}
            body = self.classes[name][1]
            for attribute, kind, rest in MEMBER.findall(body):
                renamed = re.search(r"""name=['"]([^'"]+)['"]""", rest)
                members[renamed.group(1) if renamed else attribute] = shape_of(kind)
            for _attribute, key, kind in MAPPED.findall(body.replace("\\\\.", "\0")):
                members[key] = shape_of(kind)
            self.read[name] = members
        return self.read[name]

    def refined(self, name):
        """True where a member of the class says which of the classes below it an answer is."""
        return name in self.classes and any(
            word in self.classes[name][1] for word in ("rest_discriminator(", "_subtype_map", "__mapping__"))

    def family(self, name, with_below=True):
        """The class, those it is made from, and those that refine it."""
        queue, seen = [name], []
        while queue:
            one = queue.pop(0)
            if one in self.classes and one not in seen:
                seen.append(one)
                queue += self.classes[one][0]
        queue = list(self.below.get(name, ())) if with_below and self.refined(name) else []
        while queue:
            one = queue.pop(0)
            if one not in seen:
                seen.append(one)
                queue += self.below.get(one, ())
        return seen

    def members(self, name, with_below=True):
        found = {}
        for one in self.family(name, with_below):
            for key, shape in self.own(one).items():
                found.setdefault(key, shape)
        return found

    def step(self, shape, name):
        """The shapes of a member. Where a schema is flattened ("properties.vmId"), a step may end between."""
        klass, prefix = shape.name[1:].split("\1") if shape.name.startswith("\1") else (shape.name, "")
        key, found = (prefix + "." if prefix else "") + name, []
        for one in self.family(klass):
            for path, member in self.own(one).items():
                path = path.replace("\0", ".")
                if path == key:
                    found.append(member)
                elif path.startswith(key + ".") and not any(other.name.startswith("\1") for other in found):
                    found.append(Shape("\1%s\1%s" % (klass, key)))
        return found

    def open(self, shape):
        """True of a type whose members no schema names (object, JSON, Any)."""
        return not shape.name.startswith("\1") and shape.name not in self.classes and \
            shape.name.lower() in ("object", "json", "any", "mutablemapping[str,any]", "iodict")


class Package:
    def __init__(self, name, texts):
        self.name, self.texts = name, texts
        self.version = "?"
        self.sets = {}

    def models(self, folder):
        if folder not in self.sets:
            self.sets[folder] = ModelSet("\n".join(text for path, text in sorted(self.texts().items())
                                                   if os.path.dirname(path) == folder + "/models"
                                                   and "enum" not in os.path.basename(path)))
        return self.sets[folder]

    def operations(self):
        for path, text in sorted(self.texts().items()):
            folder, name = os.path.split(path)
            if os.path.basename(folder) == "operations" and name != "_patch.py":
                yield from self.read(os.path.dirname(folder), text)

    def read(self, folder, text):
        default = default_version(self.texts(), folder)
        built = {}
        at = list(BUILDER.finditer(text))
        for index, match in enumerate(at):
            end = at[index + 1].start() if index + 1 < len(at) else None
            body = text[match.end():end]
            body = re.split(r"^class ", body, maxsplit=1, flags=re.M)[0]
            url, verb = URL.search(body), VERB.search(body)
            if url and verb:
                built[match.group(1)] = (verb.group(1), joined(url.group(1)), version_in(body) or default,
                                         set(PARAMETER.findall(body)))
        at = list(METHOD.finditer(text))
        for index, match in enumerate(at):
            body = text[match.end():at[index + 1].start() if index + 1 < len(at) else None]
            if "prepare_request" in body or "def prepare" in body:
                pass
            yield from self.method(folder, body, built, default)

    def method(self, folder, body, built, default):
        call = re.search(r"build_(\w+)_request\(", body)
        old = OLD_URL.search(body)
        if call and call.group(1) in built:
            verb, path, version, parameters = built[call.group(1)]
        elif old and VERB.search(body):
            verb, path, version = (VERB.search(body).group(1) or VERB.search(body).group(2)).upper(), \
                joined(old.group(1)), version_in(body) or default
            parameters = set(PARAMETER.findall(body))
        else:
            return
        answers = [one or two for one, two in ANSWER.findall(body) if "Error" not in (one or two)]
        element = re.search(r"list_of_elem = _deserialize\(\s*([\w\[\]. ]+),", body)
        answer = element.group(1) if element else answers[0] if answers else None
        paged = None
        if "list_of_elem" in body:
            items = re.search(r"""deserialized(?:\.get\(|\[)['"](\w+)['"]|list_of_elem = deserialized\.(\w+)""", body)
            link = re.search(r"""return deserialized\.get\(['"]([\w@.]+)['"]|return (?:deserialized\.(\w+) or )?None""",
                             body)
            paged = (next((one for one in items.groups() if one), None) if items else None,
                     next((one for one in link.groups() if one), None) if link else None)
        yield Operation(self, verb, "/" + path.lstrip("/"), version, parameters,
                        (folder, shape_of(answer), bool(element)) if answer else None, paged)


def version_in(body):
    match = VERSION.search(body)
    return (match.group(1) or match.group(2)) if match else None


def default_version(texts, folder):
    for path, text in texts.items():
        if os.path.dirname(path) == folder and os.path.basename(path).startswith("_") and \
                path.endswith("_configuration.py"):
            return version_in(text)
    return None


WANTED = re.compile(r"(?<!/aio)/(operations|models)/[^/]+\.py$|/_configuration\.py$")


def texts_of(path):
    """A function that gives {path: text} of a wheel's operations, models and configurations, once."""
    kept = {}

    def texts():
        if not kept:
            with zipfile.ZipFile(path) as wheel:
                for name in wheel.namelist():
                    if WANTED.search("/" + name) and "/aio/" not in name:
                        kept[name] = wheel.read(name).decode("utf-8", "replace")
        return kept
    return texts


class Models:
    """Every package of a folder of wheels; `find` looks a request up."""

    def __init__(self, folder):
        self.packages, self.by_path, self.extension = [], {}, {}
        for name in sorted(os.listdir(folder)):
            match = re.match(r"(azure_mgmt_[a-z_0-9]+)-([0-9][\w.]*)-.*\.whl$", name)
            if match:
                package = Package(match.group(1).replace("_", "-"), texts_of(os.path.join(folder, name)))
                package.version = match.group(2)
                self.packages.append(package)
        for package in self.packages:
            for operation in package.operations():
                path = pattern(operation.path)
                self.by_path.setdefault((operation.method, path), []).append(operation)
                extension = EXTENSION.match(path)
                if extension:
                    self.extension.setdefault((operation.method, extension.group(1)), []).append(operation)

    def find(self, method, path):
        """The operations that ask `path`, those with the newest version first."""
        path = pattern(path)
        found = self.by_path.get((method, path), [])
        if not found and "/default" in path:  # some schemas say that the name is a parameter
            found = self.by_path.get((method, path.replace("/default", "/{}")), [])
        if not found:
            at = path.rfind("/providers/")
            found = self.extension.get((method, path[at:]), []) if at >= 0 else []
        return sorted(found, key=lambda one: (one.version or "", "preview" not in (one.version or "")), reverse=True)

    def item(self, operation):
        """(ModelSet, Shape, items path, next link) of what an operation lists, or of the one thing it gives."""
        folder, shape, element = operation.answer
        models = operation.package.models(folder)
        if element:
            return models, Shape(shape.name, 0, False), operation.paged[0] or "value", operation.paged[1]
        members = models.members(shape.name) if shape.name in models.classes else {}
        value = members.get("value")
        if value is not None and value.lists:
            link = "nextLink" if "nextLink" in members else \
                "@nextLink" if "@nextLink" in members else None
            return models, Shape(value.name), "value", link
        return models, shape, None, None
