/** Invisible characters in words: soft hyphen, joiner, non-joiner and word joiner. For a character class. */
export const ignorable = "\\u00ad\\u200c\\u200d\\u2060";

const UNSPACED_SCRIPTS = ["Han", "Hira", "Kana", "Bopo", "Thai", "Laoo", "Khmr", "Mymr"];
const UNSPACED = `(?=[\\p{L}\\p{Nl}])[${UNSPACED_SCRIPTS.map((script) => `\\p{scx=${script}}`).join("")}]`;
const HAS_UNSPACED = new RegExp(UNSPACED, "u");
// The voicing marks of half-width kana (U+FF9E, U+FF9F) are letters in Unicode.
const MARKS = `[\\p{M}\\uff9e\\uff9f${ignorable}]*`;
const UNSPACED_PARTS = new RegExp(`${UNSPACED}${MARKS}|(?:(?!${UNSPACED}).)+`, "gsu");

/** Returns true if `run` has letters of scripts without spaces between words. */
export function isUnspaced(run: string): boolean {
  return HAS_UNSPACED.test(run);
}

/** Splits `run` into single letters of such scripts, with their marks, and the text between them. */
export function* unspacedParts(run: string): Generator<readonly [part: string, offset: number]> {
  for (const match of run.matchAll(UNSPACED_PARTS)) yield [match[0], match.index];
}

/**
 * Folds a run of letters and digits for comparison. Returns several words if a character decomposes into several: `½`
 * is `1` and `2`.
 *
 * - Compatibility decomposition (NFKD, UAX #15) unifies the forms of a letter: `ﬁ`, `Ａ`, `²`.
 * - Full case folding: `ß` is `ss`, `ς` is `σ`.
 * - Marks are removed in Latin, Greek, Cyrillic, Hebrew and Arabic, because people search without accents and vowel
 *   points. In other scripts they are part of the spelling.
 * - Latin letters that Unicode does not decompose become their base letters: `ø` is `o`, `ł` is `l`, `æ` is `ae`.
 */
export function foldedWords(run: string): readonly string[] {
  const bare = run.normalize("NFKD").replace(ACCENTED, "$1").replace(INVISIBLE, "");
  const folded = foldCase(bare).replace(UNDECOMPOSED, (letter) => BASE_LETTERS[letter] ?? letter);
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
/** Separators from decomposition, such as the slash of `½` and the spaces of `ﷺ`, and apostrophes that are letters. */
const BETWEEN_WORDS = /[^\p{L}\p{N}\p{M}]+|[\u02bb\u02bc]+/u;
// Decomposition splits the Thai and Lao vowel am. Its first half is a mark.
const UNSPACED_WORDS = new RegExp(`\\p{M}*${UNSPACED}\\p{M}*|(?:(?!${UNSPACED}).)+`, "gsu");

const UNDECOMPOSED = /[æœøðđħłŧþ]/g;
const BASE_LETTERS: Readonly<Record<string, string>> = {
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

/** Full case folding through upper case, where `ß` is `SS` and `ı` is `I`. Lower case has two forms of sigma. */
function foldCase(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
}
