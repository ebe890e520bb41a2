// Expression trees as Cedar text. Brackets only where the grammar needs them (and sometimes more), with the freedom the
// language gives: escapes in strings, a["b"] for a.b, comments, line breaks, commas at the end.
'use strict';

const RESERVED = new Set(['true', 'false', 'if', 'then', 'else', 'in', 'is', 'like', 'has', '__cedar']);
const isIdentifier = (text) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) && !RESERVED.has(text);

const NAMED = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\0': '\\0', '\\': '\\\\', '"': '\\"' };

function character(random, c, inPattern) {
  const code = c.codePointAt(0);
  if (NAMED[c] && random.chance(90)) return NAMED[c];
  if (c === '*' && inPattern) return '\\*';
  if (c === "'" && random.chance(30)) return "\\'";
  if (c === '"' || c === '\\') return `\\u{${code.toString(16)}}`;
  if (random.chance(96)) return c;
  if (code < 128 && random.chance(50)) return `\\x${code.toString(16).padStart(2, '0')}`;
  return `\\u{${random.chance(50) ? code.toString(16) : code.toString(16).toUpperCase().padStart(6, '0')}}`;
}

const quoted = (random, text) => `"${[...text].map((c) => character(random, c, false)).join('')}"`;

// Elements are characters or '*' wildcards: [{wild: true}, {text: 'ab'}].
const pattern = (random, elements) =>
  `"${elements.map((e) => (e.wild ? '*' : [...e.text].map((c) => character(random, c, true)).join(''))).join('')}"`;

// Binding strength: 0 if, 1 ||, 2 &&, 3 relations, 4 + -, 5 *, 6 ! and -, 7 members, 8 the rest.
const STRENGTH = { '||': 1, '&&': 2, '==': 3, '!=': 3, '<': 3, '<=': 3, '>': 3, '>=': 3, in: 3, '+': 4, '-': 4, '*': 5 };

class Printer {
  constructor(random, untidy = 4) {
    this.random = random;
    this.untidy = untidy; // percent of places with odd layout
  }

  space() {
    if (!this.random.chance(this.untidy)) return ' ';
    return this.random.pick(['\n', '  ', '\t', ' // a comment\n', ' //\n', '\r\n', ' // "quoted" { ;\n', '\u0020\n\n']);
  }
  list(items) {
    return items.join(`,${this.space()}`) + (items.length && this.random.chance(this.untidy) ? ',' : '');
  }
  name(text) {
    return isIdentifier(text) && this.random.chance(90) ? text : quoted(this.random, text);
  }
  entity(uid) {
    return `${uid.type}::${quoted(this.random, uid.id)}`;
  }

  at(strength, tree) {
    const [own, text] = this.expression(tree);
    return own < strength || this.random.chance(this.untidy) ? `(${text})` : text;
  }

  expression(e) {
    const method = this[`print_${e.op}`];
    if (method) return method.call(this, e);
    const s = this.space();
    const own = STRENGTH[e.op];
    if (own === undefined) return this.method(e);
    const left = this.at(own === 3 ? 4 : own, e.left);
    return [own, `${left}${s}${e.op}${this.space()}${this.at(own === 3 ? 4 : own + 1, e.right)}`];
  }

  method(e) { // contains, containsAll, containsAny, hasTag, getTag
    return [7, `${this.at(7, e.left)}.${e.op}(${this.at(0, e.right)})`];
  }
  print_long(e) {
    return [e.value < 0n ? 6 : 8, e.value.toString()];
  }
  print_bool(e) {
    return [8, String(e.value)];
  }
  print_string(e) {
    return [8, quoted(this.random, e.value)];
  }
  print_uid(e) {
    return [8, this.entity(e)];
  }
  print_var(e) {
    return [8, e.name];
  }
  print_not(e) {
    return [6, this.repeated('!', e.arg, 'not')];
  }
  print_neg(e) { // -5 is a literal, not a negation, so a literal gets brackets
    if (e.arg.op === 'long') return [6, `-(${e.arg.value})`];
    return [6, this.repeated('-', e.arg, 'neg')];
  }
  repeated(sign, arg, op) { // at most four in a row
    let text = sign;
    let inner = arg;
    for (let i = 1; i < 4 && inner.op === op && !(op === 'neg' && inner.arg.op === 'long'); i++, inner = inner.arg) text += sign;
    const operand = this.at(7, inner);
    return text + (sign === '-' && /^[0-9]/.test(operand) ? `(${operand})` : operand);
  }
  print_isEmpty(e) {
    return [7, `${this.at(7, e.arg)}.isEmpty()`];
  }
  print_like(e) {
    return [3, `${this.at(4, e.arg)} like ${pattern(this.random, e.pattern)}`];
  }
  print_is(e) {
    return [3, `${this.at(4, e.arg)} is ${e.type}${e.group ? `${this.space()}in ${this.at(4, e.group)}` : ''}`];
  }
  print_if(e) {
    return [0, `if ${this.at(0, e.test)}${this.space()}then ${this.at(0, e.yes)}${this.space()}else ${this.at(0, e.no)}`];
  }
  print_get(e) {
    const dotted = isIdentifier(e.name) && this.random.chance(85);
    return [7, this.at(7, e.arg) + (dotted ? `.${e.name}` : `[${quoted(this.random, e.name)}]`)];
  }
  print_has(e) { // a path is written only when it has several names
    const what = e.path.length > 1 ? e.path.join('.') : this.name(e.path[0]);
    return [3, `${this.at(4, e.arg)} has ${what}`];
  }
  print_set(e) {
    return [8, `[${this.list(e.items.map((item) => this.at(0, item)))}]`];
  }
  print_record(e) {
    return [8, `{${this.list(e.fields.map(([name, value]) => `${this.name(name)}: ${this.at(0, value)}`))}}`];
  }
  print_call(e) {
    const args = e.args.map((arg) => this.at(0, arg));
    if (e.style === 'function') return [8, `${e.fn}(${this.list(args)})`];
    return [7, `${this.at(7, e.args[0])}.${e.fn}(${this.list(args.slice(1))})`];
  }
}

module.exports = { Printer, quoted, isIdentifier };
