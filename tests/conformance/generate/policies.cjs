// Random policies, templates and links over a schema, as trees; and their text.
'use strict';
const { ExpressionMaker, both, variable } = require('./expressions.cjs');
const { Printer, quoted } = require('./print.cjs');
const { STRINGS } = require('./literals.cjs');

class PolicyMaker {
  constructor(random, model, data, wild) {
    this.random = random;
    this.model = model;
    this.data = data;
    this.wild = wild;
    this.expressions = new ExpressionMaker(random, model, data, wild);
  }

  policy({ template = false } = {}) {
    const r = this.random;
    const action = r.pick(this.model.actions.filter((a) => a.principals.length));
    const environment = { principal: r.pick(action.principals), resource: r.pick(action.resources), context: action.context };
    const tight = r.chance(60);
    const p = {
      effect: r.chance(65) ? 'permit' : 'forbid',
      principal: this.scope(environment.principal, tight),
      action: this.actionScope(action, tight),
      resource: this.scope(environment.resource, tight),
      clauses: [],
      annotations: this.annotations(),
    };
    if (template) this.openSlots(p);
    for (let n = r.weighted([[14, 0], [52, 1], [20, 2], [9, 3], [5, 5]]); n > 0; n--) p.clauses.push(this.clause(p, action, environment));
    return p;
  }

  scope(type, tight) {
    const r = this.random;
    if (r.chance(this.wild / 2)) return { kind: 'is', type: r.pick(['Nobody', 'Action', 'A::B', 'User']) };
    if (!tight && r.chance(60)) return { kind: 'any' };
    const holder = this.expressions.holderOf(type);
    return r.weighted([
      [10, () => ({ kind: 'is', type })],
      [3, () => ({ kind: '==', uid: this.data.uid(type) })],
      [3, () => ({ kind: 'is in', type, uid: this.data.uid(holder) })],
      [tight ? 1 : 3, () => ({ kind: 'in', uid: this.data.uid(holder) })],
    ])();
  }
  actionScope(action, tight) {
    const r = this.random;
    if (r.chance(this.wild / 4)) return { kind: '==', uid: { type: action.uid.type, id: 'undeclared' } };
    if (!tight) return r.chance(60) ? { kind: 'any' } : { kind: 'in', list: r.some(this.model.actions, 40).map((a) => a.uid) };
    return r.weighted([
      [6, () => ({ kind: '==', uid: action.uid })],
      [2, () => ({ kind: 'in', uid: action.uid })],
      [1, () => ({ kind: 'in', list: [action.uid] })],
      [1, () => ({ kind: 'in', list: [action.uid, ...r.some(this.model.actions, 15).map((a) => a.uid)] })],
      [action.parents.length ? 2 : 0, () => ({ kind: 'in', uid: r.pick(action.parents) })],
    ])();
  }
  openSlots(p) {
    const slots = this.random.weighted([[40, ['principal']], [30, ['resource']], [30, ['principal', 'resource']]]);
    for (const name of slots) {
      const scope = p[name];
      const type = scope.type;
      p[name] = type && this.random.chance(50) ? { kind: 'is in', type, slot: true } : { kind: this.random.pick(['==', 'in']), slot: true };
    }
  }

  clause(p, action, environment) {
    const r = this.random;
    const kind = r.chance(72) ? 'when' : 'unless';
    const fixed = (scope) => scope.kind === 'is' || scope.kind === '==' || scope.kind === 'is in';
    const sure = { principal: fixed(p.principal) && !p.principal.slot, resource: fixed(p.resource) && !p.resource.slot, context: p.action.kind === '==' };
    const all = sure.principal && sure.resource && sure.context;
    const depth = r.weighted([[30, 2], [40, 3], [20, 4], [10, 5]]);
    if (all || r.chance(12)) return { kind, body: this.expressions.within(environment).bool(depth) };
    if (r.chance(35)) { // only what is certain in every environment
      const known = Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, sure[name] ? value : null]));
      return { kind, body: this.expressions.within(known).bool(depth) };
    }
    const tests = [];
    if (!sure.principal) tests.push({ op: 'is', arg: variable('principal'), type: environment.principal });
    if (!sure.resource) tests.push({ op: 'is', arg: variable('resource'), type: environment.resource });
    if (!sure.context) tests.push({ op: '==', left: variable('action'), right: { op: 'uid', ...action.uid } });
    const inner = this.expressions.within(environment).bool(depth);
    return { kind, body: both(r.shuffled(tests).reduce(both), inner) };
  }

  annotations() {
    const r = this.random;
    if (!r.chance(12)) return [];
    const names = r.shuffled(['id', 'doc', 'advice', 'if', 'principal', '_x']).slice(0, r.between(1, 3));
    return names.map((name) => [name, r.pick(STRINGS)]);
  }
}

