import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { StepError } from '../../src/core/errors.js';
import { defineJob } from '../../src/core/job.js';
import { makeWords } from '../../src/http/words.js';
import { failureText } from '../../src/pages/job/texts.js';
import { Visitor } from '../fixtures/visitor.js';
import { startSite } from './site.js';

/** As somebody writes it outside the package, with everything that people read of it. */
const greet = defineJob({
  name: 'greet',
  title: 'Greet',
  description: 'Says hello to each name.',
  input: z.object({
    style: z.enum(['short', 'long']).default('short').meta({ title: 'Style' }),
    names: z
      .string()
      .superRefine((text, context) => {
        if (text.includes('?'))
          context.addIssue({ code: 'custom', message: 'No "?", please', params: { code: 'odd' } });
      })
      .meta({ title: 'Names', description: 'Separated by spaces.' }),
  }),
  texts: {
    en: { figures: { 'greetings-said': 'Greetings said' } },
    ja: {
      title: 'あいさつ',
      description: '名前ごとに、あいさつします。',
      item: '{{name}}さんへのあいさつ',
      fields: {
        style: { title: '言い方', options: { short: '短く', long: '長く' } },
        names: { title: '名前', description: '空白で区切ってください。' },
      },
      validation: { odd: '「?」は使えません。' },
      failures: { unknown: '{{name}}さんを知りません。' },
      preview: { count_other: '{{count}}人にあいさつします。' },
      figures: { 'greetings-said': 'あいさつの数' },
    },
  },
  onFailure: 'continue',
  plan: ({ names }) => names.split(' ').map((name) => ({ name })),
  describe: ({ name }) => `a greeting for ${name}`,
  preview: async ({ names }) => {
    const count = names.split(' ').length;
    return {
      findings: [{ code: 'count', message: `${count} will be greeted`, params: { count }, isWarning: false }],
      rows: [],
    };
  },
  async step({ name }, { count }) {
    if (name === 'nobody') throw new StepError('unknown', `who is ${name}?`, { params: { name }, retry: false });
    count('greetings/said');
    return { rows: [{ name }] };
  },
});

test('a job from outside speaks both languages wherever people read of it', async (t) => {
  const site = await startSite([greet]);
  t.after(() => site.close());
  const visitor = new Visitor(site.url);
  const page = async (path: string) => (await visitor.get(path)).text();
  const shows = (text: string, ...expected: string[]) => {
    for (const each of expected) assert.ok(text.includes(each), `${each} is missing in ${text.slice(0, 4000)}`);
  };

  shows(await page('/'), 'Greet', 'Says hello');
  shows(await page('/?lang=ja'), 'あいさつ', '名前ごとに');
  shows(await page('/jobs/greet'), '言い方', '短く', '空白で区切ってください。');
  const wrong = await visitor.submit('/jobs/greet', '/runs', { job: 'greet', style: 'short', names: 'a ?' });
  shows(await wrong.text(), '「?」は使えません。');
  const tried = await visitor.submit('/jobs/greet', '/jobs/greet/preview', { style: 'short', names: 'a b c' });
  shows(await tried.text(), '3人にあいさつします。');

  const path = await visitor.start('greet', { style: 'long', names: 'Hanako nobody' });
  await visitor.drive(path);
  shows(await page(path), 'nobodyさんを知りません。', 'あいさつの数');
  shows(await page(`${path}/failures.csv`), 'nobodyさんを知りません。');
  shows(await page(`${path}?lang=en`), 'who is nobody?', 'Greetings said');
});

test('what a failure was the reason of is told in the words of the reader, too', () => {
  const { en, ja } = makeWords();
  const params = {
    host: 'tea.example',
    reason: 'the host answered with status 503',
    reasonCode: 'http-status',
    status: 503,
  };
  const failure = { code: 'robots-unreachable', message: 'not fetched', params };
  assert.match(failureText(en, 'scrape', failure), /could not be read: The host answered with status 503\.$/);
  assert.match(failureText(ja, 'scrape', failure), /：ホストがステータス503を返しました。$/);
  // Those kept by earlier versions, and reasons without a text.
  for (const old of [{ reason: 'odd' }, { reason: 'odd', reasonCode: 'never-heard-of' }])
    assert.match(failureText(ja, 'scrape', { ...failure, params: { host: 'tea.example', ...old } }), /：odd$/);
});
