#!/usr/bin/env python3
"""Makes the schema and the default rules of the service-based interface from their sources.

    tools/make_sbi_policy.py [--root FOLDER] [--check | --table FILE]

policies/vocabulary.cedarschema, the catalogue of wire/sbi and policies/matrix.tsv become policies/sbi.cedarschema;
the matrix and policies/guards.cedar become policies/sbi.cedar; cordon/policy/vectors/sbi_matrix.txt is the matrix
spelt out for tests. --check writes nothing and fails when one is stale. --table makes what the build of
cordon/enforcement includes.
"""
import argparse
import importlib.util
import json
import re
import sys
from collections import defaultdict
from pathlib import Path

WIDTH = 118
COLUMNS = ['id', 'asked', 'service', 'operations', 'consumers', 'owner', 'data', 'checked', 'source']
DATA_CLASSES = ['analytics', 'charging', 'credentials', 'events', 'identity', 'location', 'messages', 'policy',
                'session', 'slice', 'storage', 'subscription', 'topology']

# The catalogue names producers as the specifications do, certificates and profiles as NFType does.
NF_TYPE_OF = {'AAnF': 'AANF', 'SP-AF': 'SPAF', '5G PKMF': 'PKMF', 'PAnF': 'PANF', 'BSF (GBA)': 'GBA_BSF',
              'MF (IMS Media Function)': 'MF', 'SMS Router': 'SMS_ROUTER'}

# Parameters that name a subscriber, a network or a place: an operation with another one addresses what somebody made.
NOT_MADE = {'supi', 'supiOrSuci', 'ueId', 'ueIdentity', 'ueContextId', 'gpsi', 'imsUeId', 'impu', 'impi', 'ueGroupId',
            'realmId', 'storageId', 'plmnId', 'servingPlmnId', 'servingNetworkName', 'serviceType', 'hssAuthType',
            'smfId', 'nfId', 'nfInstanceID', 'afInstanceId', 'pduSessionId', 'extGroupId', 'externalGroupId'}

MADE_BY = 'Made by tools/make_sbi_policy.py: change {} and run it again.'


def stop(message):
    sys.exit(f'make_sbi_policy.py: {message}')


# === sources ===

def catalogue(root):
    """Every operation, named as the catalogue's own generator names it."""
    folder = root / 'cordon/wire/sbi'
    spec = importlib.util.spec_from_file_location('generate_table', folder / 'generate_table.py')
    generator = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(generator)
    return generator.load(folder / 'catalogue/operations.json', folder / 'catalogue/deviations.json')[0]


def nf_type_of(producer):
    return NF_TYPE_OF.get(producer, re.sub('[- ]', '_', producer))


def nf_types(vocabulary):
    return set(re.findall(r'"([^"]+)"', re.search(r'entity NfType enum \[(.*?)\]', vocabulary, re.DOTALL).group(1)))


def matrix(text):
    """Rows as dictionaries, with the comment that stands above them."""
    rows, remarks = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith('#'):
            remarks.append(line[1:].strip())
            continue
        cells = line.split('\t')
        if number == 1:
            if cells != COLUMNS:
                stop(f'matrix.tsv:1: the columns are {" ".join(COLUMNS)}')
            continue
        if len(cells) != len(COLUMNS) or not all(cells):
            stop(f'matrix.tsv:{number}: {len(COLUMNS)} filled columns are needed, "-" stands for none')
        row = dict(zip(COLUMNS, cells), line=number, remarks=remarks)
        remarks = []
        rows.append(row)
    return rows


