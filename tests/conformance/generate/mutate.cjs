// Small damage: to text, token by token, and to JSON trees, member by member. Some of it leaves the input valid.
'use strict';
const { object } = require('./json.cjs');

const TOKEN = /\s+|\/\/[^\n]*|"(?:\\[^]|[^"\\])*"|[A-Za-z_]\w*|\d+|::|==|!=|<=|>=|&&|\|\||[^]/gu;

const POLICY_TOKENS = ['permit', 'forbid', 'when', 'unless', 'principal', 'action', 'resource', 'context', 'if', 'then', 'else', 'in', 'is', 'has', 'like', 'true',
  'false', '(', ')', '[', ']', '{', '}', ',', ';', ':', '::', '.', '@', '==', '=', '!=', '<', '<=', '>', '>=', '&&', '||', '&', '|', '!', '-', '+', '*', '/', '%', '!!!!', '-----',
  '?principal', '?resource', '?x', '?', '"a"', '"\\q"', '"\\u{110000}"', '"\\u{d800}"', '"\\x80"', '"\\x7f"', '"\\x7"', '"\\*"', '"\\u{}"', '"\\u{0000041}"', '"\\u0041"', '"\\\n"', '"',
  '9223372036854775807', '9223372036854775808', '9223372036854775809', '007', '1.5', '1e3', '0x1', '1_000', '__cedar', '__cedar::X', 'ip("1.1.1.1")', 'foo()', 'ip', 'é', '#', '//',
  '/*', '*/', '\u00a0', '\u2028', '\ufeff', '\0', 'User', 'User::"a"', 'User::a', 'App::User::"a"', '::"x"', '$', "'a'", '.foo()', '.isEmpty()', '.isEmpty(1)', '.contains(1)',
  '.contains()', '.contains(1,2)', '.isIpv4(1)', '.ip("x")', '.lessThan(decimal("1.0"))', 'decimal("1.0", 1)', 'decimal()', 'contains(1)', 'lessThan(1, 2)', '@id("x")', '@id', '@id()',
  'is User', 'is User in User::"a"', 'has a', 'has a.b', 'has "a b"', 'has a["b"]', 'has a."b"', 'has "a".b', 'has if', 'like "*"', 'like "\\*"', 'like a', 'is A::B', 'is "A"', 'in [1]', 'in []', '["a"]',
  '[1]', '["if"]', '.if', '.then', '{a:1}', '{"a b":1,}', '{a:1,a:2}', '{if:1}', '{}', '[]', '[1,]', '[,]', 'context.a', 'principal.b', '1 == 1', '1 < 2 < 3', '1 + 2 * 3 - 4', '1 - -1', '!!true', '- -1',
  'if true then 1 else 2', '&& if true then true else false', '|| true && false', '!principal.a', '-context.a', '(true)', '((1))', '5 in 5', 'principal is', 'action in [Action::"view"]',
  'action == ?principal', 'principal == ?resource', 'resource == ?resource', 'principal in ?principal', 'action in ?resource', 'principal is User in ?principal', 'permit(principal,action,resource);',
  'datetime("2024-01-01")', 'duration("1h").toDays()', 'ip("1.2.3.4").isInRange(ip("1.0.0.0/8"))', '.hasTag("a")', '.getTag("a")', '.getTag()', '.offset(duration("1h"))', 'Set', 'Long'];

