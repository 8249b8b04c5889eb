/** Zeros of the scripts that web pages write numbers in, each followed by its other nine digits. */
const ZEROS = [
  0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0x1040, 0x17e0,
];

/** With ASCII's digits and signs in place of full-width ones and of those of other scripts. */
export function withPlainDigits(text: string): string {
  const normal = text.normalize('NFKC').replace(/[\u2010-\u2015\u2212]/g, '-');
  return normal.replace(/[\u0660-\u17e9]/g, (sign) => {
    const code = sign.charCodeAt(0);
    const zero = ZEROS.find((each) => code >= each && code <= each + 9);
    return zero === undefined ? sign : String(code - zero);
  });
}
