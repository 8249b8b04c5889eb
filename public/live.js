// The list of runs on the home page keeps itself up to date while it is looked at and something in it runs.
(() => {
  const FIRST_MS = 3000;
  const LONGEST_MS = 30_000;
  const place = /** @type {HTMLElement} */ (document.getElementById('live-place'));
  const texts = { on: place.dataset.on ?? '', off: place.dataset.off ?? '' };

  /** Made here: a text browser shows a hidden button. */
  function make(/** @type {string} */ className, /** @type {string} */ id) {
    return Object.assign(document.createElement('button'), { type: 'button', className, id });
  }
  const button = make('link', 'live');
  place.append(button);
  // The first of the keyboard's order, as on other pages that load themselves again; shown when it is reached.
  const first = make('skip', 'live-first');
  document.querySelector('header')?.prepend(first);
  const buttons = [first, button];
  const list = () => /** @type {HTMLElement} */ (document.querySelector('.runs'));
  const isRunning = () => list().querySelector('.chip.running') !== null;
  const places = () => [...list().querySelectorAll('.steps, .chip')].map(({ textContent }) => textContent).join();
  let isPaused = false;
  let ms = FIRST_MS;
  /** As the server has asked; 0 while it has not. */
  let laterMs = 0;
  let timer = 0;

  function draw() {
    for (const each of buttons) {
      each.hidden = !isRunning();
      each.textContent = isPaused ? texts.on : texts.off;
    }
  }

  function plan() {
    clearTimeout(timer);
    if (!isPaused && !document.hidden && isRunning()) timer = setTimeout(refresh, Math.max(ms, laterMs));
  }

  async function refresh() {
    const page = await fetch(location.href, { cache: 'no-store' })
      .then(async (response) => {
        laterMs = 1000 * (Number.parseInt(response.headers.get('Retry-After') ?? '', 10) || 0);
        return new DOMParser().parseFromString(await response.text(), 'text/html');
      })
      .catch(() => null);
    if (isPaused) return;
    const newer = page?.documentElement.lang === document.documentElement.lang && page.querySelector('.runs');
    // A run that nobody drives any more stands still: it is looked at less and less often.
    const before = places();
    if (newer) Idiomorph.morph(list(), newer);
    document.dispatchEvent(new Event('list'));
    ms = before === places() ? Math.min(ms * 1.3, LONGEST_MS) : FIRST_MS;
    draw();
    plan();
  }

  function toggle() {
    isPaused = !isPaused;
    draw();
    if (isPaused) clearTimeout(timer);
    else refresh();
  }

  for (const each of buttons) each.addEventListener('click', toggle);
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    ms = FIRST_MS;
    if (!document.hidden && !isPaused && isRunning()) refresh();
  });
  draw();
  plan();
})();
