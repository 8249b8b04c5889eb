import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../../src/http/root.js';
import { LANGUAGES, type Language } from '../../src/http/texts.js';
import { makeWords } from '../../src/http/words.js';
import { scrape, wait } from '../../src/jobs.js';
import { HTTP_STATUS } from '../../src/pages/errors.js';
import { formFields } from '../../src/pages/job/fields.js';
import { MEND_MESSAGES } from '../../src/scrape/job/mends.js';

type Texts = { readonly [key: string]: string | Texts };

function flat(texts: Texts, path = ''): [string, string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : flat(value, `${path}${key}.`),
  );
}

function read(language: Language): Map<string, string> {
  return new Map(flat(JSON.parse(readFileSync(join(projectRoot, 'locales', `${language}.json`), 'utf8'))));
}

const texts = { en: read('en'), ja: read('ja') };

/** Plural forms differ by language; jobs bring their own English. */
function comparable(language: Language): string[] {
  const keys = [...texts[language].keys()].map((key) => key.replace(/_(one|other)$/, ''));
  return [...new Set(keys)].filter((key) => !/^jobs\.[\w-]+\.(title|description|fields)/.test(key)).sort();
}

function filesIn(folder: string, extension: string): string[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(extension))
    .map((name) => readFileSync(join(projectRoot, folder, name), 'utf8'));
}

function has(language: Language, key: string): boolean {
  return texts[language].has(key) || texts[language].has(`${key}_other`);
}

function assertKeys(keys: Iterable<string>): void {
  for (const language of LANGUAGES) {
    assert.deepEqual(
      [...keys].filter((key) => !has(language, key)),
      [],
      `missing in ${language}.json`,
    );
  }
}

test('both languages have the same keys, none of them empty', () => {
  assert.deepEqual(comparable('ja'), comparable('en'));
  for (const language of LANGUAGES) {
    for (const [key, text] of texts[language]) assert.notEqual(text.trim(), '', `${language}: ${key}`);
  }
});

