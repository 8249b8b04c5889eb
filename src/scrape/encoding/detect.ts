import { detectLatin } from './detect-latin.js';
import { textIn } from './text-in.js';

/**
 * Tells in which encoding bytes without a declaration were written, by how common the letters are that each would make
 * of them. Browsers do the same with larger tables.
 */

/** A language's letters that make up more than half of any text, and the encodings it was written in. */
interface Language {
  readonly encodings: readonly string[];
  readonly common: ReadonlySet<string>;
}

const KANJI =
  '日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減台広容必応演電歳住争談能無再位置企真流格有疑口過局少放税検藤町常校料沢裁状工建語球営空職証土与急止送援供可役構木割聞身費付施切由説転食比難防補車優夫研収断井何南石足違消境神番規術護展態導備宅害配副算視条独警宮究育席訪楽起万着乗店残想線率病農州声質念待試族象域助労例然早張映限親額商葉義伝働形景落担好退準賞辺造英株頭技低毎医復仕去味負渡失移差個門写評課末守若種美影命含福量望松非観察整段型白深字答夜製票音様港識注呼達園庭宿';
const SIMPLIFIED =
  '的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运网站首页价优惠欢迎客户服联版请您元店购';
const TRADITIONAL =
  '的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運網站首頁價優惠歡迎客戶服聯版請您元店購園';
const HANGUL =
  '이다는에의가을하고지로기한사어도인아서리자나를은시대들수있그해일정부여만것원전보라제상면주장스과동공위구신성적경관유비우조안미무국내마선오발용개문화세방물모중간소노회계진실당강연출입분생학러드트치거바반재행후력금민체차양속산합영단업결품더예야말같때또된점배각번없까년월건본음타달려였작저심파터페르등히통외형었습니며님요네석명글';

const letters = (text: string): ReadonlySet<string> => new Set(text);
const range = (from: number, to: number) =>
  String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, i) => from + i));
const KANA = range(0x3041, 0x3096) + range(0x30a1, 0x30fc);

const LANGUAGES: readonly Language[] = [
  { encodings: ['shift_jis', 'euc-jp'], common: letters(KANJI + KANA) },
  { encodings: ['gb18030'], common: letters(SIMPLIFIED) },
  { encodings: ['euc-kr'], common: letters(HANGUL) },
  { encodings: ['big5'], common: letters(TRADITIONAL) },
];

/** So many of the letters must be common ones, and at least so many of them. */
const LEAST_SHARE = 0.35;
const LEAST_LETTERS = 2;
const LONGEST_WORD = 20;
const DETECTED_BYTES = 256 * 1024;

/** Of bytes that are not valid UTF-8 as a whole: a name of the encoding standard; null when nothing is plain. */
export function detectEncoding(bytes: Uint8Array): string | null {
  // With what the word begins with that the first such letter is in.
  const start = Math.max(0, bytes.findIndex((byte) => byte >= 0x80) - LONGEST_WORD);
  const sample = bytes.subarray(start, start + DETECTED_BYTES);
  // One stray byte in a page of UTF-8 is common, and UTF-8 may pass for others.
  if (isMostlyUtf8(sample)) return 'utf-8';
  let best: { encoding: string; share: number } | null = null;
  for (const { encodings, common } of LANGUAGES) {
    for (const encoding of encodings) {
      const share = shareOfCommon(new TextDecoder(encoding).decode(sample), common);
      if (share >= LEAST_SHARE && share > (best?.share ?? 0)) best = { encoding, share };
    }
  }
  // Decoders of both are one, and this is the name that pages would have used.
  const found = best?.encoding === 'gb18030' ? 'gbk' : best?.encoding;
  return found ?? detectAlphabet(sample) ?? detectLatin((encoding) => textIn(encoding, sample));
}

function isMostlyUtf8(sample: Uint8Array): boolean {
  const text = new TextDecoder().decode(sample);
  const good = text.match(/[\u0080-\ufffc]/g)?.length ?? 0;
  const broken = text.match(/\ufffd/g)?.length ?? 0;
  return good > 20 * broken;
}

/** Letters beyond ASCII that are common, less what is broken, of all; 0 when there are too few to tell. */
function shareOfCommon(text: string, common: ReadonlySet<string>): number {
  let all = 0;
  let good = 0;
  let broken = 0;
  for (const character of text) {
    if (character < '\x80' || /[\u2000-\u206f\u3000-\u303f\uff01-\uff20]/.test(character)) continue;
    all += 1;
    if (common.has(character)) good += 1;
    else if (character === '\ufffd') broken += 1;
  }
  return good < LEAST_LETTERS ? 0 : (good - broken) / all;
}

/** An alphabet beside ASCII: its letters, what a word of it looks like, and the letters that make up most of any text. */
interface Alphabet {
  readonly encodings: readonly string[];
  /** ASCII letters included: no word of these has any. */
  readonly run: RegExp;
  readonly word: RegExp;
  readonly common: ReadonlySet<string>;
}

/** Small letters but for the first tell encodings of one alphabet apart. `end`: what stands at the end of words alone. */
function alphabet(encodings: readonly string[], capital: string, small: string, common: string, end = ''): Alphabet {
  const run = new RegExp(`[A-Za-z${capital}${small}${end}]{2,}`, 'g');
  const word = new RegExp(`^[${capital}]?[${small}]{2,}${end && `${end}?`}$`);
  return { encodings, run, word, common: letters(common) };
}

const ALPHABETS: readonly Alphabet[] = [
  alphabet(['windows-1251', 'koi8-r', 'koi8-u', 'iso-8859-5', 'ibm866'], 'Ё-ЯҐ', 'а-џґ', 'оеаинтсрвлкмдпуяіїє'),
  alphabet(['windows-1253'], 'Α-ΩΆΈ-Ώ', 'α-ρσ-ωά-ώ', 'αοιετνσςρηπκμλόίέάυ', 'ς'),
  alphabet(['windows-1255'], 'א', 'א-ת', 'יוהלארתבמשנםע'),
  alphabet(['windows-1256', 'iso-8859-6'], 'ا', 'ء-ي', 'اليمنوترةبعدسفهكحق'),
  alphabet(['windows-874'], 'ก', 'ก-๎', 'านรอกเงมยลวดทตสะปีคบไ่้ัิ็'),
];
const LEAST_OF_ALPHABET = 0.5;
/** What a letter in a word is worth that is none of the common ones. */
const OF_OTHER = 0.5;

function detectAlphabet(sample: Uint8Array): string | null {
  let best = { encoding: null as string | null, share: LEAST_OF_ALPHABET };
  for (const { encodings, run, word, common } of ALPHABETS) {
    for (const encoding of encodings) {
      const text = textIn(encoding, sample);
      const all = text.match(/[\u0080-\uffff]/g)?.length ?? 0;
      const words = text.match(run)?.filter((each) => word.test(each)) ?? [];
      let found = 0;
      for (const letter of words.join('')) found += common.has(letter) ? 1 : OF_OTHER;
      if (found / all > best.share) best = { encoding, share: found / all };
    }
  }
  return best.encoding;
}
