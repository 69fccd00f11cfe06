import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  canonicalSlug,
  InvalidSlugError,
  MAX_SLUG_BYTES,
  numberedSlug,
  parseSlug,
  RESERVED_SEGMENTS,
  slugFromAddress,
  slugFromTitle,
} from "./slug.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc
    .array(
      fc.constantFrom(
        "a",
        "W\u030a",
        "-",
        "/",
        ".",
        "é",
        "e\u0301",
        "ß",
        "İ",
        "Σ",
        "\u200c",
        "😀",
        "\ud83d",
        " ",
      ),
      {
        maxLength: 12,
      },
    )
    .map((parts) => parts.join("")),
);

describe("canonicalSlug", () => {
  test.each([
    ["intro", "intro"],
    ["Guides/Getting-Started", "guides/getting-started"],
    ["caf\u0065\u0301", "café"],
    ["ÜBER", "über"],
    ["W\u030a", "\u1e98"],
    ["日本語/案内", "日本語/案内"],
    ["می\u200cخواهم", "می\u200cخواهم"],
    ["c++", "c++"],
    ["v1.2", "v1.2"],
    ["docs/api", "docs/api"],
    ["apiary", "apiary"],
  ])("converts %j to %j", (text, slug) => {
    expect(canonicalSlug(text)).toBe(slug);
  });

  test("is idempotent", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        let slug: string;
        try {
          slug = canonicalSlug(text);
        } catch {
          fc.pre(false);
          return;
        }
        expect(canonicalSlug(slug)).toBe(slug);
      }),
      { numRuns: 500 },
    );
  });

  test("is idempotent for each assigned Unicode character", () => {
    for (let point = 0; point <= 0x10ffff; point++) {
      const character = String.fromCodePoint(point);
      if (/[\p{Cn}\p{Co}]/u.test(character)) continue;
      const slug = parseSlug(`x${character}`);
      if (slug === undefined) continue;
      if (canonicalSlug(slug) !== slug) expect.fail(`U+${point.toString(16)} has two canonical forms`);
    }
  });
});

describe("parseSlug", () => {
  test("returns the same slug as canonicalSlug, or undefined if that throws", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const slug = parseSlug(text);
        if (slug === undefined) expect(() => canonicalSlug(text)).toThrow(InvalidSlugError);
        else expect(slug).toBe(canonicalSlug(text));
      }),
    );
  });
});

describe("an invalid slug", () => {
  test.each([
    ["", "it is empty"],
    ["/", "a segment is empty"],
    ["/intro", "a segment is empty"],
    ["intro/", "a segment is empty"],
    ["a//b", "a segment is empty"],
    [".", '"." is a segment'],
    ["a/../b", '".." is a segment'],
    ["a b", "it contains white space"],
    ["a\u00a0b", "it contains white space"],
    ["a\u2028b", "it contains white space"],
    ["a\0b", "it contains a control character"],
    ["a\u007f", "it contains a control character"],
    ["a\u202eb", "it contains an invisible character"],
    ["a\u200bb", "it contains an invisible character"],
    ["a\\b", 'it contains "\\"'],
    ["what?", 'it contains "?"'],
    ["a#b", 'it contains "#"'],
    ["a%2fb", 'it contains "%"'],
    ["\ud83d", "it contains a lone surrogate"],
    ["x".repeat(201), "it is 201 bytes long"],
    ["é".repeat(101), "it is 202 bytes long"],
    ["-", '"-" is reserved'],
    ["API/pages", '"api" is reserved'],
    ["Favicon.ico", '"favicon.ico" is reserved'],
    [".well-known/security.txt", '".well-known" is reserved'],
  ])("%j is refused with the reason", (text, reason) => {
    const attempt = () => canonicalSlug(text);
    expect(attempt).toThrow(InvalidSlugError);
    expect(attempt).toThrow(reason);
    expect(attempt).toThrow(expect.objectContaining({ code: "invalid-slug", value: text }));
  });

  test("is truncated in the message", () => {
    expect(() => canonicalSlug("x".repeat(100_000))).toThrow(/^.{0,700}$/);
  });

  test.each([
    ["Big Page", "big-page"],
    ["api/tokens", "api-page/tokens"],
    [".well-known", ".well-known-page"],
    ["é".repeat(101), "é".repeat(100)],
    ["../..", undefined],
    ["", undefined],
    ["-", undefined],
  ])("%j is refused with the suggestion %j", (text, suggestion) => {
    expect(() => canonicalSlug(text)).toThrow(expect.objectContaining({ suggestion }));
    expect(() => canonicalSlug(text)).toThrow(`such as "${suggestion ?? "handbook/on-call"}".`);
  });

  test("has a valid suggestion or none", () => {
    fc.assert(
      fc.property(hostile, fc.nat(300), (text, times) => {
        const suggestion = new InvalidSlugError(text.repeat(times), "").suggestion ?? "none";
        expect(canonicalSlug(suggestion)).toBe(suggestion);
      }),
    );
  });
});

