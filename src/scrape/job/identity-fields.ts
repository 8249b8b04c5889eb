import { z } from 'zod';
import { parseFormFields, parseHeaders } from '../fetch/visitor-secrets.js';
import type { Problem } from '../read/problem.js';
import { addressField } from './address-field.js';

/** The fields of the form that say as whom pages are asked for. */
export function identityFields() {
  return {
    language: z
      .string()
      .max(200)
      .regex(/^[\w ,;=.*-]*$/)
      .default('')
      .meta({
        title: 'Language',
        description: 'The languages to ask for, as in "ja,en;q=0.8". Leave it empty to let each site choose.',
        prefill: 'language',
        advanced: true,
      }),
    headers: secret({
      title: 'Headers',
      description: 'One a line, as in "X-Api-Key: 123". They are sent to the site of the first start page only.',
      problems: (text) => parseHeaders(text).problems,
    }),
    cookies: secret({
      title: 'Cookies',
      description:
        'As copied from a browser: the header "Cookie", or the lines of a cookies.txt. They are sent to the site of the first start page only.',
    }),
    passwords: secret({
      title: 'Passwords',
      description:
        'For pages that ask with a window of the browser: one a line, as in https://user:password@example.com/.',
    }),
    login: addressField().meta({
      title: 'Login page',
      description:
        'The address of the page with the form to log in. It is filled in before the first page, and again when the login is lost.',
      advanced: true,
    }),
    loginFields: secret({
      title: 'What to type there',
      description: 'One field a line, by its name in the form, as in "user=me" and "password=secret".',
      problems: (text) =>
        text.trim() === '' || parseFormFields(text).size > 0
          ? []
          : [{ code: 'bad-login-fields', message: 'Write each field as "name=value".', line: 1, params: {} }],
    }),
  };
}

interface Secret {
  readonly title: string;
  readonly description: string;
  /** What is wrong with a text; none of it may be repeated. Default: nothing ever is. */
  problems?(text: string): readonly Problem[];
}

function secret({ title, description, problems }: Secret) {
  return z
    .string()
    .max(20_000, { abort: true })
    .default('')
    .superRefine((value, context) => {
      for (const { code, message, line, params } of problems?.(value) ?? [])
        context.addIssue({ code: 'custom', message, params: { code, line, ...params } });
    })
    .meta({ title, description, widget: 'secret', advanced: true });
}
