import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCommandLine } from '../../src/cli/arguments.js';
import { UsageError } from '../../src/cli/exit-codes.js';

describe('a command line', () => {
  it('has a command, what it is about, fields and options', () => {
    const { command, operand, fields, files, texts, flags } = parseCommandLine(
      'run scrape --url=https://example.org/?a=b --json --out - --file sites=a.txt'.split(' '),
    );
    assert.deepEqual([command, operand], ['run', 'scrape']);
    assert.deepEqual({ ...fields }, { url: 'https://example.org/?a=b' });
    assert.deepEqual({ ...files }, { sites: 'a.txt' });
    assert.deepEqual([texts, [...flags]], [{ out: '-' }, ['json']]);
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

  for (const [args, message] of [
    [['fly'], /no command fly/],
    [['run', 'wait', '5'], /"5" is one word too many/],
    [['resume', 'x', '--fast'], /no option --fast/],
    [['run', 'wait', '--out'], /--out needs a value/],
    [['run', 'wait', '-x'], /no option -x/],
    [['run', 'wait', '--field', 'seconds'], /NAME=VALUE/],
  ] as const) {
    it(`is refused: ${args.join(' ')}`, () => {
      assert.throws(
        () => parseCommandLine(args),
        (error) => error instanceof UsageError && message.test(error.message),
      );
    });
  }
});
