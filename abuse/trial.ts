import { type Server, startServer } from '../test/fixtures/server.js';
import { Visitor } from '../test/fixtures/visitor.js';
import type { Attack } from './attack.js';
import { Honest, type Waited } from './honest.js';
import { openSite } from './site.js';

/** What a small machine gives: 512 MB, of which JavaScript's objects have 400. */
const HEAP_MB = 400;

export interface Finding {
  readonly attack: string;
  /** What the attacker got; null when nothing came back. */
  readonly result: string | null;
  readonly waited: Waited;
  /** The server is still the same process. */
  readonly lives: boolean;
}

/** Carries out one attack after the other against one server, with somebody honest beside it. */
export async function* carryOut(attacks: readonly Attack[]): AsyncGenerator<Finding | { readonly quiet: Waited }> {
  const honestSite = await openSite({ '/robots.txt': '', '/': '<p>honest' });
  const sites = await Promise.all(attacks.map(({ pages }) => openSite(pages?.() ?? {})));
  const allowed = [honestSite, ...sites].map(({ origin }) => new URL(origin).host);
  const server = await startServer({
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
    ALLOW_HOSTS: allowed.join(','),
    NODE_ENV: 'test',
  });
  try {
    const honest = new Honest(server.url, `${honestSite.origin}/`);
    yield { quiet: await honest.quietly() };
    for (const [i, attack] of attacks.entries()) yield await attackWith(attack, sites[i]?.origin ?? '', server, honest);
  } finally {
    await server.kill('SIGTERM');
    for (const site of [honestSite, ...sites]) site.close();
  }
}

async function attackWith(attack: Attack, site: string, server: Server, honest: Honest): Promise<Finding> {
  const field = { target: server.url, site, visitor: () => new Visitor(server.url) };
  let result: string | null = null;
  const over = attack.launch(field).then(
    (answer) => {
      result = answer;
    },
    (error: unknown) => {
      result = `failed: ${error instanceof Error ? error.message.slice(0, 200) : String(error)}`;
    },
  );
  const nobody: Waited = { pageMs: Infinity, runMs: Infinity, rounds: 0 };
  const waited = await honest.until(over).catch(() => nobody);
  await over;
  const lives = await fetch(`${server.url}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
  return { attack: attack.name, result, waited, lives };
}
