import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseColumns } from '../../../src/scrape/read/columns.js';

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
    assert.deepEqual(parseColumns(line), { columns: [{ name, selector, attribute, all: false }], problems: [] });
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
