#!/usr/bin/env python3
"""Turns schemas.json into flat C++ tables: compile_schemas.py SCHEMAS CATALOGUE-FOLDER OUTPUT.

Index 0 of each table of facets means "none", node 0 means "anything". The operations stand in the order of the
catalogue's own table, so an operation's index serves both. schema.h tells what the columns mean.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "wire", "sbi"))
from generate_table import load, quote  # noqa: E402

TYPES = {"null": 1, "boolean": 2, "number": 4 | 8, "integer": 4, "string": 16, "array": 32, "object": 64}
ANYTHING = 127
NULLABLE = 128  # null fits, whatever else is said
CLOSED = 0xFFFF
NO_MAXIMUM = 0xFFFFFFFF
OPEN, UNIQUE = 1, 2
FORMATS = {
    "uuid": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "date-time": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
    "date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "byte": "^[A-Za-z0-9+/_-]*={0,2}$",
}


def stop(message):
    sys.exit(f"compile_schemas.py: {message}")


def name_hash(text):
    """json_name_hash of cordon/wire/json_tape.h."""
    data, mask = text.encode(), (1 << 64) - 1
    value = 0x9E3779B97F4A7C15 ^ len(data)
    for at in range(0, len(data), 8):
        value = ((value ^ int.from_bytes(data[at:at + 8], "little")) * 0xD6E8FEB86659FD93) & mask
        value ^= value >> 32
    return value & 0xFFFFFFFF


class Table:
    """Rows that repeat are stored once."""

    def __init__(self, *first):
        self.rows, self.at = [], {}
        for row in first:
            self.add(row)

    def add(self, row):
        if row not in self.at:
            self.at[row] = len(self.rows)
            self.rows.append(row)
        return self.at[row]


class Compiler:
    def __init__(self, types):
        self.types = types
        self.names = Table("")
        self.patterns = Table("")
        self.enumerations, self.enumeration_at = [], {}
        self.texts = Table((0, 0, 0, 0, NO_MAXIMUM, 0))
        self.ranges = Table(("0", "0", 0))
        self.arrays = Table((0, 0, NO_MAXIMUM, 0))
        self.combinations = Table((0, 0, 0, 0, 0, 0, 0))
        self.objects, self.members, self.lists = [(0, 0, 0, 0, 0, 0, NO_MAXIMUM)], [], [0]
        self.nodes = [(ANYTHING, 0, 0, 0, 0, 0, 0, 0)]
        self.anonymous, self.node_of = {}, {}

    # --- what a schema means -------------------------------------------------------------------------------------
    def resolved(self, schema):
        while "$ref" in schema:
            schema = self.types[schema["$ref"]]
        return schema

    def is_null(self, schema):
        return self.resolved(schema).get("enum") == ["null"]

    def is_bare_string(self, schema):
        return self.resolved(schema) == {"type": "string"}

    def simplified(self, schema):
        """anyOf of an enumeration and any string is TS 29.501 5.3.4's extensible enumeration."""
        if "$ref" in schema:
            return schema
        schema = dict(schema)
        for key in ("anyOf", "oneOf"):
            branches = schema.get(key)
            if not branches:
                continue
            if any(self.is_null(b) for b in branches):
                branches, schema["nullable"] = [b for b in branches if not self.is_null(b)], True
            closed = [b for b in branches if self.enumeration_of(b)]
            if len(branches) == 2 and len(closed) == 1 and any(self.is_bare_string(b) for b in branches):
                words, was_open = self.enumeration_of(closed[0])
                branches, schema = [], schema | {"type": "string", "enum": words, "open": True}
            if len(branches) == 1 and len(schema) == 1:
                return branches[0]
            schema[key] = branches
            if not branches:
                del schema[key]
        if set(schema) == {"allOf"} and len(schema["allOf"]) == 1:
            return schema["allOf"][0]
        return schema

    def enumeration_of(self, schema):
        schema = self.resolved(schema)
        if schema.get("type") == "string" and "enum" in schema:
            return schema["enum"], False
        if "anyOf" in schema:
            schema = self.simplified(schema)
            return (schema["enum"], True) if schema.get("open") else None
        return None

    # --- facets ----------------------------------------------------------------------------------------------------
    def text(self, s):
        if s.get("type", "string") != "string":
            return 0
        pattern = s.get("pattern") or FORMATS.get(s.get("format"), "")
        words = sorted(str(w) for w in s["enum"]) if "enum" in s and s["enum"] != ["null"] else []
        first = self.enumeration(tuple(words))
        return self.texts.add((self.patterns.add(pattern), first, len(words), s.get("minLength", 0),
                               s.get("maxLength", NO_MAXIMUM), OPEN if s.get("open") else 0))

    def enumeration(self, words):
        if words not in self.enumeration_at:
            self.enumeration_at[words] = len(self.enumerations)
            self.enumerations += words
        return self.enumeration_at[words]

    def range(self, s):
        flags = ("minimum" in s) | ("maximum" in s) << 1
        flags |= bool(s.get("exclusiveMinimum")) << 2 | bool(s.get("exclusiveMaximum")) << 3
        if s.get("type") == "integer" and "enum" in s:
            s = s | {"minimum": min(s["enum"]), "maximum": max(s["enum"])}
            flags = 3
        low, high = (f"{float(v)}L" if isinstance(v, float) else f"{v}.0L" for v in (s.get("minimum", 0), s.get("maximum", 0)))
        return self.ranges.add((low, high, flags)) if flags else 0

    def array(self, s):
        if s.get("type", "array") != "array" or not any(k in s for k in ("items", "minItems", "maxItems")):
            return 0
        return self.arrays.add((self.node(s.get("items", {})), s.get("minItems", 0), s.get("maxItems", NO_MAXIMUM),
                                UNIQUE if s.get("uniqueItems") else 0))

    def object(self, s):
        facts = ("properties", "required", "additionalProperties", "minProperties", "maxProperties")
        if s.get("type", "object") != "object" or not any(k in s for k in facts):
            return 0
        required, properties = s.get("required", []), s.get("properties", {})
        if len(required) > 64:
            stop("an object with more than 64 required members")
        in_request = in_response = 0
        rows = []
        for name in sorted(set(properties) | set(required)):
            member = self.resolved(properties.get(name, {}))
            bit = required.index(name) if name in required else 255
            if bit != 255:
                # OpenAPI 3.0.3 4.7.24.2: "If the property is marked as readOnly being true and is in the required
                # list, the required will take effect on the response only."
                in_request |= 0 if member.get("readOnly") else 1 << bit
                in_response |= 0 if member.get("writeOnly") else 1 << bit
            rows.append((self.names.add(name), self.node(properties.get(name, {})), bit))
        rows.sort()
        first = len(self.members)
        self.members += rows
        extra = s.get("additionalProperties", True)
        extra = CLOSED if extra is False else 0 if extra is True else self.node(extra)
        self.objects.append((first, len(rows), extra, in_request, in_response, s.get("minProperties", 0),
                             s.get("maxProperties", NO_MAXIMUM)))
        return len(self.objects) - 1

    def list(self, schemas):
        nodes = [self.node(each) for each in schemas]
        if not nodes:
            return 0, 0
        self.lists += nodes
        return len(self.lists) - len(nodes), len(nodes)

    def combination(self, s):
        if not any(k in s for k in ("allOf", "anyOf", "oneOf", "not")):
            return 0
        lists = [number for key in ("allOf", "anyOf", "oneOf") for number in self.list(s.get(key, []))]
        return self.combinations.add((*lists, self.node(s["not"]) if "not" in s else 0))

    # --- nodes -----------------------------------------------------------------------------------------------------
    def row(self, s, name):
        types = TYPES[s["type"]] if "type" in s else ANYTHING
        if s.get("nullable"):
            types |= TYPES["null"] | NULLABLE
        if s.get("enum") == ["null"]:
            types = TYPES["null"]
        return (types, self.text(s), self.range(s), self.array(s), self.object(s), self.combination(s), name, 0)

    def node(self, schema):
        """-> index. A named type keeps a node of its own; what is anonymous and alike shares one."""
        if schema == {}:
            return 0
        schema = self.simplified(schema)
        if "$ref" in schema:
            return self.named(schema["$ref"])
        key = json.dumps(schema, sort_keys=True)
        if key not in self.anonymous:
            self.anonymous[key] = len(self.nodes)
            self.nodes.append(None)
            self.nodes[self.anonymous[key]] = self.row(schema, 0)
        return self.anonymous[key]

    def named(self, name):
        if name not in self.node_of:
            self.node_of[name] = len(self.nodes)
            self.nodes.append(None)
            schema = self.simplified(self.types[name])
            if "$ref" in schema:  # a type that is another with "nullable" or a description
                target = self.named(schema["$ref"])
                schema = {"allOf": [schema]} if self.nodes[target] is None else None
                row = self.row(schema, 0) if schema else self.nodes[target]
                self.nodes[self.node_of[name]] = (*row[:6], name, 0)
            else:
                self.nodes[self.node_of[name]] = self.row(schema, name)
        return self.node_of[name]


