import { type FieldProblem, type FormContext, isStepError, type Upload } from '../../index.js';
import { withoutPasswords } from '../fetch/visitor-secrets.js';
import type { WorkerPool } from '../pool/worker-pool.js';
import { addressesOf, firstAddress, type LeftOut, type ParsedAddresses, parseAddresses } from '../read/addresses.js';
import type { AddressList, ListProblem } from '../read/lists.js';
import { isZip } from '../read/zip.js';
import { inTurns } from './in-turns.js';

const FILE_PROBLEMS = {
  'file-too-large': 'The file is larger than 5 MB, or than 50 MB when it is unpacked.',
  'file-too-long': 'The file has more than 300,000 lines.',
  'file-too-many': 'The file has more than 100,000 addresses, or 20 MB of them.',
  'file-empty': 'The file has no address beginning with http:// or https://.',
  'file-unreadable': 'The file is neither text nor CSV nor a workbook (.xlsx, .ods) that can be read.',
  'file-which-column': 'The file has addresses in several columns: say which one.',
  'file-no-column': 'The file has no addresses in this column.',
};

/** Texts up to here, in characters or bytes, are read at once: whatever is in them takes a few milliseconds. */
const SHORT_TEXT = 4096;

/** The part of the form that says where a run starts. */
export interface Starts {
  readonly urls: string;
  readonly urlsFile?: Upload | undefined;
  readonly urlsColumn: string;
  readonly leaveOut: boolean;
  readonly sitemap: string;
  readonly headers: string;
  readonly cookies: string;
}

export interface StartPages {
  readonly typed: ParsedAddresses;
  /** What is in the file; null when there is none. */
  readonly listed: AddressList | ListProblem | null;
}

/** Reads where runs start. What a stranger has made long is read in the pool, once for each form. */
export class StartPagesReader {
  readonly #read = new WeakMap<Starts, Promise<StartPages>>();
  readonly #lists = new WeakMap<Upload, Map<string, Promise<AddressList | ListProblem>>>();

  constructor(private readonly pool: Pick<WorkerPool, 'run'>) {}

  /** Rejects with `page-too-costly`. */
  of(input: Starts, context: FormContext): Promise<StartPages> {
    return remembered(this.#read, input, async () => {
      const { urls, leaveOut, urlsFile, urlsColumn } = input;
      const typed = await this.#addressesIn(withoutPasswords(urls).text, leaveOut, context);
      return { typed, listed: urlsFile ? await this.listIn(urlsFile, urlsColumn, context) : null };
    });
  }

  /** What is in a file. Rejects with `page-too-costly`. */
  listIn(file: Upload, column: string, context: FormContext): Promise<AddressList | ListProblem> {
    const lists = this.#lists.get(file) ?? new Map<string, Promise<AddressList | ListProblem>>();
    this.#lists.set(file, lists);
    return remembered(lists, column, async () => {
      const { MOST_BYTES, readList } = await import('../read/lists.js');
      const { name, size } = file;
      if (size > MOST_BYTES) return { problem: 'file-too-large' };
      const bytes = await file.bytes();
      if (size <= SHORT_TEXT && !isZip(bytes)) return readList({ name, bytes }, column);
      return this.pool.run('readList', [{ name, bytes }, column], { ...context, bytes });
    });
  }

  async #addressesIn(text: string, leaveOut: boolean, context: FormContext): Promise<ParsedAddresses> {
    if (text.length <= SHORT_TEXT) return parseAddresses(text, { leaveOut });
    return this.pool.run('parseAddresses', [text, { leaveOut }], { ...context, bytes: NO_BYTES });
  }
}

const NO_BYTES = new Uint8Array();

/** What failed is tried again when it is asked for again. */
function remembered<K, T>(
  known: { get(key: K): Promise<T> | undefined; set(key: K, made: Promise<T>): unknown; delete(key: K): unknown },
  key: K,
  make: () => Promise<T>,
): Promise<T> {
  const made = known.get(key) ?? make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}

/** What is wrong with the addresses named in the form and in its file. */
export async function startProblems(
  reader: StartPagesReader,
  input: Starts,
  context: FormContext,
): Promise<readonly FieldProblem[]> {
  const { urls, urlsFile, leaveOut, sitemap, headers, cookies } = input;
  if (urls.trim() === '' && urlsFile === undefined && sitemap.trim() === '') {
    return [{ field: 'urls', code: 'urls-missing', message: 'Name at least one page.', params: { line: 1 } }];
  }
  const isSecretLost = [headers, cookies].some((text) => text.trim() !== '') && firstStart(input) === null;
  if (isSecretLost && urlsFile !== undefined) {
    const message = 'Headers and cookies are sent to the site of the first start page: name one here, too.';
    return [{ field: 'urls', code: 'urls-missing-for-secrets', message, params: {} }];
  }
  try {
    const { typed, listed } = await reader.of(input, context);
    return [...typedProblems(typed), ...(listed === null ? [] : fileProblems(listed, leaveOut))];
  } catch (error) {
    if (!isStepError(error) || error.failure.code !== 'page-too-costly') throw error;
    const message = 'Reading this takes too long. Make it shorter, or divide it.';
    const field = urlsFile === undefined ? 'urls' : 'urlsFile';
    return [{ field, code: 'list-too-costly', message, params: error.failure.params }];
  }
}

export function typedProblems({ problems }: ParsedAddresses): FieldProblem[] {
  return problems.map(({ code, message, line, params }) => ({
    field: 'urls',
    code,
    message,
    params: { ...params, line },
  }));
}

/** A file with a problem that another field can mend is kept: its message stands there. */
function fileProblems(list: AddressList | ListProblem, leaveOut: boolean): FieldProblem[] {
  if ('problem' in list) {
    const { problem, ...params } = list;
    const field = problem === 'file-which-column' || problem === 'file-no-column' ? 'urlsColumn' : 'urlsFile';
    return [{ field, code: problem, message: FILE_PROBLEMS[problem], params }];
  }
  if (leaveOut) return [];
  return list.leftOut.map(({ line, content }) => {
    const message = `Line ${line} of the file is no address: "${content}".`;
    return { field: 'leaveOut', code: 'file-bad-address', message, params: { line, content } };
  });
}

/** What is named in the form and in its file, made as it is asked for: the same address as often as it is named. */
export function* namedAddresses({ typed, listed }: StartPages): Generator<string> {
  for (const line of typed.lines) yield* addressesOf(line);
  if (listed !== null && !('problem' in listed)) for (const line of listed.lines) yield* addressesOf(line);
}

/** Likewise, as a run plans them that opens `limit`. */
export function plannedAddresses({ typed, listed }: StartPages, limit: number): Generator<string> {
  return inTurns([...typed.lines, ...(listed === null || 'problem' in listed ? [] : listed.lines)], limit);
}

/** The lines without an address that the run goes on without. */
export function leftOutLines({ typed, listed }: StartPages): {
  readonly leftOut: readonly LeftOut[];
  readonly leftOutCount: number;
} {
  if (listed === null || 'problem' in listed) return typed;
  return {
    leftOut: [...typed.leftOut, ...listed.leftOut],
    leftOutCount: typed.leftOutCount + listed.leftOutCount,
  };
}

/** The page that the form itself names first, or its sitemap; null for a form that has a file instead. */
export function firstStart({ urls, sitemap }: Pick<Starts, 'urls' | 'sitemap'>): string | null {
  return firstAddress(urls.slice(0, SHORT_TEXT)) ?? (sitemap.trim() || null);
}
