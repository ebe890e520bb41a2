// Cases with the reference's answers, one JSON object a line:
//
//   node generate.cjs --oracle FOLDER [--cases 1000] [--seed 1] [--from 0] [--sample yes]
//
// --sample keeps short lines and every fourth of the simple verdicts: what sample.jsonl is made of.
// FOLDER holds node_modules with @cedar-policy/cedar-wasm 4.12.0. The reference runs in a child process: when one case
// brings it down, that unit is left out (standard error says which) and the next begins with a fresh child.
'use strict';
const { fork } = require('node:child_process');
const readline = require('node:readline');
const path = require('node:path');

function optionsOf(words) {
  const options = { cases: '1000', seed: '1', from: '0', sample: '' };
  for (let i = 0; i < words.length; i += 2) {
    if (!/^--(oracle|cases|seed|from|sample)$/.test(words[i]) || words[i + 1] === undefined) {
      process.stderr.write(`generate: unknown or incomplete option ${words[i]}: usage: --oracle FOLDER [--cases N] [--seed N] [--from UNIT] [--sample yes]\n`);
      process.exit(2);
    }
    options[words[i].slice(2)] = words[i + 1];
  }
  if (!options.oracle) {
    process.stderr.write('generate: --oracle FOLDER is missing: the folder whose node_modules holds @cedar-policy/cedar-wasm\n');
    process.exit(2);
  }
  return options;
}

// A request answered is a case; so is an input refused.
const refusals = /"kind":"(?:schema|policy|est|set|entities|context)".*?"ok":false/;
const casesIn = (line) => (line.includes('"kind":"decide"') ? line.split('"validate":').length - 1 : Number(refusals.test(line)));

function sampleOf(lines) {
  const named = lines.filter((line) => line.includes('"ok":true') && /"kind":"(schema|entities)"/.test(line)).slice(0, 2); // by later lines
  if (named[0].length > 1600) return [];
  const dense = (line) => line.length < 650 * casesIn(line) && line.length < 5000 && !line.includes('"soup"');
  const kept = (line, i) => named.includes(line) || (line.includes('"kind":"decide"') ? dense(line) : line.length < 900 && i % 4 === 0);
  return lines.filter(kept);
}

class Generation {
  constructor(options) {
    this.options = options;
    this.unit = Number(options.from);
    this.left = Number(options.cases);
    this.crashes = 0;
  }

  start() {
    const child = fork(path.join(__dirname, 'generate', 'child.cjs'), [this.options.oracle, this.options.seed, String(this.unit)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const lines = readline.createInterface({ input: child.stdout, crlfDelay: Infinity });
    let pending = [];
    lines.on('line', (line) => {
      if (line !== '') return pending.push(line);
      if (this.left > 0) this.take(pending); // an empty line ends a unit
      pending = [];
      this.unit++;
      if (this.left <= 0) child.kill();
    });
    lines.on('close', () => this.left > 0 && this.restart());
  }
  take(all) {
    const lines = this.options.sample ? sampleOf(all) : all;
    if (lines.length === 0) return;
    for (const line of lines) this.left -= casesIn(line);
    process.stdout.write(lines.join('\n') + '\n');
  }
  restart() {
    process.stderr.write(`generate: the reference broke down in unit ${this.options.seed}/${this.unit}: left out\n`);
    this.unit++;
    if (++this.crashes > 200) {
      process.stderr.write('generate: the reference breaks down too often\n');
      process.exit(1);
    }
    this.start();
  }
}

new Generation(optionsOf(process.argv.slice(2))).start();
