// The reference, cedar-wasm, given JSON text as it is: its own interface would round integers beyond 2^53.
'use strict';

class Written {
  constructor(text) {
    this.text = text;
  }
}
const stringify = JSON.stringify;
JSON.stringify = (value, ...rest) => (value instanceof Written ? value.text : stringify(value, ...rest));
const parse = JSON.parse;
let answered = ''; // the module's last answer, unrounded
JSON.parse = (text, ...rest) => parse((answered = text), ...rest);

// Warnings about how names and strings look, which need tables of Unicode scripts; Cordon does not have them.
const LOOKS = /not a printable ASCII|mixed scripts|BIDI|bidirectional|confusable/i;

class Oracle {
  constructor(folder) {
    this.cedar = require(require.resolve('@cedar-policy/cedar-wasm/nodejs', { paths: [folder] }));
    const version = this.cedar.getCedarSDKVersion ? this.cedar.getCedarSDKVersion() : this.cedar.getCedarVersion();
    if (version !== '4.12.0') throw new Error(`cedar-wasm is ${version}, but 4.12.0 is what Cordon conforms to`);
  }

  // What the function answers, or null when it refused the very shape of the input. A trap inside the module is passed on.
  ask(call) {
    try {
      return call();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) throw error;
      return null;
    }
  }
  succeeds(call) {
    const answer = this.ask(call);
    return answer !== null && answer.type === 'success';
  }

  // Schemas are {format: 'cedar' | 'json', text}; policies, entities and contexts are JSON text as the module takes it.
  static schema(schema) {
    return schema.format === 'json' ? schema.text : stringify(schema.text);
  }
  keepSchema(schema) {
    return this.succeeds(() => this.cedar.preparseSchema('schema', new Written(Oracle.schema(schema))));
  }
  keepPolicies(policies) {
    return this.succeeds(() => this.cedar.preparsePolicySet('policies', new Written(policies)));
  }
  entities(schema, text) {
    const with_schema = schema ? `,"schema":${Oracle.schema(schema)}` : '';
    return this.succeeds(() => this.cedar.checkParseEntities(new Written(`{"entities":${text}${with_schema}}`)));
  }
  context(schema, action, text) {
    const with_schema = schema ? `,"schema":${Oracle.schema(schema)},"action":${stringify(action)}` : '';
    return this.succeeds(() => this.cedar.checkParseContext(new Written(`{"context":${text}${with_schema}}`)));
  }
  validation(schema, policies) {
    const answer = this.ask(() => this.cedar.validate(new Written(`{"schema":${Oracle.schema(schema)},"policies":${policies}}`)));
    if (answer === null || answer.type !== 'success') return null;
    const ids = (list) => [...new Set(list.map((finding) => finding.policyId))].sort();
    const warnings = answer.validationWarnings.filter((finding) => !LOOKS.test(finding.error.message));
    return { invalid: ids(answer.validationErrors), warned: ids(warnings) };
  }
  // Uses what keepSchema and keepPolicies kept.
  authorize(request, entities, hasSchema) {
    const parts = [`"principal":${stringify(request.principal)}`, `"action":${stringify(request.action)}`, `"resource":${stringify(request.resource)}`,
      `"context":${request.context}`, `"entities":${entities}`, '"preparsedPolicySetId":"policies"', `"validateRequest":${request.validate}`];
    if (hasSchema) parts.push('"preparsedSchemaName":"schema"');
    const answer = this.ask(() => this.cedar.statefulIsAuthorized(new Written(`{${parts.join(',')}}`)));
    if (answer === null || answer.type !== 'success') return { ok: false };
    const { decision, diagnostics } = answer.response;
    return { ok: true, decision, reason: [...diagnostics.reason].sort(), errors: diagnostics.errors.map((e) => e.policyId).sort() };
  }
  // The same in the reference's own words: EST is written as text and that as EST, as EST by itself is only echoed.
  normalEst(policy, template) {
    const toText = template ? this.cedar.templateToText : this.cedar.policyToText;
    const answer = this.ask(() => toText(new Written(policy)));
    return answer !== null && answer.type === 'success' ? this.est(stringify(answer.text), template) : null;
  }
  // EST text of one policy or template, given as JSON text of the policy (a string or EST); null when there is none.
  est(policy, template) {
    const convert = template ? this.cedar.templateToJson : this.cedar.policyToJson;
    const answer = this.ask(() => convert(new Written(policy)));
    const start = '{"type":"success","json":';
    return answer !== null && answered.startsWith(start) ? answered.slice(start.length, -1) : null;
  }
}

module.exports = { Oracle };
