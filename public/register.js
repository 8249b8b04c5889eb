// Where the browser allows service workers (https, localhost), one watches the runs: see service-worker.js.
navigator.serviceWorker?.register('/service-worker.js', { scope: '/runs/', updateViaCache: 'none' }).catch(() => {
  // Refused, or the host is down just now: runs go on without it, and the next page tries again.
});
