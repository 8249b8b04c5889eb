import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zipSync } from 'fflate';
import { Jimp } from 'jimp';
import { runJob, uploadFrom } from 'tobiishi/testing';
import thumbnails from './thumbnails.js';

test('each picture of the ZIP becomes a small one; what is none is listed', async () => {
  const picture = await new Jimp({ width: 300, height: 200, color: 0x35603eff }).getBuffer('image/png');
  const archive = zipSync({ 'garden/stone.png': picture, 'no-picture.png': Buffer.from('text'), 'read.me': picture });
  const { files, rows, failures } = await runJob(thumbnails, { pictures: uploadFrom('all.zip', archive), width: 60 });
  assert.deepEqual(rows, [{ name: 'garden/stone.png', width: 60, height: 40 }]);
  assert.deepEqual(
    files.map(({ name }) => name),
    ['garden/stone.png'],
  );
  const { width } = await Jimp.read(Buffer.from(files[0]?.bytes ?? []));
  assert.equal(width, 60);
  assert.deepEqual(
    failures.map(({ failure }) => failure?.code),
    ['no-picture'],
  );
});
