// Verifies an evidence log with nothing but WebCrypto: in a browser, or
//   node tools/verify_log.mjs FOLDER-OR-URL VKEYS [INDEX ENTRY]
// It checks the checkpoint's Ed25519 signature with the key of the file VKEYS, every hash tile up to the root the
// checkpoint signs, every entry against its leaf, and, with INDEX ENTRY, the inclusion proof of that file's bytes.
// Formats: c2sp.org/tlog-tiles, c2sp.org/signed-note; hashes: RFC 6962 2.1.

const bytesOf = (text) => new TextEncoder().encode(text);
const base64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const hex = (bytes) => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);
const join = (...parts) => {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (out.set(part, at), at + part.length), 0);
  return out;
};
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
const leafHash = (entry) => sha256(join(Uint8Array.of(0), entry));
const nodeHash = (left, right) => sha256(join(Uint8Array.of(1), left, right));
const leftPart = (size) => 2 ** (Math.ceil(Math.log2(size)) - 1); // the largest power of two below size

// RFC 6962 2.1: the root over a list of hashes.
async function rootOf(hashes) {
  if (hashes.length === 1) return hashes[0];
  const k = leftPart(hashes.length);
  return nodeHash(...(await Promise.all([rootOf(hashes.slice(0, k)), rootOf(hashes.slice(k))])));
}

// The roots over each 256 hashes, and over what is left behind them: what the next level of the tree begins with.
async function blockRoots(hashes) {
  const blocks = [];
  for (let at = 0; at < hashes.length; at += 256) blocks.push(await rootOf(hashes.slice(at, at + 256)));
  return blocks;
}

// RFC 6962 2.1.1: the hashes beside the way from a leaf to the root.
async function inclusionPath(index, hashes) {
  if (hashes.length === 1) return [];
  const k = leftPart(hashes.length);
  const [near, far] = index < k ? [hashes.slice(0, k), hashes.slice(k)] : [hashes.slice(k), hashes.slice(0, k)];
  return [...(await inclusionPath(index < k ? index : index - k, near)), await rootOf(far)];
}

async function rootFromPath(index, size, hash, path) {
  if (size === 1) return path.length === 0 ? hash : null;
  const k = leftPart(size), last = path.at(-1);
  if (!last) return null;
  const below = await rootFromPath(index < k ? index : index - k, index < k ? k : size - k, hash, path.slice(0, -1));
  return below && (index < k ? nodeHash(below, last) : nodeHash(last, below));
}

// The tree head, once the log's Ed25519 signature on it holds.
export async function openCheckpoint(text, vkeys) {
  const blank = text.lastIndexOf('\n\n');
  const signed = text.slice(0, blank + 1);
  const [origin, size, root, ...rest] = signed.split('\n');
  if (blank < 0 || rest.length !== 1 || !/^(0|[1-9][0-9]*)$/.test(size)) throw new Error('not a checkpoint');
  for (const vkey of vkeys.trim().split(/\s+/)) {
    const [name, id, encoded] = vkey.split(/\+(.{8})\+/);
    const key = base64(encoded);
    if (name !== origin || key[0] !== 1) continue;
    if (hex(await sha256(join(bytesOf(name + '\n'), key))).slice(0, 8) !== id) throw new Error('the key ID is wrong');
    const line = text.slice(blank + 2).split('\n').map((l) => l.split(' '))
      .find(([dash, by, value]) => dash === '\u2014' && by === name && hex(base64(value).slice(0, 4)) === id);
    if (!line) throw new Error('the checkpoint lacks the signature of ' + name);
    const publicKey = await crypto.subtle.importKey('raw', key.slice(1), 'Ed25519', false, ['verify']);
    if (!(await crypto.subtle.verify('Ed25519', publicKey, base64(line[2]).slice(4), bytesOf(signed))))
      throw new Error('the signature of ' + name + ' does not hold');
    return { origin, size: Number(size), root: base64(root) };
  }
  throw new Error('no Ed25519 key of ' + origin + ' was given');
}

