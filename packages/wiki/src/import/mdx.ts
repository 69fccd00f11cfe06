import createMarkdown from "markdown-it";
import { lineStarts, splitLines } from "../content/lines.ts";
import { MAX_MARKDOWN_UNITS } from "../content/markdown-parser.ts";

export interface MarkdownOfMdx {
  readonly body: string;
  /** What was left out, such as "2 imports" and "the components <Tabs>, <Tab>". */
  readonly left: readonly string[];
}

const blocks = createMarkdown({ html: false });
blocks.core.ruler.enableOnly(["normalize", "block"]);

// A component's name begins with a capital letter or has a dot. Attributes may contain strings and braces, nested twice.
const BRACES = String.raw`\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}`;
const COMPONENT = new RegExp(
  String.raw`<\/?((?:[A-Z][\w.]*|[a-z]\w*\.[\w.]+))(?=[\s/>])(?:[^<>"'{}]|"[^"]*"|'[^']*'|${BRACES})*>|<>|<\/>`,
  "g",
);
const COMMENT = /\{\/\*[\s\S]*?\*\/\}/g;
const CODE_SPAN = /(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g;
const MODULE =
  /^(?:import\s*(?:["'{*]|[\w$]+\s*,\s*[{*]|.*\sfrom\s*["'])|export\s+(?:default|const|let|var|function|async|class|[{*]))/;

/** Leaves out imports, exports, comments and the tags of components. The content of components and code stay. */
export function withoutComponents(source: string): MarkdownOfMdx {
  if (source.length > MAX_MARKDOWN_UNITS) return { body: source, left: [] };
  let imports = 0;
  let exports = 0;
  const components = new Set<string>();
  const removeComponents = (text: string) =>
    text.replace(COMMENT, "").replace(COMPONENT, (_, name: string | undefined) => {
      if (name !== undefined) components.add(`<${name}>`);
      return "";
    });
  const clean = (text: string) => {
    const markdown = withoutModules(text, (line) => {
      if (line.startsWith("import")) imports += 1;
      else exports += 1;
    });
    let at = 0;
    let cleaned = "";
    for (const { index, 0: code } of markdown.matchAll(CODE_SPAN)) {
      cleaned += removeComponents(markdown.slice(at, index)) + code;
      at = index + code.length;
    }
    return cleaned + removeComponents(markdown.slice(at));
  };
  const body = outsideOfFences(source, clean).replace(/^(?:[ \t]*\n)+/, "");
  const left = [
    ...(imports > 0 ? [`${imports} ${imports === 1 ? "import" : "imports"}`] : []),
    ...(exports > 0 ? [`${exports} ${exports === 1 ? "export" : "exports"}`] : []),
    ...(components.size > 0
      ? [`the ${components.size === 1 ? "component" : "components"} ${[...components].join(", ")}`]
      : []),
  ];
  return { body, left };
}

/** Leaves out paragraphs that begin with an import or export. `onModule` gets their first lines. */
function withoutModules(text: string, onModule: (line: string) => void): string {
  let isBetweenParagraphs = true;
  let isInModule = false;
  return splitLines(text)
    .filter((line) => {
      if (line.trim() === "") isInModule = false;
      else if (MODULE.test(line) && (isInModule || isBetweenParagraphs)) {
        onModule(line);
        isInModule = true;
      }
      isBetweenParagraphs = line.trim() === "";
      return !isInModule;
    })
    .join("");
}

/** Applies `clean` to the text between fenced code blocks. */
function outsideOfFences(source: string, clean: (text: string) => string): string {
  const starts = lineStarts(source);
  const offsetOf = (line: number) => starts[line] ?? source.length;
  let at = 0;
  let result = "";
  for (const { type, map } of blocks.parse(source, {})) {
    if (type !== "fence" || map === null) continue;
    const [start, end] = map.map(offsetOf) as [number, number];
    result += clean(source.slice(at, start)) + source.slice(start, end);
    at = end;
  }
  return result + clean(source.slice(at));
}
