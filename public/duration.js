/**
 * Shared by pages and the service worker: milliseconds as "0.4 sec", "2 min 5 sec", as `Words.seconds` has them.
 * @param {string} language
 * @param {number} ms
 */
// biome-ignore lint/correctness/noUnusedVariables: other scripts use it.
function durationText(language, ms) {
  const seconds = ms < 60_000 ? Math.round(ms / 100) / 10 : Math.round(ms / 1000);
  const parts = { minute: Math.floor(seconds / 60), second: seconds % 60 };
  return Object.entries(parts)
    .filter(([unit, count]) => count > 0 || (unit === 'second' && seconds < 60))
    .map(([unit, count]) => {
      const text = new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(count);
      return language === 'ja' ? text.replace(' ', '') : text;
    })
    .join(language === 'ja' ? '' : ' ');
}
