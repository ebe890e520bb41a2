#!/usr/bin/env python3
"""Takes the facts of the 3GPP OpenAPI files that inspection needs: extract_schemas.py FOLDER CATALOGUE OUTPUT.

FOLDER holds the files (jdegre/5GC_APIs, branch Rel-18; a copy of your own, they are not part of this repository),
CATALOGUE is cordon/wire/sbi/catalogue, OUTPUT the schemas.json beside this script. Only names, types, required members,
enumerations, patterns, formats and ranges are taken; no descriptions, examples or other text.
Needs PyYAML. Run by hand when the catalogue moves to another release; the build reads its output.
"""
import glob
import json
import os
import re
import sys
import urllib.parse

import yaml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "wire", "sbi"))
from generate_table import corrected  # noqa: E402

FACTS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
         "pattern", "uniqueItems", "nullable", "readOnly", "writeOnly", "exclusiveMinimum", "exclusiveMaximum")
METHODS = ("get", "put", "post", "patch", "delete", "options", "head")


class Extractor:
    def __init__(self, folder):
        self.documents = {}
        for path in glob.glob(os.path.join(folder, "*.yaml")):
            with open(path, encoding="utf-8") as file:
                text = file.read().replace("\t", "  ")  # one file of Rel-18 holds a tab
            self.documents[os.path.basename(path)] = yaml.load(text, yaml.CBaseLoader)
        self.types, self.wanted = {}, []

    def resolve(self, file, reference):
        """-> (file, value, JSON pointer as a list)"""
        name, _, pointer = reference.partition("#")
        file = os.path.basename(name) or file
        value, steps = self.documents[file], pointer.strip("/").split("/")
        for step in steps:
            value = value[urllib.parse.unquote(step).replace("~1", "/").replace("~0", "~")]
        return file, value, steps

    def follow(self, file, value):
        while isinstance(value, dict) and "$ref" in value:
            file, value, _ = self.resolve(file, value["$ref"])
        return file, value

    def title(self, file):
        """TS29510_Nnrf_NFManagement.yaml -> Nnrf_NFManagement; of two CommonData that of TS 29.571 has the short name."""
        short = re.sub(r"^TS\d+_|\.yaml$", "", file)
        alike = sum(re.sub(r"^TS\d+_|\.yaml$", "", other) == short for other in self.documents)
        return short if alike == 1 or file.startswith("TS29571_") else file.removesuffix(".yaml")

    def type_name(self, file, reference):
        file, value, steps = self.resolve(file, reference)
        if isinstance(value, dict) and set(value) == {"$ref"}:
            return self.type_name(file, value["$ref"])
        title = self.title(file)
        name = f"{title}.{'.'.join(steps[2:] if steps[:2] == ['components', 'schemas'] else steps)}"
        if name not in self.types:
            self.types[name] = None
            self.wanted.append((name, file, value))
        return name

    def schema(self, file, value):
        if value in (None, "", {}) or not isinstance(value, dict):
            return {}
        if "$ref" in value:
            return {"$ref": self.type_name(file, value["$ref"])}
        result = {}
        if value.get("type") in ("object", "array", "string", "integer", "number", "boolean"):
            result["type"] = value["type"]
        if value.get("format") and value.get("type") == "string":
            result["format"] = value["format"]
        for key in FACTS:
            if key in value:
                result[key] = number_or_text(key, value[key])
        if "enum" in value:
            result["enum"] = [literal(each, value.get("type")) for each in value["enum"]]
        if "required" in value:
            result["required"] = sorted(set(value["required"]))
        if "properties" in value:
            result["properties"] = {name: self.schema(file, each) for name, each in sorted(value["properties"].items())}
        for key in ("items", "not"):
            if key in value:
                result[key] = self.schema(file, value[key])
        if "additionalProperties" in value:
            extra = value["additionalProperties"]
            result["additionalProperties"] = extra == "true" if isinstance(extra, str) else self.schema(file, extra)
        for key in ("allOf", "anyOf", "oneOf"):
            if key in value:
                result[key] = [self.schema(file, each) for each in value[key]]
        return result

    def types_of_all(self):
        while self.wanted:
            name, file, value = self.wanted.pop()
            self.types[name] = self.schema(file, value)
        return dict(sorted(self.types.items()))

    def contents(self, file, holder):
        result = {}
        for media, entry in (holder.get("content") or {}).items():
            if isinstance(entry, dict):
                result[media.strip().rstrip(":")] = self.schema(file, entry.get("schema"))
        return result

    def parameter(self, file, entry):
        file, entry = self.follow(file, entry)
        if entry.get("in") != "query":
            return None
        result = {"required": entry.get("required") == "true"}
        if "content" in entry:
            result["json"] = self.schema(file, next(iter(entry["content"].values())).get("schema"))
        else:
            result["schema"] = self.schema(file, entry.get("schema"))
        return entry["name"], result

    def operation(self, file, item, method):
        operation = item[method]
        result = {}
        parameters = [self.parameter(file, p) for p in item.get("parameters", []) + operation.get("parameters", [])]
        if any(parameters):
            result["query"] = dict(sorted(p for p in parameters if p))
        body_file, body = self.follow(file, operation.get("requestBody") or {})
        if body:
            result["request"] = self.contents(body_file, body)
            result["body_required"] = body.get("required") == "true"
        answers = {}
        for status, answer in operation.get("responses", {}).items():
            answer_file, answer = self.follow(file, answer)
            if status[0] in "2345" and isinstance(answer, dict) and answer.get("content"):
                contents = self.contents(answer_file, answer)
                contents.pop("application/problem+json", None)  # the same everywhere
                if contents:
                    answers[status] = contents
        if answers:
            result["responses"] = answers
        return result

    def callbacks(self, file, name):
        """The first operation of the callback of that name, wherever it is declared in the file."""
        for item_file, item in (self.follow(file, each) for each in self.documents[file]["paths"].values()):
            for operation in (item[m] for m in METHODS if m in item):
                for entry in (operation.get("callbacks") or {}).get(name, {}).values():
                    for method in METHODS:
                        if method in entry:
                            yield method.upper(), self.operation(item_file, entry, method)


