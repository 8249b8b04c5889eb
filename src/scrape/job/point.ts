import type { Opening, PickedElement, ProposalRequest, StepContext } from '../../index.js';
import { wordsIn } from '../find/column-names.js';
import type { PageFindings } from '../find/find-in-answer.js';
import type { PointedNumbers } from '../find/pointed.js';
import type { Answer } from '../read/open-answer.js';
import type { ScrapeDeps } from './deps.js';
import { finding } from './finding.js';
import { firstPageOf } from './first-page.js';

/** Larger ones are kept nowhere for half an hour. */
const MOST_BYTES = 3_000_000;

/** The page that visitors point at, as it is kept: what was read there once more finds the same elements. */
interface KeptPage {
  /** The addresses that were typed, with their schemes. */
  readonly urls: string;
  readonly encoding: string;
  readonly answer: Omit<Answer, 'bytes'> & { readonly bytes: string };
}

/** Fetches the first page for visitors to point at. */
export async function openForPointing(
  deps: ScrapeDeps,
  request: ProposalRequest,
  context: StepContext,
): Promise<Opening> {
  const first = firstPageOf(deps, request, context);
  if ('problems' in first) return { opened: null, findings: [], ...first };
  deps.pool.prepare();
  const { encoding } = first;
  let kept: KeptPage['answer'] | null = null;
  const { page, urls } = await first.read(async (answer, task, reloads) => {
    const isTooLarge = answer.bytes.length > MOST_BYTES;
    // Read first: of many bytes the worker keeps what it is given.
    kept = isTooLarge ? null : { ...answer, bytes: Buffer.from(answer.bytes).toString('base64') };
    return deps.pool.run('framePage', [answer, { encoding, reloads }], task);
  });
  const { html } = page;
  if (html !== null && kept !== null) {
    const opened = { html, page: JSON.stringify({ urls, encoding, answer: kept } satisfies KeptPage) };
    return { opened, findings: [], problems: [] };
  }
  const why = html === null ? 'cannot-be-shown' : 'too-large-to-show';
  return { opened: null, findings: [finding(why, 'The page cannot be shown here.', {}, true)], problems: [] };
}

/** What was pointed at on a page that was opened before. */
export async function findPointed(
  deps: ScrapeDeps,
  { page, picks }: NonNullable<ProposalRequest['pointed']>,
  language: string,
  { owner, signal }: StepContext,
): Promise<{ readonly page: PageFindings; readonly urls: string }> {
  const { urls, encoding, answer }: KeptPage = JSON.parse(page);
  const bytes = new Uint8Array(Buffer.from(answer.bytes, 'base64'));
  const options = { encoding, reloads: false, words: wordsIn(language), pointed: numbersOf(picks) };
  const task = { owner, bytes, signal };
  const found = await deps.pool.run('findInAnswer', [{ ...answer, bytes }, options], task);
  if ('redirect' in found) throw new Error('a page that was shown leads elsewhere');
  return { page: found, urls };
}

function numbersOf(picks: readonly PickedElement[]): PointedNumbers {
  const of = (wanted: string) => picks.filter(({ field }) => field === wanted).map(({ element }) => element);
  return { columns: of('columns'), next: of('next').at(-1) ?? null, follow: of('follow').at(-1) ?? null };
}
