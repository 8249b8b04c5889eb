import { gzipSync } from 'node:zlib';
import { type Attack, type Field, ready } from '../attack.js';
import { scrape } from './pages.js';

const SPACES = ' '.repeat(200_000);
const PAGE = '\r\n<p>page';

/** What a host sends as its answer, after the status line: each held the thread that answers requests, or filled its memory. */
const ANSWERS: Readonly<Record<string, () => readonly (string | Buffer)[]>> = {
  'spaces in its type': () => [`Content-Type: text/html;${SPACES}x\r\n${PAGE}`],
  'spaces in a cookie': () => [`Content-Type: text/html\r\nSet-Cookie: a${SPACES}b=c\r\n${PAGE}`],
  'sixty thousand headers': () => [`Content-Type: text/html\r\n${'a:\r\n'.repeat(60_000)}${PAGE}`],
  'chunks of one byte': () => [
    `Content-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\na\r\n'.repeat(1_500_000)}0\r\n\r\n`,
  ],
  'gzip of 300,000 members': () => [
    'Content-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n',
    Buffer.concat(Array(300_000).fill(gzipSync('a'))),
  ],
};

function answerAttack(name: string, answer: () => readonly (string | Buffer)[]): Attack {
  let pieces: readonly (string | Buffer)[] | null = null;
  return {
    name: `an answer: ${name}`,
    answers({ url, socket }, response) {
      if (url === '/robots.txt') return void response.writeHead(404).end();
      pieces ??= answer();
      socket.on('error', () => {});
      for (const piece of ['HTTP/1.1 200 OK\r\n', ...pieces]) socket.write(piece);
      socket.end();
    },
    prepare: ready((field) => scrape(field, { urls: `${field.site}/` })),
  };
}

const hints: Attack = {
  name: 'an answer: hints without end',
  answers({ url, socket }, response) {
    if (url === '/robots.txt') return void response.writeHead(404).end();
    const some = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(3000);
    // Not at once: where the other side keeps up, nothing else of this process would ever have its turn.
    const more = () => void (socket.destroyed || socket.write(some, () => setImmediate(more)));
    socket.on('error', () => {});
    more();
  },
  prepare: ready((field) => scrape(field, { urls: `${field.site}/` })),
};

/** Sends a form as it may never come from a page of ours; answers the status. */
async function send({ visitor }: Field, path: string, fields: Record<string, string>): Promise<string> {
  return String((await visitor().submit('/jobs/scrape', path, { job: 'scrape', ...fields })).status);
}

const mends: Attack = {
  name: 'nine hundred buttons pressed over a long list',
  prepare: ready((field) => {
    const pressed = Array.from({ length: 900 }, (_, i) => [`_mend:urls:${i + 1}`, 'x']);
    return send(field, '/jobs/scrape/form', { ...Object.fromEntries(pressed), urls: '\n'.repeat(300_000) });
  }),
};

const columnSpaces: Attack = {
  name: "spaces in a column's name",
  prepare: ready((field) => send(field, '/runs', { urls: field.site, columns: `a${' '.repeat(49_000)}b: p` })),
};

/** What a host answers before there is a page, and what a form has that none of ours sends. */
export const ANSWER_ATTACKS: readonly Attack[] = [
  ...Object.entries(ANSWERS).map(([name, answer]) => answerAttack(name, answer)),
  hints,
  mends,
  columnSpaces,
];
