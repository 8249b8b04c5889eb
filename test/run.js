// The whole test suite: finds or fetches a Chromium, compiles, and runs every *.test.ts, or those whose path has one of
// the words given: `npm test -- store engine`.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const SHELL = '/usr/bin/chromium-headless-shell';
const PROCESSES = '.build/processes';
/** Begun before all others, so that none of them is what everybody waits for at the end. */
const LONGEST = [
  'e2e/accessibility',
  'e2e/faults',
  'e2e/service-worker',
  'store/postgres',
  'e2e/proxies',
  'e2e/statuses',
  'pages/far-store',
  'chaos/chaos',
  'e2e/propose',
  'pack/pack',
  'scrape/fetch/own-network',
  'bench/page-cost',
  'abuse/abuse',
  'cli/cli',
  'cli/work',
];
/** What starts processes, or looks at the memory of its own, is not disturbed by other files of the same process. */
const ALONE = /^(abuse|bench|pack)\/|^(chaos\/chaos|cli\/(cli|remote|work)|scrape\/fetch\/(fetch|own-network))$/;
/** These load little besides what drives a browser, for half a second, and take long. */
const BROWSERS = /^e2e\//;
/** Node waits without end for a file that does not end after its tests. This ends it, as failed. */
const END = `describe('end', () => after(() => setTimeout(() => {
  console.error('A test has left something open:', process.getActiveResourcesInfo());
  process.exit(1);
}, 10_000).unref()));
`;
const MOST_SHARED = 30;
const MOST_BROWSERS = 4;

const say = (command, args) => console.log(`> ${command} ${args.slice(0, 6).join(' ')}`);

function run(command, ...args) {
  say(command, args);
  return spawnSync(command, args, { stdio: 'inherit', env }).status === 0;
}

/** The same, beside what else is started. */
async function start(command, ...args) {
  say(command, args);
  const [status] = await once(spawn(command, args, { stdio: 'inherit', env }), 'exit');
  return status === 0;
}

/** Where this is root's: Debian has more than others that use apt, so one by one. */
function installFromDebian(...names) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  run('apt-get', 'update');
  for (const name of names) run('apt-get', 'install', '-y', '--no-install-recommends', name);
}

function findChromium() {
  const paths = [
    process.env.CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/snap/bin/chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ];
  return paths.find((path) => path && existsSync(path));
}

/** Playwright's own download, where there is one. */
async function findDownloaded() {
  const { chromium } = await import('playwright-core');
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
}

/** A system Chromium if there is one; else Debian's when that can be installed; else Playwright's own download. */
async function chromiumOrExit() {
  let path = findChromium() ?? (await findDownloaded());
  if (path === undefined) {
    installFromDebian('chromium', basename(SHELL));
    path = findChromium();
  }
  if (path === undefined) {
    run(process.execPath, 'node_modules/playwright-core/cli.js', 'install', 'chromium');
    path = await findDownloaded();
  }
  if (path === undefined) {
    console.error('The tests need a Chromium. Install one (Debian: apt-get install chromium), or name it in CHROMIUM.');
    process.exit(1);
  }
  return path;
}

/** Debian's Chromium without the browser around it, where that is the Chromium we have: most tests take half as long in it. */
function shellOr(path) {
  if (path !== '/usr/bin/chromium') return path;
  if (!existsSync(SHELL)) installFromDebian(basename(SHELL));
  return existsSync(SHELL) ? SHELL : path;
}

const env = { ...process.env };
env.CHROMIUM = await chromiumOrExit();
env.CHROMIUM_SHELL = shellOr(env.CHROMIUM);

rmSync('.build', { recursive: true, force: true });
const made = await Promise.all([
  start(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'test'),
  // What is published: servers and commands that tests start are these, and start in less.
  start(process.execPath, 'scripts/build.js', '.build/dist'),
]);
if (made.includes(false)) process.exit(1);

const words = process.argv.slice(2);
const files = readdirSync('.build/test', { recursive: true })
  .filter((path) => path.endsWith('.test.js') && (words.length === 0 || words.some((word) => path.includes(word))))
  .map((path) => join('.build/test', path));
// Node without files would run whatever it finds.
if (files.length === 0) {
  console.error(`No test has a path with ${words.join(' or ')}.`);
  process.exit(1);
}
// Most of their time they wait.
const AT_ONCE = 4;
const ok = run(
  process.execPath,
  '--enable-source-maps',
  '--test',
  '--test-reporter=spec',
  '--test-timeout=900000',
  `--test-concurrency=${AT_ONCE}`,
  ...writeProcesses(files),
);
process.exit(ok ? 0 : 1);

/**
 * Writes what each process is to run, and answers their paths. Files that start nothing besides themselves, and those with
 * browsers, share one with their neighbours: much of their work would be loading the same code.
 */
function writeProcesses(files) {
  const names = files.map((file) => file.slice('.build/test/'.length, -'.test.js'.length)).sort();
  const first = LONGEST.filter((name) => names.includes(name));
  const others = names.filter((name) => !first.includes(name));
  const browsers = others.filter((name) => BROWSERS.test(name));
  const alone = others.filter((name) => ALONE.test(name));
  const shared = others.filter((name) => !BROWSERS.test(name) && !ALONE.test(name));
  const groups = [...inGroups(browsers, MOST_BROWSERS), ...inGroups(shared, MOST_SHARED)];
  mkdirSync(PROCESSES);
  return [...first.map((name) => [name]), ...groups, ...alone.map((name) => [name])].map((group, i) => {
    // Node runs them in the order of their paths.
    const path = join(PROCESSES, `${String(i).padStart(3, '0')}.js`);
    const lines = group.map((name) => `describe('${name}', () => import('../test/${name}.test.js'));\n`);
    writeFileSync(path, `import { after, describe } from 'node:test';\n${lines.join('')}${END}`);
    return path;
  });
}

/** As few as there can be, of about the same size. */
function inGroups(names, most) {
  const count = Math.ceil(names.length / most);
  return Array.from({ length: count }, (_, i) =>
    names.slice(Math.ceil((i * names.length) / count), Math.ceil(((i + 1) * names.length) / count)),
  );
}
