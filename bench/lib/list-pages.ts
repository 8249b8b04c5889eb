const AROUND = {
  before:
    '<!doctype html><html lang="en"><head><title>A list</title></head><body><header><nav><ul>' +
    Array.from({ length: 30 }, (_, i) => `<li><a href="/topic/${i}">Topic ${i}</a></li>`).join('') +
    '</ul></nav></header><main>',
  after:
    '<nav class="pages"><a href="?page=1">1</a><a rel="next" href="?page=2">Next</a></nav></main><footer><p>Some words.</p></footer></body></html>',
};

/** Pages with a list of about 400 KB, as shops and offices have them. */
export const PAGES = { cards: cards(620), rows: rows(2400) } as const;
export type PageName = keyof typeof PAGES;

function cards(count: number): string {
  const all = Array.from({ length: count }, (_, i) => {
    const price = ((i * 7919) % 100_000) / 100;
    return `<article class="card product" data-id="${i}">
<div class="picture"><a href="/product/${i}"><img src="/pictures/${i}.jpg" alt="Product ${i}" loading="lazy"></a></div>
<div class="text"><h3 class="title"><a href="/product/${i}" title="Product ${i}">Product ${i}, a thing of some use</a></h3>
<p class="rating" aria-label="${i % 5} of 5"><i class="star"></i><i class="star"></i><i class="star"></i></p>
<p class="price"><span class="currency">£</span>${price.toFixed(2)}</p>
<p class="stock">${i % 3 === 0 ? 'In stock' : 'Two weeks'}</p>
<form method="post" action="/basket"><input type="hidden" name="id" value="${i}"><button>Add to the basket</button></form></div>
</article>`;
  });
  return `${AROUND.before}<div class="grid">${all.join('\n')}</div>${AROUND.after}`;
}

function rows(count: number): string {
  const all = Array.from({ length: count }, (_, i) => {
    return `<tr><td>${i + 1}</td><td><a href="/member/${i}">Member number ${i}</a></td><td>Town ${i % 90}</td><td>${1950 + (i % 60)}-0${1 + (i % 9)}-1${i % 9}</td><td class="number">${(i * 31) % 5000}</td></tr>`;
  });
  const head = '<tr><th>Number</th><th>Name</th><th>Town</th><th>Since</th><th>Points</th></tr>';
  return `${AROUND.before}<table><thead>${head}</thead><tbody>${all.join('\n')}</tbody></table>${AROUND.after}`;
}
