// Entities, contexts and requests for a schema, as JSON trees; mostly as the schema says, sometimes not.
'use strict';
const { CONSTRUCTOR_OF, STRINGS, extensionText, long, string } = require('./literals.cjs');
const { object } = require('./json.cjs');
const { resolved } = require('./schema.cjs');

const IDS = ['a', 'b', 'c', 'd', 'x y', 'é', '"', '\\', '\0', '', '🙂', '*'];

class DataMaker {
  // explicit: never leave out __entity and __extn; wrong: percent of values that break the schema
  constructor(random, model, { explicit = false, wrong = 0 } = {}) {
    this.random = random;
    this.model = model;
    this.explicit = explicit;
    this.wrong = wrong;
    this.stored = []; // what entities() made: {uid, parents}
    this.pool = new Map(model.entities.map((e) => [e.name, e.ids || random.shuffled(IDS.slice(0, random.chance(70) ? 4 : 12)).slice(0, random.between(2, 3))]));
  }

  uid(typeName) {
    const ids = this.pool.get(typeName);
    const id = ids && this.random.chance(95) ? this.random.pick(ids) : this.random.pick(IDS);
    const entity = this.model.entities.find((e) => e.name === typeName);
    return { type: typeName, id: entity && entity.ids && this.random.chance(98) ? this.random.pick(entity.ids) : id };
  }
  uidTree(uid) {
    const tree = object(['type', uid.type], ['id', uid.id]);
    return this.random.chance(20) ? object(['__entity', tree]) : tree;
  }

  value(written, depth = 3) {
    const r = this.random;
    if (r.chance(this.wrong)) return this.wrongValue(depth);
    const type = resolved(written);
    switch (type.k) {
      case 'bool': return r.chance(50);
      case 'long': return long(r);
      case 'string': return string(r);
      case 'ext': return this.extension(type.name);
      case 'entity': return this.entityValue(this.uid(type.name));
      case 'set': return this.items(type.of, depth);
      default: return object(...this.fields(type.attrs, depth));
    }
  }
  items(type, depth) {
    const out = [];
    for (let n = this.random.below(4); n > 0; n--) out.push(this.value(type, depth - 1));
    return out;
  }
  fields(attrs, depth = 3) {
    return attrs.filter((a) => (a.required ? !this.random.chance(this.wrong) : this.random.chance(55)))
      .map((a) => [a.name, this.value(a.type, depth - 1)]);
  }
  entityValue(uid) {
    const tree = object(['type', uid.type], ['id', uid.id]);
    return this.explicit || this.random.chance(50) ? object(['__entity', tree]) : tree;
  }
  extension(name) {
    const r = this.random;
    if (name === 'datetime' && r.chance(8)) return this.offset();
    const fn = CONSTRUCTOR_OF[name];
    const text = extensionText(r, fn, this.wrong * 2);
    const call = object(['fn', fn], r.chance(90) ? ['arg', text] : ['args', [text]]);
    if (this.explicit || r.chance(50)) return object(['__extn', call]);
    return r.chance(60) ? text : call;
  }
  offset() { // RFC 110: a constructor inside a constructor
    const part = (fn) => object(['__extn', object(['fn', fn], ['arg', extensionText(this.random, fn, this.wrong)])]);
    return object(['__extn', object(['fn', 'offset'], ['args', [part('datetime'), part('duration')]])]);
  }
  wrongValue(depth) {
    const r = this.random;
    return r.pick([
      () => null, () => ({ raw: r.pick(['1.5', '1e3', '9223372036854775808', '-9223372036854775809', '1.0', '-0', '18446744073709551616']) }),
      () => string(r), () => long(r), () => r.chance(50), () => [long(r), string(r)], () => object(),
      () => object(['__extn', object(['fn', r.pick(['decimal', 'ip', 'nothing', 'offset', 'lessThan', 'isIpv4'])], ['arg', r.pick(STRINGS)])]),
      () => object(['__entity', object(['type', r.pick(['User', 'Nobody', '', 'A::', 'if'])], ['id', 'a'])]),
      () => object(['__extn', extensionText(r, 'decimal', 0)]), () => object(['__expr', 'ip("1.2.3.4")']), () => object(['a', depth > 0 ? this.wrongValue(depth - 1) : 1n]),
      () => object(['__extn', object(['fn', 'ip'], ['arg', '1.2.3.4'], ['extra', 1n])]), () => object(['type', 'User'], ['id', 'a']),
    ])();
  }

