// Texts, numbers and names worth trying: edges of integers, extension literals valid and not, strings with escapes.
'use strict';

const LONG_MAX = 9223372036854775807n;
const LONG_MIN = -9223372036854775808n;
const EDGE_LONGS = [0n, 1n, -1n, 2n, 3n, 7n, 10n, -10n, 100n, 1000n, 4294967296n, 9007199254740993n, -9007199254740993n,
  LONG_MAX, LONG_MIN, LONG_MAX - 1n, LONG_MIN + 1n, 3037000500n];

const STRINGS = ['', 'a', 'b', 'ab', 'abc', 'a*b', '*', 'a b', 'é', 'ü*', '🙂', '日本', '"', "'", '\\', '\n', '\t', '\r', '\0', '\u007f',
  '\u200b', 'true', '1', '1.5', '10.0.0.1', '2024-01-01', '1h', 'User::"a"', '//', '/* */', '${x}', '\u00a0', 'e\u0301'];

const IDENTIFIERS = ['a', 'b', 'c', 'd', 'name', 'level', 'owner', 'tags', 'x1', '_y', 'a_b', 'A', 'principal', 'action', 'resource',
  'context', 'when', 'unless', 'permit', 'forbid', 'ip', 'decimal', 'Set', 'Long', 'contains', 'isEmpty', 'type', 'entity', 'id'];
const ODD_NAMES = ['', 'a b', 'if', 'then', 'in', 'is', 'has', 'like', 'true', 'false', 'else', '__cedar', 'é', '1a', 'a.b', '"', '\\', '\0',
  "it's", '🙂', '__entity_', 'a-b', '__x'];

const DECIMALS = ['0.0', '1.0', '1.00', '1.5', '-1.5', '-1.2345', '12.34', '00.1', '-0.0', '922337203685477.5807', '-922337203685477.5808',
  '922337203685477.5806', '3.1400', '0.0001', '-0.0001', '100.0'];
const BAD_DECIMALS = ['', '1', '1.', '.5', '1.23456', '+1.0', '1.0 ', ' 1.0', '922337203685477.5808', '-922337203685477.5809', '1,0', 'abc',
  '1e3', '-.5', '1.0.0', '--1.0', '1.-5', '٣.٠', '0x1.0', '99999999999999999999.0', '1._0'];

const IPS = ['1.2.3.4', '127.0.0.1', '127.0.0.1/32', '127.255.0.1', '10.0.0.0/8', '10.1.2.3/8', '0.0.0.0/0', '224.0.0.1', '239.255.255.255', '255.255.255.255',
  '::1', '::', '::/0', 'fe80::1/10', 'ff00::/8', 'ff02::1', '2001:db8::1/64', '2001:DB8::1', '1:2:3:4:5:6:7:8', '1::8', '10.0.0.1/24', '10.0.0.1/31',
  '::ffff', '1:2:3:4:5:6:7::', '::2:3:4:5:6:7:8', '127.0.0.0/8', '::1/128', '224.0.0.0/4', 'abcd::ABCD'];
const BAD_IPS = ['', '1.2.3', '1.2.3.256', '1.2.3.4/33', '1.2.3.4/', '/8', '1.2.3.4/08', '01.2.3.4', '::1/129', ':::', '1::2::3', '12345::', 'g::',
  '1.2.3.4/ 8', 'fe80::1%eth0', '1.2.3.4/+8', '1.2.3.4/8/8', '::ffff:1.2.3.4', ' 1.2.3.4', '1.2.3.4 ', '1.2.3.4.5', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9',
  '1.2.3.-4', '0x7f.0.0.1', '2130706433', '1.2.3.4/255.0.0.0', '[::1]', '::/00', '1.2.3.4/032', '::1/064', '1:2:3:4:5:6:7::8', '00001::'];

const DATETIMES = ['2024-01-01', '1970-01-01', '2024-02-29', '1969-12-31', '0000-01-01', '9999-12-31', '2024-01-01T00:00:00Z', '2024-01-01T23:59:59Z',
  '2024-01-01T12:34:56.789Z', '2024-01-01T12:34:56+0130', '2024-01-01T12:34:56-1200', '2024-01-01T12:34:56.001+2359', '1969-12-31T23:59:59.999Z', '2000-02-29',
  '0001-01-01T00:00:00.000-0000', '2024-12-31T23:59:59.999-2359', '1900-02-28'];
