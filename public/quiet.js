// Quiet mode, which the visitor chose: the form that asks for the next step is sent by fetch, and the run on the page
// that comes is put in place of the one here. Same form, same request, same answer as without this script. Whatever is
// not such a page is left to the browser, which then loads it whole as it would have done anyway.
/* global Idiomorph */
(() => {
  /** What a page may take on its way besides the time until it is sent. */
  const ON_THE_WAY_MS = 3000;
  const SAY_EVERY_MS = 20_000;
  const LEAVING_MS = 5000;

  const parsed = new Promise((resolve) => addEventListener('DOMContentLoaded', resolve, { once: true }));
  let asking = null;
  let dueAt = 0;
  let timer = 0;
  let leftAt = Number.NEGATIVE_INFINITY;
  const said = { at: 0, status: '' };

  const run = () => document.getElementById('run');
  const form = () => document.getElementById('next');

  // The page presses its button while it is being parsed; this script is there before.
  addEventListener('submit', (event) => {
    if (event.target.id !== 'next') return;
    event.preventDefault();
    ask();
  });

  async function ask() {
    if (asking) return;
    clearTimeout(timer);
    const address = `${form().getAttribute('action')}?${new URLSearchParams(new FormData(form()))}`;
    const patience = Number(run().dataset.patience ?? 0);
    const mine = {
      abort: new AbortController(),
      until: patience ? performance.now() + patience + ON_THE_WAY_MS : Infinity,
    };
    asking = mine;
    const late = patience && setTimeout(() => mine.abort.abort(), patience + ON_THE_WAY_MS);
    const page = await fetch(address, { cache: 'no-store', signal: mine.abort.signal })
      .then(pageOf)
      .catch(() => null);
    clearTimeout(late);
    await parsed;
    asking = null;
    if (page) show(page);
    else await leaveToTheBrowser(mine);
  }

  /** The page, parsed; null unless it is a whole one of ours, about a run, in the mode and language of this one. */
  async function pageOf(response) {
    if (response.status !== 200 || response.redirected || !response.headers.has('Tobiishi-Run')) return null;
    const html = await response.text();
    if (!html.trimEnd().endsWith('</html>')) return null;
    const page = new DOMParser().parseFromString(html, 'text/html');
    const same = page.documentElement.lang === document.documentElement.lang;
    return same && page.getElementById('run')?.dataset.wait !== undefined ? page : null;
  }

  async function leaveToTheBrowser({ woken }) {
    // Another form or link was pressed, which ended our request: that one must not be overtaken.
    if (performance.now() - leftAt < LEAVING_MS) return wait(LEAVING_MS);
    if (woken) return ask();
    if (!navigator.onLine) return;
    HTMLFormElement.prototype.submit.call(form());
  }

  function show(page) {
    const next = page.getElementById('run');
    for (const script of next.querySelectorAll('script')) script.remove();
    // There is one place here that speaks.
    for (const alert of next.querySelectorAll('[role=alert]')) alert.removeAttribute('role');
    const focused = run().contains(document.activeElement);
    Idiomorph.morph(run(), next, {
      callbacks: {
        // What the reader has opened stays open.
        beforeAttributeUpdated: (name, node) => !(name === 'open' && node.tagName === 'DETAILS'),
      },
    });
    document.title = page.title;
    if (focused && document.activeElement === document.body) {
      document.getElementById('content').focus({ preventScroll: true });
    }
    say();
    document.dispatchEvent(new Event('run'));
    if (!form()) return;
    const seconds = Number(run().dataset.wait);
    if (seconds > 0) wait(seconds * 1000);
    else ask();
  }

  function wait(ms) {
    dueAt = performance.now() + ms;
    timer = setTimeout(ask, ms);
  }

  // A laptop that wakes up, a tab that is looked at again: what is due is asked for at once, and an answer that should
  // have come long ago is waited for no longer.
  function wake() {
    if (!form()) return;
    if (asking === null) {
      if (performance.now() >= dueAt) ask();
    } else if (performance.now() > asking.until) {
      asking.woken = true;
      asking.abort.abort();
    }
  }
  parsed.then(() => {
    // The page waits by itself the first time.
    dueAt = performance.now() + Number(run()?.dataset.wait ?? 0) * 1000;
    for (const name of ['online', 'pageshow', 'focus']) addEventListener(name, wake);
    document.addEventListener('visibilitychange', wake);
  });
  addEventListener('beforeunload', () => {
    leftAt = performance.now();
  });

  /** To those who listen: each change of status, and where the run is from time to time. */
  function say() {
    const { status, say: text } = run().dataset;
    if (status === said.status && performance.now() - said.at < SAY_EVERY_MS) return;
    said.at = performance.now();
    said.status = status;
    const why = document.querySelector('#run .notice b')?.textContent ?? '';
    region.textContent = `${text} ${why}`;
  }
  const region = document.createElement('p');
  region.id = 'said';
  region.className = 'unseen';
  region.setAttribute('aria-live', 'polite');
  parsed.then(() => {
    said.status = run()?.dataset.status;
    said.at = performance.now();
    document.body.append(region);
  });
})();