const SCHEMA_TOKENS = ['entity', 'action', 'type', 'namespace', 'in', 'appliesTo', 'principal', 'resource', 'context', 'tags', 'enum', 'attributes', 'Set', 'Set<Long>', 'Set<>', 'Set<Set<Bool>>', '<', '>',
  '?', '=', '?:', ':', '::', ',', ';', '{', '}', '{}', '[', ']', '[]', '["a"]', '["a", "a"]', '[""]', '"a"', '""', '"\\u{e9}"', '"\\q"', 'Long', 'Bool', 'Boolean', 'String', 'decimal', 'ipaddr', 'datetime', 'duration',
  '__cedar::Long', '__cedar', '__cedar::Nope', 'Entity', 'Record', 'Extension', 'User', 'Doc', 'App::User', 'Nope', 'Action', 'Action::"view"', 'App::Action::"view"', 'Names', 'Info', '@doc("x")', '@doc', '@', '//', '/*', 'é', '1',
  'entity Q;', 'entity Q, R;', 'entity Q in [Q];', 'entity Q enum ["a","b",];', 'entity Q {a: Q, b?: Set<Q>} tags Q;', 'type Q = Long;', 'type Q = Q;', 'type Long = String;', 'type Q = { a: Nope };', 'type ipaddr = Long;',
  'action q;', 'action "q q", r in [q];', 'action q in q;', 'action q appliesTo { principal: User, resource: User };', 'action q appliesTo { principal: [], resource: User };', 'action q appliesTo { resource: User };',
  'action q appliesTo { principal: User, resource: User, context: Info };', 'action q appliesTo { principal: User, resource: User, context: {}, };', 'action q appliesTo {};', 'namespace X { entity Q; }', 'namespace App {}',
  'namespace __cedar {}', 'namespace X::Y { type T = Q; entity Q = T; }', 'if', 'is', 'like', 'has', 'true', 'principal: User', 'context: { a: Long }', 'tags String', 'enum ["x"]', 'in [User]', '= {a: Long}', '{"a b"?: Long}', '{if: Long}'];

function mutateText(random, text, pool) {
  const tokens = text.match(TOKEN) || [''];
  for (let n = random.weighted([[70, 1], [20, 2], [10, 3]]); n > 0; n--) {
    const at = random.below(tokens.length);
    random.weighted([
      [4, () => tokens.splice(at, 1)],
      [2, () => tokens.splice(at, 0, tokens[at])],
      [2, () => tokens.splice(at, 2, tokens[at + 1] || '', tokens[at])],
      [8, () => (tokens[at] = random.pick(pool))],
      [8, () => tokens.splice(at, 0, ` ${random.pick(pool)} `)],
      [1, () => tokens.splice(at, tokens.length)],
      [2, () => (tokens[at] = damagedWord(random, tokens[at]))],
      [2, () => (tokens[at] = tokens[random.below(tokens.length)])],
    ])();
    if (tokens.length === 0) tokens.push('');
  }
  return tokens.join('');
}

function damagedWord(random, word) {
  const letters = [...word];
  letters.splice(random.below(letters.length + 1), random.below(2), random.pick([...'aA1_"\\\'.:;*?é\0 \n\t/-', '\\u{41}', '\\n']));
  return letters.join('');
}

const VALUES = [null, true, false, '', 'a', 'principal', 'Record', 'Set', 'Long', 0n, 1n, -1n, 9223372036854775807n, { raw: '1.5' }, { raw: '9223372036854775808' }, { raw: '1e2' }, { raw: '-0' }, [], ['a'], [null],
  object(), object(['a', 1n]), object(['type', 'User'], ['id', 'a']), object(['__entity', object(['type', 'User'], ['id', 'a'])]), object(['__extn', object(['fn', 'ip'], ['arg', '1.2.3.4'])]),
  object(['Value', 1n]), object(['Var', 'principal']), object(['Value', object(['__extn', object(['fn', 'decimal'], ['arg', '1.0'])])]), object(['Unknown', [object(['Value', 'x'])]]), object(['Slot', '?principal']),
  object(['type', 'Long']), object(['type', 'Set'], ['element', object(['type', 'Long'])]), object(['slot', '?principal'])];
const NAMES = ['a', '', 'type', 'id', 'uid', 'attrs', 'parents', 'tags', '__entity', '__extn', 'fn', 'arg', 'args', 'Value', 'Var', 'Slot', '==', '!=', '<', '>', '>=', 'in', 'is', 'has', 'like', '.', 'left', 'right', 'attr', 'attrs',
  'pattern', 'entity_type', 'op', 'entity', 'entities', 'slot', 'effect', 'kind', 'body', 'conditions', 'annotations', 'Set', 'Record', 'if-then-else', 'isEmpty', 'getTag', 'contains', 'ip', 'decimal', 'isIpv4', 'nothing', 'shape', 'attributes',
  'required', 'additionalAttributes', 'memberOf', 'memberOfTypes', 'appliesTo', 'principalTypes', 'resourceTypes', 'context', 'enum', 'commonTypes', 'element', 'name', 'annotations', 'staticPolicies', 'templates', 'templateLinks', 'Entity', 'Extension'];

