// Measures how long the host lets a request take: asks for answers that are held for different times, side by side.
(() => {
  // Browsers open six connections to a host that speaks HTTP/1.1: one is left for a run in another tab.
  const SIDE_BY_SIDE = 5;
  const BUSY_MS = 3000;
  const page = the('host');
  const texts = JSON.parse(page.dataset.texts ?? '');
  const rows = [...page.querySelectorAll('tr')].filter(({ dataset }) => dataset.seconds !== undefined);
  const start = /** @type {HTMLButtonElement} */ (the('measure'));
  const working = the('working');
  const found = the('found');

  /** @typedef {{ seconds: number, came: true } | { seconds: number, came: false, after: number }} Result */

  /** @returns {HTMLElement} */
  function the(/** @type {string} */ id) {
    const element = document.getElementById(id);
    if (element === null) throw new Error(`the page has no #${id}`);
    return element;
  }

  const duration = (/** @type {number} */ seconds) => durationText(document.documentElement.lang, seconds * 1000);
  const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

  /** @param {string} text @param {Readonly<Record<string, string | number | null>>} values */
  function fill(text, values) {
    return text.replace(/{{(\w+)}}/g, (_, name) => String(values[name]));
  }

  /** @param {HTMLElement} row @param {string} text */
  function say(row, text, kind = '') {
    const cell = row.querySelector('.result');
    if (cell) Object.assign(cell, { textContent: text, className: `result ${kind}` });
  }

  /** @param {HTMLTableRowElement} row @returns {Promise<Result>} */
  async function probe(row) {
    const seconds = Number(row.dataset.seconds);
    const address = row.querySelector('a')?.href ?? '';
    for (;;) {
      say(row, texts.holding);
      const startedAt = performance.now();
      let status = null;
      try {
        const response = await fetch(address, { cache: 'no-store' });
        await response.text();
        status = response.status;
        if (response.headers.has('Tobiishi')) {
          if (response.ok) {
            say(row, texts.came, 'came');
            return { seconds, came: true };
          }
          // Our own server has no room just now.
          await pause(BUSY_MS);
          continue;
        }
      } catch {
        // The connection ended without an answer.
      }
      const after = Math.round((performance.now() - startedAt) / 100) / 10;
      const text = status === null ? texts.cutBreak : texts.cutStatus;
      say(row, fill(text, { duration: duration(after), status }), 'cut');
      return { seconds, came: false, after };
    }
  }

  /** Shortest first; those longer than one that was cut need not be tried. */
  async function measure() {
    for (const row of rows) say(row, texts.waiting);
    /** @type {Result[]} */
    const results = [];
    const waiting = [...rows];
    const work = async () => {
      for (let row = waiting.shift(); row; row = waiting.shift()) {
        const asked = Number(row.dataset.seconds);
        if (results.some(({ came, seconds }) => !came && seconds < asked)) say(row, texts.skipped);
        else results.push(await probe(row));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
    return results;
  }

  /** @param {readonly Result[]} results */
  function conclude(results) {
    const most = Math.max(0, ...results.filter(({ came }) => came).map(({ seconds }) => seconds));
    const cut = results.filter((result) => !result.came).sort((a, b) => a.seconds - b.seconds)[0];
    const text = !cut ? texts.noLimit : most === 0 ? texts.limitBelow : texts.limitBetween;
    const seconds = most || Math.max(1, Math.floor(cut?.after ?? 0));
    const limits = document.createElement('p');
    limits.textContent = fill(text, { most: duration(most), least: duration(cut?.seconds ?? 0) });
    const setting = document.createElement('p');
    const strong = document.createElement('b');
    strong.textContent = fill(texts.set, { seconds });
    setting.append(strong);
    found.replaceChildren(limits, setting);
    found.hidden = false;
  }

  start.hidden = false;
  start.addEventListener('click', async () => {
    start.disabled = true;
    found.hidden = true;
    working.hidden = false;
    conclude(await measure());
    working.hidden = true;
    start.disabled = false;
  });
})();
