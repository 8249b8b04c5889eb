type Log = (fields: object, message?: string) => void;

/** A logger like pino's: `pino()` is one, and so is Fastify's `log`. */
export interface Logger {
  readonly error: Log;
  readonly warn: Log;
  readonly info: Log;
  readonly debug: Log;
}
