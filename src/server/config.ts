import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { HostList } from '../core/host-list.js';
import { parseRule } from '../http/gate.js';

/** In characters. */
const LEAST_SECRET = 16;

interface Setting<T> {
  /** As it would be written in the environment; undefined when there is none. */
  readonly default: string | undefined;
  readonly expected: string;
  readonly meaning: string;
  /** Throws when the text is not what is expected. */
  readonly parse: (text: string) => T;
}

/** Every setting there is. This file is the only reader of the environment. */
export const SETTINGS = {
  PORT: setting('3000', 'a port from 0 to 65535', 'Port to listen on; 0 takes a free one.', whole(0, 65_535)),
  HOST: setting('', 'an address of this machine', 'Address to listen on; empty means all.', (text) => text),
  DATABASE_URL: setting(
    'data/tobiishi.db',
    'a file path, memory:, cookie: or postgres://user:password@host:port/database',
    'Where runs are kept: a SQLite file, PostgreSQL (for several processes or machines), `cookie:` (one small run, in the browser), or `memory:`.',
    databaseAddress,
  ),
  SESSION_SECRET: setting(
    undefined,
    'secrets of at least 16 characters, comma-separated',
    'Signs the session cookie; newest first, to rotate. Must be set when `NODE_ENV=production`; otherwise one is made and kept beside the database, in it (PostgreSQL), or only while the process runs (`cookie:`, `memory:`).',
    secrets,
  ),
  HOST_TIMEOUT: setting('10', 'seconds from 1 to 3600', 'After how many seconds the host cuts a request.', (text) =>
    number(text, 1, 3600),
  ),
  MAX_WORKING: setting(
    '100',
    'a whole number from 1 to 100000',
    'At most so many steps are at work at once in one process, half of them of one visitor or network; others wait their turn.',
    whole(1, 100_000),
  ),
  MAX_UNFINISHED: setting(
    '10',
    'a whole number from 1 to 100000',
    'The most unfinished runs of one visitor; all visitors of a network together may have 50 times as many.',
    whole(1, 100_000),
  ),
  MAX_STARTS: allowance(
    '120,600',
    'Runs started a minute: by one visitor, and from one network (an IPv4 address, an IPv6 /64). A token, a webhook or a schedule that is made counts as five.',
  ),
  MAX_PREVIEWS: allowance('60,300', 'Previews a minute, likewise.'),
  MAX_PROPOSALS: allowance('60,300', 'Proposals a minute, likewise.'),
  MAX_PROBES: allowance('60,300', 'Requests a minute with which `/host` measures, likewise.'),
  MAX_UPLOADS: allowance('100,300', 'Megabytes of forms with files a minute, likewise.'),
  MAX_FILE_MB: setting(
    '100',
    'megabytes from 1 to 100000',
    'Megabytes that the files of a form may have together; files that no run has may have 10 times as many of one network, and 50 times in all. A job may take less.',
    whole(1, 100_000),
  ),
  MAX_SHARED: allowance('300,1500', 'Shared pages a minute, likewise.'),
  MAX_DOWNLOADS: allowance('6,30', 'Downloads under way at once, likewise.'),
  MAX_LOGINS: setting(
    '10',
    'a whole number from 1 to 100000',
    'Passwords tried in ten minutes from one network. Once it is thirty times as many in all, each network (an IPv6 /48) may try two.',
    whole(1, 100_000),
  ),
  MAX_KEPT_MB: allowance(
    '500,2000',
    'Megabytes of runs that are kept, likewise: with more nothing new starts, and what runs stops.',
  ),
  MAX_KEPT_ALL_MB: setting(
    '10000',
    'megabytes from 1 to 1000000000',
    'Megabytes of everybody’s runs, likewise.',
    whole(1, 1_000_000_000),
  ),
  MAX_RUN_MB: setting(
    '100',
    'megabytes from 1 to 1000000',
    'Megabytes of one run: one that has more stops as failed, with what it has.',
    whole(1, 1_000_000),
  ),
  MIN_FREE_MB: setting(
    '200',
    'megabytes from 0 to 1000000000',
    'Megabytes to be left free on the disk of a SQLite file: with less nothing new starts, and what runs goes on.',
    whole(0, 1_000_000_000),
  ),
  MEMORY_MB: setting(
    undefined,
    'megabytes from 16 to 100000',
    'Pages and files on their way may hold so much of a process’s memory; who finds none free waits. Not set: an eighth of what Node.js may have (`--max-old-space-size`, or by the machine).',
    whole(16, 100_000),
  ),
  POOL_THREADS: setting(
    undefined,
    'a whole number from 1 to 64',
    'Threads that read what is quick of pages, lists and files; one more is for what takes long. Not set: 1, or 2 with at least 4 processors.',
    whole(1, 64),
  ),
  POOL_CPU_MS: setting(
    '2000',
    'milliseconds from 100 to 600000',
    'What reading one page or file may take of a processor; more is the failure `page-too-costly`.',
    whole(100, 600_000),
  ),
  POOL_HEAP_MB: setting(
    undefined,
    'megabytes from 16 to 100000',
    'What one of these threads may hold. Not set: a third of what Node.js may have, 256 at most.',
    whole(16, 100_000),
  ),
  MAX_CONNECTIONS: setting(
    '5000',
    'a whole number from 10 to 1000000',
    'Connections open at once; a quarter of them for one network, unless `TRUST_PROXY` says that a proxy makes them.',
    whole(10, 1_000_000),
  ),
  BACKGROUND: setting(
    'off',
    'on, off or worker',
    'Who goes on with runs whose page is closed: with `on` the server itself, a few at a time; with `worker` the processes of `tobiishi work`, over PostgreSQL. Not with `cookie:`.',
    background,
  ),
  SERVICE_WORKER: setting(
    'on',
    'on or off',
    'Whether browsers get the worker that asks again when the host answers instead of Tobiishi; `off` also removes it where it is.',
    onOff,
  ),
  ALLOW_HOSTS: setting(
    '',
    'host:port, comma-separated',
    'Hosts that may be fetched although their addresses are private, such as `localhost:8080`.',
    hosts,
  ),
  IGNORE_ROBOTS: setting(
    '',
    'host:port, comma-separated, each of them in ALLOW_HOSTS',
    'Hosts of `ALLOW_HOSTS` whose robots.txt is not asked.',
    hosts,
  ),
  ALLOW_PORTS: setting(
    '80,443,1024-65535',
    'ports and ranges such as 1024-65535, comma-separated',
    'Ports that may be fetched. Those that browsers refuse, such as 25, are refused all the same.',
    ports,
  ),
  DENY_HOSTS: setting(
    '',
    'names, addresses and networks such as 192.0.2.0/24, comma-separated',
    'Hosts that are never fetched, such as those that asked not to be; a name stands for all names below it, too.',
    hostList,
  ),
  ONLY_HOSTS: setting(
    '',
    'names, addresses and networks such as 192.0.2.0/24, comma-separated',
    'The only hosts that are fetched, written like those of `DENY_HOSTS`. Empty: all of the public Internet.',
    hostList,
  ),
  DENY_HOSTS_FILE: setting(
    '',
    'a file with one entry of DENY_HOSTS a line; lines that begin with # are passed over',
    'More hosts for `DENY_HOSTS`, read when the server starts. The operator blocks others while it runs, at `/operator`.',
    hostFile,
  ),
  ABUSE_LOG_DAYS: setting(
    '30',
    'days from 0 to 3650',
    'For how long it is kept who had which hosts asked (network address, visitor, run), to answer complaints. 0: not at all.',
    whole(0, 3650),
  ),
  CONTACT: setting(
    undefined,
    'an https address or a mail address',
    'Where those who run the fetched sites can reach you: in the `User-Agent`, and in `/.well-known/security.txt`.',
    contact,
  ),
  MIN_DELAY_MS: setting(
    '1000',
    'milliseconds from 0 to 3600000',
    'The shortest delay between two requests to one host that a visitor may ask for.',
    whole(0, 3_600_000),
  ),
  MAX_STEPS: setting(
    '100000',
    'a whole number from 1 to 10000000',
    'The most steps a run may have.',
    whole(1, 10_000_000),
  ),
  RUN_TTL_HOURS: setting(
    '168',
    'hours from 1 to 87600',
    'Runs not touched for this long are deleted.',
    whole(1, 87_600),
  ),
  TRUST_PROXY: setting('0', 'a whole number from 0 to 10', 'How many proxies stand in front.', whole(0, 10)),
  SITE_URL: setting(
    undefined,
    'an address without a path, such as https://jobs.example.org',
    'Where browsers find the site: shared links begin with it, and requests for other host names are refused.',
    siteUrl,
  ),
  ALLOWED_HOSTS: setting(
    '',
    'host names, with :port where it is not the usual one, comma-separated',
    'More names by which the site may be asked. With neither this nor `SITE_URL` any name will do.',
    hostNames,
  ),
  ACCESS: setting(
    'open',
    'open, password:… of at least 8 characters, password:scrypt:SALT:KEY, or header:NAME',
    'Who is let in: everybody, whoever knows the password (or that of which this is the hash), or those for whom a trusted proxy sets the header.',
    access,
  ),
  OPERATOR: setting(
    undefined,
    'password:… of at least 8 characters, password:scrypt:SALT:KEY, or header:NAME',
    'Who may see and stop everybody’s runs at `/operator`, in the words of `ACCESS`. Not set: nobody, and there is no such page.',
    operator,
  ),
  METRICS_TOKEN: setting(
    undefined,
    'a text of at least 16 characters without spaces',
    'By which Prometheus reads `/metrics` (`Authorization: Bearer …`). The operator may read it, too. Needs `npm install prom-client`.',
    token,
  ),
  OPEN_SHARED: setting('off', 'on or off', 'Whether shared runs are shown to those whom `ACCESS` keeps out.', onOff),
  BASE: setting(
    '',
    'a path such as /tools/jobs',
    'The path under which browsers see it, where a proxy in front cuts it off. Not needed inside an Express app, which tells.',
    base,
  ),
  JOBS: setting(
    '',
    'paths of modules, comma-separated',
    'More jobs to load: JavaScript files that export one by default.',
    list,
  ),
  LOG_LEVEL: setting(
    'info',
    'fatal, error, warn, info, debug, trace or silent',
    'The least important message to log.',
    oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
  ),
  NODE_ENV: setting(
    'development',
    'development, production or test',
    '`production` asks for `SESSION_SECRET`.',
    oneOf('development', 'production', 'test'),
  ),
} as const;