class Model:
    """Operations, groups and rows, checked against each other."""

    def __init__(self, root):
        self.root = root
        self.vocabulary = (root / 'policies/vocabulary.cedarschema').read_text()
        self.guards = (root / 'policies/guards.cedar').read_text()
        self.operations = {op['action']: op for op in catalogue(root)}
        self.types = nf_types(self.vocabulary)
        self.groups_of = {action: self.own_groups(op) for action, op in self.operations.items()}
        self.rows = []
        self.targets = []
        for row in matrix((root / 'policies/matrix.tsv').read_text()):
            self.take(row)
        self.demand_complete()

    @staticmethod
    def own_groups(op):
        """What an operation belongs to whatever the matrix says: its scopes, its service, reading or modifying."""
        own = ['callback'] if op['callback'] else [op['service']]
        return list(dict.fromkeys(op['scopes'] + own + ['read' if op['access'] == 'read' else 'modify']))

    def fault(self, row, message):
        stop(f'matrix.tsv:{row["line"]}: {row["id"]}: {message}')

    def take(self, row):
        if any(row['id'] == other['id'] for other in self.rows + self.targets):
            self.fault(row, 'the id is taken')
        row['consumers'] = row['consumers'].split()
        for name in row['consumers']:
            if name not in self.types | {'any', 'nobody'}:
                self.fault(row, f'{name} is no NF type of vocabulary.cedarschema')
        if row['data'] not in DATA_CLASSES:
            self.fault(row, f'{row["data"]} is no data class ({", ".join(DATA_CLASSES)})')
        if row['checked'] not in ('yes', 'no'):
            self.fault(row, 'checked is yes or no')
        if row['operations'].startswith('target:'):
            row['targets'] = row['operations'].removeprefix('target:').split(',')
            for name in set(row['targets']) - self.types:
                self.fault(row, f'{name} is no NF type of vocabulary.cedarschema')
            self.targets.append(row)
            return
        row['actions'], row['scope'] = self.resolve(row)
        self.check_asked(row)
        self.add_groups(row)
        self.rows.append(row)

    def resolve(self, row):
        """The operations of a row, and how its rule names them: groups where they fit, else one by one."""
        actions, scope = [], []
        for word in row['operations'].split():
            found, name = self.named(row, word)
            if not found:
                self.fault(row, f'{row["service"]} has no {word}')
            actions += found
            scope.append(name)
        return sorted(set(actions)), scope

    def named(self, row, word):
        service = row['service']
        mine = {a: op for a, op in self.operations.items() if op['service'] == service and not op['callback']}
        if word == '*':
            return list(mine), service
        if word.startswith(':'):
            return [a for a in mine if service + word in self.groups_of[a]], service + word
        if word.startswith('/'):
            found = [a for a, op in mine.items() if (op['path'] + '/').startswith(word + '/')]
            for action in found:
                if service + word not in self.groups_of[action]:
                    self.groups_of[action].append(service + word)
            return found, service + word
        return [a for a in [f'{service}:{word}'] if a in self.operations], f'{service}:{word}'

    def check_asked(self, row):
        for action in row['actions']:
            op = self.operations[action]
            if not op['callback'] and nf_type_of(op['producer']) != row['asked']:
                self.fault(row, f'{action} is served by {nf_type_of(op["producer"])}')
        if row['asked'] not in self.types | {'any'}:
            self.fault(row, f'{row["asked"]} is no NF type of vocabulary.cedarschema')

    def add_groups(self, row):
        for action in row['actions']:
            groups = self.groups_of[action]
            groups += [g for g in ['data:' + row['data']] if g not in groups]
            made = set(re.findall(r'\{(\w+)\}', self.operations[action]['path'])) - NOT_MADE
            if row['owner'] == 'creator' and made and 'owned' not in groups:
                groups.append('owned')

    def demand_complete(self):
        listed = {action for row in self.rows for action in row['actions']}
        for action in sorted(set(self.operations) - listed):
            stop(f'matrix.tsv: no row has {action}; who may use it? ("nobody" is an answer)')

    def groups(self):
        return sorted({group for groups in self.groups_of.values() for group in groups})

    def consumers_by_type(self):
        """NF type -> the rows that let it ask; 'any' for the rows of everybody."""
        result = defaultdict(list)
        for row in self.rows:
            for name in row['consumers']:
                if name != 'nobody':
                    result[name].append(row)
        return result


# === the schema ===

def quoted(words):
    return ', '.join(json.dumps(word) for word in words)


def parameters(op):
    return tuple(dict.fromkeys(re.findall(r'\{(\w+)\}', op['path'])))


def context_name(names):
    return 'Asked' + ''.join('_' + name for name in names)


