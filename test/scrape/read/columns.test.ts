import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseColumns } from '../../../src/scrape/read/columns.js';

/** A column without anything behind its selector. */
const PLAIN = { isOfDetail: false, constant: null, take: 'list', separator: ', ', cleanings: [] };

const GOOD: readonly (readonly [line: string, name: string, selector: string, attribute: string])[] = [
  ['title: h2', 'title', 'h2', 'text'],
  ['link: h2 a@href', 'link', 'h2 a', 'href'],
  ['link : h2 a @ href', 'link', 'h2 a', 'href'],
  ['id: @data-id', 'id', '', 'data-id'],
  ['all:', 'all', '', 'text'],
  ['source: @html', 'source', '', 'html'],
  ['source: .a@HTML', 'source', '.a', 'html'],
  ['text: @Text', 'text', '', 'text'],
  ['box: svg@viewBox', 'box', 'svg', 'viewBox'],
  ['名前：.name', '名前', '.name', 'text'],
  ['first: li:first-child a:not(.x)', 'first', 'li:first-child a:not(.x)', 'text'],
  ['mail: a[href*="@example.com"]@href', 'mail', 'a[href*="@example.com"]', 'href'],
  ["mail: a[title='a@b']", 'mail', "a[title='a@b']", 'text'],
  ['odd: .a\\@b@title', 'odd', '.a\\@b', 'title'],
  ["news: a:contains(What's new)@href", 'news', "a:contains(What's new)", 'href'],
  ['own: .a@text-own', 'own', '.a', 'text-own'],
  ['id: items[0].id', 'id', 'items[0].id', 'text'],
  ['type: items[0]@type', 'type', 'items[0]', 'type'],
  ['root: $', 'root', '$', 'text'],
  ['direct: > a', 'direct', '> a', 'text'],
  ['has: :has(a[href="@"])@id', 'has', ':has(a[href="@"])', 'id'],
];

for (const [line, name, selector, attribute] of GOOD) {
  test(`"${line}" is a column`, () => {
    assert.deepEqual(parseColumns(line), { columns: [{ ...PLAIN, name, selector, attribute }], problems: [] });
  });
}

const BAD: readonly (readonly [line: string, code: string])[] = [
  ['h2', 'column-without-colon'],
  [': h2', 'column-without-name'],
  ['page: h2', 'column-name-taken'],
  ['ok: p', 'column-name-twice'],
  ['2024: p', 'column-name-number'],
  ['x: h2 >> a', 'column-bad-selector'],
  ['x: a[href=', 'column-bad-selector'],
  ['x: title >', 'column-bad-selector'],
  ['x: a[@href]', 'column-bad-selector'],
  ['x: a;b', 'column-bad-selector'],
  ['x: )a', 'column-bad-selector'],
  ['x: a::text', 'column-bad-selector'],
  ['x: :unknown', 'column-bad-selector'],
  ['x: a@', 'column-bad-attribute'],
  ['x: a@b@c', 'column-bad-attribute'],
  ['x: a@two words', 'column-bad-attribute'],
];

for (const [line, code] of BAD) {
  test(`"${line}" is ${code}, with the number of its line`, () => {
    const { problems } = parseColumns(`ok: a\n\n${line}`);
    assert.deepEqual(
      problems.map((problem) => [problem.code, problem.line]),
      [[code, 3]],
    );
    assert.match(problems[0]?.message ?? '', /^Line 3: /);
  });
}

test('columns keep the order of their lines, whatever ends these', () => {
  const { columns } = parseColumns('b: p\r\na: p\rc: p\n');
  assert.deepEqual(
    columns.map(({ name }) => name),
    ['b', 'a', 'c'],
  );
});

const match = (source: string, ignoresCase = false) => ({ kind: 'match', pattern: { source, ignoresCase } });

const CLEANED: readonly (readonly [line: string, column: object])[] = [
  ['price: .price | number', { selector: '.price', cleanings: [{ kind: 'number' }] }],
  ['price: | number', { selector: '', cleanings: [{ kind: 'number' }] }],
  ['day: time@datetime | date', { selector: 'time', attribute: 'datetime', cleanings: [{ kind: 'date' }] }],
  ['tags: .tag | all', { selector: '.tag', take: 'all' }],
  ['tags: .tag | first', { selector: '.tag', take: 'first' }],
  ['tags*: .tag', { selector: '.tag', take: 'all' }],
  ['tags: .tag | join "; " | trim', { selector: '.tag', take: 'all', separator: '; ', cleanings: [{ kind: 'trim' }] }],
  [
    'id: a@href | match /\\/p\\/(\\d+)/ | number',
    { selector: 'a', attribute: 'href', cleanings: [match('/p/(\\d+)'), { kind: 'number' }] },
  ],
  ['id: h2 | match /a | b/i', { selector: 'h2', cleanings: [match('a | b', true)] }],
  ['id: h2 | match No\\. (\\d+)', { selector: 'h2', cleanings: [match('No\\. (\\d+)')] }],
  ['link: @data-to | absolute', { selector: '', attribute: 'data-to', cleanings: [{ kind: 'absolute' }] }],
  ['text: :contains(a | b)', { selector: ':contains(a | b)' }],
  ['text: [lang|=en] | trim', { selector: '[lang|=en]', cleanings: [{ kind: 'trim' }] }],
  ['shop: = Tea | coffee', { selector: '', constant: 'Tea | coffee' }],
  [
    'maker: detail: .maker a@href | absolute',
    { isOfDetail: true, selector: '.maker a', attribute: 'href', cleanings: [{ kind: 'absolute' }] },
  ],
  ['text: Detail：.text', { isOfDetail: true, selector: '.text' }],
  ['box: detail .x', { selector: 'detail .x' }],
  ['empty: =', { selector: '', constant: '' }],
];

for (const [line, column] of CLEANED) {
  test(`"${line}" says what becomes of the text`, () => {
    const name = /^\w+/.exec(line)?.[0];
    assert.deepEqual(parseColumns(line), { columns: [{ ...PLAIN, name, attribute: 'text', ...column }], problems: [] });
  });
}

test('an ending that is none is refused with those that are, a pattern with what is wrong in it', () => {
  const [ending] = parseColumns('x: h2 | nmber').problems;
  assert.deepEqual([ending?.code, ending?.params['ending']], ['column-bad-ending', 'nmber']);
  assert.deepEqual([ending?.params['known']].flat().slice(-4, -1), ['number', 'date', 'match']);
  const [pattern] = parseColumns('x: h2 | match /(a/').problems;
  assert.deepEqual([pattern?.code, pattern?.params['ending']], ['column-bad-pattern', '(a']);
  for (const line of ['x: h2 |', 'x: h2 | number date', 'x: h2 | join', 'x: h2 | number | '])
    assert.equal(parseColumns(line).problems[0]?.code, 'column-bad-ending', line);
});

test('very many spaces in the name of a column take no time', () => {
  const from = process.cpuUsage();
  const [column] = parseColumns(`a${' '.repeat(49_000)}b * : h2`).columns;
  assert.deepEqual([column?.name.length, column?.take], [49_002, 'all']);
  assert.ok(process.cpuUsage(from).user < 500_000);
});
