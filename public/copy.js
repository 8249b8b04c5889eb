// What is made to be taken away, such as the address of a shared run: selected when it is reached, copied by a press.
(() => {
  const COPIED_MS = 2000;
  for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('.address[data-copy]'))) {
    const { copy = '', copied = '' } = field.dataset;
    field.addEventListener('focus', () => field.select());
    if (!navigator.clipboard) continue;
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
  }
})();
