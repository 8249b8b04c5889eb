import type { Visitor } from '../../test/fixtures/visitor.js';
import { ATTACKERS, type Attack, counted, type Field, ready } from '../attack.js';
import { keepDoing, RawClient } from '../sockets.js';

/** Opens `count` connections from each attacker's address, and does the same with all of them for a while. */
async function withClients(
  { target, lastsMs }: Field,
  count: number,
  beginning: string,
  then: (client: RawClient) => void,
): Promise<string> {
  const clients = ATTACKERS.flatMap((n) => Array.from({ length: count }, () => new RawClient(target, n)));
  for (const client of clients) client.send(beginning);
  await keepDoing(lastsMs, 1000, () => clients.forEach(then));
  const answers = clients.map(({ status }) => status);
  for (const client of clients) client.end();
  return counted(answers);
}

const slowHeaders: Attack = {
  name: 'headers, a letter a second, 1000 connections',
  prepare: ready((field) =>
    withClients(field, 250, 'GET / HTTP/1.1\r\nHost: localhost\r\nX: ', (client) => client.send('x')),
  ),
};

const slowBodies: Attack = {
  name: 'forms, a letter a second, 1000 connections',
  prepare: ready((field) => {
    const head =
      'POST /runs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900000\r\n\r\njob=';
    return withClients(field, 250, head, (client) => client.send('x'));
  }),
};

const manyConnections: Attack = {
  name: 'as many connections as there may be, from one address',
  prepare: ready(async ({ target, lastsMs }) => {
    const clients = Array.from({ length: 2000 }, () => new RawClient(target, 2));
    for (const client of clients) client.send('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await keepDoing(lastsMs / 3, 1000, () => {});
    const answers = clients.map(({ status }) => status);
    for (const client of clients) client.end();
    return counted(answers);
  }),
};

/** The head of a form with a file of 4.9 MB, behind a valid token or none, and most of the file. */
async function mostOfUpload(visitor: Visitor, isProven: boolean): Promise<Buffer> {
  const token = /name="_csrf" value="([^"]+)"/.exec(await (await visitor.get('/jobs/scrape')).text())?.[1] ?? '';
  const cookie = [...visitor.cookies].map((pair) => pair.join('=')).join('; ');
  const head = [
    'POST /runs HTTP/1.1',
    'Host: localhost',
    `Cookie: ${cookie}`,
    'Content-Type: multipart/form-data; boundary=x',
    'Content-Length: 5000000',
  ];
  const parts = [
    `--x\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n${isProven ? token : 'none'}`,
    '--x\r\nContent-Disposition: form-data; name="urlsFile"; filename="a.csv"\r\n\r\n',
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${parts.join('\r\n')}${'x'.repeat(4_900_000)}`);
}

function stalledUploads(isProven: boolean): Attack {
  return {
    name: `uploads that stop in the middle, a hundred${isProven ? '' : ', without a token'}`,
    async prepare({ target, visitor, lastsMs }) {
      const uploads = await Promise.all(
        ATTACKERS.map(async (n) => ({ n, bytes: await mostOfUpload(visitor(n), isProven) })),
      );
      return async () => {
        const clients = uploads.flatMap(({ n, bytes }) =>
          Array.from({ length: 25 }, () => {
            const client = new RawClient(target, n);
            client.send(bytes);
            return client;
          }),
        );
        await keepDoing(2 * lastsMs, 1000, () => {});
        const answers = clients.map(({ status }) => status);
        for (const client of clients) client.end();
        return counted(answers);
      };
    },
  };
}

/** Each of `each` visitors at each address asks as fast as answers come. */
function flood(name: string, each: number, ask: (visitor: Visitor) => Promise<Response>): Attack {
  return {
    name,
    prepare: ready(async ({ visitor, lastsMs }) => {
      const answers: number[] = [];
      const until = performance.now() + lastsMs;
      const one = async (n: number) => {
        for (let somebody = visitor(n); performance.now() < until; somebody = visitor(n)) {
          const response = await ask(somebody);
          await response.arrayBuffer();
          answers.push(response.status);
        }
      };
      await Promise.all(ATTACKERS.flatMap((n) => Array.from({ length: each }, () => one(n))));
      return counted(answers);
    }),
  };
}

export const CONNECTION_ATTACKS: readonly Attack[] = [
  slowHeaders,
  slowBodies,
  manyConnections,
  stalledUploads(true),
  stalledUploads(false),
  flood('a flood of requests, 40 at once', 10, (visitor) => visitor.get('/')),
  flood('a flood of forms without a cookie, 40 at once', 10, (visitor) => visitor.get('/jobs/scrape')),
  flood('a flood of starts, 40 at once', 10, (visitor) =>
    visitor.submit('/jobs/wait', '/runs', { job: 'wait', seconds: '1' }),
  ),
  flood('a flood of runs that do not exist', 10, (visitor) => visitor.get('/runs/nobodys?seq=1')),
];