type Settings = typeof SETTINGS;
export type SettingName = keyof Settings;
type Value<N extends SettingName> = Settings[N] extends Setting<infer T> ? T : never;

type CamelCase<S extends string> = S extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<S>;

/** The name of a setting where it is an option of `tobiishi()`. */
type OptionName<N extends SettingName> = N extends 'DATABASE_URL' ? 'database' : CamelCase<N>;

/** Parsed settings, by their names as options. Those without a default are undefined when not set. */
export type Config = {
  readonly [N in SettingName as OptionName<N>]: Settings[N]['default'] extends string ? Value<N> : Value<N> | undefined;
};

/** What only a server of its own needs. */
type ServerSetting = 'PORT' | 'HOST' | 'NODE_ENV' | 'MAX_CONNECTIONS';
const SERVER_SETTINGS: readonly string[] = ['PORT', 'HOST', 'NODE_ENV', 'MAX_CONNECTIONS'] satisfies ServerSetting[];

/** Settings as options: each as its value, or as the text that the environment would have. */
export type SettingOptions = {
  readonly [N in Exclude<SettingName, ServerSetting> as OptionName<N>]?: Value<N> | string | undefined;
};

/** Never printed. */
const SECRETS: readonly SettingName[] = ['SESSION_SECRET', 'ACCESS', 'OPERATOR', 'METRICS_TOKEN'];

