import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asksForLogin, fillForm } from '../../../src/scrape/fetch/login-form.js';

const TYPED = new Map([
  ['user', 'me'],
  ['pass', 'a b&c'],
]);

function filled(text: string, encoding = 'utf-8', typed: ReadonlyMap<string, string> = TYPED) {
  return fillForm({ text, url: 'https://a.example/login?next=1', encoding }, typed);
}

test('a form is filled in as a browser does it', () => {
  const form = filled(`
    <form action=/search><input name=q></form>
    <form method=POST action="session">
      <input type=hidden name=token value="t&amp;1"><input name=user value=old><input type=password name=pass>
      <input type=checkbox name=keep checked><input type=checkbox name=spam><input name=off disabled value=x>
      <input type=radio name=r value=1><input type=radio name=r value=2 checked>
      <select name=s><option value=a><option value=b selected></select><textarea name=t>x</textarea>
      <input type=file name=f><button name=go value=1>Go</button><button name=other>Other</button>
    </form>`);
  assert.equal(form?.action, 'https://a.example/session');
  assert.equal(form?.method, 'POST');
  assert.equal(form?.body, 'token=t%261&keep=on&r=2&s=b&t=x&user=me&pass=a+b%26c&go=1');
});

test('a form without an address goes to its page, and <base> counts', () => {
  assert.equal(filled('<form><input name=user><input name=pass></form>')?.action, 'https://a.example/login?next=1');
  const based = filled('<base href="https://b.example/x/"><form action=y><input name=user><input name=pass></form>');
  assert.deepEqual([based?.action, based?.method], ['https://b.example/x/y', 'GET']);
});

test('what is typed is written in the encoding of the page', () => {
  const typed = new Map([['名', '石 +']]);
  const form = filled('<form method=post><input name=名></form>', 'shift_jis', typed);
  assert.equal(form?.body, '%96%BC=%90%CE+%2B');
});

test('a page without these fields has no form to log in', () => {
  const page = { text: '<form><input type=password name=pass></form>', url: 'https://a.example/', encoding: 'utf-8' };
  assert.equal(fillForm(page, TYPED), null);
  assert.equal(asksForLogin(page, TYPED), false);
  assert.equal(asksForLogin(page, new Map([['pass', 'x']])), true);
  assert.equal(asksForLogin({ ...page, text: '<form><input name=pass></form>' }, new Map([['pass', 'x']])), false);
});
