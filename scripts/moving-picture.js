// Makes the README's moving picture, docs/pictures/run.gif, of the real app: from an address to a table. `npm run pictures`.
import { writeFileSync } from 'node:fs';
import gifenc from 'gifenc';
import { PNG } from 'pngjs';
import { openSite, SHOP } from './pictures-site.js';

const FILE = 'docs/pictures/run.gif';
const SIZE = { width: 860, height: 900 };
const COLOURS = 64;
/** In the palette and nowhere in a picture: what is as it was in the frame before. */
const UNCHANGED = COLOURS - 1;
/** Changes that come closer together are one frame. */
const LEAST_MS = 120;
const STILL_MS = 1500;
const LAST_MS = 4000;

/** Collects what the tab shows, each time it changes: PNG files and the time of each, in milliseconds. */
async function film(page) {
  const shots = [];
  const devtools = await page.context().newCDPSession(page);
  devtools.on('Page.screencastFrame', ({ data, sessionId, metadata }) => {
    shots.push({ png: Buffer.from(data, 'base64'), at: metadata.timestamp * 1000 });
    devtools.send('Page.screencastFrameAck', { sessionId }).catch(() => {});
  });
  await devtools.send('Page.startScreencast', { format: 'png' });
  const stop = async () => {
    await devtools.send('Page.stopScreencast');
    return shots;
  };
  return { stop };
}

/** What happens in the picture. */
async function act(page, url) {
  const look = () => page.waitForTimeout(STILL_MS);
  await page.locator('#f-urls').pressSequentially(`http://${SHOP}/list/1`, { delay: LEAST_MS / 2 });
  await look();
  await page.locator('button[name="_to:propose"]').click();
  await page.locator('#found').waitFor();
  await look();
  const table = page.locator('form.proposal').first();
  await table.getByRole('button', { name: 'Start at once' }).scrollIntoViewIfNeeded();
  await look();
  await table.getByRole('button', { name: 'Start at once' }).click();
  await page.waitForURL(`${url}/runs/**`);
  await page.locator('#run[data-status=done]').waitFor({ timeout: 60_000 });
  await look();
}

/** The shots as frames of a GIF: one palette for all, and in each frame only what has changed. */
function gif(shots) {
  const frames = shots
    .filter(({ at }, i) => i === shots.length - 1 || shots[i + 1].at - at >= LEAST_MS)
    .map(({ png, at }) => ({ ...PNG.sync.read(png), at }));
  const every = Buffer.concat(frames.filter((_, i) => i % Math.ceil(frames.length / 8) === 0).map(({ data }) => data));
  const palette = gifenc.quantize(every, COLOURS - 1);
  while (palette.length < COLOURS) palette.push([0, 0, 0]);
  const encoder = gifenc.GIFEncoder();
  let before = null;
  for (const [i, { data, width, height, at }] of frames.entries()) {
    const shown = gifenc.applyPalette(data, palette.slice(0, UNCHANGED));
    const changed = before ? shown.map((colour, at) => (colour === before[at] ? UNCHANGED : colour)) : shown;
    encoder.writeFrame(changed, width, height, {
      ...(i === 0 ? { palette, repeat: 0 } : {}),
      delay: i + 1 < frames.length ? frames[i + 1].at - at : LAST_MS,
      transparent: i > 0,
      transparentIndex: UNCHANGED,
      dispose: 1,
    });
    before = shown;
  }
  encoder.finish();
  return encoder.bytes();
}

const { url, browser, close } = await openSite();
const page = await (await browser.newContext({ viewport: SIZE, locale: 'en', reducedMotion: 'reduce' })).newPage();
await page.goto(`${url}/jobs/scrape`);
const { stop } = await film(page);
await act(page, url);
const bytes = gif(await stop());
await close();
writeFileSync(FILE, bytes);
console.log(`${FILE}: ${Math.round(bytes.length / 1024)} KB`);