describe("the slug of an address", () => {
  test.each([
    ["  Handbook / On call ", "handbook/on-call"],
    ["/guides//intro/", "guides/intro"],
    ["What now?", "what-now"],
    ["C#", "c"],
    ["c++", "c++"],
    ["v1.2_Beta", "v1.2_beta"],
    ["big%20page", "big-page"],
    ["100%", "100"],
    ["a\u200bb\ud83d", "ab"],
    ["-draft-", "-draft-"],
    ["../secret", "secret"],
    ["https://wiki.example.org/handbook/On-call", "handbook/on-call"],
    ["API", "api"],
    [" ", ""],
  ])("%j is %j", (text, slug) => {
    expect(slugFromAddress(text)).toBe(slug);
  });
});

describe("the slug of a title", () => {
  test.each([
    ["Getting Started", "getting-started"],
    ["  What's new?  ", "whats-new"],
    ["L’été à Paris", "lété-à-paris"],
    ["C++ / C#", "c-c"],
    ["Über uns — Straße", "über-uns-straße"],
    ["日本語 案内", "日本語-案内"],
    ["مرحبا بالعالم", "مرحبا-بالعالم"],
    ["हिन्दी", "हिन्दी"],
    ["v1.2_beta", "v1-2-beta"],
    ["😀", "page"],
    ["", "page"],
    ["API", "api-page"],
    ["../..", "page"],
    ["\ud83d", "page"],
  ])("of %j is %j", (title, slug) => {
    expect(slugFromTitle(title)).toBe(slug);
  });

  test("is canonical for any title", () => {
    fc.assert(
      fc.property(hostile, fc.nat(30), (title, times) => {
        const slug = slugFromTitle(title.repeat(times));
        expect(canonicalSlug(slug)).toBe(slug);
      }),
      { numRuns: 500 },
    );
  });

  test("is truncated at a character", () => {
    expect(slugFromTitle("é".repeat(300))).toBe("é".repeat(100));
    expect(slugFromTitle("日".repeat(300))).toBe("日".repeat(66));
    expect(slugFromTitle(`${"a".repeat(199)} b`)).toBe("a".repeat(199));
  });
});

describe("a numbered slug", () => {
  test("has the number as suffix and stays within the limit", () => {
    expect(numberedSlug("intro", 2)).toBe("intro-2");
    expect(numberedSlug("é".repeat(100), 12)).toBe(`${"é".repeat(98)}-12`);
    expect(numberedSlug(`${"a".repeat(197)}/bb`, 2)).toBe(`${"a".repeat(197)}-2`);
  });

  test("is canonical", () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 10_000 }), (title, number) => {
        const slug = numberedSlug(slugFromTitle(title.repeat(20)), number);
        expect(canonicalSlug(slug)).toBe(slug);
        expect(Buffer.byteLength(slug)).toBeLessThanOrEqual(MAX_SLUG_BYTES);
      }),
    );
  });
});

test("a reserved segment is neither a slug nor the slug of a title", () => {
  for (const segment of RESERVED_SEGMENTS) {
    expect(() => canonicalSlug(`${segment}/page`)).toThrow(InvalidSlugError);
    expect(RESERVED_SEGMENTS.has(slugFromTitle(segment))).toBe(false);
  }
});
