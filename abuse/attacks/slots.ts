import { setTimeout as sleep } from 'node:timers/promises';
import { ATTACKERS, type Attack, counted, type Field, ready } from '../attack.js';

/** Starts `count` runs for each of some new visitors, and has each asked for by somebody who does not wait for the answer. */
async function occupy(
  { visitor, lastsMs }: Field,
  visitors: number,
  count: number,
  job: string,
  fields: (i: number) => Record<string, string>,
): Promise<string> {
  const statuses = await Promise.all(
    Array.from({ length: visitors }, async (_, v) => {
      const somebody = visitor(ATTACKERS[v % ATTACKERS.length]);
      const answers: number[] = [];
      for (let i = 0; i < count; i += 1) {
        const response = await somebody.submit(`/jobs/${job}`, '/runs', { job, ...fields(i) });
        answers.push(response.status);
        const path = response.headers.get('location');
        if (path !== null) somebody.get(`${path}?seq=0`).catch(() => {});
      }
      return answers;
    }),
  );
  await sleep(lastsMs);
  return counted(statuses.flat());
}

const sleepers: Attack = {
  name: 'ten visitors with ten waits of an hour each',
  prepare: ready((field) => occupy(field, 10, 10, 'wait', () => ({ seconds: '3600' }))),
};

const tarPits: Attack = {
  name: 'six scrapes of pages that never end, of ten visitors each',
  answers(_request, response) {
    response.writeHead(200, { 'content-type': 'text/html' });
    const timer = setInterval(() => response.write('<p>'), 500);
    response.on('close', () => clearInterval(timer));
  },
  prepare: ready((field) =>
    occupy(field, 10, 6, 'scrape', (i) => ({ urls: `${field.site}/${i}`, columns: 'text:', delay: '0' })),
  ),
};

export const SLOT_ATTACKS: readonly Attack[] = [sleepers, tarPits];
