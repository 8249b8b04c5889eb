/** Finds proposals on a page, or only parses it; answers the CPU that one time took, in ms. */
import { findInAnswer } from '../../src/scrape/find/find-in-answer.js';
import { type Answer, openAnswer } from '../../src/scrape/read/open-answer.js';
import { PAGES, type PageName } from '../lib/list-pages.js';
import { serveTasks } from '../lib/program.js';

interface Task {
  readonly what: 'find' | 'parse';
  readonly page: PageName;
  readonly times: number;
}

const OPTIONS = { encoding: '', reloads: false, example: '' };

serveTasks<Task>(async ({ what, page, times }) => {
  const bytes = Buffer.from(PAGES[page]);
  const answer: Answer = {
    url: 'https://shop.example/list',
    kind: 'html',
    charset: 'utf-8',
    bytes,
    refresh: null,
    link: null,
  };
  const before = process.cpuUsage();
  for (let i = 0; i < times; i += 1) {
    if (what === 'parse') openAnswer(answer, OPTIONS);
    else if (!('proposals' in findInAnswer(answer, OPTIONS))) throw new Error('nothing was found');
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / times;
});
