type TextsByName = { readonly [name: string]: string };

/**
 * What people read of a job, in one language. `{{name}}` in a text stands for a value; `CODE_one` and `CODE_other`, by the
 * categories of `Intl.PluralRules`, are forms of one text for a `count`. What is left out is taken from the job itself.
 */
export type JobTexts = {
  readonly title?: string;
  readonly description?: string;
  /** What a step is doing, with the fields of its item as values: "Fetching {{url}}". */
  readonly doing?: string;
  /** What a step works on: "A wait of {{duration}}". */
  readonly item?: string;
  readonly fields?: { readonly [field: string]: FieldTexts };
  /** By the code of a `StepError`, with its `params` as values. */
  readonly failures?: TextsByName;
  /** By the code of a finding of the preview. */
  readonly preview?: TextsByName;
  /** By the code of a warning of the job's `warnings`. */
  readonly warnings?: TextsByName;
  /** By the name under which a step counts, each slash in it written as a hyphen. */
  readonly figures?: TextsByName;
  /** By the `code` among the params of an issue that the schema adds. */
  readonly validation?: TextsByName;
};

export type FieldTexts = {
  readonly title?: string;
  readonly description?: string;
  /** By the value that is sent. */
  readonly options?: TextsByName;
  /** Beside a file that was sent before: `{{name}}`, and `{{count}}` as the job's `entries` says. */
  readonly kept?: string;
};

/** A job's texts in each language; what one lacks is taken from English. */
export type JobTextsByLanguage = { readonly en?: JobTexts; readonly ja?: JobTexts };
