// Times are written by the server's clock: here they are told by the visitor's.
(() => {
  const language = document.documentElement.lang;
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'medium' });

  function tell() {
    for (const element of document.querySelectorAll('time[datetime*="T"]')) {
      const at = Date.parse(element.getAttribute('datetime') ?? '');
      // A duration is no time.
      if (Number.isNaN(at)) continue;
      const isToday = new Date(at).toDateString() === new Date().toDateString();
      const own = isToday && element.classList.contains('soon') ? time.format(at) : date.format(at);
      element.textContent = own;
    }
  }

  tell();
  for (const name of ['run', 'list']) document.addEventListener(name, tell);
})();
