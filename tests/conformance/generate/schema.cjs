// Random schemas: a model of namespaces, entity types, common types and actions, written in either syntax.
//   type: {k: 'bool'|'long'|'string'} {k: 'ext', name} {k: 'entity', name} {k: 'set', of} {k: 'record', attrs: [{name, type, required}]}
//         {k: 'common', name, type}   names are absolute
'use strict';
const { attributeName } = require('./literals.cjs');
const { isIdentifier } = require('./print.cjs');
const { object, write } = require('./json.cjs');

const ENTITY_NAMES = ['User', 'Group', 'Doc', 'Photo', 'Team', 'Device', 'U2', 'in_', 'Principal', 'Role'];
const ODD_ENTITY_NAMES = ['ip', 'String_', 'context', 'type', 'action', 'entity', '_x', 'Long2', 'permit', 'tags'];
const COMMON_NAMES = ['Address', 'Info', 'Names', 'Level', 'Ctx'];
const ACTION_IDS = ['view', 'edit', 'delete', 'list', 'do it', '', 'ü', 'in', 'a"b'];
const GROUP_IDS = ['all', 'write', 'read only'];
const EXTENSIONS = ['decimal', 'ipaddr', 'datetime', 'duration'];
const ENUM_IDS = ['low', 'mid', 'high', 'a b', '', 'é'];

const resolved = (type) => (type.k === 'common' ? resolved(type.type) : type);
const absolute = (namespace, name) => (namespace ? `${namespace}::${name}` : name);
const actionType = (namespace) => absolute(namespace, 'Action');

class SchemaMaker {
  constructor(random) {
    this.random = random;
    this.namespaces = random
      .weighted([[45, ['']], [25, ['App']], [10, ['App', 'App::Core']], [10, ['', 'App']], [5, ['A1', 'B1']], [5, ['', 'N', 'N::M::O']]])
      .map((name) => ({ name, commons: [], entities: [], actions: [] }));
    this.entities = [];
    this.commons = [];
    this.actions = [];
  }

  make() {
    this.declareEntities();
    this.declareCommons();
    for (const entity of this.entities) this.fillEntity(entity);
    this.declareActions();
    return { namespaces: this.namespaces, entities: this.entities, actions: this.actions, attributeNames: [...new Set(this.names)] };
  }

  declareEntities() {
    const r = this.random;
    const names = r.shuffled(ENTITY_NAMES).slice(0, r.between(2, 5));
    if (r.chance(12)) names.push(r.pick(ODD_ENTITY_NAMES));
    this.names = [];
    if (this.namespaces.length > 1 && r.chance(12)) names.push(names[0]); // in two namespaces, perhaps
    for (const name of names) {
      const home = r.pick(this.namespaces);
      if (home.entities.some((e) => e.short === name)) continue;
      const entity = { name: absolute(home.name, name), short: name, parents: [], attrs: [], tags: null, ids: null };
      if (this.entities.length > 0 && r.chance(12)) entity.ids = r.shuffled(ENUM_IDS).slice(0, r.between(1, 4));
      home.entities.push(entity);
      this.entities.push(entity);
    }
  }

  declareCommons() {
    const r = this.random;
    for (const name of r.shuffled(COMMON_NAMES).slice(0, r.weighted([[50, 0], [30, 1], [20, 2]]))) {
      const home = r.pick(this.namespaces);
      const type = r.chance(60) ? this.record(2) : this.type(2);
      if (r.chance(4)) this.commonNamedAsEntity(home, type);
      const common = { k: 'common', name: absolute(home.name, name), short: name, type };
      home.commons.push(common);
      this.commons.push(common);
    }
  }

  commonNamedAsEntity(home, type) {
    if (!home.entities.length) return;
    const short = home.entities[0].short;
    home.commons.push({ k: 'common', name: absolute(home.name, short), short, type });
  }

  type(depth) {
    const r = this.random;
    const kind = r.weighted([[18, 'bool'], [22, 'long'], [20, 'string'], [16, 'ext'], [16, 'entity'],
      [depth > 0 ? 14 : 0, 'set'], [depth > 0 ? 10 : 0, 'record'], [this.commons.length ? 10 : 0, 'common']]);
    switch (kind) {
      case 'ext': return { k: 'ext', name: r.pick(EXTENSIONS) };
      case 'entity': return { k: 'entity', name: r.pick(this.entities).name };
      case 'set': return { k: 'set', of: this.type(depth - 1) };
      case 'record': return this.record(depth - 1);
      case 'common': return r.pick(this.commons);
      default: return { k: kind };
    }
  }

