import { parse } from 'node:querystring';
import express, { type RequestHandler } from 'express';
import { TobiishiError } from '../core/errors.js';
import { multipartBody } from './uploads.js';

/** What a browser sends: one text a field, or an `Upload`. A text in a field for a file is the key of one that is lost. */
export type Body = Readonly<Record<string, unknown>>;

/** What the app around us has read is taken from where it has put it: as fields, or as it came. */
const readBefore: RequestHandler = (req, _res, next) => {
  if (!req.readableEnded) return next();
  const isText = Buffer.isBuffer(req.body) || typeof req.body === 'string';
  if (isText && req.is('urlencoded')) req.body = { ...parse(String(req.body)) };
  if (typeof req.body === 'object' && req.body !== null) return next();
  throw new TobiishiError('bad-request', 'the body has been read before, and is not in req.body');
};

/** Larger ones answer 413. */
export const formBody: readonly RequestHandler[] = [
  readBefore,
  express.urlencoded({ extended: false, limit: '1mb' }),
  multipartBody,
];
