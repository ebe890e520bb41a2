// Which parts of the language a text of policies uses: only for the totals.
'use strict';

const FEATURES = [
  ['unless', /\bunless\b/], ['several conditions', /\}\s*(when|unless)|"kind".*"kind"/s], ['template link', /"newId"/], ['> >= !=', /[^-=]>|!=/], ['has path', /\bhas \w+\.\w|"attr":\[/],
  ['escape', /\\\\(u\{|x|0)/], ['like', /\blike\b/], ['is in', /\bis [\w:]+\s+in\b|"entity_type":"[^"]*","in"/], ['in set', /\bin \[|"entities"/], ['tags', /hasTag|getTag/],
  ['decimal', /decimal/], ['ip', /\bip\b/], ['datetime', /datetime/], ['duration', /duration/], ['arithmetic', / [+*-] |"[+*-]":/], ['if', /\bif /], ['annotation', /@|"annotations"/],
  ['comment', /\/\//], ['record', /\{\w+:|"Record"/], ['isEmpty', /isEmpty/], ['containsAll/Any', /containsA/], ['est', /"effect"/],
];

const featuresOf = (text) => FEATURES.filter(([, pattern]) => pattern.test(text)).map(([name]) => name);

module.exports = { featuresOf };