MEDIA = {"application/json": 1, "application/json-patch+json": 2, "application/merge-patch+json": 3,
         "multipart/related": 4, "application/x-www-form-urlencoded": 5, "application/problem+json": 6,
         "application/3gppHal+json": 7, "multipart/parallel": 4, "multipart/mixed": 8, "*/*": 8}


def contents_of(compiler, entry):
    """Rows (status, media, node, binary parts); status 0 is the request."""
    for status, contents in [("0", entry.get("request", {}))] + sorted(entry.get("responses", {}).items()):
        for media, schema in contents.items():
            if media not in MEDIA:
                stop(f"media type {media} is not known")
            parts = 0
            if MEDIA[media] == 4:
                properties = compiler.resolved(schema).get("properties", {})
                parts = sum(name != "jsonData" for name in properties)
                schema = properties.get("jsonData", {})
            yield int(status.replace("XX", "00")), f"Media{{{MEDIA[media]}}}", compiler.node(schema), parts


def query_of(compiler, entry):
    for name, parameter in entry.get("query", {}).items():
        schema = parameter.get("json", parameter.get("schema", {}))
        yield quote(name), compiler.node(schema), str(parameter["required"]).lower(), str("json" in parameter).lower()


def operation_rows(compiler, source, operations):
    contents, queries, rows, uncovered = [], [], [], 0
    for op in operations:
        entry = source["operations"].get(f"{op['service']} {op['method']} {op['path']}")
        if entry is None:
            entry = source["callbacks"].get(op.get("callback_of", ""))
        known, entry = entry is not None, entry or {}
        uncovered += not known
        first, first_query = len(contents), len(queries)
        contents += contents_of(compiler, entry)
        queries += query_of(compiler, entry)
        body = 0 if not known else 1 if not entry.get("request") else 3 if entry["body_required"] else 2
        rows.append((first, len(contents) - first, first_query, len(queries) - first_query,
                     f"RequestBody{{{body}}}"))
    return contents, queries, rows, uncovered