def context_type(names):
    path = ', '.join(f'{name}: String' for name in names)
    return f'''type {context_name(names)} = {{
  method: String, access: String, callback: Bool, path: {{ {path} }}, query: Query, body: Body, bodyKind: String,
  tls: Tls, now?: datetime, peer?: ipaddr, token?: Token, assertion?: Assertion, owner?: String,
  snssais?: Set<String>, threat?: Long, emergency?: Bool
}};'''


CONTEXT_NOTE = '''// What is asked, one type for each set of path parameters.
//   method    "GET"                        access    "read", "write", "create" or "remove"
//   callback  sent by a producer to the NF that asked for it
//   path      the parameters of the operation's path, decoded
//   bodyKind  "none", "json", "json-patch", "merge-patch", "multipart", "form" or "other" (not looked into)
//   now       when it was asked, with a token    peer      (later) the address it came from
//   owner     (later) the NF instance that made the addressed subscription, association or context
//   snssais   (later) the slices the request is about
//   threat    (later) 0 calm .. 4 under attack     emergency  an emergency service, says the caller (TS 23.501 5.16.4)'''

ACTION_NOTE = '''// Groups: services and their OAuth2 scopes (TS 33.501 13.4.1); "read" and "modify"; "data:..." what kind of data is
// moved (of the matrix); "owned" what only its creator may touch; "callback"; and parts of a service by path.'''


def schema_text(model):
    shapes = sorted({parameters(op) for op in model.operations.values()})
    lines = ['// The schema of the service-based interface: what policies of policies/sbi.cedar and your own may say.',
             '// ' + MADE_BY.format('vocabulary.cedarschema, matrix.tsv or the catalogue'), '', model.vocabulary.strip(),
             '', CONTEXT_NOTE]
    lines += [context_type(shape) for shape in shapes]
    lines += ['', ACTION_NOTE]
    lines += [f'action {json.dumps(group)};' for group in model.groups()]
    for action in sorted(model.operations):
        op = model.operations[action]
        lines.append(f'\n// {op["method"]} {op["path"]} ({op["spec"]})\n'
                     f'action {json.dumps(action)} in [{quoted(model.groups_of[action])}] appliesTo {{\n'
                     f'  principal: Nf, resource: Service, context: {context_name(parameters(op))}\n}};')
    return '\n'.join(lines) + '\n'


# === the rules ===

def wrapped(items, indent, first):
    """Items with commas, broken where a line would grow too long. `first`: columns used before them."""
    lines, line = [], ' ' * first
    for position, item in enumerate(items):
        piece = item + (',' if position + 1 < len(items) else '')
        if len(line) + len(piece) + 1 > WIDTH and line.strip():
            lines.append(line.rstrip())
            line = ' ' * indent
        line += piece + ' '
    lines.append(line.rstrip())
    return '\n'.join(lines).lstrip()


def entity(type_name, name):
    return f'{type_name}::{json.dumps(name)}'


def action_scope(names):
    if len(names) == 1:
        return f'action {"==" if ":" in names[0] and is_operation(names[0]) else "in"} {entity("Action", names[0])}'
    return 'action in [' + wrapped([entity('Action', name) for name in names], 13, 13) + ']'


OPERATIONS = set()


def is_operation(name):
    return name in OPERATIONS


def principal_scope(consumers):
    if len(consumers) == 1 and consumers != ['any']:
        return f'principal in {entity("NfType", consumers[0])}'
    return 'principal is Nf'


def permit(row):
    """One rule a row. Several consumers stand in a condition, so that an explanation can name the one that failed."""
    asked = 'resource' if row['asked'] == 'any' else f'resource in {entity("NfType", row["asked"])}'
    lines = [f'// {remark}' for remark in row['remarks']]
    lines.append(f'@id("{row["id"]}")')
    lines.append(f'@source({json.dumps(row["source"])})' + (' @checked("no")' if row['checked'] == 'no' else ''))
    lines.append(f'permit (\n  {principal_scope(row["consumers"])},\n  {action_scope(row["scope"])},\n  {asked}\n)')
    if len(row['consumers']) > 1:
        types = wrapped([entity('NfType', name) for name in row['consumers']], 23, 23)
        lines.append(f'when {{ principal in [{types}] }}')
    return '\n'.join(lines) + ';'


