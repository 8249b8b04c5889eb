// Somebody points at a page that stands in a frame: what is pointed at goes to the server, which answers with the table
// that has it. Nothing runs in the frame, and this script listens to nothing in it either, as some browsers call no
// listener there: the frame is as tall as its page, and a cover over it takes pointer and keys.
(() => {
  const TALLEST = 60_000;
  const WIDEST = 3000;
  const LONGEST_LABEL = 60;
  /** Taller frames draw what is as tall as the window taller still. */
  const FIRST_HEIGHT = '900px';

  /**
   * @typedef {object} Pick
   * @property {string} field what it shall fill in
   * @property {string} element its number
   * @property {string} label
   */

  /** @param {string} id @returns {HTMLElement} */
  function byId(id) {
    const element = document.getElementById(id);
    if (!element) throw new Error(`the page has no #${id}`);
    return element;
  }

  const texts = byId('pointing').dataset;
  /** @type {Readonly<Record<string, string>>} */
  const kinds = JSON.parse(texts['kinds'] ?? '{}');
  const frame = /** @type {HTMLIFrameElement} */ (byId('frame'));
  const form = /** @type {HTMLFormElement} */ (byId('ask'));
  const [around, cover, answer, list, said] = ['window', 'cover', 'answer', 'picks', 'pointed-at'].map(byId);
  if (!around || !cover || !answer || !list || !said) return;

  /** @type {Pick[]} */
  let picks = [];
  /** @type {Element | null} */
  let pointed = null;
  /** @type {Map<string, Element>} */
  const byNumber = new Map();
  let asking = new AbortController();

  const numberOf = (/** @type {Element} */ element) => element.getAttribute('data-tobiishi') ?? '';

  /** Says of an element of the frame what it is now: its styles have names for that. */
  function mark(/** @type {Element} */ element, /** @type {string} */ what, /** @type {boolean} */ is) {
    const marks = new Set((element.getAttribute('data-tobiishi-is') ?? '').split(' ').filter((each) => each !== ''));
    if (is) marks.add(what);
    else marks.delete(what);
    element.setAttribute('data-tobiishi-is', [...marks].join(' '));
  }

  function unmark(/** @type {string} */ what) {
    for (const element of byNumber.values()) if (element.hasAttribute('data-tobiishi-is')) mark(element, what, false);
  }

  /** The whole page at its own size: what scrolls is around it. */
  function fit() {
    const page = frame.contentDocument;
    if (!page?.body || !around) return;
    frame.style.width = '100%';
    frame.style.height = FIRST_HEIGHT;
    const { documentElement: root, body } = page;
    frame.style.width = `${Math.min(WIDEST, Math.max(around.clientWidth, root.scrollWidth))}px`;
    frame.style.height = `${Math.min(TALLEST, Math.max(root.scrollHeight, body.scrollHeight))}px`;
  }

  function begin() {
    const elements = frame.contentDocument?.querySelectorAll('[data-tobiishi]') ?? [];
    for (const element of elements) byNumber.set(numberOf(element), element);
    if (byNumber.size === 0) return say(texts['gone'] ?? '');
    fit();
    new ResizeObserver(fit).observe(/** @type {Element} */ (around));
  }

  function say(/** @type {string} */ text) {
    const line = Object.assign(document.createElement('p'), { className: 'hint', textContent: text });
    answer?.replaceChildren(line);
  }

  const shortened = (/** @type {string} */ text) =>
    text.length > LONGEST_LABEL ? `${text.slice(0, LONGEST_LABEL)}…` : text;

  function labelOf(/** @type {Element} */ element) {
    const text = shortened((element.textContent ?? '').replace(/\s+/g, ' ').trim());
    const kind = kinds[kindOf(element)] ?? '';
    return text === '' ? kind : `${kind}: ${text}`;
  }

  function kindOf(/** @type {Element} */ element) {
    if (element.hasAttribute('data-tobiishi-picture')) return 'picture';
    if (element.closest('a')) return 'link';
    if (/^h[1-6]$/i.test(element.localName)) return 'heading';
    if (/^t[dh]$/i.test(element.localName)) return 'cell';
    return /^(?:tr|li|article)$/i.test(element.localName) ? 'row' : 'text';
  }

  function pointAt(/** @type {Element | null} */ element) {
    if (element === pointed || !said) return;
    if (pointed) mark(pointed, 'pointed', false);
    pointed = element;
    if (element) mark(element, 'pointed', true);
    said.textContent = element ? labelOf(element) : '';
  }

  /** @param {MouseEvent} event @returns {Element | null} */
  function elementAt({ clientX, clientY }) {
    const { left, top } = frame.getBoundingClientRect();
    const found = frame.contentDocument?.elementFromPoint(clientX - left, clientY - top);
    return found?.closest('[data-tobiishi]') ?? null;
  }

  function take() {
    if (!pointed) return;
    const mode = /** @type {HTMLInputElement | null} */ (document.querySelector('#modes input:checked'));
    const [field, element] = [mode?.value ?? '', numberOf(pointed)];
    const isSeveral = mode?.dataset['several'] !== undefined;
    const isTaken = picks.some((pick) => pick.field === field && pick.element === element);
    picks = picks.filter((pick) => pick.field !== field || (isSeveral && pick.element !== element));
    if (!isTaken) picks.push({ field, element, label: labelOf(pointed) });
    changed();
  }

  /** What was taken is listed and marked, and the server asked what table it makes. */
  function changed() {
    unmark('picked');
    for (const { element } of picks) {
      const found = byNumber.get(element);
      if (found) mark(found, 'picked', true);
    }
    list?.replaceChildren(...picks.map(lineOf));
    ask();
  }

  function lineOf(/** @type {Pick} */ pick) {
    const mode = document.querySelector(`#modes input[value="${CSS.escape(pick.field)}"]`);
    const button = Object.assign(document.createElement('button'), { type: 'button', textContent: '×' });
    button.setAttribute('aria-label', `${texts['remove']} ${pick.label}`);
    button.addEventListener('click', () => {
      picks = picks.filter((each) => each !== pick);
      changed();
      cover?.focus();
    });
    const line = document.createElement('li');
    line.append(`${mode?.parentElement?.textContent?.trim()}: ${pick.label} `, button);
    return line;
  }

  async function ask() {
    asking.abort();
    if (picks.length === 0) {
      unmark('taken');
      return say(texts['nothing'] ?? '');
    }
    const mine = new AbortController();
    asking = mine;
    answer?.setAttribute('aria-busy', 'true');
    if (!answer?.querySelector('form')) say(texts['looking'] ?? '');
    const body = new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)]));
    for (const { field, element } of picks) body.append('_pick', `${field}:${element}`);
    try {
      const response = await fetch(form.action, { method: 'POST', body, signal: mine.signal });
      show(new DOMParser().parseFromString(await response.text(), 'text/html'));
    } catch {
      if (!mine.signal.aborted) say(texts['failed'] ?? '');
    }
    if (asking === mine) answer?.removeAttribute('aria-busy');
  }

  /** Of the page that a form without a script would have got: what was found, and the table. */
  function show(/** @type {Document} */ page) {
    const findings = page.querySelector('.found > ul');
    const tables = [...page.querySelectorAll('form.proposal')];
    if (!findings) return say(page.querySelector('.notice')?.textContent?.trim() || (texts['failed'] ?? ''));
    const [table] = tables;
    if (table) keepEdits(table);
    answer?.replaceChildren(...(findings.childElementCount > 0 ? [findings] : []), ...tables);
    unmark('taken');
    const numbers = table instanceof HTMLElement ? (table.dataset['taken'] ?? '') : '';
    for (const number of numbers.split(' ')) {
      const element = byNumber.get(number);
      if (element) mark(element, 'taken', true);
    }
  }

  /** Names and ticks that somebody has changed in the table before stay as they are. */
  function keepEdits(/** @type {Element} */ table) {
    for (const row of answer?.querySelectorAll('form.proposal tbody tr') ?? []) {
      const [tick, name] = row.querySelectorAll('input');
      const end = row.querySelector('select');
      const same = [...table.querySelectorAll('tbody tr')].find(
        (each) => each.querySelector('input')?.value === tick?.value,
      );
      const [newTick, newName] = same?.querySelectorAll('input') ?? [];
      if (!tick || !name || !newTick || !newName) continue;
      if (newTick.defaultChecked === tick.defaultChecked) newTick.checked = tick.checked;
      if (name.value !== name.defaultValue) newName.value = name.value;
      const newEnd = same?.querySelector('select');
      if (end && newEnd) newEnd.value = end.value;
    }
  }

  /** The next one in a direction: out, in, or to a side. */
  function neighbour(/** @type {string} */ key) {
    const start = frame.contentDocument?.body.querySelector('[data-tobiishi]') ?? null;
    const from = pointed;
    if (!from) return start;
    switch (key) {
      case 'ArrowUp': {
        const parent = from.parentElement?.closest('[data-tobiishi]');
        return parent && parent.localName !== 'html' ? parent : from;
      }
      case 'ArrowDown':
        return [...from.children].find((child) => child.matches('[data-tobiishi]')) ?? from;
      case 'ArrowLeft':
        return sibling(from, 'previousElementSibling');
      default:
        return sibling(from, 'nextElementSibling');
    }
  }

  function sibling(/** @type {Element} */ from, /** @type {'previousElementSibling' | 'nextElementSibling'} */ side) {
    let at = from[side];
    while (at && !at.matches('[data-tobiishi]')) at = at[side];
    return at ?? from;
  }

  function move(/** @type {string} */ key) {
    pointAt(neighbour(key));
    if (!pointed || !around) return;
    const { left, top, height } = pointed.getBoundingClientRect();
    const isInView = top >= around.scrollTop && top + Math.min(height, 50) <= around.scrollTop + around.clientHeight;
    if (!isInView) around.scrollTo(Math.max(0, left - 20), Math.max(0, top - around.clientHeight / 3));
  }

  cover.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'mouse') pointAt(elementAt(event));
  });
  cover.addEventListener('click', (event) => {
    pointAt(elementAt(event));
    take();
  });
  cover.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key.startsWith('Arrow')) move(event.key);
    else if (event.key === 'Enter' || event.key === ' ') take();
    else return;
    event.preventDefault();
  });
  byId('larger').addEventListener('click', () => move('ArrowUp'));
  byId('smaller').addEventListener('click', () => move('ArrowDown'));
  byId('take').addEventListener('click', take);
  if (frame.contentDocument?.readyState === 'complete' && frame.contentDocument.querySelector('[data-tobiishi]'))
    begin();
  else frame.addEventListener('load', begin, { once: true });
})();
