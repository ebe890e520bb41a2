// One unit: a schema and everything asked about it, labelled by the oracle. A unit depends on its seed and number alone.
'use strict';
const { DataMaker } = require('./data.cjs');
const { POLICY_TOKENS, SCHEMA_TOKENS, mutateText, mutateTree, soup } = require('./mutate.cjs');
const { PolicyMaker, PolicyPrinter, makeLiteralSet, makeSet } = require('./policies.cjs');
const { Random } = require('./random.cjs');
const { makeSchema, toCedar, toJsonTree } = require('./schema.cjs');
const { object, write } = require('./json.cjs');
const { policy: estOf } = require('./est.cjs');
const { featuresOf } = require('./features.cjs');

const raw = (text) => ({ raw: text });

// The oracle also takes texts in the place of policies and lists in the place of maps; policy-set JSON has maps of EST.
function isPolicySetJson(tree) {
  const maps = tree.members ? tree.members.filter(([name]) => name === 'staticPolicies' || name === 'templates') : [];
  return maps.length === 2 && maps.every(([, map]) => map && map.members && map.members.every(([, policy]) => policy && policy.members));
}

class Unit {
  constructor(oracle, seed, number) {
    this.oracle = oracle;
    this.random = new Random(seed, number);
    this.name = `${seed}/${number}`;
    this.lines = [];
  }

  emit(kind, line, features = []) {
    const members = Object.entries({ id: `${this.name}/${this.lines.length}`, kind, ...line, features });
    this.lines.push(write(object(...members.filter(([, value]) => value !== undefined))));
  }

  run() {
    this.schema = this.acceptedSchema();
    this.data = new DataMaker(this.random, this.schema.model);
    this.goodEntities = this.acceptedEntities();
    for (const wild of [0, 0, this.random.pick([0, 2, 6])]) this.decide(wild);
    this.decideWithoutSchema();
    this.decideLiterals();
    this.soups(7);
    this.mutatedPolicies(6);
    this.mutatedEst(5);
    this.mutatedSets(2);
    this.mutatedSchemas(5);
    this.mutatedEntities(5);
    this.mutatedContexts(5);
    return this.lines;
  }

  // === schemas ===

  acceptedSchema() {
    for (;;) {
      const schema = makeSchema(this.random);
      const ok = this.oracle.keepSchema(schema);
      schema.line = `${this.name}/${this.lines.length}`;
      this.emit('schema', { format: schema.format, text: schema.text, ok }, [`schema ${schema.format}`]);
      if (ok) return schema;
    }
  }
  mutatedSchemas(count) {
    for (let n = 0; n < count; n++) {
      const format = this.random.pick(['cedar', 'json']);
      const text = format === 'cedar'
        ? mutateText(this.random, toCedar(this.random, this.schema.model), SCHEMA_TOKENS)
        : write(mutateTree(this.random, toJsonTree(this.random, this.schema.model)));
      const schema = { format, text, model: this.schema.model };
      const ok = this.oracle.keepSchema(schema);
      this.emit('schema', { format, text, ok }, ['schema mutated']);
      if (ok && this.random.chance(50)) this.decideUnder(schema, makeSet(this.random, this.schema.model, this.data, 0), 'text', 2);
      this.oracle.keepSchema(this.schema);
    }
  }
  // The line that has it, or the schema itself.
  schemaTree(schema) {
    if (!schema) return undefined;
    return schema.line || object(['format', schema.format], ['text', schema.text]);
  }

  // === decisions ===

  acceptedEntities() {
    for (;;) {
      const text = write(this.data.entities());
      const ok = this.oracle.entities(this.schema, text);
      this.goodEntitiesLine = `${this.name}/${this.lines.length}`;
      this.emitEntities(this.schema, text, ok);
      if (ok) return text;
    }
  }

  decide(wild) {
    const set = makeSet(this.random, this.schema.model, this.data, wild);
    this.decideUnder(this.schema, set, this.random.chance(65) ? 'text' : 'est', this.random.between(4, 8));
  }
  decideWithoutSchema() {
    const data = new DataMaker(this.random, this.schema.model, { explicit: true });
    const set = makeSet(this.random, this.schema.model, data, this.random.pick([4, 12, 25]));
    const entities = write(data.entities());
    if (!this.oracle.entities(null, entities)) return this.emitEntities(null, entities, false);
    this.decideUnder(null, set, this.random.chance(65) ? 'text' : 'est', this.random.between(3, 6), data, entities);
  }
  decideLiterals() {
    const set = makeLiteralSet(this.random, this.schema.model, this.data);
    const schema = this.random.chance(50) ? this.schema : null;
    this.decideUnder(schema, set, this.random.chance(70) ? 'text' : 'est', 1, this.data, schema ? this.goodEntities : '[]');
  }
  entitiesTree(text) {
    return text === this.goodEntities ? this.goodEntitiesLine : raw(text);
  }