def owner_guard(row):
    """The rows whose owner is an attribute: it must be the caller's own instance."""
    part, name = row['owner'].split('.')
    value = f'context.{part}.{name}'
    return f'''@id("own-{row["id"]}")
@because("{name} is that of the certificate")
@source({json.dumps(row["source"])})
forbid (
  principal,
  {action_scope(row["scope"])},
  resource
)
when {{ context has {part}.{name} && {value} != principal.instance }};'''


def choices(by_type, attribute, value):
    """(principal.nfType == "AMF" && [...].contains(...)), one alternative a type."""
    lines = []
    for name in sorted(by_type):
        items = wrapped([json.dumps(word) for word in sorted(by_type[name])], 4, 4)
        short = f'  ({attribute} == "{name}" && [{items}].{value})'
        lines.append(short if len(short) + 3 <= WIDTH and '\n' not in short else
                     f'  ({attribute} == "{name}" &&\n   [{items}]\n     .{value})')
    return ' ||\n'.join(lines)


def partners(model):
    found = defaultdict(set)
    for name, rows in model.consumers_by_type().items():
        if name != 'any':
            found[name] |= {row['asked'] for row in rows} - {'any'}
    for row in model.targets:
        for name in row['consumers']:
            found[name] |= set(row['targets'])
    return {name: targets - {'NRF', name} for name, targets in found.items() if targets - {'NRF', name}}


def discovery_guard(model):
    value = 'contains(context.query["target-nf-type"])'
    return f'''// Whom a type asks for something, and whom it selects or notifies (the rows "target:" of the matrix).
@id("discover-partners-only")
@because("an NF searches only for the types its role talks to")
@source("TS 23.501 6.2, TS 23.502 5.2 (consumers of each service)") @threat("THR-004 THR-014")
forbid (principal, action == Action::"nnrf-disc:SearchNFInstances", resource)
when {{ context has query && context.query has "target-nf-type" }}
unless {{
  principal in [NfType::"SCP", NfType::"SEPP", NfType::"NRF"] ||
  ["SCP", "SEPP", "NRF", principal.nfType].contains(context.query["target-nf-type"]) ||
{choices(partners(model), "principal.nfType", value)}
}};'''


def services_of(op):
    """What its scopes name: "nudm-sdm:am-data:read" and "nudm-sdm" are both of "nudm-sdm". A callback has none."""
    return set() if op['callback'] else {scope.split(':')[0] for scope in op['scopes'] + [op['service']]}


def scopes_of(model, rows):
    return {name for row in rows for action in row['actions'] for name in services_of(model.operations[action])}


def role_scope_guard(model):
    by_type = model.consumers_by_type()
    everybody = scopes_of(model, by_type.pop('any'))
    own = {name: scopes_of(model, rows) | everybody for name, rows in by_type.items()}
    own = {name: scopes for name, scopes in own.items() if scopes - everybody}
    words = wrapped([json.dumps(word) for word in sorted(everybody)], 3, 3)
    return f'''// free5gc#732, #733: a scope nobody offers was granted to an AMF. #736: any scope to anybody.
@id("token-scopes-of-role")
@because("an NF asks for tokens only for the services its role uses")
@source("TS 33.501 13.4.1.1.2, TS 23.502 5.2 (consumers of each service)") @threat("THR-007 THR-014")
forbid (principal, action == Action::"nnrf-oauth2:AccessTokenRequest", resource)
when {{ context has body.services }}
unless {{
  [{words}]
    .containsAll(context.body.services) ||
{choices(own, "principal.nfType", "containsAll(context.body.services)")}
}};'''


def target_scope_guard(model):
    offered = defaultdict(set)
    for op in model.operations.values():
        offered[nf_type_of(op['producer'])] |= services_of(op)
    return f'''// free5gc#736: with targetNfType NRF no scope was checked at all.
@id("token-scopes-of-target")
@because("the scopes of a token request are services of its targetNfType")
@source("TS 29.510 5.4.2.2, 6.3.5.2.2") @threat("THR-007 THR-010")
forbid (principal, action == Action::"nnrf-oauth2:AccessTokenRequest", resource)
when {{ context has body.services && context has body.targetNfType }}
unless {{
{choices(offered, "context.body.targetNfType", "containsAll(context.body.services)")}
}};'''


