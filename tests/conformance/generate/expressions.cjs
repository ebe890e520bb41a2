// Random expressions of a wanted type within one request environment. Optional attributes and tags are guarded by `has`
// as strict validation demands; `wild` is the percentage of nodes that ignore all of this.
'use strict';
const { CONSTRUCTOR_OF, STRINGS, attributeName, extensionText, long, string } = require('./literals.cjs');
const { isIdentifier } = require('./print.cjs');
const { resolved } = require('./schema.cjs');

const BOOL = { k: 'bool' };
const LONG = { k: 'long' };
const STRING = { k: 'string' };
const ext = (name) => ({ k: 'ext', name });
const variable = (name) => ({ op: 'var', name });
const literal = (op, value) => ({ op, value });
const call = (fn, style, ...args) => ({ op: 'call', fn, style, args });
const method = (fn, ...args) => call(fn, 'method', ...args);
const both = (left, right) => ({ op: '&&', left, right });
const keyOf = (tree) => JSON.stringify(tree, (_, v) => (typeof v === 'bigint' ? `${v}n` : v));
const TAG_KEYS = ['k1', 'k2', 'a', '', 'é b'];

function sameType(left, right) {
  const [a, b] = [resolved(left), resolved(right)];
  if (a.k !== b.k) return false;
  if (a.k === 'entity' || a.k === 'ext') return a.name === b.name;
  if (a.k === 'set') return sameType(a.of, b.of);
  if (a.k !== 'record') return true;
  return a.attrs.length === b.attrs.length &&
    a.attrs.every((x) => b.attrs.some((y) => x.name === y.name && x.required === y.required && sameType(x.type, y.type)));
}

class ExpressionMaker {
  constructor(random, model, data, wild, bad = 1 + wild) {
    this.random = random;
    this.model = model;
    this.data = data; // for ids that exist
    this.wild = wild;
    this.bad = bad; // percent of extension literals that are none
    this.held = []; // guards that hold here
  }

  // environment: {principal, resource: entity type names or null when unknown, context: record type or null}
  within(environment) {
    this.roots = [];
    for (const name of ['principal', 'resource']) {
      if (environment[name]) this.roots.push({ tree: variable(name), type: { k: 'entity', name: environment[name] } });
    }
    if (environment.context) this.roots.push({ tree: variable('context'), type: environment.context });
    this.paths = this.roots.flatMap((root) => this.reach({ ...root, needs: [] }, 3));
    return this;
  }

  attributesOf(type) {
    if (type.k === 'record') return type.attrs;
    const entity = type.k === 'entity' && this.model.entities.find((e) => e.name === type.name);
    return entity ? entity.attrs : [];
  }

  reach(from, depth) {
    const out = [from];
    if (depth === 0) return out;
    for (const a of this.attributesOf(resolved(from.type))) {
      const guard = { op: 'has', arg: from.tree, path: [a.name] };
      const needs = a.required ? from.needs : [...from.needs, guard];
      out.push(...this.reach({ tree: { op: 'get', arg: from.tree, name: a.name }, type: a.type, needs }, depth - 1));
    }
    const entity = resolved(from.type).k === 'entity' && this.model.entities.find((e) => e.name === resolved(from.type).name);
    if (entity && entity.tags) {
      const key = literal('string', this.random.pick(TAG_KEYS));
      const tree = { op: 'getTag', left: from.tree, right: key };
      out.push({ tree, type: entity.tags, needs: [...from.needs, { op: 'hasTag', left: from.tree, right: key }] });
    }
    return out;
  }

  missing(path) {
    return path.needs.filter((guard) => !this.held.includes(keyOf(guard)));
  }
  guarded(guards, make) {
    const before = this.held;
    this.held = [...before, ...guards.map(keyOf)];
    const tree = make();
    this.held = before;
    return tree;
  }

  // === by type ===

  of(written, depth) {
    const r = this.random;
    if (r.chance(this.wild)) return this.any(depth - 1);
    const type = resolved(written);
    const paths = this.paths.filter((p) => sameType(p.type, type));
    if (paths.length && r.chance(type.k === 'bool' ? 15 : 45)) {
      const path = r.pick(paths);
      const missing = this.missing(path);
      if (missing.length === 0 || r.chance(3)) return path.tree;
      if (depth > 0) return { op: 'if', test: missing.reduce(both), yes: path.tree, no: this.of(type, depth - 2) };
    }
    if (depth > 1 && r.chance(5)) return { op: 'if', test: this.bool(depth - 2), yes: this.of(type, depth - 2), no: this.of(type, depth - 2) };
    return this[`make_${type.k}`](type, depth);
  }

