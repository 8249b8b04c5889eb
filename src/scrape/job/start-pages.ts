import type { z } from 'zod';
import type { Upload } from '../../index.js';
import { distinct, parseAddresses } from '../read/addresses.js';
import { type AddressList, addressesIn, type ListProblem } from '../read/lists.js';
import { report } from './issues.js';

const FILE_PROBLEMS = {
  'file-too-large': 'The file is larger than 5 MB, or than 50 MB when it is unpacked.',
  'file-too-long': 'The file has more than 300,000 lines.',
  'file-too-many': 'The file has more than 100,000 addresses.',
  'file-empty': 'The file has no address beginning with http:// or https://.',
  'file-unreadable': 'The file is neither text nor CSV nor a workbook (.xlsx, .ods) that can be read.',
  'file-which-column': 'The file has addresses in several columns: say which one.',
  'file-no-column': 'The file has no addresses in this column.',
};

/** The part of the form that says where a run starts. */
interface Starts {
  readonly urls: string;
  readonly urlsFile?: Upload | undefined;
  readonly urlsColumn: string;
  readonly leaveOut: boolean;
  readonly sitemap: string;
}

/** What is wrong with the addresses named in the form and in its file. */
export function startProblems(
  { urls, urlsFile, urlsColumn, leaveOut, sitemap }: Starts,
  context: z.core.$RefinementCtx,
): void {
  report(context, parseAddresses(urls, { leaveOut }).problems, ['urls']);
  if (urlsFile !== undefined) fileProblems(addressesIn(urlsFile, urlsColumn), leaveOut, context);
  if (urls.trim() !== '' || urlsFile !== undefined || sitemap.trim() !== '') return;
  const params = { code: 'urls-missing', line: 1 };
  context.addIssue({ code: 'custom', path: ['urls'], message: 'Name at least one page.', params });
}

/** A file with a problem that another field can mend is kept: its message stands there. */
function fileProblems(list: AddressList | ListProblem, leaveOut: boolean, context: z.core.$RefinementCtx): void {
  if ('problem' in list) {
    const { problem, ...params } = list;
    const path = problem === 'file-which-column' || problem === 'file-no-column' ? ['urlsColumn'] : ['urlsFile'];
    context.addIssue({ code: 'custom', path, message: FILE_PROBLEMS[problem], params: { ...params, code: problem } });
    return;
  }
  if (leaveOut) return;
  for (const { line, content } of list.leftOut) {
    const message = `Line ${line} of the file is no address: "${content}".`;
    context.addIssue({
      code: 'custom',
      path: ['leaveOut'],
      message,
      params: { code: 'file-bad-address', line, content },
    });
  }
}

/** What is named in the form and in its file, made as it is asked for: the same address as often as it is named. */
export function* namedAddresses({ urls, urlsFile, urlsColumn }: Starts): Generator<string> {
  for (const line of parseAddresses(urls, { leaveOut: true }).lines) yield* line.expand();
  const list = urlsFile && addressesIn(urlsFile, urlsColumn);
  if (list && !('problem' in list)) yield* list.addresses;
}

/** Each of them once. */
export function startAddresses(input: Starts): Generator<string> {
  return distinct(namedAddresses(input));
}

/** The lines without an address that the run goes on without. */
export function leftOutLines({ urls, urlsFile, urlsColumn }: Starts): Pick<AddressList, 'leftOut' | 'leftOutCount'> {
  const typed = parseAddresses(urls, { leaveOut: true });
  const list = urlsFile && addressesIn(urlsFile, urlsColumn);
  const listed = list && !('problem' in list) ? list : { leftOut: [], leftOutCount: 0 };
  return {
    leftOut: [...typed.leftOut, ...listed.leftOut],
    leftOutCount: typed.leftOutCount + listed.leftOutCount,
  };
}