RULES_NOTE = '''// Cordon's default rules for the service-based interface: which NF type may use which operation of which producer,
// and what each may say about itself. Deny by default; the `forbid` rules name the attack, so that a refusal reads
// well.
//
// A request, as the enforcement point puts it (sbi.cedarschema has every word, README.md explains them):
//   principal  Nf::"<instance>" in NfType::"<type>"; instance, nfType, name, hosts, plmn, slices
//   action     Action::"<service>:<operation id>" in its service, its OAuth2 scopes, "read" or "modify", "data:..."
//   resource   Service::"<producer instance>/<service>" in NfType::"<type>"; service, producer, producerType, plmn
//   context    method, access, callback, path {...}, query {...}, body {asserted identities}, tls {...}
//
// Annotations: @id names the rule in refusals and records, @because says it to a person, @source names the clause,
// @threat the threat of the catalogue it answers, @checked("no") that the clause was quoted from memory.'''


def rules_text(model):
    OPERATIONS.update(model.operations)
    parts = [RULES_NOTE + '\n//\n// ' + MADE_BY.format('matrix.tsv or guards.cedar'),
             '// ===== who may use what: one rule for each row of matrix.tsv =====']
    parts += [permit(row) for row in model.rows if row['consumers'] != ['nobody']]
    parts.append(model.guards.strip())
    parts.append('// ===== what follows from the matrix =====')
    parts += [owner_guard(row) for row in model.rows if re.match(r'(path|body)\.', row['owner'])]
    parts += [discovery_guard(model), target_scope_guard(model), role_scope_guard(model)]
    return '\n\n'.join(parts) + '\n'


# === the matrix for tests ===

def vectors_text(model):
    lines = ['# ' + MADE_BY.format('matrix.tsv'),
             '# Who may use what, one operation and producer a line: ACTION PRODUCER CONSUMERS ("any": every NF type).']
    allowed = defaultdict(set)
    for row in model.rows:
        for action in row['actions']:
            allowed[action, row['asked']] |= set(row['consumers']) - {'nobody'}
    for (action, asked), consumers in sorted(allowed.items()):
        lines.append(f'{action} {asked} {" ".join(sorted(consumers)) or "-"}')
    return '\n'.join(lines) + '\n'


# === the table for the enforcement point ===

def table_text(model):
    """For each operation, in the catalogue's order: the NF type that serves it and the groups it is in."""
    pool, at, rows = [], {}, []
    for action, op in model.operations.items():
        groups = tuple(model.groups_of[action])
        if groups not in at:
            at[groups] = len(pool)
            pool += groups
        rows.append(f'{{{json.dumps(nf_type_of(op["producer"]))}, {at[groups]}, {len(groups)}}}')
    lines = ['// ' + MADE_BY.format('policies/matrix.tsv or the catalogue')]
    for kind, name, items in (('std::string_view', 'kGroups', map(json.dumps, pool)), ('Row', 'kRows', rows)):
        lines += [f'constexpr {kind} {name}[] = {{'] + [f'    {item},' for item in items] + ['};']
    return '\n'.join(lines) + '\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--root', type=Path, default=Path(__file__).resolve().parent.parent)
    parser.add_argument('--check', action='store_true', help='only say whether the files are up to date')
    parser.add_argument('--table', type=Path, help='write the table of the enforcement point there, and nothing else')
    arguments = parser.parse_args()
    model = Model(arguments.root)
    if arguments.table:
        arguments.table.write_text(table_text(model))
        return 0
    stale = False
    for name, text in (('policies/sbi.cedarschema', schema_text(model)), ('policies/sbi.cedar', rules_text(model)),
                       ('cordon/policy/vectors/sbi_matrix.txt', vectors_text(model))):
        path = arguments.root / name
        if path.exists() and path.read_text() == text:
            continue
        stale = True
        if arguments.check:
            print(f'{name}: stale: run tools/make_sbi_policy.py', file=sys.stderr)
        else:
            path.write_text(text)
    return 1 if stale and arguments.check else 0


if __name__ == '__main__':
    sys.exit(main())