def literal(value, kind):
    return int(value) if kind == "integer" else value


def number_or_text(key, value):
    if key == "pattern":
        return value
    if value in ("true", "false"):
        return value == "true"
    return float(value) if "." in value else int(value)


def main(arguments):
    if len(arguments) != 3:
        sys.exit(__doc__)
    extractor = Extractor(arguments[0])
    with open(os.path.join(arguments[1], "operations.json"), encoding="utf-8") as file:
        services = json.load(file)["services"]
    with open(os.path.join(arguments[1], "deviations.json"), encoding="utf-8") as file:
        services = corrected(services, json.load(file)["corrections"])
    operations, callbacks = {}, {}
    for service in services:
        file = service["file"].split(":")[1]
        paths = extractor.documents[file]["paths"]
        for method, path, *_ in service["operations"]:
            item_file, item = extractor.follow(file, paths.get(path) or {})
            if method.lower() in item:
                operations[f"{service['api']} {method} {path}"] = extractor.operation(item_file, item, method.lower())
        for name, *_ in service["callbacks"]:
            for method, callback in extractor.callbacks(file, name):
                callbacks.setdefault(f"{service['api']}:{name}", callback)
    problem = extractor.type_name("TS29571_CommonData.yaml", "#/components/schemas/ProblemDetails")
    types = extractor.types_of_all()
    with open(arguments[2], "w", encoding="utf-8") as file:
        file.write('{\n"problem": ' + json.dumps(problem))
        for title, rows in (("operations", operations), ("callbacks", callbacks), ("types", types)):
            lines = (f"{json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}" for name, row in rows.items())
            file.write(f',\n"{title}": {{\n' + ",\n".join(lines) + "\n}")
        file.write("\n}\n")
    print(f"{len(operations)} operations, {len(callbacks)} callbacks, {len(types)} types")


if __name__ == "__main__":
    main(sys.argv[1:])
