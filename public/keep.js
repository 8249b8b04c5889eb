// Each step is a new page: what the reader had opened, focused and scrolled to comes back on the next page of the run.
(() => {
  if (!document.querySelector('#run, #stop')) return;
  // Plain pages and those of the service worker, which are asked for like this, do not fade.
  addEventListener('pageswap', ({ viewTransition, activation }) => {
    if (new URL(activation?.entry.url ?? location).search) viewTransition?.skipTransition();
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
  const isReload = performance.getEntriesByType('navigation')[0]?.type === 'reload';
  if (!isReload && !document.referrer.startsWith(location.origin + location.pathname)) return;
  let kept = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(key));
  } catch {
    // As above.
  }
  if (!kept) return;
  for (const id of kept.open) document.getElementById(id)?.setAttribute('open', '');
  // The button that was pressed may have given way to others, as pausing does to resuming.
  const focus = () => document.getElementById(kept.focus) ?? document.querySelector('.actions button');
  if (kept.focus) focus()?.focus({ preventScroll: true });
  if (table() && kept.table) table().scrollLeft = kept.table;
  scrollTo(...kept.scroll);
})();
