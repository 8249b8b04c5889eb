import { StepError } from '../core/errors.js';
import { type FileStore, type OutcomeFile, piecesOf, safeFileName, safeFileType } from '../core/files.js';
import type { Step } from '../core/step.js';

interface Deps {
  readonly files: FileStore | null;
  readonly maxRunBytes: number;
}

/**
 * Keeps the files that a step returned, before it is recorded; answers their sizes. Throws a `StepError`: `no-files` where there is
 * no place for them, `file-too-large`.
 */
export async function keepFiles(
  { runId, position, attempts }: Step,
  files: readonly OutcomeFile[],
  { files: store, maxRunBytes }: Deps,
): Promise<number[]> {
  if (store === null) throw new StepError('no-files', 'files cannot be kept in a cookie', { retry: false });
  const sizes: number[] = [];
  for (const [i, { name, type, content }] of files.entries()) {
    const megabytes = Math.floor(maxRunBytes / 1_000_000);
    const tooLarge = () =>
      new StepError('file-too-large', `${name} has more than ${megabytes} MB`, {
        params: { name, megabytes },
        retry: false,
      });
    const file = {
      runId,
      position,
      attempt: attempts,
      number: i + 1,
      name: safeFileName(name),
      type: safeFileType(type),
    };
    sizes.push(await store.write(file, piecesOf(content, maxRunBytes, tooLarge)));
  }
  return sizes;
}