  entity(type, uid) {
    const r = this.random;
    const parents = r.some(type.parents, 60).map((name) => this.uid(name)).filter((p) => this.later(p, uid));
    this.stored.push({ uid, parents });
    const members = [['uid', this.uidTree(uid)], ['attrs', object(...this.fields(type.attrs))], ['parents', parents.map((p) => this.uidTree(p))]];
    if (type.tags || r.chance(5)) members.push(['tags', object(...this.tags(type))]);
    if (r.chance(this.wrong)) members.splice(r.below(members.length), 1);
    return object(...(r.chance(15) ? r.shuffled(members) : members));
  }
  tags(type) {
    if (!type.tags) return [];
    return this.random.some(['k1', 'k2', 'a', '', 'é b'], 40).map((name) => [name, this.value(type.tags)]);
  }
  later(parent, child) { // an order of all entities, so that there are no cycles, mostly
    return `${parent.type}\0${parent.id}` > `${child.type}\0${child.id}` || this.random.chance(1);
  }

  entities() {
    this.stored = [];
    const out = [];
    for (const type of this.model.entities) {
      if (type.ids && this.random.chance(60)) continue;
      for (const id of this.pool.get(type.name)) if (this.random.chance(75)) out.push(this.entity(type, { type: type.name, id }));
    }
    if (out.length && this.random.chance(3)) out.push(this.random.pick(out));
    if (this.random.chance(6)) out.push(...this.random.some(this.model.actions, 50).map((a) => this.actionEntity(a)));
    return this.random.shuffled(out);
  }
  actionEntity(a) {
    const parents = this.random.chance(80) ? a.parents : [];
    return object(['uid', this.uidTree(a.uid)], ['attrs', object()], ['parents', parents.map((p) => this.uidTree(p))]);
  }

  // A request of one action; near a policy when one is given, so that its scope may match.
  request(policy) {
    const r = this.random;
    const actions = this.model.actions.filter((a) => a.principals.length);
    const action = (policy && r.chance(85) && this.actionWithin(policy.action, actions)) || (r.chance(96) ? r.pick(actions) : r.pick(this.model.actions));
    return {
      principal: this.party(action.principals, policy && policy.principal),
      action: r.chance(98) ? action.uid : { type: action.uid.type, id: 'undeclared' },
      resource: this.party(action.resources, policy && policy.resource),
      context: object(...this.fields(action.context.attrs)),
    };
  }
  actionWithin(scope, actions) {
    if (scope.kind === 'any') return null;
    const wanted = scope.list || [scope.uid];
    const has = (uid) => wanted.some((w) => w.type === uid.type && w.id === uid.id);
    return this.random.pick(actions.filter((a) => has(a.uid) || (scope.kind === 'in' && a.parents.some(has)))) || null;
  }
  party(types, scope) {
    const r = this.random;
    const allowed = (uid) => types.includes(uid.type);
    if (scope && r.chance(85)) {
      if (scope.uid && allowed(scope.uid) && (scope.kind === '==' || r.chance(30))) return scope.uid;
      const below = !scope.uid ? [] : this.stored.filter((e) => allowed(e.uid) && e.parents.some((p) => p.type === scope.uid.type && p.id === scope.uid.id));
      if (below.length) return r.pick(below).uid;
      if (scope.type && types.includes(scope.type)) return this.uid(scope.type);
    }
    const anyType = () => (r.chance(80) ? r.pick(this.model.entities).name : r.pick(['Nobody', 'User', 'Action', 'App::User']));
    return this.uid(types.length && r.chance(97) ? r.pick(types) : anyType());
  }
}

module.exports = { DataMaker, IDS };