test('a text takes the same values in both languages', () => {
  const values = (text: string | undefined) => [...(text ?? '').matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();
  for (const [key, japanese] of texts.ja) {
    const english = texts.en.get(key);
    if (english !== undefined) assert.deepEqual(values(japanese), values(english), key);
  }
});

test('every key that views and pages name is there', () => {
  const sources = [...filesIn('views', '.ejs'), ...filesIn('src/http', '.ts'), ...filesIn('src/pages', '.ts')].join(
    '\n',
  );
  // `t('key'`, and both keys of `t(condition ? 'key' : 'key'`.
  const calls = [...sources.matchAll(/\bt\(([^`)]*?)(?:, {|\))/g)].map((match) => String(match[1]));
  const keys = calls.flatMap((call) => [...call.matchAll(/'([\w-]+(?:\.[\w-]+)+)'/g)].map((match) => String(match[1])));
  assert.ok(keys.length > 40, `${keys.length} keys found`);
  assertKeys(new Set(keys));
});

test('every key that is put together is there', () => {
  const statuses = ['running', 'paused', 'failed', 'done', 'cancelled'].map((status) => `statuses.${status}`);
  const steps = ['failed', 'skipped'].map((status) => `steps.${status}`);
  const actions = ['pause', 'resume', 'retry', 'skip', 'cancel'].map((action) => `actions.${action}`);
  const reasons = [
    'step-failed',
    'version-changed',
    'job-missing',
    'outgrown',
    'too-large',
    'too-much-kept',
    'storage-full',
    'plan-changed',
  ];
  const errors = Object.keys(HTTP_STATUS).flatMap((code) =>
    ['title', 'what', 'next'].map((part) => `errors.${code}.${part}`),
  );
  const explained = reasons.flatMap((reason) => [`reasons.${reason}.what`, `reasons.${reason}.next`]);
  const languages = LANGUAGES.map((language) => `site.languages.${language}`);
  const finishes = ['finished', 'cancelled', 'failed', 'closespider_pagecount'].map((reason) => `finishes.${reason}`);
  const asked = ['cancel', 'skip', 'unshare'].flatMap((action) =>
    ['title', 'what', 'now', 'keep'].map((part) => `ask.${action}.${part}`),
  );
  const verdicts = ['found', 'partly', 'nothing', 'later'].flatMap((verdict) =>
    ['verdicts', 'verdictTitles'].map((part) => `form.${part}.${verdict}`),
  );
  assertKeys([
    ...verdicts,
    ...asked,
    ...finishes,
    ...statuses,
    ...steps,
    ...actions,
    ...explained,
    ...errors,
    ...languages,
  ]);
});

test('every failure and every message at a field that the source names is there', () => {
  const sources = ['src/engine', 'src/scrape'].flatMap((folder) => filesIn(folder, '.ts')).join('\n');
  const found = (pattern: RegExp) => [...sources.matchAll(pattern)].map((match) => String(match[1]));
  const failures = [
    ...found(/(?:new StepError|\brefused)\(\s*'([\w-]+)'/g),
    ...found(/\$?\/,\s*'([\w-]+)',\s*'/g),
    'step-threw',
  ];
  assert.ok(failures.length > 20, `${failures.length} failures found`);
  assertKeys(new Set(failures.map((code) => `failures.${code}`)));
  const messages = [...found(/\bcode: '((?!custom)[a-z-]+)'/g), ...found(/\bfail\('([\w-]+)'/g)];
  assert.ok(messages.length > 5, `${messages.length} messages found`);
  assertKeys(new Set(messages.map((code) => `validation.${code}`)));
  const warnings = found(/\b(?:warn|counted)\('([\w-]+)'/g);
  assert.ok(warnings.length > 5, `${warnings.length} warnings found`);
  assertKeys(new Set(warnings.map((code) => `warnings.${code}`)));
  assertKeys(Object.keys(MEND_MESSAGES).map((code) => `mends.${code}`));
  const problems = found(/\bproblem\(\s*'([\w-]+)'/g);
  assert.ok(problems.length > 5, `${problems.length} problems of selectors found`);
  assertKeys(new Set(problems.map((code) => `problems.${code}`)));
});

test('every word of the command line is there', () => {
  const sources = filesIn('src/cli', '.ts').join('\n');
  const found = (pattern: RegExp) => [...sources.matchAll(pattern)].map((match) => String(match[1]));
  const errors = found(/new UsageError\((?:[^'()]*\? )?'([\w-]+)'/g).map((code) => `cli.errors.${code}`);
  assert.ok(errors.length > 20, `${errors.length} errors found`);
  const statuses = ['running', 'paused', 'failed', 'done', 'cancelled'].map((status) => `cli.endings.${status}`);
  assertKeys(new Set([...errors, ...statuses, ...found(/'(cli\.[\w.-]*\w)'/g)]));
});

test('every job speaks Japanese, every field of it', () => {
  for (const job of [wait, scrape()]) {
    const keys = [`jobs.${job.name}.title`, `jobs.${job.name}.description`, `jobs.${job.name}.doing`];
    for (const field of formFields(makeWords().en, job, null)) {
      keys.push(`jobs.${job.name}.fields.${field.name}.title`);
      if (field.description !== '') keys.push(`jobs.${job.name}.fields.${field.name}.description`);
    }
    assert.deepEqual(
      keys.filter((key) => !has('ja', key)),
      [],
    );
  }
});

test('numbers, durations and ages are of the language', () => {
  const { en: english, ja: japanese } = makeWords();
  assert.equal(english.duration(8000), '8 sec');
  for (const ms of [0, 999]) assert.equal(english.duration(ms), 'under 1 sec');
  assert.equal(japanese.duration(400), '1秒未満');
  assert.equal(english.duration(1000), '1 sec');
  assert.equal(english.duration(3_725_000), '1 hr 2 min');
  assert.equal(english.duration(3_605_000), '1 hr');
  assert.equal(english.duration(59_600), '1 min');
  assert.equal(japanese.duration(65_000), '1分5秒');
  assert.equal(english.ago(0), 'now');
  assert.equal(english.ago(7_300_000), '2 hours ago');
  assert.equal(japanese.ago(120_000), '2分前');
  assert.equal(english.t('form.wrong', { count: 1 }).slice(0, 9), 'One field');
  const estimate = (count: number) => english.or('preview.estimate', '', { count, seconds: 1, time: '1 sec' });
  assert.match(estimate(1), /^The run will ask for 1 page, /);
  assert.match(estimate(2), /^The run will ask for 2 pages, /);
  assert.equal(english.t('form.wrong', { count: 1200 }).slice(0, 12), '1,200 fields');
});