  written(set, form) {
    const printer = new PolicyPrinter(this.random);
    const policy = (p) => (form === 'text' ? printer.policy(p) : estOf(this.random, p));
    const statics = set.policies.map(policy);
    const templates = object(...set.templates.map((t) => [t.id, policy(t.policy)]));
    this.each = [...statics.map((p, i) => [`policy${i}`, p, false]), ...templates.members.map(([id, p]) => [id, p, true])];
    const links = set.links.map((l) => object(['templateId', l.templateId], ['newId', l.newId],
      ['values', object(...Object.entries(l.values).map(([slot, uid]) => [slot, object(['type', uid.type], ['id', uid.id])]))]));
    const body = form === 'text' ? statics.join(this.random.chance(90) ? '\n' : '') : object(...statics.map((p, i) => [`policy${i}`, p]));
    return object(['staticPolicies', body], ['templates', templates], ['templateLinks', links]);
  }

  decideUnder(schema, set, form, requests, data = this.data, entities = this.goodEntities) {
    const policies = this.written(set, form);
    const text = write(policies);
    if (!this.oracle.keepPolicies(text)) return this.emit('set', { form, text, ok: false }, featuresOf(text));
    const entitiesOk = entities === this.goodEntities && schema === this.schema ? true : this.oracle.entities(schema, entities);
    if (!entitiesOk) return this.emitEntities(schema, entities, false);
    const validation = schema && this.oracle.validation(schema, text);
    this.emit('decide', {
      schema: this.schemaTree(schema),
      form,
      policies: raw(text),
      ...(validation && { valid: validation.invalid.length === 0, invalid: validation.invalid, warned: validation.warned }),
      est: this.random.chance(25) ? this.ests() : undefined,
      entities: this.entitiesTree(entities),
      requests: this.requests(schema, data, requests, set).map((request) => this.answered(request, entities, schema !== null)),
    }, featuresOf(text));
  }

  requests(schema, data, count, set) {
    const near = set ? [...set.policies, ...set.links.map((link) => this.bound(link, set))] : [null];
    return Array.from({ length: count }, () => {
      const request = data.request(this.random.pick(near));
      const context = write(request.context);
      return { ...request, context, validate: schema !== null && (this.random.chance(88) || !this.oracle.context(schema, request.action, context)) };
    });
  }
  bound(link, set) { // the scopes of a link
    const { policy } = set.templates.find((t) => t.id === link.templateId);
    const scope = (name) => (policy[name].slot ? { ...policy[name], uid: link.values[`?${name}`] } : policy[name]);
    return { ...policy, principal: scope('principal'), resource: scope('resource') };
  }
  answered(request, entities, hasSchema) {
    const answer = this.oracle.authorize(request, entities, hasSchema);
    const uid = (u) => object(['type', u.type], ['id', u.id]);
    return object(['principal', uid(request.principal)], ['action', uid(request.action)], ['resource', uid(request.resource)], ['context', raw(request.context)],
      ['validate', request.validate], ...Object.entries(answer));
  }
  // What the oracle makes of each policy and template written last.
  ests() {
    return object(...this.each.map(([id, p, template]) => [id, raw(this.oracle[typeof p === 'string' ? 'est' : 'normalEst'](write(p), template) || 'null')]));
  }

  // === what may be refused ===

  soups(count) {
    for (let n = 0; n < count; n++) this.policyText(`permit(principal, action, resource) when { ${soup(this.random)} };`, false, 'soup');
  }
  policyText(text, template, feature) {
    const est = this.oracle.est(JSON.stringify(text), template);
    this.emit('policy', { text, template, ok: est !== null, est: est === null ? undefined : raw(est) }, [feature]);
    if (est === null || template || (feature === 'soup' && !this.random.chance(40))) return;
    const set = write(object(['staticPolicies', text]));
    if (this.oracle.keepPolicies(set)) this.decideText(set, text, feature);
  }
  mutatedPolicies(count) {
    const maker = new PolicyMaker(this.random, this.schema.model, this.data, 3);
    for (let n = 0; n < count; n++) {
      const template = this.random.chance(25);
      const text = mutateText(this.random, new PolicyPrinter(this.random).policy(maker.policy({ template })), POLICY_TOKENS);
      this.policyText(text, template, 'policy mutated');
    }
  }
  decideText(set, text, feature) {
    const { invalid, warned } = this.oracle.validation(this.schema, set);
    const requests = this.requests(this.schema, this.data, 2).map((request) => this.answered(request, this.goodEntities, true));
    this.emit('decide', { schema: this.schemaTree(this.schema), form: 'text', policies: raw(set), valid: invalid.length === 0, invalid, warned,
      entities: this.entitiesTree(this.goodEntities), requests }, [feature, ...featuresOf(text)]);
  }

