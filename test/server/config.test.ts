import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  ConfigError,
  hostsIn,
  readConfig,
  readOptions,
  SETTINGS,
  type SettingOptions,
  sessionSecrets,
} from '../../src/server/config.js';

describe('settings', () => {
  it('have sensible values when none is set', () => {
    const config = readConfig({});
    assert.equal(config.port, 3000);
    assert.equal(config.database, 'data/tobiishi.db');
    assert.equal(config.hostTimeout, 10);
    assert.deepEqual(config.allowHosts, []);
    assert.equal(config.sessionSecret, undefined);
  });

  it('are parsed', () => {
    const config = readConfig({ PORT: '0', ALLOW_HOSTS: ' localhost:8080, 127.0.0.1:80 ', HOST_TIMEOUT: '2.5' });
    assert.equal(config.port, 0);
    assert.deepEqual(config.allowHosts, ['localhost:8080', '127.0.0.1:80']);
    assert.equal(config.hostTimeout, 2.5);
  });

  it('take hosts from a file, with remarks in it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'hosts');
    writeFileSync(file, '# asked on 3 May\nvictim.example\n\n 192.0.2.0/24 \n');
    assert.equal(readConfig({ DENY_HOSTS_FILE: file }).denyHostsFile, file);
    assert.deepEqual(hostsIn(file), ['victim.example', '192.0.2.0/24']);
    writeFileSync(file, 'not a host\n');
    assert.throws(() => readConfig({ DENY_HOSTS_FILE: file }), /DENY_HOSTS_FILE is wrong/);
  });

  const wrong: [string, string][] = [
    ['DENY_HOSTS_FILE', '/nowhere/at/all'],
    ['PORT', 'eighty'],
    ['PORT', '65536'],
    ['HOST_TIMEOUT', '0'],
    ['IGNORE_ROBOTS', 'localhost:8080'],
    ['ALLOW_HOSTS', 'localhost'],
    ['ALLOW_HOSTS', 'http://localhost:80'],
    ['MIN_DELAY_MS', '-1'],
    ['MAX_STEPS', '1.5'],
    ['RUN_TTL_HOURS', 'week'],
    ['TRUST_PROXY', 'true'],
    ['SITE_URL', 'jobs.example.org'],
    ['SITE_URL', 'https://jobs.example.org/tools'],
    ['ALLOWED_HOSTS', 'a.example/b'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'mysql://localhost/db'],
  ];
  for (const [name, value] of wrong) {
    it(`that are wrong stop the start: ${name}=${value}`, () => {
      const says = (error: unknown) =>
        error instanceof ConfigError &&
        error.message.includes(name) &&
        error.message.includes(`"${value}"`) &&
        error.message.includes('Expected: ');
      assert.throws(() => readConfig({ [name]: value }), says);
    });
  }

  it('never print a secret, and ask for one in production', () => {
    const secret = 'short';
    assert.throws(
      () => readConfig({ SESSION_SECRET: secret }),
      (error: Error) => error.message.includes('SESSION_SECRET') && !error.message.includes(`${secret}"`),
    );
    assert.throws(() => readConfig({ NODE_ENV: 'production' }), /SESSION_SECRET must be set in production/);
    assert.ok(readConfig({ NODE_ENV: 'production', SESSION_SECRET: 'a'.repeat(32) }));
  });

  it('make a secret and keep it where the runs are: on no disk when browsers carry them, which is said', () => {
    const said: string[] = [];
    const path = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'tobiishi.db');
    const secretFor = (url: string) =>
      sessionSecrets(readConfig({ DATABASE_URL: url }), null, (text) => said.push(text));
    assert.deepEqual(secretFor(path), secretFor(path));
    assert.deepEqual(said, []);
    assert.notDeepEqual(secretFor('cookie:'), secretFor('cookie:'));
    assert.match(said[0] ?? '', /SESSION_SECRET is not set/);
  });

  it('refuse a damaged file of the secret', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'tobiishi-')), 'tobiishi.db');
    writeFileSync(`${path}.secret`, 'cut');
    const secrets = () => sessionSecrets(readConfig({ DATABASE_URL: path }), null, () => {});
    assert.throws(
      secrets,
      (error) => error instanceof ConfigError && error.message.includes(`${path}.secret is damaged`),
    );
  });

  it('are all listed in the documentation, with their defaults, and the README repeats none wrongly', () => {
    const rowsOf = (page: string, docs: string) =>
      readFileSync(page, 'utf8')
        .split('\n')
        .filter((text) => text.startsWith('| `'))
        .map((text) => text.replaceAll(`](${docs}`, ']('));
    const listed = rowsOf('docs/settings.md', '');
    for (const [name, { default: fallback }] of Object.entries(SETTINGS)) {
      const line = listed.find((text) => text.startsWith(`| \`${name}\` |`));
      assert.ok(line, `docs/settings.md lists ${name}`);
      if (fallback) assert.ok(line.includes(`\`${fallback}\``), `it gives the default of ${name}: ${fallback}`);
    }
    const repeated = rowsOf('README.md', 'docs/').filter((text) => /^\| `[A-Z]/.test(text));
    assert.equal(repeated.length, 10);
    for (const line of repeated) assert.ok(listed.includes(line), line);
  });
});

describe('options', () => {
  it('are settings by their names in camel case, as values or as text', () => {
    const asText = { hostTimeout: '30', allowHosts: 'localhost:80,localhost:81', serviceWorker: 'off', maxSteps: '7' };
    const asValues = {
      hostTimeout: 30,
      allowHosts: ['localhost:80', 'localhost:81'],
      serviceWorker: false,
      maxSteps: 7,
    };
    assert.deepEqual(readOptions(asText), readOptions(asValues));
    const { hostTimeout, allowHosts, serviceWorker, maxSteps, minDelayMs, database } = readOptions(asValues);
    assert.deepEqual([hostTimeout, allowHosts, serviceWorker, maxSteps], Object.values(asValues));
    assert.deepEqual([minDelayMs, database], [1000, 'data/tobiishi.db'], 'those left out have their defaults');
    const {
      port: _port,
      host: _host,
      nodeEnv: _nodeEnv,
      maxConnections: _most,
      ...others
    } = readConfig({ HOST_TIMEOUT: '30' });
    assert.equal(readOptions(others).hostTimeout, 30, 'what was read can be given again');
  });

  for (const [options, message] of [
    [{ hostTimeout: 0 }, 'hostTimeout is wrong: "0". Expected: seconds from 1 to 3600.'],
    [{ database: 'mysql://localhost/db' }, 'database is wrong: "mysql://localhost/db". Expected: a file path'],
    [{ sessionSecret: 'short' }, 'sessionSecret is wrong. Expected: secrets of at least 16 characters'],
    [{ ignoreRobots: ['localhost:80'] }, 'ignoreRobots is wrong: "localhost:80". Expected: '],
    [{ base: 'tools' }, 'base is wrong: "tools". Expected: a path such as /tools/jobs'],
    [{ hostTimeOut: 30 }, 'There is no option "hostTimeOut".'],
    [{ port: 80 }, 'There is no option "port".'],
  ] as const) {
    it(`that are wrong are refused as settings are: ${message.split('.')[0]}`, () => {
      const says = (error: unknown) => error instanceof ConfigError && error.message.startsWith(message);
      assert.throws(() => readOptions(options as SettingOptions), says);
    });
  }
});
