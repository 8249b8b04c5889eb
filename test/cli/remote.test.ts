import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CommandLineUser, temporaryFolder } from '../fixtures/command.js';
import { gated } from '../fixtures/gated.js';
import { findProxy, startProxy } from '../fixtures/real-proxy.js';
import { type Server, startServer } from '../fixtures/server.js';

const nginx = findProxy('nginx');

describe('a run on another server', { concurrency: true }, () => {
  let server: Server;
  before(async () => {
    server = await startServer({}, ['counted', 'trivial', 'failing']);
  });
  after(() => server.kill('SIGKILL'));

  it('goes through nginx that cuts requests after two seconds, each step once', {
    skip: nginx === null ? 'nginx is not installed' : false,
  }, async (t) => {
    assert.ok(nginx);
    const proxy = await startProxy('nginx', nginx, server.url, 2);
    t.after(() => proxy.close());
    const log = join(temporaryFolder(), 'log');
    const user = new CommandLineUser();
    const args = ['run', 'counted', `--log=${log}`, '--count=2', '--ms=3000', '--out=-', '--at', proxy.url];
    const { code, out, err } = await user.run(...args);
    assert.equal(code, 0, err);
    assert.equal(out, '{"number":1}\n{"number":2}\n');
    assert.match(err, /The host answers 504\. Asking again/);
    assert.equal(readFileSync(log, 'utf8').trim().split('\n').length, 2);
  });

  it('is paused by Ctrl-C, and resumed by the next command with the same session', async () => {
    const { options, letThrough, executions } = gated(9, 400);
    const user = new CommandLineUser();
    const started = user.start('run', 'counted', ...options, '--json', '--at', `${server.url}/`);
    await started.said(/"status":"running"/);
    started.kill('SIGINT');
    letThrough(8);
    const { code, err } = await started.ended;
    assert.equal(code, 3, err);
    letThrough(9);
    const id = /npx tobiishi resume (\S+) --at/.exec(err)?.[1] ?? '';
    const stranger = await new CommandLineUser().run('resume', id, '--at', server.url);
    assert.equal(stranger.code, 2, 'it belongs to a session');
    const resumed = await user.run('resume', id, '--at', server.url);
    assert.equal(resumed.code, 0, resumed.err);
    assert.equal(new Set(executions()).size, 9);
  });

  it('is started by a recipe, and ends with the code that its steps deserve', async () => {
    const user = new CommandLineUser();
    writeFileSync(join(user.folder, 'recipe.json'), JSON.stringify({ job: 'trivial', fields: { count: 4 } }));
    const [fine, failed] = await Promise.all([
      user.run('run', '--recipe=recipe.json', '--at', server.url, '--out=-'),
      new CommandLineUser().run('run', 'failing', '--at', server.url),
    ]);
    assert.equal(fine.out.trim().split('\n').length, 4, fine.err);
    assert.equal(failed.code, 1);
    assert.match(failed.err, /no luck/);
  });

  it('is refused with what the server says', async () => {
    const user = new CommandLineUser();
    const [wrong, none, nobody] = await Promise.all([
      user.run('run', 'trivial', '--count=0', '--at', server.url),
      user.run('run', 'fly', '--at', server.url),
      user.run('run', 'wait', '--at', 'http://127.0.0.1:1'),
    ]);
    assert.deepEqual([wrong.code, none.code, nobody.code], [2, 2, 2]);
    assert.match(wrong.err, /^count: /);
    assert.match(nobody.err, /There is no Tobiishi at http:\/\/127\.0\.0\.1:1/);
  });
});
