import fc from "fast-check";
import createMarkdown, { type Token } from "markdown-it";
import { describe, expect, test } from "vitest";
import { markdownBody } from "../../../../test/markdown-bodies.ts";
import { markdown, wikiMarkdown } from "./markdown-parser.ts";

const original = createMarkdown({ linkify: true }).use(wikiMarkdown);

/** Returns the fields of tokens in alphabetical order, as JSON. */
const fieldsOf = (tokens: readonly Token[]): string =>
  JSON.stringify(
    tokens.map(({ children, ...fields }) => [
      ...Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)),
      children && fieldsOf(children),
    ]),
  );

describe("fastParsing", () => {
  test("parses and renders as markdown-it does without it", () => {
    fc.assert(
      fc.property(markdownBody, (source) => {
        expect(fieldsOf(markdown.parse(source, {}))).toBe(fieldsOf(original.parse(source, {})));
        expect(markdown.render(source)).toBe(original.render(source));
      }),
      { numRuns: 1_000 },
    );
  });

  test("gives tokens the methods of markdown-it's tokens", () => {
    const [token] = markdown.parse("# Title", {});
    token?.attrSet("id", "x");
    expect(token?.attrGet("id")).toBe("x");
  });

  test("normalizes addresses as markdown-it does without it", () => {
    const part = fc.constantFrom(
      ..."http: https: HTTPS: ftp: mailto: // / . .. ? # : @ example.org EXAMPLE wiki %20 %zz ä ' [ ] ( ) ; 8080 _ xn--4ca .。 \\".split(
        " ",
      ),
      " ",
      "x".repeat(70),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const url = parts.join("");
        expect(markdown.normalizeLink(url)).toBe(original.normalizeLink(url));
      }),
      { numRuns: 5_000 },
    );
  });
});