  record(depth, most = 4) {
    const r = this.random;
    const attrs = [];
    for (let n = r.between(0, most); n > 0; n--) {
      const name = attributeName(r);
      if (attrs.some((a) => a.name === name)) continue;
      this.names.push(name);
      attrs.push({ name, type: this.type(depth), required: r.chance(60) });
    }
    return { k: 'record', attrs };
  }

  fillEntity(entity) {
    const r = this.random;
    if (entity.ids) return;
    entity.parents = r.some(this.entities, 35).map((e) => e.name);
    entity.shape = this.record(2, 6);
    const records = this.commons.filter((c) => resolved(c).k === 'record');
    if (records.length && r.chance(12)) entity.shape = r.pick(records);
    entity.attrs = resolved(entity.shape).attrs;
    if (r.chance(30)) entity.tags = this.type(1);
  }

  declareActions() {
    const r = this.random;
    for (const id of r.shuffled(GROUP_IDS).slice(0, r.between(0, 2))) this.declareAction(id, false);
    for (const id of r.shuffled(ACTION_IDS).slice(0, r.between(1, 4))) this.declareAction(id, true);
  }

  declareAction(id, applies) {
    const r = this.random;
    const home = r.pick(this.namespaces);
    const parents = r.some(this.actions, applies ? 40 : 25).map((a) => a.uid);
    const action = { uid: { type: actionType(home.name), id }, parents, principals: [], resources: [], context: { k: 'record', attrs: [] } };
    if (applies || r.chance(15)) {
      action.principals = this.someTypes();
      action.resources = this.someTypes();
      action.written = this.record(2, 5);
      const records = this.commons.filter((c) => resolved(c).k === 'record');
      if (records.length && r.chance(15)) action.written = r.pick(records);
      action.context = resolved(action.written);
    }
    home.actions.push(action);
    this.actions.push(action);
  }

  someTypes() {
    const names = this.random.some(this.entities, 35).map((e) => e.name);
    return names.length ? names : [this.random.pick(this.entities).name];
  }
}

// === writing ===

class Writer {
  constructor(random, home) {
    this.random = random;
    this.home = home;
  }
  reference(name) {
    const at = name.lastIndexOf('::');
    const namespace = at < 0 ? '' : name.slice(0, at);
    return namespace === this.home && this.random.chance(80) ? name.slice(at < 0 ? 0 : at + 2) : name;
  }
  string(text) {
    return JSON.stringify(text).replace(/\\u([0-9a-f]{4})/g, '\\u{$1}');
  }
}

const PRIMITIVES = { bool: 'Bool', long: 'Long', string: 'String' };

class CedarWriter extends Writer {
  prefix(name) {
    return this.random.chance(6) ? `__cedar::${name}` : name;
  }
  type(type) {
    switch (type.k) {
      case 'ext': return this.prefix(type.name);
      case 'entity':
      case 'common': return this.reference(type.name);
      case 'set': return `Set<${this.type(type.of)}>`;
      case 'record': return this.record(type);
      default: return this.prefix(PRIMITIVES[type.k]);
    }
  }
  name(text) {
    return isIdentifier(text) && this.random.chance(85) ? text : this.string(text);
  }
  note() {
    const r = this.random;
    return r.chance(4) ? `@${r.pick(['doc', 'x', 'if'])}${r.chance(60) ? `("${r.pick(['', 'text', '\\n'])}")` : ''} ` : '';
  }
  record(type) {
    const attrs = type.attrs.map((a) => `${this.note()}${this.name(a.name)}${a.required ? '' : '?'}: ${this.type(a.type)}`);
    return `{ ${attrs.join(', ')}${attrs.length && this.random.chance(30) ? ',' : ''} }`;
  }
  names(list, brackets = false) {
    const names = list.map((name) => this.reference(name));
    return names.length === 1 && !brackets && this.random.chance(50) ? names[0] : `[${names.join(', ')}]`;
  }
  entity(e) {
    if (e.ids) return `${this.note()}entity ${e.short} enum [${e.ids.map((id) => this.string(id)).join(', ')}];`;
    const parents = e.parents.length ? ` in ${this.names(e.parents)}` : '';
    const bare = !e.attrs.length && this.random.chance(50);
    const shape = bare ? '' : `${this.random.chance(50) ? ' =' : ''} ${this.type(e.shape)}`;
    const named = e.shape.k === 'common';
    return `${this.note()}entity ${e.short}${parents}${named ? ` = ${this.type(e.shape)}` : shape}${e.tags ? ` tags ${this.type(e.tags)}` : ''};`;
  }
  parent(uid) {
    const own = uid.type === actionType(this.home) && this.random.chance(70);
    return own ? this.name(uid.id) : `${uid.type}::${this.string(uid.id)}`;
  }
  action(a) {
    const parents = a.parents.map((p) => this.parent(p));
    const inside = !parents.length ? '' : ` in ${parents.length === 1 && this.random.chance(50) ? parents[0] : `[${parents.join(', ')}]`}`;
    if (!a.written) return `${this.note()}action ${this.name(a.uid.id)}${inside};`;
    const parts = [`principal: ${this.names(a.principals)}`, `resource: ${this.names(a.resources)}`];
    if (a.context.attrs.length || this.random.chance(50)) parts.push(`context: ${this.type(a.written)}`);
    return `${this.note()}action ${this.name(a.uid.id)}${inside} appliesTo { ${parts.join(', ')}${this.random.chance(15) ? ',' : ''} };`;
  }
  namespace(n) {
    const lines = [
      ...n.commons.map((c) => `type ${c.short} = ${this.type(c.type)};`),
      ...n.entities.map((e) => this.entity(e)),
      ...n.actions.map((a) => this.action(a)),
    ];
    const body = this.random.shuffled(lines).join(this.random.chance(90) ? '\n' : ' // note\n');
    return n.name ? `namespace ${n.name} {\n${body}\n}` : body;
  }
}