const BAD_DATETIMES = ['', '2024', '2024-1-1', '2023-02-29', '1900-02-29', '2024-13-01', '2024-00-01', '2024-01-32', '2024-01-00', '2024-01-01T', '2024-01-01T00:00Z',
  '2024-01-01T24:00:00Z', '2024-01-01T00:60:00Z', '2016-12-31T23:59:60Z', '2024-01-01T00:00:00', '2024-01-01t00:00:00Z', '2024-01-01T00:00:00z',
  '2024-01-01 00:00:00Z', '2024-01-01T00:00:00.1Z', '2024-01-01T00:00:00.1234Z', '2024-01-01T00:00:00+2400', '2024-01-01T00:00:00+0060', '2024-01-01T00:00:00+01:00',
  '2024-01-01T00:00:00Z ', ' 2024-01-01', '-001-01-01', '+2024-01-01', '10000-01-01', '2024-01-01Z', '20240101', '2024-01-01T00:00:00+01', '2024-01-01T00:00:00.000',
  '2024-04-31', '2024-01-01T1:00:00Z', '2024-01-01T00:00:00.Z'];

const DURATIONS = ['0ms', '1ms', '1s', '1m', '1h', '1d', '-1d', '1d2h3m4s5ms', '2h30m', '-1h30m', '90m', '100000d', '1000ms', '00001s', '-0ms', '9223372036854775807ms',
  '-9223372036854775808ms', '106751991167d', '1d5ms', '1m1ms', '24h', '1s500ms'];
const BAD_DURATIONS = ['', '1', 'd', '-', '1h1d', '1s1m', '1.5h', '+1h', '1h ', ' 1h', '1D', '1d1d', '1h-30m', '9223372036854775808ms', '-9223372036854775809ms',
  '106751991168d', '1w', '1y', '1 h', '--1h', '1us', '1ms1s', '99999999999999999999d', '1hm', '106751991167d8h'];

const EXTENSIONS = {
  decimal: [DECIMALS, BAD_DECIMALS],
  ip: [IPS, BAD_IPS],
  datetime: [DATETIMES, BAD_DATETIMES],
  duration: [DURATIONS, BAD_DURATIONS],
};
const CONSTRUCTOR_OF = { decimal: 'decimal', ipaddr: 'ip', datetime: 'datetime', duration: 'duration' };

const digits = (random, least, most) => {
  let out = '';
  for (let i = random.between(least, most); i > 0; i--) out += random.below(10);
  return out;
};
const two = (random, most) => String(random.below(most + 1)).padStart(2, '0');

const MADE = {
  decimal: (r) => `${r.chance(30) ? '-' : ''}${digits(r, 1, r.chance(10) ? 16 : 4)}.${digits(r, 1, r.chance(10) ? 5 : 4)}`,
  ip: (r) =>
    (r.chance(60)
      ? [0, 0, 0, 0].map(() => r.pick([0, 1, 10, 127, 224, 239, r.below(256)])).join('.')
      : [0, 0, 0, 0, 0, 0, 0, 0].map(() => r.below(r.chance(50) ? 10 : 65536).toString(16)).join(':')) + (r.chance(50) ? `/${r.below(34)}` : ''),
  datetime: (r) =>
    `${String(r.chance(70) ? r.between(1960, 2040) : r.below(10000)).padStart(4, '0')}-${two(r, 12)}-${two(r, 31)}` +
    (r.chance(60) ? `T${two(r, 23)}:${two(r, 59)}:${two(r, 59)}${r.chance(40) ? `.${digits(r, 3, 3)}` : ''}${r.chance(50) ? 'Z' : `${r.pick(['+', '-'])}${two(r, 23)}${two(r, 59)}`}` : ''),
  duration: (r) => (r.chance(30) ? '-' : '') + (['d', 'h', 'm', 's', 'ms'].map((u) => (r.chance(45) ? digits(r, 1, 3) + u : '')).join('') || '5ms'),
};

// One character removed, doubled or replaced.
function spoiled(random, text) {
  const letters = [...text];
  const at = random.below(letters.length + 1);
  const change = random.below(3);
  letters.splice(at, change === 0 ? 0 : 1, ...(change === 1 ? [] : [random.pick([...'0159-+.:/TZzdhms aA٣'])]));
  return letters.join('');
}

function extensionText(random, constructor, badPercent) {
  const [good, bad] = EXTENSIONS[constructor];
  if (random.chance(badPercent)) return random.chance(60) ? random.pick(bad) : spoiled(random, random.pick(good));
  return random.chance(70) ? random.pick(good) : MADE[constructor](random);
}

function long(random) {
  if (random.chance(70)) return BigInt(random.between(-3, 12));
  if (random.chance(70)) return random.pick(EDGE_LONGS);
  return BigInt.asIntN(64, (BigInt(random.next()) << 32n) | BigInt(random.next()));
}

const string = (random) => (random.chance(85) ? random.pick(STRINGS) : random.pick(STRINGS) + random.pick(STRINGS));
const attributeName = (random) => (random.chance(92) ? random.pick(IDENTIFIERS) : random.pick(ODD_NAMES));

module.exports = { LONG_MAX, LONG_MIN, IDENTIFIERS, ODD_NAMES, STRINGS, CONSTRUCTOR_OF, extensionText, long, string, attributeName };
