// The tab's icon shows how far the run is: the stones that are laid, of three.
(() => {
  const icon = document.querySelector('link[rel="icon"]');
  if (!(icon instanceof HTMLLinkElement)) return;
  const STONES = [
    { cx: 10, cy: 24.5, rx: 6, ry: 3.7 },
    { cx: 21, cy: 16.5, rx: 5.2, ry: 3.2 },
    { cx: 12.5, cy: 9, rx: 4.4, ry: 2.7 },
  ];
  const COLOURS = { done: '#2f6437', failed: '#9a2e23', paused: '#735000', cancelled: '#5b6157', running: '#38603f' };
  const plain = icon.href;
  let shown = '';

  function draw() {
    const { status = '', seq = '0', total = '1' } = document.getElementById('run')?.dataset ?? {};
    if (!(status in COLOURS)) return;
    const colour = COLOURS[/** @type {keyof typeof COLOURS} */ (status)];
    const share = Number(seq) / Math.max(1, Number(total));
    const steps = Math.round(share * 12);
    const key = `${status} ${steps}`;
    if (key === shown || !icon) return;
    shown = key;
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 });
    const pen = canvas.getContext('2d');
    if (!pen) return void Object.assign(icon, { href: plain });
    pen.scale(2, 2);
    pen.fillStyle = '#e4e9dc';
    pen.roundRect(0, 0, 32, 32, 8);
    pen.fill();
    STONES.forEach(({ cx, cy, rx, ry }, index) => {
      pen.fillStyle = '#b9bdae';
      stone(pen, cx, cy, rx, ry, 1);
      pen.fillStyle = colour;
      stone(pen, cx, cy, rx, ry, Math.min(1, Math.max(0, share * STONES.length - index)));
    });
    Object.assign(icon, { type: 'image/png', href: canvas.toDataURL() });
  }

  /** @param {CanvasRenderingContext2D} pen @param {number} cx @param {number} cy @param {number} rx @param {number} ry @param {number} size */
  function stone(pen, cx, cy, rx, ry, size) {
    pen.beginPath();
    pen.ellipse(cx, cy, rx * size, ry * size, 0, 0, 2 * Math.PI);
    pen.fill();
  }

  draw();
  document.addEventListener('run', draw);
})();
