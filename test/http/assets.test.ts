import assert from 'node:assert/strict';
import { test } from 'node:test';
import express from 'express';
import { createAssets } from '../../src/http/assets.js';
import { serve } from '../fixtures/serve.js';

test('only the right hash lets a browser keep a file for ever', async (t) => {
  const { versionedName, middleware } = createAssets();
  const url = await serve(t, express().use(middleware));
  const keeping = async (name: string) => (await fetch(`${url}/${name}`)).headers.get('cache-control') ?? '';
  for (const file of ['style.css', 'idiomorph.js']) {
    assert.match(await keeping(versionedName(file)), /immutable/);
    for (const other of [file, `${file}?v=`, `${file}?v=AAAAAAAA`, `${versionedName(file)}&v=1`]) {
      assert.equal(await keeping(other), 'public, no-cache', other);
    }
  }
});
