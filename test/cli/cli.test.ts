import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CommandLineUser, jobFile, temporaryFolder } from '../fixtures/command.js';
import { gated } from '../fixtures/gated.js';
import { startServer } from '../fixtures/server.js';
import { runHeader, Visitor } from '../fixtures/visitor.js';
import { serve } from '../scrape/fetch/serve.js';

/** The id that a command's last line says how to go on with. */
const resumable = (err: string) => /npx tobiishi resume (\S+)/.exec(err)?.[1] ?? '';

describe('the command line', { concurrency: true }, () => {
  it('runs a job from a file to its end, and writes its rows', async () => {
    const user = new CommandLineUser();
    const { code, err } = await user.run('run', jobFile('trivial'), '--count=3', '--out=rows.json');
    assert.equal(code, 0, err);
    const rows = JSON.parse(readFileSync(join(user.folder, 'rows.json'), 'utf8'));
    assert.deepEqual(rows, [{ number: 1 }, { number: 2 }, { number: 3 }]);
    assert.match(err, /Done: 3\/3, 3 rows\.\n$/);
    const listed = await user.run('runs', '--json');
    const run = JSON.parse(listed.out);
    assert.deepEqual([run.job, run.status, run.rowCount], ['trivial', 'done', 3]);
    assert.equal((await user.run('export', run.id)).out, '{"number":1}\n{"number":2}\n{"number":3}\n');
  });

  it('says what is wrong with a field, and which ones there are', async () => {
    const user = new CommandLineUser();
    const [wrong, unknown, none] = await Promise.all([
      user.run('run', 'wait', '--seconds=soon', '--database=memory:'),
      user.run('run', 'wait', '--second=1', '--database=memory:'),
      user.run('run', 'fly', '--database=memory:'),
    ]);
    assert.deepEqual([wrong.code, unknown.code, none.code], [2, 2, 2]);
    assert.match(wrong.err, /^seconds: /);
    assert.match(unknown.err, /no field "second"\. Its fields: seconds, hold/);
    assert.match(none.err, /no job fly\. There are: wait, scrape/);
  });

  it('fills in the form by a recipe, whose fields can be replaced', async () => {
    const user = new CommandLineUser();
    writeFileSync(join(user.folder, 'recipe.json'), JSON.stringify({ job: 'trivial', fields: { count: 5 } }));
    const args = ['run', jobFile('trivial'), '--database=memory:', '--out=-', '--format=json'];
    const [whole, link] = await Promise.all([
      user.run(...args, '--recipe=recipe.json'),
      user.run(...args, '--recipe=http://localhost/jobs/trivial?count=5', '--count=1'),
    ]);
    assert.equal(JSON.parse(whole.out).length, 5);
    assert.equal(JSON.parse(link.out).length, 1);
  });

  it('has only what is new in the second run of a watch', async (t) => {
    const site = await serve(t, (_, response) => void response.end('<li><b>Sencha</b></li><li><b>Oolong</b></li>'));
    const user = new CommandLineUser(temporaryFolder(), { ALLOW_HOSTS: site.host });
    const file = join(user.folder, 'urls.txt');
    writeFileSync(file, site.origin);
    const look = (...where: string[]) =>
      user.run('run', 'scrape', ...where, '--row=li', '--columns=tea: b', '--keep=new', '--out=-');
    for (const where of [[`--urls=${site.origin}`], ['--urls=', `--file=urlsFile=${file}`]]) {
      assert.match((await look(...where)).out, /Sencha.*\n.*Oolong/);
      assert.equal((await look(...where)).out, '');
    }
  });

  it('says that steps failed, and goes on with the run when it is told to', async () => {
    const user = new CommandLineUser();
    const first = await user.run('run', jobFile('failing'));
    assert.equal(first.code, 1);
    assert.match(first.err, /Step 2 failed and is tried again: .*no luck at attempt 1/);
    assert.match(first.err, /Failed: 1\/3/);
    const without = await user.run('resume', resumable(first.err));
    assert.match(without.err, /--jobs/);
    assert.equal(without.code, 2);
    const again = await user.run('resume', resumable(first.err), '--jobs', jobFile('failing'));
    assert.equal(again.code, 1);
  });

  it('has a run repeated, which rests when it is told to', async () => {
    const user = new CommandLineUser();
    const run = await user.run('run', jobFile('trivial'), '--count=1', '--json');
    const { id } = JSON.parse(run.out.trim().split('\n').at(-1) ?? '');
    const schedule = (...args: string[]) => user.run('schedule', ...args, '--jobs', jobFile('trivial'), '--json');
    const added = await schedule('add', id, '--cron=0 6 * * *', '--zone=Asia/Tokyo');
    assert.equal(added.code, 0, added.err);
    const repeated = JSON.parse(added.out);
    assert.equal(new Date(repeated.nextAt).toISOString().slice(11, 16), '21:00', '6:00 in Tokyo');
    assert.equal((await schedule('pause', repeated.id)).code, 0);
    assert.deepEqual(JSON.parse((await schedule()).out), { ...repeated, isPaused: true, nextAt: null });
    assert.equal((await schedule('add', id, '--cron=soon')).code, 2);
  });

  it('speaks the language of its terminal', async () => {
    const user = new CommandLineUser(undefined, { LANG: 'ja_JP.UTF-8' });
    const [done, wrong] = await Promise.all([
      user.run('run', jobFile('trivial'), '--count=2', '--database=memory:'),
      user.run('run', 'fly', '--database=memory:'),
    ]);
    assert.match(done.err, /完了：2\/2、2行\n$/);
    assert.match(wrong.err, /^fly というジョブはありません。あるもの：wait, scrape\n/);
  });

  it('is told by whoever stops it that the process ends, not the run', async () => {
    const user = new CommandLineUser();
    const { options, letThrough } = gated(9, 1000);
    letThrough(1);
    const started = user.start('run', jobFile('counted'), ...options, '--json');
    await started.said(/"seq":1/);
    started.kill('SIGTERM');
    letThrough(2);
    const { code, out } = await started.ended;
    assert.deepEqual([code, JSON.parse(out.trim().split('\n').at(-1) ?? '').status], [3, 'running']);
  });

  it('tells who has the database, and how to go on through that server', async () => {
    const user = new CommandLineUser();
    const database = join(user.folder, 'tobiishi.db');
    const server = await startServer({ DATABASE_URL: database });
    const { code, err } = await user.run('runs', '--database', database);
    await server.kill('SIGKILL');
    assert.equal(code, 2);
    assert.match(err, /in use by another[\s\S]*--at http/);
  });

  it('takes over from a server that was killed, pauses at Ctrl-C, and leaves the rest to the page: each step once', async () => {
    const folder = temporaryFolder();
    const { fields, letThrough, executions } = gated(12, 350);
    const database = join(folder, 'tobiishi.db');
    const server = await startServer({ DATABASE_URL: database }, ['counted']);
    const visitor = new Visitor(server.url);
    const path = await visitor.start('counted', fields);
    // Then a second has passed, and no other is begun.
    letThrough(3);
    await visitor.get(`${path}?seq=0`);
    await server.kill('SIGKILL');
    const user = new CommandLineUser(folder, { DATABASE_URL: database, JOBS: jobFile('counted') });
    const resumed = user.start('resume', path.split('/').at(-1) ?? '', '--json');
    await resumed.said(/"status":"running"/);
    resumed.kill('SIGINT');
    letThrough(11);
    const { code, err } = await resumed.ended;
    assert.equal(code, 3, err);
    assert.match(err, /Paused: \d+\/12/);
    await server.start();
    assert.equal(runHeader(await visitor.get(path)).status, 'paused');
    letThrough(12);
    await visitor.submit(path, `${path}/resume`);
    const { response } = await visitor.drive(path);
    assert.deepEqual(runHeader(response), { status: 'done', seq: 12, total: 12 });
    assert.equal(new Set(executions()).size, executions().length, 'each step once');
    await server.kill('SIGKILL');
  });
});
