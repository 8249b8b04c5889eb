// Where the browser allows service workers (https, localhost), one watches the runs: see service-worker.js.
(() => {
  const { worker = '', scope = '' } = /** @type {HTMLScriptElement} */ (document.currentScript).dataset;
  navigator.serviceWorker?.register(worker, { scope, updateViaCache: 'none' }).catch(() => {
    // Refused, or the host is down just now: runs go on without it, and the next page tries again.
  });
})();
