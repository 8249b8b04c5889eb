// Stands in when the host answers a run's page instead of Tobiishi, or nobody does: an error page of a proxy, a refused
// or broken connection, half a page, silence. The visitor then gets a page that asks for the same step again by itself,
// for as long as it takes. The server puts `PATHS` and `SETTINGS` before this text: see src/pages/service-worker.ts.
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (globalThis));
const FIRST_WAIT_S = 3;
const LONGEST_WAIT_S = 30;
const LONGEST_ANSWER_MS = 60_000;
/** Whatever `Retry-After` says. */
const LONGEST_LATER_S = 300;

/** What the host sent in place of our page: its status, 0 when the connection broke, null when nothing came in time.
 * `later`: after how many seconds it wants to be asked again.
 * @typedef {{ readonly status: number | null, readonly said?: string, readonly later?: number, readonly ms: number }} Seen */

worker.addEventListener('install', (event) => {
  worker.skipWaiting();
  // Browsers that can leave this worker asleep for what it does not answer anyway.
  const rest = { condition: { not: { requestMode: 'navigate' } }, source: 'network' };
  /** @type {{ addRoutes?: (rules: object) => Promise<void> }} */ (event).addRoutes?.(rest).catch(() => {
    // Known, but not this condition: then each request wakes it.
  });
});
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (isPageOfRun(event.request, url)) event.respondWith(answer(event.request, url));
});

/**
 * Nothing but the pages of runs: no other page, no download, no form that is sent. What a browser fetches ahead it sends
 * itself: sent by this worker it would look as if somebody wanted the step.
 * @param {Request} request @param {URL} url
 */
function isPageOfRun(request, url) {
  if (request.mode !== 'navigate' || request.method !== 'GET') return false;
  if (!url.pathname.startsWith(PATHS.runs) || !/^[\w-]+$/.test(url.pathname.slice(PATHS.runs.length))) return false;
  return !['Sec-Purpose', 'Purpose', 'X-Moz'].some((name) => request.headers.has(name));
}

/**
 * What this worker asks for: the same, but only a page of ours asks for steps. A link on another site shows the run, which
 * the server could not tell from a page of ours, because this worker is ours, too.
 * @param {Request} request @param {URL} url
 */
function asked(request, url) {
  if (!/^\d+$/.test(url.searchParams.get('seq') ?? '') || request.referrer.startsWith(`${url.origin}/`)) return request;
  return new Request(url.pathname, { headers: request.headers, redirect: 'manual' });
}

/** @param {Request} request @param {URL} url */
async function answer(request, url) {
  const tries = Number(/^\d{1,4}$/.exec(url.searchParams.get('try') ?? '')?.[0] ?? 0);
  const startedAt = performance.now();
  const patience = new AbortController();
  request.signal.addEventListener('abort', () => patience.abort());
  // More each time: on a slow line it is the line that needs long. A run that holds its answers is given any time.
  const ms = (await recall(url.pathname)) === 'held' ? null : SETTINGS.patienceMs * (tries + 1);
  const longestMs = Math.max(LONGEST_ANSWER_MS, SETTINGS.patienceMs);
  const timer = ms === null ? undefined : setTimeout(() => patience.abort('late'), Math.min(ms, longestMs));
  try {
    const response = await fetch(asked(request, url), { signal: patience.signal });
    if (isForTheBrowser(response)) return response;
    const body = await response.arrayBuffer();
    if (!response.headers.has('Tobiishi')) {
      const later = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
      return stillAway({ status: response.status, said: titleOf(response, body), ...(later > 0 && { later }) });
    }
    if (!isWhole(response, body)) return stillAway({ status: 0 });
    await note(url.pathname, response);
    return new Response(body, response);
  } catch {
    return stillAway({ status: patience.signal.reason === 'late' ? null : 0 });
  } finally {
    clearTimeout(timer);
  }

  function stillAway(/** @type {Omit<Seen, 'ms'>} */ seen) {
    return awayPage(url, tries, { ...seen, ms: Math.round(performance.now() - startedAt) });
  }
}

/** Redirects, a login of the host, a check that the visitor has to pass: the browser must get them as they are. */
function isForTheBrowser(/** @type {Response} */ response) {
  return response.type === 'opaqueredirect' || response.status === 401 || response.headers.has('cf-mitigated');
}

/** A host may end a page early and make it look whole. @param {Response} response @param {ArrayBuffer} body */
function isWhole(response, body) {
  if (!response.headers.get('Content-Type')?.startsWith('text/html')) return true;
  return new TextDecoder().decode(body.slice(-20)).trimEnd().endsWith('</html>');
}

/** @param {Response} response @param {ArrayBuffer} body */
function titleOf(response, body) {
  if (!response.headers.get('Content-Type')?.startsWith('text/html')) return '';
  return /<title[^>]*>\s*([^<]{1,80})/i.exec(new TextDecoder().decode(body.slice(0, 4096)))?.[1]?.trim() ?? '';
}

// What has to outlive this worker, which browsers end after half a minute of rest: the language of the last page, and
// the runs that hold their answers. Kept as small entries of a cache.

/** @type {Map<string, string | null>} */
const known = new Map();

/** @param {string} key */
async function recall(key) {
  let value = known.get(key);
  if (value === undefined) {
    const kept = await caches.match(key, { cacheName: PATHS.cache }).catch(() => undefined);
    value = kept ? await kept.text() : null;
    known.set(key, value);
  }
  return value;
}

/** @param {string} key @param {string | null} value */
async function remember(key, value) {
  if ((await recall(key)) === value) return;
  known.set(key, value);
  const cache = await caches.open(PATHS.cache);
  await (value === null ? cache.delete(key) : cache.put(key, new Response(value)));
}

