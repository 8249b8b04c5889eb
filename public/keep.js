// Each step is a new page: what the reader had opened, focused and scrolled to comes back on the next page of the run.
(() => {
  if (!document.querySelector('#run, #stop')) return;
  // Browsers keep pages for Back in spite of `no-store`: what this one shows may be long past.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  // Plain pages and those of the service worker, which are asked for like this, do not fade.
  addEventListener('pageswap', ({ viewTransition, activation }) => {
    if (new URL(activation?.entry?.url ?? location.href).search) viewTransition?.skipTransition();
  });
  const key = `keep:${location.pathname}`;
  const table = () => document.querySelector('.table');
  addEventListener('pagehide', () => {
    const kept = {
      open: [...document.querySelectorAll('details[open][id]')].map(({ id }) => id),
      focus: document.activeElement?.id,
      scroll: [scrollX, scrollY],
      table: table()?.scrollLeft,
    };
    try {
      sessionStorage.setItem(key, JSON.stringify(kept));
    } catch {
      // Storage is refused or full: the next page starts at its top.
    }
  });
  // Coming from elsewhere, the reader starts at the top.
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType('navigation'));
  const isReload = navigation?.type === 'reload';
  if (!isReload && !document.referrer.startsWith(location.origin + location.pathname)) return;
  /** @type {{ open: string[], focus?: string, scroll: [number, number], table?: number } | null} */
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(key) ?? 'null');
  } catch {
    // As above.
  }
  if (!kept) return;
  for (const id of kept.open) document.getElementById(id)?.setAttribute('open', '');
  if (kept.focus) {
    // The button that was pressed may have given way to others, as pausing does to resuming.
    const focused = document.getElementById(kept.focus) ?? document.querySelector('.actions button');
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  }
  const scrolled = table();
  if (scrolled && kept.table) scrolled.scrollLeft = kept.table;
  scrollTo(...kept.scroll);
})();
