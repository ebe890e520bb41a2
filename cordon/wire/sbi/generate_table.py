#!/usr/bin/env python3
"""Turns the service catalogue into C++ tables: generate_table.py OPERATIONS DEVIATIONS OUTPUT.

Every oddity that would make two operations indistinguishable stops the build with a sentence naming both.
Without OUTPUT it prints the figures the README quotes.
"""
import json
import re
import sys

ACCESS = {"read", "write", "create", "remove"}

# Identifier syntax by parameter name (TS 29.571 5.3.2 without the catch-all `.+`; see identifier.h).
# A service may mean something else by the same name: the HSS files take IMS identities for ueId.
KINDS = {
    "supi": "supi",
    "supiOrSuci": "supi_or_suci",
    "ueId": "ue_id",
    "ueIdentity": "ue_id",
    "gpsi": "gpsi",
    "ueContextId": "ue_context_id",
    "nfInstanceID": "uuid",
    "pduSessionId": "pdu_session_id",
    "servingPlmnId": "plmn_id",
}
PLAIN = ("nhss-",)


def stop(message):
    sys.exit(f"generate_table.py: {message}")


def words(text):
    return [w for w in re.split(r"[^A-Za-z0-9_]+", text) if w]


def name_of(operation_id):
    """'Get 5G VN Group' -> 'Get5GVNGroup'; names that are names already stay as they are."""
    parts = words(operation_id)
    return parts[0] + "".join(p[0].upper() + p[1:] for p in parts[1:])


def derived_name(method, path):
    """Without operationId: POST /ue-authentications/{x}/eap-session -> PostUeAuthenticationsEapSession."""
    fixed = [s for s in path.split("/") if s and not s.startswith("{")]
    return method.capitalize() + "".join(w[0].upper() + w[1:] for s in fixed for w in words(s))


def corrected(services, corrections):
    for correction in corrections:
        found = [s for s in services if s["api"] == correction["api"]]
        if not found:
            stop(f"deviations.json: correction of unknown API '{correction['api']}'")
        for service in found:
            service.update(correction["set"])
    return services


def catalogue_operations(service):
    return [
        {"service": service["api"], "version": service["version"] or "", "method": method, "path": path, "id": id_,
         "access": access, "scopes": scopes, "producer": service["producer"], "spec": service["spec"],
         "callback": False}
        for method, path, id_, access, scopes in service["operations"]
    ]


def make_names_unique(operations):
    """'service:operationId'; a missing id is derived, a repeated one gets '_' and the derived name everywhere."""
    for op in operations:
        op["name"] = name_of(op["id"]) if op["id"] else derived_name(op["method"], op["path"])
    uses = {}
    for op in operations:
        uses.setdefault((op["service"], op["name"]), []).append(op)
    for same in uses.values():
        if len(same) > 1:
            for op in same:
                op["name"] += "_" + derived_name(op["method"], op["path"])
    seen = {}
    for op in operations:
        op["action"] = f"{op['service']}:{op['name']}"
        if op["action"] in seen:
            stop(f"action {op['action']} names both {seen[op['action']]} and {op['method']} {op['path']}")
        seen[op["action"]] = f"{op['method']} {op['path']}"


def deviating_operations(deviations, services):
    callbacks = {f"{s['api']}:{c[0]}" for s in services for c in s["callbacks"]}
    result = []
    for d in deviations:
        for member in ("reason", "source"):
            if not d.get(member):
                stop(f"deviations.json: {d['method']} {d['path']} has no {member}")
        callback = "callback_of" in d
        if callback and d["callback_of"] not in callbacks:
            stop(f"deviations.json: callback_of {d['callback_of']} is not in the catalogue")
        result.append({"service": d["api"], "version": d["version"], "method": d["method"], "path": d["path"],
                       "id": d["id"], "access": d.get("access", "create"), "producer": d["producer"],
                       "spec": d["spec"], "callback": callback, "scopes": [], "like": d.get("like")})
    return result


def take_scopes_of_models(operations):
    by_action = {op["action"]: op for op in operations}
    for op in operations:
        if op.get("like"):
            if op["like"] not in by_action:
                stop(f"deviations.json: like {op['like']} is not an action")
            op["scopes"] = by_action[op["like"]]["scopes"]


def segments_of(op):
    head = [op["service"], op["version"]] if op["version"] else []
    return head + [s for s in op["path"].split("/")[1:]]


def is_parameter(segment):
    return segment.startswith("{")


class Trie:
    """Node 0 is the root. A literal child and the one parameter child are told apart at each segment."""

    def __init__(self):
        self.nodes = [self.blank()]

    @staticmethod
    def blank():
        return {"edges": {}, "parameter": 0, "handlers": []}

    def child(self, node, segment):
        here = self.nodes[node]
        known = here["parameter"] if is_parameter(segment) else here["edges"].get(segment, 0)
        if known:
            return known
        self.nodes.append(self.blank())
        new = len(self.nodes) - 1
        if is_parameter(segment):
            here["parameter"] = new
        else:
            here["edges"][segment] = new
        return new

    def add(self, op, index):
        node = 0
        for segment in segments_of(op):
            if not re.fullmatch(r"\{[A-Za-z0-9]+\}|[A-Za-z0-9._~-]+", segment):
                stop(f"{op['action']}: segment '{segment}' is neither fixed text nor one whole parameter")
            node = self.child(node, segment)
        for method, _ in self.nodes[node]["handlers"]:
            if method == op["method"]:
                stop(f"{op['action']}: another operation has the same method and path {op['path']}")
        self.nodes[node]["handlers"].append((op["method"], index))

    def alias(self, service, version, existing):
        edges = self.nodes[self.nodes[0]["edges"][service]]["edges"]
        if version in edges or existing not in edges:
            stop(f"version {version} of {service} cannot stand for {existing}")
        edges[version] = edges[existing]


