import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';

/** In a process of its own, where nobody has loaded libsql yet: what reports of the process were told to leave out. */
const PROGRAM = `
  const told = [];
  const { getReport } = process.report;
  process.report.getReport = () => {
    told.push(process.report.excludeNetwork);
    return getReport.call(process.report);
  };
  const { Checkpoints } = await import(process.argv[1]);
  const checkpoints = new Checkpoints(process.argv[2]);
  checkpoints.committed(1e9);
  await checkpoints.close();
  console.log(JSON.stringify({ told, after: process.report.excludeNetwork }));`;

it('asks nobody for the names of all who are connected', () => {
  const module = new URL('../../src/store/sqlite/checkpoints.js', import.meta.url).href;
  const path = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'some.db');
  const args = ['--input-type=module', '--eval', PROGRAM, module, path];
  const { told, after } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  assert.ok(told.length > 0, 'libsql asks for no report any more: this care is needless');
  assert.deepEqual([...new Set(told)], [true]);
  assert.equal(after, false, 'and leaves the setting as it was');
});
