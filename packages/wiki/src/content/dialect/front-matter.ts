import { createRequire } from "node:module";
import type { MarkdownIt, StateBlock, Token } from "markdown-it";
import type { Alias, Node, Pair, YAMLMap } from "yaml";

interface Property {
  readonly name: string;
  /** Several for a list. Nested mappings are properties. */
  readonly values: readonly (string | readonly Property[])[];
}

/** The start of the HTML of front matter. */
export const PROPERTIES_START = '<dl class="properties"';

/** In UTF-16 code units. Parsing a long block of YAML could take minutes. */
export const MAX_YAML_UNITS = 16 * 1024;
/** Deeper values are shown as YAML. */
const MAX_DEPTH = 4;

const require = createRequire(import.meta.url);

/** Parses YAML. Returns undefined if it is invalid, too long or not a mapping. */
function parseProperties(yaml: string): readonly Property[] | undefined {
  if (yaml.length > MAX_YAML_UNITS) return undefined;
  const { parseDocument, isMap, isScalar, isSeq } = require("yaml") as typeof import("yaml");
  // In the failsafe schema all scalars are strings, so a value such as 1.0 or 2024-01-02 stays unchanged.
  const options = { schema: "failsafe", uniqueKeys: false, logLevel: "silent" } as const;
  const { contents, errors } = parseDocument(yaml, options);
  if (errors.length > 0 || !isMap(contents)) return undefined;

  const sourceOf = ({ range }: Node | Alias) => yaml.slice(range?.[0], range?.[1]).trim();
  const valuesOf = (node: unknown, depth: number): Property["values"] => {
    if (node === null || node === undefined) return [];
    if (isScalar(node)) return [String(node.value ?? "")];
    if (depth < MAX_DEPTH && isSeq(node)) return node.items.flatMap((item) => valuesOf(item, depth + 1));
    if (depth < MAX_DEPTH && isMap(node)) return [propertiesOf(node, depth)];
    // An alias is not replaced by its value, because nested aliases could produce a huge text.
    return [sourceOf(node as Node)];
  };
  const propertiesOf = (map: YAMLMap, depth: number): Property[] =>
    map.items.map(({ key, value }: Pair) => ({
      name: isScalar(key) ? String(key.value) : sourceOf(key as Node),
      values: valuesOf(value, depth + 1),
    }));
  return propertiesOf(contents, 0);
}

/** A plugin for front matter: YAML between two lines `---` at the start of a body. */
export function frontMatter(markdown: MarkdownIt): void {
  markdown.block.ruler.before("table", "front_matter", parseFrontMatter);
  const { escapeHtml } = markdown.utils;

  const listOf = (properties: readonly Property[], start: string): string => {
    const items = properties.map(({ name, values }) => {
      const shown = values.map((value) =>
        typeof value === "string" ? escapeHtml(value) : listOf(value, "<dl"),
      );
      return `<dt>${escapeHtml(name)}</dt>${shown.map((value) => `<dd>${value}</dd>`).join("")}`;
    });
    return `${start}>${items.join("")}</dl>`;
  };

  markdown.renderer.rules.front_matter = (tokens, index) => {
    const yaml = tokens[index]?.content ?? "";
    const properties = parseProperties(yaml);
    return properties === undefined
      ? `<pre tabindex="0" dir="ltr"><code class="hljs language-yaml">${escapeHtml(yaml)}</code></pre>\n`
      : `${listOf(properties, `${PROPERTIES_START} dir="auto"`)}\n`;
  };
}

/** Returns the text of front matter that readers see. */
export function frontMatterText({ content }: Token): string {
  const lines = (properties: readonly Property[]): readonly string[] =>
    properties.flatMap(({ name, values }) => [
      name,
      ...values.flatMap((value) => (typeof value === "string" ? [value] : lines(value))),
    ]);
  const properties = parseProperties(content);
  return properties === undefined ? content : `${lines(properties).join("\n")}\n`;
}

/** Parsing YAML of this length takes a few milliseconds, or some 30 ms if it is hostile. */
const MAX_QUICK_UNITS = 1_000;

export function hasShortFrontMatter([first]: readonly Token[]): boolean {
  return first?.type !== "front_matter" || first.content.length <= MAX_QUICK_UNITS;
}

/** A sentence between two rules is not front matter, nor is a text after a blank line. */
const PROPERTY = /^[ \t]*["']?[\p{L}\p{N}_$][^\n:]{0,100}:(?:[ \t]|$)/u;

function parseFrontMatter(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  if (silent || startLine !== 0 || state.level !== 0) return false;
  const lineAt = (line: number) => state.src.slice(state.bMarks[line], state.eMarks[line]);
  if (!/^---[ \t]*$/.test(lineAt(0)) || (state.isEmpty(1) && endLine > 1)) return false;
  let end = 1;
  let first: string | undefined;
  for (; end < endLine && !/^(?:---|\.\.\.)[ \t]*$/.test(lineAt(end)); end++) {
    if (first === undefined && !/^[ \t]*(?:#|$)/.test(lineAt(end))) first = lineAt(end);
    if (first !== undefined && !PROPERTY.test(first)) return false;
  }
  if (end >= endLine) return false;
  state.line = end + 1;
  if (first === undefined) return true;
  const token = state.push("front_matter", "", 0);
  token.map = [0, end + 1];
  token.content = state.getLines(1, end, 0, true);
  return true;
}
