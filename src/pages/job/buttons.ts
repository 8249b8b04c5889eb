import { type ParsedUrlQuery, parse } from 'node:querystring';
import type { RequestHandler } from 'express';
import type { Body } from '../../http/form-body.js';
import { keepLanguage } from '../../http/language.js';
import type { FormAction } from '../paths.js';
import { isMending } from './chosen-lines.js';

/** What the buttons of a form do that start nothing. */
export type FormButtons = Readonly<Record<Exclude<FormAction, 'load'>, RequestHandler<{ job: string }>>>;

/**
 * Text browsers do not know `formaction`: they send whichever button was pressed to the form's own address, which starts
 * a run. Buttons that are meant for another address say so in their name as well (`_to:form?lang=ja`). Not in their
 * value: lynx shows that before the button's text.
 */
export function formButtons(buttons: FormButtons, start: RequestHandler): RequestHandler {
  return async (req, res, next) => {
    const pressed = pressedButton(req.body, buttons) ?? mendedForm(req.body, buttons);
    if (pressed === null) return start(req, res, next);
    req.query = pressed.query;
    await keepLanguage(req);
    req.params = { job: String(req.body.job) };
    return pressed.action(req as never, res, next);
  };
}

/** What is mended is shown in the form, and starts nothing either. */
function mendedForm(body: object, buttons: FormButtons): Pressed | null {
  return isMending(body as Body) ? { action: buttons.form, query: parse('check=1') } : null;
}

interface Pressed {
  readonly action: RequestHandler<{ job: string }>;
  readonly query: ParsedUrlQuery;
}

function pressedButton(body: object, buttons: FormButtons): Pressed | null {
  for (const name of Object.keys(body)) {
    const [, action = '', query = ''] = /^_to:(\w+)(?:\?([\w=&]+))?$/.exec(name) ?? [];
    if (Object.hasOwn(buttons, action)) return { action: buttons[action as keyof FormButtons], query: parse(query) };
  }
  return null;
}
