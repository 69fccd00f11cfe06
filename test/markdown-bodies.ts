import fc from "fast-check";

const address = fc.constantFrom(
  "two",
  "./two/",
  "../three?x=1#y",
  "/a/b",
  "/-/pages",
  "/",
  "#there",
  "?q",
  "",
  "mailto:a@example.org",
  "https://wiki.example/two#x",
  "https://wiki.example/-/search?q=1",
  "//other.example/x",
  'http://other.example/%00&"',
);
const inline = fc.oneof(
  fc.constantFrom(
    "word",
    "*emphasis*",
    "`code`",
    "<b>",
    "</b>",
    "<name>",
    "$x_1$",
    "$$",
    '<a href="two">',
    "</a>",
    '<img src="a.png" width="20">',
    "<br>",
    "&amp;",
    "https://wiki.example/two",
    '<a id="x">t</a>',
  ),
  fc.constantFrom("[[Two words]]", "[[Café!]]", "[[two|a *label*]]", "[[two#Part]]", "[[#Part]]"),
  address.map((to) => `[a ![b](c) d](${to})`),
  address.map((to) => `[text](<${to}> "a \\"title\\"")`),
  address.map((to) => `![image *x* [[y]]](${to} 'title')`),
  fc.constantFrom("[reference]", "![reference][reference]"),
  fc.constantFrom("[^note]", "[^other]", "==mark==", "H~2~O", "x^2^", ":tada:", "<!-- hidden -->"),
);
const line = fc.array(inline, { maxLength: 4 }).map((parts) => parts.join(" "));
const block = fc
  .tuple(
    fc.constantFrom(
      ...["", "# ", "- ", "- [x] ", "> ", "1. ", "    ", "| a | b |\n|:-|-:|\n| ", "[reference]: "],
      ...["[^note]: ", "[^other]: ", "Term\n: ", "> [!NOTE]\n> ", "> [!tip]- ", "::: tip ", "---\nkey: "],
    ),
    line,
    fc.constantFrom("", "", " {#id}", "\n:::", "\n---", "\n    more"),
  )
  .map((parts) => parts.join(""));
const blocks = fc.array(block, { maxLength: 6 }).map((blocks) => blocks.join("\n\n"));

/** Syntax that is often incomplete or nested. */
const syntax = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."# ## - 1. > | ` ``` ~~~ * ** _ __ ~~ [ ] ( ) ![ [[ ]] < > & \\ : // @ ---".split(" "),
        ...":::note ::: == ~ ^ [^a] [^a]: [!NOTE] {#a} <!-- --> :x:".split(" "),
      ),
      fc.constantFrom(
        "\n",
        "\n\n",
        "\r\n",
        "  \n",
        "    ",
        "\t",
        " ",
        "a",
        "b c",
        "ä",
        "😀",
        "\0",
        "&copy;",
        "&#x41;",
        "\\*",
      ),
      fc.constantFrom(
        "http://",
        "https://example.org/",
        "mailto:",
        "a@example.org",
        "[a]: /b",
        '<a id="x">',
        "</a>",
      ),
      inline,
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

/** Markdown with every syntax of pages. */
export const markdownBody: fc.Arbitrary<string> = fc.oneof(blocks, syntax);