  bool(depth) {
    return this.of(BOOL, depth);
  }
  any(depth) {
    const kinds = [BOOL, LONG, STRING, ext('decimal'), ext('ipaddr'), ext('datetime'), ext('duration'), { k: 'set', of: this.random.pick([LONG, STRING, BOOL]) },
      { k: 'entity', name: this.random.pick(this.model.entities).name }, { k: 'record', attrs: [] }];
    if (this.random.chance(20)) return this.odd(depth);
    return this.of(this.random.pick(kinds), depth);
  }

  odd(depth) { // allowed by the grammar, seldom by the validator
    const r = this.random;
    const arg = depth > 0 ? this.any(depth - 1) : variable('context');
    return r.pick([
      () => ({ op: 'get', arg, name: attributeName(r) }),
      () => ({ op: 'has', arg, path: [attributeName(r)] }),
      () => ({ op: 'has', arg, path: r.shuffled(['a', 'b', 'c', 'name', 'owner']).slice(0, r.between(2, 4)) }),
      () => ({ op: 'set', items: [] }),
      () => ({ op: 'set', items: [this.any(0), this.any(0), this.any(0)] }),
      () => ({ op: r.pick(['getTag', 'hasTag']), left: arg, right: this.of(STRING, 0) }),
      () => call(r.pick(['decimal', 'ip', 'datetime', 'duration']), 'function', ...[[], [arg], [literal('string', '1'), arg]][r.below(3)]),
      () => method(r.pick(['lessThan', 'isIpv4', 'isInRange', 'offset', 'toDate', 'toTime', 'toDays', 'durationSince', 'isLoopback']), ...[[arg], [arg, arg], [arg, arg, arg]][r.below(3)]),
      () => ({ op: 'in', left: arg, right: { op: 'set', items: [this.entity(), this.any(0)] } }),
      () => ({ op: 'is', arg, type: r.pick(['User', 'Nobody', 'Action', 'App::User', 'A::B::C']) }),
      () => ({ op: r.pick(['==', '!=', '<', '<=', '>', '>=', '+', '-', '*', '&&', '||', 'in', 'contains', 'containsAll', 'containsAny']), left: arg, right: this.any(0) }),
      () => ({ op: r.pick(['not', 'neg', 'isEmpty']), arg }),
      () => ({ op: 'uid', type: r.pick(['Nobody', 'Action', 'User', 'N::Nobody']), id: 'x' }),
    ])();
  }

