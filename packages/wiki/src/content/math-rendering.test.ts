import { describe, expect, test } from "vitest";
import { renderBlocks, renderMarkdown } from "../../../../test/rendering.ts";
import { attributedPieces } from "./rendered-authorship.ts";
import { renderedDiff } from "./rendered-diff.ts";
import { readableText } from "./search/page-text.ts";

const options = { resolveLink: () => ({ href: "/", isWanted: false }) };
const html = (source: string) => renderMarkdown(source, options).html;

describe("formulas", () => {
  test.each([
    ["$a$, b", '<p dir="auto"><math><mi>a</mi></math>, b</p>\n'],
    ["$`a_1`$", '<p dir="auto"><math><msub><mi>a</mi><mn>1</mn></msub></math></p>\n'],
    ["($a$)", '<p dir="auto">(<math><mi>a</mi></math>)</p>\n'],
    ["| $a$ |\n|---|", "<th><math><mi>a</mi></math></th>"],
  ])("are shown as MathML in %j", (source, expected) => {
    expect(html(source)).toContain(expected);
  });

  test.each(["$$\na\n+ b\n$$", "$$ a + b $$", "```math\na + b\n```", "> $$a\n> + b$$"])(
    "are blocks in %j",
    (source) => {
      expect(html(source)).toContain(
        '<div class="math" role="group" aria-label="Formula" tabindex="0"><math display="block" class="tml-display">' +
          "<mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow></math></div>",
      );
    },
  );

  test.each([
    "$5 and $6",
    "from $5 to 10$ each",
    "US$5 and A$6",
    "$HOME/bin:$PATH",
    "a $ b $ c",
    "\\$a\\$",
    "`$a$`",
    "$a\n\nb$",
    "$$\n\na",
  ])("are not seen in %j", (source) => {
    expect(html(source)).not.toContain("<math");
  });

  test("have classes instead of inline styles", () => {
    const table = html("$$\\begin{align}a&=\\color{red}b\\\\c&=d\\end{align}$$");
    expect(table).not.toContain(" style=");
    expect(table).toContain('<mtd class="tml-left math-start-0 math-end-0">');
    expect(table).toContain('mathcolor="#ff0000"');
  });

  test.each([
    ["\\foo", "Unsupported function name: \\foo"],
    ["\\frac{", "Unexpected end of input in a macro argument, expected &#39;}&#39;"],
    ["\\href{javascript:alert(1)}{x}", "Unsupported function name: \\href"],
    ["\\class{a}{x}", "Function &quot;\\class&quot; is not trusted"],
    ["\\def\\a#1{#1#1}\\a{\\a{x}}", "Formulas cannot define commands: \\def."],
    ["{".repeat(60) + "}".repeat(60), "The formula is nested too deeply."],
    ["x+".repeat(1_001), "The formula is 2002 characters long; the limit is 2000."],
  ])("that cannot be shown show their source and a message: %j", (formula, message) => {
    const text = (source: string) => source.replaceAll("&#39;", "'");
    expect(text(html(`$$\n${formula}\n$$`))).toContain(`<p class="math-error">${text(message)}</p>`);
    expect(text(html(`a $${formula}$`))).toContain(
      `</code> <span class="math-error">(${text(message)})</span>`,
    );
  });

  test("after the limit of a page are shown as source", () => {
    const page = html(Array.from({ length: 30 }, () => `$${"x".repeat(999)}$`).join(" "));
    expect(page.match(/<math>/g)).toHaveLength(20);
    expect(page).toContain("The page has too many formulas.");
  });

  test("are found by their source", () => {
    expect(readableText("a $\\alpha$\n\n$$\n\\beta\n$$\n")).toBe("a \\alpha\n\\beta");
  });

  test("are whole units in differences and authorship", () => {
    const blocks = (source: string) => renderBlocks(source, options);
    expect(renderedDiff(blocks("one two $a$ three"), blocks("one two $b$ three"))).toEqual([
      {
        op: "changed",
        html: '<p dir="auto">one two <del><math><mi>a</mi></math></del><ins><math><mi>b</mi></math></ins> three</p>\n',
      },
    ]);
    const source = "one $a$ two";
    const pieces = attributedPieces(html(source), [{ text: source, version: 1 }], () => 1);
    expect(pieces?.map(({ html }) => html)).toContain("<math><mi>a</mi></math>");
  });
});
