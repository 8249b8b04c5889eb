/** Runs a statement of the transaction that puts a run to work. */
export type ExecuteSql = (
  text: string,
  values?: readonly (string | number | boolean | null)[],
) => Promise<{ readonly rows: unknown[] }>;

/**
 * Tells the workers of a run that is to be executed, within the transaction that creates or resumes it: nobody hears of one
 * that is rolled back, and none is left out.
 */
export type HandOver = (runId: string, executeSql: ExecuteSql) => Promise<void>;
