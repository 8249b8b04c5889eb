/** What every scraper reads from a page: five columns. */
export const COLUMNS = [
  { name: 'title', selector: 'h1', attribute: null },
  { name: 'text', selector: 'p', attribute: null },
  { name: 'section', selector: 'h2', attribute: null },
  { name: 'next', selector: 'link[rel="next"]', attribute: 'href' },
  { name: 'link', selector: 'a.headerlink', attribute: 'href' },
] as const;
