import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const MODULES = resolve('node_modules');
const TSC = join(MODULES, 'typescript/bin/tsc');

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What `npm pack` makes of the project as it is now: the tarball's path, and the files in it. */
export function packProject(): { readonly tarball: string; readonly files: readonly string[] } {
  const folder = temporaryFolder();
  const parts = [
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'docs',
    'views',
    'locales',
    'public',
    'test',
    'bench',
  ];
  for (const each of parts) cpSync(each, join(folder, each), { recursive: true });
  // Made by test/run.js: the project's own dist may be older, or running.
  cpSync('.build/dist', join(folder, 'dist'), { recursive: true });
  const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts'], { cwd: folder, encoding: 'utf8' });
  const [{ filename, files }] = asArray(JSON.parse(said));
  return { tarball: join(folder, filename), files: files.map(({ path }: { path: string }) => path) };
}

/** Versions of npm differ in whether the packages are an array or an object by name. */
function asArray(packed: object) {
  return Array.isArray(packed) ? packed : (Object.values(packed) as never);
}

/**
 * An empty folder with the package installed in it as npm would do it, and `beside` it other packages: their names there and
 * the folders that they have in the project. The package gets what it names as its dependencies and nothing else.
 */
export function install(tarball: string, beside: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  const own = join(folder, 'node_modules/tobiishi');
  mkdirSync(own, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', own, '--strip-components=1']);
  const { dependencies }: Manifest = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) link(name, join(own, 'node_modules', name));
  for (const [name, source] of Object.entries(beside)) link(source, join(folder, 'node_modules', name));
  return folder;
}

function link(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(join(MODULES, source), target);
}

function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tobiishi-pack-'));
}

/**
 * Checks the types of `files` in the folder, the package's own declarations among them, and compiles those that are TypeScript.
 * Throws what the compiler says.
 */
export function compile(folder: string, files: readonly string[], options: object = {}): void {
  const compilerOptions = {
    strict: true,
    target: 'es2023',
    module: 'nodenext',
    types: ['node'],
    ...options,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const { status, stdout } = spawnSync(process.execPath, [TSC, '-p', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
}
