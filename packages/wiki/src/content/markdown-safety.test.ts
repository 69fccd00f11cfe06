import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostileBodies } from "../../../../test/hostile-html.ts";
import { linksBySlug, renderMarkdown } from "../../../../test/rendering.ts";
import type { LinkOptions } from "./article.ts";
import { MAX_MARKDOWN_UNITS } from "./markdown-parser.ts";

const options: LinkOptions = {
  resolveLink: linksBySlug(
    (slug) => `/${encodeURIComponent(slug)}`,
    () => false,
  ),
};
const html = (source: string) => renderMarkdown(source, options).html;

describe("rendered HTML", () => {
  const ALLOWED: Record<string, RegExp> = {
    href: /^(?!\s*(?:javascript|data|vbscript|file):)/i,
    src: /^(?!\s*(?:javascript|data|vbscript|file):)/i,
    id: /^h-/,
    class: /^[\w+#. -]+$/,
    dir: /^(?:auto|ltr|rtl)$/,
    lang: /^[\w-]+$/,
    width: /^\d+(?:px|%)?$/,
    height: /^\d+(?:px|%)?$/,
    colspan: /^\d+$/,
    rowspan: /^\d+$/,
    scope: /^\w+$/,
    datetime: /^[\w:. +-]+$/,
    reversed: /^/,
    value: /^-?\d+$/,
    open: /^/,
    rel: /^nofollow noopener$/,
    type: /^(?:checkbox|[1aAiI])$/,
    loading: /^lazy$/,
    tabindex: /^0$/,
    start: /^-?\d+$/,
    alt: /^/,
    title: /^/,
    role: /^(?:group|note)$/,
    "aria-label": /^/,
    disabled: /^$/,
    checked: /^$/,
  };
  const TAGS = new Set(
    (
      "a abbr b bdi bdo blockquote br caption cite code dd details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img " +
      "input kbd li mark ol p pre q rp rt ruby s samp section small span strong sub summary sup table tbody td tfoot th thead " +
      "time tr u ul var wbr"
    ).split(" "),
  );

  /** Returns each tag, attribute and unescaped character of the HTML that is not allowed. */
  function violations(source: string): string[] {
    const found: string[] = [];
    const withoutTags = html(source).replace(
      /<\/?([a-z]\w*)((?: [a-z-]+="[^"<>]*")*)>/g,
      (_, tag: string, attributes: string) => {
        if (!TAGS.has(tag)) found.push(tag);
        for (const [attribute, name = "", value = ""] of attributes.matchAll(/ ([a-z-]+)="([^"]*)"/g)) {
          const isAllowed =
            Object.hasOwn(ALLOWED, name) && ALLOWED[name]?.test(value.replace(/\p{Cc}/gu, ""));
          if (!isAllowed) found.push(attribute);
        }
        return "";
      },
    );
    return [...found, ...(withoutTags.match(/[<>"]/g) ?? [])];
  }

  function expectSafe(source: string): void {
    expect(violations(source)).toEqual([]);
  }

  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a id="x" onclick="alert(1)"></a>',
    '<a id="x"><script></a>',
    '<a name="&quot; onclick=&quot;alert(1)"></a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](&#1;javascript:alert(1))",
    "[x](\u00a0javascript:alert(1))",
    "[x](%6aavascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    '![x](x "onerror=alert(1)")',
    '![" onerror="alert(1)](x)',
    '[x](/y "><script>alert(1)</script>")',
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[x]: javascript:alert(1)\n\n[x]",
    "[[javascript:alert(1)]]",
    '[["><img src=x onerror=alert(1)>]]',
    '[[a|"><script>]]',
    '[[a#" onclick="x]]',
    '```" onclick="alert(1)\nx\n```',
    "```html\n<script>alert(1)</script>\n```",
    '# <script>\n## " onclick="x',
    "# __proto__\n# constructor\n# location",
    "| <script> |\n|:-:|\n| [x](javascript:a) |",
    "- [ ] <script>",
    'http://x.org/"onclick="alert(1)',
    "\0<\0script>",
    "[x](/\\evil.org)",
    "---\na: <script>\n<b>: '\"'\n---\n",
    "---\na: [<script>\n---\n",
    '# a {#"><script>}\n# b {#x onclick=a style="color:red" .c}',
    '> [!NOTE] <script>\n> [!"onclick="]',
    '::: tip <script> {onclick="alert(1)"}\n:::',
    "::: <script>\n:::",
    '[^"><script>] [^a]\n\n[^"><script>]: <script>\n[^a]: [x](javascript:alert(1))',
    '```js title="<script>" {1} [">]\n<b>\n```',
    '==<script>== ~<script>~ ^"^ :tada:\n: <script>',
    "<!-- --><script>--><!-- <script> -->",
  ])("is safe for %j", (source) => {
    expectSafe(source);
  });

  test("is safe for any mixture of syntax", () => {
    const part = fc.oneof(
      fc.constantFrom(
        "[[",
        "]]",
        "[",
        "](",
        ")",
        "|",
        "\n",
        "\n\n",
        "# ",
        "- [ ] ",
        "> ",
        "`",
        "```",
        "---\n",
        "a: ",
        "::: note ",
        ":::",
        "[!NOTE]",
        "[^a]",
        "[^a]: ",
        "{#",
        "}",
        "==",
        "~",
        "^",
        ":tada:",
        " {1} [t]",
        "\n: ",
        "<!--",
        "-->",
        "*",
        "_",
        "<",
        ">",
      ),
      fc.constantFrom(
        "javascript:",
        "data:",
        "http://x.org",
        '"',
        "'",
        " onclick=",
        "<a id=",
        "</a>",
        "&#x22;",
        "&lt;",
      ),
      fc.constantFrom(
        "| a | b |\n|:-:|--:|\n",
        "\0",
        "\ud83d",
        "\u2028",
        "\r",
        "\t",
        "    ",
        "a",
        "é",
        "!",
        "\\",
        "//",
      ),
      fc.string({ unit: "binary", maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => expectSafe(parts.join(""))),
      { numRuns: 1_000 },
    );
  });

  test("is safe for published attacks", () => {
    for (const source of hostileBodies) expect([source, violations(source)]).toEqual([source, []]);
  });

  test.each([
    "[[",
    "![",
    "<!--",
    "<!--\n",
    "- <!--\n\n",
    "::: a\n",
    "> [!NOTE]\n> ",
    "==a",
    "~a",
    "[^1]: ",
    "[^1] ",
    ":tada:",
    "a\n: b\n",
    "# a {#b}\n",
    "*a_ ",
    ">",
    "`a",
    "a\n=\n",
    "* a\n",
    "[[a|",
  ])("is complete for the longest body of %j", (part) => {
    const source = part.repeat(MAX_MARKDOWN_UNITS / part.length);
    expect(renderMarkdown(source, options).isSource).toBe(false);
  });
});