  make_long(type, depth) {
    const r = this.random;
    if (depth <= 0) return literal('long', long(r));
    return r.weighted([
      [5, () => literal('long', long(r))],
      [4, () => ({ op: r.pick(['+', '-', '*']), left: this.of(LONG, depth - 1), right: this.of(LONG, depth - 1) })],
      [1, () => ({ op: 'neg', arg: this.of(LONG, depth - 1) })],
      [1, () => method(r.pick(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays']), this.of(ext('duration'), depth - 1))],
    ])();
  }
  make_string() {
    return literal('string', string(this.random));
  }
  make_entity(type) {
    const uid = this.data.uid(type.name);
    return { op: 'uid', type: uid.type, id: uid.id };
  }
  entity() {
    return this.make_entity({ name: this.random.pick(this.model.entities).name });
  }
  make_set(type, depth) {
    const items = [];
    for (let n = this.random.between(this.random.chance(this.wild + 1) ? 0 : 1, 3); n > 0; n--) items.push(this.of(type.of, depth - 1));
    return { op: 'set', items };
  }
  make_record(type, depth) {
    const attrs = type.attrs.filter((a) => a.required || this.random.chance(50));
    return { op: 'record', fields: this.random.shuffled(attrs.map((a) => [a.name, this.of(a.type, depth - 1)])) };
  }
  make_ext(type, depth) {
    const r = this.random;
    if (depth > 0 && type.name === 'datetime' && r.chance(30)) {
      return r.chance(50) ? method('offset', this.of(type, depth - 1), this.of(ext('duration'), depth - 1)) : method('toDate', this.of(type, depth - 1));
    }
    if (depth > 0 && type.name === 'duration' && r.chance(30)) {
      const at = ext('datetime');
      return r.chance(50) ? method('durationSince', this.of(at, depth - 1), this.of(at, depth - 1)) : method('toTime', this.of(at, depth - 1));
    }
    const fn = CONSTRUCTOR_OF[type.name];
    return call(fn, 'function', literal('string', extensionText(r, fn, this.bad)));
  }

  make_bool(type, depth) {
    const r = this.random;
    if (depth <= 0) return r.chance(40) ? literal('bool', r.chance(60)) : this.test(this.somePath(0), 0);
    return r.weighted([
      [2, () => literal('bool', r.chance(60))],
      [9, () => this.about(depth)],
      [5, () => this.comparison(depth)],
      [5, () => both(this.bool(depth - 1), this.bool(depth - 1))],
      [5, () => ({ op: '||', left: this.bool(depth - 1), right: this.bool(depth - 1) })],
      [2, () => ({ op: 'not', arg: this.bool(depth - 1) })],
      [1, () => ({ op: 'if', test: this.bool(depth - 1), yes: this.bool(depth - 1), no: this.bool(depth - 1) })],
    ])();
  }

  somePath(depth) {
    if (!this.paths.length) return { tree: this.entity(), type: { k: 'entity', name: this.model.entities[0].name }, needs: [] };
    const path = this.random.pick(this.paths);
    if (depth === 0 && this.missing(path).length) return this.random.pick(this.roots.map((root) => ({ ...root, needs: [] })));
    return path;
  }

  // Something about one thing that can be reached, behind whatever guards it needs.
  about(depth) {
    const r = this.random;
    const path = this.somePath(depth);
    const missing = this.missing(path);
    if (missing.length === 0) return this.test(path, depth - 1);
    if (r.chance(3)) return this.test(path, depth - 1); // unguarded
    const guard = this.shortened(missing).reduce(both);
    const inner = this.guarded(missing, () => {
      const test = this.test(path, depth - 1);
      return r.chance(30) ? both(test, this.bool(depth - 2)) : test;
    });
    return r.weighted([
      [10, () => both(guard, inner)],
      [2, () => ({ op: 'if', test: guard, yes: inner, no: this.bool(depth - 2) })],
      [2, () => ({ op: '||', left: { op: 'not', arg: guard }, right: inner })], // refused by the validator
      [1, () => ({ op: '||', left: both(guard, inner), right: both(guard, this.guarded(missing, () => this.test(path, depth - 2))) })],
      [1, () => both(inner, guard)],
      [1, () => both({ op: '||', left: guard, right: this.bool(depth - 2) }, inner)],
      [1, () => both(both(guard, this.bool(depth - 2)), inner)],
      [1, () => both(guard, both(this.bool(depth - 2), inner))],
    ])();
  }

  // x has a && x.a has b  becomes  x has a.b
  shortened(guards) {
    const out = [];
    for (const guard of guards) {
      const last = out[out.length - 1];
      const follows = last && last.op === 'has' && guard.op === 'has' && this.random.chance(70) && this.tail(last, guard.arg);
      if (!follows || ![...last.path, ...follows, ...guard.path].every(isIdentifier)) out.push(guard);
      else out[out.length - 1] = { op: 'has', arg: last.arg, path: [...last.path, ...follows, ...guard.path] };
    }
    return out;
  }
  tail(guard, tree) { // the names between what `guard` proves and `tree`, or null
    const whole = guard.path.reduce((arg, name) => ({ op: 'get', arg, name }), guard.arg);
    const names = [];
    for (let at = tree; ; at = at.arg) {
      if (keyOf(at) === keyOf(whole)) return names;
      if (at.op !== 'get') return null;
      names.unshift(at.name);
    }
  }

  comparison(depth) {
    const r = this.random;
    const kind = r.pick([LONG, LONG, ext('datetime'), ext('duration'), ext('decimal'), ext('ipaddr'), STRING, { k: 'entity', name: r.pick(this.model.entities).name }]);
    return this.test({ tree: this.of(kind, depth - 1), type: kind }, depth - 1);
  }

  // A Bool that uses the thing at hand.
  test(thing, depth) {
    const r = this.random;
    const type = resolved(thing.type);
    if (r.chance(12)) return { op: r.pick(['==', '==', '!=']), ...this.sides(thing.tree, this.of(type, depth - 1)) };
    return this[`test_${type.k}`](thing.tree, type, depth);
  }
  sides(a, b) {
    return this.random.chance(80) ? { left: a, right: b } : { left: b, right: a };
  }
  order() {
    return this.random.pick(['<', '<=', '>', '>=']);
  }
  test_bool(tree) {
    return this.random.chance(80) ? tree : { op: 'not', arg: tree };
  }
  test_long(tree, type, depth) {
    const r = this.random;
    const op = r.chance(75) ? this.order() : r.pick(['==', '!=']);
    if (r.chance(8)) return { op: 'contains', left: this.make_set({ of: LONG }, depth - 1), right: tree };
    return { op, ...this.sides(tree, this.of(LONG, depth - 1)) };
  }
  test_string(tree, type, depth) {
    const r = this.random;
    if (r.chance(55)) return { op: 'like', arg: tree, pattern: this.pattern() };
    return { op: r.pick(['==', '!=']), ...this.sides(tree, this.of(STRING, depth - 1)) };
  }
  pattern() {
    const r = this.random;
    const out = [];
    for (let n = r.below(5); n > 0; n--) out.push(r.chance(45) ? { wild: true } : { text: r.pick(STRINGS) });
    return out;
  }
  test_entity(tree, type, depth) {
    const r = this.random;
    const other = (name) => this.of({ k: 'entity', name }, depth - 1);
    const holder = r.chance(75) ? this.holderOf(type.name) : r.pick(this.model.entities).name;
    return r.weighted([
      [4, () => ({ op: 'in', left: tree, right: other(holder) })],
      [3, () => ({ op: 'in', left: tree, right: this.make_set({ of: { k: 'entity', name: holder } }, depth - 1) })],
      [3, () => ({ op: r.pick(['==', '!=']), ...this.sides(tree, other(type.name)) })],
      [2, () => ({ op: 'is', arg: tree, type: r.chance(70) ? type.name : r.pick(this.model.entities).name })],
      [2, () => ({ op: 'is', arg: tree, type: r.chance(80) ? type.name : r.pick(this.model.entities).name, group: other(holder) })],
      [2, () => ({ op: 'has', arg: tree, path: this.pathFrom(type) })],
      [1, () => ({ op: 'hasTag', left: tree, right: this.of(STRING, depth - 1) })],
      [1, () => ({ op: 'contains', left: this.make_set({ of: type }, depth - 1), right: tree })],
    ])();
  }
  holderOf(name) { // a type it may be in
    const entity = this.model.entities.find((e) => e.name === name);
    return entity && entity.parents.length ? this.random.pick(entity.parents) : name;
  }
  attributeNear(type) {
    const names = this.attributesOf(type).map((a) => a.name);
    return names.length && this.random.chance(85) ? this.random.pick(names) : attributeName(this.random);
  }
  pathFrom(type) { // a, or a.b.c
    const path = [this.attributeNear(type)];
    for (let at = type; path.length < 4 && this.random.chance(60);) {
      const next = this.attributesOf(at).find((a) => a.name === path[path.length - 1]);
      if (!next || !['record', 'entity'].includes(resolved(next.type).k)) break;
      at = resolved(next.type);
      path.push(this.attributeNear(at));
    }
    return path.every(isIdentifier) ? path : path.slice(0, 1);
  }
  test_set(tree, type, depth) {
    const r = this.random;
    return r.weighted([
      [4, () => ({ op: 'contains', left: tree, right: this.of(type.of, depth - 1) })],
      [2, () => ({ op: 'containsAll', ...this.sides(tree, this.of(type, depth - 1)) })],
      [2, () => ({ op: 'containsAny', ...this.sides(tree, this.of(type, depth - 1)) })],
      [2, () => ({ op: 'isEmpty', arg: tree })],
      [1, () => ({ op: '==', ...this.sides(tree, this.of(type, depth - 1)) })],
      [resolved(type.of).k === 'entity' ? 3 : 0, () => ({ op: 'in', left: this.entity(), right: tree })],
    ])();
  }
  test_record(tree, type, depth) {
    const r = this.random;
    if (r.chance(70)) return { op: 'has', arg: tree, path: this.pathFrom(type) };
    return { op: r.pick(['==', '!=']), ...this.sides(tree, this.of(type, depth - 1)) };
  }
  test_ext(tree, type, depth) {
    const r = this.random;
    const other = () => this.of(type, depth - 1);
    if (type.name === 'decimal') return method(r.pick(['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual']), tree, other());
    if (type.name !== 'ipaddr') return { op: this.order(), ...this.sides(tree, other()) };
    if (r.chance(40)) return method('isInRange', tree, other());
    return method(r.pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast']), tree);
  }
}

module.exports = { ExpressionMaker, variable, literal, both, keyOf };