def kind_of(op, name):
    if op["service"].startswith(PLAIN):
        return "plain"
    return KINDS.get(name, "plain")


def load(operations_file, deviations_file):
    with open(operations_file, encoding="utf-8") as file:
        services = json.load(file)["services"]
    with open(deviations_file, encoding="utf-8") as file:
        deviations = json.load(file)
    services = corrected(services, deviations["corrections"])
    operations = [op for s in services for op in catalogue_operations(s)]
    from_source = len(operations)
    operations += deviating_operations(deviations["operations"], services)
    operations.sort(key=lambda op: (op["service"], op["version"], op["path"], op["method"]))
    make_names_unique(operations)
    take_scopes_of_models(operations)
    aliases = [(s["api"], v, s["version"]) for s in services for v in s["other_versions"]]
    for d in deviations["versions"]:
        aliases.append((d["api"], d["version"], next(s["version"] for s in services if s["api"] == d["api"])))
    figures = {"services": len(services), "source_operations": from_source, "operations": len(operations),
               "callbacks": sum(op["callback"] for op in operations), "aliases": len(aliases)}
    return operations, aliases, figures


def quote(text):
    return json.dumps(text)


def array(kind, name, rows):
    return [f"constexpr {kind} {name}[] = {{"] + [f"    {row}," for row in rows] + ["};"]


def operation_row(op, scope_at):
    scopes = f"{{kScopes + {scope_at[tuple(op['scopes'])]}, {len(op['scopes'])}}}"
    members = ("service", "version", "name", "action", "method", "path", "producer", "spec")
    return "{" + ", ".join(quote(op[m]) for m in members) + \
        f", Access::{op['access']}, {'true' if op['callback'] else 'false'}, {scopes}}}"


def scope_pool(operations):
    pool, at = [], {}
    for op in operations:
        key = tuple(op["scopes"])
        if key not in at:
            at[key] = len(pool)
            pool += key
    return pool, at


def trie_rows(trie):
    nodes, edges, handlers = [], [], []
    for node in trie.nodes:
        numbers = (len(edges), len(node["edges"]), len(handlers), len(node["handlers"]), node["parameter"])
        nodes.append("{" + ", ".join(map(str, numbers)) + "}")
        edges += [f"{{{quote(text)}, {child}}}" for text, child in sorted(node["edges"].items())]
        handlers += [str(index) for _, index in sorted(node["handlers"])]
    return nodes, edges, handlers


def parameter_rows(operations):
    slots, first = [], []
    for op in operations:
        first.append(len(slots))
        for segment in segments_of(op):
            if is_parameter(segment):
                name = segment[1:-1]
                slots.append(f"{{{quote(name)}, IdentifierKind::{kind_of(op, name)}}}")
    return slots, first + [len(slots)]


def table(operations, aliases, figures):
    for op in operations:
        if op["access"] not in ACCESS:
            stop(f"{op['action']}: unknown access '{op['access']}'")
    trie = Trie()
    for index, op in enumerate(operations):
        trie.add(op, index)
    for alias in aliases:
        trie.alias(*alias)
    pool, at = scope_pool(operations)
    nodes, edges, handlers = trie_rows(trie)
    slots, first = parameter_rows(operations)
    if max(len(nodes), len(edges), len(slots), len(handlers)) > 0xFFFF:
        stop("a table outgrew 16-bit indices")
    by_action = sorted(range(len(operations)), key=lambda i: operations[i]["action"])
    lines = ["// Made by cordon/wire/sbi/generate_table.py from catalogue/*.json. Do not edit."]
    lines += array("std::string_view", "kScopes", map(quote, pool))
    lines += array("Operation", "kOperations", (operation_row(op, at) for op in operations))
    lines += array("std::uint16_t", "kByAction", map(str, by_action))
    lines += array("Node", "kNodes", nodes) + array("Edge", "kEdges", edges)
    lines += array("std::uint16_t", "kHandlers", handlers)
    lines += array("Slot", "kSlots", slots) + array("std::uint16_t", "kFirstSlot", map(str, first))
    most = max(sum(is_parameter(s) for s in segments_of(op)) for op in operations)
    lines.append(f"static_assert({most} <= kMaxPathParameters);")
    figures = figures | {"nodes": len(nodes), "edges": len(edges)}
    lines.append("// " + ", ".join(f"{name} {value}" for name, value in figures.items()))
    return "\n".join(lines) + "\n"


def main(arguments):
    if len(arguments) not in (2, 3):
        sys.exit(__doc__)
    operations, aliases, figures = load(arguments[0], arguments[1])
    text = table(operations, aliases, figures)
    if len(arguments) == 2:
        print(text.splitlines()[-1][3:])
        return
    with open(arguments[2], "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
