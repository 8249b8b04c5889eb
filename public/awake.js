// Keeps the screen of a phone on while a run is at work, when the visitor wants it: a phone that sleeps stops its pages.
(() => {
  if (!('wakeLock' in navigator)) return;
  /** @type {WakeLockSentinel | null} */
  let lock = null;

  const isWanted = () => {
    try {
      return localStorage.getItem('awake') === 'yes';
    } catch {
      return false;
    }
  };
  const isRunning = () => document.getElementById('run')?.dataset.status === 'running';

  function draw() {
    const place = document.getElementById('awake-place');
    if (!place) return;
    const made = { type: 'button', className: 'link', id: 'awake' };
    const button =
      place.querySelector('button') ?? place.appendChild(Object.assign(document.createElement('button'), made));
    button.textContent = (isWanted() ? place.dataset.off : place.dataset.on) ?? '';
  }

  /** Browsers let go of the lock when the page is hidden. */
  async function keep() {
    draw();
    const shouldHold = isWanted() && isRunning() && !document.hidden;
    if (shouldHold && (lock === null || lock.released)) {
      // Refused when the battery is low: the screen then goes dark as ever.
      lock = await navigator.wakeLock.request('screen').catch(() => null);
    } else if (!shouldHold && lock !== null) {
      await lock.release();
      lock = null;
    }
  }

  document.addEventListener('click', ({ target }) => {
    if (!(target instanceof Element) || target.id !== 'awake') return;
    try {
      localStorage.setItem('awake', isWanted() ? 'no' : 'yes');
    } catch {
      // Storage is refused or full: the screen goes dark as ever.
    }
    keep();
  });
  for (const name of ['run', 'visibilitychange']) document.addEventListener(name, keep);
  keep();
})();
