import { MAX_WORD_CHARACTERS, wordListOf } from "./words.ts";

interface JoinedWords {
  /** The words of `wordListOf`, joined by spaces. */
  readonly joined: string;
  readonly count: number;
}

/** Shared, because allocating memory for each text takes longer than its words. */
const bytes = Buffer.allocUnsafeSlow(16 * 1024);
/** UTF-8 needs at most three bytes for a UTF-16 code unit. */
const MAX_UNITS = bytes.length / 3;

const SEPARATOR = 0;
const NOT_PLAIN = 255;
const SPACE = 0x20;

/** For each byte, the folded letter or digit, or one of the values above. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (byte >= 0x80 || character === "+" || character === "#") return NOT_PLAIN;
  return /[a-z0-9]/i.test(character) ? character.toLowerCase().charCodeAt(0) : SEPARATOR;
});

/** Finds the words of a text. Short ASCII texts without `+` and `#`, as most lines are, take a fraction of the time. */
export function joinedWordsOf(text: string): JoinedWords {
  if (text.length <= MAX_UNITS) {
    const words = plainWordsOf(text);
    if (words !== undefined) return words;
  }
  const words = wordListOf(text);
  return { joined: words.join(" "), count: words.length };
}

function plainWordsOf(text: string): JoinedWords | undefined {
  const length = bytes.write(text);
  let [end, count, characters] = [0, 0, 0];
  for (let index = 0; index < length; index += 1) {
    const folded = FOLDED[bytes[index] ?? 0] ?? NOT_PLAIN;
    if (folded === NOT_PLAIN) return undefined;
    if (folded === SEPARATOR) {
      characters = 0;
      continue;
    }
    characters += 1;
    // Longer words are split.
    if (characters > MAX_WORD_CHARACTERS) return undefined;
    if (characters === 1) {
      // Replaces a separator, so the words never overtake the bytes that are still to be read.
      if (count > 0) bytes[end++] = SPACE;
      count += 1;
    }
    bytes[end++] = folded;
  }
  return { joined: bytes.toString("latin1", 0, end), count };
}