class JsonWriter extends Writer {
  named(kind, name) {
    if (this.random.chance(15)) return object(['type', 'EntityOrCommon'], ['name', name]);
    return object(['type', kind], ['name', name]);
  }
  type(type) {
    switch (type.k) {
      case 'ext': return this.named('Extension', type.name);
      case 'entity': return this.named('Entity', this.reference(type.name));
      case 'common': return this.random.chance(50) ? object(['type', this.reference(type.name)]) : object(['type', 'EntityOrCommon'], ['name', this.reference(type.name)]);
      case 'set': return object(['type', 'Set'], ['element', this.type(type.of)]);
      case 'record': return object(['type', 'Record'], ['attributes', object(...type.attrs.map((a) => [a.name, this.attribute(a)]))]);
      default: {
        const r = this.random;
        if (r.chance(8)) return object(['type', 'EntityOrCommon'], ['name', PRIMITIVES[type.k]]);
        return object(['type', { bool: 'Boolean', long: 'Long', string: 'String' }[type.k]]);
      }
    }
  }
  attribute(a) {
    const tree = this.type(a.type);
    if (!a.required || this.random.chance(30)) tree.members.push(['required', a.required]);
    return tree;
  }
  note() {
    return this.random.chance(4) ? ['annotations', object(['doc', 'text'])] : undefined;
  }
  entity(e) {
    if (e.ids) return object(['enum', e.ids], this.note());
    return object(e.parents.length || this.random.chance(30) ? ['memberOfTypes', e.parents.map((p) => this.reference(p))] : undefined,
      e.attrs.length || e.shape.k === 'common' || this.random.chance(30) ? ['shape', this.type(e.shape)] : undefined, e.tags ? ['tags', this.type(e.tags)] : undefined, this.note());
  }
  action(a) {
    const parents = a.parents.map((p) =>
      object(['id', p.id], p.type === actionType(this.home) && this.random.chance(70) ? undefined : ['type', p.type]));
    const applies = a.written && object(['principalTypes', a.principals.map((p) => this.reference(p))], ['resourceTypes', a.resources.map((p) => this.reference(p))],
      a.context.attrs.length || a.written.k === 'common' || this.random.chance(50) ? ['context', this.type(a.written)] : undefined);
    return object(parents.length ? ['memberOf', parents] : undefined, applies ? ['appliesTo', applies] : undefined, this.note());
  }
  namespace(n) {
    return object(n.commons.length ? ['commonTypes', object(...n.commons.map((c) => [c.short, this.type(c.type)]))] : undefined,
      ['entityTypes', object(...n.entities.map((e) => [e.short, this.entity(e)]))],
      ['actions', object(...n.actions.map((a) => [a.uid.id, this.action(a)]))]);
  }
}

const toCedar = (random, model) => model.namespaces.map((n) => new CedarWriter(random, n.name).namespace(n)).join('\n');
const toJsonTree = (random, model) => object(...model.namespaces.map((n) => [n.name, new JsonWriter(random, n.name).namespace(n)]));

function makeSchema(random) {
  const model = new SchemaMaker(random).make();
  if (random.chance(60)) return { model, format: 'cedar', text: toCedar(random, model) };
  const tree = toJsonTree(random, model);
  return { model, format: 'json', text: write(tree), tree };
}

module.exports = { makeSchema, toCedar, toJsonTree, resolved };