/** A setting that stops the start: its name, its value and what is expected. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'wrong-setting';
}

/** Every name of the site, by `SITE_URL` and `ALLOWED_HOSTS`, with its port where that is not the usual one. Empty: any. */
export function siteHosts({ siteUrl, allowedHosts }: Pick<Config, 'siteUrl' | 'allowedHosts'>): readonly string[] {
  return [...(siteUrl === undefined ? [] : [new URL(siteUrl).host]), ...allowedHosts];
}

/** Parses and checks the environment. Throws `ConfigError` at the first wrong setting. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const config = readSettings(
    (name) => env[name],
    (name) => name,
  );
  if (config.nodeEnv === 'production' && config.sessionSecret === undefined) {
    throw new ConfigError(`SESSION_SECRET must be set in production. Expected: ${SETTINGS.SESSION_SECRET.expected}.`);
  }
  if ([config.access, config.operator].some((rule) => rule?.startsWith('header:')) && config.trustProxy === 0) {
    throw new ConfigError('header:… needs TRUST_PROXY: the header is believed only from a proxy that is trusted.');
  }
  return config;
}

/**
 * Parses and checks options like the environment's settings of the same names; those that are left out have their
 * defaults. Throws `ConfigError` at the first that is wrong or unknown.
 */
export function readOptions(options: SettingOptions): Config {
  const given: Readonly<Record<string, unknown>> = options;
  const known = new Set(
    Object.keys(SETTINGS)
      .filter((name) => !SERVER_SETTINGS.includes(name))
      .map(optionName),
  );
  const unknown = Object.keys(given).find((name) => !known.has(name));
  if (unknown !== undefined) throw new ConfigError(`There is no option "${unknown}".`);
  return readSettings((name) => textOf(given[optionName(name)]), optionName);
}

