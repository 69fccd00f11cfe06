import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allWordsOf, MAX_WORD_CHARACTERS, wordListOf, wordsOf } from "./words.ts";

const words = (text: string) => Array.from(wordsOf(text), ({ word }) => word);

const piece = fc.oneof(
  fc.constantFrom(
    "Straße",
    "café ",
    "ΟΔΟΣ",
    "İı",
    "Ёй",
    "ﬁ½ﷺ",
    "שָׁל",
    "مُحَ",
    "हिन्दी",
    "น้ำ",
    "東京",
    "ガｶﾞ",
    "한국",
  ),
  fc.constantFrom(
    " ",
    "\n",
    "c++",
    "c#",
    "#",
    "+",
    "'",
    ".",
    "_",
    "-",
    "\u00ad",
    "\u200c",
    "\ud83d",
    "😀",
    "\0",
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const anyText = fc.array(piece, { maxLength: 40 }).map((all) => all.join(""));

describe("the words", () => {
  test.each([
    ["The quick, brown FOX!", ["the", "quick", "brown", "fox"]],
    ["Café STRASSE Straße ẞ", ["cafe", "strasse", "strasse", "ss"]],
    ["İstanbul ısı ΟΔΟΣ οδός Ёлка", ["istanbul", "isi", "οδοσ", "οδοσ", "елка"]],
    ["Łódź Ærø þing", ["lodz", "aero", "thing"]],
    ["node.js snake_case O'Brien Oʼbrien", ["node", "js", "snake", "case", "o", "brien", "o", "brien"]],
    ["C++ c++11 C# a#b #tag a+b", ["c", "++", "c", "++", "11", "c", "#", "a", "b", "tag", "a", "b"]],
    ["2½ x² ﬁn Ａ", ["21", "2", "x2", "fin", "a"]],
    ["soft\u00adhyphen zw\u200cnj", ["softhyphen", "zwnj"]],
    ["東京タワー 二〇二四", ["東", "京", "タ", "ワ", "ー", "二", "〇", "二", "四"]],
    ["ガ ｶﾞ", ["ガ", "ガ"]],
    ["ภาษา iPhone用 한국어", ["ภ", "า", "ษ", "า", "iphone", "用", "한국어"]],
    ["हिन्दी שָׁלוֹם مُحَمَّد", ["हिन्दी", "שלום", "محمد"]],
    ['( " 😀 — …', []],
    ["", []],
  ])("of %j", (text, expected) => {
    expect(words(text)).toEqual(expected);
  });

  test("keep marks that are part of the spelling", () => {
    expect(words("कि")).not.toEqual(words("की"));
    expect(words("น้ำ")).not.toEqual(words("น้า"));
    expect(words("か")).not.toEqual(words("が"));
  });

  test("are split if they are too long", () => {
    const hash = "0123456789abcdef".repeat(8);
    expect(words(hash)).toEqual([hash.slice(0, 64), hash.slice(64)]);
  });
});

describe("for any text", () => {
  test("words are in order and have no characters that search engines would change", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let last = 0;
        for (const { word, start, end } of wordsOf(text)) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          expect(word).toMatch(/^(?:[^\s\p{P}\p{C}\p{Lu}]+|\+\+|#)$/u);
          expect([...word].length).toBeLessThanOrEqual(MAX_WORD_CHARACTERS);
          last = start;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("each assigned character has the same words composed, decomposed and in lower case", () => {
    for (let code = 0; code <= 0x10_ffff; code += 1) {
      const character = String.fromCodePoint(code);
      if (/[\p{Cn}\p{Co}]/u.test(character)) continue;
      const text = `x${character} ${character}`;
      const others = [text.normalize("NFC"), text.normalize("NFD"), text.toLowerCase()];
      for (const same of others.filter((other) => other !== text)) {
        expect(words(same), `U+${code.toString(16)}`).toEqual(words(text));
      }
    }
  });

  test("words are the same composed and decomposed", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(words(text.normalize("NFD"))).toEqual(words(text.normalize("NFC")));
      }),
      { numRuns: 1_000 },
    );
  });

  test("allWordsOf and wordListOf return the words of wordsOf", () => {
    const ascii = fc.string({ unit: "binary-ascii", maxLength: 100 });
    const long = fc.constantFrom(
      "x".repeat(MAX_WORD_CHARACTERS),
      "Y".repeat(2 * MAX_WORD_CHARACTERS + 1),
      "c++",
      "a#",
    );
    const text = fc.oneof(
      anyText,
      ascii,
      fc.array(fc.oneof(ascii, long), { maxLength: 5 }).map((all) => all.join(" ")),
    );
    fc.assert(
      fc.property(text, (any) => {
        expect(allWordsOf(any)).toEqual([...wordsOf(any)]);
        expect(wordListOf(any)).toEqual(words(any));
      }),
      { numRuns: 1_000 },
    );
  });

  test("hostile texts are read to their end", () => {
    const hostile = ["a", "é", "a\u0301\u0316", "\u0301", "東", "ก้", "++#", "a#", "\ufdfa"];
    for (const unit of hostile) {
      const text = `${unit.repeat(Math.ceil(200_000 / unit.length))}é end`;
      expect(words(text).at(-1)).toBe("end");
    }
  });
});
