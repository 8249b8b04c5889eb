import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCommandLine } from '../../src/cli/arguments.js';
import { UsageError } from '../../src/cli/exit-codes.js';

describe('a command line', () => {
  it('has a command, what it is about, fields and options', () => {
    const { command, action, operand, fields, files, texts, flags } = parseCommandLine(
      'run scrape --url=https://example.org/?a=b --json --out - --file sites=a.txt'.split(' '),
    );
    assert.deepEqual([command, action, operand], ['run', null, 'scrape']);
    assert.deepEqual({ ...fields }, { url: 'https://example.org/?a=b' });
    assert.deepEqual({ ...files }, { sites: 'a.txt' });
    assert.deepEqual([texts, [...flags]], [{ out: '-' }, ['json']]);
  });

  it('says what to do with a schedule, and lists them where it does not', () => {
    const { action, operand, texts } = parseCommandLine(['schedule', 'add', 'RUN', '--cron=0 6 * * *']);
    assert.deepEqual([action, operand, texts], ['add', 'RUN', { cron: '0 6 * * *' }]);
    assert.equal(parseCommandLine(['schedule']).action, 'list');
  });

  it('knows the id of a run, however it begins', () => {
    for (const id of ['-Gx3vO2kTn2l7cJ0w5bQ_A', '--x3vO2kTn2l7cJ0w5bQ_A']) {
      const { operand, texts, flags } = parseCommandLine(['resume', id, '--jobs', 'a.js', '--json']);
      assert.deepEqual([operand, texts, [...flags]], [id, { jobs: 'a.js' }, ['json']]);
    }
  });

  it('ticks a box that is named alone, and adds a line for a field that is named again', () => {
    const { fields } = parseCommandLine(['run', 'x', '--hold', '--columns=a: h1', '--columns=b: h2']);
    assert.deepEqual({ ...fields }, { hold: 'on', columns: 'a: h1\nb: h2' });
  });

  it('fills in a field that is called as an option is', () => {
    const { fields, texts } = parseCommandLine(['run', 'x', '--field', 'out=1=2', '--out=a.csv']);
    assert.deepEqual([{ ...fields }, texts], [{ out: '1=2' }, { out: 'a.csv' }]);
  });

  it('takes no field for part of an object', () => {
    const { fields } = parseCommandLine(['run', 'x', '--field', '__proto__=1']);
    assert.deepEqual(Object.entries(fields), [['__proto__', '1']]);
  });

  for (const [args, code] of [
    [['fly'], 'no-command'],
    [['schedule', 'fly'], 'no-command'],
    [['run', 'wait', '5'], 'word-too-many'],
    [['resume', 'x', '--fast'], 'no-option'],
    [['run', 'wait', '--out'], 'no-value'],
    [['run', 'wait', '-x'], 'no-option'],
    [['run', 'wait', '--field', 'seconds'], 'no-assignment'],
  ] as const) {
    it(`is refused: ${args.join(' ')}`, () => {
      assert.throws(
        () => parseCommandLine(args),
        (error) => error instanceof UsageError && error.code === code,
      );
    });
  }
});
