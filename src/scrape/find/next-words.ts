/** How links to the next page are called, in the languages of the web: whole texts, marks and white space taken off. */
export const NEXT_TEXTS = new Set(
  [
    'next, next page, next posts, next results, next set, go to next page, older, older posts, older entries, older articles, previous posts, more, more results, load more, show more, view more, see more, page suivante, continue, forward, next 10, next 20, next 25, next 50, next 100, following',
    '次, 次へ, 次ページ, 次のページ, 次のページへ, 次ページへ, 次頁, 次の頁, つぎへ, つぎのページ, 次を表示, もっと見る, もっとみる, もっと読む, さらに表示, さらに読み込む, 続きを見る, 次の一覧, 次の10件, 次の20件, 次の30件, 次の50件, 次の100件, 過去の記事, 前の記事へ',
    '下一页, 下页, 下一頁, 下頁, 后页, 後頁, 下一个, 查看更多, 加载更多, 更多, 다음, 다음페이지, 다음 페이지, 더보기, 더 보기',
    'weiter, nächste, nächste seite, naechste, naechste seite, vor, vorwärts, mehr, mehr anzeigen, ältere beiträge, volgende, volgende pagina, verder, meer, toon meer, næste, næste side, neste, neste side, nästa, nästa sida, seuraava, seuraava sivu',
    'suivant, suivante, suivants, page suivante, plus, voir plus, afficher plus, articles plus anciens, siguiente, siguientes, página siguiente, pagina siguiente, próximo, próxima, proximo, proxima, próxima página, proxima pagina, seguinte, página seguinte, ver más, más, mais, ver mais, carregar mais, següent, successivo, successiva, prossima, pagina successiva, prossima pagina, avanti, pagina seguente, seguente, altri, mostra altri, următoarea, urmatoarea, următor, inainte, înainte',
    'далее, дальше, следующая, следующая страница, следующие, след, вперед, вперёд, показать еще, показать ещё, ещё, еще, наступна, далі, следваща, следващи, напред',
    'další, dalsi, další strana, další stránka, następna, nastepna, następna strona, dalej, naprzód, więcej, ďalšia, ďalší, következő, kovetkezo, tovább, naslednja, sljedeća, sljedeca, sledeća, sledeca, järgmine, nākamā, toliau, kitas, επόμενη, επόμενο, sonraki, sonraki sayfa, ileri, הבא, הבאה, التالي, التالية, بعدی, tiếp, trang sau, tiếp theo, trang tiếp, berikutnya, selanjutnya, seterusnya, ถัดไป, หน้าถัดไป, अगला, अगला पृष्ठ, পরবর্তী',
  ]
    .join(', ')
    .split(', '),
);

/** What may stand beside such a word, and leaves it what it is. */
export const PAGE_WORDS = new Set(
  'page pages results items entries to the go pág pag pagina página seite zur ergebnisse la le l a à de résultats resultados risultati alla strona strany stránka strana stránku sida side sivu sayfa стр страница страницу halaman trang'.split(
    ' ',
  ),
);

/** Texts of links that go the other way, or to the end. */
export const PREVIOUS_TEXTS =
  /^(?:prev|previous|previous page|back|newer|newer posts|first|last|前|前へ|前のページ|前ページ|戻る|最初|最後|先頭|末尾|最後のページ|上一页|上页|首页|末页|尾页|이전|처음|마지막|zurück|vorherige|letzte|erste|précédent|précédente|dernière|première|anterior|último|última|primera|precedente|ultima|prima|vorige|laatste|eerste|назад|предыдущая|последняя|первая|předchozí|poprzednia|wstecz|ostatnia)$/;

/** Marks that stand alone for "next". */
export const NEXT_MARKS = new Set([
  '>',
  '>>',
  '›',
  '»',
  '→',
  '⇒',
  '▶',
  '►',
  '▷',
  '≫',
  '＞',
  '＞＞',
  '⟩',
  '❯',
  '⇨',
  '➡',
  '⟶',
  '➜',
  '↓',
]);
