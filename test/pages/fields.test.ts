import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineJob } from '../../src/core/job.js';
import { makeWords } from '../../src/http/words.js';
import { formFields, readForm } from '../../src/pages/job/fields.js';

const { en: english, ja: japanese } = makeWords();

function jobWith(input: z.ZodObject) {
  return defineJob({ name: 'job', input, plan: () => [], step: async () => ({}) });
}

const job = jobWith(
  z.object({
    whole: z.coerce.number().int().min(1).max(10),
    part: z.coerce.number().min(0.5).default(1.5).meta({ title: 'Part', description: 'A part.' }),
    tick: z.boolean().default(true),
    choice: z.enum(['a', 'b']).default('b'),
    lines: z.string().trim().min(1).max(20).meta({ widget: 'textarea' }),
    free: z.string().default('preset'),
    maybe: z.url().optional(),
  }),
);

test('the form is made from the schema', () => {
  const fields = new Map(formFields(english, job, null).map((field) => [field.name, field]));
  assert.deepEqual([...fields.keys()], ['whole', 'part', 'tick', 'choice', 'lines', 'free', 'maybe']);
  const kinds = [...fields.values()].map(({ kind }) => kind);
  assert.deepEqual(kinds, ['number', 'number', 'checkbox', 'select', 'textarea', 'text', 'text']);
  const part = fields.get('part');
  assert.deepEqual([part?.title, part?.description, part?.value], ['Part', 'A part.', '1.5']);
  assert.deepEqual([part?.min, part?.max, part?.step, part?.required], [0.5, null, 'any', false]);
  const whole = fields.get('whole');
  assert.deepEqual([whole?.min, whole?.max, whole?.step, whole?.required], [1, 10, 1, true]);
  assert.equal(fields.get('tick')?.checked, true);
  assert.equal(fields.get('choice')?.value, 'b');
  assert.equal(fields.get('lines')?.maxLength, 20);
});

const noProblems = async () => [];

test('a body is read in the types of the schema', async () => {
  const read = (body: object) => readForm(english, job, body as Record<string, unknown>, noProblems);
  assert.deepEqual(await read({ whole: '５', part: '', lines: 'a\r\nb\0', free: '', maybe: '' }), {
    ok: true,
    input: { whole: 5, part: 1.5, tick: false, choice: 'b', lines: 'a\nb', free: '', maybe: undefined },
  });
  const sent = { whole: ['1', '2'], tick: 'true', lines: 'x', free: 'y', choice: 'a', maybe: 'https://a.example/' };
  assert.deepEqual(await read(sent), {
    ok: true,
    input: { whole: 2, part: 1.5, tick: true, choice: 'a', lines: 'x', free: 'y', maybe: 'https://a.example/' },
  });
});

test('each wrong field gets one message, in the visitor’s language', async () => {
  const body = { whole: '1.5', part: '0', choice: 'z', lines: '  ', maybe: 'no address' };
  const messages = async (words: typeof english) => {
    const form = await readForm(words, job, body, noProblems);
    assert.ok(!form.ok);
    return Object.fromEntries(form.errors);
  };
  assert.deepEqual(await messages(english), {
    whole: 'Please type a whole number.',
    part: 'Please type 0.5 or more.',
    choice: 'Please choose one from the list.',
    lines: 'Please fill in this field.',
    maybe: 'This value cannot be used.',
  });
  assert.equal((await messages(japanese))['whole'], '整数を入力してください。');
  const missing = await readForm(english, job, { lines: 'x'.repeat(21) }, noProblems);
  assert.ok(!missing.ok);
  assert.equal(missing.errors.get('whole'), 'Please fill in this field.');
  assert.equal(missing.errors.get('lines'), 'Please type at most 20 characters.');
  const words = await readForm(english, job, { whole: 'abc', lines: 'x' }, noProblems);
  assert.ok(!words.ok);
  assert.equal(words.errors.get('whole'), 'Please type a number.');
});

test('what the author of a schema says is said, translated when its code has a text', async () => {
  const own = jobWith(
    z
      .object({
        day: z.string().min(1, 'Which day?'),
        code: z.string().superRefine((selector, context) => {
          const params = { code: 'bad-selector', selector, problem: '$t(site.name) {{x}}' };
          context.addIssue({ code: 'custom', message: 'not used', params });
        }),
        why: z.string().superRefine((selector, context) => {
          const params = { code: 'bad-selector', selector, problem: 'not used', problemCode: 'unexpected', rest: '[' };
          context.addIssue({ code: 'custom', message: 'not used', params });
        }),
        plain: z.string().refine(() => false),
      })
      .refine(() => false, 'All of it is wrong.'),
  );
  const form = await readForm(japanese, own, { day: '', code: 'p[', why: 'p[[', plain: '' }, noProblems);
  assert.ok(!form.ok);
  assert.deepEqual(Object.fromEntries(form.errors), {
    '': 'All of it is wrong.',
    day: 'Which day?',
    code: '「p[」はCSSセレクターとして使えません：$t(site.name) {{x}}',
    why: '「p[[」はCSSセレクターとして使えません：「[」をここに書くことはできません。',
    plain: 'この値は使えません。',
  });
});

test('several lines of a text may be wrong', async () => {
  const lines = z.string().superRefine((text, context) => {
    for (const line of text.split('\n')) context.addIssue({ code: 'custom', message: `no ${line}` });
  });
  const form = await readForm(english, jobWith(z.object({ lines })), { lines: 'a\nb\nc\nd\ne\nf' }, noProblems);
  assert.ok(!form.ok);
  assert.equal(form.errors.get('lines'), 'no a\nno b\nno c\nno d\nno e');
});

test('names of Object.prototype are no fields', async () => {
  const odd = jobWith(z.object({ constructor: z.string().default('d'), toString: z.string().optional() }));
  assert.deepEqual(await readForm(english, odd, {}, noProblems), {
    ok: true,
    input: { constructor: 'd', toString: undefined },
  });
});

test('what the job itself finds wrong is said at its fields, once the schema has let the input pass', async () => {
  const one = { field: 'lines', code: 'bad-range', message: 'not used', params: { line: 2, content: '[3-1]' } };
  const other = { ...one, code: 'of-this-job', message: 'Not that either.' };
  const good = { whole: '1', lines: 'x' };
  const form = await readForm(english, job, good, async ({ whole }) => (whole === 1 ? [one, other] : []));
  assert.ok(!form.ok);
  const said = 'Line 2: write a range as [1-50], or [001-100:5] for every fifth: “[3-1]”.\nNot that either.';
  assert.deepEqual([...form.errors], [['lines', said]]);
  await readForm(english, job, { ...good, whole: 'x' }, () => assert.fail('asked'));
});
