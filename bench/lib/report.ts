import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/http/root.js';
import { type Bench, type Figure, type Result, verdictOf } from './bench.js';
import { machine, revision } from './machine.js';
import type { Ratio } from './measure.js';

const PATH = join(projectRoot, 'bench', 'RESULTS.md');

/** One bench's part of the page. */
export function section(bench: Bench, { figures, notes = [], skipped = [] }: Result): string {
  const lines = [
    `## ${bench.name}`,
    '',
    bench.measures,
    '',
    '| what | against | figure (min–max) | goal | | absolute |',
    '| --- | --- | --- | --- | --- | --- |',
    ...figures.map(row),
    '',
    `Measured ${new Date().toISOString().slice(0, 10)} at ${revision()} on ${machine()}.`,
    ...notes.map((note) => `${note}`),
    '',
    ...skipped.map((what) => `- Skipped: ${what}`),
    ...(skipped.length > 0 ? [''] : []),
    'It would be wrong if:',
    '',
    ...bench.wrong.map((reason) => `- ${reason}`),
    '',
  ];
  return lines.join('\n');
}

/** Puts the sections in the place of older ones of the same name; the others stay. */
export function write(names: readonly string[], fresh: ReadonlyMap<string, string>): void {
  const before = existsSync(PATH) ? readFileSync(PATH, 'utf8') : '';
  const kept = new Map(
    before
      .split(/^(?=## )/m)
      .slice(1)
      .map((text) => [/^## (\S+)/.exec(text)?.[1] ?? '', `${text.trimEnd()}\n`]),
  );
  const sections = names.flatMap((name) => fresh.get(name) ?? kept.get(name) ?? []);
  const behind = sections.flatMap((text) => text.split('\n').filter((line) => /\| (misses|loses) \|/.test(line)));
  const head = [
    '# Results',
    '',
    'Written by `npm run bench`; `npm run bench -- NAME` runs one and replaces its section. Both sides of each figure are',
    'measured in turns within the same minutes. A figure is ours divided by theirs in each round: the median, with the',
    'smallest and largest round in brackets. Absolute numbers are of this machine and for orientation only.',
    '`meets` and `misses` are about the goal; where there is none, `ahead` and `loses` say who is.',
    '',
    '**Where we lose**',
    '',
    ...(behind.length === 0 ? ['Nowhere in this run.'] : [...HEADER, ...behind]),
    '',
  ].join('\n');
  writeFileSync(PATH, [head, ...sections].join('\n'));
}

const HEADER = ['| what | against | figure (min–max) | goal | | absolute |', '| --- | --- | --- | --- | --- | --- |'];

function row(figure: Figure): string {
  const { what, against, ratio, goal, unit = '×', sides } = figure;
  const goalText =
    goal === undefined ? '' : 'atMost' in goal ? `≤ ${goal.atMost} ${unit}` : `≥ ${goal.atLeast} ${unit}`;
  return `| ${[what, against, shown(ratio, unit), goalText, verdictOf(figure), sides].join(' | ')} |`;
}

function shown({ median, min, max }: Ratio, unit: string): string {
  const spread = min === max ? '' : ` (${number(min)}–${number(max)})`;
  return `${number(median)} ${unit}${spread}`;
}

/** Three significant digits, and no exponent. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '?';
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
