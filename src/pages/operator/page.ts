import type { Request, Response } from 'express';
import { csrfToken } from '../../http/csrf.js';
import { saveSession } from '../../http/session.js';
import { type Page, sendPage, type View } from '../send.js';

/** What every page of the operator has besides its own. */
interface Common {
  /** Of its forms. */
  readonly token: string;
}

/** Is kept by nobody, and has a token for the buttons on it. */
export async function sendOperatorPage<Data extends object>(
  req: Request,
  res: Response,
  view: View,
  page: Omit<Page<Data>, 'data'> & { readonly data: Data },
): Promise<void> {
  const token = csrfToken(req);
  await saveSession(req);
  res.setHeader('Cache-Control', 'no-store');
  await sendPage<Data & Common>(res, view, { ...page, data: { ...page.data, token } });
}

/** Fields of a search, trimmed; empty where nothing was typed. */
export function typedIn<N extends string>(given: Readonly<Record<string, unknown>>, ...names: N[]): Record<N, string> {
  const text = (value: unknown) => (typeof value === 'string' ? value.trim() : '');
  return Object.fromEntries(names.map((name) => [name, text(given[name])])) as Record<N, string>;
}
