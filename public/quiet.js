// Quiet pages: the form that asks for the next step is sent by fetch, and the run on the page that comes is put in place
// of the one here. Same form, same request, same answer as without this script. Whatever is not such a page is left to
// the browser, which then loads it whole as it would have done anyway, with the service worker to watch over it.
/* global Idiomorph, durationText */
(() => {
  /** What a page may take on its way besides the time until it is sent. */
  const ON_THE_WAY_MS = 3000;
  const SAY_EVERY_MS = 20_000;
  const LEAVING_MS = 5000;
  const FIRST_WAIT_MS = 3000;
  const LONGEST_WAIT_MS = 30_000;
  const LONG_S = 10;

  const parsed = new Promise((resolve) => addEventListener('DOMContentLoaded', resolve, { once: true }));
  let asking = null;
  // By the clock on the wall: the other one rests while a laptop sleeps.
  let dueAt = 0;
  let leftAt = 0;
  let timer = 0;
  let tries = 0;
  let seen = '';
  let waits = false;
  let leftUntil = 0;
  let beganAt = 0;
  const said = { at: 0, status: '', text: '', waits: false };

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
    const patience = Number(run().dataset.patience ?? 0);
    const patienceMs = patience ? patience + ON_THE_WAY_MS : Infinity;
    const mine = {
      address: `${form().getAttribute('action')}?${new URLSearchParams(new FormData(form()))}`,
      abort: new AbortController(),
      at: Date.now(),
      until: Date.now() + patienceMs,
      isLate: false,
    };
    const whole = mine.address + seen;
    asking = mine;
    seen = '';
    const giveUp = () => {
      mine.isLate = true;
      mine.abort.abort();
    };
    const late = patience && setTimeout(giveUp, patienceMs);
    // As a form does it: `no-store`, which every answer says itself, would look like a reload.
    const came = await fetch(whole, { signal: mine.abort.signal, redirect: 'manual' })
      .then(read)
      .catch(() => ({ cut: mine.isLate ? null : 0 }));
    clearTimeout(late);
    // Not for ever: parsing ends after the deferred scripts, and a host may hold one of them.
    await Promise.race([parsed, new Promise((resolve) => setTimeout(resolve, ON_THE_WAY_MS))]);
    asking = null;
    try {
      if (came.page) return show(came.page);
    } catch {
      // Its library did not arrive, say: the browser can still load the page.
    }
    goOn(mine, came);
  }

  /**
   * `page`: the whole page, parsed, when it is ours, about a run, in the mode and language of this one. `cut`: the
   * status of what a host sent in its place, 0 when that broke off. Neither: what the visitor has to see, as a login.
   */
  async function read(response) {
    if (response.type === 'opaqueredirect' || response.headers.has('cf-mitigated')) return {};
    if (!response.headers.has('Tobiishi')) return { cut: response.status };
    const html = await response.text();
    if (!html.trimEnd().endsWith('</html>')) return { cut: 0 };
    const page = new DOMParser().parseFromString(html, 'text/html');
    const same = page.documentElement.lang === document.documentElement.lang;
    return same && page.getElementById('run')?.dataset.wait !== undefined ? { page } : {};
  }

  function goOn({ address, at, isWoken }, { cut }) {
    // Another form or link was pressed, which ended our request: that one must not be overtaken.
    if (Date.now() - leftAt < LEAVING_MS) return wait(LEAVING_MS);
    if (isWoken) return ask();
    // For the server to learn from, as the service worker says it: see docs/protocol.md.
    if (cut === null) seen = `&try=${tries}`;
    else if (cut !== undefined) seen = `&try=${tries}&cut=${cut}&after=${Date.now() - at}`;
    const isAway = cut === null || cut === 0 || cut === 408 || cut === 429 || cut >= 500;
    // Over plain http, and in some private windows, no service worker stands in for a host that is away.
    if (!isAway || navigator.serviceWorker?.controller) return location.replace(address + seen);
    if (tries === 0) sayAway();
    wait(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries));
    tries += 1;
  }

  function sayAway() {
    const { away, now } = run().dataset;
    const button = Object.assign(document.createElement('button'), { textContent: now });
    button.setAttribute('form', 'next');
    document.querySelector('.doing').replaceChildren(away, ' ', button);
    region.textContent = away;
    Object.assign(said, { at: 0, text: '' });
  }

  function show(page) {
    const next = page.getElementById('run');
    for (const script of next.querySelectorAll('script')) script.remove();
    // There is one place here that speaks.
    for (const alert of next.querySelectorAll('[role=alert]')) alert.removeAttribute('role');
    const stop = document.getElementById('stop-first');
    const focused = run().contains(document.activeElement) || document.activeElement === stop;
    Idiomorph.morph(run(), next, {
      callbacks: {
        beforeNodeMorphed: (node) => node.id !== 'notify-place',
        // What the reader has opened stays open.
        beforeAttributeUpdated: (name, node) => !(name === 'open' && node.tagName === 'DETAILS'),
      },
    });
    if (!form()) stop?.form.remove();
    document.title = page.title;
    tries = 0;
    if (focused && document.activeElement === document.body) {
      document.getElementById('content').focus({ preventScroll: true });
    }
    noteLeft();
    say();
    document.dispatchEvent(new Event('run'));
    if (!form()) return;
    const seconds = Number(run().dataset.wait);
    if (seconds > 0) wait(seconds * 1000);
    else ask();
  }

  function wait(ms) {
    dueAt = Date.now() + ms;
    timer = setTimeout(ask, ms);
  }

  // A laptop that wakes up, a tab that is looked at again: what is due is asked for at once, and an answer that should
  // have come long ago is waited for no longer.
  function wake() {
    if (!form()) return;
    if (asking === null) {
      if (Date.now() >= dueAt) ask();
    } else if (Date.now() > asking.until) {
      asking.isWoken = true;
      asking.abort.abort();
    }
  }
  parsed.then(() => {
    // The page waits by itself the first time.
    dueAt = Date.now() + Number(run()?.dataset.wait ?? 0) * 1000;
    addEventListener('online', () => {
      if (tries > 0) dueAt = 0;
      wake();
    });
    for (const name of ['pageshow', 'focus']) addEventListener(name, wake);
    for (const name of ['visibilitychange', 'resume']) document.addEventListener(name, wake);
    // A reload is to show the run, and not to say again what was asked or seen at first.
    if (location.search) history.replaceState(history.state, '', location.pathname);
  });
  addEventListener('beforeunload', () => {
    leftAt = Date.now();
  });

  /** To those who listen: each change of status, and from time to time where the run is; once that it waits for long. */
  function say() {
    const { status, say: text } = run().dataset;
    const isNew = text !== said.text || (waits && !said.waits);
    if (status === said.status && (!isNew || Date.now() - said.at < SAY_EVERY_MS)) {
      said.waits &&= waits;
      return;
    }
    const why = document.querySelector('#run .notice b')?.textContent ?? (waits && !said.waits ? waitText() : '');
    Object.assign(said, { at: Date.now(), status, text, waits });
    region.textContent = `${text} ${why}`;
  }

  function waitText() {
    const parts = [...document.querySelector('.doing').childNodes].filter(({ className }) => className !== 'item');
    return parts.map(({ textContent }) => textContent).join('');
  }

  function noteLeft() {
    const seconds = Number.parseInt(document.getElementById('left')?.dateTime.slice(2) ?? 0, 10);
    waits = seconds >= LONG_S;
    leftUntil = Date.now() + seconds * 1000;
    beganAt = Date.now() - Number(document.getElementById('elapsed').dataset.seconds) * 1000;
  }

  function count() {
    tell('left', Math.ceil((leftUntil - Date.now()) / 1000));
    tell('elapsed', Math.floor((Date.now() - beganAt) / 1000));
  }

  function tell(id, seconds) {
    const place = document.getElementById(id);
    // A longer one changes once a page.
    if (!place || seconds < 1 || seconds >= 3600) return;
    place.textContent = durationText(document.documentElement.lang, seconds * 1000);
  }

  const region = document.createElement('p');
  region.id = 'said';
  region.className = 'unseen';
  region.setAttribute('aria-live', 'polite');
  parsed.then(() => {
    if (!run()) return;
    const { status, say: text } = run().dataset;
    Object.assign(said, { at: Date.now(), status, text });
    document.body.append(region);
    noteLeft();
    setInterval(() => {
      if (!form()) return;
      count();
      if (tries === 0) say();
    }, 1000);
  });
})();
