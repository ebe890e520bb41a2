// The child of generate.cjs: labels unit after unit until it is ended. Each unit is its lines and an empty line.
'use strict';
const fs = require('node:fs');
const { Oracle } = require('./oracle.cjs');
const { label } = require('./unit.cjs');

const [folder, seed, from] = process.argv.slice(2);
const oracle = new Oracle(folder);
process.on('disconnect', () => process.exit(0)); // the parent is gone

function put(text) { // the pipe's reader may be slower
  let bytes = Buffer.from(text);
  while (bytes.length) {
    try {
      bytes = bytes.subarray(fs.writeSync(1, bytes));
    } catch (error) {
      if (error.code === 'EPIPE') process.exit(0);
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

for (let unit = Number(from); ; unit++) put(`${label(oracle, seed, unit).join('\n')}\n\n`);
