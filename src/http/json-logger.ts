import type { Logger } from '../core/logger.js';
import { once } from '../core/once.js';
import { pino } from './packages.js';

/** The most important first. */
const LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** A line of JSON for each message. The package that writes them is loaded with the first: a start has none to write. */
export function jsonLogger(level: LogLevel): Logger {
  const writer = once(() => pino()({ level }));
  const log = (name: keyof Logger): Logger[keyof Logger] => {
    if (LEVELS.indexOf(name) > LEVELS.indexOf(level)) return () => {};
    return (fields, message) => writer()[name](fields, message);
  };
  return { error: log('error'), warn: log('warn'), info: log('info'), debug: log('debug') };
}
