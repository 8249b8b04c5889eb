// The table of a run that has ended: searched, sorted and copied in the page, all of its rows and not only those that the
// page came with; and the download that was used last is the first to be offered.
(() => {
  /** Of more rows the files are downloaded. */
  const MOST_ROWS = 5000;
  const MOST_SHOWN = 200;
  const MOST_COLUMNS = 10;
  const LONGEST_TEXT = 300;
  const ADDRESS_TAIL = 18;
  const COPIED_MS = 2000;

  /** @typedef {Readonly<Record<string, unknown>>} Row */
  /** @typedef {{ number: number, row: Row }} NumberedRow */

  const language = document.documentElement.lang;
  const collator = new Intl.Collator(language, { numeric: true });

  /** @param {unknown} value */
  function textOf(value) {
    if (value === undefined || value === null) return '';
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }

  /** The number in "¥1,200" or "12.5 kg"; NaN when there is none, or more than one. @param {string} text */
  function numberIn(text) {
    const [, digits = ''] = /^[^\d-]*(-?\d[\d,]*(?:\.\d+)?)[^\d]*$/.exec(text) ?? [];
    return digits === '' ? Number.NaN : Number(digits.replaceAll(',', ''));
  }

  /** @param {string} a @param {string} b */
  function compare(a, b) {
    const [x, y] = [numberIn(a), numberIn(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? collator.compare(a, b) : x - y;
  }

  function offerTheLastFormat() {
    const downloads = document.getElementById('downloads');
    if (!downloads) return;
    const last = recall();
    const link = downloads.querySelector(`a[data-format="${last}"]`);
    if (!link || link.classList.contains('main')) return;
    for (const each of downloads.querySelectorAll('a.main')) each.classList.remove('button', 'main');
    link.classList.add('button', 'main');
    downloads.prepend(link);
  }

  function recall() {
    try {
      return /^\w+$/.exec(localStorage.getItem('format') ?? '')?.[0] ?? 'csv';
    } catch {
      return 'csv';
    }
  }

  document.addEventListener('click', ({ target }) => {
    const format = target instanceof Element ? target.closest('a')?.dataset.format : undefined;
    if (format === undefined) return;
    try {
      localStorage.setItem('format', format);
    } catch {
      // Storage is refused or full: CSV is offered first.
    }
  });

  /** Makes the table one that can be searched, sorted and copied. */
  function serve(/** @type {HTMLElement} */ section) {
    const { rows: address = '', texts: told = '{}' } = section.dataset;
    const texts = JSON.parse(told);
    const table = section.querySelector('table');
    const head = section.querySelector('.head');
    if (!table || !head) return;
    /** @type {Promise<NumberedRow[]> | null} */
    let loading = null;
    let sorted = { column: '', isDown: false };

    function all() {
      loading ??= fetch(address)
        .then((response) => response.json())
        .then((/** @type {Row[]} */ rows) => rows.map((row, index) => ({ number: index + 1, row })));
      return loading;
    }

    const search = Object.assign(document.createElement('input'), { type: 'search', placeholder: texts.search });
    search.setAttribute('aria-label', texts.search);
    search.className = 'find';
    const found = Object.assign(document.createElement('p'), { className: 'hint', id: 'found' });
    found.setAttribute('role', 'status');
    head.append(search);
    search.addEventListener('input', draw);

    for (const cell of table.querySelectorAll('thead th')) {
      const column = cell.textContent ?? '';
      const button = Object.assign(document.createElement('button'), { type: 'button', textContent: column });
      cell.replaceChildren(button);
      button.addEventListener('click', () => {
        sorted = { column, isDown: sorted.column === column && !sorted.isDown };
        for (const other of table.querySelectorAll('thead th')) other.removeAttribute('aria-sort');
        cell.setAttribute('aria-sort', sorted.isDown ? 'descending' : 'ascending');
        draw();
      });
    }

    async function draw() {
      const rows = await all();
      const columns = columnsOf(rows);
      const words = search.value.toLowerCase().split(/\s+/);
      const matching = rows.filter(({ row }) => {
        const written = Object.values(row).map(textOf).join('\n').toLowerCase();
        return words.every((word) => written.includes(word));
      });
      const { column, isDown } = sorted;
      if (column !== '') {
        const keyOf = (/** @type {NumberedRow} */ { number, row }) =>
          column === '#' ? `${number}` : textOf(row[column]);
        matching.sort((a, b) => compare(keyOf(a), keyOf(b)) * (isDown ? -1 : 1));
      }
      const shown = matching.slice(0, MOST_SHOWN);
      const text = shown.length < matching.length ? texts.first : texts.found;
      found.textContent = fill(text, shown.length < matching.length ? shown.length : matching.length, rows.length);
      document.getElementById('which')?.remove();
      head?.after(found);
      table?.tBodies[0]?.replaceChildren(...shown.map((row) => rowElement(row, columns)));
    }

    if (!navigator.clipboard || typeof ClipboardItem === 'undefined') return;
    const copy = Object.assign(document.createElement('button'), { type: 'button', textContent: texts.copy });
    document.getElementById('downloads')?.append(copy);
    copy.addEventListener('click', async () => {
      const rows = await all();
      await navigator.clipboard.write([
        new ClipboardItem(
          asTable(
            rows.map(({ row }) => row),
            columnsOf(rows, Infinity),
          ),
        ),
      ]);
      copy.textContent = texts.copied;
      setTimeout(() => Object.assign(copy, { textContent: texts.copy }), COPIED_MS);
    });
  }

  /** @param {string} text @param {number} count @param {number} total */
  function fill(text, count, total) {
    const values = /** @type {Record<string, number>} */ ({ count, total });
    return text.replace(/{{(\w+)}}/g, (_, name) => (values[name] ?? 0).toLocaleString(language));
  }

  /** @param {readonly NumberedRow[]} rows */
  function columnsOf(rows, most = MOST_COLUMNS) {
    return [...new Set(rows.flatMap(({ row }) => Object.keys(row)))].slice(0, most);
  }

  /** @param {NumberedRow} row @param {readonly string[]} columns */
  function rowElement({ number, row }, columns) {
    const element = document.createElement('tr');
    const head = Object.assign(document.createElement('th'), {
      scope: 'row',
      textContent: number.toLocaleString(language),
    });
    element.append(head, ...columns.map((column) => cellElement(textOf(row[column]))));
    return element;
  }

  /** @param {string} address */
  function addressTail(address) {
    const shown = address.replace(/^https?:\/\/(www\.)?/, '').replace(/\/$/, '');
    if (shown.length <= ADDRESS_TAIL) return shown;
    const tail = shown.slice(-ADDRESS_TAIL);
    return `…${tail.slice(Math.max(0, tail.indexOf('/')))}`;
  }

  /** As the server makes it: the address of a web page is a link. @param {string} text */
  function cellElement(text) {
    const cell = document.createElement('td');
    if (!/^https?:\/\/\S+$/.test(text))
      cell.textContent = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
    else cell.append(Object.assign(document.createElement('a'), { href: text, textContent: addressTail(text) }));
    return cell;
  }

  /** For spreadsheets, and for what takes text alone. @param {readonly Row[]} rows @param {readonly string[]} columns */
  function asTable(rows, columns) {
    const lines = [columns, ...rows.map((row) => columns.map((column) => textOf(row[column])))];
    const plain = lines.map((cells) => cells.map((cell) => cell.replace(/[\t\r\n]+/g, ' ')).join('\t')).join('\n');
    const table = document.createElement('table');
    for (const cells of lines) {
      const row = table.insertRow();
      for (const text of cells) row.insertCell().textContent = text;
    }
    return {
      'text/plain': new Blob([plain], { type: 'text/plain' }),
      'text/html': new Blob([table.outerHTML], { type: 'text/html' }),
    };
  }

  function setUp() {
    offerTheLastFormat();
    const section = document.getElementById('table');
    if (!section?.dataset.rows || section.dataset.isServed || Number(section.dataset.count) > MOST_ROWS) return;
    section.dataset.isServed = 'yes';
    serve(section);
  }
  setUp();
  document.addEventListener('run', setUp);
})();