/** @param {string} path @param {Response} response */
async function note(path, { headers }) {
  const held = headers.get('Tobiishi') === 'held' && /status=running/.test(headers.get('Tobiishi-Run') ?? '');
  try {
    await remember('language', headers.get('Content-Language'));
    await remember(path, held ? 'held' : null);
  } catch {
    // No room or no permission: the worker forgets sooner.
  }
}

/** @param {URL} url @param {number} tries @param {Seen} seen */
async function awayPage(url, tries, seen) {
  const wished = url.searchParams.get('lang');
  const kept = wished !== null && wished in SETTINGS.words ? wished : await recall('language');
  const language = kept ?? navigator.language.slice(0, 2);
  const words = /** @type {AwayWords} */ (SETTINGS.words[language] ?? SETTINGS.words.en);
  const growing = Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** Math.min(tries, 10));
  const wait = seen.later === undefined ? growing : Math.min(seen.later, LONGEST_LATER_S);
  const duration = durationText(language, Math.max(100, seen.ms));
  const broke = navigator.onLine ? words.sawBreak : words.sawOffline;
  const saw = seen.status === null ? words.sawNothing : seen.status === 0 ? broke : words.sawStatus;
  const seq = url.searchParams.get('seq');
  const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
  const html = `<!doctype html>
<html lang="${escapeHtml(words.language)}">
<head>
<meta charset="utf-8">
<title>${escapeHtml(words.title)} · ${escapeHtml(words.site)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style nonce="${nonce}">${SETTINGS.style}</style>
</head>
<body>
<header><button class="skip" id="stop-first">${escapeHtml(words.stop)}</button>
<a class="brand" href="${escapeHtml(PATHS.home)}">${SETTINGS.mark} ${escapeHtml(words.site)} <span lang="ja">飛び石</span></a>
<nav class="languages" aria-label="${escapeHtml(words.choose)}">${languageLinks(words, url, tries, seen)}</nav>
</header>
<div id="content">
<main class="narrow error away">
<p class="code">${seen.status || ''}</p>
<h1>${escapeHtml(words.title)}</h1>
<p class="lead"><span id="trying">${fill(words.again, { duration: '<b id="left"></b>' })}</span> <button class="link" id="stop">${escapeHtml(words.stop)}</button></p>
<p>${fill(saw, { duration, status: seen.status })}${seen.said ? ` <q>${escapeHtml(seen.said)}</q>` : ''}</p>
<p>${/^[1-9]\d*$/.test(seq ?? '') ? fill(words.safeAt, { seq }) : escapeHtml(words.safe)}</p>
<p class="actions">
<a class="button main" id="now" href="${escapeHtml(againAddress(url, tries, seen))}">${escapeHtml(words.now)}</a>
<a class="button" href="${escapeHtml(PATHS.home)}">${escapeHtml(words.home)}</a>
</p>
</main>
</div>
<script nonce="${nonce}">
(function(){
var durationText=${durationText};
var until=performance.now()+${wait * 1000},left=document.getElementById('left');
function ask(){clearInterval(timer);location.replace(document.getElementById('now').href)}
function tick(){var ms=until-performance.now();left.textContent=durationText(${script(words.language)},Math.max(0,Math.ceil(ms/1000))*1000);if(ms<=0)ask()}
var timer=setInterval(tick,250);tick();
addEventListener('online',ask);
var stops=document.querySelectorAll('#stop-first,#stop');
stops[0].onclick=stops[1].onclick=function(){
clearInterval(timer);removeEventListener('online',ask);
stops[0].remove();stops[1].remove();document.getElementById('trying').textContent=${script(words.stopped)};document.getElementById('now').focus();
};
})();
</script>
</body>
</html>`;
  return new Response(html, {
    status: 503,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Language': words.language,
      'Cache-Control': 'no-store',
      'Content-Security-Policy': `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    },
  });
}

/**
 * The same request, with what was seen for the server to learn from. That we lost patience ourselves is no news to it.
 * @param {URL} url @param {number} tries @param {Seen} seen
 */
function againAddress(url, tries, { status, ms }) {
  const query = new URLSearchParams();
  const seq = url.searchParams.get('seq');
  if (seq !== null) query.set('seq', seq);
  const lang = url.searchParams.get('lang');
  if (lang !== null) query.set('lang', lang);
  query.set('try', String(Math.min(tries + 1, 9999)));
  if (seq !== null && status !== null) {
    query.set('cut', String(status));
    query.set('after', String(ms));
  }
  return `${url.pathname}?${query}`;
}

/**
 * To the same request, which also tells the server of the choice once it is back.
 * @param {AwayWords} words @param {URL} url @param {number} tries @param {Seen} seen
 */
function languageLinks(words, url, tries, seen) {
  const links = Object.values(SETTINGS.words).map(({ language, name }) => {
    const there = new URL(url.href);
    there.searchParams.set('lang', language);
    const current = language === words.language ? ' aria-current="true"' : '';
    const address = escapeHtml(againAddress(there, tries, seen));
    return `<a href="${address}" lang="${language}" hreflang="${language}"${current}>${escapeHtml(name)}</a>`;
  });
  return links.join(' ');
}

/** As a text of a script in a page. */
function script(/** @type {string} */ text) {
  return JSON.stringify(text).replaceAll('<', '\\u003c');
}

function escapeHtml(/** @type {string} */ text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The text escaped, its `{{names}}` replaced by markup.
 * @param {string} text @param {Readonly<Record<string, string | number | null>>} values */
function fill(text, values) {
  return escapeHtml(text).replace(/{{(\w+)}}/g, (_, name) => String(values[name]));
}
