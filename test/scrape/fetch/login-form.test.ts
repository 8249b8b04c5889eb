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
  assert.equal(form?.body, 'token=t%261&user=me&pass=a+b%26c&keep=on&r=2&s=b&t=x&f=&go=1');
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

const FIELDS = '<input name=user><input type=password name=pass>';
const SENT = 'user=me&pass=a+b%26c';

test('fields belong to the form that browsers have them belong to', () => {
  const forms = [
    `<table><form method=post action=/in><tr><td>${FIELDS}<tr><td><input type=hidden name=t value=1></form></table>`,
    `<div><form method=post action=/in></div>${FIELDS}<input type=hidden name=t value=1></form><input name=no>`,
    `<form id=f method=post action=/in>${FIELDS}<input form=g name=no></form><input form=f name=t value=1>`,
    `<form method=dialog>${FIELDS}</form><form method=post action=/in>${FIELDS}<input name=t value=1></form>`,
  ];
  for (const text of forms) {
    const form = filled(text);
    assert.deepEqual([form?.action, form?.body], ['https://a.example/in', `${SENT}&t=1`], text);
  }
});

test('what stands in a form is sent as a browser sends it', () => {
  const sent: readonly (readonly [html: string, body: string])[] = [
    ['<select name=s><option disabled value="">choose<option>  b  c </select>', '&s=b+c'],
    ['<select name=s><option selected>a<option selected>b</select><select multiple name=m><option>a</select>', '&s=b'],
    ['<select multiple name=s><option selected>a<option selected>b</select>', '&s=a&s=b'],
    ['<textarea name=t>\na\nb</textarea><input name=u value="a&#10;b">', '&t=a%0D%0Ab&u=ab'],
    ['<fieldset disabled><legend><input name=l value=1></legend><input name=no></fieldset>', '&l=1'],
    ['<input type=radio name=r value=1 checked><input type=radio name=r value=2 checked>', '&r=2'],
    ['<button disabled name=no>x</button><input type=submit name=go>', '&go=Submit'],
    ['<button>Log in</button><button name=no value=1>x</button>', ''],
    ['<input type=image name=i>', '&i.x=0&i.y=0'],
    ['<input type=hidden name=_charset_><noscript><input name=no></noscript>', '&_charset_=UTF-8'],
  ];
  for (const [html, body] of sent) assert.equal(filled(`<form>${FIELDS}${html}</form>`)?.body, SENT + body, html);
  const typed = new Map([...TYPED, ['keep', '1']]);
  const box = '<input type=hidden name=keep value=0><input type=checkbox name=keep value=1>';
  assert.equal(filled(`<form>${FIELDS}${box}</form>`, 'utf-8', typed)?.body, `${SENT}&keep=0&keep=1`);
});

test('the button and the form say how it is sent', () => {
  const button = filled(`<form action=/no>${FIELDS}<button formaction=/in formmethod=post>Log in</button></form>`);
  assert.deepEqual([button?.action, button?.method], ['https://a.example/in', 'POST']);
  const other = filled(`<form accept-charset="x shift_jis"><input type=hidden name=j value=石>${FIELDS}</form>`);
  assert.equal(other?.body, `j=%90%CE&${SENT}`);
  const parts = filled(`<form enctype=multipart/form-data><input type=file name='"石'>${FIELDS}</form>`, 'shift_jis');
  const [, boundary] = /^multipart\/form-data; boundary=(.+)$/.exec(parts?.type ?? '') ?? [];
  const file = '; filename=""\r\nContent-Type: application/octet-stream';
  assert.deepEqual(parts?.body.split(`--${boundary}`), [
    '',
    `\r\nContent-Disposition: form-data; name="%22\x90\xce"${file}\r\n\r\n\r\n`,
    '\r\nContent-Disposition: form-data; name="user"\r\n\r\nme\r\n',
    '\r\nContent-Disposition: form-data; name="pass"\r\n\r\na b&c\r\n',
    '--\r\n',
  ]);
});

test('a page without these fields has no form to log in', () => {
  const page = { text: '<form><input type=password name=pass></form>', url: 'https://a.example/', encoding: 'utf-8' };
  assert.equal(fillForm(page, TYPED), null);
  assert.equal(asksForLogin(page, TYPED), false);
  assert.equal(asksForLogin(page, new Map([['pass', 'x']])), true);
  assert.equal(asksForLogin({ ...page, text: '<form><input name=pass></form>' }, new Map([['pass', 'x']])), false);
});