function readSettings(
  textOf: (name: SettingName) => string | undefined,
  shownName: (name: SettingName) => string,
): Config {
  const entries = Object.entries<Setting<unknown>>(SETTINGS) as [SettingName, Setting<unknown>][];
  const config = Object.fromEntries(
    entries.map(([name, { default: fallback, expected, parse }]) => {
      const text = textOf(name) || fallback;
      if (text === undefined) return [optionName(name), undefined];
      try {
        return [optionName(name), parse(text)];
      } catch {
        // A secret is never printed, not even a wrong one; an address can have a password.
        const secret = SECRETS.includes(name) || (name === 'DATABASE_URL' && text.includes('@'));
        const shown = secret ? '' : `: "${text}"`;
        throw new ConfigError(`${shownName(name)} is wrong${shown}. Expected: ${expected}.`);
      }
    }),
  ) as unknown as Config;
  const unlisted = config.ignoreRobots.filter((host) => !config.allowHosts.includes(host));
  if (unlisted.length > 0) {
    const { expected } = SETTINGS.IGNORE_ROBOTS;
    throw new ConfigError(`${shownName('IGNORE_ROBOTS')} is wrong: "${unlisted}". Expected: ${expected}.`);
  }
  return config;
}

function optionName(name: string): string {
  if (name === 'DATABASE_URL') return 'database';
  return name.toLowerCase().replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

/** A value of an option as the environment would have it. */
function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'object' && 'visitor' in value && 'network' in value) return `${value.visitor},${value.network}`;
  return String(value);
}

/**
 * The secrets to sign with: those set, or else one that is made once and kept beside the database. With PostgreSQL it
 * is `kept`, made by the first process and read from the database by the others, since they may be on other machines.
 * With `cookie:`, which promises to need no disk, it ends with the process, which `log` is told.
 */
export function sessionSecrets(
  { sessionSecret, database }: Pick<Config, 'sessionSecret' | 'database'>,
  kept: string | null,
  log: (message: string) => void,
): readonly string[] {
  if (sessionSecret !== undefined) return sessionSecret;
  if (kept !== null) return [kept];
  const made = randomBytes(32).toString('base64url');
  if (database === 'memory:') return [made];
  if (database === 'cookie:') {
    log('SESSION_SECRET is not set: runs end with this process. Set it (openssl rand -hex 32) to keep them.');
    return [made];
  }
  return [keptSecret(`${database}.secret`, made)];
}

/**
 * What the file holds, which is `made` when there was none. It is there whole or not at all, whenever a process dies; only
 * one of them has the database beside it.
 */
