/** Invisible within a word: the soft hyphen, joiners and non-joiners. For a character class. */
export const ignorable = "\\u00ad\\u200c\\u200d\\u2060";

const UNSPACED_SCRIPTS = ["Han", "Hira", "Kana", "Bopo", "Thai", "Laoo", "Khmr", "Mymr"];
const UNSPACED = `(?=[\\p{L}\\p{Nl}])[${UNSPACED_SCRIPTS.map((script) => `\\p{scx=${script}}`).join("")}]`;
const HAS_UNSPACED = new RegExp(UNSPACED, "u");
// Half-width kana have their marks (U+FF9E, U+FF9F) as letters of their own.
const MARKS = `[\\p{M}\\uff9e\\uff9f${ignorable}]*`;
const UNSPACED_PARTS = new RegExp(`${UNSPACED}${MARKS}|(?:(?!${UNSPACED}).)+`, "gsu");

/** Whether letters of scripts that are written without spaces are in `run`. */
export function isUnspaced(run: string): boolean {
  return HAS_UNSPACED.test(run);
}

/** The single letters of such scripts with their marks, and what is between them; each with its offset. */
export function* unspacedParts(run: string): Generator<readonly [part: string, offset: number]> {
  for (const match of run.matchAll(UNSPACED_PARTS)) yield [match[0], match.index];
}

/**
 * The words that a run of letters and digits is compared by: one, or several where it holds letters that stand for
 * more (`½` is 1 and 2).
 *
 * - Case does not count (`ß` is `ss`, `ς` is `σ`), nor do forms of the same letter (`ﬁ`, `Ａ`, `²`).
 * - Accents do not count in Latin, Greek and Cyrillic, nor vowel points in Hebrew and Arabic, since people search
 *   without. In other scripts the marks are part of the spelling.
 * - Latin letters that only look accented are as people type them without: `ø` is o, `ł` is l, `æ` is ae.
 */
export function foldedWords(run: string): readonly string[] {
  const bare = run.normalize("NFKD").replace(ACCENTED, "$1").replace(INVISIBLE, "");
  const folded = withoutCase(bare).replace(LOOKS_ACCENTED, (letter) => TYPED[letter] ?? letter);
  const words = folded.normalize("NFC").split(BETWEEN_WORDS);
  return words
    .flatMap((word) => (isUnspaced(word) ? (word.match(UNSPACED_WORDS) ?? []) : [word]))
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
}

const INVISIBLE = new RegExp(`[${ignorable}]`, "g");
const ACCENTED = new RegExp(
  `([\\p{scx=Latn}\\p{scx=Grek}\\p{scx=Cyrl}\\p{scx=Hebr}\\p{scx=Arab}])[\\p{M}${ignorable}]+`,
  "gu",
);
/** What folding brings in between letters: the bar of `½`, the spaces of `ﷺ`; and apostrophes that are letters. */
const BETWEEN_WORDS = /[^\p{L}\p{N}\p{M}]+|[\u02bb\u02bc]+/u;
// A mark in front is half of the Thai and Lao vowel am, which folding takes apart.
const UNSPACED_WORDS = new RegExp(`\\p{M}*${UNSPACED}\\p{M}*|(?:(?!${UNSPACED}).)+`, "gsu");

/** Latin letters that Unicode does not take apart. */
const LOOKS_ACCENTED = /[æœøðđħłŧþ]/g;
const TYPED: Readonly<Record<string, string>> = {
  æ: "ae",
  œ: "oe",
  ø: "o",
  ð: "d",
  đ: "d",
  ħ: "h",
  ł: "l",
  ŧ: "t",
  þ: "th",
};

/** By way of upper case, which knows that ß is SS and ı is I; Σ is ς at the end of a word only. */
function withoutCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
}
