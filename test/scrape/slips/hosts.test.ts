import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostsMeant } from '../../../src/scrape/slips/hosts.js';

const HOSTS: readonly (readonly [typed: string, meant: string])[] = [
  ['shop.con', 'shop.com'],
  ['www.shop.co.jo', 'www.shop.co.jp'],
  ['shop.ogr', 'shop.org'],
  ['wwww.shop.jp', 'www.shop.jp'],
  ['shop.example', 'www.shop.example'],
  ['www.shop.example', 'shop.example'],
];

for (const [typed, meant] of HOSTS) {
  test(`${typed} may be ${meant}`, () => assert.equal(hostsMeant(typed)[0], meant));
}