function keptSecret(path: string, made: string): string {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.new`, made, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
    return made;
  }
  const kept = readFileSync(path, 'utf8').trim();
  if (kept.length >= LEAST_SECRET) return kept;
  throw new ConfigError(
    `${path} is damaged: it holds no secret of ${LEAST_SECRET} characters. Delete it, and a new one is made: visitors then begin with new sessions.`,
  );
}

function setting<const D extends string | undefined, T>(
  fallback: D,
  expected: string,
  meaning: string,
  parse: (text: string) => T,
) {
  return { default: fallback, expected, meaning, parse };
}

/** Of a visitor, and of a network. */
function allowance(fallback: string, meaning: string) {
  const parse = (text: string) => {
    const [visitor = '', network = '', ...more] = text.split(',').map((part) => part.trim());
    if (more.length > 0) throw new RangeError(text);
    const parsed = whole(1, 1_000_000_000);
    return { visitor: parsed(visitor), network: parsed(network) };
  };
  return setting(fallback, 'two whole numbers, such as 100,500: for one visitor and for one network', meaning, parse);
}

function number(text: string, min: number, max: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= min && value <= max)) throw new RangeError(text);
  return value;
}

function whole(min: number, max: number) {
  return (text: string) => {
    if (!/^\d+$/.test(text)) throw new RangeError(text);
    return number(text, min, max);
  };
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function oneOf<const T extends string>(...allowed: T[]) {
  return (text: string): T => {
    const found = allowed.find((value) => value === text);
    if (found === undefined) throw new RangeError(text);
    return found;
  };
}

function background(text: string): boolean | 'worker' {
  return text === 'worker' ? text : onOff(text);
}

function onOff(text: string): boolean {
  return oneOf('on', 'off')(text) === 'on';
}

function base(text: string): string {
  if (text === '' || text === '/') return '';
  const path = text.replace(/\/$/, '');
  if (!/^(\/[\w.~%-]+)+$/.test(path) || new URL(path, 'http://host').pathname !== path) throw new TypeError(text);
  return path;
}

function hosts(text: string): string[] {
  const entries = list(text).map((entry) => entry.toLowerCase());
  for (const entry of entries) {
    const url = new URL(`http://${entry}/`);
    if (!/:\d{1,5}$/.test(entry) || url.href !== `http://${entry.replace(/:80$/, '')}/`) throw new TypeError(entry);
  }
  return entries;
}

/** As the URL standard writes them. */
function hostNames(text: string): string[] {
  return list(text).map((entry) => {
    const url = new URL(`http://${entry}/`);
    if (url.href !== `http://${url.host}/`) throw new TypeError(entry);
    return url.host;
  });
}

/** The text itself: what is read can be given again. */
function access(text: string): string {
  parseRule(text);
  return text;
}

function operator(text: string): string {
  if (parseRule(text).kind === 'open') throw new TypeError('not for everybody');
  return text;
}

function token(text: string): string {
  if (!/^\S+$/.test(text) || text.length < LEAST_SECRET) throw new RangeError('too short');
  return text;
}

function siteUrl(text: string): string {
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) throw new TypeError(text);
  return url.origin;
}

function hostList(text: string): string[] {
  const entries = list(text);
  new HostList(entries);
  return entries;
}

/** The path itself: what is read can be given again. */
function hostFile(path: string): string {
  if (path !== '') hostsIn(path);
  return path;
}

/** The entries of a file for `DENY_HOSTS_FILE`. Throws when it cannot be read, or has another line. */
export function hostsIn(path: string): readonly string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return hostList(lines.filter((line) => !line.startsWith('#')).join(','));
}

function ports(text: string): string[] {
  const entries = list(text);
  for (const entry of entries) {
    const [first = '', last = first, ...rest] = entry.split('-');
    if (rest.length > 0 || whole(0, 65_535)(first) > whole(0, 65_535)(last)) throw new RangeError(entry);
  }
  return entries;
}

/** Safe in a header. */
function contact(text: string): string {
  if (/^[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(text)) return text;
  const { protocol, href } = new URL(text);
  if (protocol !== 'https:') throw new TypeError(text);
  return href;
}

function databaseAddress(text: string): string {
  if (/^postgres(ql)?:\/\//i.test(text)) return checkedUrl(text);
  if (text !== 'memory:' && text !== 'cookie:' && /^[a-z]{2,}:/i.test(text)) throw new TypeError(text);
  return text;
}

/** Empty hosts are fine: they mean a socket of this machine. */
function checkedUrl(text: string): string {
  new URL(text);
  return text;
}

function secrets(text: string): string[] {
  const all = list(text);
  if (all.length === 0 || all.some((secret) => secret.length < LEAST_SECRET)) throw new RangeError('too short');
  return all;
}
