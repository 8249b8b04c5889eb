import type { RequestHandler } from 'express';
import { RUN_STATUSES } from '../core/run.js';
import type { Field } from './job/fields.js';
import { stones } from './run/stones.js';
import { sendPage } from './send.js';

interface StylesView {
  readonly statuses: readonly string[];
  readonly runs: readonly {
    readonly text: string;
    readonly status: string;
    readonly stones: ReturnType<typeof stones>;
  }[];
  readonly fields: readonly Field[];
}

const FIELD: Field = {
  name: 'text',
  kind: 'text',
  prefilled: false,
  title: 'A text',
  description: 'What it is for, in one line.',
  required: false,
  min: null,
  max: null,
  step: 1,
  maxLength: null,
  options: [],
  value: '',
  checked: false,
  error: null,
  placeholder: 'What may stand here',
  isAdvanced: false,
  isFilled: false,
  group: null,
  kept: [],
  accept: null,
  multiple: false,
};

const FIELDS: readonly Field[] = [
  FIELD,
  { ...FIELD, name: 'wrong', title: 'A text that was refused', value: 'x', error: 'Please type a number.' },
  { ...FIELD, name: 'number', kind: 'number', title: 'A number', value: '3', min: 1, max: 9 },
  { ...FIELD, name: 'lines', kind: 'textarea', title: 'Lines', placeholder: 'One a line' },
  {
    ...FIELD,
    name: 'choice',
    kind: 'select',
    title: 'A choice',
    options: [{ value: 'a', title: 'The first' }],
    value: 'a',
  },
  { ...FIELD, name: 'tick', kind: 'checkbox', title: 'A tick', checked: true },
  { ...FIELD, name: 'file', kind: 'file', title: 'A file' },
];

const RUNS = [
  { text: 'Nothing is recorded', status: 'running', seq: 0, total: 5 },
  { text: 'Three of five', status: 'running', seq: 3, total: 5 },
  { text: '37 of a hundred', status: 'running', seq: 37, total: 100 },
  { text: '4,200 of 10,000', status: 'running', seq: 4200, total: 10_000 },
  { text: 'Stopped at a failure', status: 'failed', seq: 2, total: 7 },
  { text: 'Cancelled', status: 'cancelled', seq: 4, total: 9 },
  { text: 'Done', status: 'done', seq: 12, total: 12 },
];

/** Every element of the pages in each of its states, for those who change the style: see docs/design.md. */
export function stylesShow(): RequestHandler {
  return async (_req, res) => {
    const { paths } = res.locals.tobiishi;
    await sendPage<StylesView>(res, 'styles', {
      title: 'Styles',
      here: paths.styles,
      data: {
        statuses: [...RUN_STATUSES, 'waiting', 'skipped'],
        runs: RUNS.map(({ text, status, ...run }) => ({ text, status, stones: stones(run) })),
        fields: FIELDS,
      },
    });
  };
}
