// JSON as a tree that can hold what JSON.stringify cannot: 64-bit integers (BigInt), repeated members and raw text.
//   null, booleans, strings, BigInt, arrays, {members: [[name, value], ...]}, {raw: 'text'}
'use strict';

const object = (...members) => ({ members: members.filter(Boolean) });

function write(tree) {
  if (tree === null || typeof tree === 'boolean') return String(tree);
  if (typeof tree === 'bigint') return tree.toString();
  if (typeof tree === 'string') return JSON.stringify(tree);
  if (Array.isArray(tree)) return `[${tree.map(write).join(',')}]`;
  if (tree.raw !== undefined) return tree.raw;
  return `{${tree.members.map(([name, value]) => `${JSON.stringify(name)}:${write(value)}`).join(',')}}`;
}

module.exports = { object, write };
