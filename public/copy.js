// The address of a shared run: selected when it is reached, copied by a press.
(() => {
  const COPIED_MS = 2000;
  const field = /** @type {HTMLInputElement} */ (document.getElementById('address'));
  const { copy = '', copied = '' } = field.dataset;
  field.addEventListener('focus', () => field.select());
  if (!navigator.clipboard) return;
  const button = Object.assign(document.createElement('button'), {
    type: 'button',
    className: 'main',
    textContent: copy,
  });
  field.after(button);
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = copied;
    setTimeout(() => Object.assign(button, { textContent: copy }), COPIED_MS);
  });
})();
