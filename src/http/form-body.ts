import express, { type RequestHandler } from 'express';
import { multipartBody } from './uploads.js';

/** What a browser sends: one text a field, or an `Upload`. A text in a field for a file is the key of one that is lost. */
export type Body = Readonly<Record<string, unknown>>;

/** Larger ones answer 413. */
export const formBody: readonly RequestHandler[] = [
  express.urlencoded({ extended: false, limit: '1mb' }),
  multipartBody,
];
