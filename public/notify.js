// Tells a visitor who asked for it that a run has ended, when nobody was looking at its tab.
(() => {
  const LONG_MS = 10_000;
  if (!('Notification' in globalThis)) return;

  const isOn = () => Notification.permission === 'granted' && recall('localStorage', 'notify') === 'yes';

  /** @typedef {'localStorage' | 'sessionStorage'} StorageName */

  /** @param {StorageName} storage @param {string} key */
  function recall(storage, key) {
    try {
      return globalThis[storage].getItem(key);
    } catch {
      return null;
    }
  }

  /** @param {StorageName} storage @param {string} key @param {string | null} value */
  function remember(storage, key, value) {
    try {
      if (value === null) globalThis[storage].removeItem(key);
      else globalThis[storage].setItem(key, value);
    } catch {
      // Storage is refused or full: then nothing is told.
    }
  }

  function draw() {
    const place = document.getElementById('notify-place');
    if (!place) return;
    // Made here: a text browser shows a hidden button.
    const button =
      place.querySelector('button') ??
      place.appendChild(
        Object.assign(document.createElement('button'), { type: 'button', className: 'link', id: 'notify' }),
      );
    button.hidden = Notification.permission === 'denied';
    button.textContent = (isOn() ? place.dataset.off : place.dataset.on) ?? '';
  }

  // The browser asks the visitor only here, after a press of the button.
  document.addEventListener('click', async ({ target }) => {
    if (!(target instanceof Element) || target.id !== 'notify') return;
    if (isOn()) remember('localStorage', 'notify', null);
    else if ((await Notification.requestPermission()) === 'granted') remember('localStorage', 'notify', 'yes');
    draw();
  });

  function watch() {
    const run = document.getElementById('run');
    if (!run?.dataset.say) return;
    const key = `watched:${location.pathname}`;
    const since = recall('sessionStorage', key);
    if (run.dataset.status === 'running') {
      if (since === null) remember('sessionStorage', key, String(Date.now()));
      return;
    }
    remember('sessionStorage', key, null);
    const ended = run.dataset.status === 'done' || run.dataset.status === 'failed';
    const isLong = since !== null && Date.now() - Number(since) >= LONG_MS;
    if (ended && isLong && isOn() && document.hidden) tell(run.dataset.say);
  }

  /** @param {string} body */
  async function tell(body) {
    const options = { body, tag: location.pathname };
    try {
      new Notification(document.title, options).addEventListener('click', () => focus());
    } catch {
      // On phones only a service worker may.
      const worker = await navigator.serviceWorker?.getRegistration();
      await worker?.showNotification(document.title, options);
    }
  }

  function refresh() {
    draw();
    watch();
  }
  refresh();
  document.addEventListener('run', refresh);
})();