// Every array and object of the tree, with copies so that the original stays.
function copied(tree, places) {
  if (Array.isArray(tree)) {
    const out = tree.map((item) => copied(item, places));
    places.push(out);
    return out;
  }
  if (tree === null || typeof tree !== 'object' || tree.raw !== undefined) return tree;
  const out = { members: tree.members.map(([name, value]) => [name, copied(value, places)]) };
  places.push(out);
  return out;
}

function mutateTree(random, tree) {
  const places = [];
  const out = copied(tree, places);
  for (let n = random.weighted([[75, 1], [20, 2], [5, 3]]); n > 0 && places.length; n--) {
    const place = random.pick(places);
    if (Array.isArray(place)) damageArray(random, place);
    else damageObject(random, place.members);
  }
  return out;
}

function damageArray(random, items) {
  const at = random.below(items.length + 1);
  random.pick([
    () => items.splice(at, 1), () => items.splice(at, 0, random.pick(VALUES)), () => items.splice(at, 1, random.pick(VALUES)), () => items.length && items.push(random.pick(items)),
  ])();
}

function damageObject(random, members) {
  const at = random.below(members.length);
  const change = members.length ? random.below(8) : 4;
  if (change === 0) members.splice(at, 1);
  else if (change === 1) members[at][0] = random.pick(NAMES);
  else if (change === 2 || change === 3) members[at][1] = random.pick(VALUES);
  else if (change === 4) members.splice(at, 0, [random.pick(NAMES), random.pick(VALUES)]);
  else if (change === 5) members.push([members[at][0], random.chance(50) ? members[at][1] : random.pick(VALUES)]); // twice
  else if (change === 6) members[at][1] = typeof members[at][1] === 'string' ? damagedWord(random, members[at][1]) : [members[at][1]];
  else members[at][1] = members[random.below(members.length)][1];
}

// Operands and operators strung together without brackets: precedence, and what the grammar forbids.
const ATOMS = ['1', '-1', '0', 'true', 'false', 'principal', 'context', 'resource', 'context.a', 'principal.b.c', 'principal["c d"]', '"s"', '[1, 2]', '[]', '{a: 1}', '{}', 'ip("::1")', 'User::"a"', 'A::B::"c"', '(1)',
  '(1 + 2)', '(true)', '!true', '!!principal.a', '-context.n', '--1', '----1', '(if true then 1 else 2)', 'context.s.contains(1)', 'decimal("1.0").lessThan(decimal("2.0"))', 'principal.getTag("k")', '-9223372036854775808',
  '9223372036854775807', '-(-1)', '-(1)', '[principal, User::"b"]', 'context.isEmpty()', 'duration("1h").toHours()', '"a" like "a*"', 'principal has a', 'if principal.a then 1 else 2', '(principal).a', '{a: {b: 1}}.a.b',
  '[1]["a"]', 'action', 'ip("1.1.1.1").isInRange(ip("1.0.0.0/8"))', '- 1', '! true', '-1.a', '-(1).a', '!context.a', '"x".a'];
const JOINTS = [' + ', ' - ', ' * ', ' == ', ' != ', ' < ', ' <= ', ' > ', ' >= ', ' && ', ' || ', ' && ', ' || ', ' in ', ' && ', ' || ', ' + ', ' - ', '-', '+', '*'];
const ENDINGS = [' has a', ' has a.b', ' has "a b"', ' has a.b.c', ' has if', ' like "a*"', ' like "\\*"', ' is User', ' is User in User::"a"', ' is A::B', ' is User in [User::"a"]', '.a', '["b"]', '.contains(1)', '.isEmpty()', ' in [User::"a"]', ' is User in principal.p',
  '.hasTag("k")', ' is User in User::"a" && true', ' == 1', ' < 2'];

function soup(random) {
  let text = random.pick(ATOMS);
  for (let n = random.below(5); n > 0; n--) text += random.pick(JOINTS) + random.pick(ATOMS) + (random.chance(20) ? random.pick(ENDINGS) : '');
  if (random.chance(25)) text += random.pick(ENDINGS);
  return random.chance(8) ? `if ${text} then ${random.pick(ATOMS)} else ${random.pick(ATOMS)}` : text;
}

module.exports = { soup, POLICY_TOKENS, SCHEMA_TOKENS, mutateText, mutateTree };
