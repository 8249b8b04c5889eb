import { runHeader, type Visitor } from '../../test/fixtures/visitor.js';
import { ATTACKERS, type Attack, counted, type Field } from '../attack.js';
import { RawClient } from '../sockets.js';

interface Result {
  readonly visitor: Visitor;
  readonly path: string;
  readonly n: number;
}

/** A finished run with many rows, or large ones, for each attacker. */
async function results({ visitor }: Field, fields: Record<string, string>): Promise<Result[]> {
  return Promise.all(
    ATTACKERS.map(async (n) => {
      const somebody = visitor(n);
      const path = await somebody.start('rows', fields);
      const { response } = await somebody.drive(path);
      if (runHeader(response).status !== 'done') throw new Error('the rows were not made');
      return { visitor: somebody, path, n };
    }),
  );
}

/** Reads the same again and again, as fast as it comes, `each` at once. */
function readers(name: string, fields: Record<string, string>, each: number, path: string): Attack {
  return {
    name,
    async prepare(field) {
      const found = await results(field, fields);
      return async () => {
        const answers: number[] = [];
        const until = performance.now() + field.lastsMs;
        const one = async ({ visitor, path: run }: Result) => {
          while (performance.now() < until) {
            const response = await visitor.get(`${run}${path}`, {}, AbortSignal.timeout(field.lastsMs));
            answers.push(response.status);
            for await (const _ of response.body ?? []) if (performance.now() > until) break;
          }
        };
        await Promise.all(found.flatMap((result) => Array.from({ length: each }, () => one(result).catch(() => {}))));
        return counted(answers);
      };
    },
  };
}

/** Opens `each` downloads for each attacker, which read little of them. */
function slowReaders(name: string, fields: Record<string, string>, each: number, path: string): Attack {
  return {
    name,
    async prepare(field) {
      const found = await results(field, fields);
      return async () => {
        const clients = found.flatMap(({ visitor, path: run, n }) =>
          Array.from({ length: each }, () => {
            const client = new RawClient(field.target, n);
            const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ');
            client.send(`GET ${run}${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`);
            return client;
          }),
        );
        await Promise.all(clients.map((client) => client.readSlowly(50_000, field.lastsMs)));
        const answers = clients.map(({ status }) => status);
        for (const client of clients) client.end();
        return counted(answers);
      };
    },
  };
}

const MANY = { steps: '100', rows: '5000', characters: '100' };
const LARGE = { steps: '50', rows: '1', characters: '1900000' };

export const RESULT_ATTACKS: readonly Attack[] = [
  readers('CSV of half a million rows, as fast as it comes', MANY, 6, '/rows.csv'),
  readers('XLSX of half a million rows, as fast as it comes', MANY, 6, '/rows.xlsx'),
  slowReaders('XLSX of half a million rows, a hundred slow readers', MANY, 25, '/rows.xlsx'),
  readers('JSON of rows of 2 MB', LARGE, 6, '/rows.json'),
  readers('pages of a run with rows of 2 MB', LARGE, 10, ''),
  readers('pages of rows of 2 MB', LARGE, 10, '/rows'),
];