// === text ===

class PolicyPrinter {
  constructor(random) {
    this.random = random;
    this.printer = new Printer(random, random.weighted([[50, 0], [35, 4], [15, 15]]));
  }
  scope(name, s) {
    const entity = () => (s.slot ? `?${name}` : this.printer.entity(s.uid));
    if (s.kind === 'any') return name;
    if (s.kind === 'is') return `${name} is ${s.type}`;
    if (s.kind === 'is in') return `${name} is ${s.type} in ${entity()}`;
    return `${name} ${s.kind} ${entity()}`;
  }
  action(s) {
    if (s.kind === 'any') return 'action';
    if (s.list) return `action in [${this.printer.list(s.list.map((uid) => this.printer.entity(uid)))}]`;
    return `action ${s.kind} ${this.printer.entity(s.uid)}`;
  }
  policy(p) {
    const s = () => this.printer.space();
    const notes = p.annotations.map(([name, text]) => `@${name}(${quoted(this.random, text)})${s()}`).join('');
    const head = this.printer.list([this.scope('principal', p.principal), this.action(p.action), this.scope('resource', p.resource)]);
    const clauses = p.clauses.map((c) => `${s()}${c.kind} {${s()}${this.printer.at(0, c.body)}${s()}}`).join('');
    return `${notes}${p.effect}${this.random.chance(20) ? s() : ''}(${head})${clauses};`;
  }
}

function linkValues(random, data, template) {
  const values = {};
  for (const name of ['principal', 'resource']) {
    if (!template[name].slot) continue;
    const type = template[name].type || random.pick(data.model.entities).name;
    values[`?${name}`] = data.uid(random.chance(80) && template[name].kind !== '==' ? new ExpressionMaker(random, data.model, data, 0).holderOf(type) : type);
  }
  return values;
}

// {policies: [...], templates: [{id, policy}], links: [{templateId, newId, values}]}
function makeSet(random, model, data, wild) {
  const maker = new PolicyMaker(random, model, data, wild);
  const set = { policies: [], templates: [], links: [] };
  for (let n = random.weighted([[25, 1], [35, 2], [20, 4], [12, 6], [8, 12]]); n > 0; n--) set.policies.push(maker.policy());
  if (random.chance(35)) {
    for (let n = random.between(1, 2); n > 0; n--) set.templates.push({ id: `t${n}`, policy: maker.policy({ template: true }) });
    for (const { id, policy } of set.templates) {
      for (let n = random.below(4); n > 0; n--) set.links.push({ templateId: id, newId: `link${set.links.length}`, values: linkValues(random, data, policy) });
    }
  }
  return set;
}

// Many small permits about literals alone: each shows by itself in a decision's reasons or errors.
function makeLiteralSet(random, model, data) {
  const expressions = new ExpressionMaker(random, model, data, random.pick([0, 3]), 35).within({});
  const any = { kind: 'any' };
  const permit = () => ({ effect: 'permit', principal: any, action: any, resource: any, annotations: [],
    clauses: [{ kind: random.chance(80) ? 'when' : 'unless', body: expressions.comparison(random.between(1, 3)) }] });
  return { policies: Array.from({ length: 12 }, permit), templates: [], links: [] };
}

module.exports = { makeLiteralSet, PolicyMaker, PolicyPrinter, makeSet };
