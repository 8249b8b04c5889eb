import type { Job } from '../core/job.js';
import type { Input } from '../core/run.js';

const HIDDEN = '[secret]';
/** Shorter ones stand in many a text by chance. */
const SHORTEST = 4;
const DEEPEST = 4;

/**
 * What a job threw, with the texts of the run's secret fields taken out: errors of libraries quote what they were given, and are
 * logged and shown. The error itself is changed; objects that hang on it may be the job's own, and are copied.
 */
export function hideSecrets(job: Job, input: Input, thrown: unknown): unknown {
  const secrets = job.secrets.flatMap((name) => {
    const text = input[name];
    return typeof text === 'string' && text.length >= SHORTEST ? [text, encodeURIComponent(text.toWellFormed())] : [];
  });
  // Of one that begins as another does nothing stays.
  secrets.sort((a, b) => b.length - a.length);
  return secrets.length === 0 ? thrown : hidden(thrown, secrets, 0);
}

/** What comes of `work`; what it throws has no secrets. */
export async function hidingSecrets<T>(job: Job, input: Input, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw hideSecrets(job, input, error);
  }
}

function hidden(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === 'string') return secrets.reduce((text, secret) => text.replaceAll(secret, HIDDEN), value);
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (value instanceof Error) return hideInside(value, secrets, depth);
  if (Array.isArray(value)) return value.map((each) => hidden(each, secrets, depth + 1));
  return isPlain(value) ? hideInside({ ...value }, secrets, depth) : value;
}

function hideInside<T extends object>(value: T, secrets: readonly string[], depth: number): T {
  for (const name of Object.getOwnPropertyNames(value)) {
    const before: unknown = Reflect.get(value, name);
    const after = hidden(before, secrets, depth + 1);
    if (after !== before) Reflect.set(value, name, after);
  }
  return value;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
