// What is published: few files, because a server that starts reads each of them. Tests and benches run what tsc makes.
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { defineConfig } from 'rolldown';

const { dependencies, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const license = readFileSync('node_modules/zod/LICENSE', 'utf8');
const packages = Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => name !== 'zod');

export default defineConfig({
  input: {
    index: 'src/index.ts',
    jobs: 'src/jobs.ts',
    'testing/index': 'src/testing/index.ts',
    'cli/main': 'src/cli/main.ts',
    'server/main': 'src/server/main.ts',
    // Started by its address, which is beside that of each chunk.
    worker: 'src/scrape/pool/worker.ts',
  },
  platform: 'node',
  // Of zod there is what our own two jobs use: the rest, half of it messages in sixty languages, costs a start as much as our
  // own code. Jobs of others bring their own.
  external: new RegExp(`^(${packages.join('|')})(/|$)`),
  plugins: [{ name: 'require-packages', renderChunk: (code) => withRequire(code) }],
  output: {
    dir: 'dist',
    comments: false,
    // A server that starts reads a few large files sooner than many small ones. Apart lies what others need alone: who defines a
    // job, a thread that reads pages, the command line.
    codeSplitting: {
      groups: [
        { name: 'zod', test: /node_modules.zod/, priority: 6 },
        { name: 'door', test: /src.index\.ts$/, priority: 5 },
        { name: 'settings', test: /src.(server.config|http.root)\.ts$/, priority: 4 },
        { name: 'engine', test: /src.open\.ts$/, priority: 3 },
        {
          name: 'forms',
          test: /src.(pages.(job.(form|recipe)|run.(downloads|status)|schedule.listed|paths)|http.words|drivers.drive)\.ts$/,
          priority: 2,
        },
        { name: 'site', test: /src.instance\.ts$/, priority: 1 },
      ],
    },
    chunkFileNames: ({ facadeModuleId, name }) => `${facadeModuleId === null ? name : nameOf(facadeModuleId)}.js`,
    banner: ({ moduleIds }) => (moduleIds.some((id) => /node_modules.zod/.test(id)) ? `/*\n${license}*/` : ''),
  },
});

/**
 * Asks for what each server starts with, and what is CommonJS, by `require`: to import it, Node first looks through it for the
 * names that it exports.
 */
function withRequire(code) {
  const required = code.replace(
    /^import (\w+)?(?:, )?(\{[^}]*\})? from ("(?:express|express-session|ipaddr\.js|libsql)");$/gm,
    (_, whole, names, from) =>
      [whole, names?.replaceAll(' as ', ': ')]
        .filter(Boolean)
        .map((name) => `const ${name} = requirePackage(${from});`)
        .join('\n'),
  );
  if (required === code) return null;
  return `import { createRequire as requireBy } from "node:module";\nconst requirePackage = requireBy(import.meta.url);\n${required}`;
}

/** `pages-run-show`, so that a stack says whose it is. */
function nameOf(path) {
  return relative('src', path).replace(/\.ts$/, '').split(sep).join('-');
}