function tilePath(kind, index, width) {
  const groups = String(index).padStart(Math.ceil(String(index).length / 3) * 3, '0').match(/.{3}/g);
  return `tile/${kind}/` + groups.map((g, i) => (i + 1 < groups.length ? 'x' + g : g)).join('/')
    + (width < 256 ? '.p/' + width : '');
}

// All tiles of a level's `count` hashes, or all bundles of entries.
async function* readTiles(read, kind, count) {
  for (let index = 0; index * 256 < count; index++) {
    const width = Math.min(256, count - index * 256);
    yield { width, bytes: await read(tilePath(kind, index, width)), first: index * 256 };
  }
}

async function readHashes(read, level, count) {
  const hashes = [];
  for await (const { width, bytes } of readTiles(read, level, count)) {
    if (bytes.length !== width * 32) throw new Error('a tile of level ' + level + ' has the wrong size');
    for (let i = 0; i < width; i++) hashes.push(bytes.slice(i * 32, i * 32 + 32));
  }
  return hashes;
}

function splitBundle(bytes, width) {
  const entries = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes[at] * 256 + bytes[at + 1];
    entries.push(bytes.slice(at + 2, at += 2 + size));
    if (!(at <= bytes.length)) throw new Error('an entry is cut short');
  }
  if (entries.length !== width) throw new Error('a bundle has ' + entries.length + ' entries instead of ' + width);
  return entries;
}

// read(path) gives a file's bytes. Throws on the first thing that does not hold.
export async function verifyLog(read, vkeys, wanted) {
  const head = await openCheckpoint(new TextDecoder().decode(await read('checkpoint')), vkeys);
  const leaves = await readHashes(read, 0, head.size);
  const blocks = await blockRoots(leaves);
  const root = head.size === 0 ? await sha256(new Uint8Array()) : await rootOf(blocks);
  if (!same(root, head.root)) throw new Error('the tiles do not lead to the signed root');
  for (let level = 1, below = blocks, count; (count = Math.floor(head.size / 256 ** level)) > 0; level++) {
    const upper = await readHashes(read, level, count);
    if (!upper.every((hash, i) => same(hash, below[i]))) throw new Error('tile level ' + level);
    below = await blockRoots(upper);
  }
  for await (const { width, bytes, first } of readTiles(read, 'entries', head.size)) {
    const hashes = await Promise.all(splitBundle(bytes, width).map(leafHash));
    const wrong = hashes.findIndex((hash, i) => !same(hash, leaves[first + i]));
    if (wrong >= 0) throw new Error(`entry ${first + wrong} is not the one signed`);
  }
  if (wanted) {
    if (!(wanted.index < head.size)) throw new Error('the log has no entry ' + wanted.index);
    const block = Math.floor(wanted.index / 256);
    const path = [...(await inclusionPath(wanted.index % 256, leaves.slice(block * 256, block * 256 + 256))),
      ...(await inclusionPath(block, blocks))];
    const reached = await rootFromPath(wanted.index, head.size, await leafHash(wanted.entry), path);
    if (!reached || !same(reached, head.root)) throw new Error(`entry ${wanted.index} is not these bytes`);
  }
  return head;
}

if (globalThis.process?.argv?.[1]?.endsWith('verify_log.mjs')) {
  const { readFile } = await import('node:fs/promises');
  const [folder, vkeys, index, entry] = process.argv.slice(2);
  const remote = /^https?:/.test(folder ?? '');
  const read = async (path) => remote ? new Uint8Array(await (await fetch(`${folder}/${path}`)).arrayBuffer())
    : new Uint8Array(await readFile(`${folder}/${path}`));
  try {
    if (!vkeys) throw new Error('usage: verify_log.mjs FOLDER-OR-URL VKEYS [INDEX ENTRY]');
    const wanted = entry && { index: Number(index), entry: new Uint8Array(await readFile(entry)) };
    const head = await verifyLog(read, await readFile(vkeys, 'utf8'), wanted);
    console.log(`${head.origin}: ${head.size} entries are in the tree the checkpoint signs`
      + (wanted ? `, and entry ${index} is that file` : ''));
  } catch (error) {
    console.error(`verify_log: ${error.message}`);
    process.exitCode = 1;
  }
}
