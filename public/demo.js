// The demonstration on the home page: starts a real run of the job that waits, and shows here what its pages show. The
// form of the job and the form for the next step are sent as anywhere else; only the looks of the pages are left out.
(() => {
  const start = /** @type {HTMLAnchorElement} */ (document.getElementById('demo-start'));
  const count = /** @type {HTMLElement} */ (document.getElementById('demo-count'));
  const says = /** @type {HTMLElement} */ (document.getElementById('demo-says'));
  const { step = '', done = '', open = '' } = says.dataset;
  let isUnderWay = false;
  let runAddress = '';

  start.addEventListener('click', (event) => {
    event.preventDefault();
    if (isUnderWay) return;
    isUnderWay = true;
    start.hidden = true;
    // Whatever is not as it should be here, the pages themselves say.
    run().catch(() => location.assign(runAddress || start.href));
  });

  async function run() {
    let page = await send(await pageAt(start.href), 'job');
    for (;;) {
      const run = page.querySelector('main#run');
      if (!(run instanceof HTMLElement)) throw new Error('no run was started');
      count.replaceChildren(...(run.querySelector('.count')?.childNodes ?? []));
      if (run.dataset.status !== 'running') return end();
      says.textContent = step.replace('{{next}}', String(Number(run.dataset.seq) + 1));
      page = await send(page, 'next');
    }
  }

  function end() {
    const link = Object.assign(document.createElement('a'), { href: runAddress, textContent: open });
    says.replaceChildren(done, ' ', link);
    start.hidden = false;
    isUnderWay = false;
  }

  /** @param {string} url @param {RequestInit} [how] */
  async function pageAt(url, how) {
    const response = await fetch(url, how);
    if (!response.headers.has('Tobiishi') || !response.ok) throw new Error(`answered with ${response.status}`);
    return new DOMParser().parseFromString(await response.text(), 'text/html');
  }

  /** Sends the page's form as its button would. @param {Document} page @param {string} id */
  function send(page, id) {
    const form = page.getElementById(id);
    if (!(form instanceof HTMLFormElement)) throw new Error(`the page has no form ${id}`);
    const fields = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    const action = form.getAttribute('action') ?? '';
    if (form.method === 'post') return pageAt(action, { method: 'POST', body: fields });
    runAddress = action;
    return pageAt(`${action}?${fields}`);
  }
})();
