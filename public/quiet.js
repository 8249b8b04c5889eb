// Quiet pages: the form that asks for the next step is sent by fetch, and the run on the page that comes is put in place
// of the one here, where its button is pressed again. Same form, same press, same request and same answer as without this
// script, when the browser sends the form. Whatever is not such a page is left to the browser, which then loads it whole
// as it would have done anyway, with the service worker to watch over it.
(() => {
  /** What a page may take on its way besides the time until it is sent. */
  const ON_THE_WAY_MS = 3000;
  const SAY_EVERY_MS = 20_000;
  const LEAVING_MS = 5000;
  const FIRST_WAIT_MS = 3000;
  const LONGEST_WAIT_MS = 30_000;
  /** Whatever `Retry-After` says. */
  const LONGEST_LATER_MS = 300_000;
  const LONG_S = 10;

  /**
   * A request for a step that is under way.
   * @typedef {object} Asking
   * @property {string} address
   * @property {AbortController} abort
   * @property {number} at
   * @property {number} until when it should have been answered long ago
   * @property {boolean} isLate ended by us at that time
   * @property {boolean} isWoken ended by us at that time, after a sleep
   */
  /**
   * `page`: the whole page, parsed, when it is ours, about a run, in the mode and language of this one. `cut`: the
   * status of what a host sent in its place, 0 when that broke off, null when nothing came in time. Neither: what the
   * visitor has to see, as a login. `laterMs`: whoever answered wants to be asked again only after so long; `why` is what
   * our page says of it.
   * @typedef {{ readonly page?: Document, readonly cut?: number | null, readonly laterMs?: number, readonly why?: string }} Answer
   */

  /** @type {Promise<void>} */
  const parsed = new Promise((resolve) => {
    addEventListener('DOMContentLoaded', () => resolve(), { once: true });
  });
  /** @type {Asking | null} */
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
  let workedSince = 0;
  const said = { at: 0, status: '', text: '', waits: false };

  /** @param {ParentNode} page @returns {HTMLElement} */
  function runOf(page) {
    const run = page.querySelector('main#run');
    if (!(run instanceof HTMLElement)) throw new Error('the page shows no run');
    return run;
  }
  const run = () => runOf(document);
  const form = () => /** @type {HTMLFormElement | null} */ (document.getElementById('next'));

  /** Asks for the next step, as the page itself does while it is being parsed. */
  function press() {
    document.getElementById('button')?.click();
  }

  // This script is there before the page presses its button.
  addEventListener('submit', (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    ask(/** @type {HTMLFormElement} */ (event.target));
  });

  async function ask(/** @type {HTMLFormElement} */ sent) {
    if (asking) return;
    clearTimeout(timer);
    const patience = Number(run().dataset.patience ?? 0);
    const patienceMs = patience ? patience + ON_THE_WAY_MS : Infinity;
    const query = [...new FormData(sent)].map(([name, value]) => [name, String(value)]);
    /** @type {Asking} */
    const mine = {
      address: `${sent.getAttribute('action')}?${new URLSearchParams(query)}`,
      abort: new AbortController(),
      at: Date.now(),
      until: Date.now() + patienceMs,
      isLate: false,
      isWoken: false,
    };
    const whole = mine.address + seen;
    asking = mine;
    seen = '';
    const giveUp = () => {
      mine.isLate = true;
      mine.abort.abort();
    };
    const late = patience ? setTimeout(giveUp, patienceMs) : undefined;
    // As a form does it: `no-store`, which every answer says itself, would look like a reload.
    /** @type {Answer} */
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

  /** @param {Response} response @returns {Promise<Answer>} */
  async function read(response) {
    if (response.type === 'opaqueredirect' || response.headers.has('cf-mitigated')) return {};
    const { status, headers } = response;
    const seconds = Number.parseInt(headers.get('Retry-After') ?? '', 10);
    const later = seconds > 0 ? { laterMs: Math.min(seconds * 1000, LONGEST_LATER_MS) } : {};
    if (!headers.has('Tobiishi')) return { cut: status, ...later };
    const html = await response.text();
    if (!html.trimEnd().endsWith('</html>')) return { cut: 0 };
    const page = new DOMParser().parseFromString(html, 'text/html');
    if (status === 429 || status === 503) return { ...later, why: page.querySelector('h1')?.textContent ?? '' };
    const same = page.documentElement.lang === document.documentElement.lang;
    return same && page.getElementById('run')?.dataset.wait !== undefined ? { page } : {};
  }

  /** @param {Asking} asked @param {Answer} answer */
  function goOn({ address, at, isWoken }, { cut, laterMs, why }) {
    // Another form or link was pressed, which ended our request: that one must not be overtaken.
    if (Date.now() - leftAt < LEAVING_MS) return wait(LEAVING_MS);
    if (isWoken) return press();
    if (why !== undefined) return askLater(laterMs, why);
    // For the server to learn from, as the service worker says it: see docs/protocol.md.
    if (cut === null) seen = `&try=${tries}`;
    else if (cut !== undefined) seen = `&try=${tries}&cut=${cut}&after=${Date.now() - at}`;
    const isAway = cut === null || (cut !== undefined && (cut === 0 || cut === 408 || cut === 429 || cut >= 500));
    // Over plain http, and in some private windows, no service worker stands in for a host that is away.
    if (!isAway || navigator.serviceWorker?.controller) return location.replace(address + seen);
    askLater(laterMs);
  }

  /** After the time that was asked for, or else later each time. @param {number} [ms] @param {string} [why] */
  function askLater(ms = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries), why = undefined) {
    if (tries === 0) sayAway(why);
    wait(ms);
    tries += 1;
  }

  function sayAway(/** @type {string | undefined} */ why) {
    const { now = '' } = run().dataset;
    const away = why || (run().dataset.away ?? '');
    const button = Object.assign(document.createElement('button'), { textContent: now });
    button.setAttribute('form', 'next');
    document.querySelector('.doing')?.replaceChildren(away, ' ', button);
    region.textContent = away;
    Object.assign(said, { at: 0, text: '' });
  }

  /** Puts the run on the page in place of the one here, and presses its button when it is time. */
  function show(/** @type {Document} */ page) {
    const next = runOf(page);
    for (const script of next.querySelectorAll('script')) script.remove();
    // There is one place here that speaks.
    for (const alert of next.querySelectorAll('[role=alert]')) alert.removeAttribute('role');
    const stop = document.getElementById('stop-first');
    const focused = run().contains(document.activeElement) || document.activeElement === stop;
    Idiomorph.morph(run(), next, {
      callbacks: {
        beforeNodeMorphed: (node) => !(node instanceof Element && /^(notify|awake)-place$/.test(node.id)),
        // What the reader has opened stays open.
        beforeAttributeUpdated: (name, node) => !(name === 'open' && node.tagName === 'DETAILS'),
      },
    });
    if (!form()) stop?.closest('form')?.remove();
    document.title = page.title;
    tries = 0;
    if (focused && document.activeElement === document.body) {
      document.getElementById('content')?.focus({ preventScroll: true });
    }
    noteTimes();
    say();
    document.dispatchEvent(new Event('run'));
    // The form shows itself on a page that has stood still for long: this one is new.
    for (const animation of form()?.getAnimations() ?? []) animation.currentTime = 0;
    const seconds = Number(run().dataset.wait);
    if (seconds > 0) wait(seconds * 1000);
    else press();
  }

  function wait(/** @type {number} */ ms) {
    dueAt = Date.now() + ms;
    timer = setTimeout(press, ms);
  }

  // A laptop that wakes up, a tab that is looked at again: what is due is asked for at once, and an answer that should
  // have come long ago is waited for no longer.
  function wake() {
    if (asking === null) {
      if (Date.now() >= dueAt) press();
    } else if (Date.now() > asking.until) {
      asking.isWoken = true;
      asking.abort.abort();
    }
  }
  parsed.then(() => {
    // The page waits by itself the first time.
    dueAt = Date.now() + Number(document.getElementById('run')?.dataset.wait ?? 0) * 1000;
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
    const { status = '', say: text = '' } = run().dataset;
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
    return document.getElementById('doing')?.textContent.trim() ?? '';
  }

  /** What the page says of times, from which they are counted on. */
  function noteTimes() {
    const worked = document.getElementById('worked')?.dataset.ms;
    workedSince = worked === undefined ? 0 : Date.now() - Number(worked);
    const left = document.getElementById('left')?.getAttribute('datetime')?.slice(2);
    const seconds = Number.parseInt(left ?? '0', 10);
    waits = seconds >= LONG_S;
    leftUntil = Date.now() + seconds * 1000;
    beganAt = Date.now() - Number(document.getElementById('elapsed')?.dataset.seconds) * 1000;
  }

  function count() {
    tellWork();
    tell('left', Math.ceil((leftUntil - Date.now()) / 1000));
    tell('elapsed', Math.floor((Date.now() - beganAt) / 1000));
  }

  /** The step that the page announced is at work once it was asked for and has nothing to wait for. */
  function tellWork() {
    const place = document.getElementById('doing');
    const sentence = place?.dataset.working;
    const since = Math.max(asking?.at ?? Infinity, leftUntil);
    if (!sentence || !place || Date.now() - since < 1000) return tell('worked', (Date.now() - workedSince) / 1000);
    place.textContent = sentence.replace('{{duration}}', durationText(document.documentElement.lang, whole(since)));
  }

  /** Milliseconds since then, in whole seconds. */
  function whole(/** @type {number} */ since) {
    return Math.floor((Date.now() - since) / 1000) * 1000;
  }

  /** @param {string} id @param {number} seconds */
  function tell(id, seconds) {
    const place = document.getElementById(id);
    // A longer one changes once a page.
    if (!place || seconds < 1 || seconds >= 3600) return;
    place.textContent = durationText(document.documentElement.lang, Math.floor(seconds) * 1000);
  }

  const region = document.createElement('p');
  region.id = 'said';
  region.className = 'unseen';
  region.setAttribute('aria-live', 'polite');
  parsed.then(() => {
    if (!document.getElementById('run')) return;
    const { status = '', say: text = '' } = run().dataset;
    Object.assign(said, { at: Date.now(), status, text });
    document.body.append(region);
    noteTimes();
    setInterval(() => {
      if (!form()) return;
      count();
      if (tries === 0) say();
    }, 1000);
  });
})();
