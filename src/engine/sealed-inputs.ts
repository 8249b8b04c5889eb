import { StepError } from '../core/errors.js';
import type { Job } from '../core/job.js';
import type { Input } from '../core/run.js';
import type { SecretBox } from '../core/secrets.js';
import { isUploadRef, type UploadStore, uploadOf } from '../core/upload.js';

/** Inputs of runs as they are stored, with the secret fields sealed and files as references, and as jobs read them. */
export class SealedInputs {
  /** The steps of a slice share an input. */
  readonly #opened = new WeakMap<Input, Input>();

  constructor(
    private readonly box: SecretBox,
    private readonly uploads: Pick<UploadStore, 'read'>,
  ) {}

  seal(job: Job, input: Input): Input {
    return changed(job, input, (text) => this.box.seal(text));
  }

  /** Throws `StepError` `secrets-lost`, which is final, when the secret that sealed it is known no more. */
  open(job: Job, input: Input): Input {
    // Most have neither, and a weak map is dear where each request has an input of its own.
    if (job.secrets.length === 0 && job.files.length === 0) return input;
    const known = this.#opened.get(input);
    if (known !== undefined) return known;
    const opened = changed(job, input, (sealed) => {
      const text = this.box.open(sealed);
      if (text !== null) return text;
      const message = 'what was typed as a secret cannot be read any more: SESSION_SECRET has changed';
      throw new StepError('secrets-lost', message, { retry: false });
    });
    const whole = this.#withFiles(job, opened);
    this.#opened.set(input, whole);
    return whole;
  }

  #withFiles(job: Job, input: Input): Input {
    const open = (value: unknown) => {
      if (!isUploadRef(value)) return value;
      const { upload, ...about } = value;
      return uploadOf({ id: upload, ...about }, this.uploads);
    };
    const files = job.files.flatMap((name) => {
      const value = input[name];
      return value === undefined ? [] : [[name, Array.isArray(value) ? value.map(open) : open(value)]];
    });
    return files.length === 0 ? input : { ...input, ...Object.fromEntries(files) };
  }
}

/** Empty ones hide nothing, and an older version of the job may have had none. */
function changed(job: Job, input: Input, change: (text: string) => string): Input {
  const secrets = job.secrets.flatMap((name) => {
    const text = input[name];
    return typeof text === 'string' && text !== '' ? [[name, change(text)]] : [];
  });
  return secrets.length === 0 ? input : { ...input, ...Object.fromEntries(secrets) };
}
