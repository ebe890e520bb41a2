// Other policy engines on the cases of policy_bench: policy_peers.cjs FOLDER, where FOLDER/node_modules holds them.
// Prints {"peers": [{"name", "workload", "policies", "nanoseconds"}]}: processor time of one decision, least of three
// batches, one thread, warm, policies parsed beforehand. Each answer is checked before it is timed.
'use strict';
const path = require('path');

const folder = path.resolve(process.argv[2]);
const load = (name) => require(require.resolve(name, {paths: [folder]}));
const version = (name) =>
  JSON.parse(require('fs').readFileSync(path.join(folder, 'node_modules', name, 'package.json'), 'utf8')).version;

const kRequests = 1024;
const kSizes = [10, 1000, 10000];
const kContext = {plmn: '00101', sst: 1};

// The draws of benchmarks/policy_sets.cpp.
function draw() {
  let state = 12345;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % bound;
  };
}

function requests(policies) {
  const below = draw();
  return Array.from({length: kRequests}, (_, i) => {
    const k = below(policies);
    return {principal: `nf${k}`, resource: `svc${k + (i % 2)}`, allow: i % 2 === 0};
  });
}

// === engines: each makes a function of a request, or null where it would take too long ===

function cedar(workload, policies) {
  const engine = load('@cedar-policy/cedar-wasm/nodejs');
  const condition = workload === 'W2' ? ' when { context.plmn == "00101" && context.sst == 1 }' : '';
  const text = Array.from({length: policies}, (_, i) =>
    `permit(principal == NF::"nf${i}", action == Action::"invoke", resource == Svc::"svc${i}")${condition};`).join('\n');
  const id = `${workload}-${policies}`;
  if (engine.preparsePolicySet(id, {staticPolicies: text}).type !== 'success') throw new Error('cedar does not parse');
  return ({principal, resource}) => {
    const answer = engine.statefulIsAuthorized({
      principal: {type: 'NF', id: principal}, action: {type: 'Action', id: 'invoke'},
      resource: {type: 'Svc', id: resource}, context: kContext, preparsedPolicySetId: id, entities: []});
    return answer.response.decision === 'allow';
  };
}

async function casbin(workload, policies) {
  const {newModelFromString, newEnforcer, StringAdapter} = load('casbin');
  const more = workload === 'W2' ? ' && r.ctx.plmn == "00101" && r.ctx.sst == 1' : '';
  const model = newModelFromString(`
[request_definition]
r = sub, obj, act, ctx
[policy_definition]
p = sub, obj, act
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub == p.sub && r.obj == p.obj && r.act == p.act${more}
`);
  const lines = Array.from({length: policies}, (_, i) => `p, nf${i}, svc${i}, invoke`).join('\n');
  const enforcer = await newEnforcer(model, new StringAdapter(lines));
  return ({principal, resource}) => enforcer.enforceSync(principal, resource, 'invoke', kContext);
}

// No engine: what looking up one string costs here.
function map(workload, policies) {
  const known = new Map(Array.from({length: policies}, (_, i) => [`nf${i}|invoke|svc${i}`, true]));
  const test = workload === 'W2' ? (context) => context.plmn === '00101' && context.sst === 1 : () => true;
  return ({principal, resource}) => known.get(`${principal}|invoke|${resource}`) === true && test(kContext);
}

// === measuring ===

function batch(decide, asked, milliseconds) {
  const start = process.cpuUsage();
  let done = 0;
  let spent = 0;
  do {
    for (let i = 0; i < 8; ++i) decide(asked[done++ % kRequests]);
    const usage = process.cpuUsage(start);
    spent = usage.user + usage.system;
  } while (spent < milliseconds * 1000);
  return (spent * 1000) / done;
}

function measured(decide, asked) {
  for (const one of asked.slice(0, 16)) {
    if (decide(one) !== one.allow) throw new Error(`wrong answer for ${JSON.stringify(one)}`);
  }
  batch(decide, asked, 100);
  return Math.min(...[0, 1, 2].map(() => batch(decide, asked, 250)));
}

async function main() {
  const engines = [[`cedar-wasm ${version('@cedar-policy/cedar-wasm')}`, cedar],
                   [`casbin ${version('casbin')} (npm)`, casbin], ['JS Map, no engine', map]];
  const peers = [];
  for (const [name, make] of engines) {
    for (const workload of ['W1', 'W2']) {
      for (const policies of kSizes) {
        const decide = await make(workload, policies);
        peers.push({name, workload, policies, nanoseconds: Math.round(measured(decide, requests(policies)))});
      }
    }
  }
  console.log(JSON.stringify({peers}));
}

main().catch((error) => {
  console.error(`policy_peers: ${error.message}`);
  process.exit(1);
});
