import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineJob, type Job, jobsByName } from '../../src/core/job.js';

const define = (name: string, shape: z.core.$ZodShape): Job =>
  defineJob({ name, input: z.object(shape), plan: () => [1], step: async () => ({}) });

describe('a mistake in a job', () => {
  it('of its name is said when it is defined', () => {
    for (const name of ['', 'Shout', 'a b', '1st', 'a'.repeat(65)]) {
      assert.throws(() => define(name, {}), { name: 'JobError', message: /lower-case letters, digits and hyphens/ });
    }
  });

  it('of its form names the job, the field and the mend', () => {
    for (const [schema, mend] of [
      [z.date(), /z\.coerce\.date\(\)/],
      [z.bigint().optional(), /z\.coerce\.bigint\(\)/],
      [z.array(z.string()), /take a text and transform it/],
      [z.object({ a: z.string() }).default({ a: '' }), /z\.object\(\)/],
      [z.union([z.string(), z.set(z.string())]), /z\.set\(\)/],
      [z.file(), /widget: "file"/],
      [{}, /no schema of zod 4/],
    ] as const) {
      assert.throws(
        () => define('shout', { words: schema as z.ZodType }),
        (error: Error) => {
          assert.match(error.message, /^job "shout": no form can show the field "words": /);
          assert.match(error.message, mend);
          return true;
        },
      );
    }
    assert.throws(() => defineJob({ name: 'shout', input: z.string() } as never), /z\.object\(\)/);
  });

  it('is not seen in fields that take a text, a tick or a file', () => {
    define('fine', {
      text: z.string().trim().min(1),
      number: z.number().int().optional(),
      choice: z.enum(['a', 'b']).nullable(),
      either: z.union([z.literal('a'), z.coerce.number()]),
      tick: z.boolean().default(false),
      date: z.coerce.date().transform((date) => date.toISOString()),
      list: z.string().transform((text) => text.split(',')),
      before: z.preprocess((value) => value, z.array(z.string())),
      file: z.custom<object>().optional(),
    });
  });

  it('is a field whose name the pages need themselves', () => {
    for (const field of ['job', 'lang', '_csrf', '_own', '__proto__']) {
      assert.throws(() => define('shout', Object.fromEntries([[field, z.string()]])), /is taken by the pages/);
    }
  });

  it('is a second job of one name, and what is no job', () => {
    assert.throws(() => jobsByName([define('one', {}), define('one', {})]), /^JobError: job "one": there are two/);
    const undefinedJob = { name: 'raw', input: z.object({}), plan: () => [], step: async () => ({}) };
    for (const job of [undefined, {}, undefinedJob]) {
      assert.throws(() => jobsByName([job as never]), /export what defineJob\(\) returns/);
    }
  });
});