def array(kind, name, rows):
    lines = [f"constexpr {kind} {name}[] = {{"]
    for row in rows:
        lines.append(f"{row}," if isinstance(row, (str, int)) else "{" + ",".join(str(v) for v in row) + "},")
    return lines + ["};"]


def hash_slots(names):
    slots = [0] * (1 << (2 * len(names)).bit_length())
    for index, name in enumerate(names):
        at = name_hash(name) % len(slots)
        while index and slots[at]:
            at = (at + 1) % len(slots)
        if index:
            slots[at] = index
    return slots


def callback_names(catalogue):
    with open(os.path.join(catalogue, "deviations.json"), encoding="utf-8") as file:
        return {(d["api"], d["method"], d["path"]): d["callback_of"]
                for d in json.load(file)["operations"] if "callback_of" in d}


def main(arguments):
    if len(arguments) != 3:
        sys.exit(__doc__)
    with open(arguments[0], encoding="utf-8") as file:
        source = json.load(file)
    catalogue = arguments[1]
    operations, _, _ = load(os.path.join(catalogue, "operations.json"), os.path.join(catalogue, "deviations.json"))
    callbacks = callback_names(catalogue)
    for op in operations:
        op["callback_of"] = callbacks.get((op["service"], op["method"], op["path"]), "")
    compiler = Compiler(source["types"])
    contents, queries, rows, uncovered = operation_rows(compiler, source, operations)
    problem = compiler.named(source["problem"])
    if max(len(compiler.nodes), len(compiler.members), len(compiler.enumerations), len(queries)) >= 0xFFFF:
        stop("a table outgrew 16-bit indices")
    titles = Table("")
    nodes = [(*row[:6], titles.add(row[6] or "")) for row in compiler.nodes]
    lines = ["// Made by cordon/inspection/schemas/compile_schemas.py from schemas.json. Do not edit."]
    lines += array("std::string_view", "kNames", map(quote, compiler.names.rows))
    lines += array("std::uint16_t", "kNameSlots", hash_slots(compiler.names.rows))
    lines += array("std::string_view", "kPatterns", map(quote, compiler.patterns.rows))
    lines += array("std::string_view", "kEnumerations", map(quote, compiler.enumerations))
    lines += array("std::string_view", "kTitles", map(quote, titles.rows))
    lines += array("TextFacet", "kTexts", compiler.texts.rows) + array("RangeFacet", "kRanges", compiler.ranges.rows)
    lines += array("ArrayFacet", "kArrays", compiler.arrays.rows)
    lines += array("ObjectFacet", "kObjects", ((*o[:3], f"{o[3]}U", f"{o[4]}U", *o[5:]) for o in compiler.objects))
    lines += array("Member", "kMembers", compiler.members) + array("std::uint16_t", "kLists", compiler.lists)
    lines += array("Combination", "kCombinations", compiler.combinations.rows) + array("Node", "kNodes", nodes)
    lines += array("Content", "kContents", contents) + array("QueryParameter", "kQueries", queries)
    lines += array("OperationSchema", "kOperations", rows)
    lines.append(f"constexpr std::uint16_t kProblem = {problem};")
    lines.append(f"// operations {len(rows)}, without schema {uncovered}, nodes {len(nodes)}, members "
                 f"{len(compiler.members)}, names {len(compiler.names.rows)}, patterns {len(compiler.patterns.rows)}")
    with open(arguments[2], "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print(lines[-1][3:])


if __name__ == "__main__":
    main(sys.argv[1:])
