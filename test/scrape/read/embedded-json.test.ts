import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddedPath, jsonInScript } from '../../../src/scrape/read/embedded-json.js';

test('a selector of scripts and a path in their JSON', () => {
  assert.deepEqual(embeddedPath('script#data $.items[0].name'), { selector: 'script#data', path: '$.items[0].name' });
  assert.deepEqual(embeddedPath('script[type="a b"] $'), { selector: 'script[type="a b"]', path: '$' });
  for (const usual of ['script', 'script[src$=".js"]', 'li a[href$=x]', '$.items', 'script $x', ''])
    assert.equal(embeddedPath(usual), null, usual);
});

test('the JSON of a script is all of it, or what it gives to a variable', () => {
  const json = '{"a":[1,{"b":"} ] \\\\\\" ="}]}';
  for (const script of [json, `<!--\n${json}`, `window.__DATA__ = ${json};\nstart({})`, `var a=1;const b = ${json}`])
    assert.equal(jsonInScript(script), json, script);
  for (const none of ['', 'start()', 'if (a == {}) b()', 'x = {"a": [1, 2'])
    assert.equal(jsonInScript(none), null, none);
});
