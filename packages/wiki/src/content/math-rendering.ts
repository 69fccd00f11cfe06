import { createRequire } from "node:module";
import type { MarkdownIt, Token } from "markdown-it";
import { MATH_BLOCK, MATH_INLINE } from "./dialect/math.ts";

/** Longer formulas, and formulas after this length in a page, are shown as source. In UTF-16 code units. */
const MAX_FORMULA = 2_000;
const MAX_FORMULAS = 20_000;
/** Browsers limit the depth of elements. */
const MAX_DEPTH = 50;

const require = createRequire(import.meta.url);
let loaded: typeof import("temml").default | undefined;

/** Loads temml when the first formula is rendered, because loading takes long. */
function temml(): typeof import("temml").default {
  loaded ??= require("temml") as typeof import("temml").default;
  return loaded;
}

/** A plugin that renders formulas as MathML, without scripts and inline styles. */
export function mathRendering(markdown: MarkdownIt): void {
  const { escapeHtml } = markdown.utils;
  /** The units of formulas per page, which `env` identifies. */
  const renderedUnits = new WeakMap<object, number>();

  const mathMl = (formula: string, isDisplay: boolean, env: object): { html: string } | { error: string } => {
    const units = (renderedUnits.get(env) ?? 0) + formula.length;
    renderedUnits.set(env, units);
    if (units > MAX_FORMULAS) return { error: "The page has too many formulas." };
    const error = problemOf(formula);
    if (error !== undefined) return { error };
    try {
      const options = {
        displayMode: isDisplay,
        throwOnError: true,
        strict: false,
        trust: false,
        maxExpand: 1_000,
      };
      return { html: withoutStyles(temml().renderToString(formula, { ...options, maxSize: [50, 50] })) };
    } catch (error) {
      // The message repeats the formula with combining characters under the wrong part.
      const [message = ""] = error instanceof Error ? error.message.split(/ at (?:position|end of)/) : [];
      return { error: message.trim() };
    }
  };

  markdown.renderer.rules[MATH_INLINE] = (tokens, index, _, env: object = {}) => {
    const { content = "", markup = "$" } = tokens[index] ?? {};
    const math = mathMl(content, markup === "$$", env);
    return "html" in math
      ? math.html
      : `<code>${escapeHtml(content)}</code> <span class="math-error">(${escapeHtml(math.error)})</span>`;
  };
  markdown.renderer.rules[MATH_BLOCK] = (tokens, index, _, env: object = {}) => {
    const { content = "" } = tokens[index] ?? {};
    const math = mathMl(content.trim(), true, env);
    return "html" in math
      ? `<div class="math" role="group" aria-label="Formula" tabindex="0">${math.html}</div>\n`
      : `<pre tabindex="0" dir="ltr"><code>${escapeHtml(content)}</code></pre>\n<p class="math-error">${escapeHtml(math.error)}</p>\n`;
  };
}

const DEFINITION = /\\(?:[egx]?def|let|futurelet|global|long|(?:re)?newcommand|providecommand)(?![a-zA-Z])/;

function problemOf(formula: string): string | undefined {
  if (formula.length > MAX_FORMULA) {
    return `The formula is ${formula.length} characters long; the limit is ${MAX_FORMULA}.`;
  }
  // The expansion of a macro can be exponentially long.
  const definition = DEFINITION.exec(formula)?.[0];
  if (definition !== undefined) return `Formulas cannot define commands: ${definition}.`;
  let depth = 0;
  for (const brace of formula.match(/[{}]|\\(?:left|begin|right|end)(?![a-z])/g) ?? []) {
    depth += /[{]|left|begin/.test(brace) ? 1 : -1;
    if (depth > MAX_DEPTH) return "The formula is nested too deeply.";
  }
  return undefined;
}

/** The classes of the style sheet for the declarations that temml writes. Other declarations are left out. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ["padding-left:0em", "math-start-0"],
  ["padding-left:1em", "math-start-1"],
  ["padding-right:0em", "math-end-0"],
  ["padding-right:1em", "math-end-1"],
  ["padding:3pt", "math-boxed"],
  ["width:50%", "math-half"],
  ["width:100%", "math-wide"],
  ["text-align:left", "tml-left"],
  ["font-weight:bold", "math-bold"],
  ...["top", "bottom", "left", "right"].flatMap((side) =>
    ["solid", "dashed", "double"].map((line) => [`border-${side}:${line}`, `math-${side}-${line}`] as const),
  ),
]);

/** Replaces inline styles, which the Content-Security-Policy forbids, by classes and attributes of MathML. */
function withoutStyles(html: string): string {
  return html.replace(
    /<(\w+)((?: [\w-]+="[^"]*")*?)((?: style="[^"]*"))((?: [\w-]+="[^"]*")*)>/g,
    (_, name, before, style, after) => {
      const classes: string[] = [];
      let attributes = `${before}${after}`.replace(/ class="([^"]*)"/, (_, names: string) => {
        classes.push(names);
        return "";
      });
      for (const declaration of style.slice(8, -1).split(";")) {
        const [property = "", value = ""] = declaration.trim().split(/\s*:\s*/);
        const isColor = /^#[\da-f]{3,8}$|^[a-z]+$/i.test(value);
        if (property === "color" && isColor) attributes += ` mathcolor="${value}"`;
        else if (property === "background-color" && isColor) attributes += ` mathbackground="${value}"`;
        else {
          const line = /^border-/.test(property) ? (/solid|dashed|double/.exec(value)?.[0] ?? "") : value;
          const found = CLASSES.get(`${property}:${line}`);
          if (found !== undefined) classes.push(found);
        }
      }
      return `<${name}${attributes}${classes.length > 0 ? ` class="${classes.join(" ")}"` : ""}>`;
    },
  );
}

/** Rendering formulas of this length takes a few milliseconds, or some 30 ms if they are hostile. */
const MAX_QUICK_UNITS = 200;

export function isMathQuick(tokens: readonly Token[]): boolean {
  let units = 0;
  const add = ({ type, content, children }: Token) => {
    if (type === MATH_INLINE || type === MATH_BLOCK) units += content.length;
    children?.forEach(add);
  };
  tokens.forEach(add);
  return units <= MAX_QUICK_UNITS;
}