  mutatedEst(count) {
    const maker = new PolicyMaker(this.random, this.schema.model, this.data, 3);
    for (let n = 0; n < count; n++) {
      const template = this.random.chance(25);
      const text = write(mutateTree(this.random, estOf(this.random, maker.policy({ template }))));
      const ok = this.oracle.est(text, template) !== null;
      const est = ok ? this.oracle.normalEst(text, template) : null;
      if (ok && est === null) continue;
      this.emit('est', { text, template, ok, est: ok ? raw(est) : undefined }, ['est mutated']);
    }
  }

  mutatedSets(count) {
    for (let n = 0; n < count; n++) {
      const set = makeSet(this.random, this.schema.model, this.data, 1);
      const form = this.random.pick(['text', 'est']);
      if (set.links.length && this.random.chance(70)) this.damageLinks(set);
      const tree = this.written({ ...set, policies: set.policies.slice(0, 2) }, form);
      const damaged = form === 'est' && this.random.chance(50) ? mutateTree(this.random, tree) : tree;
      const text = write(damaged);
      const ok = this.oracle.keepPolicies(text);
      if (form === 'text' || (isPolicySetJson(damaged) && (!ok || this.hasText(damaged)))) this.emit('set', { form, text, ok }, ['set mutated']);
    }
  }
  // EST can say what no text can, a method called on nothing or an unknown function, which then fails whenever evaluated. Cordon refuses it.
  hasText(set) {
    const writable = (name, template) => set.members.find(([member]) => member === name)[1].members.every(([, p]) => this.oracle.normalEst(write(p), template) !== null);
    return writable('staticPolicies', false) && writable('templates', true);
  }
  damageLinks(set) {
    const r = this.random;
    const link = r.pick(set.links);
    r.pick([
      () => (link.templateId = r.pick(['t9', 'policy0', ''])), () => (link.newId = r.pick(['policy0', 't1', set.links[0].newId, ''])), () => (link.values = {}),
      () => (link.values['?principal'] = this.data.uid(r.pick(this.schema.model.entities).name)), () => (link.values['?resource'] = { type: 'Nobody', id: 'x' }),
      () => (link.values['?action'] = { type: 'User', id: 'x' }), () => delete link.values['?resource'], () => set.links.push({ ...link }), () => (link.values.principal = { type: 'User', id: 'x' }),
    ])();
  }

  emitEntities(schema, text, ok) {
    this.emit('entities', { schema: this.schemaTree(schema), text, ok }, [schema ? 'entities mutated' : 'entities without schema']);
  }
  mutatedEntities(count) {
    for (let n = 0; n < count; n++) {
      const schema = this.random.chance(70) ? this.schema : null;
      const wrong = this.random.chance(50) ? 2 : 0;
      const tree = new DataMaker(this.random, this.schema.model, { explicit: schema === null, wrong }).entities();
      const text = write(wrong && this.random.chance(70) ? tree : mutateTree(this.random, tree));
      this.emitEntities(schema, text, this.oracle.entities(schema, text));
    }
  }
  mutatedContexts(count) {
    for (let n = 0; n < count; n++) {
      const schema = this.random.chance(75) ? this.schema : null;
      const wrong = this.random.chance(50) ? 8 : 0;
      const { context, action } = new DataMaker(this.random, this.schema.model, { explicit: schema === null, wrong }).request();
      const text = write(wrong && this.random.chance(80) ? context : mutateTree(this.random, context));
      const ok = this.oracle.context(schema, action, text);
      this.emit('context', { schema: this.schemaTree(schema), action: object(['type', action.type], ['id', action.id]), text, ok }, ['context mutated']);
    }
  }
}

const label = (oracle, seed, number) => new Unit(oracle, seed, number).run();

module.exports = { label };
