// Expression trees and policies as Cedar's JSON (EST).
'use strict';
const { object } = require('./json.cjs');

const value = (tree) => object(['Value', tree]);
const uid = (e) => object(['type', e.type], ['id', e.id]);

function flat(pattern) { // neighbouring literals as they come, wildcards as words
  return pattern.map((e) => (e.wild ? 'Wildcard' : object(['Literal', e.text])));
}

// What can also be written as one value: {"Value": [1, {"__entity": ...}]}; undefined for anything else.
function asValue(e) {
  if (e.op === 'long' || e.op === 'bool' || e.op === 'string') return e.value;
  if (e.op === 'uid') return object(['__entity', uid(e)]);
  const parts = e.op === 'set' ? e.items.map(asValue) : e.op === 'record' ? e.fields.map(([, field]) => asValue(field)) : [undefined];
  if (e.op === 'call') return e.style === 'function' && e.args.length === 1 && e.args[0].op === 'string' ? object(['__extn', object(['fn', e.fn], ['arg', e.args[0].value])]) : undefined;
  if (parts.includes(undefined)) return undefined;
  return e.op === 'set' ? parts : object(...e.fields.map(([name], i) => [name, parts[i]]));
}

class EstWriter {
  constructor(random) {
    this.random = random;
  }

  est(e) {
    const whole = ['set', 'record', 'call'].includes(e.op) && this.random.chance(20) ? asValue(e) : undefined;
    if (whole !== undefined) return value(whole);
    if (this[e.op]) return this[e.op](e);
    return object([e.op, object(['left', this.est(e.left)], ['right', this.est(e.right)])]);
  }
  long(e) {
    return value(e.value);
  }
  bool(e) {
    return value(e.value);
  }
  string(e) {
    return value(e.value);
  }
  uid(e) {
    return value(object(['__entity', uid(e)]));
  }
  var(e) {
    return object(['Var', e.name]);
  }
  not(e) {
    return object(['!', object(['arg', this.est(e.arg)])]);
  }
  neg(e) {
    return object(['neg', object(['arg', this.est(e.arg)])]);
  }
  isEmpty(e) {
    return object(['isEmpty', object(['arg', this.est(e.arg)])]);
  }
  like(e) {
    return object(['like', object(['left', this.est(e.arg)], ['pattern', flat(e.pattern)])]);
  }
  is(e) {
    return object(['is', object(['left', this.est(e.arg)], ['entity_type', e.type], e.group && ['in', this.est(e.group)])]);
  }
  if(e) {
    return object(['if-then-else', object(['if', this.est(e.test)], ['then', this.est(e.yes)], ['else', this.est(e.no)])]);
  }
  get(e) {
    return object(['.', object(['left', this.est(e.arg)], ['attr', e.name])]);
  }
  has(e) {
    const list = e.path.length > 1 || this.random.chance(5);
    return object(['has', object(['left', this.est(e.arg)], ['attr', list ? e.path : e.path[0]])]);
  }
  set(e) {
    return object(['Set', e.items.map((item) => this.est(item))]);
  }
  record(e) {
    return object(['Record', object(...e.fields.map(([name, field]) => [name, this.est(field)]))]);
  }
  call(e) {
    return object([e.fn, e.args.map((arg) => this.est(arg))]);
  }
}

function scope(s, slot) {
  const entity = () => (s.slot ? ['slot', slot] : ['entity', uid(s.uid)]);
  if (s.kind === 'any') return object(['op', 'All']);
  if (s.kind === 'is') return object(['op', 'is'], ['entity_type', s.type]);
  if (s.kind === 'is in') return object(['op', 'is'], ['entity_type', s.type], ['in', object(entity())]);
  return object(['op', s.kind], entity());
}

function actionScope(s) {
  if (s.kind === 'any') return object(['op', 'All']);
  if (s.list) return object(['op', 'in'], ['entities', s.list.map(uid)]);
  return object(['op', s.kind], ['entity', uid(s.uid)]);
}

function policy(random, p) {
  const writer = new EstWriter(random);
  return object(['effect', p.effect], ['principal', scope(p.principal, '?principal')], ['action', actionScope(p.action)],
    ['resource', scope(p.resource, '?resource')],
    ['conditions', p.clauses.map((c) => object(['kind', c.kind], ['body', writer.est(c.body)]))],
    p.annotations.length ? ['annotations', object(...p.annotations)] : undefined);
}

module.exports = { policy };
